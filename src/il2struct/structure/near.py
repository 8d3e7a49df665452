"""
Which atoms are near which, and which images of groups of atoms touch, by sorting alone.

What a chain touches, and what a glycan is bonded to, is asked of every entry that is read: questions
too small to load compiled kernels for. It takes milliseconds; loading compiled code takes a second.
`il2struct.kernels.cells` answers the same.

Images whose bounding spheres come near are found by counting through cell translations; only their
atoms are moved and looked at.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Final

import numpy as np
import numpy.typing as npt

from il2struct.arrays import BoolArray, FloatArray, IndexArray, checked_coordinates

#: Cells are this much wider than the cut-off, so that rounding never moves a pair two cells apart.
EDGE_SLACK: Final = 1.0 + 1e-6
#: Cells along one axis: numbers of three axes fit into one integer of 64 bits.
LINE: Final = 1 << 20
#: Cell numbers saturate here; atoms farther out share a cell, and their distances tell them apart.
FARTHEST_CELL: Final = LINE // 2 - 2
#: Where the nine lines of cells around a cell start, as steps of the cell number.
LINES_AROUND: Final = np.array(
    [(z * LINE + y) * LINE for z in (-1, 0, 1) for y in (-1, 0, 1)]
)


def near_pairs(
    coords_1: npt.ArrayLike, coords_2: npt.ArrayLike, cutoff_a: float
) -> tuple[IndexArray, IndexArray]:
    """
    Find every pair of atoms, one from each set, that are within a cut-off.

    Parameters
    ----------
    coords_1 : array_like, shape=(n, 3)
        Coordinates of the first set in Å.
    coords_2 : array_like, shape=(m, 3)
        Coordinates of the second set in Å.
    cutoff_a : float
        Largest distance in Å, inclusive.

    Returns
    -------
    tuple of ndarray of int
        Rows of the first and of the second set, in no order.

    Examples
    --------
    >>> first, second = near_pairs([[0, 0, 0], [9, 0, 0]], [[0, 3, 4], [0, 0, 1]], 5.0)
    >>> sorted(zip(first.tolist(), second.tolist()))
    [(0, 0), (0, 1)]
    """
    first = checked_coordinates(coords_1, name="coords_1")
    second = checked_coordinates(coords_2, name="coords_2")
    rows_2 = _rows_in_reach(second, first, cutoff_a)
    rows_1 = _rows_in_reach(first, second[rows_2], cutoff_a)
    if not len(rows_1):
        return rows_1, rows_1
    edge = cutoff_a * EDGE_SLACK
    corner = first[rows_1].min(axis=0)
    cells = _cell_numbers(first[rows_1], corner, edge)
    order = np.argsort(cells)
    cells, rows_1 = cells[order], rows_1[order]
    # The three cells of a line are neighbours in the order too.
    middle = np.add.outer(
        LINES_AROUND, _cell_numbers(second[rows_2], corner, edge)
    ).ravel()
    start = np.searchsorted(cells, middle - 1, side="left")
    counts = np.searchsorted(cells, middle + 1, side="right") - start
    candidate_1 = rows_1[_stretches(start, counts)]
    candidate_2 = np.repeat(np.tile(rows_2, len(LINES_AROUND)), counts)
    gap = first[candidate_1] - second[candidate_2]
    gap *= gap
    x, y, z = gap.T
    is_near = x + y + z <= cutoff_a * cutoff_a
    return candidate_1[is_near], candidate_2[is_near]


def _rows_in_reach(coords: FloatArray, others: FloatArray, reach: float) -> IndexArray:
    """Rows of the atoms inside the box around some others, widened on all sides."""
    rows = np.arange(len(coords) if len(others) else 0)
    for axis in range(3):
        values, bounds = coords[rows, axis], others[:, axis]
        if len(rows):
            low, high = bounds.min() - reach, bounds.max() + reach
            rows = rows[(low <= values) & (values <= high)]
    return rows


def _cell_numbers(coords: FloatArray, corner: FloatArray, edge: float) -> IndexArray:
    cells = np.floor(
        np.clip((coords - corner) / edge, -FARTHEST_CELL, FARTHEST_CELL)
    ).astype(np.int64)
    numbers: IndexArray = (cells[:, 2] * LINE + cells[:, 1]) * LINE + cells[:, 0]
    return numbers


def _stretches(start: IndexArray, counts: IndexArray) -> IndexArray:
    """Count up from every start, one stretch behind the other."""
    before = np.cumsum(counts) - counts
    places: IndexArray = np.arange(int(counts.sum())) + np.repeat(
        start - before, counts
    )
    return places


#: A group that could touch more images of itself than this has an atom far out of place.
MOST_IMAGES: Final = 100_000

#: Atoms of a piece: some four residues.
PIECE_SIZE: Final = 32
#: Spheres are this much wider than the cut-off, so that rounding never hides a pair.
REACH_SLACK: Final = 1.0 + 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageContacts:
    """
    Groups and images of groups that touch, sorted by group, motion, image group and translation.

    Attributes
    ----------
    group : ndarray, shape=(p,), dtype=int
        The group, where it is.
    motion : ndarray, shape=(p,), dtype=int
        Row of the motion that makes the image.
    image_group : ndarray, shape=(p,), dtype=int
        Which group is moved.
    cell_shift : ndarray, shape=(p, 3), dtype=int
        Whole cells added after the motion.
    n_pairs : ndarray, shape=(p,), dtype=int
        Atom pairs within the cut-off.
    """

    group: IndexArray
    motion: IndexArray
    image_group: IndexArray
    cell_shift: IndexArray
    n_pairs: IndexArray


def is_too_wide(coords: FloatArray, cell: FloatArray, cutoff_a: float) -> bool:
    """
    Tell whether the images that a group of atoms could touch are too many to count through.

    Parameters
    ----------
    coords : ndarray, shape=(n, 3)
        In Å.
    cell : ndarray, shape=(3, 3)
        Columns are the cell edges in Å.
    cutoff_a : float
        Largest distance of a contact in Å.
    """
    width = float(np.linalg.norm(np.ptp(coords, axis=0)))
    span = np.linalg.norm(np.linalg.inv(cell), axis=1)
    return bool(np.prod(2 * (width + cutoff_a) * span + 1) > MOST_IMAGES)


def touching_image_groups(
    coords: npt.ArrayLike,
    first_row: npt.ArrayLike,
    motions: tuple[FloatArray, FloatArray],
    cell: FloatArray | None,
    *,
    cutoff_a: float,
) -> ImageContacts:
    """
    Count the atom pairs of each group with each image of a group that touches it.

    Parameters
    ----------
    coords : array_like, shape=(n, 3)
        Atoms in Å, group after group.
    first_row : array_like, shape=(g + 1,), dtype=int
        Where each group starts, and the number of atoms behind; no group is empty.
    motions : tuple of ndarray, shapes (m, 3, 3) and (m, 3)
        Rotations and translations in Å; row 0 is no motion.
    cell : ndarray, shape=(3, 3), or None
        Columns are the cell edges in Å; None for no translations.
    cutoff_a : float
        Largest distance in Å, inclusive.

    Returns
    -------
    ImageContacts
        Each contact is seen from both groups; a group where it is is not its own image.

    Examples
    --------
    One atom in a row along x touches the images before and after it:

    >>> found = touching_image_groups(
    ...     [[0, 0, 0]], [0, 1], (np.eye(3)[None], np.zeros((1, 3))), np.diag([4.0, 90, 90]),
    ...     cutoff_a=5.0)
    >>> found.cell_shift.tolist(), found.n_pairs.tolist()
    ([[-1, 0, 0], [1, 0, 0]], [1, 1])
    """
    atoms = checked_coordinates(coords)
    starts = np.asarray(first_row, dtype=np.int64)
    groups = np.split(atoms, starts[1:-1])
    rotations, translations = motions
    pieces = [_Pieces.of(group) for group in groups]
    found = []
    reached = _places_in_reach(groups, motions, cell, cutoff_a)
    for group, places in groupby(reached, key=itemgetter(0)):
        near: list[tuple[int, ...]] = []
        moved = []
        for _, place, step in places:
            rotation = rotations[place[0]]
            translation = translations[place[0]] + step
            there = pieces[place[1]]
            centres = _moved(there.centres, rotation, translation)
            rows_near = there.near(centres, pieces[group], cutoff_a)
            if len(rows_near):
                near.append(place)
                atoms_near = groups[place[1]][rows_near]
                moved.append(_moved(atoms_near, rotation, translation))
        if near:
            image = np.repeat(np.arange(len(near)), [len(atoms) for atoms in moved])
            _, row = near_pairs(groups[group], np.concatenate(moved), cutoff_a)
            counts = np.bincount(image[row], minlength=len(near)).tolist()
            found += [
                (group, *place, n) for place, n in zip(near, counts, strict=True) if n
            ]
    rows = np.array(found, dtype=np.int64).reshape(-1, 7)
    return ImageContacts(
        group=rows[:, 0],
        motion=rows[:, 1],
        image_group=rows[:, 2],
        cell_shift=rows[:, 3:6],
        n_pairs=rows[:, 6],
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pieces:
    """A group in pieces of neighbours along the chain, each in a sphere: most are out of reach."""

    piece: IndexArray
    centres: FloatArray
    radii: FloatArray

    @classmethod
    def of(cls, coords: FloatArray) -> "_Pieces":
        piece = np.arange(len(coords)) // PIECE_SIZE
        starts = np.arange(0, len(coords), PIECE_SIZE)
        low = np.minimum.reduceat(coords, starts)
        high = np.maximum.reduceat(coords, starts)
        centres = (low + high) / 2
        radii = np.linalg.norm(coords - centres[piece], axis=1)
        return cls(
            piece=piece, centres=centres, radii=np.maximum.reduceat(radii, starts)
        )

    def near(
        self, centres: FloatArray, other: "_Pieces", cutoff_a: float
    ) -> IndexArray:
        """Rows of the atoms in pieces that, their centres moved, meet a piece of another group."""
        reach = np.add.outer(self.radii, other.radii) + cutoff_a * REACH_SLACK
        squares = np.zeros_like(reach)
        for axis in range(3):
            squares += np.square(
                np.subtract.outer(centres[:, axis], other.centres[:, axis])
            )
        is_near: BoolArray = np.any(squares <= np.square(reach), axis=1)
        return np.flatnonzero(is_near[self.piece])


def _places_in_reach(
    groups: Sequence[FloatArray],
    motions: tuple[FloatArray, FloatArray],
    cell: FloatArray | None,
    cutoff_a: float,
) -> Iterator[tuple[int, tuple[int, ...], FloatArray]]:
    """List every group with each motion, group and cell shift, and step in Å, that come near it."""
    rotations, translations = motions
    edges = np.eye(3) if cell is None else cell
    centres = np.array([(g.min(axis=0) + g.max(axis=0)) / 2 for g in groups])
    radii = np.array(
        [
            np.linalg.norm(group - centre, axis=1).max()
            for group, centre in zip(groups, centres, strict=True)
        ]
    )
    placed = (centres @ rotations.transpose(0, 2, 1) + translations[:, None]).reshape(
        -1, 3
    )
    for group, centre in enumerate(centres):
        # One row for each motion and group.
        away = placed - centre
        reach = np.tile(radii[group] + radii + cutoff_a, len(rotations))
        rows = np.arange(len(away))
        shifts = np.zeros((len(away), 3), dtype=np.int64)
        if cell is not None:
            rows, shifts = _cell_shifts(cell, away, reach)
        steps = _product(edges, shifts)
        is_near = np.square(away[rows] + steps).sum(axis=1) <= np.square(reach[rows])
        is_itself = (rows == group) & ~shifts.any(axis=1)
        for i in np.flatnonzero(is_near & ~is_itself).tolist():
            motion_and_group = divmod(int(rows[i]), len(groups))
            yield group, (*motion_and_group, *shifts[i].tolist()), steps[i]


def _cell_shifts(
    cell: FloatArray, away: FloatArray, reach: FloatArray
) -> tuple[IndexArray, IndexArray]:
    """Count through the whole cells that may bring vectors within a reach: rows and shifts."""
    to_fraction = np.linalg.inv(cell)
    # A sphere of radius r spans r |a*_k| along fractional axis k.
    span = np.outer(reach, np.linalg.norm(to_fraction, axis=1))
    fraction = away @ to_fraction.T
    first = np.ceil(-fraction - span).astype(np.int64)
    last = np.floor(-fraction + span).astype(np.int64)
    sizes = np.maximum(last - first + 1, 0)
    counts = sizes.prod(axis=1)
    rows = np.repeat(np.arange(len(away)), counts)
    number = np.arange(len(rows)) - (np.cumsum(counts) - counts)[rows]
    in_plane, w = np.divmod(number, sizes[rows, 2])
    u, v = np.divmod(in_plane, sizes[rows, 1])
    return rows, first[rows] + np.column_stack([u, v, w])


def _moved(
    coords: FloatArray, rotation: FloatArray, translation: FloatArray
) -> FloatArray:
    moved: FloatArray = _product(rotation, coords) + translation
    return moved


def _product(matrix: FloatArray, vectors: npt.NDArray[np.number]) -> FloatArray:
    # Term by term: how a matrix product rounds differs from one machine to the next.
    x, y, z = vectors.T
    return np.column_stack([row[0] * x + row[1] * y + row[2] * z for row in matrix])
