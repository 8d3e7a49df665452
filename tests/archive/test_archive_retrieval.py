"""The whole way of an entry, against a server on loopback that misbehaves on demand."""

import gzip
import hashlib
import json
import logging
import os
import threading
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import filelock
import pytest

from il2struct.archive import (
    fetch,
    locate,
    parse_entry_id,
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


def test_explicit_paths_that_cannot_be_used(settings, texts, tmp_path, is_one_sentence):
    with pytest.raises(NotFoundError, match=r"missing.cif does not exist"):
        locate(tmp_path / "missing.cif", settings)
    with pytest.raises(ParameterError, match="is a folder"):
        locate(tmp_path, settings)
    with pytest.raises(ParameterError, match="'nonsense' is neither"):
        locate("nonsense", settings)
    path = tmp_path / "2ERJ.cif.gz"
    for data, fault in ((b"", "is empty"), (texts.mmcif_gz()[:-4], "is truncated")):
        path.write_bytes(data)
        with pytest.raises(CorruptError, match=fault) as caught:
            locate(path, settings)
        assert is_one_sentence(caught.value)


def test_a_note_beside_an_explicit_file_is_not_a_sidecar(settings, texts, tmp_path):
    path = tmp_path / "2ERJ.cif"
    path.write_bytes(texts.mmcif())
    (tmp_path / "2ERJ.cif.json").write_text('{"sha256": "0"}')
    assert locate(path, settings).url == ""


# --- offline -------------------------------------------------------------------------------


@pytest.mark.usefixtures("no_sockets")
def test_offline_never_opens_a_socket(server, settings, texts, tmp_path):
    mirror = tmp_path / "mirror"
    server.at(ONE, server.body(texts.mmcif_gz()))
    settings = replace(settings, offline=True, mirrors=(mirror,))
    with pytest.raises(UnavailableError) as caught:
        locate(ID, settings)
    assert str(caught.value) == (
        f"2ERJ is not in the mirror {mirror} or the structures folder {settings.cache} and "
        f"offline mode forbids a download; put the file there or run without --offline."
    )
    with pytest.raises(UnavailableError, match="cannot be downloaded anew"):
        fetch(ID, settings)
    assert server.count() == 0
    assert not settings.cache.exists()


@pytest.mark.usefixtures("no_sockets")
def test_offline_with_only_a_broken_copy(settings, texts, is_one_sentence):
    settings.cache.mkdir()
    (settings.cache / "2ERJ.cif.gz").write_bytes(texts.mmcif_gz()[:-3])
    with pytest.raises(
        CorruptError, match=r"No sound copy of 2ERJ .*is truncated"
    ) as caught:
        locate(ID, replace(settings, offline=True))
    assert is_one_sentence(caught.value)


# --- the cache -----------------------------------------------------------------------------


def test_a_changed_cache_file_is_fetched_anew(server, settings, texts, caplog):
    server.at(ONE, server.body(texts.mmcif_gz()))
    path = locate(ID, settings).path
    path.write_bytes(texts.mmcif_gz() + b"\x00")
    offline = replace(settings, offline=True)
    with pytest.raises(
        CorruptError, match=r"has another checksum than 2ERJ.cif.gz.json says"
    ):
        locate(ID, offline)
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
    settings, texts, tmp_path, is_one_sentence
):
    path = tmp_path / "2ERJ.cif"
    path.write_bytes(texts.mmcif("2B5I"))
    with pytest.raises(
        NotFoundError, match=f"{path} is not 2ERJ, .*; one answered"
    ) as caught:
        locate(ID, replace(settings, mirrors=(tmp_path,)))
    assert is_one_sentence(caught.value)


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


def test_a_cache_that_cannot_be_made(server, settings, tmp_path, is_one_sentence):
    (tmp_path / "file").touch()
    with pytest.raises(
        FetchError, match=r"The structures folder .*file/cache cannot be"
    ) as caught:
        locate(ID, replace(settings, cache=tmp_path / "file" / "cache"))
    assert is_one_sentence(caught.value)
    assert server.count() == 0


@pytest.mark.parametrize("reason", ["Permission denied", "Read-only file system"])
def test_a_read_only_cache(server, settings, texts, monkeypatch, reason):
    settings.cache.mkdir()

    def refuse(*_, **__):
        raise OSError(30, reason)

    # Permissions do not bind root, so the refusal is simulated.
    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(
        FetchError, match=rf"cannot be written \({reason}\); make room or"
    ):
        locate(ID, settings)
    # What is there already can be used all the same.
    (settings.cache / "2ERJ.cif.gz").write_bytes(texts.mmcif_gz())
    assert locate(ID, settings).origin == "cache"
    assert server.count() == 0


def test_a_full_disk(server, settings, texts, monkeypatch, left_behind):
    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    server.at(ONE, server.body(texts.mmcif_gz()))
    with pytest.raises(
        FetchError, match=r"cannot be written \(No space left on device\)"
    ):
        locate(ID, settings)
    assert left_behind() == []


def test_threads_that_want_the_same_entry_download_it_once(server, settings, texts):
    server.at(ONE, server.slow(texts.mmcif_gz(), delay_s=0.1))
    origins: list[str] = []
    threads = [
        threading.Thread(target=lambda: origins.append(locate(ID, settings).origin))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(origins) == ["cache", "cache", "cache", "download"]
    assert server.count() == 1


def test_a_lock_that_is_never_given_back(settings, is_one_sentence):
    settings = replace(settings, total_timeout_s=0.02)
    (settings.cache / ".locks").mkdir(parents=True)
    errors: list[FetchError] = []

    def attempt() -> None:
        try:
            locate(ID, settings)
        except FetchError as error:
            errors.append(error)

    # Another thread stands for another process: the holder itself would not wait.
    thread = threading.Thread(target=attempt)
    with filelock.FileLock(settings.cache / ".locks" / "pdb_00002erj.lock"):
        thread.start()
        thread.join()
    assert isinstance(errors[0], UnavailableError)
    assert "2ERJ is being fetched by another process" in str(errors[0])
    assert is_one_sentence(errors[0])


def test_certificates_that_cannot_be_loaded(settings, monkeypatch, tmp_path):
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "missing.pem"))
    with pytest.raises(UnavailableError, match="The TLS certificates cannot be loaded"):
        locate(ID, settings)


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
