r"""
Solvent-accessible areas of atoms, and how much of them a partner covers (Lee & Richards).

Every atom is a sphere of its radius plus the probe's. The sphere is cut into slices of equal
thickness; in each the neighbours cover arcs of a circle, and what stays free, times the
thickness and the radius, adds up to the area.

At height *t* above an atom of expanded radius *R* the circle has the radius
:math:`r = \sqrt{R^2 - t^2}`. A neighbour of expanded radius :math:`R_j`, at the distance *D*,
of which *d* is horizontal and *h* is upward, covers the points whose component towards it exceeds

.. math:: q(t) = \frac{R^2 - R_j^2 + D^2}{2 d} - \frac{h}{d} t.

So :math:`q \ge r` covers nothing, :math:`q \le -r` everything; otherwise the arc ends where the
component across is :math:`\pm\sqrt{r^2 - q^2}`: no angle has to be computed until an arc is known
to be free. Until then directions are compared by their "turn", the position along the square
:math:`|x| + |y| = 1`: 0 to 4 once around, quarter turns at whole numbers.

References
----------
Lee & Richards (1971) J Mol Biol 55:379; Mitternacht (2016) F1000Research 5:189 (freesasa, whose
slices are used here, so that the two agree to rounding).
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from il2struct.arrays import FloatArray, IndexArray, checked_coordinates, checked_radii
from il2struct.errors import ParameterError
from il2struct.kernels._numba import int64, kernel, part, read_only
from il2struct.kernels.cells import (
    MAX_RUNS,
    CellGrid,
    cell_grid,
    rows_in_reach,
    runs_around,
)

__all__ = [
    "LEE_RICHARDS_SLICES",
    "WATER_PROBE_RADIUS",
    "BuriedAreas",
    "buried_areas",
    "lee_richards_areas",
]

#: Radius in Å of the sphere that stands for a water molecule (Lee & Richards 1971).
WATER_PROBE_RADIUS: Final = 1.4
#: Slices per atom, the default of freesasa (Mitternacht 2016).
LEE_RICHARDS_SLICES: Final = 20
#: Horizontal distance in Å below which two centres count as one above the other.
SMALLEST_DISTANCE: Final = 1e-12
#: Turns in a full circle, by the measure described above.
FULL_TURN: Final = 4.0
#: Larger than any turn: the start of an arc that covers nothing.
NO_TURN: Final = 9.0
#: Larger than any radius in Å: the offset of a neighbour that covers nothing.
NO_OFFSET: Final = 1e30
#: Circles are padded to a multiple of this, so that wide vectors leave no rest.
LANES: Final = 8

# Maxima and minima over arrays become vector instructions only if NaN and the sign of zero
# need not be honoured; neither occurs. Sums keep their order.
FAST: Final = {"error_model": "numpy", "fastmath": {"nnan", "nsz"}}


@dataclass(frozen=True, slots=True, kw_only=True)
class BuriedAreas:
    """Accessible area in Å², never negative, that each atom of two groups loses to the other."""

    buried_1_a2: FloatArray
    buried_2_a2: FloatArray


def lee_richards_areas(
    coords: npt.ArrayLike,
    radii: npt.ArrayLike,
    *,
    probe_radius_a: float = WATER_PROBE_RADIUS,
    n_slices: int = LEE_RICHARDS_SLICES,
) -> FloatArray:
    """
    Compute the solvent-accessible area of each atom in Å².

    Safe with stray or coinciding atoms: of two equal spheres on one spot each shows a half.

    Examples
    --------
    >>> lee_richards_areas([[0, 0, 0]], [1.6]).round(3).tolist()
    [113.097]
    """
    atoms = read_only(checked_coordinates(coords))
    sizes = checked_radii(radii, len(atoms))
    _check_options(probe_radius_a, n_slices)
    if len(atoms) == 0:
        return np.empty(0)
    areas: FloatArray = _areas_alone(
        atoms, read_only(sizes + probe_radius_a), int(n_slices)
    )
    return areas


def buried_areas(
    coords_1: npt.ArrayLike,
    radii_1: npt.ArrayLike,
    coords_2: npt.ArrayLike,
    radii_2: npt.ArrayLike,
    *,
    probe_radius_a: float = WATER_PROBE_RADIUS,
    n_slices: int = LEE_RICHARDS_SLICES,
) -> BuriedAreas:
    """
    Compute the accessible area that each atom loses when two groups come together.

    The outcome is that of `lee_richards_areas` of each group minus that of both together; but
    only atoms whose sphere meets one of the partner's can lose any, so only they are computed,
    and only in slices that the partner reaches.

    Examples
    --------
    Two atoms beside each other cover a cap of each other's sphere, 2π · 3 Å · (3 - 1) Å:

    >>> lost = buried_areas([[0, 0, 0]], [1.6], [[0, 0, 2]], [1.6], n_slices=3)
    >>> lost.buried_1_a2.round(3).tolist(), lost.buried_2_a2.round(3).tolist()
    ([37.699], [37.699])
    """
    first = read_only(checked_coordinates(coords_1, name="coords_1"))
    second = read_only(checked_coordinates(coords_2, name="coords_2"))
    sizes_1 = checked_radii(radii_1, len(first), name="radii_1")
    sizes_2 = checked_radii(radii_2, len(second), name="radii_2")
    _check_options(probe_radius_a, n_slices)
    if len(first) == 0 or len(second) == 0:
        return BuriedAreas(
            buried_1_a2=np.zeros(len(first)), buried_2_a2=np.zeros(len(second))
        )
    expanded_1 = read_only(sizes_1 + probe_radius_a)
    expanded_2 = read_only(sizes_2 + probe_radius_a)
    lost_1, lost_2 = _areas_lost(first, expanded_1, second, expanded_2, int(n_slices))
    return BuriedAreas(buried_1_a2=lost_1, buried_2_a2=lost_2)


def _check_options(probe_radius_a: float, n_slices: int) -> None:
    if not (math.isfinite(probe_radius_a) and probe_radius_a >= 0.0):
        raise ParameterError(
            f"probe_radius_a must not be negative or NaN, as {probe_radius_a} is."
        )
    if n_slices < 1:
        raise ParameterError(f"n_slices must be at least 1, not {n_slices}.")


@kernel(**FAST)
def _areas_alone(coords: FloatArray, expanded: FloatArray, n_slices: int) -> FloatArray:
    """Area of each sphere, radii with the probe's, that lies outside all others."""
    reach = 2.0 * expanded.max()
    grid = cell_grid(coords, np.arange(len(coords)), reach)
    atoms = _atoms_by_cell(coords, expanded, grid)
    size = len(coords) + LANES
    runs = np.empty((MAX_RUNS, 2), np.int64)
    hits = np.empty(size, np.int64)
    circles, arcs, free = np.empty((4, size)), np.empty((2, size)), np.empty((2, size))
    areas = np.zeros(len(coords))
    for i in range(len(coords)):
        radius = expanded[i]
        n_circles = _neighbour_circles(
            coords[i], radius, i, grid, atoms, runs, hits, circles
        )
        thickness = 2.0 * radius / n_slices
        angle = 0.0
        for s in range(n_slices):
            height = (s + 0.5) * thickness - radius
            slice_radius = math.sqrt(radius * radius - height * height)
            if _deepest(circles, n_circles, height) <= -slice_radius:
                continue
            _covered_arcs(circles, n_circles, height, slice_radius, arcs)
            for gap in range(_free_arcs(arcs, n_circles, 0.0, FULL_TURN, free)):
                angle += _angle_between(free[0, gap], free[1, gap])
        areas[i] = thickness * radius * angle
    return areas


