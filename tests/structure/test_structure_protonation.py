"""Hydrogens that are only partly there."""

import pytest

from il2struct.structure.read import donors_of


def topics(entry):
    return {note.topic: note.count for note in entry.notes}


def serine(pdb, *, amide=True, hydroxyl=True):
    text = pdb.residue("SER", 1, (0, 0, 0)) + pdb.atom("OG", "SER", 1, (1.4, 2.5, 1.2))
    if amide:
        text += pdb.atom("H", "SER", 1, (-0.5, -0.8, 0))
    if hydroxyl:
        text += pdb.atom("HG", "SER", 1, (1.4, 3.4, 1.2))
    return text + pdb.residue("ALA", 2, (3.8, 0, 0))


def test_a_residue_with_all_its_hydrogens(read_text_as, pdb):
    assert "hydrogens_missing" not in topics(read_text_as(serine(pdb)))


def test_a_residue_without_any(read_text_as, pdb):
    entry = read_text_as(serine(pdb, amide=False, hydroxyl=False))
    assert "hydrogens_missing" not in topics(entry)


@pytest.mark.parametrize("there", ["amide", "hydroxyl"])
def test_a_donor_left_bare_in_a_residue_that_has_hydrogens(read_text_as, pdb, there):
    other = {"amide": "hydroxyl", "hydroxyl": "amide"}[there]
    entry = read_text_as(serine(pdb, **{other: False}))
    assert topics(entry)["hydrogens_missing"] == 1


@pytest.mark.parametrize(
    ("residue", "donors"),
    [
        ("ALA", {"N"}),
        ("PRO", set()),
        ("ARG", {"N", "NE", "NH1", "NH2"}),
        ("LYS", {"N", "NZ"}),
        ("ASN", {"N", "ND2"}),
        ("TYR", {"N", "OH"}),
        ("ASP", {"N"}),
        ("HIS", {"N"}),
        ("CYS", {"N"}),
    ],
)
def test_donors(residue, donors):
    assert set(donors_of(residue)) == donors
