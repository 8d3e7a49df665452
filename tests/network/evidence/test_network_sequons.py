from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from il2struct.kernels.geometry import random_rotation
from il2struct.network.evidence.sequons import (
    CONE_HALF_ANGLE_DEG,
    GLYCAN_LENGTH_A,
    GLYCAN_RADIUS_A,
    free_fraction,
    sequon_numbers,
    sequons_at,
)
from il2struct.structure.family import SEQUON, shipped_family

HUMAN = {r.role: r for r in shipped_family().references if r.species == "human"}
ORIGIN = np.zeros(3)
TIP = np.array([0.0, 0.0, 1.53])
for _array in (ORIGIN, TIP):
    _array.setflags(write=False)


def frozen(values) -> np.ndarray:
    array = np.array(values, dtype=float).reshape(-1, 3)
    array.setflags(write=False)
    return array


def shell(radius_a: float, *, n: int = 4000) -> np.ndarray:
    """Points spread over a sphere around the tip, closer together than a glycan is wide."""
    index = np.arange(n) + 0.5
    polar = np.arccos(1 - 2 * index / n)
    turn = np.pi * (1 + np.sqrt(5)) * index
    directions = np.stack(
        [np.cos(turn) * np.sin(polar), np.sin(turn) * np.sin(polar), np.cos(polar)], 1
    )
    return frozen(TIP + radius_a * directions)


@pytest.mark.parametrize(
    ("role", "numbers"),
    [
        ("IL2RA", {49, 68}),
        ("IL2RB", {3, 17, 45, 123}),
        ("IL2RG", {2, 49, 53, 62, 137, 227}),
    ],
)
def test_sites_of_the_receptors_are_those_of_the_literature(role, numbers):
    found = sequon_numbers(HUMAN[role])
    assert numbers <= set(found)
    # Last extracellular residue, mature: before the transmembrane helix of science.md.
    last = {"IL2RA": 219, "IL2RB": 214, "IL2RG": 240}[role]
    assert {n for n in found if n <= last} == numbers


@pytest.mark.parametrize(
    ("sequence", "starts"),
    [("NNSSA", [0, 1]), ("NPS", []), ("NAT", [0]), ("NAC", []), ("NSN", [])],
)
def test_pattern(sequence, starts):
    assert [m.start() for m in SEQUON.finditer(sequence)] == starts


def test_all_is_free_without_obstacles_with_a_wall_behind_and_out_of_reach():
    assert free_fraction(ORIGIN, TIP, frozen([])) == 1.0
    # Behind Cα every point of the cone is farther than the glycan is wide.
    grid = np.arange(-40.0, 41.0, 2.0)
    wall = np.array([(x, y, -3.0) for x in grid for y in grid])
    assert free_fraction(ORIGIN, TIP, frozen(wall)) == 1.0
    far = GLYCAN_LENGTH_A + GLYCAN_RADIUS_A + 0.1
    assert free_fraction(ORIGIN, TIP, shell(far)) == 1.0


def test_nothing_is_free_in_a_closed_shell():
    assert free_fraction(ORIGIN, TIP, shell(10.0)) == 0.0


def test_there_is_no_answer_without_a_direction():
    assert np.isnan(free_fraction(TIP, TIP, shell(10.0)))


@pytest.mark.parametrize("distance_a", [8.0, 12.0, 16.0])
def test_one_atom_on_the_axis_casts_a_shadow_of_known_size(distance_a):
    atom = frozen([0.0, 0.0, TIP[2] + distance_a])
    half = np.arcsin(GLYCAN_RADIUS_A / distance_a)
    cap = 1.0 - np.cos(np.radians(CONE_HALF_ANGLE_DEG))
    expected = 1.0 - (1.0 - np.cos(half)) / cap
    # 200 directions, and steps of 1 Å that pass the nearest point by up to 0.5 Å.
    assert free_fraction(ORIGIN, TIP, atom) == pytest.approx(expected, abs=0.03)


@given(seed=st.integers(0, 10_000))
def test_turning_and_moving_everything_changes_nothing(seed):
    rng = np.random.default_rng(seed)
    obstacles = TIP + rng.normal(scale=8.0, size=(4, 3)) + [0.0, 0.0, 12.0]
    rotation, shift = random_rotation(rng), rng.normal(scale=30.0, size=3)
    before = free_fraction(ORIGIN, TIP, obstacles)
    moved = [points @ rotation.T + shift for points in (ORIGIN, TIP, obstacles)]
    # The spiral starts at another angle: directions at the rim of the shadows differ.
    assert free_fraction(*moved) == pytest.approx(before, abs=0.07)


@given(seed=st.integers(0, 10_000))
def test_more_obstacles_never_free_a_direction(seed):
    points = TIP + np.random.default_rng(seed).normal(scale=12.0, size=(12, 3))
    assert free_fraction(ORIGIN, TIP, points) <= free_fraction(ORIGIN, TIP, points[:6])


@pytest.mark.entries
def test_glycans_of_the_contact_are_those_of_the_first_pass(alpha_study):
    assert len(alpha_study.sequons) == 3
    for sites in alpha_study.sequons.values():
        gamma = {s.mature_number: s for s in sites if s.role == "IL2RG"}
        for number in (49, 137):
            assert gamma[number].status == "native"
            assert gamma[number].has_glycan
            # science.md: 3.1 to 3.5 Å from the neighbour, to its digits.
            assert 3.05 < gamma[number].glycan_distance_a < 3.55
        assert gamma[53].status == "N53Q"
        assert not gamma[53].has_glycan
        assert np.isnan(gamma[53].glycan_distance_a)
        assert gamma[53].free_fraction == 1.0
        distances = [s.distance_a for s in sites]
        assert distances == sorted(distances)
    alpha = {
        s.mature_number: s.status
        for s in alpha_study.sequons["2ERJ A-C[1_565]"]
        if s.role == "IL2RA"
    }
    assert alpha == {49: "N49S"}


@pytest.mark.entries
def test_a_site_is_lost_with_its_threonine_or_to_a_proline(alpha_study):
    member = alpha_study.focal.members[0]
    named = member.named
    gamma = named.entry.chain(member.contact.image_2.auth_asym_id)
    rows = gamma.residue_index
    numbers = named.numbers.mature_number[rows]

    def status(mature: int, letter: str) -> str:
        place = int(gamma.position[int(np.flatnonzero(numbers == mature)[0])])
        sequence = gamma.sequence[:place] + letter + gamma.sequence[place + 1 :]
        chains = tuple(
            replace(c, sequence=sequence) if c is gamma else c
            for c in named.entry.chains
        )
        changed = replace(named, entry=replace(named.entry, chains=chains))
        sites = sequons_at(replace(member, named=changed))
        return next(
            s.status for s in sites if s.role == "IL2RG" and s.mature_number == 137
        )

    native = gamma.sequence[int(gamma.position[int(np.flatnonzero(numbers == 139)[0])])]
    assert status(139, "S") == "native"
    assert status(139, "T") == "native"
    assert status(139, "A") == f"{native}139A"
    assert status(138, "P").endswith("138P")
    assert status(138, "G") == "native"
    assert status(137, "D") == "N137D"
