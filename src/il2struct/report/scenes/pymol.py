"""A scene as a PyMOL script: one object a chain image, bonds as distance objects, named scenes."""

import math
from collections.abc import Iterable
from typing import Final

import numpy as np

from il2struct.bond_kinds import sticks
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

#: Field of view from top to bottom, in degrees; PyMOL's own default.
FIELD_OF_VIEW_DEG: Final = 20.0
#: Width of a picture over its height.
ASPECT: Final = 4 / 3
#: What stands farther behind than this is cut away, in Å.
BEHIND_A: Final = 60.0
#: Letters that the names of the roles hold, as words.
_GREEK: Final = str.maketrans({"α": "-alpha", "β": "-beta", "γ": "gamma-"})
#: Settings for the picture; the nitrogens are lighter than the blue of IL-2Rβ.
HEAD: Final = (
    "bg_color white",
    f"set field_of_view, {FIELD_OF_VIEW_DEG:g}",
    "set orthoscopic, 0",
    "set cartoon_side_chain_helper, 1",
    "set cartoon_fancy_helices, 1",
    "set stick_radius, 0.18",
    "set ray_shadows, 0",
    "set ambient, 0.4",
    "set specular, 0.15",
    "set depth_cue, 0",
    "set two_sided_lighting, 1",
    "set label_color, 0x000000",
    "set label_outline_color, 0xFFFFFF",
    "set label_font_id, 7",
    "set label_size, 15",
    "set label_position, [0, 0, 12]",
    "set float_labels, 1",
    "set_color il2struct_nitrogen, [0.55, 0.66, 1.00]",
    "set_color il2struct_oxygen, [1.00, 0.05, 0.05]",
    "set_color il2struct_sulfur, [0.90, 0.78, 0.20]",
)


def pymol_script(scene: Scene, *, coordinate_file: str) -> str:
    """
    Write a scene as PyMOL commands.

    Parameters
    ----------
    scene : Scene
    coordinate_file : str
        Name of the mmCIF file, which stands beside the script; letters, digits, ``_``, ``-``, ``.``.

    Returns
    -------
    str
    """
    lines = [
        f"# il2struct scene of {scene.entry_id}: {_message(scene.title)}",
        "# Scenes: " + " ".join(view.name for view in scene.views),
        f"load {coordinate_file}, il2struct_entry",
        "hide everything",
        *HEAD,
    ]
    for each in scene.objects:
        lines += _object(each)
    lines.append("delete il2struct_entry")
    for interface in scene.interfaces:
        lines += _bonds(interface)
    if scene.membrane is not None:
        lines += _plane(scene.membrane)
    for residue in _labelled(scene):
        lines.append(f"label ({selection([residue])}) and name CA, '{residue.label}'")
    for view in scene.views:
        lines += _view(scene, view)
    lines += [f"scene {scene.views[0].name}, recall, animate=0", ""]
    return "\n".join(lines)


def _object(each: SceneObject) -> list[str]:
    lines = [f"create {each.name}, il2struct_entry and chain {'+'.join(each.chains)}"]
    if each.is_moved:
        # One command a line: the list has to be a Python list, so the API is called.
        lines.append(f"/cmd.transform_object('{each.name}', {_matrix(each)})")
    name = each.name
    lines += [
        f"show cartoon, {name} and polymer",
        f"show sticks, {name} and not polymer",
        f"color 0x{each.colour[1:]}, {name}",
        f"color il2struct_nitrogen, {name} and elem N",
        f"color il2struct_oxygen, {name} and elem O",
        f"color il2struct_sulfur, {name} and elem S",
        f"set cartoon_color, 0x{each.colour[1:]}, {name}",
    ]
    return lines


def _matrix(each: SceneObject) -> list[float]:
    matrix = np.eye(4)
    matrix[:3, :3] = each.rotation
    matrix[:3, 3] = each.translation
    return [round(float(value), 6) for value in matrix.ravel()]


def selection(residues: Iterable[SceneResidue]) -> str:
    """
    Select residues.

    Parameters
    ----------
    residues : iterable of SceneResidue

    Returns
    -------
    str
        ``none`` if there is no residue.
    """
    groups: dict[tuple[str, str], list[str]] = {}
    for residue in residues:
        key = (residue.object_name, residue.chain)
        groups.setdefault(key, []).append(_number(residue))
    parts = [
        f"({name} and chain {chain} and resi {'+'.join(dict.fromkeys(numbers))})"
        for (name, chain), numbers in groups.items()
    ]
    return " or ".join(parts) or "none"


