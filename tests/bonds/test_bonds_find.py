"""Bonds of made-up sides: one by one, concordance, and what holds of all."""

from dataclasses import replace

import numpy as np
import pytest
from fragments import atoms_of, ideal, moved, side_of
from hypothesis import given, settings
from hypothesis import strategies as st

from arrays import random_rotation
from il2struct.bonds.criteria import IL2STRUCT, PRESETS, HydrogenBondCriteria, preset
from il2struct.bonds.find import concordance, find_bonds
from il2struct.bonds.finders import WATER_PLACE
from il2struct.errors import ParameterError
from il2struct.structure.model import concatenated

# A peptide N-H along +x from the origin, and a carbonyl whose oxygen stands on that line.
AMIDE = (
    ("ALA", {"C": (-0.7, 1.14, 0.0), "CA": (-1.9, 2.0, 0.0)}),
    ("ALA", {"N": (0.0, 0.0, 0.0), "CA": (-0.76, -1.24, 0.0)}),
)


def carbonyl(distance_a, *, angle_acceptor_deg=150.0):
    bend = np.radians(180.0 - angle_acceptor_deg)
    oxygen = np.array([distance_a, 0.0, 0.0])
    carbon = oxygen + 1.23 * np.array([np.cos(bend), np.sin(bend), 0.0])
    return ("GLY", {"O": oxygen, "C": carbon})


def amide_on_x():
    """Turn the amide so that the bisector, hence N-H, is exactly +x."""
    atoms = atoms_of(*AMIDE)
    n, c, ca = (atoms.coords[k] for k in (2, 0, 3))
    outward = (n - c) / np.linalg.norm(n - c) + (n - ca) / np.linalg.norm(n - ca)
    angle = -np.arctan2(outward[1], outward[0])
    turn = np.array(
        [
            [np.cos(angle), -np.sin(angle), 0],
            [np.sin(angle), np.cos(angle), 0],
            [0, 0, 1],
        ]
    )
    return side_of(moved(atoms, (0, 0, 0), turn))


def only_row(bonds, kind="hydrogen_bond"):
    (row,) = np.flatnonzero(bonds.is_kind[kind])
    return row


def test_a_straight_hydrogen_bond_has_the_geometry_it_was_built_with():
    giver, taker = amide_on_x(), side_of(atoms_of(carbonyl(2.9)))
    bonds = find_bonds(giver, taker, criteria=IL2STRUCT)
    row = only_row(bonds)
    assert giver.atoms.atom_name[bonds.index_1[row]] == "N"
    assert taker.atoms.atom_name[bonds.index_2[row]] == "O"
    assert bonds.donor_side[row] == 1
    # Analytic: the hydrogen is 1.01 Å along the line of 2.9 Å. 1e-6°: arctan2 of a tiny sine.
    np.testing.assert_allclose(bonds.distance_a[row], 2.9, rtol=1e-12)
    np.testing.assert_allclose(bonds.distance_ha_a[row], 1.89, rtol=1e-9)
    np.testing.assert_allclose(bonds.angle_dha_deg[row], 180.0, atol=1e-6)
    np.testing.assert_allclose(bonds.angle_acceptor_deg[row], 150.0, rtol=1e-9)
    np.testing.assert_allclose(bonds.angle_hydrogen_acceptor_deg[row], 150.0, rtol=1e-9)
    n, c, ca = (giver.atoms.coords[k] for k in (2, 0, 3))
    smallest = min(
        np.degrees(np.arccos(np.dot(v - n, (1, 0, 0)) / np.linalg.norm(v - n)))
        for v in (c, ca)
    )
    np.testing.assert_allclose(bonds.angle_donor_deg[row], smallest, rtol=1e-9)
    assert bonds.is_plain_hydrogen_bond.sum() == 1
    assert (bonds.preset, bonds.source) == (IL2STRUCT.name, IL2STRUCT.source)


@pytest.mark.parametrize(
    ("distance_a", "angle_acceptor_deg", "exists"),
    [
        (3.499, 150.0, True),
        (3.501, 150.0, False),
        (2.9, 90.5, True),
        (2.9, 89.5, False),
    ],
)
def test_default_limits(distance_a, angle_acceptor_deg, exists):
    taker = side_of(
        atoms_of(carbonyl(distance_a, angle_acceptor_deg=angle_acceptor_deg))
    )
    bonds = find_bonds(amide_on_x(), taker, criteria=IL2STRUCT)
    assert bool(bonds.is_hydrogen_bond.any()) is exists


