"""The network seen from the side: chains as nodes, contacts as edges by class."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from il2struct.figures.canvas import DPI, panel, size_mm, width_mm
from il2struct.figures.crystal.contact_words import (
    contact_words,
    copy_words,
    fit_words,
    member_name,
    operator_words,
    repeat_words,
)
from il2struct.figures.crystal.crystal_row import (
    CrystalRow,
    crystal_row,
)
from il2struct.figures.crystal.network_edges import (
    SMALLEST_EDGE_A2,
    Network,
    Node,
    network_of,
)
from il2struct.figures.crystal.network_marks import (
    NODE_MM,
    PT_PER_A2,
    draw_edges,
    draw_key,
    draw_nodes,
    key_height_mm,
)
from il2struct.figures.crystal.row_scene import (
    RAISED_DEG,
    Placed,
    image_of,
    placed_centre,
    role_parts,
    side_view,
    spheres_of,
    units_in,
)
from il2struct.figures.crystal.row_strip import SCALE_BAR_A, STRIP_MM, draw_strip
from il2struct.figures.crystal.unit_cell import draw_cell, name_cell_edges
from il2struct.figures.drawing import Drawing, file_stem, framed
from il2struct.figures.pictures.placed_text import ON_PICTURE, TextRoom, write_near
from il2struct.figures.pictures.shading import Parts, picture_of, pixel_grid, show
from il2struct.figures.pictures.views import Box, View
from il2struct.figures.words import plain, unescaped
from il2struct.lattice.measure import MeasuredContact
from il2struct.lattice.operators import IDENTITY
from il2struct.palette import Palette, mixed_with_white

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

#: Repeats shown, and bounds of the window, in Å.
REPEATS_SHOWN: Final = 3.2
NARROWEST_A: Final = 150.0
WIDEST_A: Final = 360.0
#: White in the colours of the molecules behind the nodes.
BEHIND_WHITE: Final = 0.72
#: Room in mm: edges of the figure, a line of the key.
EDGE_MM: Final = 2.0
#: The picture is not higher than this, in mm.
LARGEST_PICTURE_MM: Final = 95.0
#: Room around the centre of a node, in Å.
NODE_ROOM_A: Final = 6.0
#: What triangles mean.
_ENDS_WORDS: Final = ("▼ C-terminus of the ordered part,", "towards the membrane")
NAME_PT: Final = 6.5


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Side:
    """All that is drawn."""

    row: CrystalRow
    view: View
    half_width_a: float
    half_height_a: float
    units: tuple[Placed, ...]
    network: Network
    dpi: float

    @property
    def window(self) -> tuple[float, float, float, float]:
        """Left, right, bottom and top in Å."""
        x, y = self.half_width_a, self.half_height_a
        return -x, x, -y, y


def network_side(
    measured: Sequence[MeasuredContact],
    *,
    palette: Palette | None = None,
    width: str | float = "double",
    dpi: float = DPI,
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
    wide = width_mm(width)
    row = crystal_row(measured)
    content = _content(row, (wide, None), dpi)
    entry_id = row.named.entry.entry_id
    return Drawing(
        name=file_stem("network_side", entry_id),
        kind="network_side",
        title=f"Contacts in the crystal lattice of {plain(entry_id)} from the side",
        alt=_alt(content),
        caption=_caption(content),
        table=_table(content),
        width=width,
        height_mm=_height(content, wide),
        # An axes of another size shows another part of the row.
        paint=lambda ax: _draw(
            ax, _content(row, size_mm(ax), dpi), palette or Palette()
        ),
    )


def _height(content: _Side, width: float) -> float:
    a_per_mm = 2 * content.half_width_a / (width - 2 * EDGE_MM)
    picture = 2 * content.half_height_a / a_per_mm
    return picture + STRIP_MM + key_height_mm(content.network) + EDGE_MM


def _content(row: CrystalRow, size: tuple[float, float | None], dpi: float) -> _Side:
    view = side_view(row)
    wide, high = size
    if row.repeat is None:
        shown = 3.0 * max(2 * shape.reach_a for shape in row.shapes.values())
    else:
        shown = REPEATS_SHOWN * float(np.linalg.norm(row.repeat_a))
    half_width = min(max(shown, NARROWEST_A), WIDEST_A) / 2
    # A unit counts as shown if its centre is.
    units = tuple(
        placed
        for placed in units_in(row, view, half_width, half_width)
        if placed.is_central
        and abs(view.seen(placed_centre(row, placed))[0]) < half_width
    )
    network = network_of(row, view, units)
    half_height = _half_height(row, view, units, network)
    room = LARGEST_PICTURE_MM
    if high is not None:
        room = max(high - STRIP_MM - key_height_mm(network) - EDGE_MM, 1.0)
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


def _half_height(
    row: CrystalRow, view: View, units: Sequence[Placed], network: Network
) -> float:
    """Of a window that holds all atoms of the row and all nodes."""
    spheres, _ = spheres_of(row, units, view)
    atoms = np.abs(spheres.centres[:, 1]) + spheres.radii
    nodes = [abs(node.y_a) + NODE_ROOM_A for node in network.nodes]
    return float(max(atoms.max(), *nodes)) + 1.0


def _caption(content: _Side) -> str:
    row = content.row
    classes = "; ".join(
        f"{tag}: {_class_words(measured)}" for tag, measured in content.network.classes
    )
    return (
        f"Contacts in the crystal lattice of {plain(row.named.entry.entry_id)}, not a membrane array, "
        f"seen from the side: along the repeat plane, from {RAISED_DEG:g}° above it, the chain running "
        "to the right; the viewer of the lattice figure is above. Nodes: chains at the centres of their atoms, in role colours; pale: "
        "chains of complexes beside the row, drawn where the middle complex touches them; behind them "
        "the molecules. Edges: contacts, "
        f"width {1000 * PT_PER_A2:g} pt for 1000 Å² of buried area per side; solid inside a complex, "
        f"dashed across the lattice, one rhythm and letter a class ({classes}); classes below "
        f"{SMALLEST_EDGE_A2:g} Å² per side are left out unless followed. Followed: {row.reason}: "
        f"{copy_words(row)}. {repeat_words(row)} Triangles: last ordered Cα of receptors, from where "
        f"their chains go on to the membrane. Thin lines: unit cell. Scale bar {SCALE_BAR_A:g} Å."
    )


def _class_words(measured: MeasuredContact) -> str:
    area = measured.interface.burial.area_per_side_a2
    words = unescaped(contact_words(measured))
    return f"{words} {area:.0f} Å², {fit_words(measured)}, {operator_words(measured)}"


def _alt(content: _Side) -> str:
    network = content.network
    n_inside = sum(not edge.tag for edge in network.edges)
    largest = ", ".join(
        f"{unescaped(contact_words(m))} with "
        f"{m.interface.burial.area_per_side_a2:.0f} Å²"
        for _, m in network.classes[:3]
    )
    return (
        f"Network of {len(network.nodes)} chains of the crystal of "
        f"{plain(content.row.named.entry.entry_id)} with {n_inside} contacts inside complexes and "
        f"{len(network.edges) - n_inside} across the lattice: {largest}. "
        f"{repeat_words(content.row)}"
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
        interface = edge.measured.interface
        rows.append(
            {
                "entry_id": entry_id,
                "mark": "edge",
                "interface_id": interface.interface_id,
                "contact_class": content.row.class_of[id(edge.measured)],
                "kind": edge.measured.contact.kind.value,
                "tag": edge.tag,
                "area_per_side_a2": interface.burial.area_per_side_a2,
                "sc": np.nan if interface.fit is None else interface.fit.result.sc,
                **_end_columns(content.row, edge.first, 1),
                **_end_columns(content.row, edge.second, 2),
            }
        )
    return framed("figure_network_side", rows)


def _end_columns(row: CrystalRow, node: Node, number: int) -> dict[str, Any]:
    image = image_of(row, node.placed, node.member)
    return {
        f"role_{number}": node.member.role.value,
        f"auth_asym_id_{number}": image.auth_asym_id,
        f"operator_{number}": image.symmetry_code,
        f"x_{number}_a": node.x_a,
        f"y_{number}_a": node.y_a,
    }


def _draw(ax: "Axes", content: _Side, palette: Palette) -> None:
    width, height = size_mm(ax)
    key_mm = key_height_mm(content.network)
    wide = max(width - 2 * EDGE_MM, 1.0)
    high = max(height - STRIP_MM - key_mm - EDGE_MM, 1.0)
    shown = panel(ax, (EDGE_MM, STRIP_MM + key_mm, wide, high))
    shown.set_label("network")
    spheres, labels = spheres_of(content.row, content.units, content.view)
    picture = picture_of(
        spheres,
        _paled(role_parts(labels, palette)),
        pixel_grid(content.window, wide, dpi=content.dpi),
    )
    show(shown, picture)
    a_per_mm = 2 * content.half_width_a / wide
    cell = draw_cell(shown, content.row, content.view, content.window)
    draw_edges(shown, content.network)
    draw_nodes(shown, content.network, palette)
    taken = _label(shown, content, a_per_mm)
    name_cell_edges(shown, cell, taken, content.window)
    draw_strip(
        ax,
        content.row,
        a_per_mm,
        bottom_mm=key_mm,
        right=_ENDS_WORDS if content.network.ends else ("", ""),
    )
    draw_key(ax, content.network, key_mm)


def _paled(parts: Parts) -> Parts:
    """Molecules behind the network: all pale."""
    return replace(
        parts,
        colours=tuple(mixed_with_white(c, BEHIND_WHITE) for c in parts.colours),
        is_faded=np.ones(len(parts.colours), dtype=np.bool_),
    )


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
        ((n.x_a, n.y_a + radius), member_name(n.member))
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
