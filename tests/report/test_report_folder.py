"""A report on disk: which files, where, and that nothing is lost or led astray."""

import hashlib
import json
import subprocess
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path

import pandas as pd
import pytest

from il2struct import __version__
from il2struct.cli.options import OutputFormat
from il2struct.interface.interface import InterfaceParameters, interface_parameters
from il2struct.report.write import LIBRARIES, ReportFolder, provenance
from il2struct.results.interfaces import InterfaceResults
from il2struct.results.text import write_folder
from il2struct.structure.read import ReadOptions

pytestmark = pytest.mark.entries

ENTRY_TABLES = (
    *("entries", "chains", "numbering", "complexes"),
    *("interfaces", "residues", "contacts", "bonds", "notes"),
)
COMMON = {
    *("compare_similarity.csv", "compare_differences.csv", "compare_pairs.csv"),
    *("compare_interfaces.csv", "compare_residues.csv", "compare_bonds.csv"),
    *("entries.csv", "summary.md", "provenance.json"),
}
#: What is asked of these entries beside the comparison; they hold no ligand and are no predictions.
ANALYSES = (
    *("overlap", "overlap_copies", "overlap_sites"),
    *("variants", "agonists", "unsatisfied_counts"),
)

csv = partial(write_folder, output_format=OutputFormat.CSV)


@pytest.fixture(scope="module")
def measured(results) -> dict[str, InterfaceResults]:
    names = ("2ERJ.pdb", "2B5I.cif", "1Z92.pdb")
    return {name[:4]: results(name) for name in names}


def written(folder: Path, *results: InterfaceResults, failures=()) -> ReportFolder:
    report = ReportFolder(folder, csv)
    for one in results:
        report.add(one)
    report.failures.extend(failures)
    report.finish(InterfaceParameters(), ReadOptions(), between=None)
    return report


def files(folder: Path) -> dict[str, bytes]:
    return {
        p.relative_to(folder).as_posix(): p.read_bytes()
        for p in folder.rglob("*")
        if p.is_file()
    }


def test_every_file_is_there_and_no_other(measured, tmp_path):
    written(tmp_path, *measured.values())
    expected = COMMON | {f"{name}.csv" for name in ANALYSES}
    expected |= {f"{e}/{t}.csv" for e in measured for t in ENTRY_TABLES}
    assert set(files(tmp_path)) == expected


def test_files_hold_the_tables(measured, tmp_path):
    results = measured["1Z92"]
    report = ReportFolder(
        tmp_path, partial(write_folder, output_format=OutputFormat.PARQUET)
    )
    folder = report.add(results)
    for name, table in results.tables().items():
        pd.testing.assert_frame_equal(
            pd.read_parquet(folder / f"{name}.parquet"), table
        )
    entries = pd.read_parquet(folder / "entries.parquet")
    assert list(entries["n_interfaces"]) == [1]


def test_tables_of_an_entry_are_written_at_once(measured, tmp_path):
    report = ReportFolder(tmp_path, csv)
    folder = report.add(measured["1Z92"])
    assert folder == tmp_path / "1Z92"
    assert (folder / "bonds.csv").exists()  # before finish: a later crash loses nothing
    assert not (tmp_path / "summary.md").exists()


def test_the_list_of_entries_has_failures_too(measured, tmp_path):
    written(tmp_path, measured["1Z92"], failures=[("9ZZZ", ValueError("no such"))])
    entries = pd.read_csv(tmp_path / "entries.csv")
    assert list(entries["entry_id"]) == ["1Z92", "9ZZZ"]
    assert list(entries["status"]) == ["ok", "failed"]
    assert list(entries["error_message"].fillna("")) == ["", "no such"]


def test_failures_only_still_give_a_report(tmp_path):
    written(tmp_path, failures=[("9ZZZ", ValueError("no such"))])
    assert set(files(tmp_path)) == COMMON


