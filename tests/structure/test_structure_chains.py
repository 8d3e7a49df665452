"""Polymer chains: named apart, placed in their sequence, with what the file declares."""

import gemmi
import numpy as np
import pytest

from il2struct.structure.chains import (
    LONGEST_DESCRIPTION,
    declared_in_mmcif,
    declared_in_pdb,
    declared_kind,
    described_in_mmcif,
    described_in_pdb,
    letter_of,
    name_chains_apart,
    short_description,
    sort_polymers_first,
)


def topics(entry):
    return {note.topic: note for note in entry.notes}


def shown(entry):
    return {chain.auth_asym_id: chain.sequence for chain in entry.chains}


# --- what the file calls a molecule --------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("BARNASE", "barnase"),
        ("Interleukin-2", "Interleukin-2"),
        ("PROTEIN (INTERLEUKIN-4)", "interleukin-4"),
        ("IGG1-KAPPA D1.3 FAB (LIGHT CHAIN)", "IGG1-kappa D1.3 FAB (light chain)"),
        ("HIV-1 PROTEASE", "HIV-1 protease"),
        ("a\n\t b\u202e\x1b[31m", "a b [31m"),
        ("x" * 500, "x" * (LONGEST_DESCRIPTION - 1) + "…"),
        ("", ""),
    ],
)
def test_a_description_is_one_short_line(written, shown):
    assert short_description(written) == shown


def test_compnd_names_each_chain_of_a_molecule():
    text = (
        b"COMPND    MOL_ID: 1;\n"
        b"COMPND   2 MOLECULE: CYTOKINE RECEPTOR WITH A LONG NAME FOR\n"
        b"COMPND   3 TWO LINES AND INTERLEUKIN-\n"
        b"COMPND   4 99;\n"
        b"COMPND   5 CHAIN: A, B;\n"
        b"COMPND   6 MOL_ID: 2;\n"
        b"COMPND   7 CHAIN: C\n"
    )
    found = described_in_pdb(text.splitlines())
    assert found.keys() == {"A", "B"}
    assert found["A"] == found["B"] == "cytokine receptor with A long name for…"
    assert described_in_pdb([b"COMPND    LYSOZYME"]) == {}


def test_mmcif_names_entities():
    block = gemmi.cif.read_string(
        "data_x\nloop_\n_entity.id\n_entity.pdbx_description\n1 BARNASE\n2 ?\n"
    ).sole_block()
    assert described_in_mmcif(block) == {"1": "barnase"}


@pytest.mark.entries
def test_both_formats_of_an_entry_name_its_chains_alike(named_entry):
    cif, pdb_ = (
        {c.auth_asym_id: c.description for c in named_entry(f"2B5I.{x}").entry.chains}
        for x in ("cif", "pdb")
    )
    assert cif["A"] == "Interleukin-2"
    assert {k: v.lower() for k, v in cif.items()} == {
        k: v.lower() for k, v in pdb_.items()
    }


# --- deposited and modelled sequence -------------------------------------------------------------


def test_missing_residues_have_their_place_in_the_deposited_sequence(read_text_as, pdb):
    sequence = "MKLAVVTGDNRE"
    numbers = [3, 4, 5, 9, 10, 11]
    text = pdb.seqres(sequence) + pdb.peptide(
        "".join(sequence[n - 1] for n in numbers), numbers=numbers
    )
    chain = read_text_as(text).chains[0]
    assert chain.sequence == sequence
    assert chain.position.tolist() == [n - 1 for n in numbers]


def test_without_seqres_the_coordinates_speak(read_text_as, pdb):
    entry = read_text_as(pdb.peptide("GAVKE"))
    assert shown(entry) == {"A": "GAVKE"}
    assert entry.chains[0].position.tolist() == [0, 1, 2, 3, 4]
    assert topics(entry)["sequence_from_coordinates"].subject == "A"


@pytest.mark.parametrize("deposited", ["WWWWWW", "GA"])
def test_seqres_that_does_not_fit_is_not_used(read_text_as, pdb, deposited):
    entry = read_text_as(pdb.seqres(deposited) + pdb.peptide("GAVKE"))
    assert shown(entry) == {"A": "GAVKE"}
    assert "does not fit" in topics(entry)["sequence_from_coordinates"].message


