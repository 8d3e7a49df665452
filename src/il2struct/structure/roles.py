"""
Which chain is what: roles and residue numbers by alignment to the reference sequences.

Chain letters, author numbers and the deposited cross-references all differ between entries of the
same complex (the DBREF of β in 2ERJ is off by two), so none of them is used.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np

from il2struct.arrays import BoolArray, IndexArray, StrArray
from il2struct.structure.family import Family, Reference, shipped_family
from il2struct.structure.family import Role as Role
from il2struct.structure.family import symbol_of as symbol_of
from il2struct.structure.model import NO_NUMBER, Chain, Entry

if TYPE_CHECKING:
    from Bio.Align import PairwiseAligner

#: A chain has a role only if at least this fraction of the aligned residues is identical. Human
#: and mouse IL-2 share 57 %, engineered human ones above 90 %; IL-4 and IL-2 below 30 %.
MIN_IDENTITY: Final = 0.70
#: From this on a chain is of the species of its reference, and what differs is a mutation; below
#: it is of a species that the family lacks. Ectodomains of mammals that are no apes or monkeys
#: stay below 87 % of human, rats (but for IL-21R, 90 %) below 83 % of mouse; engineered forms of
#: IL-2 and IL-4 lie above 93 %.
MIN_SPECIES_IDENTITY: Final = 0.90
#: … and the alignment spans at least this fraction of the chain or of the mature reference.
MIN_COVERAGE: Final = 0.50
#: … and is at least this long, in residues: shorter ones occur by chance.
MIN_ALIGNED: Final = 30
#: Fewer residues than this before the mature start are a tag that matches the signal peptide by
#: chance, not a precursor.
MIN_PRECURSOR: Final = 10
#: A gap slides no farther than this, in residues, to meet a jump in author numbers.
MAX_SLIDE: Final = 5
#: Gap penalties of the alignment, those of BLAST for BLOSUM62 (Altschul et al. 1997).
GAP_OPEN: Final = -11.0
GAP_EXTEND: Final = -1.0
#: Length of the words that a chain must share with a reference to be aligned to it. Of 200
#: residues at 70 % identity some 47 words stay whole; by chance two references share one or two.
WORD_LENGTH: Final = 4
#: Aligned are the references that share most words: two species of two roles.
N_CANDIDATES: Final = 4
#: Alignments remembered: the copies of a chain in an entry, and related entries in a batch.
KEPT_ALIGNMENTS: Final = 256
#: Species of a chain that is nearest to a reference of another one.
OTHER_SPECIES: Final = "other"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ChainRole:
    """
    Role of a chain and the numbers of its residues.

    Arrays have one element for each position of ``Chain.sequence``.

    Attributes
    ----------
    auth_asym_id : str
        The chain.
    role : Role
        ``UNKNOWN`` if no reference passes the cuts.
    species : str
        Of the reference; ``"other"`` if the chain is of a species that the family lacks, empty if
        the role is unknown.
    reference : Reference or None
        What the numbers count along; None if the role is unknown.
    nearest_role : str
        Best-scoring reference even where it fails the cuts, so that a reader can judge.
    identity : float
        Identical fraction of the aligned positions with ``nearest_role``.
    coverage : float
        Aligned fraction of the chain's sequence.
    reference_coverage : float
        Aligned fraction of the mature reference.
    uniprot_number, mature_number : ndarray of int
        `NO_NUMBER` where a position does not align; mature also within the signal peptide.
    human_number : ndarray of int
        Mature number of the residue that the family's numbering species has there.
    status : ndarray of str
        ``native``; ``mutation`` or, against another species, ``species``; ``tag`` (not of the
        reference); empty for unknown chains.
    reference_letter : ndarray of str
        Residue of the reference, empty where not aligned.
    is_modelled : ndarray of bool
        Whether the position has coordinates.
    """

    auth_asym_id: str
    role: Role
    species: str
    reference: Reference | None
    nearest_role: str
    identity: float
    coverage: float
    reference_coverage: float
    uniprot_number: IndexArray
    mature_number: IndexArray
    human_number: IndexArray
    status: StrArray
    reference_letter: StrArray
    is_modelled: BoolArray

    @property
    def uniprot(self) -> str:
        """Accession of the reference, empty if the role is unknown."""
        return self.reference.uniprot if self.reference else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Alignment:
    reference: Reference
    chain_position: IndexArray
    reference_position: IndexArray


def assign_roles(entry: Entry, family: Family | None = None) -> tuple[ChainRole, ...]:
    """
    Find the role and the residue numbers of every protein chain of an entry.

    Parameters
    ----------
    entry : Entry
        The structure.
    family : Family, optional
        What there is to be; the shipped one by default.

    Returns
    -------
    tuple of ChainRole
        One for each of ``entry.protein_chains``, in that order.

    Notes
    -----
    Each different sequence is aligned once (Smith-Waterman, BLOSUM62), to the references that share
    most words of four letters with it; the best score counts, whatever its role or species.
    """
    family = family or shipped_family()
    return tuple(
        _chain_role(
            chain,
            _settled(
                _known_alignment(chain.sequence, family),
                chain,
                _author_breaks(entry, chain),
            ),
            family,
        )
        for chain in entry.protein_chains
    )


def _author_breaks(entry: Entry, chain: Chain) -> IndexArray:
    """Positions behind which author numbers jump, where no deposited sequence tells of gaps."""
    if len(chain.sequence) > len(chain.residue_index):
        return np.zeros(0, dtype=np.int64)
    numbers = entry.residues.auth_number[chain.residue_index]
    return np.flatnonzero(np.diff(numbers) > 1)


def _settled(
    alignment: _Alignment | None, chain: Chain, breaks: IndexArray
) -> _Alignment | None:
    """
    Slide gaps of an alignment, at no cost in identity, to where author numbers jump.

    Where the residue before a gap equals the last one in it, as T64 and T99 of the gap in α of
    2ERJ, the sequences alone do not say which of the two has coordinates.
    """
    if alignment is None:
        return None
    reference, places = alignment.reference.sequence, alignment.chain_position
    settled = alignment.reference_position.copy()
    for gap in np.flatnonzero((np.diff(settled) > 1) & (np.diff(places) == 1)):
        skipped = settled[gap + 1] - settled[gap] - 1
        for target in breaks[np.abs(breaks - places[gap]) <= MAX_SLIDE]:
            low, high = sorted((int(places[gap]), int(target)))
            rows = np.flatnonzero((places > low) & (places <= high))
            moved = settled[rows] + (skipped if target < places[gap] else -skipped)
            if all(
                chain.sequence[place] == reference[number]
                for place, number in zip(places[rows], moved, strict=True)
            ):
                settled[rows] = moved
                break
    return replace(alignment, reference_position=settled)


@cache
def _aligner() -> "PairwiseAligner":
    from Bio.Align import PairwiseAligner, substitution_matrices

    aligner = PairwiseAligner()
    aligner.mode = "local"
    aligner.substitution_matrix = substitution_matrices.load("BLOSUM62")
    aligner.open_gap_score = GAP_OPEN
    aligner.extend_gap_score = GAP_EXTEND
    return aligner


@lru_cache(maxsize=KEPT_ALIGNMENTS)
def _known_alignment(sequence: str, family: Family) -> _Alignment | None:
    alignment = _best_alignment(sequence, family)
    if alignment is not None:
        # Shared by all entries that have the sequence.
        alignment.chain_position.setflags(write=False)
        alignment.reference_position.setflags(write=False)
    return alignment


def _best_alignment(sequence: str, family: Family) -> _Alignment | None:
    letters = "".join(
        letter if letter in "ACDEFGHIKLMNPQRSTVWY" else "X" for letter in sequence
    )
    candidates = _candidates(letters, family)
    scores = [_aligner().score(letters, ref.sequence) for ref in candidates]
    if not scores or max(scores) <= 0:
        return None
    reference = candidates[int(np.argmax(scores))]
    in_chain, in_reference = _aligned(letters, reference.sequence)
    mature = in_reference >= reference.mature_offset
    if (~mature).sum() < MIN_PRECURSOR and mature.any():
        in_chain, in_reference = in_chain[mature], in_reference[mature]
    return _Alignment(
        reference=reference, chain_position=in_chain, reference_position=in_reference
    )


def _aligned(sequence: str, reference: str) -> tuple[IndexArray, IndexArray]:
    """Positions of two sequences that stand under each other."""
    blocks = _aligner().align(sequence, reference)[0].aligned
    first, second = (
        np.concatenate([np.arange(start, stop) for start, stop in side])
        for side in blocks
    )
    return first, second


def _candidates(letters: str, family: Family) -> list[Reference]:
    """Return the references that share most words with a sequence, as the family orders them."""
    places = _word_places(family)
    shared = Counter(
        place for word in _words(letters) for place in places.get(word, ())
    )
    best = sorted(shared, key=lambda place: (-shared[place], place))[:N_CANDIDATES]
    references = family.references
    return [references[place] for place in sorted(best)]


@lru_cache(maxsize=8)
def _word_places(family: Family) -> Mapping[str, list[int]]:
    """Which references hold a word."""
    places: dict[str, list[int]] = defaultdict(list)
    for place, reference in enumerate(family.references):
        for word in _words(reference.sequence):
            places[word].append(place)
    return places


def _words(sequence: str) -> set[str]:
    return {
        sequence[start : start + WORD_LENGTH]
        for start in range(len(sequence) - WORD_LENGTH + 1)
    }


@lru_cache(maxsize=KEPT_ALIGNMENTS)
def _human_numbers(reference: Reference, family: Family) -> IndexArray:
    """Mature number in the family's numbering species for each residue of a reference."""
    numbers = np.full(len(reference.sequence), NO_NUMBER)
    human = next(
        (
            other
            for other in family.references
            if (other.role, other.species) == (reference.role, family.numbering_species)
        ),
        None,
    )
    if human is not None:
        own, theirs = _aligned(reference.sequence, human.sequence)
        mature = theirs >= human.mature_offset
        numbers[own[mature]] = theirs[mature] + 1 - human.mature_offset
    numbers.setflags(write=False)
    return numbers


