"""Two sides: everything measured between them, and their contacts."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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
from il2struct.structure.model import ChainImage, make_side


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


# --- contacts -------------------------------------------------------------------------


def test_two_residues_by_hand(make_atoms):
    one = make_atoms([[0, 0, 0], [0, 0, 1]], residue_index=[4, 4])
    two = make_atoms([[0, 3, 4], [0, 0, 4], [0, 0, 9]], residue_index=[7, 8, 9])
    found = contacts_between(one, two)
    # 5.0 Å is inside; the fourth pair is at √18 and the fifth at 3.
    assert sorted(zip(found.atom_1.tolist(), found.atom_2.tolist(), strict=True)) == [
        (0, 0), (0, 1), (1, 0), (1, 1),
    ]  # fmt: skip
    assert found.residue_1.tolist() == [4, 4]
    assert found.residue_2.tolist() == [7, 8]
    assert found.n_atom_pairs.tolist() == [2, 2]
    np.testing.assert_allclose(found.distance_a, [np.sqrt(18), 3.0])
    assert found.closest_1.tolist() == [1, 1]
    assert found.closest_2.tolist() == [0, 1]


def test_hydrogens_do_not_count_and_rows_are_of_all_atoms(make_atoms):
    one = make_atoms([[0, 0, 0], [0, 0, 1]], element=["H", "C"])
    two = make_atoms([[0, 0, 2], [0, 0, 4.5]], element=["D", "O"])
    found = contacts_between(one, two)
    assert (found.atom_1.tolist(), found.atom_2.tolist()) == ([1], [1])


def test_nothing_in_reach_and_nothing_at_all(make_atoms):
    far, none = make_atoms([[99, 0, 0]]), make_atoms(np.zeros((0, 3)))
    for pair in (
        (make_atoms([[0, 0, 0]]), far),
        (none, far),
        (far, none),
        (none, none),
    ):
        found = contacts_between(*pair)
        for field in found.__slots__:
            assert len(getattr(found, field)) == 0


coordinates = st.lists(st.tuples(*[st.integers(-60, 60)] * 3), max_size=25)


@given(coordinates, coordinates, st.floats(1.0, 8.0), st.data())
@settings(max_examples=80)
def test_against_all_pairs(make_atoms, rows_1, rows_2, cutoff, data):
    sides = []
    for rows in (rows_1, rows_2):
        n = len(rows)
        owner = np.sort(data.draw(st.lists(st.integers(0, 4), min_size=n, max_size=n)))
        element = data.draw(st.lists(st.sampled_from("CHN"), min_size=n, max_size=n))
        sides.append(
            make_atoms(
                np.array(rows, float).reshape(-1, 3) / 7,
                residue_index=owner.astype(np.int64),
                element=np.array(element, dtype="U2"),
            )
        )
    one, two = sides
    expected: dict[tuple, list] = {}
    for i in range(len(one)):
        for j in range(len(two)):
            gap = float(np.linalg.norm(one.coords[i] - two.coords[j]))
            if gap <= cutoff and "H" not in (one.element[i], two.element[j]):
                key = (int(one.residue_index[i]), int(two.residue_index[j]))
                expected.setdefault(key, []).append(gap)
    found = contacts_between(one, two, cutoff_a=cutoff)
    pairs = list(zip(found.residue_1.tolist(), found.residue_2.tolist(), strict=True))
    assert pairs == sorted(expected)
    assert found.n_atom_pairs.tolist() == [len(expected[p]) for p in pairs]
    np.testing.assert_allclose(found.distance_a, [min(expected[p]) for p in pairs])
    closest = np.linalg.norm(
        one.coords[found.closest_1] - two.coords[found.closest_2], axis=1
    )
    np.testing.assert_allclose(closest, found.distance_a)
    np.testing.assert_array_equal(one.residue_index[found.closest_1], found.residue_1)
    np.testing.assert_array_equal(two.residue_index[found.closest_2], found.residue_2)


@pytest.fixture
def sides(real_entry):
    def of(name, *chains):
        entry = real_entry(name)
        return [
            make_side(entry, [ChainImage(c)], label=c, role="unknown").atoms
            for c in chains
        ]

    return of


@pytest.mark.entries
def test_barnase_and_barstar_touch_where_they_are_known_to(sides, real_entry):
    # Buckle, Schreiber & Fersht, Biochemistry 33:8878 (1994): Asp 39 of barstar in the active site
    # of barnase, against Arg 83, Arg 87 and His 102.
    entry = real_entry("1BRS.pdb")
    one, two = sides("1BRS.pdb", "A", "D")
    found = contacts_between(one, two, cutoff_a=3.5)
    number = entry.residues.auth_number
    pairs = {
        (int(number[i]), int(number[j]))
        for i, j in zip(found.residue_1, found.residue_2, strict=True)
    }
    assert {(83, 39), (87, 39), (102, 39)} <= pairs
