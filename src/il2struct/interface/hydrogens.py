"""
Polar hydrogens: taken from the structure where it has them, else placed by geometry.

Crystal entries have no hydrogens. A donor whose heavy neighbours fix its hydrogens (amides,
guanidinium, indole, imidazole) gets them in the plane; a donor that turns freely (hydroxyl,
thiol, ammonium) gets, for each acceptor looked at, the hydrogen on its cone that points best at
that acceptor. Asn, Gln and His have sites in two states, as deposited and flipped; both ring
nitrogens of His can give and take, which covers its tautomers.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from il2struct.arrays import BoolArray, FloatArray, IndexArray, StrArray
from il2struct.interface.chemistry import PolarTypes, Topology
from il2struct.kernels.geometry import place_atom, unit_vectors
from il2struct.structure.model import Atoms

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


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PolarSites:
    """
    Possible donors and acceptors with their hydrogens, one row a site.

    Attributes
    ----------
    row : ndarray, shape=(s,), dtype=int
        Row of the atom.
    is_flipped : ndarray, shape=(s,), dtype=bool
        Whether the site exists only after a flip.
    element : ndarray, shape=(s,), dtype=str
        Element that stands there in this state.
    is_donor, is_acceptor : ndarray, shape=(s,), dtype=bool
        What it can do.
    hydrogens : ndarray, shape=(s, 3, 3), dtype=float
        Positions in Å of hydrogens that are fixed, NaN where there are no more.
    is_rotor : ndarray, shape=(s,), dtype=bool
        Whether its hydrogens turn freely about the bond to the antecedent.
    axis : ndarray, shape=(s, 3), dtype=float
        Unit vector from the antecedent to a rotor.
    antecedents : ndarray, shape=(s, 2), dtype=int
        Rows of heavy neighbours, -1 where there are no more.
    """

    row: IndexArray
    is_flipped: BoolArray
    element: StrArray
    is_donor: BoolArray
    is_acceptor: BoolArray
    hydrogens: FloatArray
    is_rotor: BoolArray
    axis: FloatArray
    antecedents: IndexArray


def polar_sites(atoms: Atoms, topology: Topology, types: PolarTypes) -> PolarSites:
    """
    Give every possible donor its hydrogens.

    Hydrogens of the structure come first: a donor that has any keeps just those, and in a residue
    that has hydrogens a donor without one gives none and a planar nitrogen with one takes none.
    All others are placed.

    Parameters
    ----------
    atoms : Atoms
        One partner of an interface.
    topology : Topology
        Its covalent bonds.
    types : PolarTypes
        Its polar atoms.

    Returns
    -------
    PolarSites
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
    reference = _references(topology, types.row)
    is_end = mask & (neighbours[:, 1] < 0) & (reference >= 0)
    rows = types.row[is_end]
    hydrogens[is_end, :2] = amide_hydrogens(
        atoms.coords[rows],
        atoms.coords[topology.neighbours[rows, 0]],
        atoms.coords[reference[is_end]],
        length_a=length_a[is_end],
    )
    return hydrogens


def _references(topology: Topology, rows: IndexArray) -> IndexArray:
    """For each atom, one other neighbour of its nearest neighbour, -1 if there is none."""
    antecedent = topology.neighbours[rows, 0]
    beyond = topology.neighbours[antecedent]
    is_other = (beyond >= 0) & (beyond != rows[:, None]) & (antecedent >= 0)[:, None]
    first = np.argmax(is_other, axis=1)
    reference: IndexArray = np.where(
        is_other.any(axis=1), beyond[np.arange(len(rows)), first], -1
    )
    return reference


def bond_lengths_a(element: StrArray) -> FloatArray:
    """
    Length of the bond from each donor to its hydrogens.

    Parameters
    ----------
    element : ndarray of str, shape=(n,)
        Donor elements.

    Returns
    -------
    ndarray, shape=(n,), dtype=float
        Å; NaN for elements that give no hydrogen.
    """
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
    Place the hydrogen of a donor with two neighbours on their outer bisector.

    Parameters
    ----------
    donor, antecedent_1, antecedent_2 : ndarray, shape=(n, 3)
        Positions in Å.
    length_a : ndarray, shape=(n,)
        Bond lengths in Å.

    Returns
    -------
    ndarray, shape=(n, 3), dtype=float
        Positions in Å; NaN if the three atoms lie on a line.

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
    """
    Place both hydrogens of a planar NH2 group.

    Parameters
    ----------
    donor, antecedent, reference : ndarray, shape=(n, 3)
        Nitrogen, its carbon, and another neighbour of that carbon, in Å.
    length_a : ndarray, shape=(n,)
        Bond lengths in Å.

    Returns
    -------
    ndarray, shape=(n, 2, 3), dtype=float
        The hydrogens cis and trans to the reference, in Å.
    """
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
    Place the hydrogen of a freely turning donor so that it points best at an acceptor.

    The hydrogen keeps the tetrahedral angle to the antecedent; of all torsions the one nearest to
    the acceptor is taken, whatever else stands there.

    Parameters
    ----------
    donor, acceptor : ndarray, shape=(n, 3)
        Positions in Å.
    axis : ndarray, shape=(n, 3)
        Unit vectors from the antecedent to the donor.
    length_a : ndarray, shape=(n,)
        Bond lengths in Å.

    Returns
    -------
    ndarray, shape=(n, 3), dtype=float
        Positions in Å.

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
