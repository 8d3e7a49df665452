"""What differs between a complex and others: DockQ, quantities side by side, pairs lost and gained."""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np

from il2struct.comparison.complexes import (
    Images,
    NamedComplex,
    Residue,
    images_of,
    mapped_sides,
    named_complexes,
    similarities,
)
from il2struct.comparison.similarity import Similarity, dockq_class
from il2struct.interface.interface import Interface, InterfaceParameters
from il2struct.interface.measure import SidePair, image_label, interface_of_pair
from il2struct.progress import step
from il2struct.results.compare import (
    COMPARED,
    KINDS,
    Compared,
    compare_by_role,
    measured_of,
)
from il2struct.results.interfaces import InterfaceResults
from il2struct.schemas import SCHEMAS
from il2struct.structure.model import ChainImage
from il2struct.tables import column_names, frame, records

if TYPE_CHECKING:
    import pandas as pd

#: Quantities of ``interfaces`` whose error is a column beside them.
ERRORS: Final = {"sc": "sc_error", "sc_converged": "sc_converged_error"}
#: Stands in ``interface_id`` for all interfaces together.
WHOLE: Final = "whole"

#: Behind every number of a residue.
LAST: Final = 10**9
_Pair: TypeAlias = tuple[Residue, Residue]
_Row: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Shown:
    """One interface of a complex: its row of the table, its contacts and bonds by residue pair."""

    summary: Mapping[str, Any]
    distance_a: Mapping[_Pair, float]
    bonds: Mapping[_Pair, tuple[str, ...]]

    @property
    def pairs(self) -> set[_Pair]:
        return {*self.distance_a, *self.bonds}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
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
        several results with one entry id, the second is called ``<id>_2``, and so on.
    """
    measured = measured_of(results)
    return {**comparison_tables(measured), **compare_by_role(measured)}


def comparison_tables(
    results: Sequence[InterfaceResults],
) -> Mapping[str, "pd.DataFrame"]:
    """
    Compare every complex with the first that has an interface: ``compare_similarity`` and so on.

    What of the first is not among the measured interfaces of the others is measured with its
    parameters. The tables are empty if there is nothing to compare.
    """
    complexes = _complexes(results)
    rows: list[list[_Compared]] = []
    place = next((i for i, (_, own) in enumerate(complexes) if own), None)
    if place is not None:
        reference, own = complexes.pop(place)
        for compared, measured in complexes:
            with step(f"{compared.name} and {reference.name}", 1.0 / len(complexes)):
                rows.append(list(_compared(reference, own, compared, measured)))
    return {
        "compare_similarity": _framed(
            "compare_similarity", map(_similarity_rows, rows)
        ),
        "compare_differences": _framed(
            "compare_differences", map(_difference_rows, _flat(rows))
        ),
        "compare_pairs": _framed("compare_pairs", map(_pair_rows, _flat(rows))),
    }


def _flat(rows: Sequence[Sequence[_Compared]]) -> list[_Compared]:
    return [row for group in rows for row in group]


def _framed(table: str, groups: Iterable[Iterable[_Row]]) -> "pd.DataFrame":
    rows = [row for group in groups for row in group]
    return frame(
        table, {name: [row[name] for row in rows] for name in column_names(table)}
    )


def _complexes(
    results: Sequence[InterfaceResults],
) -> list[tuple[NamedComplex, InterfaceResults]]:
    """All complexes in the order of the entries, each with its interfaces."""
    measured = {id(each.named): each for each in results}
    return [
        (
            complex_,
            InterfaceResults(
                complex_.named,
                tuple(
                    interface
                    for interface in measured[id(complex_.named)]
                    if interface.complex_id == complex_.complex_.complex_id
                ),
            ),
        )
        for complex_ in named_complexes([each.named for each in results])
    ]


def _compared(
    reference: NamedComplex,
    own: InterfaceResults,
    compared: NamedComplex,
    measured: InterfaceResults,
) -> Iterator[_Compared]:
    sides = [images_of(interface) for interface in own]
    mapped, alike = similarities(reference, compared, sides)
    known = {images_of(interface): interface for interface in measured}
    for interface, images, similarity in zip(own, sides, alike, strict=True):
        theirs = mapped_sides(images, mapped)
        yield _Compared(
            reference=reference,
            compared=compared,
            interface_id=interface.interface_id,
            before=_shown(reference, interface),
            after=None
            if theirs is None
            else _shown(
                compared,
                known.get(theirs) or _measured(compared, theirs, interface.parameters),
            ),
            similarity=similarity,
            own_images=images,
            images=theirs,
        )


def _measured(
    compared: NamedComplex, images: Images, parameters: InterfaceParameters
) -> Interface:
    labels = (
        ",".join(compared.common[image.auth_asym_id].protein for image in side)
        for side in images
    )
    pair = SidePair(
        complex_id=compared.complex_.complex_id,
        images_1=images[0],
        images_2=images[1],
        label_1=next(labels),
        label_2=next(labels),
    )
    return interface_of_pair(compared.named, pair, parameters)


def _shown(compared: NamedComplex, interface: Interface) -> _Shown:
    results = InterfaceResults(compared.named, (interface,))
    bonds: dict[_Pair, dict[str, None]] = defaultdict(dict)
    for row in records(results.bonds):
        if not row["is_water_mediated"] and not row["is_glycan_mediated"]:
            kinds = {kind: None for kind in KINDS if row[f"is_{kind}"]}
            bonds[_pair(compared, row)] |= kinds
    distances: dict[_Pair, float] = {}
    for row in records(results.contacts):
        pair = _pair(compared, row)
        distances[pair] = min(row["distance_a"], distances.get(pair, math.inf))
    return _Shown(
        summary=records(results.table)[0],
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


def _similarity_rows(group: Sequence[_Compared]) -> Iterator[_Row]:
    for row in group:
        yield _similarity_row(row)
    alike = [row.similarity for row in group if row.similarity is not None]
    if len(group) > 1 and alike:
        first = group[0]
        contacts = [
            sum(getattr(found, f"n_contacts_{name}") for found in alike)
            for name in ("reference", "compared", "shared")
        ]
        gained = contacts[1] - contacts[2]
        dockq = float(np.mean([found.dockq for found in alike]))
        yield (
            dict.fromkeys(column_names("compare_similarity"), math.nan)
            | {
                "reference": first.reference.name,
                "compared": first.compared.name,
                "interface_id": WHOLE,
                "chains_reference": "",
                "chains_compared": "",
                "n_interfaces": len(alike),
                "n_residues": None,
                "n_contacts_reference": contacts[0],
                "n_contacts_compared": contacts[1],
                "n_contacts_shared": contacts[2],
                "fnat": contacts[2] / contacts[0],
                "fnonnat": gained / contacts[1] if contacts[1] else 0.0,
                "dockq": dockq,
                "dockq_class": dockq_class(dockq),
            }
            | {name: sum(_changes(row)[name] for row in group) for name in CHANGES}
        )


#: How many residue pairs of each kind of change.
CHANGES: Final = ("n_pairs_lost", "n_pairs_gained", "n_bonded_lost", "n_bonded_gained")


def _similarity_row(row: _Compared) -> _Row:
    own = [_images_text(side) for side in row.own_images]
    found = dict.fromkeys(column_names("compare_similarity"), math.nan) | {
        "reference": row.reference.name,
        "compared": row.compared.name,
        "interface_id": row.interface_id,
        "chains_reference": "/".join(own),
        "chains_compared": "",
        "n_interfaces": 0,
        "dockq_class": "",
    }
    counts = (
        "n_residues",
        "n_contacts_reference",
        "n_contacts_compared",
        "n_contacts_shared",
    )
    found |= dict.fromkeys((*counts, *CHANGES))
    if row.after is None or row.similarity is None or row.images is None:
        return found
    similarity = row.similarity
    differences = {each["quantity"]: each for each in _difference_rows(row)}
    sc = differences.get("sc", {"difference": math.nan, "difference_error": math.nan})
    return found | {
        "chains_compared": "/".join(_images_text(side) for side in row.images),
        "n_interfaces": 1,
        **{name: getattr(similarity, name) for name in counts},
        "fnat": similarity.fnat,
        "fnonnat": similarity.fnonnat,
        "irmsd_a": similarity.irmsd_a,
        "lrmsd_a": similarity.lrmsd_a,
        "rmsd_a": similarity.rmsd_a,
        "dockq": similarity.dockq,
        "dockq_class": dockq_class(similarity.dockq),
        "area_difference_a2": differences["area_per_side_a2"]["difference"],
        "sc_difference": sc["difference"],
        "sc_difference_error": sc["difference_error"],
        **_changes(row),
    }


def _images_text(images: Sequence[ChainImage]) -> str:
    return ",".join(map(image_label, images))


def _changes(row: _Compared) -> dict[str, int]:
    pairs = list(_pair_rows(row))
    return {
        f"n_{name}_{change}": sum(pair[column] == change for pair in pairs)
        for name, column in (("pairs", "change"), ("bonded", "bond_change"))
        for change in ("lost", "gained")
    }


def _difference_rows(row: _Compared) -> Iterator[_Row]:
    if row.after is None:
        return
    units = {column.name: column.unit for column in SCHEMAS["interfaces"]}
    before, after = row.before.summary, row.after.summary
    for quantity in COMPARED:
        if before[quantity] is None or after[quantity] is None:
            continue
        error = ERRORS.get(quantity)
        errors = [
            math.nan if error is None or summary[error] is None else summary[error]
            for summary in (before, after)
        ]
        yield {
            "reference": row.reference.name,
            "compared": row.compared.name,
            "interface_id": row.interface_id,
            "quantity": quantity,
            "unit": units[quantity],
            "value_reference": float(before[quantity]),
            "value_compared": float(after[quantity]),
            "difference": float(after[quantity]) - float(before[quantity]),
            "difference_error": math.hypot(*errors),
        }


def _pair_rows(row: _Compared) -> Iterator[_Row]:
    if row.after is None:
        return
    before, after = row.before, row.after
    for pair in sorted(before.pairs | after.pairs, key=_by_number):
        is_there = [
            all(residue in whole.letters for residue in pair)
            for whole in (row.reference, row.compared)
        ]
        bonds = before.bonds.get(pair, ()), after.bonds.get(pair, ())
        found: _Row = {
            "reference": row.reference.name,
            "compared": row.compared.name,
            "interface_id": row.interface_id,
            "distance_reference_a": before.distance_a.get(pair, math.nan),
            "distance_compared_a": after.distance_a.get(pair, math.nan),
            "bonds_reference": " ".join(bonds[0]),
            "bonds_compared": " ".join(bonds[1]),
            "change": _change(pair in before.pairs, pair in after.pairs, is_there),
            "bond_change": _change(bool(bonds[0]), bool(bonds[1]), is_there),
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


def _change(is_before: bool, is_after: bool, is_there: Sequence[bool]) -> str:  # noqa: FBT001  # two like values
    if is_before and is_after:
        return "kept"
    if not (is_before or is_after):
        return ""
    if not all(is_there):
        return "not modelled"
    return "lost" if is_before else "gained"


def _by_number(pair: _Pair) -> tuple[tuple[str, int, str], ...]:
    """Sort residues by protein, then by number; those without a common number last."""
    return tuple(
        (protein, number, "") if isinstance(number, int) else (protein, LAST, number)
        for protein, number in pair
    )
