r"""
Solvent-accessible areas of atoms, and how much of them a partner covers: exact, and by slices.

Every atom is a sphere of its radius plus the probe's, of which each neighbour covers a cap. What
no cap covers is bounded by arcs of the caps' circles, so its area has a closed form (the theorem
of Gauss and Bonnet; Richmond 1984). On the unit sphere the circle of a cap is
:math:`x \cdot u = c`, with :math:`c = (R^2 - R_j^2 + D^2) / 2 R D` for neighbours of expanded
radii *R* and :math:`R_j` at the distance *D*, and the radius :math:`s = \sqrt{1 - c^2}`. Seen from
a covered point *q*, the open area is a sum over open arcs, of half angle *h* and middle *m*:

.. math:: \sum 2 h c - 2 \operatorname{atan2}\bigl((c - u \cdot q) \sin h,\;
          (1 - c\, u \cdot q) \cos h - s\, q \cdot m\bigr).

The second term is how far the arc turns in a stereographic projection from *q*: there circles
stay circles, angles stay angles, and no boundary runs round infinity, so that neither corners nor
boundaries have to be counted and no arc joined to the next. Where more than three spheres
meet in a point, a wrong corner is worth the sliver between them. *q* is the middle of the largest
cap, far from all arcs.

Lee & Richards cut the sphere into slices of equal thickness instead; in each the neighbours cover
arcs of a circle, and what stays free, times the thickness and the radius, adds up to the area. It
depends on how the molecule lies, and is here for comparison with other programs.

Either way a neighbour covers those points of a circle of radius *r* whose component along some
(*x*, *y*) exceeds a limit *t*; the arc ends where the component across is
:math:`\pm\sqrt{r^2 (x^2 + y^2) - t^2}`. No angle has to be computed until an arc is known to be
free: until then directions are compared by their "turn", the position along the square
:math:`|x| + |y| = 1`, 0 to 4 once around, quarter turns at whole numbers.

References
----------
Richmond (1984) J Mol Biol 178:63; Buša et al. (2005) Comput Phys Commun 165:59 (stereographic
projection); Lee & Richards (1971) J Mol Biol 55:379; Mitternacht (2016) F1000Research 5:189
(freesasa, whose slices are used here, so that the two agree to rounding).
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

#: Radius in Å of the sphere that stands for a water molecule (Lee & Richards 1971).
WATER_PROBE_RADIUS: Final = 1.4
#: Centres and radii within this of each other, in Å, are one; so are caps, in radii of the sphere.
SAME: Final = 1e-9
#: Caps and gaps smaller than this (1 - c) are none: far below what can be seen, far above rounding.
NO_CAP: Final = 1e-14
#: Horizontal distance in Å below which two centres count as one above the other.
SMALLEST_DISTANCE: Final = 1e-12
#: Areas below this, in Å², are rounding.
NO_AREA_A2: Final = 1e-9
#: Turns in a full circle, by the measure described above.
FULL_TURN: Final = 4.0
#: Larger than any turn: the start of an arc that covers nothing.
NO_TURN: Final = 9.0
#: Larger than any radius in Å: the limit of a neighbour that covers nothing.
NO_LIMIT: Final = 1e30
#: Neighbours are padded to a multiple of this, so that wide vectors leave no rest.
LANES: Final = 8
#: Rows of an array of caps: direction, c, s, and 0 if no arc of the circle is open, else 1.
CAP_ROWS: Final = 6

# Maxima and minima over arrays become vector instructions only if NaN and the sign of zero
# need not be honoured; neither occurs. Sums keep their order.
FAST: Final = {"error_model": "numpy", "fastmath": {"nnan", "nsz"}}


@dataclass(frozen=True, slots=True, kw_only=True)
class BuriedAreas:
    """Accessible area in Å², never negative, that each atom of two groups loses to the other."""

    buried_1_a2: FloatArray
    buried_2_a2: FloatArray


def accessible_areas(
    coords: npt.ArrayLike,
    radii: npt.ArrayLike,
    *,
    probe_radius_a: float = WATER_PROBE_RADIUS,
    n_slices: int | None = None,
) -> FloatArray:
    """
    Compute the solvent-accessible area of each atom in Å².

    Exact unless `n_slices` are asked for: turning the atoms changes only rounding. With slices the
    areas are those of Lee & Richards, as freesasa finds them with 20. Safe with stray, touching
    and coinciding atoms; equal spheres on one spot share the surface.

    References
    ----------
    Richmond (1984) J Mol Biol 178:63; Lee & Richards (1971) J Mol Biol 55:379.

    Examples
    --------
    Two atoms beside each other cover a cap of each other's sphere, 2π · 3 Å · (3 - 1) Å:

    >>> accessible_areas([[0, 0, 0], [0, 0, 2]], [1.6, 1.6]).round(3).tolist()
    [75.398, 75.398]
    """
    atoms, expanded = _spheres(coords, radii, probe_radius_a)
    if n_slices is not None and n_slices < 1:
        raise ParameterError(f"n_slices must be at least 1, not {n_slices}.")
    if len(atoms) == 0:
        return np.empty(0)
    areas: FloatArray = (
        _areas_alone(atoms, expanded)
        if n_slices is None
        else _areas_by_slices(atoms, expanded, int(n_slices))
    )
    return areas


def buried_areas(
    coords_1: npt.ArrayLike,
    radii_1: npt.ArrayLike,
    coords_2: npt.ArrayLike,
    radii_2: npt.ArrayLike,
    *,
    probe_radius_a: float = WATER_PROBE_RADIUS,
    n_slices: int | None = None,
) -> BuriedAreas:
    """
    Compute the accessible area that each atom loses when two groups come together.

    The outcome is that of `accessible_areas` of each group minus that of both together. But only
    atoms whose sphere meets one of the partner's can lose any, so unless slices are asked for
    only they are computed.

    Examples
    --------
    >>> lost = buried_areas([[0, 0, 0]], [1.6], [[0, 0, 2]], [1.6])
    >>> lost.buried_1_a2.round(3).tolist(), lost.buried_2_a2.round(3).tolist()
    ([37.699], [37.699])
    """
    first, expanded_1 = _spheres(coords_1, radii_1, probe_radius_a, "_1")
    second, expanded_2 = _spheres(coords_2, radii_2, probe_radius_a, "_2")
    n_1, n_2 = len(first), len(second)
    if n_1 == 0 or n_2 == 0:
        return BuriedAreas(buried_1_a2=np.zeros(n_1), buried_2_a2=np.zeros(n_2))
    if n_slices is None:
        lost_1, lost_2 = _areas_lost(first, expanded_1, second, expanded_2)
        return BuriedAreas(buried_1_a2=lost_1, buried_2_a2=lost_2)
    alone_1, alone_2, both = (
        accessible_areas(places, sizes, probe_radius_a=0.0, n_slices=n_slices)
        for places, sizes in (
            (first, expanded_1),
            (second, expanded_2),
            (np.concatenate([first, second]), np.concatenate([expanded_1, expanded_2])),
        )
    )
    return BuriedAreas(
        buried_1_a2=np.maximum(alone_1 - both[:n_1], 0.0),
        buried_2_a2=np.maximum(alone_2 - both[n_1:], 0.0),
    )


def _spheres(
    coords: npt.ArrayLike, radii: npt.ArrayLike, probe_radius_a: float, suffix: str = ""
) -> tuple[FloatArray, FloatArray]:
    """Check centres and radii; return the centres and the radii with the probe's."""
    atoms = read_only(checked_coordinates(coords, name=f"coords{suffix}"))
    sizes = checked_radii(radii, len(atoms), name=f"radii{suffix}")
    if not (math.isfinite(probe_radius_a) and probe_radius_a >= 0.0):
        raise ParameterError(
            f"probe_radius_a must not be negative or NaN, as {probe_radius_a} is."
        )
    return atoms, read_only(sizes + probe_radius_a)


