"""Bonds of many frames at once are those of each frame alone, with hydrogens and without."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from arrays import random_rotation
from il2struct.bonds.chemistry import (
    atom_chemistry,
    covalent_topology,
    name_keys,
)
from il2struct.bonds.criteria import MDANALYSIS, PRESETS
from il2struct.bonds.find import find_bonds
from il2struct.bonds.sides import (
    bond_lengths_a,
    prepare_atoms,
    prepare_side,
    rotor_hydrogens,
)
from il2struct.structure.model import ChainImage, concatenated, make_side
from il2struct.trajectory import bonds as trajectory_bonds
from il2struct.trajectory.bonds import bonds_by_frame, bonds_plan, near_rows

pytestmark = pytest.mark.entries


def with_hydrogens(side):
    """A side with a hydrogen wherever one is placed; those that turn point anywhere."""
    sites = prepare_side(replace(side, glycans=side.glycans.select([]))).sites
    hydrogens = sites.hydrogens.copy()
    turns = sites.is_rotor
    row = sites.row[turns]
    anywhere = np.random.default_rng(1).normal(0, 1, (len(row), 3))
    hydrogens[turns, 0] = rotor_hydrogens(
        side.atoms.coords[row],
        sites.axis[turns],
        side.atoms.coords[row] + anywhere,
        length_a=bond_lengths_a(sites.element[turns]),
    )
    site, number = np.nonzero(
        np.isfinite(hydrogens[..., 0]) & ~sites.is_flipped[:, None]
    )
    row = sites.row[site]
    protons = replace(
        side.atoms.select(row),
        coords=hydrogens[site, number],
        element=np.full(len(row), "H"),
        atom_name=np.full(len(row), "H"),
    )
    atoms = concatenated([side.atoms, protons])
    return replace(
        side, atoms=atoms.select(np.argsort(atoms.residue_index, kind="stable"))
    )


@pytest.fixture(scope="module")
def chains_of(real_entry):
    """The chains of an entry as sides, glycans included."""

    def sides(name, chains):
        entry = real_entry(name)
        return [make_side(entry, [ChainImage(n)], label=n, role=n) for n in chains]

    return sides


@pytest.fixture(scope="module")
def bare_sides(chains_of):
    return chains_of("2B5I.pdb", "ABCD")


@pytest.fixture(scope="module", params=["deposited", "placed", "placed in part"])
def protonated_sides(request, chains_of, bare_sides):
    """In part: on every second residue, as where a file holds hydrogens of some residues only."""
    if request.param == "deposited":
        return chains_of("1RHG.pdb", "ABC")
    sides = [with_hydrogens(side) for side in bare_sides]
    if request.param == "placed":
        return sides
    kept = [
        ~side.atoms.is_hydrogen | (side.atoms.residue_index % 2 == 0) for side in sides
    ]
    return [
        replace(side, atoms=side.atoms.select(mask))
        for side, mask in zip(sides, kept, strict=True)
    ]


def pairs_of(sides):
    return list(combinations(range(len(sides)), 2))


def shaken(plan, n_frames):
    rng = np.random.default_rng(4)
    coords = plan.atoms.coords + rng.normal(
        0, 0.2, (n_frames, *plan.atoms.coords.shape)
    )
    coords.setflags(write=False)
    return coords


def all_bonds(plan, coords, pairs):
    return bonds_by_frame(plan, coords, near_rows(plan, coords, pairs))


def prepared_at(side, topology, coords):
    """A side with other coordinates and the bonds it had before."""
    atoms = concatenated([side.atoms, side.glycans])
    return prepare_atoms(
        replace(atoms, coords=coords),
        topology,
        atom_chemistry(atoms, topology),
        key=name_keys(atoms.residue_name, atoms.atom_name),
        n_polymer=len(side.atoms),
    )


def assert_same(found, mask, starts, single):
    some = found.bonds.select(mask)
    assert (found.row_1[mask] - starts[0]).tolist() == single.index_1.tolist()
    assert (found.row_2[mask] - starts[1]).tolist() == single.index_2.tolist()
    assert found.is_glycan_mediated[mask].tolist() == single.is_glycan_mediated.tolist()
    for name in set(single.columns) - {"index_1", "index_2", "is_glycan_mediated"}:
        here, there = some.columns[name], single.columns[name]
        if here.dtype == np.float64:
            # Pieces are moved apart by some 1e4 Å: rounding at 1e-12 Å, in angles 1e-10°, and
            # near 0 and 180° its square root never enters, as angles are taken by arctan.
            np.testing.assert_allclose(here, there, rtol=0, atol=1e-8, err_msg=name)
        else:
            assert here.tolist() == there.tolist(), name


def assert_frames_are_those_alone(sides, criteria):
    plan = bonds_plan(sides, criteria=criteria)
    coords = shaken(plan, 4)
    pairs = pairs_of(sides)
    found = all_bonds(plan, coords, pairs)
    topologies = [covalent_topology(concatenated([s.atoms, s.glycans])) for s in sides]
    n_bonds = 0
    for frame, positions in enumerate(coords):
        parts = np.split(positions, plan.side_start[1:-1])
        prepared = [
            prepared_at(*part) for part in zip(sides, topologies, parts, strict=True)
        ]
        for number, (one, two) in enumerate(pairs):
            single = find_bonds(prepared[one], prepared[two], criteria=criteria)
            mask = (found.pair == number) & (found.frame == frame)
            assert_same(found, mask, plan.side_start[[one, two]], single)
            n_bonds += single.is_hydrogen_bond.sum()
    assert n_bonds > 0


@pytest.mark.parametrize("preset", PRESETS)
def test_shaken_frames(bare_sides, preset):
    assert_frames_are_those_alone(bare_sides, PRESETS[preset])


@pytest.mark.parametrize("preset", PRESETS)
def test_shaken_frames_with_hydrogens(protonated_sides, preset):
    assert_frames_are_those_alone(protonated_sides, PRESETS[preset])


def test_rigid_motion_of_everything_keeps_every_bond(bare_sides):
    plan = bonds_plan(bare_sides, criteria=PRESETS["il2struct"])
    rotation = random_rotation(np.random.default_rng(1))
    moved = plan.atoms.coords @ rotation.T + [300.0, -40.0, 7.0]
    coords = np.stack([plan.atoms.coords, moved])
    found = all_bonds(plan, coords, pairs_of(bare_sides))
    first, second = found.frame == 0, found.frame == 1
    assert found.row_1[first].tolist() == found.row_1[second].tolist()
    assert found.row_2[first].tolist() == found.row_2[second].tolist()
    # rotation rounds coordinates of 300 Å at 1e-13 Å
    np.testing.assert_allclose(
        found.bonds.distance_a[first], found.bonds.distance_a[second], atol=1e-10
    )


@pytest.mark.parametrize("touching", [[0, 2], []])
def test_frames_apart_have_no_bonds(bare_sides, touching):
    plan = bonds_plan(bare_sides[:2], criteria=PRESETS["plip"])
    coords = np.stack([plan.atoms.coords] * 3)
    coords[np.setdiff1d(range(3), touching), plan.side_start[1] :] += 500.0
    found = all_bonds(plan, coords, [(0, 1)])
    assert np.unique(found.frame).tolist() == touching


def test_plan_is_what_a_side_alone_is(bare_sides):
    plan = bonds_plan(bare_sides, criteria=PRESETS["il2struct"])
    for number, side in enumerate(bare_sides):
        rows = slice(plan.side_start[number], plan.side_start[number + 1])
        chemistry = prepare_side(side).chemistry
        assert plan.chemistry.is_acid[rows].tolist() == chemistry.is_acid.tolist()
        assert plan.is_glycan[rows].sum() == len(side.glycans)


def test_the_first_look_leaves_out_pairs_but_no_bonds(protonated_sides, monkeypatch):
    plan = bonds_plan(protonated_sides, criteria=MDANALYSIS)
    coords = shaken(plan, 30)
    pairs = pairs_of(protonated_sides)
    near = near_rows(plan, coords, pairs)
    quick = bonds_by_frame(plan, coords, near)

    def everything(_coords, frame, *_args, **_options):
        return np.ones(len(frame), dtype=bool)

    monkeypatch.setattr(trajectory_bonds.frames, "may_point", everything)
    all_near = near_rows(plan, coords, pairs)
    assert sum(len(rows.row_1) for rows in near) < sum(
        len(rows.row_1) for rows in all_near
    )
    slow = bonds_by_frame(plan, coords, all_near)
    assert len(slow.pair) > 0
    for name in ("pair", "frame", "row_1", "row_2"):
        assert getattr(quick, name).tolist() == getattr(slow, name).tolist()


def test_own_hydrogens_say_nothing_of_atoms_that_may_be_flipped(protonated_sides):
    flips = bonds_plan(protonated_sides, criteria=PRESETS["il2struct"])
    assert (flips.type_of[1] >= 0).any()
    assert not flips.hydrogens_settled[flips.type_of[1] >= 0].any()
    settled = bonds_plan(protonated_sides, criteria=MDANALYSIS).hydrogens_settled
    assert settled.tolist() == (flips.topology.hydrogens[:, 0] >= 0).tolist()