def _number(residue: SceneResidue) -> str:
    # A bare minus sign means a range.
    sign = "\\" if residue.number < 0 else ""
    return f"{sign}{residue.number}{residue.ins_code}"


def bond_objects(interface: SceneInterface) -> dict[str, list[SceneBond]]:
    """Return the bonds of each distance object by its name."""
    return {
        f"{stick.group}_{interface.name}": own
        for stick in sticks()
        if (own := [bond for bond in interface.bonds if bond.stick is stick])
    }


def _bonds(interface: SceneInterface) -> list[str]:
    lines = []
    for name, own in bond_objects(interface).items():
        lines += [
            f"distance {name}, {_atom(bond, 1)}, {_atom(bond, 2)}, mode=0"
            for bond in own
        ]
        stick = own[0].stick
        lines += [
            f"hide labels, {name}",
            f"set dash_gap, {stick.gap_a:g}, {name}",
            f"set dash_length, {stick.dash_a or 1.0:g}, {name}",
            f"set dash_radius, {stick.radius_a:g}, {name}",
            f"set dash_color, {stick.colour.replace('#', '0x')}, {name}",
        ]
    return lines


def _atom(bond: SceneBond, side: int) -> str:
    residue = bond.residue_1 if side == 1 else bond.residue_2
    atom = bond.atom_1 if side == 1 else bond.atom_2
    return (
        f"{residue.object_name} and chain {residue.chain} and resi {_number(residue)} "
        f"and name {atom}"
    )


def _labelled(scene: Scene) -> list[SceneResidue]:
    """Residues with a bond, each once; which of them show their label is up to the view."""
    found = [r for each in scene.interfaces for r in each.bonded_residues]
    return list(dict.fromkeys(found))


def _plane(membrane: Membrane) -> list[str]:
    # A strip of two triangles zigzags over the corners.
    strip = membrane.corners[[0, 1, 3, 2]]
    points = ", ".join(f"VERTEX, {x:.2f}, {y:.2f}, {z:.2f}" for x, y, z in strip)
    normal = ", ".join(f"{value:.5f}" for value in membrane.axes[2])
    return [
        "python",
        "from pymol import cmd",
        "from pymol.cgo import ALPHA, BEGIN, COLOR, END, NORMAL, TRIANGLE_STRIP, VERTEX",
        f"plane = [ALPHA, 0.5, BEGIN, TRIANGLE_STRIP, COLOR, 0.80, 0.80, 0.76, NORMAL, {normal},",
        f"         {points}, END]",
        "cmd.load_cgo(plane, 'membrane')",
        "python end",
    ]


def _view(scene: Scene, view: SceneView) -> list[str]:
    interfaces = [scene.interface_by_name[name] for name in view.interfaces]
    shown = list(view.objects)
    for interface in interfaces:
        shown += bond_objects(interface)
    if view.has_membrane:
        shown.append("membrane")
    lines = ["disable all", "hide sticks, polymer", "hide labels"]
    lines += [f"enable {name}" for name in shown]
    for interface in interfaces:
        residues = (*interface.residues_1, *interface.residues_2)
        lines.append(f"show sticks, ({selection(residues)}) and not elem H")
        # Numbers of a whole row of complexes would be a cloud.
        if len(interfaces) == 1 and interface.bonds:
            chosen = selection(interface.bonded_residues)
            lines.append(f"show labels, ({chosen}) and name CA")
    lines += [
        f"set_view ({', '.join(f'{value:.5f}' for value in view_matrix(view.camera))})",
        f"scene {view.name}, store, {_message(view.title)}",
    ]
    return lines


def _message(title: str) -> str:
    """Return a title as one argument of a command; PyMOL's fonts have no Greek."""
    words = title.translate(_GREEK).replace(",", "")
    return words.encode("ascii", "ignore").decode()


def view_matrix(camera: Camera) -> list[float]:
    """
    Return the eighteen numbers of ``set_view``.

    Parameters
    ----------
    camera : Camera

    Returns
    -------
    list of float
        Rotation by columns, place of the camera, centre, clipping planes and field of view.
    """
    half = max(camera.half_height_a, camera.half_width_a / ASPECT)
    away = half / math.tan(math.radians(FIELD_OF_VIEW_DEG / 2)) + camera.half_depth_a
    return [
        *camera.axes.T.ravel().tolist(),
        0.0,
        0.0,
        -away,
        *camera.centre.tolist(),
        max(away - camera.front_a, 1.0),
        away + camera.half_depth_a + BEHIND_A,
        -FIELD_OF_VIEW_DEG,
    ]