def _chain_role(
    chain: Chain, alignment: _Alignment | None, family: Family
) -> ChainRole:
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
        status=np.full(length, "", dtype="U8"),
        reference_letter=np.full(length, "", dtype="U1"),
        is_modelled=is_modelled,
    )
    if alignment is None:
        return unknown
    reference = alignment.reference
    places, numbers = alignment.chain_position, alignment.reference_position
    expected = np.array(list(reference.sequence), dtype="U1")[numbers]
    same = np.array(list(chain.sequence), dtype="U1")[places] == expected
    nearest = replace(
        unknown,
        nearest_role=reference.role.value,
        identity=float(same.mean()),
        coverage=len(same) / length,
        reference_coverage=min(
            1.0, len(same) / (len(reference.sequence) - reference.mature_offset)
        ),
    )
    if not _is_known(nearest, len(same)):
        return nearest
    is_own = nearest.identity >= MIN_SPECIES_IDENTITY
    uniprot = _spread(length, places, numbers + 1)
    beyond = numbers >= reference.mature_offset
    status = np.full(length, "tag", dtype="U8")
    status[places] = np.where(same, "native", "mutation" if is_own else "species")
    letter = np.full(length, "", dtype="U1")
    letter[places] = expected
    return replace(
        nearest,
        role=reference.role,
        species=reference.species if is_own else OTHER_SPECIES,
        reference=reference,
        uniprot_number=uniprot,
        mature_number=_spread(
            length, places[beyond], numbers[beyond] + 1 - reference.mature_offset
        ),
        human_number=_spread(
            length, places, _human_numbers(reference, family)[numbers]
        ),
        status=status,
        reference_letter=letter,
    )


