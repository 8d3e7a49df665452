"""
Integrals over all orientations of a body on the membrane, with their errors, and how it leans.

The sphere of normals is cut into the six faces of a cube and these into ever smaller squares where
the integrands need it: a long chain is at home only in a band of normals a degree wide. A bound on
how fast anchors can sink or rise says which squares cannot hold a feasible orientation and which
must be cut although their nodes see nothing.
"""

import math
from collections.abc import Sequence
from dataclasses import Field, dataclass, fields, replace
from typing import Any, ClassVar, Final, Self

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
#: Stands for the nodes of a square in which no linker can reach.
NO_NODES: Final = -1
#: Edges of the histogram of tilts, in degrees.
TILT_EDGES_DEG: Final = tuple(float(edge) for edge in range(-90, 91, 5))


@dataclass(frozen=True, slots=True, kw_only=True)
class QuadratureParameters:
    """How well the integrals over all orientations shall be known."""

    relative_error: float = 1e-4  # of both partition functions
    # Of the feasible fraction, relative to it: its edge is a jump, which costs more nodes.
    feasible_error: float = 2e-2
    # Stop there with what there is; the errors reported then exceed those asked for.
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
    r"""
    All orientations of a body on the membrane, each with its weight; absolute errors beside sums.

    :math:`Z = \int \exp(-F)\,dn/4\pi` with the body touching the membrane, and
    :math:`\int\int \exp(-F)\,dz\,dn/4\pi` in Å with the body free to float; both are 0 if there is
    no feasible orientation.
    """

    normals: FloatArray  # (m, 3) nodes of the quadrature; only those in reach are kept
    measure: FloatArray  # (m,) share of the sphere of each node
    energy_kt: FloatArray  # (m,) of the linkers when the body touches
    floating_a: FloatArray  # (m,) boltzmann factor summed over all heights of the body
    z_contact: float
    z_floating_a: float
    feasible_fraction: float  # of the orientations, in which every linker reaches
    z_contact_error: float
    z_floating_error_a: float
    feasible_error: float
    n_nodes: int  # orientations that were evaluated


