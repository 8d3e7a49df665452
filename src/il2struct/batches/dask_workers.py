"""
Dask workers for a batch, on any number of machines.

Each Dask worker hands its entries to a worker process of `il2struct.batches.processes`: the same
code, the same bytes, the same care with entries that crash or take too long.
"""

import queue
import uuid
from collections.abc import Iterable, Iterator
from importlib import import_module
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self

from il2struct.batches.processes import WORKER_DIED, WorkerPlace
from il2struct.batches.records import failure_record
from il2struct.errors import MissingDependencyError, ParameterError

try:
    # Annotated in part, and differently from version to version.
    distributed: Any = import_module("distributed")
except ImportError as error:
    raise MissingDependencyError(
        "Dask is needed for a batch on many machines; install it with: "
        "pip install 'il2struct[distributed]'"
    ) from error

if TYPE_CHECKING:
    from distributed import Client

    from il2struct.archive import EntryId
    from il2struct.batches.work import EntryTask

#: Entries on their way for each thread of the Dask workers: enough that none waits for the next.
ENTRIES_AHEAD: Final = 3
#: Seconds to wait for the scheduler to answer.
CONNECT_S: Final = 30


class _Places(distributed.WorkerPlugin):  # type: ignore[misc]  # Dask's class is untyped
    """Worker processes beside one Dask worker, as many as it has threads."""

    def __init__(self, name: str, task: "EntryTask", timeout_s: float | None) -> None:
        self.name = name
        self._task = task
        self._timeout_s = timeout_s
        self._idle: queue.LifoQueue[WorkerPlace] | None = None

    def setup(self, worker: object) -> None:  # noqa: ARG002  # Dask's signature
        self._idle = queue.LifoQueue()

    def run(self, source: "EntryId | Path") -> bytes:
        idle = self._idle
        if idle is None:
            raise ParameterError("the plugin of a batch was not set up by Dask.")
        try:
            place = idle.get_nowait()
        except queue.Empty:
            place = WorkerPlace(self._task, timeout_s=self._timeout_s)
        try:
            return place.run(source)
        finally:
            idle.put(place)

    def teardown(self, worker: object) -> None:  # noqa: ARG002  # Dask's signature
        while self._idle is not None and not self._idle.empty():
            self._idle.get_nowait().close()


def _run_on_worker(source: "EntryId | Path", plugin: str) -> bytes:
    places: _Places = distributed.get_worker().plugins[plugin]
    return places.run(source)


class DaskWorkers:
    """
    The workers of any Dask cluster, dask-jobqueue's for SLURM included.

    The client stays open; ``timeout_s`` is the longest time for one entry.
    """

    def __init__(
        self, task: "EntryTask", *, client: "Client", timeout_s: float | None = None
    ) -> None:
        self._task = task
        self._client: Any = client
        self._plugin = _Places(f"il2struct-batch-{uuid.uuid4().hex}", task, timeout_s)

    def results(self, sources: Iterable["EntryId | Path"]) -> Iterator[bytes]:
        """Analyse entries and give their records in the order of finishing."""
        waiting = iter(sources)
        running: dict[str, EntryId | Path] = {}
        done = distributed.as_completed()

        def submit() -> None:
            # Workers may have come since the last time.
            n_threads: int = sum(self._client.nthreads().values())
            n_ahead = ENTRIES_AHEAD * max(1, n_threads)
            for source in islice(waiting, max(1, n_ahead - len(running))):
                future = self._client.submit(
                    _run_on_worker, source, self._plugin.name, pure=False
                )
                running[future.key] = source
                done.add(future)

        submit()
        while running:
            future = next(done)
            source = running.pop(future.key)
            failure = future.exception()
            record = (
                bytes(future.result())
                if failure is None
                else failure_record(
                    source,
                    fingerprint=self._task.fingerprint,
                    error_type=WORKER_DIED,
                    message=f"Dask gave {source} up ({type(failure).__name__}: {failure}).",
                    seconds=0.0,
                )
            )
            # Dask forgets a result when its future goes.
            future.release()
            submit()
            yield record

    def __enter__(self) -> Self:
        self._client.register_plugin(self._plugin)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the worker processes; the cluster stays as it is."""
        self._client.unregister_worker_plugin(self._plugin.name)


def connect(address: str) -> "Client":
    """Connect to a Dask scheduler, as ``tcp://host:8786``; `ParameterError` if none answers."""
    try:
        client: Client = distributed.Client(address, timeout=CONNECT_S)
    except (OSError, TimeoutError, ValueError) as error:
        raise ParameterError(
            f"no Dask scheduler answers at {address} ({error}); check --scheduler."
        ) from error
    return client
