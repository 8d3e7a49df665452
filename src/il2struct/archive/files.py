"""
PDB entry IDs, and one structure file on disk.

What a file says of itself, whether it is whole, where it came from. IDs have four characters, and
twelve from July 2027 on.
"""

import logging
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final, Literal, TypeAlias

from il2struct.errors import CorruptError, FetchError, ParameterError, UnavailableError

logger = logging.getLogger(__name__)

FileFormat: TypeAlias = Literal["mmcif", "pdb"]
Origin: TypeAlias = Literal["file", "mirror", "cache", "download"]

#: The classic form: a digit from 1 to 9, then three letters or digits.
_SHORT: Final = r"[1-9][a-z0-9]{3}"

#: The extended form, and the only one issued from July 2027 on
#: (https://www.wwpdb.org/documentation/pdb-id-extension-faq).
_EXTENDED: Final = r"pdb_[a-z0-9]{8}"

#: What turns a four-character ID into its extended form (same FAQ).
_PREFIX: Final = "pdb_0000"

#: Endings of structure files, by format, in the order of preference.
SUFFIXES: Final[dict[FileFormat, tuple[str, ...]]] = {
    "mmcif": (".cif.gz", ".cif", ".mmcif.gz", ".mmcif"),
    "pdb": (".pdb.gz", ".pdb", ".ent.gz", ".ent"),
}
ENDINGS: Final = (*SUFFIXES["mmcif"], *SUFFIXES["pdb"])

#: How much unpacked text is read at the start of a file, in bytes; the ID stands in its first
#: lines, which only a long preamble of comments could push further.
_HEAD_BYTES: Final = 1 << 16

#: Unpacked bytes held at once on top of what is already read.
_CHUNK_BYTES: Final = 1 << 20
#: How many bytes at the end of a PDB file must hold its END record: two lines.
_TAIL_BYTES: Final = 162
#: Largest size accepted after unpacking unless told otherwise, in bytes.
_MAX_BYTES: Final = 4 * 1024**3

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

_UNPACK: Final = "unpack it and give the structure in it"
_ANOTHER: Final = "give another file or fetch it again"
_CONVERT: Final = "write it as mmCIF or in PDB format"
#: How packed files begin, decoded as UTF-8, what they are, and what to do.
_PACKED: Final = (
    (r"BZh", "is packed by bzip2", _UNPACK),
    (r"PK\x03\x04", "is a zip archive", _UNPACK),
    (r"\ufffd7zXZ", "is packed by xz", _UNPACK),
    (r"\x1f\ufffd", "is packed by gzip twice", _UNPACK),
    (r"(?s).{257}ustar", "is a tar archive", _UNPACK),
)
#: The same of what people take for structure files, where no line is one of a structure.
_OTHERS: Final = (
    (r"\s*$", "is empty", _ANOTHER),
    (r"\ufffd\W{0,3}(dataBlocks|encoder|version)", "is BinaryCIF", _CONVERT),
    (r"(\ufffd\ufffd)?([\x20-\x7e]\0|\0[\x20-\x7e]){4}", "is text in UTF-16", "save it as UTF-8"),
    (r"(?i)\s*<(!doctype|html)", "is a web page", "fetch the structure itself"),
    (r"version https://git-lfs", "is a pointer of Git LFS", "fetch what it points to (git lfs pull)"),
    (r"\s*[{\[]\s*[\"{\[]", "is JSON", "give the structure beside it"),
    (r"(?s).{0,999}@<TRIPOS>", "is in MOL2 format", _CONVERT),
    (r".*\n\s*\d+\s*\n[ \d]{5}\S.{14}\s*-?\d+\.\d", "is in GROMACS' format", f"{_CONVERT} (gmx editconf)"),
    (r"", "is neither in mmCIF nor in PDB format", _ANOTHER),
)  # fmt: skip
#: Records of atoms, wherever in their line they begin.
_ATOM_HEADS: Final = (["ATOM"], ["HETATM"])
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


@dataclass(frozen=True, slots=True, order=True)
class EntryId:
    """
    The ID of one PDB entry, the same object whichever form it was written in.

    Only ever holds letters, digits and one underscore, so it is safe in paths and URLs. A
    `ParameterError` if it is not that form; `parse_entry_id` reads what people type.

    Examples
    --------
    >>> entry_id = parse_entry_id("2erj")
    >>> str(entry_id), entry_id.extended, entry_id.middle
    ('2ERJ', 'pdb_00002erj', 'er')
    """

    #: The twelve-character form in lower case, ``pdb_00002erj``.
    extended: str

    def __post_init__(self) -> None:
        if not re.fullmatch(_EXTENDED, self.extended):
            raise ParameterError(
                f"{self.extended!r} is not an extended PDB ID such as pdb_00002erj; "
                f"use parse_entry_id for other spellings."
            )

    @property
    def short(self) -> str | None:
        """The four-character form in upper case, None if the entry has none."""
        tail = self.extended.removeprefix(_PREFIX)
        return tail.upper() if re.fullmatch(_SHORT, tail) else None

    @property
    def middle(self) -> str:
        """The two characters that name the entry's folder in the divided archive."""
        # Third and second from the end: the same folder for both forms of an ID.
        return self.extended[-3:-1]

    def __str__(self) -> str:
        return self.short or self.extended


