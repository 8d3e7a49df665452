"""
Bonds across an interface under named criteria, one row an atom pair.

Flagged rather than counted with the rest: hydrogen bonds that need an Asn, Gln or His to be
flipped, and pairs of carboxylates that need a proton. Every result says which preset made it.
"""

from dataclasses import dataclass, fields, replace
from typing import Any, Final, Self

import numpy as np

from il2struct.arrays import BoolArray, FloatArray, IndexArray
from il2struct.interface.bonds_contacts import (
    WaterBridges,
    apolar_contacts,
    disulfides,
    salt_bridges,
    water_bridges,
)
from il2struct.interface.bonds_hydrogen import HydrogenBonds, hydrogen_bonds
from il2struct.interface.bonds_pairs import AtomPairs, pairs_of_rows
from il2struct.interface.bonds_rings import (
    RingBonds,
    cation_pi,
    joined_ring_bonds,
    pi_stackings,
)
from il2struct.interface.bonds_side import PreparedSide, prepare_side
from il2struct.interface.criteria import BondCriteria
from il2struct.structure.model import NO_NUMBER, Atoms, Side


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Bonds:
    """
    Bonds between two sides, one row an atom pair, sorted by index; a row can be several kinds.

    Attributes
    ----------
    index_1, index_2 : ndarray of int
        Rows of ``concatenated([side.atoms, side.glycans])`` of side 1 and side 2. In a bond that
        needs a flip they name the deposited atoms at whose places the partners stand.
    distance_a : ndarray of float
        Distance of the two (heavy) atoms in Å.
    donor_side : ndarray of int
        Side that gives the hydrogen, 1 or 2; 0 if the pair has no donor and acceptor.
    distance_ha_a : ndarray of float
        H...A in Å. This and the next four are NaN for pairs without a donor and acceptor, and are
        given for such pairs also if they fail as a hydrogen bond but are another kind of bond.
    angle_dha_deg : ndarray of float
        D-H...A.
    angle_donor_deg : ndarray of float
        Smallest antecedent-D...A.
    angle_acceptor_deg : ndarray of float
        Smallest D...A-antecedent.
    angle_hydrogen_acceptor_deg : ndarray of float
        Smallest H...A-antecedent.
    centroid_distance_a : ndarray of float
        Distance of ring centres, or of a charge from a ring centre, in Å; else NaN.
    ring_angle_deg : ndarray of float
        Angle between ring planes, or from a ring's normal to the charge; else NaN.
    is_hydrogen_bond, is_salt_bridge, is_disulfide, is_cation_pi, is_pi_stacking : ndarray of bool
        Kinds of bond. For rings the two atoms are the nearest of the two groups; a charge is
        named by Lys NZ or Arg CZ.
    is_apolar_contact, is_water_mediated : ndarray of bool
        Further kinds.
    is_glycan_mediated : ndarray of bool
        Whether one of the atoms, or both, belong to a glycan.
    needs_flip : ndarray of bool
        The hydrogen bond exists only if an Asn, Gln or His is flipped.
    needs_protonation : ndarray of bool
        The hydrogen bond exists only if one of two carboxylates is protonated.
    water_residue_index : ndarray of int
        ``residue_index`` of the water in between, `NO_NUMBER` if there is none.
    distance_water_1_a, distance_water_2_a : ndarray of float
        Distances from the atoms to that water's oxygen in Å; else NaN.
    preset, source : str
        Name and origin of the criteria.
    generic_residues : tuple of str
        Residue names on either side whose donors and acceptors were told by element and
        neighbours, not by the table of amino acids.
    """

    index_1: IndexArray
    index_2: IndexArray
    distance_a: FloatArray
    donor_side: IndexArray
    distance_ha_a: FloatArray
    angle_dha_deg: FloatArray
    angle_donor_deg: FloatArray
    angle_acceptor_deg: FloatArray
    angle_hydrogen_acceptor_deg: FloatArray
    centroid_distance_a: FloatArray
    ring_angle_deg: FloatArray
    is_hydrogen_bond: BoolArray
    is_salt_bridge: BoolArray
    is_disulfide: BoolArray
    is_cation_pi: BoolArray
    is_pi_stacking: BoolArray
    is_apolar_contact: BoolArray
    is_water_mediated: BoolArray
    is_glycan_mediated: BoolArray
    needs_flip: BoolArray
    needs_protonation: BoolArray
    water_residue_index: IndexArray
    distance_water_1_a: FloatArray
    distance_water_2_a: FloatArray
    preset: str
    source: str
    generic_residues: tuple[str, ...]

    def __post_init__(self) -> None:
        """Freeze every column."""
        for name in COLUMNS:
            getattr(self, name).setflags(write=False)

    def __len__(self) -> int:
        return len(self.index_1)

    def select(self, rows: BoolArray | IndexArray) -> Self:
        """Return the rows of a mask or index array as a new object."""
        return replace(self, **{name: getattr(self, name)[rows] for name in COLUMNS})

    @property
    def is_plain_hydrogen_bond(self) -> BoolArray:
        """Hydrogen bonds that need neither a flip nor a proton: those that are counted."""
        mask: BoolArray = (
            self.is_hydrogen_bond & ~self.needs_flip & ~self.needs_protonation
        )
        return mask


