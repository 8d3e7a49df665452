"""Operators of the crystal as a group, and what repeating a motion builds."""

import math
from dataclasses import replace

import gemmi
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arrays import frozen
from il2struct.errors import NoCrystalError, StructureError
from il2struct.kernels.geometry import rotation_matrix
from il2struct.lattice.operators import (
    EXACT,
    IDENTITY,
    SUPERPOSED,
    operator_group,
    placement,
    repeat_of,
    rotation_angle_deg,
    rotation_axis,
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


# --- motions --------------------------------------------------------------------------


#: Rounding of cosines and of products of coordinates of some 100 Å.
ROUNDING = 1e-9

finite = st.floats(-100.0, 100.0)
points = st.tuples(finite, finite, finite).map(np.array)
axes = points.filter(lambda v: np.linalg.norm(v) > 1e-3)


def screw(axis, angle_deg, rise_a=0.0, through=(0.0, 0.0, 0.0)):
    """Turn about an axis through a point, then rise along it: the textbook definition."""
    axis = np.asarray(axis, float)
    rotation = rotation_matrix(axis, angle_deg)
    through = np.asarray(through, float)
    translation = through - rotation @ through + rise_a * axis / np.linalg.norm(axis)
    return frozen(rotation), frozen(translation)


def power(rotation, translation, n):
    turn, shift = np.eye(3), np.zeros(3)
    for _ in range(n):
        turn, shift = rotation @ turn, rotation @ shift + translation
    return turn, shift


@given(translation=points.filter(lambda v: np.linalg.norm(v) > 1.0))
def test_a_translation_propagates_by_its_length(translation):
    found = repeat_of(np.eye(3), frozen(translation))
    assert found.is_translation
    assert found.is_propagating
    assert found.ring_size == 0
    assert found.rise_a == pytest.approx(np.linalg.norm(translation), rel=1e-12)
    assert found.rotation_deg == 0.0


@given(axis=axes, through=points, order=st.sampled_from([2, 3, 4, 6]))
def test_a_rotation_closes_after_its_order(axis, through, order):
    rotation, translation = screw(axis, 360.0 / order, 0.0, through)
    found = repeat_of(rotation, translation)
    assert found.ring_size == order
    assert not found.is_propagating
    assert not found.is_translation
    assert found.rotation_deg == pytest.approx(360.0 / order, abs=1e-6)
    assert found.rise_a == pytest.approx(0.0, abs=1e-6)
    # It does close: the slow obvious version.
    turn, shift = power(rotation, translation, order)
    np.testing.assert_allclose(turn, np.eye(3), atol=ROUNDING)
    np.testing.assert_allclose(shift, 0.0, atol=1e-6)


@given(
    axis=axes,
    through=points,
    order=st.sampled_from([2, 3, 4, 6]),
    rise=st.floats(0.1, 100.0),
)
def test_a_screw_propagates_and_its_rise_does_not_depend_on_where_it_is(
    axis, through, order, rise
):
    rotation, translation = screw(axis, 360.0 / order, rise, through)
    found = repeat_of(rotation, translation)
    assert found.is_propagating
    assert found.ring_size == 0
    assert not found.is_translation
    # 100 Å times the rounding of the axis.
    assert found.rise_a == pytest.approx(rise, abs=1e-6)


@given(axis=axes, angle=st.floats(0.0, 180.0))
def test_angle_and_axis_come_back(axis, angle):
    rotation = frozen(rotation_matrix(axis, angle))
    # The arctangent keeps 1e-6° even at 0 and 180°, where an arccosine would lose half the digits.
    assert rotation_angle_deg(rotation) == pytest.approx(angle, abs=1e-6)
    # The axis stands in a matrix of 1 - cos a: below 0.5° no axis is asked for.
    if angle > EXACT.angle_deg:
        along = abs(rotation_axis(rotation) @ axis) / np.linalg.norm(axis)
        # Error of the cross product is the square root of this one's.
        assert along == pytest.approx(1.0, abs=1e-9)


@given(axis=axes, below=st.floats(0.0, 1e-7))
def test_half_a_turn_is_safe(axis, below):
    rotation, translation = screw(axis, 180.0 - below, 12.5)
    found = repeat_of(rotation, translation)
    assert np.isfinite([found.rotation_deg, found.rise_a]).all()
    assert found.rise_a == pytest.approx(12.5, abs=1e-6)
    assert repeat_of(*screw(axis, 180.0 - below)).ring_size == 2


@pytest.mark.parametrize("angle", [0.0, 1e-12, 1e-6, 0.4999])
def test_hardly_a_turn_is_a_translation(angle):
    rotation, _ = screw([1, 2, 3], angle)
    found = repeat_of(rotation, np.array([3.0, 4.0, 0.0]))
    assert found.is_translation
    assert found.rise_a == pytest.approx(5.0)


def test_no_motion_is_a_ring_of_one():
    found = repeat_of(np.eye(3), np.zeros(3))
    assert found.ring_size == 1
    assert not found.is_propagating


@given(axis=axes, through=points, angle=st.floats(0.0, 180.0), rise=finite, by=points)
def test_moving_the_frame_changes_nothing(axis, through, angle, rise, by):
    """Carried along: motion and centre of the body in a shifted frame give the same answer."""
    rotation, translation = screw(axis, angle, rise, through)
    centre = frozen(through)
    first = repeat_of(rotation, translation, about=centre, tolerance=SUPERPOSED)
    moved = translation + by - rotation @ by
    second = repeat_of(
        rotation, frozen(moved), about=frozen(centre + by), tolerance=SUPERPOSED
    )
    assert first.is_translation == second.is_translation
    assert first.rise_a == pytest.approx(second.rise_a, abs=1e-6)


def test_a_slight_turn_far_from_the_origin_is_measured_at_the_body():
    """Copies that are turned by 4° count as translated by what their centre moves, not the origin."""
    centre = np.array([0.0, 200.0, 0.0])
    rotation, _ = screw([0, 0, 1], 4.0)
    translation = centre - rotation @ centre + np.array([70.5, 0.0, 0.0])
    found = repeat_of(rotation, translation, about=centre, tolerance=SUPERPOSED)
    assert found.is_translation
    assert found.rise_a == pytest.approx(70.5)
    # At the origin the same motion goes 14 Å (200 Å × 4°) another way.
    wrong = repeat_of(rotation, translation, tolerance=SUPERPOSED)
    assert abs(wrong.rise_a - 70.5) > 10.0


@pytest.mark.parametrize(
    ("angle", "ring_size"), [(72.0, 5), (144.0, 5), (360.0 / 7, 7), (15.0, 24)]
)
def test_rings_that_no_crystal_has(angle, ring_size):
    """Non-crystallographic rings; 144° visits all five members, going round twice."""
    assert repeat_of(*screw([0, 1, 1], angle, 0.0, [9, 9, 9])).ring_size == ring_size


def test_a_helix_of_irrational_turn_never_closes():
    # 36° × golden ratio: no multiple up to 24 comes within 0.5° of a full turn.
    found = repeat_of(*screw([0, 0, 1], 58.249))
    smallest = min(abs(math.remainder(n * 58.249, 360.0)) for n in range(1, 25))
    assert smallest > EXACT.angle_deg
    assert found.is_propagating
    assert found.ring_size == 0


def test_tolerance_is_of_the_whole_turn():
    """Six steps of 59° end 6° short, a ring within 8°; two of 175° end 10° short, none."""
    assert repeat_of(*screw([0, 0, 1], 59.0), tolerance=SUPERPOSED).ring_size == 6
    assert repeat_of(*screw([0, 0, 1], 59.0), tolerance=EXACT).ring_size != 6
    assert repeat_of(*screw([0, 0, 1], 175.0), tolerance=SUPERPOSED).ring_size != 2
    assert repeat_of(*screw([0, 0, 1], 176.5), tolerance=SUPERPOSED).ring_size == 2


def test_a_rise_within_the_tolerance_of_copies_closes():
    assert repeat_of(*screw([1, 1, 0], 180.0, 1.5), tolerance=SUPERPOSED).ring_size == 2
    assert repeat_of(*screw([1, 1, 0], 180.0, 1.5), tolerance=EXACT).is_propagating


@given(axis=axes, through=points, angle=st.floats(1.0, 180.0), rise=finite)
def test_a_motion_and_its_inverse_build_the_same(axis, through, angle, rise):
    rotation, translation = screw(axis, angle, rise, through)
    forth = repeat_of(rotation, translation)
    back = repeat_of(rotation.T, -(rotation.T @ translation))
    assert forth.ring_size == back.ring_size
    assert forth.rotation_deg == pytest.approx(back.rotation_deg, abs=1e-9)
    assert forth.rise_a == pytest.approx(back.rise_a, abs=1e-6)
