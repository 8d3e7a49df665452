"""
Closed forms of chain lengths against chains that grow and break event by event.

The simulation is Gillespie's (1977, J. Phys. Chem. 81:2340) on a well-mixed patch of membrane: any
free γc site may meet any free α site of another chain. It is itself held against the sum over all
states and conservation.
"""

import math
from typing import NamedTuple

import numba
import numpy as np
import pytest
from scipy.stats import chi2

from il2struct.network.response.polymer import (
    isodesmic_chain,
    length_fractions,
    stopped_chain,
)

#: A right model falls below this once in a thousand seeds; seeds are fixed.
SIGNIFICANCE = 1e-3


class Patch(NamedTuple):
    """Complexes with both sites on an area, and chains outside them that carry one site and cap."""

    area_um2: float
    n_complexes: int
    n_free_alpha: int = 0
    n_free_gamma: int = 0


def simulate_chains(patch, on_um2_per_s, times_s, *, seed, max_length):
    """Chains of 1 to max_length complexes at each time; contacts break once a second."""
    numbers = (patch.n_complexes, patch.n_free_alpha, patch.n_free_gamma)
    counts = _grow_and_break(
        np.random.default_rng(seed),
        np.repeat([[True, True], [True, False], [False, True]], numbers, axis=0),
        on_um2_per_s / patch.area_um2,
        np.asarray(times_s, dtype=float),
        max_length,
    )
    # Longer ones would be counted last, chains without a complex first.
    assert not counts[:, -1].any()
    return counts[:, 1:-1]


@numba.njit(nogil=True)
def _any_of(generator, mask):
    """A random one of those that are true."""
    while True:
        unit = int(generator.random() * len(mask))
        if mask[unit]:
            return unit


@numba.njit(nogil=True)
def _grow_and_break(generator, sites, pair_rate, times, max_length):
    """One loop over events; a unit's γc may hold the α of the one that follows it."""
    n = len(sites)
    following, previous = np.full(n, -1), np.full(n, -1)
    other_end = np.arange(n)
    free_alpha, free_gamma = sites[:, 0].copy(), sites[:, 1].copy()
    is_bonded = np.zeros(n, np.bool_)
    # Chains with a free site at both ends: pairs that would close a ring.
    n_closable = (free_alpha & free_gamma).sum()
    n_alphas, n_gammas, n_bonds = free_alpha.sum(), free_gamma.sum(), 0
    counts = np.zeros((len(times), max_length + 2), np.int64)
    time, sample = 0.0, 0
    while True:
        join_rate = pair_rate * (n_alphas * n_gammas - n_closable)
        time -= math.log(1.0 - generator.random()) / (join_rate + n_bonds)
        while times[sample] < time:
            for unit in range(n):
                if previous[unit] == -1:
                    length, here = 0, unit
                    while here != -1:
                        length += sites[here, 0] and sites[here, 1]
                        here = following[here]
                    counts[sample, min(length, max_length + 1)] += 1
            sample += 1
            if sample == len(times):
                return counts
        if generator.random() * (join_rate + n_bonds) < join_rate:
            giver, taker = (
                _any_of(generator, free_gamma),
                _any_of(generator, free_alpha),
            )
            while other_end[giver] == taker:
                giver = _any_of(generator, free_gamma)
                taker = _any_of(generator, free_alpha)
            head, tail = other_end[giver], other_end[taker]
            n_closable -= sites[head, 0] + sites[tail, 1]
            n_closable += sites[head, 0] and sites[tail, 1]
            following[giver], previous[taker] = taker, giver
            other_end[head], other_end[tail] = tail, head
        else:
            giver = _any_of(generator, is_bonded)
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
        is_bonded[giver] = not is_bonded[giver]
        free_gamma[giver] = not is_bonded[giver]
        free_alpha[taker] = not is_bonded[giver]
        made = 1 if is_bonded[giver] else -1
        n_bonds, n_alphas, n_gammas = n_bonds + made, n_alphas - made, n_gammas - made


def p_value(observed, expected):
    statistic = ((observed - expected) ** 2 / expected).sum()
    return chi2.sf(statistic, len(observed) - 1)


