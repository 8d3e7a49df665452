"""Blocking: series whose error is known, and sums that do not depend on how they were fed."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from il2struct.trajectory.blocking import (
    FEWEST_BLOCKS,
    STEP_FRAMES,
    BlockingSums,
    blocked_error,
)


def autoregressive(n: int, memory: float, seed: int) -> np.ndarray:
    """AR(1): each value is `memory` times the last plus noise of variance 1."""
    rng = np.random.default_rng(seed)
    noise = rng.normal(size=n)
    series = np.empty(n)
    series[0] = noise[0] / np.sqrt(1 - memory**2)
    for i in range(1, n):
        series[i] = memory * series[i - 1] + noise[i]
    return series


@pytest.mark.parametrize(
    ("memory", "tolerance"),
    # The error of one estimate is 1 / sqrt(2 n_blocks): about 5, 9 and 17 % here (n_blocks from
    # B^3 = 2 n (s_B / s_1)^4); 20 series make it 4.5 times smaller, and blocks of finite length
    # leave up to 5 % out.
    [(0.0, 0.05), (0.5, 0.07), (0.9, 0.12)],
)
def test_error_of_an_autoregressive_series(memory, tolerance):
    # The variance of the mean of an AR(1) series is 1 / (n (1 - memory)^2) for long series.
    n = 2**13
    found = [blocked_error(autoregressive(n, memory, seed))[1] for seed in range(20)]
    assert np.mean(found) == pytest.approx(1 / ((1 - memory) * n**0.5), rel=tolerance)


def test_the_naive_error_of_a_correlated_series_is_far_too_small():
    series = autoregressive(2**13, 0.9, 1)
    naive = series.std(ddof=1) / len(series) ** 0.5
    # sqrt((1 + 0.9) / (1 - 0.9)) = 4.4
    assert blocked_error(series)[1] > 3 * naive


def test_no_error_where_the_memory_is_longer_than_the_series():
    assert np.isnan(blocked_error(np.arange(1000.0))[1])


@pytest.mark.parametrize("n", range(1, 2 * FEWEST_BLOCKS))
def test_no_error_of_very_few_frames(n):
    mean, error = blocked_error(np.arange(n) % 2 * 1.0)
    assert mean == pytest.approx(
        n // 2 / n, rel=1e-15
    )  # halves and their sums are exact
    assert np.isnan(error) or n == 1


def test_a_series_that_never_changes_has_no_error():
    assert blocked_error(np.full(500, 842.5169771)) == (842.5169771, 0.0)


def test_large_mean_does_not_drown_a_small_spread():
    series = autoregressive(4096, 0.0, 3)
    small = blocked_error(1e-6 * series + 1e6)[1]
    # 1e-10 is the rounding of values near a million, a ten-thousandth of the spread.
    assert small == pytest.approx(1e-6 * blocked_error(series)[1], rel=1e-3)


def obvious_errors(series: np.ndarray) -> np.ndarray:
    """Error of the mean for blocks of 1, 2, 4 … frames, from the blocks themselves."""
    errors = []
    size = 1
    while len(series) // size >= FEWEST_BLOCKS:
        n = len(series) // size
        means = series[: n * size].reshape(n, size).mean(axis=1)
        errors.append(means.std(ddof=1) / n**0.5)
        size *= 2
    return np.array(errors)


@settings(max_examples=30)
@given(st.integers(1, 5 * STEP_FRAMES + 3), st.integers(0, 10))
def test_sums_are_those_of_the_blocks_themselves(n, seed):
    series = np.random.default_rng(seed).normal(size=n) + 5
    sums = BlockingSums()
    for start in range(0, n, STEP_FRAMES):
        sums.add(np.array([7]), series[None, start : start + STEP_FRAMES])
    levels = sums._level_errors()[0]
    expected = obvious_errors(series)
    # rounding of sums of squares only
    np.testing.assert_allclose(levels[: len(expected)], expected, rtol=1e-9)
    assert np.isnan(levels[len(expected) :]).all()


def test_a_series_that_starts_late_was_zero_before():
    rng = np.random.default_rng(0)
    late = np.concatenate([np.zeros(2 * STEP_FRAMES), rng.random(STEP_FRAMES) > 0.5])
    sums = BlockingSums()
    always = np.ones((1, STEP_FRAMES))
    sums.add(np.array([3]), always)
    sums.add(np.array([3]), always)
    sums.add(np.array([1, 3]), np.vstack([late[2 * STEP_FRAMES :], always[0]]))
    found = sums.means()
    assert found.key.tolist() == [1, 3]
    mean, error = blocked_error(late)
    assert found.mean[0] == pytest.approx(mean, rel=1e-14)
    np.testing.assert_allclose(found.error[0], error, rtol=1e-9)  # NaN if it is
    assert (found.mean[1], found.error[1]) == (1.0, 0.0)


def test_only_the_last_step_may_be_short():
    sums = BlockingSums()
    sums.add(np.array([0]), np.ones((1, 3)))
    with pytest.raises(ValueError, match="last step"):
        sums.add(np.array([0]), np.ones((1, 3)))
