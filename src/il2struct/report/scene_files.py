"""
A scene as a script for PyMOL, a script for ChimeraX, and a MolViewSpec file for Mol*.

PyMOL has one object a chain image, bonds as distance objects, and named scenes. For ChimeraX only
commands of its user guide are used (``docs/scenes.md`` names the pages); ChimeraX itself was not at
hand, so that its script is untested there. MolViewSpec is plain JSON (version 1 of
https://molstar.org/mol-view-spec-docs/), one snapshot a view, the coordinates inside.
"""

import base64
import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import numpy as np

from il2struct.arrays import FloatArray
from il2struct.bond_kinds import sticks
from il2struct.errors import ParameterError
from il2struct.lattice.contacts import Unit
from il2struct.palette import Palette
from il2struct.results.scene import (
    ASPECT,
    ELEMENT_COLOURS,
    Scene,
    SceneBond,
    SceneInterface,
    SceneObject,
    SceneResidue,
    SceneView,
)

# ---------------------------------------------------------------- PyMOL

#: Field of view from top to bottom, in degrees; PyMOL's own default.
PYMOL_VIEW_DEG: Final = 20.0
#: What stands farther behind than this is cut away, in Å.
BEHIND_A: Final = 60.0
#: Letters that the names of the roles hold, as words.
_GREEK: Final = str.maketrans({"α": "-alpha", "β": "-beta", "γ": "gamma-"})
_ELEMENT_NAMES: Final = {"N": "nitrogen", "O": "oxygen", "S": "sulfur"}
_HEAD: Final = (
    "bg_color white",
    f"set field_of_view, {PYMOL_VIEW_DEG:g}",
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
)
_PLANE_HEAD: Final = (
    "python",
    "from pymol import cmd",
    "from pymol.cgo import ALPHA, BEGIN, COLOR, END, NORMAL, TRIANGLE_STRIP, VERTEX",
)
_PLANE_END: Final = ("cmd.load_cgo(plane, 'membrane')", "python end")


def pymol_script(scene: Scene) -> str:
    """Write a scene as PyMOL commands; the coordinates stand beside the script."""
    lines = [
        f"# il2struct scene of {scene.entry_id}: {_pymol_message(scene.title)}",
        "# Scenes: " + " ".join(view.name for view in scene.views),
        f"load {coordinate_file(scene)}, il2struct_entry",
        "hide everything",
        *_HEAD,
    ]
    for element, colour in ELEMENT_COLOURS.items():
        channels = ", ".join(
            f"{int(colour[i : i + 2], 16) / 255:.2f}" for i in (1, 3, 5)
        )
        lines.append(f"set_color il2struct_{_ELEMENT_NAMES[element]}, [{channels}]")
    for each in scene.objects:
        lines += _pymol_object(each)
    lines.append("delete il2struct_entry")
    for interface in scene.interfaces:
        lines += _pymol_bonds(interface)
    if scene.membrane is not None:
        # A strip of two triangles zigzags over the corners.
        strip = scene.membrane.corners[[0, 1, 3, 2]]
        points = ", ".join(f"VERTEX, {x:.2f}, {y:.2f}, {z:.2f}" for x, y, z in strip)
        normal = ", ".join(f"{value:.5f}" for value in scene.membrane.axes[2])
        lines += [
            *_PLANE_HEAD,
            f"plane = [ALPHA, 0.5, BEGIN, TRIANGLE_STRIP, COLOR, 0.80, 0.80, 0.76, NORMAL, {normal},",
            f"         {points}, END]",
            *_PLANE_END,
        ]
    # Residues with a bond, each once; which of them show their label is up to the view.
    bonded = [r for each in scene.interfaces for r in each.bonded_residues]
    lines += [
        f"label ({_pymol_residues([residue])}) and name CA, '{residue.label}'"
        for residue in dict.fromkeys(bonded)
    ]
    for view in scene.views:
        lines += _pymol_view(scene, view)
    lines += [f"scene {scene.views[0].name}, recall, animate=0", ""]
    return "\n".join(lines)


