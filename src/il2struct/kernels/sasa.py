"""
Solvent-accessible areas of atoms, and how much of them a partner covers (Lee & Richards).

Two engines give the same numbers to rounding: freesasa, whose slices are the definition here,
and the compiled kernels of `il2struct.kernels.slices`, which can leave out what does not change.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from il2struct.arrays import FloatArray, checked_coordinates, checked_radii
from il2struct.errors import MissingDependencyError, ParameterError
from il2struct.kernels._numba import read_only
from il2struct.kernels.slices import areas_alone, areas_lost

__all__ = [
    "LEE_RICHARDS_SLICES",
    "WATER_PROBE_RADIUS",
    "BuriedAreas",
    "atom_areas",
    "buried_areas",
    "lee_richards_areas",
]

#: Radius in Å of the sphere that stands for a water molecule (Lee & Richards 1971).
WATER_PROBE_RADIUS: Final = 1.4
#: Slices per atom, the default of freesasa (Mitternacht 2016).
LEE_RICHARDS_SLICES: Final = 20
#: freesasa reserves about 150 bytes for each cell of the box; beyond this many ours is used.
FREESASA_MAX_CELLS: Final = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class BuriedAreas:
    """
    Accessible area that each atom loses when two groups come together.

    Parameters
    ----------
    buried_1_a2 : ndarray, shape=(n1,), dtype=float
        Loss of each atom of the first group in Å², never negative.
    buried_2_a2 : ndarray, shape=(n2,), dtype=float
        Loss of each atom of the second group in Å².
    """

    buried_1_a2: FloatArray
    buried_2_a2: FloatArray


def atom_areas(
    coords: npt.ArrayLike,
    radii: npt.ArrayLike,
    *,
    probe_radius_a: float = WATER_PROBE_RADIUS,
    n_slices: int = LEE_RICHARDS_SLICES,
) -> FloatArray:
    """
    Compute the solvent-accessible area of each atom with freesasa.

    Where freesasa cannot (a box too large for its cells because of a stray atom, two equal
    spheres on one spot), `lee_richards_areas` takes its place.

    Parameters
    ----------
    coords : array_like, shape=(n, 3)
        Positions in Å.
    radii : array_like, shape=(n,)
        Van der Waals radii in Å.
    probe_radius_a : float
        Radius of the solvent in Å.
    n_slices : int
        Slices per atom.

    Returns
    -------
    ndarray, shape=(n,), dtype=float
        Areas in Å².

    Raises
    ------
    ParameterError
        If a shape or a radius is wrong.
    CoordinateError
        If a coordinate is not finite.
    MissingDependencyError
        If freesasa is not installed.

    References
    ----------
    Mitternacht (2016) F1000Research 5:189.
    """
    atoms = checked_coordinates(coords)
    sizes = checked_radii(radii, len(atoms))
    _check_options(probe_radius_a, n_slices)
    if len(atoms) == 0:
        return np.empty(0)
    cell = 2.0 * (float(sizes.max()) + probe_radius_a)
    # Logarithms: the product of three wild extents overflows.
    n_cells_log = np.log(np.ptp(atoms, axis=0) / cell + 2.0).sum()
    areas = np.full(len(atoms), np.nan)
    if n_cells_log <= math.log(FREESASA_MAX_CELLS):
        areas = _freesasa_areas(atoms, sizes, probe_radius_a, n_slices)
    if np.isnan(areas).any():
        return lee_richards_areas(
            atoms, sizes, probe_radius_a=probe_radius_a, n_slices=n_slices
        )
    return areas


def lee_richards_areas(
    coords: npt.ArrayLike,
    radii: npt.ArrayLike,
    *,
    probe_radius_a: float = WATER_PROBE_RADIUS,
    n_slices: int = LEE_RICHARDS_SLICES,
) -> FloatArray:
    """
    Compute the solvent-accessible area of each atom with the compiled kernel.

    The same numbers as `atom_areas` to rounding, several times as fast, and safe with
    stray or coinciding atoms: of two equal spheres on one spot each shows a half.

    Parameters
    ----------
    coords : array_like, shape=(n, 3)
        Positions in Å.
    radii : array_like, shape=(n,)
        Van der Waals radii in Å.
    probe_radius_a : float
        Radius of the solvent in Å.
    n_slices : int
        Slices per atom.

    Returns
    -------
    ndarray, shape=(n,), dtype=float
        Areas in Å².

    Raises
    ------
    ParameterError
        If a shape or a radius is wrong.
    CoordinateError
        If a coordinate is not finite.

    References
    ----------
    Lee & Richards (1971) J Mol Biol 55:379.

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
    areas: FloatArray = areas_alone(
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

    Only atoms whose sphere meets one of the partner's can lose any; only they are computed,
    and only in slices that the partner reaches. The outcome is that of `atom_areas` of each
    group minus `atom_areas` of both together.

    Parameters
    ----------
    coords_1 : array_like, shape=(n1, 3)
        Positions of the first group in Å.
    radii_1 : array_like, shape=(n1,)
        Its van der Waals radii in Å.
    coords_2 : array_like, shape=(n2, 3)
        Positions of the second group in Å.
    radii_2 : array_like, shape=(n2,)
        Its van der Waals radii in Å.
    probe_radius_a : float
        Radius of the solvent in Å.
    n_slices : int
        Slices per atom.

    Returns
    -------
    BuriedAreas
        The loss of each atom of either group.

    Raises
    ------
    ParameterError
        If a shape or a radius is wrong.
    CoordinateError
        If a coordinate is not finite.

    References
    ----------
    Lee & Richards (1971) J Mol Biol 55:379; Mitternacht (2016) F1000Research 5:189.

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
    lost_1, lost_2 = areas_lost(first, expanded_1, second, expanded_2, int(n_slices))
    return BuriedAreas(buried_1_a2=lost_1, buried_2_a2=lost_2)


def _check_options(probe_radius_a: float, n_slices: int) -> None:
    if not (math.isfinite(probe_radius_a) and probe_radius_a >= 0.0):
        raise ParameterError(
            f"probe_radius_a must not be negative or NaN, as {probe_radius_a} is."
        )
    if n_slices < 1:
        raise ParameterError(f"n_slices must be at least 1, not {n_slices}.")


def _freesasa_areas(
    coords: FloatArray, radii: FloatArray, probe_radius_a: float, n_slices: int
) -> FloatArray:
    try:
        import freesasa
    except ImportError as error:
        raise MissingDependencyError(
            "freesasa is needed for atom_areas; install it with: pip install freesasa "
            "(where there is no wheel, this takes a C compiler)"
        ) from error
    options = freesasa.Parameters(
        {
            "algorithm": freesasa.LeeRichards,
            "n-slices": int(n_slices),
            "probe-radius": float(probe_radius_a),
        }
    )
    verbosity = freesasa.getVerbosity()
    freesasa.setVerbosity(freesasa.silent)
    try:
        # Lists: freesasa reads its arguments item by item.
        result = freesasa.calcCoord(coords.ravel().tolist(), radii.tolist(), options)
    finally:
        freesasa.setVerbosity(verbosity)
    return np.array([result.atomArea(i) for i in range(len(coords))])
