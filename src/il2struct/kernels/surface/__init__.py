"""
Connolly's molecular dot surface: points, normals and areas of what a probe sphere can touch.

Doubtful only in one respect: where two concave patches intersect, dots are dropped as the
Lawrence-Colman program drops them, which leaves a narrow gap or overlap at some seams.
"""

import math
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from il2struct.arrays import (
    BoolArray,
    FloatArray,
    IndexArray,
    checked_coordinates,
    checked_radii,
)
from il2struct.errors import CoordinateError, ParameterError
from il2struct.kernels._numba import int64, kernel, part, read_only
from il2struct.kernels.cells import MAX_RUNS, near_any
from il2struct.kernels.surface.caps import (
    ALLOCATING,
    ATOM_ROWS,
    BINS,
    BLOCK,
    CAP_ROWS,
    D2,
    DX,
    DY,
    DZ,
    LEAN,
    PROJECTED_ROWS,
    RADIUS,
    REACH,
    Q,
    covered_arcs,
    free_arcs,
    gather_caps,
    grid_of,
    keep_caps,
    nearest_first,
    pad_caps,
    sample_count,
    visible_caps,
)
from il2struct.kernels.surface.patches import (
    AREA,
    ATOM,
    BURIED,
    CONCAVE,
    CONVEX,
    DOT_ROWS,
    HEIGHT,
    KIND,
    NORMAL_X,
    NORMAL_Z,
    PROBE_ROWS,
    TOROIDAL,
    add_concave,
    add_convex,
    add_probes,
    add_toroidal,
    enlarged,
    low_neighbours,
    new_buffers,
)

__all__ = [
    "CONCAVE",
    "CONVEX",
    "TOROIDAL",
    "DotSurface",
    "PlacedSide",
    "dot_surface",
    "interface_surfaces",
    "placed_sides",
    "side_columns",
]

#: Largest change of an expanded radius that breaks ties among four atoms on one probe (Å).
TIE_BREAK_A: Final = 1e-10
#: Atoms nearer than this are one atom twice (Å²; 0.01 Å, as in the Lawrence-Colman program).
COINCIDENT2: Final = 1e-4
#: Multiples of this are spread evenly between whole numbers.
GOLDEN_SECTION: Final = 0.618034
#: First guess of the dots per near atom and per dots/Å²; the array grows as needed.
DOTS_PER_ATOM: Final = 14.0
#: First guess of the probes per near atom.
PROBES_PER_ATOM: Final = 4

#: Columns of one side's dots and how many of them are in use.
Columns: TypeAlias = tuple[FloatArray, int]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DotSurface:
    """
    Dots on a molecular surface.

    Attributes
    ----------
    positions_a : ndarray, shape=(n, 3)
        Where the dots are, in Å.
    normals : ndarray, shape=(n, 3)
        Unit vectors out of the molecule.
    areas_a2 : ndarray, shape=(n,)
        Area that each dot stands for, in Å².
    atom_index : ndarray, shape=(n,), dtype=int
        Row of the atom that the dot belongs to.
    kind : ndarray, shape=(n,), dtype=int
        `CONVEX`, `TOROIDAL` or `CONCAVE`.
    is_buried : ndarray, shape=(n,), dtype=bool
        Whether a probe that touches the surface there would meet the partner.
    """

    positions_a: FloatArray
    normals: FloatArray
    areas_a2: FloatArray
    atom_index: IndexArray
    kind: IndexArray
    is_buried: BoolArray

    def __len__(self) -> int:
        return len(self.areas_a2)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PlacedSide:
    """
    The atoms of one side that matter at an interface, in an order of their own.

    Attributes
    ----------
    atoms : ndarray, shape=(5, n)
        Columns of coordinates, radius and expanded radius in Å.
    near : ndarray, shape=(n,), dtype=bool
        Atoms close enough to the partner to get dots.
    rows : ndarray, shape=(n,), dtype=int
        Their rows in the arrays they came from.
    focus : ndarray, shape=(3,)
        Mean position in Å of the atoms that get dots. On each circle dots are counted from the
        direction of this point, so that they turn with the molecule.
    """

    atoms: FloatArray
    near: BoolArray
    rows: IndexArray
    focus: FloatArray


