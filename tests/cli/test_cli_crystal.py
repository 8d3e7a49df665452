"""The commands lattice, compare and patch."""

import io
import json

import gemmi
import numpy as np
import pandas as pd
import pytest

from il2struct.tables import column_names

LATTICE = [
    "lattice_contacts",
    "contact_classes",
    "residues",
    "contacts",
    "bonds",
    "entries",
]


def rows(text: str) -> pd.DataFrame:
    return pd.read_csv(io.StringIO(text), keep_default_na=False, dtype=str)


@pytest.mark.entries
def test_classes_come_first_if_asked_for(cli, mirror):
    options = ("--classes", "--mirror", mirror, "--offline", "--format", "csv")
    run = cli("lattice", "2B5I", *options)
    assert run.status == 0
    table = rows(run.stdout)
    assert list(table.columns) == column_names(LATTICE[1])
    assert "IL2RA/IL2RG.1" in set(table["contact_class"])


@pytest.mark.entries
def test_a_terminal_shows_the_columns_that_matter(cli, mirror):
    run = cli("lattice", "--classes", "1Z92", "--mirror", mirror, "--offline")
    assert run.status == 0
    assert run.stdout.startswith("Class")
    assert "IL2/IL2RA.2" in run.stdout


@pytest.mark.entries
def test_an_nmr_entry_among_crystals_fails_alone(cli, mirror):
    run = cli(
        "lattice", "1Z92", "2NA8", "--mirror", mirror, "--offline", "--format", "json"
    )
    assert run.status == 3
    assert "2NA8 has no unit cell" in run.stderr
    content = json.loads(run.stdout)
    assert list(content) == ["schema_version", *LATTICE]
    for name in LATTICE:
        assert list(content[name][0]) == column_names(name)
    assert {r["entry_id"] for r in content["residues"]} == {"1Z92"}
    assert len(content["entries"]) == 2


@pytest.mark.entries
def test_only_an_nmr_entry_is_a_failure(cli, mirror, tmp_path):
    folder = tmp_path / "net"
    for command in ("lattice", "network"):
        run = cli(command, "2NA8", "--mirror", mirror, "--offline", "-o", folder)
        assert run.status == 1
        assert "lattice contacts need a crystal structure" in run.stderr
    assert not (folder / "network.md").exists()


@pytest.mark.entries
@pytest.mark.parametrize("command", ["lattice", "compare", "overlap", "network"])
@pytest.mark.parametrize(
    ("option", "value"),
    [("--cutoff", "-1"), ("--probe", "0"), ("--preset", "none-such")],
)
def test_wrong_parameters_are_wrong_usage(cli, mirror, command, option, value):
    run = cli(command, "1Z92", option, value, "--mirror", mirror, "--offline")
    assert run.status == 2
    assert run.stdout == ""
    assert len(run.error_lines) == 1


def patch(cli, mirror, *arguments):
    return cli("patch", *arguments, "--mirror", mirror, "--offline")


def alpha_carbons(path, chain):
    model = gemmi.read_structure(str(path))[0]
    return np.array(
        [
            atom.pos.tolist()
            for residue in model[chain]
            for atom in residue
            if atom.name == "CA"
        ]
    )


@pytest.mark.entries
def test_patch_a_chain_steps_by_the_translation_of_the_contact(cli, mirror, tmp_path):
    path = tmp_path / "new" / "chain.cif"
    found = patch(cli, mirror, "2ERJ", "--repeats", "3", "-o", path)
    assert found.status == 0
    assert "3 units" in found.stderr
    assert "clash" not in found.stderr
    names = [chain.name for chain in gemmi.read_structure(str(path))[0]]
    assert len(names) == len(set(names))
    steps = [
        np.linalg.norm(
            alpha_carbons(path, f"A-{n + 1}") - alpha_carbons(path, f"A-{n}"), axis=1
        )
        for n in (1, 2)
    ]
    np.testing.assert_allclose(
        steps, 70.545, atol=0.002
    )  # b of the cell; 3 decimals written


@pytest.mark.entries
def test_patch_a_sheet_needs_two_contacts_and_two_numbers(cli, mirror, tmp_path):
    path = tmp_path / "sheet.cif"
    pairs = ("--pair", "IL2RG/IL2RA,IL2RG/IL2RB")
    assert (
        patch(cli, mirror, "2B5I", *pairs, "--repeats", "2x2", "-o", path).status == 0
    )
    assert path.stat().st_size > 0
    wrong = patch(
        cli, mirror, "2B5I", *pairs, "--repeats", "4", "-o", tmp_path / "no.cif"
    )
    assert wrong.status == 1
    assert "build a sheet" in wrong.stderr
    assert not (tmp_path / "no.cif").exists()


@pytest.mark.entries
def test_patch_everything_within_a_distance(cli, mirror, tmp_path):
    sizes = []
    for radius in ("0", "100"):
        path = tmp_path / f"within{radius}.cif"
        assert patch(cli, mirror, "2B5I", "--within", radius, "-o", path).status == 0
        sizes.append(len(gemmi.read_structure(str(path))[0]))
    assert sizes[0] < sizes[1]


@pytest.mark.entries
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("-o", "x.csv"), "mmCIF"),
        ((), "-o FILE.cif"),
        (("--repeats", "two", "-o", "x.cif"), "--repeats"),
        (("--repeats", "0", "-o", "x.cif"), "--repeats"),
        (("--pair", "A/B", "-o", "x.cif"), "--pair"),
    ],
)
def test_patch_wrong_usage_is_told_and_nothing_is_written(
    cli, mirror, tmp_path, monkeypatch, arguments, said
):
    here = tmp_path / "empty"
    here.mkdir()
    monkeypatch.chdir(here)
    found = patch(cli, mirror, "2B5I", *arguments)
    assert found.status == 2
    assert said in found.stderr
    assert list(here.iterdir()) == []


@pytest.mark.entries
def test_patch_roles_that_do_not_meet_are_named(cli, mirror, tmp_path):
    found = patch(cli, mirror, "1Z92", "-o", tmp_path / "x.cif")
    assert found.status == 1
    assert "IL2RG and IL2RA touch nowhere" in found.stderr
