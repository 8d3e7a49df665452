"""Shape complementarity: how the local scores spread, and how well each residue fits."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from il2struct.arrays import FloatArray
from il2struct.complementarity import ShapeComplementarity
from il2struct.errors import ParameterError
from il2struct.figures import canvas, drawing
from il2struct.figures.interface.residues import (
    LARGE_JUMP,
    ShownResidue,
    axis_label,
    breaks_after,
    key_of,
    label_residues,
    numbering_note,
    residue_of,
)
from il2struct.figures.words import (
    one_interface,
    pair_name,
    place_name,
    plain,
    safe,
    side_colours,
    side_name,
    side_role,
    summary_row,
    summary_rows,
    unescaped,
)
from il2struct.palette import Palette
from il2struct.results.interface_tables import sc_table
from il2struct.results.interfaces import InterfaceResults
from il2struct.tables import records

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Height of a row, room for the scale and the edges, in mm.
ROW_MM: Final = 11.0
SCALE_MM: Final = 9.5
EDGE_MM: Final = 3.0
#: Steps of the density between -1 and 1, and its smoothing in S.
N_STEPS: Final = 400
BANDWIDTH: Final = 0.02
#: The scale of S begins at 0, or where this part of the dots lies below.
LOWEST_FRACTION: Final = 0.005
#: Half of a row that the highest density fills.
FILLED: Final = 0.46
#: Heights of a panel, of the labels and title below it, and edges, in mm.
PANEL_MM: Final = 22.0
BELOW_MM: Final = 14.5
TOP_MM: Final = 2.5
LEFT_MM: Final = 13.0
RIGHT_MM: Final = 3.0
KEY_MM: Final = 5.0
#: Area of the mark of a residue with 20 Å² of dots, in square points, and the smallest mark.
MARK_PT2: Final = 16.0
MARK_A2: Final = 20.0
SMALLEST_MARK_PT2: Final = 2.0
#: The spread of fewer dots tells little and is drawn so pale.
FEW_DOTS: Final = 500
FEW_ALPHA: Final = 0.4


@dataclass(frozen=True, slots=True, kw_only=True)
class _Half:
    """Dots of one side."""

    side: int
    role: str
    colour: str
    scores: FloatArray
    area_a2: float
    median: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _FitRow:
    """One interface."""

    row: dict[str, Any]
    halves: tuple[_Half, _Half]

    @property
    def has_few_dots(self) -> bool:
        return min(len(half.scores) for half in self.halves) < FEW_DOTS


def complementarity(
    results: InterfaceResults,
    *,
    palette: Palette | None = None,
    width: str | float = "single",
) -> drawing.Drawing:
    """
    Prepare the distribution of local scores, one row an interface.

    Parameters
    ----------
    results : InterfaceResults
        Measured with ``sc="value"`` or ``"error"``.
    palette : Palette, optional
    width : str or float

    Returns
    -------
    Drawing

    Raises
    ------
    ParameterError
        If shape complementarity was not measured, or the width is wrong.
    """
    scored = _scored(results)
    rows = _rows(results, scored, palette)
    entry_id = results.named.entry.entry_id
    parts = [
        f"{unescaped(pair_name(one.row))} Sc {_words(one)} (medians "
        f"{one.halves[0].median:.2f} and {one.halves[1].median:.2f})"
        for one in rows
    ]
    keys = ("entry_id", "complex_id", "interface_id", "sc", "sc_error")
    table = [
        {name: one.row[name] for name in keys}
        | {
            "side": half.side,
            "role": half.role,
            "n_dots": len(half.scores),
            "trimmed_area_a2": half.area_a2,
            "median_score": half.median,
        }
        for one in rows
        for half in one.halves
    ]
    parameters = next(iter(scored.values())).parameters
    missing = len(results) - len(rows)
    left_out = f" {missing} interfaces without dots are left out." if missing else ""
    error = (
        " ±: standard error."
        if any(r.row["sc_error"] is not None for r in rows)
        else ""
    )
    return drawing.Drawing(
        name=drawing.file_stem("complementarity", entry_id),
        kind="complementarity",
        title=f"Shape complementarity of the interfaces of {plain(entry_id)}",
        alt=f"Split densities of the local score S, one row an interface: {'; '.join(parts)}.",
        caption=(
            f"Local shape complementarity S (Lawrence & Colman 1993) in "
            f"{plain(results.named.entry.entry_id)}: upper half, dots of the side named first against "
            "the other; lower half, the reverse; n: dots of both. Black ticks: medians, whose mean is "
            f"Sc.{error} Each dot counts once, as in Sc: the density is not weighted by area. Smoothed by "
            f"{BANDWIDTH:g} in S; one scale of density in all rows. {parameters.dot_density_per_a2:g} "
            f"dots per Å², probe {parameters.probe_radius_a:g} Å, a band of {parameters.trim_band_a:g} Å "
            f"at the edge not scored, without glycans.{left_out}"
        ),
        table=drawing.framed("figure_complementarity", table),
        width=width,
        height_mm=2 * EDGE_MM + ROW_MM * len(rows) + SCALE_MM,
        paint=lambda ax: _draw_spread(ax, rows),
    )


def _scored(results: InterfaceResults) -> dict[int, ShapeComplementarity]:
    """Scores of the interfaces that have dots, by place; an error if none has."""
    scored = {
        place: interface.complementarity.result
        for place, interface in enumerate(results)
        if interface.complementarity is not None
        and interface.complementarity.result.n_dots
    }
    if not scored:
        raise ParameterError(
            "no interface has scores of shape complementarity; measure with sc='value' "
            "(interface_parameters), and where that was done, the sides are too far apart."
        )
    return scored


def _rows(
    results: InterfaceResults,
    scored: Mapping[int, ShapeComplementarity],
    palette: Palette | None,
) -> tuple[_FitRow, ...]:
    summaries = summary_rows(results)
    rows = []
    for place, result in scored.items():
        row, interface = summaries[place], results[place]
        sides = (
            (result.side_1, result.trimmed_area_1_a2, result.sc_1_to_2),
            (result.side_2, result.trimmed_area_2_a2, result.sc_2_to_1),
        )
        colours = side_colours(InterfaceResults(results.named, (interface,)), palette)
        first, second = (
            _Half(
                side=number,
                role=side_role(row, number),
                colour=colours[number - 1],
                scores=dots.scores,
                area_a2=area_a2,
                median=median,
            )
            for number, (dots, area_a2, median) in enumerate(sides, start=1)
        )
        rows.append(_FitRow(row=row, halves=(first, second)))
    return tuple(rows)


def _words(one: _FitRow) -> str:
    error = one.row["sc_error"]
    return f"{one.row['sc']:.2f}" + (f" ± {error:.2f}" if error is not None else "")


def score_density(scores: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Smooth scores to a density, mirrored at -1 and 1 so that nothing leaks out."""
    counts, edges = np.histogram(scores, bins=N_STEPS, range=(-1.0, 1.0))
    step = 2.0 / N_STEPS
    reach = int(4 * BANDWIDTH / step)
    offsets = np.arange(-reach, reach + 1) * step
    kernel = np.exp(-0.5 * (offsets / BANDWIDTH) ** 2)
    kernel /= kernel.sum()
    mirrored = np.pad(counts.astype(np.float64), reach, mode="symmetric")
    smooth = np.convolve(mirrored, kernel, mode="valid")
    return (edges[1:] + edges[:-1]) / 2, smooth / (len(scores) * step)


