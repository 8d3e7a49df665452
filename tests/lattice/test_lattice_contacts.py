"""Contacts of the lattice, each once, and which chains belong together."""

from collections import Counter
from dataclasses import replace

import gemmi
import numpy as np
import pytest

from il2struct.interface.interface import InterfaceParameters
from il2struct.lattice.contacts import (
    Belonging,
    Bodies,
    ContactKind,
    StepKind,
    contact_labels,
    lattice_contacts,
    lattice_units,
    step_kind,
)
from il2struct.lattice.measure import measured_contacts, measured_neighbours
from il2struct.lattice.operators import operator_group, placement
from il2struct.structure.family import Role
from il2struct.structure.model import Assembly, ChainImage, atoms_of_residues
from il2struct.structure.named import name_entry
from il2struct.structure.read import read_structure


def moved(named, transforms):
    """The entry with some chains (and their glycans) deposited elsewhere."""
    entry = named.entry
    coords = entry.atoms.coords.copy()
    for name, image in transforms.items():
        chain = entry.chain(name)
        rows = atoms_of_residues(
            entry, np.concatenate([chain.residue_index, chain.glycan_index])
        )
        rotation, translation = entry.transform(ChainImage("", *image))
        coords[rows] = coords[rows] @ rotation.T + translation
    return name_entry(replace(entry, atoms=replace(entry.atoms, coords=coords)))


def everywhere(named, image):
    return moved(named, {c.auth_asym_id: image for c in named.entry.protein_chains})


def fingerprint(contact, *, rename=lambda name: name):
    """What must not change, whichever copies are deposited and whatever they are called."""
    repeat = contact.repeat
    sides = sorted(
        (member.role.value, rename(member.image.auth_asym_id))
        for member in (contact.member_1, contact.member_2)
    )
    return (
        *sides,
        contact.kind,
        contact.n_pairs,
        # Below 1e-6 Å only rounding of products of coordinates of some 100 Å.
        None if repeat is None else round(contact.translation_a, 5),
        repeat and (repeat.ring_size, round(repeat.rise_a, 5)),
        repeat and round(repeat.rotation_deg, 4),
    )


def fingerprints(contacts, **options):
    return Counter(fingerprint(contact, **options) for contact in contacts)


def counted(contacts):
    return {kind.value: sum(c.kind is kind for c in contacts) for kind in ContactKind}


@pytest.mark.entries
@pytest.mark.parametrize(
    ("name", "same", "other", "crystal"),
    [
        ("2ERJ.pdb", 8, 2, 14),
        ("2B5I.cif", 4, 0, 9),
        ("2B5I.pdb", 4, 0, 9),
        ("1Z92.pdb", 1, 0, 5),
    ],
)
def test_numbers_of_contacts(contacts_of, name, same, other, crystal):
    assert counted(contacts_of(name)) == {
        "same_complex": same,
        "non_crystallographic": other,
        "crystal": crystal,
    }


@pytest.mark.entries
def test_gamma_and_alpha_of_the_neighbour(contacts_of):
    """The contact of the hypothesis, by its operators: C-A(x,y-1,z), G-E(x,y+1,z) and C-D(x-1/2,y+1/2,z)."""
    found = {}
    for name in ("2ERJ.pdb", "2B5I.cif"):
        for contact in contacts_of(name):
            roles = {contact.member_1.role, contact.member_2.role}
            if roles == {Role.IL2RA, Role.IL2RG} and contact.n_pairs > 300:
                found[name, contact.image_1.auth_asym_id] = contact
    assert [
        (key, c.image_2.auth_asym_id, c.image_2.symmetry_code)
        for key, c in found.items()
    ] == [
        (("2ERJ.pdb", "A"), "C", "1_565"),
        (("2ERJ.pdb", "E"), "G", "1_545"),
        (("2B5I.cif", "D"), "C", "3_545"),
    ]
    for contact, translation in zip(found.values(), (70.5, 70.5, 71.9), strict=True):
        assert contact.repeat.is_translation
        assert contact.repeat.is_propagating
        # The reference is rounded to 0.1 Å.
        assert contact.translation_a == pytest.approx(translation, abs=0.1)
        assert contact.repeat.rise_a == pytest.approx(contact.translation_a, abs=1e-9)
        code = contact.image_2.symmetry_code
        assert contact_labels(contact) == ("IL2RA", f"IL2RG[{code}]")


