"""The commands ``compare``, ``overlap``, ``variants`` and ``predicted``, as users type them."""

import json
import shutil

import numpy as np
import pandas as pd
import pytest

pytestmark = pytest.mark.entries

OFFLINE = ("--offline", "--format", "json")


def content(run) -> dict:
    assert run.status == 0, run.stderr
    return json.loads(run.stdout)


def test_compare_tells_what_differs(cli, mirror):
    tables = content(cli("compare", "2B5I", "1Z92", "--mirror", mirror, *OFFLINE))
    alpha = tables["compare_similarity"][0]
    assert (alpha["reference"], alpha["compared"]) == ("2B5I:1", "1Z92:1")
    assert alpha["chains_compared"] == "A/B"
    # DockQ 2.1.3 says 0.719.
    assert alpha["dockq"] == pytest.approx(0.719, abs=6e-4)
    assert {row["change"] for row in tables["compare_pairs"]} >= {
        "kept",
        "lost",
        "gained",
    }
    assert tables["compare_bonds"]


def test_compare_takes_an_interface_of_the_first(cli, mirror):
    # Chain names of 2B5I; those of 2ERJ are others.
    arguments = ("2B5I", "2ERJ", "--between", "A/B,C", "--mirror", mirror)
    rows = content(cli("compare", *arguments, *OFFLINE))["compare_similarity"]
    assert [row["chains_compared"] for row in rows] == ["D/B,C", "H/F,G"]
    assert all(row["dockq"] > 0.8 for row in rows)


@pytest.mark.parametrize(
    ("entries", "words"),
    [
        (("1Z92",), "compare takes two complexes or more"),
        (("1Z92", "1M47"), "1M47 holds no complex of chains"),
        (("1Z92", "1BRS"), "no interface of 1Z92:1 is in another complex"),
    ],
)
def test_compare_with_nothing_to_compare(cli, mirror, entries, words):
    run = cli("compare", *entries, "--mirror", mirror, *OFFLINE)
    assert run.status == 2
    assert words in run.stderr


def test_compare_goes_on_without_an_entry(cli, mirror, tmp_path):
    arguments = ("1Z92", "9XYZ", "2B5I", "--mirror", mirror, "--offline")
    run = cli("compare", *arguments, "-o", tmp_path / "out")
    assert run.status == 3
    assert "9XYZ" in run.stderr
    entries = pd.read_csv(tmp_path / "out" / "entries.csv")
    assert list(entries["status"]) == ["failed"]
    assert len(pd.read_csv(tmp_path / "out" / "compare_similarity.csv")) == 1


def test_overlap_as_published(cli, mirror):
    rows = content(cli("overlap", "2B5I", "5LQB", "--mirror", mirror, *OFFLINE))[
        "overlap"
    ]
    verdicts = {
        (row["partner_1"], row["partner_2"]): row["verdict"]
        for row in rows
        if row["protein"] == "IL2"
    }
    assert verdicts["5LQB:Fab 1", "IL2RA"] == "exclude each other"
    assert verdicts["5LQB:Fab 1", "IL2RB"] == "bind side by side"


def test_overlap_needs_two_partners(cli, mirror):
    run = cli("overlap", "1Z92", "--mirror", mirror, *OFFLINE)
    assert run.status == 2
    assert "no protein of these entries has two partners" in run.stderr


@pytest.mark.parametrize("has_on", [True, False])
def test_variants_of_a_table_and_of_the_line(cli, mirror, tmp_path, has_on):
    table = tmp_path / "muteins.tsv"
    table.write_text("name\tprotein\tmutations\nno-alpha\tIL-2\tF42A Y45A\n")
    listed = tmp_path / "entries.txt"
    listed.write_text("1Z92\n")
    # A list of entries may end as a table of variants does.
    on = ("--on", "1Z92") if has_on else (f"@{listed}",)
    arguments = (table, *on, "2B5I", "--mutations", "IL2:D20T", "--mirror", mirror)
    rows = content(cli("variants", *arguments, *OFFLINE))["variants"]
    assert {row["entry_id"] for row in rows} == {"1Z92", "2B5I"}
    assert [row["mutation"] for row in rows if row["entry_id"] == "1Z92"] == [
        "F42A",
        "Y45A",
        "all",
        "D20T",
    ]


