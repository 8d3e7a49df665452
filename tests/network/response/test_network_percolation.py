"""Percolation against exact thresholds, scaling at the threshold, and a slow obvious version."""

import math

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from il2struct.errors import ParameterError
from il2struct.kernels.percolation import bonds_until_wrapped
from il2struct.network.response.percolation import (
    HONEYCOMB,
    HONEYCOMB_THRESHOLD,
    SQUARE,
    SQUARE_THRESHOLD,
    TRIANGULAR,
    TRIANGULAR_THRESHOLD,
    PeriodicLattice,
    bond_threshold,
    gel_point,
    wrapping_fraction,
    wrapping_probability,
    wrapping_samples,
)

CHAIN = PeriodicLattice(n_nodes=1, ends=[[0, 0]], cell_shifts=[[1]])
CUBIC = PeriodicLattice(n_nodes=1, ends=[[0, 0]] * 3, cell_shifts=np.eye(3))
LATTICES = {
    "square": (SQUARE, SQUARE_THRESHOLD),
    "triangular": (TRIANGULAR, TRIANGULAR_THRESHOLD),
    "honeycomb": (HONEYCOMB, HONEYCOMB_THRESHOLD),
}
#: Probability that a cluster wraps around a square torus at the threshold, along any axis:
#: Newman & Ziff 2001 (after Pinson 1994).
WRAPPING_AT_THRESHOLD = 0.690473725


def frozen(values):
    array = np.array(values, dtype=np.int64)
    array.setflags(write=False)
    return array


def test_thresholds_are_the_published_ones():
    exact = {name: threshold for name, (_, threshold) in LATTICES.items()}
    # The science brief quotes three decimals.
    assert exact["honeycomb"] == pytest.approx(0.653, abs=5e-4)
    assert exact["triangular"] == pytest.approx(0.347, abs=5e-4)
    assert exact["square"] == 0.5


@pytest.mark.parametrize("name", LATTICES)
def test_known_thresholds_are_found_within_their_error(name):
    lattice, exact = LATTICES[name]
    found = bond_threshold(lattice, n_samples=3000, seed=1)
    # Three standard errors; the finite size adds less than one (docs/response.md).
    assert abs(found.threshold - exact) < 3.0 * found.standard_error
    assert found.standard_error < 0.002
    assert found.wrapping_at_threshold == pytest.approx(WRAPPING_AT_THRESHOLD, abs=0.06)


def test_cubic_lattice_in_three_dimensions():
    found = bond_threshold(CUBIC, sizes=(6, 12), n_samples=2000, seed=1)
    # Lorenz & Ziff 1998: 0.2488126; blocks of 6 cells are off by about 0.001.
    assert abs(found.threshold - 0.2488126) < 3.0 * found.standard_error + 0.001


def test_error_estimate_is_the_spread_over_seeds():
    found = [
        bond_threshold(SQUARE, sizes=(8, 16), n_samples=500, seed=seed)
        for seed in range(24)
    ]
    spread = np.std([estimate.threshold for estimate in found], ddof=1)
    stated = np.mean([estimate.standard_error for estimate in found])
    # The spread of 24 values is itself uncertain by 15 %; allow three times that.
    assert spread == pytest.approx(stated, rel=0.45)


