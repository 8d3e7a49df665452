"""``il2struct patch``: a piece of the crystal on disk."""

import gemmi
import numpy as np
import pytest
from typer.testing import CliRunner

from il2struct.cli.app import app

pytestmark = pytest.mark.entries


def invoke(mirror, *arguments):
    options = ("--mirror", mirror, "--offline")
    return CliRunner().invoke(app, ["patch", *(str(a) for a in (*arguments, *options))])


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


def test_a_chain_steps_by_the_translation_of_the_contact(mirror, tmp_path):
    path = tmp_path / "new" / "chain.cif"
    found = invoke(mirror, "2ERJ", "--repeats", "3", "-o", path)
    assert found.exit_code == 0, found.output
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


def test_a_sheet_needs_two_contacts_and_two_numbers(mirror, tmp_path):
    path = tmp_path / "sheet.cif"
    pairs = ("--pair", "IL2RG/IL2RA,IL2RG/IL2RB")
    assert invoke(mirror, "2B5I", *pairs, "--repeats", "2x2", "-o", path).exit_code == 0
    assert path.stat().st_size > 0
    wrong = invoke(mirror, "2B5I", *pairs, "--repeats", "4", "-o", tmp_path / "no.cif")
    assert wrong.exit_code == 1
    assert "build a sheet" in wrong.stderr
    assert not (tmp_path / "no.cif").exists()


def test_everything_within_a_distance(mirror, tmp_path):
    sizes = []
    for radius in ("0", "100"):
        path = tmp_path / f"within{radius}.cif"
        assert invoke(mirror, "2B5I", "--within", radius, "-o", path).exit_code == 0
        sizes.append(len(gemmi.read_structure(str(path))[0]))
    assert sizes[0] < sizes[1]


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
def test_wrong_usage_is_told_and_nothing_is_written(
    mirror, tmp_path, monkeypatch, arguments, said
):
    here = tmp_path / "empty"
    here.mkdir()
    monkeypatch.chdir(here)
    found = invoke(mirror, "2B5I", *arguments)
    assert found.exit_code == 2
    assert said in found.stderr
    assert list(here.iterdir()) == []


def test_roles_that_do_not_meet_are_named(mirror, tmp_path):
    found = invoke(mirror, "1Z92", "-o", tmp_path / "x.cif")
    assert found.exit_code == 1
    assert "IL2RG and IL2RA touch nowhere" in found.stderr
