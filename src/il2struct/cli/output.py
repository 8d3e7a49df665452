"""Tables to stdout or files, in the format asked for."""

import io
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from il2struct.cli.folder import own_files
from il2struct.cli.options import CommonOptions, OutputFormat
from il2struct.cli.terminal import as_text, terminal_width
from il2struct.errors import ParameterError
from il2struct.json_schema import document
from il2struct.tables import records

if TYPE_CHECKING:
    import pandas as pd

#: Significant digits of numbers in text output; coordinates have no more.
DIGITS: Final = 7
#: Formats by the ending of an output file.
BY_SUFFIX: Final = {
    ".txt": OutputFormat.TABLE,
    ".csv": OutputFormat.CSV,
    ".json": OutputFormat.JSON,
    ".parquet": OutputFormat.PARQUET,
}
#: Formats that hold one table, so that what failed must stand in it.
ALONE: Final = (OutputFormat.CSV, OutputFormat.PARQUET)
#: Endings of files that people ask for and that are not written; no folder is called so.
NOT_WRITTEN: Final = frozenset(
    {".xlsx", ".xls", ".ods", ".tsv", ".html", ".md", ".pdf", ".feather", ".pq", ".gz"}
)


def prepare_target(output_format: OutputFormat | None, output: Path | None) -> None:
    """
    Refuse a target that cannot be right before any work is done; make its folder.

    Parameters
    ----------
    output_format : OutputFormat or None
    output : path or None
        As for `write_tables`.

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


def make_folder(folder: Path) -> None:
    """
    Make a folder and find out whether files can be made in it.

    Parameters
    ----------
    folder : path

    Raises
    ------
    ParameterError
        If it cannot be made or written to.
    """
    import tempfile

    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        raise ParameterError(
            f"nothing can be written to {folder} ({error.strerror or error}); "
            "choose another place with -o."
        ) from error


def write_tables(
    tables: Mapping[str, "pd.DataFrame"],
    common: CommonOptions,
    *,
    main: str,
    view: str | None = None,
) -> None:
    """
    Write tables where the user wants them.

    Parameters
    ----------
    tables : mapping of str to pandas.DataFrame
    common : CommonOptions
        The format, by default a table on stdout and CSV in files; the output, which
        `prepare_target` has checked and made; and the columns asked for.
    main : str
        The table that a single CSV or Parquet file, or a table on a terminal, shows.
    view : str, optional
        Key of `il2struct.results.views.COLUMNS` that says what a person sees of the main table; its
        own by default.

    Raises
    ------
    ParameterError
        If there is no such column.
    OSError
        If it cannot be written.
    """
    output, output_format = common.output, common.output_format
    view = view or main
    suffix = None if output is None else BY_SUFFIX.get(output.suffix.lower())
    if suffix in ALONE or (output is None and output_format in ALONE):
        tables = {**tables, main: _with_failed(tables, main)}
    if common.columns is not None:
        tables = {**tables, main: _chosen(tables[main], common.columns)}
    if common.wide or common.columns is not None:
        view = ""
    if output is None:
        if output_format in (None, OutputFormat.TABLE):
            width = None if common.wide else terminal_width()
            print_text(as_text(view, tables[main], width))
        else:
            print_text(
                as_json(tables)
                if output_format is OutputFormat.JSON
                else as_csv(tables[main])
            )
        return
    if suffix is None:
        with own_files(output, main):
            write_folder(tables, output, output_format or OutputFormat.CSV)
    elif suffix is OutputFormat.TABLE:
        _write_text(as_text(view, tables[main]), output)
    else:
        _write_file(tables, main, output, suffix)


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


def _chosen(table: "pd.DataFrame", columns: str) -> "pd.DataFrame":
    """Columns by their names with commas in between."""
    names = [name.strip() for name in columns.split(",") if name.strip()]
    unknown = [name for name in names if name not in table]
    if unknown or not names:
        raise ParameterError(
            f"--columns: there is no column {', '.join(unknown) or 'named'}; "
            f"there are: {', '.join(map(str, table.columns))}."
        )
    return table[names]


def write_folder(
    tables: Mapping[str, "pd.DataFrame"], folder: Path, output_format: OutputFormat
) -> None:
    """
    Write each table as a file of its own.

    Parameters
    ----------
    tables : mapping of str to pandas.DataFrame
    folder : path
        Made if it is not there.
    output_format : OutputFormat
        ``table`` writes text.
    """
    folder.mkdir(parents=True, exist_ok=True)
    endings = {OutputFormat.TABLE: "txt"}
    for name, table in tables.items():
        path = folder / f"{name}.{endings.get(output_format, output_format.value)}"
        _write_file({name: table}, name, path, output_format)


def _write_file(
    tables: Mapping[str, "pd.DataFrame"],
    main: str,
    path: Path,
    output_format: OutputFormat,
) -> None:
    if output_format is OutputFormat.PARQUET:
        tables[main].to_parquet(path, index=False)
        return
    text = {
        OutputFormat.CSV: lambda: as_csv(tables[main]),
        OutputFormat.JSON: lambda: as_json(tables),
        OutputFormat.TABLE: lambda: as_text(main, tables[main]),
    }[output_format]()
    _write_text(text, path)


def _write_text(text: str, path: Path) -> None:
    # Names of files may hold bytes that are no text; JSON reads the escapes that this makes of them.
    path.write_text(text, encoding="utf-8", errors="backslashreplace")


def print_text(text: str) -> None:
    """
    Write to standard output and nothing else.

    Parameters
    ----------
    text : str
        With its line ends.

    Raises
    ------
    OSError
        If standard output cannot take it.
    """
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


def as_csv(table: "pd.DataFrame") -> str:
    """Return a table as CSV, missing values empty, numbers with 7 significant digits."""
    return str(
        table.to_csv(index=False, float_format=f"%.{DIGITS}g", lineterminator="\n")
    )


def as_json(tables: Mapping[str, "pd.DataFrame"]) -> str:
    """Return tables as one JSON object of row lists with its version, missing values null."""
    content = document({name: _records(table) for name, table in tables.items()})
    return json.dumps(content, ensure_ascii=False, allow_nan=False, indent=1) + "\n"


def _records(table: "pd.DataFrame") -> list[dict[str, Any]]:
    return [
        {name: _plain(value) for name, value in row.items()} for row in records(table)
    ]


def _plain(value: Any) -> Any:  # noqa: ANN401  # any cell of a table
    return float(f"{value:.{DIGITS}g}") if isinstance(value, float) else value
