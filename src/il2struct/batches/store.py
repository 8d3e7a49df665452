"""
The results of a batch on disk: what is finished, what is missing, and how a crash is survived.

An entry that is finished is in the journal or in a sealed shard at any time. Shards are made of
entries in the order of the input, whatever the order of finishing.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pyarrow as pa

from il2struct.batches import durable
from il2struct.batches.journal import Journal
from il2struct.batches.records import (
    Outcome,
    RecordError,
    read_outcome,
    read_tables,
)
from il2struct.batches.shards import (
    STATE_FOLDER,
    Part,
    ShardEntry,
    ShardPlace,
    read_manifest,
    remove_unlisted,
    stored_records,
    write_files,
    write_manifest,
)
from il2struct.errors import ParameterError
from il2struct.results.entry_names import distinct_name

#: Entries in a shard: of the size of 2ERJ, some 50 MB of Parquet.
SHARD_ENTRIES: Final = 1000

_MANIFEST: Final = re.compile(r"(\d{5,})\.json")


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchPlan:
    """
    What a folder of results is to hold in the end.

    Attributes
    ----------
    folder : path
    sources : tuple of str
        Every entry by its name in `Outcome.source`, each once, in order.
    tables : tuple of str
        Tables of the results.
    fingerprint : str
        Of version and parameters; what was computed under another one does not count.
    part : Part
    shard_entries : int
        Entries in a shard.
    """

    folder: Path
    sources: tuple[str, ...]
    tables: tuple[str, ...]
    fingerprint: str
    part: Part = field(default_factory=Part)
    shard_entries: int = SHARD_ENTRIES

    @property
    def n_shards(self) -> int:
        """Shards in the end."""
        return -(-len(self.sources) // self.shard_entries)

    def members(self, shard: int) -> tuple[str, ...]:
        """Return the sources of a shard."""
        start = shard * self.shard_entries
        return self.sources[start : start + self.shard_entries]

    def place(self, shard: int) -> ShardPlace:
        """Return where a shard lies."""
        return ShardPlace(folder=self.folder, part=self.part, number=shard)


class BatchStore:
    """
    The results of one part of a batch, open for writing by one process.

    Parameters
    ----------
    plan : BatchPlan
    is_current : callable
        Whether an outcome of an earlier run still counts: its file unchanged, say.
    """

    def __init__(self, plan: BatchPlan, is_current: Callable[[Outcome], bool]) -> None:
        self._plan = plan
        self._planned = frozenset(plan.sources)
        self._is_current = is_current
        self._state = plan.part.state_folder(plan.folder)
        claim_parts(plan.folder, plan.part)
        self._state.mkdir(parents=True, exist_ok=True)
        self._clear_temporaries()
        self._journal = Journal(self._state / "journal")
        #: Outcome and offset of what is in the journal.
        self._loose: dict[str, tuple[Outcome, int]] = {}
        #: Entries of the sealed shards that may stay as they are.
        self._sealed: dict[int, list[tuple[Outcome, str]]] = {}
        #: Names given so far, in order; shards are settled in order, too.
        self._names: set[str] = set()
        self._n_settled = 0
        try:
            self._load()
        except BaseException:
            self._journal.close()
            raise
        outcomes = [outcome for outcome, _ in self._loose.values()]
        outcomes += [o for found in self._sealed.values() for o, _ in found]
        #: Entries that failed, of those that are finished.
        self.n_failed = sum(outcome.status != "ok" for outcome in outcomes)

    def _clear_temporaries(self) -> None:
        for path in self._state.glob("*.new"):
            durable.remove(path)

    def _load(self) -> None:
        for offset in self._journal:
            outcome = read_outcome(self._journal.read(offset))
            if self._counts(outcome):
                self._loose[outcome.source] = (outcome, offset)
        for shard in self._listed_shards():
            entries = read_manifest(self._plan.place(shard), self._plan.tables) or []
            sources = tuple(entry.outcome.source for entry in entries)
            wanted = self._plan.members(shard)
            if (
                entries
                and sources == wanted
                and all(self._counts(e.outcome) for e in entries)
            ):
                self._sealed[shard] = [(e.outcome, e.name) for e in entries]
            else:
                self._take_apart(shard, entries)
        remove_unlisted(self._plan.folder, self._plan.part, self._sealed)
        for sources_done in self._sealed.values():
            for outcome, _ in sources_done:
                self._loose.pop(outcome.source, None)

    def _listed_shards(self) -> list[int]:
        names = (_MANIFEST.fullmatch(path.name) for path in self._state.iterdir())
        return sorted(int(match[1]) for match in names if match)

    def _counts(self, outcome: Outcome) -> bool:
        return (
            outcome.fingerprint == self._plan.fingerprint
            and outcome.source in self._planned
            and self._is_current(outcome)
        )

    def _take_apart(self, shard: int, entries: Sequence[ShardEntry]) -> None:
        """Move what still counts of a shard into the journal, and forget the shard."""
        place = self._plan.place(shard)
        if any(self._counts(entry.outcome) for entry in entries):
            for entry, record in stored_records(place, entries):
                if self._counts(entry.outcome):
                    self._note(entry.outcome, record)
            self._journal.sync()
        durable.remove(place.manifest)
        self._sealed.pop(shard, None)

    def _note(self, outcome: Outcome, record: bytes) -> None:
        self._loose[outcome.source] = (outcome, self._journal.append(record))

    @property
    def missing(self) -> tuple[str, ...]:
        """Sources that are not finished, in order."""
        done = {o.source for found in self._sealed.values() for o, _ in found}
        return tuple(
            source
            for source in self._plan.sources
            if source not in done and source not in self._loose
        )

    @property
    def n_total(self) -> int:
        """Entries in the end."""
        return len(self._plan.sources)

    def add(self, record: bytes) -> Outcome:
        """
        Keep the record of an entry.

        Parameters
        ----------
        record : bytes

        Returns
        -------
        Outcome
            Of the entry.

        Raises
        ------
        RecordError
            If it is no record, or one of another version or with other parameters.
        """
        outcome = read_outcome(record)
        if outcome.fingerprint != self._plan.fingerprint:
            raise RecordError(
                f"{outcome.source} was analysed by another version of il2struct; install the "
                "same one for all workers."
            )
        self._note(outcome, record)
        self.n_failed += outcome.status != "ok"
        return outcome

    def settle(self) -> None:
        """Seal every shard whose entries, and those before them, are finished."""
        while self._n_settled < self._plan.n_shards:
            shard = self._n_settled
            if shard in self._sealed and not self._keep(shard):
                self._take_apart(shard, self._manifest(shard))
            if shard not in self._sealed:
                if any(s not in self._loose for s in self._plan.members(shard)):
                    return
                self._seal(shard)
            self._n_settled += 1

    def _manifest(self, shard: int) -> list[ShardEntry]:
        return read_manifest(self._plan.place(shard), self._plan.tables) or []

    def _keep(self, shard: int) -> bool:
        """Whether the names in a sealed shard are right beside those of the shards before it."""
        found = self._sealed[shard]
        names = self._names_of([outcome for outcome, _ in found])
        if names != [name for _, name in found]:
            return False
        self._names.update(names)
        return True

    def _names_of(self, outcomes: Sequence[Outcome]) -> list[str]:
        taken, names = set(self._names), []
        for outcome in outcomes:
            names.append(distinct_name(outcome.entry_id, taken))
            taken.add(names[-1])
        return names

    def _seal(self, shard: int) -> None:
        self._journal.sync()
        members = self._plan.members(shard)
        place = self._plan.place(shard)
        written = write_files(place, self._plan.tables, self._entries(members))
        write_manifest(place, self._plan.tables, written)
        self._sealed[shard] = [(entry.outcome, entry.name) for entry in written]
        self._names.update(entry.name for entry in written)
        for source in members:
            del self._loose[source]
        self._shrink_journal()

    def _entries(
        self, sources: Sequence[str]
    ) -> Iterator[tuple[str, Outcome, dict[str, pa.Table]]]:
        outcomes = [self._loose[source][0] for source in sources]
        for name, outcome in zip(self._names_of(outcomes), outcomes, strict=True):
            record = self._journal.read(self._loose[outcome.source][1])
            yield name, outcome, read_tables(record)

    def _shrink_journal(self) -> None:
        offsets = [offset for _, offset in self._loose.values()]
        moved = self._journal.keep_only(offsets)
        self._loose = {
            source: (outcome, moved[offset])
            for source, (outcome, offset) in self._loose.items()
        }

    def show_unsealed(self) -> None:
        """
        Write what is finished of unsealed shards as Parquet, for a batch that stops early.

        The files have no manifest: the journal keeps the entries, and the next run writes the
        shards anew.
        """
        self._journal.sync()
        for shard in range(self._n_settled, self._plan.n_shards):
            if shard in self._sealed:
                continue
            done = [s for s in self._plan.members(shard) if s in self._loose]
            if done:
                place = self._plan.place(shard)
                entries = write_files(place, self._plan.tables, self._entries(done))
                self._names.update(entry.name for entry in entries)

    def sync(self) -> None:
        """Make what is finished outlive a loss of power."""
        self._journal.sync()

    def close(self) -> None:
        """Close the journal."""
        self._journal.close()


def claim_parts(folder: Path, part: Part) -> None:
    """
    Refuse a folder whose results are divided otherwise; its rows would be there twice.

    Parameters
    ----------
    folder : path
        Of the results.
    part : Part

    Raises
    ------
    ParameterError
        If another number of shards was begun there.
    """
    state = folder / STATE_FOLDER
    (state / f"of-{part.total:04d}").mkdir(parents=True, exist_ok=True)
    totals = sorted(
        int(path.name[3:]) for path in state.glob("of-*") if path.name[3:].isdigit()
    )
    others = [total for total in totals if total != part.total]
    if others:
        raise ParameterError(
            f"{folder} holds a batch in {others[0]} shards, not {part.total}; go on with that "
            "number or choose another folder."
        )
