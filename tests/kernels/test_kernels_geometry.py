"""Geometry against values known by hand, against gemmi, and by invariants."""

import gemmi
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from arrays import frozen, random_rotation
from il2struct.errors import CoordinateError, ParameterError
from il2struct.kernels.geometry import (
    angles_deg,
    apply_transform,
    distances,
    place_atom,
    ring_normal,
    rotation_matrix,
    superpose,
    unit_vectors,
)

SEEDS = st.integers(0, 2**32 - 1)


def points(rng, n, scale=10.0):
    return frozen(rng.normal(scale=scale, size=(n, 3)))


def test_distances_row_by_row_and_one_to_many():
    assert distances(
        frozen([[0, 0, 0], [1, 2, 2]]), [[0, 0, 2], [0, 0, 0]]
    ).tolist() == [2, 3]
    assert distances([0, 0, 0], [[3, 4, 0], [0, 0, 1]]).tolist() == [5, 1]
    assert distances(np.empty((0, 3)), np.empty((0, 3))).shape == (0,)


@pytest.mark.parametrize("angle", [0.0, 1e-6, 30.0, 90.0, 179.999999, 180.0])
def test_angles_known_by_construction(angle):
    arm = [np.cos(np.radians(angle)), np.sin(np.radians(angle)), 0.0]
    # arctan2 keeps 1e-13 degrees even where arccos would lose 1e-6.
    assert angles_deg([[2, 0, 0]], [[0, 0, 0]], [arm])[0] == pytest.approx(
        angle, abs=1e-12
    )


def test_angles_agree_with_gemmi():
    a, b, c = points(np.random.default_rng(0), 60).reshape(3, 20, 3)
    expected = [
        np.degrees(gemmi.calculate_angle(*(gemmi.Position(*p) for p in corner)))
        for corner in zip(a, b, c, strict=True)
    ]
    # gemmi's arccos loses half the digits near 0 and 180 degrees.
    np.testing.assert_allclose(angles_deg(a, b, c), expected, atol=1e-6)


def test_what_is_undefined_is_nan_without_warning():
    origin, x, xx = [[0, 0, 0]], [[1, 0, 0]], [[2, 0, 0]]
    assert np.isnan(angles_deg(x, x, xx)).all()
    assert np.isnan(unit_vectors(origin)).all()
    placed = place_atom(origin, x, xx, length_a=1.0, angle_deg=90.0, dihedral_deg=0.0)
    assert np.isnan(placed).all()


@given(SEEDS)
def test_angles_survive_rigid_motion_and_read_the_same_from_either_end(seed):
    rng = np.random.default_rng(seed)
    rotation, translation = random_rotation(rng), rng.normal(size=3)
    before = [points(rng, 5) for _ in range(3)]
    after = [apply_transform(p, rotation, translation) for p in before]
    # float64 rounding, enlarged where three random points are nearly on a line.
    np.testing.assert_allclose(angles_deg(*after), angles_deg(*before), atol=1e-8)
    np.testing.assert_allclose(
        angles_deg(*before[::-1]), angles_deg(*before), atol=1e-12
    )


@given(SEEDS, st.floats(-720.0, 720.0))
def test_rotation_matrix_agrees_with_scipy(seed, angle):
    axis = np.random.default_rng(seed).normal(size=3)
    expected = Rotation.from_rotvec(
        np.radians(angle) * axis / np.linalg.norm(axis)
    ).as_matrix()
    # float64 rounding of sines and cosines.
    np.testing.assert_allclose(
        rotation_matrix(frozen(axis), angle), expected, atol=1e-13
    )


def test_an_axis_without_direction_is_refused():
    with pytest.raises(ParameterError, match="axis"):
        rotation_matrix([0, 0, 0], 90.0)
    with pytest.raises(ParameterError, match="axis"):
        rotation_matrix([[0, 0, 1]], 90.0)


@given(SEEDS, st.integers(3, 30))
def test_superpose_recovers_a_known_motion(seed, n):
    rng = np.random.default_rng(seed)
    moving = points(rng, n)
    rotation, translation = random_rotation(rng), rng.normal(scale=50.0, size=3)
    found = superpose(moving, frozen(apply_transform(moving, rotation, translation)))
    moved = apply_transform(moving, found.rotation, found.translation)
    # float64 rounding at coordinates of about 100 Å.
    np.testing.assert_allclose(
        moved, apply_transform(moving, rotation, translation), atol=1e-10
    )
    assert found.rmsd_a < 1e-10
    assert np.linalg.det(found.rotation) == pytest.approx(1.0, abs=1e-12)


