"""Interfaces across complexes: heat map of buried area, main numbers."""

import numpy as np
import pytest
from audit import figure_once, layout_faults, unlabelled_axes
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.collections import PolyCollection
from matplotlib.colors import to_rgba
from measured import axes_named, measured, renamed

from il2struct.errors import ParameterError
from il2struct.figures.canvas import (
    MISSING_COLOUR,
    all_axes,
    buried_map,
    contrast,
    number_places,
    round_up,
    text_colour_on,
)
from il2struct.figures.heat_maps import (
    burial_comparison,
    comparison_drawings,
    interface_comparison,
)
from il2struct.figures.options import options
from il2struct.interface.measure import interfaces_of
from il2struct.results.interfaces import InterfaceResults
from il2struct.structure.family import Role

FAMILY = ("2B5I.pdb", "2ERJ.pdb", "1Z92.pdb", "2Z3R.cif", "3QB7.cif")


@pytest.fixture(scope="module")
def measured_of(named_entry):
    """Interfaces of an entry with shape complementarity."""
    return lambda name: measured(named_entry(name))


@pytest.fixture(scope="module")
def family(measured_of):
    return [measured_of(name) for name in FAMILY]


def cells_of(figure, start="cells"):
    return [
        artist
        for ax in all_axes(figure)
        for artist in ax.collections
        if isinstance(artist, PolyCollection)
        and str(artist.get_gid() or "").startswith(start)
    ]


@pytest.mark.entries
class TestBurialComparison:
    def test_one_cell_a_row_of_the_table_in_its_colour(self, family):
        drawing = burial_comparison(family)
        cells = cells_of(figure_once(drawing))[0]
        table = drawing.table
        assert len(cells.get_paths()) == len(table)
        drawn = cells.get_facecolors()
        values = table["buried_a2"].to_numpy(float)
        top = round_up(np.nanmax(values))
        for colour, value, is_modelled in zip(
            drawn, values, table["is_modelled"], strict=True
        ):
            if not is_modelled:
                assert tuple(colour) == to_rgba(MISSING_COLOUR)
            elif value == 0.0:
                assert tuple(colour) == to_rgba("white")
            else:
                assert np.allclose(colour, buried_map()(value / top), atol=1e-12)

    def test_values_are_those_of_the_residue_tables(self, measured_of):
        results = measured_of("2B5I.pdb")
        table = burial_comparison(results).table
        residues = results.residues
        for row in table.itertuples():
            own = residues[
                (residues["interface_id"] == row.interface_id)
                & (residues["side"] == row.side)
                & (residues["mature_number"] == row.mature_number)
            ]
            assert row.buried_a2 == pytest.approx(own["buried_a2"].sum(), abs=1e-9)

    def test_no_value_is_clipped(self, family):
        drawing = burial_comparison(family)
        scale = axes_named(figure_once(drawing), "scale")[0]
        assert scale.get_xlim()[1] >= drawing.table["buried_a2"].max()

    def test_what_is_not_modelled_is_grey_and_not_white(self, family):
        table = burial_comparison(family).table
        missing = table[~table["is_modelled"]]
        # 1Z92 lacks Q74 of IL-2 (REMARK 465).
        assert ("1Z92", 74) in set(
            zip(missing["entry_id"], missing["mature_number"], strict=True)
        )
        assert missing["buried_a2"].isna().all()
        assert table.loc[table["is_modelled"], "buried_a2"].notna().all()

    def test_rows_of_one_partner_stand_together_beside_their_colour(self, family):
        figure = figure_once(burial_comparison(family))
        cells = axes_named(figure, "buried area of IL2")[0]
        labels = [t.get_text() for t in cells.get_yticklabels()]
        assert labels[0] == "2B5I A–D"
        assert len(labels) == 10
        bars = [p.get_facecolor() for p in cells.patches]
        assert bars == [to_rgba(c) for c in ("#EE7733", "#0077BB", "#88CCEE")]

    @pytest.mark.parametrize("reference", [Role.IL2RG, Role.IL15])
    def test_layout(self, family, reference):
        drawing = burial_comparison(family, reference=reference)
        assert layout_faults(drawing) == []
        assert unlabelled_axes(figure_once(drawing)) == []

    def test_letters_are_those_of_the_entry_where_it_has_others(self, measured_of):
        with options(copies="merged"):
            drawing = burial_comparison(measured_of("3QB7.cif"), width=65.0)
        bands = axes_named(figure_once(drawing), "buried area of IL4")
        texts = [text.get_text() for band in bands for text in band.texts]
        written = [text for text in texts if len(text) == 1]
        # Engineered mutations of the file (struct_ref_seq_dif) among the columns.
        mutated = ["K117R", "T118V", "R121Q", "E122S", "Y124W", "S125F"]
        assert written == [name[-1] for name in mutated]
        table = drawing.table[
            drawing.table["letter"] != drawing.table["reference_letter"]
        ]
        names = (
            table["reference_letter"]
            + table["mature_number"].astype(str)
            + table["letter"]
        )
        assert list(names) == mutated
        assert layout_faults(drawing) == []

    def test_narrow_figure_breaks_the_columns_into_bands(self, family):
        drawing = burial_comparison(family, width="single")
        figure = figure_once(drawing)
        cells = cells_of(figure)
        assert len(cells) > 1
        assert sum(len(c.get_paths()) for c in cells) == len(drawing.table)
        assert layout_faults(drawing) == []

    def test_reference_that_is_not_there(self, measured_of):
        with pytest.raises(ParameterError, match="IL-15"):
            burial_comparison(measured_of("2B5I.pdb"), reference=Role.IL15)


