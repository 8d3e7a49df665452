"""The focal contact among its controls."""

import math
from dataclasses import replace

import numpy as np
import pytest
from audit import figure_once, layout_faults, unlabelled_axes
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.collections import PathCollection

from il2struct.errors import ParameterError
from il2struct.figures.canvas import all_axes
from il2struct.figures.evidence import (
    contact_evidence,
    swarm_in,
    swarm_offsets,
)
from il2struct.network.evidence.lines import COMPARISONS

#: What is drawn, a plot each.
QUANTITIES = tuple(line.quantity for line in COMPARISONS)
heights = st.lists(st.floats(-40.0, 40.0).map(lambda v: round(v, 2)), max_size=40)


def plots_of(figure):
    return {
        ax.get_label(): ax for ax in all_axes(figure) if ax.get_label() in QUANTITIES
    }


@pytest.fixture(scope="module")
def drawings(studies):
    """Evidence of each study."""
    return [contact_evidence(study) for study in studies]


@pytest.fixture(scope="module")
def alpha(drawings):
    return drawings[0]


@pytest.mark.entries
@pytest.mark.slow
class TestEvidenceDrawing:
    def test_one_mark_a_row_at_its_value(self, drawings):
        for drawing in drawings:
            plots = plots_of(figure_once(drawing))
            assert set(plots) == set(QUANTITIES)
            for quantity, plot in plots.items():
                rows = drawing.table[drawing.table["quantity"] == quantity]
                for group in ("focal", "true_interface", "other_lattice"):
                    wanted = rows.loc[rows["group"] == group, "value"]
                    drawn = next(
                        c.get_offsets()[:, 1]
                        for c in plot.collections
                        if isinstance(c, PathCollection) and c.get_gid() == group
                    )
                    assert sorted(drawn) == pytest.approx(sorted(wanted))

    def test_table_holds_every_measure_of_every_contact(self, alpha, alpha_study):
        table = alpha.table
        marks = table[table["group"] != "focal_mean"]
        known = sum(
            not math.isnan(getattr(m, quantity))
            for m in alpha_study.measures
            for quantity in QUANTITIES
        )
        assert len(marks) == known

    def test_mean_and_error_are_those_of_the_verdict(self, alpha, alpha_study):
        plot = plots_of(figure_once(alpha))["area_per_side_a2"]
        line = next(e for e in alpha_study.evidence if e.quantity == "area_per_side_a2")
        mean = next(a for a in plot.lines if a.get_gid() == "focal_mean")
        assert mean.get_ydata()[0] == pytest.approx(line.value)
        row = alpha.table.query(
            "group == 'focal_mean' and quantity == 'area_per_side_a2'"
        )
        assert row["error"].iloc[0] == pytest.approx(max(line.error, line.jitter_error))

    def test_levels_are_those_of_the_endless_contacts(self, alpha, alpha_study):
        plot = plots_of(figure_once(alpha))["sc"]
        line = next(e for e in alpha_study.evidence if e.quantity == "sc")
        levels = {round(float(a.get_ydata()[0]), 9) for a in plot.lines}
        assert round(line.endless.highest_5, 9) in levels
        assert round(line.endless.median, 9) in levels

    def test_all_verdicts_are_written(self, alpha, alpha_study):
        figure = figure_once(alpha)
        notes = next(
            a for a in all_axes(figure) if a.get_label() == "lines of evidence"
        )
        words = [t.get_text() for t in notes.texts]
        for verdict in ("supports", "neutral", "against"):
            wanted = sum(e.verdict.value == verdict for e in alpha_study.evidence)
            assert words.count(verdict) == wanted
        titles = {
            label: plot.get_title(loc="left")
            for label, plot in plots_of(figure).items()
        }
        line = next(e for e in alpha_study.evidence if e.quantity == "sc")
        assert titles["sc"].endswith(line.verdict.value)

    def test_no_mark_hides_another(self, drawings):
        for drawing in drawings:
            figure = figure_once(drawing)
            per_mm = figure.dpi / 25.4
            for plot in plots_of(figure).values():
                for marks in plot.collections:
                    if not isinstance(marks, PathCollection) or not marks.get_gid():
                        continue
                    at = plot.transData.transform(marks.get_offsets()) / per_mm
                    size = math.sqrt(marks.get_sizes()[0]) * 25.4 / 72
                    gaps = np.linalg.norm(at[:, None] - at[None], axis=2)
                    gaps[np.diag_indices(len(at))] = np.inf
                    assert gaps.min() >= size

    def test_units_on_every_axis_and_layout(self, drawings):
        for drawing in drawings:
            assert layout_faults(drawing) == []
            figure = figure_once(drawing)
            assert unlabelled_axes(figure) == []
            plots = plots_of(figure)
            assert plots["area_per_side_a2"].get_ylabel().endswith("(Å²)")
            assert plots["bonds_per_100_a2"].get_ylabel().endswith("(per 100 Å²)")

    def test_without_focal_contact(self, alpha_study):
        with pytest.raises(ParameterError, match="no focal contact"):
            contact_evidence(replace(alpha_study, focal=None))

    def test_without_fit_the_plot_of_it_is_empty(self, alpha_study):
        blind = replace(
            alpha_study,
            measures=tuple(replace(m, sc=math.nan) for m in alpha_study.measures),
            evidence=tuple(
                replace(e, value=math.nan) if e.quantity == "sc" else e
                for e in alpha_study.evidence
            ),
        )
        drawing = contact_evidence(blind)
        assert "sc" not in set(drawing.table["quantity"])
        assert layout_faults(drawing) == []


class TestSwarm:
    @settings(max_examples=60)
    @given(heights, st.floats(0.5, 3.0))
    def test_no_two_marks_overlap(self, values, size):
        offsets = swarm_offsets(values, size)
        at = np.column_stack([offsets, values]).reshape(-1, 2)
        gaps = np.linalg.norm(at[:, None] - at[None], axis=2)
        gaps[np.diag_indices(len(at))] = np.inf
        assert gaps.min(initial=np.inf) >= size * (1.0 - 1e-6)

    @given(st.floats(-10.0, 10.0))
    def test_a_lone_mark_stays_in_the_middle(self, value):
        assert swarm_offsets([value], 1.0).tolist() == [0.0]

    def test_order_does_not_matter_for_the_outline(self):
        values = np.array([0.0, 0.2, 0.9, 3.0, 3.0])
        one = swarm_offsets(values, 1.0)
        two = swarm_offsets(values[::-1].copy(), 1.0)
        assert np.ptp(one) == pytest.approx(np.ptp(two))

    def test_marks_shrink_until_they_fit(self):
        crowd = [np.zeros(30)]
        offsets, size = swarm_in(crowd, [10.0], (2.0, 0.1))
        assert np.abs(offsets[0]).max() + size / 2 <= 10.0
        # A row of 30 takes 30 widths of a mark; one step of 5 % below what would just fit.
        assert 0.95 * 20.0 / 31.0 <= size <= 20.0 / 29.0

    def test_squeezed_where_even_the_smallest_do_not_fit(self):
        offsets, size = swarm_in([np.zeros(100)], [5.0], (2.0, 1.0))
        assert size == 1.0
        assert np.abs(offsets[0]).max() + size / 2 <= 5.0 + 1e-9

    def test_writes_to_no_argument(self):
        values = np.zeros(3)
        values.setflags(write=False)
        swarm_offsets(values, 1.0)
