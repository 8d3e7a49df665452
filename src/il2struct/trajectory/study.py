"""What a user holds of a trajectory: named chains, and its interfaces frame by frame."""

import multiprocessing
import signal
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from il2struct.archive.files import has_structure_suffix
from il2struct.arrays import BoolArray, FloatArray, IndexArray
from il2struct.errors import ParameterError, StructureError
from il2struct.interface.interface import interface_parameters
from il2struct.progress import Progress, step
from il2struct.results.entry_tables import chain_table, complex_table, note_table
from il2struct.structure.family import read_family
from il2struct.structure.model import Note, counted_notes
from il2struct.structure.named import NamedEntry
from il2struct.trajectory.blocking import STEP_FRAMES, Totals, added_up
from il2struct.trajectory.measure import (
    BlockResult,
    Measurement,
    TrajectoryParameters,
    TrajectoryPlan,
    key_shapes,
    measured_block,
    name_trajectory,
    plan_measurement,
    sides_to_measure,
)
from il2struct.trajectory.tables import (
    bond_means,
    contact_means,
    interface_means,
    residue_means,
    shown_pairs,
    time_series,
)
from il2struct.trajectory.topology import (
    TopologyEntry,
    topology_entry,
    topology_of_file,
)
from il2struct.trajectory.universe import (
    Untyped,
    atoms_of_universe,
    check_order,
    kept_frame,
    n_frames,
    open_universe,
    read_block,
    universe_files,
    universe_name,
    universe_of_models,
)

#: Blocks a worker has waiting: enough that none idles, few enough that results do not pile up.
_WAITING: Final = 2
#: Share of what no frame changes.
PLANNING: Final = 0.05
#: Everything: the default choice of frames.
_ALL_FRAMES: Final = slice(None)


def chosen_frames(universe: Untyped, frames: slice) -> range:
    """Say which frames a slice means; an error if there is no trajectory, or nothing is left."""
    total = n_frames(universe)
    if not total:
        raise StructureError(
            f"{universe_name(universe)} has no coordinates; give a trajectory with it."
        )
    step = 1 if frames.step is None else frames.step
    if step < 1:
        raise ParameterError(f"the step between frames must be at least 1, not {step}.")
    chosen = range(total)[slice(frames.start, frames.stop, step)]
    if not len(chosen):
        raise ParameterError(
            f"no frame is left of {total} between {frames.start or 0} and "
            f"{total if frames.stop is None else frames.stop}; widen --start and --stop."
        )
    return chosen


def measured_blocks(
    universe: Untyped, plan: TrajectoryPlan, frames: range, *, jobs: int = 1
) -> Iterator[BlockResult]:
    """
    Measure a trajectory block by block, in order.

    Each of the processes opens the files for itself and works on one thread; what comes out does
    not depend on how many there are.
    """
    if jobs < 1:
        raise ParameterError(f"there must be at least one process, not {jobs}.")
    starts = range(0, len(frames), STEP_FRAMES)

    def block_frames(first: int) -> range:
        return frames[first : first + STEP_FRAMES]

    def block_step(first: int) -> AbstractContextManager[Progress]:
        block = block_frames(first)
        return step(f"{block[0]} to {block[-1]}", len(block) / len(frames))

    if jobs == 1 or len(starts) == 1:
        for first in starts:
            with block_step(first):
                block = block_frames(first)
                result = measured_block(universe, plan, block, first=first)
            yield result
        return
    pool = ProcessPoolExecutor(
        min(jobs, len(starts)),
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_begin,
        initargs=(universe, plan),
    )
    submitted = (pool.submit(_measure, block_frames(first), first) for first in starts)
    try:
        waiting = deque(islice(submitted, _WAITING * jobs))
        for first in starts:
            with block_step(first):
                result = waiting.popleft().result()
            yield result
            waiting.extend(islice(submitted, 1))
    except BrokenProcessPool as error:
        raise StructureError(
            "a process that measured frames was ended, perhaps for want of memory; try fewer with -j."
        ) from error
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


#: What a worker process holds: the universe, opened there, and the plan.
_held: dict[str, Any] = {}


def _begin(universe: Untyped, plan: TrajectoryPlan) -> None:
    # An interrupt is for the parent, which ends its workers.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # MDAnalysis opens the files anew where a universe is unpickled.
    _held.update(universe=universe, plan=plan)


def _measure(frames: range, first: int) -> BlockResult:
    return measured_block(_held["universe"], _held["plan"], frames, first=first)


