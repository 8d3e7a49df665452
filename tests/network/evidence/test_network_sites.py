import math
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arrays import directions, frozen, random_rotation
from il2struct.lattice.measure import measured_contacts
from il2struct.network.evidence.lines import Verdict, not_seen
from il2struct.network.evidence.sites import (
    CONE_HALF_ANGLE_DEG,
    GLYCAN_LENGTH_A,
    GLYCAN_RADIUS_A,
    MIN_OVERLAPS,
    MIN_SHARED_RESIDUES,
    RISE_A,
    SHARED_SITE_FRACTION,
    free_fraction,
    gaps_of,
    reach_a,
    sequon_numbers,
    sequons_at,
    site_overlaps,
    site_residues,
    trans_clashes,
)
from il2struct.structure.family import Role, sequons, shipped_family

#: Residues of the contact in all copies, from the first pass (science.md, section 3).
ALPHA = {126, 128, *range(136, 145), 146, 148, 157}
GAMMA = {46, 47, 81, 82, 94, 96, 133, 136, 155, 156}


def moved(partner, shift):
    """A partner in another place."""
    atoms = partner.atoms
    coords = atoms.coords + shift
    return replace(partner, atoms=replace(atoms, coords=coords))


def centre(member, role):
    """Centre of a chain of unit 1 of a contact, in its home place."""
    entry = member.named.entry
    found = next(m for m in member.contact.unit_1.members if m.role is role)
    rows = entry.chain(found.image.auth_asym_id).residue_index
    return entry.atoms.coords[np.isin(entry.atoms.residue_index, rows)].mean(axis=0)


@pytest.mark.entries
def test_site_of_the_contact(alpha_study):
    members = alpha_study.focal.members
    assert site_residues(members, Role.IL2RA) >= ALPHA
    assert site_residues(members, Role.IL2RG) >= GAMMA
    # At most five residues a chain that not all copies show.
    assert len(site_residues(members, Role.IL2RA) - ALPHA) <= 5
    assert len(site_residues(members, Role.IL2RG) - GAMMA) <= 5
    assert site_residues(members, Role.IL2) == frozenset()
    assert site_residues((), Role.IL2RA) == frozenset()


@pytest.mark.entries
def test_lattice_contact_of_1z92_on_the_same_patch_of_alpha_is_found(alpha_study):
    found = [o for o in alpha_study.overlaps if o.entries == ("1Z92",)]
    largest = max(found, key=lambda o: o.n_shared)
    assert largest.role == "IL2RA"
    assert largest.other_class.startswith("IL2/IL2RA.")
    assert largest.n_shared >= 10
    assert not largest.is_inside_complex
    other = next(c for c in alpha_study.classes if c.name == largest.other_class)
    area = other.members[0].interface.burial.area_per_side_a2
    # science.md: 796 Å², 1 %.
    assert area == pytest.approx(796.0, rel=0.01)


@pytest.mark.entries
def test_no_site_inside_the_complex_overlaps_that_of_gamma_alpha(alpha_study):
    assert not any(o.is_inside_complex for o in alpha_study.overlaps)
    for overlap in alpha_study.overlaps:
        assert overlap.n_shared >= MIN_SHARED_RESIDUES
        assert SHARED_SITE_FRACTION <= overlap.fraction <= 1.0
    fractions = [o.fraction for o in alpha_study.overlaps]
    assert fractions == sorted(fractions, reverse=True)


@pytest.mark.entries
def test_overlap_is_seen_from_either_contact(alpha_study):
    packed = next(c for c in alpha_study.classes if c.name == "IL2/IL2RA.2")
    (there,) = site_overlaps(packed, [alpha_study.focal])
    (back,) = site_overlaps(alpha_study.focal, [packed])
    assert there.other_class == alpha_study.focal.name
    assert (there.role, there.n_shared) == (back.role, back.n_shared)
    assert site_overlaps(packed, [packed]) == ()


@pytest.mark.entries
def test_a_contact_shown_inside_a_complex_in_one_copy_counts_as_inside(alpha_study):
    true = next(c for c in alpha_study.classes if c.name == "IL2/IL2RA.1")
    mixed = replace(
        true, members=(*true.members, *alpha_study.focal.members), name="mixed.1"
    )
    found = site_overlaps(alpha_study.focal, [mixed])
    assert [o.is_inside_complex for o in found] == [True, True]


@pytest.mark.entries
def test_gamma_can_hold_its_complex_and_the_neighbours_alpha(alpha_study):
    for member in alpha_study.focal.members:
        assert trans_clashes(member) == {}


@pytest.mark.entries
@pytest.mark.parametrize("shift_a", [0.05, 1.0])
def test_the_chains_of_the_contact_never_overlap_each_other(alpha_study, shift_a):
    """Its closest pair (γc E46, α E144) is at 2.53 Å: any shift brings it below 2.5 Å."""
    for member in alpha_study.focal.members:
        first, second = member.interface.sides
        towards = first.atoms.coords.mean(axis=0)
        towards = towards - second.atoms.coords.mean(axis=0)
        nearer = moved(second, shift_a * towards / np.linalg.norm(towards))
        closer = replace(
            member, interface=replace(member.interface, sides=(first, nearer))
        )
        assert trans_clashes(closer) == {}


