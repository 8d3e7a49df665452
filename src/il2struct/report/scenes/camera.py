"""Where to stand: cameras computed from the coordinates, so that all viewers show the same."""

from typing import Final

import numpy as np

from il2struct.arrays import FloatArray
from il2struct.report.scenes.model import Camera

#: Directions that are tried round an axis.
N_DIRECTIONS: Final = 36
#: Only atoms so near to the line of sight hide something, in Å.
IN_THE_WAY_A: Final = 8.0
#: Room round what is looked at, in Å.
ROOM_A: Final = 4.0
#: A chain reaches so far beyond its Cα atoms, in Å.
FREE_FRONT_A: Final = 30.0


def unit(vector: FloatArray) -> FloatArray:
    """Return a vector of length one."""
    length: FloatArray = vector / np.linalg.norm(vector)
    return length


def upright(up: FloatArray, right: FloatArray) -> FloatArray:
    """
    Make a camera's axes from a direction that is up and one that leads to the right.

    Parameters
    ----------
    up, right : ndarray, shape=(3,)
        Need not be square to each other; the first is kept.

    Returns
    -------
    ndarray, shape=(3, 3)
        Rows: right, up, towards the viewer.
    """
    above = unit(up)
    aside = right - (right @ above) * above
    if np.linalg.norm(aside) < 1e-6:
        aside = np.eye(3)[np.argmin(np.abs(above))]
        aside = aside - (aside @ above) * above
    beside = unit(aside)
    axes: FloatArray = np.array([beside, above, np.cross(beside, above)])
    return axes


def widest(points: FloatArray, up: FloatArray) -> FloatArray:
    """
    Return axes along the principal directions: the longest to the right, the shortest in depth.

    Parameters
    ----------
    points : ndarray, shape=(n, 3)
    up : ndarray, shape=(3,)
        Which way the second axis points.
    """
    _, _, directions = np.linalg.svd(points - points.mean(axis=0), full_matrices=False)
    right, above = directions[0], directions[1]
    above = above if above @ up >= 0 else -above
    axes: FloatArray = np.array([right, above, np.cross(right, above)])
    return axes


def framed(
    axes: FloatArray, points: FloatArray, *, front_a: float = FREE_FRONT_A
) -> Camera:
    """
    Make a camera that has all points in its frame.

    Parameters
    ----------
    axes : ndarray, shape=(3, 3)
    points : ndarray, shape=(n, 3)
    front_a : float
        Whatever stands farther before the nearest point is cut away.
    """
    seen = points @ axes.T
    low, high = seen.min(axis=0), seen.max(axis=0)
    half = (high - low) / 2 + ROOM_A
    return Camera(
        centre=axes.T @ ((low + high) / 2),
        axes=axes,
        half_width_a=float(half[0]),
        half_height_a=float(half[1]),
        half_depth_a=float(half[2]),
        front_a=float(half[2]) + front_a,
    )


def facing(side_1: FloatArray, side_2: FloatArray, others: FloatArray) -> FloatArray:
    """
    Look at an interface from its freest side, side 1 to the left and side 2 to the right.

    Parameters
    ----------
    side_1, side_2 : ndarray, shape=(n, 3) and (m, 3)
        What is to be seen of both.
    others : ndarray, shape=(k, 3)
        All that may stand in the way.

    Returns
    -------
    ndarray, shape=(3, 3)
        Axes of the camera.
    """
    across = unit(side_2.mean(axis=0) - side_1.mean(axis=0))
    start = upright(np.eye(3)[np.argmin(np.abs(across))], across)
    first = unit(np.cross(across, start[2]))
    second = np.cross(across, first)
    seen = np.concatenate((side_1, side_2))
    centre = seen.mean(axis=0)
    counts = []
    for angle in np.linspace(0.0, 2 * np.pi, N_DIRECTIONS, endpoint=False):
        back = np.cos(angle) * first + np.sin(angle) * second
        ahead = (others - centre) @ back
        aside = np.linalg.norm(others - centre - np.outer(ahead, back), axis=1)
        counts.append(int(((ahead > 0) & (aside < IN_THE_WAY_A)).sum()))
    angle = 2 * np.pi * int(np.argmin(counts)) / N_DIRECTIONS
    back = np.cos(angle) * first + np.sin(angle) * second
    axes: FloatArray = np.array([across, np.cross(back, across), back])
    return axes
