"""
Chains that are several proteins: fusions divided into parts, by sequence or by residue numbers.

A part is a chain like any other from then on, called after its author numbers: ``L:1-187``. What
two proteins of a fusion bury in each other is an interface, and each has its own role and numbers.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Final, TypeAlias

import numpy as np

from il2struct.arrays import IndexArray
from il2struct.errors import ParameterError, UnknownChainError
from il2struct.structure.alignment import (
    MIN_ALIGNED,
    Alignment,
    known_alignment,
    onto,
    share_word,
    without_tags,
)
from il2struct.structure.family import Family, Reference
from il2struct.structure.model import (
    Chain,
    ChainImage,
    Entry,
    Note,
    Residues,
    atoms_of_residues,
)
from il2struct.structure.roles import MIN_SPECIES_IDENTITY

#: A stretch without a role is a protein of its own if as many residues have coordinates, and a part
#: with a role if as many have: a zinc finger has thirty, a sushi domain sixty.
MIN_PARTNER: Final = 30
MIN_PART: Final = 10
#: Glycines and serines in a row from here on are a linker.
MIN_LINKER: Final = 4
#: Cα of bonded residues are 3.8 Å apart, 2.9 Å beside a cis bond.
LONGEST_STEP_A: Final = 4.3
#: A range of author numbers in a selection: chain, first and last.
RANGE: Final = re.compile(r"(.+):(-?\d+)-(-?\d+)")

#: First place of a known protein, the one behind its last, and how it lies on its reference.
_Span: TypeAlias = tuple[int, int, Alignment]


def divide_fusions(entry: Entry, family: Family) -> Entry:
    """
    Divide chains that hold several proteins, of which the family knows at least one.

    The entry is the same where there is nothing to divide; else it has a note on each chain divided.
    """
    for chain in entry.protein_chains:
        spans = _known(chain, family)
        if notes := _permuted_notes(entry, chain, spans):
            entry = replace(entry, notes=(*entry.notes, *notes))
        parts = proteins_of(chain, family, _stretches(entry, chain))
        if len(parts) < 2:
            continue
        starts = [0, *(start for start, _ in parts[1:])]
        names = _names(entry, chain, starts)
        text = (
            f"Chain {chain.auth_asym_id} holds {len(parts)} proteins and is divided into "
            f"{', '.join(names)}, by author numbers."
        )
        known = [alignment for _, _, alignment in spans]
        if any(
            before.reference == after.reference
            and before.reference_position[0] > after.reference_position[-1]
            for before, after in pairwise(known)
        ):
            text += " Parts of one protein stand in another order, as in a circular permutant."
        if any(
            before.reference == after.reference != between.reference
            and before.reference_position[-1] < after.reference_position[0]
            for before, between, after in zip(known, known[1:], known[2:], strict=False)
        ):
            text += " A domain stands within another protein, whose parts are on both sides of it."
        note = Note("chain_divided", text, chain.auth_asym_id, len(parts))
        entry = _divided(entry, chain, starts, names)
        entry = replace(entry, notes=(*entry.notes, note))
    return entry


def proteins_of(
    chain: Chain, family: Family, stretches: Collection[int] = ()
) -> tuple[tuple[int, int], ...]:
    """
    Find the stretches of a chain that are proteins, known ones and what is as large beside them.

    Returned are the first place in the sequence and the one behind the last of each, in order; none if
    no protein is known. Linkers and tags are left out. At ``stretches`` runs of bonded residues begin:
    they decide on a residue that both neighbours have.
    """
    known = [
        (start, stop)
        for start, stop, _ in _known(chain, family, stretches)
        if _n_modelled(chain, start, stop) >= MIN_PART
    ]
    if not known:
        return ()
    proteins, place = [], 0
    for start, stop in [*known, (len(chain.sequence),) * 2]:
        between = _without_linkers(chain, place, start)
        if _n_modelled(chain, *between) >= MIN_PARTNER:
            proteins.append(between)
        if start < stop:
            proteins.append((start, stop))
        place = stop
    return tuple(proteins)


def _known(
    chain: Chain, family: Family, stretches: Collection[int] = ()
) -> list[_Span]:
    """Stretches that align to a reference, in order: the best is looked for first, then beside it."""
    spans: list[_Span] = []
    left = [(0, len(chain.sequence))]
    while left:
        start, stop = left.pop()
        if stop - start < MIN_ALIGNED:
            continue
        stretch = chain.sequence[start:stop]
        alignment = known_alignment(stretch, family)
        if alignment is None or not alignment.tells_role(stretch):
            continue
        declared = {place - start: kind for place, kind in chain.declared}
        alignment = without_tags(alignment, stretch, declared)
        for piece in _around_domains(alignment, stretch, family):
            first = start + int(piece.chain_position[0])
            behind = start + int(piece.chain_position[-1]) + 1
            spans.append((first, behind, piece))
            left.append((start, first))
            start = behind
        left.append((start, stop))
    spans.sort(key=lambda span: span[0])
    for row in range(len(spans) - 1):
        spans[row : row + 2] = _with_border(
            chain.sequence, spans[row], spans[row + 1], stretches
        )
    return spans


def _permuted_notes(entry: Entry, chain: Chain, spans: Sequence[_Span]) -> list[Note]:
    """Say where short stretches are what their neighbour lacks of its reference, in another order."""
    notes = []
    behind = [*(start for start, _, _ in spans[1:]), len(chain.sequence)]
    beside = [(0, start, alignment) for start, _, alignment in spans[:1]]
    beside += [(s[1], stop, s[2]) for s, stop in zip(spans, behind, strict=False)]
    for start, stop, neighbour in beside:
        stretch, reference = chain.sequence[start:stop], neighbour.reference
        if stop - start < MIN_PART or not share_word(stretch, reference.sequence):
            continue
        rest = onto(stretch, reference)
        own = rest.reference_position
        if (
            len(own) < MIN_PART
            or rest.matches(stretch).mean() < MIN_SPECIES_IDENTITY
            or np.isin(own, neighbour.reference_position).any()
        ):
            continue
        first, last = (
            _number(entry, chain, start + int(rest.chain_position[row]))
            for row in (0, -1)
        )
        text = (
            f"Residues {first} to {last} of chain {chain.auth_asym_id} are {len(own)} residues of "
            f"{reference.role} in another order, as in a circular permutant; too few for a part of "
            "their own, they count as a tag."
        )
        notes.append(Note("residues_permuted", text, chain.auth_asym_id, len(own)))
    return notes


def _around_domains(
    alignment: Alignment, stretch: str, family: Family
) -> list[Alignment]:
    """Cut an alignment where another known protein is inserted into its own."""
    places = alignment.chain_position
    cuts = []
    for row in np.flatnonzero(np.diff(places) > MIN_ALIGNED).tolist():
        inside = stretch[int(places[row]) + 1 : int(places[row + 1])]
        other = known_alignment(inside, family)
        if other is not None and other.tells_role(inside):
            cuts.append(row + 1)
    numbers = np.split(alignment.reference_position, cuts)
    return [
        replace(alignment, chain_position=first, reference_position=second)
        for first, second in zip(np.split(places, cuts), numbers, strict=True)
    ]


def _with_border(
    sequence: str, first: _Span, second: _Span, stretches: Collection[int]
) -> tuple[_Span, _Span]:
    """
    Part two neighbours where most residues of both match.

    The one that was looked for first may have taken residues of the other: an alignment goes on as
    long as chance gives it a score.
    """
    start, stop = first[0], second[1]
    window = sequence[start:stop]
    before, after = (_match_counts(window, s[2].reference) for s in (first, second))
    # Matches of the first up to a border, and of the second from there on.
    matches = before + after[-1] - after
    if matches.max() <= 0:
        return first, second
    best = np.flatnonzero(matches == matches.max()).tolist()
    border = next((row for row in best if start + row in stretches), best[0])
    ends = np.flatnonzero(np.diff(before[: border + 1]))
    begins = np.flatnonzero(np.diff(after[border:]))
    if not len(ends) or not len(begins):
        return first, second
    return (
        (start, start + int(ends[-1]) + 1, first[2]),
        (start + border + int(begins[0]), stop, second[2]),
    )


def _stretches(entry: Entry, chain: Chain) -> set[int]:
    """Places in the sequence whose residue is not bonded to the one before."""
    rows = atoms_of_residues(entry, chain.residue_index)
    rows = rows[entry.atoms.atom_name[rows] == "CA"]
    alphas = np.full((len(entry.residues), 3), np.nan)
    alphas[entry.atoms.residue_index[rows]] = entry.atoms.coords[rows]
    steps = np.linalg.norm(np.diff(alphas[chain.residue_index], axis=0), axis=1)
    # NaN, where an alpha carbon is missing, is no bond.
    return set(chain.position[1:][~(steps <= LONGEST_STEP_A)].tolist())


def _match_counts(window: str, reference: Reference) -> IndexArray:
    """How many residues before each place match a reference that is aligned to the whole."""
    alignment = without_tags(onto(window, reference), window, {})
    same = np.zeros(len(window) + 1, dtype=np.int64)
    same[alignment.chain_position + 1] = alignment.matches(window)
    counts: IndexArray = np.cumsum(same)
    return counts


def _n_modelled(chain: Chain, start: int, stop: int) -> int:
    return int(((chain.position >= start) & (chain.position < stop)).sum())


def _without_linkers(chain: Chain, start: int, stop: int) -> tuple[int, int]:
    """Leave out linkers and tags at the ends of a stretch: those declared, or of Gly and Ser."""
    declared = dict(chain.declared)
    is_linker = [
        chain.sequence[place] in "GS" or declared.get(place) in ("linker", "tag")
        for place in range(start, stop)
    ]
    before, behind = (
        next((n for n, linker in enumerate(run) if not linker), stop - start)
        for run in (is_linker, is_linker[::-1])
    )
    first = start + (before if before >= MIN_LINKER else 0)
    return first, max(first, stop - (behind if behind >= MIN_LINKER else 0))


def _names(entry: Entry, chain: Chain, starts: Sequence[int]) -> list[str]:
    """Names of parts by the author's numbers of their first and last residue."""
    behind = [*starts[1:], len(chain.sequence)]
    letter = base_name(chain.auth_asym_id)
    return [
        f"{letter}:{_number(entry, chain, start)}-{_number(entry, chain, stop - 1)}"
        for start, stop in zip(starts, behind, strict=True)
    ]