@kernel(**FAST)
def _areas_lost(
    coords_1: FloatArray,
    expanded_1: FloatArray,
    coords_2: FloatArray,
    expanded_2: FloatArray,
    n_slices: int,
) -> tuple[FloatArray, FloatArray]:
    """Area that each sphere of either group, radii with the probe's, loses to the other group."""
    reach = 2.0 * max(expanded_1.max(), expanded_2.max())
    near_2 = rows_in_reach(coords_2, coords_1, np.arange(len(coords_1)), reach)
    near_1 = rows_in_reach(coords_1, coords_2, near_2, reach)
    # The neighbours of what is near the partner come from the own group, near or not.
    grid_1 = cell_grid(
        coords_1, rows_in_reach(coords_1, coords_1, near_1, reach), reach
    )
    grid_2 = cell_grid(
        coords_2, rows_in_reach(coords_2, coords_2, near_2, reach), reach
    )
    atoms_1 = _atoms_by_cell(coords_1, expanded_1, grid_1)
    atoms_2 = _atoms_by_cell(coords_2, expanded_2, grid_2)
    rows_1, rows_2 = _meeting_rows(coords_1, expanded_1, near_1, grid_2, atoms_2)
    return (
        _lost_by(
            coords_1, expanded_1, rows_1, grid_1, atoms_1, grid_2, atoms_2, n_slices
        ),
        _lost_by(
            coords_2, expanded_2, rows_2, grid_2, atoms_2, grid_1, atoms_1, n_slices
        ),
    )


