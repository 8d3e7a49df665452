import math
from dataclasses import replace

import numpy as np
import pytest
from bodies import blob
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import dblquad, quad

from arrays import directions, frozen, random_rotation
from il2struct.errors import (
    CoordinateError,
    ParameterError,
    StructureError,
    UnknownChainError,
)
from il2struct.network.membrane.body import (
    RigidBody,
    anchor_heights,
    anchors_of_complex,
    best_orientation,
    body_of_complex,
    floating_weight,
    hull_corners,
    mean_square_end_to_end,
    orientation_at,
    refined_normal,
    resting_normals,
    rigid_body,
    tether_energy,
)
from il2struct.structure.family import Role, shipped_family
from il2struct.structure.model import make_side

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


def mean_square(contour, length=4.0):
    return mean_square_end_to_end(contour, persistence_length_a=length)


@pytest.mark.parametrize("contour", [1.0, 28.8, 57.6, 198.0])
def test_worm_like_chain_is_the_double_integral_of_its_memory(contour):
    # <R²> = ∫∫ exp(-|s - s'|/l) ds ds', twice the half below the diagonal.
    half = dblquad(
        lambda s, t: math.exp(-(t - s) / 4.0), 0.0, contour, 0.0, lambda t: t
    )
    # The accuracy that dblquad states.
    assert mean_square(contour) == pytest.approx(2.0 * half[0], rel=1e-7)


@given(st.floats(1e-9, 1e-2))
def test_a_short_chain_is_a_rod(ratio):
    # The next term of the series is L³/3l.
    assert mean_square(ratio, 1.0) == pytest.approx(ratio**2, rel=ratio)
    assert mean_square(ratio, 1.0) < ratio**2


@given(st.floats(1e3, 1e9))
def test_a_long_chain_is_a_random_walk(contour):
    assert mean_square(contour) == pytest.approx(
        8.0 * contour, rel=4.0 / contour * 1.01
    )


def test_series_and_closed_form_meet():
    below, above = mean_square(0.9999e-4, 1.0), mean_square(1.0001e-4, 1.0)
    # Cancellation of the closed form at 1e-4 leaves 1e-12 of its digits.
    assert above / below == pytest.approx((1.0001 / 0.9999) ** 2, rel=1e-7)
    assert mean_square(0.0) == 0.0


def test_bad_lengths_are_refused():
    for lengths in ((-1.0, 4.0), (10.0, 0.0), (math.nan, 4.0)):
        with pytest.raises(ParameterError, match="worm-like"):
            mean_square(*lengths)


def test_transmembrane_helices_lie_where_the_sequence_is_hydrophobic():
    hydrophobic = set("AVILMFWCGSTYPH")
    starts = {}
    for reference in shipped_family().references:
        # Those of UniProt; what is computed from the sequence says nothing here.
        if not reference.helix_source.startswith("UniProt"):
            continue
        if reference.species != "human":
            continue
        start, end = reference.membrane_helix
        starts[reference.role] = start
        helix = reference.sequence[start - 1 : end]
        assert 19 <= len(helix) <= 25
        assert set(helix) <= hydrophobic
        # It ends before the charges of the inner leaflet.
        assert set(reference.sequence[end : end + 5]) & set("RK")
    assert starts[Role.IL2RA] == starts[Role.IL2RB] == 241
    assert starts[Role.IL2RG] == 263


@pytest.mark.entries
@pytest.mark.parametrize(
    ("name", "index", "mature", "n_residues"),
    [
        ("2ERJ.pdb", 0, (165, 206, 226), (55, 9, 15)),
        ("2ERJ.pdb", 1, (165, 206, 226), (55, 9, 15)),
        ("2B5I.cif", 0, (165, 207, 224), (55, 8, 17)),
    ],
)
def test_anchors_of_the_quaternary_complexes(
    named_entry, name, index, mature, n_residues
):
    named = named_entry(name)
    found = anchors_of_complex(named, named.complexes[index])
    assert found.roles == ("IL2RA", "IL2RB", "IL2RG")
    assert found.last_mature == mature
    assert found.n_residues == n_residues
    np.testing.assert_allclose(found.contour_a, 3.6 * np.array(n_residues))
    np.testing.assert_allclose(
        found.mean_square_a2, [mean_square(each) for each in found.contour_a]
    )
    # Each is the Cα of that residue, looked up by the author's number.
    atoms, residues = named.entry.atoms, named.entry.residues
    for chain, number, position in zip(
        found.auth_asym_ids, mature, found.positions, strict=True
    ):
        row = np.flatnonzero(
            (residues.auth_asym_id == chain)
            & (residues.auth_number == number)
            & (residues.kind == "protein")
        )[0]
        mask = (atoms.residue_index == row) & (atoms.atom_name == "CA")
        # The identity of a crystal goes through fractional coordinates: rounding.
        np.testing.assert_allclose(position, atoms.coords[mask][0], atol=1e-10)


@pytest.mark.entries
def test_linkers_can_be_overridden(named_entry):
    named = named_entry("2ERJ.pdb")
    complex_ = named.complexes[0]

    def begins_at(start):
        roles = tuple(
            replace(
                role, reference=replace(role.reference, membrane_helix=(start, 265))
            )
            if role.role is Role.IL2RB
            else role
            for role in named.roles
        )
        return replace(named, roles=roles)

    found = anchors_of_complex(begins_at(245), complex_, residue_length_a=3.8)
    assert found.n_residues == (55, 13, 15)
    assert found.contour_a[1] == pytest.approx(13 * 3.8)
    with pytest.raises(StructureError, match="beyond the start"):
        anchors_of_complex(begins_at(220), complex_)


@pytest.mark.entries
def test_the_body_leaves_out_tags_and_keeps_glycans(named_entry):
    named = named_entry("2ERJ.pdb")
    complex_ = named.complexes[0]
    anchors = anchors_of_complex(named, complex_)
    body = body_of_complex(named, complex_, anchors)
    images = [member.image for member in complex_.members]
    side = make_side(named.entry, images, label="", role="")
    status = named.numbers.status[side.residue_row(side.atoms.residue_index)]
    # β 207-209 of 2ERJ are T-G-H of the tag.
    tag = side.atoms.coords[status == "tag"]
    assert len(tag) > 0
    surface = {tuple(row) for row in body.surface}
    assert not surface & {tuple(row) for row in tag}
    assert surface & {tuple(row) for row in side.glycans.coords}
    kept = np.concatenate([side.atoms.coords[status != "tag"], side.glycans.coords])
    np.testing.assert_allclose(body.centre, kept.mean(axis=0), atol=1e-9)
    for direction in np.vstack([np.eye(3), -np.eye(3)]):
        assert (body.surface @ direction).min() == pytest.approx(
            (kept @ direction).min(), abs=1e-9
        )


@pytest.mark.entries
def test_what_is_missing_is_said(named_entry):
    pair = named_entry("1Z92.pdb")
    found = anchors_of_complex(pair, pair.complexes[0])
    assert found.roles == ("IL2RA",)
    alone = named_entry("1M47.pdb")
    with pytest.raises(UnknownChainError, match="transmembrane"):
        anchors_of_complex(alone, alone.complexes[0])


@pytest.mark.entries
def test_il15_receptor_has_an_anchor_of_its_own(named_entry):
    named = named_entry("2Z3R.cif")
    found = anchors_of_complex(named, named.complexes[0])
    assert set(found.roles) == {"IL15RA"}
    assert all(count > 50 for count in found.n_residues)
