"""What ligands give and take, by bond orders of the dictionary; their rings, halogens and metals."""

from dataclasses import replace

import biotite.structure.info as info
import numpy as np
import pytest
from fragments import atoms_of, ideal, side_of

from il2struct.bonds.chemistry import polar_rows
from il2struct.bonds.criteria import PRESETS
from il2struct.bonds.find import find_bonds
from il2struct.bonds.sides import prepare_side
from il2struct.data import rows_of
from il2struct.results.study import Study
from il2struct.structure.model import Component

#: Orders of biotite's kinds of bond.
ORDERS = {1: 1.0, 2: 2.0, 3: 3.0, 5: 1.5, 6: 1.5, 7: 1.5, 9: 1.5}


def component(name):
    array = info.residue(name)
    names = array.atom_name.tolist()
    return Component(
        name=name,
        source="file",
        atoms=tuple(zip(names, array.element.tolist(), strict=True)),
        bonds=tuple(
            (names[i], names[j], ORDERS[k]) for i, j, k in array.bonds.as_array()
        ),
    )


def chemistry(name):
    return {
        row["atom"]: (
            row["geometry"],
            row["valence"],
            row["is_acceptor"],
            row["charge"],
        )
        for row in polar_rows(component(name))
    }


@pytest.mark.parametrize(
    "name",
    [
        "ARG",
        "ASN",
        "ASP",
        "CYS",
        "GLN",
        "GLU",
        "LYS",
        "MET",
        "SER",
        "THR",
        "TRP",
        "TYR",
    ],
)
def test_side_chains_as_the_table_of_amino_acids_has_them(name):
    found = chemistry(name)
    for row in rows_of("donors_acceptors.csv"):
        if row["residue"] == name and row["state"] == "deposited":
            geometry, valence, is_acceptor, charge = found[row["atom"]]
            assert (geometry, valence, is_acceptor) == (
                row["geometry"],
                row["valence"],
                row["is_acceptor"],
            )
            # One oxygen of a carboxylate is written with a double bond; bonds tell the acid.
            assert charge == row["charge"] or row["charge"] == "acid"


@pytest.mark.parametrize(
    ("name", "atom", "expected"),
    [
        # The guanidine of the IL-2 inhibitor SP4206 and the nitrogens of its pyrazole.
        ("FRH", "N1", ("trigonal", "3", "0", "base")),
        ("FRH", "N5", ("trigonal", "3", "0", "base")),
        ("FRH", "N7", ("trigonal", "2", "1", "")),
        ("FRH", "N3", ("trigonal", "3", "0", "")),
        ("FRH", "N2", ("trigonal", "3", "0", "")),
        ("FRH", "O43", ("tetrahedral", "2", "1", "")),
        # Adenine: N6 is no base, N1 takes.
        ("AMP", "N6", ("trigonal", "3", "0", "")),
        ("AMP", "N1", ("trigonal", "2", "1", "")),
        ("AMP", "O2P", ("trigonal", "1", "1", "acid")),
        ("AMP", "O2'", ("tetrahedral", "2", "1", "")),
        # Sulphonamide of acetazolamide: planar enough, and no amine.
        ("AZM", "N1", ("trigonal", "3", "0", "")),
        # Benzamidine.
        ("BEN", "N1", ("trigonal", "3", "0", "base")),
    ],
)  # fmt: skip
def test_groups_of_ligands(name, atom, expected):
    assert chemistry(name)[atom] == expected


def test_a_dictionary_goes_before_the_geometry():
    side = side_of(ideal("FRH"))
    guessed = prepare_side(side)
    known = prepare_side(side, (component("FRH"),))
    names = side.atoms.atom_name
    assert guessed.chemistry.generic_residues == ("FRH",)
    assert known.chemistry.generic_residues == ()
    # The guanidine is told by its shape too; that N7 of the pyrazole gives no hydrogen is not;
    # and the coordinates of the dictionary are those of the whole acid, O40 with its hydrogen.
    for each in (guessed, known):
        assert set(names[each.chemistry.is_base]) == {"N1", "N4", "N5"}
    gives = [names[e.sites.row[e.sites.is_donor]].tolist() for e in (guessed, known)]
    assert set(gives[0]) - set(gives[1]) == {"N7", "O40"}
    assert set(names[known.chemistry.is_acid]) == {"O40", "O41"}
    n_sites = [len(each.sites.row) for each in (guessed, known)]
    assert n_sites[0] == n_sites[1] == 13


def test_long_names_of_atoms_are_not_taken_for_each_other():
    short = ideal("FRH")
    long = {name: f"{name}xxxx" for name in short.atom_name.tolist()}
    known = component("FRH")
    renamed = replace(
        known,
        atoms=tuple((long.get(n, n), element) for n, element in known.atoms),
        bonds=tuple((long.get(a, a), long.get(b, b), k) for a, b, k in known.bonds),
    )
    names = np.array([long[name] for name in short.atom_name.tolist()])
    side = prepare_side(side_of(replace(short, atom_name=names)), (renamed,))
    # Too long for the table: told by the geometry, and so reported.
    guessed = prepare_side(side_of(short))
    assert side.chemistry.generic_residues == ("FRH",)
    np.testing.assert_array_equal(side.sites.row, guessed.sites.row)
    np.testing.assert_array_equal(side.sites.is_donor, guessed.sites.is_donor)


