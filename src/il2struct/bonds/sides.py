"""
A side made ready for bonds: its chemistry, charges and rings, and its polar hydrogens.

Hydrogens are taken from the structure where it has them, else placed by geometry. Crystal entries
have none. A donor whose heavy neighbours fix its hydrogens (amides, guanidinium, indole,
imidazole) gets them in the plane; a donor that turns freely (hydroxyl, thiol, ammonium) gets, for
each acceptor looked at, the hydrogen on its cone that points best at that acceptor. Asn, Gln and
His have sites in two states, as deposited and flipped; both ring nitrogens of His can give and
take, which covers its tautomers.
"""

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import gemmi
import numpy as np

from il2struct.arrays import BoolArray, FloatArray, IndexArray, StrArray
from il2struct.bonds.chemistry import (
    NO_KEY,
    AtomChemistry,
    PolarTypes,
    Topology,
    atom_chemistry,
    covalent_topology,
    name_keys,
)
from il2struct.bonds.criteria import PLIP_HALOGEN
from il2struct.data import rows_of
from il2struct.kernels.geometry import place_atom, ring_normal, unit_vectors
from il2struct.structure.model import Atoms, Component, Side, concatenated

#: Bond length to hydrogen in Å by donor element: ideal coordinates of the amino acids in the
#: Chemical Component Dictionary (N-H 1.01, O-H 0.97, S-H 1.34).
HYDROGEN_BOND_LENGTH_A: Final = {"N": 1.01, "O": 0.97, "S": 1.34}
#: Angle antecedent-donor-hydrogen in degrees of a tetrahedral donor (sp3).
TETRAHEDRAL_DEG: Final = 109.5
#: Angle antecedent-donor-hydrogen in degrees of a planar NH2 group (sp2).
TRIGONAL_DEG: Final = 120.0
#: Most hydrogens on one donor.
MAX_HYDROGENS: Final = 3
#: Heavy neighbours of a site that enter its angles; none of the polar atoms has more that matter.
MAX_ANTECEDENTS: Final = 2
#: Atoms of the smallest and the largest ring that counts as aromatic.
MIN_RING_SIZE: Final = 5
MAX_RING_SIZE: Final = 6
#: Largest angle between the planes at two atoms of a flat ring (PLIP 2, ``AROMATIC_PLANARITY``).
PLANE_MAX_DEG: Final = 5.0
#: Residues whose rings stand in a table, or are none.
AMINO_ACIDS: Final = sorted(
    {row["residue"] for row in rows_of("donors_acceptors.csv")}
    | {"ALA", "GLY", "ILE", "LEU", "MSE", "PHE", "VAL"}
)
#: Sorted name keys of the atoms of a kind of ring, and the place of each in the ring.
RingType: TypeAlias = tuple[IndexArray, IndexArray]
CYSTEINE_SULFURS: Final = (("CYS", "SG"), ("CYX", "SG"))
#: Atoms that stand for a positive charge over a ring.
CATION_ATOMS: Final = (("LYS", "NZ"), ("ARG", "CZ"))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PolarSites:
    """Possible donors and acceptors with their hydrogens, one row a site."""

    #: Row of the atom; whether the site exists only after a flip; the element that stands there.
    row: IndexArray
    is_flipped: BoolArray
    element: StrArray
    is_donor: BoolArray
    is_acceptor: BoolArray
    #: Hydrogens that are fixed, shape (s, 3, 3) in Å, NaN where there are no more.
    hydrogens: FloatArray
    #: Whether the hydrogens turn freely about the bond to the antecedent, and about what axis:
    #: the unit vector from the antecedent to the donor.
    is_rotor: BoolArray
    axis: FloatArray
    #: Rows of heavy neighbours, shape (s, 2), -1 where there are no more.
    antecedents: IndexArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rings:
    """Aromatic rings, one row a ring."""

    #: Rows of the atoms, shape (r, 6), -1 after the last of a five-membered ring.
    rows: IndexArray
    #: Centre in Å and unit normal, shape (r, 3).
    centres: FloatArray
    normals: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PreparedSide:
    """
    One partner of an interface with all that bonds need to know of it alone.

    `prepare_side` works it out once, whatever number of interfaces and presets it serves.
    """

    #: Polymer, then glycans from row `n_polymer` on; every index of a bond is a row of it.
    atoms: Atoms
    n_polymer: int
    #: Rows of atoms other than hydrogen.
    heavy: IndexArray
    chemistry: AtomChemistry
    sites: PolarSites
    #: Row in `sites` of each atom, as deposited and flipped, shape (2, n); -1 if it has none.
    site_of: IndexArray
    #: Centre in Å of the charged group an atom belongs to, shape (n, 3); NaN if to none.
    charge_centre: FloatArray
    #: Rows of cysteine sulphurs.
    sulfurs: IndexArray
    rings: Rings
    #: Rows of atoms that stand for a positive charge over a ring.
    cations: IndexArray
    #: Rows of halogens and of metals.
    halogens: IndexArray
    metals: IndexArray


