"""The store of a batch: crashes at every step of writing, restarts, changed plans."""

import sqlite3
from contextlib import ExitStack, closing
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import ClassVar
from unittest import mock

import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from il2struct.batches import store as batch_store
from il2struct.batches.records import (
    Outcome,
    RecordError,
    pack,
    read_outcome,
    read_tables,
    renamed,
)
from il2struct.batches.run import sole_batch
from il2struct.batches.store import (
    BatchPlan,
    BatchStore,
    Part,
    dataset_files,
    parse_part,
)
from il2struct.errors import ParameterError
from il2struct.results.entry_tables import distinct_name


class Crash(BaseException):
    """The process dies here."""


class CrashingDisk:
    """Dies at one step of writing a file or the database, with half of it done; None never dies."""

    def __init__(self, step, share):
        self.left = step
        self.share = share

    def dies(self):
        if self.left is None:
            return False
        self.left -= 1
        return self.left < 0

    def publish(self, temporary, target):
        dies = self.dies()
        if not dies or self.share > 0.5:
            temporary.replace(target)
        if dies:
            raise Crash

    def remove(self, path):
        dies = self.dies()
        if not dies or self.share > 0.5:
            path.unlink(missing_ok=True)
        if dies:
            raise Crash

    def patched(self):
        stack = ExitStack()
        for name in ("publish", "remove"):
            stack.enter_context(
                mock.patch.object(batch_store, name, getattr(self, name))
            )
        stack.enter_context(mock.patch.object(CrashingConnection, "disk", self))
        return stack


class CrashingConnection(sqlite3.Connection):
    """Dies before a statement: what was not committed is gone when the process is."""

    disk = CrashingDisk(None, 0.0)
    opened: ClassVar = []

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.opened.append(self)

    @classmethod
    def end_all(cls):
        """What the system does with files and locks of a process that died."""
        while cls.opened:
            cls.opened.pop().close()

    def execute(self, *arguments):
        if self.disk.dies():
            raise Crash
        return super().execute(*arguments)


@pytest.fixture(autouse=True)
def _crashing_database(monkeypatch):
    connect = partial(sqlite3.connect, factory=CrashingConnection)
    monkeypatch.setattr(sqlite3, "connect", connect)


def read_rows(folder, name):
    files = dataset_files(folder).get(name, [])
    return pd.concat([pd.read_parquet(path) for path in files], ignore_index=True)


#: More sources than shards hold; three of them are the same entry.
SOURCES = tuple(f"/made/{name}" for name in "abcdefgh")
#: Of one entry: the first is called E, the archive's own file E_2, the third by its file.
SAME_ENTRY = frozenset(SOURCES[1::3])


