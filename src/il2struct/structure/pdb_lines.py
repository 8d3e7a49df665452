"""
Lines of a PDB-format file put right before they are parsed: columns, names and frames.

Programs write the format in their own ways; a parser that goes by columns alone then reads wrong
numbers without a word. What is certain is put right with a note, what is not is refused.
"""

import re
from collections.abc import Sequence, Set
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from il2struct.arrays import BoolArray, FloatArray, IndexArray
from il2struct.errors import ParseError
from il2struct.structure.components import AMINO_ACIDS, element_of, usual_names
from il2struct.structure.model import Note, counted_notes
from il2struct.structure.neighbours import near_pairs

#: Records that hold an atom.
ATOM_RECORDS: Final = (b"ATOM  ", b"HETATM")
#: Columns of x, y and z in a coordinate record; it must reach at least to the end of z.
COORDINATE_COLUMNS: Final = ((30, 38), (38, 46), (46, 54))
#: Where digits stand in a coordinate.
DIGITS: Final = (0, 1, 2, 3, 5, 6, 7)
#: Columns that a coordinate record has.
WIDTH: Final = 80
#: Columns of the fields used here.
ATOM_NAME: Final = slice(12, 16)
#: Name and alternate location.
ATOM_LABEL: Final = slice(12, 17)
RESIDUE_NAME: Final = slice(17, 20)
#: A name of four letters reaches into the first column of the chain.
LONG_RESIDUE_NAME: Final = slice(17, 21)
CHAIN: Final = slice(20, 22)
#: Residue number and insertion code, and the number alone.
PLACE: Final = slice(22, 27)
NUMBER: Final = slice(22, 26)
OCCUPANCY: Final = slice(54, 60)
SEGMENT: Final = slice(72, 76)
ELEMENT: Final = slice(76, 78)
CHARGE: Final = slice(78, 80)
#: Where the decimal points of x, y and z stand.
POINTS: Final = (34, 42, 50)
#: With more segments than this share of residues, the columns hold something else …
MOST_SEGMENTS: Final = 0.1
#: … but a small file may have this many.
LEAST_SEGMENTS: Final = 4
#: Parts that share more than this of the atoms of the smaller one are frames; molecules that are numbered alike
#: share the backbone atoms of a few residues of one name.
SHARED_BY_FRAMES: Final = 0.5
#: What is said of models that are no frames.
MODELS_JOINED: Final = "Models of other atoms than the first are read together with it."
#: Coordinates of rigid copies differ by rounding only, in Å; frames of anything else by more.
COPY_A: Final = 0.005
#: Atoms that are there together are farther apart than this, in Å.
NO_CONTACT_A: Final = 1.0
#: A record farther off its columns than this is something else.
MOST_SHIFT: Final = 3
#: Begins a record of an atom, but not in the first columns.
LOOSE_HEAD: Final = re.compile(rb"\s*(ATOM)(?!  )[\s\d]|\s+(ATOM|HETATM)[\s\d]")
#: Characters of a residue number …
NUMERIC: Final = np.frombuffer(b"0123456789- ", np.uint8)
#: … and how one from 10,000 on is written in hybrid-36.
HYBRID_36: Final = re.compile(rb"[A-Za-z][0-9A-Za-z]{3}")
#: A record whose fields are set apart by blanks, as in PQR: head, name, residue, chain if there is
#: one, number, insertion code, coordinates.
IN_FIELDS: Final = re.compile(
    rb"(ATOM|HETATM) *[\d*]* +(\S{1,4}) +(\S{1,4}) +(?:([A-Za-z0-9]{1,2}) +|([A-Za-z])(?=-?\d))?"
    rb"(-?\d{1,4})([A-Za-z]?)((?: +-?\d+\.\d*){3})(?= |$)"
)