@pytest.mark.entries
class TestInterfaceComparison:
    def test_one_cell_a_row_in_its_colour_and_with_its_value(self, family):
        drawing = interface_comparison(family)
        figure = figure_once(drawing)
        cells = cells_of(figure)
        drawn = np.concatenate([c.get_facecolors() for c in cells])
        assert len(drawn) == len(drawing.table)
        axes = axes_named(figure, "numbers")[0]
        values = drawing.table["value"].dropna()
        written = [t.get_text() for t in axes.texts]
        for value in values:
            assert f"{value:.0f}" in written or f"{value:.2f}" in written

    def test_text_in_cells_has_contrast(self, family):
        figure = figure_once(interface_comparison(family))
        axes = axes_named(figure, "numbers")[0]
        cells = np.concatenate([c.get_facecolors() for c in cells_of(figure)])
        n_rows = len(axes.get_yticks())
        for text in axes.texts:
            x, y = text.get_position()
            if x > 0.0:
                colour = cells[int(x) * n_rows + round(y)]
                assert contrast(colour, to_rgba(text.get_color())) >= 4.5

    def test_copies_are_merged_to_mean_and_range(self, family):
        with options(copies="merged"):
            drawing = interface_comparison(family)
        keys = ["role_1", "role_2", "entry_id", "quantity"]
        each = interface_comparison(family).table.groupby(keys)["value"]
        table = drawing.table.set_index(keys)
        assert table.index.is_unique
        for column, of in (("value", "mean"), ("minimum", "min"), ("maximum", "max")):
            wanted = each.agg(of).reindex(table.index)
            assert np.allclose(table[column], wanted, equal_nan=True)
        texts = [
            t.get_text() for t in axes_named(figure_once(drawing), "numbers")[0].texts
        ]
        area = table.loc[("IL15", "IL15RA", "2Z3R", "area_per_side_a2")]
        assert area["n_complexes"] == 8
        words = f"{area['value']:.0f} ({area['minimum']:.0f}–{area['maximum']:.0f})"
        assert words in texts
        assert layout_faults(drawing) == []

    def test_each_column_has_its_own_scale_that_holds_its_values(self, family):
        drawing = interface_comparison(family)
        figure = figure_once(drawing)
        for quantity, rows in drawing.table.groupby("quantity"):
            low, high = axes_named(figure, f"scale of {quantity}")[0].get_xlim()
            assert low <= rows["value"].min()
            assert rows["value"].max() <= high

    def test_without_fit_there_is_no_column_of_it(self, named_entry):
        named = named_entry("2B5I.pdb")
        results = InterfaceResults(named, interfaces_of(named))
        table = interface_comparison(results).table
        assert "sc" not in set(table["quantity"])
        assert table["value"].notna().all()


@pytest.mark.entries
class TestComparisonDrawings:
    def test_each_cytokine_gets_a_heat_map(self, family):
        names = [d.name for d in comparison_drawings(family)]
        assert names == [
            "burial_comparison_IL2",
            "burial_comparison_IL15",
            "burial_comparison_IL4",
            "interface_comparison",
        ]

    @pytest.mark.parametrize("name", ["1BRS.pdb", "4HHB.pdb", "1M47.pdb"])
    def test_nothing_to_compare(self, measured_of, name):
        assert comparison_drawings(measured_of(name)) == ()

    def test_hostile_names_are_drawn_as_they_are(self, measured_of, tmp_path):
        hostile = renamed(measured_of("2B5I.pdb"), "$x^2$<b>&é\\frac")
        for drawing in comparison_drawings([hostile, measured_of("1Z92.pdb")]):
            assert layout_faults(drawing) == []
            written = drawing.save(tmp_path, formats=("svg",))
            assert "<b>" not in written[0].read_text(encoding="utf-8")

    def test_one_entry_twice_keeps_both_apart(self, measured_of):
        results = measured_of("1Z92.pdb")
        drawing = comparison_drawings([results, results])[0]
        assert set(drawing.table["entry_id"]) == {"1Z92", "1Z92_2"}


class TestMatrix:
    @given(st.lists(st.integers(-50, 500), min_size=1, unique=True).map(sorted))
    def test_columns_never_overlap_and_gaps_follow_the_numbers(self, numbers):
        places = number_places(numbers)
        steps = np.diff(places).round(9)
        assert places[0] == 0.0
        assert np.all(steps >= 1.0)
        assert np.array_equal(steps > 1.0, np.diff(numbers) > 1)

    @given(st.tuples(*[st.floats(0.0, 1.0)] * 3))
    def test_text_is_legible_on_any_colour(self, colour):
        ink = to_rgba(text_colour_on(colour))
        # The worst grey leaves black and white √(21 × 1) = 4.58 each.
        assert contrast(colour, ink) >= 4.5

    @given(st.floats(1e-6, 1e6))
    def test_round_numbers_hold_the_value_within_a_quarter(self, value):
        rounded = round_up(value)
        assert value * (1.0 - 1e-9) <= rounded <= value * 1.26

    def test_contrast_of_known_pairs(self):
        # WebAIM's contrast checker: #777777 on white 4.48, #767676 4.54.
        assert contrast(to_rgba("#777777"), (1, 1, 1)) == pytest.approx(4.48, abs=0.005)
        assert contrast(to_rgba("#767676"), (1, 1, 1)) == pytest.approx(4.54, abs=0.005)