@pytest.mark.parametrize(("angle_dha_deg", "exists"), [(120.5, True), (119.5, False)])
def test_smallest_angle_at_the_hydrogen(angle_dha_deg, exists):
    # Oxygen 2.2 Å from the hydrogen, bent out of the plane by the given angle.
    bend = np.radians(180.0 - angle_dha_deg)
    oxygen = np.array([1.01, 0, 0]) + 2.2 * np.array([np.cos(bend), 0, np.sin(bend)])
    away = oxygen / np.linalg.norm(oxygen)
    taker = side_of(atoms_of(("GLY", {"O": oxygen, "C": oxygen + 1.23 * away})))
    bonds = find_bonds(amide_on_x(), taker, criteria=IL2STRUCT)
    assert bool(bonds.is_hydrogen_bond.any()) is exists


def test_heavy_atom_preset_does_not_ask_for_the_hydrogen():
    oxygen = np.array([1.2, 0.0, 2.4])
    taker = side_of(
        atoms_of(("GLY", {"O": oxygen, "C": oxygen + np.array([0.2, 0, 1.2])}))
    )
    assert not find_bonds(
        amide_on_x(), taker, criteria=IL2STRUCT
    ).is_hydrogen_bond.any()
    heavy = find_bonds(amide_on_x(), taker, criteria=preset("il2struct-heavy"))
    assert heavy.is_hydrogen_bond.any()


def test_two_acceptors_or_two_donors_do_not_bond():
    one = side_of(atoms_of(carbonyl(2.9)))
    other = side_of(atoms_of(("GLY", {"O": (0, 0, 0), "C": (-1.23, 0, 0)})))
    assert not find_bonds(one, other, criteria=IL2STRUCT).is_hydrogen_bond.any()


CARBOXYLATE = {
    "CB": (0.0, 0.0, -1.5),
    "CG": (0.0, 0.0, 0.0),
    "OD1": (1.08, 0.0, 0.6),
    "OD2": (-1.08, 0.0, 0.6),
}


def test_carboxylates_that_are_too_close_need_a_proton():
    one = side_of(atoms_of(("ASP", CARBOXYLATE)))
    up = moved(atoms_of(("ASP", CARBOXYLATE)), (0, 0, 3.3), np.diag([1.0, -1.0, -1.0]))
    near = find_bonds(one, side_of(up), criteria=IL2STRUCT)
    # Mirrored across 2.1 Å: OD1...OD1 and OD2...OD2 are 2.1 Å, the crossed pairs 3.02 Å.
    assert near.needs_protonation.sum() == 4
    assert near.is_hydrogen_bond[near.needs_protonation].all()
    assert not near.is_plain_hydrogen_bond.any()
    assert (near.donor_side == 0).all()
    far = find_bonds(one, side_of(moved(up, (0, 0, 1.2))), criteria=IL2STRUCT)
    assert not far.needs_protonation.any()
    foreign = find_bonds(one, side_of(up), criteria=preset("hbplus"))
    assert not foreign.is_hydrogen_bond.any()


@pytest.mark.parametrize(("distance_a", "exists"), [(3.99, True), (4.01, False)])
def test_salt_bridge(distance_a, exists):
    acid = side_of(atoms_of(("ASP", CARBOXYLATE)))
    nitrogen = np.array(CARBOXYLATE["OD1"]) + distance_a * np.array([1.0, 0, 0])
    base = side_of(
        atoms_of(("LYS", {"NZ": nitrogen, "CE": nitrogen + np.array([1.49, 0, 0])}))
    )
    bonds = find_bonds(acid, base, criteria=IL2STRUCT)
    assert bonds.is_salt_bridge.sum() == exists
    if exists:
        assert (
            acid.atoms.atom_name[bonds.index_1[only_row(bonds, "salt_bridge")]] == "OD1"
        )


def test_salt_bridge_by_centres_reports_the_nearest_atoms():
    acid = side_of(atoms_of(("ASP", CARBOXYLATE)))
    # The carboxylate's centre is (0, 0, 0.6); the ammonium stands 5.4 Å from it.
    nitrogen = np.array([5.4, 0.0, 0.6])
    base = side_of(
        atoms_of(("LYS", {"NZ": nitrogen, "CE": nitrogen + np.array([1.49, 0, 0])}))
    )
    bonds = find_bonds(acid, base, criteria=preset("plip"))
    row = only_row(bonds, "salt_bridge")
    np.testing.assert_allclose(bonds.distance_a[row], 5.4 - 1.08)
    farther = side_of(moved(base.atoms, (0.2, 0, 0)))
    assert not find_bonds(acid, farther, criteria=preset("plip")).is_salt_bridge.any()


