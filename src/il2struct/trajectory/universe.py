"""
The only place that touches MDAnalysis: files in, columns and blocks of positions out.

MDAnalysis warns of much that does not matter here (missing masses, cells without size); its
warnings are kept inside, its errors become errors of il2struct.
"""

import gc
import gzip
import sys
import warnings
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

import gemmi
import numpy as np

from il2struct.archive.files import SUFFIXES
from il2struct.arrays import FloatArray, IndexArray, StrArray
from il2struct.errors import (
    CoordinateError,
    MissingDependencyError,
    NotFoundError,
    ParseError,
)
from il2struct.structure.pdb_lines import ATOM_RECORDS, LOOSE_HEAD
from il2struct.structure.text import read_text

#: A Universe of MDAnalysis or a part of one: the library has no types.
Untyped: TypeAlias = Any
#: Formats that hold positions as text with this many decimals. MDAnalysis hands positions over
#: in single precision; rounding gives back what the file says.
TEXT_DECIMALS: Final = {"PDB": 3, "ENT": 3, "XPDB": 3, "GRO": 2}
#: Formats whose frames are models and have no times; MDAnalysis counts picoseconds for them.
WITHOUT_TIMES: Final = ("PDB", "ENT", "XPDB", "MMCIF", "MODELS")
#: Boxes with an edge shorter than this, in Å, are no boxes: PDB files of NMR entries have 1 Å.
SMALLEST_BOX_A: Final = 3.0
#: In a record of PDB format, the columns that say which atom a record is of: name, location, residue, chain, number, insertion.
IDENTITY: Final = slice(12, 27)
#: Where the decimal points of x, y and z stand.
POINTS: Final = slice(34, 51, 8)
#: Name and number within those: programs differ in the rest.
NAME: Final = slice(0, 4)
NUMBER: Final = slice(10, 14)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class UniverseAtoms:
    """What a topology says of its atoms and residues, as columns."""

    #: Empty text where the topology does not say.
    atom_name: StrArray
    element: StrArray
    altloc: StrArray
    #: 1 and 0 where it does not say.
    occupancy: FloatArray
    b_iso: FloatArray
    #: Residue of each atom, counted in the order of the atoms.
    residue: IndexArray
    #: One element a residue; the chain is the chain's id, else the segment's, else empty.
    residue_name: StrArray
    chain: StrArray
    ins_code: StrArray
    #: One element a residue.
    residue_number: IndexArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FrameBlock:
    """Positions of some atoms in successive frames."""

    #: Number in the trajectory, from 0.
    frame: IndexArray
    #: NaN where the trajectory has no times.
    time_ps: FloatArray
    #: In Å; shape (f, n, 3).
    coords: FloatArray
    #: Edges of the periodic box as rows, in Å; NaN without one; shape (f, 3, 3).
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
    Open a topology (anything that MDAnalysis reads) with its trajectories, one after the other.

    `NotFoundError` or `ParseError` if a file is not there, not readable, or not of the topology.
    """
    for path in (topology, *trajectories):
        if not path.is_file():
            raise NotFoundError(
                f"{path} is not a file; give the path of one (PDB IDs are not looked up here)."
            )
    mda = _mdanalysis()
    files = [str(path) for path in trajectories]
    with _quiet(), _silent_ends():
        try:
            return mda.Universe(str(topology), *files)
        except Exception as error:  # noqa: BLE001  # its readers raise anything
            reason = " ".join(str(error).split()).rstrip(".")
        # With the error gone, so is the last hold of a reader that was never whole.
        gc.collect()
    if "number of atoms" in reason.lower() or "n_atoms" in reason:
        names = ", ".join(path.name for path in trajectories)
        raise ParseError(
            f"{topology.name} and {names} do not have the same number of atoms; give the topology "
            "that the trajectory was written with."
        )
    names = ", ".join(path.name for path in (topology, *trajectories))
    # What follows is the list of all formats it knows.
    reason = reason.partition(" The FORMATs dict_keys")[0].rstrip(".")[:300]
    order = "" if not trajectories else " The topology comes first, then trajectories."
    raise ParseError(f"{names} cannot be read by MDAnalysis: {reason}.{order}")


def _mdanalysis() -> Untyped:
    try:
        with _quiet():
            import MDAnalysis as mda  # noqa: N813  # its own short name
    except ImportError as error:
        raise MissingDependencyError(
            "MDAnalysis is needed to read trajectories; install it with: pip install MDAnalysis"
        ) from error
    return mda


def atoms_of_universe(universe: Untyped) -> UniverseAtoms:
    """Read what a universe says of its atoms."""
    atoms, residues = universe.atoms, universe.residues
    has_names = hasattr(atoms, "names") and hasattr(residues, "resnames")
    if not len(atoms) or not has_names:
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
    files = [universe.filename, *names]
    return tuple(dict.fromkeys(str(name) for name in files if name is not None))


@contextmanager
def kept_frame(universe: Untyped) -> Iterator[None]:
    """Leave a universe at the frame at which it was."""
    number = universe.trajectory.frame
    try:
        yield
    finally:
        with _quiet():
            _step(universe, number)


def read_block(universe: Untyped, frames: range, atom_rows: IndexArray) -> FrameBlock:
    """Read some frames; `ParseError` or `CoordinateError` names the one that cannot be."""
    coords = np.empty((len(frames), len(atom_rows), 3))
    times, boxes = np.full(len(frames), np.nan), np.full((len(frames), 3, 3), np.nan)
    edges: list[float] | None = None
    with _quiet():
        for place, number in enumerate(frames):
            step = _step(universe, number)
            positions = step.positions.take(atom_rows, axis=0)
            if not np.isfinite(positions).all():
                raise CoordinateError(
                    f"frame {number} of {universe_name(universe)} has positions that are no "
                    "numbers; leave it out with --start, --stop and --step."
                )
            coords[place] = positions
            times[place] = step.time
            dimensions = step.dimensions
            if dimensions is None or dimensions[:3].min() < SMALLEST_BOX_A:
                edges = None
                continue
            before, edges = edges, dimensions.tolist()
            # Boxes of successive frames are often the same, and dear to work out.
            is_known = edges == before
            boxes[place] = boxes[place - 1] if is_known else step.triclinic_dimensions
    # A chain of files is of the format of each.
    trajectory = universe.trajectory
    formats = getattr(trajectory, "formats", trajectory.format)
    file_format = (formats if isinstance(formats, str) else formats[0]).upper()
    if file_format in WITHOUT_TIMES:
        times[:] = np.nan
    if file_format in TEXT_DECIMALS:
        coords = np.round(coords, TEXT_DECIMALS[file_format])
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


@dataclass(frozen=True, slots=True)
class ListedFrame:
    """
    What a PDB file lists in one frame: which atom each record is of.

    And whether a MODEL record begins it, and whether a record does not keep its columns.
    """

    atoms: list[bytes]
    has_model: bool
    is_shifted: bool


def is_pdb(path: Path) -> bool:
    """Tell by its name whether a file is of PDB format."""
    return path.name.lower().endswith(SUFFIXES["pdb"])


def need_matching(path: Path) -> bool:
    """
    Tell whether the frames of a PDB file cannot be read by their order alone.

    They differ in the order of atoms, are only separated by END, as VMD writes them, or have
    records out of their columns.
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
    """Refuse PDB-format trajectories whose atoms are in another order than the topology's."""
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
        first = next(listed_frames(path), None)
        if first is None or wanted is None or first.atoms == wanted.atoms:
            continue
        # The same in another order, by all columns or by name and number only.
        pairs = [first.atoms, wanted.atoms]
        names = [[(a[NAME], a[NUMBER]) for a in atoms] for atoms in pairs]
        is_shuffled = sorted(pairs[0]) == sorted(pairs[1])
        if is_shuffled or (
            names[0] != names[1] and sorted(names[0]) == sorted(names[1])
        ):
            raise ParseError(
                f"{path.name} lists the atoms of {topology.name} in another order; give the topology "
                "that it was written with."
            )


