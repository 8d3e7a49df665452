"""Copies of an entry in folders: where they can lie in mirrors, and how the cache keeps them."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Final

from il2struct.archive import files
from il2struct.archive.ids import EntryId
from il2struct.errors import FetchError, UnavailableError

logger = logging.getLogger(__name__)

#: Folder of lock files within the cache.
_LOCKS: Final = ".locks"
#: Folder of half-written files within the cache: the same file system, so that renaming is
#: atomic, and never looked into for structures.
_PARTIAL: Final = ".partial"
#: How the archive calls the branch of each format in its divided tree.
_BRANCH: Final[dict[files.FileFormat, str]] = {"mmcif": "mmCIF", "pdb": "pdb"}

#: Where a mirror of the divided archive may have been cut off its tree, outermost last.
_DIVIDED_ROOTS: Final = (
    "",
    "{branch}/",
    "divided/{branch}/",
    "structures/divided/{branch}/",
    "data/structures/divided/{branch}/",
    "pdb/data/structures/divided/{branch}/",
    "pub/pdb/data/structures/divided/{branch}/",
)

#: The same for the tree with one folder an entry, which replaces it in July 2027
#: (https://www.wwpdb.org/ftp/pdb-beta-ftp-sites).
_ENTRIES_ROOTS: Final = (
    "",
    "entries/",
    "data/entries/",
    "pdb/data/entries/",
    "wwpdb/pdb/data/entries/",
    "pub/wwpdb/pdb/data/entries/",
)


def candidate_files(folder: Path, entry_id: EntryId) -> Iterator[Path]:
    """
    Find the copies of an entry in a folder, flat or divided, mmCIF before PDB format.

    Tests names, and never lists a folder: a mirror may hold 200 000 files.
    """
    short = entry_id.short
    stems = [] if short is None else [short, short.lower(), f"pdb{short.lower()}"]
    stems += [entry_id.extended, entry_id.extended.upper()]
    for file_format, suffixes in files.SUFFIXES.items():
        names = [stem + suffix for stem in stems for suffix in suffixes]
        for place in _places(folder, entry_id, file_format):
            if files.is_folder(place):
                yield from (
                    place / name for name in names if files.is_file(place / name)
                )


def _places(
    folder: Path, entry_id: EntryId, file_format: files.FileFormat
) -> Iterator[Path]:
    yield folder
    branch = _BRANCH[file_format]
    for root in _DIVIDED_ROOTS:
        yield folder / root.format(branch=branch) / entry_id.middle
    for root in _ENTRIES_ROOTS:
        home = folder / root / entry_id.middle / entry_id.extended
        yield from (home / "structures", home)


def find_in_folder(
    folder: Path, entry_id: EntryId, *, origin: files.Origin, max_bytes: int
) -> tuple[files.StructureFile | None, tuple[str, ...]]:
    """First sound copy of an entry in a folder, and clauses on what is wrong with those before."""
    rejected: list[str] = []
    for path in candidate_files(folder, entry_id):
        try:
            file = files.describe_file(path, origin=origin, max_bytes=max_bytes)
            # A file that names no entry is taken at its file name.
            if file.entry_id not in {"", str(entry_id)}:
                fault = f"is not {entry_id}, the ID written inside is {file.entry_id}"
                raise files.FileFaultError(path, fault)
        except files.FileFaultError as error:
            rejected.append(f"{path} {error.fault}")
        except UnavailableError:
            rejected.append(f"{path} cannot be read")
        else:
            return file, tuple(rejected)
    return None, tuple(rejected)


@contextmanager
def writable(cache: Path) -> Iterator[None]:
    """Turn failures to write in the cache into an error that names the folder."""
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
    """Name a file to write to before it is known to be sound."""
    token = f"{os.getpid()}-{os.urandom(4).hex()}"
    return cache / _PARTIAL / f"{entry_id.extended}.{token}.part"


def clear_partials(cache: Path, entry_id: EntryId) -> None:
    """Remove half-written files of an entry; only the holder of its lock may call this."""
    # Whoever wrote them was killed: the lock would be theirs otherwise.
    for stale in (cache / _PARTIAL).glob(f"{entry_id.extended}.*.part"):
        logger.info("removing %s, left by a process that was killed", stale)
        stale.unlink(missing_ok=True)


def cached_path(
    cache: Path, entry_id: EntryId, file_format: files.FileFormat, *, is_gzip: bool
) -> Path:
    """Name the file that an entry is kept in."""
    return cache / (str(entry_id) + files.SUFFIXES[file_format][0 if is_gzip else 1])


def store(partial: Path, place: Path, sidecar: files.Sidecar) -> None:
    """
    Put a verified file in its place by one rename, and its sidecar after it.

    A process killed in between leaves a sound file without a sidecar, which is still used;
    the sidecar of an older file goes first, so that it never stands beside the new one.
    """
    import json

    note = partial.with_suffix(".json.part")
    note.write_text(json.dumps(asdict(sidecar), indent=2) + "\n", encoding="utf-8")
    files.sidecar_path(place).unlink(missing_ok=True)
    partial.replace(place)
    note.replace(files.sidecar_path(place))


def drop_superseded(cache: Path, entry_id: EntryId, kept: Path) -> None:
    """
    Remove older downloads of an entry that lie under another name.

    Only files with a sidecar are ours to remove; a file that the user put there stays.
    """
    for suffix in files.ENDINGS:
        older = cache / f"{entry_id}{suffix}"
        if older != kept and files.is_file(files.sidecar_path(older)):
            logger.info("removing %s, superseded by %s", older, kept)
            older.unlink(missing_ok=True)
            files.sidecar_path(older).unlink(missing_ok=True)
