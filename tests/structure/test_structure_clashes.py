"""Molecules in each other's place: a cell of other coordinates, poses written into one file."""

import numpy as np
import pytest

from il2struct.errors import NoCrystalError
from il2struct.lattice.operators import require_crystal
from il2struct.measure import interfaces_between, interfaces_of
from il2struct.structure.named import name_entry
from il2struct.structure.neighbours import in_own_place


def topics(entry):
    return {note.topic: note for note in entry.notes}


def sheet(pdb, chain="A", origin=(0, 0, 0)):
    """Twelve residues along x."""
    return pdb.peptide("GAVKLEGAVKLE", chain=chain, origin=origin)


def test_images_that_run_through_the_molecule_are_of_another_cell(read_text_as, pdb):
    # The next cell along x begins 10 Å on, within the chain of 46 Å.
    entry = read_text_as(pdb.cell(10.3, 60, 60) + sheet(pdb))
    assert entry.crystal is not None
    named = name_entry(entry)
    assert named.entry.crystal is None
    assert len(named.entry.operators) == 1
    note = topics(named.entry)["cell_of_other_coordinates"]
    assert note.count > 5
    with pytest.raises(NoCrystalError, match="made has no unit cell of its own"):
        require_crystal(named.entry)


def test_a_few_bad_contacts_leave_the_cell(read_text_as, pdb):
    # One atom on the end of the next image.
    stray = pdb.atom("CB", "ALA", 13, (59.0, 0, 0))
    entry = read_text_as(pdb.cell(60, 60, 60) + sheet(pdb) + stray)
    assert in_own_place(entry).crystal is not None


def test_half_a_molecule_on_an_axis_leaves_the_cell(read_text_as, pdb):
    half = pdb.peptide("GAVKLEGAVKLE", occupancy=0.5)
    entry = read_text_as(pdb.cell(60, 60, 60, group="P 1 2 1") + half)
    assert in_own_place(entry).crystal is not None


def test_assemblies_that_need_the_cell_go_with_it(read_text_as, pdb):
    head = (
        "REMARK 350 BIOMOLECULE: 1\nREMARK 350 APPLY THE FOLLOWING TO CHAINS: A\n"
        + pdb.matrix("BIOMT", np.eye(3), (0, 0, 0))
        + pdb.matrix("BIOMT", np.diag([-1.0, -1.0, 1.0]), (0, 30, 0), number=2)
    )
    entry = read_text_as(head + pdb.cell(10.3, 60, 60) + sheet(pdb))
    assert len(entry.assemblies[0].images) == 2
    assert in_own_place(entry).assemblies == ()


@pytest.mark.parametrize("shift", [(0, 0, 0), (0, 0.8, 0.5)])
def test_poses_in_one_place_are_no_interface(read_text_as, pdb, shift):
    text = (
        sheet(pdb)
        + sheet(pdb, "B", (0, 4.5, 0))
        + sheet(pdb, "C", np.add((0, 4.5, 0), shift))
    )
    named = name_entry(read_text_as(text))
    assert topics(named.entry)["overlapping_chains"].subject == "B, C"
    pairs = [
        (i.partner_1.side.label, i.partner_2.side.label) for i in interfaces_of(named)
    ]
    assert pairs == [("A", "B"), ("A", "C")]
    # Asked for by name, it is measured.
    assert len(interfaces_between(named, "B/C")) == 1


def test_chains_that_clash_a_little_are_an_interface(read_text_as, pdb):
    text = sheet(pdb) + sheet(pdb, "B", (40, 1.5, 0))
    named = name_entry(read_text_as(text))
    assert "overlapping_chains" not in topics(named.entry)


def test_an_entry_in_order_is_returned_as_it_is(read_text_as, pdb):
    entry = read_text_as(pdb.cell(60, 60, 60) + sheet(pdb) + sheet(pdb, "B", (0, 9, 0)))
    assert in_own_place(entry).notes == entry.notes


@pytest.mark.entries
def test_a_second_pose_of_a_receptor_comes_with_its_complex(real_text, read_text_as):
    atoms = [
        x for x in real_text("1IAR.pdb").splitlines(keepends=True) if x[:4] == "ATOM"
    ]
    poses = [x[:21] + "C" + x[22:] for x in atoms if x[21] == "B"]
    named = name_entry(read_text_as("".join([*atoms, "TER\n", *poses, "END\n"])))
    areas = {
        i.interface_id: round(i.burial.area_per_side_a2) for i in interfaces_of(named)
    }
    assert areas == {"IL4/B": 783, "IL4/C": 783}
