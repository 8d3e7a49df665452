"""The network seen from the side: chains as nodes, contacts as edges by class."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np

from il2struct.figures import canvas, crystal_row
from il2struct.figures.drawing import Drawing, file_stem, framed
from il2struct.figures.picture import (
    ON_PICTURE,
    Box,
    Parts,
    TextRoom,
    View,
    show,
    write_near,
)
from il2struct.figures.words import plain, unescaped
from il2struct.lattice.measure import MeasuredContact
from il2struct.lattice.operators import IDENTITY, Placement
from il2struct.network.evidence.measures import MIN_COMPARED_A2
from il2struct.palette import Palette, mixed_with_white
from il2struct.structure.complexes import Member

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

#: Unit and where it stands.
UnitKey: TypeAlias = tuple[str, Placement]
#: Letters of classes of contacts, the followed one first, then by area; further ones are left out.
TAGS: Final = "abcdefgh"
#: A contact between units with less area, in Å², is no edge unless it is the one followed.
SMALLEST_EDGE_A2: Final = MIN_COMPARED_A2
#: Width of an edge in points for each Å² of buried area: 1000 Å² give 3 points.
PT_PER_A2: Final = 0.003
THINNEST_PT: Final = 0.4
#: Dashes of classes by letter, in points: each has a rhythm of its own.
DASHES: Final = {
    "a": (6.0, 2.0),
    "b": (1.6, 1.6),
    "c": (6.0, 1.8, 1.6, 1.8),
    "d": (3.2, 3.2),
    "e": (6.0, 1.6, 1.6, 1.6, 1.6, 1.6),
    "f": (10.0, 3.0),
    "g": (3.0, 1.4, 1.2, 1.4),
    "h": (1.2, 3.4),
}
#: Diameter of a node in mm; that of one beside the row.
NODE_MM: Final = 4.4
BESIDE_MM: Final = 3.0
#: In narrower figures the lines of the key stand in one column, else in two, in mm.
TWO_COLUMNS_MM: Final = 130.0
#: From the edge of the figure, in mm.
EDGE_MM: Final = 2.0
PT_PER_MM: Final = 72.0 / canvas.MM_PER_INCH
#: Repeats shown, and bounds of the window, in Å.
REPEATS_SHOWN: Final = 3.2
NARROWEST_A: Final = 150.0
WIDEST_A: Final = 360.0
#: White in the colours of the molecules behind the nodes.
BEHIND_WHITE: Final = 0.72
#: The picture is not higher than this, in mm.
LARGEST_PICTURE_MM: Final = 95.0
#: Room around the centre of a node, in Å.
NODE_ROOM_A: Final = 6.0
#: What triangles mean.
_ENDS_WORDS: Final = ("▼ last ordered Cα,", "to the membrane")
NAME_PT: Final = 6.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A chain at the centre of its atoms, or its end at the last ordered Cα; in the view, in Å."""

    placed: crystal_row.Placed
    member: Member
    x_a: float
    y_a: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """
    A contact between two chains that are drawn, its sides 1 and 2.

    With the letter of its class, empty inside a complex, and whether that is written beside it.
    """

    measured: MeasuredContact
    first: Node
    second: Node
    tag: str
    is_tagged: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Network:
    """
    What is drawn of a network; `ends` are C-termini of the receptors of the row.

    `classes` are letter and largest contact of each class of edges between units.
    """

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    ends: tuple[Node, ...]
    classes: tuple[tuple[str, MeasuredContact], ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Side(crystal_row.RowPicture):
    """All that is drawn."""

    network: Network


def network_side(
    measured: Sequence[MeasuredContact],
    *,
    palette: Palette | None = None,
    width: str | float = "double",
    dpi: float = canvas.DPI,
) -> Drawing:
    """
    Prepare the network of a crystal, seen from the side.

    Parameters
    ----------
    measured : sequence of MeasuredContact
        All contacts of one entry: ``measured_contacts(study.named)``.
    palette : Palette, optional
    width : str or float
    dpi : float
        Pixels per inch of the picture; fewer make a smaller file.

    Returns
    -------
    Drawing

    Raises
    ------
    ParameterError
        If no contact joins two complexes, or the width is not known.
    """
    wide = canvas.width_mm(width)
    row = crystal_row.crystal_row(measured)
    content = _content(row, (wide, None), dpi)
    entry_id = row.named.entry.entry_id
    network = content.network
    n_inside = sum(not edge.tag for edge in network.edges)
    largest = ", ".join(
        f"{unescaped(crystal_row.contact_words(m))} with {crystal_row.area_of(m):.0f} Å²"
        for _, m in network.classes[:3]
    )
    classes = "; ".join(
        f"{tag}: {unescaped(crystal_row.contact_words(m))} {crystal_row.area_of(m):.0f} Å², {crystal_row.fit_words(m)}, "
        f"{crystal_row.operator_words(m)}"
        for tag, m in network.classes
    )
    return Drawing(
        name=file_stem("network_side", entry_id),
        kind="network_side",
        title=f"Contacts in the crystal lattice of {plain(entry_id)} from the side",
        alt=(
            f"Network of {len(network.nodes)} chains of the crystal of "
            f"{plain(entry_id)} with {n_inside} contacts inside complexes and "
            f"{len(network.edges) - n_inside} across the lattice: {largest}. "
            f"{crystal_row.repeat_words(row)}"
        ),
        caption=(
            f"Contacts in the crystal lattice of {plain(entry_id)}, not a membrane array, "
            f"seen from the side: along the repeat plane, from {crystal_row.RAISED_DEG:g}° above it, the chain running "
            "to the right; the viewer of the lattice figure is above. Nodes: chains at the centres of their atoms, in role colours; pale: "
            "chains of complexes beside the row, drawn where the middle complex touches them; behind them "
            "the molecules. Edges: contacts, "
            f"width {1000 * PT_PER_A2:g} pt for 1000 Å² of buried area per side; solid inside a complex, "
            f"dashed across the lattice, one rhythm and letter a class ({classes}); classes below "
            f"{SMALLEST_EDGE_A2:g} Å² per side are left out unless followed. Followed: {row.reason}: "
            f"{crystal_row.copy_words(row)}. {crystal_row.repeat_words(row)} Triangles: last ordered Cα of receptors, from where "
            f"their chains go on to the membrane. Thin lines: unit cell. Scale bar {crystal_row.SCALE_BAR_A:g} Å."
        ),
        table=_table(content),
        width=width,
        height_mm=_height(content, wide),
        # An axes of another size shows another part of the row.
        paint=lambda ax: _draw(
            ax,
            _content(row, canvas.size_mm(ax), dpi),
            (palette or Palette()).of_chains(row.named),
        ),
    )


def _height(content: _Side, width: float) -> float:
    a_per_mm = 2 * content.half_width_a / (width - 2 * EDGE_MM)
    picture = 2 * content.half_height_a / a_per_mm
    return (
        picture
        + crystal_row.STRIP_MM
        + _key_height_mm(content.network, width)
        + EDGE_MM
    )


def _content(
    row: crystal_row.CrystalRow, size: tuple[float, float | None], dpi: float
) -> _Side:
    view = crystal_row.side_view(row)
    wide, high = size
    half_width = crystal_row.half_width_a(
        row, REPEATS_SHOWN, 3.0, (NARROWEST_A, WIDEST_A)
    )
    # A unit counts as shown if its centre is.
    units = tuple(
        placed
        for placed in crystal_row.units_in(row, view, half_width, half_width)
        if placed.is_central
        and abs(view.seen(crystal_row.placed_centre(row, placed))[0]) < half_width
    )
    network = _network_of(row, view, units)
    # The window holds all atoms of the row and all nodes.
    spheres, _ = crystal_row.spheres_of(row, units, view)
    atoms = np.abs(spheres.centres[:, 1]) + spheres.radii
    nodes = [abs(node.y_a) + NODE_ROOM_A for node in network.nodes]
    half_height = float(max(atoms.max(), *nodes)) + 1.0
    room = LARGEST_PICTURE_MM
    if high is not None:
        room = max(
            high - crystal_row.STRIP_MM - _key_height_mm(network, wide) - EDGE_MM, 1.0
        )
    across = max(wide - 2 * EDGE_MM, 1.0)
    half_width = max(half_width, half_height * across / room)
    if high is not None:
        half_height = half_width * room / across
    return _Side(
        row=row,
        view=view,
        half_width_a=half_width,
        half_height_a=half_height,
        units=units,
        network=network,
        dpi=dpi,
    )


def _table(content: _Side) -> "pd.DataFrame":
    entry_id = content.row.named.entry.entry_id
    rows: list[dict[str, Any]] = []
    for mark, nodes in (("node", content.network.nodes), ("end", content.network.ends)):
        rows += [
            {"entry_id": entry_id, "mark": mark, **_end_columns(content.row, node, 1)}
            for node in nodes
        ]
    for edge in content.network.edges:
        rows.append(
            {
                "mark": "edge",
                **crystal_row.contact_columns(edge.measured),
                "contact_class": content.row.class_of[id(edge.measured)],
                "kind": edge.measured.contact.kind.value,
                "tag": edge.tag,
                **_end_columns(content.row, edge.first, 1),
                **_end_columns(content.row, edge.second, 2),
            }
        )
    return framed("figure_network_side", rows)


def _end_columns(
    row: crystal_row.CrystalRow, node: Node, number: int
) -> dict[str, Any]:
    return {
        **crystal_row.end_columns(row, node.placed, node.member, number),
        f"x_{number}_a": node.x_a,
        f"y_{number}_a": node.y_a,
    }


def _draw(ax: "Axes", content: _Side, colours: Mapping[str, str]) -> None:
    width, height = canvas.size_mm(ax)
    key_mm = _key_height_mm(content.network, width)
    wide = max(width - 2 * EDGE_MM, 1.0)
    high = max(height - crystal_row.STRIP_MM - key_mm - EDGE_MM, 1.0)
    shown = canvas.panel(ax, (EDGE_MM, crystal_row.STRIP_MM + key_mm, wide, high))
    shown.set_label("network")

    def paled(labels: Sequence[crystal_row.Label]) -> Parts:
        parts = crystal_row.chain_parts(labels, colours)
        pale = tuple(mixed_with_white(c, BEHIND_WHITE) for c in parts.colours)
        is_faded = np.ones(len(pale), dtype=np.bool_)
        return replace(parts, colours=pale, is_faded=is_faded)

    picture, _ = content.picture(wide, paled)
    show(shown, picture)
    a_per_mm = 2 * content.half_width_a / wide
    cell = crystal_row.draw_cell(shown, content.row, content.view, content.window)
    _draw_marks(shown, content.network, colours)
    taken = _label(shown, content, a_per_mm)
    crystal_row.name_cell_edges(shown, cell, taken, content.window)
    words = _ENDS_WORDS if content.network.ends else ("", "")
    crystal_row.draw_strip(ax, content.row, a_per_mm, bottom_mm=key_mm, right=words)
    _draw_key(ax, content.network, key_mm)


def _label(ax: "Axes", content: _Side, a_per_mm: float) -> list[Box]:
    """Names of the middle complex, and letters of the classes; returns where they stand."""
    left, right, bottom, top = content.window
    radius = NODE_MM / 2 * a_per_mm
    circles = [
        (n.x_a - radius, n.y_a - radius, n.x_a + radius, n.y_a + radius)
        for n in content.network.nodes
    ]
    room = TextRoom(
        ax=ax, inside=(left, bottom, right, top), per_mm=a_per_mm, taken=circles
    )
    wanted = [
        ((n.x_a, n.y_a + radius), crystal_row.member_name(n.member))
        for n in content.network.nodes
        if n.placed.key == (content.row.chosen.contact.unit_1.unit_id, IDENTITY)
    ]
    wanted += [
        (((e.first.x_a + e.second.x_a) / 2, (e.first.y_a + e.second.y_a) / 2), e.tag)
        for e in content.network.edges
        if e.is_tagged
    ]
    look = {"fontsize": NAME_PT, "bbox": ON_PICTURE, "zorder": 8}
    for place, text in wanted:
        weight = "bold" if len(text) == 1 else "normal"
        write_near(room, place, text, {**look, "fontweight": weight})
    return room.taken


def _network_of(
    row: crystal_row.CrystalRow, view: View, units: Sequence[crystal_row.Placed]
) -> Network:
    """Find the nodes and edges of a row, and what its middle complex touches beside it."""
    central = {placed.key: placed for placed in units}
    tags = _tags(row)
    nodes: dict[tuple[UnitKey, Member], Node] = {}

    def node(placed: crystal_row.Placed, member: Member) -> Node:
        shape = row.shapes[placed.unit.unit_id]
        own = shape.coords[shape.member == placed.unit.members.index(member)]
        x, y, _ = view.seen(crystal_row.moved(row, placed, own.mean(axis=0))).tolist()
        made = Node(placed=placed, member=member, x_a=x, y_a=y)
        return nodes.setdefault((placed.key, member), made)

    for placed in units:
        for member in placed.unit.members:
            node(placed, member)
    edges = []
    for measured in row.measured:
        contact, tag = measured.contact, ""
        if crystal_row.joins_units(measured):
            tag = tags.get(row.class_of[id(measured)], "")
            if not tag:
                continue
        for first, second in _places(row, measured, central):
            edges.append(
                Edge(
                    measured=measured,
                    first=node(first, contact.member_1),
                    second=node(second, contact.member_2),
                    tag=tag,
                )
            )
    # Of each class the edge whose middle is nearest to the middle of the view has the letter.
    nearest: dict[str, tuple[float, int]] = {}
    for number, edge in enumerate(edges):
        away = abs(edge.first.x_a + edge.second.x_a) / 2
        if edge.tag and away < nearest.get(edge.tag, (math.inf, 0))[0] - 1e-6:
            nearest[edge.tag] = (away, number)
    chosen = {number for _, number in nearest.values()}
    edges = [replace(edge, is_tagged=n in chosen) for n, edge in enumerate(edges)]
    drawn = {edge.tag: edge.measured for edge in edges if edge.is_tagged}
    ends = []
    for placed in units:
        for member, place in crystal_row.terminus_places(row, placed.unit):
            x, y, _ = view.seen(crystal_row.moved(row, placed, place)).tolist()
            ends.append(Node(placed=placed, member=member, x_a=x, y_a=y))
    return Network(
        nodes=tuple(nodes.values()),
        edges=tuple(edges),
        ends=tuple(ends),
        classes=tuple((tag, drawn[tag]) for tag in TAGS if tag in drawn),
    )


def _tags(row: crystal_row.CrystalRow) -> dict[str, str]:
    """Letter of each class of contacts between units."""
    followed = row.class_of[id(row.chosen)]
    largest: dict[str, float] = {}
    for measured in row.measured:
        area = crystal_row.area_of(measured)
        name = row.class_of[id(measured)]
        if crystal_row.joins_units(measured) and (
            area >= SMALLEST_EDGE_A2 or name == followed
        ):
            largest[name] = max(area, largest.get(name, 0.0))
    order = sorted(largest, key=lambda n: (n != followed, -largest[n], n))
    return dict(zip(order, TAGS, strict=False))


def _places(
    row: crystal_row.CrystalRow,
    measured: MeasuredContact,
    central: dict[UnitKey, crystal_row.Placed],
) -> list[tuple[crystal_row.Placed, crystal_row.Placed]]:
    """
    Find the pairs of units that make a contact: both of the row, or one of its middle complex.

    A contact of a unit with itself by a two-fold axis is met from both ends and counts once.
    """
    contact, group = measured.contact, row.group
    there, back = contact.placement_2, group.inverse(contact.placement_2)
    found: dict[object, tuple[crystal_row.Placed, crystal_row.Placed]] = {}
    units = (contact.unit_1, contact.unit_2)
    for placed, side in product(central.values(), (0, 1)):
        if placed.unit.unit_id != units[side].unit_id:
            continue
        placement = group.composed(placed.placement, (there, back)[side])
        beside = crystal_row.Placed(
            unit=units[1 - side], placement=placement, is_central=False
        )
        other = central.get(beside.key, beside)
        if not other.is_central and IDENTITY not in (placed.placement, placement):
            continue
        first, second = (placed, other) if side == 0 else (other, placed)
        ends = ((first.key, contact.member_1), (second.key, contact.member_2))
        found.setdefault(frozenset(ends), (first, second))
    return list(found.values())


def _line(tag: str, area_a2: float) -> canvas.Look:
    """Look of an edge: as wide as its area says, dashed as its class."""
    width = max(PT_PER_A2 * area_a2, THINNEST_PT)
    return {
        "color": "black",
        "linewidth": width,
        # matplotlib multiplies dashes by the width; here they are points.
        "linestyle": (0, tuple(p / width for p in DASHES[tag])) if tag else "-",
        "dash_capstyle": "butt",
        "solid_capstyle": "butt",
    }


def _draw_marks(ax: "Axes", network: Network, colours: Mapping[str, str]) -> None:
    """Draw contacts as lines, chains as circles, and the ends of receptors as triangles."""
    for edge in network.edges:
        xs, ys = (edge.first.x_a, edge.second.x_a), (edge.first.y_a, edge.second.y_a)
        look = _line(edge.tag, crystal_row.area_of(edge.measured))
        halo = look["linewidth"] + 1.2
        ax.plot(xs, ys, color="white", linewidth=halo, zorder=2, label="_halo")
        ax.plot(xs, ys, zorder=3, label="_edge", **look)
    for node in network.nodes:
        central = node.placed.is_central
        look = {
            "markersize": (NODE_MM if central else BESIDE_MM) * PT_PER_MM,
            "markerfacecolor": crystal_row.chain_colour(
                colours, node.placed, node.member
            ),
            "markeredgecolor": canvas.EDGE_COLOUR,
            "markeredgewidth": 0.6,
            "zorder": 5 if central else 4,
        }
        canvas.put_marks(ax, [node.x_a], [node.y_a], "o", label="_node", **look)
    for end in network.ends:
        look = {
            "markersize": 3.6,
            "markerfacecolor": crystal_row.chain_colour(
                colours, end.placed, end.member
            ),
            "markeredgecolor": canvas.EDGE_COLOUR,
            "zorder": 6,
        }
        canvas.put_marks(ax, [end.x_a], [end.y_a], "v", label="_end", **look)


def _key_columns(width: float) -> int:
    return 2 if width >= TWO_COLUMNS_MM else 1


def _key_height_mm(network: Network, width: float) -> float:
    """Return the height of the key in mm, in a figure so wide."""
    n_rows = -(-len(_key_lines(network)) // _key_columns(width))
    return canvas.KEY_LINE_MM * n_rows + 1.0


def _draw_key(ax: "Axes", network: Network, key_mm: float) -> None:
    """Draw a line of each kind of edge with what it means."""
    width, _ = canvas.size_mm(ax)
    key = canvas.blank_panel(ax, (0.0, 0.0, width, key_mm))
    lines = _key_lines(network)
    columns = _key_columns(width)
    n_rows = -(-len(lines) // columns)
    for number, (tag, area, text) in enumerate(lines):
        column, line = divmod(number, n_rows)
        x = EDGE_MM + column * (width - 2 * EDGE_MM) / columns
        y = key_mm - canvas.KEY_LINE_MM * (line + 0.5)
        key.plot([x, x + 11.0], [y, y], label="_key", **_line(tag, area))
        key.text(x + 13.0, y, text, va="center", fontsize=6.0)


def _key_lines(network: Network) -> list[tuple[str, float, str]]:
    """Letter, area and words of each line of the key."""
    lines = [("", 1000.0, "1000 Å² per side (width of all lines: buried area)")]
    if any(not edge.tag for edge in network.edges):
        lines.insert(0, ("", 500.0, "contact inside a complex"))
    return lines + [
        (
            tag,
            crystal_row.area_of(m),
            f"{tag}  {crystal_row.contact_words(m)}: {crystal_row.area_of(m):.0f} Å², {crystal_row.fit_words(m)}",
        )
        for tag, m in network.classes
    ]
