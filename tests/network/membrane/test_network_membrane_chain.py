import math

import numpy as np
import pytest
from bodies import ball, blob
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from arrays import frozen, random_rotation
from il2struct.errors import ParameterError
from il2struct.kernels.geometry import rotation_matrix
from il2struct.lattice.operators import SUPERPOSED
from il2struct.network.membrane.body import anchor_heights, rigid_body
from il2struct.network.membrane.chain import (
    RigidMotion,
    chain_body,
    chain_geometry,
    endless_chain,
    energies_in_any_direction,
    membrane_study,
    poses_of_chain,
)
from il2struct.network.membrane.quadrature import (
    QuadratureParameters,
    orientation_ensemble,
    tilt_deg,
)

X, Y, UP = np.eye(3)
COARSE = QuadratureParameters(relative_error=1e-3, feasible_error=0.05)


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
    np.testing.assert_allclose(found.axis_point, centre - away, atol=1e-6)
    chord = 2.0 * np.linalg.norm(away) * math.sin(math.radians(twist / 2.0))
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
    found = chain_geometry(screw(UP, X, 77.7, 0.0), centre=np.zeros(3))
    assert (found.kind, found.ring_size) == ("rotation", 0)
    assert found.rise_a == pytest.approx(0.0, abs=1e-12)
    assert found.twist_deg == pytest.approx(77.7)


def test_a_translation_is_a_straight_chain():
    shift = np.array([3.0, 4.0, 0.0])
    found = chain_geometry(RigidMotion(rotation=np.eye(3), translation=shift), centre=X)
    assert found.kind == "translation"
    np.testing.assert_allclose(found.axis, shift / 5.0)
    assert (found.rise_a, found.step_a) == (5.0, 5.0)
    nothing = RigidMotion(rotation=np.eye(3), translation=np.zeros(3))
    assert chain_geometry(nothing, centre=X).kind == "identity"


def test_superposed_copies_may_be_a_few_degrees_off():
    motion = screw(UP, 100.0 * X, 118.0, 0.5)
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
    turn = frame.rotation @ motion.rotation @ frame.rotation.T
    shifted = frame.rotation @ motion.translation + frame.translation
    turned = RigidMotion(rotation=turn, translation=shifted - turn @ frame.translation)
    here = chain_geometry(motion, centre=centre)
    there = chain_geometry(turned, centre=frame.rotation @ centre + frame.translation)
    for name in ("twist_deg", "rise_a", "step_a"):
        assert getattr(there, name) == pytest.approx(getattr(here, name), rel=1e-8)
    np.testing.assert_allclose(there.axis, frame.rotation @ here.axis, atol=1e-8)


def test_bad_motions_are_refused():
    with pytest.raises(ParameterError, match="proper rotation"):
        RigidMotion(rotation=np.diag([1.0, 1.0, -1.0]), translation=np.zeros(3))
    with pytest.raises(ParameterError, match="proper rotation"):
        RigidMotion(rotation=1.01 * np.eye(3), translation=np.zeros(3))
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


def shift(vector):
    return RigidMotion(rotation=np.eye(3), translation=frozen(vector))


def tower(height=120.0, contour=20.0):
    """A tall prism on three short linkers at the corners of its foot: it can only stand."""
    foot = np.array([[-15.0, -10.0, 0.0], [15.0, -10.0, 0.0], [0.0, 20.0, 0.0]])
    return rigid_body(
        frozen(np.vstack([foot, foot + height * UP])),
        frozen(foot),
        contour_a=frozen(np.full(3, contour)),
        mean_square_a2=frozen(np.full(3, 8.0 * contour)),
    )


