from dataclasses import replace
from types import SimpleNamespace

import gemmi
import numpy as np
import pytest

from il2struct.errors import ParameterError
from il2struct.network.evidence.survey import complex_of, flat_energy_kt, focal_lines
from il2struct.network.membrane.tethers import anchors_of_complex
from il2struct.palette import Palette
from il2struct.report.scenes import best_line, write_membrane_chain
from il2struct.report.scenes.build import N_COMPLEXES
from il2struct.report.scenes.writers import membrane_script
from il2struct.structure.family import Role


@pytest.fixture(scope="module")
def scene(alpha_study, tmp_path_factory):
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
def test_complexes_stand_in_a_row_along_x_at_one_height(scene):
    line, clashes, structure, _ = scene
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
def test_no_atom_of_the_receptors_is_below_the_membrane(scene):
    line, _, structure, _ = scene
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
def test_anchors_hang_at_the_heights_of_the_study(scene):
    line, _, structure, _ = scene
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
def test_script_names_what_the_file_holds(scene):
    line, _, structure, script = scene
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
