"""Two bodies that touch in the lattice, with all contacts of their chains at once."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from il2struct.arrays import FloatArray
from il2struct.interface.interface import (
    InterfaceParameters,
    interface_between,
    make_partner,
)
from il2struct.interface.measure import waters_around
from il2struct.kernels.geometry import superpose
from il2struct.lattice.bodies import Belonging, Bodies, PlacedBody
from il2struct.lattice.contacts import (
    MIN_COMMON,
    LatticeContact,
    StepKind,
    Unit,
    contact_labels,
    kind_of_repeat,
    unit_alpha_carbons,
)
from il2struct.lattice.measure import MeasuredContact
from il2struct.lattice.motions import EXACT, SUPERPOSED, Repeat, repeat_of
from il2struct.lattice.operators import IDENTITY
from il2struct.structure.complexes import Member
from il2struct.structure.model import ChainImage
from il2struct.structure.named import NamedEntry
from il2struct.structure.neighbours import n_contact_pairs


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
    groups: dict[object, list[MeasuredContact]] = {}
    for each in measured:
        first, second = _bodies_of(bodies, each.contact)
        if first != second:
            key = bodies.neighbour_key(first, second)
            groups.setdefault(key, []).append(each)
    return tuple(
        _measured(bodies, sorted(parts, key=_negative_area), parameters)
        for parts in groups.values()
    )


def _negative_area(measured: MeasuredContact) -> float:
    return -measured.interface.burial.area_per_side_a2


def _bodies_of(
    bodies: Bodies, contact: LatticeContact
) -> tuple[PlacedBody, PlacedBody]:
    return bodies.body_of(contact.image_1), bodies.body_of(contact.image_2)


def _measured(
    bodies: Bodies,
    parts: Sequence[MeasuredContact],
    parameters: InterfaceParameters,
) -> MeasuredNeighbours:
    largest = parts[0]
    # Two two-fold bodies may touch twice with the same two chains, which are one contact.
    sides = touching_sides(bodies, largest.named, largest.contact)
    is_pair = all(len(images) == 1 for images in sides)
    found = {part.contact.belonging for part in parts}
    first, second = _bodies_of(bodies, largest.contact)
    repeat = _repeat(bodies, largest.named, first, second)
    return MeasuredNeighbours(
        whole=largest
        if is_pair
        else measured_whole(largest.named, largest.contact, sides, parameters),
        parts=tuple(parts),
        belonging=next(each for each in Belonging if each in found),
        step=kind_of_repeat(repeat, is_own_image=first.home == second.home),
        repeat=repeat,
    )


def _repeat(
    bodies: Bodies, named: NamedEntry, first: PlacedBody, second: PlacedBody
) -> Repeat | None:
    """Say what the motion from one body to the next builds; of several, take one that closes."""
    homes = [
        _alpha_carbons(bodies, named, PlacedBody(home=body.home, at=IDENTITY))
        for body in (first, second)
    ]
    common = [key for key in homes[0] if key in homes[1]]
    is_own_image = first.home == second.home
    if len(common) < (1 if is_own_image else MIN_COMMON):
        return None
    one, other = (np.array([home[key] for key in common]) for home in homes)
    rotation, translation = np.eye(3), np.zeros(3)
    if not is_own_image:
        onto = superpose(one, other)
        rotation, translation = onto.rotation, onto.translation
    tolerance = EXACT if is_own_image else SUPERPOSED
    found = []
    for step in bodies.steps(first, second):
        turn, shift = bodies.group.motion(step)
        found.append(
            repeat_of(
                turn @ rotation,
                turn @ translation + shift,
                about=one.mean(axis=0),
                tolerance=tolerance,
            )
        )
    return min(found, key=lambda repeat: repeat.is_propagating)


def _alpha_carbons(
    bodies: Bodies, named: NamedEntry, body: PlacedBody
) -> dict[tuple[str, int], FloatArray]:
    members = tuple(
        Member(role=named.role_of[image.auth_asym_id], image=image)
        for image in bodies.images(body)
    )
    return unit_alpha_carbons(named, Unit(unit_id=str(body.home), members=members))


def touching_sides(
    bodies: Bodies, named: NamedEntry, contact: LatticeContact
) -> tuple[tuple[ChainImage, ...], tuple[ChainImage, ...]]:
    """List the chains by which the two bodies of a contact touch."""
    first, second = (bodies.images(body) for body in _bodies_of(bodies, contact))
    touching = [
        (one, other)
        for one in first
        for other in second
        if n_contact_pairs(named.entry, one, other)
    ]
    return (
        tuple(one for one in first if any(one == pair[0] for pair in touching)),
        tuple(other for other in second if any(other == pair[1] for pair in touching)),
    )


def measured_whole(
    named: NamedEntry,
    contact: LatticeContact,
    sides: tuple[Sequence[ChainImage], Sequence[ChainImage]],
    parameters: InterfaceParameters,
) -> MeasuredContact:
    """Measure all chains by which two bodies touch as one, named by their largest contact."""
    first, second = (
        make_partner(named.entry, images, label=label, role="", parameters=parameters)
        for images, label in zip(sides, contact_labels(contact), strict=True)
    )
    ids = dict.fromkeys((contact.unit_1.unit_id, contact.unit_2.unit_id))
    return MeasuredContact(
        named=named,
        contact=contact,
        interface=interface_between(
            first,
            second,
            complex_id="-".join(ids),
            waters=waters_around(named.entry, [first, second]),
            parameters=parameters,
        ),
    )