def test_histidine_is_charged_only_where_the_preset_says_so():
    acid = side_of(atoms_of(("ASP", CARBOXYLATE)))
    histidine = side_of(moved(ideal("HIS"), (4.6, 0, 1.5)))
    assert not find_bonds(acid, histidine, criteria=IL2STRUCT).is_salt_bridge.any()
    charged = replace(
        IL2STRUCT,
        salt_bridge=replace(
            IL2STRUCT.salt_bridge, distance_atoms_max_a=6.0, histidine_is_charged=True
        ),
    )
    assert find_bonds(acid, histidine, criteria=charged).is_salt_bridge.any()


def test_disulfide():
    one = side_of(atoms_of(("CYS", {"CB": (-1.8, 0, 0), "SG": (0, 0, 0)})))
    other = atoms_of(("CYS", {"SG": (2.05, 0, 0), "CB": (2.4, 1.77, 0)}))
    bonds = find_bonds(one, side_of(other), criteria=IL2STRUCT)
    assert bonds.is_kind["disulfide"].tolist() == [True]
    apart = find_bonds(one, side_of(moved(other, (0.5, 0, 0))), criteria=IL2STRUCT)
    assert not apart.is_kind["disulfide"].any()


def phenyl(centre, normal_axis):
    angles = np.radians(60.0 * np.arange(6))
    ring = 1.39 * np.stack([np.cos(angles), np.sin(angles), np.zeros(6)], axis=1)
    ring = np.roll(ring, normal_axis + 1, axis=1) + np.asarray(centre, float)
    names = ("CG", "CD1", "CE1", "CZ", "CE2", "CD2")
    return ("PHE", dict(zip(names, ring, strict=True)))


def test_cation_over_a_ring():
    ring = side_of(atoms_of(phenyl((0, 0, 0), normal_axis=2)))
    lysine = atoms_of(("LYS", {"NZ": (1.0, 0, 4.0), "CE": (1.0, 0, 5.49)}))
    bonds = find_bonds(side_of(lysine), ring, criteria=IL2STRUCT)
    row = only_row(bonds, "cation_pi")
    np.testing.assert_allclose(
        bonds.centroid_distance_a[row], np.hypot(1, 4), rtol=1e-9
    )
    expected_deg = np.degrees(np.arctan2(1, 4))
    np.testing.assert_allclose(bonds.ring_angle_deg[row], expected_deg, rtol=1e-9)
    assert lysine.atom_name[bonds.index_1[row]] == "NZ"
    assert (
        ring.atoms.atom_name[bonds.index_2[row]] == "CG"
    )  # at (1.39, 0, 0), the nearest
    beside = moved(lysine, (1.1, 0, 0))  # offset 2.1 Å
    assert (
        not find_bonds(side_of(beside), ring, criteria=IL2STRUCT)
        .is_kind["cation_pi"]
        .any()
    )


@pytest.mark.parametrize(
    ("centre", "normal_axis", "angle_deg", "exists"),
    [
        ((0.0, 0.0, 3.6), 2, 0.0, True),
        ((1.9, 0.0, 3.6), 2, 0.0, True),
        ((2.1, 0.0, 3.6), 2, 0.0, False),
        ((0.0, 0.0, 5.0), 0, 90.0, True),
        ((0.0, 0.0, 5.6), 0, 90.0, False),
    ],
)
def test_stacked_rings(centre, normal_axis, angle_deg, exists):
    one = side_of(atoms_of(phenyl((0, 0, 0), normal_axis=2)))
    other = side_of(atoms_of(phenyl(centre, normal_axis=normal_axis)))
    bonds = find_bonds(one, other, criteria=IL2STRUCT)
    assert bonds.is_kind["pi_stacking"].sum() == exists
    if exists:
        row = only_row(bonds, "pi_stacking")
        np.testing.assert_allclose(
            bonds.centroid_distance_a[row], np.linalg.norm(centre)
        )
        np.testing.assert_allclose(bonds.ring_angle_deg[row], angle_deg, atol=1e-5)


