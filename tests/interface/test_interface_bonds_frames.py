"""Bonds of many frames at once are those of each frame alone, under every preset."""

from dataclasses import replace

import numpy as np
import pytest

from il2struct.interface.bonds import COLUMNS, find_bonds
from il2struct.interface.bonds_frames import bonds_by_frame, near_rows
from il2struct.interface.bonds_plan import bonds_plan
from il2struct.interface.bonds_side import prepare_atoms, prepare_side
from il2struct.interface.chemistry import (
    atom_chemistry,
    covalent_topology,
    name_keys,
)
from il2struct.interface.presets import MDANALYSIS, PRESETS
from il2struct.kernels.geometry import random_rotation
from il2struct.structure.model import ChainImage, concatenated, make_side

pytestmark = pytest.mark.entries

PAIRS = ((0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3))


@pytest.fixture(scope="module")
def sides(real_entry):
    """The four chains of 2B5I, glycans included."""
    entry = real_entry("2B5I.pdb")
    return [make_side(entry, [ChainImage(n)], label=n, role=n) for n in "ABCD"]


@pytest.fixture(scope="module")
def topologies(sides):
    return [covalent_topology(concatenated([s.atoms, s.glycans])) for s in sides]


def prepared_at(side, topology, coords):
    """A side with other coordinates and the bonds it had before."""
    atoms = concatenated([side.atoms, side.glycans])
    chemistry = atom_chemistry(atoms, topology)
    return prepare_atoms(
        replace(atoms, coords=coords),
        topology,
        chemistry,
        key=name_keys(atoms.residue_name, atoms.atom_name),
        n_polymer=len(side.atoms),
    )


def assert_same(found, mask, plan, numbers, single):
    some = found.bonds.select(mask)
    starts = plan.side_start[list(numbers)]
    assert (found.row_1[mask] - starts[0]).tolist() == single.index_1.tolist()
    assert (found.row_2[mask] - starts[1]).tolist() == single.index_2.tolist()
    assert found.is_glycan_mediated[mask].tolist() == single.is_glycan_mediated.tolist()
    for name in COLUMNS[2:]:
        if name == "is_glycan_mediated":
            continue
        here, there = getattr(some, name), getattr(single, name)
        if here.dtype == np.float64:
            # Pieces are moved apart by some 1e4 Å: rounding at 1e-12 Å, in angles 1e-10°, and
            # near 0 and 180° its square root never enters, as angles are taken by arctan.
            np.testing.assert_allclose(here, there, rtol=0, atol=1e-8, err_msg=name)
        else:
            assert here.tolist() == there.tolist(), name


@pytest.mark.parametrize("preset", PRESETS)
def test_shaken_frames(sides, topologies, preset):
    plan = bonds_plan(sides, criteria=PRESETS[preset])
    rng = np.random.default_rng(4)
    shape = (5, *plan.atoms.coords.shape)
    coords = plan.atoms.coords + rng.normal(0, 0.2, shape)
    coords.setflags(write=False)
    near = [near_rows(plan, coords, pair) for pair in PAIRS]
    found = bonds_by_frame(plan, coords, near)
    n_bonds = 0
    for number, pair in enumerate(PAIRS):
        for frame in (0, 4):
            one, two = (
                prepared_at(
                    sides[k],
                    topologies[k],
                    coords[frame, plan.side_start[k] : plan.side_start[k + 1]],
                )
                for k in pair
            )
            single = find_bonds(one, two, criteria=PRESETS[preset])
            mask = (found.pair == number) & (found.frame == frame)
            assert_same(found, mask, plan, pair, single)
            n_bonds += len(single)
    assert n_bonds > 10


def test_rigid_motion_of_everything_keeps_every_bond(sides):
    plan = bonds_plan(sides, criteria=PRESETS["il2struct"])
    rotation = random_rotation(np.random.default_rng(1))
    moved = plan.atoms.coords @ rotation.T + [300.0, -40.0, 7.0]
    coords = np.stack([plan.atoms.coords, moved])
    near = [near_rows(plan, coords, pair) for pair in PAIRS]
    found = bonds_by_frame(plan, coords, near)
    first, second = found.frame == 0, found.frame == 1
    assert found.row_1[first].tolist() == found.row_1[second].tolist()
    assert found.row_2[first].tolist() == found.row_2[second].tolist()
    # rotation rounds coordinates of 300 Å at 1e-13 Å
    np.testing.assert_allclose(
        found.bonds.distance_a[first], found.bonds.distance_a[second], atol=1e-10
    )


def test_frames_apart_have_no_bonds(sides):
    plan = bonds_plan(sides[:2], criteria=PRESETS["plip"])
    coords = np.stack([plan.atoms.coords] * 3)
    coords[1, plan.side_start[1] :] += 500.0
    found = bonds_by_frame(plan, coords, [near_rows(plan, coords, (0, 1))])
    assert sorted(set(found.frame.tolist())) == [0, 2]


def test_no_frame_with_a_bond_gives_no_rows(sides):
    plan = bonds_plan(sides[:2], criteria=MDANALYSIS)
    coords = plan.atoms.coords[None].copy()
    coords[:, plan.side_start[1] :] += 500.0
    found = bonds_by_frame(plan, coords, [near_rows(plan, coords, (0, 1))])
    assert len(found.row_1) == 0


def test_plan_is_what_a_side_alone_is(sides):
    plan = bonds_plan(sides, criteria=PRESETS["il2struct"])
    for number, side in enumerate(sides):
        rows = slice(plan.side_start[number], plan.side_start[number + 1])
        chemistry = prepare_side(side).chemistry
        assert plan.chemistry.is_acid[rows].tolist() == chemistry.is_acid.tolist()
        assert plan.is_glycan[rows].sum() == len(side.glycans)
