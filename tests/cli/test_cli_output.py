"""A folder written twice holds one run, and whatever else was in it."""

import logging

import pytest

from il2struct.cli.output import own_files


def write(folder, run, **texts):
    with own_files(folder, run):
        folder.mkdir(exist_ok=True)
        for name, text in texts.items():
            path = folder / name.replace("__", "/")
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)


def names(folder):
    files = (path for path in folder.rglob("*") if path.is_file())
    shown = {str(path.relative_to(folder)) for path in files}
    return {name for name in shown if not name.startswith(".")}


def test_a_second_run_removes_what_it_does_not_write_and_says_so(tmp_path, caplog):
    folder = tmp_path / "out"
    write(folder, "report", summary="1", entry__table="1")
    (folder / "mine").write_text("notes")
    with caplog.at_level(logging.WARNING):
        write(folder, "report", summary="2")
    assert names(folder) == {"summary", "mine"}
    assert not (folder / "entry").exists()
    assert "1 files that an earlier run left" in caplog.text


def test_files_that_were_changed_and_those_of_another_kind_of_run_stay(tmp_path):
    folder = tmp_path / "out"
    write(folder, "report", summary="1", table="1", edited="1")
    (folder / "edited").write_text("by hand")
    write(folder, "network", verdict="1")
    write(folder, "report", summary="1")
    assert names(folder) == {"summary", "edited", "verdict"}


def test_a_run_that_writes_nothing_or_fails_removes_nothing(tmp_path):
    folder = tmp_path / "out"
    write(folder, "report", summary="1", table="1")
    with own_files(folder, "report"):
        pass
    with pytest.raises(TypeError):
        write(folder, "report", half="1", rest=None)
    assert names(folder) >= {"summary", "table", "half"}
    write(folder, "report", summary="2")
    assert names(folder) == {"summary"}


def test_a_list_that_cannot_be_read_is_as_none(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    out = tmp_path / "out"
    write(out, "report", table="1")
    (ledger,) = (tmp_path / "cache").rglob("*-report.json")
    ledger.write_text("[1")
    write(out, "report", summary="1")
    assert names(out) == {"summary", "table"}


def test_no_more_than_the_last_lists_are_kept(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr("il2struct.cli.output.MOST_LEDGERS", 3)
    for number in range(5):
        write(tmp_path / f"out{number}", "report", table="1")
    assert len(list((tmp_path / "cache").rglob("*.json"))) == 3


def test_without_a_cache_nothing_is_lost(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file" / "below"))
    write(tmp_path / "out", "report", table="1")
    write(tmp_path / "out", "report", summary="1")
    assert names(tmp_path / "out") == {"summary", "table"}


@pytest.mark.entries
def test_tables_of_two_runs_are_not_mixed(cli, mirror, tmp_path):
    out = tmp_path / "out"
    first, second = mirror / "1Z92.pdb.gz", mirror / "2B5I.cif.gz"
    assert cli("interfaces", first, second, "-o", out).status == 0
    run = cli("interfaces", first, "-o", out, "--format", "json")
    assert "were removed" in run.stderr
    assert {path.suffix for path in out.iterdir() if path.name[0] != "."} == {".json"}
