"""
Caps that neighbours cut off an atom's expanded sphere, and the arcs of circles they leave free.

A probe sphere that touches an atom has its centre on the atom's *expanded sphere*
(radius of the atom plus that of the probe, its *reach*). Each neighbour cuts a *cap* off
that sphere, where the probe would collide with the neighbour. In coordinates relative to
the atom, a neighbour at *d* covers every point *u* of the sphere with ``u . d > q``,
``q = (|d|^2 + reach_i^2 - reach_k^2) / 2``. The *rim* of a cap is the circle on which the
probe touches both atoms, the path of its centre when it rolls around the two.

Caps are columns of one array, rows `DX` to `Q`, so that loops over caps run along memory.
"""

import math
from typing import Final, TypeAlias

import numpy as np

from il2struct.arrays import FloatArray, IndexArray
from il2struct.kernels._numba import int64, part
from il2struct.kernels.cells import CellGrid, cell_grid, runs_around

#: Rows of an array of placed atoms: coordinates, radius, expanded radius (Å).
X: Final = 0
Y: Final = 1
Z: Final = 2
RADIUS: Final = 3
REACH: Final = 4
ATOM_ROWS: Final = 5
#: Rows of an array of caps: vector to the neighbour, its square, threshold `q` (Å, Å²).
DX: Final = 0
DY: Final = 1
DZ: Final = 2
D2: Final = 3
Q: Final = 4
CAP_ROWS: Final = 5
#: Rows of an array of caps seen along an axis: height, two lateral components, lateral square.
AXIAL: Final = 0
LATERAL_X: Final = 1
LATERAL_Y: Final = 2
LATERAL2: Final = 3
PROJECTED_ROWS: Final = 4
#: Rows of an array of covered arcs: start, end, and what makes them: cut if positive.
START: Final = 0
END: Final = 1
CUTS: Final = 2
ARC_ROWS: Final = 3
#: What `deepest` says of a circle: all of it outside every cap, cut by some, or inside one.
OUTSIDE: Final = -1
CUT: Final = 0
INSIDE: Final = 1

#: Freedom given to the compiler: sums may be reordered; infinities keep their meaning.
FAST: Final = {"reassoc", "contract", "arcp", "nsz", "nnan"}
#: How kernels that allocate arrays are compiled.
ALLOCATING: Final = {"error_model": "numpy", "fastmath": FAST}
#: How kernels that allocate none are compiled: without counting references to their arguments,
#: which took a fifth of the time.
LEAN: Final = {**ALLOCATING, "_nrt": False}
#: Caps are looked through in blocks of this many columns.
BLOCK: Final = 16
#: A threshold `q` that no point reaches (Å²): fills the last block.
OUT_OF_REACH: Final = 1e9
#: Slack for rounding (Å² or Å⁴): a circle is covered only if by more than this.
COVER_SLACK: Final = 1e-9
#: Two directions are parallel if the tangent of their angle, squared, is below this.
ALIGNED2: Final = 1e-12
#: Avoids 0 / 0 where a circle has no extent.
TINY: Final = 1e-300
#: Steps of a circle that `fill_circle` takes side by side.
LANES: Final = 8
#: Caps are put in order of distance roughly, by this many bins of `BIN_WIDTH2`.
BINS: Final = 12
#: Width of a bin of squared distances (Å²).
BIN_WIDTH2: Final = 2.5

Vector: TypeAlias = tuple[float, float, float]


@part(**ALLOCATING)
def grid_of(atoms: FloatArray, bridge: float) -> tuple[CellGrid, FloatArray]:
    """Cells as wide as the longest bridge, and the atoms' columns in the order of the cells."""
    grid = cell_grid(
        np.ascontiguousarray(atoms[:3].T), np.arange(atoms.shape[1]), bridge
    )
    order = grid[0]
    ordered = np.empty((ATOM_ROWS, len(order)))
    for k in range(ATOM_ROWS):
        for i in range(len(order)):
            ordered[k, i] = atoms[k, order[i]]
    return grid, ordered