def _number(entry: Entry, chain: Chain, place: int) -> int:
    """Return the author's number of a place, counted on where it has no coordinates."""
    nearest = int(np.argmin(np.abs(chain.position - place)))
    number = entry.residues.auth_number[chain.residue_index[nearest]]
    return int(number + place - chain.position[nearest])


def base_name(name: str) -> str:
    """Return the chain that a part is of; the name itself of a whole chain."""
    match = RANGE.fullmatch(name)
    return match[1] if match else name


def divide_at_ranges(
    entry: Entry, names: Sequence[str]
) -> tuple[Entry, dict[str, list[str]]]:
    """
    Divide chains at ranges of author numbers that a selection names.

    Names that are no range, or a chain of the entry, are passed over. Returned are the entry and what
    each divided chain has become. `UnknownChainError` is raised if a range names a chain that is not
    there, or residues that no chain of that name has, `ParameterError` if it ends before it begins.
    """
    parts: dict[str, list[str]] = {}
    for name in names:
        match = RANGE.fullmatch(name)
        chains = {chain.auth_asym_id: chain for chain in entry.protein_chains}
        if match is None or name in chains:
            continue
        letter, first, last = match[1], int(match[2]), int(match[3])
        if first > last:
            raise ParameterError(f"the range {name} ends before it begins.")
        having = []
        for chain in chains.values():
            numbers = entry.residues.auth_number[chain.residue_index]
            places = chain.position[(first <= numbers) & (numbers <= last)]
            if base_name(chain.auth_asym_id) == letter and len(places):
                having.append((chain, places))
        if len(having) != 1:
            raise UnknownChainError(name, entry_id=entry.entry_id, available=chains)
        chain, places = having[0]
        start, stop = int(places[0]), int(places[-1]) + 1
        starts = sorted({0, start, stop} - {len(chain.sequence)})
        given = _names(entry, chain, starts)
        given[starts.index(start)] = name
        behind = [*starts[1:], len(chain.sequence)]
        kept = [
            (begin, called)
            for begin, end, called in zip(starts, behind, given, strict=True)
            if _n_modelled(chain, begin, end)
        ]
        entry = _divided(entry, chain, [s for s, _ in kept], [n for _, n in kept])
        # A part may be divided again.
        whole = chain.auth_asym_id
        holder = next((old for old, new in parts.items() if whole in new), whole)
        row = parts.setdefault(holder, [whole]).index(whole)
        parts[holder][row : row + 1] = [called for _, called in kept]
    return entry, parts


