"""What the suite promises of itself."""

import shutil
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

HANGS = """
import subprocess

def test_hangs():
    child = subprocess.Popen(["sleep", "3000"], start_new_session=True)
    with open({pids!r}, "w") as file:
        file.write(str(child.pid))
    child.wait()
"""


@pytest.mark.slow
def test_what_a_hung_test_started_ends_with_it(tmp_path):
    pids = tmp_path / "pids"
    for name in ("conftest.py", "absent.py"):
        shutil.copy(Path(__file__).with_name(name), tmp_path)
    (tmp_path / "test_hangs.py").write_text(HANGS.format(pids=str(pids)))
    options = ["-p", "no:cacheprovider", "-p", "no:randomly", "--timeout", "5"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, str(tmp_path)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "child.wait()" in done.stdout
    assert not psutil.pid_exists(int(pids.read_text()))
