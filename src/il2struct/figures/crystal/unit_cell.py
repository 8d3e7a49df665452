"""The unit cell of a crystal, drawn in projection over a picture."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np

from il2struct.arrays import FloatArray
from il2struct.figures.canvas import size_mm
from il2struct.figures.crystal.crystal_row import CrystalRow
from il2struct.figures.pictures.placed_text import ON_PICTURE, TextRoom, write_near
from il2struct.figures.pictures.views import Box, View
from il2struct.lattice.operators import require_crystal

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Left, right, bottom and top of what is shown, in Å.
Window = tuple[float, float, float, float]
#: Colour of the edges of the unit cell.
CELL_COLOUR: Final = "#333333"
#: Cell edges shorter than this in projection are seen end on and get no letter, in Å.
END_ON_A: Final = 8.0
#: Type of the letters, in points, and places along an edge where one may stand.
LETTER_PT: Final = 6.0
ALONG: Final = (0.5, 0.35, 0.65, 0.2, 0.8, 0.1, 0.9)


def draw_cell(
    ax: "Axes", row: CrystalRow, view: View, window: Window
) -> list[tuple[str, FloatArray]]:
    """
    Draw the unit cell in projection, where it fits the window best.

    Parameters
    ----------
    ax : Axes
        In Å of the view.
    row : CrystalRow
    view : View
    window : tuple of float
        Left, right, bottom and top.

    Returns
    -------
    list of (str, ndarray of shape=(2, 2))
        Letter and both ends of the three edges at the cell's origin; one seen end on is left out.
    """
    from matplotlib.collections import LineCollection

    edges = require_crystal(row.named.entry).orthogonalisation.T
    origin = _cell_origin(edges, view, window)
    corners = np.array(
        [[i, j, k] for i in (0, 1) for j in (0, 1) for k in (0, 1)], dtype=np.float64
    )
    places = view.seen(origin + corners @ edges)[:, :2]
    lines = [
        (places[m], places[n])
        for m in range(8)
        for n in range(m + 1, 8)
        if np.abs(corners[m] - corners[n]).sum() == 1.0
    ]
    # Solid: edges that lie behind each other would fill each other's dashes.
    ax.add_collection(LineCollection(lines, colors="white", linewidths=1.5, alpha=0.8))
    ax.add_collection(
        LineCollection(lines, colors=CELL_COLOUR, linewidths=0.6, label="cell")
    )
    ends = view.seen(origin + np.vstack([np.zeros(3), edges]))[:, :2]
    return [
        (letter, ends[[0, k + 1]])
        for k, letter in enumerate("abc")
        if np.linalg.norm(ends[k + 1] - ends[0]) > END_ON_A
    ]


def _cell_origin(edges: FloatArray, view: View, window: Window) -> FloatArray:
    """Corner of the cell that reaches out of the window least."""
    left, right, bottom, top = window
    corners = np.array([[i, j, k] for i in (0, 1) for j in (0, 1) for k in (0, 1)])
    base = np.floor(view.centre @ np.linalg.inv(edges))
    tried = []
    for i in (-2, -1, 0, 1, 2):
        for j in (-2, -1, 0, 1, 2):
            for k in (-1, 0, 1):
                origin = (base + np.array([i, j, k])) @ edges
                x, y, _ = view.seen(origin + corners @ edges).T
                out = (np.maximum(left - x, 0) + np.maximum(x - right, 0)).sum() + (
                    np.maximum(bottom - y, 0) + np.maximum(y - top, 0)
                ).sum()
                away = abs(float(x.mean())) + abs(float(y.mean()))
                tried.append((round(float(out), 2), round(away, 2), (i, j, k)))
    chosen: FloatArray = (base + min(tried)[2]) @ edges
    return chosen


def name_cell_edges(
    ax: "Axes",
    edges: Sequence[tuple[str, FloatArray]],
    taken: Sequence[Box],
    window: Window,
) -> None:
    """
    Write the letters of the edges of the unit cell beside them.

    Parameters
    ----------
    ax : Axes
        In Å of the view.
    edges : sequence of (str, ndarray)
        From `draw_cell`.
    taken : sequence of box
        Where other text stands.
    window : tuple of float
        Left, right, bottom and top.
    """
    left, right, bottom, top = window
    a_per_mm = (right - left) / size_mm(ax)[0]
    inside = (left, bottom, right, top)
    room = TextRoom(ax=ax, inside=inside, per_mm=a_per_mm, taken=list(taken))
    look = {"fontsize": LETTER_PT, "fontstyle": "italic", "bbox": ON_PICTURE}
    for letter, (start, end) in edges:
        places = [start + part * (end - start) for part in ALONG]
        seen = [p for p in places if left < p[0] < right and bottom < p[1] < top]
        if seen:
            write_near(room, (float(seen[0][0]), float(seen[0][1])), letter, look)
