"""One interface: two sides with their contacts, buried area, bonds and estimates joined."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from il2struct.arrays import FloatArray, IndexArray
from il2struct.bonds.criteria import IL2STRUCT, BondCriteria, preset
from il2struct.bonds.find import Bonds, find_bonds
from il2struct.bonds.sides import PreparedSide, prepare_side
from il2struct.complementarity import ComplementarityParameters, statistic
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
from il2struct.kernels.cells import neighbour_pairs
from il2struct.progress import step
from il2struct.structure.model import Atoms, ChainImage, Entry, Side, make_side
from il2struct.structure.neighbours import CONTACT_CUTOFF_A

#: Contact cut-offs and probe radii above this are a slip, in Å.
LARGEST_LENGTH_A: Final = 20.0
#: Shares of the steps in the work on an interface with Sc and its error, measured on 2ERJ.
CONTACTS, AREAS, BONDS, COMPLEMENTARITY = 0.02, 0.03, 0.05, 0.9


@dataclass(frozen=True, slots=True, kw_only=True)
class InterfaceParameters:
    """Everything that defines the numbers of an interface."""

    #: Largest heavy-atom distance of a contact.
    contact_cutoff_a: float = CONTACT_CUTOFF_A
    #: Areas.
    burial: BurialParameters = field(default_factory=BurialParameters)
    #: Bonds.
    criteria: BondCriteria = IL2STRUCT
    #: Shape complementarity; ``fit`` is its name in provenance.json.
    fit: ScParameters = field(default_factory=ScParameters)


def interface_parameters(  # noqa: PLR0913  # all by name
    *,
    preset_name: str = IL2STRUCT.name,
    contact_cutoff_a: float = CONTACT_CUTOFF_A,
    probe_radius_a: float = PROBE_RADIUS_A,
    n_slices: int | None = None,
    sc: str = ScDetail.NONE.value,
    dot_density_per_a2: float = statistic.LAWRENCE_COLMAN_DOT_DENSITY,
    sc_probe_radius_a: float = statistic.LAWRENCE_COLMAN_PROBE_RADIUS_A,
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
    n_slices : int, optional
        Slices an atom for areas by Lee & Richards, to compare with programs that cut spheres into
        slices (freesasa: 20); without it areas are exact.
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
        burial=BurialParameters(probe_radius_a=probe_radius_a, n_slices=n_slices),
        criteria=preset(preset_name),
        fit=ScParameters(
            detail=ScDetail(sc),
            complementarity=ComplementarityParameters(
                dot_density_per_a2=dot_density_per_a2, probe_radius_a=sc_probe_radius_a
            ),
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Contacts:
    """Atom pairs and residue pairs of two sides within a cut-off."""

    #: Heavy-atom pairs: rows of the two sides' atoms; shape (p,).
    atom_1: IndexArray
    atom_2: IndexArray
    #: Residue pairs (values of ``Atoms.residue_index``), sorted; shape (q,).
    residue_1: IndexArray
    residue_2: IndexArray
    #: Smallest distance of each residue pair in Å; shape (q,).
    distance_a: FloatArray
    #: The atoms that are this close: rows of the two sides' atoms; shape (q,).
    closest_1: IndexArray
    closest_2: IndexArray
    #: Atom pairs of each residue pair; shape (q,).
    n_atom_pairs: IndexArray


def contacts_between(
    atoms_1: Atoms, atoms_2: Atoms, *, cutoff_a: float = CONTACT_CUTOFF_A
) -> Contacts:
    """Find the contacts of two sets of atoms where they stand, hydrogens left aside."""
    heavy_1 = np.flatnonzero(~atoms_1.is_hydrogen)
    heavy_2 = np.flatnonzero(~atoms_2.is_hydrogen)
    pairs = neighbour_pairs(atoms_1.coords[heavy_1], atoms_2.coords[heavy_2], cutoff_a)
    atom_1, atom_2 = heavy_1[pairs.index_1], heavy_2[pairs.index_2]
    residue_1, residue_2 = atoms_1.residue_index[atom_1], atoms_2.residue_index[atom_2]
    # Sorted by residue pair, then distance, so that the first row of each pair is its closest.
    order = np.lexsort((atom_2, atom_1, pairs.distances_a, residue_2, residue_1))
    is_first = np.ones(len(order), dtype=bool)
    is_first[1:] = (np.diff(residue_1[order]) != 0) | (np.diff(residue_2[order]) != 0)
    first = np.flatnonzero(is_first)
    closest = order[first]
    return Contacts(
        atom_1=atom_1,
        atom_2=atom_2,
        residue_1=residue_1[closest],
        residue_2=residue_2[closest],
        distance_a=pairs.distances_a[closest],
        closest_1=atom_1[closest],
        closest_2=atom_2[closest],
        n_atom_pairs=np.diff(np.append(first, len(order))),
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Partner(Side):
    """A side with all that is known of it alone, so that each is worked out once."""

    #: Accessible area of the side alone.
    surface: FreeSurface = field(repr=False)
    #: Donors, acceptors, hydrogens, rings.
    prepared: PreparedSide = field(repr=False)
    #: Radii for shape complementarity, if that was asked for.
    sized: SizedAtoms | None = field(repr=False)
    #: Of the structure in Å; NaN where it does not apply.
    resolution_a: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Interface:
    """One pair of sides and all that was measured between them."""

    #: With the entry id, the key of every table.
    complex_id: str
    interface_id: str
    sides: tuple[Partner, Partner]
    #: How often it occurs in the complex.
    n_copies: int
    contacts: Contacts
    burial: Burial
    bonds: Bonds
    #: None if it was not asked for, or a side has no heavy atom.
    complementarity: InterfaceComplementarity | None
    #: What defines the numbers.
    parameters: InterfaceParameters

    def __repr__(self) -> str:
        place = f" of complex {self.complex_id}" if self.complex_id else ""
        area = self.burial.area_total_a2 / 2
        return f"<Interface {self.interface_id}{place}: {area:.0f} Å² per side>"


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

    The surface of the same chains in another place is given where it is known already: moving a
    side does not change it.
    """
    side = make_side(entry, images, label=label, role=role)
    return partner_of(side, entry, parameters=parameters, surface=surface)