@kernel(**FAST)
def _areas_alone(coords: FloatArray, expanded: FloatArray) -> FloatArray:
    """Area of each sphere, radii with the probe's, that lies outside all others."""
    grid = cell_grid(coords, np.arange(len(coords)), 2.0 * expanded.max())
    atoms = _atoms_by_cell(coords, expanded, grid)
    size = len(coords) + LANES
    runs, hits = np.empty((MAX_RUNS, 2), np.int64), np.empty(size, np.int64)
    caps, spare = np.empty((CAP_ROWS, size)), np.empty((CAP_ROWS, size))
    arcs, free = np.empty((2, size)), np.empty((2, size))
    areas = np.zeros(len(coords))
    for i in range(len(coords)):
        radius = expanded[i]
        n_caps, n_same = _add_caps(
            coords[i], radius, i, grid, atoms, runs, hits, caps, int64(0)
        )
        n_caps = _keep_largest(caps, n_caps, hits, spare)
        area = radius * radius * _open_area(caps, n_caps, spare, arcs, free)
        areas[i] = area / (1 + n_same)
    return areas


@kernel(**FAST)
def _areas_lost(
    coords_1: FloatArray,
    expanded_1: FloatArray,
    coords_2: FloatArray,
    expanded_2: FloatArray,
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
        _lost_by(coords_1, expanded_1, rows_1, grid_1, atoms_1, grid_2, atoms_2),
        _lost_by(coords_2, expanded_2, rows_2, grid_2, atoms_2, grid_1, atoms_1),
    )


