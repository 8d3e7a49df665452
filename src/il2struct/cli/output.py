"""Where results go: stdout, a file or a folder, in the format asked for; no two runs are mixed."""

import hashlib
import io
import json
import logging
import os
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from platformdirs import user_cache_path

from il2struct.cli.options import ALONE, BY_SUFFIX, CommonOptions, OutputFormat
from il2struct.errors import ParameterError
from il2struct.results.text import text_of, write_file, write_folder

if TYPE_CHECKING:
    import pandas as pd

#: Endings of files that people ask for and that are not written; no folder is called so.
NOT_WRITTEN: Final = frozenset(
    {".xlsx", ".xls", ".ods", ".tsv", ".html", ".md", ".pdf", ".feather", ".pq", ".gz"}
)
#: Lists of files that are kept, each of one folder and kind of run.
MOST_LEDGERS: Final = 500

logger = logging.getLogger(__name__)


def prepare_target(output_format: OutputFormat | None, output: Path | None) -> None:
    """
    Make the folder of what `write_tables` will write.

    Raises
    ------
    ParameterError
        If format and output do not go together, or nothing can be written there.
    """
    if output is None:
        if output_format is OutputFormat.PARQUET:
            raise ParameterError(
                "--format parquet is binary; give a file or folder with -o."
            )
        if sys.stdout is None:
            raise ParameterError("standard output is closed; name a file with -o.")
        return
    suffix = BY_SUFFIX.get(output.suffix.lower())
    if suffix is None:
        if output.suffix.lower() in NOT_WRITTEN and not output.is_dir():
            raise ParameterError(
                f"no table can be written as {output.name}; name a file that ends in "
                f"{', '.join(BY_SUFFIX)}, or a folder."
            )
        make_folder(output)
        return
    if output_format not in (None, suffix):
        raise ParameterError(
            f"--format {output_format} does not fit the file {output.name}; change one of them."
        )
    if output.is_dir():
        raise ParameterError(f"{output} is a folder; give another name with -o.")
    make_folder(output.parent)


def check_columns(common: CommonOptions, known: Sequence[str]) -> list[str]:
    """Return the columns that the user asked for; ParameterError if one is not among those known."""
    if common.columns is None:
        return list(known)
    names = [name.strip() for name in common.columns.split(",") if name.strip()]
    unknown = [name for name in names if name not in known]
    if unknown or not names:
        raise ParameterError(
            f"--columns: there is no column {', '.join(unknown) or 'named'}; "
            f"there are: {', '.join(known)}."
        )
    return names


def make_folder(folder: Path) -> None:
    """Make a folder; ParameterError if no file can be made in it."""
    import tempfile

    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        raise ParameterError(
            f"nothing can be written to {folder} ({error.strerror or error}); "
            "choose another place with -o."
        ) from error


def folder_of_files(
    common: CommonOptions, command: str, default: str, *others: str
) -> Path:
    """
    Make the folder that a command writes several files to.

    Raises
    ------
    ParameterError
        If its name ends like that of a table or in one of ``others``, or no file can be made in it.
    """
    folder = common.output or Path(default)
    if folder.suffix.lower() in {*BY_SUFFIX, *others}:
        raise ParameterError(
            f"{command} writes a folder of files, not {folder.name}; name a folder with -o."
        )
    make_folder(folder)
    return folder


def write_tables(
    tables: Mapping[str, "pd.DataFrame"],
    common: CommonOptions,
    *,
    main: str,
    view: str | None = None,
    chains: "pd.DataFrame | None" = None,
) -> None:
    """
    Write tables where the user wants them, which `prepare_target` has checked and made.

    The main table is what a single CSV or Parquet file, or a table on a terminal, shows: as the view
    (its own by default) of `il2struct.results.views.COLUMNS` says. The table ``chains`` says what those
    without a role are called. ParameterError if there is no such column, OSError if it cannot be
    written.
    """
    output = common.output
    suffix = None if output is None else BY_SUFFIX.get(output.suffix.lower())
    output_format = suffix or common.output_format
    is_alone = output is None or suffix is not None
    if is_alone and output_format in ALONE:
        tables = {**tables, main: _with_failed(tables, main)}
    if common.columns is not None:
        names = check_columns(common, list(map(str, tables[main].columns)))
        tables = {**tables, main: tables[main][names]}
    if output is not None and suffix is None:
        with own_files(output, main):
            write_folder(tables, output, output_format or OutputFormat.CSV, chains)
        return
    every_column = common.wide or common.columns is not None
    shown = "" if every_column else view or main
    if output is not None:
        form = output_format or OutputFormat.TABLE
        write_file(tables, main, output, form, shown, chains)
        return
    width = None if common.wide else terminal_width()
    form = output_format or OutputFormat.TABLE
    print_text(text_of(tables, main, form, shown, width, chains))


