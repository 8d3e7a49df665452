"""The crystal as a periodic graph: what a set of contacts builds when it is repeated for ever."""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import TypeAlias

import numpy as np

from il2struct.arrays import FloatArray, IndexArray
from il2struct.lattice.contacts import ContactKind, LatticeContact, Unit
from il2struct.lattice.operators import OperatorGroup, operator_group
from il2struct.structure.model import Entry

#: A unit of the cell: its id and the operator that places it.
Node: TypeAlias = tuple[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """A contact between two units of the cell."""

    start: Node
    end: Node
    #: Cells from the cell of ``start`` to that of ``end``.
    cell_shift: tuple[int, int, int]
    #: Which of the contacts it is, by its place in the sequence given.
    contact: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PeriodicGraph:
    """Units of the cell and the contacts between them."""

    #: Operators and cell.
    group: OperatorGroup
    #: Every unit under every operator.
    nodes: tuple[Node, ...]
    #: Each contact of each unit once.
    edges: tuple[Edge, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Component:
    """A connected part of the crystal."""

    #: Units of one repeat.
    nodes: tuple[Node, ...]
    #: Cells by which each unit is moved so that those of one repeat hang together; shape
    #: (len(nodes).
    node_cells: IndexArray
    #: 0 closed, 1 chain, 2 sheet, 3 lattice.
    dimension: int
    #: Shortest cell translations that bring it onto itself, the shortest first; shape (dimension,
    #: 3).
    repeat_cells: IndexArray
    #: The same in Å, Cartesian; shape (dimension, 3).
    repeat_a: FloatArray

    @property
    def rise_per_unit_a(self) -> float:
        """Length of a chain per unit in Å; NaN unless it is a chain."""
        if self.dimension != 1:
            return float("nan")
        return float(np.linalg.norm(self.repeat_a[0])) / len(self.nodes)


def periodic_graph(
    entry: Entry, units: Sequence[Unit], contacts: Sequence[LatticeContact]
) -> PeriodicGraph:
    """Build the graph of some contacts, those inside a unit aside, over the whole cell."""
    group = operator_group(entry)
    operators = range(len(group.rotations))
    edges: dict[object, Edge] = {}
    for number, contact in enumerate(contacts):
        if contact.kind is ContactKind.SAME_COMPLEX:
            continue
        for home in operators:
            operator, shift = group.composed((home, (0, 0, 0)), contact.placement_2)
            start, end = (
                (contact.unit_1.unit_id, home),
                (contact.unit_2.unit_id, operator),
            )
            # An edge is the same from both ends.
            back = (-shift[0], -shift[1], -shift[2])
            key = min((start, end, shift), (end, start, back))
            edge = Edge(start=start, end=end, cell_shift=shift, contact=number)
            edges.setdefault((key, number), edge)
    return PeriodicGraph(
        group=group,
        nodes=tuple(
            (unit.unit_id, operator) for unit in units for operator in operators
        ),
        edges=tuple(edges.values()),
    )


def components(graph: PeriodicGraph) -> tuple[Component, ...]:
    """
    Find the connected parts of the crystal, and in how many directions each goes on for ever.

    A walk through the cell that ends where it began has gone a whole number of cells; the walks
    of a component make a lattice whose rank is its dimension. Components of highest dimension
    come first; units without any edge are components of dimension 0.

    References
    ----------
    Delgado-Friedrichs & O'Keeffe, Acta Cryst. A59:351 (2003), on quotient graphs.
    """
    neighbours: dict[Node, list[tuple[Node, IndexArray]]] = {
        node: [] for node in graph.nodes
    }
    for edge in graph.edges:
        shift = np.array(edge.cell_shift, dtype=np.int64)
        neighbours[edge.start].append((edge.end, shift))
        neighbours[edge.end].append((edge.start, -shift))
    seen: set[Node] = set()
    found = []
    for node in graph.nodes:
        if node not in seen:
            places, cycles = _explored(node, neighbours)
            seen.update(places)
            orthogonalisation = graph.group.crystal.orthogonalisation
            basis = shortest_basis(integer_basis(cycles), orthogonalisation)
            nodes = sorted(places)
            found.append(
                Component(
                    nodes=tuple(nodes),
                    node_cells=np.array([places[node] for node in nodes]),
                    dimension=len(basis),
                    repeat_cells=basis,
                    repeat_a=basis @ orthogonalisation.T,
                )
            )
    return tuple(sorted(found, key=lambda part: (-part.dimension, part.nodes[0])))


def _explored(
    start: Node, neighbours: dict[Node, list[tuple[Node, IndexArray]]]
) -> tuple[dict[Node, IndexArray], list[IndexArray]]:
    """Nodes that can be reached with the cells walked to each, and those of closed walks."""
    place = {start: np.zeros(3, dtype=np.int64)}
    waiting = deque([start])
    cycles = []
    while waiting:
        node = waiting.popleft()
        for other, shift in neighbours[node]:
            there = place[node] + shift
            if other not in place:
                place[other] = there
                waiting.append(other)
            else:
                cycles.append(there - place[other])
    return place, cycles


def integer_basis(vectors: Iterable[IndexArray]) -> IndexArray:
    """
    Return a basis (rank, 3) of the lattice that integer vectors span.

    It has echelon form (Hermite normal form without reduction above the pivots).

    Examples
    --------
    >>> integer_basis([np.array([2, 0, 0]), np.array([3, 0, 0])]).tolist()
    [[1, 0, 0]]
    """
    rows = [np.array(vector, dtype=np.int64) for vector in vectors if np.any(vector)]
    basis: list[IndexArray] = []
    for column in range(3):
        while True:
            filled = [row for row in rows if row[column]]
            if len(filled) < 2:
                break
            pivot = min(filled, key=lambda row: abs(int(row[column])))
            rows = [
                row if row is pivot else row - pivot * (row[column] // pivot[column])
                for row in rows
            ]
            rows = [row for row in rows if np.any(row)]
        for row in filled:
            basis.append(row if row[column] > 0 else -row)
            rows = [other for other in rows if other is not row]
    return np.array(basis, dtype=np.int64).reshape(len(basis), 3)


def shortest_basis(basis: IndexArray, orthogonalisation: FloatArray) -> IndexArray:
    """
    Return the shortest vectors that span the same lattice as a basis of up to three cell shifts.

    Minkowski-reduced, shortest (in Å) first; the first number that is not 0 is positive.

    References
    ----------
    Semaev, Cryptography and Lattices, LNCS 2146:181 (2001): reduction in three dimensions.

    Examples
    --------
    >>> shortest_basis(np.array([[1, 7, 0], [0, 1, 0]]), np.diag([50.0, 60.0, 70.0])).tolist()
    [[1, 0, 0], [0, 1, 0]]
    """
    rows: list[IndexArray] | None = list(basis)
    while rows is not None:
        found, rows = rows, _shortened(rows, orthogonalisation)
    found = [row if row[np.flatnonzero(row)[0]] > 0 else -row for row in found]
    found.sort(key=lambda row: _length_a(row, orthogonalisation))
    return np.array(found, dtype=np.int64).reshape(len(found), 3)


def _shortened(
    rows: list[IndexArray], orthogonalisation: FloatArray
) -> list[IndexArray] | None:
    """Replace one vector by a shorter one of the same lattice; None if there is none."""
    for i, row in enumerate(rows):
        others = rows[:i] + rows[i + 1 :]
        limit = _length_a(row, orthogonalisation) * (1.0 - 1e-9)
        for steps in product((-1, 0, 1), repeat=len(others)):
            moved = row + sum(
                step * other for step, other in zip(steps, others, strict=True)
            )
            if _length_a(moved, orthogonalisation) < limit:
                return [*others, moved]
    return None


def _length_a(cells: IndexArray, orthogonalisation: FloatArray) -> float:
    return float(np.linalg.norm(orthogonalisation @ cells))
