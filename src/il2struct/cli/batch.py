"""The commands ``batch`` (many entries, on all processors or a Dask cluster) and ``trajectory`` (many frames)."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from il2struct.batches import ANALYSIS_TABLES
from il2struct.cli import options
from il2struct.errors import ParameterError

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
            "--with", help=f"What to do, by commas: {', '.join(ANALYSIS_TABLES)}."
        ),
    ] = "interfaces,bonds,sc,lattice",
    mutations: options.Mutations = None,
    reference: options.Reference = None,
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
                variants=mutations or (),
                reference=reference,
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


#: The table that a terminal or a single file shows.
MAIN: Final = "trajectory_interfaces"
#: Seconds that a trajectory is taken for until it is opened, beside those of compiling.
TYPICAL_S: Final = 30.0
#: Shares of reading and naming it, and of the tables.
OPENING, TABLES = 0.1, 0.05


@options.with_options
def trajectory(
    topology: Annotated[
        Path,
        typer.Argument(
            metavar="TOPOLOGY",
            help="Topology, or one file of many models (NMR, predictions).",
            show_default=False,
        ),
    ],
    trajectories: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="TRAJECTORY",
            help="Trajectories, read one after the other.",
            show_default=False,
        ),
    ] = None,
    *,
    roles: Annotated[
        str | None,
        typer.Option(
            help="Roles by chain or segment, A=IL2,B=IL2RA [default: by sequence]."
        ),
    ] = None,
    request: Annotated[options.Request, options.Offer("between", *options.DEFINITION)],
    start: Annotated[
        int | None, typer.Option(help="First frame, from 0; negative from the end.")
    ] = None,
    stop: Annotated[int | None, typer.Option(help="Frame to stop before.")] = None,
    step: Annotated[int, typer.Option(help="Every n-th frame.")] = 1,
    sc_every: Annotated[
        int,
        typer.Option(
            help="Shape complementarity in every n-th analysed frame; 0: never."
        ),
    ] = 1,
    unwrap: Annotated[
        bool,
        typer.Option(
            "--unwrap",
            help="Make chains whole that the periodic box cuts, and put them together.",
        ),
    ] = False,
    figures: Annotated[
        str | None,
        typer.Option(
            help="Draw figures too, into the folder of -o: svg, pdf, png, by commas.",
            show_default=False,
        ),
    ] = None,
    jobs: Annotated[
        int, typer.Option("--jobs", "-j", help="Processes; the results are the same.")
    ] = 1,
    common: Annotated[
        options.CommonOptions, options.Offer("references", *options.PRINTED.names)
    ],
) -> int:
    """Measure interfaces frame by frame, with errors."""
    from il2struct import progress
    from il2struct.cli import runner
    from il2struct.cli.output import check_columns, prepare_target, write_tables
    from il2struct.figures import bond_occupancy_drawings, interface_course
    from il2struct.figures.drawing import checked_formats
    from il2struct.report.write import provenance, write_provenance
    from il2struct.results.text import write_text
    from il2struct.structure.read import ReadOptions
    from il2struct.tables import column_names
    from il2struct.trajectory.measure import TrajectoryParameters, parse_roles
    from il2struct.trajectory.study import TrajectoryResults, open_trajectory
    from il2struct.trajectory.tables import trajectory_summary

    prepare_target(common.output_format, common.output)
    check_columns(common, column_names(MAIN))
    if sc_every < 0:
        raise ParameterError(
            f"--sc-every must not be negative, as {sc_every} is; 0 means never."
        )
    if jobs < 1:
        raise ParameterError(f"-j takes at least one process, not {jobs}.")
    if step < 1:
        raise ParameterError(f"--step must be at least 1, not {step}.")
    formats = () if figures is None else checked_formats(figures.split(","))
    folder = common.output
    is_folder = folder is not None and folder.suffix.lower() not in options.BY_SUFFIX
    if formats and not is_folder:
        raise ParameterError(
            "--figures writes into a folder; name one with -o, such as -o results/."
        )
    request.check()
    parameters = TrajectoryParameters(
        interface=request.parameters(), sc_every=sc_every, unwrap=unwrap
    )
    named_roles = None if roles is None else parse_roles(roles)

    def write(results: TrajectoryResults) -> None:
        write_tables(results.tables(), common, main=MAIN)
        if folder is None or not is_folder:
            return
        if formats and len(results.table):
            for drawing in (
                interface_course(results),
                *bond_occupancy_drawings(results),
            ):
                drawing.save(folder / "figures", formats=formats)
        write_text(trajectory_summary(results), folder / "summary.md")
        content = provenance(
            [results.named],
            results.measured.plan.parameters.interface,
            ReadOptions(),
            between=request.between,
        )
        frames = results.totals.frame
        content["libraries"]["MDAnalysis"] = metadata.version("MDAnalysis")
        content["trajectory"] = {
            "files": [str(path) for path in (topology, *(trajectories or ()))],
            "roles": roles,
            "first_frame": int(frames[0]),
            "last_frame": int(frames[-1]),
            "n_frames": len(frames),
            "sc_every": sc_every,
            "unwrap": unwrap,
        }
        write_provenance(content, folder / "provenance.json")
        runner.say(f"summary in {folder}/summary.md", common)

    missing = runner.kernels_to_compile("trajectory")
    compiling, measuring = progress.shares(runner.compiling_seconds(missing), TYPICAL_S)
    with progress.progress_bar(quiet=common.quiet, has_lines=True) as bar:
        runner.compile_kernels(missing, compiling)
        with bar.step("", measuring):
            with progress.step(f"reading {topology.name}", OPENING):
                study = open_trajectory(
                    topology,
                    trajectories or [],
                    roles=named_roles,
                    references=common.references,
                )
                runner.tell_of_notes(study.named)
            with progress.step("", 1.0 - OPENING - TABLES):
                results = study.interfaces(
                    request.between,
                    parameters=parameters,
                    frames=slice(start, stop, step),
                    jobs=jobs,
                )
            with progress.step("tables", TABLES):
                results.tables()
                if common.output is not None:
                    write(results)
    if common.output is None:  # not across the bar
        write(results)
    return runner.ALL_DONE
