"""Worker processes that die, hang and are interrupted; batches that are killed."""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import closing
from functools import partial
from pathlib import Path

import pandas as pd
import psutil
import pytest

from il2struct.batches import processes
from il2struct.batches.processes import LocalWorkers, WorkerStartError
from il2struct.batches.records import read_outcome, read_tables
from il2struct.batches.run import sole_batch
from il2struct.batches.store import BatchPlan, dataset_files
from il2struct.errors import ParameterError

#: How often a batch is killed, and the seed of the moments.
N_KILLS = 20
SEED = 20261124


def rows_of(record):
    return read_tables(record)["entries"].to_pandas().iloc[0]


def read_all(folder):
    return {
        name: pd.concat([pd.read_parquet(p) for p in files], ignore_index=True)
        for name, files in dataset_files(Path(folder)).items()
    }


@pytest.fixture(scope="module")
def mixed(fakes):
    """Records of good and bad entries, by name, from two workers."""
    names = ["a", "die", "b", "leave", "c", "chatter", "babble", "impostor", "memory"]
    sources = [Path("/made") / name for name in [*names, "d", "e"]]
    workers = LocalWorkers(fakes.FakeTask(), jobs=2, timeout_s=600.0)
    with workers:
        records = list(workers.results(sources))
    found = {Path(read_outcome(record).source).name: record for record in records}
    assert len(records) == len(found) == len(sources)
    return found


@pytest.mark.parametrize("name", ["a", "b", "c", "d", "e", "chatter"])
def test_good_entries_beside_bad_ones_are_as_ever(mixed, fakes, name):
    assert mixed[name] == fakes.fake_record(Path("/made") / name)


@pytest.mark.parametrize(
    ("name", "error_type", "words"),
    [
        ("die", "WorkerDiedError", "signal 11, SIGSEGV"),
        ("leave", "WorkerDiedError", "exit status 7"),
        # Without memory Python may end in many ways.
        ("memory", "WorkerDiedError", "The worker process died"),
        ("babble", "WorkerDiedError", "sent no record"),
        ("impostor", "WorkerDiedError", "sent no record"),
    ],
)
def test_a_bad_entry_is_a_row(mixed, name, error_type, words):
    row = rows_of(mixed[name])
    assert (row["status"], row["error_type"]) == ("failed", error_type)
    assert words in row["error_message"]
    assert row["entry_id"] == f"/made/{name}"


def test_an_entry_that_hangs_is_a_row_and_stops_no_other(fakes):
    # Healthy entries under the same limit: enough for them on any machine.
    sources = [Path("/made") / name for name in ("a", "hang", "b", "c")]
    with LocalWorkers(fakes.FakeTask(), jobs=2, timeout_s=5.0) as workers:
        records = list(workers.results(sources))
    rows = {Path(read_outcome(r).source).name: rows_of(r) for r in records}
    status = {name: row["status"] for name, row in rows.items()}
    assert status == {"a": "ok", "hang": "failed", "b": "ok", "c": "ok"}
    row = rows["hang"]
    assert row["error_type"] == "TimedOutError"
    assert "longer than the 5 s" in row["error_message"]
    assert row["entry_id"] == "/made/hang"
    assert row["seconds"] >= 5.0


def test_a_worker_makes_room_after_some_entries(fakes, tmp_path, monkeypatch):
    monkeypatch.setattr(processes, "ENTRIES_PER_WORKER", 3)
    log = tmp_path / "log"
    with LocalWorkers(fakes.FakeTask(log=str(log)), jobs=1) as workers:
        list(workers.results([Path(f"/made/{i}") for i in range(7)]))
    pids = [line.split()[1] for line in log.read_text().splitlines()]
    assert list(Counter(pids).values()) == [3, 3, 1]


def test_workers_that_cannot_start_stop_the_batch(fakes, tmp_path):
    task = fakes.FakeTask(fingerprint="cannot start")
    with pytest.raises(WorkerStartError, match="no such kernel"):
        fakes.run_fakes(tmp_path, ["/made/a", "/made/b"], task)


def test_leaving_early_ends_the_workers_at_once(fakes):
    with LocalWorkers(fakes.FakeTask(), jobs=2) as workers:
        results = workers.results([Path(f"/made/{n}") for n in ("a", "hang", "b")])
        next(results)
    # Reached at all: the one that hangs would take an hour.
    children = psutil.Process().children()
    assert not [p for p in children if processes.__name__ in p.cmdline()]


def start_fakes(fakes, folder, *, n=60, seconds=0.01, log=os.devnull):
    command = [sys.executable, fakes.__file__, str(folder), str(n), str(seconds)]
    return subprocess.Popen([*command, str(log)], start_new_session=True)


def n_lines(path):
    return path.read_bytes().count(b"\n") if path.exists() else 0


def has_lines(path, n, process):
    return n_lines(path) >= n or process.poll() is not None