def looks_like_entry_id(text: str) -> bool:
    """
    Tell whether a text is a PDB ID in either form, in any case.

    Examples
    --------
    >>> [looks_like_entry_id(text) for text in ("2ERJ", "PDB_00002ERJ", "IL2", "2ERJ.cif")]
    [True, True, False, False]
    """
    lower = text.strip().lower()
    # Some letters outside ASCII become ASCII in lower case (the Kelvin sign).
    return text.isascii() and bool(
        re.fullmatch(_SHORT, lower) or re.fullmatch(_EXTENDED, lower)
    )


def parse_entry_id(text: str) -> EntryId:
    """
    Read a PDB ID in either form, in any case.

    Examples
    --------
    >>> parse_entry_id("2ERJ") == parse_entry_id("PDB_00002ERJ")
    True
    """
    if not looks_like_entry_id(text):
        raise ParameterError(
            f"{text!r} is not a PDB ID; write four characters that start with a digit (2ERJ) "
            f"or pdb_ and eight characters (pdb_00002erj)."
        )
    lower = text.strip().lower()
    return EntryId(lower if re.fullmatch(_EXTENDED, lower) else _PREFIX + lower)


class FileFaultError(CorruptError):
    """A file that is not what it should be; "<path> <fault>" is a clause."""

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
    """What a structure file says about itself."""

    #: Format of the text, whatever the file is called.
    file_format: FileFormat
    #: The entry it says it is: a PDB ID in its usual form (``2ERJ``), the name that another source
    #: gave it, or empty.
    entry_id: str
    #: ``1.4 2023-08-23`` (major, minor, date) in mmCIF, ``8 2024-10-30`` in PDB format, or empty.
    #: Only whole-file readers fill it.
    revision: str = ""
    #: Whether the bytes on disk are packed, whatever the file is called.
    is_gzip: bool


def read_whole(path: Path, *, max_bytes: int) -> tuple[FileContent, bytes]:
    """
    Read a structure file to its end, gzipped or not, unpacked to so many bytes at most.

    `CorruptError` if gzip does not find it whole, it is larger, or of neither format.
    """
    chunks: list[bytes] = []
    n_bytes, most = 0, max_bytes
    for chunk in _unpacked_chunks(path):
        if not chunks and _is_gzip(path):
            most = min(max_bytes, most_unpacked_bytes(path.stat().st_size))
        chunks.append(chunk)
        n_bytes += len(chunk)
        if n_bytes > most:
            raise FileFaultError(path, f"unpacks to more than the {most} bytes allowed")
    data = b"".join(chunks)
    content = _content(path, data[:_HEAD_BYTES].decode("utf-8", "replace"))
    return replace(content, revision=revision_of(data, content.file_format)), data


def most_unpacked_bytes(n_packed: int) -> int:
    """
    Tell how much a packed structure may unpack to before it is taken for a bomb.

    Examples
    --------
    >>> most_unpacked_bytes(300_000), most_unpacked_bytes(10_000_000)
    (67108864, 1000000000)
    """
    return max(_HARMLESS_BYTES, _LARGEST_RATIO * n_packed)


def revision_of(data: bytes, file_format: FileFormat) -> str:
    """``1.4 2023-08-23`` (mmCIF) or ``8 2024-10-30`` (PDB format); empty if it does not say."""
    return _mmcif_revision(data) if file_format == "mmcif" else _pdb_revision(data)


