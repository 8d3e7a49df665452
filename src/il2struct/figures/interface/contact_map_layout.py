"""How a contact map is laid out and drawn."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from il2struct.figures.canvas import (
    EDGE_COLOUR,
    EDGE_WIDTH_PT,
    WIDTHS_MM,
    buried_map,
    panel,
    shrink_to_fit,
    size_mm,
)
from il2struct.figures.interface.pair_bonds import KIND_WORDS, PairBond, PairKey
from il2struct.figures.interface.residue_labels import (
    ShownResidue,
    axis_label,
    breaks_after,
)
from il2struct.palette import Palette

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap, Normalize

#: Distance of the darkest cell in Å: a short hydrogen bond.
NEAREST_A: Final = 2.5
#: Cells at the cut-off are this far from white paper, in Å.
FADE_A: Final = 0.6
#: Sides of a cell in mm: the largest, the smallest of a single column, and the smallest at all.
LARGEST_CELL_MM: Final = 3.6
SMALLEST_SINGLE_MM: Final = 2.2
SMALLEST_CELL_MM: Final = 1.2
#: Height of a line of 6 and of 5 points in mm: a cell that is smaller cannot carry its label.
LINE_6PT_MM: Final = 2.25
LINE_5PT_MM: Final = 1.95
#: A figure is not higher than this, in mm (Nature's guide).
LARGEST_HEIGHT_MM: Final = 170.0
#: Room for bars, between panels, for axis labels, and for the keys below, in mm.
BARS_MM: Final = 9.0
GAP_MM: Final = 1.0
KEY_MM: Final = 12.0
EDGE_MM: Final = 3.5
#: A map with few residues is still so wide and high, or its labels would not fit, in mm.
SMALLEST_MAP_MM: Final = 26.0
#: Width of a letter of 6 points in mm.
LETTER_MM: Final = 1.3

#: Faint lines between cells.
GUIDE_COLOUR: Final = "#F0F0F0"

#: Signs of bonds by kind; the shape carries the meaning.
MARKERS: Final = {
    "salt_bridge": "D",
    "disulfide": "s",
    "hydrogen_bond": "o",
    "conditional_hydrogen_bond": "v",
    "cation_pi": "^",
    "pi_stacking": "X",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class MapContent:
    """All that is drawn."""

    row: dict[str, Any]
    sides: tuple[tuple[ShownResidue, ...], tuple[ShownResidue, ...]]
    distances: dict[PairKey, float]
    bonds: dict[PairKey, PairBond]
    colour: str
    roles: tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class MapLayout:
    """Sizes in mm; the origin of the map from the lower left corner."""

    cell: float
    width: float
    height: float
    left: float
    bottom: float
    labels: tuple[float, float]

    @property
    def text_pt(self) -> float:
        """Size of the labels of residues."""
        return 6.0 if self.cell >= LINE_6PT_MM else 5.0

    @property
    def every(self) -> int:
        """Of how many residues one has its label."""
        return max(1, math.ceil(LINE_5PT_MM / self.cell - 1e-9))


def _label_mm(side: tuple[ShownResidue, ...]) -> float:
    longest = max((len(r.label) for r in side), default=2)
    return longest * LETTER_MM + 1.5


def _counts(content: MapContent) -> tuple[int, int]:
    return max(len(content.sides[0]), 1), max(len(content.sides[1]), 1)


def _margins(content: MapContent) -> tuple[float, float]:
    """Width and height that are not the map's, in mm."""
    x_labels, y_labels = (_label_mm(side) for side in content.sides)
    across = EDGE_MM + 6.0 + y_labels + GAP_MM + BARS_MM + EDGE_MM
    up = KEY_MM + 4.5 + max(x_labels, 7.0) + GAP_MM + BARS_MM + 2.0
    return across, up


def map_width(content: MapContent) -> str:
    """
    Choose the column width that leaves cells a readable size.

    Parameters
    ----------
    content : MapContent
    """
    across, _ = _margins(content)
    cell = (WIDTHS_MM["single"] - across) / _counts(content)[0]
    return "double" if cell < SMALLEST_SINGLE_MM else "single"


def map_layout(content: MapContent, width: float, height: float | None) -> MapLayout:
    """
    Lay a map out.

    Parameters
    ----------
    content : MapContent
    width : float
        Of the figure in mm.
    height : float or None
        Of the figure in mm; None for one that is as high as it needs to be.
    """
    across, up = _margins(content)
    n_1, n_2 = _counts(content)
    room = (LARGEST_HEIGHT_MM if height is None else height) - up
    cell = min((width - across) / n_1, room / n_2, LARGEST_CELL_MM)
    if height is None:
        cell = max(cell, SMALLEST_CELL_MM)
    map_width = min(max(n_1 * cell, SMALLEST_MAP_MM), max(width - across, 1.0))
    map_height = max(n_2 * cell, min(SMALLEST_MAP_MM, max(room, 1.0)))
    x_labels, y_labels = (_label_mm(side) for side in content.sides)
    spare = max(width - across - map_width, 0.0)
    return MapLayout(
        cell=cell,
        width=map_width,
        height=map_height,
        left=EDGE_MM + 6.0 + y_labels + spare / 2,
        bottom=KEY_MM + 4.5 + max(x_labels, 7.0),
        labels=(x_labels, y_labels),
    )


