"""Head-to-tail chains that grow and break at random: exact stochastic simulation."""

import math
from typing import Any, TypeAlias

import numpy as np

from il2struct.arrays import BoolArray, FloatArray, IndexArray
from il2struct.errors import ParameterError
from il2struct.kernels._numba import kernel, part, read_only

__all__ = ["grow_and_break"]

#: next, previous, other end of the chain (valid at its ends), all by unit; -1 for none.
Links: TypeAlias = tuple[IndexArray, IndexArray, IndexArray]


def grow_and_break(
    generator: np.random.Generator,
    *,
    has_sites: BoolArray,
    pair_rate_per_s: float,
    break_rate_per_s: float,
    sample_times_s: FloatArray,
    max_length: int,
) -> tuple[IndexArray, int]:
    """
    Simulate units that join site to site into chains and come apart again.

    A bond joins the γ site of one unit to the α site of another; rings do not form.

    Parameters
    ----------
    generator : numpy.random.Generator
        Source of random numbers; it moves on.
    has_sites : ndarray, shape=(n, 2), dtype=bool
        Whether each unit has an α site (first column) and a γ site.
    pair_rate_per_s : float
        Rate at which one free γ site meets one free α site of another chain, in 1/s.
    break_rate_per_s : float
        Rate at which one bond breaks, in 1/s.
    sample_times_s : ndarray, shape=(t,)
        Ascending times in s at which chains are counted; the last ends the simulation.
    max_length : int
        Longest chain with a column of its own.

    Returns
    -------
    counts : ndarray, shape=(t, max_length + 2), dtype=int
        Chains by the number of units with both sites: 0, 1, ... max_length, and longer.
    n_events : int
        Bonds made and broken.

    Raises
    ------
    ParameterError
        If shapes do not fit.

    Examples
    --------
    Two units that never break end as one chain:

    >>> both = np.ones((2, 2), dtype=bool)
    >>> counts, n_events = grow_and_break(
    ...     np.random.default_rng(1), has_sites=both, pair_rate_per_s=1.0,
    ...     break_rate_per_s=0.0, sample_times_s=np.array([0.0, 1e6]), max_length=2)
    >>> counts.tolist(), n_events
    ([[0, 2, 0, 0], [0, 0, 1, 0]], 1)
    """
    sites = np.ascontiguousarray(has_sites, dtype=np.bool_)
    times = np.ascontiguousarray(sample_times_s, dtype=np.float64)
    if sites.ndim != 2 or sites.shape[1] != 2:
        raise ParameterError("has_sites must have the shape (n, 2).")
    if times.ndim != 1 or not np.all(np.diff(times) >= 0.0):
        raise ParameterError("sample_times_s must be one ascending list in s.")
    counts, n_events = _grow_and_break(
        generator,
        read_only(sites),
        float(pair_rate_per_s),
        float(break_rate_per_s),
        read_only(times),
        int(max_length),
    )
    return counts, int(n_events)


@part()
def _remove(members: IndexArray, place: IndexArray, n: int, unit: int) -> int:
    last = members[n - 1]
    members[place[unit]] = last
    place[last] = place[unit]
    return n - 1


@part()
def _append(members: IndexArray, place: IndexArray, n: int, unit: int) -> int:
    members[n] = unit
    place[unit] = n
    return n + 1


@part()
def _count_chains(sites: BoolArray, links: Links, row: IndexArray) -> None:
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


@kernel()
def _grow_and_break(
    generator: Any,  # numba knows numpy's Generator, mypy does not see it here
    sites: BoolArray,
    pair_rate: float,
    break_rate: float,
    times: FloatArray,
    max_length: int,
) -> tuple[IndexArray, int]:
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
