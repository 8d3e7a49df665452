"""Entry by entry: progress, errors of one entry that stop no other, and the exit status."""

import logging
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, TextIO

from il2struct.archive import ArchiveSettings, EntryId, default_settings, expand_inputs
from il2struct.cli.options import CommonOptions
from il2struct.cli.output import one_line, prepare_target
from il2struct.errors import Il2StructError, ParameterError
from il2struct.progress import Progress, progress_bar

if TYPE_CHECKING:
    import pandas as pd

    from il2struct.pipeline import NamedEntry
    from il2struct.results.study import InterfaceResults

#: Exit statuses, as documented in the README.
ALL_DONE: Final = 0
ALL_FAILED: Final = 1
USAGE: Final = 2
SOME_FAILED: Final = 3
INTERRUPTED: Final = 130

logger = logging.getLogger(__name__)

Tables = Mapping[str, "pd.DataFrame"]


@dataclass(slots=True)
class Outcome:
    """
    What came of the entries of one command.

    Attributes
    ----------
    tables : list of mapping
        Those of each entry, in order, failures included.
    n_failed, n_done : int
        Entries.
    """

    tables: list[Tables] = field(default_factory=list)
    n_failed: int = 0
    n_done: int = 0

    @property
    def status(self) -> int:
        """The exit status."""
        if not self.n_failed:
            return ALL_DONE
        return SOME_FAILED if self.n_done else ALL_FAILED


class _Stderr(logging.StreamHandler[TextIO]):
    """Writes to what stderr is now: a bar puts itself in its place, to stay below the lines."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self) -> TextIO:  # type: ignore[override]  # read anew each time
        return sys.stderr


class _OneLine(logging.Formatter):
    """Keeps what files and their names may hold from moving the cursor of a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        return one_line(super().format(record))


def archive_settings(common: CommonOptions) -> ArchiveSettings:
    """Return where to look for entries, by options and environment."""
    return default_settings(
        mirrors=common.mirror, cache=common.structures, offline=common.offline
    )


def start_logging(common: CommonOptions) -> None:
    """Send the package's log to stderr, as loud as asked for."""
    level = (
        logging.ERROR
        if common.quiet
        else logging.INFO
        if common.verbose
        else logging.WARNING
    )
    logger = logging.getLogger("il2struct")
    logger.handlers.clear()
    handler = _Stderr()
    handler.setFormatter(_OneLine("il2struct: %(message)s"))
    logger.addHandler(handler)
    logger.setLevel(level)


@contextmanager
def usage_errors(common: CommonOptions) -> Iterator[None]:
    """Turn a wrong parameter into one line on stderr and exit status 2."""
    import typer

    try:
        yield
    except ParameterError as error:
        _report(str(error), common)
        raise typer.Exit(USAGE) from error


def exit_status(command: Callable[[], int], common: CommonOptions) -> int:
    """
    Run a command; whatever stops it outside its entries becomes one line on stderr.

    Parameters
    ----------
    command : callable
        Returns the exit status.
    common : CommonOptions

    Returns
    -------
    int
        The exit status.
    """
    import typer

    try:
        return command()
    except KeyboardInterrupt:
        return INTERRUPTED
    except (typer.Exit, BrokenPipeError):
        raise  # typer knows both
    except Il2StructError as error:
        _report(str(error), common)
    except OSError as error:
        name = error.filename or "the output"
        _report(
            f"{name} cannot be written ({error.strerror or error}); "
            "choose another place with -o.",
            common,
        )
    except Exception as error:  # noqa: BLE001  # a traceback is for --debug only
        _report(_bug("il2struct", error), common)
    return ALL_FAILED


def each_entry(
    entries: Sequence[str],
    common: CommonOptions,
    work: Callable[[EntryId | Path, ArchiveSettings], Tables],
    failed: Callable[[str, Exception], Tables],
    *,
    progress: Progress | None = None,
) -> Outcome:
    """
    Do some work on every entry; an entry that fails is told of and passed over.

    Parameters
    ----------
    entries : sequence of str
        As typed: ids, files, folders, ``@list.txt``, ``-``.
    common : CommonOptions
    work : callable
        From a source to its tables.
    failed : callable
        From the source's name and its error to the tables that record the failure.
    progress : Progress, optional
        The share of this work in a command's; by default a bar of its own for several entries.

    Returns
    -------
    Outcome
    """
    start_logging(common)
    with usage_errors(common):
        prepare_target(common.output_format, common.output)
        settings = archive_settings(common)
        sources = expand_inputs(entries)
        if not sources:
            raise ParameterError(
                "no entry is given; name PDB ids, files, folders or @list.txt."
            )
    outcome = Outcome()
    silent = common.quiet or len(sources) < 2
    with nullcontext(progress) if progress else progress_bar(quiet=silent) as shown:
        for source in sources:
            with shown.step(str(source), 1.0 / len(sources)):
                _attempt(
                    outcome, source, common, partial(work, source, settings), failed
                )
    return outcome


