"""Images that touch a chain, and molecules that stand in each other's place."""

from collections import Counter
from dataclasses import replace

import gemmi
import numpy as np
import pytest

from il2struct.errors import CoordinateError, NoCrystalError
from il2struct.interface.measure import interfaces_between, interfaces_of
from il2struct.lattice.operators import require_crystal
from il2struct.structure.model import ChainImage, atoms_of_residues
from il2struct.structure.named import name_entry
from il2struct.structure.neighbours import (
    CONTACT_CUTOFF_A,
    in_own_place,
    n_contact_pairs,
    n_group_operators,
    touching_images,
)


def contacts_of(entry, **options):
    return touching_images(entry, entry.protein_chains, **options)


def is_lattice(image):
    return (image.operator, image.cell_shift) != (0, (0, 0, 0))


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


def gemmi_model(entry, cell):
    """Heavy atoms of the protein chains, the same that il2struct looks at, in gemmi's frame."""
    crystal = entry.crystal
    fractional = entry.atoms.coords @ crystal.fractionalisation.T + crystal.origin_shift
    model = gemmi.Model(1)
    for chain in entry.protein_chains:
        copy = gemmi.Chain(chain.auth_asym_id)
        for row in chain.residue_index:
            residue = gemmi.Residue()
            residue.seqid = gemmi.SeqId(int(row), " ")
            rows = np.arange(
                entry.residues.atom_start[row], entry.residues.atom_stop[row]
            )
            for i in rows[~entry.atoms.is_hydrogen[rows]]:
                atom = gemmi.Atom()
                atom.pos = cell.orthogonalize(gemmi.Fractional(*fractional[i]))
                residue.add_atom(atom)
            copy.add_residue(residue)
        model.add_chain(copy)
    return model


def gemmis_contacts(structure, model):
    """Chain, image chain and fractional motion, with the number of atom pairs, by gemmi's search."""
    cell = structure.cell
    search = gemmi.NeighborSearch(model, cell, CONTACT_CUTOFF_A).populate()
    found: Counter[tuple] = Counter()
    for site in model.all():
        for mark in search.find_atoms(site.atom.pos, radius=CONTACT_CUTOFF_A):
            partner = mark.to_cra(model)
            near = cell.find_nearest_pbc_position(
                site.atom.pos, partner.atom.pos, mark.image_idx
            )
            place = cell.fractionalize(partner.atom.pos)
            if mark.image_idx:
                place = cell.images[mark.image_idx - 1].apply(place)
            moved = cell.fractionalize(near)
            shift = tuple(round(moved[k] - place[k]) for k in range(3))
            found[site.chain.name, partner.chain.name, mark.image_idx, shift] += 1
    transforms = [gemmi.Transform(), *cell.images]
    return {
        (
            *key[:2],
            _rounded(
                transforms[key[2]].mat.tolist(),
                np.add(transforms[key[2]].vec.tolist(), key[3]),
            ),
        ): n
        for key, n in found.items()
    }


def _rounded(turn, shift):
    values = np.concatenate([np.ravel(turn), np.ravel(shift)])
    return tuple((np.round(values, 2) + 0.0).tolist())


def fractional_motion(entry, image):
    crystal = entry.crystal
    rotation, translation = entry.transform(image)
    turn = crystal.fractionalisation @ rotation @ crystal.orthogonalisation
    shift = crystal.fractionalisation @ translation + crystal.origin_shift
    return _rounded(turn, shift - turn @ crystal.origin_shift)


