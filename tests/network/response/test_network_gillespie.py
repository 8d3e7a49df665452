"""
Closed forms of chain lengths against chains that grow and break event by event.

The simulation is Gillespie's (1977, J. Phys. Chem. 81:2340) on a well-mixed patch of membrane: any
free γc site may meet any free α site of another chain. It is itself held against the sum over all
states, detailed balance and conservation.
"""

import math
from typing import NamedTuple

import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2

from il2struct.network.response.polymer import (
    isodesmic_chain,
    length_fractions,
    stopped_chain,
)

#: A right model falls below this once in a thousand seeds; seeds are fixed.
SIGNIFICANCE = 1e-3


def frozen(values, dtype=float):
    array = np.array(values, dtype=dtype)
    array.setflags(write=False)
    return array


class MembranePatch(NamedTuple):
    """Area, complexes with both sites, and chains outside them that carry one site and cap."""

    area_um2: float
    n_complexes: int
    n_free_alpha: int = 0
    n_free_gamma: int = 0


class ContactRates(NamedTuple):
    """Rate constants of two sites meeting and of a contact breaking."""

    on_um2_per_s: float
    off_per_s: float


class ChainTrajectory(NamedTuple):
    """Chains of 1 to max_length complexes at each time, the longer ones, and events in all."""

    chain_counts: np.ndarray
    longer_counts: np.ndarray
    n_events: int


def simulate_chains(patch, rates, sample_times_s, *, seed, max_length=64):
    """Let complexes join into chains and come apart, starting from single ones."""
    numbers = [patch.n_complexes, patch.n_free_alpha, patch.n_free_gamma]
    counts, n_events = grow_and_break(
        np.random.default_rng(seed),
        has_sites=np.repeat(
            np.array([[True, True], [True, False], [False, True]]), numbers, axis=0
        ),
        pair_rate_per_s=rates.on_um2_per_s / patch.area_um2,
        break_rate_per_s=rates.off_per_s,
        sample_times_s=sample_times_s,
        max_length=max_length,
    )
    return ChainTrajectory(counts[:, 1:-1], counts[:, -1], n_events)


def grow_and_break(
    generator,
    *,
    has_sites,
    pair_rate_per_s,
    break_rate_per_s,
    sample_times_s,
    max_length,
):
    """Chains by the number of units with both sites at each time, and bonds made and broken."""
    return _grow_and_break(
        generator,
        frozen(has_sites, dtype=bool),
        float(pair_rate_per_s),
        float(break_rate_per_s),
        frozen(sample_times_s),
        max_length,
    )


@numba.njit(nogil=True)
def _remove(members, place, n, unit):
    last = members[n - 1]
    members[place[unit]] = last
    place[last] = place[unit]
    return n - 1


@numba.njit(nogil=True)
def _append(members, place, n, unit):
    members[n] = unit
    place[unit] = n
    return n + 1


@numba.njit(nogil=True)
def _count_chains(sites, links, row):
    following, previous, _ = links
    for unit in range(len(sites)):
        if previous[unit] != -1:
            continue
        length = 0
        here = unit
        while here != -1:
            length += sites[here, 0] and sites[here, 1]
            here = following[here]
        row[min(length, len(row) - 1)] += 1


