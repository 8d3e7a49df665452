"""How many complexes chains hold, beside the clusters that microscopy saw."""

from typing import TYPE_CHECKING, Final

from il2struct.figures.canvas import blank_panel, panel, size_mm, text_width_mm
from il2struct.figures.drawing import Drawing, file_stem, framed
from il2struct.figures.network.response_words import positional, terms_of, write_decades
from il2struct.network.response.receptor import (
    RESTING_CLUSTER_MAX,
    STIMULATED_CLUSTER_RANGE,
    ReceptorResponse,
)

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

#: Mark, grey and name of what is counted, by column of `ClusterSizes`.
COUNTED: Final = {
    "chains": ("chain_fraction", "o", "black", "chains of complexes"),
    "complexes": ("complex_fraction", "s", "white", "complexes, by chain they sit in"),
    "gamma_clusters": ("gamma_cluster_fraction", "^", "#808080", "γc clusters"),
}
#: Shares smaller than this (%) are not drawn: fewer than one chain on a thousand cells.
SMALLEST_PERCENT: Final = 1e-4


def chain_lengths(
    response: ReceptorResponse, *, width: str | float = "single"
) -> Drawing:
    """
    Draw how many complexes chains hold, and how many γc a cluster, at the dose with most complexes.

    Parameters
    ----------
    response : ReceptorResponse
    width : str or float
        ``"single"``, ``"double"`` or mm.

    Returns
    -------
    Drawing
    """
    table = _length_table(response)
    low, high = STIMULATED_CLUSTER_RANGE
    chains, cell = response.chains, response.settings.cell
    return Drawing(
        name=file_stem("chain_lengths", cell.cell),
        kind="chain_lengths",
        title=f"Lengths of chains on {cell.cell_name}",
        alt=(
            f"Shares of chains by length on a logarithmic axis: {response.clusters.chain_fraction[0]:.1%} "
            f"of the chains are single complexes, the mean is {chains.mean_length_number:.2f}. "
            f"{response.cluster_verdict.text}"
        ),
        caption=(
            f"Share of chains, of complexes and of γc clusters by size on {cell.cell_name} at the "
            f"dose with most complexes; shares below {positional(SMALLEST_PERCENT)} % are not drawn. Grey "
            f"bands: γc in a cluster as seen by microscopy, at most {RESTING_CLUSTER_MAX} at rest and "
            f"{low} to {high} after IL-2. {terms_of([response])}"
        ),
        table=table,
        width=width,
        height_mm=68.0,
        paint=lambda ax: _draw_lengths(ax, table),
    )


def _length_table(response: ReceptorResponse) -> "pd.DataFrame":
    clusters = response.clusters
    rows = [
        {
            "size": int(size),
            "counted": counted,
            "share_percent": 100.0 * float(fraction),
        }
        for counted, (field, *_) in COUNTED.items()
        for size, fraction in zip(clusters.size, getattr(clusters, field), strict=True)
        if 100.0 * fraction >= SMALLEST_PERCENT
    ]
    return framed("figure_chain_lengths", rows)


def _draw_lengths(ax: "Axes", table: "pd.DataFrame") -> None:
    width, height = size_mm(ax)
    plot = panel(ax, (14.5, 20.0, width - 17.5, height - 26.0))
    plot.set_label("lengths")
    low, high = STIMULATED_CLUSTER_RANGE
    longest = max(int(table["size"].max()), high)
    bands = (
        (0.5, RESTING_CLUSTER_MAX + 0.45, "#EFEFEF", "clusters at rest"),
        (low - 0.45, high + 0.5, "#DCDCDC", "clusters after IL-2"),
    )
    per_mm = longest / (width - 17.5)
    free = 0.5
    for left, right, colour, words in bands:
        plot.axvspan(left, right, facecolor=colour, zorder=0)
        wide = text_width_mm(words, 6.0) * per_mm
        # Over the middle of its band, but never on the words before it.
        start = max((left + right - wide) / 2, free)
        free = start + wide + 1.5 * per_mm
        plot.text(
            start,
            1.02,
            words,
            transform=plot.get_xaxis_transform(),
            ha="left",
            va="bottom",
            fontsize=6,
        )
    for n, (counted, (_, marker, fill, _)) in enumerate(COUNTED.items()):
        shown = table[table["counted"] == counted]
        plot.scatter(
            shown["size"].to_numpy(float) + 0.16 * (n - 1),
            shown["share_percent"],
            s=13.0,
            marker=marker,
            facecolors=fill,
            edgecolors="black",
            linewidths=0.5,
            zorder=3,
        ).set_gid(counted)
    plot.set_yscale("log")
    write_decades(plot.yaxis)
    plot.set_ylim(SMALLEST_PERCENT / 2.0, 200.0)
    plot.set_xlim(0.5, longest + 0.5)
    plot.set_xticks(range(1, longest + 1))
    plot.set_xlabel("complexes in a chain, or γc in a cluster (number)")
    plot.set_ylabel("share (%)")
    key = blank_panel(ax, (12.5, 0.0, width - 15.5, 11.0))
    for n, (_, marker, fill, words) in enumerate(COUNTED.values()):
        y = 9.0 - 3.4 * n
        key.scatter(
            [1.0],
            [y],
            s=13.0,
            marker=marker,
            facecolors=fill,
            edgecolors="black",
            linewidths=0.5,
        )
        key.text(3.5, y, words, va="center", fontsize=6)
