"""From where complexes are looked at: receptors on their stems, others where they are widest."""

from collections.abc import Sequence

import numpy as np

from il2struct.arrays import FloatArray
from il2struct.structure.family import holders_of, is_cytokine, is_paired_receptor


def standing(chains: Sequence[tuple[str, FloatArray]]) -> FloatArray:
    """
    Return axes with the receptors' stems down, the cytokine up and IL-2Rα to the right.

    Of each chain its role and its Cα atoms, shape (n, 3). Axes as for `upright`.
    """
    stems = [alpha[-1] for role, alpha in chains if is_paired_receptor(role)]
    tops = [alpha.mean(axis=0) for role, alpha in chains if is_cytokine(role)]
    points = np.concatenate([alpha for _, alpha in chains])
    if not stems or not tops:
        return widest(points, np.array([0.0, 0.0, 1.0]))
    up = np.mean(tops, axis=0) - np.mean(stems, axis=0)
    # From the side from which the chains hide each other least.
    flat = points - np.outer(points @ up, up) / (up @ up)
    right = widest(flat, up)[0]
    alphas = [
        alpha.mean(axis=0)
        for role, alpha in chains
        if holders_of(role) and not is_paired_receptor(role)
    ]
    if alphas and (np.mean(alphas, axis=0) - np.mean(tops, axis=0)) @ right < 0:
        right = -right
    return upright(up, right)


def unit(vector: FloatArray) -> FloatArray:
    """Return a vector of length 1."""
    length: FloatArray = vector / np.linalg.norm(vector)
    return length


def upright(up: FloatArray, right: FloatArray) -> FloatArray:
    """
    Return a camera's axes, shape (3, 3): rows to the right, up, and towards the viewer.

    The directions need not be square to each other; that which is up is kept.
    """
    above = unit(up)
    aside = right - (right @ above) * above
    if np.linalg.norm(aside) < 1e-6:
        aside = np.eye(3)[np.argmin(np.abs(above))]
        aside = aside - (aside @ above) * above
    beside = unit(aside)
    axes: FloatArray = np.array([beside, above, np.cross(beside, above)])
    return axes


def widest(points: FloatArray, up: FloatArray) -> FloatArray:
    """Return axes along the principal directions: the longest to the right, the shortest in depth."""
    _, _, directions = np.linalg.svd(points - points.mean(axis=0), full_matrices=False)
    right, above = directions[0], directions[1]
    above = above if above @ up >= 0 else -above
    axes: FloatArray = np.array([right, above, np.cross(right, above)])
    return axes
