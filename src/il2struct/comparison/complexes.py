"""Which chains of two complexes correspond, found by what makes them most alike."""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import permutations, product
from typing import Final, TypeAlias

import numpy as np

from il2struct.arrays import FloatArray
from il2struct.comparison.similarity import (
    Common,
    Pose,
    Similarity,
    common_chains,
    pose_of,
    similarity_of,
    superposition,
)
from il2struct.interface.interface import Interface
from il2struct.kernels.geometry import apply_transform
from il2struct.results.entry_tables import distinct_name, one_word
from il2struct.results.interfaces import InterfaceResults
from il2struct.results.study import Study
from il2struct.structure.complexes import Complex
from il2struct.structure.ligands import is_ligand_name
from il2struct.structure.model import NO_NUMBER, ChainImage
from il2struct.structure.named import NamedEntry

#: Up to this many ways to pair equal chains are all tried; of more, those in which the copies lie
#: nearest to their partners after superposing some pair.
MAX_TRIED: Final = 720

#: What is compared: entries, measured or to be measured with the defaults.
Compared: TypeAlias = Iterable[InterfaceResults | Study] | InterfaceResults | Study
#: Chain images of each side of an interface.
Images: TypeAlias = tuple[tuple[ChainImage, ...], tuple[ChainImage, ...]]
#: Protein and common number of a residue; a text for those of tags, which have no number.
Residue: TypeAlias = tuple[str, int | str]
#: Chain images of a reference, and those of another complex that correspond.
Mapped: TypeAlias = Mapping[ChainImage, ChainImage]


def measured_of(results: Compared) -> list[InterfaceResults]:
    """Return the interfaces of each entry, those of a `Study` measured with the defaults."""
    # InterfaceResults is a sequence too, of interfaces.
    several = [results] if isinstance(results, InterfaceResults | Study) else results
    return [one.interfaces() if isinstance(one, Study) else one for one in several]


def distinct_entries(entries: Iterable[NamedEntry]) -> list[str]:
    """Return the id of each entry, further ones of one id as `distinct_name` says."""
    names: list[str] = []
    for named in entries:
        name, path = named.entry.entry_id, named.entry.provenance.path
        names.append(one_word(distinct_name(one_word(name), names, source=path)))
    return names


@dataclass(frozen=True, kw_only=True, eq=False)
class NamedComplex:
    """A complex of an entry among those that are compared."""

    #: Entry and complex, distinct among those compared.
    name: str
    named: NamedEntry
    complex_: Complex
    #: Its protein chains by author name.
    common: Mapping[str, Common]
    _poses: dict[tuple[ChainImage, ...], Pose] = field(default_factory=dict, repr=False)

    @cached_property
    def copies(self) -> dict[str, list[ChainImage]]:
        """Images of each protein."""
        copies: dict[str, list[ChainImage]] = defaultdict(list)
        for member in self.complex_.members:
            protein = self.common[member.image.auth_asym_id].protein
            copies[protein].append(member.image)
        return copies

    @cached_property
    def residues(self) -> dict[tuple[str, int, str], Residue]:
        """Its residues with coordinates, by chain and the author's number and insertion code."""
        residues = self.named.entry.residues
        return {
            # Rows of tables name the chain beside which the file has a ligand.
            (
                str(residues.auth_asym_id[row]) if is_ligand_name(name) else name,
                int(residues.auth_number[row]),
                str(residues.ins_code[row]),
            ): residue
            for name, row, residue, _ in self._modelled()
        }

    @cached_property
    def letters(self) -> dict[Residue, str]:
        """One-letter code of its residues with coordinates."""
        return {residue: letter for _, _, residue, letter in self._modelled()}

    def _modelled(self) -> Iterator[tuple[str, int, Residue, str]]:
        """Chain, row in the entry, common name and letter of its residues with coordinates."""
        for name in dict.fromkeys(m.image.auth_asym_id for m in self.complex_.members):
            chain, common = self.named.entry.chain(name), self.common[name]
            numbers, end_numbers = common.number.tolist(), common.end_number.tolist()
            for row, place in zip(chain.residue_index, chain.position, strict=True):
                letter = chain.sequence[place]
                number: int | str = numbers[place]
                if is_ligand_name(name):
                    number = common.protein
                elif number == NO_NUMBER:
                    end = end_numbers[place]
                    number = f"{letter}{row if end == NO_NUMBER else end} of a tag"
                yield name, int(row), (common.protein, number), letter

    def pose(self, images: tuple[ChainImage, ...]) -> Pose:
        """Return the residues of some of its images, gathered once."""
        if images not in self._poses:
            self._poses[images] = pose_of(self.named.entry, images, self.common)
        return self._poses[images]


