"""The scripts run as a user would run them."""

import csv
import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parents[1] / "scripts"

pytestmark = [pytest.mark.entries, pytest.mark.slow]


@pytest.fixture
def run(mirror, tmp_path):
    """Run a script on the mirror, in an empty folder."""

    def with_arguments(name, *arguments):
        return subprocess.run(
            [sys.executable, SCRIPTS / name, *map(str, arguments)],
            cwd=tmp_path,
            env={**os.environ, "IL2STRUCT_MIRROR": str(mirror)},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    return with_arguments


def rows_of(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


class TestBatchFamily:
    def test_one_row_a_named_interface(self, run, tmp_path):
        done = run("batch_family.py", "family", "2B5I", "1Z92", "1M47")
        assert done.returncode == 0, done.stderr
        rows = rows_of(tmp_path / "family" / "family.csv")
        pairs = [(row["entry_id"], row["role_1"], row["role_2"]) for row in rows]
        assert pairs == [
            ("1Z92", "IL2", "IL2RA"),
            ("2B5I", "IL2", "IL2RA"),
            ("2B5I", "IL2", "IL2RB"),
            ("2B5I", "IL2", "IL2RG"),
            ("2B5I", "IL2RB", "IL2RG"),
        ]
        assert all(float(row["area_per_side_a2"]) > 400.0 for row in rows)
        assert all(0.5 < float(row["sc"]) < 1.0 for row in rows)
        assert "1M47: no such interface" in done.stdout

    def test_an_entry_that_fails_is_said_and_the_others_are_the_same_again(
        self, run, tmp_path
    ):
        run("batch_family.py", "family", "1Z92")
        first = (tmp_path / "family" / "family.csv").read_bytes()
        broken = tmp_path / "broken.pdb"
        broken.write_text("no structure at all\n")
        done = run("batch_family.py", "family", "1Z92", broken)
        assert done.returncode == 1
        assert (tmp_path / "family" / "family.csv").read_bytes() == first
        assert "is neither in mmCIF nor in PDB format" in done.stdout


class TestMakeFigures:
    def test_figures_of_the_pages_with_tables_and_words(self, run, tmp_path):
        from make_figures import SHOWN

        done = run("make_figures.py", "--entries", "2B5I", "1Z92")
        assert done.returncode == 0, done.stderr
        folder = tmp_path / "docs" / "figures"
        stems = {path.stem for path in folder.glob("*.svg")}
        # That of 2ERJ is not asked for.
        assert stems == {name for name in SHOWN if "2ERJ" not in name}
        for stem in stems:
            assert len(rows_of(folder / f"{stem}.csv")) > 0
            assert (folder / f"{stem}.txt").read_text(encoding="utf-8").strip()
        assert len(done.stdout.splitlines()) >= len(stems)
