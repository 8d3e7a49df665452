"""What must not change: the same bonds after a rigid motion, or with the sides exchanged."""

from dataclasses import replace

import numpy as np
from fragments import atoms_of, ideal, moved, side_of
from hypothesis import given, settings
from hypothesis import strategies as st

from il2struct.bonds.criteria import IL2STRUCT, PRESETS
from il2struct.bonds.find import find_bonds
from il2struct.kernels.geometry import random_rotation
from il2struct.structure.model import concatenated


def moved_side(side, rotation, shift):
    return replace(
        side,
        atoms=moved(side.atoms, shift, rotation),
        glycans=moved(side.glycans, shift, rotation),
    )


KINDS = (
    "is_hydrogen_bond",
    "is_salt_bridge",
    "is_cation_pi",
    "is_pi_stacking",
    "is_apolar_contact",
    "is_water_mediated",
    "is_glycan_mediated",
    "needs_flip",
    "needs_protonation",
)

# fmt: off
RESIDUES = st.sampled_from(
    ["ARG", "ASN", "ASP", "CYS", "GLN", "GLU", "HIS", "LYS", "MET",
     "PHE", "SER", "THR", "TRP", "TYR", "LEU", "NAG", "SEP"]
)
# fmt: on


def random_sides(names_1, names_2, seed):
    """Two handfuls of residues thrown near each other, and some waters between."""
    rng = np.random.default_rng(seed)
    sides = []
    for names, centre in ((names_1, -3.0), (names_2, 3.0)):
        parts = []
        for index, name in enumerate(names):
            part = moved(
                ideal(name),
                np.array([centre, 9.0 * index, 0]) + rng.normal(0, 1, 3),
                random_rotation(rng),
            )
            parts.append(replace(part, residue_index=part.residue_index + index))
        whole = concatenated(parts)
        is_sugar = whole.residue_name == "NAG"
        sides.append(side_of(whole.select(~is_sugar), glycans=whole.select(is_sugar)))
    waters = atoms_of(
        *(
            ("HOH", {"O": np.array([0, 3.0 * k, 0]) + rng.normal(0, 1, 3)})
            for k in range(5)
        )
    )
    return sides[0], sides[1], waters


def test_the_handfuls_have_bonds_of_most_kinds():
    """The invariants below would hold of empty lists too."""
    rng = np.random.default_rng(1)
    names = ["ARG", "ASP", "LYS", "TRP", "PHE", "HIS", "ASN", "SER", "NAG"]
    seen = dict.fromkeys(KINDS, 0)
    for seed in range(150):
        chosen = rng.choice(names, 6).tolist()
        one, two, waters = random_sides(chosen[:3], chosen[3:], seed)
        bonds = find_bonds(one, two, criteria=IL2STRUCT, waters=waters)
        for kind in KINDS:
            seen[kind] += int(bonds.columns[kind].sum())
    assert min(seen.values()) > 0, seen


@settings(max_examples=40)
@given(
    names_1=st.lists(RESIDUES, min_size=1, max_size=3),
    names_2=st.lists(RESIDUES, min_size=1, max_size=3),
    seed=st.integers(0, 2**32 - 1),
    name=st.sampled_from(list(PRESETS)),
)
def test_exchanged_sides_give_the_same_rows_exchanged(names_1, names_2, seed, name):
    one, two, waters = random_sides(names_1, names_2, seed)
    there = find_bonds(one, two, criteria=PRESETS[name], waters=waters)
    back = find_bonds(two, one, criteria=PRESETS[name], waters=waters)
    order = np.lexsort((back.index_1, back.index_2))
    back = back.select(order)
    np.testing.assert_array_equal(there.index_1, back.index_2)
    np.testing.assert_array_equal(there.index_2, back.index_1)
    swapped = np.array([0, 2, 1])
    np.testing.assert_array_equal(there.donor_side, swapped[back.donor_side])
    np.testing.assert_allclose(there.distance_water_1_a, back.distance_water_2_a)
    same = set(there.columns) - {
        "index_1",
        "index_2",
        "donor_side",
        "distance_water_1_a",
        "distance_water_2_a",
    }
    for column in same:
        # Sums in another order: rounding only.
        np.testing.assert_allclose(
            there.columns[column], back.columns[column], rtol=1e-9, err_msg=column
        )


@settings(max_examples=40)
@given(
    names_1=st.lists(RESIDUES, min_size=1, max_size=3),
    names_2=st.lists(RESIDUES, min_size=1, max_size=3),
    seed=st.integers(0, 2**32 - 1),
)
def test_a_rigid_motion_changes_nothing(names_1, names_2, seed):
    one, two, waters = random_sides(names_1, names_2, seed)
    rng = np.random.default_rng(seed)
    rotation, shift = random_rotation(rng), rng.normal(0, 20, 3)
    still = find_bonds(one, two, criteria=IL2STRUCT, waters=waters)
    gone = find_bonds(
        moved_side(one, rotation, shift),
        moved_side(two, rotation, shift),
        criteria=IL2STRUCT,
        waters=moved(waters, shift, rotation),
    )
    for column in still.columns:
        # Rounding of coordinates of size 30 Å, magnified near 180° by the square root of it.
        np.testing.assert_allclose(
            still.columns[column], gone.columns[column], atol=1e-5, err_msg=column
        )
