"""Products and inverses of operators against gemmi's exact arithmetic, in many space groups."""

from dataclasses import replace

import gemmi
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from il2struct.errors import NoCrystalError, StructureError
from il2struct.lattice.operators import (
    IDENTITY,
    operator_group,
    placement,
    triplet_with_shift,
)
from il2struct.structure.model import ChainImage, SymmetryOperator
from il2struct.structure.read import read_structure

#: Cells that fit the system of the group.
CELLS = {
    "triclinic": (31.0, 43.0, 57.0, 83.0, 97.0, 104.0),
    "monoclinic": (31.0, 43.0, 57.0, 90.0, 107.0, 90.0),
    "orthorhombic": (31.0, 43.0, 57.0, 90.0, 90.0, 90.0),
    "tetragonal": (31.0, 31.0, 57.0, 90.0, 90.0, 90.0),
    "trigonal": (31.0, 31.0, 57.0, 90.0, 90.0, 120.0),
    "hexagonal": (31.0, 31.0, 57.0, 90.0, 90.0, 120.0),
    "cubic": (31.0, 31.0, 31.0, 90.0, 90.0, 90.0),
}
#: Primitive, all centrings, rhombohedral on both axes, screws of each order, cubic.
GROUPS = [
    "P 1", "P 1 21 1", "C 1 2 1", "A 1 2 1", "I 1 2 1", "P 21 21 21", "C 2 2 21", "F 2 2 2",
    "I 2 2 2", "I 21 21 21", "P 41 21 2", "P 43", "I 41", "I 41 2 2", "P 31 2 1", "P 32 1 2",
    "H 3", "R 3:R", "H 3 2", "P 61", "P 63", "P 61 2 2", "P 65 2 2", "P 2 3", "P 21 3", "I 2 3",
    "F 4 3 2", "P 43 3 2",
]  # fmt: skip


def placements(n_operators):
    shifts = st.integers(-4, 4)
    return st.tuples(st.integers(0, n_operators - 1), st.tuples(shifts, shifts, shifts))


def exact(group_names, place):
    """The operation as gemmi's integers, cells added."""
    op = gemmi.Op(group_names[place[0]])
    op.tran = [t + op.DEN * s for t, s in zip(op.tran, place[1], strict=True)]
    return op


def seitz(op):
    # Op.combine keeps whole cells; the operator * would wrap them away.
    return op.rot, list(op.tran)


@pytest.fixture
def group_of(tmp_path):
    """OperatorGroup of an otherwise empty crystal, and the names of its operators."""

    def build(symbol):
        space_group = gemmi.SpaceGroup(symbol)
        structure = gemmi.Structure()
        cell = CELLS[space_group.crystal_system_str()]
        if space_group.ext == "R":
            cell = (31.0, 31.0, 31.0, 77.0, 77.0, 77.0)
        structure.cell = gemmi.UnitCell(*cell)
        structure.spacegroup_hm = space_group.xhm()
        model = gemmi.Model(1)
        chain = gemmi.Chain("A")
        residue = gemmi.Residue()
        residue.name, residue.seqid = "ALA", gemmi.SeqId("1")
        atom = gemmi.Atom()
        atom.name, atom.element = "CA", gemmi.Element("C")
        residue.add_atom(atom)
        chain.add_residue(residue)
        model.add_chain(chain)
        structure.add_model(model)
        path = tmp_path / "cell.cif"
        structure.setup_entities()
        structure.make_mmcif_document().write_file(str(path))
        entry = read_structure(path)
        return operator_group(entry), [op.name for op in entry.operators], space_group

    return build


@pytest.mark.parametrize("symbol", GROUPS)
def test_products_and_inverses_are_those_of_gemmi(group_of, symbol):
    group, names, space_group = group_of(symbol)
    assert {gemmi.Op(name).triplet() for name in names} == {
        op.triplet() for op in space_group.operations()
    }
    rng = np.random.default_rng(len(symbol))
    for _ in range(60):
        first, second = (
            (
                int(rng.integers(len(names))),
                tuple(int(k) for k in rng.integers(-3, 4, size=3)),
            )
            for _ in range(2)
        )
        product = exact(names, group.composed(first, second))
        assert seitz(product) == seitz(
            exact(names, first).combine(exact(names, second))
        )
        inverse = exact(names, group.inverse(first))
        assert seitz(inverse) == seitz(exact(names, first).inverse())


@pytest.mark.parametrize("symbol", ["P 61 2 2", "H 3", "F 4 3 2"])
def test_the_operators_form_a_group(group_of, symbol):
    """Closure, identity and associativity; every row of the product table is a permutation."""
    group, names, _ = group_of(symbol)
    table = np.array(
        [
            [
                group.composed((i, (0, 0, 0)), (j, (0, 0, 0)))[0]
                for j in range(len(names))
            ]
            for i in range(len(names))
        ]
    )
    every = np.arange(len(names))
    assert (np.sort(table, axis=0) == every[:, None]).all()
    assert (np.sort(table, axis=1) == every).all()
    assert (table[0] == every).all()
    assert (table[:, 0] == every).all()
    if len(names) <= 24:
        for i in every:
            assert (table[table[i]] == table[i][table]).all()