def map_height_mm(content: MapContent, layout: MapLayout) -> float:
    """
    Return the height of a figure in mm.

    Parameters
    ----------
    content : MapContent
    layout : MapLayout
    """
    return _margins(content)[1] + layout.height


def draw_map(ax: "Axes", content: MapContent, palette: Palette) -> None:
    """
    Draw a map into an axes of any size.

    Parameters
    ----------
    ax : Axes
    content : MapContent
    palette : Palette
    """
    width, height = size_mm(ax)
    layout = map_layout(content, width, height)
    grid = panel(ax, (layout.left, layout.bottom, layout.width, layout.height))
    grid.set_label("map")
    _cells(grid, content, layout)
    _signs(grid, content, layout)
    _residue_axes(grid, content, layout)
    _bars(ax, content, layout, palette)
    _keys(ax, content, layout)


def _scale(content: MapContent) -> "tuple[Colormap, Normalize]":
    from matplotlib import colormaps
    from matplotlib.colors import Normalize

    if content.colour == "buried":
        return buried_map(), Normalize(
            0.0, max(_pair_areas(content).values(), default=1.0)
        )
    farthest = max(float(content.row["contact_cutoff_a"]), NEAREST_A) + FADE_A
    return colormaps["Greys_r"], Normalize(NEAREST_A, farthest)


def _pair_areas(content: MapContent) -> dict[PairKey, float]:
    area = [{r.key: r.buried_a2 for r in side} for side in content.sides]
    return {pair: area[0][pair[0]] + area[1][pair[1]] for pair in content.distances}


def _places(content: MapContent) -> tuple[dict[Any, int], dict[Any, int]]:
    first, second = (
        {r.key: place for place, r in enumerate(side)} for side in content.sides
    )
    return first, second


def _cells(grid: "Axes", content: MapContent, layout: MapLayout) -> None:
    from matplotlib.patches import Rectangle

    colours, scale = _scale(content)
    values = content.distances if content.colour == "distance" else _pair_areas(content)
    columns, rows = _places(content)
    for (first, second), value in sorted(values.items()):
        corner = (columns[first] - 0.5, rows[second] - 0.5)
        # Not as a patch: the limits of the map are known.
        grid.add_artist(
            Rectangle(
                corner,
                1.0,
                1.0,
                facecolor=colours(scale(value)),
                edgecolor="#FFFFFF",
                linewidth=0.08 * layout.cell,
                label="_cell",
            )
        )


def _signs(grid: "Axes", content: MapContent, layout: MapLayout) -> None:
    columns, rows = _places(content)
    for kind, marker in MARKERS.items():
        pairs = [pair for pair, bond in content.bonds.items() if bond.kind == kind]
        if pairs:
            grid.plot(
                [columns[first] for first, _ in pairs],
                [rows[second] for _, second in pairs],
                marker,
                label=kind,
                markersize=0.5 * layout.cell * 72 / 25.4,
                markerfacecolor="#FFFFFF",
                markeredgecolor="#000000",
                markeredgewidth=0.5,
                zorder=4,
            )


def _residue_axes(grid: "Axes", content: MapContent, layout: MapLayout) -> None:
    spans = (layout.width / layout.cell, layout.height / layout.cell)
    for axis, side, span, limits in (
        (grid.xaxis, content.sides[0], spans[0], grid.set_xlim),
        (grid.yaxis, content.sides[1], spans[1], grid.set_ylim),
    ):
        middle = (len(side) - 1) / 2
        limits(middle - span / 2, middle + span / 2)
        shown = range(0, len(side), layout.every)
        axis.set_ticks(list(shown), [side[i].label for i in shown])
        axis.set_tick_params(labelsize=layout.text_pt, pad=1.0)
    grid.tick_params(axis="x", labelrotation=90)
    for place in range(len(content.sides[0]) - 1):
        grid.axvline(place + 0.5, color=GUIDE_COLOUR, linewidth=0.3, zorder=0.3)
    for place in range(len(content.sides[1]) - 1):
        grid.axhline(place + 0.5, color=GUIDE_COLOUR, linewidth=0.3, zorder=0.3)
    for place in breaks_after(content.sides[0]):
        grid.axvline(place + 0.5, color="#999999", linewidth=0.4, zorder=0.5)
    for place in breaks_after(content.sides[1]):
        grid.axhline(place + 0.5, color="#999999", linewidth=0.4, zorder=0.5)
    _slashes(grid, content)
    x_label, y_label = (
        axis_label(content.row, s, content.sides[s - 1]) for s in (1, 2)
    )
    grid.set_xlabel(x_label)
    grid.xaxis.set_label_coords(
        0.5, -(max(layout.labels[0], 7.0) + 1.2) / layout.height
    )
    grid.set_ylabel(y_label.replace(" (", "\n("), linespacing=1.25)
    grid.yaxis.set_label_coords(-(layout.labels[1] + 1.0) / layout.width, 0.5)


