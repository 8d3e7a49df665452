import base64
import gzip
import html
import json
from dataclasses import replace

import numpy as np
import pytest

from il2struct.interface.interface import InterfaceParameters
from il2struct.network.evidence.study import LINES, evidence_tables, network_studies
from il2struct.network.response.dose_response import ResponseSettings, cell_type
from il2struct.network.response.receptor import receptor_response, response_tables
from il2struct.report.network_summary import headline, network_summary, response_summary
from il2struct.report.page.page import PageOptions, RunContent, report_page
from il2struct.results.study import Study
from il2struct.tables import column_names

TABLES = (
    *("evidence", "contact_measures", "sequons", "titratable", "unseen"),
    *("site_overlaps", "conservation", "test_mutations", "membrane", "sheets"),
)


@pytest.fixture(scope="module")
def nothing(named_entry):
    return network_studies([named_entry("1Z92.pdb")], parameters=InterfaceParameters())


@pytest.fixture(scope="module")
def response():
    return receptor_response(ResponseSettings(cell=cell_type("treg")))


@pytest.mark.entries
def test_tables_have_their_columns_and_the_pair_first(studies):
    tables = evidence_tables(studies)
    assert tuple(tables) == TABLES
    for name, table in tables.items():
        assert list(table.columns) == column_names(name)
        assert list(table.columns[:2]) == ["role_1", "role_2"]
        pairs = set(zip(table["role_1"], table["role_2"], strict=True))
        assert pairs <= {("IL2RG", "IL2RA"), ("IL2RG", "IL2RB")}


@pytest.mark.entries
def test_evidence_rows_are_the_lines(studies):
    table = evidence_tables(studies)["evidence"]
    lines = [line for study in studies for line in study.evidence]
    assert len(table) == len(lines) == 2 * len(LINES)
    for row, line in zip(table.to_dict("records"), lines, strict=True):
        assert (row["number"], row["name"]) == (line.number, line.name)
        assert row["verdict"] in {"supports", "neutral", "against"}
        assert row["reason"] == line.reason
        np.testing.assert_equal(float(row["value"]), line.value)
        if line.controls is not None:
            assert row["n_lattice"] == line.controls.n_lattice
            np.testing.assert_equal(
                float(row["percentile_lattice"]), line.controls.percentile_lattice
            )


@pytest.mark.entries
def test_membrane_table_marks_the_focal_step_of_each_pair(studies):
    table = evidence_tables(studies)["membrane"]
    for study in studies:
        rows = table[table["role_2"] == study.roles[1].value]
        assert len(rows) == len(study.membrane)
        focal = rows[rows["is_focal"].astype(bool)]
        assert len(focal) == len(study.focal.members)
        for classes in focal["contact_classes"]:
            assert study.focal.name in classes.split()
    alpha = table[(table["role_2"] == "IL2RA") & table["is_focal"].astype(bool)]
    assert alpha["anchored_roles"].iloc[0] == "IL2RA IL2RB IL2RG"


@pytest.mark.entries
def test_the_page_has_the_verdict_and_its_rows_point_at_the_contact(
    studies, named_entry
):
    results = Study(named_entry("2B5I.pdb")).interfaces()
    run = RunContent(
        results=[results],
        parameters=InterfaceParameters(),
        tables=evidence_tables(studies),
        summary="",
        studies=studies,
    )
    page = report_page(run, PageOptions(viewer=None, has_figures=False))
    packed = page.split('id="data">')[1].split("<")[0]
    data = json.loads(gzip.decompress(base64.b64decode(packed)))
    assert all(headline(study) in html.unescape(page) for study in studies)
    (entry,) = data["entries"]
    assert len(entry["network"]) == len(data["network"]["rows"]) == 2 * len(LINES)
    for row, target in zip(data["network"]["rows"], entry["network"], strict=True):
        joint = entry["joints"][target["joint"]]
        assert joint["around"]  # between complexes
        chains = {
            entry["images"][image]["chain"] for side in joint["sides"] for image in side
        }
        groups = {entry["chains"][chain]["group"] for chain in chains}
        assert groups == set(row[0].split(" – "))


@pytest.mark.entries
def test_tables_without_a_focal_contact_are_empty_or_controls_only(nothing):
    tables = evidence_tables(nothing)
    for name in ("evidence", "sequons", "titratable", "unseen", "site_overlaps"):
        assert len(tables[name]) == 0
        assert list(tables[name].columns) == column_names(name)
    assert set(tables["contact_measures"]["group"]) == {
        "true_interface",
        "other_lattice",
    }
    assert not tables["membrane"]["is_focal"].astype(bool).any()


@pytest.mark.entries
def test_summary_has_both_pairs_each_with_words_and_numbers(studies):
    text = network_summary(studies)
    alpha, beta = text.index("γc – IL-2Rα"), text.index("γc – IL-2Rβ")
    assert alpha < beta
    assert text.count("## What speaks for it") == 2
    assert text.count("## What decides nothing") == 2
    assert text.count("## What speaks against it") == 2
    assert text.count("## The numbers, with their controls") == 2
    assert text.count("## What line 9 assumes") == 1
    for study in studies:
        for line in study.evidence:
            assert f"| {line.number}. {line.name} |" in text
    assert "no score" in text
    assert "nan" not in text.lower().replace("nanomol", "").replace("nmol", "")