class BatchMachine(RuleBasedStateMachine):
    """Entries finish in any order, the process dies anywhere, files and plans change."""

    fakes = None

    @initialize(shard_entries=st.integers(1, 4), n=st.integers(1, len(SOURCES)))
    def begin(self, shard_entries, n):
        self.place = TemporaryDirectory()
        self.folder = Path(self.place.name) / "results"
        self.versions = dict.fromkeys(SOURCES, 0)
        self.done = set()
        self.store = None
        self.plan = self.plan_of(SOURCES[:n], shard_entries, "v1")
        self.open(None, 0.0)

    def plan_of(self, sources, shard_entries, fingerprint):
        return BatchPlan(
            folder=self.folder,
            sources=tuple(sources),
            tables=self.fakes.TABLES,
            fingerprint=fingerprint,
            shard_entries=shard_entries,
        )

    def is_current(self, outcome):
        return outcome.sha256 == str(self.versions[outcome.source])

    def record(self, source):
        return self.fakes.fake_record(
            source,
            entry_id="E" if source in SAME_ENTRY else None,
            sha256=str(self.versions[source]),
            fingerprint=self.plan.fingerprint,
        )

    def open(self, step, share):
        """Open the store, again and again while opening itself dies."""
        if self.store is not None:
            self.store.close()
            self.store = None
        CrashingConnection.end_all()
        with CrashingDisk(step, share).patched():
            try:
                self.store = BatchStore(self.plan, self.is_current)
                self.store.settle()
            except Crash:
                if self.store is not None:
                    self.store.close()
                self.store = None
        if self.store is None:
            self.open(None, 0.0)

    def finish(self, source, step=None, share=0.0):
        with CrashingDisk(step, share).patched():
            try:
                self.store.add(self.record(source))
                self.done.add(source)
                self.store.settle()
            except Crash:
                pass  # what `add` had taken, no later crash may lose

    @precondition(lambda self: self.store.missing)
    @rule(data=st.data())
    def finish_one(self, data):
        self.finish(data.draw(st.sampled_from(self.store.missing)))

    @precondition(lambda self: self.store.missing)
    @rule(data=st.data(), step=st.integers(0, 20), share=st.floats(0, 1))
    def finish_one_and_die(self, data, step, share):
        self.finish(data.draw(st.sampled_from(self.store.missing)), step, share)
        self.open(None, 0.0)

    @rule(step=st.integers(0, 20), share=st.floats(0, 1))
    def restart(self, step, share):
        self.open(step, share)

    @rule()
    def stop_early(self):
        self.store.show_unsealed()
        shown = read_rows(self.folder, "entries") if dataset_files(self.folder) else []
        assert len(shown) == len(self.plan.sources) - len(self.store.missing)
        self.open(None, 0.0)

    @rule(
        source=st.sampled_from(SOURCES), step=st.integers(0, 20), share=st.floats(0, 1)
    )
    def change_file(self, source, step, share):
        self.versions[source] += 1
        self.done.discard(source)
        self.open(step, share)

    @rule(
        sources=st.lists(st.sampled_from(SOURCES), min_size=1, unique=True),
        shard_entries=st.integers(1, 4),
        step=st.integers(0, 20),
        share=st.floats(0, 1),
    )
    def change_plan(self, sources, shard_entries, step, share):
        self.done &= set(sources)
        self.plan = self.plan_of(sources, shard_entries, self.plan.fingerprint)
        self.open(step, share)

    @rule(fingerprint=st.sampled_from(["v1", "v2"]))
    def change_parameters(self, fingerprint):
        if fingerprint != self.plan.fingerprint:
            self.done.clear()
            plan = self.plan
            self.plan = self.plan_of(plan.sources, plan.shard_entries, fingerprint)
            self.open(None, 0.0)

    @invariant()
    def nothing_finished_is_lost(self):
        if getattr(self, "store", None) is not None:
            assert not self.done & set(self.store.missing)

    def teardown(self):
        if getattr(self, "store", None) is None:
            return
        self.open(None, 0.0)
        for source in self.store.missing:
            self.finish(source)
        self.store.close()
        self.check_rows()
        self.place.cleanup()

    def check_rows(self):
        """The rows of an undisturbed run: each entry once, in order, under its own name."""
        expected = {name: [] for name in self.fakes.TABLES}
        taken = set()
        for source in self.plan.sources:
            record = self.record(source)
            own = read_outcome(record).entry_id
            name = distinct_name(own, taken, source=source)
            taken.add(name)
            for table, rows in renamed(read_tables(record), own, name).items():
                expected[table].append(rows.to_pandas())
        for table, parts in expected.items():
            files = dataset_files(self.folder)[table]
            assert len(files) == self.plan.n_shards
            if parts:
                pd.testing.assert_frame_equal(
                    read_rows(self.folder, table), pd.concat(parts, ignore_index=True)
                )
            else:
                assert len(read_rows(self.folder, table)) == 0


@pytest.mark.slow
def test_no_crash_loses_or_doubles_an_entry(fakes):
    BatchMachine.fakes = fakes
    from hypothesis.stateful import run_state_machine_as_test

    run_state_machine_as_test(
        BatchMachine,
        settings=settings(
            max_examples=40,
            stateful_step_count=12,
            suppress_health_check=list(HealthCheck),
        ),
    )


