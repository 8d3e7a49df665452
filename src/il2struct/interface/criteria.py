"""
What counts as a bond: frozen sets of distances and angles, each with its source.

``il2struct.interface.presets`` holds the named sets.
"""

from dataclasses import dataclass
from typing import Final

#: Closest approach in Å of atoms that are not covalently bonded to each other; nearer pairs are
#: links between the partners (disulphide, glycosidic bond) or errors, not hydrogen bonds.
COVALENT_MAX_A: Final = 1.9


@dataclass(frozen=True, slots=True, kw_only=True)
class HydrogenBondCriteria:
    """
    Geometry that a hydrogen bond D-H...A must have. ``None`` leaves a condition out.

    Attributes
    ----------
    distance_da_max_a : float
        Longest D...A in Å.
    distance_ha_max_a : float or None
        Longest H...A in Å.
    angle_dha_min_deg : float or None
        Smallest D-H...A.
    angle_donor_min_deg : float or None
        Smallest antecedent-D...A, of all antecedents of the donor.
    angle_acceptor_min_deg : float or None
        Smallest D...A-antecedent, of all antecedents of the acceptor.
    angle_hydrogen_acceptor_min_deg : float or None
        Smallest H...A-antecedent, of all antecedents of the acceptor.
    donor_elements, acceptor_elements : tuple of str
        Elements that can give and take.
    considers_flips : bool
        Whether Asn, Gln and His are also tried turned by 180°.
    carboxylate_pair_max_a : float or None
        Two carboxylate oxygens at most this far apart (Å) must share a proton.
    """

    distance_da_max_a: float
    distance_ha_max_a: float | None = None
    angle_dha_min_deg: float | None = None
    angle_donor_min_deg: float | None = None
    angle_acceptor_min_deg: float | None = None
    angle_hydrogen_acceptor_min_deg: float | None = None
    donor_elements: tuple[str, ...] = ("N", "O")
    acceptor_elements: tuple[str, ...] = ("N", "O")
    considers_flips: bool = False
    carboxylate_pair_max_a: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SaltBridgeCriteria:
    """
    Distance between opposite charges. ``None`` leaves a condition out.

    Attributes
    ----------
    distance_atoms_max_a : float or None
        Longest distance in Å from a charged N to a charged O.
    distance_centres_max_a : float or None
        Longest distance in Å between the centres of the two charged groups; of such a pair of
        groups the nearest two atoms are reported.
    histidine_is_charged : bool
        Whether His counts as positive.
    """

    distance_atoms_max_a: float | None = None
    distance_centres_max_a: float | None = None
    histidine_is_charged: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StackingCriteria:
    """
    One way for two aromatic rings to stack.

    Attributes
    ----------
    centroid_max_a : float
        Longest distance between the ring centres in Å.
    plane_angle_min_deg, plane_angle_max_deg : float
        Range of the angle between the ring planes, 0 to 90.
    offset_max_a : float or None
        Longest distance in Å of one centre from the other's normal through its centre, for the
        better of the two rings.
    normal_centroid_angle_max_deg : float or None
        Largest angle between a ring's normal and the line of centres, for the better of the two.
    """

    centroid_max_a: float
    plane_angle_min_deg: float
    plane_angle_max_deg: float
    offset_max_a: float | None = None
    normal_centroid_angle_max_deg: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PiCriteria:
    """
    Cations over rings, and rings on rings.

    Attributes
    ----------
    cation_centroid_max_a : float
        Longest distance in Å from the charge (Lys NZ, Arg CZ) to the ring centre.
    cation_offset_max_a : float or None
        Longest distance in Å of the charge from the ring's normal through its centre.
    cation_angle_max_deg : float or None
        Largest angle between the ring's normal and the line from centre to charge.
    stackings : tuple of StackingCriteria
        A pair of rings stacks if any of them holds.
    """

    cation_centroid_max_a: float
    cation_offset_max_a: float | None = None
    cation_angle_max_deg: float | None = None
    stackings: tuple[StackingCriteria, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WaterBridgeCriteria:
    """
    One water that touches a polar atom on each side.

    Attributes
    ----------
    distance_min_a, distance_max_a : float
        Range of both polar atom-water oxygen distances in Å.
    angle_antecedent_min_deg : float or None
        Smallest antecedent-polar atom...water.
    angle_water_min_deg, angle_water_max_deg : float
        Range of the angle polar atom...water...polar atom.
    """

    distance_min_a: float
    distance_max_a: float
    angle_antecedent_min_deg: float | None = None
    angle_water_min_deg: float = 0.0
    angle_water_max_deg: float = 180.0


@dataclass(frozen=True, slots=True, kw_only=True)
class BondCriteria:
    """
    A named set of criteria; kinds of bond that the set does not define are ``None``.

    Attributes
    ----------
    name : str
        What every table calls it.
    source : str
        Where the numbers come from.
    hydrogen_bond : HydrogenBondCriteria
        Hydrogen bonds.
    salt_bridge : SaltBridgeCriteria or None
        Salt bridges.
    disulfide_max_a : float or None
        Longest S-S in Å.
    pi : PiCriteria or None
        Cation-π and π stacking.
    apolar_max_a : float or None
        Longest distance in Å between carbons that are bonded to carbon and hydrogen only.
    water_bridge : WaterBridgeCriteria or None
        Water-mediated bonds.
    """

    name: str
    source: str
    hydrogen_bond: HydrogenBondCriteria
    salt_bridge: SaltBridgeCriteria | None = None
    disulfide_max_a: float | None = None
    pi: PiCriteria | None = None
    apolar_max_a: float | None = None
    water_bridge: WaterBridgeCriteria | None = None
