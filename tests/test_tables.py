"""Schemas, the frames made from them, and the page that documents them."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from il2struct.errors import ParameterError
from il2struct.schemas import SCHEMAS
from il2struct.structure.model import NO_NUMBER
from il2struct.tables import (
    as_markdown,
    column_names,
    empty_frame,
    frame,
    joined,
    records,
    table_from_parts,
    table_from_rows,
)

#: pandas types by kind of column; all can hold "missing".
DTYPES = {
    "text": "string",
    "integer": "Int64",
    "number": "float64",
    "flag": "boolean",
}
PAGE = Path(__file__).parents[1] / "docs" / "tables.md"
#: Endings of column names that are units.
UNITS = {"_a": "Å", "_a2": "Å²", "_deg": "°", "_kcal": "kcal/mol"}


def test_the_page_is_generated():
    assert PAGE.read_text(encoding="utf-8") == as_markdown(), (
        "run: python -m il2struct.tables > docs/tables.md"
    )


def test_the_page_lists_every_column_once_with_its_unit_and_meaning():
    sections = as_markdown().split("\n## ")[1:]
    assert [s.splitlines()[0] for s in sections] == list(SCHEMAS)
    for section, columns in zip(sections, SCHEMAS.values(), strict=True):
        rows = [x for x in section.splitlines() if x.startswith("| `")]
        assert len(rows) == len(columns)
        for row, column in zip(rows, columns, strict=True):
            cells = [cell.strip() for cell in row.strip("|").split("|")]
            assert cells == [
                f"`{column.name}`",
                column.kind,
                column.unit,
                column.meaning,
            ]


@pytest.mark.parametrize("table", SCHEMAS)
def test_schemas_are_sound(table):
    names = column_names(table)
    assert len(set(names)) == len(names)
    for column in SCHEMAS[table]:
        assert column.name.isidentifier()
        assert column.name == column.name.lower()
        assert column.kind in DTYPES
        assert column.meaning
        assert "{" not in column.meaning
        # A number per so much area says so in its name and in its unit.
        if re.search(r"_per_(\d+_)?a2$", column.name):
            assert column.unit.startswith("per ")
            continue
        ending = next((e for e in UNITS if column.name.endswith(e)), None)
        if column.unit and column.unit in UNITS.values():
            assert ending is not None
        if ending is not None and column.kind == "number":
            assert column.unit == UNITS[ending]


@pytest.mark.parametrize("table", SCHEMAS)
def test_empty_frames_have_columns_and_types(table):
    made = empty_frame(table)
    assert list(made.columns) == column_names(table)
    assert len(made) == 0
    for column in SCHEMAS[table]:
        assert made[column.name].dtype == DTYPES[column.kind]


def notes(**columns: object) -> pd.DataFrame:
    given_columns = {
        "entry_id": ["x"],
        "topic": ["t"],
        "subject": ["s"],
        "count": [1],
        "message": ["m"],
    }
    return frame("notes", {**given_columns, **columns})


def test_a_missing_and_an_unknown_column_are_named():
    with pytest.raises(ParameterError, match=r"notes.*colour"):
        notes(colour=["red"])
    with pytest.raises(ParameterError, match=r"notes.*message"):
        frame("notes", {n: ["1"] for n in column_names("notes") if n != "message"})


def test_columns_come_in_the_order_of_the_schema():
    backwards = {name: [1] for name in reversed(column_names("notes"))}
    assert list(frame("notes", backwards).columns) == column_names("notes")


def test_columns_of_unequal_length_are_refused():
    for count in ([1, 2], []):
        with pytest.raises(ParameterError, match="length"):
            notes(count=count)


def test_missing_is_na_in_every_kind():
    made = notes(subject=[None], message=[""], count=[NO_NUMBER])
    assert made[["subject", "message", "count"]].isna().all(axis=None)
    assert notes(count=[None])["count"].isna().all()
    flags = frame(
        "complexes",
        {**{n: [None] for n in column_names("complexes")}, "is_present": [None]},
    )
    assert flags["is_present"].isna().all()


@given(st.lists(st.none() | st.integers(-(2**62), 2**62), max_size=20))
def test_integers_keep_their_value_and_none_is_missing(values):
    n = len(values)
    made = frame(
        "notes", {**{c: ["x"] * n for c in column_names("notes")}, "count": values}
    )
    assert [None if pd.isna(v) else int(v) for v in made["count"]] == values


@given(st.lists(st.text(max_size=8), max_size=10))
def test_text_keeps_its_value_and_empty_is_missing(values):
    n = len(values)
    made = frame(
        "notes",
        {
            **{c: ["x"] * n for c in column_names("notes")},
            "count": [1] * n,
            "topic": values,
        },
    )
    assert [None if pd.isna(v) else v for v in made["topic"]] == [
        v or None for v in values
    ]


def test_text_that_is_not_unicode_is_escaped():
    # Names of files on Linux may hold any byte; Python carries them as surrogates.
    assert list(notes(subject=["w\udcff.cif"])["subject"]) == ["w\\udcff.cif"]


def test_arrays_are_not_written_to():
    column = np.array([1, NO_NUMBER])
    column.setflags(write=False)
    made = frame(
        "notes", {**{c: ["x", "y"] for c in column_names("notes")}, "count": column}
    )
    assert made["count"].tolist() == [1, pd.NA]


@given(
    st.lists(
        st.tuples(
            st.integers(-(10**12), 10**12) | st.just(NO_NUMBER),
            st.text("AZ ", max_size=3),
        )
    )
)
def test_arrays_and_lists_give_the_same_table(rows):
    """`notes` has texts and an integer; arrays take a way of their own."""
    numbers, texts = [n for n, _ in rows], [t for _, t in rows]
    lists = dict.fromkeys(("entry_id", "topic", "subject", "message"), texts)
    arrays = {name: np.array(values, np.str_) for name, values in lists.items()}
    found = frame("notes", arrays | {"count": np.array(numbers, np.int64)})
    pd.testing.assert_frame_equal(found, frame("notes", lists | {"count": numbers}))


def test_records_hold_plain_values_and_none_for_what_is_missing():
    table = pd.DataFrame(
        {
            "text": pd.array(["a", None], dtype="string"),
            "integer": pd.array([None, 2], dtype="Int64"),
            "number": [1.5, float("nan")],
            "flag": pd.array([True, None], dtype="boolean"),
            "count": [3, 4],
            "list": [["x"], None],
        }
    )
    first, second = records(table)
    assert list(first.values()) == ["a", None, 1.5, True, 3, ["x"]]
    assert list(second.values()) == [None, 2, None, None, 4, None]
    assert [type(value) for value in first.values()] == [
        *(str, type(None), float, bool, int, list)
    ]
    assert type(second["integer"]) is int
    assert records(table[:0]) == []


def test_rows_and_parts_make_the_table_that_their_columns_make():
    rows = [{"assumption": text, "more": 1} for text in ("a", "b", "c")]
    expected = frame("assumptions", {"assumption": ["a", "b", "c"]})
    parts = [
        {"assumption": np.array(["a"])},
        {"assumption": np.array(["b", "c"])},
    ]
    for table in (
        table_from_rows("assumptions", rows),
        table_from_parts("assumptions", parts),
        joined("assumptions", [{"assumptions": expected}, {"entries": expected}]),
    ):
        pd.testing.assert_frame_equal(table, expected)
    for empty in (
        table_from_rows("assumptions", []),
        table_from_parts("assumptions", []),
        joined("assumptions", [{"assumptions": expected[:0]}, {}]),
    ):
        pd.testing.assert_frame_equal(empty, empty_frame("assumptions"))