def store_of(folder, fakes, sources, **options):
    plan = BatchPlan(
        folder=folder,
        sources=tuple(sources),
        tables=fakes.TABLES,
        fingerprint="v1",
        **options,
    )
    return BatchStore(plan, lambda _: True)


@pytest.mark.parametrize("step", range(18))
@pytest.mark.parametrize("share", [0.0, 0.4, 1.0])
def test_every_step_of_sealing_may_be_the_last(tmp_path, fakes, step, share):
    sources = SOURCES[:3]
    store = store_of(tmp_path, fakes, sources, shard_entries=3)
    for source in sources[:2]:
        store.add(fakes.fake_record(source))
    with CrashingDisk(step, share).patched():
        try:
            store.add(fakes.fake_record(sources[2]))
            store.settle()
        except Crash:
            pass
    store.close()
    with closing(store_of(tmp_path, fakes, sources, shard_entries=3)) as again:
        for source in again.missing:
            assert source == sources[2]
            again.add(fakes.fake_record(source))
        again.settle()
    assert read_rows(tmp_path, "entries")["path"].tolist() == list(sources)


def test_files_do_not_depend_on_the_order_of_finishing(tmp_path, fakes):
    folders = [tmp_path / name for name in ("straight", "back")]
    for folder, sources in zip(folders, (SOURCES, SOURCES[::-1]), strict=True):
        with closing(store_of(folder, fakes, SOURCES, shard_entries=3)) as store:
            for source in sources:
                store.add(fakes.fake_record(source))
                store.settle()
    straight, back = (dataset_files(folder) for folder in folders)
    assert straight.keys() == back.keys() == set(fakes.TABLES)
    for table in straight:
        assert [p.read_bytes() for p in straight[table]] == [
            p.read_bytes() for p in back[table]
        ]


def test_row_groups_hold_many_entries(tmp_path, fakes):
    with closing(store_of(tmp_path, fakes, SOURCES)) as store:
        for source in SOURCES:
            store.add(fakes.fake_record(source))
        store.settle()
    (path,) = dataset_files(tmp_path)["entries"]
    assert pq.ParquetFile(path).num_row_groups == 1


def test_records_of_a_full_shard_leave_the_database(tmp_path, fakes):
    sources = [f"/made/{number}" for number in range(41)]
    with closing(store_of(tmp_path, fakes, sources, shard_entries=40)) as store:
        database = next(tmp_path.rglob("entries.sqlite"))
        for source in sources[1:]:
            store.add(fakes.fake_record(source))
        store.sync()
        full = database.stat().st_size
        store.add(fakes.fake_record(sources[0]))
        store.settle()
        store.sync()
        assert store.missing == ()
        # One record of 41 is left, of the others their outcomes.
        assert database.stat().st_size < 0.6 * full


def test_a_damaged_file_of_a_shard_is_made_again(tmp_path, fakes):
    with closing(store_of(tmp_path, fakes, SOURCES[:2])) as store:
        for source in SOURCES[:2]:
            store.add(fakes.fake_record(source))
        store.settle()
    dataset_files(tmp_path)["notes"][0].write_bytes(b"cut")
    with closing(store_of(tmp_path, fakes, SOURCES[:2])) as store:
        assert store.missing == SOURCES[:2]
    assert not dataset_files(tmp_path)


@pytest.mark.parametrize("content", [b"", b"no database" * 1000])
def test_a_database_that_is_none_is_made_anew(tmp_path, fakes, content):
    with closing(store_of(tmp_path, fakes, SOURCES[:2])) as store:
        store.add(fakes.fake_record(SOURCES[0]))
    next(tmp_path.rglob("entries.sqlite")).write_bytes(content)
    with closing(store_of(tmp_path, fakes, SOURCES[:2])) as store:
        assert store.missing == SOURCES[:2]
        store.add(fakes.fake_record(SOURCES[0]))
        assert store.missing == SOURCES[1:2]


