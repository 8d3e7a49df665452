"""Presence matrix of bonds."""

import numpy as np
import pytest
from audit import figure_once, layout_faults
from matplotlib.collections import PathCollection, PolyCollection
from matplotlib.colors import to_rgba
from measured import measured

import il2struct
from il2struct.errors import ParameterError
from il2struct.figures.canvas import MISSING_COLOUR, all_axes
from il2struct.figures.presence import (
    MARKS,
    OTHER_COLOUR,
    bond_presence,
)

pytestmark = pytest.mark.entries

FAMILY = ("2B5I.pdb", "2ERJ.pdb", "1Z92.pdb", "2Z3R.cif")
BOND = [
    "role_1",
    "role_2",
    "mature_number_1",
    "mature_number_2",
    "kind",
]


@pytest.fixture(scope="module")
def family(named_entry):
    return [measured(named_entry(name)) for name in FAMILY]


@pytest.fixture(scope="module")
def drawing(family):
    return bond_presence(family)


def matrices_of(figure):
    return [ax for ax in all_axes(figure) if "/" in str(ax.get_label())]


def test_counts_are_those_of_the_comparison(drawing, family):
    bonds = il2struct.compare(family)["compare_bonds"].set_index(BOND)
    groups = drawing.table.groupby(BOND)["state"]
    assert len(groups) == len(bonds)
    for key, states in groups:
        row = bonds.loc[key]
        counts = states.value_counts()
        present = counts.get("present", 0) + counts.get("conditional", 0)
        assert present == row["n_present"]
        assert counts.get("conditional", 0) == row["n_conditional"]
        assert len(states) - counts.get("not_modelled", 0) == row["n_possible"]


def test_complexes_are_those_of_the_comparison(drawing, family):
    bonds = il2struct.compare(family)["compare_bonds"]
    wanted = {
        (*(row[name] for name in BOND), word)
        for _, row in bonds.iterrows()
        for word in row["present_in"].split()
    }
    shown = drawing.table[drawing.table["state"].isin(["present", "conditional"])]
    assert {tuple(row) for row in shown[[*BOND, "complex"]].to_numpy()} == wanted


def test_one_mark_a_bond_made_filled_or_open(drawing, figure):
    marks = [
        artist
        for ax in matrices_of(figure)
        for artist in ax.collections
        if isinstance(artist, PathCollection)
    ]
    for state, colour in (("present", "black"), ("conditional", "white")):
        drawn = sum(
            len(m.get_offsets())
            for m in marks
            if tuple(m.get_facecolors()[0]) == to_rgba(colour)
        )
        assert drawn == (drawing.table["state"] == state).sum() > 0


def test_every_kind_that_is_drawn_has_its_own_shape():
    assert len({marker for marker, _ in MARKS.values()}) == len(MARKS)


def test_cells_are_grey_where_a_residue_is_not_modelled(drawing, figure):
    drawn = 0
    for ax in matrices_of(figure):
        cells = next(c for c in ax.collections if isinstance(c, PolyCollection))
        grey = np.all(cells.get_facecolors() == to_rgba(MISSING_COLOUR), axis=1)
        drawn += int(grey.sum())
    missing = drawing.table[drawing.table["state"] == "not_modelled"]
    pairs = missing.drop_duplicates([*BOND[:4], "complex"])
    assert drawn == len(pairs)


def test_counts_beside_the_rows(figure):
    ax = next(a for a in matrices_of(figure) if a.get_label() == "IL2/IL2RB")
    written = {
        label.get_text(): text.get_text()
        for label, text in zip(ax.get_yticklabels(), ax.texts, strict=False)
    }
    # Rickert et al. 2005 and Stauber et al. 2006 both report D20-H133 and N88-R42.
    assert written["D20–H133"] == "3/3"
    assert written["N88–R42"] == "3/3"


@pytest.mark.parametrize("name", FAMILY)
def test_layout_of_one_entry(family, name):
    drawing = bond_presence(family[FAMILY.index(name)])
    assert layout_faults(drawing) == []


def test_residues_of_an_entry_stand_behind_those_of_the_reference(named_entry):
    drawing = bond_presence(measured(named_entry("3QB7.cif")))
    (ax,) = matrices_of(figure_once(drawing))
    names = [label.get_text() for label in ax.get_yticklabels()]
    # As its file says (struct_ref_seq_dif): R121Q of IL-4.
    assert "R/Q121–Y103" in names
    assert "E114–K125" in names
    cells = next(c for c in ax.collections if isinstance(c, PolyCollection))
    yellow = np.all(cells.get_facecolors() == to_rgba(OTHER_COLOUR), axis=1)
    rows = yellow.reshape(len(names), -1).any(axis=1).tolist()
    assert rows == ["/" in name for name in names]
    assert layout_faults(drawing) == []


def test_rare_bonds_can_be_left_out(family):
    table = bond_presence(family, minimum_complexes=3).table
    made = table[table["state"].isin(["present", "conditional"])]
    assert made.groupby(BOND).size().min() >= 3


def test_nothing_to_show(family, named_entry):
    with pytest.raises(ParameterError, match="no bond"):
        bond_presence(measured(named_entry("1BRS.pdb"), sc="none"))
    with pytest.raises(ParameterError, match="9 or more"):
        bond_presence(family, minimum_complexes=9)
