"""Hydrogen bonds between two prepared sides: every donor, acceptor, state and hydrogen tried."""

from dataclasses import dataclass, fields, replace
from typing import Self

import numpy as np

from il2struct.arrays import BoolArray, FloatArray, IndexArray
from il2struct.interface.bonds_pairs import best_of_each_pair
from il2struct.interface.bonds_side import PreparedSide
from il2struct.interface.criteria import COVALENT_MAX_A, HydrogenBondCriteria
from il2struct.interface.hydrogens import bond_lengths_a, rotor_hydrogens
from il2struct.kernels.cells import NeighbourPairs
from il2struct.kernels.geometry import angles_deg, distances

#: Which state, deposited (0) or flipped (1), of side 1 and of side 2 is tried.
_DEPOSITED = ((0, 0),)
_ALL_STATES = ((0, 0), (0, 1), (1, 0), (1, 1))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class HydrogenBonds:
    """
    Pairs of a donor and an acceptor and their best geometry, one row an atom pair.

    Attributes
    ----------
    index_1, index_2 : ndarray of int
        Rows of the atoms of side 1 and side 2.
    donor_side : ndarray of int
        1 or 2, or 0 for a carboxylate pair.
    distance_ha_a, angle_dha_deg : ndarray of float
        H...A in Å and D-H...A.
    angle_donor_deg : ndarray of float
        Smallest antecedent-D...A.
    angle_acceptor_deg : ndarray of float
        Smallest D...A-antecedent.
    angle_hydrogen_acceptor_deg : ndarray of float
        Smallest H...A-antecedent.
    needs_flip, needs_protonation : ndarray of bool
        What has to be so for the bond to exist.
    is_bond : ndarray of bool
        Whether the criteria hold; rows without a bond keep their geometry.
    """

    index_1: IndexArray
    index_2: IndexArray
    donor_side: IndexArray
    distance_ha_a: FloatArray
    angle_dha_deg: FloatArray
    angle_donor_deg: FloatArray
    angle_acceptor_deg: FloatArray
    angle_hydrogen_acceptor_deg: FloatArray
    needs_flip: BoolArray
    needs_protonation: BoolArray
    is_bond: BoolArray

    def select(self, rows: BoolArray | IndexArray) -> Self:
        """Return the rows of a mask or index array."""
        return replace(
            self,
            **{field.name: getattr(self, field.name)[rows] for field in fields(self)},
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Directed:
    """Donor and acceptor sites of candidates that all give in the same direction."""

    index_1: IndexArray
    index_2: IndexArray
    donor_side: int
    donor: PreparedSide
    acceptor: PreparedSide
    donor_site: IndexArray
    acceptor_site: IndexArray
    needs_flip: BoolArray


def hydrogen_bonds(
    side_1: PreparedSide,
    side_2: PreparedSide,
    pairs: NeighbourPairs,
    *,
    criteria: HydrogenBondCriteria,
) -> HydrogenBonds:
    """
    Judge all near atom pairs as hydrogen bonds.

    Of the ways a pair can bond (either atom giving, each hydrogen, each state) one is kept: one
    that meets the criteria before one that does not, one without a flip before one with, the
    straighter before the more bent.

    Parameters
    ----------
    side_1, side_2 : PreparedSide
        The partners.
    pairs : NeighbourPairs
        Atom pairs, rows of each side's atoms, at least up to the longest bond.
    criteria : HydrogenBondCriteria
        What counts.

    Returns
    -------
    HydrogenBonds
        Pairs of a possible donor and acceptor, sorted by index.
    """
    near = (pairs.distances_a <= criteria.distance_da_max_a) & (
        pairs.distances_a > COVALENT_MAX_A
    )
    index_1, index_2 = pairs.index_1[near], pairs.index_2[near]
    forward = _candidates(side_1, side_2, index_1, index_2, criteria)
    backward = replace(
        forward,
        donor_side=2,
        donor=side_2,
        acceptor=side_1,
        donor_site=forward.acceptor_site,
        acceptor_site=forward.donor_site,
    )
    return _best_of_each_pair(
        [
            _carboxylate_pairs(side_1, side_2, pairs, criteria),
            _judged(forward, criteria),
            _judged(backward, criteria),
        ]
    )


def _candidates(
    side_1: PreparedSide,
    side_2: PreparedSide,
    index_1: IndexArray,
    index_2: IndexArray,
    criteria: HydrogenBondCriteria,
) -> _Directed:
    """Sites of near atoms in all states that are tried, side 1 giving."""
    states = _ALL_STATES if criteria.considers_flips else _DEPOSITED
    site_1 = np.concatenate([side_1.site_of[state][index_1] for state, _ in states])
    site_2 = np.concatenate([side_2.site_of[state][index_2] for _, state in states])
    needs_flip = np.repeat([state != (0, 0) for state in states], len(index_1))
    exists = np.flatnonzero((site_1 >= 0) & (site_2 >= 0))
    return _Directed(
        index_1=np.tile(index_1, len(states))[exists],
        index_2=np.tile(index_2, len(states))[exists],
        donor_side=1,
        donor=side_1,
        acceptor=side_2,
        donor_site=site_1[exists],
        acceptor_site=site_2[exists],
        needs_flip=needs_flip[exists],
    )


def _judged(candidates: _Directed, criteria: HydrogenBondCriteria) -> HydrogenBonds:
    donors, acceptors = candidates.donor.sites, candidates.acceptor.sites
    site_d, site_a = candidates.donor_site, candidates.acceptor_site
    is_possible = donors.is_donor[site_d] & acceptors.is_acceptor[site_a]
    is_possible &= np.isin(donors.element[site_d], criteria.donor_elements)
    is_possible &= np.isin(acceptors.element[site_a], criteria.acceptor_elements)
    site_d, site_a = site_d[is_possible], site_a[is_possible]
    measured = _measured(candidates, site_d, site_a)
    n = len(site_d)
    bonds = HydrogenBonds(
        index_1=candidates.index_1[is_possible],
        index_2=candidates.index_2[is_possible],
        donor_side=np.full(n, candidates.donor_side),
        needs_flip=candidates.needs_flip[is_possible],
        needs_protonation=np.zeros(n, dtype=bool),
        is_bond=np.ones(n, dtype=bool),
        **measured,
    )
    return replace(bonds, is_bond=_meets(bonds, criteria))


def _measured(
    candidates: _Directed, site_d: IndexArray, site_a: IndexArray
) -> dict[str, FloatArray]:
    donor, acceptor = candidates.donor, candidates.acceptor
    d_row, a_row = donor.sites.row[site_d], acceptor.sites.row[site_a]
    d = donor.atoms.coords[d_row]
    a = acceptor.atoms.coords[a_row]
    h = _hydrogen_towards(donor, site_d, a)
    before_d = _antecedent_coords(donor, site_d)
    before_a = _antecedent_coords(acceptor, site_a)
    return {
        "distance_ha_a": distances(h, a),
        "angle_dha_deg": angles_deg(d, h, a),
        "angle_donor_deg": _smallest(
            angles_deg(before_d, d[:, None, :], a[:, None, :])
        ),
        "angle_acceptor_deg": _smallest(
            angles_deg(d[:, None, :], a[:, None, :], before_a)
        ),
        "angle_hydrogen_acceptor_deg": _smallest(
            angles_deg(h[:, None, :], a[:, None, :], before_a)
        ),
    }


def _hydrogen_towards(
    side: PreparedSide, site: IndexArray, acceptor: FloatArray
) -> FloatArray:
    """Of each donor's hydrogens the one nearest to its acceptor; a rotor is turned there."""
    sites = side.sites
    hydrogens = sites.hydrogens[site]
    away = np.linalg.norm(hydrogens - acceptor[:, None, :], axis=2)
    nearest = np.argmin(np.where(np.isfinite(away), away, np.inf), axis=1)
    chosen: FloatArray = hydrogens[np.arange(len(site)), nearest]
    turns = sites.is_rotor[site]
    rotor = site[turns]
    chosen[turns] = rotor_hydrogens(
        side.atoms.coords[sites.row[rotor]],
        sites.axis[rotor],
        acceptor[turns],
        length_a=bond_lengths_a(sites.element[rotor]),
    )
    return chosen


def _antecedent_coords(side: PreparedSide, site: IndexArray) -> FloatArray:
    """Positions of the heavy neighbours, shape (k, 2, 3), NaN where there are no more."""
    rows = side.sites.antecedents[site]
    coords: FloatArray = np.where(
        (rows >= 0)[..., None], side.atoms.coords[rows], np.nan
    )
    return coords


def _smallest(angles: FloatArray) -> FloatArray:
    """Smallest angle of each row that is not NaN; NaN only if all are."""
    smallest: FloatArray = np.fmin.reduce(angles, axis=1)
    return smallest


def _meets(bonds: HydrogenBonds, criteria: HydrogenBondCriteria) -> BoolArray:
    """Whether every stated condition holds; an angle that cannot be measured passes."""
    mask = np.ones(len(bonds.index_1), dtype=bool)
    if criteria.distance_ha_max_a is not None:
        mask &= ~(bonds.distance_ha_a > criteria.distance_ha_max_a)
    for measured, smallest in (
        (bonds.angle_dha_deg, criteria.angle_dha_min_deg),
        (bonds.angle_donor_deg, criteria.angle_donor_min_deg),
        (bonds.angle_acceptor_deg, criteria.angle_acceptor_min_deg),
        (bonds.angle_hydrogen_acceptor_deg, criteria.angle_hydrogen_acceptor_min_deg),
    ):
        if smallest is not None:
            mask &= ~(measured < smallest)
    return mask


def _carboxylate_pairs(
    side_1: PreparedSide,
    side_2: PreparedSide,
    pairs: NeighbourPairs,
    criteria: HydrogenBondCriteria,
) -> HydrogenBonds:
    """Two acid oxygens too close for two charges: one of them must hold a proton."""
    longest = criteria.carboxylate_pair_max_a or 0.0
    mask = (pairs.distances_a <= longest) & (pairs.distances_a > COVALENT_MAX_A)
    mask &= side_1.chemistry.is_acid[pairs.index_1]
    mask &= side_2.chemistry.is_acid[pairs.index_2]
    index_1, index_2 = pairs.index_1[mask], pairs.index_2[mask]
    n = len(index_1)
    undefined = np.full(n, np.nan)
    return HydrogenBonds(
        index_1=index_1,
        index_2=index_2,
        donor_side=np.zeros(n, dtype=np.int64),
        distance_ha_a=undefined,
        angle_dha_deg=undefined,
        angle_donor_deg=undefined,
        angle_acceptor_deg=undefined,
        angle_hydrogen_acceptor_deg=undefined,
        needs_flip=np.zeros(n, dtype=bool),
        needs_protonation=np.ones(n, dtype=bool),
        is_bond=np.ones(n, dtype=bool),
    )


def _best_of_each_pair(parts: list[HydrogenBonds]) -> HydrogenBonds:
    everything = HydrogenBonds(
        **{
            field.name: np.concatenate([getattr(part, field.name) for part in parts])
            for field in fields(HydrogenBonds)
        }
    )
    best = best_of_each_pair(
        everything.index_1,
        everything.index_2,
        ~everything.is_bond,
        everything.needs_flip,
        -np.nan_to_num(everything.angle_dha_deg),
    )
    return everything.select(best)
