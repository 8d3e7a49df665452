"""
Many frames at once: near pairs frame by frame, and small pieces cut out of every frame.

A trajectory asks the same small questions thousands of times. Here the loop over the frames is
compiled, so that what is around it runs once for a block of frames.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from il2struct.arrays import BoolArray, FloatArray, IndexArray
from il2struct.kernels._numba import kernel, part, read_only
from il2struct.kernels.cells import _pairs_from_grid, rows_in_reach

__all__ = [
    "FramePairs",
    "PieceTopology",
    "Pieces",
    "ResiduePairs",
    "cut_pieces",
    "pairs_by_frame",
    "residue_pairs_by_frame",
]

#: Rows reserved at first for the pairs of a block; the arrays double when they are full.
FIRST_CAPACITY: Final = 1024
#: Up to so many combinations all distances are worked out: a cell grid would take longer to lay.
MOST_COMBINATIONS: Final = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class FramePairs:
    """
    Near pairs of a block of frames, frame after frame.

    Attributes
    ----------
    start : ndarray, shape=(f + 1,), dtype=int
        The pairs of frame *k* are rows ``start[k]`` to ``start[k + 1] - 1`` of the others.
    index_1, index_2 : ndarray, shape=(p,), dtype=int
        Columns of the coordinates.
    distances_a : ndarray, shape=(p,), dtype=float
        In Å.
    """

    start: IndexArray
    index_1: IndexArray
    index_2: IndexArray
    distances_a: FloatArray

    @property
    def frame(self) -> IndexArray:
        """Frame of each pair, within the block."""
        frames: IndexArray = np.repeat(
            np.arange(len(self.start) - 1), np.diff(self.start)
        )
        return frames


@dataclass(frozen=True, slots=True, kw_only=True)
class ResiduePairs:
    """
    Residue pairs in contact, one row a frame and pair, frame after frame.

    Attributes
    ----------
    frame : ndarray of int
        Within the block.
    residue_1, residue_2 : ndarray of int
        Residues as the caller counts them.
    distance_a : ndarray of float
        Smallest distance in Å.
    n_atom_pairs : ndarray of int
        Atom pairs within the cut-off.
    """

    frame: IndexArray
    residue_1: IndexArray
    residue_2: IndexArray
    distance_a: FloatArray
    n_atom_pairs: IndexArray


@dataclass(frozen=True, slots=True, kw_only=True)
class PieceTopology:
    """
    What belongs to each row and never changes.

    Attributes
    ----------
    companion_start, companions : ndarray of int
        Rows that a piece with row *r* needs too: ``companions[companion_start[r]:…]``.
    neighbours, hydrogens : ndarray, shape=(n, 4), dtype=int
        Rows bonded to each, -1 where there are no more.
    residue : ndarray, shape=(n,), dtype=int
        Residue of each row; the rows of a residue stand together.
    """

    companion_start: IndexArray
    companions: IndexArray
    neighbours: IndexArray
    hydrogens: IndexArray
    residue: IndexArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Pieces:
    """
    Pieces of a structure laid out one behind the other.

    Attributes
    ----------
    piece, row : ndarray, shape=(m,), dtype=int
        Piece and row that each line stands for, sorted.
    is_core : ndarray, shape=(m,), dtype=bool
        Whether the row was asked for, not only needed.
    neighbours, hydrogens : ndarray, shape=(m, 4), dtype=int
        Lines bonded to each, -1 for none or outside the piece.
    residue : ndarray, shape=(m,), dtype=int
        Residue of each line, counted through all pieces.
    """

    piece: IndexArray
    row: IndexArray
    is_core: BoolArray
    neighbours: IndexArray
    hydrogens: IndexArray
    residue: IndexArray


def pairs_by_frame(
    coords: FloatArray, rows_1: IndexArray, rows_2: IndexArray, cutoff_a: float
) -> FramePairs:
    """
    Find near pairs of two groups of atoms in each frame.

    Parameters
    ----------
    coords : ndarray, shape=(f, n, 3), dtype=float
        Positions in Å, finite.
    rows_1, rows_2 : ndarray of int
        Columns of `coords` that make up the groups.
    cutoff_a : float
        Largest distance in Å, inclusive.

    Returns
    -------
    FramePairs
        In each frame those of `neighbour_pairs`, in its order.

    Examples
    --------
    >>> coords = np.array([[[0.0, 0, 0], [3, 0, 0]], [[0, 0, 0], [9, 0, 0]]])
    >>> found = pairs_by_frame(coords, np.array([0]), np.array([1]), 5.0)
    >>> found.frame.tolist(), found.index_2.tolist()
    ([0], [1])
    """
    start, index_1, index_2, distances = _pairs_by_frame(
        read_only(coords), read_only(rows_1), read_only(rows_2), float(cutoff_a)
    )
    return FramePairs(
        start=start, index_1=index_1, index_2=index_2, distances_a=distances
    )


def residue_pairs_by_frame(
    pairs: FramePairs, residue: IndexArray, *, cutoff_a: float
) -> ResiduePairs:
    """
    Sum up atom pairs as residue pairs.

    Parameters
    ----------
    pairs : FramePairs
    residue : ndarray of int, shape=(n,)
        Residue of each column of the coordinates, from 0 on either side, -1 for atoms that do
        not count.
    cutoff_a : float
        Pairs beyond are left out.

    Returns
    -------
    ResiduePairs
        In each frame sorted by residues.
    """
    found = _residue_pairs(
        read_only(pairs.start),
        read_only(pairs.index_1),
        read_only(pairs.index_2),
        read_only(pairs.distances_a),
        read_only(residue),
        max(1, int(residue[pairs.index_1].max(initial=-1)) + 1),
        max(1, int(residue[pairs.index_2].max(initial=-1)) + 1),
        float(cutoff_a),
    )
    return ResiduePairs(
        frame=found[0],
        residue_1=found[1],
        residue_2=found[2],
        distance_a=found[3],
        n_atom_pairs=found[4],
    )


def cut_pieces(
    piece: IndexArray, row: IndexArray, n_pieces: int, topology: PieceTopology
) -> Pieces:
    """
    Lay out, for each piece, the rows asked for with all that they need.

    Parameters
    ----------
    piece, row : ndarray, shape=(k,), dtype=int
        What is asked for, sorted by piece; a row may be named twice.
    n_pieces : int
        How many pieces there are; some may be empty.
    topology : PieceTopology

    Returns
    -------
    Pieces
    """
    start = np.searchsorted(piece, np.arange(n_pieces + 1))
    found = _cut_pieces(
        read_only(start),
        read_only(row),
        read_only(topology.companion_start),
        read_only(topology.companions),
        read_only(topology.neighbours),
        read_only(topology.hydrogens),
        read_only(topology.residue),
    )
    return Pieces(
        piece=found[0],
        row=found[1],
        is_core=found[2],
        neighbours=found[3],
        hydrogens=found[4],
        residue=found[5],
    )


@part()
def _longer(array: IndexArray, size: int) -> IndexArray:
    longer = np.empty(max(size, 2 * len(array)), array.dtype)
    longer[: len(array)] = array
    return longer


@part()
def _near_pairs(
    first: FloatArray, second: FloatArray, cutoff: float
) -> tuple[IndexArray, IndexArray, FloatArray]:
    # As `neighbour_pairs`, in the same order.
    rows_2 = rows_in_reach(second, first, np.arange(len(first)), cutoff)
    rows_1 = rows_in_reach(first, second, rows_2, cutoff)
    rows_2 = rows_in_reach(second, first, rows_1, cutoff)
    if len(rows_1) * len(rows_2) > MOST_COMBINATIONS:
        return _pairs_from_grid(first, rows_1, second, rows_2, cutoff, np.bool_(False))
    index_1 = np.empty(len(rows_1) * len(rows_2), np.int64)
    index_2 = np.empty(len(index_1), np.int64)
    squares = np.empty(len(index_1))
    xs, ys, zs = np.empty(len(rows_2)), np.empty(len(rows_2)), np.empty(len(rows_2))
    for k in range(len(rows_2)):
        xs[k], ys[k], zs[k] = (
            second[rows_2[k], 0],
            second[rows_2[k], 1],
            second[rows_2[k], 2],
        )
    away = np.empty(len(rows_2))
    limit = cutoff * cutoff
    n_pairs = 0
    for i in rows_1:
        x, y, z = first[i, 0], first[i, 1], first[i, 2]
        nearest = np.inf
        for k in range(len(rows_2)):
            away[k] = (x - xs[k]) ** 2 + (y - ys[k]) ** 2 + (z - zs[k]) ** 2
        for k in range(len(rows_2)):
            nearest = min(nearest, away[k])
        if nearest > limit:
            continue
        for k in range(len(rows_2)):
            if away[k] <= limit:
                index_1[n_pairs] = i
                index_2[n_pairs] = rows_2[k]
                squares[n_pairs] = away[k]
                n_pairs += 1
    return (
        index_1[:n_pairs].copy(),
        index_2[:n_pairs].copy(),
        np.sqrt(squares[:n_pairs]),
    )


@kernel()
def _pairs_by_frame(
    coords: FloatArray, rows_1: IndexArray, rows_2: IndexArray, cutoff: float
) -> tuple[IndexArray, IndexArray, IndexArray, FloatArray]:
    start = np.zeros(len(coords) + 1, np.int64)
    index_1 = np.empty(FIRST_CAPACITY, np.int64)
    index_2 = np.empty(FIRST_CAPACITY, np.int64)
    distances = np.empty(FIRST_CAPACITY, np.float64)
    first = np.empty((len(rows_1), 3))
    second = np.empty((len(rows_2), 3))
    for frame in range(len(coords)):
        for i in range(len(rows_1)):
            for k in range(3):
                first[i, k] = coords[frame, rows_1[i], k]
        for j in range(len(rows_2)):
            for k in range(3):
                second[j, k] = coords[frame, rows_2[j], k]
        one, two, away = _near_pairs(first, second, cutoff)
        low = start[frame]
        high = low + len(one)
        start[frame + 1] = high
        if high > len(index_1):
            index_1 = _longer(index_1, high)
            index_2 = _longer(index_2, high)
            longer = np.empty(len(index_1))
            longer[:low] = distances[:low]
            distances = longer
        for k in range(len(one)):
            index_1[low + k] = rows_1[one[k]]
            index_2[low + k] = rows_2[two[k]]
            distances[low + k] = away[k]
    end = start[-1]
    return start, index_1[:end].copy(), index_2[:end].copy(), distances[:end].copy()


@kernel()
def _residue_pairs(
    start: IndexArray,
    index_1: IndexArray,
    index_2: IndexArray,
    distances: FloatArray,
    residue: IndexArray,
    n_1: int,
    n_2: int,
    cutoff: float,
) -> tuple[IndexArray, IndexArray, IndexArray, FloatArray, IndexArray]:
    nearest = np.full((n_1, n_2), np.inf)
    n_pairs = np.zeros((n_1, n_2), np.int64)
    key = np.empty(len(index_1), np.int64)
    frames = np.empty(len(index_1), np.int64)
    smallest = np.empty(len(index_1), np.float64)
    counts = np.empty(len(index_1), np.int64)
    n_found = 0
    for frame in range(len(start) - 1):
        first = n_found
        for pair in range(start[frame], start[frame + 1]):
            one, two = residue[index_1[pair]], residue[index_2[pair]]
            if one < 0 or two < 0 or distances[pair] > cutoff:
                continue
            if n_pairs[one, two] == 0:
                key[n_found] = one * n_2 + two
                n_found += 1
            n_pairs[one, two] += 1
            nearest[one, two] = min(nearest[one, two], distances[pair])
        key[first:n_found] = np.sort(key[first:n_found])
        for place in range(first, n_found):
            one, two = key[place] // n_2, key[place] % n_2
            frames[place] = frame
            smallest[place] = nearest[one, two]
            counts[place] = n_pairs[one, two]
            nearest[one, two] = np.inf
            n_pairs[one, two] = 0
    return (
        frames[:n_found].copy(),
        key[:n_found] // n_2,
        key[:n_found] % n_2,
        smallest[:n_found].copy(),
        counts[:n_found].copy(),
    )


@part()
def _lines_of_piece(
    core: IndexArray,
    companion_start: IndexArray,
    companions: IndexArray,
    mark: IndexArray,
    stamp: int,
    lines: IndexArray,
) -> int:
    # Marks: `stamp` for a row that is only needed, `stamp + 1` for one that was asked for.
    n_lines = 0
    for row in core:
        if mark[row] < stamp:
            lines[n_lines] = row
            n_lines += 1
        mark[row] = stamp + 1
    n_core = n_lines
    for place in range(n_core):
        row = lines[place]
        for k in range(companion_start[row], companion_start[row + 1]):
            needed = companions[k]
            if mark[needed] < stamp:
                mark[needed] = stamp
                lines[n_lines] = needed
                n_lines += 1
    lines[:n_lines] = np.sort(lines[:n_lines])
    return n_lines


@kernel()
def _cut_pieces(
    start: IndexArray,
    core: IndexArray,
    companion_start: IndexArray,
    companions: IndexArray,
    neighbours: IndexArray,
    hydrogens: IndexArray,
    residue: IndexArray,
) -> tuple[IndexArray, IndexArray, BoolArray, IndexArray, IndexArray, IndexArray]:
    n_rows, width = neighbours.shape
    mark = np.full(n_rows, -1, np.int64)
    local = np.zeros(n_rows, np.int64)
    lines = np.empty(n_rows, np.int64)
    pieces = np.empty(FIRST_CAPACITY, np.int64)
    rows = np.empty(FIRST_CAPACITY, np.int64)
    is_core = np.empty(FIRST_CAPACITY, np.int64)
    n_total = 0
    for piece in range(len(start) - 1):
        stamp = 2 * piece
        n_lines = _lines_of_piece(
            core[start[piece] : start[piece + 1]],
            companion_start,
            companions,
            mark,
            stamp,
            lines,
        )
        if n_total + n_lines > len(rows):
            pieces = _longer(pieces, n_total + n_lines)
            rows = _longer(rows, n_total + n_lines)
            is_core = _longer(is_core, n_total + n_lines)
        for k in range(n_lines):
            pieces[n_total + k] = piece
            rows[n_total + k] = lines[k]
            is_core[n_total + k] = mark[lines[k]] - stamp
        n_total += n_lines
    bonded = np.full((n_total, width), -1, np.int64)
    protons = np.full((n_total, width), -1, np.int64)
    counted = np.zeros(n_total, np.int64)
    mark[:] = -1
    first = 0
    residues = -1
    while first < n_total:
        piece = pieces[first]
        last = first
        while last < n_total and pieces[last] == piece:
            local[rows[last]] = last
            mark[rows[last]] = piece
            last += 1
        for line in range(first, last):
            row = rows[line]
            if line == first or residue[row] != residue[rows[line - 1]]:
                residues += 1
            counted[line] = residues
            for k in range(width):
                other = neighbours[row, k]
                if other >= 0 and mark[other] == piece:
                    bonded[line, k] = local[other]
                other = hydrogens[row, k]
                if other >= 0 and mark[other] == piece:
                    protons[line, k] = local[other]
        first = last
    return (
        pieces[:n_total].copy(),
        rows[:n_total].copy(),
        is_core[:n_total] > 0,
        bonded,
        protons,
        counted,
    )
