"""``il2struct sc``: the number with its error, local values, dots on disk."""

import json
import re

import gemmi
import pandas as pd
import pytest
from typer.testing import CliRunner

from il2struct.cli.app import app

pytestmark = pytest.mark.entries


def invoke(*arguments):
    return CliRunner().invoke(app, [str(a) for a in arguments])


def test_all_that_is_asked_of_one_interface(mirror, tmp_path):
    out, dots = tmp_path / "out", tmp_path / "dots"
    found = invoke(
        "sc", "1Z92", "--mirror", mirror, "--offline", "-o", out, "--dots", dots
    )
    assert found.exit_code == 0, found.output
    table = pd.read_csv(out / "interfaces.csv")
    row = table.iloc[0]
    assert row["sc"] == pytest.approx(
        (row["sc_1_to_2"] + row["sc_2_to_1"]) / 2, abs=1e-6
    )
    assert 0 < row["sc_error"] < 0.1
    assert row["sc_converged"] > row["sc"]
    residues = pd.read_csv(out / "sc_residues.csv")
    atoms = pd.read_csv(out / "sc_atoms.csv")
    for local in (residues, atoms):
        assert local["n_dots"].sum() == row["n_dots"]
        assert local["trimmed_area_a2"].sum() == pytest.approx(
            row["trimmed_area_a2"], rel=1e-5
        )
    names = sorted(path.name for path in dots.iterdir())
    stem = "1Z92_1_IL2-IL2RA"
    assert names == sorted(
        f"{stem}{end}" for end in (".py", "_1.ply", "_2.ply", "_1.cif", "_2.cif")
    )
    coloured = gemmi.read_structure(str(dots / f"{stem}_1.cif"))
    values = [atom.b_iso for chain in coloured[0] for r in chain for atom in r]
    assert max(values) <= 1.0
    assert sum(value != 0 for value in values) > 50


def test_json_and_a_group_chosen_by_hand(mirror):
    found = invoke(
        "sc", "2B5I", "--mirror", mirror, "--offline", "--between", "IL2/IL2RG",
        "--format", "json",
    )  # fmt: skip
    content = json.loads(found.stdout)
    assert [row["interface_id"] for row in content["interfaces"]] == ["IL2/IL2RG"]
    assert content["interfaces"][0]["sc"] == pytest.approx(0.841, abs=0.01)


def test_a_terminal_sees_three_decimals(mirror):
    found = invoke("sc", "1Z92", "--mirror", mirror, "--offline")
    _, row = found.stdout.split("--\n")
    assert re.search(r"  0\.\d{3}  ", row)


@pytest.mark.parametrize("density", ["0", "-1", "nan"])
def test_a_density_that_cannot_be_is_wrong_usage(mirror, density):
    found = invoke("sc", "1Z92", "--mirror", mirror, "--offline", "--density", density)
    assert found.exit_code == 2
    assert "dot_density_per_a2" in found.stderr


def test_an_unknown_detail_is_wrong_usage(mirror):
    found = invoke("interfaces", "1Z92", "--mirror", mirror, "--offline", "--sc", "all")
    assert found.exit_code == 2
    assert "none, value, error" in found.stderr


def test_density_and_probe_change_the_number_and_are_in_the_output(mirror):
    rows = []
    for options in ((), ("--density", "30"), ("--probe", "1.4")):
        found = invoke(
            "sc", "1Z92", "--mirror", mirror, "--offline", "--format", "json", *options
        )
        rows.append(json.loads(found.stdout)["interfaces"][0])
    assert [row["dot_density_per_a2"] for row in rows] == [15.0, 30.0, 15.0]
    assert len({row["sc"] for row in rows}) == 3
    assert rows[1]["n_dots"] > 1.8 * rows[0]["n_dots"]
