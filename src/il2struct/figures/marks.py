"""Marks, cells and keys of panels: how they are filled, and text that stays legible."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np

from il2struct.arrays import FloatArray, IndexArray
from il2struct.figures.canvas import EDGE_COLOUR, EDGE_WIDTH_PT, SETTINGS, panel

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.collections import PolyCollection
    from matplotlib.colors import Colormap, Normalize
    from matplotlib.legend import Legend
    from matplotlib.lines import Line2D
    from matplotlib.transforms import Transform

#: Lines between cells.
CELL_LINE_COLOUR: Final = "#D0D0D0"
#: Mean width of a letter over its size (Liberation Sans, digits and capitals).
LETTER_WIDTH: Final = 0.57
MM_PER_POINT: Final = 25.4 / 72.0
#: Widths of gaps between numbers that do not follow each other, and behind large jumps, in cells.
SMALL_GAP: Final = 0.2
LARGE_GAP: Final = 0.8
#: Jump in numbers from which on the gap is large.
LARGE_JUMP: Final = 10
#: Settings of an artist by their names in matplotlib.
Look: TypeAlias = dict[str, Any]
#: Marks that no line joins.
_SIGN: Final[Look] = {
    "linestyle": "none",
    "markerfacecolor": "#FFFFFF",
    "markeredgecolor": "#000000",
    "markeredgewidth": 0.5,
}
#: What makes a mark black inside.
FILLED: Final[Look] = {"markerfacecolor": "#000000"}
#: Outline of areas in light colours.
OUTLINE: Final[Look] = {
    "edgecolor": EDGE_COLOUR,
    "linewidth": EDGE_WIDTH_PT,
}


def estimated_width_mm(text: str, points: float = SETTINGS["ytick.labelsize"]) -> float:
    """Estimate the width of a line of text of some points, rather too wide than too narrow."""
    return len(text) * points * LETTER_WIDTH * MM_PER_POINT


def number_places(numbers: Sequence[int]) -> FloatArray:
    """
    Place columns of residues so that gaps in their numbers are seen.

    Parameters
    ----------
    numbers : sequence of int
        Rising residue numbers.

    Returns
    -------
    ndarray, shape=(n,), dtype=float
        Left edge of each column, in widths of one; the first is 0.

    Examples
    --------
    >>> number_places([11, 12, 15, 40]).round(1).tolist()
    [0.0, 1.0, 2.2, 4.0]
    """
    jumps = np.diff(np.asarray(numbers, dtype=np.int64))
    gaps = np.select([jumps > LARGE_JUMP, jumps > 1], [LARGE_GAP, SMALL_GAP], 0.0)
    return np.concatenate([[0.0], np.cumsum(1.0 + gaps)])


def draw_cells(
    ax: "Axes",
    left: FloatArray,
    row: FloatArray | IndexArray,
    colours: Sequence[str] | FloatArray,
) -> "PolyCollection":
    """Draw square cells of unit size from their left edges, centred on their rows, 0 at the top."""
    from matplotlib.collections import PolyCollection

    corners = np.array([(0.0, -0.5), (1.0, -0.5), (1.0, 0.5), (0.0, 0.5)])
    origin = np.column_stack([left, row])
    cells = PolyCollection(
        origin[:, np.newaxis] + corners,
        facecolors=colours,
        edgecolors=CELL_LINE_COLOUR,
        linewidths=0.35,
    )
    ax.add_collection(cells, autolim=False)
    return cells


def draw_group_bar(
    ax: "Axes", x: tuple[float, float], rows: tuple[float, float], colour: str
) -> None:
    """Draw a bar in a role's colour beside rows; coordinates of the axes."""
    from matplotlib.patches import Rectangle

    ax.add_patch(
        Rectangle(
            (x[0], rows[0]),
            x[1] - x[0],
            rows[1] - rows[0],
            facecolor=colour,
            **OUTLINE,
            clip_on=False,
        )
    )


def bare(ax: "Axes") -> None:
    """Take frame and tick marks from an axes and leave its labels."""
    for spine in ax.spines.values():
        spine.set_visible(False)
    ax.tick_params(length=0, pad=1.5)


