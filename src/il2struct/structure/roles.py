"""
Which chain is what: roles and residue numbers by alignment to the reference sequences.

Chain letters, author numbers and the deposited cross-references all differ between entries of the
same complex (the DBREF of β in 2ERJ is off by two), so none of them is used.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

import numpy as np

from il2struct.arrays import BoolArray, IndexArray, StrArray
from il2struct.structure.alignment import (
    FOREIGN_STATUS,
    KEPT_ALIGNMENTS,
    Alignment,
    aligned,
    chain_alignment,
)
from il2struct.structure.family import Family, Reference, Role, shipped_family
from il2struct.structure.model import NO_NUMBER, Chain, Entry

#: From this on a chain is of the species of its reference, and what differs is a mutation; below
#: it is of a species that the family lacks. Ectodomains of mammals that are no apes or monkeys
#: stay below 87 % of human, rats (but for IL-21R, 90 %) below 83 % of mouse; engineered forms of
#: IL-2 and IL-4 lie above 93 %.
MIN_SPECIES_IDENTITY: Final = 0.90
#: As many residues may lack at the ends of a construct of the whole mature protein; a construct
#: that begins or ends farther in is one of a domain.
MAX_END_DELETION: Final = 5
#: Species of a chain that is nearest to a reference of another one.
OTHER_SPECIES: Final = "other"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ChainRole:
    """
    Role of a chain and the numbers of its residues.

    Arrays have one element for each position of ``Chain.sequence``.
    """

    #: The chain.
    auth_asym_id: str
    #: ``UNKNOWN`` if no reference passes the cuts.
    role: Role
    #: Of the reference; ``"other"`` if the chain is of a species that the family lacks, empty if
    #: the role is unknown.
    species: str
    #: What the numbers count along; None if the role is unknown.
    reference: Reference | None
    #: Best-scoring reference even where it fails the cuts, so that a reader can judge.
    nearest_role: str
    #: Identical fraction of the aligned positions with ``nearest_role``.
    identity: float
    #: Aligned fraction of the chain's sequence.
    coverage: float
    #: Aligned fraction of the mature reference.
    reference_coverage: float
    #: `NO_NUMBER` where a position does not align; mature also within the signal peptide.
    uniprot_number: IndexArray
    mature_number: IndexArray
    #: Mature number of the residue that the family's numbering species has there.
    human_number: IndexArray
    #: ``native``; ``mutation`` or, against another species, ``species``; ``insertion``, ``linker``
    #: or ``tag`` (not of the reference); empty for unknown chains.
    status: StrArray
    #: Residue of the reference, empty where not aligned.
    reference_letter: StrArray
    #: Whether the position has coordinates.
    is_modelled: BoolArray
    #: As in `Chain`: whether numbers that the sequence skips are deletions.
    has_deposited_sequence: bool

    @property
    def uniprot(self) -> str:
        """Accession of the reference, empty if the role is unknown."""
        return self.reference.uniprot if self.reference else ""

    @property
    def common_number(self) -> IndexArray:
        """Numbers by which species compare: `human_number`, `mature_number` where there is none."""
        has_human = (self.human_number != NO_NUMBER).any()
        return self.human_number if has_human else self.mature_number


def assign_roles(entry: Entry, family: Family | None = None) -> tuple[ChainRole, ...]:
    """
    Find the role and the residue numbers of every protein chain of an entry, in their order.

    Each different sequence is aligned once (Smith-Waterman, BLOSUM62), to the references that share
    most words of four letters with it; the best score counts, whatever its role or species.
    """
    family = family or shipped_family()
    return tuple(
        _chain_role(chain, chain_alignment(entry, chain, family), family)
        for chain in entry.protein_chains
    )


@lru_cache(maxsize=KEPT_ALIGNMENTS)
def _human_numbers(reference: Reference, family: Family) -> IndexArray:
    """Mature number in the family's numbering species for each residue of a reference."""
    numbers = np.full(len(reference.sequence), NO_NUMBER)
    wanted = reference.role, family.numbering_species
    others = (o for o in family.references if (o.role, o.species) == wanted)
    if human := next(others, None):
        own, theirs = aligned(reference.sequence, human.sequence)
        mature = theirs >= human.mature_offset
        numbers[own[mature]] = theirs[mature] + 1 - human.mature_offset
    numbers.setflags(write=False)
    return numbers