@pytest.mark.entries
def test_copies_of_2erj_are_related_by_a_screw_not_a_ring(contacts_of):
    between = [
        c for c in contacts_of("2ERJ.pdb") if c.kind is ContactKind.NON_CRYSTALLOGRAPHIC
    ]
    assert {contact_labels(c) for c in between} == {
        ("IL2RB", "IL2RB"),
        ("IL2", "IL2RB"),
    }
    for contact in between:
        # The two complexes are alike to a few degrees; half a turn, and 18 Å along its axis.
        assert contact.repeat.rotation_deg == pytest.approx(180.0, abs=3.0)
        assert contact.repeat.rise_a > 10.0
        assert contact.repeat.is_propagating


@pytest.mark.entries
def test_order_is_kind_then_size(contacts_of):
    for name in ("2ERJ.pdb", "2B5I.cif"):
        keys = [
            (list(ContactKind).index(c.kind), -c.n_pairs) for c in contacts_of(name)
        ]
        assert keys == sorted(keys)


@pytest.mark.entries
@pytest.mark.parametrize(
    ("name", "image"),
    [
        ("2ERJ.pdb", (0, (2, -1, 3))),
        ("2B5I.cif", (0, (-1, 0, 2))),
        ("2B5I.cif", (1, (0, 1, 0))),
        ("2B5I.cif", (3, (2, 0, -1))),
        ("1Z92.pdb", (1, (0, 0, 0))),
        ("1Z92.pdb", (4, (1, -1, 0))),
        # No operator of 4HHB: in its frame (6 decimals of 1/edge) they are rotations to 1e-5 only,
        # so a mate is another molecule by 1e-3 Å.
        ("4HHB.pdb", (0, (0, 1, -2))),
        ("3CYR.pdb", (7, (0, 0, 1))),
    ],
)
def test_another_asymmetric_unit_gives_the_same_contacts(
    named_entry, contacts_of, name, image
):
    contacts = lattice_contacts(everywhere(named_entry(name), image))
    assert fingerprints(contacts) == fingerprints(contacts_of(name))


@pytest.mark.entries
@pytest.mark.parametrize(
    ("name", "image"),
    [
        ("2ERJ.pdb", (0, (0, 1, 0))),
        ("2B5I.cif", (1, (0, 0, 0))),
        ("1Z92.pdb", (1, (0, 0, 0))),
    ],
)
def test_areas_do_not_depend_on_the_asymmetric_unit(
    named_entry, measured_of, name, image
):
    other = measured_contacts(everywhere(named_entry(name), image))

    def areas(measured):
        return sorted(m.interface.burial.area_per_side_a2 for m in measured)

    # Coordinates are stored to 0.001 Å but moved in double precision.
    np.testing.assert_allclose(areas(other), areas(measured_of(name)), atol=1e-6)


@pytest.mark.entries
@pytest.mark.parametrize(
    ("name", "images"),
    [
        # γc deposited elsewhere: the complex holds it at a symmetry image.
        ("2B5I.cif", {"C": (1, (0, 1, 0))}),
        ("2B5I.cif", {"C": (3, (0, 0, 0)), "D": (2, (1, 0, -1))}),
        ("2ERJ.pdb", {"C": (0, (0, 1, 0)), "F": (0, (-1, 0, 2))}),
        ("1Z92.pdb", {"B": (5, (0, 0, 0))}),
    ],
)
def test_chains_deposited_apart_give_the_same_contacts(
    named_entry, contacts_of, name, images
):
    named = moved(named_entry(name), images)
    home = {
        m.image.auth_asym_id: m.image for u in lattice_units(named) for m in u.members
    }
    assert any(image != ChainImage(chain) for chain, image in home.items())
    contacts = lattice_contacts(named)
    assert fingerprints(contacts) == fingerprints(contacts_of(name))
    for contact in contacts:
        assert contact.image_1 == contact.member_1.image


