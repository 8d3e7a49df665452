"""The operators of the crystal as a group: products and inverses with their cell shifts."""

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

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
        rotation_1, translation_1 = self.motion(first)
        rotation_2, translation_2 = self.motion(second)
        return self._located(
            rotation_1 @ rotation_2, rotation_1 @ translation_2 + translation_1
        )

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
    left_out = {
        name.split(":")[0] for name in (op.name for op in operators) if ":" in name
    }
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