def test_a_ring_with_a_missing_atom_is_no_ring():
    whole, broken = phenyl((0, 0, 0), normal_axis=2), phenyl((0, 0, 3.6), normal_axis=2)
    del broken[1]["CZ"]
    bonds = find_bonds(
        side_of(atoms_of(whole)), side_of(atoms_of(broken)), criteria=IL2STRUCT
    )
    assert not bonds.is_kind["pi_stacking"].any()


def test_apolar_contacts_are_between_carbons_with_carbon_neighbours_only():
    one = ideal("LEU")
    tip = one.coords[one.atom_name == "CD1"][0]
    half_turn = np.diag([-1.0, -1.0, 1.0])
    facing = moved(one, tip - half_turn @ tip + np.array([3.6, 0, 0]), half_turn)
    bonds = find_bonds(side_of(one), side_of(facing), criteria=IL2STRUCT)
    apolar = {"CB", "CG", "CD1", "CD2"}
    other = facing.coords
    expected = {
        (i, j)
        for i in range(len(one))
        for j in range(len(one))
        if np.linalg.norm(one.coords[i] - other[j]) <= 4.0
        and {str(one.atom_name[i]), str(one.atom_name[j])} <= apolar
    }
    mask = bonds.is_kind["apolar_contact"]
    found = set(
        zip(bonds.index_1[mask].tolist(), bonds.index_2[mask].tolist(), strict=True)
    )
    assert found == expected
    assert expected


def test_a_water_between_two_atoms():
    one = side_of(atoms_of(("SER", {"OG": (0, 0, 0), "CB": (-1.4, 0, 0)})))
    other = side_of(atoms_of(("SER", {"OG": (4.6, 0, 0), "CB": (6.0, 0, 0)})))
    waters = atoms_of(
        ("HOH", {"O": (2.3, 1.9, 0)}),
        ("HOH", {"O": (2.3, 1.5, 0)}),
        ("HOH", {"O": (-1.0, -3.0, 0)}),
    )
    bonds = find_bonds(one, other, criteria=IL2STRUCT, waters=waters)
    row = only_row(bonds, "water_mediated")
    assert bonds.water_residue_index[row] == 1  # the nearer of the two that bridge
    leg = np.hypot(2.3, 1.5)
    place = [bonds.columns[name][row] for name in WATER_PLACE]
    np.testing.assert_array_equal(place, waters.coords[1])
    np.testing.assert_allclose(bonds.distance_water_1_a[row], leg)
    np.testing.assert_allclose(bonds.distance_water_2_a[row], leg)
    assert not bonds.is_hydrogen_bond.any()
    dry = find_bonds(one, other, criteria=IL2STRUCT)
    assert len(dry) == 0
    behind = atoms_of(("HOH", {"O": (-2.0, 2.2, 0)}))
    assert len(find_bonds(one, other, criteria=IL2STRUCT, waters=behind)) == 0


def test_an_amide_that_faces_the_wrong_way_needs_a_flip():
    asparagine = ideal("ASN")
    side_chain = np.isin(asparagine.atom_name, ["CB", "CG", "OD1", "ND2"])
    asparagine = asparagine.select(side_chain)
    oxygen = asparagine.coords[asparagine.atom_name == "OD1"][0]
    carbon = asparagine.coords[asparagine.atom_name == "CG"][0]
    other_neighbour = asparagine.coords[asparagine.atom_name == "ND2"][0]
    # A backbone oxygen where a hydrogen of a flipped amide would point.
    out = (oxygen - carbon) / np.linalg.norm(oxygen - carbon)
    side = carbon - other_neighbour
    side = side - np.dot(side, out) * out
    side = side / np.linalg.norm(side)
    place = oxygen + 2.9 * (np.cos(np.pi / 3) * out + np.sin(np.pi / 3) * side)
    beyond = place + 1.23 * (place - oxygen) / 2.9
    taker = side_of(atoms_of(("GLY", {"O": place, "C": beyond})))
    bonds = find_bonds(side_of(asparagine), taker, criteria=IL2STRUCT)
    row = only_row(bonds)
    assert bonds.needs_flip[row]
    assert asparagine.atom_name[bonds.index_1[row]] == "OD1"
    np.testing.assert_allclose(bonds.angle_dha_deg[row], 180.0, atol=1e-4)
    assert not bonds.is_plain_hydrogen_bond.any()
    assert not find_bonds(
        side_of(asparagine), taker, criteria=preset("hbplus")
    ).is_hydrogen_bond.any()


