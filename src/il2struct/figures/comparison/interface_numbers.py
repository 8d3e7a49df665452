"""The main numbers of interfaces beside each other, each column on its own scale."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from il2struct.errors import ParameterError
from il2struct.figures.canvas import buried_map, panel, size_mm, width_mm
from il2struct.figures.comparison.matrix import (
    bare,
    draw_cells,
    draw_group_bar,
    draw_scale,
    round_up,
    text_colour_on,
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
from il2struct.figures.drawing import Drawing, framed
from il2struct.palette import Palette
from il2struct.structure.roles import symbol_of

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

#: Height of a row, left of the labels: label of the axis and one of two bars, free rim, in mm.
ROW_MM: Final = 4.0
AXIS_LABEL_MM: Final = 4.5
BAR_MM: Final = 2.6
MARGIN_MM: Final = 2.0
#: Above and below the rows of the summary, and its widest column, in mm.
SUMMARY_HEAD_MM: Final = 8.5
#: Narrower columns have their heads upright, which takes this much room.
LEVEL_HEADS_MM: Final = 17.0
UPRIGHT_HEAD_MM: Final = 31.0
SUMMARY_FOOT_MM: Final = 8.5
SUMMARY_COLUMN_MM: Final = 26.0

#: Columns of the summary: column of ``interfaces``, head, unit, whether the scale starts at 0.
SUMMARY: Final = (
    ("area_per_side_a2", "buried area\nper side (Å²)", "Å²", True),
    ("sc", "shape com-\nplementarity", "", False),
    ("n_residues", "residues\n(number)", "", True),
    ("n_core_levy", "core resid.\n(number)", "", True),
    ("n_hydrogen_bond", "H-bonds\n(number)", "", True),
    ("n_salt_bridge", "salt bridges\n(atom pairs)", "", True),
)
#: Steps to which the scale of a column is rounded that does not start at 0.
SCALE_STEP: Final = 0.1


def interface_comparison(
    results: Compared,
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
    found = occurrences_of(results)
    return summary_drawing(found, palette or Palette(), width)


def summary_drawing(
    found: Sequence[Occurrence], palette: Palette, width: str | float
) -> Drawing:
    """
    Draw the main numbers of interfaces that are collected already.

    Parameters
    ----------
    found : sequence of Occurrence
    palette : Palette
    width : str or float
        ``"single"``, ``"double"`` or mm.

    Raises
    ------
    ParameterError
        If there is none.
    """
    if not found:
        raise ParameterError(
            "no interface with a known role on both sides to compare; give an entry of the complex."
        )
    rows = [each for pair in by_pair(found).values() for each in pair]
    columns = [
        column
        for column in SUMMARY
        if any(_value(each, column[0]) is not None for each in rows)
    ]
    entries = list(dict.fromkeys(each.entry_id for each in rows))
    pairs = [
        f"{symbol_of(a)} / {symbol_of(b)} ({len(each)})"
        for (a, b), each in by_pair(found).items()
    ]

    layout = _layout(rows, len(columns), width_mm(width))
    return Drawing(
        name="interface_comparison",
        kind="interface_comparison",
        title=f"Numbers of {len(rows)} interfaces in {listed(entries)}",
        alt=_summary_alt(by_pair(found)),
        caption=(
            f"Main numbers of the interfaces {listed(pairs)} of {listed(entries)}, a row each. "
            "Every column has its own scale, written below it; grey: not computed. Residues: "
            "interface residues of both sides; core: residues exposed alone and inside in the "
            f"complex (Levy 2010). {terms_of(rows)}"
        ),
        table=_summary_table(rows, columns),
        width=width,
        height_mm=layout.head_mm + len(rows) * ROW_MM + SUMMARY_FOOT_MM,
        paint=lambda ax: _draw_summary(ax, rows, columns, palette),
    )


def _value(found: Occurrence, quantity: str) -> float | None:
    if quantity == "n_residues":
        return float(found.summary["n_residues_1"] + found.summary["n_residues_2"])
    value = found.summary[quantity]
    return None if value is None else float(value)


def _draw_summary(
    ax: "Axes",
    rows: Sequence[Occurrence],
    columns: "Sequence[tuple[str, str, str, bool]]",
    palette: Palette,
) -> None:
    total_mm, height_mm = size_mm(ax)
    layout = _layout(rows, len(columns), total_mm)
    left, column_mm = layout.left_mm, layout.column_mm
    tall = len(rows) * ROW_MM
    bottom = height_mm - layout.head_mm - tall
    cells = panel(ax, (left, bottom, column_mm * len(columns), tall))
    for place, column in enumerate(columns):
        values = [_value(each, column[0]) for each in rows]
        limits = _limits(values, starts_at_0=column[3])
        _draw_column(cells, place, values, limits)
        scale = panel(
            ax, (left + (place + 0.06) * column_mm, bottom - 3.0, column_mm * 0.88, 1.6)
        )
        _draw_column_scale(scale, limits, column[0])
    cells.set_xlim(0.0, len(columns))
    cells.set_ylim(len(rows) - 0.5, -0.5)
    bare(cells)
    cells.xaxis.tick_top()
    heads = [c[1] if layout.rotation == 0 else _one_line(c[1]) for c in columns]
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
    _draw_pairs(cells, rows, right, column_mm, palette)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Layout:
    """Room for what stands left of and above the cells, and the width of a column, in mm."""

    labels: tuple[str, ...]
    label_mm: float
    left_mm: float
    column_mm: float
    rotation: int
    head_mm: float


def _layout(rows: Sequence[Occurrence], n_columns: int, total_mm: float) -> _Layout:
    labels = row_labels([(each, 1) for each in rows])
    names = [f"{symbol_of(a)} / {symbol_of(b)}" for a, b in (o.pair for o in rows)]
    name_mm = max(text_width_mm(name, 6.5) for name in names)
    label_mm = max(text_width_mm(label) for label in labels) + 2.0
    left = AXIS_LABEL_MM + name_mm + 2 * BAR_MM + label_mm + 1.0
    column_mm = min((total_mm - left - MARGIN_MM) / n_columns, SUMMARY_COLUMN_MM)
    is_wide = column_mm >= LEVEL_HEADS_MM
    return _Layout(
        labels=tuple(labels),
        label_mm=label_mm,
        left_mm=left,
        column_mm=column_mm,
        rotation=0 if is_wide else 90,
        head_mm=SUMMARY_HEAD_MM if is_wide else UPRIGHT_HEAD_MM,
    )


def _one_line(head: str) -> str:
    return head.replace("com-\n", "com").replace("\n", " ")


def _limits(
    values: "Sequence[float | None]", *, starts_at_0: bool
) -> tuple[float, float]:
    known = [v for v in values if v is not None]
    if starts_at_0:
        return 0.0, round_up(max(known))
    low = np.floor(min(known) / SCALE_STEP + 1e-9) * SCALE_STEP
    high = np.ceil(max(known) / SCALE_STEP - 1e-9) * SCALE_STEP
    return float(low), float(max(high, low + SCALE_STEP))


def _draw_column(
    cells: "Axes",
    place: int,
    values: "Sequence[float | None]",
    limits: tuple[float, float],
) -> None:
    from matplotlib.colors import Normalize

    norm = Normalize(*limits)
    known = np.array([np.nan if v is None else v for v in values])
    colours = buried_map()(norm(known))
    # A scale from 0 has white there, as all have.
    colours[known == 0.0] = (1.0, 1.0, 1.0, 1.0)
    drawn_cells = draw_cells(
        cells, np.full(len(known), float(place)), np.arange(len(known)), colours
    )
    drawn_cells.set_gid(f"cells {place}")
    for row, (value, colour) in enumerate(zip(known, colours, strict=True)):
        if not np.isnan(value):
            cells.text(
                place + 0.5,
                row,
                f"{value:.2f}"
                if limits[1] <= 1.0 and limits[0] > 0.0
                else f"{value:.0f}",
                ha="center",
                va="center_baseline",
                fontsize=6,
                color=text_colour_on(colour),
            )


def _draw_column_scale(scale: "Axes", limits: tuple[float, float], name: str) -> None:
    from matplotlib.colors import Normalize

    draw_scale(scale, buried_map(), Normalize(*limits), limits)
    scale.tick_params(length=0, pad=1.0, labelsize=5.5)
    low, high = scale.get_xticklabels()
    low.set_horizontalalignment("left")
    high.set_horizontalalignment("right")
    scale.set_xlabel(" ")
    scale.set_label(f"scale of {name}")


def _draw_pairs(
    cells: "Axes",
    rows: Sequence[Occurrence],
    right: float,
    column_mm: float,
    palette: Palette,
) -> None:
    for pair in dict.fromkeys(each.pair for each in rows):
        where = [n for n, each in enumerate(rows) if each.pair == pair]
        edges = (where[0] - 0.5, where[-1] + 0.5)
        for n, role in enumerate(pair):
            start = right + n * BAR_MM / column_mm
            bar = (start, start + BAR_MM / column_mm)
            draw_group_bar(cells, bar, edges, palette.of(role))
        cells.text(
            right - 0.8 / column_mm,
            sum(edges) / 2,
            f"{symbol_of(pair[0])} / {symbol_of(pair[1])}",
            ha="right",
            va="center",
        )
        if where[0]:
            cells.axhline(where[0] - 0.5, color="black", linewidth=0.8)


def _summary_table(
    rows: Sequence[Occurrence], columns: "Sequence[tuple[str, str, str, bool]]"
) -> "pd.DataFrame":
    found = [
        {
            **key_of(each),
            "quantity": quantity,
            "unit": unit,
            "value": _value(each, quantity),
        }
        for quantity, _, unit, _ in columns
        for each in rows
    ]
    return framed("figure_interface_comparison", found)


def _summary_alt(groups: "dict[tuple[str, str], list[Occurrence]]") -> str:
    parts = []
    for (role_1, role_2), each in groups.items():
        areas = [float(o.summary["area_per_side_a2"]) for o in each]
        span = f"{min(areas):.0f}"
        if len(areas) > 1:
            span += f" to {max(areas):.0f}"
        parts.append(
            f"{symbol_of(role_1)} and {symbol_of(role_2)} bury {span} Å² per side"
        )
    sentence = "; ".join(parts)
    return f"Table of numbers as a heat map: {sentence}."
