"""The contact that is asked about among true interfaces and other contacts of the same crystals."""

import math
from collections.abc import Sequence
from textwrap import fill
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from il2struct.arrays import FloatArray
from il2struct.errors import ParameterError
from il2struct.figures.canvas import (
    MM_PER_POINT,
    Look,
    blank_inset,
    inset,
    key_entry,
    size_mm,
    widest_mm,
    width_mm,
)
from il2struct.figures.drawing import Drawing, file_stem, framed
from il2struct.figures.words import plain, roles_name
from il2struct.network.evidence.lines import COMPARISONS, Evidence, Line
from il2struct.network.evidence.measures import MIN_COMPARED_A2, Group
from il2struct.network.evidence.study import NetworkStudy
from il2struct.results.views import COUNTED, ONE

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

#: Marks that touch only by rounding do not overlap.
SLACK: Final = 1e-9
#: Marks shrink by this factor until they fit.
SHRINK: Final = 0.95
#: Columns that say which contact a mark stands for.
CONTACT_COLUMNS: Final = (
    *("entry_id", "complex_id", "interface_id", "operator_2"),
    "contact_class",
)
#: Group of a mark that stands for the mean over the focal copies.
FOCAL_MEAN: Final = "focal_mean"
#: Fill of the marks of each group; shape and place tell the groups apart.
FILLS: Final = {
    Group.TRUE_INTERFACE: "#707070",
    Group.FOCAL: "black",
    Group.OTHER_LATTICE: "white",
}
NAMES: Final = {
    Group.TRUE_INTERFACE: "true\ninterfaces",
    Group.FOCAL: "contact\nasked about",
    Group.OTHER_LATTICE: "other lattice\ncontacts",
}
#: Left edge and right edge of the column of each group, as shares of the plot.
COLUMNS: Final = {
    Group.TRUE_INTERFACE: (0.0, 0.27),
    Group.FOCAL: (0.27, 0.53),
    Group.OTHER_LATTICE: (0.53, 1.0),
}
#: Largest and smallest diameter of circles on paper, with their edge, and that of diamonds, in mm.
CIRCLE_MM: Final = (1.25, 0.6)
DIAMOND_MM: Final = (1.8, 0.8)
#: Edge of circles and diamonds.
EDGE_PT: Final = 0.45
#: How far left of the middle the focal copies stand, and right of it their mean, in mm.
FOCAL_SHIFT_MM: Final = 1.5
MEAN_SHIFT_MM: Final = 4.2
#: Mean of the focal copies with its error.
MEAN_BAR: Final[Look] = {
    "fmt": "_",
    "color": "black",
    "markersize": 5.0,
    "elinewidth": 0.7,
    "capsize": 1.6,
    "capthick": 0.7,
    "zorder": 3,
}
#: Dashes of the two levels.
HIGH_LINE: Final = (0, (5, 2))
MEDIAN_LINE: Final = (0, (1, 1.5))
#: Names of the groups where there is little room.
SHORT_NAMES: Final = ("true", "asked\nabout", "other\nlattice")
#: Height of a plot with its words, and the least width of one, in mm; a plot whose marks need not
#: be smaller.
PLOT_MM: Final = 61.0
NARROWEST_PLOT_MM: Final = 56.0
FULL_PLOT_MM: Final = 42.0
#: In narrower figures plots stand in two columns above the list of all lines; heights in mm, and
#: letters in a line of a label.
NARROW_MM: Final = 2 * NARROWEST_PLOT_MM
NARROW_PLOT_MM: Final = 38.0
LIST_MM: Final = 55.0
LABEL_LETTERS: Final = 18
#: One plot a quantity, and the list of all lines or, in narrow figures, the key.
N_PANELS: Final = len(COMPARISONS) + 1
#: Height of the key, and the width of the list, in mm.
KEY_MM: Final = 13.0
#: Marks of verdicts: shape and word say the same.
VERDICT_MARKS: Final = {"supports": "^", "neutral": "o", "against": "v"}


