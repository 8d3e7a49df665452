"""
The interfaces of an entry with roles: those inside its complexes, or between groups asked for.

Nothing is computed here; every step is a function of the stage below.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from il2struct.interface.interface import (
    Interface,
    InterfaceParameters,
    Partner,
    interface_between,
    make_partner,
)
from il2struct.interface.selection import (
    SidePair,
    image_label,
    parse_between,
    select_pairs,
)
from il2struct.interface.waters import waters_around
from il2struct.progress import step
from il2struct.structure.complexes import Complex, Member, distinct_pairs
from il2struct.structure.family import Role
from il2struct.structure.fusions import divide_at_ranges
from il2struct.structure.model import Atoms, ChainImage, Entry, Note
from il2struct.structure.named import NamedEntry
from il2struct.structure.neighbours import n_contact_pairs
from il2struct.structure.roles import assign_roles, residue_numbers

#: Share of preparing the sides in measuring the interfaces of a complex.
SIDES: Final = 0.1


def divided_for(named: NamedEntry, between: str) -> NamedEntry:
    """
    Divide chains where a selection names a range of residues, ``"L:1-133/H"``.

    Parameters
    ----------
    named : NamedEntry
    between : str

    Returns
    -------
    NamedEntry
        The same if there is no range; else one whose complexes hold the parts of the chains.

    Raises
    ------
    ParameterError, UnknownChainError
        If the selection is malformed, or names residues that are not there.
    """
    names = [name for side in parse_between(between) for name in side]
    entry, parts = divide_at_ranges(named.entry, names)
    if not parts:
        return named
    roles = assign_roles(entry, named.family)
    role_of = {found.auth_asym_id: found.role for found in roles}
    complexes = tuple(
        replace(
            complex_,
            members=tuple(
                Member(
                    role=role_of[part], image=replace(member.image, auth_asym_id=part)
                )
                for member in complex_.members
                for part in parts.get(
                    member.image.auth_asym_id, [member.image.auth_asym_id]
                )
            ),
        )
        for complex_ in named.complexes
    )
    return replace(
        named,
        entry=entry,
        roles=roles,
        numbers=residue_numbers(entry, roles),
        complexes=complexes,
    )


def interfaces_of(
    named: NamedEntry, *, parameters: InterfaceParameters | None = None
) -> tuple[Interface, ...]:
    """
    Measure every interface inside the complexes of an entry.

    Parameters
    ----------
    named : NamedEntry
    parameters : InterfaceParameters, optional

    Returns
    -------
    tuple of Interface
        Pairs that share no heavy-atom contact are left out.
    """
    parameters = parameters or InterfaceParameters()
    found: list[Interface] = []
    for complex_ in named.complexes:
        name = f"complex {complex_.complex_id}"
        with step(name, 1.0 / len(named.complexes)):
            found += _interfaces_of_complex(named.entry, complex_, parameters)
    return tuple(found)


def _interfaces_of_complex(
    entry: Entry, complex_: Complex, parameters: InterfaceParameters
) -> list[Interface]:
    with step("sides", SIDES):
        touching = [
            (first, second, n_copies)
            for first, second, n_copies in distinct_pairs(entry, complex_.members)
            if n_contact_pairs(entry, first.image, second.image)
        ]
        members = dict.fromkeys(member for pair in touching for member in pair[:2])
        partners = {
            member: make_partner(
                entry,
                [member.image],
                label=_label(member, complex_),
                role=member.role.value,
                parameters=parameters,
            )
            for member in members
        }
        waters = waters_around(entry, list(partners.values()))
    found = []
    for first, second, n_copies in touching:
        name = f"{_label(first, complex_)}/{_label(second, complex_)}"
        with step(name, (1.0 - SIDES) / len(touching)):
            interface = interface_between(
                partners[first],
                partners[second],
                complex_id=complex_.complex_id,
                waters=waters,
                n_copies=n_copies,
                parameters=parameters,
            )
        found.append(interface)
    return found


def _label(member: Member, complex_: Complex) -> str:
    """Role where it names one member of the complex, else the chain image."""
    same = [other for other in complex_.members if other.role is member.role]
    if member.role is Role.UNKNOWN or len(same) > 1:
        return image_label(member.image)
    return member.role.value


def interfaces_between(
    named: NamedEntry, between: str, *, parameters: InterfaceParameters | None = None
) -> tuple[Interface, ...]:
    """
    Measure the interface of two groups of chains, in every complex that has both.

    Parameters
    ----------
    named : NamedEntry
    between : str
        ``"A,B/C"`` by chains or ``"IL2/IL2RA"`` by roles.
    parameters : InterfaceParameters, optional

    Returns
    -------
    tuple of Interface
        Asked for by name, so it is returned even if the sides do not touch.

    Raises
    ------
    ParameterError, UnknownChainError
        If the selection is malformed, puts one chain on both sides, or names something the entry
        does not have.
    """
    parameters = parameters or InterfaceParameters()
    pairs = select_pairs(
        named.entry, named.complexes, named.role_of, between, named.family
    )
    found = []
    for pair in pairs:
        with step(f"{pair.label_1}/{pair.label_2}", 1.0 / len(pairs)):
            found.append(interface_of_pair(named, pair, parameters))
    return tuple(found)


def interface_of_pair(
    named: NamedEntry, pair: SidePair, parameters: InterfaceParameters
) -> Interface:
    """Measure the interface of two groups of chain images."""

    def partner(images: Sequence[ChainImage], label: str) -> Partner:
        roles = dict.fromkeys(
            named.role_of[image.auth_asym_id].value for image in images
        )
        return make_partner(
            named.entry,
            images,
            label=label,
            role=",".join(roles),
            parameters=parameters,
        )

    first, second = (
        partner(pair.images_1, pair.label_1),
        partner(pair.images_2, pair.label_2),
    )
    waters: Atoms = waters_around(named.entry, [first, second])
    return interface_between(
        first, second, complex_id=pair.complex_id, waters=waters, parameters=parameters
    )


def notes_of(named: NamedEntry, interfaces: Sequence[Interface]) -> tuple[Note, ...]:
    """Collect the notes of reading, grouping and measuring."""
    unknown = {
        kind
        for interface in interfaces
        for partner in interface.sides
        for kind in partner.surface.radii.by_element
    }
    if not unknown:
        return named.notes
    names = ", ".join(sorted(f"{residue}:{atom}" for residue, atom, _ in unknown))
    note = Note(
        topic="radius_by_element",
        subject=names,
        count=len(unknown),
        message="Atoms not in the ProtOr table have the radius of their element in areas.",
    )
    return (*named.notes, note)
