"""Pairs frame by frame are those of each frame; hydrogens point; pieces hold what was asked for."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from il2struct.kernels.frames import (
    FIRST_CAPACITY,
    PieceTopology,
    chain_pairs_by_frame,
    cut_pieces,
    may_point,
    pairs_by_frame,
    residue_pairs_by_frame,
)
from il2struct.kernels.geometry import angles_deg, distances


def test_residue_pairs_keep_the_smallest_distance():
    coords = np.zeros((2, 5, 3))
    coords[:, :, 0] = [0, 1, 4, 6, 3]
    coords[1, 2:] += 100
    pairs = pairs_by_frame(coords, np.array([0, 1]), np.array([2, 3, 4]), 5.0)
    residue = np.array([0, 0, 0, 1, -1])  # the last atom does not count
    found = residue_pairs_by_frame(pairs, residue, cutoff_a=5.0)
    assert found.frame.tolist() == [0, 0]
    assert list(zip(found.residue_1, found.residue_2, strict=True)) == [(0, 0), (0, 1)]
    assert found.distance_a.tolist() == [3.0, 5.0]
    assert found.n_atom_pairs.tolist() == [2, 1]
    nearer = residue_pairs_by_frame(pairs, residue, cutoff_a=3.5)
    assert nearer.n_atom_pairs.tolist() == [1]


def chain_topology(n: int) -> PieceTopology:
    """Atoms in a row, each bonded to the next; an atom needs those beside it."""
    neighbours = np.full((n, 4), -1)
    neighbours[1:, 0] = np.arange(n - 1)
    neighbours[:-1, 1] = np.arange(1, n)
    companions = [[k for k in (i - 1, i + 1) if 0 <= k < n] for i in range(n)]
    return PieceTopology(
        companion_start=np.cumsum([0, *map(len, companions)]),
        companions=np.concatenate(companions),
        neighbours=neighbours,
        hydrogens=np.full((n, 4), -1),
        residue=np.arange(n) // 2,
    )


def test_a_piece_holds_its_companions_and_bonds():
    pieces = cut_pieces(np.array([0, 0, 2]), np.array([3, 3, 0]), 3, chain_topology(6))
    assert pieces.piece.tolist() == [0, 0, 0, 2, 2]
    assert pieces.row.tolist() == [2, 3, 4, 0, 1]
    assert pieces.is_core.tolist() == [False, True, False, True, False]
    # Bonds that leave the piece are gone, all others point at lines.
    assert pieces.neighbours[:, :2].tolist() == [
        [-1, 1],
        [0, 2],
        [1, -1],
        [-1, 4],
        [3, -1],
    ]
    assert pieces.residue.tolist() == [0, 0, 1, 2, 2]


@pytest.mark.parametrize("n_pieces", [0, 3])
def test_nothing_asked_for_gives_nothing(n_pieces):
    empty = np.zeros(0, dtype=np.int64)
    pieces = cut_pieces(empty, empty, n_pieces, chain_topology(4))
    assert len(pieces.row) == 0
    assert pieces.neighbours.shape == (0, 4)


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


@pytest.mark.parametrize("angle_min_deg", [0.0, 60.0, 90.0, 120.0, 150.0, 179.0])
@pytest.mark.parametrize("distance_max_a", [1.5, np.inf])
def test_against_angles_and_distances(angle_min_deg, distance_max_a):
    rng = np.random.default_rng(8)
    n = 400
    coords = rng.normal(0, 1, (3, n, 3))
    hydrogens = np.full((n, 4), -1)
    for row, count in enumerate(rng.integers(0, 5, n)):
        hydrogens[row, :count] = rng.integers(0, n, count)
    frame = rng.integers(0, 3, n)
    donor, acceptor = rng.integers(0, n, (2, n))
    for array in (coords, hydrogens, frame, donor, acceptor):
        array.setflags(write=False)
    found = may_point(
        coords,
        frame,
        donor,
        acceptor,
        hydrogens,
        angle_min_deg=angle_min_deg,
        distance_max_a=distance_max_a,
    )
    expected = hydrogens[donor, 0] < 0
    d, a = coords[frame, donor], coords[frame, acceptor]
    for column in range(4):
        h = coords[frame, hydrogens[donor, column]]
        # what has no angle passes
        points = ~(angles_deg(d, h, a) < angle_min_deg)
        points &= distances(h, a) <= distance_max_a
        expected |= points & (hydrogens[donor, column] >= 0)
    assert found.tolist() == expected.tolist()
    assert expected.sum() > 0
    assert (expected.sum() < n) == (angle_min_deg > 0 or distance_max_a < np.inf)
