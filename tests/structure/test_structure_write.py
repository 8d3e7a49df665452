import re
from dataclasses import replace

import gemmi
import numpy as np
import pytest

from il2struct.structure.read import read_structure
from il2struct.structure.write import (
    PlacedChain,
    mmcif_text,
    safe_atom_name,
    safe_residue_name,
    written_chains,
)


def as_deposited(entry):
    return [
        PlacedChain(written=written, rotation=np.eye(3), translation=np.zeros(3))
        for written in written_chains(entry, entry.protein_chains)
    ]


def read_back(text: str, tmp_path) -> gemmi.Structure:
    path = tmp_path / "written.cif"
    path.write_text(text)
    return gemmi.read_structure(str(path))


@pytest.mark.entries
@pytest.mark.parametrize("name", ["2ERJ.pdb", "2B5I.cif", "1FDL.pdb"])
def test_every_atom_of_chains_and_glycans_comes_back_where_it_was(
    real_entry, name, tmp_path
):
    entry = real_entry(name)
    structure = read_back(
        mmcif_text(entry, as_deposited(entry), title="made"), tmp_path
    )
    atoms = [found.atom for found in structure[0].all()]
    rows = np.concatenate(
        [
            np.arange(
                entry.residues.atom_start[row], entry.residues.atom_stop[row], dtype=int
            )
            for chain in entry.protein_chains
            for row in (*chain.residue_index, *chain.glycan_index)
        ]
    )
    assert len(atoms) == len(rows)
    # Three decimals are written, and one atom may stand on another's rounding.
    found = np.array(sorted(a.pos.tolist() for a in atoms))
    wanted = np.array(sorted(np.round(entry.atoms.coords[rows], 3).tolist()))
    np.testing.assert_allclose(found, wanted, atol=1.1e-3)


@pytest.mark.entries
def test_every_atom_belongs_to_an_entity(real_entry):
    # Mol* reads nothing at all otherwise.
    entry = real_entry("2ERJ.pdb")
    text = mmcif_text(entry, as_deposited(entry), title="made")
    block = gemmi.cif.read_string(text).sole_block()
    entities = set(block.find_values("_entity.id"))
    assert set(block.find_values("_atom_site.label_entity_id")) == entities
    assert set(block.find_values("_struct_asym.entity_id")) == entities
    assert "non-polymer" in set(block.find_values("_entity.type"))
    asyms = set(block.find_values("_struct_asym.id"))
    assert set(block.find_values("_atom_site.label_asym_id")) == asyms


@pytest.mark.entries
def test_il2struct_reads_what_it_writes(real_entry, tmp_path):
    entry = real_entry("2ERJ.pdb")
    path = tmp_path / "again.cif"
    path.write_text(mmcif_text(entry, as_deposited(entry), title="again"))
    again = read_structure(path)
    for before, after in zip(entry.protein_chains, again.protein_chains, strict=True):
        assert before.auth_asym_id == after.auth_asym_id
        assert len(before.residue_index) == len(after.residue_index)
        np.testing.assert_array_equal(before.position, after.position)


@pytest.mark.entries
def test_a_motion_moves_the_atoms_and_keeps_the_names(real_entry, tmp_path):
    entry = real_entry("1Z92.pdb")
    turn = np.array([[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
    shift = np.array([1.0, 2.0, 3.0])
    still = as_deposited(entry)
    moved = [replace(each, rotation=turn, translation=shift) for each in still]
    first, second = (
        read_back(mmcif_text(entry, chains, title="x"), tmp_path)
        for chains in (still, moved)
    )
    before = np.array([a.atom.pos.tolist() for a in first[0].all()])
    after = np.array([a.atom.pos.tolist() for a in second[0].all()])
    # Both are rounded to three decimals.
    np.testing.assert_allclose(before @ turn.T + shift, after, atol=1.1e-3)


HOSTILE = ('A"; quit', "<script>", "a'b", "", "x" * 40, "Ä", "A-B", "A,B")


def test_hostile_chain_names_become_plain_ones_that_stay_apart(real_entry_like):
    entry = real_entry_like(HOSTILE)
    written = written_chains(entry, entry.protein_chains)
    names = [each.name for each in written]
    assert len({name.lower() for name in names}) == len(names) == len(HOSTILE)
    assert all(re.fullmatch(r"[A-Za-z0-9]{1,12}", name) for name in names)


def test_names_that_differ_in_case_only_are_told_apart(real_entry_like):
    entry = real_entry_like(("a", "A"))
    names = [w.name for w in written_chains(entry, entry.protein_chains)]
    assert len({name.lower() for name in names}) == 2
    assert "a" in names


@pytest.fixture
def real_entry_like(read_text_as, pdb):
    """An entry of small chains whose author names are replaced by others."""

    def make(names):
        letters = "ABCDEFGHIJ"[: len(names)]
        text = "".join(
            pdb.peptide("AVGKL", chain=letter, origin=(0.0, 30.0 * i, 0.0)) + "TER\n"
            for i, letter in enumerate(letters)
        )
        entry = read_text_as(text + "END\n")
        renamed = dict(zip(letters, names, strict=True))
        residues = replace(
            entry.residues,
            auth_asym_id=np.array([renamed[x] for x in entry.residues.auth_asym_id]),
        )
        chains = tuple(
            replace(chain, auth_asym_id=renamed[chain.auth_asym_id])
            for chain in entry.chains
        )
        return replace(entry, residues=residues, chains=chains)

    return make


def test_atom_and_residue_names_hold_no_separators():
    assert safe_atom_name("OD1") == "OD1"
    assert safe_atom_name("O5'") == "O5'"
    assert safe_atom_name("C;q u") == "CXqXu"
    assert safe_atom_name("") == "X"
    assert safe_residue_name("NAG") == "NAG"
    assert safe_residue_name("N;A\nG") == "NAG"
    assert safe_residue_name('";') == "UNK"
