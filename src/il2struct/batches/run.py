"""A batch from its sources to its folder of results."""

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from il2struct.archive import (
    ArchiveSettings,
    EntryId,
    default_settings,
    locate,
)
from il2struct.archive.files import file_sha256
from il2struct.batches.processes import LocalWorkers
from il2struct.batches.records import Outcome
from il2struct.batches.store import (
    SHARD_ENTRIES,
    BatchPlan,
    BatchStore,
    Part,
    claim_parts,
    dataset_files,
)
from il2struct.batches.work import (
    DEFAULT_ANALYSES,
    EntryWork,
    batch_sources,
    checked_analyses,
)
from il2struct.errors import FetchError, ParameterError
from il2struct.interface.interface import InterfaceParameters
from il2struct.kernels.warmup import n_cores
from il2struct.structure.family import Family
from il2struct.structure.named import read_file
from il2struct.structure.read import ReadOptions
from il2struct.variants import listed_variants

if TYPE_CHECKING:
    import pandas as pd
    from distributed import Client

#: Seconds after which what is finished is made to outlive a loss of power.
SYNC_S: Final = 5.0

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """
    How far a batch is.

    Entries in all, finished by an earlier run, finished by this one, and failed of the finished
    ones; seconds since this run began.
    """

    n_total: int
    n_kept: int
    n_done: int
    n_failed: int
    seconds: float

    @property
    def entries_per_second(self) -> float:
        """Rate of this run."""
        return self.n_done / self.seconds if self.seconds > 0 else 0.0

    @property
    def remaining_seconds(self) -> float:
        """Time to go at that rate; infinite before the first entry."""
        n_left = self.n_total - self.n_kept - self.n_done
        rate = self.entries_per_second
        return n_left / rate if rate else float("inf") if n_left else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchSettings:
    """
    How a batch works, beside what it computes.

    Attributes
    ----------
    parameters : InterfaceParameters
        What defines the numbers.
    reading : ReadOptions
        Model and alternate locations, of the reference too.
    family : Family or None
        What chains can be, from `read_family`; the shipped family if None.
    variants : iterable of str
        For the analysis ``variants``: mutations (``"IL2:F42A,Y45A"``) and tables of them.
    reference : str or path, optional
        Entry that ``compare``, ``overlap`` and the DockQ of ``predicted`` hold every entry against.
    archive : ArchiveSettings or None
        Where entries are looked for; by default as the environment says.
    timeout_s : float or None
        Longest time for one entry.
    part : Part
        Which share of the entries is done here.
    retry_failed : bool
        Whether entries that failed before are tried again.
    shard_entries : int
        Entries in one file of each table.
    on_progress : callable
        Called with a `Progress` at the start and after each entry.
    """

    parameters: InterfaceParameters = field(default_factory=InterfaceParameters)
    reading: ReadOptions = field(default_factory=ReadOptions)
    family: Family | None = None
    variants: Iterable[str] = ()
    reference: str | Path | None = None
    archive: ArchiveSettings | None = None
    timeout_s: float | None = None
    part: Part = field(default_factory=Part)
    retry_failed: bool = False
    shard_entries: int = SHARD_ENTRIES
    on_progress: Callable[[Progress], None] | None = None

    def __post_init__(self) -> None:
        if self.timeout_s is not None and not self.timeout_s > 0:
            raise ParameterError(
                f"the time for an entry must be positive, not {self.timeout_s:g} s."
            )
        if self.shard_entries < 1:
            raise ParameterError("a shard holds at least one entry.")


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchResult:
    """
    What a batch left in its folder.

    Attributes
    ----------
    folder : path
        ``pandas.read_parquet(folder / "interfaces")`` reads a table.
    n_total, n_failed : int
        Entries, and those of them that failed.
    n_computed : int
        Entries that this run computed; the others were finished before.
    seconds : float
        Time of this run.
    """

    folder: Path
    n_total: int
    n_failed: int
    n_computed: int
    seconds: float

    @property
    def tables(self) -> tuple[str, ...]:
        """Names of the tables."""
        return tuple(dataset_files(self.folder))

    def table(self, name: str) -> "pd.DataFrame":
        """
        Read a table.

        Parameters
        ----------
        name : str
            As in ``docs/tables.md``.

        Raises
        ------
        ParameterError
            If the batch has no such table.
        """
        import pandas as pd

        files = dataset_files(self.folder).get(name)
        if files is None:
            raise ParameterError(
                f"{self.folder} has no table {name!r}; it has {', '.join(self.tables)}."
            )
        frames = [pd.read_parquet(path) for path in files]
        return pd.concat(frames, ignore_index=True)


