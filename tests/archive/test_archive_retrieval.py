"""The whole way of an entry, from what a user types to a sound file, with a server on loopback."""

import gzip
import hashlib
import io
import json
import logging
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import filelock
import pytest

from il2struct.archive import (
    expand_inputs,
    fetch,
    locate,
    parse_entry_id,
    parse_source,
    read_sidecar,
)
from il2struct.errors import (
    CorruptError,
    FetchError,
    NotFoundError,
    ParameterError,
    UnavailableError,
)

ID = parse_entry_id("2ERJ")
ONE = "/one/2ERJ.cif.gz"
TWO = "/two/2ERJ.cif.gz"


# --- what goes well ------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["2ERJ", "2erj", "pdb_00002erj", "PDB_00002ERJ"])
def test_download_and_sidecar(server, settings, texts, text, left_behind):
    data = texts.mmcif_gz()
    server.at(ONE, server.body(data))
    before = datetime.now(UTC).replace(microsecond=0)
    found = locate(text, settings)
    assert server.requests == [ONE]
    assert found.path == settings.cache / "2ERJ.cif.gz"
    assert found.path.read_bytes() == data
    assert (found.entry_id, found.origin, found.file_format) == (
        "2ERJ",
        "download",
        "mmcif",
    )
    assert found.is_gzip
    assert found.sha256 == hashlib.sha256(data).hexdigest()
    assert found.revision == "1.3 2023-08-23"
    assert found.url == server.url + ONE
    assert before <= datetime.fromisoformat(found.retrieved_utc) <= datetime.now(UTC)
    assert found.warnings == ()
    assert left_behind() == ["2ERJ.cif.gz", "2ERJ.cif.gz.json"]
    remembered = json.loads((settings.cache / "2ERJ.cif.gz.json").read_text())
    assert remembered.pop("software").startswith("il2struct ")
    assert remembered == {
        "url": found.url,
        "retrieved_utc": found.retrieved_utc,
        "sha256": found.sha256,
        "entry_id": "2ERJ",
        "revision": "1.3 2023-08-23",
    }


def test_a_cache_hit_asks_nobody(server, settings, texts):
    server.at(ONE, server.body(texts.mmcif_gz()))
    first = locate(ID, settings)
    again = locate(ID, settings)
    assert server.count() == 1
    assert again == replace(first, origin="cache")


@pytest.mark.usefixtures("no_sockets")
def test_the_cache_offline_opens_no_socket(server, settings, texts):
    settings.cache.mkdir()
    (settings.cache / "2erj.cif").write_bytes(texts.mmcif())
    found = locate(ID, replace(settings, offline=True))
    assert (found.origin, found.url, found.is_gzip) == ("cache", "", False)
    assert locate(ID, settings).path == found.path
    assert server.count() == 0


def test_entries_with_only_an_extended_id(server, settings, texts):
    entry_id = parse_entry_id("pdb_10001abc")
    path = "/one/pdb_10001abc.cif.gz"
    server.at(path, server.body(texts.mmcif_gz("pdb_10001abc")))
    found = locate(entry_id, settings)
    assert server.requests == [path]
    assert found.path.name == "pdb_10001abc.cif.gz"
    assert found.entry_id == "pdb_10001abc"


def test_a_site_may_call_a_classic_entry_by_its_new_id(server, settings, texts):
    server.at("/one/pdb_00002erj.cif.gz", server.body(texts.mmcif_gz("pdb_00002erj")))
    found = locate(ID, settings)
    assert server.requests == [ONE, "/one/pdb_00002erj.cif.gz"]
    assert (found.entry_id, found.path.name) == ("2ERJ", "2ERJ.cif.gz")


def test_plain_bodies_are_kept_plain_or_as_packed_on_the_way(
    server, settings, texts, left_behind
):
    plain = replace(settings.sites[0], mmcif=(server.url + "/{id4}.cif",))
    settings = replace(settings, sites=(plain,))
    server.at("/2erj.cif", server.body(texts.mmcif()))
    found = locate(ID, settings)
    assert found.path.name == "2ERJ.cif"
    assert found.path.read_bytes() == texts.mmcif()
    assert server.headers[0]["Accept-Encoding"] == "gzip"
    assert server.headers[0]["User-Agent"].startswith("il2struct/")
    # Packed for the way, as PDBe does: kept packed, and the plain file goes.
    server.at("/2erj.cif", server.body(texts.mmcif_gz(), Content_Encoding="gzip"))
    again = fetch(ID, settings)
    assert again.path.name == "2ERJ.cif.gz"
    assert again.path.read_bytes() == texts.mmcif_gz()
    assert left_behind() == ["2ERJ.cif.gz", "2ERJ.cif.gz.json"]


