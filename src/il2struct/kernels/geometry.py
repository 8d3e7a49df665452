"""
Distances, angles and rigid motions of points in space.

Points are rows of ``(n, 3)`` arrays in Å; where several arrays are asked for, a single
row goes with any number of rows. Rotations act as ``rotation @ point + translation``.
What is undefined (an angle at two coinciding points) is NaN.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from il2struct.arrays import FloatArray, checked_coordinates
from il2struct.errors import ParameterError


@dataclass(frozen=True, slots=True, kw_only=True)
class Superposition:
    """
    The rigid motion that lays one set of points best upon another: rotate, then shift.

    `rmsd_a` is the root mean square distance in Å that remains.
    """

    rotation: FloatArray
    translation: FloatArray
    rmsd_a: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RingPlane:
    """
    Centre (Å) and unit normal, shape=(..., 3), of one or many flat rings.

    The atoms run counter-clockwise when the normal points at the viewer.
    """

    centre: FloatArray
    normal: FloatArray


def distances(points_1: npt.ArrayLike, points_2: npt.ArrayLike) -> FloatArray:
    """
    Measure the distance between points, row by row.

    Examples
    --------
    >>> distances([[0, 0, 0], [1, 1, 1]], [[3, 4, 0], [1, 1, 1]]).tolist()
    [5.0, 0.0]
    """
    return _lengths(_points(points_1) - _points(points_2))


def unit_vectors(vectors: npt.ArrayLike) -> FloatArray:
    """
    Scale vectors to length one; NaN where a vector has no length.

    Examples
    --------
    >>> unit_vectors([[0, 3, 4], [0, 0, 0]]).tolist()
    [[0.0, 0.6, 0.8], [nan, nan, nan]]
    """
    values = _points(vectors)
    lengths = _lengths(values)[..., np.newaxis]
    units: FloatArray = values / np.where(lengths > 0.0, lengths, np.nan)
    return units


def angles_deg(a: npt.ArrayLike, b: npt.ArrayLike, c: npt.ArrayLike) -> FloatArray:
    """
    Measure the angle a-b-c, at b, in degrees; NaN where a or c lies on b.

    Examples
    --------
    >>> angles_deg([[1, 0, 0]], [[0, 0, 0]], [[0, 2, 0]]).tolist()
    [90.0]
    """
    # arctan2 keeps its precision near 0 and 180 degrees, where arccos loses half the digits.
    to_a = unit_vectors(_points(a) - _points(b))
    to_c = unit_vectors(_points(c) - _points(b))
    sine = _lengths(_cross(to_a, to_c))
    angles: FloatArray = np.degrees(np.arctan2(sine, _dots(to_a, to_c)))
    return angles


def rotation_matrix(axis: npt.ArrayLike, angle_deg: float) -> FloatArray:
    """
    Build the rotation about an axis through the origin, to be multiplied from the left.

    Counter-clockwise when the axis, whose length does not matter, points at the viewer.

    Examples
    --------
    >>> (rotation_matrix([0, 0, 2], 90.0) @ [1, 0, 0]).round(12).tolist()
    [0.0, 1.0, 0.0]
    """
    direction = unit_vectors(axis)
    if direction.shape != (3,) or not np.isfinite(direction).all():
        raise ParameterError(
            f"axis must be a vector of three numbers with a length, not {axis!r}."
        )
    angle_rad = np.radians(angle_deg)
    x, y, z = direction
    turn = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    rotation: FloatArray = (
        np.eye(3) + np.sin(angle_rad) * turn + (1.0 - np.cos(angle_rad)) * (turn @ turn)
    )
    return rotation


def superpose(moving: npt.ArrayLike, fixed: npt.ArrayLike) -> Superposition:
    """
    Find the rigid motion that lays one set of points best upon another, row by row.

    Kabsch (1976) Acta Cryst A32:922; Kabsch (1978) Acta Cryst A34:827.

    Examples
    --------
    >>> square = np.array([[0.0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]])
    >>> motion = superpose(square, square + [5, 0, 0])
    >>> motion.translation.round(9).tolist(), round(motion.rmsd_a, 9)
    ([5.0, 0.0, 0.0], 0.0)
    """
    mobile = checked_coordinates(moving, name="moving")
    target = checked_coordinates(fixed, name="fixed")
    if len(mobile) == 0 or len(mobile) != len(target):
        raise ParameterError(
            f"superpose needs two equally long sets of points, not {len(mobile)} and {len(target)}."
        )
    centre_mobile = mobile.mean(axis=0)
    centre_target = target.mean(axis=0)
    covariance = (mobile - centre_mobile).T @ (target - centre_target)
    left, _, right = np.linalg.svd(covariance)
    # Without this sign the best fit may be a mirror image.
    handedness = np.sign(np.linalg.det(left) * np.linalg.det(right))
    rotation: FloatArray = right.T @ np.diag([1.0, 1.0, handedness]) @ left.T
    translation: FloatArray = centre_target - rotation @ centre_mobile
    rest = apply_transform(mobile, rotation, translation) - target
    rmsd_a = float(np.sqrt(np.mean(_dots(rest, rest))))
    return Superposition(rotation=rotation, translation=translation, rmsd_a=rmsd_a)


def apply_transform(
    coords: npt.ArrayLike, rotation: FloatArray, translation: FloatArray
) -> FloatArray:
    """
    Rotate points about the origin, then shift them.

    Examples
    --------
    >>> apply_transform([[1, 0, 0]], np.eye(3), np.array([0, 0, 2])).tolist()
    [[1.0, 0.0, 2.0]]
    """
    moved: FloatArray = _points(coords) @ np.asarray(rotation).T + np.asarray(
        translation
    )
    return moved


def place_atom(
    a: npt.ArrayLike,
    b: npt.ArrayLike,
    c: npt.ArrayLike,
    *,
    length_a: npt.ArrayLike,
    angle_deg: npt.ArrayLike,
    dihedral_deg: npt.ArrayLike,
) -> FloatArray:
    """
    Place an atom d on c by the length c-d (Å), the angle b-c-d and the torsion a-b-c-d (degrees).

    Lengths and angles are single or one a row; NaN where a, b and c lie on a line. The natural
    extension reference frame of Parsons et al. (2005) J Comput Chem 26:1063.

    Examples
    --------
    >>> place_atom([1, 0, 0], [0, 0, 0], [0, 0, 1],
    ...            length_a=2.0, angle_deg=90.0, dihedral_deg=180.0).round(9).tolist()
    [-2.0, 0.0, 1.0]
    """
    start, middle, end = _points(a), _points(b), _points(c)
    along = unit_vectors(end - middle)
    normal = unit_vectors(_cross(middle - start, along))
    across = _cross(normal, along)
    length, angle_rad, dihedral_rad = (
        values[..., np.newaxis]
        for values in (
            np.asarray(length_a),
            np.radians(angle_deg),
            np.radians(dihedral_deg),
        )
    )
    radial = length * np.sin(angle_rad)
    placed: FloatArray = (
        end
        - length * np.cos(angle_rad) * along
        + radial * np.cos(dihedral_rad) * across
        + radial * np.sin(dihedral_rad) * normal
    )
    return placed


def ring_normal(coords: npt.ArrayLike) -> RingPlane:
    """
    Fit the plane of rings, shape=(..., k, 3), by their k >= 3 atoms in bonded order.

    Examples
    --------
    >>> plane = ring_normal([[1, 0, 5], [0, 1, 5], [-1, 0, 5], [0, -1, 5]])
    >>> plane.centre.tolist(), plane.normal.round(9).tolist()
    ([0.0, 0.0, 5.0], [0.0, 0.0, 1.0])
    """
    atoms = _points(coords)
    if atoms.ndim < 2 or atoms.shape[-2] < 3:
        raise ParameterError(
            f"a ring needs at least three atoms, not an array {atoms.shape}."
        )
    centre: FloatArray = atoms.mean(axis=-2)
    spokes = atoms - centre[..., np.newaxis, :]
    normal = np.linalg.svd(spokes)[2][..., 2, :]
    area = _cross(spokes, np.roll(spokes, -1, axis=-2)).sum(axis=-2)
    facing = np.where(_dots(normal, area) < 0.0, -1.0, 1.0)[..., np.newaxis]
    return RingPlane(centre=centre, normal=normal * facing)


def _points(values: npt.ArrayLike) -> FloatArray:
    points: FloatArray = np.asarray(values, dtype=np.float64)
    if points.ndim == 0 or points.shape[-1] != 3:
        raise ParameterError(
            f"points must have three components each, not a shape {points.shape}."
        )
    return points


def _dots(first: FloatArray, second: FloatArray) -> FloatArray:
    products: FloatArray = np.sum(first * second, axis=-1)
    return products


def _cross(first: FloatArray, second: FloatArray) -> FloatArray:
    # numpy's own takes longer to move axes than to multiply.
    product = np.empty(np.broadcast_shapes(first.shape, second.shape))
    for k in range(3):
        i, j = (k + 1) % 3, (k + 2) % 3
        product[..., k] = (
            first[..., i] * second[..., j] - first[..., j] * second[..., i]
        )
    return product


def _lengths(vectors: FloatArray) -> FloatArray:
    lengths: FloatArray = np.sqrt(_dots(vectors, vectors))
    return lengths
