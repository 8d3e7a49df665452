"""The numbers of each contact, and of all others beside it: one row for each two neighbours."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final

import numpy as np

from il2struct.interface.interface import Interface
from il2struct.lattice.classes import ContactClass
from il2struct.lattice.contacts import Belonging
from il2struct.lattice.measure import MeasuredContact, MeasuredNeighbours
from il2struct.network.evidence.sites import interface_rows, sequons_at
from il2struct.structure.alignment import FOREIGN_STATUS

#: Interfaces smaller than this per side are not compared: a few atoms always fit and always bond.
MIN_COMPARED_A2: Final = 100.0
#: Bonds are counted per this much buried area per side, in Å².
BOND_DENSITY_AREA_A2: Final = 100.0


class Group(StrEnum):
    """What a contact is in the comparison."""

    FOCAL = "focal"
    TRUE_INTERFACE = "true_interface"
    OTHER_LATTICE = "other_lattice"


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactMeasures:
    """Numbers of one contact; the first five fields name it, by the largest of its contacts."""

    entry_id: str
    complex_id: str
    interface_id: str
    operator_2: str
    contact_class: str
    group: Group
    area_per_side_a2: float
    n_buried_70: int  # residues that lose this much of their accessible area
    n_buried_95: int
    n_hydrogen_bond_no_salt_bridge: int  # plain ones
    n_salt_bridge_residue_pair: int
    bonds_per_100_a2: float  # both, per 100 Å² per side
    n_tag: int  # interface residues of tags
    n_mutation: int  # … and those that differ from the reference
    n_glycan_bond: int
    n_native_sequon_blocked: int
    sc: float = math.nan  # NaN where shape complementarity was not computed
    sc_error: float = math.nan
    median_distance_a: float = math.nan
    n_contacts: int = 1  # contacts of single chains that it holds


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Compared:
    """A contact or two neighbours that take part in the comparison."""

    measured: MeasuredContact
    contact_class: str
    group: Group
    n_contacts: int  # contacts of single chains that it holds


def measures_of(
    classes: Sequence[ContactClass],
    neighbours: Sequence[MeasuredNeighbours],
    focal: ContactClass | None,
    *,
    doubtful: frozenset[int] = frozenset(),
    numbers_of: Callable[[MeasuredContact], ContactMeasures] | None = None,
) -> tuple[ContactMeasures, ...]:
    """
    Put the neighbours of some crystals and the interfaces inside their complexes into numbers.

    `contact_measures` may be given with a memory, for several focal contacts.
    """
    numbers_of = numbers_of or contact_measures
    return tuple(
        replace(
            numbers_of(each.measured),
            contact_class=each.contact_class,
            group=each.group,
            n_contacts=each.n_contacts,
        )
        for each in compared_contacts(classes, neighbours, focal, doubtful=doubtful)
    )


def largest_of_each(
    compared: Sequence[Compared], group: Group
) -> tuple[MeasuredContact, ...]:
    """Take the largest copy of each contact of a group, for what takes long to work out."""
    largest: dict[str, MeasuredContact] = {}
    for each in compared:
        known = largest.get(each.contact_class)
        if each.group is group and (
            known is None or _area(each.measured) > _area(known)
        ):
            largest[each.contact_class] = each.measured
    return tuple(largest.values())


def _area(measured: MeasuredContact) -> float:
    return measured.interface.burial.area_per_side_a2


def compared_contacts(
    classes: Sequence[ContactClass],
    neighbours: Sequence[MeasuredNeighbours],
    focal: ContactClass | None,
    *,
    doubtful: frozenset[int] = frozenset(),
) -> tuple[Compared, ...]:
    """
    Choose what is compared: the neighbours of some crystals and the interfaces inside their complexes.

    Neighbours below `MIN_COMPARED_A2` are left out unless they make the focal contact, and so are
    those that only a program takes for one molecule and those whose identity is among the doubtful:
    they are neither kind of control.
    """
    class_of = {id(m): found.name for found in classes for m in found.members}
    rows = []
    for each in neighbours:
        if focal is not None and makes(each, focal):
            name, group = focal.name, Group.FOCAL
        elif (
            each.belonging is Belonging.LATTICE
            and is_compared(each.whole)
            and not doubtful & set(map(id, each.parts))
        ):
            name, group = class_of[id(each.parts[0])], Group.OTHER_LATTICE
        else:
            continue
        rows.append(
            Compared(
                measured=each.whole,
                contact_class=name,
                group=group,
                n_contacts=len(each.parts),
            )
        )
    rows += [
        Compared(
            measured=member,
            contact_class=found.name,
            group=Group.TRUE_INTERFACE,
            n_contacts=1,
        )
        for found in classes
        for member in found.members
        if member.contact.belonging is Belonging.INSIDE
        and is_compared(member)
        and id(member) not in doubtful
    ]
    return tuple(rows)


def makes(neighbours: MeasuredNeighbours, focal: ContactClass) -> bool:
    """Whether one of the contacts of two neighbours is of a class."""
    members = set(map(id, focal.members))
    return any(id(part) in members for part in neighbours.parts)


def is_compared(measured: MeasuredContact) -> bool:
    """Whether a contact is large enough to be a control."""
    return measured.interface.burial.area_per_side_a2 >= MIN_COMPARED_A2


def contact_measures(member: MeasuredContact) -> ContactMeasures:
    """Put one contact into numbers, whatever its class and group."""
    interface, numbers = member.interface, member.named.numbers
    statuses = [
        status
        for _, rows in interface_rows(member)
        for status in numbers.status[rows].tolist()
    ]
    bonds, complementarity = interface.bonds, interface.complementarity
    uncertainty = complementarity.uncertainty if complementarity else None
    return ContactMeasures(
        entry_id=member.named.entry.entry_id,
        complex_id=interface.complex_id,
        interface_id=interface.interface_id,
        operator_2=member.contact.image_2.symmetry_code,
        contact_class="",
        group=Group.OTHER_LATTICE,
        **size_and_bonds(interface),
        n_tag=sum(status in FOREIGN_STATUS for status in statuses),
        n_mutation=statuses.count("mutation"),
        n_glycan_bond=int((bonds.is_glycan_mediated & bonds.is_hydrogen_bond).sum()),
        n_native_sequon_blocked=sum(
            site.status == "native" and site.is_blocked for site in sequons_at(member)
        ),
        sc=complementarity.result.sc if complementarity else math.nan,
        sc_error=uncertainty.sc_error if uncertainty else math.nan,
        median_distance_a=complementarity.result.median_distance_a
        if complementarity
        else math.nan,
    )


def size_and_bonds(interface: Interface) -> dict[str, Any]:
    """Area, buried residues and bonds of an interface, by the fields of `ContactMeasures`."""
    burial, bonds = interface.burial, interface.bonds
    area = burial.area_per_side_a2
    fractions = np.nan_to_num(
        np.concatenate([s.residues.buried_fraction for s in burial.sides])
    )
    is_direct = ~bonds.is_glycan_mediated
    is_plain = bonds.is_plain_hydrogen_bond & is_direct & ~bonds.is_salt_bridge
    is_salt = bonds.is_salt_bridge & is_direct
    salt_bridged = {
        (first, second)
        for first, second in zip(
            *(
                partner.prepared.atoms.residue_index[index[is_salt]].tolist()
                for partner, index in zip(
                    interface.sides, (bonds.index_1, bonds.index_2), strict=True
                )
            ),
            strict=True,
        )
    }
    n_plain, n_salt = int(is_plain.sum()), len(salt_bridged)
    return {
        "area_per_side_a2": area,
        "n_buried_70": int((fractions >= 0.70).sum()),
        "n_buried_95": int((fractions >= 0.95).sum()),
        "n_hydrogen_bond_no_salt_bridge": n_plain,
        "n_salt_bridge_residue_pair": n_salt,
        "bonds_per_100_a2": (n_plain + n_salt) / area * BOND_DENSITY_AREA_A2
        if area
        else 0.0,
    }
