"""What goes wrong ends in one clear line, the right exit status, and no traceback."""

import io
import json
import random
from pathlib import Path

import pandas as pd
import pytest

from il2struct.cli.output import prepare_target
from il2struct.errors import MissingDependencyError, ParameterError
from il2struct.tables import column_names

COMMANDS = ("fetch", "roles", "interfaces", "bonds", "report")


def is_one_line(run) -> bool:
    lines = run.error_lines
    return (
        len(lines) == 1
        and lines[0].startswith("il2struct: ")
        and "Traceback" not in run.stderr
    )


class TestUsage:
    @pytest.mark.parametrize(
        ("arguments", "words"),
        [
            (["--preset", "nope"], ["preset", "'nope'", "hbplus"]),
            (["--between", "A"], ["--between", "'A'", "A,B/C"]),
            (["--between", "A/B/C"], ["--between"]),
            (["--between", "/"], ["--between"]),
            (["--between", ""], ["--between"]),
            (["--between", "A,B/B"], ["B", "both sides"]),
            (["--cutoff", "0"], ["contact cut-off", "0"]),
            (["--cutoff", "-1"], ["contact cut-off"]),
            (["--cutoff", "nan"], ["contact cut-off", "nan"]),
            (["--cutoff", "inf"], ["contact cut-off"]),
            (["--cutoff", "21"], ["contact cut-off", "20"]),
            (["--probe", "0"], ["probe radius"]),
            (["--probe", "nan"], ["probe radius"]),
            (["--format", "parquet"], ["parquet", "-o"]),
            (["--format", "csv", "-o", "x.json"], ["csv", "x.json"]),
            (["--format", "table", "-o", "x.csv"], ["table", "x.csv"]),
            (["--altloc", "XYZ"], ["--altloc", "'XYZ'"]),
            (["--altloc", ""], ["--altloc"]),
            (["--sc", "all"], ["none, value, error"]),
            (["--columns", "colour,n_tag"], ["column colour", "area_per_side_a2"]),
            (["--columns", ","], ["--columns"]),
            (["--mirror", "no/such/folder"], ["mirror", "no/such/folder"]),
        ],
    )
    def test_is_told_before_any_work(self, cli, small, arguments, words, monkeypatch):
        def work(*_: object, **__: object) -> None:
            pytest.fail("an entry was opened")

        monkeypatch.setattr("il2struct.results.study.open_entry", work)
        run = cli("interfaces", small, *arguments)
        assert run.status == 2
        assert run.stdout == ""
        assert is_one_line(run)
        for word in words:
            assert word in run.stderr

    @pytest.mark.parametrize(
        "arguments",
        [
            ["--nope"],
            ["--cutoff", "wide"],
            ["--format", "xml"],
            ["--model", "first"],
            ["--model"],
        ],
    )
    def test_of_options_is_told_by_the_parser(self, cli, small, arguments):
        run = cli("interfaces", small, *arguments)
        assert run.status == 2
        assert run.stdout == ""
        assert "Error" in run.stderr

    @pytest.mark.parametrize("command", COMMANDS)
    def test_no_entry_is_told(self, cli, command):
        run = cli(command)
        assert (run.status, run.stdout) == (2, "")
        assert "Missing argument" in run.stderr

    def test_no_such_command(self, cli):
        run = cli("fold", "2ERJ")
        assert (run.status, run.stdout) == (2, "")

    @pytest.mark.parametrize("name", ["hello", "../2ERJ", "2ER", "", "./nothing.pdb"])
    def test_not_an_id_and_not_a_file(self, cli, name):
        run = cli("interfaces", name, "--offline")
        assert (run.status, run.stdout) == (2, "")
        assert is_one_line(run)
        assert repr(name) in run.stderr

    def test_empty_or_missing_lists(self, cli):
        Path("empty.txt").write_text("# nothing\n")
        for arguments, stdin in (
            (["@empty.txt"], None),
            (["@missing.txt"], None),
            (["-"], "\n"),
        ):
            run = cli("roles", *arguments, stdin=stdin)
            assert (run.status, run.stdout) == (2, "")
            assert is_one_line(run)


