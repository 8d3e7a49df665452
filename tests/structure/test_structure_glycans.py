"""Sugars follow covalent bonds to the chain they decorate, and no other closeness."""

import re

import numpy as np
import pytest

from il2struct.structure.glycans import (
    LONGEST_COVALENT_BOND_A,
    attached_chains,
    bonds_by_distance,
)
from il2struct.structure.model import NO_NUMBER


def attach(atoms, chain_index, glycans, links=()):
    chain_index = np.array(chain_index)
    chain_index.setflags(write=False)
    rows = np.array(glycans)
    bonds = [*links, *bonds_by_distance(atoms, rows)]
    return attached_chains(chain_index, rows, bonds).tolist()


def test_a_branched_tree_follows_its_root(make_atoms):
    # Residue 0 is protein; 1 hangs on 0, 2 on 1, 3 and 4 on 2, listed from the tip down.
    atoms = make_atoms(
        [[0, 0, 0], [1.4, 0, 0], [2.8, 0, 0], [4.2, 0, 0], [2.8, 1.4, 0]]
    )
    assert attach(atoms, [7, *[NO_NUMBER] * 4], [4, 3, 2, 1]) == [7] * 5


def test_no_glycans_no_change(make_atoms):
    assert attach(make_atoms([[0, 0, 0]]), [3], []) == [3]


@pytest.mark.parametrize(
    ("distance", "expected"),
    [(LONGEST_COVALENT_BOND_A - 0.01, 0), (LONGEST_COVALENT_BOND_A + 0.01, NO_NUMBER)],
)
def test_distance_of_a_bond_without_a_record(make_atoms, distance, expected):
    atoms = make_atoms([[0, 0, 0], [distance, 0, 0]])
    assert attach(atoms, [0, NO_NUMBER], [1]) == [0, expected]


def test_a_hydrogen_makes_no_bond(make_atoms):
    atoms = make_atoms([[0, 0, 0], [1.0, 0, 0]], element=["C", "H"])
    assert attach(atoms, [0, NO_NUMBER], [1]) == [0, NO_NUMBER]


def test_a_declared_link_counts_at_any_distance(make_atoms):
    atoms = make_atoms([[0, 0, 0], [9.0, 0, 0]])
    assert attach(atoms, [0, NO_NUMBER], [1], [(1, 0)]) == [0, 0]


def test_a_ring_of_sugars_with_no_polymer_ends(make_atoms):
    # Cyclodextrin: a loop of bonds that leads nowhere.
    angle = np.arange(6) * np.pi / 3
    ring = np.column_stack([1.4 * np.cos(angle), 1.4 * np.sin(angle), 0 * angle])
    assert attach(make_atoms(ring), [NO_NUMBER] * 6, range(6)) == [NO_NUMBER] * 6


def test_two_ligands_bonded_to_each_other_do_not_attach(make_atoms):
    # The neighbour is no polymer: a sugar on an ion stays loose.
    atoms = make_atoms([[0, 0, 0], [1.4, 0, 0]])
    assert attach(atoms, [NO_NUMBER, NO_NUMBER], [1]) == [NO_NUMBER, NO_NUMBER]


def sugar(pdb, number, xyz, chain="A", name="NAG"):
    return pdb.atom("C1", name, number, xyz, chain=chain, record="HETATM")


LINK = (
    "LINK         ND2 ASN A   2                 C1  NAG B 101     1555   {}  1.44  \n"
)


@pytest.mark.parametrize(("image", "is_attached"), [("1555", True), ("2555", False)])
def test_link_records_within_the_asymmetric_unit_only(
    read_text_as, pdb, image, is_attached
):
    text = (
        LINK.format(image)
        + pdb.cell(group="P 1 21 1")
        + pdb.peptide("GNSA")
        + pdb.atom("ND2", "ASN", 2, (5.2, 2.0, 2.0))
        + "TER\n"
        + sugar(pdb, 101, (20, 20, 20), chain="B")
    )
    entry = read_text_as(text)
    assert len(entry.chain("A").glycan_index) == is_attached
    topics = {note.topic for note in entry.notes}
    assert ("glycan_residues" in topics, "glycans_unattached" in topics) == (
        is_attached,
        not is_attached,
    )


def test_sugar_of_another_chain_letter_is_attached_by_its_bond(read_text_as, pdb):
    text = (
        pdb.peptide("GNSA")
        + pdb.atom("ND2", "ASN", 2, (5.2, 2.0, 2.0))
        + "TER\n"
        + pdb.peptide("GAVL", chain="C", origin=(0, 40, 0))
        + "TER\n"
        + sugar(pdb, 1, (5.2, 3.4, 2.0), chain="B")
        + sugar(pdb, 2, (5.2, 4.8, 2.0), chain="B", name="BMA")
        + sugar(pdb, 3, (30, 30, 30), chain="B", name="MAN")
    )
    entry = read_text_as(text)
    names = entry.residues.name[entry.chain("A").glycan_index].tolist()
    assert names == ["NAG", "BMA"]
    assert len(entry.chain("C").glycan_index) == 0
    assert {n.topic: n.count for n in entry.notes}["glycans_unattached"] == 1


