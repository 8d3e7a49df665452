"""The program as its own process: signals, pipes, what it imports, the same bytes again."""

import errno
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

PROGRAM = (sys.executable, "-m", "il2struct")
#: Libraries that the help must not load; each costs 0.1 s or more.
HEAVY = (
    "numpy",
    "pandas",
    "scipy",
    "scipy.linalg",
    "gemmi",
    "numba",
    "Bio",
    "MDAnalysis",
    "matplotlib",
    "networkx",
    "freesasa",
    "pyarrow",
    "httpx",
    "jinja2",
    "markdown_it",
)


@pytest.fixture
def environment() -> dict[str, str]:
    # Unbuffered text output drops what a partial write left over, in Python itself.
    return {k: v for k, v in os.environ.items() if k != "PYTHONUNBUFFERED"}


def run(
    *arguments: object, environment: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*PROGRAM, *map(str, arguments)],
        capture_output=True,
        encoding="utf-8",
        timeout=300,
        env=environment,
    )


#: Which heavy libraries are loaded after each of some commands in one process.
LOADED = f"""
import json, sys
from typer.testing import CliRunner
from il2struct.cli.app import app
found = []
for arguments in json.loads(sys.argv[1]):
    run = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert run.exit_code == 0, run.stderr
    found.append([name for name in {HEAVY!r} if name in sys.modules])
print(json.dumps(found))
"""


def test_each_command_loads_only_what_it_needs(environment, small):
    commands = [["--help"], ["--version"], ["report", "--help"]]
    commands += [["roles", str(small)], ["interfaces", str(small)]]
    done = subprocess.run(
        [sys.executable, "-c", LOADED, json.dumps(commands)],
        capture_output=True,
        text=True,
        timeout=300,
        env=environment,
        check=True,
    )
    *of_help, of_roles, of_interfaces = map(set, json.loads(done.stdout))
    assert of_help == [set()] * 3
    assert {"numpy", "pandas", "gemmi"} <= of_roles
    never = {"scipy.linalg", "MDAnalysis", "matplotlib", "networkx", "httpx"}
    assert not of_roles & (never | {"numba", "scipy"})
    assert not of_interfaces & never


def test_module_and_version(environment):
    from il2struct import __version__

    done = run("--version", environment=environment)
    assert (done.returncode, done.stdout, done.stderr) == (
        0,
        f"il2struct {__version__}\n",
        "",
    )


def test_json_in_an_ascii_locale_is_still_utf_8(environment, small):
    small.write_text(
        small.read_text().replace("two small chains", "two small chains α"),
        encoding="utf-8",
    )
    done = run(
        "interfaces",
        small,
        "--format",
        "json",
        environment={**environment, "LC_ALL": "C", "PYTHONIOENCODING": "ascii"},
    )
    told = (
        "il2struct: small: 1 note: Bytes that are no printable text are read as the character _; "
        "see notes (il2struct roles -o FOLDER).\n"
    )
    assert (done.returncode, done.stderr) == (0, told)
    assert json.loads(done.stdout)["interfaces"]


def when_read(fifo: Path) -> int:
    """Open a named pipe as soon as another process reads it; without it, fail in 300 s."""
    for _ in range(3000):
        try:
            return os.open(fifo, os.O_WRONLY | os.O_NONBLOCK)
        except OSError as error:
            if error.errno != errno.ENXIO:
                raise
            time.sleep(0.1)
    pytest.fail(f"nothing has read {fifo}")


def test_ctrl_c_ends_with_130_and_says_nothing(environment, tmp_path):
    fifo = tmp_path / "endless.txt"
    os.mkfifo(fifo)
    process = subprocess.Popen(
        [*PROGRAM, "interfaces", f"@{fifo}"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
        # A shell that runs the tests in the background makes its children ignore SIGINT.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    writer = when_read(fifo)  # the program reads its list: it is at work
    process.send_signal(signal.SIGINT)
    stdout, stderr = process.communicate(timeout=300)
    os.close(writer)
    assert (process.returncode, stdout, stderr) == (130, b"", b"")


@pytest.mark.parametrize("output_format", ["table", "json"])
def test_a_reader_that_goes_away_gets_no_traceback(environment, small, output_format):
    process = subprocess.Popen(
        [*PROGRAM, "bonds", str(small), "--format", output_format],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
    )
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    stderr = process.stderr.read()
    process.stderr.close()
    assert process.wait(timeout=300) == 1
    assert stderr == b""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is full")
def test_a_full_disk_behind_stdout_is_one_line(environment, small):
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [*PROGRAM, "interfaces", str(small)],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
            timeout=300,
        )
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "cannot be written" in done.stderr


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_permission_is_one_line(environment, small, tmp_path):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o500)
    done = run("interfaces", small, "-o", closed / "x.csv", environment=environment)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert str(closed) in done.stderr


@pytest.mark.entries
@pytest.mark.slow
def test_another_process_writes_the_same_bytes(environment, mirror, tmp_path):
    folders = [tmp_path / "first", tmp_path / "second"]
    for number, folder in zip("12", folders, strict=True):
        names = ("PYTHONHASHSEED", "NUMBA_NUM_THREADS", "OMP_NUM_THREADS")
        done = run(
            "report",
            "2B5I",
            "1Z92",
            "--mirror",
            mirror,
            "--offline",
            "-o",
            folder,
            environment={**environment, **dict.fromkeys(names, number)},
        )
        assert done.returncode == 0
        assert done.stdout == ""
    files = [
        {p.relative_to(f): p.read_bytes() for p in f.rglob("*") if p.is_file()}
        for f in folders
    ]
    assert files[0].keys() == files[1].keys()
    # The provenance holds the time.
    different = {str(name) for name in files[0] if files[0][name] != files[1][name]}
    assert different <= {"provenance.json"}
