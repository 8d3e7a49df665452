"""A complex and all that it touches in the crystal, as a graph: chains as nodes, contacts by class."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from il2struct.arrays import FloatArray
from il2struct.figures.canvas import (
    EDGE_COLOUR,
    KEY_LINE_MM,
    MM_PER_POINT,
    Look,
    blank_inset,
    put_marks,
    size_mm,
    spread,
    width_mm,
)
from il2struct.figures.crystal_row import (
    CrystalRow,
    Placed,
    area_of,
    contact_columns,
    contact_words,
    copy_words,
    crystal_row,
    end_columns,
    fit_words,
    image_of,
    joins_units,
    operator_words,
    placed_centre,
    repeat_words,
    top_view,
)
from il2struct.figures.drawing import Drawing, file_stem, framed
from il2struct.figures.picture import TextRoom, square, write_near
from il2struct.figures.words import member_name, plain, unescaped
from il2struct.lattice.measure import MeasuredContact
from il2struct.lattice.operators import IDENTITY
from il2struct.network.evidence.measures import MIN_COMPARED_A2
from il2struct.palette import UNKNOWN_COLOUR, Palette
from il2struct.structure.complexes import Member

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

#: Classes of contacts that get a number, the followed one first, then by area; further ones are left out.
MOST_CLASSES: Final = 12
#: A contact between units with less area, in Å², is no edge unless it is the one followed.
SMALLEST_EDGE_A2: Final = MIN_COMPARED_A2
#: Width of an edge in points for each Å² of buried area: 1000 Å² give 3 points.
PT_PER_A2: Final = 0.003
THINNEST_PT: Final = 0.5
#: Dashes of edges between complexes, in points.
DASHES: Final = (4.0, 2.0)
#: Diameter of the nodes of the middle complex and of others, and free room between two, in mm.
NODE_MM: Final = 6.0
OTHER_MM: Final = 4.0
APART_MM: Final = 1.6
#: Room for a neighbour with its name, half its height, and the height of the graph, in mm.
NEIGHBOUR_MM: Final = 9.0
GRAPH_MM: Final = 92.0
#: The middle complex takes this part of the way to its neighbours.
INNER: Final = 0.34
#: Neighbours stand this far from each other around the middle, in radians, where there is room.
NEXT_RAD: Final = 0.55
#: Chains of the middle complex are pushed off each other so many times at most, by this part of
#: what they lack.
N_PUSHES: Final = 200
PUSH: Final = 0.3
#: Names keep off lines so far from a node, in mm.
NEAR_MM: Final = 12.0
#: Edges have their number at this part of the way.
NUMBER_AT: Final = 0.66
#: A line that would run behind a node which it does not join is bent by this much in its middle, in mm,
#: the least that leaves this much free around all nodes.
BENDS_MM: Final = (0.0, 3.0, -3.0, 6.0, -6.0, 9.0, -9.0, 13.0, -13.0, 18.0, -18.0)
PAST_NODE_MM: Final = 0.8
#: In narrower figures the lines of the key stand in one column, else in two, in mm.
TWO_COLUMNS_MM: Final = 130.0
EDGE_MM: Final = 2.0
#: Names, numbers and operators in points.
NAME_PT: Final = 6.5
CODE_PT: Final = 5.5
#: Behind the chains of one complex.
BODY_COLOUR: Final = "#EFEFEF"


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A chain of the middle complex, or one that touches it."""

    placed: Placed
    member: Member


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Edge:
    """A contact between two nodes, its sides 1 and 2; the number of its class, 0 inside a complex."""

    measured: MeasuredContact
    first: Node
    second: Node
    number: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Graph:
    """
    The middle complex with what it touches.

    `classes` are number and largest contact of each class; `direction` is the way to each
    neighbour in radians, from the right to the left, as seen from above.
    """

    row: CrystalRow
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    neighbours: tuple[Placed, ...]
    direction: tuple[float, ...]
    classes: tuple[tuple[int, MeasuredContact], ...]


