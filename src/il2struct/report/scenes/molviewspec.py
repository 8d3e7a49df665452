"""
A scene as a MolViewSpec file for Mol*: one snapshot a view, the coordinates inside.

The format is plain JSON (version 1 of https://molstar.org/mol-view-spec-docs/), written by hand.
"""

import base64
import json
import math
from collections.abc import Iterable, Sequence
from typing import Any, Final

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

#: Field of view of Mol* from top to bottom, in degrees.
FIELD_OF_VIEW_DEG: Final = 45.0
#: Version of the format.
VERSION: Final = "1.8"
#: Time that a snapshot stays when they are played, in ms.
LINGER_MS: Final = 5000

Node = dict[str, Any]


def molviewspec_text(scene: Scene) -> str:
    """
    Write a scene as MolViewSpec JSON that needs no other file.

    Parameters
    ----------
    scene : Scene

    Returns
    -------
    str
    """
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
    residues = [r for i in interfaces for r in (*i.residues_1, *i.residues_2)]
    objects = {each.name: each for each in scene.objects}
    structures = [
        _structure(objects[name], [r for r in residues if r.object_name == name])
        for name in view.objects
    ]
    # Numbers of a whole row of complexes would be a cloud.
    has_labels = len(interfaces) == 1
    children = [
        _node("canvas", {"background_color": "#ffffff"}),
        _camera(view.camera),
        _node(
            "download", {"url": url}, [_node("parse", {"format": "mmcif"}, structures)]
        ),
        *(_bonds(interface) for interface in interfaces if interface.bonds),
        *(_labels(interface) for interface in interfaces if has_labels),
    ]
    if view.has_membrane and scene.membrane is not None:
        children.append(_plane(scene.membrane))
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
    cartoon = _node("representation", {"type": "cartoon"}, [colour])
    parts = [_component([{"auth_asym_id": each.chain}], [cartoon])]
    if len(each.chains) > 1:
        glycans = [{"auth_asym_id": name} for name in each.chains[1:]]
        sugars = _sticks(colour)
        parts.append(_component(glycans, [sugars]))
    if residues:
        sticks = _sticks(colour)
        parts.append(_component([_expression(r) for r in residues], [sticks]))
    if each.is_moved:
        parts.insert(0, _transform(each))
    return _node("structure", {"type": "model"}, parts, ref=each.name)


def _transform(each: SceneObject) -> Node:
    # Column by column, as the format wants it.
    params = {
        "rotation": _rounded(each.rotation.T.ravel(), 6),
        "translation": _rounded(each.translation, 3),
    }
    return _node("transform", params)


def _component(selector: Sequence[Node], children: Sequence[Node]) -> Node:
    return _node("component", {"selector": list(selector)}, children)


def _sticks(colour: Node) -> Node:
    """Sticks, with the atoms that are no carbon in the colours of the other tools."""
    elements = [
        _node("color", {"color": hue, "selector": {"type_symbol": element}})
        for element, hue in (("N", "#8CA8FF"), ("O", "#FF0D0D"), ("S", "#E6C733"))
    ]
    params = {"type": "ball_and_stick", "size_factor": 0.5}
    return _node("representation", params, [colour, *elements])


def _expression(residue: SceneResidue) -> Node:
    found: Node = {"auth_asym_id": residue.chain, "auth_seq_id": residue.number}
    if residue.ins_code:
        found["pdbx_PDB_ins_code"] = residue.ins_code
    return found


def _bonds(interface: SceneInterface) -> Node:
    return _node("primitives", {}, [_tube(bond) for bond in interface.bonds])


def _tube(bond: SceneBond) -> Node:
    ends = " and ".join(
        f"{residue.label} {atom}"
        for residue, atom in (
            (bond.residue_1, bond.atom_1),
            (bond.residue_2, bond.atom_2),
        )
    )
    params: Node = {
        "kind": "tube",
        "start": _rounded(bond.xyz_1, 3),
        "end": _rounded(bond.xyz_2, 3),
        "radius": bond.stick.radius_a,
        "color": bond.stick.colour,
        "tooltip": f"{bond.kind.word}: {ends}, {bond.distance_a:.2f} Å",
    }
    if bond.stick.dash_a:
        params["dash_length"] = bond.stick.dash_a
    return _node("primitive", params)


def _labels(interface: SceneInterface) -> Node:
    middles: dict[SceneResidue, list[FloatArray]] = {}
    for bond in interface.bonds:
        middles.setdefault(bond.residue_1, []).append(bond.xyz_1)
        middles.setdefault(bond.residue_2, []).append(bond.xyz_2)
    labels = [
        _node(
            "primitive",
            {
                "kind": "label",
                "position": _rounded(np.mean(places, axis=0), 3),
                "text": residue.label,
                "label_size": 2.0,
                "label_color": "#000000",
                "label_offset": 2.0,
            },
        )
        for residue, places in middles.items()
    ]
    return _node("primitives", {}, labels)


def _plane(membrane: Membrane) -> Node:
    mesh = _node(
        "primitive",
        {
            "kind": "mesh",
            "vertices": _rounded(membrane.corners.ravel(), 2),
            # Both faces, each of two triangles.
            "indices": [0, 1, 2, 0, 2, 3, 2, 1, 0, 3, 2, 0],
            "color": "#ccccc2",
            "tooltip": "membrane",
        },
    )
    return _node("primitives", {"opacity": 0.5}, [mesh])


def _camera(camera: Camera) -> Node:
    half = max(camera.half_height_a, camera.half_width_a / (4 / 3))
    away = half / math.tan(math.radians(FIELD_OF_VIEW_DEG / 2)) + camera.half_depth_a
    params = {
        "target": _rounded(camera.centre, 3),
        "position": _rounded(camera.centre + away * camera.axes[2], 3),
        "up": _rounded(camera.axes[1], 6),
    }
    return _node("camera", params)


def _rounded(values: Iterable[float], digits: int) -> list[float]:
    # Adding zero turns -0.0 into 0.0.
    return [round(float(value), digits) + 0.0 for value in values]
