"""
Which atoms of a PDB-format file make a residue, and which residues a polymer.

Chain names, TER records and the order of lines are habits of programs: some write TER at every
gap, side chains behind all backbones, hydrogens at the end of the file, or every chain without a
name. What holds everywhere is that a residue has each atom once, that bonded residues belong
together, and that a polymer has each residue number once.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import pairwise
from string import ascii_lowercase, ascii_uppercase
from typing import Final

import numpy as np

from il2struct.arrays import BoolArray, FloatArray, IndexArray, StrArray
from il2struct.structure.model import Note
from il2struct.structure.pdb_lines import (
    ALTLOC,
    ATOM_NAME,
    CHAIN,
    COORDINATE_COLUMNS,
    PLACE,
    RESIDUE_NAME,
    SEGMENT,
    PdbLines,
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
#: Caps of simulated chains, which the table of residues does not count as amino acids.
CAPS: Final = ("ACE", "NME", "NMA", "NH2", "NHE", "FOR")
#: With more segments than this share of residues, the columns hold something else.
MOST_SEGMENTS: Final = 0.1
#: Columns of the residue number without its insertion code.
NUMBER: Final = slice(PLACE.start, PLACE.stop - 1)
#: Insertion codes, in the order in which they are given.
CODES: Final = ascii_uppercase + ascii_lowercase
#: Atoms that hold the backbone together.
BACKBONE: Final = ("N", "CA", "C", "P", "O3'")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Arranged:
    """
    Lines whose polymers stand one after the other, each before its own TER.

    Attributes
    ----------
    lines : list of bytes
    shares_names : bool
        Whether several polymers have one chain name, so that only TER tells them apart.
    notes : list of Note
        What was put together or taken apart in the first model.
    """

    lines: list[bytes]
    shares_names: bool
    notes: list[Note]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Units:
    """
    Runs of atom records of one residue in one model, in file order.

    Attributes
    ----------
    table : ndarray, shape=(n_atoms, 80)
    coords : ndarray, shape=(n_atoms, 3)
    labels : list of tuple of str
        Name and alternate location of each atom.
    start, stop : ndarray of int
        Atoms of each unit.
    chain, segment, place, name : ndarray of str
        ``place`` is residue number and insertion code.
    number_text : ndarray of str
        Residue number as the file has it.
    number : ndarray of int
        The same, 0 where it is none.
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
    number_text: StrArray
    number: IndexArray
    block: IndexArray
    backbone: dict[str, IndexArray]
    is_polymer: BoolArray

    def distance(self, first: int, atom: str, second: int, other: str) -> float:
        """Distance of two backbone atoms in Å, infinite if one is missing."""
        rows = self.backbone[atom][first], self.backbone[other][second]
        if min(rows) < 0:
            return np.inf
        return float(np.linalg.norm(self.coords[rows[0]] - self.coords[rows[1]]))

    def rows_of(self, unit: int) -> slice:
        """Rows of the atoms of a unit."""
        return slice(int(self.start[unit]), int(self.stop[unit]))

    def atoms_of(self, unit: int) -> dict[tuple[str, str], int]:
        """Rows of the atoms of a unit by name and alternate location."""
        rows = self.rows_of(unit)
        return dict(zip(self.labels[rows], range(rows.start, rows.stop), strict=True))

    def are_bonded(self, first: int, second: int) -> bool:
        """Whether a unit is bonded to the one that comes next in its polymer."""
        has_ends = self.backbone["C"][first] >= 0 and self.backbone["N"][second] >= 0
        if not has_ends and self.backbone["CA"][first] >= 0:
            alpha = self.distance(first, "CA", second, "CA")
            if alpha <= LONGEST_ALPHA_STEP_A:
                return bool(self.number[second] - self.number[first] in (0, 1))
        ends = (("C", "N"), ("O3'", "P"))
        return any(
            self.distance(first, atom, second, other) <= LONGEST_BOND_A
            for atom, other in ends
        )


