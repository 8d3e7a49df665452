"""Tables on a terminal: what fits, what is folded, what is left out and said."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from il2struct.results.text import as_text
from il2struct.results.views import COLUMNS
from il2struct.schemas import SCHEMAS
from il2struct.tables import column_names, empty_frame

CELLS = st.one_of(
    st.none(), st.integers(-999, 9999), st.text("ab c1", min_size=1, max_size=60)
)


def test_every_view_is_of_columns_that_exist():
    for name, view in COLUMNS.items():
        row = dict.fromkeys(column_names("interfaces" if name == "sc" else name))
        for column in view:
            column.cell(row)
    assert set(COLUMNS) - {"sc"} <= set(SCHEMAS)


@given(st.lists(st.tuples(CELLS, CELLS, CELLS, CELLS), max_size=4), st.integers(20, 99))
def test_lines_fit_and_each_column_is_shown_or_named(rows, width):
    names = ["first", "second", "third", "fourth"]
    table = pd.DataFrame(rows, columns=names, dtype=object)
    text = as_text("", table, width)
    lines = text.splitlines()
    assert all(len(line) <= max(width, 60) for line in lines)
    if len(table):
        assert all(name in text for name in names)
    # A column of 24 characters fits any of these widths, so that more than one may stay.
    assert max(map(len, lines)) <= max(width, 24)


@given(st.lists(st.text("abc ", min_size=1, max_size=200), min_size=1, max_size=3))
def test_folding_loses_no_word(texts):
    table = pd.DataFrame({"x": texts}, dtype=object)
    lines = as_text("", table, 40).splitlines()[2:]
    assert " ".join(lines).split() == " ".join(texts).replace("\n", " ").split() or any(
        len(word) > 40 for text in texts for word in text.split()
    )


def test_numbers_stand_to_the_right_below_folded_headings():
    table = empty_frame("interfaces")
    assert as_text("interfaces", table).splitlines()[-1].startswith("-")
    numbers = pd.DataFrame({"n": [5, 12345], "x": [1.0, 123.0]})
    assert as_text("", numbers).splitlines()[2:] == ["    5  1.00", "12345   123"]


@pytest.mark.entries
def test_interfaces_fit_eighty_columns_and_say_what_does_not(cli, mirror, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    run = cli("interfaces", mirror / "2B5I.cif.gz")
    assert all(len(line) <= 80 for line in run.stdout.splitlines())
    assert "IL-2 A – IL-2Rα D" in run.stdout
    assert "Not shown for want of room: " in run.stdout
    wide = cli("interfaces", mirror / "2B5I.cif.gz", "--wide").stdout.splitlines()
    assert wide[0].split() == column_names("interfaces")
    some = cli(
        "interfaces",
        mirror / "2B5I.cif.gz",
        "--columns",
        "interface_id, sc",
        "--format",
        "csv",
    )
    assert some.stdout.splitlines()[0] == "interface_id,sc"
    wrong = cli("interfaces", mirror / "2B5I.cif.gz", "--columns", "colour")
    assert wrong.status == 2
    assert "there is no column colour" in wrong.stderr


@pytest.mark.entries
def test_residues_are_those_of_the_interface_with_rank_and_bonds(cli, mirror):
    import io

    run = cli(
        "residues", mirror / "2B5I.cif.gz", "--between", "IL2/IL2RA", "--format", "csv"
    )
    table = pd.read_csv(io.StringIO(run.stdout))
    il2 = table[table["side"] == 1].set_index("mature_number")
    assert table["is_interface"].all()
    assert list(il2.sort_values("burial_rank").index[:3]) == [38, 42, 45]
    assert sorted(il2["burial_rank"]) == list(range(1, len(il2) + 1))
    assert il2.loc[43, "bonded_to"] == "Glu29 Arg36"
    shown = cli("residues", mirror / "2B5I.cif.gz", "--between", "IL2/IL2RA")
    assert len(shown.stdout.splitlines()) > len(table)


@pytest.mark.entries
def test_pairs_of_residues_are_counted_once(named_entry):
    from il2struct.results.study import Study

    results = Study(named_entry("2B5I.pdb")).interfaces()
    for row in results.table.itertuples():
        bonds = results.bonds[results.bonds["interface_id"] == row.interface_id]
        bonds = bonds[~bonds["is_glycan_mediated"]]
        plain = bonds["is_hydrogen_bond"] & ~(
            bonds["needs_flip"] | bonds["needs_protonation"]
        )
        keys = ["auth_asym_id_1", "auth_number_1", "auth_asym_id_2", "auth_number_2"]
        salt = bonds[bonds["is_salt_bridge"]][keys].drop_duplicates()
        polar = bonds[plain | bonds["is_salt_bridge"]][keys].drop_duplicates()
        assert row.n_bonded_residue_pairs == len(polar)
        assert row.n_salt_bridged_residue_pairs == len(salt)
