"""What the membrane adds to each contact of a chain of complexes."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from il2struct.figures.canvas import blank_panel, panel, size_mm
from il2struct.figures.drawing import Drawing, file_stem, framed
from il2struct.figures.network.membrane_lines import (
    focal_chains,
    line_name,
    line_words,
    pair_words,
    step_key,
)
from il2struct.figures.network.membrane_tilt import tilt
from il2struct.network.evidence.chain_lines import focal_lines
from il2struct.network.evidence.study import NetworkStudy
from il2struct.network.evidence.survey import MembraneLine
from il2struct.network.membrane.study import SIZES

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

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
    return _price_drawing(study, focal_chains(study, SIZES), width)


def _price_drawing(
    study: NetworkStudy, lines: Sequence[MembraneLine], width: str | float
) -> Drawing:
    table = _price_table(study, lines)
    return Drawing(
        name=file_stem("membrane_price", *(role.value for role in study.roles)),
        kind="membrane_price",
        title=f"What the membrane adds to the contact of {pair_words(study)}",
        alt=_price_alt(study, lines),
        caption=(
            f"Price of the membrane for each contact of a chain of N complexes joined by the "
            f"lattice contact of {pair_words(study)} (black), -ln(Z_N / Z_1^N) / (N - 1) in kT: what "
            "holding the chain at the membrane costs against single complexes held there; below "
            "0 the membrane helps. Grey: the other repeating steps of the crystals, for two complexes "
            "and endless, some of complexes with fewer receptors; those that cost far more stand in "
            "the upper plot, on a scale of its own, and endless chains that cannot lie flat are "
            "not drawn. Rigid complexes, flat membrane, "
            "linkers as random coils (il2struct docs membrane)."
        ),
        table=table,
        width=width,
        height_mm=PRICE_HEIGHT_MM + 3.6 * len(lines),
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
    width, height = size_mm(ax)
    foot = 15.0 + 3.6 * len(lines)
    others = _others(study)
    longest = max(n or 0 for line in lines for n, _, _ in _prices(line))
    beyond = [p for o in others for _, p, _ in _prices(o) if math.isfinite(p)]
    own = [p for line in lines for _, p, _ in _prices(line)]
    dearest = max((p for p in own if math.isfinite(p)), default=0.0)
    # What costs less than the focal chains belongs beside them; what costs more may stand apart.
    low, high = _span([*own, *(p for p in beyond if p < dearest)])
    farthest = max([high, *beyond])
    rest = DEAR_MM + 2.0 if farthest > high else 0.0
    box = (13.0, foot, width - 16.0, height - foot - 3.0 - rest)
    plot = panel(ax, box)
    plot.set_label("price")
    plot.axhline(0.0, color="black", linewidth=0.5, linestyle=(0, (4, 2)), zorder=1)
    plot.set_ylim(low, high)
    plots = [plot]
    if rest:
        dear = panel(ax, (13.0, height - 3.0 - DEAR_MM, width - 16.0, DEAR_MM))
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
    _draw_price_key(ax, study, lines)


def _span(prices: Sequence[float]) -> tuple[float, float]:
    """Lower and upper end of the axis, with 0 on it and room around."""
    known = [p for p in prices if math.isfinite(p)]
    low, high = min([0.0, *known]), max([0.0, *known])
    pad = max(0.35 * (high - low), SMALLEST_SPAN_KT / 2.0)
    return low - 0.3 * pad, high + pad


def _draw_line(
    plot: "Axes",
    line: MembraneLine,
    endless: int,
    look: tuple[str, bool, float],
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


def _draw_price_key(
    ax: "Axes", study: NetworkStudy, lines: Sequence[MembraneLine]
) -> None:
    width, _ = size_mm(ax)
    tall = 6.0 + 3.6 * len(lines)
    key = blank_panel(ax, (13.0, 0.5, width - 16.0, tall))
    rows = [
        (FOCAL_MARKERS[n % len(FOCAL_MARKERS)], "black", "black", line_name(line))
        for n, line in enumerate(lines)
    ]
    others = _others(study)
    rows.append(
        ("o", "white", OTHER_COLOUR, f"the {len(others)} other steps of these crystals")
    )
    for place, (marker, fill, edge, words) in enumerate(rows):
        y = tall - 1.8 - 3.6 * place
        key.scatter(
            [1.0],
            [y],
            s=10.0,
            marker=marker,
            facecolors=fill,
            edgecolors=edge,
            linewidths=0.6,
        )
        key.text(3.5, y, words, va="center", fontsize=6)


def _price_table(study: NetworkStudy, lines: Sequence[MembraneLine]) -> "pd.DataFrame":
    rows = [
        {
            **step_key(line),
            "is_focal": is_focal,
            "n_complexes": n,
            "price_per_contact_kt": price if math.isfinite(price) else math.nan,
            "error_kt": error,
        }
        for is_focal, group in ((True, lines), (False, _others(study)))
        for line in group
        for n, price, error in _prices(line)
    ]
    return framed("figure_membrane_price", rows)


def _price_alt(study: NetworkStudy, lines: Sequence[MembraneLine]) -> str:
    parts = []
    for line in lines:
        prices = {n: p for n, p, _ in _prices(line)}
        dimer, endless = prices.get(2, math.nan), prices.get(None, math.nan)
        parts.append(
            f"{line_words(line)} {dimer:+.1f} kT for two and {endless:+.1f} kT endless"
        )
    return (
        f"Price of the membrane for each contact of {pair_words(study)} against the number of "
        f"complexes: {'; '.join(parts)}; {len(_others(study))} other steps beside."
    )
