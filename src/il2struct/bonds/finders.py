"""
How each kind of bond is found between two prepared sides: one function a kind, registered by name.

Hydrogen bonds are tried with every donor, acceptor, state and hydrogen; salt bridges, disulphides,
apolar contacts and bridging waters are told by distance and chemistry; rings by their planes. With
each finder stands what its kind can join at most, from which trajectories tell what to look at.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import EllipsisType
from typing import Any, Final, TypeAlias, TypeVar

import numpy as np

from il2struct.arrays import BoolArray, FloatArray, IndexArray
from il2struct.bonds.chemistry import AtomChemistry, Topology
from il2struct.bonds.criteria import (
    COVALENT_MAX_A,
    BondCriteria,
    HalogenBondCriteria,
    HydrogenBondCriteria,
    PiCriteria,
    SaltBridgeCriteria,
    WaterBridgeCriteria,
)
from il2struct.bonds.sides import (
    PreparedSide,
    bond_lengths_a,
    is_metal_atom,
    rotor_hydrogens,
)
from il2struct.kernels.cells import NeighbourPairs, neighbour_pairs
from il2struct.kernels.geometry import angles_deg, distances
from il2struct.structure.model import Atoms

#: Room in Å for the arms of two groups (Arg NE-centre 1.4 Å, carboxylate O 1.1 Å, benzene 1.4 Å) when
#: atoms are sought whose group centres are near.
GROUP_REACH_A: Final = 3.0
#: Longer in Å than any bond of carbon to a halogen (C-I 2.16, International Tables C, 9.5).
LONGEST_HALIDE_A: Final = 2.4
#: Columns of the place of a water.
WATER_PLACE: Final = ("water_x_a", "water_y_a", "water_z_a")
#: Columns of what a hydrogen makes with its acceptor.
HYDROGEN_BOND_MEASURES: Final = (
    "distance_ha_a", "angle_dha_deg", "angle_donor_deg", "angle_acceptor_deg",
    "angle_hydrogen_acceptor_deg",
)  # fmt: skip
#: Which state, deposited (0) or flipped (1), of side 1 and of side 2 is tried.
DEPOSITED: Final = ((0, 0),)
ALL_STATES: Final = ((0, 0), (0, 1), (1, 0), (1, 1))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Search:
    """Where bonds are sought, and what counts."""

    sides: tuple[PreparedSide, PreparedSide]
    criteria: BondCriteria
    #: Where they stand, symmetry images included.
    waters: Atoms | None
    #: Heavy-atom pairs at least up to the longest hydrogen bond and apolar contact.
    near: NeighbourPairs


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AtomPairs:
    """Atom pairs of one kind of bond, rows of the atoms of side 1 and side 2."""

    index_1: IndexArray
    index_2: IndexArray
    #: Columns of `Bonds` that come with the kind.
    measures: Mapping[str, Any] = field(default_factory=dict)
    #: Pairs that are bonds; the others lend their measures to those that are another kind.
    is_bond: BoolArray | EllipsisType = ...

    def swapped(self) -> "AtomPairs":
        """Return the same pairs with the sides exchanged."""
        return AtomPairs(
            index_1=self.index_2, index_2=self.index_1, measures=self.measures
        )


NO_PAIRS: Final = AtomPairs(
    index_1=np.zeros(0, dtype=np.int64), index_2=np.zeros(0, dtype=np.int64)
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Known:
    """What is known of *n* atoms wherever they stand; rows of rings are padded with -1."""

    atoms: Atoms
    topology: Topology
    chemistry: AtomChemistry
    rings: IndexArray
    cations: IndexArray


@dataclass(frozen=True, slots=True, eq=False)
class AtomEnds:
    """Atoms (masks) that a kind of bond can join up to a distance in Å."""

    first: BoolArray
    second: BoolArray
    reach_a: float


@dataclass(frozen=True, slots=True, eq=False)
class GroupEnds:
    """Groups of atoms (rows) that a kind of bond can join up to a distance in Å of their centres."""

    groups: Sequence[IndexArray]
    reach_a: float


#: Finds the bonds of one kind; None if the criteria do not define it.
Finder: TypeAlias = Callable[[Search], AtomPairs | None]
_Finder = TypeVar("_Finder", bound=Finder)
#: Says what a kind can join at most: no bond is left out, the finder judges.
Ends: TypeAlias = Callable[[Known, BondCriteria], Iterator[AtomEnds | GroupEnds]]

#: The finder of each kind of `il2struct.bond_kinds`, and what it can join.
FINDERS: Final[dict[str, Finder]] = {}
ENDS: Final[dict[str, Ends]] = {}


def finds(kind: str, ends: Ends) -> Callable[[_Finder], _Finder]:
    """Register a function as the finder of a kind that can join some ends."""

    def registered(finder: _Finder) -> _Finder:
        FINDERS[kind], ENDS[kind] = finder, ends
        return finder

    return registered


def pairs_of_rows(
    sides: tuple[PreparedSide, PreparedSide],
    rows_1: IndexArray,
    rows_2: IndexArray,
    cutoff_a: float,
) -> NeighbourPairs:
    """Near pairs among some atoms of each side, given by rows in rising order."""
    coords_1, coords_2 = sides[0].atoms.coords[rows_1], sides[1].atoms.coords[rows_2]
    pairs = neighbour_pairs(coords_1, coords_2, cutoff_a)
    rows = {"index_1": rows_1[pairs.index_1], "index_2": rows_2[pairs.index_2]}
    return NeighbourPairs(**rows, distances_a=pairs.distances_a)


def best_of_each_pair(
    index_1: IndexArray, index_2: IndexArray, *ranks: FloatArray | BoolArray
) -> IndexArray:
    """
    Rows, one for each different pair of indices and sorted by it: the lowest by `ranks`.

    Ranks are compared in their order; False comes before True.

    Examples
    --------
    >>> best_of_each_pair(np.array([7, 7, 2]), np.array([1, 1, 5]), np.array([3.5, 2.8, 3.0])).tolist()
    [2, 1]
    """
    order = np.lexsort((*ranks[::-1], index_2, index_1))
    is_first = np.ones(len(order), dtype=bool)
    is_first[1:] = (np.diff(index_1[order]) != 0) | (np.diff(index_2[order]) != 0)
    rows: IndexArray = order[is_first]
    return rows


def _polar_ends(known: Known, criteria: BondCriteria) -> Iterator[AtomEnds]:
    rules, polar = criteria.hydrogen_bond, known.chemistry.polar
    gives, takes = np.zeros((2, len(known.atoms)), dtype=bool)
    # In some state of the atom, flipped or protonated.
    can_give = polar.n_hydrogens > 0
    can_give |= known.topology.hydrogens[polar.row, 0] >= 0
    gives[polar.row[can_give & np.isin(polar.element, rules.donor_elements)]] = True
    can_take = polar.is_acceptor & np.isin(polar.element, rules.acceptor_elements)
    takes[polar.row[can_take]] = True
    yield AtomEnds(gives, takes, rules.distance_da_max_a)
    if rules.carboxylate_pair_max_a:
        acid = known.chemistry.is_acid
        yield AtomEnds(acid, acid, rules.carboxylate_pair_max_a)


@finds("hydrogen_bond", _polar_ends)
def hydrogen_bonds(search: Search) -> AtomPairs:
    """
    Judge all near pairs of a possible donor and acceptor, and all near carboxylate pairs.

    Of the ways a pair can bond (either atom giving, each hydrogen, each state) one is kept: one
    that meets the criteria before one that does not, one without a flip before one with, the
    straighter before the more bent.
    """
    (side_1, side_2), near = search.sides, search.near
    criteria = search.criteria.hydrogen_bond
    is_near = near.distances_a <= criteria.distance_da_max_a
    is_near &= near.distances_a > COVALENT_MAX_A
    index_1, index_2 = near.index_1[is_near], near.index_2[is_near]
    states = ALL_STATES if criteria.considers_flips else DEPOSITED
    site_1 = np.concatenate([side_1.site_of[state][index_1] for state, _ in states])
    site_2 = np.concatenate([side_2.site_of[state][index_2] for _, state in states])
    exists = np.flatnonzero((site_1 >= 0) & (site_2 >= 0))
    carboxylates = _carboxylate_pairs(search)
    if not len(exists) and not len(carboxylates["index_1"]):
        return NO_PAIRS
    pairs: dict[str, Any] = {
        "index_1": np.tile(index_1, len(states))[exists],
        "index_2": np.tile(index_2, len(states))[exists],
        "needs_flip": np.repeat([s != (0, 0) for s in states], len(index_1))[exists],
    }
    site_1, site_2 = site_1[exists], site_2[exists]
    ways = [
        carboxylates,
        _judged(pairs | {"donor_side": 1}, side_1, site_1, side_2, site_2, criteria),
        _judged(pairs | {"donor_side": 2}, side_2, site_2, side_1, site_1, criteria),
    ]
    table = {
        name: np.concatenate(
            [np.broadcast_to(way[name], len(way["index_1"])) for way in ways]
        )
        for name in ways[0]
    }
    best = best_of_each_pair(
        table["index_1"],
        table["index_2"],
        ~table["is_bond"],
        table["needs_flip"],
        -np.nan_to_num(table["angle_dha_deg"]),
    )
    table = {name: column[best] for name, column in table.items()}
    index_1, index_2, is_bond = (
        table.pop(name) for name in ("index_1", "index_2", "is_bond")
    )
    for name in ("needs_flip", "needs_protonation"):
        table[name] = table[name] & is_bond
    return AtomPairs(index_1=index_1, index_2=index_2, is_bond=is_bond, measures=table)


def _carboxylate_pairs(search: Search) -> dict[str, Any]:
    """Two acid oxygens too close for two charges: one of them must hold a proton."""
    (side_1, side_2), near = search.sides, search.near
    longest = search.criteria.hydrogen_bond.carboxylate_pair_max_a or 0.0
    mask = (near.distances_a <= longest) & (near.distances_a > COVALENT_MAX_A)
    mask &= side_1.chemistry.is_acid[near.index_1]
    mask &= side_2.chemistry.is_acid[near.index_2]
    return {
        "index_1": near.index_1[mask],
        "index_2": near.index_2[mask],
        "donor_side": 0,
        **dict.fromkeys(HYDROGEN_BOND_MEASURES, np.nan),
        "needs_flip": False,
        "needs_protonation": True,
        "is_bond": True,
    }


def _judged(
    pairs: dict[str, Any],
    donor: PreparedSide,
    site_d: IndexArray,
    acceptor: PreparedSide,
    site_a: IndexArray,
    criteria: HydrogenBondCriteria,
) -> dict[str, Any]:
    """Of `pairs` those that are a donor and an acceptor, with their geometry and the verdict."""
    sites_d, sites_a = donor.sites, acceptor.sites
    mask = sites_d.is_donor[site_d] & sites_a.is_acceptor[site_a]
    mask &= np.isin(sites_d.element[site_d], criteria.donor_elements)
    mask &= np.isin(sites_a.element[site_a], criteria.acceptor_elements)
    site_d, site_a = site_d[mask], site_a[mask]
    d = donor.atoms.coords[sites_d.row[site_d]]
    a = acceptor.atoms.coords[sites_a.row[site_a]]
    h = _hydrogen_towards(donor, site_d, a)
    before_d = _antecedent_coords(donor, site_d)
    before_a = _antecedent_coords(acceptor, site_a)
    # Of the angles at several antecedents the smallest; NaN, which passes, if there is none.
    several = {
        "angle_donor_deg": (before_d, d[:, None, :], a[:, None, :]),
        "angle_acceptor_deg": (d[:, None, :], a[:, None, :], before_a),
        "angle_hydrogen_acceptor_deg": (h[:, None, :], a[:, None, :], before_a),
    }
    measured = {"angle_dha_deg": angles_deg(d, h, a)} | {
        name: np.fmin.reduce(angles_deg(*points), axis=1)
        for name, points in several.items()
    }
    distance_ha_a = distances(h, a)
    is_bond = np.ones(len(site_d), dtype=bool)
    if criteria.distance_ha_max_a is not None:
        is_bond &= ~(distance_ha_a > criteria.distance_ha_max_a)
    for name, angle in measured.items():
        smallest = getattr(criteria, name.replace("_deg", "_min_deg"))
        if smallest is not None:
            is_bond &= ~(angle < smallest)
    return {
        "index_1": pairs["index_1"][mask],
        "index_2": pairs["index_2"][mask],
        "donor_side": pairs["donor_side"],
        "needs_flip": pairs["needs_flip"][mask],
        "needs_protonation": False,
        "distance_ha_a": distance_ha_a,
        **measured,
        "is_bond": is_bond,
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
    known = (rows >= 0)[..., None]
    return np.asarray(np.where(known, side.atoms.coords[rows], np.nan))


def _charged_ends(
    known: Known, criteria: BondCriteria
) -> Iterator[AtomEnds | GroupEnds]:
    salt, chemistry = criteria.salt_bridge, known.chemistry
    if salt is None:
        return
    negative, positive = chemistry.is_acid, chemistry.is_base | chemistry.is_imidazole
    if salt.distance_atoms_max_a:
        yield AtomEnds(positive, negative, salt.distance_atoms_max_a)
    if salt.distance_centres_max_a:
        # An acid is told by its centre, a base by its residue.
        for mask, label in (
            (negative, known.topology.neighbours[:, 0]),
            (positive, known.atoms.residue_index),
        ):
            rows = np.flatnonzero(mask)
            order = rows[np.argsort(label[rows], kind="stable")]
            borders = np.flatnonzero(np.diff(label[order])) + 1
            yield GroupEnds(np.split(order, borders), salt.distance_centres_max_a)


@finds("salt_bridge", _charged_ends)
def salt_bridges(search: Search) -> AtomPairs | None:
    """Pairs of a charged oxygen and a charged nitrogen, near by themselves or by their groups."""
    criteria = search.criteria.salt_bridge
    if criteria is None:
        return None
    index_1, index_2 = [np.zeros(0, dtype=np.int64)], [np.zeros(0, dtype=np.int64)]
    if criteria.distance_atoms_max_a is not None:
        pairs = _opposite_pairs(search.sides, criteria.distance_atoms_max_a, criteria)
        index_1.append(pairs.index_1)
        index_2.append(pairs.index_2)
    longest_a = criteria.distance_centres_max_a
    if longest_a is not None:
        pairs = _opposite_pairs(search.sides, longest_a + GROUP_REACH_A, criteria)
        side_1, side_2 = search.sides
        centres = (
            side_1.charge_centre[pairs.index_1],
            side_2.charge_centre[pairs.index_2],
        )
        near = np.flatnonzero(distances(*centres) <= longest_a)
        group_1, group_2 = (
            np.unique(centre[near], axis=0, return_inverse=True)[1].reshape(-1)
            for centre in centres
        )
        # Of each two groups the nearest two atoms.
        kept = near[best_of_each_pair(group_1, group_2, pairs.distances_a[near])]
        index_1.append(pairs.index_1[kept])
        index_2.append(pairs.index_2[kept])
    return AtomPairs(index_1=np.concatenate(index_1), index_2=np.concatenate(index_2))


def _opposite_pairs(
    sides: tuple[PreparedSide, PreparedSide],
    cutoff_a: float,
    criteria: SaltBridgeCriteria,
) -> NeighbourPairs:
    charges = []
    for side in sides:
        known = side.chemistry
        is_positive = known.is_base | (
            known.is_imidazole & criteria.histidine_is_charged
        )
        charges.append(is_positive.astype(int) - known.is_acid.astype(int))
    rows_1, rows_2 = (np.flatnonzero(charge) for charge in charges)
    pairs = pairs_of_rows(sides, rows_1, rows_2, cutoff_a)
    is_opposite = charges[0][pairs.index_1] * charges[1][pairs.index_2] < 0
    return NeighbourPairs(
        index_1=pairs.index_1[is_opposite],
        index_2=pairs.index_2[is_opposite],
        distances_a=pairs.distances_a[is_opposite],
    )


def _sulfur_ends(known: Known, criteria: BondCriteria) -> Iterator[AtomEnds]:
    if criteria.disulfide_max_a:
        sulfur = known.atoms.element == "S"
        yield AtomEnds(sulfur, sulfur, criteria.disulfide_max_a)


@finds("disulfide", _sulfur_ends)
def disulfides(search: Search) -> AtomPairs | None:
    """Cysteine sulphurs that are near."""
    longest_a = search.criteria.disulfide_max_a
    if longest_a is None:
        return None
    rows_1, rows_2 = (side.sulfurs for side in search.sides)
    pairs = pairs_of_rows(search.sides, rows_1, rows_2, longest_a)
    return AtomPairs(index_1=pairs.index_1, index_2=pairs.index_2)


def _ring_ends(known: Known, criteria: BondCriteria) -> Iterator[GroupEnds]:
    if criteria.pi:
        rings = [ring[ring >= 0] for ring in known.rings]
        cations = [known.cations[i : i + 1] for i in range(len(known.cations))]
        lengths = [stacking.centroid_max_a for stacking in criteria.pi.stackings]
        longest_a = max([criteria.pi.cation_centroid_max_a, *lengths])
        yield GroupEnds([*rings, *cations], longest_a)


@finds("cation_pi", _ring_ends)
def cation_pi(search: Search) -> AtomPairs | None:
    """Positive charges of either side, named by Lys NZ or Arg CZ, over rings of the other."""
    criteria = search.criteria.pi
    if criteria is None:
        return None
    side_1, side_2 = search.sides
    there = _cations_over_rings(side_1, side_2, criteria)
    back = _cations_over_rings(side_2, side_1, criteria)
    found = [part for part in (there, back.swapped()) if len(part.index_1)]
    return _nearest_centres(found) if found else None


def _cations_over_rings(
    side_1: PreparedSide, side_2: PreparedSide, criteria: PiCriteria
) -> AtomPairs:
    rings, charges = side_2.rings, side_1.atoms.coords[side_1.cations]
    pairs = neighbour_pairs(charges, rings.centres, criteria.cation_centroid_max_a)
    if not len(pairs.index_1):
        return NO_PAIRS
    ring = pairs.index_2
    line = charges[pairs.index_1] - rings.centres[ring]
    height = np.abs(np.sum(line * rings.normals[ring], axis=1))
    offset = np.sqrt(np.maximum(pairs.distances_a**2 - height**2, 0.0))
    angle = np.degrees(np.arctan2(offset, height))
    mask = np.ones(len(ring), dtype=bool)
    if criteria.cation_offset_max_a is not None:
        mask &= offset <= criteria.cation_offset_max_a
    if criteria.cation_angle_max_deg is not None:
        mask &= angle <= criteria.cation_angle_max_deg
    cation = side_1.cations[pairs.index_1[mask]]
    _, nearest = _nearest_atoms(side_1, cation[:, None], side_2, rings.rows[ring[mask]])
    return AtomPairs(
        index_1=cation,
        index_2=nearest,
        measures={
            "centroid_distance_a": pairs.distances_a[mask],
            # From the ring's normal to the line between its centre and the charge.
            "ring_angle_deg": angle[mask],
        },
    )


@finds("pi_stacking", _ring_ends)
def pi_stackings(search: Search) -> AtomPairs | None:
    """Rings that stack, face to face or edge to face."""
    criteria = search.criteria.pi
    if criteria is None:
        return None
    side_1, side_2 = search.sides
    rings_1, rings_2 = side_1.rings, side_2.rings
    longest = max(stacking.centroid_max_a for stacking in criteria.stackings)
    pairs = neighbour_pairs(rings_1.centres, rings_2.centres, longest)
    if not len(pairs.index_1):
        return None
    ring_1, ring_2 = pairs.index_1, pairs.index_2
    line = rings_2.centres[ring_2] - rings_1.centres[ring_1]
    cosine = np.abs(np.sum(rings_1.normals[ring_1] * rings_2.normals[ring_2], axis=1))
    plane_angle = np.degrees(np.arccos(np.minimum(cosine, 1.0)))
    # The larger height of one centre above the other's plane.
    height = np.maximum(
        np.abs(np.sum(line * rings_1.normals[ring_1], axis=1)),
        np.abs(np.sum(line * rings_2.normals[ring_2], axis=1)),
    )
    offset = np.sqrt(np.maximum(pairs.distances_a**2 - height**2, 0.0))
    normal_angle = np.degrees(np.arctan2(offset, height))
    mask = np.zeros(len(ring_1), dtype=bool)
    for way in criteria.stackings:
        stacks = pairs.distances_a <= way.centroid_max_a
        stacks &= plane_angle >= way.plane_angle_min_deg
        stacks &= plane_angle <= way.plane_angle_max_deg
        if way.offset_max_a is not None:
            stacks &= offset <= way.offset_max_a
        if way.normal_centroid_angle_max_deg is not None:
            stacks &= normal_angle <= way.normal_centroid_angle_max_deg
        mask |= stacks
    index_1, index_2 = _nearest_atoms(
        side_1, rings_1.rows[ring_1[mask]], side_2, rings_2.rows[ring_2[mask]]
    )
    measures = {
        "centroid_distance_a": pairs.distances_a[mask],
        "ring_angle_deg": plane_angle[mask],
    }
    return _nearest_centres(
        [AtomPairs(index_1=index_1, index_2=index_2, measures=measures)]
    )


def _nearest_atoms(
    side_1: PreparedSide, rows_1: IndexArray, side_2: PreparedSide, rows_2: IndexArray
) -> tuple[IndexArray, IndexArray]:
    """For each pair of groups (rows, padded with -1) its two nearest atoms."""
    coords_1, coords_2 = side_1.atoms.coords[rows_1], side_2.atoms.coords[rows_2]
    distance = np.linalg.norm(coords_1[:, :, None, :] - coords_2[:, None], axis=3)
    distance[(rows_1 < 0)[:, :, None] | (rows_2 < 0)[:, None, :]] = np.inf
    n_both = rows_1.shape[1] * rows_2.shape[1]
    nearest = np.argmin(distance.reshape(len(distance), n_both), axis=1)
    member_1, member_2 = np.divmod(nearest, rows_2.shape[1])
    row = np.arange(len(nearest))
    return rows_1[row, member_1], rows_2[row, member_2]


def _nearest_centres(parts: list[AtomPairs]) -> AtomPairs:
    """Join ring bonds; of several for one atom pair the one with the nearest centres stays."""
    every = _joined(parts)
    index_1, index_2 = every.index_1, every.index_2
    kept = best_of_each_pair(index_1, index_2, every.measures["centroid_distance_a"])
    return AtomPairs(
        index_1=index_1[kept],
        index_2=index_2[kept],
        measures={name: values[kept] for name, values in every.measures.items()},
    )


def _joined(parts: Sequence[AtomPairs]) -> AtomPairs:
    """Put pairs with the same measures together."""
    return AtomPairs(
        index_1=np.concatenate([part.index_1 for part in parts]),
        index_2=np.concatenate([part.index_2 for part in parts]),
        measures={
            name: np.concatenate([part.measures[name] for part in parts])
            for name in parts[0].measures
        },
    )


def _taking(chemistry: AtomChemistry) -> IndexArray:
    """Rows of atoms with a lone pair to give."""
    polar = chemistry.polar
    rows: IndexArray = np.unique(polar.row[polar.is_acceptor & ~polar.is_flipped])
    return rows


def _ends_at_lone_pairs(
    known: Known, offered: BoolArray, reach_a: float
) -> Iterator[AtomEnds]:
    takes = np.zeros(len(known.atoms), dtype=bool)
    takes[_taking(known.chemistry)] = True
    yield AtomEnds(offered, takes, reach_a)


def _halogen_ends(known: Known, criteria: BondCriteria) -> Iterator[AtomEnds]:
    if halogen := criteria.halogen:
        is_halogen = np.isin(known.atoms.element, halogen.elements)
        yield from _ends_at_lone_pairs(known, is_halogen, halogen.distance_max_a)


@finds("halogen_bond", _halogen_ends)
def halogen_bonds(search: Search) -> AtomPairs | None:
    """Halogens on one carbon of either side, towards a lone pair of the other."""
    criteria = search.criteria.halogen
    side_1, side_2 = search.sides
    if criteria is None or not (len(side_1.halogens) or len(side_2.halogens)):
        return None
    there = _halogens_to_lone_pairs(side_1, side_2, criteria)
    back = _halogens_to_lone_pairs(side_2, side_1, criteria)
    return _joined([there, back.swapped()])


def _halogens_to_lone_pairs(
    side_1: PreparedSide, side_2: PreparedSide, criteria: HalogenBondCriteria
) -> AtomPairs:
    atoms = side_1.atoms
    halogens = side_1.halogens
    halogens = halogens[np.isin(atoms.element[halogens], criteria.elements)]
    carbons = np.flatnonzero(atoms.element == "C")
    bonded = neighbour_pairs(
        atoms.coords[halogens], atoms.coords[carbons], LONGEST_HALIDE_A
    )
    count = np.bincount(bonded.index_1, minlength=len(halogens))
    bonded_to = np.zeros(len(halogens), dtype=np.int64)
    bonded_to[bonded.index_1] = carbons[bonded.index_2]
    halogens, bonded_to = halogens[count == 1], bonded_to[count == 1]
    site = side_2.site_of[0]
    takers = _taking(side_2.chemistry)
    # Lone pairs of atoms with one neighbour, as a carbonyl has them.
    takers = takers[side_2.sites.antecedents[site[takers], 1] < 0]
    near = neighbour_pairs(
        atoms.coords[halogens], side_2.atoms.coords[takers], criteria.distance_max_a
    )
    x, a = halogens[near.index_1], takers[near.index_2]
    places = atoms.coords[x], side_2.atoms.coords[a]
    at_halogen = angles_deg(atoms.coords[bonded_to[near.index_1]], *places)
    at_taker = angles_deg(*places, _antecedent_coords(side_2, site[a])[:, 0])
    mask = at_halogen >= criteria.angle_donor_min_deg
    mask &= at_taker >= criteria.angle_acceptor_min_deg
    mask &= at_taker <= criteria.angle_acceptor_max_deg
    return AtomPairs(
        index_1=x[mask],
        index_2=a[mask],
        measures={
            "angle_donor_deg": at_halogen[mask],
            "angle_acceptor_deg": at_taker[mask],
        },
    )


def _metal_ends(known: Known, criteria: BondCriteria) -> Iterator[AtomEnds]:
    if criteria.metal_max_a:
        is_metal = is_metal_atom(known.atoms)
        yield from _ends_at_lone_pairs(known, is_metal, criteria.metal_max_a)


@finds("metal_coordination", _metal_ends)
def metal_coordination(search: Search) -> AtomPairs | None:
    """Metals of either side, as ions or in a ligand, beside a lone pair of the other."""
    longest_a = search.criteria.metal_max_a
    metals = [side.metals for side in search.sides]
    if longest_a is None or not any(map(len, metals)):
        return None
    takers = [_taking(side.chemistry) for side in search.sides]
    ways = (metals[0], takers[1]), (takers[0], metals[1])
    pairs = [pairs_of_rows(search.sides, one, two, longest_a) for one, two in ways]
    return _joined(
        [AtomPairs(index_1=each.index_1, index_2=each.index_2) for each in pairs]
    )


def _apolar_ends(known: Known, criteria: BondCriteria) -> Iterator[AtomEnds]:
    if criteria.apolar_max_a:
        apolar = known.chemistry.is_apolar
        yield AtomEnds(apolar, apolar, criteria.apolar_max_a)


@finds("apolar_contact", _apolar_ends)
def apolar_contacts(search: Search) -> AtomPairs | None:
    """Near pairs of carbons that are bonded to nothing but carbon and hydrogen."""
    if search.criteria.apolar_max_a is None:
        return None
    (side_1, side_2), near = search.sides, search.near
    mask = near.distances_a <= search.criteria.apolar_max_a
    mask &= side_1.chemistry.is_apolar[near.index_1]
    mask &= side_2.chemistry.is_apolar[near.index_2]
    return AtomPairs(index_1=near.index_1[mask], index_2=near.index_2[mask])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Legs:
    """Polar atoms of one side near waters, sorted by water."""

    atom: IndexArray
    water: IndexArray
    distance_a: FloatArray


# Trajectories look for what shares a water in a way of its own.
@finds("water_mediated", lambda _known, _criteria: iter(()))
def water_bridges(search: Search) -> AtomPairs | None:
    """Polar atoms of both sides that touch the same water: of several, the shortest way."""
    criteria, waters = search.criteria.water_bridge, search.waters
    if criteria is None or waters is None or not len(waters):
        return None
    side_1, side_2 = search.sides
    oxygens = waters.select(waters.element == "O")
    legs_1, legs_2 = (_legs(side, oxygens, criteria) for side in search.sides)
    # Every leg of side 1 is joined with all legs of side 2 to the same water.
    first = np.searchsorted(legs_2.water, legs_1.water, side="left")
    last = np.searchsorted(legs_2.water, legs_1.water, side="right")
    count = last - first
    leg_1 = np.repeat(np.arange(len(count)), count)
    leg_2 = np.arange(len(leg_1)) - np.repeat(np.cumsum(count) - count - first, count)
    angle = angles_deg(
        side_1.atoms.coords[legs_1.atom[leg_1]],
        oxygens.coords[legs_1.water[leg_1]],
        side_2.atoms.coords[legs_2.atom[leg_2]],
    )
    is_open = angle >= criteria.angle_water_min_deg
    is_open &= angle <= criteria.angle_water_max_deg
    leg_1, leg_2 = leg_1[is_open], leg_2[is_open]
    way = legs_1.distance_a[leg_1] + legs_2.distance_a[leg_2]
    best = best_of_each_pair(legs_1.atom[leg_1], legs_2.atom[leg_2], way)
    leg_1, leg_2 = leg_1[best], leg_2[best]
    water = legs_1.water[leg_1]
    return AtomPairs(
        index_1=legs_1.atom[leg_1],
        index_2=legs_2.atom[leg_2],
        measures={
            "water_residue_index": oxygens.residue_index[water],
            **dict(zip(WATER_PLACE, oxygens.coords[water].T, strict=True)),
            "distance_water_1_a": legs_1.distance_a[leg_1],
            "distance_water_2_a": legs_2.distance_a[leg_2],
        },
    )


def _legs(side: PreparedSide, oxygens: Atoms, criteria: WaterBridgeCriteria) -> _Legs:
    site = side.site_of[0]
    rows = np.flatnonzero((site >= 0) & (side.atoms.element != "S"))
    can_bond = side.sites.is_donor | side.sites.is_acceptor
    rows = rows[can_bond[site[rows]]]
    coords = side.atoms.coords[rows]
    pairs = neighbour_pairs(oxygens.coords, coords, criteria.distance_max_a)
    atom = rows[pairs.index_2]
    angle = angles_deg(
        _antecedent_coords(side, site[atom]),
        side.atoms.coords[atom][:, None, :],
        oxygens.coords[pairs.index_1][:, None, :],
    )
    smallest = np.fmin.reduce(angle, axis=1)
    mask = pairs.distances_a >= criteria.distance_min_a
    mask &= ~(smallest < (criteria.angle_antecedent_min_deg or 0.0))
    return _Legs(
        atom=atom[mask], water=pairs.index_1[mask], distance_a=pairs.distances_a[mask]
    )
