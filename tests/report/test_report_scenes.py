"""Scenes as data, and what the writers make of them."""

import base64
import json
import re
from collections import Counter
from dataclasses import replace
from types import SimpleNamespace

import gemmi
import numpy as np
import pytest

from il2struct.bond_kinds import CONDITIONAL, KINDS
from il2struct.errors import ParameterError
from il2struct.escape import script_name, script_title
from il2struct.network.evidence.survey import complex_of, flat_energy_kt, focal_lines
from il2struct.network.membrane.body import anchors_of_complex
from il2struct.palette import Palette
from il2struct.report.scene_files import FORMATS, membrane_script, save_scene
from il2struct.report.scenes import (
    N_COMPLEXES,
    SceneOptions,
    best_line,
    build_scene,
    facing,
    framed,
    membrane_line,
    upright,
    write_membrane_chain,
)
from il2struct.results.study import Study
from il2struct.structure.family import Role
from il2struct.structure.model import ChainImage


@pytest.fixture(scope="module")
def named(named_entry):
    return named_entry("2B5I.pdb")


def by_name(scene):
    return {each.name: each for each in scene.objects}


@pytest.mark.entries
def test_there_is_an_object_for_every_chain_of_every_complex_shown(scene):
    names = [each.name for each in scene.objects]
    assert names[:4] == ["IL2_A", "IL2RA_D", "IL2RB_B", "IL2RG_C"]
    assert len(set(names)) == len(names)
    # Two neighbours on either side in the chain, and two more complexes of four on the membrane.
    assert len(names) == 4 * 5
    assert [each.is_neighbour for each in scene.objects] == [False] * 4 + [True] * 16


@pytest.mark.entries
def test_colours_are_those_of_the_roles_and_paler_for_neighbours(named, line):
    changed = Palette().with_roles({"IL2RA": "#009988"})
    scene = build_scene(named, options=SceneOptions(palette=changed), line=line)
    for each in scene.objects:
        wanted = changed.neighbour_of if each.is_neighbour else changed.of
        assert each.colour == wanted(each.role)
    assert by_name(scene)["IL2RA_D"].colour == "#009988"


@pytest.mark.entries
def test_neighbours_touch_what_they_are_neighbours_of(scene):
    home = np.concatenate([o.alpha_carbons for o in scene.objects[:4]])
    lattice = next(view for view in scene.views if view.name == "lattice")
    moved = [by_name(scene)[name] for name in lattice.objects[4:]]
    for start in (0, 4):
        unit = np.concatenate([o.alpha_carbons for o in moved[start : start + 4]])
        gaps = np.linalg.norm(home[:, None] - unit[None], axis=2)
        # Cα atoms of residues in contact are at most 16 Å apart: two arginines end to end.
        assert gaps.min() < 16.0


@pytest.mark.entries
def test_views_are_named_after_the_receptors(scene):
    names = " ".join(view.name for view in scene.views)
    assert names == "overview alpha beta gamma beta_gamma lattice membrane"
    views = {view.name: view for view in scene.views}
    assert views["alpha"].objects == ("IL2_A", "IL2RA_D")
    assert views["gamma"].interfaces == ("IL2_A__IL2RG_C",)
    assert [view.name for view in scene.views if view.has_membrane] == ["membrane"]


@pytest.mark.entries
def test_a_second_complex_has_views_of_its_own(named_entry):
    scene = build_scene(named_entry("2ERJ.pdb"))
    names = [view.name for view in scene.views]
    assert {"alpha", "alpha_2", "gamma", "gamma_2"} <= set(names)
    assert len(set(names)) == len(names)