@pytest.mark.parametrize("name", ["square", "honeycomb"])
def test_wrapping_curves_cross_and_steepen_as_they_must(name):
    """At the threshold the probability does not depend on size, its slope grows as L^(3/4)."""
    lattice, exact = LATTICES[name]
    small, large = (
        wrapping_samples(lattice, size=size, n_samples=3000, seed=2)
        for size in (16, 32)
    )
    at = [float(wrapping_probability(s, exact)) for s in (small, large)]
    # Three binomial errors of each: 3 sqrt(2 × 0.69 × 0.31 / 3000).
    assert at[0] == pytest.approx(at[1], abs=0.036)
    assert at[1] == pytest.approx(WRAPPING_AT_THRESHOLD, abs=0.03)
    below = [float(wrapping_probability(s, exact - 0.03)) for s in (small, large)]
    above = [float(wrapping_probability(s, exact + 0.03)) for s in (small, large)]
    assert below[1] < below[0] < at[0] < above[0] < above[1]
    slopes = []
    for samples in (small, large):
        low, high = wrapping_probability(samples, [exact - 1e-3, exact + 1e-3])
        slopes.append((high - low) / 2e-3)
    # 1/ν = 3/4 in two dimensions; the slopes are good to about 3 %.
    assert math.log2(slopes[1] / slopes[0]) == pytest.approx(0.75, abs=0.12)


def test_chain_percolates_only_when_complete():
    found = bond_threshold(CHAIN)
    assert found.threshold == 1.0
    assert found.standard_error == 0.0
    samples = wrapping_samples(CHAIN, size=7, n_samples=5, seed=0)
    np.testing.assert_array_equal(samples.bonds_at_wrap, 7)
    # All seven bonds must be there.
    assert float(wrapping_probability(samples, 0.9)) == pytest.approx(0.9**7, rel=1e-12)


def test_unlike_bonds_follow_the_exact_line_of_the_square_lattice():
    """Strong bonds along x and weak ones along y: the threshold is p_x + p_y = 1."""
    below = [
        wrapping_fraction(SQUARE, [0.7, 0.2], size=size, n_samples=150, seed=1)
        for size in (8, 40)
    ]
    above = [
        wrapping_fraction(SQUARE, [0.7, 0.4], size=size, n_samples=150, seed=1)
        for size in (8, 40)
    ]
    assert below[1].fraction < below[0].fraction
    assert below[1].fraction < 0.15
    assert above[1].fraction > above[0].fraction - 2.0 * above[0].standard_error
    assert above[1].fraction > 0.97
    one_way = wrapping_fraction(SQUARE, [0.9, 0.0], size=40, n_samples=100, seed=1)
    # A chain of 40 bonds is whole with 0.9^40; one of 40 chains with 0.45.
    assert one_way.fraction == pytest.approx(1 - (1 - 0.9**40) ** 40, abs=0.15)
    uniform = wrapping_fraction(TRIANGULAR, [0.4] * 3, size=16, n_samples=400, seed=1)
    samples = wrapping_samples(TRIANGULAR, size=16, n_samples=2000, seed=3)
    # Two estimates of one number: three of their errors.
    assert uniform.fraction == pytest.approx(
        float(wrapping_probability(samples, 0.4)), abs=3.2 * uniform.standard_error
    )


@pytest.mark.parametrize(
    ("functionality", "expected"), [(2, 1.0), (3, 0.5), (4, 1 / 3)]
)
def test_gel_point_of_flory_and_stockmayer(functionality, expected):
    assert gel_point(functionality) == pytest.approx(expected, rel=1e-15)


def wraps(n_nodes, ends, steps, laid):
    """Slow obvious version: walk the graph and look for a node reached with two shifts."""
    graph = nx.Graph()
    graph.add_nodes_from(range(n_nodes))
    bonds = {}
    for bond in laid:
        first, second = ends[bond]
        bonds.setdefault(first, []).append((second, steps[bond]))
        bonds.setdefault(second, []).append((first, -steps[bond]))
        graph.add_edge(first, second)
    for component in nx.connected_components(graph):
        start = min(component)
        place, queue = {start: np.zeros(steps.shape[1], int)}, [start]
        while queue:
            here = queue.pop()
            for there, step in bonds.get(here, []):
                moved = place[here] + step
                if there not in place:
                    place[there] = moved
                    queue.append(there)
                elif np.any(place[there] != moved):
                    return True
    return False


