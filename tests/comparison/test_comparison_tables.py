"""What a comparison says of entries whose differences are known."""

import pandas as pd
import pytest

from il2struct.comparison.tables import comparison_tables
from il2struct.interface.interface import interface_parameters
from il2struct.interface.measure import interfaces_of
from il2struct.results.interfaces import InterfaceResults
from il2struct.structure.named import name_entry
from il2struct.tables import column_names

pytestmark = pytest.mark.entries

BACKBONE_AND_CB = {"N", "CA", "C", "O", "CB"}


def measured(entry, sc="none") -> InterfaceResults:
    named = name_entry(entry)
    return InterfaceResults(
        named, interfaces_of(named, parameters=interface_parameters(sc=sc))
    )


def records_of(text: str, keep) -> str:
    """Coordinates of a PDB file as a user's own model: some of them, no header, no cell."""
    lines = [
        line for line in text.splitlines() if line.startswith("ATOM") and keep(line)
    ]
    return "\n".join([*lines, "END", ""])


def is_residue(line: str, chain: str, number: int) -> bool:
    return line[21] == chain and int(line[22:26]) == number


@pytest.fixture(scope="module")
def wild_text(real_text) -> str:
    return real_text("1Z92.pdb")


@pytest.fixture
def wild(wild_text, read_text_as) -> InterfaceResults:
    return measured(read_text_as(records_of(wild_text, lambda _: True), "wild.pdb"))


@pytest.fixture
def mutant(wild_text, read_text_as) -> InterfaceResults:
    """IL-2 with F42 cut to alanine and without K43."""
    kept = records_of(
        wild_text,
        lambda line: (
            not is_residue(line, "A", 43)
            and not (
                is_residue(line, "A", 42) and line[12:16].strip() not in BACKBONE_AND_CB
            )
        ),
    )
    lines = [
        line.replace("PHE A  42", "ALA A  42")
        for line in kept.splitlines(keepends=True)
    ]
    return measured(read_text_as("".join(lines), "mutant.pdb"))


def test_an_entry_is_like_itself(wild):
    tables = comparison_tables([wild, wild])
    for name, table in tables.items():
        assert list(table.columns) == column_names(name)
    (row,) = tables["compare_similarity"].to_dict("records")
    assert (row["reference"], row["compared"]) == ("wild:1", "wild_2:1")
    assert row["dockq"] == 1.0
    assert (
        row["area_difference_a2"] == row["n_pairs_lost"] == row["n_pairs_gained"] == 0
    )
    assert (tables["compare_differences"]["difference"] == 0).all()
    assert set(tables["compare_pairs"]["change"]) == {"kept"}
    assert set(tables["compare_pairs"]["bond_change"].dropna()) == {"kept"}


def test_a_mutant_without_a_cell(wild, mutant):
    tables = comparison_tables([wild, mutant])
    pairs = tables["compare_pairs"]
    mutated = pairs[pairs["residue_1"] == "42"]
    assert set(mutated["letter_reference_1"]) == {"F"}
    assert set(mutated["letter_compared_1"]) == {"A"}
    assert {"kept", "lost"} <= set(mutated["change"])
    assert "gained" not in set(mutated["change"])
    missing = pairs[pairs["residue_1"] == "43"]
    assert set(missing["change"]) == {"not modelled"}
    assert missing["letter_compared_1"].isna().all()
    elsewhere = pairs[~pairs["residue_1"].isin(["42", "43"])]
    assert set(elsewhere["change"]) == {"kept"}
    (row,) = tables["compare_similarity"].to_dict("records")
    assert row["area_difference_a2"] < -20
    assert row["irmsd_a"] == pytest.approx(0.0, abs=1e-6)
    assert row["n_pairs_lost"] == (pairs["change"] == "lost").sum()
    # Contacts of the residue that is gone are contacts that the model lacks.
    absent = (pairs["change"] == "not modelled").sum()
    lost = row["n_contacts_reference"] - row["n_contacts_shared"]
    assert lost == row["n_pairs_lost"] + absent


