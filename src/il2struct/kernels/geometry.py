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

__all__ = [
    "RingPlane",
    "Superposition",
    "angles_deg",
    "apply_transform",
    "dihedrals_deg",
    "distances",
    "place_atom",
    "random_rotation",
    "ring_normal",
    "rotation_matrix",
    "superpose",
    "unit_vectors",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Superposition:
    """
    The rigid motion that lays one set of points best upon another.

    Parameters
    ----------
    rotation : ndarray, shape=(3, 3), dtype=float
        Proper rotation (determinant +1).
    translation : ndarray, shape=(3,), dtype=float
        Shift in Å, applied after the rotation.
    rmsd_a : float
        Root mean square distance in Å that remains.
    """

    rotation: FloatArray
    translation: FloatArray
    rmsd_a: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RingPlane:
    """
    Centre and normal of a flat ring, or of many rings of one size.

    Parameters
    ----------
    centre : ndarray, shape=(..., 3), dtype=float
        Mean position of the ring atoms in Å.
    normal : ndarray, shape=(..., 3), dtype=float
        Unit vector; the atoms run counter-clockwise when it points at the viewer.
    """

    centre: FloatArray
    normal: FloatArray


def distances(points_1: npt.ArrayLike, points_2: npt.ArrayLike) -> FloatArray:
    """
    Measure the distance between points, row by row.

    Parameters
    ----------
    points_1, points_2 : array_like, shape=(n, 3)
        Positions in Å.

    Returns
    -------
    ndarray, shape=(n,), dtype=float
        Distances in Å.

    Raises
    ------
    ParameterError
        If the last axis does not have three components.

    Examples
    --------
    >>> distances([[0, 0, 0], [1, 1, 1]], [[3, 4, 0], [1, 1, 1]]).tolist()
    [5.0, 0.0]
    """
    return _lengths(_points(points_1) - _points(points_2))


def unit_vectors(vectors: npt.ArrayLike) -> FloatArray:
    """
    Scale vectors to length one.

    Parameters
    ----------
    vectors : array_like, shape=(n, 3)
        Any vectors.

    Returns
    -------
    ndarray, shape=(n, 3), dtype=float
        NaN where a vector has no length.

    Raises
    ------
    ParameterError
        If the last axis does not have three components.

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
    Measure the angle a-b-c, at b.

    Parameters
    ----------
    a, b, c : array_like, shape=(n, 3)
        Positions in Å.

    Returns
    -------
    ndarray, shape=(n,), dtype=float
        Angles in degrees, 0 to 180; NaN where a or c lies on b.

    Raises
    ------
    ParameterError
        If the last axis does not have three components.

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


def dihedrals_deg(
    a: npt.ArrayLike, b: npt.ArrayLike, c: npt.ArrayLike, d: npt.ArrayLike
) -> FloatArray:
    """
    Measure the torsion a-b-c-d about the bond b-c.

    Parameters
    ----------
    a, b, c, d : array_like, shape=(n, 3)
        Positions in Å.

    Returns
    -------
    ndarray, shape=(n,), dtype=float
        Degrees in [-180, 180]: 0 is cis, and positive is clockwise looking from b to c (IUPAC).
        NaN where three successive points lie on a line.

    Raises
    ------
    ParameterError
        If the last axis does not have three components.

    Examples
    --------
    >>> dihedrals_deg([[1, 0, 0]], [[0, 0, 0]], [[0, 0, 1]], [[0, 1, 1]]).tolist()
    [90.0]
    """
    start, second, third, end = (_points(p) for p in (a, b, c, d))
    bond = unit_vectors(third - second)
    normal_1 = unit_vectors(_cross(second - start, bond))
    normal_2 = unit_vectors(_cross(bond, end - third))
    sine = _dots(_cross(normal_1, normal_2), bond)
    angles: FloatArray = np.degrees(np.arctan2(sine, _dots(normal_1, normal_2)))
    return angles


def rotation_matrix(axis: npt.ArrayLike, angle_deg: float) -> FloatArray:
    """
    Build the rotation about an axis through the origin.

    Parameters
    ----------
    axis : array_like, shape=(3,)
        Direction of the axis; its length does not matter.
    angle_deg : float
        Degrees, counter-clockwise when the axis points at the viewer.

    Returns
    -------
    ndarray, shape=(3, 3), dtype=float
        Rotation matrix, to be multiplied from the left.

    Raises
    ------
    ParameterError
        If the axis has no direction.

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


def random_rotation(rng: np.random.Generator) -> FloatArray:
    """
    Draw a rotation such that every orientation is equally likely.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of random numbers; the same state gives the same rotation.

    Returns
    -------
    ndarray, shape=(3, 3), dtype=float
        Rotation matrix, to be multiplied from the left.

    References
    ----------
    Shoemake, in: Graphics Gems III (1992), 124-132.

    Examples
    --------
    >>> rotation = random_rotation(np.random.default_rng(0))
    >>> bool(np.allclose(rotation @ rotation.T, np.eye(3)))
    True
    """
    quaternion = rng.standard_normal(4)
    w, x, y, z = quaternion / np.sqrt(quaternion @ quaternion)
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
            [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
            [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
        ]
    )


def superpose(moving: npt.ArrayLike, fixed: npt.ArrayLike) -> Superposition:
    """
    Find the rigid motion that lays one set of points best upon another.

    Parameters
    ----------
    moving : array_like, shape=(n, 3)
        Points to move, in Å.
    fixed : array_like, shape=(n, 3)
        Their partners, row by row, in Å.

    Returns
    -------
    Superposition
        Rotation, translation and what distance remains.

    Raises
    ------
    ParameterError
        If the sets are empty or differ in size.
    CoordinateError
        If a coordinate is not finite.

    References
    ----------
    Kabsch (1976) Acta Cryst A32:922; Kabsch (1978) Acta Cryst A34:827.

    Examples
    --------
    >>> square = np.array([[0.0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]])
    >>> found = superpose(square, square + [5, 0, 0])
    >>> found.translation.round(9).tolist(), round(found.rmsd_a, 9)
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

    Parameters
    ----------
    coords : array_like, shape=(n, 3)
        Positions in Å.
    rotation : ndarray, shape=(3, 3)
        Rotation matrix.
    translation : ndarray, shape=(3,)
        Shift in Å.

    Returns
    -------
    ndarray, shape=(n, 3), dtype=float
        New positions in Å.

    Raises
    ------
    ParameterError
        If the last axis does not have three components.

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
    Place an atom d on c from a bond length, an angle and a torsion (for hydrogens).

    Parameters
    ----------
    a, b, c : array_like, shape=(n, 3)
        Known positions in Å; d will be bonded to c.
    length_a : float or array_like, shape=(n,)
        Length of the bond c-d in Å.
    angle_deg : float or array_like, shape=(n,)
        Angle b-c-d in degrees.
    dihedral_deg : float or array_like, shape=(n,)
        Torsion a-b-c-d in degrees.

    Returns
    -------
    ndarray, shape=(n, 3), dtype=float
        Positions of d in Å; NaN where a, b and c lie on a line.

    Raises
    ------
    ParameterError
        If the last axis does not have three components.

    References
    ----------
    Parsons et al. (2005) J Comput Chem 26:1063 (natural extension reference frame).

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
    Fit the plane of a ring: its centre and the direction it faces.

    Parameters
    ----------
    coords : array_like, shape=(..., k, 3)
        Positions in Å of the k >= 3 ring atoms in bonded order; leading axes are many rings.

    Returns
    -------
    RingPlane
        Centre and normal.

    Raises
    ------
    ParameterError
        If there are fewer than three atoms in a ring.

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