def rewritten(mirror, name, tmp_path, names, order):
    structure = gemmi.read_structure(str(mirror / f"{name}.gz"))
    # In two steps, since the new names are among the old ones.
    for old in names:
        structure.rename_chain(old, f"{old}old")
    for old, new in names.items():
        structure.rename_chain(f"{old}old", new)
    model = gemmi.Model(1)
    for chain in sorted(structure[0], key=lambda c: order.find(c.name)):
        model.add_chain(chain)
    del structure[0]
    structure.add_model(model)
    path = tmp_path / "renamed.pdb"
    path.write_text(structure.make_pdb_string(), encoding="ascii")
    return name_entry(read_structure(path))


@pytest.mark.entries
@pytest.mark.parametrize("name", ["2B5I.pdb", "1CSE.pdb", "1Z92.pdb", "1BRS.pdb"])
def test_names_and_order_of_chains_change_nothing(mirror, contacts_of, tmp_path, name):
    old = [c.name for c in gemmi.read_structure(str(mirror / f"{name}.gz"))[0]]
    names = dict(zip(old, [*old[1:], old[0]], strict=True))
    named = rewritten(mirror, name, tmp_path, names, "".join(reversed(old)))
    back = {new: was for was, new in names.items()}
    assert fingerprints(
        lattice_contacts(named), rename=lambda chain: back[chain]
    ) == fingerprints(contacts_of(name))


@pytest.mark.entries
def test_a_shorter_cut_off_finds_a_subset(named_entry, contacts_of):
    near = lattice_contacts(named_entry("2B5I.cif"), cutoff_a=3.5)
    wide = {(c.image_1, c.image_2): c.n_pairs for c in contacts_of("2B5I.cif")}
    assert 0 < len(near) < len(wide)
    for contact in near:
        assert contact.n_pairs <= wide[contact.image_1, contact.image_2]


@pytest.mark.entries
def test_units_take_each_protein_chain_once(named_entry):
    for name in ("2ERJ.pdb", "2Z3R.cif", "3QB7.cif", "1XDA.cif", "3HAX.cif"):
        named = named_entry(name)
        chains = [m.image.auth_asym_id for u in lattice_units(named) for m in u.members]
        assert sorted(chains) == sorted(
            c.auth_asym_id for c in named.entry.protein_chains
        )


@pytest.mark.entries
def test_a_complex_that_holds_a_chain_twice_is_not_counted_twice(named_entry):
    """An assembly of a symmetric dimer puts one chain in twice; the lattice does that by itself."""
    named = named_entry("1Z92.pdb")
    complex_ = named.complexes[0]
    twice = [*complex_.members]
    for member in complex_.members:
        image = replace(member.image, operator=3)
        twice.append(replace(member, image=image))
    doubled = replace(named, complexes=(replace(complex_, members=tuple(twice)),))
    assert lattice_units(doubled) == lattice_units(named)
    assert fingerprints(lattice_contacts(doubled)) == fingerprints(
        lattice_contacts(named)
    )


# Made-up crystals


def test_screws_and_rotations_of_order_four(made_up):
    """One helix near the axis of P 4 makes a ring of four; in P 41 it winds up for ever."""
    cell = (60.0, 60.0, 40.0, 90.0, 90.0, 90.0)
    (ring,) = lattice_contacts(
        made_up(cell, "P 4", {"A": (4.0, 4.0, 0.0)}, n_residues=6)
    )
    assert ring.repeat.ring_size == 4
    assert ring.repeat.rise_a == pytest.approx(0.0, abs=1e-9)
    (screw,) = lattice_contacts(
        made_up(cell, "P 41", {"A": (4.0, 4.0, 0.0)}, n_residues=12)
    )
    assert screw.repeat.is_propagating
    assert screw.repeat.rotation_deg == pytest.approx(90.0)
    assert screw.repeat.rise_a == pytest.approx(10.0)
    assert screw.kind is ContactKind.CRYSTAL


