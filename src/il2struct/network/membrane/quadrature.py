"""
Integrals over all orientations of a body on the membrane, with their errors, and how it leans.

The sphere of normals is cut into the six faces of a cube and these into ever smaller squares where
the integrands need it: a long chain is at home only in a band of normals a degree wide. A bound on
how fast anchors can sink or rise says which squares cannot hold a feasible orientation and which
must be cut although their nodes see nothing.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from il2struct.arrays import BoolArray, FloatArray, IndexArray
from il2struct.errors import ParameterError
from il2struct.network.membrane.body import (
    TOUCHING_A,
    RigidBody,
    anchor_heights,
    first_across,
    floating_weight,
    perpendicular_axes,
    tether_energy,
    within_reach,
)

#: Gauss-Legendre nodes along each side of a square.
NODES_PER_SIDE: Final = 3
#: Squares along each edge of the cube to begin with (22.5° wide).
FIRST_CUT: Final = 4
#: No square is cut finer than this many times: the narrowest is 22.5° / 2¹⁶, an arc second.
DEEPEST_CUT: Final = 16
#: Nodes may miss a maximum of the Boltzmann factor only if it is no more than e² above them …
UNSEEN_KT: Final = 2.0
#: … or if heights change by less than this over the square: no linker is resolved finer (Å).
FINEST_HEIGHT_A: Final = 0.1
#: Squares that cannot hold more than this fraction of the tolerated error are left alone.
NEGLIGIBLE: Final = 1e-3


@dataclass(frozen=True, slots=True, kw_only=True)
class QuadratureParameters:
    """How well the integrals over all orientations shall be known."""

    relative_error: float = 1e-4  # Of both partition functions
    # Of the feasible fraction, relative to it: its edge is a jump, which costs more nodes
    feasible_error: float = 2e-2
    # Stop there with what there is; the errors reported then exceed those asked for
    max_nodes: int = 1_000_000

    def __post_init__(self) -> None:
        """Refuse what cannot be reached."""
        if not (0.0 < self.relative_error < 1.0 and 0.0 < self.feasible_error < 1.0):
            raise ParameterError(
                "The errors of the quadrature must lie between 0 and 1, not "
                f"{self.relative_error} and {self.feasible_error}."
            )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OrientationEnsemble:
    r"""All orientations of a body on the membrane, each with its weight."""

    normals: FloatArray  # (m, 3) Nodes of the quadrature; only those in reach are kept
    measure: FloatArray  # (m,) Share of the sphere of each node, :math:`dn/4\pi`
    energy_kt: FloatArray  # (m,) Of the linkers when the body touches
    # (m,) Boltzmann factor summed over all heights of the body, in Å
    floating_a: FloatArray
    z_contact: float  # :math:`\int \exp(-F)\,dn/4\pi`, the body touching the membrane
    # :math:`\int\int \exp(-F)\,dz\,dn/4\pi` in Å, the body free to float
    z_floating_a: float
    # Share of the orientations in which every linker reaches the membrane
    feasible_fraction: float
    z_contact_error: float  # Estimated absolute errors
    z_floating_error_a: float
    feasible_error: float
    n_nodes: int  # Orientations that were evaluated


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Squares:
    """Squares on the faces of the cube, with the integrals over each: columns of equal length."""

    face: IndexArray
    corner_rad: FloatArray  # (c, 2)
    side_rad: FloatArray
    normals: FloatArray  # (c, nodes, 3)
    measure: FloatArray  # (c, nodes)
    values: FloatArray  # (c, nodes, 3): contact, floating, feasible
    energy_kt: FloatArray  # (c, nodes)
    error: FloatArray  # (c, 3)
    is_blind: BoolArray  # (c, 3)

    @property
    def integrals(self) -> FloatArray:
        sums: FloatArray = np.einsum("cn,cnf->cf", self.measure, self.values)
        return sums


def orientation_ensemble(
    body: RigidBody,
    *,
    axis: FloatArray | None = None,
    parameters: QuadratureParameters | None = None,
) -> OrientationEnsemble:
    """
    Integrate over all orientations of a body on the membrane.

    Both partition functions are 0 if there is no feasible orientation. Shapes: ``axis`` (3,).

    Notes
    -----
    Gauss-Legendre rules on an adaptive quadtree of the equiangular cubed sphere. The error of a
    square is what cutting its parent changed, shared among the four: an estimate from above.
    """
    parameters = QuadratureParameters() if parameters is None else parameters
    frame = body_frame(body, axis)
    first = _first_squares(body, frame)
    squares = _cut(body, frame, first)
    n_nodes = first.measure.size + squares.measure.size
    tolerance = np.array([parameters.relative_error] * 2 + [parameters.feasible_error])
    while n_nodes < parameters.max_nodes:
        chosen = _to_cut(squares, tolerance)
        if not chosen.any():
            break
        children = _cut(body, frame, _rows(squares, chosen))
        n_nodes += children.measure.size
        squares = _joined(_rows(squares, ~chosen), children)
    return _ensemble(squares, n_nodes)


def body_frame(body: RigidBody, axis: FloatArray | None) -> FloatArray:
    """
    Return axes that turn with a body, as rows.

    Shapes: ``axis`` (3,).
    """
    marks = [*(body.anchors - body.centre), *(body.surface - body.centre)]
    for vector in marks if axis is None else [axis]:
        length = float(np.linalg.norm(vector))
        if length > TOUCHING_A:
            return _frame_around(vector / length, marks)
    return np.eye(3)  # a single point: no direction is better than another


def _frame_around(axis: FloatArray, marks: list[FloatArray]) -> FloatArray:
    try:
        first = first_across(axis, marks)
    except ParameterError:  # all marks on the axis: any frame around it is as good
        return perpendicular_axes(axis)
    return perpendicular_axes(axis, prefer=first)


def _first_squares(body: RigidBody, frame: FloatArray) -> _Squares:
    side = np.pi / 2.0 / FIRST_CUT
    start = -np.pi / 4.0 + side * np.arange(FIRST_CUT)
    face, alpha, beta = (
        grid.ravel() for grid in np.meshgrid(np.arange(6), start, start, indexing="ij")
    )
    return _evaluated(
        body, frame, face, np.column_stack([alpha, beta]), np.full(len(face), side)
    )


def _evaluated(
    body: RigidBody,
    frame: FloatArray,
    face: IndexArray,
    corner_rad: FloatArray,
    side_rad: FloatArray,
) -> _Squares:
    """Evaluate the integrands in new squares; their errors are known only where nodes are blind."""
    places, shares = np.polynomial.legendre.leggauss(NODES_PER_SIDE)
    grid = np.array([(x, y) for x in places for y in places]) / 2.0 + 0.5
    share = np.array([u * v for u in shares for v in shares]) / 4.0
    angles = corner_rad[:, np.newaxis] + side_rad[:, np.newaxis, np.newaxis] * grid
    local, density = _on_sphere(face[:, np.newaxis], angles)
    normals = local @ frame
    measure = density * share * side_rad[:, np.newaxis] ** 2
    bound, is_coarse = _bounds(body, frame, face, corner_rad, side_rad)
    values = np.zeros((*normals.shape[:2], 3))
    energy = np.full(normals.shape[:2], np.inf)
    alive = bound[:, 1] > 0.0
    values[alive], energy[alive] = _integrands(body, normals[alive])
    seen = values.max(axis=1)[:, [0, 2]]
    missed = (bound > seen * np.exp(UNSEEN_KT)) & is_coarse
    most = np.where(missed, bound * measure.sum(axis=1)[:, np.newaxis], 0.0)[
        :, [0, 0, 1]
    ]
    most = most * np.array([1.0, _thickest_layer(body), 1.0])
    return _Squares(
        face=face,
        corner_rad=corner_rad,
        side_rad=side_rad,
        normals=normals,
        measure=measure,
        values=values,
        energy_kt=energy,
        error=most,
        is_blind=missed[:, [0, 0, 1]],
    )


def _integrands(body: RigidBody, normals: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Boltzmann factor at contact, its integral over the height, feasibility; and the energy."""
    heights = anchor_heights(body, normals.reshape(-1, 3))
    energy = tether_energy(body, heights)
    values = np.column_stack(
        [np.exp(-energy), floating_weight(body, heights), np.isfinite(energy)]
    )
    return values.reshape(*normals.shape[:2], 3), energy.reshape(normals.shape[:2])


