"""The folder that keeps downloads: locks, half-written files, sidecars."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Final

from il2struct.archive.content import FileFormat
from il2struct.archive.files import SUFFIXES, Sidecar, is_file, sidecar_path
from il2struct.archive.ids import EntryId
from il2struct.errors import FetchError, UnavailableError

logger = logging.getLogger(__name__)

#: Folder of lock files within the cache.
_LOCKS: Final = ".locks"

#: Folder of half-written files within the cache: the same file system, so that renaming is
#: atomic, and never looked into for structures.
_PARTIAL: Final = ".partial"


@contextmanager
def writable(cache: Path) -> Iterator[None]:
    """
    Turn failures to write in the cache into an error that names the folder.

    Parameters
    ----------
    cache : Path
        The cache folder.

    Yields
    ------
    None

    Raises
    ------
    FetchError
        If the block raises OSError.
    """
    try:
        yield
    except OSError as error:
        raise FetchError(
            f"The structures folder {cache} cannot be written ({error.strerror or error}); make "
            f"room or choose another folder with --structures or IL2STRUCT_STRUCTURES."
        ) from error


@contextmanager
def entry_lock(cache: Path, entry_id: EntryId, *, timeout_s: float) -> Iterator[None]:
    """
    Keep other processes and threads from fetching the same entry meanwhile.

    The lock is the operating system's: it is free again when its holder is killed.

    Parameters
    ----------
    cache : Path
        The cache folder; made if missing.
    entry_id : EntryId
        The entry.
    timeout_s : float
        Longest wait for the other process.

    Yields
    ------
    None

    Raises
    ------
    FetchError
        If the folder cannot be written.
    UnavailableError
        If the other process does not finish.
    """
    from filelock import FileLock, Timeout

    place = cache / _LOCKS / f"{entry_id.extended}.lock"
    lock = FileLock(place, timeout=timeout_s)
    with writable(cache):
        place.parent.mkdir(parents=True, exist_ok=True)
        (cache / _PARTIAL).mkdir(exist_ok=True)
        try:
            lock.acquire()
        except Timeout:
            raise UnavailableError(
                f"{entry_id} is being fetched by another process, which has not finished within "
                f"{timeout_s:g} s; stop that process or try again later."
            ) from None
    try:
        yield
    finally:
        lock.release()


def partial_path(cache: Path, entry_id: EntryId) -> Path:
    """
    Name a file to write to before it is known to be sound.

    Parameters
    ----------
    cache : Path
        The cache folder.
    entry_id : EntryId
        The entry.

    Returns
    -------
    Path
        A new name, used by no other process or thread.
    """
    token = f"{os.getpid()}-{os.urandom(4).hex()}"
    return cache / _PARTIAL / f"{entry_id.extended}.{token}.part"


def clear_partials(cache: Path, entry_id: EntryId) -> None:
    """
    Remove half-written files of an entry; only the holder of its lock may call this.

    Parameters
    ----------
    cache : Path
        The cache folder.
    entry_id : EntryId
        The entry.
    """
    # Whoever wrote them was killed: the lock would be theirs otherwise.
    for stale in (cache / _PARTIAL).glob(f"{entry_id.extended}.*.part"):
        logger.info("removing %s, left by a process that was killed", stale)
        stale.unlink(missing_ok=True)


def cached_path(
    cache: Path, entry_id: EntryId, file_format: FileFormat, *, is_gzip: bool
) -> Path:
    """
    Name the file that an entry is kept in.

    Parameters
    ----------
    cache : Path
        The cache folder.
    entry_id : EntryId
        The entry.
    file_format : {'mmcif', 'pdb'}
        Format of the text.
    is_gzip : bool
        Whether it is packed.

    Returns
    -------
    Path
        ``2ERJ.cif.gz`` and the like.
    """
    return cache / (str(entry_id) + SUFFIXES[file_format][0 if is_gzip else 1])


def store(partial: Path, place: Path, sidecar: Sidecar) -> None:
    """
    Put a verified file in its place by one rename, and its sidecar after it.

    A process killed in between leaves a sound file without a sidecar, which is still used;
    the sidecar of an older file goes first, so that it never stands beside the new one.

    Parameters
    ----------
    partial : Path
        The verified file.
    place : Path
        Where it belongs.
    sidecar : Sidecar
        What to remember of it.
    """
    import json

    note = partial.with_suffix(".json.part")
    note.write_text(json.dumps(asdict(sidecar), indent=2) + "\n", encoding="utf-8")
    sidecar_path(place).unlink(missing_ok=True)
    partial.replace(place)
    note.replace(sidecar_path(place))


def drop_superseded(cache: Path, entry_id: EntryId, kept: Path) -> None:
    """
    Remove older downloads of an entry that lie under another name.

    Only files with a sidecar are ours to remove; a file that the user put there stays.

    Parameters
    ----------
    cache : Path
        The cache folder.
    entry_id : EntryId
        The entry.
    kept : Path
        The download to keep.
    """
    for suffix in (suffix for suffixes in SUFFIXES.values() for suffix in suffixes):
        older = cache / f"{entry_id}{suffix}"
        if older != kept and is_file(sidecar_path(older)):
            logger.info("removing %s, superseded by %s", older, kept)
            older.unlink(missing_ok=True)
            sidecar_path(older).unlink(missing_ok=True)
