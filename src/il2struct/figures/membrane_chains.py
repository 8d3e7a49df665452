"""Chains of complexes on the membrane: how they lean, what it adds to each contact, how long they get."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from il2struct.arrays import FloatArray
from il2struct.errors import ParameterError
from il2struct.figures import canvas
from il2struct.figures.crystal_row import FOCAL_PAIR
from il2struct.figures.drawing import Drawing, file_stem, framed
from il2struct.figures.response import positional, terms_of, write_decades
from il2struct.figures.words import plain, roles_name, safe
from il2struct.network.evidence.study import NetworkStudy, long_chains
from il2struct.network.evidence.survey import MembraneLine, focal_lines
from il2struct.network.membrane.chain import SIZES
from il2struct.network.membrane.quadrature import TiltDistribution, tilt_distribution
from il2struct.network.response.receptor import (
    RESTING_CLUSTER_MAX,
    STIMULATED_CLUSTER_RANGE,
    ReceptorResponse,
    receptor_response,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Lengths of chain whose tilt is drawn, with their outlines; None tumbles freely.
TILT_STYLES: Final[dict[int | None, canvas.Look]] = {
    1: {"linestyle": (0, (4, 1.5)), "linewidth": 0.8},
    2: {"linestyle": (0, ()), "linewidth": 1.0},
    None: {"linestyle": (0, (1, 1.2)), "linewidth": 0.7},
}
#: Edges of the bins: 2° wide, the middle one around 0, where chains peak.
TILT_EDGES_DEG: Final = (-90.0, *(float(edge) for edge in range(-89, 90, 2)), 90.0)
#: Marks of the focal steps, one each, then again from the first.
FOCAL_MARKERS: Final = ("D", "s", "o", "^", "v", "P")
#: Where "endless" stands on the axis of N, in steps behind the longest.
ENDLESS_STEP: Final = 2
#: Marks of other steps.
OTHER_COLOUR: Final = "#707070"
#: Smallest span of the axis of prices in kT.
SMALLEST_SPAN_KT: Final = 2.0
#: Mark, grey and name of what is counted, by column of `ClusterSizes`.
COUNTED: Final = {
    "chains": ("chain_fraction", "o", "black", "chains of complexes"),
    "complexes": ("complex_fraction", "s", "white", "complexes, by their chain"),
    "gamma_clusters": ("gamma_cluster_fraction", "^", "#808080", "γc clusters"),
}
#: Sizes of γc clusters as seen by microscopy: first, last, grey, words.
SEEN: Final = (
    (1, RESTING_CLUSTER_MAX, "#EFEFEF", "γc clusters seen at rest"),
    (*STIMULATED_CLUSTER_RANGE, "#D6D6D6", "γc clusters seen after IL-2"),
)
#: Shares smaller than this (%) are not drawn: fewer than one chain on a thousand cells.
SMALLEST_PERCENT: Final = 1e-4
#: Least width of a plot with its labels; height of its axes beside others and below; above and
#: below the axes; in mm.
NARROWEST_MM: Final = 55.0
BESIDE_MM, BELOW_MM = 44.0, 30.0
HEAD_MM, FOOT_MM = 6.0, 9.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plot:
    """A plot: its label, title, what draws into it, and the marks of its key by their words."""

    label: str
    title: str
    paint: Callable[["Axes"], None]
    key: dict[str, canvas.Look]

    def key_columns(self, width_mm: float) -> int:
        """Return how many columns of its key a width holds."""
        return max(1, int(width_mm // (canvas.widest_mm(self.key) + 9.0)))

    def key_mm(self, width_mm: float) -> float:
        """Return the height of the key."""
        lines = -(-len(self.key) // self.key_columns(width_mm))
        return canvas.KEY_LINE_MM * lines + 1.0


def membrane_chains(study: NetworkStudy, *, width: str | float = "double") -> Drawing:
    """
    Draw how chains of the contact asked about lean on the membrane, what that is worth, how long they get.

    Parameters
    ----------
    study : NetworkStudy
    width : str or float
        ``"single"``, ``"double"`` or mm.

    Returns
    -------
    Drawing
        Tilt; price of the membrane for each contact; of γc and IL-2Rα also the lengths of chains
        on the cell of the study.

    Raises
    ------
    ParameterError
        If no copy of the contact repeats a complex with receptors.
    """
    pair = roles_name(role.value for role in study.roles)
    lines = long_chains(study, sizes=SIZES)
    if not lines:
        raise ParameterError(
            "no copy of the contact repeats a complex with receptors on the membrane; "
            "give a crystal of the complex."
        )
    own = focal_lines(study.focal, study.membrane) if study.focal else ()
    others = [line for line in study.membrane if not any(line is each for each in own)]
    is_asked = set(study.roles) == set(FOCAL_PAIR)
    response = receptor_response(study.settings) if is_asked else None
    tilt_parts, price_parts = [], []
    for line in lines:
        spans = [
            f"{n} complex{'es' if n > 1 else ''} {t.mean_deg:.1f} ± {t.sd_deg:.1f}°"
            for n, t in _tilts(line).items()
        ]
        name = line_name(line, plain)
        tilt_parts.append(f"{name}: {', '.join(spans) or 'none feasible'}")
        prices = {n: p for n, p, _ in _prices(line)}
        dimer, endless = prices.get(2, math.nan), prices.get(None, math.nan)
        words = f"{dimer:+.1f} kT for two and {endless:+.1f} kT endless"
        price_parts.append(f"{name} {words}")
    rows = _tilt_rows(lines) + _price_rows(lines, others)
    alt = (
        f"Tilt of chains of {pair}, mean and standard deviation: {'; '.join(tilt_parts)}. Price of "
        f"the membrane for each contact: {'; '.join(price_parts)}; {len(others)} other steps beside."
    )
    caption = (
        f"Chains of rigid complexes joined by the lattice contact of {pair}, for each repeating step "
        "of the crystals (operator as n_klm), above a flat membrane, linkers as springs of worm-like "
        "chains (il2struct docs membrane). Tilt: Boltzmann distribution of the angle between chain axis "
        "and membrane plane, in bins of 2°, one line a step; 0° is flat; longer chains are narrower still. "
        "Price: what holding a chain of N at the membrane costs for each contact against single complexes "
        "held there, -ln(Z_N / Z_1^N) / (N - 1); below 0 the membrane helps. Grey: the other repeating "
        "steps of the crystals, for two complexes and endless, some of complexes with fewer receptors; "
        "triangles at the edge cost more than the axis reaches. Chains that cannot lie flat are not drawn."
    )
    plots = [_tilt_plot(lines), _price_plot(lines, others)]
    if response is not None:
        rows += _length_rows(response)
        plots.append(_length_plot(response, rows))
        cell, clusters = response.settings.cell.cell_name, response.clusters
        low, high = STIMULATED_CLUSTER_RANGE
        alt += (
            f" Lengths on {cell}: {clusters.chain_fraction[0]:.1%} of the chains are single "
            f"complexes, the mean is {response.chains.mean_length_number:.2f}. "
            f"{response.cluster_verdict.text}"
        )
        caption += (
            f" Lengths: share of chains, of complexes and of γc clusters by size on {cell} at the dose with "
            f"most complexes; shares below {positional(SMALLEST_PERCENT)} % are not drawn. Bands: γc in a "
            f"cluster as seen by microscopy, at most {RESTING_CLUSTER_MAX} at rest and {low} to {high} after "
            f"IL-2. {terms_of([response])}"
        )
    total = canvas.width_mm(width)
    return Drawing(
        name=file_stem("membrane_chains", *(role.value for role in study.roles)),
        kind="membrane_chains",
        title=f"Chains of {pair} on the membrane",
        alt=alt,
        caption=caption,
        table=framed("figure_membrane_chains", rows),
        width=width,
        height_mm=sum(_height_mm(row, total) for row in _rows(plots, total)),
        paint=lambda ax: _draw(ax, plots),
    )


def _rows(plots: Sequence[_Plot], total_mm: float) -> list[Sequence[_Plot]]:
    """Return the plots that stand beside each other."""
    columns = max(1, min(len(plots), int(total_mm // NARROWEST_MM)))
    return [plots[n : n + columns] for n in range(0, len(plots), columns)]


def _height_mm(row: Sequence[_Plot], total_mm: float) -> float:
    key_mm = max(plot.key_mm(total_mm / len(row)) for plot in row)
    return HEAD_MM + (BESIDE_MM if len(row) > 1 else BELOW_MM) + FOOT_MM + key_mm


def _draw(ax: "Axes", plots: Sequence[_Plot]) -> None:
    from matplotlib.lines import Line2D

    width, height = canvas.size_mm(ax)
    rows = _rows(plots, width)
    squeezed = height / sum(_height_mm(row, width) for row in rows)
    top = height
    for row in rows:
        step = width / len(row)
        bottom = top - squeezed * _height_mm(row, width)
        key_mm = max(plot.key_mm(step) for plot in row)
        low = bottom + key_mm + FOOT_MM
        for place, plot in enumerate(row):
            box = (place * step + 14.0, low, step - 16.5, max(top - HEAD_MM - low, 1.0))
            axes = canvas.inset(ax, box)
            axes.set_label(plot.label)
            axes.set_title(plot.title, loc="left", pad=4.0)
            plot.paint(axes)
            canvas.legend_in(
                ax,
                (place * step + 2.0, bottom, step - 2.0, key_mm),
                [Line2D([], [], label=name, **look) for name, look in plot.key.items()],
                ncols=plot.key_columns(step),
                loc="upper left",
                borderaxespad=0.0,
                borderpad=0.0,
                columnspacing=1.2,
            )
        top = bottom


def line_name(line: MembraneLine, made_harmless: Callable[[str], str] = safe) -> str:
    """Name a step by its entry, complex and operator, safe to draw unless `plain` is given."""
    contact = line.contacts[0].contact
    entry, complex_id, operator = (
        made_harmless(text)
        for text in (
            line.contacts[0].named.entry.entry_id,
            contact.unit_1.unit_id,
            contact.image_2.symmetry_code,
        )
    )
    return f"{entry} complex {complex_id}, {operator}"


def _step_key(plot: str, line: MembraneLine) -> dict[str, Any]:
    """Return the columns that say which plot and step a row of the figure's table is of."""
    measured = line.contacts[0]
    return {
        "plot": plot,
        "entry_id": measured.named.entry.entry_id,
        "complex_id": measured.interface.complex_id,
        "interface_id": measured.interface.interface_id,
        "operator_2": measured.contact.image_2.symmetry_code,
    }


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


