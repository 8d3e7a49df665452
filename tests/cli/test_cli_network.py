"""The commands network and response."""

import io
import json

import gemmi
import pandas as pd
import pytest

from il2struct.cli.options import role_pairs
from il2struct.errors import ParameterError
from il2struct.structure.roles import Role
from il2struct.tables import column_names

NETWORK = {
    "evidence",
    "contact_measures",
    "sequons",
    "titratable",
    "unseen",
    "site_overlaps",
    "conservation",
    "test_mutations",
    "membrane",
    "sheets",
    "lattice_contacts",
    "contact_classes",
}


def rows(text: str) -> pd.DataFrame:
    return pd.read_csv(io.StringIO(text), keep_default_na=False, dtype=str)


@pytest.fixture(scope="module")
def network_run(mirror, tmp_path_factory):
    """One run on two crystals and an NMR entry."""
    from typer.testing import CliRunner

    from il2struct.cli.app import app

    folder = tmp_path_factory.mktemp("network")
    arguments = ["network", "2B5I", "2NA8", "1Z92", "--mirror", str(mirror)]
    arguments += ["--offline", "--quick", "-o", str(folder)]
    arguments += ["--pair", "IL2RG/IL2RA,IL2RG/IL2RB"]
    result = CliRunner().invoke(app, arguments, catch_exceptions=False)
    return result, folder


@pytest.mark.entries
def test_network_writes_words_tables_and_scene_and_passes_over_an_nmr_entry(
    network_run,
):
    result, folder = network_run
    assert result.exit_code == 3
    assert "2NA8 has no unit cell" in result.stderr
    lines = [line.removeprefix("il2struct: ") for line in result.stderr.splitlines()]
    steps = [
        line for line in lines if "see notes" not in line and "unit cell" not in line
    ]
    assert steps[:5] == ["2B5I", "2NA8", "1Z92", "network", "tables"]
    assert steps[5:] == [f"study in {folder}/network.md"]
    assert result.stdout.startswith("γc – IL-2Rα: ")
    assert "1. recurrence" in result.stdout
    files = {path.name for path in folder.glob("[!.]*")}
    scene = {"chain_on_membrane.cif", "chain_on_membrane.pml"}
    texts = {"network.md", "provenance.json"}
    assert files == {*texts, *scene, *(f"{name}.csv" for name in NETWORK)}
    origin = json.loads((folder / "provenance.json").read_text())
    assert [entry["entry_id"] for entry in origin["files"]] == ["2B5I", "1Z92"]
    assert all(len(entry["sha256"]) == 64 for entry in origin["files"])
    for name in NETWORK:
        table = rows((folder / f"{name}.csv").read_text())
        assert list(table.columns) == column_names(name)
    text = (folder / "network.md").read_text()
    assert "γc – IL-2Rα" in text
    assert "γc – IL-2Rβ" in text
    assert "Entries: 2B5I, 1Z92." in text


@pytest.mark.entries
def test_network_scene_can_be_read(network_run):
    _, folder = network_run
    structure = gemmi.read_structure(str(folder / "chain_on_membrane.cif"))
    names = [chain.name for chain in structure[0]]
    assert len(set(names)) == len(names)
    assert {"A-1", "B-2", "C-3", "D-4"} <= set(names)


@pytest.mark.entries
def test_network_without_the_roles_ends_well_and_says_what_is_missing(
    cli, mirror, tmp_path
):
    folder = tmp_path / "out"
    run = cli(
        "network", "1M47", "--mirror", mirror, "--offline", "-o", folder, "--quiet"
    )
    assert (run.status, run.stderr) == (0, "")
    text = (folder / "network.md").read_text()
    assert "No entry holds γc or IL-2Rα" in text
    assert "1M47 shows no complex" in text
    assert not (folder / "chain_on_membrane.cif").exists()


@pytest.mark.entries
def test_network_in_json(cli, mirror, tmp_path):
    run = cli(
        *("network", "1M47", "--mirror", mirror, "--offline"),
        *("-o", tmp_path / "out", "--format", "json"),
    )
    assert run.status == 0
    content = json.loads((tmp_path / "out" / "evidence.json").read_text())
    assert content == {"schema_version": "1.0", "evidence": []}


