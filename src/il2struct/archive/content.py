"""What a structure file says about itself: format, entry, revision, wholeness."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal, TypeAlias

from il2struct.archive.ids import looks_like_entry_id, parse_entry_id
from il2struct.errors import CorruptError, UnavailableError

FileFormat: TypeAlias = Literal["mmcif", "pdb"]

#: How much unpacked text is read at the start of a file, in bytes; the ID stands in its first
#: lines, which only a long preamble of comments could push further.
_HEAD_BYTES: Final = 1 << 16

#: Unpacked bytes held at once on top of what is already read.
_CHUNK_BYTES: Final = 1 << 20

#: Any packed file may unpack to so many bytes, …
_HARMLESS_BYTES: Final = 64 * 1024**2
#: … and a larger one to so many times its size: structures pack 4 to 20 times, a run of one
#: character, which is what a bomb is made of, 1000 times.
_LARGEST_RATIO: Final = 100

#: RFC 1952: the first two bytes of every gzip member.
_GZIP_MAGIC: Final = b"\x1f\x8b"

#: Record names that a PDB file may open with (PDB format 3.3, and what programs write).
_PDB_RECORDS: Final = frozenset(
    (
        "HEADER", "OBSLTE", "TITLE", "SPLIT", "CAVEAT", "COMPND", "SOURCE", "KEYWDS", "EXPDTA",
        "NUMMDL", "MDLTYP", "AUTHOR", "REVDAT", "SPRSDE", "JRNL", "REMARK", "DBREF", "DBREF1",
        "SEQADV", "SEQRES", "MODRES", "HET", "HETNAM", "FORMUL", "HELIX", "SHEET", "SSBOND",
        "LINK", "CISPEP", "SITE", "CRYST1", "ORIGX1", "SCALE1", "MTRIX1", "MODEL", "ATOM",
        "HETATM", "USER",
    )
)  # fmt: skip

#: Month names of PDB dates (PDB format 3.3, "Date").
_MONTHS: Final = (
    "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC",
)  # fmt: skip

#: Two-digit years from here on belong to 19xx: the PDB was founded in 1971.
_FIRST_YEAR: Final = 71

# Patterns are compiled when first used: most commands import this and read no file with it.
_ENTRY_ID: Final = r"(?im)^_entry\.id\s+(?:'([^']*)'|\"([^\"]*)\"|(\S+))"
#: Beginning with a letter that occurs, not with a test of the place: ten times as fast.
_REVDAT: Final = r"\nREVDAT +(\d+)   +(\d\d)-([A-Z]{3})-(\d\d)"

_HISTORY: Final = "_pdbx_audit_revision_history."
#: One category: its tags, then its rows up to the next category, comment or block.
_HISTORY_BLOCK: Final = (
    rf"(?P<tags>(?:{re.escape(_HISTORY)}.*\n)+)(?P<rows>(?:(?![#_]|loop_|data_).*\n)*)"
)
_TOKEN: Final = r"'(.*?)'(?=\s)|\"(.*?)\"(?=\s)|(\S+)"


class FileFaultError(CorruptError):
    """
    A file that is not what it should be.

    Parameters
    ----------
    path : Path
        The file.
    fault : str
        What is wrong, so that "<path> <fault>" is a clause.
    advice : str
        What to do about it.
    """

    def __init__(
        self, path: Path, fault: str, *, advice: str = "fetch the entry again"
    ) -> None:
        super().__init__(f"{path} {fault}; {advice}.")
        self.path = path
        self.fault = fault


class DamagedStreamError(FileFaultError):
    """A gzip stream that is truncated or fails its checksum; a second copy may be whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileContent:
    """
    What a structure file says about itself.

    Parameters
    ----------
    file_format : {'mmcif', 'pdb'}
        Format of the text, whatever the file is called.
    entry_id : str
        The entry it says it is: a PDB ID in its usual form (``2ERJ``), the name that another
        source gave it, or empty.
    revision : str
        ``1.4 2023-08-23`` (major, minor, date) in mmCIF, ``8 2024-10-30`` in PDB format, or
        empty. Only whole-file readers fill it.
    is_gzip : bool
        Whether the bytes on disk are packed, whatever the file is called.
    """

    file_format: FileFormat
    entry_id: str
    revision: str = ""
    is_gzip: bool


