"""Tables beside figures: rows as dicts, what is not given stays missing."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from il2struct.tables import column_names, frame

if TYPE_CHECKING:
    import pandas as pd


def framed(table: str, rows: Sequence[dict[str, Any]]) -> "pd.DataFrame":
    """
    Make a table of a figure.

    Parameters
    ----------
    table : str
    rows : sequence of dict
        Columns that a row does not have are missing.
    """
    return frame(
        table,
        {name: [row.get(name) for row in rows] for name in column_names(table)},
    )


def keyed_frame(
    table: str, key: dict[str, Any], rows: Sequence[dict[str, Any]]
) -> "pd.DataFrame":
    """
    Make a table of a figure of one interface.

    Parameters
    ----------
    table : str
    key : dict
        Row of the table ``interfaces`` that the ids are taken from.
    rows : sequence of dict
    """
    shared = {n: key[n] for n in ("entry_id", "complex_id", "interface_id")}
    return framed(table, [shared | row for row in rows])


def interface_key(row: dict[str, Any]) -> tuple[str, str, str]:
    """Return entry, complex and interface of a row of the table ``interfaces``, for file names."""
    return str(row["entry_id"]), str(row["complex_id"] or ""), str(row["interface_id"])
