"""
Which atoms of a PDB-format file make a residue, and which residues a polymer.

Chain names, TER records and the order of lines are habits of programs: some write TER at every
gap, side chains behind all backbones, hydrogens at the end of the file, or every chain without a
name. What holds everywhere is that a residue has each atom once, that bonded residues belong
together, and that a polymer has each residue number once.
"""

from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, pairwise
from string import ascii_lowercase, ascii_uppercase
from typing import Final, TypeAlias

import numpy as np

from il2struct.arrays import BoolArray, FloatArray, IndexArray, StrArray
from il2struct.errors import ParseError
from il2struct.structure.chains import CAPS, FIRST_CAPS, LAST_CAPS, letter_of
from il2struct.structure.components import is_monomer, tabulated
from il2struct.structure.family import shipped_family
from il2struct.structure.model import Note, counted_notes
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
#: Fewest residues by which a stretch is found in a reference: eight in a row occur once in the
#: human proteome as a rule.
SHORTEST_STRETCH: Final = 8
#: Fraction of a stretch that equals the reference, mutations allowed.
STRETCH_IDENTITY: Final = 0.85
#: Atoms of one residue are at most this far apart in Å: from N to the end of arginine it is 9.
LONGEST_RESIDUE_A: Final = 10.0
#: First atoms of two parts of one residue are at most this far apart in Å, parts and gap together.
MOST_APART_A: Final = 3 * LONGEST_RESIDUE_A
#: Insertion codes, in the order in which they are given.
CODES: Final = ascii_uppercase + ascii_lowercase
#: Name and alternate location of an atom.
_Label: TypeAlias = tuple[str, str]


# --- runs of atoms of one residue ----------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Units:
    """Runs of atom records of one residue in one model, in file order."""

    #: Of shape (n_atoms, 80).
    table: Table
    #: In Å, NaN where the file has no number, (n_atoms, 3).
    coords: FloatArray
    #: The different names of atoms with their alternate locations.
    labels: list[_Label]
    #: Which of them each atom has.
    label: IndexArray
    #: start, stop: Atoms of each unit.
    start: IndexArray
    stop: IndexArray
    chain: StrArray
    segment: StrArray
    #: Residue number and insertion code.
    place: StrArray
    name: StrArray
    #: Residue number, 0 where it is none.
    number: IndexArray
    #: How many TER records come before.
    block: IndexArray
    #: For each of `BACKBONE` the atom of each unit, -1 where it has none.
    backbone: dict[str, IndexArray]
    is_polymer: BoolArray
    is_water: BoolArray

    def rows_of(self, unit: int) -> slice:
        """Rows of the atoms of a unit."""
        return slice(int(self.start[unit]), int(self.stop[unit]))

    def atoms_of(self, unit: int) -> dict[_Label, int]:
        """Rows of the atoms of a unit by name and alternate location."""
        rows = self.rows_of(unit)
        own = self.label[rows].tolist()
        return {self.labels[n]: row for row, n in enumerate(own, start=rows.start)}

    def distances(
        self, units: IndexArray, others: IndexArray, ends: tuple[str, str]
    ) -> FloatArray:
        """Distance of an atom of each unit to one of another in Å, infinite if one is missing."""
        first, second = self.backbone[ends[0]][units], self.backbone[ends[1]][others]
        apart = np.linalg.norm(self.coords[first] - self.coords[second], axis=1)
        return np.where((first >= 0) & (second >= 0), apart, np.inf)

    def alpha_step(self, unit: int, other: int) -> float:
        """Distance of the alpha carbons of two units in Å, infinite if one is missing."""
        units, others = np.array([unit]), np.array([other])
        return float(self.distances(units, others, ("CA", "CA"))[0])

    def are_bonded(self, units: IndexArray, others: IndexArray) -> BoolArray:
        """Whether each unit is bonded to one that comes behind it in its polymer."""
        peptide = self.distances(units, others, ("C", "N"))
        nucleic = self.distances(units, others, ("O3'", "P"))
        # Of models without more, alpha carbons in reach and numbers in sequence tell.
        alone = (self.backbone["C"][units] < 0) | (self.backbone["N"][others] < 0)
        step = self.number[others] - self.number[units]
        alpha = self.distances(units, others, ("CA", "CA"))
        near: BoolArray = alone & (alpha <= LONGEST_ALPHA_STEP_A)
        near &= (step == 0) | (step == 1)
        near |= (peptide <= LONGEST_BOND_A) | (nucleic <= LONGEST_BOND_A)
        return near


