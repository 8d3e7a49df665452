"""Chains as rigid bodies, and the endless chain that lies flat on the membrane."""

import math
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from il2struct.arrays import FloatArray
from il2struct.errors import ParameterError
from il2struct.kernels.geometry import rotation_matrix
from il2struct.lattice.motions import EXACT, LARGEST_RING, Tolerance
from il2struct.network.membrane.helix import ChainGeometry, RigidMotion, poses_of_chain
from il2struct.network.membrane.orientation import (
    Orientation,
    RigidBody,
    anchor_heights,
    hull_corners,
    tether_energy,
    within_reach,
)
from il2struct.network.membrane.quadrature import OrientationEnsemble, body_frame
from il2struct.network.membrane.search import best_orientation

#: Normals on the circle of orientations in which an endless chain lies flat (every 0.1°).
CIRCLE_NODES: Final = 3600
#: Directions of chains that the one asked about is compared with, and normals tried for each.
NULL_DIRECTIONS: Final = 400
NULL_NODES: Final = 360
#: Turns of a helix that never repeats are sampled this often around its axis.
ORBIT_NODES: Final = 360


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EndlessChain:
    r"""An endless chain that lies flat: the membrane normal is perpendicular to its axis."""

    # Whether every linker reaches the membrane in some such orientation
    can_lie_flat: bool
    feasible_fraction: float  # Share of the roll angles about the axis in which they do
    # Of lowest energy; None if none is feasible. For a helix its heights are those of one period
    best: Orientation | None
    energy_per_complex_kt: float  # Of the linkers of each complex there
    # Smallest possible value of the largest height over contour length
    least_stretch_fraction: float
    # Limit of ``ChainOnMembrane.price_per_contact_kt`` for long chains, ``energy_per_complex_kt``
    # :math:`+ \ln Z_1`; NaN if a single complex finds no place
    price_per_contact_kt: float
    confinement_height_a: float  # Limit of ``ChainOnMembrane.confinement_height_a``
    roll_z: float  # Mean Boltzmann factor per complex over all roll angles
    # :math:`-\ln(` ``roll_z`` :math:`/ Z_1)`: what it costs one complex on the membrane to keep its
    # chain axis flat, against one that tumbles freely; negative if it leans that way anyway
    flat_price_kt: float


def chain_body(body: RigidBody, motion: RigidMotion, n_complexes: int) -> RigidBody:
    """Join the first *N* complexes of a chain into one rigid body."""
    poses = poses_of_chain(motion, n_complexes)

    def placed(points: FloatArray) -> FloatArray:
        return np.concatenate(
            [points @ pose.rotation.T + pose.translation for pose in poses]
        )

    return RigidBody(
        surface=hull_corners(placed(body.surface)),
        centre=placed(body.centre[np.newaxis]).mean(axis=0),
        anchors=placed(body.anchors),
        contour_a=np.tile(body.contour_a, n_complexes),
        mean_square_a2=np.tile(body.mean_square_a2, n_complexes),
        clearance_a=body.clearance_a,
    )


