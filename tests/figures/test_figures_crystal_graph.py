"""A complex and what it touches as a graph: nodes, edges, and what they stand for."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from audit import figure_once, layout_faults, unlabelled_axes
from measured import lattice_contacts, lines_named

from il2struct.figures.canvas import all_axes, style, whole_figure_axes
from il2struct.figures.crystal_graph import (
    OTHER_MM,
    PT_PER_A2,
    THINNEST_PT,
    lattice_graph,
)
from il2struct.figures.crystal_row import crystal_row
from il2struct.lattice.measure import measured_contacts
from il2struct.palette import Palette

pytestmark = pytest.mark.entries


@pytest.fixture(scope="module")
def contacts(named_entry):
    return lattice_contacts(named_entry("2B5I.pdb"))


@pytest.fixture(scope="module")
def drawing(contacts):
    return lattice_graph(contacts)


@pytest.mark.parametrize(
    "entry",
    [
        "2B5I.pdb",
        "2ERJ.pdb",
        "2Z3R.cif",
        "1Z92.pdb",
        "3QB7.cif",
        "1BRS.pdb",
        "4HHB.pdb",
        "1FDL.pdb",
    ],
)
def test_no_text_overlaps(named_entry, entry):
    drawing = lattice_graph(lattice_contacts(named_entry(entry)))
    assert layout_faults(drawing) == []
    assert "not a membrane array" in drawing.caption
    assert drawing.height_mm <= 170.0


def test_marks_are_the_rows_of_the_table(drawing, figure):
    table = drawing.table
    for mark, label in (("node", "_node"), ("edge", "_edge")):
        rows = table[table["mark"] == mark]
        drawn = lines_named(figure, label)
        assert len(drawn) == len(rows) > 0
        found = sorted(line.get_xydata()[0].tolist() for line in drawn)
        wanted = rows[["x_1_mm", "y_1_mm"]].astype(float).to_numpy().tolist()
        assert np.allclose(found, sorted(wanted))
    edges = table[table["mark"] == "edge"]
    ends = np.array([line.get_xydata()[-1] for line in lines_named(figure, "_edge")])
    assert np.allclose(ends, edges[["x_2_mm", "y_2_mm"]].astype(float))
    numbers = edges["number"].dropna().astype(int)
    texts = [t.get_text() for a in all_axes(figure) for t in a.texts]
    assert sorted(t for t in texts if t.isdigit()) == sorted(map(str, numbers))


@pytest.mark.parametrize("width", [89, 183])
@pytest.mark.parametrize("entry", ["2ERJ.pdb", "1BRS.pdb", "3QB7.cif", "2Z3R.cif"])
def test_no_line_runs_behind_a_node_that_it_does_not_join(named_entry, entry, width):
    figure = figure_once(
        lattice_graph(lattice_contacts(named_entry(entry)), width=width)
    )
    nodes = lines_named(figure, "_node")
    for line in lines_named(figure, "_edge"):
        course = line.get_xydata()
        for node in nodes:
            at = node.get_xydata()[0]
            if any(np.allclose(at, end) for end in course[[0, -1]]):
                continue
            radius = node.get_markersize() * 25.4 / 72 / 2
            assert np.linalg.norm(course - at, axis=1).min() > radius


def test_width_is_area_and_dashes_are_the_lattice(drawing, figure):
    edges = drawing.table[drawing.table["mark"] == "edge"]
    for line, row in zip(lines_named(figure, "_edge"), edges.itertuples(), strict=True):
        width = line.get_linewidth()
        assert width == pytest.approx(
            max(PT_PER_A2 * row.area_per_side_a2, THINNEST_PT)
        )
        assert line.is_dashed() == (row.kind != "same_complex")
        assert (row.kind == "same_complex") == bool(pd.isna(row.number))
    # One number a class.
    of_class = edges.dropna(subset="number").groupby("contact_class").number.nunique()
    assert (of_class == 1).all()


@pytest.mark.parametrize("entry", ["2B5I.pdb", "2ERJ.pdb", "2Z3R.cif"])
def test_each_contact_of_the_middle_complex_is_an_edge_from_each_end(
    named_entry, entry
):
    """A contact of the complex with its own image has two ends in it, else one."""
    contacts = lattice_contacts(named_entry(entry))
    home = crystal_row(contacts).chosen.contact.unit_1.unit_id
    table = lattice_graph(contacts).table
    drawn = table[table["mark"] == "edge"]["interface_id"].value_counts()
    for measured in contacts:
        contact, name = measured.contact, measured.interface.interface_id
        if measured.interface.burial.area_per_side_a2 < 100.0 or name not in drawn:
            continue
        n_ends = sum(u.unit_id == home for u in (contact.unit_1, contact.unit_2))
        is_inside = contact.kind.value == "same_complex"
        is_two_fold = contact.repeat is not None and contact.repeat.ring_size == 2
        once = is_inside or (is_two_fold and contact.member_1 == contact.member_2)
        same = [m for m in contacts if m.interface.interface_id == name]
        if len(same) == 1:
            assert drawn[name] == (1 if once else n_ends)


def test_the_followed_contact_runs_to_the_right(drawing):
    edges = drawing.table[drawing.table["mark"] == "edge"]
    followed = edges[edges.number == 1]
    assert {*followed.role_1, *followed.role_2} == {"IL2RA", "IL2RG"}
    ends = [
        (row[f"role_{side}"], row[f"operator_{side}"], row[f"x_{side}_mm"])
        for _, row in followed.iterrows()
        for side in (1, 2)
    ]
    x = {(role, code == "1_555"): place for role, code, place in ends}
    # From γc of the middle complex to the next α, and from the γc before it to its own α.
    assert x["IL2RG", False] < x["IL2RA", True]
    assert x["IL2RG", True] < x["IL2RA", False]


def test_nodes_have_the_colour_of_their_role(drawing, figure):
    from matplotlib.colors import to_hex

    nodes = drawing.table[drawing.table["mark"] == "node"]
    palette = Palette()
    wanted = {
        (round(row.x_1_mm, 3), round(row.y_1_mm, 3)): palette.of(row.role_1).upper()
        for row in nodes.itertuples()
    }
    for line in lines_named(figure, "_node"):
        (x, y), *_ = line.get_xydata().tolist()
        colour = to_hex(line.get_markerfacecolor()).upper()
        assert colour == wanted[round(x, 3), round(y, 3)]


def test_nodes_do_not_meet(named_entry):
    for entry in ("2B5I.pdb", "2ERJ.pdb", "4HHB.pdb", "1BRS.pdb"):
        for width in (89.0, 183.0):
            table = lattice_graph(
                lattice_contacts(named_entry(entry)), width=width
            ).table
            nodes = table[table["mark"] == "node"]
            at = nodes[["x_1_mm", "y_1_mm"]].to_numpy(float)
            apart = [np.linalg.norm(a - b) for a, b in combinations(at, 2)]
            assert min(apart) > OTHER_MM


def test_hostile_chain_names_are_drawn_as_they_are(read_text_as, pdb):
    from il2struct.structure.named import name_entry

    sequence = "ACDEFGHIKLMNPQRSTVWY"
    text = (
        pdb.cell(80.0, 7.0, 40.0)
        + pdb.seqres(sequence, chain="$")
        + pdb.peptide(sequence, chain="$")
        + "END\n"
    )
    contacts = measured_contacts(name_entry(read_text_as(text)))
    drawing = lattice_graph(contacts)
    assert layout_faults(drawing) == []
    assert "chain $" in drawing.caption
    texts = [t.get_text() for a in all_axes(figure_once(drawing)) for t in a.texts]
    assert any(t == r"chain \$" for t in texts)


def test_the_direct_call_draws_into_given_axes(contacts):
    with style():
        own = whole_figure_axes(130.0, 110.0)
    assert lattice_graph(contacts).draw(own) is own
    assert unlabelled_axes(own.figure) == []


def test_the_key_has_the_prime_on_the_neighbour(named_entry):
    """In the middle of 1BRS are barnase B and barstar E, so that A and C are neighbours."""
    drawing = lattice_graph(lattice_contacts(named_entry("1BRS.pdb")))
    texts = [t.get_text() for a in all_axes(figure_once(drawing)) for t in a.texts]
    key = [text for text in texts if " – " in text]
    assert any("barnase B – barnase A′" in text for text in key)
    assert not any("B′" in text and "A –" in text for text in key)
