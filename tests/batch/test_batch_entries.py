"""Batches over real entries: the numbers of the other commands, any number of workers, SQL."""

import gzip
import importlib
import math
import re
import shutil
from dataclasses import replace

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import il2struct
from il2struct.archive import default_settings, locate
from il2struct.batches import ANALYSIS_TABLES
from il2struct.batches.records import arrow_table, renamed, table_schema
from il2struct.batches.run import BatchSettings, batch
from il2struct.batches.store import Part, count_rows, dataset_files, query
from il2struct.batches.work import EntryWork, checked_analyses, entry_tables
from il2struct.errors import Il2StructError, ParameterError
from il2struct.interface.complementarity import ScDetail
from il2struct.interface.interface import InterfaceParameters, interface_parameters
from il2struct.structure.read import ReadOptions
from il2struct.tables import column_names, empty_frame, table_from_rows
from il2struct.variants import listed_variants

pytestmark = pytest.mark.entries

#: Times are the only columns that differ from run to run.
UNSTABLE = ["seconds"]


@pytest.fixture(scope="module")
def done(small_entries, tmp_path_factory):
    """A batch over small entries, and one file that is no structure."""
    broken = tmp_path_factory.mktemp("broken") / "broken.pdb"
    broken.write_text("HEADER    nothing else\n")
    sources = [*small_entries[:3], broken, *small_entries[3:]]
    folder = tmp_path_factory.mktemp("batch") / "out"
    settings = BatchSettings(shard_entries=3)
    return sources, batch(sources, folder, jobs=2, settings=settings)


def test_the_name_is_the_function_even_after_its_package_was_imported():
    importlib.import_module("il2struct.batches.run")
    assert il2struct.batch is batch


def test_failures_are_rows_in_the_order_of_the_input(done):
    sources, result = done
    entries = result.table("entries")
    assert list(entries.columns) == column_names("entries")
    assert (result.n_total, result.n_failed) == (len(sources), 1)
    assert entries["status"].tolist() == ["ok"] * 3 + ["failed"] + ["ok"] * 3
    failed = entries.iloc[3]
    assert failed["entry_id"] == str(sources[3])
    assert failed["error_type"] == "ParseError"
    assert (entries["seconds"] > 0).all()


def test_tables_are_those_of_the_other_commands(done):
    sources, result = done
    parameters = interface_parameters(sc="value")
    for source in [sources[0], sources[4], sources[6]]:
        study = il2struct.load(source)
        found = study.interfaces(parameters=parameters)
        expected = {**study.tables(), **found.tables()}
        expected["lattice_contacts"] = study.lattice(parameters=parameters)
        assert len(found)
        assert len(expected["lattice_contacts"])
        for name in set(expected) - {"entries"}:
            rows = result.table(name)
            rows = rows[rows["entry_id"] == study.entry.entry_id].reset_index(drop=True)
            # The same functions on the same file: not a bit may differ.
            pd.testing.assert_frame_equal(rows, expected[name], check_exact=True)


def test_what_designers_ask_of_many_models(small_entries, tmp_path):
    source = small_entries[0]
    asked = ["unsatisfied", "predicted"]
    result = batch([source], tmp_path / "out", jobs=1, analyses=asked)
    found = il2struct.load(source).interfaces()
    for name in ("unsatisfied", "unsatisfied_counts"):
        pd.testing.assert_frame_equal(result.table(name), getattr(found, name))
    # No file of confidence lies beside it: geometry alone.
    (row,) = result.table("predicted").to_dict("records")
    assert row["area_per_side_a2"] == found.table["area_per_side_a2"].iloc[0]
    assert math.isnan(row["ipsae"])


@pytest.fixture
def reference(mirror):
    return locate(mirror / "2B5I.cif.gz", default_settings())


