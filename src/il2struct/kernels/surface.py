"""
Connolly's molecular dot surface: points, normals and areas of what a probe sphere can touch.

Doubtful only in one respect: where two hollows intersect, dots are dropped as the
Lawrence-Colman program drops them, which leaves a narrow gap or overlap at some seams.
"""

import math
from dataclasses import dataclass
from typing import TypeAlias

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
from il2struct.kernels._numba import read_only
from il2struct.kernels.surface_atoms import ATOM_ROWS, crop, place
from il2struct.kernels.surface_columns import fill_hollows, surface_columns
from il2struct.kernels.surface_hollows import HEIGHT
from il2struct.kernels.surface_patches import (
    AREA,
    ATOM,
    BURIED,
    CONCAVE,
    CONVEX,
    DOT_ROWS,
    KIND,
    NORMAL_X,
    NORMAL_Z,
    SADDLE,
)

__all__ = [
    "CONCAVE",
    "CONVEX",
    "SADDLE",
    "DotSurface",
    "PlacedSide",
    "dot_surface",
    "interface_surfaces",
    "placed_sides",
    "side_columns",
]


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
        `CONVEX`, `SADDLE` or `CONCAVE`.
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
    """

    atoms: FloatArray
    near: BoolArray
    rows: IndexArray


def dot_surface(
    coords: npt.ArrayLike,
    radii: npt.ArrayLike,
    *,
    probe_radius_a: float,
    density_per_a2: float,
) -> DotSurface:
    """
    Cover the whole molecular surface of a group of atoms with dots.

    Parameters
    ----------
    coords : array_like, shape=(n, 3)
        Coordinates in Å.
    radii : array_like, shape=(n,)
        Atomic radii in Å.
    probe_radius_a : float
        Radius of the probe sphere in Å.
    density_per_a2 : float
        Dots per Å².

    Returns
    -------
    DotSurface
        With `is_buried` false throughout.

    Raises
    ------
    ParameterError
        If a shape, a radius or a number is wrong.
    CoordinateError
        If a coordinate is not finite, or two atoms coincide.

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
    atoms = read_only(checked_coordinates(coords))
    checked = read_only(checked_radii(radii, len(atoms)))
    _check_numbers(probe_radius_a, density_per_a2)
    rows = np.arange(len(atoms))
    columns, near, order = place(
        atoms,
        checked,
        read_only(np.ones(len(atoms), np.bool_)),
        read_only(rows),
        float(probe_radius_a),
    )
    side = PlacedSide(atoms=columns, near=near, rows=order)
    empty = PlacedSide(
        atoms=np.empty((ATOM_ROWS, 0)),
        near=np.empty(0, np.bool_),
        rows=np.empty(0, np.int64),
    )
    if not len(atoms):
        return as_surface((np.empty((DOT_ROWS, 0)), 0), empty)
    return as_surface(side_columns(side, empty, probe_radius_a, density_per_a2), side)


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

    Parameters
    ----------
    coords_1, coords_2 : array_like, shape=(n, 3)
        Coordinates of the two sides in Å.
    radii_1, radii_2 : array_like, shape=(n,)
        Their atomic radii in Å.
    probe_radius_a : float
        Radius of the probe sphere in Å.
    density_per_a2 : float
        Dots per Å².
    separation_a : float
        Atoms get dots if the partner is within this distance in Å.

    Returns
    -------
    tuple of DotSurface
        Sides 1 and 2. The result does not depend on the order of the atoms, except that
        `atom_index` follows it.

    Raises
    ------
    ParameterError
        If a shape, a radius or a number is wrong, or a side has no atoms.
    CoordinateError
        If a coordinate is not finite, or two atoms of a side coincide at the interface.
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
    return as_surface(dots_1, side_1), as_surface(dots_2, side_2)