@kernel(**FAST)
def _areas_by_slices(
    coords: FloatArray, expanded: FloatArray, n_slices: int
) -> FloatArray:
    """Find what `_areas_alone` finds, by slices."""
    grid = cell_grid(coords, np.arange(len(coords)), 2.0 * expanded.max())
    atoms = _atoms_by_cell(coords, expanded, grid)
    size = len(coords) + LANES
    runs, hits = np.empty((MAX_RUNS, 2), np.int64), np.empty(size, np.int64)
    circles, limits = np.empty((4, size)), np.empty(size)
    arcs, free = np.empty((2, size)), np.empty((2, size))
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
            # The deepest limit tells of a slice that one neighbour covers before any arc is
            # computed.
            deepest = NO_LIMIT
            for k in range(n_circles):
                limits[k] = circles[0, k] - circles[1, k] * height
                deepest = min(deepest, limits[k])
            if deepest <= -slice_radius:
                continue
            _covered_arcs(limits, circles[2], circles[3], n_circles, slice_radius, arcs)
            for gap in range(_free_arcs(arcs, n_circles, free)):
                angle += _angle(free[1, gap]) - _angle(free[0, gap])
        areas[i] = thickness * radius * angle
    return areas


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
) -> FloatArray:
    lost = np.zeros(len(coords))
    size = len(grid[0]) + len(other_grid[0]) + LANES
    runs, hits = np.empty((MAX_RUNS, 2), np.int64), np.empty(size, np.int64)
    caps, spare = np.empty((CAP_ROWS, size)), np.empty((CAP_ROWS, size))
    arcs, free = np.empty((2, size)), np.empty((2, size))
    for i in rows:
        centre, radius = coords[i], expanded[i]
        n_caps, n_same = _add_caps(
            centre, radius, i, grid, atoms, runs, hits, caps, int64(0)
        )
        n_caps = _keep_largest(caps, n_caps, hits, spare)
        alone = _open_area(caps, n_caps, spare, arcs, free) / (1 + n_same)
        if alone == 0.0:
            continue
        n_caps, n_more = _add_caps(
            centre, radius, int64(-1), other_grid, other_atoms, runs, hits, caps, n_caps
        )
        n_caps = _keep_largest(caps, n_caps, hits, spare)
        n_same += n_more
        both = _open_area(caps, n_caps, spare, arcs, free) / (1 + n_same)
        area = radius * radius * (alone - both)
        lost[i] = area if area > NO_AREA_A2 else 0.0
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
def _places_met(
    centre: FloatArray,
    radius: float,
    grid: CellGrid,
    atoms: FloatArray,
    runs: IndexArray,
    hits: IndexArray,
) -> int:
    # Places in the grid's order of spheres that meet one, itself included where it is in the grid.
    x, y, z = centre[0], centre[1], centre[2]
    xs, ys, zs, radii = atoms[0], atoms[1], atoms[2], atoms[3]
    n_hits = 0
    for run in range(runs_around(grid, x, y, z, runs)):
        for place in range(runs[run, 0], runs[run, 1]):
            square = (xs[place] - x) ** 2 + (ys[place] - y) ** 2 + (zs[place] - z) ** 2
            # Written always, counted if near: no branch to guess wrong.
            hits[n_hits] = place
            n_hits += square < (radii[place] + radius) ** 2
    return n_hits


