"""
What bonds of many frames need, and no frame changes: chemistry and covalent bonds, worked out once.

They are told from one reference frame, as `il2struct.interface.bonds_side` tells them from a
single structure. `il2struct.interface.bonds_frames` finds the bonds of each frame with them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from il2struct.arrays import BoolArray, IndexArray
from il2struct.interface.bonds_side import PreparedSide, prepare_atoms
from il2struct.interface.chemistry import (
    AtomChemistry,
    PolarTypes,
    Topology,
    atom_chemistry,
    covalent_topology,
    name_keys,
)
from il2struct.interface.criteria import BondCriteria
from il2struct.kernels.frames import PieceTopology
from il2struct.structure.model import Atoms, Side, concatenated

#: Room in Å between a centre of a ring or charged group and its farthest atom, on both sides
#: together (benzene 1.4 Å, guanidinium 1.4 Å).
GROUP_MARGIN_A: Final = 3.0

#: Bits of ``BondsPlan.offers``: gives a hydrogen, takes one.
GIVES: Final = 1
TAKES: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BondsPlan:
    """
    What bonds need to know of some sides and what no frame changes.

    Rows count the atoms of all sides, one side behind the other, each polymer before glycans.

    Attributes
    ----------
    criteria : BondCriteria
    side_start : ndarray of int, shape=(s + 1,)
        The rows of side *k* are ``side_start[k]`` to ``side_start[k + 1] - 1``.
    atoms : Atoms
        In the reference frame; ``residue_index`` counts residues through all sides.
    key : ndarray of int, shape=(n,)
        Names of the atoms, by `name_keys`.
    topology : Topology
        Covalent bonds, by row.
    chemistry : AtomChemistry
        By row.
    type_of : ndarray of int, shape=(2, n)
        Row in ``chemistry.polar`` of each atom, as deposited and flipped; -1 if it has none.
    offers, wants : ndarray of int, shape=(n,)
        Bits that two atoms must share to bond up to `reach_a`; `GIVES` and `TAKES` of what an
        atom offers say that it may give or take a hydrogen.
    hydrogens_settled : ndarray of bool, shape=(n,)
        Whether a hydrogen that an atom gives can only be one that the reference frame has.
    is_glycan, is_special, is_polar : ndarray of bool, shape=(n,)
        Glycan atoms; members of rings and charged groups, which bond up to `special_reach_a`;
        atoms that can bind a water.
    reach_a, special_reach_a : float
        In Å; 0 if nothing reaches that way.
    pieces : PieceTopology
        For cutting.
    generic_residues : tuple of str
        As in `Bonds`.
    """

    criteria: BondCriteria
    side_start: IndexArray
    atoms: Atoms
    key: IndexArray
    topology: Topology
    chemistry: AtomChemistry
    type_of: IndexArray
    is_glycan: BoolArray
    offers: IndexArray
    wants: IndexArray
    hydrogens_settled: BoolArray
    is_special: BoolArray
    is_polar: BoolArray
    reach_a: float
    special_reach_a: float
    pieces: PieceTopology
    generic_residues: tuple[str, ...]

    def rows_of(self, side: int, mask: BoolArray) -> IndexArray:
        """Rows of a side for which a mask over all rows holds."""
        start, stop = self.side_start[side], self.side_start[side + 1]
        rows: IndexArray = start + np.flatnonzero(mask[start:stop])
        return rows


def bonds_plan(sides: Sequence[Side], *, criteria: BondCriteria) -> BondsPlan:
    """
    Work out once what bonds of some sides need in every frame.

    Parameters
    ----------
    sides : sequence of Side
        In the reference frame, from which covalent bonds are told; it should be a whole and
        sensible structure.
    criteria : BondCriteria

    Returns
    -------
    BondsPlan
    """
    parts = [concatenated([side.atoms, side.glycans]) for side in sides]
    topologies = [covalent_topology(part) for part in parts]
    prepared = [
        _prepared(part, topology, len(side.atoms))
        for part, topology, side in zip(parts, topologies, sides, strict=True)
    ]
    start = np.cumsum([0, *(len(part) for part in parts)])
    atoms = _joined_atoms(parts, start)
    topology = _joined_topology(topologies, start)
    chemistry = _joined_chemistry([side.chemistry for side in prepared], start)
    rings = np.concatenate(
        [
            side.rings.rows + np.where(side.rings.rows >= 0, first, 0)
            for side, first in zip(prepared, start[:-1], strict=True)
        ]
    )
    cations = np.concatenate(
        [side.cations + first for side, first in zip(prepared, start[:-1], strict=True)]
    )
    type_of = _types_of(chemistry.polar, len(atoms), criteria)
    row = np.arange(len(atoms))
    n_polymer = np.array([len(side.atoms) for side in sides])
    side_of = np.searchsorted(start, row, side="right") - 1
    groups = _groups(atoms, topology, chemistry, rings, criteria)
    offers, wants = _partners(atoms, criteria, chemistry, topology)
    return BondsPlan(
        criteria=criteria,
        side_start=start,
        atoms=atoms,
        key=name_keys(atoms.residue_name, atoms.atom_name),
        topology=topology,
        chemistry=chemistry,
        type_of=type_of,
        is_glycan=row - start[side_of] >= n_polymer[side_of],
        offers=offers,
        wants=wants,
        hydrogens_settled=(topology.hydrogens[:, 0] >= 0) & (type_of[1] < 0),
        is_special=_special_rows(criteria, chemistry, rings, cations),
        is_polar=(type_of[0] >= 0) & (atoms.element != "S"),
        reach_a=_reach_a(criteria),
        special_reach_a=_special_reach_a(criteria),
        pieces=_piece_topology(atoms, topology, type_of, groups),
        generic_residues=tuple(
            sorted({n for side in prepared for n in side.chemistry.generic_residues})
        ),
    )


def _prepared(atoms: Atoms, topology: Topology, n_polymer: int) -> PreparedSide:
    return prepare_atoms(
        atoms,
        topology,
        atom_chemistry(atoms, topology),
        key=name_keys(atoms.residue_name, atoms.atom_name),
        n_polymer=n_polymer,
    )


def _joined_atoms(parts: Sequence[Atoms], start: IndexArray) -> Atoms:
    """Atoms of all sides, their residues counted through."""
    atoms = concatenated(parts)
    changes = np.ones(len(atoms), dtype=bool)
    changes[1:] = np.diff(atoms.residue_index) != 0
    changes[start[:-1][start[:-1] < len(atoms)]] = True
    return replace(atoms, residue_index=np.cumsum(changes) - 1)


def _types_of(polar: PolarTypes, n_atoms: int, criteria: BondCriteria) -> IndexArray:
    """Types of each atom as deposited and, if that is tried at all, flipped."""
    type_of = np.full((2, n_atoms), -1, dtype=np.int64)
    type_of[polar.is_flipped.astype(np.int64), polar.row] = np.arange(len(polar.row))
    if not criteria.hydrogen_bond.considers_flips:
        type_of[1] = -1
    return type_of


def _joined_topology(parts: Sequence[Topology], start: IndexArray) -> Topology:
    def moved(name: str) -> IndexArray:
        tables = [getattr(part, name) for part in parts]
        return np.concatenate(
            [
                np.where(table >= 0, table + first, -1)
                for table, first in zip(tables, start[:-1], strict=True)
            ]
        )

    return Topology(
        neighbours=moved("neighbours"),
        n_neighbours=np.concatenate([part.n_neighbours for part in parts]),
        first_length_a=np.concatenate([part.first_length_a for part in parts]),
        hydrogens=moved("hydrogens"),
    )


def _joined_chemistry(
    parts: Sequence[AtomChemistry], start: IndexArray
) -> AtomChemistry:
    polar = {
        name: np.concatenate([getattr(part.polar, name) for part in parts])
        for name in PolarTypes.__slots__
    }
    n_types = [len(part.polar.row) for part in parts]
    polar["row"] = polar["row"] + np.repeat(start[:-1], n_types)
    masks = {
        name: np.concatenate([getattr(part, name) for part in parts])
        for name in ("is_acid", "is_base", "is_imidazole", "is_apolar")
    }
    return AtomChemistry(polar=PolarTypes(**polar), generic_residues=(), **masks)


def _reach_a(criteria: BondCriteria) -> float:
    """Longest distance of two atoms of any bond told atom by atom."""
    salt = criteria.salt_bridge
    return max(
        criteria.hydrogen_bond.distance_da_max_a,
        criteria.hydrogen_bond.carboxylate_pair_max_a or 0.0,
        criteria.apolar_max_a or 0.0,
        criteria.disulfide_max_a or 0.0,
        (salt.distance_atoms_max_a or 0.0) if salt else 0.0,
    )


def _special_reach_a(criteria: BondCriteria) -> float:
    """Longest distance of two atoms of groups whose centres bond."""
    lengths = [0.0]
    if criteria.salt_bridge and criteria.salt_bridge.distance_centres_max_a:
        lengths.append(criteria.salt_bridge.distance_centres_max_a)
    if criteria.pi:
        lengths.append(criteria.pi.cation_centroid_max_a)
        lengths += [one.centroid_max_a for one in criteria.pi.stackings]
    longest = max(lengths)
    return longest + GROUP_MARGIN_A if longest else 0.0


def _partners(
    atoms: Atoms, criteria: BondCriteria, chemistry: AtomChemistry, topology: Topology
) -> tuple[IndexArray, IndexArray]:
    """
    Say, as bits, what each atom can be in a bond told atom by atom, and of what it needs.

    Two atoms can bond only if a bit of what the first offers is one of what the second wants.
    No possible bond is left out; `find_bonds` judges.
    """
    gives, takes = _givers_and_takers(criteria, chemistry.polar, topology, len(atoms))
    salt = np.full(len(atoms), criteria.salt_bridge is not None)
    positive = (chemistry.is_base | chemistry.is_imidazole) & salt
    negative = chemistry.is_acid & salt
    sharing = chemistry.is_acid & bool(criteria.hydrogen_bond.carboxylate_pair_max_a)
    sulfur = (atoms.element == "S") & bool(criteria.disulfide_max_a)
    apolar = chemistry.is_apolar & bool(criteria.apolar_max_a)
    # The first two are `GIVES` and `TAKES`.
    offered = (gives, takes, positive, negative, sharing, sulfur, apolar)
    wanted = (takes, gives, negative, positive, sharing, sulfur, apolar)
    bits = 2 ** np.arange(len(offered))
    return bits @ np.array(offered), bits @ np.array(wanted)


def _givers_and_takers(
    criteria: BondCriteria, polar: PolarTypes, topology: Topology, n_atoms: int
) -> tuple[BoolArray, BoolArray]:
    """Atoms that could give or take a hydrogen in some state."""
    of = criteria.hydrogen_bond
    holds = topology.hydrogens[polar.row, 0] >= 0
    gives, takes = np.zeros(n_atoms, dtype=bool), np.zeros(n_atoms, dtype=bool)
    can_give = (polar.n_hydrogens > 0) | holds
    gives[polar.row[can_give & np.isin(polar.element, of.donor_elements)]] = True
    can_take = polar.is_acceptor & np.isin(polar.element, of.acceptor_elements)
    takes[polar.row[can_take]] = True
    return gives, takes


def _special_rows(
    criteria: BondCriteria,
    chemistry: AtomChemistry,
    rings: IndexArray,
    cations: IndexArray,
) -> BoolArray:
    mask = np.zeros(len(chemistry.is_acid), dtype=bool)
    if criteria.pi:
        mask[rings[rings >= 0]] = True
        mask[cations] = True
    if criteria.salt_bridge and criteria.salt_bridge.distance_centres_max_a:
        mask |= chemistry.is_acid | chemistry.is_base | chemistry.is_imidazole
    return mask


def _groups(
    atoms: Atoms,
    topology: Topology,
    chemistry: AtomChemistry,
    rings: IndexArray,
    criteria: BondCriteria,
) -> list[IndexArray]:
    """Rows that are only of use together: rings and charged groups, where they count as such."""
    groups = [ring[ring >= 0] for ring in rings] if criteria.pi else []
    if not (criteria.salt_bridge and criteria.salt_bridge.distance_centres_max_a):
        return groups
    is_positive = chemistry.is_base | chemistry.is_imidazole
    for mask, label in (
        (chemistry.is_acid, topology.neighbours[:, 0]),
        (is_positive, atoms.residue_index),
    ):
        rows = np.flatnonzero(mask)
        order = rows[np.argsort(label[rows], kind="stable")]
        groups += np.split(order, np.flatnonzero(np.diff(label[order])) + 1)
    return groups


def _piece_topology(
    atoms: Atoms, topology: Topology, type_of: IndexArray, groups: list[IndexArray]
) -> PieceTopology:
    """Companions: for a polar atom all that its hydrogens and angles rest on; groups whole."""
    companions: list[set[int]] = [set() for _ in range(len(atoms))]
    # Whether a residue holds hydrogens decides if its donors need any: one comes along with
    # atoms that hold none themselves.
    protons = np.flatnonzero(atoms.is_hydrogen)
    residues, first = np.unique(atoms.residue_index[protons], return_index=True)
    proton_of = dict(zip(residues.tolist(), protons[first].tolist(), strict=True))
    for row in np.flatnonzero((type_of >= 0).any(axis=0)).tolist():
        proton = proton_of.get(int(atoms.residue_index[row]))
        companions[row] |= _bonded(topology, row)
        if proton is not None and topology.hydrogens[row, 0] < 0:
            companions[row].add(proton)
        if proton is None or type_of[1, row] >= 0:
            # Hydrogens that have to be placed rest on the neighbours' neighbours too.
            near = topology.neighbours[row]
            for other in near[near >= 0].tolist():
                companions[row] |= _bonded(topology, other)
    for group in groups:
        for row in group.tolist():
            companions[row] |= set(group.tolist())
    lists = [sorted(wanted - {row}) for row, wanted in enumerate(companions)]
    flat = [row for wanted in lists for row in wanted]
    return PieceTopology(
        companion_start=np.cumsum([0, *(len(wanted) for wanted in lists)]),
        companions=np.array(flat, dtype=np.int64),
        neighbours=topology.neighbours,
        hydrogens=topology.hydrogens,
        residue=atoms.residue_index,
    )


def _bonded(topology: Topology, row: int) -> set[int]:
    """Rows covalently bonded to an atom, hydrogens included."""
    rows = np.concatenate([topology.neighbours[row], topology.hydrogens[row]])
    return set(rows[rows >= 0].tolist())
