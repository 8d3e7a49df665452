"""
Entries from the sites of the archive, each asked in turn over HTTP.

There are time-outs, tries with growing waits, and nothing is believed unchecked.
"""

import logging
import os
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, TypeAlias
from urllib.parse import urlsplit

from il2struct._version import __version__
from il2struct.archive import files
from il2struct.archive.files import EntryId
from il2struct.archive.settings import ArchiveSettings, Site, entry_urls
from il2struct.errors import CorruptError, FetchError, NotFoundError, UnavailableError

if TYPE_CHECKING:
    import httpx

logger = logging.getLogger(__name__)

Failing: TypeAlias = Literal["absent", "unavailable", "corrupt"]

_OK_STATUS: Final = 200

#: Not Found and Gone: the site knows that it does not have the file.
_ABSENT_STATUS: Final = frozenset({404, 410})

#: Request Timeout, Too Early, Too Many Requests: the same request may succeed later.
_PASSING_STATUS: Final = frozenset({408, 425, 429})

#: From here on the fault is the server's (RFC 9110) and may pass.
_SERVER_FAULT_STATUS: Final = 500

#: Redirects followed for one file.
_MAX_REDIRECTS: Final = 5

#: Longest wait that a server may ask for by Retry-After, in seconds.
_MAX_RETRY_AFTER_S: Final = 30.0

#: How messages call the formats, in the order of trial.
_FORMAT_NAMES: Final[dict[files.FileFormat, str]] = {
    "mmcif": "mmCIF",
    "pdb": "PDB format",
}


