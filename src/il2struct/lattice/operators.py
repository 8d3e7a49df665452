"""Operators of the crystal as a group, and what repeating a rigid motion builds."""

import math
import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, TypeAlias

import numpy as np

from il2struct.arrays import FloatArray
from il2struct.errors import NoCrystalError, StructureError
from il2struct.structure.crystal import UNUSABLE_GROUP
from il2struct.structure.model import ChainImage, Crystal, Entry
from il2struct.structure.neighbours import FOREIGN_CELL, n_group_operators

#: Row in ``Entry.operators`` and whole cells added after it.
Placement: TypeAlias = tuple[int, tuple[int, int, int]]

IDENTITY: Placement = (0, (0, 0, 0))


def placement(image: ChainImage) -> Placement:
    """Return operator and cell shift of a chain image."""
    return image.operator, image.cell_shift


def require_crystal(entry: Entry) -> Crystal:
    """Return the crystal of an entry, or say that it has none."""
    foreign = [note for note in entry.notes if note.topic == FOREIGN_CELL]
    if foreign:
        raise NoCrystalError(
            f"{entry.entry_id} has no unit cell of its own: {foreign[0].message}"
        )
    if entry.crystal is None:
        method = f" ({entry.method.lower()})" if entry.method else ""
        raise NoCrystalError(
            f"{entry.entry_id} has no unit cell{method}; lattice contacts need a crystal structure."
        )
    if any(note.topic == UNUSABLE_GROUP for note in entry.notes):
        raise NoCrystalError(
            f"{entry.entry_id} gives no space group that is known and fits its cell "
            f"({entry.crystal.space_group or 'blank'}); lattice contacts need it, so write the right "
            "one into the file."
        )
    return entry.crystal


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OperatorGroup:
    """The operators of a crystal as arrays, for fast products."""

    #: For whole-cell translations.
    crystal: Crystal
    #: Cartesian; shape (m, 3, 3).
    rotations: FloatArray
    #: Cartesian, in Å; shape (m, 3).
    translations: FloatArray

    def motion(self, of: Placement) -> tuple[FloatArray, FloatArray]:
        """Return rotation (3, 3) and translation (3,) in Å of an operator and cell shift."""
        shift = self.crystal.orthogonalisation @ np.asarray(of[1], dtype=np.float64)
        return self.rotations[of[0]], self.translations[of[0]] + shift

    def composed(self, first: Placement, second: Placement) -> Placement:
        """Return the operation "second, then first" as one operator and cell shift."""
        turn_1, shift_1 = self.motion(first)
        turn_2, shift_2 = self.motion(second)
        return self._located(turn_1 @ turn_2, turn_1 @ shift_2 + shift_1)

    def inverse(self, of: Placement) -> Placement:
        """Return the operation that undoes another."""
        rotation, translation = self.motion(of)
        # Not the transpose: with rounded SCALE records operators are rotations to 1e-3 only.
        back = np.linalg.inv(rotation).astype(np.float64)
        return self._located(back, -(back @ translation))

    def _located(self, rotation: FloatArray, translation: FloatArray) -> Placement:
        """Operator and cell shift that come nearest to a motion."""
        turn = np.abs(self.rotations - rotation).max(axis=(1, 2))
        rest = (translation - self.translations) @ self.crystal.fractionalisation.T
        cells = np.round(rest)
        best = int(np.argmin(turn + np.abs(rest - cells).max(axis=1)))
        return best, (int(cells[best, 0]), int(cells[best, 1]), int(cells[best, 2]))


def operator_group(entry: Entry) -> OperatorGroup:
    """Gather the operators that build the crystal."""
    crystal = require_crystal(entry)
    operators = entry.operators[: n_group_operators(entry)]
    left_out = {op.name.split(":")[0] for op in operators if ":" in op.name}
    if left_out:
        raise StructureError(
            f"{entry.entry_id} leaves {len(left_out)} non-crystallographic copies of its chains to "
            "operators (MTRIX); write them out as chains before the lattice is searched."
        )
    return OperatorGroup(
        crystal=crystal,
        rotations=np.array([operator.rotation for operator in operators]),
        translations=np.array([operator.translation for operator in operators]),
    )


def triplet_with_shift(name: str, cell_shift: tuple[int, int, int]) -> str:
    """
    Write an operator such as ``"x+1/2,y+1/2,z"`` together with its cell shift as one triplet.

    Any other name is returned with the shift behind it.

    Examples
    --------
    >>> triplet_with_shift("x+1/2,y+1/2,z", (-1, 0, 0))
    'x-1/2,y+1/2,z'
    """
    parts = name.split(",")
    if len(parts) != 3 or ":" in name:
        return f"{name} + ({','.join(map(str, cell_shift))})"
    return ",".join(
        _shifted(part, shift) for part, shift in zip(parts, cell_shift, strict=True)
    )


def _shifted(part: str, shift: int) -> str:
    terms = re.findall(r"[+-]?[^+-]+", part.replace(" ", ""))
    letters = "".join(term for term in terms if term[-1] in "xyz")
    total = sum((Fraction(t) for t in terms if t[-1] not in "xyz"), Fraction(shift))
    if not total:
        return letters
    return f"{letters}{'+' if total > 0 else '-'}{abs(total)}"


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
        rise, closing = float(np.linalg.norm(step)), 1
    else:
        rise = abs(float(rotation_axis(rotation) @ step))
        # The smallest number of turns that end near a multiple of a full turn.
        turns = range(2, LARGEST_RING + 1)
        rests = (abs(math.remainder(n * angle_deg, 360.0)) for n in turns)
        ends = (
            n
            for n, rest in zip(turns, rests, strict=True)
            if rest <= tolerance.angle_deg
        )
        closing = next(ends, 0)
    ring = 0 if rise > tolerance.rise_a else closing
    return Repeat(
        rotation_deg=angle_deg,
        rise_a=rise,
        is_translation=angle_deg <= tolerance.angle_deg,
        is_propagating=ring == 0,
        ring_size=ring,
    )


def rotation_angle_deg(rotation: FloatArray) -> float:
    """Return the angle of a rotation matrix, 0 to 180 degrees."""
    skew = (rotation - rotation.T)[[2, 0, 1], [1, 2, 0]]
    # The arctangent is exact at 0 and 180 degrees, where the arccosine of the trace is not.
    sine, cosine = float(np.linalg.norm(skew)), float(np.trace(rotation)) - 1.0
    return math.degrees(math.atan2(sine, cosine))


def rotation_axis(rotation: FloatArray) -> FloatArray:
    """Return the unit vector along the axis of a rotation by more than zero degrees."""
    # R + R^T - (tr R - 1) I = 2 (1 - cos a) u u^T: the axis stands in its largest column.
    outer = rotation + rotation.T - (np.trace(rotation) - 1.0) * np.eye(3)
    column = outer[:, int(np.argmax(np.diag(outer)))]
    axis: FloatArray = column / np.linalg.norm(column)
    return axis
