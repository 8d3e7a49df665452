"""Fit atom by atom and residue by residue: where an interface is tight and where it gapes."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from il2struct.arrays import FloatArray, IndexArray
from il2struct.complementarity.statistic import SideScores
from il2struct.errors import ParameterError


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LocalComplementarity:
    """
    Score and gap of each atom or residue that has dots, one row each.

    Attributes
    ----------
    index : ndarray, shape=(n,), dtype=int
        Row of the atom, or label of the residue, in increasing order.
    n_dots : ndarray, shape=(n,), dtype=int
        Dots that count.
    trimmed_area_a2 : ndarray, shape=(n,)
        Their area in Å².
    median_score, mean_score : ndarray, shape=(n,)
        Of S over the dots.
    median_gap_a, mean_gap_a : ndarray, shape=(n,)
        Of the distance to the other surface in Å.
    """

    index: IndexArray
    n_dots: IndexArray
    trimmed_area_a2: FloatArray
    median_score: FloatArray
    mean_score: FloatArray
    median_gap_a: FloatArray
    mean_gap_a: FloatArray

    def __len__(self) -> int:
        return len(self.index)


def atom_complementarity(side: SideScores) -> LocalComplementarity:
    """
    Tell the fit at each atom of one side.

    Parameters
    ----------
    side : SideScores
        ``side_1`` or ``side_2`` of a result.

    Returns
    -------
    LocalComplementarity
        ``index`` is the row of the atom in the arrays the result was computed from.
    """
    return _grouped(side, side.atom_index)


def residue_complementarity(
    side: SideScores, residue_index: npt.ArrayLike
) -> LocalComplementarity:
    """
    Tell the fit at each residue of one side.

    Parameters
    ----------
    side : SideScores
        ``side_1`` or ``side_2`` of a result.
    residue_index : array_like of int, shape=(n_atoms,)
        Which residue each atom of the side belongs to, for all atoms the result was computed from.

    Returns
    -------
    LocalComplementarity
        ``index`` holds values of `residue_index`.

    Raises
    ------
    ParameterError
        If `residue_index` is too short for the atoms of the side.
    """
    labels: IndexArray = np.asarray(residue_index, dtype=np.int64)
    if len(side) and len(labels) <= side.atom_index.max():
        raise ParameterError(
            f"residue_index has {len(labels)} entries, but the side has atom "
            f"{side.atom_index.max()}; give one for every atom."
        )
    return _grouped(side, labels[side.atom_index])


def _grouped(side: SideScores, labels: IndexArray) -> LocalComplementarity:
    index, group, n_dots = np.unique(labels, return_inverse=True, return_counts=True)
    n_groups = len(index)
    per_dot = np.maximum(n_dots, 1)
    areas: FloatArray = np.bincount(group, side.areas_a2, n_groups).astype(np.float64)
    return LocalComplementarity(
        index=index,
        n_dots=n_dots,
        trimmed_area_a2=areas,
        median_score=_group_medians(side.scores, group, n_dots),
        mean_score=np.bincount(group, side.scores, n_groups) / per_dot,
        median_gap_a=_group_medians(side.gaps_a, group, n_dots),
        mean_gap_a=np.bincount(group, side.gaps_a, n_groups) / per_dot,
    )


def _group_medians(
    values: FloatArray, group: IndexArray, n_dots: IndexArray
) -> FloatArray:
    """Median of each group, all at once: sort by group and value, take the middle ones."""
    if not len(values):
        return np.empty(0)
    ordered = values[np.lexsort((values, group))]
    first = np.concatenate(([0], np.cumsum(n_dots)[:-1]))
    low, high = ordered[first + (n_dots - 1) // 2], ordered[first + n_dots // 2]
    medians: FloatArray = 0.5 * (low + high)
    return medians
