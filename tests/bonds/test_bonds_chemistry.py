import itertools

import biotite.structure as struc
import biotite.structure.info as info
import numpy as np
import pytest
from fragments import component

from il2struct.bonds.chemistry import (
    MAX_NEIGHBOURS,
    NO_KEY,
    atom_chemistry,
    covalent_topology,
    name_keys,
)
from il2struct.structure.model import Atoms, ChainImage, concatenated, make_side

# fmt: off
STANDARD = [
    "ALA", "ARG", "ASN", "ASP", "CYS", "GLN", "GLU", "GLY", "HIS", "ILE",
    "LEU", "LYS", "MET", "PHE", "PRO", "SER", "THR", "TRP", "TYR", "VAL",
]
# fmt: on


def heavy_component(name):
    atoms = component(name)
    return atoms.select(~atoms.is_hydrogen)


def chemistry_of(atoms):
    return atom_chemistry(atoms, covalent_topology(atoms))


def polar_by_name(atoms, *, is_flipped=False):
    polar = chemistry_of(atoms).polar
    return {
        str(atoms.atom_name[polar.row[k]]): (
            int(polar.n_hydrogens[k]),
            bool(polar.is_acceptor[k]),
        )
        for k in np.flatnonzero(polar.is_flipped == is_flipped)
    }


def names(atoms, mask):
    return set(atoms.atom_name[mask].tolist())


def test_keys_tell_all_names_apart():
    letters = ["", "A", "B", "1", "'", "AB", "BA", "ABC", "OXT", "HD21"]
    residues = ["", "A", "ALA", "DA", "12345"]
    both = list(itertools.product(residues, letters))
    keys = name_keys(np.array([r for r, _ in both]), np.array([a for _, a in both]))
    assert len(set(keys.tolist())) == len(both)
    assert (keys >= 0).all()


def test_names_that_do_not_fit_have_no_key():
    keys = name_keys(
        np.array(["ABCDEF", "ALA", "ÅLA"]), np.array(["CA", "HD211", "CA"])
    )
    assert keys.tolist() == [NO_KEY] * 3


@pytest.mark.parametrize("name", [*STANDARD, "NAG", "MSE", "SEP", "TYS", "HEM"])
def test_bonds_are_those_of_the_component_dictionary(name):
    atoms = component(name)
    topology = covalent_topology(atoms)
    ours = {
        (min(i, j), max(i, j))
        for i in range(len(atoms))
        for j in [*topology.neighbours[i], *topology.hydrogens[i]]
        if j >= 0
    }
    reference = info.residue(name).bonds.as_array()[:, :2]
    metal = np.flatnonzero(atoms.element == "FE")
    expected = {
        (int(min(i, j)), int(max(i, j)))
        for i, j in reference
        if i not in metal and j not in metal
    }
    assert {pair for pair in ours if not set(pair) & set(metal.tolist())} == expected


@pytest.mark.entries
@pytest.mark.parametrize("auth_asym_id", ["A", "B", "C", "D"])
def test_bonds_of_a_chain_are_those_biotite_knows_by_name(real_entry, auth_asym_id):
    entry = real_entry("2B5I.cif")
    side = make_side(entry, [ChainImage(auth_asym_id)], label="", role="")
    atoms = concatenated([side.atoms])
    array = struc.AtomArray(len(atoms))
    array.coord = atoms.coords
    array.element = atoms.element
    array.atom_name = atoms.atom_name
    array.res_name = atoms.residue_name
    rows = side.residue_row(atoms.residue_index)
    array.res_id = entry.residues.label_number[rows]
    array.ins_code = entry.residues.ins_code[rows]
    array.chain_id = np.full(len(atoms), "A")
    expected = {
        tuple(sorted(map(int, pair)))
        for pair in struc.connect_via_residue_names(array).as_array()[:, :2]
    }
    topology = covalent_topology(atoms)
    ours = {
        tuple(sorted((i, int(j))))
        for i in range(len(atoms))
        for j in topology.neighbours[i]
        if j >= 0
    }
    # Disulphides are beyond residue names; the entry's four chains hold no other extra bond.
    extra = {
        frozenset(atoms.atom_name[list(pair)].tolist()) for pair in ours - expected
    }
    assert extra <= {frozenset({"SG"})}
    # biotite joins residues that follow each other in number, also across a gap of the model.
    lengths = [
        np.linalg.norm(atoms.coords[i] - atoms.coords[j]) for i, j in expected - ours
    ]
    assert all(length > 1.9 for length in lengths)


