"""How far the presets agree on the hydrogen bonds of one interface."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from il2struct.arrays import BoolArray, FloatArray, IndexArray
from il2struct.errors import ParameterError
from il2struct.interface.bonds import Bonds


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Concordance:
    """
    Which presets agree on each hydrogen bond, one row an atom pair.

    Attributes
    ----------
    presets : tuple of str
        Names of the presets compared.
    index_1, index_2 : ndarray of int
        Rows of the atoms, as in `Bonds`.
    distance_a : ndarray of float
        Distance in Å.
    is_found : ndarray, shape=(n, p), dtype=bool
        Whether the preset of each column counts the bond.
    n_presets : ndarray of int
        How many presets do.
    """

    presets: tuple[str, ...]
    index_1: IndexArray
    index_2: IndexArray
    distance_a: FloatArray
    is_found: BoolArray
    n_presets: IndexArray


def concordance(bonds_by_preset: Mapping[str, Bonds]) -> Concordance:
    """
    Compare the hydrogen bonds of one interface under several presets.

    Only bonds that need neither a flip nor a proton are compared.

    Parameters
    ----------
    bonds_by_preset : mapping of str to Bonds
        Bonds of the same two sides by name of the preset.

    Returns
    -------
    Concordance
        Every pair that at least one preset counts, sorted by index.

    Raises
    ------
    ParameterError
        If there is nothing to compare.
    """
    if not bonds_by_preset:
        raise ParameterError(
            "concordance needs the bonds of at least one preset; it was given none."
        )
    counted = [b.select(b.is_plain_hydrogen_bond) for b in bonds_by_preset.values()]
    pairs = [np.stack([b.index_1, b.index_2], axis=1) for b in counted]
    union, first, place = np.unique(
        np.concatenate(pairs), axis=0, return_index=True, return_inverse=True
    )
    is_found = np.zeros((len(union), len(counted)), dtype=bool)
    column = np.repeat(np.arange(len(counted)), [len(b) for b in counted])
    is_found[place.reshape(-1), column] = True
    return Concordance(
        presets=tuple(bonds_by_preset),
        index_1=union[:, 0],
        index_2=union[:, 1],
        distance_a=np.concatenate([b.distance_a for b in counted])[first],
        is_found=is_found,
        n_presets=is_found.sum(axis=1),
    )
