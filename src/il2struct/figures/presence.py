"""Which bonds every copy of an interface makes, and which only some."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np

from il2struct.bond_kinds import named_kinds
from il2struct.errors import ParameterError
from il2struct.figures import canvas, occurrences
from il2struct.figures.drawing import Drawing, framed
from il2struct.figures.options import current
from il2struct.figures.words import plain, roles_name
from il2struct.palette import Palette
from il2struct.structure.family import symbol_of

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

#: Mark and name of each kind of bond, in the order in which they share a cell.
MARKS: Final = {kind.name: (kind.presence_marker, kind.word) for kind in named_kinds()}
#: Area of marks, in points² for `scatter`; where two share a cell, each is this part of its width
#: off the middle, at most so many mm.
MARK_AREA_PT2: Final = 10.0
MARK_SHIFT: Final = 0.25
WIDEST_SHIFT_MM: Final = 2.0
#: Heights of a row in mm: the first with which the figure is not too high.
ROWS_MM: Final = (3.2, 2.8, 2.5, 2.2, 2.0)
#: Widths of a column in mm, each taken where the page becomes lower than with the one before it; those
#: below the usual where it becomes lower by this factor.
COLUMNS_MM: Final = (40.0, 30.0, 20.0, 14.0, 9.0, 7.5, 6.0, 4.6, 3.8, 3.0)
USUAL_COLUMN_MM: Final = 4.6
NARROW_COST: Final = 1.2
#: A figure of a single column is not higher than this by itself, in mm.
LOW_MM: Final = 80.0
#: Name of the interface and its bar above each matrix; what is free between two.
TITLE_MM: Final = 6.5
GAP_MM: Final = 4.0
AXIS_LABEL_MM: Final = 4.5
#: Behind each row: in how many of the complexes that could make the bond.
COUNT_MM: Final = 8.0
MARGIN_MM: Final = 1.5

#: What the key says of marks and cells.
CONDITIONAL_WORDS: Final = "only with a flip or a proton"
OTHER_WORDS: Final = "the residue behind the slash"
#: Cells of an entry that has another residue than the first letter of the row.
OTHER_COLOUR: Final = "#F5E6A3"

PRESENT: Final = "present"
CONDITIONAL: Final = "conditional"
MADE: Final = (PRESENT, CONDITIONAL)
ABSENT: Final = "absent"
OTHER: Final = "other"
NOT_MODELLED: Final = "not_modelled"
#: Both mature numbers and the kind.
Bond: TypeAlias = tuple[int, int, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Matrix:
    """Bonds of one role pair in all its complexes."""

    pair: tuple[str, str]
    columns: tuple[occurrences.Copies, ...]
    labels: tuple[str, ...]
    rows: tuple[tuple[int, int], ...]
    kinds: dict[tuple[int, int], tuple[str, ...]]

    def letters(self, numbers: tuple[int, int]) -> tuple[str, str]:
        """Return the reference letters of two residues."""
        first, second = (
            next(o.modelled[side][n] for o in self.every if n in o.modelled[side])
            for side, n in enumerate(numbers)
        )
        return first, second

    def name(self, numbers: tuple[int, int]) -> str:
        """Write a residue pair, and what other entries have in its place: ``R38–D/N4``."""
        every = zip(*(_letters_in((o,), numbers) for o in self.every), strict=True)
        parts = zip(self.letters(numbers), every, numbers, strict=True)
        return "–".join(
            f"{'/'.join(dict.fromkeys(filter(None, (first, *own))))}{number}"
            for first, own, number in parts
        )

    def is_other(self, copies: occurrences.Copies, numbers: tuple[int, int]) -> bool:
        """Whether an entry has another residue than the reference at a place of a pair."""
        pairs = zip(_letters_in(copies, numbers), self.letters(numbers), strict=True)
        return any(own not in ("", expected) for own, expected in pairs)

    @property
    def every(self) -> occurrences.Copies:
        """All complexes."""
        return tuple(own for copies in self.columns for own in copies)

    def made(self, pair: tuple[int, int]) -> tuple[int, int]:
        """How many complexes make a bond of a pair, and how many model both residues."""
        return made_of(self.every, [(*pair, kind) for kind in self.kinds[pair]])

    def height_mm(self, row_mm: float) -> float:
        """Height on paper with title and the names of the complexes."""
        names_mm = canvas.widest_mm(self.labels) + 5.0
        return TITLE_MM + len(self.rows) * row_mm + names_mm + GAP_MM

    def left_mm(self) -> float:
        """Room for the names of the residue pairs."""
        names = [self.name(pair) for pair in self.rows]
        return AXIS_LABEL_MM + canvas.widest_mm(names) + 2.5


def _letters_in(
    copies: occurrences.Copies, numbers: tuple[int, int]
) -> tuple[str, str]:
    first, second = (
        occurrences.letter_in(copies, side, n)
        for side, n in enumerate(numbers, start=1)
    )
    return first, second


def state_of(copies: occurrences.Copies, bond: Bond) -> str:
    """
    Say whether a complex, or one of its copies, makes a bond, given by both mature numbers and the kind.

    That is ``present``, ``conditional`` (only with a flip or a proton), ``absent`` or
    ``not_modelled``.
    """
    states = {_state(own, bond) for own in copies}
    return next(s for s in (*MADE, ABSENT, NOT_MODELLED) if s in states)


def made_of(copies: occurrences.Copies, bonds: Iterable[Bond]) -> tuple[int, int]:
    """Return how many copies make one of some bonds, and how many model a residue pair of them."""
    states = [{_state(own, bond) for bond in bonds} for own in copies]
    able = [each for each in states if NOT_MODELLED not in each]
    return sum(bool(each & {*MADE}) for each in able), len(able)


def _state(found: occurrences.Occurrence, bond: Bond) -> str:
    if any(n not in found.modelled[side] for side, n in enumerate(bond[:2])):
        return NOT_MODELLED
    if bond not in found.is_conditional:
        return ABSENT
    return CONDITIONAL if found.is_conditional[bond] else PRESENT


def bond_presence(
    results: occurrences.Compared,
    *,
    minimum_complexes: int = 1,
    palette: Palette | None = None,
    width: str | float | None = None,
) -> Drawing:
    """
    Draw which bonds recur: residue pairs by mature number against complexes.

    Parameters
    ----------
    results : iterable of InterfaceResults or Study
        Of any number of entries.
    minimum_complexes : int
        Bonds that fewer complexes make are left out.
    palette : Palette, optional
    width : str or float, optional
        ``"single"``, ``"double"`` or mm; by default a single column where that is not high.

    Returns
    -------
    Drawing

    Raises
    ------
    ParameterError
        If no interface of known roles makes such a bond.
    """
    found = occurrences.occurrences_of(results)
    matrices = [
        matrix
        for pair, columns in occurrences.by_pair(found).items()
        if (matrix := _matrix(pair, columns, minimum_complexes)).rows
    ]
    if not matrices:
        raise ParameterError(
            f"no bond between known roles is made in {minimum_complexes} or more complexes; "
            "give entries of the complex."
        )
    if width is None:
        low = _page(matrices, canvas.width_mm("single")).height_mm
        width = "single" if low <= LOW_MM else "double"
    preset = ", ".join(dict.fromkeys(str(o.summary["preset"]) for o in found))
    entries = ", ".join(dict.fromkeys(plain(o.entry_id) for o in found))
    has_copies = any(len(own) > 1 for matrix in matrices for own in matrix.columns)
    few = f" that {minimum_complexes} or more complexes make"
    parts = []
    for matrix in matrices:
        counts = [matrix.made(pair) for pair in matrix.rows]
        always = sum(made == able for made, able in counts)
        parts.append(
            f"{symbol_of(matrix.pair[0])} and {symbol_of(matrix.pair[1])} join {len(matrix.rows)} "
            f"residue pairs by bonds, {always} of them in every one of {len(matrix.every)} "
            "complexes that models both"
        )
    return Drawing(
        name="presence",
        kind="presence",
        title=f"Bonds of each interface in {entries}",
        alt=f"Presence matrix of bonds: {'; '.join(parts)}.",
        caption=(
            f"Bonds between residues{few if minimum_complexes > 1 else ''}, by mature number and letter of the reference, behind a slash those of other residues "
            f"that an entry has there, in yellow cells, in every complex of {entries}. Filled: "
            "present. Open: only if a side chain is flipped or a carboxylate takes a proton. White: "
            "absent. Grey: a residue of the pair is not modelled. Right of each row: complexes that "
            "make a bond of the pair, of those that model both residues. "
            f"{'Copies of an entry share a column: a mark is as large as the share of them that make the bond. ' if has_copies else ''}"
            "Bonds by the criteria "
            f"{preset}; those through waters and glycans are left out."
        ),
        table=_table(matrices),
        width=width,
        height_mm=_page(matrices, canvas.width_mm(width)).height_mm,
        paint=lambda ax: _draw(ax, matrices, palette or Palette()),
    )


def _matrix(
    pair: tuple[str, str], columns: Sequence[occurrences.Occurrence], minimum: int
) -> _Matrix:
    counts = Counter(bond for each in columns for bond in each.is_conditional)
    kinds: dict[tuple[int, int], tuple[str, ...]] = {}
    order = list(MARKS)
    for bond in sorted(counts, key=lambda b: (*b[:2], order.index(b[2]))):
        if counts[bond] >= minimum:
            kinds[bond[:2]] = (*kinds.get(bond[:2], ()), bond[2])
    rows = occurrences.in_rows([(each, 1) for each in columns])
    return _Matrix(
        pair=pair,
        columns=tuple(own for own, *_ in rows),
        labels=tuple(label for *_, label in rows),
        rows=tuple(kinds),
        kinds=kinds,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    """Left edge and top of each matrix from the upper left corner, sizes of cells, and width and left edge of the key."""

    corners: tuple[tuple[float, float], ...]
    column_mm: float
    row_mm: float
    height_mm: float
    key_mm: tuple[float, float]

    @property
    def cost_mm(self) -> float:
        """Height, more where columns are narrow."""
        is_narrow = self.column_mm < USUAL_COLUMN_MM - 1e-9
        return self.height_mm * (NARROW_COST if is_narrow else 1.0)


def _page(matrices: Sequence[_Matrix], figure_mm: float) -> _Page:
    """Choose widths of columns and heights of rows for the lowest page, then the widest columns."""
    fitting = min(
        (figure_mm - m.left_mm() - COUNT_MM - MARGIN_MM) / len(m.columns)
        for m in matrices
    )
    key = _key(matrices)
    for row_mm in ROWS_MM:
        pages = [
            _placed(matrices, figure_mm, (min(most_mm, fitting), row_mm), key)
            for most_mm in COLUMNS_MM
        ]
        best = min(pages, key=lambda page: page.cost_mm)
        if best.height_mm <= canvas.TALLEST_MM:
            break
    return best


def _placed(
    matrices: Sequence[_Matrix],
    figure_mm: float,
    cell_mm: tuple[float, float],
    key: Sequence[canvas.KeyEntry],
) -> _Page:
    """Place matrices as high, then as far left, as there is room, in the order that takes least."""
    column_mm, row_mm = cell_mm
    sizes = []
    for matrix in matrices:
        wide = matrix.left_mm() + len(matrix.columns) * column_mm + COUNT_MM
        title_mm = canvas.text_width_mm(roles_name(matrix.pair, " / "), 7.0)
        wide = max(wide, AXIS_LABEL_MM + 8.0 + title_mm)
        sizes.append((wide, matrix.height_mm(row_mm)))
    given = range(len(sizes))
    tried = [given, *(sorted(given, key=lambda n: -sizes[n][k]) for k in (0, 1))]
    boxes = min(
        (_packed(sizes, order, figure_mm) for order in tried),
        key=lambda boxes: max(bottom for *_, bottom in boxes),
    )
    right, low = np.max(boxes, axis=0)[2:].tolist()
    # The key stands below, or beside where that leaves room.
    key_mm = (figure_mm - 3 * MARGIN_MM, MARGIN_MM)
    beside = canvas.narrowest_key_mm(key)
    if right + beside <= figure_mm:
        key_mm = (beside, right)
    else:
        low += canvas.marks_key_mm(key, key_mm[0])
    return _Page(
        corners=tuple(box[:2] for box in boxes),
        column_mm=column_mm,
        row_mm=row_mm,
        height_mm=low,
        key_mm=key_mm,
    )


def _packed(
    sizes: Sequence[tuple[float, float]], order: Sequence[int], figure_mm: float
) -> list[tuple[float, float, float, float]]:
    """Left edge, top, right edge and foot of boxes of some sizes, placed in an order."""
    boxes: dict[int, tuple[float, float, float, float]] = {}
    for n in order:
        wide, tall = sizes[n]
        top, left = min(
            (
                max(
                    (
                        low
                        for x, _, end, low in boxes.values()
                        if x < at + wide and at < end
                    ),
                    default=MARGIN_MM,
                ),
                at,
            )
            for at in (0.0, *(end for _, _, end, _ in boxes.values()))
            if not at or at + wide <= figure_mm
        )
        boxes[n] = (left, top, left + wide + GAP_MM, top + tall)
    return [boxes[n] for n in sorted(boxes)]


def _draw(ax: "Axes", matrices: Sequence[_Matrix], palette: Palette) -> None:
    width_mm, height_mm = canvas.size_mm(ax)
    page = _page(matrices, width_mm)
    for matrix, (left, down) in zip(matrices, page.corners, strict=True):
        _draw_matrix(ax, matrix, (left, height_mm - down), page, palette)
    wide, left = page.key_mm
    key = _key(matrices)
    down = 0.0
    if left > MARGIN_MM:
        down = height_mm - TITLE_MM - canvas.marks_key_mm(key, wide)
    canvas.draw_marks_key(ax, (left, down), wide, key)


def _draw_matrix(
    ax: "Axes",
    matrix: _Matrix,
    corner: tuple[float, float],
    page: _Page,
    palette: Palette,
) -> None:
    left, top = corner
    column_mm, row_mm = page.column_mm, page.row_mm
    n_rows, n_columns = len(matrix.rows), len(matrix.columns)
    tall = n_rows * row_mm
    start, bottom = left + matrix.left_mm(), top - TITLE_MM - tall
    cells = canvas.inset(ax, (start, bottom, n_columns * column_mm, tall))
    cells.set_label(f"{matrix.pair[0]}/{matrix.pair[1]}")
    _draw_marks(cells, matrix, column_mm)
    cells.set_xlim(0.0, n_columns)
    cells.set_ylim(n_rows - 0.5, -0.5)
    canvas.bare(cells)
    cells.set_xticks(np.arange(n_columns) + 0.5, matrix.labels, rotation=90)
    names = [matrix.name(pair) for pair in matrix.rows]
    cells.set_yticks(range(n_rows), names, fontsize=canvas.thinned(row_mm)[0])
    cells.set_xlabel("complex", labelpad=1.0)
    cells.set_ylabel("residue pair")
    shift = (AXIS_LABEL_MM - 1.8 - matrix.left_mm()) / (n_columns * column_mm)
    cells.yaxis.set_label_coords(shift, 0.5)
    # Name of the interface above its matrix, with the colours of its roles.
    base = -0.5 - 1.2 / row_mm
    x = -(matrix.left_mm() - AXIS_LABEL_MM) / column_mm
    for role in matrix.pair:
        edges = (base - 2.0 / row_mm, base)
        canvas.draw_group_bar(cells, (x, x + 3.0 / column_mm), edges, palette.of(role))
        x += 3.0 / column_mm
    pair = roles_name(matrix.pair, " / ")
    cells.text(x + 1.2 / column_mm, base - 1.0 / row_mm, pair, va="center", fontsize=7)


def _draw_marks(cells: "Axes", matrix: _Matrix, column_mm: float) -> None:
    shift, beside = min(MARK_SHIFT, WIDEST_SHIFT_MM / column_mm), 1.5 / column_mm
    states = [
        [
            {k: state_of(each, (*pair, k)) for k in matrix.kinds[pair]}
            for each in matrix.columns
        ]
        for pair in matrix.rows
    ]
    colours = [
        canvas.MISSING_COLOUR
        if NOT_MODELLED in cell.values()
        else OTHER_COLOUR
        if matrix.is_other(copies, pair)
        else "white"
        for pair, row in zip(matrix.rows, states, strict=True)
        for copies, cell in zip(matrix.columns, row, strict=True)
    ]
    n_columns = len(matrix.columns)
    lefts = np.tile(np.arange(n_columns, dtype=np.float64), len(matrix.rows))
    canvas.draw_cells(
        cells, lefts, np.repeat(np.arange(len(matrix.rows)), n_columns), colours
    )
    points: dict[tuple[str, str], list[tuple[float, int, float]]] = {}
    for row, line in enumerate(states):
        for column, cell in enumerate(line):
            for place, (kind, state) in enumerate(cell.items()):
                # Marks that share a cell stand aside of its middle.
                aside = (place - (len(cell) - 1) / 2) * 2 * shift
                bond = (*matrix.rows[row], kind)
                made, able = made_of(matrix.columns[column], [bond])
                point = (column + 0.5 + aside, row, made / max(able, 1))
                points.setdefault((kind, state), []).append(point)
    for kind, (marker, _) in MARKS.items():
        for state in MADE:
            if (kind, state) in points:
                x, y, share = zip(*points[kind, state], strict=True)
                sizes = {"s": MARK_AREA_PT2 * np.array(share)}
                cells.scatter(x, y, **(_look(marker, state) | sizes))
    for row, pair in enumerate(matrix.rows if current().numbers else ()):
        made, able = matrix.made(pair)
        cells.text(n_columns + beside, row, f"{made}/{able}", va="center", fontsize=5.5)


def _look(marker: str, state: str) -> canvas.Look:
    return {
        "s": MARK_AREA_PT2,
        "marker": marker,
        "facecolors": "black" if state == PRESENT else "white",
        "edgecolors": "black",
        "linewidths": 0.6,
        "zorder": 3,
    }


def _key(matrices: Sequence[_Matrix]) -> list[canvas.KeyEntry]:
    """Words and looks of the key."""
    kinds = {k for m in matrices for each in m.kinds.values() for k in each}
    marks = [mark for kind, mark in MARKS.items() if kind in kinds]
    has_copies = any(own[1:] for m in matrices for own in m.columns)
    states = {
        state
        for m in matrices
        for own in m.columns
        for pair, of_pair in m.kinds.items()
        for state in (
            *(state_of(own, (*pair, kind)) for kind in of_pair),
            *([OTHER] if m.is_other(own, pair) else []),
        )
    }
    small = _look("o", PRESENT) | {"s": MARK_AREA_PT2 / 2.0}
    return [
        *((word, _look(marker, PRESENT)) for marker, word in marks),
        *([("in some copies", small)] if has_copies else []),
        *(
            (words, look)
            for state, words, look in (
                (CONDITIONAL, CONDITIONAL_WORDS, _look("o", CONDITIONAL)),
                (NOT_MODELLED, "not modelled", canvas.cell_look(canvas.MISSING_COLOUR)),
                (OTHER, OTHER_WORDS, canvas.cell_look(OTHER_COLOUR)),
            )
            if state in states
        ),
    ]


def _table(matrices: Sequence[_Matrix]) -> "pd.DataFrame":
    rows: list[dict[str, Any]] = []
    for matrix in matrices:
        for pair in matrix.rows:
            letters = matrix.letters(pair)
            rows += [
                {
                    **occurrences.key_of(copies[0]),
                    "mature_number_1": pair[0],
                    "reference_letter_1": letters[0],
                    "letter_1": own[0],
                    "mature_number_2": pair[1],
                    "reference_letter_2": letters[1],
                    "letter_2": own[1],
                    "kind": kind,
                    "state": state_of(copies, (*pair, kind)),
                    "n_complexes": len(copies),
                    "n_modelled": able,
                    "n_made": made,
                }
                for kind in matrix.kinds[pair]
                for copies in matrix.columns
                for made, able in [made_of(copies, [(*pair, kind)])]
                for own in [_letters_in(copies, pair)]
            ]
    return framed("figure_presence", rows)
