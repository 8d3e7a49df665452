"""The command ``batch``: many entries, on all processors or a Dask cluster."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, Annotated, Final

import typer

from il2struct.batches.analyses import ANALYSIS_TABLES
from il2struct.cli import options

if TYPE_CHECKING:
    from distributed import Client

    from il2struct.batches.run import BatchResult, Progress

#: Seconds between lines of progress where no bar can be drawn.
LINE_S: Final = 10.0


@options.with_options
def batch(
    entries: options.Entries,
    *,
    analyses: Annotated[
        str,
        typer.Option(
            "--with",
            help=f"What to do, by commas: {', '.join(ANALYSIS_TABLES)}.",
        ),
    ] = "interfaces,bonds,sc,lattice",
    jobs: Annotated[
        int | None,
        typer.Option(
            "--jobs", "-j", help="Worker processes [default: one a processor]."
        ),
    ] = None,
    timeout_s: Annotated[
        float | None,
        typer.Option("--timeout", help="Longest time for one entry, in seconds."),
    ] = None,
    shard: Annotated[
        str,
        typer.Option(
            help="Do every n-th entry from the i-th, as i/n: for job arrays without Dask."
        ),
    ] = "1/1",
    scheduler: Annotated[
        str | None,
        typer.Option(help="Dask scheduler whose workers do it: tcp://host:8786."),
    ] = None,
    retry_failed: Annotated[
        bool,
        typer.Option(
            "--retry-failed", help="Try entries again that failed in an earlier run."
        ),
    ] = False,
    request: Annotated[options.Request, options.Offer(*options.DEFINITION, sc="value")],
    common: Annotated[options.FolderOptions, options.FOLDER],
) -> int:
    """Analyse many entries into Parquet tables; can be resumed."""
    from il2struct.batches import run
    from il2struct.batches.store import parse_part
    from il2struct.cli.output import folder_of_files
    from il2struct.cli.runner import (
        ALL_DONE,
        ALL_FAILED,
        INTERRUPTED,
        SOME_FAILED,
        archive_settings,
        say,
    )
    from il2struct.structure.read import ReadOptions

    folder = folder_of_files(common, "batch", "il2struct-batch")
    workers: AbstractContextManager[Client | None] = nullcontext()
    if scheduler is not None:
        from il2struct.batches.dask_workers import connect

        workers = connect(scheduler)
    try:
        with _progress(common) as tell, workers as client:
            settings = run.BatchSettings(
                parameters=request.parameters(),
                reading=ReadOptions(model=common.model, altloc=common.altloc),
                archive=archive_settings(common),
                family=common.family,
                timeout_s=timeout_s,
                part=parse_part(shard),
                retry_failed=retry_failed,
                on_progress=tell,
            )
            result = run.batch(
                entries,
                folder,
                analyses=[name.strip() for name in analyses.split(",")],
                jobs=jobs,
                client=client,
                settings=settings,
            )
    except KeyboardInterrupt:
        say(f"interrupted; the same command goes on in {folder}", common)
        return INTERRUPTED
    say(_summary(result), common)
    if not result.n_failed:
        return ALL_DONE
    return SOME_FAILED if result.n_failed < result.n_total else ALL_FAILED


def _summary(result: "BatchResult") -> str:
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
def _progress(common: options.CommonOptions) -> Iterator[Callable[["Progress"], None]]:
    """Choose how to show progress: a bar on a terminal, lines elsewhere, nothing if quiet."""
    if common.quiet:
        yield lambda _: None
    elif sys.stderr is not None and sys.stderr.isatty():
        with _bar() as tell:
            yield tell
    else:
        yield _Lines()


@contextmanager
def _bar() -> Iterator[Callable[["Progress"], None]]:
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

        def tell(progress: "Progress") -> None:
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

    def __call__(self, progress: "Progress") -> None:
        now = time.monotonic()
        n_finished = progress.n_kept + progress.n_done
        is_last = progress.n_done and n_finished == progress.n_total
        if not is_last and now - self._told < LINE_S:
            return
        self._told = now
        text = f"{n_finished} of {_count(progress.n_total)}, {_rate(progress)}"
        print(f"il2struct: {text}", file=sys.stderr, flush=True)


def _rate(progress: "Progress") -> str:
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
