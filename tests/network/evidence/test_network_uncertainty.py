from dataclasses import replace

import numpy as np
import pytest

from il2struct.network.evidence.lines import COMPARISONS
from il2struct.network.evidence.uncertainty import (
    JITTERED,
    coordinate_errors_a,
    covalent_error_a,
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
