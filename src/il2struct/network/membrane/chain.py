"""
Chains of complexes on a flat membrane: can they lie on it, how do they lean, what does it cost.

Everything follows from one rigid body (a complex with its anchors) and one rigid motion (from it to
the next complex). Repeated, a translation gives a straight chain, a screw a helix, a rotation a
ring. See ``docs/membrane.md`` for the model and its limits.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from scipy.spatial.transform import Rotation

from il2struct.arrays import FloatArray
from il2struct.errors import ParameterError
from il2struct.kernels.geometry import rotation_matrix
from il2struct.lattice.operators import (
    EXACT,
    LARGEST_RING,
    Tolerance,
    repeat_of,
    rotation_axis,
)
from il2struct.network.membrane.body import (
    Orientation,
    RigidBody,
    anchor_heights,
    best_orientation,
    joined_body,
    lowest_normals,
    tether_energy,
)
from il2struct.network.membrane.quadrature import (
    OrientationEnsemble,
    QuadratureParameters,
    TiltDistribution,
    body_frame,
    orientation_ensemble,
    tilt_distribution,
)

#: Lengths of chain that are weighed.
SIZES: Final = (1, 2, 3, 4, 5, 6, 7, 8)
#: A matrix whose product with its transpose differs from 1 by more is no rotation. SCALE records
#: have six decimals: in a cell of 300 Å an operator made from them is a rotation to 1e-3 only.
ORTHOGONAL: Final = 1e-2
#: Below this it is a rotation to rounding and stays as it is.
EXACT_ROTATION: Final = 1e-12
#: Normals on the circle of orientations in which an endless chain lies flat (every 0.1°).
CIRCLE_NODES: Final = 3600
#: Directions of chains that the one asked about is compared with, and normals tried for each.
NULL_DIRECTIONS: Final = 400
NULL_NODES: Final = 360
#: Turns of a helix that never repeats are sampled this often around its axis.
ORBIT_NODES: Final = 360
#: The exponential of more than this is no float.
LARGEST_EXPONENT: Final = 700.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RigidMotion:
    """A rotation and a translation: ``rotation @ x + translation`` moves a complex to the next one."""

    rotation: FloatArray  # (3, 3) proper: the one nearest to the matrix given, which may be rounded
    translation: FloatArray  # (3,) in Å

    def __post_init__(self) -> None:
        """Own both arrays; refuse mirrors, stretches and values that are not finite."""
        rotation = np.array(self.rotation, dtype=np.float64)
        translation = np.array(self.translation, dtype=np.float64)
        if rotation.shape != (3, 3) or translation.shape != (3,):
            raise ParameterError(
                "A rigid motion needs a rotation of shape (3, 3) and a translation of shape (3,), "
                f"not {rotation.shape} and {translation.shape}."
            )
        error = np.abs(rotation @ rotation.T - np.eye(3)).max()
        if not (
            error < ORTHOGONAL
            and np.linalg.det(rotation) > 0.0
            and np.isfinite(translation).all()
        ):
            raise ParameterError(
                "A rigid motion needs a proper rotation matrix and a finite translation; this matrix "
                f"has the determinant {np.linalg.det(rotation):.4g}."
            )
        if error > EXACT_ROTATION:
            left, _, right = np.linalg.svd(rotation)
            rotation = left @ right
        for name, array in (("rotation", rotation), ("translation", translation)):
            array.setflags(write=False)
            object.__setattr__(self, name, array)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ChainGeometry:
    """Shape of the chain, helix or ring that a motion builds."""

    # ``"translation"``, ``"screw"`` (helix), ``"ring"`` (closes), ``"rotation"`` (turns without
    # rise and never closes) or ``"identity"``.
    kind: str
    axis: (
        FloatArray  # (3,) unit vector along which it grows, or about which a ring turns
    )
    axis_point: FloatArray  # (3,) nearest to the centre of the first complex
    twist_deg: float  # from one complex to the next, positive if right-handed
    rise_a: float  # along the axis for each complex; below the tolerance for a ring
    step_a: float  # between the centres of neighbours
    ring_size: int  # complexes in the ring, 0 if the chain goes on for ever


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ChainOnMembrane:
    """A chain of complexes as one rigid body on the membrane."""

    n_complexes: int
    body: RigidBody
    axis: FloatArray  # (3,) of the chain
    ensemble: OrientationEnsemble
    # -ln(Z_N/Z_1^N) with the bodies touching the membrane; infinite if impossible.
    price_kt: float
    price_per_contact_kt: float  # the same over N - 1; NaN for N = 1
    # (Z_1^N/Z_N)^(1/(N-1)) with the bodies free to float: the height h in K_2D = K_3D/h for each
    # contact; NaN for N = 1.
    confinement_height_a: float
    price_error_kt: float  # of ``price_kt``, from the quadrature

    @property
    def tilt(self) -> TiltDistribution | None:
        """How the chain axis leans; None if no orientation is feasible."""
        if self.ensemble.z_floating_a <= 0.0:
            return None
        return tilt_distribution(self.ensemble, self.axis)

    @property
    def best(self) -> Orientation | None:
        """Orientation of lowest energy, with the chain along x; None if none is feasible."""
        low = lowest_normals(self.ensemble.normals, self.ensemble.energy_kt)
        return best_orientation(self.body, low, along=self.axis)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EndlessChain:
    """An endless chain that lies flat: the membrane normal is perpendicular to its axis."""

    can_lie_flat: (
        bool  # whether every linker reaches the membrane in some such orientation
    )
    feasible_fraction: float  # of the roll angles about the axis, in which they do
    # Of lowest energy; None if none is feasible. For a helix its heights are those of one period.
    best: Orientation | None
    energy_per_complex_kt: float  # of the linkers there
    least_stretch_fraction: float  # smallest of the largest height over contour length
    # Limits of those of `ChainOnMembrane` for long chains; the price is the energy + ln Z_1, NaN if
    # a single complex finds no place.
    price_per_contact_kt: float
    confinement_height_a: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MembraneStudy:
    """Everything that the membrane says about one contact."""

    geometry: ChainGeometry
    chains: tuple[ChainOnMembrane, ...]  # one for each size, the single complex first
    # None for a ring or a rotation without rise: they do not go on for ever in a plane.
    endless: EndlessChain | None


def membrane_study(
    body: RigidBody,
    motion: RigidMotion,
    *,
    sizes: Sequence[int] = SIZES,
    single: OrientationEnsemble | None = None,
    parameters: QuadratureParameters | None = None,
    tolerance: Tolerance = EXACT,
) -> MembraneStudy:
    """
    Weigh chains of complexes on a flat membrane against single complexes on it.

    The single complex is always weighed, unless its orientations are known; sizes above that of the
    ring that the motion closes are left out.
    """
    geometry = chain_geometry(motion, centre=body.centre, tolerance=tolerance)
    if geometry.kind == "identity":
        raise ParameterError(
            "The motion leaves the complex where it is; give the motion to its neighbour."
        )
    if single is None:
        single = orientation_ensemble(body, axis=geometry.axis, parameters=parameters)
    chains = []
    for size in sorted({1, *sizes}):
        if size <= (geometry.ring_size or size):
            chain = chain_body(body, motion, size)
            ensemble = single
            if size > 1:
                ensemble = orientation_ensemble(
                    chain, axis=geometry.axis, parameters=parameters
                )
            chains.append(_weighed(chain, geometry, size, ensemble, single))
    endless = None
    if geometry.kind in ("translation", "screw"):
        endless = endless_chain(body, geometry, single=single, tolerance=tolerance)
    return MembraneStudy(geometry=geometry, chains=tuple(chains), endless=endless)


def _weighed(
    chain: RigidBody,
    geometry: ChainGeometry,
    n_complexes: int,
    ensemble: OrientationEnsemble,
    single: OrientationEnsemble,
) -> ChainOnMembrane:
    """Prices of a chain from its orientations and those of one complex."""
    n_contacts = n_complexes - 1

    def price(alone: float, joined: float) -> float:
        if joined <= 0.0:
            return math.inf
        free = math.log(alone) if alone > 0.0 else -math.inf
        return n_complexes * free - math.log(joined)

    def relative_error(of: OrientationEnsemble) -> float:
        return of.z_contact_error / of.z_contact if of.z_contact > 0.0 else math.nan

    touching = price(single.z_contact, ensemble.z_contact)
    per_contact = height_log = math.nan
    error = 0.0
    if n_contacts:
        per_contact = touching / n_contacts
        height_log = price(single.z_floating_a, ensemble.z_floating_a) / n_contacts
        error = n_complexes * relative_error(single) + relative_error(ensemble)
    return ChainOnMembrane(
        n_complexes=n_complexes,
        body=chain,
        axis=geometry.axis,
        ensemble=ensemble,
        price_kt=touching,
        price_per_contact_kt=per_contact,
        confinement_height_a=math.inf
        if height_log > LARGEST_EXPONENT
        else math.exp(height_log),
        price_error_kt=error,
    )


def chain_geometry(
    motion: RigidMotion, *, centre: FloatArray, tolerance: Tolerance = EXACT
) -> ChainGeometry:
    """
    Describe what repeating a motion builds: rise, twist and radius, helix or ring.

    The centre is that of the first complex, shape (3,); the tolerance says how far from ideal a motion
    may be and still count as a translation or close a ring.

    References
    ----------
    Chasles' theorem: every rigid motion is a rotation about an axis and a shift along it.

    Examples
    --------
    >>> half_turn = RigidMotion(rotation=np.diag([-1.0, -1.0, 1.0]), translation=[0.0, 0.0, 8.0])
    >>> helix = chain_geometry(half_turn, centre=np.array([5.0, 0.0, 0.0]))
    >>> helix.kind, helix.rise_a, round(helix.step_a, 2)
    ('screw', 8.0, 12.81)
    """
    middle = np.asarray(centre, dtype=np.float64)
    shift = motion.rotation @ middle + motion.translation - middle
    step = float(np.linalg.norm(shift))
    repeat = repeat_of(
        motion.rotation, motion.translation, about=middle, tolerance=tolerance
    )
    if repeat.is_translation:
        moves = repeat.is_propagating and step > 0.0
        return ChainGeometry(
            kind="translation" if moves else "identity",
            axis=shift / step if moves else np.array([0.0, 0.0, 1.0]),
            axis_point=middle,
            twist_deg=0.0,
            rise_a=step,
            step_a=step,
            ring_size=0 if moves else 1,
        )
    # The axis points where the chain grows; without a rise, where it turns right.
    axis = rotation_axis(motion.rotation)
    angle = float(Rotation.from_matrix(motion.rotation).as_rotvec() @ axis)
    rise = float(axis @ motion.translation)
    if (rise if abs(rise) > tolerance.rise_a else angle) < 0.0:
        axis, angle, rise = -axis, -angle, -rise
    across = shift - (shift @ axis) * axis
    # Half way along the chord, then to the side by what the angle leaves of the radius.
    foot: FloatArray = (
        middle + 0.5 * across + 0.5 / math.tan(angle / 2.0) * np.cross(axis, across)
    )
    kind = "screw" if rise > tolerance.rise_a else "rotation"
    return ChainGeometry(
        kind="ring" if repeat.ring_size else kind,
        axis=axis,
        axis_point=foot,
        twist_deg=math.degrees(angle),
        rise_a=rise,
        step_a=step,
        ring_size=repeat.ring_size,
    )


def poses_of_chain(motion: RigidMotion, n_complexes: int) -> tuple[RigidMotion, ...]:
    """Place the complexes of a chain, the first where it stands."""
    if n_complexes < 1:
        raise ParameterError(
            f"A chain has one complex or more, not {n_complexes}; ask for at least 1."
        )
    poses = [RigidMotion(rotation=np.eye(3), translation=np.zeros(3))]
    while len(poses) < n_complexes:
        last = poses[-1]
        poses.append(
            RigidMotion(
                rotation=motion.rotation @ last.rotation,
                translation=motion.rotation @ last.translation + motion.translation,
            )
        )
    return tuple(poses)


def chain_body(body: RigidBody, motion: RigidMotion, n_complexes: int) -> RigidBody:
    """Join the first *N* complexes of a chain into one rigid body."""
    poses = poses_of_chain(motion, n_complexes)
    return joined_body(
        [body] * n_complexes, [(pose.rotation, pose.translation) for pose in poses]
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
    energies = tether_energy(orbit, heights) / n_complexes
    is_feasible = np.isfinite(energies)
    best = best_orientation(
        orbit, normals[is_feasible], along=geometry.axis, across=geometry.axis
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        stretch = np.where(heights > 0.0, heights / orbit.contour_a, 0.0)
    lowest = best.energy_kt / n_complexes if best else math.inf
    # Without a feasible single complex there is nothing to compare with.
    log_single = math.log(single.z_contact) if single.z_contact > 0.0 else math.nan
    return EndlessChain(
        can_lie_flat=best is not None,
        feasible_fraction=float(is_feasible.mean()),
        best=best,
        energy_per_complex_kt=lowest,
        least_stretch_fraction=float(stretch.max(axis=1).min()),
        price_per_contact_kt=lowest + log_single if best else math.inf,
        confinement_height_a=math.exp(lowest) * single.z_floating_a
        if best
        else math.inf,
    )


def energies_in_any_direction(
    body: RigidBody, geometry: ChainGeometry, *, tolerance: Tolerance = EXACT
) -> FloatArray:
    """
    Linker energies of endless flat chains like one, in directions spread evenly over the sphere.

    What a chain costs means little by itself: complexes lie flat in many directions. These chains
    repeat the same body by the same twist and rise about axes through the same point.

    Returns `NULL_DIRECTIONS` energies of each complex in kT, infinite where some linker does not
    reach the membrane.
    """
    roll = 2.0 * np.pi * np.arange(NULL_NODES) / NULL_NODES
    circle = np.column_stack([np.cos(roll), np.sin(roll)])
    axes = even_directions(body, NULL_DIRECTIONS)
    frames = [body_frame(body, axis)[:2] for axis in axes]
    if geometry.kind == "translation":  # all at once
        heights = anchor_heights(body, (circle @ np.array(frames)).reshape(-1, 3))
        least: FloatArray = (
            tether_energy(body, heights).reshape(len(axes), -1).min(axis=1)
        )
        return least
    energies = []
    for axis, frame in zip(axes, frames, strict=True):
        orbit, n_complexes = _period(body, replace(geometry, axis=axis), tolerance)
        heights = anchor_heights(orbit, circle @ frame)
        energies.append(tether_energy(orbit, heights).min() / n_complexes)
    return np.array(energies)


def even_directions(body: RigidBody, n_directions: int) -> FloatArray:
    """Spread directions (n, 3) evenly over half of the sphere, in a frame that turns with a body."""
    index = np.arange(n_directions) + 0.5
    height = index / n_directions
    # A Fibonacci spiral.
    across, turn = np.sqrt(1.0 - height**2), np.pi * (1.0 + np.sqrt(5.0)) * index
    local = np.column_stack([across * np.cos(turn), across * np.sin(turn), height])
    directions: FloatArray = local @ body_frame(body, None)
    return directions


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
