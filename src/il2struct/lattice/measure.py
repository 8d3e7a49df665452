"""
Lattice contacts measured by the same code as the interfaces inside a complex.

Chain by chain, and as two bodies (complexes, assemblies) that touch with all their chains at once.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import Final, TypeAlias

import numpy as np

from il2struct.interface.burial import FreeSurface, free_surface, reach_a
from il2struct.interface.interface import (
    Interface,
    InterfaceParameters,
    Partner,
    interface_between,
    make_partner,
    partner_of,
)
from il2struct.interface.measure import waters_around
from il2struct.kernels.cells import near_mask
from il2struct.lattice.contacts import (
    Belonging,
    Bodies,
    LatticeContact,
    PlacedBody,
    StepKind,
    Unit,
    contact_labels,
    kind_of_repeat,
    lattice_contacts,
    step_at_home,
    unit_alpha_carbons,
)
from il2struct.lattice.operators import IDENTITY, Repeat
from il2struct.progress import step
from il2struct.structure.complexes import Member
from il2struct.structure.model import ChainImage, Side, make_side
from il2struct.structure.named import NamedEntry
from il2struct.structure.neighbours import n_contact_pairs

#: Finds the surface of a side of a contact, the second of two being the other side.
SurfaceOf: TypeAlias = Callable[[Side, Side], FreeSurface]
#: Share of finding the contacts in finding and measuring them.
FINDING: Final = 0.1


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MeasuredContact:
    """A lattice contact with its areas, residues and bonds."""

    #: The entry it is of.
    named: NamedEntry
    #: Where the sides stand and how they are related.
    contact: LatticeContact
    #: What was measured between them.
    interface: Interface


def measured_contacts(
    named: NamedEntry,
    *,
    contacts: Sequence[LatticeContact] | None = None,
    parameters: InterfaceParameters | None = None,
) -> tuple[MeasuredContact, ...]:
    """Measure contacts of the lattice, in their order; by default all that the entry has."""
    parameters = parameters or InterfaceParameters()
    if contacts is None:
        with step("contacts", FINDING):
            contacts = lattice_contacts(named, cutoff_a=parameters.contact_cutoff_a)
    surfaces: dict[str, FreeSurface] = {}

    @cache
    def partner(member: Member, image: ChainImage, label: str) -> Partner:
        """Each chain image is prepared once, and each chain's surface measured once."""
        prepared = make_partner(
            named.entry,
            [image],
            label=label,
            role=member.role.value,
            parameters=parameters,
            surface=surfaces.get(image.auth_asym_id),
        )
        surfaces.setdefault(image.auth_asym_id, prepared.surface)
        return prepared

    measured = []
    for contact in contacts:
        labels = contact_labels(contact)
        with step("/".join(labels), (1.0 - FINDING) / len(contacts)):
            sides = (
                partner(contact.member_1, contact.image_1, labels[0]),
                partner(contact.member_2, contact.image_2, labels[1]),
            )
            measured.append(_measured_contact(named, contact, sides, parameters))
    return tuple(measured)


def _measured_contact(
    named: NamedEntry,
    contact: LatticeContact,
    sides: tuple[Partner, Partner],
    parameters: InterfaceParameters,
) -> MeasuredContact:
    ids = dict.fromkeys((contact.unit_1.unit_id, contact.unit_2.unit_id))
    interface = interface_between(
        *sides,
        complex_id="-".join(ids),
        waters=waters_around(named.entry, sides)
        if parameters.criteria.water_bridge
        else None,
        parameters=parameters,
    )
    return MeasuredContact(named=named, contact=contact, interface=interface)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MeasuredNeighbours:
    """Two complexes (or assemblies, or lone chains) side by side, measured as a whole."""

    #: Its sides are all chains of each that touch the other; its contact is the largest of them.
    whole: MeasuredContact
    #: The contacts of single chains, the largest first.
    parts: tuple[MeasuredContact, ...]
    #: Whether the two are parts of one assembly.
    belonging: Belonging
    #: What the motion from one to the other is.
    step: StepKind
    #: What repeating it builds; None if the second is no copy of the first.
    repeat: Repeat | None


