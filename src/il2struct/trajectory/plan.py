"""What is measured in every frame, and all that no frame changes: made once, sent to workers."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from il2struct.arrays import FloatArray, IndexArray
from il2struct.complementarity import sc_radii
from il2struct.interface.burial import protor_radii
from il2struct.interface.interface import InterfaceParameters
from il2struct.interface.measure import SidePair
from il2struct.structure.model import ChainImage, Side, atoms_of_residues, make_side
from il2struct.structure.named import NamedEntry
from il2struct.trajectory.bonds import BondsPlan, bonds_plan
from il2struct.trajectory.topology import TopologyEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class TrajectoryParameters:
    """
    What of a trajectory is measured.

    Attributes
    ----------
    interface : InterfaceParameters
        Contact cut-off, areas, bonds and the definition of Sc; its ``fit.detail`` is not used.
    sc_every : int
        Sc is worked out in every such frame of those analysed; 0 for never.
    unwrap : bool
        Whether chains broken by a periodic box are made whole and put beside each other.
    """

    interface: InterfaceParameters
    sc_every: int = 1
    unwrap: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SidePlan:
    """
    One side, by rows of the plan.

    Attributes
    ----------
    heavy : ndarray of int
        Heavy atoms, glycans included.
    area_rows : ndarray of int
        Heavy atoms of the polymer.
    radii_a : ndarray
        Their radii for areas in Å.
    area_residue : ndarray of int
        Residue of each within the side, from 0.
    residue_index : ndarray of int
        For each residue of the side its ``residue_index`` in the `Side`.
    sc_rows : ndarray of int
        Atoms that count for Sc.
    sc_radii_a : ndarray
        Their radii for it in Å.
    """

    heavy: IndexArray
    area_rows: IndexArray
    radii_a: FloatArray
    area_residue: IndexArray
    residue_index: IndexArray
    sc_rows: IndexArray
    sc_radii_a: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TrajectoryPlan:
    """
    Everything that workers need besides the files.

    Attributes
    ----------
    parameters : TrajectoryParameters
    atom_rows : ndarray of int, shape=(n + w,)
        Atoms of the universe: those of the plan's rows, then water oxygens.
    n_waters : int
        How many of them are water oxygens.
    pairs : tuple of (int, int)
        The two sides of each interface, places in `sides`.
    sides : tuple of SidePlan
    bonds : BondsPlan
    residue : ndarray of int, shape=(n + w,)
        Residue of each row within its side; -1 for hydrogens, glycans and waters.
    anchor : ndarray of int, shape=(n,)
        For each row the row that stands for its residue.
    links : ndarray of int, shape=(k, 2)
        Rows of anchors that stand close in a whole molecule; the second one hangs on the first.
    chain_of : ndarray of int, shape=(n,)
        Chain of each row, for unwrapping.
    """

    parameters: TrajectoryParameters
    atom_rows: IndexArray
    n_waters: int
    pairs: tuple[tuple[int, int], ...]
    sides: tuple[SidePlan, ...]
    bonds: BondsPlan
    residue: IndexArray
    anchor: IndexArray
    links: IndexArray
    chain_of: IndexArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Measurement:
    """
    A plan with the names of what it measures.

    Attributes
    ----------
    named : NamedEntry
    pairs : tuple of SidePair
        The interfaces, in the order of ``plan.pairs``.
    sides : tuple of Side
        In the order of ``plan.sides``.
    plan : TrajectoryPlan
    """

    named: NamedEntry
    pairs: tuple[SidePair, ...]
    sides: tuple[Side, ...]
    plan: TrajectoryPlan


def plan_measurement(
    named: NamedEntry,
    topology: TopologyEntry,
    pairs: Sequence[SidePair],
    parameters: TrajectoryParameters,
) -> Measurement:
    """
    Work out once what every frame needs.

    Parameters
    ----------
    named : NamedEntry
    topology : TopologyEntry
    pairs : sequence of SidePair
    parameters : TrajectoryParameters
    """
    groups: dict[tuple[ChainImage, ...], int] = {}
    places = []
    for pair in pairs:
        one = groups.setdefault(pair.images_1, len(groups))
        two = groups.setdefault(pair.images_2, len(groups))
        places.append((one, two))
    entry = named.entry
    sides = tuple(make_side(entry, images, label="", role="") for images in groups)
    bonds = bonds_plan(sides, criteria=parameters.interface.criteria)
    entry_rows = [_entry_rows(named, images) for images in groups]
    waters = topology.water_rows
    if parameters.interface.criteria.water_bridge is None:
        waters = waters[:0]
    starts = bonds.side_start[:-1]
    plans = tuple(
        _side_plan(side, int(start)) for side, start in zip(sides, starts, strict=True)
    )
    residue = np.full(len(bonds.atoms) + len(waters), -1, dtype=np.int64)
    for plan in plans:
        residue[plan.area_rows] = plan.area_residue
    rows = np.concatenate(entry_rows)
    chain_of = entry.residues.chain_index[entry.atoms.residue_index[rows]]
    anchor, links = _links(bonds, chain_of)
    return Measurement(
        named=named,
        pairs=tuple(pairs),
        sides=sides,
        plan=TrajectoryPlan(
            parameters=parameters,
            atom_rows=np.concatenate([topology.atom_rows[rows], waters]),
            n_waters=len(waters),
            pairs=tuple(places),
            sides=plans,
            bonds=bonds,
            residue=residue,
            anchor=anchor,
            links=links,
            chain_of=chain_of,
        ),
    )


def _entry_rows(named: NamedEntry, images: tuple[ChainImage, ...]) -> IndexArray:
    """Rows of the entry in the order of a side: all polymers, then all glycans."""
    chains = [named.entry.chain(image.auth_asym_id) for image in images]
    return np.concatenate(
        [
            *(atoms_of_residues(named.entry, chain.residue_index) for chain in chains),
            *(atoms_of_residues(named.entry, chain.glycan_index) for chain in chains),
        ]
    )


def _side_plan(side: Side, start: int) -> SidePlan:
    atoms = side.atoms
    heavy = np.flatnonzero(~atoms.is_hydrogen)
    glycans = len(atoms) + np.flatnonzero(~side.glycans.is_hydrogen)
    found = sc_radii(
        atoms.residue_name.tolist(), atoms.atom_name.tolist(), atoms.element.tolist()
    )
    sc_rows = np.flatnonzero(found.is_heavy)
    index, local = np.unique(atoms.residue_index[heavy], return_inverse=True)
    return SidePlan(
        heavy=start + np.concatenate([heavy, glycans]),
        area_rows=start + heavy,
        radii_a=protor_radii(atoms.select(heavy)).radii_a,
        area_residue=local,
        residue_index=index,
        sc_rows=start + sc_rows,
        sc_radii_a=found.radii_a[sc_rows],
    )


def _links(bonds: BondsPlan, chain_of: IndexArray) -> tuple[IndexArray, IndexArray]:
    """
    Hang every residue on one before it: in a chain on the last, a sugar on what it is bonded to.

    Only residues, and steps between neighbours in a chain, must be shorter than half the box.
    """
    residue = bonds.atoms.residue_index
    n_residues = int(residue.max(initial=-1)) + 1
    first = np.searchsorted(residue, np.arange(n_residues))
    links = []
    for side in range(len(bonds.side_start) - 1):
        rows = np.arange(bonds.side_start[side], bonds.side_start[side + 1])
        polymer = np.unique(residue[rows[~bonds.is_glycan[rows]]])
        done = set(polymer.tolist())
        starts = first[polymer]
        follows = chain_of[starts[1:]] == chain_of[starts[:-1]]
        links += list(zip(starts[:-1][follows], starts[1:][follows], strict=True))
        sugars = rows[bonds.is_glycan[rows]]
        pending = True
        while pending:
            pending = False
            for row in sugars.tolist():
                held = [
                    other
                    for other in bonds.topology.neighbours[row].tolist()
                    if other >= 0 and int(residue[other]) in done
                ]
                if held and int(residue[row]) not in done:
                    done.add(int(residue[row]))
                    first[residue[row]] = row
                    links.append((held[0], row))
                    pending = True
    return first[residue], np.array(links, dtype=np.int64).reshape(-1, 2)
