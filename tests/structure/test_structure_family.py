"""Roles as data: the shipped family, a user's own, and what a family file may not say."""

import copy
import pickle

import pytest

import il2struct.structure.family as module
from il2struct.errors import ParameterError
from il2struct.structure.family import (
    Role,
    has_membrane_helix,
    holders_of,
    is_cytokine,
    is_paired_receptor,
    plain_name,
    read_family,
    role_rank,
    shipped_family,
    symbol_of,
)

FASTA = ">P1\nMKLVAAACDEFG\n>P2 something\nMNPSAACDEF\nNPTNGS\n"
PAIR = """
sequences = "own.fasta"
numbering_species = "yeast"
[roles.KEY]
symbol = "κ"
aliases = ["key chain"]
binds = ["LOCK"]
[roles.KEY.species.yeast]
accession = "P1"
mature_start = 4
[roles.LOCK]
colour = "#112233"
[roles.LOCK.species.yeast]
accession = "P2"
membrane_helix = [3, 9]
"""


@pytest.fixture(autouse=True)
def _roles_of_this_test(monkeypatch):
    """Roles of a test are not shown in the next one."""
    monkeypatch.setattr(module, "_SHOWN", dict(module.shown_roles()))


@pytest.fixture
def family_of(tmp_path):
    """Read a family from the text of its two files."""

    def read(toml=PAIR, fasta=FASTA):
        (tmp_path / "own.fasta").write_text(fasta, encoding="utf-8")
        (tmp_path / "own.toml").write_text(toml, encoding="utf-8")
        return read_family(tmp_path / "own.toml")

    return read


@pytest.mark.parametrize(
    ("text", "role"),
    [
        ("IL2RA", "IL2RA"),
        ("il2ra", "IL2RA"),
        ("CD25", "IL2RA"),
        ("cd25", "IL2RA"),
        ("p55", "IL2RA"),
        ("Tac", "IL2RA"),
        ("IL-2Rα", "IL2RA"),
        ("IL-2R alpha", "IL2RA"),
        ("γc", "IL2RG"),
        ("gamma c", "IL2RG"),
        ("common γ chain", "IL2RG"),
        ("CD122", "IL2RB"),
        ("IL-4Rα", "IL4R"),
        ("TSLPR", "CRLF2"),
        ("CD2", None),
        ("unknown", None),
    ],
)
def test_names_of_the_shipped_roles(text, role):
    assert shipped_family().role_named(text) == role


def test_shipped_family_holds_human_and_mouse_of_the_gamma_c_family():
    species = {
        record.role: {reference.species for reference in record.references}
        for record in shipped_family().records
    }
    assert all("human" in each for each in species.values())
    # No source was found for mouse IL-15 and IL-13.
    assert {role for role, each in species.items() if "mouse" not in each} == {
        Role.IL15,
        Role.IL13,
    }


def test_mature_proteins_begin_where_the_literature_counts_from():
    starts = {
        (r.role.value, r.species): r.sequence[r.mature_offset :][:6]
        for r in shipped_family().references
    }
    assert starts["IL2", "human"] == "APTSSS"
    assert starts["IL2", "mouse"] == "APTSSS"
    assert starts["IL15", "human"] == "NWVNVI"
    assert starts["IL4", "human"] == "HKCDIT"
    assert starts["IL21", "human"] == "QGQDRH"
    assert starts["IL2RG", "human"] == "LNTTIL"


def test_roles_by_what_they_hold():
    family = shipped_family()
    assert [r.value for r in family.anchors][:2] == ["IL2", "IL15"]
    assert family.partners_of(Role.IL4) == (Role.IL4R, Role.IL2RG, Role.IL13RA1)
    assert is_cytokine("IL4")
    assert not is_cytokine("IL2RB")
    assert not is_cytokine("unknown")
    assert is_paired_receptor("IL2RB")
    assert is_paired_receptor("IL2RG")
    assert not is_paired_receptor("IL2RA")
    assert holders_of("IL15RA") == (Role.IL15,)
    assert has_membrane_helix("IL2RA")
    assert not has_membrane_helix("IL2")
    order = ["IL2", "IL15", "IL2RA", "IL15RA", "IL2RB", "IL2RG", "unknown"]
    assert sorted(order, key=role_rank) == order


def test_a_role_is_one_object():
    assert Role("IL2RA") is Role.IL2RA
    assert pickle.loads(pickle.dumps(Role.IL2RA)) is Role.IL2RA
    assert copy.deepcopy(Role.UNKNOWN) is Role.UNKNOWN
    assert Role.IL2RA == "IL2RA"
    assert type(Role.IL2RA.value) is str
    assert list(Role)[::18] == ["IL2", "unknown"]
    with pytest.raises(AttributeError):
        _ = Role.NONE


