"""The data model, and placed atoms of chain images."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from il2struct.errors import ParameterError, UnknownChainError
from il2struct.structure.model import (
    Atoms,
    ChainImage,
    ResidueKind,
    atoms_of_residues,
    concatenated,
    heavy,
    make_side,
    placed_atoms,
)


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


@pytest.mark.entries
def test_protein_chains_leave_out_nucleic_acids(real_entry):
    entry = real_entry("3HAX.cif")
    assert [c.auth_asym_id for c in entry.protein_chains] == ["A", "C", "D"]
    assert [c.auth_asym_id for c in entry.chains if c.kind is ResidueKind.NUCLEIC] == [
        "E",
        "F",
    ]


class Made:
    """Just enough of an entry: residues of given sizes, one after the other."""

    def __init__(self, sizes):
        stop = np.cumsum(sizes)
        self.residues = self
        self.atom_start, self.atom_stop = stop - sizes, stop


@given(st.data())
def test_atoms_of_residues_against_the_obvious_loop(data):
    sizes = np.array(data.draw(st.lists(st.integers(1, 6), min_size=1, max_size=30)))
    rows = data.draw(st.lists(st.integers(0, len(sizes) - 1), max_size=20))
    entry = Made(sizes)
    expected = [
        atom
        for row in rows
        for atom in range(entry.atom_start[row], entry.atom_stop[row])
    ]
    given_rows = np.array(rows, dtype=np.int64)
    given_rows.setflags(write=False)
    found = atoms_of_residues(entry, given_rows)
    assert found.tolist() == expected
    assert found.dtype == np.int64


def test_concatenated_keeps_order_and_columns(make_atoms):
    one = make_atoms([[0, 0, 0]], element=["N"])
    two = make_atoms([[1, 1, 1], [2, 2, 2]], element=["C", "H"])
    both = concatenated([one, two, one])
    assert both.element.tolist() == ["N", "C", "H", "N"]
    assert both.coords[:, 0].tolist() == [0, 1, 2, 0]
    assert heavy(both).tolist() == [True, True, False, True]


def glycosylated(pdb):
    return (
        pdb.cell(40, 50, 60, group="P 1 21 1")
        + pdb.peptide("GNSA")
        + pdb.atom("ND2", "ASN", 2, (5.2, 2.0, 2.0))
        + pdb.atom("H", "ASN", 2, (4.0, 1.0, 0.0))
        + "TER\n"
        + pdb.atom("C1", "NAG", 1, (5.2, 3.4, 2.0), chain="B", record="HETATM")
        + pdb.atom("O", "HOH", 2, (9.0, 3.4, 2.0), chain="B", record="HETATM")
    )


def test_side_of_two_images(read_text_as, pdb):
    entry = read_text_as(glycosylated(pdb))
    image = ChainImage("A", 1, (0, 0, 1))
    side = make_side(entry, [ChainImage("A"), image], label="x", role="unknown")
    n_atoms, n_residues = 4 + 6 + 5 + 5 + 1, len(entry.residues)
    assert len(side.atoms) == 2 * n_atoms
    assert side.glycans.residue_name.tolist() == ["NAG", "NAG"]
    assert set(side.atoms.residue_name) == {"GLY", "ASN", "SER", "ALA"}
    assert side.atoms.is_hydrogen.sum() == 2
    # Residues of the two images have different indices, and lead back to rows and images.
    assert len(set(side.atoms.residue_index.tolist())) == 8
    assert set(side.image_of(side.atoms.residue_index[:n_atoms])) == {0}
    assert set(side.image_of(side.atoms.residue_index[n_atoms:])) == {1}
    rows = side.residue_row(side.atoms.residue_index)
    np.testing.assert_array_equal(rows[:n_atoms], rows[n_atoms:])
    assert rows.max() < n_residues
    np.testing.assert_array_equal(side.atoms.residue_name, entry.residues.name[rows])
    # Screw axis along b, then one cell along c, by hand.
    moved = side.atoms.coords[:n_atoms] * (-1, 1, -1) + (0, 25, 60)
    np.testing.assert_allclose(side.atoms.coords[n_atoms:], moved, atol=1e-9)


def test_image_by_a_four_fold_axis(read_text_as, pdb):
    # A rotation that is not its own inverse: (x, y, z) goes to (-y, x, z), not to (y, -x, z).
    entry = read_text_as(
        pdb.cell(40, 40, 60, group="P 4") + pdb.peptide("GAV", origin=(1, 2, 3))
    )
    (operator,) = [k for k, op in enumerate(entry.operators) if op.name == "-y,x,z"]
    side = make_side(entry, [ChainImage("A", operator, (0, 1, 0))], label="", role="")
    x, y, z = entry.atoms.coords.T
    np.testing.assert_allclose(
        side.atoms.coords, np.column_stack([-y, x + 40, z]), atol=1e-9
    )


def test_identity_leaves_the_deposited_coordinates(read_text_as, pdb):
    entry = read_text_as(glycosylated(pdb))
    side = make_side(entry, [ChainImage("A")], label="A", role="unknown")
    rows = atoms_of_residues(entry, entry.chain("A").residue_index)
    np.testing.assert_allclose(side.atoms.coords, entry.atoms.coords[rows], atol=1e-12)


def test_placed_atoms_do_not_touch_their_source(read_text_as, pdb):
    entry = read_text_as(glycosylated(pdb))
    before = entry.atoms.coords.copy()
    placed = placed_atoms(entry, entry.atoms, ChainImage("A", 1), 3)
    np.testing.assert_array_equal(entry.atoms.coords, before)
    assert (
        placed.residue_index - entry.atoms.residue_index == 3 * len(entry.residues)
    ).all()
    np.testing.assert_array_equal(placed.element, entry.atoms.element)


@pytest.mark.entries
@pytest.mark.parametrize("name", ["1HHO.cif", "1KTZ.pdb", "4HHB.pdb"])
def test_images_keep_their_shape(real_entry, name):
    entry = real_entry(name)
    chain = entry.protein_chains[0].auth_asym_id
    own = make_side(entry, [ChainImage(chain)], label="", role="").atoms.coords
    for operator in range(len(entry.operators)):
        image = make_side(
            entry, [ChainImage(chain, operator, (1, -1, 2))], label="", role=""
        )
        step = 37
        theirs, ours = image.atoms.coords[::step], own[::step]
        distances = [
            np.linalg.norm(x[:, None] - x[None], axis=2) for x in (theirs, ours)
        ]
        # 4HHB's operators are orthogonal to the six decimals of its SCALE records.
        np.testing.assert_allclose(
            *distances, atol=5e-3 if name == "4HHB.pdb" else 1e-8
        )
