"""From the bytes of a file to a gemmi structure, or to one sentence on why it is not one."""

import hashlib
import math
import re
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import gemmi
import numpy as np

from il2struct.archive.files import (
    looks_like_entry_id,
    most_unpacked_bytes,
    revision_of,
)
from il2struct.errors import NotFoundError, ParseError
from il2struct.structure import pdb_lines
from il2struct.structure.chains import (
    Declared,
    declared_in_mmcif,
    declared_in_pdb,
    described_in_mmcif,
    described_in_pdb,
)
from il2struct.structure.components import components_of
from il2struct.structure.crystal import group_of_block, group_of_remarks
from il2struct.structure.mmcif import forget_labels, prepare
from il2struct.structure.model import Component, Note, counted_notes
from il2struct.structure.pdb_chains import arranged

#: Both formats hold printable characters, tabs and line ends. Others move the cursor of a terminal
#: or end a text early.
CONTROL_BYTES: Final = bytes(c for c in (*range(32), 127) if chr(c) not in "\t\n\r")
#: The same beyond ASCII: control characters, invisible ones, and marks that reverse the text.
CONTROL_CHARACTERS: Final = (
    "[\u0080-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]"
)
#: Stands where a byte was that is no text.
REPLACEMENT: Final = b"_"

_GZIP_MAGIC: Final = b"\x1f\x8b"
#: zlib's word for a stream in the gzip format.
GZIP: Final = 16 + zlib.MAX_WBITS
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
_WITHOUT_CONTROL: Final = bytes.maketrans(
    CONTROL_BYTES, REPLACEMENT * len(CONTROL_BYTES)
)
_HIGH_BYTES: Final = bytes(range(128, 256))
_ONLY_ASCII: Final = bytes.maketrans(_HIGH_BYTES, REPLACEMENT * len(_HIGH_BYTES))
#: Records that only a PDB-format file begins a line with.
PDB_RECORDS: Final = (
    b"HEADER", b"ATOM  ", b"HETATM", b"CRYST1", b"REMARK", b"MODEL ", b"TITLE ",
)  # fmt: skip
#: What every atom of an mmCIF file has.
ATOM_TAG: Final = "_atom_site.Cartn_x"
#: Text, quoted words and comments of CIF, which may hold any characters, or (the group) a word
#: beyond ASCII, which may not.
WORDS: Final = re.compile(
    rb"^;.*?^;|(?<!\S)'[^'\n]*'|(?<!\S)\"[^\"\n]*\"|(?<!\S)#[^\n]*|"
    rb"(?<!\S)([^\s'\"#;]*[\x80-\xff][^\s'\"]*)(?!\S)",
    re.MULTILINE | re.DOTALL,
)
#: What the archive writes before the atoms, and exports that end without a last mark do not.
ARCHIVE_TAGS: Final = ("_database_2.database_id", "_struct_asym.id", "_exptl.entry_id")
#: Cell parameters in mmCIF, and their columns in a CRYST1 record.
CELL_TAGS: Final = (
    "_cell.length_a", "_cell.length_b", "_cell.length_c",
    "_cell.angle_alpha", "_cell.angle_beta", "_cell.angle_gamma",
)  # fmt: skip
CELL_COLUMNS: Final = ((6, 15), (15, 24), (24, 33), (33, 40), (40, 47), (47, 54))


#: Water is never outside these.
LOWEST_PH, HIGHEST_PH = 0.0, 14.0
_NUMBER: Final = r"\d+(?:\.\d+)?"
#: In REMARK 200, the field of the archive; in REMARK 280, a buffer among words.
_PH_FIELD = re.compile(rf"REMARK 200 +PH +: *({_NUMBER}) *$")
_PH_WORDS = re.compile(rf"\bPH *[=:]? *({_NUMBER})(?![\d.]| *-)")