def test_a_family_of_the_user_is_added_to_the_shipped_one(family_of):
    family = family_of()
    assert family.records[:-2] == shipped_family().records
    key, lock = family.records[-2:]
    assert (key.symbol, key.colour) != ("KEY", "#112233")
    assert key.binds == ((Role("LOCK"),),)
    assert key.references[0].mature_offset == 3
    assert lock.references[0].membrane_helix == (3, 9)
    # N-P-S is no sequon; N-P-T neither; N-G-S is.
    assert lock.references[0].glycosylation == (14,)
    assert family.numbering_species == "yeast"
    assert family.role_named("KEY-chain") == "KEY"
    assert symbol_of("KEY") == "κ"
    assert role_rank("KEY") < role_rank("LOCK") < role_rank("unknown")
    again = pickle.loads(pickle.dumps(family))
    assert again.records == family.records
    assert again.sha256 == family.sha256 != ""


def test_a_species_is_added_to_a_shipped_role(family_of):
    family = family_of(
        'sequences = "own.fasta"\n[roles.IL15.species.rat]\naccession = "P1"\n'
    )
    record = family.record(Role.IL15)
    assert [r.species for r in record.references] == ["human", "rat"]
    assert record.symbol == "IL-15"
    assert len(family.records) == len(shipped_family().records)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("[roles.KEY]", "[roles.KEY"), "is no TOML"),
        (('symbol = "κ"', "symbol = 3"), "symbol must be a text, not 3"),
        (('symbol = "κ"', 'simbol = "κ"'), "unknown key 'simbol'"),
        (('["LOCK"]', '["LOOK"]'), "'LOOK' is no other role"),
        (('["LOCK"]', '["KEY"]'), "'KEY' is no other role"),
        (('accession = "P1"', 'accession = "P9"'), "no sequence 'P9'"),
        (("mature_start = 4", "mature_start = 40"), "40 lies outside the 12 residues"),
        (("mature_start = 4", "mature_start = true"), "a residue number, not True"),
        (("[3, 9]", "[9, 3]"), "membrane_helix is"),
        (("[3, 9]", "[3]"), "membrane_helix is"),
        (("#112233", "red"), "a colour is #rrggbb, not 'red'"),
        (('"key chain"', '"CD25"'), "'cd25' means both IL2RA and KEY"),
        (('"key chain"', '"LOCK"'), "'lock' means both"),
        (("roles.KEY", "roles.unknown"), "and not unknown or nucleic"),
        (("roles.KEY", 'roles."A/B"'), "a letter first"),
        (('[roles.LOCK.species.yeast]\naccession = "P2"', "[roles.LOCK.x]"), "unknown"),
        (("own.fasta", "none.fasta"), "cannot be read"),
    ],
)
def test_what_cannot_be_right_is_refused(family_of, change, message):
    assert change[0] in PAIR
    with pytest.raises(ParameterError, match=message):
        family_of(PAIR.replace(*change))


@pytest.mark.parametrize(
    ("fasta", "message"),
    [
        ("MKLV", "no FASTA"),
        (">P1\nMKLV1\n", "P1 in .* is no protein sequence"),
        (">P1\nMK\n>P1\nMK\n", "names P1 twice"),
        (">\nMK\n", "without a name"),
        (">P1\n", "P1 in .* is no protein sequence"),
        (">P60568\nMKLV\n", "gives P60568 another sequence"),
    ],
)
def test_sequences_that_cannot_be_right_are_refused(family_of, fasta, message):
    with pytest.raises(ParameterError, match=message):
        family_of(fasta=fasta)


def test_sequences_as_databases_write_them(family_of):
    fasta = ">sp|P1|KEY_YEAST Key\r\nmklvaaac\r\ndefu*\r\n\n>P2\nMNPSAACDEFNPTNGS"
    family = family_of("\ufeff" + PAIR, fasta)
    key = family.record(Role("KEY")).references[0]
    assert (key.uniprot, key.sequence) == ("P1", "MKLVAAACDEFX")


def test_a_family_file_that_is_not_there(tmp_path):
    with pytest.raises(ParameterError, match="cannot be read"):
        read_family(tmp_path / "none.toml")


def test_names_reduce_alike():
    assert plain_name("IL-2 Rβ") == plain_name("il2r_BETA") == "il2rb"
