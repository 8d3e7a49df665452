"""From what the user named to a sound file on disk: path, mirrors, cache, sites."""

import logging
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, TextIO

from il2struct._version import __version__
from il2struct.archive import files, folders
from il2struct.archive.ids import EntryId, looks_like_entry_id, parse_entry_id
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
                raise ParameterError(
                    f"The list {path} cannot be read ({error}); give a text file of IDs and paths."
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
    found = sorted(
        path
        for path in inside
        if files.has_structure_suffix(path)
        and not path.name.startswith(".")
        and files.is_file(path)
    )
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
        with folders.entry_lock(
            settings.cache, source, timeout_s=_lock_timeout_s(settings)
        ):
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
    with folders.entry_lock(
        settings.cache, entry_id, timeout_s=_lock_timeout_s(settings)
    ):
        return _download_into_cache(entry_id, settings)


def _find_copy(
    entry_id: EntryId, settings: ArchiveSettings
) -> tuple[files.StructureFile | None, tuple[str, ...]]:
    passed_over: tuple[str, ...] = ()
    places: list[tuple[Path, files.Origin]] = [(m, "mirror") for m in settings.mirrors]
    for folder, origin in [*places, (settings.cache, "cache")]:
        copy, faults = folders.find_in_folder(
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
    named = next(
        (s for s in (stem, stem.removeprefix("pdb")) if looks_like_entry_id(s)), None
    )
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
    with folders.writable(cache):
        folders.clear_partials(cache, entry_id)
    partial = folders.partial_path(cache, entry_id)
    try:
        received = download(
            entry_id, partial, settings=settings, passed_over=passed_over
        )
        content = received.content
        place = folders.cached_path(
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
        with folders.writable(cache):
            folders.store(partial, place, sidecar)
            folders.drop_superseded(cache, entry_id, place)
    finally:
        partial.unlink(missing_ok=True)
    logger.info("%s: %s from %s", entry_id, place, received.url)
    return files.StructureFile(
        path=place,
        entry_id=content.entry_id,
        origin="download",
        file_format=content.file_format,
        is_gzip=content.is_gzip,
        sha256=sidecar.sha256,
        revision=sidecar.revision,
        url=sidecar.url,
        retrieved_utc=sidecar.retrieved_utc,
    )
