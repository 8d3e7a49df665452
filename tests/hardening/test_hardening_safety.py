"""Nothing is run from data, nothing is written or fetched where it must not be, no GPL."""

import ast
import importlib.util
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from il2struct.archive.download import open_client
from il2struct.archive.files import parse_entry_id
from il2struct.archive.retrieval import cached_path, partial_path
from il2struct.archive.settings import DEFAULT_SITES, entry_urls
from il2struct.errors import ParameterError
from il2struct.escape import folder_name

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "il2struct"

#: Modules that run or rebuild what they read.
DANGEROUS_IMPORTS = {
    "pickle", "cPickle", "dill", "cloudpickle", "joblib", "marshal", "shelve", "yaml", "xml", "lxml",
    "subprocess", "ctypes", "code", "runpy", "pty", "commands", "zipfile", "tarfile", "socket",
    "ftplib", "telnetlib", "smtplib", "http",
}  # fmt: skip
#: Calls that do, by the end of their name.
DANGEROUS_CALLS = {
    "eval", "exec", "compile", "__import__", "system", "popen", "execv", "execvp", "spawnl",
    "read_pickle", "to_pickle", "extractall", "mktemp", "allow_pickle", "unsafe_load",
}  # fmt: skip
#: Where one of them is in order, and why.
ALLOWED = {
    (
        "archive/viewer_library.py",
        "subprocess",
    ): "calls npm, with a list of fixed words",
    ("archive/viewer_library.py", "tarfile"): "one member, whose checksum is pinned",
    ("batches/processes.py", "pickle"): "the task that it writes to its own workers",
    ("batches/processes.py", "subprocess"): "starts this Python, with fixed words",
    (
        "network/evidence/uncertainty.py",
        "xml",
    ): "files that declare entities are refused",
    ("predicted.py", "zipfile"): "only the name of its error; numpy reads",
}


def _imports(tree: ast.AST) -> set[str]:
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.partition(".")[0])
    return found


def _calls(tree: ast.AST) -> set[str]:
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            # re.compile makes a pattern, not code.
            if name != "re.compile":
                found.add(name.rpartition(".")[2])
            found |= {word.arg for word in node.keywords if _is_true(word)}
    return found


def _is_true(word: ast.keyword) -> bool:
    return isinstance(word.value, ast.Constant) and word.value.value is True


def test_nothing_is_run_or_rebuilt_from_data():
    found = set()
    for path in SOURCE.rglob("*.py"):
        tree = ast.parse(path.read_text("utf-8"))
        name = path.relative_to(SOURCE).as_posix()
        found |= {(name, word) for word in _imports(tree) & DANGEROUS_IMPORTS}
        found |= {(name, word) for word in _calls(tree) & DANGEROUS_CALLS}
        # numpy unpickles only where it is told to; a shell reads only what it is given.
        found |= {(name, word) for word in _calls(tree) & {"shell", "allow_pickle"}}
    # Both ways: a reason for what is no longer there would hide the next one.
    assert found == set(ALLOWED)


def test_the_scan_sees_what_it_looks_for():
    text = (
        "import pickle.x\nfrom yaml import load\nnp.load(f, allow_pickle=True)\neval(x)"
    )
    tree = ast.parse(text)
    assert _imports(tree) == {"pickle", "yaml"}
    assert {"allow_pickle", "eval", "load"} <= _calls(tree)


@given(st.text(max_size=16))
def test_what_passes_as_an_id_stays_in_its_folder_and_its_url(text):
    try:
        entry_id = parse_entry_id(text)
    except ParameterError:
        return
    cache = Path("/cache")
    assert cached_path(cache, entry_id, "mmcif", is_gzip=True).parent == cache
    assert partial_path(cache, entry_id).parent.parent == cache
    for site in DEFAULT_SITES:
        for url in entry_urls(site.mmcif + site.pdb, entry_id):
            parsed = httpx.URL(url)
            assert parsed.scheme == "https"
            assert ".." not in url
            assert not any((parsed.query, parsed.fragment, parsed.userinfo))


@given(st.text(max_size=40))
def test_folders_of_a_report_are_plain_names(text):
    name = folder_name(text)
    assert name
    assert Path(name).name == name
    assert not set(name) & set("./\\:\0\n\r")


@pytest.mark.parametrize("target", ["file:///etc/passwd", "data:text/plain,x"])
def test_the_client_speaks_no_other_scheme(target):
    # What a redirect leads to goes through the same client; see the tests of the archive.
    with open_client() as client, pytest.raises(httpx.UnsupportedProtocol):
        client.get(target)


def _script(name: str):
    path = ROOT / "scripts" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_no_dependency_is_under_the_gpl(capsys):
    script = _script("licences")
    names = set(script.needed(script.requirements()))
    # The walk goes through: extras, and what dependencies need in their turn.
    assert {"numpy", "mdanalysis", "griddataformats", "distributed", "py3dmol"} <= names
    assert "arpeggia" not in names
    assert script.main() == 0
    assert len(capsys.readouterr().out.splitlines()) == len(names)


@pytest.mark.parametrize(
    ("text", "is_gpl"),
    [
        ("GPL-2.0-or-later", True),
        ("GNU General Public License v3 (GPLv3)", True),
        ("AGPL-3.0-only", True),
        ("GPLv2+", True),
        ("LGPL-2.1-or-later", False),
        ("GNU Lesser General Public License v3 or later (LGPLv3+)", False),
        ("GNU Library General Public License", False),
        ("MIT OR GPL-2.0", False),
        ("BSD License", False),
        ("MPL-2.0 AND MIT", False),
    ],
)
def test_the_gpl_is_told_from_the_lesser_one(text, is_gpl):
    assert _script("licences").is_gpl(text) is is_gpl


def test_an_audit_that_asked_nobody_does_not_look_like_a_pass():
    verdict = _script("audit").verdict
    sound = {"name": "a", "version": "1", "vulns": []}
    bad = {"name": "b", "version": "2", "vulns": [{"id": "CVE-1"}]}
    unknown = {"name": "c", "skip_reason": "not found"}
    assert verdict([], "no network")[0].startswith("NOT AUDITED")
    assert verdict([], "no network")[1:] == (False, True)
    text, has_vulnerability, has_gap = verdict([sound, unknown], "")
    assert text.startswith("NOT AUDITED: 1 of 2 packages, such as c (not found)")
    assert (has_vulnerability, has_gap) == (False, True)
    text, has_vulnerability, has_gap = verdict([sound, bad], "")
    assert text.startswith("b 2: CVE-1")
    assert (has_vulnerability, has_gap) == (True, False)
    assert (
        verdict([sound], "")[0] == "audited 1 packages, 0 with known vulnerabilities\n"
    )