@numba.njit(nogil=True)
def _grow_and_break(  # noqa: PLR0915  # one compiled loop over events
    generator, sites, pair_rate, break_rate, times, max_length
):
    n = len(sites)
    following = np.full(n, -1)
    previous = np.full(n, -1)
    other_end = np.arange(n)
    links = (following, previous, other_end)
    alphas, alpha_place, n_alphas = np.empty(n, np.int64), np.empty(n, np.int64), 0
    gammas, gamma_place, n_gammas = np.empty(n, np.int64), np.empty(n, np.int64), 0
    bonds, bond_place, n_bonds = np.empty(n, np.int64), np.empty(n, np.int64), 0
    # Chains with a free site at both ends: pairs that would close a ring.
    n_closable = 0
    for unit in range(n):
        if sites[unit, 0]:
            n_alphas = _append(alphas, alpha_place, n_alphas, unit)
        if sites[unit, 1]:
            n_gammas = _append(gammas, gamma_place, n_gammas, unit)
        n_closable += sites[unit, 0] and sites[unit, 1]
    counts = np.zeros((len(times), max_length + 2), np.int64)
    n_events = 0
    time = 0.0
    sample = 0
    while sample < len(times):
        join_rate = pair_rate * (n_alphas * n_gammas - n_closable)
        total = join_rate + break_rate * n_bonds
        if total > 0.0:
            time -= math.log(1.0 - generator.random()) / total
        else:
            time = np.inf
        while sample < len(times) and times[sample] < time:
            _count_chains(sites, links, counts[sample])
            sample += 1
        if sample == len(times):
            break
        if generator.random() * total < join_rate:
            giver = gammas[int(generator.random() * n_gammas)]
            taker = alphas[int(generator.random() * n_alphas)]
            while other_end[giver] == taker:
                giver = gammas[int(generator.random() * n_gammas)]
                taker = alphas[int(generator.random() * n_alphas)]
            head, tail = other_end[giver], other_end[taker]
            n_closable -= sites[head, 0] + sites[tail, 1]
            n_closable += sites[head, 0] and sites[tail, 1]
            following[giver], previous[taker] = taker, giver
            other_end[head], other_end[tail] = tail, head
            n_gammas = _remove(gammas, gamma_place, n_gammas, giver)
            n_alphas = _remove(alphas, alpha_place, n_alphas, taker)
            n_bonds = _append(bonds, bond_place, n_bonds, giver)
        else:
            giver = bonds[int(generator.random() * n_bonds)]
            taker = following[giver]
            head, tail = giver, taker
            while previous[head] != -1:
                head = previous[head]
            while following[tail] != -1:
                tail = following[tail]
            n_closable -= sites[head, 0] and sites[tail, 1]
            n_closable += sites[head, 0] + sites[tail, 1]
            following[giver], previous[taker] = -1, -1
            other_end[head], other_end[giver] = giver, head
            other_end[taker], other_end[tail] = tail, taker
            n_gammas = _append(gammas, gamma_place, n_gammas, giver)
            n_alphas = _append(alphas, alpha_place, n_alphas, taker)
            n_bonds = _remove(bonds, bond_place, n_bonds, giver)
        n_events += 1
    return counts, n_events


def p_value(observed, expected, n_fitted=0):
    statistic = ((observed - expected) ** 2 / expected).sum()
    return chi2.sf(statistic, len(observed) - 1 - n_fitted)


def binned(counts, fractions, n_bins):
    """Lengths 1 to n_bins - 1, and the rest, in one sample of chains."""
    observed = np.append(counts[: n_bins - 1], counts[n_bins - 1 :].sum())
    share = np.append(fractions[: n_bins - 1], 1.0 - fractions[: n_bins - 1].sum())
    return observed, share * counts.sum()


def equilibrium_counts(patch, rates, *, seed, n_samples=10, spacing_s=30.0):
    """Chains of samples so far apart that they are independent, added up."""
    times = frozen(spacing_s * np.arange(1, n_samples + 1))
    found = simulate_chains(patch, rates, times, seed=seed, max_length=200)
    assert found.longer_counts.sum() == 0
    return found.chain_counts.sum(axis=0)


@pytest.mark.parametrize("association_um2", [0.2, 2.0, 12.0])
def test_lengths_agree_with_the_isodesmic_chain(association_um2):
    patch = MembranePatch(area_um2=4000.0, n_complexes=8000)
    rates = ContactRates(on_um2_per_s=association_um2, off_per_s=1.0)
    counts = equilibrium_counts(patch, rates, seed=11)
    exact = isodesmic_chain(2.0, association_um2)
    number, _ = length_fractions(exact.growth_probability, 200)
    n_bins = int(np.flatnonzero(number * counts.sum() > 50.0)[-1]) + 2
    assert p_value(*binned(counts, number, n_bins)) > SIGNIFICANCE
    n_chains = counts.sum() / 10.0
    # The number of chains fluctuates by less than its square root in each of ten samples.
    expected = exact.chains_per_um2 * patch.area_um2
    assert abs(n_chains - expected) < 4.0 * math.sqrt(expected / 10.0)


