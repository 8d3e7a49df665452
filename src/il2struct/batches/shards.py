"""
Shards: the Parquet files of a run of entries, and the manifest that says which.

A shard counts only while its manifest is there. The manifest is removed before the first of its
files is replaced and written after the last, so that a crash leaves files without a manifest,
which are made again from the journal.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from il2struct.batches import durable
from il2struct.batches.records import (
    COMPRESSION,
    Outcome,
    pack,
    renamed,
    table_schema,
)
from il2struct.errors import ParameterError
from il2struct.schemas import SCHEMAS

#: A row group is closed at the end of the entry with which it reaches this many bytes in memory.
ROW_GROUP_BYTES: Final = 8 * 1024**2
#: Folder of journal, manifests and lock, inside the folder of the results.
STATE_FOLDER: Final = ".il2struct"

_SHARD_FILE: Final = re.compile(r"shard-(\d{4,})-of-(\d{4,})-(\d{5,})\.parquet")


@dataclass(frozen=True, slots=True)
class Part:
    """
    Which share of the entries a run does: every ``n``-th, from the ``i``-th.

    Attributes
    ----------
    number, total : int
        *i* and *n*; 1 and 1 for all entries.
    """

    number: int = 1
    total: int = 1

    def __post_init__(self) -> None:
        if not 1 <= self.number <= self.total:
            raise ParameterError(
                f"a shard is i/n with 1 <= i <= n, not {self.number}/{self.total}."
            )

    def state_folder(self, folder: Path) -> Path:
        """Return the folder of the journal and the manifests of this part."""
        return (
            folder / STATE_FOLDER / f"of-{self.total:04d}" / f"shard-{self.number:04d}"
        )

    def file_name(self, shard: int) -> str:
        """Return the name of the files of a shard."""
        return f"shard-{self.number:04d}-of-{self.total:04d}-{shard:05d}.parquet"


def parse_part(text: str) -> Part:
    """
    Read ``i/n``.

    Parameters
    ----------
    text : str

    Raises
    ------
    ParameterError
        If it is not of that form.

    Examples
    --------
    >>> parse_part("3/10")
    Part(number=3, total=10)
    """
    match = re.fullmatch(r"(\d{1,6})/(\d{1,6})", text)
    if match is None:
        raise ParameterError(f"a shard is written i/n, as 3/10, not {text!r}.")
    return Part(int(match[1]), int(match[2]))


@dataclass(frozen=True, slots=True, kw_only=True)
class ShardEntry:
    """
    One entry of a sealed shard.

    Attributes
    ----------
    outcome : Outcome
    name : str
        What it is called in the tables: its own id, or that with ``_2`` and so on.
    rows : dict of str to int
        Rows in each table.
    """

    outcome: Outcome
    name: str
    rows: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShardPlace:
    """
    Where the files of one shard lie.

    Attributes
    ----------
    folder : path
        Of the results.
    part : Part
    number : int
        From 0.
    """

    folder: Path
    part: Part
    number: int

    @property
    def manifest(self) -> Path:
        """The file that says which entries the shard holds."""
        return self.part.state_folder(self.folder) / f"{self.number:05d}.json"

    def file(self, table: str) -> Path:
        """Return the Parquet file of a table."""
        return self.folder / table / self.part.file_name(self.number)


def write_files(
    place: ShardPlace,
    tables: Iterable[str],
    entries: Iterable[tuple[str, Outcome, Mapping[str, pa.Table]]],
) -> list[ShardEntry]:
    """
    Write the Parquet files of a shard, entry by entry in constant memory.

    Parameters
    ----------
    place : ShardPlace
    tables : iterable of str
        Every table gets a file, also without rows.
    entries : iterable of (name, Outcome, tables)

    Returns
    -------
    list of ShardEntry
        What is in them, for `write_manifest`.
    """
    writers = {name: _TableFile(place, name) for name in tables}
    written = []
    for name, outcome, found in entries:
        named = renamed(found, outcome.entry_id, name)
        for table, rows in named.items():
            writers[table].add(rows)
        counts = {table: len(rows) for table, rows in named.items()}
        written.append(ShardEntry(outcome=outcome, name=name, rows=counts))
    for writer in writers.values():
        writer.finish()
    return written


class _TableFile:
    """One Parquet file in the making, under a temporary name."""

    def __init__(self, place: ShardPlace, table: str) -> None:
        self._target = place.file(table)
        self._temporary = place.manifest.parent / f"{table}.parquet.new"
        self._schema = table_schema(table)
        self._writer = pq.ParquetWriter(
            self._temporary, self._schema, compression=COMPRESSION
        )
        self._waiting: list[pa.Table] = []
        self._n_bytes = 0

    def add(self, rows: pa.Table) -> None:
        self._waiting.append(rows)
        self._n_bytes += rows.nbytes
        if self._n_bytes >= ROW_GROUP_BYTES:
            self._flush()

    def _flush(self) -> None:
        if self._waiting:
            rows = pa.concat_tables(self._waiting).combine_chunks()
            # One row group, however many rows: where groups end depends on the entries alone.
            self._writer.write_table(rows, row_group_size=max(len(rows), 1))
        self._waiting, self._n_bytes = [], 0

    def finish(self) -> None:
        self._flush()
        self._writer.close()
        self._target.parent.mkdir(exist_ok=True)
        durable.publish(self._temporary, self._target)


def write_manifest(
    place: ShardPlace, tables: Iterable[str], entries: Iterable[ShardEntry]
) -> None:
    """
    Declare a shard whole.

    Parameters
    ----------
    place : ShardPlace
    tables : iterable of str
    entries : iterable of ShardEntry
    """
    sizes = {table: place.file(table).stat().st_size for table in tables}
    content = {"files": sizes, "entries": [asdict(entry) for entry in entries]}
    temporary = place.manifest.with_suffix(".new")
    temporary.write_text(json.dumps(content), encoding="ascii")
    durable.publish(temporary, place.manifest)


def read_manifest(place: ShardPlace, tables: Iterable[str]) -> list[ShardEntry] | None:
    """
    Read what a shard holds, None if it is not whole or holds other tables.

    Parameters
    ----------
    place : ShardPlace
    tables : iterable of str
    """
    try:
        content = json.loads(place.manifest.read_text(encoding="ascii"))
        sizes = {table: place.file(table).stat().st_size for table in tables}
        entries = [_shard_entry(row) for row in content["entries"]]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return entries if content["files"] == sizes else None


def _shard_entry(row: dict[str, Any]) -> ShardEntry:
    outcome = {**row["outcome"], "messages": tuple(row["outcome"]["messages"])}
    return ShardEntry(
        outcome=Outcome(**outcome), name=row["name"], rows=dict(row["rows"])
    )


def stored_records(
    place: ShardPlace, entries: Iterable[ShardEntry]
) -> Iterator[tuple[ShardEntry, bytes]]:
    """
    Take a shard apart into the records it was made from.

    Parameters
    ----------
    place : ShardPlace
    entries : iterable of ShardEntry
        All of its manifest.
    """
    files: dict[str, _RowTaker] = {}
    for entry in entries:
        tables = {}
        for name, n_rows in entry.rows.items():
            if name not in files:
                files[name] = _RowTaker(place.file(name), table_schema(name))
            tables[name] = files[name].take(n_rows)
        own = renamed(tables, entry.name, entry.outcome.entry_id)
        yield entry, pack(entry.outcome, own)


class _RowTaker:
    """Rows of a Parquet file from its start on, with one row group in memory."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        # The whole file in memory, packed: on some systems an open file cannot be replaced.
        self._file = pq.ParquetFile(pa.BufferReader(path.read_bytes()))
        self._schema = schema
        self._group = 0
        self._rows = schema.empty_table()

    def take(self, n_rows: int) -> pa.Table:
        while len(self._rows) < n_rows:
            more = self._file.read_row_group(self._group).cast(self._schema)
            self._rows = pa.concat_tables([self._rows, more])
            self._group += 1
        taken, self._rows = self._rows.slice(0, n_rows), self._rows.slice(n_rows)
        return taken.combine_chunks().replace_schema_metadata(self._schema.metadata)


def dataset_files(folder: Path) -> dict[str, list[Path]]:
    """
    Find the Parquet files of a batch by table.

    Parameters
    ----------
    folder : path
        Of the results.
    """
    return {
        name: files
        for name in SCHEMAS
        if (files := sorted(_shard_files(folder / name)))
    }


def _shard_files(folder: Path) -> list[Path]:
    try:
        return [p for p in folder.iterdir() if _SHARD_FILE.fullmatch(p.name)]
    except OSError:
        return []


def remove_unlisted(folder: Path, part: Part, listed: Iterable[int]) -> None:
    """
    Remove the files of shards that have no manifest.

    Parameters
    ----------
    folder : path
        Of the results.
    part : Part
        Files of other parts are left alone.
    listed : iterable of int
        Shards that have one.
    """
    kept = {part.file_name(shard) for shard in listed}
    prefix = f"shard-{part.number:04d}-of-{part.total:04d}-"
    for files in dataset_files(folder).values():
        for path in files:
            if path.name.startswith(prefix) and path.name not in kept:
                durable.remove(path)
