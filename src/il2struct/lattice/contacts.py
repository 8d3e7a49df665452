"""
All contacts of the crystal, each exactly once, and which chains belong together.

Chains that have a place in a receptor complex are judged by that complex, all others by the
assemblies that the depositors stand for.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from typing import TypeAlias

import numpy as np

from il2struct.arrays import FloatArray
from il2struct.errors import CoordinateError
from il2struct.interface.measure import image_label
from il2struct.kernels.geometry import superpose
from il2struct.lattice import operators
from il2struct.structure.complexes import MAX_IMAGES, Member
from il2struct.structure.family import Role, role_rank
from il2struct.structure.model import NO_NUMBER, ChainImage, atoms_of_residues
from il2struct.structure.named import NamedEntry
from il2struct.structure.neighbours import (
    CONTACT_CUTOFF_A,
    n_group_operators,
    touching_images,
)

#: A chain that touches more images than this lies in a cell too small for it: in real crystals
#: it is a dozen, each seen from both sides.
MOST_IMAGES_A_CHAIN = 100
#: Fewest common Cα atoms by which two units are superposed.
MIN_COMMON = 20

#: Cα positions by role and UniProt number, or by sequence and position.
AlphaCarbons: TypeAlias = dict[tuple[str, int], FloatArray]
#: Chains and where they stand.
Places: TypeAlias = frozenset[tuple[str, operators.Placement]]
#: Two chains and the operation that leads from one to the other.
_Relation: TypeAlias = tuple[str, str, operators.Placement]


class Belonging(StrEnum):
    """Whether two chains that touch belong to one molecule."""

    #: One complex, or one assembly that the depositors stand for, holds both.
    INSIDE = "inside"
    #: Only an assembly that a program proposes holds both.
    PROPOSED = "proposed"
    LATTICE = "lattice"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedBody:
    """A complex, an assembly or a lone chain, somewhere in the lattice."""

    #: Which body of the asymmetric unit it is a copy of.
    home: int
    #: Operator and cell shift that place it.
    at: operators.Placement


class Bodies:
    """All protein chains of a crystal, gathered into bodies; `group` holds its operators."""

    def __init__(self, named: NamedEntry) -> None:
        entry = named.entry
        self.group = operators.operator_group(entry)
        n_group = n_group_operators(entry)
        self._homes: list[Places] = []
        self._home_of: dict[str, int] = {}
        with_roles: set[str] = set()
        by_role: list[Places] = []
        for complex_ in named.complexes:
            places = _places((m.image for m in complex_.members), n_group)
            if complex_.basis != "asymmetric_unit":
                self._add(places)
            if complex_.basis == "roles":
                by_role.append(places)
                with_roles |= {name for name, _ in places}
        for name in named.role_of:
            if name not in self._home_of:
                self._add(frozenset({(name, operators.IDENTITY)}))
        self._symmetry = [_own_symmetry(self.group, home) for home in self._homes]
        proteins = set(named.role_of) - with_roles
        self._proposed: set[_Relation] = set()
        self._inside = {r for places in by_role for r in self._relations(places)}
        for assembly in entry.assemblies:
            images = (i for i in assembly.images if i.auth_asym_id in proteins)
            relations = self._relations(_places(images, n_group))
            is_author = assembly.is_author_determined
            (self._inside if is_author else self._proposed).update(relations)

    def _add(self, places: Places) -> None:
        for name, _ in places:
            self._home_of.setdefault(name, len(self._homes))
        self._homes.append(places)

    def _relations(self, places: Places) -> set[_Relation]:
        if len(places) > MAX_IMAGES:
            return set()
        return {
            (name_1, name_2, self._between(place_1, place_2))
            for name_1, place_1 in places
            for name_2, place_2 in places
        }

    def _between(
        self, first: operators.Placement, second: operators.Placement
    ) -> operators.Placement:
        """Operation that leads from one place to another, seen from the first."""
        return self.group.composed(self.group.inverse(first), second)

    def belonging(self, image_1: ChainImage, image_2: ChainImage) -> Belonging:
        """Say whether two chain images belong to one molecule."""
        step = self._between(operators.placement(image_1), operators.placement(image_2))
        relation = (image_1.auth_asym_id, image_2.auth_asym_id, step)
        if relation in self._inside:
            return Belonging.INSIDE
        return Belonging.PROPOSED if relation in self._proposed else Belonging.LATTICE

    def body_of(self, image: ChainImage) -> PlacedBody:
        """Find the body that holds a chain image."""
        home = self._home_of[image.auth_asym_id]
        own = min(p for name, p in self._homes[home] if name == image.auth_asym_id)
        composed = self.group.composed
        at = composed(operators.placement(image), self.group.inverse(own))
        # A body that a symmetry turns onto itself stands in one place, however it got there.
        return PlacedBody(
            home=home, at=min(composed(at, turn) for turn in self._symmetry[home])
        )

    def images(self, body: PlacedBody) -> tuple[ChainImage, ...]:
        """List the chain images of a body, where it stands."""
        return tuple(
            ChainImage(name, *self.group.composed(body.at, place))
            for name, place in sorted(self._homes[body.home])
        )

    def steps(self, first: PlacedBody, second: PlacedBody) -> list[operators.Placement]:
        """
        List the operations that lead from one body to another, seen from the first.

        More than one if a symmetry turns the second onto itself.
        """
        step = self._between(first.at, second.at)
        return [self.group.composed(step, turn) for turn in self._symmetry[second.home]]

    def neighbour_key(
        self, first: PlacedBody, second: PlacedBody
    ) -> tuple[int, int, operators.Placement]:
        """Name two neighbours the same wherever in the lattice and from whichever side they are seen."""
        composed, inverse = self.group.composed, self.group.inverse
        step = self._between(first.at, second.at)
        views = [(first.home, second.home, step)]
        views.append((second.home, first.home, inverse(step)))
        return min(
            (one, other, composed(composed(turn_1, there), turn_2))
            for one, other, there in views
            for turn_1 in self._symmetry[one]
            for turn_2 in self._symmetry[other]
        )


def _own_symmetry(
    group: operators.OperatorGroup, places: Places
) -> list[operators.Placement]:
    """Operations of the lattice that turn a body onto itself."""
    name, own = min(places)
    back = group.inverse(own)
    turns = [group.composed(place, back) for other, place in places if other == name]
    return [
        turn
        for turn in turns
        if {(other, group.composed(turn, place)) for other, place in places} == places
    ]


def _places(images: Iterable[ChainImage], n_group: int) -> Places:
    return frozenset(
        (image.auth_asym_id, operators.placement(image))
        for image in images
        if image.operator < n_group
    )


class ContactKind(StrEnum):
    """How the two sides of a contact are related."""

    SAME_COMPLEX = "same_complex"
    NON_CRYSTALLOGRAPHIC = "non_crystallographic"
    CRYSTAL = "crystal"


class StepKind(StrEnum):
    """What the motion from one unit to the next is; whether it closes follows from most of them."""

    INSIDE = "inside"
    CLOSED_TWO_FOLD = "closed_two_fold"
    OTHER_ROTATION = "other_rotation"
    SCREW = "screw"
    TRANSLATION = "translation"
    BETWEEN_COPIES = "between_copies"
    BETWEEN_UNLIKE = "between_unlike"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """What the lattice is made of: a complex, or a single chain that is in none."""

    #: The complex, or the chain's name.
    unit_id: str
    #: Chain images of the unit in its home place.
    members: tuple[Member, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LatticeContact:
    """A contact of two chains in the lattice."""

    #: Units that the chains belong to; unit 1 stands in its home place.
    unit_1: Unit
    unit_2: Unit
    #: The chains, as members of their units.
    member_1: Member
    member_2: Member
    #: Where they stand.
    image_1: ChainImage
    image_2: ChainImage
    #: Operator and cell shift that place unit 2.
    placement_2: operators.Placement
    kind: ContactKind
    #: Whether the chains belong to one molecule; a crystal contact can be inside an assembly.
    belonging: Belonging
    #: Heavy-atom pairs within the cut-off.
    n_pairs: int
    #: How far the contact moves the centre of a unit; NaN inside a complex, and if the units are
    #: not copies.
    translation_a: float
    #: What the motion from unit 1 to unit 2 builds when repeated; None likewise.
    repeat: operators.Repeat | None


def step_kind(contact: LatticeContact) -> StepKind:
    """
    Say what the motion from unit 1 to unit 2 of a contact is.

    Only the motions between copies that the crystal does not relate can close or not; each other
    kind does one of the two always.
    """
    if contact.kind is ContactKind.SAME_COMPLEX:
        return StepKind.INSIDE
    is_own_image = contact.unit_1.unit_id == contact.unit_2.unit_id
    return kind_of_repeat(contact.repeat, is_own_image=is_own_image)


def kind_of_repeat(repeat: operators.Repeat | None, *, is_own_image: bool) -> StepKind:
    """
    Say what a motion from one body of the lattice to another is.

    `repeat` is None if the second is no copy of the first; `is_own_image` says whether it is an
    image of the first by the symmetry of the crystal.
    """
    if repeat is None:
        return StepKind.BETWEEN_UNLIKE
    if not is_own_image:
        return StepKind.BETWEEN_COPIES
    if repeat.ring_size == 2:
        return StepKind.CLOSED_TWO_FOLD
    if repeat.is_translation:
        return StepKind.TRANSLATION
    return StepKind.SCREW if repeat.is_propagating else StepKind.OTHER_ROTATION


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Step:
    """Motion from one copy of a body onto another, and the centre of what they share."""

    rotation: FloatArray
    translation: FloatArray
    centre: FloatArray
    #: Whether the second is an image of the first by the symmetry of the crystal.
    is_own_image: bool

    @property
    def length_a(self) -> float:
        """How far the centre goes; the same from either copy."""
        there = self.rotation @ self.centre + self.translation
        return float(np.linalg.norm(there - self.centre))

    def then(self, rotation: FloatArray, translation: FloatArray) -> "Step":
        """Return this step and a motion after it."""
        return replace(
            self,
            rotation=rotation @ self.rotation,
            translation=rotation @ self.translation + translation,
        )

    def repeat(self) -> operators.Repeat:
        """Say what it builds when it is repeated."""
        return operators.repeat_of(
            self.rotation,
            self.translation,
            about=self.centre,
            tolerance=operators.EXACT if self.is_own_image else operators.SUPERPOSED,
        )


def step_at_home(
    alpha_1: AlphaCarbons, alpha_2: AlphaCarbons, *, is_own_image: bool
) -> Step | None:
    """Step from one body to another in their home places; None if they are not copies."""
    common = [key for key in alpha_1 if key in alpha_2]
    if len(common) < (1 if is_own_image else MIN_COMMON):
        return None
    places_1 = np.array([alpha_1[key] for key in common])
    rotation, translation = np.eye(3), np.zeros(3)
    if not is_own_image:
        onto = superpose(places_1, np.array([alpha_2[key] for key in common]))
        rotation, translation = onto.rotation, onto.translation
    return Step(
        rotation=rotation,
        translation=translation,
        centre=places_1.mean(axis=0),
        is_own_image=is_own_image,
    )


def lattice_units(named: NamedEntry) -> tuple[Unit, ...]:
    """Divide the protein chains: complexes by roles or assembly, then every other chain by itself."""
    n_group = n_group_operators(named.entry)
    units = []
    for complex_ in named.complexes:
        if complex_.basis != "asymmetric_unit":
            # Without members that an operator of the lattice puts in place anyway, or that none can.
            members: dict[str, Member] = {}
            for member in complex_.members:
                if member.image.operator < n_group:
                    members.setdefault(member.image.auth_asym_id, member)
            unit_id = complex_.complex_id
            units.append(Unit(unit_id=unit_id, members=tuple(members.values())))
    taken = {member.image.auth_asym_id for unit in units for member in unit.members}
    units += [
        Unit(unit_id=name, members=(Member(role=role, image=ChainImage(name)),))
        for name, role in named.role_of.items()
        if name not in taken
    ]
    return tuple(units)


def lattice_contacts(
    named: NamedEntry, *, cutoff_a: float = CONTACT_CUTOFF_A
) -> tuple[LatticeContact, ...]:
    """
    Find every contact of the crystal once, those inside a complex included.

    Same complex first, then non-crystallographic, then crystal contacts, the largest first.
    """
    entry = named.entry
    bodies = Bodies(named)
    group = bodies.group
    units = lattice_units(named)
    home = {m.image.auth_asym_id: (unit, m) for unit in units for m in unit.members}
    alpha = {unit.unit_id: unit_alpha_carbons(named, unit) for unit in units}

    @cache
    def home_step(unit_id_1: str, unit_id_2: str) -> Step | None:
        return step_at_home(
            alpha[unit_id_1], alpha[unit_id_2], is_own_image=unit_id_1 == unit_id_2
        )

    found: dict[object, LatticeContact] = {}
    touching = touching_images(entry, entry.protein_chains, cutoff_a=cutoff_a)
    if len(touching) > MOST_IMAGES_A_CHAIN * len(home):
        raise CoordinateError(
            f"Chains of {entry.entry_id} touch {len(touching)} images, so that molecules overlap: "
            "its cell or symmetry is wrong; correct it."
        )
    for contact in touching:
        name_1, name_2 = contact.auth_asym_id, contact.image.auth_asym_id
        there = operators.placement(contact.image)
        first, second = home[name_1], home[name_2]
        if _rank(second[1]) < _rank(first[1]):
            first, second, there = second, first, group.inverse(there)
        # A contact is the same whichever side it was seen from.
        is_own = first[1] is second[1]
        seen = min(there, group.inverse(there)) if is_own else there
        names = [member.image.auth_asym_id for _, member in (first, second)]
        key = (*names, seen)
        if key not in found:
            ends = first, second
            found[key] = _contact(bodies, ends, there, contact.n_pairs, home_step)
    order = list(ContactKind)
    ranked = sorted(found.values(), key=lambda c: (order.index(c.kind), -c.n_pairs))
    return tuple(ranked)


def _rank(member: Member) -> tuple[int, str]:
    return role_rank(member.role), member.image.auth_asym_id


def _contact(
    bodies: Bodies,
    ends: tuple[tuple[Unit, Member], tuple[Unit, Member]],
    there: operators.Placement,
    n_pairs: int,
    home_step: Callable[[str, str], Step | None],
) -> LatticeContact:
    group = bodies.group
    (unit_1, member_1), (unit_2, member_2) = ends
    own_1, own_2 = map(operators.placement, (member_1.image, member_2.image))
    image_2 = group.composed(own_1, there)
    placement_2 = group.composed(image_2, group.inverse(own_2))
    if placement_2 != operators.IDENTITY:
        kind = ContactKind.CRYSTAL
    elif unit_1.unit_id == unit_2.unit_id:
        kind = ContactKind.SAME_COMPLEX
    else:
        kind = ContactKind.NON_CRYSTALLOGRAPHIC
    step = None
    if kind is not ContactKind.SAME_COMPLEX:
        step = home_step(unit_1.unit_id, unit_2.unit_id)
    if step is not None:
        step = step.then(*group.motion(placement_2))
    there_2 = ChainImage(member_2.image.auth_asym_id, *image_2)
    return LatticeContact(
        unit_1=unit_1,
        unit_2=unit_2,
        member_1=member_1,
        member_2=member_2,
        image_1=member_1.image,
        image_2=there_2,
        placement_2=placement_2,
        kind=kind,
        belonging=bodies.belonging(member_1.image, there_2),
        n_pairs=n_pairs,
        translation_a=np.nan if step is None else step.length_a,
        repeat=None if step is None else step.repeat(),
    )


def unit_alpha_carbons(named: NamedEntry, unit: Unit) -> AlphaCarbons:
    """
    Cα positions of a unit in its home place, keyed so that copies of it match.

    Keys are role and UniProt number, or sequence and position for chains without a role.
    """
    entry, numbers = named.entry, named.numbers
    atoms = entry.atoms
    found: AlphaCarbons = {}
    for member in unit.members:
        chain = entry.chain(member.image.auth_asym_id)
        rows = atoms_of_residues(entry, chain.residue_index)
        rows = rows[(atoms.atom_name[rows] == "CA") & (atoms.element[rows] == "C")]
        if member.role is Role.UNKNOWN:
            name = chain.sequence
            places = np.searchsorted(chain.residue_index, atoms.residue_index[rows])
            number = chain.position[places]
        else:
            name = member.role.value
            number = numbers.uniprot_number[atoms.residue_index[rows]]
            rows, number = rows[number != NO_NUMBER], number[number != NO_NUMBER]
        rotation, translation = entry.transform(member.image)
        moved = atoms.coords[rows] @ rotation.T + translation
        keys = [(name, key) for key in number.tolist()]
        found.update(zip(keys, moved, strict=True))
    return found


def contact_labels(contact: LatticeContact) -> tuple[str, str]:
    """
    Name the two sides of a contact, so that no two contacts of an entry are called the same.

    ``("IL2RA", "IL2RG[3_545]")``: role or chain, with the symmetry code where the side does not
    stand in its home place.
    """

    def label(member: Member, image: ChainImage) -> str:
        if member.role is Role.UNKNOWN:
            return image_label(image)
        code = image_label(image).removeprefix(image.auth_asym_id)
        return member.role.value + (code if image != member.image else "")

    first = label(contact.member_1, contact.image_1)
    return first, label(contact.member_2, contact.image_2)