@pytest.mark.entries
def test_bonds_and_residues_are_those_of_the_tables(scene, named):
    results = Study(named).interfaces()
    for interface, found in zip(scene.interfaces, results, strict=False):
        table = results.bonds
        own = table[table["interface_id"] == found.interface_id]
        salt = own["is_salt_bridge"]
        plain = own["is_hydrogen_bond"] & ~own["needs_flip"]
        plain &= ~own["needs_protonation"] & ~salt
        counts = Counter(bond.kind.name for bond in interface.bonds)
        assert counts["salt_bridge"] == salt.sum()
        assert counts["hydrogen_bond"] == plain.sum()
        kinds = [kind.name for kind in KINDS.values() if kind.stick]
        drawn = own[[f"is_{name}" for name in kinds]].any(axis=1)
        assert len(interface.bonds) == drawn.sum()
        assert drawn.sum() > salt.sum()
        row = results.table[results.table["interface_id"] == found.interface_id].iloc[0]
        assert len(interface.residues_1) == row["n_residues_1"]
        assert len(interface.residues_2) == row["n_residues_2"]


@pytest.mark.entries
def test_ends_of_bonds_are_as_far_apart_as_the_table_says_wherever_they_stand(scene):
    bonds = [bond for each in scene.interfaces for bond in each.bonds]
    assert len(bonds) > 40
    for bond in bonds:
        if bond.kind is not CONDITIONAL:
            apart = np.linalg.norm(bond.xyz_1 - bond.xyz_2)
            assert apart == pytest.approx(bond.distance_a, abs=1e-6)


@pytest.mark.entries
def test_one_contact_of_the_lattice_is_shown_on_both_sides(scene):
    lattice = next(view for view in scene.views if view.name == "lattice")
    shown = [scene.interface_by_name[name] for name in lattice.interfaces]
    labels = [
        sorted(f"{b.residue_1.label}-{b.residue_2.label}" for b in each.bonds)
        for each in shown
    ]
    # The chain goes on to both sides of the complex, with the same contact.
    assert len(labels) == 2
    assert labels[0] == labels[1] != []


@pytest.mark.entries
def test_labels_carry_mature_numbers(scene):
    labels = {r.label for r in scene.interface_by_name["IL2_A__IL2RA_D"].residues_1}
    # Arg38, Phe42, Tyr45 and Glu62 of IL-2 bind IL-2Rα (Rickert et al. 2005).
    assert {"R38", "F42", "Y45", "E62"} <= labels | {"K38"}


@pytest.mark.entries
def test_the_membrane_lies_under_the_chain(scene, line):
    membrane = scene.membrane
    best = line.study.endless.best
    np.testing.assert_allclose(membrane.axes @ membrane.axes.T, np.eye(3), atol=1e-9)
    laid = membrane.corners @ best.rotation.T + best.translation
    np.testing.assert_allclose(laid[:, 2], 0.0, atol=1e-6)
    view = next(view for view in scene.views if view.name == "membrane")
    for name in view.objects:
        carbons = by_name(scene)[name].alpha_carbons
        heights = (carbons - membrane.centre) @ membrane.axes[2]
        # Only tags may hang below, and Cα atoms keep off the plane that their residues touch.
        assert np.median(heights) > 0.0


@pytest.mark.entries
def test_coordinates_hold_the_chains_that_the_objects_name(scene):
    path_names = {
        chain.name
        for chain in gemmi.make_structure_from_block(
            gemmi.cif.read_string(scene.coordinates).sole_block()
        )[0]
    }
    for each in scene.objects:
        assert set(each.chains) <= path_names


@pytest.mark.entries
def test_an_entry_without_crystal_or_roles_has_scenes_too(named_entry):
    nmr = build_scene(named_entry("2NA8.cif"))
    assert nmr.views[0].name == "overview"
    assert not any(each.is_neighbour for each in nmr.objects)
    assert membrane_line(named_entry("2NA8.cif")) is None
    other = build_scene(named_entry("1BRS.pdb"))
    assert all(each.name.startswith("chain_") for each in other.objects)
    assert membrane_line(named_entry("1BRS.pdb")) is None


@pytest.mark.entries
def test_no_neighbours_on_request(named):
    scene = build_scene(named, options=SceneOptions(n_neighbours=0))
    assert len(scene.objects) == 4
    assert "lattice" not in [view.name for view in scene.views]
    for wrong in (-1, 1000):
        with pytest.raises(ParameterError, match="neighbours"):
            SceneOptions(n_neighbours=wrong)


