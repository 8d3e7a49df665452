"""Waters around a complex, those of symmetry images included."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from il2struct.arrays import FloatArray, IndexArray
from il2struct.kernels.cells import neighbour_pairs_within
from il2struct.structure.model import (
    Atoms,
    Crystal,
    Entry,
    ResidueKind,
    SymmetryOperator,
)
from il2struct.structure.neighbours import n_group_operators
from il2struct.structure.sides import Side, atoms_of_residues, concatenated

#: Waters farther than this from every atom of the sides bridge nothing, in Å.
WATER_REACH_A: Final = 6.0
#: Images of a water closer than this to each other are one water on a special position, in Å.
SAME_PLACE_A: Final = 0.5


def waters_around(entry: Entry, sides: Sequence[Side]) -> Atoms:
    """
    Place every water oxygen, of any symmetry image, in the box around some sides.

    Parameters
    ----------
    entry : Entry
    sides : sequence of Side
        Usually the members of a complex.

    Returns
    -------
    Atoms
        Water oxygens where they stand; ``residue_index`` is the row of ``entry.residues``.
    """
    rows = np.flatnonzero(entry.residues.kind == ResidueKind.WATER)
    waters = entry.atoms.select(atoms_of_residues(entry, rows))
    waters = waters.select(waters.element == "O")
    if not len(waters) or not sides:
        return waters.select(np.zeros(0, dtype=np.int64))
    coords = np.concatenate([side.atoms.coords for side in sides])
    low, high = coords.min(axis=0) - WATER_REACH_A, coords.max(axis=0) + WATER_REACH_A
    # Operators of assemblies alone do not build the crystal: only those that placed a side count,
    # and without the lattice.
    n_group = n_group_operators(entry)
    placing = {image.operator for side in sides for image in side.images}
    parts = [
        _images_in_box(
            waters,
            entry.operators[row],
            entry.crystal if row < n_group else None,
            low,
            high,
        )
        for row in sorted(placing | set(range(n_group)))
    ]
    placed = concatenated(parts)
    return placed.select(_distinct_places(placed.coords))


def _images_in_box(
    waters: Atoms,
    operator: SymmetryOperator,
    crystal: Crystal | None,
    low: FloatArray,
    high: FloatArray,
) -> Atoms:
    moved = waters.coords @ operator.rotation.T + operator.translation
    source = np.arange(len(waters))
    if crystal is not None:
        fractional = (moved - (low + high) / 2) @ crystal.fractionalisation.T
        shifts = _shifts_around(crystal.fractionalisation, high - low)
        cells = -np.round(fractional)[:, None, :] + shifts[None, :, :]
        moved = (moved[:, None, :] + cells @ crystal.orthogonalisation.T).reshape(-1, 3)
        source = np.repeat(source, len(shifts))
    inside = ((moved >= low) & (moved <= high)).all(axis=1)
    chosen = waters.select(source[inside])
    return Atoms(
        **{name: getattr(chosen, name) for name in Atoms.__slots__ if name != "coords"},
        coords=moved[inside],
    )


def _shifts_around(fractionalisation: FloatArray, size: FloatArray) -> IndexArray:
    """Cell shifts (n, 3) that can bring a point near the centre of a box into the box."""
    half = np.linalg.norm(fractionalisation, axis=1) * np.linalg.norm(size) / 2
    reach = np.maximum(1, np.ceil(half)).astype(np.int64)
    ranges = [np.arange(-n, n + 1) for n in reach]
    return np.stack(np.meshgrid(*ranges, indexing="ij"), axis=-1).reshape(-1, 3)


def _distinct_places(coords: FloatArray) -> IndexArray:
    """Rows that do not repeat an earlier position."""
    repeats = neighbour_pairs_within(coords, SAME_PLACE_A).index_2
    rows: IndexArray = np.setdiff1d(np.arange(len(coords)), repeats)
    return rows
