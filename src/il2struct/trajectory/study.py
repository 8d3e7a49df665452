"""What a user holds of a trajectory: named chains, and its interfaces frame by frame."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from il2struct.arrays import FloatArray
from il2struct.errors import ParameterError
from il2struct.interface.interface import interface_parameters
from il2struct.progress import step
from il2struct.results.entry_tables import chain_table, complex_table, note_table
from il2struct.structure.family import read_family
from il2struct.structure.model import Note
from il2struct.structure.named import NamedEntry
from il2struct.trajectory.models import universe_of_models
from il2struct.trajectory.naming import name_trajectory, sides_to_measure
from il2struct.trajectory.pdb_frames import check_order, is_structure_file
from il2struct.trajectory.plan import (
    Measurement,
    TrajectoryParameters,
    plan_measurement,
)
from il2struct.trajectory.structure_file import topology_of_file
from il2struct.trajectory.tables import (
    bond_means,
    contact_means,
    interface_means,
    residue_means,
    shown_pairs,
    time_series,
)
from il2struct.trajectory.topology import TopologyEntry, topology_entry
from il2struct.trajectory.totals import Totals, added_up
from il2struct.trajectory.universe import (
    Untyped,
    atoms_of_universe,
    kept_frame,
    n_frames,
    open_universe,
    read_block,
    universe_files,
    universe_name,
)
from il2struct.trajectory.workers import chosen_frames, measured_blocks

if TYPE_CHECKING:
    import pandas as pd

#: Share of what no frame changes.
PLANNING: Final = 0.05
#: Everything: the default choice of frames.
_ALL_FRAMES = slice(None)


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
    shown: "np.ndarray[Any, np.dtype[np.int64]]"

    @property
    def named(self) -> NamedEntry:
        """The first frame with roles and numbers."""
        return self.measured.named

    @cached_property
    def table(self) -> "pd.DataFrame":
        """One row an interface: the table ``trajectory_interfaces``."""
        return interface_means(self.measured, self.totals, self.shown)

    @cached_property
    def frames(self) -> "pd.DataFrame":
        """One row an interface and frame: the table ``trajectory_frames``."""
        return time_series(self.measured, self.totals, self.shown)

    @cached_property
    def contacts(self) -> "pd.DataFrame":
        """One row a residue pair: the table ``trajectory_contacts``."""
        return contact_means(self.measured, self.totals, self.shown)

    @cached_property
    def bonds(self) -> "pd.DataFrame":
        """One row a bond and kind: the table ``trajectory_bonds``."""
        return bond_means(self.measured, self.totals, self.shown)

    @cached_property
    def residues(self) -> "pd.DataFrame":
        """One row a residue and side: the table ``trajectory_residues``."""
        return residue_means(self.measured, self.totals, self.shown)

    @cached_property
    def notes(self) -> "pd.DataFrame":
        """What was left out, chosen or doubted: the table ``notes``."""
        notes = [*self.named.entry.notes, *box_notes(self.totals)]
        return note_table(self.named.entry.entry_id, notes)

    def tables(self) -> Mapping[str, "pd.DataFrame"]:
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


def box_notes(totals: Totals) -> tuple[Note, ...]:
    """
    Say what a periodic box may have torn apart.

    Parameters
    ----------
    totals : Totals
    """
    notes = []
    for topic, count, what in (
        ("broken_molecules", totals.n_broken_frames, "a chain is cut by the box"),
        (
            "other_images",
            totals.n_far_image_frames,
            "two sides are nearer in another periodic image",
        ),
    ):
        if count:
            text = (
                f"In frames where {what}, contacts are missed; make molecules whole and centre "
                "them together, or use --unwrap."
            )
            notes.append(Note(topic=topic, subject="", count=count, message=text))
    return tuple(notes)


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
    def chains(self) -> "pd.DataFrame":
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
        chains = " ".join(
            f"{found.auth_asym_id}={found.role}" for found in self.named.roles
        )
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
    Open files of a trajectory, or one file of many models.

    Parameters
    ----------
    topology : path
    trajectories : sequence of path
        Read one after the other; none for a file whose models are the frames.
    roles : mapping of str to str, optional
    references : path, optional
        As for `from_universe`.

    Raises
    ------
    NotFoundError, StructureError, ParameterError
        If a file cannot be read, or as for `from_universe`.
    """
    check_order(topology, trajectories)
    universe = (
        open_universe(topology, trajectories)
        if trajectories
        else universe_of_models(topology)
    )
    if not is_structure_file(topology):
        return from_universe(universe, roles=roles, references=references)
    reference = _first_frame(universe)
    listed = _first_frame(open_universe(topology, ())) if trajectories else reference
    found = topology_of_file(
        topology,
        listed,
        reference,
        entry_id=universe_name(universe),
        files=universe_files(universe),
        n_frames=n_frames(universe),
    )
    if found is None:
        return from_universe(universe, roles=roles, references=references)
    return _study(universe, found, roles, references)
