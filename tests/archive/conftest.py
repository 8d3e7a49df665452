"""A server on loopback that hands out small entries and misbehaves on demand."""

import gzip
import socket
import threading
from collections import deque
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from il2struct.archive import ArchiveSettings, Site

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

    @staticmethod
    def body(data: bytes, **headers: str) -> Answer:
        def answer(handler: BaseHTTPRequestHandler) -> None:
            handler.send_response(200)
            handler.send_header("Content-Length", str(len(data)))
            for name, value in headers.items():
                handler.send_header(name.replace("_", "-"), value)
            handler.end_headers()
            handler.wfile.write(data)

        return answer

    @staticmethod
    def status(code: int, **headers: str) -> Answer:
        def answer(handler: BaseHTTPRequestHandler) -> None:
            handler.send_response(code)
            handler.send_header("Content-Length", "0")
            for name, value in headers.items():
                handler.send_header(name.replace("_", "-"), value)
            handler.end_headers()

        return answer

    @staticmethod
    def cut_short(data: bytes) -> Answer:
        """Promise the whole body, send half, hang up."""

        def answer(handler: BaseHTTPRequestHandler) -> None:
            handler.send_response(200)
            handler.send_header("Content-Length", str(len(data)))
            handler.end_headers()
            handler.wfile.write(data[: len(data) // 2])
            handler.close_connection = True

        return answer

    @staticmethod
    def unannounced(data: bytes) -> Answer:
        """Send no length, so that the end of the connection is the end of the body."""

        def answer(handler: BaseHTTPRequestHandler) -> None:
            handler.send_response(200)
            handler.send_header("Connection", "close")
            handler.end_headers()
            handler.wfile.write(data)
            handler.close_connection = True

        return answer

    def dripping(self, *, every_s: float = 0.02) -> Answer:
        """Send one byte after another, until the client or the server goes away."""

        def answer(handler: BaseHTTPRequestHandler) -> None:
            handler.send_response(200)
            handler.send_header("Connection", "close")
            handler.end_headers()
            while not self.stopping.wait(every_s):
                handler.wfile.write(b"#")
                handler.wfile.flush()

        return answer

    def stalling(self, data: bytes) -> Answer:
        """Send the beginning and then nothing, the connection still open."""

        def answer(handler: BaseHTTPRequestHandler) -> None:
            handler.send_response(200)
            handler.send_header("Content-Length", str(2 * len(data)))
            handler.end_headers()
            handler.wfile.write(data)
            handler.wfile.flush()
            self.stopping.wait()
            handler.close_connection = True

        return answer

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
def is_one_sentence() -> Callable[[BaseException], bool]:
    def check(error: BaseException) -> bool:
        text = str(error)
        ends = text.endswith(".") and not text.endswith("..")
        return ends and "\n" not in text and ". " not in text

    return check
