"""The whole check of a file that came over the network."""

from pathlib import Path
from typing import Final

from il2struct.archive.content import FileContent, FileFaultError, read_whole
from il2struct.archive.ids import EntryId

#: How many bytes at the end of a PDB file must hold its END record, in bytes: two lines.
_TAIL_BYTES: Final = 162

#: Largest size accepted after unpacking unless told otherwise, in bytes.
_MAX_BYTES: Final = 4 * 1024**3


def verify(
    path: Path, expected: EntryId, *, max_bytes: int = _MAX_BYTES
) -> FileContent:
    """
    Check that a downloaded file is whole, is a structure, and is the entry asked for.

    Gzip must find it whole (length and checksum), gemmi must read it, it must hold atoms, and
    the ID written inside must be the expected one, in either form.

    Parameters
    ----------
    path : Path
        The file, under any name.
    expected : EntryId
        The entry that was asked for.
    max_bytes : int
        Largest size accepted after unpacking.

    Returns
    -------
    FileContent

    Raises
    ------
    CorruptError
        Naming the first check that failed.
    UnavailableError
        If the file cannot be opened.
    """
    content, data = read_whole(path, max_bytes=max_bytes)
    if _ends_early(content, data):
        raise FileFaultError(path, "is truncated, its last line is missing")
    if content.entry_id != str(expected):
        says = content.entry_id or "nothing"
        raise FileFaultError(
            path, f"is not {expected}, the ID written inside is {says}"
        )
    if _n_atoms(path, content, data) == 0:
        raise FileFaultError(path, "holds no atoms")
    return content


def _ends_early(content: FileContent, data: bytes) -> bool:
    if content.file_format == "mmcif":
        return not data.endswith(b"\n")
    # END is the mandatory last record (PDB format 3.3); after it only blank lines may come.
    lines = data[-_TAIL_BYTES:].rstrip().splitlines()
    return lines[-1].rstrip() != b"END"


def _n_atoms(path: Path, content: FileContent, data: bytes) -> int:
    import gemmi

    try:
        if content.file_format == "mmcif":
            document = gemmi.cif.read_string(data)
            structure = gemmi.make_structure_from_block(document[0])
        else:
            structure = gemmi.read_pdb_string(data)
    except (ValueError, RuntimeError, IndexError) as error:
        # gemmi's messages span lines.
        reason = " ".join(str(error).split())
        raise FileFaultError(
            path, f"cannot be read as {content.file_format} ({reason})"
        ) from error
    return sum(model.count_atom_sites() for model in structure)
