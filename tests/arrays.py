"""Arrays that no test may change, directions spread evenly, and rotations at random."""

import numpy as np
from scipy.spatial.transform import Rotation


def frozen(values, dtype=float) -> np.ndarray:
    array = np.array(values, dtype=dtype)
    array.setflags(write=False)
    return array


def directions(n: int) -> np.ndarray:
    """Unit vectors along a Fibonacci spiral, shape (n, 3)."""
    k = np.arange(n) + 0.5
    z, turn = 1.0 - 2.0 * k / n, np.pi * (1.0 + 5.0**0.5) * k
    across = np.sqrt(1.0 - z**2)
    return np.column_stack([across * np.cos(turn), across * np.sin(turn), z])


def random_rotation(rng: np.random.Generator) -> np.ndarray:
    """Rotation matrix of an orientation of which every one is equally likely."""
    return Rotation.random(random_state=rng).as_matrix()
