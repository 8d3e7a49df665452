"""The same interface across complexes and entries, keyed by role pair and mature number."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from il2struct.bond_kinds import named_kinds
from il2struct.results.occurrences import (
    Compared,
    Occurrence,
    is_direct,
    occurrences_of,
)
from il2struct.schemas import SCHEMAS
from il2struct.structure.family import role_rank
from il2struct.tables import table_from_rows

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


def compare(
    results: Compared,
) -> Mapping[str, "pd.DataFrame"]:
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
    return {
        "compare_interfaces": _interfaces(occurrences),
        "compare_residues": _residues(occurrences),
        "compare_bonds": _bonds(occurrences),
    }


def _of_pair(
    occurrences: Sequence[Occurrence], pair: tuple[str, str]
) -> list[Occurrence]:
    return [found for found in occurrences if found.pair == pair]


def _role_order(key: _Key) -> _Key:
    """Sort by the order of roles, then by what follows."""
    return (role_rank(key[0]), role_rank(key[1]), *key[2:])


def _interfaces(occurrences: Sequence[Occurrence]) -> "pd.DataFrame":
    units = {column.name: column.unit for column in SCHEMAS["interfaces"]}
    rows = []
    for pair in sorted({found.pair for found in occurrences}, key=_role_order):
        for quantity in COMPARED:
            values = {
                found.name: float(found.summary[quantity])
                for found in _of_pair(occurrences, pair)
                if found.summary[quantity] is not None
            }
            if values:
                rows.append(_quantity_row(pair, quantity, units[quantity], values))
    return table_from_rows("compare_interfaces", rows)


def _quantity_row(
    pair: tuple[str, str], quantity: str, unit: str, values: Mapping[str, float]
) -> dict[str, Any]:
    return {
        "role_1": pair[0],
        "role_2": pair[1],
        "quantity": quantity,
        "unit": unit,
        "n_complexes": len(values),
        "minimum": min(values.values()),
        "mean": sum(values.values()) / len(values),
        "maximum": max(values.values()),
        "by_complex": " ".join(f"{name}={value:.6g}" for name, value in values.items()),
    }


def _residues(occurrences: Sequence[Occurrence]) -> "pd.DataFrame":
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
    rows = []
    for key in sorted(present, key=_role_order):
        role_1, role_2, side, number = key
        letters = [
            found.modelled[side - 1][number]
            for found in _of_pair(occurrences, (role_1, role_2))
            if number in found.modelled[side - 1]
        ]
        rows.append(
            {
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
        )
    return table_from_rows("compare_residues", rows)


def _bonds(occurrences: Sequence[Occurrence]) -> "pd.DataFrame":
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
    rows = [
        _bond_row(key, found[key], _of_pair(occurrences, key[:2]))
        for key in sorted(found, key=_role_order)
    ]
    return table_from_rows("compare_bonds", rows)


def _bond_row(
    key: _Key,
    by_complex: Mapping[str, list[tuple[float, bool]]],
    occurrences: Sequence[Occurrence],
) -> dict[str, Any]:
    role_1, role_2, number_1, number_2, kind = key
    possible = [
        (found.modelled[0][number_1], found.modelled[1][number_2])
        for found in occurrences
        if number_1 in found.modelled[0] and number_2 in found.modelled[1]
    ]
    shortest = [min(distance for distance, _ in bonds) for bonds in by_complex.values()]
    return {
        "role_1": role_1,
        "role_2": role_2,
        "mature_number_1": number_1,
        "reference_letter_1": possible[0][0],
        "mature_number_2": number_2,
        "reference_letter_2": possible[0][1],
        "kind": kind,
        "n_present": len(by_complex),
        "n_possible": len(possible),
        "n_conditional": sum(all(c for _, c in bonds) for bonds in by_complex.values()),
        "distance_minimum_a": min(shortest),
        "distance_maximum_a": max(shortest),
        "present_in": " ".join(by_complex),
    }
