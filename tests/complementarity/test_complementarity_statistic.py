"""Sc from first principles, under motions, and on input that is wrong."""

import dataclasses
import math
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from arrays import directions, frozen
from il2struct.complementarity import (
    ComplementarityParameters,
    ShapeComplementarity,
    atom_complementarity,
    is_changed_by,
    residue_complementarity,
    shape_complementarity,
)
from il2struct.errors import CoordinateError, ParameterError
from il2struct.kernels.complementarity import trimmed_columns
from il2struct.kernels.surface import placed_sides, side_columns

RADIUS = 1.8
#: Takes a cluster of 8 Å to where it touches another.
UP = np.array([0.0, 0.0, 9.5])


def score(
    coords_1: object, coords_2: object, radius_1: float = RADIUS
) -> ShapeComplementarity:
    first, second = frozen(coords_1), frozen(coords_2)
    return shape_complementarity(
        first,
        frozen(np.full(len(first), radius_1)),
        second,
        frozen(np.full(len(second), RADIUS)),
    )


def plane(height: float, spacing: float = 0.9, half_width: int = 12) -> np.ndarray:
    """A triangular lattice of atoms, so dense that its surface is nearly flat."""
    i, j = np.mgrid[-half_width : half_width + 1, -half_width : half_width + 1]
    x, y = spacing * (i + 0.5 * j).ravel(), spacing * math.sqrt(0.75) * j.ravel()
    return np.column_stack((x, y, np.full(x.size, height)))


def ball(radius: float, n_points: int) -> np.ndarray:
    return radius * directions(n_points)


@pytest.mark.parametrize("gap", [0.0, 0.5, 1.0, 1.5])
def test_two_parallel_planes_score_the_gaussian_of_their_gap(gap: float) -> None:
    result = score(plane(0.0), plane(2 * RADIUS + gap))
    # 0.08 Å deep dimples among the atoms, and the sideways distance of the nearest dot.
    assert result.sc == pytest.approx(math.exp(-0.5 * gap**2), abs=0.05)
    assert result.median_distance_a == pytest.approx(gap, abs=0.17)
    # The planes are mirror images, but the dots of each are laid in the same sense: 0.01.
    assert result.sc_1_to_2 == pytest.approx(result.sc_2_to_1, abs=0.01)


@pytest.mark.parametrize("gap", [0.3, 1.0])
def test_a_sphere_in_a_matching_cavity(gap: float) -> None:
    core = 5.0
    result = score([[0, 0, 0]], ball(core + gap + RADIUS, 2500), radius_1=core)
    # Dimples of the cavity are 0.05 Å deep; the sphere has no edge to trim.
    assert result.sc == pytest.approx(math.exp(-0.5 * gap**2), abs=0.04)
    assert result.trimmed_area_1_a2 == pytest.approx(4 * math.pi * core**2, rel=0.02)


def test_concentric_shells() -> None:
    gap, inner = 0.7, 8.0
    result = score(ball(inner, 1500), ball(inner + 2 * RADIUS + gap, 3000))
    # Dimples of 0.1 Å on both shells.
    assert result.sc == pytest.approx(math.exp(-0.5 * gap**2), abs=0.05)


@pytest.mark.parametrize("seed", range(4))
def test_sides_that_run_through_each_other_score_below_zero(seed: int) -> None:
    rng = np.random.default_rng(seed)
    first = rng.uniform(0, 9, (60, 3))
    second = rng.uniform(0, 9, (60, 3)) + np.array([3.0, 0, 0])
    result = score(first, second)
    assert -1 <= result.sc < 0
    assert result.n_dots > 1000


def test_apart_means_no_value_not_zero() -> None:
    result = score([[0, 0, 0]], [[0, 0, 30]])
    assert math.isnan(result.sc)
    assert math.isnan(result.median_distance_a)
    assert result.n_dots == 0
    assert result.trimmed_area_a2 == 0.0


def test_a_touch_of_two_atoms_is_all_edge() -> None:
    result = score([[0, 0, 0]], [[0, 0, 6.5]])
    assert math.isnan(result.sc)
    assert result.n_dots == 0


cluster = st.integers(0, 10**6).map(
    lambda seed: np.random.default_rng(seed).uniform(0, 8, (25, 3)).round(3)
)


def outcome(result: ShapeComplementarity) -> list[float]:
    return [
        result.sc,
        result.median_distance_a,
        result.trimmed_area_a2,
        float(result.n_dots),
    ]


