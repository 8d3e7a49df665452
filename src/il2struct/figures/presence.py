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
#: Edges of marks, in points² for `scatter`; where two share a cell, they are this far apart.
MARK_AREA_PT2: Final = 10.0
MARK_SHIFT: Final = 0.25
#: Heights of a row in mm: the first with which the figure is not too high.
ROWS_MM: Final = (3.2, 2.8, 2.5, 2.2, 2.0)
#: Widths of a column in mm, each taken where the page becomes lower than with the one before it.
COLUMNS_MM: Final = (9.0, 7.5, 6.0, 4.6)
#: Name of the interface and its bar above each matrix; what is free between two.
TITLE_MM: Final = 6.5
GAP_MM: Final = 4.0
AXIS_LABEL_MM: Final = 4.5
#: Behind each row: in how many of the complexes that could make the bond.
COUNT_MM: Final = 8.0
MARGIN_MM: Final = 1.5

#: What the key says of marks and cells.
CONDITIONAL_WORDS: Final = "only with a flip or a proton"
MISSING_WORDS: Final = "not modelled"
#: A cell of a mm.
MISSING_LOOK: Final[canvas.Look] = {
    "marker": "s",
    "s": canvas.MM_PER_POINT**-2,
    "facecolors": canvas.MISSING_COLOUR,
    "edgecolors": canvas.CELL_LINE_COLOUR,
    "linewidths": 0.35,
}

PRESENT: Final = "present"
CONDITIONAL: Final = "conditional"
MADE: Final = (PRESENT, CONDITIONAL)
ABSENT: Final = "absent"
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
        """Write a residue pair: ``R38–D4``."""
        letters = self.letters(numbers)
        return f"{letters[0]}{numbers[0]}–{letters[1]}{numbers[1]}"

    @property
    def every(self) -> occurrences.Copies:
        """All complexes."""
        return tuple(own for copies in self.columns for own in copies)

    def made(self, pair: tuple[int, int]) -> tuple[int, int]:
        """How many complexes make a bond of a pair, and how many model both residues."""
        return made_of(self.every, [(*pair, kind) for kind in self.kinds[pair]])

    def height_mm(self, row_mm: float) -> float:
        """Height on paper with title and the names of the complexes."""
        names_mm = canvas.widest_mm(self.labels) + 6.0
        return TITLE_MM + len(self.rows) * row_mm + names_mm + GAP_MM

    def left_mm(self) -> float:
        """Room for the names of the residue pairs."""
        names = [self.name(pair) for pair in self.rows]
        return AXIS_LABEL_MM + canvas.widest_mm(names) + 2.5


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
    width: str | float = "double",
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
    width : str or float
        ``"single"``, ``"double"`` or mm.

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
    page = _page(matrices, canvas.width_mm(width))
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
            f"Bonds between residues{few if minimum_complexes > 1 else ''}, by mature number and letter of the reference, in every complex of {entries}. Filled: "
            "present. Open: only if a side chain is flipped or a carboxylate takes a proton. White: "
            "absent. Grey: a residue of the pair is not modelled. Right of each row: complexes that "
            "make a bond of the pair, of those that model both residues. "
            f"{'Copies of an entry share a column: a mark is as large as the share of them that make the bond. ' if has_copies else ''}"
            "Bonds by the criteria "
            f"{preset}; those through waters and glycans are left out."
        ),
        table=_table(matrices),
        width=width,
        height_mm=page.height_mm,
        paint=lambda ax: _draw(ax, matrices, page, palette or Palette()),
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
    """Where matrices stand: left edge and top of each from the upper left corner."""

    corners: tuple[tuple[float, float], ...]
    column_mm: float
    row_mm: float
    height_mm: float


def _page(matrices: Sequence[_Matrix], figure_mm: float) -> _Page:
    """Choose widths of columns and heights of rows for the lowest page, then the widest columns."""
    key_mm = canvas.marks_key_mm(_key(matrices), figure_mm - 3 * MARGIN_MM) + 2.0
    for row_mm in ROWS_MM:
        pages = []
        for most_mm in COLUMNS_MM:
            fitting = (
                (figure_mm - m.left_mm() - COUNT_MM - MARGIN_MM) / len(m.columns)
                for m in matrices
            )
            column_mm = min(most_mm, *fitting)
            corners, height = _in_lines(matrices, figure_mm, (column_mm, row_mm))
            page = _Page(
                corners=corners,
                column_mm=column_mm,
                row_mm=row_mm,
                height_mm=height + key_mm,
            )
            pages.append(page)
        best = min(pages, key=lambda page: page.height_mm)
        if best.height_mm <= canvas.TALLEST_MM:
            break
    return best


