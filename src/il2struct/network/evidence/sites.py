"""
Where on a chain a contact sits: what else sits there, and which glycosylation sites are near.

N-glycosylation sites are native or removed, decorated or bare, in the way or not.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from il2struct.arrays import FloatArray, IndexArray
from il2struct.interface.interface import Partner
from il2struct.kernels.cells import near_mask, neighbour_pairs
from il2struct.lattice.classes import ContactClass
from il2struct.lattice.contacts import Belonging, ContactKind
from il2struct.lattice.measure import MeasuredContact
from il2struct.lattice.operators import IDENTITY, operator_group, placement
from il2struct.results.interface_tables import interface_residues
from il2struct.structure.family import Reference, Role, symbol_of
from il2struct.structure.model import NO_NUMBER, Chain, ChainImage, make_side
from il2struct.structure.roles import ChainRole

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
#: A site whose Cβ is farther than this from the partner cannot touch it with a core glycan, in Å.
REACH_A: Final = 25.0
#: A core glycan (Man3GlcNAc2) reaches about this far from Cβ, in Å; GlcNAc adds 5.4 Å a unit.
GLYCAN_LENGTH_A: Final = 20.0
#: Half the opening of the cone of directions that a glycan takes from Cα-Cβ, in degrees.
CONE_HALF_ANGLE_DEG: Final = 45.0
#: A glycan axis may come no nearer than this to a heavy atom of the partner, in Å: two van der
#: Waals radii and a ring half as wide as GlcNAc.
GLYCAN_RADIUS_A: Final = 4.0
#: Directions sampled in the cone, and steps along each.
N_DIRECTIONS: Final = 200
STEP_A: Final = 1.0
#: The first sugar begins within this of Cβ, in Å: ND2-C1 is 1.45 Å and Cβ-ND2 2.4 Å.
FIRST_SUGAR_A: Final = 4.5
#: Atoms of sugars nearer than this are bonded, in Å.
SUGAR_BOND_A: Final = 1.9
#: A glycosylation site with fewer free directions than this counts as blocked.
BLOCKED_FRACTION: Final = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteOverlap:
    """Another contact that uses the site of the focal one."""

    role: str  # of the chain that both sit on
    other_class: str
    is_inside_complex: bool  # whether some member of it is an interface of a complex
    n_shared: int  # residues that both use
    fraction: float  # of the smaller site
    entries: tuple[str, ...]  # that show the other contact


@dataclass(frozen=True, slots=True, kw_only=True)
class SequonSite:
    """A glycosylation site near a contact."""

    side: int  # 1 or 2
    role: str
    mature_number: int
    status: str  # ``native`` or the change that removed the site, ``N53Q`` or ``S51A``
    has_glycan: bool  # whether the entry shows a sugar bonded to it
    distance_a: float  # from Cβ (Cα of Gly) to the nearest heavy atom of the partner
    glycan_distance_a: float  # from the deposited glycan to it; NaN without one
    free_fraction: float  # see `free_fraction`

    @property
    def is_blocked(self) -> bool:
        """Whether the neighbour blocks most directions of a glycan here."""
        return self.free_fraction < BLOCKED_FRACTION


def interface_rows(measured: MeasuredContact) -> list[tuple[Partner, IndexArray]]:
    """Both sides of a contact, each with the rows of ``Entry.residues`` in the interface."""
    interface = measured.interface
    sides = zip(
        interface.sides,
        (interface.burial.sides[0].residues, interface.burial.sides[1].residues),
        strict=True,
    )
    return [
        (partner, partner.residue_row(residues.residue_index[is_interface]))
        for number, (partner, residues) in enumerate(sides, start=1)
        for is_interface, _ in [interface_residues(interface, number)]
    ]


def site_residues(members: Iterable[MeasuredContact], role: Role) -> frozenset[int]:
    """Mature numbers of a role's interface residues in any of some contacts."""
    numbers = [
        member.named.numbers.mature_number[rows]
        for member in members
        for partner, rows in interface_rows(member)
        if partner.role == role.value
    ]
    return frozenset(number for some in numbers for number in some.tolist()) - {
        NO_NUMBER
    }


