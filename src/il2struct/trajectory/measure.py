"""
What is measured in every frame, and a block of frames measured.

All that no frame changes is made once and sent to workers; what one of them does it sends back.

Molecules that a periodic box cut are told of, and made whole when that is asked for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Final

import numpy as np
from scipy.spatial import cKDTree

from il2struct import bond_kinds
from il2struct.arrays import BoolArray, FloatArray, IndexArray
from il2struct.complementarity import shape_complementarity
from il2struct.errors import ParameterError, StructureError, UnknownChainError
from il2struct.interface.burial import protor_radii
from il2struct.interface.complementarity import sized_atoms
from il2struct.interface.interface import InterfaceParameters
from il2struct.interface.measure import SidePair, member_label, select_pairs
from il2struct.kernels.frames import (
    FramePairs,
    chain_pairs_by_frame,
    residue_pairs_by_frame,
)
from il2struct.kernels.sasa import buried_areas
from il2struct.progress import shares, step
from il2struct.structure import model
from il2struct.structure.complexes import find_complexes
from il2struct.structure.family import Family, Role, role_rank
from il2struct.structure.named import NamedEntry, name_entry
from il2struct.structure.neighbours import stand_in_one_place
from il2struct.structure.roles import residue_numbers
from il2struct.trajectory.bonds import BondsPlan, bonds_by_frame, bonds_plan, near_rows
from il2struct.trajectory.topology import TopologyEntry
from il2struct.trajectory.universe import FrameBlock, Untyped, read_block

#: Kinds of bond that are counted, and how each is told from the columns of `Bonds`.
KINDS: Final = (*bond_kinds.KINDS, "needs_flip", "needs_protonation")
#: Seconds that each takes of a block with Sc in every frame; only their ratios count.
CONTACTS_S, SC_S, BONDS_S, AREAS_S = 1.0, 30.0, 1.0, 4.0
#: Numbers of each interface and frame, beside the counts of bonds.
MEASURES: Final = (
    "area_1_a2", "area_2_a2", "n_atom_pairs", "n_residue_pairs", "n_glycan_mediated", "sc",
)  # fmt: skip
#: Residues of two chains nearer than this, in Å, count as neighbours when chains are put together.
NEIGHBOUR_A: Final = 12.0
#: Successive residues of a chain stand nearer than this, in Å, by their first atoms (3.8 Å).
LONGEST_STEP_A: Final = 8.0
#: The box and the 26 around it.
_IMAGES: Final = np.array(list(product((-1, 0, 1), repeat=3)), dtype=float)


# --- the plan --------------------------------------------------------------------------------------


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
    criteria = parameters.interface.criteria
    bonds = bonds_plan(sides, criteria=criteria)
    waters = topology.water_rows[: None if criteria.water_bridge else 0]
    plans = tuple(map(_side_plan, sides, bonds.side_start[:-1].tolist()))
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


# --- a block --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """Things seen in some frames of a block: contacts, bonds, or residues."""

    #: What they are called; ascending.
    key: IndexArray
    #: 1 in frames that have it, 0 in others; for residues the buried area in Å²; shape (k, f).
    values: FloatArray | BoolArray
    #: Over the frames that have it; in Å.
    distance_sum_a: FloatArray
    distance_min_a: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BlockResult:
    """What was measured in a block of frames."""

    frame: IndexArray
    time_ps: FloatArray
    #: `MEASURES` and ``n_…`` of `KINDS`, one row an interface; NaN where not worked out; shape (p,
    #: f).
    measures: dict[str, FloatArray]
    #: Keys by `key_shapes`.
    contacts: Seen
    bonds: Seen
    residues: Seen
    #: From `image_doubts`.
    n_broken: IndexArray
    n_far_image: IndexArray


def key_shapes(plan: TrajectoryPlan) -> dict[str, tuple[int, ...]]:
    """
    Shapes in which contacts, bonds and residues of all interfaces have their keys.

    A contact is an interface and a residue of either side; a bond an interface, a kind, and a row
    of either side; a residue an interface, its side less 1, and a residue of that side.
    """
    n_pairs, n_rows = len(plan.pairs), len(plan.bonds.atoms)
    n_residues = int(plan.residue.max(initial=0)) + 1
    return {
        "contacts": (n_pairs, n_residues, n_residues),
        "bonds": (n_pairs, len(KINDS), n_rows, n_rows),
        "residues": (n_pairs, 2, n_residues),
    }


def measured_block(
    universe: Untyped, plan: TrajectoryPlan, frames: range, *, first: int
) -> BlockResult:
    """Read and measure some frames, before which so many were analysed."""
    block = read_block(universe, frames, plan.atom_rows)
    coords = unwrapped(plan, block) if plan.parameters.unwrap else block.coords
    n_broken, n_far_image = image_doubts(plan, coords, block.box)
    shape = (len(plan.pairs), len(coords))
    names = (*MEASURES, *(f"n_{kind}" for kind in KINDS))
    measures = {name: np.full(shape, np.nan) for name in names}
    every = plan.parameters.sc_every
    for_contacts, for_sc, for_bonds, for_areas = shares(
        CONTACTS_S, SC_S / every if every else 0.0, BONDS_S, AREAS_S
    )
    with step("contacts", for_contacts):
        # Heavy atoms, glycans included, as far as contacts or bonds reach.
        near = chain_pairs_by_frame(
            coords,
            [side.heavy for side in plan.sides],
            plan.pairs,
            max(plan.parameters.interface.contact_cutoff_a, plan.bonds.reach_a),
        )
        contacts = _contacts(plan, near, measures)
    if every:
        with step("Sc", for_sc):
            _add_complementarity(plan, coords, near, measures, first)
    with step("bonds", for_bonds):
        bonds = _bonds(plan, coords, near, measures)
    with step("areas", for_areas):
        residues = _areas(plan, coords, measures)
    return BlockResult(
        frame=block.frame,
        time_ps=block.time_ps,
        measures=measures,
        contacts=contacts,
        bonds=bonds,
        residues=residues,
        n_broken=n_broken,
        n_far_image=n_far_image,
    )


def _contacts(
    plan: TrajectoryPlan, near: list[FramePairs], measures: dict[str, FloatArray]
) -> Seen:
    n_frames = measures["sc"].shape[1]
    cutoff_a = plan.parameters.interface.contact_cutoff_a
    shape = key_shapes(plan)["contacts"]
    sightings = []
    for number, atom_pairs in enumerate(near):
        pairs = residue_pairs_by_frame(atom_pairs, plan.residue, cutoff_a=cutoff_a)
        for name, weights in (("residue", None), ("atom", pairs.n_atom_pairs)):
            count = np.bincount(pairs.frame, weights, minlength=n_frames)
            measures[f"n_{name}_pairs"][number] = count
        key = np.ravel_multi_index((number, pairs.residue_1, pairs.residue_2), shape)
        sightings.append((key, pairs.frame, pairs.distance_a))
    return _seen(sightings, n_frames)


def _seen(
    sightings: list[tuple[IndexArray, IndexArray, FloatArray]], n_frames: int
) -> Seen:
    """Gather keys, frames and distances in Å, each thing at most once a frame."""
    key, frame, distance_a = map(np.concatenate, zip(*sightings, strict=True))
    names, place = np.unique(key, return_inverse=True)
    values = np.zeros((len(names), n_frames), dtype=np.bool_)
    values[place, frame] = True
    smallest = np.full(len(names), np.inf)
    np.minimum.at(smallest, place, distance_a)
    sums = np.bincount(place, distance_a, minlength=len(names)).astype(np.float64)
    return Seen(names, values, sums, smallest)


def _bonds(
    plan: TrajectoryPlan,
    coords: FloatArray,
    near: list[FramePairs],
    measures: dict[str, FloatArray],
) -> Seen:
    rows = near_rows(plan.bonds, coords, plan.pairs, known=near, n_waters=plan.n_waters)
    frame_bonds = bonds_by_frame(plan.bonds, coords, rows, n_waters=plan.n_waters)
    bonds, is_glycan_mediated = frame_bonds.bonds, frame_bonds.is_glycan_mediated
    pair, frame = frame_bonds.pair, frame_bonds.frame
    shape = measures["sc"].shape

    def counted(mask: BoolArray) -> FloatArray:
        cell = np.ravel_multi_index((pair[mask], frame[mask]), shape)
        counts = np.bincount(cell, minlength=shape[0] * shape[1])
        return counts.reshape(shape).astype(np.float64)

    measures["n_glycan_mediated"][:] = counted(is_glycan_mediated)
    key_shape = key_shapes(plan)["bonds"]
    sightings = []
    for number, kind in enumerate(KINDS):
        # A hydrogen bond is one that needs neither a flip nor a proton.
        mask = (
            bonds.is_plain_hydrogen_bond
            if kind == "hydrogen_bond"
            else bonds.columns[kind if kind.startswith("needs_") else f"is_{kind}"]
        )
        known = bond_kinds.KINDS.get(kind)
        counts_glycans = known is not None and known.counts_glycans
        bare = mask if counts_glycans else mask & ~is_glycan_mediated
        measures[f"n_{kind}"][:] = counted(bare)
        ends = (pair[mask], number, frame_bonds.row_1[mask], frame_bonds.row_2[mask])
        key = np.ravel_multi_index(ends, key_shape)
        sightings.append((key, frame[mask], bonds.distance_a[mask]))
    return _seen(sightings, len(coords))


def _areas(
    plan: TrajectoryPlan, coords: FloatArray, measures: dict[str, FloatArray]
) -> Seen:
    """Buried areas of residues; those that bury nothing in the whole block are left out."""
    burial = plan.parameters.interface.burial
    shape = key_shapes(plan)["residues"]
    keys, values = [], []
    for number, (side_1, side_2) in enumerate(plan.side_pairs):
        sizes = len(side_1.residue_index), len(side_2.residue_index)
        by_residue = [np.zeros((size, len(coords))) for size in sizes]
        for frame, positions in enumerate(coords):
            lost = buried_areas(
                positions[side_1.area_rows],
                side_1.radii_a,
                positions[side_2.area_rows],
                side_2.radii_a,
                probe_radius_a=burial.probe_radius_a,
                n_slices=burial.n_slices,
            )
            both = ((side_1, lost.buried_1_a2), (side_2, lost.buried_2_a2))
            for k, (side, areas) in enumerate(both):
                measures[f"area_{k + 1}_a2"][number, frame] = areas.sum()
                sums = np.bincount(side.area_residue, areas, minlength=sizes[k])
                by_residue[k][:, frame] = sums
        for k, table in enumerate(by_residue):
            buried = np.flatnonzero(table.any(axis=1))
            keys.append(np.ravel_multi_index((number, k, buried), shape))
            values.append(table[buried])
    # Interfaces, sides and residues come in the order of their keys.
    key = np.concatenate(keys)
    missing = np.full(len(key), np.nan)
    return Seen(key, np.concatenate(values), missing, missing)


def _add_complementarity(
    plan: TrajectoryPlan,
    coords: FloatArray,
    near: list[FramePairs],
    measures: dict[str, FloatArray],
    first: int,
) -> None:
    """Shape complementarity where the sides touch, in every so manieth frame."""
    is_wanted = (first + np.arange(len(coords))) % plan.parameters.sc_every == 0
    wanted = [np.flatnonzero(is_wanted & (np.diff(pairs.start) > 0)) for pairs in near]
    n_wanted = max(sum(len(frames) for frames in wanted), 1)
    pairs_and_frames = zip(plan.side_pairs, wanted, strict=True)
    for number, ((side_1, side_2), frames) in enumerate(pairs_and_frames):
        name = f"interface {number + 1} of {len(plan.pairs)}"
        with step(name, len(frames) / n_wanted) as scoring:
            for frame in frames:
                result = shape_complementarity(
                    coords[frame, side_1.sc_rows],
                    side_1.sc_radii_a,
                    coords[frame, side_2.sc_rows],
                    side_2.sc_radii_a,
                    parameters=plan.parameters.interface.fit.complementarity,
                )
                measures["sc"][number, frame] = result.sc
                scoring.advance(1.0 / len(frames))


def image_doubts(
    plan: TrajectoryPlan, coords: FloatArray, box: FloatArray
) -> tuple[IndexArray, IndexArray]:
    """
    Count what a periodic box may have torn apart, in each frame.

    Steps from residue to residue that are short in another image only, and interfaces whose sides
    are nearer to each other in another image. ``box`` (f, 3, 3) has the edges as rows in Å, NaN
    without side_1.
    """
    n_broken = np.zeros(len(coords), dtype=np.int64)
    n_far = np.zeros(len(coords), dtype=np.int64)
    shortest = np.linalg.norm(box, axis=2).min(axis=1)
    boxed = np.flatnonzero(np.isfinite(shortest))
    if not len(boxed):
        return n_broken, n_far
    frames = boxed[:, None]
    steps = coords[frames, plan.links[:, 1]] - coords[frames, plan.links[:, 0]]
    # A long step alone may be a gap in the chain; side_1 that another image makes short is a cut.
    cells = np.round(steps @ np.linalg.inv(box[boxed]))
    images = np.linalg.norm(steps - cells @ box[boxed], axis=2)
    n_broken[boxed] = (cells.any(axis=2) & (images < LONGEST_STEP_A)).sum(axis=1)
    anchors = [np.unique(plan.anchor[side.area_rows]) for side in plan.sides]
    for frame in boxed:
        centres = [coords[frame, rows].mean(axis=0) for rows in anchors]
        to_fractions = np.linalg.inv(box[frame])
        for number_1, number_2 in plan.pairs:
            cells = -np.round((centres[number_2] - centres[number_1]) @ to_fractions)
            if cells.any():
                first = coords[frame, anchors[number_1]]
                second = coords[frame, anchors[number_2]]
                here = cKDTree(first).query(second)[0].min()
                there = cKDTree(first).query(second + cells @ box[frame])[0].min()
                n_far[frame] += there < here
    return n_broken, n_far


def unwrapped(plan: TrajectoryPlan, block: FrameBlock) -> FloatArray:
    """
    Make chains whole and put them beside each other.

    Every residue is brought to the image nearest to the residue it hangs on; then chains join
    the first one, each in the image where most of its residues have a neighbour among those that
    are in place already. Waters stay.
    """
    coords = block.coords.copy()
    n_rows, links = len(plan.anchor), plan.links
    for frame in np.flatnonzero(np.isfinite(block.box).all(axis=(1, 2))):
        box, positions = block.box[frame], coords[frame, :n_rows]
        fractions = positions @ np.linalg.inv(box)
        shift = np.zeros_like(fractions)
        steps = -np.round(fractions[links[:, 1]] - fractions[links[:, 0]])
        inner = -np.round(fractions - fractions[plan.anchor])
        for (parent, child), cells in zip(links.tolist(), steps, strict=True):
            shift[child] = shift[plan.anchor[parent]] + inner[parent] + cells
        whole = positions + (shift[plan.anchor] + inner) @ box
        coords[frame, :n_rows] = _joined(plan, whole, box)
    return coords


def _joined(plan: TrajectoryPlan, coords: FloatArray, box: FloatArray) -> FloatArray:
    """Bring whole chains beside the first one."""
    coords = coords.copy()
    chains = [np.flatnonzero(plan.chain_of == n) for n in np.unique(plan.chain_of)]
    anchors = [np.unique(plan.anchor[rows]) for rows in chains]
    waiting, placed = list(range(1, len(chains))), [0]
    while waiting:
        tree = cKDTree(np.concatenate([coords[anchors[chain]] for chain in placed]))
        options = [_best_image(tree, coords[anchors[chain]], box) for chain in waiting]
        best = max(range(len(waiting)), key=lambda k: options[k][0])
        chain = waiting.pop(best)
        coords[chains[chain]] += options[best][1]
        placed.append(chain)
    return coords


def _best_image(
    tree: Untyped, points: FloatArray, box: FloatArray
) -> tuple[tuple[int, float], FloatArray]:
    """Score of the best image (neighbours, minus the distance) and the shift to it."""
    away = points.mean(axis=0) - tree.data.mean(axis=0)
    home = -np.round(away @ np.linalg.inv(box))
    shifts = (home + _IMAGES) @ box
    distances, _ = tree.query((points[None] + shifts[:, None]).reshape(-1, 3))
    distances = distances.reshape(len(shifts), -1)
    n_near, nearest = (distances <= NEIGHBOUR_A).sum(axis=1), distances.min(axis=1)
    scores = [(int(n), -float(a)) for n, a in zip(n_near, nearest, strict=True)]
    best = max(range(len(scores)), key=scores.__getitem__)
    return scores[best], shifts[best]
