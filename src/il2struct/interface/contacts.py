"""Which residues of two sides touch, and by which atoms."""

from dataclasses import dataclass

import numpy as np

from il2struct.arrays import FloatArray, IndexArray
from il2struct.kernels.cells import near_mask, neighbour_pairs
from il2struct.structure.model import Atoms, Side
from il2struct.structure.neighbours import CONTACT_CUTOFF_A


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Contacts:
    """
    Atom pairs and residue pairs of two sides within a cut-off.

    Attributes
    ----------
    atom_1, atom_2 : ndarray of int, shape=(p,)
        Heavy-atom pairs: rows of the two sides' atoms.
    atom_distance_a : ndarray, shape=(p,)
        Their distances in Å.
    residue_1, residue_2 : ndarray of int, shape=(q,)
        Residue pairs (values of ``Atoms.residue_index``), sorted.
    distance_a : ndarray, shape=(q,)
        Smallest distance of each residue pair in Å.
    closest_1, closest_2 : ndarray of int, shape=(q,)
        The atoms that are this close: rows of the two sides' atoms.
    n_atom_pairs : ndarray of int, shape=(q,)
        Atom pairs of each residue pair.
    """

    atom_1: IndexArray
    atom_2: IndexArray
    atom_distance_a: FloatArray
    residue_1: IndexArray
    residue_2: IndexArray
    distance_a: FloatArray
    closest_1: IndexArray
    closest_2: IndexArray
    n_atom_pairs: IndexArray


def contacts_between(
    atoms_1: Atoms, atoms_2: Atoms, *, cutoff_a: float = CONTACT_CUTOFF_A
) -> Contacts:
    """
    Find the contacts of two sets of placed atoms, hydrogens left aside.

    Parameters
    ----------
    atoms_1, atoms_2 : Atoms
        Where they stand; nothing is moved by symmetry here.
    cutoff_a : float
        Largest distance in Å.
    """
    heavy_1 = np.flatnonzero(~atoms_1.is_hydrogen)
    heavy_2 = np.flatnonzero(~atoms_2.is_hydrogen)
    pairs = neighbour_pairs(atoms_1.coords[heavy_1], atoms_2.coords[heavy_2], cutoff_a)
    atom_1, atom_2 = heavy_1[pairs.index_1], heavy_2[pairs.index_2]
    residue_1, residue_2 = atoms_1.residue_index[atom_1], atoms_2.residue_index[atom_2]
    # Sorted by residue pair, then distance, so that the first row of each pair is its closest.
    order = np.lexsort((atom_2, atom_1, pairs.distances_a, residue_2, residue_1))
    first = _first_of_group(residue_1[order], residue_2[order])
    closest = order[first]
    return Contacts(
        atom_1=atom_1,
        atom_2=atom_2,
        atom_distance_a=pairs.distances_a,
        residue_1=residue_1[closest],
        residue_2=residue_2[closest],
        distance_a=pairs.distances_a[closest],
        closest_1=atom_1[closest],
        closest_2=atom_2[closest],
        n_atom_pairs=np.diff(np.append(first, len(order))),
    )


def _first_of_group(key_1: IndexArray, key_2: IndexArray) -> IndexArray:
    """Rows at which a pair of sorted keys changes, the first row included."""
    if not len(key_1):
        return np.zeros(0, dtype=np.int64)
    changes = (np.diff(key_1) != 0) | (np.diff(key_2) != 0)
    return np.concatenate(([0], np.flatnonzero(changes) + 1))


def has_glycans_within(sides: tuple[Side, Side], reach_a: float) -> bool:
    """
    Tell whether a glycan of one side comes near the other side, glycans of that included.

    Parameters
    ----------
    sides : tuple of Side
    reach_a : float
        Largest distance between atoms in Å.
    """
    for side, other in (sides, sides[::-1]):
        around = np.concatenate([other.atoms.coords, other.glycans.coords])
        if near_mask(side.glycans.coords, around, reach_a).any():
            return True
    return False
