"""The same interfaces across complexes and entries: buried area by residue, and the main numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import starmap
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np

from il2struct.arrays import FloatArray
from il2struct.errors import ParameterError
from il2struct.figures import canvas, occurrences
from il2struct.figures.drawing import Drawing, file_stem, framed
from il2struct.figures.options import current
from il2struct.figures.words import plain, roles_name
from il2struct.palette import Palette
from il2struct.structure import family

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Normalize

#: Height of a row, and widths of a column, in mm.
ROW_MM: Final = 4.0
WIDEST_COLUMN_MM: Final = 10.0
NARROWEST_COLUMN_MM: Final = 2.1
#: From this width on columns have the values written in.
WRITTEN_COLUMN_MM: Final = 4.5
#: Left of the row labels: axis label and bar; and what is kept free, in mm.
AXIS_LABEL_MM: Final = 4.5
BAR_MM: Final = 2.6
MARGIN_MM: Final = 2.0
#: Below a band of cells: numbers of residues and the label of the axis; below all: colour scale.
NUMBERS_MM: Final = 12.0
FOOT_MM: Final = 11.5
#: Width of the colour scale, and how far from its left edge the key stands.
SCALE_MM: Final = 40.0
KEY_AT_MM: Final = 45.0
#: Above and below the rows of the summary, and its widest column, in mm.
SUMMARY_HEAD_MM: Final = 8.5
SUMMARY_FOOT_MM: Final = 8.5
SUMMARY_COLUMN_MM: Final = 26.0
#: The summary has the paler stops of the map: its numbers are read, and most lie near the highest.
SUMMARY_STOPS: Final = 3
#: A column of the summary.
_Column: TypeAlias = tuple[str, str, str, bool]
#: Columns of the summary: column of ``interfaces``, head, unit, whether the scale starts at 0.
SUMMARY: Final[tuple[_Column, ...]] = (
    ("area_per_side_a2", "buried area\nper side (Å²)", "Å²", True),
    ("sc", "shape com-\nplementarity", "", False),
    ("n_residues", "residues\n(number)", "", True),
    ("n_core_levy", "core resid.\n(number)", "", True),
    ("n_hydrogen_bond", "H-bonds\n(number)", "", True),
    ("n_salt_bridge", "salt bridges\n(atom pairs)", "", True),
)
#: Copies whose area of a residue differs by more than this are marked, in Å².
UNLIKE_A2: Final = 10.0
UNLIKE_LOOK: Final[canvas.Look] = {
    "s": 2.5,
    "linewidths": 0.3,
    "facecolors": "white",
} | {"edgecolors": "black"}
#: A letter in a cell.
OTHER_WORDS: Final = "residue of the entry"
OTHER_LOOK: Final[canvas.Look] = {
    "marker": "$A$",
    "s": 8.0,
    "linewidths": 0.0,
    "facecolors": "black",
}
#: Steps to which the scale of a column is rounded that does not start at 0.
SCALE_STEP: Final = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """One row of the heat map: an interface or its copies, and the side whose residues are shown."""

    copies: occurrences.Copies
    side: int
    label: str
    partner: str

    def areas(self, number: int) -> FloatArray:
        """Area that a residue loses in each copy that has its coordinates."""
        side = self.side - 1
        own = [o for o in self.copies if number in o.modelled[side]]
        return np.array([o.buried_a2[side].get(number, 0.0) for o in own])

    def letter(self, number: int) -> str:
        """Residue of the entry itself; empty where none has coordinates."""
        return occurrences.letter_in(self.copies, self.side, number)

    def is_unlike(self, number: int) -> bool:
        """Whether copies bury a residue differently."""
        areas = self.areas(number)
        return len(areas) > 1 and float(np.ptp(areas)) > UNLIKE_A2

    def buried(self, number: int) -> float:
        """Mean of the copies; NaN where none has coordinates."""
        areas = self.areas(number)
        return float(areas.mean()) if len(areas) else float("nan")


def comparison_drawings(
    results: occurrences.Compared,
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
    found = occurrences.occurrences_of(results)
    if not found:
        return ()
    ranked = _ranked_references(found)
    # One map for each cytokine; without one, for what most others hold.
    references = [role for role in ranked if family.is_cytokine(role)] or ranked[:1]
    return (
        *(
            burial_comparison(found, reference=role, palette=palette, width=width)
            for role in references
        ),
        interface_comparison(found, palette=palette, width=width),
    )


def burial_comparison(
    results: occurrences.Compared,
    *,
    reference: family.Role | None = None,
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
        Whose residues are the columns: by default those of the first cytokine that is there, else
        of the receptor that most roles hold.
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
    found = occurrences.occurrences_of(results)
    if reference is None:
        reference = next(iter(_ranked_references(found)), None)
    sided = [
        (each, side)
        for pair in occurrences.by_pair(found).values()
        for each in pair
        for side in (1, 2)
        if reference is not None and each.pair[side - 1] == reference.value
    ]
    # Rows of one partner stand together; the partner that comes first in the list of roles is on top.
    sided.sort(key=lambda row: family.role_rank(row[0].pair[2 - row[1]]))
    rows = [
        _Row(copies=copies, side=side, label=label, partner=copies[0].pair[2 - side])
        for copies, side, label in occurrences.in_rows(sided)
    ]
    numbers = sorted(
        {n for r in rows for own in r.copies for n in own.touching[r.side - 1]}
    )
    if reference is None or not numbers:
        name = (
            "a known role" if reference is None else family.symbol_of(reference.value)
        )
        raise ParameterError(
            f"no interface with {name} on one side and another role on the other to compare; "
            "give an entry of the complex."
        )
    bands = _bands(numbers, rows, canvas.width_mm(width))
    letters = _letters(rows)
    table = [
        {
            **occurrences.key_of(row.copies[0]),
            "n_complexes": len(row.copies),
            "side": row.side,
            "mature_number": number,
            "reference_letter": letters[number],
            "letter": row.letter(number),
            "is_modelled": len(areas) > 0,
            **_mean_and_range(areas, "buried_a2", "minimum_a2", "maximum_a2"),
        }
        for row in rows
        for number in numbers
        for areas in [row.areas(number)]
    ]
    has_copies = any(len(row.copies) > 1 for row in rows)
    *_, foot_mm = _foot(_key(rows, numbers), _left_mm(rows), canvas.width_mm(width))
    height = MARGIN_MM + len(bands) * (len(rows) * ROW_MM + NUMBERS_MM) + foot_mm
    entries = list(dict.fromkeys(r.copies[0].entry_id for r in rows))
    who = family.symbol_of(reference.value)
    value, number, row = max(
        ((np.nan_to_num(r.buried(n)), n, r) for r in rows for n in numbers),
        key=lambda each: each[0],
    )
    letter = letters[number]
    merged = (
        f"Copies of an entry: their mean; dot: they differ by more than {UNLIKE_A2:g} Å². "
        if has_copies
        else ""
    )
    parts = [
        f"{family.symbol_of(p)} in {sum(r.partner == p for r in rows)}"
        for p in dict.fromkeys(r.partner for r in rows)
    ]
    return Drawing(
        name=file_stem("burial_comparison", reference.value),
        kind="burial_comparison",
        title=f"Area that {who} buries residue by residue, in {len(rows)} interfaces",
        alt=(
            f"Heat map of {len(numbers)} residues of {who} in {len(rows)} interfaces, "
            f"{occurrences.listed(parts)}; the most buried is {letter}{number} with {value:.0f} Å² against "
            f"{family.symbol_of(row.partner)} in {plain(row.copies[0].name)}."
        ),
        caption=(
            f"Area that each residue of {who} loses to each receptor (Å²), in {occurrences.listed(entries)}; "
            f"residues that are interface residues in any row, by mature number and letter of the reference. White: 0 Å². Grey: "
            f"not modelled. Letters in cells: the entry has that residue instead. {merged}One scale for all rows, none clipped. {occurrences.terms_of(found)}"
        ),
        table=framed("figure_burial_comparison", table),
        width=width,
        height_mm=height,
        paint=lambda ax: _draw_burial(ax, rows, bands, reference, palette or Palette()),
    )


def _letters(rows: Sequence[_Row]) -> dict[int, str]:
    """Letters of the reference, that of the first row that models a residue, by mature number."""
    return {
        n: letter
        for r in reversed(rows)
        for own in reversed(r.copies)
        for n, letter in own.modelled[r.side - 1].items()
    }


def _mean_and_range(values: FloatArray, *names: str) -> dict[str, Any]:
    """Mean, minimum and maximum of some values under three names; nothing without any."""
    if not len(values):
        return {}
    found = (values.mean(), values.min(), values.max())
    return dict(zip(names, found, strict=True))


def _ranked_references(found: Sequence[occurrences.Occurrence]) -> list[family.Role]:
    """Roles that are there, those first whose residues tell most of a comparison."""
    present = {family.Role(role) for each in found for role in each.pair}
    return sorted(
        present,
        key=lambda role: (
            not family.is_cytokine(role),
            -len(family.holders_of(role)),
            family.role_rank(role),
        ),
    )


def _bands(
    numbers: Sequence[int], rows: Sequence[_Row], figure_mm: float
) -> list[list[int]]:
    """Break columns into as many bands as keep each wide enough to be read."""
    space = figure_mm - _left_mm(rows) - MARGIN_MM
    n_bands = 1
    while True:
        size = -(-len(numbers) // n_bands)
        bands = [list(numbers[i : i + size]) for i in range(0, len(numbers), size)]
        widest = max(canvas.number_places(band)[-1] + 1.0 for band in bands)
        if widest * NARROWEST_COLUMN_MM <= space or size == 1:
            return bands
        n_bands += 1


def _left_mm(rows: Sequence[_Row]) -> float:
    widest = canvas.widest_mm(row.label for row in rows)
    return AXIS_LABEL_MM + _partners_mm(rows) + BAR_MM + widest + 2.5


def _partners_mm(rows: Sequence[_Row]) -> float:
    """Room for the names of the partners, left of their bars."""
    return canvas.widest_mm({family.symbol_of(row.partner) for row in rows}, 6.5) + 1.5


def _draw_burial(
    ax: "Axes",
    rows: Sequence[_Row],
    bands: Sequence[Sequence[int]],
    reference: family.Role,
    palette: Palette,
) -> None:
    from matplotlib.colors import Normalize
    from matplotlib.ticker import MaxNLocator

    total_mm, height_mm = canvas.size_mm(ax)
    left = _left_mm(rows)
    values = {n: [r.buried(n) for r in rows] for band in bands for n in band}
    highest = float(np.nanmax([v for column in values.values() for v in column]))
    norm = Normalize(0.0, canvas.round_up(highest))
    spans = [canvas.number_places(band)[-1] + 1.0 for band in bands]
    cell_mm = min((total_mm - left - MARGIN_MM) / max(spans), WIDEST_COLUMN_MM)
    tall = len(rows) * ROW_MM
    top = height_mm - MARGIN_MM
    for band, span in zip(bands, spans, strict=True):
        cells = canvas.inset(ax, (left, top - tall, span * cell_mm, tall))
        columns = np.array([values[n] for n in band]).T
        _draw_band(cells, rows, band, columns, (norm, reference))
        bar = (-left + AXIS_LABEL_MM + _partners_mm(rows)) / cell_mm
        partners = [(row.partner,) for row in rows]
        _draw_groups(cells, partners, bar, cell_mm, palette)
        shift = (-left + 3.2) / cell_mm / cells.get_xlim()[1]
        # Beside few rows it begins at their top.
        middle = 1.0 - canvas.text_width_mm("interface", 7.0) / 2 / tall
        cells.yaxis.set_label_coords(shift, min(0.5, middle))
        top -= tall + NUMBERS_MM
    key = _key(rows, list(values))
    beside, key_mm, foot_mm = _foot(key, left, total_mm)
    start = beside - KEY_AT_MM if beside > MARGIN_MM else beside
    scale = canvas.inset(ax, (start, foot_mm - 4.3, SCALE_MM, 2.4))
    limit = float(norm.vmax or 1.0)
    ticks = MaxNLocator(nbins=4, steps=[1, 2, 5, 10]).tick_values(0.0, limit)
    canvas.draw_scale(
        scale, canvas.buried_map(), norm, [t for t in ticks if t <= limit]
    )
    scale.set_xlabel("buried area (Å²)", labelpad=1.0)
    scale.tick_params(pad=1.0)
    scale.set_label("scale")
    down = foot_mm - canvas.marks_key_mm(key, key_mm) if beside > MARGIN_MM else 0.0
    canvas.draw_marks_key(ax, (beside, down), key_mm, key)


def _foot(
    key: Sequence[canvas.KeyEntry], left: float, total_mm: float
) -> tuple[float, float, float]:
    """Left edge and width of the key, beside the scale or, without room there, below; height of both."""
    last = total_mm - MARGIN_MM - canvas.narrowest_key_mm(key)
    beside = min(left + KEY_AT_MM, last)
    if beside >= MARGIN_MM + KEY_AT_MM:
        return beside, total_mm - beside, FOOT_MM
    wide = total_mm - 2 * MARGIN_MM
    return MARGIN_MM, wide, FOOT_MM + canvas.marks_key_mm(key, wide)


def _key(rows: Sequence[_Row], numbers: Sequence[int]) -> list[canvas.KeyEntry]:
    """Words and looks of what is there of white and grey cells, dots and letters."""
    letters = _letters(rows)
    every = [(row, n) for row in rows for n in numbers]
    shown = (
        (lambda r, n: r.buried(n) == 0.0, "0 Å²", canvas.cell_look("white")),
        (
            lambda r, n: not r.letter(n),
            "not modelled",
            canvas.cell_look(canvas.MISSING_COLOUR),
        ),
        (_Row.is_unlike, f"copies differ by > {UNLIKE_A2:g} Å²", UNLIKE_LOOK),
        (lambda r, n: r.letter(n) not in ("", letters[n]), OTHER_WORDS, OTHER_LOOK),
    )
    return [(words, look) for is_so, words, look in shown if any(starmap(is_so, every))]


def _draw_band(
    cells: "Axes",
    rows: Sequence[_Row],
    band: Sequence[int],
    values: FloatArray,
    scale: "tuple[Normalize, family.Role]",
) -> None:
    norm, reference = scale
    places = canvas.number_places(band)
    letters = _letters(rows)
    colours = canvas.buried_map()(norm(values.ravel()))
    colours[values.ravel() == 0.0] = (1.0, 1.0, 1.0, 1.0)
    lefts, heights = (
        np.tile(places, len(rows)),
        np.repeat(np.arange(len(rows)), len(band)),
    )
    canvas.draw_cells(cells, lefts, heights, colours).set_gid("cells")
    cell_mm = canvas.size_mm(cells)[0] / (places[-1] + 1.0)
    is_written = current().numbers and cell_mm >= WRITTEN_COLUMN_MM
    unlike = []
    for (height, row), line, paints in zip(
        enumerate(rows), values, colours.reshape(*values.shape, 4), strict=True
    ):
        columns = zip(places.tolist(), band, line.tolist(), paints, strict=True)
        for place, number, value, colour in columns:
            own = row.letter(number)
            words = own if own != letters[number] else ""
            if is_written and value >= 0.5:
                words += f" {value:.0f}"
            if words:
                look: canvas.Look = {"ha": "center", "va": "center_baseline"}
                look |= {"fontsize": 5.0, "color": canvas.text_colour_on(colour)}
                cells.text(place + 0.5, height, words.strip(), **look)
            if row.is_unlike(number):
                unlike.append((place + 0.85, height - 0.3))
    if unlike:
        cells.scatter(*zip(*unlike, strict=True), zorder=3, **UNLIKE_LOOK)
    cells.set_xlim(0.0, places[-1] + 1.0)
    cells.set_ylim(len(rows) - 0.5, -0.5)
    canvas.bare(cells)
    names = [f"{letters[n]}{n}" for n in band]
    cells.set_xticks(places + 0.5, names, rotation=90, fontsize=5.5)
    cells.set_yticks(range(len(rows)), [r.label for r in rows])
    name = f"{family.symbol_of(reference.value)} residue"
    longer = f"{name} (mature number)"
    is_wide = canvas.text_width_mm(longer, 7.0) <= canvas.size_mm(cells)[0]
    cells.set_xlabel(longer if is_wide else name)
    cells.set_ylabel("interface")
    cells.set_label(f"buried area of {reference.value}")


def interface_comparison(
    results: occurrences.Compared,
    *,
    palette: Palette | None = None,
    width: str | float = "double",
) -> Drawing:
    """
    Draw the main numbers of every interface beside each other, each column on its own scale.

    Parameters
    ----------
    results : iterable of InterfaceResults or Study
        Of any number of entries; shape complementarity is shown where it was measured.
    palette : Palette, optional
    width : str or float
        ``"single"``, ``"double"`` or mm.

    Returns
    -------
    Drawing

    Raises
    ------
    ParameterError
        If no interface has a known role on both sides.
    """
    groups = occurrences.by_pair(occurrences.occurrences_of(results))
    every = [each for group in groups.values() for each in group]
    found = occurrences.in_rows([(each, 1) for each in every])
    rows = [own for own, *_ in found]
    labels = [label for *_, label in found]
    if not rows:
        raise ParameterError(
            "no interface with a known role on both sides to compare; give an entry of the complex."
        )
    columns = [c for c in SUMMARY if any(len(_values(each, c[0])) for each in rows)]
    table = [
        {
            **occurrences.key_of(each[0]),
            "n_complexes": len(each),
            "quantity": quantity,
            "unit": unit,
            **_mean_and_range(values, "value", "minimum", "maximum"),
        }
        for quantity, _, unit, _ in columns
        for each in rows
        for values in [_values(each, quantity)]
    ]
    areas = {
        pair: [float(o.summary["area_per_side_a2"]) for o in group]
        for pair, group in groups.items()
    }
    spans = [
        f"{family.symbol_of(a)} and {family.symbol_of(b)} bury {min(own):.0f}"
        f"{f' to {max(own):.0f}' if len(own) > 1 else ''} Å² per side"
        for (a, b), own in areas.items()
    ]
    entries = occurrences.listed(list(dict.fromkeys(each.entry_id for each in every)))
    merged = (
        "mean and range of all copies in an entry" if len(rows) < len(every) else ""
    )
    pairs = [
        f"{roles_name(pair, ' / ')} ({len(group)})" for pair, group in groups.items()
    ]
    layout = _layout(rows, labels, columns, canvas.width_mm(width))
    return Drawing(
        name="interface_comparison",
        kind="interface_comparison",
        title=f"Numbers of {len(every)} interfaces in {entries}",
        alt=f"Table of numbers as a heat map: {'; '.join(spans)}.",
        caption=(
            f"Main numbers of the interfaces {occurrences.listed(pairs)} of {entries}, a row {f'for the {merged}' if merged else 'each'}. "
            "Every column has its own scale, written below it; grey: not computed. Residues: "
            "interface residues of both sides; core: residues exposed alone and inside in the "
            f"complex (Levy 2010). {occurrences.terms_of(every)}"
        ),
        table=framed("figure_interface_comparison", table),
        width=width,
        height_mm=layout.head_mm + len(rows) * ROW_MM + SUMMARY_FOOT_MM,
        paint=lambda ax: _draw_summary(ax, rows, labels, columns, palette or Palette()),
    )


def _values(copies: occurrences.Copies, quantity: str) -> FloatArray:
    """Return what is known of a quantity in each of some copies."""
    sides = ("n_residues_1", "n_residues_2")
    names = sides if quantity == "n_residues" else (quantity,)
    known = [
        sum(float(found.summary[name]) for name in names)
        for found in copies
        if found.summary[names[0]] is not None
    ]
    return np.array(known)


def _draw_summary(
    ax: "Axes",
    rows: Sequence[occurrences.Copies],
    labels: Sequence[str],
    columns: Sequence[_Column],
    palette: Palette,
) -> None:
    from matplotlib.colors import Normalize

    total_mm, height_mm = canvas.size_mm(ax)
    layout = _layout(rows, labels, columns, total_mm)
    left, column_mm = layout.left_mm, layout.column_mm
    tall = len(rows) * ROW_MM
    bottom = height_mm - layout.head_mm - tall
    cells = canvas.inset(ax, (left, bottom, column_mm * len(columns), tall))
    for place, (quantity, _, _, starts_at_0) in enumerate(columns):
        values = [_values(each, quantity) for each in rows]
        shown = np.array([v.mean() if len(v) else np.nan for v in values])
        lowest, highest = float(np.nanmin(shown)), float(np.nanmax(shown))
        limits = (0.0, canvas.round_up(highest))
        if not starts_at_0:
            low = float(np.floor(lowest / SCALE_STEP + 1e-9) * SCALE_STEP)
            high = float(np.ceil(highest / SCALE_STEP - 1e-9) * SCALE_STEP)
            limits = (low, max(high, low + SCALE_STEP))
        colours = canvas.buried_map(SUMMARY_STOPS)(Normalize(*limits)(shown))
        # A scale from 0 has white there, as all have.
        colours[shown == 0.0] = (1.0, 1.0, 1.0, 1.0)
        lefts = np.full(len(shown), float(place))
        filled = canvas.draw_cells(cells, lefts, np.arange(len(shown)), colours)
        filled.set_gid(f"cells {place}")
        n_digits = 2 if limits[0] > 0.0 and limits[1] <= 1.0 else 0
        for row, (value, colour) in enumerate(zip(shown, colours, strict=True)):
            if not np.isnan(value) and current().numbers:
                look: canvas.Look = {
                    "fontsize": 6,
                    "color": canvas.text_colour_on(colour),
                }
                middle: canvas.Look = {"ha": "center", "va": "center_baseline"}
                least, most = (
                    f"{f(values[row]):.{n_digits}f}" for f in (np.min, np.max)
                )
                words = f"{value:.{n_digits}f}"
                ranged = f"{words} ({least}–{most})"
                # In narrow columns the table has the range.
                if (
                    least != most
                    and canvas.text_width_mm(ranged, 6.0) < column_mm - 1.0
                ):
                    words = ranged
                cells.text(place + 0.5, row, words, **middle, **look)
        scale = canvas.inset(
            ax, (left + (place + 0.06) * column_mm, bottom - 3.0, column_mm * 0.88, 1.6)
        )
        canvas.draw_scale(
            scale, canvas.buried_map(SUMMARY_STOPS), Normalize(*limits), limits
        )
        scale.tick_params(length=0, pad=1.0, labelsize=5.5)
        first, last = scale.get_xticklabels()
        first.set_horizontalalignment("left")
        last.set_horizontalalignment("right")
        scale.set_xlabel(" ")
        scale.set_label(f"scale of {quantity}")
    cells.set_xlim(0.0, len(columns))
    cells.set_ylim(len(rows) - 0.5, -0.5)
    canvas.bare(cells)
    cells.xaxis.tick_top()
    heads = _in_one_line(columns) if layout.rotation else [c[1] for c in columns]
    cells.set_xticks(
        np.arange(len(columns)) + 0.5, heads, fontsize=6, rotation=layout.rotation
    )
    cells.set_yticks(range(len(rows)), layout.labels)
    cells.set_ylabel("interface")
    cells.yaxis.set_label_coords((-left + 3.2) / column_mm / len(columns), 0.5)
    # The heads name what each column holds; the axis itself has no name of its own.
    cells.set_xlabel(" ")
    cells.set_label("numbers")
    right = -(layout.label_mm + 2 * BAR_MM) / column_mm
    _draw_groups(cells, [each[0].pair for each in rows], right, column_mm, palette)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Layout:
    """Room for what stands left of and above the cells, and the width of a column, in mm."""

    labels: tuple[str, ...]
    label_mm: float
    left_mm: float
    column_mm: float
    rotation: int
    head_mm: float


def _in_one_line(columns: Sequence[_Column]) -> list[str]:
    """Heads of columns that stand upright."""
    return [head.replace("com-\n", "com").replace("\n", " ") for _, head, *_ in columns]


def _layout(
    rows: Sequence[occurrences.Copies],
    labels: Sequence[str],
    columns: Sequence[_Column],
    total_mm: float,
) -> _Layout:
    """Lay the summary out; where its columns are narrow their heads stand upright."""
    n_columns = len(columns)
    names = (roles_name(each[0].pair, " / ") for each in rows)
    name_mm = canvas.widest_mm(names, 6.5) + 1.0
    label_mm = canvas.widest_mm(labels) + 2.5
    left = AXIS_LABEL_MM + name_mm + 2 * BAR_MM + label_mm + 1.0
    column_mm = min((total_mm - left - MARGIN_MM) / n_columns, SUMMARY_COLUMN_MM)
    heads = [line for head, *_ in columns for line in head.split("\n")]
    is_wide = column_mm >= canvas.widest_mm(heads) + 1.5
    return _Layout(
        labels=tuple(labels),
        label_mm=label_mm,
        left_mm=left,
        column_mm=column_mm,
        rotation=0 if is_wide else 90,
        head_mm=SUMMARY_HEAD_MM
        if is_wide
        else canvas.widest_mm(_in_one_line(columns)) + 3.0,
    )


def _draw_groups(
    cells: "Axes",
    groups: Sequence[tuple[str, ...]],
    left: float,
    column_mm: float,
    palette: Palette,
) -> None:
    """Roles of the rows, names and colours left of them; a line between two groups."""
    for roles in dict.fromkeys(groups):
        where = [n for n, each in enumerate(groups) if each == roles]
        edges = (where[0] - 0.5, where[-1] + 0.5)
        for n, role in enumerate(roles):
            start = left + n * BAR_MM / column_mm
            bar = (start, start + BAR_MM / column_mm)
            canvas.draw_group_bar(cells, bar, edges, palette.of(role))
        x, y = left - 0.8 / column_mm, sum(edges) / 2
        cells.text(x, y, roles_name(roles, " / "), ha="right", va="center")
        if where[0]:
            cells.axhline(where[0] - 0.5, color="black", linewidth=0.8, clip_on=False)
