"""
Bonds across an interface under named criteria, one row an atom pair.

Flagged rather than counted with the rest: hydrogen bonds that need an Asn, Gln or His to be
flipped, and pairs of carboxylates that need a proton. Every result says which preset made it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Final, Self

import numpy as np

from il2struct.arrays import BoolArray, FloatArray, IndexArray
from il2struct.bonds.criteria import BondCriteria
from il2struct.bonds.finders import (
    FINDERS,
    HYDROGEN_BOND_MEASURES,
    NO_PAIRS,
    WATER_PLACE,
    Search,
    pairs_of_rows,
)
from il2struct.bonds.sides import PreparedSide, prepare_side
from il2struct.errors import ParameterError
from il2struct.structure.model import NO_NUMBER, Atoms, Side


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Bonds:
    """Bonds between two sides, one row an atom pair, sorted by index; a row can be several kinds."""

    #: Rows of ``concatenated([side.atoms, side.glycans])`` of side 1 and side 2. In a bond that
    #: needs a flip they name the deposited atoms at whose places the partners stand; for rings
    #: they are the nearest atoms of the two groups; a charge is named by Lys NZ or Arg CZ.
    index_1: IndexArray
    index_2: IndexArray
    #: Of the two (heavy) atoms.
    distance_a: FloatArray
    #: By name of the kind, see `il2struct.bond_kinds`.
    is_kind: Mapping[str, BoolArray]
    #: Whether one of the atoms, or both, belong to a glycan.
    is_glycan_mediated: BoolArray
    #: The hydrogen bond exists only if an Asn, Gln or His is flipped.
    needs_flip: BoolArray
    #: The hydrogen bond exists only if one of two carboxylates is protonated.
    needs_protonation: BoolArray
    #: Side that gives the hydrogen, 1 or 2; 0 if the pair has no donor and acceptor.
    donor_side: IndexArray
    #: H...A, D-H...A, and the smallest antecedent-D...A, D...A-antecedent and H...A-antecedent.
    #: NaN for pairs without a donor and acceptor, and given for such pairs also if they fail as a
    #: hydrogen bond but are another kind of bond.
    distance_ha_a: FloatArray
    angle_dha_deg: FloatArray
    angle_donor_deg: FloatArray
    angle_acceptor_deg: FloatArray
    angle_hydrogen_acceptor_deg: FloatArray
    #: Distance of ring centres, or of a charge from a ring centre; else NaN.
    centroid_distance_a: FloatArray
    #: Angle between ring planes, or from a ring's normal to the charge, 0 to 90; else NaN.
    ring_angle_deg: FloatArray
    #: ``residue_index`` of the water in between, `NO_NUMBER` if there is none, and where its oxygen
    #: stands and how far from the atoms, in Å; else NaN.
    water_residue_index: IndexArray
    water_x_a: FloatArray
    water_y_a: FloatArray
    water_z_a: FloatArray
    distance_water_1_a: FloatArray
    distance_water_2_a: FloatArray
    #: Name and origin of the criteria.
    preset: str
    source: str
    #: Residue names on either side whose donors and acceptors were told by element and neighbours,
    #: not by the table of amino acids.
    generic_residues: tuple[str, ...]

    def __post_init__(self) -> None:
        """Freeze every column."""
        for column in self.columns.values():
            column.setflags(write=False)

    def __len__(self) -> int:
        return len(self.index_1)

    @property
    def columns(self) -> dict[str, Any]:
        """All arrays by name, the kinds as ``is_<name>``."""
        kinds = {f"is_{name}": mask for name, mask in self.is_kind.items()}
        return {name: getattr(self, name) for name in _ARRAYS} | kinds

    def select(self, rows: BoolArray | IndexArray) -> Self:
        """Return the rows of a mask or index array as a new object."""
        return replace(
            self,
            is_kind={name: mask[rows] for name, mask in self.is_kind.items()},
            **{name: getattr(self, name)[rows] for name in _ARRAYS},
        )

    @property
    def is_hydrogen_bond(self) -> BoolArray:
        """Hydrogen bonds, those that need a flip or a proton included."""
        return self.is_kind["hydrogen_bond"]

    @property
    def is_salt_bridge(self) -> BoolArray:
        """Salt bridges."""
        return self.is_kind["salt_bridge"]

    @property
    def is_plain_hydrogen_bond(self) -> BoolArray:
        """Hydrogen bonds that need neither a flip nor a proton: those that are counted."""
        return self.is_hydrogen_bond & ~self.needs_flip & ~self.needs_protonation


#: Fields of `Bonds` that are arrays.
_ARRAYS: Final = tuple(
    field.name
    for field in fields(Bonds)
    if field.name not in ("is_kind", "preset", "source", "generic_residues")
)
#: Columns that come with some kinds only, and what stands in them where there is no such bond.
_MEASURES: Final[dict[str, Any]] = {
    "needs_flip": False,
    "needs_protonation": False,
    "donor_side": 0,
    **dict.fromkeys(HYDROGEN_BOND_MEASURES, np.nan),
    **dict.fromkeys(("centroid_distance_a", "ring_angle_deg"), np.nan),
    "water_residue_index": NO_NUMBER,
    **dict.fromkeys((*WATER_PLACE, "distance_water_1_a", "distance_water_2_a"), np.nan),
}


def find_bonds(
    side_1: Side | PreparedSide,
    side_2: Side | PreparedSide,
    *,
    criteria: BondCriteria,
    waters: Atoms | None = None,
) -> Bonds:
    """
    List the bonds between two partners; `waters` stand in place, symmetry images included.

    Prepare a side once (`prepare_side`) where it has several interfaces or is asked about under
    several presets; a side that is not prepared yet is prepared here.
    """
    sides = (
        side_1 if isinstance(side_1, PreparedSide) else prepare_side(side_1),
        side_2 if isinstance(side_2, PreparedSide) else prepare_side(side_2),
    )
    reach_a = max(
        criteria.hydrogen_bond.distance_da_max_a,
        criteria.hydrogen_bond.carboxylate_pair_max_a or 0.0,
        criteria.apolar_max_a or 0.0,
    )
    search = Search(
        sides=sides,
        criteria=criteria,
        waters=waters,
        near=pairs_of_rows(sides, sides[0].heavy, sides[1].heavy, reach_a),
    )
    n_2 = max(len(sides[1].atoms), 1)
    pairs = {kind: finder(search) or NO_PAIRS for kind, finder in FINDERS.items()}
    keys = {kind: found.index_1 * n_2 + found.index_2 for kind, found in pairs.items()}
    key = np.unique(
        np.concatenate([keys[kind][found.is_bond] for kind, found in pairs.items()])
    )
    measures = {name: np.full(len(key), missing) for name, missing in _MEASURES.items()}
    is_kind = {kind: np.zeros(len(key), dtype=bool) for kind in pairs}
    for kind, found in pairs.items():
        row = np.searchsorted(key, keys[kind])
        is_kind[kind][row[found.is_bond]] = True
        if found.measures:
            # What is no bond of this kind may be one of another, which then has its measures.
            has_row = np.isin(keys[kind], key)
            for name, values in found.measures.items():
                measures[name][row[has_row]] = values[has_row]
    index_1, index_2 = np.divmod(key, n_2)
    difference = sides[0].atoms.coords[index_1] - sides[1].atoms.coords[index_2]
    is_glycan = (index_1 >= sides[0].n_polymer) | (index_2 >= sides[1].n_polymer)
    generic = {name for side in sides for name in side.chemistry.generic_residues}
    return Bonds(
        index_1=index_1,
        index_2=index_2,
        distance_a=np.linalg.norm(difference, axis=1),
        is_kind=is_kind,
        is_glycan_mediated=is_glycan,
        preset=criteria.name,
        source=criteria.source,
        generic_residues=tuple(sorted(generic)),
        **measures,
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Concordance:
    """Which presets agree on each hydrogen bond, one row an atom pair."""

    presets: tuple[str, ...]
    #: Rows of the atoms and their distance, as in `Bonds`.
    index_1: IndexArray
    index_2: IndexArray
    distance_a: FloatArray
    #: Whether the preset of each column counts the bond, shape (n, p), and how many presets do.
    is_counted: BoolArray
    n_presets: IndexArray


def concordance(bonds_by_preset: Mapping[str, Bonds]) -> Concordance:
    """
    Compare the hydrogen bonds of the same two sides under several presets, given by name.

    Every pair that at least one preset counts is listed, sorted by index; only bonds that need
    neither a flip nor a proton are compared.
    """
    if not bonds_by_preset:
        raise ParameterError(
            "concordance needs the bonds of at least one preset; it was given none."
        )
    counted = [b.select(b.is_plain_hydrogen_bond) for b in bonds_by_preset.values()]
    pairs = [np.stack([b.index_1, b.index_2], axis=1) for b in counted]
    union, first, place = np.unique(
        np.concatenate(pairs), axis=0, return_index=True, return_inverse=True
    )
    is_counted = np.zeros((len(union), len(counted)), dtype=bool)
    preset = np.repeat(np.arange(len(counted)), [len(b) for b in counted])
    is_counted[place.reshape(-1), preset] = True
    return Concordance(
        presets=tuple(bonds_by_preset),
        index_1=union[:, 0],
        index_2=union[:, 1],
        distance_a=np.concatenate([b.distance_a for b in counted])[first],
        is_counted=is_counted,
        n_presets=is_counted.sum(axis=1),
    )
