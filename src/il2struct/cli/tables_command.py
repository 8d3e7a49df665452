"""The command ``tables``: SQL over the results of a batch."""

from pathlib import Path
from typing import Annotated

import typer

from il2struct.cli.command import with_common_options
from il2struct.cli.options import CommonOptions


@with_common_options
def tables_command(
    folder: Annotated[
        Path,
        typer.Argument(metavar="FOLDER", help="What il2struct batch wrote."),
    ],
    common: CommonOptions,
    sql: Annotated[
        str | None,
        typer.Option(
            help="Query in DuckDB's SQL; tables have the names of docs/tables.md "
            "[default: list the tables]."
        ),
    ] = None,
) -> int:
    """Query the tables of a batch with SQL, or list them."""
    from il2struct.batches.query import count_rows, query
    from il2struct.cli.output import prepare_target, write_tables
    from il2struct.cli.runner import ALL_DONE, start_logging, usage_errors

    start_logging(common)
    with usage_errors(common):
        prepare_target(common.output_format, common.output)
        found = count_rows(folder) if sql is None else query(folder, sql)
    name = "tables" if sql is None else "query"
    write_tables(
        {name: found},
        main=name,
        output_format=common.output_format,
        output=common.output,
    )
    return ALL_DONE
