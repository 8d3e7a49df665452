"""Residues and polymers by what their atoms are, whatever chain names, TER and order say."""

import pytest

from il2struct.errors import ParseError


def topics(entry):
    return {note.topic: note for note in entry.notes}


def shown(entry):
    return {c.auth_asym_id: c.sequence for c in entry.chains}


def lines_of(text):
    return text.splitlines(keepends=True)


# --- chains --------------------------------------------------------------------------------------


def test_ter_within_a_bond_ends_nothing(read_text_as, pdb):
    text = (
        pdb.peptide("GAV") + "TER\n" + pdb.peptide("LLL", first=4, origin=(11.4, 0, 0))
    )
    assert shown(read_text_as(text)) == {"A": "GAVLLL"}


def test_ter_of_the_only_name_is_an_end(read_text_as, pdb):
    text = pdb.peptide("GAV") + "TER\n" + pdb.peptide("LLL", first=9, origin=(30, 0, 0))
    assert shown(read_text_as(text)) == {"A": "GAV", "A.2": "LLL"}


def test_numbers_used_twice_are_two_polymers_of_a_name(read_text_as, pdb):
    other = pdb.peptide("KKK", chain="B", origin=(0, 20, 0))
    text = pdb.peptide("GAV") + other + pdb.peptide("GAV", origin=(0, 40, 0))
    assert shown(read_text_as(text)) == {"A": "GAV", "A.2": "GAV", "B": "KKK"}


@pytest.mark.parametrize("chain", [" ", "A"])
def test_numbers_that_fall_begin_a_polymer(read_text_as, pdb, chain):
    text = pdb.peptide("GAV", first=5, chain=chain) + pdb.peptide(
        "LLKK", chain=chain, origin=(0, 20, 0)
    )
    assert list(shown(read_text_as(text)).values()) == ["GAV", "LLKK"]


def test_a_bonded_chain_whose_numbers_fall_is_one(read_text_as, pdb):
    # A fusion, or a circular permutant, keeps the numbers of its parts.
    text = pdb.peptide("GAV", first=50) + pdb.peptide("LLKK", origin=(11.4, 0, 0))
    assert shown(read_text_as(text)) == {"A": "GAVLLKK"}


def test_a_step_too_far_for_a_bond_begins_a_polymer(read_text_as, pdb):
    text = pdb.peptide("GAV", chain=" ") + pdb.peptide(
        "LLL", first=4, chain=" ", origin=(0, 40, 0)
    )
    assert shown(read_text_as(text)) == {"A": "GAV", "B": "LLL"}


@pytest.mark.parametrize("mark", ["OXT", "H1"])
def test_ends_that_are_marked(read_text_as, pdb, mark):
    first = pdb.peptide("GAV", chain=" ")
    second = pdb.peptide("LLL", first=4, chain=" ", origin=(11.4, 5, 0))
    if mark == "OXT":
        first += pdb.atom("OXT", "VAL", 3, (11, -1, 0), chain=" ")
    else:
        rest = lines_of(second)
        hydrogens = [
            pdb.atom(f"H{k}", "LEU", 4, (11, 5, k), chain=" ") for k in (1, 2, 3)
        ]
        second = "".join([rest[0], *hydrogens, *rest[1:]])
    assert shown(read_text_as(first + second)) == {"A": "GAV", "B": "LLL"}


def test_numbers_in_the_columns_of_segments_are_none(read_text_as, pdb):
    text = "".join(
        f"{x[:72]:<72}{k:<4}{x[76:]}"
        for k, x in enumerate(lines_of(pdb.peptide("GAV")))
    )
    assert shown(read_text_as(text)) == {"A": "GAV"}


# --- residues ------------------------------------------------------------------------------------