@pytest.mark.entries
def test_every_line_stands_under_its_verdict(studies):
    text = network_summary(studies[:1])
    sections = text.split("\n## ")
    titles = {"supports": "What speaks for it", "neutral": "What decides nothing"}
    titles["against"] = "What speaks against it"
    for line in studies[0].evidence:
        (section,) = [s for s in sections if s.startswith(titles[line.verdict])]
        assert f"- {line.number}. **{line.name}**" in section


@pytest.mark.entries
def test_rows_of_tables_have_as_many_cells_as_their_header(studies, nothing):
    for text in (network_summary(studies), network_summary(nothing)):
        blocks = [b for b in text.split("\n\n") if b.lstrip().startswith("|")]
        assert blocks
        for block in blocks:
            rows = block.strip().splitlines()
            counts = {row.replace("\\|", "").count("|") for row in rows}
            assert len(counts) == 1, block


@pytest.mark.entries
def test_without_the_contact_the_summary_says_what_is_missing_and_what_is_there(
    nothing,
):
    text = network_summary(nothing)
    assert "No entry holds γc" in text
    assert "IL2/IL2RA.1 | true interface" in text
    assert "other lattice" in text
    assert "speaks for" not in text
    # Line 9 is not asked, so that its assumptions would mean nothing.
    assert "line 9" not in text


@pytest.mark.entries
def test_names_from_files_cannot_break_the_summary(named_entry):
    named = named_entry("1Z92.pdb")
    bad = "a|b`c](x)\n# <b>"
    evil = replace(named, entry=replace(named.entry, entry_id=bad))
    text = network_summary(network_studies([evil], parameters=InterfaceParameters()))
    assert "<b>" not in text
    assert "\n# <" not in text
    assert "](x)" not in text
    for block in text.split("\n\n"):
        if block.startswith("|"):
            rows = block.strip().splitlines()
            assert len({r.replace("\\|", "").count("|") for r in rows}) == 1


def test_response_tables_have_their_columns(response):
    tables = response_tables(response)
    assert set(tables) == {
        "response_summary",
        "dose_response",
        "cluster_sizes",
        "coupling_scan",
        "contact_scan",
        "assumptions",
    }
    assert tables["assumptions"]["assumption"].tolist() == list(response.assumptions)
    for name in ("dose_response", "cluster_sizes"):
        assert set(tables[name]["free_chains"]) == {"compete"}
    for name, table in tables.items():
        assert list(table.columns) == column_names(name)
        assert len(table) > 0
    dose = tables["dose_response"]
    np.testing.assert_allclose(dose["ligand_nanomolar"], response.dose.ligand_nanomolar)
    assert dose["response_fraction"].between(0.0, 1.0).all()
    chains = tables["cluster_sizes"]["chain_fraction"]
    assert 0.99 < chains.sum() <= 1.0 + 1e-9
    # An endless row is an empty cell; JSON and CSV know no infinity.
    rows = tables["coupling_scan"]["row_length"]
    assert rows.isna().any()
    assert tables["contact_scan"]["mean_length_silent"].min() >= 1.0


def test_response_summary_states_numbers_and_every_assumption(response):
    text = response_summary(response)
    assert text.endswith("\n")
    for words in (*response.assumptions, "EC50", "Hill slope", "measured"):
        assert words in text
    assert f"{response.curve.ec50_nanomolar:.3g} nmol/L" in text


def test_a_saved_response_holds_all_that_is_printed(response):
    (row,) = response_tables(response)["response_summary"].to_dict("records")
    assert row["cell"] == "treg"
    assert row["free_chains"] == response.settings.free_chains.value
    assert row["ec50_nanomolar"] == response.curve.ec50_nanomolar
    assert row["hill"] == response.curve.hill
    assert row["hill_independent"] == response.independent.hill
    assert row["contact_kd_micromolar"] == response.settings.contact_kd_micromolar
    for name in ("ec50", "hill", "cluster"):
        verdict = getattr(response, f"{name}_verdict")
        assert row[f"{name}_verdict"] == verdict.verdict
        assert row[f"{name}_reason"] == verdict.text
        assert verdict.text in response_summary(response)


@pytest.mark.entries
def test_headline_says_what_was_seen_and_what_is_ordinary(studies, nothing):
    alpha = studies[0]
    text = headline(alpha)
    assert text.startswith(
        "γc – IL-2Rα: seen in 3 copies, in 2 crystal forms (2ERJ, 2B5I). "
    )
    size = next(e for e in alpha.evidence if e.name == "size")
    assert f"{size.endless.percent:.0f} % in size" in text
    assert "Repeated by itself it builds linear chains; sheets" in text
    assert text.count(". ") <= 4
    why = "γc – IL-2Rα: No entry holds γc; give an entry that does."
    assert headline(nothing[0]) == why
