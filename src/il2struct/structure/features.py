"""What lies along the sequence of a chain: gaps, tags, helices and strands, sites of sugars, mutations."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from il2struct.arrays import BoolArray, IndexArray
from il2struct.errors import UnknownChainError
from il2struct.kernels.cells import neighbour_pairs
from il2struct.structure.alignment import FOREIGN_STATUS
from il2struct.structure.family import Role, sequons
from il2struct.structure.glycans import LONGEST_COVALENT_BOND_A
from il2struct.structure.model import NO_NUMBER, Chain, atoms_of_residues
from il2struct.structure.named import NamedEntry
from il2struct.structure.roles import ChainRole
from il2struct.structure.secondary import HELIX, secondary_structure

#: Farther apart than this, in Å, the Cα of two residues are not neighbours: trans 3.8 Å, and slack.
LONGEST_STEP_A: Final = 4.3


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainAxis:
    """
    The positions of a chain with the numbers that people know them by.

    `number` holds for each position of the sequence its mature number, in a chain without a role
    the author's, `NO_NUMBER` where there is none; `author` positions by author number and
    insertion code.
    """

    chain: Chain
    role: ChainRole
    number: IndexArray
    author: dict[tuple[int, str], int]

    @property
    def has_role(self) -> bool:
        """Whether the numbers are mature numbers."""
        return self.role.role is not Role.UNKNOWN

    def name(self, position: int) -> str:
        """Letter and number: ``R38``."""
        letter, number = self.chain.sequence[position], int(self.number[position])
        return letter if number == NO_NUMBER else f"{letter}{number}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """
    A gap, tag, helix, strand, sequon, glycan or mutation from a first to a last position, from 0.

    A gap without positions lies between two.
    """

    mark: str
    first: float
    last: float
    first_number: int | None
    last_number: int | None
    label: str


def chain_axis(named: NamedEntry, auth_asym_id: str) -> ChainAxis:
    """Give the positions of a chain their numbers."""
    pairs = zip(named.entry.protein_chains, named.roles, strict=True)
    found = next((p for p in pairs if p[0].auth_asym_id == auth_asym_id), None)
    if found is None:
        raise UnknownChainError(
            auth_asym_id,
            entry_id=named.entry.entry_id,
            available=[c.auth_asym_id for c in named.entry.protein_chains],
        )
    chain, role = found
    residues = named.entry.residues
    authors = residues.auth_number[chain.residue_index]
    number = role.mature_number.copy()
    if role.role is Role.UNKNOWN:
        number = np.full(len(chain.sequence), NO_NUMBER)
        number[chain.position] = authors
    codes = residues.ins_code[chain.residue_index].tolist()
    keys = zip(authors.tolist(), codes, strict=True)
    author = dict(zip(keys, chain.position.tolist(), strict=True))
    return ChainAxis(chain=chain, role=role, number=number, author=author)


def features_of(named: NamedEntry, axis: ChainAxis) -> tuple[Feature, ...]:
    """List what lies along a chain: gap, tag, helix, strand, sequon, glycan, mutation."""
    chain, role = axis.chain, axis.role

    def number(position: int) -> int | None:
        found = int(axis.number[position])
        return None if found == NO_NUMBER else found

    def feature(mark: str, first: int, last: int, label: str) -> Feature:
        return Feature(
            mark=mark,
            first=first,
            last=last,
            first_number=number(first),
            last_number=number(last),
            label=label,
        )

    found = [
        feature("gap", first, last, f"{last - first + 1} residues")
        for first, last in _runs(~role.is_modelled)
    ]
    found += _skipped_numbers(named, axis)
    found += [
        feature("tag", first, last, chain.sequence[first : last + 1])
        for first, last in _runs(np.isin(role.status, FOREIGN_STATUS))
    ]
    counts = {"helix": 0, "strand": 0}
    for stretch in secondary_structure(named.entry, chain):
        mark, letter = ("helix", "α") if stretch.state == HELIX else ("strand", "β")
        counts[mark] += 1
        first, last = chain.position[[stretch.first, stretch.last]].tolist()
        found.append(feature(mark, first, last, f"{letter}{counts[mark]}"))
    found += [feature("sequon", p, p, axis.name(p)) for p in sequons(chain.sequence)]
    found += [feature("glycan", p, p, axis.name(p)) for p in _glycans(named, axis)]
    for place in np.flatnonzero(role.status == "mutation").tolist():
        label = f"{role.reference_letter[place]}{axis.name(place)[1:]}{chain.sequence[place]}"
        found.append(feature("mutation", place, place, label))
    return tuple(found)


def _runs(mask: BoolArray) -> Iterator[tuple[int, int]]:
    """First and last position of each stretch of a mask."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], mask, [False]))))
    for first, stop in edges.reshape(-1, 2).tolist():
        yield first, stop - 1


def _skipped_numbers(named: NamedEntry, axis: ChainAxis) -> Iterator[Feature]:
    """
    Find numbers without positions between residues that are not bonded: nothing is deposited there.

    Where the Cα are neighbours the numbering jumps and nothing is missing (1IGY chain B).
    """
    chain, atoms = axis.chain, named.entry.atoms
    rows = atoms_of_residues(named.entry, chain.residue_index)
    rows = rows[atoms.atom_name[rows] == "CA"]
    places = chain.position[
        np.searchsorted(chain.residue_index, atoms.residue_index[rows])
    ]
    alpha = np.full((len(axis.number), 3), np.nan)
    alpha[places] = atoms.coords[rows]
    step_a = np.linalg.norm(np.diff(alpha, axis=0), axis=1)
    numbers = axis.number
    known = (numbers[1:] != NO_NUMBER) & (numbers[:-1] != NO_NUMBER)
    skips = known & (np.diff(numbers) > 1) & (step_a > LONGEST_STEP_A)
    for place in np.flatnonzero(skips).tolist():
        low, high = int(numbers[place]) + 1, int(numbers[place + 1]) - 1
        yield Feature(
            mark="gap",
            first=place + 0.5,
            last=place + 0.5,
            first_number=low,
            last_number=high,
            label=f"{high - low + 1} numbers",
        )


def _glycans(named: NamedEntry, axis: ChainAxis) -> list[int]:
    """Positions of residues that carry a sugar with coordinates."""
    entry, chain = named.entry, axis.chain
    sugars, polymer = (
        atoms_of_residues(entry, rows)
        for rows in (chain.glycan_index, chain.residue_index)
    )
    if not len(sugars) or not len(polymer):
        return []
    coords = entry.atoms.coords
    pairs = neighbour_pairs(coords[sugars], coords[polymer], LONGEST_COVALENT_BOND_A)
    rows = np.unique(entry.atoms.residue_index[polymer[pairs.index_2]])
    positions: list[int] = chain.position[np.isin(chain.residue_index, rows)].tolist()
    return positions
