"""Where on a chain a contact sits, and what else sits there."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from il2struct.kernels.cells import neighbour_pairs
from il2struct.lattice.classes import ContactClass
from il2struct.lattice.contacts import Belonging, ContactKind
from il2struct.lattice.measure import MeasuredContact
from il2struct.lattice.operators import IDENTITY, operator_group, placement
from il2struct.network.evidence.measures import sides_of
from il2struct.results.summary_rows import interface_residues
from il2struct.structure.model import NO_NUMBER, Atoms, ChainImage, make_side
from il2struct.structure.roles import Role

#: Two contacts that share this fraction of the smaller one's residues on a chain use one site.
SHARED_SITE_FRACTION: Final = 0.25
#: … and at least this many residues: single ones are shared by chance.
MIN_SHARED_RESIDUES: Final = 3
#: A protein without a role that uses this fraction of the smaller site may be a ligand.
LIGAND_SITE_FRACTION: Final = 0.5
#: Heavy atoms nearer than this are no contact without a bond, in Å …
OVERLAP_A: Final = 2.5
#: … but a few such pairs are short hydrogen bonds and errors of coordinates: noise of 0.3 Å per
#: coordinate makes up to 4 where crystals of the complex have none. Chains in one place make
#: hundreds: at 0.05 heavy atoms per Å³ each atom has three within 2.5 Å.
MIN_OVERLAPS: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteOverlap:
    """Another contact that uses the site of the focal one."""

    role: str  # Chain that both contacts sit on
    other_class: str  # The other contact
    # Whether some member of the other one is an interface of a complex itself
    is_inside_complex: bool
    n_shared: int  # Residues that both use
    fraction: float  # Of the smaller site
    entries: tuple[str, ...]  # Entries that show the other contact


def site_residues(members: Iterable[MeasuredContact], role: Role) -> frozenset[int]:
    """Mature numbers of a role's interface residues in any of some contacts."""
    found: set[int] = set()
    for member in members:
        for side, (partner, burial) in enumerate(sides_of(member), start=1):
            if partner.role != role.value:
                continue
            is_interface, _ = interface_residues(member.interface, side)
            rows = partner.residue_row(burial.residues.residue_index[is_interface])
            numbers = member.named.numbers.mature_number[rows]
            found.update(numbers[numbers != NO_NUMBER].tolist())
    return frozenset(found)


def site_overlaps(
    focal: ContactClass, classes: Sequence[ContactClass]
) -> tuple[SiteOverlap, ...]:
    """
    Find the other contacts that use the site of the focal one, on either of its chains.

    The largest overlap first.
    """
    roles = {
        m.role for c in focal.members for m in (c.contact.member_1, c.contact.member_2)
    }
    found = []
    for role in sorted(roles - {Role.UNKNOWN}):
        own = site_residues(focal.members, role)
        for other in classes:
            if other.name == focal.name:
                continue
            theirs = site_residues(other.members, role)
            shared = own & theirs
            smaller = min(len(own), len(theirs))
            if len(shared) < MIN_SHARED_RESIDUES:
                continue
            if len(shared) / smaller >= SHARED_SITE_FRACTION:
                found.append(_overlap(role, other, len(shared), len(shared) / smaller))
    return tuple(sorted(found, key=lambda o: (-o.fraction, o.role, o.other_class)))


def doubtful_contacts(classes: Sequence[ContactClass]) -> frozenset[int]:
    """
    Find contacts that may be true interfaces although nothing in their entry says so.

    A protein without a role that sits where an interface of a known complex is, as IL-4 sits on γc
    in 3QB7, may be a ligand; and if such a protein belongs to another chain by the deposited
    assembly, as it does there, that assembly is in doubt as well.

    Identities of the contacts.
    """
    members = [member for found in classes for member in found.members]
    known: dict[Role, list[frozenset[int]]] = {
        role: [
            site_residues(found.members, role)
            for found in classes
            if any(m.contact.kind is ContactKind.SAME_COMPLEX for m in found.members)
        ]
        for role in _roles_in(members)
    }
    ligands = [
        m
        for m in members
        if m.contact.belonging is not Belonging.INSIDE and _is_at_site(m, known)
    ]
    chains = {_chain_of(m, image) for m in ligands for image in _images(m)}
    assemblies = [
        m
        for m in members
        if m.contact.belonging is Belonging.INSIDE
        and m.contact.kind is not ContactKind.SAME_COMPLEX
        and any(_chain_of(m, image) in chains for image in _images(m))
    ]
    return frozenset(map(id, [*ligands, *assemblies]))