class TestOutput:
    def test_a_file_where_a_folder_is_wanted(self, cli, small):
        Path("taken").write_text("mine")
        for command in ("interfaces", "report"):
            run = cli(command, small, "-o", "taken")
            assert run.status == 2
            assert is_one_line(run)
            assert "taken" in run.stderr
        assert Path("taken").read_text() == "mine"

    def test_a_folder_where_a_file_is_wanted(self, cli, small):
        Path("out.csv").mkdir()
        run = cli("interfaces", small, "-o", "out.csv")
        assert run.status == 2
        assert is_one_line(run)
        assert "out.csv" in run.stderr

    @pytest.mark.parametrize("name", ["x.csv", "folder"])
    def test_below_a_file_nothing_can_be_written(self, cli, small, name):
        Path("taken").write_text("mine")
        run = cli("interfaces", small, "-o", f"taken/{name}")
        assert run.status == 2
        assert is_one_line(run)
        assert "taken" in run.stderr
        assert "-o" in run.stderr

    def test_report_wants_a_folder(self, cli, small):
        run = cli("report", small, "-o", "out.csv")
        assert run.status == 2
        assert is_one_line(run)
        assert not Path("out.csv").exists()

    def test_a_disk_that_fills_up_is_one_line(self, cli, small, monkeypatch):
        def full(*_: object, **__: object) -> int:
            raise OSError(28, "No space left on device", "out.csv")

        monkeypatch.setattr(Path, "write_text", full)
        run = cli("interfaces", small, "-o", "out.csv")
        assert run.status == 1
        assert is_one_line(run)
        assert "out.csv" in run.stderr
        assert "No space left" in run.stderr

    def test_a_closed_stdout_is_refused(self, monkeypatch):
        monkeypatch.setattr("sys.stdout", None)
        with pytest.raises(ParameterError, match="closed"):
            prepare_target(None, None)

    @pytest.mark.parametrize("name", ["a.xlsx", "a.TSV", "report.html", "a.csv.gz"])
    def test_endings_that_are_not_written_make_no_folder(self, tmp_path, name):
        with pytest.raises(ParameterError, match=r"\.parquet, or a folder"):
            prepare_target(None, tmp_path / name)
        assert not (tmp_path / name).exists()
        prepare_target(None, tmp_path / "run.2")  # a dot alone is no ending
        assert (tmp_path / "run.2").is_dir()

    def test_a_library_that_is_missing_is_named(self, cli, small, monkeypatch):
        def missing(_: object) -> None:
            raise MissingDependencyError("numba is needed; install it.")

        monkeypatch.setattr("il2struct.cli.options.Request.check", missing)
        run = cli("interfaces", small)
        assert (run.status, run.stdout) == (1, "")
        assert run.stderr == "il2struct: numba is needed; install it.\n"

    def test_any_other_fault_is_one_line_without_debug(self, cli, small, monkeypatch):
        def broken(*_: object, **__: object) -> None:
            raise ZeroDivisionError("a slip")

        monkeypatch.setattr("il2struct.results.text.as_csv", broken)
        run = cli("interfaces", small, "--format", "csv")
        assert (run.status, run.stdout) == (1, "")
        assert is_one_line(run)
        assert "ZeroDivisionError: a slip" in run.stderr
        assert "--debug" in run.stderr
        shown = cli("interfaces", small, "--format", "csv", "--debug")
        assert "Traceback" in shown.stderr


