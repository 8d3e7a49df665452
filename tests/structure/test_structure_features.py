"""Helices and strands: ideal geometry, the records of real files, and another program."""

import gemmi
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from il2struct.structure.features import (
    COIL,
    HELIX,
    STRAND,
    backbone_of,
    backbone_states,
    hydrogen_bonds,
    is_joined,
    secondary_structure,
    stretches,
)

#: Bond lengths (Å) and angles (°) of the peptide unit (Engh & Huber 1991).
N_CA, CA_C, C_N, C_O = 1.458, 1.525, 1.329, 1.231
N_CA_C, CA_C_N, C_N_CA, CA_C_O = 111.0, 117.2, 121.7, 120.1


def _next_atom(a, b, c, length, angle_deg, dihedral_deg):
    """Place an atom by internal coordinates behind three others."""
    angle, dihedral = np.deg2rad([angle_deg, dihedral_deg])
    axis = (c - b) / np.linalg.norm(c - b)
    normal = np.cross(b - a, axis)
    normal /= np.linalg.norm(normal)
    across = np.cross(normal, axis)
    return c + length * (
        -np.cos(angle) * axis
        + np.sin(angle) * (np.cos(dihedral) * across + np.sin(dihedral) * normal)
    )


def peptide(n, phi_deg, psi_deg):
    """Backbone with the same two dihedral angles everywhere."""
    atoms = [
        np.array([0.0, 0.0, 0.0]),
        np.array([N_CA, 0.0, 0.0]),
        np.array([N_CA - CA_C * np.cos(np.deg2rad(N_CA_C)), 1.42, 0.0]),
    ]
    rows = []
    for _ in range(n):
        nitrogen, alpha, carbon = atoms[-3:]
        following = _next_atom(nitrogen, alpha, carbon, C_N, CA_C_N, psi_deg)
        oxygen = _next_atom(nitrogen, alpha, carbon, C_O, CA_C_O, psi_deg + 180.0)
        rows.append([nitrogen, alpha, carbon, oxygen])
        next_alpha = _next_atom(alpha, carbon, following, N_CA, C_N_CA, 180.0)
        next_carbon = _next_atom(carbon, following, next_alpha, CA_C, N_CA_C, phi_deg)
        atoms += [following, next_alpha, next_carbon]
    backbone = np.array(rows)
    backbone.setflags(write=False)
    return backbone


def test_an_ideal_alpha_helix_is_one_helix_but_its_ends():
    backbone = peptide(20, -57.8, -47.0)
    states = backbone_states(backbone, np.zeros(20, bool))
    # n turns start at 0 … 15; residues 1 to 18 lie within two in a row.
    assert states.tolist() == [COIL, *[HELIX] * 18, COIL]


@pytest.mark.parametrize(("phi_deg", "psi_deg"), [(-139.0, 135.0), (-120.0, 115.0)])
def test_an_extended_chain_is_neither(phi_deg, psi_deg):
    states = backbone_states(peptide(20, phi_deg, psi_deg), np.zeros(20, bool))
    assert set(states) == {COIL}


def test_a_proline_gives_no_hydrogen():
    backbone = peptide(20, -57.8, -47.0)
    is_proline = np.zeros(20, bool)
    is_proline[10] = True
    bonds = hydrogen_bonds(backbone, is_joined(backbone), is_proline)
    assert not bonds[:, 10].any()
    assert (
        bonds[6, 10]
        != hydrogen_bonds(backbone, is_joined(backbone), np.zeros(20, bool))[6, 10]
    )


def test_a_missing_atom_breaks_bonds_and_raises_nothing():
    backbone = peptide(20, -57.8, -47.0).copy()
    backbone[10] = np.nan
    states = backbone_states(backbone, np.zeros(20, bool))
    assert states[10] == COIL
    assert states[4] == states[15] == HELIX


def test_a_helix_does_not_run_over_a_break():
    backbone = peptide(24, -57.8, -47.0)
    cut = np.delete(backbone, np.arange(11, 14), axis=0)
    found = stretches(backbone_states(cut, np.zeros(len(cut), bool)), is_joined(cut))
    assert all(not (s.first <= 10 and s.last >= 11) for s in found)
    assert len(found) == 2


