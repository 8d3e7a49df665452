"""A batch on a real Dask scheduler with two worker processes, one of which is killed."""

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import distributed
import pandas as pd
import pytest

from il2struct.batches.dask_workers import DaskWorkers, connect
from il2struct.batches.records import read_outcome, read_tables
from il2struct.batches.run import batch
from il2struct.batches.store import dataset_files
from il2struct.errors import MissingDependencyError, ParameterError

pytestmark = pytest.mark.slow


def dask_process(folder, *arguments):
    command = [sys.executable, "-m", "dask", *arguments, "--no-dashboard"]
    with (folder / f"{arguments[0]}.log").open("ab") as log:
        return subprocess.Popen(command, stdout=log, stderr=log, cwd=folder)


@contextmanager
def cluster_in(folder, wait_until) -> Iterator[tuple[str, list[subprocess.Popen]]]:
    """Address of a scheduler, and the processes of its two workers."""
    host = ["--host", "127.0.0.1"]
    file = folder / "scheduler.json"
    # The scheduler takes a free port itself and says in the file which one.
    found = ["--scheduler-file", str(file)]
    scheduler = dask_process(folder, "scheduler", *host, "--port", "0", *found)
    workers = [
        dask_process(folder, "worker", *found, "--nthreads", "1", "--no-nanny", *host)
        for _ in range(2)
    ]
    try:

        def has_started():
            assert scheduler.poll() is None
            return file.exists()

        wait_until(has_started)
        yield json.loads(file.read_text())["address"], workers
    finally:
        for process in (*workers, scheduler):
            process.kill()
            process.wait()


@contextmanager
def client_of(address) -> Iterator["distributed.Client"]:
    with connect(address) as client:
        client.wait_for_workers(2, timeout=120)
        yield client


@pytest.fixture(scope="module")
def client(
    fakes,  # noqa: ARG001  # sets PYTHONPATH
    tmp_path_factory,
    wait_until,
) -> Iterator["distributed.Client"]:
    with (
        cluster_in(tmp_path_factory.mktemp("dask"), wait_until) as (address, _),
        client_of(address) as client,
    ):
        yield client


def error_types(record):
    return read_tables(record)["entries"]["error_type"].to_pylist()


def test_an_entry_that_hangs_is_a_row(client, fakes):
    with DaskWorkers(fakes.FakeTask(), client=client, timeout_s=2.0) as workers:
        (record,) = workers.results([Path("/made/hang")])
    assert error_types(record) == ["TimedOutError"]


def test_a_worker_killed_in_mid_run_costs_nothing(fakes, tmp_path, wait_until):
    log = tmp_path / "log"
    names = ["die", *(f"entry{i}" for i in range(24))]
    sources = [Path("/made") / name for name in names]
    task = fakes.FakeTask(seconds=0.1, log=str(log))
    records = {}
    with (
        cluster_in(tmp_path, wait_until) as (address, started),
        client_of(address) as client,
    ):
        with DaskWorkers(task, client=client, timeout_s=600.0) as workers:
            for record in workers.results(sources):
                outcome = read_outcome(record)
                assert outcome.source not in records
                records[outcome.source] = record
                if len(records) == 5:
                    started[0].kill()
        assert len(client.scheduler_info()["workers"]) == 1
    assert set(records) == {str(source) for source in sources}
    for source in sources[1:]:
        assert records[str(source)] == fakes.fake_record(source)
    assert error_types(records[str(sources[0])]) == ["WorkerDiedError"]
    # Both Dask workers had a part in it before one was killed.
    assert len({line.split()[1] for line in log.read_text().splitlines()}) >= 2


@pytest.mark.entries
def test_real_entries_give_the_same_bytes(client, small_entries, tmp_path):
    sources = small_entries[:4]
    analyses = ["interfaces", "bonds", "sc"]
    there = batch(sources, tmp_path / "dask", analyses=analyses, client=client)
    here = batch(sources, tmp_path / "local", analyses=analyses, jobs=1)
    assert there.n_failed == 0
    files = dataset_files(there.folder)
    assert files.keys() == dataset_files(here.folder).keys()
    for name, paths in dataset_files(here.folder).items():
        if name != "entries":
            assert files[name][0].read_bytes() == paths[0].read_bytes()
    pd.testing.assert_frame_equal(
        there.table("entries").drop(columns="seconds"),
        here.table("entries").drop(columns="seconds"),
    )


def test_no_scheduler_is_said_in_one_sentence(monkeypatch):
    monkeypatch.setattr("il2struct.batches.dask_workers.CONNECT_S", 0.3)
    # Bound, so that nobody else gets the port, and never listening.
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{closed.getsockname()[1]}"
        with pytest.raises(ParameterError, match="no Dask scheduler answers at tcp://"):
            connect(address)


def test_without_dask_the_error_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "distributed", None)
    monkeypatch.delitem(sys.modules, "il2struct.batches.dask_workers")
    with pytest.raises(MissingDependencyError, match=r"il2struct\[distributed\]"):
        batch(["2ERJ"], tmp_path, client=object())


def test_the_processes_end_with_the_batch(client, fakes, wait_until):
    with DaskWorkers(fakes.FakeTask(), client=client) as workers:
        list(workers.results([Path("/made/a"), Path("/made/b")]))
        before = client.run(fakes.n_children)
    assert max(before.values()) == 1
    wait_until(lambda: not any(client.run(fakes.n_children).values()))
