"""A cell's answer to IL-2: how dose-response curves shift, and where chains get long."""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from il2struct.arrays import FloatArray
from il2struct.errors import ParameterError
from il2struct.figures.canvas import (
    EDGE_COLOUR,
    KEY_LINE_MM,
    MISSING_COLOUR,
    Look,
    blank_inset,
    figure_of,
    inset,
    key_entry,
    size_mm,
    width_mm,
)
from il2struct.figures.drawing import Drawing, file_stem, framed
from il2struct.network.response import receptor as model
from il2struct.network.response.dose_response import ResponseSettings
from il2struct.network.response.polymer import FreeChains
from il2struct.network.response.receptor import (
    PhaseDiagram,
    ReceptorResponse,
    receptor_response,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.collections import QuadMesh

#: Dashes, grey and mark of curves, in order; the seventh looks like the first again.
CURVE_STYLES: Final = (
    ((0, ()), "black", "o"),
    ((0, (5, 1.5)), "black", "s"),
    ((0, (2, 1.2)), "black", "^"),
    ((0, ()), "#808080", "D"),
    ((0, (5, 1.5)), "#808080", "v"),
    ((0, (2, 1.2)), "#808080", "P"),
)
#: Curves are drawn from this share of their plateau to where they are this near to it.
SHOWN_SHARE: Final = 0.005
#: Sentence that belongs to every absolute dose.
EC50_STATEMENT: Final = (
    "Absolute EC50s hang on a layer of {height:g} nm and a penalty fitted to affinities of cells; only "
    "shifts between curves of one cell belong to contact and coupling."
)
PICO_PER_NANO: Final = 1000.0
#: Mean lengths that lines are drawn at.
CONTOURS: Final = (1.1, 2.0, 5.0, 10.0, 100.0)
#: Colours end here: longer chains are darkest.
LONGEST_SHOWN: Final = 100.0
#: Stops of the map of chain length: lightness falls evenly.
LENGTH_STOPS: Final = ("#FFFFFF", "#B5C4C1", "#5D8A86", "#1F4B4A", "#04201F")
#: Height of a plot, and the width from which on both stand beside each other, in mm.
PLOT_MM: Final = 76.0
WIDE_MM: Final = 140.0
PHASE_NAMES: Final = {
    FreeChains.SILENT: "free α and γc are silent",
    FreeChains.COMPETE: "free α and γc compete",
}
#: Couplings that a single response is drawn with, in kT, besides its own.
COUPLINGS_KT: Final = (0.0, 1.0, 2.0)


def terms_of(responses: Sequence[ReceptorResponse]) -> str:
    """Return the parameters behind responses, as sentences."""
    said = dict.fromkeys(
        f"Dissociation constant of the γc-α contact {r.settings.contact_kd_micromolar:g} µmol/L (assumed, never "
        f"measured). {r.settings.free_chains.statement}"
        for r in responses
    )
    return " ".join(said)


def write_decades(*axes: "Axis") -> None:
    """
    Label axes of powers of ten with plain numbers, and leave out the small ticks.

    Superscripts would be mathematics, which a PDF cuts into pieces.
    """
    from matplotlib.ticker import FuncFormatter, NullLocator

    for axis in axes:
        axis.set_major_formatter(FuncFormatter(positional))
        axis.set_minor_locator(NullLocator())


def positional(value: float, _place: int | None = None) -> str:
    """Write a number without an exponent."""
    words: str = np.format_float_positional(float(f"{value:.3g}"), trim="-")
    return words


def dose_response(
    responses: ReceptorResponse | Sequence[ReceptorResponse],
    *,
    width: str | float = "single",
) -> Drawing:
    """
    Draw how dose-response curves are shifted against the first, with measured shifts above.

    Parameters
    ----------
    responses : ReceptorResponse or sequence of ReceptorResponse
        Cells or couplings to compare; the first is the native one, whose half-maximal dose is 1.
    width : str or float
        ``"single"``, ``"double"`` or mm.

    Returns
    -------
    Drawing

    Raises
    ------
    ParameterError
        If there is none, or the first has no half-maximal dose.
    """
    shown = [responses] if isinstance(responses, ReceptorResponse) else list(responses)
    if not shown:
        raise ParameterError("there is no response to draw; give one or more.")
    native = shown[0].curve.ec50_nanomolar
    if math.isnan(native):
        raise ParameterError(
            "the first response has no half-maximal dose in its range to set the others against; give "
            "another one first."
        )
    labels = curve_labels(shown)
    names = dict.fromkeys(r.settings.cell.cell_name for r in shown)
    doses = [
        dose_words(r.curve.ec50_nanomolar)
        for r in shown
        if not math.isnan(r.curve.ec50_nanomolar)
    ]
    curves = [
        f"{label} {_numbers(r, native)}" for r, label in zip(shown, labels, strict=True)
    ]
    alt = f"Sigmoid curves of the response to IL-2, EC50 against the first: {'; '.join(curves)}."
    measured = _measured(shown)
    if measured:
        alt += f" Measured: {'; '.join(_range_words(*each) for each in measured)}."
    rows = [
        {
            "curve": label,
            "cell": response.settings.cell.cell,
            "coupling_kt": response.settings.coupling_kt,
            "ligand_picomolar": PICO_PER_NANO * native * dose,
            "relative_dose": dose,
            "response_fraction": share * response.curve.plateau_fraction,
            "relative_response": share,
            "is_ec50": is_ec50,
        }
        for response, label in zip(shown, labels, strict=True)
        for is_ec50, points in (
            (False, _curve(response, native)),
            (True, _half(response, native)),
        )
        for dose, share in zip(*points, strict=True)
    ]
    heights = dict.fromkeys(r.settings.height_nm for r in shown)
    statement = " ".join(EC50_STATEMENT.format(height=h) for h in heights)
    return Drawing(
        name=file_stem(
            "dose_response", *dict.fromkeys(r.settings.cell.cell for r in shown)
        ),
        kind="dose_response",
        title=f"Shift of the response to IL-2: {', '.join(names)}",
        alt=alt,
        caption=(
            "β-γc pairs joined by IL-2 at equilibrium, as share of the plateau, against IL-2 over the "
            "half-maximal dose (EC50) of the first curve. Marks: EC50 of each. Bars above: EC50 of STAT5 "
            "phosphorylation over replicates, against the middle of those of the first cell; a shift "
            f"within a bar could not be seen. EC50 in the model: {', '.join(doses)}. "
            f"{statement} {terms_of(shown)}"
        ),
        table=framed("figure_dose_response", rows),
        width=width,
        height_mm=66.0 + KEY_LINE_MM * (len(shown) + len(measured)),
        paint=lambda ax: _draw_doses(ax, shown, labels),
    )


def _curve(
    response: ReceptorResponse, native_nanomolar: float
) -> tuple[list[float], list[float]]:
    """Doses over that of the native half and response over the plateau, where it rises."""
    doses = response.dose.ligand_nanomolar / native_nanomolar
    shares = response.dose.response_fraction / response.curve.plateau_fraction
    kept = (shares > SHOWN_SHARE) & (shares < 1.0 - SHOWN_SHARE)
    return doses[kept].tolist(), shares[kept].tolist()


def _half(
    response: ReceptorResponse, native_nanomolar: float
) -> tuple[list[float], list[float]]:
    """Half-maximal dose over the native one and half of the plateau, where there is one."""
    ec50 = response.curve.ec50_nanomolar
    return ([], []) if math.isnan(ec50) else ([ec50 / native_nanomolar], [0.5])


def curve_labels(responses: Sequence[ReceptorResponse]) -> list[str]:
    """Name curves by what tells them apart: cell, coupling, contact, free chains."""
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


def _measured(responses: Sequence[ReceptorResponse]) -> list[tuple[str, float, float]]:
    """Cells with the range of measured EC50 over the middle of that of the first, each once."""
    ends = responses[0].measured
    middle = math.sqrt(ends.ec50_low_nanomolar * ends.ec50_high_nanomolar)
    found = {
        r.settings.cell.cell_name: (
            r.measured.ec50_low_nanomolar / middle,
            r.measured.ec50_high_nanomolar / middle,
        )
        for r in responses
    }
    return [(name, *ends) for name, ends in found.items() if not math.isnan(ends[0])]


def _draw_doses(
    ax: "Axes", responses: Sequence[ReceptorResponse], labels: Sequence[str]
) -> None:
    width, height = size_mm(ax)
    native = responses[0].curve.ec50_nanomolar
    measured = _measured(responses)
    tall = KEY_LINE_MM * (len(responses) + len(measured)) + 1.0
    plot = inset(ax, (12.0, tall + 9.0, width - 14.5, height - tall - 11.0))
    plot.set_label("dose-response")
    key = blank_inset(ax, (12.0, 0.0, width - 12.0, tall))
    y = tall - 2.0
    plot.axvline(1.0, color=MISSING_COLOUR, linewidth=0.6, zorder=0)
    for place, (response, label) in enumerate(zip(responses, labels, strict=True)):
        dashes, colour, marker = CURVE_STYLES[place % len(CURVE_STYLES)]
        line: Look = {"linestyle": dashes, "color": colour, "linewidth": 1.0}
        mark: Look = {"marker": marker, "facecolors": colour, "edgecolors": "black"}
        mark["linewidths"] = 0.4
        plot.plot(*_curve(response, native), **line)
        plot.scatter(*_half(response, native), s=16.0, zorder=3, **mark)
        key.plot([0.0, 6.0], [y, y], **line)
        words = f"{label}: {_numbers(response, native)}"
        key_entry(key, (3.0, y), words, apart=4.5, s=14.0, **mark)
        y -= KEY_LINE_MM
    for place, each in enumerate(measured):
        above = 1.06 + 0.07 * place
        bar: Look = {"color": "black", "linewidth": 2.0, "solid_capstyle": "butt"}
        plot.plot(each[1:], [above, above], zorder=4, **bar)
        plot.text(
            each[1] / 1.2, above, f"{place + 1}", ha="right", va="center", fontsize=6
        )
        key.text(5.0, y, f"{place + 1}", ha="right", va="center", fontsize=6)
        words = f"measured, {_range_words(*each)}"
        key.text(7.5, y, words, va="center", fontsize=6)
        y -= KEY_LINE_MM
    plot.set_xscale("log")
    write_decades(plot.xaxis)
    plot.set_ylim(0.0, 1.04 + 0.07 * len(measured))
    plot.set_yticks([0.0, 0.25, 0.5, 0.75, 1.0])
    plot.set_xlabel("IL-2 over the EC50 of the first curve (no unit)")
    plot.set_ylabel("response (fraction of plateau)")


def _numbers(response: ReceptorResponse, native_nanomolar: float) -> str:
    curve = response.curve
    if math.isnan(curve.ec50_nanomolar):
        return "no half in the range"
    return (
        f"EC50 × {curve.ec50_nanomolar / native_nanomolar:.2g}, Hill {curve.hill:.2f}"
    )


def _range_words(name: str, low: float, high: float) -> str:
    return f"{name}: EC50 × {low:.2g} to {high:.2g}"


def dose_words(nanomolar: float) -> str:
    """
    Write a concentration with the prefix that keeps it short.

    Examples
    --------
    >>> dose_words(8.1e-5), dose_words(0.04), dose_words(1500.0)
    ('81 fmol/L', '40 pmol/L', '1500 nmol/L')
    """
    units = ((1.0, "nmol/L"), (1e3, "pmol/L"), (1e6, "fmol/L"))
    factor, unit = next((u for u in units if nanomolar * u[0] >= 1.0), units[-1])
    return f"{float(f'{nanomolar * factor:.2g}'):g} {unit}"


def phase_diagram(
    found: PhaseDiagram | ResponseSettings, *, width: str | float = "double"
) -> Drawing:
    """
    Draw mean chain length over the density of receptors and the strength of their contact.

    Parameters
    ----------
    found : PhaseDiagram or ResponseSettings
        Settings are worked out over the default range.
    width : str or float
        ``"single"``, ``"double"`` or mm.

    Returns
    -------
    Drawing
        A map for silent free chains, and curves for silent and competing ones.
    """
    diagram = found if isinstance(found, PhaseDiagram) else model.phase_diagram(found)
    settings = diagram.settings
    rows = [
        {
            "free_chains": free.value,
            "contact_kd_micromolar": float(kd),
            "density_per_um2": float(density),
            "mean_chain_length": float(lengths[d, k]),
        }
        for free, lengths in _lengths(diagram).items()
        for d, density in enumerate(diagram.density_per_um2)
        for k, kd in enumerate(diagram.contact_kd_micromolar)
    ]
    silent, compete = diagram.mean_length_silent, diagram.mean_length_compete
    cell = settings.cell.cell_name
    return Drawing(
        name=file_stem("phase_diagram", settings.cell.cell),
        kind="phase_diagram",
        title=f"Mean chain length over density and contact strength, {cell}",
        alt=(
            "Map of mean chain length over contact strength and receptor density, and curves beside it. If free "
            f"chains are silent it runs from {silent.min():.2f} to {silent.max():.3g} complexes; if they "
            f"compete it stays between {compete.min():.2f} and {compete.max():.2f}. The whole cell has "
            f"{diagram.cell_density_per_um2:.2g} of the scarcest chain per µm²."
        ),
        caption=(
            f"Complexes per chain (number average) if all complexes that can form are complete, "
            f"against the dissociation constant of the γc-α contact in solution and the density of the scarcest "
            f"chain, the others in the proportion of {cell}; layer of {settings.height_nm:g} nm. "
            f"Lines: mean lengths as labelled; colours end at {LONGEST_SHOWN:g}. Cross: the density "
            f"of the whole cell at {settings.contact_kd_micromolar:g} µmol/L, which is assumed. "
            "Map: only complete complexes make the contact. Curves: the same at the density of the whole "
            "cell and at the highest of the map (grey), and, dashed, if free α and γc make the contact too and "
            f"cap the chains, at {diagram.longest_compete:.2f} on average however dense and strong; upright "
            "line: the assumed constant."
        ),
        table=framed("figure_phase_diagram", rows),
        width=width,
        height_mm=PLOT_MM * (2 // _columns(width_mm(width))),
        paint=lambda ax: _draw_phases(ax, diagram),
    )


def _lengths(diagram: PhaseDiagram) -> dict[FreeChains, FloatArray]:
    return {
        FreeChains.SILENT: diagram.mean_length_silent,
        FreeChains.COMPETE: diagram.mean_length_compete,
    }


def _columns(total_mm: float) -> int:
    """Return how many plots stand beside each other."""
    return 2 if total_mm >= WIDE_MM else 1


def _draw_phases(ax: "Axes", diagram: PhaseDiagram) -> None:
    width, height = size_mm(ax)
    columns = _columns(width)
    step_x, step_y = (width - 3.0) / columns, height / (2 // columns)
    low = height - step_y + 10.0
    tall = step_y - 16.0
    plot = inset(ax, (13.0, low, step_x - 29.0, tall))
    plot.set_label(FreeChains.SILENT.value)
    mesh = _draw_phase(plot, diagram, diagram.mean_length_silent)
    plot.set_title(PHASE_NAMES[FreeChains.SILENT], loc="left", pad=3.0)
    bar = inset(ax, (step_x - 14.0, low, 3.0, tall))
    bar.set_axis_on()
    scale = figure_of(bar).colorbar(mesh, cax=bar, extend="max")
    ticks = [1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0]
    scale.set_ticks(ticks, labels=[f"{t:g}" for t in ticks])
    scale.minorticks_off()
    bar.set_ylabel("mean chain length (complexes)")
    bar.set_label("scale")
    left = step_x * (columns - 1)
    profile = inset(ax, (left + 13.0, 10.0, width - left - 16.0, tall))
    profile.set_label("profile")
    _draw_profile(profile, diagram)


def _nearest_density(diagram: PhaseDiagram) -> int:
    """Row of the densities that is nearest to that of the whole cell."""
    off = np.log(diagram.density_per_um2 / diagram.cell_density_per_um2)
    return int(np.argmin(np.abs(off)))


def _draw_profile(plot: "Axes", diagram: PhaseDiagram) -> None:
    """Mean length against the strength of the contact, for both ways of free chains."""
    kds, crowded = diagram.contact_kd_micromolar, float(diagram.density_per_um2[-1])
    dense = ((_nearest_density(diagram), "whole cell"), (-1, f"{crowded:g} per µm²"))
    looks = zip(((0, ()), (0, (5, 1.5))), _lengths(diagram).items(), strict=True)
    for dashes, (free, lengths) in looks:
        for (row, words), colour in zip(dense, ("black", "#808080"), strict=True):
            look: Look = {"linestyle": dashes, "color": colour, "linewidth": 1.0}
            name = f"{PHASE_NAMES[free]}, {words}"
            plot.plot(kds, lengths[row], label=name, gid=free.value, **look)
    kd = diagram.settings.contact_kd_micromolar
    line: Look = {"color": MISSING_COLOUR, "linewidth": 0.6, "zorder": 0}
    plot.axvline(kd, label=f"assumed, {kd:g} µmol/L", **line)
    plot.set_xscale("log")
    plot.set_yscale("log")
    write_decades(plot.xaxis, plot.yaxis)
    plot.set_xlim(kds[0], kds[-1])
    plot.set_ylim(0.9, 10.0 * LONGEST_SHOWN)
    plot.set_xlabel("dissociation constant of the contact (µmol/L)")
    plot.set_ylabel("mean chain length (complexes)")
    paper: Look = {"frameon": True, "facecolor": "white", "edgecolor": "none"}
    place: Look = {"loc": "upper right", "borderpad": 0.1, "borderaxespad": 0.2}
    plot.legend(handlelength=2.6, framealpha=1.0, **place, **paper)


def _draw_phase(plot: "Axes", diagram: PhaseDiagram, lengths: FloatArray) -> "QuadMesh":
    from matplotlib.colors import LinearSegmentedColormap, LogNorm

    kds, densities = diagram.contact_kd_micromolar, diagram.density_per_um2
    mesh = plot.pcolormesh(
        kds,
        densities,
        np.minimum(lengths, 1e300),
        cmap=LinearSegmentedColormap.from_list("il2struct length", LENGTH_STOPS),
        norm=LogNorm(1.0, LONGEST_SHOWN),
        shading="nearest",
        edgecolors="none",
        rasterized=True,
    )
    plot.set_xscale("log")
    plot.set_yscale("log")
    write_decades(plot.xaxis, plot.yaxis)
    levels = [c for c in CONTOURS if lengths.min() < c < lengths.max()]
    if levels:
        _draw_contours(plot, diagram, lengths, levels)
    here = [diagram.settings.contact_kd_micromolar], [diagram.cell_density_per_um2]
    cross: Look = {"s": 24.0, "color": EDGE_COLOUR, "linewidths": 1.2, "zorder": 4}
    plot.scatter(*here, marker="x", **cross)
    aside: Look = {"xytext": (0.0, 3.5), "textcoords": "offset points", "fontsize": 6}
    at = (here[0][0], here[1][0])
    plot.annotate("whole cell", at, ha="center", va="bottom", **aside)
    plot.set_xlim(kds[0], kds[-1])
    plot.set_ylim(densities[0], densities[-1])
    plot.set_xlabel("dissociation constant of the contact (µmol/L)")
    plot.set_ylabel("density of the scarcest chain (per µm²)")
    return mesh


def _draw_contours(
    plot: "Axes", diagram: PhaseDiagram, lengths: FloatArray, levels: Sequence[float]
) -> None:
    kds, densities = diagram.contact_kd_micromolar, diagram.density_per_um2
    lines: Look = {"levels": levels, "colors": "black", "linewidths": 0.7}
    plot.contour(kds, densities, np.minimum(lengths, 1e300), **lines)
    # Along the diagonal from few and weak to many and strong every line is crossed once.
    steps = np.linspace(0.0, 1.0, 200)
    d = np.rint(steps * (len(densities) - 1)).astype(int)
    k = np.rint((1.0 - steps) * (len(kds) - 1)).astype(int)
    paper: Look = {"facecolor": "white", "edgecolor": "none", "pad": 0.6}
    look: Look = {"fontsize": 6, "bbox": paper}
    for level in levels:
        place = int(np.searchsorted(lengths[d, k], level))
        if 0 < place < len(steps):
            where = kds[k[place]], densities[d[place]]
            plot.text(*where, f"{level:g}", ha="center", va="center", **look)


def response_drawings(
    response: ReceptorResponse, *, width: str | float | None = None
) -> tuple[Drawing, ...]:
    """
    Draw a cell's answer: its dose-response shifted by coupling, and where chains get long.

    Parameters
    ----------
    response : ReceptorResponse
    width : str or float, optional
        Of each: ``"single"``, ``"double"`` or mm; what suits each by default.

    Returns
    -------
    tuple of Drawing
        Dose-response and phase diagram.
    """
    own = response.settings.coupling_kt
    others = [kt for kt in COUPLINGS_KT if kt != own]
    varied = [
        receptor_response(replace(response.settings, coupling_kt=kt)) for kt in others
    ]
    curves = sorted([response, *varied], key=lambda r: r.settings.coupling_kt)
    return (
        dose_response(curves, width=width or "single"),
        phase_diagram(response.settings, width=width or "double"),
    )
