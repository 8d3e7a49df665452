"""Positions handed over by a reader: copied to where frames are worked on, and checked on the way."""

from typing import Any

import numpy as np
import numpy.typing as npt

from il2struct.arrays import FloatArray, IndexArray
from il2struct.kernels._numba import kernel, read_only

__all__ = ["copy_rows"]


def copy_rows(
    positions: FloatArray | npt.NDArray[np.float32],
    rows: IndexArray,
    target: FloatArray,
) -> bool:
    """
    Copy some positions and say whether they are all numbers.

    Parameters
    ----------
    positions : ndarray, shape=(m, 3)
        Of single or double precision.
    rows : ndarray, shape=(n,), dtype=int
        Which to copy.
    target : ndarray, shape=(n, 3), dtype=float
        Written to.

    Returns
    -------
    bool
        Whether every copied number is finite.

    Examples
    --------
    >>> target = np.zeros((1, 3))
    >>> copy_rows(np.array([[0.0, 0, 0], [1, 2, 3]]), np.array([1]), target)
    True
    >>> target.tolist()
    [[1.0, 2.0, 3.0]]
    """
    contiguous: npt.NDArray[Any] = np.ascontiguousarray(positions)
    n_bad = _copy_rows(read_only(contiguous), read_only(rows), target)
    return n_bad == 0


@kernel()
def _copy_rows(
    positions: FloatArray | npt.NDArray[np.float32],
    rows: IndexArray,
    target: FloatArray,
) -> int:
    n_bad = 0
    for place in range(len(rows)):
        for axis in range(3):
            value = positions[rows[place], axis]
            target[place, axis] = value
            # What is infinite or no number differs from zero when taken from itself.
            n_bad += value - value != 0.0
    return n_bad