@pytest.mark.entries
def test_noise_of_the_coordinates_is_no_overlap(alpha_study):
    member = alpha_study.focal.members[-1]
    entry = member.named.entry
    for seed in range(5):
        noise = np.random.default_rng(seed).normal(size=entry.atoms.coords.shape)
        atoms = replace(entry.atoms, coords=entry.atoms.coords + 0.3 * noise)
        named = replace(member.named, entry=replace(entry, atoms=atoms))
        again = measured_contacts(named, contacts=[member.contact])[0]
        assert trans_clashes(again) == {}


@pytest.mark.entries
def test_a_neighbour_put_onto_the_first_complex_clashes(alpha_study):
    member = alpha_study.focal.members[-1]
    partner = member.interface.sides[1]
    shift = centre(member, Role.IL2) - partner.atoms.coords.mean(axis=0)
    forced = replace(
        member,
        interface=replace(
            member.interface, sides=(member.interface.sides[0], moved(partner, shift))
        ),
    )
    assert trans_clashes(forced)["IL2/IL2RG"] > 5 * MIN_OVERLAPS


@pytest.mark.entries
def test_the_chain_of_side_1_put_onto_the_second_complex_clashes(alpha_study):
    member = alpha_study.focal.members[-1]
    entry, place = member.named.entry, member.contact.image_2
    rotation, translation = entry.transform(place)
    there = rotation @ centre(member, Role.IL2RB) + translation
    partner = member.interface.sides[0]
    shift = there - partner.atoms.coords.mean(axis=0)
    forced = replace(
        member,
        interface=replace(
            member.interface, sides=(moved(partner, shift), member.interface.sides[1])
        ),
    )
    assert trans_clashes(forced)["IL2RB/IL2RA"] > 50


HUMAN = {r.role: r for r in shipped_family().references if r.species == "human"}
ORIGIN, TIP = frozen([0.0, 0.0, 0.0]), frozen([0.0, 0.0, 1.53])


def shell(radius_a: float, *, n: int = 4000) -> np.ndarray:
    """Points spread over a sphere around the tip, closer together than a glycan is wide."""
    return frozen(TIP + radius_a * directions(n))


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
    assert sequons(sequence) == starts


def test_all_is_free_without_obstacles_with_a_wall_behind_and_out_of_reach():
    assert free_fraction(ORIGIN, TIP, frozen(np.empty((0, 3)))) == 1.0
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
    atom = frozen([[0.0, 0.0, TIP[2] + distance_a]])
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


def chain(places, length):
    import numpy as np

    return SimpleNamespace(position=np.array(places), sequence="A" * length)


@pytest.mark.parametrize(
    ("places", "length", "gaps"),
    [
        ([0, 1, 2], 3, []),
        ([2, 3], 4, [(0, 2, [0])]),
        ([0, 1], 4, [(2, 4, [1])]),
        ([0, 4, 5], 6, [(1, 4, [0, 1])]),
        ([1, 3], 5, [(0, 1, [0]), (2, 3, [0, 1]), (4, 5, [1])]),
    ],
)
def test_gaps_are_what_no_residue_fills(places, length, gaps):
    made = chain(places, length)
    assert gaps_of(made) == gaps
    n_missing = sum(stop - start for start, stop, _ in gaps)
    assert n_missing == length - len(places)


def test_reach_of_loops_and_tails():
    # One residue is held by two bonds, and a tail of one by one: nothing gets farther than stretched.
    assert reach_a(1, 2) <= RISE_A
    assert reach_a(1, 1) <= 2 * RISE_A
    for n in (1, 5, 38, 200):
        assert reach_a(n, 2) < reach_a(n, 1) <= (n + 1) * RISE_A
        assert reach_a(2 * n, 2) == pytest.approx(
            min(reach_a(n, 1), (2 * n + 1) * RISE_A / 2)
        )
    # Kohn 2004: 20 residues unfolded, root mean square end to end.
    assert reach_a(20, 1) == pytest.approx(math.sqrt(6) * 1.927 * 20**0.598)


def test_alpha_misses_the_loop_with_its_first_sugar_in_both_crystals(alpha_study):
    for name, stretches in alpha_study.unseen.items():
        distances = [s.distance_a for s in stretches]
        assert distances == sorted(distances)
        assert all(s.distance_a <= s.reach_a for s in stretches)
        assert all(len(s.sequence) == s.n_residues for s in stretches)
        (loop,) = [
            s for s in stretches if s.role == "IL2RA" and 64 < s.first_number < 70
        ]
        assert loop.sequons == (("N68Q",) if name.startswith("2B5I") else ("N68S",))
    # Chains of 2ERJ begin and end with tags: no minus sign, and no number that is left out.
    shown = {s.shown for found in alpha_study.unseen.values() for s in found}
    assert "γc start-31 with N2" in shown
    assert "IL-2Rα 166-end" in shown
    (loop,) = [s for s in alpha_study.unseen["2B5I D-C[3_545]"] if s.first_number == 65]
    assert (loop.last_number, loop.n_residues) == (102, 38)
    assert 9.0 <= loop.distance_a <= 13.0


def test_what_is_not_seen_is_never_weighed(alpha_study):
    nothing = not_seen.ask(SimpleNamespace(unseen=((), ())))
    assert (nothing.value, nothing.verdict) == (0.0, Verdict.NEUTRAL)
    line = next(e for e in alpha_study.evidence if e.line is not_seen)
    assert line.verdict is Verdict.NEUTRAL
    assert "with N68S" in line.reason
