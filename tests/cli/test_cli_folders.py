"""The commands figures and scene: files where they are asked for, an index, honest exit statuses."""

import json
import re

import pandas as pd
import pytest

FILES = ["2B5I.cxc", "2B5I.mvsj", "2B5I.pml", "2B5I_scene.cif"]


def test_figures_of_a_file_with_their_tables_and_an_index(cli, small, tmp_path):
    out = tmp_path / "out"
    kinds = "contact_map,bond_ladder,lattice_view"
    run = cli("figures", small, "-o", out, "--format", "svg,png", "--only", kinds)
    assert (run.status, run.stdout) == (0, "")
    assert run.error_lines[-1] == f"il2struct: figures in {out}/figures.md"
    text = (out / "figures.md").read_text(encoding="utf-8")
    linked = set(re.findall(r"\]\(([^)]+)\)", text))
    there = {
        p.relative_to(out).as_posix()
        for p in out.rglob("[!.]*")
        if p.is_file() and p.name != "figures.md"
    }
    assert linked == there
    stem = "small/contact_map_small_1_A-B"
    assert {f"{stem}.{ending}" for ending in ("svg", "png", "csv", "txt")} <= there
    assert not any(name.endswith(".pdf") for name in there)
    table = pd.read_csv(out / f"{stem}.csv").query("mark == 'bond'")
    assert table[["bond", "residue_1", "residue_2"]].to_numpy().tolist() == [
        ["salt_bridge", "K2", "E2"]
    ]
    assert "## small" in text
    assert "salt bridge" in (out / "small" / "bond_ladder_small_1_A-B.txt").read_text()
    # The file has no unit cell.
    assert "## Left out" in text
    assert "lattice of small" in text


def test_figures_only_some_kinds_in_one_width_and_other_colours(cli, small, tmp_path):
    out = tmp_path / "out"
    run = cli(
        "figures",
        small,
        "-o",
        out,
        "--only",
        "contact_map,bond_ladder",
        "--format",
        "svg",
        "--width",
        "120",
        "--colour",
        "unknown=#123456",
        "-q",
    )
    assert (run.status, run.stderr) == (0, "")
    names = {p.name for p in (out / "small").glob("*.svg")}
    assert names == {"contact_map_small_1_A-B.svg", "bond_ladder_small_1_A-B.svg"}
    svg = (out / "small" / "contact_map_small_1_A-B.svg").read_text(encoding="utf-8")
    width_pt = float(re.search(r'width="([\d.]+)pt"', svg).group(1))
    assert width_pt / 72 * 25.4 == pytest.approx(120.0, abs=0.1)
    assert "#123456" in svg
    assert "Left out" not in (out / "figures.md").read_text(encoding="utf-8")


def test_figures_nothing_drawn_is_not_called_figures(cli, small, tmp_path):
    run = cli("figures", small, "-o", tmp_path / "a", "--only", "presence")
    assert "nothing for the kinds of figure" in run.error_lines[-1]
    run = cli("figures", small, "-o", tmp_path / "b", "--only", "lattice_view")
    assert f"no figure could be drawn; {tmp_path}/b/figures.md" in run.error_lines[-1]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--format", "jpg"], "svg, pdf, png"),
        (["--only", "contactmap"], "'contactmap'"),
        (["--width", "wide"], "'wide'"),
        (["--width", "3"], "between 20 and 1000"),
        (["--type-scale", "3"], "by 1 to 2"),
        (["--copies", "mean"], "each or merged"),
        (["--colour", "IL2:red"], "ROLE=#rrggbb"),
        (["--colour", "#00aa88"], "ROLE=#rrggbb"),
        (["--colour", "IL2=red"], "#rrggbb"),
        (["--between", "A"], "between"),
        (["--sc", "much"], "sc is one of"),
        (["-o", "all.pdf"], "folder"),
    ],
)
def test_figures_wrong_options_are_refused_before_any_work(
    cli, small, tmp_path, options, words
):
    out = ["-o", tmp_path / "out"] if "-o" not in options else []
    run = cli("figures", small, *out, *options)
    assert run.status == 2
    assert len(run.error_lines) == 1
    assert words in run.stderr
    assert not (tmp_path / "out").exists() or not list((tmp_path / "out").iterdir())


def test_figures_entries_that_fail_stop_no_other(cli, small, tmp_path):
    broken = tmp_path / "broken.pdb"
    broken.write_text("no structure\n")
    out = tmp_path / "out"
    options = ["-o", out, "--only", "contact_map", "--format", "svg"]
    run = cli("figures", broken, small, *options)
    assert run.status == 3
    assert "broken.pdb" in run.stderr
    assert (out / "small" / "contact_map_small_1_A-B.svg").exists()
    run = cli("figures", broken, "-o", tmp_path / "none")
    assert run.status == 1
    assert not (tmp_path / "none" / "figures.md").exists()


def test_figures_a_hostile_name_stays_inside_the_folder_and_is_only_text(
    cli, small, tmp_path
):
    hostile = small.with_name("$x^<script>`[a](b).pdb")
    hostile.write_text(small.read_text())
    out = tmp_path / "out"
    run = cli("figures", hostile, "-o", out, "--only", "contact_map", "--format", "svg")
    assert run.status == 0
    text = (out / "figures.md").read_text(encoding="utf-8")
    assert "<script>" not in text
    files = list(tmp_path.rglob("*.svg"))
    assert all(out in p.parents for p in files)
    assert "<script>" not in files[0].read_text(encoding="utf-8")


@pytest.mark.entries
@pytest.mark.slow
def test_crystals_have_lattice_and_comparison(cli, mirror, tmp_path):
    out = tmp_path / "out"
    run = cli(
        "figures",
        "1Z92",
        "3QB7",
        "--mirror",
        mirror,
        "--offline",
        "-o",
        out,
        "--only",
        "lattice_view,interface_comparison,contact_map",
        "--format",
        "png",
        "--sc",
        "none",
    )
    assert run.status == 0
    assert (out / "1Z92" / "lattice_view_1Z92.png").exists()
    assert (out / "3QB7" / "lattice_view_3QB7.png").exists()
    assert len(list(out.glob("*interface_comparison*.png"))) == 1


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
def test_scene_format_neighbours_and_colours_are_choices(cli, mirror, tmp_path):
    run = cli(
        *("scene", "2B5I", "--mirror", mirror, "--offline", "-q", "-o", tmp_path / "s"),
        *("--format", "pml", "--neighbours", 0),
        *("--colour", "IL2RA = #009988", "--colour", "IL2=#123456"),
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
        (("--colour", "CD4=#112233"), "CD4"),
        (("-o", "scene.pml"), "folder"),
    ],
)
def test_scene_wrong_options_are_one_line_and_status_2(cli, small, options, word):
    run = cli("scene", small, *options)
    assert run.status == 2
    assert len(run.error_lines) == 1
    assert word in run.stderr
