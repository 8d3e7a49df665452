"""
Events per second of the chain simulation, beside the same algorithm in plain Python.

``python benchmarks/gillespie.py`` takes about fifteen seconds. The plain version keeps chains as
a list of lengths and picks a bond by walking the list, as one would write it in an afternoon; it
runs for a second from single complexes, which on the large patch is the start of growth only.
"""

import math
import platform
import random
import statistics
import time

import numba
import numpy as np

from il2struct.network.response.gillespie import (
    ContactRates,
    MembranePatch,
    simulate_chains,
)
from il2struct.network.response.polymer import isodesmic_chain

RUNS = 5
EVENTS = 2_000_000
PLAIN_SECONDS = 1.0
#: Complexes on the patch (1 per µm²) and association constants in µm².
COMPLEXES = (1_000, 100_000)
ASSOCIATIONS_UM2 = (0.02, 2.0, 200.0)


def plain_events(n_complexes, association_um2, seconds):
    """Events of the plain Python version in some seconds of work; one complex per µm²."""
    generator = random.Random(1)
    chains = [1] * n_complexes
    n_events = 0
    elapsed_s = 0.0
    stop = time.perf_counter() + seconds
    while time.perf_counter() < stop:
        n = len(chains)
        join = association_um2 / n_complexes * n * (n - 1)
        total = join + (n_complexes - n)
        elapsed_s -= math.log(1.0 - generator.random()) / total
        if generator.random() * total < join:
            first, second = generator.sample(range(n), 2)
            chains[first] += chains[second]
            chains[second] = chains[-1]
            chains.pop()
        else:
            bond = generator.randrange(n_complexes - n)
            for k, length in enumerate(chains):
                if bond < length - 1:
                    chains[k] = bond + 1
                    chains.append(length - bond - 1)
                    break
                bond -= length - 1
        n_events += 1
    return n_events, elapsed_s


def compiled_rate(n_complexes, association_um2):
    """Events per second of each run, from single complexes to well within equilibrium."""
    patch = MembranePatch(area_um2=float(n_complexes), n_complexes=n_complexes)
    rates = ContactRates(on_um2_per_s=association_um2, off_per_s=1.0)
    bonds = n_complexes - isodesmic_chain(1.0, association_um2).chains_per_um2 * (
        n_complexes
    )
    ends = np.array([EVENTS / (2.0 * bonds)])
    found = []
    for run in range(RUNS):
        start = time.perf_counter()
        trajectory = simulate_chains(patch, rates, ends, seed=run)
        found.append(trajectory.n_events / (time.perf_counter() - start))
    return found


def main():
    simulate_chains(
        MembranePatch(area_um2=1.0, n_complexes=2),
        ContactRates(on_um2_per_s=1.0, off_per_s=1.0),
        [1.0],
        seed=0,
    )
    print(
        f"{platform.processor() or platform.machine()}, Python "
        f"{platform.python_version()}, numba {numba.__version__}, one thread, "
        f"median of {RUNS} runs (range), million events per second"
    )
    print("complexes  K/µm²  <N>    compiled              plain Python  ratio")
    for n_complexes in COMPLEXES:
        for association in ASSOCIATIONS_UM2:
            rates = [rate / 1e6 for rate in compiled_rate(n_complexes, association)]
            middle = statistics.median(rates)
            plain, _ = plain_events(n_complexes, association, PLAIN_SECONDS)
            plain_rate = plain / PLAIN_SECONDS / 1e6
            mean = isodesmic_chain(1.0, association).mean_length_number
            print(
                f"{n_complexes:9d} {association:6g} {mean:5.2f} {middle:7.2f}"
                f" ({min(rates):.2f} to {max(rates):.2f}) {plain_rate:11.4f}"
                f" {middle / plain_rate:9.0f}"
            )


if __name__ == "__main__":
    main()
