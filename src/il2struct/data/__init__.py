"""Small reference tables, each row with its source."""

import csv
from importlib import resources


def rows_of(name: str) -> list[dict[str, str]]:
    """
    Read a table of this folder.

    Parameters
    ----------
    name : str
        File name, such as ``"affinities.csv"``.

    Returns
    -------
    list of dict
        One dict a row, all values as text. Lines that begin with ``#`` are comments.
    """
    text = resources.files("il2struct.data").joinpath(name).read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return list(csv.DictReader(lines))