def site_overlaps(
    focal: ContactClass, classes: Sequence[ContactClass]
) -> tuple[SiteOverlap, ...]:
    """Find the other contacts that use the site of the focal one on either chain, largest first."""
    overlaps = []
    for role in sorted(_roles_in(focal.members)):
        own = site_residues(focal.members, role)
        for other in classes:
            theirs = site_residues(other.members, role)
            n_shared = len(own & theirs)
            if other.name == focal.name or n_shared < MIN_SHARED_RESIDUES:
                continue
            fraction = n_shared / min(len(own), len(theirs))
            if fraction >= SHARED_SITE_FRACTION:
                entries = [m.named.entry.entry_id for m in other.members]
                overlaps.append(
                    SiteOverlap(
                        role=role.value,
                        other_class=other.name,
                        is_inside_complex=any(
                            m.contact.belonging is Belonging.INSIDE
                            for m in other.members
                        ),
                        n_shared=n_shared,
                        fraction=fraction,
                        entries=tuple(dict.fromkeys(entries)),
                    )
                )
    return tuple(sorted(overlaps, key=lambda o: (-o.fraction, o.role, o.other_class)))


def _roles_in(members: Iterable[MeasuredContact]) -> set[Role]:
    """Roles of the chains in contact, that of chains without one left out."""
    return {
        side.role
        for member in members
        for side in (member.contact.member_1, member.contact.member_2)
    } - {Role.UNKNOWN}


def doubtful_contacts(classes: Sequence[ContactClass]) -> frozenset[int]:
    """
    Identities of contacts that may be true interfaces although nothing in their entry says so.

    A protein without a role that sits where an interface of a known complex is, as IL-4 sits on γc
    in 3QB7, may be a ligand; and if such a protein belongs to another chain by the deposited
    assembly, as it does there, that assembly is in doubt as well.
    """
    members = [member for found in classes for member in found.members]
    known = {
        role: [
            site_residues(found.members, role)
            for found in classes
            if any(map(_is_by_roles, found.members))
        ]
        for role in _roles_in(members)
    }

    def is_at_known_site(measured: MeasuredContact) -> bool:
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

    def chains_of(measured: MeasuredContact) -> set[tuple[int, str]]:
        images = (measured.contact.image_1, measured.contact.image_2)
        return {(id(measured.named), image.auth_asym_id) for image in images}

    ligands = [
        m
        for m in members
        if m.contact.belonging is not Belonging.INSIDE and is_at_known_site(m)
    ]
    in_doubt = {chain for m in ligands for chain in chains_of(m)}
    assemblies = [
        m
        for m in members
        if m.contact.belonging is Belonging.INSIDE
        and not _is_by_roles(m)
        and chains_of(m) & in_doubt
    ]
    return frozenset(map(id, [*ligands, *assemblies]))


def _is_by_roles(measured: MeasuredContact) -> bool:
    """Whether both chains are of one complex that roles tell, not the deposited assembly alone."""
    contact = measured.contact
    return contact.kind is ContactKind.SAME_COMPLEX and any(
        complex_.complex_id == contact.unit_1.unit_id and complex_.basis == "roles"
        for complex_ in measured.named.complexes
    )


def trans_clashes(measured: MeasuredContact) -> dict[str, int]:
    """
    Which chains of either complex overlap the neighbour's chain of a contact.

    Asks whether one chain can hold its own complex and the neighbour at once: γc its IL-2 and β
    together with the α of the next complex, and that α its own IL-2 together with γc. The two
    chains of the contact itself are not asked: they touch.

    Returns ``"role of the complex/role of the neighbour"`` to heavy-atom pairs within `OVERLAP_A`,
    where there are at least `MIN_OVERLAPS`; empty if both can be held.
    """
    entry, contact = measured.named.entry, measured.contact
    group = operator_group(entry)
    first, second = measured.interface.sides[0], measured.interface.sides[1]
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
            coords = [s.atoms.coords[~s.atoms.is_hydrogen] for s in (side, neighbour)]
            n_pairs = len(neighbour_pairs(coords[0], coords[1], OVERLAP_A))
            if n_pairs >= MIN_OVERLAPS:
                name = f"{member.role.value}/{neighbour.role}"
                counts[name] = max(counts.get(name, 0), n_pairs)
    return counts


