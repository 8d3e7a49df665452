"""A server on loopback that hands out small entries and misbehaves on demand."""

import gzip
import socket
import threading
from collections import deque
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from il2struct.archive import ArchiveSettings, Site, locate, parse_entry_id

Answer = Callable[[BaseHTTPRequestHandler], None]

MMCIF = """\
data_{name}
#
_entry.id   {name}
#
loop_
_atom_site.group_PDB
_atom_site.id
_atom_site.type_symbol
_atom_site.label_atom_id
_atom_site.label_alt_id
_atom_site.label_comp_id
_atom_site.label_asym_id
_atom_site.label_entity_id
_atom_site.label_seq_id
_atom_site.pdbx_PDB_ins_code
_atom_site.Cartn_x
_atom_site.Cartn_y
_atom_site.Cartn_z
_atom_site.occupancy
_atom_site.B_iso_or_equiv
_atom_site.auth_seq_id
_atom_site.auth_asym_id
_atom_site.pdbx_PDB_model_num
ATOM 1 N N  . ALA A 1 1 ? 0.0 2.5 3.0 1.0 20.0 1 A 1
ATOM 2 C CA . ALA A 1 1 ? 1.4 2.5 3.0 1.0 20.0 1 A 1
#
loop_
_pdbx_audit_revision_history.ordinal
_pdbx_audit_revision_history.data_content_type
_pdbx_audit_revision_history.major_revision
_pdbx_audit_revision_history.minor_revision
_pdbx_audit_revision_history.revision_date
1 'Structure model' 1 0 2006-06-27
2 'Structure model' 1 3 2023-08-23
3 'Structure factors' 2 7 2024-01-01
#
"""

PDB = """\
HEADER    CYTOKINE                                24-OCT-05   {name}
REVDAT   3   30-OCT-24 {name}    1       REMARK
REVDAT   2   24-FEB-09 {name}    1       VERSN
REVDAT   1   27-JUN-96 {name}    0
ATOM      1  N   ALA A   1       0.000   2.500   3.000  1.00 20.00           N
ATOM      2  CA  ALA A   1       1.400   2.500   3.000  1.00 20.00           C
END
"""


class EntryTexts:
    """The same two atoms in both formats, under any name."""

    @staticmethod
    def mmcif(name: str = "2ERJ") -> bytes:
        return MMCIF.format(name=name).encode()

    @staticmethod
    def pdb(name: str = "2ERJ") -> bytes:
        return PDB.format(name=name).encode()

    @classmethod
    def mmcif_gz(cls, name: str = "2ERJ") -> bytes:
        return gzip.compress(cls.mmcif(name), mtime=0)

    @classmethod
    def pdb_gz(cls, name: str = "2ERJ") -> bytes:
        return gzip.compress(cls.pdb(name), mtime=0)


class _QuietServer(ThreadingHTTPServer):
    daemon_threads = False

    def handle_error(self, *_: object) -> None:
        """Clients that give up are the point of these tests."""


