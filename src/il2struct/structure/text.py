"""From a file to a gemmi structure, or to one sentence on why it is not one."""

import gzip
import hashlib
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from il2struct.errors import NotFoundError, ParseError

if TYPE_CHECKING:
    import gemmi

#: Records that only a PDB-format file begins a line with.
PDB_RECORDS: Final = (
    b"HEADER",
    b"ATOM  ",
    b"HETATM",
    b"CRYST1",
    b"REMARK",
    b"MODEL ",
    b"TITLE ",
)
#: A coordinate record must reach at least to the end of z (column 54).
MIN_ATOM_LINE: Final = 54


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedText:
    """
    What the parser made of a file.

    Attributes
    ----------
    structure : gemmi.Structure
        All models.
    file_format : str
        ``"mmcif"`` or ``"pdb"``.
    entry_id : str
        As the content says, upper case; empty if it says nothing.
    revision : str
        Archive revision (``"1.4 2023-08-23"`` or ``"8 2024-10-30"``), empty if absent.
    sha256 : str
        Of the file as stored.
    """

    structure: "gemmi.Structure"
    file_format: str
    entry_id: str
    revision: str
    sha256: str


def read_text(path: Path) -> ParsedText:
    """
    Read an mmCIF or PDB file, plain or gzipped, told apart by content.

    Raises
    ------
    NotFoundError
        If there is no such file.
    ParseError
        If it is empty, truncated, or not a structure.
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
    content = _decompressed(stored, path)
    if not content.strip():
        raise ParseError(f"{path} is empty; fetch or export it again.")
    parse = _parse_mmcif if _looks_like_mmcif(content) else _parse_pdb
    structure, entry_id, revision = parse(content, path)
    return ParsedText(
        structure=structure,
        file_format="mmcif" if parse is _parse_mmcif else "pdb",
        entry_id=entry_id,
        revision=revision,
        sha256=hashlib.sha256(stored).hexdigest(),
    )


def _decompressed(stored: bytes, path: Path) -> bytes:
    if not stored.startswith(b"\x1f\x8b"):
        return stored
    try:
        return gzip.decompress(stored)
    except (OSError, EOFError, zlib.error) as error:
        raise ParseError(
            f"{path} is a damaged or truncated gzip file ({error}); fetch it again."
        ) from error


def _looks_like_mmcif(content: bytes) -> bool:
    for line in content[:65536].splitlines():
        stripped = line.strip()
        if stripped and not stripped.startswith(b"#"):
            return stripped[:5].lower() == b"data_"
    return False


def _parse_mmcif(content: bytes, path: Path) -> tuple["gemmi.Structure", str, str]:
    import gemmi

    try:
        block = gemmi.cif.read_string(content)[0]
        structure = gemmi.make_structure_from_block(block)
    except (ValueError, RuntimeError, IndexError) as error:
        raise ParseError(
            f"{path} is not whole mmCIF: {_one_line(error)}; fetch it again."
        ) from error
    declared = set(block.find_values("_struct_asym.id"))
    present = set(block.find_values("_atom_site.label_asym_id"))
    if not present:
        raise ParseError(f"{path} holds no atoms (no _atom_site rows).")
    if declared - present:
        missing = ", ".join(sorted(declared - present))
        raise ParseError(
            f"{path} declares chains without atoms ({missing}): it is truncated; fetch it again."
        )
    entry_id = gemmi.cif.as_string(block.find_value("_entry.id") or "?").upper()
    return structure, entry_id, _mmcif_revision(block)


def _mmcif_revision(block: "gemmi.cif.Block") -> str:
    table = block.find(
        "_pdbx_audit_revision_history.",
        ["major_revision", "minor_revision", "revision_date"],
    )
    rows = [(row[2], f"{row[0]}.{row[1]} {row[2]}") for row in table]
    return max(rows)[1] if rows else ""


def _parse_pdb(content: bytes, path: Path) -> tuple["gemmi.Structure", str, str]:
    import gemmi

    lines = content.splitlines()
    if not any(line.startswith(PDB_RECORDS) for line in lines):
        raise ParseError(
            f"{path} is neither mmCIF nor PDB format; give a structure file."
        )
    atom_lines = [line for line in lines if line.startswith((b"ATOM  ", b"HETATM"))]
    if not atom_lines:
        raise ParseError(f"{path} holds no atoms (no ATOM or HETATM records).")
    if len(atom_lines[-1]) < MIN_ATOM_LINE:
        raise ParseError(
            f"{path} breaks off in the middle of an atom record: it is truncated; fetch it again."
        )
    entry_id = next(
        (
            line[62:66].decode("ascii", "replace").strip()
            for line in lines
            if line[:6] == b"HEADER"
        ),
        "",
    ).upper()
    if entry_id and not any(line.startswith(b"END") for line in lines[-5:]):
        raise ParseError(
            f"{path} ends without its END record: it is truncated; fetch it again."
        )
    try:
        structure = gemmi.read_pdb_string(content)
    except (ValueError, RuntimeError) as error:
        raise ParseError(
            f"{path} is not readable PDB format: {_one_line(error)}."
        ) from error
    return structure, entry_id, _pdb_revision(lines)


def _pdb_revision(lines: list[bytes]) -> str:
    for line in lines:
        if line.startswith(b"REVDAT"):
            number = line[7:10].decode("ascii", "replace").strip()
            return f"{number} {_iso_date(line[13:22].decode('ascii', 'replace'))}"
    return ""


def _iso_date(text: str) -> str:
    """``30-OCT-24`` as ``2024-10-30``; PDB years above 70 are of the last century."""
    months = "JANFEBMARAPRMAYJUNJULAUGSEPOCTNOVDEC"
    try:
        day, month, year = text.strip().split("-")
        century = 1900 if int(year) > 70 else 2000
        return (
            f"{century + int(year)}-{months.index(month) // 3 + 1:02d}-{int(day):02d}"
        )
    except ValueError:
        return text.strip()


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split()).rstrip(".")
