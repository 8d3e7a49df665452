"""
Which chain is what: roles and residue numbers by alignment to the reference sequences.

Chain letters, author numbers and the deposited cross-references all differ between entries of the
same complex (the DBREF of β in 2ERJ is off by two), so none of them is used.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np

from il2struct.arrays import BoolArray, IndexArray, StrArray
from il2struct.data import rows_of
from il2struct.structure.model import NO_NUMBER, Chain, Entry

if TYPE_CHECKING:
    from Bio.Align import PairwiseAligner


class Role(StrEnum):
    """What a chain is in an interleukin-2 or -15 receptor complex."""

    IL2 = "IL2"
    IL15 = "IL15"
    IL2RA = "IL2RA"
    IL15RA = "IL15RA"
    IL2RB = "IL2RB"
    IL2RG = "IL2RG"
    UNKNOWN = "unknown"


#: A chain has a role only if at least this fraction of the aligned residues is identical. Human
#: and mouse IL-2 share 57 %, engineered human ones above 90 %; IL-4 and IL-2 below 30 %.
MIN_IDENTITY: Final = 0.70
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
#: Alignments remembered: the copies of a chain in an entry, and related entries in a batch.
KEPT_ALIGNMENTS: Final = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """
    A reference protein.

    Attributes
    ----------
    role : Role
    symbol, name, uniprot : str
        As people write it, full name, accession.
    mature_offset : int
        Mature number = UniProt number minus this.
    sequence : str
        Precursor, one-letter code.
    """

    role: Role
    symbol: str
    name: str
    uniprot: str
    mature_offset: int
    sequence: str


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
    uniprot : str
        Accession, empty if unknown.
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
    status : ndarray of str
        ``native``, ``mutation``, ``tag`` (not of the reference), empty for unknown chains.
    reference_letter : ndarray of str
        Residue of the reference, empty where not aligned.
    is_modelled : ndarray of bool
        Whether the position has coordinates.
    """

    auth_asym_id: str
    role: Role
    uniprot: str
    nearest_role: str
    identity: float
    coverage: float
    reference_coverage: float
    uniprot_number: IndexArray
    mature_number: IndexArray
    status: StrArray
    reference_letter: StrArray
    is_modelled: BoolArray


@dataclass(frozen=True, slots=True, kw_only=True)
class _Alignment:
    reference: Reference
    score: float
    chain_position: IndexArray
    reference_position: IndexArray


@cache
def references() -> tuple[Reference, ...]:
    """Return the reference proteins of ``data/references.csv``."""
    return tuple(
        Reference(
            role=Role(row["role"]),
            symbol=row["symbol"],
            name=row["name"],
            uniprot=row["uniprot"],
            mature_offset=int(row["mature_offset"]),
            sequence=row["sequence"],
        )
        for row in rows_of("references.csv")
    )


def symbol_of(role: str) -> str:
    """Return a role as people write it: ``IL-2Rα`` for ``IL2RA``; other names unchanged."""
    return next((ref.symbol for ref in references() if ref.role == role), role)


def assign_roles(entry: Entry) -> tuple[ChainRole, ...]:
    """
    Find the role and the residue numbers of every protein chain of an entry.

    Parameters
    ----------
    entry : Entry
        The structure.

    Returns
    -------
    tuple of ChainRole
        One for each of ``entry.protein_chains``, in that order.

    Notes
    -----
    Each different sequence is aligned once to each reference (Smith-Waterman, BLOSUM62).
    """
    return tuple(
        _chain_role(
            chain,
            _settled(
                _known_alignment(chain.sequence), chain, _author_breaks(entry, chain)
            ),
        )
        for chain in entry.protein_chains
    )


def _author_breaks(entry: Entry, chain: Chain) -> IndexArray:
    """Positions behind which author numbers jump, where no deposited sequence tells of gaps."""
    if len(chain.sequence) > len(chain.residue_index):
        return np.zeros(0, dtype=np.int64)
    numbers = entry.residues.auth_number[chain.residue_index]
    return np.flatnonzero(np.diff(numbers) > 1)


def _settled(alignment: _Alignment, chain: Chain, breaks: IndexArray) -> _Alignment:
    """
    Slide gaps of an alignment, at no cost in identity, to where author numbers jump.

    Where the residue before a gap equals the last one in it, as T64 and T99 of the gap in α of
    2ERJ, the sequences alone do not say which of the two has coordinates.
    """
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
def _known_alignment(sequence: str) -> _Alignment:
    alignment = _best_alignment(_aligner(), sequence)
    # Shared by all entries that have the sequence.
    alignment.chain_position.setflags(write=False)
    alignment.reference_position.setflags(write=False)
    return alignment


