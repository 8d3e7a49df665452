"""
Which atoms are near which: neighbour search by cell lists, linear in the number of atoms.

Space is cut into cubes as wide as the cut-off, so all neighbours of an atom lie in
the 27 cubes around it. The cubes are numbered modulo a small block of at least
3 x 3 x 3: an atom far from the rest (a stray coordinate) shares the number of some
other cube instead of stretching the grid, and the distance test tells them apart.
"""

import math
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from il2struct.arrays import BoolArray, FloatArray, IndexArray, checked_coordinates
from il2struct.errors import ParameterError
from il2struct.kernels._numba import kernel, part, read_only

__all__ = [
    "NeighbourPairs",
    "near_mask",
    "nearest_distance",
    "neighbour_pairs",
    "neighbour_pairs_within",
]

#: Cells are this much wider than the cut-off, so that rounding never moves a pair two cells apart.
EDGE_SLACK: Final = 1.0 + 1e-6
#: Cell numbers saturate here: rounding of the quotient stays below `EDGE_SLACK`.
FARTHEST_CELL: Final = 2.0**30
#: The block of cells never exceeds this many per atom, plus `SPARE_CELLS`.
CELLS_PER_ATOM: Final = 4
#: Allows a roomy block for few atoms (cells).
SPARE_CELLS: Final = 4096
#: So many points are looked at side by side before a search stops at a hit.
STRETCH: Final = 64
#: Neighbours of one cell: the most runs of cells that have to be looked through.
MAX_RUNS: Final = 27

