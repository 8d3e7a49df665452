"""What the pins of results say of a change."""

import json

import pandas as pd
import pin_results


def pinned(**columns):
    return dict(pin_results.pins_of_table(pd.DataFrame(columns)))


def test_a_difference_is_named_by_file_column_and_first_rows():
    before = {"a.csv": pinned(x=[1.0, 2.0, 3.0], y=["a", "b", "c"]), "old.csv": {}}
    after = {"a.csv": pinned(x=[1.0, 2.5, 3.0], z=[1, 2, 3]), "new.csv": {}}
    assert list(pin_results.differences(before, after)) == [
        "a.csv x: 1 of 3 rows; 1: 2 became 2.5",
        "a.csv y: gone",
        "a.csv z: new",
        "new.csv: new",
        "old.csv: gone",
    ]
    assert list(pin_results.differences(before, before)) == []


def test_kinds_and_lengths_are_pinned_and_last_digits_are_not():
    old = pinned(x=[1.0, 1 / 3], seconds=[0.1, 0.2])
    assert list(old) == ["x"]
    assert pinned(x=[1.0, 0.333333334]) == old
    assert pin_results.change(old["x"], pinned(x=[1, 2])["x"]) == (
        "float64 became int64"
    )
    longer = pin_results.change(old["x"], pinned(x=[1.0, 1 / 3, 2.0])["x"])
    assert longer == "1 of 2 rows (now 3); 2: nothing became 2"


def test_of_provenance_only_the_parameters_are_pinned(tmp_path):
    path = tmp_path / "provenance.json"
    path.write_text(json.dumps({"created_utc": "now", "parameters": {"a": 1}}))
    pins = dict(pin_results.READERS[".json"](path))
    assert pins == {"lines": ["text", ["{", '"a": 1', "}"]]}
