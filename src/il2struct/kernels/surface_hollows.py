"""Probes that touch three atoms, and the concave dots in the hollows under them."""

import math
from typing import Final

import numpy as np

from il2struct.arrays import BoolArray, FloatArray, IndexArray
from il2struct.kernels._numba import int64, part
from il2struct.kernels.surface_atoms import RADIUS, REACH
from il2struct.kernels.surface_circles import (
    DX,
    DY,
    DZ,
    INSIDE,
    LEAN,
    OUTSIDE,
    Q,
    Vector,
    arc_end,
    circle_frame,
    deepest,
    fill_circle,
    project,
    sample_count,
)
from il2struct.kernels.surface_patches import (
    AREA,
    ATOM,
    BURIED,
    CONCAVE,
    DOT_X,
    DOT_Y,
    DOT_Z,
    KIND,
    NORMAL_X,
    NORMAL_Y,
    NORMAL_Z,
    Buffers,
)

#: Rows of an array of probes: position, height above the plane of its three atoms (Å),
#: the atoms, whether the probe meets the partner.
HEIGHT: Final = 3
FOOT: Final = 4
MEETS: Final = 7
PROBE_ROWS: Final = 8


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
    buffers: Buffers,
) -> int:
    """
    Append the dots in the hollow under probe p: the spherical triangle between its three atoms.

    `low` holds the centres, relative to the probe, of the other probes that reach into it.
    """
    feet = (int(probes[FOOT, p]), int(probes[FOOT + 1, p]), int(probes[FOOT + 2, p]))
    down = _walls_and_down(atoms, probes, feet, p, walls)
    x, y = circle_frame(down[0], down[1], down[2])
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

    A point of the probe's sphere belongs to the hollow if it is on the inner side of all three.
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