def _chain_role(chain: Chain, alignment: Alignment | None, family: Family) -> ChainRole:
    length = len(chain.sequence)
    is_modelled = np.zeros(length, dtype=np.bool_)
    is_modelled[chain.position] = True
    nowhere = np.full(length, NO_NUMBER)
    unknown = ChainRole(
        auth_asym_id=chain.auth_asym_id,
        role=Role.UNKNOWN,
        species="",
        reference=None,
        nearest_role="",
        identity=0.0,
        coverage=0.0,
        reference_coverage=0.0,
        uniprot_number=nowhere,
        mature_number=nowhere,
        human_number=nowhere,
        status=np.full(length, "", dtype="U9"),
        reference_letter=np.full(length, "", dtype="U1"),
        is_modelled=is_modelled,
        has_deposited_sequence=chain.has_deposited_sequence,
    )
    if alignment is None:
        return unknown
    reference = alignment.reference
    places, numbers = alignment.chain_position, alignment.reference_position
    expected = np.array(list(reference.sequence), dtype="U1")[numbers]
    same = np.array(list(chain.sequence), dtype="U1")[places] == expected
    n_mature = len(reference.sequence) - reference.mature_offset
    nearest = replace(
        unknown,
        nearest_role=reference.role.value,
        identity=float(same.mean()),
        coverage=len(same) / length,
        reference_coverage=min(1.0, len(same) / n_mature),
    )
    if not alignment.tells_role(chain.sequence):
        return nearest
    is_own = nearest.identity >= MIN_SPECIES_IDENTITY
    beyond = numbers >= reference.mature_offset
    status = np.full(length, "tag", dtype="U9")
    status[places[0] : places[-1]] = "insertion"
    for place, kind in chain.declared:
        if kind in FOREIGN_STATUS:
            status[place] = kind
    status[places] = np.where(same, "native", "mutation" if is_own else "species")
    letter = np.full(length, "", dtype="U1")
    letter[places] = expected
    mature = numbers[beyond] + 1 - reference.mature_offset
    human = _human_numbers(reference, family)[numbers]
    return replace(
        nearest,
        role=reference.role,
        species=reference.species if is_own else OTHER_SPECIES,
        reference=reference,
        uniprot_number=_spread(length, places, numbers + 1),
        mature_number=_spread(length, places[beyond], mature),
        human_number=_spread(length, places, human),
        status=status,
        reference_letter=letter,
    )


def _spread(length: int, places: IndexArray, numbers: IndexArray) -> IndexArray:
    """Numbers at some places of a sequence, `NO_NUMBER` elsewhere."""
    spread = np.full(length, NO_NUMBER)
    spread[places] = numbers
    return spread


def mutations(chain: Chain, role: ChainRole) -> tuple[str, ...]:
    """
    List how a chain differs from the reference of its species, in mature numbers.

    As the HGVS writes them, in one-letter code: ``C125A``, ``A1del``, ``K76_N77del``, ``N77_P78insGS``.
    Deletions only where the sequence is deposited: coordinates alone do not tell them from disorder.
    """
    if role.reference is None or role.species == OTHER_SPECIES:
        return ()
    return tuple(_changes(chain, role, role.reference))


def _changes(chain: Chain, role: ChainRole, reference: Reference) -> Iterator[str]:
    places = np.flatnonzero(role.uniprot_number != NO_NUMBER).tolist()
    numbers = role.uniprot_number[places].tolist()
    first, behind = _whole_ends(reference, numbers[0], numbers[-1])
    # What would stand before each aligned residue, and behind the last.
    expected = [first, *(number + 1 for number in numbers)]
    for row, (place, number) in enumerate(zip(places, numbers, strict=True)):
        inserted = chain.sequence[places[row - 1] + 1 : place] if row else ""
        if inserted:
            around = (_letter(reference, n) for n in (numbers[row - 1], number))
            yield f"{'_'.join(around)}ins{inserted}"
        if role.has_deposited_sequence:
            yield from _deletion(reference, expected[row], number)
        if role.status[place] == "mutation":
            yield f"{_letter(reference, number)}{chain.sequence[place]}"
    if role.has_deposited_sequence:
        yield from _deletion(reference, expected[-1], behind)