def contact_evidence(study: NetworkStudy, *, width: str | float = "double") -> Drawing:
    """
    Draw each measure of the contact asked about beside true interfaces and other contacts.

    Parameters
    ----------
    study : NetworkStudy
    width : str or float
        ``"single"``, ``"double"`` or mm.

    Returns
    -------
    Drawing
        One small plot a measure, and all lines of evidence with their verdicts.

    Raises
    ------
    ParameterError
        If the roles meet nowhere between complexes.
    """
    if study.focal is None:
        raise ParameterError(
            "there is no focal contact to draw; choose another role pair."
        )
    pair = roles_name(role.value for role in study.roles)
    entries = ", ".join(plain(named.entry.entry_id) for named in study.entries)
    table = _table(study)
    verdicts: dict[str, dict[str, None]] = {verdict: {} for verdict in VERDICT_MARKS}
    for line in study.evidence:
        verdicts[line.verdict.value][line.name] = None
    parts = [
        f"{verdict}: {', '.join(names)}" for verdict, names in verdicts.items() if names
    ]
    numbers = [
        f"{e.name} {_value(e)}"
        for e in study.evidence
        if e.line in COMPARISONS and not math.isnan(e.value)
    ]
    return Drawing(
        name=file_stem("evidence", *(role.value for role in study.roles)),
        kind="evidence",
        title=f"Contact of {pair} between complexes, beside its controls",
        alt=(
            f"Small plots of {len(numbers)} measures of the contact of {pair} ({', '.join(numbers)}) "
            f"beside true interfaces and other lattice contacts. Verdicts of all lines: "
            f"{'; '.join(parts)}."
        ),
        caption=(
            f"Each measure of the lattice contact of {pair} (diamonds, one a copy; beside them "
            "their mean with its error: the largest of the spread of the copies, that under "
            "coordinates moved by their error, and the noise of the measure), of the interfaces "
            "inside the complexes (filled circles) and of all other contacts of the crystals "
            f"{entries} from {MIN_COMPARED_A2:g} Å² per side on (open circles). Circles are copies; "
            "dashed and dotted line: what 95 % and half of the endless lattice contacts of other "
            "proteins, at its size, do not exceed. Verdicts follow "
            "the rules of the page network (il2struct docs network); there is no total score."
        ),
        table=table,
        width=width,
        height_mm=_height_mm(width_mm(width)),
        paint=lambda ax: _draw(ax, study, table),
    )


def error_of(line: Evidence) -> float:
    """Return the error by which the verdict was given; see `evidence.lines.compared`."""
    known = [
        e for e in (line.error, line.jitter_error, line.line.noise) if not math.isnan(e)
    ]
    return max(known, default=math.nan)


