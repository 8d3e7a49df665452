"""Contact map: every mark is a row of its table, and it can be read."""

import numpy as np
import pytest
from audit import figure_once, layout_faults
from matplotlib.colors import to_hex
from matplotlib.patches import Rectangle
from measured import axes_named, measured, renamed, texts_of

from il2struct.errors import ParameterError
from il2struct.figures import contact_map
from il2struct.figures.interface.contact_map import MARKERS
from il2struct.palette import Palette

pytestmark = pytest.mark.entries


@pytest.fixture(scope="module")
def alpha(results):
    return contact_map(results, interface="IL2/IL2RA")


def _cells(figure):
    (grid,) = axes_named(figure, "map")
    return [p for p in grid.patches if isinstance(p, Rectangle)]


def test_cells_are_the_contacts_of_the_interface(results, alpha):
    cells = alpha.table[alpha.table["mark"] == "cell"]
    contacts = results.contacts[results.contacts["interface_id"] == "IL2/IL2RA"]
    assert sorted(cells["distance_a"]) == pytest.approx(sorted(contacts["distance_a"]))
    assert len(_cells(figure_once(alpha))) == len(cells)


def test_each_cell_stands_at_its_residues_and_is_darker_when_nearer(alpha):
    figure = figure_once(alpha)
    (grid,) = axes_named(figure, "map")
    columns = [t.get_text() for t in grid.get_xticklabels()]
    rows = [t.get_text() for t in grid.get_yticklabels()]
    grey = {}
    for cell in _cells(figure):
        place = (round(cell.get_x() + 0.5), round(cell.get_y() + 0.5))
        grey[columns[place[0]], rows[place[1]]] = cell.get_facecolor()[0]
    table = alpha.table[alpha.table["mark"] == "cell"]
    assert set(grey) == set(zip(table["residue_1"], table["residue_2"], strict=True))
    by_distance = [
        grey[row.residue_1, row.residue_2]
        for row in table.sort_values("distance_a").itertuples()
    ]
    assert np.all(np.diff(by_distance) >= 0)
    assert ("R38", "D4") in grey
    assert ("E62", "R36") in grey


def test_signs_are_the_strongest_bonds(results, alpha):
    figure = figure_once(alpha)
    (grid,) = axes_named(figure, "map")
    bonds = alpha.table[alpha.table["mark"] == "bond"]
    for kind in MARKERS:
        drawn = sum(
            len(line.get_xdata()) for line in grid.lines if line.get_label() == kind
        )
        assert drawn == (bonds["bond"] == kind).sum()
    salt = results.bonds.query("interface_id == 'IL2/IL2RA' and is_salt_bridge")
    pairs = set(zip(salt["mature_number_1"], salt["mature_number_2"], strict=True))
    assert (bonds["bond"] == "salt_bridge").sum() == len(pairs) == 2


def test_bars_are_the_buried_areas_in_role_colours(results, alpha):
    figure = figure_once(alpha)
    bars = alpha.table[alpha.table["mark"] == "bar"]
    limits = []
    for side, role in ((1, "IL2"), (2, "IL2RA")):
        (ax,) = axes_named(figure, f"bars {side}")
        drawn = [p.get_height() if side == 1 else p.get_width() for p in ax.patches]
        expected = bars[bars[f"residue_{side}"].notna()]["buried_a2"]
        assert drawn == pytest.approx(expected.tolist())
        assert {to_hex(p.get_facecolor()).upper() for p in ax.patches} == {
            Palette().of(role)
        }
        limits.append(ax.get_ylim() if side == 1 else ax.get_xlim())
    assert limits[0] == limits[1]
    assert limits[0][0] == 0
    residues = results.residues.query("interface_id == 'IL2/IL2RA' and side == 1")
    arg38 = residues[residues["mature_number"] == 38]["buried_a2"].iloc[0]
    assert bars.set_index("residue_1").loc["R38", "buried_a2"] == arg38


def test_other_role_colours_are_taken_up(results):
    palette = Palette().with_roles({"IL2RA": "#009988"})
    figure = figure_once(contact_map(results, interface=0, palette=palette))
    (ax,) = axes_named(figure, "bars 2")
    assert {to_hex(p.get_facecolor()) for p in ax.patches} == {"#009988"}


def test_jumps_in_numbers_are_marked(alpha):
    figure = figure_once(alpha)
    (grid,) = axes_named(figure, "map")
    columns = [int(t.get_text()[1:]) for t in grid.get_xticklabels()]
    jumps = [i + 0.5 for i in np.flatnonzero(np.diff(columns) > 10)]
    marks = [line for line in grid.lines if line.get_label() == "_break"]
    assert sorted(marks[0].get_xdata()) == jumps
    assert len(jumps) == 2


def test_colour_by_buried_area(results):
    drawing = contact_map(results, interface=0, colour="buried")
    figure = figure_once(drawing)
    (strip,) = axes_named(figure, "colours")
    assert "Å²" in strip.get_xlabel()
    cells = drawing.table[drawing.table["mark"] == "cell"]
    light = {
        round(sum(c.get_facecolor()[:3]), 6): area
        for c, area in zip(_cells(figure), cells["buried_a2"], strict=True)
    }
    assert [light[k] for k in sorted(light)] == sorted(light.values(), reverse=True)
    with pytest.raises(ParameterError, match="distance or buried"):
        contact_map(results, interface=0, colour="rainbow")


def test_axes_say_which_numbers_and_units(alpha, named_entry):
    texts = " ".join(texts_of(figure_once(alpha)))
    assert "IL-2 residue (mature number)" in texts
    assert "(Å²)" in texts
    assert "(Å)" in texts
    antibody = contact_map(measured(named_entry("1FDL.pdb")), interface=0)
    assert "Fab 1 heavy H residue (author number)" in " ".join(
        texts_of(figure_once(antibody))
    )


def test_a_large_interface_is_wide_and_thinned_by_rule(named_entry):
    results = measured(named_entry("1FDL.pdb"))
    assert contact_map(results, interface="H/L").width == "double"
    narrow = contact_map(results, interface="H/L", width="single")
    assert "One residue in 2 is labelled" in narrow.caption
    (grid,) = axes_named(figure_once(narrow), "map")
    n = narrow.table["residue_1"][narrow.table["mark"] == "bar"].notna().sum()
    assert len(grid.get_xticks()) == -(-n // 2)
    assert layout_faults(narrow) == []


def test_one_of_several_must_be_chosen(results):
    by_id = contact_map(results, interface="1:IL2/IL2RB")
    assert by_id.name == contact_map(results, interface=1).name
    for wrong in (None, "IL2/IL15", 4, -5):
        with pytest.raises(ParameterError, match="1:IL2/IL2RA, 1:IL2/IL2RB"):
            contact_map(results, interface=wrong)


def test_hostile_names_are_neither_read_nor_refused(results, tmp_path):
    name = "$\\frac{1}{0}$ <b>&日本\n/../x"
    drawing = contact_map(renamed(results, name), interface=0)
    assert layout_faults(drawing) == []
    paths = drawing.save(tmp_path, formats=["svg"])
    assert all(path.parent == tmp_path for path in paths)
    assert "\n" not in drawing.title