@dataclass(slots=True, eq=False)
class _Polymer:
    """
    A polymer as it is put together.

    Attributes
    ----------
    strands : list of list of str
        Places in their order; one strand for each part between which the file has something else.
    at_place : dict
        Units by place.
    n_late : int
        Units that belong to a residue before them in the file.
    n_codes : int
        Residues that were given an insertion code.
    """

    strands: list[list[str]] = field(default_factory=list)
    at_place: dict[str, list[int]] = field(default_factory=dict)
    n_late: int = 0
    n_codes: int = 0

    def ordered(self) -> list[int]:
        """Units residue by residue."""
        places = dict.fromkeys(place for strand in self.strands for place in strand)
        return [unit for place in places for unit in self.at_place[place]]

    def last(self) -> int:
        """Return the unit of the last residue that was added last."""
        return self.at_place[self.strands[-1][-1]][-1]


def arranged(atoms: PdbLines) -> Arranged:
    """
    Gather the atoms of each residue and the residues of each polymer.

    Parameters
    ----------
    atoms : PdbLines

    Returns
    -------
    Arranged
        The lines as they are if they are in order.
    """
    listed = {
        line[10:12].strip().decode() for line in atoms.lines if line[:6] == b"SEQRES"
    }
    is_model = [line.startswith((b"MODEL ", b"ENDMDL")) for line in atoms.lines]
    is_end = [line.startswith(b"TER") for line in atoms.lines]
    model, block = np.cumsum(is_model)[atoms.rows], np.cumsum(is_end)[atoms.rows]
    replaced: list[tuple[int, int, list[bytes]]] = []
    shares_names = False
    notes: list[Note] = []
    for number in np.unique(model).tolist():
        rows = np.flatnonzero(model == number)
        units = _units_of(atoms.table[rows], block[rows])
        trusted = _trusted(units, listed)
        read = {
            name: _polymers(units, own, is_trusted=name in trusted)
            for name, own in _polymer_units(units).items()
        }
        shares_names |= any(len(polymers) > 1 for polymers in read.values())
        notes = notes or _notes(read)
        if _is_in_order(units, read):
            continue
        first, last = int(atoms.rows[rows[0]]), int(atoms.rows[rows[-1]])
        while last + 1 < len(atoms.lines) and is_end[last + 1]:
            last += 1
        replaced.append((first, last + 1, _lines_of(units, read)))
    lines = list(atoms.lines)
    for first, stop, inside in reversed(replaced):
        lines[first:stop] = inside
    return Arranged(lines=lines, shares_names=shares_names, notes=notes)


# --- units ---------------------------------------------------------------------------------------


def _units_of(table: Table, block: IndexArray) -> _Units:
    atom_name, altloc = _text(table, ATOM_NAME), _text(table, ALTLOC)
    place, segment = _text(table, PLACE), _segments(table)
    keys = np.column_stack(
        [
            _text(table, RESIDUE_NAME),
            _text(table, CHAIN),
            place,
            segment,
            block.astype(str),
        ]
    )
    new = np.ones(len(table), dtype=np.bool_)
    new[1:] = (keys[1:] != keys[:-1]).any(axis=1)
    labels = list(zip(atom_name.tolist(), altloc.tolist(), strict=True))
    coords = _coordinates(table)
    start = np.flatnonzero(_with_repeats(new, labels, coords))
    stop = np.append(start[1:], len(table))
    unit = np.repeat(np.arange(len(start)), stop - start)
    backbone = {}
    for name in BACKBONE:
        backbone[name] = np.full(len(start), -1)
        rows = np.flatnonzero(atom_name == name)[
            ::-1
        ]  # the first of a unit is set last
        backbone[name][unit[rows]] = rows
    units = _Units(
        table=table,
        coords=coords,
        labels=labels,
        start=start,
        stop=stop,
        chain=_text(table, CHAIN)[start],
        segment=segment[start],
        place=place[start],
        name=np.char.upper(_text(table, RESIDUE_NAME)[start]),
        number_text=_text(table, NUMBER)[start],
        number=_numbers(table[start]),
        block=block[start],
        backbone=backbone,
        is_polymer=np.zeros(len(start), dtype=np.bool_),
    )
    return replace(units, is_polymer=_are_polymer(units))


