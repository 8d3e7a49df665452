"""
The schemas of every table: column, type, unit and meaning, one line a column in the text files here.

Others build on these names; a change of one is a change of the public interface. ``[table]`` begins a
table and ``[.group]`` what several tables share; ``+ name`` takes the columns of either. Lines with
``{}`` in a row stand twice, for side 1 and side 2, and a line with ``{kind}`` for every kind of bond
that the table has not named before it.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import resources
from itertools import groupby
from typing import Final

from il2struct.bond_kinds import KINDS, drawn_kinds, listed, named_kinds

#: The files, in the order of the documentation.
FILES: Final = (
    *("entry", "interface", "engineering"),
    *("network", "trajectory", "figures"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column."""

    #: snake_case, with the unit at its end where it has one.
    name: str
    #: ``text``, ``integer``, ``number`` or ``flag``.
    kind: str
    #: Empty for names, counts and flags.
    unit: str
    #: One sentence.
    meaning: str


def sections_of(package: str, file: str) -> Iterator[tuple[str, list[str]]]:
    """Give the name and the lines of each ``[section]`` of a text file of the package."""
    text = (resources.files(package) / f"{file}.txt").read_text(encoding="utf-8")
    for name, body in re.findall(r"^\[(.+)\]\n((?:.+\n)*)", text, re.MULTILINE):
        yield name, body.splitlines()


def _lines(lines: Sequence[str]) -> Iterator[str]:
    """Give the lines of a table, those that stand for several once for each."""
    for is_sided, group in groupby(lines, key=lambda line: "{}" in line):
        own = list(group)
        for side in (1, 2) if is_sided else ("",):
            for line in own:
                name = line.split(" |")[0]
                if "{kind}" not in name:
                    yield line.replace("{}", str(side))
                    continue
                before = {known.split(" |")[0] for known in lines}
                for kind in KINDS.values():
                    if name.replace("{kind}", kind.name) not in before:
                        yield line.format(
                            kind=kind.name,
                            count=kind.count_meaning,
                            flag=kind.flag_meaning,
                        )


def _read() -> dict[str, tuple[Column, ...]]:
    drawn = [kind.name for kind in drawn_kinds()]
    words = {
        "{kinds}": ", ".join(KINDS),
        "{drawn_kinds}": listed(drawn),
        "{drawn_kinds_or_contact}": listed([*drawn, "contact"]),
        "{named_kinds}": listed([kind.name for kind in named_kinds()]),
    }
    tables: dict[str, tuple[Column, ...]] = {}
    for file in FILES:
        for name, lines in sections_of("il2struct.schemas", file):
            columns: list[Column] = []
            for line in _lines(lines):
                if line.startswith("+"):
                    shared = line.removeprefix("+ ")
                    columns += tables.get(shared) or tables[f".{shared}"]
                    continue
                for word, meant in words.items():
                    line = line.replace(word, meant)  # built up
                cells = [cell.strip() for cell in line.split("|")]
                kinds = ("name", "kind", "unit", "meaning")
                columns.append(Column(**dict(zip(kinds, cells, strict=True))))
            tables[name] = tuple(columns)
    return {name: own for name, own in tables.items() if not name.startswith(".")}


SCHEMAS: Final = _read()
