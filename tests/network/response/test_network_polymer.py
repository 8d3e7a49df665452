"""Chain lengths against sums over all chains, closed forms, and limits."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arrays import frozen
from il2struct.errors import ParameterError
from il2struct.network.response.polymer import (
    FreeChains,
    association_um2,
    gamma_cluster_fractions,
    growth_probability_limit,
    isodesmic_chain,
    isodesmic_growth_probability,
    kd_2d_per_um2,
    length_fractions,
    molecules_per_um2,
    stopped_chain,
    stopped_growth_probability,
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