def _draw_spread(ax: "Axes", rows: tuple[_FitRow, ...]) -> None:
    width, height = canvas.size_mm(ax)
    has_several = len({one.row["complex_id"] for one in rows}) > 1
    labels = [_label(one, has_several=has_several) for one in rows]
    left = 8.0 + canvas.widest_mm(
        line for label in labels for line in label.splitlines()
    )
    box = (
        left,
        SCALE_MM + EDGE_MM / 2,
        max(width - left - EDGE_MM, 1.0),
        max(height - SCALE_MM - 1.5 * EDGE_MM, 1.0),
    )
    chart = canvas.inset(ax, box)
    chart.set_label("densities")
    curves = [[score_density(h.scores) for h in one.halves] for one in rows]
    highest = max(float(d.max()) for pair in curves for _, d in pair)
    every = np.concatenate([h.scores for one in rows for h in one.halves])
    low = min(0.0, float(np.quantile(every, LOWEST_FRACTION)))
    chart.axvline(0.0, color="#999999", linewidth=0.5, linestyle=(0, (1, 2)), zorder=0)
    for place, (one, pair) in enumerate(zip(rows, curves, strict=True)):
        for half, (score, density) in zip(one.halves, pair, strict=True):
            shown = score >= low
            way = 1 if half.side == 1 else -1
            chart.fill_between(
                score[shown],
                -place,
                -place + way * FILLED * density[shown] / highest,
                facecolor=half.colour,
                alpha=FEW_ALPHA if one.has_few_dots else 1.0,
                edgecolor=canvas.EDGE_COLOUR,
                linewidth=0.4,
                label=f"_density {half.side}",
            )
            chart.plot(
                [half.median] * 2,
                [-place, -place + way * FILLED],
                color="#000000",
                linewidth=1.2,
                solid_capstyle="butt",
                label="_median",
            )
    chart.set(xlim=(low, 1.0), ylim=(0.5 - len(rows), 0.5))
    chart.set_yticks([-place for place in range(len(rows))], labels, linespacing=1.3)
    chart.tick_params(axis="y", length=0, pad=3)
    chart.set_ylabel("density of dots", fontsize=6)
    chart.yaxis.set_label_coords((EDGE_MM - left) / box[2], 0.5)
    chart.set_xlabel("local complementarity S (no unit)")
    above = chart.get_xaxis_transform()
    has_few = any(one.has_few_dots for one in rows)
    words = f" black: median{f'; pale: < {FEW_DOTS} dots' * has_few}"
    chart.text(low, 1.0, words, fontsize=6, transform=above)


