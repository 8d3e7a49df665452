"""Contacts seen again, and crystals that are packed alike, which count once."""

from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arrays import random_rotation
from il2struct.kernels.geometry import rotation_matrix
from il2struct.lattice.classes import (
    ContactSimilarity,
    Footprint,
    contact_classes,
    contact_similarity,
    crystal_packings,
    footprint,
    is_lattice_class,
    n_crystal_forms,
)
from il2struct.lattice.contacts import ContactKind, lattice_contacts
from il2struct.lattice.measure import measured_contacts

ENTRIES = ("2ERJ.pdb", "2B5I.cif", "1Z92.pdb")


@pytest.fixture(scope="module")
def measured(measured_of):
    return [m for name in ENTRIES for m in measured_of(name)]


@pytest.fixture(scope="module")
def classes(measured):
    return contact_classes(measured)


def key(member):
    contact = member.contact
    return (
        member.named.entry.entry_id,
        contact.image_1.auth_asym_id,
        contact.image_2.auth_asym_id,
        contact.image_2.symmetry_code,
    )


COPIES = {
    ("2ERJ", "A", "C", "1_565"),
    ("2ERJ", "E", "G", "1_545"),
    ("2B5I", "D", "C", "3_545"),
}


@pytest.mark.entries
def test_the_three_gamma_alpha_contacts_are_one_class(classes):
    (found,) = (
        c for c in classes if ("2ERJ", "A", "C", "1_565") in map(key, c.members)
    )
    assert set(map(key, found.members)) == COPIES
    assert found.n_crystal_forms == 2
    assert is_lattice_class(found)
    # The most frequent class of its role pair.
    assert found.name == "IL2RA/IL2RG.1"
    jaccards = [similarity.jaccard for similarity in found.similarities.values()]
    assert len(jaccards) == 3
    # The first pass: 0.67 to 0.86, to the last digit given.
    assert round(min(jaccards), 2) == 0.67
    assert round(max(jaccards), 2) == 0.86
    for similarity in found.similarities.values():
        assert similarity.is_same
        # Poses agree within the radius of convergence of a class by themselves.
        assert similarity.pose_distance_a < 4.0
        assert similarity.pose_angle_deg < 15.0


@pytest.mark.entries
def test_true_interfaces_are_classes_of_their_own(classes):
    """Each interface of the complex recurs in all entries that have it, and in no lattice contact."""
    inside = {
        name: found
        for found in classes
        for name in [found.name]
        if any(m.contact.kind is ContactKind.SAME_COMPLEX for m in found.members)
    }
    assert {name: len(found.members) for name, found in inside.items()} == {
        "IL2/IL2RA.1": 4,
        "IL2/IL2RB.1": 3,
        "IL2/IL2RG.1": 3,
        "IL2RB/IL2RG.1": 3,
    }
    for found in inside.values():
        assert not is_lattice_class(found)
        kinds = {m.contact.kind for m in found.members}
        assert kinds == {ContactKind.SAME_COMPLEX}


@pytest.mark.entries
def test_a_pose_inside_a_complex_is_that_of_the_partner(classes):
    """Superposing the complex on itself would make every interface inside it the same."""
    (found,) = (c for c in classes if c.name == "IL2/IL2RA.1")
    distances = [
        similarity.pose_distance_a for similarity in found.similarities.values()
    ]
    assert min(distances) > 0.05
    assert max(distances) < 4.0


@pytest.mark.entries
def test_every_contact_is_in_one_class(classes, measured):
    members = [key(m) for found in classes for m in found.members]
    assert sorted(members) == sorted(map(key, measured))


@pytest.mark.entries
def test_two_contacts_of_one_crystal_and_role_pair_stay_apart(classes):
    """Only copies merge: the two complexes of 2ERJ, never two contacts of one complex."""
    for found in classes:
        places = [
            (m.named.entry.entry_id, m.contact.image_1.auth_asym_id)
            for m in found.members
        ]
        assert len(places) == len(set(places)), found.name
    weak = [c for c in classes if c.name.startswith("IL2RB/IL2RG.")]
    assert len(weak) >= 5