def partner_of(
    side: Side,
    entry: Entry,
    *,
    parameters: InterfaceParameters,
    surface: FreeSurface | None = None,
) -> Partner:
    """Work out what is known of a side alone; its surface only where it is not known already."""
    asks_sc = parameters.fit.detail is not ScDetail.NONE
    return Partner(
        **{name: getattr(side, name) for name in Side.__slots__},
        surface=surface or free_surface(side, parameters=parameters.burial),
        prepared=prepare_side(side, entry.components),
        sized=sized_atoms(side.atoms) if asks_sc else None,
        resolution_a=entry.resolution_a,
    )


def interface_between(
    first: Partner,
    second: Partner,
    *,
    complex_id: str,
    waters: Atoms | None,
    n_copies: int = 1,
    parameters: InterfaceParameters,
) -> Interface:
    """
    Measure everything between two sides where they stand.

    `complex_id` is empty if they lie in no common complex, `waters` are placed oxygens for
    water-mediated bonds, and `n_copies` says how often the pair occurs in the complex.
    """
    sides = (first, second)
    with step("contacts", CONTACTS):
        contacts = contacts_between(
            first.atoms, second.atoms, cutoff_a=parameters.contact_cutoff_a
        )
    with step("areas", AREAS):
        burial = burial_between(
            sides, (first.surface, second.surface), parameters=parameters.burial
        )
    with step("bonds", BONDS):
        bonds = find_bonds(
            first.prepared, second.prepared, criteria=parameters.criteria, waters=waters
        )
    complementarity = None
    if parameters.fit.detail is not ScDetail.NONE:
        with step("Sc", COMPLEMENTARITY):
            complementarity = complementarity_between(
                sides,
                resolution_a=first.resolution_a,
                parameters=parameters.fit,
                sized=(first.sized, second.sized)
                if first.sized is not None and second.sized is not None
                else None,
            )
    return Interface(
        complex_id=complex_id,
        interface_id=f"{first.label}/{second.label}",
        sides=sides,
        n_copies=n_copies,
        contacts=contacts,
        burial=burial,
        bonds=bonds,
        complementarity=complementarity,
        parameters=parameters,
    )