def endless_chain(
    body: RigidBody,
    geometry: ChainGeometry,
    *,
    single: OrientationEnsemble,
    tolerance: Tolerance = EXACT,
) -> EndlessChain:
    """
    Weigh an endless chain that lies flat on the membrane.

    Notes
    -----
    An endless body cannot tilt, and its many tethers hold it at the roll angle of lowest energy: so
    its price is that energy, and no entropy of orientation is left for each contact. A helix turns
    all sides to the membrane; the heights of its anchors are averaged over one period, or over
    `ORBIT_NODES` angles if it has none.
    """
    if geometry.kind not in ("translation", "screw"):
        raise ParameterError(
            f"A {geometry.kind} does not go on for ever; weigh its finite chains instead."
        )
    orbit, n_complexes = _period(body, geometry, tolerance)
    frame = body_frame(body, geometry.axis)
    roll = 2.0 * np.pi * np.arange(CIRCLE_NODES) / CIRCLE_NODES
    normals = np.outer(np.cos(roll), frame[0]) + np.outer(np.sin(roll), frame[1])
    heights = anchor_heights(orbit, normals)
    reached = within_reach(orbit, heights)
    energies = tether_energy(orbit, heights) / n_complexes
    best = best_orientation(
        orbit, normals[reached], along=geometry.axis, across=geometry.axis
    )
    lowest = best.energy_kt / n_complexes if best else math.inf
    # Without a feasible single complex there is nothing to compare with.
    log_single = math.log(single.z_contact) if single.z_contact > 0.0 else math.nan
    roll_z = float(np.exp(-energies).mean())
    return EndlessChain(
        can_lie_flat=best is not None,
        feasible_fraction=float(reached.mean()),
        best=best,
        energy_per_complex_kt=lowest,
        least_stretch_fraction=_least_stretch(orbit, heights),
        price_per_contact_kt=lowest + log_single if best else math.inf,
        confinement_height_a=math.exp(lowest) * single.z_floating_a
        if best
        else math.inf,
        roll_z=roll_z,
        flat_price_kt=log_single - math.log(roll_z) if roll_z > 0.0 else math.inf,
    )


def energies_in_any_direction(
    body: RigidBody, geometry: ChainGeometry, *, tolerance: Tolerance = EXACT
) -> FloatArray:
    """
    Linker energies of endless flat chains like one, in directions spread evenly over the sphere.

    What a chain costs means little by itself: complexes lie flat in many directions. These chains
    repeat the same body by the same twist and rise about axes through the same point.

    Of each complex, in kT; infinite where some linker does not reach the membrane. Returned shape:
    (NULL_DIRECTIONS,).
    """
    roll = 2.0 * np.pi * np.arange(NULL_NODES) / NULL_NODES
    circle = np.column_stack([np.cos(roll), np.sin(roll)])
    found = []
    for axis in _half_sphere(body_frame(body, None)):
        orbit, n_complexes = _period(body, replace(geometry, axis=axis), tolerance)
        normals = circle @ body_frame(body, axis)[:2]
        heights = anchor_heights(orbit, normals)
        found.append(tether_energy(orbit, heights).min() / n_complexes)
    return np.array(found)


def _half_sphere(frame: FloatArray) -> FloatArray:
    """Directions spread evenly over half of the sphere, on a Fibonacci spiral in a frame."""
    index = np.arange(NULL_DIRECTIONS) + 0.5
    height = index / NULL_DIRECTIONS
    across, turn = np.sqrt(1.0 - height**2), np.pi * (1.0 + np.sqrt(5.0)) * index
    local = np.column_stack([across * np.cos(turn), across * np.sin(turn), height])
    return local @ frame


def _least_stretch(body: RigidBody, heights_a: FloatArray) -> float:
    """Smallest value over all orientations of the largest height over contour length."""
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(heights_a > 0.0, heights_a / body.contour_a, 0.0)
    return float(ratio.max(axis=1).min())


def _period(
    body: RigidBody, geometry: ChainGeometry, tolerance: Tolerance
) -> tuple[RigidBody, int]:
    """Complexes of one period of a chain, seen along its axis, as one body; and their number."""
    if geometry.kind == "translation":
        return body, 1
    n_complexes, n_turns = ORBIT_NODES, 1
    for count in range(2, LARGEST_RING + 1):
        turned = count * geometry.twist_deg
        if abs(math.remainder(turned, 360.0)) <= tolerance.angle_deg * math.sqrt(count):
            n_complexes, n_turns = count, round(turned / 360.0)
            break
    rotation = rotation_matrix(geometry.axis, 360.0 * n_turns / n_complexes)
    spin = RigidMotion(
        rotation=rotation,
        translation=geometry.axis_point - rotation @ geometry.axis_point,
    )
    return chain_body(body, spin, n_complexes), n_complexes
