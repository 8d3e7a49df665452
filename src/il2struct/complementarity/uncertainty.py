"""
How far a shape complementarity can be trusted: sampling, density of the dots and coordinates.

The same interface is measured again: with dots laid elsewhere, with denser dots, or with its atoms
displaced.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from typing import Final

import numpy as np
import numpy.typing as npt

from il2struct.arrays import FloatArray, IndexArray
from il2struct.complementarity import statistic
from il2struct.errors import ParameterError
from il2struct.kernels._numba import n_threads
from il2struct.kernels.surface import placed_sides

#: Atoms are kept if they are this much farther from the interface than those that matter, in
#: Å: displaced atoms never come from outside.
SPARE_A: Final = 3.0
#: Waves that a random displacement field is made of.
N_WAVES: Final = 64
#: Sc approaches its limit with this power of the density: between 2/3, with which the open dots
#: nearest to the round edge of the trimmed area are found, and 1, with which the nearest dot comes
#: nearer. Measured on lattice contacts at 960 dots/Å² (docs/complementarity.md).
APPROACH_POWER: Final = 0.75
#: It could be any of these, from the edge of a rough area to the distance of the nearest dot.
POWER_RANGE: Final = (0.5, 1.0)
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
    """Standard error of each atom's position, per coordinate in Å, for both sides."""

    sigma_1_a: FloatArray
    sigma_2_a: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ConvergedComplementarity:
    """Sc extrapolated to dense dots."""

    #: The limit; NaN if there is no interface.
    sc: float
    #: Standard error: half the difference between the slowest and the fastest approach that are
    #: likely, and the noise of the points, together.
    error: float
    #: Densities used, in dots per Å².
    densities_per_a2: FloatArray
    #: Mean Sc at each, over layouts of the dots; its medians go by area, not by dots.
    sc_at_density: FloatArray
    #: Standard deviation over layouts.
    spread_at_density: FloatArray
    #: How many layouts each mean has.
    n_layouts: IndexArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ComplementarityUncertainty:
    """Error of a shape complementarity, and what it is made of."""

    #: The value at the density and in the layout of the parameters.
    sc: float
    #: Standard error at this density: root of the sum of the squares of the two below, without what
    #: is NaN. NaN if there is no interface. The distance to the limit of dense dots, a shift of the
    #: same kind for all interfaces, is no part of it.
    sc_error: float
    #: Standard deviation over layouts of the dots.
    sampling_error: float
    #: Standard deviation over displaced coordinates, less what sampling explains. NaN if no
    #: coordinate errors were given.
    coordinate_error: float
    #: The limit of dense dots.
    converged: ConvergedComplementarity


