"""Chain lengths against sums over all chains, closed forms, and limits."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arrays import frozen
from il2struct.errors import ParameterError
from il2struct.network.response.polymer import (
    FreeChains,
    association_um2,
    endless_row_response,
    gamma_cluster_fractions,
    growth_probability_limit,
    half_activity,
    isodesmic_chain,
    isodesmic_growth_probability,
    kd_2d_per_um2,
    length_fractions,
    molecules_per_um2,
    row_hill_slope,
    row_response,
    stopped_chain,
    stopped_growth_probability,
    strongest_coupling_kt,
)

DENSITIES = st.floats(1e-3, 1e4)
ASSOCIATIONS = st.floats(1e-6, 1e4)
#: Float rounding of a handful of operations.
ROUNDING = 1e-12


def bonds_per_um2(alpha, gamma, association):
    """B: if the scarcer site sits in complexes only, the chance to grow is B over the other."""
    scarcer, other = sorted((alpha, gamma))
    return other * float(stopped_growth_probability(scarcer, alpha, gamma, association))


@pytest.mark.parametrize(("height_nm", "expected"), [(5.0, 3.0), (10.0, 6.0)])
def test_one_micromolar_is_three_to_six_per_um2(height_nm, expected):
    # The science brief gives whole numbers; N_A adds 0.4 %.
    assert kd_2d_per_um2(1.0, height_nm=height_nm) == pytest.approx(expected, rel=0.01)
    assert kd_2d_per_um2(100.0, height_nm=height_nm) == pytest.approx(
        100 * expected, rel=0.01
    )


def test_confinement_counts_molecules_in_the_layer():
    # 1 mol/L is N_A per litre; a layer of 1 nm over 1 µm² holds 1e-18 L.
    assert molecules_per_um2(1e6, height_nm=1.0) == pytest.approx(602214.076, rel=1e-12)
    assert association_um2(np.inf) == 0.0


@pytest.mark.parametrize("height_nm", [0.0, -1.0, np.nan, np.inf])
def test_impossible_height_is_refused(height_nm):
    with pytest.raises(ParameterError, match="height_nm"):
        kd_2d_per_um2(1.0, height_nm=height_nm)


@pytest.mark.parametrize("kd", [0.0, -1.0, np.nan])
def test_impossible_affinity_is_refused(kd):
    with pytest.raises(ParameterError, match="kd_micromolar"):
        kd_2d_per_um2(kd)


@given(DENSITIES, ASSOCIATIONS)
def test_isodesmic_mass_balance(density, association):
    q = float(isodesmic_growth_probability(density, association))
    single = q / association
    # (1 - q)² loses digits as q nears 1: 1e-9 is what is left at Kρ = 1e8.
    assert single / (1.0 - q) ** 2 == pytest.approx(density, rel=1e-7)
    assert 0.0 <= q < 1.0


@given(DENSITIES, ASSOCIATIONS)
def test_isodesmic_means_follow_the_closed_form(density, association):
    chain = isodesmic_chain(density, association)
    mean = (1.0 + np.sqrt(1.0 + 4.0 * association * density)) / 2.0
    assert chain.mean_length_number == pytest.approx(mean, rel=ROUNDING)
    assert chain.mean_length_weight == pytest.approx(2.0 * mean - 1.0, rel=ROUNDING)
    assert chain.chains_per_um2 * mean == pytest.approx(density, rel=ROUNDING)
    # q rounds near 1, so the mean from it has fewer digits.
    assert 1.0 / (1.0 - chain.growth_probability) == pytest.approx(mean, rel=1e-6)


def test_no_attraction_gives_single_complexes():
    assert isodesmic_chain(50.0, 0.0).mean_length_number == 1.0
    assert stopped_chain(5.0, 20.0, 90.0, 0.0).mean_length_weight == 1.0
    number, weight = length_fractions(0.0, 4)
    np.testing.assert_array_equal(number, [1.0, 0.0, 0.0, 0.0])
    np.testing.assert_array_equal(weight, [1.0, 0.0, 0.0, 0.0])


@given(st.floats(0.0, 0.97))
def test_fractions_sum_to_one_and_give_the_means(q):
    number, weight = length_fractions(q, 3000)
    length = np.arange(1, 3001)
    # 0.97^3000 is 1e-40: the tail is far below rounding.
    assert number.sum() == pytest.approx(1.0, rel=ROUNDING)
    assert weight.sum() == pytest.approx(1.0, rel=ROUNDING)
    assert (number * length).sum() == pytest.approx(1.0 / (1.0 - q), rel=1e-10)
    assert (weight * length).sum() == pytest.approx((1 + q) / (1 - q), rel=1e-10)


@given(DENSITIES, DENSITIES, ASSOCIATIONS)
def test_bonds_obey_mass_action(alpha, gamma, association):
    bonds = bonds_per_um2(alpha, gamma, association)
    free_alpha, free_gamma = alpha - bonds, gamma - bonds
    assert 0.0 <= bonds <= min(alpha, gamma)
    # Of the rarer site nearly nothing may be free, so that the difference has no digits left:
    # the free part of the other one decides.
    rarer, other = (alpha, free_gamma) if gamma > alpha else (gamma, free_alpha)
    expected = rarer * association * other / (1.0 + association * other)
    # α and γc alike and tightly bound: free is 1e-4 of the total, so 1e-12 of rounding left.
    assert bonds == pytest.approx(expected, rel=1e-9)


@given(DENSITIES, st.floats(0, 1e3), st.floats(0, 1e3), ASSOCIATIONS)
def test_stopped_growth_never_exceeds_its_limit(complexes, alpha, gamma, association):
    a, g = complexes + alpha, complexes + gamma
    q = float(stopped_growth_probability(complexes, a, g, association))
    limit = growth_probability_limit(complexes, a, g)
    assert q <= limit * (1.0 + ROUNDING)
    swapped = float(stopped_growth_probability(complexes, g, a, association))
    assert q == pytest.approx(swapped, rel=ROUNDING)
    bonds = bonds_per_um2(a, g, association)
    assert q == pytest.approx(bonds * complexes / (a * g), rel=1e-9)


@given(DENSITIES, ASSOCIATIONS)
def test_without_free_chains_both_pictures_agree(density, association):
    silent = isodesmic_chain(density, association)
    compete = stopped_chain(density, density, density, association)
    # The mean from 1/(1-q) loses digits as q nears 1.
    assert compete.mean_length_number == pytest.approx(
        silent.mean_length_number, rel=1e-6
    )


def polymer_sums(complexes, alpha, gamma, association, longest=4000):
    """Chains one by one: (γ)? (complex)^n (α)?, from the free amounts of the three kinds."""
    bonds = bonds_per_um2(alpha, gamma, association)
    x, y = 1.0 - bonds / alpha, 1.0 - bonds / gamma
    c, a, g = complexes * x * y, (alpha - complexes) * x, (gamma - complexes) * y
    n = np.arange(1, longest)
    bare = c * (association * c) ** (n - 1.0)
    with_cap = (1.0, association * a, association * g, association**2 * a * g)
    return n, [bare * factor for factor in with_cap], (a, g)


@pytest.mark.parametrize("association", [0.01, 1.0, 30.0])
def test_stopped_chain_equals_the_sum_over_all_polymers(association):
    complexes, alpha, gamma = 4.0, 5.0, 7.0
    n, (bare, tailed, headed, both), (a, g) = polymer_sums(
        complexes, alpha, gamma, association
    )
    chains = bare + tailed + headed + both
    pairs = association * a * g
    # The longest chain left out is below rounding for these values.
    assert (n * chains).sum() == pytest.approx(complexes, rel=1e-10)
    in_alpha = (n * chains + tailed + both).sum() + a + pairs
    in_gamma = (n * chains + headed + both).sum() + g + pairs
    assert in_alpha == pytest.approx(alpha, rel=1e-10)
    assert in_gamma == pytest.approx(gamma, rel=1e-10)
    chain = stopped_chain(complexes, alpha, gamma, association)
    mean = (n * chains).sum() / chains.sum()
    assert chain.mean_length_number == pytest.approx(mean, rel=1e-10)
    weight_mean = (n**2 * chains).sum() / (n * chains).sum()
    assert chain.mean_length_weight == pytest.approx(weight_mean, rel=1e-10)


@pytest.mark.parametrize("association", [0.01, 1.0, 30.0])
def test_competing_gamma_clusters_equal_the_sum_over_all_polymers(association):
    complexes, alpha, gamma = 4.0, 5.0, 7.0
    n, (bare, tailed, headed, both), (a, g) = polymer_sums(
        complexes, alpha, gamma, association
    )
    size = np.zeros(len(n) + 2)
    np.add.at(size, n, bare + tailed)
    np.add.at(size, n + 1, headed + both)
    size[1] += g + association * a * g
    chain = stopped_chain(complexes, alpha, gamma, association)
    expected = size[1:9] / size.sum()
    found = gamma_cluster_fractions(chain, gamma, 8)
    np.testing.assert_allclose(found, expected, rtol=1e-9)  # as the sums above


def test_silent_gamma_clusters_count_free_chains_as_single():
    chain = isodesmic_chain(2.0, 1.0)
    assert chain.free_chains is FreeChains.SILENT
    found = gamma_cluster_fractions(chain, 5.0, 400)
    # One chain a µm² with lengths 1/2, 1/4 ... and three single γc.
    np.testing.assert_allclose(found[:3], [3.5 / 4, 0.25 / 4, 0.125 / 4], rtol=1e-12)
    assert found.sum() == pytest.approx(1.0, rel=ROUNDING)
    np.testing.assert_allclose(
        gamma_cluster_fractions(chain, 2.0, 5), length_fractions(0.5, 5)[0]
    )


def test_arrays_pass_through_and_are_not_written():
    density = frozen([0.0, 1.0, 4.0])
    many = isodesmic_growth_probability(density, 2.0)
    one = [float(isodesmic_growth_probability(x, 2.0)) for x in density]
    np.testing.assert_array_equal(many, one)
    both = stopped_growth_probability(
        density, frozen([5.0, 5.0, 5.0]), frozen([6.0, 6.0, 6.0]), 2.0
    )
    assert both.shape == (3,)
    assert both[0] == 0.0


def test_bad_numbers_are_refused():
    with pytest.raises(ParameterError, match="complexes_per_um2"):
        isodesmic_chain(-1.0, 1.0)
    with pytest.raises(ParameterError, match="association_um2"):
        isodesmic_chain(1.0, np.inf)
    with pytest.raises(ParameterError, match="totals"):
        stopped_chain(5.0, 4.0, 9.0, 1.0)
    with pytest.raises(ParameterError, match="below 1"):
        length_fractions(1.0, 3)
    with pytest.raises(ParameterError, match="max_length"):
        length_fractions(0.5, 0)
    with pytest.raises(ParameterError, match="neither"):
        growth_probability_limit(0.0, 0.0, 0.0)
    with pytest.raises(ParameterError, match="gamma_per_um2"):
        gamma_cluster_fractions(isodesmic_chain(2.0, 1.0), 1.0, 3)


COUPLINGS = st.floats(-5.0, 8.0)
ACTIVITIES = st.floats(1e-6, 1e6)


def sum_over_states(activity, coupling, length):
    """Occupancy and variance per site from all 2^N states."""
    states = np.array(list(itertools.product([0, 1], repeat=length)))
    n = states.sum(axis=1)
    pairs = (states[:, 1:] * states[:, :-1]).sum(axis=1)
    log_weight = n * np.log(activity) + coupling * pairs
    weight = np.exp(log_weight - log_weight.max())
    weight /= weight.sum()
    mean = (weight * n).sum()
    return mean / length, (weight * (n - mean) ** 2).sum() / length


@given(ACTIVITIES, COUPLINGS, st.integers(1, 9))
@settings(max_examples=60)
def test_row_equals_the_sum_over_all_states(activity, coupling, length):
    occupancy, variance = sum_over_states(activity, coupling, length)
    found = row_response(activity, coupling, length=length)
    # Rounding of sums of 512 exponentials.
    assert float(found.occupancy) == pytest.approx(occupancy, rel=1e-11)
    assert float(found.slope) == pytest.approx(variance, rel=1e-8, abs=1e-13)


@given(ACTIVITIES, st.integers(1, 40))
def test_without_coupling_receptors_are_independent(activity, length):
    expected = activity / (1.0 + activity)
    found = row_response(activity, 0.0, length=length)
    # Float rounding only; the model is exact here.
    assert float(found.occupancy) == pytest.approx(expected, rel=1e-13)
    endless = endless_row_response(activity, 0.0)
    assert float(endless.occupancy) == pytest.approx(expected, rel=1e-13)
    # The variance of one receptor, θ(1-θ), loses the digits of 1-θ.
    assert float(found.slope) == pytest.approx(expected * (1 - expected), rel=1e-9)
    assert half_activity(0.0, length=length) == 1.0
    assert row_hill_slope(0.0, length=length) == pytest.approx(1.0, rel=1e-13)


@given(st.floats(-3.0, 3.0), ACTIVITIES)
@settings(max_examples=20)
def test_long_row_becomes_the_endless_one(coupling, activity):
    found = row_response(activity, coupling, length=4000)
    endless = endless_row_response(activity, coupling)
    # The ends of the row count as two sites of 4000.
    assert float(found.occupancy) == pytest.approx(float(endless.occupancy), abs=1e-3)
    assert float(found.slope) == pytest.approx(float(endless.slope), abs=5e-3)


@given(st.floats(-20.0, 20.0))
def test_endless_row_is_half_full_at_its_symmetric_point(coupling):
    activity = half_activity(coupling, length=None)
    found = endless_row_response(activity, coupling)
    # exp and log of the activity round once each.
    assert float(found.occupancy) == pytest.approx(0.5, abs=1e-10)
    assert float(found.hill_slope) == pytest.approx(np.exp(coupling / 2), rel=1e-9)
    assert row_hill_slope(coupling, length=None) == pytest.approx(
        np.exp(coupling / 2), rel=1e-13
    )


@pytest.mark.parametrize("length", [2, 3, 6, 12])
def test_strong_coupling_is_all_or_none(length):
    coupling = 290.0
    # Complete or empty: z^N e^((N-1)J) against 1. Shorter runs weigh N e^(-J/N) at most, 4e-10
    # for 12 receptors, and the Hill slope feels them N times more.
    half = -coupling * (length - 1) / length
    assert half_activity(coupling, length=length) == pytest.approx(
        np.exp(half), rel=1e-8
    )
    assert row_hill_slope(coupling, length=length) == pytest.approx(length, rel=1e-7)
    log_distance = frozen([-1.0, 1.0])
    found = row_response(np.exp(half + log_distance), coupling, length=length)
    all_or_none = 1.0 / (1.0 + np.exp(-length * log_distance))
    np.testing.assert_allclose(found.occupancy, all_or_none, rtol=1e-4)  # e^(-1) more


@given(COUPLINGS, st.integers(2, 12))
@settings(max_examples=40)
def test_half_activity_is_where_half_are_complete(coupling, length):
    activity = half_activity(coupling, length=length)
    found = row_response(activity, coupling, length=length)
    # The root is good to 1e-12 in the logarithm; the slope there is at most the length.
    assert float(found.occupancy) == pytest.approx(0.5, abs=1e-10)


@pytest.mark.parametrize("length", [1, 3, 8])
@pytest.mark.parametrize("coupling", [-2.0, 0.0, 1.5, 6.0])
def test_slope_is_the_derivative(length, coupling):
    step = 1e-5
    log_z = np.linspace(-8.0, 4.0, 13)
    low = row_response(np.exp(log_z - step), coupling, length=length).occupancy
    high = row_response(np.exp(log_z + step), coupling, length=length).occupancy
    found = row_response(np.exp(log_z), coupling, length=length).slope
    # Error of a central difference: step² times the third derivative, plus rounding/step.
    np.testing.assert_allclose(found, (high - low) / (2 * step), atol=1e-8)


def test_endless_slope_is_the_derivative():
    step = 1e-5
    log_z = np.linspace(-12.0, 6.0, 19)
    low = endless_row_response(np.exp(log_z - step), 3.0).occupancy
    high = endless_row_response(np.exp(log_z + step), 3.0).occupancy
    found = endless_row_response(np.exp(log_z), 3.0).slope
    np.testing.assert_allclose(found, (high - low) / (2 * step), atol=1e-8)  # as above


def test_coupling_steepens_and_shifts_with_length():
    slopes = [row_hill_slope(2.0, length=n) for n in (1, 2, 4, 8, 64)]
    shifts = [half_activity(2.0, length=n) for n in (1, 2, 4, 8, 64)]
    assert slopes == sorted(slopes)
    assert shifts == sorted(shifts, reverse=True)
    assert slopes[-1] < row_hill_slope(2.0, length=None)
    assert half_activity(-2.0, length=8) > 1.0
    assert row_hill_slope(-2.0, length=8) < 1.0


def test_extreme_numbers_neither_overflow_nor_warn():
    activity = frozen([0.0, 1e-300, 1.0, 1e300])
    for found in (
        row_response(activity, 300.0, length=7),
        row_response(activity, -300.0, length=7),
        endless_row_response(activity, 300.0),
        endless_row_response(activity, -300.0),
    ):
        assert np.all(np.isfinite(found.occupancy))
        assert np.all((found.occupancy >= 0.0) & (found.occupancy <= 1.0))
        assert found.occupancy[0] == 0.0


@pytest.mark.parametrize("length", [2, 6, None])
@pytest.mark.parametrize("coupling", [0.2, 1.0])
def test_strongest_coupling_inverts_the_slope(length, coupling):
    hill = row_hill_slope(coupling, length=length)
    # The root is good to 1e-12 in J.
    assert strongest_coupling_kt(hill, length=length) == pytest.approx(
        coupling, abs=1e-9
    )


def test_strongest_coupling_at_its_ends():
    assert strongest_coupling_kt(1.0, length=6) == 0.0
    assert strongest_coupling_kt(0.7, length=None) == 0.0
    assert strongest_coupling_kt(6.5, length=6) == np.inf


def test_bad_couplings_are_refused():
    with pytest.raises(ParameterError, match="activity"):
        row_response([-1.0], 0.0, length=2)
    with pytest.raises(ParameterError, match="coupling_kt"):
        endless_row_response([1.0], 1e4)
    with pytest.raises(ParameterError, match="coupling_kt"):
        half_activity(np.nan, length=2)
    with pytest.raises(ParameterError, match="length"):
        row_response([1.0], 0.0, length=0)
    with pytest.raises(ParameterError, match="hill_max"):
        strongest_coupling_kt(0.0, length=3)
