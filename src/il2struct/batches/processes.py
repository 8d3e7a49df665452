"""
Worker processes of one machine, each of which may die without harm to the others.

`concurrent.futures` breaks the whole pool when a worker dies, and shares one pipe among all; here
every worker has pipes of its own and a thread that waits for it: entries in through standard
input, records out through standard output. A script that runs a batch needs no
``if __name__ == "__main__"``, since a worker is started by the name of this module.
"""

import os
import pickle
import queue
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO, TYPE_CHECKING, Final, Self

from il2struct.batches.records import RecordError, failure_record, read_outcome
from il2struct.errors import Il2StructError

if TYPE_CHECKING:
    from il2struct.archive import EntryId
    from il2struct.batches.work import EntryTask

#: What the table ``entries`` says of an entry whose worker died, or took too long.
WORKER_DIED: Final = "WorkerDiedError"
TIMED_OUT: Final = "TimedOutError"
#: A worker makes room for a fresh one after this many entries: libraries may leak a little.
ENTRIES_PER_WORKER: Final = 500
#: How often a worker is started before the batch gives up.
START_TRIES: Final = 3
#: Seconds that a process has to end after its output did.
GRACE_S: Final = 5.0
#: Bytes of the length in front of each record on its way.
LENGTH_BYTES: Final = 8
#: One thread inside a worker: the entries are what runs in parallel.
ONE_THREAD: Final = dict.fromkeys(
    (
        *("NUMBA_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"),
        *("MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS", "NUMEXPR_NUM_THREADS"),
    ),
    "1",
)


class WorkerStartError(Il2StructError):
    """Worker processes do not start."""


class _Worker:
    """One worker process."""

    def __init__(self, task: "EntryTask") -> None:
        self.n_entries = 0
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115  # closed in close()
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", __name__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            env={**os.environ, **ONE_THREAD},
            # Ctrl-C reaches the batch alone, which then ends its workers.
            start_new_session=True,
        )
        self.send(task)

    @property
    def _pipes(self) -> tuple[IO[bytes], IO[bytes]]:
        process = self._process
        if process.stdin is None or process.stdout is None:
            raise WorkerStartError("a worker process has no pipes.")
        return process.stdin, process.stdout

    def send(self, message: object) -> None:
        """Send the task, or an entry."""
        # A process that has died is found out by reading.
        with suppress(OSError):
            pickle.dump(message, self._pipes[0])
            self._pipes[0].flush()

    def receive(self) -> bytes | None:
        """Wait for a record, None if the process died; an empty one says that it is ready."""
        stream = self._pipes[1]
        length = stream.read(LENGTH_BYTES)
        record = stream.read(int.from_bytes(length, "little"))
        is_whole = len(length) == LENGTH_BYTES
        is_whole &= len(record) == int.from_bytes(length, "little")
        return record if is_whole else None

    def how_it_died(self) -> str:
        """Say what ended the process."""
        try:
            code = self._process.wait(GRACE_S)
        except subprocess.TimeoutExpired:
            return "its output was closed"
        if code >= 0:
            return f"exit status {code}"
        names = {known.value: known.name for known in signal.Signals}
        return f"signal {-code}, {names.get(-code, 'unknown')}"

    def last_words(self) -> str:
        """End of what it wrote to standard error."""
        self.kill()
        self._process.wait()
        self._errors.seek(0)
        text = self._errors.read()[-2000:].decode("utf-8", "replace")
        return (text.strip().splitlines() or ["nothing was said."])[-1]

    def kill(self) -> None:
        """End the process, whatever it does."""
        self._process.kill()

    def close(self) -> None:
        """End the process and free what it held."""
        self.kill()
        self._process.wait()
        for stream in self._pipes:
            with suppress(OSError):  # what was not sent does not matter any more
                stream.close()
        self._errors.close()


