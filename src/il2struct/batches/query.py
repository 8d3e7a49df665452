"""SQL over the tables of a batch, through DuckDB, which sees nothing but them."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from il2struct.batches.store import dataset_files
from il2struct.errors import ParameterError

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa


def batch_files(folder: Path) -> dict[str, list[Path]]:
    """
    Find the files of each table of a batch.

    Parameters
    ----------
    folder : path
        Of the results.

    Raises
    ------
    ParameterError
        If there are none.
    """
    files = dataset_files(folder)
    if not files:
        raise ParameterError(
            f"{folder} holds no tables of a batch; name the folder that il2struct batch wrote "
            "(what is finished of it shows when a shard is full, or the batch ends)."
        )
    return files


def count_rows(folder: Path) -> "pd.DataFrame":
    """
    Count the rows of each table of a batch, from the ends of its files alone.

    Parameters
    ----------
    folder : path

    Returns
    -------
    pandas.DataFrame
        Columns table, n_rows, n_files and n_bytes.

    Raises
    ------
    ParameterError
        If the folder has no tables.
    """
    import pandas as pd
    import pyarrow.parquet as pq

    rows = [
        {
            "table": name,
            "n_rows": sum(pq.read_metadata(path).num_rows for path in files),
            "n_files": len(files),
            "n_bytes": sum(path.stat().st_size for path in files),
        }
        for name, files in batch_files(folder).items()
    ]
    return pd.DataFrame(rows)


def query(folder: Path, sql: str) -> "pd.DataFrame":
    """
    Ask the tables of a batch in SQL.

    Parameters
    ----------
    folder : path
        Of the results; each table is there under its own name.
    sql : str
        DuckDB's SQL. It reads and writes no file and loads no extension.

    Raises
    ------
    ParameterError
        If the folder has no tables, or DuckDB refuses the query.
    """
    import duckdb
    import pyarrow as pa

    connection = duckdb.connect(":memory:")
    try:
        for name, dataset in _datasets(batch_files(folder)).items():
            connection.register(name, dataset)
        for setting in (
            "autoinstall_known_extensions = false",
            "autoload_known_extensions = false",
            "python_enable_replacements = false",
            "enable_external_access = false",
            "lock_configuration = true",
        ):
            connection.execute(f"SET {setting}")
        answer = connection.sql(sql)
        # Arrow keeps counts and gaps apart, which pandas' own integers do not.
        found = answer.to_arrow_table() if answer else pa.table({})
    except duckdb.Error as error:
        text = " ".join(str(error).split())
        raise ParameterError(f"the query cannot be answered: {text}") from error
    finally:
        connection.close()
    return _frame(found)


def _frame(found: "pa.Table") -> "pd.DataFrame":
    """Turn an answer into pandas, counts with missing values as counts."""
    import pandas as pd
    import pyarrow as pa

    dtypes = {
        pa.int64(): pd.Int64Dtype(),
        pa.bool_(): pd.BooleanDtype(),
        pa.string(): pd.StringDtype(),
        pa.large_string(): pd.StringDtype(),
    }
    frame: pd.DataFrame = found.to_pandas(types_mapper=dtypes.get)
    return frame


def _datasets(files: Mapping[str, list[Path]]) -> dict[str, Any]:
    """Arrow datasets, read as the query needs them."""
    import pyarrow.dataset as ds

    return {
        name: ds.dataset([str(path) for path in paths], format="parquet")
        for name, paths in files.items()
    }