@pytest.mark.entries
@pytest.mark.parametrize(
    "name", ["2ERJ.pdb", "2B5I.cif", "2B5I.pdb", "3QB7.cif", "1IGY.cif"]
)
def test_every_glycan_of_a_chain_hangs_on_it_by_bonds(real_entry, name):
    # Slow and obvious: all distances between the residues, then a walk from the polymer.
    entry = real_entry(name)
    heavy = ~entry.atoms.is_hydrogen
    coords, owner = entry.atoms.coords[heavy], entry.atoms.residue_index[heavy]
    for chain in entry.chains:
        reached = set(chain.residue_index.tolist())
        waiting = set(chain.glycan_index.tolist())
        while waiting:
            mine = coords[np.isin(owner, list(reached))]
            new = {
                row
                for row in waiting
                if np.linalg.norm(
                    coords[owner == row][:, None] - mine[None], axis=2
                ).min()
                < 1.9
            }
            assert new, (name, chain.auth_asym_id, waiting)
            reached |= new
            waiting -= new


@pytest.mark.entries
def test_glycans_of_2erj_sit_where_its_link_records_say(real_text, named_entry):
    named = named_entry("2ERJ.pdb")
    entry = named.entry
    linked = {
        (match[1], int(match[2]))
        for match in re.finditer(
            r"^LINK +ND2 ASN (\w) +(\d+) +C1  N[AD]G ",
            real_text("2ERJ.pdb"),
            re.MULTILINE,
        )
    }
    found = set()
    for chain in entry.protein_chains:
        atoms = entry.atoms
        nd2 = np.flatnonzero(
            np.isin(atoms.residue_index, chain.residue_index)
            & (atoms.atom_name == "ND2")
        )
        sugar = np.isin(atoms.residue_index, chain.glycan_index)
        for atom in nd2:
            if (
                np.linalg.norm(atoms.coords[sugar] - atoms.coords[atom], axis=1) < 1.9
            ).any():
                row = atoms.residue_index[atom]
                found.add((chain.auth_asym_id, int(named.numbers.mature_number[row])))
    assert found == linked
    # design, section 1: no sugar on a mutated site or outside a sequon.
    sequons = {"B": {3, 17, 45, 123}, "C": {2, 49, 62, 137, 227}}
    sequons |= {"F": sequons["B"], "G": sequons["C"]}
    assert all(number in sequons[chain] for chain, number in found)


# --- glycans in another asymmetric unit ----------------------------------------------------------

#: ND2 of an asparagine, and a sugar bonded to it: atom, place from the origin of the residue.
ND2 = ("ND2", (1.4, 3.6, 1.2))
SUGAR = (("C1", (1.4, 5.05, 1.2)), ("C2", (1.4, 5.8, 2.5)), ("O5", (1.4, 5.8, 0.0)))
SECOND = (("C1", (1.4, 6.5, 3.7)), ("O5", (1.4, 7.9, 3.7)))


def glycosylated(pdb, move, *, link=True, group="P 1 21 1"):
    """A peptide with two sugars on its asparagine, the sugars moved."""
    sugars = "".join(
        pdb.atom(name, "NAG", number, move(np.add((3.8, 0, 0), place)), chain="G", record="HETATM")
        for number, atoms in ((1, SUGAR), (2, SECOND))
        for name, place in atoms
    )  # fmt: skip
    record = "LINK         ND2 ASN A   2                 C1  NAG G   1     1555   1555  1.45\n"
    protein = pdb.peptide("GNGLG") + pdb.atom(
        ND2[0], "ASN", 2, np.add((3.8, 0, 0), ND2[1])
    )
    cell = pdb.cell(40, 50, 60, group=group)
    return (record if link else "") + cell + protein + "TER\n" + sugars


def screw(xyz):
    """The second operator of P 1 21 1 and a cell: -x, y+1/2, -z."""
    x, y, z = xyz
    return (40 - x, y + 25, -z - 60)


@pytest.mark.parametrize("link", [True, False])
@pytest.mark.parametrize("move", [screw, lambda xyz: np.add(xyz, (-40, 50, 0))])
def test_glycans_left_in_another_asymmetric_unit_come_to_their_chain(
    read_text_as, pdb, link, move
):
    home = read_text_as(glycosylated(pdb, tuple, link=link))
    away = read_text_as(glycosylated(pdb, move, link=link))
    assert away.chains[0].glycan_index.tolist() == [5, 6]
    np.testing.assert_allclose(away.atoms.coords, home.atoms.coords, atol=2e-3)
    topics = {note.topic: note.count for note in away.notes}
    assert topics["glycans_moved"] == 2
    assert "glycans_moved" not in [note.topic for note in home.notes]


def test_glycans_that_no_operator_brings_home_are_noted(read_text_as, pdb):
    entry = read_text_as(glycosylated(pdb, lambda xyz: np.add(xyz, (0, 20, 0))))
    assert entry.chains[0].glycan_index.tolist() == [5, 6]
    topics = {note.topic: note.count for note in entry.notes}
    assert topics["glycans_apart"] == 2


def test_a_linked_sugar_somewhat_too_far_keeps_its_chain(read_text_as, pdb):
    entry = read_text_as(glycosylated(pdb, lambda xyz: np.add(xyz, (0, 1.5, 0))))
    assert entry.chains[0].glycan_index.tolist() == [5, 6]
    assert "glycans_moved" not in [note.topic for note in entry.notes]
