"""Entries from the sites of the archive, each asked in turn."""

import logging
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, NoReturn
from urllib.parse import urlsplit

from il2struct.archive.content import FileContent, FileFormat
from il2struct.archive.ids import EntryId
from il2struct.archive.settings import ArchiveSettings, entry_urls
from il2struct.archive.transfer import SourceError, Transfer, open_client, transfer_file
from il2struct.errors import CorruptError, FetchError, NotFoundError, UnavailableError

logger = logging.getLogger(__name__)

#: How messages call the formats.
_FORMAT_NAMES: Final[dict[FileFormat, str]] = {"mmcif": "mmCIF", "pdb": "PDB format"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Download:
    """
    A body that arrived and passed every check.

    Parameters
    ----------
    url : str
        Where it was asked for.
    content : FileContent
        What it says about itself.
    """

    url: str
    content: FileContent


@dataclass(frozen=True, slots=True, kw_only=True)
class _Attempt:
    """One URL of one site, and what came of it."""

    site: str
    file_format: FileFormat
    transfer: Transfer
    error: SourceError | None = None

    @property
    def server(self) -> tuple[str, str]:
        """The site and its host: sites may share a host, and have several."""
        return self.site, urlsplit(self.transfer.url).netloc


def download(
    entry_id: EntryId,
    target: Path,
    *,
    settings: ArchiveSettings,
    passed_over: Iterable[str] = (),
) -> Download:
    """
    Download an entry: mmCIF from each site in turn, then PDB format from each.

    Parameters
    ----------
    entry_id : EntryId
        The entry.
    target : Path
        Written and overwritten; holds the body if this returns, anything if it raises.
    settings : ArchiveSettings
        Sites and patience.
    passed_over : iterable of str
        Clauses on copies in mirrors and cache that were of no use, for the error's sentence.

    Returns
    -------
    Download

    Raises
    ------
    NotFoundError
        If every site answered that it does not have the entry.
    UnavailableError
        If a site did not answer.
    CorruptError
        If what came was not the entry, and every site answered.
    FetchError
        If the body cannot be written.
    """
    failed: list[_Attempt] = []
    with open_client() as client:
        for attempt in _attempts(entry_id, target, settings):
            transfer = attempt.transfer
            if any(
                attempt.server == earlier.server for earlier in _unavailable(failed)
            ):
                # It has just failed all its tries: one more shows whether it is back.
                transfer = replace(transfer, tries=1)
            try:
                content = transfer_file(client, transfer)
            except SourceError as error:
                logger.info("%s: %s", transfer.url, error.reason)
                failed.append(replace(attempt, error=error))
            else:
                return Download(url=transfer.url, content=content)
    return _raise_for(entry_id, settings, failed, passed_over)


def _attempts(
    entry_id: EntryId, target: Path, settings: ArchiveSettings
) -> Iterator[_Attempt]:
    for file_format in _FORMAT_NAMES:
        for site in settings.sites:
            templates = site.mmcif if file_format == "mmcif" else site.pdb
            for url in entry_urls(templates, entry_id):
                transfer = Transfer(
                    url=url,
                    entry_id=entry_id,
                    target=target,
                    tries=settings.tries,
                    # Made when its turn comes, so that the clock starts then.
                    deadline=time.monotonic() + settings.total_timeout_s,
                    settings=settings,
                )
                yield _Attempt(
                    site=site.name, file_format=file_format, transfer=transfer
                )


def _unavailable(failed: Iterable[_Attempt]) -> list[_Attempt]:
    return [
        one
        for one in failed
        if one.error is not None and one.error.failing == "unavailable"
    ]


def _raise_for(
    entry_id: EntryId,
    settings: ArchiveSettings,
    failed: list[_Attempt],
    passed_over: Iterable[str],
) -> NoReturn:
    kinds = {one.error.failing for one in failed if one.error is not None}
    error: type[FetchError] = CorruptError
    advice = "try again later"
    if kinds <= {"absent"}:
        error, advice = NotFoundError, "check the ID"
    elif "unavailable" in kinds:
        error, advice = UnavailableError, "check the network and the ID"
    clauses = [
        *passed_over,
        *(_site_clause(site.name, failed) for site in settings.sites),
    ]
    outcome = "was not found" if error is NotFoundError else "could not be fetched"
    raise error(
        f"{entry_id} {outcome}: {'; '.join(clauses) or 'no site is configured'}; "
        f"{advice}, or give a folder that has the entry with --mirror."
    )


def _site_clause(site: str, failed: Iterable[_Attempt]) -> str:
    # The same answer to several URLs is told once.
    answers: dict[str, list[_Attempt]] = {}
    for one in failed:
        if one.site == site and one.error is not None:
            answers.setdefault(one.error.reason, []).append(one)
    if not answers:
        return f"{site} has no address for such an ID"
    details = [
        _answer_details(same, is_only=len(answers) == 1) for same in answers.values()
    ]
    return f"{site} " + " and ".join(map(str.__add__, answers, details))


def _answer_details(same: list[_Attempt], *, is_only: bool) -> str:
    names = dict.fromkeys(_FORMAT_NAMES[one.file_format] for one in same)
    n_tries = max(one.error.n_tries for one in same if one.error is not None)
    details = [] if is_only else [" and ".join(names)]
    details += [f"{n_tries} tries"] if n_tries > 1 else []
    return f" ({', '.join(details)})" if details else ""