def _content(path: Path, head: str) -> FileContent:
    """Read the format and, in its usual form, the entry ID from the start of a text."""
    _refuse(path, head, _PACKED)
    lines = head.lstrip("\ufeff").splitlines()
    for line in lines:
        if line[:5].lower() == "data_":
            file_format: FileFormat = "mmcif"
            match = re.search(_ENTRY_ID, head)
            groups = match.groups() if match else ("",)
            entry_id = next(group for group in groups if group is not None).strip()
            # CIF for unknown and inapplicable.
            entry_id = "" if entry_id in {"?", "."} else entry_id
            break
        if line[:6].rstrip() in _PDB_RECORDS or line.split()[:1] in _ATOM_HEADS:
            file_format = "pdb"
            headers = (line for line in head.splitlines() if line.startswith("HEADER"))
            entry_id = next(headers, "")[62:66].strip()
            # Programs write "XXXX" and the like there: only an ID counts.
            entry_id = entry_id if looks_like_entry_id(entry_id) else ""
            break
    else:
        _refuse(path, head, _OTHERS)
    if looks_like_entry_id(entry_id):
        entry_id = str(parse_entry_id(entry_id))
    return FileContent(
        file_format=file_format, entry_id=entry_id, is_gzip=_is_gzip(path)
    )


def _refuse(path: Path, head: str, kinds: Sequence[tuple[str, str, str]]) -> None:
    """Raise `FileFaultError` for the first kind of file that begins as this one."""
    for pattern, fault, advice in kinds:
        if re.match(pattern, head):
            raise FileFaultError(path, fault, advice=advice)


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


def _pdb_revision(data: bytes) -> str:
    # REVDAT follows the lists of molecules, which are long in large complexes, and stands before
    # the coordinates, which are most of a file.
    coordinates = data.find(b"\nATOM  ", 0, _CHUNK_BYTES)
    head = data[: coordinates if coordinates >= 0 else _CHUNK_BYTES]
    found = re.findall(_REVDAT, "\n" + head.decode("utf-8", "replace"))
    if not found:
        return ""
    revisions = {int(number): date for number, *date in found}
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
    if match is None:
        return ""
    lines = [_tokens(line) for line in match["tags"].splitlines()]
    names = [line[0].removeprefix(_HISTORY) for line in lines]
    # One row has its values beside the tags, several have them below.
    is_single = all(len(line) == 2 for line in lines)
    values = [line[1] for line in lines] if is_single else _tokens(match["rows"])
    n = len(names)
    starts = range(0, len(values) - n + 1, n)
    rows = [dict(zip(names, values[i : i + n], strict=True)) for i in starts]
    # Files also carry the histories of structure factors and chemical shifts.
    model = "structure model"
    kinds = (row.get("data_content_type", model).lower() for row in rows)
    models = [row for row, kind in zip(rows, kinds, strict=True) if kind == model]
    models = [row for row in models if "major_revision" in row]
    if not models:
        return ""
    last = models[-1]
    number = f"{last['major_revision']}.{last.get('minor_revision', '?')}"
    return f"{number} {last.get('revision_date', '')}".rstrip()


def _tokens(text: str) -> list[str]:
    return ["".join(groups) for groups in re.findall(_TOKEN, text + "\n")]


@dataclass(frozen=True, slots=True, kw_only=True)
class StructureFile:
    """A structure file on disk that was looked into, and where it came from."""

    #: Where it lies.
    path: Path
    #: The entry it says it is; empty if it does not say.
    entry_id: str
    #: Named by the user, found in a mirror or the cache, or downloaded just now.
    origin: Origin
    #: Format of the text, whatever the file is called.
    file_format: FileFormat
    #: Whether the bytes on disk are packed, whatever the file is called.
    is_gzip: bool
    #: Checksum of the file as it lies on disk.
    sha256: str
    #: ``1.4 2023-08-23`` (mmCIF), ``8 2024-10-30`` (PDB format), or empty.
    revision: str = ""
    #: Where it was downloaded, empty if unknown.
    url: str = ""
    #: When it was downloaded (ISO 8601), empty if unknown.
    retrieved_utc: str = ""
    #: What the user should know about the file or about copies that were passed over.
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sidecar:
    """What is remembered of a download, in ``<file>.json`` beside the file."""

    url: str
    retrieved_utc: str
    sha256: str
    entry_id: str
    revision: str
    software: str


def has_structure_suffix(path: Path) -> bool:
    """
    Tell whether a file is called like a structure file.

    Examples
    --------
    >>> [has_structure_suffix(Path(name)) for name in ("2ERJ.mmcif", "pdb2erj.ENT", "2ERJ.json")]
    [True, True, False]
    """
    return path.name.lower().endswith(ENDINGS)


def name_of(path: Path) -> str:
    """
    Return what a structure file is called, without its ending.

    Examples
    --------
    >>> [name_of(Path(name)) for name in ("2ERJ.cif.gz", "model_1.PDB", "a.b.ent", "odd.gz")]
    ['2ERJ', 'model_1', 'a.b', 'odd']
    """
    name = path.name
    ending = next((e for e in (*ENDINGS, ".gz") if name.lower().endswith(e)), "")
    return name[: len(name) - len(ending)]


