"""Text on pictures: how large it is, and boxes that keep it readable on colour."""

from typing import TYPE_CHECKING, Any, Final

from il2struct.figures.style import MM_PER_INCH

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Paper under text that stands on a picture.
ON_PICTURE: Final[dict[str, Any]] = {
    "facecolor": "white",
    "edgecolor": "none",
    "alpha": 0.85,
    "boxstyle": "square,pad=0.12",
}
#: Room around text of a box, in mm.
PAD_MM: Final = 0.5


def text_size_mm(ax: "Axes", text: str, *, fontsize: float) -> tuple[float, float]:
    """
    Measure text as it is going to be drawn.

    Parameters
    ----------
    ax : Axes
        Of the figure it is drawn in.
    text : str
    fontsize : float
        In points.

    Returns
    -------
    (float, float)
        Width and height in mm, with the room of a box around it.
    """
    artist = ax.text(0.0, 0.0, text, fontsize=fontsize)
    box = artist.get_window_extent()
    artist.remove()
    per_mm = ax.get_figure(root=True).dpi / MM_PER_INCH  # type: ignore[union-attr]  # it has one
    return box.width / per_mm + 2 * PAD_MM, box.height / per_mm + 2 * PAD_MM
