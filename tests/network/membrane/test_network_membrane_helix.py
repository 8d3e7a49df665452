import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from il2struct.errors import ParameterError
from il2struct.kernels.geometry import random_rotation, rotation_matrix
from il2struct.lattice.operators import SUPERPOSED
from il2struct.network.membrane.chain import (
    RigidMotion,
    chain_geometry,
    composed_motion,
    poses_of_chain,
)

X, Z = np.array([1.0, 0.0, 0.0]), np.array([0.0, 0.0, 1.0])


def screw(axis, point, twist_deg, rise_a):
    rotation = rotation_matrix(axis, twist_deg)
    return RigidMotion(
        rotation=rotation, translation=point - rotation @ point + rise_a * axis
    )


def undone(motion):
    back = motion.rotation.T
    return RigidMotion(rotation=back, translation=-(back @ motion.translation))


@given(
    st.integers(0, 10_000),
    st.floats(2.0, 178.0),
    st.sampled_from([-1.0, 1.0]),
    st.floats(1.0, 200.0),
)
@settings(max_examples=60)
def test_a_helix_gives_back_its_twist_rise_and_radius(seed, twist, hand, rise):
    rng = np.random.default_rng(seed)
    axis, point = random_rotation(rng)[0], rng.normal(size=3) * 50.0
    motion = screw(axis, point, hand * twist, rise)
    centre = rng.normal(size=3) * 80.0
    found = chain_geometry(motion, centre=centre)
    away = (centre - point) - ((centre - point) @ axis) * axis
    assert found.kind == "screw"
    # The rise is positive, so the axis points along the growth and the sign of the twist is kept.
    # Angles of 2° and lever arms of 100 Å leave 1e-9 of rounding.
    np.testing.assert_allclose(found.axis, axis, atol=1e-8)
    assert found.twist_deg == pytest.approx(hand * twist, abs=1e-7)
    assert found.rise_a == pytest.approx(rise, rel=1e-9)
    assert found.radius_a == pytest.approx(float(np.linalg.norm(away)), abs=1e-6)
    assert found.pitch_a == pytest.approx(rise * 360.0 / twist, rel=1e-8)
    np.testing.assert_allclose(found.axis_point, centre - away, atol=1e-6)
    chord = 2.0 * found.radius_a * math.sin(math.radians(twist / 2.0))
    assert found.step_a == pytest.approx(math.hypot(chord, rise), rel=1e-8)
    assert found.ring_size == 0


@pytest.mark.parametrize("size", [2, 3, 4, 5, 6, 12])
def test_a_rotation_by_a_whole_part_of_a_turn_is_a_ring(size):
    rng = np.random.default_rng(size)
    axis, point = random_rotation(rng)[0], rng.normal(size=3) * 50.0
    motion = screw(axis, point, 360.0 / size, 0.0)
    found = chain_geometry(motion, centre=np.zeros(3))
    assert (found.kind, found.ring_size) == ("ring", size)
    assert abs(found.axis @ axis) == pytest.approx(1.0, abs=1e-9)
    last = poses_of_chain(motion, size + 1)[-1]
    # Back at the start, but for rounding.
    np.testing.assert_allclose(last.rotation, np.eye(3), atol=1e-9)
    np.testing.assert_allclose(last.translation, 0.0, atol=1e-7)


def test_a_rotation_that_never_closes_is_neither_ring_nor_chain():
    found = chain_geometry(screw(Z, X, 77.7, 0.0), centre=np.zeros(3))
    assert (found.kind, found.ring_size) == ("rotation", 0)
    assert found.rise_a == pytest.approx(0.0, abs=1e-12)
    assert found.twist_deg == pytest.approx(77.7)