def test_bonds_of_glycans_are_marked():
    sugar = ideal("NAG")
    hydroxyl = sugar.coords[sugar.atom_name == "O6"][0]
    carbon = sugar.coords[sugar.atom_name == "C6"][0]
    axis = (hydroxyl - carbon) / np.linalg.norm(hydroxyl - carbon)
    across = np.linalg.svd(axis[None])[2][1]
    cone = np.radians(70.5)
    place = hydroxyl + 2.8 * (np.cos(cone) * axis + np.sin(cone) * across)
    beyond = place + 1.23 * (place - hydroxyl) / 2.8
    protein = side_of(atoms_of(("GLY", {"O": place, "C": beyond})))
    far = atoms_of(("ALA", {"CB": (90.0, 0, 0)}))
    decorated = side_of(far, glycans=sugar)
    bonds = find_bonds(decorated, protein, criteria=IL2STRUCT)
    row = only_row(bonds)
    assert bonds.is_glycan_mediated[row]
    assert concatenated([far, sugar]).atom_name[bonds.index_1[row]] == "O6"
    np.testing.assert_allclose(bonds.angle_dha_deg[row], 180.0, atol=1e-4)
    assert bonds.generic_residues == ("NAG",)


def test_partners_that_do_not_meet_have_no_bonds():
    one = side_of(ideal("ARG"))
    far = side_of(moved(ideal("GLU"), (50.0, 0, 0)))
    for criteria in PRESETS.values():
        assert len(find_bonds(one, far, criteria=criteria, waters=atoms_of())) == 0


def test_a_side_without_atoms_has_no_bonds():
    nothing = side_of(atoms_of())
    assert len(find_bonds(nothing, side_of(ideal("GLU")), criteria=IL2STRUCT)) == 0
    assert len(find_bonds(side_of(ideal("GLU")), nothing, criteria=IL2STRUCT)) == 0


def test_results_cannot_be_written_to():
    bonds = find_bonds(
        amide_on_x(), side_of(atoms_of(carbonyl(2.9))), criteria=IL2STRUCT
    )
    with pytest.raises(ValueError, match="read-only"):
        bonds.distance_a[0] = 1.0


def test_concordance_counts_the_presets_of_each_bond():
    giver, taker = amide_on_x(), side_of(atoms_of(carbonyl(3.2)))
    by_preset = {
        name: find_bonds(giver, taker, criteria=PRESETS[name])
        for name in ("mdanalysis", "il2struct", "plip")
    }
    table = concordance(by_preset)
    assert table.presets == ("mdanalysis", "il2struct", "plip")
    (row,) = np.flatnonzero(table.index_1 == 2)
    assert table.is_counted[row].tolist() == [False, True, True]
    assert table.n_presets[row] == 2
    np.testing.assert_allclose(table.distance_a[row], 3.2)


def test_concordance_of_nothing_is_an_error():
    with pytest.raises(ParameterError, match="at least one preset"):
        concordance({})


def test_concordance_of_empty_lists_is_empty():
    nothing = find_bonds(
        side_of(ideal("ALA")),
        side_of(moved(ideal("ALA"), (50, 0, 0))),
        criteria=IL2STRUCT,
    )
    table = concordance({"il2struct": nothing})
    assert len(table.index_1) == 0
    assert table.is_counted.shape == (0, 1)


def test_no_condition_means_every_near_donor_and_acceptor():
    criteria = replace(
        IL2STRUCT, hydrogen_bond=HydrogenBondCriteria(distance_da_max_a=3.5)
    )
    taker = side_of(atoms_of(carbonyl(2.9, angle_acceptor_deg=20.0)))
    assert find_bonds(amide_on_x(), taker, criteria=criteria).is_hydrogen_bond.any()


# --- invariants -----------------------------------------------------------------------


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
    place_still, place_gone = (
        np.stack([bonds.columns[name] for name in WATER_PLACE], axis=1)
        for bonds in (still, gone)
    )
    np.testing.assert_allclose(place_still @ rotation.T + shift, place_gone, atol=1e-5)
    for column in set(still.columns) - set(WATER_PLACE):
        # Rounding of coordinates of size 30 Å, magnified near 180° by the square root of it.
        np.testing.assert_allclose(
            still.columns[column], gone.columns[column], atol=1e-5, err_msg=column
        )
