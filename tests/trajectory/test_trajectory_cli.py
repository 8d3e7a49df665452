"""The command ``trajectory``: tables, summary, errors in one sentence."""

import json

import pandas as pd
import pytest
from typer.testing import CliRunner

from il2struct.cli.app import app
from il2struct.schemas import SCHEMAS

TABLES = (
    "trajectory_interfaces",
    "trajectory_frames",
    "trajectory_contacts",
    "trajectory_bonds",
    "trajectory_residues",
)


def run(*arguments):
    return CliRunner().invoke(app, ["trajectory", *map(str, arguments)])


@pytest.fixture
def made(peptides, tmp_path, write_frames, positions_of, chain_mask):
    """Two peptides that part in the last of three frames."""
    path = tmp_path / "made <b>|.pdb"
    path.write_text(peptides["A"] + peptides["B"] + "END\n")
    positions, is_second = positions_of(path), chain_mask(path, "B")
    frames = [positions + is_second[:, None] * [0, 0, z] for z in (0.0, 0.1, 50.0)]
    return path, write_frames(frames, "run.dcd")


def test_a_folder_of_tables_with_a_summary(made, tmp_path):
    out = tmp_path / "out"
    result = run(*made, "-o", out, "--sc-every", 2, "--figures", "svg")
    assert result.exit_code == 0, result.output
    drawn = {path.name for path in (out / "figures").glob("*.svg")}
    assert any(name.startswith("interface_course") for name in drawn)
    for name in TABLES:
        table = pd.read_csv(out / f"{name}.csv")
        assert table.columns.tolist() == [column.name for column in SCHEMAS[name]]
    frames = pd.read_csv(out / "trajectory_frames.csv")
    assert frames.frame.tolist() == [0, 1, 2]
    assert frames.area_per_side_a2[2] == 0
    contacts = pd.read_csv(out / "trajectory_contacts.csv")
    assert contacts.occupancy.max() == pytest.approx(2 / 3, rel=1e-6)  # 7 digits in CSV
    text = (out / "summary.md").read_text()
    assert "touch in 2 of 3 frames" in text
    assert "<b>" not in text
    content = json.loads((out / "provenance.json").read_text())
    assert content["trajectory"]["n_frames"] == 3
    assert content["trajectory"]["sc_every"] == 2


def test_each_stage_is_a_line_and_every_step_is_told_if_asked_for(made, tmp_path):
    out = tmp_path / "out"
    stages = [
        f"reading {made[0].name}",
        "frames",
        "tables",
        f"summary in {out}/summary.md",
    ]
    lines = [f"il2struct: {stage}" for stage in stages]
    assert run(*made, "-o", out).stderr.splitlines() == lines
    assert run(*made, "-o", out, "-q").stderr == ""
    told = run(*made, "-o", out, "-v").stderr
    for name in ("contacts", "Sc: interface 1 of 1", "bonds", "areas"):
        assert f"il2struct: frames: 0 to 2: {name}\n" in told


def test_the_bar_moves_within_a_block(made, monkeypatch):
    moves = []

    class Seen:
        def begin(self, names):
            """Only how far it is counts."""

        def move(self, fraction):
            moves.append(fraction)

        def stop(self):
            """Nothing to take away."""

    monkeypatch.setattr("il2struct.progress._bar", Seen)
    assert run(*made, "--sc-every", 1).exit_code == 0
    assert moves == sorted(moves)
    assert moves[-1] == pytest.approx(1.0)
    # Two fits, which take most of the time: the sides touch in two of the three frames.
    assert any(0.4 < move < 0.6 for move in moves)


def test_parquet_keeps_types(made, tmp_path):
    out = tmp_path / "out"
    assert run(*made, "-o", out, "--format", "parquet", "--sc-every", 0).exit_code == 0
    for name in TABLES:
        table = pd.read_parquet(out / f"{name}.parquet")
        assert table.columns.tolist() == [column.name for column in SCHEMAS[name]]
    frames = pd.read_parquet(out / "trajectory_frames.parquet")
    assert frames.n_hydrogen_bond.dtype == "Int64"
    assert frames.sc.isna().all()


def test_a_terminal_shows_what_matters(made):
    result = run(*made, "--start", 0, "--stop", 2)
    assert result.exit_code == 0
    head = result.stdout.splitlines()[0].split()
    assert head[:3] == ["Entry", "Interface", "Frames"]
    assert " A/B " in result.stdout


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["--step", "0"], 2, "--step must be at least 1"),
        (["--sc-every", "-1"], 2, "--sc-every must not be negative"),
        (["-j", "0"], 2, "-j takes at least one process"),
        (["--roles", "A"], 2, "--roles takes chains"),
        (["--roles", "A=CD4"], 2, "a role is one of"),
        (["--roles", "Q=IL2"], 1, "no chain or role 'Q'"),
        (["--between", "A"], 2, "--between takes two sides"),
        (["--between", "A/Q"], 1, "no chain or role 'Q'"),
        (["--preset", "none"], 2, "no bond preset"),
        (["--cutoff", "-1"], 2, "contact cut-off"),
        (["--start", "7"], 2, "no frame is left of 3"),
        (["--format", "parquet"], 2, "parquet is binary"),
        (["--figures", "svg"], 2, "--figures writes into a folder"),
    ],
)
def test_errors_are_one_sentence(made, arguments, status, message):
    result = run(*made, *arguments, "-q")
    assert result.exit_code == status
    assert message in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
    assert "Traceback" not in result.output


def test_files_that_are_not_there(made, tmp_path):
    result = run(made[0], tmp_path / "gone.xtc")
    assert result.exit_code == 1
    assert "gone.xtc is not a file" in result.stderr
