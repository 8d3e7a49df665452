"""Interfaces along a trajectory, and how often bonds are there."""

from dataclasses import replace

import numpy as np
import pytest
from audit import figure_once, file_faults, layout_faults, unlabelled_axes
from measured import axes_named

from il2struct.figures.canvas import all_axes, new_figure
from il2struct.figures.trajectory_course import (
    RAREST,
    bond_occupancy_drawings,
    interface_course,
)

pytestmark = pytest.mark.entries


@pytest.fixture(scope="module")
def results(real_text, tmp_path_factory):
    """Twelve frames of 2B5I whose atoms are moved by 0.3 Å."""
    import warnings

    import MDAnalysis

    from il2struct.trajectory.study import from_universe

    path = tmp_path_factory.mktemp("trajectory") / "2B5I.pdb"
    lines = real_text("2B5I.pdb").splitlines(keepends=True)
    path.write_text("".join(x for x in lines if x.startswith(("ATOM", "TER"))))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of files without elements or boxes
        universe = MDAnalysis.Universe(str(path))
        xyz = universe.atoms.positions.copy()
        steps = np.random.default_rng(5).normal(0.0, 0.3, (12, *xyz.shape))
        universe.load_new((xyz + steps).astype(np.float32), dt=50.0)
        return from_universe(universe).interfaces()


class TestCourse:
    def test_one_point_a_row_at_its_time_and_value(self, results):
        drawing = interface_course(results)
        drawn = []
        for ax in all_axes(figure_once(drawing)):
            lines = [line for line in ax.lines if len(line.get_xdata()) == 12]
            drawn += [tuple(p) for line in lines for p in line.get_xydata()]
        wanted = drawing.table.assign(ns=drawing.table["time_ps"] / 1000.0)
        assert len(drawn) == len(wanted)
        assert np.allclose(
            sorted(drawn), sorted(wanted[["ns", "value"]].to_numpy().tolist())
        )

    def test_values_are_those_of_the_frames(self, results):
        table = interface_course(results).table
        areas = table[table["quantity"] == "area_per_side_a2"]
        assert areas["value"].tolist() == results.frames["area_per_side_a2"].tolist()

    def test_layout_and_units(self, results):
        for width in ("single", "double"):
            drawing = interface_course(results, width=width)
            assert layout_faults(drawing) == []
        figure = figure_once(drawing)
        assert unlabelled_axes(figure) == []
        assert "time (ns)" in {ax.get_xlabel() for ax in all_axes(figure)}

    def test_into_given_axes(self, results):
        ax = new_figure("double", 120.0).add_axes((0.0, 0.0, 1.0, 1.0))
        assert interface_course(results).draw(ax) is ax


class TestOccupancy:
    def test_black_where_frames_have_the_bond(self, results):
        drawings = bond_occupancy_drawings(results)
        assert len(drawings) == 4
        for drawing in drawings:
            (plot,) = axes_named(figure_once(drawing), "occupancy")
            (image,) = plot.images
            table = drawing.table
            for shown, spans in zip(image.get_array(), table["frames"], strict=True):
                ends = [[int(n) for n in span.split("-")] for span in spans.split()]
                frames = {n for span in ends for n in range(span[0], span[-1] + 1)}
                assert set(np.flatnonzero(shown)) == frames
            assert np.allclose(image.get_array().mean(axis=1), table["occupancy"])
            # A frame at the time 0 has its own half before it.
            assert image.get_extent()[:2] == pytest.approx((-0.025, 0.575))

    def test_bonds_of_interfaces_that_are_not_shown_are_passed_over(self, results):
        nothing = np.zeros(0, dtype=np.int64)
        hidden = replace(results, shown=nothing)
        assert hidden.frames_of_bonds(nothing).shape == (0, 12)

    def test_a_pair_has_its_bond_where_any_of_its_atoms_has_one(self, results):
        """Never less often than the most frequent atoms, nor more than all of them together."""
        keys = ["mature_number_1", "mature_number_2", "kind"]
        for drawing in bond_occupancy_drawings(results):
            table = drawing.table
            assert (np.diff(table["occupancy"]) <= 0.0).all()
            assert table["occupancy"].min() >= RAREST
            own = results.bonds
            own = own[own["interface_id"] == table["interface_id"].iloc[0]]
            pairs = own.groupby(keys)["occupancy"].agg(["max", "sum"]).reset_index()
            for row in table.itertuples():
                first, second = (int(end[1:]) for end in row.bond.split("–"))
                pair = pairs[
                    (pairs["mature_number_1"] == first)
                    & (pairs["mature_number_2"] == second)
                    & (pairs["kind"] == row.kind)
                ]
                (low,), (high,) = pair["max"], pair["sum"]
                assert low - 1e-9 <= row.occupancy <= high + 1e-9

    def test_layout(self, results):
        for drawing in bond_occupancy_drawings(results):
            assert layout_faults(drawing) == []
            assert unlabelled_axes(figure_once(drawing)) == []

    def test_files_are_the_same_each_time(self, results, tmp_path):
        drawing, again = (bond_occupancy_drawings(results)[1] for _ in range(2))
        assert file_faults(drawing, again, tmp_path, "D84–K71") == []