@part(**LEAN)
def gather_caps(
    atoms: FloatArray,
    i: int,
    grid: CellGrid,
    ordered: FloatArray,
    own: int,
    runs: IndexArray,
    caps: FloatArray,
    owners: IndexArray,
) -> int:
    """Write the caps that a grid's atoms, all but `own`, cut off the sphere of atom i; count them."""
    x, y, z, reach = atoms[X, i], atoms[Y, i], atoms[Z, i], atoms[REACH, i]
    order = grid[0]
    count = 0
    for run in range(runs_around(grid, x, y, z, runs)):
        first, more = runs[run, 0], runs[run, 1] - runs[run, 0]
        # Two loops: the first has no branch and no count, so it vectorises.
        for step in range(more):
            k, to = np.uint64(first + step), np.uint64(step)
            dx, dy, dz = ordered[X, k] - x, ordered[Y, k] - y, ordered[Z, k] - z
            limit = reach + ordered[REACH, k]
            caps[Q, to] = dx * dx + dy * dy + dz * dz - limit * limit
        for step in range(more):
            k = np.uint64(first + step)
            owners[np.uint64(count)] = first + step
            is_met = (caps[Q, np.uint64(step)] < 0.0) & (order[k] != own)
            count += 1 if is_met else 0
    for index in range(count):
        to = np.uint64(index)
        k = np.uint64(owners[to])
        dx, dy, dz = ordered[X, k] - x, ordered[Y, k] - y, ordered[Z, k] - z
        d2 = dx * dx + dy * dy + dz * dz
        limit = reach + ordered[REACH, k]
        caps[DX, to], caps[DY, to], caps[DZ, to] = dx, dy, dz
        caps[D2, to] = d2
        caps[Q, to] = 0.5 * (d2 + (reach - ordered[REACH, k]) * limit)
        owners[to] = order[k]
    return count


@part(**LEAN)
def nearest_first(
    caps: FloatArray,
    owners: IndexArray,
    count: int,
    bins: IndexArray,
    sorted_caps: FloatArray,
    sorted_owners: IndexArray,
) -> int:
    """Copy caps with near atoms in front, for they hide the others; return the nearest's place."""
    bins[:] = 0
    for k in range(count):
        bins[1 + min(int(caps[D2, k] / BIN_WIDTH2), BINS - 1)] += 1
    for b in range(BINS):
        bins[b + 1] += bins[b]
    nearest = -1
    for k in range(count):
        b = min(int(caps[D2, k] / BIN_WIDTH2), BINS - 1)
        to = bins[b]
        bins[b] += 1
        for row in range(CAP_ROWS):
            sorted_caps[row, to] = caps[row, k]
        sorted_owners[to] = owners[k]
    for k in range(count):
        if nearest < 0 or sorted_caps[D2, k] < sorted_caps[D2, nearest]:
            nearest = k
    return nearest


@part(**LEAN)
def pad_caps(caps: FloatArray, count: int) -> None:
    """Fill the last block with caps that cover nothing."""
    for k in range(count, count + BLOCK):
        caps[DX, k], caps[DY, k], caps[DZ, k] = 0.0, 0.0, 0.0
        caps[D2, k], caps[Q, k] = 1.0, OUT_OF_REACH


@part(**LEAN)
def keep_caps(
    caps: FloatArray, owners: IndexArray, kept: IndexArray, count: int
) -> None:
    """Move the listed caps to the front, in their order, and pad them."""
    for to in range(count):
        k = kept[to]
        for row in range(CAP_ROWS):
            caps[row, to] = caps[row, k]
        owners[to] = owners[k]
    pad_caps(caps, count)


@part(**LEAN)
def visible_caps(
    caps: FloatArray, count: int, reach2: float, visible: IndexArray
) -> int:
    """
    List the caps whose rim is not wholly inside another cap; -1 if caps cover the sphere.

    A cap inside another adds nothing to what the sphere loses, so every later step needs
    only the caps listed here. `reach2` is the squared radius of the sphere. The caps are
    padded.
    """
    # Two caps that are both smaller than half a sphere never cover all of it.
    has_large = False
    for k in range(count):
        has_large |= caps[Q, k] < 0.0
    n_visible = 0
    for j in range(count):
        jx, jy, jz, q = caps[DX, j], caps[DY, j], caps[DZ, j], caps[Q, j]
        inverse = 1.0 / caps[D2, j]
        rim2 = reach2 - q * q * inverse
        if rim2 <= 0.0:
            if q < 0.0:
                return -1
            continue
        hits = 0
        for first in range(0, count, BLOCK):
            for lane in range(BLOCK):
                # Unsigned: no test for negative numbers, so the loop vectorises.
                place = np.uint64(first + lane)
                dot = jx * caps[DX, place] + jy * caps[DY, place] + jz * caps[DZ, place]
                along = dot * inverse
                depth = along * q - caps[Q, place]
                swing2 = rim2 * (caps[D2, place] - dot * along)
                hits |= 1 if depth * abs(depth) - swing2 > COVER_SLACK else 0
            if hits > 0:
                if has_large and _block_covers_sphere(caps, j, first, rim2, reach2):
                    return -1
                break
        if hits == 0:
            visible[n_visible] = j
            n_visible += 1
    return n_visible


