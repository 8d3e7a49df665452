"""The interfaces of an entry: which are measured, once each, and what is noted."""

import numpy as np
import pytest

from il2struct.errors import UnknownChainError
from il2struct.interface.interface import InterfaceParameters, interface_parameters
from il2struct.interface.measure import interfaces_between, interfaces_of, notes_of
from il2struct.structure.named import name_entry

pytestmark = pytest.mark.entries


def test_only_pairs_that_touch_are_measured(named_entry):
    found = interfaces_of(named_entry("2B5I.cif"))
    assert [i.interface_id for i in found] == [
        "IL2/IL2RA",
        "IL2/IL2RB",
        "IL2/IL2RG",
        "IL2RB/IL2RG",
    ]
    assert all(len(i.contacts.residue_1) for i in found)


def test_each_complex_has_its_own(named_entry):
    found = interfaces_of(named_entry("2ERJ.pdb"))
    assert [i.complex_id for i in found] == ["1"] * 4 + ["2"] * 4
    chains = [
        "".join(image.auth_asym_id for image in partner.images)
        for i in found
        for partner in i.sides
    ]
    assert set(chains[:8]) == set("ABCD")
    assert set(chains[8:]) == set("EFGH")


def test_a_pair_measured_by_name_is_the_same(named_entry):
    named = named_entry("2B5I.cif")
    (alone,) = interfaces_between(named, "IL2/IL2RB")
    (among,) = [i for i in interfaces_of(named) if i.interface_id == "IL2/IL2RB"]
    assert alone.burial.area_total_a2 == among.burial.area_total_a2
    np.testing.assert_array_equal(alone.contacts.distance_a, among.contacts.distance_a)
    np.testing.assert_array_equal(
        alone.bonds.is_hydrogen_bond, among.bonds.is_hydrogen_bond
    )
    # Waters of the whole complex are looked at for either.
    assert (
        alone.bonds.is_kind["water_mediated"].sum()
        == among.bonds.is_kind["water_mediated"].sum()
    )


def test_a_group_loses_no_more_than_its_members_do(named_entry):
    named = named_entry("2B5I.cif")
    (group,) = interfaces_between(named, "IL2/IL2RA,IL2RB")
    parts = [interfaces_between(named, f"IL2/{r}")[0] for r in ("IL2RA", "IL2RB")]
    total = sum(part.burial.sides[0].area_a2 for part in parts)
    assert group.burial.sides[0].area_a2 <= total + 1e-6
    assert group.sides[1].role == "IL2RA,IL2RB"


def test_parameters_are_carried(named_entry):
    parameters = interface_parameters(contact_cutoff_a=4.0)
    named = named_entry("1Z92.pdb")
    for found in (
        interfaces_of(named, parameters=parameters),
        interfaces_between(named, "A/B", parameters=parameters),
    ):
        assert found[0].parameters is parameters
        assert found[0].contacts.distance_a.max() <= 4.0
    assert interfaces_of(named)[0].parameters == InterfaceParameters()


def test_unknown_chains_are_told(named_entry):
    with pytest.raises(UnknownChainError, match="1Z92"):
        interfaces_between(named_entry("1Z92.pdb"), "A/C")


def test_copies_in_a_symmetric_assembly_are_measured_once(real_entry):
    found = interfaces_of(name_entry(real_entry("1HHO.cif")))
    assert all(i.n_copies >= 1 for i in found)
    assert any(i.n_copies == 2 for i in found)
    labels = [i.interface_id for i in found]
    assert len(set(labels)) == len(labels)


def test_notes_gather_what_every_step_had_to_say(named_entry):
    named = named_entry("1Z92.pdb")
    notes = notes_of(named, interfaces_of(named))
    assert set(named.entry.notes) <= set(notes)
    for complex_ in named.complexes:
        assert set(complex_.notes) <= set(notes)