def _is_known(nearest: ChainRole, n_aligned: int) -> bool:
    return (
        nearest.identity >= MIN_IDENTITY
        and max(nearest.coverage, nearest.reference_coverage) >= MIN_COVERAGE
        and n_aligned >= MIN_ALIGNED
    )


def _spread(length: int, places: IndexArray, numbers: IndexArray) -> IndexArray:
    """Numbers at some places of a sequence, `NO_NUMBER` elsewhere."""
    spread = np.full(length, NO_NUMBER)
    spread[places] = numbers
    return spread


def mutations(chain: Chain, role: ChainRole) -> tuple[str, ...]:
    """
    List the mutations of a chain against its reference, written ``C125A`` in mature numbers.

    Parameters
    ----------
    chain : Chain
    role : ChainRole
        Of the same chain.
    """
    return tuple(
        f"{role.reference_letter[i]}{_shown(role, i)}{chain.sequence[i]}"
        for i in np.flatnonzero(role.status == "mutation").tolist()
    )


def _shown(role: ChainRole, position: int) -> str:
    number = int(role.mature_number[position])
    return (
        str(number)
        if number != NO_NUMBER
        else f"(UniProt {role.uniprot_number[position]})"
    )


def gaps(role: ChainRole) -> tuple[tuple[int, int], ...]:
    """
    Stretches of the aligned sequence that have no coordinates.

    Parameters
    ----------
    role : ChainRole

    Returns
    -------
    tuple of (int, int)
        First and last mature number of each stretch, disordered ends included. Where every
        position has coordinates, as without a deposited sequence, the numbers that are skipped.
    """
    numbered = role.mature_number != NO_NUMBER
    numbers = role.mature_number[numbered]
    if role.is_modelled.all():
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
    """
    Role and numbers of every residue of an entry, one element for each of ``Entry.residues``.

    Attributes
    ----------
    role : ndarray of str
        Role of the residue's chain (for glycans, of the chain they decorate), else ``unknown``.
    uniprot_number, mature_number, human_number : ndarray of int
        `NO_NUMBER` where there is none.
    status : ndarray of str
        As in `ChainRole`.
    reference_letter : ndarray of str
        Residue of the reference at that place.
    """

    role: StrArray
    uniprot_number: IndexArray
    mature_number: IndexArray
    human_number: IndexArray
    status: StrArray
    reference_letter: StrArray


