"""Chains of complexes on the membrane: how they lean, and what it adds to each contact."""

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from il2struct.arrays import FloatArray
from il2struct.errors import ParameterError
from il2struct.figures import canvas
from il2struct.figures.drawing import Drawing, file_stem, framed
from il2struct.figures.words import plain, roles_name, safe
from il2struct.network.evidence.study import NetworkStudy, long_chains
from il2struct.network.evidence.survey import MembraneLine, focal_lines
from il2struct.network.membrane.chain import SIZES
from il2struct.network.membrane.quadrature import TiltDistribution, tilt_distribution

if TYPE_CHECKING:
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
#: Marks of the focal steps, one each, then again from the first.
FOCAL_MARKERS: Final = ("D", "s", "o", "^", "v", "P")
PRICE_HEIGHT_MM: Final = 84.0
#: Where "endless" stands on the axis of N, and the break before it, in steps behind the longest.
ENDLESS_STEP: Final = 2
#: Height of the plot of prices far above those of the focal chains, in mm.
DEAR_MM: Final = 14.0
#: Marks of other steps.
OTHER_COLOUR: Final = "#707070"
#: Smallest span of the axis of prices in kT.
SMALLEST_SPAN_KT: Final = 2.0


def _focal_chains(
    study: NetworkStudy, sizes: Sequence[int]
) -> tuple[MembraneLine, ...]:
    """Weigh chains of some numbers of complexes joined by the contact asked about."""
    lines = long_chains(study, sizes=sizes)
    if not lines:
        raise ParameterError(
            "no copy of the contact repeats a complex with receptors on the membrane; "
            "give a crystal of the complex."
        )
    return lines


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


