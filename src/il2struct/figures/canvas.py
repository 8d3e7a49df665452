"""Figures and axes in millimetres, without pyplot."""

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from il2struct.figures.style import (
    MM_PER_INCH,
    SETTINGS,
    SMALLEST_TEXT_PT,
    style,
    width_mm,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap
    from matplotlib.figure import Figure
    from matplotlib.text import Text


def new_figure(width: str | float, height_mm: float) -> "Figure":
    """
    Make an empty figure, drawn without a display.

    Parameters
    ----------
    width : str or float
        ``"single"``, ``"double"``, or mm.
    height_mm : float
        Its height.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width_mm(width) / MM_PER_INCH, height_mm / MM_PER_INCH))
    FigureCanvasAgg(figure)
    return figure


def size_mm(ax: "Axes") -> tuple[float, float]:
    """
    Return the size of an axes on paper.

    Parameters
    ----------
    ax : Axes

    Returns
    -------
    (float, float)
        Width and height in mm.
    """
    box = ax.get_window_extent()
    per_mm = ax.get_figure(root=True).dpi / MM_PER_INCH  # type: ignore[union-attr]  # an axes has a figure
    return box.width / per_mm, box.height / per_mm


def text_width_mm(text: str, points: float) -> float:
    """
    Measure the width of a line of text in the font that figures are drawn with.

    Parameters
    ----------
    text : str
    points : float
        Size of the letters.
    """
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    with style():
        letters = FontProperties(family=SETTINGS["font.sans-serif"], size=points)
        width, _, _ = text_to_path.get_text_width_height_descent(
            text, letters, ismath=False
        )
    return float(width) * MM_PER_INCH / 72.0


def wrapped(text: str, points: float, width: float) -> list[str]:
    """
    Break text into lines that are no wider than a width; a longer word stands alone.

    Parameters
    ----------
    text : str
    points : float
        Size of the letters.
    width : float
        In mm.
    """
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and text_width_mm(longer, points) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def whole_figure_axes(width: str | float, height_mm: float) -> "Axes":
    """
    Make a figure whose one axes covers it from edge to edge.

    Parameters
    ----------
    width : str or float
        ``"single"``, ``"double"``, or mm.
    height_mm : float

    Returns
    -------
    Axes
        What the drawing functions take as ``ax``: they lay their panels out inside, labels
        included, so that the figure is exactly as wide as asked for.
    """
    return new_figure(width, height_mm).add_axes((0.0, 0.0, 1.0, 1.0))


def panel(ax: "Axes", box_mm: Sequence[float]) -> "Axes":
    """
    Make a panel inside an axes.

    Parameters
    ----------
    ax : Axes
        Its own frame and ticks disappear.
    box_mm : sequence of 4 float
        Left, bottom, width and height in mm from the lower left corner of ``ax``.

    Returns
    -------
    Axes
        A child of ``ax`` (in ``ax.child_axes``).
    """
    ax.set_axis_off()
    width, height = size_mm(ax)
    left, bottom, panel_width, panel_height = box_mm
    return ax.inset_axes(
        (
            left / width,
            bottom / height,
            panel_width / width,
            panel_height / height,
        )
    )


def blank_panel(ax: "Axes", box_mm: Sequence[float]) -> "Axes":
    """
    Make a panel for keys and notes: no frame, no ticks, its units are mm.

    Parameters
    ----------
    ax : Axes
        Its own frame and ticks disappear.
    box_mm : sequence of 4 float
        Left, bottom, width and height in mm from the lower left corner of ``ax``.

    Returns
    -------
    Axes
        A child of ``ax``, from 0 to its width and height.
    """
    made = panel(ax, box_mm)
    made.set_xlim(0.0, box_mm[2])
    made.set_ylim(0.0, box_mm[3])
    made.set_axis_off()
    return made


def shrink_to_fit(
    texts: "Sequence[Text]", length_px: Callable[[], float], room_mm: float
) -> None:
    """
    Make texts smaller, down to what journals print, until all of them fit: fonts differ in width.

    Parameters
    ----------
    texts : sequence of Text
        With one size of type.
    length_px : callable
        Returns what they take as they are, in pixels of the figure.
    room_mm : float
        Room for them.
    """
    for size_pt in (math.inf, 6.0, 5.5, SMALLEST_TEXT_PT):
        for text in texts:
            text.set_fontsize(min(size_pt, text.get_fontsize()))
        figure = texts[0].get_figure(root=True)
        if figure is None or length_px() <= room_mm * figure.dpi / MM_PER_INCH:
            return


def all_axes(figure: "Figure") -> "list[Axes]":
    """
    Return every axes of a figure, panels included, in the order they were made.

    Parameters
    ----------
    figure : Figure
    """
    from matplotlib.axes import Axes

    found: list[Axes] = []

    def visit(axes: object) -> None:
        if isinstance(axes, Axes) and axes not in found:
            found.append(axes)
            for child in axes.child_axes:
                visit(child)

    for axes in figure.axes:
        visit(axes)
    return found


def buried_map() -> "Colormap":
    """Return the colour map of buried area; missing values are grey."""
    from matplotlib.colors import LinearSegmentedColormap

    from il2struct.figures.style import BURIED_STOPS, MISSING_COLOUR

    colours = LinearSegmentedColormap.from_list("il2struct buried", BURIED_STOPS)
    return colours.with_extremes(bad=MISSING_COLOUR)