def lattice_graph(
    measured: Sequence[MeasuredContact],
    *,
    palette: Palette | None = None,
    width: str | float = "double",
) -> Drawing:
    """
    Prepare a graph of a complex and all that it touches in the crystal.

    Parameters
    ----------
    measured : sequence of MeasuredContact
        All contacts of one entry: ``measured_contacts(study.named)``.
    palette : Palette, optional
    width : str or float

    Returns
    -------
    Drawing

    Raises
    ------
    ParameterError
        If no contact joins two complexes, or the width is not known.
    """
    wide = width_mm(width)
    row = crystal_row(measured)
    graph = _graph(row)
    entry_id = row.named.entry.entry_id
    home = row.chosen.contact.unit_1.unit_id
    n_inside = sum(not edge.number for edge in graph.edges)
    largest = ", ".join(
        f"{unescaped(contact_words(m, home))} with {area_of(m):.0f} Å²"
        for _, m in graph.classes[:3]
    )
    classes = "; ".join(
        f"{number}: {unescaped(contact_words(m, home))} {area_of(m):.0f} Å², {fit_words(m)}, "
        f"{operator_words(m)}"
        for number, m in graph.classes
    )
    return Drawing(
        name=file_stem("lattice_graph", entry_id),
        kind="lattice_graph",
        title=f"Contacts of a complex in the crystal lattice of {plain(entry_id)}",
        alt=(
            f"Graph of {len(graph.nodes)} chains of the crystal of {plain(entry_id)}: one complex in the "
            f"middle with {n_inside} contacts inside, and its {len(graph.neighbours)} neighbours with "
            f"{len(graph.edges) - n_inside} contacts: {largest}. {repeat_words(row)}"
        ),
        caption=(
            f"A complex of {plain(entry_id)} (in the middle) and all that it touches in the crystal lattice, not a "
            "membrane array. Nodes: chains, in role colours, of neighbours those that touch it; grey: one complex, with "
            "its operator as n_klm. Neighbours stand in the direction in which they lie as seen from above, the row running "
            "to the right; distances mean nothing. Edges: contacts, "
            f"width {1000 * PT_PER_A2:g} pt for 1000 Å² of buried area per side; solid inside the complex, "
            f"dashed across the lattice, a number for each class ({classes}); classes below "
            f"{SMALLEST_EDGE_A2:g} Å² per side are left out unless followed. Followed (1): {row.reason}: "
            f"{copy_words(row)}. {repeat_words(row)}"
        ),
        table=_table(graph, _places(graph, (wide, GRAPH_MM))),
        width=width,
        height_mm=GRAPH_MM + _key_height_mm(graph, wide),
        paint=lambda ax: _draw(ax, graph, (palette or Palette()).of_chains(row.named)),
    )


def _graph(row: CrystalRow) -> Graph:
    """Find what the first complex of the followed contact touches."""
    numbers = _numbers(row)
    middle = Placed(unit=row.chosen.contact.unit_1, placement=IDENTITY, is_central=True)
    nodes = {
        (middle.key, m): Node(placed=middle, member=m) for m in middle.unit.members
    }
    edges: dict[object, Edge] = {}
    drawn: dict[int, MeasuredContact] = {}
    for measured in row.measured:
        contact = measured.contact
        number = numbers.get(row.class_of[id(measured)], 0)
        if joins_units(measured) and not number:
            continue
        there = contact.placement_2
        units = (contact.unit_1, contact.unit_2)
        # From either side; a contact by a two-fold axis is met from both and counts once.
        for side, placement in ((0, there), (1, row.group.inverse(there))):
            if units[side].unit_id != middle.unit.unit_id:
                continue
            other = Placed(unit=units[1 - side], placement=placement, is_central=False)
            if not joins_units(measured):
                other = middle
            pair = (middle, other) if side == 0 else (other, middle)
            members = (contact.member_1, contact.member_2)
            keys = [(p.key, m) for p, m in zip(pair, members, strict=True)]
            ends = [
                nodes.setdefault(key, Node(placed=p, member=m))
                for key, p, m in zip(keys, pair, members, strict=True)
            ]
            made = Edge(measured=measured, first=ends[0], second=ends[1], number=number)
            edges.setdefault(frozenset(keys), made)
            if (
                number
                and area_of(measured) > area_of(drawn.get(number, measured)) - 1e-9
            ):
                drawn[number] = measured
    neighbours = {
        n.placed.key: n.placed for n in nodes.values() if n.placed is not middle
    }
    view = top_view(row)
    here = placed_centre(row, middle)
    ways = [
        view.seen(placed_centre(row, each)) - view.seen(here)
        for each in neighbours.values()
    ]
    # Classes that others of the crystal have leave no gap.
    number_of = {old: new for new, old in enumerate(sorted(drawn), start=1)}
    return Graph(
        row=row,
        nodes=tuple(nodes.values()),
        edges=tuple(
            replace(edge, number=number_of.get(edge.number, 0))
            for edge in edges.values()
        ),
        neighbours=tuple(neighbours.values()),
        direction=tuple(math.atan2(y, x) for x, y, _ in ways),
        classes=tuple((number_of[old], drawn[old]) for old in sorted(drawn)),
    )


