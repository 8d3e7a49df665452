"""Contact map: which residues of one side come near which of the other, and how they bond."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from il2struct.bond_kinds import by_rank
from il2struct.errors import ParameterError
from il2struct.figures import canvas
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
    label_residues,
    numbering_note,
    pair_bonds,
    shown_residues,
)
from il2struct.figures.options import current
from il2struct.figures.words import (
    one_interface,
    pair_name,
    place_name,
    side_colours,
    side_name,
    summary_row,
    unescaped,
)
from il2struct.palette import Palette
from il2struct.results.interfaces import InterfaceResults
from il2struct.tables import records

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

#: Distance of the darkest cell in Å: a short hydrogen bond.
NEAREST_A: Final = 2.5
#: Cells at the cut-off are this far from white paper, in Å.
FADE_A: Final = 0.6
#: Sides of a cell in mm: the largest, the smallest of a single column, and the smallest at all.
LARGEST_CELL_MM: Final = 3.6
#: Where there is room columns are so wide, and from this width on have the values written in.
WIDEST_COLUMN_MM: Final = 9.0
WRITTEN_COLUMN_MM: Final = 5.3
SMALLEST_SINGLE_MM: Final = 2.2
SMALLEST_CELL_MM: Final = 1.2
#: A map with few residues is still so wide and high, or its labels would not fit, in mm.
SMALLEST_MAP_MM: Final = 26.0
#: Room for bars, between panels, for axis labels, and for the keys below, in mm.
BARS_MM: Final = 9.0
GAP_MM: Final = 1.0
KEY_MM: Final = 12.0
EDGE_MM: Final = 3.5
#: Faint lines between cells, and where numbers jump.
GUIDE: Final[canvas.Look] = {"color": "#F0F0F0", "linewidth": 0.3, "zorder": 0.3}
JUMP: Final[canvas.Look] = {"color": "#999999", "linewidth": 0.4, "zorder": 0.5}
#: Signs of bonds by kind; the shape carries the meaning.
MARKERS: Final = {kind.name: kind.map_marker for kind in by_rank() if kind.map_marker}
#: How keys and captions call them.
WORDS: Final = {kind.name: kind.legend for kind in by_rank()}
#: What the colour of a cell can tell.
COLOURS: Final = ("distance", "buried")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Map:
    """All that is drawn: residues of both sides, closest distances in Å and bonds by pair."""

    row: dict[str, Any]
    sides: tuple[tuple[ShownResidue, ...], tuple[ShownResidue, ...]]
    distances: dict[PairKey, float]
    bonds: dict[PairKey, PairBond]
    colour: str
    side_colours: tuple[str, str]

    @property
    def pair_areas(self) -> dict[PairKey, float]:
        """Area that both residues of each pair in contact bury together, in Å²."""
        area = [{r.key: r.buried_a2 for r in side} for side in self.sides]
        return {pair: area[0][pair[0]] + area[1][pair[1]] for pair in self.distances}

    @property
    def margins_mm(self) -> tuple[float, float]:
        """Width and height that are not the map's."""
        x_labels, y_labels = (_label_mm(side) for side in self.sides)
        across = EDGE_MM + 6.0 + y_labels + GAP_MM + BARS_MM + EDGE_MM
        up = KEY_MM + 4.5 + max(x_labels, 7.0) + GAP_MM + BARS_MM + 2.0
        return across, up


def _label_mm(side: tuple[ShownResidue, ...]) -> float:
    return max(canvas.widest_mm(r.label for r in side), 2.6) + 1.5


@dataclass(frozen=True, slots=True, kw_only=True)
class _Layout:
    """Sizes in mm; the origin of the map from the lower left corner."""

    cell: float
    column: float
    width: float
    height: float
    left: float
    bottom: float
    labels: tuple[float, float]


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
    row = summary_row(one)
    bond_rows = direct_bonds(one, with_waters=False)
    distances = {
        (key_of(r, "_1"), key_of(r, "_2")): float(r["distance_a"])
        for r in records(one.contacts)
    }
    for r in bond_rows:  # a bond that is longer than the contact cut-off
        pair = (key_of(r, "_1"), key_of(r, "_2"))
        distances.setdefault(pair, float(r["distance_a"]))
    content = _Map(
        row=row,
        sides=(shown_residues(one, 1, bond_rows), shown_residues(one, 2, bond_rows)),
        distances=distances,
        bonds=pair_bonds(bond_rows),
        colour=colour,
        side_colours=side_colours(one, palette),
    )
    n_1, n_2 = (len(side) for side in content.sides)
    if width is None:
        cell = (canvas.WIDTHS_MM["single"] - content.margins_mm[0]) / max(n_1, 1)
        width = "double" if cell < SMALLEST_SINGLE_MM else "single"
    layout = _layout(content, canvas.width_mm(width), None)
    names, place = unescaped(pair_name(row)), place_name(row)
    what = (
        f"closest distance of two heavy atoms, up to {row['contact_cutoff_a']:g} Å, dark = near"
        if colour == "distance"
        else "buried area of both residues together, for pairs with heavy atoms within "
        f"{row['contact_cutoff_a']:g} Å"
    )
    _, every = canvas.thinned(layout.cell)
    note = f" One residue in {every} is labelled; the table names all."
    first, second = (unescaped(side_name(row, s)) for s in (1, 2))
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
            "contact_map", *interface_key(row), "buried" if colour == "buried" else ""
        ),
        kind="contact_map",
        title=f"Contacts of {names} in {place}",
        alt=(
            f"Grid of {n_1} residues of {first} against {n_2} of {second}, "
            f"{len(distances)} pairs in contact; bonded pairs: {counts or 'none'}. "
            f"Most buried: {', '.join(largest) or 'none'}."
        ),
        caption=(
            f"Contacts of {names} in {place}. Colour, and number in wide cells: {what}. Signs: strongest bond of a pair "
            f"(criteria {row['preset']}; bridges of water are not shown).{glycan_note(one)} Bars: "
            f"buried area of each residue (probe {row['probe_radius_a']:g} Å, without glycans), one "
            "scale on both sides. Residues with a heavy atom within the cut-off; lines and slashes: "
            f"numbers jump by more than {LARGE_JUMP}. {numbering_note(*content.sides)}"
            f"{note if every > 1 else ''}"
        ),
        table=_table(content),
        width=width,
        height_mm=content.margins_mm[1] + layout.height,
        paint=lambda ax: _draw(ax, content),
    )