@pytest.mark.entries
@pytest.mark.reference
@pytest.mark.parametrize(
    "name",
    [
        "3INK.pdb",
        "2B5I.pdb",
        "1KTZ.pdb",
        "3CYR.pdb",
        "4HHB.pdb",
        "2PFK.pdb",
        "1XDA.cif",
        "1ROP.pdb",
    ],
)
def test_the_same_contacts_as_gemmi_none_missing_none_twice(mirror, real_entry, name):
    # P1, C2, H32, P6122, two frames of their own, special positions, a dimer on an axis.
    entry = real_entry(name)
    structure = gemmi.read_structure(str(mirror / f"{name}.gz"))
    # gemmi's search refuses frames of their own, so it gets the same crystal in the standard one.
    structure.cell = gemmi.UnitCell(*structure.cell.parameters)
    structure.setup_cell_images()
    theirs = gemmis_contacts(structure, gemmi_model(entry, structure.cell))
    own = _rounded(np.eye(3), np.zeros(3))
    theirs = {key: n for key, n in theirs.items() if (key[0], key[2]) != (key[1], own)}
    found = contacts_of(entry)
    ours = {
        (
            c.auth_asym_id,
            c.image.auth_asym_id,
            fractional_motion(entry, c.image),
        ): c.n_pairs
        for c in found
    }
    assert len(ours) == len(found)
    assert ours.keys() == theirs.keys()
    # SCALE records round the cell to six decimals, which moves pairs over the border of 5 Å.
    tolerance = 0.005 if name in ("4HHB.pdb", "2PFK.pdb") else 0
    for key, n_pairs in ours.items():
        assert n_pairs == pytest.approx(theirs[key], rel=tolerance)


# --- known counts --------------------------------------------------------------------------------


@pytest.mark.entries
@pytest.mark.parametrize(
    ("name", "n_distinct"), [("2ERJ.pdb", 14), ("2B5I.pdb", 9), ("2B5I.cif", 9)]
)
def test_distinct_lattice_contacts(real_entry, name, n_distinct):
    entry = real_entry(name)
    lattice = [
        (c.auth_asym_id, c.image) for c in contacts_of(entry) if is_lattice(c.image)
    ]
    once = {min((a, i), inverse(entry, a, i)) for a, i in lattice}
    assert len(once) == n_distinct
    self_inverse = [(a, i) for a, i in lattice if inverse(entry, a, i) == (a, i)]
    assert len(lattice) == 2 * n_distinct - len(self_inverse)


@pytest.mark.entries
@pytest.mark.parametrize(
    ("name", "gamma", "alpha"),
    [
        # design, section 3: the contact of the network hypothesis.
        ("2ERJ.pdb", "C", ChainImage("A", 0, (0, -1, 0))),
        ("2ERJ.pdb", "G", ChainImage("E", 0, (0, 1, 0))),
        ("2B5I.pdb", "C", ChainImage("D", 2, (-1, 0, 0))),
    ],
)
def test_gamma_c_touches_alpha_through_the_lattice(real_entry, name, gamma, alpha):
    entry = real_entry(name)
    images = [c.image for c in contacts_of(entry) if c.auth_asym_id == gamma]
    assert [
        i for i in images if i.auth_asym_id == alpha.auth_asym_id and is_lattice(i)
    ] == [alpha]
    # … and not at all where the file has it.
    assert (
        n_contact_pairs(entry, ChainImage(gamma), ChainImage(alpha.auth_asym_id)) == 0
    )
    if name == "2B5I.pdb":
        assert alpha.symmetry_code == "3_455"


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


def test_oblique_cells_against_a_wide_search(read_text_as, pdb):
    text = pdb.cell(14, 17, 22, (70, 105, 62)) + pdb.peptide("AVKLE")
    entry = read_text_as(text)
    coords = entry.atoms.coords
    expected = []
    for shift in np.ndindex(9, 9, 9):
        cells = tuple(int(x) - 4 for x in shift)
        if cells == (0, 0, 0):
            continue
        moved = coords + entry.transform(ChainImage("A", 0, cells))[1]
        gap = np.linalg.norm(coords[:, None] - moved[None], axis=2)
        n_pairs = int((gap <= CONTACT_CUTOFF_A).sum())
        if n_pairs:
            expected.append((cells, n_pairs))
    found = [(c.image.cell_shift, c.n_pairs) for c in contacts_of(entry)]
    assert sorted(found) == sorted(expected)


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
    assert areas == {"IL4/B": 783, "IL4/C": 783}
