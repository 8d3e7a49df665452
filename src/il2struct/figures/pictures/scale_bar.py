"""The bar that says how long a length is on a picture."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def draw_scale_bar(
    strip: "Axes", start_mm: tuple[float, float], long_mm: float
) -> None:
    """
    Draw a level bar.

    Parameters
    ----------
    strip : Axes
        A `blank_panel`.
    start_mm : (float, float)
        Its left end.
    long_mm : float
        Its length on paper.
    """
    x, y = start_mm
    strip.plot(
        [x, x + long_mm],
        [y, y],
        color="black",
        linewidth=1.6,
        solid_capstyle="butt",
        label="scale bar",
    )
