"""
The crystal as a periodic graph, and pieces of it as coordinates.

What a set of contacts builds when it is repeated for ever; a chain of N, a sheet, everything within
a radius, written as mmCIF.
"""

import math
import re
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import Final, TypeAlias

import gemmi
import numpy as np

from il2struct.arrays import FloatArray, IndexArray
from il2struct.errors import ParameterError
from il2struct.kernels.cells import neighbour_pairs
from il2struct.lattice.contacts import (
    ContactKind,
    LatticeContact,
    Unit,
    unit_alpha_carbons,
)
from il2struct.lattice.operators import (
    IDENTITY,
    OperatorGroup,
    Placement,
    operator_group,
    placement,
)
from il2struct.structure.model import (
    ChainImage,
    Entry,
    Side,
    concatenated,
    make_side,
)
from il2struct.structure.named import NamedEntry
from il2struct.structure.write import written_residue

#: A unit of the cell: its id and the operator that places it.
Node: TypeAlias = tuple[str, int]
#: From each node the nodes it touches, and the cells to there.
_Neighbours: TypeAlias = dict[Node, list[tuple[Node, IndexArray]]]
#: Heavy atoms of different units nearer than this clash, in Å: shorter than any hydrogen bond.
CLASH_A: Final = 2.2
#: … unless they are two sulphurs at least so far apart, in Å: a disulphide has 2.05.
SHORTEST_DISULPHIDE_A: Final = 1.9
#: Added to a radius, in Å, so that rounding never loses a unit that stands at it.
ROUNDING_A: Final = 1e-6
#: More units than this in one patch are a slip.
LARGEST_PATCH: Final = 5000


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
    #: Cells by which each unit is moved so that those of one repeat hang together.
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
    nodes = tuple((unit.unit_id, operator) for unit in units for operator in operators)
    return PeriodicGraph(group=group, nodes=nodes, edges=tuple(edges.values()))


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
    neighbours: _Neighbours = {node: [] for node in graph.nodes}
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
    start: Node, neighbours: _Neighbours
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
            moved = row + sum(s * other for s, other in zip(steps, others, strict=True))
            if _length_a(moved, orthogonalisation) < limit:
                return [*others, moved]
    return None


def _length_a(cells: IndexArray, orthogonalisation: FloatArray) -> float:
    return float(np.linalg.norm(orthogonalisation @ cells))


# --- pieces as coordinates -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedUnit:
    """A unit and where it stands."""

    unit: Unit
    placement: Placement


@dataclass(frozen=True, slots=True, kw_only=True)
class Clash:
    """Two units of a patch that overlap."""

    #: Places in the patch.
    first: int
    second: int
    #: Heavy-atom pairs within `CLASH_A`, disulphides left out.
    n_pairs: int


def chain_patch(
    named: NamedEntry, contact: LatticeContact, n_units: int
) -> tuple[PlacedUnit, ...]:
    """
    Repeat one contact: N units, each placed on the one before as the contact says.

    `ParameterError` if the contact joins two different units (a walk through the graph is meant
    then, see `walk_patch`), lies inside a complex, or closes a ring of fewer units.
    """
    _check_size(n_units)
    if contact.kind is ContactKind.SAME_COMPLEX:
        raise ParameterError(
            f"the contact lies inside complex {contact.unit_1.unit_id} and leads nowhere; "
            "only a contact with an image of it can be repeated."
        )
    if contact.repeat is not None and 0 < contact.repeat.ring_size < n_units:
        raise ParameterError(
            f"the contact closes after {contact.repeat.ring_size} units; {n_units} would stand "
            "on top of each other."
        )
    if contact.unit_1.unit_id != contact.unit_2.unit_id:
        raise ParameterError(
            f"the contact joins units {contact.unit_1.unit_id} and {contact.unit_2.unit_id}; "
            "only a contact of a unit with its own image can be repeated by itself."
        )
    group = operator_group(named.entry)
    places = [IDENTITY]
    for _ in range(n_units - 1):
        places.append(group.composed(places[-1], contact.placement_2))
    return tuple(PlacedUnit(unit=contact.unit_1, placement=place) for place in places)