def measured_neighbours(
    measured: Sequence[MeasuredContact], *, parameters: InterfaceParameters
) -> tuple[MeasuredNeighbours, ...]:
    """
    Gather the contacts of one crystal by the neighbours that make them, and measure each two.

    Contacts inside a body are not among them. Neighbours that touch with a single chain each are
    known already; the others are measured with `parameters`.
    """
    if not measured:
        return ()
    bodies = Bodies(measured[0].named)
    surface_of = {
        partner.images[0].auth_asym_id: partner.surface
        for each in measured
        for partner in each.interface.sides
    }

    def joined(side: Side, _other: Side) -> FreeSurface:
        """Surface of several chains, of which only what is between them is not known."""
        known = [surface_of[image.auth_asym_id] for image in side.images]
        reach = max(reach_a(each.radii, parameters.burial) for each in known)
        coords, image = side.atoms.coords, side.image_of(side.atoms.residue_index)
        asked = np.zeros(len(coords), dtype=np.bool_)
        for number in range(len(known)):
            own = image == number
            asked[own] = near_mask(coords[own], coords[~own], reach)
        areas = np.concatenate([each.sasa_a2 for each in known])
        return free_surface(
            side, parameters=parameters.burial, sasa_a2=areas, asked=asked
        )

    groups: dict[object, list[MeasuredContact]] = {}
    for each in measured:
        first, second = _bodies_of(bodies, each.contact)
        if first != second:
            key = bodies.neighbour_key(first, second)
            groups.setdefault(key, []).append(each)
    for parts in groups.values():
        parts.sort(key=lambda part: -part.interface.burial.area_per_side_a2)
    return tuple(
        _measured(bodies, parts, parameters, joined) for parts in groups.values()
    )


def _bodies_of(
    bodies: Bodies, contact: LatticeContact
) -> tuple[PlacedBody, PlacedBody]:
    return bodies.body_of(contact.image_1), bodies.body_of(contact.image_2)


def _measured(
    bodies: Bodies,
    parts: Sequence[MeasuredContact],
    parameters: InterfaceParameters,
    surface_of: SurfaceOf,
) -> MeasuredNeighbours:
    largest = parts[0]
    # Two two-fold bodies may touch twice with the same two chains, which are one contact.
    sides = touching_sides(bodies, largest.named, largest.contact)
    is_pair = all(len(images) == 1 for images in sides)
    found = {part.contact.belonging for part in parts}
    first, second = _bodies_of(bodies, largest.contact)
    repeat = _repeat(bodies, largest.named, first, second)
    whole = largest
    if not is_pair:
        whole = measured_whole(
            largest.named, largest.contact, sides, parameters, surface_of=surface_of
        )
    return MeasuredNeighbours(
        whole=whole,
        parts=tuple(parts),
        belonging=next(each for each in Belonging if each in found),
        step=kind_of_repeat(repeat, is_own_image=first.home == second.home),
        repeat=repeat,
    )


def _repeat(
    bodies: Bodies, named: NamedEntry, first: PlacedBody, second: PlacedBody
) -> Repeat | None:
    """Say what the motion from one body to the next builds; of several, take one that closes."""
    homes, role_of = [], named.role_of
    for body in (first, second):
        images = bodies.images(PlacedBody(home=body.home, at=IDENTITY))
        members = (Member(role=role_of[i.auth_asym_id], image=i) for i in images)
        unit = Unit(unit_id=str(body.home), members=tuple(members))
        homes.append(unit_alpha_carbons(named, unit))
    step = step_at_home(*homes, is_own_image=first.home == second.home)
    if step is None:
        return None
    motions = map(bodies.group.motion, bodies.steps(first, second))
    repeats = (step.then(*motion).repeat() for motion in motions)
    return min(repeats, key=lambda repeat: repeat.is_propagating)


def touching_sides(
    bodies: Bodies, named: NamedEntry, contact: LatticeContact
) -> tuple[tuple[ChainImage, ...], tuple[ChainImage, ...]]:
    """List the chains by which the two bodies of a contact touch."""
    first, second = (bodies.images(body) for body in _bodies_of(bodies, contact))
    pairs = [p for p in product(first, second) if n_contact_pairs(named.entry, *p)]
    touching = {image for pair in pairs for image in pair}
    one, other = (tuple(i for i in side if i in touching) for side in (first, second))
    return one, other


def measured_whole(
    named: NamedEntry,
    contact: LatticeContact,
    sides: tuple[Sequence[ChainImage], Sequence[ChainImage]],
    parameters: InterfaceParameters,
    *,
    surface_of: SurfaceOf | None = None,
) -> MeasuredContact:
    """
    Measure all chains by which two bodies touch as one, named by their largest contact.

    ``surface_of`` finds the surface of a side, given the other one too, where it need not be measured.
    """
    first, second = (
        make_side(named.entry, images, label=label, role="")
        for images, label in zip(sides, contact_labels(contact), strict=True)
    )
    partners = [
        partner_of(
            side,
            named.entry,
            parameters=parameters,
            surface=surface_of(side, other) if surface_of else None,
        )
        for side, other in ((first, second), (second, first))
    ]
    return _measured_contact(named, contact, (partners[0], partners[1]), parameters)
