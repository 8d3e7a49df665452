"""From what the user named to a sound file on disk: path, mirrors, cache, sites."""

import logging
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

from il2struct._version import __version__
from il2struct.archive.cache import (
    cached_path,
    clear_partials,
    drop_superseded,
    entry_lock,
    partial_path,
    store,
    writable,
)
from il2struct.archive.files import (
    SUFFIXES,
    Origin,
    Sidecar,
    StructureFile,
    describe_file,
    file_sha256,
    has_structure_suffix,
    is_file,
    is_folder,
)
from il2struct.archive.folders import find_in_folder
from il2struct.archive.ids import EntryId, looks_like_entry_id, parse_entry_id
from il2struct.archive.inputs import parse_source
from il2struct.archive.settings import ArchiveSettings
from il2struct.errors import (
    CorruptError,
    NotFoundError,
    ParameterError,
    UnavailableError,
)

logger = logging.getLogger(__name__)


def locate(source: EntryId | Path | str, settings: ArchiveSettings) -> StructureFile:
    """
    Find the structure file of an entry, downloading it only if no sound copy is at hand.

    The order is: an explicit path, the mirrors, the cache, the sites. Processes that want the
    same entry at the same time wait for the first one to download it.

    Parameters
    ----------
    source : EntryId or Path or str
        A PDB entry or a file; a text is read as on the command line.
    settings : ArchiveSettings
        Where to look, and how patiently; see :func:`default_settings`.

    Returns
    -------
    StructureFile

    Raises
    ------
    ParameterError
        If a text is neither an ID nor a path, or a path is a folder.
    NotFoundError
        If a path does not exist, or no source has the entry.
    UnavailableError
        If a site did not answer, or would have to be asked offline.
    CorruptError
        If a file is not a whole structure file, or only unsound copies were found.
    FetchError
        If the cache folder cannot be written.
    """
    if isinstance(source, str):
        source = parse_source(source)
    if isinstance(source, Path):
        explicit = _explicit_file(source, settings)
        return _warned(explicit, _name_warnings(explicit))
    found, passed_over = _find_copy(source, settings)
    if found is None and settings.offline:
        _raise_offline(source, settings, passed_over)
    if found is None:
        with entry_lock(settings.cache, source, timeout_s=_lock_timeout_s(settings)):
            # Another process may have fetched it while this one waited for the lock.
            found, passed_over = _find_copy(source, settings)
            found = found or _download_into_cache(
                source, settings, passed_over=passed_over
            )
    return _warned(found, [f"{clause}; it was passed over." for clause in passed_over])


def fetch(entry_id: EntryId, settings: ArchiveSettings) -> StructureFile:
    """
    Download an entry anew into the cache, whether or not a copy is at hand.

    Use it to get the current revision; :func:`locate` is content with an older one. If the
    download fails, the copy in the cache stays as it is.

    Parameters
    ----------
    entry_id : EntryId
        The entry.
    settings : ArchiveSettings
        Where the cache is and which sites are asked.

    Returns
    -------
    StructureFile

    Raises
    ------
    NotFoundError
        If no site has the entry.
    UnavailableError
        If a site did not answer, or the settings are offline.
    CorruptError
        If what came was not the entry.
    FetchError
        If the cache folder cannot be written.
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
) -> tuple[StructureFile | None, tuple[str, ...]]:
    passed_over: tuple[str, ...] = ()
    folders: list[tuple[Path, Origin]] = [
        (mirror, "mirror") for mirror in settings.mirrors
    ]
    for folder, origin in [*folders, (settings.cache, "cache")]:
        found, faults = find_in_folder(
            folder, entry_id, origin=origin, max_bytes=settings.max_bytes
        )
        passed_over += faults
        if found is not None:
            return found, passed_over
    return None, passed_over


def _explicit_file(path: Path, settings: ArchiveSettings) -> StructureFile:
    if is_folder(path):
        raise ParameterError(
            f"{path} is a folder; give one structure file, or expand it first."
        )
    if not is_file(path):
        raise NotFoundError(f"{path} does not exist or is not a file; check the name.")
    return describe_file(path, origin="file", max_bytes=settings.max_bytes)


def _name_warnings(found: StructureFile) -> list[str]:
    name = found.path.name.lower()
    stem = name.split(".")[0]
    # pdb2erj.ent is the archive's own name of 2ERJ.
    named = next(
        (s for s in (stem, stem.removeprefix("pdb")) if looks_like_entry_id(s)), None
    )
    warnings = []
    if named is not None and found.entry_id not in {"", str(parse_entry_id(named))}:
        warnings.append(
            f"{found.path} is called like {parse_entry_id(named)} but says that it is "
            f"{found.entry_id}; the content counts."
        )
    if has_structure_suffix(found.path) and not name.endswith(
        SUFFIXES[found.file_format]
    ):
        warnings.append(
            f"{found.path} has the ending of another format but is {found.file_format}; the "
            f"content counts."
        )
    return warnings


def _warned(found: StructureFile, warnings: Iterable[str]) -> StructureFile:
    for warning in warnings:
        logger.warning("%s", warning)
    return replace(found, warnings=(*found.warnings, *warnings))


def _raise_offline(
    entry_id: EntryId, settings: ArchiveSettings, passed_over: tuple[str, ...]
) -> NoReturn:
    places = [f"the mirror {mirror}" for mirror in settings.mirrors]
    where = " or ".join([*places, f"the structures folder {settings.cache}"])
    if passed_over:
        raise CorruptError(
            f"No sound copy of {entry_id} is in {where} ({'; '.join(passed_over)}) and offline "
            f"mode forbids a download; replace the file or run without --offline."
        )
    raise UnavailableError(
        f"{entry_id} is not in {where} and offline mode forbids a download; put the file there "
        f"or run without --offline."
    )


def _lock_timeout_s(settings: ArchiveSettings) -> float:
    # What the holder of the lock may need at most: every URL to its limit.
    n_urls = sum(len(site.mmcif) + len(site.pdb) for site in settings.sites)
    return settings.total_timeout_s * max(n_urls, 1)


def _download_into_cache(
    entry_id: EntryId, settings: ArchiveSettings, *, passed_over: tuple[str, ...] = ()
) -> StructureFile:
    # Imported where it is needed: most runs find every file at hand.
    from il2struct.archive.download import download

    cache = settings.cache
    with writable(cache):
        clear_partials(cache, entry_id)
    partial = partial_path(cache, entry_id)
    try:
        got = download(entry_id, partial, settings=settings, passed_over=passed_over)
        content = got.content
        place = cached_path(
            cache, entry_id, content.file_format, is_gzip=content.is_gzip
        )
        sidecar = Sidecar(
            url=got.url,
            retrieved_utc=datetime.now(UTC).isoformat(timespec="seconds"),
            sha256=file_sha256(partial),
            entry_id=content.entry_id,
            revision=content.revision,
            software=f"il2struct {__version__}",
        )
        with writable(cache):
            store(partial, place, sidecar)
            drop_superseded(cache, entry_id, place)
    finally:
        partial.unlink(missing_ok=True)
    logger.info("%s: %s from %s", entry_id, place, got.url)
    return StructureFile(
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
