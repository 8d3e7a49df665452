"""Ground of the figures: style, canvas, drawing and saving, and the public names."""

import importlib
import pkgutil
import sys
from itertools import pairwise

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from audit import layout_faults
from hypothesis import given, settings
from hypothesis import strategies as st
from measured import measured

import il2struct.figures as figures
from il2struct.errors import ParameterError
from il2struct.figures.canvas import (
    BURIED_STOPS,
    SETTINGS,
    all_axes,
    buried_map,
    inset,
    new_figure,
    size_mm,
    spread,
    style,
    whole_figure_axes,
    width_mm,
)
from il2struct.figures.drawing import (
    Drawing,
    checked_formats,
    file_stem,
)
from il2struct.figures.words import LONGEST_NAME, pair_name, plain, safe, side_name


def _drawing(draw, **changes):
    options = {
        "name": "test",
        "kind": "test",
        "title": "A title",
        "alt": "Words.",
        "caption": "A caption.",
        "table": pd.DataFrame({"x_a": [1.5, 2.0]}),
        "width": "single",
        "height_mm": 40.0,
        "paint": draw,
    }
    return Drawing(**(options | changes))


def _labelled(ax):
    chart = inset(ax, (15, 12, 60, 24))
    chart.plot([0, 1], [0, 1])
    chart.set(xlabel="x (Å)", ylabel="y (Å²)")


def test_style_is_left_behind_nowhere():
    before = dict(mpl.rcParams)
    with style():
        assert mpl.rcParams["svg.fonttype"] == "none"
        assert mpl.rcParams["pdf.fonttype"] == 42
        whole_figure_axes("single", 30.0)
    assert dict(mpl.rcParams) == before
    with pytest.raises(ZeroDivisionError), style():
        _ = 1 / 0
    assert dict(mpl.rcParams) == before


def test_every_public_name_is_there_whatever_was_imported():
    for module in pkgutil.walk_packages(figures.__path__, "il2struct.figures."):
        importlib.import_module(module.name)
    for name in figures.__all__:
        # A module of that name would hide the function once it was imported.
        assert not isinstance(getattr(figures, name), type(sys))


@pytest.mark.parametrize(
    ("given", "mm"), [("single", 89.0), ("double", 183.0), (120, 120.0)]
)
def test_widths_are_those_of_journals_or_given(given, mm):
    assert width_mm(given) == mm
    figure = _drawing(_labelled, width=given).figure()
    assert figure.get_figwidth() * 25.4 == pytest.approx(mm)


@pytest.mark.parametrize("wrong", ["triple", 5, 5000, float("nan")])
def test_other_widths_are_refused(wrong):
    with pytest.raises(ParameterError):
        width_mm(wrong)


def test_panels_stand_where_they_are_put_in_mm():
    with style():
        ax = whole_figure_axes("double", 60.0)
        child = inset(ax, (10, 20, 100, 30))
        inner = inset(child, (1, 2, 3, 4))
    assert size_mm(child) == pytest.approx((100, 30))
    assert size_mm(inner) == pytest.approx((3, 4))
    box = child.get_window_extent()
    per_mm = ax.figure.dpi / 25.4
    assert (box.x0 / per_mm, box.y0 / per_mm) == pytest.approx((10, 20))
    assert all_axes(ax.figure) == [ax, child, inner]


def test_save_writes_pictures_table_and_words(tmp_path):
    paths = _drawing(_labelled).save(tmp_path / "new", formats=["SVG", "png", "svg"])
    assert [p.name for p in paths] == ["test.svg", "test.png", "test.csv", "test.txt"]
    assert paths[2].read_text() == "x_a\n1.5\n2.0\n"
    assert paths[3].read_text() == "A title\n\nA caption.\n\nWords.\n"
    from PIL import Image

    with Image.open(paths[1]) as image:
        assert image.width == pytest.approx(89 / 25.4 * 300, abs=1)
        assert image.info["dpi"] == pytest.approx((300, 300), abs=0.01)
    svg = paths[0].read_text()
    assert "x (Å)" in svg
    assert "<dc:date>" not in svg


@pytest.mark.parametrize("wrong", [["jpg"], [], [""]])
def test_other_formats_are_refused(wrong):
    with pytest.raises(ParameterError, match="svg, pdf, png"):
        checked_formats(wrong)


def test_buried_area_gets_darker_evenly_and_missing_is_grey():
    import colorspacious

    colours = buried_map()
    light = colorspacious.cspace_convert(
        colours(np.linspace(0, 1, 64))[:, :3], "sRGB1", "CIELab"
    )[:, 0]
    assert np.all(np.diff(light) < 0)
    assert light[0] > 90
    assert light[-1] < 20
    assert len(BURIED_STOPS) == 4
    missing = colours(np.ma.masked_invalid([np.nan]))[0]
    assert np.ptp(missing[:3]) < 0.01


