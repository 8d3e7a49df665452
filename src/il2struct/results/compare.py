"""The same interface across complexes and entries, keyed by role pair and mature number."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from il2struct.results.study import InterfaceResults, Study
from il2struct.structure.roles import Role
from il2struct.tables import SCHEMAS, column_names, frame

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
)
#: Kinds of bond that are compared.
KINDS: Final = ("hydrogen_bond", "salt_bridge", "disulfide", "cation_pi", "pi_stacking")


def compare(
    results: Iterable[InterfaceResults | Study],
) -> Mapping[str, "pd.DataFrame"]:
    """
    Compare the interfaces of several entries by role and mature number.

    Parameters
    ----------
    results : iterable of InterfaceResults or Study
        Of any number of entries; a `Study` is measured with the defaults.

    Returns
    -------
    dict of str to pandas.DataFrame
        ``compare_interfaces``, ``compare_residues`` and ``compare_bonds``. Interfaces with a side
        of unknown role are left out: there is no number to compare them by.
    """
    measured = [r.interfaces() if isinstance(r, Study) else r for r in results]
    return {
        "compare_interfaces": _interfaces(measured),
        "compare_residues": _residues(measured),
        "compare_bonds": _bonds(measured),
    }


def _records(table: "pd.DataFrame") -> list[dict[str, Any]]:
    """Rows with a role on both sides, missing values as None."""
    rows = table.astype(object).where(table.notna(), None).to_dict("records")
    return [{str(name): value for name, value in row.items()} for row in rows]


def _name(row: Mapping[str, Any]) -> str:
    return f"{row['entry_id']}:{row['complex_id']}"


def _known_pairs(results: InterfaceResults) -> dict[tuple[str, str], tuple[str, str]]:
    """Role pair of each interface, keyed by complex and interface; unknown roles left out."""
    known = {role.value for role in Role} - {Role.UNKNOWN.value}
    return {
        (row["complex_id"], row["interface_id"]): (row["role_1"], row["role_2"])
        for row in _records(results.table)
        if row["role_1"] in known and row["role_2"] in known
    }


def _interfaces(measured: Sequence[InterfaceResults]) -> "pd.DataFrame":
    values: dict[tuple[str, str, str], list[tuple[str, float]]] = defaultdict(list)
    for results in measured:
        pairs = _known_pairs(results)
        for row in _records(results.table):
            pair = pairs.get((row["complex_id"], row["interface_id"]))
            for quantity in COMPARED if pair else ():
                if pair and row[quantity] is not None:
                    values[(*pair, quantity)].append((_name(row), float(row[quantity])))
    units = {column.name: column.unit for column in SCHEMAS["interfaces"]}
    rows = [
        {
            "role_1": key[0],
            "role_2": key[1],
            "quantity": key[2],
            "unit": units[key[2]],
            "n_complexes": len(found),
            "minimum": min(value for _, value in found),
            "mean": sum(value for _, value in found) / len(found),
            "maximum": max(value for _, value in found),
            "by_complex": " ".join(f"{name}={value:.6g}" for name, value in found),
        }
        for key, found in values.items()
    ]
    return _framed("compare_interfaces", rows)


def _framed(table: str, rows: Sequence[Mapping[str, Any]]) -> "pd.DataFrame":
    return frame(
        table, {name: [row[name] for row in rows] for name in column_names(table)}
    )


def _modelled(
    measured: Sequence[InterfaceResults],
) -> dict[str, dict[str, dict[int, str]]]:
    """For each complex and role the modelled mature numbers with the reference letter."""
    found: dict[str, dict[str, dict[int, str]]] = {}
    for results in measured:
        named = results.named
        by_chain = {
            role.auth_asym_id: {
                int(role.mature_number[i]): str(role.reference_letter[i])
                for i in range(len(role.mature_number))
                if role.is_modelled[i] and role.reference_letter[i]
            }
            for role in named.roles
        }
        for complex_ in named.complexes:
            name = f"{named.entry.entry_id}:{complex_.complex_id}"
            found[name] = {
                member.role.value: by_chain[member.image.auth_asym_id]
                for member in complex_.members
            }
    return found


def _complexes_with(
    measured: Sequence[InterfaceResults],
) -> dict[tuple[str, str], list[str]]:
    """Complexes that show each role pair."""
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for results in measured:
        for (complex_id, _), pair in _known_pairs(results).items():
            found[pair].append(f"{results.named.entry.entry_id}:{complex_id}")
    return found


def _residues(measured: Sequence[InterfaceResults]) -> "pd.DataFrame":
    modelled, complexes = _modelled(measured), _complexes_with(measured)
    present: dict[tuple[str, str, int, int], list[str]] = defaultdict(list)
    buried: dict[tuple[str, str, int, int], float] = defaultdict(float)
    for results in measured:
        pairs = _known_pairs(results)
        for row in _records(results.residues):
            pair = pairs.get((row["complex_id"], row["interface_id"]))
            if pair is None or row["mature_number"] is None:
                continue
            key = (*pair, int(row["side"]), int(row["mature_number"]))
            buried[key] += row["buried_a2"]
            if row["is_interface"]:
                present[key].append(_name(row))
    rows = []
    for key in sorted(present, key=_role_order):
        role_1, role_2, side, number = key
        role = (role_1, role_2)[side - 1]
        possible = [
            c for c in complexes[role_1, role_2] if number in modelled[c].get(role, {})
        ]
        rows.append(
            {
                "role_1": role_1,
                "role_2": role_2,
                "side": side,
                "mature_number": number,
                "reference_letter": modelled[possible[0]][role][number],
                "n_present": len(present[key]),
                "n_possible": len(possible),
                "buried_mean_a2": buried[key] / len(possible),
                "present_in": " ".join(present[key]),
            }
        )
    return _framed("compare_residues", rows)


def _role_order(key: tuple[Any, ...]) -> tuple[Any, ...]:
    """Sort by the order of roles, then by what follows."""
    order = [role.value for role in Role]
    return (order.index(key[0]), order.index(key[1]), *key[2:])


def _bonds(measured: Sequence[InterfaceResults]) -> "pd.DataFrame":
    modelled, complexes = _modelled(measured), _complexes_with(measured)
    found: dict[tuple[str, str, int, int, str], dict[str, list[tuple[float, bool]]]] = (
        defaultdict(lambda: defaultdict(list))
    )
    for results in measured:
        pairs = _known_pairs(results)
        for row in _records(results.bonds):
            pair = pairs.get((row["complex_id"], row["interface_id"]))
            if (
                pair is None
                or row["mature_number_1"] is None
                or row["mature_number_2"] is None
            ):
                continue
            if row["is_glycan_mediated"] or row["is_water_mediated"]:
                continue
            conditional = bool(row["needs_flip"] or row["needs_protonation"])
            for kind in KINDS:
                if row[f"is_{kind}"]:
                    key = (
                        *pair,
                        int(row["mature_number_1"]),
                        int(row["mature_number_2"]),
                        kind,
                    )
                    found[key][_name(row)].append((row["distance_a"], conditional))
    rows = [
        _bond_row(key, by_complex, modelled, complexes[key[0], key[1]])
        for key, by_complex in sorted(
            found.items(), key=lambda item: _role_order(item[0])
        )
    ]
    return _framed("compare_bonds", rows)


def _bond_row(
    key: tuple[str, str, int, int, str],
    by_complex: Mapping[str, list[tuple[float, bool]]],
    modelled: Mapping[str, Mapping[str, Mapping[int, str]]],
    complexes: Sequence[str],
) -> dict[str, Any]:
    role_1, role_2, number_1, number_2, kind = key
    possible = [
        name
        for name in complexes
        if number_1 in modelled[name].get(role_1, {})
        and number_2 in modelled[name].get(role_2, {})
    ]
    shortest = [min(distance for distance, _ in bonds) for bonds in by_complex.values()]
    return {
        "role_1": role_1,
        "role_2": role_2,
        "mature_number_1": number_1,
        "reference_letter_1": modelled[possible[0]][role_1][number_1],
        "mature_number_2": number_2,
        "reference_letter_2": modelled[possible[0]][role_2][number_2],
        "kind": kind,
        "n_present": len(by_complex),
        "n_possible": len(possible),
        "n_conditional": sum(all(c for _, c in bonds) for bonds in by_complex.values()),
        "distance_minimum_a": min(shortest),
        "distance_maximum_a": max(shortest),
        "present_in": " ".join(by_complex),
    }
