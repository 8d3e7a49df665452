"""
The results of a batch on disk: what is finished, what is missing, and how a crash is survived.

An entry that is finished is a row of a SQLite database: with its record until its shard is full,
then with its place in the shard's Parquet files, one for each table. Shards are made of entries
in the order of the input, whatever the order of finishing. A shard counts only while the database
says so: it is told before the first of its files is replaced and after the last is written, so
that a crash at any instant leaves the old shard, the new one, or the records to make it again.
"""

import json
import os
import re
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pyarrow as pa
import pyarrow.parquet as pq

from il2struct.batches import records
from il2struct.errors import ParameterError
from il2struct.results.entry_tables import distinct_name, ids_among
from il2struct.schemas import SCHEMAS

if TYPE_CHECKING:
    import pandas as pd

#: Entries in a shard: of the size of 2ERJ, some 50 MB of Parquet.
SHARD_ENTRIES: Final = 1000
#: A row group is closed at the end of the entry with which it reaches this many bytes in memory.
ROW_GROUP_BYTES: Final = 8 * 1024**2
#: Folder of databases and locks, inside the folder of the results.
STATE_FOLDER: Final = ".il2struct"

_SHARD_FILE: Final = re.compile(r"shard-(\d{4,})-of-(\d{4,})-(\d{5,})\.parquet")
#: One writer, on file systems without shared memory too. A crash of the process loses nothing
#: that was added, one of the machine what came after the last `BatchStore.sync`.
_DATABASE: Final = """
    PRAGMA auto_vacuum = FULL;
    PRAGMA locking_mode = EXCLUSIVE;
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = NORMAL;
    CREATE TABLE IF NOT EXISTS entries (
        number INTEGER PRIMARY KEY, record BLOB, shard INTEGER, name TEXT, n_rows TEXT
    );
    CREATE TABLE IF NOT EXISTS shards (shard INTEGER PRIMARY KEY, sizes TEXT);
"""


@dataclass(frozen=True, slots=True)
class Part:
    """Which share of the entries a run does: every ``n``-th, from the ``i``-th."""

    #: *i* and *n*; 1 and 1 for all entries.
    number: int = 1
    total: int = 1

    def __post_init__(self) -> None:
        if not 1 <= self.number <= self.total:
            raise ParameterError(
                f"a shard is i/n with 1 <= i <= n, not {self.number}/{self.total}."
            )

    @property
    def prefix(self) -> str:
        """How the names of its files begin."""
        return f"shard-{self.number:04d}-of-{self.total:04d}-"


def parse_part(text: str) -> Part:
    """
    Read ``i/n``.

    Examples
    --------
    >>> parse_part("3/10")
    Part(number=3, total=10)
    """
    match = re.fullmatch(r"(\d{1,6})/(\d{1,6})", text)
    if match is None:
        raise ParameterError(f"a shard is written i/n, as 3/10, not {text!r}.")
    return Part(int(match[1]), int(match[2]))


