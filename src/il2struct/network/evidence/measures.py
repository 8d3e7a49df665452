"""The numbers of each contact, and of all others beside it: one row for each two neighbours."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from typing import Any, Final

import numpy as np

from il2struct.arrays import FloatArray
from il2struct.data import rows_of
from il2struct.interface.interface import Interface
from il2struct.lattice.classes import ContactClass
from il2struct.lattice.contacts import Belonging
from il2struct.lattice.measure import MeasuredContact, MeasuredNeighbours
from il2struct.network.evidence.sites import interface_rows, sequons_at
from il2struct.structure.alignment import FOREIGN_STATUS

#: Compared are the contacts nearest in size: this share of all, but no fewer than `NEAREST`. Their
#: number does not jump when an area moves, as that in a window would.
NEAREST_SHARE: Final = 0.25
NEAREST: Final = 30
#: What says nothing of the size of a contact is compared at that size.
SIZE: Final = "area_per_side_a2"
#: Fewer contacts than this are no distribution: 95 % of them cannot be told from all. It matters
#: for tables of one's own only.
FEWEST: Final = 20
#: Two-sided 95 % of a normal distribution.
NORMAL_95: Final = 1.959964
#: Family of all entries that hold a chain with a role; the pair asked about is of it.
RECEPTOR_FAMILY: Final = "receptors"
#: Columns that are numbers.
NUMBERS: Final = (SIZE, "n_buried_70", "n_buried_95", "bonds_per_100_a2", "sc")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceSet:
    """Contacts of one kind, of many crystals."""

    family: tuple[str, ...]  # crystals of related proteins have one name
    # One value for each contact, by the fields of `ContactMeasures`
    numbers: dict[str, FloatArray]

    def without(self, family: str) -> "ReferenceSet":
        """Leave the contacts of one family out."""
        kept = np.array([name != family for name in self.family], dtype=bool)
        return ReferenceSet(
            family=tuple(name for name in self.family if name != family),
            numbers={name: values[kept] for name, values in self.numbers.items()},
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """What a contact is weighed against."""

    endless: ReferenceSet  # neighbours in the lattice whose step goes on for ever
    true: ReferenceSet  # interfaces of the assemblies that depositors stand for

    def without(self, family: str) -> "Reference":
        """Leave one family out: a contact is not weighed against itself and its relatives."""
        return Reference(
            endless=self.endless.without(family), true=self.true.without(family)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """Share of some contacts that a number exceeds."""

    percent: float  # ties count half; NaN without contacts
    low: float  # 95 % confidence interval after Wilson
    high: float
    n: int  # contacts
    # Their median, and what 95 % of them do not exceed; NaN without contacts
    median: float
    highest_5: float


@cache
def reference() -> Reference:
    """
    Read the shipped distributions, without the family of the receptors.

    Examples
    --------
    >>> RECEPTOR_FAMILY in reference().endless.family
    False
    """
    rows = rows_of("reference_contacts.csv")

    def contacts(level: str, belonging: Belonging, goes_on: str) -> ReferenceSet:
        kept = [
            row
            for row in rows
            if row["level"] == level
            and row["belonging"] == belonging.value
            and row["goes_on"] == goes_on
        ]
        return ReferenceSet(
            family=tuple(row["family"] for row in kept),
            numbers={
                name: np.array([float(row[name]) for row in kept]) for name in NUMBERS
            },
        )

    return Reference(
        endless=contacts("neighbours", Belonging.LATTICE, "1"),
        true=contacts("contact", Belonging.INSIDE, ""),
    ).without(RECEPTOR_FAMILY)


def percentile(value: float, controls: Sequence[float] | FloatArray) -> float:
    """
    Percentage of controls that a value exceeds, ties counted half; NaN without any.

    NaNs among the controls are passed over.

    Examples
    --------
    >>> percentile(3.0, [1.0, 2.0, 3.0, 4.0])
    62.5
    """
    every = np.asarray(controls, dtype=np.float64)
    known = every[~np.isnan(every)]
    if not len(known) or np.isnan(value):
        return math.nan
    below = (known < value).sum() + 0.5 * (known == value).sum()
    return float(100.0 * below / len(known))


def share_exceeded(
    among: ReferenceSet, quantity: str, value: float, *, area_a2: float
) -> Share:
    """Say what share of some contacts a number exceeds."""
    numbers = among.numbers[quantity]
    if quantity != SIZE:
        far = np.abs(np.log(among.numbers[SIZE] / area_a2))
        n_near = max(NEAREST, round(NEAREST_SHARE * len(far)))
        numbers = numbers[np.argsort(far, kind="stable")[:n_near]]
    known = numbers[~np.isnan(numbers)]
    percent = percentile(value, known)
    low, high = wilson_interval(percent / 100.0, len(known))
    median, highest_5 = (
        np.percentile(known, [50.0, 95.0]) if len(known) else (math.nan, math.nan)
    )
    return Share(
        percent=percent,
        low=100.0 * low,
        high=100.0 * high,
        n=len(known),
        median=float(median),
        highest_5=float(highest_5),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseRate:
    """How often a contact of the lattice recurs in another packing of the same chains."""

    n_recurring: int  # those that do, of those that could
    n_contacts: int
    high_percent: float  # upper end of the 95 % confidence interval after Wilson


@cache
def base_rate() -> BaseRate:
    """
    Count the recurring contacts of the crystals of other proteins.

    Examples
    --------
    >>> base_rate().n_recurring
    0
    """
    rows = [
        row
        for row in rows_of("reference_recurrence.csv")
        if row["family"] != RECEPTOR_FAMILY
    ]
    n_recurring = sum(int(row["n_recurring"]) for row in rows)
    n_contacts = sum(int(row["n_contacts"]) for row in rows)
    high = wilson_interval(n_recurring / n_contacts, n_contacts)[1]
    return BaseRate(
        n_recurring=n_recurring, n_contacts=n_contacts, high_percent=100.0 * high
    )


def wilson_interval(fraction: float, n: int) -> tuple[float, float]:
    """
    Return the 95 % confidence interval of a fraction that was counted.

    References
    ----------
    Wilson, J. Am. Stat. Assoc. 22:209 (1927).

    Examples
    --------
    None of ten is not 0 %:

    >>> low, high = wilson_interval(0.0, 10)
    >>> round(low, 3), round(high, 3)
    (0.0, 0.278)
    """
    if not n or math.isnan(fraction):
        return math.nan, math.nan
    square = NORMAL_95**2 / n
    middle = fraction + square / 2.0
    half = math.sqrt(square * (fraction * (1.0 - fraction) + square / 4.0))
    return (
        max(0.0, (middle - half) / (1.0 + square)),
        min(1.0, (middle + half) / (1.0 + square)),
    )


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
    compared: Sequence[Compared],
    numbers_of: Callable[[MeasuredContact], ContactMeasures],
) -> tuple[ContactMeasures, ...]:
    """Put what is compared into numbers by `contact_measures`, which may have a memory."""
    return tuple(
        replace(
            numbers_of(each.measured),
            contact_class=each.contact_class,
            group=each.group,
            n_contacts=each.n_contacts,
        )
        for each in compared
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
