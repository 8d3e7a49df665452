"""The same interface again: turned, with denser dots, or with its atoms displaced."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from il2struct.arrays import FloatArray
from il2struct.complementarity.parameters import ComplementarityParameters
from il2struct.complementarity.statistic import shape_complementarity
from il2struct.kernels._numba import n_threads
from il2struct.kernels.surface import placed_sides

#: Atoms are kept if they are this much farther from the interface than those that matter, in
#: Å: displaced atoms never come from outside.
SPARE_A: Final = 3.0
#: Waves that a random displacement field is made of.
N_WAVES: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class InterfaceAtoms:
    """
    The atoms of two sides that an Sc can depend on.

    Attributes
    ----------
    coords_1, coords_2 : ndarray, shape=(n, 3)
        Coordinates in Å.
    radii_1, radii_2 : ndarray, shape=(n,)
        Radii in Å.
    rows_1, rows_2 : ndarray, shape=(n,), dtype=int
        Rows in the arrays they came from, increasing.
    """

    coords_1: FloatArray
    radii_1: FloatArray
    coords_2: FloatArray
    radii_2: FloatArray
    rows_1: npt.NDArray[np.int64]
    rows_2: npt.NDArray[np.int64]

    def score(self, parameters: ComplementarityParameters) -> float:
        """Sc of these atoms."""
        return shape_complementarity(
            self.coords_1,
            self.radii_1,
            self.coords_2,
            self.radii_2,
            parameters=parameters,
        ).sc

    def turned(self, rotation: FloatArray) -> "InterfaceAtoms":
        """Return the atoms in another orientation."""
        return replace(
            self,
            coords_1=self.coords_1 @ rotation.T,
            coords_2=self.coords_2 @ rotation.T,
        )

    def displaced(self, shift_1: FloatArray, shift_2: FloatArray) -> "InterfaceAtoms":
        """Return the atoms moved by these vectors."""
        return replace(
            self, coords_1=self.coords_1 + shift_1, coords_2=self.coords_2 + shift_2
        )


def interface_atoms(
    coords_1: npt.ArrayLike,
    radii_1: npt.ArrayLike,
    coords_2: npt.ArrayLike,
    radii_2: npt.ArrayLike,
    *,
    parameters: ComplementarityParameters,
) -> InterfaceAtoms:
    """
    Pick the atoms near the interface, so that repeated calculations skip the rest.

    Parameters
    ----------
    coords_1, radii_1, coords_2, radii_2
        As for `shape_complementarity`.
    parameters : ComplementarityParameters
        Probe and separation.

    Returns
    -------
    InterfaceAtoms
        At least one atom of each side, also where the sides are apart.

    Raises
    ------
    ParameterError, CoordinateError
        As for `shape_complementarity`.
    """
    sides = placed_sides(
        coords_1,
        radii_1,
        coords_2,
        radii_2,
        probe_radius_a=parameters.probe_radius_a,
        separation_a=parameters.separation_a + SPARE_A,
    )
    rows_1, rows_2 = (
        np.sort(side.rows) if len(side.rows) else np.zeros(1, np.int64)
        for side in sides
    )
    return InterfaceAtoms(
        coords_1=np.asarray(coords_1, dtype=np.float64)[rows_1],
        radii_1=np.asarray(radii_1, dtype=np.float64)[rows_1],
        coords_2=np.asarray(coords_2, dtype=np.float64)[rows_2],
        radii_2=np.asarray(radii_2, dtype=np.float64)[rows_2],
        rows_1=rows_1,
        rows_2=rows_2,
    )


def scores(
    variants: Iterable[InterfaceAtoms], parameters: ComplementarityParameters
) -> FloatArray:
    """
    Compute Sc of several variants, side by side on all cores.

    Parameters
    ----------
    variants : iterable of InterfaceAtoms
    parameters : ComplementarityParameters
        With the density to use.

    Returns
    -------
    ndarray
        In the order of the variants.
    """
    # The kernels let go of the interpreter lock.
    with ThreadPoolExecutor(max_workers=n_threads()) as pool:
        return np.array(list(pool.map(lambda atoms: atoms.score(parameters), variants)))


def random_rotation(generator: np.random.Generator) -> FloatArray:
    """
    Draw a rotation matrix, uniformly (Shoemake, Graphics Gems III, 1992).

    Parameters
    ----------
    generator : numpy.random.Generator
        Source of random numbers.

    Returns
    -------
    ndarray, shape=(3, 3)
    """
    w, x, y, z = _unit(generator.standard_normal(4))
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )


def _unit(vector: FloatArray) -> FloatArray:
    unit: FloatArray = vector / np.sqrt(vector @ vector)
    return unit


def smooth_displacements(
    coords: FloatArray, correlation_length_a: float, generator: np.random.Generator
) -> FloatArray:
    """
    Draw displacements of unit variance that neighbouring atoms share.

    The correlation of two atoms at distance *r* is ``exp(-r / length)``. It is made of random
    waves whose wave vectors follow the transform of that function (Rahimi & Recht, NIPS 2007).

    Parameters
    ----------
    coords : ndarray, shape=(n, 3)
        Coordinates in Å.
    correlation_length_a : float
        Over how many Å atoms move together.
    generator : numpy.random.Generator
        Source of random numbers.

    Returns
    -------
    ndarray, shape=(n, 3)
    """
    scale = correlation_length_a * np.abs(generator.standard_normal((N_WAVES, 1)))
    waves = generator.standard_normal((N_WAVES, 3)) / scale
    phases = coords @ waves.T
    cosine_part = generator.standard_normal((N_WAVES, 3))
    sine_part = generator.standard_normal((N_WAVES, 3))
    field: FloatArray = (
        np.cos(phases) @ cosine_part + np.sin(phases) @ sine_part
    ) / np.sqrt(N_WAVES)
    return field
