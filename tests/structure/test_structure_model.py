"""The data model itself: columns that belong to nobody else, names of images, transforms."""

import numpy as np
import pytest

from il2struct.errors import ParameterError, UnknownChainError
from il2struct.structure.model import Atoms, ChainImage, ResidueKind


def test_columns_are_copied_and_frozen(make_atoms):
    coords = np.zeros((2, 3))
    atoms = make_atoms(coords.copy())
    mine = np.ones((2, 3))
    copy = Atoms(
        **{n: getattr(atoms, n) for n in Atoms.__slots__ if n != "coords"}, coords=mine
    )
    mine[0, 0] = 99
    assert copy.coords[0, 0] == 1
    assert mine.flags.writeable
    with pytest.raises(ValueError, match="read-only"):
        copy.coords[0, 0] = 5
    with pytest.raises(AttributeError):
        copy.coords = mine


def test_columns_of_unequal_length(make_atoms):
    with pytest.raises(ParameterError, match="element has 3 rows, not 2"):
        make_atoms(np.zeros((2, 3)), element=["C", "C", "N"])


def test_select_by_mask_by_rows_and_nothing(make_atoms):
    atoms = make_atoms(np.arange(9).reshape(3, 3), element=["C", "N", "O"])
    assert atoms.select(np.array([True, False, True])).element.tolist() == ["C", "O"]
    assert atoms.select(np.array([2, 2, 0])).element.tolist() == ["O", "O", "C"]
    assert len(atoms.select(np.zeros(3, dtype=bool))) == 0
    assert len(atoms) == 3


def test_hydrogen_by_element_alone(make_atoms):
    atoms = make_atoms(
        np.zeros((5, 3)),
        element=["O", "H", "D", "HG", "HO"],
        atom_name=["OH", "HA", "D1", "HG", "HO"],
    )
    assert atoms.is_hydrogen.tolist() == [False, True, True, False, False]


@pytest.mark.parametrize(
    ("operator", "shift", "code"),
    [
        (0, (0, 0, 0), "1_555"),
        (2, (-1, 0, 1), "3_456"),
        (11, (-5, 4, 0), "12_095"),
        # The archive has no code beyond nine cells; digits alone would be ambiguous.
        (0, (5, 0, 0), "1_10.5.5"),
        (0, (-6, 0, 0), "1_-1.5.5"),
    ],
)
def test_symmetry_codes(operator, shift, code):
    assert ChainImage("A", operator, shift).symmetry_code == code


def test_chain_images_are_ordered_and_hashable():
    images = [
        ChainImage("B"),
        ChainImage("A", 1),
        ChainImage("A", 0, (0, 0, 1)),
        ChainImage("A"),
    ]
    assert sorted(images) == [images[3], images[2], images[1], images[0]]
    assert len({*images, ChainImage("A")}) == 4


def test_unknown_chain_names_what_there_is(read_text_as, pdb):
    text = pdb.peptide("GAV") + "TER\n" + pdb.peptide("LL", chain="B", origin=(0, 9, 0))
    entry = read_text_as(text, name="two.pdb")
    assert entry.chain("B").sequence == "LL"
    with pytest.raises(UnknownChainError) as caught:
        entry.chain("C")
    assert str(caught.value) == "two has no chain or role 'C'; it has A, B."


def test_transform_adds_whole_cells_in_a_skewed_cell(read_text_as, pdb):
    entry = read_text_as(pdb.cell(10, 20, 30, (80, 100, 110)) + pdb.peptide("G"))
    _, origin = entry.transform(ChainImage("A"))
    edges = [
        entry.transform(ChainImage("A", 0, tuple(row)))[1]
        for row in np.eye(3, dtype=int)
    ]
    assert origin.tolist() == [0, 0, 0]
    np.testing.assert_allclose(np.linalg.norm(edges, axis=1), [10, 20, 30], atol=1e-9)
    cosines = [
        edges[1] @ edges[2] / 600,
        edges[0] @ edges[2] / 300,
        edges[0] @ edges[1] / 200,
    ]
    np.testing.assert_allclose(
        np.degrees(np.arccos(cosines)), [80, 100, 110], atol=1e-6
    )


def test_without_a_crystal_cells_do_not_move_anything(read_text_as, pdb):
    entry = read_text_as(pdb.peptide("G"))
    assert entry.transform(ChainImage("A", 0, (1, 2, 3)))[1].tolist() == [0, 0, 0]


@pytest.mark.entries
def test_protein_chains_leave_out_nucleic_acids(real_entry):
    entry = real_entry("3HAX.cif")
    assert [c.auth_asym_id for c in entry.protein_chains] == ["A", "C", "D"]
    assert [c.auth_asym_id for c in entry.chains if c.kind is ResidueKind.NUCLEIC] == [
        "E",
        "F",
    ]
