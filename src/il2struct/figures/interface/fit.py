"""Shape complementarity: how the local scores spread, and how well each residue fits."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from il2struct.arrays import FloatArray
from il2struct.errors import ParameterError
from il2struct.figures.canvas import panel, size_mm
from il2struct.figures.drawing import Drawing, file_stem
from il2struct.figures.drawn import drawn
from il2struct.figures.style import EDGE_COLOUR
from il2struct.figures.tables import framed
from il2struct.figures.words import pair_name, plain, safe, side_role, unescaped
from il2struct.palette import Palette
from il2struct.results.interfaces import InterfaceResults
from il2struct.tables import records

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

#: Height of a row, width of a letter of 6 points, room for the scale and the edges, in mm.
ROW_MM: Final = 11.0
LETTER_MM: Final = 1.15
SCALE_MM: Final = 9.5
EDGE_MM: Final = 3.0
#: Steps of the density between -1 and 1, and its smoothing in S.
N_STEPS: Final = 400
BANDWIDTH: Final = 0.02
#: The scale of S begins at 0, or where this part of the dots lies below.
LOWEST_FRACTION: Final = 0.005
#: Half of a row that the highest density fills.
FILLED: Final = 0.46


@dataclass(frozen=True, slots=True, kw_only=True)
class _Half:
    """Dots of one side."""

    side: int
    role: str
    scores: FloatArray
    area_a2: float
    median: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _FitRow:
    """One interface."""

    row: dict[str, Any]
    halves: tuple[_Half, _Half]


def complementarity(
    results: InterfaceResults,
    ax: "Axes | None" = None,
    *,
    palette: Palette | None = None,
) -> "Axes":
    """
    Draw how the local scores of shape complementarity spread, one row an interface.

    Parameters
    ----------
    results : InterfaceResults
        Measured with ``sc="value"`` or ``"error"``.
    ax : Axes, optional
        Where to draw; a new figure of the right size by default.
    palette : Palette, optional

    Returns
    -------
    Axes
        That holds the panel; ``.figure`` can be saved.

    Raises
    ------
    ParameterError
        If shape complementarity was not measured.
    """
    drawing = complementarity_drawing(results, palette=palette)
    return drawn(drawing, ax)


def complementarity_drawing(
    results: InterfaceResults,
    *,
    palette: Palette | None = None,
    width: str | float = "single",
) -> Drawing:
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
    rows = _rows(results)
    entry_id = results.named.entry.entry_id
    return Drawing(
        name=file_stem("complementarity", entry_id),
        kind="complementarity",
        title=f"Shape complementarity of the interfaces of {plain(entry_id)}",
        alt=_alt(rows),
        caption=_caption(results, rows),
        table=_table(rows),
        width=width,
        height_mm=2 * EDGE_MM + ROW_MM * len(rows) + SCALE_MM,
        draw=lambda ax: _draw(ax, rows, palette or Palette()),
    )


def has_scores(results: InterfaceResults) -> bool:
    """
    Whether some interface has dots with scores.

    Parameters
    ----------
    results : InterfaceResults
    """
    return any(i.fit is not None and i.fit.result.n_dots > 0 for i in results)


def no_scores_error() -> ParameterError:
    """Return the error for results without scores."""
    return ParameterError(
        "no interface has scores of shape complementarity; measure with sc='value' "
        "(interface_parameters), and where that was done, the sides are too far apart."
    )


def _rows(results: InterfaceResults) -> tuple[_FitRow, ...]:
    if not has_scores(results):
        raise no_scores_error()
    rows = []
    for row, interface in zip(records(results.table), results, strict=True):
        if interface.fit is None or not interface.fit.result.n_dots:
            continue
        result = interface.fit.result
        halves = (
            _Half(
                side=1,
                role=side_role(row, 1),
                scores=result.side_1.scores,
                area_a2=result.trimmed_area_1_a2,
                median=result.sc_1_to_2,
            ),
            _Half(
                side=2,
                role=side_role(row, 2),
                scores=result.side_2.scores,
                area_a2=result.trimmed_area_2_a2,
                median=result.sc_2_to_1,
            ),
        )
        rows.append(_FitRow(row=row, halves=halves))
    return tuple(rows)


def _table(rows: tuple[_FitRow, ...]) -> "pd.DataFrame":
    keys = ("entry_id", "complex_id", "interface_id", "sc", "sc_error")
    return framed(
        "figure_complementarity",
        [
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
        ],
    )


def _words(one: _FitRow) -> str:
    error = one.row["sc_error"]
    return f"{one.row['sc']:.2f}" + (f" ± {error:.2f}" if error is not None else "")


def _alt(rows: tuple[_FitRow, ...]) -> str:
    parts = [
        f"{unescaped(pair_name(one.row))} Sc {_words(one)} (medians "
        f"{one.halves[0].median:.2f} and {one.halves[1].median:.2f})"
        for one in rows
    ]
    return f"Split densities of the local score S, one row an interface: {'; '.join(parts)}."


def _caption(results: InterfaceResults, rows: tuple[_FitRow, ...]) -> str:
    fit = next(i.fit for i in results if i.fit is not None and i.fit.result.n_dots)
    parameters = fit.result.parameters
    missing = len(results) - len(rows)
    left_out = f" {missing} interfaces without dots are left out." if missing else ""
    error = (
        " ±: standard error."
        if any(r.row["sc_error"] is not None for r in rows)
        else ""
    )
    return (
        f"Local shape complementarity S (Lawrence & Colman 1993) in "
        f"{plain(results.named.entry.entry_id)}: upper half, dots of the side named first against "
        "the other; lower half, the reverse; n: dots of both. Black ticks: medians, whose mean is "
        f"Sc.{error} Each dot counts once, as in Sc: the density is not weighted by area. Smoothed by "
        f"{BANDWIDTH:g} in S; one scale of density in all rows. {parameters.dot_density_per_a2:g} "
        f"dots per Å², probe {parameters.probe_radius_a:g} Å, a band of {parameters.trim_band_a:g} Å "
        f"at the edge not scored, without glycans.{left_out}"
    )


def score_density(scores: FloatArray) -> tuple[FloatArray, FloatArray]:
    """
    Smooth scores to a density, mirrored at -1 and 1 so that nothing leaks out.

    Parameters
    ----------
    scores : ndarray, shape=(n,)
        From -1 to 1.

    Returns
    -------
    score : ndarray
        Middle of each step.
    density : ndarray
        Per unit of S; its integral is 1.
    """
    counts, edges = np.histogram(scores, bins=N_STEPS, range=(-1.0, 1.0))
    step = 2.0 / N_STEPS
    reach = int(4 * BANDWIDTH / step)
    offsets = np.arange(-reach, reach + 1) * step
    kernel = np.exp(-0.5 * (offsets / BANDWIDTH) ** 2)
    kernel /= kernel.sum()
    mirrored = np.pad(counts.astype(np.float64), reach, mode="symmetric")
    smooth = np.convolve(mirrored, kernel, mode="valid")
    return (edges[1:] + edges[:-1]) / 2, smooth / (len(scores) * step)


def _draw(ax: "Axes", rows: tuple[_FitRow, ...], palette: Palette) -> None:
    width, height = size_mm(ax)
    has_several = len({one.row["complex_id"] for one in rows}) > 1
    labels = [_label(one, has_several=has_several) for one in rows]
    longest = max(len(line) for label in labels for line in label.splitlines())
    left = 7.0 + longest * LETTER_MM
    box = (
        left,
        SCALE_MM + EDGE_MM / 2,
        max(width - left - EDGE_MM, 1.0),
        max(height - SCALE_MM - 1.5 * EDGE_MM, 1.0),
    )
    chart = panel(ax, box)
    chart.set_label("densities")
    curves = [[score_density(h.scores) for h in one.halves] for one in rows]
    highest = max(float(d.max()) for pair in curves for _, d in pair)
    every = np.concatenate([h.scores for one in rows for h in one.halves])
    low = min(0.0, float(np.quantile(every, LOWEST_FRACTION)))
    chart.axvline(0.0, color="#999999", linewidth=0.5, linestyle=(0, (1, 2)), zorder=0)
    for place, (one, pair) in enumerate(zip(rows, curves, strict=True)):
        for half, (score, density) in zip(one.halves, pair, strict=True):
            shown = score >= low
            curve = (score[shown], FILLED * density[shown] / highest)
            _draw_half(chart, half, -place, curve, palette)
    chart.set(xlim=(low, 1.0), ylim=(0.5 - len(rows), 0.5))
    chart.set_yticks(
        [-place for place in range(len(rows))],
        labels,
        linespacing=1.3,
    )
    chart.tick_params(axis="y", length=0, pad=3)
    chart.set_ylabel("density of dots", fontsize=6)
    chart.yaxis.set_label_coords((EDGE_MM - left) / box[2], 0.5)
    chart.set_xlabel("local complementarity S (no unit)")


def _draw_half(
    chart: "Axes",
    half: _Half,
    base: float,
    curve: tuple[FloatArray, FloatArray],
    palette: Palette,
) -> None:
    score, height = curve
    sign = 1 if half.side == 1 else -1
    chart.fill_between(
        score,
        base,
        base + sign * height,
        facecolor=palette.of(half.role),
        edgecolor=EDGE_COLOUR,
        linewidth=0.4,
        label=f"_density {half.side}",
    )
    chart.plot(
        [half.median] * 2,
        [base, base + sign * FILLED],
        color="#000000",
        linewidth=1.2,
        solid_capstyle="butt",
        label="_median",
    )


def _label(one: _FitRow, *, has_several: bool) -> str:
    n_1, n_2 = (len(half.scores) for half in one.halves)
    complex_id = str(one.row["complex_id"] or "")
    where = f" ({safe(complex_id, longest=4)})" if has_several and complex_id else ""
    return f"{pair_name(one.row)}{where}\nSc {_words(one)}\nn = {n_1} + {n_2}"