#: Fields of `Bonds` that are columns.
COLUMNS: Final = tuple(
    field.name
    for field in fields(Bonds)
    if field.name not in ("preset", "source", "generic_residues")
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Findings:
    """Everything found under one set of criteria, kind by kind."""

    hydrogen: HydrogenBonds
    salt: AtomPairs
    disulfide: AtomPairs
    cation: RingBonds
    stacking: RingBonds
    apolar: AtomPairs
    water: WaterBridges


def find_bonds(
    side_1: Side | PreparedSide,
    side_2: Side | PreparedSide,
    *,
    criteria: BondCriteria,
    waters: Atoms | None = None,
) -> Bonds:
    """
    List the bonds between two partners.

    Prepare a side once (`prepare_side`) where it has several interfaces or is asked about under
    several presets; a side that is not prepared yet is prepared here.

    Parameters
    ----------
    side_1, side_2 : Side or PreparedSide
        The partners.
    criteria : BondCriteria
        What counts; see `il2struct.interface.presets`.
    waters : Atoms, optional
        Waters where they stand, symmetry images included.

    Returns
    -------
    Bonds
    """
    side_1, side_2 = _prepared(side_1), _prepared(side_2)
    findings = _findings(side_1, side_2, criteria, waters)
    n_2 = max(len(side_2.atoms), 1)
    hydrogen = findings.hydrogen.select(findings.hydrogen.is_bond)
    kinds = (hydrogen, *(getattr(findings, kind) for kind in _KINDS))
    key = np.unique(np.concatenate([one.index_1 * n_2 + one.index_2 for one in kinds]))
    index_1, index_2 = np.divmod(key, n_2)
    difference = side_1.atoms.coords[index_1] - side_2.atoms.coords[index_2]
    generic = {
        *side_1.chemistry.generic_residues,
        *side_2.chemistry.generic_residues,
    }
    return Bonds(
        index_1=index_1,
        index_2=index_2,
        distance_a=np.linalg.norm(difference, axis=1),
        is_glycan_mediated=(index_1 >= side_1.n_polymer)
        | (index_2 >= side_2.n_polymer),
        **_hydrogen_columns(findings.hydrogen, key, n_2),
        **_kind_columns(findings, key, n_2),
        **_ring_columns(findings, key, n_2),
        **_water_columns(findings.water, key, n_2),
        preset=criteria.name,
        source=criteria.source,
        generic_residues=tuple(sorted(generic)),
    )


def _prepared(side: Side | PreparedSide) -> PreparedSide:
    return side if isinstance(side, PreparedSide) else prepare_side(side)


#: Kinds of `_Findings` told by presence alone, and the column of each.
_KINDS: Final = {
    "salt": "is_salt_bridge",
    "disulfide": "is_disulfide",
    "cation": "is_cation_pi",
    "stacking": "is_pi_stacking",
    "apolar": "is_apolar_contact",
    "water": "is_water_mediated",
}
_NONE: Final = np.zeros(0, dtype=np.int64)
_NO_LENGTHS: Final = np.zeros(0)
_NO_PAIRS: Final = AtomPairs(index_1=_NONE, index_2=_NONE)
_NO_RINGS: Final = RingBonds(
    index_1=_NONE,
    index_2=_NONE,
    centroid_distance_a=_NO_LENGTHS,
    ring_angle_deg=_NO_LENGTHS,
)
_NO_WATERS: Final = WaterBridges(
    index_1=_NONE,
    index_2=_NONE,
    water_residue_index=_NONE,
    distance_water_1_a=_NO_LENGTHS,
    distance_water_2_a=_NO_LENGTHS,
)


def _findings(
    side_1: PreparedSide,
    side_2: PreparedSide,
    criteria: BondCriteria,
    waters: Atoms | None,
) -> _Findings:
    """Search kind by kind; kinds that the criteria do not define stay empty."""
    of = criteria
    cutoff_a = max(
        of.hydrogen_bond.distance_da_max_a,
        of.hydrogen_bond.carboxylate_pair_max_a or 0.0,
        of.apolar_max_a or 0.0,
    )
    pairs = pairs_of_rows(
        side_1.atoms, side_1.heavy, side_2.atoms, side_2.heavy, cutoff_a
    )
    both = (side_1, side_2)
    return _Findings(
        hydrogen=hydrogen_bonds(*both, pairs, criteria=of.hydrogen_bond),
        salt=salt_bridges(*both, criteria=of.salt_bridge)
        if of.salt_bridge
        else _NO_PAIRS,
        disulfide=disulfides(*both, distance_max_a=of.disulfide_max_a)
        if of.disulfide_max_a
        else _NO_PAIRS,
        cation=cation_pi(*both, criteria=of.pi) if of.pi else _NO_RINGS,
        stacking=pi_stackings(*both, criteria=of.pi) if of.pi else _NO_RINGS,
        apolar=apolar_contacts(*both, pairs, distance_max_a=of.apolar_max_a)
        if of.apolar_max_a
        else _NO_PAIRS,
        water=water_bridges(*both, waters, criteria=of.water_bridge)
        if of.water_bridge and waters is not None and len(waters)
        else _NO_WATERS,
    )


def _spread(
    values: FloatArray, place: IndexArray, n_rows: int, missing: float = np.nan
) -> FloatArray:
    column = np.full(n_rows, missing)
    column[place] = values
    return column


def _hydrogen_columns(
    bonds: HydrogenBonds, key: IndexArray, n_2: int
) -> dict[str, Any]:
    """Geometry of every donor-acceptor pair that has a row, be it a hydrogen bond or not."""
    bonds = bonds.select(np.isin(bonds.index_1 * n_2 + bonds.index_2, key))
    place = np.searchsorted(key, bonds.index_1 * n_2 + bonds.index_2)
    columns: dict[str, Any] = {
        name: _spread(getattr(bonds, name), place, len(key))
        for name in (
            "distance_ha_a",
            "angle_dha_deg",
            "angle_donor_deg",
            "angle_acceptor_deg",
            "angle_hydrogen_acceptor_deg",
        )
    }
    for column, mask in (
        ("is_hydrogen_bond", bonds.is_bond),
        ("needs_flip", bonds.is_bond & bonds.needs_flip),
        ("needs_protonation", bonds.is_bond & bonds.needs_protonation),
    ):
        flags = np.zeros(len(key), dtype=bool)
        flags[place] = mask
        columns[column] = flags
    donor_side = np.zeros(len(key), dtype=np.int64)
    donor_side[place] = bonds.donor_side
    columns["donor_side"] = donor_side
    return columns


def _kind_columns(findings: _Findings, key: IndexArray, n_2: int) -> dict[str, Any]:
    columns: dict[str, Any] = {}
    for kind, column in _KINDS.items():
        found = getattr(findings, kind)
        columns[column] = np.isin(key, found.index_1 * n_2 + found.index_2)
    return columns


def _ring_columns(findings: _Findings, key: IndexArray, n_2: int) -> dict[str, Any]:
    rings = joined_ring_bonds([findings.cation, findings.stacking])
    place = np.searchsorted(key, rings.index_1 * n_2 + rings.index_2)
    return {
        name: _spread(getattr(rings, name), place, len(key))
        for name in ("centroid_distance_a", "ring_angle_deg")
    }


def _water_columns(water: WaterBridges, key: IndexArray, n_2: int) -> dict[str, Any]:
    place = np.searchsorted(key, water.index_1 * n_2 + water.index_2)
    residue = np.full(len(key), NO_NUMBER)
    residue[place] = water.water_residue_index
    return {
        "water_residue_index": residue,
        "distance_water_1_a": _spread(water.distance_water_1_a, place, len(key)),
        "distance_water_2_a": _spread(water.distance_water_2_a, place, len(key)),
    }