def _table(content: _Map) -> "pd.DataFrame":
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


def _layout(content: _Map, width: float, height: float | None) -> _Layout:
    """Lay a map out in mm; without a height as high as it needs to be."""
    across, up = content.margins_mm
    n_1, n_2 = (max(len(side), 1) for side in content.sides)
    room = (canvas.TALLEST_MM if height is None else height) - up
    cell = min((width - across) / n_1, room / n_2, LARGEST_CELL_MM)
    if height is None:
        cell = max(cell, SMALLEST_CELL_MM)
    column = max(cell, min((width - across) / n_1, WIDEST_COLUMN_MM))
    map_width = min(max(n_1 * column, SMALLEST_MAP_MM), max(width - across, 1.0))
    x_labels, y_labels = (_label_mm(side) for side in content.sides)
    spare = max(width - across - map_width, 0.0)
    return _Layout(
        cell=cell,
        column=column,
        width=map_width,
        height=max(n_2 * cell, min(SMALLEST_MAP_MM, max(room, 1.0))),
        left=EDGE_MM + 6.0 + y_labels + spare / 2,
        bottom=KEY_MM + 4.5 + max(x_labels, 7.0),
        labels=(x_labels, y_labels),
    )


def _draw(ax: "Axes", content: _Map) -> None:
    """Draw a map into an axes of any size."""
    from matplotlib import colormaps
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import Normalize

    width, height = canvas.size_mm(ax)
    layout = _layout(content, width, height)
    grid = canvas.inset(ax, (layout.left, layout.bottom, layout.width, layout.height))
    grid.set_label("map")
    cutoff = float(content.row["contact_cutoff_a"])
    if content.colour == "buried":
        values = content.pair_areas
        colours, scale = (
            canvas.buried_map(),
            Normalize(0.0, max(values.values(), default=1.0)),
        )
    else:
        values = content.distances
        colours = colormaps["Greys_r"]
        scale = Normalize(NEAREST_A, max(cutoff, NEAREST_A) + FADE_A)
    filled = {pair: (value, colours(scale(value))) for pair, value in values.items()}
    _draw_cells(grid, content, layout, filled)
    _draw_residue_axes(grid, content, layout)
    _draw_bars(ax, grid, content, layout)
    left = max(min(layout.left - layout.labels[1], width - 80.0), 4.0)
    strip = canvas.inset(ax, (left, 7.5, 26.0, 2.0))
    strip.set_label("colours")
    bar = canvas.figure_of(ax).colorbar(
        ScalarMappable(scale, colours), cax=strip, orientation="horizontal"
    )
    bar.outline.set_linewidth(0.4)
    words = "buried area of both (Å²)"
    if content.colour == "distance":
        # The fade beyond the cut-off keeps far contacts off the paper's white; it is no value.
        strip.set_xlim(NEAREST_A, max(cutoff, 3.0))
        words = "closest heavy atoms (Å)"
    strip.set_xlabel(words, fontsize=6, labelpad=1.0)
    strip.tick_params(pad=1.0)
    _draw_key(ax, content, left + 29.0)