def test_a_translation_is_a_straight_chain():
    shift = np.array([3.0, 4.0, 0.0])
    found = chain_geometry(RigidMotion(rotation=np.eye(3), translation=shift), centre=X)
    assert found.kind == "translation"
    np.testing.assert_allclose(found.axis, shift / 5.0)
    assert (found.rise_a, found.step_a, found.radius_a) == (5.0, 5.0, 0.0)
    assert found.pitch_a == found.n_per_turn == math.inf
    nothing = RigidMotion(rotation=np.eye(3), translation=np.zeros(3))
    assert chain_geometry(nothing, centre=X).kind == "identity"


def test_superposed_copies_may_be_a_few_degrees_off():
    motion = screw(Z, 100.0 * X, 118.0, 0.5)
    assert chain_geometry(motion, centre=np.zeros(3)).kind == "screw"
    loose = chain_geometry(motion, centre=np.zeros(3), tolerance=SUPERPOSED)
    assert (loose.kind, loose.ring_size) == ("ring", 3)


@given(st.integers(0, 10_000))
@settings(max_examples=25)
def test_geometry_does_not_depend_on_the_frame(seed):
    rng = np.random.default_rng(seed)
    motion = screw(random_rotation(rng)[0], rng.normal(size=3) * 40.0, 63.0, 12.0)
    centre = rng.normal(size=3) * 40.0
    frame = RigidMotion(
        rotation=random_rotation(rng), translation=rng.normal(size=3) * 200.0
    )
    turned = composed_motion(composed_motion(frame, motion), undone(frame))
    here = chain_geometry(motion, centre=centre)
    there = chain_geometry(turned, centre=frame.rotation @ centre + frame.translation)
    for name in ("twist_deg", "rise_a", "radius_a", "pitch_a", "step_a"):
        assert getattr(there, name) == pytest.approx(getattr(here, name), rel=1e-8)
    np.testing.assert_allclose(there.axis, frame.rotation @ here.axis, atol=1e-8)


def test_a_motion_and_the_one_that_undoes_it_compose_to_nothing():
    rng = np.random.default_rng(4)
    motion = screw(random_rotation(rng)[0], rng.normal(size=3) * 40.0, 50.0, 9.0)
    unit = composed_motion(motion, undone(motion))
    np.testing.assert_allclose(unit.rotation, np.eye(3), atol=1e-12)
    np.testing.assert_allclose(unit.translation, 0.0, atol=1e-10)


def test_bad_motions_are_refused():
    with pytest.raises(ParameterError, match="proper rotation"):
        RigidMotion(rotation=np.diag([1.0, 1.0, -1.0]), translation=np.zeros(3))
    with pytest.raises(ParameterError, match="proper rotation"):
        RigidMotion(rotation=2.0 * np.eye(3), translation=np.zeros(3))
    with pytest.raises(ParameterError, match="finite translation"):
        RigidMotion(rotation=np.eye(3), translation=np.array([0.0, np.nan, 0.0]))
    with pytest.raises(ParameterError, match="shape"):
        RigidMotion(rotation=np.eye(2), translation=np.zeros(3))
    with pytest.raises(ParameterError, match="one complex or more"):
        poses_of_chain(RigidMotion(rotation=np.eye(3), translation=X), 0)


@pytest.mark.parametrize("size", [1e-7, 1e-4, 1e-3])
def test_a_rounded_operator_is_the_rotation_nearest_to_it(size):
    """Operators from SCALE records of six decimals are rotations to 1e-3 only."""
    exact = Rotation.from_rotvec([0.3, -1.1, 2.0]).as_matrix()
    noise = size * np.random.default_rng(0).uniform(-1.0, 1.0, size=(3, 3))
    found = RigidMotion(rotation=exact + noise, translation=[1.0, 2.0, 3.0]).rotation
    np.testing.assert_allclose(found @ found.T, np.eye(3), atol=1e-13)
    assert np.abs(found - exact).max() <= 3.0 * size


def test_mirrors_and_stretches_are_refused_however_small_the_rest():
    for wrong in (np.diag([1.0, 1.0, -1.0]), np.eye(3) * 1.01):
        with pytest.raises(ParameterError, match="proper rotation"):
            RigidMotion(rotation=wrong, translation=np.zeros(3))