def dot_surface(
    coords: npt.ArrayLike,
    radii: npt.ArrayLike,
    *,
    probe_radius_a: float,
    density_per_a2: float,
    focus: FloatArray | None = None,
) -> DotSurface:
    """
    Cover the whole molecular surface of a group of atoms with dots, none of them buried.

    With the `focus` of a `PlacedSide` they are the same dots as at that interface.

    References
    ----------
    Connolly, M. L. Solvent-accessible surfaces of proteins and nucleic acids.
    Science 221:709 (1983).

    Examples
    --------
    A sphere of 2 Å has 4 pi r² = 50.3 Å²:

    >>> dots = dot_surface([[0, 0, 0]], [2.0], probe_radius_a=1.7, density_per_a2=1000)
    >>> float(dots.areas_a2.sum().round())
    50.0
    """
    atoms = checked_coordinates(coords)
    sizes = checked_radii(radii, len(atoms))
    _check_positive(probe_radius_a, density_per_a2)
    everything, nothing = np.arange(len(atoms)), np.arange(0)
    near, probe = np.ones(len(atoms), np.bool_), float(probe_radius_a)
    side = _placed(atoms, sizes, near, everything, probe)
    if focus is not None:
        side = replace(side, focus=focus)
    nobody = _placed(atoms, sizes, near, nothing, probe)
    return _as_surface(side_columns(side, nobody, probe_radius_a, density_per_a2), side)


def interface_surfaces(
    coords_1: npt.ArrayLike,
    radii_1: npt.ArrayLike,
    coords_2: npt.ArrayLike,
    radii_2: npt.ArrayLike,
    *,
    probe_radius_a: float,
    density_per_a2: float,
    separation_a: float,
) -> tuple[DotSurface, DotSurface]:
    """
    Cover the molecular surfaces of two groups of atoms with dots where they are near each other.

    Atoms get dots if the partner is within `separation_a`. The order of the atoms changes
    nothing but `atom_index`.
    """
    side_1, side_2 = placed_sides(
        coords_1,
        radii_1,
        coords_2,
        radii_2,
        probe_radius_a=probe_radius_a,
        separation_a=separation_a,
    )
    dots_1 = side_columns(side_1, side_2, probe_radius_a, density_per_a2)
    dots_2 = side_columns(side_2, side_1, probe_radius_a, density_per_a2)
    return _as_surface(dots_1, side_1), _as_surface(dots_2, side_2)


def placed_sides(
    coords_1: npt.ArrayLike,
    radii_1: npt.ArrayLike,
    coords_2: npt.ArrayLike,
    radii_2: npt.ArrayLike,
    *,
    probe_radius_a: float,
    separation_a: float,
    layout: int = 0,
) -> tuple[PlacedSide, PlacedSide]:
    """
    Check two groups of atoms and pick those that matter where they meet.

    These are the atoms within `separation_a` of the partner, and all that can touch a probe that
    touches one of them; none if the two groups are farther apart. Another `layout` takes other
    points for the focus, and so lays other dots, as good as the first.
    """
    atoms_1 = read_only(checked_coordinates(coords_1, name="coords_1"))
    atoms_2 = read_only(checked_coordinates(coords_2, name="coords_2"))
    sizes_1 = checked_radii(radii_1, len(atoms_1), name="radii_1")
    sizes_2 = checked_radii(radii_2, len(atoms_2), name="radii_2")
    for atoms, name in ((atoms_1, "coords_1"), (atoms_2, "coords_2")):
        if not len(atoms):
            raise ParameterError(
                f"{name} holds no atoms; give both sides of the interface."
            )
    _check_positive(probe_radius_a, separation_a)
    probe, separation = float(probe_radius_a), float(separation_a)
    near_1 = near_any(atoms_1, atoms_2, separation)
    near_2 = near_any(atoms_2, read_only(atoms_1[near_1]), separation)
    core = read_only(np.concatenate((atoms_1[near_1], atoms_2[near_2])))
    # The largest distance between two atoms that one probe touches.
    bridge = 2.0 * (max(float(sizes_1.max()), float(sizes_2.max())) + probe)
    kept_1 = np.flatnonzero(near_any(atoms_1, core, bridge))
    kept_2 = np.flatnonzero(near_any(atoms_2, core, bridge))
    return (
        _placed(atoms_1, sizes_1, near_1, kept_1, probe, layout),
        _placed(atoms_2, sizes_2, near_2, kept_2, probe, layout),
    )


