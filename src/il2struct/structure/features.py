"""
What lies along the sequence of a chain: gaps, tags, helices and strands, sites of sugars, mutations.

Helices and strands are told by the hydrogen bonds of the backbone (Kabsch & Sander 1983).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Final

import numpy as np
import numpy.typing as npt

from il2struct.arrays import BoolArray, FloatArray, IndexArray
from il2struct.errors import UnknownChainError
from il2struct.structure.alignment import FOREIGN_STATUS
from il2struct.structure.family import Role, sequons
from il2struct.structure.glycans import bonds_by_distance
from il2struct.structure.model import NO_NUMBER, Chain, Entry, atoms_of_residues
from il2struct.structure.named import NamedEntry
from il2struct.structure.roles import ChainRole

#: Farther apart than this, in Å, the Cα of two residues are not neighbours: trans 3.8 Å, and slack.
LONGEST_STEP_A: Final = 4.3
#: States of a residue: α helix, strand of a β ladder, neither.
HELIX: Final = "H"
STRAND: Final = "E"
COIL: Final = ""
#: Atoms of the backbone, in this order wherever a function takes one.
BACKBONE: Final = ("N", "CA", "C", "O")
#: Charges on C=O and N-H times the Coulomb constant, in kcal Å/mol (Kabsch & Sander 1983).
COUPLING_KCAL_A: Final = 0.42 * 0.20 * 332.0
#: A bond has less energy than this, in kcal/mol (Kabsch & Sander 1983).
LARGEST_ENERGY_KCAL: Final = -0.5
#: Length of N-H that places the hydrogen, in Å (Kabsch & Sander 1983).
NH_LENGTH_A: Final = 1.0
#: Longest C-N bond between neighbours in sequence, in Å (Kabsch & Sander 1983).
LONGEST_PEPTIDE_BOND_A: Final = 2.5
#: Atoms nearer than this stand on each other, in Å; DSSP caps their energy in the same way.
SHORTEST_DISTANCE_A: Final = 0.5
#: Residues from the C=O to the N-H of an α turn.
ALPHA_TURN: Final = 4
#: Residues of a β bridge are at least this far apart in sequence.
SHORTEST_LOOP: Final = 3
#: Steps on the two strands to the next bridge of a ladder: one of them at most 2, the other 5, which
#: leaves room for a bulge.
BULGES: Final = tuple(
    (di, dj) for di in range(1, 6) for dj in range(1, 6) if min(di, dj) <= 2
)


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


@dataclass(frozen=True, slots=True)
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
        return Feature(mark, first, last, number(first), number(last), label)

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
    modelled = np.searchsorted(chain.residue_index, atoms.residue_index[rows])
    alpha = np.full((len(axis.number), 3), np.nan)
    alpha[chain.position[modelled]] = atoms.coords[rows]
    step_a = np.linalg.norm(np.diff(alpha, axis=0), axis=1)
    numbers = axis.number
    known = (numbers[1:] != NO_NUMBER) & (numbers[:-1] != NO_NUMBER)
    skips = known & (np.diff(numbers) > 1) & (step_a > LONGEST_STEP_A)
    for place in np.flatnonzero(skips).tolist():
        low, high = int(numbers[place]) + 1, int(numbers[place + 1]) - 1
        middle, label = place + 0.5, f"{high - low + 1} numbers"
        yield Feature("gap", middle, middle, low, high, label)


def _glycans(named: NamedEntry, axis: ChainAxis) -> list[int]:
    """Positions of residues that carry a sugar with coordinates."""
    chain = axis.chain
    bonds = bonds_by_distance(named.entry.atoms, chain.glycan_index)
    carrying = np.isin(chain.residue_index, [bonded for _, bonded in bonds])
    positions: list[int] = chain.position[carrying].tolist()
    return positions


# --- helices and strands ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Stretch:
    """A helix or strand."""

    #: `HELIX` or `STRAND`.
    state: str
    #: first, last: Places in the chain's modelled residues, both included.
    first: int
    last: int


def secondary_structure(entry: Entry, chain: Chain) -> tuple[Stretch, ...]:
    """Find helices and strands of a protein chain, in order; bonds to other chains are not looked at."""
    backbone = backbone_of(entry, chain)
    is_proline = entry.residues.name[chain.residue_index] == "PRO"
    states = backbone_states(backbone, is_proline)
    return stretches(states, is_joined(backbone))


def backbone_of(entry: Entry, chain: Chain) -> FloatArray:
    """N, CA, C and O of a chain's modelled residues, (n, 4, 3) in Å; NaN where an atom is missing."""
    rows = atoms_of_residues(entry, chain.residue_index)[::-1]
    place = np.full(len(entry.residues), -1)
    place[chain.residue_index] = np.arange(len(chain.residue_index))
    backbone = np.full((len(chain.residue_index), len(BACKBONE), 3), np.nan)
    for column, name in enumerate(BACKBONE):
        # The first of a residue is set last.
        named = rows[entry.atoms.atom_name[rows] == name]
        residue = place[entry.atoms.residue_index[named]]
        backbone[residue, column] = entry.atoms.coords[named]
    return backbone


def is_joined(backbone: npt.ArrayLike) -> BoolArray:
    """Tell of backbone atoms (n, 4, 3) whether each residue is bonded to the one before it."""
    atoms = np.asarray(backbone, dtype=np.float64)
    joined = np.zeros(len(atoms), dtype=np.bool_)
    length = np.linalg.norm(atoms[1:, 0] - atoms[:-1, 2], axis=-1)
    joined[1:] = length <= LONGEST_PEPTIDE_BOND_A
    return joined


