"""Trimming and pairing of dots against all-pairs loops."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from il2struct.kernels.complementarity import (
    CANDIDATES,
    nearest_scores,
    trimmed_columns,
)
from il2struct.kernels.surface.patches import AREA, BURIED, DOT_ROWS, NORMAL_X, NORMAL_Z


def columns(positions: np.ndarray, buried: np.ndarray, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    dots = np.zeros((DOT_ROWS, len(positions)))
    dots[:3] = positions.T
    normals = rng.standard_normal((len(positions), 3))
    dots[NORMAL_X : NORMAL_Z + 1] = (
        normals / np.linalg.norm(normals, axis=1)[:, None]
    ).T
    dots[AREA] = np.arange(len(positions))
    dots[BURIED] = buried
    return dots


@settings(max_examples=40)
@given(
    seed=st.integers(0, 10**6),
    n_dots=st.integers(1, 300),
    band=st.sampled_from([0.3, 1.0, 1.5, 4.0]),
    extent=st.sampled_from([2.0, 8.0, 60.0]),
)
def test_trimming_keeps_what_an_all_pairs_loop_keeps(
    seed: int, n_dots: int, band: float, extent: float
) -> None:
    rng = np.random.default_rng(seed)
    positions = rng.uniform(-extent, extent, (n_dots, 3))
    buried = rng.random(n_dots) < 0.7
    kept = trimmed_columns(columns(positions, buried), n_dots, band)
    apart = np.linalg.norm(positions[:, None] - positions[~buried], axis=2)
    expected = np.flatnonzero(buried & (apart > band).all(axis=1))
    assert sorted(kept[AREA]) == expected.tolist()


def test_two_patches_a_micrometre_apart_do_not_fill_the_memory() -> None:
    positions = np.array([[0.0, 0, 0], [1.0, 0, 0], [1e4, 1e4, 1e4]])
    kept = trimmed_columns(columns(positions, np.array([True, False, True])), 3, 1.5)
    assert kept[AREA].tolist() == [2.0]


@settings(max_examples=40)
@given(
    seed=st.integers(0, 10**6),
    n_dots=st.integers(1, 200),
    n_targets=st.integers(1, 200),
    extent=st.sampled_from([0.5, 4.0, 50.0]),
)
def test_each_dot_finds_its_nearest_target(
    seed: int, n_dots: int, n_targets: int, extent: float
) -> None:
    rng = np.random.default_rng(seed)
    dots = columns(rng.uniform(0, extent, (n_dots, 3)), np.ones(n_dots), 1)
    targets = columns(rng.uniform(0, extent, (n_targets, 3)), np.ones(n_targets), 2)
    scores, gaps, nearest = nearest_scores(dots, targets, 0.5, 0.25)
    apart = np.linalg.norm(dots[:3].T[:, None] - targets[:3].T, axis=2)
    np.testing.assert_array_equal(nearest, apart.argmin(axis=1))
    np.testing.assert_allclose(gaps, apart.min(axis=1), rtol=1e-12)
    normals, facing = dots[NORMAL_X : NORMAL_Z + 1], targets[NORMAL_X : NORMAL_Z + 1]
    alignment = -(normals * facing[:, nearest]).sum(axis=0)
    # Rounding only; the formula is the definition.
    np.testing.assert_allclose(
        scores, alignment * np.exp(-0.5 * gaps**2), rtol=1e-12, atol=1e-15
    )


def test_more_targets_than_a_list_holds() -> None:
    rng = np.random.default_rng(3)
    dots = columns(rng.uniform(0, 0.2, (50, 3)), np.ones(50))
    targets = columns(
        rng.uniform(0, 0.2, (CANDIDATES + 500, 3)), np.ones(CANDIDATES + 500)
    )
    nearest = nearest_scores(dots, targets, 0.5, 0.25)[2]
    apart = np.linalg.norm(dots[:3].T[:, None] - targets[:3].T, axis=2)
    np.testing.assert_array_equal(nearest, apart.argmin(axis=1))


def test_a_dot_at_distance_d_from_a_parallel_one_scores_the_gaussian() -> None:
    dots, targets = (
        columns(np.zeros((1, 3)), np.ones(1)),
        columns(np.zeros((1, 3)), np.ones(1)),
    )
    targets[2] = 1.3
    dots[NORMAL_X : NORMAL_Z + 1, 0] = (0, 0, 1)
    targets[NORMAL_X : NORMAL_Z + 1, 0] = (0, 0, -1)
    assert nearest_scores(dots, targets, 0.5, 0.25)[0][0] == pytest.approx(
        np.exp(-0.5 * 1.3**2), rel=1e-15
    )