def fit_of_lengths(patch, association_um2, growth_probability, *, seed):
    """Chains in all of ten samples, and how well their lengths fit a chance to grow."""
    # So far apart that they are independent.
    times = 30.0 * np.arange(1, 11)
    found = simulate_chains(patch, association_um2, times, seed=seed, max_length=200)
    counts = found.sum(axis=0)
    number, _ = length_fractions(growth_probability, 200)
    n_bins = int(np.flatnonzero(number * counts.sum() > 50.0)[-1]) + 2
    # Lengths 1 to n_bins - 1, and the rest.
    observed = np.append(counts[: n_bins - 1], counts[n_bins - 1 :].sum())
    share = np.append(number[: n_bins - 1], 1.0 - number[: n_bins - 1].sum())
    return counts.sum(), p_value(observed, share * counts.sum())


@pytest.mark.parametrize("association_um2", [0.2, 2.0, 12.0])
def test_lengths_agree_with_the_isodesmic_chain(association_um2):
    patch = Patch(area_um2=4000.0, n_complexes=8000)
    exact = isodesmic_chain(2.0, association_um2)
    n_chains, p = fit_of_lengths(
        patch, association_um2, exact.growth_probability, seed=11
    )
    assert p > SIGNIFICANCE
    # The number of chains fluctuates by less than its square root in each of ten samples.
    expected = exact.chains_per_um2 * patch.area_um2
    assert abs(n_chains / 10.0 - expected) < 4.0 * math.sqrt(expected / 10.0)


def test_the_chi_square_test_can_fail():
    patch = Patch(area_um2=4000.0, n_complexes=8000)
    wrong = isodesmic_chain(2.0, 2.2).growth_probability
    assert fit_of_lengths(patch, 2.0, wrong, seed=11)[1] < 1e-6


@pytest.mark.parametrize(("n_alpha", "n_gamma"), [(3000, 0), (2000, 9000)])
def test_lengths_agree_with_the_stopped_chain(n_alpha, n_gamma):
    patch = Patch(2000.0, 4000, n_free_alpha=n_alpha, n_free_gamma=n_gamma)
    exact = stopped_chain(2.0, 2.0 + n_alpha / 2000.0, 2.0 + n_gamma / 2000.0, 6.0)
    _, p = fit_of_lengths(patch, 6.0, exact.growth_probability, seed=5)
    assert p > SIGNIFICANCE


def partitions(n, largest):
    """Sets of chain lengths that n complexes can make, the longest first in each."""
    if n == 0:
        yield ()
    for first in range(min(n, largest), 0, -1):
        for rest in partitions(n - first, first):
            yield (first, *rest)


def test_small_patch_agrees_with_the_sum_over_all_states():
    """Boltzmann weight of each set of chain lengths: N!/Π m! ways, one factor a bond."""
    n, area, on = 5, 2.0, 1.5
    # The slowest relaxation is of order 1 s; 12 s leave a correlation of e^-12.
    times = 12.0 * np.arange(1, 20001)
    found = simulate_chains(Patch(area, n), on, times, seed=3, max_length=n)
    states = list(partitions(n, n))
    ways = [
        math.factorial(n)
        / math.prod(math.factorial(lengths.count(m)) for m in set(lengths))
        * (on / area) ** (n - len(lengths))
        for lengths in states
    ]
    rows = [[lengths.count(m) for m in range(1, n + 1)] for lengths in states]
    observed = np.array([(found == row).all(axis=1).sum() for row in rows])
    expected = np.array(ways) / sum(ways) * len(found)
    assert observed.sum() == len(found)
    assert expected.min() > 50.0
    assert p_value(observed, expected) > SIGNIFICANCE


@pytest.mark.parametrize("seed", range(4))
def test_complexes_are_conserved_and_chains_never_close(seed):
    """A closed ring would have no head and vanish from the count."""
    patch = Patch(1.0, n_complexes=50, n_free_alpha=7, n_free_gamma=13)
    times = np.linspace(0.0, 50.0, 101)
    found = simulate_chains(patch, 1.0, times, seed=seed, max_length=50)
    np.testing.assert_array_equal(found @ np.arange(1, 51), 50)
    np.testing.assert_array_equal(found[0], [50] + [0] * 49)