def test_nearest_neighbours_stay_when_there_are_too_many():
    n = MAX_NEIGHBOURS + 2
    coords = np.zeros((n + 1, 3))
    coords[1:, 0] = 1.2 + 0.1 * np.arange(n)
    coords[1:, 1] = 0.01 * np.arange(n)
    atoms = Atoms(
        coords=coords,
        element=np.full(n + 1, "C"),
        atom_name=np.full(n + 1, "C"),
        residue_name=np.full(n + 1, "XXX"),
        residue_index=np.zeros(n + 1, dtype=int),
        altloc=np.full(n + 1, ""),
        occupancy=np.ones(n + 1),
        b_iso=np.zeros(n + 1),
    )
    assert covalent_topology(atoms).neighbours[0].tolist() == [1, 2, 3, 4]


@pytest.mark.parametrize("name", [n for n in STANDARD if n not in ("ASP", "GLU")])
def test_side_chain_hydrogens_are_as_many_as_in_the_component_dictionary(name):
    # The dictionary holds Lys, Arg and His protonated, as we do; Asp and Glu it does too, we don't.
    full = component(name)
    hydrogens = (covalent_topology(full).hydrogens >= 0).sum(axis=1)
    expected = {
        str(full.atom_name[k]): int(hydrogens[k])
        for k in np.flatnonzero(np.isin(full.element, ["N", "O", "S"]))
        if full.atom_name[k] not in ("N", "O", "OXT")
    }
    polar = polar_by_name(heavy_component(name))
    assert {k: v[0] for k, v in polar.items() if k in expected} == expected


@pytest.mark.parametrize(
    ("name", "acceptors"),
    [
        ("ARG", set()),
        ("ASN", {"OD1"}),
        ("ASP", {"OD1", "OD2"}),
        ("CYS", {"SG"}),
        ("GLN", {"OE1"}),
        ("GLU", {"OE1", "OE2"}),
        ("HIS", {"ND1", "NE2"}),
        ("LYS", set()),
        ("MET", {"SD"}),
        ("SER", {"OG"}),
        ("THR", {"OG1"}),
        ("TRP", set()),
        ("TYR", {"OH"}),
    ],
)
def test_acceptors_of_amino_acids(name, acceptors):
    polar = polar_by_name(heavy_component(name))
    found = {atom for atom, (_, accepts) in polar.items() if accepts}
    assert found == acceptors | {"O", "OXT"}


def test_sugar_atoms_are_told_by_element_and_neighbours():
    polar = polar_by_name(heavy_component("NAG"))
    assert polar == {
        "N2": (1, False),  # amide
        "O1": (1, True),
        "O3": (1, True),
        "O4": (1, True),
        "O5": (0, True),  # ring ether
        "O6": (1, True),
        "O7": (0, True),  # carbonyl
    }
    assert chemistry_of(heavy_component("NAG")).generic_residues == ("NAG",)
    assert chemistry_of(heavy_component("SER")).generic_residues == ()


def test_hydrogens_tell_whether_a_lysine_is_charged():
    whole = component("LYS")
    on_nitrogen = np.isin(whole.atom_name, ["HZ1", "HZ2", "HZ3"])
    assert on_nitrogen.sum() == 3
    for n_left, base in ((3, {"NZ"}), (2, set()), (0, {"NZ"})):
        kept = np.ones(len(whole), dtype=bool)
        kept[np.flatnonzero(on_nitrogen)[n_left:]] = False
        atoms = whole.select(kept)
        assert names(atoms, chemistry_of(atoms).is_base) - {"N"} == base


