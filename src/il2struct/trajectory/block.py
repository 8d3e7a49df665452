"""A block of frames measured: what one worker does, and sends back."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from il2struct.arrays import BoolArray, FloatArray, IndexArray
from il2struct.complementarity import shape_complementarity
from il2struct.kernels.frames import (
    FramePairs,
    chain_pairs_by_frame,
    residue_pairs_by_frame,
)
from il2struct.kernels.sasa import buried_areas
from il2struct.progress import shares, step
from il2struct.trajectory.bonds import FrameBonds, bonds_by_frame, near_rows
from il2struct.trajectory.boxes import image_doubts, unwrapped
from il2struct.trajectory.plan import SidePlan, TrajectoryPlan
from il2struct.trajectory.universe import FrameBlock, Untyped, read_block

#: Kinds of bond that are counted, and how each is told from the columns of `Bonds`.
KINDS: Final = (
    "hydrogen_bond",
    "salt_bridge",
    "disulfide",
    "cation_pi",
    "pi_stacking",
    "apolar_contact",
    "water_mediated",
    "needs_flip",
    "needs_protonation",
)
#: Kinds that keep bonds to glycans in their counts, as in the table ``interfaces``.
_WITH_GLYCANS: Final = ("water_mediated",)
#: Seconds that each takes of a block with Sc in every frame; only their ratios count.
CONTACTS_S, FITS_S, BONDS_S, AREAS_S = 1.0, 30.0, 1.0, 4.0
#: Numbers of each interface and frame, beside the counts of bonds.
MEASURES: Final = (
    "area_1_a2",
    "area_2_a2",
    "n_atom_pairs",
    "n_residue_pairs",
    "n_glycan_mediated",
    "sc",
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Seen:
    """
    Things seen in some frames of a block: contacts, bonds, or residues.

    Attributes
    ----------
    key : ndarray of int, shape=(k,)
        What they are called; ascending.
    values : ndarray, shape=(k, f)
        1 in frames that have it, 0 in others; for residues the buried area in Å².
    distance_sum_a, distance_min_a : ndarray, shape=(k,)
        Over the frames that have it; in Å.
    """

    key: IndexArray
    values: FloatArray | BoolArray
    distance_sum_a: FloatArray
    distance_min_a: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BlockResult:
    """
    What was measured in a block of frames.

    Attributes
    ----------
    frame, time_ps : ndarray, shape=(f,)
    measures : dict of str to ndarray, shape=(p, f)
        `MEASURES` and ``n_…`` of `KINDS`, one row an interface; NaN where not worked out.
    contacts, bonds, residues : Seen
        Keys as made by `contact_key`, `bond_key` and `residue_key`.
    n_broken, n_far_image : ndarray of int, shape=(f,)
        From `image_doubts`.
    """

    frame: IndexArray
    time_ps: FloatArray
    measures: dict[str, FloatArray]
    contacts: Seen
    bonds: Seen
    residues: Seen
    n_broken: IndexArray
    n_far_image: IndexArray


def contact_key(
    plan: TrajectoryPlan, pair: int, residue_1: IndexArray, residue_2: IndexArray
) -> IndexArray:
    """Make a number of a residue pair of an interface."""
    n = _n_residues(plan)
    key: IndexArray = (pair * n + residue_1) * n + residue_2
    return key


def contact_of_key(
    plan: TrajectoryPlan, key: IndexArray
) -> tuple[IndexArray, IndexArray, IndexArray]:
    """Interface and residues of either side of `contact_key`."""
    n = _n_residues(plan)
    return key // n**2, key // n % n, key % n


def residue_key(
    plan: TrajectoryPlan, pair: int, side: int, residue: IndexArray
) -> IndexArray:
    """Make a number of a residue of side 1 or 2 of an interface."""
    key: IndexArray = (2 * pair + side - 1) * _n_residues(plan) + residue
    return key


def residue_of_key(
    plan: TrajectoryPlan, key: IndexArray
) -> tuple[IndexArray, IndexArray, IndexArray]:
    """Interface, side (1 or 2) and residue of `residue_key`."""
    n = _n_residues(plan)
    return key // n // 2, key // n % 2 + 1, key % n


def bond_key(
    plan: TrajectoryPlan, found: FrameBonds, kind: int, rows: IndexArray
) -> IndexArray:
    """Make a number of a bond of one kind of an interface."""
    n = len(plan.bonds.atoms)
    pair = found.pair[rows] * len(KINDS) + kind
    key: IndexArray = (pair * n + found.row_1[rows]) * n + found.row_2[rows]
    return key


def bond_of_key(
    plan: TrajectoryPlan, key: IndexArray
) -> tuple[IndexArray, IndexArray, IndexArray, IndexArray]:
    """Interface, kind and rows of either side of `bond_key`."""
    n = len(plan.bonds.atoms)
    pair = key // n**2
    return pair // len(KINDS), pair % len(KINDS), key // n % n, key % n


def _n_residues(plan: TrajectoryPlan) -> int:
    return int(plan.residue.max(initial=0)) + 1


def measured_block(
    universe: Untyped,
    plan: TrajectoryPlan,
    frames: range,
    *,
    first: int,
) -> BlockResult:
    """
    Read and measure some frames.

    Parameters
    ----------
    universe : MDAnalysis.Universe
    plan : TrajectoryPlan
    frames : range
        Frames of the trajectory.
    first : int
        How many frames were analysed before them.
    """
    block = read_block(universe, frames, plan.atom_rows)
    return measured_frames(plan, block, first=first)


def measured_frames(
    plan: TrajectoryPlan, block: FrameBlock, *, first: int = 0
) -> BlockResult:
    """
    Measure frames that are read.

    Parameters
    ----------
    plan : TrajectoryPlan
    block : FrameBlock
        Positions of ``plan.atom_rows``.
    first : int
        How many frames were analysed before them, for Sc.
    """
    coords = unwrapped(plan, block) if plan.parameters.unwrap else block.coords
    n_broken, n_far_image = image_doubts(plan, coords, block.box)
    shape = (len(plan.pairs), len(coords))
    names = (*MEASURES, *(f"n_{kind}" for kind in KINDS))
    measures = {name: np.full(shape, np.nan) for name in names}
    every = plan.parameters.sc_every
    for_contacts, for_fits, for_bonds, for_areas = shares(
        CONTACTS_S, FITS_S / every if every else 0.0, BONDS_S, AREAS_S
    )
    with step("contacts", for_contacts):
        near = _heavy_pairs(plan, coords)
        contacts = _contacts(plan, near, measures)
    if every:
        with step("Sc", for_fits):
            _add_fits(plan, coords, near, measures, first)
    with step("bonds", for_bonds):
        bonds = _bonds(plan, coords, near, measures)
    with step("areas", for_areas):
        residues = _areas(plan, coords, measures)
    return BlockResult(
        frame=block.frame,
        time_ps=block.time_ps,
        measures=measures,
        contacts=contacts,
        bonds=bonds,
        residues=residues,
        n_broken=n_broken,
        n_far_image=n_far_image,
    )


def _heavy_pairs(plan: TrajectoryPlan, coords: FloatArray) -> list[FramePairs]:
    """Heavy-atom pairs of each interface, glycans included, as far as contacts or bonds reach."""
    cutoff_a = max(plan.parameters.interface.contact_cutoff_a, plan.bonds.reach_a)
    return chain_pairs_by_frame(
        coords, [side.heavy for side in plan.sides], plan.pairs, cutoff_a
    )


def _contacts(
    plan: TrajectoryPlan, near: list[FramePairs], measures: dict[str, FloatArray]
) -> Seen:
    n_frames = measures["sc"].shape[1]
    cutoff_a = plan.parameters.interface.contact_cutoff_a
    keys, frames, distances = [], [], []
    for number, pairs in enumerate(near):
        found = residue_pairs_by_frame(pairs, plan.residue, cutoff_a=cutoff_a)
        measures["n_residue_pairs"][number] = np.bincount(
            found.frame, minlength=n_frames
        )
        measures["n_atom_pairs"][number] = np.bincount(
            found.frame, found.n_atom_pairs, minlength=n_frames
        )
        keys.append(contact_key(plan, number, found.residue_1, found.residue_2))
        frames.append(found.frame)
        distances.append(found.distance_a)
    return _seen(
        np.concatenate(keys),
        np.concatenate(frames),
        np.concatenate(distances),
        n_frames,
    )


def _summed(place: IndexArray, values: FloatArray, length: int) -> FloatArray:
    sums: FloatArray = np.zeros(length)
    np.add.at(sums, place, values)
    return sums


def _seen(
    key: IndexArray, frame: IndexArray, distance_a: FloatArray, n_frames: int
) -> Seen:
    """Gather sightings, each thing at most once a frame."""
    names, place = np.unique(key, return_inverse=True)
    values = np.zeros((len(names), n_frames), dtype=np.bool_)
    values[place, frame] = True
    smallest = np.full(len(names), np.inf)
    np.minimum.at(smallest, place, distance_a)
    return Seen(
        key=names,
        values=values,
        distance_sum_a=_summed(place, distance_a, len(names)),
        distance_min_a=smallest,
    )


def _bonds(
    plan: TrajectoryPlan,
    coords: FloatArray,
    near: list[FramePairs],
    measures: dict[str, FloatArray],
) -> Seen:
    rows = near_rows(plan.bonds, coords, plan.pairs, known=near, n_waters=plan.n_waters)
    found = bonds_by_frame(plan.bonds, coords, rows, n_waters=plan.n_waters)
    n_frames = len(coords)
    shape = measures["sc"].shape
    cell = found.pair * n_frames + found.frame

    def counted(mask: BoolArray) -> FloatArray:
        counts = np.bincount(cell[mask], minlength=shape[0] * shape[1])
        return counts.reshape(shape).astype(np.float64)

    measures["n_glycan_mediated"][:] = counted(found.is_glycan_mediated)
    keys, frames, distances = [], [], []
    for number, kind in enumerate(KINDS):
        mask = kind_mask(found, kind)
        bare = mask if kind in _WITH_GLYCANS else mask & ~found.is_glycan_mediated
        measures[f"n_{kind}"][:] = counted(bare)
        chosen = np.flatnonzero(mask)
        keys.append(bond_key(plan, found, number, chosen))
        frames.append(found.frame[chosen])
        distances.append(found.bonds.distance_a[chosen])
    return _seen(
        np.concatenate(keys),
        np.concatenate(frames),
        np.concatenate(distances),
        n_frames,
    )


def kind_mask(found: FrameBonds, kind: str) -> BoolArray:
    """
    Which bonds are of a kind; a hydrogen bond is one that needs neither a flip nor a proton.

    Parameters
    ----------
    found : FrameBonds
    kind : str
        One of `KINDS`.
    """
    bonds = found.bonds
    if kind == "hydrogen_bond":
        return bonds.is_plain_hydrogen_bond
    mask: BoolArray = getattr(
        bonds, kind if kind.startswith("needs_") else f"is_{kind}"
    )
    return mask


def _areas(
    plan: TrajectoryPlan, coords: FloatArray, measures: dict[str, FloatArray]
) -> Seen:
    """Buried areas of residues; those that bury nothing in the whole block are left out."""
    keys, values = [], []
    for number, sides in enumerate(plan.pairs):
        one, two = (plan.sides[side] for side in sides)
        of_residue = (
            np.zeros((len(one.residue_index), len(coords))),
            np.zeros((len(two.residue_index), len(coords))),
        )
        for frame, positions in enumerate(coords):
            lost = _lost_areas(plan, positions, one, two)
            for side, (plan_of_side, areas) in enumerate(
                zip((one, two), lost, strict=True)
            ):
                measures[f"area_{side + 1}_a2"][number, frame] = areas.sum()
                of_residue[side][:, frame] = np.bincount(
                    plan_of_side.area_residue,
                    areas,
                    minlength=len(plan_of_side.residue_index),
                )
        for side, table in enumerate(of_residue, start=1):
            buried = np.flatnonzero(table.any(axis=1))
            keys.append(residue_key(plan, number, side, buried))
            values.append(table[buried])
    key = np.concatenate(keys)
    order = np.argsort(key)
    missing = np.full(len(key), np.nan)
    return Seen(
        key=key[order],
        values=np.concatenate(values)[order],
        distance_sum_a=missing,
        distance_min_a=missing,
    )


def _lost_areas(
    plan: TrajectoryPlan, positions: FloatArray, one: SidePlan, two: SidePlan
) -> tuple[FloatArray, FloatArray]:
    burial = plan.parameters.interface.burial
    lost = buried_areas(
        positions[one.area_rows],
        one.radii_a,
        positions[two.area_rows],
        two.radii_a,
        probe_radius_a=burial.probe_radius_a,
        n_slices=burial.n_slices,
    )
    return lost.buried_1_a2, lost.buried_2_a2


def _add_fits(
    plan: TrajectoryPlan,
    coords: FloatArray,
    near: list[FramePairs],
    measures: dict[str, FloatArray],
    first: int,
) -> None:
    """Shape complementarity where the sides touch, in every so manieth frame."""
    is_wanted = (first + np.arange(len(coords))) % plan.parameters.sc_every == 0
    wanted = [np.flatnonzero(is_wanted & (np.diff(pairs.start) > 0)) for pairs in near]
    n_fits = max(sum(len(frames) for frames in wanted), 1)
    for number, (sides, frames) in enumerate(zip(plan.pairs, wanted, strict=True)):
        one, two = (plan.sides[side] for side in sides)
        name = f"interface {number + 1} of {len(plan.pairs)}"
        with step(name, len(frames) / n_fits) as fitting:
            for frame in frames:
                fit = shape_complementarity(
                    coords[frame, one.sc_rows],
                    one.sc_radii_a,
                    coords[frame, two.sc_rows],
                    two.sc_radii_a,
                    parameters=plan.parameters.interface.fit.complementarity,
                )
                measures["sc"][number, frame] = fit.sc
                fitting.advance(1.0 / len(frames))
