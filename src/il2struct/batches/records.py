"""
What one entry gave, as bytes: the same from a worker process, from Dask and in the journal.

A record is a header (JSON) and the tables as compressed Arrow streams. Nothing in it is ever
unpickled.
"""

import functools
import json
import struct
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from il2struct.errors import Il2StructError
from il2struct.tables import empty_frame

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from il2struct.archive import EntryId

#: Length of the header in bytes, in front of it.
_LENGTH: Final = struct.Struct("<I")
#: Compression of the tables in a record and in Parquet files.
COMPRESSION: Final = "zstd"


class RecordError(Il2StructError):
    """Bytes that are no record of an entry."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """
    What became of one entry, without its tables.

    Attributes
    ----------
    source : str
        PDB id, or path of the file.
    entry_id : str
        As the file calls itself.
    status : str
        ``ok`` or ``failed``.
    path, sha256 : str
        File that was read and its checksum; empty if none was found.
    fingerprint : str
        Of the version and of all parameters.
    messages : tuple of str
        What was logged.
    """

    source: str
    entry_id: str
    status: str
    path: str = ""
    sha256: str = ""
    fingerprint: str = ""
    messages: tuple[str, ...] = ()


@functools.cache
def table_schema(name: str) -> pa.Schema:
    """
    Return the Arrow schema of a table, with what pandas needs to restore its types.

    Parameters
    ----------
    name : str
        As in ``docs/tables.md``.
    """
    return pa.Schema.from_pandas(empty_frame(name), preserve_index=False)


def arrow_table(name: str, frame: "pd.DataFrame") -> pa.Table:
    """Turn a pandas table into an Arrow table of exactly its schema."""
    schema = table_schema(name)
    # Column by column: pyarrow's own conversion looks at each of 200 columns for a long time.
    columns = [
        pa.array(column.array, type=field.type, from_pandas=True)
        for field, (_, column) in zip(schema, frame.items(), strict=True)
    ]
    return pa.Table.from_arrays(columns, schema=schema)


def pack(outcome: Outcome, tables: Mapping[str, pa.Table]) -> bytes:
    """
    Make the record of an entry.

    Parameters
    ----------
    outcome : Outcome
    tables : mapping of str to pyarrow.Table
        Tables with rows; others need not be there.
    """
    streams = {name: _stream(table) for name, table in tables.items()}
    body = b"".join(streams.values())
    header = {
        **asdict(outcome),
        "tables": {name: len(stream) for name, stream in streams.items()},
    }
    text = json.dumps(header).encode("ascii")
    packed: bytes = pa.Codec(COMPRESSION).compress(body, asbytes=True)
    return b"".join([_LENGTH.pack(len(text)), text, packed])


def _stream(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue())


def read_outcome(record: bytes) -> Outcome:
    """
    Read the header of a record.

    Parameters
    ----------
    record : bytes

    Raises
    ------
    RecordError
        If it is none.
    """
    header, _ = _header(record)
    header.pop("tables")
    header["messages"] = tuple(header["messages"])
    return Outcome(**header)


def read_tables(record: bytes) -> dict[str, pa.Table]:
    """
    Read the tables of a record.

    Parameters
    ----------
    record : bytes

    Returns
    -------
    dict of str to pyarrow.Table

    Raises
    ------
    RecordError
        If it is none, or a table is not of its schema.
    """
    header, start = _header(record)
    sizes: dict[str, int] = header["tables"]
    try:
        body = pa.Codec(COMPRESSION).decompress(record[start:], sum(sizes.values()))
        tables, place = {}, 0
        for name, size in sizes.items():
            stream = body.slice(place, size)
            tables[name] = pa.ipc.open_stream(stream).read_all()
            place += size
    except (pa.ArrowException, OSError, ValueError) as error:
        raise RecordError(
            f"the tables of a record cannot be read ({error})."
        ) from error
    for name, table in tables.items():
        if not table.schema.equals(table_schema(name)):
            raise RecordError(f"table {name} of a record is not of its schema.")
    return tables


def _header(record: bytes) -> tuple[dict[str, Any], int]:
    try:
        (length,) = _LENGTH.unpack_from(record)
        end = _LENGTH.size + length
        header = json.loads(record[_LENGTH.size : end])
        Outcome(**{k: v for k, v in header.items() if k != "tables"})
        sizes = {str(name): int(size) for name, size in header["tables"].items()}
    except (struct.error, ValueError, KeyError, TypeError, AttributeError) as error:
        raise RecordError(f"bytes that are no record of an entry ({error}).") from error
    return {**header, "tables": sizes}, end


def failure_record(
    source: "EntryId | Path",
    *,
    fingerprint: str,
    error_type: str,
    message: str,
    seconds: float,
) -> bytes:
    """
    Make the record of an entry that no worker could finish.

    Parameters
    ----------
    source : EntryId or path
    fingerprint : str
        Of the work.
    error_type, message : str
        For the table ``entries``.
    seconds : float
        How long it took.
    """
    from il2struct.results.entry_tables import failed_entry_table

    frame = failed_entry_table(str(source), Il2StructError(message))
    frame = frame.assign(error_type=error_type, seconds=seconds)
    frame = frame.astype(empty_frame("entries").dtypes.to_dict())
    outcome = Outcome(
        source=str(source),
        entry_id=str(source),
        status="failed",
        fingerprint=fingerprint,
    )
    return pack(outcome, {"entries": arrow_table("entries", frame)})


def renamed(tables: Mapping[str, pa.Table], old: str, new: str) -> dict[str, pa.Table]:
    """
    Call an entry otherwise in all its tables, where two inputs are the same entry.

    Parameters
    ----------
    tables : mapping of str to pyarrow.Table
    old, new : str
        Its name there, and its name from now on.
    """
    if old == new:
        return dict(tables)
    return {name: _renamed_table(table, old, new) for name, table in tables.items()}


def _renamed_table(table: pa.Table, old: str, new: str) -> pa.Table:
    import pyarrow.compute as pc

    for position, field in enumerate(table.schema):
        if field.name == "entry_id":
            column = pa.array([new] * len(table), type=field.type)
        elif field.name == "contact_class":
            column = pc.replace_substring(table[position], f"{old}:", f"{new}:")
        else:
            continue
        table = table.set_column(position, field, column)
    return table
