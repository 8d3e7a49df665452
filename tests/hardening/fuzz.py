"""
Read, name and measure damaged files, each as if a user had given it.

``python tests/hardening/fuzz.py --mirror FOLDER --seed 1 --count 10000`` runs workers of its own
and prints what came of the files; it fails if a worker was killed, took too long or too much
memory, or if anything but a typed error came out. ``--only N`` does one file in this process.
"""

import argparse
import json
import logging
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from mutations import mutated, seed_texts

#: A file that computes for longer hangs, in seconds of processor time: far above any honest file on
#: any machine (a file with a thousand chains of two atoms takes 5 to 15).
HANG_S: Final = 120.0
#: Most memory of a worker, and how much more address space it may ask for than before its first
#: file, in bytes.
MOST_MEMORY: Final = 2 * 1024**3
#: One file in so many goes through the lattice, and one in so many through Sc and all formats of
#: tables.
LATTICE_EVERY: Final = 4
FIT_EVERY: Final = 10
#: First line of a worker.
READY: Final = "ready"


def main() -> int:
    """Run as asked on the command line; return 1 if a file did what none may do."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mirror", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--start", type=int, default=0)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="folder for the files that failed")
    parser.add_argument("--only", type=int, help="one file, in this process")
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        return _work(options)
    if options.only is not None:
        return _one(options)
    found = _run(options)
    _say(_statistics(found))
    failures = [outcome for outcome in found if outcome["failure"]]
    for outcome in failures:
        _say(json.dumps(outcome))
        if options.keep:
            _keep(options, outcome["number"])
    return 1 if failures else 0


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _one(options: argparse.Namespace) -> int:
    """Do one file with its traceback; keep it if a folder is named."""
    texts = seed_texts(options.mirror)
    name, content, damages = mutated(texts, options.seed, options.only)
    _say(f"{name} {damages}")
    if options.keep:
        _say(str(_keep(options, options.only)))
    warnings.simplefilter("error")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"made{Path(name).suffix}"
        path.write_bytes(content)
        _analyse(path, options.only)
    return 0


def _keep(options: argparse.Namespace, number: int) -> Path:
    name, content, _ = mutated(seed_texts(options.mirror), options.seed, number)
    options.keep.mkdir(parents=True, exist_ok=True)
    path: Path = options.keep / f"{options.seed}-{number}{Path(name).suffix}"
    path.write_bytes(content)
    return path


def _run(options: argparse.Namespace) -> list[dict[str, Any]]:
    """Share the files among workers; start a new one wherever one has died."""
    last = options.start + options.count
    share = -(-options.count // options.jobs)
    parts = [
        (at, min(at + share, last)) for at in range(options.start, last, max(share, 1))
    ]
    running = [(_start(options, *part), part) for part in parts]
    found: list[dict[str, Any]] = []
    while running:
        worker, (start, stop) = running.pop(0)
        done = list(_outcomes(worker))
        if not done or done.pop(0) != READY:
            sys.exit("a worker did not get to its first file; its output says why")
        found += done
        next_number = start + len(done)
        if next_number < stop:
            # What the worker was busy with when it died.
            reason = _reason_of_death(worker.returncode)
            found.append({"number": next_number, "outcome": reason, "failure": reason})
            part = (next_number + 1, stop)
            running.append((_start(options, *part), part))
    return found


def _start(
    options: argparse.Namespace, start: int, stop: int
) -> "subprocess.Popen[bytes]":
    command = [sys.executable, __file__, "--worker", "--mirror", str(options.mirror)]
    command += ["--seed", str(options.seed), "--start", str(start)]
    command += ["--count", str(stop - start)]
    # Into a file: a pipe would fill up while the worker before is waited for.
    output = tempfile.TemporaryFile()  # noqa: SIM115  # closed with the worker
    worker = subprocess.Popen(command, stdout=output)
    worker.stdout = output
    return worker


def _outcomes(worker: "subprocess.Popen[bytes]") -> Iterator[Any]:
    worker.wait()
    assert worker.stdout is not None
    worker.stdout.seek(0)
    for line in worker.stdout.read().splitlines():
        yield json.loads(line)
    worker.stdout.close()


def _reason_of_death(status: int) -> str:
    return "hang" if status == -signal.SIGPROF else f"crash (exit status {status})"


def _work(options: argparse.Namespace) -> int:
    """Do a run of files, one line of JSON each."""
    texts = seed_texts(options.mirror)
    warnings.simplefilter("error")
    logging.getLogger("il2struct").addHandler(logging.NullHandler())
    # No handler: the system ends the process even inside compiled code.
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    with tempfile.TemporaryDirectory() as folder:
        _warm_up(texts, Path(folder))
        _limit_memory()
        _say(json.dumps(READY))
        for number in range(options.start, options.start + options.count):
            name, content, damages = mutated(texts, options.seed, number)
            path = Path(folder) / f"made{Path(name).suffix}"
            path.write_bytes(content)
            _forget_peak_memory()
            before_s = time.process_time()
            signal.setitimer(signal.ITIMER_PROF, HANG_S)
            outcome, failure = _outcome(path, number)
            signal.setitimer(signal.ITIMER_PROF, 0.0)
            peak_mb = _peak_memory_mb()
            if peak_mb > MOST_MEMORY >> 20:
                failure = failure or f"{peak_mb} MB"
            line = {
                "number": number,
                "outcome": outcome,
                "failure": failure,
                "mb": peak_mb,
                "s": round(time.process_time() - before_s, 3),
            }
            _say(json.dumps({**line, "entry": name, "damages": damages}))
    return 0


def _warm_up(texts: dict[str, bytes], folder: Path) -> None:
    """Load compiled code before time and memory are limited."""
    for name in ("1ROP.pdb", "2B5I.cif"):
        path = folder / f"warm{Path(name).suffix}"
        path.write_bytes(texts[name])
        _analyse(path, 0)


def _limit_memory() -> None:
    with Path("/proc/self/statm").open() as stream:
        now = int(stream.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    limit = now + MOST_MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def _forget_peak_memory() -> None:
    Path("/proc/self/clear_refs").write_text("5")


def _peak_memory_mb() -> int:
    status = Path("/proc/self/status").read_text().splitlines()
    line = next(line for line in status if line.startswith("VmHWM"))
    return int(line.split()[1]) // 1024


def _outcome(path: Path, number: int) -> tuple[str, str]:
    """What came of a file, and what is wrong with that, empty if nothing."""
    from il2struct.errors import Il2StructError, public_type_name

    try:
        _analyse(path, number)
    except Il2StructError as error:
        text = str(error)
        is_sentence = text and "\n" not in text and text.isprintable()
        return (
            public_type_name(error),
            "" if is_sentence else f"message {text[:200]!r}",
        )
    except BaseException as error:  # noqa: BLE001  # whatever it is, it is what is looked for
        where = traceback.extract_tb(error.__traceback__)[-8:]
        trail = " < ".join(f"{Path(f.filename).name}:{f.lineno}" for f in where[::-1])
        failure = f"{type(error).__name__}: {str(error)[:200]} at {trail}"
        return type(error).__name__, failure
    return "measured", ""


def _analyse(path: Path, number: int) -> None:
    """Do with a file what the commands do, as far as its number says."""
    from il2struct.errors import NoCrystalError
    from il2struct.interface.interface import interface_parameters
    from il2struct.results.study import load
    from il2struct.results.text import as_csv, as_json

    sc = "none" if number % FIT_EVERY else "value"
    study = load(path, mirrors=[], offline=True)
    results = study.interfaces(parameters=interface_parameters(sc=sc))
    tables = {**study.tables(), **results.tables()}
    if number % FIT_EVERY == 0:
        as_json(tables)
        for table in tables.values():
            as_csv(table)
    if number % LATTICE_EVERY == 0:
        try:
            study.lattice()
        except NoCrystalError:
            return  # NMR, and damaged cells


def _statistics(found: list[dict[str, Any]]) -> str:
    counts = Counter(outcome["outcome"] for outcome in found)
    lines = [f"{count:6d} {name}" for name, count in counts.most_common()]
    peak = max((outcome.get("mb", 0) for outcome in found), default=0)
    longest = max((outcome.get("s", 0.0) for outcome in found), default=0.0)
    n_failed = sum(bool(outcome["failure"]) for outcome in found)
    lines.append(
        f"{len(found):6d} files, {n_failed} failures, at most {peak} MB and {longest} s each"
    )
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
