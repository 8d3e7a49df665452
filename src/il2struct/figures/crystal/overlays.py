"""What stands on pictures of a crystal: words, the unit cell, and the strip with scale and repeat."""

from collections.abc import Sequence
from itertools import combinations, product
from typing import TYPE_CHECKING, Final

import numpy as np

from il2struct.arrays import FloatArray
from il2struct.figures.canvas import blank_panel, size_mm
from il2struct.figures.crystal.crystal_row import CrystalRow, is_reversed
from il2struct.figures.pictures.placed_text import (
    ON_PICTURE,
    TextRoom,
    draw_scale_bar,
    write_near,
)
from il2struct.figures.pictures.views import Box, View
from il2struct.figures.words import safe, unescaped
from il2struct.lattice.measure import MeasuredContact
from il2struct.lattice.operators import require_crystal, triplet_with_shift
from il2struct.structure.complexes import Member
from il2struct.structure.roles import Role, symbol_of

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
#: Length of the scale bar in Å.
SCALE_BAR_A: Final = 50.0
#: Height of the strip in mm, of its lines and of the words below them.
STRIP_MM: Final = 10.0
LINE_MM: Final = 6.5
WORDS_MM: Final = 3.2
#: From the edge of the figure, and between scale bar and arrow, in mm.
EDGE_MM: Final = 2.0
APART_MM: Final = 10.0


def member_name(member: Member) -> str:
    """Return what a chain is called on a picture: its role, or its chain name."""
    if member.role is Role.UNKNOWN:
        return safe(f"chain {member.image.auth_asym_id}", longest=14)
    return symbol_of(member.role.value)


def contact_words(measured: MeasuredContact) -> str:
    """Return a contact as people write it, from γc to α: ``γc – IL-2Rα′``."""
    ends = [measured.contact.member_1, measured.contact.member_2]
    if is_reversed(measured):
        ends.reverse()
    return f"{member_name(ends[0])} – {member_name(ends[1])}′"


def operator_words(measured: MeasuredContact) -> str:
    """Return the operator of side 2 as a triplet with its code: ``x+1/2,y-1/2,z (3_545)``."""
    image = measured.contact.image_2
    name = measured.named.entry.operators[image.operator].name
    return f"{triplet_with_shift(name, image.cell_shift)} ({image.symmetry_code})"


def fit_words(measured: MeasuredContact) -> str:
    """Return the fit of a contact: ``Sc 0.62``, or that it was not computed."""
    fit = measured.interface.fit
    if fit is None:
        return "Sc not computed"
    return "Sc not defined" if np.isnan(fit.result.sc) else f"Sc {fit.result.sc:.2f}"


def copy_words(row: CrystalRow) -> str:
    """Return area, fit and operator of every copy of the contact that is followed."""
    return "; ".join(
        f"{unescaped(contact_words(m))} {m.interface.burial.area_per_side_a2:.0f} Å² "
        f"per side, {fit_words(m)}, operator {operator_words(m)}"
        for m in row.copies
    )


def repeat_words(row: CrystalRow) -> str:
    """Say how the row repeats."""
    if row.repeat is None:
        return "The contact closes and repeats in no direction."
    length = float(np.linalg.norm(row.repeat_a))
    return f"The row repeats after {length:.1f} Å (length of the translation)."


def draw_cell(
    ax: "Axes", row: CrystalRow, view: View, window: Window
) -> list[tuple[str, FloatArray]]:
    """
    Draw the unit cell in projection, where it fits the window best.

    Returns letter and both ends of the three edges at its origin; one seen end on is left out.
    """
    from matplotlib.collections import LineCollection

    edges = require_crystal(row.named.entry).orthogonalisation.T
    origin = _cell_origin(edges, view, window)
    corners = np.array(list(product((0.0, 1.0), repeat=3)))
    places = view.seen(origin + corners @ edges)[:, :2]
    lines = [
        (places[m], places[n])
        for m, n in combinations(range(8), 2)
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
    corners = np.array(list(product((0, 1), repeat=3)))
    base = np.floor(view.centre @ np.linalg.inv(edges))
    tried = []
    for cell in product((-2, -1, 0, 1, 2), (-2, -1, 0, 1, 2), (-1, 0, 1)):
        x, y, _ = view.seen((base + np.array(cell)) @ edges + corners @ edges).T
        out = (np.maximum(left - x, 0) + np.maximum(x - right, 0)).sum() + (
            np.maximum(bottom - y, 0) + np.maximum(y - top, 0)
        ).sum()
        away = abs(float(x.mean())) + abs(float(y.mean()))
        tried.append((round(float(out), 2), round(away, 2), cell))
    chosen: FloatArray = (base + min(tried)[2]) @ edges
    return chosen


def name_cell_edges(
    ax: "Axes",
    edges: Sequence[tuple[str, FloatArray]],
    taken: Sequence[Box],
    window: Window,
) -> None:
    """Write the letters of the edges from `draw_cell` beside them, where no other text stands."""
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


def draw_strip(
    ax: "Axes",
    row: CrystalRow,
    a_per_mm: float,
    *,
    bottom_mm: float = 0.0,
    right: tuple[str, str] = ("", ""),
) -> None:
    """Draw scale bar and repeat of a row at the picture's scale, and two lines of words at the right."""
    width, _ = size_mm(ax)
    strip = blank_panel(ax, (0.0, bottom_mm, width, STRIP_MM))
    strip.set_label("strip")
    x = EDGE_MM
    long = SCALE_BAR_A / a_per_mm
    draw_scale_bar(strip, (x, LINE_MM), long)
    strip.text(x + long / 2, WORDS_MM, f"{SCALE_BAR_A:g} Å", ha="center", va="center")
    if row.repeat is not None:
        length = float(np.linalg.norm(row.repeat_a))
        start, end = x + long + APART_MM, x + long + APART_MM + length / a_per_mm
        line = {"arrowstyle": "-|>", "linewidth": 0.8, "color": "black"}
        arrow = {**line, "shrinkA": 0, "shrinkB": 0, "mutation_scale": 6}
        strip.annotate("", (end, LINE_MM), xytext=(start, LINE_MM), arrowprops=arrow)
        words = f"repeat {length:.1f} Å"
        strip.text((start + end) / 2, WORDS_MM, words, ha="center", va="center")
    for y, note in zip((LINE_MM, WORDS_MM), right, strict=True):
        strip.text(width - EDGE_MM, y, note, ha="right", va="center")