@pytest.mark.parametrize("name", ["found.csv", "found.json", "found.parquet"])
def test_network_refuses_a_file_and_makes_nothing(cli, small, tmp_path, name):
    run = cli("network", small, "-o", tmp_path / name)
    assert run.status == 2
    assert "folder" in run.stderr
    assert not (tmp_path / name).exists()


def test_network_of_no_entry_is_wrong_usage(cli, tmp_path):
    empty = tmp_path / "empty.txt"
    empty.write_text("")
    assert cli("network", f"@{empty}", "-o", tmp_path / "out").status == 2


@pytest.mark.parametrize(
    "pair",
    [
        "IL2RG",
        "IL2RG/IL2RX",
        "IL2RG/IL2RA/IL2RB",
        "",
        "IL2RG/unknown",
        "IL2RG/IL2RA,",
        "IL2RG/IL2RA,IL2RA/IL2RG",
    ],
)
def test_a_wrong_pair_is_wrong_usage(cli, small, tmp_path, pair):
    run = cli("network", small, "--pair", pair, "-o", tmp_path / "out")
    assert run.status == 2
    assert "--pair" in run.stderr
    assert not (tmp_path / "out").exists()


def test_pairs_are_read_in_order_and_in_any_case():
    assert role_pairs("il2rg/IL2RA") == ((Role.IL2RG, Role.IL2RA),)
    assert role_pairs("IL2RG/IL2RG") == ((Role.IL2RG, Role.IL2RG),)
    assert role_pairs("IL2RG/IL2RA, IL2RG/IL2RB") == (
        (Role.IL2RG, Role.IL2RA),
        (Role.IL2RG, Role.IL2RB),
    )
    with pytest.raises(ParameterError, match="twice"):
        role_pairs("IL2RG/IL2RA,IL2RA/IL2RG")


@pytest.mark.parametrize("cell", ["treg", "th", "nk", "cd8"])
def test_response_of_each_cell_states_its_assumptions(cli, cell):
    run = cli("response", "--cell", cell)
    assert run.status == 0
    for words in ("EC50", "Hill slope", "assumptions", "Free chains compete"):
        assert words in run.stdout
    assert run.stderr == ""


def test_response_to_free_chains(cli):
    compete = cli("response", "--free-chains", "compete", "--kd", "0.1").stdout
    silent = cli("response", "--free-chains", "silent", "--kd", "0.1").stdout
    assert (
        "Free chains are silent" in silent or "silent" in silent.split("assumptions")[1]
    )
    assert compete != silent


@pytest.mark.parametrize(
    "arguments",
    [
        ("--cell", "erythrocyte"),
        ("--free-chains", "maybe"),
        ("--kd", "-1"),
        ("--kd", "0"),
        ("--density", "-5"),
        ("--coupling", "nan"),
        ("--format", "parquet"),
    ],
)
def test_wrong_response_options_are_wrong_usage(cli, arguments):
    run = cli("response", *arguments)
    assert run.status == 2
    assert run.stdout == ""
    assert len(run.error_lines) == 1


def test_response_tables_in_a_folder_and_as_json(cli, tmp_path):
    names = {
        "dose_response",
        "cluster_sizes",
        "response_summary",
        "coupling_scan",
        "contact_scan",
        "assumptions",
    }
    run = cli("response", "-o", tmp_path / "out")
    assert run.status == 0
    assert {p.name for p in (tmp_path / "out").glob("[!.]*")} == {
        f"{n}.csv" for n in names
    }
    # The assumptions stand in every output.
    assert "assumptions" in run.stderr
    run = cli("response", "--format", "json", "--quiet")
    assert (run.status, run.stderr) == (0, "")
    content = json.loads(run.stdout)
    assert set(content) == {"schema_version", *names}
    assert list(content["dose_response"][0]) == column_names("dose_response")


def test_response_writes_one_file_into_a_new_folder(cli, tmp_path):
    path = tmp_path / "new" / "dose.csv"
    run = cli("response", "-o", path, "--quiet")
    assert run.status == 0
    table = rows(path.read_text())
    assert list(table.columns) == column_names("dose_response")
    # The assumption about free chains stands even in a single file.
    assert set(table["free_chains"]) == {"compete"}
