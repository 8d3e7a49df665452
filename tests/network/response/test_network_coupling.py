"""The transfer matrix against sums over all states, closed forms, and limits."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arrays import frozen
from il2struct.errors import ParameterError
from il2struct.network.response.polymer import (
    endless_row_response,
    half_activity,
    row_hill_slope,
    row_response,
    strongest_coupling_kt,
)

COUPLINGS = st.floats(-5.0, 8.0)
ACTIVITIES = st.floats(1e-6, 1e6)


def sum_over_states(activity, coupling, length):
    """Occupancy and variance per site from all 2^N states."""
    states = np.array(list(itertools.product([0, 1], repeat=length)))
    n = states.sum(axis=1)
    pairs = (states[:, 1:] * states[:, :-1]).sum(axis=1)
    log_weight = n * np.log(activity) + coupling * pairs
    weight = np.exp(log_weight - log_weight.max())
    weight /= weight.sum()
    mean = (weight * n).sum()
    return mean / length, (weight * (n - mean) ** 2).sum() / length


@given(ACTIVITIES, COUPLINGS, st.integers(1, 9))
@settings(max_examples=60)
def test_row_equals_the_sum_over_all_states(activity, coupling, length):
    occupancy, variance = sum_over_states(activity, coupling, length)
    found = row_response(activity, coupling, length=length)
    # Rounding of sums of 512 exponentials.
    assert float(found.occupancy) == pytest.approx(occupancy, rel=1e-11)
    assert float(found.slope) == pytest.approx(variance, rel=1e-8, abs=1e-13)


@given(ACTIVITIES, st.integers(1, 40))
def test_without_coupling_receptors_are_independent(activity, length):
    expected = activity / (1.0 + activity)
    found = row_response(activity, 0.0, length=length)
    # Float rounding only; the model is exact here.
    assert float(found.occupancy) == pytest.approx(expected, rel=1e-13)
    endless = endless_row_response(activity, 0.0)
    assert float(endless.occupancy) == pytest.approx(expected, rel=1e-13)
    # The variance of one receptor, θ(1-θ), loses the digits of 1-θ.
    assert float(found.slope) == pytest.approx(expected * (1 - expected), rel=1e-9)
    assert half_activity(0.0, length=length) == 1.0
    assert row_hill_slope(0.0, length=length) == pytest.approx(1.0, rel=1e-13)


@given(st.floats(-3.0, 3.0), ACTIVITIES)
@settings(max_examples=20)
def test_long_row_becomes_the_endless_one(coupling, activity):
    found = row_response(activity, coupling, length=4000)
    endless = endless_row_response(activity, coupling)
    # The ends of the row count as two sites of 4000.
    assert float(found.occupancy) == pytest.approx(float(endless.occupancy), abs=1e-3)
    assert float(found.slope) == pytest.approx(float(endless.slope), abs=5e-3)


@given(st.floats(-20.0, 20.0))
def test_endless_row_is_half_full_at_its_symmetric_point(coupling):
    activity = half_activity(coupling, length=None)
    found = endless_row_response(activity, coupling)
    # exp and log of the activity round once each.
    assert float(found.occupancy) == pytest.approx(0.5, abs=1e-10)
    assert float(found.hill_slope) == pytest.approx(np.exp(coupling / 2), rel=1e-9)
    assert row_hill_slope(coupling, length=None) == pytest.approx(
        np.exp(coupling / 2), rel=1e-13
    )


@pytest.mark.parametrize("length", [2, 3, 6, 12])
def test_strong_coupling_is_all_or_none(length):
    coupling = 290.0
    # Complete or empty: z^N e^((N-1)J) against 1. Shorter runs weigh N e^(-J/N) at most, 4e-10
    # for 12 receptors, and the Hill slope feels them N times more.
    half = -coupling * (length - 1) / length
    assert half_activity(coupling, length=length) == pytest.approx(
        np.exp(half), rel=1e-8
    )
    assert row_hill_slope(coupling, length=length) == pytest.approx(length, rel=1e-7)
    log_distance = frozen([-1.0, 1.0])
    found = row_response(np.exp(half + log_distance), coupling, length=length)
    all_or_none = 1.0 / (1.0 + np.exp(-length * log_distance))
    np.testing.assert_allclose(found.occupancy, all_or_none, rtol=1e-4)  # e^(-1) more


@given(COUPLINGS, st.integers(2, 12))
@settings(max_examples=40)
def test_half_activity_is_where_half_are_complete(coupling, length):
    activity = half_activity(coupling, length=length)
    found = row_response(activity, coupling, length=length)
    # The root is good to 1e-12 in the logarithm; the slope there is at most the length.
    assert float(found.occupancy) == pytest.approx(0.5, abs=1e-10)


@pytest.mark.parametrize("length", [1, 3, 8])
@pytest.mark.parametrize("coupling", [-2.0, 0.0, 1.5, 6.0])
def test_slope_is_the_derivative(length, coupling):
    step = 1e-5
    log_z = np.linspace(-8.0, 4.0, 13)
    low = row_response(np.exp(log_z - step), coupling, length=length).occupancy
    high = row_response(np.exp(log_z + step), coupling, length=length).occupancy
    found = row_response(np.exp(log_z), coupling, length=length).slope
    # Error of a central difference: step² times the third derivative, plus rounding/step.
    np.testing.assert_allclose(found, (high - low) / (2 * step), atol=1e-8)


def test_endless_slope_is_the_derivative():
    step = 1e-5
    log_z = np.linspace(-12.0, 6.0, 19)
    low = endless_row_response(np.exp(log_z - step), 3.0).occupancy
    high = endless_row_response(np.exp(log_z + step), 3.0).occupancy
    found = endless_row_response(np.exp(log_z), 3.0).slope
    np.testing.assert_allclose(found, (high - low) / (2 * step), atol=1e-8)  # as above


def test_coupling_steepens_and_shifts_with_length():
    slopes = [row_hill_slope(2.0, length=n) for n in (1, 2, 4, 8, 64)]
    shifts = [half_activity(2.0, length=n) for n in (1, 2, 4, 8, 64)]
    assert slopes == sorted(slopes)
    assert shifts == sorted(shifts, reverse=True)
    assert slopes[-1] < row_hill_slope(2.0, length=None)
    assert half_activity(-2.0, length=8) > 1.0
    assert row_hill_slope(-2.0, length=8) < 1.0


def test_extreme_numbers_neither_overflow_nor_warn():
    activity = frozen([0.0, 1e-300, 1.0, 1e300])
    for found in (
        row_response(activity, 300.0, length=7),
        row_response(activity, -300.0, length=7),
        endless_row_response(activity, 300.0),
        endless_row_response(activity, -300.0),
    ):
        assert np.all(np.isfinite(found.occupancy))
        assert np.all((found.occupancy >= 0.0) & (found.occupancy <= 1.0))
        assert found.occupancy[0] == 0.0


@pytest.mark.parametrize("length", [2, 6, None])
@pytest.mark.parametrize("coupling", [0.2, 1.0])
def test_strongest_coupling_inverts_the_slope(length, coupling):
    hill = row_hill_slope(coupling, length=length)
    # The root is good to 1e-12 in J.
    assert strongest_coupling_kt(hill, length=length) == pytest.approx(
        coupling, abs=1e-9
    )


def test_strongest_coupling_at_its_ends():
    assert strongest_coupling_kt(1.0, length=6) == 0.0
    assert strongest_coupling_kt(0.7, length=None) == 0.0
    assert strongest_coupling_kt(6.5, length=6) == np.inf


def test_bad_numbers_are_refused():
    with pytest.raises(ParameterError, match="activity"):
        row_response([-1.0], 0.0, length=2)
    with pytest.raises(ParameterError, match="coupling_kt"):
        endless_row_response([1.0], 1e4)
    with pytest.raises(ParameterError, match="coupling_kt"):
        half_activity(np.nan, length=2)
    with pytest.raises(ParameterError, match="length"):
        row_response([1.0], 0.0, length=0)
    with pytest.raises(ParameterError, match="hill_max"):
        strongest_coupling_kt(0.0, length=3)
