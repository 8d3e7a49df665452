"""Tables on contacts of the lattice and on their classes."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from il2struct.lattice.classes import ContactClass, is_lattice_class
from il2struct.lattice.measure import MeasuredContact
from il2struct.lattice.operators import triplet_with_shift
from il2struct.results.interface_tables import interface_residues, interface_table
from il2struct.structure.model import NO_NUMBER
from il2struct.structure.named import NamedEntry
from il2struct.tables import joined, records, table_from_rows

if TYPE_CHECKING:
    import pandas as pd

#: Kinds of bond that can be conserved in a class.
BOND_KINDS: Final = ("hydrogen_bond", "salt_bridge", "disulfide")


def lattice_table(
    named: NamedEntry,
    measured: Sequence[MeasuredContact],
    classes: Sequence[ContactClass],
) -> "pd.DataFrame":
    """Sum up every contact of one crystal in one row, with its class: the table ``lattice_contacts``."""
    class_of = {id(m): class_.name for class_ in classes for m in class_.members}
    summaries = records(interface_table(named, [m.interface for m in measured]))
    rows = []
    for summary, member in zip(summaries, measured, strict=True):
        contact = member.contact
        repeat, image = contact.repeat, contact.image_2
        operator = named.entry.operators[image.operator].name
        rows.append(
            summary
            | {
                "kind": contact.kind.value,
                "operator": triplet_with_shift(operator, image.cell_shift),
                "cell_shift": " ".join(str(shift) for shift in image.cell_shift),
                "translation_a": contact.translation_a,
                "rotation_deg": repeat.rotation_deg if repeat else np.nan,
                "rise_a": repeat.rise_a if repeat else np.nan,
                "is_translation": repeat.is_translation if repeat else None,
                "is_propagating": repeat.is_propagating if repeat else None,
                "ring_size": (repeat.ring_size or None) if repeat else None,
                "contact_class": class_of.get(id(member), ""),
            }
        )
    return table_from_rows("lattice_contacts", rows)


def class_table(classes: Sequence[ContactClass]) -> "pd.DataFrame":
    """Sum up every class of contacts in one row: the table ``contact_classes``."""
    return table_from_rows("contact_classes", [_class_row(found) for found in classes])


def _class_row(found: ContactClass) -> dict[str, Any]:
    first = found.members[0]
    areas = [m.interface.burial.area_per_side_a2 for m in found.members]
    overlaps = [similarity.jaccard for similarity in found.similarities.values()]
    residues = [_oriented_residues(member, first) for member in found.members]
    conserved = [
        frozenset.intersection(*(pair[side] for pair in residues)) for side in (0, 1)
    ]
    largest = {
        quantity: max(
            (
                float(value)
                for like in found.similarities.values()
                if not np.isnan(value := getattr(like, quantity))
            ),
            default=np.nan,
        )
        for quantity in ("pose_distance_a", "pose_angle_deg")
    }
    return {
        "contact_class": found.name,
        "role_1": first.contact.member_1.role.value,
        "role_2": first.contact.member_2.role.value,
        "is_lattice": is_lattice_class(found),
        "n_contacts": len(found.members),
        "n_entries": len({m.named.entry.entry_id for m in found.members}),
        "n_crystal_forms": found.n_crystal_forms,
        "area_minimum_a2": min(areas),
        "area_mean_a2": float(np.mean(areas)),
        "area_maximum_a2": max(areas),
        "jaccard_minimum": min(overlaps, default=np.nan),
        "jaccard_maximum": max(overlaps, default=np.nan),
        "pose_distance_maximum_a": largest["pose_distance_a"],
        "pose_angle_maximum_deg": largest["pose_angle_deg"],
        "conserved_residues_1": " ".join(str(n) for n in sorted(conserved[0])),
        "conserved_residues_2": " ".join(str(n) for n in sorted(conserved[1])),
        "conserved_bonds": " ".join(conserved_bonds(found.members)),
        "members": " ".join(
            f"{m.named.entry.entry_id}:{m.contact.image_1.auth_asym_id}-"
            f"{m.contact.image_2.auth_asym_id}[{m.contact.image_2.symmetry_code}]"
            for m in found.members
        ),
    }


def _oriented_residues(
    member: MeasuredContact, first: MeasuredContact
) -> tuple[frozenset[int], frozenset[int]]:
    """Interface residues of both sides, in mature numbers, in the order of the first member."""
    one, two = (_mature_numbers(member, side) for side in (1, 2))
    contact = member.contact
    if member is not first and contact.member_1.role is contact.member_2.role:
        # A contact of two like chains may be listed the other way round.
        first_one, first_two = (_mature_numbers(first, side) for side in (1, 2))
        straight = len(one & first_one) + len(two & first_two)
        if len(one & first_two) + len(two & first_one) > straight:
            return two, one
    return one, two


def _mature_numbers(member: MeasuredContact, side: int) -> frozenset[int]:
    partner = member.interface.sides[side - 1]
    burial = member.interface.burial.sides[side - 1]
    is_interface, _ = interface_residues(member.interface, side)
    rows = partner.residue_row(burial.residues.residue_index[is_interface])
    numbers = member.named.numbers.mature_number[rows]
    return frozenset(numbers[numbers != NO_NUMBER].tolist())


def conserved_bonds(members: Sequence[MeasuredContact]) -> tuple[str, ...]:
    """
    List the residue pairs that are bonded in every member of a class: ``E144-R155``, side 1 first.

    ``*`` stands behind a pair if its bond needs a flip or a proton in some member.
    """
    bonded = [_bonded_pairs(member) for member in members]
    common = set(bonded[0]).intersection(*bonded[1:]) if bonded else set()
    ordered = sorted(common, key=lambda p: [int(end[1:]) for end in p.split("-")])
    return tuple(
        p + ("*" if any(bonds[p] for bonds in bonded) else "") for p in ordered
    )


def _bonded_pairs(member: MeasuredContact) -> dict[str, bool]:
    """Residue pairs, and whether each bond between them needs a flip or a proton."""
    interface, numbers = member.interface, member.named.numbers
    bonds = interface.bonds
    kinds = np.any([bonds.is_kind[kind] for kind in BOND_KINDS], axis=0)
    plain = (
        bonds.is_salt_bridge | bonds.is_kind["disulfide"] | bonds.is_plain_hydrogen_bond
    )
    rows = [
        partner.residue_row(partner.prepared.atoms.residue_index[index])
        for partner, index in zip(
            interface.sides, (bonds.index_1, bonds.index_2), strict=True
        )
    ]
    result: dict[str, bool] = {}
    for i in np.flatnonzero(kinds & ~bonds.is_glycan_mediated).tolist():
        ends = [int(rows[side][i]) for side in (0, 1)]
        if any(numbers.mature_number[row] == NO_NUMBER for row in ends):
            continue
        name = "-".join(
            f"{numbers.reference_letter[row]}{numbers.mature_number[row]}"
            for row in ends
        )
        result[name] = result.get(name, True) and not bool(plain[i])
    return result


def lattice_tables(
    measured: Iterable[tuple[NamedEntry, Sequence[MeasuredContact]]],
    classes: Sequence[ContactClass],
) -> dict[str, "pd.DataFrame"]:
    """Return the tables ``lattice_contacts`` and ``contact_classes`` of entries and their contacts."""
    parts = [
        {"lattice_contacts": lattice_table(named, contacts, classes)}
        for named, contacts in measured
    ]
    return {
        "lattice_contacts": joined("lattice_contacts", parts),
        "contact_classes": class_table(classes),
    }
