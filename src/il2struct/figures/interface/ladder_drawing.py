"""How a bond ladder is laid out and drawn."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from il2struct.figures.canvas import (
    EDGE_COLOUR,
    EDGE_WIDTH_PT,
    panel,
    size_mm,
    width_mm,
)
from il2struct.figures.interface.pair_bonds import KIND_WORDS, PairBond, chain_part
from il2struct.figures.interface.residue_labels import ShownResidue
from il2struct.palette import Palette

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: A column is cut into panels above this many rows.
ROWS_PER_PANEL: Final = 35
#: Height of a row, in mm, and the least that 5 points need.
ROW_MM: Final = 3.4
#: Panels beside each other on a double column.
PANELS_PER_LINE: Final = 2
#: Room above the columns for names, below for the scale, and for the key, in mm.
HEAD_MM: Final = 5.5
SCALE_MM: Final = 7.5
KEY_LINE_MM: Final = 3.0
EDGE_MM: Final = 2.5
#: Length of the longest bar and gap between the panels, in mm.
BAR_MM: Final = 13.0
GUTTER_MM: Final = 6.0
#: Width of a letter of 6 points and of 5 points, height of a line of 5 points, in mm.
LETTER_6PT_MM: Final = 1.2
LETTER_5PT_MM: Final = 0.95
LINE_5PT_MM: Final = 1.95
#: Longer names above a column reach over the lines, shorter ones over the bars, in letters.
LONGEST_HEAD: Final = 12
#: Where along a line its distance may stand: first choices a third from either end.
LABEL_PLACES: Final = (1 / 3, 2 / 3)
#: Length and half width of an arrowhead in mm.
ARROW_MM: Final = (1.5, 0.55)
#: Colour, dashes (points) and width (points) of lines by kind.
LINES: Final[dict[str, tuple[str, Any, float]]] = {
    "contact": ("#B5B5B5", "solid", 0.5),
    "water_mediated": ("#000000", (0, (0.8, 1.6)), 0.7),
    "pi_stacking": ("#000000", (0, (5.0, 1.2, 0.8, 1.2, 0.8, 1.2)), 0.8),
    "cation_pi": ("#000000", (0, (5.0, 1.2, 0.8, 1.2)), 0.8),
    "conditional_hydrogen_bond": ("#000000", (0, (1.4, 2.4)), 0.9),
    "hydrogen_bond": ("#000000", (0, (3.4, 1.5)), 0.9),
    "disulfide": ("#000000", "solid", 2.4),
    "salt_bridge": ("#000000", "solid", 1.5),
}

#: Centre and size of a box in mm.
_Box: TypeAlias = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Rung:
    """
    A line between two rows, counted from the top.

    Attributes
    ----------
    row_1, row_2 : int
    bond : PairBond or None
        None for a contact.
    distance_a : float
    n_atom_pairs : int
    """

    row_1: int
    row_2: int
    bond: PairBond | None
    distance_a: float
    n_atom_pairs: int

    @property
    def kind(self) -> str:
        """Kind of bond, or ``contact``."""
        return self.bond.kind if self.bond else "contact"

    @property
    def label(self) -> str:
        """Distance with the part of the chain at either end: ``s 2.8 m``."""
        if self.bond is None:
            return ""
        several = f" ×{self.bond.n_bonds}" if self.bond.n_bonds > 1 else ""
        ends = [chain_part(a) for a in (self.bond.atom_1, self.bond.atom_2)]
        return f"{ends[0]} {self.distance_a:.1f}{several} {ends[1]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class LadderPanel:
    """Two columns from top to bottom, and their lines."""

    left: tuple[ShownResidue, ...]
    right: tuple[ShownResidue, ...]
    rungs: tuple[Rung, ...]

    @property
    def n_rows(self) -> int:
        """Rows of the longer column."""
        return max(len(self.left), len(self.right))


@dataclass(frozen=True, slots=True, kw_only=True)
class LadderContent:
    """All panels, with names and roles of the two sides."""

    names: tuple[str, str]
    roles: tuple[str, str]
    panels: tuple[LadderPanel, ...]

    @property
    def kinds(self) -> tuple[str, ...]:
        """Kinds of line that are there, the strongest first."""
        there = {rung.kind for p in self.panels for rung in p.rungs}
        return tuple(kind for kind in reversed(LINES) if kind in there)


def _lines_of_panels(content: LadderContent) -> list[tuple[LadderPanel, ...]]:
    panels = content.panels
    return [
        panels[i : i + PANELS_PER_LINE] for i in range(0, len(panels), PANELS_PER_LINE)
    ]


def _rows_of_line(line: Sequence[LadderPanel]) -> int:
    return max(max((p.n_rows for p in line), default=1), 3)


def _key_mm(content: LadderContent, width: float) -> float:
    return math.ceil(len(content.kinds) / _key_columns(width)) * KEY_LINE_MM + 1.5


def _key_columns(width: float) -> int:
    return max(1, int(width // 38.0))


def ladder_height_mm(content: LadderContent, width: str | float) -> float:
    """
    Return the height of a ladder in mm.

    Parameters
    ----------
    content : LadderContent
    width : str or float
        Of the figure.
    """
    columns = sum(
        HEAD_MM + SCALE_MM + ROW_MM * _rows_of_line(line)
        for line in _lines_of_panels(content)
    )
    return columns + _key_mm(content, width_mm(width)) + EDGE_MM


def draw_ladder(ax: "Axes", content: LadderContent, palette: Palette) -> None:
    """
    Draw a ladder into an axes of any size.

    Parameters
    ----------
    ax : Axes
    content : LadderContent
    palette : Palette
    """
    width, height = size_mm(ax)
    lines = _lines_of_panels(content)
    fixed = (HEAD_MM + SCALE_MM) * len(lines) + _key_mm(content, width) + EDGE_MM
    n_rows = sum(_rows_of_line(line) for line in lines)
    pitch = max((height - fixed) / max(n_rows, 1), 0.1)
    across = max((len(line) for line in lines), default=1)
    panel_width = (width - 2 * EDGE_MM - GUTTER_MM * (across - 1)) / across
    limit = max(
        (r.buried_a2 for p in content.panels for r in (*p.left, *p.right)), default=1.0
    )
    top = height - EDGE_MM
    for line in lines:
        rows_mm = _rows_of_line(line) * pitch
        bottom = top - HEAD_MM - rows_mm
        for place, one in enumerate(line):
            left = EDGE_MM + place * (panel_width + GUTTER_MM)
            box = (left, bottom, panel_width, rows_mm)
            _draw_panel(ax, content, one, _Frame(box, pitch, max(limit, 1.0), palette))
        top = bottom - SCALE_MM
    _key(ax, content, width)


@dataclass(frozen=True, slots=True)
class _Frame:
    """Where a panel stands in mm, the height of its rows, the longest bar, and the colours."""

    box: tuple[float, float, float, float]
    pitch: float
    limit: float
    palette: Palette

    def height_of(self, row: int, n_rows: int) -> float:
        """Middle of a row above the bottom of the box; the shorter column is centred."""
        spare = (self.box[3] - n_rows * self.pitch) / 2
        return self.box[3] - spare - (row + 0.5) * self.pitch


def _draw_panel(
    ax: "Axes", content: LadderContent, one: LadderPanel, frame: _Frame
) -> None:
    left, bottom, width, height = frame.box
    bar = min(BAR_MM, width / 5)
    names = [
        max((len(r.label) for r in column), default=2) * LETTER_6PT_MM + 1.0
        for column in (one.left, one.right)
    ]
    for side, column in enumerate((one.left, one.right)):
        start = left if side == 0 else left + width - bar
        bars = panel(ax, (start, bottom, bar, height))
        bars.set_label(f"bars {side + 1}")
        _draw_bars(bars, column, frame, content.roles[side])
        if side == 0:
            bars.set_xlim(frame.limit * 1.03, 0)
            bars.spines["left"].set_visible(False)
    middle_width = width - 2 * bar
    middle = panel(ax, (left + bar, bottom, middle_width, height + HEAD_MM))
    middle.set_label("links")
    middle.set_axis_off()
    middle.set(xlim=(0, middle_width), ylim=(0, height + HEAD_MM))
    ends = (names[0] + 1.6, middle_width - names[1] - 1.6)
    _draw_names(middle, content, one, frame, ends)
    _draw_rungs(middle, one, frame, ends)


def _draw_bars(
    bars: "Axes", column: Sequence[ShownResidue], frame: _Frame, role: str
) -> None:
    bars.barh(
        [frame.height_of(row, len(column)) for row in range(len(column))],
        [r.buried_a2 for r in column],
        height=0.62 * frame.pitch,
        color=frame.palette.of(role),
        edgecolor=EDGE_COLOUR,
        linewidth=EDGE_WIDTH_PT,
    )
    bars.set(ylim=(0, frame.box[3]), xlim=(0, frame.limit * 1.03), yticks=[])
    bars.spines["left"].set_visible(False)
    step = next(s for s in (0.5, 1, 2, 5, 10, 20, 50, 100, 200) if frame.limit / s < 2)
    bars.set_xticks([0, step])
    bars.set_xlabel("buried (Å²)", fontsize=6, labelpad=1.0)


def _draw_names(
    middle: "Axes",
    content: LadderContent,
    one: LadderPanel,
    frame: _Frame,
    ends: tuple[float, float],
) -> None:
    width = middle.get_xlim()[1]
    points = 6.0 if frame.pitch >= 2.3 else 5.0
    for side, column in enumerate((one.left, one.right)):
        x, align = (ends[0] - 0.8, "right") if side == 0 else (ends[1] + 0.8, "left")
        for row, r in enumerate(column):
            y = frame.height_of(row, len(column))
            middle.text(x, y, r.label, ha=align, va="center_baseline", fontsize=points)
        name = content.names[side]
        if len(name) > LONGEST_HEAD:
            x, align = (0.6, "left") if side == 0 else (width - 0.6, "right")
        middle.text(x, frame.box[3] + 1.2, name, ha=align, fontweight="bold")


def _draw_rungs(
    middle: "Axes", one: LadderPanel, frame: _Frame, ends: tuple[float, float]
) -> None:
    strength = list(LINES)
    ordered = sorted(
        one.rungs, key=lambda r: (strength.index(r.kind), r.row_1, r.row_2)
    )
    lines = []
    for rung in ordered:
        y_1 = frame.height_of(rung.row_1, len(one.left))
        y_2 = frame.height_of(rung.row_2, len(one.right))
        start, stop = (ends[0], y_1), (ends[1], y_2)
        colour, dashes, points = LINES[rung.kind]
        if rung.bond is not None and rung.bond.acceptor_side is not None:
            start, stop = _arrow(middle, start, stop, rung.bond.acceptor_side)
        middle.plot(
            *zip(start, stop, strict=True),
            color=colour,
            linestyle=dashes,
            linewidth=points,
            zorder=2 + 0.1 * strength.index(rung.kind),
            solid_capstyle="butt",
            label=f"_{rung.kind}",
        )
        lines.append((rung, start, stop))
    _draw_labels(middle, [line for line in lines if line[0].label])


def _arrow(
    middle: "Axes",
    start: tuple[float, float],
    stop: tuple[float, float],
    acceptor_side: int,
) -> tuple[tuple[float, float], tuple[float, float]]:
    """Draw an arrowhead at the acceptor; return the line cut short by it."""
    from matplotlib.patches import Polygon

    tip, tail = (start, stop) if acceptor_side == 1 else (stop, start)
    dx, dy = tip[0] - tail[0], tip[1] - tail[1]
    length = math.hypot(dx, dy)
    dx, dy = dx / length, dy / length
    long, half = ARROW_MM
    base = (tip[0] - long * dx, tip[1] - long * dy)
    corners = [
        tip,
        (base[0] - half * dy, base[1] + half * dx),
        (base[0] + half * dy, base[1] - half * dx),
    ]
    middle.add_patch(
        Polygon(
            corners, facecolor="#000000", edgecolor="none", zorder=3.5, label="_head"
        )
    )
    return (base, stop) if acceptor_side == 1 else (start, base)


def _draw_labels(
    middle: "Axes",
    lines: Sequence[tuple[Rung, tuple[float, float], tuple[float, float]]],
) -> None:
    taken: list[_Box] = []
    by_height = sorted(lines, key=lambda line: -(line[1][1] + line[2][1]))
    for place, (rung, start, stop) in enumerate(by_height):
        size = (len(rung.label) * LETTER_5PT_MM + 0.4, LINE_5PT_MM + 0.3)
        wished = LABEL_PLACES[place % len(LABEL_PLACES)]
        box = _free_box(start, stop, size, wished, taken)
        taken.append(box)
        middle.text(
            box[0],
            box[1],
            rung.label,
            ha="center",
            va="center_baseline",
            fontsize=5.0,
            zorder=5,
            bbox={"facecolor": "#FFFFFF", "edgecolor": "none", "pad": 0.4},
        )


def _free_box(
    start: tuple[float, float],
    stop: tuple[float, float],
    size: tuple[float, float],
    wished: float,
    taken: Sequence[_Box],
) -> _Box:
    """Put a label on its line as near to the wished place as others allow."""
    places = sorted((k / 40 for k in range(6, 35)), key=lambda t: abs(t - wished))
    boxes = [
        (
            start[0] + t * (stop[0] - start[0]),
            start[1] + t * (stop[1] - start[1]),
            *size,
        )
        for t in (wished, *places)
    ]
    return min(boxes, key=lambda box: sum(_shared(box, other) for other in taken))


def _shared(one: _Box, other: _Box) -> float:
    """Area that two boxes share."""
    across = (one[2] + other[2]) / 2 - abs(one[0] - other[0])
    up = (one[3] + other[3]) / 2 - abs(one[1] - other[1])
    return max(across, 0.0) * max(up, 0.0)


def _key(ax: "Axes", content: LadderContent, width: float) -> None:
    from matplotlib.lines import Line2D

    handles = [
        Line2D(
            [],
            [],
            color=LINES[kind][0],
            linestyle=LINES[kind][1],
            linewidth=LINES[kind][2],
            label="contact ≤ 4 Å" if kind == "contact" else KIND_WORDS[kind],
        )
        for kind in content.kinds
    ]
    if not handles:
        return
    words = panel(ax, (EDGE_MM, 0.0, width - 2 * EDGE_MM, _key_mm(content, width)))
    words.set_axis_off()
    words.legend(
        handles=handles,
        loc="upper center",
        ncols=_key_columns(width),
        borderaxespad=0.0,
        borderpad=0.1,
        handlelength=3.4,
        handletextpad=0.6,
        columnspacing=1.6,
        labelspacing=0.35,
    )