def with_element(atoms, name, element):
    chosen = atoms.atom_name == name
    return replace(atoms, element=np.where(chosen, element, atoms.element))


@pytest.mark.parametrize(
    ("element", "distance_a", "at_halogen_deg", "at_oxygen_deg", "presets"),
    [
        ("BR", 3.2, 170.0, 120.0, ["il2struct", "il2struct-heavy", "plip"]),
        ("I", 3.95, 140.0, 145.0, ["il2struct", "il2struct-heavy", "plip"]),
        ("F", 3.2, 170.0, 120.0, ["plip"]),
        ("CL", 4.05, 170.0, 120.0, []),
        ("CL", 3.2, 130.0, 120.0, []),
        ("CL", 3.2, 170.0, 160.0, []),
        ("S", 3.2, 170.0, 120.0, []),
    ],
)
def test_halogen_bonds(element, distance_a, at_halogen_deg, at_oxygen_deg, presets):
    # The halogen stands at the origin, the oxygen on the x axis.
    at_x, at_o = np.radians([at_halogen_deg, 180.0 - at_oxygen_deg])
    halide = atoms_of(
        ("LIG", {"X": (0, 0, 0), "C1": 1.9 * np.array([np.cos(at_x), np.sin(at_x), 0])})
    )
    halide = side_of(with_element(halide, "X", element))
    oxygen = np.array([distance_a, 0.0, 0.0])
    carbon = oxygen + 1.23 * np.array([np.cos(at_o), 0.0, np.sin(at_o)])
    carbonyl = side_of(atoms_of(("GLY", {"O": oxygen, "C": carbon})))
    for name, criteria in PRESETS.items():
        there, back = (
            find_bonds(*sides, criteria=criteria)
            for sides in ((halide, carbonyl), (carbonyl, halide))
        )
        for bonds in (there, back):
            mask = bonds.is_kind["halogen_bond"]
            assert mask.sum() == (name in presets), name
            expected = [(at_halogen_deg, at_oxygen_deg)] * mask.sum()
            found = bonds.angle_donor_deg[mask], bonds.angle_acceptor_deg[mask]
            np.testing.assert_allclose(
                np.stack(found, axis=1), np.reshape(expected, (-1, 2))
            )


def test_metals_are_held_by_lone_pairs():
    metal = side_of(with_element(atoms_of(("ZN", {"ZN": (0, 0, 0)})), "ZN", "ZN"))
    protein = side_of(
        atoms_of(
            ("ASP", {"CG": (3.0, 0, 0), "OD1": (2.1, 0.8, 0), "OD2": (2.6, -1.2, 0)}),
            ("SER", {"OG": (0, 3.1, 0), "CB": (0, 4.5, 0)}),  # too far
            # Nitrogens of amides have no lone pair to give.
            ("ASN", {"ND2": (0, 0, 2.4), "CG": (0, 0, 3.7), "OD1": (0, 1.1, 4.3)}),
            ("CYS", {"SG": (0, 0, -2.3), "CB": (0, 1.3, -3.4)}),
        )
    )
    for sides in ((metal, protein), (protein, metal)):
        bonds = find_bonds(*sides, criteria=PRESETS["il2struct"])
        held = bonds.index_2 if sides[0] is metal else bonds.index_1
        names = protein.atoms.atom_name[held[bonds.is_kind["metal_coordination"]]]
        assert set(names) == {"OD1", "OD2", "SG"}
    assert (
        not find_bonds(metal, protein, criteria=PRESETS["prolif"])
        .columns["is_metal_coordination"]
        .any()
    )


@pytest.mark.parametrize(
    ("name", "n_rings"),
    [("AMP", 2), ("FMN", 3), ("BEN", 1), ("TPP", 2), ("NAG", 0), ("CMO", 0), ("PTR", 1)],
)  # fmt: skip
def test_flat_rings_of_ligands(name, n_rings):
    rings = prepare_side(side_of(ideal(name))).rings
    assert len(rings.rows) == n_rings


@pytest.mark.entries
@pytest.mark.parametrize(
    ("entry", "between", "kind", "column", "expected"),
    [
        # By PLIP 3.0.1: residue, distance of the centres or atoms.
        ("2ZOZ.pdb", "B/ET:B184", "pi_stacking", "centroid_distance_a",
         {(113, 4.94), (147, 3.93), (147, 4.41), (63, 4.15), (63, 4.18)}),
        ("1PY2.pdb", "IL2/FRH:C401", "cation_pi", "centroid_distance_a", {(38, 4.79), (38, 4.89)}),
        ("1PY2.pdb", "IL2/ZN", "metal_coordination", "distance_a",
         {(16, 2.34), (20, 2.25), (20, 2.99), (15, 2.68), (15, 2.75), (16, 2.22)}),
    ],
)  # fmt: skip
def test_entries_as_plip_has_them(named_entry, entry, between, kind, column, expected):
    bonds = Study(named_entry(entry)).interfaces(between).bonds
    bonds = bonds[bonds[f"is_{kind}"]]
    found = zip(bonds["auth_number_1"], bonds[column].round(2), strict=True)
    assert {(int(number), float(length)) for number, length in found} == expected