def units_of(table: Table, coords: FloatArray, block: IndexArray) -> Units:
    """Cut the atom records of one model into units; ``block`` is of each atom."""
    segment = np.ascontiguousarray(table[:, SEGMENT]).view(np.uint32)[:, 0]
    new = np.ones(len(table), dtype=np.bool_)
    residue = slice(RESIDUE_NAME.start, PLACE.stop)
    new[1:] = (table[1:, residue] != table[:-1, residue]).any(axis=1)
    new[1:] |= (segment[1:] != segment[:-1]) | (block[1:] != block[:-1])
    labels, label = _labels(table)
    start = np.flatnonzero(_with_repeats(new, label, labels, coords))
    stop = np.append(start[1:], len(table))
    unit = np.repeat(np.arange(len(start)), stop - start)
    backbone = {}
    for name in BACKBONE:
        is_named = np.array([atom == name for atom, _ in labels], dtype=np.bool_)
        rows = np.flatnonzero(is_named[label])[::-1]
        backbone[name] = np.full(len(start), -1)
        backbone[name][unit[rows]] = rows  # the first of a unit is set last
    first = table[start]
    chain_, segment_, place, name_ = (
        np.char.strip(field_of(first, columns)).astype(np.str_)
        for columns in (CHAIN, SEGMENT, PLACE, RESIDUE_NAME)
    )
    texts = [text.strip() for text in field_of(first, NUMBER).tolist()]
    numbers = [int(t) if t.removeprefix(b"-").isdigit() else 0 for t in texts]
    names, which = np.unique(np.char.upper(name_), return_inverse=True)
    is_water = [tabulated(name).is_water() for name in names.tolist()]
    units = Units(
        table=table,
        coords=coords,
        labels=labels,
        label=label,
        start=start,
        stop=stop,
        chain=chain_,
        segment=segment_,
        place=place,
        name=names[which],
        number=np.array(numbers, dtype=np.int64),
        block=block[start],
        backbone=backbone,
        is_polymer=np.zeros(len(start), dtype=np.bool_),
        is_water=np.array(is_water, dtype=np.bool_)[which],
    )
    return replace(units, is_polymer=_are_polymer(units))


def _labels(table: Table) -> tuple[list[_Label], IndexArray]:
    """List the different names of atoms with alternate locations, and which each atom has."""
    fields = np.zeros((len(table), 8), dtype=np.uint8)
    fields[:, : ATOM_LABEL.stop - ATOM_LABEL.start] = table[:, ATOM_LABEL]
    # As integers, which are sorted many times faster than text.
    _, first, which = np.unique(
        fields.view(np.int64)[:, 0], return_index=True, return_inverse=True
    )
    number: dict[_Label, int] = {}
    texts = [raw.decode() for raw in field_of(table[first], ATOM_LABEL).tolist()]
    labels = [(text[:4].strip(), text[4:].strip()) for text in texts]
    same = [number.setdefault(label, len(number)) for label in labels]
    return list(number), np.array(same, dtype=np.int64)[which]


def _with_repeats(
    new: BoolArray, label: IndexArray, labels: Sequence[_Label], coords: FloatArray
) -> BoolArray:
    """Begin a unit also where a whole residue of the same number and name begins again."""
    begins = new.copy()
    unit = np.cumsum(new) - 1
    key = unit * len(labels) + label
    order = np.argsort(key, kind="stable")
    repeats = unit[order[1:][key[order[1:]] == key[order[:-1]]]]
    borders = np.append(np.flatnonzero(new), len(new))
    for number in np.unique(repeats).tolist():
        start, stop = borders[number : number + 2].tolist()
        own = {row: labels[label[row]] for row in range(start, stop)}
        seen: dict[_Label, int] = {}
        for row, atom in own.items():
            if atom in seen:
                behind = {own[r]: r for r in range(stop - 1, row - 1, -1)}
                if _begins_residue(atom, seen, behind, coords):
                    begins[row] = True
                    seen = {}
            seen.setdefault(atom, row)
    return begins