def walk_patch(
    named: NamedEntry, start: Unit, contacts: Sequence[LatticeContact], n_units: int
) -> tuple[PlacedUnit, ...]:
    """
    Walk outward from a unit along some contacts until N units are met, nearest steps first.

    The unit is taken in its home place, and the contacts may be walked in both directions.
    """
    _check_size(n_units)
    group = operator_group(named.entry)
    found = {(start.unit_id, IDENTITY): PlacedUnit(unit=start, placement=IDENTITY)}
    waiting = deque(found.values())
    while waiting and len(found) < n_units:
        here = waiting.popleft()
        steps = [(c.unit_1, c.unit_2, c.placement_2) for c in contacts]
        steps += [(c.unit_2, c.unit_1, group.inverse(c.placement_2)) for c in contacts]
        for leaving, reaching, step in steps:
            if leaving.unit_id != here.unit.unit_id:
                continue
            place = group.composed(here.placement, step)
            key = (reaching.unit_id, place)
            if key not in found and len(found) < n_units:
                found[key] = PlacedUnit(unit=reaching, placement=place)
                waiting.append(found[key])
    return tuple(found.values())


def radius_patch(
    named: NamedEntry, units: Sequence[Unit], radius_a: float
) -> tuple[PlacedUnit, ...]:
    """Gather every unit whose centre lies within a radius of the first unit's centre."""
    group = operator_group(named.entry)
    if not (math.isfinite(radius_a) and radius_a >= 0.0):
        raise ParameterError(
            f"the radius must be a positive number in Å, not {radius_a}."
        )
    per_a3 = np.linalg.det(group.crystal.fractionalisation) * len(group.rotations)
    n_units = 4 / 3 * math.pi * radius_a**3 * per_a3 * len(units)
    # Asked before the list is made: a slip of three digits would fill the memory.
    if n_units > 2 * LARGEST_PATCH:
        _check_size(int(n_units))
    centres = {
        unit.unit_id: np.mean(list(unit_alpha_carbons(named, unit).values()), axis=0)
        for unit in units
    }
    origin, cell = centres[units[0].unit_id], group.crystal.orthogonalisation
    found = []
    for unit in units:
        for operator in range(len(group.rotations)):
            rotation, translation = group.motion((operator, (0, 0, 0)))
            away = rotation @ centres[unit.unit_id] + translation - origin
            for shift in _shifts_within(cell, away, radius_a + ROUNDING_A):
                distance = float(np.linalg.norm(away + cell @ shift))
                place = (operator, (int(shift[0]), int(shift[1]), int(shift[2])))
                found.append((distance, PlacedUnit(unit=unit, placement=place)))
    _check_size(len(found))
    return tuple(placed for _, placed in sorted(found, key=lambda item: item[0]))


def _shifts_within(cell: FloatArray, away: FloatArray, radius_a: float) -> FloatArray:
    fractionalisation = np.linalg.inv(cell)
    start = -(fractionalisation @ away)
    span = radius_a * np.linalg.norm(fractionalisation, axis=1)
    axes = [
        np.arange(np.ceil(start[k] - span[k]), np.floor(start[k] + span[k]) + 1)
        for k in range(3)
    ]
    shifts = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3)
    points = away + shifts @ cell.T
    inside: FloatArray = shifts[(points**2).sum(axis=1) <= radius_a**2]
    return inside


def component_patch(
    units: Sequence[Unit], component: Component, n_repeats: Sequence[int]
) -> tuple[PlacedUnit, ...]:
    """
    Repeat a component of the periodic graph: a chain of N, a sheet of n × m, a block.

    There is one number for each of its repeat vectors, none for a closed component; the units of
    the first repeat come first.
    """
    if len(n_repeats) != component.dimension or any(n < 1 for n in n_repeats):
        raise ParameterError(
            f"the component repeats in {component.dimension} directions; give one positive "
            f"number for each, not {tuple(n_repeats)}."
        )
    _check_size(math.prod(n_repeats) * len(component.nodes))
    by_id = {unit.unit_id: unit for unit in units}
    found = []
    for steps in product(*(range(n) for n in n_repeats)):
        moved = np.array(steps, dtype=np.int64) @ component.repeat_cells
        for (unit_id, operator), cells in zip(
            component.nodes, component.node_cells + moved, strict=True
        ):
            place = (operator, (int(cells[0]), int(cells[1]), int(cells[2])))
            found.append(PlacedUnit(unit=by_id[unit_id], placement=place))
    return tuple(found)