def unpacked(stored: bytes, path: Path) -> bytes:
    """
    Unpack the bytes of a file if they are packed.

    `ParseError` is raised if the gzip stream is damaged, or unpacks to far more than a structure does.
    """
    if not stored.startswith(_GZIP_MAGIC):
        return stored.removeprefix(_BYTE_ORDER_MARK)
    most = most_unpacked_bytes(len(stored))
    content, rest = b"", stored
    try:
        while rest and len(content) <= most:  # several may stand one behind the other
            member = zlib.decompressobj(GZIP)
            content += member.decompress(rest, most + 1 - len(content))
            if not member.eof and len(content) <= most:
                raise EOFError("the stream ends before its end is marked")
            rest = member.unused_data.lstrip(b"\0")
    except (EOFError, zlib.error) as error:
        raise ParseError(
            f"{path} is a damaged or truncated gzip file ({error}); fetch it again."
        ) from error
    if len(content) > most:
        raise ParseError(
            f"{path} unpacks to more than {most} bytes, unlike any structure; "
            "fetch it again or unpack it yourself."
        )
    return content.removeprefix(_BYTE_ORDER_MARK)


def ascii_text(content: bytes) -> bytes:
    """Put `REPLACEMENT` in place of every byte that PDB format does not know, columns unmoved."""
    text = content if content.isascii() else content.translate(_ONLY_ASCII)
    return _without_control(text)


def unicode_text(content: bytes) -> bytes:
    """
    Put `REPLACEMENT` in place of what is no printable UTF-8; if it is no UTF-8, no ASCII.

    mmCIF is ASCII by its definition, UTF-8 as some programs write it.
    """
    if content.isascii():
        return _without_control(content)
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return ascii_text(content)
    printable = re.sub(CONTROL_CHARACTERS, REPLACEMENT.decode(), text)
    return _without_control(printable.encode("utf-8"))


def unix_lines(content: bytes) -> bytes:
    """End every line with a line feed, whatever system the file comes from."""
    if b"\r" not in content:
        return content
    return content.replace(b"\r\n", b"\n").replace(b"\r", b"\n")


def _without_control(content: bytes) -> bytes:
    # Deleting is the fastest test: one pass, no table of places.
    if len(content.translate(None, CONTROL_BYTES)) == len(content):
        return content
    return content.translate(_WITHOUT_CONTROL)


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedText:
    """What the parser made of a file."""

    #: All models.
    structure: gemmi.Structure
    #: ``"mmcif"`` or ``"pdb"``.
    file_format: str
    #: As the content says, upper case; empty if it says nothing.
    entry_id: str
    #: Archive revision (``"1.4 2023-08-23"`` or ``"8 2024-10-30"``), empty if absent.
    revision: str
    #: The six cell parameters as the file writes them, empty if it has none: gemmi turns cells that
    #: it does not accept into its dummy cell.
    written_cell: tuple[str, ...]
    #: Differences to reference sequences that the file names.
    declared: tuple[Declared, ...] = ()
    #: What the file calls its molecules: by entity in mmCIF, by chain in PDB format.
    descriptions: Mapping[str, str] = field(default_factory=dict)
    #: At which the crystal grew, NaN if the file does not say.
    growth_ph: float = math.nan
    #: Ligands whose bond orders the file carries.
    components: tuple[Component, ...] = ()
    #: Of the file as stored.
    sha256: str = ""
    #: Whether bytes that are no text were replaced.
    has_foreign_bytes: bool = False
    #: Whether subchains are those of the archive; in PDB format there are none.
    has_labels: bool = False
    #: What was filled in, renamed or passed over.
    notes: tuple[Note, ...] = ()


