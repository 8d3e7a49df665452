"""Pairs frame by frame are those of each frame; pieces hold all that was asked for."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from il2struct.kernels.cells import neighbour_pairs
from il2struct.kernels.frames import (
    PieceTopology,
    cut_pieces,
    pairs_by_frame,
    residue_pairs_by_frame,
)


@settings(max_examples=25)
@given(
    st.integers(0, 30),
    st.integers(0, 30),
    st.integers(0, 4),
    st.floats(0.5, 30.0),
    st.integers(0, 5),
)
def test_pairs_are_those_of_each_frame(n_1, n_2, n_frames, cutoff_a, seed):
    rng = np.random.default_rng(seed)
    coords = rng.uniform(-10, 10, (n_frames, n_1 + n_2 + 3, 3))
    rows_1, rows_2 = np.arange(n_1), 3 + n_1 + np.arange(n_2)
    for array in (coords, rows_1, rows_2):
        array.setflags(write=False)
    found = pairs_by_frame(coords, rows_1, rows_2, cutoff_a)
    for frame in range(n_frames):
        single = neighbour_pairs(coords[frame, rows_1], coords[frame, rows_2], cutoff_a)
        rows = slice(found.start[frame], found.start[frame + 1])
        assert found.index_1[rows].tolist() == rows_1[single.index_1].tolist()
        assert found.index_2[rows].tolist() == rows_2[single.index_2].tolist()
        assert found.distances_a[rows].tolist() == single.distances_a.tolist()
    assert (found.frame[:-1] <= found.frame[1:]).all()


def test_many_combinations_go_through_the_grid():
    rng = np.random.default_rng(1)
    coords = rng.uniform(-10, 10, (2, 600, 3))
    found = pairs_by_frame(coords, np.arange(300), 300 + np.arange(300), 3.0)
    for frame in (0, 1):
        single = neighbour_pairs(coords[frame, :300], coords[frame, 300:], 3.0)
        rows = slice(found.start[frame], found.start[frame + 1])
        assert found.index_1[rows].tolist() == single.index_1.tolist()
        assert found.distances_a[rows].tolist() == single.distances_a.tolist()


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
