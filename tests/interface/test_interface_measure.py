"""Interfaces of an entry, sides chosen by hand, and the waters around them."""

import numpy as np
import pytest
from fragments import placed

from il2struct.errors import ParameterError, UnknownChainError
from il2struct.interface.interface import InterfaceParameters, interface_parameters
from il2struct.interface.measure import (
    SAME_PLACE_A,
    WATER_REACH_A,
    image_label,
    interfaces_between,
    interfaces_of,
    notes_of,
    parse_between,
    select_pairs,
    waters_around,
)
from il2struct.structure.model import (
    ChainImage,
    ResidueKind,
    atoms_of_residues,
)
from il2struct.structure.named import name_entry
from il2struct.structure.neighbours import n_group_operators


@pytest.mark.entries
def test_only_pairs_that_touch_are_measured(named_entry):
    found = interfaces_of(named_entry("2B5I.cif"))
    assert [i.interface_id for i in found] == [
        "IL2/IL2RA",
        "IL2/IL2RB",
        "IL2/IL2RG",
        "IL2RB/IL2RG",
    ]
    assert all(len(i.contacts.residue_1) for i in found)


@pytest.mark.entries
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


@pytest.mark.entries
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


@pytest.mark.entries
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


@pytest.mark.entries
def test_copies_in_a_symmetric_assembly_are_measured_once(real_entry):
    found = interfaces_of(name_entry(real_entry("1HHO.cif")))
    assert all(i.n_copies >= 1 for i in found)
    assert any(i.n_copies == 2 for i in found)
    labels = [i.interface_id for i in found]
    assert len(set(labels)) == len(labels)


@pytest.mark.entries
def test_notes_gather_what_every_step_had_to_say(named_entry):
    named = named_entry("1Z92.pdb")
    notes = notes_of(named, interfaces_of(named))
    assert set(named.entry.notes) <= set(notes)
    for complex_ in named.complexes:
        assert set(complex_.notes) <= set(notes)


# --- selection ------------------------------------------------------------------------


def chosen(named, text):
    pairs = select_pairs(named, text)
    return [
        (
            p.complex_id,
            *(
                " ".join(image_label(i) for i in side)
                for side in (p.images_1, p.images_2)
            ),
        )
        for p in pairs
    ]


@pytest.mark.parametrize(
    ("entry", "text", "chains"),
    [
        ("2B5I.pdb", "IL-2 A/CD25 D", "AD"),
        ("1BRS.pdb", "barnase A/Barstar D", "AD"),
        ("5LQB.pdb", "IL-2/Fab 1 heavy H", "AH"),
        ("5LQB.pdb", "IL-2 (A)/fab 1 light", "AL"),
    ],
)
def test_names_as_they_are_printed(named_entry, entry, text, chains):
    pairs = select_pairs(named_entry(entry), text)
    sides = [
        [
            image.auth_asym_id
            for images in (pair.images_1, pair.images_2)
            for image in images
        ]
        for pair in pairs
    ]
    assert sides[0] == list(chains)


def test_a_printed_name_of_several_chains_is_told_apart(named_entry):
    with pytest.raises(ParameterError, match="barnase is chains A, B, C"):
        select_pairs(named_entry("1BRS.pdb"), "barnase/D")


@pytest.mark.parametrize(
    ("text", "sides"),
    [
        ("A/B", (("A",), ("B",))),
        ("A,B/C", (("A", "B"), ("C",))),
        (" A , B / C ", (("A", "B"), ("C",))),
        ("IL2/IL2RA,IL2RB", (("IL2",), ("IL2RA", "IL2RB"))),
        ("A,,B/C,", (("A", "B"), ("C",))),
    ],
)
def test_parse(text, sides):
    assert parse_between(text) == sides


@pytest.mark.parametrize("text", ["", "A", "A/", "/B", "A/B/C", ",/,", "/", "A,B"])
def test_not_two_sides(text):
    with pytest.raises(ParameterError, match="two sides"):
        parse_between(text)


@pytest.mark.parametrize("text", ["A/A", "A,B/B,C", "IL2/IL2"])
def test_a_name_on_both_sides(text):
    with pytest.raises(ParameterError, match="both sides"):
        parse_between(text)