@part(**FAST)
def _add_caps(
    centre: FloatArray,
    radius: float,
    itself: int,
    grid: CellGrid,
    atoms: FloatArray,
    runs: IndexArray,
    hits: IndexArray,
    caps: FloatArray,
    n_caps: int,
) -> tuple[int, int]:
    # Appends the caps of neighbours; returns how many there are, -1 if one of them covers the
    # whole sphere, and how many neighbours are the same sphere once more.
    order = grid[0]
    n_same = 0
    for hit in range(_places_met(centre, radius, grid, atoms, runs, hits)):
        place = hits[hit]
        if order[place] == itself:
            continue
        x, y, z = (
            atoms[0, place] - centre[0],
            atoms[1, place] - centre[1],
            atoms[2, place] - centre[2],
        )
        other = atoms[3, place]
        distance = math.sqrt(x * x + y * y + z * z)
        if distance < SAME:
            if abs(other - radius) < SAME:
                n_same += 1
                continue
            distance = SAME
        smaller = (radius - other) * (radius + other)
        c = 0.5 * (distance + smaller / distance) / radius
        if c >= 1.0 - NO_CAP:
            continue
        if c <= NO_CAP - 1.0:
            return int64(-1), n_same
        caps[0, n_caps] = x / distance
        caps[1, n_caps] = y / distance
        caps[2, n_caps] = z / distance
        caps[3, n_caps] = c
        caps[4, n_caps] = math.sqrt((1.0 - c) * (1.0 + c))
        caps[5, n_caps] = 1.0
        n_caps += 1
    return n_caps, n_same


@part(**FAST)
def _keep_largest(
    caps: FloatArray, n_caps: int, rank: IndexArray, spare: FloatArray
) -> int:
    if n_caps < 0:
        return n_caps
    # Sorts the caps, largest first, and drops those that lie within another; -1 if two of them
    # cover the sphere between them.
    for j in range(n_caps):
        at = j
        while at > 0 and caps[3, rank[at - 1]] > caps[3, j]:
            rank[at] = rank[at - 1]
            at -= 1
        rank[at] = j
    xs, ys, zs, cs, ss = spare[0], spare[1], spare[2], spare[3], spare[4]
    n_kept = 0
    for place in range(n_caps):
        j = rank[place]
        x, y, z, c, s = caps[0, j], caps[1, j], caps[2, j], caps[3, j], caps[4, j]
        # Angles as chords, which are exact where they are small: a cap is in a larger one if
        # their middles are no farther apart than their radii differ.
        is_within = 0
        for k in range(n_kept):
            apart = (xs[k] - x) ** 2 + (ys[k] - y) ** 2 + (zs[k] - z) ** 2
            within = (cs[k] - c) ** 2 + (ss[k] - s) ** 2
            is_within |= int(apart <= within + SAME * SAME)
        if is_within:
            continue
        # What a cap leaves open is a cap on the other side; only large ones can cover it.
        for k in range(n_kept):
            if cs[k] + c > SAME:
                break
            apart = (xs[k] + x) ** 2 + (ys[k] + y) ** 2 + (zs[k] + z) ** 2
            if apart <= (cs[k] + c) ** 2 + (ss[k] - s) ** 2 + SAME * SAME:
                return int64(-1)
        xs[n_kept], ys[n_kept], zs[n_kept], cs[n_kept], ss[n_kept] = x, y, z, c, s
        spare[5, n_kept] = caps[5, j]
        n_kept += 1
    for row in range(CAP_ROWS):
        for k in range(n_kept):
            caps[row, k] = spare[row, k]
    return n_kept


