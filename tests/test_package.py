"""The face of the package: its names, and that importing it costs nothing."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import il2struct
from il2struct import errors

ROOT = Path(__file__).parents[1]
HEAVY = (
    "numpy",
    "pandas",
    "gemmi",
    "numba",
    "Bio",
    "MDAnalysis",
    "matplotlib",
    "scipy",
    "freesasa",
    "networkx",
    "pyarrow",
    "httpx",
    "typer",
    "rich",
)


def in_a_new_process(statements: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", statements], capture_output=True, text=True, check=True
    )
    assert done.stderr == ""
    return done.stdout.strip()


def test_import_loads_nothing_heavy_and_leaves_the_log_alone():
    code = (
        "import sys, il2struct; dir(il2struct); il2struct.ParameterError; "
        f"loaded = [n for n in {HEAVY!r} if n in sys.modules]\n"
        "import logging; il2struct.load; from il2struct import *; print(load.__name__, "
        "Role.IL2, loaded, logging.getLogger('il2struct').handlers, logging.root.handlers)\n"
        # Figures come without matplotlib until one is asked for, and never with its windows.
        "import il2struct.figures as f; print('matplotlib' in sys.modules)\n"
        "[getattr(f, n) for n in f.__all__]; print('matplotlib.pyplot' in sys.modules)"
    )
    assert in_a_new_process(code) == "load IL2 [] [] []\nFalse\nFalse"


@pytest.mark.parametrize("name", il2struct.__all__)
def test_every_public_name_is_there_and_documented(name):
    value = getattr(il2struct, name)
    if name not in ("__version__", "PRESETS"):
        assert value.__doc__
        assert value.__name__ == name


def test_names_are_sorted_listed_and_complete():
    assert sorted(set(il2struct.__all__)) == sorted(il2struct.__all__)
    assert dir(il2struct) == sorted(il2struct.__all__)
    raised = {
        name
        for name, value in vars(errors).items()
        if isinstance(value, type) and issubclass(value, errors.Il2StructError)
    }
    assert raised <= set(il2struct.__all__)


def test_unknown_names_are_attribute_errors():
    with pytest.raises(AttributeError, match="'il2struct' has no attribute 'laod'"):
        il2struct.laod  # noqa: B018  # looking it up is the test
    assert not hasattr(il2struct, "numpy")


def test_the_program_ends_quietly_when_interrupted_early(monkeypatch):
    import il2struct.cli
    import il2struct.cli.app

    def interrupted(**_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(il2struct.cli.app, "app", interrupted)
    with pytest.raises(SystemExit) as ended:
        il2struct.cli.run()
    assert ended.value.code == 130


def test_the_program_exits_with_the_status_of_the_command(monkeypatch):
    import il2struct.cli

    monkeypatch.setattr(sys, "argv", ["il2struct", "roles"])
    with pytest.raises(SystemExit) as ended:
        il2struct.cli.run()
    assert ended.value.code == 2


def test_what_a_release_says_of_itself_agrees():
    """The version and what is needed stand in four places."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    recipe = (ROOT / "packaging" / "conda" / "recipe.yaml").read_text()
    version = il2struct.__version__
    assert f"\nversion: {version}\n" in (ROOT / "CITATION.cff").read_text()
    assert f'version: "{version}"' in recipe
    assert f"## [{version}]" in (ROOT / "CHANGELOG.md").read_text()
    called = {"matplotlib": "matplotlib-base", "duckdb": "python-duckdb"}
    wanted = [re.match(r"([\w-]+)(>=.*)", text) for text in project["dependencies"]]
    needed = [f"{called.get(m[1], m[1]).lower()} {m[2]}" for m in wanted]
    run = recipe.partition("  run:\n")[2].partition("\n\n")[0]
    assert re.findall("- (.*)", run) == ["python >=${{ python_min }}", *needed]