def test_entries_are_held_against_a_reference(named_entry, reference):
    work = EntryWork(
        analyses=("predicted", "variants", "compare", "overlap"),
        parameters=InterfaceParameters(),
        reading=ReadOptions(),
        archive=default_settings(),
        variants=listed_variants(["IL2:F42A"]),
        reference=reference,
    )
    # NARA1 keeps CD25 away and leaves CD122 free (Arenas-Ramirez et al. 2016 Sci Transl Med 8:367ra166).
    tables = entry_tables(named_entry("5LQB.pdb"), work)
    overlap = tables["overlap"].set_index("partner_2")
    assert set(overlap["compared"]) == {"5LQB"}
    assert overlap["verdict"]["IL2RA"] == "exclude each other"
    assert overlap["verdict"]["IL2RB"] == "bind side by side"
    assert overlap["overlap_mean"]["IL2RA"] == pytest.approx(0.47, abs=0.006)
    assert set(tables["overlap_sites"]["complex"]) == {"5LQB:1"}
    where = dict(tables["variants"][["interface_id", "where"]].to_numpy())
    assert where == {"IL2/H": "in the interface", "IL2/L": "elsewhere"}
    # No receptor is there.
    assert set(tables["compare_similarity"]["n_interfaces"]) == {0}
    itself = entry_tables(named_entry("2B5I.cif"), work)
    alike = itself["compare_similarity"]
    assert set(alike["compared"]) == {"2B5I:1"}
    assert set(alike["reference"]) == {"reference_2B5I:1"}
    assert set(alike["dockq"]) == set(itself["predicted"]["dockq"]) == {1.0}
    assert set(itself["compare_pairs"]["change"]) == {"kept"}


def test_an_entry_without_a_crystal_is_noted(done):
    _, result = done
    notes = result.table("notes")
    assert notes[notes["topic"] == "lattice"]["entry_id"].tolist() == ["2NA8"]
    assert "2NA8" not in result.table("lattice_contacts")["entry_id"].tolist()
    assert (result.table("entries").set_index("entry_id").loc["2NA8", "status"]) == "ok"


def test_one_worker_and_two_write_the_same_bytes(done, tmp_path):
    sources, result = done
    settings = BatchSettings(shard_entries=3)
    alone = batch(sources, tmp_path / "alone", jobs=1, settings=settings)
    files = dataset_files(result.folder)
    for name, paths in dataset_files(alone.folder).items():
        if name == "entries":
            continue
        assert [p.read_bytes() for p in paths] == [p.read_bytes() for p in files[name]]
    pd.testing.assert_frame_equal(
        alone.table("entries").drop(columns=UNSTABLE),
        result.table("entries").drop(columns=UNSTABLE),
    )


def test_three_libraries_read_a_table_in_one_line(done):
    _, result = done
    expected = result.table("interfaces")
    folder = result.folder / "interfaces"
    by_pandas = pd.read_parquet(folder)
    by_polars = pl.read_parquet(folder)
    by_duckdb = duckdb.sql(f"select * from '{folder}/*.parquet'").to_arrow_table()
    pd.testing.assert_frame_equal(by_pandas, expected)
    for found in (by_polars, by_duckdb.to_pandas()):
        assert list(found.columns) == column_names("interfaces")
        assert len(found) == len(expected)
        total = expected["area_per_side_a2"].sum()
        # Sums in another order: rounding only.
        assert found["area_per_side_a2"].sum() == pytest.approx(total, rel=1e-12)


def test_entries_are_computed_again_only_if_something_changed(small_entries, tmp_path):
    own = [tmp_path / path.name for path in small_entries[:2]]
    for path, source in zip(own, small_entries, strict=False):
        shutil.copy(source, path)
    alone = {"analyses": ["interfaces"], "jobs": 1}
    first = batch(own, tmp_path / "out", **alone)
    same = batch([str(path) for path in own], tmp_path / "out", **alone)
    assert (first.n_computed, same.n_computed) == (2, 0)
    text = gzip.decompress(own[1].read_bytes())
    own[1].write_bytes(gzip.compress(text + b"\n# touched\n"))
    assert batch(own, tmp_path / "out", **alone).n_computed == 1
    own[0].unlink()
    changed = interface_parameters(contact_cutoff_a=4.5)
    settings = BatchSettings(parameters=changed)
    other = batch(own[1:], tmp_path / "out", **alone, settings=settings)
    assert other.n_computed == 1
    assert other.table("interfaces")["contact_cutoff_a"].eq(4.5).all()
    assert len(other.table("entries")) == 1


