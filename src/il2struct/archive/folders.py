"""Copies of an entry in mirrors and in the cache, by the names they can have there."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from il2struct.archive.content import FileFaultError, FileFormat
from il2struct.archive.files import (
    SUFFIXES,
    Origin,
    StructureFile,
    describe_file,
    is_file,
    is_folder,
)
from il2struct.archive.ids import EntryId
from il2struct.errors import UnavailableError

#: How the archive calls the branch of each format in its divided tree.
_BRANCH: Final[dict[FileFormat, str]] = {"mmcif": "mmCIF", "pdb": "pdb"}

#: Where a mirror of the divided archive may have been cut off its tree, outermost last.
_DIVIDED_ROOTS: Final = (
    "",
    "{branch}/",
    "divided/{branch}/",
    "structures/divided/{branch}/",
    "data/structures/divided/{branch}/",
    "pdb/data/structures/divided/{branch}/",
    "pub/pdb/data/structures/divided/{branch}/",
)

#: The same for the tree with one folder an entry, which replaces it in July 2027
#: (https://www.wwpdb.org/ftp/pdb-beta-ftp-sites).
_ENTRIES_ROOTS: Final = (
    "",
    "entries/",
    "data/entries/",
    "pdb/data/entries/",
    "wwpdb/pdb/data/entries/",
    "pub/wwpdb/pdb/data/entries/",
)


def candidate_files(folder: Path, entry_id: EntryId) -> Iterator[Path]:
    """
    Find the copies of an entry in a folder, flat or divided, mmCIF before PDB format.

    Tests names, and never lists a folder: a mirror may hold 200 000 files.

    Parameters
    ----------
    folder : Path
        A mirror or the cache.
    entry_id : EntryId
        The entry.

    Yields
    ------
    Path
        Existing files, the preferred one first.
    """
    for file_format, suffixes in SUFFIXES.items():
        for place in _places(folder, entry_id, file_format):
            if is_folder(place):
                names = [
                    stem + suffix for stem in _stems(entry_id) for suffix in suffixes
                ]
                yield from (place / name for name in names if is_file(place / name))


def find_in_folder(
    folder: Path, entry_id: EntryId, *, origin: Origin, max_bytes: int
) -> tuple[StructureFile | None, tuple[str, ...]]:
    """
    Find the first sound copy of an entry in a folder.

    Parameters
    ----------
    folder : Path
        A mirror or the cache.
    entry_id : EntryId
        The entry.
    origin : {'mirror', 'cache'}
        Which of the two it is.
    max_bytes : int
        Largest file accepted after unpacking.

    Returns
    -------
    StructureFile or None
        The copy, if there is one.
    tuple of str
        Clauses that tell what is wrong with each copy that was passed over.
    """
    rejected: list[str] = []
    for path in candidate_files(folder, entry_id):
        try:
            found = describe_file(path, origin=origin, max_bytes=max_bytes)
            # A file that names no entry is taken at its file name.
            if found.entry_id not in {"", str(entry_id)}:
                fault = f"is not {entry_id}, the ID written inside is {found.entry_id}"
                raise FileFaultError(path, fault)
        except FileFaultError as error:
            rejected.append(f"{path} {error.fault}")
        except UnavailableError:
            rejected.append(f"{path} cannot be read")
        else:
            return found, tuple(rejected)
    return None, tuple(rejected)


def _places(folder: Path, entry_id: EntryId, file_format: FileFormat) -> Iterator[Path]:
    yield folder
    branch = _BRANCH[file_format]
    for root in _DIVIDED_ROOTS:
        yield folder / root.format(branch=branch) / entry_id.middle
    for root in _ENTRIES_ROOTS:
        home = folder / root / entry_id.middle / entry_id.extended
        yield from (home / "structures", home)


def _stems(entry_id: EntryId) -> list[str]:
    short = entry_id.short
    classic = [] if short is None else [short, short.lower(), f"pdb{short.lower()}"]
    return [*classic, entry_id.extended, entry_id.extended.upper()]