def test_packed_files_are_not_packed_again(server, settings, texts):
    server.at(ONE, server.body(texts.mmcif_gz(), Content_Encoding="x-gzip"))
    assert locate(ID, settings).path.read_bytes() == texts.mmcif_gz()
    assert server.headers[0]["Accept-Encoding"] == "identity"


def test_redirects_are_followed(server, settings, texts):
    server.at(ONE, server.status(302, Location="/elsewhere"))
    server.at("/elsewhere", server.status(307, Location=server.url + "/at/last.gz"))
    server.at("/at/last.gz", server.body(texts.mmcif_gz()))
    found = locate(ID, settings)
    assert server.requests == [ONE, "/elsewhere", "/at/last.gz"]
    assert found.url == server.url + ONE


# --- order of trial ------------------------------------------------------------------------


def test_mmcif_from_every_site_before_pdb_format_from_any(server, settings, texts):
    server.at("/two/pdb2erj.ent.gz", server.body(texts.pdb_gz()))
    found = locate(ID, settings)
    assert server.requests == [
        *(ONE, "/one/pdb_00002erj.cif.gz", TWO, "/two/pdb_00002erj.cif.gz"),
        *("/one/pdb2erj.ent.gz", "/two/pdb2erj.ent.gz"),
    ]
    assert (found.path.name, found.file_format) == ("2ERJ.pdb.gz", "pdb")
    assert found.revision == "3 2024-10-30"


def test_mirrors_in_order_before_the_cache_before_the_sites(
    server, settings, texts, tmp_path
):
    first, second = tmp_path / "first", tmp_path / "second"
    for folder in (first, second, settings.cache):
        folder.mkdir()
        (folder / "2erj.pdb").write_bytes(texts.pdb())
    (settings.cache / "2erj.cif").write_bytes(texts.mmcif())
    settings = replace(settings, mirrors=(first, second))
    for path, origin in (
        (first / "2erj.pdb", "mirror"),
        (second / "2erj.pdb", "mirror"),
        (settings.cache / "2erj.cif", "cache"),
        (settings.cache / "2erj.pdb", "cache"),
    ):
        found = locate(ID, settings)
        assert (found.path, found.origin) == (path, origin)
        path.unlink()
    server.at(ONE, server.body(texts.mmcif_gz()))
    assert locate(ID, settings).origin == "download"
    assert server.count() == 1
    assert not list(first.iterdir())


@pytest.mark.usefixtures("no_sockets")
def test_an_explicit_path_beats_everything(server, settings, texts, tmp_path):
    path = tmp_path / "mine.cif"
    path.write_bytes(texts.mmcif("?"))
    for source in (path, str(path)):
        found = locate(source, settings)
        assert (found.path, found.origin, found.entry_id) == (path, "file", "")
        assert found.warnings == ()
    assert not settings.cache.exists()
    assert server.count() == 0


# --- explicit paths ------------------------------------------------------------------------


def test_the_content_of_an_explicit_file_counts(settings, texts, tmp_path, caplog):
    path = tmp_path / "pdb1abc.pdb.gz"
    path.write_bytes(texts.mmcif())
    found = locate(path, settings)
    assert (found.entry_id, found.file_format, found.is_gzip) == (
        "2ERJ",
        "mmcif",
        False,
    )
    called, ending = found.warnings
    assert (
        called
        == f"{path} is called like 1ABC but says that it is 2ERJ; the content counts."
    )
    assert (
        ending
        == f"{path} has the ending of another format but is mmcif; the content counts."
    )
    assert [record.getMessage() for record in caplog.records] == [called, ending]


@pytest.mark.parametrize(
    "name", ["pdb2erj.ent", "2ERJ.pdb", "pdb_00002erj.pdb", "x.pdb", "x.dat"]
)
def test_names_that_agree_are_not_worth_a_word(settings, texts, tmp_path, name):
    path = tmp_path / name
    path.write_bytes(texts.pdb())
    assert locate(path, settings).warnings == ()


def test_explicit_paths_that_cannot_be_used(refused, settings, texts, tmp_path):
    refused(
        NotFoundError,
        r"missing.cif does not exist",
        settings,
        source=tmp_path / "missing.cif",
    )
    refused(ParameterError, "is a folder", settings, source=tmp_path)
    refused(ParameterError, "'nonsense' is neither", settings, source="nonsense")
    path = tmp_path / "2ERJ.cif.gz"
    for data, fault in ((b"", "is empty"), (texts.mmcif_gz()[:-4], "is truncated")):
        path.write_bytes(data)
        refused(CorruptError, fault, settings, source=path)


