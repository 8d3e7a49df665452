"""Waters around sides: all images in the box, none twice, none outside."""

from dataclasses import replace

import numpy as np
import pytest

from il2struct.interface.measure import SAME_PLACE_A, WATER_REACH_A, waters_around
from il2struct.structure.model import (
    ChainImage,
    ResidueKind,
    atoms_of_residues,
    make_side,
)
from il2struct.structure.neighbours import n_group_operators


def sides_of(entry, *images):
    return [make_side(entry, [image], label="", role="") for image in images]


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
    sides = sides_of(entry, *(ChainImage(c) for c in chains))
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
    sides = sides_of(entry, *(ChainImage(c.auth_asym_id) for c in entry.protein_chains))
    coords = waters_around(entry, sides).coords
    gaps = np.linalg.norm(coords[:, None] - coords[None], axis=2)
    np.fill_diagonal(gaps, np.inf)
    assert gaps.min() > SAME_PLACE_A


@pytest.mark.entries
def test_moving_the_sides_by_a_lattice_vector_moves_their_waters(real_entry):
    entry = real_entry("2B5I.pdb")
    here = waters_around(entry, sides_of(entry, ChainImage("A"), ChainImage("D")))
    shift = (5, -4, 3)
    there = waters_around(
        entry, sides_of(entry, ChainImage("A", 0, shift), ChainImage("D", 0, shift))
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
        sides = sides_of(entry, ChainImage("A", operator), ChainImage("B", operator))
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
    assert len(waters_around(dry, sides_of(dry, ChainImage("A")))) == 0
    wet = read_text_as(with_waters(pdb, [(0, 3, 0)]))
    assert len(waters_around(wet, [])) == 0


def test_without_a_crystal_the_waters_of_the_file(read_text_as, pdb):
    entry = read_text_as(with_waters(pdb, [(0, 3, 0), (0, 60, 0)]))
    found = waters_around(entry, sides_of(entry, ChainImage("A")))
    assert found.coords.tolist() == [[0, 3, 0]]


@pytest.mark.parametrize("place", [(0, 0, 7), (0.1, 3, 0.1)])
def test_special_position_gives_one_water(read_text_as, pdb, place):
    # Two-fold axis along b through the origin, exactly on it or beside it by less than 0.5 Å.
    text = with_waters(
        pdb, [(0, place[1], 0) if place[0] == 0 else place], pdb.cell(group="P 1 2 1")
    )
    entry = read_text_as(text)
    found = waters_around(entry, sides_of(entry, ChainImage("A")))
    assert len(found) == 1


def test_a_water_off_the_axis_gives_two(read_text_as, pdb):
    entry = read_text_as(with_waters(pdb, [(1.5, 3, 0)], pdb.cell(group="P 1 2 1")))
    found = waters_around(entry, sides_of(entry, ChainImage("A")))
    assert sorted(found.coords.tolist()) == [[-1.5, 3, 0], [1.5, 3, 0]]
    assert len(set(found.residue_index.tolist())) == 1


def test_a_water_many_cells_away_is_brought_here(read_text_as, pdb):
    entry = read_text_as(with_waters(pdb, [(400, 503, -600)], pdb.cell(40, 50, 60)))
    found = waters_around(entry, sides_of(entry, ChainImage("A")))
    np.testing.assert_allclose(found.coords, [[0, 3, 0]], atol=1e-9)


def test_a_box_wider_than_the_cell(read_text_as, pdb):
    # 30 residues of 3.8 Å over cells of 13 Å: the same water again and again.
    text = pdb.cell(13, 40, 40) + pdb.peptide("A" * 30) + "TER\n"
    entry = read_text_as(text + pdb.atom("O", "HOH", 100, (0, 4, 0), record="HETATM"))
    sides = sides_of(entry, ChainImage("A"))
    found = waters_around(entry, sides)
    low, high = box_of(sides)
    x = np.arange(-100, 100) * 13.0
    assert len(found) == ((x >= low[0]) & (x <= high[0])).sum()


def test_hydrogens_of_waters_are_left_out(read_text_as, pdb):
    text = with_waters(pdb, [(0, 3, 0)]) + pdb.atom(
        "H1", "HOH", 100, (0, 3.9, 0), record="HETATM"
    )
    entry = read_text_as(text)
    assert len(waters_around(entry, sides_of(entry, ChainImage("A")))) == 1


def test_operators_of_assemblies_place_waters_only_for_their_sides(read_text_as, pdb):
    head = (
        "REMARK 350 BIOMOLECULE: 1\nREMARK 350 APPLY THE FOLLOWING TO CHAINS: A\n"
        + pdb.matrix("BIOMT", np.eye(3), (0, 0, 0), number=1)
        + pdb.matrix("BIOMT", np.diag([-1.0, -1.0, 1.0]), (0, 7, 0), number=2)
    )
    entry = read_text_as(with_waters(pdb, [(0, 3, 0)], head + pdb.cell(90, 90, 90)))
    alone = waters_around(entry, sides_of(entry, ChainImage("A")))
    assert alone.coords.tolist() == [[0, 3, 0]]
    both = waters_around(entry, sides_of(entry, ChainImage("A"), ChainImage("A", 1)))
    assert sorted(both.coords.tolist()) == [[0, 3, 0], [0, 4, 0]]
    # Such an operator does not repeat with the cells: this water comes here by the cell alone.
    away = read_text_as(with_waters(pdb, [(0, 93, 0)], head + pdb.cell(90, 90, 90)))
    both = waters_around(away, sides_of(away, ChainImage("A"), ChainImage("A", 1)))
    np.testing.assert_allclose(both.coords, [[0, 3, 0]], atol=1e-9)


def test_the_entry_is_not_changed(read_text_as, pdb):
    entry = read_text_as(with_waters(pdb, [(0, 3, 0)], pdb.cell()))
    before = entry.atoms.coords.copy()
    waters_around(entry, sides_of(entry, ChainImage("A")))
    np.testing.assert_array_equal(entry.atoms.coords, before)
    assert replace(entry).atoms is entry.atoms
