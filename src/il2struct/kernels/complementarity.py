"""
The Lawrence-Colman statistic from two dot surfaces: trimming, pairing, S and its medians.

The dots of a side are *buried* if a probe there would meet the partner. Buried dots within the
trim band of a dot that is not are left out. Each dot left is paired with the nearest one left
on the other side, and scored ``S = (n . n') exp(-w d^2)`` with n' pointing inwards (Lawrence &
Colman, J. Mol. Biol. 234:946, 1993, eq. 1). Arrays of dots are columns as in `surface.patches`.
"""

import math
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from il2struct.arrays import FloatArray, IndexArray
from il2struct.kernels._numba import int64, kernel, part
from il2struct.kernels.cells import any_within
from il2struct.kernels.surface.caps import ALLOCATING, LEAN, Vector
from il2struct.kernels.surface.patches import (
    BURIED,
    DOT_ROWS,
    DOT_X,
    DOT_Y,
    DOT_Z,
    NORMAL_X,
    NORMAL_Y,
    NORMAL_Z,
)

#: Cubes of dots and where their dots start: half as wide as an index, to stay in the cache.
CubeArray: TypeAlias = npt.NDArray[np.int32]
#: Dots in the order of their cubes, where each cube starts, lowest corner, shape, edge in Å.
DotGrid: TypeAlias = tuple[FloatArray, CubeArray, FloatArray, IndexArray, float]

#: Two dots in one cube of this many bands are within a band of each other: a little below 1/√3.
CUBE_PER_BAND: Final = 0.577
#: Cubes that a band can reach beyond a dot's own.
REACH_CUBES: Final = 2
#: A grid has at most this many cubes per dot, plus `SPARE_CUBES`; else its cubes grow.
CUBES_PER_DOT: Final = 32
SPARE_CUBES: Final = 100_000
#: Edges of the cubes in which nearest dots are looked for, and of those by which the dots that look
#: are put in order; width of the groups of dots that share one list of candidates. All in typical
#: distances of dots (measured optimum).
CUBE_SPACINGS: Final = 10.0
ORDER_SPACINGS: Final = 5.0
GROUP_SPACINGS: Final = 6.0
#: Such a cube is this much narrower along x, where cubes in a row are looked through as one.
NARROW: Final = 0.25
#: Rows of sorted dots and of candidates: position and column.
TARGET_ROWS: Final = 4
#: Dots that share one list of candidates, at most.
GROUP_SIZE: Final = 64
#: Candidates on a list, at most; their numbers fit in the last bits of a distance.
CANDIDATES: Final = 4096
#: Lists are filled up to a multiple of this with candidates too far away to count (Å).
LANES: Final = 16
FAR_A: Final = 1e9
#: Beyond this number of group widths, squared, the last list says nothing about the next group.
GROUP_JUMP2: Final = 4.0
#: Slack for rounding, in Å and Å²: a target is left out only if it is farther by more than this.
SLACK_A: Final = 1e-6
SLACK_A2: Final = 1e-9


@part(**ALLOCATING)
def _dot_grid(
    low: FloatArray, high: FloatArray, n_dots: int, edge: float
) -> tuple[float, IndexArray]:
    """Edge and shape of a grid over a box, with cubes grown until there are not too many."""
    shape = np.empty(3, np.int64)
    limit = float(CUBES_PER_DOT * n_dots + SPARE_CUBES)
    while True:
        cubes = 1.0
        for k in range(3):
            extent = math.floor((high[k] - low[k]) / edge) + 1.0
            cubes *= extent
            shape[k] = int(min(extent, limit))
        if cubes <= limit:
            return edge, shape
        edge *= 1.3