def _text(table: Table, columns: slice) -> StrArray:
    return np.char.strip(field_of(table, columns)).astype(np.str_)


def _segments(table: Table) -> StrArray:
    """Segment names, blank where the columns are not used for them."""
    names = _text(table, SEGMENT)
    n_residues = len(np.unique(field_of(table, PLACE)))
    if len(np.unique(names)) > max(2.0, MOST_SEGMENTS * n_residues):
        return np.full(len(names), "")
    return names


def _coordinates(table: Table) -> FloatArray:
    columns = [field_of(table, slice(*columns)) for columns in COORDINATE_COLUMNS]
    return np.column_stack([_as_floats(column) for column in columns])


def _as_floats(column: "np.typing.NDArray[np.bytes_]") -> FloatArray:
    try:
        return column.astype(np.float64)
    except ValueError:
        return np.array([_as_float(text) for text in column.tolist()])


def _as_float(text: bytes) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")


def _numbers(table: Table) -> IndexArray:
    fields = field_of(table, NUMBER).tolist()
    return np.array([_number(text.strip()) for text in fields], dtype=np.int64)


def _number(text: bytes) -> int:
    digits = text.removeprefix(b"-")
    return int(text) if digits.isdigit() else 0


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
    alpha = ("CA", labels[row][1])
    behind = {labels[r]: r for r in range(stop - 1, row - 1, -1)}
    if alpha not in seen or alpha not in behind:
        return False
    if len(seen) > 1 and not {("N", alpha[1]), ("C", alpha[1])} <= set(behind):
        return False
    apart = np.linalg.norm(coords[behind[alpha]] - coords[seen[alpha]])
    return bool(apart > SAME_RESIDUE_A)


@cache
def _is_known(name: str) -> tuple[bool, bool]:
    """Whether a residue is in the tables, and whether it is of a polymer there."""
    import gemmi

    table = gemmi.find_tabulated_residue(usual_names().get(name, name))
    is_polymer = table.is_amino_acid() or table.is_nucleic_acid() or name in CAPS
    return table.found() or name in CAPS, is_polymer


def _are_polymer(units: _Units) -> BoolArray:
    """
    Which units are of a polymer.

    Amino acids and nucleotides of ATOM records are, and so is what is bonded to them in line: caps,
    modified residues, those of HETATM records. What is bonded to nothing is a ligand.
    """
    known = np.array([_is_known(name) for name in units.name.tolist()], dtype=np.bool_)
    found, listed = known.reshape(-1, 2).T
    is_atom = units.table[units.start, 0] == ord("A")
    held = np.all([units.backbone[name] >= 0 for name in ("N", "CA", "C")], axis=0)
    result: BoolArray = is_atom & (listed | (~found & held))
    open_ = np.flatnonzero(~result & (listed | ~found)).tolist()
    n_open = -1
    while n_open != len(open_):
        n_open = len(open_)
        for unit in open_:
            result[unit] = _is_bonded_to(units, result, unit)
        open_ = [unit for unit in open_ if not result[unit]]
    return result


def _is_bonded_to(units: _Units, polymer: BoolArray, unit: int) -> bool:
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


# --- polymers ------------------------------------------------------------------------------------


def _polymer_units(units: _Units) -> dict[str, list[int]]:
    """Units of polymers by chain name."""
    result: dict[str, list[int]] = {}
    for unit in np.flatnonzero(units.is_polymer).tolist():
        result.setdefault(str(units.chain[unit]), []).append(unit)
    return result


def _trusted(units: _Units, listed: Iterable[str]) -> set[str]:
    """Chain names that tell polymers apart: SEQRES has them, or there are several."""
    names = set(units.chain[units.is_polymer].tolist()) - {""}
    return names if len(names) > 1 else names & set(listed)