def test_chain_bodies_place_each_complex_by_the_motion():
    body = blob()
    motion = RigidMotion(
        rotation=rotation_matrix(UP, 40.0), translation=np.array([50.0, 5.0, 9.0])
    )
    chain = chain_body(body, motion, 3)
    points, anchors = body.surface, body.anchors
    lowest, expected = np.inf, []
    normal = random_rotation(np.random.default_rng(1))[0]
    for _ in range(3):
        lowest = min(lowest, (points @ normal).min())
        expected += list(anchors @ normal)
        points, anchors = (
            each @ motion.rotation.T + motion.translation for each in (points, anchors)
        )
    # Rounding of coordinates of 200 Å.
    np.testing.assert_allclose(
        anchor_heights(chain, normal[np.newaxis])[0],
        np.array(expected) - lowest,
        atol=1e-10,
    )


def test_prices_follow_from_the_partition_functions():
    study = membrane_study(
        blob(), shift([60.0, 20.0, -10.0]), sizes=(3, 2), parameters=COARSE
    )
    assert [chain.n_complexes for chain in study.chains] == [1, 2, 3]
    single = study.chains[0]
    assert single.price_kt == 0.0
    assert math.isnan(single.price_per_contact_kt)
    assert math.isnan(single.confinement_height_a)
    for chain in study.chains[1:]:
        n = chain.n_complexes
        price = -math.log(chain.ensemble.z_contact / single.ensemble.z_contact**n)
        assert chain.price_kt == pytest.approx(price, rel=1e-12)
        assert chain.price_per_contact_kt == pytest.approx(price / (n - 1), rel=1e-12)
        height = single.ensemble.z_floating_a**n / chain.ensemble.z_floating_a
        assert chain.confinement_height_a == pytest.approx(height ** (1 / (n - 1)))
        assert 0.0 < chain.price_error_kt < 0.01
        alone = orientation_ensemble(
            chain_body(blob(), shift([60.0, 20.0, -10.0]), n), axis=study.geometry.axis
        )
        assert chain.ensemble.z_contact == pytest.approx(alone.z_contact, rel=2e-3)


def test_a_slack_linker_makes_contacts_free():
    """Far from their ends and without pull, linkers do not notice what their body joins."""
    study = membrane_study(
        ball(mean_square=1e12, contour=1e4),
        shift([40.0, 0.0, 0.0]),
        sizes=range(1, 5),
        parameters=COARSE,
    )
    for chain in study.chains[1:]:
        # Energies stay below 1e-7 kT; Gauss nodes on squares of 11° leave 1e-9.
        assert chain.price_kt == pytest.approx(0.0, abs=1e-6)
        assert chain.ensemble.feasible_fraction == pytest.approx(1.0, abs=1e-7)
        # The layer is as thick as the linkers are long, but for heights of up to 160 Å.
        assert chain.ensemble.z_floating_a == pytest.approx(1e4, rel=0.016)


def test_two_separate_bodies_on_one_point_pay_twice():
    """Two copies in one place stretch two linkers alike: Z of a pair is Z at twice the stiffness."""
    pair = membrane_study(
        ball(mean_square=600.0), shift([0.0, 0.2, 0.0]), sizes=(2,), parameters=None
    ).chains[1]
    stiff = orientation_ensemble(ball(mean_square=300.0))
    # 0.2 Å against heights of 40 Å.
    assert pair.ensemble.z_contact == pytest.approx(stiff.z_contact, rel=0.02)


def test_an_endless_chain_of_balls_is_a_formula():
    body, motion = ball(20.0, 200.0, 600.0), shift([40.0, 0.0, 0.0])
    study = membrane_study(body, motion, sizes=(1,))
    endless, single = study.endless, study.chains[0].ensemble
    assert endless.can_lie_flat
    np.testing.assert_allclose(endless.best.normal, UP, atol=1e-4)
    assert endless.energy_per_complex_kt == pytest.approx(0.0, abs=1e-9)
    assert endless.price_per_contact_kt == pytest.approx(math.log(single.z_contact))
    assert endless.confinement_height_a == pytest.approx(single.z_floating_a)
    assert endless.feasible_fraction == 1.0