#: Characters of records, one row each.
Table: TypeAlias = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PdbLines:
    """The lines of a file, with those of atoms as a table."""

    #: All of them.
    lines: list[bytes]
    #: The first six characters of each: the name of the record.
    heads: npt.NDArray[np.bytes_]
    #: Which are of atoms.
    rows: IndexArray
    #: Those, padded with blanks, (n, 80).
    table: Table
    #: Their coordinates in Å, NaN where the file has no number, (n, 3).
    coords: FloatArray

    @property
    def is_ter(self) -> BoolArray:
        """Which lines end a chain."""
        mask: BoolArray = self.heads.astype("S3") == b"TER"
        return mask

    def records(self, name: bytes) -> list[bytes]:
        """Lines of a name of six characters."""
        return [self.lines[row] for row in np.flatnonzero(self.heads == name).tolist()]


def field_of(table: Table, columns: slice) -> npt.NDArray[np.bytes_]:
    """Cut a field out of every row, blanks included."""
    width = columns.stop - columns.start
    return np.ascontiguousarray(table[:, columns]).view(f"S{width}")[:, 0]


def table_of(lines: list[bytes]) -> PdbLines:
    """Lay the records of atoms out as a table."""
    heads = np.array(lines, dtype="S6")
    rows = np.flatnonzero(np.any([heads == name for name in ATOM_RECORDS], axis=0))
    records = np.array([lines[row] for row in rows.tolist()], dtype=f"S{WIDTH}")
    table = records.view(np.uint8).reshape(-1, WIDTH)
    table[table == 0] = ord(" ")
    start, stop = COORDINATE_COLUMNS[0][0], COORDINATE_COLUMNS[-1][1]
    fields = np.ascontiguousarray(table[:, start:stop]).reshape(-1, 8)
    coords = _numbers(fields).reshape(-1, 3)
    return PdbLines(lines=lines, heads=heads, rows=rows, table=table, coords=coords)


def _numbers(fields: Table) -> FloatArray:
    """Read fields of eight characters, NaN where one is no number."""
    columns = np.ascontiguousarray(fields.T)
    is_digit = (columns >= ord("0")) & (columns <= ord("9"))
    is_blank, is_minus = columns[:3] == ord(" "), columns[:3] == ord("-")
    # As the format has them: blanks, a sign, digits, three of them behind the point.
    if (
        is_digit[[3, 5, 6, 7]].all()
        and (columns[4] == ord(".")).all()
        and (is_digit[:3] | is_blank | is_minus).all()
        and (is_digit[1:4] | is_blank).all()
    ):
        thousandths = np.zeros(len(fields), dtype=np.int64)
        for digits, is_known in zip(
            columns[DIGITS, :], is_digit[DIGITS, :], strict=True
        ):
            thousandths = 10 * thousandths + np.where(is_known, digits - ord("0"), 0)
        # Both are exact, so that the quotient is what reading the text would give.
        numbers: FloatArray = np.where(is_minus.any(axis=0), -1, 1) * (
            thousandths / 1e3
        )
        return numbers
    texts = fields.view("S8").ravel()
    try:
        return texts.astype(np.float64)
    except ValueError:
        every = [float(t) if _is_number(t) else np.nan for t in texts.tolist()]
        return np.array(every, dtype=np.float64)


def _is_number(field: bytes) -> bool:
    try:
        float(field)
    except ValueError:
        return False
    return True


# --- columns -------------------------------------------------------------------------------------


def with_heads(file: PdbLines) -> PdbLines:
    """Begin every record of an atom in the first column, blanks for what its head runs into."""
    starts = file.heads.astype("S4")
    is_asked = (starts == b"ATOM") | np.char.startswith(starts, b" ")
    asked = np.flatnonzero(is_asked & (file.heads != ATOM_RECORDS[0])).tolist()
    matches = {row: LOOSE_HEAD.match(file.lines[row]) for row in asked}
    lines = list(file.lines)
    for row, match in matches.items():
        if match is not None:
            head = match[1] or match[2]
            start = match.end() - 1 - len(head)
            lines[row] = head.ljust(6) + lines[row][start + 6 :]
    return table_of(lines) if any(matches.values()) else file


