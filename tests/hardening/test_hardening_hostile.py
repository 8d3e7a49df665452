"""Text of an entry stays text in everything that the commands write."""

import csv
import io
import json
import logging
import shutil
from html.parser import HTMLParser
from pathlib import Path

import gemmi
import pytest
import typer
from hostile import CHAINS, COMMANDS, MARKUP, STEM, write_hostile
from typer.testing import CliRunner

from il2struct.cli.app import app
from il2struct.results.study import load

#: Arguments of each command: {file} is the entry, {again} a copy, {out} an output folder.
ARGUMENTS = {
    "fetch": "{file} -o {out}",
    "roles": "{file} -o {out}",
    "interfaces": "{file} --sc value -o {out}",
    "residues": "{file} -o {out}",
    "bonds": "{file} --concordance -o {out}",
    "sc": "{file} --dots {out}/dots -o {out}",
    "report": "{file} --sc value --no-figures -o {out}",
    "lattice": "{file} -o {out}",
    "compare": "{file} {again} -o {out}",
    "overlap": "{file} -o {out}",
    "variants": "{file} --mutations IL2:F42A -o {out}",
    "agonists": "{file} -o {out}",
    "ligands": "{file} -o {out}",
    "unsatisfied": "{file} -o {out}",
    "predicted": "{file} -o {out}",
    "patch": "{file} -o {out}/patch.cif",
    "network": "{file} -o {out}",
    "response": "-o {out}",
    "scene": "{file} -o {out}",
    "figures": "{file} --format svg -o {out}",
    "batch": "{file} -o {out} --jobs 1",
    "trajectory": "{file} --sc-every 0 -o {out}",
}
#: Those that ask about contacts of the crystal.
CRYSTAL = ("patch", "network", "compare", "overlap", "agonists")
#: Those that write tables, in each format of a table.
TABLES = (
    "fetch",
    "roles",
    "interfaces",
    "residues",
    "bonds",
    "sc",
    "lattice",
    "unsatisfied",
    "predicted",
)


@pytest.fixture(autouse=True)
def own_place(tmp_path, monkeypatch):
    """A folder to work in that shows what is written beside the output."""
    here = tmp_path / "a" / "b" / "here"
    here.mkdir(parents=True)
    monkeypatch.chdir(here)
    monkeypatch.setenv("IL2STRUCT_MIRROR", "")
    monkeypatch.setenv("IL2STRUCT_STRUCTURES", str(tmp_path / "cache"))
    logger = logging.getLogger("il2struct")
    before = (logger.handlers[:], logger.level)
    yield here
    logger.handlers[:], logger.level = before


@pytest.fixture
def evil(mirror, tmp_path) -> Path:
    folder = tmp_path / "given"
    folder.mkdir()
    return write_hostile(mirror, folder, is_cut=True)


@pytest.fixture
def whole(mirror, tmp_path) -> Path:
    """With its crystal contacts."""
    folder = tmp_path / "given"
    folder.mkdir()
    return write_hostile(mirror, folder, is_cut=False)


def assert_plain(text: str, what: object) -> None:
    """No character that moves a cursor, rings a bell or turns text around."""
    bad = {c for c in text if not c.isprintable() and c not in "\n\r\t\xa0"}
    assert not bad, (what, bad)


