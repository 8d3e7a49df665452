"""The command ``figures``, as typer reads it."""

from typing import Annotated

import typer

from il2struct.cli.arguments import Between, Cutoff, Entries, Preset, Probe, Sc
from il2struct.cli.command import with_common_options
from il2struct.cli.options import CommonOptions, Request


@with_common_options
def figures_command(
    entries: Entries,
    common: CommonOptions,
    output_format: Annotated[
        str, typer.Option("--format", help="Kinds of file, by commas: svg, pdf, png.")
    ] = "svg,pdf,png",
    only: Annotated[
        str | None,
        typer.Option(
            help="Kinds of figure, by commas, such as contact_map,bond_ladder [default: all]."
        ),
    ] = None,
    width: Annotated[
        str | None,
        typer.Option(
            help="Width of every figure: single (89 mm), double (183 mm), or mm "
            "[default: what suits each]."
        ),
    ] = None,
    colour: Annotated[
        list[str] | None,
        typer.Option(
            help="Colour of a role, such as IL2RA=#EE7733; may be given several times.",
            metavar="ROLE=#RRGGBB",
        ),
    ] = None,
    between: Between = None,
    preset: Preset = "il2struct",
    cutoff_a: Cutoff = 5.0,
    probe_radius_a: Probe = 1.4,
    sc: Sc = "value",
    no_network: Annotated[
        bool,
        typer.Option(
            "--no-network",
            help="Leave out what needs the contacts of the crystal lattice.",
        ),
    ] = False,
) -> int:
    """Draw the figures of entries, with their tables."""
    from il2struct.cli.figures import DEFAULT_FOLDER, FigureOrder, run_figures
    from il2struct.cli.folder import own_files

    request = Request(between, preset, cutoff_a, probe_radius_a, sc)
    order = FigureOrder(
        formats=output_format,
        only=only,
        width=width,
        colours=tuple(colour or ()),
        with_network=not no_network,
    )
    with own_files(common.output or DEFAULT_FOLDER, "figures"):
        return run_figures(entries, common, request, order)