def prepare_side(side: Side, components: tuple[Component, ...] = ()) -> PreparedSide:
    """Work out, once per side, all that bonds need to know of it alone; ``components`` are ligands known."""
    atoms = concatenated([side.atoms, side.glycans])
    topology = covalent_topology(atoms)
    chemistry = atom_chemistry(atoms, topology, components)
    key = name_keys(atoms.residue_name, atoms.atom_name)
    return prepare_atoms(
        atoms,
        topology,
        chemistry,
        key=key,
        ring_types=planar_rings(atoms, topology, key),
        n_polymer=len(side.atoms),
    )


def prepare_atoms(
    atoms: Atoms,
    topology: Topology,
    chemistry: AtomChemistry,
    *,
    key: IndexArray,
    ring_types: Sequence[RingType] = (),
    n_polymer: int,
) -> PreparedSide:
    """
    Place hydrogens, charges and rings of atoms (`key`: names by `name_keys`) with known bonds.

    ``ring_types`` are those that the table of amino acids lacks.
    """
    sites = polar_sites(atoms, topology, chemistry.polar)
    site_of = np.full((2, len(atoms)), -1, dtype=np.int64)
    site_of[sites.is_flipped.astype(np.int64), sites.row] = np.arange(len(sites.row))
    return PreparedSide(
        atoms=atoms,
        n_polymer=n_polymer,
        heavy=np.flatnonzero(~atoms.is_hydrogen),
        chemistry=chemistry,
        sites=sites,
        site_of=site_of,
        charge_centre=_charge_centres(atoms, chemistry, topology.neighbours[:, 0]),
        sulfurs=np.flatnonzero(np.isin(key, _keys_of(CYSTEINE_SULFURS))),
        rings=_rings(atoms, key, (*_ring_types(), *ring_types)),
        cations=np.flatnonzero(np.isin(key, _keys_of(CATION_ATOMS))),
        halogens=np.flatnonzero(np.isin(atoms.element, PLIP_HALOGEN.elements)),
        metals=np.flatnonzero(is_metal_atom(atoms)),
    )


def is_metal_atom(atoms: Atoms) -> BoolArray:
    """Mask of the metals among atoms."""
    metals = [each for each in set(atoms.element.tolist()) if _is_metal(each)]
    return np.isin(atoms.element, metals)


@functools.cache
def _is_metal(element: str) -> bool:
    return gemmi.Element(element).is_metal


@functools.cache
def _keys_of(names: tuple[tuple[str, str], ...]) -> IndexArray:
    residues, atoms = zip(*names, strict=True)
    return name_keys(np.array(residues), np.array(atoms))


def _charge_centres(
    atoms: Atoms, chemistry: AtomChemistry, antecedent: IndexArray
) -> FloatArray:
    """Mean position of each charged group; an acid is told by its centre, a base by its residue."""
    centres = np.full((len(atoms), 3), np.nan)
    positive = chemistry.is_base | chemistry.is_imidazole
    groups = (chemistry.is_acid, antecedent), (positive, atoms.residue_index)
    for mask, label in groups:
        rows = np.flatnonzero(mask)
        _, group = np.unique(label[rows], return_inverse=True)
        count = np.bincount(group)
        sums = [np.bincount(group, atoms.coords[rows, axis]) for axis in range(3)]
        centres[rows] = (np.stack(sums, axis=1) / count[:, None])[group]
    return centres


@functools.cache
def _ring_types() -> tuple[RingType, ...]:
    types = []
    for row in rows_of("rings.csv"):
        names = row["atoms"].split()
        key = name_keys(np.full(len(names), row["residue"]), np.array(names))
        types.append((np.sort(key), np.argsort(key)))
    return tuple(types)


def planar_rings(
    atoms: Atoms, topology: Topology, key: IndexArray
) -> tuple[RingType, ...]:
    """
    Find what is flat of the rings of ligands, nucleotides and other residues than amino acids.

    Five or six atoms of C, N, O and S in one residue, as flat as PLIP asks; what is flat in one residue
    of a name is a ring of all.
    """
    is_usual = np.isin(atoms.residue_name, AMINO_ACIDS) | (key == NO_KEY)
    rows = np.flatnonzero(~is_usual & np.isin(atoms.element, ["C", "N", "O", "S"]))
    types: dict[bytes, RingType] = {}
    for residue in np.unique(atoms.residue_index[rows]).tolist():
        own = rows[atoms.residue_index[rows] == residue].tolist()
        near = {
            row: [n for n in topology.neighbours[row].tolist() if n in own]
            for row in own
        }
        for ring in _cycles(near):
            if _is_planar(atoms.coords[ring]):
                names = np.sort(key[ring])
                types[names.tobytes()] = names, np.argsort(key[ring])
    return tuple(types.values())