@kernel(**ALLOCATING)
def trimmed_columns(dots: FloatArray, n_dots: int, band: float) -> FloatArray:
    """Copy the buried dots that are farther than `band` from every dot that is not buried."""
    low, high = np.full(3, np.inf), np.full(3, -np.inf)
    n_buried = 0
    for i in range(n_dots):
        if dots[BURIED, i] > 0.0:
            n_buried += 1
            for k in range(3):
                low[k] = min(low[k], dots[k, i])
                high[k] = max(high[k], dots[k, i])
    if n_buried == 0:
        return np.empty((DOT_ROWS, 0))
    margin = (REACH_CUBES + 0.5) * max(band, 1e-3) * CUBE_PER_BAND
    edge, shape = _dot_grid(
        low - margin, high + margin, n_dots, margin / (REACH_CUBES + 0.5)
    )
    # Cubes can have grown; two more of them on each side are still enough.
    low -= (REACH_CUBES + 0.5) * edge
    shape += 2 * REACH_CUBES + 1
    homes = np.empty(n_dots, np.int32)
    open_start, buried_start = _count_dots(dots, n_dots, low, edge, shape, homes)
    open_dots = np.empty((3, open_start[-1]))
    buried = np.empty(n_buried, np.int64)
    _sort_dots(dots, n_dots, homes, open_start, buried_start, open_dots, buried)
    kept = np.empty(n_buried, np.int64)
    is_one_cube_enough = edge <= band * CUBE_PER_BAND * (1.0 + 1e-9)
    n_kept = _far_from_open(
        dots,
        buried,
        homes,
        shape,
        open_start,
        open_dots,
        band * band,
        is_one_cube_enough,
        kept,
    )
    columns = np.empty((DOT_ROWS, n_kept))
    for row in range(DOT_ROWS):
        for t in range(n_kept):
            columns[row, t] = dots[row, kept[t]]
    return columns


@part(**ALLOCATING)
def _count_dots(
    dots: FloatArray,
    n_dots: int,
    low: FloatArray,
    edge: float,
    shape: IndexArray,
    homes: CubeArray,
) -> tuple[CubeArray, CubeArray]:
    """
    Find each dot's cube, -1 outside the grid; return where the dots of each cube start.

    That stands one place farther on, until `_sort_dots` has moved each entry to where they end.
    """
    n_cubes = shape[0] * shape[1] * shape[2]
    open_start = np.zeros(n_cubes + 2, np.int32)
    buried_start = np.zeros(n_cubes + 2, np.int32)
    _homes(dots, n_dots, low, (edge, edge, edge), shape, homes)
    for i in range(n_dots):
        if homes[i] < 0:
            continue
        if dots[BURIED, i] > 0.0:
            buried_start[homes[i] + 2] += 1
        else:
            open_start[homes[i] + 2] += 1
    for cube in range(n_cubes + 1):
        open_start[cube + 1] += open_start[cube]
        buried_start[cube + 1] += buried_start[cube]
    return open_start, buried_start


@part(**LEAN)
def _homes(
    dots: FloatArray,
    n_dots: int,
    low: FloatArray,
    edges: Vector,
    shape: IndexArray,
    homes: CubeArray,
) -> None:
    """Write the cube of each dot, -1 outside the grid; in floating point, so that it vectorises."""
    x_low, y_low, z_low = low[0], low[1], low[2]
    per_x, per_y, per_z = 1.0 / edges[0], 1.0 / edges[1], 1.0 / edges[2]
    n_x, n_y, n_z = float(shape[0]), float(shape[1]), float(shape[2])
    for index in range(n_dots):
        i = np.uint64(index)
        x = np.floor((dots[DOT_X, i] - x_low) * per_x)
        y = np.floor((dots[DOT_Y, i] - y_low) * per_y)
        z = np.floor((dots[DOT_Z, i] - z_low) * per_z)
        is_inside = (x >= 0.0) & (y >= 0.0) & (z >= 0.0)
        is_inside &= (x < n_x) & (y < n_y) & (z < n_z)
        homes[i] = np.int32((z * n_y + y) * n_x + x if is_inside else -1.0)


@part(**ALLOCATING)
def _sort_dots(
    dots: FloatArray,
    n_dots: int,
    homes: CubeArray,
    open_start: CubeArray,
    buried_start: CubeArray,
    open_dots: FloatArray,
    buried: IndexArray,
) -> None:
    """Write positions of open dots and numbers of buried ones by cube, and mend the starts."""
    for i in range(n_dots):
        home = homes[i]
        if home < 0:
            continue
        if dots[BURIED, i] > 0.0:
            buried[buried_start[home + 1]] = i
            buried_start[home + 1] += 1
        else:
            to = open_start[home + 1]
            open_start[home + 1] += 1
            for k in range(3):
                open_dots[k, to] = dots[k, i]