@pytest.mark.entries
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("IL2/IL2RA", [("1", "D", "A"), ("2", "H", "E")]),
        ("il2ra/il2", [("1", "A", "D"), ("2", "E", "H")]),
        ("IL2RB,IL2RG/IL2,IL2RA", [("1", "B C", "D A"), ("2", "F G", "H E")]),
        ("D/A", [("1", "D", "A")]),
        ("D/IL2RG", [("1", "D", "C")]),
        ("A,B/C", [("1", "A B", "C")]),
        # Chains of two complexes have none in common, and are taken where the file has them.
        ("A/E", [("", "A", "E")]),
        ("B,F/A", [("", "B F", "A")]),
    ],
)
def test_sides_of_2erj(named_entry, text, expected):
    assert chosen(named_entry("2ERJ.pdb"), text) == expected


@pytest.mark.entries
def test_labels_are_as_asked(named_entry):
    named = named_entry("2ERJ.pdb")
    pair = select_pairs(named, "IL2RB,IL2RG/IL2")[0]
    assert (pair.label_1, pair.label_2) == ("IL2RB,IL2RG", "IL2")


@pytest.mark.entries
def test_chain_in_an_assembly_means_the_deposited_image(named_entry):
    named = named_entry("1HHO.cif")
    assert chosen(named, "A/B") == [("1", "A", "B")]


@pytest.mark.entries
@pytest.mark.parametrize("text", ["Q/A", "A/Q", "IL15/A", "a/B", "unknown/A"])
def test_unknown_names_are_refused_with_what_there_is(named_entry, text):
    with pytest.raises(UnknownChainError) as caught:
        chosen(named_entry("2ERJ.pdb"), text)
    message = str(caught.value)
    assert message.startswith("2ERJ has no chain or role")
    assert "IL2RG" in message
    assert message.endswith(".")


@pytest.mark.entries
@pytest.mark.parametrize("text", ["D/IL2", "IL2/D", "A,B/IL2RA,C", "il2/IL2"])
def test_one_chain_on_both_sides_by_name_and_by_role(named_entry, text):
    # The side against itself would bury half of everything.
    with pytest.raises(ParameterError, match=r"mean chain [AD]"):
        chosen(named_entry("2ERJ.pdb"), text)


@pytest.mark.entries
def test_a_chain_named_twice_counts_once(named_entry):
    assert chosen(named_entry("2ERJ.pdb"), "D,D,IL2/A") == [("1", "D", "A")]


def test_chain_names_go_before_roles(read_text_as, cif_text):
    from il2struct.structure.named import name_entry

    rows = [
        {"label_atom_id": atom, "type_symbol": atom[0], "label_asym_id": chain, "label_seq_id": number,
         "label_entity_id": chain, "Cartn_x": 3.8 * number + dx, "Cartn_y": y, "Cartn_z": 0}
        for chain, y in (("IL2", 0), ("B", 5))
        for number in range(1, 6)
        for atom, dx in (("N", 0.0), ("CA", 1.4), ("C", 2.5))
    ]  # fmt: skip
    named = name_entry(read_text_as(cif_text(rows)))
    assert chosen(named, "IL2/B") == [("1", "IL2", "B")]


def test_labels_of_images():
    assert image_label(ChainImage("A")) == "A"
    assert image_label(ChainImage("A", 2, (-1, 0, 0))) == "A[3_455]"


# --- waters ---------------------------------------------------------------------------


def box_of(sides):
    coords = np.concatenate([side.atoms.coords for side in sides])
    return coords.min(axis=0) - WATER_REACH_A, coords.max(axis=0) + WATER_REACH_A


def brute_force(entry, sides, reach=3):
    """Every operator, every cell from -reach to reach, every water; close copies merged."""
    rows = np.flatnonzero(entry.residues.kind == ResidueKind.WATER)
    waters = entry.atoms.select(atoms_of_residues(entry, rows))
    waters = waters.select(waters.element == "O")
    low, high = box_of(sides)
    span = np.arange(-reach, reach + 1)
    cells = np.stack(np.meshgrid(span, span, span, indexing="ij"), axis=-1).reshape(
        -1, 3
    )
    places = []
    for operator in entry.operators[: n_group_operators(entry)]:
        moved = waters.coords @ operator.rotation.T + operator.translation
        for cell in cells @ entry.crystal.orthogonalisation.T:
            shifted = moved + cell
            inside = ((shifted >= low) & (shifted <= high)).all(axis=1)
            places += list(
                zip(waters.residue_index[inside].tolist(), shifted[inside], strict=True)
            )
    kept: list[tuple[int, np.ndarray]] = []
    for row, place in places:
        if (
            not kept
            or np.linalg.norm(np.array([k[1] for k in kept]) - place, axis=1).min()
            > SAME_PLACE_A
        ):
            kept.append((row, place))
    return kept