def _on_sphere(face: IndexArray, angles: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return unit vectors of the equiangular cubed sphere, and share of the sphere per rad²."""
    tangent = np.tan(angles)
    square = 1.0 + (tangent**2).sum(axis=-1)
    density = np.prod(1.0 + tangent**2, axis=-1) / square**1.5 / (4.0 * np.pi)
    third, sign = face % 3, np.where(face < 3, 1.0, -1.0)
    flat = np.stack(
        [tangent[..., 0], tangent[..., 1], np.broadcast_to(sign, square.shape)], axis=-1
    )
    # Face f looks along axis f % 3; the other two follow in cyclic order.
    order = (np.arange(3) - third[..., np.newaxis] - 1) % 3
    vectors = (
        np.take_along_axis(flat, np.broadcast_to(order, flat.shape), axis=-1)
        / np.sqrt(square)[..., np.newaxis]
    )
    return vectors, density


def _bounds(
    body: RigidBody,
    frame: FloatArray,
    face: IndexArray,
    corner_rad: FloatArray,
    side_rad: FloatArray,
) -> tuple[FloatArray, BoolArray]:
    """Most that Boltzmann factor and feasibility can be in a square; whether heights vary much in it."""
    offsets = np.array([(0.5, 0.5), (0, 0), (0, 1), (1, 0), (1, 1)])
    angles = corner_rad[:, np.newaxis] + side_rad[:, np.newaxis, np.newaxis] * offsets
    points, _ = _on_sphere(face[:, np.newaxis], angles)
    points = points @ frame
    # The edges are great circles, so the corners are the farthest points from the middle.
    radius = np.linalg.norm(points[:, 1:] - points[:, :1], axis=2).max(axis=1)
    # A height is the largest of normal @ (anchor - atom): it changes no faster than the normal
    # times the distance to the farthest atom.
    arm = np.array(
        [np.linalg.norm(body.surface - each, axis=1).max() for each in body.anchors]
    )
    sway = radius[:, np.newaxis] * arm
    heights = anchor_heights(body, points[:, 0])
    lowest = np.maximum(heights - sway, 0.0)
    bound = np.column_stack(
        [np.exp(-tether_energy(body, lowest)), within_reach(body, lowest)]
    )
    # The Boltzmann factor changes over the spread of a linker, feasibility over its length.
    spread = np.maximum(np.sqrt(body.mean_square_a2 / 3.0), FINEST_HEIGHT_A)
    length = np.maximum(body.contour_a, FINEST_HEIGHT_A)
    is_coarse: BoolArray = np.column_stack(
        [np.any(sway > scale, axis=1) for scale in (spread, length)]
    )
    return bound, is_coarse


def _thickest_layer(body: RigidBody) -> float:
    """Most that floating can multiply a Boltzmann factor by, in Å."""
    total = float(body.stiffness_per_a2.sum())
    shortest = float(body.contour_a.min())
    return min(shortest, 0.5 * np.sqrt(np.pi / total)) if total > 0.0 else shortest


def _to_cut(squares: _Squares, tolerance: FloatArray) -> BoolArray:
    """Squares to cut next: the blind ones that matter, and those with more than their share of error."""
    allowed = tolerance * squares.integrals.sum(axis=0)
    deep = squares.side_rad <= np.pi / 2.0 / FIRST_CUT / 2**DEEPEST_CUT * 1.5
    blind = squares.is_blind & (squares.error > NEGLIGIBLE * allowed)
    error = np.where(squares.is_blind, 0.0, squares.error)
    too_large = error.sum(axis=0) > allowed
    heavy = (error > allowed / len(error)) & too_large
    chosen: BoolArray = np.any(blind | heavy, axis=1) & ~deep
    return chosen


def _cut(body: RigidBody, frame: FloatArray, parents: _Squares) -> _Squares:
    """Cut squares into four and take as error of each a quarter of what this changes."""
    steps = np.array([(0.0, 0.0), (0.0, 0.5), (0.5, 0.0), (0.5, 0.5)])
    corners = (
        parents.corner_rad[:, np.newaxis] + steps * parents.side_rad[:, None, None]
    )
    children = _evaluated(
        body,
        frame,
        np.repeat(parents.face, 4),
        corners.reshape(-1, 2),
        np.repeat(parents.side_rad / 2.0, 4),
    )
    after = children.integrals.reshape(-1, 4, 3).sum(axis=1)
    change = np.repeat(np.abs(after - parents.integrals) / 4.0, 4, axis=0)
    error = np.where(children.is_blind, children.error, change)
    return _with_error(children, error)


def _columns(squares: _Squares) -> dict[str, np.ndarray]:
    return {name: getattr(squares, name) for name in _Squares.__slots__}


def _rows(squares: _Squares, mask: BoolArray) -> _Squares:
    return _Squares(
        **{name: column[mask] for name, column in _columns(squares).items()}
    )


def _joined(first: _Squares, second: _Squares) -> _Squares:
    others = _columns(second)
    return _Squares(
        **{
            name: np.concatenate([column, others[name]])
            for name, column in _columns(first).items()
        }
    )


def _with_error(squares: _Squares, error: FloatArray) -> _Squares:
    return _Squares(**{**_columns(squares), "error": error})


def _ensemble(squares: _Squares, n_nodes: int) -> OrientationEnsemble:
    totals = squares.integrals.sum(axis=0)
    errors = squares.error.sum(axis=0)
    _, floating, feasible = np.moveaxis(squares.values, 2, 0)
    kept = feasible > 0.0
    return OrientationEnsemble(
        normals=squares.normals[kept],
        measure=squares.measure[kept],
        energy_kt=squares.energy_kt[kept],
        floating_a=floating[kept],
        z_contact=float(totals[0]),
        z_floating_a=float(totals[1]),
        feasible_fraction=float(totals[2]),
        z_contact_error=float(errors[0]),
        z_floating_error_a=float(errors[1]),
        feasible_error=float(errors[2]),
        n_nodes=n_nodes,
    )


#: Edges of the histogram of tilts, in degrees.
TILT_EDGES_DEG: Final = tuple(float(edge) for edge in range(-90, 91, 5))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TiltDistribution:
    """How an axis of the body leans out of the membrane plane."""

    # (b + 1,) Edges of the histogram; 0° is flat, +90° along the normal away from the cell
    edges_deg: FloatArray
    # (b,) Boltzmann probability of each bin; sums to 1
    probability_fraction: FloatArray
    # (b,) The same for a body without membrane or tethers
    isotropic_fraction: FloatArray
    mean_deg: float  # Moments of the tilt
    sd_deg: float
    mean_absolute_deg: float


def tilt_deg(normals: FloatArray, axis: FloatArray) -> FloatArray:
    """
    Return how far an axis points out of the membrane plane, in degrees.

    0 in the plane, 90 along the normal, -90 against it. Shapes: ``normals`` (..., 3), ``axis``
    (3,); returned (...,).

    Examples
    --------
    >>> tilt_deg(np.array([[0.0, 0.0, 1.0]]), np.array([0.0, 0.6, 0.8])).round(1).tolist()
    [53.1]
    """
    tilt: FloatArray = np.degrees(
        np.arcsin(np.clip(np.einsum("...j,j->...", normals, axis), -1.0, 1.0))
    )
    return tilt


def tilt_distribution(
    ensemble: OrientationEnsemble,
    axis: FloatArray,
    *,
    edges_deg: Sequence[float] = TILT_EDGES_DEG,
) -> TiltDistribution:
    """
    Return how an axis of the body leans out of the membrane plane, as a Boltzmann distribution.

    Shapes: ``axis`` (3,).
    """
    edges = np.asarray(edges_deg, dtype=np.float64)
    if ensemble.z_floating_a <= 0.0 or not bool(np.all(np.diff(edges) > 0.0)):
        raise ParameterError(
            "A distribution of tilts needs feasible orientations and rising edges in degrees."
        )
    weights = ensemble.measure * ensemble.floating_a
    weights = weights / weights.sum()
    tilts = tilt_deg(ensemble.normals, axis)
    mean = float(np.sum(weights * tilts))
    below = _fraction_below(tilts, ensemble.measure, weights, edges)
    return TiltDistribution(
        edges_deg=edges,
        probability_fraction=np.diff(below),
        isotropic_fraction=np.diff(np.sin(np.radians(edges))) / 2.0,
        mean_deg=mean,
        sd_deg=math.sqrt(float(np.sum(weights * (tilts - mean) ** 2))),
        mean_absolute_deg=float(np.sum(weights * np.abs(tilts))),
    )


def _fraction_below(
    tilts_deg: FloatArray,
    measure: FloatArray,
    weights: FloatArray,
    edges_deg: FloatArray,
) -> FloatArray:
    """Return the probability of a tilt below each edge, each node spread over its patch of sphere."""
    half_deg = np.degrees(np.sqrt(4.0 * np.pi * measure)) / 2.0
    low, high = (
        np.sin(np.radians(np.clip(tilts_deg + shift, -90.0, 90.0)))
        for shift in (-half_deg, half_deg)
    )
    span = np.maximum(high - low, np.finfo(np.float64).tiny)
    return np.array(
        [
            np.sum(weights * np.clip((sine - low) / span, 0.0, 1.0))
            for sine in np.sin(np.radians(edges_deg))
        ]
    )