@part(**LEAN)
def _block_covers_sphere(
    caps: FloatArray, j: int, first: int, rim2: float, reach2: float
) -> bool:
    """Whether a cap of the block holds the rim of cap j and the two leave nothing free."""
    for k in range(first, first + BLOCK):
        dot = (
            caps[DX, j] * caps[DX, k]
            + caps[DY, j] * caps[DY, k]
            + caps[DZ, j] * caps[DZ, k]
        )
        along = dot / caps[D2, j]
        depth = along * caps[Q, j] - caps[Q, k]
        swing2 = rim2 * (caps[D2, k] - dot * along)
        if depth * abs(depth) - swing2 <= COVER_SLACK:
            continue
        # What cap k leaves free is a disc around -d_k that the rim of cap j does not cross.
        if -dot * math.sqrt(reach2 / caps[D2, k]) > caps[Q, j]:
            return True
    return False


@part(**LEAN)
def circle_frame(axis: Vector, toward: Vector) -> tuple[Vector, Vector]:
    """
    Two unit vectors perpendicular to a unit axis, the first as near to `toward` as can be.

    Dots lie on circles by these, so that they turn with the molecule. Where `toward` points along the axis
    nothing distinguishes a direction, and any frame serves.
    """
    ax, ay, az = axis
    along = toward[0] * ax + toward[1] * ay + toward[2] * az
    x = (toward[0] - along * ax, toward[1] - along * ay, toward[2] - along * az)
    square = x[0] * x[0] + x[1] * x[1] + x[2] * x[2]
    if square <= ALIGNED2 * along * along:
        return quick_frame(ax, ay, az)
    scale = 1.0 / math.sqrt(square)
    x = (x[0] * scale, x[1] * scale, x[2] * scale)
    return x, (
        ay * x[2] - az * x[1],
        az * x[0] - ax * x[2],
        ax * x[1] - ay * x[0],
    )


@part(**LEAN)
def quick_frame(ax: float, ay: float, az: float) -> tuple[Vector, Vector]:
    """Two unit vectors perpendicular to a unit axis, cheaply (Duff et al., JCGT 6(1), 2017)."""
    sign = 1.0 if az >= 0.0 else -1.0
    a = -1.0 / (sign + az)
    b = ax * ay * a
    return (1.0 + sign * ax * ax * a, sign * b, -sign * ax), (
        b,
        sign + ay * ay * a,
        -ay,
    )


@part(**LEAN)
def sample_count(angle: float, radius: float, root_density: float) -> int:
    """How many dots, 1 / root_density apart, an arc takes, the first half a step from its start."""
    return math.floor(angle * radius * root_density + 0.5)


@part(**LEAN)
def fill_circle(
    cosines: FloatArray, sines: FloatArray, count: int, step: float
) -> None:
    """Cosine and sine of ``step * (m + 1/2)`` for m below `count`, turning `LANES` at once."""
    c, s = math.cos(0.5 * step), math.sin(0.5 * step)
    turn_c, turn_s = 1.0 - 2.0 * s * s, 2.0 * s * c
    for m in range(min(count, LANES)):
        cosines[m], sines[m] = c, s
        c, s = c * turn_c - s * turn_s, s * turn_c + c * turn_s
    for _ in range(3):
        turn_c, turn_s = 1.0 - 2.0 * turn_s * turn_s, 2.0 * turn_s * turn_c
    for m in range(LANES, count):
        before_c, before_s = cosines[m - LANES], sines[m - LANES]
        cosines[m] = before_c * turn_c - before_s * turn_s
        sines[m] = before_s * turn_c + before_c * turn_s


