"""Scenes as files: coordinates and one script for each tool."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Final

from il2struct.errors import ParameterError
from il2struct.report.scenes.chimerax import chimerax_script
from il2struct.report.scenes.model import Scene
from il2struct.report.scenes.molviewspec import molviewspec_text
from il2struct.report.scenes.pymol import pymol_script


def _pymol(scene: Scene) -> str:
    return pymol_script(scene, coordinate_file=coordinate_file(scene))


def _chimerax(scene: Scene) -> str:
    return chimerax_script(scene, coordinate_file=coordinate_file(scene))


#: Writers by the ending of their files.
FORMATS: Final[Mapping[str, Callable[[Scene], str]]] = MappingProxyType(
    {"pml": _pymol, "cxc": _chimerax, "mvsj": molviewspec_text}
)


def coordinate_file(scene: Scene) -> str:
    """Return the name of the mmCIF file that the scripts open."""
    return f"{scene.entry_id}_scene.cif"


def save_scene(
    scene: Scene, folder: Path, *, formats: Sequence[str] = tuple(FORMATS)
) -> tuple[Path, ...]:
    """
    Write a scene to a folder.

    Parameters
    ----------
    scene : Scene
    folder : path
        Must exist.
    formats : sequence of str
        Of `FORMATS`.

    Returns
    -------
    tuple of path
        ``<entry>_scene.cif`` first unless only ``mvsj`` is asked for, which holds its coordinates.

    Raises
    ------
    ParameterError
        If a format is not known.
    """
    check_formats(formats)
    written = []
    if set(formats) - {"mvsj"}:
        path = folder / coordinate_file(scene)
        path.write_text(scene.coordinates, encoding="utf-8")
        written.append(path)
    for name in dict.fromkeys(formats):
        path = folder / f"{scene.entry_id}.{name}"
        path.write_text(FORMATS[name](scene), encoding="utf-8")
        written.append(path)
    return tuple(written)


def check_formats(formats: Sequence[str]) -> None:
    """Raise ParameterError unless there is a writer for every format, and some format."""
    wrong = [name for name in formats if name not in FORMATS]
    if wrong or not formats:
        given = ", ".join(wrong) or "nothing"
        raise ParameterError(
            f"scenes are written as {', '.join(FORMATS)}, not {given}."
        )
