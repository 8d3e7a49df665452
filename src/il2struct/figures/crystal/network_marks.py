"""Nodes, edges and key of a network, as marks on a picture."""

from typing import TYPE_CHECKING, Any, Final

from il2struct.figures.canvas import EDGE_COLOUR, MM_PER_INCH, blank_panel, size_mm
from il2struct.figures.crystal.contact_words import contact_words, fit_words
from il2struct.figures.crystal.network_edges import Edge, Network
from il2struct.lattice.measure import MeasuredContact
from il2struct.palette import Palette

if TYPE_CHECKING:
    from matplotlib.axes import Axes

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
#: Lines of the key stand in so many columns.
KEY_COLUMNS: Final = 2
#: From the edge of the figure, and height of a line of the key, in mm.
EDGE_MM: Final = 2.0
LINE_MM: Final = 3.6
PT_PER_MM: Final = 72.0 / MM_PER_INCH


def edge_width_pt(edge: Edge) -> float:
    """Return the width of an edge in points: in proportion to the buried area."""
    return max(PT_PER_A2 * edge.measured.interface.burial.area_per_side_a2, THINNEST_PT)


def _dashes(tag: str, width_pt: float) -> Any:  # noqa: ANN401  # what matplotlib takes
    # matplotlib multiplies dashes by the width; here they are points.
    return (0, tuple(p / width_pt for p in DASHES[tag])) if tag else "-"


def draw_edges(ax: "Axes", network: Network) -> None:
    """
    Draw contacts as lines: solid inside a complex, dashed across the lattice.

    Parameters
    ----------
    ax : Axes
        In Å of the view.
    network : Network
    """
    for edge in network.edges:
        xs, ys = (edge.first.x_a, edge.second.x_a), (edge.first.y_a, edge.second.y_a)
        width = edge_width_pt(edge)
        ax.plot(xs, ys, color="white", linewidth=width + 1.2, zorder=2, label="_halo")
        ax.plot(
            xs,
            ys,
            color="black",
            linewidth=width,
            linestyle=_dashes(edge.tag, width),
            dash_capstyle="butt",
            solid_capstyle="butt",
            zorder=3,
            label="_edge",
        )


def draw_nodes(ax: "Axes", network: Network, palette: Palette) -> None:
    """
    Draw chains as circles and the ends of receptors as triangles.

    Parameters
    ----------
    ax : Axes
        In Å of the view.
    network : Network
    palette : Palette
    """
    for node in network.nodes:
        central = node.placed.is_central
        role = node.member.role.value
        ax.plot(
            [node.x_a],
            [node.y_a],
            marker="o",
            markersize=(NODE_MM if central else BESIDE_MM) * PT_PER_MM,
            color=palette.of(role) if central else palette.neighbour_of(role),
            markeredgecolor=EDGE_COLOUR,
            markeredgewidth=0.6,
            linestyle="none",
            zorder=5 if central else 4,
            label="_node",
        )
    for end in network.ends:
        ax.plot(
            [end.x_a],
            [end.y_a],
            marker="v",
            markersize=3.6,
            color=palette.of(end.member.role.value),
            markeredgecolor=EDGE_COLOUR,
            markeredgewidth=0.5,
            linestyle="none",
            zorder=6,
            label="_end",
        )


def key_height_mm(network: Network) -> float:
    """Return the height of the key in mm."""
    n_rows = -(-len(_key_lines(network)) // KEY_COLUMNS)
    return LINE_MM * n_rows + 1.0


def draw_key(ax: "Axes", network: Network, key_mm: float) -> None:
    """
    Draw a line of each kind of edge with what it means.

    Parameters
    ----------
    ax : Axes
        That holds the picture.
    network : Network
    key_mm : float
        Height of the key, from `key_height_mm`.
    """
    width, _ = size_mm(ax)
    key = blank_panel(ax, (0.0, 0.0, width, key_mm))
    lines = _key_lines(network)
    n_rows = -(-len(lines) // KEY_COLUMNS)
    for number, (tag, area, text) in enumerate(lines):
        column, line = divmod(number, n_rows)
        x = EDGE_MM + column * (width - 2 * EDGE_MM) / KEY_COLUMNS
        y = key_mm - LINE_MM * (line + 0.5)
        pt = max(PT_PER_A2 * area, THINNEST_PT)
        key.plot(
            [x, x + 11.0],
            [y, y],
            color="black",
            linewidth=pt,
            linestyle=_dashes(tag, pt),
            dash_capstyle="butt",
            solid_capstyle="butt",
            label="_key",
        )
        key.text(x + 13.0, y, text, va="center", fontsize=6.0)


def _key_lines(network: Network) -> list[tuple[str, float, str]]:
    """Letter, area and words of each line of the key."""
    lines = [("", 1000.0, "1000 Å² per side (width of all lines: buried area)")]
    if any(not edge.tag for edge in network.edges):
        lines.insert(0, ("", 500.0, "contact inside a complex"))
    return lines + [
        (tag, m.interface.burial.area_per_side_a2, f"{tag}  {_key_words(m)}")
        for tag, m in network.classes
    ]


def _key_words(measured: MeasuredContact) -> str:
    area = measured.interface.burial.area_per_side_a2
    return f"{contact_words(measured)}: {area:.0f} Å², {fit_words(measured)}"
