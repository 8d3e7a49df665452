"""Dose-response curves of cells with their half-maximal doses."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from il2struct.arrays import BoolArray
from il2struct.errors import ParameterError
from il2struct.figures.canvas import blank_panel, panel, size_mm, wrapped
from il2struct.figures.drawing import Drawing, file_stem
from il2struct.figures.drawn import drawn
from il2struct.figures.network.response_words import terms_of, write_decades
from il2struct.figures.tables import framed
from il2struct.network.response.receptor import ReceptorResponse

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

#: Dashes, grey and mark of curves, in order; the seventh looks like the first again.
CURVE_STYLES: Final = (
    ((0, ()), "black", "o"),
    ((0, (5, 1.5)), "black", "s"),
    ((0, (2, 1.2)), "black", "^"),
    ((0, ()), "#808080", "D"),
    ((0, (5, 1.5)), "#808080", "v"),
    ((0, (2, 1.2)), "#808080", "P"),
)
#: Doses are drawn from where the first curve reaches this share of its plateau to where the last
#: one is this near to it.
SHOWN_SHARE: Final = 0.005
#: Sentence that belongs to every absolute dose.
EC50_STATEMENT: Final = (
    "Absolute EC50s hang on a layer of {height:g} nm and a penalty fitted to affinities of cells; only "
    "shifts between curves of one cell belong to contact and coupling."
)
PICO_PER_NANO: Final = 1000.0


def dose_response_drawing(
    responses: ReceptorResponse | Sequence[ReceptorResponse],
    *,
    width: str | float = "single",
) -> Drawing:
    """
    Draw dose-response curves with their half-maximal doses, and measured ones below.

    Parameters
    ----------
    responses : ReceptorResponse or sequence of ReceptorResponse
        Cells or couplings to compare.
    width : str or float
        ``"single"``, ``"double"`` or mm.

    Returns
    -------
    Drawing

    Raises
    ------
    ParameterError
        If there is none.
    """
    shown = _several(responses)
    labels = curve_labels(shown)
    cells = dict.fromkeys(r.settings.cell.cell for r in shown)
    note = _statement(shown)
    rows = len(shown) + len(_measured(shown))

    def draw(ax: "Axes") -> None:
        _draw_doses(ax, shown, labels)

    return Drawing(
        name=file_stem("dose_response", *cells),
        kind="dose_response",
        title=f"Response to IL-2: {', '.join(_names(shown))}",
        alt=_dose_alt(shown, labels),
        caption=(
            "β-γc pairs joined by IL-2 at equilibrium, of all that could be, against IL-2. Marks: "
            "half of the largest response (EC50). Bars at the top: EC50 of STAT5 phosphorylation as "
            f"measured. {note} {terms_of(shown)}"
        ),
        table=_dose_table(shown, labels),
        width=width,
        height_mm=68.0 + 3.6 * rows,
        draw=draw,
    )


def dose_response(
    responses: ReceptorResponse | Sequence[ReceptorResponse],
    ax: "Axes | None" = None,
) -> "Axes":
    """
    Draw dose-response curves into an axes.

    Parameters
    ----------
    responses : ReceptorResponse or sequence of ReceptorResponse
    ax : Axes, optional
        A new figure of the default size by default.

    Returns
    -------
    Axes
    """
    return drawn(dose_response_drawing(responses), ax)


def _several(
    responses: ReceptorResponse | Sequence[ReceptorResponse],
) -> list[ReceptorResponse]:
    shown = [responses] if isinstance(responses, ReceptorResponse) else list(responses)
    if not shown:
        raise ParameterError("there is no response to draw; give one or more.")
    return shown


def curve_labels(responses: Sequence[ReceptorResponse]) -> list[str]:
    """
    Name curves by what tells them apart: cell, coupling, contact, free chains.

    Parameters
    ----------
    responses : sequence of ReceptorResponse
    """
    parts = [
        (
            r.settings.cell.cell_name,
            f"coupling {r.settings.coupling_kt:g} kT",
            f"contact {r.settings.contact_kd_micromolar:g} µmol/L",
            f"free chains {r.settings.free_chains.value}",
        )
        for r in responses
    ]
    tells = [len({part[n] for part in parts}) > 1 for n in range(4)]
    if not any(tells):
        tells[0] = True
    return [
        ", ".join(w for w, tell in zip(p, tells, strict=True) if tell) for p in parts
    ]


def _names(responses: Sequence[ReceptorResponse]) -> list[str]:
    return list(dict.fromkeys(r.settings.cell.cell_name for r in responses))


def _statement(responses: Sequence[ReceptorResponse]) -> str:
    heights = dict.fromkeys(r.settings.height_nm for r in responses)
    return " ".join(EC50_STATEMENT.format(height=h) for h in heights)


def _shown_doses(responses: Sequence[ReceptorResponse]) -> BoolArray:
    """Doses from the foot of the first curve to the shoulder of the last, and measured EC50s."""
    doses = responses[0].dose.ligand_nanomolar
    shares = np.array(
        [r.dose.response_fraction / r.dose.response_fraction.max() for r in responses]
    )
    rising = np.any((shares > SHOWN_SHARE) & (shares < 1.0 - SHOWN_SHARE), axis=0)
    wanted = [*doses[rising]]
    wanted += [e for _, low, high in _measured(responses) for e in (low, high)]
    # A little beyond, so that nothing ends on the frame.
    kept: BoolArray = (doses >= min(wanted) / 2.0) & (doses <= max(wanted) * 2.0)
    return kept


def _measured(
    responses: Sequence[ReceptorResponse],
) -> list[tuple[str, float, float]]:
    """Cells with a measured EC50 and its range in nmol/L, each once."""
    found = {
        r.settings.cell.cell_name: (
            r.measured.ec50_low_nanomolar,
            r.measured.ec50_high_nanomolar,
        )
        for r in responses
        if not math.isnan(r.measured.ec50_low_nanomolar)
    }
    return [(name, low, high) for name, (low, high) in found.items()]


def _draw_doses(
    ax: "Axes", responses: Sequence[ReceptorResponse], labels: Sequence[str]
) -> None:
    width, height = size_mm(ax)
    measured = _measured(responses)
    foot = 18.0 + 3.6 * (len(responses) + len(measured))
    plot = panel(ax, (12.0, foot, width - 17.5, height - foot - 2.0))
    plot.set_label("dose-response")
    kept = _shown_doses(responses)
    for place, response in enumerate(responses):
        dashes, colour, marker = CURVE_STYLES[place % len(CURVE_STYLES)]
        plot.plot(
            PICO_PER_NANO * response.dose.ligand_nanomolar[kept],
            response.dose.response_fraction[kept],
            linestyle=dashes,
            color=colour,
            linewidth=1.0,
        )
        if not math.isnan(response.curve.ec50_nanomolar):
            plot.scatter(
                [PICO_PER_NANO * response.curve.ec50_nanomolar],
                [0.5 * response.curve.plateau_fraction],
                s=16.0,
                marker=marker,
                facecolors=colour,
                edgecolors="black",
                linewidths=0.4,
                zorder=3,
            )
    for place, (_, low_nanomolar, high_nanomolar) in enumerate(measured):
        low, high = PICO_PER_NANO * low_nanomolar, PICO_PER_NANO * high_nanomolar
        y = 1.06 + 0.07 * place
        plot.plot([low, high], [y, y], color="black", linewidth=2.0, zorder=4)
        plot.text(low / 1.3, y, f"{place + 1}", ha="right", va="center", fontsize=6)
    plot.set_xscale("log")
    write_decades(plot.xaxis)
    doses = PICO_PER_NANO * responses[0].dose.ligand_nanomolar[kept]
    plot.set_xlim(doses[0], doses[-1])
    plot.set_ylim(0.0, 1.04 + 0.07 * len(measured))
    plot.set_yticks([0.0, 0.25, 0.5, 0.75, 1.0])
    plot.set_xlabel("IL-2 (pmol/L)")
    plot.set_ylabel("response (fraction of pairs)")
    _draw_dose_key(ax, responses, labels, foot)


def _draw_dose_key(
    ax: "Axes",
    responses: Sequence[ReceptorResponse],
    labels: Sequence[str],
    foot: float,
) -> None:
    width, _ = size_mm(ax)
    tall = foot - 9.0
    key = blank_panel(ax, (12.0, 0.0, width - 12.0, tall))
    y = tall - 2.0
    for place, (response, label) in enumerate(zip(responses, labels, strict=True)):
        dashes, colour, marker = CURVE_STYLES[place % len(CURVE_STYLES)]
        key.plot([0.0, 6.0], [y, y], linestyle=dashes, color=colour, linewidth=1.0)
        key.scatter(
            [3.0],
            [y],
            s=14.0,
            marker=marker,
            facecolors=colour,
            edgecolors="black",
            linewidths=0.4,
        )
        key.text(7.5, y, f"{label}: {_numbers(response)}", va="center", fontsize=6)
        y -= 3.6
    for place, (name, low, high) in enumerate(_measured(responses)):
        key.text(5.0, y, f"{place + 1}", ha="right", va="center", fontsize=6)
        words = f"measured, {name}: EC50 {dose_words(low)} to {dose_words(high)}"
        key.text(7.5, y, words, va="center", fontsize=6)
        y -= 3.6
    for line in wrapped(_statement(responses), 5.5, 0.95 * (width - 12.0)):
        key.text(0.0, y, line, va="center", fontsize=5.5)
        y -= 2.7


def _numbers(response: ReceptorResponse) -> str:
    curve = response.curve
    if math.isnan(curve.ec50_nanomolar):
        return "no half in the range"
    return f"EC50 {dose_words(curve.ec50_nanomolar)}, Hill {curve.hill:.2f}"


def dose_words(nanomolar: float) -> str:
    """
    Write a concentration with the prefix that keeps it short.

    Parameters
    ----------
    nanomolar : float
        In nmol/L.

    Examples
    --------
    >>> dose_words(8.1e-5), dose_words(0.04), dose_words(1500.0)
    ('81 fmol/L', '40 pmol/L', '1500 nmol/L')
    """
    units = ((1.0, "nmol/L"), (1e3, "pmol/L"), (1e6, "fmol/L"))
    factor, unit = next((u for u in units if nanomolar * u[0] >= 1.0), units[-1])
    return f"{float(f'{nanomolar * factor:.2g}'):g} {unit}"


def _dose_table(
    responses: Sequence[ReceptorResponse], labels: Sequence[str]
) -> "pd.DataFrame":
    kept = _shown_doses(responses)
    rows: list[dict[str, Any]] = []
    for response, label in zip(responses, labels, strict=True):
        dose = response.dose
        points = [
            (PICO_PER_NANO * float(x), float(y), False)
            for x, y in zip(
                dose.ligand_nanomolar[kept], dose.response_fraction[kept], strict=True
            )
        ]
        if not math.isnan(response.curve.ec50_nanomolar):
            half = 0.5 * response.curve.plateau_fraction
            ec50 = PICO_PER_NANO * response.curve.ec50_nanomolar
            points.append((ec50, half, True))
        rows += [
            {
                "curve": label,
                "cell": response.settings.cell.cell,
                "coupling_kt": response.settings.coupling_kt,
                "ligand_picomolar": x,
                "response_fraction": y,
                "is_ec50": is_ec50,
            }
            for x, y, is_ec50 in points
        ]
    return framed("figure_dose_response", rows)


def _dose_alt(responses: Sequence[ReceptorResponse], labels: Sequence[str]) -> str:
    curves = "; ".join(
        f"{label} {_numbers(r)}" for r, label in zip(responses, labels, strict=True)
    )
    measured = "; ".join(
        f"{name} {dose_words(low)} to {dose_words(high)}"
        for name, low, high in _measured(responses)
    )
    sentence = f"Sigmoid curves of the response to IL-2: {curves}."
    return f"{sentence} Measured EC50: {measured}." if measured else sentence