def read_text(path: Path) -> ParsedText:
    """
    Read an mmCIF or PDB file, plain or gzipped, told apart by content.

    `NotFoundError` is raised if there is no such file, `ParseError` if it is empty, truncated, or not a
    structure.
    """
    try:
        stored = path.read_bytes()
    except (FileNotFoundError, IsADirectoryError) as error:
        raise NotFoundError(
            f"{path} is not a file; give an entry id or an existing file."
        ) from error
    except OSError as error:
        raise ParseError(
            f"{path} cannot be read: {error.strerror or error}."
        ) from error
    content = unpacked(stored, path)
    if not content.strip():
        raise ParseError(f"{path} is empty; fetch or export it again.")
    is_mmcif = _looks_like_mmcif(content)
    text = unicode_text(content) if is_mmcif else ascii_text(content)
    parsed = (_parse_mmcif if is_mmcif else _parse_pdb)(unix_lines(text), path)
    return replace(
        parsed,
        sha256=hashlib.sha256(stored).hexdigest(),
        has_foreign_bytes=text != content,
    )


def _looks_like_mmcif(content: bytes) -> bool:
    """Whether the first line of substance is one of mmCIF, be it one from the middle."""
    for line in content[:65536].splitlines():
        stripped = line.strip()
        if stripped and not stripped.startswith(b"#"):
            return stripped.lower().startswith((b"data_", b"loop_", b"_"))
    return False


def read_blocks(path: Path) -> gemmi.cif.Document:
    """Read the blocks of an mmCIF file, plain or gzipped; a file in PDB format has none."""
    content = unpacked(path.read_bytes(), path)
    is_mmcif = _looks_like_mmcif(content)
    return _document(unix_lines(unicode_text(content)) if is_mmcif else b"", path)


def _document(content: bytes, path: Path) -> gemmi.cif.Document:
    try:
        return gemmi.cif.read_string(_quoted(content))
    except (ValueError, RuntimeError) as error:
        raise _not_whole(path, error) from error


def _parse_mmcif(content: bytes, path: Path) -> ParsedText:
    document = _document(content, path)
    with_atoms = [block for block in document if len(block.find_values(ATOM_TAG))]
    if not with_atoms:
        if any(len(block.find_mmcif_category("_atom_site.")) for block in document):
            raise ParseError(
                f"{path} gives its atoms no Cartesian coordinates ({ATOM_TAG}); write it with them."
            )
        raise ParseError(
            f"{path} holds no atoms (no _atom_site rows); give another file."
        )
    block, *others = with_atoms
    missing = _check_end(block, content, path, is_last=block.name == document[-1].name)
    entry_id = gemmi.cif.as_string(block.find_value("_entry.id") or "?").upper()
    try:
        prepared = prepare(block, str(path))
        structure = gemmi.make_structure_from_block(block)
    except (ValueError, RuntimeError, IndexError) as error:
        raise _not_whole(path, error) from error
    if not prepared.has_labels:
        forget_labels(structure)
    structure.spacegroup_hm, group_notes = group_of_block(block, structure.cell)
    cell = [gemmi.cif.as_string(block.find_value(tag) or "?") for tag in CELL_TAGS]
    ignored = f"Of the structures in the file, {block.name} is read; write the others to files of their own."
    without = "Chains that the file declares have no atoms in it, as if somebody had taken them out."
    names = ", ".join(other.name for other in others)
    notes = counted_notes(
        ("blocks_ignored", ignored, names, len(others)),
        ("chains_without_atoms", without, ", ".join(missing), len(missing)),
    )
    return ParsedText(
        structure=structure,
        file_format="mmcif",
        entry_id=entry_id,
        revision=revision_of(content, "mmcif"),
        written_cell=tuple(cell) if all(cell) else (),
        declared=declared_in_mmcif(block),
        descriptions=described_in_mmcif(block),
        growth_ph=one_ph(block.find_values("_exptl_crystal_grow.pH")),
        components=components_of(block),
        has_labels=prepared.has_labels,
        notes=(*notes, *prepared.notes, *group_notes),
    )


def _quoted(content: bytes) -> bytes:
    """Put words beyond ASCII in quotes, without which gemmi does not read them."""
    if content.isascii():
        return content
    return WORDS.sub(
        lambda match: b'"%s"' % match[1] if match[1] else match[0], content
    )


