"""
The three kinds of patches of a molecular surface (Connolly, J. Appl. Cryst. 16:548, 1983).

Convex dots lie on an atom where the probe touches only that, toroidal dots between two atoms
around which it rolls, concave dots among three that it rests on. Where the dots lie on each patch
follows the Lawrence-Colman program: rows of dots that start half a step from the patch's
edge. Two things are different, so that no result depends on which of two atoms comes first:
both halves of a toroidal patch are sampled from their atom inwards, and the positions of the
probe along it are spaced evenly around the full circle.

Dots are columns of one growing array, rows `DOT_X` to `BURIED`; probes that touch three atoms, of
another.
"""

import math
from typing import Final, NamedTuple

import numpy as np

from il2struct.arrays import BoolArray, FloatArray, IndexArray
from il2struct.kernels._numba import int64, part
from il2struct.kernels.surface.caps import (
    ALLOCATING,
    ARC_ROWS,
    CAP_ROWS,
    CUT,
    DX,
    DY,
    DZ,
    INSIDE,
    LEAN,
    OUTSIDE,
    PROJECTED_ROWS,
    RADIUS,
    REACH,
    Q,
    Vector,
    arc_end,
    circle_frame,
    covered_arcs,
    deepest,
    diamond,
    fill_circle,
    free_arcs,
    project,
    quick_frame,
    sample_count,
)

#: Rows of an array of dots: position (Å), outward normal, area (Å²), atom, kind, whether buried.
DOT_X: Final = 0
DOT_Y: Final = 1
DOT_Z: Final = 2
NORMAL_X: Final = 3
NORMAL_Y: Final = 4
NORMAL_Z: Final = 5
AREA: Final = 6
ATOM: Final = 7
KIND: Final = 8
BURIED: Final = 9
DOT_ROWS: Final = 10
#: Kinds of dots: the probe touches one, two or three atoms.
CONVEX: Final = 0
TOROIDAL: Final = 1
CONCAVE: Final = 2
#: Probes along the two halves of a toroidal patch stand this far apart, in steps. Orientation changes
#: Sc less than if they stood side by side (sd 0.0025 instead of 0.0030 on 13 interfaces).
STAGGER: Final = 0.25
#: Rows of an array of probes: position, height above the plane of its three atoms (Å),
#: the atoms, whether the probe meets the partner.
HEIGHT: Final = 3
FOOT: Final = 4
MEETS: Final = 7
PROBE_ROWS: Final = 8


class Buffers(NamedTuple):
    """
    Arrays that are written anew for each atom or patch.

    Attributes
    ----------
    cosines, sines : ndarray
        Points of the circle in hand.
    kept_cosines, kept_sines : ndarray
        Those that become dots.
    depth : ndarray
        How deep each is inside something.
    profile : ndarray, shape=(3, n)
        Dots across a toroidal patch.
    arcs, free, cutters : ndarray
        Covered and free arcs of the circle in hand, and what bounds them.
    over, over_projected : ndarray
        Caps that the partner cuts off the atom in hand, and their projections.
    """

    cosines: FloatArray
    sines: FloatArray
    kept_cosines: FloatArray
    kept_sines: FloatArray
    depth: FloatArray
    profile: FloatArray
    arcs: FloatArray
    free: FloatArray
    cutters: IndexArray
    over: FloatArray
    over_projected: FloatArray


@part(**ALLOCATING)
def new_buffers(longest: int, most_caps: int) -> Buffers:
    """Reserve room for circles of `longest` points and for `most_caps` caps."""
    return Buffers(
        np.empty(longest),
        np.empty(longest),
        np.empty(longest),
        np.empty(longest),
        np.empty(longest),
        np.empty((3, longest)),
        np.empty((ARC_ROWS, most_caps)),
        np.empty((2, most_caps)),
        np.empty((2, most_caps), np.int64),
        np.empty((CAP_ROWS, most_caps)),
        np.empty((PROJECTED_ROWS, most_caps)),
    )