def _whole_ends(reference: Reference, first: int, last: int) -> tuple[int, int]:
    """Return where a construct of the whole protein would begin, and the number behind its end."""
    start = reference.mature_offset + 1
    stop = len(reference.sequence) + 1
    # Of receptors only ectodomains are made.
    is_whole = reference.membrane_helix is None
    return (
        start if start < first <= start + MAX_END_DELETION else first,
        stop if is_whole and last + 1 >= stop - MAX_END_DELETION else last + 1,
    )


def _deletion(reference: Reference, start: int, stop: int) -> Iterator[str]:
    """Name the residues from one UniProt number to before another as deleted, if there are any."""
    if start < stop:
        ends = dict.fromkeys((_letter(reference, start), _letter(reference, stop - 1)))
        yield f"{'_'.join(ends)}del"


def _letter(reference: Reference, uniprot: int) -> str:
    """Residue of a reference with its mature number."""
    mature = uniprot - reference.mature_offset
    number = str(mature) if mature > 0 else f"(UniProt {uniprot})"
    return f"{reference.sequence[uniprot - 1]}{number}"


def gaps(role: ChainRole) -> tuple[tuple[int, int], ...]:
    """
    Stretches of the aligned sequence that have no coordinates.

    Returned are the first and last mature number of each, disordered ends included. Without a deposited
    sequence, the numbers that are skipped.
    """
    numbered = role.mature_number != NO_NUMBER
    if not role.has_deposited_sequence:
        numbers = role.mature_number[numbered & role.is_modelled]
        skips = np.flatnonzero(np.diff(numbers) > 1)
        return tuple((int(numbers[i]) + 1, int(numbers[i + 1]) - 1) for i in skips)
    missing = np.flatnonzero(~role.is_modelled & numbered)
    if not len(missing):
        return ()
    numbers = role.mature_number[missing]
    breaks = np.flatnonzero(np.diff(missing) > 1) + 1
    return tuple((int(run[0]), int(run[-1])) for run in np.split(numbers, breaks))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ResidueNumbers:
    """Role and numbers of every residue of an entry, one element for each of ``Entry.residues``."""

    #: Role of the residue's chain (for glycans, of the chain they decorate), else ``unknown``.
    role: StrArray
    #: `NO_NUMBER` where there is none.
    uniprot_number: IndexArray
    mature_number: IndexArray
    human_number: IndexArray
    #: As in `ChainRole`.
    status: StrArray
    #: Residue of the reference at that place.
    reference_letter: StrArray


def residue_numbers(entry: Entry, roles: tuple[ChainRole, ...]) -> ResidueNumbers:
    """Spread the roles of chains over the residues of an entry."""
    count = len(entry.residues)
    longest = max((len(own.role) for own in roles), default=0)
    width = max(longest, len(Role.UNKNOWN))
    role = np.full(count, Role.UNKNOWN.value, dtype=f"U{width}")
    uniprot, mature, human = (np.full(count, NO_NUMBER) for _ in range(3))
    status, letter = np.full(count, "", dtype="U9"), np.full(count, "", dtype="U1")
    for chain, own in zip(entry.protein_chains, roles, strict=True):
        rows = chain.residue_index
        role[rows] = own.role.value
        role[chain.glycan_index] = own.role.value
        uniprot[rows] = own.uniprot_number[chain.position]
        mature[rows] = own.mature_number[chain.position]
        human[rows] = own.human_number[chain.position]
        status[rows] = own.status[chain.position]
        letter[rows] = own.reference_letter[chain.position]
    return ResidueNumbers(
        role=role,
        uniprot_number=uniprot,
        mature_number=mature,
        human_number=human,
        status=status,
        reference_letter=letter,
    )
