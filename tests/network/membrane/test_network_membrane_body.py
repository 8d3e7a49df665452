import numpy as np
import pytest
from bodies import blob
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad

from arrays import directions, frozen
from il2struct.errors import CoordinateError, ParameterError
from il2struct.kernels.geometry import random_rotation
from il2struct.network.membrane.body import (
    RigidBody,
    anchor_heights,
    best_orientation,
    floating_weight,
    hull_corners,
    orientation_at,
    refined_normal,
    resting_normals,
    rigid_body,
    tether_energy,
)

UP = np.array([0.0, 0.0, 1.0])
SHORT = (200.0, 30.0, 55.0)


@given(st.integers(0, 10_000))
@settings(max_examples=25)
def test_heights_are_those_of_a_loop_over_all_atoms(seed):
    rng = np.random.default_rng(seed)
    atoms, anchors = rng.normal(size=(40, 3)) * 20.0, rng.normal(size=(2, 3)) * 10.0
    body = rigid_body(
        frozen(atoms),
        frozen(anchors),
        contour_a=frozen([50.0, 60.0]),
        mean_square_a2=frozen([100.0, 200.0]),
        clearance_a=1.7,
    )
    normal = random_rotation(rng)[0]
    lowest = min(float(normal @ point) for point in [*atoms, *anchors])
    expected = [float(normal @ point) - lowest + 1.7 for point in anchors]
    # The hull leaves out only points that cannot be lowest; what remains is rounding.
    np.testing.assert_allclose(
        anchor_heights(body, normal[np.newaxis])[0], expected, atol=1e-10
    )


def test_hull_corners_survive_flat_and_tiny_inputs():
    flat = frozen([[0, 0, 0], [1, 0, 0], [0, 1, 0], [1, 1, 0], [0.5, 0.5, 0]])
    assert len(hull_corners(flat)) == 5
    assert len(hull_corners(frozen([[1.0, 2.0, 3.0]]))) == 1
    cube = np.array(np.meshgrid([0, 1], [0, 1], [0, 1])).reshape(3, -1).T
    inside = np.vstack([[[0.5, 0.5, 0.5]], cube])
    assert len(hull_corners(frozen(inside))) == 8


def test_energy_is_the_sum_over_linkers_and_infinite_beyond_the_contour():
    body = blob(1, contour=SHORT)
    heights = frozen([[10.0, 20.0, 30.0], [10.0, 31.0, 30.0]])
    expected = 1.5 * (100.0 / 1600.0 + 400.0 / 240.0 + 900.0 / 440.0)
    energies = tether_energy(body, heights)
    # float64 rounding only: the formula is exact here.
    assert energies[0] == pytest.approx(expected, rel=1e-14)
    assert energies[1] == np.inf


@pytest.mark.parametrize("seed", range(4))
def test_floating_weight_is_the_integral_over_the_height(seed):
    body = blob(seed, contour=SHORT)
    normals = directions(200)
    heights = anchor_heights(body, normals)
    energies = tether_energy(body, heights)
    weights = floating_weight(body, heights, energies)
    feasible = np.flatnonzero(np.isfinite(energies))
    assert 0 < len(feasible) < 200
    assert np.all(weights[np.isinf(energies)] == 0.0)
    for k in feasible[:8]:
        room = float((body.contour_a - heights[k]).min())

        def boltzmann(gap, row=heights[k]):
            return float(np.exp(-tether_energy(body, (row + gap)[np.newaxis])[0]))

        expected, error = quad(boltzmann, 0.0, room, epsabs=0.0, epsrel=1e-10)
        # Ten times the error that the adaptive quadrature states.
        assert weights[k] == pytest.approx(expected, abs=10 * error, rel=1e-9)


def test_floating_weight_keeps_its_digits_at_high_energies():
    body = RigidBody(
        surface=np.zeros((1, 3)),
        centre=np.zeros(3),
        anchors=np.zeros((1, 3)),
        contour_a=np.array([1000.0]),
        mean_square_a2=np.array([1.5]),
        clearance_a=0.0,
    )
    # For a stiff linker far out the integral tends to exp(-h²)/(2h).
    weight = floating_weight(body, np.array([[20.0]]), np.array([400.0]))[0]
    # The next term of the asymptotic series is 1/(2h²) = 0.00125.
    assert weight == pytest.approx(np.exp(-400.0) / 40.0, rel=2e-3)
    # Without a spring the body floats evenly between touching and the end of the linker.
    loose = blob(1, contour=(50.0, 60.0, 70.0))
    slack = RigidBody(
        surface=loose.surface,
        centre=loose.centre,
        anchors=loose.anchors,
        contour_a=loose.contour_a,
        mean_square_a2=np.full(3, 1e12),
        clearance_a=0.0,
    )
    # The energy is below 1e-8 kT everywhere.
    touching = floating_weight(slack, np.zeros((1, 3)), np.zeros(1))
    assert touching[0] == pytest.approx(50.0, rel=1e-7)


def test_orientation_lays_the_membrane_on_the_xy_plane():
    body = blob(3, contour=SHORT)
    normal = random_rotation(np.random.default_rng(5))[0]
    along = np.array([1.0, 2.0, 0.5])
    stood = orientation_at(body, 7.0 * normal, along=along)
    moved = body.surface @ stood.rotation.T + stood.translation
    # Rounding of coordinates of 100 Å.
    assert moved[:, 2].min() == pytest.approx(0.0, abs=1e-10)
    heights = (body.anchors @ stood.rotation.T + stood.translation)[:, 2]
    np.testing.assert_allclose(heights, stood.heights_a, atol=1e-10)
    np.testing.assert_allclose(stood.rotation @ stood.rotation.T, np.eye(3), atol=1e-12)
    assert np.linalg.det(stood.rotation) == pytest.approx(1.0, abs=1e-12)
    shown = stood.rotation @ along
    assert shown[0] > 0.0
    assert shown[1] == pytest.approx(0.0, abs=1e-12)
    np.testing.assert_allclose(stood.stretch_fraction, stood.heights_a / body.contour_a)


