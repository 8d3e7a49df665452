"""
A block of frames measured: what one worker does, and sends back.

Molecules that a periodic box cut are told of, and made whole when that is asked for.
"""

from dataclasses import dataclass
from itertools import product
from typing import Final

import numpy as np
from scipy.spatial import cKDTree

from il2struct import bond_kinds
from il2struct.arrays import BoolArray, FloatArray, IndexArray
from il2struct.complementarity import shape_complementarity
from il2struct.kernels.frames import (
    FramePairs,
    chain_pairs_by_frame,
    residue_pairs_by_frame,
)
from il2struct.kernels.sasa import buried_areas
from il2struct.progress import shares, step
from il2struct.trajectory.bonds import bonds_by_frame, near_rows
from il2struct.trajectory.plan import TrajectoryPlan
from il2struct.trajectory.universe import FrameBlock, Untyped, read_block

#: Kinds of bond that are counted, and how each is told from the columns of `Bonds`.
KINDS: Final = (*bond_kinds.KINDS, "needs_flip", "needs_protonation")
#: Seconds that each takes of a block with Sc in every frame; only their ratios count.
CONTACTS_S, SC_S, BONDS_S, AREAS_S = 1.0, 30.0, 1.0, 4.0
#: Numbers of each interface and frame, beside the counts of bonds.
MEASURES: Final = (
    "area_1_a2", "area_2_a2", "n_atom_pairs", "n_residue_pairs", "n_glycan_mediated", "sc",
)  # fmt: skip
#: Residues of two chains nearer than this, in Å, count as neighbours when chains are put together.
NEIGHBOUR_A: Final = 12.0
#: Successive residues of a chain stand nearer than this, in Å, by their first atoms (3.8 Å).
LONGEST_STEP_A: Final = 8.0
#: The box and the 26 around it.
_IMAGES: Final = np.array(list(product((-1, 0, 1), repeat=3)), dtype=float)


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """Things seen in some frames of a block: contacts, bonds, or residues."""

    #: What they are called; ascending.
    key: IndexArray
    #: 1 in frames that have it, 0 in others; for residues the buried area in Å²; shape (k, f).
    values: FloatArray | BoolArray
    #: Over the frames that have it; in Å.
    distance_sum_a: FloatArray
    distance_min_a: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BlockResult:
    """What was measured in a block of frames."""

    frame: IndexArray
    time_ps: FloatArray
    #: `MEASURES` and ``n_…`` of `KINDS`, one row an interface; NaN where not worked out; shape (p,
    #: f).
    measures: dict[str, FloatArray]
    #: Keys by `key_shapes`.
    contacts: Seen
    bonds: Seen
    residues: Seen
    #: From `image_doubts`.
    n_broken: IndexArray
    n_far_image: IndexArray


def key_shapes(plan: TrajectoryPlan) -> dict[str, tuple[int, ...]]:
    """
    Shapes in which contacts, bonds and residues of all interfaces have their keys.

    A contact is an interface and a residue of either side; a bond an interface, a kind, and a row
    of either side; a residue an interface, its side less 1, and a residue of that side.
    """
    n_pairs, n_rows = len(plan.pairs), len(plan.bonds.atoms)
    n_residues = int(plan.residue.max(initial=0)) + 1
    return {
        "contacts": (n_pairs, n_residues, n_residues),
        "bonds": (n_pairs, len(KINDS), n_rows, n_rows),
        "residues": (n_pairs, 2, n_residues),
    }