def test_a_camera_has_its_points_in_the_frame():
    rng = np.random.default_rng(1)
    points = rng.normal(size=(50, 3)) * [30.0, 10.0, 5.0]
    camera = framed(
        upright(np.array([0.1, 1.0, 0.2]), np.array([1.0, 0.0, 0.0])), points
    )
    np.testing.assert_allclose(camera.axes @ camera.axes.T, np.eye(3), atol=1e-12)
    assert np.linalg.det(camera.axes) == pytest.approx(1.0)
    seen = (points - camera.centre) @ camera.axes.T
    assert np.abs(seen[:, 0]).max() < camera.half_width_a
    assert np.abs(seen[:, 1]).max() < camera.half_height_a


def test_an_interface_is_seen_from_its_free_side():
    left = np.array([[-5.0, 0.0, 0.0], [-6.0, 1.0, 0.0]])
    right = -left
    wall = np.array([[0.0, y, 20.0] for y in range(-3, 4)])
    axes = facing(left, right, wall)
    assert np.linalg.det(axes) == pytest.approx(1.0)
    # Side 2 to the right, and the wall not in front.
    assert axes[0] @ (right.mean(axis=0) - left.mean(axis=0)) > 0
    seen = wall @ axes.T
    hiding = (seen[:, 2] > 0) & (np.hypot(seen[:, 0], seen[:, 1]) < 8.0)
    assert not hiding.any()


@pytest.mark.entries
# A warning of molviewspec's own declarations, while it is imported.
@pytest.mark.filterwarnings("ignore:Using extra keyword arguments on `Field`")
def test_molviewspec_is_valid_and_needs_no_other_file(scene):
    from molviewspec.nodes import (
        CameraParams,
        ComponentExpression,
        DownloadParams,
        MeshParams,
        PrimitiveLabelParams,
        States,
        StructureParams,
        TransformParams,
        TubeParams,
    )

    text = FORMATS["mvsj"](scene)
    States.model_validate_json(text)
    checked = {
        "camera": CameraParams,
        "download": DownloadParams,
        "structure": StructureParams,
        "transform": TransformParams,
    }
    shapes = {"tube": TubeParams, "label": PrimitiveLabelParams, "mesh": MeshParams}
    content = json.loads(text)
    seen = set()
    for snapshot in content["snapshots"]:
        for node in nodes(snapshot["root"]):
            params = node.get("params", {})
            kind = params["kind"] if node["kind"] == "primitive" else node["kind"]
            model = {**checked, **shapes}.get(kind)
            if model is not None:
                known = {f.alias or n for n, f in model.model_fields.items()}
                assert set(params) <= known, kind
                model.model_validate(params)
                seen.add(kind)
            for one in (
                params.get("selector", []) if node["kind"] == "component" else []
            ):
                ComponentExpression.model_validate(one)
    assert seen == {*checked, *shapes}
    # As its version of the schema writes it; a newer minor version is no error.
    urls = {
        n["params"]["url"]
        for s in content["snapshots"]
        for n in nodes(s["root"])
        if n["kind"] == "download"
    }
    (url,) = urls
    assert url.startswith("data:")
    assert base64.b64decode(url.split(",", 1)[1]).decode() == scene.coordinates
    assert "http" not in text


def nodes(root):
    yield root
    for child in root.get("children", []):
        yield from nodes(child)


@pytest.mark.entries
def test_molviewspec_places_by_the_matrices_of_the_crystal(scene, named):
    content = json.loads(FORMATS["mvsj"](scene))
    lattice = next(s for s in content["snapshots"] if s["metadata"]["key"] == "lattice")
    placed = {
        node["ref"]: node
        for node in nodes(lattice["root"])
        if node["kind"] == "structure"
    }
    for each in scene.objects:
        if each.name not in placed:
            continue
        moves = [c for c in placed[each.name]["children"] if c["kind"] == "transform"]
        assert len(moves) == (each.image != ChainImage(each.image.auth_asym_id))
        for move in moves:
            rotation, translation = named.entry.transform(each.image)
            columns = np.array(move["params"]["rotation"]).reshape(3, 3, order="F")
            # Written with six and three decimals.
            np.testing.assert_allclose(columns, rotation, atol=1e-6)
            np.testing.assert_allclose(
                move["params"]["translation"], translation, atol=1e-3
            )