@pytest.mark.parametrize(("group", "order"), [("P 3", 3), ("P 6", 6), ("P 1 2 1", 2)])
def test_rings_of_other_orders(made_up, group, order):
    angle = 90.0 if order == 2 else 120.0
    edge = (80.0, 80.0, 90.0)
    cell = (*edge, 90.0, 90.0, angle)
    radius = {2: 3.7, 3: 4.0, 6: 7.6}[order]
    centre = (radius, 20.0, 0.0) if order == 2 else (radius, 0.0, 20.0)
    (contact,) = lattice_contacts(made_up(cell, group, {"A": centre}, n_residues=6))
    assert contact.repeat.ring_size == order


def test_copies_in_one_asymmetric_unit_are_known_as_such(made_up):
    """Two chains of one sequence, moved by (8, 0, 0): a translation by superposition."""
    named = made_up(
        (90.0, 90.0, 90.0, 90.0, 90.0, 90.0),
        "P 1",
        {"A": (20.0, 20.0, 20.0), "B": (28.0, 20.0, 20.0)},
    )
    (contact,) = lattice_contacts(named)
    assert contact.kind is ContactKind.NON_CRYSTALLOGRAPHIC
    assert contact.repeat.is_translation
    # Coordinates are written to 0.001 Å (gemmi writes up to three decimals or more).
    assert contact.translation_a == pytest.approx(8.0, abs=0.002)


def test_too_few_common_residues_are_no_copies(made_up):
    named = made_up(
        (90.0, 90.0, 90.0, 90.0, 90.0, 90.0),
        "P 1",
        {"A": (20.0, 20.0, 20.0), "B": (28.0, 20.0, 20.0)},
        n_residues=19,
    )
    (contact,) = lattice_contacts(named)
    assert contact.repeat is None
    assert np.isnan(contact.translation_a)


def test_a_lone_chain_far_from_its_images_has_no_contacts(made_up):
    named = made_up((200.0, 200.0, 200.0, 90, 90, 90), "P 1", {"A": (9.0, 9.0, 9.0)})
    assert lattice_contacts(named) == ()


@pytest.mark.entries
@pytest.mark.parametrize(
    "name", ["2ERJ.pdb", "2B5I.cif", "1Z92.pdb", "1MYL.pdb", "2Z3R.cif"]
)
def test_no_two_contacts_of_an_entry_are_called_the_same(contacts_of, name):
    keys = [
        (c.unit_1.unit_id, c.unit_2.unit_id, *contact_labels(c))
        for c in contacts_of(name)
    ]
    assert len(set(keys)) == len(keys)


def test_kinds_of_steps_follow_the_operators_of_the_space_group(contacts_of):
    """2ERJ is P 1 with two copies; 1M47 is P 21 21 2, with a screw along a and b, a two-fold along c."""
    kinds = {step_kind(contact) for contact in contacts_of("2ERJ.pdb")}
    assert kinds == {StepKind.INSIDE, StepKind.TRANSLATION, StepKind.BETWEEN_COPIES}
    for contact in contacts_of("1M47.pdb"):
        turns = contact.image_2.symmetry_code.split("_")[0]
        expected = {"1": StepKind.TRANSLATION, "2": StepKind.CLOSED_TWO_FOLD}
        assert step_kind(contact) is expected.get(turns, StepKind.SCREW)


# --- bodies ---------------------------------------------------------------------------


@pytest.fixture
def two_fold(made_up):
    """A helix 4 Å from the two-fold along b, and the same with the pair deposited as a dimer."""

    def build(*, is_author):
        named = made_up(
            (60.0, 40.0, 60.0, 90, 90, 90), "P 1 2 1", {"A": (4.0, 20.0, 0.0)}
        )
        turned = next(
            i for i, op in enumerate(named.entry.operators) if "-x" in op.name
        )
        dimer = Assembly(
            name="1",
            images=(ChainImage("A"), ChainImage("A", turned)),
            is_author_determined=is_author,
        )
        return named, name_entry(replace(named.entry, assemblies=(dimer,)))

    return build


