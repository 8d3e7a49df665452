"""The command ``trajectory``: interfaces frame by frame."""

from importlib import metadata
from pathlib import Path
from typing import Annotated, Final

import typer

from il2struct.cli import options
from il2struct.errors import ParameterError

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
        options.CommonOptions,
        options.Offer("references", *options.PRINTED.names),
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
