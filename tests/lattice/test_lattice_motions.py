"""Motions against analytic screws: what repeating them builds, at any axis and place."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from il2struct.kernels.geometry import rotation_matrix
from il2struct.lattice.operators import (
    EXACT,
    SUPERPOSED,
    repeat_of,
    rotation_angle_deg,
    rotation_axis,
)

#: Rounding of cosines and of products of coordinates of some 100 Å.
ROUNDING = 1e-9

finite = st.floats(-100.0, 100.0)
points = st.tuples(finite, finite, finite).map(np.array)
axes = points.filter(lambda v: np.linalg.norm(v) > 1e-3)


def frozen(array):
    array = np.array(array, dtype=float)
    array.setflags(write=False)
    return array


def screw(axis, angle_deg, rise_a=0.0, through=(0.0, 0.0, 0.0)):
    """Turn about an axis through a point, then rise along it: the textbook definition."""
    axis = np.asarray(axis, float)
    rotation = rotation_matrix(axis, angle_deg)
    through = np.asarray(through, float)
    translation = through - rotation @ through + rise_a * axis / np.linalg.norm(axis)
    return frozen(rotation), frozen(translation)


def power(rotation, translation, n):
    turn, shift = np.eye(3), np.zeros(3)
    for _ in range(n):
        turn, shift = rotation @ turn, rotation @ shift + translation
    return turn, shift


@given(translation=points.filter(lambda v: np.linalg.norm(v) > 1.0))
def test_a_translation_propagates_by_its_length(translation):
    found = repeat_of(np.eye(3), frozen(translation))
    assert found.is_translation
    assert found.is_propagating
    assert found.ring_size == 0
    assert found.rise_a == pytest.approx(np.linalg.norm(translation), rel=1e-12)
    assert found.rotation_deg == 0.0


@given(axis=axes, through=points, order=st.sampled_from([2, 3, 4, 6]))
def test_a_rotation_closes_after_its_order(axis, through, order):
    rotation, translation = screw(axis, 360.0 / order, 0.0, through)
    found = repeat_of(rotation, translation)
    assert found.ring_size == order
    assert not found.is_propagating
    assert not found.is_translation
    assert found.rotation_deg == pytest.approx(360.0 / order, abs=1e-6)
    assert found.rise_a == pytest.approx(0.0, abs=1e-6)
    # It does close: the slow obvious version.
    turn, shift = power(rotation, translation, order)
    np.testing.assert_allclose(turn, np.eye(3), atol=ROUNDING)
    np.testing.assert_allclose(shift, 0.0, atol=1e-6)


@given(
    axis=axes,
    through=points,
    order=st.sampled_from([2, 3, 4, 6]),
    rise=st.floats(0.1, 100.0),
)
def test_a_screw_propagates_and_its_rise_does_not_depend_on_where_it_is(
    axis, through, order, rise
):
    rotation, translation = screw(axis, 360.0 / order, rise, through)
    found = repeat_of(rotation, translation)
    assert found.is_propagating
    assert found.ring_size == 0
    assert not found.is_translation
    # 100 Å times the rounding of the axis.
    assert found.rise_a == pytest.approx(rise, abs=1e-6)


@given(axis=axes, angle=st.floats(0.0, 180.0))
def test_angle_and_axis_come_back(axis, angle):
    rotation = frozen(rotation_matrix(axis, angle))
    # The arctangent keeps 1e-6° even at 0 and 180°, where an arccosine would lose half the digits.
    assert rotation_angle_deg(rotation) == pytest.approx(angle, abs=1e-6)
    # The axis stands in a matrix of 1 - cos a: below 0.5° no axis is asked for.
    if angle > EXACT.angle_deg:
        along = abs(rotation_axis(rotation) @ axis) / np.linalg.norm(axis)
        # Error of the cross product is the square root of this one's.
        assert along == pytest.approx(1.0, abs=1e-9)


@given(axis=axes, below=st.floats(0.0, 1e-7))
def test_half_a_turn_is_safe(axis, below):
    rotation, translation = screw(axis, 180.0 - below, 12.5)
    found = repeat_of(rotation, translation)
    assert np.isfinite([found.rotation_deg, found.rise_a]).all()
    assert found.rise_a == pytest.approx(12.5, abs=1e-6)
    assert repeat_of(*screw(axis, 180.0 - below)).ring_size == 2


@pytest.mark.parametrize("angle", [0.0, 1e-12, 1e-6, 0.4999])
def test_hardly_a_turn_is_a_translation(angle):
    rotation, _ = screw([1, 2, 3], angle)
    found = repeat_of(rotation, np.array([3.0, 4.0, 0.0]))
    assert found.is_translation
    assert found.rise_a == pytest.approx(5.0)


def test_no_motion_is_a_ring_of_one():
    found = repeat_of(np.eye(3), np.zeros(3))
    assert found.ring_size == 1
    assert not found.is_propagating


@given(axis=axes, through=points, angle=st.floats(0.0, 180.0), rise=finite, by=points)
def test_moving_the_frame_changes_nothing(axis, through, angle, rise, by):
    """Carried along: motion and centre of the body in a shifted frame give the same answer."""
    rotation, translation = screw(axis, angle, rise, through)
    centre = frozen(through)
    first = repeat_of(rotation, translation, about=centre, tolerance=SUPERPOSED)
    moved = translation + by - rotation @ by
    second = repeat_of(
        rotation, frozen(moved), about=frozen(centre + by), tolerance=SUPERPOSED
    )
    assert first.is_translation == second.is_translation
    assert first.rise_a == pytest.approx(second.rise_a, abs=1e-6)


def test_a_slight_turn_far_from_the_origin_is_measured_at_the_body():
    """Copies that are turned by 4° count as translated by what their centre moves, not the origin."""
    centre = np.array([0.0, 200.0, 0.0])
    rotation, _ = screw([0, 0, 1], 4.0)
    translation = centre - rotation @ centre + np.array([70.5, 0.0, 0.0])
    found = repeat_of(rotation, translation, about=centre, tolerance=SUPERPOSED)
    assert found.is_translation
    assert found.rise_a == pytest.approx(70.5)
    # At the origin the same motion goes 14 Å (200 Å × 4°) another way.
    wrong = repeat_of(rotation, translation, tolerance=SUPERPOSED)
    assert abs(wrong.rise_a - 70.5) > 10.0


@pytest.mark.parametrize(
    ("angle", "ring_size"), [(72.0, 5), (144.0, 5), (360.0 / 7, 7), (15.0, 24)]
)
def test_rings_that_no_crystal_has(angle, ring_size):
    """Non-crystallographic rings; 144° visits all five members, going round twice."""
    assert repeat_of(*screw([0, 1, 1], angle, 0.0, [9, 9, 9])).ring_size == ring_size


def test_a_helix_of_irrational_turn_never_closes():
    # 36° × golden ratio: no multiple up to 24 comes within 0.5° of a full turn.
    found = repeat_of(*screw([0, 0, 1], 58.249))
    smallest = min(abs(math.remainder(n * 58.249, 360.0)) for n in range(1, 25))
    assert smallest > EXACT.angle_deg
    assert found.is_propagating
    assert found.ring_size == 0


def test_tolerance_is_of_the_whole_turn():
    """Six steps of 59° end 6° short, a ring within 8°; two of 175° end 10° short, none."""
    assert repeat_of(*screw([0, 0, 1], 59.0), tolerance=SUPERPOSED).ring_size == 6
    assert repeat_of(*screw([0, 0, 1], 59.0), tolerance=EXACT).ring_size != 6
    assert repeat_of(*screw([0, 0, 1], 175.0), tolerance=SUPERPOSED).ring_size != 2
    assert repeat_of(*screw([0, 0, 1], 176.5), tolerance=SUPERPOSED).ring_size == 2


def test_a_rise_within_the_tolerance_of_copies_closes():
    assert repeat_of(*screw([1, 1, 0], 180.0, 1.5), tolerance=SUPERPOSED).ring_size == 2
    assert repeat_of(*screw([1, 1, 0], 180.0, 1.5), tolerance=EXACT).is_propagating


@given(axis=axes, through=points, angle=st.floats(1.0, 180.0), rise=finite)
def test_a_motion_and_its_inverse_build_the_same(axis, through, angle, rise):
    rotation, translation = screw(axis, angle, rise, through)
    forth = repeat_of(rotation, translation)
    back = repeat_of(rotation.T, -(rotation.T @ translation))
    assert forth.ring_size == back.ring_size
    assert forth.rotation_deg == pytest.approx(back.rotation_deg, abs=1e-9)
    assert forth.rise_a == pytest.approx(back.rise_a, abs=1e-6)