@given(SEEDS)
def test_superpose_is_at_least_as_good_as_any_other_motion(seed):
    rng = np.random.default_rng(seed)
    moving, fixed = points(rng, 8), points(rng, 8)
    best = superpose(moving, fixed)
    expected, rssd = Rotation.align_vectors(
        fixed - fixed.mean(axis=0), moving - moving.mean(axis=0)
    )
    # scipy solves the same least squares; float64 rounding.
    assert best.rmsd_a == pytest.approx(rssd / np.sqrt(8), rel=1e-9)
    np.testing.assert_allclose(best.rotation, expected.as_matrix(), atol=1e-6)


def test_superpose_never_mirrors():
    moving = frozen([[1, 0, 0], [0, 2, 0], [0, 0, 3], [-1, -1, -1]])
    found = superpose(moving, moving * [1, 1, -1])
    assert np.linalg.det(found.rotation) == pytest.approx(1.0, abs=1e-12)
    assert found.rmsd_a > 0.5


def test_superpose_of_one_point_is_a_shift():
    found = superpose([[1, 2, 3]], [[4, 4, 4]])
    np.testing.assert_allclose(
        apply_transform([[1, 2, 3]], found.rotation, found.translation), 4
    )


def test_superpose_refuses_what_does_not_pair_up():
    with pytest.raises(ParameterError, match="equally long"):
        superpose(np.zeros((3, 3)), np.zeros((4, 3)))
    with pytest.raises(ParameterError, match="equally long"):
        superpose(np.zeros((0, 3)), np.zeros((0, 3)))
    with pytest.raises(CoordinateError, match="fixed"):
        superpose(np.zeros((1, 3)), [[0, 0, np.nan]])


@given(SEEDS, st.floats(0.9, 2.5), st.floats(5.0, 175.0), st.floats(-179.0, 179.0))
def test_a_placed_atom_has_the_geometry_asked_for(seed, length, angle, torsion):
    rng = np.random.default_rng(seed)
    a, b, c = (points(rng, 6) for _ in range(3))
    d = place_atom(a, b, c, length_a=length, angle_deg=angle, dihedral_deg=torsion)
    # float64 rounding, enlarged where a, b and c are nearly on a line.
    np.testing.assert_allclose(distances(c, d), length, atol=1e-10)
    np.testing.assert_allclose(angles_deg(b, c, d), angle, atol=1e-7)
    torsions = [
        np.degrees(gemmi.calculate_dihedral(*(gemmi.Position(*p) for p in bond)))
        for bond in zip(a, b, c, d, strict=True)
    ]
    np.testing.assert_allclose(torsions, torsion, atol=1e-6)


def test_each_placed_atom_may_have_its_own_geometry():
    a, b, c = [1, 0, 0], [0, 0, 0], [0, 0, 1]
    placed = place_atom(
        a, b, c, length_a=[1.0, 2.0], angle_deg=frozen([90.0, 180.0]), dihedral_deg=0.0
    )
    np.testing.assert_allclose(placed, [[1, 0, 1], [0, 0, 3]], atol=1e-15)


def test_a_ring_faces_along_its_axis():
    angles = np.radians(np.arange(6) * 60.0)
    ring = np.stack([np.cos(angles), np.sin(angles), np.zeros(6)], axis=1) * 1.39
    rotation = rotation_matrix([1, 2, 3], 77.0)
    moved = frozen(apply_transform(ring, rotation, np.array([3.0, -4.0, 5.0])))
    plane = ring_normal(moved)
    np.testing.assert_allclose(plane.centre, [3, -4, 5], atol=1e-14)
    np.testing.assert_allclose(plane.normal, rotation @ [0, 0, 1], atol=1e-14)
    # Against the order of the atoms, the ring is seen from behind.
    np.testing.assert_allclose(
        ring_normal(moved[::-1]).normal, -plane.normal, atol=1e-14
    )


def test_many_rings_at_once_equal_one_by_one():
    rng = np.random.default_rng(5)
    rings = frozen(rng.normal(size=(7, 5, 3)))
    planes = ring_normal(rings)
    for ring, centre, normal in zip(rings, planes.centre, planes.normal, strict=True):
        alone = ring_normal(ring)
        np.testing.assert_allclose(alone.centre, centre, atol=1e-15)
        np.testing.assert_allclose(alone.normal, normal, atol=1e-12)
        # The best plane: no other direction has a smaller sum of squares.
        spread = np.linalg.eigvalsh(np.cov((ring - centre).T, bias=True))[0]
        assert np.mean(((ring - centre) @ normal) ** 2) == pytest.approx(
            spread, abs=1e-12
        )


def test_shapes_that_are_not_points_are_refused():
    with pytest.raises(ParameterError, match="three components"):
        distances([[0, 0]], [[0, 0]])
    with pytest.raises(ParameterError, match="three components"):
        unit_vectors(1.0)
    with pytest.raises(ParameterError, match="at least three"):
        ring_normal([[0, 0, 0], [1, 0, 0]])