def _draw_cells(
    grid: "Axes",
    content: _Map,
    layout: _Layout,
    colours: dict[PairKey, tuple[float, Any]],
) -> None:
    """Draw cells in their colours, and the signs of bonds on them, beside values in wide ones."""
    from matplotlib.patches import Rectangle

    is_written = current().numbers and layout.column >= WRITTEN_COLUMN_MM
    aside = 0.25 if is_written else 0.0
    n_digits = 1 if content.colour == "distance" else 0
    columns, rows = (
        {r.key: place for place, r in enumerate(side)} for side in content.sides
    )
    for (first, second), (value, colour) in sorted(
        colours.items(), key=lambda item: item[0]
    ):
        corner = (columns[first] - 0.5, rows[second] - 0.5)
        # Not as a patch: the limits of the map are known.
        cell = Rectangle(corner, 1.0, 1.0, facecolor=colour, label="_cell")
        cell.set(edgecolor="#FFFFFF", linewidth=0.08 * layout.cell)
        grid.add_artist(cell)
        if is_written:
            at = (columns[first] + 0.8 * aside, rows[second])
            look: canvas.Look = {"ha": "center", "va": "center_baseline", "fontsize": 5}
            ink = canvas.text_colour_on(colour)
            grid.text(*at, f"{value:.{n_digits}f}", color=ink, **look)
    for kind, marker in MARKERS.items():
        pairs = [pair for pair, bond in content.bonds.items() if bond.kind == kind]
        if pairs:
            x = [columns[first] - aside for first, _ in pairs]
            y = [rows[second] for _, second in pairs]
            size = 0.5 * layout.cell / canvas.MM_PER_POINT
            canvas.put_marks(grid, x, y, marker, label=kind, markersize=size, zorder=4)


def _draw_residue_axes(grid: "Axes", content: _Map, layout: _Layout) -> None:
    first, second = content.sides
    for axis, side, long, cell, limits in (
        (grid.xaxis, first, layout.width, layout.column, grid.set_xlim),
        (grid.yaxis, second, layout.height, layout.cell, grid.set_ylim),
    ):
        span = long / cell
        middle = (len(side) - 1) / 2
        limits(middle - span / 2, middle + span / 2)
        label_residues(axis, side, cell)
    grid.tick_params(axis="x", labelrotation=90)
    for across, side, transform in (
        (grid.axvline, first, grid.get_xaxis_transform()),
        (grid.axhline, second, grid.get_yaxis_transform()),
    ):
        for place in range(len(side) - 1):
            across(place + 0.5, **GUIDE)
        jumps = [place + 0.5 for place in breaks_after(side)]
        for jump in jumps:
            across(jump, **JUMP)
        if jumps:
            zeros = [0.0] * len(jumps)
            at = (jumps, zeros) if side is first else (zeros, jumps)
            canvas.mark_breaks(grid, *at, transform, 5)
    x_label, y_label = (
        axis_label(content.row, s, content.sides[s - 1]) for s in (1, 2)
    )
    grid.set_xlabel(x_label)
    below = max(layout.labels[0], 7.0) + 1.2
    grid.xaxis.set_label_coords(0.5, -below / layout.height)
    grid.set_ylabel(y_label.replace(" (", "\n("), linespacing=1.25)
    grid.yaxis.set_label_coords(-(layout.labels[1] + 1.0) / layout.width, 0.5)


def _draw_bars(ax: "Axes", grid: "Axes", content: _Map, layout: _Layout) -> None:
    """Draw the buried area of each residue above and beside the map, on one scale."""
    areas = [r.buried_a2 for side in content.sides for r in side]
    limit = max(1.08 * max(areas, default=1.0), 1.0)
    above, beside = layout.bottom + layout.height, layout.left + layout.width
    top = canvas.inset(ax, (layout.left, above + GAP_MM, layout.width, BARS_MM))
    side = canvas.inset(ax, (beside + GAP_MM, layout.bottom, BARS_MM, layout.height))
    for bars, residues, colour, size in (
        (top.bar, content.sides[0], content.side_colours[0], "width"),
        (side.barh, content.sides[1], content.side_colours[1], "height"),
    ):
        look: canvas.Look = {size: 0.8, "color": colour, **canvas.OUTLINE}
        bars(range(len(residues)), [r.buried_a2 for r in residues], **look)
    top.set(xlim=grid.get_xlim(), ylim=(0, limit), xticks=[], label="bars 1")
    side.set(ylim=grid.get_ylim(), xlim=(0, limit), yticks=[], label="bars 2")
    step = canvas.tick_step(limit, 2.6)
    ticks = [0.0, step] if limit < 2 * step else [0.0, 2 * step]
    top.set_yticks(ticks)
    side.set_xticks(ticks)
    if layout.cell < canvas.LINE_6PT_MM:  # or it meets the label of the topmost row
        top.get_yticklabels()[0].set_verticalalignment("bottom")
    top.set_ylabel("buried\n(Å²)", fontsize=6, linespacing=1.2)
    top.yaxis.set_label_coords(-(layout.labels[1] + 1.0) / layout.width, 0.5)
    side.set_xlabel("buried (Å²)", fontsize=6, labelpad=1.5)


def _draw_key(ax: "Axes", content: _Map, left: float) -> None:
    width, _ = canvas.size_mm(ax)
    there = {bond.kind for bond in content.bonds.values()}
    handles = [
        canvas.sign(WORDS[kind], marker, markersize=4)
        for kind, marker in MARKERS.items()
        if kind in there
    ]
    room = width - left - 1.0
    key = canvas.legend_in(
        ax,
        (left, 0.0, room, KEY_MM),
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
        canvas.shrink_to_fit(
            key.get_texts(), lambda: key.get_window_extent().width, room
        )
