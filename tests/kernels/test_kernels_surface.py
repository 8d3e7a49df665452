"""The dot surface against closed formulas, a fine sampling of its definition, and symmetry."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arrays import directions, frozen
from il2struct.errors import CoordinateError, ParameterError
from il2struct.kernels.surface import (
    CONCAVE,
    CONVEX,
    TOROIDAL,
    DotSurface,
    dot_surface,
    interface_surfaces,
    placed_sides,
    surface_columns,
)

PROBE = 1.7
#: Dense enough that the dots' areas add up to within 1 % of each patch.
DENSITY = 2000.0


def covered(coords: object, radii: object, density: float = DENSITY) -> DotSurface:
    return dot_surface(
        frozen(coords), frozen(radii), probe_radius_a=PROBE, density_per_a2=density
    )


def areas(dots: DotSurface) -> list[float]:
    return [
        float(dots.areas_a2[dots.kind == kind].sum())
        for kind in (CONVEX, TOROIDAL, CONCAVE)
    ]


def toroidal_halves(radius_1: float, radius_2: float, distance: float) -> list[float]:
    """Area of the two halves of a full toroidal patch per radian of turn, from the integral."""
    reach_1, reach_2 = radius_1 + PROBE, radius_2 + PROBE
    height = (distance**2 + reach_1**2 - reach_2**2) / (2 * distance)
    rim = math.sqrt(reach_1**2 - height**2)
    waist = math.acos(rim / PROBE) if rim < PROBE and 0 < height < distance else None
    halves = []
    ends = [math.atan2(height, rim), math.atan2(distance - height, rim)]
    middle = 0.5 * (
        ends[0] - ends[1]
    )  # where the two halves meet, from the perpendicular
    starts = [middle, -middle] if waist is None else [waist, waist]
    for start, end in zip(starts, ends, strict=True):
        halves.append(
            PROBE * (rim * (end - start) - PROBE * (math.sin(end) - math.sin(start)))
        )
    return halves


def test_a_sphere_has_its_area() -> None:
    assert areas(covered([[1, 2, 3]], [2.0])) == pytest.approx(
        [16 * math.pi, 0, 0], rel=0.01
    )


@pytest.mark.parametrize(
    ("radii", "distance"),
    [((1.9, 1.9), 3.0), ((2.0, 1.5), 4.0), ((1.9, 1.7), 6.5), ((1.95, 1.2), 1.5)],
)
def test_two_spheres_have_the_area_of_their_formula(
    radii: tuple[float, float], distance: float
) -> None:
    reach = [radius + PROBE for radius in radii]
    height = (distance**2 + reach[0] ** 2 - reach[1] ** 2) / (2 * distance)
    # A cap of half-angle t covers 2 pi r² (1 - cos t); what is left is convex.
    convex = [
        2 * math.pi * radii[0] ** 2 * (1 + height / reach[0]),
        2 * math.pi * radii[1] ** 2 * (1 + (distance - height) / reach[1]),
    ]
    toroidal = [2 * math.pi * half for half in toroidal_halves(*radii, distance)]
    dots = covered([[0, 0, 0], [distance, 0, 0]], radii)
    for atom in (0, 1):
        mine = dots.atom_index == atom
        for kind, expected in ((CONVEX, convex[atom]), (TOROIDAL, toroidal[atom])):
            # 1 %: asked of each part; half of it is reached.
            assert dots.areas_a2[mine & (dots.kind == kind)].sum() == pytest.approx(
                expected, rel=0.01
            )
    assert not (dots.kind == CONCAVE).any()


def test_three_spheres_have_the_area_of_their_parts() -> None:
    radius, side = 1.9, 4.5
    reach = radius + PROBE
    coords = np.array([[0, 0, 0], [side, 0, 0], [side / 2, side * math.sqrt(0.75), 0]])
    height = math.sqrt(reach**2 - side**2 / 3)
    assert height > PROBE  # the two concave patches do not meet
    dots = covered(coords, [radius] * 3)
    # Convex: share of each expanded sphere outside the others, on a million even points.
    unit = directions(1_000_000)
    share = np.mean(
        [np.linalg.norm(reach * unit - coords[j], axis=1) > reach for j in (1, 2)],
        axis=0,
    )
    convex = 3 * 4 * math.pi * radius**2 * np.mean(share == 1)
    # Toroidal: the rim is free where the third atom does not reach.
    rim = math.sqrt(reach**2 - side**2 / 4)
    apothem = side * math.sqrt(0.75)
    blocked = math.acos((apothem**2 + rim**2 - reach**2) / (2 * apothem * rim))
    toroidal = 3 * 2 * (math.pi - blocked) * sum(toroidal_halves(radius, radius, side))
    # Concave: two spherical triangles with equal angles (Girard).
    spokes = coords - coords.mean(axis=0) - [0, 0, height]
    spokes /= np.linalg.norm(spokes, axis=1)[:, None]
    cosine = spokes[0] @ spokes[1]
    angle = math.acos((cosine - cosine**2) / (1 - cosine**2))
    concave = 2 * PROBE**2 * (3 * angle - math.pi)
    # 1 %: asked of each part.
    assert areas(dots) == pytest.approx([convex, toroidal, concave], rel=0.01)


def test_four_spheres_on_one_probe_are_covered_once() -> None:
    """Four atoms of a square touch one probe: their concave patch is two triangles, either way cut."""
    square = [[0, 0, 0], [4, 0, 0], [4, 4, 0], [0, 4, 0]]
    tilted = [[0, 0, 0], [4, 0, 0], [4, 4, 0.01], [0, 4, 0]]
    exact, near = covered(square, [1.9] * 4, 500.0), covered(tilted, [1.9] * 4, 500.0)
    # 2 %: the hundredth of an Å that parts the atoms.
    assert areas(exact) == pytest.approx(areas(near), rel=0.02)


def test_a_sphere_inside_another_adds_nothing() -> None:
    alone = covered([[0, 0, 0]], [3.0], 100.0)
    with_core = covered([[0, 0, 0], [0.5, 0, 0]], [3.0, 1.0], 100.0)
    assert set(with_core.atom_index) == {0}
    # The nearest neighbour turns the circles of dots, no more: 2 % at this density.
    assert with_core.areas_a2.sum() == pytest.approx(alone.areas_a2.sum(), rel=0.02)


def test_an_atom_in_a_shell_of_atoms_has_no_dots() -> None:
    corners = [[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)]
    coords = [[0, 0, 0], *(2.2 * np.array(corners))]
    dots = covered(coords, [1.9] * 9, 50.0)
    assert 0 not in dots.atom_index
    assert set(range(1, 9)) == set(dots.atom_index)


def test_normals_are_unit_vectors_and_positions_fit_the_probe() -> None:
    rng = np.random.default_rng(5)
    coords, radii = rng.uniform(0, 8, (25, 3)), rng.uniform(1.5, 2.0, 25)
    dots = covered(coords, radii, 40.0)
    # Rounding only: a dot is where the probe touches, its centre a probe radius outwards.
    np.testing.assert_allclose(np.linalg.norm(dots.normals, axis=1), 1.0, atol=1e-9)
    centres = dots.positions_a + PROBE * dots.normals
    clearance = np.linalg.norm(centres[:, None] - coords, axis=2) - radii - PROBE
    # Ties among atoms are broken by 1e-10 Å; convex dots may graze the nearest neighbour.
    assert clearance.min() > -1e-8
    owner_gap = np.linalg.norm(dots.positions_a - coords[dots.atom_index], axis=1)
    assert (owner_gap >= radii[dots.atom_index] - 1e-9).all()


def sorted_rows(dots: DotSurface, atom_names: np.ndarray) -> np.ndarray:
    table = np.column_stack(
        (
            dots.positions_a,
            dots.normals,
            dots.areas_a2,
            dots.kind,
            dots.is_buried,
            atom_names[dots.atom_index],
        )
    )
    return table[np.lexsort(table.T)]


@settings(max_examples=20)
@given(seed=st.integers(0, 10**6), n_atoms=st.integers(1, 30))
def test_the_order_of_atoms_changes_no_bit(seed: int, n_atoms: int) -> None:
    rng = np.random.default_rng(seed)
    coords = rng.uniform(0, 7, (n_atoms, 3)).round(3)
    other = rng.uniform(3, 10, (n_atoms, 3)).round(3)
    radii = rng.choice([1.6, 1.8, 1.9], n_atoms)
    shuffle = rng.permutation(n_atoms)
    options = {"probe_radius_a": PROBE, "density_per_a2": 10.0, "separation_a": 8.0}
    try:
        plain = interface_surfaces(
            frozen(coords), frozen(radii), other, radii, **options
        )
    except CoordinateError:
        return  # two random atoms coincide
    mixed = interface_surfaces(coords[shuffle], radii[shuffle], other, radii, **options)
    names = np.arange(n_atoms)
    for one, two, labels in zip(plain, mixed, (names[shuffle], names), strict=True):
        np.testing.assert_array_equal(sorted_rows(one, names), sorted_rows(two, labels))


@settings(max_examples=25)
@given(seed=st.integers(0, 10**6), n_atoms=st.integers(2, 12))
def test_dots_add_up_to_the_area_that_the_probe_can_touch(
    seed: int, n_atoms: int
) -> None:
    """Convex area by its definition, for random clusters: no cap is forgotten or invented."""
    rng = np.random.default_rng(seed)
    coords, radii = rng.uniform(0, 5, (n_atoms, 3)), rng.uniform(1.0, 2.2, n_atoms)
    gaps = np.linalg.norm(coords[:, None] - coords, axis=2) + 9.0 * np.eye(n_atoms)
    if gaps.min() < 0.3:
        return  # closer than any two atoms are
    dots = covered(coords, radii, 300.0)
    unit = directions(20_000)
    for i in range(n_atoms):
        points = coords[i] + (radii[i] + PROBE) * unit
        free = np.ones(len(points), bool)
        for j in set(range(n_atoms)) - {i}:
            free &= np.linalg.norm(points - coords[j], axis=1) > radii[j] + PROBE
        expected = 4 * math.pi * radii[i] ** 2 * free.mean()
        found = dots.areas_a2[(dots.atom_index == i) & (dots.kind == CONVEX)].sum()
        # Both are sampled: 20,000 points and 300 dots/Å² agree to a few hundredths of an Å².
        assert found == pytest.approx(expected, rel=0.05, abs=0.15)


def test_a_side_alone_has_the_dots_of_its_interface() -> None:
    rng = np.random.default_rng(3)
    one, two = rng.uniform(0, 8, (25, 3)), rng.uniform(6, 14, (25, 3))
    radii = np.full(25, 1.8)
    pair, near = (
        (one, radii, two, radii),
        {"probe_radius_a": PROBE, "separation_a": 8.0},
    )
    facing = interface_surfaces(*pair, density_per_a2=15.0, **near)[0]
    focus = placed_sides(*pair, **near)[0].focus
    alone = dot_surface(
        one, radii, probe_radius_a=PROBE, density_per_a2=15.0, focus=focus
    )
    apart = np.linalg.norm(facing.positions_a[:, None] - alone.positions_a, axis=2)
    # Ties among atoms are broken by 1e-10 Å.
    assert apart.min(axis=1).max() < 1e-8


def test_refusals() -> None:
    good = {"probe_radius_a": PROBE, "density_per_a2": 15.0}
    with pytest.raises(CoordinateError, match="not finite"):
        dot_surface([[0, 0, np.nan]], [1.8], **good)
    with pytest.raises(CoordinateError, match="alternate locations"):
        dot_surface([[0, 0, 0], [0, 0, 0.001]], [1.8, 1.8], **good)
    with pytest.raises(ParameterError, match="positive numbers in Å"):
        dot_surface([[0, 0, 0]], [-1.8], **good)
    with pytest.raises(ParameterError, match="positive numbers"):
        dot_surface([[0, 0, 0]], [1.8], probe_radius_a=0.0, density_per_a2=15.0)
    assert len(dot_surface(np.empty((0, 3)), np.empty(0), **good)) == 0


def test_read_only_and_writable_arrays_share_one_compilation() -> None:
    covered([[0, 0, 0]], [1.8], 15.0)
    dot_surface(np.zeros((1, 3)), np.ones(1), probe_radius_a=PROBE, density_per_a2=15.0)
    assert len(surface_columns.signatures) == 1
