"""
Collect the tests twice, with another clock and another hash seed, and compare their names.

Workers of pytest-xdist each collect for themselves: a name that holds the time, an address or the
order of a set makes them disagree, and the run fails before its first test, now and then.
"""

import difflib
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

#: Seconds by which the clock of the second collection is ahead: a day and a bit.
AHEAD_S = 100_000


def pytest_configure() -> None:
    """Move the clock of the process that loads this file as a plugin."""
    real = time.time, time.time_ns
    time.time = lambda: real[0]() + AHEAD_S
    time.time_ns = lambda: real[1]() + AHEAD_S * 10**9


def collected(hash_seed: str, arguments: tuple[str, ...]) -> list[str]:
    """Names of all tests."""
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-m", ""]
    here = str(Path(__file__).parent)
    done = subprocess.run(
        [*command, "-p", "no:randomly", *arguments],
        env={**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": here},
        capture_output=True,
        text=True,
        check=False,
    )
    names = [line for line in done.stdout.splitlines() if "::" in line]
    if done.returncode or not names:
        sys.exit(f"the tests cannot be collected:\n{done.stdout}{done.stderr}")
    return names


def main() -> None:
    """Compare, show what differs, and end with status 1 if anything does."""
    plugins: tuple[tuple[str, ...], ...] = ((), ("-p", "check_collection"))
    with ThreadPoolExecutor() as pool:
        once, again = pool.map(collected, ("1", "2"), plugins)
    differing = list(difflib.unified_diff(once, again, "once", "again", n=0))
    print("\n".join(differing) or f"{len(once)} tests, the same names twice")
    sys.exit(bool(differing))


if __name__ == "__main__":
    main()
