"""Runs of atom records of one residue in a PDB-format file, and what space says of two of them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise
from typing import Final

import numpy as np

from il2struct.arrays import BoolArray, FloatArray, IndexArray, StrArray
from il2struct.structure.chains import CAPS, FIRST_CAPS, LAST_CAPS
from il2struct.structure.pdb_lines import (
    ATOM_LABEL,
    CHAIN,
    NUMBER,
    PLACE,
    RESIDUE_NAME,
    SEGMENT,
    Table,
    field_of,
)
from il2struct.structure.usual_names import usual_names

#: Longest C-N or O3'-P distance, in Å, of residues that are bonded: bonds of 1.33 and 1.61 Å
#: (Engh & Huber 1991) in poor models; atoms that are not bonded stay 2.8 Å apart.
LONGEST_BOND_A: Final = 2.5
#: Longest distance, in Å, of neighbouring alpha carbons where nothing else is there: 3.8 if trans.
LONGEST_ALPHA_STEP_A: Final = 4.3
#: Most that a residue adds to the length of a chain, in Å: the same 3.8 of a stretched chain.
SPAN_A: Final = 3.8
#: Residues that numbers may leave out at a gap, as insertion codes do.
UNCOUNTED: Final = 3
#: Alpha carbons closer than this in Å are conformers of one residue.
SAME_RESIDUE_A: Final = 2.5
#: Atoms of one name closer than this in Å are one atom, written twice.
SAME_ATOM_A: Final = 0.5
#: Atoms of which one set shows that a chain ends …
LAST_ATOMS: Final = ({"OXT"}, {"OT1", "OT2"}, {"OC1", "OC2"}, {"O1", "O2"})
#: … or begins.
FIRST_ATOMS: Final = ({"H1", "H2", "H3"}, {"HT1", "HT2", "HT3"}, {"1H", "2H", "3H"})
#: Atoms that hold the backbone together.
BACKBONE: Final = ("N", "CA", "C", "P", "O3'")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Units:
    """
    Runs of atom records of one residue in one model, in file order.

    Attributes
    ----------
    table : ndarray, shape=(n_atoms, 80)
    coords : ndarray, shape=(n_atoms, 3)
        In Å, NaN where the file has no number.
    labels : list of tuple of str
        Name and alternate location of each atom.
    start, stop : ndarray of int
        Atoms of each unit.
    chain, segment, place, name : ndarray of str
        ``place`` is residue number and insertion code.
    number : ndarray of int
        Residue number, 0 where it is none.
    block : ndarray of int
        How many TER records come before.
    backbone : dict
        For each of `BACKBONE` the atom of each unit, -1 where it has none.
    is_polymer : ndarray of bool
    """

    table: Table
    coords: FloatArray
    labels: list[tuple[str, str]]
    start: IndexArray
    stop: IndexArray
    chain: StrArray
    segment: StrArray
    place: StrArray
    name: StrArray
    number: IndexArray
    block: IndexArray
    backbone: dict[str, IndexArray]
    is_polymer: BoolArray

    def rows_of(self, unit: int) -> slice:
        """Rows of the atoms of a unit."""
        return slice(int(self.start[unit]), int(self.stop[unit]))

    def atoms_of(self, unit: int) -> dict[tuple[str, str], int]:
        """Rows of the atoms of a unit by name and alternate location."""
        rows = self.rows_of(unit)
        return dict(zip(self.labels[rows], range(rows.start, rows.stop), strict=True))

    def distances(
        self, units: IndexArray, others: IndexArray, ends: tuple[str, str]
    ) -> FloatArray:
        """Distance of an atom of each unit to one of another in Å, infinite if one is missing."""
        first, second = self.backbone[ends[0]][units], self.backbone[ends[1]][others]
        apart = np.linalg.norm(self.coords[first] - self.coords[second], axis=1)
        return np.where((first >= 0) & (second >= 0), apart, np.inf)

    def are_bonded(self, units: IndexArray, others: IndexArray) -> BoolArray:
        """Whether each unit is bonded to one that comes behind it in its polymer."""
        peptide = self.distances(units, others, ("C", "N"))
        nucleic = self.distances(units, others, ("O3'", "P"))
        # Of models without more, alpha carbons in reach and numbers in sequence tell.
        alone = (self.backbone["C"][units] < 0) | (self.backbone["N"][others] < 0)
        step = self.number[others] - self.number[units]
        alpha = self.distances(units, others, ("CA", "CA"))
        near: BoolArray = (
            alone & (alpha <= LONGEST_ALPHA_STEP_A) & ((step == 0) | (step == 1))
        )
        near |= (peptide <= LONGEST_BOND_A) | (nucleic <= LONGEST_BOND_A)
        return near


def units_of(table: Table, coords: FloatArray, block: IndexArray) -> Units:
    """
    Cut the atom records of one model into units.

    Parameters
    ----------
    table : ndarray, shape=(n, 80), dtype=uint8
    coords : ndarray, shape=(n, 3)
    block : ndarray of int, shape=(n,)
        How many TER records come before each atom.
    """
    segment = field_of(table, SEGMENT)
    new = np.ones(len(table), dtype=np.bool_)
    residue = slice(RESIDUE_NAME.start, PLACE.stop)
    new[1:] = (table[1:, residue] != table[:-1, residue]).any(axis=1)
    new[1:] |= (segment[1:] != segment[:-1]) | (block[1:] != block[:-1])
    raw = field_of(table, ATOM_LABEL).tolist()
    known = {r: (r[:4].strip().decode(), r[4:].strip().decode()) for r in set(raw)}
    labels = [known[r] for r in raw]
    start = np.flatnonzero(_with_repeats(new, labels, coords))
    stop = np.append(start[1:], len(table))
    first = table[start]
    units = Units(
        table=table,
        coords=coords,
        labels=labels,
        start=start,
        stop=stop,
        chain=_text(first, CHAIN),
        segment=_text(first, SEGMENT),
        place=_text(first, PLACE),
        name=np.char.upper(_text(first, RESIDUE_NAME)),
        number=_numbers(first),
        block=block[start],
        backbone=_backbone(labels, start, stop),
        is_polymer=np.zeros(len(start), dtype=np.bool_),
    )
    return replace(units, is_polymer=_are_polymer(units))


def _backbone(
    labels: Sequence[tuple[str, str]], start: IndexArray, stop: IndexArray
) -> dict[str, IndexArray]:
    unit = np.repeat(np.arange(len(start)), stop - start)
    rows: dict[str, list[int]] = {name: [] for name in BACKBONE}
    for row, (name, _) in enumerate(labels):
        if name in rows:
            rows[name].append(row)
    backbone = {}
    for name, found in rows.items():
        backward = np.array(
            found[::-1], dtype=np.int64
        )  # the first of a unit is set last
        backbone[name] = np.full(len(start), -1)
        backbone[name][unit[backward]] = backward
    return backbone


def _text(table: Table, columns: slice) -> StrArray:
    return np.char.strip(field_of(table, columns)).astype(np.str_)


def _numbers(table: Table) -> IndexArray:
    fields = [text.strip() for text in field_of(table, NUMBER).tolist()]
    is_number = [text.removeprefix(b"-").isdigit() for text in fields]
    return np.array(
        [int(t) if known else 0 for t, known in zip(fields, is_number, strict=True)],
        dtype=np.int64,
    )


def _with_repeats(
    new: BoolArray, labels: Sequence[tuple[str, str]], coords: FloatArray
) -> BoolArray:
    """Begin a unit also where a whole residue of the same number and name begins again."""
    begins = new.copy()
    borders = [*np.flatnonzero(new).tolist(), len(new)]
    for start, stop in pairwise(borders):
        if len(set(labels[start:stop])) == stop - start:
            continue
        seen: dict[tuple[str, str], int] = {}
        for row in range(start, stop):
            if labels[row] in seen and _begins_residue(labels, coords, row, stop, seen):
                begins[row] = True
                seen = {}
            seen.setdefault(labels[row], row)
    return begins


def _begins_residue(
    labels: Sequence[tuple[str, str]],
    coords: FloatArray,
    row: int,
    stop: int,
    seen: dict[tuple[str, str], int],
) -> bool:
    """Whether the repeated name at a row begins a residue that stands elsewhere."""
    behind = {labels[r]: r for r in range(stop - 1, row - 1, -1)}
    alpha = ("CA", labels[row][1])
    if alpha not in seen:
        # A ligand begins again with its first atom, and lies elsewhere with all.
        shared = [(seen[label], behind[label]) for label in seen.keys() & behind.keys()]
        apart = np.linalg.norm(np.subtract(*coords[np.array(shared).T]), axis=1)
        return labels[row] == next(iter(seen)) and bool((apart > SAME_RESIDUE_A).all())
    ends = {("N", alpha[1]), ("C", alpha[1])}
    if alpha not in behind or (len(seen) > 1 and not ends <= behind.keys()):
        return False
    return bool(
        np.linalg.norm(coords[behind[alpha]] - coords[seen[alpha]]) > SAME_RESIDUE_A
    )


@cache
def is_known(name: str) -> tuple[bool, bool]:
    """
    Tell whether a residue is in the tables, and whether it is of a polymer there.

    Parameters
    ----------
    name : str
    """
    import gemmi

    table = gemmi.find_tabulated_residue(usual_names().get(name, name))
    is_polymer = table.is_amino_acid() or table.is_nucleic_acid() or name in CAPS
    return table.found() or name in CAPS, is_polymer


@cache
def is_water(name: str) -> bool:
    """
    Tell whether a residue is water by its name.

    Parameters
    ----------
    name : str
    """
    import gemmi

    return bool(gemmi.find_tabulated_residue(usual_names().get(name, name)).is_water())


def _are_polymer(units: Units) -> BoolArray:
    """
    Which units are of a polymer.

    Amino acids and nucleotides of ATOM records are, and so is what is bonded to them in line: caps,
    modified residues, those of HETATM records. What is bonded to nothing is a ligand.
    """
    known = np.array([is_known(name) for name in units.name.tolist()], dtype=np.bool_)
    found, listed = known.reshape(-1, 2).T
    is_atom = units.table[units.start, 0] == ord("A")
    if not (is_atom & listed).any():
        is_atom = np.ones_like(is_atom)  # a program that calls every atom HETATM
    held = np.all([units.backbone[name] >= 0 for name in ("N", "CA", "C")], axis=0)
    result: BoolArray = is_atom & (listed | (~found & held))
    is_dry = np.array(
        [not is_water(name) for name in units.name.tolist()], dtype=np.bool_
    )
    open_ = np.flatnonzero(~result & is_dry).tolist()
    n_open = -1
    while n_open != len(open_):
        n_open = len(open_)
        for unit in open_:
            result[unit] = _is_bonded_to(units, result, unit)
        open_ = [unit for unit in open_ if not result[unit]]
    return result


def _is_bonded_to(units: Units, polymer: BoolArray, unit: int) -> bool:
    """Whether a unit is bonded to the polymer unit before or behind it."""
    for other, end in ((unit - 1, "C"), (unit + 1, "N")):
        if (
            0 <= other < len(polymer)
            and polymer[other]
            and units.chain[other] == units.chain[unit]
            and (atom := int(units.backbone[end][other])) >= 0
        ):
            apart = units.coords[units.rows_of(unit)] - units.coords[atom]
            if (np.linalg.norm(apart, axis=1) <= LONGEST_BOND_A).any():
                return True
    return False


def is_same_residue(units: Units, unit: int, other: int) -> bool:
    """
    Tell whether a unit adds atoms or a conformer to another at the same place, or repeats it.

    Parameters
    ----------
    units : Units
    unit, other : int
        Rows.
    """
    here, there = units.atoms_of(unit), units.atoms_of(other)
    conformers = {alt for _, alt in here}, {alt for _, alt in there}
    if all(c != {""} for c in conformers) and conformers[0] != conformers[1]:
        return True
    rows = np.array([unit]), np.array([other])
    if units.distances(*rows, ("CA", "CA"))[0] <= SAME_RESIDUE_A:
        return True
    if units.name[unit] != units.name[other]:
        return False
    shared = here.keys() & there.keys()
    if shared:
        return all(
            np.linalg.norm(units.coords[here[a]] - units.coords[there[a]])
            <= SAME_ATOM_A
            for a in shared
        )
    pairs = (
        units.coords[list(here.values())][:, None] - units.coords[list(there.values())]
    )
    return bool((np.linalg.norm(pairs, axis=2) <= LONGEST_BOND_A).any())


def is_marked_end(units: Units, before: int, unit: int) -> bool:
    """
    Tell whether atoms show that a polymer ends or begins between two units.

    Parameters
    ----------
    units : Units
    before, unit : int
        Rows.
    """
    if units.name[before] in LAST_CAPS or units.name[unit] in FIRST_CAPS:
        return True
    last = {name for name, _ in units.atoms_of(before)}
    first = {name for name, _ in units.atoms_of(unit)}
    return any(last >= ends for ends in LAST_ATOMS) or any(
        first >= begins for begins in FIRST_ATOMS
    )


def is_too_far(units: Units, before: int, unit: int) -> bool:
    """
    Tell whether the residues that numbers leave out cannot reach from one unit to the next.

    Parameters
    ----------
    units : Units
    before, unit : int
        Rows.
    """
    rows = np.array([before]), np.array([unit])
    distance = units.distances(*rows, ("CA", "CA"))[0]
    step = int(units.number[unit] - units.number[before]) + UNCOUNTED
    return bool(np.isfinite(distance) and distance > SPAN_A * step)
