"""The crystal's own lattice as a percolation problem: against lattices whose threshold is known."""

import numpy as np
import pytest

from il2struct.errors import ParameterError
from il2struct.lattice.contacts import lattice_contacts, lattice_units
from il2struct.lattice.graph import Edge, PeriodicGraph, components, periodic_graph
from il2struct.lattice.operators import OperatorGroup
from il2struct.network.response.crystal_percolation import percolation_lattice
from il2struct.network.response.percolation import bond_threshold
from il2struct.structure.model import Crystal


def graph_of(nodes, edges):
    """A periodic graph in a cubic cell, without a structure behind it."""
    crystal = Crystal(
        cell_a=(10.0, 10.0, 10.0),
        cell_deg=(90.0, 90.0, 90.0),
        space_group="P 1",
        orthogonalisation=10 * np.eye(3),
        fractionalisation=np.eye(3) / 10,
        origin_shift=np.zeros(3),
    )
    group = OperatorGroup(
        crystal=crystal, rotations=np.eye(3)[None], translations=np.zeros((1, 3))
    )
    return PeriodicGraph(
        group=group,
        nodes=tuple((name, 0) for name in nodes),
        edges=tuple(
            Edge(start=(a, 0), end=(b, 0), cell_shift=shift, contact=i)
            for i, (a, b, shift) in enumerate(edges)
        ),
    )


#: Bond thresholds (Sykes & Essam, J. Math. Phys. 5:1117, 1964), the sheet tilted out of the axes
#: so that the repeats are no cell edges.
KNOWN = {
    "square": (["a"], [("a", "a", (1, 1, 0)), ("a", "a", (0, 1, 1))], 0.5),
    "triangular": (
        ["a"],
        [("a", "a", (1, 1, 0)), ("a", "a", (0, 1, 1)), ("a", "a", (1, 2, 1))],
        2 * np.sin(np.pi / 18),
    ),
    "honeycomb": (
        ["a", "b"],
        [("a", "b", (0, 0, 0)), ("a", "b", (1, 1, 0)), ("a", "b", (0, 1, 1))],
        1 - 2 * np.sin(np.pi / 18),
    ),
}


@pytest.mark.parametrize("name", KNOWN)
def test_known_thresholds_come_out_of_a_periodic_graph(name):
    nodes, edges, expected = KNOWN[name]
    graph = graph_of(nodes, edges)
    (component,) = components(graph)
    assert component.dimension == 2
    lattice = percolation_lattice(graph, component)
    assert lattice.n_nodes == len(nodes)
    assert lattice.n_bonds == len(edges)
    found = bond_threshold(lattice, sizes=(12, 24), n_samples=2000, seed=1)
    # Three standard errors, and 0.004 for what is left of the finite size at 24 repeats.
    assert found.threshold == pytest.approx(
        expected, abs=3 * found.standard_error + 0.004
    )


def test_a_closed_group_has_no_threshold():
    graph = graph_of(["a", "b"], [("a", "b", (0, 0, 0))])
    (component,) = components(graph)
    with pytest.raises(ParameterError, match="no threshold"):
        percolation_lattice(graph, component)


@pytest.mark.entries
@pytest.mark.parametrize("name", ["2ERJ.pdb", "2B5I.cif"])
def test_all_contacts_of_a_crystal_percolate_in_three_dimensions(named_entry, name):
    named = named_entry(name)
    contacts = lattice_contacts(named)
    graph = periodic_graph(named.entry, lattice_units(named), contacts)
    (component,) = components(graph)
    lattice = percolation_lattice(graph, component)
    assert lattice.n_axes == 3
    assert lattice.n_bonds == len(graph.edges)
    found = bond_threshold(lattice, sizes=(4, 8), n_samples=300, seed=2)
    # A lattice of z bonds a node percolates above 1 / (z - 1), the threshold of the tree.
    per_node = 2 * lattice.n_bonds / lattice.n_nodes
    assert 1 / (per_node - 1) < found.threshold < 0.6
