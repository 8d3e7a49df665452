"""Progress that is true: one bar over all the work of a command, in named and nested steps."""

import logging
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

__all__ = ["Display", "Progress", "progress_bar"]

logger = logging.getLogger(__name__)


class Display(Protocol):
    """Where progress is shown."""

    def begin(self, name: str, depth: int) -> None:
        """Show what is being done; stages have depth 0, their steps 1 and more."""

    def move(self, fraction: float) -> None:
        """Show how much of all the work is done, from 0 to 1."""


class _Nowhere:
    def begin(self, name: str, depth: int) -> None:
        logger.info("%s%s", "  " * depth, name)

    def move(self, fraction: float) -> None:
        """Show nothing."""


class Progress:
    """
    A share of a command's work, as long as it lasts.

    Parameters
    ----------
    display : Display, optional
        Nothing is shown without one; each step is logged.

    Examples
    --------
    Half of the work is one step, whatever happens in it:

    >>> progress = Progress()
    >>> with progress.step("reading", 0.5) as reading:
    ...     with reading.step("2ERJ", 0.5):
    ...         pass
    >>> progress.fraction
    0.5
    """

    def __init__(self, display: Display | None = None) -> None:
        self._display = display or _Nowhere()
        self._start, self._end, self._depth = 0.0, 1.0, 0
        #: How much of this share is done, from 0 to 1.
        self.fraction = 0.0

    @contextmanager
    def step(self, name: str, share: float) -> Iterator["Progress"]:
        """
        Do a step; when it ends, by whatever end, its share is done.

        Parameters
        ----------
        name : str
            What is being done.
        share : float
            Of this share, from 0 to 1.

        Yields
        ------
        Progress
            The share of the step, for steps of its own.
        """
        done = min(1.0, self.fraction + share)
        inner = Progress(self._display)
        inner._start, inner._end = self._at(self.fraction), self._at(done)
        inner._depth = self._depth + 1
        self._display.begin(name, self._depth)
        try:
            yield inner
        finally:
            self.advance(done - self.fraction)

    def advance(self, share: float) -> None:
        """
        Say that some more is done.

        Parameters
        ----------
        share : float
            Of this share, from 0 to 1.
        """
        self.fraction = min(1.0, self.fraction + share)
        self._display.move(self._at(self.fraction))

    def _at(self, fraction: float) -> float:
        return self._start + fraction * (self._end - self._start)


class _Bar:
    """A bar on a terminal, with what is being done and the time left."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, TaskProgressColumn, TextColumn
        from rich.progress import Progress as RichProgress

        self.shown = RichProgress(
            BarColumn(bar_width=24),
            TaskProgressColumn(),
            TextColumn("{task.fields[left]}"),
            TextColumn("{task.description}", markup=False),
            console=Console(stderr=True),
            transient=True,
        )
        self._task = self.shown.add_task("", total=1.0, left="")
        self._names: list[str] = []
        self._start = time.monotonic()

    def begin(self, name: str, depth: int) -> None:
        self._names = [*self._names[:depth], name]
        self.shown.update(self._task, description=": ".join(self._names))
        logger.info("%s%s", "  " * depth, name)

    def move(self, fraction: float) -> None:
        # Steps are few and uneven: the pace since the start says more than the last ones'.
        left = (time.monotonic() - self._start) * (1.0 / max(fraction, 1e-9) - 1.0)
        minutes, seconds = divmod(round(left), 60)
        self.shown.update(
            self._task, completed=fraction, left=f"{minutes}:{seconds:02d} left"
        )


@contextmanager
def progress_bar(*, quiet: bool = False) -> Iterator[Progress]:
    """
    Show the progress of a command as a bar on stderr, if that is a terminal.

    Parameters
    ----------
    quiet : bool, optional
        Show nothing.

    Yields
    ------
    Progress
        All the work of the command.
    """
    if quiet or sys.stderr is None or not sys.stderr.isatty():
        yield Progress()
        return
    bar = _Bar()
    with bar.shown:  # restores the terminal, also after Ctrl-C
        yield Progress(bar)
