"""Agonists: a mark a complex and quantity, where the table says."""

import numpy as np
import pytest
from audit import figure_once, layout_faults
from measured import measured, texts_of

from il2struct.errors import ParameterError
from il2struct.figures import agonist_geometry
from il2struct.figures.agonist_geometry import PLOTS
from il2struct.figures.canvas import new_figure

pytestmark = pytest.mark.entries


@pytest.fixture(scope="module")
def results(named_entry):
    return [measured(named_entry(name)) for name in ("2B5I.pdb", "2ERJ.pdb")]


def test_every_complex_has_its_marks(results):
    drawing = agonist_geometry(results)
    figure = figure_once(drawing)
    assert {"IL-2, 2B5I:1", "IL-2, 2ERJ:1", "IL-2, 2ERJ:2"} <= set(texts_of(figure))
    plots = {ax.get_label(): ax for ax in figure.axes[0].child_axes}
    for column, _, least in PLOTS:
        marks = [line for line in plots[column].lines if line.get_marker() == "o"]
        shown = [float(line.get_xdata()[0]) for line in marks]
        np.testing.assert_allclose(shown, drawing.table[column])
        low, high = plots[column].get_xlim()
        assert high - low >= least
    assert "hold IL-2Rβ with γc" in drawing.alt


@pytest.mark.parametrize("width", [89.0, 183.0])
def test_it_can_be_read_at_both_widths(results, width):
    assert layout_faults(agonist_geometry(results, width=width)) == []


def test_plots_stay_inside_given_axes(results):
    ax = new_figure(120.0, 60.0).add_axes((0.1, 0.0, 0.8, 1.0))
    agonist_geometry(results).draw(ax)
    right = ax.get_window_extent().x1
    assert all(plot.get_window_extent().x1 <= right for plot in ax.child_axes)


def test_one_receptor_is_no_pair(named_entry):
    with pytest.raises(ParameterError, match="two receptors"):
        agonist_geometry([measured(named_entry("1Z92.pdb"))])
