"""What is measured in every frame, and all that no frame changes: made once, sent to workers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from il2struct.arrays import FloatArray, IndexArray
from il2struct.errors import ParameterError, StructureError, UnknownChainError
from il2struct.interface.burial import protor_radii
from il2struct.interface.complementarity import sized_atoms
from il2struct.interface.interface import InterfaceParameters
from il2struct.interface.measure import SidePair, member_label, select_pairs
from il2struct.structure import model
from il2struct.structure.complexes import find_complexes
from il2struct.structure.family import Family, Role, role_rank
from il2struct.structure.named import NamedEntry, name_entry
from il2struct.structure.neighbours import stand_in_one_place
from il2struct.structure.roles import residue_numbers
from il2struct.trajectory.bonds import BondsPlan, bonds_plan
from il2struct.trajectory.topology import TopologyEntry


def parse_roles(text: str) -> dict[str, str]:
    """
    Read roles that a user gives to chains.

    Examples
    --------
    >>> parse_roles("A=IL2, PROB=IL2RA")
    {'A': 'IL2', 'PROB': 'IL2RA'}
    """
    roles: dict[str, str] = {}
    for part in text.split(","):
        chain, equals, role = (piece.strip() for piece in part.partition("="))
        if not (chain and equals and role):
            raise ParameterError(
                f"--roles takes chains with their roles such as A=IL2,B=IL2RA, not {text!r}."
            )
        if chain in roles:
            raise ParameterError(f"--roles names chain {chain} twice; name it once.")
        roles[chain] = role
    return roles


def name_trajectory(
    entry: model.Entry,
    roles: Mapping[str, str] | None = None,
    family: Family | None = None,
) -> NamedEntry:
    """Find roles, numbers and complexes of the chains, as in an entry, or take the roles given."""
    named = name_entry(entry, family)
    if not roles:
        return named
    changed = {chain.auth_asym_id: chain for chain in named.roles}
    for chain, text in roles.items():
        role = named.family.role_named(text)
        if role is None:
            known = ", ".join(record.role for record in named.family.records)
            raise ParameterError(f"a role is one of {known}, not {text!r}.")
        if chain not in changed:
            raise UnknownChainError(
                chain, entry_id=entry.entry_id, available=named.role_of
            )
        told = changed[chain]
        # A role that the sequence contradicts is a slip.
        if told.role not in (role, Role.UNKNOWN):
            raise ParameterError(
                f"chain {chain} is {told.role} by its sequence "
                f"({told.identity:.0%} identical), not {role}; correct or leave out its role."
            )
        changed[chain] = replace(told, role=role)
    chain_roles = tuple(changed.values())
    return replace(
        named,
        roles=chain_roles,
        numbers=residue_numbers(entry, chain_roles),
        complexes=find_complexes(entry, chain_roles, named.family),
    )


def sides_to_measure(
    named: NamedEntry, between: str | None = None
) -> tuple[SidePair, ...]:
    """
    List the pairs of sides that could be an interface in some frame.

    They are the two groups named (``"A,B/C"`` or ``"IL2/IL2RA"``), else every pair of protein
    chains: those within a complex of the reference frame first, named as in an entry, then those
    across complexes, named by chains and without ``complex_id``.
    """
    if between is not None:
        return select_pairs(named, between)
    members = [(c, m) for c in named.complexes for m in c.members]
    if len(members) < 2:
        only = ", ".join(m.image.auth_asym_id for _, m in members)
        raise StructureError(
            f"{named.entry.entry_id} has one protein chain ({only}); an interface needs two. "
            "Give a topology that names chains or segments apart."
        )
    inside, across = [], []
    for i, (complex_1, first) in enumerate(members):
        for complex_2, second in members[i + 1 :]:
            # Poses in each other's place, of which a note tells.
            if stand_in_one_place(named.entry, (first.image, second.image)):
                continue
            images = (first.image,), (second.image,)
            if complex_1 is complex_2:
                labels = [member_label(m, complex_1) for m in (first, second)]
                inside.append(SidePair(complex_1.complex_id, *images, *labels))
            else:
                ends = sorted(
                    (first, second), key=lambda m: (role_rank(m.role), m.image)
                )
                images = (ends[0].image,), (ends[1].image,)
                across.append(
                    SidePair("", *images, *(m.image.auth_asym_id for m in ends))
                )
    return (*inside, *across)


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
    """One side, by rows of the plan."""

    #: Heavy atoms, glycans included.
    heavy: IndexArray
    #: Heavy atoms of the polymer.
    area_rows: IndexArray
    #: Their radii for areas in Å.
    radii_a: FloatArray
    #: Residue of each within the side, from 0.
    area_residue: IndexArray
    #: For each residue of the side its ``residue_index`` in the `Side`.
    residue_index: IndexArray
    #: Atoms that count for Sc.
    sc_rows: IndexArray
    #: Their radii for it in Å.
    sc_radii_a: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TrajectoryPlan:
    """Everything that workers need besides the files."""

    parameters: TrajectoryParameters
    #: Atoms of the universe: those of the plan's rows, then water oxygens; shape (n + w,).
    atom_rows: IndexArray
    #: How many of them are water oxygens.
    n_waters: int
    #: The two sides of each interface, places in `sides`.
    pairs: tuple[tuple[int, int], ...]
    sides: tuple[SidePlan, ...]
    bonds: BondsPlan
    #: Residue of each row within its side; -1 for hydrogens, glycans and waters; shape (n + w,).
    residue: IndexArray
    #: For each row the row that stands for its residue.
    anchor: IndexArray
    #: Rows of anchors that stand close in a whole molecule; the second one hangs on the first;
    #: shape (k, 2).
    links: IndexArray
    #: Chain of each row, for unwrapping.
    chain_of: IndexArray

    @property
    def side_pairs(self) -> list[tuple[SidePlan, SidePlan]]:
        """The two sides of each interface."""
        return [(self.sides[first], self.sides[second]) for first, second in self.pairs]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Measurement:
    """A plan with the names of what it measures, pairs and sides in the order of the plan's."""

    named: NamedEntry
    pairs: tuple[SidePair, ...]
    sides: tuple[model.Side, ...]
    plan: TrajectoryPlan


