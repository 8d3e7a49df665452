"""Commands and options, run in this process on two small chains and on real entries."""

import dataclasses
import inspect
import io
import json
import math
import re
import shlex
from pathlib import Path

import gemmi
import pandas as pd
import pytest

from il2struct.cli.app import COMMANDS as EXAMPLES
from il2struct.tables import column_names

COMMANDS = ("fetch", "roles", "interfaces", "residues", "bonds", "report")
TABLES = {
    "fetch": ["files"],
    "roles": ["chains", "numbering", "complexes", "entries", "notes"],
    "interfaces": [
        "interfaces",
        "residues",
        "contacts",
        "bonds",
        "complexes",
        "entries",
        "notes",
    ],
    "residues": ["residues", "complexes", "entries", "notes"],
    "bonds": ["bonds", "interfaces", "complexes", "entries", "notes"],
}


def rows(text: str) -> pd.DataFrame:
    return pd.read_csv(io.StringIO(text), keep_default_na=False, dtype=str)


def test_help_of_fetch_offers_nothing_about_reading(cli):
    told = cli("fetch", "--help").stdout
    assert "--mirror FOLDER" in told
    # What to type is named, not its type in Python.
    assert not re.search("<(str|int|float|path|list)", told)
    assert not any(name in told for name in ("--model", "--altloc", "--references"))


@pytest.mark.parametrize("command", COMMANDS[1:])
def test_help_of_each_command_names_every_common_option(cli, command):
    run = cli(command, "--help")
    assert run.status == 0
    assert run.stderr == ""
    for option in (
        "--mirror",
        "--structures",
        "--offline",
        "--model",
        "--altloc",
        "--format",
        "--output",
        "--quiet",
        "--verbose",
        "--debug",
    ):
        assert option in run.stdout


@pytest.mark.parametrize(("command", "example"), EXAMPLES)
def test_help_of_each_command_has_an_example_that_can_be_typed(cli, command, example):
    program, name, *arguments = shlex.split(example)
    assert (program, name) == ("il2struct", command.__name__)
    assert f"Example: {example}" in " ".join(cli(name, "--help").stdout.split())
    # The parser takes it: what is wrong is told before the help that ends it.
    run = cli(name, *arguments, "--help")
    assert (run.status, run.stderr) == (0, "")


def test_the_list_of_commands_says_all_of_each(cli, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    commands = cli("--help").stdout.partition("Commands:")[2]
    assert "..." not in commands


def test_no_arguments_show_help_and_count_as_wrong_usage(cli):
    run = cli()
    assert run.status == 2
    assert "Usage" in run.stdout + run.stderr


@pytest.mark.parametrize("command", TABLES)
def test_json_is_one_object_of_the_promised_tables_and_nothing_else(
    cli, small, command
):
    run = cli(command, small, "--format", "json")
    assert run.status == 0
    assert run.stderr == ""
    content = json.loads(run.stdout)
    assert list(content) == ["schema_version", *TABLES[command]]
    for name in TABLES[command]:
        for row in content[name]:
            assert list(row) == column_names(name)
    assert content[TABLES[command][0]]


@pytest.mark.parametrize("command", TABLES)
def test_csv_is_the_main_table_with_its_columns(cli, small, command):
    run = cli(command, small, "--format", "csv")
    main = TABLES[command][0]
    table = rows(run.stdout)
    assert list(table.columns) == column_names(main)
    as_json = json.loads(cli(command, small, "--format", "json").stdout)[main]
    assert len(table) == len(as_json)
    # Missing is empty in CSV where it is null in JSON.
    for row, record in zip(table.to_dict("records"), as_json, strict=True):
        for name, value in record.items():
            assert (value is None) == (row[name] == "")


@pytest.mark.parametrize("command", TABLES)
def test_the_default_is_an_aligned_table_on_stdout(cli, small, command):
    run = cli(command, small)
    assert run.status == 0
    assert run.stderr == ""
    lines = run.stdout.splitlines()
    assert lines[0].startswith("Entry")
    rule = next(line for line in lines if set(line) == {"-", " "})
    assert lines.index(rule) < len(lines) - 1
    # Columns start where their rule starts, in every line.
    starts = [
        i for i, c in enumerate(rule) if c == "-" and (i == 0 or rule[i - 1] == " ")
    ]
    for line in lines:
        assert all(line[i - 1] == " " for i in starts[1:] if i <= len(line))


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("out.csv", lambda p: pd.read_csv(p)),
        ("out.CSV", lambda p: pd.read_csv(p)),
        ("deep/er/out.parquet", lambda p: pd.read_parquet(p)),
        ("out.json", lambda p: pd.DataFrame(json.loads(p.read_text())["interfaces"])),
    ],
)
def test_a_file_takes_its_format_from_its_ending(cli, small, name, read):
    run = cli("interfaces", small, "-o", name)
    assert (run.status, run.stdout, run.stderr) == (0, "", "")
    table = read(Path(name))
    assert list(table.columns) == column_names("interfaces")
    assert list(table["interface_id"]) == ["A/B"]


