"""Commands that write a folder to look at: ``report``, ``figures`` and ``scene``."""

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Annotated, Final

import typer

from il2struct.cli import options
from il2struct.errors import ParameterError

if TYPE_CHECKING:
    from il2struct.palette import Palette
    from il2struct.results.study import Study

#: Seconds that measuring an entry for a report takes beside those of `ReportFolder.seconds`.
REPORT_ENTRY_S: Final = 3.0
#: Share of the figures in the work on an entry.
DRAWING: Final = 0.95


@options.with_options
def report(
    entries: options.Entries,
    request: Annotated[
        options.Request, options.Offer("between", *options.DEFINITION, sc="error")
    ],
    *,
    html: Annotated[
        bool, typer.Option(help="Write report.html too: all of it on one page, in 3D.")
    ] = True,
    figures: Annotated[bool, typer.Option(help="Draw figures into that page.")] = True,
    network: Annotated[
        bool,
        typer.Option(
            "--network", help="Weigh lattice contacts of γc too, as `network` does."
        ),
    ] = False,
    common: Annotated[options.FolderOptions, options.TABLES_IN_FOLDER],
) -> int:
    """Write tables, comparison, summary and a page to a folder."""
    from il2struct.cli.output import folder_of_files, own_files
    from il2struct.cli.runner import Finish, each_entry, say
    from il2struct.report.write import ReportFolder
    from il2struct.results.text import write_folder
    from il2struct.structure.read import ReadOptions

    request.check()
    target = folder_of_files(common, "report", "il2struct-report")
    output_format = common.output_format or options.OutputFormat.CSV
    written = ReportFolder(
        target, partial(write_folder, output_format=output_format), has_network=network
    )
    if html:
        # Its libraries are loaded by nothing that makes no page.
        from il2struct.report.page.page import PageOptions
        from il2struct.report.page.viewer import find_viewer

        viewer = find_viewer(offline=common.offline)
        written.page = PageOptions(viewer=viewer, has_figures=figures)

    def work(study: "Study") -> None:
        written.add(request.measure(study))

    def finish(failed: list[tuple[str, Exception]]) -> None:
        written.failures += failed
        reading = ReadOptions(model=common.model, altloc=common.altloc)
        written.finish(request.parameters(), reading, between=request.between)

    ending = Finish(work=finish, entry_seconds=REPORT_ENTRY_S, seconds=written.seconds)
    with own_files(target, "report"):
        # The format is that of the files in the folder, which is made already.
        outcome = each_entry(entries, replace(common, output=target), work, ending)
        page = f" and {target}/report.html" if html else ""
        say(f"report in {target}/summary.md{page}", common)
    return outcome.status


