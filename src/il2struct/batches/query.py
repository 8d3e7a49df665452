"""SQL over the tables of a batch, through DuckDB, which sees nothing but them."""

from pathlib import Path
from typing import TYPE_CHECKING

from il2struct.batches.store import dataset_files
from il2struct.errors import ParameterError

if TYPE_CHECKING:
    import pandas as pd


def _batch_files(folder: Path) -> dict[str, list[Path]]:
    files = dataset_files(folder)
    if not files:
        raise ParameterError(
            f"{folder} holds no tables of a batch; name the folder that il2struct batch wrote "
            "(what is finished of it shows when a shard is full, or the batch ends)."
        )
    return files


def count_rows(folder: Path) -> "pd.DataFrame":
    """Columns table, n_rows, n_files and n_bytes of a batch, from the ends of its files alone."""
    import pandas as pd
    import pyarrow.parquet as pq

    rows = [
        {
            "table": name,
            "n_rows": sum(pq.read_metadata(path).num_rows for path in files),
            "n_files": len(files),
            "n_bytes": sum(path.stat().st_size for path in files),
        }
        for name, files in _batch_files(folder).items()
    ]
    return pd.DataFrame(rows)


def query(folder: Path, sql: str) -> "pd.DataFrame":
    """
    Ask the tables of a batch, each under its own name, in DuckDB's SQL.

    The query reads and writes no file and loads no extension. Counts with missing values stay
    counts. `ParameterError` if the folder has no tables, or DuckDB refuses.
    """
    import duckdb
    import pandas as pd
    import pyarrow as pa
    import pyarrow.dataset as ds

    connection = duckdb.connect(":memory:")
    try:
        for name, files in _batch_files(folder).items():
            # Read as the query needs them.
            dataset = ds.dataset([str(path) for path in files], format="parquet")
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
        # Arrow keeps counts and gaps apart, which pandas' own integers do not. An answer without
        # rows is false, and has columns all the same.
        rows = pa.table({}) if answer is None else answer.to_arrow_table()
    except duckdb.Error as error:
        text = " ".join(str(error).split())
        raise ParameterError(f"the query cannot be answered: {text}") from error
    finally:
        connection.close()
    dtypes = {
        pa.int64(): pd.Int64Dtype(),
        pa.bool_(): pd.BooleanDtype(),
        pa.string(): pd.StringDtype(),
        pa.large_string(): pd.StringDtype(),
    }
    frame: pd.DataFrame = rows.to_pandas(types_mapper=dtypes.get)
    return frame
