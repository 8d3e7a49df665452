"""B factors of a contact against those of its chains."""

import gzip
import math
import re
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from il2struct.network.evidence.lines import order
from il2struct.network.evidence.measures import Group
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


#: As the wwPDB writes it (3RER, schema v002, and later ones): attributes by name in any order, blanks
#: for nothing; RSRZ of polymers only, a conformer a row, children for what is wrong.
ROW = (
    '<ModelledSubgroup NatomsEDS="9" altcode="{}" avgoccu="1.000" chain="{}" ent="1" icode=" " model="1" '
    'num-H-reduce="6" owab="18.35" phi="-85.3" psi="-44.2" rama="Favored" resname="{}" resnum="{}" '
    'rota="tt0" {} rsr="0.091" said="A" seq="37">'
    '<clash atom="HG22" cid="5" clashmag="0.63" dist="1.98"/></ModelledSubgroup>'
)
RESIDUES = (
    ("A", "C", "GLU", 46, "2.500", "0.810"),
    ("B", "C", "GLU", 46, "0.500", "0.710"),
    (" ", "D", "GLU", 144, "-0.300", "0.950"),
    (" ", "D", "GLU", 1, "9.000", "0.100"),
    (" ", "D", "NAG", 301, "", "0.880"),
    (" ", "D", "LYS", 148, "", ""),
)
REPORT = (
    '<?xml version="1.0" ?>\n<wwPDB-validation-information '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
    'xsi:noNamespaceSchemaLocation="http://wwpdb.org/validation/schema/wwpdb_validation_v002.xsd">'
    '<Entry EDS_resolution="2.30" attemptedValidationSteps="molprobity,eds" pdbid="2B5I"/>'
    + "".join(
        ROW.format(
            *row[:4],
            (f'rscc="{row[5]}" ' if row[5] else "")
            + (f'rsrz="{row[4]}"' if row[4] else ""),
        )
        for row in RESIDUES
    )
    + "</wwPDB-validation-information>"
)
#: The same in the words of the wwPDB's mmCIF.
MMCIF = (
    "data_2B5I\nloop_\n"
    + "".join(
        f"_pdbx_vrpt_model_instance.{name}\n"
        for name in (
            *("id", "PDB_model_num", "entity_id", "label_asym_id", "label_seq_id"),
            *("label_comp_id", "auth_asym_id", "auth_seq_id", "label_alt_id"),
            "PDB_ins_code",
        )
    )
    + "".join(
        f"{n} 1 1 A 37 {row[2]} {row[1]} {row[3]} {row[0].strip() or '?'} ?\n"
        for n, row in enumerate(RESIDUES, 1)
    )
    + "loop_\n"
    + "".join(
        f"_pdbx_vrpt_model_instance_density.{name}\n"
        for name in ("ordinal", "instance_id", "natoms_eds", "RSRCC", "RSR", "RSRZ")
    )
    + "".join(
        f"{n} {n} 9 {row[5]} 0.091 {row[4]}\n"
        for n, row in enumerate(RESIDUES, 1)
        if row[4]
    )
)


@pytest.fixture
def moved(contact, tmp_path):
    """The contact as if its file lay in a folder of its own."""
    source = replace(contact.named.entry.provenance, path=str(tmp_path / "2B5I.pdb.gz"))
    entry = replace(contact.named.entry, provenance=source)
    return replace(contact, named=replace(contact.named, entry=entry))


@pytest.mark.parametrize(
    ("ending", "content"),
    [
        (".xml", REPORT.encode()),
        (".xml.gz", gzip.compress(REPORT.encode())),
        (".cif", MMCIF.encode()),
        (".cif.gz", gzip.compress(MMCIF.encode())),
    ],
)
def test_fit_to_the_density_is_read_beside_the_entry(moved, tmp_path, ending, content):
    assert density_fit(moved) is None
    (tmp_path / f"2b5i_validation{ending}").write_bytes(content)
    # The worst conformer; residues outside the contact and without numbers are left out.
    assert sorted(density_fit(moved).tolist()) == [[-0.3, 0.95], [2.5, 0.71]]


def test_a_report_without_structure_factors_judges_nothing(moved, tmp_path):
    path = tmp_path / "2b5i_validation.xml"
    path.write_text(re.sub(r' rs\w+="[^"]*"', "", REPORT))
    assert density_fit(moved).shape == (0, 2)
    case = SimpleNamespace(
        wholes=(moved,),
        controls=dict.fromkeys((Group.TRUE_INTERFACE, Group.OTHER_LATTICE), ()),
    )
    assert "hold no fit to the density" in order.ask(case).reason
    path.unlink()
    assert (
        "no validation report (entry_validation.xml or .cif)" in order.ask(case).reason
    )


@pytest.mark.parametrize(
    ("ending", "content"), [(".xml", REPORT[:-9]), (".cif", MMCIF[:-9]), (".cif", "x")]
)
def test_a_broken_report_is_said_and_left_out(moved, tmp_path, caplog, ending, content):
    (tmp_path / f"2b5i_validation{ending}").write_text(content)
    assert density_fit(moved) is None
    assert "no validation report that can be read" in caplog.text