def test_a_note_beside_an_explicit_file_is_not_a_sidecar(settings, texts, tmp_path):
    path = tmp_path / "2ERJ.cif"
    path.write_bytes(texts.mmcif())
    (tmp_path / "2ERJ.cif.json").write_text('{"sha256": "0"}')
    assert locate(path, settings).url == ""


# --- offline -------------------------------------------------------------------------------


@pytest.mark.usefixtures("no_sockets")
def test_offline_never_opens_a_socket(refused, server, settings, texts, tmp_path):
    mirror = tmp_path / "mirror"
    server.at(ONE, server.body(texts.mmcif_gz()))
    settings = replace(settings, offline=True, mirrors=(mirror,))
    with pytest.raises(UnavailableError) as caught:
        locate(ID, settings)
    assert str(caught.value) == (
        f"2ERJ is not in the mirror {mirror} or the structures folder {settings.cache} and "
        f"offline mode forbids a download; put the file there or run without --offline."
    )
    refused(UnavailableError, "cannot be downloaded anew", settings, by=fetch)
    assert server.count() == 0
    assert not settings.cache.exists()


@pytest.mark.usefixtures("no_sockets")
def test_offline_with_only_a_broken_copy(refused, settings, texts):
    settings.cache.mkdir()
    (settings.cache / "2ERJ.cif.gz").write_bytes(texts.mmcif_gz()[:-3])
    refused(
        CorruptError,
        r"No sound copy of 2ERJ .*is truncated",
        replace(settings, offline=True),
    )


# --- the cache -----------------------------------------------------------------------------


def test_a_changed_cache_file_is_fetched_anew(refused, server, settings, texts, caplog):
    server.at(ONE, server.body(texts.mmcif_gz()))
    path = locate(ID, settings).path
    path.write_bytes(texts.mmcif_gz() + b"\x00")
    offline = replace(settings, offline=True)
    refused(CorruptError, r"has another checksum than 2ERJ.cif.gz.json says", offline)
    caplog.set_level(logging.WARNING)
    found = locate(ID, settings)
    assert found.origin == "download"
    assert server.count() == 2
    warning = (
        f"{path} has another checksum than 2ERJ.cif.gz.json says; it was passed over."
    )
    assert found.warnings == (warning,)
    assert [record.getMessage() for record in caplog.records] == [warning]
    assert locate(ID, offline).warnings == ()


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"sha256": 1}', "not json"])
def test_a_file_without_a_readable_sidecar_is_used(server, settings, texts, text):
    settings.cache.mkdir()
    path = settings.cache / "2ERJ.cif.gz"
    path.write_bytes(texts.mmcif_gz())
    path.with_name("2ERJ.cif.gz.json").write_text(text)
    found = locate(ID, settings)
    assert (found.origin, found.url, found.retrieved_utc) == ("cache", "", "")
    assert server.count() == 0


def test_what_was_passed_over_is_told_with_the_failure(
    refused, settings, texts, tmp_path
):
    path = tmp_path / "2ERJ.cif"
    path.write_bytes(texts.mmcif("2B5I"))
    refused(
        NotFoundError,
        f"{path} is not 2ERJ, .*; one answered",
        replace(settings, mirrors=(tmp_path,)),
    )


def test_fetch_replaces_the_cached_copy(server, settings, texts):
    server.at(ONE, server.body(texts.mmcif_gz()))
    first = locate(ID, settings)
    newer = texts.mmcif().replace(b"1 3 2023-08-23", b"1 4 2025-01-01")
    server.at(ONE, server.body(newer))
    again = fetch(ID, settings)
    assert (again.origin, again.revision) == ("download", "1.4 2025-01-01")
    assert again.sha256 != first.sha256
    found = locate(ID, settings)
    assert found == replace(again, origin="cache")
    assert read_sidecar(found.path).sha256 == again.sha256


def test_a_failed_fetch_leaves_the_cached_copy(server, settings, texts):
    server.at(ONE, server.body(texts.mmcif_gz()), server.cut_short(texts.mmcif_gz()))
    first = locate(ID, settings)
    with pytest.raises(CorruptError):
        fetch(ID, settings)
    assert locate(ID, settings) == replace(first, origin="cache")


