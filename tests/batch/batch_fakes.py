"""Tasks for worker processes that need no structure: they answer, die, hang or stay silent."""

import argparse
import os
import signal
import sys
import time
import zlib
from dataclasses import dataclass
from pathlib import Path

from il2struct.batches.records import Outcome, arrow_table, pack
from il2struct.tables import column_names, frame

#: Tables of a fake batch.
TABLES = ("entries", "notes")


def fake_record(source, *, entry_id=None, sha256="", fingerprint="v1", seconds=0.0):
    """A record whose rows follow from the source alone."""
    name = entry_id or Path(str(source)).name
    row = dict.fromkeys(column_names("entries")) | {
        "entry_id": name,
        "status": "ok",
        "resolution_a": float("nan"),
        "seconds": seconds,
        "path": str(source),
        "sha256": sha256,
    }
    n_notes = zlib.crc32(str(source).encode(errors="replace")) % 4
    notes = {
        "entry_id": [name] * n_notes,
        "topic": ["fake"] * n_notes,
        "subject": [f"{source}-{i}" for i in range(n_notes)],
        "count": list(range(n_notes)),
        "message": [fingerprint] * n_notes,
    }
    tables = {"entries": frame("entries", {k: [v] for k, v in row.items()})}
    if n_notes:
        tables["notes"] = frame("notes", notes)
    outcome = Outcome(
        source=str(source),
        entry_id=name,
        status="ok",
        sha256=sha256,
        fingerprint=fingerprint,
    )
    return pack(outcome, {name: arrow_table(name, t) for name, t in tables.items()})


def _die(_source):
    os.kill(os.getpid(), signal.SIGSEGV)
    time.sleep(3600)


def _leave(_source):
    os._exit(7)


def _hang(_source):
    time.sleep(3600)


def _chatter(source):
    sys.stdout.write("a library that prints")
    sys.stdout.flush()
    os.write(1, b"and one that does not ask Python\n")
    return fake_record(source)


def _babble(_source):
    return b"no record at all"


def _impostor(_source):
    return fake_record("another")


def _take_memory(source):
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
    block = bytearray(1 << 34)
    return fake_record(source, entry_id=str(len(block)))


BEHAVIOUR = {
    "die": _die,
    "leave": _leave,
    "hang": _hang,
    "chatter": _chatter,
    "babble": _babble,
    "impostor": _impostor,
    "memory": _take_memory,
}


@dataclass(frozen=True)
class FakeTask:
    """Does what the stem of the source says; takes a while over everything else."""

    fingerprint: str = "v1"
    seconds: float = 0.0
    log: str = ""

    def warm_up(self):
        if self.fingerprint == "cannot start":
            sys.exit("no such kernel")

    def __call__(self, source):
        if self.log:
            with Path(self.log).open("a") as log:
                log.write(f"{source} {os.getpid()}\n")
        time.sleep(self.seconds)
        behaviour = BEHAVIOUR.get(Path(str(source)).stem.split("_")[0])
        return behaviour(source) if behaviour else fake_record(source)


def run_fakes(folder, sources, task, *, jobs=2, shard_entries=5, **settings):
    """A whole batch over fake entries."""
    # Imported here: the workers, which import this file, start sooner without.
    from il2struct.batches.processes import LocalWorkers
    from il2struct.batches.run import BatchSettings, run_plan
    from il2struct.batches.store import BatchPlan

    plan = BatchPlan(
        folder=Path(folder),
        sources=tuple(str(source) for source in sources),
        tables=TABLES,
        fingerprint=task.fingerprint,
        shard_entries=shard_entries,
    )
    options = BatchSettings(**settings)
    workers = LocalWorkers(task, jobs=jobs, timeout_s=options.timeout_s)
    return run_plan(plan, [Path(source) for source in sources], workers, options)


def n_children():
    """How many processes this one has started that are still there."""
    import psutil

    return len(psutil.Process().children())


def main():
    """``batch_fakes.py FOLDER N SECONDS LOG``: a batch for tests to kill."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("n", type=int)
    parser.add_argument("seconds", type=float)
    parser.add_argument("log")
    given = parser.parse_args()
    sources = [f"/made/entry{i:03d}" for i in range(given.n)]
    task = FakeTask(seconds=given.seconds, log=given.log)
    run_fakes(given.folder, sources, task)


if __name__ == "__main__":
    # Workers import this file by its name, as the tests do.
    import batch_fakes

    batch_fakes.main()
