"""Areas against closed forms, a slow obvious version, freesasa and biotite, and by invariants."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arrays import frozen
from il2struct.errors import CoordinateError, ParameterError
from il2struct.kernels import sasa
from il2struct.kernels.cells import near_mask
from il2struct.kernels.geometry import apply_transform, random_rotation
from il2struct.kernels.sasa import buried_areas, lee_richards_areas

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


@pytest.mark.parametrize("radius", [1.4, 1.88, 3.0])
@pytest.mark.parametrize("probe", [0.0, 1.4])
def test_one_atom_shows_its_whole_sphere(radius, probe):
    found = lee_richards_areas([[1, 2, 3]], [radius], probe_radius_a=probe)
    # Slices of equal thickness of a sphere have equal areas: exact for any number of slices.
    np.testing.assert_allclose(found, 4.0 * np.pi * (radius + probe) ** 2, rtol=1e-14)


@given(SEEDS, st.floats(0.5, 6.3))
def test_two_spheres_lose_their_caps(seed, apart):
    rng = np.random.default_rng(seed)
    direction = random_rotation(rng)[0]
    radii = rng.uniform(1.4, 1.9, 2)
    big_1, big_2 = radii + PROBE
    first, second = frozen([[5, 6, 7]]), frozen([[5, 6, 7] + apart * direction])
    found = buried_areas(first, radii[:1], second, radii[1:], n_slices=2000)
    plane = (apart**2 + big_1**2 - big_2**2) / (2.0 * apart)
    cap_1 = 2.0 * np.pi * big_1 * np.clip(big_1 - plane, 0.0, 2.0 * big_1)
    cap_2 = 2.0 * np.pi * big_2 * np.clip(big_2 - (apart - plane), 0.0, 2.0 * big_2)
    # Slices at the rim of a cap are wrong by up to one slice: 1/2000 of the sphere, 0.07 Å².
    assert found.buried_1_a2[0] == pytest.approx(cap_1, abs=0.07)
    assert found.buried_2_a2[0] == pytest.approx(cap_2, abs=0.07)


def test_more_slices_come_nearer_to_the_cap():
    second = np.array([1.1, -1.7, 0.9])
    cap = 2.0 * np.pi * 3.2 * (3.2 - np.linalg.norm(second) / 2.0)
    counts = (20, 200, 2000, 20000)
    errors = [
        abs(
            buried_areas([[0, 0, 0]], [1.8], [second], [1.8], n_slices=n).buried_1_a2[0]
            - cap
        )
        for n in counts
    ]
    # The rim of the cap is cut by slices 6.4 Å / n thick; half of one, 3 Å wide, at n = 20.
    assert all(error < 10.0 / n for error, n in zip(errors, counts, strict=True))
    assert errors[0] > errors[1] > errors[2]


@settings(max_examples=25)
@given(SEEDS, st.integers(1, 25), st.sampled_from([1, 7, 20]))
def test_areas_equal_the_slow_version(seed, n, n_slices):
    coords, radii = blob(np.random.default_rng(seed), n)
    # arccos near the tangent loses half the digits: 1e-8 rad times thickness and radius.
    np.testing.assert_allclose(
        lee_richards_areas(coords, radii, n_slices=n_slices),
        slow_areas(coords, radii, n_slices),
        atol=1e-6,
    )


@settings(max_examples=25)
@given(SEEDS, st.integers(1, 15), st.integers(1, 15), st.floats(-9.0, 16.0))
def test_losses_equal_the_slow_version(seed, n_1, n_2, shift):
    rng = np.random.default_rng(seed)
    coords_1, radii_1 = blob(rng, n_1)
    coords_2, radii_2 = blob(rng, n_2, centre=(shift, 0.5 * shift, 0.0))
    found = buried_areas(coords_1, radii_1, coords_2, radii_2, n_slices=11)
    slow_1, slow_2 = lost_by_difference(
        slow_areas, coords_1, radii_1, coords_2, radii_2, n_slices=11
    )
    # As above.
    np.testing.assert_allclose(found.buried_1_a2, slow_1, atol=1e-6)
    np.testing.assert_allclose(found.buried_2_a2, slow_2, atol=1e-6)


@settings(max_examples=40)
@given(SEEDS, st.floats(0.0, 16.0), st.integers(1, 40))
def test_freesasa_agrees_on_random_groups(freesasa_areas, seed, shift, n_slices):
    rng = np.random.default_rng(seed)
    coords_1, radii_1 = blob(rng, 60)
    coords_2, radii_2 = blob(rng, 60, centre=(0.0, shift, 0.0))
    options = {"n_slices": n_slices, "probe_radius_a": 1.2}
    # Rounding near tangents, as above; mostly agreement is 1e-11.
    alone = lee_richards_areas(coords_1, radii_1, **options)
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


@settings(max_examples=25)
@given(SEEDS)
def test_rigid_motion_changes_no_area_beyond_the_slices(seed):
    rng = np.random.default_rng(seed)
    (coords_1, radii_1), (coords_2, radii_2) = (
        blob(rng, 30),
        blob(rng, 30, centre=(6, 0, 3)),
    )
    shift = rng.uniform(-40.0, 40.0, 3)
    plain = buried_areas(coords_1, radii_1, coords_2, radii_2)
    shifted = buried_areas(coords_1 + shift, radii_1, coords_2 + shift, radii_2)
    # A pure shift keeps the slices: rounding only, enlarged near tangents.
    np.testing.assert_allclose(plain.buried_1_a2, shifted.buried_1_a2, atol=1e-6)
    rotation = random_rotation(rng)
    many = {"n_slices": 1000}
    fine = buried_areas(coords_1, radii_1, coords_2, radii_2, **many)
    turned = buried_areas(
        apply_transform(coords_1, rotation, shift), radii_1,
        apply_transform(coords_2, rotation, shift), radii_2, **many,
    )  # fmt: skip
    # A rotation cuts elsewhere: an edge of a patch is wrong by up to a slice of 0.13 Å².
    np.testing.assert_allclose(fine.buried_1_a2, turned.buried_1_a2, atol=0.25)
    # Errors of different atoms do not add up.
    assert fine.buried_1_a2.sum() == pytest.approx(turned.buried_1_a2.sum(), abs=0.5)


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
    found = buried_areas([first], radii[:1], [second], radii[1:])
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
    both = lee_richards_areas(np.vstack([same, same]), frozen([1.6, 1.6]))
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
    assert lee_richards_areas(none, no_radii).shape == (0,)


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
    assert (found.buried_1_a2 <= lee_richards_areas(*first) + 1e-9).all()
    assert found.buried_1_a2.sum() > 100.0


@pytest.mark.parametrize("far", [1e4, 1e6, 1e12, 1e300])
def test_a_stray_atom_changes_nothing(far):
    rng = np.random.default_rng(12)
    (coords_1, radii_1), second = blob(rng, 100), blob(rng, 100, centre=(7, 0, 0))
    stray = frozen(np.vstack([coords_1, [[far, -far, far]]]))
    sizes = frozen(np.append(radii_1, 1.6))
    areas, expected = (
        lee_richards_areas(stray, sizes),
        lee_richards_areas(coords_1, radii_1),
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
        lee_richards_areas(wrong, radius)
    with pytest.raises(CoordinateError, match="coords_1"):
        buried_areas(wrong, radius, good, radius)
    with pytest.raises(CoordinateError, match="coords_2"):
        buried_areas(good, radius, wrong, radius)


@pytest.mark.parametrize("radii", [[1.6, 1.6], [0.0], [-1.0], [np.nan]])
def test_radii_that_cannot_be_are_refused(radii):
    place = frozen([[0, 0, 0]])
    with pytest.raises(ParameterError, match="radii"):
        lee_richards_areas(place, radii)
    with pytest.raises(ParameterError, match="radii_2"):
        buried_areas(place, [1.6], place, radii)


@pytest.mark.parametrize(
    "options", [{"n_slices": 0}, {"probe_radius_a": -0.1}, {"probe_radius_a": np.nan}]
)
def test_options_that_cannot_be_are_refused(options):
    place, radius = frozen([[0, 0, 0]]), frozen([1.6])
    with pytest.raises(ParameterError, match=next(iter(options))):
        lee_richards_areas(place, radius, **options)
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
        lee_richards_areas(*first, n_slices=np.int32(20))
        buried_areas(*first, *second, probe_radius_a=1)
    assert len(sasa._areas_alone.signatures) == 1
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
        # The agreement that is promised; rounding gives 1e-11 here.
        np.testing.assert_allclose(
            found.buried_1_a2, alone[id(first[1])] - together[:n], atol=1e-6
        )
        np.testing.assert_allclose(
            found.buried_2_a2, alone[id(second[1])] - together[n:], atol=1e-6
        )
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
        np.testing.assert_allclose(lee_richards_areas(coords, radii), areas, atol=1e-6)
        atoms = biotite_structure.AtomArray(len(coords))
        atoms.coord = coords.astype(np.float32)
        atoms.element[:] = "C"
        points = biotite_structure.sasa(atoms, vdw_radii=radii, point_number=2000)
        # Shrake & Rupley by other code, 2000 points: both err by about 0.1 % on a chain.
        assert areas.sum() == pytest.approx(points.sum(), rel=0.005)
