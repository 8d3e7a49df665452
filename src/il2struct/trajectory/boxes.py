"""Periodic boxes: molecules that are cut by them, and partners that stand in another image."""

from itertools import product
from typing import Final

import numpy as np

from il2struct.arrays import FloatArray, IndexArray
from il2struct.trajectory.plan import TrajectoryPlan
from il2struct.trajectory.universe import FrameBlock

#: Residues of two chains nearer than this, in Å, count as neighbours when chains are put together.
NEIGHBOUR_A: Final = 12.0
#: Successive residues of a chain stand nearer than this, in Å, by their first atoms (3.8 Å).
LONGEST_STEP_A: Final = 8.0
#: The box and the 26 around it.
_IMAGES: Final = np.array(list(product((-1, 0, 1), repeat=3)), dtype=float)


def image_doubts(
    plan: TrajectoryPlan, coords: FloatArray, box: FloatArray
) -> tuple[IndexArray, IndexArray]:
    """
    Count what a periodic box may have torn apart.

    Parameters
    ----------
    plan : TrajectoryPlan
    coords : ndarray, shape=(f, n, 3)
        In Å.
    box : ndarray, shape=(f, 3, 3)
        Edges as rows; NaN without a box.

    Returns
    -------
    n_broken : ndarray of int, shape=(f,)
        Steps from residue to residue that are short in another image only.
    n_far_image : ndarray of int, shape=(f,)
        Interfaces whose sides are nearer to each other in another image.
    """
    n_broken = np.zeros(len(coords), dtype=np.int64)
    n_far = np.zeros(len(coords), dtype=np.int64)
    shortest = np.linalg.norm(box, axis=2).min(axis=1)
    boxed = np.flatnonzero(np.isfinite(shortest))
    if not len(boxed):
        return n_broken, n_far
    frames = boxed[:, None]
    steps = coords[frames, plan.links[:, 1]] - coords[frames, plan.links[:, 0]]
    # A long step alone may be a gap in the chain; one that another image makes short is a cut.
    cells = np.round(steps @ np.linalg.inv(box[boxed]))
    images = np.linalg.norm(steps - cells @ box[boxed], axis=2)
    n_broken[boxed] = (cells.any(axis=2) & (images < LONGEST_STEP_A)).sum(axis=1)
    anchors = [np.unique(plan.anchor[side.area_rows]) for side in plan.sides]
    for frame in boxed:
        centres = [coords[frame, rows].mean(axis=0) for rows in anchors]
        to_fractions = np.linalg.inv(box[frame])
        for one, two in plan.pairs:
            cells = -np.round((centres[two] - centres[one]) @ to_fractions)
            if cells.any():
                first, second = coords[frame, anchors[one]], coords[frame, anchors[two]]
                here = _nearest(first, second)
                n_far[frame] += _nearest(first, second + cells @ box[frame]) < here
    return n_broken, n_far


def _nearest(first: FloatArray, second: FloatArray) -> float:
    from scipy.spatial import cKDTree

    distances, _ = cKDTree(first).query(second)
    return float(distances.min())


def unwrapped(plan: TrajectoryPlan, block: FrameBlock) -> FloatArray:
    """
    Make chains whole and put them beside each other.

    Every residue is brought to the image nearest to the residue it hangs on; then chains join
    the first one, each in the image where most of its residues have a neighbour among those that
    are in place already. Waters stay.

    Parameters
    ----------
    plan : TrajectoryPlan
    block : FrameBlock

    Returns
    -------
    ndarray, shape=(f, n, 3)
        Positions in Å; frames without a box as they are.
    """
    coords = block.coords.copy()
    for frame in np.flatnonzero(np.isfinite(block.box).all(axis=(1, 2))):
        box = block.box[frame]
        n_rows = len(plan.anchor)
        whole = _whole(plan, coords[frame, :n_rows], box)
        coords[frame, :n_rows] = _joined(plan, whole, box)
    return coords


def _whole(plan: TrajectoryPlan, coords: FloatArray, box: FloatArray) -> FloatArray:
    fractions = coords @ np.linalg.inv(box)
    shift = np.zeros_like(fractions)
    steps = -np.round(fractions[plan.links[:, 1]] - fractions[plan.links[:, 0]])
    inner = -np.round(fractions - fractions[plan.anchor])
    for (parent, child), step in zip(plan.links.tolist(), steps, strict=True):
        shift[child] = shift[plan.anchor[parent]] + inner[parent] + step
    moved: FloatArray = coords + (shift[plan.anchor] + inner) @ box
    return moved


def _joined(plan: TrajectoryPlan, coords: FloatArray, box: FloatArray) -> FloatArray:
    from scipy.spatial import cKDTree

    coords = coords.copy()
    chains = {
        int(chain): np.flatnonzero(plan.chain_of == chain)
        for chain in np.unique(plan.chain_of)
    }
    anchors = {chain: np.unique(plan.anchor[rows]) for chain, rows in chains.items()}
    order = list(chains)
    placed = [order.pop(0)]
    while order:
        tree = cKDTree(np.concatenate([coords[anchors[chain]] for chain in placed]))
        options = [_best_image(tree, coords[anchors[chain]], box) for chain in order]
        best = max(range(len(order)), key=lambda k: options[k][0])
        chain = order.pop(best)
        coords[chains[chain]] += options[best][1]
        placed.append(chain)
    return coords


def _best_image(
    tree: object, points: FloatArray, box: FloatArray
) -> tuple[tuple[int, float], FloatArray]:
    """Score of the best image (neighbours, minus the distance) and the shift to it."""
    centre = tree.data.mean(axis=0)  # type: ignore[attr-defined]  # scipy has no types
    home = -np.round((points.mean(axis=0) - centre) @ np.linalg.inv(box))
    shifts = (home + _IMAGES) @ box
    distances, _ = tree.query((points[None] + shifts[:, None]).reshape(-1, 3))  # type: ignore[attr-defined]  # scipy has no types
    distances = distances.reshape(len(shifts), -1)
    scores = [(int((one <= NEIGHBOUR_A).sum()), -float(one.min())) for one in distances]
    best = max(range(len(scores)), key=scores.__getitem__)
    return scores[best], shifts[best]