def test_long_chains_tend_to_the_endless_one():
    body, motion = blob(), shift([55.0, 30.0, 0.0])
    study = membrane_study(body, motion, sizes=(8, 9, 32, 33), parameters=COARSE)
    logs = {c.n_complexes: math.log(c.ensemble.z_contact) for c in study.chains}
    energy = study.endless.energy_per_complex_kt
    # Z_N = N^-p exp(-N F) with p between 3/2 and 4 (width of tilt and roll): the increment per
    # complex is F + p/N.
    for size in (8, 32):
        increment = logs[size] - logs[size + 1]
        assert energy + 1.5 / (size + 1) < increment < energy + 4.0 / size
    prices = [chain.price_per_contact_kt for chain in study.chains[1:]]
    assert prices == sorted(prices, reverse=True)
    assert prices[-1] > study.endless.price_per_contact_kt


def test_a_translation_along_the_normal_is_never_flat():
    motion = shift([0.0, 0.0, 121.0])
    study = membrane_study(tower(), motion, sizes=(2,), parameters=COARSE)
    assert study.chains[0].ensemble.z_contact > 0.0
    np.testing.assert_allclose(study.chains[0].best.normal, UP, atol=1e-9)
    assert float(tilt_deg(UP, study.geometry.axis)) == pytest.approx(90.0)
    assert study.chains[1].price_kt == math.inf
    assert study.chains[1].price_per_contact_kt == math.inf
    assert study.chains[1].confinement_height_a == math.inf
    assert study.chains[1].best is None
    assert study.chains[1].tilt is None
    endless = study.endless
    assert not endless.can_lie_flat
    assert endless.best is None
    assert endless.feasible_fraction == 0.0
    assert endless.price_per_contact_kt == math.inf
    assert endless.least_stretch_fraction > 1.0


def test_the_same_tower_side_by_side_is_flat():
    study = membrane_study(
        tower(), shift([40.0, 0.0, 0.0]), sizes=(2, 3), parameters=COARSE
    )
    for chain in study.chains:
        np.testing.assert_allclose(chain.best.normal, UP, atol=1e-9)
        assert chain.best.energy_kt == pytest.approx(0.0, abs=1e-12)
        shown = chain.best.rotation @ study.geometry.axis
        np.testing.assert_allclose(shown, X, atol=1e-9)


def test_nothing_changes_when_everything_is_turned_and_moved():
    rotation = random_rotation(np.random.default_rng(6))
    offset = np.array([120.0, -300.0, 77.0])
    step = np.array([55.0, 30.0, 10.0])
    here = membrane_study(blob(), shift(step), sizes=(2, 5), parameters=COARSE)
    there = membrane_study(
        blob(pose=(rotation, offset)),
        shift(rotation @ step),
        sizes=(2, 5),
        parameters=COARSE,
    )
    # The aim is 1e-6; the grid turns with the body, so only rounding is left.
    for one, other in zip(here.chains, there.chains, strict=True):
        assert other.price_kt == pytest.approx(one.price_kt, abs=1e-7)
        assert other.tilt.mean_deg == pytest.approx(one.tilt.mean_deg, abs=1e-6)
        assert other.best.energy_kt == pytest.approx(one.best.energy_kt, abs=1e-7)
        np.testing.assert_allclose(
            other.best.normal, rotation @ one.best.normal, atol=1e-4
        )
        assert other.ensemble.feasible_fraction == pytest.approx(
            one.ensemble.feasible_fraction, rel=1e-6
        )
    for name in ("price_per_contact_kt", "confinement_height_a"):
        assert getattr(there.endless, name) == pytest.approx(
            getattr(here.endless, name), rel=1e-6
        )


def test_turning_a_chain_round_changes_nothing():
    """Seen from its other end a chain is the same set of complexes."""
    step = np.array([55.0, 30.0, 10.0])
    forth, back = (
        membrane_study(blob(), shift(sign * step), sizes=(4,)) for sign in (1.0, -1.0)
    )
    # Two grids, each good to 1e-4.
    assert forth.chains[1].price_kt == pytest.approx(back.chains[1].price_kt, abs=1e-3)
    assert forth.endless.energy_per_complex_kt == pytest.approx(
        back.endless.energy_per_complex_kt, abs=1e-6
    )
    assert forth.chains[1].tilt.mean_deg == pytest.approx(
        -back.chains[1].tilt.mean_deg, abs=0.01
    )


