"""Radii: those of Tsai et al., elements for the rest, and a list of what was not in the table."""

import itertools

import numpy as np
import pytest

from il2struct.interface.burial import (
    ELEMENT_RADIUS_A,
    OTHER_RADIUS_A,
    _protor_table,
    protor_radii,
)
from il2struct.structure.model import atoms_of_residues


def radii_of(make_atoms, *kinds):
    residue, name, element = zip(*kinds, strict=True)
    atoms = make_atoms(
        np.zeros((len(kinds), 3)), residue_name=residue, atom_name=name, element=element
    )
    return protor_radii(atoms)


@pytest.mark.parametrize(
    ("residue", "name", "element", "radius"),
    [
        # Tsai et al. 1999, table 2: C3H0 1.61, C3H1 1.76, C4 1.88, N 1.64, O1 1.42, O2 1.46, S 1.77.
        ("ALA", "C", "C", 1.61),
        ("PHE", "CZ", "C", 1.76),
        ("ALA", "CB", "C", 1.88),
        ("LYS", "NZ", "N", 1.64),
        ("ALA", "O", "O", 1.42),
        ("TYR", "OH", "O", 1.46),
        ("MET", "SD", "S", 1.77),
    ],
)
def test_protor(make_atoms, residue, name, element, radius):
    found = radii_of(make_atoms, (residue, name, element))
    assert found.radii_a.tolist() == [radius]
    assert found.by_element == ()


def test_element_where_the_table_has_nothing(make_atoms):
    found = radii_of(
        make_atoms,
        ("NAG", "C1", "C"),
        ("NAG", "N2", "N"),
        ("ZZZ", "Q", "XE"),
        ("ALA", "CB", "C"),
        ("SEP", "P", "P"),
    )
    expected = [
        ELEMENT_RADIUS_A["C"],
        ELEMENT_RADIUS_A["N"],
        OTHER_RADIUS_A,
        1.88,
        1.80,
    ]
    assert found.radii_a.tolist() == expected
    assert set(found.by_element) == {
        ("NAG", "C1", "C"), ("NAG", "N2", "N"), ("ZZZ", "Q", "XE"), ("SEP", "P", "P"),
    }  # fmt: skip


def test_calcium_is_no_alpha_carbon(make_atoms):
    calcium, carbon = radii_of(
        make_atoms, ("CA", "CA", "CA"), ("ALA", "CA", "C")
    ).radii_a
    assert calcium == ELEMENT_RADIUS_A["CA"]
    assert carbon == 1.88


def test_same_names_of_other_elements_are_other_kinds(make_atoms):
    # A codebook that packed the three columns carelessly would mix these up.
    kinds = [
        ("A", "BC", "C"),
        ("AB", "C", "C"),
        ("AB", "C", "N"),
        ("A", "BC", "N"),
        ("A", "BC", "C"),
    ]
    found = radii_of(make_atoms, *kinds)
    assert found.radii_a.tolist() == [1.70, 1.70, 1.55, 1.55, 1.70]
    assert len(found.by_element) == 4


def test_no_atoms(make_atoms):
    found = protor_radii(make_atoms(np.zeros((0, 3))))
    assert len(found.radii_a) == 0
    assert found.by_element == ()


@pytest.mark.reference
def test_the_table_is_that_of_freesasa(freesasa):
    theirs = freesasa.Classifier.getStandardClassifier("protor")
    ours = _protor_table()
    residues, names = ({kind[i] for kind in ours} for i in (0, 1))
    residues |= {"UNK", "PSU", "HID", "NAG", "CA"}
    names |= {"CE4", "OXT", "O1P", "SE", "OE3", "C7", "H", "HA", "XX"}
    # Every residue with every atom name: what the table lacks, freesasa answers with -1.
    for residue, name in itertools.product(residues, names):
        assert ours.get((residue, name), -1.0) == theirs.radius(residue, name)


@pytest.mark.entries
@pytest.mark.reference
@pytest.mark.parametrize("name", ["2ERJ.pdb", "1XDA.cif", "2RA9.pdb"])
def test_every_atom_of_real_proteins_is_in_the_table(real_entry, name, freesasa):
    entry = real_entry(name)
    rows = np.concatenate(
        [atoms_of_residues(entry, c.residue_index) for c in entry.protein_chains]
    )
    atoms = entry.atoms.select(rows)
    atoms = atoms.select(~atoms.is_hydrogen)
    found = protor_radii(atoms)
    classifier = freesasa.Classifier.getStandardClassifier("protor")
    one_by_one = [
        classifier.radius(str(residue), str(atom))
        for residue, atom in zip(atoms.residue_name, atoms.atom_name, strict=True)
    ]
    known = np.array(one_by_one) > 0
    np.testing.assert_array_equal(found.radii_a[known], np.array(one_by_one)[known])
    assert {kind[0] for kind in found.by_element} == set(
        atoms.residue_name[~known].tolist()
    )
    assert known.mean() > 0.99
