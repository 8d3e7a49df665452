"""
How the sequence of a chain lies on that of a reference: best match, tags left out, gaps settled.

Aligned is the deposited sequence. Where it alone does not tell, what the file declares (SEQADV) and
the author's numbers are witnesses.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np

from il2struct.arrays import BoolArray, IndexArray
from il2struct.structure.family import Family, Reference
from il2struct.structure.model import Chain, Entry

if TYPE_CHECKING:
    from Bio.Align import PairwiseAligner

#: A chain has a role only if at least this fraction of the aligned residues is identical. Human
#: and mouse IL-2 share 57 %, engineered human ones above 90 %; IL-4 and IL-2 below 30 %.
MIN_IDENTITY: Final = 0.70
#: … and the alignment spans at least this fraction of the chain or of the mature reference.
#: unless it is longer than any domain shared by chance, as β in front of an Fc …
MIN_COVERAGE: Final = 0.50
LONG_ALIGNED: Final = 60
#: … and is at least this long, in residues: shorter ones occur by chance.
MIN_ALIGNED: Final = 30
#: Status of residues that the reference does not have.
FOREIGN_STATUS: Final = ("tag", "linker", "insertion")
#: Fewer residues than this before the mature start are a tag that matches the signal peptide by
#: chance, not a precursor.
MIN_PRECURSOR: Final = 10
#: Fewer matches than this at an end, beyond a mismatch or gap and before residues that do not align,
#: are those of a tag with the reference: of two residues one matches by chance in ten.
MIN_END_MATCHES: Final = 3
#: … but for those that end where the protein does: β begins with A1 V2 before N3Q.
MIN_NATURAL_MATCHES: Final = 2
#: A gap slides no farther than this, in residues, to meet a jump in author numbers.
MAX_SLIDE: Final = 5
#: Gap penalties of the alignment, those of BLAST for BLOSUM62 (Altschul et al. 1997).
GAP_OPEN: Final = -11.0
GAP_EXTEND: Final = -1.0
#: Length of the words that a chain must share with a reference to be aligned to it. Of 200
#: residues at 70 % identity some 47 words stay whole; by chance two references share one or two.
WORD_LENGTH: Final = 4
#: Scored are the references that share most words, two species of two roles; those with less than
#: this fraction of the words of the first are behind it anyway.
N_CANDIDATES: Final = 4
MIN_SHARE: Final = 0.5
#: Alignments remembered: the copies of a chain in an entry, and related entries in a batch.
KEPT_ALIGNMENTS: Final = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Alignment:
    """Positions of a chain and of a reference that stand under each other, both from 0."""

    reference: Reference
    #: chain_position, reference_position: Of the same length, rising.
    chain_position: IndexArray
    reference_position: IndexArray

    def matches(self, sequence: str) -> BoolArray:
        """Tell of each pair whether the sequence has the residue of the reference."""
        own = np.array(list(sequence), dtype="U1")[self.chain_position]
        expected = np.array(list(self.reference.sequence), dtype="U1")
        same: BoolArray = own == expected[self.reference_position]
        return same

    def tells_role(self, sequence: str) -> bool:
        """Tell whether a sequence is near enough to the reference to have its role."""
        n_aligned = len(self.chain_position)
        n_mature = len(self.reference.sequence) - self.reference.mature_offset
        return bool(
            n_aligned >= MIN_ALIGNED
            and self.matches(sequence).mean() >= MIN_IDENTITY
            and (
                n_aligned >= MIN_COVERAGE * min(len(sequence), n_mature)
                or n_aligned >= LONG_ALIGNED
            )
        )


def chain_alignment(entry: Entry, chain: Chain, family: Family) -> Alignment | None:
    """
    Align a chain to the reference that fits it best, over roles and species.

    None if no reference shares a word with the chain; an alignment may be too poor to tell a role.
    """
    alignment = known_alignment(chain.sequence, family)
    if alignment is None:
        return None
    alignment = without_tags(alignment, chain.sequence, dict(chain.declared))
    if len(chain.sequence) > len(chain.residue_index):
        return alignment  # a deposited sequence tells of gaps
    numbers = entry.residues.auth_number[chain.residue_index]
    return _settled(alignment, chain.sequence, np.flatnonzero(np.diff(numbers) > 1))


def _settled(alignment: Alignment, sequence: str, breaks: IndexArray) -> Alignment:
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
            # A mutation beside the gap matches in neither place.
            before, after = (
                sum(
                    sequence[place] == reference[number]
                    for place, number in zip(places[rows], numbers, strict=True)
                )
                for numbers in (settled[rows], moved)
            )
            if after >= before:
                settled[rows] = moved
                break
    return replace(alignment, reference_position=settled)


def without_tags(
    alignment: Alignment, sequence: str, declared: Mapping[int, str]
) -> Alignment:
    """
    Leave out what belongs to a tag: what the file calls so, and ends that match by chance.

    The first His of a tag may stand where the reference has a Tyr, as behind residue 217 of α in
    3NFP: a local alignment takes it for a mutation. ``declared`` is what the file says of places.
    """
    places, numbers = alignment.chain_position, alignment.reference_position
    reference = alignment.reference
    own = np.array([declared.get(p) not in FOREIGN_STATUS for p in places.tolist()])
    places, numbers = places[own], numbers[own]
    matches = [
        sequence[place] == reference.sequence[number]
        or declared.get(place) == "mutation"
        for place, number in zip(places.tolist(), numbers.tolist(), strict=True)
    ]
    steps = (np.diff(places) == 1) & (np.diff(numbers) == 1)
    if not sum(matches) >= MIN_IDENTITY * len(matches) > 0:
        return alignment  # no role, and nothing to be judged
    goes_on = places[0] > 0, int(places[-1]) < len(sequence) - 1
    is_start = int(numbers[0]) in (0, reference.mature_offset)
    is_stop = int(numbers[-1]) == len(reference.sequence) - 1
    start = _chance_length(
        matches, steps.tolist(), goes_on=goes_on[0], is_natural=is_start
    )
    stop = len(places) - _chance_length(
        matches[::-1], steps[::-1].tolist(), goes_on=goes_on[1], is_natural=is_stop
    )
    places, numbers = places[start:stop], numbers[start:stop]
    # A local alignment ends before a first or last residue that is changed, as M1F in 1IAR.
    before, behind = int(places[0]), int(places[-1]) + 1
    most_before = min(before, int(numbers[0]))
    most_behind = min(
        len(sequence) - behind, len(reference.sequence) - 1 - int(numbers[-1])
    )
    kept = [n for n in range(most_before) if declared.get(before - 1 - n) != "mutation"]
    n_before = min(kept, default=most_before)
    kept = [n for n in range(most_behind) if declared.get(behind + n) != "mutation"]
    n_behind = min(kept, default=most_behind)
    return replace(
        alignment,
        chain_position=_extended(places, n_before, n_behind),
        reference_position=_extended(numbers, n_before, n_behind),
    )


def _extended(run: IndexArray, n_before: int, n_behind: int) -> IndexArray:
    """Count on from both ends of a run of numbers."""
    before = np.arange(run[0] - n_before, run[0])
    return np.concatenate([before, run, np.arange(run[-1] + 1, run[-1] + 1 + n_behind)])


def _chance_length(
    matches: list[bool], steps: list[bool], *, goes_on: bool, is_natural: bool
) -> int:
    """
    Count the aligned pairs at one end that chance may have made.

    ``matches`` tells for each pair, from the end inwards, whether its residues are the same, ``steps``
    whether the next one follows without a gap; ``goes_on`` whether the chain does so beyond the end,
    unaligned, ``is_natural`` whether the reference, or its mature form, ends here too.
    """
    if not goes_on:
        return 0
    dropped = 0
    while dropped < len(matches):
        run = 0
        while dropped + run < len(matches) and matches[dropped + run]:
            run += 1
            if dropped + run <= len(steps) and not steps[dropped + run - 1]:
                break
        if run >= MIN_END_MATCHES or (
            is_natural and run >= MIN_NATURAL_MATCHES and not dropped
        ):
            return dropped
        dropped += max(run, 1)
    return 0


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
def known_alignment(sequence: str, family: Family) -> Alignment | None:
    """Return the alignment of `best_alignment`, once for each sequence."""
    alignment = best_alignment(sequence, family)
    if alignment is not None:
        # Shared by all entries that have the sequence.
        alignment.chain_position.setflags(write=False)
        alignment.reference_position.setflags(write=False)
    return alignment


def best_alignment(sequence: str, family: Family) -> Alignment | None:
    """Align a sequence to the reference with the best score; None if none shares a word with it."""
    letters = _plain_letters(sequence)
    candidates = _candidates(letters, family)
    if len(candidates) > 1:
        candidates.sort(key=lambda ref: -_aligner().score(letters, ref.sequence))
    return onto(sequence, candidates[0]) if candidates else None


def onto(sequence: str, reference: Reference) -> Alignment:
    """
    Align a sequence to a reference, of which they must share a word.

    What resembles the end of the signal peptide by chance is left out.
    """
    in_chain, in_reference = aligned(sequence, reference.sequence)
    mature = in_reference >= reference.mature_offset
    if (~mature).sum() < MIN_PRECURSOR and mature.any():
        in_chain, in_reference = in_chain[mature], in_reference[mature]
    return Alignment(
        reference=reference, chain_position=in_chain, reference_position=in_reference
    )


def aligned(sequence: str, reference: str) -> tuple[IndexArray, IndexArray]:
    """Positions of two sequences that stand under each other."""
    blocks = _aligner().align(_plain_letters(sequence), reference)[0].aligned
    first, second = (np.concatenate([np.arange(*ends) for ends in b]) for b in blocks)
    return first, second


def _plain_letters(sequence: str) -> str:
    """Sequence with X for what the matrix does not know."""
    return re.sub("[^ACDEFGHIKLMNPQRSTVWY]", "X", sequence)


def _candidates(letters: str, family: Family) -> list[Reference]:
    """Return the references that share most words with a sequence, as the family orders them."""
    places = _word_places(family)
    shared = Counter(p for word in _words(letters) for p in places.get(word, ()))
    most = max(shared.values(), default=0)
    near = [place for place, count in shared.items() if count >= MIN_SHARE * most]
    best = sorted(near, key=lambda place: (-shared[place], place))[:N_CANDIDATES]
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


def share_word(sequence: str, reference: str) -> bool:
    """Whether two sequences have a word in common, without which they are not aligned."""
    return not _words(sequence).isdisjoint(_words(reference))


def _words(sequence: str) -> set[str]:
    starts = range(len(sequence) - WORD_LENGTH + 1)
    words = (sequence[start : start + WORD_LENGTH] for start in starts)
    return {word for word in words if "X" not in word}
