"""What a file says of tags, linkers and mutations: SEQADV and ``_struct_ref_seq_dif``."""

import gemmi
import pytest

from il2struct.structure.chains import (
    declared_in_mmcif,
    declared_in_pdb,
    kind_of,
)


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
    assert kind_of(text) == kind


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


def test_a_chain_without_seqres_has_no_deposited_sequence(pdb, read_text_as):
    (chain,) = read_text_as(pdb.peptide("GAVKE" * 3)).protein_chains
    assert not chain.has_deposited_sequence
    assert chain.declared == ()
