"""Shape complementarity of two sides: from placed atoms to Sc, with its error."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

import numpy as np

from il2struct.arrays import FloatArray, IndexArray
from il2struct.complementarity import (
    ComplementarityParameters,
    ComplementarityUncertainty,
    ElementRadius,
    ShapeComplementarity,
    coordinate_errors,
    is_changed_by,
    sc_error,
    sc_radii,
    shape_complementarity,
)
from il2struct.interface.contacts import has_glycans_within
from il2struct.structure.model import Atoms, Side

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
class SizedAtoms:
    """
    Heavy atoms with the radii of the Lawrence-Colman program.

    Attributes
    ----------
    rows : ndarray of int, shape=(n,)
        Rows of the atoms given that are heavy.
    coords : ndarray, shape=(n, 3)
        Where these are, in Å.
    radii_a : ndarray, shape=(n,)
        Their radii in Å.
    by_element : tuple of ElementRadius
        Atoms that have the radius of their element.
    """

    rows: IndexArray
    coords: FloatArray
    radii_a: FloatArray
    by_element: tuple[ElementRadius, ...]


def fit_between(
    sides: tuple[Side, Side],
    *,
    resolution_a: float,
    parameters: FitParameters,
    sized: tuple[SizedAtoms, SizedAtoms] | None = None,
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
    sized : tuple of SizedAtoms, optional
        Polymer atoms of the sides, if they are known already.

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
    polymer_1, polymer_2 = sized or (
        sized_atoms(sides[0].atoms),
        sized_atoms(sides[1].atoms),
    )
    if not len(polymer_1.rows) or not len(polymer_2.rows):
        return None
    result = shape_complementarity(
        polymer_1.coords,
        polymer_1.radii_a,
        polymer_2.coords,
        polymer_2.radii_a,
        parameters=parameters.complementarity,
    )
    return Fit(
        rows_1=polymer_1.rows,
        rows_2=polymer_2.rows,
        result=result,
        sc_with_glycans=_with_glycans(sides, (polymer_1, polymer_2), result),
        uncertainty=_uncertainty(
            sides, (polymer_1, polymer_2), resolution_a, parameters
        ),
        by_element=tuple(dict.fromkeys(polymer_1.by_element + polymer_2.by_element)),
    )


def sized_atoms(atoms: Atoms) -> SizedAtoms:
    """
    Pick the heavy atoms and look up their radii.

    Parameters
    ----------
    atoms : Atoms

    Raises
    ------
    ParameterError
        If an element has no radius.
    """
    radii = sc_radii(
        atoms.residue_name.tolist(), atoms.atom_name.tolist(), atoms.element.tolist()
    )
    rows = np.flatnonzero(radii.is_heavy)
    return SizedAtoms(
        rows=rows,
        coords=atoms.coords[rows],
        radii_a=radii.radii_a[rows],
        by_element=radii.by_element,
    )


def _reach_a(
    polymers: tuple[SizedAtoms, SizedAtoms], parameters: ComplementarityParameters
) -> float:
    """Distance from the partner beyond which an atom touches no probe that counts, in Å."""
    largest = max(LARGEST_GLYCAN_RADIUS_A, *(float(p.radii_a.max()) for p in polymers))
    return parameters.separation_a + 2.0 * (largest + parameters.probe_radius_a)


def _with_glycans(
    sides: tuple[Side, Side],
    polymers: tuple[SizedAtoms, SizedAtoms],
    bare: ShapeComplementarity,
) -> float:
    parameters = bare.parameters
    if not has_glycans_within(sides, _reach_a(polymers, parameters)):
        return bare.sc
    glycans = [sized_atoms(side.glycans) for side in sides]
    coords_1, coords_2 = (
        np.concatenate([polymer.coords, glycan.coords])
        for polymer, glycan in zip(polymers, glycans, strict=True)
    )
    radii_1, radii_2 = (
        np.concatenate([polymer.radii_a, glycan.radii_a])
        for polymer, glycan in zip(polymers, glycans, strict=True)
    )
    with_glycans = (coords_1, radii_1, coords_2, radii_2)
    n_polymer = (len(polymers[0].rows), len(polymers[1].rows))
    if not is_changed_by(bare, with_glycans, n_polymer):
        return bare.sc
    return shape_complementarity(*with_glycans, parameters=parameters).sc


def _uncertainty(
    sides: tuple[Side, Side],
    polymers: tuple[SizedAtoms, SizedAtoms],
    resolution_a: float,
    parameters: FitParameters,
) -> ComplementarityUncertainty | None:
    if parameters.detail is not FitDetail.ERROR:
        return None
    first, second = polymers
    coordinates = None
    if resolution_a > 0:
        coordinates = coordinate_errors(
            sides[0].atoms.b_iso[first.rows],
            sides[1].atoms.b_iso[second.rows],
            resolution_a=resolution_a,
        )
    return sc_error(
        first.coords,
        first.radii_a,
        second.coords,
        second.radii_a,
        coordinates=coordinates,
        parameters=parameters.complementarity,
    )