def _placed(
    coords: FloatArray,
    radii: FloatArray,
    near: BoolArray,
    rows: IndexArray,
    probe: float,
    layout: int = 0,
) -> PlacedSide:
    # Sorted by x, then y, z and radius: no result may depend on the order in a file.
    x, y, z = coords[rows].T
    order = rows[np.lexsort((radii[rows], z, y, x))]
    atoms = np.empty((ATOM_ROWS, len(order)))
    atoms[:RADIUS] = coords[order].T
    atoms[RADIUS] = radii[order]
    # In a lattice four atoms can touch one probe; which three count must not be left to
    # rounding, so that the concave patches fit together.
    atoms[REACH] = atoms[RADIUS] + probe + TIE_BREAK_A * _scrambled(len(order))
    is_near = near[order]
    focus = _focus(atoms[:RADIUS, is_near].T, layout)
    return PlacedSide(atoms=atoms, near=is_near, rows=order, focus=focus)


def _focus(points: FloatArray, layout: int) -> FloatArray:
    """Return the mean of some points, or for another layout its mirror image in one of them."""
    mean: FloatArray = points.sum(axis=0) / max(1, len(points))
    if layout == 0 or not len(points):
        return mean
    # By distance from the mean, so that the choice turns with the molecule.
    order = np.argsort(((points - mean) ** 2).sum(axis=1), kind="stable")
    rank = int(layout * GOLDEN_SECTION % 1.0 * len(points))
    mirrored: FloatArray = 2.0 * points[order[rank]] - mean
    return mirrored


