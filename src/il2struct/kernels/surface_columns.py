"""The molecular dot surface of one side of an interface, as columns of numbers."""

import math
from typing import Final

import numpy as np

from il2struct.arrays import BoolArray, FloatArray, IndexArray
from il2struct.kernels._numba import int64, kernel, part
from il2struct.kernels.surface_atoms import (
    BINS,
    RADIUS,
    REACH,
    gather_caps,
    grid_of,
    nearest_first,
)
from il2struct.kernels.surface_circles import (
    ALLOCATING,
    ARC_ROWS,
    BLOCK,
    CAP_ROWS,
    D2,
    DX,
    DY,
    DZ,
    LEAN,
    PROJECTED_ROWS,
    Q,
    Vector,
    covered_arcs,
    free_arcs,
    keep_caps,
    pad_caps,
    sample_count,
    visible_caps,
)
from il2struct.kernels.surface_hollows import (
    HEIGHT,
    PROBE_ROWS,
    add_concave,
    add_probes,
    low_neighbours,
)
from il2struct.kernels.surface_patches import (
    DOT_ROWS,
    Buffers,
    add_convex,
    add_groove,
    enlarged,
)

#: Atoms nearer than this are one atom twice (Å²; 0.01 Å, as in the Lawrence-Colman program).
COINCIDENT2: Final = 1e-4
#: First guess of the dots per near atom and per dots/Å²; the array grows as needed.
DOTS_PER_ATOM: Final = 14.0
#: First guess of the probes per near atom.
PROBES_PER_ATOM: Final = 4
#: The most runs of cells around a point.
MAX_RUNS: Final = 27


@part(**ALLOCATING)
def _new_buffers(longest: int, most_caps: int) -> Buffers:
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


@part(**LEAN)
def _pole(caps: FloatArray, nearest: int, reach: float) -> tuple[Vector, float]:
    """Direction away from the nearest neighbour, and the angle from there to its cap."""
    distance = math.sqrt(caps[D2, nearest])
    pole = (
        -caps[DX, nearest] / distance,
        -caps[DY, nearest] / distance,
        -caps[DZ, nearest] / distance,
    )
    return pole, math.acos(max(-1.0, min(1.0, -caps[Q, nearest] / (distance * reach))))


@part(**LEAN)
def _positions_around(
    atoms: FloatArray, i: int, j: int, rim: float, probe: float, root: float
) -> int:
    """How many positions of the probe a full circle takes: by the mean radius of the groove."""
    inner, outer = max(rim - probe, 0.0), rim
    contact = atoms[RADIUS, i] / atoms[REACH, i] + atoms[RADIUS, j] / atoms[REACH, j]
    return sample_count(2.0 * math.pi, 0.25 * outer * contact + 0.5 * inner, root)