@part(**FAST)
def _open_area(
    caps: FloatArray, n_caps: int, spare: FloatArray, arcs: FloatArray, free: FloatArray
) -> float:
    # Area of the unit sphere that no cap covers; negative numbers of caps cover all of it. Circles
    # without an open arc are marked: when caps are added they need not be looked at again.
    if n_caps <= 0:
        return 4.0 * math.pi if n_caps == 0 else 0.0
    xs, ys, zs, cs, ss = caps[0], caps[1], caps[2], caps[3], caps[4]
    n_padded = (n_caps + LANES - 1) // LANES * LANES
    for pad in range(n_caps, n_padded):
        xs[pad], ys[pad], zs[pad], cs[pad] = 1.0, 0.0, 0.0, NO_LIMIT
    limits, along, across = spare[0], spare[1], spare[2]
    total = 0.0
    for k in range(n_caps):
        if caps[5, k] == 0.0:
            continue
        x, y, z, c, s = xs[k], ys[k], zs[k], cs[k], ss[k]
        # Two directions across that of the cap (Duff et al. 2017, J Comput Graph Tech 6:1).
        sign = math.copysign(1.0, z)
        a = -1.0 / (sign + z)
        b = x * y * a
        for j in range(n_padded):
            along[j] = (1.0 + sign * x * x * a) * xs[j] + sign * (b * ys[j] - x * zs[j])
            across[j] = b * xs[j] + (sign + y * y * a) * ys[j] - y * zs[j]
            limits[j] = cs[j] - c * (x * xs[j] + y * ys[j] + z * zs[j])
        q_along, q_across = along[0], across[0]
        q_up = x * xs[0] + y * ys[0] + z * zs[0]
        limits[k], along[k] = NO_LIMIT, 1.0
        _covered_arcs(limits, along, across, n_padded, s, arcs)
        n_free = _free_arcs(arcs, n_padded, free)
        caps[5, k] = min(n_free, 1.0)
        for gap in range(n_free):
            first, last = _angle(free[0, gap]), _angle(free[1, gap])
            half, middle = 0.5 * (last - first), 0.5 * (last + first)
            q_middle = q_along * math.cos(middle) + q_across * math.sin(middle)
            turned = math.atan2(
                (c - q_up) * math.sin(half),
                (1.0 - c * q_up) * math.cos(half) - s * q_middle,
            )
            total += 2.0 * (c * half - turned)
    return max(total, 0.0)


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
    # Rows of `circles`: the limit at the centre's height, how it falls with height, and the
    # horizontal direction.
    order = grid[0]
    n_circles = 0
    for hit in range(_places_met(centre, radius, grid, atoms, runs, hits)):
        place = hits[hit]
        if order[place] == itself:
            continue
        x, y, up = (
            atoms[0, place] - centre[0],
            atoms[1, place] - centre[1],
            atoms[2, place] - centre[2],
        )
        flat = math.sqrt(x * x + y * y)
        square = x * x + y * y + up * up
        inverse = 1.0 / max(flat, SMALLEST_DISTANCE)
        limit = 0.5 * (radius * radius - atoms[3, place] ** 2 + square)
        circles[0, n_circles] = limit * inverse
        circles[1, n_circles] = up * inverse
        circles[2, n_circles] = x * inverse if flat > SMALLEST_DISTANCE else 1.0
        circles[3, n_circles] = y * inverse if flat > SMALLEST_DISTANCE else 0.0
        n_circles += 1
    n_padded = (n_circles + LANES - 1) // LANES * LANES
    for pad in range(n_circles, n_padded):
        circles[0, pad], circles[1, pad] = NO_LIMIT, 0.0
        circles[2, pad], circles[3, pad] = 1.0, 0.0
    return n_padded


@part(**FAST)
def _covered_arcs(
    limits: FloatArray,
    xs: FloatArray,
    ys: FloatArray,
    n: int,
    radius: float,
    arcs: FloatArray,
) -> None:
    # Arcs in turns, `arcs[0]` to `arcs[1]`; one that passes 0 ends beyond a full turn.
    starts, ends = arcs[0], arcs[1]
    for k in range(n):
        limit, x, y = limits[k], xs[k], ys[k]
        square = radius * radius * (x * x + y * y)
        rest = square - limit * limit
        across = math.sqrt(max(rest, 0.0))
        start = _turn(limit * x + across * y, limit * y - across * x)
        end = _turn(limit * x - across * y, limit * y + across * x)
        end = end + FULL_TURN if end < start else end
        # A neighbour that does not cut the circle misses it or covers it. One that touches it is
        # none that cuts it, by a margin: rounding must not say so of one of two circles only.
        is_cut = rest > NO_CAP * square
        uncut_start = NO_TURN if limit > 0.0 else 0.0
        uncut_end = 0.0 if limit > 0.0 else FULL_TURN
        starts[k] = start if is_cut else uncut_start
        ends[k] = end if is_cut else uncut_end


@part(**FAST)
def _free_arcs(arcs: FloatArray, n_arcs: int, free: FloatArray) -> int:
    # From zero, hop to the farthest end of any arc that begins before; where no hop is
    # possible a free arc begins. No arc needs sorting, and each hop is one vector maximum.
    starts, ends = arcs[0], arcs[1]
    farthest = FULL_TURN
    for k in range(n_arcs):
        farthest = max(farthest, ends[k])
    here = max(0.0, farthest - FULL_TURN)
    n_free = 0
    while here < FULL_TURN:
        reached = here
        for k in range(n_arcs):
            arc_end = ends[k]
            reached = max(reached, arc_end if starts[k] <= here else 0.0)
        if reached > here:
            here = reached
            continue
        closing = FULL_TURN
        for k in range(n_arcs):
            arc_start = starts[k]
            closing = min(closing, arc_start if arc_start > here else FULL_TURN)
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
def _angle(turn: float) -> float:
    # Turned back by whole quarters, into the first, where x + y = 1.
    quarter = math.floor(turn)
    y = turn - quarter
    return 0.5 * math.pi * quarter + math.atan2(y, 1.0 - y)