@dataclass(frozen=True)
class TrajectoryResults:
    """
    Interfaces of a trajectory or ensemble, and their tables.

    The tables are described column by column in ``docs/tables.md``.

    Attributes
    ----------
    measured : Measurement
        What was measured.
    totals : Totals
        The numbers.
    shown : ndarray of int
        Interfaces that have rows in the tables.
    """

    measured: Measurement
    totals: Totals
    shown: IndexArray

    @property
    def named(self) -> NamedEntry:
        """The first frame with roles and numbers."""
        return self.measured.named

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row an interface: the table ``trajectory_interfaces``."""
        return interface_means(self.measured, self.totals, self.shown)

    @cached_property
    def frames(self) -> pd.DataFrame:
        """One row an interface and frame: the table ``trajectory_frames``."""
        return time_series(self.measured, self.totals, self.shown)

    @cached_property
    def contacts(self) -> pd.DataFrame:
        """One row a residue pair: the table ``trajectory_contacts``."""
        return contact_means(self.measured, self.totals, self.shown)

    @cached_property
    def bonds(self) -> pd.DataFrame:
        """One row a bond and kind: the table ``trajectory_bonds``."""
        return bond_means(self.measured, self.totals, self.shown)

    def frames_of_bonds(self, groups: IndexArray) -> BoolArray:
        """
        Say which frames have a bond of each group.

        Parameters
        ----------
        groups : ndarray of int
            Group, from 0, of each row of `bonds`; -1 for those of none.

        Returns
        -------
        ndarray of bool, shape=(n_groups, n_frames)
        """
        key = self.totals.bonds.means.key
        pair, *_ = np.unravel_index(key, key_shapes(self.measured.plan)["bonds"])
        key = key[np.isin(pair, self.shown)]
        n_frames = len(self.totals.frame)
        found = np.zeros((int(groups.max(initial=-1)) + 1, n_frames), dtype=np.bool_)
        if not len(key):  # the bonds are all of interfaces that are not shown
            return found
        start = 0
        for own, bits in self.totals.bond_frames:
            stop = min(start + STEP_FRAMES, n_frames)
            group = groups[np.searchsorted(key, own).clip(max=len(key) - 1)]
            is_wanted = np.isin(own, key) & (group >= 0)
            seen = np.unpackbits(bits[is_wanted], axis=1, count=stop - start)
            np.logical_or.at(
                found[:, start:stop], group[is_wanted], seen.astype(np.bool_)
            )
            start = stop
        return found

    @cached_property
    def residues(self) -> pd.DataFrame:
        """One row a residue and side: the table ``trajectory_residues``."""
        return residue_means(self.measured, self.totals, self.shown)

    @cached_property
    def notes(self) -> pd.DataFrame:
        """What was left out, chosen or doubted: the table ``notes``."""
        notes = [*self.named.entry.notes, *box_notes(self.totals)]
        return note_table(self.named.entry.entry_id, notes)

    def tables(self) -> Mapping[str, pd.DataFrame]:
        """
        All tables by name.

        Returns
        -------
        dict of str to pandas.DataFrame
        """
        return {
            "trajectory_interfaces": self.table,
            "trajectory_frames": self.frames,
            "trajectory_contacts": self.contacts,
            "trajectory_bonds": self.bonds,
            "trajectory_residues": self.residues,
            "chains": chain_table(self.named),
            "complexes": complex_table(self.named),
            "notes": self.notes,
        }

    def __repr__(self) -> str:
        names = ", ".join(self.table["interface_id"]) or "none"
        n = len(self.totals.frame)
        return f"<TrajectoryResults {self.named.entry.entry_id}: {n} frames of {names}>"


def box_notes(totals: Totals) -> list[Note]:
    """Say what a periodic box may have torn apart."""
    text = (
        "In frames where {}, contacts are missed; make molecules whole and centre them together, or "
        "use --unwrap."
    )
    cut = text.format("a chain is cut by the box")
    nearer = text.format("two sides are nearer in another periodic image")
    return counted_notes(
        ("broken_molecules", cut, "", totals.n_broken_frames),
        ("other_images", nearer, "", totals.n_far_image_frames),
    )


@dataclass(frozen=True)
class TrajectoryStudy:
    """
    A trajectory or ensemble whose chains have roles, numbers and complexes.

    Attributes
    ----------
    universe : MDAnalysis.Universe
        The files behind it.
    named : NamedEntry
        The first frame as an entry.
    topology : TopologyEntry
        Where its atoms are in the universe.
    """

    universe: Any
    named: NamedEntry
    topology: TopologyEntry

    @property
    def n_frames(self) -> int:
        """Frames of the trajectory, or models of the ensemble."""
        return n_frames(self.universe)

    @cached_property
    def chains(self) -> pd.DataFrame:
        """One row a chain with its role: the table ``chains``."""
        return chain_table(self.named)

    def interfaces(
        self,
        between: str | None = None,
        *,
        parameters: TrajectoryParameters | None = None,
        frames: slice = _ALL_FRAMES,
        jobs: int = 1,
    ) -> TrajectoryResults:
        """
        Measure the interfaces frame by frame.

        Parameters
        ----------
        between : str, optional
            Two groups, as ``"A,B/C"`` or ``"IL2/IL2RA"``; every pair of chains that touches in
            any frame if not given.
        parameters : TrajectoryParameters, optional
            What is measured, and its definitions.
        frames : slice
            Which frames.
        jobs : int
            Processes.

        Returns
        -------
        TrajectoryResults

        Raises
        ------
        ParameterError, UnknownChainError
            If the selection is malformed or names a chain that is not there.
        StructureError
            If a frame cannot be read, or there is one chain only.
        """
        parameters = parameters or TrajectoryParameters(
            interface=interface_parameters()
        )
        if parameters.sc_every < 0:
            raise ParameterError(
                f"Sc is worked out every so many frames, 0 for never, not {parameters.sc_every}."
            )
        pairs = sides_to_measure(self.named, between)
        chosen = chosen_frames(self.universe, frames)
        with step("", PLANNING):
            measured = plan_measurement(self.named, self.topology, pairs, parameters)
        with kept_frame(self.universe), step("frames", 1.0 - PLANNING):
            blocks = measured_blocks(self.universe, measured.plan, chosen, jobs=jobs)
            totals = added_up(blocks)
        shown = shown_pairs(totals, every=between is not None)
        return TrajectoryResults(measured, totals, shown)

    def __repr__(self) -> str:
        chains = " ".join(f"{c.auth_asym_id}={c.role}" for c in self.named.roles)
        return f"<TrajectoryStudy {self.named.entry.entry_id}: {self.n_frames} frames, {chains}>"


def from_universe(
    universe: Untyped,
    *,
    roles: Mapping[str, str] | None = None,
    references: str | Path | None = None,
    name: str | None = None,
) -> TrajectoryStudy:
    """
    Name the chains of a trajectory or ensemble, to measure its interfaces frame by frame.

    Parameters
    ----------
    universe : MDAnalysis.Universe
        With coordinates. Covalent bonds are told from its first frame, which should be a whole
        and sensible structure.
    roles : mapping of str to str, optional
        Role by chain (``{"A": "IL2"}``) for chains whose sequence does not tell; all others are
        found by their sequences.
    references : path, optional
        Family file with roles and sequences of your own, added to the shipped ones.
    name : str, optional
        What tables call it; the topology file's name by default.

    Returns
    -------
    TrajectoryStudy

    Raises
    ------
    ParameterError, UnknownChainError
        If a role is wrong or its chain is not there.
    StructureError
        If there is no protein, no name for its chains, or no coordinates.

    Examples
    --------
    >>> import MDAnalysis
    >>> universe = MDAnalysis.Universe("top.pdb", "run.xtc")     # doctest: +SKIP
    >>> il2struct.from_universe(universe).interfaces().table     # doctest: +SKIP
    """
    atoms = atoms_of_universe(universe)
    topology = topology_entry(
        atoms,
        _first_frame(universe),
        entry_id=name or universe_name(universe),
        files=universe_files(universe),
        n_frames=n_frames(universe),
    )
    return _study(universe, topology, roles, references)


def _first_frame(universe: Untyped) -> FloatArray:
    """Positions of all atoms, in Å."""
    chosen_frames(universe, _ALL_FRAMES)
    with kept_frame(universe):
        block = read_block(universe, range(1), np.arange(len(universe.atoms)))
    coords: FloatArray = block.coords[0]
    return coords


def _study(
    universe: Untyped,
    topology: TopologyEntry,
    roles: Mapping[str, str] | None,
    references: str | Path | None,
) -> TrajectoryStudy:
    family = None if references is None else read_family(references)
    named = name_trajectory(topology.entry, roles, family)
    return TrajectoryStudy(universe, named, topology)


def open_trajectory(
    topology: Path,
    trajectories: Sequence[Path] = (),
    *,
    roles: Mapping[str, str] | None = None,
    references: str | Path | None = None,
) -> TrajectoryStudy:
    """
    Open files of a trajectory, one after the other, or one file whose models are the frames.

    Roles and references as for `from_universe`. Structure files are read by the rules of entries.
    """
    check_order(topology, trajectories)
    if trajectories:
        universe = open_universe(topology, trajectories)
    else:
        universe = universe_of_models(topology)
    entry = None
    if has_structure_suffix(topology):
        listed = reference = _first_frame(universe)
        if trajectories:
            listed = _first_frame(open_universe(topology, ()))
        entry = topology_of_file(
            topology,
            listed,
            reference,
            entry_id=universe_name(universe),
            files=universe_files(universe),
            n_frames=n_frames(universe),
        )
    if entry is None:
        return from_universe(universe, roles=roles, references=references)
    return _study(universe, entry, roles, references)
