"""What a column of a table is, and how schemas are written down."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """
    One column.

    Attributes
    ----------
    name : str
        snake_case, with the unit at its end where it has one.
    kind : str
        ``text``, ``integer``, ``number`` or ``flag``.
    unit : str
        Empty for names, counts and flags.
    meaning : str
        One sentence.
    """

    name: str
    kind: str
    unit: str
    meaning: str


def columns(text: str) -> tuple[Column, ...]:
    """Read lines ``name | kind | unit | meaning``."""
    rows = [
        [cell.strip() for cell in line.split("|")] for line in text.strip().splitlines()
    ]
    return tuple(Column(name=n, kind=k, unit=u, meaning=m) for n, k, u, m in rows)


def sided(text: str) -> tuple[Column, ...]:
    """Columns that exist for side 1 and side 2: ``{}`` stands for the number of the side."""
    return columns("\n".join(text.strip().replace("{}", str(side)) for side in (1, 2)))
