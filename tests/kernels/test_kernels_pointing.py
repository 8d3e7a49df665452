"""Hydrogens point where the angle measured by itself says."""

import numpy as np
import pytest

from il2struct.kernels.geometry import angles_deg, distances
from il2struct.kernels.pointing import may_point


@pytest.mark.parametrize("angle_min_deg", [0.0, 60.0, 90.0, 120.0, 150.0, 179.0])
@pytest.mark.parametrize("distance_max_a", [1.5, np.inf])
def test_against_angles_and_distances(angle_min_deg, distance_max_a):
    rng = np.random.default_rng(8)
    n = 400
    coords = rng.normal(0, 1, (3, n, 3))
    hydrogens = np.full((n, 4), -1)
    for row, count in enumerate(rng.integers(0, 5, n)):
        hydrogens[row, :count] = rng.integers(0, n, count)
    frame = rng.integers(0, 3, n)
    donor, acceptor = rng.integers(0, n, (2, n))
    for array in (coords, hydrogens, frame, donor, acceptor):
        array.setflags(write=False)
    found = may_point(
        coords,
        frame,
        donor,
        acceptor,
        hydrogens,
        angle_min_deg=angle_min_deg,
        distance_max_a=distance_max_a,
    )
    expected = hydrogens[donor, 0] < 0
    d, a = coords[frame, donor], coords[frame, acceptor]
    for column in range(4):
        h = coords[frame, hydrogens[donor, column]]
        # what has no angle passes
        points = ~(angles_deg(d, h, a) < angle_min_deg)
        points &= distances(h, a) <= distance_max_a
        expected |= points & (hydrogens[donor, column] >= 0)
    assert found.tolist() == expected.tolist()
    assert expected.sum() > 0
    assert (expected.sum() < n) == (angle_min_deg > 0 or distance_max_a < np.inf)
