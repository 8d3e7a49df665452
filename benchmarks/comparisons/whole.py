"""From a cold start to a finished report on 2ERJ, beside the plain way of doing the same work."""

import os
import sys
import tempfile
from pathlib import Path

from side_by_side import row_of, tell

from report import timed

TURNS = 5
ENTRY = "2ERJ"
PLAIN = Path(__file__).parents[1] / "peers" / "plain_report.py"


def rows(mirror):
    tell("whole report")
    environment = os.environ | {"IL2STRUCT_MIRROR": str(mirror)}
    with tempfile.TemporaryDirectory() as folder:
        report = [
            sys.executable, "-m", "il2struct", "report", ENTRY, "--offline", "--sc", "none",
            "--no-html", "-o", f"{folder}/a",
        ]  # fmt: skip
        plain = [sys.executable, PLAIN, mirror / f"{ENTRY}.pdb.gz", f"{folder}/b"]
        for command in (report, plain):
            timed(command, environment)
        turns = [
            tuple(
                1000.0 * timed(command, environment)[0] for command in (report, plain)
            )
            for _ in range(TURNS)
        ]
    yield row_of(
        "whole",
        f"cold start to finished report on {ENTRY}, tables only",
        "plain Biopython + freesasa + MDAnalysis script",
        turns,
        "the script knows no symmetry, waters, glycans or mature numbers",
    )
