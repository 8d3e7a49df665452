import gemmi
import numpy as np
import pytest
from fragments import component
from hypothesis import given
from hypothesis import strategies as st

from arrays import frozen
from il2struct.bonds.chemistry import atom_chemistry, covalent_topology
from il2struct.bonds.sides import (
    TETRAHEDRAL_DEG,
    TRIGONAL_DEG,
    amide_hydrogens,
    bond_lengths_a,
    hydrogens_between,
    polar_sites,
    rotor_hydrogens,
)
from il2struct.kernels.geometry import angles_deg, distances
from il2struct.structure.model import Atoms, ChainImage, make_side

finite = st.floats(-5.0, 5.0, allow_nan=False)
vector = st.tuples(finite, finite, finite).map(np.array)


def without_hydrogens(atoms):
    return atoms.select(~atoms.is_hydrogen)


def sites_of(atoms):
    topology = covalent_topology(atoms)
    return polar_sites(atoms, topology, atom_chemistry(atoms, topology).polar)


def site(atoms, sites, name, *, is_flipped=False):
    mask = (atoms.atom_name[sites.row] == name) & (sites.is_flipped == is_flipped)
    (row,) = np.flatnonzero(mask)
    return int(row)


def own_hydrogens(atoms, name):
    topology = covalent_topology(atoms)
    (row,) = np.flatnonzero(atoms.atom_name == name)
    rows = topology.hydrogens[row]
    return atoms.coords[rows[rows >= 0]]


def test_hydrogen_between_two_neighbours_halves_the_outer_angle():
    donor = frozen([[0.3, -1.0, 2.0]])
    one, two = frozen([[-0.9, -0.7, 2.1]]), frozen([[0.9, 0.3, 2.4]])
    placed = hydrogens_between(donor, one, two, length_a=frozen([1.01]))
    # float64 rounding only.
    np.testing.assert_allclose(distances(placed, donor), [1.01], rtol=1e-12)
    first, second = angles_deg(one, donor, placed), angles_deg(two, donor, placed)
    np.testing.assert_allclose(first, second, rtol=1e-12)
    np.testing.assert_allclose(first + second + angles_deg(one, donor, two), 360.0)


def test_amide_hydrogens_lie_in_the_plane():
    donor, antecedent = frozen([[1.33, 0.0, 0.0]]), frozen([[0.0, 0.0, 0.0]])
    reference = frozen([[-0.6, 1.07, 0.0]])
    placed = amide_hydrogens(donor, antecedent, reference, length_a=frozen([1.01]))
    for k, torsion in enumerate((0.0, 180.0)):
        hydrogen = placed[:, k]
        np.testing.assert_allclose(distances(hydrogen, donor), [1.01])
        np.testing.assert_allclose(
            angles_deg(antecedent, donor, hydrogen), [TRIGONAL_DEG]
        )
        bond = (reference[0], antecedent[0], donor[0], hydrogen[0])
        found = gemmi.calculate_dihedral(*(gemmi.Position(*place) for place in bond))
        assert abs(np.degrees(found)) == pytest.approx(torsion, abs=1e-9)


@given(donor=vector, antecedent=vector, acceptor=vector)
def test_no_torsion_of_a_rotor_points_better(donor, antecedent, acceptor):
    axis = donor - antecedent
    if np.linalg.norm(axis) < 0.1 or np.linalg.norm(acceptor - donor) < 0.1:
        return
    axis = axis / np.linalg.norm(axis)
    placed = rotor_hydrogens(
        donor[None], axis[None], acceptor[None], length_a=np.array([0.97])
    )[0]
    np.testing.assert_allclose(np.linalg.norm(placed - donor), 0.97, rtol=1e-9)
    angle = angles_deg((donor - axis)[None], donor[None], placed[None])[0]
    np.testing.assert_allclose(angle, TETRAHEDRAL_DEG, rtol=1e-9)
    # Slow version: scan the cone.
    sideways = np.linalg.svd(axis[None])[2][1:]
    torsion = np.linspace(0.0, 2.0 * np.pi, 360, endpoint=False)
    ring = (
        np.cos(torsion)[:, None] * sideways[0] + np.sin(torsion)[:, None] * sideways[1]
    )
    cone = np.radians(180.0 - TETRAHEDRAL_DEG)
    scanned = donor + 0.97 * (np.cos(cone) * axis + np.sin(cone) * ring)
    nearest = np.linalg.norm(scanned - acceptor, axis=1).min()
    # Rounding of two norms of size 10.
    assert np.linalg.norm(placed - acceptor) <= nearest + 1e-9


