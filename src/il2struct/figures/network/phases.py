"""Where chains get long: mean length over density of receptors and strength of the contact."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np

from il2struct.arrays import FloatArray
from il2struct.figures.canvas import EDGE_COLOUR, panel, size_mm, width_mm
from il2struct.figures.drawing import Drawing, file_stem, framed
from il2struct.figures.network.response_words import write_decades
from il2struct.network.response import phase_diagram as model
from il2struct.network.response.dose_response import ResponseSettings
from il2struct.network.response.phase_diagram import PhaseDiagram
from il2struct.network.response.polymer import FreeChains

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.collections import QuadMesh

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
        Two plots: free chains silent, and competing.
    """
    diagram = found if isinstance(found, PhaseDiagram) else model.phase_diagram(found)
    settings = diagram.settings
    table = _phase_table(diagram)
    cell = settings.cell.cell_name
    return Drawing(
        name=file_stem("phase_diagram", settings.cell.cell),
        kind="phase_diagram",
        title=f"Mean chain length over density and contact strength, {cell}",
        alt=_phase_alt(diagram),
        caption=(
            f"Complexes per chain (number average) if all complexes that can form are complete, "
            f"against the dissociation constant of the γc-α contact in solution and the density of the scarcest "
            f"chain, the others in the proportion of {cell}; layer of {settings.height_nm:g} nm. "
            f"Lines: mean lengths as labelled; colours end at {LONGEST_SHOWN:g}. Cross: the density "
            f"of the whole cell at {settings.contact_kd_micromolar:g} µmol/L, which is assumed. "
            "First plot: only complete complexes make the contact. Second: free α and γc make it too and "
            f"cap the chains, at {diagram.longest_compete:.2f} on average however dense and strong."
        ),
        table=table,
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
    step_x, step_y = (width - 17.0) / columns, height / (2 // columns)
    for place, (free, lengths) in enumerate(_lengths(diagram).items()):
        left, bottom = (
            place % columns * step_x,
            height - (place // columns + 1) * step_y,
        )
        plot = panel(ax, (left + 13.0, bottom + 10.0, step_x - 16.0, step_y - 16.0))
        plot.set_label(free.value)
        mesh = _draw_phase(plot, diagram, lengths)
        plot.set_title(PHASE_NAMES[free], loc="left", pad=3.0)
    bar = panel(ax, (width - 15.0, 10.0, 3.0, height - 16.0))
    bar.set_axis_on()
    scale = bar.get_figure(root=True).colorbar(mesh, cax=bar, extend="max")  # type: ignore[union-attr]  # an axes has a figure
    ticks = [1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0]
    scale.set_ticks(ticks, labels=[f"{t:g}" for t in ticks])
    scale.minorticks_off()
    bar.set_ylabel("mean chain length (complexes)")
    bar.set_label("scale")


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
    else:
        plot.text(
            0.5,
            0.5,
            f"nowhere above {lengths.max():.2f}",
            transform=plot.transAxes,
            ha="center",
            va="center",
        )
    plot.scatter(
        [diagram.settings.contact_kd_micromolar],
        [diagram.cell_density_per_um2],
        marker="x",
        s=24.0,
        color=EDGE_COLOUR,
        linewidths=1.2,
        zorder=4,
    )
    plot.set_xlim(kds[0], kds[-1])
    plot.set_ylim(densities[0], densities[-1])
    plot.set_xlabel("dissociation constant of the contact (µmol/L)")
    plot.set_ylabel("density of the scarcest chain (per µm²)")
    return mesh


def _draw_contours(
    plot: "Axes", diagram: PhaseDiagram, lengths: FloatArray, levels: Sequence[float]
) -> None:
    kds, densities = diagram.contact_kd_micromolar, diagram.density_per_um2
    plot.contour(
        kds,
        densities,
        np.minimum(lengths, 1e300),
        levels=levels,
        colors="black",
        linewidths=0.7,
    )
    # Along the diagonal from few and weak to many and strong every line is crossed once.
    steps = np.linspace(0.0, 1.0, 200)
    d = np.rint(steps * (len(densities) - 1)).astype(int)
    k = np.rint((1.0 - steps) * (len(kds) - 1)).astype(int)
    for level in levels:
        place = int(np.searchsorted(lengths[d, k], level))
        if 0 < place < len(steps):
            plot.text(
                kds[k[place]],
                densities[d[place]],
                f"{level:g}",
                ha="center",
                va="center",
                fontsize=6,
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6},
            )


def _phase_table(diagram: PhaseDiagram) -> "pd.DataFrame":
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
    return framed("figure_phase_diagram", rows)


def _phase_alt(diagram: PhaseDiagram) -> str:
    silent, compete = diagram.mean_length_silent, diagram.mean_length_compete
    return (
        "Two colour maps of mean chain length over contact strength and receptor density. If free "
        f"chains are silent it runs from {silent.min():.2f} to {silent.max():.3g} complexes; if they "
        f"compete it stays between {compete.min():.2f} and {compete.max():.2f}. The whole cell has "
        f"{diagram.cell_density_per_um2:.2g} of the scarcest chain per µm²."
    )
