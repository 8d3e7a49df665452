"""Shape complementarity of two sides: from placed atoms to Sc, with its error."""

from dataclasses import dataclass, field
from enum import StrEnum

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
from il2struct.interface.burial import LARGEST_GLYCAN_RADIUS_A, has_glycans_within
from il2struct.structure.model import Atoms, Side


class ScDetail(StrEnum):
    """How much of shape complementarity is worked out: nothing, the value, or also its error."""

    NONE = "none"
    VALUE = "value"
    ERROR = "error"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScParameters:
    """What is asked of shape complementarity, and its definition."""

    detail: ScDetail = ScDetail.NONE
    complementarity: ComplementarityParameters = field(
        default_factory=ComplementarityParameters
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class InterfaceComplementarity:
    """Shape complementarity of the two sides of an interface."""

    #: Rows of the two sides' atoms (heavy, polymer only) that the dots' ``atom_index`` counts.
    rows_1: IndexArray
    rows_2: IndexArray
    #: Without glycans.
    result: ShapeComplementarity
    #: The statistic with the glycans of both sides; equal where there are none.
    sc_with_glycans: float
    #: None if only the value was asked for.
    uncertainty: ComplementarityUncertainty | None
    #: Atoms that have the radius of their element.
    by_element: tuple[ElementRadius, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SizedAtoms:
    """Heavy atoms, their rows among the atoms given, and their Lawrence-Colman radii in Å."""

    rows: IndexArray
    coords: FloatArray
    radii_a: FloatArray
    by_element: tuple[ElementRadius, ...]


def sized_atoms(atoms: Atoms) -> SizedAtoms:
    """Pick the heavy atoms and look up their radii; `ParameterError` if an element has none."""
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


def complementarity_between(
    sides: tuple[Side, Side],
    *,
    resolution_a: float,
    parameters: ScParameters,
    sized: tuple[SizedAtoms, SizedAtoms] | None = None,
) -> InterfaceComplementarity | None:
    """
    Measure the shape complementarity of two sides (Lawrence & Colman, J. Mol. Biol. 234:946, 1993).

    None if nothing is asked for, or a side has no heavy atom. `resolution_a` is that of the
    structure, for the error of the coordinates; where it is NaN the error leaves these out.
    `sized` are the polymer atoms of the sides, if they are known already.
    """
    if parameters.detail is ScDetail.NONE:
        return None
    first, second = sized or (sized_atoms(sides[0].atoms), sized_atoms(sides[1].atoms))
    if not len(first.rows) or not len(second.rows):
        return None
    pair = (first.coords, first.radii_a, second.coords, second.radii_a)
    result = shape_complementarity(*pair, parameters=parameters.complementarity)
    uncertainty = None
    if parameters.detail is ScDetail.ERROR:
        coordinates = None
        if resolution_a > 0:
            coordinates = coordinate_errors(
                sides[0].atoms.b_iso[first.rows],
                sides[1].atoms.b_iso[second.rows],
                resolution_a=resolution_a,
            )
        uncertainty = sc_error(
            *pair, coordinates=coordinates, parameters=parameters.complementarity
        )
    return InterfaceComplementarity(
        rows_1=first.rows,
        rows_2=second.rows,
        result=result,
        sc_with_glycans=_sc_with_glycans(sides, (first, second), result),
        uncertainty=uncertainty,
        by_element=tuple(dict.fromkeys(first.by_element + second.by_element)),
    )


def _sc_with_glycans(
    sides: tuple[Side, Side],
    polymers: tuple[SizedAtoms, SizedAtoms],
    bare: ShapeComplementarity,
) -> float:
    parameters = bare.parameters
    largest = max(LARGEST_GLYCAN_RADIUS_A, *(float(p.radii_a.max()) for p in polymers))
    # An atom farther from the partner touches no probe that counts.
    reach_a = parameters.separation_a + 2.0 * (largest + parameters.probe_radius_a)
    if not has_glycans_within(sides, reach_a):
        return bare.sc
    coords, radii = [], []
    for polymer, side in zip(polymers, sides, strict=True):
        glycans = sized_atoms(side.glycans)
        coords.append(np.concatenate([polymer.coords, glycans.coords]))
        radii.append(np.concatenate([polymer.radii_a, glycans.radii_a]))
    with_glycans = (coords[0], radii[0], coords[1], radii[1])
    n_polymer = (len(polymers[0].rows), len(polymers[1].rows))
    if not is_changed_by(bare, with_glycans, n_polymer):
        return bare.sc
    return shape_complementarity(*with_glycans, parameters=parameters).sc