def test_a_contact_of_a_deposited_assembly_is_inside_wherever_it_stands(two_fold):
    alone, dimer = two_fold(is_author=True)
    (contact,) = lattice_contacts(alone)
    assert contact.belonging is Belonging.LATTICE
    (contact,) = lattice_contacts(dimer)
    assert contact.belonging is Belonging.INSIDE
    bodies = Bodies(dimer)
    group = operator_group(dimer.entry)
    shifted = [
        ChainImage("A", *group.composed((0, (2, -1, 5)), placement(image)))
        for image in (contact.image_1, contact.image_2)
    ]
    assert bodies.belonging(*shifted) is Belonging.INSIDE
    assert bodies.belonging(contact.image_1, shifted[1]) is Belonging.LATTICE
    assert bodies.body_of(shifted[0]) == bodies.body_of(shifted[1])


def test_an_assembly_that_only_a_program_proposes_is_neither(two_fold):
    _, proposed = two_fold(is_author=False)
    bodies = Bodies(proposed)
    (contact,) = lattice_contacts(proposed)
    assert bodies.belonging(contact.image_1, contact.image_2) is Belonging.PROPOSED


@pytest.mark.entries
@pytest.mark.parametrize(
    ("name", "n_inside"),
    [
        # α1β1 and its copy by the two-fold: α1β1, α1β2, α1α2, β1β2 of haemoglobin …
        ("1HHO.cif", 4),
        # … all in the asymmetric unit, where β1β2 do not touch.
        ("4HHB.pdb", 5),
        ("1M47.pdb", 0),
        ("2B5I.pdb", 4),
    ],
)
def test_interfaces_of_deposited_assemblies_are_no_lattice_contacts(
    named_entry, name, n_inside
):
    found = Counter(c.belonging for c in lattice_contacts(named_entry(name)))
    assert found[Belonging.INSIDE] == n_inside


@pytest.mark.entries
@pytest.mark.parametrize("name", ["2B5I.pdb", "1HHO.cif", "1MYL.pdb", "2OOB.cif"])
def test_neighbours_are_the_same_from_everywhere(named_entry, name):
    named = named_entry(name)
    bodies, group = Bodies(named), operator_group(named.entry)
    random = np.random.default_rng(1)
    for contact in lattice_contacts(named):
        images = (contact.image_1, contact.image_2)
        key = bodies.neighbour_key(*map(bodies.body_of, images))
        for _ in range(5):
            at = (
                int(random.integers(len(group.rotations))),
                tuple(random.integers(-2, 3, size=3).tolist()),
            )
            moved = [
                ChainImage(i.auth_asym_id, *group.composed(at, placement(i)))
                for i in images
            ]
            there = [bodies.body_of(image) for image in moved]
            assert bodies.neighbour_key(*there) == key
            assert bodies.neighbour_key(*there[::-1]) == key
            for image, body in zip(moved, there, strict=True):
                assert image in bodies.images(body)


@pytest.mark.entries
def test_a_neighbour_of_2b5i_holds_three_contacts(named_entry):
    """The review: one step totals 418 + 279 + 37 Å² over three pairs of chains."""
    parameters = InterfaceParameters()
    measured = measured_contacts(named_entry("2B5I.pdb"), parameters=parameters)
    found = measured_neighbours(measured, parameters=parameters)
    (three,) = [n for n in found if len(n.parts) == 3]
    areas = [p.interface.burial.area_per_side_a2 for p in three.parts]
    assert areas == pytest.approx([418.0, 279.0, 37.0], abs=1.5)
    # Area near two neighbours at once counts once in the whole, twice in the sum.
    whole = three.whole.interface.burial.area_per_side_a2
    assert 0.95 * sum(areas) < whole < sum(areas)
    single = [n for n in found if len(n.parts) == 1]
    assert all(n.whole is n.parts[0] for n in single)
    inside = {id(m) for m in measured if m.contact.belonging is Belonging.INSIDE}
    outside = [p for n in found for p in n.parts]
    assert len(outside) + len(inside) == len(measured)
    assert not inside & set(map(id, outside))
