"""
Throughput, scaling and memory of batches over copies of real entries under distinct names.

    python benchmarks/batch.py [MIRROR] [--entries 100] [--rounds 3] [--many 1000]

The mirror is a folder with the entries; without an argument it is IL2STRUCT_MIRROR or
../shared/structures. Printed are

- entries per second for copies of 2ERJ (contacts, areas, bonds, Sc) with one and with two workers,
  in alternating rounds, and the ratio of each pair of rounds: start-up counted and not counted;
- what stays behind of an entry: bytes of Parquet, by table;
- seconds for an entry of each kind, lattice included, which ``docs/scaling.md`` builds on;
- peak memory of 100 and of MANY entries, batch and workers together, and their ratio.

Copies of one entry share the alignments of its sequences, which a worker remembers; entries that
share no sequence take some 14 ms more.
"""

import argparse
import gzip
import os
import platform
import statistics
import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import psutil

import il2struct
from il2struct.batches.run import BatchSettings
from il2struct.batches.store import dataset_files

SIZE_OF_2ERJ = ("interfaces", "bonds", "sc")
#: A mix for the memory: small entries, so that a thousand take minutes, and a large one at times.
MEMORY_ENTRIES = ("1ROP.pdb", "1ZEH.pdb", "1M47.pdb", "1KTZ.pdb", "1Z92.pdb")
LARGE_ENTRY, LARGE_EVERY = "2B5I.pdb", 25


def copies(mirror, folder, names, n):
    """Files that call themselves by their own names: the PDB id is taken out of the content."""
    texts = []
    for name in names:
        with gzip.open(mirror / f"{name}.gz", "rt") as stream:
            lines = [line for line in stream if not line.startswith("HEADER")]
        texts.append(gzip.compress("".join(lines).encode(), 6))
    folder.mkdir()
    paths = [folder / f"copy{i:04d}.pdb.gz" for i in range(n)]
    for i, path in enumerate(paths):
        path.write_bytes(texts[i % len(texts)])
    return paths


class Clock:
    """When each entry was finished."""

    def __init__(self):
        self.times = []

    def __call__(self, progress):
        if progress.n_done:
            self.times.append(time.monotonic())

    def steady_rate(self, jobs):
        """Entries per second from the first answer of the last worker on."""
        return (len(self.times) - jobs) / (self.times[-1] - self.times[jobs - 1])


def timed(paths, jobs, analyses):
    clock = Clock()
    with tempfile.TemporaryDirectory() as folder:
        settings = BatchSettings(on_progress=clock)
        result = il2struct.batch(
            paths, folder, analyses=analyses, jobs=jobs, settings=settings
        )
        if result.n_failed:
            raise SystemExit("entries failed; run the batch by hand to see why")
        sizes = {
            name: sum(path.stat().st_size for path in files) / len(paths)
            for name, files in dataset_files(result.folder).items()
        }
        seconds = result.table("entries")["seconds"].median()
    return len(paths) / result.seconds, clock.steady_rate(jobs), seconds, sizes


def line(name, values, unit):
    middle = statistics.median(values)
    return f"{name:52s} {middle:9.3f} {unit}  ({min(values):.3f} to {max(values):.3f})"


def throughput(paths, rounds):
    pairs = []
    for _ in range(rounds):
        pairs.append([timed(paths, jobs, SIZE_OF_2ERJ) for jobs in (1, 2)])
    for jobs in (1, 2):
        runs = [pair[jobs - 1] for pair in pairs]
        name = f"2ERJ x {len(paths)}, -j {jobs}"
        print(line(f"{name}, with start-up", [r[0] for r in runs], "entries/s"))
        print(line(f"{name}, steady", [r[1] for r in runs], "entries/s"))
        print(line(f"{name}, median entry", [r[2] for r in runs], "s"))
    print(line("-j 2 over -j 1, with start-up", [b[0] / a[0] for a, b in pairs], "x"))
    print(line("-j 2 over -j 1, steady", [b[1] / a[1] for a, b in pairs], "x"))
    sizes = pairs[0][0][3]
    print(
        f"\nbytes of Parquet for an entry of the size of 2ERJ: {sum(sizes.values()):.0f}"
    )
    for name, size in sizes.items():
        print(f"  {name:20s} {size:9.0f}")


def costs(mirror, folder):
    """Median time of an entry, by what is asked for."""
    print("\nseconds for an entry, one worker (median of 10 copies)")
    kinds = (SIZE_OF_2ERJ, (*SIZE_OF_2ERJ, "lattice"))
    for name in ("1ROP.pdb", "1Z92.pdb", "2B5I.pdb", "2ERJ.pdb"):
        paths = copies(mirror, folder / f"cost-{name}", [name], 10)
        found = [timed(paths, 1, kind) for kind in kinds]
        sizes = [sum(run[3].values()) / 1000 for run in found]
        print(
            f"  {name[:4]}  without lattice {found[0][2]:.3f} s, {sizes[0]:.0f} kB; "
            f"with it {found[1][2]:.3f} s, {sizes[1]:.0f} kB"
        )


@contextmanager
def peak_memory():
    """Largest sum of the memory of this process and its workers, in MB, sampled."""
    me, found, stop = psutil.Process(), [0.0], threading.Event()

    def sample():
        while not stop.wait(0.1):
            total = 0
            for process in (me, *me.children(recursive=True)):
                try:
                    total += process.memory_info().rss
                except psutil.NoSuchProcess:
                    continue
            found[0] = max(found[0], total / 1024**2)

    thread = threading.Thread(target=sample)
    thread.start()
    try:
        yield found
    finally:
        stop.set()
        thread.join()


def memory(mirror, folder, many):
    names = list(MEMORY_ENTRIES) * 5
    names[LARGE_EVERY - 1] = LARGE_ENTRY
    peaks = []
    for n in (100, many):
        paths = copies(mirror, folder / f"memory-{n}", names, n)
        with peak_memory() as peak:
            timed(paths, 2, SIZE_OF_2ERJ)
        peaks.append(peak[0])
        print(f"peak memory of {n:5d} entries, -j 2: {peak[0]:.0f} MB")
    print(f"ratio of the peaks: {peaks[1] / peaks[0]:.3f}")


def main():
    parser = argparse.ArgumentParser()
    default = os.environ.get("IL2STRUCT_MIRROR") or "../shared/structures"
    parser.add_argument("mirror", nargs="?", default=default, type=Path)
    parser.add_argument("--entries", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--many", type=int, default=1000, help="0 leaves memory out")
    given = parser.parse_args()
    print(
        f"Python {platform.python_version()}, {os.cpu_count()} processors, "
        f"il2struct {il2struct.__version__}; {sys.platform}"
    )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        paths = copies(given.mirror, folder / "2ERJ", ["2ERJ.pdb"], given.entries)
        timed(paths[:4], 2, SIZE_OF_2ERJ)
        throughput(paths, given.rounds)
        costs(given.mirror, folder)
        if given.many:
            print()
            memory(given.mirror, folder, given.many)


if __name__ == "__main__":
    main()
