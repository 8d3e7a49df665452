"""The periodic graph: dimension, repeats and stoichiometry against walks through the lattice."""

import math
from collections import Counter, deque
from itertools import combinations

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from il2struct.lattice.classes import contact_classes
from il2struct.lattice.contacts import ContactKind, lattice_contacts, lattice_units
from il2struct.lattice.graph import (
    Edge,
    PeriodicGraph,
    components,
    integer_basis,
    periodic_graph,
    shortest_basis,
)
from il2struct.lattice.operators import OperatorGroup
from il2struct.structure.model import Crystal

small = st.integers(-6, 6)
vectors = st.lists(st.tuples(small, small, small).map(np.array), max_size=6)


def divisor(rows, rank):
    """Greatest common divisor of all rank × rank minors: the index of the lattice the rows span."""
    if rank == 0:
        return 1
    found = 0
    for chosen in combinations(rows, rank):
        for columns in combinations(range(3), rank):
            minor = np.array(chosen)[:, list(columns)]
            found = math.gcd(found, round(float(np.linalg.det(minor))))
    return found


def is_combination(vector, basis):
    """Whether a vector is a sum of whole multiples of the basis."""
    if not len(basis):
        return not np.any(vector)
    steps = np.linalg.lstsq(basis.T.astype(float), np.asarray(vector, float))[0]
    return bool((np.round(steps) @ basis == vector).all())


def spans_the_same(rows, basis):
    """Every row is made of the basis, and both have one index: so each is made of the other."""
    rows = [row for row in rows if np.any(row)]
    rank = int(np.linalg.matrix_rank(np.array(rows))) if rows else 0
    return (
        len(basis) == rank
        and all(is_combination(row, basis) for row in rows)
        and divisor(rows, rank) == divisor(list(basis), rank)
    )


@given(vectors=vectors)
def test_a_basis_spans_what_the_vectors_span(vectors):
    basis = integer_basis(vectors)
    assert basis.shape == (len(basis), 3)
    assert spans_the_same(vectors, basis)
    # Echelon: the first number of each row stands behind that of the row before, and is positive.
    firsts = [int(np.flatnonzero(row)[0]) for row in basis]
    assert firsts == sorted(set(firsts))
    assert all(row[first] > 0 for row, first in zip(basis, firsts, strict=True))


@given(vectors=vectors, seed=st.integers(0, 1000))
def test_order_and_sign_of_the_vectors_do_not_matter(vectors, seed):
    rng = np.random.default_rng(seed)
    mixed = [
        int(rng.choice([-1, 1])) * vectors[i] for i in rng.permutation(len(vectors))
    ]
    basis, other = integer_basis(vectors), integer_basis(mixed)
    assert len(basis) == len(other)
    assert all(is_combination(row, basis) for row in other)
    assert all(is_combination(row, other) for row in basis)


cells = st.tuples(
    *[st.floats(20.0, 150.0)] * 3, st.floats(60, 120), st.floats(60, 120)
).map(
    lambda c: np.array(
        [
            [c[0], c[1] * math.cos(math.radians(c[3])), 0.3 * c[2]],
            [0.0, c[1] * math.sin(math.radians(c[3])), 0.2 * c[2]],
            [0.0, 0.0, c[2] * math.sin(math.radians(c[4]))],
        ]
    )
)


@settings(max_examples=60)
@given(vectors=vectors, cell=cells)
def test_the_shortest_basis_is_shortest(vectors, cell):
    """Successive minima by brute force: no independent vectors of the lattice are shorter."""
    basis = integer_basis(vectors)
    found = shortest_basis(basis, cell)
    assert spans_the_same(list(basis), found)
    if not len(found):
        return
    steps = np.stack(np.meshgrid(*[np.arange(-3, 4)] * len(found)), axis=-1)
    every = steps.reshape(-1, len(found)) @ found
    every = every[np.any(every != 0, axis=1)]
    lengths = np.linalg.norm(every @ cell.T, axis=1)
    minima: list[np.ndarray] = []
    for row in every[np.argsort(lengths, kind="stable")]:
        if np.linalg.matrix_rank(np.array([*minima, row])) > len(minima):
            minima.append(row)
    np.testing.assert_allclose(
        [np.linalg.norm(cell @ row) for row in found],
        [np.linalg.norm(cell @ row) for row in minima],
        # Ties of equal length are broken at 1e-9.
        rtol=1e-8,
    )