@part(**FAST)
def _meeting_rows(
    coords: FloatArray,
    expanded: FloatArray,
    rows: IndexArray,
    grid: CellGrid,
    atoms: FloatArray,
) -> tuple[IndexArray, IndexArray]:
    # Which of the rows meet any atom of the grid, and which rows of the grid are met.
    order = grid[0]
    xs, ys, zs, radii = atoms[0], atoms[1], atoms[2], atoms[3]
    runs = np.empty((MAX_RUNS, 2), np.int64)
    meets = np.zeros(len(rows), np.int64)
    is_met = np.zeros(len(order), np.int64)
    for position in range(len(rows)):
        i = rows[position]
        x, y, z = coords[i, 0], coords[i, 1], coords[i, 2]
        for run in range(runs_around(grid, x, y, z, runs)):
            for place in range(runs[run, 0], runs[run, 1]):
                square = (
                    (xs[place] - x) ** 2 + (ys[place] - y) ** 2 + (zs[place] - z) ** 2
                )
                hit = int(square < (radii[place] + expanded[i]) ** 2)
                is_met[place] |= hit
                meets[position] |= hit
    return rows[meets > 0], order[is_met > 0]


@part(**FAST)
def _lost_by(
    coords: FloatArray,
    expanded: FloatArray,
    rows: IndexArray,
    grid: CellGrid,
    atoms: FloatArray,
    other_grid: CellGrid,
    other_atoms: FloatArray,
    n_slices: int,
) -> FloatArray:
    lost = np.zeros(len(coords))
    size = max(len(grid[0]), len(other_grid[0])) + LANES
    runs = np.empty((MAX_RUNS, 2), np.int64)
    hits = np.empty(size, np.int64)
    own, other, arcs = np.empty((4, size)), np.empty((4, size)), np.empty((2, size))
    free, still_free = np.empty((2, size)), np.empty((2, size))
    for i in rows:
        centre, radius = coords[i], expanded[i]
        n_own = _neighbour_circles(centre, radius, i, grid, atoms, runs, hits, own)
        n_other = _neighbour_circles(
            centre, radius, int64(-1), other_grid, other_atoms, runs, hits, other
        )
        angle = _lost_angle(
            own, n_own, other, n_other, radius, n_slices, arcs, free, still_free
        )
        lost[i] = max(0.0, 2.0 * radius / n_slices * radius * angle)
    return lost


@part(**FAST)
def _lost_angle(
    own: FloatArray,
    n_own: int,
    other: FloatArray,
    n_other: int,
    radius: float,
    n_slices: int,
    arcs: FloatArray,
    free: FloatArray,
    still_free: FloatArray,
) -> float:
    # Sum over the slices of the angle that is free of the own group but not of the other.
    thickness = 2.0 * radius / n_slices
    lost = 0.0
    for s in range(n_slices):
        height = (s + 0.5) * thickness - radius
        slice_radius = math.sqrt(radius * radius - height * height)
        if _deepest(other, n_other, height) >= slice_radius:
            continue
        if _deepest(own, n_own, height) <= -slice_radius:
            continue
        _covered_arcs(own, n_own, height, slice_radius, arcs)
        n_free = _free_arcs(arcs, n_own, 0.0, FULL_TURN, free)
        if n_free == 0:
            continue
        _covered_arcs(other, n_other, height, slice_radius, arcs)
        for gap in range(n_free):
            start, end = free[0, gap], free[1, gap]
            n_left = _free_arcs(arcs, n_other, start, end, still_free)
            if n_left == 1 and still_free[0, 0] == start and still_free[1, 0] == end:
                continue
            lost += _angle_between(start, end)
            for left in range(n_left):
                lost -= _angle_between(still_free[0, left], still_free[1, left])
    return lost


@part(**FAST)
def _atoms_by_cell(
    coords: FloatArray, expanded: FloatArray, grid: CellGrid
) -> FloatArray:
    order = grid[0]
    atoms = np.empty((4, len(order)))
    for place in range(len(order)):
        for k in range(3):
            atoms[k, place] = coords[order[place], k]
        atoms[3, place] = expanded[order[place]]
    return atoms