def test_the_chi_square_test_can_fail():
    patch = MembranePatch(area_um2=4000.0, n_complexes=8000)
    counts = equilibrium_counts(
        patch, ContactRates(on_um2_per_s=2.0, off_per_s=1.0), seed=11
    )
    wrong = isodesmic_chain(2.0, 2.2)
    number, _ = length_fractions(wrong.growth_probability, 200)
    assert p_value(*binned(counts, number, 10)) < 1e-6


@pytest.mark.parametrize(("n_alpha", "n_gamma"), [(3000, 0), (2000, 9000)])
def test_lengths_agree_with_the_stopped_chain(n_alpha, n_gamma):
    patch = MembranePatch(
        area_um2=2000.0, n_complexes=4000, n_free_alpha=n_alpha, n_free_gamma=n_gamma
    )
    rates = ContactRates(on_um2_per_s=6.0, off_per_s=1.0)
    counts = equilibrium_counts(patch, rates, seed=5)
    exact = stopped_chain(2.0, 2.0 + n_alpha / 2000.0, 2.0 + n_gamma / 2000.0, 6.0)
    number, _ = length_fractions(exact.growth_probability, 200)
    n_bins = int(np.flatnonzero(number * counts.sum() > 50.0)[-1]) + 2
    assert p_value(*binned(counts, number, n_bins)) > SIGNIFICANCE


def partitions(n, largest=None):
    largest = largest or n
    if n == 0:
        yield ()
        return
    for first in range(min(n, largest), 0, -1):
        for rest in partitions(n - first, first):
            yield (first, *rest)


def exact_small_patch(n, pair_to_break):
    """Boltzmann weight of each set of chain lengths: N!/Π m! ways, one factor a bond."""
    weight = {
        lengths: math.factorial(n)
        / math.prod(math.factorial(lengths.count(m)) for m in set(lengths))
        * pair_to_break ** (n - len(lengths))
        for lengths in partitions(n)
    }
    whole = sum(weight.values())
    return {lengths: value / whole for lengths, value in weight.items()}


def states_of(found):
    return [
        tuple(
            length
            for length in range(row.size, 0, -1)
            for _ in range(int(row[length - 1]))
        )
        for row in found.chain_counts
    ]


def test_small_patch_agrees_with_the_sum_over_all_states():
    n, area = 5, 2.0
    patch = MembranePatch(area_um2=area, n_complexes=n)
    rates = ContactRates(on_um2_per_s=1.5, off_per_s=1.0)
    # The slowest relaxation is of order 1 s; 12 s leave a correlation of e^-12.
    times = frozen(12.0 * np.arange(1, 20001))
    states = states_of(simulate_chains(patch, rates, times, seed=3, max_length=n))
    exact = exact_small_patch(n, 1.5 / area)
    observed = np.array([states.count(lengths) for lengths in exact])
    expected = np.array(list(exact.values())) * len(states)
    assert observed.sum() == len(states)
    assert expected.min() > 50.0
    assert p_value(observed, expected) > SIGNIFICANCE


def test_transitions_are_in_detailed_balance():
    """As many moves from any state to any other as back, also where several steps lie between."""
    n = 4
    patch = MembranePatch(area_um2=1.0, n_complexes=n)
    rates = ContactRates(on_um2_per_s=0.8, off_per_s=1.0)
    starts = 12.0 * np.arange(1, 20001)
    times = frozen(np.stack([starts, starts + 0.3], axis=1).ravel())
    states = states_of(simulate_chains(patch, rates, times, seed=8, max_length=n))
    index = {lengths: k for k, lengths in enumerate(partitions(n))}
    flux = np.zeros((len(index), len(index)))
    for before, after in zip(states[::2], states[1::2], strict=True):
        flux[index[before], index[after]] += 1.0
    upper = np.triu_indices(len(index), k=1)
    there, back = flux[upper], flux.T[upper]
    seen = there + back > 20.0
    assert seen.sum() >= 8
    # Bowker's test of symmetry.
    statistic = ((there - back)[seen] ** 2 / (there + back)[seen]).sum()
    assert chi2.sf(statistic, seen.sum()) > SIGNIFICANCE


