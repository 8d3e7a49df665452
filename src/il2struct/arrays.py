"""Array types used throughout, and the checks at the door of the kernels."""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from il2struct.errors import CoordinateError, ParameterError

FloatArray: TypeAlias = npt.NDArray[np.float64]
IndexArray: TypeAlias = npt.NDArray[np.int64]
BoolArray: TypeAlias = npt.NDArray[np.bool_]
StrArray: TypeAlias = npt.NDArray[np.str_]


def checked_coordinates(coords: npt.ArrayLike, *, name: str = "coords") -> FloatArray:
    """
    Return coordinates in Å, shape (n, 3), as a contiguous float array.

    ParameterError, which calls the array by its name, if it has another shape; CoordinateError if a
    value is NaN or infinite.
    """
    array: FloatArray = np.ascontiguousarray(coords, dtype=np.float64)
    if array.ndim != 2 or array.shape[1] != 3:
        raise ParameterError(f"{name} must have the shape (n, 3), not {array.shape}.")
    if not np.isfinite(array).all():
        bad = np.flatnonzero(~np.isfinite(array).all(axis=1))
        raise CoordinateError(
            f"{name} holds {len(bad)} positions that are not finite, the first at index {bad[0]}."
        )
    return array


def checked_radii(
    radii: npt.ArrayLike, n_atoms: int, *, name: str = "radii"
) -> FloatArray:
    """
    Return radii in Å, shape (n_atoms,), as a contiguous float array.

    ParameterError, which calls the array by its name, if the length is wrong or a radius is missing
    (NaN), zero or negative.
    """
    array: FloatArray = np.ascontiguousarray(radii, dtype=np.float64)
    if array.shape != (n_atoms,):
        raise ParameterError(
            f"{name} must have the shape ({n_atoms},), not {array.shape}."
        )
    bad = np.flatnonzero(~(np.isfinite(array) & (array > 0.0)))
    if len(bad):
        raise ParameterError(
            f"{name} must be positive numbers in Å; index {bad[0]} holds {array[bad[0]]}."
        )
    return array