def _numbers(row: CrystalRow) -> dict[str, int]:
    """Give each class of contacts between units its number."""
    followed = row.class_of[id(row.chosen)]
    largest: dict[str, float] = {}
    for measured in row.measured:
        area = area_of(measured)
        name = row.class_of[id(measured)]
        if joins_units(measured) and (area >= SMALLEST_EDGE_A2 or name == followed):
            largest[name] = max(area, largest.get(name, 0.0))
    order = sorted(largest, key=lambda n: (n != followed, -largest[n], n))
    return {name: number for number, name in enumerate(order[:MOST_CLASSES], start=1)}


def _places(graph: Graph, size: tuple[float, float]) -> dict[Node, tuple[float, float]]:
    """Place nodes in a box of a size in mm, from its lower left corner."""
    width, height = size
    middle = np.array([width / 2, height / 2])
    radii = middle - NEIGHBOUR_MM
    found: dict[Node, tuple[float, float]] = {}
    for placed, angle in zip(graph.neighbours, _spread(graph.direction), strict=True):
        own = [node for node in graph.nodes if node.placed.key == placed.key]
        centre = middle + radii * (math.cos(angle), math.sin(angle))
        step = OTHER_MM + APART_MM
        start = centre[0] - (len(own) - 1) / 2 * step
        start = min(max(start, OTHER_MM), width - step * len(own))
        for number, node in enumerate(own):
            found[node] = (start + number * step, float(centre[1]))
    inside = [node for node in graph.nodes if node not in found]
    view = top_view(graph.row)
    shape = graph.row.shapes[inside[0].placed.unit.unit_id]
    seen = np.array(
        [
            view.seen(
                shape.coords[
                    shape.member == node.placed.unit.members.index(node.member)
                ].mean(axis=0)
            )[:2]
            for node in inside
        ]
    )
    for node, place in zip(inside, _apart(seen, INNER * radii) + middle, strict=True):
        found[node] = (float(place[0]), float(place[1]))
    return found


def _spread(angles: Sequence[float]) -> list[float]:
    """Move directions as little as possible so that neighbours do not stand in each other's way."""
    if len(angles) < 2:
        return list(angles)
    order = sorted(range(len(angles)), key=lambda k: angles[k])
    around = [angles[k] for k in order]
    gaps = [
        b - a for a, b in zip(around, [*around[1:], around[0] + math.tau], strict=True)
    ]
    # The circle is cut open where it is emptiest.
    first = (gaps.index(max(gaps)) + 1) % len(order)
    order = order[first:] + order[:first]
    line = [angles[order[0]]]
    for k in order[1:]:
        line.append(line[-1] + (angles[k] - line[-1]) % math.tau)
    gap = min(NEXT_RAD, math.tau / len(order))
    moved_to = spread(line, gap, high=line[0] + math.tau - gap)
    return [moved_to[order.index(k)] for k in range(len(order))]


def _apart(seen: FloatArray, half: FloatArray) -> FloatArray:
    """Fill a box of half a size in mm with points around its middle, none on another."""
    around = seen - (seen.max(axis=0) + seen.min(axis=0)) / 2
    scale = np.min(half / np.maximum(np.abs(around).max(axis=0), 1e-6))
    places: FloatArray = around * scale
    least = NODE_MM + 3 * APART_MM
    for _ in range(N_PUSHES):
        between = places[:, None] - places
        far = np.sqrt((between**2).sum(axis=2)) + 1e-9
        np.fill_diagonal(far, least)
        push = np.maximum(least - far, 0.0) / far
        if not push.any():
            break
        places = np.clip(
            places + PUSH * (push[..., None] * between).sum(axis=1), -half, half
        )
    return places