def _label(one: _FitRow, *, has_several: bool) -> str:
    n_1, n_2 = (len(half.scores) for half in one.halves)
    complex_id = str(one.row["complex_id"] or "")
    where = f" ({safe(complex_id, longest=4)})" if has_several and complex_id else ""
    return f"{pair_name(one.row)}{where}\nSc {_words(one)}\nn = {n_1} + {n_2}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Point:
    """One residue with dots."""

    residue: ShownResidue
    n_dots: int
    area_a2: float
    median: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Profile:
    """Both sides of an interface."""

    row: dict[str, Any]
    sides: tuple[tuple[_Point, ...], tuple[_Point, ...]]
    medians: tuple[float, float]
    colours: tuple[str, str]


def complementarity_profile(
    results: InterfaceResults,
    *,
    interface: int | str | None = None,
    palette: Palette | None = None,
    width: str | float | None = None,
) -> drawing.Drawing:
    """
    Prepare the profile of local complementarity of an interface.

    Parameters
    ----------
    results : InterfaceResults
        Measured with ``sc="value"`` or ``"error"``.
    interface : int or str, optional
        Place or id of the interface where `results` holds several.
    palette : Palette, optional
    width : str or float, optional
        By default a single column, or a double one for more residues.

    Returns
    -------
    Drawing

    Raises
    ------
    ParameterError
        If there is no such interface, it has no scores, or the width is wrong.
    """
    one = one_interface(results, interface)
    result = _scored(one)[0]
    content = _profile(one, result, palette)
    rows = [
        {
            "side": number,
            "role": point.residue.role,
            "residue": point.residue.name,
            "number": point.residue.number,
            "n_dots": point.n_dots,
            "trimmed_area_a2": point.area_a2,
            "median_score": point.median,
        }
        for number, side in enumerate(content.sides, start=1)
        for point in side
    ]
    n = max(len(side) for side in content.sides)
    room = canvas.WIDTHS_MM["single"] - LEFT_MM - RIGHT_MM
    names = unescaped(pair_name(content.row))
    parameters = result.parameters
    residues = [[p.residue for p in side] for side in content.sides]
    parts = []
    for number, (side, median) in enumerate(
        zip(content.sides, content.medians, strict=True), start=1
    ):
        ordered = sorted(side, key=lambda p: p.median)
        worst, best = ordered[0], ordered[-1]
        parts.append(
            f"{unescaped(side_name(content.row, number))}, median {median:.2f}: best "
            f"{best.residue.name} {best.median:.2f}, worst {worst.residue.name} {worst.median:.2f}"
        )
    return drawing.Drawing(
        name=drawing.file_stem(
            "complementarity_profile", *drawing.interface_key(content.row)
        ),
        kind="complementarity_profile",
        title=f"Fit of each residue of {names} in {place_name(content.row)}",
        alt=f"Local score S of each residue. {'; '.join(parts)}.",
        caption=(
            f"Local shape complementarity of {unescaped(pair_name(content.row))} in "
            f"{place_name(content.row)}: median S of the dots of each residue (Lawrence & Colman 1993; "
            f"{parameters.dot_density_per_a2:g} dots per Å², probe {parameters.probe_radius_a:g} Å, a "
            f"band of {parameters.trim_band_a:g} Å at the edge not scored, without glycans). Area of a "
            "mark: area of its dots. Line: median of all dots of the side; stems lead to it, thin where there are few dots. Sc is the "
            f"mean of the two: {content.row['sc']:.2f}. Slashes: numbers jump by more than "
            f"{LARGE_JUMP}. {numbering_note(*residues)}"
        ),
        table=drawing.keyed_frame("figure_complementarity_profile", content.row, rows),
        width=width or ("single" if n * canvas.LINE_6PT_MM <= room else "double"),
        height_mm=TOP_MM + 2 * (PANEL_MM + BELOW_MM) + KEY_MM,
        paint=lambda ax: _draw_profile(ax, content),
    )


