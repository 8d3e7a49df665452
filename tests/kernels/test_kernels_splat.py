"""Spheres in pixels: areas, depth order, and a slow obvious version."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arrays import frozen
from il2struct.errors import CoordinateError, ParameterError
from il2struct.kernels.splat import NOTHING, PixelGrid, splat_spheres


def grid_of(n_rows=40, n_columns=60, pixel_a=0.25, left_a=0.0, bottom_a=0.0):
    return PixelGrid(
        left_a=left_a,
        bottom_a=bottom_a,
        pixel_a=pixel_a,
        n_rows=n_rows,
        n_columns=n_columns,
    )


def splat_slowly(centres, radii, labels, grid):
    """Ask every pixel of every sphere."""
    depth = np.full((grid.n_rows, grid.n_columns), -np.inf)
    label = np.full((grid.n_rows, grid.n_columns), NOTHING)
    for row in range(grid.n_rows):
        for column in range(grid.n_columns):
            x = (column + 0.5) * grid.pixel_a
            y = (row + 0.5) * grid.pixel_a
            seen = []
            for (cx, cy, cz), radius, mark in zip(centres, radii, labels, strict=True):
                up = y - (cy - grid.bottom_a)
                right = x - (cx - grid.left_a)
                high = radius**2 - up * up - right * right
                if high > 0:
                    seen.append((-(cz + np.sqrt(high)), mark))
            if seen:
                nearest = min(seen)
                depth[row, column], label[row, column] = -nearest[0], nearest[1]
    return depth, label


@pytest.mark.parametrize("radius", [3.0, 7.77, 20.0])
def test_one_sphere_is_a_disc(radius):
    grid = grid_of(n_rows=500, n_columns=500, pixel_a=0.1)
    found = splat_spheres(frozen([[25.03, 24.98, 5.0]]), frozen([radius]), [3], grid)
    area = (found.label == 3).sum() * grid.pixel_a**2
    # 2 %: pixels of a tenth of an Å at the rim of a disc of 3 Å.
    assert area == pytest.approx(np.pi * radius**2, rel=0.02)
    # The pole is as near as centre plus radius, up to half a pixel beside it.
    assert found.depth_a.max() == pytest.approx(5.0 + radius, abs=2e-3)
    assert np.isneginf(found.depth_a[found.label == NOTHING]).all()


def test_the_nearer_sphere_wins_whatever_comes_first():
    grid = grid_of()
    near, far = [7.0, 5.0, 4.0], [8.0, 5.0, 0.0]
    for order in ([0, 1], [1, 0]):
        centres = np.array([near, far])[order]
        labels = np.array([10, 20])[order]
        found = splat_spheres(frozen(centres), frozen([3.0, 3.0]), labels, grid)
        row = int(5.0 / grid.pixel_a)
        assert found.label[row, int(7.5 / grid.pixel_a)] == 10
        assert found.label[row, int(10.8 / grid.pixel_a)] == 20


@pytest.fixture(scope="module")
def cloud():
    """Spheres at multiples of 1/64 Å, which floats hold exactly."""
    rng = np.random.default_rng(4)
    centres = np.round(rng.uniform(0, 12, (300, 3)) * 64) / 64
    radii = np.round(rng.uniform(0.5, 2.0, 300) * 64) / 64
    return frozen(centres), frozen(radii), frozen(rng.integers(0, 5, 300), np.int64)


def test_whole_pixels_move_the_picture_exactly(cloud):
    centres, radii, labels = cloud
    here = splat_spheres(centres, radii, labels, grid_of(80, 80))
    moved = centres + np.array([3 * 0.25, 5 * 0.25, 0.0])
    there = splat_spheres(frozen(moved), radii, labels, grid_of(80, 80))
    assert np.array_equal(here.label[:75, :77], there.label[5:, 3:])
    assert np.array_equal(here.depth_a[:75, :77], there.depth_a[5:, 3:])


def test_the_order_of_spheres_changes_nothing(cloud):
    centres, radii, labels = cloud
    # Copies with other labels at the very same place: the tie must not hang on the order.
    centres, radii = np.tile(centres, (2, 1)), np.tile(radii, 2)
    labels = np.concatenate([labels, labels + 7])
    here = splat_spheres(centres, radii, labels, grid_of(80, 80))
    for seed in range(3):
        order = np.random.default_rng(seed).permutation(len(labels))
        there = splat_spheres(
            frozen(centres[order]), frozen(radii[order]), labels[order], grid_of(80, 80)
        )
        assert np.array_equal(here.label, there.label)
        assert np.array_equal(here.depth_a, there.depth_a)
    assert here.label.max() < 7


sphere = st.tuples(
    st.floats(-3, 8), st.floats(-3, 8), st.floats(-5, 5), st.floats(0.05, 4.0)
)


@settings(max_examples=60)
@given(st.lists(sphere, max_size=6), st.floats(0.3, 1.1), st.floats(-2, 2))
def test_as_the_slow_version(spheres, pixel_a, left_a):
    grid = grid_of(9, 11, pixel_a, left_a=left_a, bottom_a=-1.0)
    table = np.array(spheres).reshape(-1, 4)
    labels = np.arange(len(table)) % 3
    found = splat_spheres(frozen(table[:, :3]), frozen(table[:, 3]), labels, grid)
    depth, label = splat_slowly(table[:, :3], table[:, 3], labels, grid)
    # Rims and ties are decided by the last bit; everything else must agree.
    same = found.label == label
    assert (~same).sum() <= 2
    assert np.allclose(found.depth_a[same], depth[same], atol=1e-6)


def test_spheres_outside_leave_no_mark():
    grid = grid_of()
    far = [[-9.0, 5.0, 0.0], [5.0, 99.0, 0.0], [30.0, 5.0, 0.0], [5.0, -7.0, 0.0]]
    found = splat_spheres(frozen(far), frozen(np.full(4, 2.0)), [0, 1, 2, 3], grid)
    assert (found.label == NOTHING).all()
    none = splat_spheres(np.zeros((0, 3)), [], [], grid)
    assert (none.label == NOTHING).all()


def test_what_is_refused():
    grid = grid_of()
    with pytest.raises(ParameterError, match="labels"):
        splat_spheres([[0, 0, 0]], [1.0], [-1], grid)
    with pytest.raises(ParameterError, match="labels"):
        splat_spheres([[0, 0, 0]], [1.0], [1, 2], grid)
    with pytest.raises(ParameterError, match="radii"):
        splat_spheres([[0, 0, 0]], [0.0], [1], grid)
    with pytest.raises(CoordinateError):
        splat_spheres([[0, np.nan, 0]], [1.0], [1], grid)
    with pytest.raises(ParameterError, match="pixel size"):
        grid_of(pixel_a=0.0)
    with pytest.raises(ParameterError, match="pixels"):
        grid_of(n_rows=10**6, n_columns=10**6)