def sequon_numbers(reference: Reference) -> tuple[int, ...]:
    """
    List the N-glycosylation sites of a mature protein by their mature numbers.

    Those of the cytoplasmic part are not excluded, since no entry shows them.
    """
    return tuple(
        number - reference.mature_offset
        for number in reference.glycosylation
        if number > reference.mature_offset
    )


def sequon_lost_at(letters: str) -> int | None:
    """
    Find the first of up to three letters that is not as in N-X-S/T, X not Pro.

    Examples
    --------
    >>> [sequon_lost_at(letters) for letters in ("NFT", "QFT", "NPT", "NFA", "N")]
    [None, 0, 1, 2, None]
    """
    for step, letter in enumerate(letters):
        if (letter != "N", letter == "P", letter not in "ST")[step]:
            return step
    return None


def sequons_at(measured: MeasuredContact) -> tuple[SequonSite, ...]:
    """Find the glycosylation sites of both sides within `REACH_A` of the partner, nearest first."""
    partners = measured.interface.sides
    sites = [
        *_sites_of_side(measured, 1, *partners),
        *_sites_of_side(measured, 2, *partners[::-1]),
    ]
    return tuple(sorted(sites, key=lambda site: site.distance_a))


def _sites_of_side(
    measured: MeasuredContact, side: int, own: Partner, other: Partner
) -> list[SequonSite]:
    entry, numbers = measured.named.entry, measured.named.numbers
    atoms, partner = own.atoms, other.atoms
    opposite = partner.coords[~partner.is_hydrogen]
    residues = np.unique(atoms.residue_index)
    rows = own.residue_row(residues)
    is_sequon = np.zeros(len(rows), dtype=bool)
    on_side = {image.auth_asym_id for image in own.images}
    references = {r.auth_asym_id: r.reference for r in measured.named.roles}
    for place, chain in enumerate(entry.chains):
        reference = references.get(chain.auth_asym_id)
        if chain.auth_asym_id in on_side and reference is not None:
            of_chain = entry.residues.chain_index[rows] == place
            wanted = [n for n in sequon_numbers(reference) if n != NO_NUMBER]
            is_sequon |= of_chain & np.isin(numbers.mature_number[rows], wanted)
    sites = []
    for residue, row in zip(residues[is_sequon], rows[is_sequon], strict=True):
        inside = atoms.residue_index == residue
        alpha, beta = (
            atoms.coords[inside & (atoms.atom_name == name)] for name in ("CA", "CB")
        )
        origin = alpha[0] if len(alpha) else atoms.coords[inside][0]
        tip = beta[0] if len(beta) else origin
        distance = float(np.linalg.norm(opposite - tip, axis=1).min())
        if distance > REACH_A:
            continue
        glycan = _glycan_of(own, tip)
        between = np.linalg.norm(opposite[:, np.newaxis] - glycan, axis=2)
        sites.append(
            SequonSite(
                side=side,
                role=str(numbers.role[row]),
                mature_number=int(numbers.mature_number[row]),
                status=_status(measured, int(row)),
                has_glycan=len(glycan) > 0,
                distance_a=distance,
                glycan_distance_a=float(between.min()) if len(glycan) else np.nan,
                free_fraction=free_fraction(origin, tip, opposite),
            )
        )
    return sites


def _status(measured: MeasuredContact, row: int) -> str:
    """``native``, or the first change that makes N-X-S/T something else."""
    entry, numbers = measured.named.entry, measured.named.numbers
    chain = entry.chains[int(entry.residues.chain_index[row])]
    place = int(np.searchsorted(chain.residue_index, row))
    first = int(numbers.mature_number[row])
    following = chain.residue_index[place : place + 3].tolist()
    letters = ""
    for step, there in enumerate(following):
        if int(numbers.mature_number[there]) != first + step:
            break  # disordered: nothing says that it was changed
        letters += chain.sequence[int(chain.position[place + step])]
    lost = sequon_lost_at(letters)
    if lost is None:
        return "native"
    return f"{numbers.reference_letter[following[lost]]}{first + lost}{letters[lost]}"