def _cycles(near: Mapping[int, Sequence[int]]) -> list[list[int]]:
    """Rings of five and six atoms in a graph, each once, in their order around."""
    found: dict[frozenset[int], list[int]] = {}

    def walk(path: list[int]) -> None:
        for after in near[path[-1]]:
            if after == path[0] and len(path) >= MIN_RING_SIZE:
                found.setdefault(frozenset(path), path)
            elif after > path[0] and after not in path and len(path) < MAX_RING_SIZE:
                walk([*path, after])

    for start in near:
        walk([start])
    return list(found.values())


def _is_planar(ring: FloatArray) -> bool:
    """Whether the planes at all atoms (n, 3) of a ring, in order, agree."""
    to_neighbours = np.roll(ring, 1, axis=0) - ring, np.roll(ring, -1, axis=0) - ring
    normals = unit_vectors(np.cross(*to_neighbours))
    least = np.cos(np.radians(PLANE_MAX_DEG))
    return bool((np.abs(normals @ normals.T) >= least).all())


def _rings(atoms: Atoms, key: IndexArray, types: Sequence[RingType]) -> Rings:
    """All whole aromatic rings, type by type: a ring with a missing atom has no centre."""
    in_ring = np.flatnonzero(np.isin(key, np.concatenate([ring for ring, _ in types])))
    parts = [np.zeros((0, MAX_RING_SIZE), dtype=np.int64)]
    for ring_key, place in types:
        rows = in_ring[np.isin(key[in_ring], ring_key)]
        if not len(rows):
            continue
        residue = atoms.residue_index[rows]
        order = np.lexsort((place[np.searchsorted(ring_key, key[rows])], residue))
        _, group, count = np.unique(
            residue[order], return_inverse=True, return_counts=True
        )
        whole = rows[order][count[group] == len(ring_key)].reshape(-1, len(ring_key))
        missing = MAX_RING_SIZE - len(ring_key)
        parts.append(np.pad(whole, ((0, 0), (0, missing)), constant_values=-1))
    rows = np.concatenate(parts)
    centres, normals = np.zeros((len(rows), 3)), np.zeros((len(rows), 3))
    sizes = (rows >= 0).sum(axis=1)
    for size in np.unique(sizes).tolist():
        plane = ring_normal(atoms.coords[rows[sizes == size, :size]])
        centres[sizes == size], normals[sizes == size] = plane.centre, plane.normal
    return Rings(rows=rows, centres=centres, normals=normals)


def polar_sites(atoms: Atoms, topology: Topology, types: PolarTypes) -> PolarSites:
    """
    Give every possible donor its hydrogens.

    Hydrogens of the structure come first: a donor that has any keeps just those, and in a residue
    that has hydrogens a donor without one gives none and a planar nitrogen with one takes none.
    All others are placed.
    """
    own = topology.hydrogens[types.row]
    has_own = (own[:, 0] >= 0) & ~types.is_flipped
    n_residues = int(atoms.residue_index.max(initial=-1)) + 1
    residue_has = np.zeros(n_residues, dtype=bool)
    residue_has[atoms.residue_index[atoms.is_hydrogen]] = True
    is_settled = residue_has[atoms.residue_index[types.row]] & ~types.is_flipped
    n_bonds = topology.n_neighbours[types.row]
    is_placed = (types.n_hydrogens > 0) & ~is_settled & (n_bonds > 0)
    is_rotor = is_placed & ~types.is_trigonal & (n_bonds == 1)
    hydrogens = _fixed_hydrogens(atoms, topology, types, is_placed & ~is_rotor)
    rows = own[has_own][:, :MAX_HYDROGENS]
    hydrogens[has_own] = np.where((rows >= 0)[..., None], atoms.coords[rows], np.nan)
    antecedents = topology.neighbours[types.row][:, :MAX_ANTECEDENTS]
    axis = np.full((len(types.row), 3), np.nan)
    axis[is_rotor] = unit_vectors(
        atoms.coords[types.row[is_rotor]] - atoms.coords[antecedents[is_rotor, 0]]
    )
    is_bound_nitrogen = has_own & types.is_trigonal & (types.element == "N")
    return PolarSites(
        row=types.row,
        is_flipped=types.is_flipped,
        element=types.element,
        is_donor=is_rotor | np.isfinite(hydrogens[:, 0, 0]),
        is_acceptor=types.is_acceptor & ~is_bound_nitrogen,
        hydrogens=hydrogens,
        is_rotor=is_rotor,
        axis=axis,
        antecedents=antecedents,
    )


