"""What lies along a chain: gaps, tags, sugars, mutations, helices and strands."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from il2struct.arrays import BoolArray, IndexArray
from il2struct.errors import UnknownChainError
from il2struct.kernels.cells import neighbour_pairs
from il2struct.structure.alignment import FOREIGN_STATUS
from il2struct.structure.glycans import LONGEST_COVALENT_BOND_A
from il2struct.structure.model import NO_NUMBER, Chain, atoms_of_residues
from il2struct.structure.named import NamedEntry
from il2struct.structure.roles import ChainRole, Role
from il2struct.structure.secondary import HELIX, secondary_structure


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainAxis:
    """
    The positions of a chain with the numbers that people know them by.

    Attributes
    ----------
    chain : Chain
    role : ChainRole
    number : ndarray of int
        For each position of the sequence its mature number, in a chain without a role the
        author's; `NO_NUMBER` where there is none.
    author : dict of (int, str) to int
        Position by author number and insertion code.
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
    Something at one or several positions.

    Attributes
    ----------
    mark : str
        One of gap, tag, helix, strand, sequon, glycan, mutation.
    first, last : float
        Positions, counted from 0, both included; a gap without positions lies between two.
    first_number, last_number : int or None
        Their numbers.
    label : str
    """

    mark: str
    first: float
    last: float
    first_number: int | None
    last_number: int | None
    label: str


def chain_axis(named: NamedEntry, auth_asym_id: str) -> ChainAxis:
    """
    Give the positions of a chain their numbers.

    Parameters
    ----------
    named : NamedEntry
    auth_asym_id : str
        A protein chain.

    Raises
    ------
    UnknownChainError
        If there is no such protein chain.
    """
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
    keys = zip(
        authors.tolist(), residues.ins_code[chain.residue_index].tolist(), strict=True
    )
    author = {
        key: int(place)
        for key, place in zip(
            ((int(n), str(code)) for n, code in keys), chain.position, strict=True
        )
    }
    return ChainAxis(chain=chain, role=role, number=number, author=author)


def features_of(named: NamedEntry, axis: ChainAxis) -> tuple[Feature, ...]:
    """List what lies along a chain: gap, tag, helix, strand, sequon, glycan, mutation."""
    places = {
        "sequon": [(p, axis.name(p)) for p in sequons(axis.chain.sequence)],
        "glycan": [(p, axis.name(p)) for p in _glycans(named, axis)],
        "mutation": [
            (
                p,
                f"{axis.role.reference_letter[p]}{axis.name(p)[1:]}{axis.chain.sequence[p]}",
            )
            for p in np.flatnonzero(axis.role.status == "mutation").tolist()
        ],
    }
    return (
        *_gaps(axis),
        *_tags(axis),
        *_helices_and_strands(named, axis),
        *(
            _feature(axis, mark, place, place, label)
            for mark, found in places.items()
            for place, label in found
        ),
    )


def _number(axis: ChainAxis, position: int) -> int | None:
    number = int(axis.number[position])
    return None if number == NO_NUMBER else number


def _feature(axis: ChainAxis, mark: str, first: int, last: int, label: str) -> Feature:
    return Feature(
        mark=mark,
        first=first,
        last=last,
        first_number=_number(axis, first),
        last_number=_number(axis, last),
        label=label,
    )


def _runs(mask: BoolArray) -> Iterator[tuple[int, int]]:
    """First and last position of each stretch of a mask."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], mask, [False]))))
    for first, stop in edges.reshape(-1, 2).tolist():
        yield first, stop - 1


def _gaps(axis: ChainAxis) -> Iterator[Feature]:
    for first, last in _runs(~axis.role.is_modelled):
        yield _feature(axis, "gap", first, last, f"{last - first + 1} residues")
    numbers = axis.number
    known = (numbers[1:] != NO_NUMBER) & (numbers[:-1] != NO_NUMBER)
    # Skipped numbers without positions: nothing is deposited there, or nothing was ever there.
    for place in np.flatnonzero(known & (np.diff(numbers) > 1)).tolist():
        if axis.role.is_modelled[place] and axis.role.is_modelled[place + 1]:
            low, high = int(numbers[place]) + 1, int(numbers[place + 1]) - 1
            yield Feature(
                mark="gap",
                first=place + 0.5,
                last=place + 0.5,
                first_number=low,
                last_number=high,
                label=f"{high - low + 1} numbers",
            )


def _tags(axis: ChainAxis) -> Iterator[Feature]:
    for first, last in _runs(np.isin(axis.role.status, FOREIGN_STATUS)):
        yield _feature(axis, "tag", first, last, axis.chain.sequence[first : last + 1])


def _helices_and_strands(named: NamedEntry, axis: ChainAxis) -> Iterator[Feature]:
    found = secondary_structure(named.entry, axis.chain)
    counts = {"helix": 0, "strand": 0}
    for stretch in found:
        mark = "helix" if stretch.state == HELIX else "strand"
        counts[mark] += 1
        letter = "α" if mark == "helix" else "β"
        first, last = (
            int(axis.chain.position[place]) for place in (stretch.first, stretch.last)
        )
        yield _feature(axis, mark, first, last, f"{letter}{counts[mark]}")


def sequons(sequence: str) -> tuple[int, ...]:
    """
    Find the places where an asparagine can carry a sugar: N-X-S/T, X not proline.

    Parameters
    ----------
    sequence : str
        One-letter code.

    Examples
    --------
    >>> sequons("ANGSNPTNNTT")
    (1, 7, 8)
    """
    return tuple(
        i
        for i in range(len(sequence) - 2)
        if sequence[i] == "N" and sequence[i + 1] != "P" and sequence[i + 2] in "ST"
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
