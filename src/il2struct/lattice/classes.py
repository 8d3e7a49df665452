"""The same contact seen again: across copies, entries and crystal packings."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final, TypeAlias

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from il2struct.arrays import FloatArray
from il2struct.kernels.geometry import superpose
from il2struct.lattice.contacts import (
    MIN_COMMON,
    Belonging,
    ContactKind,
    Unit,
    lattice_units,
    unit_alpha_carbons,
)
from il2struct.lattice.graph import components, periodic_graph
from il2struct.lattice.measure import MeasuredContact
from il2struct.lattice.operators import rotation_angle_deg
from il2struct.structure.complexes import Member
from il2struct.structure.family import Role
from il2struct.structure.model import NO_NUMBER, ChainImage
from il2struct.structure.named import NamedEntry

#: Number of the packing of an entry, by its identity.
PackingOf: TypeAlias = Mapping[int, int]

#: Cells that differ by less than this fraction in every edge, in the same space group, are one
#: crystal form.
SAME_FORM_FRACTION: Final = 0.05
#: Crystals that share a layer of this dimension are one packing: its contacts come together, and
#: that they all recur is one observation. A chain of one contact is what is asked about.
SHARED_DIMENSION: Final = 2


def crystal_packings(groups: Sequence[Sequence[MeasuredContact]]) -> PackingOf:
    """
    Give each packing of some crystals a number, by the identity of the entry.

    Two crystals are packed alike if they have the same space group and cell, or if the contacts
    that both show build the same layer in them: 1M47 (P 21 21 2) and 1M4C (P 21) share 80 % of
    their contact area in cells that no tolerance would call the same. `groups` are all contacts
    of the crystals, those that are the same together.
    """
    entries = {id(m.named): m.named for group in groups for m in group}
    packing_of = {name: number for number, name in enumerate(entries)}
    for first, second in combinations(entries.values(), 2):
        one, other = packing_of[id(first)], packing_of[id(second)]
        if one != other and _is_packed_alike(first, second, groups):
            packing_of = {
                name: one if number == other else number
                for name, number in packing_of.items()
            }
    return packing_of


def n_crystal_forms(members: Sequence[MeasuredContact], packing_of: PackingOf) -> int:
    """Count the independent packings among the entries of some contacts."""
    return len({packing_of[id(member.named)] for member in members})


def _is_packed_alike(
    first: NamedEntry, second: NamedEntry, groups: Sequence[Sequence[MeasuredContact]]
) -> bool:
    one, other = first.entry.crystal, second.entry.crystal
    if one and other and one.space_group == other.space_group:
        cell, other_cell = ((*c.cell_a, *c.cell_deg) for c in (one, other))
        if np.allclose(cell, other_cell, rtol=SAME_FORM_FRACTION):
            return True
    both = {id(first), id(second)}
    common = (group for group in groups if both <= {id(m.named) for m in group})
    shared = [member for group in common for member in group]
    for named in (first, second):
        contacts = [m.contact for m in shared if m.named is named]
        if len(contacts) < SHARED_DIMENSION:
            return False
        graph = periodic_graph(named.entry, lattice_units(named), contacts)
        if components(graph)[0].dimension < SHARED_DIMENSION:
            return False
    return True


#: A residue that means the same in every entry: role and UniProt number, or sequence and place.
ResidueKey: TypeAlias = tuple[str, int]
#: Two contacts of one role pair are the same from this overlap of their residue pairs on.
MIN_JACCARD: Final = 0.5
#: … or if the partner stands this near, in Å, and
MAX_POSE_DISTANCE_A: Final = 4.0
#: … is turned by no more than this, in degrees, after superposing the first complexes.
MAX_POSE_ANGLE_DEG: Final = 15.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Footprint:
    """What makes a contact recognisable."""

    #: Roles (or sequences) of side 1 and side 2.
    roles: tuple[str, str]
    #: Residue pairs within the contact cut-off.
    pairs: frozenset[tuple[ResidueKey, ResidueKey]]
    #: Cα positions of the two units where they stand; of the two chains for a contact inside a
    #: complex, where comparing the complex with itself would say nothing.
    alpha_1: dict[ResidueKey, FloatArray]
    alpha_2: dict[ResidueKey, FloatArray]

    def swapped(self) -> "Footprint":
        """Return the same contact seen from the other side."""
        return Footprint(
            roles=(self.roles[1], self.roles[0]),
            pairs=frozenset((b, a) for a, b in self.pairs),
            alpha_1=self.alpha_2,
            alpha_2=self.alpha_1,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactSimilarity:
    """How alike two contacts are."""

    #: Common residue pairs over all residue pairs.
    jaccard: float
    #: How far apart and how turned the second units are after superposing the first; NaN if they
    #: share too few residues.
    pose_distance_a: float
    pose_angle_deg: float

    @property
    def is_same(self) -> bool:
        """Whether the two contacts belong to one class."""
        near = (
            self.pose_distance_a <= MAX_POSE_DISTANCE_A
            and self.pose_angle_deg <= MAX_POSE_ANGLE_DEG
        )
        return self.jaccard >= MIN_JACCARD or near


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ContactClass:
    """Contacts that are the same."""

    #: Role pair and a number, the most frequent class of a role pair first.
    name: str
    members: tuple[MeasuredContact, ...]
    #: Of every two members, keyed by their positions in ``members``.
    similarities: dict[tuple[int, int], ContactSimilarity]
    #: Independent packings that show it.
    n_crystal_forms: int


def footprint(measured: MeasuredContact) -> Footprint:
    """Describe a contact by residues and pose."""
    named, contact = measured.named, measured.contact
    contacts = measured.interface.contacts
    keys = []
    for partner, residues in zip(
        measured.interface.sides, (contacts.residue_1, contacts.residue_2), strict=True
    ):
        rows = partner.residue_row(residues)
        keys.append(_residue_keys(measured, rows.tolist()))
    unit_1, unit_2 = contact.unit_1, contact.unit_2
    if contact.kind is ContactKind.SAME_COMPLEX:
        unit_1 = Unit(unit_id=unit_1.unit_id, members=(contact.member_1,))
        unit_2 = Unit(unit_id=unit_2.unit_id, members=(contact.member_2,))
    rotation, translation = named.entry.transform(ChainImage("", *contact.placement_2))
    second = unit_alpha_carbons(named, unit_2)
    return Footprint(
        roles=(_kind(named, contact.member_1), _kind(named, contact.member_2)),
        pairs=frozenset(zip(keys[0], keys[1], strict=True)),
        alpha_1=unit_alpha_carbons(named, unit_1),
        alpha_2={key: rotation @ place + translation for key, place in second.items()},
    )


def _kind(named: NamedEntry, member: Member) -> str:
    if member.role is not Role.UNKNOWN:
        return member.role.value
    return named.entry.chain(member.image.auth_asym_id).sequence


def _residue_keys(measured: MeasuredContact, rows: Sequence[int]) -> list[ResidueKey]:
    named = measured.named
    keys: list[ResidueKey] = []
    for row in rows:
        number = int(named.numbers.uniprot_number[row])
        if number != NO_NUMBER:
            keys.append((str(named.numbers.role[row]), number))
            continue
        chain = named.entry.chains[int(named.entry.residues.chain_index[row])]
        place = int(chain.position[int(np.searchsorted(chain.residue_index, row))])
        # Tag residues have no UniProt number; their place in the construct stands in, negative
        # so that it is never taken for one.
        role = str(named.numbers.role[row])
        own = (chain.sequence, place)
        keys.append(own if role == "unknown" else (role, -1 - place))
    return keys


def contact_similarity(first: Footprint, second: Footprint) -> ContactSimilarity:
    """Compare two contacts, each also seen from its other side, by the views that fit best."""
    # Sides are told apart by role, not by which comes first; two sides of one role give four
    # views, since side 1 of the one laid on side 2 of the other is another pose than the reverse.
    roles = tuple(sorted(first.roles))
    views = [
        (one, other)
        for one in (first, first.swapped())
        for other in (second, second.swapped())
        if one.roles == roles == other.roles
    ]

    def rank(found: ContactSimilarity) -> tuple[bool, float, float]:
        away = float(np.nan_to_num(found.pose_distance_a, nan=np.inf))
        return found.is_same, found.jaccard, -away

    none = ContactSimilarity(jaccard=0.0, pose_distance_a=np.nan, pose_angle_deg=np.nan)
    return max((_view_similarity(*view) for view in views), key=rank, default=none)


def _view_similarity(first: Footprint, second: Footprint) -> ContactSimilarity:
    union = len(first.pairs | second.pairs)
    distance_a, angle_deg = np.nan, np.nan
    common_1 = [key for key in first.alpha_1 if key in second.alpha_1]
    common_2 = [key for key in first.alpha_2 if key in second.alpha_2]
    if min(len(common_1), len(common_2)) >= MIN_COMMON:
        # How far the second units are apart, and how turned, after superposing the first.
        fixed_1, moved_1 = (
            np.array([alpha[key] for key in common_1])
            for alpha in (first.alpha_1, second.alpha_1)
        )
        fixed_2, moved_2 = (
            np.array([alpha[key] for key in common_2])
            for alpha in (first.alpha_2, second.alpha_2)
        )
        onto = superpose(moved_1, fixed_1)
        moved_2 = moved_2 @ onto.rotation.T + onto.translation
        angle_deg = rotation_angle_deg(superpose(moved_2, fixed_2).rotation)
        away = moved_2.mean(axis=0) - fixed_2.mean(axis=0)
        distance_a = float(np.linalg.norm(away))
    return ContactSimilarity(
        jaccard=len(first.pairs & second.pairs) / union if union else 0.0,
        pose_distance_a=distance_a,
        pose_angle_deg=angle_deg,
    )


def contact_classes(measured: Sequence[MeasuredContact]) -> tuple[ContactClass, ...]:
    """
    Merge contacts that are the same, of one or several entries; the most frequent class first.

    Two contacts join if they are alike (`ContactSimilarity.is_same`); classes are what is joined directly
    or through others. Contacts inside a complex are classed as well and stay apart from lattice
    contacts by their residues alone, not by decree.
    """
    prints = [footprint(each) for each in measured]
    of_roles: dict[frozenset[str], list[int]] = {}
    for i, each in enumerate(prints):
        of_roles.setdefault(frozenset(each.roles), []).append(i)
    alike = {
        (i, j): contact_similarity(prints[i], prints[j])
        for rows in of_roles.values()
        for i, j in combinations(rows, 2)
    }
    same = [pair for pair, similarity in alike.items() if similarity.is_same]
    first, second = np.array(same, dtype=np.int64).reshape(-1, 2).T
    joined = csr_array(
        (np.ones(len(same)), (first, second)), shape=(len(prints), len(prints))
    )
    _, class_of = connected_components(joined, directed=False)
    groups = [np.flatnonzero(class_of == n).tolist() for n in np.unique(class_of)]
    return tuple(_named_classes(measured, groups, alike))


def _named_classes(
    measured: Sequence[MeasuredContact],
    groups: Sequence[Sequence[int]],
    alike: dict[tuple[int, int], ContactSimilarity],
) -> Iterator[ContactClass]:
    packing_of = crystal_packings([[measured[i] for i in group] for group in groups])

    def size(group: Sequence[int]) -> tuple[int, int, float]:
        members = [measured[i] for i in group]
        largest = max(member.interface.burial.area_per_side_a2 for member in members)
        return -n_crystal_forms(members, packing_of), -len(members), -largest

    counts: dict[str, int] = {}
    for group in sorted(groups, key=size):
        first, names = measured[group[0]], []
        for member in (first.contact.member_1, first.contact.member_2):
            own = f"{first.named.entry.entry_id}:{member.image.auth_asym_id}"
            names.append(own if member.role is Role.UNKNOWN else member.role.value)
        pair = "/".join(names)
        counts[pair] = counts.get(pair, 0) + 1
        members = tuple(measured[i] for i in group)
        yield ContactClass(
            name=f"{pair}.{counts[pair]}",
            members=members,
            similarities={
                (a, b): alike[i, j]
                for (a, i), (b, j) in combinations(enumerate(group), 2)
            },
            n_crystal_forms=n_crystal_forms(members, packing_of),
        )


def is_lattice_class(found: ContactClass) -> bool:
    """Whether no member lies inside a complex or a deposited assembly."""
    return all(m.contact.belonging is not Belonging.INSIDE for m in found.members)
