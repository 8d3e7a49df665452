"""Several entries through the one door for them: `il2struct.studies` and what `Studies` can do."""

import json

import pandas as pd
import pytest

import il2struct
from il2struct.results.study import Study
from il2struct.several import Studies
from il2struct.tables import column_names

pytestmark = pytest.mark.entries


@pytest.fixture(scope="module")
def two(named_entry):
    return Studies(tuple(Study(named_entry(n)) for n in ("1Z92.pdb", "2B5I.cif")))


def test_entries_are_taken_by_place_by_id_and_by_slice(two):
    assert [study.entry.entry_id for study in two] == ["1Z92", "2B5I"]
    assert two["2B5I"] is two[1] is two[1:][0]
    assert repr(two) == "<Studies 1Z92, 2B5I>"
    with pytest.raises(il2struct.ParameterError, match=r"'2ERJ'.*1Z92, 2B5I"):
        two["2ERJ"]


@pytest.mark.parametrize("order", [1, -1])
def test_a_model_made_from_an_entry_is_called_by_its_file(mirror, tmp_path, order):
    mutant = tmp_path / "mutant.pdb.gz"
    mutant.write_bytes((mirror / "1Z92.pdb.gz").read_bytes())
    found = il2struct.studies(["1z92", mutant][::order], mirrors=mirror, offline=True)
    assert [s.entry.entry_id for s in found] == ["1Z92", "mutant"][::order]


def test_what_fails_is_recorded_and_the_others_go_on(mirror, tmp_path, caplog):
    same = tmp_path / "1z92.pdb.gz"
    same.write_bytes((mirror / "1Z92.pdb.gz").read_bytes())
    found = il2struct.studies(
        ["1Z92", "9ZZZ", "no id", same], mirrors=mirror, offline=True
    )
    assert [study.entry.entry_id for study in found] == ["1Z92", "1Z92_2"]
    assert set(found.failures) >= {"9ZZZ"}
    assert "9ZZZ" in repr(found)
    for name in found.failures:
        assert name in caplog.text
    tables = found.tables()
    for name, table in tables.items():
        assert list(table.columns) == column_names(name)
    status = tables["entries"].set_index("entry_id")["status"].to_dict()
    assert status == {
        "1Z92": "ok",
        "1Z92_2": "ok",
        **dict.fromkeys(found.failures, "failed"),
    }
    assert "called 1Z92_2 here" in " ".join(tables["notes"]["message"])
    with pytest.raises(il2struct.ParameterError, match="mirror"):
        il2struct.studies(["1Z92"], mirrors=tmp_path / "none")


def test_tables_are_those_of_each_entry_below_each_other(two):
    tables = two.tables()
    for name, table in two[0].tables().items():
        below = two[1].tables()[name]
        expected = pd.concat([table, below], ignore_index=True)
        pd.testing.assert_frame_equal(tables[name], expected)


def test_interfaces_and_their_comparison_are_those_of_each_entry(two):
    measured = two.interfaces("IL2/IL2RA")
    assert [len(results) for results in measured] == [1, 1]
    expected = il2struct.compare(measured)
    for name, table in two.compare("IL2/IL2RA").items():
        pd.testing.assert_frame_equal(table, expected[name])


def test_lattice_classes_span_the_entries(two):
    tables = two.lattice()
    classes = two.lattice_classes()
    pd.testing.assert_frame_equal(classes, tables["contact_classes"])
    assert set(tables["lattice_contacts"]["contact_class"]) == set(
        classes["contact_class"]
    )
    alpha = classes.set_index("contact_class").loc["IL2/IL2RA.1"]
    assert (alpha["n_entries"], alpha["is_lattice"]) == (2, False)
    single = two["2B5I"].lattice()
    of_2b5i = tables["lattice_contacts"].query("entry_id == '2B5I'")
    pd.testing.assert_frame_equal(
        of_2b5i.drop(columns="contact_class").reset_index(drop=True),
        single.drop(columns="contact_class"),
    )


def test_a_report_and_scenes_are_written(two, tmp_path, monkeypatch):
    monkeypatch.setenv("IL2STRUCT_VIEWER", str(tmp_path / "none.js"))
    monkeypatch.setattr("il2struct.report.page.page.MOST_DRAWN", 0)
    one = two[:1]
    plain = il2struct.interface_parameters()
    page = one.report(tmp_path / "report", parameters=plain)
    assert page.read_text(encoding="utf-8").startswith("<!")
    assert (page.parent / "1Z92" / "interfaces.csv").exists()
    paths = one.scenes(tmp_path / "scene", n_neighbours=0, formats=["pml"])
    assert {path.suffix for path in paths} >= {".pml"}
    assert all(path.exists() for path in paths)


@pytest.mark.slow
def test_figures_are_drawn(two, tmp_path):
    index = two[:1].figures(tmp_path, kinds=["lattice_view"], formats=["svg"])
    assert "1Z92/lattice_view_1Z92.svg" in index.read_text(encoding="utf-8")


@pytest.mark.slow
def test_a_network_is_weighed(two):
    studies = two.network(quick=True)
    assert [study.roles[0].value for study in studies] == ["IL2RG", "IL2RG"]
    assert "2B5I" in il2struct.network_summary(studies)


@pytest.mark.slow
def test_scenes_have_the_chain_on_the_membrane_that_the_command_shows(two, tmp_path):
    (path,) = two[1:].scenes(tmp_path, formats=["mvsj"])
    content = json.loads(path.read_text(encoding="utf-8"))
    keys = [snapshot["metadata"]["key"] for snapshot in content["snapshots"]]
    assert keys[-2:] == ["lattice", "membrane"]
