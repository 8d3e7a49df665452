"""
The only place that touches MDAnalysis: files in, columns and blocks of positions out.

MDAnalysis warns of much that does not matter here (missing masses, cells without size); its
warnings are kept inside, its errors become errors of il2struct.
"""

import gc
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np

from il2struct.arrays import FloatArray, IndexArray, StrArray
from il2struct.errors import (
    CoordinateError,
    MissingDependencyError,
    NotFoundError,
    ParseError,
)

#: A Universe of MDAnalysis or a part of one: the library has no types.
Untyped: TypeAlias = Any
#: Formats that hold positions as text with this many decimals. MDAnalysis hands positions over
#: in single precision; rounding gives back what the file says.
TEXT_DECIMALS: Final = {"PDB": 3, "ENT": 3, "XPDB": 3, "GRO": 2}
#: Formats whose frames are models and have no times; MDAnalysis counts picoseconds for them.
WITHOUT_TIMES: Final = ("PDB", "ENT", "XPDB", "MMCIF", "MODELS")
#: Files whose models are read at once, see `il2struct.trajectory.models`.
MODEL_FILES: Final = (".cif", ".mmcif", ".cif.gz", ".mmcif.gz")
#: Boxes with an edge shorter than this, in Å, are no boxes: PDB files of NMR entries have 1 Å.
SMALLEST_BOX_A: Final = 3.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class UniverseAtoms:
    """
    What a topology says of its atoms and residues, as columns.

    Attributes
    ----------
    atom_name, element, altloc : ndarray of str
        Empty text where the topology does not say.
    occupancy, b_iso : ndarray of float
        1 and 0 where it does not say.
    residue : ndarray of int
        Residue of each atom, counted in the order of the atoms.
    residue_name, chain, ins_code : ndarray of str
        One element a residue; the chain is the chain's id, else the segment's, else empty.
    residue_number : ndarray of int
        One element a residue.
    """

    atom_name: StrArray
    element: StrArray
    altloc: StrArray
    occupancy: FloatArray
    b_iso: FloatArray
    residue: IndexArray
    residue_name: StrArray
    chain: StrArray
    ins_code: StrArray
    residue_number: IndexArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FrameBlock:
    """
    Positions of some atoms in successive frames.

    Attributes
    ----------
    frame : ndarray of int, shape=(f,)
        Number in the trajectory, from 0.
    time_ps : ndarray, shape=(f,)
        NaN where the trajectory has no times.
    coords : ndarray, shape=(f, n, 3)
        In Å.
    box : ndarray, shape=(f, 3, 3)
        Edges of the periodic box as rows, in Å; NaN without one.
    """

    frame: IndexArray
    time_ps: FloatArray
    coords: FloatArray
    box: FloatArray


@contextmanager
def _quiet() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@contextmanager
def _silent_ends() -> Iterator[None]:
    """Keep quiet about readers of broken files, which fail again when they are let go of."""
    hook = sys.unraisablehook
    sys.unraisablehook = lambda _: None
    try:
        yield
    finally:
        sys.unraisablehook = hook


def open_universe(topology: Path, trajectories: Sequence[Path]) -> Untyped:
    """
    Open a topology with its trajectory.

    Parameters
    ----------
    topology : path
        Anything that MDAnalysis reads; by itself a file of one or many models.
    trajectories : sequence of path
        Read one after the other.

    Returns
    -------
    MDAnalysis.Universe

    Raises
    ------
    NotFoundError
        If a file is not there.
    ParseError
        If MDAnalysis cannot read one, or they do not belong together.
    MissingDependencyError
        If MDAnalysis is not installed.
    """
    for path in (topology, *trajectories):
        if not path.is_file():
            raise NotFoundError(f"{path} is not a file; give an existing one.")
    mda = _mdanalysis()
    files = [str(path) for path in trajectories]
    with _quiet(), _silent_ends():
        try:
            return mda.Universe(str(topology), *files)
        except Exception as error:  # noqa: BLE001  # its readers raise anything
            failure = _open_error(topology, trajectories, error)
        # With the error gone, so is the last hold of a reader that was never whole.
        gc.collect()
    raise failure


def _mdanalysis() -> Untyped:
    try:
        with _quiet():
            import MDAnalysis as mda  # noqa: N813  # its own short name
    except ImportError as error:
        raise MissingDependencyError(
            "MDAnalysis is needed to read trajectories; install it with: pip install MDAnalysis"
        ) from error
    return mda


