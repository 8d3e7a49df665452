"""The network from the side: nodes, edges, ends, and what they stand for."""

import numpy as np
import pandas as pd
import pytest
from audit import figure_once, layout_faults, unlabelled_axes
from measured import axes_named, lattice_contacts, lines_named

from il2struct.figures.canvas import all_axes, size_mm
from il2struct.figures.crystal_row import crystal_row, side_view
from il2struct.figures.crystal_side import DASHES, PT_PER_A2, network_side
from il2struct.lattice.measure import measured_contacts
from il2struct.palette import Palette

pytestmark = pytest.mark.entries

COARSE = 60


@pytest.fixture(scope="module")
def contacts(named_entry):
    return lattice_contacts(named_entry("2B5I.pdb"))


@pytest.fixture(scope="module")
def drawing(contacts):
    return network_side(contacts, dpi=COARSE)


@pytest.fixture(scope="module")
def figure(drawing):
    return figure_once(drawing)


@pytest.mark.parametrize("entry", ["2ERJ.pdb", "1Z92.pdb"])
def test_no_text_overlaps(named_entry, entry):
    drawing = network_side(lattice_contacts(named_entry(entry)), dpi=COARSE)
    assert layout_faults(drawing) == []
    assert "not a membrane array" in drawing.caption
    assert drawing.height_mm <= 170.0


def test_marks_are_the_rows_of_the_table(drawing, figure):
    table = drawing.table
    for mark, label in (("node", "_node"), ("edge", "_edge"), ("end", "_end")):
        rows = table[table["mark"] == mark]
        drawn = lines_named(figure, label)
        assert len(drawn) == len(rows) > 0
        found = np.array([line.get_xydata()[0] for line in drawn])
        assert np.allclose(found, rows[["x_1_a", "y_1_a"]].astype(float))
    edges = table[table["mark"] == "edge"]
    ends = np.array([line.get_xydata()[1] for line in lines_named(figure, "_edge")])
    assert np.allclose(ends, edges[["x_2_a", "y_2_a"]].astype(float))


def test_width_is_area_and_dashes_are_the_lattice(drawing, figure):
    edges = drawing.table[drawing.table["mark"] == "edge"]
    for line, row in zip(lines_named(figure, "_edge"), edges.itertuples(), strict=True):
        width = line.get_linewidth()
        assert width == pytest.approx(max(PT_PER_A2 * row.area_per_side_a2, 0.4))
        assert line.is_dashed() == (row.kind != "same_complex")
        assert (row.kind == "same_complex") == bool(pd.isna(row.tag))
    # One rhythm a class.
    of_class = (
        edges[edges.kind != "same_complex"].groupby("contact_class").tag.nunique()
    )
    assert (of_class == 1).all()
    rhythms = [(*(np.array(d) / sum(d)), sum(d)) for d in DASHES.values()]
    assert len(set(rhythms)) == len(DASHES)


def test_edges_join_touching_chains_at_their_real_places(contacts, drawing):
    """Projected length of an edge against centres of the measured sides themselves."""
    row = crystal_row(contacts)
    axes = side_view(row).axes[:2]
    by_id = {m.interface.interface_id: m for m in contacts}
    edges = drawing.table[drawing.table["mark"] == "edge"]
    for edge in edges.itertuples():
        measured = by_id[edge.interface_id]
        sides = measured.interface.sides
        # Glycans move the centre of a chain by up to 2 Å.
        first, second = (s.atoms.coords.mean(axis=0) for s in sides)
        rotation_free = np.linalg.norm(second - first)
        drawn = np.hypot(edge.x_2_a - edge.x_1_a, edge.y_2_a - edge.y_1_a)
        assert drawn <= rotation_free + 5.0
        if measured.contact.repeat is None or measured.contact.repeat.is_translation:
            assert drawn == pytest.approx(
                np.linalg.norm(axes @ (second - first)), abs=5.0
            )


def test_the_followed_contact_joins_each_complex_of_the_row_to_the_next(drawing):
    edges = drawing.table[drawing.table["mark"] == "edge"]
    followed = edges[edges.tag == "a"]
    nodes = drawing.table[drawing.table["mark"] == "node"]
    assert len(followed) >= 2
    assert {*followed.role_1, *followed.role_2} == {"IL2RA", "IL2RG"}
    steps = np.diff(sorted(followed.x_1_a))
    assert np.allclose(steps[steps > 1.0], 71.9, atol=0.1)
    assert len(nodes) >= 12


def test_nodes_have_the_colour_of_their_role(drawing, figure):
    from matplotlib.colors import to_hex

    nodes = drawing.table[drawing.table["mark"] == "node"]
    palette = Palette()
    for line, role in zip(lines_named(figure, "_node"), nodes.role_1, strict=True):
        colour = to_hex(line.get_markerfacecolor()).upper()
        assert colour in (palette.of(role).upper(), palette.neighbour_of(role).upper())


def test_ends_are_the_last_alpha_carbons(named_entry, contacts, drawing):
    row = crystal_row(contacts)
    view = side_view(row)
    entry = named_entry("2B5I.pdb").entry
    ends = drawing.table[drawing.table["mark"] == "end"]
    home = ends[ends.operator_1 == "1_555"]
    assert sorted(home.auth_asym_id_1) == ["B", "C", "D"]
    for end in home.itertuples():
        chain = entry.chain(end.auth_asym_id_1)
        last = chain.residue_index[-1]
        rows = slice(
            int(entry.residues.atom_start[last]), int(entry.residues.atom_stop[last])
        )
        alpha = entry.atoms.coords[rows][entry.atoms.atom_name[rows] == "CA"][0]
        assert np.allclose(view.seen(alpha)[:2], (end.x_1_a, end.y_1_a), atol=1e-6)


def test_scale_and_direction(figure):
    (shown,) = axes_named(figure, "network")
    wide, high = size_mm(shown)
    a_per_mm = np.ptp(shown.get_xlim()) / wide
    assert np.ptp(shown.get_ylim()) / high == pytest.approx(a_per_mm, rel=0.02)
    (bar,) = lines_named(figure, "scale bar")
    assert np.ptp(bar.get_xdata()) * a_per_mm == pytest.approx(50.0, rel=0.01)
    (strip,) = axes_named(figure, "strip")
    (arrow,) = [t for t in strip.texts if hasattr(t, "arrow_patch") and t.arrow_patch]
    assert arrow.xy[0] > arrow.xyann[0]
    assert unlabelled_axes(figure) == []


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
    drawing = network_side(contacts, dpi=COARSE)
    assert layout_faults(drawing) == []
    assert "chain $" in drawing.caption
    texts = [t.get_text() for a in all_axes(figure_once(drawing)) for t in a.texts]
    assert any(t == r"chain \$" for t in texts)
