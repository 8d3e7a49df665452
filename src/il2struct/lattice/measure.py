"""Lattice contacts measured by the same code as the interfaces inside a complex."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from il2struct.interface.burial import FreeSurface
from il2struct.interface.interface import (
    Interface,
    InterfaceParameters,
    Partner,
    interface_between,
    make_partner,
)
from il2struct.interface.measure import waters_around
from il2struct.lattice.contacts import LatticeContact, contact_labels, lattice_contacts
from il2struct.progress import step
from il2struct.structure.complexes import Member
from il2struct.structure.model import ChainImage
from il2struct.structure.named import NamedEntry

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
    partners = _Partners(named, parameters)
    measured = []
    for contact in contacts:
        with step("/".join(contact_labels(contact)), (1.0 - FINDING) / len(contacts)):
            interface = _interface(named, contact, partners, parameters)
        measured.append(
            MeasuredContact(named=named, contact=contact, interface=interface)
        )
    return tuple(measured)


class _Partners:
    """Sides of the contacts, each chain image prepared once and each surface measured once."""

    def __init__(self, named: NamedEntry, parameters: InterfaceParameters) -> None:
        self._named = named
        self._parameters = parameters
        self._partners: dict[ChainImage, Partner] = {}
        self._surfaces: dict[str, FreeSurface] = {}

    def of(self, member: Member, image: ChainImage, label: str) -> Partner:
        if image not in self._partners:
            partner = make_partner(
                self._named.entry,
                [image],
                label=label,
                role=member.role.value,
                parameters=self._parameters,
                surface=self._surfaces.get(image.auth_asym_id),
            )
            self._surfaces.setdefault(image.auth_asym_id, partner.surface)
            self._partners[image] = partner
        return self._partners[image]


def _interface(
    named: NamedEntry,
    contact: LatticeContact,
    partners: _Partners,
    parameters: InterfaceParameters,
) -> Interface:
    labels = contact_labels(contact)
    first = partners.of(contact.member_1, contact.image_1, labels[0])
    second = partners.of(contact.member_2, contact.image_2, labels[1])
    ids = dict.fromkeys((contact.unit_1.unit_id, contact.unit_2.unit_id))
    return interface_between(
        first,
        second,
        complex_id="-".join(ids),
        waters=waters_around(named.entry, [first, second]),
        parameters=parameters,
    )
