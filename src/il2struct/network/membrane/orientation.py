"""
A rigid body on a flat membrane: how high its anchors stand, and what stretching the linkers costs.

An orientation is the unit normal of the membrane, pointing away from the cell, in the frame of the
body. The plane lies where the lowest atom touches it or below; anchors hang on worm-like linkers.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.spatial import ConvexHull, QhullError
from scipy.special import erfcx

from il2struct.arrays import BoolArray, FloatArray, checked_coordinates
from il2struct.errors import ParameterError

#: An anchor that close to the plane, in Å, touches it: float rounding of coordinates of 10³ Å is
#: 10⁻¹³ Å, deposited coordinates have 10⁻³ Å.
TOUCHING_A: Final = 1e-6
#: Products of coordinates made at once: the table stays in the processor's cache, and the matrix
#: library does not start threads for it (OpenBLAS does from 2¹⁸ on), which costs more than it gains.
CHUNK_PRODUCTS: Final = 2**18
#: Below this sine of the angle two directions are parallel.
PARALLEL: Final = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RigidBody:
    """What the membrane sees of a complex, or of a chain of them."""

    # (v, 3) Corners of the convex hull of the atoms, in Å; only they can touch a plane first
    surface: FloatArray
    centre: FloatArray  # (3,) Mean position of the atoms
    anchors: FloatArray  # (k, 3) Where the linkers begin
    contour_a: FloatArray  # (k,) Length of each stretched linker
    # (k,) Mean square end-to-end distance of each free linker
    mean_square_a2: FloatArray
    clearance_a: float  # Distance that every atom keeps from the membrane plane

    @property
    def stiffness_per_a2(self) -> FloatArray:
        """Energy of each linker over its height squared, kT/Å²; 0 for a linker of no length."""
        rigid = self.mean_square_a2 <= 0.0
        stiffness: FloatArray = np.where(
            rigid, 0.0, 1.5 / np.where(rigid, 1.0, self.mean_square_a2)
        )
        return stiffness


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Orientation:
    """One way to stand on the membrane, and the motion that shows it."""

    # (3,) Membrane normal in the frame of the coordinates, pointing away from the cell
    normal: FloatArray
    plane_offset_a: float  # The membrane is the plane ``normal @ x == plane_offset_a``
    energy_kt: float  # Stretching energy of all linkers; infinite if one is too short
    heights_a: FloatArray  # (k,) Anchors above the membrane
    stretch_fraction: FloatArray  # (k,) Height over contour length of each linker
    # (3, 3) and (3,) ``rotation @ x + translation`` lays the membrane on the plane z = 0, with the
    # cell below
    rotation: FloatArray
    translation: FloatArray


def rigid_body(
    coords: FloatArray,
    anchors: FloatArray,
    *,
    contour_a: FloatArray,
    mean_square_a2: FloatArray,
    clearance_a: float = 0.0,
) -> RigidBody:
    """
    Take atoms and anchors as one rigid body.

    Shapes: ``coords`` (n, 3), ``anchors`` (k, 3), ``contour_a, mean_square_a2`` (k,).
    """
    atoms = checked_coordinates(coords)
    points = checked_coordinates(anchors, name="anchors")
    contour = _lengths(contour_a, len(points), "contour_a")
    mean_square = _lengths(mean_square_a2, len(points), "mean_square_a2")
    if not len(atoms) or not len(points) or not clearance_a >= 0.0:
        raise ParameterError(
            "A body on the membrane needs atoms, anchors and a clearance of 0 Å or more; it has "
            f"{len(atoms)} atoms, {len(points)} anchors and a clearance of {clearance_a} Å."
        )
    return RigidBody(
        surface=hull_corners(np.concatenate([atoms, points])),
        centre=atoms.mean(axis=0),
        anchors=points,
        contour_a=contour,
        mean_square_a2=mean_square,
        clearance_a=clearance_a,
    )


def _lengths(values: FloatArray, count: int, name: str) -> FloatArray:
    lengths: FloatArray = np.array(values, dtype=np.float64)
    if lengths.shape != (count,) or not bool(
        np.all(np.isfinite(lengths) & (lengths >= 0.0))
    ):
        raise ParameterError(
            f"{name} must hold one number of 0 or more for each of the {count} anchors."
        )
    return lengths


def hull_corners(coords: FloatArray) -> FloatArray:
    """
    Keep the points that can be the lowest in some direction.

    Corners of the convex hull; all points if they lie in one plane. Shapes: ``coords`` (n, 3);
    returned (v, 3).
    """
    try:
        hull = ConvexHull(coords)
    except (
        QhullError,
        ValueError,
    ):  # fewer than four points, or flat: all may be corners
        return coords
    corners: FloatArray = coords[np.sort(hull.vertices)]
    return corners


def anchor_heights(body: RigidBody, normals: FloatArray) -> FloatArray:
    """
    Return how high the anchors stand when the body touches the membrane.

    Heights in Å. Shapes: ``normals`` (m, 3); returned (m, k).

    Examples
    --------
    A rod that stands on its anchor, lies, and stands on its head:

    >>> rod = rigid_body(
    ...     np.array([[0.0, 0.0, 0.0], [0.0, 0.0, 10.0]]),
    ...     np.zeros((1, 3)),
    ...     contour_a=np.array([20.0]),
    ...     mean_square_a2=np.array([100.0]),
    ... )
    >>> up, side = np.array([0.0, 0.0, 1.0]), np.array([1.0, 0.0, 0.0])
    >>> anchor_heights(rod, np.array([up, side, -up])).ravel().tolist()
    [0.0, 0.0, 10.0]
    """
    n_points = len(body.surface) + len(body.anchors)
    chunk = max(1, CHUNK_PRODUCTS // (3 * n_points))
    heights = np.empty((len(normals), len(body.anchors)))
    for start in range(0, len(normals), chunk):
        part = normals[start : start + chunk].T
        lowest = (body.surface @ part).min(axis=0) - body.clearance_a
        heights[start : start + chunk] = (body.anchors @ part - lowest).T
    return heights


def within_reach(body: RigidBody, heights_a: FloatArray) -> BoolArray:
    """
    Say for each orientation whether every linker reaches the membrane.

    Shapes: ``heights_a`` (m, k).
    """
    mask: BoolArray = np.all(heights_a <= body.contour_a + TOUCHING_A, axis=1)
    return mask


def tether_energy(body: RigidBody, heights_a: FloatArray) -> FloatArray:
    r"""
    Return the free energy of the stretched linkers in kT.

    :math:`F = \sum_k 3 h_k^2 / (2 \langle R_k^2\rangle)`, infinite where a linker is too short.

    Shapes: ``heights_a`` (m, k); returned (m,).

    Notes
    -----
    The end in the membrane moves freely sideways, so only the height costs: the end-to-end
    vector of a Gaussian chain has the variance :math:`\langle R^2\rangle/3` along each axis. A
    linker of no length costs nothing where its anchor touches and forbids everything else.
    """
    return np.where(
        within_reach(body, heights_a), _weighted(body, heights_a**2), np.inf
    )


def _weighted(body: RigidBody, values: FloatArray) -> FloatArray:
    """Sum over the linkers of each row, weighted by their stiffness; without the matrix library."""
    sums: FloatArray = np.einsum("mk,k->m", values, body.stiffness_per_a2)
    return sums


def floating_weight(body: RigidBody, heights_a: FloatArray) -> FloatArray:
    r"""
    Sum the Boltzmann factor over all heights at which a body may float above the membrane.

    :math:`\int_0^{g_{max}} \exp[-F(h + g)]\,dg` with :math:`g_{max} = \min_k (L_k - h_k)`.

    In Å: the thickness of an evenly filled layer with the same weight. 0 where a linker is too
    short. Shapes: ``heights_a`` (m, k); returned (m,).
    """
    room = np.min(body.contour_a - heights_a, axis=1, initial=np.inf)
    total = float(body.stiffness_per_a2.sum())
    reached = within_reach(body, heights_a)
    room = np.where(reached, np.maximum(room, 0.0), 0.0)
    if total == 0.0:
        return room
    # F(g) = total g² + 2 pull g + F(0); the scaled complement of the error function keeps the
    # digits where exp(-F(0)) and the integral alone would underflow.
    pull = _weighted(body, heights_a)
    start = pull / math.sqrt(total)
    end = start + math.sqrt(total) * room
    at_contact = np.exp(-tether_energy(body, heights_a))
    loss = np.exp(start**2 - end**2)
    weight: FloatArray = (
        at_contact
        * math.sqrt(math.pi / total)
        / 2.0
        * (erfcx(start) - loss * erfcx(end))
    )
    return weight


def orientation_at(
    body: RigidBody, normal: FloatArray, *, along: FloatArray | None = None
) -> Orientation:
    """
    Describe how a body stands on the membrane with a given normal, at contact.

    Shapes: ``normal`` (3,), ``along`` (3,).
    """
    length = float(np.linalg.norm(normal))
    if not (math.isfinite(length) and length > 0.0):
        raise ParameterError(
            "A membrane normal must be a finite vector other than zero."
        )
    unit = np.asarray(normal, dtype=np.float64) / length
    heights = anchor_heights(body, unit[np.newaxis])
    offset = float((body.surface @ unit).min()) - body.clearance_a
    rotation = perpendicular_axes(unit, prefer=along)
    positive = body.contour_a > 0.0
    stretch = np.where(
        positive, heights[0] / np.where(positive, body.contour_a, 1.0), 0.0
    )
    return Orientation(
        normal=unit,
        plane_offset_a=offset,
        energy_kt=float(tether_energy(body, heights)[0]),
        heights_a=heights[0],
        stretch_fraction=stretch,
        rotation=rotation,
        translation=np.array([0.0, 0.0, -offset]),
    )


def perpendicular_axes(
    axis: FloatArray, *, prefer: FloatArray | None = None
) -> FloatArray:
    """
    Return a right-handed frame whose third row is an axis.

    A rotation matrix that turns the axis to z. Shapes: ``axis`` (3,), ``prefer`` (3,); returned (3,
    3).
    """
    candidates = [] if prefer is None else [prefer]
    first = first_across(axis, [*candidates, *np.eye(3)[np.argsort(np.abs(axis))]])
    return np.array([first, np.cross(axis, first), axis])


def first_across(axis: FloatArray, candidates: list[FloatArray]) -> FloatArray:
    """
    Return the part of the first usable vector that is perpendicular to an axis, as a unit vector.

    Shapes: ``axis`` (3,).
    """
    for vector in candidates:
        across = vector - (vector @ axis) * axis
        size = float(np.linalg.norm(across))
        if size > PARALLEL * max(float(np.linalg.norm(vector)), TOUCHING_A):
            # A second pass removes what rounding left of the axis.
            across = across / size
            across = across - (across @ axis) * axis
            unit: FloatArray = across / np.linalg.norm(across)
            return unit
    raise ParameterError("No direction is left that is perpendicular to the axis.")