@part(**LEAN)
def project(
    caps: FloatArray, count: int, axis: Vector, x: Vector, y: Vector, out: FloatArray
) -> None:
    """Components of the caps' vectors along an axis and the two vectors of its frame."""
    ax, ay, az = axis
    xx, xy, xz = x
    yx, yy, yz = y
    for k in range(count):
        dx, dy, dz = caps[DX, k], caps[DY, k], caps[DZ, k]
        lateral_x = dx * xx + dy * xy + dz * xz
        lateral_y = dx * yx + dy * yy + dz * yz
        out[AXIAL, k] = dx * ax + dy * ay + dz * az
        out[LATERAL_X, k] = lateral_x
        out[LATERAL_Y, k] = lateral_y
        out[LATERAL2, k] = lateral_x * lateral_x + lateral_y * lateral_y


@part(**LEAN)
def deepest(
    caps: FloatArray,
    projected: FloatArray,
    count: int,
    height: float,
    rim: float,
    cosines: FloatArray,
    sines: FloatArray,
    n_points: int,
    depth: FloatArray,
) -> int:
    """
    How deep each point of a circle lies in the caps (Å²): positive is covered.

    The circle has its centre at `height` on the axis of the frame and the radius `rim`;
    its points are at the given cosines and sines. `depth` is filled only for `CUT`.
    """
    state = OUTSIDE
    for k in range(count):
        base = height * projected[AXIAL, k] - caps[Q, k]
        if base * base >= rim * rim * projected[LATERAL2, k]:
            if base > 0.0:
                return INSIDE
            continue
        swing_x, swing_y = rim * projected[LATERAL_X, k], rim * projected[LATERAL_Y, k]
        if state == OUTSIDE:
            state = CUT
            for m in range(n_points):
                depth[m] = base + swing_x * cosines[m] + swing_y * sines[m]
        else:
            for m in range(n_points):
                value = base + swing_x * cosines[m] + swing_y * sines[m]
                depth[m] = value if value > depth[m] else depth[m]
    return state


@part(**LEAN)
def diamond(x: float, y: float) -> float:
    """Turn a direction into a number that grows with its angle, 0 to 4 from the y axis."""
    ratio = y / (abs(x) + abs(y) + TINY)
    return 1.0 - ratio if x < 0.0 else 3.0 + ratio


@part(**LEAN)
def around(turn: float) -> float:
    """Bring a difference of diamond angles to 0 .. 4."""
    return turn + 4.0 if turn < 0.0 else turn


@part(**LEAN)
def covered_arcs(
    caps: FloatArray,
    count: int,
    axis: Vector,
    height: float,
    rim2: float,
    arcs: FloatArray,
) -> bool:
    """
    Where each cap begins and ends to cover a circle, as diamond angles in the quick frame.

    True if the caps, which are padded, certainly cover all of the circle: then nothing is left to look
    for, and not all arcs are written.
    The circle is the rim of one of the caps, which covers none of it. For the verdict
    64 sectors are marked that lie wholly in one cap; most circles are settled by it.
    """
    ax, ay, az = axis
    x, y = quick_frame(ax, ay, az)
    xx, xy, xz = x
    yx, yy, yz = y
    one, low_six, size = np.uint64(1), np.uint64(63), np.uint64(64)
    nothing, everything = np.uint64(0), ~np.uint64(0)
    sectors = nothing
    for first_cap in range(0, count, BLOCK):
        for lane in range(BLOCK):
            k = np.uint64(first_cap + lane)
            dx, dy, dz = caps[DX, k], caps[DY, k], caps[DZ, k]
            lateral_x = dx * xx + dy * xy + dz * xz
            lateral_y = dx * yx + dy * yy + dz * yz
            rise = caps[Q, k] - height * (dx * ax + dy * ay + dz * az)
            square = (
                rim2 * (lateral_x * lateral_x + lateral_y * lateral_y) - rise * rise
            )
            root = math.sqrt(abs(square))
            start = diamond(
                lateral_x * rise + lateral_y * root, lateral_y * rise - lateral_x * root
            )
            end = diamond(
                lateral_x * rise - lateral_y * root, lateral_y * rise + lateral_x * root
            )
            arcs[START, k], arcs[END, k] = start, end
            is_cut = square > COVER_SLACK * COVER_SLACK
            is_inside = rise < -COVER_SLACK
            arcs[CUTS, k] = square if is_cut else (-1.0 if is_inside else 0.0)
            first = np.int64(16.0 * start) + 1
            length = np.int64(16.0 * end) - first + (64 if end < start else 0)
            marks = (one << np.uint64(length if length > 0 else 0)) - one
            turn = np.uint64(first) & low_six
            marks = (marks << turn) | (marks >> ((size - turn) & low_six))
            sectors |= marks if is_cut else (everything if is_inside else nothing)
        # The caps in front hide most circles.
        if sectors == everything:
            return True
    return False