class TestFailingEntries:
    def test_some_failed_is_3_and_the_others_are_done(self, cli, small):
        broken = small.with_name("broken.pdb")
        broken.write_text("")
        for inputs in ([broken, small], [small, broken]):
            run = cli("interfaces", *inputs, "--format", "json")
            assert run.status == 3
            assert is_one_line(run)
            content = json.loads(run.stdout)
            assert [r["interface_id"] for r in content["interfaces"]] == ["A/B"]
            states = {r["entry_id"]: r["status"] for r in content["entries"]}
            assert states == {"small": "ok", str(broken): "failed"}

    def test_a_failed_entry_is_a_row_that_says_why(self, cli):
        run = cli("roles", "9ZZZ", "--offline", "--format", "json")
        assert run.status == 1
        (row,) = json.loads(run.stdout)["entries"]
        assert list(row) == column_names("entries")
        assert row["status"] == "failed"
        assert row["error_type"] == "UnavailableError"
        assert run.stderr == f"il2struct: {row['error_message']}\n"
        for word in ("9ZZZ", "offline"):
            assert word in row["error_message"]
        assert all(
            row[name] is None
            for name in row
            if name not in ("entry_id", "status", "error_type", "error_message")
        )

    @pytest.mark.parametrize("command", COMMANDS)
    def test_all_failed_is_1(self, cli, command):
        run = cli(command, "9ZZZ", "9ZZY", "--offline")
        assert run.status == 1
        told = [line for line in run.error_lines if "offline" in line]
        assert ["9ZZZ" in line for line in told] == [True, False]
        assert "Traceback" not in run.stderr

    def test_fetch_has_a_row_for_a_failure(self, cli, small):
        run = cli("fetch", small, "9ZZZ", "--offline", "--format", "json")
        assert run.status == 3
        first, second = json.loads(run.stdout)["files"]
        assert (first["status"], second["status"]) == ("ok", "failed")
        assert second["entry_id"] == "9ZZZ"
        assert second["error_type"] == "UnavailableError"

    def test_report_is_written_for_the_others(self, cli, small):
        run = cli("report", "9ZZZ", small, "--offline", "-o", "out")
        assert run.status == 3
        assert "9ZZZ" in Path("out/summary.md").read_text()
        assert Path("out/small/interfaces.csv").exists()
        assert "UnavailableError" in Path("out/entries.csv").read_text()

    def test_report_of_failures_only(self, cli):
        run = cli("report", "9ZZZ", "--offline", "-o", "out")
        assert run.status == 1
        assert "**9ZZZ failed**" in Path("out/summary.md").read_text()
        assert json.loads(Path("out/provenance.json").read_text())["files"] == []

    @pytest.mark.parametrize(
        "error", [KeyError("slip"), MemoryError(), RecursionError()]
    )
    def test_a_bug_in_one_entry_stops_no_other(self, cli, small, monkeypatch, error):
        from il2struct.structure import named

        name_entry = named.name_entry

        def failing(entry, family=None):
            if entry.entry_id == "bad":
                raise error
            return name_entry(entry, family)

        bad = small.with_name("bad.pdb")
        bad.write_text(small.read_text())
        monkeypatch.setattr(named, "name_entry", failing)
        run = cli("interfaces", bad, small, "--format", "json")
        assert run.status == 3
        assert is_one_line(run)
        assert type(error).__name__ in run.stderr
        assert str(bad) in run.stderr
        content = json.loads(run.stdout)
        assert len(content["interfaces"]) == 1
        assert content["entries"][0]["error_type"] == type(error).__name__
        shown = cli("interfaces", bad, small, "--debug")
        assert "Traceback" in shown.stderr
        assert shown.status == 3

    def test_a_disk_that_fills_up_within_an_entry(self, cli, small, monkeypatch):
        def full(*_: object, **__: object) -> int:
            raise OSError(28, "No space left on device", "out/small/bonds.csv")

        monkeypatch.setattr("il2struct.report.write.ReportFolder.add", full)
        run = cli("report", small, "-o", "out", "-q")
        assert run.status == 1
        assert is_one_line(run)
        for word in ("No space left", "out/small/bonds.csv", "disk"):
            assert word in run.stderr

    def test_debug_shows_the_traceback_of_an_expected_error_too(self, cli):
        run = cli("roles", "9ZZZ", "--offline", "--debug")
        assert run.status == 1
        assert "Traceback" in run.stderr
        assert run.error_lines[-1].startswith("il2struct: 9ZZZ")

    def test_an_interrupt_is_130_and_silent(self, cli, small, monkeypatch):
        def interrupted(*_: object, **__: object) -> None:
            raise KeyboardInterrupt

        monkeypatch.setattr("il2struct.results.study.open_entry", interrupted)
        run = cli("interfaces", small)
        assert (run.status, run.stdout, run.stderr) == (130, "", "")


