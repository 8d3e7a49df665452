"""The same contact seen again: across copies, entries and crystal forms."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final, TypeAlias

import numpy as np

from il2struct.arrays import FloatArray
from il2struct.kernels.geometry import superpose
from il2struct.lattice.bodies import Belonging
from il2struct.lattice.contacts import (
    MIN_COMMON,
    ContactKind,
    Unit,
    unit_alpha_carbons,
)
from il2struct.lattice.measure import MeasuredContact
from il2struct.lattice.motions import rotation_angle_deg
from il2struct.lattice.packings import crystal_packings, n_crystal_forms
from il2struct.structure.model import NO_NUMBER, ChainImage

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
class Likeness:
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
    likenesses: dict[tuple[int, int], Likeness]
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
        roles=(
            _kind(measured, contact.image_1),
            _kind(measured, contact.image_2),
        ),
        pairs=frozenset(zip(keys[0], keys[1], strict=True)),
        alpha_1=unit_alpha_carbons(named, unit_1),
        alpha_2={key: rotation @ place + translation for key, place in second.items()},
    )


def _kind(measured: MeasuredContact, image: ChainImage) -> str:
    role = measured.named.role_of[image.auth_asym_id].value
    return (
        measured.named.entry.chain(image.auth_asym_id).sequence
        if role == "unknown"
        else role
    )


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
        keys.append(
            (chain.sequence, place) if role == "unknown" else (role, -1 - place)
        )
    return keys


def likeness(first: Footprint, second: Footprint) -> Likeness:
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
    if not views:
        return Likeness(jaccard=0.0, pose_distance_a=np.nan, pose_angle_deg=np.nan)
    return max((_likeness(one, other) for one, other in views), key=_closeness)


def _closeness(like: Likeness) -> tuple[bool, float, float]:
    distance = float(np.nan_to_num(like.pose_distance_a, nan=np.inf))
    return like.is_same, like.jaccard, -distance


def _likeness(first: Footprint, second: Footprint) -> Likeness:
    union = len(first.pairs | second.pairs)
    jaccard = len(first.pairs & second.pairs) / union if union else 0.0
    distance, angle = _pose(first, second)
    return Likeness(jaccard=jaccard, pose_distance_a=distance, pose_angle_deg=angle)


def _pose(first: Footprint, second: Footprint) -> tuple[float, float]:
    """Distance and turn of the second units after superposing the first ones."""
    common_1 = [key for key in first.alpha_1 if key in second.alpha_1]
    common_2 = [key for key in first.alpha_2 if key in second.alpha_2]
    if min(len(common_1), len(common_2)) < MIN_COMMON:
        return float("nan"), float("nan")
    onto = superpose(
        _places(second.alpha_1, common_1), _places(first.alpha_1, common_1)
    )
    moved = _places(second.alpha_2, common_2) @ onto.rotation.T + onto.translation
    fixed = _places(first.alpha_2, common_2)
    turn = superpose(moved, fixed)
    away = float(np.linalg.norm(moved.mean(axis=0) - fixed.mean(axis=0)))
    return away, rotation_angle_deg(turn.rotation)


def _places(
    alpha: dict[ResidueKey, FloatArray], keys: Sequence[ResidueKey]
) -> FloatArray:
    return np.array([alpha[key] for key in keys])


def contact_classes(measured: Sequence[MeasuredContact]) -> tuple[ContactClass, ...]:
    """
    Merge contacts that are the same, of one or several entries; the most frequent class first.

    Two contacts join if they are alike (`Likeness.is_same`); classes are what is joined directly
    or through others. Contacts inside a complex are classed as well and stay apart from lattice
    contacts by their residues alone, not by decree.
    """
    prints = [footprint(each) for each in measured]
    alike: dict[tuple[int, int], Likeness] = {}
    parent = list(range(len(prints)))
    for i, j in combinations(range(len(prints)), 2):
        if set(prints[i].roles) != set(prints[j].roles):
            continue
        alike[i, j] = likeness(prints[i], prints[j])
        if alike[i, j].is_same:
            parent[_root(parent, j)] = _root(parent, i)
    groups: dict[int, list[int]] = {}
    for i in range(len(prints)):
        groups.setdefault(_root(parent, i), []).append(i)
    return _named_classes(measured, list(groups.values()), alike)


def _root(parent: list[int], i: int) -> int:
    while parent[i] != i:
        i = parent[i]
    return i


def _named_classes(
    measured: Sequence[MeasuredContact],
    groups: Sequence[Sequence[int]],
    alike: dict[tuple[int, int], Likeness],
) -> tuple[ContactClass, ...]:
    packing_of = crystal_packings([[measured[i] for i in group] for group in groups])

    def size(group: Sequence[int]) -> tuple[int, int, float]:
        members = [measured[i] for i in group]
        largest = max(member.interface.burial.area_per_side_a2 for member in members)
        return -n_crystal_forms(members, packing_of), -len(members), -largest

    counts: dict[str, int] = {}
    classes = []
    for group in sorted(groups, key=size):
        pair = _pair_name(measured[group[0]])
        counts[pair] = counts.get(pair, 0) + 1
        members = tuple(measured[i] for i in group)
        classes.append(
            ContactClass(
                name=f"{pair}.{counts[pair]}",
                members=members,
                likenesses={
                    (a, b): alike[group[a], group[b]]
                    for a, b in combinations(range(len(group)), 2)
                },
                n_crystal_forms=n_crystal_forms(members, packing_of),
            )
        )
    return tuple(classes)


def _pair_name(measured: MeasuredContact) -> str:
    names = []
    for image in (measured.contact.image_1, measured.contact.image_2):
        role = measured.named.role_of[image.auth_asym_id].value
        own = f"{measured.named.entry.entry_id}:{image.auth_asym_id}"
        names.append(own if role == "unknown" else role)
    return "/".join(names)


def is_lattice_class(found: ContactClass) -> bool:
    """Whether no member lies inside a complex or a deposited assembly."""
    return all(m.contact.belonging is not Belonging.INSIDE for m in found.members)
