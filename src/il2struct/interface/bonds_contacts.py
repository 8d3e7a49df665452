"""Bonds told by distance and chemistry alone: salt bridges, disulphides, apolar contacts, waters."""

from dataclasses import dataclass

import numpy as np

from il2struct.arrays import FloatArray, IndexArray
from il2struct.interface.bonds_pairs import (
    AtomPairs,
    best_of_each_pair,
    pairs_of_rows,
    selected_pairs,
)
from il2struct.interface.bonds_side import PreparedSide
from il2struct.interface.criteria import SaltBridgeCriteria, WaterBridgeCriteria
from il2struct.kernels.cells import NeighbourPairs, neighbour_pairs
from il2struct.kernels.geometry import angles_deg
from il2struct.structure.model import Atoms


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class WaterBridges:
    """
    Atom pairs that share a water, each with its best water.

    Attributes
    ----------
    index_1, index_2 : ndarray of int
        Rows of the atoms of side 1 and side 2; each pair once.
    water_residue_index : ndarray of int
        ``residue_index`` of the water.
    distance_water_1_a, distance_water_2_a : ndarray of float
        Distances to the water's oxygen in Å.
    """

    index_1: IndexArray
    index_2: IndexArray
    water_residue_index: IndexArray
    distance_water_1_a: FloatArray
    distance_water_2_a: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Legs:
    """Polar atoms of one side near waters, sorted by water."""

    atom: IndexArray
    water: IndexArray
    distance_a: FloatArray


def salt_bridges(
    side_1: PreparedSide,
    side_2: PreparedSide,
    *,
    criteria: SaltBridgeCriteria,
) -> AtomPairs:
    """
    Find opposite charges that are near each other.

    Parameters
    ----------
    side_1, side_2 : PreparedSide
        The partners.
    criteria : SaltBridgeCriteria
        What counts.

    Returns
    -------
    AtomPairs
        Pairs of a charged oxygen and a charged nitrogen.
    """
    found = []
    if criteria.distance_atoms_max_a is not None:
        pairs = _opposite_pairs(side_1, side_2, criteria.distance_atoms_max_a, criteria)
        found.append((pairs.index_1, pairs.index_2))
    if criteria.distance_centres_max_a is not None:
        found.append(_near_centres(side_1, side_2, criteria))
    index_1 = np.concatenate([np.zeros(0, dtype=np.int64), *(one for one, _ in found)])
    index_2 = np.concatenate([np.zeros(0, dtype=np.int64), *(two for _, two in found)])
    return AtomPairs(index_1=index_1, index_2=index_2)


#: Room in Å for the arms of two charged groups (Arg NE-centre 1.4 Å, carboxylate O 1.1 Å) when
#: atoms are sought whose group centres are near.
_GROUP_REACH_A = 3.0


def _opposite_pairs(
    side_1: PreparedSide,
    side_2: PreparedSide,
    cutoff_a: float,
    criteria: SaltBridgeCriteria,
) -> NeighbourPairs:
    positive_1, positive_2 = (
        side.chemistry.is_base
        | (side.chemistry.is_imidazole & criteria.histidine_is_charged)
        for side in (side_1, side_2)
    )
    acid_1, acid_2 = side_1.chemistry.is_acid, side_2.chemistry.is_acid
    pairs = pairs_of_rows(
        side_1.atoms,
        np.flatnonzero(positive_1 | acid_1),
        side_2.atoms,
        np.flatnonzero(positive_2 | acid_2),
        cutoff_a,
    )
    is_opposite = (positive_1[pairs.index_1] & acid_2[pairs.index_2]) | (
        acid_1[pairs.index_1] & positive_2[pairs.index_2]
    )
    return selected_pairs(pairs, is_opposite)


def _near_centres(
    side_1: PreparedSide, side_2: PreparedSide, criteria: SaltBridgeCriteria
) -> tuple[IndexArray, IndexArray]:
    """Nearest atom pair of each two groups whose centres are near."""
    longest = criteria.distance_centres_max_a or 0.0
    pairs = _opposite_pairs(side_1, side_2, longest + _GROUP_REACH_A, criteria)
    centre_1 = side_1.charge_centre[pairs.index_1]
    centre_2 = side_2.charge_centre[pairs.index_2]
    is_near = np.linalg.norm(centre_1 - centre_2, axis=1) <= longest
    pairs = selected_pairs(pairs, is_near)
    group_1, group_2 = (
        np.unique(centre[is_near], axis=0, return_inverse=True)[1].reshape(-1)
        for centre in (centre_1, centre_2)
    )
    kept = best_of_each_pair(group_1, group_2, pairs.distances_a)
    return pairs.index_1[kept], pairs.index_2[kept]