def test_a_text_file_holds_what_the_terminal_shows(cli, small):
    cli("interfaces", small, "-o", "out.txt")
    assert Path("out.txt").read_text() == cli("interfaces", small).stdout


@pytest.mark.parametrize(
    ("output_format", "ending"),
    [
        (None, "csv"),
        ("csv", "csv"),
        ("json", "json"),
        ("parquet", "parquet"),
        ("table", "txt"),
    ],
)
def test_a_folder_gets_every_table(cli, small, output_format, ending):
    chosen = [] if output_format is None else ["--format", output_format]
    run = cli("interfaces", small, "-o", "out", *chosen)
    assert (run.status, run.stdout) == (0, "")
    assert {p.name for p in Path("out").glob("[!.]*")} == {
        f"{name}.{ending}" for name in TABLES["interfaces"]
    }


def test_parquet_keeps_types_and_missing_values(cli, small):
    cli("interfaces", small, "-o", "out", "--format", "parquet")
    residues = pd.read_parquet("out/residues.parquet")
    assert residues["mature_number"].dtype == "Int64"
    assert residues["is_interface"].dtype == "boolean"
    assert residues["buried_a2"].dtype == "float64"
    assert isinstance(residues["residue_name"].dtype, pd.StringDtype)
    assert residues["mature_number"].isna().all()  # a chain without a role has none


def test_text_formats_keep_seven_digits_of_the_full_number(cli, small):
    cli("interfaces", small, "-o", "out.parquet")
    full = pd.read_parquet("out.parquet")["area_per_side_a2"].iloc[0]
    printed = cli("interfaces", small, "--format", "csv").stdout
    assert float(rows(printed)["area_per_side_a2"].iloc[0]) == float(f"{full:.7g}")
    as_json = json.loads(cli("interfaces", small, "--format", "json").stdout)
    assert as_json["interfaces"][0]["area_per_side_a2"] == float(f"{full:.7g}")


def test_quiet_and_verbose_change_stderr_only(cli, small):
    plain = cli("report", small, "-o", "a", "--no-figures")
    quiet = cli("report", small, "-o", "b", "--no-figures", "-q")
    assert "report in a/summary.md" in plain.stderr
    assert quiet.stderr == ""
    loud = cli("interfaces", small, small, "-v")
    assert "more than once" in loud.stderr
    assert loud.stdout == cli("interfaces", small).stdout


def test_quiet_still_tells_errors(cli):
    run = cli("interfaces", "9ZZZ", "--offline", "-q")
    assert run.status == 1
    assert len(run.error_lines) == 1


def test_inputs_files_folder_list_and_stdin_give_the_same(cli, small):
    expected = cli("interfaces", small).stdout
    (small.parent / "list.txt").write_text(f"# files\n{small}\n")
    assert cli("interfaces", small.parent).stdout == expected
    assert cli("interfaces", f"@{small.parent / 'list.txt'}").stdout == expected
    assert cli("interfaces", "-", stdin=f"{small}\n").stdout == expected


