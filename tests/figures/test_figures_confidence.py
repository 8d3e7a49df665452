"""Confidence of a model: its errors, and the contacts upon them, where the files say."""

import dataclasses

import gemmi
import numpy as np
import pytest
from audit import figure_once, layout_faults

from il2struct.errors import ParameterError
from il2struct.figures import confidence
from il2struct.interface.measure import interfaces_of
from il2struct.results.interfaces import InterfaceResults
from il2struct.structure.named import name_entry
from il2struct.structure.read import read_structure


def helix_pair(path, gap_a=8.5):
    """Two poly-alanine helices side by side, 12 and 9 residues, A and B."""
    structure = gemmi.Structure()
    structure.add_model(gemmi.Model(1))
    frame = (("N", 1.5, -28, -0.9), ("CA", 2.3, 0, 0), ("C", 1.7, 26, 1.1))
    frame += (("O", 2.0, 22, 2.3), ("CB", 3.3, -15, 0.9))
    for name, length, x in (("A", 12, 0.0), ("B", 9, gap_a)):
        chain = gemmi.Chain(name)
        for number in range(1, length + 1):
            residue = gemmi.Residue()
            residue.name, residue.seqid = "ALA", gemmi.SeqId(number, " ")
            for atom_name, radius, degrees, rise in frame:
                turn = np.radians(100.0 * number + degrees)
                atom = gemmi.Atom()
                atom.name, atom.element = atom_name, gemmi.Element(atom_name[0])
                place = radius * np.cos(turn), radius * np.sin(turn)
                atom.pos = gemmi.Position(x + place[0], place[1], 1.5 * number + rise)
                atom.b_iso = 50.0 + number
                residue.add_atom(atom)
            chain.add_residue(residue)
        structure[0].add_chain(chain)
    structure.setup_entities()
    structure.write_pdb(str(path))


@pytest.fixture
def model(tmp_path):
    path = tmp_path / "pair.pdb"
    helix_pair(path)
    pae = np.random.default_rng(1).uniform(1.0, 29.0, (21, 21))
    np.savez(tmp_path / "pae_pair.npz", pae=pae)
    named = name_entry(read_structure(path))
    return InterfaceResults(named, interfaces_of(named)), pae


def test_contacts_stand_at_their_residues_with_their_errors(model):
    results, pae = model
    drawing = confidence(results)
    table = drawing.table
    assert len(table) == len(results[0].contacts.residue_1) > 3
    first = table.auth_number_1.to_numpy(int) - 1
    second = table.auth_number_2.to_numpy(int) - 1 + 12
    np.testing.assert_allclose(table.pae_1_to_2_a, pae[first, second])
    np.testing.assert_allclose(table.pae_2_to_1_a, pae[second, first])
    np.testing.assert_allclose(table.plddt_1, 51.0 + first)
    (interface,) = results
    area = f"{interface.burial.area_per_side_a2:.0f} Å² per side."
    assert drawing.alt.endswith(area)
    plots = {ax.get_label(): ax for ax in figure_once(drawing).axes[0].child_axes}
    np.testing.assert_allclose(plots["errors"].images[0].get_array(), pae)
    (circles,) = plots["errors"].collections
    drawn = {tuple(place) for place in circles.get_offsets().astype(int).tolist()}
    ends = set(zip(second.tolist(), first.tolist(), strict=True))
    assert drawn == ends | {(row, column) for column, row in ends}
    heights = sum(patch.get_height() for patch in plots["buried (Å²)"].patches)
    assert heights == pytest.approx(results[0].burial.area_total_a2, rel=1e-6)


@pytest.mark.parametrize("width", [89.0, 183.0])
def test_it_can_be_read_at_both_widths(model, width):
    drawing = confidence(model[0], width=width)
    assert layout_faults(drawing) == []
    assert drawing.height_mm <= 170.0


def test_without_errors_it_says_what_to_bring(model, tmp_path):
    (tmp_path / "pae_pair.npz").unlink()
    with pytest.raises(ParameterError, match="no predicted errors beside it"):
        confidence(dataclasses.replace(model[0]))


def test_without_an_interface_it_is_refused(model):
    with pytest.raises(ParameterError, match="no interface to draw"):
        confidence(dataclasses.replace(model[0], items=()))
