"""Bonds of aromatic rings: a charge over a ring, a ring on a ring."""

from dataclasses import dataclass

import numpy as np

from il2struct.arrays import BoolArray, FloatArray, IndexArray
from il2struct.interface.bonds_pairs import best_of_each_pair
from il2struct.interface.bonds_side import PreparedSide
from il2struct.interface.criteria import PiCriteria, StackingCriteria
from il2struct.kernels.cells import neighbour_pairs


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RingBonds:
    """
    Bonds of rings, each named by the two atoms that are nearest.

    Attributes
    ----------
    index_1, index_2 : ndarray of int
        Rows of the atoms of side 1 and side 2.
    centroid_distance_a : ndarray of float
        Distance of the ring centres, or of the charge from the ring centre, in Å.
    ring_angle_deg : ndarray of float
        Angle between the ring planes, or between the ring's normal and the line from its centre
        to the charge; 0 to 90.
    """

    index_1: IndexArray
    index_2: IndexArray
    centroid_distance_a: FloatArray
    ring_angle_deg: FloatArray

    def swapped(self) -> "RingBonds":
        """Return the same bonds with the sides exchanged."""
        return RingBonds(
            index_1=self.index_2,
            index_2=self.index_1,
            centroid_distance_a=self.centroid_distance_a,
            ring_angle_deg=self.ring_angle_deg,
        )


def joined_ring_bonds(parts: list[RingBonds]) -> RingBonds:
    """
    Join ring bonds; of several for one atom pair the one with the nearest centres stays.

    Parameters
    ----------
    parts : list of RingBonds
        What to join.

    Returns
    -------
    RingBonds
        Sorted by index, each atom pair once.
    """
    index_1, index_2, distance, angle = (
        np.concatenate([getattr(part, name) for part in parts])
        for name in RingBonds.__slots__
    )
    kept = best_of_each_pair(index_1, index_2, distance)
    return RingBonds(
        index_1=index_1[kept],
        index_2=index_2[kept],
        centroid_distance_a=distance[kept],
        ring_angle_deg=angle[kept],
    )


def cation_pi(
    side_1: PreparedSide, side_2: PreparedSide, *, criteria: PiCriteria
) -> RingBonds:
    """
    Find positive charges of either side over rings of the other.

    Parameters
    ----------
    side_1, side_2 : PreparedSide
        The partners.
    criteria : PiCriteria
        What counts.

    Returns
    -------
    RingBonds
        The charge is named by Lys NZ or Arg CZ.
    """
    forward = _cations_over_rings(side_1, side_2, criteria)
    backward = _cations_over_rings(side_2, side_1, criteria)
    return joined_ring_bonds([forward, backward.swapped()])


def _cations_over_rings(
    side_1: PreparedSide, side_2: PreparedSide, criteria: PiCriteria
) -> RingBonds:
    rings, charges = side_2.rings, side_1.atoms.coords[side_1.cations]
    pairs = neighbour_pairs(charges, rings.centres, criteria.cation_centroid_max_a)
    ring = pairs.index_2
    line = charges[pairs.index_1] - rings.centres[ring]
    height = np.abs(np.sum(line * rings.normals[ring], axis=1))
    offset = np.sqrt(np.maximum(pairs.distances_a**2 - height**2, 0.0))
    angle = np.degrees(np.arctan2(offset, height))
    mask = np.ones(len(ring), dtype=bool)
    if criteria.cation_offset_max_a is not None:
        mask &= offset <= criteria.cation_offset_max_a
    if criteria.cation_angle_max_deg is not None:
        mask &= angle <= criteria.cation_angle_max_deg
    cation = side_1.cations[pairs.index_1[mask]]
    ring_rows = rings.rows[ring[mask]]
    _, nearest = _nearest_atoms(side_1, cation[:, None], side_2, ring_rows)
    return RingBonds(
        index_1=cation,
        index_2=nearest,
        centroid_distance_a=pairs.distances_a[mask],
        ring_angle_deg=angle[mask],
    )


def pi_stackings(
    side_1: PreparedSide, side_2: PreparedSide, *, criteria: PiCriteria
) -> RingBonds:
    """
    Find rings that stack, face to face or edge to face.

    Parameters
    ----------
    side_1, side_2 : PreparedSide
        The partners.
    criteria : PiCriteria
        What counts.

    Returns
    -------
    RingBonds
    """
    rings_1, rings_2 = side_1.rings, side_2.rings
    longest = max(stacking.centroid_max_a for stacking in criteria.stackings)
    pairs = neighbour_pairs(rings_1.centres, rings_2.centres, longest)
    one, two = pairs.index_1, pairs.index_2
    line = rings_2.centres[two] - rings_1.centres[one]
    cosine = np.abs(np.sum(rings_1.normals[one] * rings_2.normals[two], axis=1))
    plane_angle = np.degrees(np.arccos(np.minimum(cosine, 1.0)))
    height = np.maximum(
        np.abs(np.sum(line * rings_1.normals[one], axis=1)),
        np.abs(np.sum(line * rings_2.normals[two], axis=1)),
    )
    mask = np.zeros(len(one), dtype=bool)
    for stacking in criteria.stackings:
        mask |= _stacks(stacking, pairs.distances_a, plane_angle, height)
    index_1, index_2 = _nearest_atoms(
        side_1, rings_1.rows[one[mask]], side_2, rings_2.rows[two[mask]]
    )
    found = RingBonds(
        index_1=index_1,
        index_2=index_2,
        centroid_distance_a=pairs.distances_a[mask],
        ring_angle_deg=plane_angle[mask],
    )
    return joined_ring_bonds([found])


def _stacks(
    stacking: StackingCriteria,
    distance_a: FloatArray,
    plane_angle_deg: FloatArray,
    height_a: FloatArray,
) -> BoolArray:
    """Judge ring pairs; `height_a` is the larger height of one centre above the other's plane."""
    mask = distance_a <= stacking.centroid_max_a
    mask &= plane_angle_deg >= stacking.plane_angle_min_deg
    mask &= plane_angle_deg <= stacking.plane_angle_max_deg
    offset = np.sqrt(np.maximum(distance_a**2 - height_a**2, 0.0))
    if stacking.offset_max_a is not None:
        mask &= offset <= stacking.offset_max_a
    if stacking.normal_centroid_angle_max_deg is not None:
        angle = np.degrees(np.arctan2(offset, height_a))
        mask &= angle <= stacking.normal_centroid_angle_max_deg
    return mask


def _nearest_atoms(
    side_1: PreparedSide, rows_1: IndexArray, side_2: PreparedSide, rows_2: IndexArray
) -> tuple[IndexArray, IndexArray]:
    """For each pair of groups (rows, padded with -1) its two nearest atoms."""
    away = (
        side_1.atoms.coords[rows_1][:, :, None, :]
        - side_2.atoms.coords[rows_2][:, None]
    )
    distance = np.linalg.norm(away, axis=3)
    distance[(rows_1 < 0)[:, :, None] | (rows_2 < 0)[:, None, :]] = np.inf
    n_both = rows_1.shape[1] * rows_2.shape[1]
    nearest = np.argmin(distance.reshape(len(distance), n_both), axis=1)
    one, two = np.divmod(nearest, rows_2.shape[1])
    row = np.arange(len(nearest))
    return rows_1[row, one], rows_2[row, two]