def _check_end(
    block: gemmi.cif.Block, content: bytes, path: Path, *, is_last: bool
) -> list[str]:
    """Refuse a file that is cut off; return the chains that it declares and that have no atoms."""
    present = set(block.find_values("_atom_site.label_asym_id"))
    declared = set(block.find_values("_struct_asym.id"))
    # Labels that a program left out tell nothing.
    missing = sorted(declared - present) if present - {".", "?"} else []
    last_line = content.rstrip().rpartition(b"\n")[2]
    atoms_are_last = list(block.get_mmcif_category_names())[-1] == "_atom_site."
    if missing and atoms_are_last and not last_line.endswith(b"#"):
        raise ParseError(
            f"{path} declares chains without atoms ({', '.join(missing)}): it is truncated; "
            "fetch it again."
        )
    # Only the archive closes every table with #; others lack last marks.
    is_of_archive = any(len(block.find_values(tag)) for tag in ARCHIVE_TAGS)
    has_marks = re.search(rb"\n# *\r?\n", content) is not None
    if is_of_archive and is_last and last_line != b"#" and has_marks:
        raise ParseError(
            f"{path} ends without the # that closes its last table: it is truncated; "
            "fetch it again."
        )
    return missing


def _not_whole(path: Path, error: Exception) -> ParseError:
    return ParseError(f"{path} is not whole mmCIF: {_one_line(error)}; fetch it again.")


def _parse_pdb(content: bytes, path: Path) -> ParsedText:
    lines = content.rstrip().splitlines()
    if b"\t" in content:
        lines = [line.expandtabs() for line in lines]
    with_heads = pdb_lines.with_heads(pdb_lines.table_of(lines))
    file, shift_notes = pdb_lines.in_columns(with_heads, path)
    entry_id = _fields_of(file, b"HEADER", ((62, 66),))[0].upper()
    notes = _check_whole(file, entry_id, path)
    atoms, frame_notes = pdb_lines.with_frames(file)
    atoms, field_notes = pdb_lines.with_usual_fields(atoms)
    order = arranged(atoms)
    text = order.lines
    if np.isnan(atoms.coords).any():
        heads = pdb_lines.ATOM_RECORDS
        text = [_with_nan(line) if line.startswith(heads) else line for line in text]
    try:
        structure = gemmi.read_pdb_string(
            b"\n".join(text), split_chain_on_ter=order.shares_names
        )
    except (ValueError, RuntimeError) as error:
        raise ParseError(
            f"{path} is not readable PDB format: {_one_line(error)}; export it again."
        ) from error
    structure.spacegroup_hm, group_notes = group_of_remarks(structure)
    cell = _fields_of(file, b"CRYST1", CELL_COLUMNS)
    return ParsedText(
        structure=structure,
        file_format="pdb",
        entry_id=entry_id,
        revision=revision_of(content, "pdb"),
        written_cell=cell if all(cell) else (),
        declared=declared_in_pdb(file.records(b"SEQADV")),
        descriptions=described_in_pdb(file.records(b"COMPND")),
        growth_ph=growth_ph_in_pdb(structure.raw_remarks),
        notes=(
            *notes,
            *frame_notes,
            *shift_notes,
            *field_notes,
            *order.notes,
            *group_notes,
        ),
    )


