"""B factors of a contact against those of its chains."""

import math
from dataclasses import replace

import numpy as np
import pytest

from il2struct.network.evidence.order import disorder_percent
from il2struct.network.evidence.sites import interface_rows


def with_b(measured, b_iso):
    entry = measured.named.entry
    changed = replace(entry, atoms=replace(entry.atoms, b_iso=b_iso))
    return replace(measured, named=replace(measured.named, entry=changed))


@pytest.fixture
def contact(alpha_study):
    return alpha_study.focal.members[-1]


def test_share_is_that_of_a_slow_count(contact):
    entry = contact.named.entry
    percents = []
    for _, rows in interface_rows(contact):
        for row in rows:
            chain = entry.chains[entry.residues.chain_index[row]]
            means = {}
            for other in chain.residue_index.tolist():
                own = (entry.atoms.residue_index == other) & ~entry.atoms.is_hydrogen
                means[other] = entry.atoms.b_iso[own].mean()
            below = sum(b < means[row] for b in means.values())
            equal = sum(b == means[row] for b in means.values())
            percents.append(100.0 * (below + equal / 2) / len(means))
    # Sums in another order make or break a tie: one residue in 165 for one of 40.
    assert disorder_percent(contact) == pytest.approx(np.mean(percents), abs=0.05)


def test_share_depends_on_the_order_of_b_factors_only(contact):
    b = contact.named.entry.atoms.b_iso
    plain = disorder_percent(contact)
    assert disorder_percent(with_b(contact, 2.0 * b + 8.0)) == pytest.approx(
        plain, abs=0.05
    )
    assert disorder_percent(with_b(contact, 500.0 - b)) == pytest.approx(
        100.0 - plain, abs=0.05
    )


def test_b_factors_that_were_set_say_nothing(contact):
    flat = with_b(contact, np.full(len(contact.named.entry.atoms), 20.0))
    assert math.isnan(disorder_percent(flat))