@part(**ALLOCATING)
def _far_from_open(
    dots: FloatArray,
    buried: IndexArray,
    homes: CubeArray,
    shape: IndexArray,
    open_start: CubeArray,
    open_dots: FloatArray,
    band2: float,
    is_one_cube_enough: bool,  # compiled, positional only
    kept: IndexArray,
) -> int:
    """List the buried dots with no open dot within the band, cube by cube."""
    runs = np.empty(((2 * REACH_CUBES + 1) ** 2, 2), np.int64)
    n_kept, n_runs, cube, is_doomed = 0, 0, -1, False
    for i in buried:
        if homes[i] != cube:
            cube = homes[i]
            is_doomed = is_one_cube_enough and open_start[cube + 1] > open_start[cube]
            n_runs = 0 if is_doomed else _open_runs(cube, shape, open_start, runs)
        if is_doomed:
            continue
        x, y, z = dots[DOT_X, i], dots[DOT_Y, i], dots[DOT_Z, i]
        is_far = True
        for run in range(n_runs):
            if any_within(open_dots, runs[run, 0], runs[run, 1], x, y, z, band2):
                is_far = False
                # The next dot is likely to be too near to the same ones: they come first.
                for side in range(2):
                    runs[0, side], runs[run, side] = runs[run, side], runs[0, side]
                break
        if is_far:
            kept[n_kept] = i
            n_kept += 1
    return n_kept


@part(**LEAN)
def _open_runs(
    cube: int, shape: IndexArray, open_start: CubeArray, runs: IndexArray
) -> int:
    """Stretches of open dots in the cubes around one, line by line."""
    n_runs = 0
    for dz in range(-REACH_CUBES, REACH_CUBES + 1):
        for dy in range(-REACH_CUBES, REACH_CUBES + 1):
            middle = cube + (dz * shape[1] + dy) * shape[0]
            first = open_start[middle - REACH_CUBES]
            last = open_start[middle + REACH_CUBES + 1]
            if last > first:
                runs[n_runs, 0], runs[n_runs, 1] = first, last
                n_runs += 1
    return n_runs


@kernel(**ALLOCATING)
def nearest_scores(
    dots: FloatArray, targets: FloatArray, weight: float, spacing: float
) -> tuple[FloatArray, FloatArray, IndexArray]:
    """
    Pair each dot with the nearest target and score the pair.

    Dots that are neighbours in space share a list of candidates. `spacing` is the typical
    distance of neighbouring dots in Å. Returns S, the distance in Å and the column of the
    target, for each dot.
    """
    n_dots = dots.shape[1]
    scores, gaps = np.empty(n_dots), np.empty(n_dots)
    partners = np.empty(n_dots, np.int64)
    grid = _dots_by_cube(targets, CUBE_SPACINGS * spacing)
    ordered = _dots_by_cube(dots, ORDER_SPACINGS * spacing)[0]
    candidates = np.empty((TARGET_ROWS, targets.shape[1] + LANES))
    chosen = np.empty(targets.shape[1], np.int64)
    squares = np.empty(max(CANDIDATES, targets.shape[1]) + LANES)
    keys = squares.view(np.int64)
    width2 = (GROUP_SPACINGS * spacing) ** 2
    begin = n_candidates = int64(0)  # typed: each bare 0 is compiled apart
    x, y, z = np.inf, np.inf, np.inf
    while begin < n_dots:
        before = (x, y, z)
        end, x, y, z, radius = _group(ordered, begin, width2)
        jump2 = (x - before[0]) ** 2 + (y - before[1]) ** 2 + (z - before[2]) ** 2
        if 0 < n_candidates <= CANDIDATES and jump2 < GROUP_JUMP2 * width2:
            c = _closest(candidates, n_candidates, x, y, z, squares, keys)
            near = (candidates[0, c], candidates[1, c], candidates[2, c])
        else:
            c, _ = _search(grid, x, y, z)
            near = (grid[0][0, c], grid[0][1, c], grid[0][2, c])
        n_candidates = _gather(
            grid, (x, y, z), near, radius + SLACK_A, candidates, chosen, squares
        )
        for place in range(begin, end):
            px, py, pz = ordered[0, place], ordered[1, place], ordered[2, place]
            if n_candidates <= CANDIDATES:
                c = _closest(candidates, n_candidates, px, py, pz, squares, keys)
                square, column = squares[c], candidates[3, c]
            else:
                c, square = _search(grid, px, py, pz)
                column = grid[0][3, c]
            i = int(ordered[3, place])
            partners[i] = int(column)
            gaps[i] = math.sqrt(square)
            scores[i] = _score(dots, i, targets, partners[i], weight * square)
        begin = end
    return scores, gaps, partners


