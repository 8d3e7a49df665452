"""The command scene."""

import json

import pytest

from il2struct.cli.folders import palette_of
from il2struct.errors import ParameterError

FILES = ["2B5I.cxc", "2B5I.mvsj", "2B5I.pml", "2B5I_scene.cif"]


def names(folder) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.entries
def test_a_scene_for_every_tool_stands_in_one_folder(cli, mirror, tmp_path):
    folder = tmp_path / "new" / "scene"
    run = cli("scene", "2B5I", "--mirror", mirror, "--offline", "-o", folder)
    assert (run.status, run.stdout) == (0, "")
    assert len(run.error_lines) == 1
    assert names(folder) == FILES
    snapshots = json.loads((folder / "2B5I.mvsj").read_text())["snapshots"]
    keys = [snapshot["metadata"]["key"] for snapshot in snapshots]
    assert keys[:4] == ["overview", "alpha", "beta", "gamma"]
    assert keys[-2:] == ["lattice", "membrane"]


@pytest.mark.entries
def test_format_neighbours_and_colours_are_choices(cli, mirror, tmp_path):
    run = cli(
        *("scene", "2B5I", "--mirror", mirror, "--offline", "-q", "-o", tmp_path / "s"),
        *("--format", "pml", "--neighbours", 0),
        *("--colour", "IL2RA=#009988", "--colour", "IL2=#123456"),
    )
    assert (run.status, run.stdout, run.stderr) == (0, "", "")
    assert names(tmp_path / "s") == ["2B5I.pml", "2B5I_scene.cif"]
    script = (tmp_path / "s" / "2B5I.pml").read_text()
    assert "color 0x009988, IL2RA_D" in script
    assert "color 0x123456, IL2_A" in script
    assert "transform_object" not in script


def test_small_chains_of_a_file_have_a_scene(cli, small, tmp_path):
    run = cli("scene", small, "-o", tmp_path / "s", "-q")
    assert (run.status, run.stderr) == (0, "")
    assert "small.pml" in names(tmp_path / "s")
    assert "create chain_A," in (tmp_path / "s" / "small.pml").read_text()


@pytest.mark.parametrize(
    ("options", "word"),
    [
        (("--format", "pdf"), "pml, cxc, mvsj"),
        (("--format", ""), "pml, cxc, mvsj"),
        (("--neighbours", -1), "neighbours"),
        (("--colour", "IL2RA"), "ROLE=#rrggbb"),
        (("--colour", "IL2RA=red"), "#rrggbb"),
        (("--colour", "CD4=#112233"), "CD4"),
        (("-o", "scene.pml"), "folder"),
    ],
)
def test_wrong_options_are_one_line_and_status_2(cli, small, options, word):
    run = cli("scene", small, *options)
    assert run.status == 2
    assert len(run.error_lines) == 1
    assert word in run.stderr


def test_an_entry_that_cannot_be_read_is_status_1(cli, tmp_path):
    bad = tmp_path / "bad.pdb"
    bad.write_text("nothing\n")
    run = cli("scene", bad, "-o", tmp_path / "s")
    assert run.status == 1
    assert len(run.error_lines) == 1


def test_colours_are_read_by_role():
    assert palette_of(["IL2RA = #00aa88"]).of("IL2RA") == "#00aa88"
    with pytest.raises(ParameterError, match="ROLE=#rrggbb"):
        palette_of(["#00aa88"])