def _curves(
    lines: Sequence[MembraneLine],
) -> list[tuple[MembraneLine, int | None, FloatArray]]:
    """Line, number of complexes (None: tumbling freely, once) and probability of each curve."""
    found = [(line, _tilts(line)) for line in lines]
    curves: list[tuple[MembraneLine, int | None, FloatArray]] = [
        (line, n, t.probability_fraction) for line, own in found for n, t in own.items()
    ]
    every = [(line, t) for line, own in found for t in own.values()]
    return curves + [(line, None, t.isotropic_fraction) for line, t in every[:1]]


def _tilt_rows(lines: Sequence[MembraneLine]) -> list[dict[str, Any]]:
    return [
        {
            **_step_key("tilt", line),
            "is_focal": True,
            "n_complexes": size,
            "tilt_low_deg": TILT_EDGES_DEG[place],
            "tilt_high_deg": TILT_EDGES_DEG[place + 1],
            "probability_fraction": float(value),
            "probability_density": float(density),
        }
        for line, size, values in _curves(lines)
        for place, (value, density) in enumerate(
            zip(values, _density(values), strict=True)
        )
    ]


def _tilt_plot(lines: Sequence[MembraneLine]) -> _Plot:
    def paint(plot: "Axes") -> None:
        for _, size, fraction in _curves(lines):
            look = TILT_STYLES[size]
            plot.stairs(_density(fraction), TILT_EDGES_DEG, color="black", **look)
        plot.set_xlim(-90.0, 90.0)
        plot.set_ylim(bottom=0.0)
        plot.set_xticks([-90, -45, 0, 45, 90])
        plot.locator_params(axis="y", nbins=4)
        plot.set_xlabel("tilt of the chain axis (°)")
        plot.set_ylabel("probability (per °)")

    words = {1: "1 complex", 2: "2 complexes", None: "tumbling freely"}
    key = {words[n]: {"color": "black", **look} for n, look in TILT_STYLES.items()}
    return _Plot(label="tilt", title="Tilt", paint=paint, key=key)