#: A file of one atom, of a residue of some name.
ATOM = "ATOM      1  CA {:>4} A   1       1.000   2.000   3.000  1.00 20.00           C\nEND\n"


class TestBadInput:
    """Each is one line that names the file; the status is that of a failed entry."""

    def failed(self, cli, path: Path, *options: object) -> str:
        run = cli("interfaces", path, "--format", "json", *options)
        assert run.status == 1
        assert is_one_line(run)
        content = json.loads(run.stdout)
        assert content["interfaces"] == []
        assert content["entries"][0]["entry_id"] == str(path)
        assert str(path) in run.stderr
        return run.stderr

    @pytest.mark.parametrize(
        ("name", "content", "word"),
        [
            ("a.cif.gz", b"", "empty"),
            ("a.pdb", random.Random(1).randbytes(5000), "neither in mmCIF nor in PDB"),
            ("a.pdb", ATOM.format("DA").encode(), "protein"),
            ("a.pdb", ATOM.format("ALA").replace("1.000", "  nan").encode(), "coordin"),
        ],
        ids=["empty", "noise", "DNA", "no place"],
    )
    def test_what_cannot_be_measured(self, cli, tmp_path, name, content, word):
        path = tmp_path / name
        path.write_bytes(content)
        assert word in self.failed(cli, path)

    def test_one_chain_works_and_has_no_interface(self, cli, small):
        text = small.read_text()
        small.write_text(text[: text.index("TER")] + "TER\nEND\n")
        run = cli("interfaces", small, "--format", "json")
        assert run.status == 0
        # An empty table does not tell why.
        assert is_one_line(run)
        assert "small has no interface" in run.stderr
        assert cli("sc", small).stderr == run.stderr
        assert cli("interfaces", small, "-q").stderr == ""
        content = json.loads(run.stdout)
        assert content["interfaces"] == []
        assert content["entries"][0]["n_protein_chains"] == 1
        assert content["entries"][0]["n_interfaces"] == 0
        assert cli("report", small, "-o", "out").status == 0
        assert "no interface" in Path("out/summary.md").read_text()

    def test_residues_of_unknown_type_work_and_are_noted(self, cli, small):
        text = small.read_text()
        for name in ("ALA", "LYS", "GLU"):
            text = text.replace(name, "UNK")
        small.write_text(text)
        run = cli("interfaces", small, "--format", "json")
        assert run.status == 0
        assert run.error_lines == [
            "il2struct: small: 1 note: Residues of unknown type are kept; their atoms are treated "
            "by element (UNK: 6); see notes (il2struct roles -o FOLDER)."
        ]
        content = json.loads(run.stdout)
        (row,) = content["interfaces"]
        assert row["area_per_side_a2"] > 0
        # The formula counts kinds of residues; there are none that it knows.
        assert row["affinity_estimate_kcal"] is None
        assert any("unknown type" in note["message"] for note in content["notes"])

    @pytest.mark.parametrize("command", ["roles", "interfaces", "bonds", "sc"])
    def test_what_was_put_right_is_one_line(self, cli, small, command):
        lines = small.read_text().splitlines()
        first = [x for x in lines if x[21:22] == "A"]
        rest = [x for x in lines if x not in first]
        small.write_text("\n".join([*first[:9], *rest, *first[9:]]))
        small.write_text(small.read_text().replace(" LYS ", " LYN "))
        run = cli(command, small)
        assert run.status == 0
        (line,) = run.error_lines
        assert line.startswith("il2struct: small: ")
        assert line.endswith("; see notes (il2struct roles -o FOLDER).")
        assert "usual names (LYN as LYS" in line
        assert cli(command, small, "-q").stderr == ""

    def test_a_message_never_runs_over_the_line(self, cli, small):
        odd = small.with_name("odd\n\x1b[31mname.pdb")
        odd.write_text("")
        run = cli("interfaces", odd)
        assert run.status == 1
        assert is_one_line(run)
        assert "\x1b" not in run.stderr

    def test_a_name_of_bytes_that_are_no_text(self, cli, small):
        odd = small.with_name("odd\udcff.pdb")
        try:
            odd.write_text(small.read_text())
        except (OSError, UnicodeError):
            pytest.skip("the file system takes text names only")
        run = cli("interfaces", odd, "--format", "json")
        assert run.status == 0
        (row,) = json.loads(run.stdout)["entries"]
        assert row["path"].endswith("odd\\udcff.pdb")
        assert cli("report", odd, "-o", "out").status == 0
        provenance = json.loads(Path("out/provenance.json").read_text())
        assert provenance["files"][0]["path"] == str(odd)
        odd.write_text("")
        assert cli("report", odd, "-o", "out").status == 1

    @pytest.mark.entries
    def test_a_name_that_lies_is_warned_of_and_noted(self, cli, mirror, tmp_path):
        liar = tmp_path / "2ERJ.pdb.gz"
        liar.write_bytes((mirror / "1Z92.pdb.gz").read_bytes())
        run = cli("interfaces", liar, "--format", "json")
        assert run.status == 0
        # The second line tells of notes on 1Z92 itself.
        assert len(run.error_lines) == 2
        content = json.loads(run.stdout)
        assert {row["entry_id"] for row in content["interfaces"]} == {"1Z92"}
        (note,) = [row for row in content["notes"] if row["topic"] == "file"]
        for text in (run.stderr, note["message"]):
            assert "2ERJ" in text
            assert "1Z92" in text
        assert cli("interfaces", liar, "-q").stderr == ""

    @pytest.mark.entries
    @pytest.mark.parametrize("between", ["A/Q", "IL2/IL15", "IL2RA,X/B"])
    def test_no_such_chain_or_role(self, cli, mirror, between):
        run = cli("interfaces", "2B5I", "--mirror", mirror, "--between", between)
        assert run.status == 1
        assert is_one_line(run)
        for word in ("2B5I", "IL2RG", "A, B, C, D"):
            assert word in run.stderr

    @pytest.mark.entries
    @pytest.mark.parametrize("between", ["A/IL2", "il2/IL2", "A,B/C,IL2RB"])
    def test_one_chain_on_both_sides_under_two_names(self, cli, mirror, between):
        run = cli("interfaces", "2B5I", "--mirror", mirror, "--between", between)
        assert run.status == 1
        assert is_one_line(run)
        for word in ("2B5I", "sides", between):
            assert word in run.stderr


def test_bad_names_stop_nothing_and_stand_in_a_lone_table(cli, small, tmp_path):
    listed = tmp_path / "list.txt"
    listed.write_text(f"{small}\ngamma\nIL2\n")
    run = cli("interfaces", f"@{listed}", "--format", "csv")
    assert run.status == 3
    assert "'gamma' is neither" in run.stderr
    assert "'IL2' is neither" in run.stderr
    table = pd.read_csv(io.StringIO(run.stdout))
    assert table["entry_id"].tolist() == ["small", "gamma", "IL2"]
    assert table["area_per_side_a2"].isna().tolist() == [False, True, True]
    folder = tmp_path / "out"
    assert cli("interfaces", f"@{listed}", "-o", folder).status == 3
    assert len(pd.read_csv(folder / "interfaces.csv")) == 1
    entries = pd.read_csv(folder / "entries.csv").set_index("entry_id")
    assert entries["status"].to_dict() == {
        "gamma": "failed",
        "IL2": "failed",
        "small": "ok",
    }
