"""Tables as text: what stands in a cell, what fits, what is folded, what is left out and said."""

import datetime as dt
import io
import json
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from il2struct.cli.options import OutputFormat
from il2struct.results.study import load
from il2struct.results.text import (
    as_csv,
    as_json,
    as_text,
    one_line,
    plain,
    write_folder,
)
from il2struct.results.views import COLUMNS, side_name, with_names
from il2struct.schemas import SCHEMAS
from il2struct.tables import column_names, empty_frame, frame


def notes(message: str) -> pd.DataFrame:
    return frame(
        "notes",
        {
            "entry_id": ["x"],
            "topic": ["file"],
            "subject": [""],
            "count": [3],
            "message": [message],
        },
    )


def test_csv_leaves_missing_empty_and_ends_lines_with_a_feed():
    assert (
        as_csv(notes("why")) == "entry_id,topic,subject,count,message\nx,file,,3,why\n"
    )


def test_json_has_null_for_missing_and_plain_types():
    assert json.loads(as_json({"notes": notes("why")})) == {
        "schema_version": "1.0",
        "notes": [
            {
                "entry_id": "x",
                "topic": "file",
                "subject": None,
                "count": 3,
                "message": "why",
            }
        ],
    }


def test_json_keeps_booleans_integers_and_digits_apart():
    table = pd.DataFrame(
        {
            "flag": pd.array([True, None], dtype="boolean"),
            "whole": pd.array([1, None], dtype="Int64"),
            "number": [1.23456789, float("nan")],
        }
    )
    first, second = json.loads(as_json({"t": table}))["t"]
    assert first == {"flag": True, "whole": 1, "number": 1.234568}
    assert first["flag"] is True
    assert set(second.values()) == {None}


def test_json_has_null_for_the_end_of_an_open_interval():
    text = as_json({"t": pd.DataFrame({"x": [float("inf"), -float("inf"), 1.5]})})
    assert [row["x"] for row in json.loads(text)["t"]] == [None, None, 1.5]


@given(st.text(max_size=40))
def test_any_text_survives_csv_and_json(text):
    table = notes(text)
    expected = None if text == "" else table["message"].iloc[0]
    assert json.loads(as_json({"n": table}))["n"][0]["message"] == expected
    csv = pd.read_csv(
        io.StringIO(as_csv(table), newline=""), keep_default_na=False, dtype=str
    )
    if "\r" not in text:  # pandas reads a bare carriage return as the end of a line
        assert csv["message"].iloc[0] == (expected or "")


@given(st.text(max_size=40))
def test_no_text_breaks_the_lines_of_a_table_on_a_terminal(text):
    lines = as_text("", notes(text)).split("\n")
    assert len(lines) == 4
    assert all(line == one_line(line) for line in lines)


def test_numbers_in_a_table_have_two_digits_or_none():
    table = pd.DataFrame({"x": [1.23456, 843.21, -0.5, -0.001, float("nan")]})
    assert [line.strip() for line in as_text("t", table).splitlines()[2:]] == [
        "1.23",
        "843",
        "-0.50",
        "0.00",
        "",
    ]


def test_empty_tables_are_a_header():
    for name in SCHEMAS:
        assert as_csv(empty_frame(name)) == ",".join(column_names(name)) + "\n"
        header, rule = as_text(name, empty_frame(name), 80).splitlines()[-2:]
        assert header
        assert set(rule) <= {"-", " "}


def test_a_table_without_columns_is_empty():
    assert as_text("query", pd.DataFrame()).strip() == ""


@pytest.mark.parametrize("output_format", ["csv", "json", "table"])
def test_text_that_is_not_unicode_is_written_as_escapes(tmp_path, output_format):
    table = pd.DataFrame({"path": pd.Series(["w\udcff.cif"], dtype=object)})
    write_folder({"t": table}, tmp_path / "out", OutputFormat(output_format))
    (path,) = (tmp_path / "out").iterdir()
    text = path.read_text(encoding="utf-8")
    if output_format == "json":
        assert json.loads(text) == {
            "schema_version": "1.0",
            "t": [{"path": "w\udcff.cif"}],
        }
    else:
        # A terminal gets a blank for what it cannot show.
        assert {"csv": "w\\udcff.cif", "table": "w .cif"}[output_format] in text


@pytest.mark.entries
def test_chains_without_a_role_are_called_as_the_entry_does(mirror):
    study = load(mirror / "1BRS.pdb.gz")
    results = study.interfaces()
    text = as_text("interfaces", results.table, chains=study.chains)
    assert "barnase A – barstar D" in text
    assert "chain A – chain D" in as_text("interfaces", results.table)
    assert "barnase A" in as_text("residues", results.residues, chains=study.chains)
    assert "barstar D" in as_text("bonds", results.bonds, chains=study.chains)
    # Keys of tables stay the names of the chains.
    assert set(results.table["interface_id"]) == {"A/D", "B/E", "C/F"}
    # What has a role is called by it.
    known = load(mirror / "2B5I.cif.gz")
    table = known.interfaces().table
    assert as_text("interfaces", table, chains=known.chains) == as_text(
        "interfaces", table
    )


def test_sides_of_several_chains_have_the_name_that_all_share():
    row = {"entry_id": "X", "auth_asym_id_1": "A,B", "auth_asym_id_2": "A,C"}
    names = {("X", "A"): "barnase", ("X", "B"): "barnase", ("X", "C"): "barstar"}
    (named,) = with_names([row], names)
    assert (named["name_1"], named["name_2"]) == ("barnase", "")
    assert side_name("unknown", "A,B", None, "barnase") == "barnase A,B"
    assert side_name("unknown", "A", "3_545") == "chain A (3_545)"
    assert side_name("IL2", "A", None, "Interleukin-2") == "IL-2 A"


def test_a_folder_of_text_tables(tmp_path):
    write_folder({"notes": notes("why")}, tmp_path / "a" / "b", OutputFormat.TABLE)
    assert (tmp_path / "a" / "b" / "notes.txt").read_text() == as_text(
        "notes", notes("why")
    )


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


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Decimal(10**25), 10**25),
        (Decimal("0.5"), 0.5),
        (np.array(["A", "B"], dtype=object), ["A", "B"]),
        (dt.date(2026, 1, 2), "2026-01-02"),
    ],
)
def test_what_sql_makes_has_json(value, expected):
    assert plain(value) == expected
