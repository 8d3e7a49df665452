"""Areas against closed forms, a slow obvious version, freesasa and biotite, and by invariants."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arrays import frozen, random_rotation
from il2struct.errors import CoordinateError, ParameterError
from il2struct.kernels import sasa
from il2struct.kernels.cells import near_mask
from il2struct.kernels.geometry import apply_transform
from il2struct.kernels.sasa import accessible_areas, buried_areas

PROBE = 1.4
SEEDS = st.integers(0, 2**32 - 1)
#: Radii in Å by element, near enough for tests; the package has its own table.
RADII = {"C": 1.8, "N": 1.65, "O": 1.4, "S": 1.85}


def blob(rng, n, *, side=9.0, centre=(0.0, 0.0, 0.0)):
    """Atoms packed about as tightly as bonded ones, of mixed radii."""
    coords = frozen(rng.uniform(0.0, side, (n, 3)) + centre)
    return coords, frozen(rng.choice([1.4, 1.65, 1.8, 1.85], n))


def slow_areas(coords, radii, n_slices, probe=PROBE):
    """Lee & Richards by sorted arcs in angles, every atom against every other."""
    expanded = radii + probe
    areas = np.zeros(len(coords))
    for i, (centre, radius) in enumerate(zip(coords, expanded, strict=True)):
        thickness = 2.0 * radius / n_slices
        for s in range(n_slices):
            z = centre[2] - radius + (s + 0.5) * thickness
            own = np.sqrt(radius**2 - (z - centre[2]) ** 2)
            areas[i] += thickness * radius * _free_angle(i, z, own, coords, expanded)
    return areas


def _free_angle(i, z, own, coords, expanded):
    arcs = []
    for j in range(len(coords)):
        height = abs(z - coords[j, 2])
        if j == i or height >= expanded[j]:
            continue
        theirs = np.sqrt(expanded[j] ** 2 - height**2)
        x, y = coords[j, :2] - coords[i, :2]
        apart = np.hypot(x, y)
        if apart >= own + theirs or apart + theirs <= own:
            continue
        if apart + own <= theirs:
            return 0.0
        half = np.arccos((own**2 + apart**2 - theirs**2) / (2.0 * own * apart))
        start = (np.arctan2(y, x) - half) % (2.0 * np.pi)
        arcs += [
            (start, start + 2.0 * half),
            (start - 2.0 * np.pi, start - 2.0 * np.pi + 2.0 * half),
        ]
    free, reached = 0.0, 0.0
    for start, end in sorted(arcs):
        if start > reached:
            free += min(start, 2.0 * np.pi) - reached
        reached = min(max(reached, end), 2.0 * np.pi)
    return free + 2.0 * np.pi - reached


@pytest.fixture(scope="module")
def freesasa_areas(freesasa):
    """The definition of the slices: areas by the other program."""
    freesasa.setVerbosity(freesasa.silent)  # it tells of coinciding spheres

    def areas(coords, radii, *, probe_radius_a=PROBE, n_slices=20):
        options = {
            "algorithm": freesasa.LeeRichards,
            "n-slices": n_slices,
            "probe-radius": probe_radius_a,
        }
        result = freesasa.calcCoord(
            coords.ravel().tolist(), radii.tolist(), freesasa.Parameters(options)
        )
        return np.array([result.atomArea(i) for i in range(len(coords))])

    return areas


def lost_by_difference(areas, coords_1, radii_1, coords_2, radii_2, **options):
    together = areas(
        np.vstack([coords_1, coords_2]), np.concatenate([radii_1, radii_2]), **options
    )
    n = len(coords_1)
    return (
        areas(coords_1, radii_1, **options) - together[:n],
        areas(coords_2, radii_2, **options) - together[n:],
    )


# --- closed forms --------------------------------------------------------------------------------


@pytest.mark.parametrize("n_slices", [None, 1, 20])
@pytest.mark.parametrize("radius", [1.4, 1.88, 3.0])
@pytest.mark.parametrize("probe", [0.0, 1.4])
def test_one_atom_shows_its_whole_sphere(radius, probe, n_slices):
    found = accessible_areas(
        [[1, 2, 3]], [radius], probe_radius_a=probe, n_slices=n_slices
    )
    # Slices of equal thickness of a sphere have equal areas: exact for any number of slices.
    np.testing.assert_allclose(found, 4.0 * np.pi * (radius + probe) ** 2, rtol=1e-14)


@given(SEEDS, st.floats(0.5, 6.3))
def test_two_spheres_lose_their_caps(seed, apart):
    rng = np.random.default_rng(seed)
    direction = random_rotation(rng)[0]
    radii = rng.uniform(1.4, 1.9, 2)
    big_1, big_2 = radii + PROBE
    first, second = frozen([[5, 6, 7]]), frozen([[5, 6, 7] + apart * direction])
    plane = (apart**2 + big_1**2 - big_2**2) / (2.0 * apart)
    cap_1 = 2.0 * np.pi * big_1 * np.clip(big_1 - plane, 0.0, 2.0 * big_1)
    cap_2 = 2.0 * np.pi * big_2 * np.clip(big_2 - (apart - plane), 0.0, 2.0 * big_2)
    # Slices at the rim of a cap are wrong by up to one slice: 1/2000 of the sphere, 0.07 Å².
    for n_slices, error in ((None, 1e-9), (2000, 0.07)):
        found = buried_areas(first, radii[:1], second, radii[1:], n_slices=n_slices)
        assert found.buried_1_a2[0] == pytest.approx(cap_1, abs=error)
        assert found.buried_2_a2[0] == pytest.approx(cap_2, abs=error)


def lens(theta_1, theta_2, apart):
    """Area that two caps of the unit sphere, of these angular radii, share (they must overlap)."""
    (c_1, c_2, c), (s_1, s_2, s) = (
        f([theta_1, theta_2, apart]) for f in (np.cos, np.sin)
    )
    return 2.0 * (
        np.pi
        - np.arccos((c - c_1 * c_2) / (s_1 * s_2))
        - np.arccos((c_2 - c * c_1) / (s * s_1)) * c_1
        - np.arccos((c_1 - c * c_2) / (s * s_2)) * c_2
    )


@given(SEEDS)
def test_three_spheres_lose_what_two_caps_cover(seed):
    rng = np.random.default_rng(seed)
    radius, big = 3.0, rng.uniform(2.8, 3.3, 2)
    distance = rng.uniform(2.0, 3.0, 2)
    theta = np.arccos((radius**2 - big**2 + distance**2) / (2 * radius * distance))
    apart = rng.uniform(abs(theta[0] - theta[1]), theta.sum())
    directions = [[1, 0, 0], [np.cos(apart), np.sin(apart), 0]]
    turned = (distance[:, None] * directions) @ random_rotation(rng)
    found = accessible_areas(
        np.vstack([[0, 0, 0], turned]), [radius, *big], probe_radius_a=0.0
    )[0]
    caps = 2.0 * np.pi * (1.0 - np.cos(theta)).sum() - lens(*theta, apart)
    # arccos near 1 loses half the digits of the formula.
    assert found == pytest.approx(radius**2 * (4.0 * np.pi - caps), abs=1e-6)


def test_slices_come_nearer_to_the_area():
    coords, radii = blob(np.random.default_rng(1), 40)
    exact = accessible_areas(coords, radii)
    errors = [
        np.abs(accessible_areas(coords, radii, n_slices=n) - exact).max()
        for n in (20, 200, 2000, 20000)
    ]
    # A boundary is cut by slices 6.5 Å / n thick, half of one by 3 Å wrong; there are a few.
    assert all(
        e < 30.0 / n for e, n in zip(errors, (20, 200, 2000, 20000), strict=True)
    )
    assert errors == sorted(errors, reverse=True)


# --- positions in which circles touch, coincide or meet in one point ------------------------------

CUBE = np.array(list(itertools.product(range(3), repeat=3)), dtype=float)
FCC = np.vstack(
    [CUBE, *(CUBE + f for f in ([0.5, 0.5, 0], [0.5, 0, 0.5], [0, 0.5, 0.5]))]
)
AXIS = np.array([0.0, 0.0, 1.0])
RING = np.array([[np.cos(a), np.sin(a), 0] for a in np.arange(8) * np.pi / 4])


#: Positions, radii (the first is 3 Å) and the area of the first sphere over 4π 3², if obvious.
DEGENERATE = {
    "cube, edges touch": (6.0 * CUBE, 3.0, 1.0),
    # Two circles touch on every sphere wherever two neighbours touch.
    "cube, faces touch": (np.sqrt(18.0) * CUBE, 3.0, None),
    # Eight spheres meet in the middle of each cube.
    "cube, bodies touch": (2.0 * np.sqrt(3.0) * CUBE, 3.0, None),
    "cube": (2.5 * CUBE, 3.0, None),
    "face-centred cube": (4.0 * FCC, 3.0, None),
    # All circles pass through both poles.
    "ring": (np.vstack([0.0 * AXIS, 3.0 * RING]), [3.0, *[np.sqrt(18.0)] * 8], 0.0),
    # Four neighbours share one circle.
    "one circle": (
        np.outer([0, 2, 3, 4], AXIS),
        [3.0, *(np.sqrt(9 + d * d - 2 * d) for d in (2, 3, 4))],
        2.0 / 3.0,
    ),
    # Two circles are one, and what one leaves open the other covers.
    "halves": (np.outer([0, 2, -2], AXIS), [3.0, np.sqrt(13.0), np.sqrt(13.0)], 0.0),
    "a third and two": (
        np.outer([0, 2, -2], AXIS),
        [3.0, np.sqrt(9.0), np.sqrt(17.0)],
        0.0,
    ),
    # Three great circles at right angles.
    "octant": (
        np.vstack([0.0 * AXIS, 2.0 * np.eye(3)]),
        [3.0, *[np.sqrt(13.0)] * 3],
        1 / 8,
    ),
    "touching within": (np.outer([0, 1], AXIS), [3.0, 4.0], 0.0),
    "within": (np.outer([0, 0.5], AXIS), [3.0, 4.0], 0.0),
    "one centre": (np.zeros((2, 3)), [3.0, 2.0], 1.0),
    "thrice the same": (np.vstack([np.zeros((3, 3)), 3.0 * AXIS]), 3.0, 1 / 4),
}


@pytest.mark.parametrize("name", DEGENERATE)
def test_positions_without_a_general_one(name):
    coords, radii, share = DEGENERATE[name]
    radii = frozen(np.broadcast_to(radii, len(coords)))
    plain = accessible_areas(coords, radii, probe_radius_a=0.0)
    if share is not None:
        assert plain[0] == pytest.approx(36.0 * np.pi * share, abs=1e-6)
    rng = np.random.default_rng(0)
    for _ in range(10):
        turned = apply_transform(coords, random_rotation(rng), rng.uniform(-40, 40, 3))
        found = accessible_areas(turned, radii, probe_radius_a=0.0)
        np.testing.assert_allclose(found, plain, atol=1e-6)
        # Equal spheres on one spot are the limit in sum only.
        near = turned + rng.normal(scale=1e-7, size=coords.shape)
        found = accessible_areas(near, radii, probe_radius_a=0.0)
        assert found.sum() == pytest.approx(plain.sum(), abs=1e-3)
        if name != "thrice the same":
            np.testing.assert_allclose(found, plain, atol=2e-4)


# --- other methods and programs ------------------------------------------------------------------


@settings(max_examples=25)
@given(SEEDS, st.integers(1, 25), st.sampled_from([1, 7, 20]))
def test_areas_equal_the_slow_version(seed, n, n_slices):
    coords, radii = blob(np.random.default_rng(seed), n)
    # arccos near the tangent loses half the digits: 1e-8 rad times thickness and radius.
    np.testing.assert_allclose(
        accessible_areas(coords, radii, n_slices=n_slices),
        slow_areas(coords, radii, n_slices),
        atol=1e-6,
    )


@settings(max_examples=25)
@given(SEEDS, st.integers(1, 40), st.integers(1, 40), st.floats(-9.0, 16.0))
@pytest.mark.parametrize(
    ("options", "slow", "error"),
    [
        pytest.param({}, accessible_areas, 1e-9, id="exact"),
        # arccos near the tangent, as above.
        pytest.param({"n_slices": 5}, slow_areas, 1e-6, id="slices"),
    ],
)
def test_losses_are_differences(options, slow, error, seed, n_1, n_2, shift):
    rng = np.random.default_rng(seed)
    groups = *blob(rng, n_1), *blob(rng, n_2, centre=(shift, 0.5 * shift, 0.0))
    found = buried_areas(*groups, **options)
    slow_1, slow_2 = lost_by_difference(slow, *groups, **options)
    np.testing.assert_allclose(found.buried_1_a2, slow_1, atol=error)
    np.testing.assert_allclose(found.buried_2_a2, slow_2, atol=error)


@settings(max_examples=40)
@given(SEEDS, st.floats(0.0, 16.0), st.integers(1, 40))
def test_freesasa_agrees_on_random_groups(freesasa_areas, seed, shift, n_slices):
    rng = np.random.default_rng(seed)
    coords_1, radii_1 = blob(rng, 60)
    coords_2, radii_2 = blob(rng, 60, centre=(0.0, shift, 0.0))
    options = {"n_slices": n_slices, "probe_radius_a": 1.2}
    # Rounding near tangents, as above; mostly agreement is 1e-11.
    alone = accessible_areas(coords_1, radii_1, **options)
    np.testing.assert_allclose(
        alone, freesasa_areas(coords_1, radii_1, **options), atol=1e-6
    )
    found = buried_areas(coords_1, radii_1, coords_2, radii_2, **options)
    lost = lost_by_difference(
        freesasa_areas, coords_1, radii_1, coords_2, radii_2, **options
    )
    np.testing.assert_allclose(found.buried_1_a2, lost[0], atol=1e-6)
    np.testing.assert_allclose(found.buried_2_a2, lost[1], atol=1e-6)


@settings(max_examples=40)
@given(SEEDS)
def test_swapped_sides_swap_the_losses(seed):
    rng = np.random.default_rng(seed)
    first, second = blob(rng, 40), blob(rng, 50, centre=(6.0, 0.0, 3.0))
    there, back = buried_areas(*first, *second), buried_areas(*second, *first)
    # The order in which neighbours are met differs, the sums of arcs only by rounding.
    np.testing.assert_allclose(there.buried_1_a2, back.buried_2_a2, atol=1e-9)
    np.testing.assert_allclose(there.buried_2_a2, back.buried_1_a2, atol=1e-9)
    assert there.buried_1_a2.sum() > 0.0


@settings(max_examples=40)
@given(SEEDS)
def test_atom_order_does_not_matter(seed):
    rng = np.random.default_rng(seed)
    (coords_1, radii_1), second = blob(rng, 40), blob(rng, 50, centre=(6.0, 0.0, 3.0))
    order = rng.permutation(40)
    plain = buried_areas(coords_1, radii_1, *second)
    shuffled = buried_areas(coords_1[order], radii_1[order], *second)
    np.testing.assert_allclose(
        plain.buried_1_a2[order], shuffled.buried_1_a2, atol=1e-9
    )
    np.testing.assert_allclose(plain.buried_2_a2, shuffled.buried_2_a2, atol=1e-9)


@settings(max_examples=40)
@given(SEEDS)
def test_rigid_motion_changes_nothing(seed):
    rng = np.random.default_rng(seed)
    (coords_1, radii_1), (coords_2, radii_2) = (
        blob(rng, 60),
        blob(rng, 60, centre=(6, 0, 3)),
    )
    motion = random_rotation(rng), rng.uniform(-40.0, 40.0, 3)
    plain = buried_areas(coords_1, radii_1, coords_2, radii_2)
    turned = buried_areas(
        apply_transform(coords_1, *motion), radii_1,
        apply_transform(coords_2, *motion), radii_2,
    )  # fmt: skip
    np.testing.assert_allclose(plain.buried_1_a2, turned.buried_1_a2, atol=1e-6)
    np.testing.assert_allclose(plain.buried_2_a2, turned.buried_2_a2, atol=1e-6)


@pytest.mark.parametrize(
    ("first", "second", "radii", "lost"),
    [
        # The inner sphere was whole and is gone.
        pytest.param(
            [0, 0, 0], [0.3, 0.2, 0.1], (3.0, 1.4), (0.0, 2.8**2), id="inside"
        ),
        pytest.param([1, 2, 3], [1, 2, 3], (1.8, 1.6), (0.0, 3.0**2), id="one centre"),
        # No horizontal direction, and the plane halfway lies between slices.
        pytest.param(
            [0, 0, 0],
            [0, 0, 3],
            (1.6, 1.6),
            (0.5 * 3.0 * 1.5,) * 2,
            id="above each other",
        ),
    ],
)
def test_losses_that_are_exact_for_any_number_of_slices(first, second, radii, lost):
    for n_slices in (None, 20):
        found = buried_areas([first], radii[:1], [second], radii[1:], n_slices=n_slices)
        np.testing.assert_allclose(found.buried_1_a2, 4.0 * np.pi * lost[0], rtol=1e-12)
        np.testing.assert_allclose(found.buried_2_a2, 4.0 * np.pi * lost[1], rtol=1e-12)


def test_coinciding_spheres_share_the_surface():
    same, radius = frozen([[1, 2, 3]]), frozen([1.6])
    whole = 4.0 * np.pi * 3.0**2
    found = buried_areas(same, radius, same, radius)
    # Neither is inside the other; each shows a half, the limit of two that nearly coincide.
    assert found.buried_1_a2[0] == pytest.approx(whole / 2.0, rel=1e-12)
    assert found.buried_2_a2[0] == pytest.approx(whole / 2.0, rel=1e-12)
    nearly = buried_areas(same, radius, frozen([[1 + 1e-9, 2, 3]]), radius)
    assert nearly.buried_1_a2[0] == pytest.approx(whole / 2.0, rel=1e-8)
    for n_slices in (None, 20):
        both = accessible_areas(
            np.vstack([same, same]), frozen([1.6, 1.6]), n_slices=n_slices
        )
        np.testing.assert_allclose(both, whole / 2.0, rtol=1e-12)


def test_groups_that_do_not_meet_lose_nothing():
    first, second = frozen([[0, 0, 0]]), frozen([[0, 0, 6.0]])
    radius = frozen([1.6])
    # 6 Å is exactly twice 3 Å: they touch in a point.
    assert buried_areas(first, radius, second, radius).buried_1_a2.tolist() == [0.0]
    far = buried_areas(first, radius, second + 100.0, radius)
    assert (far.buried_1_a2.tolist(), far.buried_2_a2.tolist()) == ([0.0], [0.0])


def test_empty_groups():
    none, no_radii = np.empty((0, 3)), np.empty(0)
    some, radii = blob(np.random.default_rng(0), 4)
    found = buried_areas(none, no_radii, some, radii)
    assert found.buried_1_a2.shape == (0,)
    assert found.buried_2_a2.tolist() == [0.0] * 4
    assert buried_areas(some, radii, none, no_radii).buried_1_a2.tolist() == [0.0] * 4
    assert accessible_areas(none, no_radii).shape == (0,)


def test_losses_are_never_negative_and_never_more_than_there_was():
    rng = np.random.default_rng(11)
    first, second = (
        blob(rng, 400, side=18.0),
        blob(rng, 400, side=18.0, centre=(15, 2, 1)),
    )
    found = buried_areas(*first, *second)
    assert found.buried_1_a2.min() == 0.0
    assert found.buried_2_a2.min() == 0.0
    # 1e-9 Å²: rounding of sums of arcs.
    assert (found.buried_1_a2 <= accessible_areas(*first) + 1e-9).all()
    assert found.buried_1_a2.sum() > 100.0


@pytest.mark.parametrize("far", [1e4, 1e6, 1e12, 1e300])
def test_a_stray_atom_changes_nothing(far):
    rng = np.random.default_rng(12)
    (coords_1, radii_1), second = blob(rng, 100), blob(rng, 100, centre=(7, 0, 0))
    stray = frozen(np.vstack([coords_1, [[far, -far, far]]]))
    sizes = frozen(np.append(radii_1, 1.6))
    areas, expected = (
        accessible_areas(stray, sizes),
        accessible_areas(coords_1, radii_1),
    )
    np.testing.assert_allclose(areas[:-1], expected, atol=1e-9)
    assert areas[-1] == pytest.approx(4.0 * np.pi * 3.0**2, rel=1e-14)
    found, expected = (
        buried_areas(stray, sizes, *second),
        buried_areas(coords_1, radii_1, *second),
    )
    np.testing.assert_allclose(found.buried_1_a2[:-1], expected.buried_1_a2, atol=1e-9)
    assert found.buried_1_a2[-1] == 0.0
    np.testing.assert_allclose(found.buried_2_a2, expected.buried_2_a2, atol=1e-9)


def test_a_hundred_thousand_atoms_lose_as_much_as_their_border():
    steps, layers = np.arange(100) * 4.0, np.arange(5) * 4.0
    x, y, z = np.meshgrid(steps, steps, layers)
    block = frozen(np.stack([x.ravel(), y.ravel(), z.ravel()], axis=1))
    radii = frozen(np.full(len(block), 1.6))
    found = buried_areas(block, radii, block + np.array([0.0, 0.0, 20.0]), radii)
    assert 2 * len(block) == 100_000
    top = block[:, 2] == 16.0
    # Only the top layer meets the next block; by symmetry each atom inside loses alike.
    assert (found.buried_1_a2[~top] == 0.0).all()
    inside = top & (block[:, :2].min(axis=1) > 8.0) & (block[:, :2].max(axis=1) < 388.0)
    assert np.ptp(found.buried_1_a2[inside]) < 1e-9
    assert found.buried_1_a2[inside][0] > 1.0


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_positions_that_are_not_finite_are_refused(bad):
    wrong, good, radius = frozen([[0, bad, 0]]), frozen([[0, 0, 0]]), frozen([1.6])
    with pytest.raises(CoordinateError, match="coords"):
        accessible_areas(wrong, radius)
    with pytest.raises(CoordinateError, match="coords_1"):
        buried_areas(wrong, radius, good, radius)
    with pytest.raises(CoordinateError, match="coords_2"):
        buried_areas(good, radius, wrong, radius)


@pytest.mark.parametrize("radii", [[1.6, 1.6], [0.0], [-1.0], [np.nan]])
def test_radii_that_cannot_be_are_refused(radii):
    place = frozen([[0, 0, 0]])
    with pytest.raises(ParameterError, match="radii"):
        accessible_areas(place, radii)
    with pytest.raises(ParameterError, match="radii_2"):
        buried_areas(place, [1.6], place, radii)


@pytest.mark.parametrize(
    "options", [{"n_slices": 0}, {"probe_radius_a": -0.1}, {"probe_radius_a": np.nan}]
)
def test_options_that_cannot_be_are_refused(options):
    place, radius = frozen([[0, 0, 0]]), frozen([1.6])
    with pytest.raises(ParameterError, match=next(iter(options))):
        accessible_areas(place, radius, **options)
    with pytest.raises(ParameterError, match=next(iter(options))):
        buried_areas(place, radius, place, radius, **options)


def test_read_only_and_writable_arrays_share_one_compilation():
    rng = np.random.default_rng(13)
    (coords, radii), second = blob(rng, 20), blob(rng, 20)
    for first in (
        (coords, radii),
        (np.array(coords), np.array(radii)),
        (coords[::2], radii[::2]),
    ):
        accessible_areas(*first)
        accessible_areas(*first, n_slices=np.int32(20))
        buried_areas(*first, *second, probe_radius_a=1)
    assert len(sasa._areas_alone.signatures) == 1
    assert len(sasa._areas_by_slices.signatures) == 1
    assert len(sasa._areas_lost.signatures) == 1


def protein(structure):
    """Coordinates and radii of each protein chain of the first model, hydrogens left out."""
    structure.setup_entities()
    chains = {}
    for chain in structure[0]:
        atoms = [
            atom
            for residue in chain.get_polymer()
            for atom in residue
            if not atom.element.is_hydrogen and atom.altloc in ("\0", "A")
        ]
        if atoms:
            coords = frozen([atom.pos.tolist() for atom in atoms])
            chains[chain.name] = (
                coords,
                frozen([RADII[atom.element.name] for atom in atoms]),
            )
    return chains


def interfaces_of_p1(structure, chains):
    """Every pair of chains within 5 Å, in the cell and with its translated copies."""
    to_cartesian = np.array(structure.cell.orth.mat.tolist())
    for shift in itertools.product(range(-2, 3), repeat=3):
        if shift < (0, 0, 0):
            continue  # the inverse of one that comes
        moved = to_cartesian @ np.array(shift)
        for (name_1, first), (name_2, second) in itertools.product(
            chains.items(), repeat=2
        ):
            if not any(shift) and name_1 >= name_2:
                continue
            if near_mask(first[0], second[0] + moved, 5.0).any():
                yield first, (frozen(second[0] + moved), second[1]), any(shift)


@pytest.mark.entries
@pytest.mark.reference
@pytest.mark.slow
def test_all_interfaces_of_2erj_agree_with_freesasa(mirror, freesasa_areas):
    import gemmi

    structure = gemmi.read_structure(str(mirror / "2ERJ.pdb.gz"))
    assert structure.spacegroup_hm == "P 1"
    chains = protein(structure)
    alone = {
        id(radii): freesasa_areas(coords, radii) for coords, radii in chains.values()
    }
    n_inside = n_lattice = 0
    for first, second, is_lattice in interfaces_of_p1(structure, chains):
        n_inside, n_lattice = n_inside + (not is_lattice), n_lattice + is_lattice
        together = freesasa_areas(
            np.vstack([first[0], second[0]]), np.append(first[1], second[1])
        )
        found = buried_areas(*first, *second)
        n = len(first[0])
        # 20 slices: an atom is wrong by up to 2 Å², sides by 0.9 to 1.5 Å² as a rule.
        for lost, areas, rest in (
            (found.buried_1_a2, alone[id(first[1])], together[:n]),
            (found.buried_2_a2, alone[id(second[1])], together[n:]),
        ):
            np.testing.assert_allclose(lost, areas - rest, atol=3.0)
            assert lost.sum() == pytest.approx((areas - rest).sum(), abs=5.0)
    assert (n_inside, n_lattice) == (10, 14)


@pytest.mark.entries
@pytest.mark.reference
@pytest.mark.parametrize("name", ["2B5I", "1BRS", "1FDL"])
def test_whole_chains_agree_with_freesasa_and_biotite(mirror, name, freesasa_areas):
    import biotite.structure as biotite_structure
    import gemmi

    chains = protein(gemmi.read_structure(str(mirror / f"{name}.pdb.gz")))
    assert len(chains) >= 2
    for coords, radii in chains.values():
        areas = freesasa_areas(coords, radii)
        np.testing.assert_allclose(
            accessible_areas(coords, radii, n_slices=20), areas, atol=1e-6
        )
        # 200 slices leave an error of 0.1 Å² an atom.
        np.testing.assert_allclose(
            accessible_areas(coords, radii),
            freesasa_areas(coords, radii, n_slices=200),
            atol=0.2,
        )
        atoms = biotite_structure.AtomArray(len(coords))
        atoms.coord = coords.astype(np.float32)
        atoms.element[:] = "C"
        points = biotite_structure.sasa(atoms, vdw_radii=radii, point_number=2000)
        # Shrake & Rupley by other code, 2000 points: both err by about 0.1 % on a chain.
        assert areas.sum() == pytest.approx(points.sum(), rel=0.005)
