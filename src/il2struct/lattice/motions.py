"""Rigid motions between symmetry-related bodies: what repeating one of them builds."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from il2struct.arrays import FloatArray

#: A rotation below this is none, in degrees: deposited operators are exact, superposed copies of
#: the same complex differ by a few degrees.
NO_ROTATION_DEG: Final = 0.5
#: A rise along the axis below this is none, in Å, for exact operators.
NO_RISE_A: Final = 0.05
#: Largest order of a ring that is looked for.
LARGEST_RING: Final = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Tolerance:
    """How far a motion may be from ideal and still close."""

    #: Of n times the rotation from a full turn.
    angle_deg: float = NO_ROTATION_DEG
    #: Of the rise along the axis from zero.
    rise_a: float = NO_RISE_A


#: For operators of the space group.
EXACT: Final = Tolerance()
#: For motions got by superposing copies (the poses of the copies in 2ERJ differ by up to 4°).
SUPERPOSED: Final = Tolerance(angle_deg=8.0, rise_a=2.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeat:
    """What a rigid motion builds when it is repeated."""

    #: Angle of the motion, 0 to 180.
    rotation_deg: float
    #: Translation along the rotation axis; the whole translation if there is no rotation.
    rise_a: float
    #: Whether there is no rotation.
    is_translation: bool
    #: Whether repeating it never comes back to the start.
    is_propagating: bool
    #: Bodies in the ring it closes, 0 if it propagates.
    ring_size: int


def repeat_of(
    rotation: FloatArray,
    translation: FloatArray,
    *,
    about: FloatArray | None = None,
    tolerance: Tolerance = EXACT,
) -> Repeat:
    """
    Say whether a motion is a translation, a screw or a rotation, and whether it closes.

    `about` is the centre of the body that moves, by default the origin. It matters where copies
    are turned by a few degrees that count as none: the step is that of the body.

    Examples
    --------
    A two-fold rotation closes a ring of two; with a rise it is a screw and goes on for ever:

    >>> two_fold = np.diag([-1.0, -1.0, 1.0])
    >>> repeat_of(two_fold, np.array([10.0, 0.0, 0.0])).ring_size
    2
    >>> repeat_of(two_fold, np.array([10.0, 0.0, 5.0])).is_propagating
    True
    """
    angle_deg = rotation_angle_deg(rotation)
    step = translation if about is None else rotation @ about + translation - about
    if angle_deg <= tolerance.angle_deg:
        rise = float(np.linalg.norm(step))
        return Repeat(
            rotation_deg=angle_deg,
            rise_a=rise,
            is_translation=True,
            is_propagating=rise > tolerance.rise_a,
            ring_size=0 if rise > tolerance.rise_a else 1,
        )
    rise = abs(float(rotation_axis(rotation) @ step))
    ring = 0 if rise > tolerance.rise_a else _ring_size(angle_deg, tolerance.angle_deg)
    return Repeat(
        rotation_deg=angle_deg,
        rise_a=rise,
        is_translation=False,
        is_propagating=ring == 0,
        ring_size=ring,
    )


def _ring_size(angle_deg: float, tolerance_deg: float) -> int:
    """Smallest n for which n turns end near a multiple of a full turn; 0 if there is none."""
    for n in range(2, LARGEST_RING + 1):
        rest = math.remainder(n * angle_deg, 360.0)
        if abs(rest) <= tolerance_deg:
            return n
    return 0


def rotation_angle_deg(rotation: FloatArray) -> float:
    """Return the angle of a rotation matrix, 0 to 180 degrees."""
    skew = np.array(
        [
            rotation[2, 1] - rotation[1, 2],
            rotation[0, 2] - rotation[2, 0],
            rotation[1, 0] - rotation[0, 1],
        ]
    )
    # The arctangent is exact at 0 and 180 degrees, where the arccosine of the trace is not.
    return math.degrees(
        math.atan2(float(np.linalg.norm(skew)), float(np.trace(rotation)) - 1.0)
    )


def rotation_axis(rotation: FloatArray) -> FloatArray:
    """Return the unit vector along the axis of a rotation by more than zero degrees."""
    # R + R^T - (tr R - 1) I = 2 (1 - cos a) u u^T: the axis stands in its largest column.
    outer = rotation + rotation.T - (np.trace(rotation) - 1.0) * np.eye(3)
    column = outer[:, int(np.argmax(np.diag(outer)))]
    axis: FloatArray = column / np.linalg.norm(column)
    return axis
