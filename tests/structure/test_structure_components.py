"""Names of force fields: the table, and the atoms that decide whether a name means what it says."""

import gemmi
import numpy as np
import pytest

from il2struct.data import rows_of
from il2struct.structure.components import (
    AMINO_ACIDS,
    element_of,
    heavy_atoms_of,
    is_sugar,
    usual_atom_names,
    usual_names,
    usual_residue,
)

RING = ["C1", "C2", "C3", "C4", "C5", "O5"]


def test_every_name_has_a_source_and_a_residue_that_the_archive_knows():
    for row in rows_of("residue_names.csv"):
        assert row["source"]
        assert row["name"] == row["name"].upper()
        # FUL, SLB and other sugars are not in gemmi's table of frequent residues.
        known = gemmi.find_tabulated_residue(row["usual"]).found()
        assert known or len(row["usual"]) == 3
    assert len(usual_names()) == len(rows_of("residue_names.csv"))


def test_no_usual_name_is_renamed():
    assert not set(usual_names()) & set(usual_names().values())
    assert not set(usual_names()) & set(AMINO_ACIDS)


def test_names_of_the_archive_are_no_names_of_force_fields():
    frequent = [n for n in usual_names() if gemmi.find_tabulated_residue(n).found()]
    assert frequent == []


@pytest.mark.parametrize(
    "name", ["HSD", "HSE", "HSP", "HID", "HIE", "HIP", "HISB", "NHID"]
)
def test_histidine_by_any_name(name):
    atoms = [*sorted(heavy_atoms_of("HIS")), "HD1", "1HB", "DE1"]
    assert usual_residue(name, atoms) == "HIS"
    assert usual_residue(name.lower(), atoms) == "HIS"


def test_phosphohistidine_of_the_archive_stays():
    atoms = [*heavy_atoms_of("HIS"), "P", "O1P", "O2P", "O3P"]
    assert usual_residue("HIP", atoms) == "HIP"


def test_cytosine_of_charmm_is_no_cysteine():
    assert usual_residue("CYT", ["P", "O5'", "C1'", "N1", "C2", "O2"]) == "CYT"


def test_atoms_by_other_names_count_as_what_they_are():
    charmm = heavy_atoms_of("LYS") - {"O", "OXT"} | {"OT1", "OT2"}
    assert usual_residue("LSN", charmm) == "LYS"


@pytest.mark.parametrize(
    "atoms",
    [
        ["O"],
        ["OW", "HW1", "HW2"],
        ["OH2", "H1", "H2"],
        ["OW", "HW1", "HW2", "MW"],
        ["O", "H1", "H2", "EPW"],
        ["OH2", "H1", "H2", "OM"],
        ["O", "1H", "2H", "LP1", "LP2"],
    ],
)
def test_water_of_any_model(atoms):
    assert usual_residue("SOL", atoms) == "HOH"


def test_a_ligand_called_like_water_stays():
    assert usual_residue("SPC", ["C1", "O1", "O2"]) == "SPC"
    assert usual_residue("TIP", ["H1", "H2"]) == "TIP"


def test_atom_names_of_ends_and_isoleucine():
    residues = np.array(["THR", "THR", "ILE", "LEU", "HOH", "GOL"])
    atoms = np.array(["OT1", "OT2", "CD", "CD1", "OH2", "O1"])
    assert usual_atom_names(residues, atoms).tolist() == [
        "O",
        "OXT",
        "CD1",
        "CD1",
        "O",
        "O1",
    ]


def test_names_that_are_usual_are_not_copied():
    atoms = np.array(["N", "CA"])
    assert usual_atom_names(np.array(["ALA", "ALA"]), atoms) is atoms


@pytest.mark.parametrize(
    ("atoms", "expected"),
    [
        ([*RING, "C6", "O1", "O3", "O4", "O6", "N2", "C7", "C8", "O7"], True),
        (["C1", "C2", "C3", "C4", "C5", "C6", "O6", "N5", "C7", "O1A", "O1B"], True),
        ([*RING, "H1", "H2"], True),
        ([*RING, "P", "O1P"], False),
        ([*RING, *(f"C{k}" for k in range(10, 40))], False),
        (["N", "CA", "C", "O", "CB"], False),
    ],
)
def test_a_sugar_is_told_by_its_ring(atoms, expected):
    assert is_sugar(atoms) is expected


# --- elements ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("atom", "residue", "element"),
    [
        ("CA", "ALA", "C"), ("CA", "CA", "CA"), ("HG", "SER", "H"), ("HG", "HG", "HG"),
        ("1HB", "ALA", "H"), ("NE", "ARG", "N"), ("SE", "MSE", "SE"), ("CL1", "LIG", "CL"),
        ("NA", "HEM", "N"), ("FE", "HEM", "FE"), ("CL-", "CL-", "CL"), ("SOD", "SOD", "NA"),
        ("D1", "ALA", "D"), ("O5'", "DA", "O"), ("MW", "HOH", "X"), ("UNK", "UNX", "X"),
        ("", "ALA", "X"),
    ],
)  # fmt: skip
def test_elements_by_names(atom, residue, element):
    assert element_of(atom, residue) == element


@pytest.mark.entries
@pytest.mark.parametrize("name", ["2B5I.cif", "1A2Y.pdb", "2PIA.pdb", "4HHB.pdb"])
def test_elements_by_names_are_those_of_the_file(real_entry, name):
    atoms = real_entry(name).atoms
    pairs = zip(atoms.atom_name.tolist(), atoms.residue_name.tolist(), strict=True)
    assert [element_of(*pair) for pair in pairs] == atoms.element.tolist()
