"""
All contacts of some crystals measured, classed and stood on the membrane, once for all questions.

Chains are built by the step of a contact, sheets by one or two classes of contacts; a sheet is one
rigid layer.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import combinations_with_replacement
from typing import Final

import numpy as np

from il2struct.arrays import FloatArray
from il2struct.errors import Il2StructError, ParameterError
from il2struct.interface.complementarity import ScDetail
from il2struct.interface.interface import InterfaceParameters, interface_parameters
from il2struct.lattice.classes import ContactClass, contact_classes, is_lattice_class
from il2struct.lattice.contacts import ContactKind, lattice_units
from il2struct.lattice.graph import (
    Component,
    Edge,
    PeriodicGraph,
    components,
    periodic_graph,
)
from il2struct.lattice.measure import (
    MeasuredContact,
    MeasuredNeighbours,
    measured_contacts,
    measured_neighbours,
)
from il2struct.lattice.operators import operator_group
from il2struct.network.evidence.measures import is_compared
from il2struct.network.evidence.sites import doubtful_contacts
from il2struct.network.membrane.body import (
    RigidBody,
    anchor_heights,
    anchors_of_complex,
    body_of_complex,
    joined_body,
    tether_energy,
)
from il2struct.network.membrane.chain import (
    MembraneStudy,
    RigidMotion,
    even_directions,
    membrane_study,
)
from il2struct.network.membrane.quadrature import (
    OrientationEnsemble,
    orientation_ensemble,
)
from il2struct.progress import step
from il2struct.structure.complexes import Complex
from il2struct.structure.model import ChainImage
from il2struct.structure.named import NamedEntry

#: Cells closer than this to a whole number of repeats are one.
WHOLE: Final = 1e-6
#: A linker counts as no shorter than this, in Å: what stretches none at all has no share.
SHORTEST_A: Final = 1e-6
#: Directions of layers that a sheet is compared with, each with its two sides.
N_DIRECTIONS: Final = 4000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sheet:
    """A layer of complexes held by contacts of a crystal, on the side that stretches its linkers least."""

    named: NamedEntry
    complex_ids: tuple[str, ...]  # of one repeat
    built_by: tuple[str, ...]  # one or two classes of contacts that suffice
    contact_classes: tuple[str, ...]  # every class that the layer holds
    area_per_complex_nm2: float  # of the membrane
    buried_a2: float  # per side, of all its contacts, for each complex
    energy_per_complex_kt: float  # of the linkers; infinite if one does not reach
    # That and the logarithm of the partition function of a complex by itself.
    price_per_complex_kt: float
    stretch_fraction: float  # largest height over contour length
    stretched_role: str  # the receptor whose linker that is
    # Of layers of its complexes in any direction, which lie easier.
    easier_fraction: float

    @property
    def can_lie_flat(self) -> bool:
        """Whether every linker reaches the membrane."""
        return math.isfinite(self.energy_per_complex_kt)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Standing:
    """A complex that receptors hold to the membrane, where the file has it."""

    body: RigidBody
    roles: tuple[str, ...]  # that each linker is of
    # (2, n) Energy of the linkers on either side of layers in even directions.
    either_side_kt: FloatArray


def stand(named: NamedEntry, complex_: Complex) -> Standing:
    """
    Hang a complex on the linkers of its receptors.

    Raises
    ------
    UnknownChainError, StructureError
        If nothing holds it to the membrane; see `anchors_of_complex`.
    """
    anchors = anchors_of_complex(named, complex_)
    body = body_of_complex(named, complex_, anchors)
    up = even_directions(body, N_DIRECTIONS)
    sides = [tether_energy(body, anchor_heights(body, n)) for n in (up, -up)]
    return Standing(body=body, roles=anchors.roles, either_side_kt=np.array(sides))


def sheets_of(
    named: NamedEntry,
    classes: Sequence[ContactClass],
    standing: Mapping[str, Standing],
) -> tuple[Sheet, ...]:
    """
    Find every sheet that one or two classes of lattice contacts build in a crystal, cheapest first.

    Classes with a contact of the size of a control only. A sheet is rigid and has two sides, the
    directions perpendicular to it: one of them must be that of the membrane for all its complexes at
    once. Layers of complexes that are not standing are left out. Pairs that build the same layer are one
    sheet, named by the first of them. What it is compared with are layers of its complexes alike, in
    directions spread evenly over the sphere.
    """
    contacts = [
        (found.name, member)
        for found in classes
        if is_lattice_class(found)
        for member in found.members
        if member.named is named
    ]
    if not contacts or not standing:
        return ()
    graph = periodic_graph(
        named.entry, lattice_units(named), [m.contact for _, m in contacts]
    )
    large = dict.fromkeys(name for name, m in contacts if is_compared(m))
    found: dict[object, Sheet] = {}
    for names in combinations_with_replacement(large, 2):
        chosen = [e for e in graph.edges if contacts[e.contact][0] in names]
        for part in components(replace(graph, edges=tuple(chosen))):
            if part.dimension != 2 or any(n[0] not in standing for n in part.nodes):
                continue
            held = list(held_contacts(graph, part))
            # Layers that an operator makes of each other are one.
            key = (
                tuple(sorted(unit for unit, _ in part.nodes)),
                frozenset(edge.contact for edge in held),
                round(_area_a2(part), 3),
            )
            if key not in found:
                of_layer = [contacts[edge.contact] for edge in held]
                areas = [m.interface.burial.area_per_side_a2 for _, m in of_layer]
                made = partial(
                    Sheet,
                    named=named,
                    built_by=tuple(dict.fromkeys(names)),
                    contact_classes=tuple(sorted({name for name, _ in of_layer})),
                    buried_a2=sum(areas) / len(part.nodes),
                )
                found[key] = stood_up(made, graph, part, standing)
    return tuple(sorted(found.values(), key=lambda s: s.energy_per_complex_kt))


def held_contacts(graph: PeriodicGraph, part: Component) -> Iterator[Edge]:
    """Contacts of the whole crystal between complexes of a layer, each once a repeat."""
    cells = dict(zip(part.nodes, part.node_cells, strict=True))
    for edge in graph.edges:
        if edge.start in cells and edge.end in cells:
            left = cells[edge.start] + np.array(edge.cell_shift) - cells[edge.end]
            steps = np.linalg.lstsq(part.repeat_cells.T, left, rcond=None)[0]
            off = part.repeat_cells.T @ np.round(steps) - left
            if np.abs(off).max() < WHOLE:
                yield edge


def _area_a2(part: Component) -> float:
    """Area of one repeat."""
    return float(np.linalg.norm(np.cross(*part.repeat_a)))


def stood_up(
    made: Callable[..., Sheet],
    graph: PeriodicGraph,
    part: Component,
    standing: Mapping[str, Standing],
) -> Sheet:
    """
    Lay a layer on the membrane, as one body and on its better side.

    ``made`` is `Sheet` with all that is known of the contacts in it.
    """
    units = [standing[unit] for unit, _ in part.nodes]
    n_units = len(units)
    motions = [
        graph.group.motion((operator, (int(a), int(b), int(c))))
        for (_, operator), (a, b, c) in zip(part.nodes, part.node_cells, strict=True)
    ]
    layer = joined_body([unit.body for unit in units], motions)
    across: FloatArray = np.cross(*part.repeat_a)
    across = across / np.linalg.norm(across)
    heights = anchor_heights(layer, np.array([across, -across]))
    stretch = heights / np.maximum(layer.contour_a, SHORTEST_A)
    energies = tether_energy(layer, heights) / n_units
    side = int(np.lexsort((stretch.max(axis=1), energies))[0])
    energy = float(energies[side])
    easier = [(u.either_side_kt.min(axis=0) < energy).mean() for u in units]
    alone = [np.exp(-unit.either_side_kt).mean() for unit in units]
    roles = [role for unit in units for role in unit.roles]
    return made(
        complex_ids=tuple(unit for unit, _ in part.nodes),
        area_per_complex_nm2=_area_a2(part) / n_units / 100.0,
        energy_per_complex_kt=energy,
        price_per_complex_kt=energy + float(np.mean(np.log(alone)))
        if min(alone) > 0.0
        else math.nan,
        stretch_fraction=float(stretch[side].max()),
        stretched_role=roles[int(stretch[side].argmax())],
        easier_fraction=float(np.mean(easier)),
    )


#: Lengths of chain that the evidence weighs on the membrane.
CHAIN_SIZES: Final = (1, 2)
#: Share of the lattices in measuring them and standing their chains on the membrane.
LATTICES: Final = 0.3


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MembraneLine:
    """What the membrane says about one step from a complex to its own image."""

    contacts: tuple[MeasuredContact, ...]  # that the step makes, the largest first
    anchored_roles: frozenset[str]  # receptors that hold the complex to the membrane
    body: RigidBody  # the complex on its linkers
    study: MembraneStudy  # of the step that the first contact makes


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CrystalSurvey:
    """Some crystals, measured once."""

    entries: tuple[NamedEntry, ...]
    measured: tuple[MeasuredContact, ...]  # all contacts of all entries
    classes: tuple[ContactClass, ...]  # the same, merged
    # Two complexes, assemblies or lone chains side by side, with all their contacts.
    neighbours: tuple[MeasuredNeighbours, ...]
    doubtful: frozenset[int]  # see `doubtful_contacts`
    # Every step from a complex to its own image that goes on for ever, and every sheet of one or two
    # classes of contacts.
    membrane: tuple[MembraneLine, ...]
    sheets: tuple[Sheet, ...]
    missing: tuple[str, ...]  # what could not be stood on the membrane, and why


def survey_crystals(
    entries: Sequence[NamedEntry], *, parameters: InterfaceParameters | None = None
) -> CrystalSurvey:
    """Measure, class and stand up every contact of some crystals."""
    if not entries:
        raise ParameterError("a network study needs at least one crystal entry.")
    parameters = parameters or interface_parameters(sc=ScDetail.VALUE.value)
    measured: list[MeasuredContact] = []
    neighbours: list[MeasuredNeighbours] = []
    for named in entries:
        with step(f"lattice of {named.entry.entry_id}", LATTICES / len(entries)):
            of_entry = measured_contacts(named, parameters=parameters)
            measured += of_entry
            neighbours += measured_neighbours(of_entry, parameters=parameters)
    standing: dict[tuple[int, str], Standing] = {}
    refused: dict[tuple[int, str], str] = {}
    for named in entries:
        for complex_ in named.complexes:
            key = id(named), complex_.complex_id
            try:
                standing[key] = stand(named, complex_)
            except Il2StructError as error:
                refused[key] = str(error)
    membrane: list[MembraneLine] = []
    missing: dict[str, None] = {}
    alone: dict[tuple[int, str], OrientationEnsemble] = {}
    with step("chains on the membrane", 1.0 - LATTICES):
        repeats = _repeats(measured)
        for number, members in enumerate(repeats, start=1):
            key = id(members[0].named), members[0].contact.unit_1.unit_id
            if key in refused:
                missing[refused[key]] = None
            if key not in standing:
                continue
            unit = standing[key]
            try:
                with step(f"chain {number} of {len(repeats)}", 1.0 / len(repeats)):
                    if key not in alone:
                        alone[key] = orientation_ensemble(unit.body)
                    study = chains_of(members[0], unit.body, single=alone[key])
            except Il2StructError as error:
                missing[str(error)] = None
                continue
            membrane.append(
                MembraneLine(
                    contacts=members,
                    anchored_roles=frozenset(unit.roles),
                    body=unit.body,
                    study=study,
                )
            )
    classes = contact_classes(measured)
    return CrystalSurvey(
        entries=tuple(entries),
        measured=tuple(measured),
        classes=classes,
        doubtful=doubtful_contacts(classes),
        neighbours=tuple(neighbours),
        membrane=tuple(membrane),
        sheets=tuple(
            sheet
            for named in entries
            for sheet in sheets_of(
                named,
                classes,
                {
                    c.complex_id: standing[id(named), c.complex_id]
                    for c in named.complexes
                    if c.basis == "roles" and (id(named), c.complex_id) in standing
                },
            )
        ),
        missing=tuple(missing),
    )


def _repeats(
    measured: Sequence[MeasuredContact],
) -> list[tuple[MeasuredContact, ...]]:
    """Contacts of a unit with its own image that go on for ever, together if by the same step."""
    steps: dict[object, list[MeasuredContact]] = {}
    for member in measured:
        contact = member.contact
        is_own_image = contact.unit_1.unit_id == contact.unit_2.unit_id
        goes_on = contact.repeat is not None and contact.repeat.is_propagating
        if contact.kind is ContactKind.SAME_COMPLEX or not (is_own_image and goes_on):
            continue
        # A step and the one back build the same chain.
        there = contact.placement_2
        back = operator_group(member.named.entry).inverse(there)
        key = (id(member.named), contact.unit_1.unit_id, min(there, back))
        steps.setdefault(key, []).append(member)

    def area(member: MeasuredContact) -> float:
        return -member.interface.burial.area_per_side_a2

    return [tuple(sorted(members, key=area)) for members in steps.values()]


def complex_of(member: MeasuredContact) -> Complex | None:
    """Return the complex on side 1 of a contact; None if that is a chain by itself."""
    wanted = member.contact.unit_1.unit_id
    return next((c for c in member.named.complexes if c.complex_id == wanted), None)


def chains_of(
    member: MeasuredContact,
    body: RigidBody,
    *,
    sizes: Sequence[int] = CHAIN_SIZES,
    single: OrientationEnsemble | None = None,
) -> MembraneStudy:
    """Stand chains of some sizes on the membrane, built from a complex by the step of its contact."""
    place = ChainImage("", *member.contact.placement_2)
    rotation, translation = member.named.entry.transform(place)
    motion = RigidMotion(rotation=rotation, translation=translation)
    return membrane_study(body, motion, sizes=sizes, single=single)


def flat_energy_kt(line: MembraneLine) -> float:
    """Linker energy of each complex in an endless flat chain; infinite if it cannot lie flat."""
    endless = line.study.endless
    if endless is None or not endless.can_lie_flat:
        return math.inf
    return endless.energy_per_complex_kt


def focal_lines(
    focal: ContactClass, lines: Sequence[MembraneLine]
) -> tuple[MembraneLine, ...]:
    """Return the steps that make the focal contact."""
    own = {id(member) for member in focal.members}
    return tuple(
        line for line in lines if any(id(member) in own for member in line.contacts)
    )


def components_of(
    entries: Sequence[NamedEntry], found: ContactClass
) -> tuple[Component, ...]:
    """
    Find what a class of contacts builds in each crystal that shows it.

    Units that the class leaves alone are not among them.
    """
    parts: list[Component] = []
    for named in entries:
        contacts = [m.contact for m in found.members if m.named is named]
        if contacts:
            graph = periodic_graph(named.entry, lattice_units(named), contacts)
            parts += components(graph)
    return tuple(part for part in parts if part.dimension or len(part.nodes) > 1)