def in_columns(atoms: PdbLines, path: Path) -> tuple[PdbLines, list[Note]]:
    """
    Move records back to their columns that a serial number, name or chain too wide has shifted.

    Records whose fields are set apart by blanks are put into columns. `ParseError` is raised if
    records are shifted and it cannot be told by what.
    """
    pointless = (atoms.table[:, POINTS] != ord(".")).any(axis=1)
    shifts = {row: _shift(atoms.lines[row]) for row in atoms.rows[pointless].tolist()}
    shifted = {row: shift for row, shift in shifts.items() if shift}
    no_columns = _has_no_number(atoms.table) | np.isnan(atoms.coords).any(axis=1)
    lost = atoms.rows[no_columns].tolist()
    ways = [_without_shift, _from_fields]
    # Where most records have no columns, others stand in theirs by chance.
    in_fields = [row for row in lost if IN_FIELDS.match(atoms.lines[row])]
    if 2 * len(set(in_fields) - shifted.keys()) > len(atoms.rows):
        shifted = {row: shifts.get(row, 0) for row in {*shifts, *lost}}
        ways.reverse()
    mended = list(atoms.lines)
    for row, shift in shifted.items():
        line = next(filter(None, (way(mended[row], shift) for way in ways)), None)
        if line is None:
            raise ParseError(
                f"{path} has {len(shifted)} atom records whose columns are shifted, the first in "
                f"line {row + 1}; write it again in the columns of PDB format, or as mmCIF."
            )
        mended[row] = line
    if not shifted:
        return atoms, []
    text = (
        "Atom records whose fields are not in their columns, as a serial number, name or chain is "
        "too wide or blanks alone set them apart, are read where they belong."
    )
    return table_of(mended), [Note("shifted_columns", text, count=len(shifted))]


def _has_no_number(table: Table) -> BoolArray:
    """Whether something else stands in the columns of the residue number."""
    result = np.zeros(len(table), dtype=np.bool_)
    odd = np.flatnonzero(~np.isin(table[:, NUMBER], NUMERIC).all(axis=1))
    fields = field_of(table[odd], NUMBER).tolist()
    result[odd] = [HYBRID_36.fullmatch(field) is None for field in fields]
    return result


def _from_fields(line: bytes, _shift: int) -> bytes | None:
    """Put a record whose fields blanks set apart into columns, None if it is not such a one."""
    match = IN_FIELDS.match(line)
    if match is None:
        return None
    head, name, residue, chain, letter, number, code, text = match.groups()
    coords = b"".join(b"%8.3f" % float(value) for value in text.split())
    if len(coords) > COORDINATE_COLUMNS[-1][1] - COORDINATE_COLUMNS[0][0]:
        return None
    # The fourth letter of a residue stands where the first of two of a chain would.
    width = 5 - max(3, len(residue))
    chain = (chain or letter or b"").rjust(width)
    place = b"%4s%-1s   " % (number, code)
    return b"%-6s***** %-4s %3s%s%s%s" % (head, name, residue, chain, place, coords)


def _shift(line: bytes) -> int:
    """By how many columns a record is shifted, 0 if it is not."""
    for shift in range(-MOST_SHIFT, MOST_SHIFT + 1):
        if all(line[p + shift : p + shift + 1] == b"." for p in POINTS):
            # Numbers with fewer decimals also move the points, and fill their columns.
            fields = [line[start:stop] for start, stop in COORDINATE_COLUMNS]
            return 0 if all(_is_number(field) for field in fields) else shift
    return 0


def _without_shift(line: bytes, shift: int) -> bytes | None:
    """Take out of a record what is too wide, None if nothing is."""
    serial = re.match(rb".{6} *(\d+)(?= |$)", line)
    if serial and serial.end() - 11 == shift:
        return line[:6] + b"*****" + line[serial.end() :]
    if shift == 1 and re.match(rb"[A-Z0-9 ]{3} [A-Za-z0-9]{2}[ 0-9-]", line[17:24]):
        return line[:20] + line[21:]  # a chain of two letters, behind its blank
    if shift == 1 and re.match(rb"[A-Z]{3}[A-Z0-9] [A-Za-z0-9 ]", line[17:23]):
        return line[:21] + line[22:]  # a residue of four letters, before its blank
    return None


# --- frames --------------------------------------------------------------------------------------