def _open_error(
    topology: Path, trajectories: Sequence[Path], error: Exception
) -> ParseError:
    reason = " ".join(str(error).split()).rstrip(".")
    if "number of atoms" in reason.lower() or "n_atoms" in reason:
        names = ", ".join(path.name for path in trajectories)
        return ParseError(
            f"{topology.name} and {names} do not have the same number of atoms; give the topology "
            "that the trajectory was written with."
        )
    names = ", ".join(path.name for path in (topology, *trajectories))
    # What follows is the list of all formats it knows.
    reason = reason.partition(" The FORMATs dict_keys")[0].rstrip(".")[:300]
    order = "" if not trajectories else " The topology comes first, then trajectories."
    return ParseError(f"{names} cannot be read by MDAnalysis: {reason}.{order}")


def atoms_of_universe(universe: Untyped) -> UniverseAtoms:
    """
    Read what a universe says of its atoms.

    Parameters
    ----------
    universe : MDAnalysis.Universe

    Raises
    ------
    ParseError
        If its topology has no atom or residue names.
    """
    atoms, residues = universe.atoms, universe.residues
    if (
        not len(atoms)
        or not hasattr(atoms, "names")
        or not hasattr(residues, "resnames")
    ):
        raise ParseError(
            f"{universe_name(universe)} has no atom or residue names; give a topology that has them, "
            "such as PDB, PSF, PRMTOP or TPR."
        )
    with _quiet():
        resindex = np.asarray(atoms.resindices)
        # Residues count in the order of their atoms, whatever the topology does.
        starts = np.concatenate(([0], np.flatnonzero(np.diff(resindex)) + 1))
        row = resindex[starts]
        residue = np.repeat(np.arange(len(starts)), np.diff([*starts, len(atoms)]))
        return UniverseAtoms(
            atom_name=_text(atoms, "names"),
            element=np.char.upper(_text(atoms, "elements")),
            altloc=_text(atoms, "altLocs"),
            occupancy=_numbers(atoms, "occupancies", 1.0),
            b_iso=_numbers(atoms, "tempfactors", 0.0),
            residue=residue,
            residue_name=np.char.upper(_text(residues, "resnames")[row]),
            chain=_chains(universe)[starts],
            ins_code=_text(residues, "icodes")[row],
            residue_number=np.asarray(residues.resids, dtype=np.int64)[row],
        )


def _text(group: Untyped, name: str) -> StrArray:
    values = getattr(group, name, None)
    if values is None:
        return np.full(len(group), "", dtype="U1")
    return np.array([str(value).strip() for value in values], dtype=np.str_)


def _numbers(group: Untyped, name: str, missing: float) -> FloatArray:
    values = getattr(group, name, None)
    if values is None:
        return np.full(len(group), missing)
    return np.asarray(values, dtype=np.float64)


def _chains(universe: Untyped) -> StrArray:
    """Chain id of each atom, else its segment's, else empty: SYSTEM is MDAnalysis' own word."""
    names = _text(universe.segments, "segids")
    named = np.where(names == "SYSTEM", "", names)
    segment: StrArray = named[np.asarray(universe.atoms.segindices)]
    chain = _text(universe.atoms, "chainIDs")
    # A chain id that many segments share (X of CHARMM-GUI files) tells less than the segments.
    if len(np.unique(segment)) > len(np.unique(chain)):
        return segment
    either: StrArray = np.where(chain == "", segment, chain)
    return either


def universe_name(universe: Untyped) -> str:
    """Name of the topology's file without folder and ending, or ``universe``."""
    filename = universe.filename
    if not isinstance(filename, str | Path):
        return "universe"
    name = Path(filename).name.removesuffix(".gz").removesuffix(".bz2")
    return Path(name).stem or "universe"


def n_frames(universe: Untyped) -> int:
    """How many frames its trajectory has; 0 without one."""
    trajectory = getattr(universe, "_trajectory", None)
    return 0 if trajectory is None else int(trajectory.n_frames)


def universe_files(universe: Untyped) -> tuple[str, ...]:
    """Files behind a universe, the topology first; empty for what is in memory only."""
    trajectory = universe.trajectory
    names = getattr(trajectory, "filenames", None)
    if names is None:
        names = [trajectory.filename]
    found = [universe.filename, *names]
    return tuple(dict.fromkeys(str(name) for name in found if name is not None))