def _fixed_hydrogens(
    atoms: Atoms, topology: Topology, types: PolarTypes, mask: BoolArray
) -> FloatArray:
    """Place the hydrogens that the heavy neighbours fix."""
    hydrogens = np.full((len(types.row), MAX_HYDROGENS, 3), np.nan)
    neighbours = topology.neighbours[types.row]
    length_a = bond_lengths_a(types.element)
    is_between = mask & (neighbours[:, 1] >= 0) & (neighbours[:, 2] < 0)
    rows = types.row[is_between]
    hydrogens[is_between, 0] = hydrogens_between(
        atoms.coords[rows],
        atoms.coords[topology.neighbours[rows, 0]],
        atoms.coords[topology.neighbours[rows, 1]],
        length_a=length_a[is_between],
    )
    # A planar NH2 lies in the plane of its antecedent's first other neighbour.
    antecedent = neighbours[:, 0]
    beyond = topology.neighbours[antecedent]
    is_other = (beyond >= 0) & (beyond != types.row[:, None])
    is_other &= (antecedent >= 0)[:, None]
    reference = beyond[np.arange(len(beyond)), np.argmax(is_other, axis=1)]
    is_end = mask & (neighbours[:, 1] < 0) & is_other.any(axis=1)
    rows = types.row[is_end]
    hydrogens[is_end, :2] = amide_hydrogens(
        atoms.coords[rows],
        atoms.coords[topology.neighbours[rows, 0]],
        atoms.coords[reference[is_end]],
        length_a=length_a[is_end],
    )
    return hydrogens


def bond_lengths_a(element: StrArray) -> FloatArray:
    """Length in Å of the bond from each donor to its hydrogens; NaN for elements that give none."""
    lengths = np.full(len(element), np.nan)
    for symbol, length_a in HYDROGEN_BOND_LENGTH_A.items():
        lengths[element == symbol] = length_a
    return lengths


def hydrogens_between(
    donor: FloatArray,
    antecedent_1: FloatArray,
    antecedent_2: FloatArray,
    *,
    length_a: FloatArray,
) -> FloatArray:
    """
    Place the hydrogen (n, 3) of a donor with two neighbours on their outer bisector.

    NaN if the three atoms lie on a line.

    Examples
    --------
    >>> hydrogens_between(np.zeros((1, 3)), np.array([[-1.0, 1, 0]]), np.array([[-1.0, -1, 0]]),
    ...                   length_a=np.array([1.0])).round(9).tolist()
    [[1.0, 0.0, 0.0]]
    """
    outward = unit_vectors(donor - antecedent_1) + unit_vectors(donor - antecedent_2)
    placed: FloatArray = donor + length_a[:, None] * unit_vectors(outward)
    return placed


def amide_hydrogens(
    donor: FloatArray,
    antecedent: FloatArray,
    reference: FloatArray,
    *,
    length_a: FloatArray,
) -> FloatArray:
    """Place both hydrogens (n, 2, 3) of a planar NH2 group, cis and trans to `reference`, a neighbour of the antecedent."""
    both = [
        place_atom(
            reference,
            antecedent,
            donor,
            length_a=length_a,
            angle_deg=TRIGONAL_DEG,
            dihedral_deg=dihedral_deg,
        )
        for dihedral_deg in (0.0, 180.0)
    ]
    return np.stack(both, axis=1)


def rotor_hydrogens(
    donor: FloatArray, axis: FloatArray, acceptor: FloatArray, *, length_a: FloatArray
) -> FloatArray:
    """
    Place the hydrogen (n, 3) of a freely turning donor so that it points best at an acceptor.

    The hydrogen keeps the tetrahedral angle to the antecedent, from which `axis` points to the
    donor; of all torsions the one nearest to the acceptor is taken, whatever else stands there.

    Examples
    --------
    The acceptor stands at a right angle to the bond, so the hydrogen leans that way:

    >>> rotor_hydrogens(np.zeros((1, 3)), np.array([[0.0, 0, 1]]), np.array([[2.8, 0, 0]]),
    ...                 length_a=np.array([1.0])).round(3).tolist()
    [[0.943, 0.0, 0.334]]
    """
    direction = unit_vectors(acceptor - donor)
    along = np.sum(direction * axis, axis=1, keepdims=True)
    sideways = direction - along * axis
    # On the axis every torsion is as good as any other.
    is_on_axis = np.linalg.norm(sideways, axis=1) < 1e-9
    sideways[is_on_axis] = np.cross(
        axis[is_on_axis], np.eye(3)[np.argmin(np.abs(axis[is_on_axis]), axis=1)]
    )
    cone_rad = np.radians(180.0 - TETRAHEDRAL_DEG)
    bond = np.cos(cone_rad) * axis + np.sin(cone_rad) * unit_vectors(sideways)
    placed: FloatArray = donor + length_a[:, None] * bond
    return placed
