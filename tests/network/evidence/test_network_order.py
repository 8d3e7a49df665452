"""B factors of a contact against those of its chains."""

import gzip
import math
from dataclasses import replace

import numpy as np
import pytest

from il2struct.network.evidence.sites import interface_rows
from il2struct.network.evidence.uncertainty import density_fit, disorder_percent


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


REPORT = """<?xml version="1.0"?><wwPDB-validation-information>
<ModelledSubgroup chain="C" resnum="46" icode=" " altcode="A" rsrz="2.5" rscc="0.81"/>
<ModelledSubgroup chain="C" resnum="46" icode=" " altcode="B" rsrz="0.5" rscc="0.71"/>
<ModelledSubgroup chain="D" resnum="144" icode=" " altcode=" " rsrz="-0.3" rscc="0.95"/>
<ModelledSubgroup chain="D" resnum="1" icode=" " altcode=" " rsrz="9.0" rscc="0.1"/>
<ModelledSubgroup chain="D" resnum="148" icode=" " altcode=" "/>
</wwPDB-validation-information>"""


@pytest.mark.parametrize("packed", [False, True])
def test_fit_to_the_density_is_read_beside_the_entry(contact, tmp_path, packed):
    source = replace(contact.named.entry.provenance, path=str(tmp_path / "2B5I.pdb.gz"))
    entry = replace(contact.named.entry, provenance=source)
    moved = replace(contact, named=replace(contact.named, entry=entry))
    assert density_fit(moved) is None
    path = tmp_path / ("2b5i_validation.xml" + (".gz" if packed else ""))
    path.write_bytes(gzip.compress(REPORT.encode()) if packed else REPORT.encode())
    # The worst conformer; residues outside the contact and without numbers are left out.
    assert sorted(density_fit(moved).tolist()) == [[-0.3, 0.95], [2.5, 0.71]]


def test_a_broken_report_is_said_and_left_out(contact, tmp_path, caplog):
    source = replace(contact.named.entry.provenance, path=str(tmp_path / "x.pdb"))
    entry = replace(contact.named.entry, provenance=source)
    moved = replace(contact, named=replace(contact.named, entry=entry))
    (tmp_path / "2b5i_validation.xml").write_text(REPORT[:-9])
    assert density_fit(moved) is None
    assert "no validation report that can be read" in caplog.text