class _Table:
    """Columns of equal length."""

    __slots__ = ()
    #: Every subclass is a dataclass; this tells the type checker.
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]

    def __len__(self) -> int:
        return len(getattr(self, fields(self)[0].name))

    def rows(self, rows: BoolArray | IndexArray) -> Self:
        return type(self)(**{f.name: getattr(self, f.name)[rows] for f in fields(self)})

    @classmethod
    def joined(cls, parts: Sequence[Self]) -> Self:
        return cls(
            **{
                f.name: np.concatenate([getattr(part, f.name) for part in parts])
                for f in fields(cls)
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Squares(_Table):
    """Squares on the faces of the cube."""

    face: IndexArray
    corner_rad: FloatArray  # (c, 2)
    side_rad: FloatArray
    row: IndexArray  # of its nodes among all; `NO_NODES` if it cannot hold any
    integrals: FloatArray  # (c, 3): contact, floating, feasible
    error: FloatArray  # (c, 3)
    is_blind: BoolArray  # (c, 3)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Nodes(_Table):
    """The nodes of squares, which are many: they are told apart from what each step looks at."""

    normals: FloatArray  # (c, nodes, 3)
    measure: FloatArray  # (c, nodes)
    values: FloatArray  # (c, nodes, 3): contact, floating, feasible
    energy_kt: FloatArray  # (c, nodes)


def orientation_ensemble(
    body: RigidBody,
    *,
    axis: FloatArray | None = None,
    parameters: QuadratureParameters | None = None,
) -> OrientationEnsemble:
    """
    Integrate over all orientations of a body on the membrane.

    The grid is laid along an axis fixed in the body, best that of the chain, and the anchors, so that
    it turns with the body and the result does not depend on the frame.

    Notes
    -----
    Gauss-Legendre rules on an adaptive quadtree of the equiangular cubed sphere. The error of a
    square is what cutting its parent changed, shared among the four: an estimate from above.
    """
    parameters = QuadratureParameters() if parameters is None else parameters
    frame = body_frame(body, axis)
    side = np.pi / 2.0 / FIRST_CUT
    start = -np.pi / 4.0 + side * np.arange(FIRST_CUT)
    face, alpha, beta = (
        grid.ravel() for grid in np.meshgrid(np.arange(6), start, start, indexing="ij")
    )
    corners = np.column_stack([alpha, beta])
    first, nodes = _evaluated(body, frame, face, corners, np.full(len(face), side), 0)
    squares, cut = _cut(body, frame, first, len(nodes))
    every = [nodes, cut]
    n_squares = len(first) + len(squares)
    tolerance = np.array([parameters.relative_error] * 2 + [parameters.feasible_error])
    while n_squares * NODES_PER_SIDE**2 < parameters.max_nodes:
        chosen = _to_cut(squares, tolerance)
        if not chosen.any():
            break
        n_before = sum(map(len, every))
        children, nodes = _cut(body, frame, squares.rows(chosen), n_before)
        every.append(nodes)
        n_squares += len(children)
        squares = _Squares.joined([squares.rows(~chosen), children])
    totals, errors = squares.integrals.sum(axis=0), squares.error.sum(axis=0)
    # Squares stand in the order in which they were made, and so do their nodes.
    is_kept = np.zeros(sum(map(len, every)), dtype=np.bool_)
    is_kept[squares.row[squares.row != NO_NODES]] = True
    ends = np.cumsum([len(nodes) for nodes in every])
    kept = []
    for nodes, is_last in zip(every, np.split(is_kept, ends[:-1]), strict=True):
        is_feasible = is_last[:, np.newaxis] & (nodes.values[..., 2] > 0.0)
        kept.append(nodes.rows(is_feasible))
    nodes = _Nodes.joined(kept)
    return OrientationEnsemble(
        normals=nodes.normals,
        measure=nodes.measure,
        energy_kt=nodes.energy_kt,
        floating_a=nodes.values[:, 1],
        z_contact=float(totals[0]),
        z_floating_a=float(totals[1]),
        feasible_fraction=float(totals[2]),
        z_contact_error=float(errors[0]),
        z_floating_error_a=float(errors[1]),
        feasible_error=float(errors[2]),
        n_nodes=n_squares * NODES_PER_SIDE**2,
    )


def body_frame(body: RigidBody, axis: FloatArray | None) -> FloatArray:
    """Return axes that turn with a body, as rows; the third is the axis if one is given."""
    marks = np.concatenate([body.anchors, body.surface]) - body.centre
    for vector in marks if axis is None else [axis]:
        length = float(np.linalg.norm(vector))
        if length > TOUCHING_A:
            third = vector / length
            try:
                first = first_across(third, marks)
            except ParameterError:  # all marks on it: any frame around it is as good
                return perpendicular_axes(third)
            return perpendicular_axes(third, prefer=first)
    return np.eye(3)  # a single point: no direction is better than another


def _evaluated(
    body: RigidBody,
    frame: FloatArray,
    face: IndexArray,
    corner_rad: FloatArray,
    side_rad: FloatArray,
    n_before: int,
) -> tuple[_Squares, _Nodes]:
    """
    Evaluate the integrands in new squares; their errors are known only where nodes are blind.

    The nodes, which come behind some others, are of those squares only that may hold anything.
    """
    bound, is_coarse = _bounds(body, frame, face, corner_rad, side_rad)
    alive = np.flatnonzero(bound[:, 1] > 0.0)
    bound, is_coarse, side = bound[alive], is_coarse[alive], side_rad[alive]
    places, shares = np.polynomial.legendre.leggauss(NODES_PER_SIDE)
    share = np.array([u * v for u in shares for v in shares]) / 4.0
    steps = (places / 2.0 + 0.5)[:, np.newaxis]
    tangents = np.tan(corner_rad[alive, np.newaxis] + side[:, None, None] * steps)
    first, second = np.indices((NODES_PER_SIDE, NODES_PER_SIDE)).reshape(2, -1)
    local, density = _on_sphere(
        face[alive], tangents[:, first, 0], tangents[:, second, 1]
    )
    normals = local @ frame
    measure = density * share * side[:, np.newaxis] ** 2
    heights = anchor_heights(body, normals.reshape(-1, 3))
    energies = tether_energy(body, heights)
    # Boltzmann factor at contact, its integral over the height, feasibility.
    values = np.column_stack(
        [
            np.exp(-energies),
            floating_weight(body, heights, energies),
            np.isfinite(energies),
        ]
    ).reshape(-1, len(share), 3)
    seen = values.max(axis=1)[:, [0, 2]]
    missed = (bound > seen * np.exp(UNSEEN_KT)) & is_coarse
    most = np.where(missed, bound * measure.sum(axis=1)[:, np.newaxis], 0.0)
    # Floating multiplies a Boltzmann factor by no more than this, in Å.
    stiffness = float(body.stiffness_per_a2.sum())
    layer = float(body.contour_a.min())
    if stiffness > 0.0:
        layer = min(layer, 0.5 * np.sqrt(np.pi / stiffness))
    row = np.full(len(face), NO_NODES)
    row[alive] = n_before + np.arange(len(alive))
    integrals, error = np.zeros((2, len(face), 3))
    integrals[alive] = np.einsum("cn,cnf->cf", measure, values)
    error[alive] = most[:, [0, 0, 1]] * np.array([1.0, layer, 1.0])
    is_blind = np.zeros((len(face), 3), dtype=np.bool_)
    is_blind[alive] = missed[:, [0, 0, 1]]
    squares = _Squares(
        face=face,
        corner_rad=corner_rad,
        side_rad=side_rad,
        row=row,
        integrals=integrals,
        error=error,
        is_blind=is_blind,
    )
    nodes = _Nodes(
        normals=normals,
        measure=measure,
        values=values,
        energy_kt=energies.reshape(measure.shape),
    )
    return squares, nodes


def _on_sphere(
    face: IndexArray, tangent_1: FloatArray, tangent_2: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """
    Return unit vectors of the equiangular cubed sphere, and share of the sphere per rad².

    One face for each row of tangents of both angles (c, n). Face f looks along axis f % 3, up or, from 3
    on, down; the other two axes follow in cyclic order.
    """
    first, second = tangent_1**2, tangent_2**2
    square = 1.0 + (first + second)
    density = (1.0 + first) * (1.0 + second) / square**1.5 / (4.0 * np.pi)
    vectors = np.empty((*square.shape, 3))
    for axis in range(3):
        rows = face % 3 == axis
        vectors[rows, :, axis] = np.where(face < 3, 1.0, -1.0)[rows, np.newaxis]
        vectors[rows, :, (axis + 1) % 3] = tangent_1[rows]
        vectors[rows, :, (axis + 2) % 3] = tangent_2[rows]
    return vectors / np.sqrt(square)[..., np.newaxis], density


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
    tangents = np.tan(angles)
    points = _on_sphere(face, tangents[..., 0], tangents[..., 1])[0] @ frame
    # The edges are great circles, so the corners are the farthest points from the middle.
    radius = np.linalg.norm(points[:, 1:] - points[:, :1], axis=2).max(axis=1)
    # A height is the largest of normal @ (anchor - atom): it changes no faster than the normal
    # times the distance to the farthest atom.
    arm = np.array(
        [np.linalg.norm(body.surface - anchor, axis=1).max() for anchor in body.anchors]
    )
    sway = radius[:, np.newaxis] * arm
    lowest = np.maximum(anchor_heights(body, points[:, 0]) - sway, 0.0)
    energy = tether_energy(body, lowest)
    bound = np.column_stack([np.exp(-energy), np.isfinite(energy)])
    # The Boltzmann factor changes over the spread of a linker, feasibility over its length.
    spread = np.maximum(np.sqrt(body.mean_square_a2 / 3.0), FINEST_HEIGHT_A)
    length = np.maximum(body.contour_a, FINEST_HEIGHT_A)
    is_coarse: BoolArray = np.column_stack(
        [np.any(sway > scale, axis=1) for scale in (spread, length)]
    )
    return bound, is_coarse


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


def _cut(
    body: RigidBody, frame: FloatArray, parents: _Squares, n_before: int
) -> tuple[_Squares, _Nodes]:
    """Cut squares into four and take as error of each a quarter of what this changes."""
    steps = np.array([(0.0, 0.0), (0.0, 0.5), (0.5, 0.0), (0.5, 0.5)])
    corners = (
        parents.corner_rad[:, np.newaxis] + steps * parents.side_rad[:, None, None]
    )
    children, nodes = _evaluated(
        body,
        frame,
        np.repeat(parents.face, 4),
        corners.reshape(-1, 2),
        np.repeat(parents.side_rad / 2.0, 4),
        n_before,
    )
    after = children.integrals.reshape(-1, 4, 3).sum(axis=1)
    change = np.repeat(np.abs(after - parents.integrals) / 4.0, 4, axis=0)
    error = np.where(children.is_blind, children.error, change)
    return replace(children, error=error), nodes


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TiltDistribution:
    """How an axis of the body leans out of the membrane plane."""

    edges_deg: (
        FloatArray  # (b + 1,) 0° is flat, +90° along the normal away from the cell
    )
    probability_fraction: FloatArray  # (b,) of each bin, after Boltzmann; sums to 1
    isotropic_fraction: FloatArray  # (b,) for a body without membrane or tethers
    mean_deg: float
    sd_deg: float


def tilt_deg(normals: FloatArray, axis: FloatArray) -> FloatArray:
    """
    Return how far an axis points out of the membrane plane, in degrees.

    0 in the plane, 90 along the normal, -90 against it; one for each of the normals (..., 3).

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

    The body is free to float; the axis is a unit vector fixed in it, that of the chain say.
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
    # Each node is spread over its patch of the sphere.
    half_deg = np.degrees(np.sqrt(4.0 * np.pi * ensemble.measure)) / 2.0
    low, high = (
        np.sin(np.radians(np.clip(tilts + shift, -90.0, 90.0)))
        for shift in (-half_deg, half_deg)
    )
    span = np.maximum(high - low, np.finfo(np.float64).tiny)
    below = [
        np.sum(weights * np.clip((sine - low) / span, 0.0, 1.0))
        for sine in np.sin(np.radians(edges))
    ]
    return TiltDistribution(
        edges_deg=edges,
        probability_fraction=np.diff(below),
        isotropic_fraction=np.diff(np.sin(np.radians(edges))) / 2.0,
        mean_deg=mean,
        sd_deg=math.sqrt(float(np.sum(weights * (tilts - mean) ** 2))),
    )