def backbone_states(
    backbone: npt.ArrayLike, is_proline: npt.ArrayLike
) -> "np.ndarray[tuple[int], np.dtype[np.str_]]":
    """
    Tell of each residue whether it is in an α helix or in a strand.

    The backbone is that of `backbone_of`; prolines have no hydrogen to give. A residue that could be
    both is in the helix. Isolated bridges, turns and 3-10 and π helices are `COIL`.

    References
    ----------
    Kabsch & Sander, Biopolymers 22:2577 (1983).
    """
    atoms = np.asarray(backbone, dtype=np.float64)
    joined = is_joined(atoms)
    # Breaks before each residue: two residues are on one piece if they have the same count.
    piece: IndexArray = np.cumsum(~joined, dtype=np.int64)
    bonds = hydrogen_bonds(atoms, joined, np.asarray(is_proline, dtype=np.bool_))
    states = np.full(len(atoms), COIL, dtype="<U1")
    states[_in_strand(bonds, piece)] = STRAND
    # Within two α turns in a row.
    start = np.arange(max(len(bonds) - ALPHA_TURN, 0))
    turn = bonds[start, start + ALPHA_TURN]
    turn &= piece[start] == piece[start + ALPHA_TURN]
    for i in np.flatnonzero(turn[1:] & turn[:-1]) + 1:
        states[i : i + ALPHA_TURN] = HELIX
    return states


def hydrogen_bonds(
    atoms: FloatArray, joined: BoolArray, is_proline: BoolArray
) -> BoolArray:
    """
    Find the bonds from C=O to N-H by their electrostatic energy.

    Element ``[i, j]`` of the matrix returned: the C=O of i takes the hydrogen of j.
    """
    nitrogen, carbon, oxygen = atoms[:, 0], atoms[:, 2], atoms[:, 3]
    has_hydrogen = joined & ~is_proline
    hydrogen = np.full_like(nitrogen, np.nan)
    along = carbon[:-1] - oxygen[:-1]
    length = np.linalg.norm(along, axis=-1, keepdims=True)
    hydrogen[1:] = nitrogen[1:] + NH_LENGTH_A * along / np.maximum(length, 1e-9)
    hydrogen[~has_hydrogen] = np.nan

    def inverse(a: FloatArray, b: FloatArray) -> FloatArray:
        apart = np.linalg.norm(a[:, None] - b[None, :], axis=-1)
        return np.asarray(1.0 / np.maximum(apart, SHORTEST_DISTANCE_A))

    repulsion = inverse(oxygen, nitrogen) + inverse(carbon, hydrogen)
    attraction = inverse(oxygen, hydrogen), inverse(carbon, nitrogen)
    energy = COUPLING_KCAL_A * (repulsion - attraction[0] - attraction[1])
    # NaN, of an atom that is missing, compares as false.
    found: BoolArray = energy < LARGEST_ENERGY_KCAL
    apart = np.arange(len(atoms))
    found &= np.abs(apart[:, None] - apart[None, :]) > 1
    return found


def _in_strand(bonds: BoolArray, piece: IndexArray) -> BoolArray:
    """Residues of ladders: bridges in a row, bulges included."""
    inside = np.zeros(len(bonds), dtype=np.bool_)
    back = bonds.T
    parallel = (_shifted(bonds, -1, 0) & _shifted(back, 1, 0)) | (
        _shifted(back, 0, -1) & _shifted(bonds, 0, 1)
    )
    antiparallel = (bonds & back) | (_shifted(bonds, -1, 1) & _shifted(back, 1, -1))
    for direction, bridges in ((1, parallel), (-1, antiparallel)):
        found = np.argwhere(bridges).tolist()
        pairs = {(i, j) for i, j in found if j - i >= SHORTEST_LOOP}
        # Two bridges that follow each other on one ladder.
        for (i, j), (di, dj) in product(pairs, BULGES):
            if (i + di, j + direction * dj) not in pairs:
                continue
            for a, b in ((i, i + di), (j, j + direction * dj)):
                low, high = sorted((a, b))
                if piece[low] == piece[high]:
                    inside[low : high + 1] = True
    return inside


def _shifted(bonds: BoolArray, i: int, j: int) -> BoolArray:
    """Return the matrix with ``bonds[a + i, b + j]`` at ``[a, b]``, False outside."""
    n = len(bonds)
    padded = np.pad(bonds, 1)
    window: BoolArray = padded[1 + i : 1 + i + n, 1 + j : 1 + j + n]
    return window


def stretches(
    states: "np.ndarray[tuple[int], np.dtype[np.str_]]", joined: npt.ArrayLike
) -> tuple[Stretch, ...]:
    """Join residues of one state, each bonded to the one before it, to helices and strands."""
    bonded = np.asarray(joined, dtype=np.bool_)
    runs: list[Stretch] = []
    for place, state in enumerate(states.tolist()):
        if state == COIL:
            continue
        last = runs[-1] if runs else None
        if last and last.state == state and last.last == place - 1 and bonded[place]:
            runs[-1] = Stretch(state, last.first, place)
        else:
            runs.append(Stretch(state, place, place))
    return tuple(runs)
