import os
from dataclasses import replace
from pathlib import Path

import pytest

from il2struct.archive import (
    DEFAULT_SITES,
    ArchiveSettings,
    Site,
    default_settings,
    parse_entry_id,
)
from il2struct.archive.settings import entry_urls
from il2struct.errors import ParameterError


@pytest.fixture
def outside(tmp_path, monkeypatch):
    """A folder that is in no checkout."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def checkout(tmp_path):
    (tmp_path / "structures").mkdir()
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "il2struct"\n')
    return tmp_path


@pytest.mark.usefixtures("outside")
def test_user_cache_outside_a_checkout():
    import platformdirs

    settings = default_settings(environ={})
    assert (
        settings.cache
        == platformdirs.user_cache_path("il2struct", appauthor=False) / "structures"
    )
    assert settings.mirrors == ()
    assert settings.sites == DEFAULT_SITES
    assert not settings.offline


def test_structures_folder_of_a_checkout(checkout, monkeypatch):
    (checkout / "src" / "deep").mkdir(parents=True)
    for folder in (checkout, checkout / "src" / "deep"):
        monkeypatch.chdir(folder)
        assert default_settings(environ={}).cache == checkout / "structures"


@pytest.mark.parametrize(
    "text",
    ['[project]\nname = "other"', "[tool.x]", "project = 3", "not toml [", "\udcff"],
)
def test_other_projects_are_no_checkout(checkout, monkeypatch, text):
    (checkout / "pyproject.toml").write_bytes(text.encode("utf-8", "surrogateescape"))
    monkeypatch.chdir(checkout)
    assert default_settings(environ={}).cache != checkout / "structures"


def test_option_beats_environment_beats_checkout(checkout, monkeypatch):
    monkeypatch.chdir(checkout)
    environ = {"IL2STRUCT_STRUCTURES": "~/kept"}
    assert default_settings(environ=environ).cache == Path("~/kept").expanduser()
    assert default_settings(cache="mine", environ=environ).cache == Path("mine")
    assert default_settings(cache="", environ={"IL2STRUCT_STRUCTURES": " "}).cache == (
        checkout / "structures"
    )


def test_several_mirrors(outside, caplog):
    a, b, c = (outside / name for name in "abc")
    for folder in (a, b, c):
        folder.mkdir()
    joined = os.pathsep.join(map(str, [a, b, "", a, outside / "gone"]))
    environ = {"IL2STRUCT_MIRROR": joined}
    assert default_settings(environ=environ).mirrors == (a, b)
    assert [record.getMessage() for record in caplog.records] == [
        f"IL2STRUCT_MIRROR names {outside / 'gone'}, which is not a folder"
    ]
    chosen = default_settings(mirrors=[c, f"{b}{os.pathsep}{a}"], environ=environ)
    assert chosen.mirrors == (c, b, a)
    assert default_settings(mirrors=[], environ=environ).mirrors == ()


def test_a_mirror_option_must_exist(outside):
    with pytest.raises(ParameterError, match=r"The mirror .*gone is not a folder"):
        default_settings(mirrors=[outside / "gone"], environ={})


@pytest.mark.parametrize(
    "change",
    [
        {"tries": 0},
        {"connect_timeout_s": 0.0},
        {"read_timeout_s": -1.0},
        {"total_timeout_s": float("nan")},
        {"max_bytes": 0},
        {"first_wait_s": -0.1},
    ],
)
def test_numbers_that_cannot_be_right(change):
    with pytest.raises(ParameterError, match=next(iter(change))):
        replace(ArchiveSettings(cache=Path("x")), **change)


def test_templates_with_unknown_fields():
    with pytest.raises(ParameterError, match=r"uses \['pdbid'\]"):
        Site(name="x", mmcif=("https://x/{pdbid}.cif",))


@pytest.mark.parametrize(
    ("text", "mmcif", "pdb"),
    [
        (
            "2ERJ",
            [
                "https://files.rcsb.org/download/2ERJ.cif.gz",
                "https://www.ebi.ac.uk/pdbe/entry-files/download/2erj.cif",
                "https://files.wwpdb.org/pub/pdb/data/structures/divided/mmCIF/er/2erj.cif.gz",
            ],
            [
                "https://files.rcsb.org/download/2ERJ.pdb.gz",
                "https://www.ebi.ac.uk/pdbe/entry-files/download/pdb2erj.ent",
                "https://files.wwpdb.org/pub/pdb/data/structures/divided/pdb/er/pdb2erj.ent.gz",
            ],
        ),
        (
            "pdb_1abc5678",
            [
                "https://files.rcsb.org/download/pdb_1abc5678.cif.gz",
                "https://ftp.ebi.ac.uk/pub/databases/wwpdb/pdb/data/entries/67/pdb_1abc5678/structures/pdb_1abc5678.cif.gz",
                "https://files-beta.wwpdb.org/pub/wwpdb/pdb/data/entries/67/pdb_1abc5678/structures/pdb_1abc5678.cif.gz",
            ],
            [None, None, "https://files-beta.wwpdb.org/pub/wwpdb/pdb/data/entries/67/pdb_1abc5678/structures/pdb_1abc5678.pdb.gz"],
        ),
    ],
)  # fmt: skip
def test_addresses_of_the_archive(text, mmcif, pdb):
    entry_id = parse_entry_id(text)
    assert [site.name for site in DEFAULT_SITES] == ["RCSB", "PDBe", "wwPDB"]
    first = [
        next(iter(entry_urls(site.mmcif, entry_id)), None) for site in DEFAULT_SITES
    ]
    assert first == mmcif
    first = [next(iter(entry_urls(site.pdb, entry_id)), None) for site in DEFAULT_SITES]
    assert first == pdb
    templates = [one for site in DEFAULT_SITES for one in site.mmcif + site.pdb]
    assert all(template.startswith("https://") for template in templates)
