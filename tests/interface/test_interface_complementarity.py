"""From placed atoms to Sc: what is passed on, what is left out, and the numbers of the complex."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from fragments import placed

from il2struct.complementarity import sc_radii, shape_complementarity
from il2struct.interface.complementarity import (
    ScDetail,
    ScParameters,
    complementarity_between,
    sized_atoms,
)
from il2struct.interface.interface import interface_parameters
from il2struct.interface.measure import interfaces_of
from il2struct.structure.model import concatenated

pytestmark = pytest.mark.entries

VALUE = ScParameters(detail=ScDetail.VALUE)
ERROR = ScParameters(detail=ScDetail.ERROR)


def test_nothing_is_computed_unless_asked_for(real_entry):
    sides = placed(real_entry("2B5I.cif"), "A", "B")
    assert (
        complementarity_between(sides, resolution_a=2.3, parameters=ScParameters())
        is None
    )


def test_the_value_is_that_of_the_arrays(real_entry):
    sides = placed(real_entry("1Z92.pdb"), "A", "B")
    arrays = []
    for side in sides:
        atoms = side.atoms
        radii = sc_radii(atoms.residue_name, atoms.atom_name, atoms.element)
        arrays += [atoms.coords[radii.is_heavy], radii.radii_a[radii.is_heavy]]
    fit = complementarity_between(sides, resolution_a=2.8, parameters=VALUE)
    assert fit.result.sc == shape_complementarity(*arrays).sc
    assert fit.uncertainty is None
    assert fit.sc_with_glycans == fit.result.sc
    assert not fit.by_element


def test_sides_swapped_give_the_same_number(real_entry):
    one, two = placed(real_entry("1Z92.pdb"), "A", "B")
    forward = complementarity_between((one, two), resolution_a=2.8, parameters=VALUE)
    backward = complementarity_between((two, one), resolution_a=2.8, parameters=VALUE)
    assert forward.result.sc == backward.result.sc
    assert forward.result.sc_1_to_2 == backward.result.sc_2_to_1


def test_hydrogens_are_left_out_by_element_and_tyrosine_keeps_its_oxygen(real_entry):
    entry = real_entry("1IGY.cif")
    sides = placed(entry, "A", "B")
    assert sides[0].atoms.is_hydrogen.any()
    fit = complementarity_between(sides, resolution_a=3.2, parameters=VALUE)
    used = sides[0].atoms.select(fit.rows_1)
    assert not used.is_hydrogen.any()
    assert ((used.residue_name == "TYR") & (used.atom_name == "OH")).any()


def test_without_a_resolution_the_error_leaves_the_coordinates_out(real_entry):
    sides = placed(real_entry("1Z92.pdb"), "A", "B")
    few = replace(ERROR.complementarity, n_layouts=2, n_jitter=2)
    parameters = ScParameters(detail=ScDetail.ERROR, complementarity=few)
    known = complementarity_between(
        sides, resolution_a=2.8, parameters=parameters
    ).uncertainty
    unknown = complementarity_between(
        sides, resolution_a=np.nan, parameters=parameters
    ).uncertainty
    assert known.coordinate_error > 0
    assert np.isnan(unknown.coordinate_error)
    assert unknown.sc_error < known.sc_error


@pytest.fixture(scope="module")
def scored(named_entry):
    """Interfaces of an entry with their Sc, measured once."""
    parameters = interface_parameters(sc="value")
    return cache(lambda name: interfaces_of(named_entry(name), parameters=parameters))


def test_glycans_change_the_number_where_they_reach_the_interface(scored):
    """2B5I: sugars of γc and β lie at the rim of β/γc, none at IL-2/α."""
    fits = {i.interface_id: i.complementarity for i in scored("2B5I.cif")}
    assert fits["IL2RB/IL2RG"].sc_with_glycans != fits["IL2RB/IL2RG"].result.sc
    assert fits["IL2/IL2RA"].sc_with_glycans == fits["IL2/IL2RA"].result.sc


@pytest.mark.parametrize("name", ["2ERJ.pdb", "2B5I.cif", "1NCB.cif"])
def test_glycans_that_change_no_dot_are_not_measured_again_to_the_same_value(
    scored, name
):
    """β of 2ERJ has glycans that touch atoms near IL-2, but none of the dots that count."""
    for found in scored(name):
        arrays = []
        for partner in found.sides:
            sized = sized_atoms(concatenated([partner.atoms, partner.glycans]))
            arrays += [sized.coords, sized.radii_a]
        # 1e-9: ties between probes are broken at 1e-10 Å by the number of atoms.
        whole = shape_complementarity(*arrays).sc
        assert found.complementarity.sc_with_glycans == pytest.approx(whole, abs=1e-9)


PAIRS = ("IL2/IL2RA", "IL2/IL2RB", "IL2/IL2RG", "IL2RB/IL2RG")
#: Means of the Rust program over eight orientations, its defects included
#: (tests/complementarity/test_complementarity_reference.py). The goal is 0.006 for each.
INDEPENDENT = {
    ("2B5I.cif", "1"): (0.6480, 0.7444, 0.8380, 0.6326),
    ("2ERJ.pdb", "1"): (0.7157, 0.6792, 0.7578, 0.6346),
    ("2ERJ.pdb", "2"): (0.6468, 0.7309, 0.7108, 0.6350),
}


@pytest.mark.parametrize(("name", "complex_id"), INDEPENDENT)
def test_numbers_of_the_complex(scored, name, complex_id):
    """The mean over eight layouts of the dots; one of them moves by an sd of 0.001 to 0.004."""
    found = {i.interface_id: i for i in scored(name) if i.complex_id == complex_id}
    for pair, expected in zip(PAIRS, INDEPENDENT[name, complex_id], strict=True):
        values = []
        for layout in range(8):
            parameters = replace(VALUE.complementarity, layout=layout)
            again = complementarity_between(
                found[pair].sides,
                resolution_a=np.nan,
                parameters=replace(VALUE, complementarity=parameters),
            )
            values.append(again.result.sc)
        assert values[0] == found[pair].complementarity.result.sc
        assert values[0] == pytest.approx(expected, abs=0.007)
        assert np.mean(values) == pytest.approx(expected, abs=0.006)


@pytest.mark.slow
def test_the_two_copies_of_2erj_agree_within_the_stated_error(named_entry):
    """A check of consistency: the size of the errors was set on these copies themselves."""
    interfaces = interfaces_of(
        named_entry("2ERJ.pdb"), parameters=interface_parameters(sc="error")
    )
    for pair in PAIRS:
        copies = [
            i.complementarity.uncertainty for i in interfaces if i.interface_id == pair
        ]
        spread = abs(copies[0].sc - copies[1].sc)
        error = np.hypot(copies[0].sc_error, copies[1].sc_error)
        assert spread <= 2 * error, (pair, spread, error)
        assert error < 0.08, "an error that swallows everything says nothing"