def _with_failed(tables: Mapping[str, "pd.DataFrame"], main: str) -> "pd.DataFrame":
    """Rows of the main table, and one with nothing but the name for every entry that failed."""
    import pandas as pd

    table, entries = tables[main], tables.get("entries")
    if entries is None or main == "entries" or "entry_id" not in table:
        return table
    failed = entries.loc[entries["status"] == "failed", ["entry_id"]]
    if failed.empty:
        return table
    return pd.concat([table, failed.reindex(columns=table.columns)]).astype(
        table.dtypes
    )


def terminal_width() -> int | None:
    """Return the columns of the terminal that stdout is (or ``$COLUMNS``); None for no limit."""
    return shutil.get_terminal_size((0, 0)).columns or None


def print_text(text: str) -> None:
    """Write to standard output and nothing else; OSError if it cannot take it."""
    # Tables are UTF-8, whatever the terminal; a pipe in an ASCII locale must not stop them.
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        sys.stdout.write(text)
        sys.stdout.flush()  # a reader that has gone shows here, not while Python shuts down
    except BrokenPipeError:
        raise  # typer ends quietly
    except OSError:
        # Python would try again while it shuts down, and complain in its own words.
        sys.stdout = io.StringIO()
        raise


@contextmanager
def own_files(folder: Path, run: str) -> Iterator[None]:
    """
    Keep two runs from being mixed in one folder.

    The files that the body writes are listed, with their contents' checksums, in the user's cache.
    Once the same kind of run (such as ``report``) has written into that folder again, files of the
    list that it did not write and nobody has changed are removed, and that is said. All others stay.
    """
    name = hashlib.blake2b(os.fsencode(folder.absolute()), digest_size=16).hexdigest()
    ledgers = user_cache_path("il2struct", appauthor=False) / "runs"
    ledger = ledgers / f"{name}-{run}.json"
    before, listed = _stamps(folder), _listed(ledger)
    try:
        yield
        if written := _written(folder, before):
            _remove(folder, {n: d for n, d in listed.items() if n not in written}, run)
            listed = {}
    finally:
        digests = {name: _digest(folder / name) for name in _written(folder, before)}
        if digests:
            with suppress(OSError):  # without a cache, files of two runs can be mixed
                ledgers.mkdir(parents=True, exist_ok=True)
                ledger.write_text(json.dumps(listed | digests), encoding="utf-8")
                known = sorted(
                    ledgers.iterdir(), key=lambda path: path.stat().st_mtime_ns
                )
                for path in known[:-MOST_LEDGERS]:
                    path.unlink(missing_ok=True)


def _written(folder: Path, before: Mapping[str, tuple[int, int, int]]) -> list[str]:
    after = _stamps(folder)
    return [name for name in sorted(after) if before.get(name) != after[name]]


def _remove(folder: Path, listed: Mapping[str, str], run: str) -> None:
    """Remove the files of a list that are as they were written, and folders that this empties."""
    stale = [
        folder / name
        for name, digest in listed.items()
        if (folder / name).is_file() and _digest(folder / name) == digest
    ]
    for path in stale:
        path.unlink()
        for parent in path.parents:
            if parent == folder or any(parent.iterdir()):
                break
            parent.rmdir()
    if stale:
        logger.warning(
            "%d files that an earlier run left in %s were removed: this %s has none of them.",
            len(stale),
            folder,
            run,
        )


def _stamps(folder: Path) -> dict[str, tuple[int, int, int]]:
    """Time, size and inode of each file below a folder, hidden ones left out."""
    stamps = {}
    for place, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in files:
            path = Path(place, name)
            if not name.startswith(".") and not path.is_symlink():
                status = path.stat()
                stamp = (status.st_mtime_ns, status.st_size, status.st_ino)
                stamps[str(path.relative_to(folder))] = stamp
    return stamps


def _listed(ledger: Path) -> dict[str, str]:
    try:
        listed = json.loads(ledger.read_text(encoding="utf-8"))
    except (OSError, ValueError):  # the first run here, or a file that is not ours
        return {}
    return listed if isinstance(listed, dict) else {}


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "blake2b").hexdigest()[:32]
