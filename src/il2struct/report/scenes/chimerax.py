"""
A scene as a ChimeraX script.

Only commands of the ChimeraX user guide are used (``docs/scenes.md`` names the pages); ChimeraX
itself was not at hand, so that the script is untested there.
"""

import math
from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np

from il2struct.arrays import FloatArray
from il2struct.report.scenes.model import (
    Camera,
    Membrane,
    Scene,
    SceneBond,
    SceneInterface,
    SceneObject,
    SceneResidue,
    SceneView,
)

#: Field of view from left to right, in degrees; ChimeraX's own default.
FIELD_OF_VIEW_DEG: Final = 30.0
#: Width of a picture over its height.
ASPECT: Final = 4 / 3
#: Model number of the deposited chains; objects are copies of it and follow.
ENTRY: Final = 1


def chimerax_script(scene: Scene, *, coordinate_file: str) -> str:
    """
    Write a scene as ChimeraX commands.

    Parameters
    ----------
    scene : Scene
    coordinate_file : str
        Name of the mmCIF file, which stands beside the script; letters, digits, ``_``, ``-``, ``.``.

    Returns
    -------
    str
    """
    numbers = {each.name: ENTRY + 1 + i for i, each in enumerate(scene.objects)}
    plane = ENTRY + 1 + len(scene.objects)
    lines = [
        f"# il2struct scene of {scene.entry_id}: {scene.title}",
        "# Views, to be typed as commands: "
        + " ".join(_alias(view) for view in scene.views),
        f"open {coordinate_file} id {ENTRY}",
    ]
    for each in scene.objects:
        lines += _object(each, numbers[each.name])
    lines += [f"close #{ENTRY}", "set bgColor white", "lighting soft"]
    lines.append("graphics silhouettes true")
    for interface in scene.interfaces:
        lines += _interface(interface, numbers)
    if scene.membrane is not None:
        lines += _plane(scene.membrane, plane)
    for view in scene.views:
        lines += _view(scene, view, numbers, plane)
    lines += [_alias(scene.views[0]), ""]
    return "\n".join(lines)


def _object(each: SceneObject, number: int) -> list[str]:
    own = f"#{number}"
    lines = [
        f"combine #{ENTRY} retainIds true modelId {number} name {each.name}",
        f"delete {own} & ~{own}/{','.join(each.chains)}",
    ]
    if each.is_moved:
        lines.append(_placed(number, each.rotation, each.translation))
    lines += [
        f"hide {own} atoms",
        f"show {own}/{each.chain} cartoons",
        f"color {own} {each.colour}",
        f"color {own} byhetero",
    ]
    if len(each.chains) > 1:
        lines += [
            f"show {own}/{','.join(each.chains[1:])} atoms",
            f"style {own} stick",
        ]
    return lines


def _placed(number: int, rotation: FloatArray, translation: FloatArray) -> str:
    rows = np.column_stack((rotation, translation)).ravel()
    return f"view matrix models #{number},{_numbers(rows)}"


def _numbers(values: Iterable[float]) -> str:
    return ",".join(f"{value:.6g}" for value in values)


def selection(residues: Sequence[SceneResidue], numbers: dict[str, int]) -> str:
    """
    Specify residues.

    Parameters
    ----------
    residues : sequence of SceneResidue
        At least one.
    numbers : dict of str to int
        Model number of each object.
    """
    groups: dict[tuple[str, str], list[str]] = {}
    for residue in residues:
        key = (residue.object_name, residue.chain)
        groups.setdefault(key, []).append(f"{residue.number}{residue.ins_code}")
    return " ".join(
        f"#{numbers[name]}/{chain}:{','.join(dict.fromkeys(found))}"
        for (name, chain), found in groups.items()
    )


def _interface(interface: SceneInterface, numbers: dict[str, int]) -> list[str]:
    residues = (*interface.residues_1, *interface.residues_2)
    lines = []
    if residues:
        chosen = selection(residues, numbers)
        lines += [f"show {chosen} atoms", f"style {chosen} stick"]
    for bond in interface.bonds:
        stick = bond.stick
        colour = "black" if stick.colour == "#000000" else stick.colour
        name = f"{bond.kind.word.replace(' ', '_')}s"
        lines.append(
            f"pbond {_atom(bond, 1, numbers)} {_atom(bond, 2, numbers)} color {colour} "
            f"radius {stick.chimerax_radius_a:g} dashes {stick.chimerax_dashes} "
            f"name {name} global"
        )
    lines += [
        f"label {selection([residue], numbers)} residues text {residue.label} color black"
        for residue in interface.bonded_residues
    ]
    return lines


def _atom(bond: SceneBond, side: int, numbers: dict[str, int]) -> str:
    residue = bond.residue_1 if side == 1 else bond.residue_2
    atom = bond.atom_1 if side == 1 else bond.atom_2
    return f"{selection([residue], numbers)}@{atom}"


def _plane(membrane: Membrane, number: int) -> list[str]:
    width, height = 2 * membrane.half_length_a, 2 * membrane.half_width_a
    return [
        f"shape rectangle width {width:.1f} height {height:.1f} color #ccccc280 "
        f"name membrane modelId {number}",
        _placed(number, membrane.axes.T, membrane.centre),
    ]


def _alias(view: SceneView) -> str:
    return f"scene_{view.name}"


def _view(
    scene: Scene, view: SceneView, numbers: dict[str, int], plane: int
) -> list[str]:
    last = plane if scene.membrane is not None else plane - 1
    shown = [numbers[name] for name in view.objects]
    if view.has_membrane:
        shown.append(plane)
    chosen = ",".join(str(number) for number in shown)
    return [
        f"view matrix camera {_camera(view.camera)}",
        f"view name {view.name}",
        f"alias {_alias(view)} hide #{ENTRY + 1}-{last} models; show #{chosen} models; "
        f"view {view.name}",
    ]


def _camera(camera: Camera) -> str:
    """Place of the camera: its axes as columns, and where it stands."""
    half = max(camera.half_width_a, camera.half_height_a * ASPECT)
    away = half / math.tan(math.radians(FIELD_OF_VIEW_DEG / 2)) + camera.half_depth_a
    place = camera.centre + away * camera.axes[2]
    return _numbers(np.column_stack((camera.axes.T, place)).ravel())
