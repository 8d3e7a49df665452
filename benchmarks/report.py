"""
Cold start to finished report on 2ERJ, beside the plain way of doing the same work.

``python benchmarks/report.py [MIRROR]`` runs both programs in turn, each as a fresh process, and prints
wall time and peak memory with the ratio of each pair of runs, then the time with shape
complementarity and its error, and the time of ``il2struct --help``.
"""

import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

RUNS = 7
ENTRY = "2ERJ"


def timed(command, environment):
    """Wall seconds and peak MB of one process."""
    start = time.perf_counter()
    process = subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    if status:
        raise SystemExit(
            f"{' '.join(map(str, command))} failed; run it by hand to see why"
        )
    return seconds, usage.ru_maxrss / (
        1024 if platform.system() == "Linux" else 1024**2
    )


def line(name, values, unit):
    middle = statistics.median(values)
    return f"{name:44s} {middle:9.3f} {unit}  ({min(values):.3f} to {max(values):.3f})"


def main():
    default = os.environ.get("IL2STRUCT_MIRROR") or "../shared/structures"
    mirror = Path(sys.argv[1] if len(sys.argv) > 1 else default).resolve()
    here = Path(__file__).parent
    environment = os.environ | {"IL2STRUCT_MIRROR": str(mirror)}
    with tempfile.TemporaryDirectory() as folder:
        report = [sys.executable, "-m", "il2struct", "report", ENTRY, "--offline"]
        ours = [*report, "--sc", "none", "-o", f"{folder}/a"]
        with_sc = [*report, "-o", f"{folder}/c"]
        plain = [
            sys.executable,
            here / "peers" / "plain_report.py",
            mirror / f"{ENTRY}.pdb.gz",
            f"{folder}/b",
        ]
        assist = [sys.executable, "-m", "il2struct", "--help"]
        for command in (ours, with_sc, plain, assist):
            timed(command, environment)
        pairs = [
            (timed(ours, environment), timed(plain, environment)) for _ in range(RUNS)
        ]
        full = [timed(with_sc, environment)[0] for _ in range(RUNS)]
        helps = [timed(assist, environment)[0] for _ in range(RUNS)]
    walls = [(ours[0], plain[0]) for ours, plain in pairs]
    print(
        f"{ENTRY}, {RUNS} alternating cold runs; Python {platform.python_version()}, "
        f"{os.cpu_count()} cores"
    )
    print(line("il2struct report without Sc, wall", [a for a, _ in walls], "s"))
    print(
        line(
            "plain Biopython + freesasa + MDAnalysis, wall", [b for _, b in walls], "s"
        )
    )
    print(
        line("ratio of wall times, plain / il2struct", [b / a for a, b in walls], "x")
    )
    print(line("il2struct report, peak memory", [a[1] for a, _ in pairs], "MB"))
    print(line("plain script, peak memory", [b[1] for _, b in pairs], "MB"))
    print(line("il2struct report with Sc and its error, wall", full, "s"))
    print(line("il2struct --help, wall", helps, "s"))


if __name__ == "__main__":
    main()