def residue_numbers(entry: Entry, roles: tuple[ChainRole, ...]) -> ResidueNumbers:
    """
    Spread the roles of chains over the residues of an entry.

    Parameters
    ----------
    entry : Entry
    roles : tuple of ChainRole
        From `assign_roles`.
    """
    count = len(entry.residues)
    longest = max((len(found.role) for found in roles), default=0)
    role = np.full(
        count, Role.UNKNOWN.value, dtype=f"U{max(longest, len(Role.UNKNOWN))}"
    )
    uniprot, mature, human = (np.full(count, NO_NUMBER) for _ in range(3))
    status, letter = np.full(count, "", dtype="U8"), np.full(count, "", dtype="U1")
    for chain, found in zip(entry.protein_chains, roles, strict=True):
        rows = chain.residue_index
        role[rows] = found.role.value
        role[chain.glycan_index] = found.role.value
        uniprot[rows] = found.uniprot_number[chain.position]
        mature[rows] = found.mature_number[chain.position]
        human[rows] = found.human_number[chain.position]
        status[rows] = found.status[chain.position]
        letter[rows] = found.reference_letter[chain.position]
    return ResidueNumbers(
        role=role,
        uniprot_number=uniprot,
        mature_number=mature,
        human_number=human,
        status=status,
        reference_letter=letter,
    )
