"""One URL over HTTP: time-outs, tries with growing waits, nothing believed unchecked."""

import logging
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, TypeAlias
from urllib.parse import urlsplit

from il2struct._version import __version__
from il2struct.archive.cache import writable
from il2struct.archive.content import DamagedStreamError, FileContent, FileFaultError
from il2struct.archive.ids import EntryId
from il2struct.archive.settings import ArchiveSettings
from il2struct.archive.verification import verify
from il2struct.errors import UnavailableError

if TYPE_CHECKING:
    import httpx
    import tenacity

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


class SourceError(Exception):
    """
    Why one URL did not give the entry; becomes part of an il2struct error's sentence.

    Parameters
    ----------
    reason : str
        A clause that continues the name of the site.
    failing : {'absent', 'unavailable', 'corrupt'}
        Which kind of error it makes.
    may_pass : bool
        Whether asking again may help.
    wait_s : float
        How long the server asked to wait before that.

    Attributes
    ----------
    n_tries : int
        How often the URL was asked before giving up.
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
    """
    One URL to be asked for one entry.

    Parameters
    ----------
    url : str
        What is asked.
    entry_id : EntryId
        What must come.
    target : Path
        Where the body is written.
    tries : int
        How often at most.
    deadline : float
        When all tries must be over, on the clock of :func:`time.monotonic`.
    settings : ArchiveSettings
        Time-outs, waits and sizes.
    """

    url: str
    entry_id: EntryId
    target: Path
    tries: int
    deadline: float
    settings: ArchiveSettings


def open_client() -> "httpx.Client":
    """
    Open a client that can ask several URLs.

    Returns
    -------
    httpx.Client
        To be closed, or used in a ``with`` statement.

    Raises
    ------
    UnavailableError
        If the certificates that the environment names cannot be loaded.
    """
    import httpx

    try:
        return httpx.Client(headers={"User-Agent": f"il2struct/{__version__}"})
    except OSError as error:
        raise UnavailableError(
            f"The TLS certificates cannot be loaded ({error}); check SSL_CERT_FILE and SSL_CERT_DIR."
        ) from error


def transfer_file(client: "httpx.Client", transfer: Transfer) -> FileContent:
    """
    Bring one file here and check it, asking again where that may help.

    Parameters
    ----------
    client : httpx.Client
        See :func:`open_client`.
    transfer : Transfer
        What is asked, and how patiently.

    Returns
    -------
    FileContent
        Of the verified body, which lies in ``transfer.target``.

    Raises
    ------
    SourceError
        If no try succeeded.
    FetchError
        If the body cannot be written.
    """
    import tenacity

    def wait_s(state: "tenacity.RetryCallState") -> float:
        growing_s = transfer.settings.first_wait_s * float(
            2 ** (state.attempt_number - 1)
        )
        return max(growing_s, _error_of(state).wait_s)

    def is_last(state: "tenacity.RetryCallState") -> bool:
        has_time = time.monotonic() + wait_s(state) < transfer.deadline
        return state.attempt_number >= transfer.tries or not has_time

    def count(state: "tenacity.RetryCallState") -> None:
        error = _error_of(state)
        error.n_tries = state.attempt_number
        logger.info("%s, try %d: %s", transfer.url, state.attempt_number, error.reason)

    retrying = tenacity.Retrying(
        retry=tenacity.retry_if_exception(_may_pass),
        wait=wait_s,
        stop=is_last,
        after=count,
        reraise=True,
    )
    content: FileContent = retrying(_transfer_once, client, transfer)
    return content


def _may_pass(error: BaseException) -> bool:
    return isinstance(error, SourceError) and error.may_pass


def _error_of(state: "tenacity.RetryCallState") -> SourceError:
    error = state.outcome.exception() if state.outcome else None
    # tenacity asks only after a failure that may pass.
    return (
        error
        if isinstance(error, SourceError)
        else SourceError("", failing="unavailable")
    )


def _transfer_once(client: "httpx.Client", transfer: Transfer) -> FileContent:
    import httpx

    try:
        _write_body(client, transfer)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise _transport_failure(error, transfer.settings) from error
    try:
        return verify(
            transfer.target, transfer.entry_id, max_bytes=transfer.settings.max_bytes
        )
    except FileFaultError as error:
        raise SourceError(
            f"sent a file that {error.fault}",
            failing="corrupt",
            may_pass=isinstance(error, DamagedStreamError),
        ) from error


def _write_body(client: "httpx.Client", transfer: Transfer) -> None:
    url = transfer.url
    # Bodies are kept as they travel: a packed file must not be packed again, a plain one may.
    headers = {"Accept-Encoding": "identity" if url.endswith(".gz") else "gzip"}
    for _ in range(_MAX_REDIRECTS + 1):
        with client.stream(
            "GET", url, headers=headers, timeout=_timeout(transfer)
        ) as response:
            if response.next_request is None:
                _check_status(
                    response.status_code, response.headers.get("Retry-After", "")
                )
                _check_size(int(response.headers.get("Content-Length", "0")), transfer)
                _write_chunks(response, transfer)
                return
            url = _redirect_target(url, str(response.next_request.url))
    raise SourceError(
        f"redirects more than {_MAX_REDIRECTS} times", failing="unavailable"
    )


def _timeout(transfer: Transfer) -> "httpx.Timeout":
    import httpx

    left_s = max(transfer.deadline - time.monotonic(), 0.001)
    settings = transfer.settings
    return httpx.Timeout(
        min(settings.read_timeout_s, left_s),
        connect=min(settings.connect_timeout_s, left_s),
    )


def _redirect_target(url: str, target: str) -> str:
    if urlsplit(url).scheme == "https" and urlsplit(target).scheme != "https":
        raise SourceError(f"redirects from HTTPS to {target}", failing="unavailable")
    return target


def _check_status(status: int, retry_after: str) -> None:
    if status == _OK_STATUS:
        return
    if status in _ABSENT_STATUS:
        raise SourceError(f"answered HTTP {status}", failing="absent")
    # The other form of Retry-After, a date, is not used with short waits.
    asked_s = (
        float(retry_after) if retry_after.isascii() and retry_after.isdigit() else 0.0
    )
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
    with writable(transfer.settings.cache), transfer.target.open("wb") as stream:
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
