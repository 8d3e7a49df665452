"""From a parsed model to columns of atoms and residues."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from il2struct.arrays import BoolArray, FloatArray, IndexArray, StrArray
from il2struct.structure.altlocs import chosen_conformers
from il2struct.structure.model import NO_NUMBER, Atoms, Note, ResidueKind

if TYPE_CHECKING:
    import gemmi

#: Coordinates beyond this distance from the origin, in Å, cannot be meant: the PDB format itself
#: ends at 9,999.999 and the largest deposited entries stay below.
LARGEST_COORDINATE_A: Final = 1e5


@dataclass(frozen=True, slots=True, kw_only=True)
class RawResidues:
    """
    Residues of one model, one list item each, before anything is left out.

    Attributes
    ----------
    name, auth_asym_id, subchain, ins_code : ndarray of str
    auth_number, label_number : ndarray of int
    kind : ndarray of str
    is_polymer : ndarray of bool
    n_atoms : ndarray of int
    """

    name: StrArray
    auth_asym_id: StrArray
    subchain: StrArray
    ins_code: StrArray
    auth_number: IndexArray
    label_number: IndexArray
    kind: StrArray
    is_polymer: BoolArray
    n_atoms: IndexArray


def raw_residues(
    model: "gemmi.Model", polymer_kinds: dict[str, ResidueKind]
) -> RawResidues:
    """
    List the residues of a model with their kinds.

    Parameters
    ----------
    model : gemmi.Model
        With subchains assigned.
    polymer_kinds : dict
        Subchain name to ``PROTEIN`` or ``NUCLEIC`` for the polymer subchains.
    """
    rows = []
    for chain in model:
        for residue in chain:
            polymer_kind = polymer_kinds.get(residue.subchain)
            seqid = residue.seqid
            label = residue.label_seq
            rows.append(
                (
                    residue.name,
                    chain.name,
                    residue.subchain,
                    seqid.icode.strip(),
                    NO_NUMBER if seqid.num is None else seqid.num,
                    NO_NUMBER if label is None else label,
                    polymer_kind or _kind_of(residue),
                    polymer_kind is not None,
                    len(residue),
                )
            )
    name, auth, subchain, icode, number, label_number, kind, polymer, count = (
        zip(*rows, strict=True) if rows else ((),) * 9
    )
    return RawResidues(
        name=np.array(name, dtype=np.str_),
        auth_asym_id=np.array(auth, dtype=np.str_),
        subchain=np.array(subchain, dtype=np.str_),
        ins_code=np.array(icode, dtype=np.str_),
        auth_number=np.array(number, dtype=np.int64),
        label_number=np.array(label_number, dtype=np.int64),
        kind=np.array(kind, dtype=np.str_),
        is_polymer=np.array(polymer, dtype=np.bool_),
        n_atoms=np.array(count, dtype=np.int64),
    )


def _kind_of(residue: "gemmi.Residue") -> ResidueKind:
    """Kind of a residue outside the polymers."""
    import gemmi

    table = gemmi.find_tabulated_residue(residue.name)
    if table.is_water():
        return ResidueKind.WATER
    if residue.entity_type == gemmi.EntityType.Branched or table.kind in (
        gemmi.ResidueKind.PYR,
        gemmi.ResidueKind.KET,
    ):
        return ResidueKind.GLYCAN
    if (
        len({atom.element.name for atom in residue}) == 1
        and len({a.name for a in residue}) == 1
    ):
        return ResidueKind.ION
    return ResidueKind.LIGAND


def raw_atoms(
    structure: "gemmi.Structure", model_position: int, residues: RawResidues
) -> Atoms:
    """
    Read the atoms of one model as columns, everything included.

    Parameters
    ----------
    structure : gemmi.Structure
        All models.
    model_position : int
        Which model, from 0.
    residues : RawResidues
        Of the same model; atoms follow in the same order.
    """
    import gemmi

    flat = gemmi.FlatStructure(structure)
    first = sum(structure[i].count_atom_sites() for i in range(model_position))
    rows = slice(first, first + int(residues.n_atoms.sum()))
    altloc = np.asarray(flat.altlocs, dtype=np.uint8)[rows]
    return Atoms(
        coords=np.asarray(flat.pos, dtype=np.float64)[rows],
        element=np.char.upper(np.asarray(flat.element_names)[rows].astype(np.str_)),
        atom_name=_strings(np.asarray(flat.atom_names)[rows]),
        residue_name=np.repeat(residues.name, residues.n_atoms),
        residue_index=np.repeat(np.arange(len(residues.name)), residues.n_atoms),
        altloc=np.where(altloc == 0, "", altloc.view("S1").astype(np.str_)),
        occupancy=np.asarray(flat.occ, dtype=np.float64)[rows],
        b_iso=np.asarray(flat.b_iso, dtype=np.float64)[rows],
    )


def _strings(codes: npt.ArrayLike) -> StrArray:
    """Turn gemmi's zero-padded character rows into strings."""
    table = np.ascontiguousarray(codes, dtype=np.uint8)
    if not len(table):
        return np.zeros(0, dtype="U1")
    width = table.shape[1]
    return np.char.decode(table.view(f"S{width}").ravel(), "latin-1")