def user_path(text: str) -> Path:
    """Read a path that may begin with ``~``, which the shell does not expand everywhere."""
    path = Path(text)
    try:
        return path.expanduser()
    except RuntimeError:
        # No user of that name: then it is a file name that begins with "~".
        return path


def is_file(path: Path) -> bool:
    """Tell whether a path is a file, False also where it may not be looked at."""
    with suppress(OSError):
        return path.is_file()
    return False


def is_folder(path: Path) -> bool:
    """Tell whether a path is a folder, False also where it may not be looked at."""
    with suppress(OSError):
        return path.is_dir()
    return False


def file_sha256(path: Path) -> str:
    """SHA-256 checksum of a file in hexadecimal; `UnavailableError` if it cannot be opened."""
    import hashlib

    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise UnavailableError(
            f"{path} cannot be read ({error.strerror or error}); check it and its permissions."
        ) from error


def describe_file(path: Path, *, origin: Origin, max_bytes: int) -> StructureFile:
    """
    Look into a structure file and its sidecar, and tell what it is.

    `CorruptError` if it is not a whole structure file, or not the one its sidecar tells of.
    """
    sha256 = file_sha256(path)
    # A sidecar is the cache's; beside a user's own file a .json may mean anything.
    sidecar = None if origin == "file" else read_sidecar(path)
    if sidecar is not None and sidecar.sha256 != sha256:
        raise FileFaultError(
            path,
            f"has another checksum than {sidecar_path(path).name} says",
            advice="fetch the entry again, or delete the .json file if the structure is yours",
        )
    content, _ = read_whole(path, max_bytes=max_bytes)
    return structure_file(path, content, sha256, sidecar, origin)


def structure_file(
    path: Path,
    content: FileContent,
    sha256: str,
    sidecar: Sidecar | None,
    origin: Origin,
) -> StructureFile:
    """Put together what is known of a file; its sidecar tells where it was downloaded."""
    return StructureFile(
        path=path,
        **asdict(content),
        origin=origin,
        sha256=sha256,
        url=sidecar.url if sidecar else "",
        retrieved_utc=sidecar.retrieved_utc if sidecar else "",
    )


def sidecar_path(path: Path) -> Path:
    """Tell where the sidecar of a structure file lies."""
    return path.with_name(path.name + ".json")


def read_sidecar(path: Path) -> Sidecar | None:
    """Read what is remembered of a structure file, None if there is nothing readable."""
    import json

    place = sidecar_path(path)
    if not is_file(place):
        return None
    try:
        values = json.loads(place.read_text(encoding="utf-8"))
        return Sidecar(**{name: str(values[name]) for name in Sidecar.__slots__})
    except (OSError, ValueError, TypeError, KeyError):
        logger.warning(
            "%s is not a readable sidecar; the file is used without it", place
        )
        return None


def verify(
    path: Path, expected: EntryId, *, max_bytes: int = _MAX_BYTES
) -> FileContent:
    """
    Check that a downloaded file is whole, is a structure, and is the entry asked for.

    Gzip must find it whole (length and checksum), gemmi must read it, it must hold atoms, and
    the ID written inside must be the expected one, in either form. `CorruptError` names the first
    check that failed.
    """
    import gemmi

    content, data = read_whole(path, max_bytes=max_bytes)
    is_mmcif = content.file_format == "mmcif"
    # END is the mandatory last record (PDB format 3.3); after it only blank lines may come.
    last = data[-_TAIL_BYTES:].rstrip().splitlines()[-1:]
    if not (data.endswith(b"\n") if is_mmcif else last == [b"END"]):
        raise FileFaultError(path, "is truncated, its last line is missing")
    if content.entry_id != str(expected):
        says = content.entry_id or "nothing"
        raise FileFaultError(
            path, f"is not {expected}, the ID written inside is {says}"
        )
    try:
        if is_mmcif:
            structure = gemmi.make_structure_from_block(gemmi.cif.read_string(data)[0])
        else:
            structure = gemmi.read_pdb_string(data)
    except (ValueError, RuntimeError, IndexError) as error:
        # gemmi's messages span lines.
        reason = " ".join(str(error).split())
        raise FileFaultError(
            path, f"cannot be read as {content.file_format} ({reason})"
        ) from error
    if sum(model.count_atom_sites() for model in structure) == 0:
        raise FileFaultError(path, "holds no atoms")
    return content


@contextmanager
def writable(cache: Path) -> Iterator[None]:
    """Turn failures to write in the cache into an error that names the folder."""
    try:
        yield
    except OSError as error:
        raise FetchError(
            f"The structures folder {cache} cannot be written ({error.strerror or error}); make "
            f"room or choose another folder with --structures or IL2STRUCT_STRUCTURES."
        ) from error
