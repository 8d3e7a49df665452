"""Tables to stdout or files, in the format asked for."""

import io
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from il2struct.cli.options import OutputFormat
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
#: Endings of files that people ask for and that are not written; no folder is called so.
NOT_WRITTEN: Final = frozenset(
    {".xlsx", ".xls", ".ods", ".tsv", ".html", ".md", ".pdf", ".feather", ".pq", ".gz"}
)
#: Columns that the format ``table`` shows, where a table has more than fit on a screen.
BRIEF: Final[dict[str, tuple[str, ...]]] = {
    "files": ("entry_id", "status", "origin", "file_format", "revision", "path"),
    "chains": (
        "entry_id",
        "auth_asym_id",
        "role",
        "species",
        "identity",
        "coverage",
        "n_modelled",
        "mutations",
        "gaps",
        "complex_ids",
    ),
    "interfaces": (
        "entry_id",
        "complex_id",
        "interface_id",
        "auth_asym_id_1",
        "auth_asym_id_2",
        "area_per_side_a2",
        "n_residues_1",
        "n_residues_2",
        "n_core_levy",
        "n_hydrogen_bond",
        "n_salt_bridge",
        "n_needs_flip",
        "n_water_mediated",
    ),
    "sc": (
        "entry_id",
        "complex_id",
        "interface_id",
        "auth_asym_id_1",
        "auth_asym_id_2",
        "sc",
        "sc_error",
        "sc_1_to_2",
        "sc_2_to_1",
        "sc_converged",
        "sc_converged_error",
        "sc_with_glycans",
        "median_distance_a",
        "trimmed_area_a2",
        "n_dots",
    ),
    "bonds": (
        "entry_id",
        "complex_id",
        "interface_id",
        "auth_asym_id_1",
        "mature_number_1",
        "residue_name_1",
        "atom_name_1",
        "auth_asym_id_2",
        "mature_number_2",
        "residue_name_2",
        "atom_name_2",
        "distance_a",
        "angle_dha_deg",
        "kinds",
    ),
    "trajectory_interfaces": (
        "entry_id",
        "complex_id",
        "interface_id",
        "auth_asym_id_1",
        "auth_asym_id_2",
        "n_frames",
        "n_frames_in_contact",
        "area_per_side_mean_a2",
        "area_per_side_error_a2",
        "n_residue_pairs_mean",
        "n_hydrogen_bond_mean",
        "n_salt_bridge_mean",
        "sc_mean",
        "sc_error",
    ),
    "lattice_contacts": (
        "entry_id",
        "complex_id",
        "interface_id",
        "auth_asym_id_1",
        "auth_asym_id_2",
        "operator",
        "kind",
        "area_per_side_a2",
        "sc",
        "n_hydrogen_bond",
        "n_salt_bridge",
        "translation_a",
        "rotation_deg",
        "is_propagating",
        "ring_size",
        "contact_class",
    ),
    "contact_classes": (
        "contact_class",
        "is_lattice",
        "n_contacts",
        "n_crystal_forms",
        "area_mean_a2",
        "jaccard_minimum",
        "pose_distance_maximum_a",
        "conserved_bonds",
        "members",
    ),
    "concordance": (
        "entry_id",
        "complex_id",
        "interface_id",
        "mature_number_1",
        "residue_name_1",
        "atom_name_1",
        "mature_number_2",
        "residue_name_2",
        "atom_name_2",
        "distance_a",
        "n_presets",
        "presets",
    ),
}


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
    *,
    main: str,
    output_format: OutputFormat | None,
    output: Path | None,
    view: str | None = None,
) -> None:
    """
    Write tables where the user wants them.

    Parameters
    ----------
    tables : mapping of str to pandas.DataFrame
    main : str
        The table that a single CSV or Parquet file, or a table on a terminal, shows.
    output_format : OutputFormat or None
        By default a table on stdout, CSV in files.
    output : path or None
        None for stdout; a name that ends in .txt, .csv, .json or .parquet for one file; else a
        folder. Checked and made by `prepare_target`.
    view : str, optional
        Key of `BRIEF` that says which columns of the main table a person sees; its own by default.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    if output is None:
        if output_format in (None, OutputFormat.TABLE):
            _print(as_text(view or main, tables[main]))
        else:
            _print(
                as_json(tables)
                if output_format is OutputFormat.JSON
                else as_csv(tables[main])
            )
        return
    suffix = BY_SUFFIX.get(output.suffix.lower())
    if suffix is None:
        write_folder(tables, output, output_format or OutputFormat.CSV)
    else:
        _write_file(tables, main, output, suffix)


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
    # Names of files may hold bytes that are no text; JSON reads the escapes that this makes of them.
    path.write_text(text, encoding="utf-8", errors="backslashreplace")


def _print(text: str) -> None:
    """Write to standard output and nothing else."""
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


def as_text(name: str, table: "pd.DataFrame") -> str:
    """Return a table as aligned text, with the columns that matter most."""
    if "kinds" in BRIEF.get(name, ()):
        table = table.assign(kinds=_kinds(table))
    columns = [
        _known_number(column, table) for column in BRIEF.get(name, tuple(table.columns))
    ]
    rows = [
        [_cell(value, name) for name, value in zip(columns, row, strict=True)]
        for row in table[columns].itertuples(index=False)
    ]
    widths = [
        max(len(line[i]) for line in [columns, *rows]) for i in range(len(columns))
    ]
    lines = [
        _aligned(line, widths) for line in [columns, ["-" * w for w in widths], *rows]
    ]
    return "\n".join(lines) + "\n"


def _known_number(column: str, table: "pd.DataFrame") -> str:
    """Name the author's number in place of a mature number that no row has."""
    by_author = column.replace("mature_number", "auth_number")
    if by_author == column or by_author not in table or not table[column].isna().all():
        return column
    return by_author


def _kinds(bonds: "pd.DataFrame") -> list[str]:
    """Words for the boolean columns that are true."""
    flags = [c for c in bonds.columns if c.startswith(("is_", "needs_"))]
    names = [flag.removeprefix("is_") for flag in flags]
    return [
        " ".join(name for name, value in zip(names, row, strict=True) if value)
        for row in bonds[flags].itertuples(index=False, name=None)
    ]


def _cell(value: Any, column: str) -> str:  # noqa: ANN401  # any cell of a table
    import pandas as pd

    if value is None or pd.isna(value):
        return ""
    if isinstance(value, float):
        if column.startswith("sc"):
            return f"{value:.3f}"
        return f"{value:.2f}" if abs(value) < 100 else f"{value:.0f}"
    return one_line(str(value))


def one_line(text: str) -> str:
    """Text without line ends and other control characters, which files may hold."""
    return "".join(c if c.isprintable() else " " for c in text)


def _aligned(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(
        cell.ljust(width) for cell, width in zip(cells, widths, strict=True)
    ).rstrip()
