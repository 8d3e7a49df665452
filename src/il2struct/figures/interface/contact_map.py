"""Contact map: which residues of one side come near which of the other, and how they bond."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from il2struct.bond_kinds import by_rank
from il2struct.errors import ParameterError
from il2struct.figures.canvas import (
    OUTLINE,
    WIDTHS_MM,
    buried_map,
    figure_of,
    legend_in,
    mark_breaks,
    panel,
    put_marks,
    shrink_to_fit,
    sign,
    size_mm,
    width_mm,
)
from il2struct.figures.drawing import Drawing, file_stem, interface_key, keyed_frame
from il2struct.figures.interface.residues import (
    LARGE_JUMP,
    PairBond,
    PairKey,
    ShownResidue,
    axis_label,
    breaks_after,
    direct_bonds,
    glycan_note,
    key_of,
    numbering_note,
    pair_bonds,
    shown_residues,
)
from il2struct.figures.words import (
    one_interface,
    pair_name,
    place_name,
    side_name,
    side_role,
    summary_row,
    unescaped,
)
from il2struct.palette import Palette
from il2struct.results.interfaces import InterfaceResults
from il2struct.tables import records

if TYPE_CHECKING:
    import pandas as pd
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
MARKERS: Final = {kind.name: kind.map_marker for kind in by_rank() if kind.map_marker}
#: How keys and captions call them.
WORDS: Final = {kind.name: kind.legend for kind in by_rank()}
#: What the colour of a cell can tell.
COLOURS: Final = ("distance", "buried")


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


def contact_map(
    results: InterfaceResults,
    *,
    interface: int | str | None = None,
    colour: str = "distance",
    palette: Palette | None = None,
    width: str | float | None = None,
) -> Drawing:
    """
    Prepare the contact map of an interface.

    Parameters
    ----------
    results : InterfaceResults
    interface : int or str, optional
        Place or id of the interface where `results` holds several.
    colour : str
        What colours a cell: ``"distance"`` or ``"buried"``.
    palette : Palette, optional
    width : str or float, optional
        By default a single column, or a double one where its cells would be too small.

    Returns
    -------
    Drawing

    Raises
    ------
    ParameterError
        If there is no such interface, colour or width.
    """
    if colour not in COLOURS:
        raise ParameterError(
            f"a contact map is coloured by {' or '.join(COLOURS)}, not {colour!r}."
        )
    one = one_interface(results, interface)
    content = _content(one, colour)
    if width is None:
        cell = (WIDTHS_MM["single"] - _margins(content)[0]) / _counts(content)[0]
        width = "double" if cell < SMALLEST_SINGLE_MM else "single"
    layout = _layout(content, width_mm(width), None)
    names = pair_name(content.row)
    place = place_name(content.row)
    row = content.row
    what = (
        f"closest distance of two heavy atoms, up to {row['contact_cutoff_a']:g} Å, dark = near"
        if content.colour == "distance"
        else "buried area of both residues together, for pairs with heavy atoms within "
        f"{row['contact_cutoff_a']:g} Å"
    )
    thinned = (
        f" One residue in {layout.every} is labelled; the table names all."
        if layout.every > 1
        else ""
    )
    first, second = (unescaped(side_name(content.row, s)) for s in (1, 2))
    n_1, n_2 = (len(side) for side in content.sides)
    counts = ", ".join(
        f"{n} {WORDS[kind]}"
        for kind in WORDS
        if (n := sum(b.kind == kind for b in content.bonds.values()))
    )
    largest = [
        f"{r.name} of {name} with {r.buried_a2:.0f} Å²"
        for name, side in zip((first, second), content.sides, strict=True)
        if side
        for r in [max(side, key=lambda r: r.buried_a2)]
    ]
    return Drawing(
        name=file_stem(
            "contact_map",
            *interface_key(content.row),
            "buried" if colour == "buried" else "",
        ),
        kind="contact_map",
        title=f"Contacts of {unescaped(names)} in {place}",
        alt=(
            f"Grid of {n_1} residues of {first} against {n_2} of {second}, "
            f"{len(content.distances)} pairs in contact; bonded pairs: {counts or 'none'}. "
            f"Most buried: {', '.join(largest) or 'none'}."
        ),
        caption=(
            f"Contacts of {unescaped(pair_name(row))} in {place_name(row)}. Colour: {what}. Signs: "
            f"strongest bond of a pair (criteria {row['preset']}; bridges of water are not shown)."
            f"{glycan_note(one)} Bars: buried area of each residue (probe {row['probe_radius_a']:g} Å, "
            "without glycans), one scale on both sides. Residues with a heavy atom within the cut-off; "
            f"lines and slashes: numbers jump by more than {LARGE_JUMP}. "
            f"{numbering_note(*content.sides)}{thinned}"
        ),
        table=_table(content),
        width=width,
        height_mm=_margins(content)[1] + layout.height,
        paint=lambda ax: _draw(ax, content, palette or Palette()),
    )


def _content(one: InterfaceResults, colour: str) -> MapContent:
    row = summary_row(one)
    rows = direct_bonds(one, with_waters=False)
    bonds = pair_bonds(rows)
    distances = {
        (key_of(r, "_1"), key_of(r, "_2")): float(r["distance_a"])
        for r in records(one.contacts)
    }
    for r in rows:  # a bond that is longer than the contact cut-off
        pair = (key_of(r, "_1"), key_of(r, "_2"))
        distances.setdefault(pair, float(r["distance_a"]))
    return MapContent(
        row=row,
        sides=(shown_residues(one, 1, rows), shown_residues(one, 2, rows)),
        distances=distances,
        bonds=bonds,
        colour=colour,
        roles=(side_role(row, 1), side_role(row, 2)),
    )


def _table(content: MapContent) -> "pd.DataFrame":
    names = [{r.key: r for r in side} for side in content.sides]
    rows: list[dict[str, Any]] = []
    for (first, second), distance in sorted(content.distances.items()):
        one, two = names[0][first], names[1][second]
        rows.append(
            {
                "mark": "cell",
                "residue_1": one.name,
                "residue_2": two.name,
                "distance_a": distance,
                "buried_a2": one.buried_a2 + two.buried_a2,
            }
        )
    for (first, second), bond in sorted(content.bonds.items()):
        rows.append(
            {
                "mark": "bond",
                "residue_1": names[0][first].name,
                "residue_2": names[1][second].name,
                "bond": bond.kind,
                "n_bonds": bond.n_bonds,
            }
        )
    rows += [
        {"mark": "bar", f"residue_{side}": r.name, "buried_a2": r.buried_a2}
        for side in (1, 2)
        for r in content.sides[side - 1]
    ]
    return keyed_frame("figure_contact_map", content.row, rows)


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


def _layout(content: MapContent, width: float, height: float | None) -> MapLayout:
    """Lay a map out in mm; without a height as high as it needs to be."""
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


def _draw(ax: "Axes", content: MapContent, palette: Palette) -> None:
    """Draw a map into an axes of any size."""
    width, height = size_mm(ax)
    layout = _layout(content, width, height)
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
        cell = Rectangle(
            corner, 1.0, 1.0, facecolor=colours(scale(value)), label="_cell"
        )
        cell.set(edgecolor="#FFFFFF", linewidth=0.08 * layout.cell)
        grid.add_artist(cell)


def _signs(grid: "Axes", content: MapContent, layout: MapLayout) -> None:
    columns, rows = _places(content)
    for kind, marker in MARKERS.items():
        pairs = [pair for pair, bond in content.bonds.items() if bond.kind == kind]
        if pairs:
            x = [columns[first] for first, _ in pairs]
            y = [rows[second] for _, second in pairs]
            size = 0.5 * layout.cell * 72 / 25.4
            put_marks(grid, x, y, marker, label=kind, markersize=size, zorder=4)


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
    look: dict[str, Any] = {"color": GUIDE_COLOUR, "linewidth": 0.3, "zorder": 0.3}
    jump: dict[str, Any] = {"color": "#999999", "linewidth": 0.4, "zorder": 0.5}
    for across, side in zip((grid.axvline, grid.axhline), content.sides, strict=True):
        for place in range(len(side) - 1):
            across(place + 0.5, **look)
    columns, rows = ([p + 0.5 for p in breaks_after(side)] for side in content.sides)
    for across, places in ((grid.axvline, columns), (grid.axhline, rows)):
        for where in places:
            across(where, **jump)
    if columns:
        mark_breaks(grid, columns, [0.0] * len(columns), grid.get_xaxis_transform(), 5)
    if rows:
        mark_breaks(grid, [0.0] * len(rows), rows, grid.get_yaxis_transform(), 5)
    x_label, y_label = (
        axis_label(content.row, s, content.sides[s - 1]) for s in (1, 2)
    )
    grid.set_xlabel(x_label)
    grid.xaxis.set_label_coords(
        0.5, -(max(layout.labels[0], 7.0) + 1.2) / layout.height
    )
    grid.set_ylabel(y_label.replace(" (", "\n("), linespacing=1.25)
    grid.yaxis.set_label_coords(-(layout.labels[1] + 1.0) / layout.width, 0.5)


def _bars(ax: "Axes", content: MapContent, layout: MapLayout, palette: Palette) -> None:
    limit = 1.08 * max(
        (r.buried_a2 for side in content.sides for r in side), default=1.0
    )
    limit = max(limit, 1.0)
    above, beside = layout.bottom + layout.height, layout.left + layout.width
    top = panel(ax, (layout.left, above + GAP_MM, layout.width, BARS_MM))
    side = panel(ax, (beside + GAP_MM, layout.bottom, BARS_MM, layout.height))
    for bars, residues, role, size in (
        (top.bar, content.sides[0], content.roles[0], "width"),
        (side.barh, content.sides[1], content.roles[1], "height"),
    ):
        look: dict[str, Any] = {size: 0.8, "color": palette.of(role), **OUTLINE}
        bars(range(len(residues)), [r.buried_a2 for r in residues], **look)
    grid = next(child for child in ax.child_axes if child.get_label() == "map")
    top.set(xlim=grid.get_xlim(), ylim=(0, limit), xticks=[], label="bars 1")
    side.set(ylim=grid.get_ylim(), xlim=(0, limit), yticks=[], label="bars 2")
    steps = (0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500)
    step = next((s for s in steps if limit / s < 2.6), steps[-1])
    ticks = [0, step] if limit < 2 * step else [0, 2 * step]
    top.set_yticks(ticks)
    side.set_xticks(ticks)
    top.set_ylabel("buried\n(Å²)", fontsize=6, linespacing=1.2)
    top.yaxis.set_label_coords(-(layout.labels[1] + 1.0) / layout.width, 0.5)
    side.set_xlabel("buried (Å²)", fontsize=6, labelpad=1.5)


def _keys(ax: "Axes", content: MapContent, layout: MapLayout) -> None:
    width, _ = size_mm(ax)
    left = max(min(layout.left - layout.labels[1], width - 80.0), 4.0)
    _colour_key(ax, content, left)
    there = {bond.kind for bond in content.bonds.values()}
    handles = [
        sign(WORDS[kind], marker, markersize=4)
        for kind, marker in MARKERS.items()
        if kind in there
    ]
    room = width - left - 30.0
    key = legend_in(
        ax,
        (left + 29.0, 0.0, room, KEY_MM),
        handles,
        loc="upper left",
        ncols=1 if len(handles) < 4 else 2,
        borderaxespad=0.3,
        handletextpad=0.4,
        labelspacing=0.35,
        columnspacing=1.0,
        borderpad=0.2,
        handlelength=1.2,
    )
    if key is not None:
        shrink_to_fit(key.get_texts(), lambda: key.get_window_extent().width, room)


def _colour_key(ax: "Axes", content: MapContent, left: float) -> None:
    from matplotlib.cm import ScalarMappable

    colours, scale = _scale(content)
    strip = panel(ax, (left, 7.5, 26.0, 2.0))
    strip.set_label("colours")
    bar = figure_of(ax).colorbar(
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