def _glycan_of(own: Partner, tip: FloatArray) -> FloatArray:
    """Heavy atoms of the glycan whose first sugar sits at a side chain; none if there is none."""
    glycans = own.glycans
    heavy = glycans.select(~glycans.is_hydrogen)
    distances = np.linalg.norm(heavy.coords - tip, axis=1)
    if float(distances.min(initial=np.inf)) > FIRST_SUGAR_A:
        return heavy.coords[:0]
    tree = {int(heavy.residue_index[int(distances.argmin())])}
    grown = True
    while grown:
        inside = np.isin(heavy.residue_index, list(tree))
        pairs = neighbour_pairs(
            heavy.coords[inside], heavy.coords[~inside], SUGAR_BOND_A
        )
        reached = set(heavy.residue_index[~inside][pairs.index_2].tolist())
        grown = bool(reached - tree)
        tree |= reached
    return heavy.coords[np.isin(heavy.residue_index, list(tree))]


def free_fraction(origin: FloatArray, tip: FloatArray, obstacles: FloatArray) -> float:
    """
    Fraction of the directions around Cα-Cβ along which a core glycan passes some atoms.

    1 if nothing is in the way, 0 if every direction is blocked; NaN where Cα and Cβ coincide.
    The obstacles, heavy atoms of the partner, have the shape (n, 3).
    """
    axis = tip - origin
    length = float(np.linalg.norm(axis))
    if length == 0.0:
        return float("nan")
    directions = _cone(axis / length)
    steps = np.arange(GLYCAN_RADIUS_A, GLYCAN_LENGTH_A + STEP_A / 2, STEP_A)
    points = tip + directions[:, None, :] * steps[None, :, None]
    blocked = near_mask(points.reshape(-1, 3), obstacles, GLYCAN_RADIUS_A)
    return float((~blocked.reshape(len(directions), -1).any(axis=1)).mean())


def _cone(axis: FloatArray) -> FloatArray:
    """Directions spread evenly over the cap around an axis, on a Fibonacci spiral."""
    index = np.arange(N_DIRECTIONS) + 0.5
    cosine = 1.0 - index / N_DIRECTIONS * (
        1.0 - np.cos(np.radians(CONE_HALF_ANGLE_DEG))
    )
    sine = np.sqrt(1.0 - cosine**2)
    turn = np.pi * (1.0 + np.sqrt(5.0)) * index
    across = np.cross(axis, np.eye(3)[int(np.argmin(np.abs(axis)))])
    across /= np.linalg.norm(across)
    upright = np.cross(axis, across)
    directions: FloatArray = (
        cosine[:, None] * axis
        + (sine * np.cos(turn))[:, None] * across
        + (sine * np.sin(turn))[:, None] * upright
    )
    return directions


#: From Cα to Cα of a stretched chain, in Å.
RISE_A: Final = 3.8
#: Radius of gyration of an unfolded chain of *n* residues, 1.927 Å · n^0.598 (Kohn et al., Proc. Natl.
#: Acad. Sci. 101:12491, 2004).
GYRATION_A, GYRATION_POWER = 1.927, 0.598


@dataclass(frozen=True, slots=True, kw_only=True)
class UnseenStretch:
    """Residues of the deposited sequence without coordinates, within reach of the partner."""

    side: int  # 1 or 2
    role: str
    auth_asym_id: str
    first_number: int  # mature, `NO_NUMBER` in tags
    last_number: int
    n_residues: int
    sequence: str
    reach_a: float  # see `reach_a`
    distance_a: float  # from the nearer of the residues beside it to the partner
    # Glycosylation sites of the mature reference in it: ``N68``, or the change that removed it, ``N68S``.
    sequons: tuple[str, ...]

    @property
    def shown(self) -> str:
        """Name it for people: ``IL-2Rα 65-102 with N68S``, ``γc start-31`` if it begins with a tag."""
        where = f"tag {self.sequence}"
        if (self.first_number, self.last_number) != (NO_NUMBER, NO_NUMBER):
            first = "start" if self.first_number == NO_NUMBER else self.first_number
            last = "end" if self.last_number == NO_NUMBER else self.last_number
            where = f"{first}-{last}"
        sites = f" with {' and '.join(self.sequons)}" if self.sequons else ""
        return f"{symbol_of(self.role)} {where}{sites}"


