from pathlib import Path

import pytest

from il2struct.archive import parse_entry_id
from il2struct.archive.retrieval import candidate_files, find_in_folder

ID = parse_entry_id("2ERJ")
LIMIT = 10**6


def put(folder: Path, name: str, data: bytes) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def find(folder, entry_id=ID):
    return find_in_folder(folder, entry_id, origin="mirror", max_bytes=LIMIT)


MMCIF_PLACES = [
    "2ERJ.cif.gz",
    "2erj.cif.gz",
    "2ERJ.cif",
    "2erj.cif",
    "pdb_00002erj.cif.gz",
    "PDB_00002ERJ.cif",
    "er/2erj.cif.gz",
    "mmCIF/er/2erj.cif.gz",
    "divided/mmCIF/er/2erj.cif.gz",
    "data/structures/divided/mmCIF/er/2erj.cif.gz",
    "pub/pdb/data/structures/divided/mmCIF/er/2erj.cif.gz",
    "er/pdb_00002erj.cif.gz",
    "er/pdb_00002erj/pdb_00002erj.cif.gz",
    "er/pdb_00002erj/structures/pdb_00002erj.cif.gz",
    "entries/er/pdb_00002erj/structures/pdb_00002erj.cif.gz",
    "pub/wwpdb/pdb/data/entries/er/pdb_00002erj/structures/pdb_00002erj.cif.gz",
]
PDB_PLACES = [
    "2ERJ.pdb",
    "2ERJ.pdb.gz",
    "2erj.pdb",
    "2erj.ent",
    "pdb2erj.ent",
    "pdb2erj.ent.gz",
    "pdb_00002erj.pdb.gz",
    "er/pdb2erj.ent.gz",
    "pdb/er/pdb2erj.ent.gz",
    "divided/pdb/er/pdb2erj.ent.gz",
    "data/structures/divided/pdb/er/pdb2erj.ent.gz",
    "pub/wwpdb/pdb/data/entries/er/pdb_00002erj/structures/pdb_00002erj.pdb.gz",
]


@pytest.mark.parametrize("name", MMCIF_PLACES)
def test_every_place_of_an_mmcif_file(tmp_path, texts, name):
    put(tmp_path, "pdb2erj.ent.gz", texts.pdb_gz())
    path = put(
        tmp_path, name, texts.mmcif_gz() if name.endswith(".gz") else texts.mmcif()
    )
    found, passed_over = find(tmp_path)
    assert (found.path, found.file_format, passed_over) == (path, "mmcif", ())


@pytest.mark.parametrize("name", PDB_PLACES)
def test_every_place_of_a_pdb_file(tmp_path, texts, name):
    path = put(tmp_path, name, texts.pdb_gz() if name.endswith(".gz") else texts.pdb())
    found, passed_over = find(tmp_path)
    assert (found.path, found.file_format, passed_over) == (path, "pdb", ())
    assert found.origin == "mirror"


def test_extended_ids_lie_under_their_last_characters(tmp_path, texts):
    entry_id = parse_entry_id("pdb_1abc5678")
    name = "67/pdb_1abc5678/structures/pdb_1abc5678.cif.gz"
    path = put(tmp_path, name, texts.mmcif_gz("pdb_1abc5678"))
    put(tmp_path, "ab/1abc.cif.gz", texts.mmcif_gz("1ABC"))
    found, _ = find(tmp_path, entry_id)
    assert (found.path, found.entry_id) == (path, "pdb_1abc5678")


def test_other_names_are_not_candidates(tmp_path, texts):
    for name in (
        "2ERJ-sf.cif.gz",
        "2ERJ.cif.gz.part",
        "2ERJ_copy.cif",
        "rj/2erj.cif.gz",
        "2ERJ",
    ):
        put(tmp_path, name, texts.mmcif_gz())
    (tmp_path / "2erj.cif").mkdir()
    assert list(candidate_files(tmp_path, ID)) == []
    assert find(tmp_path / "missing") == (None, ())


def test_unsound_copies_are_passed_over_and_told(tmp_path, texts):
    wrong = put(tmp_path, "2ERJ.cif.gz", texts.mmcif_gz("2B5I"))
    cut = put(tmp_path, "2ERJ.cif", texts.mmcif_gz()[:-20])
    empty = put(tmp_path, "er/2erj.cif.gz", b"")
    page = put(tmp_path, "2ERJ.pdb", b"<html>")
    sound = put(tmp_path, "er/pdb2erj.ent.gz", texts.pdb_gz())
    found, passed_over = find(tmp_path)
    assert found.path == sound
    assert passed_over == (
        f"{wrong} is not 2ERJ, the ID written inside is 2B5I",
        f"{cut} is truncated, its gzip stream ends early",
        f"{empty} is empty",
        f"{page} is a web page",
    )


def test_a_copy_that_names_no_entry_is_taken_at_its_name(tmp_path, texts):
    path = put(tmp_path, "2ERJ.cif", texts.mmcif("?"))
    found, passed_over = find(tmp_path)
    assert (found.path, found.entry_id, passed_over) == (path, "", ())


def test_folders_and_files_that_may_not_be_looked_at(tmp_path, texts, monkeypatch):
    # Permissions do not bind root, so the refusal is simulated.
    path = put(tmp_path, "2ERJ.cif", texts.mmcif())

    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    assert find(tmp_path) == (None, (f"{path} cannot be read",))
    monkeypatch.setattr(Path, "is_file", refuse)
    assert find(tmp_path) == (None, ())
    monkeypatch.setattr(Path, "is_dir", refuse)
    assert find(tmp_path) == (None, ())
