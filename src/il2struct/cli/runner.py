"""Entry by entry: progress, errors of one entry that stop no other, and the exit status."""

import logging
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, TextIO

from il2struct.archive import (
    ArchiveSettings,
    EntryId,
    Inputs,
    default_settings,
    expand_inputs,
)
from il2struct.cli.options import CommonOptions
from il2struct.cli.output import check_columns, prepare_target, write_tables
from il2struct.errors import Il2StructError, ParameterError
from il2struct.progress import progress_bar, shares, step
from il2struct.results.text import one_line
from il2struct.tables import column_names, joined

if TYPE_CHECKING:
    import pandas as pd

    from il2struct.kernels.warmup import Warmer
    from il2struct.results.interfaces import InterfaceResults
    from il2struct.results.study import Study
    from il2struct.structure.model import Note
    from il2struct.structure.named import NamedEntry

#: Exit statuses, as ``docs/errors.md`` has them.
ALL_DONE: Final = 0
ALL_FAILED: Final = 1
USAGE: Final = 2
SOME_FAILED: Final = 3
INTERRUPTED: Final = 130

#: Share of finding, reading and naming an entry in all the work on it.
OPENING: Final = 0.1

#: Kinds of notes on one entry that are told in full.
MOST_TOLD: Final = 2

logger = logging.getLogger(__name__)

Tables = Mapping[str, "pd.DataFrame"]


@dataclass(slots=True)
class Outcome:
    """What came of the entries of one command."""

    #: Those of each entry, in order, failures included.
    tables: list[Tables] = field(default_factory=list)
    #: Sources, as typed, and what stopped them.
    failures: list[tuple[str, Exception]] = field(default_factory=list)
    #: Entries.
    n_done: int = 0

    @property
    def status(self) -> int:
        """The exit status."""
        if not self.failures:
            return ALL_DONE
        return SOME_FAILED if self.n_done else ALL_FAILED


@dataclass(frozen=True, slots=True, kw_only=True)
class Finish:
    """What a command does when its entries are done, as a part of its bar."""

    #: Takes the entries that failed.
    work: Callable[[list[tuple[str, Exception]]], None]
    #: How long the work on an entry takes before: only ratios count.
    entry_seconds: float
    #: How long this work takes after so many entries.
    seconds: Callable[[int], float]


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


def exit_status(command: Callable[[], int], common: CommonOptions) -> int:
    """Run a command and return its exit status; what stops it becomes one line on stderr."""
    import typer

    _start_logging(common)
    try:
        return command()
    except KeyboardInterrupt:
        return INTERRUPTED
    except (typer.Exit, BrokenPipeError):
        raise  # typer knows both
    except ParameterError as error:
        _report(str(error), common)
        return USAGE
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


def _start_logging(common: CommonOptions) -> None:
    """Send the package's log to stderr, as loud as asked for."""
    level = (
        logging.ERROR
        if common.quiet
        else logging.INFO
        if common.verbose
        else logging.WARNING
    )
    package = logging.getLogger("il2struct")
    package.handlers.clear()
    handler = _Stderr()
    handler.setFormatter(_OneLine("il2struct: %(message)s"))
    package.addHandler(handler)
    package.setLevel(level)
    # Of progress, lines that stand for a bar are wanted too, and the steps within if asked for.
    told = {logging.WARNING: logging.INFO, logging.INFO: logging.DEBUG}
    logging.getLogger("il2struct.progress").setLevel(told.get(level, level))


def each_entry(
    entries: Sequence[str],
    common: CommonOptions,
    work: Callable[["Study"], Tables | None],
    finish: Finish | None = None,
    *,
    main: str | None = None,
    job: str | None = "report",
) -> Outcome:
    """Find, read and name every entry and do some work on it; see `each_source`."""
    from il2struct.results.entry_tables import failed_entry_table
    from il2struct.results.study import Opener
    from il2struct.structure.columns import HIGHEST_OCCUPANCY
    from il2struct.structure.read import ReadOptions

    if common.altloc != HIGHEST_OCCUPANCY and len(common.altloc) != 1:
        raise ParameterError(
            f"--altloc takes {HIGHEST_OCCUPANCY} or one letter, not {common.altloc!r}."
        )
    options = ReadOptions(model=common.model, altloc=common.altloc)
    inputs = expand_inputs(entries)
    opener = Opener(archive_settings(common), options, common.family, inputs.sources)

    def opened(source: EntryId | Path) -> Tables:
        with step("", OPENING):
            study = opener(source)
        tell_of_notes(study.named)
        return work(study) or {}

    def failed(name: str, error: Exception) -> Tables:
        return {"entries": failed_entry_table(name, error)}

    return each_source(inputs, common, opened, failed, finish, main=main, job=job)