class _Page(HTMLParser):
    """Elements of a page and what its scripts say."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: set[str] = set()

    def handle_starttag(self, tag, attrs) -> None:
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}


def check_markup(text: str, path: Path) -> None:
    assert not [word for word in MARKUP if word in text], path
    if path.suffix == ".html":
        page = _Page()
        page.feed(text)
        assert "onerror" not in page.attributes


def check_script(text: str, path: Path) -> None:
    assert not [word for word in (*MARKUP, *COMMANDS) if word in text], path
    assert "quit" not in {line.strip() for line in text.splitlines()}
    if path.suffix == ".py":
        compile(text, str(path), "exec")


def check_json(text: str, path: Path) -> None:
    for part in text.splitlines() if path.suffix == ".jsonl" else [text]:
        json.loads(part)


def check_csv(text: str, path: Path) -> None:
    rows = list(csv.reader(io.StringIO(text)))
    assert len({len(row) for row in rows}) == 1, path


def check_mmcif(text: str, path: Path) -> None:
    structure = gemmi.make_structure_from_block(gemmi.cif.read_string(text)[0])
    assert len(structure[0]), path


#: What is looked for in a file, by its ending; others are read by no interpreter.
CHECKS = {
    ".md": check_markup,
    ".html": check_markup,
    ".svg": check_markup,
    ".py": check_script,
    ".pml": check_script,
    ".cxc": check_script,
    ".json": check_json,
    ".mvsj": check_json,
    ".jsonl": check_json,
    ".csv": check_csv,
    ".cif": check_mmcif,
}
#: Files that are no text.
BINARY = (".parquet", ".png", ".pdf", ".sqlite")


def check_file(path: Path) -> None:
    """Whatever language a file is in, nothing of the entry is part of it."""
    if path.suffix in BINARY:
        return
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".html":  # the viewer's own script speaks of odd characters
        assert_plain(text, path)
    if path.suffix in CHECKS:
        CHECKS[path.suffix](text, path)


def files_below(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if path.is_file()}


@pytest.mark.entries
def test_the_file_is_as_hostile_as_it_says(whole):
    study = load(whole, mirrors=[], offline=True)
    assert study.entry.entry_id == STEM
    assert study.entry.title.startswith('<script>alert(1)</script> "; quit')
    assert set(study.chains["auth_asym_id"]) == set(CHAINS.values())
    assert "<I>" in study.entry.residues.name
    # … and the complex is found all the same.
    assert len(study.interfaces()) == 4


def test_every_command_is_tried():
    commands = typer.main.get_command(app).commands
    # Tables are those of a batch, below; docs reads no entry.
    assert set(commands) - {"tables", "docs"} == set(ARGUMENTS)


@pytest.mark.entries
@pytest.mark.slow
@pytest.mark.parametrize("command", [c for c in ARGUMENTS if c not in CRYSTAL])
def test_what_a_command_writes_is_safe(evil, own_place, tmp_path, command):
    check_command(command, evil, own_place, tmp_path)


@pytest.mark.entries
@pytest.mark.slow
@pytest.mark.parametrize("command", CRYSTAL)
def test_what_a_command_writes_of_a_crystal_is_safe(
    whole, own_place, tmp_path, command
):
    check_command(command, whole, own_place, tmp_path)


def check_command(command: str, file: Path, here: Path, root: Path) -> None:
    again = file.with_name(f"again-{file.name}")
    shutil.copy(file, again)
    before = files_below(root)
    words = ARGUMENTS[command].split()
    given = [word.format(file=file, again=again, out="out") for word in words]
    # What reads no entry brings none.
    offline = [] if command in ("response", "trajectory") else ["--offline"]
    result = CliRunner().invoke(app, [command, *given, *offline])
    assert result.exit_code == 0, result.stderr
    for said in (result.stdout, result.stderr):
        assert_plain(said, command)
    written = files_below(root) - before
    allowed = (here / "out", root / "cache")
    assert any(path.is_relative_to(here / "out") for path in written)
    for path in written:
        assert any(path.is_relative_to(folder) for folder in allowed), path
        check_file(path)


@pytest.mark.entries
@pytest.mark.slow
@pytest.mark.parametrize("output_format", ["table", "csv", "json"])
def test_what_a_terminal_shows_is_safe(evil, output_format):
    for command in TABLES:
        given = [command, str(evil), "--offline", "--format", output_format]
        result = CliRunner().invoke(app, given)
        assert result.exit_code == 0, result.stderr
        assert_plain(result.stdout, command)
        assert_plain(result.stderr, command)
        if output_format == "json":
            json.loads(result.stdout)
        if output_format == "csv":
            rows = list(csv.reader(io.StringIO(result.stdout)))
            assert len({len(row) for row in rows}) == 1


@pytest.mark.entries
@pytest.mark.slow
def test_tables_of_a_batch_are_safe(evil):
    runner = CliRunner()
    given = ["batch", str(evil), "--offline", "-o", "out", "--jobs", "1"]
    assert runner.invoke(app, given).exit_code == 0
    for more in ([], ["--sql", "select auth_asym_id, role from chains"]):
        result = runner.invoke(app, ["tables", "out", *more])
        assert result.exit_code == 0, result.stderr
        assert_plain(result.stdout, more)


@pytest.mark.entries
def test_csv_keeps_the_text_as_it_is(evil):
    # No mark is put before a formula: tables are data, and joins need the names as they are.
    given = ["roles", str(evil), "--offline", "--format", "csv"]
    rows = list(csv.DictReader(io.StringIO(CliRunner().invoke(app, given).stdout)))
    assert {row["auth_asym_id"] for row in rows} == set(CHAINS.values())


@pytest.mark.entries
def test_a_notebook_shows_text_as_text(evil):
    study = load(evil, mirrors=[], offline=True)
    for shown in (study, study.interfaces()):
        html = shown._repr_html_()
        assert not [word for word in MARKUP if word in html]
        assert_plain(html, shown)


@pytest.mark.entries
def test_an_error_is_one_plain_line(evil, tmp_path):
    broken = tmp_path / "given" / "\x1b[31m\nred; quit.cif"
    broken.write_bytes(evil.read_bytes()[:5000])
    result = CliRunner().invoke(app, ["interfaces", str(broken), "--offline"])
    assert result.exit_code == 1
    assert_plain(result.stderr, "stderr")
    assert len(result.stderr.strip().splitlines()) == 1