def draw_scale(
    ax: "Axes", colours: "Colormap", norm: "Normalize", ticks: Sequence[float]
) -> None:
    """Fill an axes with a horizontal colour scale from limit to limit, values written below."""
    low, high = float(norm.vmin or 0.0), float(norm.vmax or 1.0)
    steps = np.linspace(low, high, 256)
    ax.imshow(
        colours(norm(steps))[np.newaxis],
        extent=(low, high, 0.0, 1.0),
        aspect="auto",
        interpolation="nearest",
    )
    ax.set_yticks([])
    ax.set_xticks(list(ticks), [f"{tick:g}" for tick in ticks])
    for spine in ax.spines.values():
        spine.set_visible(True)
        spine.set_linewidth(0.4)


def round_up(value: float) -> float:
    """
    Return the next larger number of one digit and a half: 1, 1.2, … 2, 2.5, … 5, 6, … 10.

    Examples
    --------
    >>> round_up(131.0), round_up(0.0)
    (140.0, 1.0)
    """
    if value <= 0.0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    steps = (1, 1.2, 1.4, 1.6, 1.8, 2, 2.5, 3, 3.5, 4, 4.5, 5, 6, 7, 8, 9, 10)
    # A value that is round itself stays, whatever the last digit says.
    return next(step * power for step in steps if step * power >= value * (1.0 - 1e-9))


def text_colour_on(colour: Sequence[float]) -> str:
    """
    Return black or white, whichever has more contrast on a colour: at least 4.5 to 1.

    Parameters
    ----------
    colour : sequence of float
        Red, green, blue from 0 to 1; what follows is passed over.

    References
    ----------
    WCAG 2.2, success criterion 1.4.3, and its definition of relative luminance.
    """
    return (
        "black"
        if contrast(colour, (0, 0, 0)) >= contrast(colour, (1, 1, 1))
        else "white"
    )


def contrast(first: Sequence[float], second: Sequence[float]) -> float:
    """
    Return the contrast of two colours, 1 to 21.

    Parameters
    ----------
    first, second : sequence of float
        Red, green, blue from 0 to 1; what follows is passed over.

    Examples
    --------
    >>> round(contrast((0, 0, 0), (1, 1, 1)), 6)
    21.0
    """
    darker, lighter = sorted((_luminance(first), _luminance(second)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: Sequence[float]) -> float:
    channels = (
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour[:3]
    )
    return sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), channels, strict=True))


def put_marks(
    ax: "Axes",
    x: Sequence[float],
    y: Sequence[float],
    marker: str | list[tuple[float, float]],
    **look: Any,  # noqa: ANN401  # as matplotlib
) -> None:
    """Draw marks that no line joins: white with a thin black edge, unless said otherwise."""
    ax.plot(x, y, **(_SIGN | {"marker": marker} | look))


def sign(label: str, marker: str, **look: Any) -> "Line2D":  # noqa: ANN401  # as matplotlib
    """Return the entry of a legend for what `put_marks` draws."""
    from matplotlib.lines import Line2D

    return Line2D([], [], label=label, **(_SIGN | {"marker": marker} | look))


def mark_breaks(
    ax: "Axes",
    x: Sequence[float],
    y: Sequence[float],
    transform: "Transform",
    zorder: float = 2.0,
) -> None:
    """Draw the slashes on an axis where its numbers jump."""
    slash = [(-0.5, -1.0), (0.5, 1.0)]
    look = {"markersize": 4.0, "markeredgewidth": 0.7, "label": "_break"}
    put_marks(
        ax, x, y, slash, transform=transform, clip_on=False, zorder=zorder, **look
    )


def legend_in(
    ax: "Axes",
    box_mm: Sequence[float],
    handles: Sequence["Artist"],
    **look: Any,  # noqa: ANN401  # as matplotlib
) -> "Legend | None":
    """Write a legend into a panel of its own; nothing without entries."""
    if not handles:
        return None
    words = panel(ax, box_mm)
    words.set_axis_off()
    return words.legend(handles=handles, **look)


def key_entry(
    key: "Axes",
    place: tuple[float, float],
    words: str,
    *,
    apart: float,
    **look: Any,  # noqa: ANN401  # as matplotlib
) -> None:
    """Draw a mark of `Axes.scatter` with what it means behind it."""
    x, y = place
    key.scatter([x], [y], **look)
    key.text(x + apart, y, words, va="center", fontsize=6)