#: Atoms sorted by cell, where each cell starts, lowest corner in Å, block shape, edge in Å.
CellGrid: TypeAlias = tuple[IndexArray, IndexArray, FloatArray, IndexArray, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class NeighbourPairs:
    """Rows and distances in Å of pairs of atoms within a cut-off, sorted by `index_1`, `index_2`."""

    index_1: IndexArray
    index_2: IndexArray
    distances_a: FloatArray

    def __len__(self) -> int:
        return len(self.index_1)


def neighbour_pairs(
    coords_1: npt.ArrayLike, coords_2: npt.ArrayLike, cutoff_a: float
) -> NeighbourPairs:
    """
    Find every pair of atoms, one from each set, within a cut-off (Å, inclusive).

    Examples
    --------
    >>> pairs = neighbour_pairs([[0, 0, 0], [9, 0, 0]], [[0, 3, 4], [0, 0, 1]], 5.0)
    >>> pairs.index_1.tolist(), pairs.index_2.tolist(), pairs.distances_a.tolist()
    ([0, 0], [0, 1], [5.0, 1.0])
    """
    first = read_only(checked_coordinates(coords_1, name="coords_1"))
    second = read_only(checked_coordinates(coords_2, name="coords_2"))
    cutoff = _checked_cutoff(cutoff_a)
    index_1, index_2, distances = _pairs_between(first, second, cutoff)
    return NeighbourPairs(index_1=index_1, index_2=index_2, distances_a=distances)


def neighbour_pairs_within(coords: npt.ArrayLike, cutoff_a: float) -> NeighbourPairs:
    """
    Find every pair of atoms of one set within a cut-off, once, with ``index_1 < index_2``.

    Examples
    --------
    >>> pairs = neighbour_pairs_within([[0, 0, 0], [1, 0, 0], [3, 0, 0]], 2.0)
    >>> list(zip(pairs.index_1.tolist(), pairs.index_2.tolist()))
    [(0, 1), (1, 2)]
    """
    atoms = read_only(checked_coordinates(coords))
    cutoff = _checked_cutoff(cutoff_a)
    index_1, index_2, distances = _pairs_inside(atoms, cutoff)
    return NeighbourPairs(index_1=index_1, index_2=index_2, distances_a=distances)


def near_mask(
    coords: npt.ArrayLike, reference: npt.ArrayLike, cutoff_a: float
) -> BoolArray:
    """
    Tell which atoms have any atom of a reference set within a cut-off (Å, inclusive).

    Examples
    --------
    >>> near_mask([[0, 0, 0], [9, 0, 0]], [[0, 0, 2]], 5.0).tolist()
    [True, False]
    """
    atoms = read_only(checked_coordinates(coords))
    others = read_only(checked_coordinates(reference, name="reference"))
    cutoff = _checked_cutoff(cutoff_a)
    mask: BoolArray = near_any(atoms, others, cutoff)
    return mask


def nearest_distance(
    coords: npt.ArrayLike, reference: npt.ArrayLike, cutoff_a: float
) -> FloatArray:
    """
    Measure how far in Å each atom is from the nearest of a reference set; NaN beyond the cut-off.

    Examples
    --------
    >>> nearest_distance([[0, 0, 0], [9, 0, 0]], [[0, 0, 2], [0, 3, 0]], 5.0).tolist()
    [2.0, nan]
    """
    atoms = read_only(checked_coordinates(coords))
    others = read_only(checked_coordinates(reference, name="reference"))
    cutoff = _checked_cutoff(cutoff_a)
    distances: FloatArray = _nearest(atoms, others, cutoff)
    return distances


def _checked_cutoff(cutoff_a: float) -> float:
    if not (math.isfinite(cutoff_a) and cutoff_a > 0.0):
        raise ParameterError(
            f"cutoff_a must be a positive number in Å, not {cutoff_a}."
        )
    return float(cutoff_a)


@part(no_cpython_wrapper=False)
def rows_in_reach(
    coords: FloatArray, others: FloatArray, rows: IndexArray, reach: float
) -> IndexArray:
    """List the atoms, ascending, in the box around some rows of others, widened by `reach`."""
    low = np.full(3, np.inf)
    high = np.full(3, -np.inf)
    for row in rows:
        for k in range(3):
            low[k] = min(low[k], others[row, k])
            high[k] = max(high[k], others[row, k])
    kept = np.empty(len(coords), np.int64)
    n_kept = 0
    for i in range(len(coords)):
        if (
            low[0] - reach <= coords[i, 0] <= high[0] + reach
            and low[1] - reach <= coords[i, 1] <= high[1] + reach
            and low[2] - reach <= coords[i, 2] <= high[2] + reach
        ):
            kept[n_kept] = i
            n_kept += 1
    return kept[:n_kept]


@part()
def _cell_number(value: float, origin: float, edge: float) -> int:
    # Limited before it becomes an integer: a wild coordinate would overflow.
    cells = (value - origin) / edge
    return math.floor(min(max(cells, -FARTHEST_CELL), FARTHEST_CELL))


@part(no_cpython_wrapper=False)
def cell_grid(coords: FloatArray, rows: IndexArray, cutoff: float) -> CellGrid:
    """Sort some rows of atoms into cells as wide as the cut-off, lower rows first in each cell."""
    edge = cutoff * EDGE_SLACK
    origin = np.full(3, np.inf)
    top = np.full(3, -np.inf)
    for row in rows:
        for k in range(3):
            origin[k] = min(origin[k], coords[row, k])
            top[k] = max(top[k], coords[row, k])
    shape = np.full(3, 3, np.int64)
    for k in range(3):
        if len(rows) > 0:
            # An empty cell on each side: looking around the outermost atoms does not wrap.
            shape[k] = _cell_number(top[k], origin[k], edge) + 3
    limit = CELLS_PER_ATOM * len(rows) + SPARE_CELLS
    while float(shape[0]) * float(shape[1]) * float(shape[2]) > limit:
        longest = np.argmax(shape)
        shape[longest] = max(3, (shape[longest] + 1) // 2)
    start = np.zeros(shape[0] * shape[1] * shape[2] + 1, np.int64)
    home = np.empty(len(rows), np.int64)
    for position in range(len(rows)):
        row = rows[position]
        x = (_cell_number(coords[row, 0], origin[0], edge) + 1) % shape[0]
        y = (_cell_number(coords[row, 1], origin[1], edge) + 1) % shape[1]
        z = (_cell_number(coords[row, 2], origin[2], edge) + 1) % shape[2]
        home[position] = (z * shape[1] + y) * shape[0] + x
        start[home[position] + 1] += 1
    for cell in range(len(start) - 1):
        start[cell + 1] += start[cell]
    order = np.empty(len(rows), np.int64)
    fill = start[:-1].copy()
    for position in range(len(rows)):
        order[fill[home[position]]] = rows[position]
        fill[home[position]] += 1
    return order, start, origin, shape, edge


@part(no_cpython_wrapper=False)
def runs_around(grid: CellGrid, x: float, y: float, z: float, runs: IndexArray) -> int:
    """
    Find the stretches of a grid's order that hold all neighbours of a point; count them.

    `runs`, shape=(27, 2), receives the first and the past-the-last place of each.
    """
    _, start, origin, shape, edge = grid
    # The cell before the point's own (numbers start at one); Python's % is never negative.
    x_first = _cell_number(x, origin[0], edge) % shape[0]
    y_first = _cell_number(y, origin[1], edge) % shape[1]
    z_first = _cell_number(z, origin[2], edge) % shape[2]
    n_runs = 0
    for z_step in range(3):
        z_cell = z_first + z_step
        if z_cell >= shape[2]:
            z_cell -= shape[2]
        for y_step in range(3):
            y_cell = y_first + y_step
            if y_cell >= shape[1]:
                y_cell -= shape[1]
            line = (z_cell * shape[1] + y_cell) * shape[0]
            if x_first + 3 <= shape[0]:
                runs[n_runs, 0] = start[line + x_first]
                runs[n_runs, 1] = start[line + x_first + 3]
                n_runs += runs[n_runs, 1] > runs[n_runs, 0]
            else:
                for x_step in range(3):
                    x_cell = (x_first + x_step) % shape[0]
                    runs[n_runs, 0] = start[line + x_cell]
                    runs[n_runs, 1] = start[line + x_cell + 1]
                    n_runs += runs[n_runs, 1] > runs[n_runs, 0]
    return n_runs


@part()
def pairs_from_grid(
    coords_1: FloatArray,
    rows_1: IndexArray,
    coords_2: FloatArray,
    rows_2: IndexArray,
    cutoff: float,
    is_one_set: bool | np.bool_,
) -> tuple[IndexArray, IndexArray, FloatArray]:
    grid = cell_grid(coords_1, rows_1, cutoff)
    order = grid[0]
    runs = np.empty((MAX_RUNS, 2), np.int64)
    place = np.zeros(len(coords_1) + 1, np.int64)
    index_1 = np.empty(0, np.int64)
    index_2 = np.empty(0, np.int64)
    distances = np.empty(0, np.float64)
    # Counted first, written in a second pass: each pair goes straight to its sorted place.
    for is_counting in (True, False):
        for j in rows_2:
            x, y, z = coords_2[j, 0], coords_2[j, 1], coords_2[j, 2]
            for run in range(runs_around(grid, x, y, z, runs)):
                for position in range(runs[run, 0], runs[run, 1]):
                    i = order[position]
                    square = (
                        (coords_1[i, 0] - x) ** 2
                        + (coords_1[i, 1] - y) ** 2
                        + (coords_1[i, 2] - z) ** 2
                    )
                    if square > cutoff * cutoff or (is_one_set and i >= j):
                        continue
                    if is_counting:
                        place[i + 1] += 1
                    else:
                        index_1[place[i]] = i
                        index_2[place[i]] = j
                        distances[place[i]] = math.sqrt(square)
                        place[i] += 1
        if is_counting:
            for i in range(len(coords_1)):
                place[i + 1] += place[i]
            index_1 = np.empty(place[-1], np.int64)
            index_2 = np.empty(place[-1], np.int64)
            distances = np.empty(place[-1], np.float64)
    return index_1, index_2, distances


@kernel()
def _pairs_between(
    coords_1: FloatArray, coords_2: FloatArray, cutoff: float
) -> tuple[IndexArray, IndexArray, FloatArray]:
    rows_2 = rows_in_reach(coords_2, coords_1, np.arange(len(coords_1)), cutoff)
    rows_1 = rows_in_reach(coords_1, coords_2, rows_2, cutoff)
    return pairs_from_grid(coords_1, rows_1, coords_2, rows_2, cutoff, np.bool_(False))


@kernel()
def _pairs_inside(
    coords: FloatArray, cutoff: float
) -> tuple[IndexArray, IndexArray, FloatArray]:
    rows = np.arange(len(coords))
    return pairs_from_grid(coords, rows, coords, rows, cutoff, np.bool_(True))


@part()
def any_within(
    points: FloatArray,
    first: int,
    last: int,
    x: float,
    y: float,
    z: float,
    limit2: float,
) -> bool:
    """Tell whether a stretch of columns holds a point within a distance, squared, of another."""
    for begin in range(first, last, STRETCH):
        hits = 0
        for position in range(begin, min(begin + STRETCH, last)):
            # Unsigned: no test for negative numbers, so the loop vectorises.
            k = np.uint64(position)
            dx, dy, dz = points[0, k] - x, points[1, k] - y, points[2, k] - z
            hits |= 1 if dx * dx + dy * dy + dz * dz <= limit2 else 0
        if hits > 0:
            return True
    return False


@kernel()
def near_any(coords: FloatArray, reference: FloatArray, cutoff: float) -> BoolArray:
    mask = np.zeros(len(coords), np.bool_)
    rows = rows_in_reach(coords, reference, np.arange(len(reference)), cutoff)
    grid = cell_grid(reference, rows_in_reach(reference, coords, rows, cutoff), cutoff)
    order = grid[0]
    ordered = np.empty((3, len(order)))
    for position in range(len(order)):
        for k in range(3):
            ordered[k, position] = reference[order[position], k]
    runs = np.empty((MAX_RUNS, 2), np.int64)
    square = cutoff * cutoff
    for i in rows:
        x, y, z = coords[i, 0], coords[i, 1], coords[i, 2]
        for run in range(runs_around(grid, x, y, z, runs)):
            if any_within(ordered, runs[run, 0], runs[run, 1], x, y, z, square):
                mask[i] = True
                break
    return mask


@kernel()
def _nearest(coords: FloatArray, reference: FloatArray, cutoff: float) -> FloatArray:
    distances = np.full(len(coords), np.nan)
    rows = rows_in_reach(coords, reference, np.arange(len(reference)), cutoff)
    grid = cell_grid(reference, rows_in_reach(reference, coords, rows, cutoff), cutoff)
    order = grid[0]
    runs = np.empty((MAX_RUNS, 2), np.int64)
    for i in rows:
        x, y, z = coords[i, 0], coords[i, 1], coords[i, 2]
        smallest = np.inf
        for run in range(runs_around(grid, x, y, z, runs)):
            for position in range(runs[run, 0], runs[run, 1]):
                j = order[position]
                square = (
                    (reference[j, 0] - x) ** 2
                    + (reference[j, 1] - y) ** 2
                    + (reference[j, 2] - z) ** 2
                )
                smallest = min(smallest, square)
        if smallest <= cutoff * cutoff:
            distances[i] = math.sqrt(smallest)
    return distances