def each_source(
    inputs: Inputs,
    common: CommonOptions,
    work: Callable[[EntryId | Path], Tables],
    failed: Callable[[str, Exception], Tables],
    finish: Finish | None = None,
    *,
    main: str | None,
    job: str | None,
) -> Outcome:
    """
    Do some work on every source; one that fails is told of and passed over.

    A bar shows how far all of it is, if it is long: with several entries, with work at the end (whatever
    came of the entries), or with kernels of a job (`il2struct.kernels.warmup.JOBS`) to compile. The
    tables of ``failed`` record a failure; ``main`` is the table of which the user may have named columns.
    """
    prepare_target(common.output_format, common.output)
    if main is not None:
        check_columns(common, column_names(main))
    sources = inputs.sources or inputs.complete()
    if not sources:
        raise ParameterError(
            "no entry is given; name PDB ids, files, folders or @list.txt."
        )
    outcome = Outcome()

    def fail(source: EntryId | Path | str, error: Exception) -> None:
        outcome.failures.append((str(source), error))
        outcome.tables.append(failed(str(source), error))
        known = isinstance(error, Il2StructError)
        text = str(error) if known else _bug(str(source), error)
        # Not every function that refuses something knows which entry it works for.
        name = source.name if isinstance(source, Path) else str(source)
        _report(text if name in text else f"{source}: {text}", common)

    for name, error in inputs.refused.items():  # all at once, before the work begins
        fail(name, error)
    n_entries = len(sources)
    missing = kernels_to_compile(job) if job else []
    is_long = n_entries > 1 or finish is not None or bool(missing)
    compiling, measuring, finishing = shares(
        compiling_seconds(missing),
        n_entries * (finish.entry_seconds if finish else 1.0),
        finish.seconds(n_entries) if finish else 0.0,
    )
    with progress_bar(
        quiet=common.quiet or not is_long, has_lines=finish is not None
    ) as progress:
        compile_kernels(missing, compiling)
        for source in sources:
            with progress.step(str(source), measuring / n_entries):
                try:
                    outcome.tables.append(work(source))
                    outcome.n_done += 1
                except Exception as error:  # noqa: BLE001  # one broken entry must not stop the others
                    fail(source, error)
        if finish is not None:
            with progress.step("", finishing):
                finish.work(outcome.failures)
    return outcome


def finished(
    outcome: Outcome,
    common: CommonOptions,
    names: Sequence[str],
    *,
    view: str | None = None,
) -> int:
    """Write the tables of all entries, the first named as the main one; return the status."""
    with step("tables", 1.0):
        tables = {name: joined(name, outcome.tables) for name in dict.fromkeys(names)}
        chains = joined("chains", outcome.tables)
        is_shown = common.output is None and common.output_format in (None, "table")
        if is_shown and outcome.failures and not len(tables[names[0]]):
            # Headings without a row say nothing beside what stopped the entries.
            return outcome.status
        write_tables(tables, common, main=names[0], view=view, chains=chains)
    return outcome.status


def say(text: str, common: CommonOptions) -> None:
    """Say something on stderr, unless that is to be quiet."""
    if not common.quiet:
        print(f"il2struct: {text}", file=sys.stderr)


def tell_no_interface(results: "InterfaceResults") -> None:
    """Warn of an entry without interfaces: an empty table does not tell why."""
    if not len(results):
        logger.warning(
            "%s has no interface: no two protein chains of a complex touch.",
            results.named.entry.entry_id,
        )


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
    """Say on stderr, in one line, that something of an entry was lost, guessed or put right."""
    from il2struct.structure.model import ROUTINE_TOPICS

    notes = [note for note in named.notes if note.topic not in ROUTINE_TOPICS]
    if not notes:
        return
    alike = {note.topic: [n for n in notes if n.topic == note.topic] for note in notes}
    # Few kinds are said in full, one of each; of many only what they are about.
    if len(alike) <= MOST_TOLD:
        said = (
            _in_full(first) + (f" (and {len(more)} more like it)" if more else "")
            for first, *more in alike.values()
        )
    else:
        said = (
            f"{topic.replace('_', ' ')} ({', '.join(map(_concerned, found))})"
            for topic, found in alike.items()
        )
    told = "; ".join(said)
    heading = "1 note" if len(notes) == 1 else f"{len(notes)} notes"
    logger.warning(
        "%s: %s: %s; see notes (il2struct roles -o FOLDER).",
        named.entry.entry_id,
        heading,
        told,
    )


def _in_full(note: "Note") -> str:
    """Sentence of a note, with what it is about where that is not said in it."""
    is_said = not note.subject or str(note.count) in note.message
    return note.message.rstrip(".") + ("" if is_said else f" ({_concerned(note)})")


def _concerned(note: "Note") -> str:
    """Say what a note is about, and how many: ``chain A: 12``."""
    if not note.subject:
        return str(note.count)
    return note.subject if note.count == 1 else f"{note.subject}: {note.count}"


def kernels_to_compile(job: str) -> "list[Warmer]":
    """List the kernels of a job (see `each_source`) that no command has compiled yet."""
    # It brings numba along.
    from il2struct.kernels.warmup import missing_kernels

    return missing_kernels(job)


def compiling_seconds(missing: "Sequence[Warmer]") -> float:
    """Estimate how long compiling kernels takes, on all cores."""
    if not missing:
        return 0.0
    from il2struct.kernels.warmup import START_COST, n_cores

    costs = [warmer.cost for warmer in missing]
    return START_COST + max(sum(costs) / n_cores(), *costs)


def compile_kernels(missing: "Sequence[Warmer]", share: float) -> None:
    """Compile kernels, as a step that is some share of what is under way."""
    if not missing:
        return
    from il2struct.kernels import warmup

    with step("compiling the numerical kernels", share) as compiling:
        warmup.compile_kernels(missing, compiling)