def _polymers(units: _Units, own: Sequence[int], *, is_trusted: bool) -> list[_Polymer]:
    """Put the units of one chain name together as polymers."""
    polymers: list[_Polymer] = []
    latest: list[_Polymer] = []
    for piece in _pieces(units, own, is_trusted=is_trusted):
        rest = []
        for unit in piece:
            owner = _owner(units, unit, [*latest, *polymers])
            if owner is None:
                rest.append(unit)
                continue
            owner.at_place[str(units.place[unit])].append(unit)
            owner.n_late += 1
            latest = [owner]
        if not rest:
            continue
        # A name that says nothing still holds what stands among the residues of a polymer.
        holds = is_trusted or len(rest) < len(piece)
        candidates = [*latest, *reversed(polymers)] if holds else []
        taken = set(units.place[rest].tolist())
        goes_on = (p for p in candidates if not taken & p.at_place.keys())
        polymer = next(goes_on, None)
        if polymer is None:
            polymer = _Polymer()
            polymers.append(polymer)
        _add_strand(units, rest, polymer)
        latest = [polymer]
    return polymers


def _pieces(
    units: _Units, own: Sequence[int], *, is_trusted: bool
) -> Iterator[list[int]]:
    """Cut the units of one chain name where the file, the numbers or space say that it may end."""
    polymer_order = np.cumsum(units.is_polymer)
    steps = {pair: None for pair in pairwise(own) if not units.are_bonded(*pair)}
    ends = set() if is_trusted else _ends(units, list(steps))
    piece = [own[0]]
    for before, unit in pairwise(own):
        if (before, unit) in ends or (
            (before, unit) in steps
            and (
                units.block[before] != units.block[unit]
                or units.segment[before] != units.segment[unit]
                or polymer_order[unit] - polymer_order[before] > 1
                or units.number[unit] < units.number[before]
            )
        ):
            yield piece
            piece = []
        piece.append(unit)
    yield piece


def _ends(units: _Units, steps: Sequence[tuple[int, int]]) -> set[tuple[int, int]]:
    """Steps between units that are not bonded at which a polymer ends, if the file does not say."""
    steps = [(u, v) for u, v in steps if units.place[u] != units.place[v]]
    marked = {step for step in steps if _is_marked_end(units, *step)}
    # A program that marks ends marks all; then other steps are gaps, however wide.
    return marked or {step for step in steps if _is_too_far(units, *step)}


def _is_marked_end(units: _Units, before: int, unit: int) -> bool:
    """Whether atoms show that a polymer ends or begins."""
    last = {name for name, _ in units.atoms_of(before)}
    first = {name for name, _ in units.atoms_of(unit)}
    return any(last >= ends for ends in LAST_ATOMS) or any(
        first >= begins for begins in FIRST_ATOMS
    )


def _is_too_far(units: _Units, before: int, unit: int) -> bool:
    """Whether the residues that numbers leave out cannot reach from one unit to the next."""
    distance = units.distance(before, "CA", unit, "CA")
    step = int(units.number[unit] - units.number[before]) + UNCOUNTED
    return bool(np.isfinite(distance) and distance > SPAN_A * step)


def _owner(units: _Units, unit: int, polymers: Sequence[_Polymer]) -> _Polymer | None:
    """Return the polymer that has the residue of which a unit is a further part."""
    place, name = str(units.place[unit]), units.name[unit]
    having = [polymer for polymer in polymers if place in polymer.at_place]
    for polymer in having:
        if any(_is_same_residue(units, unit, v) for v in polymer.at_place[place]):
            return polymer
    # A stray atom is no residue, wherever it is.
    if all(units.backbone[atom][unit] < 0 for atom in BACKBONE):
        same = (p for p in having if name in units.name[p.at_place[place]])
        return next(same, None)
    return None


def _is_same_residue(units: _Units, unit: int, other: int) -> bool:
    """Whether a unit adds atoms or a conformer to another at the same place, or repeats it."""
    here, there = units.atoms_of(unit), units.atoms_of(other)
    conformers = {alt for _, alt in here}, {alt for _, alt in there}
    if all(c != {""} for c in conformers) and conformers[0] != conformers[1]:
        return True
    if units.distance(unit, "CA", other, "CA") <= SAME_RESIDUE_A:
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


