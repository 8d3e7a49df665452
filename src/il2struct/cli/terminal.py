"""Tables as text that a person can read: fitted to the terminal, numbers to the right."""

import shutil
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from il2struct.results.views import COLUMNS, Shown, columns_of
from il2struct.tables import records

if TYPE_CHECKING:
    import pandas as pd

#: A column of text is not folded to fewer characters than these.
MIN_WIDTH: Final = 24
#: A heading is folded to as few characters as its column has, but to no more lines than these.
MAX_HEADING_LINES: Final = 4
_GAP: Final = "  "


def terminal_width() -> int | None:
    """Return the columns of the terminal that stdout is (or ``$COLUMNS``); None for no limit."""
    return shutil.get_terminal_size((0, 0)).columns or None


def as_text(view: str, table: "pd.DataFrame", width: int | None = None) -> str:
    """
    Return a table as aligned text.

    Parameters
    ----------
    view : str
        Name in `il2struct.results.views.COLUMNS`; with another name every column is shown.
    table : pandas.DataFrame
    width : int, optional
        Characters a line may have: long texts are folded first, then columns are left out, which
        the last line names. No limit by default.
    """
    rows = records(table)
    columns = [_Column.of(shown, rows) for shown in _shown(view, table, rows)]
    left_out = _fit(columns, width)
    lines = [
        *_lines([_headings(c) for c in columns], columns),
        _GAP.join("-" * column.width for column in columns),
    ]
    for i in range(len(rows)):
        lines += _lines([_folded(c.cells[i], c.width) for c in columns], columns)
    if left_out:
        names = ", ".join(column.shown.head for column in left_out)
        lines += _folded(
            f"Not shown for want of room: {names}. --wide shows every column.",
            width or 0,
        )
    return "\n".join(lines) + "\n"


def folded(text: str, width: int | None) -> str:
    """Return a paragraph in lines of a width, or in one, with a line end."""
    return "\n".join(_folded(text, width or len(text))) + "\n"


def one_line(text: str) -> str:
    """Text without line ends and other control characters, which files may hold."""
    return "".join(c if c.isprintable() else " " for c in text)


def _shown(
    view: str, table: "pd.DataFrame", rows: Sequence[dict[str, Any]]
) -> list[Shown]:
    names = [str(name) for name in table.columns]
    if view not in COLUMNS:
        return [_plain(name) for name in names]
    entry = [Shown(head="Entry", value="entry_id")]
    return [*(entry if "entry_id" in names else []), *columns_of(view, rows)]


def _plain(name: str) -> Shown:
    digits = 3 if name.startswith("sc") else None
    return Shown(head=name, value=name, digits=digits)


@dataclass(slots=True, eq=False)
class _Column:
    """A column on its way to the terminal: its width shrinks as it is fitted."""

    shown: Shown
    cells: list[str]
    is_number: bool
    width: int

    @classmethod
    def of(cls, shown: Shown, rows: Sequence[dict[str, Any]]) -> "_Column":
        values = [shown.cell(row) for row in rows]
        cells = [_cell(value, shown) for value in values]
        is_number = any(isinstance(v, int | float) for v in values)
        title = _title(shown)
        width = max(map(len, [*title.split(), *cells]))
        while len(_folded(title, width)) > MAX_HEADING_LINES:
            width += 1
        return cls(shown, cells, is_number, width)


def _cell(value: object, shown: Shown) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        plain = 2 if abs(value) < 100 else 0
        return f"{value:.{plain if shown.digits is None else shown.digits}f}"
    return one_line(str(value))


def _fit(columns: list[_Column], width: int | None) -> list[_Column]:
    """Fold and drop columns until a line holds the rest; return the dropped ones in order."""
    dropped: list[_Column] = []
    everything = columns[:]
    while width is not None:
        excess = sum(c.width + len(_GAP) for c in columns) - len(_GAP) - width
        if excess <= 0:
            break
        widest = max(columns, key=lambda c: 0 if c.is_number else c.width)
        if widest.width > MIN_WIDTH and not widest.is_number:
            widest.width = max(MIN_WIDTH, widest.width - excess)
        elif len(columns) > 1:
            # The last of the highest rank; the first column says what a row is.
            last = max(range(1, len(columns)), key=lambda i: (columns[i].shown.rank, i))
            dropped.append(columns.pop(last))
        else:
            break
    return [column for column in everything if column in dropped]


def _headings(column: _Column) -> list[str]:
    return _folded(_title(column.shown), column.width)


def _title(shown: Shown) -> str:
    return f"{shown.head} ({shown.unit})" if shown.unit else shown.head


def _folded(text: str, width: int) -> list[str]:
    if len(text) <= width:
        return [text]
    return textwrap.wrap(text, width, break_on_hyphens=False)


def _lines(cells: Sequence[list[str]], columns: Sequence[_Column]) -> list[str]:
    """Lines of one row, whose cells may be folded."""
    height = max(len(cell) for cell in cells)
    return [
        _GAP.join(
            part.rjust(column.width) if column.is_number else part.ljust(column.width)
            for cell, column in zip(cells, columns, strict=True)
            for part in [cell[i] if i < len(cell) else ""]
        ).rstrip()
        for i in range(height)
    ]