def listed_frames(path: Path) -> Iterator[ListedFrame]:
    """List the frames of a PDB file as far as it can be read: its reader will say why it cannot."""
    opened = gzip.open if path.name.lower().endswith(".gz") else open
    with suppress(OSError, EOFError, zlib.error), opened(path, "rb") as lines:
        yield from _frames_of(lines)


def _frames_of(lines: Iterable[bytes]) -> Iterator[ListedFrame]:
    atoms: list[bytes] = []
    has_model = is_closed = is_shifted = False
    for line in lines:
        is_loose = LOOSE_HEAD.match(line) is not None
        is_atom = is_loose or line.startswith(ATOM_RECORDS)
        is_model = line.startswith(b"MODEL")
        if atoms and (is_model or (is_atom and is_closed)):
            yield ListedFrame(atoms, has_model, is_shifted)
            atoms, has_model, is_closed, is_shifted = [], False, False, False
        if is_atom:
            atoms.append(line[IDENTITY])
            is_shifted |= is_loose or line[POINTS] != b"..."
        elif line.startswith(b"END"):
            is_closed = True
        has_model |= is_model
    if atoms:
        yield ListedFrame(atoms, has_model, is_shifted)


#: Chain, number with insertion code, residue, atom and alternate location: what an atom is.
Identity: TypeAlias = tuple[str, str, str, str, str]


