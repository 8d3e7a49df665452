"""The commands ``batch`` and ``tables``: exit statuses, progress, Ctrl-C."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from il2struct.cli.app import app
from il2struct.cli.batch import _duration

pytestmark = pytest.mark.entries


@pytest.fixture
def cli(mirror, tmp_path, monkeypatch):
    """Run ``il2struct`` in this process, in an empty folder; a traceback fails the test."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("IL2STRUCT_MIRROR", str(mirror))
    monkeypatch.setenv("IL2STRUCT_STRUCTURES", str(tmp_path / "cache"))

    def run(*arguments):
        texts = [str(argument) for argument in arguments]
        return CliRunner().invoke(app, texts, catch_exceptions=False)

    return run


def test_from_a_list_to_sql(cli):
    Path("ids.txt").write_text("1ROP 1KTZ  # small ones\n9XYZ\n")
    run = cli("batch", "@ids.txt", "-o", "out", "-j", 2, "--offline")
    assert run.exit_code == 3
    assert "3 of 3 entries, 1 failed" in run.stderr
    assert "1 failed (see the table entries" in run.stderr
    listed = cli("tables", "out", "--format", "json")
    tables = {row["table"]: row for row in json.loads(listed.stdout)["tables"]}
    assert tables["entries"]["n_rows"] == 3
    assert {"interfaces", "bonds", "lattice_contacts", "residues"} <= set(tables)
    asked = "select entry_id, error_type from entries where status = 'failed'"
    shown = cli("tables", "out", "--sql", asked)
    assert shown.exit_code == 0
    assert shown.stdout.splitlines()[-1].split() == ["9XYZ", "UnavailableError"]
    csv = cli("tables", "out", "--sql", asked, "--format", "csv")
    assert csv.stdout == "entry_id,error_type\n9XYZ,UnavailableError\n"
    wrong = cli("tables", "out", "--sql", "select nothing from nowhere")
    assert (wrong.exit_code, len(wrong.stderr.splitlines())) == (2, 1)
    assert cli("tables", "elsewhere").exit_code == 2
    again = cli("batch", "@ids.txt", "-o", "out", "-j", 1, "--offline", "-q")
    assert (again.exit_code, again.stderr) == (3, "")


def test_exit_statuses(cli, tmp_path):
    least = ("--with", "interfaces", "-j", 1, "--offline")
    assert cli("batch", "1ROP", "-o", "a", *least).exit_code == 0
    assert cli("batch", "9XYZ", "-o", "b", *least).exit_code == 1
    assert not (tmp_path / "a" / "bonds").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            ["1ROP", "--with", "colour"],
            "a batch does interfaces, bonds, sc, unsatisfied",
        ),
        (["1ROP", "--shard", "3/2"], "1 <= i <= n"),
        (["1ROP", "--with", "compare"], "compare or overlap does nothing without one"),
        (["1ROP", "--mutations", "IL2:G42A"], "residue 42 is F"),
        (["1ROP", "-j", "0"], "at least one worker"),
        (["1ROP", "--timeout", "0"], "must be positive"),
        (["1ROP", "-o", "out.csv"], "folder of files"),
        (["1ROP", "--preset", "mine"], "mine"),
        (["neither-id-nor-file"], "neither a PDB ID"),
    ],
)
def test_wrong_usage_is_one_line(cli, arguments, words):
    run = cli("batch", *arguments)
    assert run.exit_code == 2
    assert words in run.stderr
    assert len(run.stderr.splitlines()) == 1


def test_ctrl_c_keeps_what_is_done(mirror, tmp_path, wait_until):
    folder = tmp_path / "out"
    command = [sys.executable, "-m", "il2struct", "batch", mirror, "-o", folder]
    with subprocess.Popen(
        [*command, "--with", "sc"],
        env={**os.environ, "IL2STRUCT_STRUCTURES": f"{folder}-cache"},
        start_new_session=True,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:

        def has_written():
            assert process.poll() is None
            return any(
                path.stat().st_size > 10_000 for path in folder.rglob("entries.sqlite")
            )

        wait_until(has_written)
        os.killpg(process.pid, signal.SIGINT)
        _, errors = process.communicate(timeout=300)
    assert process.returncode == 130
    assert errors.splitlines()[-1].startswith(
        "il2struct: interrupted; the same command"
    )
    assert "Traceback" not in errors
    done = pd.read_parquet(folder / "entries")
    # At least the record that was waited for, and never all of the mirror within it.
    assert 0 < len(done) < len(list(mirror.glob("*.gz")))
    assert done["status"].eq("ok").all()


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0:00:00"), (61.4, "0:01:01"), (360000, "100:00:00")]
)
def test_durations(seconds, text):
    assert _duration(seconds) == text
