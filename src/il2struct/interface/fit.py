"""Shape complementarity of two sides: from placed atoms to Sc, with its error."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

import numpy as np

from il2struct.arrays import IndexArray
from il2struct.complementarity import (
    ComplementarityParameters,
    ComplementarityUncertainty,
    ElementRadius,
    ShapeComplementarity,
    coordinate_errors,
    sc_error,
    sc_radii,
    shape_complementarity,
)
from il2struct.structure.model import Atoms
from il2struct.structure.sides import Side, concatenated, has_glycans_within

#: No atom of a glycan is larger, in Å: C, N, O, and S of sulphates (Bondi 1964).
LARGEST_GLYCAN_RADIUS_A: Final = 2.0


class FitDetail(StrEnum):
    """How much of the fit is worked out."""

    NONE = "none"
    VALUE = "value"
    ERROR = "error"


@dataclass(frozen=True, slots=True, kw_only=True)
class FitParameters:
    """
    What is asked of shape complementarity, and its definition.

    Attributes
    ----------
    detail : FitDetail
        Nothing, the statistic, or the statistic with its error and limit.
    complementarity : ComplementarityParameters
        The definition.
    """

    detail: FitDetail = FitDetail.NONE
    complementarity: ComplementarityParameters = field(
        default_factory=ComplementarityParameters
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fit:
    """
    How well two sides fit.

    Attributes
    ----------
    rows_1, rows_2 : ndarray of int
        Rows of the two sides' atoms (heavy, polymer only) that the dots' ``atom_index`` counts.
    result : ShapeComplementarity
        Without glycans.
    sc_with_glycans : float
        The statistic with the glycans of both sides; equal where there are none.
    uncertainty : ComplementarityUncertainty or None
        None if only the value was asked for.
    by_element : tuple of ElementRadius
        Atoms that have the radius of their element.
    """

    rows_1: IndexArray
    rows_2: IndexArray
    result: ShapeComplementarity
    sc_with_glycans: float
    uncertainty: ComplementarityUncertainty | None
    by_element: tuple[ElementRadius, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Surfaced:
    """Heavy atoms of a side with the radii of the Lawrence-Colman program."""

    rows: IndexArray
    atoms: Atoms
    radii: "np.ndarray[tuple[int], np.dtype[np.float64]]"
    by_element: tuple[ElementRadius, ...]


def fit_between(
    sides: tuple[Side, Side], *, resolution_a: float, parameters: FitParameters
) -> Fit | None:
    """
    Measure the shape complementarity of two sides.

    Parameters
    ----------
    sides : tuple of Side
        Where they stand.
    resolution_a : float
        Of the structure, for the error of the coordinates; NaN where it does not apply, and then
        the error leaves the coordinates out.
    parameters : FitParameters

    Returns
    -------
    Fit or None
        None if nothing is asked for, or a side has no heavy atom.

    References
    ----------
    Lawrence & Colman, J. Mol. Biol. 234:946 (1993).
    """
    if parameters.detail is FitDetail.NONE:
        return None
    first, second = (_surfaced(side.atoms) for side in sides)
    if not len(first.rows) or not len(second.rows):
        return None
    result = shape_complementarity(
        first.atoms.coords,
        first.radii,
        second.atoms.coords,
        second.radii,
        parameters=parameters.complementarity,
    )
    return Fit(
        rows_1=first.rows,
        rows_2=second.rows,
        result=result,
        sc_with_glycans=_with_glycans(
            sides, result, reach_a=_reach_a((first, second), parameters.complementarity)
        ),
        uncertainty=_uncertainty(first, second, resolution_a, parameters),
        by_element=tuple(dict.fromkeys(first.by_element + second.by_element)),
    )


def _surfaced(atoms: Atoms) -> _Surfaced:
    radii = sc_radii(
        atoms.residue_name.tolist(), atoms.atom_name.tolist(), atoms.element.tolist()
    )
    rows = np.flatnonzero(radii.is_heavy)
    return _Surfaced(
        rows=rows,
        atoms=atoms.select(rows),
        radii=radii.radii_a[rows],
        by_element=radii.by_element,
    )


def _reach_a(
    surfaced: tuple[_Surfaced, _Surfaced], parameters: ComplementarityParameters
) -> float:
    """Distance from the partner beyond which an atom touches no probe that counts, in Å."""
    largest = max(LARGEST_GLYCAN_RADIUS_A, *(float(s.radii.max()) for s in surfaced))
    return parameters.separation_a + 2.0 * (largest + parameters.probe_radius_a)


def _with_glycans(
    sides: tuple[Side, Side], bare: ShapeComplementarity, *, reach_a: float
) -> float:
    if not has_glycans_within(sides, reach_a):
        return bare.sc
    first, second = (
        _surfaced(concatenated([side.atoms, side.glycans])) for side in sides
    )
    return shape_complementarity(
        first.atoms.coords,
        first.radii,
        second.atoms.coords,
        second.radii,
        parameters=bare.parameters,
    ).sc


def _uncertainty(
    first: _Surfaced, second: _Surfaced, resolution_a: float, parameters: FitParameters
) -> ComplementarityUncertainty | None:
    if parameters.detail is not FitDetail.ERROR:
        return None
    coordinates = None
    if resolution_a > 0:
        coordinates = coordinate_errors(
            first.atoms.b_iso, second.atoms.b_iso, resolution_a=resolution_a
        )
    return sc_error(
        first.atoms.coords,
        first.radii,
        second.atoms.coords,
        second.radii,
        coordinates=coordinates,
        parameters=parameters.complementarity,
    )