# Graphs made by hand


def graph_of(n_nodes, edges, edge_a=(50.0, 60.0, 70.0)):
    crystal = Crystal(
        cell_a=edge_a,
        cell_deg=(90.0, 90.0, 90.0),
        space_group="P 1",
        orthogonalisation=np.diag(edge_a),
        fractionalisation=np.diag(1 / np.array(edge_a)),
        origin_shift=np.zeros(3),
    )
    group = OperatorGroup(
        crystal=crystal, rotations=np.eye(3)[None], translations=np.zeros((1, 3))
    )
    nodes = tuple((str(i), 0) for i in range(n_nodes))
    return PeriodicGraph(
        group=group,
        nodes=nodes,
        edges=tuple(
            Edge(start=nodes[a], end=nodes[b], cell_shift=shift, contact=k)
            for k, (a, b, shift) in enumerate(edges)
        ),
    )


def walked(graph, start, n_steps):
    """Slow obvious version: places reached from a unit by that many steps through the lattice."""
    steps = {}
    for edge in graph.edges:
        back = tuple(-s for s in edge.cell_shift)
        steps.setdefault(edge.start, []).append((edge.end, edge.cell_shift))
        steps.setdefault(edge.end, []).append((edge.start, back))
    seen = {(start, (0, 0, 0)): 0}
    waiting = deque(seen)
    while waiting:
        node, cell = here = waiting.popleft()
        if seen[here] == n_steps:
            continue
        for other, shift in steps.get(node, []):
            there = (other, tuple(a + b for a, b in zip(cell, shift, strict=True)))
            if there not in seen:
                seen[there] = seen[here] + 1
                waiting.append(there)
    return set(seen)


shifts = st.tuples(*[st.integers(-1, 1)] * 3)
graphs = st.integers(1, 4).flatmap(
    lambda n: st.lists(
        st.tuples(st.integers(0, n - 1), st.integers(0, n - 1), shifts), max_size=5
    ).map(lambda edges: graph_of(n, edges))
)


@settings(max_examples=80)
@given(graph=graphs)
def test_components_against_walks(graph):
    found = components(graph)
    assert sorted(node for part in found for node in part.nodes) == sorted(graph.nodes)
    assert [part.dimension for part in found] == sorted(
        (part.dimension for part in found), reverse=True
    )
    for part in found:
        start = part.nodes[0]
        # A closed walk that cannot be shortened uses each unit and each edge at most twice.
        reached = walked(graph, start, 2 * len(part.nodes) + 2)
        assert {node for node, _ in reached} == set(part.nodes)
        returns = integer_basis(np.array(c) for node, c in reached if node == start)
        assert len(returns) == part.dimension
        assert all(is_combination(row, part.repeat_cells) for row in returns)
        assert all(is_combination(row, returns) for row in part.repeat_cells)
        # The units of one repeat hang together where `node_cells` puts them.
        own = walked(graph, start, len(part.nodes))
        base = part.node_cells[0]
        for node, cell in zip(part.nodes, part.node_cells, strict=True):
            assert (node, tuple((cell - base).tolist())) in own


@given(graph=graphs)
def test_networkx_finds_the_same_components(graph):
    converted = nx.MultiGraph()
    converted.add_nodes_from(graph.nodes)
    converted.add_edges_from((edge.start, edge.end) for edge in graph.edges)
    assert {frozenset(part.nodes) for part in components(graph)} == {
        frozenset(nodes) for nodes in nx.connected_components(converted)
    }


