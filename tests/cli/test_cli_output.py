"""Tables as text: what stands in a cell, and what no cell can break."""

import json

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from il2struct.cli.options import OutputFormat
from il2struct.results.text import as_csv, as_json, as_text, one_line, write_folder
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


def test_json_refuses_numbers_that_json_does_not_have():
    with pytest.raises(ValueError, match="JSON"):
        as_json({"t": pd.DataFrame({"x": [float("inf")]})})


@given(st.text(max_size=40))
def test_any_text_survives_csv_and_json(text):
    import io

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
    table = pd.DataFrame({"x": [1.23456, 843.21, -0.5, float("nan")]})
    assert [line.strip() for line in as_text("t", table).splitlines()[2:]] == [
        "1.23",
        "843",
        "-0.50",
        "",
    ]


def test_empty_tables_are_a_header():
    for name in SCHEMAS:
        assert as_csv(empty_frame(name)) == ",".join(column_names(name)) + "\n"
        header, rule = as_text(name, empty_frame(name)).splitlines()[-2:]
        assert header
        assert set(rule) <= {"-", " "}


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


def test_a_folder_of_text_tables(tmp_path):
    write_folder({"notes": notes("why")}, tmp_path / "a" / "b", OutputFormat.TABLE)
    assert (tmp_path / "a" / "b" / "notes.txt").read_text() == as_text(
        "notes", notes("why")
    )
