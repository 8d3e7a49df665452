"""The script of the 3D viewer: one file of one version, from the npm client or a public server."""

import hashlib
import logging
import os
import shutil
import subprocess
import tarfile
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Final

from il2struct.archive.download import open_client
from il2struct.errors import CorruptError, FetchError, UnavailableError

logger = logging.getLogger(__name__)

#: A file of the viewer that lies somewhere else; checked like every other.
VIEWER_VARIABLE: Final = "IL2STRUCT_VIEWER"
#: Longest wait for a connection, and for one download as a whole, in seconds: a report must not
#: hang for a picture that it can do without.
CONNECT_TIMEOUT_S: Final = 5.0
TOTAL_TIMEOUT_S: Final = 60.0
#: Larger bodies are not the file.
MAX_BYTES: Final = 16 * 1024**2
_OK_STATUS: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewerRelease:
    """The one version of the viewer that reports are made and tested with."""

    #: ``3Dmol.js``, its package at npm, and the version.
    name: str
    package: str
    version: str
    #: The script inside the package.
    member: str
    #: Checksums of the script and of the package.
    file_sha256: str
    package_sha256: str
    #: Public servers that hand out the script, in the order of trial.
    addresses: tuple[str, ...]
    #: Its short name, and the text that travels with the script.
    licence: str
    licence_text: str


def viewer_release() -> ViewerRelease:
    """Return the version that ``data/viewer.json`` pins."""
    import json
    from importlib import resources

    text = resources.files("il2struct.data").joinpath("viewer.json").read_text("utf-8")
    content: dict[str, Any] = json.loads(text)
    content |= {
        "addresses": tuple(content["addresses"]),
        "licence_text": "\n".join(content["licence_text"]),
    }
    return ViewerRelease(**{f.name: content[f.name] for f in fields(ViewerRelease)})


def viewer_path(
    release: ViewerRelease, *, environ: Mapping[str, str] = os.environ
) -> Path:
    """Name the file that the viewer is kept in."""
    chosen = environ.get(VIEWER_VARIABLE, "").strip()
    if chosen:
        return Path(chosen).expanduser()
    from platformdirs import user_cache_path

    folder = user_cache_path("il2struct", appauthor=False) / "viewer"
    return folder / f"{release.package}-{release.version}.min.js"


def read_viewer(release: ViewerRelease, path: Path) -> str | None:
    """Read the script if it is there and is the one that is pinned."""
    try:
        content = path.read_bytes()
    except OSError:
        return None
    if hashlib.sha256(content).hexdigest() != release.file_sha256:
        text = "%s is not %s %s by its checksum and is not used; remove it"
        logger.warning(text, path, release.name, release.version)
        return None
    return content.decode("utf-8")


def viewer_from_npm(
    release: ViewerRelease, path: Path, *, command: str | None = None
) -> None:
    """Bring the script with the npm client, as the user has set it up."""
    npm = command or shutil.which("npm")
    if npm is None:
        raise UnavailableError(
            f"{release.name} was not brought, since there is no npm client; install npm."
        )
    with tempfile.TemporaryDirectory() as folder:
        _pack(release, npm, Path(folder))
        packages = sorted(Path(folder).glob("*.tgz"))
        if len(packages) != 1:
            raise UnavailableError(
                f"npm brought no package of {release.name}; try again later."
            )
        package = packages[0].read_bytes()
        _check(release.package_sha256, package, f"the npm package of {release.name}")
        with tarfile.open(packages[0]) as archive:
            stream = archive.extractfile(release.member)
            script = b"" if stream is None else stream.read()
    _keep(release, script, path)


def _pack(release: ViewerRelease, npm: str, folder: Path) -> None:
    wanted = f"{release.package}@{release.version}"
    options = ["--silent", "--fetch-retries=0", "--fetch-timeout=20000"]
    command = [npm, "pack", wanted, "--pack-destination", str(folder), *options]
    try:
        # The client is the user's own; nothing of an entry is in its arguments.
        done = subprocess.run(
            command,
            cwd=folder,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=TOTAL_TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UnavailableError(
            f"npm did not bring {wanted} ({error}); try again later."
        ) from error
    if done.returncode:
        said = " ".join((done.stderr or done.stdout).split())[:200] or "no reason given"
        raise UnavailableError(
            f"npm did not bring {wanted} ({said}); check the network."
        )


def viewer_from_servers(
    release: ViewerRelease, path: Path, *, addresses: Sequence[str] | None = None
) -> None:
    """Download the script from a public server; keep it only if it is the one that is pinned."""
    reasons: list[str] = []
    is_corrupt = False
    for address in release.addresses if addresses is None else addresses:
        try:
            body = _downloaded(address)
            _keep(release, body, path)
        except CorruptError as error:
            is_corrupt = True
            reasons.append(str(error))
        except UnavailableError as error:
            reasons.append(str(error))
        else:
            return
    error_type = CorruptError if is_corrupt else UnavailableError
    raise error_type(
        f"{release.name} {release.version} could not be downloaded: "
        f"{'; '.join(reasons) or 'no server is named'}; try again later."
    )


def _downloaded(address: str) -> bytes:
    import httpx

    deadline = time.monotonic() + TOTAL_TIMEOUT_S
    body = bytearray()
    timeout = httpx.Timeout(TOTAL_TIMEOUT_S, connect=CONNECT_TIMEOUT_S)
    try:
        with (
            open_client() as client,
            # A redirect is not followed: the addresses are those of the file itself.
            client.stream("GET", address, timeout=timeout) as response,
        ):
            if response.status_code != _OK_STATUS:
                raise UnavailableError(
                    f"{address} answered HTTP {response.status_code}"
                )
            for chunk in response.iter_bytes():
                body += chunk
                if len(body) > MAX_BYTES or time.monotonic() > deadline:
                    raise CorruptError(f"{address} sends something else")
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise UnavailableError(f"{address} did not answer ({error})") from error
    return bytes(body)


def _check(sha256: str, content: bytes, what: str) -> None:
    if hashlib.sha256(content).hexdigest() != sha256:
        raise CorruptError(f"{what} does not have the checksum that is pinned")


def _keep(release: ViewerRelease, script: bytes, path: Path) -> None:
    _check(release.file_sha256, script, f"the script of {release.name}")
    partial = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.write_bytes(script)
        partial.replace(path)
    except OSError as error:
        raise FetchError(
            f"{path} cannot be written ({error.strerror or error}); make room, or name another "
            f"file with {VIEWER_VARIABLE}."
        ) from error
