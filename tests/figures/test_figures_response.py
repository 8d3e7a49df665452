"""Shifts of dose-response curves, phase diagram."""

import math

import numpy as np
import pytest
from audit import figure_once, layout_faults, unlabelled_axes
from matplotlib.collections import PathCollection, QuadMesh
from measured import axes_named

from il2struct.errors import ParameterError
from il2struct.figures.response import (
    curve_labels,
    dose_response,
    phase_diagram,
    positional,
    response_drawings,
)
from il2struct.network.response import receptor as model
from il2struct.network.response.dose_response import (
    CellType,
    ResponseSettings,
    cell_type,
)
from il2struct.network.response.polymer import FreeChains
from il2struct.network.response.receptor import receptor_response

CELLS = ("treg", "th", "nk", "cd8")


@pytest.fixture(scope="module")
def responses():
    return [receptor_response(ResponseSettings(cell=cell_type(c))) for c in CELLS]


@pytest.fixture(scope="module")
def silent():
    return receptor_response(
        ResponseSettings(
            cell=cell_type("treg"),
            free_chains=FreeChains.SILENT,
            contact_kd_micromolar=0.1,
            coupling_kt=1.0,
        )
    )


class TestDoseResponse:
    def test_every_point_of_a_line_is_a_row(self, responses):
        drawing = dose_response(responses)
        plot = axes_named(figure_once(drawing), "dose-response")[0]
        table = drawing.table[~drawing.table["is_ec50"]]
        curves = [line for line in plot.lines if len(line.get_xdata()) > 2]
        assert len(curves) == len(CELLS)
        for line, (_, rows) in zip(
            curves, table.groupby("curve", sort=False), strict=True
        ):
            assert np.array_equal(line.get_xdata(), rows["relative_dose"])
            assert np.array_equal(line.get_ydata(), rows["relative_response"])

    def test_rows_are_the_response_over_that_of_the_first(self, responses):
        table = dose_response(responses).table
        native = 1000.0 * responses[0].curve.ec50_nanomolar
        assert np.allclose(table["ligand_picomolar"], table["relative_dose"] * native)
        for response in responses:
            rows = table[table["cell"] == response.settings.cell.cell]
            # 20 doses a decade: interpolation is good to a tenth of a percent.
            wanted = np.interp(
                np.log(rows["ligand_picomolar"]),
                np.log(1000.0 * response.dose.ligand_nanomolar),
                response.dose.response_fraction,
            )
            assert rows["response_fraction"].to_numpy() == pytest.approx(
                wanted, abs=2e-3
            )

    def test_one_mark_an_ec50_at_half_its_plateau(self, responses):
        drawing = dose_response(responses)
        plot = axes_named(figure_once(drawing), "dose-response")[0]
        at = np.concatenate([c.get_offsets() for c in plot.collections])
        rows = drawing.table[drawing.table["is_ec50"]]
        assert np.allclose(at, rows[["relative_dose", "relative_response"]])
        first = responses[0].curve.ec50_nanomolar
        assert at[:, 0].tolist() == pytest.approx(
            [r.curve.ec50_nanomolar / first for r in responses]
        )
        assert set(at[:, 1]) == {0.5}

    def test_measured_ranges_are_shifts_against_the_first_cell(self, responses):
        plot = axes_named(figure_once(dose_response(responses)), "dose-response")[0]
        bars = [
            line.get_xdata()
            for line in plot.lines
            if len(line.get_xdata()) == 2 and line.get_linewidth() == 2.0
        ]
        ends = [
            (r.measured.ec50_low_nanomolar, r.measured.ec50_high_nanomolar)
            for r in responses
        ]
        assert np.allclose(bars, np.array(ends) / math.sqrt(math.prod(ends[0])))
        low, high = plot.get_xlim()
        assert low < np.min(bars)
        assert np.max(bars) < high

    def test_absolute_doses_stand_in_the_caption_with_what_they_hang_on(
        self, responses
    ):
        caption = dose_response(responses[0]).caption
        assert "EC50 in the model: 28 pmol/L" in caption
        assert "Absolute EC50s hang on a layer of 7.5 nm" in caption

    def test_labels_say_what_differs(self, responses, silent):
        assert curve_labels(responses)[0] == "regulatory T cell"
        both = curve_labels([responses[0], silent])
        assert both[1] == "coupling 1 kT, contact 0.1 µmol/L, free chains silent"
        assert len(set(both)) == 2

    def test_none_is_refused(self):
        with pytest.raises(ParameterError, match="no response"):
            dose_response([])

    def test_own_cell_without_a_measurement(self):
        cell = CellType(
            cell="mine",
            cell_name="a cell of mine",
            alpha_per_cell=1e4,
            beta_per_cell=1e3,
            gamma_per_cell=1e3,
            membrane_area_um2=300.0,
            sources=(),
        )
        drawing = dose_response(receptor_response(ResponseSettings(cell=cell)))
        assert layout_faults(drawing) == []
        assert "Measured" not in drawing.alt