#: Commands of the ChimeraX user guide that the writer uses, and how they must look.
_SPEC = r"#\d+(/[A-Za-z0-9]+(,[A-Za-z0-9]+)*)?(:-?\d+[A-Za-z]?(,-?\d+[A-Za-z]?)*)?"
_SPECS = rf"{_SPEC}( {_SPEC})*"
_NUMBERS = r"-?[0-9.e+-]+(,-?[0-9.e+-]+){11}"
_COLOUR = r"(black|#[0-9A-Fa-f]{6}([0-9A-Fa-f]{2})?)"
CHIMERAX = (
    r"# .*",
    r"open [A-Za-z0-9_.-]+ id \d+",
    r"combine #1 retainIds true modelId \d+ name [A-Za-z0-9_]+",
    rf"delete #\d+ & ~{_SPEC}",
    rf"view matrix models #\d+,{_NUMBERS}",
    rf"view matrix camera {_NUMBERS}",
    r"view name [A-Za-z0-9_]+",
    rf"(show|hide) {_SPECS} (atoms|cartoons)",
    rf"style {_SPECS} stick",
    rf"color #\d+ {_COLOUR}",
    r"color #\d+ byhetero",
    r"close #1",
    r"set bgColor white",
    r"lighting soft",
    r"graphics silhouettes true",
    rf"pbond {_SPEC}@[A-Za-z0-9']+ {_SPEC}@[A-Za-z0-9']+ color {_COLOUR} radius [0-9.]+ "
    r"dashes \d+ name [a-z_]+ global",
    rf"label {_SPEC} residues text [A-Z0-9]+ color black",
    rf"shape rectangle width [0-9.]+ height [0-9.]+ color {_COLOUR} name membrane modelId \d+",
    r"alias scene_\w+ hide #\d+-\d+ models; show #\d+(,\d+)* models; view \w+",
    r"scene_overview",
    r"",
)


def not_chimerax(script: str) -> list[str]:
    return [
        line
        for line in script.split("\n")
        if not any(re.fullmatch(form, line) for form in CHIMERAX)
    ]


@pytest.mark.entries
@pytest.mark.parametrize("name", ["2B5I.pdb", "2ERJ.pdb", "1FDL.pdb", "2NA8.cif"])
def test_chimerax_script_holds_only_commands_of_its_documentation(named_entry, name):
    script = FORMATS["cxc"](build_scene(named_entry(name)))
    assert not_chimerax(script) == []


@pytest.mark.entries
def test_chimerax_script_has_the_membrane_the_matrices_and_every_bond(scene):
    lines = FORMATS["cxc"](scene).split("\n")
    assert not_chimerax("\n".join(lines)) == []
    assert sum(x.startswith("pbond ") for x in lines) == sum(
        len(i.bonds) for i in scene.interfaces
    )
    assert sum(x.startswith("shape rectangle") for x in lines) == 1
    moved = [each for each in scene.objects if each.is_moved]
    placed = [x for x in lines if x.startswith("view matrix models")]
    assert len(placed) == len(moved) + 1
    numbers = np.array([float(x) for x in placed[0].split(",")[1:]]).reshape(3, 4)
    # Six significant digits.
    np.testing.assert_allclose(numbers[:, :3], moved[0].rotation, atol=1e-5)
    np.testing.assert_allclose(
        numbers[:, 3], moved[0].translation, rtol=1e-5, atol=1e-4
    )


@pytest.mark.entries
def test_scenes_are_the_same_from_run_to_run(named, line, scene):
    again = build_scene(named, line=line)
    for write in FORMATS.values():
        assert write(again) == write(scene)


