"""Bond ladder: the residues of two sides in two columns, joined by what holds them together."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np

from il2struct.bond_kinds import drawn_kinds
from il2struct.errors import ParameterError
from il2struct.figures.canvas import (
    LINE_5PT_MM,
    LINE_6PT_MM,
    OUTLINE,
    SMALLEST_TEXT_PT,
    TALLEST_MM,
    Look,
    blank_inset,
    inset,
    legend_in,
    size_mm,
    text_width_mm,
    thinned,
    tick_step,
    widest_mm,
    width_mm,
)
from il2struct.figures.drawing import Drawing, file_stem, interface_key, keyed_frame
from il2struct.figures.interface import residues
from il2struct.figures.options import current
from il2struct.figures.words import (
    one_interface,
    pair_name,
    place_name,
    side_colours,
    side_name,
    summary_row,
    unescaped,
)
from il2struct.palette import Palette
from il2struct.results.interfaces import InterfaceResults
from il2struct.tables import records

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

#: A line from a row of the left column to a row of the right one.
_Pair: TypeAlias = tuple[int, int]
#: Passes over the column; it settles in two or three.
MAX_PASSES: Final = 20
#: A column is cut into panels above this many rows.
ROWS_PER_PANEL: Final = 35
#: Height of a row, in mm.
ROW_MM: Final = 3.4
#: Panels stand beside each other as long as each is so wide, in mm.
NARROWEST_PANEL_MM: Final = 80.0
#: Room above the columns for names, below for the scale, and for a line of the key, in mm.
HEAD_MM: Final = 5.5
SCALE_MM: Final = 7.5
LEGEND_LINE_MM: Final = 3.0
EDGE_MM: Final = 2.5
#: Length of the longest bar and gap between the panels, in mm.
BAR_MM: Final = 13.0
GUTTER_MM: Final = 6.0
#: Wider names above a column reach over the lines, others over the bars, in mm.
WIDEST_HEAD_MM: Final = 14.0
#: What stands on a line, in points.
LABEL_PT: Final = 5.0
#: Where along a line its distance may stand: first choices a third from either end.
LABEL_PLACES: Final = (1 / 3, 2 / 3)
#: Length and half width of an arrowhead in mm.
ARROW_MM: Final = (1.5, 0.55)
#: What the key says of the words on lines.
LABEL_WORDS: Final = "s 2.8 ×2 m: side chain, distance (Å), atom pairs, main chain"
#: Colour, dashes (points) and width (points) of lines by kind.
LINES: Final[dict[str, tuple[str, Any, float]]] = {
    "contact": ("#B5B5B5", "solid", 0.5)
} | {
    kind.name: ("#000000", (0, line.dashes) if line.dashes else "solid", line.width_pt)
    for kind in reversed(drawn_kinds())
    if (line := kind.line)
}
#: How keys and captions call them.
WORDS: Final = {kind.name: kind.legend for kind in drawn_kinds()} | {
    "contact": "contact"
}
#: A place on paper, and centre and size of a box, in mm.
_Point: TypeAlias = tuple[float, float]
_Box: TypeAlias = tuple[float, float, float, float]
#: Orders of the right column.
ORDERS: Final = ("uncrossed", "sequence")
#: Pairs without a bond have a line up to this distance in Å.
CONTACT_A: Final = 4.0


@dataclass(frozen=True, slots=True)
class Rung:
    """A line between two residues, by rows from the top once placed; a contact without a bond."""

    first: residues.ResidueKey
    second: residues.ResidueKey
    bond: residues.PairBond | None
    distance_a: float
    n_atom_pairs: int
    row_1: int = -1
    row_2: int = -1

    @property
    def kind(self) -> str:
        """Kind of bond, or ``contact``."""
        return self.bond.kind if self.bond else "contact"

    @property
    def label(self) -> str:
        """Distance with the part of the chain at either end: ``s 2.8 m``."""
        # Through a water the distance of two atoms that do not touch says little.
        is_shown = self.kind not in ("contact", "water_mediated")
        if self.bond is None or not is_shown or not current().numbers:
            return ""
        several = f" ×{self.bond.n_bonds}" if self.bond.n_bonds > 1 else ""
        ends = [residues.chain_part(a) for a in (self.bond.atom_1, self.bond.atom_2)]
        return f"{ends[0]} {self.distance_a:.1f}{several} {ends[1]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class LadderPanel:
    """Two columns from top to bottom, and their lines."""

    left: tuple[residues.ShownResidue, ...]
    right: tuple[residues.ShownResidue, ...]
    rungs: tuple[Rung, ...]

    @property
    def n_rows(self) -> int:
        """Rows of the longer column."""
        return max(len(self.left), len(self.right))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ladder:
    """All panels, with names and colours of the two sides."""

    names: tuple[str, str]
    colours: tuple[str, str]
    panels: tuple[LadderPanel, ...]

    @property
    def kinds(self) -> tuple[str, ...]:
        """Kinds of line that are there, the strongest first."""
        there = {rung.kind for p in self.panels for rung in p.rungs}
        return tuple(kind for kind in reversed(LINES) if kind in there)

    def lines(self, width: float) -> list[tuple[tuple[LadderPanel, ...], int]]:
        """Panels that stand beside each other in a figure so wide, and the rows they need."""
        per_line = max(1, int(width // NARROWEST_PANEL_MM))
        starts = range(0, len(self.panels), per_line)
        lines = [self.panels[i : i + per_line] for i in starts]
        return [(line, max(3, *(p.n_rows for p in line))) for line in lines]

    def key_mm(self, width: float) -> float:
        """Height of the key in a figure so wide: kinds of line, and a line for the rest."""
        n_lines = math.ceil(len(self.kinds) / _key_columns(width))
        has_bonds = any(kind != "contact" for kind in self.kinds)
        return (n_lines + has_bonds) * LEGEND_LINE_MM + 1.5

    def height(self, width: float) -> tuple[int, float]:
        """Rows below each other in a figure so wide, and what else it needs in mm."""
        lines = self.lines(width)
        around = (HEAD_MM + SCALE_MM) * len(lines) + EDGE_MM
        return sum(rows for _, rows in lines), around + self.key_mm(width)


def _key_columns(width: float) -> int:
    return max(1, int(width // 38.0))


@dataclass(frozen=True, slots=True)
class _Frame:
    """Where a panel stands, the height of its rows, both in mm, and the longest bar in Å²."""

    box: _Box
    pitch: float
    limit: float

    def height_of(self, row: int, n_rows: int) -> float:
        """Middle of a row above the bottom of the box; the shorter column is centred."""
        spare = (self.box[3] - n_rows * self.pitch) / 2
        return self.box[3] - spare - (row + 0.5) * self.pitch


def bond_ladder(
    results: InterfaceResults,
    *,
    interface: int | str | None = None,
    order: str = "uncrossed",
    palette: Palette | None = None,
    width: str | float | None = None,
) -> Drawing:
    """
    Prepare the bond ladder of an interface.

    Parameters
    ----------
    results : InterfaceResults
    interface : int or str, optional
        Place or id of the interface where `results` holds several.
    order : str
        Right column: ``"uncrossed"`` for few crossings, or ``"sequence"``.
    palette : Palette, optional
    width : str or float, optional
        By default a single column, or a double one where there are several panels.

    Returns
    -------
    Drawing

    Raises
    ------
    ParameterError
        If there is no such interface, order or width.
    """
    if order not in ORDERS:
        raise ParameterError(
            f"the order of a ladder is {' or '.join(ORDERS)}, not {order!r}."
        )
    one = one_interface(results, interface)
    row = summary_row(one)
    bond_rows = residues.direct_bonds(one, with_waters=current().water)
    links = _links(one, residues.pair_bonds(bond_rows))
    if not links:
        raise ParameterError(
            f"{unescaped(pair_name(row))} of {place_name(row)} has no bond and no residues within "
            f"{CONTACT_A:g} Å to draw; its contact map shows those farther apart."
        )
    joined = ({k.first for k in links}, {k.second for k in links})
    columns = [
        [
            r
            for r in residues.shown_residues(one, side, bond_rows)
            if r.key in joined[side - 1]
        ]
        for side in (1, 2)
    ]
    content = _Ladder(
        names=(side_name(row, 1), side_name(row, 2)),
        colours=side_colours(one, palette),
        panels=_panels(columns, links, order),
    )
    chosen = width or ("single" if len(content.panels) == 1 else "double")
    n_rows, fixed_mm = content.height(width_mm(chosen))
    row_mm = max((TALLEST_MM - fixed_mm) / n_rows, LINE_6PT_MM)
    sequence = "Both columns in sequence order"
    if order == "uncrossed":
        crossings = sum(
            n_crossings([(r.row_1, r.row_2) for r in p.rungs], range(len(p.right)))
            for p in content.panels
        )
        sequence = (
            f"Left column in sequence order; right one ordered so that few lines cross "
            f"({crossings} crossings)"
        )
    split = ""
    if len(content.panels) > 1:
        split = " Residues of the right column stand in each panel that needs them."
    names = [unescaped(name) for name in content.names]
    rungs = [rung for panel in content.panels for rung in panel.rungs]
    counts = ", ".join(
        f"{n} {WORDS[kind]}"
        for kind in WORDS
        if (n := sum(rung.kind == kind for rung in rungs))
    )
    strong = [
        f"{panel.left[r.row_1].name}–{panel.right[r.row_2].name}"
        for panel in content.panels
        for r in panel.rungs
        if r.kind == "salt_bridge"
    ]
    bridges = f" Salt bridges: {', '.join(strong)}." if strong else ""
    return Drawing(
        name=file_stem(
            "bond_ladder", *interface_key(row), order if order != ORDERS[0] else ""
        ),
        kind="bond_ladder",
        title=f"Bonds of {unescaped(pair_name(row))} in {place_name(row)}",
        alt=(
            f"Two columns of residues, {names[0]} on the left and {names[1]} on the right, in "
            f"{place_name(row)}; joined residue pairs: {counts or 'none'}.{bridges}"
        ),
        caption=(
            f"Bonds of {unescaped(pair_name(row))} in {place_name(row)}, criteria {row['preset']}. One "
            "line a residue pair, drawn as its strongest bond, with the shortest distance of two "
            "heavy atoms in Å (none through a water; cation-π and stacking: "
            "centres of the rings); ×2 and so on: atom pairs of that kind; m, s: main or side chain at that end; "
            f"arrowhead: acceptor of the hydrogen, where it is known. Grey: pairs without a bond up to "
            f"{CONTACT_A:g} Å. Residues without a line are left out.{residues.glycan_note(one)} Bars: buried area "
            f"(probe {row['probe_radius_a']:g} Å, without glycans), one scale on both sides. {sequence}."
            f"{split} {residues.numbering_note(*(p.left for p in content.panels), *(p.right for p in content.panels))}"
        ),
        table=_table(row, content),
        width=chosen,
        height_mm=fixed_mm + n_rows * min(row_mm, ROW_MM),
        paint=lambda ax: _draw(ax, content),
        key_mm=content.key_mm(width_mm(chosen)),
        key=content.kinds,
    )


def _links(one: InterfaceResults, bonds: dict[Any, residues.PairBond]) -> list[Rung]:
    """Bonds and near contacts, one a residue pair."""
    near = {
        (residues.key_of(r, "_1"), residues.key_of(r, "_2")): r
        for r in records(one.contacts)
        if r["distance_a"] <= CONTACT_A
    }
    links = [
        Rung(first, second, bond, bond.distance_a, bond.n_bonds)
        for (first, second), bond in bonds.items()
    ]
    links += [
        Rung(*pair, None, float(r["distance_a"]), int(r["n_atom_pairs"]))
        for pair, r in near.items()
        if pair not in bonds
    ]
    return sorted(links, key=lambda k: (k.first, k.second))


def _panels(
    columns: Sequence[Sequence[residues.ShownResidue]],
    links: Sequence[Rung],
    order: str,
) -> tuple[LadderPanel, ...]:
    """Cut the left column into as few equal parts as fit, each with its own partners on the right."""
    left, all_right = columns
    panels: list[LadderPanel] = []
    for n_panels in range(1, max(len(left), 1) + 1):
        panels = []
        cuts = [len(left) * k // n_panels for k in range(n_panels + 1)]
        for start, stop in pairwise(cuts):
            row_1 = {r.key: row for row, r in enumerate(left[start:stop])}
            own = [link for link in links if link.first in row_1]
            partners = {link.second for link in own}
            right = [r for r in all_right if r.key in partners]
            if order == "uncrossed":
                number = {r.key: i for i, r in enumerate(right)}
                pairs = [(row_1[link.first], number[link.second]) for link in own]
                right = [right[i] for i in uncrossed_order(pairs, len(right))]
            row_2 = {r.key: row for row, r in enumerate(right)}
            rungs = tuple(
                replace(k, row_1=row_1[k.first], row_2=row_2[k.second]) for k in own
            )
            panels.append(
                LadderPanel(
                    left=tuple(left[start:stop]), right=tuple(right), rungs=rungs
                )
            )
        if max(p.n_rows for p in panels) <= ROWS_PER_PANEL:
            break
    return tuple(panels)


def _table(row: dict[str, Any], content: _Ladder) -> "pd.DataFrame":
    rows: list[dict[str, Any]] = []
    for number, one in enumerate(content.panels, start=1):
        for rung in one.rungs:
            line: dict[str, Any] = {
                "mark": "line",
                "panel": number,
                "row_1": rung.row_1 + 1,
                "row_2": rung.row_2 + 1,
                "residue_1": one.left[rung.row_1].name,
                "residue_2": one.right[rung.row_2].name,
                "kind": rung.kind,
                "n_bonds": rung.n_atom_pairs,
                "distance_a": rung.distance_a,
            }
            if rung.bond is not None:
                line |= {
                    "atom_1": rung.bond.atom_1,
                    "atom_2": rung.bond.atom_2,
                    "chain_part_1": residues.chain_part(rung.bond.atom_1),
                    "chain_part_2": residues.chain_part(rung.bond.atom_2),
                    "acceptor_side": rung.bond.acceptor_side,
                }
            rows.append(line)
        for side, column in ((1, one.left), (2, one.right)):
            rows += [
                {
                    "mark": "bar",
                    "panel": number,
                    f"row_{side}": place,
                    f"residue_{side}": r.name,
                    "buried_a2": r.buried_a2,
                }
                for place, r in enumerate(column, start=1)
            ]
    return keyed_frame("figure_bond_ladder", row, rows)


def n_crossings(links: Sequence[_Pair], order: Sequence[int]) -> int:
    """
    Count the pairs of lines that cross.

    Examples
    --------
    >>> n_crossings([(0, 1), (1, 0)], [0, 1]), n_crossings([(0, 1), (1, 0)], [1, 0])
    (1, 0)
    """
    place = {element: row for row, element in enumerate(order)}
    left = np.array([a for a, _ in links], dtype=np.int64)
    right = np.array([place[b] for _, b in links], dtype=np.int64)
    turns = (left[:, None] - left) * (right[:, None] - right)
    return int((turns < 0).sum()) // 2


def uncrossed_order(links: Sequence[_Pair], n_right: int) -> tuple[int, ...]:
    """
    Order the right column by the mean place of each element's partners, then swap neighbours.

    References
    ----------
    Sugiyama, Tagawa & Toda, IEEE Trans. Syst. Man Cybern. 11:109 (1981).
    """
    partners: list[list[int]] = [[] for _ in range(n_right)]
    for left, right in links:
        partners[right].append(left)
    means = [float(np.mean(p)) if p else float(i) for i, p in enumerate(partners)]
    by_mean = sorted(range(n_right), key=lambda i: (means[i], i))
    candidates = [
        _swapped(order, partners) for order in (by_mean, list(range(n_right)))
    ]
    # Neighbours are only swapped for fewer crossings, so that the second is no worse than sequence.
    counts = [n_crossings(links, order) for order in candidates]
    return tuple(candidates[counts.index(min(counts))])


def _swapped(order: list[int], partners: Sequence[Sequence[int]]) -> list[int]:
    """Swap neighbours as long as that saves crossings."""

    def crossings(upper: int, lower: int) -> int:
        return sum(a > b for a in partners[upper] for b in partners[lower])

    order = list(order)
    for _ in range(MAX_PASSES):
        has_changed = False
        for row in range(len(order) - 1):
            upper, lower = order[row], order[row + 1]
            if crossings(lower, upper) < crossings(upper, lower):
                order[row], order[row + 1] = lower, upper
                has_changed = True
        if not has_changed:
            break
    return order


def _draw(ax: "Axes", content: _Ladder) -> None:
    """Draw a ladder into an axes of any size."""
    width, height = size_mm(ax)
    lines = content.lines(width)
    key_mm = content.key_mm(width)
    n_rows, fixed = content.height(width)
    pitch = max((height - fixed) / max(n_rows, 1), 0.1)
    across = max((len(line) for line, _ in lines), default=1)
    panel_width = (width - 2 * EDGE_MM - GUTTER_MM * (across - 1)) / across
    areas = [r.buried_a2 for p in content.panels for r in (*p.left, *p.right)]
    limit = max([1.0, *areas])
    top = height - EDGE_MM
    for line, rows in lines:
        bottom = top - HEAD_MM - rows * pitch
        for place, one in enumerate(line):
            left = EDGE_MM + place * (panel_width + GUTTER_MM)
            box = (left, bottom, panel_width, rows * pitch)
            _draw_panel(ax, content, one, _Frame(box, pitch, limit))
        top = bottom - SCALE_MM
    _draw_key(ax, content, (width, key_mm))


def _draw_key(ax: "Axes", content: _Ladder, size: tuple[float, float]) -> None:
    """Explain the kinds of line, and what stands on them and at their ends."""
    from matplotlib.lines import Line2D

    width, height = size
    handles = []
    for kind in content.kinds:
        words = f"contact ≤ {CONTACT_A:g} Å" if kind == "contact" else WORDS[kind]
        handles.append(Line2D([], [], label=words, **line_look(kind)))
    legend_in(
        ax,
        (EDGE_MM, 0.0, width - 2 * EDGE_MM, height),
        handles,
        loc="upper center",
        ncols=_key_columns(width),
        borderaxespad=0.0,
        borderpad=0.1,
        handlelength=3.4,
        handletextpad=0.6,
        columnspacing=1.6,
        labelspacing=0.35,
    )
    if any(kind != "contact" for kind in content.kinds):
        notes = blank_inset(ax, (EDGE_MM, 0.0, width - 2 * EDGE_MM, LEGEND_LINE_MM))
        notes.set_label("key")
        rungs = [rung for p in content.panels for rung in p.rungs]
        has_arrow = any(rung.bond and rung.bond.acceptor_side for rung in rungs)
        parts = ["acceptor"] * has_arrow + [LABEL_WORDS] * current().numbers
        words, ahead = "; ".join(parts), (ARROW_MM[0] + 0.7) * has_arrow
        room = width - 2 * EDGE_MM
        wide = max(ahead + text_width_mm(words), 1.0)
        points = max(SMALLEST_TEXT_PT, min(6.0, 6.0 * room / wide))
        start = max((room - wide * points / 6.0) / 2, 0.0)
        notes.text(start + ahead, 1.7, words, va="center", fontsize=points)
        if has_arrow:
            _draw_arrow(notes, (start, 1.7), (start + ARROW_MM[0], 1.7), 2)


def line_look(kind: str) -> Look:
    """Return how lines of a kind are drawn."""
    colour, dashes, points = LINES[kind]
    return {"color": colour, "linestyle": dashes, "linewidth": points}


def _draw_panel(ax: "Axes", content: _Ladder, one: LadderPanel, frame: _Frame) -> None:
    left, bottom, width, height = frame.box
    bar = min(BAR_MM, width / 5)
    for side, column in enumerate((one.left, one.right)):
        start = left if side == 0 else left + width - bar
        bars = inset(ax, (start, bottom, bar, height))
        bars.barh(
            [frame.height_of(row, len(column)) for row in range(len(column))],
            [r.buried_a2 for r in column],
            height=0.62 * frame.pitch,
            color=content.colours[side],
            **OUTLINE,
        )
        limits = (frame.limit * 1.03, 0) if side == 0 else (0, frame.limit * 1.03)
        bars.set(ylim=(0, height), xlim=limits, yticks=[], label=f"bars {side + 1}")
        bars.spines["left"].set_visible(False)
        bars.set_xticks([0, tick_step(frame.limit, 2.0)])
        bars.set_xlabel("buried (Å²)", fontsize=6, labelpad=1.0)
    across = width - 2 * bar
    middle = blank_inset(ax, (left + bar, bottom, across, height + HEAD_MM))
    middle.set_label("links")
    points, _ = thinned(frame.pitch)
    ends = tuple(
        widest_mm((r.label for r in column), points) + 2.6
        for column in (one.left, one.right)
    )
    ends = (ends[0], across - ends[1])
    for side, (column, name) in enumerate(
        zip((one.left, one.right), content.names, strict=True)
    ):
        x, align = (ends[0] - 0.8, "right") if side == 0 else (ends[1] + 0.8, "left")
        for row, r in enumerate(column):
            y = frame.height_of(row, len(column))
            middle.text(x, y, r.label, ha=align, va="center_baseline", fontsize=points)
        if text_width_mm(name, 6.5) > WIDEST_HEAD_MM:
            x, align = (0.6, "left") if side == 0 else (across - 0.6, "right")
        middle.text(x, height + 1.2, name, ha=align, fontweight="bold")
    _draw_rungs(middle, one, frame, ends)


def _draw_rungs(
    middle: "Axes", one: LadderPanel, frame: _Frame, ends: tuple[float, float]
) -> None:
    strength = list(LINES)
    ordered = sorted(
        one.rungs, key=lambda r: (strength.index(r.kind), r.row_1, r.row_2)
    )
    labelled: list[tuple[Rung, _Point, _Point]] = []
    for rung in ordered:
        start = (ends[0], frame.height_of(rung.row_1, len(one.left)))
        stop = (ends[1], frame.height_of(rung.row_2, len(one.right)))
        if rung.bond is not None and rung.bond.acceptor_side is not None:
            start, stop = _draw_arrow(middle, start, stop, rung.bond.acceptor_side)
        middle.plot(
            *zip(start, stop, strict=True),
            zorder=2 + 0.1 * strength.index(rung.kind),
            solid_capstyle="butt",
            label=f"_{rung.kind}",
            **line_look(rung.kind),
        )
        if rung.label:
            labelled.append((rung, start, stop))
    # The label of each line stands as near to its wished place as those above it allow.
    labelled.sort(key=lambda line: -(line[1][1] + line[2][1]))
    taken: list[_Box] = []
    paper = {"facecolor": "#FFFFFF", "edgecolor": "none", "pad": 0.4}
    look: Look = {"fontsize": LABEL_PT, "zorder": 5, "bbox": paper}
    for place, (rung, start, stop) in enumerate(labelled):
        size = (text_width_mm(rung.label, LABEL_PT) + 0.4, LINE_5PT_MM + 0.3)
        wished = LABEL_PLACES[place % len(LABEL_PLACES)]
        others = sorted((k / 40 for k in range(6, 35)), key=lambda t: abs(t - wished))
        boxes = [
            (
                start[0] + t * (stop[0] - start[0]),
                start[1] + t * (stop[1] - start[1]),
                *size,
            )
            for t in (wished, *others)
        ]
        box = min(boxes, key=lambda b: sum(_shared_mm2(b, other) for other in taken))
        taken.append(box)
        x, y = box[:2]
        middle.text(x, y, rung.label, ha="center", va="center_baseline", **look)


def _shared_mm2(one: _Box, other: _Box) -> float:
    """Area that two boxes, by centre and size, share."""
    across = (one[2] + other[2]) / 2 - abs(one[0] - other[0])
    up = (one[3] + other[3]) / 2 - abs(one[1] - other[1])
    return max(across, 0.0) * max(up, 0.0)


def _draw_arrow(
    middle: "Axes", start: _Point, stop: _Point, acceptor_side: int
) -> tuple[_Point, _Point]:
    """Draw an arrowhead at the acceptor; return the line cut short by it."""
    from matplotlib.patches import Polygon

    tip, tail = (start, stop) if acceptor_side == 1 else (stop, start)
    length = math.dist(tip, tail)
    dx, dy = (tip[0] - tail[0]) / length, (tip[1] - tail[1]) / length
    long, half = ARROW_MM
    base = (tip[0] - long * dx, tip[1] - long * dy)
    corners = [
        tip,
        (base[0] - half * dy, base[1] + half * dx),
        (base[0] + half * dy, base[1] - half * dx),
    ]
    look: Look = {"facecolor": "#000000", "edgecolor": "none"}
    middle.add_patch(Polygon(corners, zorder=3.5, label="_head", **look))
    return (base, stop) if acceptor_side == 1 else (start, base)