@kernel(**ALLOCATING)
def surface_columns(
    atoms: FloatArray,
    near: BoolArray,
    partner: FloatArray,
    probe: float,
    density: float,
) -> tuple[int, FloatArray, int, FloatArray, int]:
    """
    Dots on all near atoms, as the columns that `surface_patches` describes.

    Returns the first atom that coincides with another, -1 if none does; the array of columns
    and how many of them are dots; the array of probes and how many of them are in use. The dots
    under probes that touch three atoms are left to `fill_hollows`.
    """
    n_atoms = atoms.shape[1]
    root = math.sqrt(density)
    largest = atoms[REACH].max()
    if partner.shape[1] > 0:
        largest = max(largest, partner[REACH].max())
    grid, ordered = grid_of(atoms, 2.0 * largest)
    partner_grid, partner_ordered = grid_of(partner, 2.0 * largest)
    most = max(n_atoms, partner.shape[1]) + 2 * BLOCK
    longest = _longest_circle(largest, root)
    buffers = _new_buffers(longest, most)
    runs = np.empty((MAX_RUNS, 2), np.int64)
    raw, raw_owners = np.empty((CAP_ROWS, most)), np.empty(most, np.int64)
    caps, owners = np.empty((CAP_ROWS, most)), np.empty(most, np.int64)
    over_owners, visible = np.empty(most, np.int64), np.empty(most, np.int64)
    bins = np.empty(BINS + 1, np.int64)
    accessible = np.zeros(n_atoms, np.bool_)
    n_near = np.count_nonzero(near)
    # Typed numbers here and below: numba compiles all that takes a bare one once more.
    used = n_probes = int64(0)
    dots = np.empty((DOT_ROWS, int(DOTS_PER_ATOM * density * n_near) + 1024))
    probes = np.empty((PROBE_ROWS, PROBES_PER_ATOM * n_near + 64))
    for i in range(n_atoms):
        if not near[i]:
            continue
        reach = atoms[REACH, i]
        count = gather_caps(atoms, i, grid, ordered, i, runs, raw, raw_owners)
        nearest = nearest_first(raw, raw_owners, count, bins, caps, owners)
        pole, polar = (0.0, 0.0, 1.0), math.pi
        if nearest >= 0:
            if caps[D2, nearest] <= COINCIDENT2:
                return i, dots, 0, probes, 0
            pole, polar = _pole(caps, nearest, reach)
        pad_caps(caps, count)
        count = visible_caps(caps, count, reach * reach, visible)
        if count < 0:
            continue
        keep_caps(caps, owners, visible, count)
        accessible[i] |= count == 0
        n_over = gather_caps(
            atoms, i, partner_grid, partner_ordered, int64(-1), runs, buffers.over, over_owners
        )  # fmt: skip
        for j in range(count):
            other = owners[j]
            if near[other] and other < i:  # the rim was done from the other side
                continue
            distance = math.sqrt(caps[D2, j])
            axis = (
                caps[DX, j] / distance,
                caps[DY, j] / distance,
                caps[DZ, j] / distance,
            )
            height = caps[Q, j] / distance
            rim2 = reach * reach - height * height
            if covered_arcs(caps, count, axis, height, rim2, buffers.arcs):
                continue
            n_free, origin = free_arcs(
                buffers.arcs, count, j, buffers.free, buffers.cutters
            )
            if n_free == 0:
                continue
            accessible[i] = True
            accessible[other] = True
            if n_probes + 2 * abs(n_free) > probes.shape[1]:
                probes = enlarged(probes, n_probes, 2 * abs(n_free))
            n_probes = add_probes(
                probes, n_probes, atoms, near, i, j, caps, owners, n_free, axis, height, rim2, n_over, buffers
            )  # fmt: skip
            rim = math.sqrt(rim2)
            around = _positions_around(atoms, i, other, rim, probe, root)
            if around == 0:
                continue
            if used + around * longest > dots.shape[1]:
                dots = enlarged(dots, used, around * longest)
            n_halves = 2 if near[other] else 1
            used = add_groove(
                dots, used, atoms, (i, other), n_halves, axis, (height, rim, distance), around,
                (n_free, origin), n_over, probe, root, buffers,
            )  # fmt: skip
        if accessible[i]:
            more = int(4.0 * math.pi * atoms[RADIUS, i] ** 2 * density) + longest
            if used + more > dots.shape[1]:
                dots = enlarged(dots, used, more)
            used = add_convex(
                dots, used, atoms, i, pole, polar, root, caps, count, n_over, buffers
            )
    return -1, dots, used, probes, n_probes


@part(**LEAN)
def _longest_circle(reach: float, root_density: float) -> int:
    return int(2.0 * math.pi * reach * root_density) + 2 * BLOCK


@kernel(**ALLOCATING)
def fill_hollows(
    dots: FloatArray,
    used: int,
    atoms: FloatArray,
    probes: FloatArray,
    n_probes: int,
    order: IndexArray,
    probe: float,
    density: float,
) -> tuple[FloatArray, int]:
    """
    Append the concave dots under all probes; `order` lists the low ones by x.

    Where a low probe, less than its radius above the plane of its atoms, dips into another
    low one of the same side, the surface between them is inside a probe and has no dots.
    """
    root_density = math.sqrt(density)
    buffers = _new_buffers(
        _longest_circle(atoms[REACH].max(), root_density), atoms.shape[1] + 2 * BLOCK
    )
    place = np.empty(n_probes, np.int64)
    for rank in range(len(order)):
        place[order[rank]] = rank
    low = np.empty((3, len(order) + 1))
    walls, walls_projected = np.empty((CAP_ROWS, 3)), np.empty((PROJECTED_ROWS, 3))
    more = int(2.0 * math.pi * probe * probe * root_density**2) + len(buffers.depth)
    for p in range(n_probes):
        n_low = int64(0)
        if probes[HEIGHT, p] < probe:
            n_low = low_neighbours(probes, order, place[p], probe, low)
        if used + more > dots.shape[1]:
            dots = enlarged(dots, used, more)
        used = add_concave(
            dots, used, atoms, probes, p, probe, root_density, low, n_low, walls, walls_projected, buffers
        )  # fmt: skip
    return dots, used
