"""Which hydrogens point at which atoms, over many frames: a first look, before bonds are judged."""

import math

import numpy as np

from il2struct.arrays import BoolArray, FloatArray, IndexArray
from il2struct.kernels._numba import kernel, read_only

__all__ = ["may_point"]


def may_point(
    coords: FloatArray,
    frame: IndexArray,
    donor: IndexArray,
    acceptor: IndexArray,
    hydrogens: IndexArray,
    *,
    angle_min_deg: float,
    distance_max_a: float,
) -> BoolArray:
    """
    Tell which donors have a hydrogen that points at the acceptor at least so well.

    Parameters
    ----------
    coords : ndarray, shape=(f, n, 3)
        Positions in Å.
    frame, donor, acceptor : ndarray of int, shape=(k,)
        What to look at: frames and columns of `coords`.
    hydrogens : ndarray, shape=(n, h), dtype=int
        Columns of the hydrogens of each column, -1 where there are no more.
    angle_min_deg : float
        Smallest angle donor-hydrogen-acceptor; 0 for any.
    distance_max_a : float
        Longest distance hydrogen-acceptor in Å; infinite for any.

    Returns
    -------
    ndarray of bool, shape=(k,)
        False only for donors of whose hydrogens none does. A donor without hydrogens may point
        anywhere.

    Examples
    --------
    >>> coords = np.array([[[0.0, 0, 0], [1, 0, 0], [3, 0, 0], [0, 3, 0]]])
    >>> hydrogens = np.array([[1], [-1], [-1], [-1]])
    >>> may_point(coords, np.array([0, 0]), np.array([0, 0]), np.array([2, 3]), hydrogens,
    ...           angle_min_deg=120.0, distance_max_a=np.inf).tolist()
    [True, False]
    """
    # No cosine exceeds 1, however it is rounded.
    cosine_max = math.cos(math.radians(angle_min_deg)) if angle_min_deg > 0.0 else 2.0
    mask: BoolArray = _may_point(
        read_only(coords),
        read_only(frame),
        read_only(donor),
        read_only(acceptor),
        read_only(hydrogens),
        cosine_max,
        float(distance_max_a),
    )
    return mask


@kernel()
def _may_point(
    coords: FloatArray,
    frame: IndexArray,
    donor: IndexArray,
    acceptor: IndexArray,
    hydrogens: IndexArray,
    cosine_max: float,
    distance_max: float,
) -> BoolArray:
    mask = np.zeros(len(donor), np.bool_)
    for pair in range(len(donor)):
        positions = coords[frame[pair]]
        d, a = donor[pair], acceptor[pair]
        mask[pair] = hydrogens[d, 0] < 0
        for h in hydrogens[d]:
            if h < 0 or mask[pair]:
                break
            dot, to_d, to_a = 0.0, 0.0, 0.0
            for axis in range(3):
                one = positions[d, axis] - positions[h, axis]
                two = positions[a, axis] - positions[h, axis]
                dot += one * two
                to_d += one * one
                to_a += two * two
            # Written so that atoms upon each other, which have no angle, pass.
            is_straight = dot <= cosine_max * math.sqrt(to_d * to_a)
            mask[pair] = is_straight and to_a <= distance_max * distance_max
    return mask
