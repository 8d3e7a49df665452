"""
Which images of which groups of atoms touch, through rigid motions and whole-cell translations.

One compiled pass: images whose bounding spheres come near are found by counting through cell
translations, their atoms are moved one by one and looked up in the cell list of the other group.
"""

import math
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from il2struct.arrays import FloatArray, IndexArray, checked_coordinates
from il2struct.kernels._numba import kernel, part, read_only
from il2struct.kernels.cells import (
    MAX_RUNS,
    CellGrid,
    cell_grid,
    runs_around,
)

__all__ = ["ImageContacts", "touching_image_groups"]

#: Centre, bounding radius, lowest and highest corner of each group.
Extents: TypeAlias = tuple[FloatArray, FloatArray, FloatArray, FloatArray]


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
    atoms = read_only(checked_coordinates(coords))
    starts = read_only(np.ascontiguousarray(first_row, dtype=np.int64))
    rotations, translations = (
        read_only(np.ascontiguousarray(part, dtype=np.float64)) for part in motions
    )
    edges: FloatArray = np.eye(3)
    if cell is not None:
        edges = np.ascontiguousarray(cell, dtype=np.float64)
    inverse_edges: FloatArray = np.asarray(np.linalg.inv(edges), dtype=np.float64)
    rows = _image_contacts(
        atoms,
        starts,
        rotations,
        translations,
        read_only(edges),
        read_only(inverse_edges),
        cell is not None,
        float(cutoff_a),
    )
    return ImageContacts(
        group=rows[:, 0],
        motion=rows[:, 1],
        image_group=rows[:, 2],
        cell_shift=rows[:, 3:6],
        n_pairs=rows[:, 6],
    )


@part()
def _extents(coords: FloatArray, first_row: IndexArray) -> Extents:
    n_groups = len(first_row) - 1
    centre, radius = np.empty((n_groups, 3)), np.zeros(n_groups)
    low, high = np.empty((n_groups, 3)), np.empty((n_groups, 3))
    for group in range(n_groups):
        own = coords[first_row[group] : first_row[group + 1]]
        for k in range(3):
            low[group, k], high[group, k] = np.inf, -np.inf
            for row in range(len(own)):
                low[group, k] = min(low[group, k], own[row, k])
                high[group, k] = max(high[group, k], own[row, k])
            centre[group, k] = (low[group, k] + high[group, k]) / 2
        for row in range(len(own)):
            square = 0.0
            for k in range(3):
                square += (own[row, k] - centre[group, k]) ** 2
            radius[group] = max(radius[group], math.sqrt(square))
    return centre, radius, low, high


@part()
def _turned(matrix: FloatArray, vector: FloatArray) -> FloatArray:
    # numba's matrix product would bring scipy's linear algebra along, at every start.
    turned = np.zeros(3)
    for row in range(3):
        for k in range(3):
            turned[row] += matrix[row, k] * vector[k]
    return turned


@part()
def _moved_pairs(
    coords: FloatArray,
    grid: CellGrid,
    low: FloatArray,
    high: FloatArray,
    moving: FloatArray,
    rotation: FloatArray,
    translation: FloatArray,
    cutoff: float,
    runs: IndexArray,
) -> int:
    order = grid[0]
    n_pairs = 0
    place = np.empty(3)
    for row in range(len(moving)):
        is_near = True
        for k in range(3):
            place[k] = (
                rotation[k, 0] * moving[row, 0]
                + rotation[k, 1] * moving[row, 1]
                + rotation[k, 2] * moving[row, 2]
                + translation[k]
            )
            if not low[k] - cutoff <= place[k] <= high[k] + cutoff:
                is_near = False
                break
        if not is_near:
            continue
        x, y, z = place[0], place[1], place[2]
        for run in range(runs_around(grid, x, y, z, runs)):
            for position in range(runs[run, 0], runs[run, 1]):
                i = order[position]
                square = (
                    (coords[i, 0] - x) ** 2
                    + (coords[i, 1] - y) ** 2
                    + (coords[i, 2] - z) ** 2
                )
                n_pairs += square <= cutoff * cutoff
    return n_pairs


@kernel()
def _image_contacts(
    coords: FloatArray,
    first_row: IndexArray,
    rotations: FloatArray,
    translations: FloatArray,
    edges: FloatArray,
    inverse_edges: FloatArray,
    has_cell: bool,  # kernels take no None
    cutoff: float,
) -> IndexArray:
    n_groups = len(first_row) - 1
    centre, radius, low, high = _extents(coords, first_row)
    # A sphere of radius r spans r |a*_k| along fractional axis k.
    span = np.empty(3)
    for k in range(3):
        span[k] = math.sqrt(
            inverse_edges[k, 0] ** 2
            + inverse_edges[k, 1] ** 2
            + inverse_edges[k, 2] ** 2
        )
    runs = np.empty((MAX_RUNS, 2), np.int64)
    found = [(0, 0, 0, 0, 0, 0, 0)]
    for i in range(n_groups):
        grid = cell_grid(coords, np.arange(first_row[i], first_row[i + 1]), cutoff)
        for motion in range(len(rotations)):
            for j in range(n_groups):
                away = (
                    _turned(rotations[motion], centre[j])
                    + translations[motion]
                    - centre[i]
                )
                reach = radius[i] + radius[j] + cutoff
                first, last = np.zeros(3, np.int64), np.zeros(3, np.int64)
                if has_cell:
                    fraction = _turned(inverse_edges, away)
                    for k in range(3):
                        first[k] = math.ceil(-fraction[k] - reach * span[k])
                        last[k] = math.floor(-fraction[k] + reach * span[k])
                moving = coords[first_row[j] : first_row[j + 1]]
                for u in range(first[0], last[0] + 1):
                    for v in range(first[1], last[1] + 1):
                        for w in range(first[2], last[2] + 1):
                            if i == j and motion == u == v == w == 0:
                                continue
                            step = edges[:, 0] * u + edges[:, 1] * v + edges[:, 2] * w
                            square = 0.0
                            for k in range(3):
                                square += (away[k] + step[k]) ** 2
                            if square > reach * reach:
                                continue
                            n_pairs = _moved_pairs(
                                coords,
                                grid,
                                low[i],
                                high[i],
                                moving,
                                rotations[motion],
                                translations[motion] + step,
                                cutoff,
                                runs,
                            )
                            if n_pairs:
                                found.append((i, motion, j, u, v, w, n_pairs))
    rows = np.empty((len(found) - 1, 7), np.int64)
    for row in range(1, len(found)):
        for column in range(7):
            rows[row - 1, column] = found[row][column]
    return rows