def usable_atoms(
    atoms: Atoms, place: IndexArray, *, altloc: str
) -> tuple[BoolArray, list[Note]]:
    """
    Decide which atoms enter the entry, with a note for each kind left out or kept with doubt.

    Parameters
    ----------
    atoms : Atoms
        All of one model.
    place : ndarray of int, shape=(n,)
        Residue position of each atom (see `chosen_conformers`).
    altloc : str
        ``"highest"`` or the label preferred.

    Returns
    -------
    keep : ndarray of bool, shape=(n,)
    notes : list of Note
    """
    notes: list[Note] = []
    finite: BoolArray = _finite(atoms.coords)
    choice = chosen_conformers(atoms.altloc, atoms.occupancy, place, prefer=altloc)
    duplicate = _repeated_names(atoms, finite & choice.keep)
    observed = (
        (
            "non_finite_coordinates",
            int((~finite).sum()),
            "Atoms without usable coordinates are left out.",
        ),
        (
            "alternate_locations",
            choice.n_dropped,
            f"Atoms of other conformers in {choice.n_residues} residues are left out "
            f"(kept: {altloc} occupancy)."
            if altloc == "highest"
            else f"Atoms of other conformers in {choice.n_residues} residues are left out "
            f"(kept: {altloc} where present).",
        ),
        (
            "repeated_atoms",
            int(duplicate.sum()),
            "Atoms whose name occurs twice in one residue are left out after the first.",
        ),
        (
            "zero_occupancy",
            int((atoms.occupancy[finite & choice.keep] <= 0).sum()),
            "Atoms with occupancy zero are kept; their positions are guesses.",
        ),
        (
            "hydrogens",
            int(atoms.is_hydrogen.sum()),
            "Hydrogen atoms are kept for bonds and ignored by areas and contacts.",
        ),
        (
            "unknown_elements",
            int((atoms.element == "X").sum()),
            "Atoms of unknown element are kept with the radius of carbon.",
        ),
    )
    for topic, count, message in observed:
        if count:
            notes.append(Note(topic=topic, subject="", count=count, message=message))
    return finite & choice.keep & ~duplicate, notes


def _finite(coords: FloatArray) -> BoolArray:
    with np.errstate(invalid="ignore"):
        usable: BoolArray = np.all(np.abs(coords) < LARGEST_COORDINATE_A, axis=1)
    return usable


def _repeated_names(atoms: Atoms, candidate: BoolArray) -> BoolArray:
    """Mask of candidate atoms that repeat residue and name of an earlier candidate."""
    rows = np.flatnonzero(candidate)
    _, code = np.unique(atoms.atom_name[rows], return_inverse=True)
    key = atoms.residue_index[rows] * (int(code.max(initial=0)) + 1) + code
    _, first = np.unique(key, return_index=True)
    repeated = np.zeros(len(atoms), dtype=np.bool_)
    repeated[np.delete(rows, first)] = True
    return repeated
