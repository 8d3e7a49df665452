"""Scenes for PyMOL, ChimeraX and Mol*: one description as data, and a writer for each tool."""

from il2struct.report.scenes.build import SceneOptions, build_scene
from il2struct.report.scenes.model import Scene
from il2struct.report.scenes.save import FORMATS, save_scene

__all__ = ["FORMATS", "Scene", "SceneOptions", "build_scene", "save_scene"]