@part(**LEAN)
def free_arcs(
    arcs: FloatArray, count: int, own: int, free: FloatArray, cutters: IndexArray
) -> tuple[int, float]:
    """
    Arcs of a circle outside every cap but its own.

    `free` receives beginning and end of each arc in rows 0 and 1, as diamond angles from
    an origin; `cutters` the caps that bound it. Returns the number of arcs, -1 if nothing
    cuts the circle, and the origin.
    """
    n_free, origin = int64(-1), 0.0
    for k in range(count):
        if k == own or arcs[CUTS, k] == 0.0:
            continue
        if arcs[CUTS, k] < 0.0:
            return 0, 0.0
        if n_free < 0:
            n_free, origin = 1, arcs[END, k]
            free[0, 0], free[1, 0] = 0.0, around(arcs[START, k] - origin)
            cutters[0, 0], cutters[1, 0] = k, k
            continue
        start, end = around(arcs[START, k] - origin), around(arcs[END, k] - origin)
        n_free = _clip(start, end, k, n_free, free, cutters)
        if n_free == 0:
            return 0, 0.0
    return n_free, origin


@part(**LEAN)
def _clip(
    start: float,
    end: float,
    cutter: int,
    n_free: int,
    free: FloatArray,
    cutters: IndexArray,
) -> int:
    """Take the arc from start to end out of the free ones; return how many are left."""
    t = 0
    while t < n_free:
        low, high = free[0, t], free[1, t]
        if (
            start > end
        ):  # runs through the origin: only what lies between end and start stays
            if end > low:
                free[0, t], cutters[0, t] = end, cutter
            if start < high:
                free[1, t], cutters[1, t] = start, cutter
        elif start < high and end > low:
            if low < start and end < high:
                free[0, n_free], cutters[0, n_free] = end, cutter
                free[1, n_free], cutters[1, n_free] = high, cutters[1, t]
                n_free += 1
            if low < start:
                free[1, t], cutters[1, t] = start, cutter
            else:
                free[0, t], cutters[0, t] = end, cutter
        if free[0, t] < free[1, t]:
            t += 1
        else:
            n_free -= 1
            free[0, t], free[1, t] = free[0, n_free], free[1, n_free]
            cutters[0, t], cutters[1, t] = cutters[0, n_free], cutters[1, n_free]
    return n_free


@part(**LEAN)
def arc_end(
    caps: FloatArray, k: int, side: int, axis: Vector, height: float, rim2: float
) -> Vector:
    """Point from a circle's centre to where cap k ends (side 0) or begins (1) to cover it."""
    x, y = quick_frame(axis[0], axis[1], axis[2])
    dx, dy, dz = caps[DX, k], caps[DY, k], caps[DZ, k]
    lateral_x = dx * x[0] + dy * x[1] + dz * x[2]
    lateral_y = dx * y[0] + dy * y[1] + dz * y[2]
    rise = caps[Q, k] - height * (dx * axis[0] + dy * axis[1] + dz * axis[2])
    square = rim2 * (lateral_x * lateral_x + lateral_y * lateral_y) - rise * rise
    root = math.sqrt(max(square, 0.0))
    if side == 1:
        root = -root
    c, s = lateral_x * rise - lateral_y * root, lateral_y * rise + lateral_x * root
    scale = 1.0 / math.sqrt(c * c + s * s)
    c, s = c * scale, s * scale
    return c * x[0] + s * y[0], c * x[1] + s * y[1], c * x[2] + s * y[2]