def coordinate_errors(
    b_iso_1: npt.ArrayLike, b_iso_2: npt.ArrayLike, *, resolution_a: float
) -> CoordinateErrors:
    """
    Estimate how well atoms are placed, from the resolution and the B factors (Å²) of two sides.

    Where these are all the same, or not given (zero, NaN), every atom gets the average error.
    A structure without a resolution, as from NMR, is a `ParameterError`.

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
    sides = [np.asarray(b_iso, dtype=np.float64) for b_iso in (b_iso_1, b_iso_2)]
    is_given = [np.isfinite(b_iso) & (b_iso > 0.0) for b_iso in sides]
    given = np.concatenate(sides)[np.concatenate(is_given)]
    mean = float(given.mean()) if len(given) else 1.0
    average = RESTRAINED_FRACTION * PRECISION_INDEX_FACTOR * resolution_a**2.5
    sigma_1, sigma_2 = (
        average * np.sqrt(np.clip(np.where(known, b_iso / mean, 1.0), *B_RATIO_RANGE))
        for b_iso, known in zip(sides, is_given, strict=True)
    )
    return CoordinateErrors(sigma_1_a=sigma_1, sigma_2_a=sigma_2)


def sc_converged(
    coords_1: npt.ArrayLike,
    radii_1: npt.ArrayLike,
    coords_2: npt.ArrayLike,
    radii_2: npt.ArrayLike,
    *,
    parameters: statistic.ComplementarityParameters = statistic.DEFAULT_PARAMETERS,
) -> ConvergedComplementarity:
    """
    Extrapolate Sc to infinitely dense dots; arguments as for `shape_complementarity`.

    At the classical 15 dots/Å² the statistic is low by 0.01 to 0.03 and depends a little on where
    the dots lie. Values in papers have that density: compare with them by `shape_complementarity`.
    """
    atoms = interface_atoms((coords_1, radii_1, coords_2, radii_2), parameters)
    dense = _dense_layouts(parameters)
    return _extrapolated(
        dense, side_by_side(partial(_by_area, atoms.pair, each) for each in dense)
    )


def sc_error(
    coords_1: npt.ArrayLike,
    radii_1: npt.ArrayLike,
    coords_2: npt.ArrayLike,
    radii_2: npt.ArrayLike,
    *,
    coordinates: CoordinateErrors | None = None,
    parameters: statistic.ComplementarityParameters = statistic.DEFAULT_PARAMETERS,
) -> ComplementarityUncertainty:
    """
    Estimate the error of a shape complementarity; arguments as for `shape_complementarity`.

    Two things add up, as squares: the way in which the dots happen to be laid, and the
    coordinates themselves. For these, atoms are displaced by random fields that neighbours share,
    each side by its own; without `coordinates` they count as exact. The same seed gives the same
    error.
    """
    atoms = interface_atoms((coords_1, radii_1, coords_2, radii_2), parameters)
    if coordinates is not None:
        _check_sigma("sigma_1_a", coordinates.sigma_1_a, len(np.asarray(coords_1)))
        _check_sigma("sigma_2_a", coordinates.sigma_2_a, len(np.asarray(coords_2)))
    moved: Iterable[statistic.Pair] = ()
    if coordinates is not None:
        moved = _displaced_pairs(atoms, coordinates, parameters)
    # All at once and the longest first: no core waits for the others.
    dense, layouts = _dense_layouts(parameters), _layouts(parameters)
    found = side_by_side(
        chain(
            (partial(_by_area, atoms.pair, each) for each in dense),
            (partial(_by_dots, atoms.pair, each) for each in (*layouts, parameters)),
            (partial(_by_dots, pair, parameters) for pair in moved),
        )
    )
    by_area, by_layout, (sc,), by_coordinates = np.split(
        found, np.cumsum([len(dense), len(layouts), 1])
    )
    converged = _extrapolated(dense, by_area)
    sampling = float(by_layout.std(ddof=1))
    coordinate = float("nan")
    if coordinates is not None:
        # What is beyond the spread over layouts.
        variance = float(by_coordinates.var(ddof=1)) - sampling**2
        if np.isfinite(variance):
            coordinate = float(np.sqrt(max(variance, 0.0)))
    parts = np.array([sampling, coordinate])
    total = float(np.sqrt(np.nansum(parts**2))) if np.isfinite(sc) else float("nan")
    return ComplementarityUncertainty(
        sc=float(sc),
        sc_error=total,
        sampling_error=sampling,
        coordinate_error=coordinate,
        converged=converged,
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class InterfaceAtoms:
    """The atoms of two sides that an Sc can depend on, and their rows in the arrays given."""

    coords: tuple[FloatArray, FloatArray]
    radii: tuple[FloatArray, FloatArray]
    rows: tuple[IndexArray, IndexArray]

    @property
    def pair(self) -> statistic.Pair:
        """What `shape_complementarity` takes."""
        return self.coords[0], self.radii[0], self.coords[1], self.radii[1]

    def displaced(self, shift_1: FloatArray, shift_2: FloatArray) -> "InterfaceAtoms":
        """Return the atoms moved by these vectors."""
        first, second = self.coords
        return replace(self, coords=(first + shift_1, second + shift_2))


def interface_atoms(
    pair: statistic.Pair, parameters: statistic.ComplementarityParameters
) -> InterfaceAtoms:
    """
    Pick the atoms near the interface, so that repeated calculations skip the rest.

    At least one of each side, also where the sides are apart.
    """
    sides = placed_sides(
        *pair,
        probe_radius_a=parameters.probe_radius_a,
        separation_a=parameters.separation_a + SPARE_A,
    )
    rows_1, rows_2 = (
        np.sort(side.rows) if len(side.rows) else np.zeros(1, np.int64)
        for side in sides
    )
    coords_1, radii_1, coords_2, radii_2 = (
        np.asarray(values, dtype=np.float64)[rows]
        for values, rows in zip(pair, (rows_1, rows_1, rows_2, rows_2), strict=True)
    )
    return InterfaceAtoms(
        coords=(coords_1, coords_2), radii=(radii_1, radii_2), rows=(rows_1, rows_2)
    )


def side_by_side(works: Iterable[Callable[[], float]]) -> FloatArray:
    """Do some work on all cores, since the kernels let go of the interpreter lock; results in order."""
    with ThreadPoolExecutor(max_workers=n_threads()) as pool:
        return np.array(list(pool.map(lambda work: work(), works)))


def _by_dots(
    pair: statistic.Pair, parameters: statistic.ComplementarityParameters
) -> float:
    return statistic.shape_complementarity(*pair, parameters=parameters).sc


def _by_area(
    pair: statistic.Pair, parameters: statistic.ComplementarityParameters
) -> float:
    """
    Sc from medians over the area in place of those over the dots.

    They are the same in the limit; on narrow patches dots stand for more or less area than elsewhere.
    """
    found = statistic.shape_complementarity(*pair, parameters=parameters)
    if not found.n_dots:
        return found.sc
    sides = (found.side_1, found.side_2)
    return float(np.mean([_median(s.scores, s.areas_a2) for s in sides]))


def _median(values: FloatArray, weights: FloatArray) -> float:
    order = np.argsort(values)
    ordered = weights[order]
    middles = np.cumsum(ordered) - 0.5 * ordered
    return float(np.interp(0.5 * weights.sum(), middles, values[order]))


def smooth_displacements(
    coords: FloatArray, correlation_length_a: float, generator: np.random.Generator
) -> FloatArray:
    """
    Draw displacements of unit variance, shape=(n, 3), that neighbouring atoms share.

    The correlation of two atoms at distance *r* is ``exp(-r / length)``. It is made of random
    waves whose wave vectors follow the transform of that function (Rahimi & Recht, NIPS 2007).
    """
    scale = correlation_length_a * np.abs(generator.standard_normal((N_WAVES, 1)))
    waves = generator.standard_normal((N_WAVES, 3)) / scale
    phases = coords @ waves.T
    cosine_part = generator.standard_normal((N_WAVES, 3))
    sine_part = generator.standard_normal((N_WAVES, 3))
    sums = np.cos(phases) @ cosine_part + np.sin(phases) @ sine_part
    return np.asarray(sums / np.sqrt(N_WAVES))


def _layouts(
    parameters: statistic.ComplementarityParameters,
) -> list[statistic.ComplementarityParameters]:
    """Other layouts of the dots, by the seed."""
    first = 1 + parameters.seed * parameters.n_layouts
    return [replace(parameters, layout=first + k) for k in range(parameters.n_layouts)]


def _dense_layouts(
    parameters: statistic.ComplementarityParameters,
) -> list[statistic.ComplementarityParameters]:
    """Layouts of the densities that the limit is extrapolated from, the densest first."""
    dense = []
    for density in sorted(set(parameters.convergence_densities_per_a2), reverse=True):
        # Denser dots cost more and scatter less: the work at each density stays alike.
        sparser = float(np.sqrt(statistic.LAWRENCE_COLMAN_DOT_DENSITY / density))
        count = max(3, round(parameters.n_layouts * sparser))
        dense += _layouts(
            replace(parameters, dot_density_per_a2=density, n_layouts=count)
        )
    return dense


def _extrapolated(
    dense: Sequence[statistic.ComplementarityParameters], values: FloatArray
) -> ConvergedComplementarity:
    """Find the limit from Sc of these layouts."""
    density = np.array([layout.dot_density_per_a2 for layout in dense])
    densities, n_layouts = np.unique(density, return_counts=True)
    by_density = [values[density == d] for d in densities]
    sc_at_density = np.array([found.mean() for found in by_density])
    spread = np.array([found.std(ddof=1) for found in by_density])
    limit, error = _limit(densities, sc_at_density, spread / np.sqrt(n_layouts))
    return ConvergedComplementarity(
        sc=limit,
        error=error,
        densities_per_a2=densities,
        sc_at_density=sc_at_density,
        spread_at_density=spread,
        n_layouts=n_layouts,
    )


def _limit(
    densities: FloatArray, values: FloatArray, errors: FloatArray
) -> tuple[float, float]:
    """Fit straight lines in powers of 1 / density; return an intercept and its error."""
    if not np.isfinite(values).all():
        return float("nan"), float("nan")

    def weights(power: float) -> FloatArray:
        # Every point has a weight: a line through three points has few to spare.
        design = np.column_stack((np.ones_like(densities), densities**-power))
        to_limit: FloatArray = np.linalg.pinv(design)[0]
        return to_limit

    to_limit = weights(APPROACH_POWER)
    slowest, fastest = (float(weights(power) @ values) for power in POWER_RANGE)
    noise = float(np.sqrt(to_limit**2 @ errors**2))
    return float(to_limit @ values), math.hypot(0.5 * (slowest - fastest), noise)


def _check_sigma(name: str, sigma: FloatArray, n_atoms: int) -> None:
    if np.shape(sigma) != (n_atoms,):
        raise ParameterError(
            f"{name} must hold one error for each of the {n_atoms} atoms."
        )
    if not (np.isfinite(sigma) & (np.asarray(sigma) >= 0.0)).all():
        raise ParameterError(f"{name} must hold numbers in Å, none of them negative.")


def _displaced_pairs(
    atoms: InterfaceAtoms,
    errors: CoordinateErrors,
    parameters: statistic.ComplementarityParameters,
) -> Iterator[statistic.Pair]:
    """Atoms moved as far as their errors, again and again; made while others are measured."""
    rows_1, rows_2 = atoms.rows
    sigmas = errors.sigma_1_a[rows_1][:, None], errors.sigma_2_a[rows_2][:, None]
    generator = np.random.default_rng([parameters.seed, 1])
    # The same fields whichever side comes first.
    order = sorted((0, 1), key=lambda k: (len(atoms.rows[k]), atoms.radii[k].sum()))
    for _ in range(parameters.n_jitter):
        shifts = {
            k: sigmas[k]
            * smooth_displacements(atoms.coords[k], CORRELATION_LENGTH_A, generator)
            for k in order
        }
        yield atoms.displaced(shifts[0], shifts[1]).pair