def test_names_of_files_hold_nothing_that_a_file_system_minds():
    assert file_stem("a", "../etc/x y", "", "IL2/IL2RA") == "a_etc-x-y_IL2-IL2RA"
    assert file_stem("日本", "é") == ""


def test_hostile_text_is_drawn_as_it_stands():
    text = safe("$\\sum_{i}$ %x 日\t" + "b" * 50)

    def draw(ax):
        inset(ax, (5, 5, 80, 30)).set_title(text)

    # A sign that the font lacks, or mathematics that is none, would raise here.
    figure = _drawing(draw).figure()
    figure.canvas.draw()
    assert len(plain("b" * 50)) == 24
    assert plain("a$b") == "a$b"


@pytest.mark.parametrize(
    ("fault", "draw"),
    [
        ("is cut off", lambda ax: ax.text(0.99, 0.5, "much too far right")),
        ("points", lambda ax: ax.text(0.5, 0.5, "small", fontsize=4)),
        (
            "lies on",
            lambda ax: (ax.text(0.5, 0.5, "one"), ax.text(0.51, 0.5, "two")),
        ),
    ],
)
def test_the_audit_sees_what_a_reader_would(fault, draw):
    def both(ax):
        ax.set_axis_off()
        draw(ax)

    assert any(fault in words for words in layout_faults(_drawing(both)))
    assert layout_faults(_drawing(_labelled)) == []


@pytest.mark.parametrize("highest", [1e-12, 1.0, 1e9])
def test_the_audit_sees_the_label_of_a_tick_at_the_very_end_of_a_log_axis(highest):
    def draw(ax):
        chart = inset(ax, (15, 12, 73.5, 24))
        chart.set(xscale="log", xlabel="x (Å)", ylabel="y (Å²)")
        # Short of its last tick by rounding: drawn all the same, and far from short of the next.
        ticks = [highest / 10, highest, highest * 2]
        chart.set_xticks(ticks, ["one", "two", "three"])
        chart.set_xlim(highest / 1e3, np.nextafter(highest, 0.0))

    faults = layout_faults(_drawing(draw))  # once for each font
    assert set(faults) == {"'two' is cut off"}


def test_settings_are_ones_that_matplotlib_knows():
    assert set(SETTINGS) <= set(mpl.rcParams)
    assert new_figure("single", 30).get_figheight() * 25.4 == pytest.approx(30)


def test_a_side_without_a_role_is_called_as_its_entry_does():
    row = {
        "role_1": "unknown",
        "auth_asym_id_1": "A",
        "operator_1": "1_555",
        "name_1": "barnase",
        "role_2": "unknown",
        "auth_asym_id_2": "H,L",
        "operator_2": "1_555",
        "name_2": "",
    }
    assert pair_name(row) == "barnase A / chains H, L"
    long = side_name({**row, "name_1": "$" * 500, "auth_asym_id_1": "x" * 500}, 1)
    assert len(long.replace("\\", "")) <= LONGEST_NAME + 1


@settings(max_examples=100)
@given(st.lists(st.floats(-50, 50), max_size=8), st.floats(0.1, 5))
def test_spread_places_keep_their_gap_and_move_no_farther_than_needed(places, gap):
    ordered = sorted(places)
    found = spread(ordered, gap)
    assert all(b - a >= gap - 1e-9 for a, b in pairwise(found))
    assert sum(found) == pytest.approx(sum(ordered), abs=1e-6)
    if all(b - a >= gap for a, b in pairwise(ordered)):
        assert found == pytest.approx(ordered)


@settings(max_examples=100)
@given(st.lists(st.floats(-10.0, 110.0), min_size=1, max_size=12))
def test_spread_places_between_two_ends_are_the_nearest_ones(places):
    ordered = sorted(places)
    found = spread(ordered, 2.0, low=1.0, high=99.0)
    assert all(b - a >= 2.0 - 1e-9 for a, b in pairwise(found))
    assert found[0] >= 1.0 - 1e-9
    assert found[-1] <= 99.0 + 1e-9
    # The slow way: the highest of the lowest means of runs, then cut off at the ends.
    base = np.array(ordered) - 2.0 * np.arange(len(ordered))
    level = [
        max(
            min(base[first:last].mean() for last in range(place + 1, len(base) + 1))
            for first in range(place + 1)
        )
        for place in range(len(base))
    ]
    highest = 99.0 - 2.0 * (len(base) - 1)
    nearest = np.clip(level, 1.0, highest) + 2.0 * np.arange(len(base))
    np.testing.assert_allclose(found, nearest, atol=1e-9)


@pytest.mark.entries
def test_chains_without_a_role_are_called_the_same_in_every_figure(named_entry):
    results = measured(named_entry("1BRS.pdb"))
    for drawing in (
        figures.buried_area_track(results, chain="A"),
        figures.complementarity(results),
        figures.contact_map(results, interface="1:A/D"),
    ):
        assert "barnase A" in drawing.alt
        assert "barstar D" in drawing.alt