@pytest.mark.parametrize(("twist", "period"), [(180.0, 2), (120.0, 3), (50.3, 0)])
def test_a_helix_shows_all_sides_to_the_membrane(twist, period):
    radius, mean_square = 20.0, 900.0
    body = ball(radius, 200.0, mean_square)
    motion = RigidMotion(
        rotation=rotation_matrix(X, twist), translation=np.array([40.0, 0.0, 0.0])
    )
    study = membrane_study(body, motion, sizes=(1,), parameters=COARSE)
    assert study.geometry.kind == "screw"
    # Heights a (1 - cos) at even roll angles; the mean square is a² (1 + <cos²>).
    stiffness = 1.5 / mean_square * radius**2
    lowest = stiffness * (1.0 if period == 2 else 1.5)
    assert study.endless.energy_per_complex_kt == pytest.approx(lowest, rel=1e-6)
    assert study.endless.can_lie_flat
    n_anchors = 360 if period == 0 else period
    assert len(study.endless.best.heights_a) == n_anchors


def test_a_ring_lies_flat_and_stops_at_its_size():
    foot = tower(height=60.0)
    motion = RigidMotion(
        rotation=rotation_matrix(UP, 90.0), translation=np.array([60.0, 0.0, 0.0])
    )
    study = membrane_study(foot, motion, parameters=COARSE)
    assert study.geometry.kind == "ring"
    assert [chain.n_complexes for chain in study.chains] == [1, 2, 3, 4]
    assert study.endless is None
    np.testing.assert_allclose(study.chains[-1].best.normal, UP, atol=1e-9)
    tipped = RigidMotion(
        rotation=rotation_matrix(X, 180.0), translation=np.array([0.0, 0.0, 200.0])
    )
    upside_down = membrane_study(foot, tipped, parameters=COARSE)
    assert upside_down.chains[-1].best is None


def test_a_motion_that_moves_nothing_is_refused():
    with pytest.raises(ParameterError, match="where it is"):
        membrane_study(ball(), shift([0.0, 0.0, 0.0]))
    with pytest.raises(ParameterError, match="one complex or more"):
        membrane_study(ball(), shift([40.0, 0.0, 0.0]), sizes=(0,))
    ring = RigidMotion(rotation=rotation_matrix(UP, 90.0), translation=60.0 * X)
    geometry = chain_geometry(ring, centre=np.zeros(3))
    with pytest.raises(ParameterError, match="does not go on"):
        endless_chain(ball(), geometry, single=orientation_ensemble(ball()))


def test_share_of_directions_that_lie_easier_is_a_formula_for_a_ball():
    """Its anchor rises by R(1 - sin t) in a chain at the angle t to it; cos t is uniform."""
    body = ball()
    for cosine in (0.1, 0.5, 0.9):
        axis = np.array([0.0, math.sqrt(1.0 - cosine**2), cosine])
        geometry = chain_geometry(shift(50.0 * axis), centre=body.centre)
        rise = 20.0 * (1.0 - math.sqrt(1.0 - cosine**2))
        energy = 1.5 * rise**2 / 600.0
        share = float((energies_in_any_direction(body, geometry) < energy).mean())
        assert share == pytest.approx(cosine, abs=0.01)


def test_chains_in_any_direction_turn_with_the_body():
    rng = np.random.default_rng(5)
    rotation, place = random_rotation(rng), np.array([10.0, -20.0, 5.0])
    plain, moved = blob(), blob(pose=(rotation, place))
    motion = shift([60.0, 5.0, -8.0])
    turned = shift(rotation @ np.array([60.0, 5.0, -8.0]))
    found = [
        energies_in_any_direction(b, chain_geometry(m, centre=b.centre))
        for b, m in ((plain, motion), (moved, turned))
    ]
    np.testing.assert_allclose(found[1], found[0], rtol=1e-6)
    # They are those of endless chains: a translation in one of the directions is among them.
    assert found[0].min() >= 0.0
