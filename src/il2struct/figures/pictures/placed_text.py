"""Text and bars on pictures: where they find room, and boxes that keep them readable on colour."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from il2struct.figures.canvas import extent_mm
from il2struct.figures.pictures.views import Box, free_place

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
    """Measure text as it is going to be drawn, in mm, with the room of a box around it."""
    artist = ax.text(0.0, 0.0, text, fontsize=fontsize)
    width, height = extent_mm(artist, ax)
    artist.remove()
    return width + 2 * PAD_MM, height + 2 * PAD_MM


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TextRoom:
    """
    Where text may stand, in units of an axes.

    Attributes
    ----------
    ax : Axes
    inside : Box
        What text may not leave.
    per_mm : float
        Units of the axes in a mm on paper.
    taken : list of Box
        What stands there already; `write_near` adds to it.
    """

    ax: "Axes"
    inside: Box
    per_mm: float
    taken: list[Box] = field(default_factory=list)


def write_near(
    room: TextRoom,
    wanted: tuple[float, float],
    text: str,
    look: Mapping[str, Any],
    *,
    apart_mm: float = 0.0,
) -> Box:
    """
    Write text as near to a place as what stands there allows.

    Parameters
    ----------
    room : TextRoom
        Gets the box of the text added to what is taken.
    wanted : (float, float)
        Where its middle should be.
    text : str
    look : mapping of str to object
        Settings of the text; ``fontsize`` is needed.
    apart_mm : float
        Room at both sides of the text, together.

    Returns
    -------
    Box
        Of the text with its room.
    """
    width, height = text_size_mm(room.ax, text, fontsize=look["fontsize"])
    size = ((width + apart_mm) * room.per_mm, height * room.per_mm)
    x, y = free_place(wanted, size, room.taken, room.inside)
    box = (x - size[0] / 2, y - size[1] / 2, x + size[0] / 2, y + size[1] / 2)
    room.taken.append(box)
    room.ax.text(x, y, text, ha="center", va="center", **look)
    return box


def draw_scale_bar(
    strip: "Axes", start_mm: tuple[float, float], long_mm: float
) -> None:
    """Draw a level bar from its left end, in mm."""
    x, y = start_mm
    strip.plot(
        [x, x + long_mm],
        [y, y],
        color="black",
        linewidth=1.6,
        solid_capstyle="butt",
        label="scale bar",
    )
