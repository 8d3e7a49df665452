"""
What a rigid motion builds when it is repeated, and how stiff the result is.

A contact moves one complex onto the next. Repeated, a translation gives a straight chain, a screw
a helix, a rotation a ring. Several observations of the same contact never give quite the same
motion; their spread is a first estimate of how a chain bends and twists.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.spatial.transform import Rotation
from scipy.special import chdtri

from il2struct.arrays import FloatArray
from il2struct.errors import ParameterError
from il2struct.lattice.motions import EXACT, Repeat, Tolerance, repeat_of, rotation_axis

#: A matrix whose product with its transpose differs from 1 by more is no rotation; PDB files give
#: operators with six decimals.
ORTHOGONAL: Final = 1e-4
#: Rotations that differ by less, in radians, show no spread: the operators of files have six
#: decimals.
NO_SPREAD: Final = 1e-5
#: Confidence of the intervals of stiffness.
CONFIDENCE: Final = 0.95


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RigidMotion:
    """
    A rotation and a translation: ``rotation @ x + translation`` moves a complex to the next one.

    Attributes
    ----------
    rotation : ndarray, shape=(3, 3), dtype=float
        Proper rotation.
    translation : ndarray, shape=(3,), dtype=float
        In Å.
    """

    rotation: FloatArray
    translation: FloatArray

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
        for name, array in (("rotation", rotation), ("translation", translation)):
            array.setflags(write=False)
            object.__setattr__(self, name, array)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ChainGeometry:
    """
    Shape of the chain, helix or ring that a motion builds.

    Attributes
    ----------
    kind : str
        ``"translation"``, ``"screw"`` (helix), ``"ring"`` (closes), ``"rotation"`` (turns without
        rise and never closes) or ``"identity"``.
    axis : ndarray, shape=(3,), dtype=float
        Unit vector along which the chain grows; for a ring its axis of rotation.
    axis_point : ndarray, shape=(3,), dtype=float
        Point of the axis nearest to the centre of the first complex.
    twist_deg : float
        Rotation about the axis from one complex to the next, positive if right-handed; 0 for a
        translation.
    rise_a : float
        Advance along the axis for each complex; below the tolerance for a ring or rotation.
    radius_a : float
        Distance of the centre of each complex from the axis.
    pitch_a : float
        Advance in a full turn; infinite for a translation.
    n_per_turn : float
        Complexes in a full turn; infinite for a translation.
    step_a : float
        Distance between the centres of neighbours.
    ring_size : int
        Complexes in the ring, 0 if the chain goes on for ever.
    """

    kind: str
    axis: FloatArray
    axis_point: FloatArray
    twist_deg: float
    rise_a: float
    radius_a: float
    pitch_a: float
    n_per_turn: float
    step_a: float
    ring_size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainStiffness:
    """
    How a chain bends and twists, judged from the spread of observed motions.

    Attributes
    ----------
    n_motions : int
        Observations; 0 for a sum of several spreads.
    rise_a : float
        Length of chain for each step.
    bending_sd_deg, twist_sd_deg : float
        Spread of one step: perpendicular to the axis (both components together) and about it.
    bending_variance, twist_variance : float
        The same as variances, rad².
    bending_freedom, twist_freedom : float
        Degrees of freedom of the variances.
    bending_persistence_a : float
        Length over which the direction of the chain is forgotten; infinite if there is no spread.
    twist_persistence_a : float
        Rigidity against twist over kT.
    bending_interval_a, twist_interval_a : tuple of float
        Confidence interval (`CONFIDENCE`) of each, from the chi-square distribution; NaN if there
        is no spread, which then says nothing.
    translation_rms_a : float
        Spread of the translations around their mean.
    """

    n_motions: int
    rise_a: float
    bending_sd_deg: float
    twist_sd_deg: float
    bending_variance: float
    twist_variance: float
    bending_freedom: float
    twist_freedom: float
    bending_persistence_a: float
    twist_persistence_a: float
    bending_interval_a: tuple[float, float]
    twist_interval_a: tuple[float, float]
    translation_rms_a: float


def composed_motion(second: RigidMotion, first: RigidMotion) -> RigidMotion:
    """
    Return the motion that does the first and then the second.

    Parameters
    ----------
    second, first : RigidMotion
    """
    return RigidMotion(
        rotation=second.rotation @ first.rotation,
        translation=second.rotation @ first.translation + second.translation,
    )


def inverse_motion(motion: RigidMotion) -> RigidMotion:
    """
    Return the motion that undoes another.

    Parameters
    ----------
    motion : RigidMotion
    """
    back = motion.rotation.T
    return RigidMotion(rotation=back, translation=-(back @ motion.translation))


def motion_between(frame_1: RigidMotion, frame_2: RigidMotion) -> RigidMotion:
    """
    Return the motion from one pose of a body to another, in the frame of the body itself.

    Only motions in the frame of the body can be compared between crystals.

    Parameters
    ----------
    frame_1, frame_2 : RigidMotion
        Place the reference body where it is found, first and second.

    Examples
    --------
    Two copies side by side are one step apart, however the first one is turned:

    >>> turn = np.array([[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
    >>> here = RigidMotion(rotation=turn, translation=np.zeros(3))
    >>> there = RigidMotion(rotation=turn, translation=np.array([0.0, 9.0, 0.0]))
    >>> motion_between(here, there).translation.tolist()
    [9.0, 0.0, 0.0]
    """
    return composed_motion(inverse_motion(frame_1), frame_2)


def poses_of_chain(motion: RigidMotion, n_complexes: int) -> tuple[RigidMotion, ...]:
    """
    Place the complexes of a chain, the first where it stands.

    Parameters
    ----------
    motion : RigidMotion
        From each complex to the next.
    n_complexes : int
        One or more.

    Raises
    ------
    ParameterError
        If the number is not positive.
    """
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

    Parameters
    ----------
    motion : RigidMotion
        From one complex to the next.
    centre : ndarray, shape=(3,), dtype=float
        Centre of the first complex.
    tolerance : Tolerance
        How far from ideal a motion may be and still count as a translation or close a ring.

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


def mean_motion(motions: Sequence[RigidMotion]) -> RigidMotion:
    """
    Average rigid motions: the rotation nearest to all (chordal mean), the mean translation.

    Parameters
    ----------
    motions : sequence of RigidMotion
        Of the same contact, in the frame of the same body.

    Raises
    ------
    ParameterError
        If there is none.
    """
    if not motions:
        raise ParameterError("A mean motion needs at least one observed motion.")
    return RigidMotion(
        rotation=Rotation.from_matrix([each.rotation for each in motions])
        .mean()
        .as_matrix(),
        translation=np.mean([each.translation for each in motions], axis=0),
    )


def chain_stiffness(
    motions: Sequence[RigidMotion], *, geometry: ChainGeometry
) -> ChainStiffness:
    r"""
    Estimate the persistence lengths of a chain from how its observed steps differ.

    Parameters
    ----------
    motions : sequence of RigidMotion
        Two or more observations of the same step, each in the frame of the same body.
    geometry : ChainGeometry
        Of their mean; it gives the axis and the rise.

    Returns
    -------
    ChainStiffness

    Raises
    ------
    ParameterError
        If there are fewer than two motions, or the chain does not advance.

    Notes
    -----
    Each rotation differs from the mean by a rotation vector; its part along the axis is twist, the
    rest bending. With *b* the rise, :math:`l_p = 2b/\langle\theta^2\rangle` and
    :math:`l_t = b/\langle\omega^2\rangle`, the moduli over kT of an elastic rod. Variances have
    *n* - 1 degrees of freedom for each component, so three observations give an interval of a
    factor of 23 in bending and of 146 in twist. The spread of crystal structures is not a thermal one: errors
    of the coordinates widen it, the lattice narrows it. Motions that a lattice forces to be pure
    translations show no spread at all.

    References
    ----------
    Landau & Lifshitz, Statistical Physics, §127 (fluctuations of the bending of long molecules).
    """
    if len(motions) < 2 or not geometry.rise_a > 0.0 or geometry.ring_size:
        raise ParameterError(
            "Stiffness needs two or more observed motions and a chain that advances; there are "
            f"{len(motions)} and the mean is a {geometry.kind}."
        )
    mean = mean_motion(motions)
    # Rotations of a step in the frame of the first body, where the axis is given.
    vectors = np.array(
        [
            Rotation.from_matrix(each.rotation @ mean.rotation.T).as_rotvec()
            for each in motions
        ]
    )
    twist = vectors @ geometry.axis
    bend = vectors - twist[:, np.newaxis] * geometry.axis
    shifts = np.array([each.translation - mean.translation for each in motions])
    freedom = len(motions) - 1
    return _stiffness(
        rise_a=geometry.rise_a,
        bending=(float((bend**2).sum()) / freedom, 2.0 * freedom),
        twisting=(float((twist**2).sum()) / freedom, float(freedom)),
        translation_rms_a=math.sqrt(float((shifts**2).sum()) / freedom),
        n_motions=len(motions),
    )


def stiffness_in_series(parts: Sequence[ChainStiffness]) -> ChainStiffness:
    """
    Join the flexibility of the joints that follow each other in every step of a chain.

    The contact between complexes and the complex itself both give way: their variances add.

    Parameters
    ----------
    parts : sequence of ChainStiffness
        Of the same step.

    Raises
    ------
    ParameterError
        If there is none, or their rises differ by more than 5 %.
    """
    rises = [part.rise_a for part in parts]
    if not parts or max(rises) > 1.05 * min(rises):
        raise ParameterError(
            f"Parts in series must belong to the same step; their rises are {rises} Å."
        )
    return _stiffness(
        rise_a=float(np.mean(rises)),
        bending=_summed([(p.bending_variance, p.bending_freedom) for p in parts]),
        twisting=_summed([(p.twist_variance, p.twist_freedom) for p in parts]),
        translation_rms_a=math.sqrt(sum(p.translation_rms_a**2 for p in parts)),
        n_motions=0,
    )


def _summed(parts: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Sum of variances and its degrees of freedom after Welch and Satterthwaite."""
    total = sum(variance for variance, _ in parts)
    spread = sum(variance**2 / freedom for variance, freedom in parts)
    return total, total**2 / spread if spread > 0.0 else parts[0][1]


def _stiffness(
    *,
    rise_a: float,
    bending: tuple[float, float],
    twisting: tuple[float, float],
    translation_rms_a: float,
    n_motions: int,
) -> ChainStiffness:
    bend_length, bend_interval = _persistence(2.0 * rise_a, *bending)
    twist_length, twist_interval = _persistence(rise_a, *twisting)
    return ChainStiffness(
        n_motions=n_motions,
        rise_a=rise_a,
        bending_sd_deg=math.degrees(math.sqrt(bending[0])),
        twist_sd_deg=math.degrees(math.sqrt(twisting[0])),
        bending_variance=bending[0],
        twist_variance=twisting[0],
        bending_freedom=bending[1],
        twist_freedom=twisting[1],
        bending_persistence_a=bend_length,
        twist_persistence_a=twist_length,
        bending_interval_a=bend_interval,
        twist_interval_a=twist_interval,
        translation_rms_a=translation_rms_a,
    )


def _persistence(
    length_a: float, variance: float, freedom: float
) -> tuple[float, tuple[float, float]]:
    if variance <= NO_SPREAD**2:
        return math.inf, (math.nan, math.nan)
    tail = (1.0 - CONFIDENCE) / 2.0
    # chdtri inverts the upper tail, so the smaller quantile belongs to the larger probability.
    low, high = chdtri(freedom, [1.0 - tail, tail]) / freedom
    best = length_a / variance
    return best, (float(best * low), float(best * high))