def flat_bottomed(contour=(200.0, 30.0, 55.0)):
    """Three anchors at one height below a lump of atoms."""
    rng = np.random.default_rng(11)
    atoms = rng.uniform(-20.0, 20.0, size=(50, 3)) + 40.0 * UP
    feet = np.array([[-15.0, -10.0, 0.0], [15.0, -10.0, 0.0], [0.0, 20.0, 0.0]])
    contour = np.array(contour)
    return rigid_body(
        frozen(atoms),
        frozen(feet),
        contour_a=frozen(contour),
        mean_square_a2=frozen(8.0 * contour),
    )


def test_anchors_at_one_height_stand_upright():
    body = flat_bottomed()
    turn = random_rotation(np.random.default_rng(2))
    for rotation in (np.eye(3), turn):
        turned = rigid_body(
            body.surface @ rotation.T,
            body.anchors @ rotation.T,
            contour_a=body.contour_a,
            mean_square_a2=body.mean_square_a2,
        )
        best = best_orientation(turned, directions(500))
        # A face of the hull: exact but for rounding.
        np.testing.assert_allclose(best.normal, rotation @ UP, atol=1e-9)
        assert best.energy_kt == pytest.approx(0.0, abs=1e-12)
        np.testing.assert_allclose(best.heights_a, 0.0, atol=1e-9)


def test_linkers_of_no_length_force_contact():
    body = flat_bottomed(contour=(0.0, 0.0, 0.0))
    best = best_orientation(body, directions(500))
    # TOUCHING_A.
    assert best.heights_a.max() <= 1e-6
    np.testing.assert_allclose(best.normal, UP, atol=1e-9)
    assert best.energy_kt == 0.0
    lifted = tether_energy(body, np.array([[0.0, 0.0, 0.01]]))
    assert lifted[0] == np.inf


@pytest.mark.parametrize("seed", range(6))
def test_no_normal_of_a_fine_grid_beats_the_best_one(seed):
    body = blob(seed, contour=(200.0, 120.0, 150.0))
    best = best_orientation(body, directions(2000))
    fine = tether_energy(body, anchor_heights(body, directions(200_000)))
    assert best.energy_kt <= fine.min() + 1e-9
    # The grid is 0.45° fine; energies of some kT change by no more than this over it.
    assert best.energy_kt == pytest.approx(fine.min(), abs=0.05)


def test_refinement_never_climbs_and_keeps_the_axis_flat():
    body = blob(2, contour=(200.0, 120.0, 150.0))
    axis = random_rotation(np.random.default_rng(8))[0]
    first = np.cross(axis, UP)
    start = first / np.linalg.norm(first)
    end = refined_normal(body, start, across=axis)
    energy = [
        tether_energy(body, anchor_heights(body, each[np.newaxis]))[0]
        for each in (start, end)
    ]
    assert energy[1] <= energy[0]
    assert end @ axis == pytest.approx(0.0, abs=1e-12)


def test_resting_normals_of_a_cube_are_its_faces():
    cube = np.array(np.meshgrid([0, 1], [0, 1], [0, 1])).reshape(3, -1).T.astype(float)
    found = {tuple(np.round(normal, 9) + 0.0) for normal in resting_normals(cube)}
    # Adding 0.0 turns -0.0 into 0.0.
    assert found == {tuple(s * row + 0.0) for row in np.eye(3) for s in (1.0, -1.0)}
    assert len(resting_normals(cube[:3])) == 0


def test_none_where_no_linker_reaches():
    buried = rigid_body(
        20.0 * directions(100),
        np.zeros((1, 3)),
        contour_a=frozen([1.0]),
        mean_square_a2=frozen([1.0]),
    )
    assert best_orientation(buried, directions(500)) is None
    assert best_orientation(buried, np.zeros((0, 3)), across=UP) is None


def test_bad_bodies_say_what_is_wrong():
    atoms, anchor = np.zeros((2, 3)), np.zeros((1, 3))
    good = {"contour_a": np.ones(1), "mean_square_a2": np.ones(1)}
    with pytest.raises(ParameterError, match="atoms, anchors"):
        rigid_body(np.zeros((0, 3)), anchor, **good)
    with pytest.raises(ParameterError, match="atoms, anchors"):
        rigid_body(
            atoms,
            np.zeros((0, 3)),
            contour_a=np.ones(0),
            mean_square_a2=np.ones(0),
        )
    with pytest.raises(ParameterError, match="contour_a"):
        rigid_body(atoms, anchor, contour_a=-np.ones(1), mean_square_a2=np.ones(1))
    with pytest.raises(ParameterError, match="mean_square_a2"):
        rigid_body(atoms, anchor, contour_a=np.ones(1), mean_square_a2=np.ones(2))
    with pytest.raises(CoordinateError, match="not finite"):
        rigid_body(np.full((2, 3), np.nan), anchor, **good)
    with pytest.raises(ParameterError, match="clearance"):
        rigid_body(atoms, anchor, **good, clearance_a=-1.0)
    with pytest.raises(ParameterError, match="normal"):
        orientation_at(rigid_body(atoms, anchor, **good), np.zeros(3))