class Server:
    """Answers by path; a path given several answers gives them in turn, the last for ever."""

    def __init__(self) -> None:
        self.requests: list[str] = []
        self.headers: list[dict[str, str]] = []
        self.stopping = threading.Event()
        self._answers: dict[str, deque[Answer]] = {}
        self._lock = threading.Lock()
        self._http = _QuietServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.01,))
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    def at(self, path: str, *answers: Answer) -> None:
        self._answers[path] = deque(answers)

    def count(self, text: str = "") -> int:
        return sum(text in path for path in self.requests)

    def close(self) -> None:
        self.stopping.set()
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()

    def _next(self, path: str) -> Answer:
        with self._lock:
            answers = self._answers.get(path)
            if answers is None:
                return self.status(404)
            return answers.popleft() if len(answers) > 1 else answers[0]

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                server.requests.append(self.path)
                server.headers.append(dict(self.headers))
                server._next(self.path)(self)

            def log_message(self, *_: object) -> None:
                pass

        return Handler

    def answer(
        self,
        data: bytes = b"",
        *,
        code: int = 200,
        promised: int | None = None,
        then: Callable[[BaseHTTPRequestHandler], None] | None = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        """Send data, or hang up after less or more than was promised; -1 promises nothing."""
        n_bytes = len(data) if promised is None else promised
        length = (
            {"Connection": "close"} if n_bytes < 0 else {"Content-Length": str(n_bytes)}
        )

        def answer(handler: BaseHTTPRequestHandler) -> None:
            handler.send_response(code)
            for name, value in {**length, **(headers or {})}.items():
                handler.send_header(name.replace("_", "-"), value)
            handler.end_headers()
            handler.wfile.write(data)
            handler.wfile.flush()
            if then is not None:
                then(handler)
            handler.close_connection |= n_bytes != len(data)

        return answer

    def body(self, data: bytes, **headers: str) -> Answer:
        return self.answer(data, headers=headers)

    def status(self, code: int, **headers: str) -> Answer:
        return self.answer(code=code, headers=headers)

    def cut_short(self, data: bytes) -> Answer:
        """Promise the whole body, send half, hang up."""
        return self.answer(data[: len(data) // 2], promised=len(data))

    def unannounced(self, data: bytes) -> Answer:
        """Send no length, so that the end of the connection is the end of the body."""
        return self.answer(data, promised=-1)

    def dripping(self, *, every_s: float = 0.02) -> Answer:
        """Send one byte after another, until the client or the server goes away."""

        def drip(handler: BaseHTTPRequestHandler) -> None:
            while not self.stopping.wait(every_s):
                handler.wfile.write(b"#")
                handler.wfile.flush()

        return self.answer(promised=-1, then=drip)

    def stalling(self, data: bytes) -> Answer:
        """Send the beginning and then nothing, the connection still open."""
        return self.answer(
            data, promised=2 * len(data), then=lambda _: self.stopping.wait()
        )

    def silent(self) -> Answer:
        """Accept the request and say nothing."""

        def answer(handler: BaseHTTPRequestHandler) -> None:
            self.stopping.wait()
            handler.close_connection = True

        return answer

    def slow(self, data: bytes, *, delay_s: float) -> Answer:
        def answer(handler: BaseHTTPRequestHandler) -> None:
            self.stopping.wait(delay_s)
            self.body(data)(handler)

        return answer


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.delenv("IL2STRUCT_MIRROR", raising=False)
    monkeypatch.delenv("IL2STRUCT_STRUCTURES", raising=False)


@pytest.fixture
def texts() -> EntryTexts:
    return EntryTexts()


@pytest.fixture
def server() -> Iterator[Server]:
    one = Server()
    yield one
    one.close()


def site(server_url: str, name: str) -> Site:
    root = f"{server_url}/{name}"
    return Site(
        name=name,
        mmcif=(f"{root}/{{ID4}}.cif.gz", f"{root}/{{id12}}.cif.gz"),
        pdb=(f"{root}/pdb{{id4}}.ent.gz",),
    )


@pytest.fixture
def settings(server: Server, tmp_path: Path) -> ArchiveSettings:
    """
    Two sites on the server and no mirror.

    What is healthy has a minute, on however busy a machine; a test that waits for a server which
    never answers shortens the time-out that it is about, and asks no healthy one under it.
    """
    return ArchiveSettings(
        cache=tmp_path / "cache",
        sites=(site(server.url, "one"), site(server.url, "two")),
        connect_timeout_s=60.0,
        read_timeout_s=60.0,
        total_timeout_s=60.0,
        first_wait_s=0.02,
        max_bytes=100_000,
    )


@pytest.fixture
def no_sockets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Any attempt to connect fails the test."""

    def refuse(*_: object) -> None:
        pytest.fail("a connection was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket.socket, "connect_ex", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)


@pytest.fixture
def left_behind(settings: ArchiveSettings) -> Callable[[], list[str]]:
    """List everything in the cache except lock files."""

    def names() -> list[str]:
        inside = [path for path in settings.cache.rglob("*") if path.is_file()]
        paths = [path.relative_to(settings.cache) for path in inside]
        return sorted(str(path) for path in paths if path.parts[0] != ".locks")

    return names


@pytest.fixture
def refused() -> Callable[..., None]:
    """Check that an entry is refused with an error of one sentence that holds some words."""

    def check(
        error: type[Exception],
        words: str,
        settings: ArchiveSettings,
        source: object = parse_entry_id("2ERJ"),
        by: Callable[..., object] = locate,
    ) -> None:
        with pytest.raises(error, match=words) as caught:
            by(source, settings)
        text = str(caught.value)
        assert text.endswith(".")
        assert not text.endswith("..")
        assert "\n" not in text
        assert ". " not in text

    return check