def claim_parts(folder: Path, part: Part) -> None:
    """Refuse a folder whose results are divided otherwise; its rows would be there twice."""
    state = folder / STATE_FOLDER
    own = state / f"of-{part.total:04d}"
    is_new = not own.exists()
    # Made before the others are looked for: of two at the same time neither overlooks the other.
    own.mkdir(parents=True, exist_ok=True)
    totals = sorted(
        int(path.name[3:]) for path in state.glob("of-*") if path.name[3:].isdigit()
    )
    others = [total for total in totals if total != part.total]
    if others:
        if is_new:
            with suppress(OSError):  # in use by another by now
                own.rmdir()
        raise ParameterError(
            f"{folder} holds a batch in {others[0]} shards, not {part.total}; go on with that "
            "number or choose another folder."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchPlan:
    """What a folder of results is to hold in the end."""

    folder: Path
    #: Every entry by its name in `Outcome.source`, each once, in order.
    sources: tuple[str, ...]
    #: Tables of the results.
    tables: tuple[str, ...]
    #: Of version and parameters; what was computed under another one does not count.
    fingerprint: str
    part: Part = field(default_factory=Part)
    #: Entries in a shard.
    shard_entries: int = SHARD_ENTRIES

    @property
    def state_folder(self) -> Path:
        """The folder of database and lock."""
        part = self.part
        parts = self.folder / STATE_FOLDER / f"of-{part.total:04d}"
        return parts / f"shard-{part.number:04d}"

    @property
    def n_shards(self) -> int:
        """Shards in the end."""
        return -(-len(self.sources) // self.shard_entries)

    def members(self, shard: int) -> tuple[str, ...]:
        """Return the sources of a shard."""
        start = shard * self.shard_entries
        return self.sources[start : start + self.shard_entries]

    def file(self, shard: int, table: str) -> Path:
        """Return the Parquet file of a shard's table."""
        return self.folder / table / f"{self.part.prefix}{shard:05d}.parquet"


@dataclass(frozen=True, slots=True)
class _Entry:
    """A finished entry by its row of the database; name and rows of tables only in a shard."""

    number: int
    outcome: records.Outcome
    name: str = ""
    n_rows: dict[str, int] = field(default_factory=dict)


class BatchStore:
    """
    The results of one part of a batch, open for writing by one process.

    ``is_current`` says whether an outcome of an earlier run still counts: its file unchanged, say.
    """

    def __init__(
        self, plan: BatchPlan, is_current: Callable[[records.Outcome], bool]
    ) -> None:
        self._plan = plan
        self._planned = frozenset(plan.sources)
        self._ids = ids_among(plan.sources)
        self._is_current = is_current
        plan.state_folder.mkdir(parents=True, exist_ok=True)
        for path in plan.state_folder.glob("*.new"):
            remove(path)
        self._base = _opened_database(plan.state_folder / "entries.sqlite")
        #: What is finished, by source, and which shards may stay as they are.
        self._finished: dict[str, _Entry] = {}
        self._sealed: dict[int, list[_Entry]] = {}
        #: Names given so far, in order; shards are settled in order, too.
        self._names: set[str] = set()
        self._n_settled = 0
        try:
            self._load()
        except BaseException:
            self.close()
            raise
        #: Entries that failed, of those that are finished.
        self.n_failed = sum(
            entry.outcome.status != "ok" for entry in self._finished.values()
        )

    def _load(self) -> None:
        shards: dict[int | None, list[_Entry]] = {}
        rows = self._base.execute("SELECT * FROM entries ORDER BY number")
        for number, record, shard, name, n_rows in rows:
            try:
                outcome = records.read_outcome(record)
            except records.RecordError:
                continue  # damaged on disk: it is computed again
            entry = _Entry(number, outcome, name or "", json.loads(n_rows or "{}"))
            shards.setdefault(shard, []).append(entry)
        loose = shards.pop(None, [])
        self._finished = {e.outcome.source: e for e in loose if self._counts(e.outcome)}
        told = dict(self._base.execute("SELECT shard, sizes FROM shards").fetchall())
        for shard in sorted(told):
            entries = shards.get(shard, [])
            is_whole = json.loads(told[shard]) == self._sizes(shard)
            sources = tuple(entry.outcome.source for entry in entries)
            if (
                is_whole
                and sources == self._plan.members(shard)
                and all(self._counts(entry.outcome) for entry in entries)
            ):
                self._sealed[shard] = entries
                self._finished |= dict(zip(sources, entries, strict=True))
            else:
                self._take_apart(shard, entries if is_whole else [])
        kept = {
            self._plan.file(shard, table) for shard in self._sealed for table in SCHEMAS
        }
        for files in dataset_files(self._plan.folder).values():
            for path in files:
                if path.name.startswith(self._plan.part.prefix) and path not in kept:
                    remove(path)

    def _counts(self, outcome: records.Outcome) -> bool:
        return (
            outcome.fingerprint == self._plan.fingerprint
            and outcome.source in self._planned
            and self._is_current(outcome)
        )

    def _sizes(self, shard: int) -> dict[str, int]:
        """Bytes of the files of a shard; a run that adds tables finds some missing."""
        files = {table: self._plan.file(shard, table) for table in self._plan.tables}
        return {t: file.stat().st_size for t, file in files.items() if file.exists()}

    def _take_apart(self, shard: int, entries: Sequence[_Entry]) -> None:
        """Turn what still counts of a shard into records again, and forget the shard."""
        with self._base:
            files: dict[str, _RowTaker] = {}
            for entry in entries:
                tables = {}
                for table, n_rows in entry.n_rows.items():
                    if table not in files:
                        files[table] = _RowTaker(self._plan.file(shard, table), table)
                    tables[table] = files[table].take(n_rows)
                if self._finished.get(entry.outcome.source) is entry:
                    del self._finished[entry.outcome.source]
                if self._counts(entry.outcome):
                    own = records.renamed(tables, entry.name, entry.outcome.entry_id)
                    self._insert(entry.outcome, records.pack(entry.outcome, own))
            self._base.execute("DELETE FROM entries WHERE shard = ?", [shard])
            self._base.execute("DELETE FROM shards WHERE shard = ?", [shard])
        self.sync()
        self._sealed.pop(shard, None)

    def _insert(self, outcome: records.Outcome, record: bytes) -> None:
        cursor = self._base.execute("INSERT INTO entries (record) VALUES (?)", [record])
        self._finished[outcome.source] = _Entry(cursor.lastrowid or 0, outcome)

    @property
    def missing(self) -> tuple[str, ...]:
        """Sources that are not finished, in order."""
        return tuple(s for s in self._plan.sources if s not in self._finished)

    @property
    def n_total(self) -> int:
        """Entries in the end."""
        return len(self._plan.sources)

    def add(self, record: bytes) -> records.Outcome:
        """Keep the record of an entry; `RecordError` if it is none, or of another version."""
        outcome = records.read_outcome(record)
        if outcome.fingerprint != self._plan.fingerprint:
            raise records.RecordError(
                f"{outcome.source} was analysed by another version of il2struct; install the "
                "same one for all workers."
            )
        with self._base:
            self._insert(outcome, record)
        self.n_failed += outcome.status != "ok"
        return outcome

    def settle(self) -> None:
        """Seal every shard whose entries, and those before them, are finished."""
        while self._n_settled < self._plan.n_shards:
            shard = self._n_settled
            members = self._plan.members(shard)
            # The names in a sealed shard must be right beside those of the shards before it.
            sealed = self._sealed.get(shard)
            if sealed and [entry.name for entry in sealed] != self._names_of(members):
                self._take_apart(shard, sealed)
            if not all(source in self._finished for source in members):
                return
            names = self._names_of(members)
            if shard not in self._sealed:
                self._seal(shard, members, names)
            self._names.update(names)
            self._n_settled += 1

    def _names_of(self, sources: Iterable[str]) -> list[str]:
        taken, names = set(self._names), []
        for source in sources:
            name = self._finished[source].outcome.entry_id
            names.append(distinct_name(name, taken, source=source, ids=self._ids))
            taken.add(names[-1])
        return names

    def _seal(self, shard: int, sources: Sequence[str], names: Sequence[str]) -> None:
        counts = self._write_files(shard, sources, names)
        sealed = []
        with self._base:
            for source, name, n_rows in zip(sources, names, counts, strict=True):
                outcome = self._finished[source].outcome
                cursor = self._base.execute(
                    "INSERT INTO entries (record, shard, name, n_rows) VALUES (?, ?, ?, ?)",
                    [records.pack(outcome, {}), shard, name, json.dumps(n_rows)],
                )
                sealed.append(_Entry(cursor.lastrowid or 0, outcome, name, n_rows))
            self._sealed[shard] = sealed
            self._finished |= dict(zip(sources, sealed, strict=True))
            self._base.execute(
                "INSERT INTO shards VALUES (?, ?)",
                [shard, json.dumps(self._sizes(shard))],
            )
            # Records that are in the shard now, and those that do not count any more.
            kept = {entry.number for entry in self._finished.values()}
            numbers = self._base.execute("SELECT number FROM entries").fetchall()
            for (number,) in numbers:
                if number not in kept:
                    self._base.execute("DELETE FROM entries WHERE number = ?", [number])

    def _write_files(
        self, shard: int, sources: Iterable[str], names: Iterable[str]
    ) -> list[dict[str, int]]:
        """Write the files of a shard, entry by entry in constant memory; rows of each entry."""
        writers = {
            table: _TableFile(self._plan.state_folder / f"{table}.parquet.new", table)
            for table in self._plan.tables
        }
        counts = []
        for source, name in zip(sources, names, strict=True):
            entry = self._finished[source]
            (record,) = self._base.execute(
                "SELECT record FROM entries WHERE number = ?", [entry.number]
            ).fetchone()
            tables = records.renamed(
                records.read_tables(record), entry.outcome.entry_id, name
            )
            for table, rows in tables.items():
                writers[table].add(rows)
            counts.append({table: len(rows) for table, rows in tables.items()})
        # Every table gets a file, also without rows.
        for table, writer in writers.items():
            target = self._plan.file(shard, table)
            target.parent.mkdir(exist_ok=True)
            publish(writer.finished(), target)
        return counts

    def show_unsealed(self) -> None:
        """
        Write what is finished of unsealed shards as Parquet, for a batch that stops early.

        No shard is told: the records stay, and the next run writes the files anew.
        """
        for shard in range(self._n_settled, self._plan.n_shards):
            done = [s for s in self._plan.members(shard) if s in self._finished]
            if done and shard not in self._sealed:
                names = self._names_of(done)
                self._write_files(shard, done, names)
                self._names.update(names)

    def sync(self) -> None:
        """Make what is finished outlive a loss of power."""
        self._base.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def close(self) -> None:
        """Close the database."""
        self._base.close()


def _opened_database(path: Path) -> sqlite3.Connection:
    """Open a database; one that is none or is damaged makes room for an empty one."""
    base = sqlite3.connect(path)
    try:
        base.executescript(_DATABASE)
        is_sound = base.execute("PRAGMA quick_check(1)").fetchone() == ("ok",)
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode not in (
            sqlite3.SQLITE_NOTADB,
            sqlite3.SQLITE_CORRUPT,
        ):
            raise
        is_sound = False
    if is_sound:
        return base
    base.close()
    for file in path.parent.glob(f"{path.name}*"):
        remove(file)
    return _opened_database(path)


def publish(temporary: Path, target: Path) -> None:
    """Put a finished file into its place, all at once and to outlive a loss of power."""
    with temporary.open("rb") as stream:
        os.fsync(stream.fileno())
    temporary.replace(target)
    _sync_folder(target.parent)


def remove(path: Path) -> None:
    """Remove a file so that it does not come back after a loss of power."""
    path.unlink(missing_ok=True)
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":  # Windows cannot open folders; renames are ordered there
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class _TableFile:
    """One Parquet file in the making."""

    def __init__(self, path: Path, table: str) -> None:
        self._path = path
        schema = records.table_schema(table)
        self._writer = pq.ParquetWriter(path, schema, compression=records.COMPRESSION)
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

    def finished(self) -> Path:
        self._flush()
        self._writer.close()
        return self._path


class _RowTaker:
    """Rows of a Parquet file from its start on, with one row group in memory."""

    def __init__(self, path: Path, table: str) -> None:
        # The whole file in memory, packed: on some systems an open file cannot be replaced.
        self._file = pq.ParquetFile(pa.BufferReader(path.read_bytes()))
        self._schema = records.table_schema(table)
        self._group = 0
        self._rows = self._schema.empty_table()

    def take(self, n_rows: int) -> pa.Table:
        while len(self._rows) < n_rows:
            more = self._file.read_row_group(self._group).cast(self._schema)
            self._rows = pa.concat_tables([self._rows, more])
            self._group += 1
        taken, self._rows = self._rows.slice(0, n_rows), self._rows.slice(n_rows)
        return taken.combine_chunks().replace_schema_metadata(self._schema.metadata)


def dataset_files(folder: Path) -> dict[str, list[Path]]:
    """Find the Parquet files of a batch by table."""
    tables = {}
    for table in SCHEMAS:
        paths = (folder / table).glob("*.parquet") if folder.is_dir() else []
        files = sorted(path for path in paths if _SHARD_FILE.fullmatch(path.name))
        if files:
            tables[table] = files
    return tables


def _batch_files(folder: Path) -> dict[str, list[Path]]:
    files = dataset_files(folder)
    if not files:
        raise ParameterError(
            f"{folder} holds no tables of a batch; name the folder that il2struct batch wrote "
            "(what is finished of it shows when a shard is full, or the batch ends)."
        )
    return files


def count_rows(folder: Path) -> "pd.DataFrame":
    """Columns table, n_rows, n_files and n_bytes of a batch, from the ends of its files alone."""
    import pandas as pd
    import pyarrow.parquet as pq

    rows = [
        {
            "table": name,
            "n_rows": sum(pq.read_metadata(path).num_rows for path in files),
            "n_files": len(files),
            "n_bytes": sum(path.stat().st_size for path in files),
        }
        for name, files in _batch_files(folder).items()
    ]
    return pd.DataFrame(rows)


def query(folder: Path, sql: str) -> "pd.DataFrame":
    """
    Ask the tables of a batch, each under its own name, in DuckDB's SQL.

    The query reads and writes no file and loads no extension. Counts with missing values stay
    counts. `ParameterError` if the folder has no tables, or DuckDB refuses.
    """
    import duckdb
    import pandas as pd
    import pyarrow as pa
    import pyarrow.dataset as ds

    connection = duckdb.connect(":memory:")
    try:
        for name, files in _batch_files(folder).items():
            # Read as the query needs them.
            dataset = ds.dataset([str(path) for path in files], format="parquet")
            connection.register(name, dataset)
        for setting in (
            "autoinstall_known_extensions = false",
            "autoload_known_extensions = false",
            "python_enable_replacements = false",
            "enable_external_access = false",
            "lock_configuration = true",
        ):
            connection.execute(f"SET {setting}")
        answer = connection.sql(sql)
        # Arrow keeps counts and gaps apart, which pandas' own integers do not. An answer without
        # rows is false, and has columns all the same.
        rows = pa.table({}) if answer is None else answer.to_arrow_table()
    except duckdb.Error as error:
        text = " ".join(str(error).split())
        raise ParameterError(f"the query cannot be answered: {text}") from error
    finally:
        connection.close()
    dtypes = {
        pa.int64(): pd.Int64Dtype(),
        pa.bool_(): pd.BooleanDtype(),
        pa.string(): pd.StringDtype(),
        pa.large_string(): pd.StringDtype(),
    }
    frame: pd.DataFrame = rows.to_pandas(types_mapper=dtypes.get)
    return frame
