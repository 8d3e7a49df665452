"""
Near pairs between chains, frame by frame, by clusters of atoms that follow each other.

Atoms that follow each other in a chain are near each other in any frame. So eight at a time make
a cluster with a box around it, drawn anew in every frame; only atoms of clusters whose boxes are
near are compared. Nothing has to be sorted, and eight distances at a time suit the processor.

References
----------
Páll & Hess, Comput. Phys. Commun. 184:2641 (2013), who compare clusters in molecular dynamics.
"""

import math
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from il2struct.arrays import FloatArray, IndexArray
from il2struct.kernels._numba import int64, kernel, part, read_only
from il2struct.kernels.frames import FramePairs

__all__ = ["chain_pairs_by_frame"]

#: Atoms of a cluster: about those of a residue, and two registers of doubles.
CLUSTER_SIZE: Final = 8
#: Pairs reserved at first; the arrays double when they are full.
FIRST_CAPACITY: Final = 1024


def chain_pairs_by_frame(
    coords: FloatArray,
    groups: Sequence[IndexArray],
    pairs: Sequence[tuple[int, int]],
    cutoff_a: float,
) -> list[FramePairs]:
    """
    Find near pairs of many groups of atoms in each frame.

    Right for any atoms; quick if those that follow each other in a group are near each other.

    Parameters
    ----------
    coords : ndarray, shape=(f, n, 3), dtype=float
        Positions in Å, finite.
    groups : sequence of ndarray of int
        Columns of `coords` that make up each group.
    pairs : sequence of (int, int)
        Which groups to compare, by their places in `groups`.
    cutoff_a : float
        Largest distance in Å, inclusive.

    Returns
    -------
    list of FramePairs
        One for each of `pairs`: what `pairs_by_frame` finds.

    Examples
    --------
    >>> coords = np.array([[[0.0, 0, 0], [3, 0, 0]], [[0, 0, 0], [9, 0, 0]]])
    >>> (found,) = chain_pairs_by_frame(coords, [np.array([0]), np.array([1])], [(0, 1)], 5.0)
    >>> found.frame.tolist(), found.index_2.tolist()
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
    for one in range(CLUSTER_SIZE * cluster, CLUSTER_SIZE * (cluster + 1)):
        x, y, z = points[0, one], points[1, one], points[2, one]
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
                    index_1[n_pairs] = rows[one]
                    index_2[n_pairs] = rows[first + k]
                    squares[n_pairs] = square
                    n_pairs += 1
    return n_pairs


@part()
def _longer(array: npt.NDArray[Any], size: int) -> npt.NDArray[Any]:  # of any kind
    longer = np.empty(max(size, 2 * len(array)), array.dtype)
    longer[: len(array)] = array
    return longer


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
            one, two = sides[pair]
            ones = np.arange(first[one], first[one + 1])
            twos = np.arange(first[two], first[two + 1])
            twos = _in_reach(low, high, twos, ones, cutoff)
            ones = _in_reach(low, high, ones, twos, cutoff)
            for k in range(len(twos)):
                for axis in range(3):
                    boxes[axis, k] = low[axis, twos[k]]
                    boxes[3 + axis, k] = high[axis, twos[k]]
            before = n_pairs
            for cluster in ones:
                n_near = _near_clusters(
                    cluster, low, high, twos, boxes, limit, gaps, near
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
