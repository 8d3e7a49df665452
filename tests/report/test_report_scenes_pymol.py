"""PyMOL itself reads the script, where it is installed."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from il2struct.report.scene_files import bond_objects, save_scene
from il2struct.report.scenes import build_scene

#: Asks PyMOL what it holds after the script has run, and takes a picture of every scene.
QUESTIONS = """
import json, sys
from pymol import cmd
names = cmd.get_names("objects")
answer = {"objects": names, "scenes": list(cmd.get_scene_list())}
molecules = [n for n in names if cmd.get_type(n) == "object:molecule"]
answer["atoms"] = {n: cmd.count_atoms(n + " and present") for n in molecules}
answer["types"] = {n: cmd.get_type(n) for n in names}
answer["colours"] = {}
answer["first"] = {}
for n in molecules:
    found = []
    cmd.iterate(n + " and name CA and polymer", "found.append(color)", space={"found": found})
    answer["colours"][n] = sorted({cmd.get_color_tuple(c) for c in found})
    answer["first"][n] = cmd.get_coords(n + " and name CA and polymer").tolist()
answer["distances"] = {}
drawn = [n for n in names if answer["types"][n] == "object:measurement"]
if drawn:
    # As PyMOL's own get_raw_distances does.
    for entry in cmd.get_session(" ".join(drawn), 1, 1, 0, 0)["names"]:
        answer["distances"][entry[0]] = entry[5][2][0][1]
answer["shown"], answer["sticks"], answer["labels"] = {}, {}, {}
for scene in answer["scenes"]:
    cmd.scene(scene, "recall", animate=0)
    answer["shown"][scene] = cmd.get_names("objects", enabled_only=1)
    answer["sticks"][scene] = cmd.count_atoms("visible and polymer and rep sticks")
    found = []
    cmd.iterate("visible and rep labels", "found.append(label)", space={"found": found})
    answer["labels"][scene] = found
with open("answer.json", "w") as out:
    json.dump(answer, out)
for scene in PICTURES:
    cmd.scene(scene, "recall", animate=0)
    cmd.png(scene + ".png", 160, 120, ray=1)