def test_dimensions_made_by_hand():
    # A triangle of units inside the cell.
    ring = graph_of(3, [(0, 1, (0, 0, 0)), (1, 2, (0, 0, 0)), (2, 0, (0, 0, 0))])
    (part,) = components(ring)
    assert (part.dimension, len(part.nodes)) == (0, 3)
    assert math.isnan(part.rise_per_unit_a)
    # The same triangle, but its last edge leads to the next cell: a chain of three a repeat.
    chain = graph_of(3, [(0, 1, (0, 0, 0)), (1, 2, (0, 0, 0)), (2, 0, (0, 0, 1))])
    (part,) = components(chain)
    assert part.dimension == 1
    assert part.repeat_cells.tolist() == [[0, 0, 1]]
    assert part.rise_per_unit_a == pytest.approx(70.0 / 3)
    # Two contacts of one unit: a sheet.
    sheet = graph_of(1, [(0, 0, (1, 0, 0)), (0, 0, (1, 1, 0))])
    (part,) = components(sheet)
    assert part.dimension == 2
    assert part.repeat_cells.tolist() == [[1, 0, 0], [0, 1, 0]]
    np.testing.assert_allclose(part.repeat_a, [[50, 0, 0], [0, 60, 0]])
    # Nothing touches: every unit by itself.
    alone = components(graph_of(2, []))
    assert [part.dimension for part in alone] == [0, 0]
    assert all(part.repeat_cells.shape == (0, 3) for part in alone)


def test_a_chain_that_skips_a_cell_has_the_double_repeat():
    """Contact to the next cell but one: the crystal is two chains that interpenetrate."""
    (part,) = components(graph_of(1, [(0, 0, (2, 0, 0))]))
    assert part.repeat_cells.tolist() == [[2, 0, 0]]
    assert part.rise_per_unit_a == pytest.approx(100.0)


# Made-up crystals


def graph_in(named, chosen=None):
    contacts = [c for c in lattice_contacts(named) if chosen is None or chosen(c)]
    return periodic_graph(named.entry, lattice_units(named), contacts)


def test_a_square_lattice_is_a_sheet(made_up):
    named = made_up((8.0, 8.0, 80.0, 90.0, 90.0, 90.0), "P 1", {"A": (0.0, 0.0, 0.0)})
    (part,) = components(graph_in(named))
    assert part.dimension == 2
    # Along a or b only: chains.
    for axis in np.eye(3, dtype=int)[:2].tolist():

        def is_along(contact, axis=axis):
            return [abs(s) for s in contact.placement_2[1]] == axis

        (chain,) = components(graph_in(named, is_along))
        assert chain.dimension == 1
        assert chain.rise_per_unit_a == pytest.approx(8.0)


def test_four_fold_ring_and_screw(made_up):
    cell = (60.0, 60.0, 40.0, 90.0, 90.0, 90.0)
    (ring,) = components(
        graph_in(made_up(cell, "P 4", {"A": (4.0, 4.0, 0.0)}, n_residues=6))
    )
    assert (ring.dimension, len(ring.nodes)) == (0, 4)
    (chain,) = components(
        graph_in(made_up(cell, "P 41", {"A": (4.0, 4.0, 0.0)}, n_residues=12))
    )
    assert (chain.dimension, len(chain.nodes)) == (1, 4)
    assert chain.repeat_cells.tolist() == [[0, 0, 1]]
    assert chain.rise_per_unit_a == pytest.approx(10.0)


def test_a_two_fold_makes_one_edge_a_pair(made_up):
    """An isologous contact is the same seen from both partners; a screw is not."""
    cell = (80.0, 80.0, 90.0, 90.0, 90.0, 90.0)
    graph = graph_in(made_up(cell, "P 1 2 1", {"A": (3.7, 20.0, 0.0)}, n_residues=6))
    assert len(graph.nodes) == 2
    assert len(graph.edges) == 1
    graph = graph_in(
        made_up((80.0, 8.0, 90.0, 90, 90, 90), "P 1 21 1", {"A": (2.5, 0.0, 0.0)}),
        lambda c: c.repeat.rotation_deg > 90.0,
    )
    by_contact = Counter(edge.contact for edge in graph.edges)
    assert set(by_contact.values()) == {2}