def test_charges():
    charged = {}
    for name in [*STANDARD, "SEP", "TYS", "SIA"]:
        atoms = heavy_component(name)
        chemistry = chemistry_of(atoms)
        charged[name] = (
            names(atoms, chemistry.is_acid) - {"O", "OXT"},
            names(atoms, chemistry.is_base) - {"N"},
        )
    assert charged["ASP"] == ({"OD1", "OD2"}, set())
    assert charged["GLU"] == ({"OE1", "OE2"}, set())
    assert charged["LYS"] == (set(), {"NZ"})
    assert charged["ARG"] == (set(), {"NE", "NH1", "NH2"})
    assert charged["SEP"] == ({"O1P", "O2P", "O3P"}, set())
    assert charged["TYS"] == ({"O1", "O2", "O3"}, set())
    assert charged["SIA"] == ({"O1A", "O1B"}, set())
    neutral = set(STANDARD) - {"ASP", "GLU", "LYS", "ARG"}
    assert all(charged[name] == (set(), set()) for name in neutral)
    histidine = heavy_component("HIS")
    assert names(histidine, chemistry_of(histidine).is_imidazole) == {"ND1", "NE2"}


def test_a_carboxylate_with_a_hydrogen_is_not_charged():
    atoms = component("ASP")  # the dictionary's aspartic acid has HD2
    assert names(atoms, chemistry_of(atoms).is_acid) == set()


def test_both_oxygens_of_the_c_terminus_are_charged():
    atoms = heavy_component("GLY")
    assert names(atoms, chemistry_of(atoms).is_acid) == {"O", "OXT"}


def test_apolar_carbons():
    apolar = {}
    for name in ("ALA", "LYS", "MET", "PHE", "TRP", "GLY"):
        atoms = heavy_component(name)
        apolar[name] = names(atoms, chemistry_of(atoms).is_apolar)
    assert apolar["ALA"] == {"CB"}
    assert apolar["LYS"] == {"CB", "CG", "CD"}
    assert apolar["MET"] == {"CB"}
    assert apolar["PHE"] == {"CB", "CG", "CD1", "CD2", "CE1", "CE2", "CZ"}
    assert apolar["TRP"] == {"CB", "CG", "CD2", "CE3", "CZ2", "CZ3", "CH2"}
    assert apolar["GLY"] == set()


def test_flipped_amides_and_imidazoles():
    assert polar_by_name(heavy_component("ASN"), is_flipped=True) == {
        "OD1": (2, False),
        "ND2": (0, True),
    }
    assert polar_by_name(heavy_component("GLN"), is_flipped=True) == {
        "OE1": (2, False),
        "NE2": (0, True),
    }
    assert polar_by_name(heavy_component("HIS"), is_flipped=True) == {
        "CD2": (1, True),
        "CE1": (1, True),
    }
    assert polar_by_name(heavy_component("ARG"), is_flipped=True) == {}


@pytest.mark.entries
def test_a_glycosylated_asparagine_does_not_flip(real_entry):
    entry = real_entry("2ERJ.pdb")
    side = make_side(entry, [ChainImage("B")], label="", role="")
    atoms = concatenated([side.atoms, side.glycans])
    topology = covalent_topology(atoms)
    polar = atom_chemistry(atoms, topology).polar
    amide = np.flatnonzero((atoms.residue_name == "ASN") & (atoms.atom_name == "ND2"))
    held = atoms.residue_index[amide[topology.n_neighbours[amide] == 2]]
    assert len(held) >= 2
    flipped = atoms.residue_index[polar.row[polar.is_flipped]]
    assert not set(held.tolist()) & set(flipped.tolist())
    deposited = ~polar.is_flipped & np.isin(atoms.residue_index[polar.row], held)
    nitrogen = deposited & (atoms.atom_name[polar.row] == "ND2")
    assert polar.n_hydrogens[nitrogen].tolist() == [1] * len(held)
