"""
Which protein chain each glycan decorates.

Programs move chains to other symmetry copies one by one; sugars that are chains of their own are
left behind, and the bond goes on through a symmetry operator.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import gemmi
import numpy as np

from il2struct.arrays import FloatArray, IndexArray
from il2struct.structure.model import NO_NUMBER, Atoms, Crystal, SymmetryOperator
from il2struct.structure.neighbours import (
    is_too_wide,
    near_pairs,
    touching_image_groups,
)

#: Longest glycosidic or N-glycosidic bond taken as covalent where no LINK record says so, in Å;
#: such C-N and C-O bonds are 1.43 Å (Engh & Huber 1991), refined models stretch them.
LONGEST_COVALENT_BOND_A: Final = 1.9
#: Two residues that the file calls bonded are, up to this distance in Å: twice the longest bond,
#: for models not refined yet.
LINK_REACH_A: Final = 4.0
#: Next neighbours of bonded atoms are 2.4 Å apart; more pairs than this are no bond.
MOST_BONDS: Final = 2


def attached_chains(
    chain_index: IndexArray,
    glycan_rows: IndexArray,
    bonds: Sequence[tuple[int, int]],
) -> IndexArray:
    """
    Follow covalent bonds (pairs of residues) from each glycan residue to the polymer it decorates.

    ``chain_index`` (the polymer of each residue, `NO_NUMBER` outside polymers) is returned with the
    glycans filled in where a chain was found.
    """
    result: IndexArray = chain_index.copy()
    pending = set(glycan_rows.tolist())
    reached = True
    while reached:
        reached = False
        for first, second in bonds:
            for here, there in ((first, second), (second, first)):
                if here in pending and result[there] != NO_NUMBER:
                    result[here] = result[there]
                    pending.discard(here)
                    reached = True
    return result


def bonds_by_distance(atoms: Atoms, residue_rows: IndexArray) -> list[tuple[int, int]]:
    """Residue pairs that stand as near as a bond, one of them among some rows."""
    heavy = np.flatnonzero(~atoms.is_hydrogen)
    own = heavy[np.isin(atoms.residue_index[heavy], residue_rows)]
    rows_1, rows_2 = near_pairs(
        atoms.coords[own], atoms.coords[heavy], LONGEST_COVALENT_BOND_A
    )
    first = atoms.residue_index[own[rows_1]]
    second = atoms.residue_index[heavy[rows_2]]
    pairs = zip(first.tolist(), second.tolist(), strict=True)
    return sorted({(a, b) for a, b in pairs if a != b})


def declared_links(
    structure: gemmi.Structure, residue_rows: dict[tuple[str, str, str], int]
) -> list[tuple[int, int]]:
    """
    Residue pairs that LINK or struct_conn records call covalently bonded.

    ``residue_rows`` has residues by chain, number with insertion code, and name.
    """
    links = []
    for connection in structure.connections:
        types = (gemmi.ConnectionType.Covale, gemmi.ConnectionType.Unknown)
        if connection.type not in types or connection.asu == gemmi.Asu.Different:
            continue
        ends = [
            residue_rows.get((p.chain_name, str(p.res_id.seqid), p.res_id.name.upper()))
            for p in (connection.partner1, connection.partner2)
        ]
        if ends[0] is not None and ends[1] is not None:
            links.append((ends[0], ends[1]))
    return links


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SettledGlycans:
    """Glycans where their chains are."""

    #: With glycans moved.
    atoms: Atoms
    #: Chain of each residue, as from `attached_chains`.
    chain_index: IndexArray
    #: moved, apart: Glycan residues that were moved, and those that the file links to a chain out
    #: of reach.
    moved: IndexArray
    apart: IndexArray


def settled_glycans(
    atoms: Atoms,
    chain_index: IndexArray,
    glycan_rows: IndexArray,
    links: Sequence[tuple[int, int]],
    lattice: tuple[Crystal | None, Sequence[SymmetryOperator]],
) -> SettledGlycans:
    """
    Find the chain of each glycan, and move those bonded to it through symmetry beside it.

    ``links`` are the residue pairs that the file calls bonded, ``lattice`` what makes the images.
    """
    ends = np.searchsorted(atoms.residue_index, np.arange(len(chain_index) + 1))
    ends_of = [[atoms.coords[ends[k] : ends[k + 1]] for k in link] for link in links]
    gaps = [np.linalg.norm(a[:, None] - b, axis=2).min() for a, b in ends_of]
    near = [link for link, gap in zip(links, gaps, strict=True) if gap <= LINK_REACH_A]
    bonds = bonds_by_distance(atoms, glycan_rows)
    before = attached = attached_chains(chain_index, glycan_rows, near + bonds)
    while True:
        loose = glycan_rows[attached[glycan_rows] == NO_NUMBER]
        shifted = _brought_beside(atoms, attached, loose, lattice)
        if shifted is None:
            break
        atoms = replace(atoms, coords=shifted)
        bonds = bonds_by_distance(atoms, glycan_rows)
        attached = attached_chains(chain_index, glycan_rows, near + bonds)
    moved = glycan_rows[(before != attached)[glycan_rows]]
    declared = attached_chains(attached, loose, [*links, *bonds])
    return SettledGlycans(
        atoms=atoms,
        chain_index=declared,
        moved=moved,
        apart=loose[declared[loose] != NO_NUMBER],
    )


def _brought_beside(
    atoms: Atoms,
    attached: IndexArray,
    loose: IndexArray,
    lattice: tuple[Crystal | None, Sequence[SymmetryOperator]],
) -> FloatArray | None:
    """Coordinates with loose sugars moved to the chain that an image is bonded to, if any is."""
    crystal, operators = lattice
    if crystal is None or not len(loose):
        return None
    trees = bonded_groups(atoms, loose)
    chains = np.unique(attached[attached != NO_NUMBER])
    owner = attached[atoms.residue_index]
    heavy = ~atoms.is_hydrogen
    groups = [np.flatnonzero(heavy & (owner == chain)) for chain in chains]
    in_tree = [np.isin(atoms.residue_index, tree) for tree in trees]
    groups += [np.flatnonzero(heavy & mask) for mask in in_tree]
    if any(
        is_too_wide(atoms.coords[rows], crystal.orthogonalisation, LINK_REACH_A)
        for rows in groups
    ):
        return None  # an atom far out of place; measuring says so
    motions = (
        np.array([operator.rotation for operator in operators]),
        np.array([operator.translation for operator in operators]),
    )
    contacts = touching_image_groups(
        atoms.coords[np.concatenate(groups)],
        np.cumsum([0, *(len(group) for group in groups)]),
        motions,
        crystal.orthogonalisation,
        cutoff_a=LONGEST_COVALENT_BOND_A,
    )
    # A chain where the file has it, and no more pairs than a bond makes.
    is_bond = (contacts.group < len(chains)) & (contacts.n_pairs <= MOST_BONDS)
    coords = atoms.coords.copy()
    for number, mask in enumerate(in_tree, start=len(chains)):
        bonds = np.flatnonzero(is_bond & (contacts.image_group == number))
        if len(bonds):
            rotation, shift = (part[contacts.motion[bonds[0]]] for part in motions)
            cells = crystal.orthogonalisation @ contacts.cell_shift[bonds[0]]
            coords[mask] = coords[mask] @ rotation.T + shift + cells
    return None if (coords == atoms.coords).all() else coords


def bonded_groups(atoms: Atoms, rows: IndexArray) -> list[IndexArray]:
    """Group some residues, those together that are bonded to each other."""
    group = {row: row for row in rows.tolist()}
    for first, second in bonds_by_distance(atoms, rows):
        if first in group and second in group and group[first] != group[second]:
            old, new = group[second], group[first]
            group = {row: new if name == old else name for row, name in group.items()}
    names = np.array(list(group.values()))
    return [rows[names == name] for name in np.unique(names)]