def _best_alignment(aligner: "PairwiseAligner", sequence: str) -> _Alignment:
    letters = "".join(
        letter if letter in "ACDEFGHIKLMNPQRSTVWY" else "X" for letter in sequence
    )
    scores = [
        aligner.score(letters, ref.sequence) if letters else 0.0 for ref in references()
    ]
    best = int(np.argmax(scores))
    reference = references()[best]
    if scores[best] <= 0:
        empty = np.zeros(0, dtype=np.int64)
        return _Alignment(
            reference=reference,
            score=0.0,
            chain_position=empty,
            reference_position=empty,
        )
    blocks = aligner.align(letters, reference.sequence)[0].aligned
    in_chain = np.concatenate([np.arange(start, stop) for start, stop in blocks[0]])
    in_reference = np.concatenate([np.arange(start, stop) for start, stop in blocks[1]])
    mature = in_reference >= reference.mature_offset
    if (~mature).sum() < MIN_PRECURSOR and mature.any():
        in_chain, in_reference = in_chain[mature], in_reference[mature]
    return _Alignment(
        reference=reference,
        score=float(scores[best]),
        chain_position=in_chain,
        reference_position=in_reference,
    )


def _chain_role(chain: Chain, alignment: _Alignment) -> ChainRole:
    reference = alignment.reference
    length = len(chain.sequence)
    letters = np.array(list(chain.sequence), dtype="U1")
    expected = np.array(list(reference.sequence), dtype="U1")[
        alignment.reference_position
    ]
    same = letters[alignment.chain_position] == expected
    n_aligned = len(same)
    n_mature = len(reference.sequence) - reference.mature_offset
    identity = float(same.mean()) if n_aligned else 0.0
    coverage = n_aligned / length if length else 0.0
    reference_coverage = min(1.0, n_aligned / n_mature)
    is_known = (
        identity >= MIN_IDENTITY
        and max(coverage, reference_coverage) >= MIN_COVERAGE
        and n_aligned >= MIN_ALIGNED
    )
    is_modelled = np.zeros(length, dtype=np.bool_)
    is_modelled[chain.position] = True
    numbers = np.full(length, NO_NUMBER)
    mature = np.full(length, NO_NUMBER)
    status = np.full(length, "tag" if is_known else "", dtype="U8")
    reference_letter = np.full(length, "", dtype="U1")
    if is_known:
        places = alignment.chain_position
        numbers[places] = alignment.reference_position + 1
        beyond = alignment.reference_position >= reference.mature_offset
        mature[places[beyond]] = numbers[places[beyond]] - reference.mature_offset
        status[places] = np.where(same, "native", "mutation")
        reference_letter[places] = expected
    return ChainRole(
        auth_asym_id=chain.auth_asym_id,
        role=reference.role if is_known else Role.UNKNOWN,
        uniprot=reference.uniprot if is_known else "",
        nearest_role=str(reference.role) if n_aligned else "",
        identity=identity,
        coverage=coverage,
        reference_coverage=reference_coverage,
        uniprot_number=numbers,
        mature_number=mature,
        status=status,
        reference_letter=reference_letter,
        is_modelled=is_modelled,
    )


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
    uniprot_number, mature_number : ndarray of int
        `NO_NUMBER` where there is none.
    status : ndarray of str
        ``native``, ``mutation``, ``tag`` or empty.
    reference_letter : ndarray of str
        Residue of the reference at that place.
    """

    role: StrArray
    uniprot_number: IndexArray
    mature_number: IndexArray
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
    role = np.full(count, Role.UNKNOWN.value, dtype="U8")
    uniprot, mature = np.full(count, NO_NUMBER), np.full(count, NO_NUMBER)
    status, letter = np.full(count, "", dtype="U8"), np.full(count, "", dtype="U1")
    for chain, found in zip(entry.protein_chains, roles, strict=True):
        rows = chain.residue_index
        role[rows] = found.role.value
        role[chain.glycan_index] = found.role.value
        uniprot[rows] = found.uniprot_number[chain.position]
        mature[rows] = found.mature_number[chain.position]
        status[rows] = found.status[chain.position]
        letter[rows] = found.reference_letter[chain.position]
    return ResidueNumbers(
        role=role,
        uniprot_number=uniprot,
        mature_number=mature,
        status=status,
        reference_letter=letter,
    )