@settings(max_examples=25)
@given(first=cluster, second=cluster, seed=st.integers(0, 10**6))
def test_order_and_sides_change_no_bit(
    first: np.ndarray, second: np.ndarray, seed: int
) -> None:
    second = second + UP
    rng = np.random.default_rng(seed)
    try:
        plain = score(first, second)
    except CoordinateError:
        return  # two random atoms coincide
    np.testing.assert_array_equal(
        outcome(plain), outcome(score(rng.permutation(first), rng.permutation(second)))
    )
    swapped = score(second, first)
    np.testing.assert_array_equal(outcome(plain), outcome(swapped))
    np.testing.assert_array_equal(plain.sc_1_to_2, swapped.sc_2_to_1)
    assert math.isnan(plain.sc) or -1 <= plain.sc <= 1


@settings(max_examples=15)
@given(first=cluster, second=cluster, seed=st.integers(0, 10**6))
def test_far_atoms_change_no_bit(
    first: np.ndarray, second: np.ndarray, seed: int
) -> None:
    second = second + UP
    far = np.random.default_rng(seed).uniform(-300, 300, (5000, 3)) + 200 * UP
    try:
        plain = score(first, second)
    except CoordinateError:
        return
    np.testing.assert_array_equal(
        outcome(plain), outcome(score(first, np.vstack((far, second))))
    )


@settings(max_examples=40)
@given(
    first=cluster,
    second=cluster,
    place=st.tuples(
        st.floats(-16.0, 16.0), st.floats(-16.0, 16.0), st.floats(-25.0, 0.0)
    ),
)
def test_what_changes_no_dot_changes_no_value(
    first: np.ndarray, second: np.ndarray, place: tuple[float, float, float]
) -> None:
    """An atom near the partner, behind the side, or touching it from behind."""
    second, more = second + UP, np.vstack((first, [place]))
    try:
        plain, both = score(first, second), score(more, second)
    except CoordinateError:
        return
    pair = (
        frozen(more),
        frozen(np.full(len(more), RADIUS)),
        frozen(second),
        frozen(np.full(len(second), RADIUS)),
    )
    if not is_changed_by(plain, pair, (len(first), len(second))):
        # 1e-9: ties between probes are broken at 1e-10 Å by the number of atoms.
        assert both.sc == pytest.approx(plain.sc, abs=1e-9, nan_ok=True)


def test_an_atom_in_the_gap_changes_dots_and_one_far_behind_does_not() -> None:
    first, second = plane(0.0, 1.5, 5), plane(4.5, 1.5, 5)
    plain = score(first, second)
    for height, expected in ((2.2, True), (-30.0, False)):
        more = np.vstack((first, [[0.3, 0.2, height]]))
        pair = (more, np.full(len(more), RADIUS), second, np.full(len(second), RADIUS))
        assert is_changed_by(plain, pair, (len(first), len(second))) is expected


@pytest.mark.parametrize("layout", [0, 3])
def test_sc_does_not_depend_on_how_the_molecules_lie(layout: int) -> None:
    rng = np.random.default_rng(2)
    first, second = plane(0.0, 1.7, 5), plane(4.2, 1.7, 5) + np.array([0.4, 0.1, 0.0])
    first, second = (
        atoms + rng.normal(0.0, 0.3, atoms.shape) for atoms in (first, second)
    )
    radii = np.full(len(first), RADIUS)
    parameters = ComplementarityParameters(layout=layout)
    turns = [np.eye(3), *Rotation.random(4, random_state=1).as_matrix()]
    found = [
        shape_complementarity(
            first @ turn.T + shift,
            radii,
            second @ turn.T + shift,
            radii,
            parameters=parameters,
        ).sc
        for turn, shift in zip(turns, rng.uniform(-60, 60, (5, 3)), strict=True)
    ]
    # Rounding of coordinates alone.
    np.testing.assert_allclose(found, found[0], atol=1e-8)
    other = ComplementarityParameters(layout=layout + 1)
    elsewhere = shape_complementarity(first, radii, second, radii, parameters=other).sc
    assert elsewhere == pytest.approx(found[0], abs=0.02)
    assert elsewhere != pytest.approx(found[0], abs=1e-7)


@pytest.mark.entries
@pytest.mark.slow
@pytest.mark.parametrize("chains", ["AB", "AC", "AD", "BC"])
def test_where_dots_lie_moves_sc_little_and_turning_it_not_at_all(
    chain_atoms, chains: str
) -> None:
    first, second = (chain_atoms("2B5I.pdb", chain) for chain in chains)
    pair = (*first[:2], *second[:2])
    values = [
        shape_complementarity(
            *pair, parameters=ComplementarityParameters(layout=layout)
        ).sc
        for layout in range(50)
    ]
    # What the documentation says: 0.001 to 0.004.
    assert np.std(values, ddof=1) <= 0.004
    for turn in Rotation.random(5, random_state=0).as_matrix():
        turned = shape_complementarity(
            first.coords @ turn.T, first.radii, second.coords @ turn.T, second.radii
        )
        # Asked for are 0.001; rounding of coordinates alone is left.
        assert turned.sc == pytest.approx(values[0], abs=1e-8)


