"""The same interface in several complexes and entries, as figures that compare them need it."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from itertools import groupby
from typing import Any, TypeAlias, cast

from il2struct.comparison import complexes
from il2struct.comparison import tables as compared
from il2struct.figures.options import COPIES, current
from il2struct.figures.words import plain, safe
from il2struct.structure.family import role_rank

#: What the figures take: entries, measured or to be measured with the defaults, or what
#: `occurrences_of` made of them.
Compared: TypeAlias = "complexes.Compared | tuple[Occurrence, ...]"


#: Interfaces that share a row: one, or the copies of an entry.
Copies: TypeAlias = "tuple[Occurrence, ...]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrence(compared.Occurrence):
    """
    One interface between two roles, in one complex of one entry, by mature residue numbers.

    For each side the buried area by number and the numbers of interface residues;
    `is_conditional` says of a bond, by both numbers and its kind, whether it needs a flip or proton.
    """

    buried_a2: tuple[Mapping[int, float], Mapping[int, float]]
    touching: tuple[frozenset[int], frozenset[int]]
    is_conditional: Mapping[tuple[int, int, str], bool]

    def chains(self, side: int) -> str:
        """Return the chains of side 1 or 2."""
        return str(self.summary[f"auth_asym_id_{side}"])


def occurrences_of(results: Compared) -> tuple[Occurrence, ...]:
    """Collect the interfaces of known roles of some entries, in the order of the entries."""
    if isinstance(results, tuple):
        collected = tuple(each for each in results if isinstance(each, Occurrence))
        if collected:
            return collected
    entries = cast("complexes.Compared", results)
    return tuple(_made(found) for found in compared.occurrences_of(entries))


def _made(found: compared.Occurrence) -> Occurrence:
    buried: tuple[dict[int, float], dict[int, float]] = ({}, {})
    touching: tuple[set[int], set[int]] = (set(), set())
    for row in found.residues:
        if row["mature_number"] is None:
            continue
        side, number = int(row["side"]) - 1, int(row["mature_number"])
        buried[side][number] = buried[side].get(number, 0.0) + float(row["buried_a2"])
        if row["is_interface"]:
            touching[side].add(number)
    bonds: dict[tuple[int, int, str], bool] = {}
    for row in found.bonds:
        if not compared.is_direct(row):
            continue
        conditional = bool(row["needs_flip"] or row["needs_protonation"])
        for kind in compared.KINDS:
            if row[f"is_{kind}"]:
                key = (int(row["mature_number_1"]), int(row["mature_number_2"]), kind)
                bonds[key] = bonds.get(key, True) and conditional
    return Occurrence(
        **{own.name: getattr(found, own.name) for own in fields(found)},
        buried_a2=buried,
        touching=(frozenset(touching[0]), frozenset(touching[1])),
        is_conditional=bonds,
    )


def by_pair(
    occurrences: Iterable[Occurrence],
) -> dict[tuple[str, str], list[Occurrence]]:
    """Group occurrences by their roles, in the order of roles."""
    groups: dict[tuple[str, str], list[Occurrence]] = {}
    for found in occurrences:
        groups.setdefault(found.pair, []).append(found)
    return {
        pair: groups[pair]
        for pair in sorted(groups, key=lambda p: (role_rank(p[0]), role_rank(p[1])))
    }


def in_rows(sided: Iterable[tuple[Occurrence, int]]) -> list[tuple[Copies, int, str]]:
    """
    Give each interface, or the copies of an entry (`FigureOptions.copies`), a row: with a side, and a label.

    Copies follow each other.
    """
    shown = list(sided)
    labels = row_labels(shown)
    if current().copies == COPIES[0]:
        return [
            ((own,), side, label)
            for (own, side), label in zip(shown, labels, strict=True)
        ]
    rows = []
    for (_, entry_id, side), group in groupby(
        zip(shown, labels, strict=True),
        key=lambda each: (each[0][0].pair, each[0][0].entry_id, each[0][1]),
    ):
        own = list(group)
        label = f"{safe(entry_id, longest=12)} ({len(own)} copies)"
        copies = tuple(each for (each, _), _ in own)
        rows.append((copies, side, label if own[1:] else own[0][1]))
    return rows


def row_labels(named: Iterable[tuple[Occurrence, int]]) -> list[str]:
    """
    Name occurrences by entry and chains, ``2B5I A–D``, the given side first, safe to draw.

    The complex is added where two would have one name.
    """
    shown = list(named)
    short = [
        f"{safe(o.entry_id, longest=12)} {_chains(o, side)}–{_chains(o, 3 - side)}"
        for o, side in shown
    ]
    often = Counter(short)
    return [
        text
        if often[text] == 1
        else f"{text} ({safe(str(o.summary['complex_id'] or ''), longest=6)})"
        for text, (o, _) in zip(short, shown, strict=True)
    ]


def _chains(found: Occurrence, side: int) -> str:
    return safe(found.chains(side), longest=8)


def letter_in(copies: Copies, side: int, number: int) -> str:
    """Return the entry's own letter of a residue of side 1 or 2; empty where no copy models it."""
    known = (own.letters[side - 1] for own in copies)
    return next((letters[number] for letters in known if number in letters), "")


def key_of(found: Occurrence) -> dict[str, Any]:
    """Return the columns that say which interface a row of a figure's table is of."""
    return {
        "role_1": found.pair[0],
        "role_2": found.pair[1],
        "entry_id": found.entry_id,
        "complex": found.name,
        "interface_id": found.summary["interface_id"],
    }


def terms_of(found: Sequence[Occurrence]) -> str:
    """Return cut-offs and criteria of interfaces, as a sentence."""
    kinds = dict.fromkeys(
        f"contact cut-off {o.summary['contact_cutoff_a']:g} Å, probe "
        f"{o.summary['probe_radius_a']:g} Å, bonds by {o.summary['preset']}"
        for o in found
    )
    sentence = "; ".join(kinds)
    return f"{sentence[0].upper()}{sentence[1:]}."


def listed(words: Sequence[str]) -> str:
    """Join words as in a sentence, those of files made harmless."""
    clean = [plain(word) for word in words]
    return " and ".join([", ".join(clean[:-1]), clean[-1]] if clean[1:] else clean)
