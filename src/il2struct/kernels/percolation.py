"""Bonds laid one by one on a periodic lattice until a cluster wraps around it: union-find."""

import numpy as np
import numpy.typing as npt

from il2struct.arrays import IndexArray
from il2struct.errors import ParameterError
from il2struct.kernels._numba import kernel, part, read_only

__all__ = ["bonds_until_wrapped"]


def bonds_until_wrapped(
    n_nodes: int,
    ends: npt.ArrayLike,
    steps: npt.ArrayLike,
    order: npt.ArrayLike,
) -> int:
    """
    Count the bonds laid, in a given order, until a cluster first meets its own image.

    Parameters
    ----------
    n_nodes : int
        Nodes of the periodic lattice.
    ends : array_like, shape=(b, 2), dtype=int
        Nodes that each bond joins.
    steps : array_like, shape=(b, d), dtype=int
        Cells walked along each bond from its first to its second node, before folding back
        into the lattice.
    order : array_like, shape=(m,), dtype=int
        Bonds to lay, first to last.

    Returns
    -------
    int
        Number laid when a cluster first wraps; ``m + 1`` if none does.

    Raises
    ------
    ParameterError
        If shapes do not fit or an index is out of range.

    Examples
    --------
    A ring of two cells wraps with its second bond:

    >>> bonds_until_wrapped(2, [[0, 1], [1, 0]], [[1], [1]], [0, 1])
    2
    """
    bonds = read_only(np.ascontiguousarray(ends, dtype=np.int64))
    walked = read_only(np.ascontiguousarray(steps, dtype=np.int64))
    laid = read_only(np.ascontiguousarray(order, dtype=np.int64))
    if bonds.ndim != 2 or bonds.shape[1] != 2 or walked.shape[:1] != bonds.shape[:1]:
        raise ParameterError("ends and steps must have one row for each bond.")
    if walked.ndim != 2 or laid.ndim != 1:
        raise ParameterError("steps must be a table and order one list of bonds.")
    if not _in_range(bonds, n_nodes) or not _in_range(laid, len(bonds)):
        raise ParameterError("a bond or a node is out of range.")
    return int(_bonds_until_wrapped(n_nodes, bonds, walked, laid))


def _in_range(index: IndexArray, size: int) -> bool:
    return index.size == 0 or (int(index.min()) >= 0 and int(index.max()) < size)


@part()
def _find(parent: IndexArray, offset: IndexArray, node: int) -> int:
    """Root of a node; every node on the way is hung on the root, its offset summed up."""
    root = node
    while parent[root] != root:
        root = parent[root]
    # From the top down: the parent's offset to the root must be final first. Reversing the
    # pointers on the way up and back avoids a stack.
    previous = -1
    here = node
    while here != root:
        above = parent[here]
        parent[here] = previous
        previous = here
        here = above
    above = root
    here = previous
    while here != -1:
        below = parent[here]
        if above != root:
            for k in range(offset.shape[1]):
                offset[here, k] += offset[above, k]
        parent[here] = root
        above = here
        here = below
    return root


@kernel()
def _bonds_until_wrapped(
    n_nodes: int, ends: IndexArray, steps: IndexArray, order: IndexArray
) -> int:
    n_axes = steps.shape[1]
    parent = np.arange(n_nodes)
    size = np.ones(n_nodes, np.int64)
    # Cells walked from the parent to the node.
    offset = np.zeros((n_nodes, n_axes), np.int64)
    for laid in range(len(order)):
        bond = order[laid]
        first, second = ends[bond, 0], ends[bond, 1]
        root_1 = _find(parent, offset, first)
        root_2 = _find(parent, offset, second)
        if root_1 == root_2:
            for k in range(n_axes):
                if offset[first, k] + steps[bond, k] != offset[second, k]:
                    return laid + 1
            continue
        if size[root_1] < size[root_2]:
            for k in range(n_axes):
                offset[root_1, k] = (
                    offset[second, k] - steps[bond, k] - offset[first, k]
                )
            parent[root_1] = root_2
            size[root_2] += size[root_1]
        else:
            for k in range(n_axes):
                offset[root_2, k] = (
                    offset[first, k] + steps[bond, k] - offset[second, k]
                )
            parent[root_2] = root_1
            size[root_1] += size[root_2]
    return len(order) + 1
