"""How a chain of complexes leans on the membrane."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from il2struct.arrays import FloatArray
from il2struct.figures.canvas import blank_panel, panel, size_mm, width_mm
from il2struct.figures.drawing import Drawing, file_stem, framed
from il2struct.figures.network.membrane_lines import (
    focal_chains,
    line_name,
    line_words,
    pair_words,
    step_key,
)
from il2struct.network.evidence.study import NetworkStudy
from il2struct.network.evidence.survey import MembraneLine
from il2struct.network.membrane.tilt import TiltDistribution, tilt_distribution

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

#: Lengths of chain whose tilt is drawn, with dashes and width (points) of their outlines.
TILT_STYLES: Final = {1: ((0, (4, 1.5)), 0.8), 2: ((0, ()), 1.0)}
#: Edges of the bins: 2° wide, the middle one around 0, where chains peak.
TILT_EDGES_DEG: Final = (-90.0, *(float(edge) for edge in range(-89, 90, 2)), 90.0)
#: Outline of a body that tumbles freely.
FREE_STYLE: Final = ((0, (1, 1.2)), 0.7)
#: Height of a plot, and its least width.
TILT_PANEL_MM: Final = 48.0
NARROWEST_PANEL_MM: Final = 55.0


def tilt(study: NetworkStudy, *, width: str | float = "double") -> Drawing:
    """
    Draw the distribution of the tilt of the chain axis out of the membrane plane.

    Parameters
    ----------
    study : NetworkStudy
    width : str or float
        ``"single"``, ``"double"`` or mm.

    Returns
    -------
    Drawing
        One plot for each step that makes the contact asked about.

    Raises
    ------
    ParameterError
        If no copy of the contact repeats a complex with receptors.
    """
    return _tilt_drawing(study, focal_chains(study, tuple(TILT_STYLES)), width)


def _tilt_drawing(
    study: NetworkStudy, lines: Sequence[MembraneLine], width: str | float
) -> Drawing:
    table = _tilt_table(lines)
    n_rows = -(-len(lines) // _columns(lines, width_mm(width)))
    sizes = " or ".join(str(size) for size in TILT_STYLES)
    return Drawing(
        name=file_stem("tilt", *(role.value for role in study.roles)),
        kind="tilt",
        title=f"Tilt of chains of {pair_words(study)} on the membrane",
        alt=_tilt_alt(study, lines),
        caption=(
            f"Boltzmann distribution of the angle between the axis of a chain of {sizes} rigid "
            f"complexes, joined by the lattice contact of {pair_words(study)}, and the membrane plane, "
            "in bins of 2°; 0° is flat, 90° along the normal away from the cell. Linkers are springs of "
            "random coils, bodies float above a flat membrane; dotted: a body that tumbles "
            "freely. Longer chains are narrower still. One plot for each repeating step of the crystals (operator as n_klm)."
        ),
        table=table,
        width=width,
        height_mm=n_rows * TILT_PANEL_MM + 7.0,
        paint=lambda ax: _draw_tilts(ax, lines),
    )


def _tilts(line: MembraneLine) -> dict[int, TiltDistribution]:
    """Distributions by number of complexes, of those that are drawn."""
    return {
        c.n_complexes: tilt_distribution(
            c.ensemble, line.study.geometry.axis, edges_deg=TILT_EDGES_DEG
        )
        for c in line.study.chains
        if c.n_complexes in TILT_STYLES and c.tilt is not None
    }


def _density(fraction: FloatArray) -> FloatArray:
    """Probability per degree, from that of each bin."""
    density: FloatArray = fraction / np.diff(TILT_EDGES_DEG)
    return density


def _columns(lines: Sequence[MembraneLine], total_mm: float) -> int:
    """Return how many plots stand beside each other."""
    return max(1, min(len(lines), int(total_mm // NARROWEST_PANEL_MM)))


def _draw_tilts(ax: "Axes", lines: Sequence[MembraneLine]) -> None:
    width, height = size_mm(ax)
    columns = _columns(lines, width)
    step = width / columns
    peak = max(
        (
            float(_density(t.probability_fraction).max())
            for line in lines
            for t in _tilts(line).values()
        ),
        default=1.0,
    )
    for place, line in enumerate(lines):
        left = (place % columns) * step
        bottom = height - (place // columns + 1) * TILT_PANEL_MM
        box = (left + 11.0, bottom + 8.5, step - 13.0, TILT_PANEL_MM - 14.0)
        plot = panel(ax, box)
        plot.set_label(line_name(line))
        _draw_tilt(plot, line)
        plot.set_ylim(0.0, peak * 1.05)
        plot.locator_params(axis="y", nbins=4)
        plot.set_title(line_name(line), loc="left", pad=3.0)
    _draw_tilt_key(ax)


def _draw_tilt(plot: "Axes", line: MembraneLine) -> None:
    found = _tilts(line)
    for size, (dashes, line_width) in TILT_STYLES.items():
        if size in found:
            plot.stairs(
                _density(found[size].probability_fraction),
                found[size].edges_deg,
                color="black",
                linestyle=dashes,
                linewidth=line_width,
                fill=False,
            )
    for first in list(found.values())[:1]:
        dashes, line_width = FREE_STYLE
        plot.stairs(
            _density(first.isotropic_fraction),
            first.edges_deg,
            color="black",
            linestyle=dashes,
            linewidth=line_width,
        )
    plot.set_xlim(-90.0, 90.0)
    plot.set_xticks([-90, -45, 0, 45, 90])
    plot.set_xlabel("tilt of the chain axis (°)")
    plot.set_ylabel("probability (per °)")


def _draw_tilt_key(ax: "Axes") -> None:
    width, _ = size_mm(ax)
    key = blank_panel(ax, (0.0, 0.0, width, 7.0))
    words = {1: "1 complex", 2: "2 complexes"}
    entries = [(TILT_STYLES[n], words[n]) for n in TILT_STYLES]
    for place, ((dashes, line_width), text) in enumerate(
        [*entries, (FREE_STYLE, "tumbling freely")]
    ):
        x = 11.0 + place * 25.0
        key.plot(
            [x, x + 7.0],
            [4.0, 4.0],
            color="black",
            linestyle=dashes,
            linewidth=line_width,
        )
        key.text(x + 8.5, 4.0, text, va="center", fontsize=6)


def _tilt_table(lines: Sequence[MembraneLine]) -> "pd.DataFrame":
    rows: list[dict[str, Any]] = []
    for line in lines:
        found = _tilts(line)
        shown = [(n, t, t.probability_fraction) for n, t in found.items()]
        # None: tumbling freely.
        free = [(None, t, t.isotropic_fraction) for t in list(found.values())[:1]]
        rows += [
            {
                **step_key(line),
                "n_complexes": size,
                "tilt_low_deg": float(tilts.edges_deg[place]),
                "tilt_high_deg": float(tilts.edges_deg[place + 1]),
                "probability_fraction": float(value),
                "probability_density": float(density),
            }
            for size, tilts, values in [*shown, *free]
            for place, (value, density) in enumerate(
                zip(values, _density(values), strict=True)
            )
        ]
    return framed("figure_tilt", rows)


def _tilt_alt(study: NetworkStudy, lines: Sequence[MembraneLine]) -> str:
    parts = []
    for line in lines:
        found = _tilts(line)
        spans = [
            f"{n} complex{'es' if n > 1 else ''} {t.mean_deg:.1f} ± {t.sd_deg:.1f}°"
            for n, t in found.items()
        ]
        parts.append(f"{line_words(line)}: {', '.join(spans) or 'none feasible'}")
    return (
        f"Histograms of the tilt of chains of {pair_words(study)}, mean and standard deviation: "
        f"{'; '.join(parts)}."
    )
