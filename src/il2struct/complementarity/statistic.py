"""Shape complementarity of two groups of atoms: the Lawrence-Colman statistic and its parts."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from il2struct.arrays import FloatArray, IndexArray
from il2struct.complementarity.parameters import ComplementarityParameters
from il2struct.kernels.complementarity import nearest_scores, trimmed_columns
from il2struct.kernels.surface import PlacedSide, placed_sides, side_columns
from il2struct.kernels.surface_patches import AREA, ATOM, KIND, NORMAL_X, NORMAL_Z

__all__ = [
    "DEFAULT_PARAMETERS",
    "ShapeComplementarity",
    "SideScores",
    "is_changed_by",
    "shape_complementarity",
    "shape_complementarity_many",
]

#: The classical definition.
DEFAULT_PARAMETERS: Final = ComplementarityParameters()

#: Dots that differ by less than this, in Å, differ by rounding alone.
SAME_DOT_A: Final = 1e-6

#: Coordinates and radii of side 1, then of side 2.
Pair: TypeAlias = tuple[npt.ArrayLike, npt.ArrayLike, npt.ArrayLike, npt.ArrayLike]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SideScores:
    """
    The dots of one side that count, each with its score.

    Attributes
    ----------
    positions_a : ndarray, shape=(n, 3)
        Where the dots are, in Å.
    normals : ndarray, shape=(n, 3)
        Unit vectors out of the molecule.
    areas_a2 : ndarray, shape=(n,)
        Area that each dot stands for, in Å².
    atom_index : ndarray, shape=(n,), dtype=int
        Row of the atom, in the arrays given, that the dot belongs to.
    kind : ndarray, shape=(n,), dtype=int
        Convex (0), saddle (1) or concave (2).
    scores : ndarray, shape=(n,)
        S of each dot, from -1 to 1.
    gaps_a : ndarray, shape=(n,)
        Distance in Å to the nearest dot of the other side.
    nearest : ndarray, shape=(n,), dtype=int
        Which dot of the other side that is.
    """

    positions_a: FloatArray
    normals: FloatArray
    areas_a2: FloatArray
    atom_index: IndexArray
    kind: IndexArray
    scores: FloatArray
    gaps_a: FloatArray
    nearest: IndexArray

    def __len__(self) -> int:
        return len(self.scores)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ShapeComplementarity:
    """
    How well two surfaces fit: 1 is perfect, good protein interfaces reach 0.65 to 0.75.

    Attributes
    ----------
    sc : float
        The statistic: mean of the two medians. NaN if nothing is left after trimming or the
        sides are apart. Near zero, and mostly below, if the two run through each other.
    sc_1_to_2, sc_2_to_1 : float
        Median score of the dots of side 1 against side 2, and the reverse.
    median_distance_a : float
        Mean of the two median distances between nearest dots, in Å.
    trimmed_area_a2 : float
        Area of the dots that count, both sides together, in Å².
    trimmed_area_1_a2, trimmed_area_2_a2 : float
        The same for each side.
    n_dots : int
        How many dots count, both sides together.
    side_1, side_2 : SideScores
        The dots themselves.
    parameters : ComplementarityParameters
        What it was computed with.
    """

    sc: float
    sc_1_to_2: float
    sc_2_to_1: float
    median_distance_a: float
    trimmed_area_a2: float
    trimmed_area_1_a2: float
    trimmed_area_2_a2: float
    n_dots: int
    side_1: SideScores
    side_2: SideScores
    parameters: ComplementarityParameters


def shape_complementarity(
    coords_1: npt.ArrayLike,
    radii_1: npt.ArrayLike,
    coords_2: npt.ArrayLike,
    radii_2: npt.ArrayLike,
    *,
    parameters: ComplementarityParameters = DEFAULT_PARAMETERS,
) -> ShapeComplementarity:
    """
    Measure how well the surfaces of two groups of atoms fit where they meet.

    Parameters
    ----------
    coords_1, coords_2 : array_like, shape=(n, 3)
        Coordinates of the two sides in Å; hydrogens are usually left out.
    radii_1, radii_2 : array_like, shape=(n,)
        Their radii in Å, as a rule from `sc_radii`.
    parameters : ComplementarityParameters
        Probe, density and weights.

    Returns
    -------
    ShapeComplementarity
        It depends neither on the order of the atoms nor on which side comes first.

    Raises
    ------
    ParameterError
        If a shape or a radius is wrong, or a side has no atoms.
    CoordinateError
        If a coordinate is not finite, or two atoms of a side coincide at the interface.

    References
    ----------
    Lawrence, M. C. & Colman, P. M. Shape complementarity at protein/protein interfaces.
    J. Mol. Biol. 234:946-950 (1993).

    Examples
    --------
    Two sides that are 50 Å apart have no interface:

    >>> result = shape_complementarity([[0, 0, 0]], [1.8], [[50, 0, 0]], [1.8])
    >>> result.sc, result.n_dots
    (nan, 0)
    """
    placed_1, placed_2 = placed_sides(
        coords_1,
        radii_1,
        coords_2,
        radii_2,
        probe_radius_a=parameters.probe_radius_a,
        separation_a=parameters.separation_a,
    )
    dots_1 = _trimmed(placed_1, placed_2, parameters)
    dots_2 = _trimmed(placed_2, placed_1, parameters)
    side_1 = _scored(dots_1, dots_2, placed_1, parameters)
    side_2 = _scored(dots_2, dots_1, placed_2, parameters)
    sc_1_to_2, sc_2_to_1 = _median(side_1.scores), _median(side_2.scores)
    area_1, area_2 = float(side_1.areas_a2.sum()), float(side_2.areas_a2.sum())
    return ShapeComplementarity(
        sc=0.5 * (sc_1_to_2 + sc_2_to_1),
        sc_1_to_2=sc_1_to_2,
        sc_2_to_1=sc_2_to_1,
        median_distance_a=0.5 * (_median(side_1.gaps_a) + _median(side_2.gaps_a)),
        trimmed_area_a2=area_1 + area_2,
        trimmed_area_1_a2=area_1,
        trimmed_area_2_a2=area_2,
        n_dots=len(side_1) + len(side_2),
        side_1=side_1,
        side_2=side_2,
        parameters=parameters,
    )


def is_changed_by(
    measured: ShapeComplementarity, pair: Pair, n_measured: tuple[int, int]
) -> bool:
    """
    Tell whether further atoms of two groups, their glycans, say, change the dots that count.

    Far cheaper than to measure again, and where nothing changes no dot, the value stays.

    Parameters
    ----------
    measured : ShapeComplementarity
        Without these atoms.
    pair : tuple of array_like
        Coordinates and radii of side 1, then of side 2, as for `shape_complementarity`: first the
        atoms that were measured, then the further ones.
    n_measured : tuple of int
        How many atoms of each side were measured.

    Raises
    ------
    ParameterError, CoordinateError
        As for `shape_complementarity`.
    """
    parameters = measured.parameters
    placed = placed_sides(
        *pair,
        probe_radius_a=parameters.probe_radius_a,
        separation_a=parameters.separation_a,
    )
    largest_a = max(float(np.max(radii)) for radii in pair[1::2])
    reach_a = 2.0 * (largest_a + parameters.probe_radius_a)
    is_further = [side.rows >= n for side, n in zip(placed, n_measured, strict=True)]
    is_near = any(
        side.near[mask].any() for side, mask in zip(placed, is_further, strict=True)
    )
    # Where none is near the partner, none meets a probe there: only its own side can change.
    if is_near or parameters.separation_a < reach_a:
        return True
    before = (measured.side_1, measured.side_2)
    for k in (0, 1):
        if not is_further[k].any():
            continue
        dots = _trimmed(placed[k], placed[1 - k], parameters)[:3].T
        if dots.shape != before[k].positions_a.shape:
            return True
        if not np.allclose(dots, before[k].positions_a, rtol=0.0, atol=SAME_DOT_A):
            return True
    return False


def shape_complementarity_many(
    pairs: Iterable[Pair],
    *,
    n_threads: int = 1,
    parameters: ComplementarityParameters = DEFAULT_PARAMETERS,
) -> list[ShapeComplementarity]:
    """
    Measure many interfaces, on several threads if wished; the results are those of single calls.

    Parameters
    ----------
    pairs : iterable of tuple
        ``(coords_1, radii_1, coords_2, radii_2)`` for each interface.
    n_threads : int
        Threads to use; the kernels let go of the interpreter lock.
    parameters : ComplementarityParameters
        Probe, density and weights.

    Returns
    -------
    list of ShapeComplementarity
        In the order of the pairs.

    Raises
    ------
    ParameterError, CoordinateError
        As for `shape_complementarity`.
    """

    def one(pair: Pair) -> ShapeComplementarity:
        return shape_complementarity(*pair, parameters=parameters)

    if n_threads <= 1:
        return [one(pair) for pair in pairs]
    with ThreadPoolExecutor(max_workers=n_threads) as pool:
        return list(pool.map(one, pairs))


def _trimmed(
    side: PlacedSide, partner: PlacedSide, parameters: ComplementarityParameters
) -> FloatArray:
    columns, n_dots = side_columns(
        side, partner, parameters.probe_radius_a, parameters.dot_density_per_a2
    )
    kept: FloatArray = trimmed_columns(columns, n_dots, parameters.trim_band_a)
    return kept


def _scored(
    dots: FloatArray,
    targets: FloatArray,
    side: PlacedSide,
    parameters: ComplementarityParameters,
) -> SideScores:
    if not dots.shape[1] or not targets.shape[1]:
        # A dot without a partner has no score: one trimmed side leaves both empty.
        dots = dots[:, :0]
        scores, gaps, nearest = np.empty(0), np.empty(0), np.empty(0, np.int64)
    else:
        scores, gaps, nearest = nearest_scores(
            dots, targets, parameters.weight_per_a2, parameters.dot_density_per_a2**-0.5
        )
    return SideScores(
        positions_a=dots[:3].T,
        normals=dots[NORMAL_X : NORMAL_Z + 1].T,
        areas_a2=dots[AREA],
        atom_index=side.rows[dots[ATOM].astype(np.int64)],
        kind=dots[KIND].astype(np.int64),
        scores=scores,
        gaps_a=gaps,
        nearest=nearest,
    )


def _median(values: FloatArray) -> float:
    return float(np.median(values)) if len(values) else float("nan")
