"""Every entry of the mirror through ``report`` and ``lattice``: as `docs/coverage.md` says."""

import importlib.util
import os
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "coverage.md"


def _rows() -> dict[str, list[str]]:
    lines = PAGE.read_text("utf-8").splitlines()
    rows = [re.split(r" *\| *", line.strip("| ")) for line in lines if ".gz" in line]
    return {cells[0]: cells[1:] for cells in rows}


@pytest.fixture(scope="module")
def script():
    path = ROOT / "scripts" / "all_entries.py"
    spec = importlib.util.spec_from_file_location("all_entries", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.entries
def test_every_row_of_the_page_is_a_file_in_order(mirror, script):
    # The mirror may have grown since the page was made.
    files = [path.name for path in script.structure_files(mirror)]
    assert list(_rows()) == [name for name in files if name in _rows()]


@pytest.mark.entries
@pytest.mark.slow
@pytest.mark.parametrize("command", ["report", "lattice"])
@pytest.mark.parametrize("name", list(_rows()))
def test_an_entry_is_done_or_ends_with_the_documented_reason(
    mirror, script, tmp_path, monkeypatch, name, command
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(os.environ, "IL2STRUCT_MIRROR", "")
    # Sc of what a report measures; its outcome hangs on no lattice contact.
    sc = "value" if command == "report" else "none"
    found = script.outcome(mirror / name, command, tmp_path, sc=sc)
    said = _rows()[name][command == "lattice"]
    assert found.word == (script.DONE if said.isdigit() else said)
    # A reason is a sentence for people, not a bug that was caught.
    assert "please report it" not in found.word
    assert (found.count is not None) == (found.word == script.DONE)