def measured_block(
    universe: Untyped, plan: TrajectoryPlan, frames: range, *, first: int
) -> BlockResult:
    """Read and measure some frames, before which so many were analysed."""
    block = read_block(universe, frames, plan.atom_rows)
    coords = unwrapped(plan, block) if plan.parameters.unwrap else block.coords
    n_broken, n_far_image = image_doubts(plan, coords, block.box)
    shape = (len(plan.pairs), len(coords))
    names = (*MEASURES, *(f"n_{kind}" for kind in KINDS))
    measures = {name: np.full(shape, np.nan) for name in names}
    every = plan.parameters.sc_every
    for_contacts, for_sc, for_bonds, for_areas = shares(
        CONTACTS_S, SC_S / every if every else 0.0, BONDS_S, AREAS_S
    )
    with step("contacts", for_contacts):
        # Heavy atoms, glycans included, as far as contacts or bonds reach.
        near = chain_pairs_by_frame(
            coords,
            [side.heavy for side in plan.sides],
            plan.pairs,
            max(plan.parameters.interface.contact_cutoff_a, plan.bonds.reach_a),
        )
        contacts = _contacts(plan, near, measures)
    if every:
        with step("Sc", for_sc):
            _add_complementarity(plan, coords, near, measures, first)
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


def _contacts(
    plan: TrajectoryPlan, near: list[FramePairs], measures: dict[str, FloatArray]
) -> Seen:
    n_frames = measures["sc"].shape[1]
    cutoff_a = plan.parameters.interface.contact_cutoff_a
    shape = key_shapes(plan)["contacts"]
    sightings = []
    for number, atom_pairs in enumerate(near):
        pairs = residue_pairs_by_frame(atom_pairs, plan.residue, cutoff_a=cutoff_a)
        for name, weights in (("residue", None), ("atom", pairs.n_atom_pairs)):
            count = np.bincount(pairs.frame, weights, minlength=n_frames)
            measures[f"n_{name}_pairs"][number] = count
        key = np.ravel_multi_index((number, pairs.residue_1, pairs.residue_2), shape)
        sightings.append((key, pairs.frame, pairs.distance_a))
    return _seen(sightings, n_frames)


def _seen(
    sightings: list[tuple[IndexArray, IndexArray, FloatArray]], n_frames: int
) -> Seen:
    """Gather keys, frames and distances in Å, each thing at most once a frame."""
    key, frame, distance_a = map(np.concatenate, zip(*sightings, strict=True))
    names, place = np.unique(key, return_inverse=True)
    values = np.zeros((len(names), n_frames), dtype=np.bool_)
    values[place, frame] = True
    smallest = np.full(len(names), np.inf)
    np.minimum.at(smallest, place, distance_a)
    sums = np.bincount(place, distance_a, minlength=len(names)).astype(np.float64)
    return Seen(names, values, sums, smallest)


def _bonds(
    plan: TrajectoryPlan,
    coords: FloatArray,
    near: list[FramePairs],
    measures: dict[str, FloatArray],
) -> Seen:
    rows = near_rows(plan.bonds, coords, plan.pairs, known=near, n_waters=plan.n_waters)
    frame_bonds = bonds_by_frame(plan.bonds, coords, rows, n_waters=plan.n_waters)
    bonds, is_glycan_mediated = frame_bonds.bonds, frame_bonds.is_glycan_mediated
    pair, frame = frame_bonds.pair, frame_bonds.frame
    shape = measures["sc"].shape

    def counted(mask: BoolArray) -> FloatArray:
        cell = np.ravel_multi_index((pair[mask], frame[mask]), shape)
        counts = np.bincount(cell, minlength=shape[0] * shape[1])
        return counts.reshape(shape).astype(np.float64)

    measures["n_glycan_mediated"][:] = counted(is_glycan_mediated)
    key_shape = key_shapes(plan)["bonds"]
    sightings = []
    for number, kind in enumerate(KINDS):
        # A hydrogen bond is one that needs neither a flip nor a proton.
        mask = (
            bonds.is_plain_hydrogen_bond
            if kind == "hydrogen_bond"
            else bonds.columns[kind if kind.startswith("needs_") else f"is_{kind}"]
        )
        known = bond_kinds.KINDS.get(kind)
        counts_glycans = known is not None and known.counts_glycans
        bare = mask if counts_glycans else mask & ~is_glycan_mediated
        measures[f"n_{kind}"][:] = counted(bare)
        ends = (pair[mask], number, frame_bonds.row_1[mask], frame_bonds.row_2[mask])
        key = np.ravel_multi_index(ends, key_shape)
        sightings.append((key, frame[mask], bonds.distance_a[mask]))
    return _seen(sightings, len(coords))


