"""Tables on contacts of the lattice and on their classes."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from il2struct.arrays import IndexArray
from il2struct.lattice.classes import ContactClass, is_lattice_class
from il2struct.lattice.measure import MeasuredContact
from il2struct.lattice.operators import triplet_with_shift
from il2struct.results.interface_tables import interface_residues, interface_table
from il2struct.schemas import LATTICE_COLUMNS
from il2struct.structure.model import NO_NUMBER
from il2struct.structure.named import NamedEntry
from il2struct.tables import frame, joined, table_from_rows

if TYPE_CHECKING:
    import pandas as pd

    from il2struct.interface.interface import Partner

#: Kinds of bond that can be conserved in a class.
BOND_KINDS: Final = ("hydrogen_bond", "salt_bridge", "disulfide")


def lattice_table(
    named: NamedEntry,
    measured: Sequence[MeasuredContact],
    classes: Sequence[ContactClass],
) -> "pd.DataFrame":
    """
    Sum up every contact of the lattice in one row: the table ``lattice_contacts``.

    Parameters
    ----------
    named : NamedEntry
    measured : sequence of MeasuredContact
        Of this entry.
    classes : sequence of ContactClass
        Of all entries of the run.
    """
    class_of = {id(member): found.name for found in classes for member in found.members}
    summary = interface_table(named, [each.interface for each in measured])
    plain = summary.astype(object).where(summary.notna(), None)
    columns: dict[str, Any] = {str(name): plain[name].tolist() for name in plain}
    rows = [_lattice_row(named, each, class_of.get(id(each), "")) for each in measured]
    columns |= {
        column.name: [row[column.name] for row in rows] for column in LATTICE_COLUMNS
    }
    return frame("lattice_contacts", columns)


def _lattice_row(
    named: NamedEntry, measured: MeasuredContact, class_name: str
) -> dict[str, Any]:
    contact = measured.contact
    repeat, image = contact.repeat, contact.image_2
    name = named.entry.operators[image.operator].name
    return {
        "kind": contact.kind.value,
        "operator": triplet_with_shift(name, image.cell_shift),
        "cell_shift": " ".join(str(shift) for shift in image.cell_shift),
        "translation_a": contact.translation_a,
        "rotation_deg": repeat.rotation_deg if repeat else np.nan,
        "rise_a": repeat.rise_a if repeat else np.nan,
        "is_translation": repeat.is_translation if repeat else None,
        "is_propagating": repeat.is_propagating if repeat else None,
        "ring_size": repeat.ring_size if repeat and repeat.ring_size else None,
        "contact_class": class_name,
    }


def class_table(classes: Sequence[ContactClass]) -> "pd.DataFrame":
    """
    Sum up every class of contacts in one row: the table ``contact_classes``.

    Parameters
    ----------
    classes : sequence of ContactClass
    """
    return table_from_rows("contact_classes", [_class_row(found) for found in classes])


def _class_row(found: ContactClass) -> dict[str, Any]:
    first = found.members[0]
    areas = [m.interface.burial.area_per_side_a2 for m in found.members]
    overlaps = [similarity.jaccard for similarity in found.similarities.values()]
    residues = [_oriented_residues(member, first) for member in found.members]
    conserved = [
        frozenset.intersection(*(pair[side] for pair in residues)) for side in (0, 1)
    ]
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
        "pose_distance_maximum_a": _largest(found, "pose_distance_a"),
        "pose_angle_maximum_deg": _largest(found, "pose_angle_deg"),
        "conserved_residues_1": " ".join(str(n) for n in sorted(conserved[0])),
        "conserved_residues_2": " ".join(str(n) for n in sorted(conserved[1])),
        "conserved_bonds": " ".join(conserved_bonds(found.members)),
        "members": " ".join(_member_name(member) for member in found.members),
    }


def _largest(found: ContactClass, quantity: str) -> float:
    values = [
        float(getattr(similarity, quantity))
        for similarity in found.similarities.values()
    ]
    known = [value for value in values if not np.isnan(value)]
    return max(known, default=float("nan"))


def _member_name(member: MeasuredContact) -> str:
    contact = member.contact
    return (
        f"{member.named.entry.entry_id}:{contact.image_1.auth_asym_id}-"
        f"{contact.image_2.auth_asym_id}[{contact.image_2.symmetry_code}]"
    )


def _oriented_residues(
    member: MeasuredContact, first: MeasuredContact
) -> tuple[frozenset[int], frozenset[int]]:
    """Interface residues of both sides, in mature numbers, in the order of the first member."""
    sides = []
    for side, partner, burial in zip(
        (1, 2), member.interface.sides, member.interface.burial.sides, strict=True
    ):
        is_interface, _ = interface_residues(member.interface, side)
        index = burial.residues.residue_index[is_interface]
        sides.append(frozenset(_mature_numbers(member, partner, index)))
    if _is_swapped(sides, member, first):
        sides.reverse()
    return sides[0], sides[1]


def _is_swapped(
    sides: Sequence[frozenset[int]], member: MeasuredContact, first: MeasuredContact
) -> bool:
    """Whether a contact of two like chains is listed the other way round than the first one."""
    if (
        member is first
        or member.contact.member_1.role is not member.contact.member_2.role
    ):
        return False
    own = _oriented_residues(first, first)
    straight = len(sides[0] & own[0]) + len(sides[1] & own[1])
    return len(sides[0] & own[1]) + len(sides[1] & own[0]) > straight


def _mature_numbers(
    member: MeasuredContact, partner: "Partner", residue_index: IndexArray
) -> list[int]:
    rows = partner.residue_row(residue_index)
    numbers = member.named.numbers.mature_number[rows]
    return [int(number) for number in numbers if number != NO_NUMBER]


def conserved_bonds(members: Sequence[MeasuredContact]) -> tuple[str, ...]:
    """
    List the residue pairs that are bonded in every member of a class.

    Parameters
    ----------
    members : sequence of MeasuredContact

    Returns
    -------
    tuple of str
        ``E144-R155``, side 1 first; ``*`` behind it if it needs a flip or a proton in some member.
    """
    found = [_bonded_pairs(member) for member in members]
    if not found:
        return ()
    common = set(found[0]).intersection(*found[1:])
    return tuple(
        pair + ("*" if any(bonds[pair] for bonds in found) else "")
        for pair in sorted(common, key=_by_number)
    )


def _by_number(pair: str) -> tuple[int, int]:
    first, second = pair.split("-")
    return int(first[1:]), int(second[1:])


def _bonded_pairs(member: MeasuredContact) -> dict[str, bool]:
    """Residue pairs, and whether each bond between them needs a flip or a proton."""
    interface, numbers = member.interface, member.named.numbers
    bonds = interface.bonds
    kinds = np.any([bonds.is_kind[kind] for kind in BOND_KINDS], axis=0)
    plain = (
        bonds.is_salt_bridge | bonds.is_kind["disulfide"] | bonds.is_plain_hydrogen_bond
    )
    rows = []
    for partner, index in zip(
        interface.sides, (bonds.index_1, bonds.index_2), strict=True
    ):
        residues = partner.prepared.atoms.residue_index[index]
        rows.append(partner.residue_row(residues))
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