@given(st.data())
@settings(max_examples=60)
def test_union_find_equals_walking_the_graph(data):
    n_nodes = data.draw(st.integers(1, 6))
    n_bonds = data.draw(st.integers(1, 12))
    n_axes = data.draw(st.integers(1, 3))
    node, step = st.integers(0, n_nodes - 1), st.integers(-1, 1)
    ends = frozen([[data.draw(node), data.draw(node)] for _ in range(n_bonds)])
    steps = frozen([[data.draw(step) for _ in range(n_axes)] for _ in range(n_bonds)])
    order = frozen(data.draw(st.permutations(range(n_bonds))))
    found = bonds_until_wrapped(n_nodes, ends, steps, order)
    expected = next(
        (
            n
            for n in range(1, n_bonds + 1)
            if wraps(n_nodes, ends.tolist(), steps, order[:n].tolist())
        ),
        n_bonds + 1,
    )
    assert found == expected


def test_samples_repeat_with_the_seed_and_reach_their_ends():
    first, again = (
        wrapping_samples(HONEYCOMB, size=5, n_samples=20, seed=9) for _ in range(2)
    )
    np.testing.assert_array_equal(first.bonds_at_wrap, again.bonds_at_wrap)
    assert first.n_bonds == 75
    np.testing.assert_array_equal(wrapping_probability(first, [0.0, 1.0]), [0.0, 1.0])
    assert first.bonds_at_wrap.min() >= 5


def test_shape_of_the_cell_does_not_matter():
    """The square lattice described by a cell of two nodes is the same lattice."""
    doubled = PeriodicLattice(
        n_nodes=2,
        ends=[[0, 1], [1, 0], [0, 0], [1, 1]],
        cell_shifts=[[0, 0], [1, 0], [0, 1], [0, 1]],
    )
    found = bond_threshold(doubled, sizes=(12, 24), n_samples=2000, seed=4)
    assert abs(found.threshold - 0.5) < 3.0 * found.standard_error


def test_bad_lattices_are_refused():
    with pytest.raises(ParameterError, match="repeat in 1 of 2"):
        PeriodicLattice(n_nodes=1, ends=[[0, 0]], cell_shifts=[[1, 1]])
    with pytest.raises(ParameterError, match="repeat in 0 of 2"):
        PeriodicLattice(n_nodes=2, ends=[[0, 1]], cell_shifts=[[0, 1]])
    with pytest.raises(ParameterError, match="from 0 to 0"):
        PeriodicLattice(n_nodes=1, ends=[[0, 1]], cell_shifts=[[1]])
    with pytest.raises(ParameterError, match="one row for each contact"):
        PeriodicLattice(n_nodes=1, ends=[[0, 0]], cell_shifts=[[1], [1]])
    with pytest.raises(ParameterError, match="shape"):
        PeriodicLattice(n_nodes=1, ends=[], cell_shifts=[])
    with pytest.raises(ParameterError, match="size"):
        wrapping_samples(SQUARE, size=1, n_samples=3, seed=0)
    with pytest.raises(ParameterError, match="n_samples"):
        wrapping_samples(SQUARE, size=4, n_samples=0, seed=0)
    with pytest.raises(ParameterError, match="factor"):
        bond_threshold(SQUARE, sizes=(10, 11))
    with pytest.raises(ParameterError, match="2 numbers"):
        wrapping_fraction(SQUARE, [0.5], size=4, n_samples=3, seed=0)
    with pytest.raises(ParameterError, match="n_samples"):
        wrapping_fraction(SQUARE, [0.5, 0.5], size=4, n_samples=0, seed=0)
    with pytest.raises(ParameterError, match="functionality"):
        gel_point(1)
    with pytest.raises(ParameterError, match="one row"):
        bonds_until_wrapped(1, [[0, 0]], [[1], [1]], [0])
    with pytest.raises(ParameterError, match="out of range"):
        bonds_until_wrapped(1, [[0, 0]], [[1]], [1])