@part(**FAST)
def _neighbour_circles(
    centre: FloatArray,
    radius: float,
    itself: int,
    grid: CellGrid,
    atoms: FloatArray,
    runs: IndexArray,
    hits: IndexArray,
    circles: FloatArray,
) -> int:
    # Rows of `circles`: offset and tilt of q(t), then the horizontal direction.
    order = grid[0]
    x, y, z = centre[0], centre[1], centre[2]
    xs, ys, zs, radii = atoms[0], atoms[1], atoms[2], atoms[3]
    n_hits = 0
    for run in range(runs_around(grid, x, y, z, runs)):
        for place in range(runs[run, 0], runs[run, 1]):
            square = (xs[place] - x) ** 2 + (ys[place] - y) ** 2 + (zs[place] - z) ** 2
            # Written always, counted if near: no branch to guess wrong.
            hits[n_hits] = place
            n_hits += square < (radii[place] + radius) ** 2
    n_circles = 0
    for hit in range(n_hits):
        place = hits[hit]
        if order[place] == itself:
            continue
        across, along, up = xs[place] - x, ys[place] - y, zs[place] - z
        flat = math.sqrt(across * across + along * along)
        square = across * across + along * along + up * up
        inverse = 1.0 / max(flat, SMALLEST_DISTANCE)
        circles[0, n_circles] = (
            0.5 * (radius * radius - radii[place] ** 2 + square) * inverse
        )
        circles[1, n_circles] = up * inverse
        circles[2, n_circles] = across * inverse if flat > SMALLEST_DISTANCE else 1.0
        circles[3, n_circles] = along * inverse if flat > SMALLEST_DISTANCE else 0.0
        n_circles += 1
    n_padded = (n_circles + LANES - 1) // LANES * LANES
    for pad in range(n_circles, n_padded):
        circles[0, pad] = NO_OFFSET
        circles[1, pad] = 0.0
        circles[2, pad] = 1.0
        circles[3, pad] = 0.0
    return n_padded


@part(**FAST)
def _deepest(circles: FloatArray, n_circles: int, height: float) -> float:
    # Smallest q(t). It tells of a slice that one neighbour covers, or none reaches, before any
    # arc is computed.
    deepest = NO_OFFSET
    for k in range(n_circles):
        deepest = min(deepest, circles[0, k] - circles[1, k] * height)
    return deepest


@part(**FAST)
def _covered_arcs(
    circles: FloatArray, n_circles: int, height: float, radius: float, arcs: FloatArray
) -> None:
    # Arcs in turns, `arcs[0]` to `arcs[1]`; one that passes 0 ends beyond a full turn.
    starts, ends = arcs[0], arcs[1]
    for k in range(n_circles):
        q = circles[0, k] - circles[1, k] * height
        across = math.sqrt(max(radius * radius - q * q, 0.0))
        x, y = circles[2, k], circles[3, k]
        start = _turn(q * x + across * y, q * y - across * x)
        end = _turn(q * x - across * y, q * y + across * x)
        end = end + FULL_TURN if end < start else end
        start = NO_TURN if q >= radius else (0.0 if q <= -radius else start)
        end = 0.0 if q >= radius else (FULL_TURN if q <= -radius else end)
        starts[k] = start
        ends[k] = end


@part(**FAST)
def _free_arcs(
    arcs: FloatArray, n_arcs: int, start: float, end: float, free: FloatArray
) -> int:
    # From the start, hop to the farthest end of any arc that begins before; where no hop is
    # possible a free arc begins. No arc needs sorting, and each hop is one vector maximum.
    starts, ends = arcs[0], arcs[1]
    farthest = FULL_TURN
    for k in range(n_arcs):
        farthest = max(farthest, ends[k])
    here = max(start, farthest - FULL_TURN)
    n_free = 0
    while here < end:
        reached = here
        for k in range(n_arcs):
            arc_end = ends[k]
            reached = max(reached, arc_end if starts[k] <= here else 0.0)
        if reached > here:
            here = reached
            continue
        closing = end
        for k in range(n_arcs):
            arc_start = starts[k]
            closing = min(closing, arc_start if arc_start > here else end)
        free[0, n_free] = here
        free[1, n_free] = closing
        n_free += 1
        here = closing
    return n_free


@part(**FAST)
def _turn(x: float, y: float) -> float:
    turn = y / (abs(x) + abs(y))
    return 2.0 - turn if x < 0.0 else (FULL_TURN + turn if y < 0.0 else turn)


@part(**FAST)
def _angle_between(start: float, end: float) -> float:
    # Both are turned back by whole quarters, into the first quadrant, where x + y = 1.
    quarter_1 = math.floor(start)
    quarter_2 = math.floor(end)
    y_1 = start - quarter_1
    y_2 = end - quarter_2
    x_1 = 1.0 - y_1
    x_2 = 1.0 - y_2
    rest = math.atan2(x_1 * y_2 - y_1 * x_2, x_1 * x_2 + y_1 * y_2)
    return 0.5 * math.pi * (quarter_2 - quarter_1) + rest
