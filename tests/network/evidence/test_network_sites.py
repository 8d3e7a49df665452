from dataclasses import replace

import numpy as np
import pytest

from il2struct.lattice.measure import measured_contacts
from il2struct.network.evidence.sites import (
    MIN_OVERLAPS,
    MIN_SHARED_RESIDUES,
    SHARED_SITE_FRACTION,
    site_overlaps,
    site_residues,
    trans_clashes,
)
from il2struct.structure.roles import Role

pytestmark = pytest.mark.entries

#: Residues of the contact in all copies, from the first pass (science.md, section 3).
ALPHA = {126, 128, *range(136, 145), 146, 148, 157}
GAMMA = {46, 47, 81, 82, 94, 96, 133, 136, 155, 156}


def moved(partner, shift):
    """A partner in another place."""
    atoms = partner.atoms
    coords = atoms.coords + shift
    return replace(partner, atoms=replace(atoms, coords=coords))


def centre(member, role):
    """Centre of a chain of unit 1 of a contact, in its home place."""
    entry = member.named.entry
    found = next(m for m in member.contact.unit_1.members if m.role is role)
    rows = entry.chain(found.image.auth_asym_id).residue_index
    return entry.atoms.coords[np.isin(entry.atoms.residue_index, rows)].mean(axis=0)


def test_site_of_the_contact(alpha_study):
    members = alpha_study.focal.members
    assert site_residues(members, Role.IL2RA) >= ALPHA
    assert site_residues(members, Role.IL2RG) >= GAMMA
    # At most five residues a chain that not all copies show.
    assert len(site_residues(members, Role.IL2RA) - ALPHA) <= 5
    assert len(site_residues(members, Role.IL2RG) - GAMMA) <= 5
    assert site_residues(members, Role.IL2) == frozenset()
    assert site_residues((), Role.IL2RA) == frozenset()


def test_lattice_contact_of_1z92_on_the_same_patch_of_alpha_is_found(alpha_study):
    found = [o for o in alpha_study.overlaps if o.entries == ("1Z92",)]
    largest = max(found, key=lambda o: o.n_shared)
    assert largest.role == "IL2RA"
    assert largest.other_class.startswith("IL2/IL2RA.")
    assert largest.n_shared >= 10
    assert not largest.is_inside_complex
    other = next(c for c in alpha_study.classes if c.name == largest.other_class)
    area = other.members[0].interface.burial.area_per_side_a2
    # science.md: 796 Å², 1 %.
    assert area == pytest.approx(796.0, rel=0.01)


def test_no_site_inside_the_complex_overlaps_that_of_gamma_alpha(alpha_study):
    assert not any(o.is_inside_complex for o in alpha_study.overlaps)
    for overlap in alpha_study.overlaps:
        assert overlap.n_shared >= MIN_SHARED_RESIDUES
        assert SHARED_SITE_FRACTION <= overlap.fraction <= 1.0
    fractions = [o.fraction for o in alpha_study.overlaps]
    assert fractions == sorted(fractions, reverse=True)


def test_overlap_is_seen_from_either_contact(alpha_study):
    packed = next(c for c in alpha_study.classes if c.name == "IL2/IL2RA.2")
    (there,) = site_overlaps(packed, [alpha_study.focal])
    (back,) = site_overlaps(alpha_study.focal, [packed])
    assert there.other_class == alpha_study.focal.name
    assert (there.role, there.n_shared) == (back.role, back.n_shared)
    assert site_overlaps(packed, [packed]) == ()


def test_a_contact_shown_inside_a_complex_in_one_copy_counts_as_inside(alpha_study):
    true = next(c for c in alpha_study.classes if c.name == "IL2/IL2RA.1")
    mixed = replace(
        true, members=(*true.members, *alpha_study.focal.members), name="mixed.1"
    )
    found = site_overlaps(alpha_study.focal, [mixed])
    assert [o.is_inside_complex for o in found] == [True, True]


def test_gamma_can_hold_its_complex_and_the_neighbours_alpha(alpha_study):
    for member in alpha_study.focal.members:
        assert trans_clashes(member) == {}


@pytest.mark.parametrize("shift_a", [0.05, 1.0])
def test_the_chains_of_the_contact_never_overlap_each_other(alpha_study, shift_a):
    """Its closest pair (γc E46, α E144) is at 2.53 Å: any shift brings it below 2.5 Å."""
    for member in alpha_study.focal.members:
        first, second = member.interface.sides
        towards = first.atoms.coords.mean(axis=0)
        towards = towards - second.atoms.coords.mean(axis=0)
        nearer = moved(second, shift_a * towards / np.linalg.norm(towards))
        closer = replace(
            member, interface=replace(member.interface, sides=(first, nearer))
        )
        assert trans_clashes(closer) == {}


def test_noise_of_the_coordinates_is_no_overlap(alpha_study):
    member = alpha_study.focal.members[-1]
    entry = member.named.entry
    for seed in range(5):
        noise = np.random.default_rng(seed).normal(size=entry.atoms.coords.shape)
        atoms = replace(entry.atoms, coords=entry.atoms.coords + 0.3 * noise)
        named = replace(member.named, entry=replace(entry, atoms=atoms))
        again = measured_contacts(named, contacts=[member.contact])[0]
        assert trans_clashes(again) == {}


def test_a_neighbour_put_onto_the_first_complex_clashes(alpha_study):
    member = alpha_study.focal.members[-1]
    partner = member.interface.sides[1]
    shift = centre(member, Role.IL2) - partner.atoms.coords.mean(axis=0)
    forced = replace(
        member,
        interface=replace(
            member.interface, sides=(member.interface.sides[0], moved(partner, shift))
        ),
    )
    assert trans_clashes(forced)["IL2/IL2RG"] > 5 * MIN_OVERLAPS


def test_the_chain_of_side_1_put_onto_the_second_complex_clashes(alpha_study):
    member = alpha_study.focal.members[-1]
    entry, place = member.named.entry, member.contact.image_2
    rotation, translation = entry.transform(place)
    there = rotation @ centre(member, Role.IL2RB) + translation
    partner = member.interface.sides[0]
    shift = there - partner.atoms.coords.mean(axis=0)
    forced = replace(
        member,
        interface=replace(
            member.interface, sides=(moved(partner, shift), member.interface.sides[1])
        ),
    )
    assert trans_clashes(forced)["IL2RB/IL2RA"] > 50