@pytest.mark.slow
def test_killed_at_random_moments_it_finishes_with_the_same_rows(
    fakes, tmp_path, wait_until
):
    print(f"seed {SEED}")  # noqa: T201  # pytest shows it with a failure
    chance = random.Random(SEED)
    n = 60
    sources = [f"/made/entry{i:03d}" for i in range(n)]
    fakes.run_fakes(tmp_path / "whole", sources, fakes.FakeTask())
    log, folder = tmp_path / "log", tmp_path / "killed"
    n_killed = 0
    for _ in range(N_KILLS):
        more = n_lines(log) + chance.randrange(6)
        with start_fakes(fakes, folder, n=n, log=log) as process:
            wait_until(partial(has_lines, log, more, process))
            time.sleep(chance.uniform(0.0, 0.05))
            process.kill()
        n_killed += process.returncode == -signal.SIGKILL
    fakes.run_fakes(folder, sources, fakes.FakeTask(log=str(log)))
    whole, killed = read_all(tmp_path / "whole"), read_all(folder)
    assert whole.keys() == killed.keys()
    for name, rows in whole.items():
        pd.testing.assert_frame_equal(killed[name], rows)
    # The files too: no time is measured here that could differ.
    for name, files in dataset_files(tmp_path / "whole").items():
        again = dataset_files(folder)[name]
        assert [p.read_bytes() for p in again] == [p.read_bytes() for p in files]
    assert n_killed > N_KILLS / 2
    # Computed again is what was on its way when the process died: at most one entry in each of
    # two workers and four waiting to be stored.
    assert n_lines(log) <= n + n_killed * 6
    print(f"killed {n_killed} times, {n_lines(log)} of {n} computed")  # noqa: T201


def test_workers_end_when_the_batch_is_killed(fakes, tmp_path, wait_until):
    log = tmp_path / "log"
    with start_fakes(fakes, tmp_path / "out", seconds=60, log=log) as process:
        wait_until(partial(has_lines, log, 2, process))
        assert n_lines(log) == 2
        children = psutil.Process(process.pid).children()
        process.kill()
    assert len(children) == 2
    _, alive = psutil.wait_procs(children, timeout=120)
    assert not alive


def test_a_second_batch_stops_and_a_killed_one_leaves_no_lock(
    fakes, tmp_path, wait_until
):
    log, folder = tmp_path / "log", tmp_path / "out"
    plan = BatchPlan(
        folder=folder, sources=("a",), tables=("entries",), fingerprint="v"
    )
    with start_fakes(fakes, folder, seconds=60, log=log) as process:
        wait_until(partial(has_lines, log, 2, process))
        assert n_lines(log) == 2
        with pytest.raises(ParameterError, match="another batch is at work"):
            fakes.run_fakes(folder, ["/made/a"], fakes.FakeTask())
        process.kill()
    with sole_batch(plan):
        pass


def test_the_second_run_computes_nothing(fakes, tmp_path):
    log = tmp_path / "log"
    sources = [f"/made/{i}" for i in range(12)]
    task = fakes.FakeTask(log=str(log))
    first = fakes.run_fakes(tmp_path / "out", sources, task)
    files = {
        p: p.stat().st_mtime_ns
        for paths in dataset_files(tmp_path / "out").values()
        for p in paths
    }
    second = fakes.run_fakes(tmp_path / "out", sources, task)
    assert (first.n_computed, second.n_computed) == (12, 0)
    assert n_lines(log) == 12
    assert {p: p.stat().st_mtime_ns for p in files} == files
    third = fakes.run_fakes(tmp_path / "out", [*sources, "/made/more"], task)
    assert third.n_computed == 1


def test_failures_are_kept_until_asked_to_retry(fakes, tmp_path):
    sources, task = ["/made/a", "/made/die", "/made/b"], fakes.FakeTask()
    result = fakes.run_fakes(tmp_path, sources, task)
    assert (result.n_total, result.n_failed, result.n_computed) == (3, 1, 3)
    again = fakes.run_fakes(tmp_path, sources, task)
    assert (again.n_failed, again.n_computed) == (1, 0)
    retried = fakes.run_fakes(tmp_path, sources, task, retry_failed=True)
    assert (retried.n_failed, retried.n_computed) == (1, 1)


def test_progress_is_told_entry_by_entry(fakes, tmp_path):
    told = []
    sources = ["/made/a", "/made/die", "/made/b"]
    fakes.run_fakes(tmp_path, sources, fakes.FakeTask(), on_progress=told.append)
    assert [p.n_done for p in told] == [0, 1, 2, 3]
    assert told[0].remaining_seconds == float("inf")
    assert told[-1].n_failed == 1
    assert told[-1].remaining_seconds == 0.0
    # Rate times time is the number done, by definition.
    assert told[-1].entries_per_second * told[-1].seconds == pytest.approx(3)


def test_an_interrupted_batch_shows_what_is_done(fakes, tmp_path):
    def interrupt(progress):
        if progress.n_done == 3:
            raise KeyboardInterrupt

    sources = [f"/made/{i}" for i in range(8)]
    with pytest.raises(KeyboardInterrupt):
        fakes.run_fakes(tmp_path, sources, fakes.FakeTask(), on_progress=interrupt)
    shown = read_all(tmp_path)["entries"]
    assert len(shown) == 3
    result = fakes.run_fakes(tmp_path, sources, fakes.FakeTask())
    assert result.n_computed == 5
    assert read_all(tmp_path)["entries"]["path"].tolist() == sources


def test_results_without_a_batch_can_be_closed(fakes):
    with closing(processes.WorkerPlace(fakes.FakeTask())) as place:
        place.interrupt()
        with pytest.raises(WorkerStartError, match="interrupted"):
            place.run(Path("/made/a"))
