"""Waters around a complex, those of symmetry images included."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from il2struct.arrays import FloatArray, IndexArray
from il2struct.errors import CoordinateError
from il2struct.kernels.cells import neighbour_pairs_within
from il2struct.structure.model import (
    Atoms,
    Crystal,
    Entry,
    ResidueKind,
    Side,
    SymmetryOperator,
    atoms_of_residues,
    concatenated,
)
from il2struct.structure.neighbours import n_group_operators

#: Waters farther than this from every atom of the sides bridge nothing, in Å.
WATER_REACH_A: Final = 6.0
#: Images of a water closer than this to each other are one water on a special position, in Å.
SAME_PLACE_A: Final = 0.5
#: Places of waters that can be gone through in a second; a large entry has 100,000.
MOST_PLACES: Final = 10_000_000


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
    _check_extent(entry, len(waters), low, high)
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


def _check_extent(
    entry: Entry, n_waters: int, low: FloatArray, high: FloatArray
) -> None:
    """Refuse sides so wide that the waters of all cells between them cannot be gone through."""
    if entry.crystal is None:
        return
    reach = _reach(entry.crystal.fractionalisation, high - low)
    n_places = n_waters * n_group_operators(entry) * np.prod(2.0 * reach + 1.0)
    if n_places > MOST_PLACES:
        width = float(np.linalg.norm(high - low))
        raise CoordinateError(
            f"Chains of {entry.entry_id} that touch are {width:.0f} Å wide, many times the unit "
            "cell: an atom is out of place; correct its coordinates."
        )


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
    reach = _reach(fractionalisation, size).astype(np.int64)
    ranges = [np.arange(-n, n + 1) for n in reach]
    return np.stack(np.meshgrid(*ranges, indexing="ij"), axis=-1).reshape(-1, 3)


def _reach(fractionalisation: FloatArray, size: FloatArray) -> FloatArray:
    """Whole cells along each axis from the centre of a box to its farthest corner."""
    half = np.linalg.norm(fractionalisation, axis=1) * np.linalg.norm(size) / 2
    reach: FloatArray = np.maximum(1.0, np.ceil(half))
    return reach


def _distinct_places(coords: FloatArray) -> IndexArray:
    """Rows that do not repeat an earlier position."""
    repeats = neighbour_pairs_within(coords, SAME_PLACE_A).index_2
    rows: IndexArray = np.setdiff1d(np.arange(len(coords)), repeats)
    return rows