def placed_sides(
    coords_1: npt.ArrayLike,
    radii_1: npt.ArrayLike,
    coords_2: npt.ArrayLike,
    radii_2: npt.ArrayLike,
    *,
    probe_radius_a: float,
    separation_a: float,
) -> tuple[PlacedSide, PlacedSide]:
    """
    Check two groups of atoms and pick those that matter where they meet.

    Parameters
    ----------
    coords_1, radii_1, coords_2, radii_2, probe_radius_a, separation_a
        As for `interface_surfaces`.

    Returns
    -------
    tuple of PlacedSide
        Sides without atoms if the two are farther apart than the separation.

    Raises
    ------
    ParameterError, CoordinateError
        As for `interface_surfaces`.
    """
    atoms_1 = read_only(checked_coordinates(coords_1, name="coords_1"))
    atoms_2 = read_only(checked_coordinates(coords_2, name="coords_2"))
    sizes_1 = read_only(checked_radii(radii_1, len(atoms_1), name="radii_1"))
    sizes_2 = read_only(checked_radii(radii_2, len(atoms_2), name="radii_2"))
    for atoms, name in ((atoms_1, "coords_1"), (atoms_2, "coords_2")):
        if not len(atoms):
            raise ParameterError(
                f"{name} holds no atoms; give both sides of the interface."
            )
    _check_numbers(probe_radius_a, separation_a)
    probe = float(probe_radius_a)
    bridge = 2.0 * (max(float(sizes_1.max()), float(sizes_2.max())) + probe)
    near_1, near_2, kept_1, kept_2 = crop(atoms_1, atoms_2, float(separation_a), bridge)
    return (
        _placed(atoms_1, sizes_1, near_1, kept_1, probe),
        _placed(atoms_2, sizes_2, near_2, kept_2, probe),
    )


def _placed(
    coords: FloatArray,
    radii: FloatArray,
    near: BoolArray,
    kept: IndexArray,
    probe: float,
) -> PlacedSide:
    atoms, is_near, rows = place(coords, radii, read_only(near), read_only(kept), probe)
    return PlacedSide(atoms=atoms, near=is_near, rows=rows)


def side_columns(
    side: PlacedSide, partner: PlacedSide, probe_radius_a: float, density_per_a2: float
) -> Columns:
    """
    Compute the dots of one side beside its partner, as columns of `surface_patches`.

    Parameters
    ----------
    side, partner : PlacedSide
        From `placed_sides`.
    probe_radius_a : float
        The radius they were placed with, in Å.
    density_per_a2 : float
        Dots per Å².

    Returns
    -------
    tuple
        Array of columns, and how many of them are dots.

    Raises
    ------
    CoordinateError
        If two atoms of the side coincide.
    """
    if not len(side.rows):
        return np.empty((DOT_ROWS, 0)), 0
    probe, density = float(probe_radius_a), float(density_per_a2)
    atoms = read_only(side.atoms)
    clash, columns, n_dots, probes, n_probes = surface_columns(
        atoms, read_only(side.near), read_only(partner.atoms), probe, density
    )
    if clash >= 0:
        raise CoordinateError(
            f"atom {side.rows[clash]} lies within 0.01 Å of another of its side; "
            "keep one of the alternate locations or copies."
        )
    low = np.flatnonzero(probes[HEIGHT, :n_probes] < probe)
    by_x = low[np.argsort(probes[0, low], kind="stable")]
    dots: Columns = fill_hollows(
        columns, n_dots, atoms, probes, n_probes, by_x, probe, density
    )
    return dots


def as_surface(dots: Columns, side: PlacedSide) -> DotSurface:
    """
    Name the columns of a side's dots.

    Parameters
    ----------
    dots : tuple
        From `side_columns`.
    side : PlacedSide
        The side they belong to.

    Returns
    -------
    DotSurface
    """
    columns = dots[0][:, : dots[1]]
    return DotSurface(
        positions_a=np.ascontiguousarray(columns[:3].T),
        normals=np.ascontiguousarray(columns[NORMAL_X : NORMAL_Z + 1].T),
        areas_a2=columns[AREA].copy(),
        atom_index=side.rows[columns[ATOM].astype(np.int64)],
        kind=columns[KIND].astype(np.int64),
        is_buried=columns[BURIED] > 0.0,
    )


def _check_numbers(probe_radius_a: float, other: float) -> None:
    for value in (probe_radius_a, other):
        if not (math.isfinite(value) and value > 0.0):
            raise ParameterError(
                f"probe radius, density and separation must be positive numbers, not {value}."
            )
