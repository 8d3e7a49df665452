"""Marks of equal size side by side, so that none hides another: a swarm, the same every time."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from il2struct.arrays import FloatArray

#: Marks that touch only by rounding do not overlap.
SLACK: Final = 1e-9
#: Marks shrink by this factor until they fit.
SHRINK: Final = 0.95


def swarm_offsets(
    heights_mm: Sequence[float] | FloatArray, size_mm: float
) -> FloatArray:
    """
    Spread marks sideways until no two overlap.

    Parameters
    ----------
    heights_mm : sequence of n float
        Where each mark stands along the axis of values, on paper.
    size_mm : float
        Diameter of a mark.

    Returns
    -------
    ndarray, shape=(n,), dtype=float
        Sideways offset of each mark in mm; 0 where there is room. From the middle outwards and
        by turns, without chance.

    Examples
    --------
    >>> swarm_offsets([0.0, 0.0, 0.0, 9.0], 1.0).round(2).tolist()
    [0.0, 1.0, -1.0, 0.0]
    """
    heights = np.asarray(heights_mm, dtype=np.float64)
    offsets = np.zeros(len(heights))
    placed: list[int] = []
    for index in np.argsort(heights, kind="stable"):
        near = [i for i in placed if abs(heights[i] - heights[index]) < size_mm - SLACK]
        offsets[index] = _nearest_free(
            heights[index] - heights[near], offsets[near], size_mm
        )
        placed.append(int(index))
    return offsets


def swarm_in(
    swarms_mm: Sequence[FloatArray],
    half_widths_mm: Sequence[float],
    sizes_mm: tuple[float, float],
) -> tuple[list[FloatArray], float]:
    """
    Spread several swarms with marks of one size, as large as lets all stay within their columns.

    Parameters
    ----------
    swarms_mm : sequence of ndarray
        Heights of the marks of each swarm.
    half_widths_mm : sequence of float
        Half of the width of each column.
    sizes_mm : (float, float)
        Largest and smallest diameter of a mark. Swarms that do not fit at the smallest are
        squeezed, so that marks overlap.

    Returns
    -------
    list of ndarray, float
        Sideways offsets of each swarm, and the diameter.
    """
    size, smallest = sizes_mm
    while True:
        offsets = [swarm_offsets(heights, size) for heights in swarms_mm]
        reach = [float(np.abs(each).max(initial=0.0)) + size / 2 for each in offsets]
        fits = all(r <= w for r, w in zip(reach, half_widths_mm, strict=True))
        if fits or size <= smallest:
            break
        size = max(size * SHRINK, smallest)
    squeezed = [
        each * min(1.0, (half - size / 2) / max(wide - size / 2, SLACK))
        for each, wide, half in zip(offsets, reach, half_widths_mm, strict=True)
    ]
    return squeezed, size


def _nearest_free(rises_mm: FloatArray, taken_mm: FloatArray, size_mm: float) -> float:
    """Offset nearest to 0 at which a mark touches none of its neighbours."""
    reach = np.sqrt(np.maximum(size_mm**2 - rises_mm**2, 0.0))
    edges = np.concatenate([[0.0], taken_mm + reach, taken_mm - reach])
    is_free = np.array(
        [bool(np.all(np.abs(edge - taken_mm) >= reach - SLACK)) for edge in edges]
    )
    free = edges[is_free]
    # Of two equally near ones the right one.
    order = np.lexsort((-free, np.abs(free).round(9)))
    return float(free[order[0]])