@given(st.lists(st.sampled_from([COIL, HELIX, STRAND]), max_size=30), st.data())
@settings(max_examples=50)
def test_stretches_cover_exactly_the_residues_with_a_state(states, data):
    joined = data.draw(
        st.lists(st.booleans(), min_size=len(states), max_size=len(states))
    )
    found = stretches(np.array(states, dtype="<U1"), joined)
    covered = [i for s in found for i in range(s.first, s.last + 1)]
    assert covered == [i for i, state in enumerate(states) if state != COIL]
    assert all(states[i] == s.state for s in found for i in range(s.first, s.last + 1))
    assert all(joined[i] for s in found for i in range(s.first + 1, s.last + 1))


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=10)
def test_moving_a_chain_changes_nothing(seed):
    backbone = peptide(16, -57.8, -47.0)
    rng = np.random.default_rng(seed)
    rotation, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    rotation *= np.sign(np.linalg.det(rotation))
    moved = backbone @ rotation.T + rng.normal(size=3) * 50
    no_proline = np.zeros(16, bool)
    assert (
        backbone_states(moved, no_proline) == backbone_states(backbone, no_proline)
    ).all()


def _of_records(path):
    """Residues in helices and in strands by the file's own records."""
    structure = gemmi.read_structure(str(path))
    helices, strands = set(), set()
    for helix in structure.helices:
        _add(helices, helix)
    for sheet in structure.sheets:
        for strand in sheet.strands:
            _add(strands, strand)
    return helices, strands


def _add(found, stretch):
    first, last = stretch.start.res_id.seqid.num, stretch.end.res_id.seqid.num
    found |= {(stretch.start.chain_name, n) for n in range(first, last + 1)}


@pytest.mark.entries
@pytest.mark.parametrize("name", ["2B5I.pdb", "2ERJ.pdb", "1ROP.pdb", "2Z3R.cif"])
def test_agrees_with_the_records_of_the_file(name, real_entry, mirror):
    entry = real_entry(name)
    helices, strands = _of_records(mirror / f"{name}.gz")
    own = {HELIX: set(), STRAND: set()}
    for chain in entry.protein_chains:
        numbers = entry.residues.auth_number[chain.residue_index]
        for stretch in secondary_structure(entry, chain):
            own[stretch.state] |= {
                (chain.auth_asym_id, int(n))
                for n in numbers[stretch.first : stretch.last + 1]
            }
    # The archive's strands are those of Kabsch and Sander too; 2Z3R has six residues more here,
    # whose partner strand the archive breaks off.
    assert len(own[STRAND] ^ strands) <= 0.03 * max(len(strands), 50)
    # Records of helices count the residues that cap them, two at most at either end, and some
    # 3-10 turns: whatever is a helix here is one there.
    assert len(own[HELIX] - helices) <= 0.02 * max(len(helices), 50)
    assert len(own[HELIX]) >= 0.65 * len(helices)


@pytest.mark.entries
def test_agrees_with_an_independent_rule_on_alpha_carbons(real_entry):
    import biotite.structure as sse

    entry = real_entry("2B5I.pdb")
    chain = entry.protein_chains[0]
    backbone = backbone_of(entry, chain)
    states = backbone_states(
        backbone, entry.residues.name[chain.residue_index] == "PRO"
    )
    atoms = sse.AtomArray(len(backbone))
    atoms.coord = backbone[:, 1].astype(np.float32)
    atoms.atom_name[:] = "CA"
    atoms.element[:] = "C"
    atoms.res_name[:] = "ALA"
    atoms.chain_id[:] = "A"
    atoms.res_id[:] = entry.residues.auth_number[chain.residue_index]
    other = sse.annotate_sse(atoms)
    # P-SEA sees distances and angles of Cα only: the ends of helices differ by a residue or two.
    assert np.mean((states == HELIX) == (other == "a")) >= 0.85