@pytest.mark.entries
def test_order_of_entries_changes_nothing(measured, classes):
    expected = {c.name: frozenset(map(key, c.members)) for c in classes}
    by_entry = [
        [m for m in measured if m.named.entry.entry_id == entry_id]
        for entry_id in ("2ERJ", "2B5I", "1Z92")
    ]
    for order in list(permutations(by_entry))[1::2]:
        mixed = [m for part in order for m in reversed(part)]
        found = contact_classes(mixed)
        assert {c.name: frozenset(map(key, c.members)) for c in found} == expected
        assert [c.name for c in found] == [c.name for c in classes]


@pytest.mark.entries
def test_a_second_file_of_the_same_entry_adds_copies_not_forms(measured_of):
    both = [*measured_of("2B5I.cif"), *measured_of("2B5I.pdb")]
    for found in contact_classes(both):
        assert len(found.members) == 2
        assert found.n_crystal_forms == 1
        (similarity,) = found.similarities.values()
        # The same coordinates in two formats.
        assert similarity.jaccard == 1.0
        assert similarity.pose_distance_a == pytest.approx(0.0, abs=1e-6)


@pytest.mark.entries
def test_contacts_of_chains_without_a_role_merge_by_sequence(measured_of):
    """1BRS: three barnase-barstar pairs, named by chains, are one class of one form."""
    classes = contact_classes(measured_of("1BRS.pdb"))
    pairs = [
        frozenset(
            (m.contact.image_1.auth_asym_id, m.contact.image_2.auth_asym_id)
            for m in found.members
            if m.contact.kind is not ContactKind.CRYSTAL
        )
        for found in classes
    ]
    assert frozenset({("A", "D"), ("B", "E"), ("C", "F")}) in pairs


@pytest.mark.entries
def test_one_contact_is_one_class(measured_of):
    (one, *_) = measured_of("1Z92.pdb")
    (found,) = contact_classes([one])
    assert found.members == (one,)
    assert found.similarities == {}
    assert contact_classes([]) == ()


# Footprints made by hand


def body(rng, n_atoms=40):
    return rng.normal(scale=15.0, size=(n_atoms, 3))


def places(role, coords):
    frozen = np.array(coords)
    frozen.setflags(write=False)
    return {(role, i): row for i, row in enumerate(frozen)}


def made(roles, bodies, poses, pairs):
    """A contact of two bodies; ``poses`` are (rotation, translation) of each."""
    alpha = [
        places(role, coords @ rotation.T + translation)
        for role, coords, (rotation, translation) in zip(
            roles, bodies, poses, strict=True
        )
    ]
    return Footprint(
        roles=roles,
        pairs=frozenset(((roles[0], a), (roles[1], b)) for a, b in pairs),
        alpha_1=alpha[0],
        alpha_2=alpha[1],
    )


HERE = (np.eye(3), np.zeros(3))


def reference(rng, roles=("IL2RA", "IL2RG")):
    bodies = (body(rng), body(rng))
    pose = (random_rotation(rng), np.array([50.0, 3.0, -8.0]))
    return bodies, pose, made(roles, bodies, (HERE, pose), [(1, 2), (3, 4), (5, 6)])


def moved_by(pose, turn_deg, step_a, axis=(0.0, 0.0, 1.0)):
    """Turn a partner about its own centre of mass (its origin) and move it along x."""
    rotation = rotation_matrix(np.array(axis), turn_deg) @ pose[0]
    return rotation, pose[1] + np.array([step_a, 0.0, 0.0])


@pytest.mark.parametrize(
    ("turn", "step", "is_same"),
    [(0.0, 3.5, True), (12.0, 0.0, True), (0.0, 4.5, False), (17.0, 0.0, False)],
)
def test_pose_alone_decides_where_no_pair_is_shared(turn, step, is_same):
    rng = np.random.default_rng(1)
    bodies, pose, first = reference(rng)
    bodies = (bodies[0], bodies[1] - bodies[1].mean(axis=0))
    first = made(first.roles, bodies, (HERE, pose), [(1, 2)])
    second = made(
        first.roles, bodies, (HERE, moved_by(pose, turn, step)), [(7, 8), (9, 9)]
    )
    similarity = contact_similarity(first, second)
    assert similarity.jaccard == 0.0
    # Analytic: the step and the turn that were put in.
    assert similarity.pose_distance_a == pytest.approx(step, abs=1e-9)
    assert similarity.pose_angle_deg == pytest.approx(turn, abs=1e-9)
    assert similarity.is_same is is_same


