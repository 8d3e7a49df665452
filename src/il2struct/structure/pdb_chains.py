"""
Which atoms of a PDB-format file make a residue, and which residues a polymer.

Chain names, TER records and the order of lines are habits of programs: some write TER at every
gap, side chains behind all backbones, hydrogens at the end of the file, or every chain without a
name. What holds everywhere is that a residue has each atom once, that bonded residues belong
together, and that a polymer has each residue number once.
"""

from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import chain, pairwise
from string import ascii_lowercase, ascii_uppercase
from typing import Final

import numpy as np

from il2struct.arrays import BoolArray, FloatArray, IndexArray, StrArray
from il2struct.errors import ParseError
from il2struct.structure.chains import CAPS, FIRST_CAPS, LAST_CAPS, letter_of
from il2struct.structure.family import shipped_family
from il2struct.structure.model import Note
from il2struct.structure.pdb_lines import (
    ATOM_LABEL,
    CHAIN,
    NUMBER,
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


#: Fewest residues by which a stretch is found in a reference: eight in a row occur once in the
#: human proteome as a rule.
SHORTEST_STRETCH: Final = 8
#: Fraction of a stretch that equals the reference, mutations allowed.
STRETCH_IDENTITY: Final = 0.85
#: Atoms of one residue are at most this far apart in Å: from N to the end of arginine it is 9.
LONGEST_RESIDUE_A: Final = 10.0
#: Insertion codes, in the order in which they are given.
CODES: Final = ascii_uppercase + ascii_lowercase


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
    heads = [line[:6] for line in atoms.lines]
    listed = {
        line[10:12].strip().decode()
        for line, head in zip(atoms.lines, heads, strict=True)
        if head == b"SEQRES"
    }
    is_model = [head in (b"MODEL ", b"ENDMDL") for head in heads]
    is_end = [head[:3] == b"TER" for head in heads]
    model, block = np.cumsum(is_model)[atoms.rows], np.cumsum(is_end)[atoms.rows]
    replaced: list[tuple[int, int, list[bytes]]] = []
    shares_names = False
    notes: list[Note] = []
    for number in np.unique(model).tolist():
        rows = np.flatnonzero(model == number)
        units = units_of(atoms.table[rows], atoms.coords[rows], block[rows])
        trusted = _trusted(units, listed)
        read = {
            name: _polymers(units, own, is_trusted=name in trusted)
            for name, own in _polymer_units(units).items()
        }
        shares_names |= any(len(polymers) > 1 for polymers in read.values())
        n_codes = _tell_ligands_apart(units)
        notes = notes or _notes(read, n_codes)
        if not n_codes and _is_in_order(units, read):
            continue
        first, last = int(atoms.rows[rows[0]]), int(atoms.rows[rows[-1]])
        while last + 1 < len(atoms.lines) and is_end[last + 1]:
            last += 1
        replaced.append((first, last + 1, _lines_of(units, read)))
    lines = list(atoms.lines)
    for first, stop, inside in reversed(replaced):
        lines[first:stop] = inside
    return Arranged(lines=lines, shares_names=shares_names, notes=notes)


# --- polymers ------------------------------------------------------------------------------------


def _polymer_units(units: Units) -> dict[str, list[int]]:
    """Units of polymers by chain name."""
    result: dict[str, list[int]] = {}
    for unit in np.flatnonzero(units.is_polymer).tolist():
        result.setdefault(str(units.chain[unit]), []).append(unit)
    return result


def _trusted(units: Units, listed: Iterable[str]) -> set[str]:
    """Chain names that tell polymers apart: SEQRES has them, or there are several."""
    names = set(units.chain[units.is_polymer].tolist()) - {""}
    return names if len(names) > 1 else names & set(listed)


def _polymers(units: Units, own: Sequence[int], *, is_trusted: bool) -> list[_Polymer]:
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
    return polymers if is_trusted else _joined_by_sequence(units, polymers)


def _pieces(
    units: Units, own: Sequence[int], *, is_trusted: bool
) -> Iterator[list[int]]:
    """Cut the units of one chain name where the file, the numbers or space say that it may end."""
    polymer_order = np.cumsum(units.is_polymer)
    before, behind = (
        np.array(own[:-1], dtype=np.int64),
        np.array(own[1:], dtype=np.int64),
    )
    is_apart = ~units.are_bonded(before, behind)
    steps = list(zip(before[is_apart].tolist(), behind[is_apart].tolist(), strict=True))
    is_cut = (
        (units.block[before] != units.block[behind])
        | (units.segment[before] != units.segment[behind])
        | (polymer_order[behind] - polymer_order[before] > 1)
        | (units.number[behind] < units.number[before])
    )
    begins = set(behind[is_apart & is_cut].tolist())
    if not is_trusted:
        begins |= {unit for _, unit in _ends(units, steps)}
    piece: list[int] = []
    for unit in own:
        if unit in begins:
            yield piece
            piece = []
        piece.append(unit)
    yield piece


def _ends(units: Units, steps: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Choose the steps between units that are not bonded at which a polymer may end."""
    return [
        step
        for step in steps
        if units.place[step[0]] != units.place[step[1]]
        and (is_marked_end(units, *step) or is_too_far(units, *step))
    ]


def _owner(units: Units, unit: int, polymers: Sequence[_Polymer]) -> _Polymer | None:
    """Return the polymer that has the residue of which a unit is a further part."""
    place, name = str(units.place[unit]), units.name[unit]
    having = [polymer for polymer in polymers if place in polymer.at_place]
    for polymer in having:
        if any(is_same_residue(units, unit, v) for v in polymer.at_place[place]):
            return polymer
    same = [p for p in having if name in units.name[p.at_place[place]]]
    near = [p for p in same if _adds_near(units, unit, p.at_place[place])]
    # A stray atom is no residue, wherever it is.
    is_stray = all(units.backbone[atom][unit] < 0 for atom in BACKBONE)
    return next(iter(near or (same if is_stray else ())), None)


def _adds_near(units: Units, unit: int, others: Sequence[int]) -> bool:
    """Whether a unit holds only atoms that others of its place lack, no farther than a residue."""
    here = units.atoms_of(unit)
    there = {
        label: row for other in others for label, row in units.atoms_of(other).items()
    }
    if here.keys() & there.keys():
        return False
    apart = (
        units.coords[list(here.values())][:, None] - units.coords[list(there.values())]
    )
    return bool(np.linalg.norm(apart, axis=2).min() <= LONGEST_RESIDUE_A)


def _joined_by_sequence(units: Units, polymers: list[_Polymer]) -> list[_Polymer]:
    """
    Join polymers that are successive stretches of one reference protein.

    Where names and numbers do not tell a gap from the end of a chain, the sequence may.
    """
    joined: list[_Polymer] = []
    for polymer in polymers:
        last = joined[-1] if joined else None
        if last is None or not _follows(units, last, polymer):
            joined.append(polymer)
            continue
        last.strands += polymer.strands
        last.at_place.update(polymer.at_place)
        last.n_late += polymer.n_late
        last.n_codes += polymer.n_codes
    return joined


def _follows(units: Units, first: _Polymer, second: _Polymer) -> bool:
    """Whether a polymer goes on, in some reference, behind the end of another."""
    own = first.ordered(), second.ordered()
    if (
        first.at_place.keys() & second.at_place.keys()
        or units.segment[own[0][0]] != units.segment[own[1][0]]
    ):
        return False
    ends = _stretches(units, own[0])[-1], _stretches(units, own[1])[0]
    letters = ["".join(letter_of(n) for n in units.name[e]) for e in ends]
    return any(
        (start := _place_in(letters[0], reference.sequence)) >= 0
        and start + len(letters[0]) <= _place_in(letters[1], reference.sequence)
        for reference in shipped_family().references
    )


def _stretches(units: Units, own: Sequence[int]) -> list[IndexArray]:
    """Units of a polymer cut where they are not bonded, one unit a residue."""
    rows = np.array(own, dtype=np.int64)
    rows = rows[np.append(True, units.place[rows[1:]] != units.place[rows[:-1]])]
    return np.split(rows, np.flatnonzero(~units.are_bonded(rows[:-1], rows[1:])) + 1)


def _place_in(letters: str, sequence: str) -> int:
    """Where a stretch stands in a sequence, -1 if it does not."""
    n_places = len(sequence) - len(letters) + 1
    if len(letters) < SHORTEST_STRETCH or n_places < 1:
        return -1
    whole, part = (np.array(list(text)) for text in (sequence, letters))
    windows = np.lib.stride_tricks.sliding_window_view(whole, len(part))
    same = (windows == part).mean(axis=1)
    return int(same.argmax()) if same.max() >= STRETCH_IDENTITY else -1


def _add_strand(units: Units, piece: Sequence[int], polymer: _Polymer) -> None:
    """Add units as a strand of their own, with codes where residues share a number."""
    before = polymer.last() if polymer.strands else None
    places = []
    for unit in piece:
        place = str(units.place[unit])
        rivals = polymer.at_place.get(place, [])
        if rivals and not any(is_same_residue(units, unit, rival) for rival in rivals):
            place = _give_code(units, unit, polymer.at_place)
            polymer.n_codes += 1
        polymer.at_place.setdefault(place, []).append(unit)
        places.append(place)
    if before == piece[0] - 1 and units.block[before] == units.block[piece[0]]:
        polymer.strands[-1] += places
        return
    polymer.strands.append(places)
    numbers = {p: int(units.number[us[0]]) for p, us in polymer.at_place.items()}
    polymer.strands.sort(key=lambda strand: numbers[strand[0]])
    if any(numbers[x[-1]] > numbers[y[0]] for x, y in pairwise(polymer.strands)):
        # Parts that lie within each other: the file has no order but that of the numbers.
        polymer.strands = [
            [p] for p in sorted(chain(*polymer.strands), key=lambda p: numbers[p])
        ]


def _tell_ligands_apart(units: Units) -> int:
    """Give codes to ligands that share chain, number and name; return to how many."""
    at_place: dict[str, dict[str, list[int]]] = {}
    n_codes = 0
    for unit in np.flatnonzero(~units.is_polymer).tolist():
        name = str(units.name[unit])
        if is_water(name):
            continue  # waters may share numbers, of which the format has too few
        taken = at_place.setdefault(str(units.chain[unit]), {})
        place = str(units.place[unit])
        rivals = [v for v in taken.get(place, ()) if units.name[v] == name]
        if rivals and not any(is_same_residue(units, unit, rival) for rival in rivals):
            place = _give_code(units, unit, taken)
            n_codes += 1
        taken.setdefault(place, []).append(unit)
    return n_codes


def _give_code(units: Units, unit: int, taken: Container[str]) -> str:
    """Give a unit the next insertion code that is free at its number; return its new place."""
    number = units.table[units.start[unit], NUMBER].tobytes().decode().strip()
    code = next((c for c in CODES if f"{number}{c}" not in taken), "")
    if not code:
        raise ParseError(
            f"More than {len(CODES)} residues of chain '{units.chain[unit]}' share the number "
            f"'{number}', and there are no codes left to tell them apart; number them anew."
        )
    units.table[units.rows_of(unit), PLACE.stop - 1] = ord(code)
    return f"{number}{code}"


# --- lines ---------------------------------------------------------------------------------------


def _is_in_order(units: Units, read: dict[str, list[_Polymer]]) -> bool:
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


def _has_stray(units: Units) -> bool:
    """Whether a ligand stands before the TER of a polymer, to which gemmi would count it."""
    held = set(
        zip(
            units.chain[units.is_polymer].tolist(),
            units.block[units.is_polymer].tolist(),
            strict=True,
        )
    )
    return any(
        (str(units.chain[unit]), int(units.block[unit])) in held
        and not is_water(str(units.name[unit]))
        for unit in np.flatnonzero(~units.is_polymer).tolist()
    )


def _lines_of(units: Units, read: dict[str, list[_Polymer]]) -> list[bytes]:
    """Atoms by polymer, each before a TER, and all others behind."""
    lines = []
    all_hetatm = not (units.table[units.start[units.is_polymer], 0] == ord("A")).any()
    polymers = [polymer.ordered() for named in read.values() for polymer in named]
    for polymer in sorted(polymers, key=min):
        for unit in polymer:
            rows = units.rows_of(unit)
            # All are ATOM where all were HETATM; gemmi tells residues apart by segments too.
            if all_hetatm:
                units.table[rows, :6] = np.frombuffer(b"ATOM  ", np.uint8)
            units.table[rows, SEGMENT] = units.table[units.start[polymer[0]], SEGMENT]
            lines += [row.tobytes() for row in units.table[rows]]
        lines.append(b"TER")
    for unit in np.flatnonzero(~units.is_polymer).tolist():
        lines += [row.tobytes() for row in units.table[units.rows_of(unit)]]
    return lines


def _notes(read: dict[str, list[_Polymer]], n_ligand_codes: int) -> list[Note]:
    found = (
        (
            "chain_parts_joined",
            {name: sum(len(p.strands) - 1 for p in ps) for name, ps in read.items()},
            "Parts of a chain between which the file has TER, other chains or no bond are one "
            "chain: their numbers or the sequence of the protein go on.",
        ),
        (
            "residue_parts_joined",
            {name: sum(p.n_late for p in ps) for name, ps in read.items()},
            "Parts of residues that stand apart in the file are put together by number and place.",
        ),
        (
            "insertion_codes_given",
            {
                "ligands": n_ligand_codes,
                **{name: sum(p.n_codes for p in ps) for name, ps in read.items()},
            },
            "Residues that share a number are told apart by insertion codes, which the file does "
            "not have.",
        ),
    )
    return [
        Note(
            topic=topic,
            subject=", ".join(name for name, count in counts.items() if count and name),
            count=sum(counts.values()),
            message=text,
        )
        for topic, counts, text in found
        if any(counts.values())
    ]
