"""One interface: two sides with their contacts, buried area, bonds and estimates joined."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from il2struct.bonds.criteria import IL2STRUCT, BondCriteria, preset
from il2struct.bonds.find import Bonds, find_bonds
from il2struct.bonds.sides import PreparedSide, prepare_side
from il2struct.complementarity import ComplementarityParameters
from il2struct.complementarity.statistic import (
    LAWRENCE_COLMAN_DOT_DENSITY,
    LAWRENCE_COLMAN_PROBE_RADIUS_A,
)
from il2struct.errors import ParameterError
from il2struct.interface.burial import (
    PROBE_RADIUS_A,
    Burial,
    BurialParameters,
    FreeSurface,
    burial_between,
    free_surface,
)
from il2struct.interface.complementarity import (
    InterfaceComplementarity,
    ScDetail,
    ScParameters,
    SizedAtoms,
    complementarity_between,
    sized_atoms,
)
from il2struct.interface.contacts import Contacts, contacts_between
from il2struct.progress import step
from il2struct.structure.model import Atoms, ChainImage, Entry, Side, make_side
from il2struct.structure.neighbours import CONTACT_CUTOFF_A

#: Contact cut-offs and probe radii above this are a slip, in Å.
LARGEST_LENGTH_A: Final = 20.0
#: Shares of the steps in the work on an interface with Sc and its error, measured on 2ERJ.
CONTACTS, AREAS, BONDS, COMPLEMENTARITY = 0.02, 0.03, 0.05, 0.9


@dataclass(frozen=True, slots=True, kw_only=True)
class InterfaceParameters:
    """
    Everything that defines the numbers of an interface.

    Attributes
    ----------
    contact_cutoff_a : float
        Largest heavy-atom distance of a contact.
    burial : BurialParameters
        Areas.
    criteria : BondCriteria
        Bonds.
    fit : ScParameters
        Shape complementarity; ``fit`` is its name in provenance.json.
    """

    contact_cutoff_a: float = CONTACT_CUTOFF_A
    burial: BurialParameters = field(default_factory=BurialParameters)
    criteria: BondCriteria = IL2STRUCT
    fit: ScParameters = field(default_factory=ScParameters)


def interface_parameters(
    *,
    preset_name: str = IL2STRUCT.name,
    contact_cutoff_a: float = CONTACT_CUTOFF_A,
    probe_radius_a: float = PROBE_RADIUS_A,
    sc: str = ScDetail.NONE.value,
    dot_density_per_a2: float = LAWRENCE_COLMAN_DOT_DENSITY,
    sc_probe_radius_a: float = LAWRENCE_COLMAN_PROBE_RADIUS_A,
) -> InterfaceParameters:
    """
    Choose what defines the numbers of an interface.

    Parameters
    ----------
    preset_name : str
        Bond criteria, one of `il2struct.PRESETS`.
    contact_cutoff_a : float
        Largest heavy-atom distance of a contact in Å.
    probe_radius_a : float
        Radius of the probe for areas in Å.
    sc : str
        Shape complementarity: ``"none"``, ``"value"``, or ``"error"`` for the value with its
        error and its limit of dense dots.
    dot_density_per_a2 : float
        Dots per Å² of surface for it; papers quote the value at 15.
    sc_probe_radius_a : float
        Radius of the probe for it in Å; papers quote the value at 1.7.

    Raises
    ------
    ParameterError
        If there is no such preset, or a length is not between 0 and `LARGEST_LENGTH_A`.
    """
    lengths = {"contact cut-off": contact_cutoff_a, "probe radius": probe_radius_a}
    for name, value in lengths.items():
        if not 0.0 < value <= LARGEST_LENGTH_A:
            raise ParameterError(
                f"the {name} must lie between 0 and {LARGEST_LENGTH_A:g} Å, not {value:g}."
            )
    if sc not in list(ScDetail):
        raise ParameterError(f"sc is one of {', '.join(ScDetail)}, not {sc!r}.")
    return InterfaceParameters(
        contact_cutoff_a=contact_cutoff_a,
        burial=BurialParameters(probe_radius_a=probe_radius_a),
        criteria=preset(preset_name),
        fit=ScParameters(
            detail=ScDetail(sc),
            complementarity=ComplementarityParameters(
                dot_density_per_a2=dot_density_per_a2,
                probe_radius_a=sc_probe_radius_a,
            ),
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Partner:
    """
    A side with all that is known of it alone, so that each is worked out once.

    Attributes
    ----------
    side : Side
    surface : FreeSurface
        Accessible area of the side alone.
    prepared : PreparedSide
        Donors, acceptors, hydrogens, rings.
    sized : SizedAtoms or None
        Radii for shape complementarity, if that was asked for.
    resolution_a : float
        Of the structure; NaN where it does not apply.
    """

    side: Side = field(repr=False)
    surface: FreeSurface = field(repr=False)
    prepared: PreparedSide = field(repr=False)
    sized: SizedAtoms | None = field(repr=False)
    resolution_a: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Interface:
    """
    One pair of sides and all that was measured between them.

    Attributes
    ----------
    complex_id, interface_id : str
        With the entry id, the key of every table.
    partner_1, partner_2 : Partner
        The sides.
    n_copies : int
        How often it occurs in the complex.
    contacts : Contacts
    burial : Burial
    bonds : Bonds
    complementarity : InterfaceComplementarity or None
        Shape complementarity, if it was asked for.
    parameters : InterfaceParameters
        What defines the numbers.
    """

    complex_id: str
    interface_id: str
    partner_1: Partner = field(repr=False)
    partner_2: Partner = field(repr=False)
    n_copies: int
    contacts: Contacts = field(repr=False)
    burial: Burial = field(repr=False)
    bonds: Bonds = field(repr=False)
    complementarity: InterfaceComplementarity | None = field(repr=False)
    parameters: InterfaceParameters = field(repr=False)


def make_partner(
    entry: Entry,
    images: Sequence[ChainImage],
    *,
    label: str,
    role: str,
    parameters: InterfaceParameters,
    surface: FreeSurface | None = None,
) -> Partner:
    """
    Place chain images and work out what is known of them alone.

    Parameters
    ----------
    entry : Entry
    images : sequence of ChainImage
    label, role : str
        What the side is called.
    parameters : InterfaceParameters
    surface : FreeSurface, optional
        Of the same chains in another place, if it is known already: moving a side does not
        change its surface.
    """
    side = make_side(entry, images, label=label, role=role)
    return Partner(
        side=side,
        surface=surface or free_surface(side, parameters=parameters.burial),
        prepared=prepare_side(side),
        sized=None
        if parameters.fit.detail is ScDetail.NONE
        else sized_atoms(side.atoms),
        resolution_a=entry.resolution_a,
    )


def interface_between(
    partner_1: Partner,
    partner_2: Partner,
    *,
    complex_id: str,
    waters: Atoms,
    n_copies: int = 1,
    parameters: InterfaceParameters,
) -> Interface:
    """
    Measure everything between two sides.

    Parameters
    ----------
    partner_1, partner_2 : Partner
        The sides, where they stand.
    complex_id : str
        Complex they belong to, empty if none.
    waters : Atoms
        Placed water oxygens, for water-mediated bonds.
    n_copies : int
        How often the pair occurs in the complex.
    parameters : InterfaceParameters
    """
    sides = (partner_1.side, partner_2.side)
    sized = (
        (partner_1.sized, partner_2.sized)
        if partner_1.sized is not None and partner_2.sized is not None
        else None
    )
    with step("contacts", CONTACTS):
        contacts = contacts_between(
            sides[0].atoms, sides[1].atoms, cutoff_a=parameters.contact_cutoff_a
        )
    with step("areas", AREAS):
        burial = burial_between(
            sides, (partner_1.surface, partner_2.surface), parameters=parameters.burial
        )
    with step("bonds", BONDS):
        bonds = find_bonds(
            partner_1.prepared,
            partner_2.prepared,
            criteria=parameters.criteria,
            waters=waters,
        )
    complementarity = None
    if parameters.fit.detail is not ScDetail.NONE:
        with step("Sc", COMPLEMENTARITY):
            complementarity = complementarity_between(
                sides,
                resolution_a=partner_1.resolution_a,
                parameters=parameters.fit,
                sized=sized,
            )
    return Interface(
        complex_id=complex_id,
        interface_id=f"{sides[0].label}/{sides[1].label}",
        partner_1=partner_1,
        partner_2=partner_2,
        n_copies=n_copies,
        contacts=contacts,
        burial=burial,
        bonds=bonds,
        complementarity=complementarity,
        parameters=parameters,
    )