def test_a_variant_of_the_line_and_an_entry_after_on(cli, mirror):
    asked = ("--mutations", "IL2:F42A", "--on", "1Z92", "--mirror", mirror)
    (row,) = content(cli("variants", *asked, *OFFLINE))["variants"]
    assert (row["mutation"], row["class_levy"]) == ("F42A", "core")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("1Z92",), "no variant is given"),
        (("1Z92", "--mutations", "IL2:F62A"), "write IL2:F42A"),
        (("1Z92", "none.tsv"), "none.tsv cannot be read as a table of variants"),
        (("muteins",), "no entry is given"),
    ],
)
def test_wrong_variants_are_told_before_any_work(
    cli, mirror, arguments, words, monkeypatch
):
    def work(*_: object, **__: object) -> None:
        pytest.fail("an entry was opened")

    monkeypatch.setattr("il2struct.results.study.open_entry", work)
    run = cli("variants", *arguments, "--mirror", mirror, *OFFLINE)
    assert run.status == 2
    assert words in run.stderr


def test_predicted_models_of_a_folder_are_sorted(cli, mirror, tmp_path, real_text):
    text = real_text("1Z92.pdb")
    n = 0
    for line in text.splitlines():
        n += line.startswith("ATOM") and line[12:16] == " CA " and line[16] in " A"
    for rank, error in ((0, 8.0), (1, 2.0)):
        folder = tmp_path / "run" / f"seed{rank}"
        folder.mkdir(parents=True)
        (folder / f"x_model_{rank}.pdb").write_text(text)
        np.savez(folder / f"pae_x_model_{rank}.npz", pae=np.full((n, n), error))
        words = {"confidence_score": 1.0 - error / 10, "iptm": 0.5, "ptm": 0.5}
        (folder / f"confidence_x_model_{rank}.json").write_text(json.dumps(words))
    arguments = (tmp_path / "run", "--reference", "2B5I", "--mirror", mirror)
    rows = content(cli("predicted", *arguments, *OFFLINE))["predicted"]
    assert [row["model"].endswith("x_model_1.pdb") for row in rows] == [True, False]
    assert rows[0]["ipsae"] > rows[1]["ipsae"]
    assert rows[0]["dockq"] == pytest.approx(0.719, abs=6e-4)
    shutil.rmtree(tmp_path / "run" / "seed0")
    np.savez(tmp_path / "run" / "seed1" / "pae_x_model_1.npz", pae=np.ones((7, 7)))
    run = cli("predicted", *arguments, *OFFLINE)
    assert run.status == 1
    assert f"is for 7 residues, the model has {n}" in run.stderr


def test_unsatisfied_atoms_and_their_counts(cli, mirror):
    arguments = ("2B5I", "--between", "IL2/CD25", "--mirror", mirror)
    tables = content(cli("unsatisfied", *arguments, *OFFLINE))
    (counts,) = tables["unsatisfied_counts"]
    assert counts["n_unsatisfied"] == len(tables["unsatisfied"]) > 0
    assert {row["interface_id"] for row in tables["unsatisfied"]} == {"IL2/IL2RA"}


@pytest.mark.parametrize(
    ("command", "why"),
    [("ligands", "no small molecule"), ("unsatisfied", "no interface")],
)
def test_an_empty_table_is_explained(cli, mirror, command, why):
    run = cli(command, "2NA8", "--mirror", mirror, *OFFLINE)
    assert run.status == 0
    assert f"2NA8 has {why}" in run.stderr


def test_published_muteins_come_with_the_program(cli, mirror):
    run = cli("variants", "muteins", "1Z92", "--mirror", mirror, *OFFLINE)
    rows = content(run)["variants"]
    f42q = [row for row in rows if row["variant"] == "F42Q"]
    assert [row["where"] for row in f42q] == ["in the interface"]