class WorkerPlace:
    """
    A place for one worker process, which is replaced when it dies, is late, or gets old.

    ``timeout_s`` is the longest time for one entry.
    """

    def __init__(self, task: "EntryTask", *, timeout_s: float | None = None) -> None:
        self._task = task
        self._timeout_s = timeout_s
        self._worker: _Worker | None = None
        self._is_interrupted = threading.Event()

    def run(self, source: "EntryId | Path") -> bytes:
        """
        Have an entry analysed.

        Returns its record: of a failure if the process died or did not answer in time.
        `WorkerStartError` if no process can be started.
        """
        worker = self._started()
        worker.n_entries += 1
        is_late = threading.Event()

        def end_late() -> None:
            # Killing ends the wait, also in the middle of a record.
            is_late.set()
            worker.kill()

        timer = threading.Timer(self._timeout_s or 0.0, end_late)
        timer.daemon = True
        start = time.monotonic()
        if self._timeout_s is not None:
            timer.start()
        try:
            worker.send(source)
            record = worker.receive()
        finally:
            timer.cancel()
        is_answer = False
        if record is not None:
            with suppress(RecordError):
                is_answer = read_outcome(record).source == str(source)
        if record is not None and is_answer:
            if is_late.is_set() or worker.n_entries >= ENTRIES_PER_WORKER:
                self.close()
            return record
        seconds = time.monotonic() - start
        if is_late.is_set():
            error_type = TIMED_OUT
            message = f"{source} took longer than the {self._timeout_s:g} s allowed."
        else:
            error_type = WORKER_DIED
            how = "it sent no record" if record is not None else worker.how_it_died()
            message = f"The worker process died over {source} ({how})."
        self.close()
        return failure_record(
            source,
            fingerprint=self._task.fingerprint,
            error_type=error_type,
            message=message,
            seconds=seconds,
        )

    def _started(self) -> _Worker:
        if self._worker is not None:
            return self._worker
        last_words = "the batch was interrupted."
        for _ in range(START_TRIES):
            self._worker = _Worker(self._task)
            if self._is_interrupted.is_set():
                break
            if self._worker.receive() is not None:
                return self._worker
            last_words = self._worker.last_words()
            self.close()
        self.close()
        raise WorkerStartError(f"worker processes do not start: {last_words}")

    def interrupt(self) -> None:
        """End the process from another thread; `run` comes back, and nothing new starts."""
        self._is_interrupted.set()
        worker = self._worker
        if worker is not None:
            worker.kill()

    def close(self) -> None:
        """End the process."""
        worker, self._worker = self._worker, None
        if worker is not None:
            worker.close()


class LocalWorkers:
    """So many worker processes on this machine; ``timeout_s`` is the longest time for an entry."""

    def __init__(
        self, task: "EntryTask", *, jobs: int, timeout_s: float | None = None
    ) -> None:
        self._places = [WorkerPlace(task, timeout_s=timeout_s) for _ in range(jobs)]
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []
        # Bounded, so that records do not pile up if the disk is slower than the workers.
        self._done: queue.Queue[bytes | Exception] = queue.Queue(2 * jobs)

    def results(self, sources: Iterable["EntryId | Path"]) -> Iterator[bytes]:
        """Analyse entries and give their records in the order of finishing."""
        waiting: queue.SimpleQueue[EntryId | Path] = queue.SimpleQueue()
        for source in sources:
            waiting.put(source)
        n_sources = waiting.qsize()
        for place in self._places:
            thread = threading.Thread(
                target=self._serve, args=(place, waiting), daemon=True
            )
            thread.start()
            self._threads.append(thread)
        for _ in range(n_sources):
            result = self._done.get()
            if isinstance(result, Exception):
                raise result
            yield result

    def _serve(
        self, place: WorkerPlace, waiting: "queue.SimpleQueue[EntryId | Path]"
    ) -> None:
        while not (self._stop.is_set() or waiting.empty()):
            try:
                # Another thread may have taken the last one.
                with suppress(queue.Empty):
                    self._done.put(place.run(waiting.get_nowait()))
            except Exception as error:  # noqa: BLE001  # the thread that asked raises it
                self._done.put(error)
        place.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End all processes."""
        self._stop.set()
        for place in self._places:
            place.interrupt()
        while any(thread.is_alive() for thread in self._threads):
            # A thread may wait for room in the queue, which nobody empties any more.
            with suppress(queue.Empty):
                self._done.get(timeout=0.05)


def serve() -> None:
    """Be a worker process: analyse what standard input names until it ends."""
    # What a library prints must not get between the records.
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)

    def reply(record: bytes) -> None:
        replies.write(len(record).to_bytes(LENGTH_BYTES, "little") + record)
        replies.flush()

    # Only the batch that started this process writes to its standard input.
    task: EntryTask = pickle.load(sys.stdin.buffer)
    sources: queue.SimpleQueue[EntryId | Path] = queue.SimpleQueue()

    def read_sources() -> None:
        with suppress(EOFError):
            while True:
                sources.put(pickle.load(sys.stdin.buffer))
        # The batch is gone: nobody waits for the entry at work any more.
        os._exit(0)

    threading.Thread(target=read_sources, daemon=True).start()
    task.warm_up()
    reply(b"")
    while True:
        reply(task(sources.get()))


if __name__ == "__main__":
    serve()
