"""A bar on a real terminal, lines or nothing elsewhere, and the same on stdout."""

import logging
import os
import pty
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, suppress
from pathlib import Path
from typing import Any

import pytest
import rich.live
import rich.progress

from il2struct import progress as progress_module
from il2struct.progress import Progress, progress_bar, shares, step

COMMAND = (sys.executable, "-m", "il2struct")


@pytest.fixture(autouse=True)
def capable(monkeypatch) -> None:
    """Terminals of tests take bars, whatever the tests are run in."""
    monkeypatch.setenv("TERM", "xterm")


@contextmanager
def reading(terminal: int) -> Iterator[list[bytes]]:
    """Read a terminal while something writes to it: it holds a few kilobytes."""
    parts: list[bytes] = []

    def read() -> None:
        with suppress(OSError):  # how a terminal says that the other end is closed
            while part := os.read(terminal, 10_000):
                parts.append(part)

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    try:
        yield parts
    finally:
        reader.join(60)
        os.close(terminal)


def on_a_terminal(*arguments: object) -> tuple[str, str]:
    """What a command writes to stdout, and to a terminal as stderr."""
    ours, theirs = pty.openpty()
    with reading(ours) as parts:
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
    return done.stdout.decode(), b"".join(parts).decode()


@pytest.fixture
def two(small: Path) -> tuple[Path, Path]:
    other = small.with_name("another.pdb")
    other.write_text(small.read_text())
    return small, other


def test_progress_is_shown_on_a_terminal_only(cli, two):
    command = ("interfaces", *two, "--format", "csv")
    plain = cli(*command)
    stdout, shown = on_a_terminal(*command)
    assert "0%" in shown
    assert (plain.stdout, plain.stderr) == (stdout, "")
    assert on_a_terminal(*command, "-q") == (stdout, "")


def test_a_bar_of_a_long_command_ends_before_its_last_line(small):
    stdout, shown = on_a_terminal("report", small, "--no-figures")
    assert stdout == ""
    bar, end = shown.rsplit("%", 1)
    assert "0" in bar
    assert end.endswith(
        "il2struct: report in il2struct-report/summary.md and il2struct-report/report.html\r\n"
    )


@pytest.mark.entries
def test_a_batch_has_a_bar_of_its_entries(mirror):
    entry, with_least = mirror / "1ROP.pdb.gz", ("--with", "interfaces", "-j", 1)
    _, shown = on_a_terminal("batch", entry, *with_least, "-o", "out")
    assert "1/1" in shown
    assert "/s, 0:00:00 left" in shown


class Seen:
    """A display that remembers."""

    def __init__(self, look: Callable[[], Any] = lambda: None) -> None:
        self.names: list[str] = []
        self.fractions = [0.0]
        #: What was there at each of the fractions.
        self.found = [look()]
        self._look = look

    def begin(self, names: tuple[str, ...]) -> None:
        self.names.append(": ".join(names))

    def move(self, fraction: float) -> None:
        self.fractions.append(fraction)
        self.found.append(self._look())

    def stop(self) -> None:
        """Nothing to take away."""


def test_steps_are_nested_wherever_they_are_done():
    seen = Seen()
    with Progress(seen).step("first", 0.5):
        with step("", 0.5), step("inner", 1.0):
            pass
        with step("last", 0.25):
            pass
    assert seen.names == ["first", "first: inner", "first: last"]
    assert seen.fractions == [0.0, 0.25, 0.25, 0.375, 0.5]


def test_a_step_that_fails_is_not_done_and_the_rest_goes_on():
    seen = Seen()
    progress = Progress(seen)
    with suppress(ValueError), progress.step("first", 0.5):
        with step("inner", 0.5):
            pass
        raise ValueError
    with progress.step("second", 0.5):
        pass
    assert seen.names == ["first", "first: inner", "second"]
    assert seen.fractions == [0.0, 0.25, 0.5]


def test_shares_of_more_than_all_end_at_all():
    seen = Seen()
    progress = Progress(seen)
    for _ in range(3):
        progress.advance(0.5)
    assert seen.fractions == [0.0, 0.5, 1.0, 1.0]


def test_shares_are_proportional_to_the_time():
    assert shares(1.0, 0.0, 3.0) == (0.25, 0.0, 0.75)


def test_steps_of_nothing_under_way_are_only_logged(caplog):
    caplog.set_level(logging.DEBUG, "il2struct.progress")
    with step("reading", 1.0), step("chains", 0.5):
        pass
    assert caplog.messages == ["reading", "reading: chains"]


@pytest.fixture
def seen(monkeypatch, tmp_path) -> Seen:
    """What a bar would show, and whether the page of a report is written by then."""
    display = Seen((tmp_path / "here" / "r" / "report.html").exists)
    monkeypatch.setattr(progress_module, "_bar", lambda: display)
    return display


