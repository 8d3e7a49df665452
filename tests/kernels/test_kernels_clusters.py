"""Pairs found by clusters are those of the plain search, in its order and to the last bit."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from il2struct.kernels.clusters import FIRST_CAPACITY, chain_pairs_by_frame
from il2struct.kernels.frames import pairs_by_frame


def assert_plain(coords, groups, pairs, cutoff_a):
    for array in (coords, *groups):
        array.setflags(write=False)
    found = chain_pairs_by_frame(coords, groups, pairs, cutoff_a)
    assert len(found) == len(pairs)
    for (one, two), here in zip(pairs, found, strict=True):
        plain = pairs_by_frame(coords, groups[one], groups[two], cutoff_a)
        for name in ("start", "index_1", "index_2", "distances_a"):
            assert getattr(here, name).tolist() == getattr(plain, name).tolist(), name
    return found


@settings(max_examples=40)
@given(
    st.lists(st.integers(0, 30), min_size=2, max_size=4),
    st.integers(0, 4),
    st.floats(0.5, 30.0),
    st.integers(0, 1000),
    st.sampled_from([1.0, 1e4]),
)
def test_pairs_are_those_of_the_plain_search(sizes, n_frames, cutoff_a, seed, far):
    rng = np.random.default_rng(seed)
    coords = rng.uniform(-10, 10, (n_frames, sum(sizes) + 3, 3)) + far
    columns = np.split(rng.permutation(sum(sizes) + 3), np.cumsum(sizes))[:-1]
    groups = [np.sort(column) for column in columns]
    pairs = [(0, 1), (1, 0), (len(sizes) - 1, 0)]
    assert_plain(coords, groups, pairs, cutoff_a)


def test_the_cutoff_itself_is_near():
    # On a lattice thousands of pairs are exactly at the cut-off, boxes included.
    lattice = np.stack(np.meshgrid(*3 * [np.arange(7.0)]), axis=-1).reshape(-1, 3)
    beside = lattice + np.array([7.0, 0.0, 0.0])
    coords = np.concatenate([lattice, beside])[None]
    groups = [np.arange(343), 343 + np.arange(343)]
    (found,) = assert_plain(coords, groups, [(0, 1)], 3.0)
    assert (found.distances_a == 3.0).sum() > 100
    assert len(found.index_1) > FIRST_CAPACITY  # the arrays have grown


def test_few_frames_with_many_pairs_grow_no_other():
    coords = np.zeros((3, 200, 3))
    coords[1] += np.arange(200)[:, None] * 100.0
    groups = [np.arange(90), 90 + np.arange(90), np.array([199])]
    found = assert_plain(coords, groups, [(0, 1), (0, 2), (2, 1)], 1.0)
    assert [len(one.index_1) for one in found] == [2 * 8100, 180, 180]


def test_no_pairs_asked_for():
    assert chain_pairs_by_frame(np.zeros((2, 3, 3)), [np.arange(3)], [], 2.0) == []