def _slashes(grid: "Axes", content: MapContent) -> None:
    """Break marks on the two axes."""
    columns = [place + 0.5 for place in breaks_after(content.sides[0])]
    rows = [place + 0.5 for place in breaks_after(content.sides[1])]
    for x, y, transform in (
        (columns, [0.0] * len(columns), grid.get_xaxis_transform()),
        ([0.0] * len(rows), rows, grid.get_yaxis_transform()),
    ):
        if x:
            grid.plot(
                x,
                y,
                marker=[(-0.5, -1.0), (0.5, 1.0)],
                linestyle="none",
                markersize=4.0,
                markeredgecolor="#000000",
                markeredgewidth=0.7,
                transform=transform,
                clip_on=False,
                zorder=5,
                label="_break",
            )


def _bars(ax: "Axes", content: MapContent, layout: MapLayout, palette: Palette) -> None:
    limit = 1.08 * max(
        (r.buried_a2 for side in content.sides for r in side), default=1.0
    )
    limit = max(limit, 1.0)
    top = panel(
        ax,
        (layout.left, layout.bottom + layout.height + GAP_MM, layout.width, BARS_MM),
    )
    side = panel(
        ax,
        (layout.left + layout.width + GAP_MM, layout.bottom, BARS_MM, layout.height),
    )
    looks: list[dict[str, Any]] = [
        {
            "color": palette.of(role),
            "edgecolor": EDGE_COLOUR,
            "linewidth": EDGE_WIDTH_PT,
        }
        for role in content.roles
    ]
    top.bar(
        range(len(content.sides[0])),
        [r.buried_a2 for r in content.sides[0]],
        width=0.8,
        **looks[0],
    )
    side.barh(
        range(len(content.sides[1])),
        [r.buried_a2 for r in content.sides[1]],
        height=0.8,
        **looks[1],
    )
    grid = next(child for child in ax.child_axes if child.get_label() == "map")
    top.set(xlim=grid.get_xlim(), ylim=(0, limit), xticks=[], label="bars 1")
    side.set(ylim=grid.get_ylim(), xlim=(0, limit), yticks=[], label="bars 2")
    ticks = _bar_ticks(limit)
    top.set_yticks(ticks)
    side.set_xticks(ticks)
    top.set_ylabel("buried\n(Å²)", fontsize=6, linespacing=1.2)
    top.yaxis.set_label_coords(-(layout.labels[1] + 1.0) / layout.width, 0.5)
    side.set_xlabel("buried (Å²)", fontsize=6, labelpad=1.5)


def _bar_ticks(limit: float) -> list[float]:
    """Zero and one round number below the limit."""
    steps = (0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500)
    step = next((s for s in steps if limit / s < 2.6), steps[-1])
    return [0, step] if limit < 2 * step else [0, 2 * step]


def _keys(ax: "Axes", content: MapContent, layout: MapLayout) -> None:
    width, _ = size_mm(ax)
    left = max(min(layout.left - layout.labels[1], width - 80.0), 4.0)
    _colour_key(ax, content, left)
    _sign_key(ax, content, (left + 29.0, 0.0, width - left - 30.0, KEY_MM))


def _colour_key(ax: "Axes", content: MapContent, left: float) -> None:
    from matplotlib.cm import ScalarMappable

    colours, scale = _scale(content)
    strip = panel(ax, (left, 7.5, 26.0, 2.0))
    strip.set_label("colours")
    figure = ax.get_figure(root=True)
    if figure is not None:
        bar = figure.colorbar(
            ScalarMappable(scale, colours), cax=strip, orientation="horizontal"
        )
        bar.outline.set_linewidth(0.4)
    if content.colour == "distance":
        # The fade beyond the cut-off keeps far contacts off the paper's white; it is no value.
        strip.set_xlim(NEAREST_A, max(float(content.row["contact_cutoff_a"]), 3.0))
        strip.set_xlabel("closest heavy atoms (Å)", fontsize=6, labelpad=1.0)
    else:
        strip.set_xlabel("buried area of both (Å²)", fontsize=6, labelpad=1.0)
    strip.tick_params(pad=1.0)


def _sign_key(
    ax: "Axes", content: MapContent, box_mm: tuple[float, float, float, float]
) -> None:
    from matplotlib.lines import Line2D

    there = {bond.kind for bond in content.bonds.values()}
    handles = [
        Line2D(
            [],
            [],
            marker=marker,
            linestyle="none",
            markersize=4,
            markerfacecolor="#FFFFFF",
            markeredgecolor="#000000",
            markeredgewidth=0.5,
            label=KIND_WORDS[kind],
        )
        for kind, marker in MARKERS.items()
        if kind in there
    ]
    if not handles:
        return
    words = panel(ax, box_mm)
    words.set_axis_off()
    key = words.legend(
        handles=handles,
        loc="upper left",
        ncols=1 if len(handles) < 4 else 2,
        borderaxespad=0.3,
        handletextpad=0.4,
        labelspacing=0.35,
        columnspacing=1.0,
        borderpad=0.2,
        handlelength=1.2,
    )
    shrink_to_fit(key.get_texts(), lambda: key.get_window_extent().width, box_mm[2])