def _begins_residue(
    atom: _Label, seen: dict[_Label, int], behind: dict[_Label, int], coords: FloatArray
) -> bool:
    """Whether an atom that repeats one before it begins a residue that stands elsewhere."""
    alpha = ("CA", atom[1])
    if alpha not in seen:
        # A ligand begins again with its first atom, and lies elsewhere with all.
        shared = [(seen[label], behind[label]) for label in seen.keys() & behind.keys()]
        apart = np.linalg.norm(np.subtract(*coords[np.array(shared).T]), axis=1)
        return atom == next(iter(seen)) and bool((apart > SAME_RESIDUE_A).all())
    ends = {("N", alpha[1]), ("C", alpha[1])}
    if alpha not in behind or (len(seen) > 1 and not ends <= behind.keys()):
        return False
    apart_a = np.linalg.norm(coords[behind[alpha]] - coords[seen[alpha]])
    return bool(apart_a > SAME_RESIDUE_A)


def _are_polymer(units: Units) -> BoolArray:
    """
    Which units are of a polymer.

    Amino acids and nucleotides of ATOM records are, and so is what is bonded to them in line: caps,
    modified residues, those of HETATM records. What is bonded to nothing is a ligand.
    """
    names, which = np.unique(units.name, return_inverse=True)
    tables = [(name in CAPS, tabulated(name)) for name in names.tolist()]
    known, listed = np.array(
        [(cap or t.found(), cap or is_monomer(t)) for cap, t in tables],
        dtype=np.bool_,
    )[which].T
    is_atom = units.table[units.start, 0] == ord("A")
    if not (is_atom & listed).any():
        is_atom = np.ones_like(is_atom)  # a program that calls every atom HETATM
    held = np.all([units.backbone[name] >= 0 for name in ("N", "CA", "C")], axis=0)
    result: BoolArray = is_atom & (listed | (~known & held))
    open_ = np.flatnonzero(~result & ~units.is_water).tolist()
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


def _is_same_residue(units: Units, unit: int, other: int) -> bool:
    """Whether a unit adds atoms or a conformer to another at the same place, or repeats it."""
    here, there = units.atoms_of(unit), units.atoms_of(other)
    conformers = {alt for _, alt in here}, {alt for _, alt in there}
    if all(c != {""} for c in conformers) and conformers[0] != conformers[1]:
        return True
    if units.alpha_step(unit, other) <= SAME_RESIDUE_A:
        return True
    if units.name[unit] != units.name[other]:
        return False
    shared = here.keys() & there.keys()
    if shared:
        rows, others = np.array([(here[a], there[a]) for a in shared]).T
        apart = np.linalg.norm(units.coords[rows] - units.coords[others], axis=1)
        return bool((apart <= SAME_ATOM_A).all())
    gaps = _gaps(units, here.values(), there.values())
    return bool((gaps <= LONGEST_BOND_A).any())


def _gaps(units: Units, atoms: Iterable[int], others: Iterable[int]) -> FloatArray:
    """Distances of two sets of atoms in Å, one row for each of the first."""
    apart = units.coords[list(atoms)][:, None] - units.coords[list(others)]
    gaps: FloatArray = np.linalg.norm(apart, axis=2)
    return gaps


# --- polymers ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Arranged:
    """Lines whose polymers stand one after the other, each before its own TER."""

    lines: list[bytes]
    #: Whether several polymers have one chain name, so that only TER tells them apart.
    shares_names: bool
    #: What was put together or taken apart in the first model.
    notes: list[Note]


@dataclass(slots=True, eq=False)
class _Polymer:
    """A polymer as it is put together."""

    #: Places in their order; one strand for each part between which the file has something else.
    strands: list[list[str]] = field(default_factory=list)
    #: Units by place.
    at_place: dict[str, list[int]] = field(default_factory=dict)
    #: Units that belong to a residue before them in the file.
    n_late: int = 0
    #: Residues that were given an insertion code.
    n_codes: int = 0

    def ordered(self) -> list[int]:
        """Units residue by residue."""
        places = dict.fromkeys(place for strand in self.strands for place in strand)
        return [unit for place in places for unit in self.at_place[place]]