def named_complexes(entries: Sequence[NamedEntry]) -> list[list[NamedComplex]]:
    """List, for each entry, its complexes of two chains or more."""
    return [
        [
            NamedComplex(
                name=f"{name}:{complex_.complex_id}",
                named=named,
                complex_=complex_,
                common=common,
            )
            for complex_ in named.complexes
            if len(complex_.members) > 1
        ]
        for named, name, common in zip(
            entries, distinct_entries(entries), common_chains(entries), strict=True
        )
    ]


def similarities(
    reference: NamedComplex, compared: NamedComplex, interfaces: Sequence[Images]
) -> tuple[Mapped, tuple[Similarity | None, ...]]:
    """
    Pair the chains of two complexes so that the sum of DockQ is largest.

    Chains pair only with chains of the same protein; of equal sums the first in the order of the
    members counts. Returned are the images of the reference that have a partner, and for each interface
    how alike it is; None for one that the other complex does not hold or the reference has no contacts
    in, and of ligands, which have no backbone.
    """
    known: dict[tuple[int, Images], Similarity | None] = {}

    def scores(mapped: Mapped) -> tuple[Similarity | None, ...]:
        scored: list[Similarity | None] = []
        for place, sides in enumerate(interfaces):
            images = mapped_sides(sides, mapped)
            is_of_ligand = any(
                is_ligand_name(image.auth_asym_id) for side in sides for image in side
            )
            if images is None or is_of_ligand:
                scored.append(None)
                continue
            if (place, images) not in known:
                known[place, images] = similarity_of(
                    _poses_of(reference, sides), _poses_of(compared, images)
                )
            scored.append(known[place, images])
        return tuple(scored)

    def total(mapped: Mapped) -> float:
        return sum(found.dockq for found in scores(mapped) if found is not None)

    best = max(_mappings(reference, compared), key=total)
    return best, scores(best)


def images_of(interface: Interface) -> Images:
    """Return the chain images of both sides of an interface."""
    return interface.sides[0].images, interface.sides[1].images


def mapped_sides(sides: Images, mapped: Mapped) -> Images | None:
    """Images of an interface in the other complex, None if one has no partner there."""
    if not all(image in mapped for side in sides for image in side):
        return None
    first, second = (tuple(mapped[image] for image in side) for side in sides)
    return first, second


def _poses_of(compared: NamedComplex, sides: Images) -> tuple[Pose, Pose]:
    return compared.pose(sides[0]), compared.pose(sides[1])


def _mappings(reference: NamedComplex, compared: NamedComplex) -> Iterator[Mapped]:
    """List ways to pair equal chains: all, or those that some superposition of two suggests."""
    shared = {
        protein: (images, compared.copies[protein])
        for protein, images in reference.copies.items()
        if protein in compared.copies
    }
    n_ways = math.prod(
        math.perm(max(map(len, both)), min(map(len, both))) for both in shared.values()
    )
    if n_ways <= MAX_TRIED:
        for ways in product(*(_pairings(*both) for both in shared.values())):
            yield {own: other for way in ways for own, other in way}
        return
    seeds = min(shared.values(), key=lambda both: len(both[0]) * len(both[1]))
    for own, other in product(*seeds):
        yield _nearest(reference, compared, shared, (own, other))


def _pairings(
    own: Sequence[ChainImage], others: Sequence[ChainImage]
) -> Iterator[tuple[tuple[ChainImage, ChainImage], ...]]:
    if len(own) <= len(others):
        for chosen in permutations(others, len(own)):
            yield tuple(zip(own, chosen, strict=True))
    else:
        for chosen in permutations(own, len(others)):
            yield tuple(zip(chosen, others, strict=True))


def _nearest(
    reference: NamedComplex,
    compared: NamedComplex,
    shared: Mapping[str, tuple[list[ChainImage], list[ChainImage]]],
    seed: tuple[ChainImage, ChainImage],
) -> Mapped:
    """Pair copies by their centres after laying one chain upon another."""
    mapped: dict[ChainImage, ChainImage] = {}
    motion = superposition(reference.pose((seed[0],)), compared.pose((seed[1],)))
    if motion is None:
        return mapped
    for own, others in shared.values():
        centres = _centres(reference, own)
        moved = apply_transform(
            _centres(compared, others), motion.rotation, motion.translation
        )
        apart = np.linalg.norm(centres[:, None] - moved[None], axis=2)
        # scipy.optimize takes longer to load than most reports to compare.
        from scipy.optimize import linear_sum_assignment

        rows, columns = linear_sum_assignment(apart)
        mapped |= {own[r]: others[c] for r, c in zip(rows, columns, strict=True)}
    return mapped


def _centres(compared: NamedComplex, images: Sequence[ChainImage]) -> FloatArray:
    return np.array([compared.pose((image,)).coords.mean(axis=0) for image in images])
