"""Which atoms the surface at an interface depends on, in an order of their own, and their caps."""

from typing import Final

import numpy as np

from il2struct.arrays import BoolArray, FloatArray, IndexArray
from il2struct.kernels._numba import part, read_only
from il2struct.kernels.cells import CellGrid, cell_grid, near_any, runs_around
from il2struct.kernels.surface_circles import (
    ALLOCATING,
    CAP_ROWS,
    D2,
    DX,
    DY,
    DZ,
    LEAN,
    Q,
)

#: Rows of an array of placed atoms: coordinates, radius, expanded radius (Å).
X: Final = 0
Y: Final = 1
Z: Final = 2
RADIUS: Final = 3
REACH: Final = 4
ATOM_ROWS: Final = 5

#: Largest change of an expanded radius that breaks ties among four atoms on one probe (Å).
TIE_BREAK_A: Final = 1e-10
#: Caps are put in order of distance roughly, by this many bins of `BIN_WIDTH2`.
BINS: Final = 12
#: Width of a bin of squared distances (Å²).
BIN_WIDTH2: Final = 2.5


def canonical_order(
    coords: FloatArray, radii: FloatArray, rows: IndexArray
) -> IndexArray:
    """Sort rows by x, then y, z and radius: no result may depend on the order in a file."""
    x, y, z = coords[rows].T
    return rows[np.lexsort((radii[rows], z, y, x))]


def _scrambled(n: int) -> FloatArray:
    """Turn ranks into numbers between 0 and 1 that no sum of ranks repeats (a 64-bit hash)."""
    bits = np.arange(1, n + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    bits = (bits ^ (bits >> np.uint64(32))) * np.uint64(0xD6E8FEB86659FD93)
    bits ^= bits >> np.uint64(32)
    fractions: FloatArray = (bits >> np.uint64(11)) / 2.0**53
    return fractions


def place(
    coords: FloatArray,
    radii: FloatArray,
    near: BoolArray,
    rows: IndexArray,
    probe: float,
) -> tuple[FloatArray, BoolArray, IndexArray]:
    """
    Copy the listed atoms, in canonical order, into columns.

    Returns the columns, which of them are near the partner, and their rows.
    """
    order = canonical_order(coords, radii, rows)
    atoms = np.empty((ATOM_ROWS, len(order)))
    atoms[:RADIUS] = coords[order].T
    atoms[RADIUS] = radii[order]
    # In a lattice four atoms can touch one probe; which three count must not be left to
    # rounding, so that the hollows fit together.
    atoms[REACH] = atoms[RADIUS] + probe + TIE_BREAK_A * _scrambled(len(order))
    return atoms, near[order], order


def crop(
    coords_1: FloatArray, coords_2: FloatArray, separation: float, bridge: float
) -> tuple[BoolArray, BoolArray, IndexArray, IndexArray]:
    """
    Find the atoms near the partner, and all atoms that can touch a probe that touches those.

    `bridge` is the largest distance between two atoms that one probe touches.
    """
    near_1 = near_any(coords_1, coords_2, separation)
    near_2 = near_any(coords_2, coords_1, separation)
    core = read_only(np.concatenate((coords_1[near_1], coords_2[near_2])))
    kept_1 = np.flatnonzero(near_any(coords_1, core, bridge))
    kept_2 = np.flatnonzero(near_any(coords_2, core, bridge))
    return near_1, near_2, kept_1, kept_2


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
        for position in range(runs[run, 0], runs[run, 1]):
            k = np.uint64(position)
            dx, dy, dz = ordered[X, k] - x, ordered[Y, k] - y, ordered[Z, k] - z
            d2 = dx * dx + dy * dy + dz * dz
            limit = reach + ordered[REACH, k]
            if d2 < limit * limit and order[k] != own:
                caps[DX, count], caps[DY, count], caps[DZ, count] = dx, dy, dz
                caps[D2, count] = d2
                caps[Q, count] = 0.5 * (d2 + (reach - ordered[REACH, k]) * limit)
                owners[count] = order[k]
                count += 1
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