@pytest.mark.entries
def test_threads_give_the_single_results(chain_atoms) -> None:
    chains = {name: chain_atoms("2B5I.pdb", name) for name in "ABCD"}
    pairs = [
        (*chains[a][:2], *chains[b][:2]) for a, b in ("AB", "AC", "AD", "BC", "AB")
    ]
    single = [outcome(shape_complementarity(*pair)) for pair in pairs]
    for n_threads in (2, 4):
        with ThreadPoolExecutor(n_threads) as pool:
            many = list(pool.map(lambda pair: shape_complementarity(*pair), pairs))
        np.testing.assert_array_equal([outcome(result) for result in many], single)


@pytest.mark.entries
def test_separation_of_8_a_is_enough(chain_atoms) -> None:
    first, second = chain_atoms("2B5I.pdb", "A"), chain_atoms("2B5I.pdb", "C")
    kept = []
    for separation in (8.0, 10.0):
        sides = placed_sides(
            *first[:2], *second[:2], probe_radius_a=1.7, separation_a=separation
        )
        # The focus, the mean of the near atoms, would lay other dots.
        one, two = (dataclasses.replace(side, focus=np.zeros(3)) for side in sides)
        kept.append(trimmed_columns(*side_columns(one, two, 1.7, 15.0), 1.5)[:3])
    # Atoms beyond 8 Å add dots, but none that a buried dot could be near to.
    assert kept[0].shape == kept[1].shape
    np.testing.assert_allclose(kept[0].sum(axis=1), kept[1].sum(axis=1), atol=1e-4)


@pytest.mark.entries
def test_local_values_add_up_to_the_whole(chain_atoms) -> None:
    first, second = chain_atoms("2B5I.pdb", "A"), chain_atoms("2B5I.pdb", "D")
    result = shape_complementarity(*first[:2], *second[:2])
    atoms = atom_complementarity(result.side_1)
    labels = np.arange(len(first.coords)) // 8
    residues = residue_complementarity(result.side_1, labels)
    for table in (atoms, residues):
        assert table.n_dots.sum() == len(result.side_1)
        # Rounding of sums.
        assert table.trimmed_area_a2.sum() == pytest.approx(result.trimmed_area_1_a2)
        assert (np.diff(table.index) > 0).all()
    one = residues.index[3]
    mine = labels[result.side_1.atom_index] == one
    assert residues.median_score[3] == np.median(result.side_1.scores[mine])
    assert residues.median_gap_a[3] == np.median(result.side_1.gaps_a[mine])
    assert residues.mean_score[3] == pytest.approx(result.side_1.scores[mine].mean())


def test_local_values_of_nothing_and_of_too_few_labels() -> None:
    apart = score([[0, 0, 0]], [[0, 0, 30]])
    assert len(atom_complementarity(apart.side_1)) == 0
    near = score(plane(0.0, 1.5, 5), plane(4.0, 1.5, 5))
    with pytest.raises(ParameterError, match="one for every atom"):
        residue_complementarity(near.side_1, [0, 1])


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (([[0, 0, np.nan]], [1.8], [[0, 0, 4]], [1.8]), CoordinateError, "coords_1"),
        (([[0, 0, 0]], [np.nan], [[0, 0, 4]], [1.8]), ParameterError, "radii_1"),
        (([[0, 0, 0]], [1.8], [[0, 0, 4]], [-1.0]), ParameterError, "radii_2"),
        (([[0, 0, 0]], [1.8, 1.8], [[0, 0, 4]], [1.8]), ParameterError, "shape"),
        (([[0, 0]], [1.8], [[0, 0, 4]], [1.8]), ParameterError, "shape"),
        ((np.empty((0, 3)), [], [[0, 0, 4]], [1.8]), ParameterError, "no atoms"),
        (
            ([[0, 0, 0], [0, 0, 0]], [1.8] * 2, [[0, 0, 4]], [1.8]),
            CoordinateError,
            "0.01",
        ),
    ],
)
def test_wrong_input_is_refused(arguments: tuple, error: type, message: str) -> None:
    with pytest.raises(error, match=message):
        shape_complementarity(*arguments)


@pytest.mark.parametrize(
    "change",
    [
        {"probe_radius_a": 0.0},
        {"dot_density_per_a2": -1.0},
        {"weight_per_a2": math.nan},
        {"n_layouts": 1},
        {"convergence_densities_per_a2": (15.0, 15.0, 30.0)},
        {"convergence_densities_per_a2": (15.0, 30.0, math.inf)},
    ],
)
def test_wrong_parameters_are_refused(change: dict) -> None:
    with pytest.raises(ParameterError):
        ComplementarityParameters(**change)


def test_parameters_are_values() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        ComplementarityParameters().seed = 1
