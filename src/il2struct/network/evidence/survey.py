"""All contacts of some crystals measured, classed and stood on the membrane, once for all questions."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from il2struct.errors import Il2StructError, ParameterError
from il2struct.interface.complementarity import ScDetail
from il2struct.interface.interface import InterfaceParameters, interface_parameters
from il2struct.lattice.classes import ContactClass, contact_classes
from il2struct.lattice.contacts import ContactKind, lattice_units
from il2struct.lattice.graph import Component, components, periodic_graph
from il2struct.lattice.measure import (
    MeasuredContact,
    MeasuredNeighbours,
    measured_contacts,
    measured_neighbours,
)
from il2struct.lattice.operators import operator_group
from il2struct.network.evidence.sheets import Sheet, sheets_of
from il2struct.network.evidence.sites import doubtful_contacts
from il2struct.network.membrane.body import RigidBody
from il2struct.network.membrane.chain import MembraneStudy, RigidMotion, membrane_study
from il2struct.network.membrane.quadrature import (
    OrientationEnsemble,
    orientation_ensemble,
)
from il2struct.network.membrane.tethers import anchors_of_complex, body_of_complex
from il2struct.progress import step
from il2struct.structure.complexes import Complex
from il2struct.structure.model import ChainImage
from il2struct.structure.named import NamedEntry

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
    membrane: list[MembraneLine] = []
    missing: dict[str, None] = {}
    alone: dict[tuple[int, str], OrientationEnsemble] = {}
    with step("chains on the membrane", 1.0 - LATTICES):
        repeats = _repeats(measured)
        for number, members in enumerate(repeats, start=1):
            complex_ = complex_of(members[0])
            if complex_ is None:
                continue
            try:
                with step(f"chain {number} of {len(repeats)}", 1.0 / len(repeats)):
                    membrane.append(membrane_line(members, complex_, alone=alone))
            except Il2StructError as error:
                missing[str(error)] = None
    classes = contact_classes(measured)
    return CrystalSurvey(
        entries=tuple(entries),
        measured=tuple(measured),
        classes=classes,
        doubtful=doubtful_contacts(classes),
        neighbours=tuple(neighbours),
        membrane=tuple(membrane),
        sheets=tuple(sheet for named in entries for sheet in sheets_of(named, classes)),
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


def membrane_line(
    members: tuple[MeasuredContact, ...],
    complex_: Complex,
    *,
    sizes: Sequence[int] = CHAIN_SIZES,
    alone: dict[tuple[int, str], OrientationEnsemble] | None = None,
) -> MembraneLine:
    """
    Stand chains of some sizes on the membrane, built from a complex by the step of its contacts.

    Orientations of single complexes are looked up and kept in ``alone``, by identity of the entry and
    name of the complex.

    Raises
    ------
    UnknownChainError, StructureError
        If nothing holds the complex to the membrane; see `anchors_of_complex`.
    """
    named = members[0].named
    anchors = anchors_of_complex(named, complex_)
    body = body_of_complex(named, complex_, anchors)
    place = ChainImage("", *members[0].contact.placement_2)
    key, alone = (id(named), complex_.complex_id), {} if alone is None else alone
    if key not in alone:
        alone[key] = orientation_ensemble(body)
    rotation, translation = named.entry.transform(place)
    motion = RigidMotion(rotation=rotation, translation=translation)
    return MembraneLine(
        contacts=members,
        anchored_roles=frozenset(anchors.roles),
        body=body,
        study=membrane_study(body, motion, sizes=sizes, single=alone[key]),
    )


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