def _prices(line: MembraneLine) -> list[tuple[int | None, float, float]]:
    """Return number of complexes (None: endless), price and error of each chain with contacts."""
    found: list[tuple[int | None, float, float]] = [
        (c.n_complexes, c.price_per_contact_kt, c.price_error_kt / (c.n_complexes - 1))
        for c in line.study.chains
        if c.n_complexes > 1
    ]
    if line.study.endless is not None:
        found.append((None, line.study.endless.price_per_contact_kt, math.nan))
    return found


def _price_rows(
    lines: Sequence[MembraneLine], others: Sequence[MembraneLine]
) -> list[dict[str, Any]]:
    return [
        {
            **_step_key("price", line),
            "is_focal": is_focal,
            "n_complexes": n,
            "price_per_contact_kt": price if math.isfinite(price) else math.nan,
            "error_kt": error,
        }
        for is_focal, group in ((True, lines), (False, others))
        for line in group
        for n, price, error in _prices(line)
    ]


def _price_plot(lines: Sequence[MembraneLine], others: Sequence[MembraneLine]) -> _Plot:
    looks: list[canvas.Look] = [
        {"marker": FOCAL_MARKERS[n % len(FOCAL_MARKERS)], "color": "black"}
        | {"markersize": 3.2, "linewidth": 0.7}
        for n in range(len(lines))
    ]
    aside: canvas.Look = {
        "marker": "o",
        "linestyle": "none",
        "markersize": 2.6,
        "markerfacecolor": "white",
        "markeredgecolor": OTHER_COLOUR,
        "markeredgewidth": 0.6,
    }
    longest = max(n or 0 for line in lines for n, _, _ in _prices(line))
    endless = longest + ENDLESS_STEP

    def points(line: MembraneLine) -> list[tuple[float, float]]:
        return [(n or endless, p) for n, p, _ in _prices(line) if math.isfinite(p)]

    known = [p for line in lines for _, p in points(line)]
    dearest = max(known, default=0.0)
    beside = [p for line in others for _, p in points(line)]
    # What costs less than the focal chains belongs beside them.
    known += [0.0, *(p for p in beside if p < dearest)]
    pad = max(0.35 * (max(known) - min(known)), SMALLEST_SPAN_KT / 2.0)
    low, high = min(known) - 0.3 * pad, max(known) + pad
    edge = aside | {"marker": "^"}

    def paint(plot: "Axes") -> None:
        plot.axhline(0.0, color="black", linewidth=0.5, linestyle=(0, (4, 2)), zorder=1)
        for place, line in enumerate(others):
            x = 0.07 * (place % 7 - 3)
            for n, price in points(line):
                look = aside if price < high else edge
                at = ([n + x], [min(price, high)])
                plot.plot(*at, **look, clip_on=False, gid="other")
        for line, look in zip(lines, looks, strict=True):
            # The limit of long chains is no chain: no line leads to it.
            parts = (points(line)[:-1], points(line)[-1:])
            for part in parts if line.study.endless is not None else (points(line),):
                if part:
                    plot.plot(*zip(*part, strict=True), zorder=4, gid="focal", **look)
        plot.set_xlim(1.4, endless + 0.6)
        plot.set_ylim(low, high)
        ticks = range(2, longest + 1)
        plot.set_xticks([*ticks, endless], [*map(str, ticks), "endless"])
        plot.set_xlabel("complexes in the chain, N (number)")
        plot.set_ylabel("price per contact (kT)")

    words = [line_name(line) for line in lines]
    key = dict(zip(words, looks, strict=True)) | {
        f"the {len(others)} other steps": aside
    }
    if any(price >= high for price in beside):
        key["above what is shown"] = edge
    return _Plot(label="price", title="Price of the membrane", paint=paint, key=key)