def _add_strand(units: _Units, piece: Sequence[int], polymer: _Polymer) -> None:
    """Add units as a strand of their own, with codes where residues share a number."""
    before = polymer.last() if polymer.strands else None
    places = []
    for unit in piece:
        place = str(units.place[unit])
        rivals = polymer.at_place.get(place, [])
        if rivals and not any(_is_same_residue(units, unit, rival) for rival in rivals):
            place = _free_place(units, unit, polymer)
            polymer.n_codes += 1
        polymer.at_place.setdefault(place, []).append(unit)
        places.append(place)
    if before == piece[0] - 1 and units.block[before] == units.block[piece[0]]:
        polymer.strands[-1] += places
        return
    polymer.strands.append(places)
    first = {strand[0]: polymer.at_place[strand[0]][0] for strand in polymer.strands}
    polymer.strands.sort(key=lambda strand: int(units.number[first[strand[0]]]))


def _free_place(units: _Units, unit: int, polymer: _Polymer) -> str:
    """Give a unit the next insertion code that is free at its number."""
    number = str(units.number_text[unit])
    free = (c for c in CODES if f"{number}{c}" not in polymer.at_place)
    code = next(free, CODES[-1])
    units.table[units.rows_of(unit), PLACE.stop - 1] = ord(code)
    return f"{number}{code}"


# --- lines ---------------------------------------------------------------------------------------


def _is_in_order(units: _Units, read: dict[str, list[_Polymer]]) -> bool:
    """Whether the file has its polymers as they were put together."""
    polymers = [polymer for named in read.values() for polymer in named]
    order = [unit for polymer in polymers for unit in polymer.ordered()]
    return (
        len(polymers) == len(read)
        and order == np.flatnonzero(units.is_polymer).tolist()
        and not any(polymer.n_codes for polymer in polymers)
        and all(len(np.unique(units.block[p.ordered()])) == 1 for p in polymers)
        and not _has_stray(units)
    )


def _has_stray(units: _Units) -> bool:
    """Whether a residue that no table knows stands before or within a polymer, not bonded to it."""
    for unit in np.flatnonzero(~units.is_polymer).tolist():
        if not _is_known(str(units.name[unit]))[0]:
            behind = units.is_polymer[unit:]
            behind = behind & (units.chain[unit:] == units.chain[unit])
            if (behind & (units.block[unit:] == units.block[unit])).any():
                return True
    return False


def _lines_of(units: _Units, read: dict[str, list[_Polymer]]) -> list[bytes]:
    """Atoms by polymer, each before a TER, and all others behind."""
    lines = []
    polymers = [polymer.ordered() for named in read.values() for polymer in named]
    for polymer in sorted(polymers, key=min):
        for unit in polymer:
            rows = units.rows_of(unit)
            # gemmi tells residues apart by segments too.
            units.table[rows, SEGMENT] = units.table[units.start[polymer[0]], SEGMENT]
            lines += [row.tobytes() for row in units.table[rows]]
        lines.append(b"TER")
    for unit in np.flatnonzero(~units.is_polymer).tolist():
        lines += [row.tobytes() for row in units.table[units.rows_of(unit)]]
    return lines


def _notes(read: dict[str, list[_Polymer]]) -> list[Note]:
    polymers = [(name, polymer) for name, named in read.items() for polymer in named]
    found = (
        (
            "chain_parts_joined",
            {name: len(p.strands) - 1 for name, p in polymers},
            "Parts of a chain between which the file has TER or other chains are one chain: their "
            "numbers go on.",
        ),
        (
            "residue_parts_joined",
            {name: p.n_late for name, p in polymers},
            "Parts of residues that stand apart in the file are put together by number and place.",
        ),
        (
            "insertion_codes_given",
            {name: p.n_codes for name, p in polymers},
            "Residues that share a number are told apart by insertion codes, which the file does "
            "not have.",
        ),
    )
    return [
        Note(
            topic=topic,
            subject=", ".join(n for n, c in counts.items() if c and n),
            count=sum(counts.values()),
            message=text,
        )
        for topic, counts, text in found
        if any(counts.values())
    ]
