"""How figures look: journal widths, type sizes, and settings of a context, never global ones."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, Final

from il2struct.errors import ParameterError

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
    """
    Return the font that figures are drawn with on this machine; the log says it once.

    Returns
    -------
    str
        The first of the wanted fonts that is installed.
    """
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
    inside. `figure_of` and `save` do so themselves.
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
