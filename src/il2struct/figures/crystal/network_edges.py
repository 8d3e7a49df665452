"""Chains of a row as nodes, and the contacts between them as edges."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from il2struct.figures.crystal.crystal_row import CrystalRow, joins_units
from il2struct.figures.crystal.row_scene import Placed, terminus_places
from il2struct.figures.pictures.views import View
from il2struct.lattice.contacts import Unit
from il2struct.lattice.measure import MeasuredContact
from il2struct.lattice.operators import IDENTITY, Placement
from il2struct.network.evidence.measures import MIN_COMPARED_A2
from il2struct.structure.complexes import Member

#: Unit and where it stands.
UnitKey: TypeAlias = tuple[str, Placement]
#: Letters of classes of contacts, the followed one first, then by area; further ones are left out.
TAGS: Final = "abcdefgh"
#: A contact between units with less area, in Å², is no edge unless it is the one followed.
SMALLEST_EDGE_A2: Final = MIN_COMPARED_A2


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """
    A chain at the centre of its atoms, or the end of one at its last ordered Cα.

    Attributes
    ----------
    placed : Placed
    member : Member
    x_a, y_a : float
        In the view.
    """

    placed: Placed
    member: Member
    x_a: float
    y_a: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """
    A contact between two chains that are drawn.

    Attributes
    ----------
    measured : MeasuredContact
    first, second : Node
        Its sides 1 and 2.
    tag : str
        Letter of its class; empty inside a complex.
    is_tagged : bool
        Whether the letter is written beside it.
    """

    measured: MeasuredContact
    first: Node
    second: Node
    tag: str
    is_tagged: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Network:
    """
    What is drawn of a network.

    Attributes
    ----------
    nodes : tuple of Node
    edges : tuple of Edge
    ends : tuple of Node
        C-termini of the receptors of the row.
    classes : tuple of (str, MeasuredContact)
        Letter and largest contact of each class of edges between units.
    """

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    ends: tuple[Node, ...]
    classes: tuple[tuple[str, MeasuredContact], ...]


def network_of(row: CrystalRow, view: View, units: Sequence[Placed]) -> Network:
    """
    Find the nodes and edges of a row, and what its middle complex touches beside it.

    Parameters
    ----------
    row : CrystalRow
    view : View
    units : sequence of Placed
        Of the row.
    """
    central = {placed.key: placed for placed in units}
    tags = _tags(row)
    nodes: dict[tuple[UnitKey, Member], Node] = {}

    def node(placed: Placed, member: Member) -> Node:
        return nodes.setdefault((placed.key, member), _node(row, view, placed, member))

    for placed in units:
        for member in placed.unit.members:
            node(placed, member)
    edges = []
    for measured, tag in _edge_contacts(row, tags):
        contact = measured.contact
        for first, second in _places(row, measured, central):
            edges.append(
                Edge(
                    measured=measured,
                    first=node(first, contact.member_1),
                    second=node(second, contact.member_2),
                    tag=tag,
                )
            )
    edges = _tagged(edges)
    drawn = {edge.tag: edge.measured for edge in edges if edge.is_tagged}
    return Network(
        nodes=tuple(nodes.values()),
        edges=tuple(edges),
        ends=tuple(_ends(row, view, units)),
        classes=tuple((tag, drawn[tag]) for tag in TAGS if tag in drawn),
    )


def _tags(row: CrystalRow) -> dict[str, str]:
    """Letter of each class of contacts between units."""
    followed = row.class_of[id(row.chosen)]
    largest: dict[str, float] = {}
    for measured in row.measured:
        area = measured.interface.burial.area_per_side_a2
        name = row.class_of[id(measured)]
        if joins_units(measured) and (area >= SMALLEST_EDGE_A2 or name == followed):
            largest[name] = max(area, largest.get(name, 0.0))
    order = sorted(largest, key=lambda n: (n != followed, -largest[n], n))
    return dict(zip(order, TAGS, strict=False))


def _edge_contacts(
    row: CrystalRow, tags: dict[str, str]
) -> Iterable[tuple[MeasuredContact, str]]:
    for measured in row.measured:
        tag = tags.get(row.class_of[id(measured)], "")
        if not joins_units(measured):
            yield measured, ""
        elif tag:
            yield measured, tag


def _places(
    row: CrystalRow, measured: MeasuredContact, central: dict[UnitKey, Placed]
) -> list[tuple[Placed, Placed]]:
    """
    Find the pairs of units that make a contact: both of the row, or one of its middle complex.

    A contact of a unit with itself by a two-fold axis is met from both ends and counts once.
    """
    contact, group = measured.contact, row.group
    there, back = contact.placement_2, group.inverse(contact.placement_2)
    found: dict[object, tuple[Placed, Placed]] = {}
    for placed in central.values():
        if placed.unit.unit_id == contact.unit_1.unit_id:
            other = _unit_at(
                contact.unit_2, group.composed(placed.placement, there), central
            )
            _keep(found, placed, other, measured)
        if placed.unit.unit_id == contact.unit_2.unit_id:
            other = _unit_at(
                contact.unit_1, group.composed(placed.placement, back), central
            )
            _keep(found, other, placed, measured)
    return list(found.values())


def _unit_at(
    unit: Unit, placement: Placement, central: dict[UnitKey, Placed]
) -> Placed:
    beside = Placed(unit=unit, placement=placement, is_central=False)
    return central.get(beside.key, beside)


def _keep(
    found: dict[object, tuple[Placed, Placed]],
    first: Placed,
    second: Placed,
    measured: MeasuredContact,
) -> None:
    is_beside = not (first.is_central and second.is_central)
    if is_beside and IDENTITY not in (first.placement, second.placement):
        return
    contact = measured.contact
    ends = ((first.key, contact.member_1), (second.key, contact.member_2))
    found.setdefault(frozenset(ends), (first, second))


def _node(row: CrystalRow, view: View, placed: Placed, member: Member) -> Node:
    shape = row.shapes[placed.unit.unit_id]
    own = shape.coords[shape.member == placed.unit.members.index(member)]
    rotation, translation = row.group.motion(placed.placement)
    x, y, _ = view.seen(rotation @ own.mean(axis=0) + translation).tolist()
    return Node(placed=placed, member=member, x_a=x, y_a=y)


def _tagged(edges: Sequence[Edge]) -> list[Edge]:
    """Mark of each class the edge whose middle is nearest to the middle of the view."""
    nearest: dict[str, int] = {}
    for number, edge in enumerate(edges):
        if edge.tag and (
            edge.tag not in nearest
            or _away(edge) < _away(edges[nearest[edge.tag]]) - 1e-6
        ):
            nearest[edge.tag] = number
    chosen = set(nearest.values())
    return [replace(edge, is_tagged=n in chosen) for n, edge in enumerate(edges)]


def _away(edge: Edge) -> float:
    return abs(edge.first.x_a + edge.second.x_a) / 2


def _ends(row: CrystalRow, view: View, units: Sequence[Placed]) -> Iterable[Node]:
    known = {
        unit.unit_id: terminus_places(row, unit)
        for unit in {placed.unit for placed in units}
    }
    for placed in units:
        rotation, translation = row.group.motion(placed.placement)
        for member, place in known[placed.unit.unit_id]:
            x, y, _ = view.seen(rotation @ place + translation).tolist()
            yield Node(placed=placed, member=member, x_a=x, y_a=y)
