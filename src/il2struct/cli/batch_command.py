"""The command ``batch``, as typer reads it."""

from typing import Annotated

import typer

from il2struct.cli.arguments import Cutoff, Entries, Preset, Probe
from il2struct.cli.command import with_common_options
from il2struct.cli.options import CommonOptions, Request


@with_common_options
def batch_command(
    entries: Entries,
    common: CommonOptions,
    analyses: Annotated[
        str,
        typer.Option(
            "--with",
            help="What to do, by commas: interfaces, bonds, sc, lattice.",
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
    preset: Preset = "il2struct",
    cutoff_a: Cutoff = 5.0,
    probe_radius_a: Probe = 1.4,
    sc: Annotated[
        str,
        typer.Option("--sc", help="Shape complementarity: value, or error with it."),
    ] = "value",
) -> int:
    """Analyse many entries into Parquet tables; can be resumed."""
    from il2struct.cli.batch import BatchOrder, run_batch

    request = Request(None, preset, cutoff_a, probe_radius_a, sc)
    order = BatchOrder(
        analyses=analyses,
        jobs=jobs,
        timeout_s=timeout_s,
        shard=shard,
        scheduler=scheduler,
        retry_failed=retry_failed,
    )
    return run_batch(entries, common, request, order)