def reach_a(n_residues: int, n_ends: int) -> float:
    """
    Say how far a stretch without coordinates gets from the residues that hold it, in Å.

    A loop is held at two ends and gets there and back, so that its middle counts; a tail goes on. Both
    get as far as an unfolded chain does (root mean square from end to end), never farther than a
    stretched one.

    Examples
    --------
    >>> [round(reach_a(n, 2), 1) for n in (3, 38)], round(reach_a(2, 1), 1)
    ([6.0, 27.5], 7.1)
    """
    length = n_residues / n_ends
    unfolded: float = math.sqrt(6.0) * GYRATION_A * length**GYRATION_POWER
    return min(unfolded, (n_residues + 1) * RISE_A / n_ends)


def unseen_stretches(measured: MeasuredContact) -> tuple[UnseenStretch, ...]:
    """List the stretches of both sides that could reach the partner, nearest first."""
    first, second = measured.interface.sides
    found = [
        *_of_side(measured, 1, first, second.atoms.coords[~second.atoms.is_hydrogen]),
        *_of_side(measured, 2, second, first.atoms.coords[~first.atoms.is_hydrogen]),
    ]
    return tuple(sorted(found, key=lambda stretch: stretch.distance_a))


def _of_side(
    measured: MeasuredContact, number: int, side: Partner, partner: FloatArray
) -> Iterator[UnseenStretch]:
    roles = {role.auth_asym_id: role for role in measured.named.roles}
    for place, image in enumerate(side.images):
        chain = measured.named.entry.chain(image.auth_asym_id)
        if not chain.has_deposited_sequence or chain.auth_asym_id not in roles:
            continue
        for start, stop, ends in gaps_of(chain):
            beside = chain.residue_index[ends] + place * side.n_residues
            atoms = side.atoms.coords[
                np.isin(side.atoms.residue_index, beside) & ~side.atoms.is_hydrogen
            ]
            between = np.linalg.norm(atoms[:, np.newaxis] - partner, axis=2)
            distance = float(between.min(initial=np.inf))
            reach = reach_a(stop - start, len(ends))
            if distance <= reach:
                role = roles[chain.auth_asym_id]
                yield UnseenStretch(
                    side=number,
                    role=role.role.value,
                    auth_asym_id=chain.auth_asym_id,
                    first_number=int(role.mature_number[start]),
                    last_number=int(role.mature_number[stop - 1]),
                    n_residues=stop - start,
                    sequence=chain.sequence[start:stop],
                    reach_a=reach,
                    distance_a=distance,
                    sequons=_sequons(chain, role, range(start, stop)),
                )


def gaps_of(chain: Chain) -> list[tuple[int, int, list[int]]]:
    """
    List places in the sequence without coordinates: first, one behind the last, and what holds them.

    What holds them are elements of ``chain.residue_index``: two for a loop, one for a tail.
    """
    places = chain.position.tolist()
    gaps = [(0, places[0], [0])]
    gaps += [
        (before + 1, after, [at, at + 1])
        for at, (before, after) in enumerate(pairwise(places))
    ]
    gaps.append((places[-1] + 1, len(chain.sequence), [len(places) - 1]))
    return [gap for gap in gaps if gap[0] < gap[1]]


def _sequons(chain: Chain, role: ChainRole, places: Sequence[int]) -> tuple[str, ...]:
    """N-glycosylation sites of the reference among some places of a sequence."""
    if role.reference is None:
        return ()
    wanted = set(sequon_numbers(role.reference)) - {NO_NUMBER}
    found = []
    for place in places:
        number = int(role.mature_number[place])
        if number in wanted:
            following = chain.sequence[place : place + 3]
            lost = sequon_lost_at(following)
            found.append(
                f"N{number}"
                if lost is None
                else f"{role.reference_letter[place + lost]}{number + lost}{following[lost]}"
            )
    return tuple(found)