def test_two_files_of_one_entry_keep_apart(small_entries, tmp_path):
    (tmp_path / "x").mkdir()
    copies = [tmp_path / "copy.pdb.gz", tmp_path / "x" / "copy.pdb.gz"]
    for copy in copies:
        shutil.copy(small_entries[0], copy)
    sources = [small_entries[0], *copies]
    result = batch(sources, tmp_path / "out", jobs=1)
    name = result.table("entries")["entry_id"].iloc[0]
    names = [name, "copy", "copy_2"]
    assert result.table("entries")["entry_id"].tolist() == names
    # As every other command calls them.
    opened = il2struct.studies(sources)
    assert [study.entry.entry_id for study in opened] == names
    lattice = result.table("lattice_contacts")
    halves = [lattice[lattice["entry_id"] == n] for n in (name, "copy_2")]
    pd.testing.assert_frame_equal(
        halves[0].drop(columns=["entry_id", "contact_class"]).reset_index(drop=True),
        halves[1].drop(columns=["entry_id", "contact_class"]).reset_index(drop=True),
    )
    for half, own in zip(halves, (name, "copy_2"), strict=True):
        unknown = half["contact_class"][half["contact_class"].str.contains(":")]
        assert all(f"{own}:" in text for text in unknown)


def test_complexes_of_a_renamed_entry_are_renamed():
    row = dict.fromkeys(column_names("overlap"), 0) | {
        "compared": "1A_B", "protein": "IL2", "partner_1": "1A_B:Fab 1",
        "partner_2": "reference_1A_B:Fab 1", "verdict": "",
        "sentence": "1A_B:Fab 1 and 21A_B:C on IL2",
    }  # fmt: skip
    tables = {"overlap": arrow_table("overlap", table_from_rows("overlap", [row]))}
    there = renamed(tables, "1A B", "x y")
    (found,) = there["overlap"].to_pylist()
    assert (found["compared"], found["partner_1"]) == ("x_y", "x_y:Fab 1")
    assert found["partner_2"] == row["partner_2"]
    assert found["sentence"] == "x_y:Fab 1 and 21A_B:C on IL2"
    assert renamed(there, "x y", "1A B") == tables


@pytest.mark.parametrize(
    ("entry", "analysis"), [("1FDL.pdb", "overlap"), ("2B5I.cif", "agonists")]
)
def test_an_entry_with_a_space_in_its_name_is_renamed(
    named_entry, reference, entry, analysis
):
    named = named_entry(entry)
    work = EntryWork(
        analyses=(analysis,),
        parameters=InterfaceParameters(),
        reading=ReadOptions(),
        archive=default_settings(),
        reference=reference if analysis == "overlap" else None,
    )
    named = replace(named, entry=replace(named.entry, entry_id="my model"))
    tables = {n: arrow_table(n, t) for n, t in entry_tables(named, work).items()}
    names = [name for name in ANALYSIS_TABLES[analysis] if len(tables[name])]
    assert names
    there = renamed(tables, "my model", "another one")
    for name in names:
        assert not re.search("my[ _]model", str(there[name].to_pylist()))


def test_a_reference_is_one_entry(tmp_path):
    (tmp_path / "two.txt").write_text("2B5I 2ERJ")
    settings = BatchSettings(reference=f"@{tmp_path / 'two.txt'}")
    with pytest.raises(ParameterError, match="is 2 entries"):
        batch(["1Z92"], tmp_path / "out", analyses=["compare"], settings=settings)


def test_a_reference_that_cannot_be_read_as_asked_stops_the_batch(mirror, tmp_path):
    settings = BatchSettings(
        reference=mirror / "1Z92.pdb.gz", reading=ReadOptions(model=7)
    )
    with pytest.raises(Il2StructError, match="model"):
        batch(["1Z92"], tmp_path / "out", analyses=["compare"], settings=settings)
    assert not (tmp_path / "out").exists()


def test_shards_of_a_job_array_add_up(small_entries, tmp_path):
    for number in (1, 2):
        settings = BatchSettings(part=Part(number, 2))
        batch(
            small_entries[:3],
            tmp_path / "out",
            analyses=["interfaces"],
            jobs=1,
            settings=settings,
        )
    ids = pd.read_parquet(tmp_path / "out" / "entries")["path"].tolist()
    assert sorted(ids) == sorted(map(str, small_entries[:3]))
    with pytest.raises(ParameterError, match="2 shards"):
        batch(small_entries[:3], tmp_path / "out", analyses=["interfaces"])


