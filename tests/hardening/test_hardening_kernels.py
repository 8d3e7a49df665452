"""What must hold for every kernel, whatever the numbers: motion, order, sides, slow versions."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arrays import frozen, random_rotation
from il2struct.kernels.cells import rows_in_reach
from il2struct.kernels.geometry import (
    distances,
    unit_vectors,
)
from il2struct.kernels.sasa import accessible_areas
from il2struct.kernels.surface import CONVEX, dot_surface, interface_surfaces
from il2struct.structure.neighbours import touching_image_groups

SEEDS = st.integers(0, 2**32 - 1)


def points(rng, n, size=10.0):
    return frozen(rng.uniform(-size, size, (n, 3)))


def motion(rng):
    return random_rotation(rng), rng.uniform(-50, 50, 3)


# Geometry.


@given(SEEDS, st.integers(1, 20), st.integers(1, 20))
def test_distances_equal_a_loop_and_survive_a_motion(seed, n_1, n_2):
    rng = np.random.default_rng(seed)
    first, second = points(rng, n_1)[:, None], points(rng, n_2)
    found = distances(first, second)
    slow = [[math.dist(a, b) for b in second] for a in first[:, 0]]
    np.testing.assert_allclose(found, slow, rtol=1e-14)
    turn, shift = motion(rng)
    moved = distances(first @ turn.T + shift, second @ turn.T + shift)
    # Coordinates of 60 Å carry 1e-14 of rounding; gaps may be 1e-2 Å.
    np.testing.assert_allclose(moved, found, atol=1e-12)


@given(SEEDS, st.integers(1, 20), st.floats(1e-6, 1e6))
def test_unit_vectors_have_length_one_and_their_direction(seed, n, scale):
    vectors = points(np.random.default_rng(seed), n)
    units = unit_vectors(vectors)
    np.testing.assert_allclose(np.linalg.norm(units, axis=1), 1.0, rtol=1e-14)
    np.testing.assert_allclose(unit_vectors(scale * vectors), units, atol=1e-14)
    assert (np.einsum("ij,ij->i", units, vectors) > 0).all()


# Cells.


@given(SEEDS, st.integers(0, 40), st.integers(0, 20), st.floats(0.0, 5.0))
def test_rows_in_reach_are_those_in_the_box(seed, n, m, reach):
    rng = np.random.default_rng(seed)
    coords, others = points(rng, n), points(rng, m, 3.0)
    rows = frozen(np.flatnonzero(rng.random(m) < 0.5), int)
    found = rows_in_reach(coords, others, rows, reach)
    if not len(rows):
        assert not len(found)
        return
    low, high = others[rows].min(axis=0) - reach, others[rows].max(axis=0) + reach
    inside = ((coords >= low) & (coords <= high)).all(axis=1)
    np.testing.assert_array_equal(found, np.flatnonzero(inside))


# Images.


@settings(max_examples=40)
@given(SEEDS, st.floats(2.0, 7.0))
def test_each_contact_of_a_crystal_has_its_inverse(seed, cutoff):
    rng = np.random.default_rng(seed)
    sizes = rng.integers(1, 12, size=3)
    first_row = np.concatenate([[0], np.cumsum(sizes)])
    coords = points(rng, int(sizes.sum()), 8.0)
    cell = np.diag(rng.uniform(15, 25, 3))
    # P 1 2 1: a group, so that the inverse of each motion is one of them.
    turns = np.array([np.eye(3), np.diag([-1.0, 1.0, -1.0])])
    motions = (turns, np.zeros((2, 3)))
    found = touching_image_groups(coords, first_row, motions, cell, cutoff_a=cutoff)
    rows = set(
        zip(
            found.group.tolist(),
            found.motion.tolist(),
            found.image_group.tolist(),
            map(tuple, found.cell_shift.tolist()),
            found.n_pairs.tolist(),
            strict=True,
        )
    )
    for i, m, j, shift, n_pairs in rows:
        inverse = tuple(int(x) for x in -(turns[m].T @ np.array(shift)))
        assert (j, m, i, inverse, n_pairs) in rows
    # The order of atoms within a group changes nothing.
    order = np.concatenate(
        [a + rng.permutation(b - a) for a, b in itertools.pairwise(first_row)]
    )
    again = touching_image_groups(
        coords[order], first_row, motions, cell, cutoff_a=cutoff
    )
    np.testing.assert_array_equal(again.n_pairs, found.n_pairs)
    np.testing.assert_array_equal(again.cell_shift, found.cell_shift)


# Surfaces.


def _apart(coords, least):
    gaps = np.linalg.norm(coords[:, None] - coords, axis=2) + 9.0 * np.eye(len(coords))
    return gaps.min() > least


@settings(max_examples=15)
@given(SEEDS, st.integers(1, 15))
def test_the_molecular_surface_lies_inside_the_accessible_one(seed, n):
    rng = np.random.default_rng(seed)
    coords, radii = points(rng, n, 3.0), frozen(rng.uniform(1.4, 2.0, n))
    if not _apart(coords, 1.0):
        return
    dots = dot_surface(coords, radii, probe_radius_a=1.4, density_per_a2=60.0)
    gaps = np.linalg.norm(dots.positions_a[:, None] - coords, axis=2)
    # A dot lies on some atom or outside all of them, and within a probe of some atom.
    assert (gaps >= radii - 1e-6).all()
    assert (gaps.min(axis=1) <= radii.max() + 1.4 + 1e-6).all()
    np.testing.assert_allclose(np.linalg.norm(dots.normals, axis=1), 1.0, atol=1e-9)
    # No place that a probe can touch is covered: the convex part is the accessible one, shrunk.
    open_areas = accessible_areas(coords, radii, probe_radius_a=1.4)
    convex = np.bincount(
        dots.atom_index, dots.areas_a2 * (dots.kind == CONVEX), minlength=n
    )
    # 60 dots/Å² sample a few Å² to some percent.
    np.testing.assert_allclose(
        convex, open_areas * (radii / (radii + 1.4)) ** 2, rtol=0.1, atol=0.5
    )


@settings(max_examples=15)
@given(SEEDS)
def test_the_dots_of_a_surface_turn_with_it(seed):
    rng = np.random.default_rng(seed)
    coords, radii = points(rng, 8, 3.5), frozen(rng.uniform(1.4, 2.0, 8))
    if not _apart(coords, 1.0):
        return
    turn, shift = motion(rng)
    options = {"probe_radius_a": 1.7, "density_per_a2": 200.0}
    area = dot_surface(coords, radii, **options).areas_a2.sum()
    moved = dot_surface(coords @ turn.T + shift, radii, **options).areas_a2.sum()
    assert moved == pytest.approx(area, rel=1e-9)


@settings(max_examples=15)
@given(SEEDS)
def test_swapped_sides_swap_their_dots(seed):
    rng = np.random.default_rng(seed)
    one, two = points(rng, 10, 4.0), points(rng, 12, 4.0) + np.array([6.0, 0, 0])
    if not (_apart(one, 1.0) and _apart(two, 1.0)):
        return
    radii_1, radii_2 = rng.uniform(1.4, 2.0, 10), rng.uniform(1.4, 2.0, 12)
    options = {"probe_radius_a": 1.7, "density_per_a2": 15.0, "separation_a": 8.0}
    plain = interface_surfaces(one, radii_1, two, radii_2, **options)
    swapped = interface_surfaces(two, radii_2, one, radii_1, **options)
    for first, second in zip(plain, swapped[::-1], strict=True):
        for column in ("positions_a", "normals", "areas_a2", "atom_index", "is_buried"):
            np.testing.assert_array_equal(
                getattr(first, column), getattr(second, column)
            )