def _divided(
    entry: Entry, chain: Chain, starts: Sequence[int], names: Sequence[str]
) -> Entry:
    """Entry in which a chain is several, each from its place in the sequence to the next one."""
    behind = [*starts[1:], len(chain.sequence)]
    # What lies before the first part has no coordinates and goes with it.
    bounds = list(zip([0, *starts[1:]], behind, strict=True))
    nearest = _nearest_part(entry, chain, bounds)
    parts = []
    for number, (name, (start, stop)) in enumerate(zip(names, bounds, strict=True)):
        inside = (chain.position >= start) & (chain.position < stop)
        declared = [
            (p - start, kind) for p, kind in chain.declared if start <= p < stop
        ]
        part = replace(
            chain,
            auth_asym_id=name,
            sequence=chain.sequence[start:stop],
            residue_index=chain.residue_index[inside],
            position=chain.position[inside] - start,
            glycan_index=chain.glycan_index[nearest == number],
            declared=tuple(declared),
        )
        parts.append(part)
    row = entry.chains.index(chain)
    whole = chain.auth_asym_id

    def divided(image: ChainImage) -> list[ChainImage]:
        own = names if image.auth_asym_id == whole else [image.auth_asym_id]
        return [replace(image, auth_asym_id=name) for name in own]

    return replace(
        entry,
        chains=(*entry.chains[:row], *parts, *entry.chains[row + 1 :]),
        residues=_renamed(entry, row, parts),
        assemblies=tuple(
            replace(
                a, images=tuple(each for image in a.images for each in divided(image))
            )
            for a in entry.assemblies
        ),
    )


