"""A drawing in an axes that one has, or in a new figure."""

from typing import TYPE_CHECKING

from il2struct.figures.canvas import whole_figure_axes
from il2struct.figures.drawing import Drawing
from il2struct.figures.style import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def drawn(drawing: Drawing, ax: "Axes | None") -> "Axes":
    """
    Draw a drawing into an axes, or into a new figure of the drawing's size.

    Parameters
    ----------
    drawing : Drawing
    ax : Axes or None

    Returns
    -------
    Axes
    """
    with style():
        target = ax or whole_figure_axes(drawing.width, drawing.height_mm)
        drawing.draw(target)
        return target