@pytest.mark.entries
@pytest.mark.parametrize(
    ("name", "chains"),
    [
        ("2B5I.pdb", "AD"),
        ("1BRS.pdb", "CF"),
        ("1KTZ.pdb", "AB"),
        ("3CYR.pdb", "A"),
        ("1XDA.cif", "AB"),
        ("2OOB.cif", "AB"),
        ("4HHB.pdb", "AB"),
    ],
)
def test_the_same_waters_as_by_brute_force(real_entry, name, chains):
    entry = real_entry(name)
    sides = placed(entry, *chains)
    found = waters_around(entry, sides)
    low, high = box_of(sides)
    assert len(found) > 0
    assert (found.coords >= low).all()
    assert (found.coords <= high).all()
    assert set(found.element) == {"O"}
    expected = brute_force(entry, sides)
    assert len(found) == len(expected)
    places = np.array([place for _, place in expected])
    gaps = np.linalg.norm(found.coords[:, None] - places[None], axis=2)
    # Which of the copies on a special position is kept is a matter of order.
    assert gaps.min(axis=1).max() <= SAME_PLACE_A
    assert (
        (found.residue_index[:, None] == np.array([row for row, _ in expected]))
        .any(axis=1)
        .all()
    )
    names = entry.residues.kind[found.residue_index]
    assert set(names) == {ResidueKind.WATER}


@pytest.mark.entries
@pytest.mark.parametrize("name", ["1XDA.cif", "1ZEH.pdb", "2B5I.pdb", "1HHO.cif"])
def test_no_place_twice(real_entry, name):
    # Waters on the three-fold axes of 1XDA and 1ZEH are their own images.
    entry = real_entry(name)
    sides = placed(entry, *(c.auth_asym_id for c in entry.protein_chains))
    coords = waters_around(entry, sides).coords
    gaps = np.linalg.norm(coords[:, None] - coords[None], axis=2)
    np.fill_diagonal(gaps, np.inf)
    assert gaps.min() > SAME_PLACE_A


@pytest.mark.entries
def test_moving_the_sides_by_a_lattice_vector_moves_their_waters(real_entry):
    entry = real_entry("2B5I.pdb")
    here = waters_around(entry, placed(entry, "A", "D"))
    shift = (5, -4, 3)
    there = waters_around(
        entry, placed(entry, ChainImage("A", 0, shift), ChainImage("D", 0, shift))
    )
    vector = entry.crystal.orthogonalisation @ np.array(shift)
    gaps = np.linalg.norm((there.coords - vector)[:, None] - here.coords[None], axis=2)
    assert gaps.shape[0] == gaps.shape[1]
    assert gaps.min(axis=1).max() < 1e-6


@pytest.mark.entries
def test_images_by_symmetry_have_the_same_waters(real_entry):
    entry = real_entry("1HHO.cif")
    # HOH B 209 is on a two-fold axis, says the file; which of its copies is kept is arbitrary.
    special = np.flatnonzero(
        (entry.residues.auth_asym_id == "B") & (entry.residues.auth_number == 209)
    )
    found = []
    for operator in (0, 6):
        sides = placed(entry, ChainImage("A", operator), ChainImage("B", operator))
        waters = waters_around(entry, sides)
        coords = np.concatenate([side.atoms.coords for side in sides])
        gaps = np.linalg.norm(waters.coords[:, None] - coords[None], axis=2).min(axis=1)
        near = (gaps < 3.5) & ~np.isin(waters.residue_index, special)
        found.append(
            sorted(
                zip(
                    waters.residue_index[near].tolist(),
                    np.round(gaps[near], 4),
                    strict=True,
                )
            )
        )
    assert found[0] == found[1]
    assert len(found[0]) > 50


# --- made ----------------------------------------------------------------------------------------


