"""
What a rigid motion builds when it is repeated.

A contact moves one complex onto the next. Repeated, a translation gives a straight chain, a screw
a helix, a rotation a ring.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.spatial.transform import Rotation

from il2struct.arrays import FloatArray
from il2struct.errors import ParameterError
from il2struct.lattice.motions import EXACT, Repeat, Tolerance, repeat_of, rotation_axis

#: A matrix whose product with its transpose differs from 1 by more is no rotation. SCALE records
#: have six decimals: in a cell of 300 Å an operator made from them is a rotation to 1e-3 only.
ORTHOGONAL: Final = 1e-2
#: Below this it is a rotation to rounding and stays as it is.
EXACT_ROTATION: Final = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RigidMotion:
    """A rotation and a translation: ``rotation @ x + translation`` moves a complex to the next one."""

    # (3, 3) Proper rotation: the one nearest to the matrix given, which may be rounded
    rotation: FloatArray
    translation: FloatArray  # (3,) In Å

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
    # rise and never closes) or ``"identity"``
    kind: str
    # (3,) Unit vector along which the chain grows; for a ring its axis of rotation
    axis: FloatArray
    # (3,) Point of the axis nearest to the centre of the first complex
    axis_point: FloatArray
    # Rotation about the axis from one complex to the next, positive if right-handed; 0 for a
    # translation
    twist_deg: float
    # Advance along the axis for each complex; below the tolerance for a ring or rotation
    rise_a: float
    radius_a: float  # Distance of the centre of each complex from the axis
    pitch_a: float  # Advance in a full turn; infinite for a translation
    n_per_turn: float  # Complexes in a full turn; infinite for a translation
    step_a: float  # Distance between the centres of neighbours
    ring_size: int  # Complexes in the ring, 0 if the chain goes on for ever


def composed_motion(second: RigidMotion, first: RigidMotion) -> RigidMotion:
    """Return the motion that does the first and then the second."""
    return RigidMotion(
        rotation=second.rotation @ first.rotation,
        translation=second.rotation @ first.translation + second.translation,
    )


def poses_of_chain(motion: RigidMotion, n_complexes: int) -> tuple[RigidMotion, ...]:
    """Place the complexes of a chain, the first where it stands."""
    if n_complexes < 1:
        raise ParameterError(
            f"A chain has one complex or more, not {n_complexes}; ask for at least 1."
        )
    poses = [RigidMotion(rotation=np.eye(3), translation=np.zeros(3))]
    while len(poses) < n_complexes:
        poses.append(composed_motion(motion, poses[-1]))
    return tuple(poses)


def chain_geometry(
    motion: RigidMotion, *, centre: FloatArray, tolerance: Tolerance = EXACT
) -> ChainGeometry:
    """
    Describe what repeating a motion builds: rise, twist and radius, helix or ring.

    Shapes: ``centre`` (3,).

    References
    ----------
    Chasles' theorem: every rigid motion is a rotation about an axis and a shift along it.

    Examples
    --------
    >>> half_turn = RigidMotion(rotation=np.diag([-1.0, -1.0, 1.0]), translation=[0.0, 0.0, 8.0])
    >>> helix = chain_geometry(half_turn, centre=np.array([5.0, 0.0, 0.0]))
    >>> helix.kind, helix.rise_a, helix.radius_a, helix.pitch_a, round(helix.step_a, 2)
    ('screw', 8.0, 5.0, 16.0, 12.81)
    """
    middle = np.asarray(centre, dtype=np.float64)
    moved = motion.rotation @ middle + motion.translation
    step = float(np.linalg.norm(moved - middle))
    repeat = repeat_of(
        motion.rotation, motion.translation, about=middle, tolerance=tolerance
    )
    if repeat.is_translation:
        return _straight(motion, middle, repeat)
    axis, twist_rad = _oriented_axis(motion, tolerance)
    foot = _point_on_axis(motion, axis, twist_rad, middle)
    turns = 2.0 * math.pi / abs(twist_rad)
    rise = float(axis @ motion.translation)
    kind = "screw" if rise > tolerance.rise_a else "rotation"
    return ChainGeometry(
        kind="ring" if repeat.ring_size else kind,
        axis=axis,
        axis_point=foot,
        twist_deg=math.degrees(twist_rad),
        rise_a=rise,
        radius_a=float(np.linalg.norm(middle - foot)),
        pitch_a=rise * turns,
        n_per_turn=turns,
        step_a=step,
        ring_size=repeat.ring_size,
    )


def _straight(motion: RigidMotion, middle: FloatArray, repeat: Repeat) -> ChainGeometry:
    shift = motion.rotation @ middle + motion.translation - middle
    step = float(np.linalg.norm(shift))
    moves = repeat.is_propagating and step > 0.0
    return ChainGeometry(
        kind="translation" if moves else "identity",
        axis=shift / step if moves else np.array([0.0, 0.0, 1.0]),
        axis_point=middle,
        twist_deg=0.0,
        rise_a=step,
        radius_a=0.0,
        pitch_a=math.inf,
        n_per_turn=math.inf,
        step_a=step,
        ring_size=0 if moves else 1,
    )


def _oriented_axis(
    motion: RigidMotion, tolerance: Tolerance
) -> tuple[FloatArray, float]:
    """Return the axis and the signed angle: it points where the chain grows, or turns right."""
    axis = rotation_axis(motion.rotation)
    angle = float(Rotation.from_matrix(motion.rotation).as_rotvec() @ axis)
    rise = float(axis @ motion.translation)
    forward = rise if abs(rise) > tolerance.rise_a else angle
    return (axis, angle) if forward >= 0.0 else (-axis, -angle)


def _point_on_axis(
    motion: RigidMotion, axis: FloatArray, angle_rad: float, middle: FloatArray
) -> FloatArray:
    """Point of the axis of rotation nearest to the middle of a body."""
    shift = motion.rotation @ middle + motion.translation - middle
    across = shift - (shift @ axis) * axis
    # Half way along the chord, then to the side by what the angle leaves of the radius.
    foot: FloatArray = (
        middle + 0.5 * across + 0.5 / math.tan(angle_rad / 2.0) * np.cross(axis, across)
    )
    return foot
