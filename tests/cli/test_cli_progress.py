"""A bar on a real terminal, nothing elsewhere, and the same on stdout."""

import os
import pty
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

import pytest

from il2struct.progress import Progress

COMMAND = (sys.executable, "-m", "il2struct", "interfaces")


def on_a_terminal(*arguments: object) -> tuple[str, str]:
    """What a command writes to stdout, and to a terminal as stderr."""
    ours, theirs = pty.openpty()
    parts: list[bytes] = []

    def read() -> None:  # while the program writes: a terminal holds a few kilobytes
        with suppress(OSError):  # how a terminal says that the other end is closed
            while part := os.read(ours, 10_000):
                parts.append(part)

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    try:
        done = subprocess.run(
            [*COMMAND, *map(str, arguments)],
            stdout=subprocess.PIPE,
            stderr=theirs,
            check=True,
            timeout=300,
        )
    finally:
        os.close(theirs)
    reader.join(60)
    os.close(ours)
    return done.stdout.decode(), b"".join(parts).decode()


@pytest.fixture
def two(small: Path) -> tuple[Path, Path]:
    other = small.with_name("another.pdb")
    other.write_text(small.read_text())
    return small, other


def test_progress_is_shown_on_a_terminal_only(two):
    plain = subprocess.run(
        [*COMMAND, *map(str, two)], capture_output=True, check=True, timeout=300
    )
    stdout, shown = on_a_terminal(*two)
    assert "0%" in shown
    assert stdout == plain.stdout.decode()
    assert b"%" not in plain.stderr
    assert on_a_terminal(*two, "-q") == (stdout, "")


class Seen:
    """A display that remembers."""

    def __init__(self) -> None:
        self.names: list[tuple[int, str]] = []
        self.fractions = [0.0]

    def begin(self, name: str, depth: int) -> None:
        self.names.append((depth, name))

    def move(self, fraction: float) -> None:
        self.fractions.append(fraction)


def test_a_step_that_fails_is_done_and_the_rest_goes_on():
    seen = Seen()
    progress = Progress(seen)
    with suppress(ValueError), progress.step("first", 0.5) as first:
        with first.step("inner", 0.5):
            pass
        raise ValueError
    with progress.step("second", 0.5):
        pass
    assert seen.names == [(0, "first"), (1, "inner"), (0, "second")]
    assert seen.fractions == [0.0, 0.25, 0.5, 1.0]


def test_shares_of_more_than_all_end_at_all():
    seen = Seen()
    progress = Progress(seen)
    for _ in range(3):
        progress.advance(0.5)
    assert seen.fractions == [0.0, 0.5, 1.0, 1.0]
