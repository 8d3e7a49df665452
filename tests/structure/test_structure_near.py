"""Atoms and images of groups that are near each other, against counting through them all."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from il2struct.errors import CoordinateError
from il2struct.kernels.cells import neighbour_pairs
from il2struct.structure.near import near_pairs, touching_image_groups

PLACES = st.one_of(st.floats(-40.0, 40.0), st.sampled_from([0.0, -1e9, 1e9, 1e300]))
COORDS = st.lists(st.tuples(PLACES, PLACES, PLACES), max_size=25)


def pairs_of(coords_1, coords_2, cutoff_a):
    first, second = near_pairs(coords_1, coords_2, cutoff_a)
    return sorted(zip(first.tolist(), second.tolist(), strict=True))


def compiled_pairs(coords_1, coords_2, cutoff_a):
    found = neighbour_pairs(coords_1, coords_2, cutoff_a)
    return list(zip(found.index_1.tolist(), found.index_2.tolist(), strict=True))


@given(COORDS, COORDS, st.floats(0.5, 30.0))
@pytest.mark.filterwarnings("ignore:overflow")  # squares of 1e300
def test_equals_the_compiled_search(coords_1, coords_2, cutoff_a):
    coords = [np.array(c, dtype=float).reshape(-1, 3) for c in (coords_1, coords_2)]
    for array in coords:
        array.setflags(write=False)
    assert pairs_of(*coords, cutoff_a) == compiled_pairs(*coords, cutoff_a)


@given(st.integers(0, 10_000), st.integers(1, 300), st.floats(0.5, 12.0))
def test_equals_all_pairs_in_a_crowd(seed, n, cutoff_a):
    coords_1, coords_2 = np.random.default_rng(seed).uniform(0, 25, (2, n, 3))
    gap = coords_1[:, None] - coords_2
    square = gap[..., 0] ** 2 + gap[..., 1] ** 2 + gap[..., 2] ** 2
    expected = np.argwhere(square <= cutoff_a**2)
    assert pairs_of(coords_1, coords_2, cutoff_a) == [tuple(p) for p in expected]


def test_the_cut_off_is_inclusive():
    assert pairs_of([[0, 0, 0]], [[3, 0, 4], [3.001, 0, 4]], 5.0) == [(0, 0)]


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_coordinates_that_are_not_finite_are_refused(bad):
    with pytest.raises(CoordinateError, match="coords_2 holds 1 positions"):
        near_pairs([[0, 0, 0]], [[0, 0, 0], [0, bad, 0]], 5.0)
    with pytest.raises(CoordinateError, match="not finite"):
        touching_image_groups([[0, 0, bad]], [0, 1], STILL, None, cutoff_a=5.0)


STILL = (np.eye(3)[None], np.zeros((1, 3)))


def rows_of(found):
    return [
        (int(g), int(m), int(i), tuple(shift.tolist()), int(n))
        for g, m, i, shift, n in zip(
            found.group,
            found.motion,
            found.image_group,
            found.cell_shift,
            found.n_pairs,
            strict=True,
        )
    ]


def slow(coords, first_row, motions, cell, cutoff_a, reach):
    """Every motion, every group, every shift, every pair of atoms."""
    groups = [coords[a:b] for a, b in itertools.pairwise(first_row)]
    shifts = [(0, 0, 0)]
    if cell is not None:
        shifts = list(itertools.product(range(-reach, reach + 1), repeat=3))
    found = []
    for i, own in enumerate(groups):
        for m, (rotation, translation) in enumerate(zip(*motions, strict=True)):
            for j, other in enumerate(groups):
                for shift in shifts:
                    if i == j and m == 0 and shift == (0, 0, 0):
                        continue
                    step = (
                        np.zeros(3) if cell is None else cell @ np.array(shift, float)
                    )
                    moved = other @ rotation.T + translation + step
                    gaps = np.linalg.norm(own[:, None] - moved[None], axis=2)
                    n_pairs = int((gaps <= cutoff_a).sum())
                    if n_pairs:
                        found.append((i, m, j, shift, n_pairs))
    return found


@settings(max_examples=25)
@given(seed=st.integers(0, 10_000), has_cell=st.booleans())
def test_equals_the_slow_way(seed, has_cell):
    rng = np.random.default_rng(seed)
    sizes = rng.integers(1, 12, size=3)
    coords = rng.uniform(-8, 8, size=(int(sizes.sum()), 3))
    first_row = np.concatenate([[0], np.cumsum(sizes)])
    two_fold = np.diag([-1.0, 1.0, -1.0])
    motions = (
        np.stack([np.eye(3), two_fold]),
        np.array([[0.0, 0.0, 0.0], [1.5, 7.0, -2.0]]),
    )
    cell = np.array([[14.0, 2.0, -3.0], [0.0, 17.0, 1.0], [0.0, 0.0, 15.0]])
    for array in (coords, *motions, cell):
        array.setflags(write=False)
    found = touching_image_groups(
        coords, first_row, motions, cell if has_cell else None, cutoff_a=4.0
    )
    # Extent 16 Å in each direction, cells of 14 Å and more: three shifts each way reach all.
    expected = slow(coords, first_row, motions, cell if has_cell else None, 4.0, 4)
    assert rows_of(found) == expected


def test_the_cut_off_is_inclusive_and_the_group_is_not_its_own_image():
    pair = np.array([[0.0, 0.0, 0.0], [5.0, 0.0, 0.0]])
    found = touching_image_groups(pair, [0, 1, 2], STILL, None, cutoff_a=5.0)
    assert rows_of(found) == [(0, 0, 1, (0, 0, 0), 1), (1, 0, 0, (0, 0, 0), 1)]
    assert not rows_of(
        touching_image_groups(pair, [0, 1, 2], STILL, None, cutoff_a=4.99)
    )
    assert not rows_of(touching_image_groups(pair, [0, 2], STILL, None, cutoff_a=9.0))
