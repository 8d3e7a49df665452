"""
What differs between complexes, as tables.

Against the first complex: DockQ, quantities side by side, pairs lost and gained. Over all of them: the
same interface by role pair and mature number.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import fmean
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from il2struct.bond_kinds import named_kinds
from il2struct.comparison.complexes import (
    Compared,
    Images,
    NamedComplex,
    Residue,
    distinct_entries,
    images_of,
    mapped_sides,
    measured_of,
    named_complexes,
    similarities,
)
from il2struct.comparison.similarity import Similarity, dockq_class
from il2struct.interface.interface import Interface, InterfaceParameters
from il2struct.interface.measure import SidePair, image_label, interface_of_pair
from il2struct.progress import step
from il2struct.results.entry_tables import one_word
from il2struct.results.interfaces import InterfaceResults
from il2struct.schemas import SCHEMAS
from il2struct.structure.family import role_rank, shown_roles
from il2struct.structure.model import NO_NUMBER, Entry
from il2struct.structure.roles import ChainRole
from il2struct.tables import records, table_from_rows

if TYPE_CHECKING:
    import pandas as pd

#: Quantities of ``interfaces`` whose error is a column beside them.
ERRORS: Final = {"sc": "sc_error", "sc_converged": "sc_converged_error"}
#: Stands in ``interface_id`` for all interfaces together.
WHOLE: Final = "whole"

#: Behind every number of a residue.
LAST: Final = 10**9
_Pair: TypeAlias = tuple[Residue, Residue]
#: Columns of ``interfaces`` that are compared.
COMPARED: Final = (
    *("area_per_side_a2", "area_with_glycans_per_side_a2", "area_apolar_a2"),
    *("area_polar_a2", "area_charged_a2", "n_residues_1", "n_residues_2"),
    *("n_core_levy", "n_support_levy", "n_rim_levy", "n_buried_95", "n_hydrogen_bond"),
    *("n_salt_bridge", "n_needs_flip", "n_water_mediated", "solvation_estimate_kcal"),
    *("sc", "sc_converged"),
)
#: Kinds of bond that are compared.
KINDS: Final = tuple(kind.name for kind in named_kinds())

#: Role pair and what tells residues or bonds apart within it.
_Key: TypeAlias = tuple[Any, ...]
#: Rows of a table, missing values as None.
Rows: TypeAlias = list[dict[str, Any]]
#: The same by complex and interface.
ByInterface: TypeAlias = Mapping[tuple[str | None, str], Rows]
_Row: TypeAlias = dict[str, Any]

#: A row of ``compare_similarity`` in which nothing is known.
_EMPTY: Final[_Row] = {
    column.name: math.nan if column.kind == "number" else None
    for column in SCHEMAS["compare_similarity"]
}
#: Columns that are those of a `Similarity`.
_OF_SIMILARITY: Final = (
    *("n_residues", "n_contacts_reference", "n_contacts_compared"),
    *("n_contacts_shared", "fnat", "fnonnat", "irmsd_a", "lrmsd_a", "rmsd_a", "dockq"),
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Shown:
    """One interface of a complex: its row of the table, its contacts and bonds by residue pair."""

    summary: Mapping[str, Any]
    distance_a: Mapping[_Pair, float]
    bonds: Mapping[_Pair, tuple[str, ...]]

    @property
    def pairs(self) -> set[_Pair]:
        return {*self.distance_a, *self.bonds}


@dataclass(frozen=True, kw_only=True, eq=False)
class _Compared:
    """An interface of the reference and the same in another complex."""

    reference: NamedComplex
    compared: NamedComplex
    interface_id: str
    before: _Shown
    after: _Shown | None
    similarity: Similarity | None
    own_images: Images
    images: Images | None

    @property
    def key(self) -> _Row:
        """Columns that all tables begin with."""
        return {
            "reference": self.reference.name,
            "compared": self.compared.name,
            "interface_id": self.interface_id,
        }

    @cached_property
    def differences(self) -> list[_Row]:
        """Rows of ``compare_differences``."""
        return [] if self.after is None else list(_differences(self, self.after))

    @cached_property
    def pairs(self) -> list[_Row]:
        """Rows of ``compare_pairs``."""
        return [] if self.after is None else list(_pairs(self, self.after))

    @cached_property
    def changes(self) -> dict[str, int]:
        """How many residue pairs are lost and gained, touching and bonded."""
        return {
            f"n_{name}_{change}": sum(pair[column] == change for pair in self.pairs)
            for name, column in (("pairs", "change"), ("bonded", "bond_change"))
            for change in ("lost", "gained")
        }


def compare(results: Compared) -> Mapping[str, "pd.DataFrame"]:
    """
    Compare complexes: of one entry or several, of models, mutants and predictions.

    The first complex that has an interface is what every other is compared with, by role and
    mature number; chains without a role by their sequence.

    Parameters
    ----------
    results : iterable of InterfaceResults or Study
        Of any number of entries, or a single one; a `Study` is measured with the defaults.

    Returns
    -------
    dict of str to pandas.DataFrame
        Against the first complex: ``compare_similarity`` (DockQ and its parts),
        ``compare_differences`` (quantities side by side) and ``compare_pairs`` (residue pairs lost
        and gained), empty if there is one complex only. Over all complexes, for interfaces with a
        role on both sides: ``compare_interfaces``, ``compare_residues`` and ``compare_bonds``. Of
        several results with one entry id, the second is called as its file or ``<id>_2``.
    """
    measured = measured_of(results)
    return {**comparison_tables(measured), **compare_by_role(measured)}


def comparison_tables(
    results: Sequence[InterfaceResults], *, against: InterfaceResults | None = None
) -> Mapping[str, "pd.DataFrame"]:
    """
    Compare every complex with the first that has an interface: ``compare_similarity`` and so on.

    That of ``against`` if it is given, which stands for itself alone. What of the first is not among
    the measured interfaces of the others is measured with its parameters. The tables are empty if there is nothing to compare.
    """
    if against is not None:
        results = [against, *results]
    complexes = [
        (complex_, measured, told)
        for measured, told, own in zip(
            results,
            map(rows_of, results),
            named_complexes([each.named for each in results]),
            strict=True,
        )
        for complex_ in own
    ]
    groups: list[list[_Compared]] = []
    for reference, measured, told in complexes:
        own = [i for i in measured if i.complex_id == reference.complex_.complex_id]
        if own:  # the first that has any is the reference
            others = [
                (compared, theirs, found)
                for compared, theirs, found in complexes
                if compared is not reference and theirs is not against
            ]
            shown = [_shown(reference, interface, told) for interface in own]
            for compared, theirs, found in others:
                with step(f"{compared.name} and {reference.name}", 1.0 / len(others)):
                    groups.append(
                        list(_compared(reference, own, shown, compared, theirs, found))
                    )
            break
    rows = [row for group in groups for row in group]
    return {
        "compare_similarity": table_from_rows(
            "compare_similarity",
            [line for group in groups for line in _similarities(group)],
        ),
        "compare_differences": table_from_rows(
            "compare_differences", [line for row in rows for line in row.differences]
        ),
        "compare_pairs": table_from_rows(
            "compare_pairs", [line for row in rows for line in row.pairs]
        ),
    }


def rows_of(results: InterfaceResults) -> Mapping[str, ByInterface]:
    """Return the rows of its tables, each by complex and interface."""
    tables = {
        "interfaces": results.table,
        "contacts": results.contacts,
        "bonds": results.bonds,
    }
    return {name: _by_interface(table) for name, table in tables.items()}


def _compared(
    reference: NamedComplex,
    own: Sequence[Interface],
    shown: Sequence[_Shown],
    compared: NamedComplex,
    measured: InterfaceResults,
    told: Mapping[str, ByInterface],
) -> Iterator[_Compared]:
    sides = [images_of(interface) for interface in own]
    mapped, alike = similarities(reference, compared, sides)
    known = {images_of(interface): interface for interface in measured}
    for interface, before, images, similarity in zip(
        own, shown, sides, alike, strict=True
    ):
        theirs = mapped_sides(images, mapped)
        yield _Compared(
            reference=reference,
            compared=compared,
            interface_id=interface.interface_id,
            before=before,
            after=None
            if theirs is None
            else _shown(compared, known[theirs], told)
            if theirs in known
            else _measured_and_shown(compared, theirs, interface.parameters),
            similarity=similarity,
            own_images=images,
            images=theirs,
        )


def _measured_and_shown(
    compared: NamedComplex, images: Images, parameters: InterfaceParameters
) -> _Shown:
    labels = [
        ",".join(compared.common[image.auth_asym_id].protein for image in side)
        for side in images
    ]
    pair = SidePair(
        complex_id=compared.complex_.complex_id,
        images_1=images[0],
        images_2=images[1],
        label_1=labels[0],
        label_2=labels[1],
    )
    interface = interface_of_pair(compared.named, pair, parameters)
    told = rows_of(InterfaceResults(compared.named, (interface,)))
    return _shown(compared, interface, told)


def _shown(
    compared: NamedComplex, interface: Interface, told: Mapping[str, ByInterface]
) -> _Shown:
    place = (interface.complex_id or None, interface.interface_id)
    bonds: dict[_Pair, dict[str, None]] = defaultdict(dict)
    for row in told["bonds"][place]:
        if not row["is_water_mediated"] and not row["is_glycan_mediated"]:
            kinds = {kind: None for kind in KINDS if row[f"is_{kind}"]}
            bonds[_pair(compared, row)] |= kinds
    distances: dict[_Pair, float] = {}
    for row in told["contacts"][place]:
        pair = _pair(compared, row)
        distances[pair] = min(row["distance_a"], distances.get(pair, math.inf))
    return _Shown(
        summary=told["interfaces"][place][0],
        distance_a=distances,
        bonds={pair: tuple(kinds) for pair, kinds in bonds.items() if kinds},
    )


def _pair(compared: NamedComplex, row: Mapping[str, Any]) -> _Pair:
    first, second = (
        compared.residues[
            row[f"auth_asym_id_{side}"],
            row[f"auth_number_{side}"],
            row[f"ins_code_{side}"] or "",
        ]
        for side in (1, 2)
    )
    return first, second


def _similarities(group: Sequence[_Compared]) -> Iterator[_Row]:
    """Give a row for each interface of one complex, and one for all of them if there are several."""
    for row in group:
        yield _similarity_row(row)
    alike = [row.similarity for row in group if row.similarity is not None]
    if len(group) > 1 and alike:
        n_reference, n_compared, n_shared = (
            sum(getattr(found, f"n_contacts_{name}") for found in alike)
            for name in ("reference", "compared", "shared")
        )
        dockq = fmean(found.dockq for found in alike)
        changes = [row.changes for row in group]
        yield _EMPTY | {
            **group[0].key,
            "interface_id": WHOLE,
            "n_interfaces": sum(row.images is not None for row in group),
            "n_contacts_reference": n_reference,
            "n_contacts_compared": n_compared,
            "n_contacts_shared": n_shared,
            "fnat": n_shared / n_reference,
            "fnonnat": (n_compared - n_shared) / n_compared if n_compared else 0.0,
            "dockq": dockq,
            "dockq_class": dockq_class(dockq),
            **{name: sum(each[name] for each in changes) for name in changes[0]},
        }


def _similarity_row(row: _Compared) -> _Row:
    empty = _EMPTY | row.key
    empty |= {"chains_reference": _chains(row.own_images), "n_interfaces": 0}
    if row.images is None:
        return empty
    differences = {each["quantity"]: each for each in row.differences}
    sc = differences.get("sc", {"difference": math.nan, "difference_error": math.nan})
    found = empty | {
        "chains_compared": _chains(row.images),
        "n_interfaces": 1,
        "area_difference_a2": differences["area_per_side_a2"]["difference"],
        "sc_difference": sc["difference"],
        "sc_difference_error": sc["difference_error"],
        **row.changes,
    }
    if row.similarity is not None:
        found |= {name: getattr(row.similarity, name) for name in _OF_SIMILARITY}
        found["dockq_class"] = dockq_class(row.similarity.dockq)
    return found


def _chains(sides: Images) -> str:
    return "/".join(",".join(map(image_label, images)) for images in sides)


def _differences(row: _Compared, shown: _Shown) -> Iterator[_Row]:
    units = {column.name: column.unit for column in SCHEMAS["interfaces"]}
    before, after = row.before.summary, shown.summary
    for quantity in COMPARED:
        if before[quantity] is None or after[quantity] is None:
            continue
        error = ERRORS.get(quantity)
        errors = [
            math.nan if error is None or summary[error] is None else summary[error]
            for summary in (before, after)
        ]
        yield row.key | {
            "quantity": quantity,
            "unit": units[quantity],
            "value_reference": float(before[quantity]),
            "value_compared": float(after[quantity]),
            "difference": float(after[quantity]) - float(before[quantity]),
            "difference_error": math.hypot(*errors),
        }


def _pairs(row: _Compared, after: _Shown) -> Iterator[_Row]:
    before = row.before
    # By protein, then by number; those without a common number last.
    for pair in sorted(
        before.pairs | after.pairs,
        key=lambda pair: [
            (p, n, "") if isinstance(n, int) else (p, LAST, n) for p, n in pair
        ],
    ):
        is_there = [
            all(residue in whole.letters for residue in pair)
            for whole in (row.reference, row.compared)
        ]
        bonds = before.bonds.get(pair, ()), after.bonds.get(pair, ())
        found = row.key | {
            "distance_reference_a": before.distance_a.get(pair, math.nan),
            "distance_compared_a": after.distance_a.get(pair, math.nan),
            "bonds_reference": " ".join(bonds[0]),
            "bonds_compared": " ".join(bonds[1]),
            "change": _change(
                is_there, is_before=pair in before.pairs, is_after=pair in after.pairs
            ),
            "bond_change": _change(
                is_there, is_before=pair in before.bonds, is_after=pair in after.bonds
            ),
        }
        for side, residue in enumerate(pair, 1):
            protein, number = residue
            found |= {
                f"protein_{side}": protein,
                f"residue_{side}": str(number),
                f"letter_reference_{side}": row.reference.letters.get(residue, ""),
                f"letter_compared_{side}": row.compared.letters.get(residue, ""),
            }
        yield found


def _change(is_there: Sequence[bool], *, is_before: bool, is_after: bool) -> str:
    if is_before and is_after:
        return "kept"
    if not (is_before or is_after):
        return ""
    if not all(is_there):
        return "not modelled"
    return "lost" if is_before else "gained"


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrence:
    """
    One interface between two roles, in one complex of one entry.

    Numbers in ``modelled`` (for each side the reference letter by number, of residues with
    coordinates), ``letters`` (the entry's own), ``residues`` and ``bonds`` (rows of these tables)
    are mature ones of the human protein, also for other species.
    """

    # distinct among the entries compared
    entry_id: str
    # entry and complex, as in the tables of `il2struct.compare`
    name: str
    pair: tuple[str, str]
    modelled: tuple[Mapping[int, str], Mapping[int, str]]
    letters: tuple[Mapping[int, str], Mapping[int, str]]
    summary: Mapping[str, Any]  # row of the table ``interfaces``
    residues: Rows
    bonds: Rows


def compare_by_role(results: Compared) -> Mapping[str, "pd.DataFrame"]:
    """
    Compare the interfaces of several entries by role and mature number.

    Interfaces with a side of unknown role are left out: there is no number to compare them by.
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
        expected, letters = zip(
            *(_modelled(results.named.entry, of_side) for of_side in chains),
            strict=True,
        )
        is_only = copies[row["complex_id"], row["role_1"], row["role_2"]] == 1
        # The complex names it; the interface too where the complex does not tell it.
        words = [entry, row["complex_id"]]
        if not is_only or row["complex_id"] is None:
            words.append(one_word(row["interface_id"]))
        place = (row["complex_id"], row["interface_id"])
        yield Occurrence(
            entry_id=entry,
            name=":".join(word for word in words if word),
            pair=(row["role_1"], row["role_2"]),
            modelled=(expected[0], expected[1]),
            letters=(letters[0], letters[1]),
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


def _modelled(
    entry: Entry, chains: Sequence[ChainRole]
) -> tuple[dict[int, str], dict[int, str]]:
    """Return the letters of the reference, and of the entry, by the common numbers with coordinates."""
    numbers = _common_numbers(chains)
    places = [
        (numbers[mature], str(role.reference_letter[i]), chain.sequence[i])
        for role in chains
        for chain in [entry.chain(role.auth_asym_id)]
        for i, mature in enumerate(role.mature_number.tolist())
        if role.is_modelled[i] and role.reference_letter[i] and mature in numbers
    ]
    expected = {number: letter for number, letter, _ in places}
    return expected, {number: letter for number, _, letter in places}


def is_direct(row: Mapping[str, Any]) -> bool:
    """Whether a bond joins two numbered residues (a sugar has no number) without a water between."""
    numbers = (row["mature_number_1"], row["mature_number_2"])
    return None not in numbers and not row["is_water_mediated"]
