"""
Bonds in many frames: near atoms are cut out of every frame, and `find_bonds` judges them all.

The few atoms that are near the partner are cut out of every frame of a block with all that their
bonds depend on, the cuttings are laid side by side far apart, and `find_bonds` is called once for
all of them. So there is one definition of a bond, that of a single structure; what is looked at
before only leaves out atoms that cannot meet it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

import numpy as np

from il2struct.arrays import BoolArray, FloatArray, IndexArray
from il2struct.interface.bonds import Bonds, find_bonds
from il2struct.interface.bonds_plan import GIVES, TAKES, BondsPlan
from il2struct.interface.bonds_side import PreparedSide, prepare_atoms
from il2struct.interface.chemistry import AtomChemistry, PolarTypes, Topology
from il2struct.kernels.clusters import chain_pairs_by_frame
from il2struct.kernels.frames import (
    FramePairs,
    Pieces,
    cut_pieces,
    pairs_by_frame,
)
from il2struct.kernels.pointing import may_point
from il2struct.structure.model import Atoms

#: Empty space between two cuttings, in reaches: nothing of one is near anything of another.
CLEARANCE: Final = 2.0
#: The first look at hydrogens is more lenient than the criteria by so many degrees and Å, far
#: more than rounding: it must leave out no bond.
SLACK_DEG: Final = 0.01
SLACK_A: Final = 1e-4


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NearRows:
    """
    Atoms of two sides that could be in a bond, in each frame of a block.

    Attributes
    ----------
    frame_1, row_1 : ndarray of int
        Frame and row on side 1, sorted by frame; an atom may be named twice.
    frame_2, row_2 : ndarray of int
        The same on side 2.
    """

    frame_1: IndexArray
    row_1: IndexArray
    frame_2: IndexArray
    row_2: IndexArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FrameBonds:
    """
    Bonds of several interfaces in a block of frames, one row a bond and frame.

    Attributes
    ----------
    pair, frame : ndarray of int
        Interface and frame within the block.
    row_1, row_2 : ndarray of int
        Rows of the plan.
    bonds : Bonds
        Everything else; its indices are those of the cuttings and mean nothing here.
    is_glycan_mediated : ndarray of bool
        Whether an atom belongs to a glycan.
    """

    pair: IndexArray
    frame: IndexArray
    row_1: IndexArray
    row_2: IndexArray
    bonds: Bonds
    is_glycan_mediated: BoolArray


def near_rows(
    plan: BondsPlan,
    coords: FloatArray,
    sides: tuple[int, int],
    *,
    known: FramePairs | None = None,
    n_waters: int = 0,
) -> NearRows:
    """
    Find the atoms of two sides that could be in a bond, frame by frame.

    Parameters
    ----------
    plan : BondsPlan
    coords : ndarray, shape=(f, n + w, 3)
        Positions in Å of the plan's rows, then of water oxygens.
    sides : tuple of int
        Which two.
    known : FramePairs, optional
        Pairs of heavy atoms of the two sides at least up to ``plan.reach_a``, if they are known
        already.
    n_waters : int
        How many columns are water oxygens.
    """
    (near,) = near_rows_of_pairs(
        plan,
        coords,
        [sides],
        known=None if known is None else [known],
        n_waters=n_waters,
    )
    return near


def near_rows_of_pairs(
    plan: BondsPlan,
    coords: FloatArray,
    pairs: Sequence[tuple[int, int]],
    *,
    known: Sequence[FramePairs] | None = None,
    n_waters: int = 0,
) -> list[NearRows]:
    """
    Find the atoms of many pairs of sides that could be in a bond, each frame looked at once.

    Parameters
    ----------
    plan : BondsPlan
    coords : ndarray, shape=(f, n + w, 3)
        Positions in Å of the plan's rows, then of water oxygens.
    pairs : sequence of (int, int)
        Which sides.
    known : sequence of FramePairs, optional
        As for `near_rows`, one for each of `pairs`.
    n_waters : int
        How many columns are water oxygens.
    """
    if known is None:
        known = _pairs_of_masked(
            plan, coords, pairs, (plan.offers | plan.wants) > 0, plan.reach_a
        )
    found = [[_bonding(plan, coords, one)] for one in known]
    if plan.special_reach_a:
        special = _pairs_of_masked(
            plan, coords, pairs, plan.is_special, plan.special_reach_a
        )
        for parts, one in zip(found, special, strict=True):
            parts.append((one.frame, one.index_1, one.frame, one.index_2))
    if n_waters and plan.criteria.water_bridge:
        for parts, sides in zip(found, pairs, strict=True):
            parts.append(_beside_waters(plan, coords, sides, n_waters))
    return [_joined_rows(parts) for parts in found]


#: Frames and rows on side 1, frames and rows on side 2.
_Rows: TypeAlias = tuple[IndexArray, IndexArray, IndexArray, IndexArray]


def _pairs_of_masked(
    plan: BondsPlan,
    coords: FloatArray,
    pairs: Sequence[tuple[int, int]],
    mask: BoolArray,
    cutoff_a: float,
) -> list[FramePairs]:
    groups = [plan.rows_of(side, mask) for side in range(len(plan.side_start) - 1)]
    return chain_pairs_by_frame(coords, groups, pairs, cutoff_a)


def _bonding(plan: BondsPlan, coords: FloatArray, pairs: FramePairs) -> _Rows:
    """Of near atoms those that could be in a bond with each other."""
    is_near = pairs.distances_a <= plan.reach_a
    shared = plan.offers[pairs.index_1] & plan.wants[pairs.index_2]
    is_near &= shared > 0
    frame, shared = pairs.frame[is_near], shared[is_near]
    one, two = pairs.index_1[is_near], pairs.index_2[is_near]
    # What could only be a hydrogen bond needs a hydrogen between the two.
    can_be = (shared & ~(GIVES | TAKES)) > 0
    can_be |= _may_give(plan, coords, frame, one, two)
    can_be |= _may_give(plan, coords, frame, two, one)
    return frame[can_be], one[can_be], frame[can_be], two[can_be]


def _may_give(
    plan: BondsPlan,
    coords: FloatArray,
    frame: IndexArray,
    donor: IndexArray,
    acceptor: IndexArray,
) -> BoolArray:
    """Leave out donors none of whose own hydrogens points at the acceptor; `find_bonds` judges."""
    of = plan.criteria.hydrogen_bond
    gives: BoolArray = (plan.offers[donor] & plan.wants[acceptor] & GIVES) > 0
    looks = np.flatnonzero(gives & plan.hydrogens_settled[donor])
    longest_a = np.inf if of.distance_ha_max_a is None else of.distance_ha_max_a
    gives[looks] = may_point(
        coords,
        frame[looks],
        donor[looks],
        acceptor[looks],
        plan.topology.hydrogens,
        angle_min_deg=(of.angle_dha_min_deg or 0.0) - SLACK_DEG,
        distance_max_a=longest_a + SLACK_A,
    )
    return gives


def _joined_rows(parts: list[_Rows]) -> NearRows:
    frame_1, row_1, frame_2, row_2 = (
        np.concatenate([part[k] for part in parts]) for k in range(4)
    )
    order_1 = np.argsort(frame_1, kind="stable")
    order_2 = np.argsort(frame_2, kind="stable")
    return NearRows(
        frame_1=frame_1[order_1],
        row_1=row_1[order_1],
        frame_2=frame_2[order_2],
        row_2=row_2[order_2],
    )


def _beside_waters(
    plan: BondsPlan, coords: FloatArray, sides: tuple[int, int], n_waters: int
) -> _Rows:
    """Polar atoms of each side that share a water with an atom of the other."""
    longest = (
        plan.criteria.water_bridge.distance_max_a if plan.criteria.water_bridge else 0.0
    )
    waters = np.arange(len(plan.atoms), len(plan.atoms) + n_waters)
    legs = [
        pairs_by_frame(coords, waters, plan.rows_of(side, plan.is_polar), longest)
        for side in sides
    ]
    keys = [leg.frame * coords.shape[1] + leg.index_1 for leg in legs]
    shared = [np.isin(keys[0], keys[1]), np.isin(keys[1], keys[0])]
    return (
        legs[0].frame[shared[0]],
        legs[0].index_2[shared[0]],
        legs[1].frame[shared[1]],
        legs[1].index_2[shared[1]],
    )


def bonds_by_frame(
    plan: BondsPlan, coords: FloatArray, near: Sequence[NearRows], *, n_waters: int = 0
) -> FrameBonds:
    """
    Find the bonds of several interfaces in every frame of a block.

    Parameters
    ----------
    plan : BondsPlan
    coords : ndarray, shape=(f, n + w, 3)
        Positions in Å of the plan's rows, then of water oxygens.
    near : sequence of NearRows
        From `near_rows`, one for each interface.
    n_waters : int
        How many columns are water oxygens.

    Returns
    -------
    FrameBonds
        Sorted by interface, frame and rows.
    """
    n_frames = len(coords)
    n_pieces = n_frames * len(near)
    sides = [
        cut_pieces(
            np.concatenate(
                [
                    number * n_frames + getattr(one, f"frame_{side}")
                    for number, one in enumerate(near)
                ]
            ),
            np.concatenate([getattr(one, f"row_{side}") for one in near]),
            n_pieces,
            plan.pieces,
        )
        for side in (1, 2)
    ]
    places = [coords[pieces.piece % n_frames, pieces.row] for pieces in sides]
    shift = _shifts(sides, places, n_pieces, plan)
    bonds = find_bonds(
        _cut_side(plan, sides[0], places[0] + shift[sides[0].piece]),
        _cut_side(plan, sides[1], places[1] + shift[sides[1].piece]),
        criteria=plan.criteria,
        waters=_cut_waters(plan, coords, sides, places, shift, n_waters),
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
    sides: Sequence[Pieces],
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
        (
            float(np.abs(place - centres[pieces.piece]).max(initial=0.0))
            for pieces, place in zip(sides, places, strict=True)
        ),
        default=0.0,
    )
    water = plan.criteria.water_bridge
    reach = plan.reach_a + plan.special_reach_a + (water.distance_max_a if water else 0)
    step = 2.0 ** np.ceil(np.log2(2 * widest + CLEARANCE * reach + 1.0))
    # Only pieces that hold anything need room.
    used = np.unique(sides[0].piece)
    width = max(1, int(np.ceil(len(used) ** (1 / 3))))
    spot = np.zeros(n_pieces, dtype=np.int64)
    spot[used] = np.arange(len(used))
    cells = np.stack([spot % width, spot // width % width, spot // width**2], axis=1)
    shifts: FloatArray = step * (cells - width // 2) - centres
    return shifts


def _cut_side(plan: BondsPlan, pieces: Pieces, coords: FloatArray) -> PreparedSide:
    row = pieces.row
    static = plan.atoms
    atoms = Atoms(
        coords=coords,
        element=static.element[row],
        atom_name=static.atom_name[row],
        residue_name=static.residue_name[row],
        residue_index=pieces.residue,
        altloc=static.altloc[row],
        occupancy=static.occupancy[row],
        b_iso=static.b_iso[row],
    )
    topology = Topology(
        neighbours=pieces.neighbours,
        n_neighbours=plan.topology.n_neighbours[row],
        first_length_a=plan.topology.first_length_a[row],
        hydrogens=pieces.hydrogens,
    )
    known = plan.chemistry
    chemistry = AtomChemistry(
        polar=_cut_types(plan, pieces),
        is_acid=known.is_acid[row],
        is_base=known.is_base[row],
        is_imidazole=known.is_imidazole[row],
        is_apolar=known.is_apolar[row],
        generic_residues=plan.generic_residues,
    )
    side = prepare_atoms(
        atoms, topology, chemistry, key=plan.key[row], n_polymer=len(atoms)
    )
    # Lines that only came along are near nothing: the search can do without them.
    return replace(side, heavy=side.heavy[pieces.is_core[side.heavy]])


def _cut_types(plan: BondsPlan, pieces: Pieces) -> PolarTypes:
    """Types of the atoms asked for; those that only came along bond with nothing."""
    lines, types = [], []
    for type_of in plan.type_of:
        kind = type_of[pieces.row]
        line = np.flatnonzero(pieces.is_core & (kind >= 0))
        lines.append(line)
        types.append(kind[line])
    kind = np.concatenate(types)
    columns = {
        name: getattr(plan.chemistry.polar, name)[kind]
        for name in PolarTypes.__slots__
        if name != "row"
    }
    return PolarTypes(row=np.concatenate(lines), **columns)


def _cut_waters(
    plan: BondsPlan,
    coords: FloatArray,
    sides: Sequence[Pieces],
    places: Sequence[FloatArray],
    shift: FloatArray,
    n_waters: int,
) -> Atoms | None:
    """Waters near the pieces, moved with them."""
    if not n_waters or plan.criteria.water_bridge is None:
        return None
    longest = plan.criteria.water_bridge.distance_max_a
    n_frames = len(coords)
    found = []
    for piece in np.unique(sides[0].piece):
        low = np.full(3, np.inf)
        high = np.full(3, -np.inf)
        for pieces, place in zip(sides, places, strict=True):
            first, last = np.searchsorted(pieces.piece, (piece, piece + 1))
            low = np.minimum(low, place[first:last].min(axis=0, initial=np.inf))
            high = np.maximum(high, place[first:last].max(axis=0, initial=-np.inf))
        waters = coords[piece % n_frames, len(plan.atoms) :]
        inside = (waters >= low - longest) & (waters <= high + longest)
        found.append(waters[inside.all(axis=1)] + shift[piece])
    oxygens = np.concatenate([np.zeros((0, 3)), *found])
    return _waters_at(oxygens)


def _waters_at(coords: FloatArray) -> Atoms:
    n = len(coords)
    return Atoms(
        coords=coords,
        element=np.full(n, "O"),
        atom_name=np.full(n, "O"),
        residue_name=np.full(n, "HOH"),
        residue_index=np.arange(n),
        altloc=np.full(n, ""),
        occupancy=np.ones(n),
        b_iso=np.zeros(n),
    )