def test_differences_are_those_of_the_tables(wild, mutant):
    rows = comparison_tables([wild, mutant])["compare_differences"]
    before, after = wild.table.iloc[0], mutant.table.iloc[0]
    for row in rows.itertuples():
        assert row.value_reference == pytest.approx(before[row.quantity])
        assert row.difference == pytest.approx(
            after[row.quantity] - before[row.quantity]
        )


@pytest.mark.slow
def test_errors_of_sc_add_in_quadrature(real_entry):
    results = [
        measured(real_entry(name), sc="error") for name in ("1Z92.pdb", "2B5I.cif")
    ]
    tables = comparison_tables(results)
    row = tables["compare_differences"].query("quantity == 'sc'").iloc[0]
    errors = [r["IL2/IL2RA"].table["sc_error"].iloc[0] for r in results]
    assert row["difference_error"] ** 2 == pytest.approx(sum(e**2 for e in errors))
    (brief,) = tables["compare_similarity"]["sc_difference"].dropna()
    assert brief == row["difference"]


def test_chains_without_roles_pair_by_sequence(real_entry):
    tables = comparison_tables([measured(real_entry("1BRS.pdb"))])
    rows = tables["compare_similarity"]
    assert list(rows["compared"]) == ["1BRS:2", "1BRS:3"]
    assert list(rows["chains_compared"]) == ["B/E", "C/F"]
    assert (rows["dockq"] > 0.9).all()
    pairs = tables["compare_pairs"]
    # Barnase's R59 and barstar's D35-E76: the strongest pairs of the literature, in every copy.
    known = pairs[(pairs["residue_1"] == "59") & (pairs["residue_2"] == "76")]
    assert list(known["bond_change"]) == ["kept", "kept"]
    assert set(known["protein_1"]) == {"1BRS:A"}


def test_what_another_entry_lacks_is_a_row_without_values(real_entry):
    rows = comparison_tables(
        [measured(real_entry("2B5I.cif")), measured(real_entry("1Z92.pdb"))]
    )["compare_similarity"]
    lacking = rows[rows["n_interfaces"] == 0]
    assert set(lacking["interface_id"]) == {"IL2/IL2RB", "IL2/IL2RG", "IL2RB/IL2RG"}
    assert lacking["dockq"].isna().all()
    whole = rows[rows["interface_id"] == "whole"].iloc[0]
    assert whole["n_interfaces"] == 1
    assert whole["dockq"] == rows["dockq"].iloc[0]


def test_the_whole_is_the_mean_of_its_interfaces(real_entry):
    rows = comparison_tables([measured(real_entry("2ERJ.pdb"))])["compare_similarity"]
    single, whole = rows[rows["interface_id"] != "whole"], rows.iloc[-1]
    assert whole["dockq"] == pytest.approx(single["dockq"].mean())
    assert whole["n_contacts_shared"] == single["n_contacts_shared"].sum()
    # DockQ 2.1.3 with HFGE:DBCA says 0.949.
    assert whole["dockq"] == pytest.approx(0.949, abs=6e-4)


def test_an_interface_that_was_not_measured_is(real_entry):
    reference = measured(real_entry("2B5I.cif"))["IL2/IL2RA"]
    other = measured(real_entry("1Z92.pdb"))
    nothing = InterfaceResults(other.named, ())
    pd.testing.assert_frame_equal(
        comparison_tables([reference, nothing])["compare_differences"],
        comparison_tables([reference, other])["compare_differences"],
    )


def test_nothing_to_compare(wild, real_entry):
    alone = measured(real_entry("1M47.pdb"))
    for results in ([], [wild], [alone], [wild, alone]):
        assert all(table.empty for table in comparison_tables(results).values())
    strangers = comparison_tables([wild, measured(real_entry("1BRS.pdb"))])
    assert set(strangers["compare_similarity"]["n_interfaces"]) == {0}


def test_what_has_no_interface_is_no_reference(wild, real_entry):
    alone = measured(real_entry("1M47.pdb"))
    tables = comparison_tables([alone, wild, wild])
    assert list(tables["compare_similarity"]["reference"]) == ["wild:1"]
