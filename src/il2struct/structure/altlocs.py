"""Alternate locations: which conformer of each residue is kept."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from il2struct.arrays import BoolArray, FloatArray, IndexArray, StrArray
from il2struct.errors import ParameterError

#: Keep, in each residue, the conformer with the highest mean occupancy.
HIGHEST_OCCUPANCY: Final = "highest"


@dataclass(frozen=True, slots=True, kw_only=True)
class AltlocChoice:
    """
    Which atoms stay and what was passed over.

    Attributes
    ----------
    keep : ndarray of bool
        One flag an atom.
    n_residues : int
        Residues (places in the sequence) in which there was a choice.
    n_dropped : int
        Atoms left out.
    """

    keep: BoolArray
    n_residues: int
    n_dropped: int


def chosen_conformers(
    altloc: StrArray,
    occupancy: FloatArray,
    place: IndexArray,
    *,
    prefer: str = HIGHEST_OCCUPANCY,
) -> AltlocChoice:
    """
    Choose one conformer for each place in the chain.

    Parameters
    ----------
    altloc : ndarray of str, shape=(n,)
        Label of each atom's alternate location, empty for atoms without one.
    occupancy : ndarray, shape=(n,)
        Occupancy of each atom.
    place : ndarray of int, shape=(n,)
        Number of the residue position of each atom. Two residues that share a position
        (microheterogeneity) share the number, so that only one of them stays.
    prefer : str
        ``"highest"``, or a label to keep wherever it occurs (the highest occupancy elsewhere).

    Returns
    -------
    AltlocChoice
        Ties in occupancy go to the label that comes first in the alphabet.

    Examples
    --------
    >>> choice = chosen_conformers(
    ...     np.array(["", "A", "B"]), np.array([1.0, 0.4, 0.6]), np.array([0, 0, 0])
    ... )
    >>> choice.keep.tolist(), choice.n_dropped
    ([True, False, True], 1)
    """
    if prefer != HIGHEST_OCCUPANCY and len(prefer) != 1:
        raise ParameterError(f"altloc must be 'highest' or one letter, not {prefer!r}.")
    keep = altloc == ""
    labelled = np.flatnonzero(~keep)
    labelled = labelled[np.argsort(place[labelled], kind="stable")]
    borders = np.flatnonzero(np.diff(place[labelled])) + 1
    groups = np.split(labelled, borders) if len(labelled) else []
    n_residues = 0
    for rows in groups:
        keep[rows] = altloc[rows] == _best_label(altloc[rows], occupancy[rows], prefer)
        n_residues += not keep[rows].all()
    return AltlocChoice(keep=keep, n_residues=n_residues, n_dropped=int((~keep).sum()))


def _best_label(labels: StrArray, occupancy: FloatArray, prefer: str) -> str:
    """Label with the highest mean occupancy, the preferred one if it is there."""
    if prefer in labels:
        return prefer
    names = np.unique(labels)
    # The mean, not the sum: a conformer must not win by having more atoms modelled.
    means = [round(float(occupancy[labels == name].mean()), 4) for name in names]
    return str(names[int(np.argmax(means))])