def arranged(atoms: PdbLines) -> Arranged:
    """Gather the atoms of each residue and the residues of each polymer; lines in order stay."""
    listed = {line[10:12].strip().decode() for line in atoms.records(b"SEQRES")}
    is_model = (atoms.heads == b"MODEL ") | (atoms.heads == b"ENDMDL")
    is_ter = atoms.is_ter
    model, block = (
        np.cumsum(mask, dtype=np.int64)[atoms.rows] for mask in (is_model, is_ter)
    )
    replaced: list[tuple[int, int, list[bytes]]] = []
    shares_names = False
    notes: list[Note] = []
    for number in np.unique(model).tolist():
        rows = np.flatnonzero(model == number)
        units = units_of(atoms.table[rows], atoms.coords[rows], block[rows])
        own: dict[str, list[int]] = {}
        polymer_units = np.flatnonzero(units.is_polymer)
        names = units.chain[polymer_units].tolist()
        for name, unit in zip(names, polymer_units.tolist(), strict=True):
            own.setdefault(name, []).append(unit)
        # Chain names tell polymers apart if SEQRES has them, or there are several.
        trusted = set(own) - {""}
        if len(trusted) == 1:
            trusted &= listed
        read = {
            name: _polymers(units, members, is_trusted=name in trusted)
            for name, members in own.items()
        }
        shares_names |= any(len(polymers) > 1 for polymers in read.values())
        n_codes = _tell_ligands_apart(units)
        notes = notes or _notes(read, n_codes)
        if not n_codes and _is_in_order(units, read):
            continue
        first, last = int(atoms.rows[rows[0]]), int(atoms.rows[rows[-1]])
        while last + 1 < len(atoms.lines) and is_ter[last + 1]:
            last += 1
        replaced.append((first, last + 1, _lines_of(units, read)))
    lines = list(atoms.lines)
    for first, stop, inside in reversed(replaced):
        lines[first:stop] = inside
    return Arranged(lines=lines, shares_names=shares_names, notes=notes)


def _polymers(units: Units, own: Sequence[int], *, is_trusted: bool) -> list[_Polymer]:
    """Put the units of one chain name together as polymers."""
    polymers: list[_Polymer] = []
    latest: list[_Polymer] = []
    for piece in _pieces(units, own, is_trusted=is_trusted):
        rest = piece
        places = set(units.place[piece].tolist())
        if any(not places.isdisjoint(polymer.at_place) for polymer in polymers):
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
        polymer = next(goes_on, _Polymer())
        if not polymer.strands:
            polymers.append(polymer)
        _add_strand(units, rest, polymer)
        latest = [polymer]
    return polymers if is_trusted else _joined_by_sequence(units, polymers)


def _pieces(
    units: Units, own: Sequence[int], *, is_trusted: bool
) -> Iterator[list[int]]:
    """Cut the units of one chain name where the file, the numbers or space say that it may end."""
    polymer_order = np.cumsum(units.is_polymer)
    before, behind = np.array(own[:-1], dtype=int), np.array(own[1:], dtype=int)
    is_apart = ~units.are_bonded(before, behind)
    is_cut = (
        (units.block[before] != units.block[behind])
        | (units.segment[before] != units.segment[behind])
        | (polymer_order[behind] - polymer_order[before] > 1)
        | (units.number[behind] < units.number[before])
    )
    begins = set(behind[is_apart & is_cut].tolist())
    if not is_trusted:
        steps = zip(before[is_apart].tolist(), behind[is_apart].tolist(), strict=True)
        begins |= {unit for last, unit in steps if _may_end(units, last, unit)}
    piece: list[int] = []
    for unit in own:
        if unit in begins:
            yield piece
            piece = []
        piece.append(unit)
    yield piece


def _may_end(units: Units, before: int, unit: int) -> bool:
    """Whether atoms show that a polymer ends between two units, or numbers that it cannot go on."""
    if units.place[before] == units.place[unit]:
        return False
    if units.name[before] in LAST_CAPS or units.name[unit] in FIRST_CAPS:
        return True
    last = {name for name, _ in units.atoms_of(before)}
    first = {name for name, _ in units.atoms_of(unit)}
    if any(last >= ends for ends in LAST_ATOMS) or any(
        first >= begins for begins in FIRST_ATOMS
    ):
        return True
    # Residues that the numbers leave out cannot reach from one to the other.
    step = int(units.number[unit] - units.number[before]) + UNCOUNTED
    distance = units.alpha_step(before, unit)
    return bool(np.isfinite(distance) and distance > SPAN_A * step)