def disulfides(
    side_1: PreparedSide, side_2: PreparedSide, *, distance_max_a: float
) -> AtomPairs:
    """
    Find disulphide bonds between the sides.

    Parameters
    ----------
    side_1, side_2 : PreparedSide
        The partners.
    distance_max_a : float
        Longest S-S in Å.

    Returns
    -------
    AtomPairs
    """
    pairs = pairs_of_rows(
        side_1.atoms, side_1.sulfurs, side_2.atoms, side_2.sulfurs, distance_max_a
    )
    return AtomPairs(index_1=pairs.index_1, index_2=pairs.index_2)


def apolar_contacts(
    side_1: PreparedSide,
    side_2: PreparedSide,
    pairs: NeighbourPairs,
    *,
    distance_max_a: float,
) -> AtomPairs:
    """
    Find pairs of carbons that are bonded to nothing but carbon and hydrogen.

    Parameters
    ----------
    side_1, side_2 : PreparedSide
        The partners.
    pairs : NeighbourPairs
        Atom pairs at least up to the longest contact.
    distance_max_a : float
        Longest distance in Å.

    Returns
    -------
    AtomPairs
    """
    mask = pairs.distances_a <= distance_max_a
    mask &= side_1.chemistry.is_apolar[pairs.index_1]
    mask &= side_2.chemistry.is_apolar[pairs.index_2]
    return AtomPairs(index_1=pairs.index_1[mask], index_2=pairs.index_2[mask])


def water_bridges(
    side_1: PreparedSide,
    side_2: PreparedSide,
    waters: Atoms,
    *,
    criteria: WaterBridgeCriteria,
) -> WaterBridges:
    """
    Find polar atoms of both sides that touch the same water.

    Parameters
    ----------
    side_1, side_2 : PreparedSide
        The partners.
    waters : Atoms
        Waters where they stand, symmetry images included.
    criteria : WaterBridgeCriteria
        What counts.

    Returns
    -------
    WaterBridges
        Of several waters between two atoms, the one with the shortest way is kept.
    """
    oxygens = waters.select(waters.element == "O")
    legs_1 = _legs(side_1, oxygens, criteria)
    legs_2 = _legs(side_2, oxygens, criteria)
    # Every leg of side 1 is joined with all legs of side 2 to the same water.
    first = np.searchsorted(legs_2.water, legs_1.water, side="left")
    last = np.searchsorted(legs_2.water, legs_1.water, side="right")
    count = last - first
    one = np.repeat(np.arange(len(count)), count)
    two = np.arange(len(one)) - np.repeat(np.cumsum(count) - count - first, count)
    angle = angles_deg(
        side_1.atoms.coords[legs_1.atom[one]],
        oxygens.coords[legs_1.water[one]],
        side_2.atoms.coords[legs_2.atom[two]],
    )
    is_open = (angle >= criteria.angle_water_min_deg) & (
        angle <= criteria.angle_water_max_deg
    )
    one, two = one[is_open], two[is_open]
    way = legs_1.distance_a[one] + legs_2.distance_a[two]
    best = best_of_each_pair(legs_1.atom[one], legs_2.atom[two], way)
    one, two = one[best], two[best]
    return WaterBridges(
        index_1=legs_1.atom[one],
        index_2=legs_2.atom[two],
        water_residue_index=oxygens.residue_index[legs_1.water[one]],
        distance_water_1_a=legs_1.distance_a[one],
        distance_water_2_a=legs_2.distance_a[two],
    )


def _legs(side: PreparedSide, oxygens: Atoms, criteria: WaterBridgeCriteria) -> _Legs:
    site = side.site_of[0]
    is_polar = (site >= 0) & (side.atoms.element != "S")
    is_polar[is_polar] = (
        side.sites.is_donor[site[is_polar]] | side.sites.is_acceptor[site[is_polar]]
    )
    rows = np.flatnonzero(is_polar)
    pairs = neighbour_pairs(
        oxygens.coords, side.atoms.coords[rows], criteria.distance_max_a
    )
    atom = rows[pairs.index_2]
    before = side.sites.antecedents[site[atom]]
    angle = angles_deg(
        np.where((before >= 0)[..., None], side.atoms.coords[before], np.nan),
        side.atoms.coords[atom][:, None, :],
        oxygens.coords[pairs.index_1][:, None, :],
    )
    smallest = np.fmin.reduce(angle, axis=1)
    mask = pairs.distances_a >= criteria.distance_min_a
    mask &= ~(smallest < (criteria.angle_antecedent_min_deg or 0.0))
    return _Legs(
        atom=atom[mask], water=pairs.index_1[mask], distance_a=pairs.distances_a[mask]
    )
