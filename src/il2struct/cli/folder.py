"""What a run leaves in a folder: a later run into it removes what it does not write again."""

import hashlib
import json
import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from platformdirs import user_cache_path

#: Lists of files that are kept, each of one folder and kind of run.
MOST_LEDGERS: Final = 500

logger = logging.getLogger(__name__)


@contextmanager
def own_files(folder: Path, run: str) -> Iterator[None]:
    """
    Keep two runs from being mixed in one folder.

    The files that the body writes are listed, with their contents' checksums, in the user's cache.
    Once the same kind of run has written into that folder again, files of the list that it did
    not write and nobody has changed are removed, and that is said. All others stay.

    Parameters
    ----------
    folder : path
        Need not exist.
    run : str
        Kind of run, such as ``report``: runs of other kinds leave its files alone.
    """
    ledger = _ledger(folder, run)
    before, listed = _stamps(folder), _listed(ledger)
    try:
        yield
        if written := _written(folder, before):
            _remove(folder, {n: d for n, d in listed.items() if n not in written}, run)
            listed = {}
    finally:
        digests = {name: _digest(folder / name) for name in _written(folder, before)}
        if digests:
            with suppress(OSError):  # without a cache, files of two runs can be mixed
                ledger.parent.mkdir(parents=True, exist_ok=True)
                ledger.write_text(json.dumps(listed | digests), encoding="utf-8")
                _forget(ledger.parent)


def _ledger(folder: Path, run: str) -> Path:
    name = hashlib.blake2b(os.fsencode(folder.absolute()), digest_size=16).hexdigest()
    return user_cache_path("il2struct", appauthor=False) / "runs" / f"{name}-{run}.json"


def _forget(ledgers: Path) -> None:
    """Keep the lists that were written last."""
    known = sorted(ledgers.iterdir(), key=lambda path: path.stat().st_mtime_ns)
    for path in known[:-MOST_LEDGERS]:
        path.unlink(missing_ok=True)


def _written(folder: Path, before: Mapping[str, tuple[int, int, int]]) -> list[str]:
    after = _stamps(folder)
    return [name for name in sorted(after) if before.get(name) != after[name]]


def _remove(folder: Path, listed: Mapping[str, str], run: str) -> None:
    """Remove the files of a list that are as they were written."""
    stale = [
        path
        for path, digest in ((folder / name, listed[name]) for name in listed)
        if path.is_file() and _digest(path) == digest
    ]
    for path in stale:
        path.unlink()
        _remove_empty(folder, path.parent)
    if stale:
        logger.warning(
            "%d files that an earlier run left in %s were removed: this %s has none of them.",
            len(stale),
            folder,
            run,
        )


def _stamps(folder: Path) -> dict[str, tuple[int, int, int]]:
    """Time, size and inode of each file below a folder, hidden ones left out."""
    stamps = {}
    for place, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in files:
            path = Path(place, name)
            if not name.startswith(".") and not path.is_symlink():
                status = path.stat()
                stamp = (status.st_mtime_ns, status.st_size, status.st_ino)
                stamps[str(path.relative_to(folder))] = stamp
    return stamps


def _listed(ledger: Path) -> dict[str, str]:
    try:
        listed = json.loads(ledger.read_text(encoding="utf-8"))
    except (OSError, ValueError):  # the first run here, or a file that is not ours
        return {}
    return listed if isinstance(listed, dict) else {}


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "blake2b").hexdigest()[:32]


def _remove_empty(top: Path, folder: Path) -> None:
    while folder != top and not any(folder.iterdir()):
        folder.rmdir()
        folder = folder.parent