def _roles_in(members: Iterable[MeasuredContact]) -> set[Role]:
    """Roles of the chains in contact, that of chains without one left out."""
    roles = {
        side.role
        for member in members
        for side in (member.contact.member_1, member.contact.member_2)
    }
    return roles - {Role.UNKNOWN}


def _images(measured: MeasuredContact) -> tuple[ChainImage, ChainImage]:
    return measured.contact.image_1, measured.contact.image_2


def _chain_of(measured: MeasuredContact, image: ChainImage) -> tuple[int, str]:
    return id(measured.named), image.auth_asym_id


def _is_at_site(
    measured: MeasuredContact, known: Mapping[Role, Sequence[frozenset[int]]]
) -> bool:
    """Whether a protein without a role uses at least half of a known site on a chain with one."""
    roles = {measured.contact.member_1.role, measured.contact.member_2.role}
    if Role.UNKNOWN not in roles or len(roles) == 1:
        return False
    (role,) = roles - {Role.UNKNOWN}
    own = site_residues([measured], role)
    return any(
        len(own & site) >= MIN_SHARED_RESIDUES
        and len(own & site) >= LIGAND_SITE_FRACTION * min(len(own), len(site))
        for site in known[role]
    )


def _overlap(
    role: Role, other: ContactClass, n_shared: int, fraction: float
) -> SiteOverlap:
    return SiteOverlap(
        role=role.value,
        other_class=other.name,
        is_inside_complex=any(
            m.contact.belonging is Belonging.INSIDE for m in other.members
        ),
        n_shared=n_shared,
        fraction=fraction,
        entries=tuple(dict.fromkeys(m.named.entry.entry_id for m in other.members)),
    )


def trans_clashes(measured: MeasuredContact) -> dict[str, int]:
    """
    Which chains of either complex overlap the neighbour's chain of a contact.

    Asks whether one chain can hold its own complex and the neighbour at once: γc its IL-2 and β
    together with the α of the next complex, and that α its own IL-2 together with γc. The two
    chains of the contact itself are not asked: they touch.

    ``"role of the complex / role of the neighbour"`` to heavy-atom pairs within `OVERLAP_A`, where
    there are at least `MIN_OVERLAPS`; empty if both can be held.
    """
    entry, contact = measured.named.entry, measured.contact
    group = operator_group(entry)
    first, second = measured.interface.sides
    counts: dict[str, int] = {}
    for unit, place, neighbour in (
        (contact.unit_1, IDENTITY, second),
        (contact.unit_2, contact.placement_2, first),
    ):
        for member in unit.members:
            own = group.composed(place, placement(member.image))
            image = ChainImage(member.image.auth_asym_id, *own)
            if image in (contact.image_1, contact.image_2):
                continue
            side = make_side(entry, [image], label="", role=member.role.value)
            n_pairs = _n_overlaps(side.atoms, neighbour.atoms)
            if n_pairs >= MIN_OVERLAPS:
                name = f"{member.role.value}/{neighbour.role}"
                counts[name] = max(counts.get(name, 0), n_pairs)
    return counts


def _n_overlaps(first: Atoms, second: Atoms) -> int:
    coords = [atoms.coords[~atoms.is_hydrogen] for atoms in (first, second)]
    return len(neighbour_pairs(coords[0], coords[1], OVERLAP_A))