@part(**LEAN)
def _score(
    dots: FloatArray, i: int, targets: FloatArray, j: int, exponent: float
) -> float:
    alignment = (
        dots[NORMAL_X, i] * targets[NORMAL_X, j]
        + dots[NORMAL_Y, i] * targets[NORMAL_Y, j]
        + dots[NORMAL_Z, i] * targets[NORMAL_Z, j]
    )
    # Both normals point outwards, the formula wants the target's inwards.
    return float(-alignment * math.exp(-exponent))


@part(**ALLOCATING)
def _dots_by_cube(dots: FloatArray, edge: float) -> DotGrid:
    n_dots = dots.shape[1]
    low, high = np.full(3, np.inf), np.full(3, -np.inf)
    for j in range(n_dots):
        for k in range(3):
            low[k] = min(low[k], dots[k, j])
            high[k] = max(high[k], dots[k, j])
    edge, shape = _dot_grid(low, high, n_dots, edge)
    shape[0] = int((high[0] - low[0]) / (NARROW * edge)) + 1
    shape += 1  # no dot is outside by rounding
    # Two places more, so that counts become ends and then beginnings in the same memory.
    start = np.zeros(shape[0] * shape[1] * shape[2] + 2, np.int32)
    homes = np.empty(n_dots, np.int32)
    _homes(dots, n_dots, low, (NARROW * edge, edge, edge), shape, homes)
    for j in range(n_dots):
        start[homes[j] + 2] += 1
    for cube in range(len(start) - 1):
        start[cube + 1] += start[cube]
    ordered = np.empty((TARGET_ROWS, n_dots))
    for j in range(n_dots):
        to = start[homes[j] + 1]
        start[homes[j] + 1] += 1
        for k in range(3):
            ordered[k, to] = dots[k, j]
        ordered[3, to] = j
    return ordered, start, low, shape, edge


@part(**LEAN)
def _group(
    dots: FloatArray, begin: int, width2: float
) -> tuple[int, float, float, float, float]:
    """Find where the dots stop that are near the first; return that, their centre and radius."""
    x0, y0, z0 = dots[DOT_X, begin], dots[DOT_Y, begin], dots[DOT_Z, begin]
    sx, sy, sz = 0.0, 0.0, 0.0
    end = begin
    while end < min(dots.shape[1], begin + GROUP_SIZE):
        dx, dy, dz = dots[DOT_X, end] - x0, dots[DOT_Y, end] - y0, dots[DOT_Z, end] - z0
        if dx * dx + dy * dy + dz * dz > width2:
            break
        sx, sy, sz = sx + dx, sy + dy, sz + dz
        end += 1
    count = end - begin
    x, y, z = x0 + sx / count, y0 + sy / count, z0 + sz / count
    farthest2 = 0.0
    for i in range(begin, end):
        dx, dy, dz = dots[DOT_X, i] - x, dots[DOT_Y, i] - y, dots[DOT_Z, i] - z
        farthest2 = max(farthest2, dx * dx + dy * dy + dz * dz)
    return end, x, y, z, math.sqrt(farthest2)


@part(**LEAN)
def _line(
    low: FloatArray, shape: IndexArray, edge: float, k: int, value: float, reach: float
) -> tuple[int, int]:
    """First and last cube along one direction that a sphere reaches into."""
    first = math.floor((value - reach - low[k]) / edge)
    last = math.floor((value + reach - low[k]) / edge)
    return int(max(first, 0)), int(min(last, shape[k] - 1))


@part(**LEAN)
def _gap(low: float, edge: float, cube: int, value: float) -> float:
    """Distance along one direction from a point to a cube."""
    return max(low + cube * edge - value, value - low - (cube + 1) * edge, 0.0)


@part(**LEAN)
def _search(grid: DotGrid, x: float, y: float, z: float) -> tuple[int, float]:
    """Find the target nearest to a point, in spheres twice as wide each time; and the square."""
    square = grid[4] * grid[4]
    while True:
        best, nearest2 = _nearest_within(grid, x, y, z, square)
        if best >= 0:
            return best, nearest2
        square *= 4.0


