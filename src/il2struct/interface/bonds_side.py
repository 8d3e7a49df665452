"""One partner of an interface, made ready for bonds: done once, used in all its interfaces."""

import functools
from dataclasses import dataclass
from typing import Final

import numpy as np

from il2struct.arrays import FloatArray, IndexArray
from il2struct.data import rows_of
from il2struct.interface.chemistry import (
    AtomChemistry,
    Topology,
    atom_chemistry,
    covalent_topology,
    name_keys,
)
from il2struct.interface.hydrogens import PolarSites, polar_sites
from il2struct.kernels.geometry import ring_normal
from il2struct.structure.model import Atoms, Side, concatenated

#: Atoms of the largest aromatic ring of an amino acid.
MAX_RING_SIZE: Final = 6


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rings:
    """
    Aromatic rings, one row a ring.

    Attributes
    ----------
    rows : ndarray, shape=(r, 6), dtype=int
        Rows of the atoms, -1 after the last of a five-membered ring.
    centres, normals : ndarray, shape=(r, 3), dtype=float
        Centre in Å and unit normal.
    """

    rows: IndexArray
    centres: FloatArray
    normals: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PreparedSide:
    """
    A side with its chemistry and hydrogens.

    Attributes
    ----------
    atoms : Atoms
        Polymer, then glycans; every index of a bond is a row of it.
    n_polymer : int
        Rows from here on are glycan atoms.
    heavy : ndarray of int
        Rows of atoms other than hydrogen.
    chemistry : AtomChemistry
        Donors, acceptors, charges.
    sites : PolarSites
        Donors and acceptors with hydrogens.
    site_of : ndarray, shape=(2, n), dtype=int
        Row in `sites` of each atom, as deposited and flipped; -1 if it has none.
    charge_centre : ndarray, shape=(n, 3), dtype=float
        Centre of the charged group an atom belongs to in Å, NaN if it belongs to none.
    sulfurs : ndarray of int
        Sulphur atoms of cysteines.
    rings : Rings
        Aromatic rings.
    cations : ndarray of int
        Atoms that stand for a positive charge over a ring: Lys NZ, Arg CZ.
    """

    atoms: Atoms
    n_polymer: int
    heavy: IndexArray
    chemistry: AtomChemistry
    sites: PolarSites
    site_of: IndexArray
    charge_centre: FloatArray
    sulfurs: IndexArray
    rings: Rings
    cations: IndexArray


def prepare_side(side: Side) -> PreparedSide:
    """
    Work out, once per side, all that bonds need to know of it alone.

    Parameters
    ----------
    side : Side
        Polymer and glycan atoms of one partner.

    Returns
    -------
    PreparedSide
    """
    atoms = concatenated([side.atoms, side.glycans])
    topology = covalent_topology(atoms)
    chemistry = atom_chemistry(atoms, topology)
    return prepare_atoms(
        atoms,
        topology,
        chemistry,
        key=name_keys(atoms.residue_name, atoms.atom_name),
        n_polymer=len(side.atoms),
    )


def prepare_atoms(
    atoms: Atoms,
    topology: Topology,
    chemistry: AtomChemistry,
    *,
    key: IndexArray,
    n_polymer: int,
) -> PreparedSide:
    """
    Place hydrogens, charges and rings of atoms whose covalent bonds are known.

    Parameters
    ----------
    atoms : Atoms
        Polymer, then glycans.
    topology : Topology
        Their covalent bonds.
    chemistry : AtomChemistry
        What they can do.
    key : ndarray of int, shape=(n,)
        Their names, by `name_keys`.
    n_polymer : int
        Rows from here on are glycan atoms.

    Returns
    -------
    PreparedSide
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
        sulfurs=np.flatnonzero(np.isin(key, _name_keys(_CYSTEINE_SULFURS))),
        rings=_rings(atoms, key),
        cations=np.flatnonzero(np.isin(key, _name_keys(_CATION_ATOMS))),
    )


_CYSTEINE_SULFURS: Final = (("CYS", "SG"), ("CYX", "SG"))
_CATION_ATOMS: Final = (("LYS", "NZ"), ("ARG", "CZ"))


@functools.cache
def _name_keys(names: tuple[tuple[str, str], ...]) -> IndexArray:
    residues, atoms = zip(*names, strict=True)
    return name_keys(np.array(residues), np.array(atoms))


def _charge_centres(
    atoms: Atoms, chemistry: AtomChemistry, antecedent: IndexArray
) -> FloatArray:
    """Mean position of each charged group; an acid is told by its centre, a base by its residue."""
    centres = np.full((len(atoms), 3), np.nan)
    is_positive = chemistry.is_base | chemistry.is_imidazole
    for mask, label in (
        (chemistry.is_acid, antecedent),
        (is_positive, atoms.residue_index),
    ):
        rows = np.flatnonzero(mask)
        _, group = np.unique(label[rows], return_inverse=True)
        count = np.bincount(group)
        sums = [np.bincount(group, atoms.coords[rows, axis]) for axis in range(3)]
        centres[rows] = (np.stack(sums, axis=1) / count[:, None])[group]
    return centres


@functools.cache
def _ring_types() -> tuple[tuple[IndexArray, IndexArray], ...]:
    """For each kind of ring its sorted name keys, and the place of each in the ring."""
    types = []
    for row in rows_of("rings.csv"):
        names = row["atoms"].split()
        key = name_keys(np.full(len(names), row["residue"]), np.array(names))
        types.append((np.sort(key), np.argsort(key)))
    return tuple(types)


def _rings(atoms: Atoms, key: IndexArray) -> Rings:
    every = np.sort(np.concatenate([ring_key for ring_key, _ in _ring_types()]))
    in_ring = np.flatnonzero(np.isin(key, every))
    found = [
        _rings_of_type(atoms.residue_index, key, in_ring, ring_key, place)
        for ring_key, place in _ring_types()
    ]
    rows = np.concatenate([np.zeros((0, MAX_RING_SIZE), dtype=np.int64), *found])
    centres, normals = np.zeros((len(rows), 3)), np.zeros((len(rows), 3))
    sizes = (rows >= 0).sum(axis=1)
    for size in np.unique(sizes).tolist():
        plane = ring_normal(atoms.coords[rows[sizes == size, :size]])
        centres[sizes == size], normals[sizes == size] = plane.centre, plane.normal
    return Rings(rows=rows, centres=centres, normals=normals)


def _rings_of_type(
    residue_index: IndexArray,
    key: IndexArray,
    in_ring: IndexArray,
    ring_key: IndexArray,
    place: IndexArray,
) -> IndexArray:
    """Atoms of all whole rings of one type, one row a ring, in bonded order."""
    rows = in_ring[np.isin(key[in_ring], ring_key)]
    if not len(rows):
        return np.zeros((0, MAX_RING_SIZE), dtype=np.int64)
    position = place[np.searchsorted(ring_key, key[rows])]
    rows = rows[np.lexsort((position, residue_index[rows]))]
    # A ring with a missing atom has no centre.
    _, group, count = np.unique(
        residue_index[rows], return_inverse=True, return_counts=True
    )
    rows = rows[count[group] == len(ring_key)].reshape(-1, len(ring_key))
    padded = np.full((len(rows), MAX_RING_SIZE), -1, dtype=np.int64)
    padded[:, : len(ring_key)] = rows
    return padded