@options.with_options
def figures(
    entries: options.Entries,
    *,
    output_format: Annotated[
        str, typer.Option("--format", help="Kinds of file, by commas: svg, pdf, png.")
    ] = "svg,pdf,png",
    only: Annotated[
        str | None,
        typer.Option(
            help="Kinds of figure, by commas, such as contact_map,bond_ladder; "
            "il2struct docs how-to/figures lists them [default: all]."
        ),
    ] = None,
    width: Annotated[
        str | None,
        typer.Option(
            help="Width of every figure: single (89 mm), double (183 mm), or mm "
            "[default: what suits each]."
        ),
    ] = None,
    colour: options.Colours = None,
    type_scale: Annotated[
        float,
        typer.Option(help="Type, lines and marks so many times as large, 1 to 2."),
    ] = 1.0,
    water: Annotated[bool, typer.Option(help="Draw bonds through waters.")] = True,
    numbers: Annotated[
        bool, typer.Option(help="Write values at marks: distances, counts, cells.")
    ] = True,
    labels: Annotated[
        int | None,
        typer.Option(
            help="Residues named of each side or row, the most buried first "
            "[default: what suits each]."
        ),
    ] = None,
    copies: Annotated[
        str,
        typer.Option(
            help="In comparisons each copy of an entry has a row, or they are merged: each, merged."
        ),
    ] = "each",
    request: Annotated[
        options.Request, options.Offer("between", *options.DEFINITION, sc="value")
    ],
    no_network: Annotated[
        bool,
        typer.Option(
            "--no-network",
            help="Leave out what needs the contacts of the crystal lattice.",
        ),
    ] = False,
    common: Annotated[options.FolderOptions, options.FOLDER],
) -> int:
    """Draw the figures of entries, with their tables."""
    from il2struct.cli.output import folder_of_files, own_files
    from il2struct.cli.runner import Finish, each_entry, say
    from il2struct.figures import KINDS, checked_kinds, options
    from il2struct.figures.canvas import WIDTHS_MM, width_mm
    from il2struct.figures.drawing import METADATA, checked_formats
    from il2struct.figures.folder import ENTRY_S, FigureFolder
    from il2struct.progress import step

    def checked_width(text: str) -> str | float:
        if text in WIDTHS_MM:
            return text
        try:
            number = float(text)
        except ValueError as error:
            raise ParameterError(
                f"--width takes single, double or a number of mm, not {text!r}."
            ) from error
        return width_mm(number)

    request.check()
    look = options(
        type_scale=type_scale,
        water=water,
        numbers=numbers,
        labels=labels,
        copies=copies,
    )
    endings = [f".{name}" for name in METADATA]
    target = folder_of_files(common, "figures", "il2struct-figures", *endings)
    every = [kind.name for kind in KINDS]
    drawn = FigureFolder(
        folder=target,
        formats=checked_formats(output_format.split(",")),
        kinds=checked_kinds(every if only is None else only.split(",")),
        width=None if width is None else checked_width(width),
        palette=palette_of(colour or []),
        parameters=request.parameters(),
        with_network=not no_network,
    )

    def work(study: "Study") -> None:
        with step("", 1.0 - DRAWING):
            results = request.measure(study)
        with step("", DRAWING):
            drawn.add(results)

    ending = Finish(
        work=lambda _failed: drawn.finish(),
        entry_seconds=ENTRY_S,
        seconds=drawn.seconds,
    )
    with look, own_files(target, "figures"):
        outcome = each_entry(entries, replace(common, output=target), work, ending)
        if drawn.results:
            say(drawn.summary(), common)
    return outcome.status


@options.with_options
def scene(
    entry: options.OneEntry,
    *,
    output_format: Annotated[
        str,
        typer.Option(
            "--format",
            help="For which tools, by commas: pml (PyMOL), cxc (ChimeraX), mvsj (Mol*).",
        ),
    ] = "pml,cxc,mvsj",
    neighbours: Annotated[
        int,
        typer.Option(
            help="Neighbours in the crystal lattice, placed by their matrices."
        ),
    ] = 2,
    colour: options.Colours = None,
    common: Annotated[options.FolderOptions, options.FOLDER],
) -> int:
    """Write a scene of an entry for PyMOL, ChimeraX and Mol*."""
    from il2struct.cli.output import folder_of_files
    from il2struct.cli.runner import each_entry, say
    from il2struct.progress import step
    from il2struct.report.scene_files import check_formats, save_scene
    from il2struct.report.scenes import SceneOptions, build_scene, membrane_line

    formats = [part.strip().lower() for part in output_format.split(",")]
    check_formats(formats)
    chosen = SceneOptions(n_neighbours=neighbours, palette=palette_of(colour or []))
    endings = (".pml", ".cxc", ".mvsj", ".cif")
    folder = folder_of_files(common, "scene", "il2struct-scene", *endings)

    def work(study: "Study") -> None:
        with step("neighbours", 0.4):
            line = membrane_line(study.named) if neighbours else None
        with step("scene", 0.4):
            built = build_scene(study.named, options=chosen, line=line)
        with step("files", 0.1):
            written = save_scene(built, folder, formats=formats)
        say(f"{' '.join(path.name for path in written)} in {folder}", common)

    return each_entry([entry], replace(common, output=folder), work).status


def palette_of(colours: list[str]) -> "Palette":
    """Read colours of roles, ``IL2RA=#EE7733``; ParameterError if one is not written so."""
    from il2struct.palette import Palette

    pairs = [text.partition("=") for text in colours]
    wrong = [text for text, pair in zip(colours, pairs, strict=True) if not pair[1]]
    if wrong:
        raise ParameterError(
            f"--colour takes ROLE=#rrggbb, such as IL2RA=#EE7733, not {wrong[0]!r}."
        )
    return Palette().with_roles({role.strip(): hue.strip() for role, _, hue in pairs})