def test_pairs_alone_decide_where_poses_differ():
    rng = np.random.default_rng(2)
    bodies, pose, first = reference(rng)
    far = moved_by(pose, 40.0, 20.0)
    half = made(first.roles, bodies, (HERE, far), [(1, 2), (3, 4)])
    less = made(first.roles, bodies, (HERE, far), [(1, 2), (8, 8)])
    assert contact_similarity(first, half).jaccard == pytest.approx(2 / 3)
    assert contact_similarity(first, half).is_same
    assert contact_similarity(first, less).jaccard == pytest.approx(1 / 4)
    assert not contact_similarity(first, less).is_same


@settings(max_examples=30)
@given(seed=st.integers(0, 10_000), is_homo=st.booleans())
def test_similarity_does_not_depend_on_order_frame_or_sides(seed, is_homo):
    rng = np.random.default_rng(seed)
    roles = ("IL2RB", "IL2RB") if is_homo else ("IL2RA", "IL2RG")
    bodies = [body(rng)] * 2 if is_homo else [body(rng), body(rng)]
    poses = [(random_rotation(rng), rng.normal(scale=40.0, size=3)) for _ in range(4)]
    first = made(roles, bodies, poses[:2], rng.integers(0, 8, (6, 2)).tolist())
    second = made(roles, bodies, poses[2:], rng.integers(0, 8, (6, 2)).tolist())
    expected = contact_similarity(first, second)
    frame = (random_rotation(rng), rng.normal(scale=100.0, size=3))
    turned = replace(
        first,
        alpha_1={k: frame[0] @ v + frame[1] for k, v in first.alpha_1.items()},
        alpha_2={k: frame[0] @ v + frame[1] for k, v in first.alpha_2.items()},
    )
    for one, other in (
        (second, first),
        (turned, second),
        (first.swapped(), second),
        (first, second.swapped()),
        (second.swapped(), turned),
    ):
        found = contact_similarity(one, other)
        assert found.jaccard == expected.jaccard
        # Rounding of superpositions of points some 100 Å out.
        assert found.pose_distance_a == pytest.approx(
            expected.pose_distance_a, abs=1e-6
        )
        assert found.pose_angle_deg == pytest.approx(expected.pose_angle_deg, abs=1e-5)


def test_a_view_that_fits_by_pose_is_not_lost_to_one_that_shares_a_pair():
    """Homodimers: the swapped view is the right one here, though the other shares one pair by chance."""
    rng = np.random.default_rng(3)
    one = body(rng)
    pose = (random_rotation(rng), np.array([45.0, 0.0, 0.0]))
    first = made(("IL2RB", "IL2RB"), (one, one), (HERE, pose), [(1, 2), (3, 4), (5, 5)])
    second = made(("IL2RB", "IL2RB"), (one, one), (pose, HERE), [(1, 2), (7, 8)])
    similarity = contact_similarity(first, second)
    assert similarity.is_same
    assert similarity.pose_distance_a == pytest.approx(0.0, abs=1e-9)


def test_swapped_sides_of_a_homodimer_share_their_pairs():
    rng = np.random.default_rng(4)
    one = body(rng)
    pose = (random_rotation(rng), np.array([45.0, 0.0, 0.0]))
    first = made(("IL2RB", "IL2RB"), (one, one), (HERE, pose), [(1, 2), (3, 4)])
    second = made(("IL2RB", "IL2RB"), (one, one), (pose, HERE), [(2, 1), (4, 3)])
    assert contact_similarity(first, second).jaccard == 1.0


def test_other_roles_are_never_alike():
    rng = np.random.default_rng(5)
    bodies, pose, first = reference(rng)
    other = made(("IL2RA", "IL2RB"), bodies, (HERE, pose), [(1, 2), (3, 4), (5, 6)])
    similarity = contact_similarity(first, other)
    assert similarity.jaccard == 0.0
    assert np.isnan(similarity.pose_distance_a)
    assert not similarity.is_same


