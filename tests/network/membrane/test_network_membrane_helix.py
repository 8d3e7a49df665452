import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from il2struct.errors import ParameterError
from il2struct.kernels.geometry import random_rotation, rotation_matrix
from il2struct.lattice.motions import SUPERPOSED
from il2struct.network.membrane.helix import (
    RigidMotion,
    chain_geometry,
    chain_stiffness,
    composed_motion,
    inverse_motion,
    mean_motion,
    motion_between,
    poses_of_chain,
    stiffness_in_series,
)

X, Z = np.array([1.0, 0.0, 0.0]), np.array([0.0, 0.0, 1.0])


def screw(axis, point, twist_deg, rise_a):
    rotation = rotation_matrix(axis, twist_deg)
    return RigidMotion(
        rotation=rotation, translation=point - rotation @ point + rise_a * axis
    )


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
    turned = composed_motion(composed_motion(frame, motion), inverse_motion(frame))
    here = chain_geometry(motion, centre=centre)
    there = chain_geometry(turned, centre=frame.rotation @ centre + frame.translation)
    for name in ("twist_deg", "rise_a", "radius_a", "pitch_a", "step_a"):
        assert getattr(there, name) == pytest.approx(getattr(here, name), rel=1e-8)
    np.testing.assert_allclose(there.axis, frame.rotation @ here.axis, atol=1e-8)


def test_motions_compose_invert_and_compare_in_the_frame_of_the_body():
    rng = np.random.default_rng(4)
    motion = screw(random_rotation(rng)[0], rng.normal(size=3) * 40.0, 50.0, 9.0)
    unit = composed_motion(motion, inverse_motion(motion))
    np.testing.assert_allclose(unit.rotation, np.eye(3), atol=1e-12)
    np.testing.assert_allclose(unit.translation, 0.0, atol=1e-10)
    # The reference body placed twice, one step apart as seen from the body itself.
    here = RigidMotion(rotation=random_rotation(rng), translation=rng.normal(size=3))
    found = motion_between(here, composed_motion(here, motion))
    np.testing.assert_allclose(found.rotation, motion.rotation, atol=1e-12)
    np.testing.assert_allclose(found.translation, motion.translation, atol=1e-10)


def wobbly(rng, n_motions, bend_deg, twist_deg, *, axis=Z, rise=70.0):
    """Motions that differ from a translation by small random rotations."""
    first = np.cross(axis, X)
    second = np.cross(axis, first)
    angles = np.radians(
        rng.normal(size=(n_motions, 3)) * [bend_deg, bend_deg, twist_deg]
    )
    return [
        RigidMotion(
            rotation=Rotation.from_rotvec(
                a * first + b * second + c * axis
            ).as_matrix(),
            translation=rise * axis,
        )
        for a, b, c in angles
    ]


def stiffness(motions, centre=(0.0, 0.0, 0.0)):
    geometry = chain_geometry(
        mean_motion(motions), centre=np.array(centre), tolerance=SUPERPOSED
    )
    return chain_stiffness(motions, geometry=geometry)


def test_many_motions_give_the_moduli_they_were_drawn_from():
    bend, twist = 2.0, 3.0
    found = stiffness(wobbly(np.random.default_rng(1), 4000, bend, twist))
    variance = 2.0 * math.radians(bend) ** 2
    # 4000 draws: standard error of a variance is sqrt(2/4000) = 2.2 % (1.6 % for two
    # components); three of them. Angles of 3° are small to 0.1 %.
    assert found.bending_persistence_a == pytest.approx(2 * 70.0 / variance, rel=0.05)
    assert found.twist_persistence_a == pytest.approx(
        70.0 / math.radians(twist) ** 2, rel=0.07
    )
    assert found.bending_interval_a[0] < found.bending_persistence_a
    assert found.bending_interval_a[1] > found.bending_persistence_a