def _step_key(line: MembraneLine) -> dict[str, Any]:
    """Return the columns that say which step a row of a figure's table is of."""
    measured = line.contacts[0]
    return {
        "entry_id": measured.named.entry.entry_id,
        "complex_id": measured.interface.complex_id,
        "interface_id": measured.interface.interface_id,
        "operator_2": measured.contact.image_2.symmetry_code,
    }


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
    pair = roles_name(role.value for role in study.roles)
    lines = _focal_chains(study, tuple(TILT_STYLES))
    rows: list[dict[str, Any]] = []
    parts = []
    for line in lines:
        found = _tilts(line)
        shown = [(n, t, t.probability_fraction) for n, t in found.items()]
        # None: tumbling freely.
        free = [(None, t, t.isotropic_fraction) for t in list(found.values())[:1]]
        rows += [
            {
                **_step_key(line),
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
        spans = [
            f"{n} complex{'es' if n > 1 else ''} {t.mean_deg:.1f} ± {t.sd_deg:.1f}°"
            for n, t in found.items()
        ]
        parts.append(f"{line_name(line, plain)}: {', '.join(spans) or 'none feasible'}")
    n_rows = -(-len(lines) // _columns(lines, canvas.width_mm(width)))
    sizes = " or ".join(str(size) for size in TILT_STYLES)
    return Drawing(
        name=file_stem("tilt", *(role.value for role in study.roles)),
        kind="tilt",
        title=f"Tilt of chains of {pair} on the membrane",
        alt=(
            f"Histograms of the tilt of chains of {pair}, mean and standard deviation: "
            f"{'; '.join(parts)}."
        ),
        caption=(
            f"Boltzmann distribution of the angle between the axis of a chain of {sizes} rigid "
            f"complexes, joined by the lattice contact of {pair}, and the membrane plane, "
            "in bins of 2°; 0° is flat, 90° along the normal away from the cell. Linkers are springs of "
            "worm-like chains, bodies float above a flat membrane; dotted: a body that tumbles "
            "freely. Longer chains are narrower still. One plot for each repeating step of the crystals (operator as n_klm)."
        ),
        table=framed("figure_tilt", rows),
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
    width, height = canvas.size_mm(ax)
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
        plot = canvas.inset(ax, box)
        plot.set_label(line_name(line))
        tilts = _tilts(line)
        curves = [
            (tilts[n].probability_fraction, style)
            for n, style in TILT_STYLES.items()
            if n in tilts
        ]
        curves += [(t.isotropic_fraction, FREE_STYLE) for t in [*tilts.values()][:1]]
        for fraction, (dashes, line_width) in curves:
            look: canvas.Look = {"linestyle": dashes, "linewidth": line_width}
            plot.stairs(_density(fraction), TILT_EDGES_DEG, color="black", **look)
        plot.set_xlim(-90.0, 90.0)
        plot.set_xticks([-90, -45, 0, 45, 90])
        plot.set_xlabel("tilt of the chain axis (°)")
        plot.set_ylabel("probability (per °)")
        plot.set_ylim(0.0, peak * 1.05)
        plot.locator_params(axis="y", nbins=4)
        plot.set_title(line_name(line), loc="left", pad=3.0)
    key = canvas.blank_inset(ax, (0.0, 0.0, width, 7.0))
    words = [f"{n} complex{'es' if n > 1 else ''}" for n in TILT_STYLES]
    styles = [*TILT_STYLES.values(), FREE_STYLE]
    named = zip(styles, [*words, "tumbling freely"], strict=True)
    for place, ((dashes, line_width), text) in enumerate(named):
        x = 11.0 + place * 25.0
        look = {"linestyle": dashes, "linewidth": line_width}
        key.plot([x, x + 7.0], [4.0, 4.0], color="black", **look)
        key.text(x + 8.5, 4.0, text, va="center", fontsize=6)


def membrane_drawings(
    study: NetworkStudy, *, width: str | float | None = None
) -> tuple[Drawing, ...]:
    """
    Draw how chains of the contact asked about lean on the membrane, and what that is worth.

    Parameters
    ----------
    study : NetworkStudy
    width : str or float, optional
        Of both: ``"single"``, ``"double"`` or mm; what suits each by default.

    Returns
    -------
    tuple of Drawing
        Tilt and price; empty if no copy of the contact repeats a complex with receptors.
    """
    if study.focal is None or not focal_lines(study.focal, study.membrane):
        return ()
    return (
        tilt(study, width=width or "double"),
        membrane_price(study, width=width or "single"),
    )


def membrane_price(study: NetworkStudy, *, width: str | float = "single") -> Drawing:
    """
    Draw what the membrane adds to each contact of a chain, against the number of complexes.

    Parameters
    ----------
    study : NetworkStudy
    width : str or float
        ``"single"``, ``"double"`` or mm.

    Returns
    -------
    Drawing
        Chains of the contact asked about, and of all other steps for two complexes and endless.

    Raises
    ------
    ParameterError
        If no copy of the contact repeats a complex with receptors.
    """
    pair = roles_name(role.value for role in study.roles)
    lines = _focal_chains(study, SIZES)
    others = _others(study)
    rows = [
        {
            **_step_key(line),
            "is_focal": is_focal,
            "n_complexes": n,
            "price_per_contact_kt": price if math.isfinite(price) else math.nan,
            "error_kt": error,
        }
        for is_focal, group in ((True, lines), (False, others))
        for line in group
        for n, price, error in _prices(line)
    ]
    parts = []
    for line in lines:
        prices = {n: p for n, p, _ in _prices(line)}
        dimer, endless = prices.get(2, math.nan), prices.get(None, math.nan)
        words = f"{dimer:+.1f} kT for two and {endless:+.1f} kT endless"
        parts.append(f"{line_name(line, plain)} {words}")
    return Drawing(
        name=file_stem("membrane_price", *(role.value for role in study.roles)),
        kind="membrane_price",
        title=f"What the membrane adds to the contact of {pair}",
        alt=(
            f"Price of the membrane for each contact of {pair} against the number of "
            f"complexes: {'; '.join(parts)}; {len(others)} other steps beside."
        ),
        caption=(
            f"Price of the membrane for each contact of a chain of N complexes joined by the "
            f"lattice contact of {pair} (black), -ln(Z_N / Z_1^N) / (N - 1) in kT: what "
            "holding the chain at the membrane costs against single complexes held there; below "
            "0 the membrane helps. Grey: the other repeating steps of the crystals, for two complexes "
            "and endless, some of complexes with fewer receptors; those that cost far more stand in "
            "the upper plot, on a scale of its own, and endless chains that cannot lie flat are "
            "not drawn. Rigid complexes, flat membrane, "
            "linkers as springs of worm-like chains (il2struct docs membrane)."
        ),
        table=framed("figure_membrane_price", rows),
        width=width,
        height_mm=PRICE_HEIGHT_MM + canvas.KEY_LINE_MM * len(lines),
        paint=lambda ax: _draw_prices(ax, study, lines),
    )


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


def _others(study: NetworkStudy) -> list[MembraneLine]:
    own = focal_lines(study.focal, study.membrane) if study.focal else ()
    ids = {id(line) for line in own}
    return [line for line in study.membrane if id(line) not in ids]


def _draw_prices(
    ax: "Axes", study: NetworkStudy, lines: Sequence[MembraneLine]
) -> None:
    width, height = canvas.size_mm(ax)
    foot = 15.0 + canvas.KEY_LINE_MM * len(lines)
    others = _others(study)
    longest = max(n or 0 for line in lines for n, _, _ in _prices(line))
    beyond = [p for o in others for _, p, _ in _prices(o) if math.isfinite(p)]
    own = [p for line in lines for _, p, _ in _prices(line)]
    dearest = max((p for p in own if math.isfinite(p)), default=0.0)
    # What costs less than the focal chains belongs beside them; what costs more may stand apart.
    known = [p for p in own if math.isfinite(p)] + [p for p in beyond if p < dearest]
    low, high = min([0.0, *known]), max([0.0, *known])
    pad = max(0.35 * (high - low), SMALLEST_SPAN_KT / 2.0)
    low, high = low - 0.3 * pad, high + pad
    farthest = max([high, *beyond])
    rest = DEAR_MM + 2.0 if farthest > high else 0.0
    box = (13.0, foot, width - 16.0, height - foot - 3.0 - rest)
    plot = canvas.inset(ax, box)
    plot.set_label("price")
    plot.axhline(0.0, color="black", linewidth=0.5, linestyle=(0, (4, 2)), zorder=1)
    plot.set_ylim(low, high)
    plots = [plot]
    if rest:
        dear = canvas.inset(ax, (13.0, height - 3.0 - DEAR_MM, width - 16.0, DEAR_MM))
        dear.set_label("price of other steps")
        dear.set_ylim(high, farthest * 1.08)
        dear.spines["bottom"].set_visible(False)
        dear.tick_params(axis="x", bottom=False, labelbottom=False)
        dear.set_ylabel("(kT)")
        plots.append(dear)
    endless = longest + ENDLESS_STEP
    for part in plots:
        for place, line in enumerate(others):
            _draw_line(part, line, endless, ("o", False, 0.07 * (place % 7 - 3)))
        for place, line in enumerate(lines):
            marker = FOCAL_MARKERS[place % len(FOCAL_MARKERS)]
            _draw_line(part, line, endless, (marker, True, 0.0))
        part.set_xlim(1.4, endless + 0.6)
    ticks = list(range(2, longest + 1))
    plot.set_xticks([*ticks, endless], [*(str(n) for n in ticks), "endless"])
    plot.set_xlabel("complexes in the chain, N (number)")
    plot.set_ylabel("price per contact (kT)")
    tall = foot - 9.0
    key = canvas.blank_inset(ax, (13.0, 0.5, width - 16.0, tall))
    rows = [
        (FOCAL_MARKERS[n % len(FOCAL_MARKERS)], "black", "black", line_name(line))
        for n, line in enumerate(lines)
    ]
    words = f"the {len(others)} other steps of these crystals"
    rows.append(("o", "white", OTHER_COLOUR, words))
    for place, (marker, fill, edge, text) in enumerate(rows):
        at = (1.0, tall - 1.8 - canvas.KEY_LINE_MM * place)
        look: canvas.Look = {"marker": marker, "facecolors": fill, "edgecolors": edge}
        canvas.key_entry(key, at, text, apart=2.5, s=10.0, linewidths=0.6, **look)


def _draw_line(
    plot: "Axes", line: MembraneLine, endless: int, look: tuple[str, bool, float]
) -> None:
    marker, is_focal, shift = look
    colour = "black" if is_focal else OTHER_COLOUR
    low, high = plot.get_ylim()
    inside = [
        (n or endless, p)
        for n, p, _ in _prices(line)
        if math.isfinite(p) and low <= p < high
    ]
    chain = [(n, p) for n, p in inside if n != endless]
    if is_focal and chain:
        plot.plot(*zip(*chain, strict=True), color=colour, linewidth=0.7)
    if inside:
        x, y = zip(*inside, strict=True)
        plot.scatter(
            [n + shift for n in x],
            y,
            s=12.0 if is_focal else 8.0,
            marker=marker,
            facecolors=colour if is_focal else "white",
            edgecolors=colour,
            linewidths=0.6,
            zorder=4 if is_focal else 2,
            clip_on=False,
        ).set_gid("focal" if is_focal else "other")
