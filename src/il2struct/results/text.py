"""Tables as text and as files: fitted to a terminal for people, CSV, JSON and Parquet for programs."""

import json
import math
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from il2struct.json_schema import document
from il2struct.results.views import (
    COLUMNS,
    Row,
    Shown,
    columns_of,
    plain_cell,
    with_names,
)
from il2struct.structure.family import Role
from il2struct.tables import records

if TYPE_CHECKING:
    import pandas as pd

#: A column of text is not folded to fewer characters than these.
MIN_WIDTH: Final = 24
#: A heading is folded to as few characters as its column has, but to no more lines than these.
MAX_HEADING_LINES: Final = 4
_GAP: Final = "  "
#: Significant digits of numbers in CSV and JSON; coordinates have no more.
DIGITS: Final = 7
#: Endings of files that are not the name of their format.
_ENDINGS: Final = {"table": "txt"}


def as_text(
    view: str,
    table: "pd.DataFrame",
    width: int | None = None,
    chains: "pd.DataFrame | None" = None,
) -> str:
    """
    Return a table as aligned text.

    A view is a name in `il2struct.results.views.COLUMNS`; with another every column is shown. Where
    lines may only have some characters, long texts are folded first, then columns are left out, which
    the last line names. Chains without a role are called as the table ``chains`` describes them.
    """
    rows: Sequence[Row] = records(table)
    if chains is not None and view in COLUMNS:
        rows = with_names(rows, _names(chains))
    names = [str(name) for name in table.columns]
    if view in COLUMNS:
        entry = [Shown("Entry", "entry_id")] if "entry_id" in names else []
        shown = [*entry, *columns_of(view, rows)]
    else:
        shown = [Shown(n, n, digits=3 if n.startswith("sc") else None) for n in names]
    columns = [_Column.of(column, rows) for column in shown]
    dropped = _fit(columns, width)
    lines = [
        *_lines([_folded(c.shown.title, c.width) for c in columns], columns),
        _GAP.join("-" * column.width for column in columns),
    ]
    for i in range(len(rows)):
        lines += _lines([_folded(c.cells[i], c.width) for c in columns], columns)
    if dropped and rows:
        left_out = ", ".join(column.shown.head for column in dropped)
        lines += _folded(
            f"Not shown for want of room: {left_out}. --wide shows every column.",
            width or 0,
        )
    return "\n".join(lines) + "\n"


def _names(chains: "pd.DataFrame") -> dict[tuple[str, str], str]:
    return {
        (row["entry_id"], row["auth_asym_id"]): row["antibody"] or row["description"]
        for row in records(chains)
        if row["description"] and row["role"] == Role.UNKNOWN
    }


def folded(text: str, width: int | None) -> str:
    """Return a paragraph in lines of a width, or in one, with a line end."""
    return "\n".join(_folded(text, width or len(text))) + "\n"


def one_line(text: str) -> str:
    """Text without line ends and other control characters, which files may hold."""
    return "".join(c if c.isprintable() else " " for c in text)


@dataclass(slots=True, eq=False)
class _Column:
    """A column on its way to the terminal: its width shrinks as it is fitted."""

    shown: Shown
    cells: list[str]
    is_number: bool
    width: int

    @classmethod
    def of(cls, shown: Shown, rows: Sequence[Row]) -> "_Column":
        values = [shown.cell(row) for row in rows]
        cells = [one_line(plain_cell(shown, row)) for row in rows]
        is_number = any(isinstance(v, int | float) for v in values)
        title = shown.title
        width = max(map(len, [*title.split(), *cells]))
        while len(_folded(title, width)) > MAX_HEADING_LINES:
            width += 1
        return cls(shown, cells, is_number, width)


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


def _folded(text: str, width: int) -> list[str]:
    if len(text) <= width:
        return [text]
    return textwrap.wrap(text, width, break_on_hyphens=False)


def _lines(cells: Sequence[list[str]], columns: Sequence[_Column]) -> list[str]:
    """Lines of one row, whose cells may be folded."""
    height = max((len(cell) for cell in cells), default=0)
    return [
        _GAP.join(
            part.rjust(column.width) if column.is_number else part.ljust(column.width)
            for cell, column in zip(cells, columns, strict=True)
            for part in [cell[i] if i < len(cell) else ""]
        ).rstrip()
        for i in range(height)
    ]


def as_csv(table: "pd.DataFrame") -> str:
    """Return a table as CSV, missing values empty, numbers with 7 significant digits."""
    return str(
        table.to_csv(index=False, float_format=f"%.{DIGITS}g", lineterminator="\n")
    )


def plain(value: object) -> object:
    """Return a cell as JSON has it: a number with 7 significant digits, a list, or text as it is."""
    # Sums, lists and dates of SQL.
    if isinstance(value, Decimal):
        is_whole = value.is_finite() and value == value.to_integral_value()
        return int(value) if is_whole else plain(float(value))
    if isinstance(value, np.ndarray):
        return [plain(each) for each in value.tolist()]
    if isinstance(value, date):
        return value.isoformat()
    if not isinstance(value, float):
        return value
    # JSON has no infinity: an interval that is open has no end.
    return float(f"{value:.{DIGITS}g}") if math.isfinite(value) else None


def as_json(tables: Mapping[str, "pd.DataFrame"]) -> str:
    """Return tables as one JSON object of row lists with its version, missing values null."""
    content = document(
        {
            name: [{k: plain(v) for k, v in row.items()} for row in records(table)]
            for name, table in tables.items()
        }
    )
    return json.dumps(content, ensure_ascii=False, allow_nan=False, indent=1) + "\n"


def text_of(
    tables: Mapping[str, "pd.DataFrame"],
    main: str,
    output_format: str,
    view: str,
    width: int | None = None,
    chains: "pd.DataFrame | None" = None,
) -> str:
    """Return the main table as ``csv`` or ``table`` (see `as_text`), or every table as ``json``."""
    if output_format == "json":
        return as_json(tables)
    if output_format == "csv":
        return as_csv(tables[main])
    return as_text(view, tables[main], width, chains)


def write_file(
    tables: Mapping[str, "pd.DataFrame"],
    main: str,
    path: Path,
    output_format: str,
    view: str,
    chains: "pd.DataFrame | None" = None,
) -> None:
    """Write what `text_of` returns, or the main table as ``parquet``."""
    if output_format == "parquet":
        tables[main].to_parquet(path, index=False)
    else:
        text = text_of(tables, main, output_format, view, chains=chains)
        write_text(text, path)


def write_folder(
    tables: Mapping[str, "pd.DataFrame"],
    folder: Path,
    output_format: str = "csv",
    chains: "pd.DataFrame | None" = None,
) -> None:
    """Write each table as a file of its own."""
    chains = tables.get("chains") if chains is None else chains
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        path = folder / f"{name}.{_ENDINGS.get(output_format, output_format)}"
        write_file({name: table}, name, path, output_format, name, chains)


def write_text(text: str, path: Path) -> None:
    """Write a file as UTF-8; bytes in it that are no text, as names of files may hold, are escaped."""
    # JSON reads the escapes that this makes of them.
    path.write_text(text, encoding="utf-8", errors="backslashreplace")
