"""What stands round a complex: neighbours in the lattice, and the chain that lies on a membrane."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

import numpy as np

from il2struct.arrays import FloatArray
from il2struct.errors import Il2StructError
from il2struct.interface.interface import Interface, interface_parameters
from il2struct.lattice.classes import ContactClass
from il2struct.lattice.contacts import (
    ContactKind,
    LatticeContact,
    lattice_contacts,
    lattice_units,
)
from il2struct.lattice.measure import measured_contacts
from il2struct.lattice.operators import (
    IDENTITY,
    OperatorGroup,
    Placement,
    operator_group,
    placement,
)
from il2struct.lattice.patches import PlacedUnit, chain_patch
from il2struct.network.evidence.study import DEFAULT_PAIRS, focal_class
from il2struct.network.evidence.survey import (
    MembraneLine,
    flat_energy_kt,
    focal_lines,
    survey_crystals,
)
from il2struct.report.scenes.model import Membrane
from il2struct.structure.model import ChainImage
from il2struct.structure.named import NamedEntry

#: Complexes of the chain on the membrane.
N_COMPLEXES: Final = 4
#: The membrane reaches this far beyond the chain, in Å.
MARGIN_A: Final = 40.0


def best_line(
    focal: ContactClass | None, lines: Sequence[MembraneLine]
) -> MembraneLine | None:
    """
    Choose the copy of the focal contact whose endless chain lies flat most easily.

    Parameters
    ----------
    focal : ContactClass or None
    lines : sequence of MembraneLine
        All steps, on the membrane.

    Returns
    -------
    MembraneLine or None
        None if no chain can lie flat.
    """
    own = focal_lines(focal, lines) if focal else ()
    best = min(own, key=flat_energy_kt, default=None)
    return best if best is not None and np.isfinite(flat_energy_kt(best)) else None


def membrane_line(named: NamedEntry) -> MembraneLine | None:
    """
    Look in the lattice of one entry for the chain that lies flat on a membrane.

    Parameters
    ----------
    named : NamedEntry

    Returns
    -------
    MembraneLine or None
        None where there is no crystal, no contact of γc and α, or no flat chain.
    """
    if named.entry.crystal is None:
        return None
    try:
        survey = survey_crystals([named], parameters=interface_parameters())
    except Il2StructError:
        return None
    return best_line(focal_class(survey.classes, *DEFAULT_PAIRS[0]), survey.membrane)


def neighbour_units(
    named: NamedEntry,
    contacts: Sequence[LatticeContact],
    n_units: int,
    first: LatticeContact | None = None,
) -> tuple[PlacedUnit, ...]:
    """
    Choose the units that share most atom pairs with those of the asymmetric unit.

    Parameters
    ----------
    named : NamedEntry
    contacts : sequence of LatticeContact
    n_units : int
        How many at most.
    first : LatticeContact, optional
        Whose units come before all others, on either side.
    """
    group = operator_group(named.entry)
    units = {unit.unit_id: unit for unit in lattice_units(named)}
    counts: Counter[tuple[str, Placement]] = Counter()
    for contact in contacts:
        if contact.placement_2 != IDENTITY:
            for key in _both_ways(group, contact):
                counts[key] += contact.n_pairs
    order = [key for key, _ in counts.most_common()]
    if first is not None and first.placement_2 != IDENTITY:
        order = [*_both_ways(group, first), *order]
    return tuple(
        PlacedUnit(unit=units[unit_id], placement=place)
        for unit_id, place in list(dict.fromkeys(order))[:n_units]
    )


def _both_ways(
    group: OperatorGroup, contact: LatticeContact
) -> tuple[tuple[str, Placement], tuple[str, Placement]]:
    """Return unit 2 as seen from unit 1, and unit 1 as seen from unit 2."""
    back = group.inverse(contact.placement_2)
    return (
        (contact.unit_2.unit_id, contact.placement_2),
        (contact.unit_1.unit_id, back),
    )


def chain_units(line: MembraneLine) -> tuple[PlacedUnit, ...]:
    """Return the complexes of a chain, each where the step from the one before puts it."""
    measured = line.contacts[0]
    return chain_patch(measured.named, measured.contact, N_COMPLEXES)


def images_of(group: OperatorGroup, placed: PlacedUnit) -> tuple[ChainImage, ...]:
    """Return the chain images of a placed unit."""
    return tuple(
        ChainImage(
            member.image.auth_asym_id,
            *group.composed(placed.placement, placement(member.image)),
        )
        for member in placed.unit.members
    )


def known_contacts(named: NamedEntry) -> tuple[LatticeContact, ...]:
    """Return the contacts between units of a crystal; none where there is no crystal."""
    try:
        found = lattice_contacts(named)
    except Il2StructError:
        return ()
    return tuple(c for c in found if c.kind is not ContactKind.SAME_COMPLEX)


def contacts_among(
    named: NamedEntry,
    contacts: Sequence[LatticeContact],
    shown: Sequence[ChainImage],
) -> tuple[tuple[Interface, ChainImage, ChainImage], ...]:
    """
    Measure the contacts of the lattice between images that are shown.

    Parameters
    ----------
    named : NamedEntry
    contacts : sequence of LatticeContact
    shown : sequence of ChainImage

    Returns
    -------
    tuple of (Interface, ChainImage, ChainImage)
        What was measured, and the images that it holds for; a contact that is shown in several
        places is measured once.
    """
    if not contacts:
        return ()
    group = operator_group(named.entry)
    by_name: dict[str, list[ChainImage]] = {}
    for image in shown:
        by_name.setdefault(image.auth_asym_id, []).append(image)
    places = {id(contact): _places(group, contact, by_name) for contact in contacts}
    wanted = [contact for contact in contacts if places[id(contact)]]
    return tuple(
        (measured.interface, first, second)
        for measured in measured_contacts(named, contacts=wanted)
        for first, second in places[id(measured.contact)]
    )


def _places(
    group: OperatorGroup,
    contact: LatticeContact,
    by_name: dict[str, list[ChainImage]],
) -> list[tuple[ChainImage, ChainImage]]:
    """Find where a contact stands among the images shown."""
    home = group.inverse(placement(contact.image_1))
    step = group.composed(home, placement(contact.image_2))
    seconds = set(by_name.get(contact.image_2.auth_asym_id, ()))
    found = []
    for first in by_name.get(contact.image_1.auth_asym_id, ()):
        name = contact.image_2.auth_asym_id
        second = ChainImage(name, *group.composed(placement(first), step))
        # A contact across a twofold axis is the same seen from its other side.
        if second in seconds and (second, first) not in found:
            found.append((first, second))
    return found


def membrane_under(line: MembraneLine, points: FloatArray) -> Membrane:
    """
    Lay the membrane under a chain, in the frame of the deposited coordinates.

    Parameters
    ----------
    line : MembraneLine
        With an endless chain that can lie flat.
    points : ndarray, shape=(n, 3)
        Atoms of the chain.
    """
    best = line.study.endless.best if line.study.endless else None
    if best is None:
        raise ValueError("a chain that cannot lie flat has no membrane")
    laid = points @ best.rotation.T + best.translation
    low, high = laid.min(axis=0), laid.max(axis=0)
    middle = np.array([(low[0] + high[0]) / 2, (low[1] + high[1]) / 2, 0.0])
    half = (high - low) / 2 + MARGIN_A
    return Membrane(
        centre=best.rotation.T @ (middle - best.translation),
        axes=best.rotation,
        half_length_a=float(half[0]),
        half_width_a=float(half[1]),
    )