def test_only_donor_elements_have_a_bond_length():
    lengths = bond_lengths_a(np.array(["N", "O", "S", "C"]))
    assert lengths[:3].tolist() == [1.01, 0.97, 1.34]
    assert np.isnan(lengths[3])


FIXED = [
    ("ARG", "NE"),
    ("ARG", "NH1"),
    ("ARG", "NH2"),
    ("ASN", "ND2"),
    ("GLN", "NE2"),
    ("HIS", "ND1"),
    ("HIS", "NE2"),
    ("TRP", "NE1"),
    ("NAG", "N2"),
]


@pytest.mark.parametrize(("name", "atom"), FIXED)
def test_fixed_hydrogens_are_where_the_component_dictionary_has_them(name, atom):
    full = component(name)
    bare = without_hydrogens(full)
    sites = sites_of(bare)
    placed = sites.hydrogens[site(bare, sites, atom)]
    placed = placed[np.isfinite(placed[:, 0])]
    expected = own_hydrogens(full, atom)
    assert len(placed) == len(expected)
    away = np.linalg.norm(placed[:, None] - expected[None], axis=2).min(axis=1)
    # Worst of these nine is 0.041 Å: its N-H are 0.97 or 1.02 Å long, ours 1.01 Å.
    assert away.max() < 0.05


@pytest.mark.parametrize(
    ("name", "atom"),
    [
        ("LYS", "NZ"),
        ("SER", "OG"),
        ("THR", "OG1"),
        ("TYR", "OH"),
        ("CYS", "SG"),
        ("NAG", "O3"),
    ],
)
def test_rotors_are_as_long_and_as_bent_as_in_the_component_dictionary(name, atom):
    full = component(name)
    bare = without_hydrogens(full)
    sites = sites_of(bare)
    k = site(bare, sites, atom)
    assert sites.is_rotor[k]
    assert sites.is_donor[k]
    hydrogens = own_hydrogens(full, atom)
    donor = bare.coords[sites.row[k]][None]
    antecedent = bare.coords[sites.antecedents[k, 0]][None]
    length = bond_lengths_a(sites.element[[k]])[0]
    # The dictionary scatters by 0.005 Å around our lengths.
    np.testing.assert_allclose(distances(hydrogens, donor), length, atol=0.01)
    angle = angles_deg(antecedent, donor, hydrogens)
    # Worst: C-S-H 100°; one angle for all rotors is our simplification (docs/bonds.md).
    np.testing.assert_allclose(angle, TETRAHEDRAL_DEG, atol=10.0)


@pytest.mark.entries
def test_placed_hydrogens_are_near_those_of_an_nmr_entry(real_entry):
    entry = real_entry("2NA8.cif")
    full = make_side(entry, [ChainImage("A")], label="", role="").atoms
    topology = covalent_topology(full)
    heavy_rows = np.flatnonzero(~full.is_hydrogen)
    bare = full.select(heavy_rows)
    sites = sites_of(bare)
    backbone, side_chain = [], []
    for k in np.flatnonzero(sites.is_donor & ~sites.is_rotor & ~sites.is_flipped):
        own = topology.hydrogens[heavy_rows[sites.row[k]]]
        own = full.coords[own[own >= 0]]
        placed = sites.hydrogens[k][np.isfinite(sites.hydrogens[k][:, 0])]
        away = np.linalg.norm(placed[:, None] - own[None], axis=2).min(axis=1)
        is_backbone = bare.atom_name[sites.row[k]] == "N"
        (backbone if is_backbone else side_chain).extend(away)
    assert len(backbone) == 42  # 44 residues: no Pro, less the first and its N-terminus
    assert len(side_chain) == 27
    # Measured 0.045 and 0.034 Å; NMR entries have idealised hydrogens of their own force field.
    assert np.sqrt(np.mean(np.square(backbone))) < 0.06
    assert np.sqrt(np.mean(np.square(side_chain))) < 0.05