def _scrambled(n: int) -> FloatArray:
    """Turn ranks into numbers between 0 and 1 that no sum of ranks repeats (a 64-bit hash)."""
    bits = np.arange(1, n + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    bits = (bits ^ (bits >> np.uint64(32))) * np.uint64(0xD6E8FEB86659FD93)
    bits ^= bits >> np.uint64(32)
    fractions: FloatArray = (bits >> np.uint64(11)) / 2.0**53
    return fractions


def side_columns(
    side: PlacedSide, partner: PlacedSide, probe_radius_a: float, density_per_a2: float
) -> Columns:
    """
    Compute the dots of one side beside its partner, as columns of `patches`, and count them.

    The probe radius is that they were placed with. Atoms of the side that coincide are a
    `CoordinateError`.
    """
    if not len(side.rows):
        return np.empty((DOT_ROWS, 0)), 0
    probe, density = float(probe_radius_a), float(density_per_a2)
    atoms, focus = read_only(side.atoms), read_only(side.focus)
    clash, columns, n_dots, probes, n_probes = surface_columns(
        atoms, read_only(side.near), read_only(partner.atoms), focus, probe, density
    )
    if clash >= 0:
        raise CoordinateError(
            f"atom {side.rows[clash]} lies within 0.01 Å of another of its side; "
            "keep one of the alternate locations or copies."
        )
    low = np.flatnonzero(probes[HEIGHT, :n_probes] < probe)
    by_x = low[np.argsort(probes[0, low], kind="stable")]
    dots: Columns = fill_concave(
        columns, n_dots, atoms, probes, n_probes, by_x, focus, probe, density
    )
    return dots


def _as_surface(dots: Columns, side: PlacedSide) -> DotSurface:
    columns = dots[0][:, : dots[1]]
    return DotSurface(
        positions_a=np.ascontiguousarray(columns[:3].T),
        normals=np.ascontiguousarray(columns[NORMAL_X : NORMAL_Z + 1].T),
        areas_a2=columns[AREA].copy(),
        atom_index=side.rows[columns[ATOM].astype(np.int64)],
        kind=columns[KIND].astype(np.int64),
        is_buried=columns[BURIED] > 0.0,
    )


def _check_positive(*values: float) -> None:
    for value in values:
        if not (math.isfinite(value) and value > 0.0):
            raise ParameterError(
                f"probe radius, density and separation must be positive numbers, not {value}."
            )


@kernel(**ALLOCATING)
def surface_columns(
    atoms: FloatArray,
    near: BoolArray,
    partner: FloatArray,
    focus: FloatArray,
    probe: float,
    density: float,
) -> tuple[int, FloatArray, int, FloatArray, int]:
    """
    Dots on all near atoms, as the columns that `surface.patches` describes.

    Returns the first atom that coincides with another, -1 if none does; the array of columns
    and how many of them are dots; the array of probes and how many of them are in use. The dots
    under probes that touch three atoms are left to `fill_concave`.
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
    buffers = new_buffers(longest, most)
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
            # Away from the nearest neighbour; the angle from there to its cap.
            apart = math.sqrt(caps[D2, nearest])
            pole = (
                -caps[DX, nearest] / apart,
                -caps[DY, nearest] / apart,
                -caps[DZ, nearest] / apart,
            )
            cosine = -caps[Q, nearest] / (apart * reach)
            polar = math.acos(max(-1.0, min(1.0, cosine)))
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
            # Positions of the probe around a full circle, by the mean radius of the patch.
            contact = (
                atoms[RADIUS, i] / reach + atoms[RADIUS, other] / atoms[REACH, other]
            )
            mean_radius = 0.25 * rim * contact + 0.5 * max(rim - probe, 0.0)
            around = sample_count(2.0 * math.pi, mean_radius, root)
            if around == 0:
                continue
            if used + around * longest > dots.shape[1]:
                dots = enlarged(dots, used, around * longest)
            n_halves = 2 if near[other] else 1
            used = add_toroidal(
                dots, used, atoms, (i, other), n_halves, axis, (height, rim, distance), around,
                (n_free, origin), n_over, probe, root, focus, buffers,
            )  # fmt: skip
        if accessible[i]:
            more = int(4.0 * math.pi * atoms[RADIUS, i] ** 2 * density) + longest
            if used + more > dots.shape[1]:
                dots = enlarged(dots, used, more)
            used = add_convex(
                dots,
                used,
                atoms,
                i,
                pole,
                polar,
                root,
                caps,
                count,
                n_over,
                focus,
                buffers,
            )
    return -1, dots, used, probes, n_probes


@kernel(**ALLOCATING)
def fill_concave(
    dots: FloatArray,
    used: int,
    atoms: FloatArray,
    probes: FloatArray,
    n_probes: int,
    order: IndexArray,
    focus: FloatArray,
    probe: float,
    density: float,
) -> tuple[FloatArray, int]:
    """
    Append the concave dots under all probes; `order` lists the low ones by x.

    Where a low probe, less than its radius above the plane of its atoms, dips into another
    low one of the same side, the surface between them is inside a probe and has no dots.
    """
    root_density = math.sqrt(density)
    buffers = new_buffers(
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
            dots, used, atoms, probes, p, probe, root_density, low, n_low, walls, walls_projected, focus, buffers
        )  # fmt: skip
    return dots, used


@part(**LEAN)
def _longest_circle(reach: float, root_density: float) -> int:
    return int(2.0 * math.pi * reach * root_density) + 2 * BLOCK
