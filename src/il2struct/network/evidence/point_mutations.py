"""
Point mutations that would test a contact of the lattice and nothing else.

Each residue of the contact is cut to alanine where it stands. Those that an interface inside the
complex needs, that are buried without the contact, or whose loss would make or remove a
glycosylation site or a cysteine are listed with that reason and have no rank.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from il2struct.interface.truncation import lost_side_chains
from il2struct.lattice.classes import ContactClass
from il2struct.lattice.contacts import Belonging
from il2struct.lattice.measure import MeasuredContact
from il2struct.network.evidence.sites import interface_rows, site_residues
from il2struct.structure.family import Reference, Role, sequons
from il2struct.structure.model import NO_NUMBER
from il2struct.structure.named import NamedEntry

#: A residue that shows this share of its area in Gly-X-Gly is on the surface (Levy, J. Mol. Biol.
#: 403:660, 2010): without the contact, nothing holds the fold together by its side chain.
EXPOSED: Final = 0.25
#: Residues that alanine does not shorten.
NO_SIDE_CHAIN: Final = "GA"


@dataclass(frozen=True, slots=True, kw_only=True)
class PointMutation:
    """
    A residue of a contact changed for alanine.

    Losses are means over all copies of the contact, NaN for a residue without a rank.
    """

    rank: int | None  # None if it would test more than the contact
    mutation: str  # ``E46A``, mature number
    role: str
    mature_number: int
    n_copies: int  # of the contact that have it in the interface
    n_bonded_lost: float  # partner residues to which a bond is lost
    area_loss_a2: float  # buried area per side
    sc_loss: float  # shape complementarity; NaN where it was not computed
    n_contacts_lost: float  # partner residues no longer in contact
    exposure: (
        float  # least area of the residue without the contact, over that in Gly-X-Gly
    )
    bonds_lost: str  # partner residues, and in how many copies
    hindrance: str  # why it has no rank


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Place:
    """A residue of the contact in one copy of it."""

    member: MeasuredContact
    side: int
    row: int  # of ``Entry.residues``
    index: int  # value of ``residue_index`` of the side's atoms
    exposure: float


def point_mutations(
    focal: ContactClass, classes: Sequence[ContactClass]
) -> tuple[PointMutation, ...]:
    """
    Rank the mutations to alanine that would test a contact, those without a rank last.

    The rule: more partner residues that lose a bond first, of equal ones more lost area; means over
    all copies of the contact.
    """
    places: dict[tuple[str, int], list[_Place]] = {}
    for member in focal.members:
        for key, place in _places(member):
            places.setdefault(key, []).append(place)
    inside = [
        member
        for found in classes
        for member in found.members
        if member.contact.belonging is Belonging.INSIDE
    ]
    used = {role: site_residues(inside, Role(role)) for role, _ in places}
    found = [
        _mutation(key, own, is_used=key[1] in used[key[0]], n=len(focal.members))
        for key, own in places.items()
    ]
    ordered = sorted(
        found,
        key=lambda m: (
            bool(m.hindrance),
            -np.nan_to_num(m.n_bonded_lost),
            -np.nan_to_num(m.area_loss_a2),
            m.role,
            m.mature_number,
        ),
    )
    return tuple(
        replace(m, rank=None if m.hindrance else rank)
        for rank, m in enumerate(ordered, start=1)
    )


def _places(member: MeasuredContact) -> Iterator[tuple[tuple[str, int], _Place]]:
    """Residues of a copy of a contact, by role and mature number."""
    numbers = member.named.numbers
    sides = zip(
        interface_rows(member), member.interface.burial.sides, (1, 2), strict=True
    )
    for (partner, rows), burial, side in sides:
        areas = burial.residues
        row_of = partner.residue_row(areas.residue_index)
        for row in rows.tolist():
            number = int(numbers.mature_number[row])
            if partner.role != Role.UNKNOWN.value and number != NO_NUMBER:
                at = int(np.flatnonzero(row_of == row)[0])
                place = _Place(
                    member=member,
                    side=side,
                    row=row,
                    index=int(areas.residue_index[at]),
                    exposure=float(areas.relative_free[at]),
                )
                yield (partner.role, number), place


def _mutation(
    key: tuple[str, int], places: Sequence[_Place], *, is_used: bool, n: int
) -> PointMutation:
    """Say what a mutation loses in some of n copies, or why it would test something else."""
    role, number = key
    first = places[0]
    reference = _reference(first)
    wild = str(first.member.named.numbers.reference_letter[first.row])
    exposure = min(place.exposure for place in places)
    hindrance = ""
    if is_used:
        hindrance = "in an interface inside a complex"
    elif wild in NO_SIDE_CHAIN:
        hindrance = "no side chain to cut"
    elif wild == "C":
        hindrance = "removes a cysteine"
    elif not keeps_sequons(reference, number, "A"):
        hindrance = "makes or removes a glycosylation site"
    elif not exposure >= EXPOSED:
        hindrance = "buried without the contact"
    means = np.full(4, np.nan)
    lost: dict[str, int] = {}
    if not hindrance:
        losses = [_loss(place) for place in places]
        means = np.sum([numbers for numbers, _ in losses], axis=0) / n
        for _, names in losses:
            for name in names:
                lost[name] = lost.get(name, 0) + 1
    area, sc, contacts, bonded = means.tolist()
    return PointMutation(
        rank=None,
        mutation=f"{wild}{number}A",
        role=role,
        mature_number=number,
        n_copies=len({id(place.member) for place in places}),
        n_bonded_lost=bonded,
        area_loss_a2=area,
        sc_loss=sc,
        n_contacts_lost=contacts,
        exposure=exposure,
        bonds_lost=" ".join(f"{name}({count})" for name, count in sorted(lost.items())),
        hindrance=hindrance,
    )


def _loss(place: _Place) -> tuple[tuple[float, float, int, int], list[str]]:
    """Area, Sc, partner residues in contact and bonded that a cut side chain loses; the last by name."""
    member, side = place.member, place.side
    loss = lost_side_chains(member.named.entry, member.interface, side, [place.index])
    bonded = sorted({index for index, _ in loss.bonds})
    rows = member.interface.sides[2 - side].residue_row(np.array(bonded, dtype=int))
    names = [_name(member.named, row) for row in rows.tolist()]
    return (loss.area_per_side_a2, loss.sc, len(loss.partners), len(names)), names


def _name(named: NamedEntry, row: int) -> str:
    """``E144``, and by the author's number what has no mature one: glycans and tags."""
    numbers, residues = named.numbers, named.entry.residues
    if numbers.mature_number[row] == NO_NUMBER:
        return f"{residues.name[row]}{residues.auth_number[row]}"
    return f"{numbers.reference_letter[row]}{numbers.mature_number[row]}"


def _reference(place: _Place) -> Reference:
    """Return the reference sequence of the chain of a residue that has a number."""
    entry = place.member.named.entry
    chain = entry.chains[int(entry.residues.chain_index[place.row])].auth_asym_id
    return next(
        r.reference
        for r in place.member.named.roles
        if r.auth_asym_id == chain and r.reference is not None
    )


def keeps_sequons(reference: Reference, mature_number: int, letter: str) -> bool:
    """
    Whether a change of one residue neither makes nor removes an N-glycosylation site.

    Examples
    --------
    >>> from il2struct.structure.family import shipped_family
    >>> alpha = next(r for r in shipped_family().references if r.uniprot == "P01589")
    >>> keeps_sequons(alpha, 49, "A"), keeps_sequons(alpha, 144, "A")  # N49-S-S
    (False, True)
    """
    place = mature_number + reference.mature_offset - 1
    before = reference.sequence
    after = before[:place] + letter + before[place + 1 :]
    return sequons(before) == sequons(after)