def test_seqres_with_another_residue_than_the_coordinates(read_text_as, pdb):
    # What touches the partner is what stands there.
    entry = read_text_as(pdb.seqres("GAWKEVLI") + pdb.peptide("GAVKEVL"))
    assert shown(entry) == {"A": "GAVKEVLI"}
    assert topics(entry)["sequence_differs"].count == 1


@pytest.mark.parametrize(
    ("name", "letter"),
    [
        ("ALA", "A"),
        ("MSE", "M"),
        ("SEP", "S"),
        ("TPO", "T"),
        ("MLY", "K"),
        ("HYP", "P"),
        ("CSO", "C"),
        ("SEC", "U"),
        ("HIE", "H"),
        ("HSD", "H"),
        ("CYX", "C"),
        ("LYN", "K"),
        ("UNK", "X"),
        ("ZZZ", "X"),
        ("DA", "A"),
    ],
)
def test_letters(name, letter):
    assert letter_of(name) == letter


@pytest.mark.parametrize("record", ["ATOM", "HETATM"])
def test_selenomethionine_is_a_methionine_of_the_chain(read_text_as, pdb, record):
    # HETATM in the archive's files, with Se where S was.
    text = (
        pdb.peptide("GA")
        + pdb.residue("MSE", 3, (7.6, 0, 0), record=record)
        + pdb.peptide("VK", first=4, origin=(11.4, 0, 0))
    )
    entry = read_text_as(text)
    assert shown(entry) == {"A": "GAMVK"}
    assert entry.residues.name[2] == "MSE"
    assert set(entry.residues.kind) == {"protein"}
    assert "unknown_residues" not in topics(entry)


def test_alpha_carbons_alone(read_text_as, pdb):
    text = "".join(pdb.atom("CA", "ALA", i, (3.8 * i, 0, 0)) for i in range(1, 9))
    entry = read_text_as(text)
    assert shown(entry) == {"A": "A" * 8}
    assert set(entry.atoms.element) == {"C"}


def test_d_amino_acids_are_protein(read_text_as, pdb):
    text = "".join(pdb.residue("DAL", i, (3.8 * i, 0, 0)) for i in range(1, 7))
    entry = read_text_as(text)
    assert entry.chains[0].kind == "protein"


# --- names of chains -----------------------------------------------------------------------------


def peptide_rows(asym, auth, sequence_length, x, residue="ALA"):
    return [
        {
            "label_atom_id": name,
            "type_symbol": name[0],
            "label_comp_id": residue,
            "label_asym_id": asym,
            "auth_asym_id": auth,
            "label_seq_id": number,
            "label_entity_id": asym,
            "Cartn_x": x + 3.8 * number + dx,
            "Cartn_y": 0,
            "Cartn_z": 0,
        }
        for number in range(1, sequence_length + 1)
        for name, dx in (("N", 0.0), ("CA", 1.4), ("C", 2.5))
    ]


def test_chain_names_of_several_letters(read_text_as, cif_text):
    rows = peptide_rows("AAA", "Heavy1", 4, 0) + peptide_rows("BBB", "Light-2", 4, 50)
    assert list(shown(read_text_as(cif_text(rows)))) == ["Heavy1", "Light-2"]


def test_two_polymers_of_one_letter_in_pdb_format(read_text_as, pdb):
    text = (
        pdb.peptide("GAVK")
        + "TER\n"
        + pdb.peptide("WWFFY", first=101, origin=(0, 30, 0))
        + "TER\n"
        + pdb.atom("O", "HOH", 401, (9, 9, 9), record="HETATM")
        + pdb.atom("ZN", "ZN", 402, (9, 9, 19), element="ZN", record="HETATM")
    )
    entry = read_text_as(text)
    assert shown(entry) == {"A": "GAVK", "A.2": "WWFFY"}
    assert topics(entry)["chains_renamed"].subject == "A.2"
    kinds = dict(
        zip(entry.residues.name.tolist(), entry.residues.kind.tolist(), strict=True)
    )
    assert (kinds["HOH"], kinds["ZN"]) == ("water", "ion")
    # Both waters and ions stay where the file has them, under the first chain.
    assert set(entry.residues.auth_asym_id[entry.residues.name == "HOH"]) == {"A"}


