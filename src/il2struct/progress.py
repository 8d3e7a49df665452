"""
Progress that is true: one bar over all the work of a command, in named and nested steps.

Whatever does some work says so with `step`, wherever it is called from; the command that it is
done for chooses with `progress_bar` where that is shown. Every step is logged too, the outer ones
as information where no bar shows them.
"""

import logging
import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from contextvars import ContextVar
from typing import Final, Protocol

logger = logging.getLogger(__name__)

#: Before so much is done, the pace says nothing of the time left.
LEAST_DONE: Final = 0.02
#: Seconds between two drawings of the bar.
PAINT_S: Final = 0.2


class Display(Protocol):
    """Where progress is shown."""

    def begin(self, names: tuple[str, ...]) -> None:
        """Show what is being done: a step, behind those that it is part of."""

    def move(self, fraction: float) -> None:
        """Show how much of all the work is done, from 0 to 1."""


class _Log:
    """No display: steps are told to who wants every one."""

    def begin(self, names: tuple[str, ...]) -> None:
        logger.debug("%s", ": ".join(names))

    def move(self, fraction: float) -> None:
        """Show nothing."""


class _Lines(_Log):
    """A line for each outer step, for files and pipes."""

    def begin(self, names: tuple[str, ...]) -> None:
        level = logging.INFO if len(names) == 1 else logging.DEBUG
        logger.log(level, "%s", ": ".join(names))


class Progress:
    """
    A share of a command's work, as long as it lasts; without a display each step is logged.

    Examples
    --------
    Half of the work is one step, whatever happens in it:

    >>> progress = Progress()
    >>> with progress.step("reading", 0.5):
    ...     with step("2ERJ", 0.5):
    ...         pass
    >>> progress.fraction
    0.5
    """

    def __init__(self, display: Display | None = None) -> None:
        self._display = display or _Log()
        self._start, self._end = 0.0, 1.0
        self._names: tuple[str, ...] = ()
        #: How much of this share is done, from 0 to 1.
        self.fraction = 0.0

    @contextmanager
    def step(self, name: str, share: float) -> Iterator["Progress"]:
        """
        Do a step that is some share (0 to 1) of this one; every `step` within belongs to it.

        When it ends, its share is done, but not if an error ends it. It has no name where its own
        steps say what is being done.
        """
        done = min(1.0, self.fraction + share)
        inner = Progress(self._display)
        inner._start, inner._end = self._at(self.fraction), self._at(done)
        inner._names = (*self._names, name) if name else self._names
        if name:
            self._display.begin(inner._names)
        before = _current.set(inner)
        try:
            yield inner
        finally:
            _current.reset(before)
        self.advance(done - self.fraction)

    def advance(self, share: float) -> None:
        """Say that some more of this share is done, from 0 to 1."""
        self.fraction = min(1.0, self.fraction + share)
        self._display.move(self._at(self.fraction))

    def _at(self, fraction: float) -> float:
        return self._start + fraction * (self._end - self._start)


#: The innermost step that is under way.
_current: ContextVar[Progress | None] = ContextVar("step", default=None)


def step(name: str, share: float) -> AbstractContextManager[Progress]:
    """Do a step of whatever is under way; see `Progress.step`."""
    return (_current.get() or Progress()).step(name, share)


def shares(*seconds: float) -> tuple[float, ...]:
    """Return the share of each of some steps in the time that all take."""
    total = sum(seconds)
    return tuple(each / total for each in seconds)


class _TimeLeft:
    """What is left by the pace so far. It is asked for at every drawing, and counts down."""

    def __init__(self) -> None:
        self._start = time.monotonic()
        self._end = self._start

    def move(self, fraction: float) -> None:
        # Steps are few and uneven: the pace since the start says more than the last ones'.
        if fraction >= LEAST_DONE:
            self._end = self._start + (time.monotonic() - self._start) / fraction

    def __str__(self) -> str:
        left = round(self._end - time.monotonic())
        return f"{left // 60}:{left % 60:02d} left" if left > 0 else ""


class _Bar(_Log):
    """A bar on a terminal, with what is being done and the time left."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, TaskProgressColumn, TextColumn
        from rich.progress import Progress as RichProgress

        self._left = _TimeLeft()
        self._shown = RichProgress(
            BarColumn(bar_width=24),
            TaskProgressColumn(),
            TextColumn("{task.fields[left]}"),
            TextColumn("{task.description}", markup=False),
            console=Console(stderr=True),
            transient=True,
            auto_refresh=False,  # its thread would end with a traceback
            redirect_stdout=False,  # it would end on stderr
        )
        self._task = self._shown.add_task("", total=1.0, left=self._left)
        self._is_over = threading.Event()
        self._painter = threading.Thread(target=self._paint, daemon=True)
        self._shown.start()
        self._painter.start()

    def begin(self, names: tuple[str, ...]) -> None:
        super().begin(names)
        # Names of files may hold what moves the cursor.
        name = "".join(c if c.isprintable() else "_" for c in ": ".join(names))
        self._shown.update(self._task, description=name)

    def move(self, fraction: float) -> None:
        self._left.move(fraction)
        self._shown.update(self._task, completed=fraction)

    def stop(self) -> None:
        """Take the bar away; the terminal is as it was."""
        self._is_over.set()
        self._painter.join()
        with suppress(Exception):
            self._shown.stop()

    def _paint(self) -> None:
        try:
            while not self._is_over.wait(PAINT_S):
                self._shown.refresh()
        except Exception as error:  # noqa: BLE001  # whatever a terminal may do
            with suppress(Exception):
                self._shown.stop()
            logger.debug("the bar cannot be drawn: %s", error)


@contextmanager
def progress_bar(*, quiet: bool = False, has_lines: bool = False) -> Iterator[Progress]:
    """
    Show the steps of a command on stderr, unless quiet: as a bar, if that is a terminal.

    Where no bar can be drawn, each outer step can be a line. What is yielded is all the work.
    """
    bar = None if quiet else _bar()
    display = bar or (_Lines() if has_lines and not quiet else _Log())
    try:
        with Progress(display).step("", 1.0) as progress:
            yield progress
    finally:  # also after Ctrl-C
        if bar:
            bar.stop()


def _bar() -> _Bar | None:
    if sys.stderr is None or not sys.stderr.isatty():
        return None
    if os.environ.get("TERM") == "dumb":  # it takes lines only
        return None
    try:
        return _Bar()
    except Exception as error:  # noqa: BLE001  # no work is lost for a bar
        logger.debug("no bar can be drawn: %s", error)
        return None