def _pymol_object(each: SceneObject) -> list[str]:
    name, colour = each.name, f"0x{each.colour[1:]}"
    lines = [f"create {name}, il2struct_entry and chain {'+'.join(each.chains)}"]
    if each.is_moved:
        matrix = np.eye(4)
        matrix[:3] = np.column_stack((each.rotation, each.translation))
        numbers = [round(float(value), 6) for value in matrix.ravel()]
        # One command a line: the list has to be a Python list, so the API is called.
        lines.append(f"/cmd.transform_object('{name}', {numbers})")
    lines += [
        f"show cartoon, {name} and polymer",
        f"show sticks, {name} and not polymer",
        f"color {colour}, {name}",
        *(
            f"color il2struct_{word}, {name} and elem {element}"
            for element, word in _ELEMENT_NAMES.items()
        ),
        f"set cartoon_color, {colour}, {name}",
    ]
    return lines


def _by_chain(
    residues: Iterable[SceneResidue], sign: str = "-"
) -> dict[tuple[str, str], list[str]]:
    """Numbers of residues by object and chain, each once; the sign is that of negative ones."""
    groups: dict[tuple[str, str], list[str]] = {}
    for residue in residues:
        number = f"{residue.number}{residue.ins_code}".replace("-", sign)
        key = (residue.object_name, residue.chain)
        numbers = groups.setdefault(key, [])
        if number not in numbers:
            numbers.append(number)
    return groups


def _pymol_residues(residues: Iterable[SceneResidue]) -> str:
    # A bare minus sign means a range.
    parts = [
        f"({name} and chain {chain} and resi {'+'.join(numbers)})"
        for (name, chain), numbers in _by_chain(residues, sign="\\-").items()
    ]
    return " or ".join(parts) or "none"


def _pymol_atom(residue: SceneResidue, atom: str) -> str:
    return f"{_pymol_residues([residue])[1:-1]} and name {atom}"


def bond_objects(interface: SceneInterface) -> dict[str, list[SceneBond]]:
    """Return the bonds of each distance object by its name."""
    return {
        f"{stick.group}_{interface.name}": bonds
        for stick in sticks()
        if (bonds := [bond for bond in interface.bonds if bond.stick is stick])
    }


def _pymol_bonds(interface: SceneInterface) -> list[str]:
    lines = []
    for name, bonds in bond_objects(interface).items():
        lines += [
            f"distance {name}, {_pymol_atom(bond.residue_1, bond.atom_1)}, "
            f"{_pymol_atom(bond.residue_2, bond.atom_2)}, mode=0"
            for bond in bonds
        ]
        stick = bonds[0].stick
        lines += [
            f"hide labels, {name}",
            f"set dash_gap, {stick.gap_a:g}, {name}",
            f"set dash_length, {stick.dash_a or 1.0:g}, {name}",
            f"set dash_radius, {stick.radius_a:g}, {name}",
            f"set dash_color, 0x{stick.colour[1:]}, {name}",
        ]
    return lines


def _pymol_view(scene: Scene, view: SceneView) -> list[str]:
    interfaces = [scene.interface_by_name[name] for name in view.interfaces]
    shown = list(view.objects)
    for interface in interfaces:
        shown += bond_objects(interface)
    shown += ["membrane"] if view.has_membrane else []
    lines = ["disable all", "hide sticks, polymer", "hide labels"]
    lines += [f"enable {name}" for name in shown]
    for interface in interfaces:
        chosen = _pymol_residues(interface.residues)
        lines.append(f"show sticks, ({chosen}) and not elem H")
        if view.has_labels and interface.bonds:
            bonded = _pymol_residues(interface.bonded_residues)
            lines.append(f"show labels, ({bonded}) and name CA")
    camera = view.camera
    away = camera.distance_a(math.tan(math.radians(PYMOL_VIEW_DEG / 2)))
    # Rotation by columns, place, centre, clipping planes and field of view.
    eighteen = [
        *camera.axes.T.ravel().tolist(),
        *(0.0, 0.0, -away),
        *camera.centre.tolist(),
        max(away - camera.front_a, 1.0),
        away + camera.half_depth_a + BEHIND_A,
        -PYMOL_VIEW_DEG,
    ]
    numbers = ", ".join(f"{value:.5f}" for value in eighteen)
    lines += [
        f"set_view ({numbers})",
        f"scene {view.name}, store, {_pymol_message(view.title)}",
    ]
    return lines


def _pymol_message(title: str) -> str:
    """Title as one argument of a command; PyMOL's fonts have no Greek."""
    words = title.translate(_GREEK).replace(",", "")
    return words.encode("ascii", "ignore").decode()


