"""Pairs of atoms, one of each side: searched, selected, the best of several kept."""

from dataclasses import dataclass

import numpy as np

from il2struct.arrays import BoolArray, FloatArray, IndexArray
from il2struct.kernels.cells import NeighbourPairs, neighbour_pairs
from il2struct.structure.model import Atoms


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AtomPairs:
    """
    Atom pairs of one kind of bond.

    Attributes
    ----------
    index_1, index_2 : ndarray of int
        Rows of the atoms of side 1 and side 2; each pair once.
    """

    index_1: IndexArray
    index_2: IndexArray


def pairs_of_rows(
    atoms_1: Atoms,
    rows_1: IndexArray,
    atoms_2: Atoms,
    rows_2: IndexArray,
    cutoff_a: float,
) -> NeighbourPairs:
    """
    Find near pairs among some atoms of each side.

    Parameters
    ----------
    atoms_1, atoms_2 : Atoms
        The atoms.
    rows_1, rows_2 : ndarray of int
        Which of them, in rising order.
    cutoff_a : float
        Longest distance in Å.

    Returns
    -------
    NeighbourPairs
        Indices are rows of `atoms_1` and `atoms_2`.
    """
    pairs = neighbour_pairs(atoms_1.coords[rows_1], atoms_2.coords[rows_2], cutoff_a)
    return NeighbourPairs(
        index_1=rows_1[pairs.index_1],
        index_2=rows_2[pairs.index_2],
        distances_a=pairs.distances_a,
    )


def selected_pairs(pairs: NeighbourPairs, mask: BoolArray) -> NeighbourPairs:
    """
    Keep some pairs.

    Parameters
    ----------
    pairs : NeighbourPairs
        Pairs.
    mask : ndarray of bool
        Which to keep.

    Returns
    -------
    NeighbourPairs
    """
    return NeighbourPairs(
        index_1=pairs.index_1[mask],
        index_2=pairs.index_2[mask],
        distances_a=pairs.distances_a[mask],
    )


def best_of_each_pair(
    index_1: IndexArray, index_2: IndexArray, *ranks: FloatArray | BoolArray
) -> IndexArray:
    """
    Choose one row for each pair of indices: the lowest by rank.

    Parameters
    ----------
    index_1, index_2 : ndarray of int, shape=(n,)
        The pairs; they may occur in many rows.
    *ranks : ndarray, shape=(n,)
        What to compare, most important first; False comes before True.

    Returns
    -------
    ndarray of int
        Rows, one for each different pair, sorted by it.

    Examples
    --------
    >>> best_of_each_pair(np.array([7, 7, 2]), np.array([1, 1, 5]), np.array([3.5, 2.8, 3.0])).tolist()
    [2, 1]
    """
    order = np.lexsort((*ranks[::-1], index_2, index_1))
    is_first = np.ones(len(order), dtype=bool)
    is_first[1:] = (np.diff(index_1[order]) != 0) | (np.diff(index_2[order]) != 0)
    rows: IndexArray = order[is_first]
    return rows