def _in_lines(
    matrices: Sequence[_Matrix], figure_mm: float, cell_mm: tuple[float, float]
) -> tuple[tuple[tuple[float, float], ...], float]:
    """Place matrices in the first line with room; return their corners and the height of all."""
    column_mm, row_mm = cell_mm
    # Of each line what is taken from the left, and its highest matrix.
    lines: list[list[float]] = []
    places: list[tuple[float, int]] = []
    for matrix in matrices:
        wide = matrix.left_mm() + len(matrix.columns) * column_mm + COUNT_MM
        title_mm = canvas.text_width_mm(roles_name(matrix.pair, " / "), 7.0)
        wide = max(wide, AXIS_LABEL_MM + 8.0 + title_mm)
        fitting = (n for n, (left, _) in enumerate(lines) if left + wide <= figure_mm)
        line = next(fitting, len(lines))
        if line == len(lines):
            lines.append([0.0, 0.0])
        places.append((lines[line][0], line))
        lines[line][0] += wide + GAP_MM
        lines[line][1] = max(lines[line][1], matrix.height_mm(row_mm))
    tops = np.cumsum([MARGIN_MM, *(tall for _, tall in lines)]).tolist()
    return tuple((left, tops[line]) for left, line in places), tops[-1]


def _draw(
    ax: "Axes", matrices: Sequence[_Matrix], page: _Page, palette: Palette
) -> None:
    for matrix, (left, down) in zip(matrices, page.corners, strict=True):
        corner = (left, canvas.size_mm(ax)[1] - down)
        _draw_matrix(ax, matrix, corner, page, palette)
    wide_mm = canvas.size_mm(ax)[0] - 3 * MARGIN_MM
    canvas.draw_marks_key(ax, (MARGIN_MM, 0.0), wide_mm, _key(matrices))


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
    _draw_marks(cells, matrix)
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


def _draw_marks(cells: "Axes", matrix: _Matrix) -> None:
    states = [
        [
            {k: state_of(each, (*pair, k)) for k in matrix.kinds[pair]}
            for each in matrix.columns
        ]
        for pair in matrix.rows
    ]
    grey = [
        canvas.MISSING_COLOUR if NOT_MODELLED in cell.values() else "white"
        for row in states
        for cell in row
    ]
    n_columns = len(matrix.columns)
    lefts = np.tile(np.arange(n_columns, dtype=np.float64), len(matrix.rows))
    canvas.draw_cells(
        cells, lefts, np.repeat(np.arange(len(matrix.rows)), n_columns), grey
    )
    points: dict[tuple[str, str], list[tuple[float, int, float]]] = {}
    for row, line in enumerate(states):
        for column, cell in enumerate(line):
            for place, (kind, state) in enumerate(cell.items()):
                # Marks that share a cell stand aside of its middle.
                aside = (place - (len(cell) - 1) / 2) * 2 * MARK_SHIFT
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
        cells.text(n_columns + 0.3, row, f"{made}/{able}", va="center", fontsize=5.5)


def _look(marker: str, state: str) -> canvas.Look:
    return {
        "s": MARK_AREA_PT2,
        "marker": marker,
        "facecolors": "black" if state == PRESENT else "white",
        "edgecolors": "black",
        "linewidths": 0.6,
        "zorder": 3,
    }


def _key(matrices: Sequence[_Matrix]) -> list[tuple[str, canvas.Look]]:
    """Words and looks of the key."""
    kinds = {k for m in matrices for each in m.kinds.values() for k in each}
    marks = [mark for kind, mark in MARKS.items() if kind in kinds]
    has_copies = any(own[1:] for m in matrices for own in m.columns)
    small = _look("o", PRESENT) | {"s": MARK_AREA_PT2 / 2.0}
    return [
        *((word, _look(marker, PRESENT)) for marker, word in marks),
        *([("in some copies", small)] if has_copies else []),
        (CONDITIONAL_WORDS, _look("o", CONDITIONAL)),
        (MISSING_WORDS, MISSING_LOOK),
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
                    "mature_number_2": pair[1],
                    "reference_letter_2": letters[1],
                    "kind": kind,
                    "state": state_of(copies, (*pair, kind)),
                    "n_complexes": len(copies),
                    "n_modelled": able,
                    "n_made": made,
                }
                for kind in matrix.kinds[pair]
                for copies in matrix.columns
                for made, able in [made_of(copies, [(*pair, kind)])]
            ]
    return framed("figure_presence", rows)