def with_frames(atoms: PdbLines) -> tuple[PdbLines, list[Note]]:
    """
    Read what MODEL or END separate as models if they are frames, else as one model.

    Frames are of the same atoms. Other atoms, and copies of a model beside it, are there together.
    """
    lines = atoms.lines
    begins = np.flatnonzero(atoms.heads == b"MODEL ").tolist()
    if begins and not (atoms.heads == b"ENDMDL").any():
        ended = lines[: begins[0]]
        for start, stop in zip(begins, [*begins[1:], None], strict=True):
            ended += [line for line in lines[start:stop] if line.rstrip() != b"END"]
            ended.append(b"ENDMDL")
        return table_of(ended), []
    if len(begins) > 1 and (text := _togetherness(atoms, begins)):
        is_border = (atoms.heads == b"MODEL ") | (atoms.heads == b"ENDMDL")
        borders = set(np.flatnonzero(is_border).tolist())
        joined = [b"TER" if row in borders else x for row, x in enumerate(lines)]
        return table_of(joined), [Note("models_joined", text, count=len(begins))]
    may_end = np.flatnonzero(atoms.heads.astype("S3") == b"END").tolist()
    ends = [row for row in may_end if lines[row][:6].rstrip() == b"END"]
    if begins or not any(row < atoms.rows[-1] for row in ends):
        return atoms, []
    parts = [
        lines[start:stop]
        for start, stop in zip([0, *(e + 1 for e in ends)], [*ends, None], strict=True)
    ]
    parts = [part for part in parts if any(map(_is_atom, part))]
    if not are_frames([{x[12:27] for x in part if _is_atom(x)} for part in parts]):
        text = (
            "The file goes on behind END with other atoms; all are read as one model."
        )
        joined = [line for part in parts for line in part]
        return table_of(joined), [Note("joined_at_end", text, count=len(parts))]
    framed = []
    for number, part in enumerate(parts, start=1):
        first = next(row for row, line in enumerate(part) if _is_atom(line))
        model = b"MODEL     %4d" % number
        framed += [*part[:first], model, *part[first:], b"ENDMDL"]
    return table_of(framed), []


def are_frames(labels: Sequence[Set[object]]) -> bool:
    """Whether parts of a file hold the same atoms, but for waters that come and go."""
    first = labels[0]
    return all(
        len(part & first) > SHARED_BY_FRAMES * min(len(part), len(first))
        for part in labels
    )


def _togetherness(atoms: PdbLines, begins: list[int]) -> str:
    """Say why models are parts of one; empty if they are frames."""
    starts = np.searchsorted(atoms.rows, begins)
    labels = np.split(atoms.table[:, ATOM_NAME.start : PLACE.stop], starts)[1:]
    if not all(map(len, labels)):  # a model without atoms is no part of another
        return ""
    if any(not np.array_equal(labels[0], other) for other in labels):
        if are_frames([set(map(bytes, part)) for part in labels]):
            return ""
        return MODELS_JOINED
    if are_copies(np.split(atoms.coords, starts)[1:]):
        return (
            "Models that are copies of the first, moved as a whole to a place beside it, are read "
            "together with it, as in files of assemblies."
        )
    return ""


def are_copies(models: Sequence[FloatArray]) -> bool:
    """Whether coordinates in Å, (n, 3) each, are the first ones moved rigidly beside each other."""
    if not np.isfinite(models).all():
        return False
    centred = [coords - coords.mean(axis=0) for coords in models]
    for coords in centred[1:]:
        u, _, v = np.linalg.svd(coords.T @ centred[0])
        turn = u @ np.diag([1.0, 1.0, np.linalg.det(u @ v)]) @ v
        if not np.abs(coords @ turn - centred[0]).max() < COPY_A:
            return False
    return not any(
        len(near_pairs(*pair, NO_CONTACT_A)[0]) for pair in combinations(models, 2)
    )


def _is_atom(line: bytes) -> bool:
    return line.startswith(ATOM_RECORDS)


# --- names, elements and occupancies -------------------------------------------------------------


