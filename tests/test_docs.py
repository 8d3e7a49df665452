"""Every code block of the README and of ``docs/`` runs, in the order of the page, and prints what is shown."""

import ast
import contextlib
import io
import json
import os
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import il2struct

ROOT = Path(__file__).parents[1]
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").glob("**/*.md")])
NOTEBOOKS = sorted((ROOT / "docs" / "notebooks").glob("*.ipynb"))
FENCE = re.compile(r"^```(\w*)[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
#: What other machines do (installing, clusters, notebooks); shown, not run here.
ELSEWHERE = ("make", "pip", "python -m venv", "git", "sbatch", "apt-get", "dask", "#")
#: Kinds of fence that hold no code.
OUTPUT = ("", "text", "json", "sql", "csv", "bibtex")


def blocks_of(page):
    return FENCE.findall(page.read_text(encoding="utf-8"))


def _id(page):
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("page", PAGES, ids=_id)
def test_every_fence_says_what_it_is(page):
    text = page.read_text(encoding="utf-8")
    assert text.count("```") == 2 * len(blocks_of(page)), "a fence is not closed"
    for kind, body in blocks_of(page):
        assert kind in (*OUTPUT, "python", "sh", "console"), kind
        if kind == "console":  # not run: nothing of ours may hide there
            for line in body.splitlines():
                assert not line.strip() or line.startswith((*ELSEWHERE, " ")), line
        if kind == "":
            assert "il2struct " not in body, "a command in a fence without a name"


def modules_of(code):
    """The modules of this package that some code imports, and what it takes from them."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            yield from ((alias.name, None) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.module, alias.name) for alias in node.names)


@pytest.mark.parametrize("page", PAGES, ids=_id)
def test_code_of_a_page_imports_public_names_only(page):
    public = ("il2struct", "il2struct.figures", "il2struct.errors")
    for kind, body in blocks_of(page):
        if kind != "python":
            continue
        for module, name in modules_of(body):
            if module.partition(".")[0] != "il2struct":
                continue
            assert module in public, f"{page.name} imports {module}"
            known = {*dir(import_module(module)), "figures", "errors", None}
            assert name in known, f"{module}.{name} is not public"
        for name in re.findall(r"\bil2struct\.(\w+)", body):
            assert name in (*il2struct.__all__, "figures", "errors"), name


def test_the_map_of_the_house_is_true():
    """Every file that the page on development names is there, and it names every part of the package."""
    page = (ROOT / "docs" / "development.md").read_text(encoding="utf-8")
    package = Path(il2struct.__file__).parent
    named = re.findall(r"`([\w/]+/|[\w/]*\w\.\w+)`", page)
    places = {name for name in named if "/" in name or name.endswith(".py")}
    missing = [n for n in places if not (package / n).exists() | (ROOT / n).exists()]
    assert not missing
    # Folders that moved away leave what was compiled.
    kept = (p for p in package.iterdir() if p.is_file() or any(p.glob("*.*")))
    parts = {path.name for path in kept if not path.name.startswith("_")}
    generators = {"public_api.py", "json_schema.py", "py.typed"}
    assert parts - generators <= {name.rstrip("/") for name in places}
    layers = re.findall(
        r'^  "il2struct.*"', (ROOT / "pyproject.toml").read_text(), re.M
    )
    for name in re.findall(r"il2struct\.(\w+)", " ".join(layers)):
        assert f"`{name}/`" in page or f"`{name}.py`" in page, name


@pytest.mark.entries
@pytest.mark.slow
@pytest.mark.parametrize(
    "page",
    [p for p in PAGES if any(kind in ("python", "sh") for kind, _ in blocks_of(p))],
    ids=_id,
)
def test_code_of_a_page_runs(page, mirror, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("IL2STRUCT_MIRROR", str(mirror))
    monkeypatch.setenv(
        "PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    )
    namespace = {"__name__": "__main__"}
    text = page.read_text(encoding="utf-8")
    printed, end = None, 0
    for fence in FENCE.finditer(text):
        kind, body = fence.groups()
        if (
            kind == "text"
            and printed is not None
            and not text[end : fence.start()].strip()
        ):
            assert _plain(printed) == _plain(body), "the page shows another output"
        printed, end = None, fence.end()
        if kind == "python":
            with contextlib.redirect_stdout(io.StringIO()) as caught:
                exec(compile(body, f"{page.name}", "exec"), namespace)  # our own pages
            printed = caught.getvalue()
        elif kind == "sh":
            done = subprocess.run(
                ["bash", "-euo", "pipefail", "-c", body],
                env=dict(os.environ),  # readline sets COLUMNS behind Python's back
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, f"{body}\n{done.stderr}"
            printed = done.stdout


@pytest.mark.entries
@pytest.mark.slow
@pytest.mark.parametrize("path", NOTEBOOKS, ids=_id)
def test_a_notebook_shows_what_its_cells_give(path, mirror, tmp_path, monkeypatch):
    from notebooks import executed

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("IL2STRUCT_MIRROR", str(mirror))
    notebook = json.loads(path.read_text(encoding="utf-8"))
    assert path.stat().st_size < 200_000
    assert words_of(executed(notebook)) == words_of(notebook)


def words_of(notebook):
    """What stands in a notebook and below its cells; of a picture, that it is there."""
    return [
        [
            "".join(cell["source"]),
            *(
                {
                    kind: "image/png" if kind == "image/png" else data
                    for kind, data in output.get("data", output).items()
                }
                for output in cell.get("outputs", [])
            ),
        ]
        for cell in notebook["cells"]
    ]


def _plain(printed):
    return [line.rstrip() for line in printed.strip("\n").splitlines()]
