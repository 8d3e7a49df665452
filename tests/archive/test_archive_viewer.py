"""The script of the 3D viewer: only the pinned file is ever kept, wherever it comes from."""

import hashlib
import io
import json
import logging
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest

from absent import absent
from il2struct.archive import viewer_library
from il2struct.archive.viewer_library import (
    ViewerRelease,
    read_viewer,
    viewer_from_npm,
    viewer_from_servers,
    viewer_path,
    viewer_release,
)
from il2struct.errors import CorruptError, FetchError, UnavailableError

SCRIPT = b"// a viewer\n"


def packed(member: str, content: bytes) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as archive:
        entry = tarfile.TarInfo(member)
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))
    return stream.getvalue()


PACKAGE = packed("package/build/v.js", SCRIPT)


@pytest.fixture
def release() -> ViewerRelease:
    return replace(
        viewer_release(),
        member="package/build/v.js",
        file_sha256=hashlib.sha256(SCRIPT).hexdigest(),
        package_sha256=hashlib.sha256(PACKAGE).hexdigest(),
    )


@pytest.fixture
def npm(tmp_path: Path):
    """A client that writes some bytes as the package, or fails with some words."""

    def make(content: bytes | None, words: str = "") -> str:
        folder = tmp_path / "client"
        folder.mkdir(exist_ok=True)
        (folder / "package.tgz").write_bytes(content or b"")
        program = folder / "npm"
        copy = f'cp "{folder}/package.tgz" "$4/3dmol.tgz"' if content else "exit 1"
        program.write_text(f'#!/bin/sh\necho "{words}" >&2\n{copy}\n')
        program.chmod(0o755)
        return str(program)

    return make


def test_the_pinned_release_is_whole():
    release = viewer_release()
    assert (release.package, release.version) == ("3dmol", "2.5.5")
    assert len(release.file_sha256) == len(release.package_sha256) == 64
    assert all(release.version in a for a in release.addresses)
    assert all(a.startswith("https://") for a in release.addresses)
    # BSD-3-Clause wants its text beside every copy, and those of what the script is built from.
    for part in ("University of Pittsburgh", "GLmol", "Three.js", "jQuery", "AS IS"):
        assert part in release.licence_text


def test_the_file_here_is_the_pinned_one():
    release = viewer_release()
    path = viewer_path(release)
    if not path.exists():
        absent("the viewer is not in the cache: run `make install`")
    script = read_viewer(release, path)
    assert script is not None
    assert f"3dmol v{release.version}" in script[:2000] or "$3Dmol" in script
    # It stands inside a script element, which these would end.
    assert "</script" not in script.lower()
    assert "<!--" not in script


class TestNpm:
    def test_brings_the_script(self, release, npm, tmp_path):
        path = tmp_path / "deep" / "v.js"
        viewer_from_npm(release, path, command=npm(PACKAGE))
        assert path.read_bytes() == SCRIPT
        assert read_viewer(release, path) == SCRIPT.decode()
        assert list(path.parent.iterdir()) == [path]

    @pytest.mark.parametrize(
        "package",
        [packed("package/build/v.js", b"evil"), b"no archive", PACKAGE + b"\0"],
    )
    def test_another_package_is_refused(self, release, npm, tmp_path, package):
        with pytest.raises(CorruptError, match="checksum"):
            viewer_from_npm(release, tmp_path / "v.js", command=npm(package))
        assert not (tmp_path / "v.js").exists()

    def test_a_script_that_is_not_pinned_is_refused(self, release, npm, tmp_path):
        other = replace(release, file_sha256="0" * 64)
        with pytest.raises(CorruptError, match="script"):
            viewer_from_npm(other, tmp_path / "v.js", command=npm(PACKAGE))

    def test_failure_is_told_in_its_words(self, release, npm, tmp_path):
        with pytest.raises(UnavailableError, match="no such host"):
            viewer_from_npm(
                release, tmp_path / "v.js", command=npm(None, "no such host")
            )

    def test_no_client(self, release, tmp_path, monkeypatch):
        monkeypatch.setenv("PATH", str(tmp_path))
        with pytest.raises(UnavailableError, match="no npm client"):
            viewer_from_npm(release, tmp_path / "v.js")


class TestServers:
    def test_the_first_that_has_it_serves(self, release, server, tmp_path):
        server.at("/b.js", server.body(SCRIPT))
        addresses = [f"{server.url}/{name}.js" for name in ("a", "b", "c")]
        viewer_from_servers(release, tmp_path / "v.js", addresses=addresses)
        assert (tmp_path / "v.js").read_bytes() == SCRIPT
        assert server.requests == ["/a.js", "/b.js"]

    def test_another_file_is_refused(self, release, server, tmp_path):
        server.at("/a.js", server.body(SCRIPT + b" "))
        with pytest.raises(CorruptError, match="checksum"):
            viewer_from_servers(
                release, tmp_path / "v.js", addresses=[f"{server.url}/a.js"]
            )
        assert list(tmp_path.iterdir()) == []

    def test_an_endless_body_is_cut(self, release, server, tmp_path, monkeypatch):
        monkeypatch.setattr(viewer_library, "MAX_BYTES", 100)
        server.at("/a.js", server.body(b"x" * 5000))
        with pytest.raises(CorruptError, match="something else"):
            viewer_from_servers(
                release, tmp_path / "v.js", addresses=[f"{server.url}/a.js"]
            )

    def test_silence_and_absence(self, release, server, tmp_path):
        with pytest.raises(UnavailableError, match="404"):
            viewer_from_servers(
                release, tmp_path / "v.js", addresses=[f"{server.url}/a.js"]
            )
        closed = "http://127.0.0.1:9/a.js"
        with pytest.raises(UnavailableError, match="did not answer"):
            viewer_from_servers(release, tmp_path / "v.js", addresses=[closed])

    def test_a_place_that_cannot_be_written(self, release, server, tmp_path):
        server.at("/a.js", server.body(SCRIPT))
        (tmp_path / "file").write_text("")
        with pytest.raises(FetchError, match="IL2STRUCT_VIEWER"):
            viewer_from_servers(
                release,
                tmp_path / "file" / "v.js",
                addresses=[f"{server.url}/a.js"],
            )


def test_a_file_that_was_changed_is_not_used(release, tmp_path, caplog):
    path = tmp_path / "v.js"
    path.write_bytes(SCRIPT + b"evil")
    with caplog.at_level(logging.WARNING):
        assert read_viewer(release, path) is None
    assert "checksum" in caplog.text
    assert read_viewer(release, tmp_path / "none.js") is None


def test_the_variable_names_the_file(release):
    path = viewer_path(release, environ={"IL2STRUCT_VIEWER": "/some/v.js"})
    assert path == Path("/some/v.js")
    usual = viewer_path(release, environ={})
    assert usual.name == "3dmol-2.5.5.min.js"


def test_the_pin_is_in_the_package_as_data():
    text = Path(viewer_library.__file__).parents[1] / "data" / "viewer.json"
    content = json.loads(text.read_text(encoding="utf-8"))
    assert content["licence"] == "BSD-3-Clause"
    assert not list(text.parent.glob("*.js"))
