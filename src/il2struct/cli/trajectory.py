"""What the command ``trajectory`` does."""

import sys
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Final

from il2struct.cli.options import CommonOptions, Request
from il2struct.cli.output import BY_SUFFIX, prepare_target, write_tables
from il2struct.cli.runner import (
    ALL_DONE,
    compile_kernels,
    compiling_seconds,
    kernels_to_compile,
    tell_of_notes,
)
from il2struct.errors import ParameterError
from il2struct.progress import progress_bar, shares, step
from il2struct.report.write import provenance, write_provenance
from il2struct.structure.read import ReadOptions
from il2struct.trajectory.plan import TrajectoryParameters, parse_roles
from il2struct.trajectory.study import TrajectoryResults, open_trajectory
from il2struct.trajectory.tables import trajectory_summary

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

#: The table that a terminal or a single file shows.
MAIN: Final = "trajectory_interfaces"
#: Seconds that a trajectory is taken for until it is opened, beside those of compiling.
TYPICAL_S: Final = 30.0
#: Shares of reading and naming it, and of the tables.
OPENING, TABLES = 0.1, 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class TrajectoryRequest:
    """
    What is asked for on the command line.

    Attributes
    ----------
    files : tuple of path
        The topology, then the trajectories.
    roles : str or None
        As typed.
    interface : Request
        Sides and definitions.
    frames : slice
        Which frames.
    sc_every, jobs : int
        How often Sc, how many processes.
    unwrap : bool
        Whether to undo the periodic box.
    """

    files: tuple[Path, ...]
    roles: str | None
    interface: Request
    frames: slice
    sc_every: int
    unwrap: bool
    jobs: int

    def parameters(self) -> TrajectoryParameters:
        """Return what defines the numbers; ParameterError if it cannot be right."""
        if self.sc_every < 0:
            raise ParameterError(
                f"--sc-every must not be negative, as {self.sc_every} is; 0 means never."
            )
        if self.jobs < 1:
            raise ParameterError(f"-j takes at least one process, not {self.jobs}.")
        if self.frames.step < 1:
            raise ParameterError(f"--step must be at least 1, not {self.frames.step}.")
        self.interface.check()
        return TrajectoryParameters(
            interface=self.interface.parameters(),
            sc_every=self.sc_every,
            unwrap=self.unwrap,
        )


def run_trajectory(request: TrajectoryRequest, common: CommonOptions) -> int:
    """
    Measure a trajectory and write its tables and a summary.

    Parameters
    ----------
    request : TrajectoryRequest
    common : CommonOptions

    Returns
    -------
    int
        Exit status.
    """
    if common.model is not None:
        raise ParameterError(
            "--model does not apply, each model is a frame; choose frames with --start and --stop."
        )
    prepare_target(common.output_format, common.output)
    parameters = request.parameters()
    roles = parse_roles(request.roles) if request.roles is not None else None
    missing = kernels_to_compile("trajectory")
    compiling, measuring = shares(compiling_seconds(missing), TYPICAL_S)
    with progress_bar(quiet=common.quiet, has_lines=True) as progress:
        compile_kernels(missing, compiling)
        with progress.step("", measuring):
            results = _measured(request, parameters, roles, common.references)
            with step("tables", TABLES):
                results.tables()
                if common.output is not None:
                    _write(results, request, common)
    if common.output is None:  # not across the bar
        _write(results, request, common)
    return ALL_DONE


def _measured(
    request: TrajectoryRequest,
    parameters: TrajectoryParameters,
    roles: dict[str, str] | None,
    references: Path | None,
) -> TrajectoryResults:
    topology, *trajectories = request.files
    with step(f"reading {topology.name}", OPENING):
        study = open_trajectory(
            topology, trajectories, roles=roles, references=references
        )
        tell_of_notes(study.named)
    with step("", 1.0 - OPENING - TABLES):
        return study.interfaces(
            request.interface.between,
            parameters=parameters,
            frames=request.frames,
            jobs=request.jobs,
        )


def _write(
    results: TrajectoryResults, request: TrajectoryRequest, common: CommonOptions
) -> None:
    tables: Mapping[str, pd.DataFrame] = results.tables()
    write_tables(tables, common, main=MAIN)
    folder = common.output
    if folder is None or folder.suffix.lower() in BY_SUFFIX:
        return
    text = trajectory_summary(results)
    (folder / "summary.md").write_text(
        text, encoding="utf-8", errors="backslashreplace"
    )
    content = provenance(
        [results.named],
        results.measured.plan.parameters.interface,
        ReadOptions(),
        between=request.interface.between,
    )
    frames = results.totals.frame
    content["libraries"]["MDAnalysis"] = metadata.version("MDAnalysis")
    content["trajectory"] = {
        "files": [str(path) for path in request.files],
        "roles": request.roles,
        "first_frame": int(frames[0]),
        "last_frame": int(frames[-1]),
        "n_frames": len(frames),
        "sc_every": request.sc_every,
        "unwrap": request.unwrap,
    }
    write_provenance(content, folder / "provenance.json")
    if not common.quiet:
        print(f"il2struct: summary in {folder}/summary.md", file=sys.stderr)
