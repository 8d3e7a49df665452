"""Bonds of many frames of sides that hold hydrogens are those of each frame alone."""

from dataclasses import replace

import numpy as np
import pytest

from il2struct.interface import bonds_frames
from il2struct.interface.bonds import COLUMNS, find_bonds
from il2struct.interface.bonds_frames import bonds_by_frame, near_rows_of_pairs
from il2struct.interface.bonds_plan import bonds_plan
from il2struct.interface.bonds_side import prepare_atoms, prepare_side
from il2struct.interface.chemistry import (
    atom_chemistry,
    covalent_topology,
    name_keys,
)
from il2struct.interface.hydrogens import bond_lengths_a, rotor_hydrogens
from il2struct.interface.presets import MDANALYSIS, PRESETS
from il2struct.structure.model import Atoms, ChainImage, concatenated, make_side

pytestmark = pytest.mark.entries

PAIRS_OF = {
    3: ((0, 1), (0, 2), (1, 2)),
    4: ((0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)),
}


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
    atoms: Atoms = concatenated([side.atoms, protons])
    return replace(
        side, atoms=atoms.select(np.argsort(atoms.residue_index, kind="stable"))
    )


@pytest.fixture(scope="module", params=["1RHG.pdb", "2B5I.pdb", "2B5I.pdb in part"])
def sides(request, real_entry):
    """
    Chains with hydrogens: those of the entry, or placed.

    In part: on every second residue, as where a file holds hydrogens of some residues only.
    """
    name = request.param.split()[0]
    entry = real_entry(name)
    chains = "ABC" if name == "1RHG.pdb" else "ABCD"
    sides = [make_side(entry, [ChainImage(n)], label=n, role=n) for n in chains]
    if name == "1RHG.pdb":
        return sides
    sides = [with_hydrogens(side) for side in sides]
    if request.param.endswith("part"):
        sides = [
            replace(
                side,
                atoms=side.atoms.select(
                    ~side.atoms.is_hydrogen | (side.atoms.residue_index % 2 == 0)
                ),
            )
            for side in sides
        ]
    return sides


@pytest.fixture(scope="module")
def topologies(sides):
    return [covalent_topology(concatenated([s.atoms, s.glycans])) for s in sides]


def prepared_at(side, topology, coords):
    atoms = concatenated([side.atoms, side.glycans])
    return prepare_atoms(
        replace(atoms, coords=coords),
        topology,
        atom_chemistry(atoms, topology),
        key=name_keys(atoms.residue_name, atoms.atom_name),
        n_polymer=len(side.atoms),
    )


def shaken(plan, n_frames, sd_a=0.2):
    rng = np.random.default_rng(4)
    coords = plan.atoms.coords + rng.normal(
        0, sd_a, (n_frames, *plan.atoms.coords.shape)
    )
    coords.setflags(write=False)
    return coords


@pytest.mark.parametrize("preset", PRESETS)
def test_shaken_frames(sides, topologies, preset):
    criteria = PRESETS[preset]
    plan = bonds_plan(sides, criteria=criteria)
    coords = shaken(plan, 4)
    pairs = PAIRS_OF[len(sides)]
    found = bonds_by_frame(plan, coords, near_rows_of_pairs(plan, coords, pairs))
    n_bonds = 0
    for frame, positions in enumerate(coords):
        parts = np.split(positions, plan.side_start[1:-1])
        prepared = [
            prepared_at(*one) for one in zip(sides, topologies, parts, strict=True)
        ]
        for number, (one, two) in enumerate(pairs):
            single = find_bonds(prepared[one], prepared[two], criteria=criteria)
            mask = (found.pair == number) & (found.frame == frame)
            assert_same(found, mask, plan.side_start[[one, two]], single)
            n_bonds += single.is_hydrogen_bond.sum()
    assert n_bonds > 0


def assert_same(found, mask, starts, single):
    some = found.bonds.select(mask)
    assert (found.row_1[mask] - starts[0]).tolist() == single.index_1.tolist()
    assert (found.row_2[mask] - starts[1]).tolist() == single.index_2.tolist()
    for name in set(COLUMNS) - {"index_1", "index_2", "is_glycan_mediated"}:
        here, there = getattr(some, name), getattr(single, name)
        if here.dtype == np.float64:
            # Pieces are moved apart by some 1e4 Å: rounding at 1e-12 Å, in angles 1e-10°.
            np.testing.assert_allclose(here, there, rtol=0, atol=1e-8, err_msg=name)
        else:
            assert here.tolist() == there.tolist(), name


def test_the_first_look_leaves_out_pairs_but_no_bonds(sides, monkeypatch):
    plan = bonds_plan(sides, criteria=MDANALYSIS)
    coords = shaken(plan, 30)
    pairs = PAIRS_OF[len(sides)]
    near = near_rows_of_pairs(plan, coords, pairs)
    quick = bonds_by_frame(plan, coords, near)

    def everything(_coords, frame, *_args, **_options):
        return np.ones(len(frame), dtype=bool)

    monkeypatch.setattr(bonds_frames, "may_point", everything)
    all_near = near_rows_of_pairs(plan, coords, pairs)
    assert sum(len(one.row_1) for one in near) < sum(len(one.row_1) for one in all_near)
    slow = bonds_by_frame(plan, coords, all_near)
    assert len(slow.pair) > 0
    for name in ("pair", "frame", "row_1", "row_2"):
        assert getattr(quick, name).tolist() == getattr(slow, name).tolist()


def test_own_hydrogens_say_nothing_of_atoms_that_may_be_flipped(sides):
    flips = bonds_plan(sides, criteria=PRESETS["il2struct"])
    assert (flips.type_of[1] >= 0).any()
    assert not flips.hydrogens_settled[flips.type_of[1] >= 0].any()
    settled = bonds_plan(sides, criteria=MDANALYSIS).hydrogens_settled
    assert settled.tolist() == (flips.topology.hydrogens[:, 0] >= 0).tolist()