class TestFolders:
    def test_one_entry_twice_loses_nothing(self, results, tmp_path):
        both = [results(f"2B5I.{x}") for x in ("cif", "pdb")]
        written(tmp_path, *both)
        paths = [
            pd.read_csv(tmp_path / name / "entries.csv")["path"].iloc[0]
            for name in ("2B5I", "2B5I_2")
        ]
        assert paths == [r.named.entry.provenance.path for r in both]
        assert len(pd.read_csv(tmp_path / "entries.csv")) == 2
        areas = pd.read_csv(tmp_path / "compare_interfaces.csv")
        assert set(areas["n_complexes"]) == {2}

    def test_names_that_number_themselves_stay_apart(self, measured, renamed, tmp_path):
        ids = ["a", "a_2", "a", "a", "a_2"]
        same = [renamed(measured["1Z92"], entry_id=name) for name in ids]
        report = written(tmp_path, *same)
        assert len({p.name for p in tmp_path.iterdir() if p.is_dir()}) == 5
        assert len(report.measured) == 5

    def test_no_entry_id_leads_out_of_the_folder_or_onto_a_file(
        self, measured, renamed, tmp_path
    ):
        inside = tmp_path / "deep" / "report"
        report = ReportFolder(inside, csv)
        names = [
            *("../../evil", "/etc/evil", "..", ".", "", "a/b", "a\\b", "C:evil"),
            *("nul\0l", "a\nb", "~", "summary.md", "provenance.json", "entries.csv"),
        ]
        empty = replace(measured["1Z92"], items=())
        folders = [report.add(renamed(empty, entry_id=name)) for name in names]
        report.finish(InterfaceParameters(), ReadOptions(), between=None)
        assert len(set(folders)) == len(names)
        for folder in folders:
            assert folder.parent == inside
            assert folder.resolve().parent == inside.resolve()
        assert {p.name for p in inside.glob("[!.]*") if p.is_file()} == COMMON
        assert [p.name for p in tmp_path.iterdir()] == ["deep"]
        assert [p.name for p in (tmp_path / "deep").iterdir()] == ["report"]


class TestProvenance:
    def test_holds_versions_parameters_and_files(self, measured, tmp_path):
        parameters = interface_parameters(
            preset_name="pisa", contact_cutoff_a=4.5, probe_radius_a=1.2
        )
        report = ReportFolder(tmp_path, csv)
        report.add(measured["1Z92"])
        report.finish(parameters, ReadOptions(model=1, altloc="A"), between="IL2/IL2RA")
        content = json.loads((tmp_path / "provenance.json").read_text())
        assert content["il2struct"] == __version__
        assert set(content["libraries"]) == set(LIBRARIES)
        assert all(content["libraries"].values())
        assert content["python"].startswith("3.")
        assert content["created_utc"].endswith("+00:00")
        chosen = content["parameters"]
        assert chosen["reading"] == {"model": 1, "altloc": "A"}
        assert chosen["between"] == "IL2/IL2RA"
        assert chosen["interfaces"]["contact_cutoff_a"] == 4.5
        assert chosen["interfaces"]["burial"]["probe_radius_a"] == 1.2
        assert chosen["interfaces"]["criteria"]["name"] == "pisa"
        assert chosen["roles"]["min_identity"] > 0
        (file,) = content["files"]
        stored = Path(measured["1Z92"].named.entry.provenance.path).read_bytes()
        assert file["sha256"] == hashlib.sha256(stored).hexdigest()
        assert file["revision"] == "3 2024-10-16"
        assert file["entry_id"] == "1Z92"
        assert file["path"] == measured["1Z92"].named.entry.provenance.path

    def test_every_parameter_of_the_measurement_is_in_it(self, measured):
        from dataclasses import fields

        parameters = InterfaceParameters()
        named = [r.named for r in measured.values()]
        content = provenance(named, parameters, ReadOptions(), between=None)
        written_down = content["parameters"]["interfaces"]
        assert set(written_down) == {f.name for f in fields(InterfaceParameters)}
        assert set(written_down["burial"]) == {
            f.name for f in fields(parameters.burial)
        }
        json.dumps(content, allow_nan=False)


def test_what_makes_no_page_loads_no_templates():
    code = (
        "import sys, il2struct.report.write, il2struct.report.network_summary, il2struct.report.scenes;"
        "assert not {'jinja2', 'markdown_it'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=300)