def membrane_script(
    unit: Unit,
    *,
    name: str,
    n_complexes: int,
    low: Sequence[float],
    high: Sequence[float],
) -> str:
    """
    Write PyMOL commands that show a chain of complexes, in ``<name>.cif``, on the membrane z = 0.

    The unit is repeated; its chains whose names could be read as commands stay grey. The membrane's
    corners are in Å.
    """
    palette = Palette()
    corners = [(x, y) for y in (low[1], high[1]) for x in (low[0], high[0])]
    points = ", ".join(f"VERTEX, {x:.1f}, {y:.1f}, 0.0" for x, y in corners)
    lines = [
        f"load {name}.cif, {name}",
        "hide everything",
        f"show cartoon, {name}",
        f"color 0x{palette.of('unknown')[1:]}, {name}",
    ]
    for member in unit.members:
        own = member.image.auth_asym_id
        if own.isascii() and own.isalnum():
            chains = "+".join(f"{own}-{k + 1}" for k in range(n_complexes))
            colour = palette.of(member.role.value)[1:]
            lines.append(f"color 0x{colour}, {name} and chain {chains}")
    lines += [
        *_PLANE_HEAD,
        "plane = [ALPHA, 0.4, BEGIN, TRIANGLE_STRIP, COLOR, 0.8, 0.8, 0.8, NORMAL, 0.0, 0.0, 1.0,",
        f"         {points}, END]",
        *_PLANE_END,
        "set two_sided_lighting, 1",
        "bg_color white",
        "orient",
        "turn x, -90",
        "",
    ]
    return "\n".join(lines)


# ---------------------------------------------------------------- ChimeraX

#: Field of view from left to right, in degrees; ChimeraX's own default.
CHIMERAX_VIEW_DEG: Final = 30.0
#: Model number of the deposited chains; objects are copies of it and follow.
ENTRY: Final = 1


def chimerax_script(scene: Scene) -> str:
    """Write a scene as ChimeraX commands; the coordinates stand beside the script."""
    numbers = {each.name: ENTRY + 1 + i for i, each in enumerate(scene.objects)}
    plane = ENTRY + 1 + len(scene.objects)
    last = plane if scene.membrane is not None else plane - 1
    lines = [
        f"# il2struct scene of {scene.entry_id}: {scene.title}",
        "# Views, to be typed as commands: "
        + " ".join(f"scene_{view.name}" for view in scene.views),
        f"open {coordinate_file(scene)} id {ENTRY}",
    ]
    for each in scene.objects:
        lines += _chimerax_object(each, numbers[each.name])
    lines += [f"close #{ENTRY}", "set bgColor white", "lighting soft"]
    lines.append("graphics silhouettes true")
    for interface in scene.interfaces:
        lines += _chimerax_interface(interface, numbers)
    if scene.membrane is not None:
        membrane = scene.membrane
        lines += [
            f"shape rectangle width {2 * membrane.half_length_a:.1f} "
            f"height {2 * membrane.half_width_a:.1f} color #ccccc280 name membrane modelId {plane}",
            f"view matrix models #{plane},{_matrix(membrane.axes.T, membrane.centre)}",
        ]
    for view in scene.views:
        shown = [numbers[name] for name in view.objects]
        shown += [plane] if view.has_membrane else []
        # Its field of view is from left to right.
        half_angle = math.tan(math.radians(CHIMERAX_VIEW_DEG / 2)) / ASPECT
        camera = view.camera
        place = camera.centre + camera.distance_a(half_angle) * camera.axes[2]
        lines += [
            f"view matrix camera {_matrix(camera.axes.T, place)}",
            f"view name {view.name}",
            f"alias scene_{view.name} hide #{ENTRY + 1}-{last} models; "
            f"show #{','.join(map(str, shown))} models; view {view.name}",
        ]
    lines += [f"scene_{scene.views[0].name}", ""]
    return "\n".join(lines)


def _chimerax_object(each: SceneObject, number: int) -> list[str]:
    own = f"#{number}"
    lines = [
        f"combine #{ENTRY} retainIds true modelId {number} name {each.name}",
        f"delete {own} & ~{own}/{','.join(each.chains)}",
    ]
    if each.is_moved:
        matrix = _matrix(each.rotation, each.translation)
        lines.append(f"view matrix models {own},{matrix}")
    lines += [
        f"hide {own} atoms",
        f"show {own}/{each.chain} cartoons",
        f"color {own} {each.colour}",
        f"color {own} byhetero",
    ]
    if len(each.chains) > 1:
        lines += [f"show {own}/{','.join(each.chains[1:])} atoms", f"style {own} stick"]
    return lines


