"""Small reference tables, each row with its source."""

import csv
from functools import cache
from importlib import resources


@cache
def rows_of(name: str) -> list[dict[str, str]]:
    """
    Read a table of this folder, such as ``"affinities.csv"``, once: rows as texts by column.

    Lines that begin with ``#`` are comments. The rows are shared; do not change them.
    """
    text = resources.files("il2struct.data").joinpath(name).read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return list(csv.DictReader(lines))
