"""The table of files that ``fetch`` brought or found."""

from typing import TYPE_CHECKING, Any

from il2struct.archive import StructureFile
from il2struct.errors import public_type_name
from il2struct.tables import column_names, frame

if TYPE_CHECKING:
    import pandas as pd


def file_table(found: StructureFile) -> "pd.DataFrame":
    """
    Say where the file of an entry is: one row of the table ``files``.

    Parameters
    ----------
    found : StructureFile
    """
    names = (
        "entry_id",
        "origin",
        "file_format",
        "sha256",
        "revision",
        "url",
        "retrieved_utc",
    )
    row: dict[str, Any] = {name: getattr(found, name) for name in names}
    row |= {
        "path": str(found.path),
        "status": "ok",
        "warnings": " ".join(found.warnings),
        "error_type": "",
        "error_message": "",
    }
    return frame("files", {name: [row[name]] for name in column_names("files")})


def failed_file_table(entry_id: str, error: Exception) -> "pd.DataFrame":
    """
    Say why an entry could not be brought: one row of the table ``files``.

    Parameters
    ----------
    entry_id : str
        As the user gave it.
    error : Exception
        What stopped it.
    """
    row: dict[str, Any] = dict.fromkeys(column_names("files"), "")
    row |= {
        "entry_id": entry_id,
        "status": "failed",
        "error_type": public_type_name(error),
        "error_message": str(error),
    }
    return frame("files", {name: [value] for name, value in row.items()})