def _check_size(n_units: int) -> None:
    if not 1 <= n_units <= LARGEST_PATCH:
        raise ParameterError(f"a patch has 1 to {LARGEST_PATCH} units, not {n_units}.")


def patch_sides(named: NamedEntry, patch: Sequence[PlacedUnit]) -> tuple[Side, ...]:
    """Place the atoms of a patch, one side for each unit."""
    group = operator_group(named.entry)
    sides = []
    for number, placed in enumerate(patch, start=1):
        images = []
        for member in placed.unit.members:
            place = group.composed(placed.placement, placement(member.image))
            images.append(ChainImage(member.image.auth_asym_id, *place))
        sides.append(make_side(named.entry, images, label=str(number), role="unknown"))
    return tuple(sides)


def clashes(sides: Sequence[Side]) -> tuple[Clash, ...]:
    """Find units of a patch that overlap, their glycans included."""
    atoms = [concatenated([side.atoms, side.glycans]) for side in sides]
    heavy = [found.select(~found.is_hydrogen) for found in atoms]
    lows = np.array([unit.coords.min(axis=0) for unit in heavy])
    highs = np.array([unit.coords.max(axis=0) for unit in heavy]) + CLASH_A
    found = []
    for i in range(len(heavy)):
        near = (lows[i] <= highs[i + 1 :]) & (lows[i + 1 :] <= highs[i])
        for j in (i + 1 + np.flatnonzero(near.all(axis=1))).tolist():
            first, second = heavy[i], heavy[j]
            pairs = neighbour_pairs(first.coords, second.coords, CLASH_A)
            # 1FDL: the light and the heavy chain of an antibody are joined by a disulphide.
            is_disulphide = pairs.distances_a >= SHORTEST_DISULPHIDE_A
            is_disulphide &= first.element[pairs.index_1] == "S"
            is_disulphide &= second.element[pairs.index_2] == "S"
            n_pairs = int((~is_disulphide).sum())
            if n_pairs:
                found.append(Clash(first=i, second=j, n_pairs=n_pairs))
    return tuple(found)


def write_patch(
    named: NamedEntry, patch: Sequence[PlacedUnit], path: Path
) -> tuple[Clash, ...]:
    """
    Write a patch as mmCIF; chain ``C`` of the second unit is called ``C-2``.

    Glycans keep the chain that the file gives them (``I-2``), so that no two residues of one
    chain share a number. Returned are the units that overlap; none in a sound crystal.
    """
    sides = patch_sides(named, patch)
    structure = gemmi.Structure()
    structure.name = f"{named.entry.entry_id}-patch"
    model = gemmi.Model(1)
    for number, side in enumerate(sides, start=1):
        for chain in _chains(named, side, number):
            model.add_chain(chain)
    structure.add_model(model)
    structure.setup_entities()
    structure.make_mmcif_document().write_file(str(path))
    return clashes(sides)


def _chains(named: NamedEntry, side: Side, number: int) -> list[gemmi.Chain]:
    entry = named.entry
    written = _written_names(entry.residues.auth_asym_id.tolist())
    chains: dict[str, gemmi.Chain] = {}
    for atoms in (side.atoms, side.glycans):
        borders = np.flatnonzero(np.diff(atoms.residue_index)) + 1
        for part in np.split(np.arange(len(atoms)), borders):
            if not len(part):
                continue
            index = atoms.residue_index[part[:1]]
            row = int(side.residue_row(index)[0])
            own = side.images[int(side.image_of(index)[0])].auth_asym_id
            is_glycan = atoms is side.glycans
            letter = str(entry.residues.auth_asym_id[row]) if is_glycan else own
            name = f"{written[letter]}-{number}"
            chain = chains.setdefault(name, gemmi.Chain(name))
            own_atoms = atoms.select(part)
            whole = replace(own_atoms, occupancy=np.ones(len(part)))
            chain.add_residue(written_residue(entry, row, whole))
    return list(chains.values())


def _written_names(names: Sequence[str]) -> dict[str, str]:
    """Names of chains in a written file: gemmi leaves those it derives from them unquoted."""
    plain = {name: re.sub(r"[^A-Za-z0-9.]", "x", name) or "x" for name in names}
    found: dict[str, str] = {}
    # Names that stay as they are come first, so that no other takes their place.
    for name in sorted(plain, key=lambda name: name != plain[name]):
        free = plain[name]
        while free in found.values():
            free += "x"
        found[name] = free
    return found