def _columns(total_mm: float) -> int:
    """Return how many plots stand beside each other."""
    return max(2, min(3, int(total_mm // NARROWEST_PLOT_MM)))


def _height_mm(total_mm: float) -> float:
    rows = -(-N_PANELS // _columns(total_mm))
    if total_mm < NARROW_MM:
        return 1.0 + rows * NARROW_PLOT_MM + LIST_MM
    return 1.0 + rows * PLOT_MM


def _draw(ax: "Axes", study: NetworkStudy, table: "pd.DataFrame") -> None:
    width, height = size_mm(ax)
    columns = _columns(width)
    is_narrow = width < NARROW_MM
    below = LIST_MM * height / _height_mm(width) if is_narrow else 0.0
    step_x = width / columns
    step_y = (height - 1.0 - below) / -(-N_PANELS // columns)
    corners = [
        ((n % columns) * step_x, height - 1.0 - (n // columns + 1) * step_y)
        for n in range(N_PANELS)
    ]
    edge = 15.0 if is_narrow else 12.0
    for (left, bottom), asked in zip(corners, COMPARISONS, strict=False):
        box = (left + edge, bottom + 11.0, step_x - edge - 2.0, step_y - 17.5)
        _draw_measure(inset(ax, box), study, asked, table, is_narrow=is_narrow)
    left, bottom = corners[-1]
    if is_narrow:
        _draw_key(blank_inset(ax, (left + 2.0, bottom + 11.0, step_x - 3.0, KEY_MM)))
        notes = blank_inset(ax, (2.0, 0.0, width - 3.0, below))
    else:
        _draw_key(blank_inset(ax, (left + 2.0, bottom, step_x - 3.0, KEY_MM)))
        box = (left + 2.0, bottom + KEY_MM, step_x - 3.0, step_y - KEY_MM)
        notes = blank_inset(ax, box)
    _draw_verdicts(notes, study)


def _draw_measure(
    plot: "Axes",
    study: NetworkStudy,
    asked: Line,
    table: "pd.DataFrame",
    *,
    is_narrow: bool,
) -> None:
    wide_mm, high_mm = size_mm(plot)
    plot.set_label(asked.quantity)
    shown = table[table["quantity"] == asked.quantity]
    line = next((e for e in study.evidence if e.quantity == asked.quantity), None)
    top = float((shown["value"] + shown["error"].fillna(0.0)).max()) * 1.06
    top = top if top > 0.0 else 1.0
    low = min(0.0, float(shown["value"].min()) * 1.06) if len(shown) else 0.0
    plot.set_ylim(low, top)
    plot.set_xlim(0.0, wide_mm)
    _draw_swarms(plot, shown, (top - low) / high_mm)
    centres = {g: wide_mm * (a + b) / 2.0 for g, (a, b) in COLUMNS.items()}
    if line is not None:
        endless = line.endless
        levels = () if endless is None else (endless.highest_5, endless.median)
        for level, dashes in zip(levels, (HIGH_LINE, MEDIAN_LINE), strict=False):
            if not math.isnan(level):
                look: Look = {"linewidth": 0.6, "linestyle": dashes, "zorder": 1}
                plot.axhline(level, color="black", **look)
        mean = shown[shown["group"] == FOCAL_MEAN]
        if len(mean):
            error = float(mean["error"].iloc[0])
            bar = plot.errorbar(
                [centres[Group.FOCAL] + MEAN_SHIFT_MM * _scale(plot)],
                [float(mean["value"].iloc[0])],
                yerr=None if math.isnan(error) else [error],
                **MEAN_BAR,
            )
            bar.lines[0].set_gid(FOCAL_MEAN)
    if asked.quantity.startswith("n_"):
        plot.locator_params(axis="y", integer=True)
    names = SHORT_NAMES if is_narrow else tuple(NAMES.values())
    plot.set_xticks(list(centres.values()), names)
    plot.tick_params(axis="x", length=0)
    n = [int((shown["group"] == group.value).sum()) for group in COLUMNS]
    copies = f"copies: {n[0]}, {n[1]} and {n[2]}"
    plot.set_xlabel(copies, fontsize=6, labelpad=1.0)
    verdict = f": {line.verdict.value}" if line else ""
    title = plot.set_title(f"{asked.number} {asked.name}{verdict}", loc="left", pad=4.0)
    if is_narrow:
        plot.set_ylabel(fill(asked.label, LABEL_LETTERS), fontsize=6)
        title.set(x=-10.0 / wide_mm, fontsize=6)
    else:
        plot.set_ylabel(asked.label)


def _scale(plot: "Axes") -> float:
    """How large marks are, and how far apart, in proportion to those of a plot with room."""
    return min(1.0, size_mm(plot)[0] / FULL_PLOT_MM)


def _draw_swarms(plot: "Axes", shown: "pd.DataFrame", per_mm: float) -> None:
    """Draw the copies; circles of both controls have one size."""
    wide_mm, scale = size_mm(plot)[0], _scale(plot)
    circles, diamonds = (
        (each[0] * scale, each[1] * scale) for each in (CIRCLE_MM, DIAMOND_MM)
    )
    shift = FOCAL_SHIFT_MM * scale
    values = {
        group: shown.loc[shown["group"] == group.value, "value"].to_numpy(float)
        for group in COLUMNS
    }
    controls = [Group.TRUE_INTERFACE, Group.OTHER_LATTICE]
    halves = [wide_mm * (COLUMNS[g][1] - COLUMNS[g][0]) / 2.0 for g in controls]
    spread, size = swarm_in([values[g] / per_mm for g in controls], halves, circles)
    offsets = dict(zip(controls, spread, strict=True))
    left, right = COLUMNS[Group.FOCAL]
    room = [wide_mm * (right - left) / 2.0 - shift]
    focal = [values[Group.FOCAL] / per_mm]
    beside, diamond = swarm_in(focal, room, diamonds)
    offsets[Group.FOCAL] = beside[0] - shift
    for group, (left, right) in COLUMNS.items():
        if not len(values[group]):
            continue
        is_focal = group is Group.FOCAL
        marks = plot.scatter(
            wide_mm * (left + right) / 2.0 + offsets[group],
            values[group],
            # A diamond is drawn as wide as the square root of its area times that of 2.
            s=((diamond / 2**0.5 if is_focal else size) / MM_PER_POINT - EDGE_PT) ** 2,
            marker="D" if is_focal else "o",
            facecolors=FILLS[group],
            edgecolors="black",
            linewidths=EDGE_PT,
            zorder=3,
            clip_on=False,
        )
        marks.set_gid(group.value)


def _draw_verdicts(notes: "Axes", study: NetworkStudy) -> None:
    """All lines of evidence as a list: number, name, value, verdict."""
    width, height = size_mm(notes)
    notes.set_label("lines of evidence")
    notes.text(0.0, height - 4.0, "All lines of evidence", va="center", fontsize=7)
    step = min(4.0, (height - 9.5) / max(len(study.evidence), 1))
    names = widest_mm(line.name for line in study.evidence)
    values = widest_mm(_value(line) for line in study.evidence)
    # The verdict stands as near as the longest name and value let it.
    at = min(3.4 + names + 2.0 + values, width - 15.0)
    for place, line in enumerate(study.evidence):
        y = height - 9.0 - place * step
        notes.text(2.2, y, str(line.number), ha="right", va="center", fontsize=6)
        notes.text(3.4, y, line.name, va="center", fontsize=6)
        notes.text(at, y, _value(line), ha="right", va="center", fontsize=6)
        verdict = line.verdict.value
        fill_colour = "white" if verdict == "neutral" else "black"
        look: Look = {"facecolors": fill_colour, "edgecolors": "black"}
        mark = {"s": 9.0, "marker": VERDICT_MARKS[verdict], "linewidths": 0.5, **look}
        key_entry(notes, (at + 3.0, y), verdict, apart=1.8, **mark)


def _draw_key(key: "Axes") -> None:
    """Say what is drawn beside and behind the marks."""
    key.errorbar([4.0], [10.0], yerr=[1.2], **MEAN_BAR)
    key.text(9.0, 10.0, "mean of the copies and its error", va="center", fontsize=6)
    for y, dashes, words in (
        (6.5, MEDIAN_LINE, "median of endless contacts"),
        (3.0, HIGH_LINE, "their 95th percentile"),
    ):
        key.plot([0.6, 7.4], [y, y], color="black", linewidth=0.6, linestyle=dashes)
        key.text(9.0, y, words, va="center", fontsize=6)


def _value(line: Evidence) -> str:
    if math.isnan(line.value):
        return "–"
    counted = COUNTED.get(line.quantity, line.unit)
    if abs(line.value) >= 100.0:
        return f"{line.value:.0f} {counted}"
    digits = 2 if counted == "residues" else 3
    text = f"{line.value:.{digits}g}"
    return f"{text} {ONE.get(counted, counted) if text == '1' else counted}".strip()


def _table(study: NetworkStudy) -> "pd.DataFrame":
    rows: list[dict[str, Any]] = []
    for asked in COMPARISONS:
        pair = {
            "role_1": study.roles[0].value,
            "role_2": study.roles[1].value,
            "quantity": asked.quantity,
            "unit": asked.unit,
        }
        rows += [
            {
                **pair,
                **{name: getattr(measured, name) for name in CONTACT_COLUMNS},
                "group": measured.group.value,
                "value": float(getattr(measured, asked.quantity)),
            }
            for measured in study.measures
            if not math.isnan(float(getattr(measured, asked.quantity)))
        ]
        line = next((e for e in study.evidence if e.quantity == asked.quantity), None)
        if line is not None and not math.isnan(line.value):
            error = error_of(line)
            mean = {"group": FOCAL_MEAN, "value": line.value, "error": error}
            rows.append({**pair, **mean})
    return framed("figure_evidence", rows)


def swarm_offsets(
    heights_mm: Sequence[float] | FloatArray, size_mm: float
) -> FloatArray:
    """
    Spread marks of a diameter sideways until no two overlap; return their offsets in mm.

    From the middle outwards and by turns, without chance.

    Examples
    --------
    >>> swarm_offsets([0.0, 0.0, 0.0, 9.0], 1.0).round(2).tolist()
    [0.0, 1.0, -1.0, 0.0]
    """
    heights = np.asarray(heights_mm, dtype=np.float64)
    offsets = np.zeros(len(heights))
    placed: list[int] = []
    for index in np.argsort(heights, kind="stable"):
        near = [i for i in placed if abs(heights[i] - heights[index]) < size_mm - SLACK]
        offsets[index] = _nearest_free(
            heights[index] - heights[near], offsets[near], size_mm
        )
        placed.append(int(index))
    return offsets


def swarm_in(
    swarms_mm: Sequence[FloatArray],
    half_widths_mm: Sequence[float],
    sizes_mm: tuple[float, float],
) -> tuple[list[FloatArray], float]:
    """
    Spread several swarms with marks of one size, as large as lets all stay within their columns.

    Returns the offsets of each swarm in mm, and the diameter: between the largest and smallest of
    `sizes_mm`. Swarms that do not fit at the smallest are squeezed, so that marks overlap.
    """
    size, smallest = sizes_mm
    while True:
        offsets = [swarm_offsets(heights, size) for heights in swarms_mm]
        reach = [float(np.abs(each).max(initial=0.0)) + size / 2 for each in offsets]
        fits = all(r <= w for r, w in zip(reach, half_widths_mm, strict=True))
        if fits or size <= smallest:
            break
        size = max(size * SHRINK, smallest)
    squeezed = [
        each * min(1.0, (half - size / 2) / max(wide - size / 2, SLACK))
        for each, wide, half in zip(offsets, reach, half_widths_mm, strict=True)
    ]
    return squeezed, size


def _nearest_free(rises_mm: FloatArray, taken_mm: FloatArray, size_mm: float) -> float:
    """Offset nearest to 0 at which a mark touches none of its neighbours."""
    reach = np.sqrt(np.maximum(size_mm**2 - rises_mm**2, 0.0))
    edges = np.concatenate([[0.0], taken_mm + reach, taken_mm - reach])
    is_free = np.array(
        [bool(np.all(np.abs(edge - taken_mm) >= reach - SLACK)) for edge in edges]
    )
    free = edges[is_free]
    # Of two equally near ones the right one.
    order = np.lexsort((-free, np.abs(free).round(9)))
    return float(free[order[0]])