class SourceError(Exception):
    """
    Why one URL did not give the entry; becomes part of an il2struct error's sentence.

    ``reason`` continues the name of the site; ``wait_s`` is how long the server asked to wait,
    where ``may_pass`` says that asking again may help; ``n_tries`` is how often it was asked.
    """

    def __init__(
        self,
        reason: str,
        *,
        failing: Failing,
        may_pass: bool = False,
        wait_s: float = 0.0,
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.failing: Failing = failing
        self.may_pass = may_pass
        self.wait_s = wait_s
        self.n_tries = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """One URL to be asked so many times at most, until a deadline (:func:`time.monotonic`)."""

    url: str
    entry_id: EntryId
    target: Path
    tries: int
    deadline: float
    settings: ArchiveSettings


def open_client() -> "httpx.Client":
    """Open a client that can ask several URLs."""
    import httpx

    try:
        return httpx.Client(headers={"User-Agent": f"il2struct/{__version__}"})
    except OSError as error:
        raise UnavailableError(
            f"The TLS certificates cannot be loaded ({error}); check SSL_CERT_FILE and SSL_CERT_DIR."
        ) from error


def transfer_file(client: "httpx.Client", transfer: Transfer) -> files.FileContent:
    """
    Bring one file to ``transfer.target`` and check it, asking again where that may help.

    `SourceError` if no try succeeded, `FetchError` if the body cannot be written.
    """
    for attempt in count(1):
        try:
            return _transfer_once(client, transfer)
        except SourceError as error:
            if not error.may_pass:
                raise
            error.n_tries = attempt
            logger.info("%s, try %d: %s", transfer.url, attempt, error.reason)
            growing_s = transfer.settings.first_wait_s * 2.0 ** (attempt - 1)
            wait_s = max(growing_s, error.wait_s)
            has_time = time.monotonic() + wait_s < transfer.deadline
            if attempt >= transfer.tries or not has_time:
                raise
        time.sleep(wait_s)
    raise AssertionError  # the loop has no end


def _transfer_once(client: "httpx.Client", transfer: Transfer) -> files.FileContent:
    import httpx

    try:
        _write_body(client, transfer)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise _transport_failure(error, transfer.settings) from error
    try:
        return files.verify(
            transfer.target, transfer.entry_id, max_bytes=transfer.settings.max_bytes
        )
    except files.FileFaultError as error:
        raise SourceError(
            f"sent a file that {error.fault}",
            failing="corrupt",
            may_pass=isinstance(error, files.DamagedStreamError),
        ) from error


def _write_body(client: "httpx.Client", transfer: Transfer) -> None:
    import httpx

    url, settings = transfer.url, transfer.settings
    # Bodies are kept as they travel: a packed file must not be packed again, a plain one may.
    headers = {"Accept-Encoding": "identity" if url.endswith(".gz") else "gzip"}
    for _ in range(_MAX_REDIRECTS + 1):
        left_s = max(transfer.deadline - time.monotonic(), 0.001)
        connect_s = min(settings.connect_timeout_s, left_s)
        timeout = httpx.Timeout(min(settings.read_timeout_s, left_s), connect=connect_s)
        with client.stream("GET", url, headers=headers, timeout=timeout) as response:
            if response.next_request is None:
                _check_status(response)
                _check_size(int(response.headers.get("Content-Length", "0")), transfer)
                _write_chunks(response, transfer)
                return
            url = _redirect_target(url, str(response.next_request.url))
    raise SourceError(
        f"redirects more than {_MAX_REDIRECTS} times", failing="unavailable"
    )


def _redirect_target(url: str, target: str) -> str:
    if urlsplit(url).scheme == "https" and urlsplit(target).scheme != "https":
        raise SourceError(f"redirects from HTTPS to {target}", failing="unavailable")
    return target


def _check_status(response: "httpx.Response") -> None:
    status = response.status_code
    if status == _OK_STATUS:
        return
    if status in _ABSENT_STATUS:
        raise SourceError(f"answered HTTP {status}", failing="absent")
    # The other form of Retry-After, a date, is not used with short waits.
    asked = response.headers.get("Retry-After", "")
    asked_s = float(asked) if asked.isascii() and asked.isdigit() else 0.0
    raise SourceError(
        f"answered HTTP {status}",
        failing="unavailable",
        may_pass=status in _PASSING_STATUS or status >= _SERVER_FAULT_STATUS,
        wait_s=min(asked_s, _MAX_RETRY_AFTER_S),
    )


def _check_size(n_bytes: int, transfer: Transfer) -> None:
    limit = transfer.settings.max_bytes
    if n_bytes > limit:
        raise SourceError(
            f"sent more than the {limit} bytes allowed", failing="corrupt"
        )


def _write_chunks(response: "httpx.Response", transfer: Transfer) -> None:
    n_bytes = 0
    with files.writable(transfer.settings.cache), transfer.target.open("wb") as stream:
        # As received: collecting chunks of one size would hide an endless slow body.
        for chunk in response.iter_raw():
            n_bytes += len(chunk)
            _check_size(n_bytes, transfer)
            if time.monotonic() > transfer.deadline:
                limit_s = transfer.settings.total_timeout_s
                raise SourceError(
                    f"timed out, having sent only {n_bytes} bytes in {limit_s:g} s",
                    failing="unavailable",
                )
            stream.write(chunk)
        stream.flush()
        os.fsync(stream.fileno())


def _transport_failure(error: Exception, settings: ArchiveSettings) -> SourceError:
    import httpx

    text = " ".join(str(error).split()) or type(error).__name__
    if isinstance(error, httpx.RemoteProtocolError) and "complete message body" in text:
        return SourceError("sent a truncated body", failing="corrupt", may_pass=True)
    if isinstance(error, httpx.ConnectTimeout):
        reason = f"timed out, accepting no connection within {settings.connect_timeout_s:g} s"
    elif isinstance(error, httpx.TimeoutException):
        reason = f"timed out, sending nothing for {settings.read_timeout_s:g} s"
    elif isinstance(error, httpx.ConnectError):
        reason = f"could not be reached ({text})"
    else:
        reason = f"broke the connection ({text})"
    wrong_url = (httpx.UnsupportedProtocol, httpx.LocalProtocolError, httpx.InvalidURL)
    return SourceError(
        reason, failing="unavailable", may_pass=not isinstance(error, wrong_url)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Download:
    """A body that arrived and passed every check."""

    url: str
    content: files.FileContent


@dataclass(frozen=True, slots=True)
class _Failure:
    """One URL of one site that did not give the entry."""

    site: str
    file_format: files.FileFormat
    error: SourceError


def download(
    entry_id: EntryId,
    target: Path,
    *,
    settings: ArchiveSettings,
    passed_over: Iterable[str] = (),
) -> Download:
    """
    Download an entry: mmCIF from each site in turn, then PDB format from each.

    ``target`` holds the body if this returns, anything if it raises; clauses on copies that were
    of no use become part of the error's sentence. `NotFoundError` if every site answered that it
    does not have the entry, `UnavailableError` if one did not answer, `CorruptError` if what came
    was not the entry, `FetchError` if the body cannot be written.
    """
    failures: list[_Failure] = []
    down: set[tuple[str, str]] = set()
    with open_client() as client:
        for site, file_format, url in _addresses(entry_id, settings):
            # Sites may share a host, and have several.
            place = site.name, urlsplit(url).netloc
            transfer = Transfer(
                url=url,
                entry_id=entry_id,
                target=target,
                # It has just failed all its tries: one more shows whether it is back.
                tries=1 if place in down else settings.tries,
                deadline=time.monotonic() + settings.total_timeout_s,
                settings=settings,
            )
            try:
                return Download(url=url, content=transfer_file(client, transfer))
            except SourceError as error:
                logger.info("%s: %s", url, error.reason)
                failures.append(_Failure(site.name, file_format, error))
                if error.failing == "unavailable":
                    down.add(place)
    kinds = {failure.error.failing for failure in failures}
    error_type: type[FetchError] = CorruptError
    outcome, advice = "could not be fetched", "try again later"
    if kinds <= {"absent"}:
        error_type = NotFoundError
        outcome, advice = "was not found", "check the ID"
    elif "unavailable" in kinds:
        error_type, advice = UnavailableError, "check the network and the ID"
    clauses = [*passed_over, *(_clause(site.name, failures) for site in settings.sites)]
    raise error_type(
        f"{entry_id} {outcome}: {'; '.join(clauses) or 'no site is configured'}; "
        f"{advice}, or give a folder that has the entry with --mirror."
    )


def _addresses(
    entry_id: EntryId, settings: ArchiveSettings
) -> Iterator[tuple[Site, files.FileFormat, str]]:
    for file_format in _FORMAT_NAMES:
        for site in settings.sites:
            templates = site.mmcif if file_format == "mmcif" else site.pdb
            for url in entry_urls(templates, entry_id):
                yield site, file_format, url


def _clause(site: str, failures: Iterable[_Failure]) -> str:
    """Say what a site answered, the same answer to several URLs once."""
    answers: dict[str, list[_Failure]] = {}
    for failure in failures:
        if failure.site == site:
            answers.setdefault(failure.error.reason, []).append(failure)
    if not answers:
        return f"{site} has no address for such an ID"
    clauses = []
    for reason, same in answers.items():
        names = dict.fromkeys(_FORMAT_NAMES[failure.file_format] for failure in same)
        n_tries = max(failure.error.n_tries for failure in same)
        details = [" and ".join(names)] if len(answers) > 1 else []
        details += [f"{n_tries} tries"] if n_tries > 1 else []
        clauses.append(f"{reason} ({', '.join(details)})" if details else reason)
    return f"{site} {' and '.join(clauses)}"
