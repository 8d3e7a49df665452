"""The limit of dense dots: what Sc would be if the surfaces were sampled without end."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from il2struct.arrays import FloatArray
from il2struct.complementarity.parameters import ComplementarityParameters
from il2struct.complementarity.resampling import (
    InterfaceAtoms,
    interface_atoms,
    random_rotation,
    scores,
)
from il2struct.complementarity.statistic import DEFAULT_PARAMETERS

#: Sc approaches its limit between the inverse square root of the density (the edge of the
#: trimmed area) and its inverse (the distance to the nearest dot): both are fitted.
APPROACH_POWERS: Final = (0.5, 1.0)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ConvergedComplementarity:
    """
    Sc extrapolated to dense dots.

    Attributes
    ----------
    sc : float
        The limit; NaN if there is no interface.
    error : float
        Standard error: half the difference between the two ways to extrapolate and the noise
        of the points, together.
    densities_per_a2 : ndarray, shape=(k,)
        Densities used, in dots per Å².
    sc_at_density : ndarray, shape=(k,)
        Mean Sc at each, over orientations.
    spread_at_density : ndarray, shape=(k,)
        Standard deviation over orientations.
    n_orientations : ndarray, shape=(k,), dtype=int
        How many orientations each mean has.
    """

    sc: float
    error: float
    densities_per_a2: FloatArray
    sc_at_density: FloatArray
    spread_at_density: FloatArray
    n_orientations: npt.NDArray[np.int64]


def sc_converged(
    coords_1: npt.ArrayLike,
    radii_1: npt.ArrayLike,
    coords_2: npt.ArrayLike,
    radii_2: npt.ArrayLike,
    *,
    parameters: ComplementarityParameters = DEFAULT_PARAMETERS,
) -> ConvergedComplementarity:
    """
    Extrapolate Sc to infinitely dense dots.

    At the classical 15 dots/Å² the statistic is low by 0.01 to 0.03 and depends a little on
    orientation. Values in papers have that density: compare with them by `shape_complementarity`.

    Parameters
    ----------
    coords_1, radii_1, coords_2, radii_2
        As for `shape_complementarity`.
    parameters : ComplementarityParameters
        Densities, number of orientations and seed among the rest.

    Returns
    -------
    ConvergedComplementarity
        The same for the same seed.

    Raises
    ------
    ParameterError, CoordinateError
        As for `shape_complementarity`.
    """
    atoms = interface_atoms(coords_1, radii_1, coords_2, radii_2, parameters=parameters)
    return extrapolated(atoms, parameters)


def extrapolated(
    atoms: InterfaceAtoms, parameters: ComplementarityParameters
) -> ConvergedComplementarity:
    """
    Do the work of `sc_converged` for atoms picked before.

    Parameters
    ----------
    atoms : InterfaceAtoms
        From `interface_atoms`.
    parameters : ComplementarityParameters
        As for `sc_converged`.

    Returns
    -------
    ConvergedComplementarity
    """
    densities = np.sort(np.unique(parameters.convergence_densities_per_a2))
    generator = np.random.default_rng(parameters.seed)
    rotations = [random_rotation(generator) for _ in range(parameters.n_rotations)]
    means, spreads, counts = [], [], []
    for density in densities:
        # Denser dots cost more and scatter less: the work at each density stays alike.
        count = max(2, round(len(rotations) * float(np.sqrt(densities[0] / density))))
        values = scores(
            [atoms.turned(rotation) for rotation in rotations[:count]],
            replace(parameters, dot_density_per_a2=float(density)),
        )
        means.append(values.mean())
        spreads.append(values.std(ddof=1))
        counts.append(count)
    sc_at_density, spread = np.array(means), np.array(spreads)
    n_orientations = np.array(counts)
    limit, error = _limit(densities, sc_at_density, spread / np.sqrt(n_orientations))
    return ConvergedComplementarity(
        sc=limit,
        error=error,
        densities_per_a2=densities,
        sc_at_density=sc_at_density,
        spread_at_density=spread,
        n_orientations=n_orientations,
    )


def _limit(
    densities: FloatArray, values: FloatArray, errors: FloatArray
) -> tuple[float, float]:
    """Fit straight lines in powers of 1 / density; return the mean intercept and its error."""
    if not np.isfinite(values).all():
        return float("nan"), float("nan")
    limits, noises = [], []
    for power in APPROACH_POWERS:
        # Every point has a weight: a line through three points has few to spare.
        design = np.column_stack((np.ones_like(densities), densities**-power))
        to_limit = np.linalg.pinv(design)[0]
        limits.append(float(to_limit @ values))
        noises.append(float(np.sqrt(to_limit**2 @ errors**2)))
    limit, disagreement = float(np.mean(limits)), 0.5 * abs(limits[0] - limits[1])
    return limit, float(np.hypot(disagreement, np.mean(noises)))