class TestWork:
    def work(self, *analyses, detail=None, **given):
        parameters = (
            interface_parameters(sc=detail) if detail else InterfaceParameters()
        )
        return EntryWork(
            analyses=analyses,
            parameters=parameters,
            reading=ReadOptions(),
            archive=default_settings(),
            **given,
        )

    @pytest.mark.parametrize(
        ("analyses", "asked", "detail"),
        [
            (("interfaces",), "value", ScDetail.NONE),
            (("interfaces", "sc"), None, ScDetail.VALUE),
            (("sc",), "error", ScDetail.ERROR),
        ],
    )
    def test_sc_is_scored_if_asked_for(self, analyses, asked, detail):
        work = self.work(*analyses, detail=asked)
        assert work.parameters.fit.detail is detail

    def test_every_parameter_is_in_the_fingerprint(self, reference):
        prints = {
            self.work("interfaces").fingerprint,
            self.work("interfaces", "bonds").fingerprint,
            self.work("interfaces", "sc").fingerprint,
            self.work("interfaces", "sc", detail="error").fingerprint,
            self.work("variants", variants=listed_variants(["IL2:F42A"])).fingerprint,
            self.work("variants", variants=listed_variants(["IL2:Y45A"])).fingerprint,
            self.work("predicted").fingerprint,
            self.work("predicted", reference=reference).fingerprint,
        }
        assert len(prints) == 8

    @pytest.mark.parametrize(
        ("analyses", "given"),
        [
            (["variants"], {}),
            (["interfaces"], {"variants": listed_variants(["IL2:F42A"])}),
            (["compare"], {}),
            (["overlap", "interfaces"], {}),
        ],
    )
    def test_what_an_analysis_needs(self, analyses, given):
        with pytest.raises(ParameterError, match="a batch takes"):
            self.work(*analyses, **given)

    def test_no_reference_without_what_takes_it(self, reference):
        with pytest.raises(ParameterError, match="takes a reference for predicted"):
            self.work("interfaces", reference=reference)

    def test_names_of_analyses(self):
        assert checked_analyses(reversed(ANALYSIS_TABLES)) == tuple(ANALYSIS_TABLES)
        for wrong in (["colour"], []):
            with pytest.raises(ParameterError, match="a batch does"):
                checked_analyses(wrong)


class TestQuery:
    def test_each_table_is_there_under_its_name(self, done):
        _, result = done
        counts = count_rows(result.folder).set_index("table")["n_rows"]
        for name in result.tables:
            found = query(result.folder, f"select count(*) as n from {name}")
            assert found["n"].tolist() == [counts[name]] == [len(result.table(name))]

    def test_an_answer_without_rows_has_columns(self, done):
        _, result = done
        found = query(result.folder, "select entry_id, status from entries where false")
        assert (len(found), list(found)) == (0, ["entry_id", "status"])

    def test_counts_with_gaps_stay_counts(self, done):
        _, result = done
        found = query(result.folder, "select n_interfaces from entries")
        assert str(found["n_interfaces"].dtype) == "Int64"
        assert found["n_interfaces"].isna().sum() == 1

    @pytest.mark.parametrize(
        "sql",
        [
            "select * from read_csv('{folder}/secret.csv')",
            "select * from '{folder}/secret.csv'",
            "copy entries to '{folder}/written.csv'",
            "copy entries to '{folder}/entries/written.parquet'",
            "attach '{folder}/new.db'",
            "install httpfs",
            "set enable_external_access = true",
            "reset enable_external_access",
            "select * from result",
            "selekt",
        ],
    )
    def test_nothing_else_can_be_reached(self, done, sql):
        _, result = done
        (result.folder / "secret.csv").write_text("a,b\n1,2\n")
        before = sorted(result.folder.rglob("*"))
        with pytest.raises(ParameterError, match="cannot be answered"):
            query(result.folder, sql.format(folder=result.folder))
        assert sorted(result.folder.rglob("*")) == before

    def test_a_folder_without_tables(self, tmp_path):
        with pytest.raises(ParameterError, match="no tables of a batch"):
            query(tmp_path, "select 1")


def test_arrow_tables_are_those_that_pyarrow_makes_of_pandas(done):
    _, result = done
    for name in result.tables:
        frame = result.table(name).astype(empty_frame(name).dtypes.to_dict())
        expected = pa.Table.from_pandas(
            frame, schema=table_schema(name), preserve_index=False
        )
        found = arrow_table(name, frame)
        # Checked by text: NaN is missing in both, and equals nothing.
        assert found.schema.equals(expected.schema, check_metadata=True)
        assert str(found.to_pylist()) == str(expected.to_pylist())
        assert all(
            a.null_count == b.null_count
            for a, b in zip(found.columns, expected.columns, strict=True)
        )
