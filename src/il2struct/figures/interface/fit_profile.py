"""Shape complementarity along the residues of both sides of an interface."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from il2struct.figures.canvas import panel, size_mm
from il2struct.figures.drawing import Drawing, file_stem
from il2struct.figures.drawn import drawn
from il2struct.figures.interface.fit import has_scores, no_scores_error
from il2struct.figures.interface.residue_labels import (
    LARGE_JUMP,
    ShownResidue,
    breaks_after,
    key_of,
    numbering_note,
    numbering_of,
    residue_of,
)
from il2struct.figures.style import EDGE_COLOUR, WIDTHS_MM
from il2struct.figures.tables import interface_key, keyed_frame
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
from il2struct.results.fit_tables import fit_residue_table
from il2struct.results.interfaces import InterfaceResults
from il2struct.tables import records

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

#: Heights of a panel, of the labels and title below it, and edges, in mm.
PANEL_MM: Final = 22.0
BELOW_MM: Final = 14.5
TOP_MM: Final = 2.5
LEFT_MM: Final = 13.0
RIGHT_MM: Final = 3.0
KEY_MM: Final = 5.0
#: Least room for a label of 6 points, and for one of 5, in mm.
LABEL_6PT_MM: Final = 2.3
LABEL_5PT_MM: Final = 1.95
#: Area of the mark of a residue with 20 Å² of dots, in square points, and the smallest mark.
MARK_PT2: Final = 16.0
MARK_A2: Final = 20.0
SMALLEST_MARK_PT2: Final = 2.0


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


def complementarity_profile(
    results: InterfaceResults,
    ax: "Axes | None" = None,
    *,
    interface: int | str | None = None,
    palette: Palette | None = None,
) -> "Axes":
    """
    Draw how well each residue of an interface fits, both sides below each other.

    Parameters
    ----------
    results : InterfaceResults
        Measured with ``sc="value"`` or ``"error"``.
    ax : Axes, optional
        Where to draw; a new figure of the right size by default.
    interface : int or str, optional
        Place or id of the interface (``"IL2/IL2RA"``) where `results` holds several.
    palette : Palette, optional

    Returns
    -------
    Axes
        That holds the panels; ``.figure`` can be saved.

    Raises
    ------
    ParameterError
        If there is no such interface, or it has no scores.
    """
    drawing = complementarity_profile_drawing(
        results, interface=interface, palette=palette
    )
    return drawn(drawing, ax)


def complementarity_profile_drawing(
    results: InterfaceResults,
    *,
    interface: int | str | None = None,
    palette: Palette | None = None,
    width: str | float | None = None,
) -> Drawing:
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
    if not has_scores(one):
        raise no_scores_error()
    content = _content(one)
    n = max(len(side) for side in content.sides)
    room = WIDTHS_MM["single"] - LEFT_MM - RIGHT_MM
    names = unescaped(pair_name(content.row))
    return Drawing(
        name=file_stem("complementarity_profile", *interface_key(content.row)),
        kind="complementarity_profile",
        title=f"Fit of each residue of {names} in {place_name(content.row)}",
        alt=_alt(content),
        caption=_caption(one, content),
        table=_table(content),
        width=width or ("single" if n * LABEL_6PT_MM <= room else "double"),
        height_mm=TOP_MM + 2 * (PANEL_MM + BELOW_MM) + KEY_MM,
        draw=lambda ax: _draw(ax, content, palette or Palette()),
    )


def _content(one: InterfaceResults) -> _Profile:
    row = summary_row(one)
    result = one.items[0].fit.result  # type: ignore[union-attr]  # it has scores
    table = records(fit_residue_table(one.named, one.items))
    buried = {
        (r["side"], key_of(r)): (float(r["buried_a2"]), str(r["class_levy"] or ""))
        for r in records(one.residues)
    }
    sides = tuple(
        tuple(
            _Point(
                residue=residue_of(r, *buried.get((side, key_of(r)), (0.0, ""))),
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
    )


def _table(content: _Profile) -> "pd.DataFrame":
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
    return keyed_frame("figure_complementarity_profile", content.row, rows)


def _alt(content: _Profile) -> str:
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
    return f"Local score S of each residue. {'; '.join(parts)}."


def _caption(one: InterfaceResults, content: _Profile) -> str:
    parameters = one.items[0].fit.result.parameters  # type: ignore[union-attr]  # it has scores
    residues = [[p.residue for p in side] for side in content.sides]
    return (
        f"Local shape complementarity of {unescaped(pair_name(content.row))} in "
        f"{place_name(content.row)}: median S of the dots of each residue (Lawrence & Colman 1993; "
        f"{parameters.dot_density_per_a2:g} dots per Å², probe {parameters.probe_radius_a:g} Å, a "
        f"band of {parameters.trim_band_a:g} Å at the edge not scored, without glycans). Area of a "
        "mark: area of its dots. Line: median of all dots of the side; stems lead to it. Sc is the "
        f"mean of the two: {content.row['sc']:.2f}. Slashes: numbers jump by more than "
        f"{LARGE_JUMP}. {numbering_note(*residues)}"
    )


def _draw(ax: "Axes", content: _Profile, palette: Palette) -> None:
    width, height = size_mm(ax)
    across = max(width - LEFT_MM - RIGHT_MM, 1.0)
    up = max((height - TOP_MM - KEY_MM) / 2 - BELOW_MM, 1.0)
    lowest = min((p.median for side in content.sides for p in side), default=0.0)
    for place in (0, 1):
        bottom = KEY_MM + BELOW_MM + (1 - place) * (up + BELOW_MM)
        chart = panel(ax, (LEFT_MM, bottom, across, up))
        chart.set(ylim=(min(0.0, lowest - 0.06), 1.04), label=f"side {place + 1}")
        _side(chart, content, place, palette)
        _axes(chart, content, place, across)
    _key(ax, width)


def _mark_pt2(area_a2: float) -> float:
    return max(MARK_PT2 * area_a2 / MARK_A2, SMALLEST_MARK_PT2)


def _side(chart: "Axes", content: _Profile, place: int, palette: Palette) -> None:
    points, median = content.sides[place], content.medians[place]
    places = np.arange(len(points))
    scores = np.array([p.median for p in points])
    chart.axhline(median, color="#000000", linewidth=0.6, zorder=1, label="_median")
    chart.vlines(places, median, scores, color="#777777", linewidth=0.5, zorder=1.5)
    chart.scatter(
        places,
        scores,
        s=[_mark_pt2(p.area_a2) for p in points],
        facecolor=palette.of(side_role(content.row, place + 1)),
        edgecolor=EDGE_COLOUR,
        linewidth=0.4,
        zorder=3,
        label="_points",
        clip_on=False,
    )
    for gap in breaks_after([p.residue for p in points]):
        chart.plot(
            [gap + 0.5],
            [0.0],
            marker=[(-0.5, -1.0), (0.5, 1.0)],
            linestyle="none",
            markersize=4.0,
            markeredgecolor="#000000",
            markeredgewidth=0.7,
            transform=chart.get_xaxis_transform(),
            clip_on=False,
            label="_break",
        )


def _axes(chart: "Axes", content: _Profile, place: int, across: float) -> None:
    points = content.sides[place]
    n = max(len(points), 1)
    pitch = across / n
    every = max(1, int(np.ceil(LABEL_5PT_MM / pitch - 1e-9)))
    shown = range(0, len(points), every)
    chart.set_xlim(-0.5, n - 0.5)
    chart.set_xticks(list(shown), [points[i].residue.label for i in shown])
    chart.tick_params(
        axis="x",
        labelrotation=90,
        labelsize=6.0 if pitch >= LABEL_6PT_MM else 5.0,
        pad=1.5,
    )
    chart.set_yticks([0.0, 0.5, 1.0])
    chart.set_ylabel("median S\n(no unit)", fontsize=6, linespacing=1.3)
    kind = numbering_of([p.residue for p in points]).removesuffix("s")
    label = f"{side_name(content.row, place + 1)} residue ({kind})"
    chart.set_xlabel(label)
    _, up = size_mm(chart)
    chart.xaxis.set_label_coords(0.5, -8.2 / up)


def _key(ax: "Axes", width: float) -> None:
    words = panel(ax, (LEFT_MM, 0.0, max(width - LEFT_MM - RIGHT_MM, 1.0), KEY_MM))
    words.set_axis_off()
    handles = [
        words.scatter(
            [],
            [],
            s=_mark_pt2(area),
            facecolor="#BBBBBB",
            edgecolor=EDGE_COLOUR,
            linewidth=0.4,
            label=f"{area} Å² of dots",
        )
        for area in (5, 20, 40)
    ]
    words.legend(
        handles=handles,
        loc="center",
        ncols=3,
        borderaxespad=0.0,
        handletextpad=0.3,
        columnspacing=1.2,
    )