"""


def _system_pymol() -> Path | None:
    # That of the system runs with Python of the system, not with that of a virtual environment.
    found = shutil.which("pymol", path="/usr/bin:/usr/local/bin")
    return Path(found) if found else None


PYMOL = _system_pymol()
pytestmark = [
    pytest.mark.entries,
    pytest.mark.reference,
    pytest.mark.slow,
    pytest.mark.skipif(PYMOL is None, reason="PyMOL is not installed (Debian: pymol)"),
]


def asked(
    folder: Path, script: str, pictures: tuple[str, ...] = ()
) -> tuple[dict, str]:
    (folder / "questions.py").write_text(f"PICTURES = {pictures!r}\n{QUESTIONS}")
    clean = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    done = subprocess.run(
        [PYMOL, "-cqk", script, "questions.py"],
        cwd=folder,
        env={**clean, "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    log = done.stdout + done.stderr
    return json.loads((folder / "answer.json").read_text()), log


@pytest.fixture(scope="module")
def answer(scene, tmp_path_factory):
    folder = tmp_path_factory.mktemp("pymol")
    save_scene(scene, folder, formats=["pml"])
    found, log = asked(folder, "2B5I.pml", ("overview", "alpha", "membrane"))
    return found, log, folder


def test_the_script_runs_without_an_error(answer):
    _, log, _ = answer
    for word in ("Error", "Traceback", "Invalid", "unknown"):
        assert word not in log, [x for x in log.split("\n") if word in x]


def test_objects_are_those_of_the_scene_and_no_others(answer, scene):
    found, _, _ = answer
    bonds = {name for interface in scene.interfaces for name in bond_objects(interface)}
    chains = {each.name for each in scene.objects}
    assert set(found["objects"]) == {*chains, *bonds, "membrane"}
    assert found["types"]["membrane"] == "object:cgo"


def test_every_object_has_all_atoms_of_its_chain(answer, scene, named_entry):
    found, _, _ = answer
    entry = named_entry("2B5I.pdb").entry
    for each in scene.objects:
        chain = entry.chain(each.image.auth_asym_id)
        rows = [*chain.residue_index, *chain.glycan_index]
        # PyMOL makes up an atom without a place for every residue that is not modelled.
        starts, stops = entry.residues.atom_start[rows], entry.residues.atom_stop[rows]
        assert found["atoms"][each.name] == (stops - starts).sum()


def test_objects_stand_where_the_matrices_put_them(answer, scene):
    found, _, _ = answer
    for each in scene.objects:
        # Coordinates are written with three decimals and kept as single floats.
        np.testing.assert_allclose(
            found["first"][each.name], each.alpha_carbons, atol=2e-3
        )


def test_colours_are_those_of_the_roles(answer, scene):
    found, _, _ = answer
    for each in scene.objects:
        (shown,) = found["colours"][each.name]
        wanted = [int(each.colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        # PyMOL keeps colours in steps of 1/255.
        np.testing.assert_allclose(shown, wanted, atol=1 / 254)


def test_distance_objects_hold_every_bond_with_its_length(answer, scene):
    found, _, _ = answer
    for interface in scene.interfaces:
        for name, own in bond_objects(interface).items():
            points = np.reshape(found["distances"][name], (-1, 2, 3))
            assert len(points) == len(own)
            lengths = np.linalg.norm(points[:, 0] - points[:, 1], axis=1)
            wanted = [np.linalg.norm(b.xyz_1 - b.xyz_2) for b in own]
            np.testing.assert_allclose(sorted(lengths), sorted(wanted), atol=3e-3)


def test_named_scenes_show_what_they_say(answer, scene):
    found, _, _ = answer
    assert found["scenes"] == [view.name for view in scene.views]
    for view in scene.views:
        shown = set(found["shown"][view.name])
        assert set(view.objects) <= shown
        assert {n for n in shown if n in {o.name for o in scene.objects}} == set(
            view.objects
        )
        assert ("membrane" in shown) == view.has_membrane
        assert (found["sticks"][view.name] > 0) == bool(view.interfaces)
    alpha = scene.interface_by_name["IL2_A__IL2RA_D"]
    assert sorted(found["labels"]["alpha"]) == sorted(
        residue.label for residue in alpha.bonded_residues
    )
    assert found["labels"]["overview"] == []


def test_pictures_are_not_blank_and_show_the_colours(answer, scene):
    from PIL import Image

    _, _, folder = answer
    for name in ("overview", "alpha", "membrane"):
        with Image.open(folder / f"{name}.png") as picture:
            pixels = np.asarray(picture.convert("RGB"), dtype=float)
        assert (pixels.min(axis=2) < 250).mean() > 0.02, name
        view = next(v for v in scene.views if v.name == name)
        for each in scene.objects:
            if name == "membrane" or each.name not in view.objects:
                continue
            hue = np.array([int(each.colour[i : i + 2], 16) for i in (1, 3, 5)])
            # Shading changes lightness; the direction of the colour stays.
            lit = pixels[(pixels.min(axis=2) < 230) & (pixels.max(axis=2) > 20)]
            cosine = lit @ hue / np.linalg.norm(lit, axis=1) / np.linalg.norm(hue)
            assert (cosine > 0.99).sum() > 20, (name, each.name)


def test_hostile_names_do_nothing(named_entry, with_chain_names, tmp_path):
    named = with_chain_names(
        named_entry("1BRS.pdb").entry,
        {"A": 'A"; quit', "B": "B\nquit", "D": "<script>"},
        title="x\n/open('hit', 'w')\n; python; open('hit2','w')",
        entry_id="a'; quit",
    )
    scene = build_scene(named)
    script = next(p for p in save_scene(scene, tmp_path) if p.suffix == ".pml")
    found, _ = asked(tmp_path, script.name)
    assert {each.name for each in scene.objects} <= set(found["objects"])
    assert not (tmp_path / "hit").exists()
    assert not (tmp_path / "hit2").exists()
