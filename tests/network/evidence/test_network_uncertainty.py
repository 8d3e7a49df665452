import gzip
import math
import re
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from il2struct.network.evidence.lines import COMPARISONS, order
from il2struct.network.evidence.measures import Group
from il2struct.network.evidence.sites import interface_rows
from il2struct.network.evidence.uncertainty import (
    JITTERED,
    coordinate_errors_a,
    covalent_error_a,
    density_fit,
    disorder_percent,
    jitter_of,
    jittered,
)
from il2struct.structure.named import name_entry


@pytest.fixture
def peptide(pdb, read_text_as):
    """Six residues at 2.5 Å resolution, B factors to be set."""

    def make(b_iso=None, resolution_a=2.5):
        entry = read_text_as(pdb.cell() + pdb.peptide("ALKVED"))
        atoms = entry.atoms
        if b_iso is not None:
            values = np.asarray(b_iso, dtype=float)[atoms.residue_index]
            values.setflags(write=False)
            atoms = replace(atoms, b_iso=values)
        return name_entry(replace(entry, atoms=atoms, resolution_a=resolution_a))

    return make


def test_equal_b_factors_give_one_error(peptide):
    errors = coordinate_errors_a(peptide())
    # Half the precision index, 0.030 d ** 2.5 (Cruickshank 1999, eq. 31).
    np.testing.assert_allclose(errors, 0.5 * 0.030 * 2.5**2.5, rtol=1e-12)


def test_error_grows_with_the_root_of_b(peptide):
    b_iso = np.array([20.0, 40.0, 40.0, 40.0, 40.0, 60.0])
    named = peptide(b_iso)
    errors = coordinate_errors_a(named)
    np.testing.assert_allclose(errors[1] / errors[0], 2.0**0.5, rtol=1e-12)
    np.testing.assert_allclose(errors[5] / errors[0], 3.0**0.5, rtol=1e-12)


def test_b_factors_of_zero_or_less_do_not_make_nonsense(peptide):
    plain = coordinate_errors_a(peptide())
    np.testing.assert_allclose(coordinate_errors_a(peptide(np.zeros(6))), plain)
    errors = coordinate_errors_a(peptide([-5.0, 20.0, 20.0, 20.0, 20.0, 20.0]))
    np.testing.assert_allclose(errors, plain)


def test_no_resolution_gives_no_error(peptide):
    for resolution_a in (np.nan, 0.0):
        errors = coordinate_errors_a(peptide(resolution_a=resolution_a))
        assert np.isnan(errors).all()


def test_a_residue_moves_as_a_whole_and_the_same_way_for_the_same_seed(peptide):
    named = peptide()
    before = named.entry.atoms.coords.copy()
    moved = jittered(named, 3)
    steps = moved.entry.atoms.coords - before
    for residue in range(6):
        own = steps[named.entry.atoms.residue_index == residue]
        np.testing.assert_allclose(own, own[:1].repeat(len(own), 0), atol=1e-12)
    assert np.linalg.norm(steps[0] - steps[-1]) > 1e-3
    np.testing.assert_array_equal(named.entry.atoms.coords, before)
    again, other = jittered(named, 3).entry, jittered(named, 4).entry
    np.testing.assert_array_equal(again.atoms.coords, moved.entry.atoms.coords)
    assert not np.array_equal(other.atoms.coords, moved.entry.atoms.coords)


def test_steps_have_the_size_of_the_errors(peptide):
    named = peptide(np.array([10.0, 20.0, 30.0, 40.0, 50.0, 60.0]))
    first = named.entry.residues.atom_start
    before = named.entry.atoms.coords[first]
    steps = np.array(
        [
            jittered(named, seed).entry.atoms.coords[first] - before
            for seed in range(400)
        ]
    )
    # The standard deviation of 1200 numbers is known to 2 %; four times that.
    np.testing.assert_allclose(
        steps.std(axis=(0, 2)), coordinate_errors_a(named), rtol=0.08
    )


def test_every_number_moved_is_one_that_is_compared():
    assert set(JITTERED) <= {line.quantity for line in COMPARISONS}


@pytest.mark.entries
def test_no_error_changes_nothing(alpha_study):
    member = alpha_study.focal.members[-1]
    # Errors of 5e-10 Å: areas move by less than 1e-6 Å².
    entry = replace(member.named.entry, resolution_a=1e-3)
    exact = replace(member, named=replace(member.named, entry=entry))
    jitters = jitter_of([exact], n_jitters=2)
    assert set(jitters) == set(JITTERED)
    for jitter in jitters.values():
        assert abs(jitter.error) < 1e-6
        assert abs(jitter.shift) < 1e-6


@pytest.mark.entries
def test_entries_without_a_resolution_are_passed_over(alpha_study):
    member = alpha_study.focal.members[-1]
    entry = replace(member.named.entry, resolution_a=np.nan)
    unknown = replace(member, named=replace(member.named, entry=entry))
    assert jitter_of([unknown]) == {}
    both = jitter_of([unknown, member], n_jitters=2)
    assert both == jitter_of([member], n_jitters=2)


@pytest.mark.entries
def test_errors_of_the_contact_are_of_the_size_of_the_differences_of_the_copies(
    alpha_study,
):
    lines = {line.quantity: line for line in alpha_study.evidence}
    area = lines["area_per_side_a2"]
    # The two copies of 2ERJ differ by 30 Å²; neither ten times smaller nor larger.
    assert 3.0 < area.jitter_error < 60.0
    bonds = lines["bonds_per_100_a2"]
    assert 0.02 < bonds.jitter_error < 0.6
    # Moving atoms breaks more bonds than it makes.
    assert bonds.jitter_shift < 0.0
    assert np.isnan(lines["dimension"].jitter_error)


@pytest.mark.entries
@pytest.mark.parametrize("name", ["2ERJ.pdb", "2B5I.pdb", "2Z3R.cif"])
def test_covalent_bonds_tell_the_noise_in_the_coordinates(named_entry, name):
    """A length between two atoms moves by the noise along it: the root of two times that of each."""
    named = named_entry(name)
    assert covalent_error_a(named) < 0.03
    atoms = named.entry.atoms
    noise = np.random.default_rng(0).normal(size=atoms.coords.shape)
    moved = replace(atoms, coords=atoms.coords + 0.3 * noise)
    noisy = replace(named, entry=replace(named.entry, atoms=moved))
    # Noise across a bond lengthens it a little more.
    assert covalent_error_a(noisy) == pytest.approx(0.3 * 2**0.5, rel=0.1)


def test_without_a_backbone_covalent_bonds_tell_nothing(peptide):
    named = peptide()
    atoms = named.entry.atoms
    nothing = replace(atoms, atom_name=np.full(len(atoms.atom_name), "CB"))
    bare = replace(named, entry=replace(named.entry, atoms=nothing))
    assert np.isnan(covalent_error_a(bare))


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