def _nearest_part(
    entry: Entry, chain: Chain, bounds: Sequence[tuple[int, int]]
) -> IndexArray:
    """Which part each glycan residue of a chain is nearest to."""
    coords = entry.atoms.coords
    groups = []
    for start, stop in bounds:
        inside = (chain.position >= start) & (chain.position < stop)
        groups.append(coords[atoms_of_residues(entry, chain.residue_index[inside])])
    nearest = []
    for sugar in chain.glycan_index.tolist():
        own = coords[atoms_of_residues(entry, np.array([sugar]))]
        gaps = [np.linalg.norm(g[:, None] - own, axis=2).min() for g in groups]
        nearest.append(int(np.argmin(gaps)))
    return np.array(nearest, dtype=np.int64)


def _renamed(entry: Entry, row: int, parts: Sequence[Chain]) -> Residues:
    """Residues that belong to the parts; chains behind them have moved on."""
    residues = entry.residues
    longest = max(len(part.auth_asym_id) for part in parts)
    width = max(longest, residues.auth_asym_id.dtype.itemsize // 4)
    names = residues.auth_asym_id.astype(f"U{width}")
    index = residues.chain_index.copy()
    index[index > row] += len(parts) - 1
    for number, part in enumerate(parts):
        names[part.residue_index] = part.auth_asym_id
        index[part.residue_index] = index[part.glycan_index] = row + number
    return replace(residues, auth_asym_id=names, chain_index=index)
