"""One row of numbers for each two neighbours: the focal ones, and their controls beside them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

import numpy as np

from il2struct.interface.burial import SideBurial
from il2struct.interface.interface import Interface, Partner
from il2struct.lattice.classes import ContactClass
from il2struct.lattice.contacts import Belonging
from il2struct.lattice.measure import MeasuredContact, MeasuredNeighbours
from il2struct.network.evidence.sequons import sequons_at
from il2struct.results.summary_rows import interface_residues
from il2struct.structure.alignment import FOREIGN_STATUS
from il2struct.structure.roles import Role

#: Interfaces smaller than this per side are not compared: a few atoms always fit and always bond.
MIN_COMPARED_A2: Final = 100.0
#: Bonds are counted per this much buried area per side, in Å².
BOND_DENSITY_AREA_A2: Final = 100.0
#: A glycosylation site with fewer free directions than this counts as blocked.
BLOCKED_FRACTION: Final = 0.5


class Group(StrEnum):
    """What a contact is in the comparison."""

    FOCAL = "focal"
    TRUE_INTERFACE = "true_interface"
    OTHER_LATTICE = "other_lattice"


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactMeasures:
    """Numbers of one contact."""

    # Which contact; of neighbours that touch with several chains, their largest one
    entry_id: str
    complex_id: str
    interface_id: str
    operator_2: str
    contact_class: str
    group: Group
    area_per_side_a2: float
    n_buried_70: int  # Residues that lose this much of their accessible area
    n_buried_95: int
    # Plain hydrogen bonds that are no salt bridge; residue pairs in salt bridges
    n_hydrogen_bond_no_salt_bridge: int
    n_salt_bridge_residue_pair: int
    bonds_per_100_a2: float  # Both, per 100 Å² per side
    n_tag: int  # Interface residues of tags, and that differ from the reference
    n_mutation: int
    n_glycan_bond: int  # Bonds to a glycan
    # Native glycosylation sites for which more than half of all directions are blocked
    n_native_sequon_blocked: int
    sc: float = math.nan  # Shape complementarity; NaN where it was not computed
    sc_error: float = math.nan
    median_distance_a: float = math.nan
    n_contacts: int = 1  # Contacts of single chains that it holds


def measures_of(
    classes: Sequence[ContactClass],
    neighbours: Sequence[MeasuredNeighbours],
    focal: ContactClass | None,
    *,
    doubtful: frozenset[int] = frozenset(),
) -> tuple[ContactMeasures, ...]:
    """
    Put the neighbours of some crystals and the interfaces inside their complexes into numbers.

    Neighbours below `MIN_COMPARED_A2` are left out unless they make the focal contact, and so are
    those that only a program takes for one molecule: they are neither kind of control.
    """
    class_of = {id(m): found.name for found in classes for m in found.members}
    rows = []
    for each in neighbours:
        if makes(each, focal):
            name, group = focal.name if focal else "", Group.FOCAL
        elif (
            each.belonging is Belonging.LATTICE
            and is_compared(each.whole)
            and not doubtful & set(map(id, each.parts))
        ):
            name, group = class_of[id(each.parts[0])], Group.OTHER_LATTICE
        else:
            continue
        row = contact_measures(each.whole, name, group)
        rows.append(replace(row, n_contacts=len(each.parts)))
    rows += [
        contact_measures(member, found.name, Group.TRUE_INTERFACE)
        for found in classes
        for member in found.members
        if member.contact.belonging is Belonging.INSIDE
        and is_compared(member)
        and id(member) not in doubtful
    ]
    return tuple(rows)


def makes(neighbours: MeasuredNeighbours, focal: ContactClass | None) -> bool:
    """Whether one of the contacts of two neighbours is of a class."""
    members = set(map(id, focal.members)) if focal else set()
    return any(id(part) in members for part in neighbours.parts)


def is_compared(measured: MeasuredContact) -> bool:
    """Whether a contact is large enough to be a control."""
    return measured.interface.burial.area_per_side_a2 >= MIN_COMPARED_A2


def contact_measures(
    member: MeasuredContact, name: str, group: Group
) -> ContactMeasures:
    """Put one contact into numbers."""
    interface = member.interface
    burial, bonds = interface.burial, interface.bonds
    sides = (burial.sides[0].residues, burial.sides[1].residues)
    fractions = np.nan_to_num(np.concatenate([s.buried_fraction for s in sides]))
    n_bonds, n_salt = _bond_pairs(interface)
    area = burial.area_per_side_a2
    fit = interface.complementarity
    uncertainty = fit.uncertainty if fit else None
    statuses = _interface_statuses(member)
    blocked = [
        s
        for s in sequons_at(member)
        if s.status == "native" and s.free_fraction < BLOCKED_FRACTION
    ]
    return ContactMeasures(
        entry_id=member.named.entry.entry_id,
        complex_id=interface.complex_id,
        interface_id=interface.interface_id,
        operator_2=member.contact.image_2.symmetry_code,
        contact_class=name,
        group=group,
        area_per_side_a2=area,
        n_buried_70=int((fractions >= 0.70).sum()),
        n_buried_95=int((fractions >= 0.95).sum()),
        n_hydrogen_bond_no_salt_bridge=n_bonds,
        n_salt_bridge_residue_pair=n_salt,
        bonds_per_100_a2=(n_bonds + n_salt) / area * BOND_DENSITY_AREA_A2
        if area
        else 0.0,
        n_tag=sum(status in FOREIGN_STATUS for status in statuses),
        n_mutation=statuses.count("mutation"),
        n_glycan_bond=int((bonds.is_glycan_mediated & bonds.is_hydrogen_bond).sum()),
        n_native_sequon_blocked=len(blocked),
        sc=fit.result.sc if fit else math.nan,
        sc_error=uncertainty.sc_error if uncertainty else math.nan,
        median_distance_a=fit.result.median_distance_a if fit else math.nan,
    )


def _bond_pairs(interface: Interface) -> tuple[int, int]:
    """Plain hydrogen bonds (atom pairs that are no salt bridge) and salt-bridged residue pairs."""
    bonds = interface.bonds
    direct = ~bonds.is_glycan_mediated
    plain = bonds.is_plain_hydrogen_bond & direct & ~bonds.is_salt_bridge
    salt = bonds.is_salt_bridge & direct
    residues = [
        partner.prepared.atoms.residue_index[index[salt]]
        for partner, index in zip(
            interface.sides, (bonds.index_1, bonds.index_2), strict=True
        )
    ]
    pairs = set(zip(residues[0].tolist(), residues[1].tolist(), strict=True))
    return int(plain.sum()), len(pairs)


def _interface_statuses(member: MeasuredContact) -> list[str]:
    found: list[str] = []
    for side, (partner, burial) in enumerate(sides_of(member), start=1):
        is_interface, _ = interface_residues(member.interface, side)
        rows = partner.residue_row(burial.residues.residue_index[is_interface])
        found += member.named.numbers.status[rows].tolist()
    return found


def sides_of(measured: MeasuredContact) -> tuple[tuple[Partner, SideBurial], ...]:
    """Return both sides of a contact with their burial."""
    interface = measured.interface
    return tuple(zip(interface.sides, interface.burial.sides, strict=True))


def involves(measured: MeasuredContact, role: Role) -> bool:
    """Whether a side of a contact has a role."""
    return role in (measured.contact.member_1.role, measured.contact.member_2.role)


def percentile(value: float, controls: Sequence[float]) -> float:
    """
    Percentage of controls that a value exceeds, ties counted half.

    0 to 100; NaN without controls.

    Examples
    --------
    >>> percentile(3.0, [1.0, 2.0, 3.0, 4.0])
    62.5
    """
    known = np.array([c for c in controls if not np.isnan(c)])
    if not len(known) or np.isnan(value):
        return math.nan
    below = (known < value).sum() + 0.5 * (known == value).sum()
    return float(100.0 * below / len(known))