@pytest.mark.entries
def test_a_model_before_its_entry_in_a_list_is_called_by_its_file(
    cli, mirror, tmp_path
):
    mutant = tmp_path / "mutant.pdb.gz"
    mutant.write_bytes((mirror / "1Z92.pdb.gz").read_bytes())
    (tmp_path / "list.txt").write_text(f"{mutant}\n1Z92\n")
    run = cli("roles", f"@{tmp_path / 'list.txt'}", "--mirror", mirror, "--offline")
    assert [line.split()[:2] for line in run.stdout.splitlines()[-4:]] == [
        *(["mutant", "A"], ["mutant", "B"], ["1Z92", "A"], ["1Z92", "B"]),
    ]


def test_all_inputs_are_taken_in_order(cli, small):
    other = small.with_name("another.pdb")
    other.write_text(small.read_text())
    run = cli("roles", small, other, "--format", "json")
    names = [row["entry_id"] for row in json.loads(run.stdout)["entries"]]
    assert names == ["small", "another"]


def test_cutoff_and_probe_are_used_and_written_down(cli, small):
    def measured(*options: object) -> dict[str, object]:
        run = cli("interfaces", small, "--format", "json", *options)
        return json.loads(run.stdout)["interfaces"][0]

    default, far = measured(), measured("--cutoff", 8)
    fine = measured("--probe", 0.5)
    assert (default["contact_cutoff_a"], far["contact_cutoff_a"]) == (5.0, 8.0)
    assert far["n_atom_pairs"] > default["n_atom_pairs"]
    assert fine["probe_radius_a"] == 0.5
    assert fine["area_per_side_a2"] != default["area_per_side_a2"]


def test_bonds_lists_the_salt_bridge_with_its_kind(cli, small):
    run = cli("bonds", small)
    assert "Lys2 NZ  Glu2 OE1" in run.stdout
    assert "salt bridge" in run.stdout
    table = json.loads(cli("bonds", small, "--format", "json").stdout)["bonds"]
    # The oxygens stand 1.1 Å beside NZ and 2.68 Å above it.
    found = [row["distance_a"] for row in table if row["is_salt_bridge"]]
    # Both oxygens; seven digits are written.
    assert found == [pytest.approx(math.hypot(1.1, 2.68), rel=1e-6)] * 2


def test_preset_is_used_and_written_down(cli, small):
    run = cli("bonds", small, "--preset", "hbplus", "--format", "json")
    assert {row["preset"] for row in json.loads(run.stdout)["bonds"]} == {"hbplus"}


def test_concordance_is_shown_where_it_is_asked_for(cli, small):
    run = cli("bonds", small, "--concordance")
    assert "Found by" in run.stdout.splitlines()[0]
    content = json.loads(
        cli("bonds", small, "--concordance", "--format", "json").stdout
    )
    assert list(content)[1:4] == ["concordance", "bonds", "interfaces"]
    for row in content["concordance"]:
        assert row["n_presets"] == len(row["presets"].split()) >= 1


def test_between_takes_chains(cli, small):
    run = cli("interfaces", small, "--between", "B/A", "--format", "json")
    (row,) = json.loads(run.stdout)["interfaces"]
    assert row["interface_id"] == "B/A"
    assert (row["auth_asym_id_1"], row["auth_asym_id_2"]) == ("B", "A")


def test_altloc_is_the_highest_occupancy_or_the_one_asked_for(cli, small):
    line = next(x for x in small.read_text().splitlines() if " NZ  LYS" in x)
    a = f"{line[:16]}A{line[17:54]}  0.60{line[60:]}"
    b = f"{line[:16]}B{line[17:38]}   7.600{line[46:54]}  0.40{line[60:]}"
    small.write_text(small.read_text().replace(line, f"{a}\n{b}"))

    def distance(*options: object) -> float:
        run = cli("bonds", small, "--format", "json", *options)
        return min(row["distance_a"] for row in json.loads(run.stdout)["bonds"])

    assert distance() == pytest.approx(math.hypot(1.1, 2.68), rel=1e-6)
    assert distance("--altloc", "A") == distance()
    assert distance("--altloc", "B") == pytest.approx(math.hypot(1.1, 2.88), rel=1e-6)


