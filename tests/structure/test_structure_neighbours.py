"""Images that touch a chain, and molecules that stand in each other's place."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from il2struct.errors import CoordinateError, NoCrystalError
from il2struct.interface.measure import interfaces_between, interfaces_of
from il2struct.kernels.cells import neighbour_pairs
from il2struct.lattice.operators import require_crystal
from il2struct.structure.model import ChainImage, atoms_of_residues
from il2struct.structure.named import name_entry
from il2struct.structure.neighbours import (
    in_own_place,
    n_contact_pairs,
    n_group_operators,
    near_pairs,
    touching_image_groups,
    touching_images,
)


def contacts_of(entry, **options):
    return touching_images(entry, entry.protein_chains, **options)


def inverse(entry, chain, image):
    """The same contact seen from the other side, by its Cartesian motion."""
    rotation, translation = entry.transform(image)
    for index, operator in enumerate(entry.operators):
        if np.abs(operator.rotation - rotation.T).max() > 1e-3:
            continue
        rest = entry.crystal.fractionalisation @ (
            -rotation.T @ translation - operator.translation
        )
        if np.abs(rest - np.round(rest)).max() < 1e-3:
            shift = tuple(int(x) for x in np.round(rest))
            return image.auth_asym_id, ChainImage(chain, index, shift)
    raise AssertionError(image)


# --- against gemmi -------------------------------------------------------------------------------


# --- known counts --------------------------------------------------------------------------------


# --- invariants ----------------------------------------------------------------------------------

INVARIANT_ENTRIES = [
    "2ERJ.pdb",
    "2B5I.pdb",
    "1KTZ.pdb",
    "3CYR.pdb",
    "4HHB.pdb",
    "1XDA.cif",
]


@pytest.mark.entries
@pytest.mark.parametrize("name", INVARIANT_ENTRIES)
def test_every_contact_is_seen_from_both_sides(real_entry, name):
    entry = real_entry(name)
    seen = {(c.auth_asym_id, c.image): c.n_pairs for c in contacts_of(entry)}
    assert len(seen) == len(contacts_of(entry))
    for (chain, image), n_pairs in seen.items():
        assert seen[inverse(entry, chain, image)] == n_pairs
        assert n_contact_pairs(entry, ChainImage(chain), image) == n_pairs


@pytest.mark.entries
@pytest.mark.parametrize("name", ["2B5I.pdb", "1KTZ.pdb", "4HHB.pdb"])
def test_origin_moved_by_whole_cells(real_entry, name):
    # Only a lattice vector: symmetry elements do not move with the atoms.
    entry = real_entry(name)
    vector = entry.crystal.orthogonalisation @ np.array([2, -1, 3])
    moved = replace(
        entry, atoms=replace(entry.atoms, coords=entry.atoms.coords + vector)
    )
    before, after = contacts_of(entry), contacts_of(moved)
    assert sorted(
        (c.auth_asym_id, c.image.auth_asym_id, c.n_pairs) for c in before
    ) == sorted((c.auth_asym_id, c.image.auth_asym_id, c.n_pairs) for c in after)
    # The images themselves are the same places, named from the new origin.
    for contact in after:
        rotation, _ = entry.transform(contact.image)
        shift = entry.crystal.fractionalisation @ (rotation @ vector - vector)
        np.testing.assert_allclose(shift, np.round(shift), atol=1e-3)
        cells = np.add(contact.image.cell_shift, np.round(shift)).astype(int).tolist()
        same = replace(contact.image, cell_shift=tuple(cells))
        assert (contact.auth_asym_id, same) in [
            (c.auth_asym_id, c.image) for c in before
        ]


@pytest.mark.entries
@pytest.mark.parametrize("name", ["2B5I.pdb", "1KTZ.pdb"])
def test_a_chain_moved_to_an_image_of_itself_has_the_same_neighbours(real_entry, name):
    # Another choice of the asymmetric unit: the last chain by an operator and a cell.
    entry = real_entry(name)
    chain = entry.protein_chains[-1]
    rows = atoms_of_residues(entry, chain.residue_index)
    rotation, translation = entry.transform(
        ChainImage(chain.auth_asym_id, 1, (1, 0, -1))
    )
    coords = entry.atoms.coords.copy()
    coords[rows] = coords[rows] @ rotation.T + translation
    moved = replace(entry, atoms=replace(entry.atoms, coords=coords))
    counts = [
        sorted(
            (c.auth_asym_id, c.image.auth_asym_id, c.n_pairs) for c in contacts_of(e)
        )
        for e in (entry, moved)
    ]
    assert counts[0] == counts[1]


@pytest.mark.entries
def test_chains_asked_for_are_the_only_ones(real_entry):
    entry = real_entry("2B5I.pdb")
    gamma = entry.chain("C")
    found = touching_images(entry, [gamma])
    expected = [
        c
        for c in contacts_of(entry)
        if (c.auth_asym_id, c.image.auth_asym_id) == ("C", "C")
    ]
    assert list(found) == expected


@pytest.mark.entries
def test_a_shorter_reach_finds_a_subset(real_entry):
    entry = real_entry("2B5I.pdb")
    near = {
        (c.auth_asym_id, c.image): c.n_pairs for c in contacts_of(entry, cutoff_a=3.5)
    }
    far = {
        (c.auth_asym_id, c.image): c.n_pairs for c in contacts_of(entry, cutoff_a=6.0)
    }
    assert near.keys() < far.keys()
    assert all(near[key] < far[key] for key in near)


# --- made structures -----------------------------------------------------------------------------


def test_without_a_crystal_only_what_the_file_has(read_text_as, pdb):
    text = pdb.peptide("GAV") + "TER\n" + pdb.peptide("LL", chain="B", origin=(0, 4, 0))
    entry = read_text_as(text)
    assert [(c.auth_asym_id, c.image) for c in contacts_of(entry)] == [
        ("A", ChainImage("B")),
        ("B", ChainImage("A")),
    ]


def test_chains_far_apart_without_a_crystal(read_text_as, pdb):
    text = (
        pdb.peptide("GAV") + "TER\n" + pdb.peptide("LL", chain="B", origin=(0, 400, 0))
    )
    assert contacts_of(read_text_as(text)) == ()


def test_translation_along_a_short_edge(read_text_as, pdb):
    # Five residues of 3.8 Å in a cell of 20 Å: head to tail on both sides, and next but one not.
    entry = read_text_as(pdb.cell(20, 80, 90) + pdb.peptide("AAAAA"))
    assert [c.image.cell_shift for c in contacts_of(entry)] == [(-1, 0, 0), (1, 0, 0)]


def test_a_cell_shorter_than_the_chain(read_text_as, pdb):
    # Images several cells away overlap along the chain: a fixed search of -1 to 1 would miss them.
    entry = read_text_as(pdb.cell(10, 80, 90) + pdb.peptide("A" * 20))
    shifts = [c.image.cell_shift[0] for c in contacts_of(entry)]
    # 19 steps of 3.8 Å and a residue of 2.5 Å: 74.7 Å long, so up to (74.7 + 5) / 10 cells away.
    assert shifts == [*range(-7, 0), *range(1, 8)]


def test_hydrogens_do_not_touch(read_text_as, pdb):
    text = (
        pdb.atom("CA", "ALA", 1, (0, 0, 0))
        + pdb.atom("HA", "ALA", 1, (2, 0, 0))
        + "TER\n"
        + pdb.atom("CA", "ALA", 1, (6, 0, 0), chain="B")
    )
    assert contacts_of(read_text_as(text)) == ()


def test_a_chain_of_hydrogens_alone_has_a_place(read_text_as, pdb):
    # Deuterium positions only: it cannot touch by heavy atoms, but must not break the search.
    text = (
        pdb.atom("D", "ALA", 1, (0, 0, 0))
        + "TER\n"
        + pdb.peptide("GA", chain="B", origin=(90, 0, 0))
    )
    assert contacts_of(read_text_as(text)) == ()


def test_operators_of_assemblies_are_no_neighbours(read_text_as, pdb):
    head = (
        "REMARK 350 BIOMOLECULE: 1\nREMARK 350 APPLY THE FOLLOWING TO CHAINS: A\n"
        + pdb.matrix("BIOMT", np.eye(3), (0, 0, 0), number=1)
        + pdb.matrix("BIOMT", np.diag([-1.0, -1.0, 1.0]), (0, 3, 0), number=2)
    )
    entry = read_text_as(head + pdb.cell() + pdb.peptide("GAV"))
    assert len(entry.operators) == 2
    assert n_group_operators(entry) == 1
    assert contacts_of(entry) == ()


def test_ncs_copies_are_neighbours(read_text_as, pdb):
    # The file holds one of two copies and says so: the other one is there, and so are its images.
    text = (
        pdb.cell(80, 80, 80)
        + pdb.matrix("MTRIX", np.diag([-1.0, -1.0, 1.0]), (0, 4, 0), number=2)
        + pdb.peptide("GAV")
    )
    entry = read_text_as(text)
    assert [c.image.operator for c in contacts_of(entry)] == [1]


@pytest.mark.entries
def test_an_atom_far_out_of_place_is_refused_and_does_not_hang(real_entry):
    """Counting through 10^9 cells would take for ever; the chain is named instead."""
    entry = real_entry("1ROP.pdb")
    coords = entry.atoms.coords.copy()
    coords[0] = 90_000.0
    strayed = replace(entry, atoms=replace(entry.atoms, coords=coords))
    with pytest.raises(CoordinateError, match=r"Chain A of 1ROP is \d+ Å wide"):
        touching_images(strayed, strayed.protein_chains)


# --- images that take turns ----------------------------------------------------------------------


def on_an_axis(pdb, occupancy, n=2, offset=0.3):
    """A peptide across the origin, on the two- or threefold axis along z of its cell."""
    cell = pdb.cell(90, 90, 90, group="P 1 1 2") if n == 2 else pdb.cell(
        90, 90, 90, angles=(90, 90, 120), group="P 3"
    )  # fmt: skip
    return cell + pdb.peptide(
        "GASLG", chain="P", origin=(-9.5, offset, 0), occupancy=occupancy
    )


@pytest.mark.parametrize(("n", "occupancy"), [(2, 0.5), (2, 0.49), (3, 0.33)])
def test_half_a_peptide_on_an_axis_does_not_meet_itself(
    read_text_as, pdb, n, occupancy
):
    entry = read_text_as(on_an_axis(pdb, occupancy, n))
    assert contacts_of(entry) == ()
    assert n_contact_pairs(entry, ChainImage("P"), ChainImage("P", 1)) == 0
    note = next(n for n in entry.notes if n.topic == "alternative_images")
    assert note.count == n - 1
    assert "P (2_555)" in note.subject


@pytest.mark.parametrize(
    ("occupancy", "offset"),
    [(1.0, 0.3), (0.0, 0.3), (0.5, 3.5)],
    ids=["whole", "unknown occupancy", "beside the axis"],
)
def test_other_images_on_an_axis_are_contacts(read_text_as, pdb, occupancy, offset):
    entry = read_text_as(on_an_axis(pdb, occupancy, offset=offset))
    assert [c.image for c in contacts_of(entry)] == [ChainImage("P", 1)]
    assert "alternative_images" not in [note.topic for note in entry.notes]


def test_two_chains_in_one_place_half_of_the_time_each(read_text_as, pdb):
    text = "".join(
        pdb.peptide("GASLG", chain=chain, origin=(0, y, 0), occupancy=share)
        for chain, y, share in (("A", 0, 0.4), ("B", 0.5, 0.6), ("C", 4.5, 1.0))
    )
    entry = read_text_as(text)
    pairs = {(c.auth_asym_id, c.image.auth_asym_id) for c in contacts_of(entry)}
    assert pairs == {("A", "C"), ("B", "C"), ("C", "A"), ("C", "B")}
    topics = [note.topic for note in entry.notes]
    assert topics.count("alternative_images") == 2


def topics(entry):
    return {note.topic: note for note in entry.notes}


def sheet(pdb, chain="A", origin=(0, 0, 0)):
    """Twelve residues along x."""
    return pdb.peptide("GAVKLEGAVKLE", chain=chain, origin=origin)


def test_images_that_run_through_the_molecule_are_of_another_cell(read_text_as, pdb):
    # The next cell along x begins 10 Å on, within the chain of 46 Å.
    entry = read_text_as(pdb.cell(10.3, 60, 60) + sheet(pdb))
    assert entry.crystal is not None
    named = name_entry(entry)
    assert named.entry.crystal is None
    assert len(named.entry.operators) == 1
    note = topics(named.entry)["cell_of_other_coordinates"]
    assert note.count > 5
    with pytest.raises(NoCrystalError, match="made has no unit cell of its own"):
        require_crystal(named.entry)


def test_a_few_bad_contacts_leave_the_cell(read_text_as, pdb):
    # One atom on the end of the next image.
    stray = pdb.atom("CB", "ALA", 13, (59.0, 0, 0))
    entry = read_text_as(pdb.cell(60, 60, 60) + sheet(pdb) + stray)
    assert in_own_place(entry).crystal is not None


def test_half_a_molecule_on_an_axis_leaves_the_cell(read_text_as, pdb):
    half = pdb.peptide("GAVKLEGAVKLE", occupancy=0.5)
    entry = read_text_as(pdb.cell(60, 60, 60, group="P 1 2 1") + half)
    assert in_own_place(entry).crystal is not None


def test_assemblies_that_need_the_cell_go_with_it(read_text_as, pdb):
    head = (
        "REMARK 350 BIOMOLECULE: 1\nREMARK 350 APPLY THE FOLLOWING TO CHAINS: A\n"
        + pdb.matrix("BIOMT", np.eye(3), (0, 0, 0))
        + pdb.matrix("BIOMT", np.diag([-1.0, -1.0, 1.0]), (0, 30, 0), number=2)
    )
    entry = read_text_as(head + pdb.cell(10.3, 60, 60) + sheet(pdb))
    assert len(entry.assemblies[0].images) == 2
    assert in_own_place(entry).assemblies == ()


@pytest.mark.parametrize("shift", [(0, 0, 0), (0, 0.8, 0.5)])
def test_poses_in_one_place_are_no_interface(read_text_as, pdb, shift):
    text = (
        sheet(pdb)
        + sheet(pdb, "B", (0, 4.5, 0))
        + sheet(pdb, "C", np.add((0, 4.5, 0), shift))
    )
    named = name_entry(read_text_as(text))
    assert topics(named.entry)["overlapping_chains"].subject == "B, C"
    pairs = [(i.sides[0].label, i.sides[1].label) for i in interfaces_of(named)]
    assert pairs == [("A", "B"), ("A", "C")]
    # Asked for by name, it is measured.
    assert len(interfaces_between(named, "B/C")) == 1


def test_chains_that_clash_a_little_are_an_interface(read_text_as, pdb):
    text = sheet(pdb) + sheet(pdb, "B", (40, 1.5, 0))
    named = name_entry(read_text_as(text))
    assert "overlapping_chains" not in topics(named.entry)


def test_an_entry_in_order_is_returned_as_it_is(read_text_as, pdb):
    entry = read_text_as(pdb.cell(60, 60, 60) + sheet(pdb) + sheet(pdb, "B", (0, 9, 0)))
    assert in_own_place(entry).notes == entry.notes


@pytest.mark.entries
def test_a_second_pose_of_a_receptor_comes_with_its_complex(real_text, read_text_as):
    atoms = [
        x for x in real_text("1IAR.pdb").splitlines(keepends=True) if x[:4] == "ATOM"
    ]
    poses = [x[:21] + "C" + x[22:] for x in atoms if x[21] == "B"]
    named = name_entry(read_text_as("".join([*atoms, "TER\n", *poses, "END\n"])))
    areas = {
        i.interface_id: round(i.burial.area_per_side_a2) for i in interfaces_of(named)
    }
    assert areas == {"IL4/B": 784, "IL4/C": 784}


PLACES = st.one_of(st.floats(-40.0, 40.0), st.sampled_from([0.0, -1e9, 1e9, 1e300]))
COORDS = st.lists(st.tuples(PLACES, PLACES, PLACES), max_size=25)


def pairs_of(coords_1, coords_2, cutoff_a):
    first, second = near_pairs(coords_1, coords_2, cutoff_a)
    return sorted(zip(first.tolist(), second.tolist(), strict=True))


def compiled_pairs(coords_1, coords_2, cutoff_a):
    found = neighbour_pairs(coords_1, coords_2, cutoff_a)
    return list(zip(found.index_1.tolist(), found.index_2.tolist(), strict=True))


@given(COORDS, COORDS, st.floats(0.5, 30.0))
@pytest.mark.filterwarnings("ignore:overflow")  # squares of 1e300
def test_equals_the_compiled_search(coords_1, coords_2, cutoff_a):
    coords = [np.array(c, dtype=float).reshape(-1, 3) for c in (coords_1, coords_2)]
    for array in coords:
        array.setflags(write=False)
    assert pairs_of(*coords, cutoff_a) == compiled_pairs(*coords, cutoff_a)


@given(st.integers(0, 10_000), st.integers(1, 300), st.floats(0.5, 12.0))
def test_equals_all_pairs_in_a_crowd(seed, n, cutoff_a):
    coords_1, coords_2 = np.random.default_rng(seed).uniform(0, 25, (2, n, 3))
    gap = coords_1[:, None] - coords_2
    square = gap[..., 0] ** 2 + gap[..., 1] ** 2 + gap[..., 2] ** 2
    expected = np.argwhere(square <= cutoff_a**2)
    assert pairs_of(coords_1, coords_2, cutoff_a) == [tuple(p) for p in expected]


def test_the_cut_off_is_inclusive():
    assert pairs_of([[0, 0, 0]], [[3, 0, 4], [3.001, 0, 4]], 5.0) == [(0, 0)]


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_coordinates_that_are_not_finite_are_refused(bad):
    with pytest.raises(CoordinateError, match="coords_2 holds 1 positions"):
        near_pairs([[0, 0, 0]], [[0, 0, 0], [0, bad, 0]], 5.0)
    with pytest.raises(CoordinateError, match="not finite"):
        touching_image_groups([[0, 0, bad]], [0, 1], STILL, None, cutoff_a=5.0)


STILL = (np.eye(3)[None], np.zeros((1, 3)))


def rows_of(found):
    return [
        (int(g), int(m), int(i), tuple(shift.tolist()), int(n))
        for g, m, i, shift, n in zip(
            found.group,
            found.motion,
            found.image_group,
            found.cell_shift,
            found.n_pairs,
            strict=True,
        )
    ]


def slow(coords, first_row, motions, cell, cutoff_a, reach):
    """Every motion, every group, every shift, every pair of atoms."""
    groups = [coords[a:b] for a, b in itertools.pairwise(first_row)]
    shifts = [(0, 0, 0)]
    if cell is not None:
        shifts = list(itertools.product(range(-reach, reach + 1), repeat=3))
    found = []
    for i, own in enumerate(groups):
        for m, (rotation, translation) in enumerate(zip(*motions, strict=True)):
            for j, other in enumerate(groups):
                for shift in shifts:
                    if i == j and m == 0 and shift == (0, 0, 0):
                        continue
                    step = (
                        np.zeros(3) if cell is None else cell @ np.array(shift, float)
                    )
                    moved = other @ rotation.T + translation + step
                    gaps = np.linalg.norm(own[:, None] - moved[None], axis=2)
                    n_pairs = int((gaps <= cutoff_a).sum())
                    if n_pairs:
                        found.append((i, m, j, shift, n_pairs))
    return found


@settings(max_examples=25)
@given(seed=st.integers(0, 10_000), has_cell=st.booleans())
def test_equals_the_slow_way(seed, has_cell):
    rng = np.random.default_rng(seed)
    sizes = rng.integers(1, 12, size=3)
    coords = rng.uniform(-8, 8, size=(int(sizes.sum()), 3))
    first_row = np.concatenate([[0], np.cumsum(sizes)])
    two_fold = np.diag([-1.0, 1.0, -1.0])
    motions = (
        np.stack([np.eye(3), two_fold]),
        np.array([[0.0, 0.0, 0.0], [1.5, 7.0, -2.0]]),
    )
    cell = np.array([[14.0, 2.0, -3.0], [0.0, 17.0, 1.0], [0.0, 0.0, 15.0]])
    for array in (coords, *motions, cell):
        array.setflags(write=False)
    found = touching_image_groups(
        coords, first_row, motions, cell if has_cell else None, cutoff_a=4.0
    )
    # Extent 16 Å in each direction, cells of 14 Å and more: three shifts each way reach all.
    expected = slow(coords, first_row, motions, cell if has_cell else None, 4.0, 4)
    assert rows_of(found) == expected


def test_the_cut_off_is_inclusive_and_the_group_is_not_its_own_image():
    pair = np.array([[0.0, 0.0, 0.0], [5.0, 0.0, 0.0]])
    found = touching_image_groups(pair, [0, 1, 2], STILL, None, cutoff_a=5.0)
    assert rows_of(found) == [(0, 0, 1, (0, 0, 0), 1), (1, 0, 0, (0, 0, 0), 1)]
    assert not rows_of(
        touching_image_groups(pair, [0, 1, 2], STILL, None, cutoff_a=4.99)
    )
    assert not rows_of(touching_image_groups(pair, [0, 2], STILL, None, cutoff_a=9.0))
