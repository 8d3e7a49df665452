"""How figures look, and axes in millimetres: settings of a context, never global ones, no pyplot."""

import logging
import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from il2struct.errors import ParameterError

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap
    from matplotlib.figure import Figure
    from matplotlib.text import Text

logger = logging.getLogger(__name__)

#: Column widths of journals in mm (Nature's guide: 89 and 183).
WIDTHS_MM: Final = {"single": 89.0, "double": 183.0}
#: Smallest text that a journal prints, in points (Nature's guide).
SMALLEST_TEXT_PT: Final = 5.0
MM_PER_INCH: Final = 25.4
#: Resolution of pixel pictures, in dots per inch.
DPI: Final = 300

#: Outline of areas in light colours, which white paper would swallow, and its width in points.
EDGE_COLOUR: Final = "#222222"
EDGE_WIDTH_PT: Final = 0.3
#: What is not modelled or not known: grey, since white means zero.
MISSING_COLOUR: Final = "#CCCCCC"
#: Surface that is not buried.
NOT_BURIED_COLOUR: Final = "#D9D9D9"
#: Stops of the map of buried area: lightness falls evenly from 94 to 15.
BURIED_STOPS: Final = ("#FBE9D0", "#E8A15A", "#A63C06", "#3B0F02")

# matplotlib types its settings by literal names, which a plain dict does not have.
SETTINGS: Final[Any] = {
    "font.family": "sans-serif",
    "font.sans-serif": ["Arial", "Liberation Sans", "DejaVu Sans"],
    "font.size": 6.5,
    "axes.labelsize": 7.0,
    "axes.titlesize": 7.0,
    "xtick.labelsize": 6.0,
    "ytick.labelsize": 6.0,
    "legend.fontsize": 6.0,
    "legend.frameon": False,
    "figure.dpi": 100,
    "savefig.dpi": DPI,
    "axes.linewidth": 0.6,
    "lines.linewidth": 0.8,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.major.size": 2.2,
    "ytick.major.size": 2.2,
    "xtick.minor.size": 1.2,
    "ytick.minor.size": 1.2,
    "xtick.direction": "out",
    "ytick.direction": "out",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.unicode_minus": True,
    "mathtext.default": "regular",
    # Text stays text: TrueType in PDF, <text> in SVG.
    "pdf.fonttype": 42,
    "ps.fonttype": 42,
    "svg.fonttype": "none",
    "svg.hashsalt": "il2struct",
}


@cache
def drawn_with() -> str:
    """Return the first of the wanted fonts that is installed here; the log says it once."""
    from matplotlib.font_manager import FontProperties, findfont

    def is_here(name: str) -> bool:
        try:
            findfont(FontProperties(family=[name]), fallback_to_default=False)
        except ValueError:
            return False
        return True

    wanted = SETTINGS["font.sans-serif"]
    font: str = next((name for name in wanted if is_here(name)), wanted[-1])
    if font == wanted[-1]:
        logger.warning(
            "figures are drawn with %s, which is wider than Arial: for the look that journals ask "
            "for, install Arial or Liberation Sans (package fonts-liberation)",
            font,
        )
    else:
        logger.info("figures are drawn with %s", font)
    return font


@contextmanager
def style() -> Iterator[None]:
    """
    Draw and save inside this context; afterwards matplotlib is as it was.

    Some settings are read when a figure is made, others when it is saved, so that both belong
    inside. The methods of `Drawing` do so themselves.
    """
    import matplotlib as mpl

    finder = logging.getLogger("matplotlib.font_manager")
    level = finder.level
    # A missing Arial is no news: the next of the list serves.
    finder.setLevel(logging.ERROR)
    try:
        with mpl.rc_context(SETTINGS):
            yield
    finally:
        finder.setLevel(level)


def width_mm(width: str | float) -> float:
    """
    Return a figure's width in mm.

    Parameters
    ----------
    width : str or float
        ``"single"``, ``"double"``, or mm.

    Raises
    ------
    ParameterError
        If it is neither of the names nor a width between 20 and 1000 mm.

    Examples
    --------
    >>> width_mm("single")
    89.0
    """
    if isinstance(width, str):
        if width not in WIDTHS_MM:
            raise ParameterError(
                f"a width is single, double or a number of mm, not {width!r}."
            )
        return WIDTHS_MM[width]
    if not 20.0 <= width <= 1000.0:
        raise ParameterError(f"a figure is between 20 and 1000 mm wide, not {width:g}.")
    return float(width)


def new_figure(width: str | float, height_mm: float) -> "Figure":
    """Make an empty figure, drawn without a display, of a width as for `width_mm`."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width_mm(width) / MM_PER_INCH, height_mm / MM_PER_INCH))
    FigureCanvasAgg(figure)
    return figure


def figure_of(ax: "Axes") -> "Figure":
    """Return the whole figure that an axes is part of."""
    figure = ax.get_figure(root=True)
    if figure is None:
        raise ParameterError(
            "this axes was taken out of its figure; draw into another."
        )
    return figure


def extent_mm(artist: "Artist", ax: "Axes") -> tuple[float, float]:
    """Return width and height of something drawn into an axes, on paper, in mm."""
    box = artist.get_window_extent()
    per_mm = figure_of(ax).dpi / MM_PER_INCH
    return box.width / per_mm, box.height / per_mm


def size_mm(ax: "Axes") -> tuple[float, float]:
    """Return width and height of an axes on paper, in mm."""
    return extent_mm(ax, ax)


def text_width_mm(text: str, points: float) -> float:
    """Measure a line of text of some points in the font that figures are drawn with."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    with style():
        letters = FontProperties(family=SETTINGS["font.sans-serif"], size=points)
        width, _, _ = text_to_path.get_text_width_height_descent(
            text, letters, ismath=False
        )
    return float(width) * MM_PER_INCH / 72.0


def wrapped(text: str, points: float, width: float) -> list[str]:
    """Break text of some points into lines no wider than so many mm; a longer word stands alone."""
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

    Panels and labels are laid out inside, so that the figure is exactly as wide as asked for.
    """
    return new_figure(width, height_mm).add_axes((0.0, 0.0, 1.0, 1.0))


def panel(ax: "Axes", box_mm: Sequence[float]) -> "Axes":
    """
    Make a panel at left, bottom, width and height in mm from the lower left corner of an axes.

    It is a child of the axes, whose own frame and ticks disappear.
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
    """Make a panel for keys and notes: no frame, no ticks, its units are mm from its own corner."""
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
    """Return every axes of a figure, panels included, in the order they were made."""
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

    colours = LinearSegmentedColormap.from_list("il2struct buried", BURIED_STOPS)
    return colours.with_extremes(bad=MISSING_COLOUR)
