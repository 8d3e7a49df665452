"""Interfaces of known roles in several complexes and entries, with distinct names."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from il2struct.interface.interface import Interface
from il2struct.results.entry_tables import distinct_name
from il2struct.results.interfaces import InterfaceResults
from il2struct.results.study import Study
from il2struct.structure.family import shown_roles
from il2struct.structure.model import NO_NUMBER
from il2struct.structure.named import NamedEntry
from il2struct.structure.roles import ChainRole
from il2struct.tables import records

if TYPE_CHECKING:
    import pandas as pd

#: What is compared: entries, measured or to be measured with the defaults.
Compared: TypeAlias = Iterable[InterfaceResults | Study] | InterfaceResults | Study
#: Rows of a table, missing values as None.
Rows: TypeAlias = list[dict[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrence:
    """
    One interface between two roles, in one complex of one entry.

    Attributes
    ----------
    entry_id : str
        Distinct among the entries compared.
    name : str
        Entry and complex, as in the tables of `il2struct.compare`.
    pair : tuple of str
        Role of each side.
    modelled : tuple of mapping of int to str
        For each side the reference letter by number, of residues with coordinates. Numbers here, in
        ``residues`` and in ``bonds`` are mature ones of the human protein, also for other species.
    summary : mapping of str to object
        Row of the table ``interfaces``.
    residues, bonds : list of dict
        Rows of these tables.
    """

    entry_id: str
    name: str
    pair: tuple[str, str]
    modelled: tuple[Mapping[int, str], Mapping[int, str]]
    summary: Mapping[str, Any]
    residues: Rows
    bonds: Rows


def occurrences_of(results: Compared) -> tuple[Occurrence, ...]:
    """
    Collect the interfaces of known roles of some entries, in the order of the entries.

    Parameters
    ----------
    results : iterable of InterfaceResults or Study
        Or a single one; a `Study` is measured with the defaults. Of several with one entry id,
        the second is called ``<id>_2``, and so on.
    """
    # InterfaceResults is a sequence too, of interfaces.
    several = [results] if isinstance(results, InterfaceResults | Study) else results
    measured = [one.interfaces() if isinstance(one, Study) else one for one in several]
    names = distinct_entries([each.named for each in measured])
    return tuple(
        occurrence
        for each, name in zip(measured, names, strict=True)
        for occurrence in _of_entry(each, name)
    )


def distinct_entries(entries: Iterable[NamedEntry]) -> list[str]:
    """Return the id of each entry, the second of one id as ``<id>_2``, and so on."""
    names: list[str] = []
    for named in entries:
        names.append(distinct_name(_word(named.entry.entry_id), names))
    return names


def _word(text: str) -> str:
    """Text that can stand in a list separated by spaces."""
    return "_".join(text.split())


def _of_entry(results: InterfaceResults, entry: str) -> list[Occurrence]:
    """Interfaces with a known role on both sides, with the rows that belong to each."""
    known = set(shown_roles())
    named = [
        (interface, row)
        for interface, row in zip(results, records(results.table), strict=True)
        if row["role_1"] in known and row["role_2"] in known
    ]
    similar = Counter((row["complex_id"], _pair(row)) for _, row in named)
    residues, bonds = _by_interface(results.residues), _by_interface(results.bonds)
    found = []
    for interface, row in named:
        sides = _chains_of_sides(results.named, interface)
        first, second = (_common_numbers(chains) for chains in sides)
        found.append(
            Occurrence(
                entry_id=entry,
                name=_name(
                    entry, row, is_only=similar[row["complex_id"], _pair(row)] == 1
                ),
                pair=_pair(row),
                modelled=(_modelled(sides[0]), _modelled(sides[1])),
                summary=row,
                residues=[
                    _renumbered(
                        each, {"mature_number": first if each["side"] == 1 else second}
                    )
                    for each in residues[_place(row)]
                ],
                bonds=[
                    _renumbered(
                        each, {"mature_number_1": first, "mature_number_2": second}
                    )
                    for each in bonds[_place(row)]
                ],
            )
        )
    return found


def _pair(row: Mapping[str, Any]) -> tuple[str, str]:
    return row["role_1"], row["role_2"]


def _place(row: Mapping[str, Any]) -> tuple[str | None, str]:
    return row["complex_id"], row["interface_id"]


def _by_interface(table: "pd.DataFrame") -> dict[tuple[str | None, str], Rows]:
    found: dict[tuple[str | None, str], Rows] = defaultdict(list)
    for row in records(table):
        found[_place(row)].append(row)
    return found


def _name(entry: str, row: Mapping[str, Any], *, is_only: bool) -> str:
    """Complex of an occurrence; the interface too where the complex does not tell it."""
    words = [entry, row["complex_id"]]
    if not is_only or row["complex_id"] is None:
        words.append(_word(row["interface_id"]))
    return ":".join(word for word in words if word)


def _chains_of_sides(
    named: NamedEntry, interface: Interface
) -> tuple[list[ChainRole], list[ChainRole]]:
    roles = {role.auth_asym_id: role for role in named.roles}
    first, second = (
        [roles[image.auth_asym_id] for image in partner.images]
        for partner in interface.sides
    )
    return first, second


def _common_numbers(chains: Sequence[ChainRole]) -> dict[int, int]:
    """Human number by mature number, so that species compare; the same where there is no human."""
    found: dict[int, int] = {}
    for role in chains:
        has_human = (role.human_number != NO_NUMBER).any()
        common = role.human_number if has_human else role.mature_number
        found |= zip(role.mature_number.tolist(), common.tolist(), strict=True)
    return {own: number for own, number in found.items() if number != NO_NUMBER}


def _renumbered(
    row: Mapping[str, Any], numbers: Mapping[str, Mapping[int, int]]
) -> dict[str, Any]:
    return {**row, **{name: known.get(row[name]) for name, known in numbers.items()}}


def _modelled(chains: Sequence[ChainRole]) -> dict[int, str]:
    """Return the common numbers with coordinates, and the reference letter of each."""
    numbers = _common_numbers(chains)
    return {
        numbers[mature]: str(role.reference_letter[i])
        for role in chains
        for i, mature in enumerate(role.mature_number.tolist())
        if role.is_modelled[i] and role.reference_letter[i] and mature in numbers
    }


def is_direct(row: Mapping[str, Any]) -> bool:
    """
    Whether a bond joins two numbered residues (a sugar has no number) without a water between.

    Parameters
    ----------
    row : mapping
        Of the table ``bonds``.
    """
    numbers = (row["mature_number_1"], row["mature_number_2"])
    return None not in numbers and not row["is_water_mediated"]
