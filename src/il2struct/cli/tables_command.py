"""The command ``tables``: SQL over the results of a batch."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from il2struct.cli.command import with_common_options
from il2struct.cli.options import CommonOptions
from il2struct.errors import ParameterError

if TYPE_CHECKING:
    import pandas as pd


@with_common_options
def tables_command(
    common: CommonOptions,
    folder: Annotated[
        Path | None,
        typer.Argument(metavar="FOLDER", help="What il2struct batch wrote."),
    ] = None,
    sql: Annotated[
        str | None,
        typer.Option(
            help="Query in DuckDB's SQL; tables have the names that il2struct docs tables lists "
            "[default: list the tables]."
        ),
    ] = None,
    describe: Annotated[
        str | None,
        typer.Option(
            metavar="TABLE",
            help="Say what the columns of a table mean; takes no FOLDER.",
        ),
    ] = None,
) -> int:
    """Query the tables of a batch with SQL, or list them."""
    from il2struct.cli.output import prepare_target, write_tables
    from il2struct.cli.runner import ALL_DONE

    prepare_target(common.output_format, common.output)
    name, found = _asked_for(folder, sql, describe)
    write_tables({name: found}, common, main=name)
    return ALL_DONE


def _asked_for(
    folder: Path | None, sql: str | None, describe: str | None
) -> "tuple[str, pd.DataFrame]":
    """Name and rows of what was asked for."""
    if describe is not None:
        from il2struct.tables import described

        if folder is not None or sql is not None:
            raise ParameterError("--describe stands alone, without FOLDER or --sql.")
        return "columns", described(describe)
    if folder is None:
        raise ParameterError("name the FOLDER of a batch, or a table with --describe.")
    from il2struct.batches.query import count_rows, query
    from il2struct.progress import step

    if sql is None:
        with step(f"counting rows in {folder}", 1.0):
            return "tables", count_rows(folder)
    with step(f"asking {folder}", 1.0):
        return "query", query(folder, sql)
