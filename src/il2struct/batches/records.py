"""
What one entry gave, as bytes: the same from a worker process, from Dask and on disk.

A record is a checksum, a header (JSON) and the tables as compressed Arrow streams. Nothing in it
is ever unpickled.
"""

import functools
import json
import re
import struct
import zlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from il2struct.errors import Il2StructError
from il2struct.tables import empty_frame

if TYPE_CHECKING:
    import pandas as pd

    from il2struct.archive import EntryId

#: In front of a record: CRC-32 of all that follows, and bytes of the header.
_START: Final = struct.Struct("<II")
#: Compression of the tables in a record and in Parquet files.
COMPRESSION: Final = "zstd"
#: Columns in which entries stand before a colon, as in names of complexes.
NAMING: Final = frozenset(
    (
        *("contact_class", "reference", "compared", "complex", "complex_1"),
        *("complex_2", "protein", "protein_1", "protein_2"),
        *("partner", "partner_1", "partner_2", "sentence"),
    )
)


class RecordError(Il2StructError):
    """Bytes that are no record of an entry."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one entry, without its tables."""

    #: PDB id, or path of the file.
    source: str
    #: As the file calls itself.
    entry_id: str
    #: ``ok`` or ``failed``.
    status: str
    #: File that was read and its checksum; empty if none was found.
    path: str = ""
    sha256: str = ""
    #: Of the version and of all parameters.
    fingerprint: str = ""
    #: What was logged.
    messages: tuple[str, ...] = ()


@functools.cache
def table_schema(name: str) -> pa.Schema:
    """Return the Arrow schema of a table, with what pandas needs to restore its types."""
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
    """Make the record of an entry; tables without rows need not be there."""
    streams = {}
    for name, table in tables.items():
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, table.schema) as writer:
            writer.write_table(table)
        streams[name] = bytes(sink.getvalue())
    sizes = {name: len(stream) for name, stream in streams.items()}
    header = json.dumps({**asdict(outcome), "tables": sizes}).encode("ascii")
    body = pa.Codec(COMPRESSION).compress(b"".join(streams.values()), asbytes=True)
    checksum = zlib.crc32(body, zlib.crc32(header))
    return b"".join([_START.pack(checksum, len(header)), header, body])


def read_outcome(record: bytes) -> Outcome:
    """Read the header of a record; `RecordError` if it is none, or damaged."""
    return _parts(record)[0]


def read_tables(record: bytes) -> dict[str, pa.Table]:
    """Read the tables of a record; `RecordError` if it is none, or one is not of its schema."""
    _, sizes, body = _parts(record)
    streams = pa.Codec(COMPRESSION).decompress(body, sum(sizes.values()))
    tables, place = {}, 0
    for name, size in sizes.items():
        table = pa.ipc.open_stream(streams.slice(place, size)).read_all()
        place += size
        tables[name] = table
        if not table.schema.equals(table_schema(name)):
            raise RecordError(f"table {name} of a record is not of its schema.")
    return tables


def _parts(record: bytes) -> tuple[Outcome, dict[str, int], bytes]:
    """Outcome, bytes of each table, and the tables compressed."""
    try:
        checksum, length = _START.unpack_from(record)
        content = memoryview(record)[_START.size :]
        if zlib.crc32(content) != checksum:
            raise ValueError("its checksum is wrong")
        header: dict[str, Any] = json.loads(bytes(content[:length]))
        sizes = {str(name): int(size) for name, size in header.pop("tables").items()}
        messages = tuple(header.pop("messages"))
        return (
            Outcome(**header, messages=messages),
            sizes,
            record[_START.size + length :],
        )
    except (struct.error, ValueError, KeyError, TypeError, AttributeError) as error:
        raise RecordError(f"bytes that are no record of an entry ({error}).") from error


def failure_record(
    source: "EntryId | Path",
    *,
    fingerprint: str,
    error_type: str,
    message: str,
    seconds: float,
) -> bytes:
    """Make the record of an entry that no worker could finish, after so many seconds."""
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
    """Call an entry otherwise in all its tables, where two inputs are the same entry."""
    import pyarrow.compute as pc

    from il2struct.results.entry_tables import one_word

    if old == new:
        return dict(tables)
    changed = {}
    for name, table in tables.items():
        for position, field in enumerate(table.schema):
            if field.name == "entry_id":
                column = pa.array([new] * len(table), type=field.type)
            elif field.name in NAMING:
                word = str if field.name == "contact_class" else one_word
                end = "(:|$)" if field.name == "compared" else "(:)"
                column = pc.replace_substring_regex(
                    table[position],
                    rf"(^|[^\w.-]){re.escape(word(old))}{end}",
                    "\\1{}\\2".format(word(new).replace("\\", r"\\")),
                )
            else:
                continue
            table = table.set_column(position, field, column)  # built up
        changed[name] = table
    return changed