@pytest.mark.entries
def test_files_stand_side_by_side(scene, tmp_path):
    written = " ".join(path.name for path in save_scene(scene, tmp_path))
    assert written == "2B5I_scene.cif 2B5I.pml 2B5I.cxc 2B5I.mvsj"
    only = tmp_path / "only"
    only.mkdir()
    save_scene(scene, only, formats=["mvsj"])
    assert [path.name for path in only.iterdir()] == ["2B5I.mvsj"]
    for wrong in (["doc"], []):
        with pytest.raises(ParameterError, match="pml, cxc, mvsj"):
            save_scene(scene, tmp_path, formats=wrong)


HOSTILE_TITLE = 'x"; quit\ncmd.quit()\nclose; <script>alert(1)</script> \\ ${HOME}'


@pytest.fixture
def hostile(named_entry, with_chain_names):
    """Barnase and barstar with names that would be commands."""
    names = (
        '"; quit',
        "<script>alert(1)</script>",
        "C\nquit",
        "D; delete all",
        "E'",
        "#1",
    )
    return build_scene(
        with_chain_names(
            named_entry("1BRS.pdb").entry,
            dict(zip("ABCDEF", names, strict=True)),
            title=HOSTILE_TITLE,
            entry_id='../a"; end\n<script>',
        )
    )


@pytest.mark.entries
def test_hostile_words_are_inert_in_every_format(hostile, tmp_path):
    for name, write in FORMATS.items():
        text = write(hostile)
        body = [x for x in text.split("\n") if not x.startswith("# ")]
        for word in ("<script", "quit", "delete all", "${HOME}", "cmd.quit"):
            assert not any(word in line for line in body if name != "mvsj"), name
        assert "<script" not in text
        assert '"; quit' not in text
    assert not_chimerax(FORMATS["cxc"](hostile)) == []
    json.loads(FORMATS["mvsj"](hostile))
    heads = [x for x in FORMATS["pml"](hostile).split("\n") if x.startswith("#")]
    assert len(heads) == 2
    assert ";" not in "".join(heads)
    for path in save_scene(hostile, tmp_path):
        assert path.parent == tmp_path
        assert re.fullmatch(r"[A-Za-z0-9_.-]+", path.name)


def test_titles_and_names_are_plain_words():
    assert script_title(HOSTILE_TITLE) == (
        "x quit cmd.quit() close script alert(1) script HOME"
    )
    assert script_title("Crystal structure of IL-2Rα") == "Crystal structure of IL-2Rα"
    assert len(script_title("x " * 500)) <= 120
    assert script_name("../../etc") == "______etc"
    assert script_name("") == "entry"
    assert script_name("-rf") == "rf"


# A chain of complexes on the membrane, as the network study writes it.


@pytest.fixture(scope="module")
def on_membrane(alpha_study, tmp_path_factory):
    folder = tmp_path_factory.mktemp("scene")
    line = best_line(alpha_study.focal, alpha_study.membrane)
    found = write_membrane_chain(line, folder)
    structure = gemmi.read_structure(str(folder / "chain_on_membrane.cif"))
    return line, found, structure, (folder / "chain_on_membrane.pml").read_text()


def places(structure, chain: str) -> np.ndarray:
    return np.array(
        [
            atom.pos.tolist()
            for part in structure[0]
            if part.name == chain
            for residue in part
            for atom in residue
        ]
    )


@pytest.mark.entries
def test_the_easiest_copy_is_shown(alpha_study):
    line = best_line(alpha_study.focal, alpha_study.membrane)
    lines = focal_lines(alpha_study.focal, alpha_study.membrane)
    assert len(lines) == 3
    assert flat_energy_kt(line) == min(flat_energy_kt(each) for each in lines)