def test_too_few_common_residues_leave_the_pose_open():
    rng = np.random.default_rng(6)
    bodies = (body(rng, 12), body(rng, 12))
    first = made(("IL2RA", "IL2RG"), bodies, (HERE, HERE), [(1, 2), (3, 4)])
    similarity = contact_similarity(first, first)
    assert similarity.jaccard == 1.0
    assert np.isnan(similarity.pose_distance_a)
    assert similarity.is_same


def test_thresholds_are_inclusive():
    assert ContactSimilarity(
        jaccard=0.5, pose_distance_a=99.0, pose_angle_deg=99.0
    ).is_same
    assert ContactSimilarity(
        jaccard=0.0, pose_distance_a=4.0, pose_angle_deg=15.0
    ).is_same
    assert not ContactSimilarity(
        jaccard=0.49, pose_distance_a=4.1, pose_angle_deg=0.0
    ).is_same
    nan = float("nan")
    assert not ContactSimilarity(
        jaccard=0.4, pose_distance_a=nan, pose_angle_deg=nan
    ).is_same


@pytest.mark.entries
def test_footprints_hold_each_residue_pair_once(measured):
    for m in measured:
        found = footprint(m)
        assert len(found.pairs) == len(m.interface.contacts.residue_1)
        roles = (m.contact.member_1.role.value, m.contact.member_2.role.value)
        assert found.roles == roles


def test_made_up_copies_merge_across_asymmetric_units(made_up):
    """Two helices and a translation: A-A' and B-B' are one class, A-B another."""
    named = made_up(
        (8.0, 90.0, 90.0, 90.0, 90.0, 90.0),
        "P 1",
        {"A": (20.0, 20.0, 20.0), "B": (20.0, 28.0, 20.0)},
        n_residues=24,
    )
    measured = measured_contacts(named, contacts=lattice_contacts(named))
    sets = [
        {(m.contact.image_1.auth_asym_id, m.contact.image_2) for m in found.members}
        for found in contact_classes(measured)
    ]
    pairs = [sorted((a, b.auth_asym_id) for a, b in s) for s in sets]
    assert [("A", "A"), ("B", "B")] in pairs


# --- packings -------------------------------------------------------------------------


def n_forms(*groups):
    members = [member for group in groups for member in group]
    classes = contact_classes(members)
    return n_crystal_forms(members, crystal_packings([c.members for c in classes]))


def with_crystal(contacts, **changes):
    named = contacts[0].named
    crystal = replace(named.entry.crystal, **changes)
    moved = replace(named, entry=replace(named.entry, crystal=crystal))
    return [replace(contact, named=moved) for contact in contacts[:1]]


@pytest.mark.entries
def test_forms_by_space_group_and_cell(measured_of):
    plain = measured_of("2B5I.cif")
    cell = plain[0].named.entry.crystal.cell_a
    near = with_crystal(plain, cell_a=tuple(1.03 * edge for edge in cell))
    far = with_crystal(plain, cell_a=tuple(1.10 * edge for edge in cell))
    other = with_crystal(plain, space_group="P 1 21 1")
    assert n_forms(plain[:1], plain[:1]) == 1
    assert n_forms(plain[:1], near) == 1
    assert n_forms(plain[:1], far) == 2
    assert n_forms(plain[:1], other) == 2


@pytest.mark.entries
def test_one_packing_in_two_cells_counts_once(measured_of):
    """1M47 has a = 49.5, 84.8, 31.7 Å in P 21 21 2, 1M4C 32.2, 48.6, 79.2 Å in P 21."""
    names = ("1M47.pdb", "1M4C.pdb")
    assert n_forms(*map(measured_of, names)) == 1
    both = [member for name in names for member in measured_of(name)]
    for found in contact_classes(both):
        assert found.n_crystal_forms == 1


@pytest.mark.entries
def test_crystals_that_share_one_contact_are_two(measured_of):
    """2ERJ and 2B5I share γc-α, which builds a chain: it recurs in two packings."""
    assert n_forms(measured_of("2ERJ.pdb"), measured_of("2B5I.cif")) == 2
    assert n_forms(measured_of("1M47.pdb"), measured_of("3INK.pdb")) == 2
