"""The same interface across complexes and entries, keyed by role pair and mature number."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from il2struct.bond_kinds import named_kinds
from il2struct.results.entry_tables import distinct_name
from il2struct.results.interfaces import InterfaceResults
from il2struct.results.study import Study
from il2struct.schemas import SCHEMAS
from il2struct.structure.family import role_rank, shown_roles
from il2struct.structure.model import NO_NUMBER
from il2struct.structure.named import NamedEntry
from il2struct.structure.roles import ChainRole
from il2struct.tables import records, table_from_rows

if TYPE_CHECKING:
    import pandas as pd

#: Columns of ``interfaces`` that are compared.
COMPARED: Final = (
    "area_per_side_a2",
    "area_with_glycans_per_side_a2",
    "area_apolar_a2",
    "area_polar_a2",
    "area_charged_a2",
    "n_residues_1",
    "n_residues_2",
    "n_core_levy",
    "n_support_levy",
    "n_rim_levy",
    "n_buried_95",
    "n_hydrogen_bond",
    "n_salt_bridge",
    "n_needs_flip",
    "n_water_mediated",
    "solvation_estimate_kcal",
    "sc",
    "sc_converged",
)
#: Kinds of bond that are compared.
KINDS: Final = tuple(kind.name for kind in named_kinds())

#: Role pair and what tells residues or bonds apart within it.
_Key: TypeAlias = tuple[Any, ...]
#: What is compared: entries, measured or to be measured with the defaults.
Compared: TypeAlias = Iterable[InterfaceResults | Study] | InterfaceResults | Study
#: Rows of a table, missing values as None.
Rows: TypeAlias = list[dict[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrence:
    """
    One interface between two roles, in one complex of one entry.

    Numbers in ``modelled`` (for each side the reference letter by number, of residues with
    coordinates), ``residues`` and ``bonds`` (rows of these tables) are mature ones of the human
    protein, also for other species.
    """

    # distinct among the entries compared
    entry_id: str
    # entry and complex, as in the tables of `il2struct.compare`
    name: str
    pair: tuple[str, str]
    modelled: tuple[Mapping[int, str], Mapping[int, str]]
    summary: Mapping[str, Any]  # row of the table ``interfaces``
    residues: Rows
    bonds: Rows


def compare_by_role(results: Compared) -> Mapping[str, "pd.DataFrame"]:
    """
    Compare the interfaces of several entries by role and mature number.

    Parameters
    ----------
    results : iterable of InterfaceResults or Study
        Of any number of entries, or a single one; a `Study` is measured with the defaults.

    Returns
    -------
    dict of str to pandas.DataFrame
        ``compare_interfaces``, ``compare_residues`` and ``compare_bonds``. Interfaces with a side
        of unknown role are left out: there is no number to compare them by. Of several results
        with one entry id, the second is called ``<id>_2``, and so on.
    """
    occurrences = occurrences_of(results)
    rows = {
        "compare_interfaces": _interfaces(occurrences),
        "compare_residues": _residues(occurrences),
        "compare_bonds": _bonds(occurrences),
    }
    return {name: table_from_rows(name, found) for name, found in rows.items()}


def _of_pair(
    occurrences: Sequence[Occurrence], pair: tuple[str, str]
) -> list[Occurrence]:
    return [found for found in occurrences if found.pair == pair]


def _role_order(key: _Key) -> _Key:
    """Sort by the order of roles, then by what follows."""
    return (role_rank(key[0]), role_rank(key[1]), *key[2:])


def _interfaces(occurrences: Sequence[Occurrence]) -> Iterator[dict[str, Any]]:
    units = {column.name: column.unit for column in SCHEMAS["interfaces"]}
    for pair in sorted({found.pair for found in occurrences}, key=_role_order):
        for quantity in COMPARED:
            values = {
                found.name: float(found.summary[quantity])
                for found in _of_pair(occurrences, pair)
                if found.summary[quantity] is not None
            }
            if not values:
                continue
            by_complex = (f"{name}={value:.6g}" for name, value in values.items())
            yield {
                "role_1": pair[0],
                "role_2": pair[1],
                "quantity": quantity,
                "unit": units[quantity],
                "n_complexes": len(values),
                "minimum": min(values.values()),
                "mean": sum(values.values()) / len(values),
                "maximum": max(values.values()),
                "by_complex": " ".join(by_complex),
            }


def _residues(occurrences: Sequence[Occurrence]) -> Iterator[dict[str, Any]]:
    present: dict[_Key, dict[str, None]] = defaultdict(dict)
    buried: dict[_Key, float] = defaultdict(float)
    for found in occurrences:
        for row in found.residues:
            if row["mature_number"] is None:
                continue
            key = (*found.pair, int(row["side"]), int(row["mature_number"]))
            buried[key] += row["buried_a2"]
            if row["is_interface"]:
                present[key][found.name] = None
    for key in sorted(present, key=_role_order):
        role_1, role_2, side, number = key
        letters = [
            found.modelled[side - 1][number]
            for found in _of_pair(occurrences, (role_1, role_2))
            if number in found.modelled[side - 1]
        ]
        yield {
            "role_1": role_1,
            "role_2": role_2,
            "side": side,
            "mature_number": number,
            "reference_letter": letters[0],
            "n_present": len(present[key]),
            "n_possible": len(letters),
            "buried_mean_a2": buried[key] / len(letters),
            "present_in": " ".join(present[key]),
        }


def _bonds(occurrences: Sequence[Occurrence]) -> Iterator[dict[str, Any]]:
    found: dict[_Key, dict[str, list[tuple[float, bool]]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for occurrence in occurrences:
        for row in occurrence.bonds:
            if not is_direct(row):
                continue
            numbers = (int(row["mature_number_1"]), int(row["mature_number_2"]))
            conditional = bool(row["needs_flip"] or row["needs_protonation"])
            for kind in KINDS:
                if row[f"is_{kind}"]:
                    bonds = found[(*occurrence.pair, *numbers, kind)][occurrence.name]
                    bonds.append((row["distance_a"], conditional))
    for key in sorted(found, key=_role_order):
        role_1, role_2, number_1, number_2, kind = key
        by_complex = found[key]
        possible = [
            (occurrence.modelled[0][number_1], occurrence.modelled[1][number_2])
            for occurrence in _of_pair(occurrences, (role_1, role_2))
            if number_1 in occurrence.modelled[0] and number_2 in occurrence.modelled[1]
        ]
        shortest = [min(distance for distance, _ in b) for b in by_complex.values()]
        yield {
            "role_1": role_1,
            "role_2": role_2,
            "mature_number_1": number_1,
            "reference_letter_1": possible[0][0],
            "mature_number_2": number_2,
            "reference_letter_2": possible[0][1],
            "kind": kind,
            "n_present": len(by_complex),
            "n_possible": len(possible),
            "n_conditional": sum(
                all(conditional for _, conditional in bonds)
                for bonds in by_complex.values()
            ),
            "distance_minimum_a": min(shortest),
            "distance_maximum_a": max(shortest),
            "present_in": " ".join(by_complex),
        }


def occurrences_of(results: Compared) -> tuple[Occurrence, ...]:
    """Collect the interfaces of known roles of some entries, in the order of the entries."""
    measured = measured_of(results)
    names = distinct_entries([each.named for each in measured])
    return tuple(
        occurrence
        for each, name in zip(measured, names, strict=True)
        for occurrence in _of_entry(each, name)
    )


def measured_of(results: Compared) -> list[InterfaceResults]:
    """Return the interfaces of each entry, those of a `Study` measured with the defaults."""
    # InterfaceResults is a sequence too, of interfaces.
    several = [results] if isinstance(results, InterfaceResults | Study) else results
    return [one.interfaces() if isinstance(one, Study) else one for one in several]


def distinct_entries(entries: Iterable[NamedEntry]) -> list[str]:
    """Return the id of each entry, the second of one id as ``<id>_2``, and so on."""
    names: list[str] = []
    for named in entries:
        names.append(distinct_name(_word(named.entry.entry_id), names))
    return names


def _word(text: str) -> str:
    """Text that can stand in a list separated by spaces."""
    return "_".join(text.split())


def _of_entry(results: InterfaceResults, entry: str) -> Iterator[Occurrence]:
    """Interfaces with a known role on both sides, with the rows that belong to each."""
    known = set(shown_roles())
    summaries = [
        (interface, row)
        for interface, row in zip(results, records(results.table), strict=True)
        if row["role_1"] in known and row["role_2"] in known
    ]
    copies = Counter(
        (row["complex_id"], row["role_1"], row["role_2"]) for _, row in summaries
    )
    residues, bonds = _by_interface(results.residues), _by_interface(results.bonds)
    roles = {role.auth_asym_id: role for role in results.named.roles}
    for interface, row in summaries:
        chains = [
            [roles[image.auth_asym_id] for image in partner.images]
            for partner in interface.sides
        ]
        first, second = (_common_numbers(of_side) for of_side in chains)
        is_only = copies[row["complex_id"], row["role_1"], row["role_2"]] == 1
        # The complex names it; the interface too where the complex does not tell it.
        words = [entry, row["complex_id"]]
        if not is_only or row["complex_id"] is None:
            words.append(_word(row["interface_id"]))
        place = (row["complex_id"], row["interface_id"])
        yield Occurrence(
            entry_id=entry,
            name=":".join(word for word in words if word),
            pair=(row["role_1"], row["role_2"]),
            modelled=(_modelled(chains[0]), _modelled(chains[1])),
            summary=row,
            residues=[
                each
                | {
                    "mature_number": (first if each["side"] == 1 else second).get(
                        each["mature_number"]
                    )
                }
                for each in residues[place]
            ],
            bonds=[
                each
                | {
                    "mature_number_1": first.get(each["mature_number_1"]),
                    "mature_number_2": second.get(each["mature_number_2"]),
                }
                for each in bonds[place]
            ],
        )


def _by_interface(table: "pd.DataFrame") -> dict[tuple[str | None, str], Rows]:
    rows: dict[tuple[str | None, str], Rows] = defaultdict(list)
    for row in records(table):
        rows[row["complex_id"], row["interface_id"]].append(row)
    return rows


def _common_numbers(chains: Sequence[ChainRole]) -> dict[int, int]:
    """Human number by mature number, so that species compare; the same where there is no human."""
    numbers: dict[int, int] = {}
    for role in chains:
        own, common = role.mature_number.tolist(), role.common_number.tolist()
        numbers |= zip(own, common, strict=True)
    return {own: number for own, number in numbers.items() if number != NO_NUMBER}


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
    """Whether a bond joins two numbered residues (a sugar has no number) without a water between."""
    numbers = (row["mature_number_1"], row["mature_number_2"])
    return None not in numbers and not row["is_water_mediated"]
