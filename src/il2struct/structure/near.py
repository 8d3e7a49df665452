"""
Which atoms are near which, by sorting alone: for questions too small to load compiled kernels for.

What a chain touches, and what a glycan is bonded to, is asked of every entry that is read. It takes
milliseconds; loading compiled code takes a second. `il2struct.kernels.cells` answers the same.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from il2struct.arrays import FloatArray, IndexArray, checked_coordinates

#: Cells are this much wider than the cut-off, so that rounding never moves a pair two cells apart.
EDGE_SLACK: Final = 1.0 + 1e-6
#: Cells along one axis: numbers of three axes fit into one integer of 64 bits.
LINE: Final = 1 << 20
#: Cell numbers saturate here; atoms farther out share a cell, and their distances tell them apart.
FARTHEST_CELL: Final = LINE // 2 - 2
#: Where the nine lines of cells around a cell start, as steps of the cell number.
LINES_AROUND: Final = np.array(
    [(z * LINE + y) * LINE for z in (-1, 0, 1) for y in (-1, 0, 1)]
)


def near_pairs(
    coords_1: npt.ArrayLike, coords_2: npt.ArrayLike, cutoff_a: float
) -> tuple[IndexArray, IndexArray]:
    """
    Find every pair of atoms, one from each set, that are within a cut-off.

    Parameters
    ----------
    coords_1 : array_like, shape=(n, 3)
        Coordinates of the first set in Å.
    coords_2 : array_like, shape=(m, 3)
        Coordinates of the second set in Å.
    cutoff_a : float
        Largest distance in Å, inclusive.

    Returns
    -------
    tuple of ndarray of int
        Rows of the first and of the second set, in no order.

    Examples
    --------
    >>> first, second = near_pairs([[0, 0, 0], [9, 0, 0]], [[0, 3, 4], [0, 0, 1]], 5.0)
    >>> sorted(zip(first.tolist(), second.tolist()))
    [(0, 0), (0, 1)]
    """
    first = checked_coordinates(coords_1, name="coords_1")
    second = checked_coordinates(coords_2, name="coords_2")
    rows_2 = _rows_in_reach(second, first, cutoff_a)
    rows_1 = _rows_in_reach(first, second[rows_2], cutoff_a)
    if not len(rows_1):
        return rows_1, rows_1
    edge = cutoff_a * EDGE_SLACK
    corner = first[rows_1].min(axis=0)
    cells = _cell_numbers(first[rows_1], corner, edge)
    order = np.argsort(cells)
    cells, rows_1 = cells[order], rows_1[order]
    # The three cells of a line are neighbours in the order too.
    middle = np.add.outer(
        LINES_AROUND, _cell_numbers(second[rows_2], corner, edge)
    ).ravel()
    start = np.searchsorted(cells, middle - 1, side="left")
    counts = np.searchsorted(cells, middle + 1, side="right") - start
    candidate_1 = rows_1[_stretches(start, counts)]
    candidate_2 = np.repeat(np.tile(rows_2, len(LINES_AROUND)), counts)
    gap = first[candidate_1] - second[candidate_2]
    gap *= gap
    x, y, z = gap.T
    is_near = x + y + z <= cutoff_a * cutoff_a
    return candidate_1[is_near], candidate_2[is_near]


def _rows_in_reach(coords: FloatArray, others: FloatArray, reach: float) -> IndexArray:
    """Rows of the atoms inside the box around some others, widened on all sides."""
    rows = np.arange(len(coords) if len(others) else 0)
    for axis in range(3):
        values, bounds = coords[rows, axis], others[:, axis]
        if len(rows):
            low, high = bounds.min() - reach, bounds.max() + reach
            rows = rows[(low <= values) & (values <= high)]
    return rows


def _cell_numbers(coords: FloatArray, corner: FloatArray, edge: float) -> IndexArray:
    cells = np.floor(
        np.clip((coords - corner) / edge, -FARTHEST_CELL, FARTHEST_CELL)
    ).astype(np.int64)
    numbers: IndexArray = (cells[:, 2] * LINE + cells[:, 1]) * LINE + cells[:, 0]
    return numbers


def _stretches(start: IndexArray, counts: IndexArray) -> IndexArray:
    """Count up from every start, one stretch behind the other."""
    before = np.cumsum(counts) - counts
    places: IndexArray = np.arange(int(counts.sum())) + np.repeat(
        start - before, counts
    )
    return places