@part(**ALLOCATING)
def enlarged(columns: FloatArray, used: int, more: int) -> FloatArray:
    """Copy an array of columns into one that has room for twice what is needed now."""
    larger = np.empty((columns.shape[0], 2 * (used + more)))
    for row in range(columns.shape[0]):
        for k in range(used):
            larger[row, k] = columns[row, k]
    return larger


@part(**LEAN)
def add_circle(
    dots: FloatArray,
    used: int,
    centre: Vector,
    radius: float,
    frame: tuple[Vector, Vector],
    normal: Vector,
    outward: float,
    buffers: Buffers,
    count: int,
    area: float,
    atom: int,
    kind: int,
) -> int:
    """Append the kept points of a circle; their normals are `normal` + `outward` * radial."""
    x, y = frame
    for index in range(count):
        m, to = index, used + index
        c, s = buffers.kept_cosines[m], buffers.kept_sines[m]
        ex, ey, ez = c * x[0] + s * y[0], c * x[1] + s * y[1], c * x[2] + s * y[2]
        dots[DOT_X, to] = centre[0] + radius * ex
        dots[DOT_Y, to] = centre[1] + radius * ey
        dots[DOT_Z, to] = centre[2] + radius * ez
        dots[NORMAL_X, to] = normal[0] + outward * ex
        dots[NORMAL_Y, to] = normal[1] + outward * ey
        dots[NORMAL_Z, to] = normal[2] + outward * ez
        dots[AREA, to] = area
        dots[ATOM, to] = atom
        dots[KIND, to] = kind
        dots[BURIED, to] = 1.0 if buffers.depth[m] > 0.0 else 0.0
    return used + count


@part(**LEAN)
def way_to(focus: FloatArray, columns: FloatArray, k: int) -> Vector:
    """Vector to a point from the atom or probe of a column."""
    return focus[0] - columns[0, k], focus[1] - columns[1, k], focus[2] - columns[2, k]


@part(**LEAN)
def frame_turn(axis: Vector, x: Vector) -> tuple[float, float]:
    """Cosine and sine of the angle from the quick frame of an axis to a frame with this x."""
    qx, qy = quick_frame(axis[0], axis[1], axis[2])
    return (
        x[0] * qx[0] + x[1] * qx[1] + x[2] * qx[2],
        x[0] * qy[0] + x[1] * qy[1] + x[2] * qy[2],
    )


@part(**LEAN)
def keep_free_points(
    buffers: Buffers,
    count: int,
    n_free: int,
    origin: float,
    shift: tuple[float, float],
    turn: tuple[float, float],
) -> int:
    """
    Keep those points of a circle that lie in its free arcs; count them.

    `shift` rotates the points in their own frame, `turn` takes them to the frame of the arcs.
    """
    for index in range(count):
        m = np.uint64(index)
        cosine, sine = buffers.cosines[m], buffers.sines[m]
        c, s = cosine * shift[0] - sine * shift[1], cosine * shift[1] + sine * shift[0]
        angle = diamond(c * turn[0] - s * turn[1], c * turn[1] + s * turn[0]) - origin
        buffers.depth[m] = angle + 4.0 if angle < 0.0 else angle
    n_kept = 0
    for index in range(count):
        m = np.uint64(index)
        angle = buffers.depth[m]
        is_free = n_free < 0
        for t in range(n_free):
            is_free |= (buffers.free[0, t] < angle) & (angle < buffers.free[1, t])
        if is_free:
            cosine, sine = buffers.cosines[m], buffers.sines[m]
            buffers.kept_cosines[n_kept] = cosine * shift[0] - sine * shift[1]
            buffers.kept_sines[n_kept] = cosine * shift[1] + sine * shift[0]
            n_kept += 1
    return n_kept


@part(**LEAN)
def measure_burial(
    buffers: Buffers, n_over: int, height: float, rim: float, n_kept: int
) -> None:
    """Set the depth of the kept points, positions of the probe, inside the partner."""
    state = deepest(
        buffers.over,
        buffers.over_projected,
        n_over,
        height,
        rim,
        buffers.kept_cosines,
        buffers.kept_sines,
        n_kept,
        buffers.depth,
    )
    if state != CUT:
        for m in range(n_kept):
            buffers.depth[m] = 1.0 if state == INSIDE else -1.0


