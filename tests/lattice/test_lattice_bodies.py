"""Which chains belong together, and which bodies are neighbours."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from il2struct.interface.interface import InterfaceParameters
from il2struct.lattice.contacts import Belonging, Bodies, lattice_contacts
from il2struct.lattice.measure import measured_contacts, measured_neighbours
from il2struct.lattice.operators import operator_group, placement
from il2struct.structure.model import Assembly, ChainImage
from il2struct.structure.named import name_entry


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