@contextmanager
def kept_frame(universe: Untyped) -> Iterator[None]:
    """
    Leave a universe at the frame at which it was.

    Parameters
    ----------
    universe : MDAnalysis.Universe
    """
    number = universe.trajectory.frame
    try:
        yield
    finally:
        with _quiet():
            _step(universe, number)


def read_block(
    universe: Untyped,
    frames: range,
    atom_rows: IndexArray,
) -> FrameBlock:
    """
    Read some frames of a trajectory.

    Parameters
    ----------
    universe : MDAnalysis.Universe
    frames : range
        Which frames.
    atom_rows : ndarray of int
        Which atoms.

    Returns
    -------
    FrameBlock

    Raises
    ------
    ParseError
        If a frame cannot be read.
    CoordinateError
        If a position is no number.
    """
    coords = np.empty((len(frames), len(atom_rows), 3))
    times, boxes = np.full(len(frames), np.nan), np.full((len(frames), 3, 3), np.nan)
    edges: list[float] | None = None
    with _quiet():
        for place, number in enumerate(frames):
            step = _step(universe, number)
            positions = step.positions.take(atom_rows, axis=0)
            if not np.isfinite(positions).all():
                raise _no_numbers(universe, number)
            coords[place] = positions
            times[place] = step.time
            before, edges = edges, _edges(step)
            # Boxes of successive frames are often the same, and dear to work out.
            if edges is not None:
                boxes[place] = boxes[place - 1] if edges == before else _box(step)
    file_format = _format(universe)
    if file_format in WITHOUT_TIMES:
        times[:] = np.nan
    decimals = TEXT_DECIMALS.get(file_format)
    if decimals is not None:
        coords = np.round(coords, decimals)
    return FrameBlock(
        frame=np.array(frames, dtype=np.int64), time_ps=times, coords=coords, box=boxes
    )


def _step(universe: Untyped, number: int) -> Untyped:
    try:
        return universe.trajectory[number]
    except Exception as error:
        reason = " ".join(str(error).split()).rstrip(".")
        raise ParseError(
            f"frame {number} of {universe_name(universe)} cannot be read ({reason[:300]}); if the file "
            "is cut off there, stop before it with --stop."
        ) from error


def _no_numbers(universe: Untyped, number: int) -> CoordinateError:
    return CoordinateError(
        f"frame {number} of {universe_name(universe)} has positions that are no numbers; "
        "leave it out with --start, --stop and --step."
    )


def _edges(step: Untyped) -> list[float] | None:
    """Edges in Å and angles of a box, None for what is no box."""
    dimensions = step.dimensions
    if dimensions is None or min(dimensions[:3].tolist()) < SMALLEST_BOX_A:
        return None
    edges: list[float] = dimensions.tolist()
    return edges


def _box(step: Untyped) -> FloatArray:
    return np.asarray(step.triclinic_dimensions, dtype=np.float64)


def _format(universe: Untyped) -> str:
    trajectory = universe.trajectory
    # A chain of files is of the format of each.
    formats = getattr(trajectory, "formats", trajectory.format)
    return str(formats if isinstance(formats, str) else formats[0]).upper()


def universe_of_columns(
    columns: dict[str, list[Any]],
    coords: FloatArray,
    *,
    filename: str,
    file_format: str,
) -> Untyped:
    """
    Make a universe in memory.

    Parameters
    ----------
    columns : dict of str to list
        Attributes by MDAnalysis' names, one element an atom or residue; ``residue`` holds the
        residue of each atom.
    coords : ndarray, shape=(f, n, 3)
        In Å.
    filename : str
        Where it came from.
    file_format : str
        Of the positions: ``"PDB"``, or ``"MODELS"`` for mmCIF.
    """
    mda = _mdanalysis()
    with _quiet():
        universe = mda.Universe.empty(
            coords.shape[1],
            n_residues=len(columns["resnames"]),
            atom_resindex=columns["residue"],
            trajectory=True,
        )
        for name, values in columns.items():
            if name != "residue":
                universe.add_TopologyAttr(name, values)
        universe.load_new(coords, order="fac")
    universe.filename = filename
    universe.trajectory.format = file_format
    return universe
