"""Stretches without coordinates: where they are, how far they reach, and the known one of α."""

import math
from types import SimpleNamespace

import pytest

from il2struct.network.evidence.lines import Verdict, not_seen
from il2struct.network.evidence.sites import RISE_A, gaps_of, reach_a


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
