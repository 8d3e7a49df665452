"""How figures look: settings of a context, never of the process; axes in mm, marks, cells and keys."""

import logging
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache, lru_cache
from statistics import fmean
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np

from il2struct.arrays import FloatArray, IndexArray
from il2struct.errors import ParameterError
from il2struct.figures.options import current

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.collections import PolyCollection
    from matplotlib.colors import Colormap, Normalize
    from matplotlib.figure import Figure
    from matplotlib.legend import Legend
    from matplotlib.lines import Line2D
    from matplotlib.text import Text
    from matplotlib.transforms import Transform

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
#: Lines between cells.
CELL_LINE_COLOUR: Final = "#D0D0D0"
MM_PER_POINT: Final = MM_PER_INCH / 72.0
#: No figure is higher than this, in mm (Nature's guide).
TALLEST_MM: Final = 170.0
#: Height that a label of 6 and of 5 points needs, in mm, and one line of a key.
LINE_6PT_MM: Final = 2.3
LINE_5PT_MM: Final = 1.95
KEY_LINE_MM: Final = 3.6
#: From the foot of a key to the middle of its last line, in mm.
KEY_FOOT_MM: Final = 1.8
#: Widths of gaps between numbers that do not follow each other, and behind large jumps, in cells.
SMALL_GAP: Final = 0.2
LARGE_GAP: Final = 0.8
#: Jump in numbers from which on the gap is large.
LARGE_JUMP: Final = 10
#: Settings of an artist by their names in matplotlib.
Look: TypeAlias = dict[str, Any]
#: Words of a key and their mark.
KeyEntry: TypeAlias = tuple[str, Look]
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
OUTLINE: Final[Look] = {"edgecolor": EDGE_COLOUR, "linewidth": EDGE_WIDTH_PT}


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
    Return the width in mm that a figure is laid out for: on paper less for larger type, as it is enlarged.

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
        return WIDTHS_MM[width] / current().type_scale
    if not 20.0 <= width <= 1000.0:
        raise ParameterError(f"a figure is between 20 and 1000 mm wide, not {width:g}.")
    return float(width) / current().type_scale


