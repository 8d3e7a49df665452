"""Ways to look at molecules, and where their names go."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import ndimage

from il2struct.arrays import BoolArray, FloatArray
from il2struct.errors import ParameterError
from il2struct.kernels.splat import PixelGrid

#: Shorter than this, in Å, a vector gives no direction.
NO_DIRECTION: Final = 1e-6
#: Left, bottom, right and top of a rectangle.
Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class View:
    """
    A direction to look from.

    Attributes
    ----------
    axes : ndarray, shape=(3, 3)
        Unit vectors to the right, up, and towards the viewer, one a row.
    centre : ndarray, shape=(3,)
        What lies in the middle.
    """

    axes: FloatArray
    centre: FloatArray

    def seen(self, coords: FloatArray) -> FloatArray:
        """Return coordinates to the right, up, and towards the viewer, from the middle."""
        # Threads of a matrix product cost more than three columns are worth.
        placed: FloatArray = np.einsum("...j,kj->...k", coords - self.centre, self.axes)
        return placed


def view_along(towards: FloatArray, *, right: FloatArray, centre: FloatArray) -> View:
    """
    Look against a direction, with another one to the right as far as that goes.

    Parameters
    ----------
    towards : ndarray, shape=(3,)
        From what is looked at to the viewer.
    right : ndarray, shape=(3,)
        Not parallel to it.
    centre : ndarray, shape=(3,)
        What lies in the middle.

    Raises
    ------
    ParameterError
        If the two directions are parallel, or one is none.

    Examples
    --------
    >>> view_along(np.array([0, 0, 2.0]), right=np.array([3.0, 0, 1]), centre=np.zeros(3)).axes
    array([[1., 0., 0.],
           [0., 1., 0.],
           [0., 0., 1.]])
    """
    viewer = _unit(towards)
    across = _unit(right - (right @ viewer) * viewer)
    # Adding 0 takes the sign off zeros.
    return View(
        axes=np.array([across, np.cross(viewer, across), viewer]) + 0.0, centre=centre
    )


def _unit(vector: FloatArray) -> FloatArray:
    length = float(np.linalg.norm(vector))
    if not length > NO_DIRECTION:
        raise ParameterError(
            "a view needs two directions that are not parallel; give another one."
        )
    unit: FloatArray = vector / length
    return unit


def any_across(direction: FloatArray) -> FloatArray:
    """Return the axis of the frame that is most nearly perpendicular to a direction."""
    across: FloatArray = np.eye(3)[int(np.argmin(np.abs(direction)))]
    return across


def principal_axes(points: FloatArray) -> FloatArray:
    """Return the principal axes of points as unit vectors, one a row, the longest first."""
    around = points - points.mean(axis=0)
    _, vectors = np.linalg.eigh(around.T @ around)
    axes: FloatArray = vectors.T[::-1]
    return axes


def turned_about_vertical(view: View) -> View:
    """Return the view from behind: left and right change places, up stays up."""
    return View(axes=view.axes * np.array([[-1.0], [1.0], [-1.0]]), centre=view.centre)


def innermost(mask: BoolArray, grid: PixelGrid) -> tuple[float, float] | None:
    """
    Find the place of a visible patch that is farthest from its edges, where a name stands well.

    Parameters
    ----------
    mask : ndarray of bool, shape=(n_rows, n_columns)
        Pixels of the patch.
    grid : PixelGrid

    Returns
    -------
    (float, float) or None
        In Å; None if nothing is seen.
    """
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not len(rows):
        return None
    top, left = int(rows[0]), int(columns[0])
    part = mask[top : int(rows[-1]) + 1, left : int(columns[-1]) + 1]
    depth = ndimage.distance_transform_edt(np.pad(part, 1))[1:-1, 1:-1]
    row, column = np.unravel_index(int(np.argmax(depth)), depth.shape)
    return (
        grid.left_a + (left + int(column) + 0.5) * grid.pixel_a,
        grid.bottom_a + (top + int(row) + 0.5) * grid.pixel_a,
    )


def spread(places: Sequence[float], gap: float) -> list[float]:
    """
    Move places on a line as little as possible until each is a gap above the one before.

    Parameters
    ----------
    places : sequence of float
        In rising order.
    gap : float
        Least distance of neighbours.

    Returns
    -------
    list of float
        The nearest such places by least squares (pooling of neighbours that are too near).

    Examples
    --------
    >>> spread([0.0, 0.0, 5.0], 1.0)
    [-0.5, 0.5, 5.0]
    """
    pools: list[list[float]] = []
    for number, place in enumerate(places):
        pools.append([place - number * gap])
        while len(pools) > 1 and _mean(pools[-2]) > _mean(pools[-1]):
            last = pools.pop()
            pools[-1] += last
    level = [_mean(pool) for pool in pools for _ in pool]
    return [base + number * gap for number, base in enumerate(level)]


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def free_place(
    wanted: tuple[float, float],
    size: tuple[float, float],
    taken: Sequence[Box],
    inside: Box,
) -> tuple[float, float]:
    """
    Find the place nearest to the wanted one where a box meets no other and stays inside.

    Parameters
    ----------
    wanted : (float, float)
        Where its centre should be.
    size : (float, float)
        Its width and height.
    taken : sequence of box
        Left, bottom, right and top of what is there already.
    inside : box
        What it may not leave.

    Returns
    -------
    (float, float)
        Its centre; the wanted place, moved inside, if there is no free one.

    Examples
    --------
    >>> free_place((5.0, 5.0), (2.0, 2.0), [(4.0, 4.0, 6.0, 6.0)], (0.0, 0.0, 10.0, 10.0))
    (5.0, 3.0)
    """
    half_width, half_height = size[0] / 2, size[1] / 2
    low = (inside[0] + half_width, inside[1] + half_height)
    high = (inside[2] - half_width, inside[3] - half_height)
    start = _within(wanted, low, high)
    # Beside, below and above what is in the way: one of these is the nearest free place.
    xs = [
        start[0],
        *(b[k] + s * half_width for b in taken for k, s in ((0, -1), (2, 1))),
    ]
    ys = [
        start[1],
        *(b[k] + s * half_height for b in taken for k, s in ((1, -1), (3, 1))),
    ]
    tried = sorted(
        {_within((x, y), low, high) for x in xs for y in ys},
        key=lambda p: ((p[0] - start[0]) ** 2 + (p[1] - start[1]) ** 2, p[1], p[0]),
    )
    for x, y in tried:
        box = (x - half_width, y - half_height, x + half_width, y + half_height)
        if not any(overlap(box, other) for other in taken):
            return x, y
    return start


def _within(
    place: tuple[float, float], low: tuple[float, float], high: tuple[float, float]
) -> tuple[float, float]:
    x, y = (min(max(p, a), b) for p, a, b in zip(place, low, high, strict=True))
    return x, y


def overlap(one: Box, other: Box) -> bool:
    """Whether two boxes share more than an edge."""
    slack = 1e-9
    return (
        one[0] < other[2] - slack
        and other[0] < one[2] - slack
        and one[1] < other[3] - slack
        and other[1] < one[3] - slack
    )
