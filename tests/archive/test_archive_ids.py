import pytest
from hypothesis import given
from hypothesis import strategies as st

from il2struct.archive import EntryId, looks_like_entry_id, parse_entry_id
from il2struct.errors import ParameterError

ALNUM = "abcdefghijklmnopqrstuvwxyz0123456789"
SHORT = st.from_regex(r"[1-9][a-z0-9]{3}", fullmatch=True)
EXTENDED = st.text(ALNUM, min_size=8, max_size=8).map("pdb_{}".format)


@pytest.mark.parametrize(
    "text", ["2ERJ", "2erj", "2eRj", "pdb_00002erj", "PDB_00002ERJ", " 2ERJ\n"]
)
def test_all_spellings_are_one_entry(text):
    entry_id = parse_entry_id(text)
    assert entry_id == EntryId("pdb_00002erj")
    assert entry_id.short == "2ERJ"
    assert entry_id.extended == "pdb_00002erj"
    assert entry_id.middle == "er"
    assert str(entry_id) == "2ERJ"


@pytest.mark.parametrize(
    ("text", "middle"),
    # The archive's own example: pdb_1abc5678 lies under 67.
    [
        ("pdb_1abc5678", "67"),
        ("PDB_0000ABCD", "bc"),
        ("pdb_00000abc", "ab"),
        ("pdb_10001abc", "ab"),
    ],
)
def test_ids_without_a_short_form(text, middle):
    entry_id = parse_entry_id(text)
    assert entry_id.short is None
    assert str(entry_id) == text.lower()
    assert entry_id.middle == middle


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "2ER",
            "2ERJX",
            "ERJ2",
            "0ERJ",
            "2ER-",
            "2ER_",
            "2E/J",
            "..",
            "2ERJ.cif",
            "2 RJ",
        ),
        *(
            "pdb_2erj",
            "pdb_0000002erj",
            "pdb00002erj",
            "xpdb_00002erj",
            "pdb_00002er/",
            "pdb_",
        ),
        *("2er\u212a", "\uff12ERJ", "2erj\x00", "2ERJ\n2B5I", "\u2003"),
    ],
)
def test_anything_else_is_refused_by_name(text):
    assert not looks_like_entry_id(text)
    with pytest.raises(ParameterError, match="is not a PDB ID; write four"):
        parse_entry_id(text)


@pytest.mark.parametrize(
    "text", ["2ERJ", "PDB_00002ERJ", "../../etc", "pdb_00002erj\n"]
)
def test_an_entry_id_cannot_hold_anything_else(text):
    with pytest.raises(ParameterError, match="is not an extended PDB ID"):
        EntryId(text)


@given(SHORT)
def test_both_forms_of_a_short_id_agree(short):
    entry_id = parse_entry_id(short.upper())
    assert entry_id == parse_entry_id("PDB_0000" + short) == parse_entry_id(short)
    assert str(entry_id) == entry_id.short == short.upper()
    assert entry_id.middle == short[1:3]


@given(EXTENDED)
def test_extended_ids_round_trip(text):
    entry_id = parse_entry_id(text.upper())
    assert entry_id.extended == text
    assert parse_entry_id(str(entry_id)) == entry_id


@given(st.text())
def test_parsing_agrees_with_looks_and_is_safe_in_paths(text):
    if not looks_like_entry_id(text):
        with pytest.raises(ParameterError):
            parse_entry_id(text)
        return
    entry_id = parse_entry_id(text)
    assert set(entry_id.extended) <= set(ALNUM + "_")