# Real crystals


@pytest.fixture(scope="module")
def classes(measured_of):
    return contact_classes(
        [m for name in ("2ERJ.pdb", "2B5I.cif") for m in measured_of(name)]
    )


def gamma_alpha(classes, entry_id):
    (found,) = (
        c for c in classes if c.name.startswith("IL2RA/IL2RG") and len(c.members) == 3
    )
    return [m.contact for m in found.members if m.named.entry.entry_id == entry_id]


@pytest.mark.entries
@pytest.mark.parametrize(
    ("name", "n_chains", "n_units", "cells", "rise"),
    [
        ("2ERJ.pdb", 2, 1, [0, 1, 0], 70.5),
        ("2B5I.cif", 2, 2, [1, -1, 0], 71.9),
    ],
)
def test_gamma_alpha_alone_makes_linear_chains(
    named_entry, classes, name, n_chains, n_units, cells, rise
):
    named = named_entry(name)
    graph = periodic_graph(
        named.entry, lattice_units(named), gamma_alpha(classes, named.entry.entry_id)
    )
    found = components(graph)
    # Every complex of the cell is in one chain, alike.
    assert sum(len(part.nodes) for part in found) == len(graph.nodes)
    assert [part.dimension for part in found] == [1] * n_chains
    for part in found:
        assert len(part.nodes) == n_units
        row = part.repeat_cells[0]
        assert row.tolist() in (cells, np.abs(cells).tolist())
        # The reference is rounded to 0.1 Å.
        assert part.rise_per_unit_a == pytest.approx(rise, abs=0.1)
    # One α site and one γc site a complex: each unit has one edge in and one out.
    ends = Counter(end for edge in graph.edges for end in (edge.start, edge.end))
    assert set(ends.values()) == {2}
    assert len({edge.start for edge in graph.edges}) == len(graph.nodes)


@pytest.mark.entries
@pytest.mark.parametrize("name", ["2ERJ.pdb", "2B5I.cif", "1Z92.pdb"])
def test_all_contacts_make_one_three_dimensional_crystal(
    named_entry, contacts_of, name
):
    """A crystal hangs together, and repeats by its own lattice."""
    named = named_entry(name)
    graph = periodic_graph(named.entry, lattice_units(named), contacts_of(name))
    (part,) = components(graph)
    assert part.dimension == 3
    assert len(part.nodes) == len(graph.nodes)
    # The lattice of the crystal: primitive cell, or the cell itself in P groups.
    assert abs(round(np.linalg.det(part.repeat_cells))) == 1


@pytest.mark.entries
def test_contacts_inside_complexes_are_no_edges(named_entry, contacts_of):
    named = named_entry("2ERJ.pdb")
    inside = [c for c in contacts_of("2ERJ.pdb") if c.kind is ContactKind.SAME_COMPLEX]
    graph = periodic_graph(named.entry, lattice_units(named), inside)
    assert graph.edges == ()
    assert [part.dimension for part in components(graph)] == [0, 0]


@pytest.mark.entries
@pytest.mark.parametrize("name", ["2B5I.cif", "1Z92.pdb", "3CYR.pdb", "1XDA.cif"])
def test_each_contact_has_as_many_edges_as_symmetry_gives_it(
    named_entry, contacts_of, name
):
    """One an operator; half as many where a two-fold (or closed pair) maps it on itself."""
    named = named_entry(name)
    contacts = [c for c in contacts_of(name) if c.kind is not ContactKind.SAME_COMPLEX]
    graph = periodic_graph(named.entry, lattice_units(named), contacts)
    counts = Counter(edge.contact for edge in graph.edges)
    n_operators = len(graph.group.rotations)
    for number, contact in enumerate(contacts):
        is_pair = (
            contact.unit_1.unit_id == contact.unit_2.unit_id
            and graph.group.inverse(contact.placement_2) == contact.placement_2
        )
        # A contact of two chains of one unit maps onto one of other chains under its two-fold.
        expected = n_operators // 2 if is_pair else n_operators
        assert counts[number] == expected, contact