def identify(path: Path) -> FileContent:
    """
    Read the format and the entry ID from the start of a structure file, gzipped or not.

    Cheap: nothing beyond the first 64 kB of text is read, so that a later fault is not seen.

    Parameters
    ----------
    path : Path
        An existing file.

    Returns
    -------
    FileContent
        Without the revision, which may stand at the end.

    Raises
    ------
    CorruptError
        If it is empty, broken from the start, or neither mmCIF nor PDB format.
    UnavailableError
        If it cannot be opened.
    """
    head = b""
    for chunk in _unpacked_chunks(path):
        head += chunk
        if len(head) >= _HEAD_BYTES:
            break
    return _content(path, head[:_HEAD_BYTES].decode("utf-8", "replace"))


def read_whole(path: Path, *, max_bytes: int) -> tuple[FileContent, bytes]:
    """
    Read a structure file to its end, checking that gzip finds it whole.

    Parameters
    ----------
    path : Path
        An existing file.
    max_bytes : int
        Largest size accepted after unpacking.

    Returns
    -------
    FileContent
        With the revision.
    bytes
        The unpacked text.

    Raises
    ------
    CorruptError
        If it is empty, truncated, too large, or neither mmCIF nor PDB format.
    UnavailableError
        If it cannot be opened.
    """
    chunks: list[bytes] = []
    n_bytes = 0
    for chunk in _unpacked_chunks(path):
        chunks.append(chunk)
        n_bytes += len(chunk)
        most = _most_bytes(path, max_bytes)
        if n_bytes > most:
            raise FileFaultError(path, f"unpacks to more than the {most} bytes allowed")
    data = b"".join(chunks)
    head = data[:_HEAD_BYTES].decode("utf-8", "replace")
    content = _content(path, head)
    return replace(content, revision=revision_of(data, content.file_format)), data


def most_unpacked_bytes(n_packed: int) -> int:
    """
    Tell how much a packed structure may unpack to before it is taken for a bomb.

    Parameters
    ----------
    n_packed : int
        Size on disk.

    Returns
    -------
    int

    Examples
    --------
    >>> most_unpacked_bytes(300_000), most_unpacked_bytes(10_000_000)
    (67108864, 1000000000)
    """
    return max(_HARMLESS_BYTES, _LARGEST_RATIO * n_packed)


def _most_bytes(path: Path, max_bytes: int) -> int:
    if not _is_gzip(path):
        return max_bytes
    return min(max_bytes, most_unpacked_bytes(path.stat().st_size))


def revision_of(data: bytes, file_format: FileFormat) -> str:
    """
    Read which revision of the archive's file this is.

    Parameters
    ----------
    data : bytes
        The unpacked text.
    file_format : {'mmcif', 'pdb'}
        Its format.

    Returns
    -------
    str
        ``1.4 2023-08-23`` (mmCIF) or ``8 2024-10-30`` (PDB format); empty if it does not say.
    """
    return _mmcif_revision(data) if file_format == "mmcif" else _pdb_revision(data)


def _content(path: Path, head: str) -> FileContent:
    file_format = _format_of(head)
    if file_format is None:
        fault = "is neither in mmCIF nor in PDB format" if head.strip() else "is empty"
        raise FileFaultError(path, fault, advice="give another file or fetch it again")
    entry_id = _mmcif_entry_id(head) if file_format == "mmcif" else _pdb_entry_id(head)
    return FileContent(
        file_format=file_format,
        entry_id=entry_id,
        is_gzip=_is_gzip(path),
    )


def _is_gzip(path: Path) -> bool:
    with path.open("rb") as stream:
        return stream.read(len(_GZIP_MAGIC)) == _GZIP_MAGIC