def test_blank_chain_names(read_text_as, pdb):
    text = (
        pdb.peptide("GAVK", chain=" ")
        + "TER\n"
        + pdb.peptide("WWFFY", chain=" ", origin=(0, 30, 0))
        + "TER\n"
        + pdb.peptide("LLL", chain="B", origin=(0, 60, 0))
        + "TER\n"
        + pdb.atom("O", "HOH", 401, (9, 9, 9), chain=" ", record="HETATM")
    )
    entry = read_text_as(text)
    assert shown(entry) == {"A": "GAVK", "C": "WWFFY", "B": "LLL"}
    assert topics(entry)["chains_renamed"].subject == "A, C"
    assert set(entry.residues.auth_asym_id[entry.residues.kind == "water"]) == {"A"}


def test_waters_before_the_polymer_of_their_chain(read_text_as, pdb):
    text = (
        pdb.atom("O", "HOH", 401, (9, 9, 9), record="HETATM")
        + "TER\n"
        + pdb.peptide("GAVK")
        + "TER\n"
        + pdb.peptide("LLL", first=51, origin=(0, 60, 0))
    )
    assert shown(read_text_as(text)) == {"A": "GAVK", "A.2": "LLL"}


@pytest.mark.parametrize("ter", ["", "TER\n"])
def test_hetero_residues_before_and_within_the_polymer(read_text_as, pdb, ter):
    # PyMOL sorts by number: a water 1 comes before a protein that begins at 24.
    def lone(name, element, number):
        return pdb.atom(
            element, name, number, (9 * number, 9, 9), element=element, record="HETATM"
        )

    text = (
        lone("HOH", "O", 1)
        + lone("ZN", "ZN", 2)
        + lone("NAG", "C", 3)
        + pdb.peptide("GAV", first=24)
        + lone("HOH", "O", 26)
        + lone("GOL", "C", 27)
        + pdb.residue("MSE", 28, (11.4, 0, 0), record="HETATM")
        + pdb.residue("ZZZ", 29, (15.2, 0, 0), record="HETATM")
        + pdb.peptide("KL", first=30, origin=(19, 0, 0))
        + ter
        + lone("HOH", "O", 40)
    )
    entry = read_text_as(text)
    assert shown(entry) == {"A": "GAVMXKL"}
    assert entry.residues.auth_number.tolist() == [
        24,
        25,
        26,
        28,
        29,
        30,
        31,
        1,
        2,
        3,
        26,
        27,
        40,
    ]
    kinds = ["protein"] * 7 + ["water", "ion", "glycan", "water", "ligand", "water"]
    assert entry.residues.kind.tolist() == kinds


@pytest.mark.entries
@pytest.mark.parametrize(
    "name", ["2ERJ.pdb", "2PFK.pdb", "2B5I.cif", "1XDA.cif", "3HAX.cif"]
)
def test_files_in_order_stay_in_order(mirror, name):
    structure = gemmi.read_structure(str(mirror / f"{name}.gz"))
    before = [
        (chain.name, str(r.seqid), r.name) for chain in structure[0] for r in chain
    ]
    sort_polymers_first(structure)
    after = [
        (chain.name, str(r.seqid), r.name) for chain in structure[0] for r in chain
    ]
    assert after == before


def test_waters_written_as_atoms_behind_ter_stay_waters(read_text_as, pdb):
    text = (
        pdb.peptide("GAVK")
        + "TER\n"
        + "".join(pdb.atom("O", "HOH", 50 + i, (9 * i, 9, 9)) for i in range(3))
    )
    entry = read_text_as(text)
    assert shown(entry) == {"A": "GAVK"}
    assert (entry.residues.kind == "water").sum() == 3
    assert "chains_renamed" not in topics(entry)


def test_models_of_an_ensemble_are_renamed_alike(read_text_as, pdb):
    body = (
        pdb.peptide("GAV", chain=" ")
        + "TER\n"
        + pdb.peptide("LL", chain=" ", first=9)
        + "TER\n"
    )
    entry = read_text_as(
        "".join(f"MODEL     {i:4d}\n{body}ENDMDL\n" for i in (1, 2)) + "END\n"
    )
    assert entry.n_models == 2
    assert shown(entry) == {"A": "GAV", "B": "LL"}


def test_assembly_of_chains_that_share_aletter_of(read_text_as, pdb):
    head = (
        "REMARK 350 BIOMOLECULE: 1\n"
        "REMARK 350 APPLY THE FOLLOWING TO CHAINS: A\n"
        + pdb.matrix("BIOMT", np.eye(3), (0, 0, 0))
    )
    text = (
        head
        + pdb.peptide("GAVK")
        + "TER\n"
        + pdb.peptide("LLL", first=9, origin=(0, 9, 0))
    )
    entry = read_text_as(text)
    assert [i.auth_asym_id for i in entry.assemblies[0].images] == ["A", "A.2"]


