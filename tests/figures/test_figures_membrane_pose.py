"""The chain on the membrane: heights, linkers, and the picture."""

from dataclasses import replace

import numpy as np
import pytest
from audit import layout_faults, unlabelled_axes
from measured import axes_named, lines_named

from il2struct.errors import ParameterError
from il2struct.figures.canvas import size_mm
from il2struct.figures.membrane_pose import membrane_pose, membrane_view

pytestmark = [pytest.mark.entries, pytest.mark.slow]

COARSE = 60


@pytest.fixture(scope="module")
def drawing(alpha_study):
    return membrane_view(alpha_study, dpi=COARSE)


def test_text_is_readable_and_the_axis_has_its_unit(drawing, beta_study, figure):
    assert layout_faults(drawing) == []
    assert layout_faults(membrane_view(beta_study, dpi=COARSE)) == []
    narrow = membrane_view(beta_study, dpi=COARSE, width="single")
    assert layout_faults(narrow) == []
    assert unlabelled_axes(figure) == []
    (shown,) = axes_named(figure, "membrane")
    assert shown.get_ylabel() == "height above membrane (Å)"


def test_linkers_are_the_rows_of_the_table(drawing, figure):
    table = drawing.table
    drawn = lines_named(figure, "_linker")
    assert len(drawn) == len(table) == 12
    for line, row in zip(drawn, table.itertuples(), strict=True):
        (x_1, top), (x_2, low) = line.get_xydata()
        assert x_1 == x_2 == row.x_a
        assert (top, low) == (row.height_a, 0.0)
    assert (table.stretch_fraction <= 1.0).all()
    assert np.allclose(table.height_a / table.contour_a, table.stretch_fraction)


def test_heights_are_those_of_the_model(alpha_study, drawing):
    """Anchors placed for the picture against heights that the energy was computed from."""
    pose = membrane_pose(alpha_study)
    heights = drawing.table[drawing.table.number == 1].height_a
    assert np.allclose(heights, pose.orientation.heights_a, atol=1e-6)
    assert pose.is_chain
    for number in (2, 3, 4):
        other = drawing.table[drawing.table.number == number]
        assert np.allclose(other.height_a, heights, atol=1e-3)
    xs = drawing.table.x_a.to_numpy().reshape(4, -1)
    step = pose.line.study.geometry.step_a
    assert np.allclose(np.diff(xs, axis=0), step, atol=1e-3)


def test_the_complexes_stand_on_the_plane(alpha_study):
    pose = membrane_pose(alpha_study)
    height = pose.spheres.centres[:, 1]
    # The lowest atom touches or hangs above; the linkers pull it down as far as they can.
    assert height.min() >= -1e-6
    assert height.min() < 20.0
    labels = set(pose.spheres.labels.tolist())
    assert labels == set(range(len(pose.members)))


def test_the_contact_of_the_caption_is_the_one_asked_about(alpha_study, drawing):
    pose = membrane_pose(alpha_study)
    assert any(pose.measured is m for m in alpha_study.focal.members)
    area = pose.measured.interface.burial.area_per_side_a2
    assert f"{area:.0f} Å² per side" in drawing.caption
    assert "Model, not an observation" in drawing.caption
    energy = pose.line.study.endless.energy_per_complex_kt
    assert f"{energy:.1f} kT" in drawing.caption


def test_a_complex_stands_alone_if_no_chain_lies_flat(alpha_study):
    bent = tuple(
        replace(
            line,
            study=replace(
                line.study,
                endless=replace(line.study.endless, can_lie_flat=False, best=None)
                if line.study.endless
                else None,
            ),
        )
        for line in alpha_study.membrane
    )
    drawing = membrane_view(replace(alpha_study, membrane=bent), dpi=COARSE)
    assert drawing.table.number.tolist() == [1, 1, 1]
    assert "no chain" in drawing.caption
    assert layout_faults(drawing) == []


def test_without_a_chain_there_is_no_picture(alpha_study):
    with pytest.raises(ParameterError, match="linkers hold"):
        membrane_view(replace(alpha_study, focal=None, membrane=()))


def test_scale_is_the_same_in_both_directions(figure):
    (shown,) = axes_named(figure, "membrane")
    wide, high = size_mm(shown)
    across, up = np.ptp(shown.get_xlim()) / wide, np.ptp(shown.get_ylim()) / high
    assert across == pytest.approx(up, rel=0.02)
    (bar,) = lines_named(figure, "scale bar")
    assert np.ptp(bar.get_xdata()) * across == pytest.approx(50.0, rel=0.01)