def _areas(
    plan: TrajectoryPlan, coords: FloatArray, measures: dict[str, FloatArray]
) -> Seen:
    """Buried areas of residues; those that bury nothing in the whole block are left out."""
    burial = plan.parameters.interface.burial
    shape = key_shapes(plan)["residues"]
    keys, values = [], []
    for number, (side_1, side_2) in enumerate(plan.side_pairs):
        sizes = len(side_1.residue_index), len(side_2.residue_index)
        by_residue = [np.zeros((size, len(coords))) for size in sizes]
        for frame, positions in enumerate(coords):
            lost = buried_areas(
                positions[side_1.area_rows],
                side_1.radii_a,
                positions[side_2.area_rows],
                side_2.radii_a,
                probe_radius_a=burial.probe_radius_a,
                n_slices=burial.n_slices,
            )
            both = ((side_1, lost.buried_1_a2), (side_2, lost.buried_2_a2))
            for k, (side, areas) in enumerate(both):
                measures[f"area_{k + 1}_a2"][number, frame] = areas.sum()
                sums = np.bincount(side.area_residue, areas, minlength=sizes[k])
                by_residue[k][:, frame] = sums
        for k, table in enumerate(by_residue):
            buried = np.flatnonzero(table.any(axis=1))
            keys.append(np.ravel_multi_index((number, k, buried), shape))
            values.append(table[buried])
    # Interfaces, sides and residues come in the order of their keys.
    key = np.concatenate(keys)
    missing = np.full(len(key), np.nan)
    return Seen(key, np.concatenate(values), missing, missing)


def _add_complementarity(
    plan: TrajectoryPlan,
    coords: FloatArray,
    near: list[FramePairs],
    measures: dict[str, FloatArray],
    first: int,
) -> None:
    """Shape complementarity where the sides touch, in every so manieth frame."""
    is_wanted = (first + np.arange(len(coords))) % plan.parameters.sc_every == 0
    wanted = [np.flatnonzero(is_wanted & (np.diff(pairs.start) > 0)) for pairs in near]
    n_wanted = max(sum(len(frames) for frames in wanted), 1)
    pairs_and_frames = zip(plan.side_pairs, wanted, strict=True)
    for number, ((side_1, side_2), frames) in enumerate(pairs_and_frames):
        name = f"interface {number + 1} of {len(plan.pairs)}"
        with step(name, len(frames) / n_wanted) as scoring:
            for frame in frames:
                result = shape_complementarity(
                    coords[frame, side_1.sc_rows],
                    side_1.sc_radii_a,
                    coords[frame, side_2.sc_rows],
                    side_2.sc_radii_a,
                    parameters=plan.parameters.interface.fit.complementarity,
                )
                measures["sc"][number, frame] = result.sc
                scoring.advance(1.0 / len(frames))


