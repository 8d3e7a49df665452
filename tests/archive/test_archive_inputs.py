import io
import logging
from pathlib import Path

import pytest

from il2struct.archive import expand_inputs, parse_entry_id, parse_source
from il2struct.errors import ParameterError


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def ids(*texts):
    return [parse_entry_id(text) for text in texts]


def test_ids_keep_their_order_and_come_once(caplog):
    caplog.set_level(logging.INFO, logger="il2struct")
    found = list(
        expand_inputs(["2b5i", "pdb_00002erj", "2ERJ", "pdb_10001abc", "2B5I"]).sources
    )
    assert found == ids("2B5I", "2ERJ", "pdb_10001abc")
    told = [record.getMessage() for record in caplog.records]
    assert told == [
        f"{name} was given more than once and is taken once"
        for name in ("2ERJ", "2B5I")
    ]


def test_files_and_sorted_folders(here):
    folder = here / "entries"
    folder.mkdir()
    names = ["pdb2erj.ent.gz", "1abc.CIF", "b.pdb", "a.pdb.gz", "c.cif.gz", "d.ent"]
    for name in [*names, "b.pdb.json", "README.md", ".hidden.cif", "x.gz", "structure"]:
        (folder / name).touch()
    (folder / "nested.cif").mkdir()
    (here / "own.cif").touch()
    found = list(
        expand_inputs(["own.cif", "entries", "entries/b.pdb", "./own.cif"]).sources
    )
    assert found == [
        Path("own.cif"),
        *(Path("entries") / name for name in sorted(names)),
    ]


def test_a_file_beats_an_id_only_with_a_structure_ending(here):
    (here / "2erj").touch()
    (here / "2b5i").mkdir()
    (here / "model.txt").touch()
    (here / "3ink.pdb").touch()
    found = list(
        expand_inputs(["2erj", "2b5i", "model.txt", "3ink.pdb", "./2erj"]).sources
    )
    assert found == [
        *ids("2ERJ", "2B5I"),
        Path("model.txt"),
        Path("3ink.pdb"),
        Path("2erj"),
    ]


def test_lists_hold_ids_paths_and_comments(here):
    (here / "own.pdb").touch()
    (here / "list.txt").write_text("2ERJ 1z92#x\n")
    with pytest.raises(ParameterError, match="'1z92#x' is neither"):
        expand_inputs(["@list.txt"]).complete()
    (here / "list.txt").write_text(
        "\ufeff# all\n2ERJ, 2b5i\n own.pdb # mine, not 1ABC\r\n3INK\t,1Z92 #x"
    )
    found = list(expand_inputs(["1M47", "@list.txt", "1m47"]).sources)
    assert found == [
        *ids("1M47", "2ERJ", "2B5I"),
        Path("own.pdb"),
        *ids("3INK", "1Z92"),
    ]


def test_standard_input(monkeypatch):
    given = expand_inputs(["-", "2ERJ"], stdin=io.StringIO("2B5I\n2erj"))
    assert list(given.sources) == ids("2B5I", "2ERJ")
    monkeypatch.setattr("sys.stdin", io.StringIO("3INK"))
    assert list(expand_inputs(["-"]).sources) == ids("3INK")


def test_nothing_gives_nothing():
    assert expand_inputs([]).complete() == ()


@pytest.mark.parametrize(
    "text", ["IL2", "missing.cif", "", "no/such/folder", "a\x00b", "x" * 5000]
)
@pytest.mark.usefixtures("here")
def test_nonsense_is_refused_by_name(text):
    with pytest.raises(
        ParameterError, match=r"is neither a PDB ID .* nor an existing file"
    ):
        expand_inputs(["2ERJ", text]).complete()


def test_every_bad_name_is_said_at_once_and_the_others_are_there():
    found = expand_inputs(["IL2", "2ERJ", "-"], stdin=io.StringIO("gamma 2B5I"))
    assert [str(source) for source in found.sources] == ["2ERJ", "2B5I"]
    assert list(found.refused) == ["IL2", "gamma"]
    with pytest.raises(ParameterError, match=r"'IL2' is neither.*'gamma' is neither"):
        found.complete()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty"),
        ("# nothing\n , ", "is empty"),
        ("2ERJ @other.txt", r"names another list \(@other.txt\)"),
        ("2ERJ\n-", r"names another list \(-\)"),
        ("2ERJ nonsense", "'nonsense' is neither"),
    ],
)
def test_lists_that_cannot_be_right(here, text, message):
    (here / "list.txt").write_text(text)
    with pytest.raises(ParameterError, match=message):
        expand_inputs(["@list.txt"]).complete()
    with pytest.raises(ParameterError, match=message):
        expand_inputs(["-"], stdin=io.StringIO(text)).complete()


def test_unreadable_lists(here):
    (here / "binary.txt").write_bytes(b"\xff\xfe\x00")
    for name in ("missing.txt", "binary.txt", "."):
        with pytest.raises(ParameterError, match=r"The list .* cannot be read"):
            expand_inputs([f"@{name}"])


def test_a_folder_without_structures(here):
    (here / "empty").mkdir()
    with pytest.raises(
        ParameterError, match="The folder empty holds no structure file"
    ):
        expand_inputs(["empty"]).complete()


def test_home_is_expanded(here, monkeypatch):
    monkeypatch.setenv("HOME", str(here))
    (here / "own.cif").touch()
    assert parse_source("~/own.cif") == here / "own.cif"


def test_a_tilde_that_names_nobody_is_a_file_name(here):
    (here / "~no-such-user.cif").touch()
    assert parse_source("~no-such-user.cif") == Path("~no-such-user.cif")


def test_a_folder_that_may_not_be_listed(here, monkeypatch):
    (here / "closed").mkdir()

    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    # Permissions do not bind root, so the refusal is simulated.
    monkeypatch.setattr(Path, "iterdir", refuse)
    with pytest.raises(ParameterError, match="The folder closed cannot be listed"):
        expand_inputs(["closed"]).complete()