def test_two_files_of_one_name_stay_apart(cli, small, tmp_path):
    folder = tmp_path / "other"
    folder.mkdir()
    other = folder / "small.pdb"
    other.write_text(small.read_text())
    run = cli("interfaces", small, other, "--format", "json")
    content = json.loads(run.stdout)
    keys = [
        (r["entry_id"], r["complex_id"], r["interface_id"])
        for r in content["interfaces"]
    ]
    assert keys == [("small", "1", "A/B"), ("small_2", "1", "A/B")]
    assert [r["path"] for r in content["entries"]] == [str(small), str(other)]
    assert any("small_2" in r["message"] for r in content["notes"])
    assert len(run.error_lines) == 1


def test_fetch_says_where_a_file_is(cli, small):
    (row,) = json.loads(cli("fetch", small, "--format", "json").stdout)["files"]
    assert (row["status"], row["origin"], row["path"]) == ("ok", "file", str(small))
    assert row["file_format"] == "pdb"


@pytest.mark.entries
class TestRealEntries:
    def test_several_mirrors_in_order(self, cli, mirror, tmp_path):
        empty = tmp_path / "empty"
        empty.mkdir()
        run = cli(
            "fetch", "1Z92", "--mirror", empty, "--mirror", mirror, "--format", "json"
        )
        (row,) = json.loads(run.stdout)["files"]
        assert (row["origin"], row["path"]) == (
            "mirror",
            str(mirror / "1Z92.pdb.gz"),
        )

    def test_structures_is_the_cache_that_is_read(self, cli, mirror, tmp_path):
        cache = tmp_path / "structures"
        cache.mkdir()
        (cache / "1Z92.pdb.gz").write_bytes((mirror / "1Z92.pdb.gz").read_bytes())
        run = cli(
            "fetch", "1Z92", "--structures", cache, "--offline", "--format", "json"
        )
        assert json.loads(run.stdout)["files"][0]["origin"] == "cache"

    def test_between_by_role_finds_every_complex(self, cli, mirror):
        run = cli(
            "interfaces",
            "2ERJ",
            "--mirror",
            mirror,
            "--between",
            "IL2/IL2RA",
            "--format",
            "json",
        )
        found = json.loads(run.stdout)["interfaces"]
        assert [(r["complex_id"], r["role_1"], r["role_2"]) for r in found] == [
            ("1", "IL2", "IL2RA"),
            ("2", "IL2", "IL2RA"),
        ]

    def test_between_by_role_and_by_chain_is_the_same_interface(self, cli, mirror):
        tables = [
            json.loads(
                cli(
                    "interfaces",
                    "2B5I",
                    "--mirror",
                    mirror,
                    "--between",
                    between,
                    "--format",
                    "json",
                ).stdout
            )["interfaces"]
            for between in ("IL2/IL2RA,IL2RB", "A/D,B", "il2/il2ra,il2rb")
        ]
        for (row,) in tables:
            del row["interface_id"]
        assert tables[0] == tables[1] == tables[2]

    def test_model_is_the_first_or_the_one_asked_for(self, cli, mirror):
        def model(*options: object) -> dict[str, object]:
            run = cli("roles", "2NA8", "--mirror", mirror, "--format", "json", *options)
            assert run.status == 0
            return json.loads(run.stdout)["entries"][0]

        assert model()["model_number"] == 1
        assert model("--model", 5)["model_number"] == 5


def test_options_have_the_defaults_of_the_parameters():
    from il2struct.cli.options import CommonOptions, Request
    from il2struct.interface.interface import InterfaceParameters
    from il2struct.structure.read import ReadOptions

    assert Request().parameters() == InterfaceParameters()
    common = CommonOptions()
    reading = ReadOptions(model=common.model, altloc=common.altloc)
    assert reading == ReadOptions()