def _unpacked_chunks(path: Path) -> Iterator[bytes]:
    import gzip
    import zlib

    try:
        opener = gzip.open if _is_gzip(path) else open
        with opener(path, "rb") as stream:
            while chunk := stream.read(_CHUNK_BYTES):
                yield chunk
    except EOFError:
        raise DamagedStreamError(
            path, "is truncated, its gzip stream ends early"
        ) from None
    except (gzip.BadGzipFile, zlib.error) as error:
        raise DamagedStreamError(path, f"is not a whole gzip file ({error})") from error
    except OSError as error:
        raise UnavailableError(
            f"{path} cannot be read ({error.strerror or error}); check it and its permissions."
        ) from error


def _format_of(head: str) -> FileFormat | None:
    for line in head.lstrip("\ufeff").splitlines():
        if line[:5].lower() == "data_":
            return "mmcif"
        if line[:6].rstrip() in _PDB_RECORDS:
            return "pdb"
    return None


def _mmcif_entry_id(head: str) -> str:
    match = re.search(_ENTRY_ID, head)
    if match is None:
        return ""
    value = next(group for group in match.groups() if group is not None).strip()
    # "?" and "." are CIF for unknown and inapplicable.
    return "" if value in {"?", "."} else _usual_form(value)


def _pdb_entry_id(head: str) -> str:
    header = next((line for line in head.splitlines() if line.startswith("HEADER")), "")
    value = header[62:66].strip()
    # Programs write "XXXX" and the like there: only an ID counts.
    return _usual_form(value) if looks_like_entry_id(value) else ""


def _usual_form(value: str) -> str:
    return str(parse_entry_id(value)) if looks_like_entry_id(value) else value


def _pdb_revision(data: bytes) -> str:
    # REVDAT follows the lists of molecules, which are long in large complexes, and stands before
    # the coordinates, which are most of a file.
    coordinates = data.find(b"\nATOM  ", 0, _CHUNK_BYTES)
    head = data[: coordinates if coordinates >= 0 else _CHUNK_BYTES]
    revisions = {
        int(number): (day, month, year)
        for number, day, month, year in re.findall(
            _REVDAT, "\n" + head.decode("utf-8", "replace")
        )
    }
    if not revisions:
        return ""
    number = max(revisions)
    day, month, year = revisions[number]
    if month not in _MONTHS:
        return str(number)
    century = 1900 if int(year) >= _FIRST_YEAR else 2000
    return f"{number} {century + int(year)}-{_MONTHS.index(month) + 1:02d}-{day}"


def _mmcif_revision(data: bytes) -> str:
    start = data.find(b"\n" + _HISTORY.encode()) + 1
    if start == 0:
        return ""
    text = data[start : start + _HEAD_BYTES].decode("utf-8", "replace")
    match = re.match(_HISTORY_BLOCK, text)
    rows = _history_rows(match["tags"], match["rows"]) if match else []
    # Files also carry the histories of structure factors and chemical shifts.
    models = [
        row
        for row in rows
        if row.get("data_content_type", "structure model").lower() == "structure model"
        and "major_revision" in row
    ]
    if not models:
        return ""
    last = models[-1]
    number = f"{last.get('major_revision', '?')}.{last.get('minor_revision', '?')}"
    return f"{number} {last.get('revision_date', '')}".rstrip()


def _history_rows(tags: str, rows: str) -> list[dict[str, str]]:
    lines = [_tokens(line) for line in tags.splitlines()]
    names = [line[0].removeprefix(_HISTORY) for line in lines]
    if all(len(line) == 2 for line in lines):
        return [dict(zip(names, (line[1] for line in lines), strict=True))]
    values = _tokens(rows)
    starts = range(0, len(values) - len(names) + 1, len(names))
    return [dict(zip(names, values[i : i + len(names)], strict=True)) for i in starts]


def _tokens(text: str) -> list[str]:
    return ["".join(groups) for groups in re.findall(_TOKEN, text + "\n")]
