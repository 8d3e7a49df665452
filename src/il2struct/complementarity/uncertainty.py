"""How far a shape complementarity can be trusted: sampling, convergence and coordinates."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from il2struct.arrays import FloatArray
from il2struct.complementarity.convergence import (
    ConvergedComplementarity,
    extrapolated,
)
from il2struct.complementarity.parameters import ComplementarityParameters
from il2struct.complementarity.resampling import (
    InterfaceAtoms,
    interface_atoms,
    random_rotation,
    scores,
    smooth_displacements,
)
from il2struct.complementarity.statistic import DEFAULT_PARAMETERS
from il2struct.errors import ParameterError

#: Coordinate error in Å of an average atom, per coordinate, is this times resolution ** 2.5:
#: the precision index from R-free (Cruickshank, Acta Cryst. D55:583, 1999, eq. 31),
#: sqrt(N_atoms / N_obs) R_free d, with N_obs = 2 pi V / 3 d**3, 33 Å³ of crystal per atom
#: (2.5 Å³/Da) and R_free = 0.25. It gives 0.47 Å for 2ERJ, whose header states 0.462 Å.
PRECISION_INDEX_FACTOR: Final = 0.030
#: Restraints leave this much of it: the two copies of each interface of 2ERJ, superposed,
#: differ by 0.12 to 0.28 Å per coordinate and copy, 0.26 to 0.6 of the index.
RESTRAINED_FRACTION: Final = 0.5
#: Errors of atoms of one side are correlated over this many Å: the differences between the
#: copies of 2ERJ follow exp(-r / 4.5 Å) within a side and are independent across.
CORRELATION_LENGTH_A: Final = 4.5
#: Relative error variances by B factor stay within these (error grows with the root of B:
#: Gurusaran et al., IUCrJ 1:74, 2014).
B_RATIO_RANGE: Final = (0.25, 4.0)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CoordinateErrors:
    """
    Standard error of each atom's coordinates, for both sides of an interface.

    Attributes
    ----------
    sigma_1_a, sigma_2_a : ndarray, shape=(n,)
        Per coordinate, in Å.
    """

    sigma_1_a: FloatArray
    sigma_2_a: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ComplementarityUncertainty:
    """
    Error of a shape complementarity, and what it is made of.

    Attributes
    ----------
    sc : float
        The value at the density of the parameters, in the orientation given.
    sc_error : float
        Standard error: root of the sum of the squares of the three below, without those that
        are NaN. NaN if there is no interface.
    sampling_error : float
        Standard deviation over random orientations.
    convergence_error : float
        Distance of `sc` from the limit of dense dots.
    coordinate_error : float
        Standard deviation over displaced coordinates, less what sampling explains. NaN if no
        coordinate errors were given.
    converged : ConvergedComplementarity
        The limit of dense dots.
    """

    sc: float
    sc_error: float
    sampling_error: float
    convergence_error: float
    coordinate_error: float
    converged: ConvergedComplementarity


def coordinate_errors(
    b_iso_1: npt.ArrayLike, b_iso_2: npt.ArrayLike, *, resolution_a: float
) -> CoordinateErrors:
    """
    Estimate how well atoms are placed, from the resolution and their B factors.

    Parameters
    ----------
    b_iso_1, b_iso_2 : array_like, shape=(n,)
        Isotropic displacement parameters of the two sides in Å². Where they are all the same,
        or not given (zero, NaN), every atom gets the average error.
    resolution_a : float
        Resolution of the structure in Å.

    Returns
    -------
    CoordinateErrors

    Raises
    ------
    ParameterError
        If the resolution is not a positive number, as in an NMR entry.

    References
    ----------
    Cruickshank, D. W. J. Remarks about protein structure precision. Acta Cryst. D55:583 (1999).

    Examples
    --------
    >>> errors = coordinate_errors([30.0, 30.0], [30.0], resolution_a=3.0)
    >>> errors.sigma_1_a.round(2).tolist()
    [0.23, 0.23]
    """
    if not (np.isfinite(resolution_a) and resolution_a > 0.0):
        raise ParameterError(
            f"resolution_a must be a positive number in Å, not {resolution_a}; "
            "leave the coordinate error out for structures without a resolution."
        )
    b_1, b_2 = (
        np.asarray(b_iso_1, dtype=np.float64),
        np.asarray(b_iso_2, dtype=np.float64),
    )
    average = RESTRAINED_FRACTION * PRECISION_INDEX_FACTOR * resolution_a**2.5
    both = np.concatenate((b_1, b_2))
    usable = both[np.isfinite(both) & (both > 0.0)]
    mean = float(usable.mean()) if len(usable) else 1.0
    return CoordinateErrors(
        sigma_1_a=average * _relative(b_1, mean),
        sigma_2_a=average * _relative(b_2, mean),
    )


def _relative(b_iso: FloatArray, mean: float) -> FloatArray:
    ratio = np.where(np.isfinite(b_iso) & (b_iso > 0.0), b_iso / mean, 1.0)
    root: FloatArray = np.sqrt(np.clip(ratio, *B_RATIO_RANGE))
    return root


def sc_error(
    coords_1: npt.ArrayLike,
    radii_1: npt.ArrayLike,
    coords_2: npt.ArrayLike,
    radii_2: npt.ArrayLike,
    *,
    coordinates: CoordinateErrors | None = None,
    parameters: ComplementarityParameters = DEFAULT_PARAMETERS,
) -> ComplementarityUncertainty:
    """
    Estimate the error of a shape complementarity.

    Three things add up, as squares: the orientation in which the dots happen to be laid, the
    density of the dots, and the coordinates themselves. For the last, atoms are displaced by
    random fields that neighbours share, each side by its own.

    Parameters
    ----------
    coords_1, radii_1, coords_2, radii_2
        As for `shape_complementarity`.
    coordinates : CoordinateErrors, optional
        From `coordinate_errors`; without them the coordinates count as exact.
    parameters : ComplementarityParameters
        Numbers of repeats and seed among the rest.

    Returns
    -------
    ComplementarityUncertainty
        The same for the same seed.

    Raises
    ------
    ParameterError, CoordinateError
        As for `shape_complementarity`, or if there is not one error per atom.
    """
    atoms = interface_atoms(coords_1, radii_1, coords_2, radii_2, parameters=parameters)
    sc = atoms.score(parameters)
    converged = extrapolated(atoms, parameters)
    sampling = _sampling(atoms, parameters, converged)
    shaken = (
        float("nan")
        if coordinates is None
        else _coordinate_error(
            atoms,
            _checked_sigmas(coordinates, coords_1, coords_2),
            parameters,
            sampling,
        )
    )
    convergence = abs(sc - converged.sc)
    parts = np.array([sampling, convergence, shaken])
    total = float(np.sqrt(np.nansum(parts**2))) if np.isfinite(sc) else float("nan")
    return ComplementarityUncertainty(
        sc=sc,
        sc_error=total,
        sampling_error=sampling,
        convergence_error=convergence,
        coordinate_error=shaken,
        converged=converged,
    )


def _sampling(
    atoms: InterfaceAtoms,
    parameters: ComplementarityParameters,
    converged: ConvergedComplementarity,
) -> float:
    """Spread over orientations at the chosen density, computed anew unless it is known."""
    known = np.flatnonzero(converged.densities_per_a2 == parameters.dot_density_per_a2)
    if len(known) and converged.n_orientations[known[0]] == parameters.n_rotations:
        return float(converged.spread_at_density[known[0]])
    generator = np.random.default_rng(parameters.seed)
    rotations = [random_rotation(generator) for _ in range(parameters.n_rotations)]
    turned = [atoms.turned(rotation) for rotation in rotations]
    return float(scores(turned, parameters).std(ddof=1))


def _checked_sigmas(
    errors: CoordinateErrors, coords_1: npt.ArrayLike, coords_2: npt.ArrayLike
) -> CoordinateErrors:
    for sigma, coords, name in (
        (errors.sigma_1_a, coords_1, "sigma_1_a"),
        (errors.sigma_2_a, coords_2, "sigma_2_a"),
    ):
        if np.shape(sigma) != np.shape(coords)[:1]:
            raise ParameterError(
                f"{name} must hold one error for each of the {np.shape(coords)[0]} atoms."
            )
        if not (np.isfinite(sigma) & (np.asarray(sigma) >= 0.0)).all():
            raise ParameterError(
                f"{name} must hold numbers in Å, none of them negative."
            )
    return errors


def _coordinate_error(
    atoms: InterfaceAtoms,
    errors: CoordinateErrors,
    parameters: ComplementarityParameters,
    sampling: float,
) -> float:
    """Spread of Sc over displaced coordinates beyond that of the sampling."""
    sigma_1 = errors.sigma_1_a[atoms.rows_1][:, None]
    sigma_2 = errors.sigma_2_a[atoms.rows_2][:, None]
    generator = np.random.default_rng([parameters.seed, 1])
    variants = []
    for _ in range(parameters.n_jitter):
        shift_1 = sigma_1 * smooth_displacements(
            atoms.coords_1, CORRELATION_LENGTH_A, generator
        )
        shift_2 = sigma_2 * smooth_displacements(
            atoms.coords_2, CORRELATION_LENGTH_A, generator
        )
        variants.append(atoms.displaced(shift_1, shift_2))
    variance = float(scores(variants, parameters).var(ddof=1)) - sampling**2
    return float(np.sqrt(max(variance, 0.0))) if np.isfinite(variance) else float("nan")
