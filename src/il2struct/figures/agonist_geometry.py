"""How agonists hold two receptors: distances, angle, twist and lean, a line a complex."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from il2struct.comparison.complexes import Compared, measured_of
from il2struct.errors import ParameterError
from il2struct.figures.canvas import inset, put_marks, size_mm, widest_mm
from il2struct.figures.drawing import Drawing, file_stem, framed
from il2struct.figures.words import plain, safe
from il2struct.network.membrane.agonists import NO_PAIR, agonist_table
from il2struct.palette import Palette
from il2struct.structure.family import symbol_of
from il2struct.tables import records

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: What each plot shows: column of the table, label, and the least width of its axis, so that what
#: lies within the noise of a crystal looks alike.
PLOTS: Final = (
    ("anchor_distance_a", "anchors\napart (Å)", 10.0),
    ("domain_distance_a", "domains\napart (Å)", 10.0),
    ("angle_deg", "angle (°)", 20.0),
    ("twist_deg", "twist (°)", 20.0),
    ("lean_deg", "lean (°)", 20.0),
)
#: Height of a line and of what stands below all, gaps and margins, in mm.
ROW_MM: Final = 4.6
FOOT_MM: Final = 11.0
GAP_MM: Final = 3.5
MARGIN_MM: Final = 2.0
LONGEST_NAME: Final = 26


def agonist_geometry(
    results: Compared,
    *,
    palette: Palette | None = None,
    width: str | float = "double",
) -> Drawing:
    """
    Draw how each complex holds two receptors at the membrane.

    Parameters
    ----------
    results : iterable of InterfaceResults or Study
        Of any number of entries.
    palette : Palette, optional
    width : str or float
        ``"single"``, ``"double"`` or mm.

    Returns
    -------
    Drawing

    Raises
    ------
    ParameterError
        If no complex holds two receptors with a membrane-proximal domain.
    """
    named = [each.named for each in measured_of(results)]
    rows = records(agonist_table(named))
    if not rows:
        raise ParameterError(NO_PAIR)
    pairs = list(dict.fromkeys(map(_pair, rows)))
    words = " and ".join(plain(pair) for pair in pairs)
    ends = [
        f"{' '.join(label.split())} {low:.0f} to {high:.0f}"
        for column, label, _ in PLOTS
        for low, high in [_extent(rows, column)]
    ]
    return Drawing(
        name=file_stem("agonists"),
        kind="agonists",
        title=f"How {len(rows)} complexes hold {words}",
        alt=f"Plots of {len(rows)} complexes that hold {words}, a line each: {'; '.join(ends)}.",
        caption=(
            f"Complexes that hold {words}, in the colour of what holds them: distance of the last ordered "
            "residues, distance of the membrane-proximal domains, angle and twist of their long axes, and "
            "lean of the complex from the normal of the membrane where its linkers are stretched least. "
            "Anchors are not the same residues in every entry."
        ),
        table=framed("agonists", rows),
        width=width,
        height_mm=2 * MARGIN_MM + ROW_MM * len(rows) + FOOT_MM,
        paint=lambda ax: _draw(ax, rows, palette or Palette()),
    )


def _pair(row: Mapping[str, Any]) -> str:
    return f"{symbol_of(row['role_1'])} with {symbol_of(row['role_2'])}"


def _name(row: Mapping[str, Any]) -> str:
    who = "+".join(map(symbol_of, row["agonist"].split("+")))
    return safe(f"{who}, {row['entry_id']}:{row['complex_id']}", longest=LONGEST_NAME)


def _extent(rows: Sequence[Mapping[str, Any]], column: str) -> tuple[float, float]:
    values = [row[column] for row in rows if row[column] is not None]
    return min(values, default=0.0), max(values, default=0.0)


def _draw(ax: "Axes", rows: Sequence[Mapping[str, Any]], palette: Palette) -> None:
    wide_mm, tall_mm = size_mm(ax)
    names = [_name(row) for row in rows]
    left = MARGIN_MM + widest_mm(names) + 2.0
    step = (wide_mm - left - MARGIN_MM) / len(PLOTS)
    places = np.arange(len(rows))[::-1]
    for number, (column, label, least) in enumerate(PLOTS):
        box = left + number * step, MARGIN_MM + FOOT_MM, step - GAP_MM
        plot = inset(ax, (*box, tall_mm - 2 * MARGIN_MM - FOOT_MM))
        plot.set_label(column)
        low, high = _extent(rows, column)
        middle, half = (low + high) / 2, max(least, 1.2 * (high - low)) / 2
        plot.set_xlim(middle - half, middle + half)
        plot.set_ylim(-0.5, len(rows) - 0.5)
        plot.set_yticks(places, names if number == 0 else [])
        plot.tick_params(axis="y", length=0)
        plot.grid(axis="y", linewidth=0.3, color="#D0D0D0")
        plot.set_axisbelow(True)
        plot.locator_params(axis="x", nbins=2)
        plot.set_xlabel(label, labelpad=1.0)
        for row, place in zip(rows, places, strict=True):
            if row[column] is not None:
                colour = palette.of(row["agonist"].split("+")[0])
                put_marks(plot, [row[column]], [place], "o", markerfacecolor=colour)