def _attempt(
    outcome: Outcome,
    source: EntryId | Path,
    common: CommonOptions,
    work: Callable[[], Tables],
    failed: Callable[[str, Exception], Tables],
) -> None:
    try:
        outcome.tables.append(work())
        outcome.n_done += 1
    except Il2StructError as error:
        _fail(outcome, source, error, common, failed)
    except Exception as error:  # noqa: BLE001  # one broken entry must not stop the others
        _fail(outcome, source, error, common, failed)


def _fail(
    outcome: Outcome,
    source: EntryId | Path,
    error: Exception,
    common: CommonOptions,
    failed: Callable[[str, Exception], Tables],
) -> None:
    outcome.n_failed += 1
    outcome.tables.append(failed(str(source), error))
    known = isinstance(error, Il2StructError)
    text = str(error) if known else _bug(str(source), error)
    # Not every function that refuses something knows which entry it works for.
    name = source.name if isinstance(source, Path) else str(source)
    _report(text if name in text else f"{source}: {text}", common)


def _bug(name: str, error: Exception) -> str:
    if isinstance(error, OSError):
        return f"{name} failed ({error}); check the disk and its permissions."
    text = f"{name} failed with {type(error).__name__}: {error}"
    return f"{text}; please report it with the output of --debug."


def _report(message: str, common: CommonOptions) -> None:
    if common.debug:
        traceback.print_exc()
    print(f"il2struct: {one_line(message)}", file=sys.stderr)


def tell_of_notes(named: "NamedEntry") -> None:
    """
    Say on stderr, in one line, that something of an entry was lost, guessed or put right.

    Parameters
    ----------
    named : NamedEntry
    """
    from il2struct.pipeline import notes_of
    from il2struct.structure.model import ROUTINE_TOPICS

    notes = [n for n in notes_of(named, ()) if n.topic not in ROUTINE_TOPICS]
    if not notes:
        return
    told = "; ".join(
        f"{note.topic.replace('_', ' ')} ({f'{note.subject}: ' if note.subject else ''}{note.count})"
        for note in notes
    )
    heading = "1 note" if len(notes) == 1 else f"{len(notes)} notes"
    logger.warning("%s: %s: %s; see notes.", named.entry.entry_id, heading, told)


def tell_of_none(results: "InterfaceResults") -> None:
    """
    Say on stderr that an entry has no interface: an empty table does not tell why.

    Parameters
    ----------
    results : InterfaceResults
    """
    if not len(results):
        name = results.named.entry.entry_id
        logger.warning(
            "%s has no interface: no two protein chains of a complex touch.", name
        )


def joined(outcome: Outcome, names: Sequence[str]) -> dict[str, "pd.DataFrame"]:
    """
    Join the tables of all entries below each other.

    Parameters
    ----------
    outcome : Outcome
    names : sequence of str
        Tables wanted; those that no entry has are empty.
    """
    import pandas as pd

    from il2struct.tables import empty_frame

    result = {}
    for name in names:
        parts = [tables[name] for tables in outcome.tables if len(tables.get(name, ()))]
        result[name] = (
            pd.concat(parts, ignore_index=True) if parts else empty_frame(name)
        )
    return result


def prepare_kernels(common: CommonOptions) -> None:
    """
    Compile what measuring needs, on all cores, where no command has done so yet.

    Parameters
    ----------
    common : CommonOptions
    """
    from il2struct.kernels.warmup import compile_kernels, missing_kernels

    missing = missing_kernels("report")
    if missing:
        start_logging(common)
        with (
            progress_bar(quiet=common.quiet) as progress,
            progress.step("compiling the numerical kernels", 1.0) as compiling,
        ):
            compile_kernels(missing, compiling)


def entry_opener(
    common: CommonOptions,
) -> Callable[[EntryId | Path, ArchiveSettings], "NamedEntry"]:
    """
    Make a function that finds, reads and names one entry by the common options.

    Parameters
    ----------
    common : CommonOptions

    Returns
    -------
    callable
        It gives a second file of one entry the name ``<id>_2``, and so on: tables of several
        entries stand below each other, and their keys must stay apart.
    """
    from il2struct.pipeline import open_entry
    from il2struct.results.entry_names import distinct_name
    from il2struct.structure.altlocs import HIGHEST_OCCUPANCY
    from il2struct.structure.model import Note
    from il2struct.structure.read import ReadOptions

    with usage_errors(common):
        if common.altloc != HIGHEST_OCCUPANCY and len(common.altloc) != 1:
            raise ParameterError(
                f"--altloc takes {HIGHEST_OCCUPANCY} or one letter, not {common.altloc!r}."
            )
    prepare_kernels(common)
    options = ReadOptions(model=common.model, altloc=common.altloc)
    taken: set[str] = set()

    def opened(source: EntryId | Path, settings: ArchiveSettings) -> "NamedEntry":
        named = open_entry(source, settings=settings, options=options)
        tell_of_notes(named)
        entry = named.entry
        name = distinct_name(entry.entry_id, taken)
        taken.add(name)
        if name == entry.entry_id:
            return named
        text = f"Another input is {entry.entry_id} too, so that {source} is called {name} here."
        logger.warning("%s", text)
        note = Note(topic="file", subject=name, count=1, message=text)
        renamed = replace(entry, entry_id=name, notes=(*entry.notes, note))
        return replace(named, entry=renamed)

    return opened