def with_waters(pdb, places, head=""):
    return (
        head
        + pdb.peptide("GAV")
        + "TER\n"
        + "".join(
            pdb.atom("O", "HOH", 100 + i, xyz, record="HETATM")
            for i, xyz in enumerate(places)
        )
    )


def test_no_waters_and_no_sides(read_text_as, pdb):
    dry = read_text_as(pdb.peptide("GAV"))
    assert len(waters_around(dry, placed(dry, "A"))) == 0
    wet = read_text_as(with_waters(pdb, [(0, 3, 0)]))
    assert len(waters_around(wet, [])) == 0


def test_without_a_crystal_the_waters_of_the_file(read_text_as, pdb):
    entry = read_text_as(with_waters(pdb, [(0, 3, 0), (0, 60, 0)]))
    found = waters_around(entry, placed(entry, "A"))
    assert found.coords.tolist() == [[0, 3, 0]]


@pytest.mark.parametrize("place", [(0, 0, 7), (0.1, 3, 0.1)])
def test_special_position_gives_one_water(read_text_as, pdb, place):
    # Two-fold axis along b through the origin, exactly on it or beside it by less than 0.5 Å.
    text = with_waters(
        pdb, [(0, place[1], 0) if place[0] == 0 else place], pdb.cell(group="P 1 2 1")
    )
    entry = read_text_as(text)
    found = waters_around(entry, placed(entry, "A"))
    assert len(found) == 1


def test_a_water_off_the_axis_gives_two(read_text_as, pdb):
    entry = read_text_as(with_waters(pdb, [(1.5, 3, 0)], pdb.cell(group="P 1 2 1")))
    found = waters_around(entry, placed(entry, "A"))
    assert sorted(found.coords.tolist()) == [[-1.5, 3, 0], [1.5, 3, 0]]
    assert len(set(found.residue_index.tolist())) == 1


def test_a_water_many_cells_away_is_brought_here(read_text_as, pdb):
    entry = read_text_as(with_waters(pdb, [(400, 503, -600)], pdb.cell(40, 50, 60)))
    found = waters_around(entry, placed(entry, "A"))
    np.testing.assert_allclose(found.coords, [[0, 3, 0]], atol=1e-9)


def test_a_box_wider_than_the_cell(read_text_as, pdb):
    # 30 residues of 3.8 Å over cells of 13 Å: the same water again and again.
    text = pdb.cell(13, 40, 40) + pdb.peptide("A" * 30) + "TER\n"
    entry = read_text_as(text + pdb.atom("O", "HOH", 100, (0, 4, 0), record="HETATM"))
    sides = placed(entry, "A")
    found = waters_around(entry, sides)
    low, high = box_of(sides)
    x = np.arange(-100, 100) * 13.0
    assert len(found) == ((x >= low[0]) & (x <= high[0])).sum()


def test_hydrogens_of_waters_are_left_out(read_text_as, pdb):
    text = with_waters(pdb, [(0, 3, 0)]) + pdb.atom(
        "H1", "HOH", 100, (0, 3.9, 0), record="HETATM"
    )
    entry = read_text_as(text)
    assert len(waters_around(entry, placed(entry, "A"))) == 1


def test_operators_of_assemblies_place_waters_only_for_their_sides(read_text_as, pdb):
    head = (
        "REMARK 350 BIOMOLECULE: 1\nREMARK 350 APPLY THE FOLLOWING TO CHAINS: A\n"
        + pdb.matrix("BIOMT", np.eye(3), (0, 0, 0), number=1)
        + pdb.matrix("BIOMT", np.diag([-1.0, -1.0, 1.0]), (0, 7, 0), number=2)
    )
    entry = read_text_as(with_waters(pdb, [(0, 3, 0)], head + pdb.cell(90, 90, 90)))
    alone = waters_around(entry, placed(entry, "A"))
    assert alone.coords.tolist() == [[0, 3, 0]]
    both = waters_around(entry, placed(entry, "A", ChainImage("A", 1)))
    assert sorted(both.coords.tolist()) == [[0, 3, 0], [0, 4, 0]]
    # Such an operator does not repeat with the cells: this water comes here by the cell alone.
    away = read_text_as(with_waters(pdb, [(0, 93, 0)], head + pdb.cell(90, 90, 90)))
    both = waters_around(away, placed(away, "A", ChainImage("A", 1)))
    np.testing.assert_allclose(both.coords, [[0, 3, 0]], atol=1e-9)