def test_a_process_stopped_between_file_and_sidecar(
    server, settings, texts, monkeypatch
):
    newer = gzip.compress(texts.mmcif().replace(b"1 3 2023-08-23", b"1 4 2025-01-01"))
    server.at(ONE, server.body(texts.mmcif_gz()), server.body(newer))
    locate(ID, settings)
    rename = Path.replace

    def stop(self, target):
        if str(target).endswith(".json"):
            raise KeyboardInterrupt
        return rename(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", stop)
        with pytest.raises(KeyboardInterrupt):
            fetch(ID, settings)
    # The new file is sound and used; the sidecar of the old one does not stand beside it.
    found = locate(ID, replace(settings, offline=True))
    assert (found.revision, found.url, found.warnings) == ("1.4 2025-01-01", "", ())


def test_files_of_the_user_are_not_superseded(server, settings, texts):
    settings.cache.mkdir()
    mine = settings.cache / "2ERJ.pdb"
    mine.write_bytes(texts.pdb())
    server.at(ONE, server.body(texts.mmcif_gz()))
    assert fetch(ID, settings).path.name == "2ERJ.cif.gz"
    assert mine.read_bytes() == texts.pdb()


def test_stale_half_files_of_this_entry_are_removed(server, settings, texts):
    partial = settings.cache / ".partial"
    partial.mkdir(parents=True)
    (partial / "pdb_00002erj.1-x.part").touch()
    (partial / "pdb_00002b5i.1-x.part").touch()
    server.at(ONE, server.body(texts.mmcif_gz()))
    locate(ID, settings)
    assert [path.name for path in partial.iterdir()] == ["pdb_00002b5i.1-x.part"]


def test_a_cache_that_cannot_be_made(refused, server, settings, tmp_path):
    (tmp_path / "file").touch()
    refused(
        FetchError,
        r"The structures folder .*file/cache cannot be",
        replace(settings, cache=tmp_path / "file" / "cache"),
    )
    assert server.count() == 0


@pytest.mark.parametrize("reason", ["Permission denied", "Read-only file system"])
def test_a_read_only_cache(refused, server, settings, texts, monkeypatch, reason):
    settings.cache.mkdir()

    def refuse(*_, **__):
        raise OSError(30, reason)

    # Permissions do not bind root, so the refusal is simulated.
    monkeypatch.setattr(Path, "mkdir", refuse)
    refused(FetchError, rf"cannot be written \({reason}\); make room or", settings)
    # What is there already can be used all the same.
    (settings.cache / "2ERJ.cif.gz").write_bytes(texts.mmcif_gz())
    assert locate(ID, settings).origin == "cache"
    assert server.count() == 0


def test_a_full_disk(refused, server, settings, texts, monkeypatch, left_behind):
    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    server.at(ONE, server.body(texts.mmcif_gz()))
    refused(FetchError, r"cannot be written \(No space left on device\)", settings)
    assert left_behind() == []


def test_threads_that_want_the_same_entry_download_it_once(server, settings, texts):
    server.at(ONE, server.slow(texts.mmcif_gz(), delay_s=0.1))
    with ThreadPoolExecutor(4) as pool:
        found = pool.map(locate, [ID] * 4, [settings] * 4)
        origins = sorted(file.origin for file in found)
    assert origins == ["cache", "cache", "cache", "download"]
    assert server.count() == 1


def test_a_lock_that_is_never_given_back(refused, settings):
    settings = replace(settings, total_timeout_s=0.02)
    lock = settings.cache / ".locks" / "pdb_00002erj.lock"
    lock.parent.mkdir(parents=True)
    words = "2ERJ is being fetched by another process"
    # Another thread stands for another process: the holder itself would not wait.
    with ThreadPoolExecutor(1) as pool, filelock.FileLock(lock):
        pool.submit(refused, UnavailableError, words, settings).result()


def test_certificates_that_cannot_be_loaded(refused, settings, monkeypatch, tmp_path):
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "missing.pem"))
    refused(UnavailableError, "The TLS certificates cannot be loaded", settings)


# --- processes -----------------------------------------------------------------------------

SCRIPT = """
import sys
from pathlib import Path
from il2struct.archive import ArchiveSettings, Site, locate

url, cache = sys.argv[1:]
settings = ArchiveSettings(
    cache=Path(cache),
    sites=(Site(name="one", mmcif=(url + "/one/{ID4}.cif.gz",)),),
    read_timeout_s=120.0,
    total_timeout_s=120.0,
)
found = locate("2ERJ", settings)
print(found.origin, found.sha256)
"""