def test_insertion_codes_that_the_file_lost(read_text_as, pdb):
    text = pdb.peptide("GA") + "".join(
        pdb.residue(name, 3, (3.8 * k, 0, 0))
        for k, name in ((2, "LYS"), (3, "LYS"), (4, "GLU"))
    )
    entry = read_text_as(text + pdb.residue("VAL", 4, (19, 0, 0)))
    assert shown(entry) == {"A": "GAKKEV"}
    assert entry.residues.ins_code.tolist() == ["", "", "", "A", "B", ""]
    assert topics(entry)["insertion_codes_given"].count == 2
    assert "repeated_atoms" not in topics(entry)


def test_more_residues_of_one_number_than_codes_are_refused(read_text_as, pdb):
    text = "".join(pdb.residue("ALA", 1, (3.8 * k, 0, 0)) for k in range(60))
    with pytest.raises(ParseError, match="share the number '1'"):
        read_text_as(text)


def test_conformers_of_two_names_are_one_place(read_text_as, pdb):
    # Microheterogeneity, written residue by residue.
    text = (
        pdb.peptide("GA")
        + pdb.residue("SER", 3, (7.6, 0, 0), altloc="A", occupancy=0.6)
        + pdb.residue("THR", 3, (7.6, 0, 0), altloc="B", occupancy=0.4)
        + pdb.residue("VAL", 4, (11.4, 0, 0))
    )
    entry = read_text_as(text)
    assert shown(entry) == {"A": "GASV"}
    assert "insertion_codes_given" not in topics(entry)


# --- what is no polymer --------------------------------------------------------------------------


@pytest.mark.parametrize("record", ["ATOM", "HETATM"])
@pytest.mark.parametrize("ter", ["", "TER\n"])
def test_a_ligand_before_its_chain_is_a_ligand(read_text_as, pdb, record, ter):
    ligand = "".join(
        pdb.atom(f"C{k}", "FRH", 1, (1.4 * k, 30, 0), record=record)
        for k in range(1, 6)
    )
    entry = read_text_as(ligand + pdb.peptide("GAVL", first=6) + ter)
    assert shown(entry) == {"A": "GAVL"}
    assert entry.residues.kind[entry.residues.name == "FRH"].tolist() == ["ligand"]


@pytest.mark.parametrize("record", ["ATOM", "HETATM"])
@pytest.mark.parametrize("name", ["HEM", "GOL", "NAG", "ATP"])
def test_a_known_ligand_before_the_ter_is_no_residue(read_text_as, pdb, record, name):
    ligand = "".join(
        pdb.atom(f"C{k}", name, 501, (1.4 * k, 30, 0), record=record)
        for k in range(1, 6)
    )
    entry = read_text_as(pdb.peptide("GAVL") + ligand + "TER\n")
    assert shown(entry) == {"A": "GAVL"}


@pytest.mark.parametrize("record", ["ATOM", "HETATM"])
def test_ligands_before_the_ter_of_their_chain_are_ligands(read_text_as, pdb, record):
    ligands = "".join(
        pdb.atom(f"C{k}", name, number, (1.4 * k, y, 0), record=record)
        for name, number, y in (("FRH", 501, 30), ("HEX", 502, 40))
        for k in range(1, 6)
    )
    entry = read_text_as(pdb.peptide("GAVL") + ligands + "TER\n")
    assert shown(entry) == {"A": "GAVL"}
    assert (entry.residues.kind == "ligand").sum() == 2


def test_an_unknown_residue_bonded_in_line_is_of_the_chain(read_text_as, pdb):
    entry = read_text_as(
        pdb.residue("ZZZ", 1, (0, 0, 0), record="HETATM")
        + pdb.peptide("GAVL", first=2, origin=(3.8, 0, 0))
    )
    assert shown(entry) == {"A": "XGAVL"}


def test_ligands_that_share_a_number(read_text_as, pdb):
    ligands = "".join(
        pdb.atom(f"C{k}", "HEX", 201, (1.4 * k, y, 0), record="HETATM")
        for y in (30, 60)
        for k in range(1, 6)
    )
    entry = read_text_as(pdb.peptide("GAVL") + "TER\n" + ligands)
    assert (entry.residues.name == "HEX").sum() == 2
    assert (entry.atoms.residue_name == "HEX").sum() == 10