def test_rates_of_the_first_event_are_those_of_the_model():
    """Mean waiting time for the first bond among n single complexes: A/(k n(n-1))."""
    n, runs = 6, 2000
    patch = MembranePatch(area_um2=3.0, n_complexes=n)
    rates = ContactRates(on_um2_per_s=2.0, off_per_s=0.0)
    rate = 2.0 / 3.0 * n * (n - 1)
    bonded = sum(
        simulate_chains(patch, rates, [0.05], seed=seed).chain_counts[0].sum() < n
        for seed in range(runs)
    )
    chance = 1.0 - math.exp(-rate * 0.05)
    # Four standard deviations of a binomial.
    assert abs(bonded - runs * chance) < 4 * math.sqrt(runs * chance * (1 - chance))


@pytest.mark.parametrize("seed", range(4))
def test_complexes_are_conserved_and_chains_never_close(seed):
    patch = MembranePatch(area_um2=1.0, n_complexes=50, n_free_alpha=7, n_free_gamma=13)
    rates = ContactRates(on_um2_per_s=1.0, off_per_s=1.0)
    found = simulate_chains(
        patch, rates, np.linspace(0.0, 50.0, 101), seed=seed, max_length=50
    )
    length = np.arange(1, 51)
    np.testing.assert_array_equal(found.chain_counts @ length, 50)
    assert np.all(found.longer_counts == 0)
    # A closed ring would have no head and vanish from the count of complexes above.
    np.testing.assert_array_equal(found.chain_counts[0], [50] + [0] * 49)


def test_irreversible_growth_ends_as_one_chain():
    patch = MembranePatch(area_um2=1.0, n_complexes=40)
    rates = ContactRates(on_um2_per_s=1.0, off_per_s=0.0)
    found = simulate_chains(patch, rates, [1e9], seed=2, max_length=40)
    assert found.chain_counts[0, 39] == 1
    assert found.n_events == 39


def test_no_attraction_leaves_single_complexes():
    patch = MembranePatch(area_um2=1.0, n_complexes=30, n_free_gamma=5)
    rates = ContactRates(on_um2_per_s=0.0, off_per_s=1.0)
    found = simulate_chains(patch, rates, [0.0, 100.0], seed=2)
    np.testing.assert_array_equal(found.chain_counts[:, 0], 30)
    assert found.n_events == 0


def test_the_seed_decides_and_long_chains_have_a_column():
    patch = MembranePatch(area_um2=1.0, n_complexes=60)
    rates = ContactRates(on_um2_per_s=5.0, off_per_s=1.0)
    times = frozen([1.0, 2.0, 50.0])
    first, again, other = (
        simulate_chains(patch, rates, times, seed=seed, max_length=3)
        for seed in (4, 4, 5)
    )
    np.testing.assert_array_equal(first.chain_counts, again.chain_counts)
    assert first.n_events == again.n_events != other.n_events
    assert first.longer_counts[-1] > 0


def test_empty_patch_stays_empty():
    patch = MembranePatch(area_um2=1.0, n_complexes=0)
    rates = ContactRates(on_um2_per_s=1.0, off_per_s=1.0)
    found = simulate_chains(patch, rates, [1.0], seed=0)
    assert found.chain_counts.sum() == 0


@settings(max_examples=40)
@given(
    st.integers(0, 2**32 - 1),
    st.integers(1, 25),
    st.floats(0.0, 10.0),
    st.floats(0.0, 10.0),
)
def test_units_are_neither_lost_nor_made(seed, n, pair_rate, break_rate):
    rng = np.random.default_rng(seed)
    sites = frozen(rng.random((n, 2)) < 0.7, dtype=bool)
    n_whole = int(sites.all(axis=1).sum())
    times = frozen(np.linspace(0.0, 1.0, 5))
    counts, n_events = grow_and_break(
        np.random.default_rng(seed),
        has_sites=sites,
        pair_rate_per_s=pair_rate,
        break_rate_per_s=break_rate,
        sample_times_s=times,
        max_length=n,
    )
    assert (counts >= 0).all()
    np.testing.assert_array_equal(counts[:, : n + 1] @ np.arange(n + 1), n_whole)
    assert not counts[:, n + 1].any()
    # Each bond makes two chains one: there are n units and no more chains.
    assert (counts.sum(axis=1) <= n).all()
    if not pair_rate or n == 1:
        assert n_events == 0
    if not break_rate:
        assert n_events < n