@pytest.mark.entries
@pytest.mark.parametrize(
    "name", ["4HHB.pdb", "2PFK.pdb", "1KTZ.pdb", "3CYR.pdb", "1XDA.cif", "1HHO.cif"]
)
def test_group_laws_hold_in_deposited_frames(real_entry, name):
    """4HHB and 2PFK have SCALE records that turn and shift the frame."""
    entry = real_entry(name)
    group = operator_group(entry)
    names = [op.name for op in entry.operators[: len(group.rotations)]]
    rng = np.random.default_rng(7)
    for _ in range(40):
        first, second = (
            (
                int(rng.integers(len(names))),
                tuple(int(k) for k in rng.integers(-3, 4, size=3)),
            )
            for _ in range(2)
        )
        product = group.composed(first, second)
        assert seitz(exact(names, product)) == seitz(
            exact(names, first).combine(exact(names, second))
        )
        assert seitz(exact(names, group.inverse(first))) == seitz(
            exact(names, first).inverse()
        )
        assert group.composed(first, group.inverse(first)) == IDENTITY
        # The Cartesian motions compose as the symbols do.
        (r_1, t_1), (r_2, t_2) = group.motion(first), group.motion(second)
        rotation, translation = group.motion(product)
        np.testing.assert_allclose(rotation, r_1 @ r_2, atol=1e-9)
        # Coordinates of 1000 Å in double precision.
        np.testing.assert_allclose(translation, r_1 @ t_2 + t_1, atol=1e-8)


@pytest.mark.entries
def test_motion_is_the_entry_s_transform(real_entry):
    entry = real_entry("4HHB.pdb")
    group = operator_group(entry)
    for image in (ChainImage("A", 1, (2, -3, 1)), ChainImage("B", 0, (0, 0, 0))):
        for one, other in zip(
            group.motion(placement(image)), entry.transform(image), strict=True
        ):
            np.testing.assert_allclose(one, other, atol=1e-12)


OPERATORS = sorted(
    {
        op.triplet()
        for space_group in gemmi.spacegroup_table()
        for op in space_group.operations()
        if "a" not in op.triplet()
    }
)


@given(
    name=st.sampled_from(OPERATORS),
    shift=st.tuples(*[st.integers(-12, 12)] * 3),
)
def test_triplets_with_shift_read_back(name, shift):
    shifted = gemmi.Op(triplet_with_shift(name, shift))
    plain = gemmi.Op(name)
    assert shifted.rot == plain.rot
    moved = [t + plain.DEN * s for t, s in zip(plain.tran, shift, strict=True)]
    assert list(shifted.tran) == moved


def test_triplets_look_as_the_field_writes_them():
    assert triplet_with_shift("x,y,z", (0, 0, 0)) == "x,y,z"
    assert triplet_with_shift("x,y,z", (0, 1, 0)) == "x,y+1,z"
    assert triplet_with_shift("x+1/2,y+1/2,z", (-1, 0, 0)) == "x-1/2,y+1/2,z"
    assert triplet_with_shift("-x+y,-x,z+2/3", (0, 0, -1)) == "-x+y,-x,z-1/3"
    assert triplet_with_shift("-x+1/2,y,-z", (1, -2, 0)) == "-x+3/2,y-2,-z"


def test_other_names_keep_their_shift_behind():
    assert (
        triplet_with_shift("ncs2:x,y,z", (0, 1, -1)).replace(" ", "")
        == "ncs2:x,y,z+(0,1,-1)"
    )


@pytest.mark.entries
def test_no_cell_is_said_clearly(real_entry):
    with pytest.raises(
        NoCrystalError,
        match=r"2NA8 has no unit cell \(solution nmr\); lattice contacts need a crystal structure\.",
    ):
        operator_group(real_entry("2NA8.cif"))


@pytest.mark.entries
def test_copies_left_to_operators_are_refused_rather_than_lost(real_entry):
    """A copy made by MTRIX has surroundings of its own: half of them would be missing."""
    entry = real_entry("1M47.pdb")
    copy = SymmetryOperator(
        number=5,
        name="ncs1:x,y,z",
        rotation=np.diag([-1.0, 1.0, -1.0]),
        translation=np.array([3.0, 4.0, 5.0]),
    )
    with pytest.raises(
        StructureError, match="1M47 leaves 1 non-crystallographic copies"
    ):
        operator_group(replace(entry, operators=(*entry.operators, copy)))


@pytest.mark.entries
def test_operators_of_assemblies_are_not_of_the_group(real_entry):
    entry = real_entry("1M47.pdb")
    extra = SymmetryOperator(
        number=5, name="assembly5", rotation=np.eye(3), translation=np.ones(3)
    )
    group = operator_group(replace(entry, operators=(*entry.operators, extra)))
    assert len(group.rotations) == 4


@pytest.mark.parametrize("group", ["P 21 21 9", "", "P 3"])
def test_a_lattice_without_its_group_is_refused(read_text_as, pdb, group):
    """Of P 1 a part of the contacts would come out, and nobody could tell which."""
    entry = read_text_as(pdb.cell(group=group) + pdb.peptide("GASLG"))
    with pytest.raises(NoCrystalError, match="made gives no space group that is known"):
        operator_group(entry)