def _matrix(rotation: FloatArray, translation: FloatArray) -> str:
    """Twelve numbers, row by row."""
    rows = np.column_stack((rotation, translation)).ravel()
    return ",".join(f"{value:.6g}" for value in rows)


def _chimerax_residues(
    residues: Sequence[SceneResidue], numbers: Mapping[str, int]
) -> str:
    return " ".join(
        f"#{numbers[name]}/{chain}:{','.join(found)}"
        for (name, chain), found in _by_chain(residues).items()
    )


def _chimerax_interface(
    interface: SceneInterface, numbers: Mapping[str, int]
) -> list[str]:
    lines = []
    if interface.residues:
        chosen = _chimerax_residues(interface.residues, numbers)
        lines += [f"show {chosen} atoms", f"style {chosen} stick"]
    for bond in interface.bonds:
        first = _chimerax_residues([bond.residue_1], numbers)
        second = _chimerax_residues([bond.residue_2], numbers)
        stick = bond.stick
        lines.append(
            f"pbond {first}@{bond.atom_1} {second}@{bond.atom_2} "
            f"color {'black' if stick.colour == '#000000' else stick.colour} "
            f"radius {stick.chimerax_radius_a:g} dashes {stick.chimerax_dashes} "
            f"name {stick.group} global"
        )
    lines += [
        f"label {_chimerax_residues([residue], numbers)} residues text {residue.label} color black"
        for residue in interface.bonded_residues
    ]
    return lines


# ---------------------------------------------------------------- Mol*

#: Field of view of Mol* from top to bottom, in degrees.
MOLSTAR_VIEW_DEG: Final = 45.0
#: Version of the format.
VERSION: Final = "1.8"
#: Time that a snapshot stays when they are played, in ms.
LINGER_MS: Final = 5000

Node = dict[str, Any]


def molviewspec_text(scene: Scene) -> str:
    """Write a scene as MolViewSpec JSON that needs no other file."""
    # A data URL: viewers may not open files beside the one they were given.
    packed = base64.b64encode(scene.coordinates.encode("utf-8")).decode("ascii")
    url = f"data:text/plain;base64,{packed}"
    content = {
        "kind": "multiple",
        "metadata": {
            "version": VERSION,
            "title": f"{scene.entry_id} {scene.title}".strip(),
            # No clock: the same scene makes the same file.
            "timestamp": "1970-01-01T00:00:00+00:00",
        },
        "snapshots": [_snapshot(scene, view, url) for view in scene.views],
    }
    return json.dumps(content, ensure_ascii=True, allow_nan=False) + "\n"


def _snapshot(scene: Scene, view: SceneView, url: str) -> Node:
    interfaces = [scene.interface_by_name[name] for name in view.interfaces]
    residues = [residue for each in interfaces for residue in each.residues]
    objects = {each.name: each for each in scene.objects}
    structures = [
        _structure(objects[name], [r for r in residues if r.object_name == name])
        for name in view.objects
    ]
    camera = view.camera
    away = camera.distance_a(math.tan(math.radians(MOLSTAR_VIEW_DEG / 2)))
    stand = {
        "target": _rounded(camera.centre, 3),
        "position": _rounded(camera.centre + away * camera.axes[2], 3),
        "up": _rounded(camera.axes[1], 6),
    }
    parsed = _node("parse", {"format": "mmcif"}, structures)
    children = [
        _node("canvas", {"background_color": "#ffffff"}),
        _node("camera", stand),
        _node("download", {"url": url}, [parsed]),
        *(
            _node("primitives", {}, [_tube(bond) for bond in each.bonds])
            for each in interfaces
            if each.bonds
        ),
        *(_labels(each) for each in interfaces if view.has_labels),
    ]
    if view.has_membrane and scene.membrane is not None:
        mesh = {
            "kind": "mesh",
            "vertices": _rounded(scene.membrane.corners.ravel(), 2),
            # Both faces, each of two triangles.
            "indices": [0, 1, 2, 0, 2, 3, 2, 1, 0, 3, 2, 0],
            "color": "#ccccc2",
            "tooltip": "membrane",
        }
        plane = [_node("primitive", mesh)]
        children.append(_node("primitives", {"opacity": 0.5}, plane))
    return {
        "root": _node("root", None, children),
        "metadata": {
            "title": view.title,
            "key": view.name,
            "linger_duration_ms": LINGER_MS,
            "transition_duration_ms": 500,
        },
    }