def _length_rows(response: ReceptorResponse) -> list[dict[str, Any]]:
    clusters = response.clusters
    return [
        {
            "plot": "lengths",
            "n_complexes": int(size),
            "counted": counted,
            "share_percent": 100.0 * float(fraction),
        }
        for counted, (name, *_) in COUNTED.items()
        for size, fraction in zip(clusters.size, getattr(clusters, name), strict=True)
        if 100.0 * fraction >= SMALLEST_PERCENT
    ]


def _length_plot(response: ReceptorResponse, rows: Sequence[dict[str, Any]]) -> _Plot:
    looks: dict[str, canvas.Look] = {
        counted: {"marker": marker, "markerfacecolor": fill, "color": "black"}
        | {"markersize": 3.6, "markeredgewidth": 0.5, "linewidth": 0.5}
        for counted, (_, marker, fill, _) in COUNTED.items()
    }

    def paint(plot: "Axes") -> None:
        for first, last, colour, _ in SEEN:
            plot.axvspan(first - 0.45, last + 0.45, facecolor=colour, zorder=0)
        longest = SEEN[-1][1]
        for counted, look in looks.items():
            own = [row for row in rows if row.get("counted") == counted]
            sizes = [row["n_complexes"] for row in own]
            shares = [row["share_percent"] for row in own]
            longest = max(longest, *sizes)
            plot.plot(sizes, shares, gid=counted, **look)
        plot.set_yscale("log")
        write_decades(plot.yaxis)
        plot.set_ylim(SMALLEST_PERCENT / 2.0, 200.0)
        plot.set_xlim(0.5, longest + 0.5)
        plot.set_xticks(range(1, longest + 1))
        plot.set_xlabel("complexes, or γc, together (number)")
        plot.set_ylabel("share (%)")

    key = {words: looks[counted] for counted, (*_, words) in COUNTED.items()}
    band: canvas.Look = {"marker": "s", "linestyle": "none", "markersize": 5.0}
    key |= {words: band | {"color": colour} for *_, colour, words in SEEN}
    title = f"Lengths on a {response.settings.cell.cell_name}"
    return _Plot(label="lengths", title=title, paint=paint, key=key)
