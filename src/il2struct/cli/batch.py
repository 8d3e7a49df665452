"""The command ``batch``: many entries, on all processors or a Dask cluster."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from il2struct.batches.run import BatchResult, BatchSettings, Progress, batch
from il2struct.batches.store import parse_part
from il2struct.cli.options import CommonOptions, OutputFormat, Request
from il2struct.cli.output import BY_SUFFIX, make_folder
from il2struct.cli.runner import (
    ALL_DONE,
    ALL_FAILED,
    INTERRUPTED,
    SOME_FAILED,
    archive_settings,
)
from il2struct.errors import ParameterError
from il2struct.structure.read import ReadOptions

if TYPE_CHECKING:
    from distributed import Client

#: Where a batch goes if the user does not say.
DEFAULT_FOLDER: Final = Path("il2struct-batch")
#: Seconds between lines of progress where no bar can be drawn.
LINE_S: Final = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchOrder:
    """
    What the user asked of a batch beyond the measurement; see ``il2struct batch --help``.

    Attributes
    ----------
    analyses, shard : str
    jobs : int or None
    timeout_s : float or None
    scheduler : str or None
    retry_failed : bool
    """

    analyses: str
    jobs: int | None
    timeout_s: float | None
    shard: str
    scheduler: str | None
    retry_failed: bool


def run_batch(
    entries: list[str], common: CommonOptions, request: Request, order: BatchOrder
) -> int:
    """
    Analyse entries into a folder of Parquet tables.

    Parameters
    ----------
    entries : list of str
        As typed.
    common : CommonOptions
    request : Request
    order : BatchOrder

    Returns
    -------
    int
        Exit status.
    """
    folder = common.output or DEFAULT_FOLDER
    _check_target(common, folder)
    try:
        with _progress(common) as tell, _client(order.scheduler) as client:
            result = batch(
                entries,
                folder,
                analyses=[name.strip() for name in order.analyses.split(",")],
                jobs=order.jobs,
                client=client,
                settings=_settings(common, request, order, tell),
            )
    except KeyboardInterrupt:
        _say(f"interrupted; the same command goes on in {folder}", common)
        return INTERRUPTED
    _say(_summary(result), common)
    if not result.n_failed:
        return ALL_DONE
    return SOME_FAILED if result.n_failed < result.n_total else ALL_FAILED


def _check_target(common: CommonOptions, folder: Path) -> None:
    if common.output_format not in (None, OutputFormat.PARQUET):
        raise ParameterError(
            f"batch writes Parquet, not {common.output_format}; il2struct tables prints it as "
            "table, csv or json."
        )
    if folder.suffix.lower() in BY_SUFFIX:
        raise ParameterError(
            f"batch writes a folder of files, not {folder.name}; name a folder with -o."
        )
    make_folder(folder)


def _settings(
    common: CommonOptions,
    request: Request,
    order: BatchOrder,
    tell: Callable[[Progress], None],
) -> BatchSettings:
    return BatchSettings(
        parameters=request.parameters(),
        reading=ReadOptions(model=common.model, altloc=common.altloc),
        archive=archive_settings(common),
        family=common.family,
        timeout_s=order.timeout_s,
        part=parse_part(order.shard),
        retry_failed=order.retry_failed,
        on_progress=tell,
    )


@contextmanager
def _client(scheduler: str | None) -> Iterator["Client | None"]:
    if scheduler is None:
        yield None
        return
    from il2struct.batches.dask_workers import connect

    with connect(scheduler) as client:
        yield client


def _say(text: str, common: CommonOptions) -> None:
    if not common.quiet:
        print(f"il2struct: {text}", file=sys.stderr)


def _summary(result: BatchResult) -> str:
    kept = result.n_total - result.n_computed
    parts = [f"{_count(result.n_total)} in {result.folder}"]
    if kept:
        parts.append(f"{kept} of them finished before")
    if result.n_failed:
        parts.append(
            f"{result.n_failed} failed (see the table entries; --retry-failed tries them again)"
        )
    return ", ".join(parts)


def _count(n_entries: int) -> str:
    return "1 entry" if n_entries == 1 else f"{n_entries} entries"


@contextmanager
def _progress(common: CommonOptions) -> Iterator[Callable[[Progress], None]]:
    """Choose how to show progress: a bar on a terminal, lines elsewhere, nothing if quiet."""
    if common.quiet:
        yield lambda _: None
    elif sys.stderr is not None and sys.stderr.isatty():
        with _bar() as tell:
            yield tell
    else:
        yield _Lines()


@contextmanager
def _bar() -> Iterator[Callable[[Progress], None]]:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        TextColumn,
        TimeElapsedColumn,
    )
    from rich.progress import Progress as Bar

    columns = (
        TextColumn("entries"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeElapsedColumn(),
    )
    with Bar(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("entries", total=None, rate="")

        def tell(progress: Progress) -> None:
            bar.update(
                task,
                total=progress.n_total,
                completed=progress.n_kept + progress.n_done,
                rate=_rate(progress),
            )

        yield tell


class _Lines:
    """A line of progress now and then."""

    def __init__(self) -> None:
        self._told = -LINE_S

    def __call__(self, progress: Progress) -> None:
        now = time.monotonic()
        n_finished = progress.n_kept + progress.n_done
        is_last = progress.n_done and n_finished == progress.n_total
        if not is_last and now - self._told < LINE_S:
            return
        self._told = now
        text = f"{n_finished} of {_count(progress.n_total)}, {_rate(progress)}"
        print(f"il2struct: {text}", file=sys.stderr, flush=True)


def _rate(progress: Progress) -> str:
    """Failures, rate and time to go."""
    failed = f"{progress.n_failed} failed"
    if not progress.n_done:
        return failed
    left = _duration(progress.remaining_seconds)
    return f"{failed}, {progress.entries_per_second:.1f}/s, {left} left"


def _duration(seconds: float) -> str:
    """Hours, minutes and seconds."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}"