def batch(
    sources: Iterable[str | Path | EntryId],
    output: str | Path,
    *,
    analyses: Iterable[str] = DEFAULT_ANALYSES,
    jobs: int | None = None,
    client: "Client | None" = None,
    settings: BatchSettings | None = None,
) -> BatchResult:
    """
    Analyse any number of entries into a folder of Parquet tables, and survive every interruption.

    Called again with the same arguments it goes on where it stopped: entries are computed again
    only if their file, the parameters or the version of il2struct changed. An entry that fails is
    a row of the table ``entries``.

    Parameters
    ----------
    sources : iterable of str, path or EntryId
        PDB ids, files, folders, ``"@list.txt"``.
    output : path
        Folder of the results; one batch at a time works on it.
    analyses : iterable of str
        ``"interfaces"``, ``"bonds"``, ``"sc"`` and ``"lattice"`` by default; all are on the page on
        batches.
    jobs : int, optional
        Worker processes; by default one for each processor.
    client : distributed.Client, optional
        Dask workers do it instead, on any number of machines that share the file system.
    settings : BatchSettings, optional
        Parameters, time limit, share of the entries.

    Returns
    -------
    BatchResult

    Raises
    ------
    ParameterError
        If an argument cannot be right, another batch works on the folder, or it was begun in
        another number of shards.
    """
    settings = settings or BatchSettings()
    archive = settings.archive or default_settings()
    reference = None
    if settings.reference is not None:
        one, *others = batch_sources([settings.reference])
        if others:
            raise ParameterError(
                f"the reference {settings.reference} is {len(others) + 1} entries; give one of them."
            )
        reference = locate(one, archive)
        # What cannot be read is said once, before any entry.
        read_file(reference, options=settings.reading)
    work = EntryWork(
        analyses=checked_analyses(analyses),
        parameters=settings.parameters,
        reading=settings.reading,
        family=settings.family,
        archive=archive,
        variants=listed_variants(settings.variants, family=settings.family),
        reference=reference,
    )
    part = settings.part
    share = batch_sources(sources)[part.number - 1 :: part.total]
    plan = BatchPlan(
        folder=Path(output).absolute(),
        sources=tuple(str(source) for source in share),
        tables=work.tables,
        fingerprint=work.fingerprint,
        part=part,
        shard_entries=settings.shard_entries,
    )
    return run_plan(plan, share, _workers(work, jobs, client, settings), settings)


class Workers(Protocol):
    """Whoever turns entries into records."""

    def results(self, sources: Iterable[EntryId | Path]) -> Iterator[bytes]:
        """Give the records of entries in the order of finishing."""


def _workers(
    work: EntryWork, jobs: int | None, client: "Client | None", settings: BatchSettings
) -> AbstractContextManager[Workers]:
    if jobs is not None and jobs < 1:
        raise ParameterError(f"a batch has at least one worker, not {jobs}.")
    if client is not None:
        from il2struct.batches.dask_workers import DaskWorkers

        return DaskWorkers(work, client=client, timeout_s=settings.timeout_s)
    return LocalWorkers(work, jobs=jobs or n_cores(), timeout_s=settings.timeout_s)


def run_plan(
    plan: BatchPlan,
    sources: Sequence[EntryId | Path],
    workers: AbstractContextManager[Workers],
    settings: BatchSettings,
) -> BatchResult:
    """
    Finish a plan: compute what is missing of its sources, seal the shards.

    The workers are entered only if something is missing. `ParameterError` if there is nothing to
    do, or another batch works on the folder.
    """
    if not sources:
        raise ParameterError(
            "no entry is given; name PDB ids, files, folders or @list.txt."
        )
    start = time.monotonic()

    def is_current(outcome: Outcome) -> bool:
        if outcome.status != "ok" and settings.retry_failed:
            return False
        if not outcome.sha256:
            return True
        try:
            return file_sha256(Path(outcome.path)) == outcome.sha256
        except FetchError:
            return False

    def report(n_done: int) -> None:
        if settings.on_progress is not None:
            settings.on_progress(
                Progress(
                    n_total=len(plan.sources),
                    n_kept=len(plan.sources) - len(missing),
                    n_done=n_done,
                    n_failed=store.n_failed,
                    seconds=time.monotonic() - start,
                )
            )

    with sole_batch(plan):
        try:
            with closing(BatchStore(plan, is_current)) as store:
                missing = frozenset(store.missing)
                report(0)
                store.settle()
                left = [source for source in sources if str(source) in missing]
                if left:
                    _compute(store, left, workers, report)
        except KeyboardInterrupt:
            # From what is on disk: the interruption may have struck anywhere in the store.
            with closing(BatchStore(plan, is_current)) as store:
                store.settle()
                store.show_unsealed()
            raise
    return BatchResult(
        folder=plan.folder,
        n_total=len(plan.sources),
        n_failed=store.n_failed,
        n_computed=len(missing),
        seconds=time.monotonic() - start,
    )


def _compute(
    store: BatchStore,
    sources: Sequence[EntryId | Path],
    workers: AbstractContextManager[Workers],
    report: Callable[[int], None],
) -> None:
    synced = time.monotonic()
    with workers as running:
        for n_done, record in enumerate(running.results(sources), start=1):
            outcome = store.add(record)
            logger.info("%s: %s", outcome.source, outcome.status)
            for message in outcome.messages:
                logger.info("%s", message)
            if time.monotonic() - synced > SYNC_S:
                store.sync()
                synced = time.monotonic()
            store.settle()
            report(n_done)


@contextmanager
def sole_batch(plan: BatchPlan) -> Iterator[None]:
    """Keep a second batch, and one divided otherwise, off the results while this one works."""
    from filelock import FileLock, Timeout

    try:
        claim_parts(plan.folder, plan.part)
        plan.state_folder.mkdir(parents=True, exist_ok=True)
        # The system frees it when the process ends, however it ends.
        lock = FileLock(plan.state_folder / "lock")
        lock.acquire(timeout=0)
    except Timeout as error:
        raise ParameterError(
            f"another batch is at work on {plan.folder}; wait for its end or choose another "
            "folder."
        ) from error
    except OSError as error:
        raise ParameterError(
            f"nothing can be written to {plan.folder} ({error.strerror or error}); choose "
            "another folder."
        ) from error
    try:
        yield
    finally:
        lock.release()
