"""The command ``trajectory``: its options; what it does stands in `il2struct.cli.trajectory`."""

from pathlib import Path
from typing import Annotated

import typer

from il2struct.cli.arguments import Between, Cutoff, Preset, Probe
from il2struct.cli.command import with_common_options
from il2struct.cli.options import CommonOptions, Request


@with_common_options
def trajectory_command(
    topology: Annotated[
        Path,
        typer.Argument(
            metavar="TOPOLOGY",
            help="Topology, or one file of many models (NMR, predictions).",
            show_default=False,
        ),
    ],
    common: CommonOptions,
    trajectories: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="TRAJECTORY",
            help="Trajectories, read one after the other.",
            show_default=False,
        ),
    ] = None,
    roles: Annotated[
        str | None,
        typer.Option(
            help="Roles by chain or segment, A=IL2,B=IL2RA [default: by sequence]."
        ),
    ] = None,
    between: Between = None,
    preset: Preset = "il2struct",
    cutoff_a: Cutoff = 5.0,
    probe_radius_a: Probe = 1.4,
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
    jobs: Annotated[
        int, typer.Option("--jobs", "-j", help="Processes; the results are the same.")
    ] = 1,
) -> int:
    """Measure interfaces frame by frame, with errors."""
    from il2struct.cli.trajectory import TrajectoryRequest, run_trajectory

    request = TrajectoryRequest(
        files=(topology, *(trajectories or ())),
        roles=roles,
        interface=Request(between, preset, cutoff_a, probe_radius_a),
        frames=slice(start, stop, step),
        sc_every=sc_every,
        unwrap=unwrap,
        jobs=jobs,
    )
    return run_trajectory(request, common)