@part(**LEAN)
def add_convex(
    dots: FloatArray,
    used: int,
    atoms: FloatArray,
    atom: int,
    pole: Vector,
    polar: float,
    root_density: float,
    caps: FloatArray,
    n_caps: int,
    n_over: int,
    focus: FloatArray,
    buffers: Buffers,
) -> int:
    """
    Append the dots on one atom, on circles around the pole that faces away from its nearest.

    `polar` is the angle from the pole to where the nearest neighbour's cap begins.
    """
    radius, reach = atoms[RADIUS, atom], atoms[REACH, atom]
    n_circles = sample_count(polar, radius, root_density)
    x, y = circle_frame(pole, way_to(focus, atoms, atom))
    turn = frame_turn(pole, x)
    project(buffers.over, n_over, pole, x, y, buffers.over_projected)
    step = 1.0 / (root_density * radius)
    for circle in range(n_circles):
        up, out = math.cos((circle + 0.5) * step), math.sin((circle + 0.5) * step)
        count = sample_count(2.0 * math.pi, out * radius, root_density)
        if count == 0:
            continue
        height, rim = up * reach, out * reach
        if covered_arcs(caps, n_caps, pole, height, rim * rim, buffers.arcs):
            continue
        n_free, origin = free_arcs(
            buffers.arcs, n_caps, int64(-1), buffers.free, buffers.cutters
        )
        if n_free == 0:
            continue
        fill_circle(
            buffers.cosines, buffers.sines, count, 1.0 / (root_density * out * radius)
        )
        n_kept = keep_free_points(buffers, count, n_free, origin, (1.0, 0.0), turn)
        if n_kept == 0:
            continue
        measure_burial(buffers, n_over, height, rim, n_kept)
        rise = up * radius
        centre = (
            atoms[0, atom] + rise * pole[0],
            atoms[1, atom] + rise * pole[1],
            atoms[2, atom] + rise * pole[2],
        )
        normal = (up * pole[0], up * pole[1], up * pole[2])
        area = radius * polar / n_circles * out * radius * 2.0 * math.pi / count
        used = add_circle(
            dots,
            used,
            centre,
            out * radius,
            (x, y),
            normal,
            out,
            buffers,
            n_kept,
            area,
            atom,
            CONVEX,
        )
    return used


@part(**LEAN)
def add_toroidal(
    dots: FloatArray,
    used: int,
    atoms: FloatArray,
    pair: tuple[int, int],
    n_halves: int,
    axis: Vector,
    path: tuple[float, float, float],
    count: int,
    arcs: tuple[int, float],
    n_over: int,
    probe: float,
    root_density: float,
    focus: FloatArray,
    buffers: Buffers,
) -> int:
    """
    Append the toroidal dots between two atoms, on the arcs that no third atom covers.

    `path` is the height of the probe's path along the axis, its radius, and the distance of
    the atoms; `count` how many positions of the probe a full circle has; `arcs` the number of
    free arcs and their origin. With `n_halves` = 1 only the first atom gets its dots.
    """
    height, rim, distance = path
    reaches = (atoms[REACH, pair[0]], atoms[REACH, pair[1]])
    x, y = circle_frame(axis, way_to(focus, atoms, pair[0]))
    turn = frame_turn(axis, x)
    project(buffers.over, n_over, axis, x, y, buffers.over_projected)
    n_i, n_j = toroidal_profile(
        height, distance, rim, reaches, probe, root_density, buffers.profile
    )
    fill_circle(buffers.cosines, buffers.sines, count, 2.0 * math.pi / count)
    c, s = math.cos(STAGGER * math.pi / count), math.sin(STAGGER * math.pi / count)
    for half in range(n_halves):
        shift = (c, -s) if half == 0 else (c, s)
        n_kept = keep_free_points(buffers, count, arcs[0], arcs[1], shift, turn)
        measure_burial(buffers, n_over, height, rim, n_kept)
        first, last = (0, n_i) if half == 0 else (n_i, n_i + n_j)
        for m in range(first, last):
            axial, radial = buffers.profile[0, m], buffers.profile[1, m]
            rise, radius = height + probe * axial, rim + probe * radial
            centre = (
                atoms[0, pair[0]] + rise * axis[0],
                atoms[1, pair[0]] + rise * axis[1],
                atoms[2, pair[0]] + rise * axis[2],
            )
            normal = (-axial * axis[0], -axial * axis[1], -axial * axis[2])
            area = buffers.profile[2, m] * radius * 2.0 * math.pi / count
            used = add_circle(
                dots, used, centre, radius, (x, y), normal, -radial, buffers, n_kept, area,
                pair[half], TOROIDAL,
            )  # fmt: skip
    return used


