"""
Bonds in many frames: near atoms are cut out of every frame, and `find_bonds` judges them all.

Chemistry and covalent bonds are worked out once, from a reference frame. The few atoms that are
near the partner are cut out of every frame of a block with all that their bonds depend on, the
cuttings are laid side by side far apart, and `find_bonds` is called once for all of them. So
there is one definition of a bond, that of a single structure; what is looked at before only
leaves out atoms that cannot meet it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

import numpy as np

from il2struct.arrays import BoolArray, FloatArray, IndexArray
from il2struct.bonds.chemistry import (
    AtomChemistry,
    PolarTypes,
    Topology,
    atom_chemistry,
    covalent_topology,
    name_keys,
)
from il2struct.bonds.criteria import BondCriteria
from il2struct.bonds.find import Bonds, find_bonds
from il2struct.bonds.finders import ENDS, GROUP_REACH_A, AtomEnds, GroupEnds, Known
from il2struct.bonds.sides import (
    PreparedSide,
    RingType,
    planar_rings,
    prepare_atoms,
)
from il2struct.kernels import frames
from il2struct.structure.model import Atoms, Side, concatenated

#: Bits of ``BondsPlan.offers``: gives a hydrogen, takes one.
GIVES: Final = 1
TAKES: Final = 2
#: What `AtomChemistry` says of each atom.
_MASKS: Final = ("is_acid", "is_base", "is_imidazole", "is_apolar")
#: Empty space between two cuttings, in reaches: nothing of one is near anything of another.
CLEARANCE: Final = 2.0
#: The first look at hydrogens is more lenient than the criteria by so many degrees and Å, far
#: more than rounding: it must leave out no bond.
SLACK_DEG: Final = 0.01
SLACK_A: Final = 1e-4


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BondsPlan:
    """
    What bonds need to know of some sides and what no frame changes.

    Rows count the *n* atoms of all sides, one side behind the other, each polymer before glycans.
    """

    criteria: BondCriteria
    #: The rows of side *k* are ``side_start[k]`` to ``side_start[k + 1] - 1``; shape (s + 1,).
    side_start: IndexArray
    #: In the reference frame; ``residue_index`` counts residues through all sides.
    atoms: Atoms
    #: Names of the atoms, by `name_keys`.
    key: IndexArray
    #: Flat rings of the reference frame that are no amino acids'.
    ring_types: tuple[RingType, ...]
    topology: Topology
    chemistry: AtomChemistry
    #: Row in ``chemistry.polar`` of each atom, as deposited and flipped; -1 if it has none; shape
    #: (2, n).
    type_of: IndexArray
    is_glycan: BoolArray
    #: Bits that two atoms must share to bond up to `reach_a`; `GIVES` and `TAKES` of what an atom
    #: offers say that it may give or take a hydrogen.
    offers: IndexArray
    wants: IndexArray
    #: Whether a hydrogen that an atom gives can only be one that the reference frame has.
    hydrogens_settled: BoolArray
    #: Members of rings and charged groups, which bond up to `special_reach_a`.
    is_special: BoolArray
    #: Atoms that can bind a water.
    is_polar: BoolArray
    #: 0 if nothing reaches that way.
    reach_a: float
    special_reach_a: float
    pieces: frames.PieceTopology
    generic_residues: tuple[str, ...]

    @property
    def water_reach_a(self) -> float:
        """Longest distance of an atom and a bridging water, 0 if bridges do not count."""
        bridge = self.criteria.water_bridge
        return bridge.distance_max_a if bridge else 0.0

    def rows_of(self, side: int, mask: BoolArray) -> IndexArray:
        """Rows of a side for which a mask over all rows holds."""
        start, stop = self.side_start[side], self.side_start[side + 1]
        rows: IndexArray = start + np.flatnonzero(mask[start:stop])
        return rows


def bonds_plan(sides: Sequence[Side], *, criteria: BondCriteria) -> BondsPlan:
    """
    Work out once what bonds of some sides need in every frame.

    The sides are those of the reference frame, from which covalent bonds are told; it should be
    a whole and sensible structure.
    """
    parts = [concatenated([side.atoms, side.glycans]) for side in sides]
    topologies = [covalent_topology(part) for part in parts]
    keys = [name_keys(part.residue_name, part.atom_name) for part in parts]
    found = [
        ring for each in map(planar_rings, parts, topologies, keys) for ring in each
    ]
    # The same residues may stand on several sides.
    ring_types = tuple({ring[0].tobytes(): ring for ring in found}.values())
    prepared = [
        prepare_atoms(
            part,
            topology,
            atom_chemistry(part, topology),
            key=key,
            ring_types=ring_types,
            n_polymer=len(side.atoms),
        )
        for part, topology, key, side in zip(
            parts, topologies, keys, sides, strict=True
        )
    ]
    start = np.cumsum([0, *(len(part) for part in parts)])
    atoms = concatenated(parts)
    begins = np.concatenate(([True], np.diff(atoms.residue_index) != 0))[: len(atoms)]
    begins[start[:-1][start[:-1] < len(atoms)]] = True
    atoms = replace(atoms, residue_index=np.cumsum(begins) - 1)
    topology = Topology(
        neighbours=_renumbered([part.neighbours for part in topologies], start),
        n_neighbours=np.concatenate([part.n_neighbours for part in topologies]),
        first_length_a=np.concatenate([part.first_length_a for part in topologies]),
        hydrogens=_renumbered([part.hydrogens for part in topologies], start),
    )
    chemistries = [side.chemistry for side in prepared]
    columns = {
        name: np.concatenate([getattr(c.polar, name) for c in chemistries])
        for name in PolarTypes.__slots__
    }
    columns["row"] = _renumbered([c.polar.row for c in chemistries], start)
    masks = {n: np.concatenate([getattr(c, n) for c in chemistries]) for n in _MASKS}
    polar = PolarTypes(**columns)
    chemistry = AtomChemistry(polar=polar, generic_residues=(), **masks)
    type_of = np.full((2, len(atoms)), -1, dtype=np.int64)
    type_of[polar.is_flipped.astype(np.int64), polar.row] = np.arange(len(polar.row))
    if not criteria.hydrogen_bond.considers_flips:
        type_of[1] = -1
    known = Known(
        atoms=atoms,
        topology=topology,
        chemistry=chemistry,
        rings=_renumbered([side.rings.rows for side in prepared], start),
        cations=_renumbered([side.cations for side in prepared], start),
    )
    ends = [end for ends_of in ENDS.values() for end in ends_of(known, criteria)]
    single = [end for end in ends if isinstance(end, AtomEnds)]
    grouped = [end for end in ends if isinstance(end, GroupEnds)]
    groups = [group for end in grouped for group in end.groups]
    is_special = np.zeros(len(atoms), dtype=bool)
    is_special[np.concatenate([known.cations[:0], *groups])] = True
    longest_a = max((end.reach_a for end in grouped), default=0.0)
    # The first kind is the hydrogen bond: its bits are `GIVES` and `TAKES`.
    pairs = [(end.first, end.second) for end in single]
    ways = [way for pair in pairs for way in (pair, pair[::-1])]
    bits = 2 ** np.arange(len(ways))
    generic = {name for side in prepared for name in side.chemistry.generic_residues}
    return BondsPlan(
        criteria=criteria,
        side_start=start,
        atoms=atoms,
        key=np.concatenate(keys),
        ring_types=ring_types,
        topology=topology,
        chemistry=chemistry,
        type_of=type_of,
        is_glycan=np.concatenate(
            [np.arange(len(s.atoms)) >= s.n_polymer for s in prepared]
        ),
        offers=bits @ np.array([offered for offered, _ in ways]),
        wants=bits @ np.array([wanted for _, wanted in ways]),
        hydrogens_settled=(topology.hydrogens[:, 0] >= 0) & (type_of[1] < 0),
        is_special=is_special,
        is_polar=(type_of[0] >= 0) & (atoms.element != "S"),
        reach_a=max(end.reach_a for end in single),
        special_reach_a=longest_a + GROUP_REACH_A if longest_a else 0.0,
        pieces=_piece_topology(atoms, topology, type_of, groups),
        generic_residues=tuple(sorted(generic)),
    )


def _renumbered(parts: Sequence[IndexArray], start: IndexArray) -> IndexArray:
    """Rows of single sides as rows of all; -1 stays."""
    pairs = zip(parts, start[:-1], strict=True)
    return np.concatenate([np.where(rows >= 0, rows + n, -1) for rows, n in pairs])


def _piece_topology(
    atoms: Atoms, topology: Topology, type_of: IndexArray, groups: list[IndexArray]
) -> frames.PieceTopology:
    """Companions: for a polar atom all that its hydrogens and angles rest on; groups whole."""
    companions: list[set[int]] = [set() for _ in range(len(atoms))]
    bonded = np.concatenate([topology.neighbours, topology.hydrogens], axis=1)
    # Whether a residue holds hydrogens decides if its donors need any: one comes along with
    # atoms that hold none themselves.
    protons = np.flatnonzero(atoms.is_hydrogen)
    residues, first = np.unique(atoms.residue_index[protons], return_index=True)
    proton_of = dict(zip(residues.tolist(), protons[first].tolist(), strict=True))
    for row in np.flatnonzero((type_of >= 0).any(axis=0)).tolist():
        proton = proton_of.get(int(atoms.residue_index[row]))
        companions[row].update(bonded[row].tolist())
        if proton is not None and topology.hydrogens[row, 0] < 0:
            companions[row].add(proton)
        if proton is None or type_of[1, row] >= 0:
            # Hydrogens that have to be placed rest on the neighbours' neighbours too.
            near = topology.neighbours[row]
            companions[row].update(bonded[near[near >= 0]].ravel().tolist())
    for group in groups:
        for row in group.tolist():
            companions[row].update(group.tolist())
    lists = [sorted(rows - {row, -1}) for row, rows in enumerate(companions)]
    return frames.PieceTopology(
        companion_start=np.cumsum([0, *(len(rows) for rows in lists)]),
        companions=np.array([row for rows in lists for row in rows], dtype=np.int64),
        neighbours=topology.neighbours,
        hydrogens=topology.hydrogens,
        residue=atoms.residue_index,
    )


#: Frames and rows on side 1, frames and rows on side 2.
_Rows: TypeAlias = tuple[IndexArray, IndexArray, IndexArray, IndexArray]


@dataclass(frozen=True, slots=True, eq=False)
class NearRows:
    """
    Atoms of two sides that could be in a bond, in each frame of a block.

    Frames are sorted on either side; an atom may be named twice.
    """

    frame_1: IndexArray
    row_1: IndexArray
    frame_2: IndexArray
    row_2: IndexArray


def near_rows(
    plan: BondsPlan,
    coords: FloatArray,
    pairs: Sequence[tuple[int, int]],
    *,
    known: Sequence[frames.FramePairs] | None = None,
    n_waters: int = 0,
) -> list[NearRows]:
    """
    Atoms of pairs of sides that could be in a bond, each frame looked at once.

    ``coords`` (f, n + w, 3) are positions in Å of the plan's rows, then of water oxygens;
    ``known`` are, where they are known already, the pairs of heavy atoms of each pair of sides
    at least up to ``plan.reach_a``.
    """

    def pairs_of(mask: BoolArray, cutoff_a: float) -> list[frames.FramePairs]:
        groups = [plan.rows_of(side, mask) for side in range(len(plan.side_start) - 1)]
        return frames.chain_pairs_by_frame(coords, groups, pairs, cutoff_a)

    known = known or pairs_of((plan.offers | plan.wants) > 0, plan.reach_a)
    parts = [[_bonding(plan, coords, near)] for near in known]
    if plan.special_reach_a:
        special = pairs_of(plan.is_special, plan.special_reach_a)
        for part, near in zip(parts, special, strict=True):
            part.append((near.frame, near.index_1, near.frame, near.index_2))
    if n_waters and plan.water_reach_a:
        for part, sides in zip(parts, pairs, strict=True):
            part.append(_beside_waters(plan, coords, sides, n_waters))
    joined = []
    for part in parts:
        frame_1, row_1, frame_2, row_2 = map(np.concatenate, zip(*part, strict=True))
        order_1, order_2 = (np.argsort(f, kind="stable") for f in (frame_1, frame_2))
        ends = frame_1[order_1], row_1[order_1], frame_2[order_2], row_2[order_2]
        joined.append(NearRows(*ends))
    return joined


def _bonding(plan: BondsPlan, coords: FloatArray, pairs: frames.FramePairs) -> _Rows:
    """Of near atoms those that could be in a bond with each other."""
    is_near = pairs.distances_a <= plan.reach_a
    shared = plan.offers[pairs.index_1] & plan.wants[pairs.index_2]
    is_near &= shared > 0
    frame, shared = pairs.frame[is_near], shared[is_near]
    row_1, row_2 = pairs.index_1[is_near], pairs.index_2[is_near]
    # What could only be a hydrogen bond needs a hydrogen between the two.
    can_be = (shared & ~(GIVES | TAKES)) > 0
    can_be |= _may_give(plan, coords, frame, row_1, row_2)
    can_be |= _may_give(plan, coords, frame, row_2, row_1)
    return frame[can_be], row_1[can_be], frame[can_be], row_2[can_be]


def _may_give(
    plan: BondsPlan,
    coords: FloatArray,
    frame: IndexArray,
    donor: IndexArray,
    acceptor: IndexArray,
) -> BoolArray:
    """Leave out donors none of whose own hydrogens points at the acceptor; `find_bonds` judges."""
    rules = plan.criteria.hydrogen_bond
    gives: BoolArray = (plan.offers[donor] & plan.wants[acceptor] & GIVES) > 0
    looks = np.flatnonzero(gives & plan.hydrogens_settled[donor])
    longest_a = np.inf if rules.distance_ha_max_a is None else rules.distance_ha_max_a
    gives[looks] = frames.may_point(
        coords,
        frame[looks],
        donor[looks],
        acceptor[looks],
        plan.topology.hydrogens,
        angle_min_deg=(rules.angle_dha_min_deg or 0.0) - SLACK_DEG,
        distance_max_a=longest_a + SLACK_A,
    )
    return gives


def _beside_waters(
    plan: BondsPlan, coords: FloatArray, sides: tuple[int, int], n_waters: int
) -> _Rows:
    """Polar atoms of each side that share a water with an atom of the other."""
    waters = np.arange(len(plan.atoms), len(plan.atoms) + n_waters)
    rows = [plan.rows_of(side, plan.is_polar) for side in sides]
    reach_a = plan.water_reach_a
    leg_1, leg_2 = (frames.pairs_by_frame(coords, waters, r, reach_a) for r in rows)
    key_1, key_2 = (leg.frame * coords.shape[1] + leg.index_1 for leg in (leg_1, leg_2))
    shared_1, shared_2 = np.isin(key_1, key_2), np.isin(key_2, key_1)
    return (
        leg_1.frame[shared_1],
        leg_1.index_2[shared_1],
        leg_2.frame[shared_2],
        leg_2.index_2[shared_2],
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FrameBonds:
    """Bonds of several interfaces in a block of frames, one row a bond and frame."""

    #: Interface and frame within the block.
    pair: IndexArray
    frame: IndexArray
    #: Rows of the plan.
    row_1: IndexArray
    row_2: IndexArray
    #: Everything else; its indices are those of the cuttings and mean nothing here.
    bonds: Bonds
    #: Whether an atom belongs to a glycan.
    is_glycan_mediated: BoolArray


def bonds_by_frame(
    plan: BondsPlan, coords: FloatArray, near: Sequence[NearRows], *, n_waters: int = 0
) -> FrameBonds:
    """
    Bonds of several interfaces in every frame of a block, by interface, frame and rows.

    ``near`` are the `near_rows` of each interface in the same ``coords``.
    """
    n_frames = len(coords)
    n_pieces = n_frames * len(near)
    sides = [
        frames.cut_pieces(
            np.concatenate(
                [
                    number * n_frames + getattr(rows, f"frame_{side}")
                    for number, rows in enumerate(near)
                ]
            ),
            np.concatenate([getattr(rows, f"row_{side}") for rows in near]),
            n_pieces,
            plan.pieces,
        )
        for side in (1, 2)
    ]
    places = [coords[pieces.piece % n_frames, pieces.row] for pieces in sides]
    shift = _shifts(sides, places, n_pieces, plan)
    waters = None
    if n_waters and plan.water_reach_a:
        waters = _cut_waters(plan, coords, sides, places, shift)
    bonds = find_bonds(
        _cut_side(plan, sides[0], places[0] + shift[sides[0].piece]),
        _cut_side(plan, sides[1], places[1] + shift[sides[1].piece]),
        criteria=plan.criteria,
        waters=waters,
    )
    row_1, row_2 = sides[0].row[bonds.index_1], sides[1].row[bonds.index_2]
    piece = sides[0].piece[bonds.index_1]
    return FrameBonds(
        pair=piece // n_frames,
        frame=piece % n_frames,
        row_1=row_1,
        row_2=row_2,
        bonds=bonds,
        is_glycan_mediated=plan.is_glycan[row_1] | plan.is_glycan[row_2],
    )


def _shifts(
    sides: Sequence[frames.Pieces],
    places: Sequence[FloatArray],
    n_pieces: int,
    plan: BondsPlan,
) -> FloatArray:
    """
    Move every piece to a place of its own, by whole Å.

    Whole numbers, and steps that are powers of two, leave the distances within a piece as they
    are to 1e-11 Å.
    """
    centres = np.zeros((n_pieces, 3))
    count = np.maximum(np.bincount(sides[0].piece, minlength=n_pieces), 1)
    for axis in range(3):
        sums = np.bincount(sides[0].piece, places[0][:, axis], minlength=n_pieces)
        centres[:, axis] = np.round(sums / count)
    widest = max(
        float(np.abs(place - centres[pieces.piece]).max(initial=0.0))
        for pieces, place in zip(sides, places, strict=True)
    )
    reach = plan.reach_a + plan.special_reach_a + plan.water_reach_a
    step = 2.0 ** np.ceil(np.log2(2 * widest + CLEARANCE * reach + 1.0))
    # Only pieces that hold anything need room.
    used = np.unique(sides[0].piece)
    width = max(1, int(np.ceil(len(used) ** (1 / 3))))
    spot = np.zeros(n_pieces, dtype=np.int64)
    spot[used] = np.arange(len(used))
    cells = np.stack([spot % width, spot // width % width, spot // width**2], axis=1)
    shifts: FloatArray = step * (cells - width // 2) - centres
    return shifts


def _cut_side(
    plan: BondsPlan, pieces: frames.Pieces, coords: FloatArray
) -> PreparedSide:
    row = pieces.row
    atoms = replace(plan.atoms.select(row), coords=coords, residue_index=pieces.residue)
    topology = Topology(
        neighbours=pieces.neighbours,
        n_neighbours=plan.topology.n_neighbours[row],
        first_length_a=plan.topology.first_length_a[row],
        hydrogens=pieces.hydrogens,
    )
    # Atoms that only came along bond with nothing: they have no types.
    kinds = plan.type_of[:, row]
    state, line = np.nonzero(pieces.is_core & (kinds >= 0))
    types = plan.chemistry.polar
    polar = {n: getattr(types, n)[kinds[state, line]] for n in PolarTypes.__slots__}
    masks = {name: getattr(plan.chemistry, name)[row] for name in _MASKS}
    chemistry = AtomChemistry(
        polar=PolarTypes(**polar | {"row": line}),
        generic_residues=plan.generic_residues,
        **masks,
    )
    side = prepare_atoms(
        atoms,
        topology,
        chemistry,
        key=plan.key[row],
        ring_types=plan.ring_types,
        n_polymer=len(atoms),
    )
    # They are near nothing either: the search can do without them.
    return replace(side, heavy=side.heavy[pieces.is_core[side.heavy]])


def _cut_waters(
    plan: BondsPlan,
    coords: FloatArray,
    sides: Sequence[frames.Pieces],
    places: Sequence[FloatArray],
    shift: FloatArray,
) -> Atoms:
    """Waters near the pieces, moved with them."""
    chosen = [np.zeros((0, 3))]
    for piece in np.unique(sides[0].piece):
        low, high = np.full(3, np.inf), np.full(3, -np.inf)
        for pieces, place in zip(sides, places, strict=True):
            first, last = np.searchsorted(pieces.piece, (piece, piece + 1))
            low = np.minimum(low, place[first:last].min(axis=0, initial=np.inf))
            high = np.maximum(high, place[first:last].max(axis=0, initial=-np.inf))
        waters = coords[piece % len(coords), len(plan.atoms) :]
        reach_a = plan.water_reach_a
        inside = (waters >= low - reach_a) & (waters <= high + reach_a)
        chosen.append(waters[inside.all(axis=1)] + shift[piece])
    oxygens = np.concatenate(chosen)
    n, names = len(oxygens), np.full(len(oxygens), "O")
    return Atoms(
        coords=oxygens,
        element=names,
        atom_name=names,
        residue_name=np.full(n, "HOH"),
        residue_index=np.arange(n),
        altloc=np.full(n, ""),
        occupancy=np.ones(n),
        b_iso=np.zeros(n),
    )
