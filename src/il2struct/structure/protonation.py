"""Residues whose hydrogens are not all there: their bonds are counted by those that are."""

from functools import cache
from typing import Final

import numpy as np

from il2struct.data import rows_of
from il2struct.structure.model import Atoms, Note, ResidueKind, Residues
from il2struct.structure.near import near_pairs

#: Longest bond to hydrogen in Å: N-H 1.01, O-H 0.97 (Chemical Component Dictionary), and room for
#: those placed by neutrons or force fields.
LONGEST_HYDROGEN_BOND_A: Final = 1.3


def hydrogen_notes(atoms: Atoms, residues: Residues) -> list[Note]:
    """
    Note donors without hydrogens in residues that have some.

    Parameters
    ----------
    atoms : Atoms
    residues : Residues

    Notes
    -----
    Histidine is passed over, of whose two nitrogens one has none.
    """
    is_hydrogen = atoms.is_hydrogen
    counts = np.bincount(atoms.residue_index[is_hydrogen], minlength=len(residues))
    rows = np.flatnonzero((counts > 0) & (residues.kind == ResidueKind.PROTEIN))
    if not len(rows):
        return []
    is_asked = np.isin(atoms.residue_index, rows)
    is_donor = np.zeros(len(atoms), dtype=np.bool_)
    for name in np.unique(residues.name[rows]).tolist():
        named = atoms.residue_name == name
        is_donor |= named & np.isin(atoms.atom_name, donors_of(name))
    donors = np.flatnonzero(is_donor & is_asked)
    hydrogens = np.flatnonzero(is_hydrogen & is_asked)
    donor, hydrogen = near_pairs(
        atoms.coords[donors], atoms.coords[hydrogens], LONGEST_HYDROGEN_BOND_A
    )
    own = atoms.residue_index[donors[donor]] == atoms.residue_index[hydrogens[hydrogen]]
    n_bare = len(donors) - len(np.unique(donor[own]))
    if not n_bare:
        return []
    text = (
        "Donors of residues that have hydrogens have none and give no hydrogen bond; add all "
        "hydrogens or remove all, and they are placed."
    )
    return [Note(topic="hydrogens_missing", subject="", count=n_bare, message=text)]


@cache
def donors_of(residue: str) -> tuple[str, ...]:
    """
    Return the atoms of an amino acid that always carry hydrogen.

    Parameters
    ----------
    residue : str
        Name; of one that the table does not have, the backbone nitrogen is returned.

    Examples
    --------
    >>> donors_of("SER"), donors_of("PRO")
    (('N', 'OG'), ())
    """
    rows = [r for r in rows_of("donors_acceptors.csv") if r["state"] == "deposited"]
    backbone = {r["atom"]: r for r in rows if r["residue"] == "*"}
    own = {r["atom"]: r for r in rows if r["residue"] == residue}
    return tuple(
        atom for atom, row in {**backbone, **own}.items() if _always_carries(row)
    )


def _always_carries(row: dict[str, str]) -> bool:
    """Whether an atom has fewer heavy neighbours than its valence, whatever its charge."""
    if row["element"] == "N":
        return row["charge"] != "imidazole" and int(row["valence"]) > 2
    return row["element"] == "O" and int(row["valence"]) > 1