def universe_of_models(path: Path) -> Untyped:
    """
    Open a file whose models are the frames.

    mmCIF is read here, all models at once, and so is PDB format if the models list their atoms in
    different orders. `ParseError` if models differ in their atoms.
    """
    if not path.is_file():
        raise NotFoundError(
            f"{path} is not a file; give the path of one (PDB IDs are not looked up here)."
        )
    # Of mmCIF files MDAnalysis reads the first model only; of PDB files it takes positions in the
    # order of each model.
    is_model_file = path.name.lower().endswith(SUFFIXES["mmcif"])
    if not is_model_file and not (is_pdb(path) and need_matching(path)):
        return open_universe(path, ())
    structure = read_text(path).structure
    columns, wanted = _columns(structure[0]), _identities(structure[0])
    coords = []
    for model in structure:
        positions = [a.pos.tolist() for chain in model for res in chain for a in res]
        coords.append(np.array(positions)[_matching_rows(model, wanted, path)])
    mda = _mdanalysis()
    with _quiet():
        universe = mda.Universe.empty(
            len(wanted),
            n_residues=len(columns["resnames"]),
            atom_resindex=columns.pop("residue"),
            trajectory=True,
        )
        for name, values in columns.items():
            universe.add_TopologyAttr(name, values)
        universe.load_new(np.array(coords), order="fac")
    universe.filename = str(path)
    universe.trajectory.format = "MODELS" if is_model_file else "PDB"
    return universe


def _identities(model: gemmi.Model) -> list[Identity]:
    return [
        (chain.name, str(residue.seqid), residue.name, atom.name, atom.altloc)
        for chain in model
        for residue in chain
        for atom in residue
    ]


def _matching_rows(
    model: gemmi.Model, wanted: Sequence[Identity], path: Path
) -> IndexArray:
    """Which atoms of a model are those of the first model, in its order."""
    listed = _identities(model)
    if len(listed) != len(wanted):
        raise ParseError(
            f"model {model.num} of {path.name} has {len(listed)} atoms and the first has "
            f"{len(wanted)}; frames must have the same atoms."
        )
    # Atoms of one identity (waters that share a number) stay in the order in which they come.
    rows = sorted(range(len(listed)), key=listed.__getitem__)
    places = sorted(range(len(wanted)), key=wanted.__getitem__)
    for row, place in zip(rows, places, strict=True):
        if listed[row] != wanted[place]:
            chain, number, residue, atom, _ = min(listed[row], wanted[place])
            raise ParseError(
                f"model {model.num} of {path.name} and the first differ in atom {atom} of {residue} "
                f"{number} in chain {chain or 'without name'}; frames must have the same atoms."
            )
    matching = np.empty(len(wanted), dtype=np.int64)
    matching[places] = rows
    return matching


def _columns(model: gemmi.Model) -> dict[str, list[Any]]:
    """Topology attributes by MDAnalysis' names; ``residue`` is the residue of each atom."""
    residues = [residue for chain in model for residue in chain]
    atoms = [atom for residue in residues for atom in residue]
    sizes = [len(residue) for residue in residues]
    chains = [chain.name for chain in model for residue in chain for _ in residue]
    return {
        "names": [atom.name for atom in atoms],
        "elements": [atom.element.name for atom in atoms],
        "altLocs": [atom.altloc.strip("\0") for atom in atoms],
        "occupancies": [atom.occ for atom in atoms],
        "tempfactors": [atom.b_iso for atom in atoms],
        "chainIDs": chains,
        "residue": np.repeat(np.arange(len(sizes)), sizes).tolist(),
        "resnames": [residue.name for residue in residues],
        "resids": [residue.seqid.num or 0 for residue in residues],
        "icodes": [residue.seqid.icode.strip() for residue in residues],
    }