def image_doubts(
    plan: TrajectoryPlan, coords: FloatArray, box: FloatArray
) -> tuple[IndexArray, IndexArray]:
    """
    Count what a periodic box may have torn apart, in each frame.

    Steps from residue to residue that are short in another image only, and interfaces whose sides
    are nearer to each other in another image. ``box`` (f, 3, 3) has the edges as rows in Å, NaN
    without side_1.
    """
    n_broken = np.zeros(len(coords), dtype=np.int64)
    n_far = np.zeros(len(coords), dtype=np.int64)
    shortest = np.linalg.norm(box, axis=2).min(axis=1)
    boxed = np.flatnonzero(np.isfinite(shortest))
    if not len(boxed):
        return n_broken, n_far
    frames = boxed[:, None]
    steps = coords[frames, plan.links[:, 1]] - coords[frames, plan.links[:, 0]]
    # A long step alone may be a gap in the chain; side_1 that another image makes short is a cut.
    cells = np.round(steps @ np.linalg.inv(box[boxed]))
    images = np.linalg.norm(steps - cells @ box[boxed], axis=2)
    n_broken[boxed] = (cells.any(axis=2) & (images < LONGEST_STEP_A)).sum(axis=1)
    anchors = [np.unique(plan.anchor[side.area_rows]) for side in plan.sides]
    for frame in boxed:
        centres = [coords[frame, rows].mean(axis=0) for rows in anchors]
        to_fractions = np.linalg.inv(box[frame])
        for number_1, number_2 in plan.pairs:
            cells = -np.round((centres[number_2] - centres[number_1]) @ to_fractions)
            if cells.any():
                first = coords[frame, anchors[number_1]]
                second = coords[frame, anchors[number_2]]
                here = cKDTree(first).query(second)[0].min()
                there = cKDTree(first).query(second + cells @ box[frame])[0].min()
                n_far[frame] += there < here
    return n_broken, n_far


def unwrapped(plan: TrajectoryPlan, block: FrameBlock) -> FloatArray:
    """
    Make chains whole and put them beside each other.

    Every residue is brought to the image nearest to the residue it hangs on; then chains join
    the first one, each in the image where most of its residues have a neighbour among those that
    are in place already. Waters stay.
    """
    coords = block.coords.copy()
    n_rows, links = len(plan.anchor), plan.links
    for frame in np.flatnonzero(np.isfinite(block.box).all(axis=(1, 2))):
        box, positions = block.box[frame], coords[frame, :n_rows]
        fractions = positions @ np.linalg.inv(box)
        shift = np.zeros_like(fractions)
        steps = -np.round(fractions[links[:, 1]] - fractions[links[:, 0]])
        inner = -np.round(fractions - fractions[plan.anchor])
        for (parent, child), cells in zip(links.tolist(), steps, strict=True):
            shift[child] = shift[plan.anchor[parent]] + inner[parent] + cells
        whole = positions + (shift[plan.anchor] + inner) @ box
        coords[frame, :n_rows] = _joined(plan, whole, box)
    return coords


def _joined(plan: TrajectoryPlan, coords: FloatArray, box: FloatArray) -> FloatArray:
    """Bring whole chains beside the first one."""
    coords = coords.copy()
    chains = [np.flatnonzero(plan.chain_of == n) for n in np.unique(plan.chain_of)]
    anchors = [np.unique(plan.anchor[rows]) for rows in chains]
    waiting, placed = list(range(1, len(chains))), [0]
    while waiting:
        tree = cKDTree(np.concatenate([coords[anchors[chain]] for chain in placed]))
        options = [_best_image(tree, coords[anchors[chain]], box) for chain in waiting]
        best = max(range(len(waiting)), key=lambda k: options[k][0])
        chain = waiting.pop(best)
        coords[chains[chain]] += options[best][1]
        placed.append(chain)
    return coords


def _best_image(
    tree: Untyped, points: FloatArray, box: FloatArray
) -> tuple[tuple[int, float], FloatArray]:
    """Score of the best image (neighbours, minus the distance) and the shift to it."""
    away = points.mean(axis=0) - tree.data.mean(axis=0)
    home = -np.round(away @ np.linalg.inv(box))
    shifts = (home + _IMAGES) @ box
    distances, _ = tree.query((points[None] + shifts[:, None]).reshape(-1, 3))
    distances = distances.reshape(len(shifts), -1)
    n_near, nearest = (distances <= NEIGHBOUR_A).sum(axis=1), distances.min(axis=1)
    scores = [(int(n), -float(a)) for n, a in zip(n_near, nearest, strict=True)]
    best = max(range(len(scores)), key=scores.__getitem__)
    return scores[best], shifts[best]