def test_a_flipped_bit_costs_the_entry_only(tmp_path, fakes):
    with closing(store_of(tmp_path, fakes, SOURCES[:3])) as store:
        for source in SOURCES[:2]:
            store.add(fakes.fake_record(source))
    path = next(tmp_path.rglob("entries.sqlite"))
    content = bytearray(path.read_bytes())
    content[content.rindex(fakes.fake_record(SOURCES[0])[-8:])] ^= 1
    path.write_bytes(content)
    with closing(store_of(tmp_path, fakes, SOURCES[:3])) as store:
        assert store.missing == (SOURCES[0], SOURCES[2])


def test_another_version_among_the_workers_is_refused(tmp_path, fakes):
    with closing(store_of(tmp_path, fakes, SOURCES)) as store:
        with pytest.raises(RecordError, match="another version"):
            store.add(fakes.fake_record(SOURCES[0], fingerprint="v0"))
        assert store.missing == SOURCES


def test_files_of_others_in_the_folder_stay(tmp_path, fakes):
    own = tmp_path / "entries" / "mine.parquet"
    own.parent.mkdir()
    own.write_text("mine")
    other = tmp_path / "entries" / "shard-0002-of-0002-00000.parquet"
    other.write_text("another part")
    store_of(tmp_path, fakes, SOURCES).close()
    assert own.read_text() == "mine"
    assert other.read_text() == "another part"


class TestRecords:
    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b"abc",
            b"\xff\xff\xff\xff",
            b"\x02\x00\x00\x00{}",
            b"\x02\x00\x00\x00[]",
            b"\x01\x00\x00\x002",
        ],
    )
    def test_other_bytes_are_refused(self, content):
        with pytest.raises(RecordError):
            read_outcome(content)

    def test_damaged_tables_are_refused(self, fakes):
        record = fakes.fake_record("/made/a")
        with pytest.raises(RecordError, match="checksum"):
            read_tables(record[:-5] + b"xxxxx")

    def test_tables_of_another_schema_are_refused(self, fakes):
        tables = read_tables(fakes.fake_record("/made/a"))
        outcome = Outcome(source="a", entry_id="a", status="ok")
        record = pack(outcome, {"notes": tables["entries"]})
        with pytest.raises(RecordError, match="table notes"):
            read_tables(record)

    def test_any_text_survives(self, fakes):
        # Names of files may hold bytes that are no text, and quotes.
        source = 'odd\udcff "name"\n'
        assert read_outcome(fakes.fake_record(source, entry_id="x")).source == source

    def test_renaming_there_and_back(self, fakes):
        tables = read_tables(fakes.fake_record("/made/c", entry_id="2B5I"))
        there = renamed(tables, "2B5I", "2B5I_2")
        assert set(there["entries"]["entry_id"].to_pylist()) == {"2B5I_2"}
        assert renamed(there, "2B5I_2", "2B5I") == tables


class TestParts:
    @pytest.mark.parametrize(
        "text", ["0/3", "4/3", "1", "1/0", "a/b", "1/2/3", "-1/2", ""]
    )
    def test_nonsense_is_refused(self, text):
        with pytest.raises(ParameterError, match="shard"):
            parse_part(text)

    def test_another_number_of_parts_is_refused(self, tmp_path):
        def run(part):
            plan = BatchPlan(
                folder=tmp_path,
                sources=("a",),
                tables=("entries",),
                fingerprint="v",
                part=part,
            )
            with sole_batch(plan):
                pass

        run(Part(1, 3))
        run(Part(2, 3))
        with pytest.raises(ParameterError, match="in 3 shards, not 1"):
            run(Part(1, 1))
        # What was refused has left nothing behind that refuses others.
        run(Part(3, 3))
