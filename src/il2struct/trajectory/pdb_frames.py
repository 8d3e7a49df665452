"""Frames of PDB-format files, before they are read: whether each lists the same atoms in one order."""

import gzip
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from il2struct.errors import ParseError
from il2struct.trajectory.universe import MODEL_FILES

PDB_ENDINGS: Final = (".pdb", ".ent", ".pdb.gz", ".ent.gz")
#: Columns that say which atom a record is of: name, location, residue, chain, number, insertion.
IDENTITY: Final = slice(12, 27)
#: Where the decimal points of x, y and z stand.
POINTS: Final = slice(34, 51, 8)
#: Name and number within those: programs differ in the rest.
NAME: Final = slice(0, 4)
NUMBER: Final = slice(10, 14)


@dataclass(frozen=True, slots=True)
class ListedFrame:
    """
    What a file lists in one frame.

    Attributes
    ----------
    atoms : list of bytes
        Which atom each record is of.
    has_model : bool
        Whether a MODEL record begins it.
    is_shifted : bool
        Whether a record does not keep its columns.
    """

    atoms: list[bytes]
    has_model: bool
    is_shifted: bool


def is_pdb(path: Path) -> bool:
    """Tell by its name whether a file is of PDB format."""
    return path.name.lower().endswith(PDB_ENDINGS)


def is_structure_file(path: Path) -> bool:
    """Tell by its name whether a file is one that the entry reader reads."""
    return is_pdb(path) or path.name.lower().endswith(MODEL_FILES)


def need_matching(path: Path) -> bool:
    """
    Tell whether the frames of a PDB file cannot be read by their order alone.

    Parameters
    ----------
    path : path

    Returns
    -------
    bool
        True if frames differ in the order of atoms, are only separated by END, as VMD writes them,
        or have records out of their columns.
    """
    frames = listed_frames(path)
    first = next(frames, None)
    return first is not None and (
        first.is_shifted
        or any(
            frame.atoms != first.atoms or not frame.has_model or frame.is_shifted
            for frame in frames
        )
    )


def check_order(topology: Path, trajectories: Sequence[Path]) -> None:
    """
    Refuse PDB-format trajectories whose atoms are in another order than those of the topology.

    Parameters
    ----------
    topology : path
    trajectories : sequence of path

    Raises
    ------
    ParseError
        If the same atoms come in another order, a file has frames that MODEL does not begin, or
        records are out of their columns.
    """
    wanted = next(listed_frames(topology), None) if is_pdb(topology) else None
    if trajectories and wanted and wanted.is_shifted:
        raise ParseError(
            f"{topology.name} has atom records whose columns are shifted, by a serial number or a name "
            "that is too wide; write it again in the columns of PDB format to use it as a topology."
        )
    for path in trajectories:
        if not is_pdb(path):
            continue
        if need_matching(path):
            raise ParseError(
                f"{path.name} lists its atoms in orders that change, or separates frames by END alone; "
                "give it by itself, without a topology, or with MODEL records and one order."
            )
        found = next(listed_frames(path), None)
        if found and wanted and _is_shuffled(found.atoms, wanted.atoms):
            raise ParseError(
                f"{path.name} lists the atoms of {topology.name} in another order; give the topology "
                "that it was written with."
            )


def _is_shuffled(found: list[bytes], wanted: list[bytes]) -> bool:
    """Whether atoms are the same in another order, by all columns or by name and number only."""
    if found == wanted:
        return False
    if sorted(found) == sorted(wanted):
        return True
    ours, theirs = ([(a[NAME], a[NUMBER]) for a in atoms] for atoms in (found, wanted))
    return ours != theirs and sorted(ours) == sorted(theirs)


def listed_frames(path: Path) -> Iterator[ListedFrame]:
    """
    Go through the frames of a PDB-format file.

    Parameters
    ----------
    path : path

    Yields
    ------
    ListedFrame
        As far as the file can be read: its reader will say why it cannot.
    """
    opened = gzip.open if path.name.lower().endswith(".gz") else open
    try:
        with opened(path, "rb") as lines:
            yield from _frames_of(lines)
    except (OSError, EOFError, zlib.error):
        return


def _frames_of(lines: Iterable[bytes]) -> Iterator[ListedFrame]:
    atoms: list[bytes] = []
    has_model = is_closed = is_shifted = False
    for line in lines:
        is_atom = line.startswith((b"ATOM  ", b"HETATM"))
        is_model = line.startswith(b"MODEL")
        if atoms and (is_model or (is_atom and is_closed)):
            yield ListedFrame(atoms, has_model, is_shifted)
            atoms, has_model, is_closed, is_shifted = [], False, False, False
        if is_atom:
            atoms.append(line[IDENTITY])
            is_shifted |= line[POINTS] != b"..."
        elif line.startswith(b"END"):
            is_closed = True
        has_model |= is_model
    if atoms:
        yield ListedFrame(atoms, has_model, is_shifted)