def with_usual_fields(atoms: PdbLines) -> tuple[PdbLines, list[Note]]:
    """Fill in what the columns of atoms do not tell but their names do."""
    table = atoms.table.copy()
    is_odd = _clear_segments(table) | _clear_numbers(table)
    blank = (table[:, OCCUPANCY] == ord(" ")).all(axis=1)
    table[blank, OCCUPANCY] = np.frombuffer(b"  1.00", np.uint8)
    usual = (
        "Atoms of residues with names of four letters, as force fields give them, are read "
        "under the usual name."
    )
    whole = "Atoms whose occupancy is blank are taken as fully occupied."
    by_name = (
        "Atoms without an element, and with names out of their columns, have the element "
        "that their names tell."
    )
    notes = counted_notes(
        ("usual_names", usual, "", _short_residue_names(table)),
        ("occupancy_unknown", whole, "", int(blank.sum())),
        ("elements_by_name", by_name, "", _fill_elements(table)),
    )
    if not notes and not is_odd:
        return atoms, []
    lines = list(atoms.lines)
    for row, record in zip(atoms.rows.tolist(), table, strict=True):
        lines[row] = record.tobytes()
    return replace(atoms, lines=lines, table=table), notes


def _clear_segments(table: Table) -> bool:
    """Blank the columns of segments where they hold something else for every atom."""
    segments = np.ascontiguousarray(table[:, SEGMENT]).view(np.uint32)
    different = len(np.unique(segments))
    if different <= LEAST_SEGMENTS:
        return False
    n_residues = len(np.unique(field_of(table, PLACE)))
    is_odd = different > max(LEAST_SEGMENTS, MOST_SEGMENTS * n_residues)
    if is_odd:
        table[:, SEGMENT] = ord(" ")
    return is_odd


def _clear_numbers(table: Table) -> bool:
    """Blank the last columns where they hold line numbers, as in old entries, and no element."""
    element = table[:, ELEMENT]
    odd = ((element >= ord("0")) & (element <= ord("9"))).any(axis=1)
    charge = table[:, CHARGE]
    has_sign = np.isin(charge[:, 1], [ord("+"), ord("-"), ord(" ")])
    odd |= ~has_sign & (charge != ord(" ")).any(axis=1)
    table[odd, ELEMENT.start :] = ord(" ")
    return bool(odd.any())


def _short_residue_names(table: Table) -> int:
    """Put usual names in place of known ones of four letters; return for how many atoms."""
    long = np.flatnonzero(table[:, CHAIN.start] != ord(" "))
    if not len(long):
        return 0
    names = field_of(table[long], LONG_RESIDUE_NAME)
    known = {name.encode(): usual.encode() for name, usual in usual_names().items()}
    is_known = np.isin(np.char.upper(names), [name for name in known if len(name) == 4])
    # A true chain of two letters also has residues that make no known name with its first one.
    chain = field_of(table[long], CHAIN)
    rows = is_known & ~np.isin(chain, chain[~is_known])
    for name in np.unique(names[rows]).tolist():
        here = long[rows & (names == name)]
        usual = known[name.upper()].rjust(3)
        table[here, RESIDUE_NAME] = np.frombuffer(usual, np.uint8)
        table[here, CHAIN.start] = ord(" ")
    return int(rows.sum())


def _fill_elements(table: Table) -> int:
    """Give elements to atoms that have none, in a file that does not align names by them."""
    blank = np.flatnonzero((table[:, ELEMENT] == ord(" ")).all(axis=1))
    if not len(blank):
        return 0
    name, residue = (field_of(table[blank], c) for c in (ATOM_NAME, RESIDUE_NAME))
    # Alpha carbons begin in the second column of the name.
    alpha = np.char.strip(name) == b"CA"
    alpha &= np.isin(residue, [amino.encode() for amino in AMINO_ACIDS])
    if not (alpha & (name != b" CA ")).any():
        return 0
    fields = (np.char.strip(f).astype(str).tolist() for f in (name, residue))
    pairs = list(zip(*fields, strict=True))
    symbols = {pair: element_of(*pair).rjust(2).encode() for pair in set(pairs)}
    filled = b"".join([symbols[pair] for pair in pairs])
    table[blank, ELEMENT] = np.frombuffer(filled, np.uint8).reshape(-1, 2)
    return len(blank)
