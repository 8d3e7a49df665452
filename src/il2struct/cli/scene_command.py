"""The command ``scene``, as typer reads it."""

from typing import TYPE_CHECKING, Annotated

import typer

from il2struct.cli.command import with_common_options
from il2struct.cli.options import CommonOptions

if TYPE_CHECKING:
    from pathlib import Path

    from il2struct.archive import ArchiveSettings, EntryId
    from il2struct.cli.runner import Tables
    from il2struct.palette import Palette


@with_common_options
def scene_command(
    entry: Annotated[str, typer.Argument(metavar="ENTRY", help="A PDB id or file.")],
    common: CommonOptions,
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
    colour: Annotated[
        list[str] | None,
        typer.Option(
            help="Colour of a role, such as IL2RA=#EE7733; may be given several times.",
            metavar="ROLE=#RRGGBB",
        ),
    ] = None,
) -> int:
    """Write a scene of an entry for PyMOL, ChimeraX and Mol*."""
    import sys
    from dataclasses import replace
    from pathlib import Path

    from il2struct.cli.output import BY_SUFFIX
    from il2struct.cli.runner import each_entry, entry_opener
    from il2struct.errors import ParameterError
    from il2struct.progress import step
    from il2struct.report.scenes import (
        SceneOptions,
        build_scene,
        check_formats,
        membrane_line,
        save_scene,
    )

    folder = common.output or Path("il2struct-scene")
    formats = [part.strip().lower() for part in output_format.split(",")]
    check_formats(formats)
    palette = palette_of(colour or [])
    options = SceneOptions(n_neighbours=neighbours, palette=palette)
    if folder.suffix.lower() in {*BY_SUFFIX, ".pml", ".cxc", ".mvsj", ".cif"}:
        raise ParameterError(
            f"scene writes a folder of files, not {folder.name}; name a folder with -o."
        )
    opened = entry_opener(common)

    def work(source: "EntryId | Path", settings: "ArchiveSettings") -> "Tables":
        named = opened(source, settings)
        with step("neighbours", 0.4):
            line = membrane_line(named) if neighbours else None
        with step("scene", 0.4):
            scene = build_scene(named, options=options, line=line)
        with step("files", 0.1):
            written = save_scene(scene, folder, formats=formats)
        if not common.quiet:
            names = " ".join(path.name for path in written)
            print(f"il2struct: {names} in {folder}", file=sys.stderr)
        return {}

    inside = replace(common, output=folder, output_format=None)
    return each_entry([entry], inside, work, lambda _name, _error: {}).status


def palette_of(colours: list[str]) -> "Palette":
    """
    Read colours of roles.

    Parameters
    ----------
    colours : list of str
        ``"IL2RA=#EE7733"``.

    Raises
    ------
    ParameterError
        If one is not written so, or its role is not known.
    """
    from il2struct.errors import ParameterError
    from il2struct.palette import Palette

    pairs = [text.partition("=") for text in colours]
    wrong = [text for text, pair in zip(colours, pairs, strict=True) if not pair[1]]
    if wrong:
        raise ParameterError(
            f"--colour takes ROLE=#rrggbb, such as IL2RA=#EE7733, not {wrong[0]!r}."
        )
    return Palette().with_roles({role.strip(): hue.strip() for role, _, hue in pairs})