def _profile(
    one: InterfaceResults, result: ShapeComplementarity, palette: Palette | None
) -> _Profile:
    row = summary_row(one)
    table = records(sc_table("sc_residues", one.named, one.items))
    buried = {
        (r["side"], key_of(r)): float(r["buried_a2"]) for r in records(one.residues)
    }
    sides = tuple(
        tuple(
            _Point(
                residue=residue_of(r, buried.get((side, key_of(r)), 0.0)),
                n_dots=int(r["n_dots"]),
                area_a2=float(r["trimmed_area_a2"]),
                median=float(r["median_score"]),
            )
            for r in table
            if r["side"] == side
        )
        for side in (1, 2)
    )
    return _Profile(
        row=row,
        sides=(sides[0], sides[1]),
        medians=(result.sc_1_to_2, result.sc_2_to_1),
        colours=side_colours(one, palette),
    )


def _draw_profile(ax: "Axes", content: _Profile) -> None:
    width, height = canvas.size_mm(ax)
    across = max(width - LEFT_MM - RIGHT_MM, 1.0)
    up = max((height - TOP_MM - KEY_MM) / 2 - BELOW_MM, 1.0)
    lowest = min((p.median for side in content.sides for p in side), default=0.0)
    for place in (0, 1):
        bottom = KEY_MM + BELOW_MM + (1 - place) * (up + BELOW_MM)
        chart = canvas.inset(ax, (LEFT_MM, bottom, across, up))
        chart.set(ylim=(min(0.0, lowest - 0.06), 1.04), label=f"side {place + 1}")
        _draw_side(chart, content, place, across)
    _draw_key(ax, width)


def _mark_pt2(area_a2: float) -> float:
    return max(MARK_PT2 * area_a2 / MARK_A2, SMALLEST_MARK_PT2)


def _draw_side(chart: "Axes", content: _Profile, place: int, across: float) -> None:
    points, median = content.sides[place], content.medians[place]
    places = np.arange(len(points))
    scores = np.array([p.median for p in points])
    chart.axhline(median, color="#000000", linewidth=0.6, zorder=1, label="_median")
    # A residue of few dots shall not have the strongest stem.
    wide = np.clip([p.area_a2 / MARK_A2 for p in points], 0.2, 1.0)
    stems: canvas.Look = {"color": "#777777", "linewidth": wide, "zorder": 1.5}
    chart.vlines(places, median, scores, **stems)
    chart.scatter(
        places,
        scores,
        s=[_mark_pt2(p.area_a2) for p in points],
        facecolor=content.colours[place],
        edgecolor=canvas.EDGE_COLOUR,
        linewidth=0.4,
        zorder=3,
        label="_points",
        clip_on=False,
    )
    residues = [p.residue for p in points]
    for gap in breaks_after(residues):
        canvas.mark_breaks(chart, [gap + 0.5], [0.0], chart.get_xaxis_transform())
    n = max(len(points), 1)
    chart.set_xlim(-0.5, n - 0.5)
    label_residues(chart.xaxis, residues, across / n)
    chart.tick_params(axis="x", labelrotation=90)
    chart.set_yticks([0.0, 0.5, 1.0])
    chart.set_ylabel("median S\n(no unit)", fontsize=6, linespacing=1.3)
    chart.set_xlabel(axis_label(content.row, place + 1, residues))
    chart.xaxis.set_label_coords(0.5, -8.2 / canvas.size_mm(chart)[1])


def _draw_key(ax: "Axes", width: float) -> None:
    words = canvas.inset(
        ax, (LEFT_MM, 0.0, max(width - LEFT_MM - RIGHT_MM, 1.0), KEY_MM)
    )
    words.set_axis_off()
    handles = [
        words.scatter(
            [],
            [],
            s=_mark_pt2(area),
            facecolor="#BBBBBB",
            edgecolor=canvas.EDGE_COLOUR,
            linewidth=0.4,
            label=f"{area:g} Å²{words_behind}",
        )
        for area, words_behind in ((5.0, ""), (20.0, ""), (40.0, " of dots"))
    ]
    line = words.plot([], [], color="#000000", linewidth=0.6, label="median")
    key = words.legend(
        handles=[*handles, *line],
        loc="center",
        ncols=4,
        borderaxespad=0.0,
        handletextpad=0.3,
        columnspacing=1.2,
    )
    room = width - LEFT_MM - RIGHT_MM
    canvas.shrink_to_fit(key.get_texts(), lambda: key.get_window_extent().width, room)
