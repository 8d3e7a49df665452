"""Contacts of two sides: hand cases, the slow obvious version, swapping, real interfaces."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from il2struct.interface.interface import contacts_between
from il2struct.structure.model import ChainImage, make_side
from il2struct.structure.neighbours import CONTACT_CUTOFF_A, n_contact_pairs


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
@pytest.mark.parametrize(
    ("name", "a", "b"), [("2B5I.pdb", "A", "D"), ("1BRS.pdb", "A", "D")]
)
def test_swapping_the_sides(sides, name, a, b):
    one, two = sides(name, a, b)
    there, back = contacts_between(one, two), contacts_between(two, one)
    pairs = [
        dict(
            zip(zip(x.tolist(), y.tolist(), strict=True), found.distance_a, strict=True)
        )
        for found, x, y in (
            (there, there.residue_1, there.residue_2),
            (back, back.residue_2, back.residue_1),
        )
    ]
    assert pairs[0] == pairs[1]
    assert there.n_atom_pairs.sum() == back.n_atom_pairs.sum() == len(there.atom_1)


@pytest.mark.entries
def test_number_of_pairs_is_that_of_the_neighbour_search(sides, real_entry):
    entry = real_entry("2B5I.pdb")
    for a, b in ("AB", "AC", "AD", "BC", "CD"):
        found = contacts_between(*sides("2B5I.pdb", a, b))
        assert len(found.atom_1) == n_contact_pairs(entry, ChainImage(a), ChainImage(b))
        assert (found.atom_distance_a <= CONTACT_CUTOFF_A).all()
    assert len(contacts_between(*sides("2B5I.pdb", "C", "D")).atom_1) == 0


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
