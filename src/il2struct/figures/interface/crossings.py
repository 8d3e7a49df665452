"""Two columns joined by lines, ordered so that few lines cross."""

from collections.abc import Sequence
from typing import Final, TypeAlias

import numpy as np

#: A line from a row of the left column to a row of the right one.
Link: TypeAlias = tuple[int, int]

#: Passes over the column; it settles in two or three.
MAX_PASSES: Final = 20


def n_crossings(links: Sequence[Link], order: Sequence[int]) -> int:
    """
    Count the pairs of lines that cross.

    Parameters
    ----------
    links : sequence of (int, int)
        Left and right element of each line; left ones stand in the order of their numbers.
    order : sequence of int
        Right elements from top to bottom.

    Examples
    --------
    >>> n_crossings([(0, 1), (1, 0)], [0, 1]), n_crossings([(0, 1), (1, 0)], [1, 0])
    (1, 0)
    """
    place = {element: row for row, element in enumerate(order)}
    left = np.array([a for a, _ in links], dtype=np.int64)
    right = np.array([place[b] for _, b in links], dtype=np.int64)
    turns = (left[:, None] - left) * (right[:, None] - right)
    return int((turns < 0).sum()) // 2


def uncrossed_order(links: Sequence[Link], n_right: int) -> tuple[int, ...]:
    """
    Order the right column by the mean place of each element's partners, then swap neighbours.

    Parameters
    ----------
    links : sequence of (int, int)
        As for `n_crossings`.
    n_right : int
        Elements of the right column.

    Returns
    -------
    tuple of int
        Right elements from top to bottom, with no more crossings than in the order of their
        numbers.

    References
    ----------
    Sugiyama, Tagawa & Toda, IEEE Trans. Syst. Man Cybern. 11:109 (1981).
    """
    partners: list[list[int]] = [[] for _ in range(n_right)]
    for left, right in links:
        partners[right].append(left)
    means = [float(np.mean(p)) if p else float(i) for i, p in enumerate(partners)]
    by_mean = sorted(range(n_right), key=lambda i: (means[i], i))
    candidates = [
        _swapped(by_mean, partners),
        _swapped(list(range(n_right)), partners),
    ]
    # Neighbours are only swapped for fewer crossings, so that the second is no worse than sequence.
    counts = [n_crossings(links, order) for order in candidates]
    return tuple(candidates[counts.index(min(counts))])


def _swapped(order: list[int], partners: Sequence[Sequence[int]]) -> list[int]:
    """Swap neighbours as long as that saves crossings."""
    order = list(order)
    for _ in range(MAX_PASSES):
        has_changed = False
        for row in range(len(order) - 1):
            upper, lower = order[row], order[row + 1]
            if _between(partners[lower], partners[upper]) < _between(
                partners[upper], partners[lower]
            ):
                order[row], order[row + 1] = lower, upper
                has_changed = True
        if not has_changed:
            break
    return order


def _between(upper: Sequence[int], lower: Sequence[int]) -> int:
    """Crossings between the lines of two neighbours, one above the other."""
    return sum(a > b for a in upper for b in lower)
