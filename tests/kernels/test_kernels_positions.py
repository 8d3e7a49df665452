"""Positions are copied as they are, and what is no number is seen among those copied only."""

import numpy as np
import pytest

from il2struct.kernels.positions import copy_rows


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_rows_are_copied_as_they_are(kind):
    rng = np.random.default_rng(3)
    positions = rng.normal(0, 50, (40, 3)).astype(kind)
    rows = rng.permutation(40)[:25]
    for array in (positions, rows):
        array.setflags(write=False)
    target = np.zeros((25, 3))
    assert copy_rows(positions, rows, target)
    assert target.tolist() == positions[rows].astype(float).tolist()
    assert copy_rows(np.asfortranarray(positions), rows, target)
    assert target.tolist() == positions[rows].astype(float).tolist()


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
def test_what_is_no_number_is_seen_where_it_is_copied(wrong):
    positions = np.zeros((4, 3), dtype=np.float32)
    positions[2, 1] = wrong
    target = np.zeros((2, 3))
    assert not copy_rows(positions, np.array([1, 2]), target)
    assert copy_rows(positions, np.array([0, 3]), target)


def test_nothing_to_copy_is_all_numbers():
    empty = np.zeros(0, dtype=np.int64)
    assert copy_rows(np.zeros((4, 3)), empty, np.zeros((0, 3)))