@part(**LEAN)
def toroidal_profile(
    height: float,
    distance: float,
    rim: float,
    reaches: tuple[float, float],
    probe: float,
    root_density: float,
    profile: FloatArray,
) -> tuple[int, int]:
    """
    Directions from the probe to the dots across a toroidal patch, and how long an arc each stands for.

    In the plane of the axis (from atom i to j) and the probe. Rows of `profile`: axial,
    radial, arc. The dots of atom i come first, then those of j; both counts are returned.
    """
    start_i = (-height / reaches[0], -rim / reaches[0])
    start_j = ((distance - height) / reaches[1], -rim / reaches[1])
    spindle2 = probe * probe - rim * rim
    if spindle2 > 0.0 and 0.0 < height < distance:
        # The probe reaches through the axis: each half of the patch ends in a point on it.
        spindle = math.sqrt(spindle2)
        end_i, end_j = (-spindle / probe, -rim / probe), (spindle / probe, -rim / probe)
    else:
        middle = (start_i[0] + start_j[0], start_i[1] + start_j[1])
        scale = 1.0 / math.sqrt(middle[0] * middle[0] + middle[1] * middle[1])
        end_i = (middle[0] * scale, middle[1] * scale)
        end_j = end_i
    n_i = _add_arc(start_i, end_i, int64(0), probe, root_density, profile)
    n_j = _add_arc(start_j, end_j, n_i, probe, root_density, profile)
    return n_i, n_j


@part(**LEAN)
def _add_arc(
    begin: tuple[float, float],
    end: tuple[float, float],
    first: int,
    probe: float,
    root_density: float,
    profile: FloatArray,
) -> int:
    turn = math.atan2(
        begin[0] * end[1] - begin[1] * end[0], begin[0] * end[0] + begin[1] * end[1]
    )
    count = sample_count(abs(turn), probe, root_density)
    step = 1.0 / (root_density * probe)
    half = math.sin(0.5 * step)
    c, s = math.cos(0.5 * step), math.copysign(half, turn)
    step_c, step_s = 1.0 - 2.0 * half * half, 2.0 * s * c
    for m in range(count):
        profile[0, first + m] = c * begin[0] - s * begin[1]
        profile[1, first + m] = c * begin[1] + s * begin[0]
        profile[2, first + m] = probe * abs(turn) / count
        c, s = c * step_c - s * step_s, s * step_c + c * step_s
    return count


@part(**LEAN)
def add_probes(
    probes: FloatArray,
    n_probes: int,
    atoms: FloatArray,
    near: BoolArray,
    i: int,
    j: int,
    caps: FloatArray,
    owners: IndexArray,
    n_free: int,
    axis: Vector,
    height: float,
    rim2: float,
    n_over: int,
    buffers: Buffers,
) -> int:
    """Record the probes at the ends of the free arcs of cap j's rim: they touch a third atom."""
    n_atoms = len(near)
    other = owners[j]
    other_rank = other + (0 if near[other] else n_atoms)
    rim = math.sqrt(rim2)
    for t in range(n_free):
        for side in range(2):
            k = buffers.cutters[side, t]
            third = owners[k]
            # Each probe ends an arc on three rims; the one of its first two atoms records it.
            if third + (0 if near[third] else n_atoms) < other_rank:
                continue
            end = arc_end(caps, k, side, axis, height, rim2)
            point = (
                height * axis[0] + rim * end[0],
                height * axis[1] + rim * end[1],
                height * axis[2] + rim * end[2],
            )
            for row in range(3):
                probes[row, n_probes] = atoms[row, i] + point[row]
            probes[HEIGHT, n_probes] = _height(caps, j, k, point)
            probes[FOOT, n_probes] = i
            probes[FOOT + 1, n_probes] = other
            probes[FOOT + 2, n_probes] = third
            probes[MEETS, n_probes] = 1.0 if meets(buffers.over, n_over, point) else 0.0
            n_probes += 1
    return n_probes


