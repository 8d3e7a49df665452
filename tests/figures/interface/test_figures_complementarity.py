"""Shape complementarity: densities and medians are those of the dots, points those of residues."""

import numpy as np
import pytest
from audit import figure_once, layout_faults, unlabelled_axes
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from matplotlib.colors import to_hex
from measured import axes_named, measured, texts_of

from il2struct.errors import ParameterError
from il2struct.figures import (
    complementarity,
    complementarity_profile,
)
from il2struct.figures.interface.complementarity import BANDWIDTH, score_density
from il2struct.palette import Palette
from il2struct.results.interface_tables import sc_table


@given(arrays(np.float64, st.integers(1, 200), elements=st.floats(-1, 1)))
@settings(max_examples=50)
def test_a_density_is_one_in_all_and_nowhere_negative(scores):
    scores.setflags(write=False)
    score, density = score_density(scores)
    assert density.min() >= 0
    assert density.sum() * (score[1] - score[0]) == pytest.approx(1.0)


def test_a_density_is_the_sum_of_bells():
    scores = np.array([-0.3, 0.2, 0.21, 0.6])
    score, density = score_density(scores)
    bells = np.exp(-0.5 * ((score[:, None] - scores) / BANDWIDTH) ** 2)
    expected = bells.sum(axis=1) / (len(scores) * BANDWIDTH * np.sqrt(2 * np.pi))
    # Scores are first put into steps of 0.005, a quarter of the bandwidth.
    assert np.abs(density - expected).max() < 0.08 * expected.max()


pytestmark = pytest.mark.entries


def test_medians_and_halves_are_those_of_the_interfaces(results):
    drawing = complementarity(results)
    figure = figure_once(drawing)
    (chart,) = axes_named(figure, "densities")
    ticks = [
        line.get_xdata()[0] for line in chart.lines if line.get_label() == "_median"
    ]
    assert ticks == pytest.approx(drawing.table["median_score"].tolist())
    expected = [
        float(np.median(side.scores))
        for interface in results
        for side in (
            interface.complementarity.result.side_1,
            interface.complementarity.result.side_2,
        )
    ]
    assert ticks == pytest.approx(expected)
    halves = chart.collections
    assert len(halves) == len(drawing.table) == 2 * len(results)
    colours = [to_hex(h.get_facecolor()[0]).upper() for h in halves]
    assert colours == [Palette().of(role) for role in drawing.table["role"]]
    for place, half in enumerate(halves):
        y = half.get_paths()[0].vertices[:, 1]
        base = -(place // 2)
        assert (y.min() >= base - 1e-9) if place % 2 == 0 else (y.max() <= base + 1e-9)
        assert np.abs(y - base).max() <= 0.47


def test_values_are_written_beside(results):
    drawing = complementarity(results)
    text = " ".join(texts_of(figure_once(drawing)))
    for interface in results:
        assert f"Sc {interface.complementarity.result.sc:.2f}" in text
        n = (
            len(interface.complementarity.result.side_1),
            len(interface.complementarity.result.side_2),
        )
        assert f"n = {n[0]} + {n[1]}" in text
    assert "not weighted by area" in drawing.caption
    assert "15 dots per Å²" in drawing.caption


def test_points_are_the_medians_of_residues(results):
    drawing = complementarity_profile(results, interface="IL2/IL2RA")
    table = sc_table("sc_residues", results.named, [results[0]])
    assert sorted(drawing.table["median_score"]) == sorted(table["median_score"])
    figure = figure_once(drawing)
    for side, role in ((1, "IL2"), (2, "IL2RA")):
        (chart,) = axes_named(figure, f"side {side}")
        own = drawing.table[drawing.table["side"] == side]
        points = next(c for c in chart.collections if c.get_label() == "_points")
        assert np.asarray(points.get_offsets())[:, 1].tolist() == pytest.approx(
            own["median_score"].tolist()
        )
        labels = [t.get_text() for t in chart.get_xticklabels()]
        assert labels == own["residue"].tolist()
        assert to_hex(points.get_facecolor()[0]).upper() == Palette().of(role)
        # Area of a mark is in proportion to the area of the dots.
        sizes = points.get_sizes()
        areas = own["trimmed_area_a2"].to_numpy()
        large = sizes > 2.0
        assert sizes[large] / areas[large] == pytest.approx(0.8)
        medians = [line for line in chart.lines if line.get_label() == "_median"]
        result = results[0].complementarity.result
        expected = result.sc_1_to_2 if side == 1 else result.sc_2_to_1
        assert medians[0].get_ydata()[0] == pytest.approx(expected)


@pytest.mark.parametrize("name", ["2B5I.pdb", "3QB7.cif", "1FDL.pdb"])
def test_text_can_be_read(name, named_entry):
    drawing = complementarity(measured(named_entry(name)))
    assert layout_faults(drawing) == []
    assert unlabelled_axes(figure_once(drawing)) == []


def test_without_scores_it_says_how_to_get_them(named_entry):
    results = measured(named_entry("2B5I.pdb"), sc="none")
    for function in (complementarity, complementarity_profile):
        options = {"interface": 0} if function is complementarity_profile else {}
        with pytest.raises(ParameterError, match="sc='value'"):
            function(results, **options)