def _check_whole(atoms: pdb_lines.PdbLines, entry_id: str, path: Path) -> list[Note]:
    """Refuse what is no PDB format or cut off; note an end that is not marked."""
    lines = atoms.lines
    if not any((atoms.heads == name).any() for name in PDB_RECORDS):
        raise ParseError(
            f"{path} is neither mmCIF nor PDB format; give a structure file."
        )
    if not len(atoms.rows):
        raise ParseError(
            f"{path} holds no atoms (no ATOM or HETATM records); give another file."
        )
    last = int(atoms.rows[-1])
    z_ends = pdb_lines.COORDINATE_COLUMNS[-1][1]
    if len(lines[last].rstrip()) < z_ends:
        raise ParseError(
            f"{path} breaks off in the middle of an atom record: it is truncated; fetch it again."
        )
    blank = atoms.rows[atoms.table[:, z_ends - 1] == ord(" ")].tolist()
    short = next((row for row in blank if len(lines[row].rstrip()) < z_ends), None)
    if short is not None:
        raise ParseError(
            f"{path} has an atom record without coordinates in line {short + 1}; export it again."
        )
    if not looks_like_entry_id(entry_id) or any(
        line[:6].strip() == b"END" for line in lines[-5:]
    ):
        return []
    narrowest = min((len(lines[row].rstrip()) for row in atoms.rows[:-1]), default=0)
    is_cut = last == len(lines) - 1 and len(lines[last].rstrip()) < narrowest
    if is_cut or not _is_closed(atoms):
        raise ParseError(
            f"{path} ends without its END record and without all that it declares: it is "
            "truncated; fetch it again, or write END behind it if it is whole."
        )
    text = "The file has no END record; what it declares is there."
    return [Note("end_missing", text)]


def _is_closed(file: pdb_lines.PdbLines) -> bool:
    """Whether a file without END has all the chains, groups and waters that it declares."""
    if len(file.records(b"MASTER")):
        return True  # the record before END
    if len(file.records(b"MODEL ")):
        return False  # more models may have followed
    atoms = [file.lines[row] for row in file.rows.tolist()]
    chains = {line[20:22].strip() for line in atoms}
    groups = {line[17:22].replace(b" ", b"") for line in atoms}
    declared = {line[10:12].strip() for line in file.records(b"SEQRES")}
    hetero = {line[7:13].replace(b" ", b"") for line in file.records(b"HET   ")}
    n_waters = sum(line[17:20] == b"HOH" for line in atoms)
    formulas = b"\n".join(file.records(b"FORMUL"))
    waters = re.search(rb"HOH +\*?(\d+)\(H2 O\)", formulas)
    # Where chains end with TER, so does the last.
    ends = np.flatnonzero(file.is_ter)
    polymers = np.flatnonzero(file.heads == pdb_lines.ATOM_RECORDS[0])
    return (
        declared <= chains
        and hetero <= groups
        and (waters is None or int(waters[1]) <= n_waters)
        and (not len(ends) or not len(polymers) or bool(ends[-1] > polymers[-1]))
    )


def _fields_of(
    file: pdb_lines.PdbLines, record: bytes, columns: Sequence[tuple[int, int]]
) -> tuple[str, ...]:
    """Fields of the first record of a name, empty where there is none."""
    line = next(iter(file.records(record)), b"")
    return tuple(
        line[start:stop].decode("ascii", "replace").strip() for start, stop in columns
    )


def _with_nan(line: bytes) -> bytes:
    """Write what is no coordinate as one that is none: gemmi reads **** as zero."""
    for start, stop in pdb_lines.COORDINATE_COLUMNS:
        try:
            float(line[start:stop])
        except ValueError:
            line = line[:start] + b"nan".rjust(stop - start) + line[stop:]
    return line


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split()).rstrip(".")


def growth_ph_in_pdb(remarks: Sequence[str]) -> float:
    """
    Read the pH field of REMARK 200, or the one pH in the words of REMARK 280; NaN if they say none.

    Examples
    --------
    >>> growth_ph_in_pdb(["REMARK 200  PH                             : NULL",
    ...                   "REMARK 280  AND 0.1 M CITRATE PH 4.0"])
    4.0
    """
    fields = [found[1] for line in remarks if (found := _PH_FIELD.match(line.rstrip()))]
    words = " ".join(line[10:] for line in remarks if line.startswith("REMARK 280"))
    return one_ph(fields or _PH_WORDS.findall(words.upper()))


def one_ph(values: Iterable[str]) -> float:
    """Return the one pH that some texts give; NaN if they give none, or several that differ."""
    known = {gemmi.cif.as_number(gemmi.cif.as_string(value)) for value in values}
    possible = {ph for ph in known if LOWEST_PH < ph <= HIGHEST_PH}
    return possible.pop() if len(possible) == 1 else math.nan
