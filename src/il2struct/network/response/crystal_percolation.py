"""From contacts of the crystal to the lattice on which bonds percolate."""

import numpy as np

from il2struct.errors import ParameterError
from il2struct.lattice.graph import Component, PeriodicGraph
from il2struct.network.response.percolation import PeriodicLattice


def percolation_lattice(graph: PeriodicGraph, component: Component) -> PeriodicLattice:
    """
    Reduce a component of the periodic graph to nodes, bonds and steps between its repeats.

    Parameters
    ----------
    graph : PeriodicGraph
    component : Component
        One that goes on for ever: a chain, a sheet or a bulk lattice.

    Returns
    -------
    PeriodicLattice
        For `il2struct.network.response.percolation.bond_threshold`.

    Raises
    ------
    ParameterError
        If the component is closed: nothing percolates in it.
    """
    if component.dimension == 0:
        raise ParameterError(
            "a closed group of complexes has no threshold; choose contacts that go on for ever."
        )
    row = {node: i for i, node in enumerate(component.nodes)}
    edges = [edge for edge in graph.edges if edge.start in row]
    ends = np.array(
        [[row[edge.start], row[edge.end]] for edge in edges], dtype=np.int64
    )
    shifts = np.array([edge.cell_shift for edge in edges], dtype=np.int64)
    # Node i stands in cell node_cells[i] of the first repeat; what is left of an edge's shift is
    # a whole number of repeats.
    steps = shifts + component.node_cells[ends[:, 0]] - component.node_cells[ends[:, 1]]
    repeats, *_ = np.linalg.lstsq(
        component.repeat_cells.T.astype(np.float64),
        steps.T.astype(np.float64),
        rcond=None,
    )
    return PeriodicLattice(
        n_nodes=len(component.nodes),
        ends=ends,
        cell_shifts=np.round(repeats.T).astype(np.int64),
    )
