import math

import numpy as np
import pytest
from bodies import ball, blob
from hypothesis import given, settings
from hypothesis import strategies as st

from arrays import directions, frozen, random_rotation
from il2struct.errors import ParameterError
from il2struct.network.membrane.body import (
    anchor_heights,
    floating_weight,
    rigid_body,
    tether_energy,
)
from il2struct.network.membrane.quadrature import (
    QuadratureParameters,
    orientation_ensemble,
    tilt_deg,
    tilt_distribution,
)

UP = np.array([0.0, 0.0, 1.0])


@pytest.mark.parametrize("contour", [12.0, 30.0, 39.0, 55.0])
def test_a_ball_has_the_partition_functions_of_the_formula(contour):
    radius, mean_square = 20.0, 300.0
    stiffness = 1.5 / mean_square
    span = min(contour, 2.0 * radius)
    # With s = a (1 - cos θ) the height of the anchor is s and dn/4π is ds/2a.
    root = math.sqrt(stiffness)
    contact = math.sqrt(math.pi) / (4.0 * radius * root) * math.erf(root * span)
    inner = (1.0 - math.exp(-stiffness * span**2)) / (2.0 * stiffness)
    outer = math.erf(root * contour) - math.erf(root * span)
    floating = inner + span * math.sqrt(math.pi) / (2.0 * root) * outer
    found = orientation_ensemble(ball(radius, contour, mean_square))
    # The defaults of QuadratureParameters.
    assert found.z_contact == pytest.approx(contact, rel=1e-4)
    assert found.z_floating_a == pytest.approx(floating / (2.0 * radius), rel=1e-4)
    assert found.feasible_fraction == pytest.approx(span / (2.0 * radius), rel=0.02)
    assert abs(found.z_contact - contact) <= found.z_contact_error
    assert found.measure.sum() == pytest.approx(found.feasible_fraction, rel=1e-12)


def test_two_balls_against_a_plain_double_sum():
    radius, contour, mean_square = 20.0, 45.0, 400.0
    pair = ball(radius, contour, mean_square, centres=((0, 0, 0), (2 * radius, 0, 0)))
    # Midpoints in cos θ and azimuth, heights written out: nothing shared with the package.
    z = (np.arange(2000) + 0.5) / 1000.0 - 1.0
    azimuth = 2.0 * np.pi * (np.arange(2000) + 0.5) / 2000.0
    along = 2.0 * radius * np.sqrt(1.0 - z**2)[:, np.newaxis] * np.cos(azimuth)
    lowest = np.minimum(0.0, along)
    first = radius * (1.0 - z)[:, np.newaxis] - lowest
    second = first + along
    energy = 1.5 / mean_square * (first**2 + second**2)
    energy[(first > contour) | (second > contour)] = np.inf
    found = orientation_ensemble(
        pair, axis=np.array([1.0, 0.0, 0.0]), parameters=QuadratureParameters()
    )
    # The sum has steps of 0.1° and an edge where linkers end: some 1e-4; ours has 1e-4.
    assert found.z_contact == pytest.approx(np.exp(-energy).mean(), rel=4e-4)
    assert found.feasible_fraction == pytest.approx(
        np.isfinite(energy).mean(), rel=0.02
    )


@pytest.mark.parametrize("seed", range(5))
def test_agrees_with_an_even_grid_and_within_its_own_error(seed):
    body = blob(seed)
    normals = directions(400_000)
    heights = anchor_heights(body, normals)
    contact = np.exp(-tether_energy(body, heights)).mean()
    floating = floating_weight(body, heights, tether_energy(body, heights)).mean()
    feasible = np.isfinite(tether_energy(body, heights)).mean()
    found = orientation_ensemble(body)
    # The grid of 400,000 nodes is itself good to some 1e-4 on these bodies (docs/membrane.md).
    assert found.z_contact == pytest.approx(contact, rel=5e-4)
    assert found.z_floating_a == pytest.approx(floating, rel=5e-4)
    assert found.feasible_fraction == pytest.approx(feasible, rel=0.02)


@pytest.mark.parametrize("tolerance", [1e-2, 1e-3, 1e-4])
def test_states_an_error_that_holds(tolerance):
    body = blob(7)
    fine = orientation_ensemble(
        body, parameters=QuadratureParameters(relative_error=1e-6)
    )
    found = orientation_ensemble(
        body, parameters=QuadratureParameters(relative_error=tolerance)
    )
    assert found.z_contact_error <= tolerance * found.z_contact
    assert found.z_floating_error_a <= tolerance * found.z_floating_a
    assert abs(found.z_contact - fine.z_contact) <= found.z_contact_error
    assert abs(found.z_floating_a - fine.z_floating_a) <= found.z_floating_error_a
    assert found.n_nodes < fine.n_nodes


@given(st.integers(0, 10_000))
@settings(max_examples=8)
def test_turning_and_moving_the_body_changes_nothing(seed):
    rng = np.random.default_rng(seed)
    body, axis = blob(seed % 50), random_rotation(rng)[0]
    rotation, translation = random_rotation(rng), rng.normal(size=3) * 300.0
    coarse = QuadratureParameters(relative_error=1e-3, feasible_error=0.05)
    here = orientation_ensemble(body, axis=axis, parameters=coarse)
    there = orientation_ensemble(
        blob(seed % 50, pose=(rotation, translation)),
        axis=rotation @ axis,
        parameters=coarse,
    )
    # The grid turns with the body, so that only rounding is left, whatever the tolerance.
    assert there.z_contact == pytest.approx(here.z_contact, rel=1e-9)
    assert there.z_floating_a == pytest.approx(here.z_floating_a, rel=1e-9)
    assert there.feasible_fraction == pytest.approx(here.feasible_fraction, rel=1e-6)
    mean = [
        tilt_distribution(found, way).mean_deg
        for found, way in ((here, axis), (there, rotation @ axis))
    ]
    assert mean[0] == pytest.approx(mean[1], abs=1e-6)