def test_a_report_is_at_its_end_when_its_last_file_is_written(cli, two, seen):
    assert cli("report", *two, "-o", "r").status == 0
    outer = [name for name in seen.names if ": " not in name]
    assert outer == [*map(str, two), "comparison", "page", "figures"]
    assert f"{two[1]}: interfaces: complex 1: A/B: bonds" in seen.names
    assert seen.fractions == sorted(seen.fractions)
    assert seen.fractions[-1] == pytest.approx(1.0)
    early = [
        f
        for f, is_there in zip(seen.fractions, seen.found, strict=True)
        if not is_there
    ]
    assert max(early) < 1.0 - 1e-6
    # Half of the entries are done before the other half, and drawing is still to come.
    assert 0.0 < seen.fractions[seen.names.index(str(two[1]))] < 0.5


def test_an_entry_that_fails_is_passed_over(cli, small, seen):
    broken = small.with_name("broken.pdb")
    broken.write_text("no structure")
    assert cli("report", broken, small, "-o", "r", "--no-figures").status == 3
    assert seen.fractions[-1] == pytest.approx(1.0)


@pytest.mark.parametrize(("error", "status"), [(OSError, 1), (KeyboardInterrupt, 130)])
def test_nothing_runs_to_the_end_that_is_not_done(
    cli, small, seen, monkeypatch, error, status
):
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr("il2struct.report.page.page.report_page", fail)
    assert cli("report", small, "-o", "r").status == status
    assert 0.0 < max(seen.fractions) < 0.6


@pytest.mark.parametrize(
    ("command", "later"),
    [
        ("report --no-figures", ["comparison", "page"]),
        ("report --no-html", ["comparison"]),
        ("figures --only presence --format svg", ["figures of all entries"]),
    ],
)
def test_elsewhere_each_stage_is_a_line(cli, two, command, later):
    run = cli(*command.split(), *two, "-o", "r")
    stages = [f"il2struct: {name}" for name in (*two, *later)]
    assert [line for line in run.error_lines if "drawn with" not in line][:-1] == stages


def test_quiet_is_without_lines(cli, two):
    assert cli("report", "--no-html", *two, "-o", "r", "-q").stderr == ""


@pytest.mark.parametrize(
    "command",
    [
        "roles",
        "interfaces",
        "sc",
        "report --no-html",
        "figures --only contact_map --format svg",
        "scene",
    ],
)
def test_every_step_is_told_if_asked_for(cli, small, command):
    told = cli(*command.split(), small, "-v", "-o", "out").error_lines
    for name in ("finding the file", "reading", "roles"):
        assert f"il2struct: {small}: {name}" in told
    if command not in ("roles", "scene"):
        for name in ("contacts", "areas", "bonds"):
            line = f"il2struct: {small}: interfaces: complex 1: A/B: {name}"
            assert line in told
    has_fit = f"il2struct: {small}: interfaces: complex 1: A/B: Sc" in told
    assert has_fit == (command.split()[0] in ("sc", "report", "figures"))


def test_steps_of_commands_without_measurements_are_told_too(cli, small):
    assert f"il2struct: {small}: finding the file" in cli("fetch", small, "-v").stderr
    assert "il2struct: response of" in cli("response", "-v").stderr


@contextmanager
def terminal_as_stderr() -> Iterator[list[bytes]]:
    """A terminal as stderr of this process: what was written to it, filled as it is read."""
    ours, theirs = pty.openpty()
    # Not by a fixture: pytest puts its own stderr there between a fixture and its test.
    with (
        reading(ours) as parts,
        os.fdopen(theirs, "w") as stream,
        redirect_stderr(stream),
    ):
        yield parts


def test_what_is_done_stands_beside_the_bar(monkeypatch):
    painted = threading.Event()
    refresh = rich.progress.Progress.refresh

    def told(bar: rich.progress.Progress) -> None:
        refresh(bar)
        painted.set()

    monkeypatch.setattr(rich.progress.Progress, "refresh", told)
    with (
        terminal_as_stderr() as parts,
        progress_bar(),
        step("2ERJ", 0.5),
        step("a\x1b[2Jb", 0.5),
    ):
        painted.clear()
        assert painted.wait(60)
    assert "2ERJ: a_[2Jb" in b"".join(parts).decode()


def test_a_terminal_for_lines_only_gets_lines(monkeypatch, caplog):
    monkeypatch.setenv("TERM", "dumb")
    caplog.set_level(logging.INFO, "il2struct.progress")
    with terminal_as_stderr() as parts, progress_bar(has_lines=True):
        with step("2ERJ", 0.5), step("roles", 1.0):
            pass
        with step("page", 0.5):
            pass
    assert caplog.messages == ["2ERJ", "page"]
    assert b"%" not in b"".join(parts)


@pytest.mark.parametrize("n_before", [0, 3])
def test_a_bar_that_cannot_be_drawn_stops_no_work(monkeypatch, n_before):
    failed = threading.Event()
    drawn = []
    refresh = rich.live.Live.refresh

    def broken(live: rich.live.Live) -> None:
        drawn.append(live)
        if len(drawn) <= n_before:
            return refresh(live)
        failed.set()
        raise OSError("the terminal is gone")

    monkeypatch.setattr(rich.live.Live, "refresh", broken)
    with terminal_as_stderr():
        stream = sys.stderr
        with progress_bar() as progress:
            with step("work", 0.5):
                assert failed.wait(60)
            assert progress.fraction == 0.5
        assert sys.stderr is stream
