"""
From what the user named to a sound file on disk: path, mirrors, cache, sites.

Where copies of an entry can lie in mirrors, and how the cache keeps them.
"""

import logging
import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, TextIO

from il2struct._version import __version__
from il2struct.archive import files
from il2struct.archive.files import EntryId, looks_like_entry_id, parse_entry_id
from il2struct.archive.settings import ArchiveSettings
from il2struct.errors import (
    CorruptError,
    NotFoundError,
    ParameterError,
    UnavailableError,
)

logger = logging.getLogger(__name__)

#: In lists, a comment begins with # at the start of a word and ends with the line.
_COMMENT: Final = r"(?m)(?:^|(?<=[\s,]))#.*"

_SEPARATORS: Final = r"[\s,]+"

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


def parse_source(text: str) -> EntryId | Path:
    """
    Tell whether a text names a PDB entry or a file.

    An existing file that is called like a structure file is a file; otherwise an ID is an ID
    even where a file or folder of that name exists (write ``./2erj`` for that).

    Examples
    --------
    >>> parse_source("pdb_00002erj")
    EntryId(extended='pdb_00002erj')
    """
    path = files.user_path(text)
    if files.is_file(path) and files.has_structure_suffix(path):
        return path
    if looks_like_entry_id(text):
        return parse_entry_id(text)
    if text and (files.is_file(path) or files.is_folder(path)):
        return path
    raise ParameterError(
        f"{text!r} is neither a PDB ID (2ERJ or pdb_00002erj) nor an existing file or folder; "
        f"check the spelling."
    )


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a user typed where entries are wanted."""

    #: In the order typed, each once.
    sources: tuple[EntryId | Path, ...]
    #: Names that are neither, with the reason.
    refused: Mapping[str, ParameterError]

    def complete(self) -> tuple[EntryId | Path, ...]:
        """Return the sources; ParameterError with every name that was refused, if any was."""
        if self.refused:
            raise ParameterError(" ".join(map(str, self.refused.values())))
        return self.sources


def expand_inputs(inputs: Iterable[str], *, stdin: TextIO | None = None) -> Inputs:
    """
    Turn what the user typed into entries and files, in that order and each once.

    That is PDB IDs in either form; files; folders, for the structure files in them, sorted by
    name; ``@list.txt``, for the IDs and paths in a text file; ``-``, for those on standard input.
    Lists are separated by blanks, commas or line ends; ``#`` starts a comment. Refused is what is
    neither, and a folder without a structure file; a list that cannot be read, or is empty, is a
    `ParameterError`.

    Examples
    --------
    >>> import io
    >>> found = expand_inputs(["2ERJ", "-"], stdin=io.StringIO("2b5i, IL2, 2erj"))
    >>> [str(source) for source in found.sources], list(found.refused)
    (['2ERJ', '2B5I'], ['IL2'])
    """
    sources: dict[EntryId | Path, EntryId | Path] = {}
    refused: dict[str, ParameterError] = {}
    for text in _words(inputs, stdin=sys.stdin if stdin is None else stdin):
        try:
            named = _with_folder_contents(parse_source(text))
        except ParameterError as error:
            refused[text] = error
            continue
        for source in named:
            key = source if isinstance(source, EntryId) else source.absolute()
            if key in sources:
                logger.info("%s was given more than once and is taken once", source)
            sources.setdefault(key, source)
    return Inputs(tuple(sources.values()), refused)


def _words(inputs: Iterable[str], *, stdin: TextIO) -> Iterator[str]:
    for text in inputs:
        if text == "-":
            yield from _listed(stdin.read(), "standard input")
        elif text.startswith("@"):
            path = files.user_path(text[1:])
            try:
                listed = path.read_text(encoding="utf-8-sig")
            except (OSError, UnicodeDecodeError) as error:
                why = getattr(error, "strerror", None) or error
                raise ParameterError(
                    f"The list {path} cannot be read ({why}); give a text file of IDs and paths."
                ) from error
            yield from _listed(listed, text[1:])
        else:
            yield text


def _listed(text: str, place: str) -> list[str]:
    words = [word for word in re.split(_SEPARATORS, re.sub(_COMMENT, "", text)) if word]
    if not words:
        raise ParameterError(
            f"The list in {place} is empty; write IDs or paths into it."
        )
    nested = next((word for word in words if word == "-" or word.startswith("@")), None)
    if nested is not None:
        raise ParameterError(
            f"The list in {place} names another list ({nested}); give that one on the command line."
        )
    return words


def _with_folder_contents(source: EntryId | Path) -> list[EntryId | Path]:
    if isinstance(source, EntryId) or not files.is_folder(source):
        return [source]
    try:
        inside = list(source.iterdir())
    except OSError as error:
        raise ParameterError(
            f"The folder {source} cannot be listed ({error.strerror or error}); check its "
            f"permissions."
        ) from error
    # Names with a dot in front are other programs' business.
    named = (path for path in inside if files.has_structure_suffix(path))
    found = sorted(p for p in named if p.name[0] != "." and files.is_file(p))
    if not found:
        raise ParameterError(
            f"The folder {source} holds no structure file (.cif, .mmcif, .pdb or .ent, also .gz); give "
            f"one that does, or IDs."
        )
    return list(found)


def locate(
    source: EntryId | Path | str, settings: ArchiveSettings
) -> files.StructureFile:
    """
    Find the structure file of an entry, downloading it only if no sound copy is at hand.

    The order is: an explicit path, the mirrors, the cache, the sites. Processes that want the
    same entry at the same time wait for the first one to download it. `NotFoundError` if no source
    has the entry, `UnavailableError` if a site did not answer or would have to be asked offline,
    `CorruptError` if only unsound copies were found, `FetchError` if the cache cannot be written.
    """
    if isinstance(source, str):
        source = parse_source(source)
    if isinstance(source, Path):
        if files.is_folder(source):
            raise ParameterError(
                f"{source} is a folder; give one structure file, or expand it first."
            )
        if not files.is_file(source):
            raise NotFoundError(
                f"{source} does not exist or is not a file; check the name."
            )
        file = files.describe_file(source, origin="file", max_bytes=settings.max_bytes)
        return _warned(file, _name_warnings(file))
    copy, passed_over = _find_copy(source, settings)
    if copy is None and settings.offline:
        places = [f"the mirror {mirror}" for mirror in settings.mirrors]
        where = " or ".join([*places, f"the structures folder {settings.cache}"])
        if passed_over:
            raise CorruptError(
                f"No sound copy of {source} is in {where} ({'; '.join(passed_over)}) and offline "
                f"mode forbids a download; replace the file or run without --offline."
            )
        raise UnavailableError(
            f"{source} is not in {where} and offline mode forbids a download; put the file there "
            f"or run without --offline."
        )
    if copy is None:
        with entry_lock(settings.cache, source, timeout_s=_lock_timeout_s(settings)):
            # Another process may have fetched it while this one waited for the lock.
            copy, passed_over = _find_copy(source, settings)
            copy = copy or _download_into_cache(
                source, settings, passed_over=passed_over
            )
    return _warned(copy, [f"{clause}; it was passed over." for clause in passed_over])


def fetch(entry_id: EntryId, settings: ArchiveSettings) -> files.StructureFile:
    """
    Download an entry anew into the cache, whether or not a copy is at hand.

    Use it to get the current revision; :func:`locate` is content with an older one. If the
    download fails, the copy in the cache stays as it is.
    """
    if settings.offline:
        raise UnavailableError(
            f"{entry_id} cannot be downloaded anew because offline mode forbids it; run without "
            f"--offline."
        )
    with entry_lock(settings.cache, entry_id, timeout_s=_lock_timeout_s(settings)):
        return _download_into_cache(entry_id, settings)


def _find_copy(
    entry_id: EntryId, settings: ArchiveSettings
) -> tuple[files.StructureFile | None, tuple[str, ...]]:
    passed_over: tuple[str, ...] = ()
    places: list[tuple[Path, files.Origin]] = [(m, "mirror") for m in settings.mirrors]
    for folder, origin in [*places, (settings.cache, "cache")]:
        copy, faults = find_in_folder(
            folder, entry_id, origin=origin, max_bytes=settings.max_bytes
        )
        passed_over += faults
        if copy is not None:
            return copy, passed_over
    return None, passed_over


def _name_warnings(file: files.StructureFile) -> list[str]:
    name = file.path.name.lower()
    stem = name.split(".")[0]
    # pdb2erj.ent is the archive's own name of 2ERJ.
    stems = (stem, stem.removeprefix("pdb"))
    named = next(filter(looks_like_entry_id, stems), None)
    warnings = []
    if named is not None and file.entry_id not in {"", str(parse_entry_id(named))}:
        warnings.append(
            f"{file.path} is called like {parse_entry_id(named)} but says that it is "
            f"{file.entry_id}; the content counts."
        )
    if files.has_structure_suffix(file.path) and not name.endswith(
        files.SUFFIXES[file.file_format]
    ):
        warnings.append(
            f"{file.path} has the ending of another format but is {file.file_format}; the "
            f"content counts."
        )
    return warnings


def _warned(file: files.StructureFile, warnings: Iterable[str]) -> files.StructureFile:
    for warning in warnings:
        logger.warning("%s", warning)
    return replace(file, warnings=(*file.warnings, *warnings))


def _lock_timeout_s(settings: ArchiveSettings) -> float:
    # What the holder of the lock may need at most: every URL to its limit.
    n_urls = sum(len(site.mmcif) + len(site.pdb) for site in settings.sites)
    return settings.total_timeout_s * max(n_urls, 1)


def _download_into_cache(
    entry_id: EntryId, settings: ArchiveSettings, *, passed_over: tuple[str, ...] = ()
) -> files.StructureFile:
    # Imported where it is needed: most runs find every file at hand.
    from il2struct.archive.download import download

    cache = settings.cache
    with files.writable(cache):
        clear_partials(cache, entry_id)
    partial = partial_path(cache, entry_id)
    try:
        received = download(
            entry_id, partial, settings=settings, passed_over=passed_over
        )
        content = received.content
        place = cached_path(
            cache, entry_id, content.file_format, is_gzip=content.is_gzip
        )
        sidecar = files.Sidecar(
            url=received.url,
            retrieved_utc=datetime.now(UTC).isoformat(timespec="seconds"),
            sha256=files.file_sha256(partial),
            entry_id=content.entry_id,
            revision=content.revision,
            software=f"il2struct {__version__}",
        )
        with files.writable(cache):
            store(partial, place, sidecar)
            drop_superseded(cache, entry_id, place)
    finally:
        partial.unlink(missing_ok=True)
    logger.info("%s: %s from %s", entry_id, place, received.url)
    return files.structure_file(place, content, sidecar.sha256, sidecar, "download")


# --- copies in folders ----------------------------------------------------------------------------


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
def entry_lock(cache: Path, entry_id: EntryId, *, timeout_s: float) -> Iterator[None]:
    """
    Keep other processes and threads from fetching the same entry meanwhile.

    The lock is the operating system's: it is free again when its holder is killed.
    """
    from filelock import FileLock, Timeout

    place = cache / _LOCKS / f"{entry_id.extended}.lock"
    lock = FileLock(place, timeout=timeout_s)
    with files.writable(cache):
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