def start(server_url: str, cache: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT, server_url, str(cache)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_processes_that_want_the_same_entry_download_it_once(server, settings, texts):
    server.at(ONE, server.slow(texts.mmcif_gz(), delay_s=0.5))
    processes = [start(server.url, settings.cache) for _ in range(3)]
    outputs = [process.communicate(timeout=120) for process in processes]
    assert [error for _, error in outputs] == ["", "", ""]
    origins, sums = zip(*(output.split() for output, _ in outputs), strict=True)
    assert sorted(origins) == ["cache", "cache", "download"]
    assert len(set(sums)) == 1
    assert server.count() == 1


def test_a_killed_process_leaves_nothing_that_is_used(
    server, settings, texts, wait_until
):
    server.at(ONE, server.stalling(b"#" * 200_000), server.body(texts.mmcif_gz()))
    process = start(server.url, settings.cache)
    partial = settings.cache / ".partial"

    def has_begun():
        assert process.poll() is None
        return partial.is_dir() and any(p.stat().st_size for p in partial.iterdir())

    wait_until(has_begun)
    process.kill()
    process.communicate()
    # The half file is there, is not a structure by name, and nobody takes it for one.
    assert [path.suffix for path in partial.iterdir()] == [".part"]
    assert not [path for path in settings.cache.iterdir() if path.is_file()]
    found = locate(ID, settings)
    assert found.origin == "download"
    assert found.path.read_bytes() == texts.mmcif_gz()
    assert list(partial.iterdir()) == []
    assert server.count() == 2
    assert locate(ID, replace(settings, offline=True)).origin == "cache"


def test_the_package_imports_without_its_heavy_libraries():
    script = "import sys, json, il2struct.archive; print(json.dumps([*sys.modules]))"
    printed = subprocess.check_output(
        [sys.executable, "-c", script], text=True, timeout=120
    )
    heavy = {"httpx", "gemmi", "filelock", "platformdirs", "numpy", "ssl"}
    assert heavy.isdisjoint(json.loads(printed))


# --- what a user types ---------------------------------------------------------------------


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def ids(*texts):
    return [parse_entry_id(text) for text in texts]


def sources_of(*texts, stdin=None):
    return list(expand_inputs(texts, stdin=stdin).sources)


def test_ids_keep_their_order_and_come_once(caplog):
    caplog.set_level(logging.INFO, logger="il2struct")
    names = ["2b5i", "pdb_00002erj", "2ERJ", "pdb_10001abc", "2B5I"]
    assert sources_of(*names) == ids("2B5I", "2ERJ", "pdb_10001abc")
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
    assert sources_of("own.cif", "entries", "entries/b.pdb", "./own.cif") == [
        Path("own.cif"),
        *(Path("entries") / name for name in sorted(names)),
    ]


def test_a_file_beats_an_id_only_with_a_structure_ending(here):
    (here / "2erj").touch()
    (here / "2b5i").mkdir()
    (here / "model.txt").touch()
    (here / "3ink.pdb").touch()
    assert sources_of("2erj", "2b5i", "model.txt", "3ink.pdb", "./2erj") == [
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
    assert sources_of("1M47", "@list.txt", "1m47") == [
        *ids("1M47", "2ERJ", "2B5I"),
        Path("own.pdb"),
        *ids("3INK", "1Z92"),
    ]


def test_standard_input(monkeypatch):
    given = sources_of("-", "2ERJ", stdin=io.StringIO("2B5I\n2erj"))
    assert given == ids("2B5I", "2ERJ")
    monkeypatch.setattr("sys.stdin", io.StringIO("3INK"))
    assert sources_of("-") == ids("3INK")


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


# --- real entries --------------------------------------------------------------------------


@pytest.mark.entries
def test_real_entries_over_the_network_and_from_the_mirror(server, settings, mirror):
    settings = replace(settings, max_bytes=10**8)
    for name, path in (
        ("2B5I.cif.gz", "/one/2B5I.cif.gz"),
        ("2ERJ.pdb.gz", "/one/pdb2erj.ent.gz"),
    ):
        data = (mirror / name).read_bytes()
        server.at(path, server.body(data))
        entry_id = parse_entry_id(name[:4])
        found = locate(entry_id, settings)
        assert found.path.name == name
        assert found.sha256 == hashlib.sha256(data).hexdigest()
        local = locate(entry_id, replace(settings, mirrors=(mirror,), offline=True))
        assert (local.origin, local.path) == ("mirror", mirror / name)
        assert (local.sha256, local.revision) == (found.sha256, found.revision)
