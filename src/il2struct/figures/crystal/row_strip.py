"""The strip below a row of complexes: scale bar, and the arrow of the repeat."""

from typing import TYPE_CHECKING, Final

import numpy as np

from il2struct.figures.canvas import blank_panel, size_mm
from il2struct.figures.crystal.crystal_row import CrystalRow
from il2struct.figures.pictures.scale_bar import draw_scale_bar

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Length of the scale bar in Å.
SCALE_BAR_A: Final = 50.0
#: Height of the strip in mm, of its lines and of the words below them.
STRIP_MM: Final = 10.0
LINE_MM: Final = 6.5
WORDS_MM: Final = 3.2
#: From the edge of the figure, and between scale bar and arrow, in mm.
EDGE_MM: Final = 2.0
APART_MM: Final = 10.0


def draw_strip(
    ax: "Axes",
    row: CrystalRow,
    a_per_mm: float,
    *,
    bottom_mm: float = 0.0,
    right: tuple[str, str] = ("", ""),
) -> None:
    """
    Draw a scale bar and the repeat of a row at the picture's scale.

    Parameters
    ----------
    ax : Axes
        That holds the picture.
    row : CrystalRow
    a_per_mm : float
        Scale of the picture.
    bottom_mm : float
        Lower edge of the strip.
    right : (str, str)
        Two lines of words at the right.
    """
    width, _ = size_mm(ax)
    strip = blank_panel(ax, (0.0, bottom_mm, width, STRIP_MM))
    strip.set_label("strip")
    x = EDGE_MM
    long = SCALE_BAR_A / a_per_mm
    draw_scale_bar(strip, (x, LINE_MM), long)
    strip.text(x + long / 2, WORDS_MM, f"{SCALE_BAR_A:g} Å", ha="center", va="center")
    if row.repeat is not None:
        length = float(np.linalg.norm(row.repeat_a))
        _arrow(strip, x + long + APART_MM, length / a_per_mm, f"repeat {length:.1f} Å")
    for y, words in zip((LINE_MM, WORDS_MM), right, strict=True):
        strip.text(width - EDGE_MM, y, words, ha="right", va="center")


def _arrow(strip: "Axes", x: float, long: float, words: str) -> None:
    strip.annotate(
        "",
        (x + long, LINE_MM),
        xytext=(x, LINE_MM),
        arrowprops={
            "arrowstyle": "-|>",
            "linewidth": 0.8,
            "color": "black",
            "shrinkA": 0,
            "shrinkB": 0,
            "mutation_scale": 6,
        },
    )
    strip.text(x + long / 2, WORDS_MM, words, ha="center", va="center")