def _table(graph: Graph, places: Mapping[Node, tuple[float, float]]) -> "pd.DataFrame":
    def end(node: Node, number: int) -> dict[str, Any]:
        x, y = places[node]
        return {
            **end_columns(graph.row, node.placed, node.member, number),
            f"x_{number}_mm": x,
            f"y_{number}_mm": y,
        }

    entry_id = graph.row.named.entry.entry_id
    rows: list[dict[str, Any]] = [
        {"entry_id": entry_id, "mark": "node", **end(node, 1)} for node in graph.nodes
    ]
    rows += [
        {
            "mark": "edge",
            **contact_columns(edge.measured),
            "contact_class": graph.row.class_of[id(edge.measured)],
            "kind": edge.measured.contact.kind.value,
            "number": edge.number or None,
            **end(edge.first, 1),
            **end(edge.second, 2),
        }
        for edge in graph.edges
    ]
    return framed("figure_lattice_graph", rows)


def _draw(ax: "Axes", graph: Graph, colours: Mapping[str, str]) -> None:
    width, height = size_mm(ax)
    key_mm = _key_height_mm(graph, width)
    high = max(height - key_mm, 1.0)
    shown = blank_inset(ax, (0.0, key_mm, width, high))
    shown.set_label("network")
    places = _places(graph, (width, high))
    _draw_bodies(shown, graph, places)
    courses = _courses(graph, places)
    for edge, course in zip(graph.edges, courses, strict=True):
        look = _line(area_of(edge.measured), is_lattice=edge.number > 0)
        shown.plot(*course.T, zorder=3, label="_edge", **look)
    for node, (x, y) in places.items():
        size = NODE_MM if node.placed.is_central else OTHER_MM
        look = {
            "markersize": size / MM_PER_POINT,
            "markerfacecolor": colours.get(
                node.member.image.auth_asym_id, UNKNOWN_COLOUR
            ),
            "markeredgecolor": EDGE_COLOUR,
            "markeredgewidth": 0.6,
            "zorder": 5,
        }
        put_marks(shown, [x], [y], "o", label="_node", **look)
    _write(shown, graph, places, courses)
    _draw_key(ax, graph, key_mm)


def _courses(
    graph: Graph, places: Mapping[Node, tuple[float, float]]
) -> list[FloatArray]:
    """Points of the line of each edge, (n, 2) in mm: straight, or round the nodes in its way."""
    courses = []
    along = np.linspace(0.0, 1.0, 41)[:, None]
    for edge in graph.edges:
        start, end = np.array([places[edge.first], places[edge.second]])
        across = (end - start)[::-1] * (-1.0, 1.0)
        across /= max(float(np.hypot(*across)), 1e-9)
        others = [node for node in places if node not in (edge.first, edge.second)]
        sizes = [NODE_MM if n.placed.is_central else OTHER_MM for n in others]
        radii = np.array(sizes) / 2
        at = np.array([places[node] for node in others]).reshape(-1, 2)
        found: list[tuple[float, FloatArray]] = []
        for bend in BENDS_MM:
            # A parabola, its top in the middle.
            course = start + along * (end - start)
            course = course + 4.0 * bend * along * (1.0 - along) * across
            gap = np.linalg.norm(course[:, None] - at, axis=2) - radii
            found.append((min(float(gap.min(initial=np.inf)), PAST_NODE_MM), course))
            if found[-1][0] == PAST_NODE_MM:
                break
        courses.append(max(found, key=lambda each: each[0])[1])
    return courses


def _draw_bodies(
    shown: "Axes", graph: Graph, places: Mapping[Node, tuple[float, float]]
) -> None:
    """Draw what holds the chains of one complex together."""
    from matplotlib.patches import FancyBboxPatch

    for key in dict.fromkeys(node.placed.key for node in graph.nodes):
        own = [node for node in graph.nodes if node.placed.key == key]
        size = (NODE_MM if own[0].placed.is_central else OTHER_MM) / 2 + 0.9
        at = np.array([places[node] for node in own])
        low, high = at.min(axis=0) - size, at.max(axis=0) + size
        body = FancyBboxPatch(
            (float(low[0]), float(low[1])),
            float(high[0] - low[0]),
            float(high[1] - low[1]),
            boxstyle="round,pad=0,rounding_size=2",
            facecolor=BODY_COLOUR,
            edgecolor="#B0B0B0",
            linewidth=0.5,
            zorder=1,
            label="_body",
        )
        shown.add_patch(body)