def _owner(units: Units, unit: int, polymers: Sequence[_Polymer]) -> _Polymer | None:
    """Return the polymer that has the residue of which a unit is a further part."""
    place, name = str(units.place[unit]), units.name[unit]
    having = [polymer for polymer in polymers if place in polymer.at_place]
    others = [(p, v) for p in having for v in p.at_place[place]]
    starts = units.start[[other for _, other in others]]
    away = units.coords[starts] - units.coords[units.start[unit]]
    # Of hundreds of molecules that are numbered alike, few are near enough to be looked at.
    is_near = ~(np.linalg.norm(away, axis=1) > MOST_APART_A)
    near = [others[row] for row in np.flatnonzero(is_near).tolist()]
    for polymer, other in near:
        if _is_same_residue(units, unit, other):
            return polymer
    for polymer in dict.fromkeys(polymer for polymer, _ in near):
        own = polymer.at_place[place]
        if name not in units.name[own]:
            continue
        # The atoms that the others lack, no farther than a residue.
        here = units.atoms_of(unit)
        there = {a: row for v in own for a, row in units.atoms_of(v).items()}
        if not here.keys() & there.keys():
            gaps = _gaps(units, here.values(), there.values())
            if gaps.min() <= LONGEST_RESIDUE_A:
                return polymer
    # A stray atom is no residue, wherever it is.
    if any(units.backbone[atom][unit] >= 0 for atom in BACKBONE):
        return None
    return next((p for p in having if name in units.name[p.at_place[place]]), None)


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
    last = polymer.at_place[polymer.strands[-1][-1]][-1] if polymer.strands else None
    places = units.place[piece].tolist()
    for row, unit in enumerate(piece):
        rivals = polymer.at_place.get(places[row])
        if rivals and not any(_is_same_residue(units, unit, v) for v in rivals):
            places[row] = _give_code(units, unit, polymer.at_place)
            polymer.n_codes += 1
        polymer.at_place.setdefault(places[row], []).append(unit)
    if last == piece[0] - 1 and units.block[last] == units.block[piece[0]]:
        polymer.strands[-1] += places
        return
    polymer.strands.append(places)
    if len(polymer.strands) == 1:
        return
    numbers = {p: int(units.number[us[0]]) for p, us in polymer.at_place.items()}
    polymer.strands.sort(key=lambda strand: numbers[strand[0]])
    if any(numbers[x[-1]] > numbers[y[0]] for x, y in pairwise(polymer.strands)):
        # Parts that lie within each other: the file has no order but that of the numbers.
        places = sorted(chain(*polymer.strands), key=lambda p: numbers[p])
        polymer.strands = [[place] for place in places]


def _tell_ligands_apart(units: Units) -> int:
    """Give codes to ligands that share chain, number and name; return to how many."""
    at_place: dict[str, dict[str, list[int]]] = {}
    n_codes = 0
    # Waters may share numbers, of which the format has too few.
    for unit in np.flatnonzero(~units.is_polymer & ~units.is_water).tolist():
        taken = at_place.setdefault(str(units.chain[unit]), {})
        place = str(units.place[unit])
        rivals = [v for v in taken.get(place, ()) if units.name[v] == units.name[unit]]
        if rivals and not any(_is_same_residue(units, unit, v) for v in rivals):
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
    """Whether the file has its polymers as they were put together, each with a TER of its own."""
    polymers = [polymer for named in read.values() for polymer in named]
    orders = [polymer.ordered() for polymer in polymers]
    if (
        len(polymers) != len(read)
        or any(polymer.n_codes for polymer in polymers)
        or list(chain(*orders)) != np.flatnonzero(units.is_polymer).tolist()
        or any(np.ptp(units.block[order]) for order in orders)
    ):
        return False
    # gemmi counts a ligand before the TER of a polymer to it.
    held, others = (
        set(zip(units.chain[rows].tolist(), units.block[rows].tolist(), strict=True))
        for rows in (units.is_polymer, ~units.is_polymer & ~units.is_water)
    )
    return held.isdisjoint(others)


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
    def counts(count: Callable[[_Polymer], int]) -> dict[str, int]:
        return {name: sum(map(count, polymers)) for name, polymers in read.items()}

    ligands = {"ligands": n_ligand_codes}
    counted = {
        "chain_parts_joined": (
            counts(lambda polymer: len(polymer.strands) - 1),
            "Parts of a chain between which the file has TER, other chains or no bond are one "
            "chain: their numbers or the sequence of the protein go on.",
        ),
        "residue_parts_joined": (
            counts(lambda polymer: polymer.n_late),
            "Parts of residues that stand apart in the file are put together by number and place.",
        ),
        "insertion_codes_given": (
            ligands | counts(lambda polymer: polymer.n_codes),
            "Residues that share a number are told apart by insertion codes, which the file does "
            "not have.",
        ),
    }
    return counted_notes(
        *(
            (
                topic,
                text,
                ", ".join(n for n in found if n and found[n]),
                sum(found.values()),
            )
            for topic, (found, text) in counted.items()
        )
    )