def new_figure(width: str | float, height_mm: float) -> "Figure":
    """Make an empty figure, drawn without a display, of a width as for `width_mm`."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width_mm(width) / MM_PER_INCH, height_mm / MM_PER_INCH))
    FigureCanvasAgg(figure)
    return figure


def enlarge(figure: "Figure", scale: float) -> None:
    """Make a figure larger, with all that is measured in points."""
    from matplotlib.collections import Collection, PathCollection
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch
    from matplotlib.text import Annotation, Text

    wide, high = figure.get_size_inches().tolist()
    figure.set_size_inches(wide * scale, high * scale)
    found: dict[int, Any] = {}
    for axes in all_axes(figure):
        for axis in (axes.xaxis, axes.yaxis):
            axis.labelpad *= scale
            ticks: list[Any] = [*axis.get_major_ticks(), *axis.get_minor_ticks()]
            for tick in ticks:
                tick.set_pad(tick.get_pad() * scale)
        # A panel is found in its parent too.
        found |= {id(artist): artist for artist in axes.findobj()}
    for artist in found.values():
        if isinstance(artist, Text):
            artist.set_fontsize(float(artist.get_fontsize()) * scale)
            if isinstance(artist, Annotation) and artist.anncoords == "offset points":
                artist.xyann = (artist.xyann[0] * scale, artist.xyann[1] * scale)
        elif isinstance(artist, Line2D):
            artist.set_markeredgewidth(artist.get_markeredgewidth() * scale)
            artist.set_markersize(artist.get_markersize() * scale)
            artist.set_linewidth(artist.get_linewidth() * scale)
        elif isinstance(artist, Collection):
            widths = np.atleast_1d(artist.get_linewidth()) * scale
            artist.set_linewidth(widths.tolist())
            if isinstance(artist, PathCollection):
                artist.set_sizes(artist.get_sizes() * scale**2)
        elif isinstance(artist, Patch):
            artist.set_linewidth(artist.get_linewidth() * scale)


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


@lru_cache(maxsize=10_000)
def _width_mm(text: str, points: float, fonts: tuple[str, ...]) -> float:
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    with style():
        letters = FontProperties(family=fonts, size=points)
        width, _, _ = text_to_path.get_text_width_height_descent(
            text, letters, ismath=False
        )
    return float(width) * MM_PER_POINT


def text_width_mm(text: str, points: float = SETTINGS["ytick.labelsize"]) -> float:
    """Measure a line of text of some points in the font that figures are drawn with."""
    # Layouts ask for the same labels again and again, and matplotlib's settings are slow to swap.
    return _width_mm(text, points, tuple(SETTINGS["font.sans-serif"]))


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


def inset(ax: "Axes", box_mm: Sequence[float]) -> "Axes":
    """
    Make axes at left, bottom, width and height in mm from the lower left corner of others.

    They are a child of these, whose own frame and ticks disappear.
    """
    ax.set_axis_off()
    width, height = size_mm(ax)
    left, bottom, panel_width, panel_height = box_mm
    return ax.inset_axes(
        (left / width, bottom / height, panel_width / width, panel_height / height)
    )


def blank_inset(ax: "Axes", box_mm: Sequence[float]) -> "Axes":
    """Make an inset for keys and notes: no frame, no ticks, its units are mm from its own corner."""
    made = inset(ax, box_mm)
    made.set_xlim(0.0, box_mm[2])
    made.set_ylim(0.0, box_mm[3])
    made.set_axis_off()
    return made


def shrink_to_fit(
    texts: "Sequence[Text]", length_px: Callable[[], float], room_mm: float
) -> None:
    """
    Make texts smaller, down to what journals print, until all of them fit.

    `length_px` returns what they take as they are, in pixels of the figure.
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


def buried_map(n_stops: int = len(BURIED_STOPS)) -> "Colormap":
    """Return the colour map of buried area, or its paler part; missing values are grey."""
    from matplotlib.colors import LinearSegmentedColormap

    colours = LinearSegmentedColormap.from_list(
        "il2struct buried", BURIED_STOPS[:n_stops]
    )
    return colours.with_extremes(bad=MISSING_COLOUR)


def widest_mm(
    texts: Iterable[str], points: float = SETTINGS["ytick.labelsize"]
) -> float:
    """Measure the widest of some lines of text; 0 without any."""
    return max((text_width_mm(text, points) for text in texts), default=0.0)


def thinned(pitch_mm: float) -> tuple[float, int]:
    """Return the size in points of labels that far apart, and of how many of them one is shown."""
    points = 6.0 if pitch_mm >= LINE_6PT_MM else 5.0
    return points, max(1, math.ceil(LINE_5PT_MM / pitch_mm - 1e-9))


def tick_step(limit: float, most: float) -> float:
    """
    Return the smallest of 0.1, 0.2, 0.5, 1, 2, … that a limit holds fewer than so many times.

    Examples
    --------
    >>> tick_step(131.0, 3.0), tick_step(1.0, 2.0)
    (50.0, 1.0)
    """
    steps = (digit * 10.0**power for power in range(-1, 9) for digit in (1, 2, 5))
    return next(step for step in steps if limit / step < most)


def number_places(numbers: Sequence[int]) -> FloatArray:
    """
    Place columns of residues so that gaps in their numbers are seen.

    Examples
    --------
    >>> number_places([11, 12, 15, 40]).round(1).tolist()
    [0.0, 1.0, 2.2, 4.0]
    """
    jumps = np.diff(np.asarray(numbers, dtype=np.int64))
    gaps = np.select([jumps > LARGE_JUMP, jumps > 1], [LARGE_GAP, SMALL_GAP], 0.0)
    return np.concatenate([[0.0], np.cumsum(1.0 + gaps)])