@part(**LEAN)
def _nearest_within(
    grid: DotGrid, x: float, y: float, z: float, square: float
) -> tuple[int, float]:
    """Find the nearest of the targets within a sphere, -1 if it holds none; and the square."""
    targets, start, low, shape, edge = grid
    best = int64(-1)
    first_z, last_z = _line(low, shape, edge, int64(2), z, math.sqrt(square))
    first_y, last_y = _line(low, shape, edge, int64(1), y, math.sqrt(square))
    for cz in range(first_z, last_z + 1):
        gap_z = _gap(low[2], edge, cz, z)
        for cy in range(first_y, last_y + 1):
            gap_y = _gap(low[1], edge, cy, y)
            rest = square - gap_z * gap_z - gap_y * gap_y
            if rest < 0.0:
                continue
            first_x, last_x = _line(
                low, shape, NARROW * edge, int64(0), x, math.sqrt(rest)
            )
            if last_x < first_x:
                continue
            line = (cz * shape[1] + cy) * shape[0]
            for t in range(start[line + first_x], start[line + last_x + 1]):
                dx, dy, dz = targets[0, t] - x, targets[1, t] - y, targets[2, t] - z
                d2 = dx * dx + dy * dy + dz * dz
                if d2 < square:
                    best, square = int64(t), d2
    return best, square


@part(**LEAN)
def _gather(
    grid: DotGrid,
    centre: Vector,
    near: Vector,
    radius: float,
    candidates: FloatArray,
    chosen: IndexArray,
    surplus: FloatArray,
) -> int:
    """
    Copy the targets that can be the nearest to a point of a sphere; count them.

    `near` is a target near its centre. For a point at *p* from the centre, a target at *t* is
    nearer than that at *n* if ``t² - n² < 2 p . (t - n)``, and *p* is no longer than the radius.
    """
    targets, start, low, shape, edge = grid
    x, y, z = centre
    near_x, near_y, near_z = near
    square = (near_x - x) ** 2 + (near_y - y) ** 2 + (near_z - z) ** 2
    reach = math.sqrt(square) + 2.0 * radius
    square += SLACK_A2
    count = 0
    first_z, last_z = _line(low, shape, edge, int64(2), z, reach)
    first_y, last_y = _line(low, shape, edge, int64(1), y, reach)
    for cz in range(first_z, last_z + 1):
        gap_z = _gap(low[2], edge, cz, z)
        for cy in range(first_y, last_y + 1):
            gap_y = _gap(low[1], edge, cy, y)
            rest = reach * reach - gap_z * gap_z - gap_y * gap_y
            if rest < 0.0:
                continue
            first_x, last_x = _line(
                low, shape, NARROW * edge, int64(0), x, math.sqrt(rest)
            )
            if last_x < first_x:
                continue
            line = (cz * shape[1] + cy) * shape[0]
            first = start[line + first_x]
            more = start[line + last_x + 1] - first
            # Two loops: the first has no branch and no count, so it vectorises.
            for step in range(more):
                k, to = np.uint64(first + step), np.uint64(step)
                tx, ty, tz = targets[0, k], targets[1, k], targets[2, k]
                dx, dy, dz = tx - x, ty - y, tz - z
                ex, ey, ez = tx - near_x, ty - near_y, tz - near_z
                lead = dx * dx + dy * dy + dz * dz - square
                surplus[to] = lead * abs(lead) - 4.0 * radius * radius * (
                    ex * ex + ey * ey + ez * ez
                )
            for step in range(more):
                chosen[np.uint64(count)] = first + step
                count += 1 if surplus[np.uint64(step)] <= 0.0 else 0
    for row in range(TARGET_ROWS):
        for index in range(count):
            k = np.uint64(index)
            candidates[row, k] = targets[row, np.uint64(chosen[k])]
    for row in range(TARGET_ROWS):
        for lane in range(LANES):
            candidates[row, count + lane] = FAR_A
    return count


@part(**LEAN)
def _closest(
    candidates: FloatArray,
    count: int,
    x: float,
    y: float,
    z: float,
    squares: FloatArray,
    keys: IndexArray,
) -> int:
    """
    Find the candidate nearest to a point; `squares` receives all squared distances.

    `keys` is the memory of `squares` read as integers, which grow as the numbers do: with the
    candidate's number in place of the last bits, the smallest integer tells which it is.
    """
    padded = (count + LANES - 1) // LANES * LANES
    for index in range(padded):
        k = np.uint64(index)
        dx, dy, dz = candidates[0, k] - x, candidates[1, k] - y, candidates[2, k] - z
        squares[k] = dx * dx + dy * dy + dz * dz
    best = np.int64(0x7FFFFFFFFFFFFFFF)
    for index in range(padded):
        k = np.uint64(index)
        key = (keys[k] & np.int64(-CANDIDATES)) | np.int64(index)
        best = key if key < best else best
    return int(best & np.int64(CANDIDATES - 1))