@pytest.fixture(scope="module")
def drawing():
    return phase_diagram(ResponseSettings(cell=cell_type("treg")))


class TestPhaseDiagram:
    def test_one_cell_a_row_of_its_value(self, drawing, figure):
        rows = drawing.table[drawing.table["free_chains"] == "silent"]
        plot = axes_named(figure, "silent")[0]
        mesh = next(c for c in plot.collections if isinstance(c, QuadMesh))
        assert np.allclose(mesh.get_array().ravel(), rows["mean_chain_length"])

    def test_curves_are_rows_at_the_density_of_the_cell_and_the_highest(
        self, drawing, figure
    ):
        plot = axes_named(figure, "profile")[0]
        cell = cell_type("treg")
        density = cell.beta_per_cell / cell.membrane_area_um2
        for free, rows in drawing.table.groupby("free_chains"):
            lines = [line for line in plot.lines if line.get_gid() == free]
            found = sorted(rows["density_per_um2"].unique())
            nearest = min(found, key=lambda each: abs(math.log(each / density)))
            for line, wanted in zip(lines, (nearest, found[-1]), strict=True):
                own = rows[rows["density_per_um2"] == wanted]
                assert np.array_equal(line.get_xdata(), own["contact_kd_micromolar"])
                assert np.array_equal(line.get_ydata(), own["mean_chain_length"])

    def test_line_of_two_lies_where_kd_equals_half_the_density(self, figure):
        # Mean 2 needs Kρ = 2: from ρ = c₁/(1 - Kc₁)² and mean 1/(1 - Kc₁).
        plot = axes_named(figure, "silent")[0]
        contours = next(
            c for c in plot.collections if getattr(c, "levels", None) is not None
        )
        path = contours.get_paths()[list(contours.levels).index(2.0)]
        kd, density = path.vertices[len(path.vertices) // 2]
        per_um2 = 602.214076 * kd * 7.5e-3  # K_d in µmol/L in a layer of 7.5 nm
        assert density / per_um2 == pytest.approx(2.0, rel=0.02)

    def test_numbers_stand_on_their_lines(self, figure):
        diagram = model.phase_diagram(ResponseSettings(cell=cell_type("treg")))
        plot = axes_named(figure, "silent")[0]
        for text in plot.texts:
            if text.get_text() == "whole cell":
                continue
            kd, density = text.get_position()
            k = np.argmin(abs(np.log(diagram.contact_kd_micromolar / kd)))
            d = np.argmin(abs(np.log(diagram.density_per_um2 / density)))
            # A step of the grid changes the length by a quarter at most.
            found = diagram.mean_length_silent[d, k]
            assert found == pytest.approx(float(text.get_text()), rel=0.3)

    def test_cell_is_marked(self, figure):
        plot = axes_named(figure, "silent")[0]
        cross = [c for c in plot.collections if isinstance(c, PathCollection)][-1]
        kd, density = cross.get_offsets()[0]
        cell = cell_type("treg")
        assert kd == 100.0
        assert density == pytest.approx(cell.beta_per_cell / cell.membrane_area_um2)

    def test_layout_and_units(self, drawing, figure):
        assert layout_faults(drawing) == []
        assert unlabelled_axes(figure) == []
        assert axes_named(figure, "silent")[0].get_xlabel().endswith("(µmol/L)")
        assert axes_named(figure, "silent")[0].get_ylabel().endswith("(per µm²)")
        assert axes_named(figure, "scale")[0].get_ylabel().endswith("(complexes)")


def test_all_of_one_response(responses, silent):
    names = [d.kind for d in response_drawings(responses[0])]
    assert names == ["dose_response", "phase_diagram"]
    curves = response_drawings(silent)[0].table["coupling_kt"].unique()
    assert curves.tolist() == [0.0, 1.0, 2.0]


@pytest.mark.parametrize(
    ("value", "words"), [(1e-6, "0.000001"), (0.001, "0.001"), (1e5, "100000")]
)
def test_numbers_without_exponents(value, words):
    assert positional(value) == words
