"""
Chains and symmetry images gathered into receptor complexes.

A complex grows from its cytokine: each receptor chain that the cytokine binds joins, one of each
role, at the image where it touches most. Receptors that no cytokine holds grow one of their own, as
β and γc around a designed ligand. Whatever has no role is grouped by the deposited assemblies or, in
a file without any, joins the complex that it touches. Partners in the lattice stay out: a receptor
chain belongs to one cytokine only.
"""

from bisect import insort
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, TypeAlias

import numpy as np

from il2struct.arrays import FloatArray
from il2struct.structure import neighbours
from il2struct.structure.antibodies import variable_domains
from il2struct.structure.family import (
    Family,
    Role,
    role_rank,
    shipped_family,
    symbol_of,
)
from il2struct.structure.model import (
    Assembly,
    ChainImage,
    Entry,
    Note,
    counted_notes,
)
from il2struct.structure.roles import ChainRole

#: Fewest heavy-atom pairs within 5 Å for a receptor to be bound. The smallest true contact of the
#: family, IL-2/γc, has 309 in 2B5I; lattice contacts of 2B5I reach down to 4.
MIN_BOUND_PAIRS: Final = 100
#: A second candidate with more than this fraction of the best one's pairs is reported.
AMBIGUOUS_FRACTION: Final = 0.6
#: More chain images than this in one assembly (virus capsids) are not paired up.
MAX_IMAGES: Final = 64
#: Two pairs stand in the same relation if no element of their rotation matrices differs by more
#: (half a degree) …
SAME_ROTATION: Final = 0.01
#: … and their translations by no more than this in Å, far below any lattice step.
SAME_TRANSLATION_A: Final = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A chain image and what it is in its complex."""

    role: Role
    image: ChainImage

    def __repr__(self) -> str:
        name = "chain" if self.role is Role.UNKNOWN else symbol_of(self.role)
        chain = self.image.auth_asym_id
        is_home = self.image == ChainImage(chain)
        moved = "" if is_home else f" ({self.image.symmetry_code})"
        return f"<{name} {chain}{moved}>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Complex:
    """Chain images that belong together."""

    #: ``"1"``, ``"2"`` … in the order of the cytokine chains.
    complex_id: str
    #: In the order of roles, then of the images.
    members: tuple[Member, ...]
    #: Roles that a whole complex would have and the entry does not show.
    missing_roles: tuple[Role, ...]
    #: ``"roles"``, ``"assembly"`` or ``"asymmetric_unit"``: what the grouping rests on.
    basis: str
    #: Name of the deposited assembly it equals or rests on; empty if none.
    assembly: str
    #: Ambiguities met on the way.
    notes: tuple[Note, ...] = ()

    def __repr__(self) -> str:
        members = ", ".join(repr(member)[1:-1] for member in self.members)
        return f"<Complex {self.complex_id}: {members}>"


class _Candidate(NamedTuple):
    """An image of a receptor at a cytokine, with the atom pairs that hold it there."""

    cytokine: str
    image: ChainImage
    n_pairs: int


#: Chain images of growing complexes, by the name of the chain in their centre.
_Groups: TypeAlias = dict[str, list[ChainImage]]


def find_complexes(
    entry: Entry, roles: Sequence[ChainRole], family: Family | None = None
) -> tuple[Complex, ...]:
    """
    Group the protein chains of an entry into complexes.

    Those around a cytokine come first, then what the deposited assemblies add.
    """
    family = family or shipped_family()
    role_of = {chain.auth_asym_id: chain.role for chain in roles}
    groups: _Groups = {}
    notes: dict[str, list[Note]] = {}
    for anchors in (family.anchors, family.holders):
        grown, said = _receptor_groups(entry, role_of, anchors, _names(groups), family)
        groups |= grown
        notes |= said
        # Poses of a receptor come with its complex and are none of their own.
        _add_poses(entry, groups)
    if entry.assemblies:
        _add_assembly_partners(entry, groups)
    else:
        _add_neighbours(entry, groups, role_of)
    _add_poses(entry, groups)
    complexes = [
        _grown_complex(entry, str(number), images, role_of, notes[name], family)
        for number, (name, images) in enumerate(groups.items(), start=1)
    ]
    for images, assembly in _assembly_groups(entry, _names(groups)):
        complex_id = str(len(complexes) + 1)
        left_out = max(len(images) - MAX_IMAGES, 0)
        text = (
            f"Only the first {MAX_IMAGES} of {len(images)} chain images are analysed."
        )
        complexes.append(
            Complex(
                complex_id=complex_id,
                members=_members(images[:MAX_IMAGES], role_of),
                missing_roles=(),
                basis="assembly" if assembly else "asymmetric_unit",
                assembly=assembly,
                notes=tuple(
                    counted_notes(("images_left_out", text, complex_id, left_out))
                ),
            )
        )
    return tuple(complexes)


def _names(groups: _Groups) -> set[str]:
    """Chains that have a complex."""
    return {image.auth_asym_id for images in groups.values() for image in images}


def _receptor_groups(
    entry: Entry,
    role_of: dict[str, Role],
    anchors: Sequence[Role],
    used: set[str],
    family: Family,
) -> tuple[_Groups, dict[str, list[Note]]]:
    """Give every chain of an anchor role at most one receptor image of each role."""
    free = {name: role for name, role in role_of.items() if name not in used}
    centres = [name for name, role in free.items() if role in anchors]
    groups = {name: [ChainImage(name)] for name in centres}
    notes: dict[str, list[Note]] = {name: [] for name in centres}
    held = {name: family.partners_of(role_of[name]) for name in centres}
    # In the order of the family, in which γc comes last: β holds it as much as the cytokine does.
    wanted = sorted({role for roles in held.values() for role in roles}, key=role_rank)
    if not wanted:
        return groups, notes
    has_role = {name for name, role in free.items() if role is not Role.UNKNOWN}
    chains = [c for c in entry.protein_chains if c.auth_asym_id in has_role]
    contacts = neighbours.touching_images(entry, chains)
    for role in wanted:
        taking = {name: groups[name] for name in centres if role in held[name]}
        candidates = _candidates(entry, contacts, taking, role, role_of, family)
        for name, image, rivals in _matched(candidates):
            groups[name].append(image)
            for rival, n_best in rivals:
                text = (
                    f"Chain {rival.image.auth_asym_id} ({rival.image.symmetry_code}) also touches "
                    f"cytokine {name} with {rival.n_pairs} atom pairs; {image.auth_asym_id} "
                    f"({image.symmetry_code}) with {n_best} was taken."
                )
                note = Note("second_candidate", text, f"{name}/{role}", rival.n_pairs)
                notes[name].append(note)
    if len(centres) < 2:
        return groups, notes
    # A centre that another one has taken has no complex of its own.
    members = {i.auth_asym_id for images in groups.values() for i in images[1:]}
    return {name: groups[name] for name in centres if name not in members}, notes


def _candidates(
    entry: Entry,
    contacts: Sequence[neighbours.ImageContact],
    groups: _Groups,
    role: Role,
    role_of: dict[str, Role],
    family: Family,
) -> list[_Candidate]:
    """
    Images of a role at each centre, with their contacts to all that holds them in its complex.

    Two chains of an antibody hold each other, whether the family says so or not.
    """

    def kind_of(name: str) -> str:
        return variable_domains(entry.chain(name).sequence).kind

    candidates = []
    for contact in contacts:
        name, image = contact.auth_asym_id, contact.image
        if name not in groups or role_of[image.auth_asym_id] is not role:
            continue
        n_pairs = contact.n_pairs + sum(
            neighbours.n_contact_pairs(entry, other, image)
            for other in groups[name][1:]
            if role in family.partners_of(role_of[other.auth_asym_id])
            or {kind_of(other.auth_asym_id), kind_of(image.auth_asym_id)}
            == {"heavy", "light"}
        )
        if n_pairs >= MIN_BOUND_PAIRS:
            candidates.append(_Candidate(name, image, n_pairs))
    return candidates


def _matched(
    candidates: list[_Candidate],
) -> list[tuple[str, ChainImage, list[tuple[_Candidate, int]]]]:
    """
    Match greedily from the largest contact down: one image a cytokine, one cytokine a chain.

    Each match comes with its rivals, and with how many pairs they were beaten.
    """
    ranked = sorted(candidates, key=lambda c: (-c.n_pairs, c.cytokine, c.image))
    chosen: dict[str, _Candidate] = {}
    taken: set[str] = set()
    for candidate in ranked:
        chain = candidate.image.auth_asym_id
        if candidate.cytokine not in chosen and chain not in taken:
            chosen[candidate.cytokine] = candidate
            taken.add(chain)
    matched = []
    for name, best in chosen.items():
        least = AMBIGUOUS_FRACTION * best.n_pairs
        others = [c for c in ranked if c.cytokine == name and c.image != best.image]
        rivals = [(c, best.n_pairs) for c in others if c.n_pairs > least]
        matched.append((name, best.image, rivals))
    return matched


def _add_assembly_partners(entry: Entry, groups: _Groups) -> None:
    """Add chains without a place to the complex whose deposited assembly they share."""
    used = _names(groups)
    for name, images in groups.items():
        holding = (
            a for a in _ordered(entry.assemblies) if ChainImage(name) in a.images
        )
        assembly = next(holding, None)
        if assembly is None:
            continue
        held = _proteins(entry, assembly)
        images += [image for image in held if image.auth_asym_id not in used]
        used |= {image.auth_asym_id for image in images}
        # What is left may be copies of the complex alone.
        own = {image.auth_asym_id for image in images}
        if set(images) < set(held) and all(i.auth_asym_id in own for i in held):
            images += [image for image in held if image not in images]


def _add_neighbours(entry: Entry, groups: _Groups, role_of: dict[str, Role]) -> None:
    """Add chains without a role to the complex that they touch most, where the file has them."""
    strangers = {n for n, role in role_of.items() if role is Role.UNKNOWN}
    strangers -= _names(groups)
    if not groups or not strangers:
        return
    touching: dict[ChainImage, list[tuple[int, str]]] = defaultdict(list)
    for contact in neighbours.touching_images(entry, entry.protein_chains):
        if contact.image == ChainImage(contact.image.auth_asym_id):
            touching[contact.image].append((contact.n_pairs, contact.auth_asym_id))
    # From the largest contact down, so that a light chain follows its heavy chain.
    reached: list[tuple[int, str, str]] = []
    placed = [(name, image) for name, images in groups.items() for image in images]
    while placed or reached:
        for name, image in placed:
            for n_pairs, chain in touching[image]:
                insort(reached, (n_pairs, chain, name))
        placed = []
        if reached:
            _, chain, name = reached.pop()
            if chain in strangers:
                strangers.discard(chain)
                groups[name].append(ChainImage(chain))
                placed = [(name, ChainImage(chain))]


def _add_poses(entry: Entry, groups: _Groups) -> None:
    """Add chains without a place that stand where a member does: other poses of it."""
    used = _names(groups)
    for images in groups.values():
        for chain in entry.protein_chains:
            pose = ChainImage(chain.auth_asym_id)
            if chain.auth_asym_id not in used and any(
                neighbours.stand_in_one_place(entry, (image, pose)) for image in images
            ):
                images.append(pose)
                used.add(chain.auth_asym_id)


def _grown_complex(
    entry: Entry,
    complex_id: str,
    images: list[ChainImage],
    role_of: dict[str, Role],
    notes: list[Note],
    family: Family,
) -> Complex:
    present = {role_of[image.auth_asym_id] for image in images}
    centre = family.record(role_of[images[0].auth_asym_id])
    choices = centre.binds if centre else ()
    missing = tuple(c[0] for c in choices if present.isdisjoint(c))
    equal = (
        a.name for a in entry.assemblies if set(_proteins(entry, a)) == set(images)
    )
    same = next(equal, "")
    if entry.assemblies and not same:
        names = " ".join(f"{i.auth_asym_id}({i.symmetry_code})" for i in images)
        text = (
            f"No deposited assembly equals the complex found from the roles: {names}."
        )
        notes = [*notes, Note("assembly_differs", text, complex_id)]
    return Complex(
        complex_id=complex_id,
        members=_members(images, role_of),
        missing_roles=missing,
        basis="roles",
        assembly=same,
        notes=tuple(notes),
    )


def _proteins(entry: Entry, assembly: Assembly) -> list[ChainImage]:
    names = {chain.auth_asym_id for chain in entry.protein_chains}
    return [image for image in assembly.images if image.auth_asym_id in names]


def _members(
    images: Sequence[ChainImage], role_of: dict[str, Role]
) -> tuple[Member, ...]:
    members = [Member(role=role_of[i.auth_asym_id], image=i) for i in images]
    return tuple(sorted(members, key=lambda m: (role_rank(m.role), m.image)))


def _ordered(assemblies: Sequence[Assembly]) -> list[Assembly]:
    """Those the authors stand for before those only a program proposes."""
    return sorted(assemblies, key=lambda a: not a.is_author_determined)


def _assembly_groups(
    entry: Entry, used: set[str]
) -> list[tuple[list[ChainImage], str]]:
    """Chains without a complex by deposited assemblies, each once; what is left by the file."""
    chains = [chain.auth_asym_id for chain in entry.protein_chains]
    left = [name for name in chains if name not in used]
    rest = set(left)
    groups = []
    for assembly in _ordered(entry.assemblies):
        images = [image for image in assembly.images if image.auth_asym_id in rest]
        names = {image.auth_asym_id for image in images}
        if names & set(left):
            groups.append((images, assembly.name))
            left = [name for name in left if name not in names]
    if left:
        groups.append(([ChainImage(name) for name in left], ""))
    return groups


def distinct_pairs(
    entry: Entry, members: Sequence[Member]
) -> list[tuple[Member, Member, int]]:
    """
    Pairs of members that differ, each with how often it occurs in the complex.

    In an assembly built by symmetry many pairs are copies of each other; two pairs are the same
    if the same chains stand in the same relative position. Chains that stand in one place are no pair.
    """
    pairs: list[tuple[Member, Member, int]] = []
    known: dict[tuple[str, str], dict[int, FloatArray]] = {}
    for i, first in enumerate(members):
        for second in members[i + 1 :]:
            if neighbours.stand_in_one_place(entry, (first.image, second.image)):
                continue
            row = _row_of(entry, known, first.image, second.image)
            if row is None:
                row = _row_of(entry, known, second.image, first.image)
            if row is None:
                names = (first.image.auth_asym_id, second.image.auth_asym_id)
                motion = _relative(entry, first.image, second.image)
                known.setdefault(names, {})[len(pairs)] = motion
                pairs.append((first, second, 1))
            else:
                left, right, count = pairs[row]
                pairs[row] = (left, right, count + 1)
    return pairs


def _row_of(
    entry: Entry,
    known: dict[tuple[str, str], dict[int, FloatArray]],
    image_1: ChainImage,
    image_2: ChainImage,
) -> int | None:
    """Row of a known pair of the same chains in the same relation."""
    motions = known.get((image_1.auth_asym_id, image_2.auth_asym_id))
    if not motions:
        return None
    away = np.array(list(motions.values())) - _relative(entry, image_1, image_2)
    # Compared within tolerance, not rounded: half a cell edge sits on the border of rounding.
    same = np.flatnonzero(np.abs(away).max(axis=1) <= 1.0)
    return list(motions)[int(same[0])] if len(same) else None


def _relative(entry: Entry, image_1: ChainImage, image_2: ChainImage) -> FloatArray:
    """Motion from one image to the other in the frame of the first, in units of the tolerances."""
    rotation_1, translation_1 = entry.transform(image_1)
    rotation_2, translation_2 = entry.transform(image_2)
    turn = (rotation_1.T @ rotation_2).ravel() / SAME_ROTATION
    shift = rotation_1.T @ (translation_2 - translation_1) / SAME_TRANSLATION_A
    return np.concatenate([turn, shift])