@pytest.mark.entries
def test_complexes_stand_in_a_row_along_x_at_one_height(on_membrane):
    line, clashes, structure, _ = on_membrane
    assert clashes == ()
    rise = line.study.geometry.rise_a
    for member in line.contacts[0].contact.unit_1.members:
        centres = np.array(
            [
                places(structure, f"{member.image.auth_asym_id}-{k + 1}").mean(axis=0)
                for k in range(N_COMPLEXES)
            ]
        )
        # Coordinates are written with three decimals.
        steps = np.diff(centres, axis=0)
        np.testing.assert_allclose(np.abs(steps[:, 0]), rise, atol=2e-3)
        np.testing.assert_allclose(steps[:, 1:], 0.0, atol=2e-3)


@pytest.mark.entries
def test_no_atom_of_the_receptors_is_below_the_membrane(on_membrane):
    line, _, structure, _ = on_membrane
    named = line.contacts[0].named
    lowest = []
    for chain in structure[0]:
        own, _ = chain.name.rsplit("-", 1)
        for residue in chain:
            row = [
                i
                for i in np.flatnonzero(named.entry.residues.auth_asym_id == own)
                if named.entry.residues.auth_number[i] == residue.seqid.num
            ]
            if named.numbers.status[row[0]] != "tag":
                lowest.append(min(atom.pos.z for atom in residue))
    # The best orientation touches the plane; three decimals are written.
    assert min(lowest) == pytest.approx(0.0, abs=2e-3)


@pytest.mark.entries
def test_anchors_hang_at_the_heights_of_the_study(on_membrane):
    line, _, structure, _ = on_membrane
    member = line.contacts[0]
    anchors = anchors_of_complex(member.named, complex_of(member))
    best = line.study.endless.best
    for chain, role, place, height in zip(
        anchors.auth_asym_ids,
        anchors.roles,
        anchors.positions,
        best.heights_a,
        strict=True,
    ):
        shown = best.rotation @ place + best.translation
        assert shown[2] == pytest.approx(height, abs=1e-6), role
        distance = np.linalg.norm(places(structure, f"{chain}-1") - shown, axis=1)
        assert distance.min() < 2e-3


@pytest.mark.entries
def test_script_names_what_the_file_holds(on_membrane):
    line, _, structure, script = on_membrane
    names = {chain.name for chain in structure[0]}
    roles = {
        m.image.auth_asym_id: m.role for m in line.contacts[0].contact.unit_1.members
    }
    assert len(roles) == 4
    for chain, role in roles.items():
        wanted = "+".join(f"{chain}-{k + 1}" for k in range(N_COMPLEXES))
        assert set(wanted.split("+")) <= names
        colour = Palette().of(role.value)[1:]
        assert f"color 0x{colour}, chain_on_membrane and chain {wanted}" in script
    assert "load chain_on_membrane.cif, chain_on_membrane" in script
    assert script.index("\npython\n") < script.index("load_cgo")
    body = script.split("\npython\n")[1].split("\npython end")[0]
    compile(body, "scene", "exec")


def test_chains_of_other_roles_are_grey_and_the_plane_has_its_corners():
    members = tuple(
        SimpleNamespace(role=Role.UNKNOWN, image=SimpleNamespace(auth_asym_id=name))
        for name in ("Q", "A; quit")
    )
    script = membrane_script(
        SimpleNamespace(members=members),
        name="x",
        n_complexes=4,
        low=(-40, -45),
        high=(140, 45),
    )
    assert "color 0xBBBBBB, x and chain Q-1+Q-2+Q-3+Q-4" in script
    assert "quit" not in script
    assert "VERTEX, -40.0, -45.0, 0.0" in script
    assert "VERTEX, 140.0, 45.0, 0.0" in script


@pytest.mark.entries
def test_there_is_no_scene_without_a_flat_chain(alpha_study, tmp_path):
    assert best_line(None, alpha_study.membrane) is None
    assert best_line(alpha_study.focal, ()) is None
    line = best_line(alpha_study.focal, alpha_study.membrane)
    standing = replace(line, study=replace(line.study, endless=None))
    with pytest.raises(ParameterError, match="cannot lie flat"):
        write_membrane_chain(standing, tmp_path)
    assert list(tmp_path.iterdir()) == []