def plan_measurement(
    named: NamedEntry,
    topology: TopologyEntry,
    pairs: Sequence[SidePair],
    parameters: TrajectoryParameters,
) -> Measurement:
    """Work out once what every frame needs."""
    groups = [images for pair in pairs for images in (pair.images_1, pair.images_2)]
    places = {images: number for number, images in enumerate(dict.fromkeys(groups))}
    entry = named.entry
    sides = tuple(model.make_side(entry, i, label="", role="") for i in places)
    bonds = bonds_plan(sides, criteria=parameters.interface.criteria)
    waters = topology.water_rows
    if parameters.interface.criteria.water_bridge is None:
        waters = waters[:0]
    plans = tuple(
        _side_plan(side, int(start))
        for side, start in zip(sides, bonds.side_start[:-1], strict=True)
    )
    residue = np.full(len(bonds.atoms) + len(waters), -1, dtype=np.int64)
    for plan in plans:
        residue[plan.area_rows] = plan.area_residue
    # Of each side the polymers, then the glycans of its chains.
    residues = []
    for images in places:
        chains = [entry.chain(image.auth_asym_id) for image in images]
        residues += [chain.residue_index for chain in chains]
        residues += [chain.glycan_index for chain in chains]
    rows = np.concatenate([model.atoms_of_residues(entry, index) for index in residues])
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
            pairs=tuple((places[p.images_1], places[p.images_2]) for p in pairs),
            sides=plans,
            bonds=bonds,
            residue=residue,
            anchor=anchor,
            links=links,
            chain_of=chain_of,
        ),
    )


def _side_plan(side: model.Side, start: int) -> SidePlan:
    atoms = side.atoms
    heavy = np.flatnonzero(~atoms.is_hydrogen)
    glycans = len(atoms) + np.flatnonzero(~side.glycans.is_hydrogen)
    sized = sized_atoms(atoms)
    index, local = np.unique(atoms.residue_index[heavy], return_inverse=True)
    return SidePlan(
        heavy=start + np.concatenate([heavy, glycans]),
        area_rows=start + heavy,
        radii_a=protor_radii(atoms.select(heavy)).radii_a,
        area_residue=local,
        residue_index=index,
        sc_rows=start + sized.rows,
        sc_radii_a=sized.radii_a,
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
                near = bonds.topology.neighbours[row].tolist()
                held = [
                    other
                    for other in near
                    if other >= 0 and int(residue[other]) in done
                ]
                if held and int(residue[row]) not in done:
                    done.add(int(residue[row]))
                    first[residue[row]] = row
                    links.append((held[0], row))
                    pending = True
    return first[residue], np.array(links, dtype=np.int64).reshape(-1, 2)
