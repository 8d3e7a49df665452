"""Talks to `arpeggia_program.py` in another process."""

import json
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

PROGRAM = Path(__file__).parent / "arpeggia_program.py"


@contextmanager
def arpeggia(what, path, groups):
    """Yield (values by group, function that measures another run in ms)."""
    with subprocess.Popen(
        [sys.executable, str(PROGRAM), what, str(path), *groups],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        line = process.stdout.readline()
        if not line:
            raise SystemExit(f"arpeggia could not measure {path}")
        values = json.loads(line)

        def again():
            process.stdin.write("\n")
            process.stdin.flush()
            return float(process.stdout.readline())

        yield values, again
        process.stdin.close()
