"""
Tables of exactly the shape that their schema says.

`frame` turns columns into a pandas table, and ``docs/tables.md`` is generated from here:
``python -m il2struct.tables > docs/tables.md``. The schemas stand in `il2struct.schemas`.
"""

import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt

from il2struct.errors import ParameterError
from il2struct.schemas import SCHEMAS

if TYPE_CHECKING:
    import pandas as pd

#: The columns of one table, or of a part of it, all of one length.
Columns: TypeAlias = dict[str, npt.NDArray[Any]]


def column_names(table: str) -> list[str]:
    """Return the column names of a table."""
    return [column.name for column in SCHEMAS[table]]


def frame(
    table: str, columns: Mapping[str, Sequence[Any] | np.ndarray[Any, Any]]
) -> "pd.DataFrame":
    """
    Make a pandas table that has exactly the columns of its schema, all of one length.

    In integer columns `NO_NUMBER` and None, in text columns None and empty text stand for missing.

    Raises
    ------
    ParameterError
        If a column is missing or not in the schema, or columns differ in length.
    """
    import pandas as pd

    expected = column_names(table)
    if set(columns) != set(expected):
        wrong = sorted(set(columns) ^ set(expected))
        raise ParameterError(
            f"table {table} does not match its schema in: {', '.join(wrong)}."
        )
    lengths = {name: len(columns[name]) for name in expected}
    if len(set(lengths.values())) > 1:
        # pandas would fill the short ones up.
        raise ParameterError(f"columns of table {table} differ in length: {lengths}.")
    kinds = {column.name: column.kind for column in SCHEMAS[table]}
    return pd.DataFrame(
        {name: _column(columns[name], kinds[name]) for name in expected}
    )


def _column(values: Sequence[Any] | np.ndarray[Any, Any], kind: str) -> Any:  # noqa: ANN401  # an array of pandas or numpy
    # Arrays, not Series, which pandas aligns by their index: with 60 columns of some rows that
    # takes ten times as long.
    import pandas as pd

    if kind == "text":
        return _texts(values)
    if kind == "integer":
        missing = np.iinfo(np.int64).min
        if isinstance(values, np.ndarray) and values.dtype.kind in "iu":
            plain = values.astype(np.int64)
        else:
            known = [missing if v is None else int(v) for v in values]
            plain = np.array(known, np.int64)
        return pd.arrays.IntegerArray(plain, plain == missing)
    if isinstance(values, np.ndarray):
        values = values.tolist()
    if kind == "number":
        return np.array(values, dtype=np.float64)
    return pd.array(values, dtype=pd.BooleanDtype())


def _texts(values: Sequence[Any] | np.ndarray[Any, Any]) -> Any:  # noqa: ANN401  # pandas' text array
    import pandas as pd

    # Python's own strings are quicker to handle than those of numpy.
    plain = values.tolist() if isinstance(values, np.ndarray) else values
    texts = [str(v) if v is not None and v != "" else None for v in plain]
    try:
        return pd.array(texts, dtype=pd.StringDtype())
    except UnicodeEncodeError:  # names of files may hold bytes that are no text
        escaped = [
            text.encode("utf-8", "backslashreplace").decode("utf-8") if text else None
            for text in texts
        ]
        return pd.array(escaped, dtype=pd.StringDtype())


def records(table: "pd.DataFrame") -> list[dict[str, Any]]:
    """Return the rows of a table as dicts, missing values as None."""
    names = [str(name) for name in table.columns]
    # Column by column: pandas' own way over whole tables takes three times as long.
    plain = (
        column.to_numpy(dtype=object, na_value=None).tolist()  # type: ignore[call-overload]  # stubs know no None
        for _, column in table.items()
    )
    return [dict(zip(names, row, strict=True)) for row in zip(*plain, strict=True)]


def table_from_rows(table: str, rows: Iterable[Mapping[str, Any]]) -> "pd.DataFrame":
    """Make a table of its schema from rows that have all of its columns, and perhaps others."""
    listed = list(rows)
    return frame(
        table, {name: [row[name] for row in listed] for name in column_names(table)}
    )


def table_from_parts(table: str, parts: Sequence[Columns]) -> "pd.DataFrame":
    """Make a table of its schema from the columns of its parts, which stand below each other."""
    return frame(
        table,
        {
            name: np.concatenate([part[name] for part in parts]) if parts else ()
            for name in column_names(table)
        },
    )


def joined(
    table: str, results: Iterable[Mapping[str, "pd.DataFrame"]]
) -> "pd.DataFrame":
    """Join one table of several results below each other; empty if none has rows of it."""
    import pandas as pd

    parts = [tables[table] for tables in results if len(tables.get(table, ()))]
    return pd.concat(parts, ignore_index=True) if parts else empty_frame(table)


def empty_frame(table: str) -> "pd.DataFrame":
    """Return a table without rows."""
    return frame(table, {name: [] for name in column_names(table)})


def described(table: str) -> "pd.DataFrame":
    """Return what the columns of a table are, one a row; ParameterError if there is no such table."""
    import pandas as pd

    if table not in SCHEMAS:
        raise ParameterError(
            f"there is no table {table!r}; there are: {', '.join(SCHEMAS)}."
        )
    rows = [(c.name, c.kind, c.unit, c.meaning) for c in SCHEMAS[table]]
    return pd.DataFrame(rows, columns=["column", "type", "unit", "meaning"])


def as_markdown() -> str:
    """Return the documentation of every table as Markdown, the content of ``docs/tables.md``."""
    parts = [
        "# Tables\n\nGenerated from `il2struct.tables`; do not edit. Missing values are empty.\n"
    ]
    for name, columns in SCHEMAS.items():
        parts.append(
            f"## {name}\n\n| column | type | unit | meaning |\n|---|---|---|---|"
        )
        parts += [
            f"| `{c.name}` | {c.kind} | {c.unit} | {c.meaning} |" for c in columns
        ]
        parts.append("")
    return "\n".join(parts)


if __name__ == "__main__":
    sys.stdout.write(as_markdown())