def test_more_unnamed_chains_than_letters():
    model = gemmi.Model(1)
    for i in range(65):
        chain = gemmi.Chain("")
        residue = gemmi.Residue()
        residue.name, residue.het_flag = "ALA", "A"
        residue.seqid = gemmi.SeqId(i + 1, " ")
        chain.add_residue(residue)
        model.add_chain(chain)
    structure = gemmi.Structure()
    structure.add_model(model)
    (note,) = name_chains_apart(structure)
    names = [chain.name for chain in structure[0]]
    assert note.count == 65
    assert len(set(names)) == 65


@pytest.mark.entries
@pytest.mark.parametrize("name", ["2ERJ.pdb", "2B5I.pdb", "1FDL.pdb", "1RHG.pdb"])
def test_named_chains_are_left_alone(mirror, name):
    structure = gemmi.read_structure(str(mirror / f"{name}.gz"))
    before = [(chain.name, len(chain)) for chain in structure[0]]
    assert name_chains_apart(structure) == []
    assert [(chain.name, len(chain)) for chain in structure[0]] == before


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("EXPRESSION TAG", "tag"),
        ("expression tag", "tag"),
        ("CLONING ARTIFACT", "tag"),
        ("INITIATING METHIONINE", "tag"),
        ("LINKER", "linker"),
        ("ENGINEERED MUTATION", "mutation"),
        ("ENGINEERED", "mutation"),
        ("MUTATION", "mutation"),
        ("VARIANT", "mutation"),
        ("SEE REMARK 999", ""),
        ("MODIFIED RESIDUE", ""),
        ("", ""),
    ],
)
def test_kinds(text, kind):
    assert declared_kind(text) == kind


def test_records_of_pdb_format():
    text = b"""\
SEQADV 3NFP HIS I  218  UNP  P01589              EXPRESSION TAG
SEQADV 5LQB SER A  145  UNP  P60568    CYS   145 ENGINEERED MUTATION
SEQADV 1XXX     A       UNP  P60568    GLY   146 DELETION
SEQADV 1XXX GLY A   -1A UNP  P60568              CLONING ARTIFACT
"""
    found = declared_in_pdb(text.splitlines())
    assert [
        (d.auth_asym_id, d.residue_name, d.kind, d.auth_number, d.ins_code)
        for d in found
    ] == [
        ("I", "HIS", "tag", 218, ""),
        ("A", "SER", "mutation", 145, ""),
        ("A", "GLY", "tag", -1, "A"),
    ]


def test_rows_of_mmcif():
    block = gemmi.cif.read_string(
        """data_x
loop_
_struct_ref_seq_dif.align_id
_struct_ref_seq_dif.mon_id
_struct_ref_seq_dif.pdbx_pdb_strand_id
_struct_ref_seq_dif.seq_num
_struct_ref_seq_dif.details
1 ALA A 1 'EXPRESSION TAG'
1 GLN B 17 'engineered mutation'
1 ? B ? deletion
"""
    ).sole_block()
    assert [
        (d.auth_asym_id, d.residue_name, d.kind, d.place)
        for d in declared_in_mmcif(block)
    ] == [("A", "ALA", "tag", 0), ("B", "GLN", "mutation", 16)]
    assert declared_in_mmcif(gemmi.cif.read_string("data_y\n_a.b 1").sole_block()) == ()


def test_numbers_of_the_author_find_their_place(pdb, read_text_as):
    # The tag has no coordinates: its numbers count on from the last residue that has some.
    body = "GAVKEGAVKE"
    seqadv = "".join(
        f"SEQADV 1XXX {name} A {number:4d}  UNP  P00000              {text}\n"
        for name, number, text in (
            ("HIS", 11, "EXPRESSION TAG"),
            ("HIS", 12, "EXPRESSION TAG"),
            ("LYS", 4, "ENGINEERED MUTATION"),
            ("TRP", 5, "ENGINEERED MUTATION"),  # another residue stands there
            ("HIS", 99, "EXPRESSION TAG"),  # nowhere
        )
    )
    text = seqadv + pdb.seqres(body + "HH") + pdb.peptide(body)
    (chain,) = read_text_as(text).protein_chains
    assert chain.sequence == body + "HH"
    assert chain.has_deposited_sequence
    assert chain.declared == ((3, "mutation"), (10, "tag"), (11, "tag"))