def test_a_corner_on_a_linker_of_no_length_has_the_solid_angle_of_its_cone():
    cube = np.array(np.meshgrid([0, 1], [0, 1], [0, 1])).reshape(3, -1).T * 30.0
    body = rigid_body(
        frozen(cube),
        frozen(cube[:1]),
        contour_a=frozen([0.0]),
        mean_square_a2=frozen([0.0]),
    )
    found = orientation_ensemble(body, axis=np.array([0.3, 0.5, 0.7]))
    assert anchor_heights(body, found.normals).max() <= 1e-6
    # One of eight corners; its edge is a jump, which the defaults resolve to 2 %.
    assert found.feasible_fraction == pytest.approx(1.0 / 8.0, rel=0.02)
    assert found.z_floating_a == 0.0


def test_a_needle_in_the_haystack_is_found():
    """A chain of 1500 Å on linkers of 5 Å fits in a band of a quarter of a degree."""
    length, contour = 1500.0, 5.0
    ends = np.array([[0.0, 0.0, 0.0], [length, 0.0, 0.0]])
    body = rigid_body(
        frozen(ends),
        frozen(ends),
        contour_a=frozen([contour] * 2),
        mean_square_a2=frozen([12.0] * 2),
    )
    axis = random_rotation(np.random.default_rng(3))[0]
    found = orientation_ensemble(body, axis=axis)
    # Only the upper end has a height, length × |sin tilt|: both integrals are one-dimensional.
    root = math.sqrt(1.5 / 12.0)
    expected = math.sqrt(math.pi) / (2.0 * root) * math.erf(root * contour) / length
    assert found.z_contact == pytest.approx(expected, rel=1e-4)
    assert found.feasible_fraction == pytest.approx(contour / length, rel=0.02)


@given(st.integers(0, 200), st.floats(1.05, 2.0))
@settings(max_examples=10)
def test_longer_linkers_never_cost_more(seed, factor):
    coarse = QuadratureParameters(relative_error=1e-3, feasible_error=0.05)
    short = blob(seed)
    long = blob(seed, contour=factor * np.array([200.0, 60.0, 80.0]))
    before, after = (
        orientation_ensemble(each, parameters=coarse) for each in (short, long)
    )
    assert after.z_contact > before.z_contact
    assert after.z_floating_a > before.z_floating_a


def test_nothing_feasible_is_an_empty_ensemble():
    # The anchor lies inside, 20 Å from the nearest plane, and hangs on 1 Å.
    buried = rigid_body(
        20.0 * directions(100),
        np.zeros((1, 3)),
        contour_a=frozen([1.0]),
        mean_square_a2=frozen([1.0]),
    )
    found = orientation_ensemble(buried)
    assert found.z_contact == found.z_floating_a == found.feasible_fraction == 0.0
    assert len(found.normals) == 0
    with pytest.raises(ParameterError, match="feasible"):
        tilt_distribution(found, UP)


def test_tilt_of_a_ball_is_the_formula():
    radius, mean_square = 20.0, 1e9
    found = orientation_ensemble(ball(radius, 2e6, mean_square))
    spread = tilt_distribution(found, UP)
    # No tether pulls: every direction is as likely as any other.
    np.testing.assert_allclose(
        spread.probability_fraction, spread.isotropic_fraction, atol=3e-3
    )
    assert spread.probability_fraction.sum() == pytest.approx(1.0, abs=1e-12)
    # Squares stay 11° wide, where nothing asks for more.
    assert spread.mean_deg == pytest.approx(0.0, abs=0.05)


def test_tilt_follows_the_boltzmann_factor():
    radius, contour, mean_square = 20.0, 200.0, 90.0
    found = orientation_ensemble(ball(radius, contour, mean_square))
    spread = tilt_distribution(found, UP, edges_deg=[-90.0, 30.0, 50.0, 70.0, 90.0])
    tilts = np.radians(np.linspace(-90.0, 90.0, 200_001))
    height = radius * (1.0 - np.sin(tilts))
    # All heights from contact to where the linker ends, by the error function.
    root = math.sqrt(1.5 / mean_square)
    layer = np.array([math.erfc(root * each) for each in height])
    weight = layer * np.cos(tilts)
    expected = [
        weight[(np.degrees(tilts) >= low) & (np.degrees(tilts) < high)].sum()
        for low, high in ((-90, 30), (30, 50), (50, 70), (70, 91))
    ]
    # A node belongs to one bin as a whole: squares are a few degrees wide here.
    np.testing.assert_allclose(
        spread.probability_fraction, np.array(expected) / weight.sum(), atol=0.01
    )
    mean = np.degrees(tilts) @ weight / weight.sum()
    assert spread.mean_deg == pytest.approx(mean, abs=0.05)


def test_tilt_is_signed_and_clipped():
    normals = np.array([UP, -UP, [1.0, 0.0, 0.0]])
    np.testing.assert_allclose(
        tilt_deg(normals, UP * (1.0 + 1e-15)), [90.0, -90.0, 0.0]
    )


def test_impossible_accuracy_is_refused():
    with pytest.raises(ParameterError, match="between 0 and 1"):
        QuadratureParameters(relative_error=0.0)
    with pytest.raises(ParameterError, match="rising"):
        tilt_distribution(orientation_ensemble(blob(0)), UP, edges_deg=[10.0, 0.0])
    cut = orientation_ensemble(
        blob(0), parameters=QuadratureParameters(relative_error=1e-9, max_nodes=20_000)
    )
    assert cut.z_contact_error > 1e-9 * cut.z_contact