@part(**LEAN)
def _height(caps: FloatArray, j: int, k: int, point: Vector) -> float:
    """Distance of a point from the plane through the atom in hand and the owners of two caps."""
    nx = caps[DY, j] * caps[DZ, k] - caps[DZ, j] * caps[DY, k]
    ny = caps[DZ, j] * caps[DX, k] - caps[DX, j] * caps[DZ, k]
    nz = caps[DX, j] * caps[DY, k] - caps[DY, j] * caps[DX, k]
    volume = abs(point[0] * nx + point[1] * ny + point[2] * nz)
    return float(volume / math.sqrt(nx * nx + ny * ny + nz * nz))


@part(**LEAN)
def meets(caps: FloatArray, count: int, point: Vector) -> bool:
    """Tell whether a point of an expanded sphere lies in any of the caps."""
    hits = 0
    for index in range(count):
        k = np.uint64(index)
        inside = (
            point[0] * caps[DX, k] + point[1] * caps[DY, k] + point[2] * caps[DZ, k]
        )
        hits |= 1 if inside > caps[Q, k] else 0
    return hits > 0


@part(**LEAN)
def low_neighbours(
    probes: FloatArray, order: IndexArray, place: int, probe: float, low: FloatArray
) -> int:
    """
    Write, relative to a low probe, the centres of the other low probes that reach its sphere.

    `order` lists the low probes by x; `place` is where the one in hand stands in it.
    """
    p = order[place]
    count = 0
    for step in (-1, 1):
        t = place + step
        while 0 <= t < len(order):
            q = order[t]
            dx = probes[0, q] - probes[0, p]
            if abs(dx) > 2.0 * probe:
                break
            dy, dz = probes[1, q] - probes[1, p], probes[2, q] - probes[2, p]
            if dx * dx + dy * dy + dz * dz <= 4.0 * probe * probe:
                low[0, count], low[1, count], low[2, count] = dx, dy, dz
                count += 1
            t += step
    return count


@part(**LEAN)
def add_concave(
    dots: FloatArray,
    used: int,
    atoms: FloatArray,
    probes: FloatArray,
    p: int,
    probe: float,
    root_density: float,
    low: FloatArray,
    n_low: int,
    walls: FloatArray,
    walls_projected: FloatArray,
    focus: FloatArray,
    buffers: Buffers,
) -> int:
    """
    Append the dots under probe p, on the spherical triangle between its three atoms.

    `low` holds the centres, relative to the probe, of the other probes that reach into it.
    """
    feet = (int(probes[FOOT, p]), int(probes[FOOT + 1, p]), int(probes[FOOT + 2, p]))
    down = _walls_and_down(atoms, probes, feet, p, walls)
    x, y = circle_frame(down, way_to(focus, probes, p))
    n_walls = int64(3)
    project(walls, n_walls, down, x, y, walls_projected)
    highest = max(atoms[REACH, feet[0]], atoms[REACH, feet[1]], atoms[REACH, feet[2]])
    polar = math.acos(min(probes[HEIGHT, p] / highest, 1.0))
    n_circles = sample_count(polar, probe, root_density)
    step = 1.0 / (root_density * probe)
    cosines, sines, depth = buffers.cosines, buffers.sines, buffers.depth
    for circle in range(n_circles):
        angle = polar - (circle + 0.5) * step
        fall, out = probe * math.cos(angle), probe * math.sin(angle)
        count = sample_count(2.0 * math.pi, out, root_density) if out > 0.0 else 0
        if count == 0:
            continue
        fill_circle(cosines, sines, count, 1.0 / (root_density * out))
        state = deepest(
            walls, walls_projected, n_walls, fall, out, cosines, sines, count, depth
        )
        if state == INSIDE:
            continue
        area = probe * polar / n_circles * out * 2.0 * math.pi / count
        for m in range(count):
            if state != OUTSIDE and depth[m] >= 0.0:
                continue
            c, s = out * cosines[m], out * sines[m]
            point = (
                fall * down[0] + c * x[0] + s * y[0],
                fall * down[1] + c * x[1] + s * y[1],
                fall * down[2] + c * x[2] + s * y[2],
            )
            if n_low > 0 and _is_in_probe(point, low, n_low, probe):
                continue
            _write_dot(dots, used, point, probes, feet, p, probe, area, atoms)
            used += 1
    return used


