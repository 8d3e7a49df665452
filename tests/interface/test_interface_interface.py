"""One interface: its parameters, its partners, and the parts it joins."""

import dataclasses
import math

import numpy as np
import pytest

from il2struct.bonds.criteria import PRESETS
from il2struct.bonds.find import find_bonds
from il2struct.errors import ParameterError
from il2struct.interface.burial import BurialParameters, burial_between
from il2struct.interface.interface import (
    LARGEST_LENGTH_A,
    InterfaceParameters,
    contacts_between,
    interface_between,
    interface_parameters,
    make_partner,
)
from il2struct.interface.measure import waters_around
from il2struct.structure.model import ChainImage


class TestParameters:
    def test_defaults_are_those_of_the_dataclass(self):
        assert interface_parameters() == InterfaceParameters()
        assert InterfaceParameters().contact_cutoff_a == 5.0
        assert InterfaceParameters().burial.probe_radius_a == 1.4
        assert InterfaceParameters().criteria.name == "il2struct"

    @pytest.mark.parametrize("name", PRESETS)
    def test_presets_by_name(self, name):
        assert interface_parameters(preset_name=name).criteria is PRESETS[name]

    def test_an_unknown_preset_is_told_with_the_known_ones(self):
        with pytest.raises(ParameterError, match=r"'nope'.*hbplus"):
            interface_parameters(preset_name="nope")

    @pytest.mark.parametrize(
        "value", [0.0, -1.0, math.nan, math.inf, -math.inf, 20.001]
    )
    def test_lengths_that_cannot_be(self, value):
        with pytest.raises(ParameterError, match="contact cut-off"):
            interface_parameters(contact_cutoff_a=value)
        with pytest.raises(ParameterError, match="probe radius"):
            interface_parameters(probe_radius_a=value)

    @pytest.mark.parametrize("value", [1e-6, 3, LARGEST_LENGTH_A])
    def test_lengths_that_can_be(self, value):
        parameters = interface_parameters(contact_cutoff_a=value, probe_radius_a=value)
        assert parameters.contact_cutoff_a == value
        assert parameters.burial == BurialParameters(probe_radius_a=value)

    def test_are_frozen(self):
        with pytest.raises(dataclasses.FrozenInstanceError):
            InterfaceParameters().contact_cutoff_a = 3.0


@pytest.mark.entries
class TestInterface:
    @pytest.fixture
    def partners(self, real_entry):
        entry = real_entry("1Z92.pdb")
        return tuple(
            make_partner(
                entry,
                [ChainImage(name)],
                label=label,
                role=label,
                parameters=InterfaceParameters(),
            )
            for name, label in (("A", "IL2"), ("B", "IL2RA"))
        )

    @pytest.fixture
    def waters(self, real_entry, partners):
        return waters_around(real_entry("1Z92.pdb"), partners)

    def test_joins_what_the_stages_find_alone(self, partners, waters):
        parameters = InterfaceParameters()
        found = interface_between(
            *partners, complex_id="7", waters=waters, n_copies=3, parameters=parameters
        )
        sides = (partners[0], partners[1])
        contacts = contacts_between(sides[0].atoms, sides[1].atoms, cutoff_a=5.0)
        np.testing.assert_array_equal(found.contacts.distance_a, contacts.distance_a)
        burial = burial_between(
            sides,
            (partners[0].surface, partners[1].surface),
            parameters=parameters.burial,
        )
        assert found.burial.area_total_a2 == burial.area_total_a2
        bonds = find_bonds(
            partners[0].prepared,
            partners[1].prepared,
            criteria=parameters.criteria,
            waters=waters,
        )
        np.testing.assert_array_equal(found.bonds.index_1, bonds.index_1)
        assert (found.complex_id, found.interface_id) == ("7", "IL2/IL2RA")
        assert found.n_copies == 3
        assert found.sides[0] is partners[0]
        assert found.parameters is parameters

    def test_swapped_partners_swap_sides_and_nothing_else(self, partners, waters):
        parameters = InterfaceParameters()
        one = interface_between(
            *partners, complex_id="", waters=waters, parameters=parameters
        )
        two = interface_between(
            *partners[::-1], complex_id="", waters=waters, parameters=parameters
        )
        assert two.interface_id == "IL2RA/IL2"
        assert two.burial.sides[0].area_a2 == pytest.approx(
            one.burial.sides[1].area_a2, abs=1e-9
        )
        assert sorted(two.contacts.distance_a) == sorted(one.contacts.distance_a)
        pairs = {
            tuple(p) for p in zip(one.bonds.index_1, one.bonds.index_2, strict=True)
        }
        back = {
            tuple(p) for p in zip(two.bonds.index_2, two.bonds.index_1, strict=True)
        }
        assert pairs == back

    def test_a_known_surface_is_taken(self, real_entry, partners):
        again = make_partner(
            real_entry("1Z92.pdb"),
            [ChainImage("A")],
            label="x",
            role="IL2",
            parameters=InterfaceParameters(),
            surface=partners[0].surface,
        )
        assert again.surface is partners[0].surface
        assert again.label == "x"

    def test_shows_itself_in_one_line(self, partners, waters):
        found = interface_between(
            *partners, complex_id="1", waters=waters, parameters=InterfaceParameters()
        )
        assert repr(found) == (
            "Interface(complex_id='1', interface_id='IL2/IL2RA', n_copies=1)"
        )
