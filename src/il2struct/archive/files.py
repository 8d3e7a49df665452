"""One structure file on disk, and the sidecar that tells where it came from."""

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, TypeAlias

from il2struct.archive.content import FileFaultError, FileFormat, read_whole
from il2struct.errors import UnavailableError

logger = logging.getLogger(__name__)

Origin: TypeAlias = Literal["file", "mirror", "cache", "download"]

#: Endings of structure files, by format, in the order of preference.
SUFFIXES: Final[dict[FileFormat, tuple[str, ...]]] = {
    "mmcif": (".cif.gz", ".cif"),
    "pdb": (".pdb.gz", ".pdb", ".ent.gz", ".ent"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class StructureFile:
    """
    A structure file on disk that was looked into, and where it came from.

    Parameters
    ----------
    path : Path
        Where it lies.
    entry_id : str
        The entry it says it is; empty if it does not say.
    origin : {'file', 'mirror', 'cache', 'download'}
        Named by the user, found in a mirror or the cache, or downloaded just now.
    file_format : {'mmcif', 'pdb'}
        Format of the text, whatever the file is called.
    is_gzip : bool
        Whether the bytes on disk are packed, whatever the file is called.
    sha256 : str
        Checksum of the file as it lies on disk.
    revision : str
        ``1.4 2023-08-23`` (mmCIF), ``8 2024-10-30`` (PDB format), or empty.
    url : str
        Where it was downloaded, empty if unknown.
    retrieved_utc : str
        When it was downloaded (ISO 8601), empty if unknown.
    warnings : tuple of str
        What the user should know about the file or about copies that were passed over.
    """

    path: Path
    entry_id: str
    origin: Origin
    file_format: FileFormat
    is_gzip: bool
    sha256: str
    revision: str = ""
    url: str = ""
    retrieved_utc: str = ""
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sidecar:
    """
    What is remembered of a download, in ``<file>.json`` beside the file.

    Parameters
    ----------
    url, retrieved_utc, sha256, entry_id, revision : str
        As in :class:`StructureFile`.
    software : str
        Name and version of the program that wrote it.
    """

    url: str
    retrieved_utc: str
    sha256: str
    entry_id: str
    revision: str
    software: str


def has_structure_suffix(path: Path) -> bool:
    """
    Tell whether a file is called like a structure file.

    Parameters
    ----------
    path : Path
        Any path.

    Returns
    -------
    bool

    Examples
    --------
    >>> [has_structure_suffix(Path(name)) for name in ("2ERJ.cif.gz", "pdb2erj.ENT", "2ERJ")]
    [True, True, False]
    """
    return path.name.lower().endswith(
        tuple(name for names in SUFFIXES.values() for name in names)
    )


def user_path(text: str) -> Path:
    """
    Read a path that may begin with ``~``, which the shell does not expand everywhere.

    Parameters
    ----------
    text : str
        What the user typed.

    Returns
    -------
    Path
    """
    path = Path(text)
    try:
        return path.expanduser()
    except RuntimeError:
        # No user of that name: then it is a file name that begins with "~".
        return path


def is_file(path: Path) -> bool:
    """
    Tell whether a path is a file, False also where it may not be looked at.

    Parameters
    ----------
    path : Path
        Any path.

    Returns
    -------
    bool
    """
    try:
        return path.is_file()
    except OSError:
        return False


def is_folder(path: Path) -> bool:
    """
    Tell whether a path is a folder, False also where it may not be looked at.

    Parameters
    ----------
    path : Path
        Any path.

    Returns
    -------
    bool
    """
    try:
        return path.is_dir()
    except OSError:
        return False


def file_sha256(path: Path) -> str:
    """
    Compute the SHA-256 checksum of a file.

    Parameters
    ----------
    path : Path
        An existing file.

    Returns
    -------
    str
        64 hexadecimal digits.

    Raises
    ------
    UnavailableError
        If it cannot be opened.
    """
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

    Parameters
    ----------
    path : Path
        An existing file.
    origin : {'file', 'mirror', 'cache', 'download'}
        How it was found.
    max_bytes : int
        Largest size accepted after unpacking.

    Returns
    -------
    StructureFile

    Raises
    ------
    CorruptError
        If it is not a whole structure file, or not the one its sidecar tells of.
    UnavailableError
        If it cannot be opened.
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
    return StructureFile(
        path=path,
        entry_id=content.entry_id,
        origin=origin,
        file_format=content.file_format,
        is_gzip=content.is_gzip,
        sha256=sha256,
        revision=content.revision,
        url=sidecar.url if sidecar else "",
        retrieved_utc=sidecar.retrieved_utc if sidecar else "",
    )


def sidecar_path(path: Path) -> Path:
    """
    Tell where the sidecar of a structure file lies.

    Parameters
    ----------
    path : Path
        The structure file.

    Returns
    -------
    Path
    """
    return path.with_name(path.name + ".json")


def read_sidecar(path: Path) -> Sidecar | None:
    """
    Read what is remembered of a structure file, None if there is nothing readable.

    Parameters
    ----------
    path : Path
        The structure file.

    Returns
    -------
    Sidecar or None
    """
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
