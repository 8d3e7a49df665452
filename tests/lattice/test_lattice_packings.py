"""Crystals that are packed alike count once."""

from dataclasses import replace

import pytest

from il2struct.lattice.classes import contact_classes, crystal_packings, n_crystal_forms
from il2struct.lattice.measure import measured_contacts

pytestmark = pytest.mark.entries


@pytest.fixture(scope="module")
def contacts_of(named_entry):
    known = {}

    def of(name):
        if name not in known:
            known[name] = measured_contacts(named_entry(name))
        return known[name]

    return of


def n_forms(*groups):
    members = [member for group in groups for member in group]
    classes = contact_classes(members)
    return n_crystal_forms(members, crystal_packings([c.members for c in classes]))


def with_crystal(contacts, **changes):
    named = contacts[0].named
    crystal = replace(named.entry.crystal, **changes)
    moved = replace(named, entry=replace(named.entry, crystal=crystal))
    return [replace(contact, named=moved) for contact in contacts[:1]]


def test_forms_by_space_group_and_cell(contacts_of):
    plain = contacts_of("2B5I.cif")
    cell = plain[0].named.entry.crystal.cell_a
    near = with_crystal(plain, cell_a=tuple(1.03 * edge for edge in cell))
    far = with_crystal(plain, cell_a=tuple(1.10 * edge for edge in cell))
    other = with_crystal(plain, space_group="P 1 21 1")
    assert n_forms(plain[:1], plain[:1]) == 1
    assert n_forms(plain[:1], near) == 1
    assert n_forms(plain[:1], far) == 2
    assert n_forms(plain[:1], other) == 2


def test_one_packing_in_two_cells_counts_once(contacts_of):
    """1M47 has a = 49.5, 84.8, 31.7 Å in P 21 21 2, 1M4C 32.2, 48.6, 79.2 Å in P 21."""
    names = ("1M47.pdb", "1M4C.pdb")
    assert n_forms(*map(contacts_of, names)) == 1
    both = [member for name in names for member in contacts_of(name)]
    for found in contact_classes(both):
        assert found.n_crystal_forms == 1


def test_crystals_that_share_one_contact_are_two(contacts_of):
    """2ERJ and 2B5I share γc-α, which builds a chain: it recurs in two packings."""
    assert n_forms(contacts_of("2ERJ.pdb"), contacts_of("2B5I.cif")) == 2
    assert n_forms(contacts_of("1M47.pdb"), contacts_of("3INK.pdb")) == 2
