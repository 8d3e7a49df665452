"""The same interfaces across complexes and entries: buried area by residue, and the main numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from il2struct.arrays import FloatArray
from il2struct.errors import ParameterError
from il2struct.figures.canvas import (
    MISSING_COLOUR,
    buried_map,
    panel,
    size_mm,
    width_mm,
)
from il2struct.figures.comparison.interface_numbers import summary_drawing
from il2struct.figures.comparison.matrix import (
    bare,
    draw_cells,
    draw_group_bar,
    draw_scale,
    number_places,
    round_up,
    text_width_mm,
)
from il2struct.figures.comparison.occurrences import (
    Compared,
    Occurrence,
    by_pair,
    key_of,
    listed,
    occurrences_of,
    row_labels,
    terms_of,
)
from il2struct.figures.drawing import Drawing, file_stem, framed
from il2struct.figures.words import plain
from il2struct.palette import Palette
from il2struct.structure.roles import Role, symbol_of

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.colors import Normalize

#: Whose residues are shown if the user does not say: the first of these that is there.
REFERENCES: Final = (Role.IL2, Role.IL15, Role.IL2RG, Role.IL2RB)
#: Those that get a heat map each where several are there.
CYTOKINES: Final = (Role.IL2, Role.IL15)
#: Height of a row, and widths of a column, in mm.
ROW_MM: Final = 4.0
WIDEST_COLUMN_MM: Final = 5.0
NARROWEST_COLUMN_MM: Final = 2.1
#: Left of the row labels: axis label, name of the role, bar; and what is kept free, in mm.
AXIS_LABEL_MM: Final = 4.5
ROLE_NAME_MM: Final = 9.5
BAR_MM: Final = 2.6
MARGIN_MM: Final = 2.0
#: Below a band of cells: numbers of residues and the label of the axis; below all: colour scale.
NUMBERS_MM: Final = 12.0
FOOT_MM: Final = 11.5
#: Width of the colour scale with its key.
SCALE_MM: Final = 82.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """One row of the heat map: an occurrence, and the side whose residues are shown."""

    occurrence: Occurrence
    side: int
    label: str
    partner: str

    def buried(self, number: int) -> float:
        """Area that a residue loses; NaN where it has no coordinates."""
        if number not in self.occurrence.modelled[self.side - 1]:
            return float("nan")
        return self.occurrence.buried_a2[self.side - 1].get(number, 0.0)


def comparison_drawings(
    results: Compared,
    *,
    palette: Palette | None = None,
    width: str | float = "double",
) -> tuple[Drawing, ...]:
    """
    Draw how interfaces compare across complexes: by residue, and in their main numbers.

    Parameters
    ----------
    results : iterable of InterfaceResults or Study
        Of any number of entries.
    palette : Palette, optional
    width : str or float
        ``"single"``, ``"double"`` or mm.

    Returns
    -------
    tuple of Drawing
        Empty if no interface has a known role on both sides.
    """
    found = occurrences_of(results)
    if not found:
        return ()
    colours = palette or Palette()
    present = {role for each in found for role in each.pair}
    cytokines = [role for role in CYTOKINES if role.value in present]
    references: list[Role | None] = [*cytokines] or [_default_reference(found)]
    by_residue = [
        _burial_drawing(found, reference, colours, width)
        for reference in references
        if reference is not None
    ]
    return (*by_residue, summary_drawing(found, colours, width))


def burial_comparison(
    results: Compared,
    *,
    reference: Role | None = None,
    palette: Palette | None = None,
    width: str | float = "double",
) -> Drawing:
    """
    Draw which residues of one protein each receptor buries, entry by entry, as a heat map.

    Parameters
    ----------
    results : iterable of InterfaceResults or Study
        Of any number of entries.
    reference : Role, optional
        Whose residues are the columns; IL-2 if it is there, else IL-15, γc or IL-2Rβ.
    palette : Palette, optional
    width : str or float
        ``"single"``, ``"double"`` or mm.

    Returns
    -------
    Drawing

    Raises
    ------
    ParameterError
        If no interface of known roles involves the reference.
    """
    found = occurrences_of(results)
    chosen = reference or _default_reference(found)
    return _burial_drawing(found, chosen, palette or Palette(), width)


def _default_reference(found: Sequence[Occurrence]) -> Role | None:
    present = {role for each in found for role in each.pair}
    return next((role for role in REFERENCES if role.value in present), None)


def _burial_drawing(
    found: Sequence[Occurrence],
    reference: Role | None,
    palette: Palette,
    width: str | float,
) -> Drawing:
    rows = _rows(found, reference)
    numbers = sorted({n for r in rows for n in r.occurrence.touching[r.side - 1]})
    if reference is None or not numbers:
        name = "a known role" if reference is None else symbol_of(reference.value)
        raise ParameterError(
            f"no interface with {name} on one side and another role on the other to compare; "
            "give an entry of the complex."
        )
    bands = _bands(numbers, rows, width_mm(width))
    table = _burial_table(rows, numbers)
    height = MARGIN_MM + len(bands) * (len(rows) * ROW_MM + NUMBERS_MM) + FOOT_MM
    entries = list(dict.fromkeys(r.occurrence.entry_id for r in rows))
    who = symbol_of(reference.value)
    return Drawing(
        name=file_stem("burial_comparison", reference.value),
        kind="burial_comparison",
        title=f"Area that {who} buries residue by residue, in {len(rows)} interfaces",
        alt=_burial_alt(rows, numbers, who),
        caption=(
            f"Area that each residue of {who} loses to each receptor (Å²), in {listed(entries)}; "
            f"residues that are interface residues in any row, by mature number. White: 0 Å². Grey: "
            f"not modelled. One scale for all rows, none clipped. {terms_of(found)}"
        ),
        table=table,
        width=width,
        height_mm=height,
        paint=lambda ax: _draw_burial(ax, rows, bands, reference, palette),
    )


def _rows(found: Sequence[Occurrence], reference: Role | None) -> list[_Row]:
    """Rows of the heat map, those of one partner together."""
    sided = [
        (each, side)
        for pair in by_pair(found).values()
        for each in pair
        for side in (1, 2)
        if reference is not None and each.pair[side - 1] == reference.value
    ]
    order = [role.value for role in Role]
    # Of two partners the one that comes first in the list of roles is on top.
    sided.sort(key=lambda each: order.index(each[0].pair[2 - each[1]]))
    return [
        _Row(occurrence=each, side=side, label=label, partner=each.pair[2 - side])
        for (each, side), label in zip(sided, row_labels(sided), strict=True)
    ]


def _bands(
    numbers: Sequence[int], rows: Sequence[_Row], figure_mm: float
) -> list[list[int]]:
    """Break columns into as many bands as keep each wide enough to be read."""
    space = figure_mm - _left_mm([r.label for r in rows]) - MARGIN_MM
    n_bands = 1
    while True:
        size = -(-len(numbers) // n_bands)
        bands = [list(numbers[i : i + size]) for i in range(0, len(numbers), size)]
        widest = max(number_places(band)[-1] + 1.0 for band in bands)
        if widest * NARROWEST_COLUMN_MM <= space or size == 1:
            return bands
        n_bands += 1


def _left_mm(labels: Sequence[str]) -> float:
    widest = max(text_width_mm(label) for label in labels)
    return AXIS_LABEL_MM + ROLE_NAME_MM + BAR_MM + widest + 2.0


def _draw_burial(
    ax: "Axes",
    rows: Sequence[_Row],
    bands: Sequence[Sequence[int]],
    reference: Role,
    palette: Palette,
) -> None:
    from matplotlib.colors import Normalize

    total_mm, height_mm = size_mm(ax)
    left = _left_mm([r.label for r in rows])
    values = {n: [r.buried(n) for r in rows] for band in bands for n in band}
    highest = float(np.nanmax([v for column in values.values() for v in column]))
    norm = Normalize(0.0, round_up(highest))
    spans = [number_places(band)[-1] + 1.0 for band in bands]
    cell_mm = min((total_mm - left - MARGIN_MM) / max(spans), WIDEST_COLUMN_MM)
    tall = len(rows) * ROW_MM
    top = height_mm - MARGIN_MM
    for band, span in zip(bands, spans, strict=True):
        cells = panel(ax, (left, top - tall, span * cell_mm, tall))
        columns = np.array([values[n] for n in band]).T
        _draw_band(cells, rows, band, columns, (norm, reference))
        _draw_partners(cells, rows, left, cell_mm, palette)
        top -= tall + NUMBERS_MM
    _draw_burial_scale(ax, min(left, total_mm - SCALE_MM), norm)


def _draw_band(
    cells: "Axes",
    rows: Sequence[_Row],
    band: Sequence[int],
    values: FloatArray,
    scale: "tuple[Normalize, Role]",
) -> None:
    norm, reference = scale
    places = number_places(band)
    letters = {n: o for r in rows for n, o in r.occurrence.modelled[r.side - 1].items()}
    colours = buried_map()(norm(values.ravel()))
    colours[values.ravel() == 0.0] = (1.0, 1.0, 1.0, 1.0)
    drawn_cells = draw_cells(
        cells,
        np.tile(places, len(rows)),
        np.repeat(np.arange(len(rows)), len(band)),
        colours,
    )
    drawn_cells.set_gid("cells")
    cells.set_xlim(0.0, places[-1] + 1.0)
    cells.set_ylim(len(rows) - 0.5, -0.5)
    bare(cells)
    cells.set_xticks(
        places + 0.5,
        [f"{letters[n]}{n}" for n in band],
        rotation=90,
        fontsize=5.5,
    )
    cells.set_yticks(range(len(rows)), [r.label for r in rows])
    cells.set_xlabel(f"{symbol_of(reference.value)} residue (mature number)")
    cells.set_ylabel("interface")
    cells.set_label(f"buried area of {reference.value}")


def _draw_partners(
    cells: "Axes",
    rows: Sequence[_Row],
    left: float,
    cell_mm: float,
    palette: Palette,
) -> None:
    """Names and colours of the partners, left of the rows; a line between two of them."""
    bar = (-left + AXIS_LABEL_MM + ROLE_NAME_MM) / cell_mm
    for partner in dict.fromkeys(r.partner for r in rows):
        where = [n for n, r in enumerate(rows) if r.partner == partner]
        edges = (where[0] - 0.5, where[-1] + 0.5)
        draw_group_bar(cells, (bar, bar + BAR_MM / cell_mm), edges, palette.of(partner))
        cells.text(
            bar - 0.8 / cell_mm,
            sum(edges) / 2,
            symbol_of(partner),
            ha="right",
            va="center",
        )
        if where[0]:
            cells.axhline(where[0] - 0.5, color="black", linewidth=0.8, clip_on=False)
    cells.yaxis.set_label_coords((-left + 3.2) / cell_mm / cells.get_xlim()[1], 0.5)


def _draw_burial_scale(ax: "Axes", left: float, norm: "Normalize") -> None:
    from matplotlib.ticker import MaxNLocator

    scale = panel(ax, (left, 7.2, 42.0, 2.4))
    highest = float(norm.vmax or 1.0)
    ticks = MaxNLocator(nbins=4, steps=[1, 2, 5, 10]).tick_values(0.0, highest)
    draw_scale(scale, buried_map(), norm, [t for t in ticks if t <= highest])
    scale.set_xlabel("buried area (Å²)", labelpad=1.0)
    scale.tick_params(pad=1.0)
    scale.set_label("scale")
    key = panel(ax, (left + 47.0, 7.2, 34.0, 2.4))
    draw_cells(
        key,
        np.array([0.0, 5.0]),
        np.zeros(2),
        ["white", MISSING_COLOUR],
    )
    for place, words in ((1.3, "0 Å²"), (6.3, "not modelled")):
        key.text(place, 0.0, words, va="center", fontsize=6)
    key.set_xlim(0.0, 34.0 / 2.4)
    key.set_ylim(0.5, -0.5)
    key.set_axis_off()


def _burial_table(rows: Sequence[_Row], numbers: Sequence[int]) -> "pd.DataFrame":
    letters = {n: o for r in rows for n, o in r.occurrence.modelled[r.side - 1].items()}
    cells = [(row, number) for row in rows for number in numbers]
    found = [
        {
            **key_of(row.occurrence),
            "side": row.side,
            "mature_number": number,
            "reference_letter": letters[number],
            "is_modelled": number in row.occurrence.modelled[row.side - 1],
            "buried_a2": row.buried(number),
        }
        for row, number in cells
    ]
    return framed("figure_burial_comparison", found)


def _burial_alt(rows: Sequence[_Row], numbers: Sequence[int], who: str) -> str:
    value, number, row = max(
        ((np.nan_to_num(r.buried(n)), n, r) for r in rows for n in numbers),
        key=lambda each: each[0],
    )
    letter = row.occurrence.modelled[row.side - 1][number]
    parts = [
        f"{symbol_of(p)} in {sum(r.partner == p for r in rows)}"
        for p in dict.fromkeys(r.partner for r in rows)
    ]
    return (
        f"Heat map of {len(numbers)} residues of {who} in {len(rows)} interfaces, "
        f"{listed(parts)}; the most buried is {letter}{number} with {value:.0f} Å² against "
        f"{symbol_of(row.partner)} in {plain(row.occurrence.name)}."
    )