def test_options_of_a_response_have_the_defaults_of_its_settings():
    from il2struct.cli.crystal import response
    from il2struct.network.response.dose_response import ResponseSettings

    offered = inspect.signature(response).parameters
    for field in dataclasses.fields(ResponseSettings):
        if field.name in offered and field.name != "cell":
            assert offered[field.name].default == field.default, field.name


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
def test_sc_all_that_is_asked_of_one_interface(cli, mirror, tmp_path):
    out, dots = tmp_path / "out", tmp_path / "dots"
    found = cli(
        "sc", "1Z92", "--mirror", mirror, "--offline", "-o", out, "--dots", dots
    )
    assert found.status == 0
    table = pd.read_csv(out / "interfaces.csv")
    row = table.iloc[0]
    assert row["sc"] == pytest.approx(
        (row["sc_1_to_2"] + row["sc_2_to_1"]) / 2, abs=1e-6
    )
    assert 0 < row["sc_error"] < 0.1
    assert row["sc_converged"] > row["sc"]
    residues = pd.read_csv(out / "sc_residues.csv")
    atoms = pd.read_csv(out / "sc_atoms.csv")
    for local in (residues, atoms):
        assert local["n_dots"].sum() == row["n_dots"]
        assert local["trimmed_area_a2"].sum() == pytest.approx(
            row["trimmed_area_a2"], rel=1e-5
        )
    names = sorted(path.name for path in dots.iterdir())
    stem = "1Z92_1_IL2-IL2RA"
    assert names == sorted(
        f"{stem}{end}" for end in (".py", "_1.ply", "_2.ply", "_1.cif", "_2.cif")
    )
    coloured = gemmi.read_structure(str(dots / f"{stem}_1.cif"))
    values = [atom.b_iso for chain in coloured[0] for r in chain for atom in r]
    assert max(values) <= 1.0
    assert sum(value != 0 for value in values) > 50


def test_sc_a_density_that_cannot_be_is_wrong_usage(cli, small):
    found = cli("sc", small, "--density", "-1")
    assert found.status == 2
    assert "dot_density_per_a2" in found.stderr


@pytest.mark.entries
def test_sc_sides_density_and_probe_are_those_asked_for(cli, mirror):
    rows = []
    sides = ("--between", "IL2RA/IL2")
    for options in (sides, ("--density", "30"), ("--probe", "1.4")):
        found = cli(
            "sc", "1Z92", "--mirror", mirror, "--offline", "--format", "json", *options
        )
        rows.append(json.loads(found.stdout)["interfaces"][0])
    assert [row["interface_id"] for row in rows] == ["IL2RA/IL2", *["IL2/IL2RA"] * 2]
    assert [row["dot_density_per_a2"] for row in rows] == [15.0, 30.0, 15.0]
    assert len({row["sc"] for row in rows}) == 3
    assert rows[1]["n_dots"] > 1.8 * rows[0]["n_dots"]


def test_pages_are_listed_and_printed(cli):
    listed = cli("docs")
    assert listed.status == 0
    assert "how-to/figures" in listed.stdout
    for name in ("tables", "docs/tables.md"):
        page = cli("docs", name)
        assert page.status == 0
        assert page.stdout.startswith("# Tables\n")


def test_a_page_that_is_not_there(cli):
    run = cli("docs", "nothing")
    assert run.status == 2
    assert "no page 'nothing'" in run.stderr


def test_columns_of_a_table(cli, tmp_path):
    target = tmp_path / "columns.csv"
    assert cli("tables", "--describe", "bonds", "-o", str(target)).status == 0
    found = pd.read_csv(target)
    assert found["column"].tolist() == column_names("bonds")
    assert found["meaning"].notna().all()


def test_describe_says_what_is_wrong(cli, tmp_path):
    for arguments, words in (
        (["--describe", "bond"], "there is no table 'bond'"),
        ([str(tmp_path), "--describe", "bonds"], "--describe stands alone"),
        ([], "name the FOLDER"),
    ):
        run = cli("tables", *arguments)
        assert run.status == 2
        assert words in run.stderr