def _node(
    kind: str, params: Node | None, children: Sequence[Node] = (), ref: str = ""
) -> Node:
    node: Node = {"kind": kind}
    if params is not None:
        node["params"] = params
    if ref:
        node["ref"] = ref
    if children:
        node["children"] = list(children)
    return node


def _structure(each: SceneObject, residues: Sequence[SceneResidue]) -> Node:
    colour = _node("color", {"color": each.colour})
    elements = [
        _node("color", {"color": hue, "selector": {"type_symbol": element}})
        for element, hue in ELEMENT_COLOURS.items()
    ]
    stick_params = {"type": "ball_and_stick", "size_factor": 0.5}
    sticks = _node("representation", stick_params, [colour, *elements])
    cartoon = _node("representation", {"type": "cartoon"}, [colour])
    glycans = [{"auth_asym_id": name} for name in each.chains[1:]]
    chosen = []
    for residue in residues:
        expression: Node = {"auth_asym_id": residue.chain}
        expression["auth_seq_id"] = residue.number
        if residue.ins_code:
            expression["pdbx_PDB_ins_code"] = residue.ins_code
        chosen.append(expression)
    parts = []
    if each.is_moved:
        # Column by column, as the format wants it.
        motion = {
            "rotation": _rounded(each.rotation.T.ravel(), 6),
            "translation": _rounded(each.translation, 3),
        }
        parts.append(_node("transform", motion))
    parts += [
        _node("component", {"selector": selector}, [look])
        for selector, look in (
            ([{"auth_asym_id": each.chain}], cartoon),
            (glycans, sticks),
            (chosen, sticks),
        )
        if selector
    ]
    return _node("structure", {"type": "model"}, parts, ref=each.name)


def _tube(bond: SceneBond) -> Node:
    params: Node = {
        "kind": "tube",
        "start": _rounded(bond.xyz_1, 3),
        "end": _rounded(bond.xyz_2, 3),
        "radius": bond.stick.radius_a,
        "color": bond.stick.colour,
        "tooltip": f"{bond.kind.word}: {bond.residue_1.label} {bond.atom_1} and "
        f"{bond.residue_2.label} {bond.atom_2}, {bond.distance_a:.2f} Å",
    }
    if bond.stick.dash_a:
        params["dash_length"] = bond.stick.dash_a
    return _node("primitive", params)


def _labels(interface: SceneInterface) -> Node:
    places: dict[SceneResidue, list[FloatArray]] = {}
    for bond in interface.bonds:
        places.setdefault(bond.residue_1, []).append(bond.xyz_1)
        places.setdefault(bond.residue_2, []).append(bond.xyz_2)
    labels = [
        _node(
            "primitive",
            {
                "kind": "label",
                "position": _rounded(np.mean(points, axis=0), 3),
                "text": residue.label,
                "label_size": 2.0,
                "label_color": "#000000",
                "label_offset": 2.0,
            },
        )
        for residue, points in places.items()
    ]
    return _node("primitives", {}, labels)


def _rounded(values: Iterable[float], digits: int) -> list[float]:
    # Adding zero turns -0.0 into 0.0.
    return [round(float(value), digits) + 0.0 for value in values]


# ---------------------------------------------------------------- files

#: Writers by the ending of their files.
FORMATS: Final[Mapping[str, Callable[[Scene], str]]] = MappingProxyType(
    {"pml": pymol_script, "cxc": chimerax_script, "mvsj": molviewspec_text}
)


def coordinate_file(scene: Scene) -> str:
    """Return the name of the mmCIF file that the scripts open."""
    return f"{scene.entry_id}_scene.cif"


def save_scene(
    scene: Scene, folder: Path, *, formats: Sequence[str] = tuple(FORMATS)
) -> tuple[Path, ...]:
    """
    Write a scene to a folder that exists, and return the files; ParameterError for unknown formats.

    ``<entry>_scene.cif`` comes first unless only ``mvsj`` is asked for, which holds its coordinates.
    """
    check_formats(formats)
    texts = {f"{scene.entry_id}.{name}": FORMATS[name](scene) for name in formats}
    if set(formats) - {"mvsj"}:
        texts = {coordinate_file(scene): scene.coordinates, **texts}
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    return tuple(folder / name for name in texts)


def check_formats(formats: Sequence[str]) -> None:
    """Raise ParameterError unless there is a writer for every format, and some format."""
    wrong = [name for name in formats if name not in FORMATS]
    if wrong or not formats:
        given = ", ".join(wrong) or "nothing"
        raise ParameterError(
            f"scenes are written as {', '.join(FORMATS)}, not {given}."
        )
