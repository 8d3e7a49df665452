"""
Many frames at once: near pairs frame by frame, hydrogens that point, pieces cut out of every frame.

A trajectory asks the same small questions thousands of times. Here the loop over the frames is
compiled, so that what is around it runs once for a block of frames.

Near pairs are found in two ways. `pairs_by_frame` goes through cells and suits any atoms.
`chain_pairs_by_frame` makes use of atoms that follow each other in a chain, which are near each
other in any frame: eight at a time make a cluster with a box around it, drawn anew in every frame,
and only atoms of clusters whose boxes are near are compared (Páll & Hess, Comput. Phys. Commun.
184:2641, 2013). Nothing has to be sorted, and eight distances at a time suit the processor.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from il2struct.arrays import BoolArray, FloatArray, IndexArray
from il2struct.kernels._numba import int64, kernel, part, read_only
from il2struct.kernels.cells import neighbour_pairs

#: Rows reserved at first for the pairs of a block; the arrays double when they are full.
FIRST_CAPACITY: Final = 1024
#: Atoms of a cluster: about those of a residue, and two registers of doubles.
CLUSTER_SIZE: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class FramePairs:
    """
    Near pairs of a block of frames: columns of the coordinates, and distances in Å.

    Those of frame *k* are rows ``start[k]`` to ``start[k + 1] - 1``.
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

    `distance_a` is the smallest of the `n_atom_pairs` atom pairs within the cut-off, in Å.
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
    Pieces of a structure laid out one behind the other, in lines sorted by piece and row.

    Attributes
    ----------
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
    Find near pairs of two groups of atoms in each frame: those of `neighbour_pairs`, in its order.

    `coords`, shape=(f, n, 3), are finite positions in Å, of which the rows make up the groups;
    the cut-off is inclusive.

    Examples
    --------
    >>> coords = np.array([[[0.0, 0, 0], [3, 0, 0]], [[0, 0, 0], [9, 0, 0]]])
    >>> pairs = pairs_by_frame(coords, np.array([0]), np.array([1]), 5.0)
    >>> pairs.frame.tolist(), pairs.index_2.tolist()
    ([0], [1])
    """
    found = [
        neighbour_pairs(frame[rows_1], frame[rows_2], cutoff_a) for frame in coords
    ]
    nothing = np.zeros(0, dtype=np.int64)
    index_1 = np.concatenate([nothing, *(pairs.index_1 for pairs in found)])
    index_2 = np.concatenate([nothing, *(pairs.index_2 for pairs in found)])
    return FramePairs(
        start=np.cumsum([0, *map(len, found)]),
        index_1=rows_1[index_1],
        index_2=rows_2[index_2],
        distances_a=np.concatenate([[], *(pairs.distances_a for pairs in found)]),
    )


@part()
def _longer(array: npt.NDArray[Any], size: int) -> npt.NDArray[Any]:  # of any kind
    longer = np.empty(max(size, 2 * len(array)), array.dtype)
    longer[: len(array)] = array
    return longer


def chain_pairs_by_frame(
    coords: FloatArray,
    groups: Sequence[IndexArray],
    pairs: Sequence[tuple[int, int]],
    cutoff_a: float,
) -> list[FramePairs]:
    """
    Find near pairs of many groups of atoms in each frame, for each of `pairs` of groups.

    Each `FramePairs` is what `pairs_by_frame` finds; quick if atoms that follow each other in a
    group are near each other.

    Examples
    --------
    >>> coords = np.array([[[0.0, 0, 0], [3, 0, 0]], [[0, 0, 0], [9, 0, 0]]])
    >>> groups = [np.array([0]), np.array([1])]
    >>> (pairs,) = chain_pairs_by_frame(coords, groups, [(0, 1)], 5.0)
    >>> pairs.frame.tolist(), pairs.index_2.tolist()
    ([0], [1])
    """
    n_clusters = [-(-len(group) // CLUSTER_SIZE) for group in groups]
    rows = np.full(CLUSTER_SIZE * sum(n_clusters), -1, dtype=np.int64)
    first = np.cumsum([0, *n_clusters])
    for group, start in zip(groups, first[:-1].tolist(), strict=True):
        rows[CLUSTER_SIZE * start :][: len(group)] = group
    sides = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    starts, index_1, index_2, distances = _chain_pairs(
        read_only(coords),
        read_only(rows),
        read_only(first),
        read_only(sides),
        float(cutoff_a),
    )
    return [
        FramePairs(
            start=start - start[0],
            index_1=index_1[start[0] : start[-1]],
            index_2=index_2[start[0] : start[-1]],
            distances_a=distances[start[0] : start[-1]],
        )
        for start in starts
    ]


@kernel()
def _chain_pairs(
    coords: FloatArray,
    rows: IndexArray,
    first: IndexArray,
    sides: IndexArray,
    cutoff: float,
) -> tuple[IndexArray, IndexArray, IndexArray, FloatArray]:
    n_clusters = len(rows) // CLUSTER_SIZE
    points = np.full((3, len(rows)), np.nan)
    low, high = np.empty((3, n_clusters)), np.empty((3, n_clusters))
    boxes, gaps = np.empty((6, n_clusters)), np.empty(n_clusters)
    near = np.empty(n_clusters, np.int64)
    counts = np.zeros((len(coords), len(sides)), np.int64)
    index_1 = np.empty(FIRST_CAPACITY, np.int64)
    index_2 = np.empty(FIRST_CAPACITY, np.int64)
    squares = np.empty(FIRST_CAPACITY, np.float64)
    limit = cutoff * cutoff
    n_pairs = int64(0)  # typed: a bare 0 is compiled apart
    for frame in range(len(coords)):
        _place(coords[frame], rows, points, low, high)
        for pair in range(len(sides)):
            group_1, group_2 = sides[pair]
            clusters_1 = np.arange(first[group_1], first[group_1 + 1])
            clusters_2 = np.arange(first[group_2], first[group_2 + 1])
            clusters_2 = _in_reach(low, high, clusters_2, clusters_1, cutoff)
            clusters_1 = _in_reach(low, high, clusters_1, clusters_2, cutoff)
            for k in range(len(clusters_2)):
                for axis in range(3):
                    boxes[axis, k] = low[axis, clusters_2[k]]
                    boxes[3 + axis, k] = high[axis, clusters_2[k]]
            before = n_pairs
            for cluster in clusters_1:
                n_near = _near_clusters(
                    cluster, low, high, clusters_2, boxes, limit, gaps, near
                )
                most = n_pairs + n_near * CLUSTER_SIZE**2
                if most > len(index_1):
                    index_1 = _longer(index_1, most)
                    index_2 = _longer(index_2, most)
                    squares = _longer(squares, most)
                n_pairs = _write_pairs(
                    cluster,
                    near[:n_near],
                    points,
                    rows,
                    limit,
                    index_1,
                    index_2,
                    squares,
                    n_pairs,
                )
            counts[frame, pair] = n_pairs - before
    return _by_pair(counts, index_1, index_2, squares)


@part()
def _place(
    positions: FloatArray,
    rows: IndexArray,
    points: FloatArray,
    low: FloatArray,
    high: FloatArray,
) -> None:
    # Places without an atom stay NaN, which is never less, more or near.
    for place in range(len(rows)):
        if rows[place] >= 0:
            for axis in range(3):
                points[axis, place] = positions[rows[place], axis]
    for axis in range(3):
        for cluster in range(low.shape[1]):
            least, most = np.inf, -np.inf
            for k in range(CLUSTER_SIZE):
                value = points[axis, CLUSTER_SIZE * cluster + k]
                if value < least:
                    least = value
                if value > most:
                    most = value
            low[axis, cluster] = least
            high[axis, cluster] = most


@part()
def _in_reach(
    low: FloatArray,
    high: FloatArray,
    chosen: IndexArray,
    others: IndexArray,
    cutoff: float,
) -> IndexArray:
    # Those of the chosen clusters that are near the one box around all others.
    least, most = np.full(3, np.inf), np.full(3, -np.inf)
    for cluster in others:
        for axis in range(3):
            least[axis] = min(least[axis], low[axis, cluster])
            most[axis] = max(most[axis], high[axis, cluster])
    kept = np.empty(len(chosen), np.int64)
    n_kept = 0
    for cluster in chosen:
        is_near = True
        for axis in range(3):
            if (
                low[axis, cluster] - most[axis] > cutoff
                or least[axis] - high[axis, cluster] > cutoff
            ):
                is_near = False
        if is_near:
            kept[n_kept] = cluster
            n_kept += 1
    return kept[:n_kept]


@part()
def _near_clusters(
    cluster: int,
    low: FloatArray,
    high: FloatArray,
    others: IndexArray,
    boxes: FloatArray,
    limit: float,
    gaps: FloatArray,
    near: IndexArray,
) -> int:
    # Rounding keeps the order of numbers, so no gap comes out longer than a distance across it.
    for k in range(len(others)):
        square = 0.0
        for axis in range(3):
            gap = max(
                low[axis, cluster] - boxes[3 + axis, k],
                boxes[axis, k] - high[axis, cluster],
            )
            square += max(gap, 0.0) ** 2
        gaps[k] = square
    n_near = 0
    for k in range(len(others)):
        if gaps[k] <= limit:
            near[n_near] = others[k]
            n_near += 1
    return n_near


@part()
def _write_pairs(
    cluster: int,
    near: IndexArray,
    points: FloatArray,
    rows: IndexArray,
    limit: float,
    index_1: IndexArray,
    index_2: IndexArray,
    squares: FloatArray,
    n_pairs: int,
) -> int:
    for place in range(CLUSTER_SIZE * cluster, CLUSTER_SIZE * (cluster + 1)):
        x, y, z = points[0, place], points[1, place], points[2, place]
        for other in near:
            first = CLUSTER_SIZE * other
            xs = points[0, first : first + CLUSTER_SIZE]
            ys = points[1, first : first + CLUSTER_SIZE]
            zs = points[2, first : first + CLUSTER_SIZE]
            # Eight at once and without a branch; few clusters hold any that are near.
            n_hits = 0
            for k in range(CLUSTER_SIZE):
                square = (x - xs[k]) ** 2 + (y - ys[k]) ** 2 + (z - zs[k]) ** 2
                n_hits += square <= limit
            if n_hits == 0:
                continue
            for k in range(CLUSTER_SIZE):
                square = (x - xs[k]) ** 2 + (y - ys[k]) ** 2 + (z - zs[k]) ** 2
                if square <= limit:
                    index_1[n_pairs] = rows[place]
                    index_2[n_pairs] = rows[first + k]
                    squares[n_pairs] = square
                    n_pairs += 1
    return n_pairs


@part()
def _by_pair(
    counts: IndexArray, index_1: IndexArray, index_2: IndexArray, squares: FloatArray
) -> tuple[IndexArray, IndexArray, IndexArray, FloatArray]:
    # From frame after frame to pair after pair, and frame after frame in each.
    n_frames, n_sides = counts.shape
    n_pairs = counts.sum()
    sorted_1, sorted_2 = np.empty(n_pairs, np.int64), np.empty(n_pairs, np.int64)
    distances = np.empty(n_pairs, np.float64)
    start = np.zeros((n_sides, n_frames + 1), np.int64)
    fill = 0
    for pair in range(n_sides):
        start[pair, 0] = fill
        source = 0
        for frame in range(n_frames):
            source += counts[frame, :pair].sum()
            for k in range(counts[frame, pair]):
                sorted_1[fill] = index_1[source + k]
                sorted_2[fill] = index_2[source + k]
                distances[fill] = math.sqrt(squares[source + k])
                fill += 1
            source += counts[frame, pair:].sum()
            start[pair, frame + 1] = fill
    return start, sorted_1, sorted_2, distances


def residue_pairs_by_frame(
    pairs: FramePairs, residue: IndexArray, *, cutoff_a: float
) -> ResiduePairs:
    """
    Sum up atom pairs within the cut-off as residue pairs, in each frame sorted by residues.

    `residue` numbers the columns of the coordinates, from 0 on either side, -1 for atoms that do
    not count.
    """
    frame, residue_1, residue_2, distances, counts = _residue_pairs(
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
        frame=frame,
        residue_1=residue_1,
        residue_2=residue_2,
        distance_a=distances,
        n_atom_pairs=counts,
    )


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
            r_1, r_2 = residue[index_1[pair]], residue[index_2[pair]]
            if r_1 < 0 or r_2 < 0 or distances[pair] > cutoff:
                continue
            if n_pairs[r_1, r_2] == 0:
                key[n_found] = r_1 * n_2 + r_2
                n_found += 1
            n_pairs[r_1, r_2] += 1
            nearest[r_1, r_2] = min(nearest[r_1, r_2], distances[pair])
        key[first:n_found] = np.sort(key[first:n_found])
        for place in range(first, n_found):
            r_1, r_2 = key[place] // n_2, key[place] % n_2
            frames[place] = frame
            smallest[place] = nearest[r_1, r_2]
            counts[place] = n_pairs[r_1, r_2]
            nearest[r_1, r_2] = np.inf
            n_pairs[r_1, r_2] = 0
    return (
        frames[:n_found].copy(),
        key[:n_found] // n_2,
        key[:n_found] % n_2,
        smallest[:n_found].copy(),
        counts[:n_found].copy(),
    )


def may_point(
    coords: FloatArray,
    frame: IndexArray,
    donor: IndexArray,
    acceptor: IndexArray,
    hydrogens: IndexArray,
    *,
    angle_min_deg: float,
    distance_max_a: float,
) -> BoolArray:
    """
    Tell which donors, in which frames, have a hydrogen that points at the acceptor so well.

    A first look, before bonds are judged. `hydrogens`, shape=(n, h), are the columns of the
    hydrogens of each column of `coords`, -1 where there are no more; a donor without any may
    point anywhere. The angle is that of donor, hydrogen and acceptor, 0 for any; the distance
    that of hydrogen and acceptor, infinite for any.

    Examples
    --------
    >>> coords = np.array([[[0.0, 0, 0], [1, 0, 0], [3, 0, 0], [0, 3, 0]]])
    >>> hydrogens = np.array([[1], [-1], [-1], [-1]])
    >>> may_point(coords, np.array([0, 0]), np.array([0, 0]), np.array([2, 3]), hydrogens,
    ...           angle_min_deg=120.0, distance_max_a=np.inf).tolist()
    [True, False]
    """
    # No cosine exceeds 1, however it is rounded.
    cosine_max = math.cos(math.radians(angle_min_deg)) if angle_min_deg > 0.0 else 2.0
    mask: BoolArray = _may_point(
        read_only(coords),
        read_only(frame),
        read_only(donor),
        read_only(acceptor),
        read_only(hydrogens),
        cosine_max,
        float(distance_max_a),
    )
    return mask


@kernel()
def _may_point(
    coords: FloatArray,
    frame: IndexArray,
    donor: IndexArray,
    acceptor: IndexArray,
    hydrogens: IndexArray,
    cosine_max: float,
    distance_max: float,
) -> BoolArray:
    mask = np.zeros(len(donor), np.bool_)
    for pair in range(len(donor)):
        positions = coords[frame[pair]]
        d, a = donor[pair], acceptor[pair]
        mask[pair] = hydrogens[d, 0] < 0
        for h in hydrogens[d]:
            if h < 0 or mask[pair]:
                break
            dot, to_d, to_a = 0.0, 0.0, 0.0
            for axis in range(3):
                donor_arm = positions[d, axis] - positions[h, axis]
                acceptor_arm = positions[a, axis] - positions[h, axis]
                dot += donor_arm * acceptor_arm
                to_d += donor_arm * donor_arm
                to_a += acceptor_arm * acceptor_arm
            # Written so that atoms upon each other, which have no angle, pass.
            is_straight = dot <= cosine_max * math.sqrt(to_d * to_a)
            mask[pair] = is_straight and to_a <= distance_max * distance_max
    return mask


def cut_pieces(
    piece: IndexArray, row: IndexArray, n_pieces: int, topology: PieceTopology
) -> Pieces:
    """
    Lay out, for each of `n_pieces` pieces, the rows asked for with all that they need.

    `piece` and `row` are what is asked for, sorted by piece; a row may be named twice, a piece
    not at all.
    """
    start = np.searchsorted(piece, np.arange(n_pieces + 1))
    pieces, rows, is_core, bonded, protons, residues = _cut_pieces(
        read_only(start),
        read_only(row),
        read_only(topology.companion_start),
        read_only(topology.companions),
        read_only(topology.neighbours),
        read_only(topology.hydrogens),
        read_only(topology.residue),
    )
    return Pieces(
        piece=pieces,
        row=rows,
        is_core=is_core,
        neighbours=bonded,
        hydrogens=protons,
        residue=residues,
    )


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
