"""What ligands give and take, by bond orders of the Chemical Component Dictionary."""

import biotite.structure.info as info
import pytest
from fragments import ideal, side_of

from il2struct.bonds.chemistry import polar_rows
from il2struct.bonds.sides import prepare_side
from il2struct.data import rows_of
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
