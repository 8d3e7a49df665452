"""
What counts as a bond: criteria, and named, published sets of them.

The same interface has few or many bonds under different sets. Only numbers are taken from the
programs named here. Atom typing and hydrogens are il2struct's own for all presets, so counts need
not equal those of the programs; ``docs/bonds.md`` says what differs and what could not be verified.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from il2struct.errors import ParameterError

#: Closest approach in Å of atoms that are not covalently bonded to each other; nearer pairs are
#: links between the partners (disulphide, glycosidic bond) or errors, not hydrogen bonds.
COVALENT_MAX_A: Final = 1.9


@dataclass(frozen=True, slots=True, kw_only=True)
class HydrogenBondCriteria:
    """Geometry that a hydrogen bond D-H...A must have; ``None`` leaves a condition out."""

    distance_da_max_a: float
    distance_ha_max_a: float | None = None
    angle_dha_min_deg: float | None = None
    #: Smallest antecedent-D...A, of all antecedents of the donor.
    angle_donor_min_deg: float | None = None
    #: Smallest D...A-antecedent and H...A-antecedent, of all antecedents of the acceptor.
    angle_acceptor_min_deg: float | None = None
    angle_hydrogen_acceptor_min_deg: float | None = None
    donor_elements: tuple[str, ...] = ("N", "O")
    acceptor_elements: tuple[str, ...] = ("N", "O")
    #: Whether Asn, Gln and His are also tried turned by 180°.
    considers_flips: bool = False
    #: Two carboxylate oxygens at most this far apart must share a proton.
    carboxylate_pair_max_a: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SaltBridgeCriteria:
    """Distance between opposite charges; ``None`` leaves a condition out."""

    #: From a charged N to a charged O.
    distance_atoms_max_a: float | None = None
    #: Between the centres of the two charged groups; of such a pair of groups the nearest two
    #: atoms are reported.
    distance_centres_max_a: float | None = None
    histidine_is_charged: bool = False


@dataclass(frozen=True, slots=True)
class StackingCriteria:
    """One way for two aromatic rings to stack; ``None`` leaves a condition out."""

    centroid_max_a: float
    #: Range of the angle between the ring planes, 0 to 90.
    plane_angle_min_deg: float
    plane_angle_max_deg: float
    #: Of one centre from the other's normal through its centre, for the better of the two rings.
    offset_max_a: float | None = None
    #: Between a ring's normal and the line of centres, for the better of the two rings.
    normal_centroid_angle_max_deg: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PiCriteria:
    """Cations over rings, and rings on rings, of which any way will do; ``None`` leaves out."""

    #: From the charge (Lys NZ, Arg CZ) to the ring centre.
    cation_centroid_max_a: float
    #: Of the charge from the ring's normal through its centre.
    cation_offset_max_a: float | None = None
    #: Between the ring's normal and the line from centre to charge.
    cation_angle_max_deg: float | None = None
    stackings: tuple[StackingCriteria, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HalogenBondCriteria:
    """Geometry of C-X...A-Y, a halogen X towards a lone pair of A."""

    elements: tuple[str, ...]
    distance_max_a: float
    #: C-X...A at least, X...A-Y in a range.
    angle_donor_min_deg: float
    angle_acceptor_min_deg: float
    angle_acceptor_max_deg: float


@dataclass(frozen=True, slots=True, kw_only=True)
class WaterBridgeCriteria:
    """One water that touches a polar atom on each side."""

    #: Range of both distances from polar atom to water oxygen.
    distance_min_a: float
    distance_max_a: float
    #: Smallest antecedent-polar atom...water.
    angle_antecedent_min_deg: float | None = None
    #: Range of the angle polar atom...water...polar atom.
    angle_water_min_deg: float = 0.0
    angle_water_max_deg: float = 180.0


@dataclass(frozen=True, slots=True, kw_only=True)
class BondCriteria:
    """A named set of criteria; kinds of bond that the set does not define are ``None``."""

    #: What every table calls it.
    name: str
    #: Where the numbers come from.
    source: str
    #: Hydrogen bonds.
    hydrogen_bond: HydrogenBondCriteria
    #: Salt bridges.
    salt_bridge: SaltBridgeCriteria | None = None
    #: Longest S-S in Å.
    disulfide_max_a: float | None = None
    #: Cation-π and π stacking.
    pi: PiCriteria | None = None
    #: Halogen bonds.
    halogen: HalogenBondCriteria | None = None
    #: Longest distance in Å of a metal from an atom with a lone pair.
    metal_max_a: float | None = None
    #: Longest distance in Å between carbons that are bonded to carbon and hydrogen only.
    apolar_max_a: float | None = None
    #: Water-mediated bonds.
    water_bridge: WaterBridgeCriteria | None = None


#: Longest S-S in Å of a disulphide (ideal 2.03, Engh & Huber 1991, with room for 3 Å maps).
DISULFIDE_MAX_A: Final = 2.5

#: PLIP 2 (Adasme et al. 2021; ``plip/basic/config.py`` and ``plip/structure/detection.py`` of
#: version 2.4): centres within 5.5 Å, offset below 2.0 Å, planes within 30° of parallel or
#: perpendicular (after McGaughey et al. 1998); charge within 6.0 Å of the centre (Gallivan &
#: Dougherty 1999), same offset.
PLIP_PI: Final = PiCriteria(
    cation_centroid_max_a=6.0,
    cation_offset_max_a=2.0,
    stackings=(
        StackingCriteria(5.5, 0.0, 30.0, offset_max_a=2.0),
        StackingCriteria(5.5, 60.0, 90.0, offset_max_a=2.0),
    ),
)

#: PLIP 2, as above: X...A within 4.0 Å, C-X...A 165 ± 30°, X...A-Y 120 ± 30° (Auffinger et al. 2004
#: PNAS 101:16789, + 0.5 Å); fluorine too, which has no σ-hole there.
PLIP_HALOGEN: Final = HalogenBondCriteria(
    elements=("F", "CL", "BR", "I"),
    distance_max_a=4.0,
    angle_donor_min_deg=135.0,
    angle_acceptor_min_deg=90.0,
    angle_acceptor_max_deg=150.0,
)
#: PLIP 2, as above (Harding 2001 Acta Cryst. D57:401).
PLIP_METAL_MAX_A: Final = 3.0

#: Default. D...A 3.5 Å and D-H...A 120°: usual choice after Baker & Hubbard 1984; 90° at the
#: acceptor, D...A-antecedent: McDonald & Thornton 1994. It is measured on heavy atoms only: the
#: place of a hydroxyl's hydrogen is our guess, and H...A-antecedent >= 90° would drop IL-2 Ser130
#: OG - γc Tyr103 OH (3.05 Å in 2B5I). Salt bridge 4.0 Å: Barlow & Thornton 1983; two carboxylate
#: oxygens within 3.2 Å share a proton (Flocco & Mowbray 1995); apolar carbons 4.0 Å, rings, metals,
#: halogens but fluorine: PLIP.
IL2STRUCT: Final = BondCriteria(
    name="il2struct",
    source="il2struct default (Baker & Hubbard 1984; McDonald & Thornton 1994; Barlow & Thornton 1983)",
    hydrogen_bond=HydrogenBondCriteria(
        distance_da_max_a=3.5,
        angle_dha_min_deg=120.0,
        angle_acceptor_min_deg=90.0,
        considers_flips=True,
        carboxylate_pair_max_a=3.2,
    ),
    salt_bridge=SaltBridgeCriteria(distance_atoms_max_a=4.0),
    disulfide_max_a=DISULFIDE_MAX_A,
    pi=PLIP_PI,
    halogen=replace(PLIP_HALOGEN, elements=("CL", "BR", "I")),
    metal_max_a=PLIP_METAL_MAX_A,
    apolar_max_a=4.0,
    water_bridge=WaterBridgeCriteria(
        distance_min_a=2.2, distance_max_a=3.5, angle_antecedent_min_deg=90.0
    ),
)

#: The default without hydrogens: for entries where placing them is in doubt.
IL2STRUCT_HEAVY: Final = replace(
    IL2STRUCT,
    name="il2struct-heavy",
    source="il2struct default on heavy atoms only: no D-H...A angle",
    hydrogen_bond=replace(
        IL2STRUCT.hydrogen_bond, angle_dha_min_deg=None, angle_donor_min_deg=90.0
    ),
)

#: PISA (Krissinel & Henrick 2007). The paper prints no cut-offs. 3.89 Å is the longest hydrogen
#: bond its tables show and 4.0 Å its salt-bridge limit, both as reported by users; its angle
#: conditions are unpublished, and right angles at both antecedents stand in for them.
PISA: Final = BondCriteria(
    name="pisa",
    source="Krissinel & Henrick 2007 J Mol Biol 372:774; cut-offs as reported by users, not printed there",
    hydrogen_bond=HydrogenBondCriteria(
        distance_da_max_a=3.89, angle_donor_min_deg=90.0, angle_acceptor_min_deg=90.0
    ),
    salt_bridge=SaltBridgeCriteria(distance_atoms_max_a=4.0, histidine_is_charged=True),
    disulfide_max_a=DISULFIDE_MAX_A,
)

#: Baker & Hubbard 1984 as biotite and mdtraj implement it: H...A 2.5 Å, D-H...A 120°. The
#: distance D...A follows: at most 2.5 Å plus the longest bond to hydrogen.
BAKER_HUBBARD: Final = BondCriteria(
    name="baker-hubbard",
    source="Baker & Hubbard 1984 Prog Biophys Mol Biol 44:97",
    hydrogen_bond=HydrogenBondCriteria(
        distance_da_max_a=3.9, distance_ha_max_a=2.5, angle_dha_min_deg=120.0
    ),
)

#: HBPLUS (McDonald & Thornton 1994): D...A 3.9 Å, H...A 2.5 Å, all angles 90°.
HBPLUS: Final = BondCriteria(
    name="hbplus",
    source="McDonald & Thornton 1994 J Mol Biol 238:777",
    hydrogen_bond=HydrogenBondCriteria(
        distance_da_max_a=3.9,
        distance_ha_max_a=2.5,
        angle_dha_min_deg=90.0,
        angle_acceptor_min_deg=90.0,
        angle_hydrogen_acceptor_min_deg=90.0,
        donor_elements=("N", "O", "S"),
        acceptor_elements=("N", "O", "S"),
    ),
)

#: MDAnalysis HydrogenBondAnalysis (Smith et al. 2019), defaults: D...A 3.0 Å, D-H...A 150°.
MDANALYSIS: Final = BondCriteria(
    name="mdanalysis",
    source="MDAnalysis 2 HydrogenBondAnalysis defaults; Smith et al. 2019 Phys Chem Chem Phys 21:9845",
    hydrogen_bond=HydrogenBondCriteria(distance_da_max_a=3.0, angle_dha_min_deg=150.0),
)

#: ProLIF 2 (Bouysset & Fiorucci 2021), ``prolif/interactions/interactions.py``: D...A 3.5 Å,
#: D-H...A 130-180°; charges 4.5 Å; cation-π 4.5 Å and 30°; face to face 5.5 Å, 0-35°, 33°;
#: edge to face 6.5 Å, 50-90°, 30°; hydrophobic 4.5 Å.
PROLIF: Final = BondCriteria(
    name="prolif",
    source="ProLIF 2 defaults; Bouysset & Fiorucci 2021 J Cheminform 13:72",
    hydrogen_bond=HydrogenBondCriteria(
        distance_da_max_a=3.5, angle_dha_min_deg=130.0, donor_elements=("N", "O", "S")
    ),
    salt_bridge=SaltBridgeCriteria(distance_atoms_max_a=4.5),
    pi=PiCriteria(
        cation_centroid_max_a=4.5,
        cation_angle_max_deg=30.0,
        stackings=(
            StackingCriteria(5.5, 0.0, 35.0, normal_centroid_angle_max_deg=33.0),
            StackingCriteria(6.5, 50.0, 90.0, normal_centroid_angle_max_deg=30.0),
        ),
    ),
    apolar_max_a=4.5,
)

#: PLIP 2 (Adasme et al. 2021), ``plip/basic/config.py`` of version 2.4: D...A 4.1 Å, D-H...A
#: 100° (Hubbard & Haider 2001 + 0.6 Å and 10°), charge centres 5.5 Å (Barlow & Thornton 1983
#: + 1.5 Å), carbons 4.0 Å, water legs 2.5-4.1 Å with 71-140° at the water (Jiang et al. 2005).
PLIP: Final = BondCriteria(
    name="plip",
    source="PLIP 2.4 defaults; Adasme et al. 2021 Nucleic Acids Res 49:W530",
    hydrogen_bond=HydrogenBondCriteria(distance_da_max_a=4.1, angle_dha_min_deg=100.0),
    salt_bridge=SaltBridgeCriteria(
        distance_centres_max_a=5.5, histidine_is_charged=True
    ),
    pi=PLIP_PI,
    halogen=PLIP_HALOGEN,
    metal_max_a=PLIP_METAL_MAX_A,
    apolar_max_a=4.0,
    water_bridge=WaterBridgeCriteria(
        distance_min_a=2.5,
        distance_max_a=4.1,
        angle_water_min_deg=71.0,
        angle_water_max_deg=140.0,
    ),
)

#: All named criteria, default first.
PRESETS: Final[Mapping[str, BondCriteria]] = MappingProxyType({
    criteria.name: criteria
    for criteria in (
        IL2STRUCT, IL2STRUCT_HEAVY, PISA, BAKER_HUBBARD, HBPLUS, MDANALYSIS, PROLIF, PLIP,
    )
})  # fmt: skip


def preset(name: str) -> BondCriteria:
    """Return the criteria of that name in `PRESETS`; `ParameterError` if there are none."""
    if name not in PRESETS:
        raise ParameterError(
            f"There is no bond preset {name!r}; choose one of {', '.join(PRESETS)}."
        )
    return PRESETS[name]