@part(**LEAN)
def _walls_and_down(
    atoms: FloatArray,
    probes: FloatArray,
    feet: tuple[int, int, int],
    p: int,
    walls: FloatArray,
) -> Vector:
    """
    Write the planes through a probe and two of its atoms, as caps; return the way to the atoms.

    A point of the probe's sphere belongs to the patch if it is on the inner side of all three.
    """
    px, py, pz = probes[0, p], probes[1, p], probes[2, p]
    nx, ny, nz = 0.0, 0.0, 0.0
    volume = 0.0
    for k in range(3):
        a, b, c = feet[k], feet[(k + 1) % 3], feet[(k + 2) % 3]
        ax, ay, az = atoms[0, a] - px, atoms[1, a] - py, atoms[2, a] - pz
        bx, by, bz = atoms[0, b] - px, atoms[1, b] - py, atoms[2, b] - pz
        wx, wy, wz = ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx
        nx, ny, nz = nx + wx, ny + wy, nz + wz
        volume = (
            wx * (atoms[0, c] - px) + wy * (atoms[1, c] - py) + wz * (atoms[2, c] - pz)
        )
        sign = -1.0 if volume > 0.0 else 1.0
        walls[DX, k], walls[DY, k], walls[DZ, k] = sign * wx, sign * wy, sign * wz
        walls[Q, k] = 0.0
    # The three cross products add up to the normal of the atoms' plane.
    scale = 1.0 / math.sqrt(nx * nx + ny * ny + nz * nz)
    scale = scale if volume > 0.0 else -scale
    return nx * scale, ny * scale, nz * scale


@part(**LEAN)
def _is_in_probe(point: Vector, low: FloatArray, n_low: int, probe: float) -> bool:
    hits = 0
    for index in range(n_low):
        k = np.uint64(index)
        dx, dy, dz = point[0] - low[0, k], point[1] - low[1, k], point[2] - low[2, k]
        hits |= 1 if dx * dx + dy * dy + dz * dz < probe * probe else 0
    return hits > 0


@part(**LEAN)
def _write_dot(
    dots: FloatArray,
    to: int,
    point: Vector,
    probes: FloatArray,
    feet: tuple[int, int, int],
    p: int,
    probe: float,
    area: float,
    atoms: FloatArray,
) -> None:
    """Write one dot; it belongs to the atom whose surface is nearest."""
    x, y, z = probes[0, p] + point[0], probes[1, p] + point[1], probes[2, p] + point[2]
    nearest, owner = np.inf, 0
    for k in range(3):
        a = feet[k]
        dx, dy, dz = x - atoms[0, a], y - atoms[1, a], z - atoms[2, a]
        gap = math.sqrt(dx * dx + dy * dy + dz * dz) - atoms[RADIUS, a]
        if gap < nearest:
            nearest, owner = gap, a
    dots[DOT_X, to], dots[DOT_Y, to], dots[DOT_Z, to] = x, y, z
    dots[NORMAL_X, to] = -point[0] / probe
    dots[NORMAL_Y, to] = -point[1] / probe
    dots[NORMAL_Z, to] = -point[2] / probe
    dots[AREA, to] = area
    dots[ATOM, to], dots[KIND, to] = owner, CONCAVE
    dots[BURIED, to] = probes[MEETS, p]