def spread(
    places: Sequence[float],
    gap: float,
    *,
    low: float = -math.inf,
    high: float = math.inf,
) -> list[float]:
    """
    Move rising places on a line as little as possible until each is a gap above the one before.

    The nearest such places between two ends by least squares: neighbours that are too near are
    pooled. Where there is no room for all, the first ones lie below the lower end.

    Examples
    --------
    >>> spread([0.0, 0.0, 5.0], 1.0), spread([0.0, 0.0, 5.0], 1.0, low=0.0)
    ([-0.5, 0.5, 5.0], [0.0, 1.0, 5.0])
    """
    pools: list[list[float]] = []
    for number, place in enumerate(places):
        pools.append([place - number * gap])
        while len(pools) > 1 and fmean(pools[-2]) > fmean(pools[-1]):
            last = pools.pop()
            pools[-1] += last
    level = [fmean(pool) for pool in pools for _ in pool]
    highest = high - (len(level) - 1) * gap
    return [
        min(max(base, low), highest) + number * gap for number, base in enumerate(level)
    ]


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


def cell_look(colour: str) -> Look:
    """Return how a key shows a cell of a colour: 1 mm wide, as `draw_cells` draws it."""
    return {
        "marker": "s",
        "s": MM_PER_POINT**-2,
        "facecolors": colour,
        "edgecolors": CELL_LINE_COLOUR,
        "linewidths": 0.35,
    }


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
    words = inset(ax, box_mm)
    words.set_label("key")
    words.set_axis_off()
    return words.legend(handles=handles, **look)


def key_entry(
    key: "Axes",
    place: tuple[float, float],
    words: str,
    *,
    apart: float = 2.0,
    **look: Any,  # noqa: ANN401  # as matplotlib
) -> None:
    """Draw a mark of `Axes.scatter` with what it means behind it."""
    x, y = place
    key.scatter([x], [y], **look)
    key.text(x + apart, y, words, va="center", fontsize=6)


def key_places(
    names: Sequence[str], width_mm: float, *, apart: float = 4.5
) -> list[tuple[float, float]]:
    """Place entries of a key behind each other in lines: mm from its lower left corner."""
    places, x, line = [], 0.0, 0
    for name in names:
        wide = apart + text_width_mm(name)
        if x and x + wide > width_mm:
            x, line = 0.0, line + 1
        places.append((x, line))
        x += wide
    # Half a mark before the first.
    return [(x + 1.5, KEY_FOOT_MM + KEY_LINE_MM * (line - n)) for x, n in places]


def key_height_mm(places: Sequence[tuple[float, float]]) -> float:
    """Return the height of a key with entries at such places."""
    return max((y for _, y in places), default=0.0) + 2.2


def marks_key_mm(
    entries: Sequence[KeyEntry], width_mm: float, *, apart: float = 4.5
) -> float:
    """Return the height of what `draw_marks_key` draws."""
    names = [words for words, _ in entries]
    return key_height_mm(key_places(names, width_mm, apart=apart))


def narrowest_key_mm(entries: Sequence[KeyEntry]) -> float:
    """Return the width of what `draw_marks_key` draws with each entry in a line of its own."""
    return widest_mm(words for words, _ in entries) + 5.5


def draw_marks_key(
    ax: "Axes",
    corner_mm: tuple[float, float],
    width_mm: float,
    entries: Sequence[KeyEntry],
    *,
    apart: float = 4.5,
) -> None:
    """Draw a key from its lower left corner: words, each behind its mark of `Axes.scatter`."""
    places = key_places([words for words, _ in entries], width_mm, apart=apart)
    key = blank_inset(ax, (*corner_mm, width_mm, key_height_mm(places)))
    for place, (words, look) in zip(places, entries, strict=True):
        key_entry(key, place, words, **look)
