"""Helices and strands of a chain from its backbone, by the hydrogen bonds of Kabsch and Sander."""

from dataclasses import dataclass
from itertools import product
from typing import Final

import numpy as np
import numpy.typing as npt

from il2struct.arrays import BoolArray, FloatArray, IndexArray
from il2struct.structure.model import Chain, Entry, atoms_of_residues

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


@dataclass(frozen=True, slots=True)
class Stretch:
    """A helix or strand."""

    #: `HELIX` or `STRAND`.
    state: str
    #: first, last: Places in the chain's modelled residues, both included.
    first: int
    last: int


def secondary_structure(entry: Entry, chain: Chain) -> tuple[Stretch, ...]:
    """
    Find the helices and strands of a protein chain, in the order of its sequence.

    Bonds to other chains are not looked at.

    References
    ----------
    Kabsch & Sander, Biopolymers 22:2577 (1983).
    """
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
        backbone[place[entry.atoms.residue_index[named]], column] = entry.atoms.coords[
            named
        ]
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
    states[_in_helix(bonds, piece)] = HELIX
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
    inverse = [
        1.0
        / np.maximum(
            np.linalg.norm(a[:, None] - b[None, :], axis=-1), SHORTEST_DISTANCE_A
        )
        for a, b in (
            (oxygen, nitrogen),
            (carbon, hydrogen),
            (oxygen, hydrogen),
            (carbon, nitrogen),
        )
    ]
    energy = COUPLING_KCAL_A * (inverse[0] + inverse[1] - inverse[2] - inverse[3])
    # NaN, of an atom that is missing, compares as false.
    found: BoolArray = energy < LARGEST_ENERGY_KCAL
    apart = np.arange(len(atoms))
    found &= np.abs(apart[:, None] - apart[None, :]) > 1
    return found


def _in_helix(bonds: BoolArray, piece: IndexArray) -> BoolArray:
    """Residues within two α turns in a row."""
    n = len(bonds)
    inside = np.zeros(n, dtype=np.bool_)
    start = np.arange(max(n - ALPHA_TURN, 0))
    turn = bonds[start, start + ALPHA_TURN] & (
        piece[start] == piece[start + ALPHA_TURN]
    )
    for i in np.flatnonzero(turn[1:] & turn[:-1]) + 1:
        inside[i : i + ALPHA_TURN] = True
    return inside


def _in_strand(bonds: BoolArray, piece: IndexArray) -> BoolArray:
    """Residues of ladders: bridges in a row, bulges included."""
    inside = np.zeros(len(bonds), dtype=np.bool_)
    back = bonds.T
    parallel = (_shifted(bonds, -1, 0) & _shifted(back, 1, 0)) | (
        _shifted(back, 0, -1) & _shifted(bonds, 0, 1)
    )
    antiparallel = (bonds & back) | (_shifted(bonds, -1, 1) & _shifted(back, 1, -1))
    for direction, bridges in ((1, parallel), (-1, antiparallel)):
        pairs = {
            (i, j) for i, j in np.argwhere(bridges).tolist() if j - i >= SHORTEST_LOOP
        }
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
