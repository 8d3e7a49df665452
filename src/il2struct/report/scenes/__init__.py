"""Scenes for PyMOL, ChimeraX and Mol*: built from an entry, and a writer for each tool."""

from il2struct.report.scenes.build import (
    SceneOptions,
    best_line,
    build_scene,
    membrane_line,
    write_membrane_chain,
)
from il2struct.report.scenes.writers import FORMATS, check_formats, save_scene
from il2struct.results.scene import Scene

__all__ = [
    "FORMATS",
    "Scene",
    "SceneOptions",
    "best_line",
    "build_scene",
    "check_formats",
    "membrane_line",
    "save_scene",
    "write_membrane_chain",
]