@pytest.mark.entries
def test_hydrogens_of_the_entry_are_used(real_entry):
    entry = real_entry("2NA8.cif")
    atoms = make_side(entry, [ChainImage("A")], label="", role="").atoms
    sites = sites_of(atoms)
    used = sites.hydrogens[
        np.isfinite(sites.hydrogens[..., 0]) & ~sites.is_flipped[:, None]
    ]
    polar_hydrogens = {
        tuple(atoms.coords[row])
        for rows in covalent_topology(atoms).hydrogens[
            np.isin(atoms.element, ["N", "O", "S"])
        ]
        for row in rows
        if row >= 0
    }
    assert {tuple(position) for position in used} == polar_hydrogens
    assert not sites.is_rotor[~sites.is_flipped].any()


def test_a_tautomer_with_hydrogens_is_taken_as_it_is():
    full = component("HIS")
    delta_only = full.select(full.atom_name != "HE2")
    sites = sites_of(delta_only)
    delta, epsilon = (site(delta_only, sites, name) for name in ("ND1", "NE2"))
    assert (sites.is_donor[delta], sites.is_acceptor[delta]) == (True, False)
    assert (sites.is_donor[epsilon], sites.is_acceptor[epsilon]) == (False, True)


def test_without_hydrogens_both_tautomers_are_open():
    bare = without_hydrogens(component("HIS"))
    sites = sites_of(bare)
    for name in ("ND1", "NE2"):
        k = site(bare, sites, name)
        assert sites.is_donor[k]
        assert sites.is_acceptor[k]


def test_flipped_amide_gives_from_the_place_of_its_oxygen():
    bare = without_hydrogens(component("ASN"))
    sites = sites_of(bare)
    deposited, flipped = (site(bare, sites, "OD1", is_flipped=f) for f in (False, True))
    assert not sites.is_donor[deposited]
    assert sites.is_donor[flipped]
    hydrogens = sites.hydrogens[flipped][:2]
    donor = bare.coords[bare.atom_name == "OD1"]
    carbon = bare.coords[bare.atom_name == "CG"]
    np.testing.assert_allclose(distances(hydrogens, donor), 1.01)
    np.testing.assert_allclose(angles_deg(carbon, donor, hydrogens), TRIGONAL_DEG)
    taker = site(bare, sites, "ND2", is_flipped=True)
    assert sites.is_acceptor[taker]
    assert not sites.is_donor[taker]


def test_proline_gives_no_hydrogen_and_a_first_residue_turns_freely():
    for name, gives in (("PRO", False), ("ALA", True)):
        bare = without_hydrogens(component(name))
        sites = sites_of(bare)
        k = site(bare, sites, "N")
        assert bool(sites.is_donor[k]) is gives
        assert bool(sites.is_rotor[k]) is gives


def test_a_thioether_and_a_disulphide_give_no_hydrogen():
    bare = without_hydrogens(component("MET"))
    sites = sites_of(bare)
    assert not sites.is_donor[site(bare, sites, "SD")]
    one = without_hydrogens(component("CYS"))
    shift = one.coords[one.atom_name == "SG"][0] - one.coords[one.atom_name == "CB"][0]
    sulfur = one.select(one.atom_name == "SG")
    both = Atoms(
        **{
            name: np.concatenate([getattr(one, name), getattr(sulfur, name)])
            for name in Atoms.__slots__
            if name != "coords"
        },
        coords=np.concatenate([one.coords, sulfur.coords + 1.1 * shift]),
    )
    sites = sites_of(both)
    assert not sites.is_donor[both.element[sites.row] == "S"][0]


def test_nothing_polar_is_no_error():
    bare = without_hydrogens(component("ALA"))
    sites = sites_of(bare.select(bare.element == "C"))
    assert len(sites.row) == 0