def test_the_persistence_length_is_that_of_a_simulated_chain():
    rng = np.random.default_rng(5)
    n_chains, n_steps, bend = 20_000, 20, 8.0
    direction = np.tile(Z, (n_chains, 1))
    frames = Rotation.identity(n_chains)
    for _ in range(n_steps):
        kicks = np.radians(rng.normal(size=(n_chains, 3)) * [bend, bend, 5.0])
        frames = frames * Rotation.from_rotvec(kicks)
    direction = frames.apply(Z)
    expected = stiffness(wobbly(rng, 4000, bend, 5.0)).bending_persistence_a
    simulated = -n_steps * 70.0 / math.log(direction[:, 2].mean())
    # 3 % from the draws; the small-angle formula itself is off by θ²/12, 0.3 % at 8°.
    assert simulated == pytest.approx(expected, rel=0.05)


def test_intervals_of_three_motions_hold_the_truth_as_often_as_they_say():
    rng = np.random.default_rng(9)
    bend, twist, trials = 2.0, 2.0, 400
    truth_bend = 2 * 70.0 / (2.0 * math.radians(bend) ** 2)
    truth_twist = 70.0 / math.radians(twist) ** 2
    hits = np.zeros(2)
    for _ in range(trials):
        found = stiffness(wobbly(rng, 3, bend, twist))
        hits += [
            found.bending_interval_a[0] < truth_bend < found.bending_interval_a[1],
            found.twist_interval_a[0] < truth_twist < found.twist_interval_a[1],
        ]
    # 95 % of 400 with a standard error of 1.1 %; three and a half of them.
    np.testing.assert_allclose(hits / trials, 0.95, atol=0.038)
    low, high = found.bending_interval_a
    # Quantiles 0.025 and 0.975 of chi-square with 4 and with 2 degrees of freedom, from tables.
    assert high / low == pytest.approx(11.143 / 0.4844, rel=1e-3)
    low, high = found.twist_interval_a
    assert high / low == pytest.approx(7.378 / 0.05064, rel=1e-3)


def test_joints_in_series_add_their_variances():
    rng = np.random.default_rng(2)
    parts = [stiffness(wobbly(rng, 4, bend, 1.0)) for bend in (1.0, 2.0)]
    joined = stiffness_in_series(parts)
    inverse = sum(1.0 / part.bending_persistence_a for part in parts)
    # The rises of the mean motions differ by less than 0.1 %.
    assert 1.0 / joined.bending_persistence_a == pytest.approx(inverse, rel=1e-3)
    assert joined.bending_freedom <= sum(part.bending_freedom for part in parts)
    assert joined.bending_freedom >= max(part.bending_freedom for part in parts) / 2
    with pytest.raises(ParameterError, match="same step"):
        stiffness_in_series([])
    far = stiffness(wobbly(rng, 4, 1.0, 1.0, rise=90.0))
    with pytest.raises(ParameterError, match="same step"):
        stiffness_in_series([parts[0], far])


def test_no_spread_is_no_information():
    same = [RigidMotion(rotation=np.eye(3), translation=70.0 * Z)] * 3
    found = stiffness(same)
    assert found.bending_persistence_a == found.twist_persistence_a == math.inf
    assert all(math.isnan(edge) for edge in found.bending_interval_a)
    both = stiffness_in_series([found, found])
    assert both.bending_persistence_a == math.inf


def test_stiffness_needs_a_chain_and_a_spread():
    shift = RigidMotion(rotation=np.eye(3), translation=70.0 * Z)
    straight = chain_geometry(shift, centre=np.zeros(3))
    with pytest.raises(ParameterError, match="two or more"):
        chain_stiffness([shift], geometry=straight)
    ring = screw(Z, 50.0 * X, 120.0, 0.0)
    with pytest.raises(ParameterError, match="is a ring"):
        chain_stiffness([ring, ring], geometry=chain_geometry(ring, centre=np.zeros(3)))
    with pytest.raises(ParameterError, match="at least one"):
        mean_motion([])


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