def _write(
    shown: "Axes",
    graph: Graph,
    places: Mapping[Node, tuple[float, float]],
    courses: Sequence[FloatArray],
) -> None:
    """Names of the middle chains, operators of neighbours, and numbers of contacts."""
    width, height = size_mm(shown)
    room = TextRoom(ax=shown, inside=(0.5, 0.5, width - 0.5, height - 0.5), per_mm=1.0)
    for node, place in places.items():
        half = (NODE_MM if node.placed.is_central else OTHER_MM) / 2
        room.taken.append(square(place, half))
    paper: Look = {"facecolor": "white", "edgecolor": "none", "pad": 0.3, "alpha": 0.8}
    look: Look = {"fontsize": NAME_PT, "zorder": 8, "bbox": paper}
    circles = len(room.taken)
    for course in courses:
        # Names keep off what lines show near the nodes.
        away = np.linalg.norm(course[:, None] - course[[0, -1]], axis=2).min(axis=1)
        is_near = (away >= NODE_MM / 2) & (away < NEAR_MM)
        room.taken.extend(square((x, y), 0.5) for x, y in course[is_near].tolist())
    lines = len(room.taken)
    for node, (x, y) in places.items():
        if node.placed.is_central:
            name = member_name(graph.row.named, node.member)
            write_near(room, (x, y - NODE_MM / 2 - 1.6), name, look)
    # Numbers stand on their lines.
    del room.taken[circles:lines]
    bold: Look = {**look, "fontweight": "bold"}
    for edge, course in zip(graph.edges, courses, strict=True):
        if edge.number:
            outward = course if edge.first.placed.is_central else course[::-1]
            x, y = outward[round(NUMBER_AT * (len(course) - 1))].tolist()
            write_near(room, (x, y), f"{edge.number}", bold)
    next_one = (graph.row.chosen.contact.unit_1.unit_id, graph.row.repeat)
    for placed in graph.neighbours:
        own = [places[node] for node in places if node.placed.key == placed.key]
        x, y = np.mean(own, axis=0).tolist()
        code = image_of(graph.row, placed, placed.unit.members[0]).symmetry_code
        small: Look = {**look, "fontsize": CODE_PT}
        # Away from the middle, where the lines come from.
        upward = 1.0 if y > height / 2 else -1.0
        away_mm = y + upward * (OTHER_MM / 2 + 2.2)
        write_near(room, (x, away_mm), code, small)
        if placed.key == next_one:
            length = float(np.linalg.norm(graph.row.repeat_a))
            write_near(
                room, (x, away_mm + upward * 2.4), f"repeat {length:.1f} Å", small
            )


def _line(area_a2: float, *, is_lattice: bool) -> Look:
    width = max(PT_PER_A2 * area_a2, THINNEST_PT)
    return {
        "color": "black",
        "linewidth": width,
        # matplotlib multiplies dashes by the width; here they are points.
        "linestyle": (0, tuple(p / width for p in DASHES)) if is_lattice else "-",
        "dash_capstyle": "butt",
        "solid_capstyle": "butt",
    }


def _key_columns(width: float) -> int:
    return 2 if width >= TWO_COLUMNS_MM else 1


def _key_height_mm(graph: Graph, width: float) -> float:
    """Return the height of the key in mm, in a figure so wide."""
    n_rows = -(-len(_key_lines(graph)) // _key_columns(width))
    return KEY_LINE_MM * n_rows + 1.0


def _draw_key(ax: "Axes", graph: Graph, key_mm: float) -> None:
    """Draw a line of each kind of edge with what it means."""
    width, _ = size_mm(ax)
    key = blank_inset(ax, (0.0, 0.0, width, key_mm))
    lines = _key_lines(graph)
    columns = _key_columns(width)
    n_rows = -(-len(lines) // columns)
    for place, (is_lattice, area, text) in enumerate(lines):
        column, line = divmod(place, n_rows)
        x = EDGE_MM + column * (width - 2 * EDGE_MM) / columns
        y = key_mm - KEY_LINE_MM * (line + 0.5)
        key.plot(
            [x, x + 9.0], [y, y], label="_key", **_line(area, is_lattice=is_lattice)
        )
        key.text(x + 11.0, y, text, va="center", fontsize=6.0)


def _key_lines(graph: Graph) -> list[tuple[bool, float, str]]:
    """Whether dashed, area and words of each line of the key."""
    home = graph.row.chosen.contact.unit_1.unit_id
    lines = [(False, 1000.0, "1000 Å² per side (width of all lines: buried area)")]
    if any(not edge.number for edge in graph.edges):
        lines.insert(0, (False, 500.0, "contact inside a complex"))
    return lines + [
        (
            True,
            area_of(m),
            f"{number}  {contact_words(m, home)}: {area_of(m):.0f} Å², {fit_words(m)}",
        )
        for number, m in graph.classes
    ]
