"""Sides chosen by hand: chains and roles, in every complex that has them."""

import pytest

from il2struct.errors import ParameterError, UnknownChainError
from il2struct.interface.measure import image_label, parse_between, select_pairs
from il2struct.structure.model import ChainImage


def chosen(named, text):
    pairs = select_pairs(named.entry, named.complexes, named.role_of, text)
    return [
        (
            p.complex_id,
            *(
                " ".join(image_label(i) for i in side)
                for side in (p.images_1, p.images_2)
            ),
        )
        for p in pairs
    ]


@pytest.mark.parametrize(
    ("text", "sides"),
    [
        ("A/B", (("A",), ("B",))),
        ("A,B/C", (("A", "B"), ("C",))),
        (" A , B / C ", (("A", "B"), ("C",))),
        ("IL2/IL2RA,IL2RB", (("IL2",), ("IL2RA", "IL2RB"))),
        ("A,,B/C,", (("A", "B"), ("C",))),
    ],
)
def test_parse(text, sides):
    assert parse_between(text) == sides


@pytest.mark.parametrize("text", ["", "A", "A/", "/B", "A/B/C", ",/,", "/", "A,B"])
def test_not_two_sides(text):
    with pytest.raises(ParameterError, match="two sides"):
        parse_between(text)


@pytest.mark.parametrize("text", ["A/A", "A,B/B,C", "IL2/IL2"])
def test_a_name_on_both_sides(text):
    with pytest.raises(ParameterError, match="both sides"):
        parse_between(text)


@pytest.mark.entries
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("IL2/IL2RA", [("1", "D", "A"), ("2", "H", "E")]),
        ("il2ra/il2", [("1", "A", "D"), ("2", "E", "H")]),
        ("IL2RB,IL2RG/IL2,IL2RA", [("1", "B C", "D A"), ("2", "F G", "H E")]),
        ("D/A", [("1", "D", "A")]),
        ("D/IL2RG", [("1", "D", "C")]),
        ("A,B/C", [("1", "A B", "C")]),
        # Chains of two complexes have none in common, and are taken where the file has them.
        ("A/E", [("", "A", "E")]),
        ("B,F/A", [("", "B F", "A")]),
    ],
)
def test_sides_of_2erj(named_entry, text, expected):
    assert chosen(named_entry("2ERJ.pdb"), text) == expected


@pytest.mark.entries
def test_labels_are_as_asked(named_entry):
    named = named_entry("2ERJ.pdb")
    pair = select_pairs(named.entry, named.complexes, named.role_of, "IL2RB,IL2RG/IL2")[
        0
    ]
    assert (pair.label_1, pair.label_2) == ("IL2RB,IL2RG", "IL2")


@pytest.mark.entries
def test_chain_in_an_assembly_means_the_deposited_image(named_entry):
    named = named_entry("1HHO.cif")
    assert chosen(named, "A/B") == [("1", "A", "B")]


@pytest.mark.entries
@pytest.mark.parametrize("text", ["Q/A", "A/Q", "IL15/A", "a/B", "unknown/A"])
def test_unknown_names_are_refused_with_what_there_is(named_entry, text):
    with pytest.raises(UnknownChainError) as caught:
        chosen(named_entry("2ERJ.pdb"), text)
    message = str(caught.value)
    assert message.startswith("2ERJ has no chain or role")
    assert "IL2RG" in message
    assert message.endswith(".")


@pytest.mark.entries
@pytest.mark.parametrize("text", ["D/IL2", "IL2/D", "A,B/IL2RA,C", "il2/IL2"])
def test_one_chain_on_both_sides_by_name_and_by_role(named_entry, text):
    # The side against itself would bury half of everything.
    with pytest.raises(ParameterError, match=r"mean chain [AD]"):
        chosen(named_entry("2ERJ.pdb"), text)


@pytest.mark.entries
def test_a_chain_named_twice_counts_once(named_entry):
    assert chosen(named_entry("2ERJ.pdb"), "D,D,IL2/A") == [("1", "D", "A")]


def test_chain_names_go_before_roles(read_text_as, cif_text):
    from il2struct.structure.named import name_entry

    rows = [
        {"label_atom_id": atom, "type_symbol": atom[0], "label_asym_id": chain, "label_seq_id": number,
         "label_entity_id": chain, "Cartn_x": 3.8 * number + dx, "Cartn_y": y, "Cartn_z": 0}
        for chain, y in (("IL2", 0), ("B", 5))
        for number in range(1, 6)
        for atom, dx in (("N", 0.0), ("CA", 1.4), ("C", 2.5))
    ]  # fmt: skip
    named = name_entry(read_text_as(cif_text(rows)))
    assert chosen(named, "IL2/B") == [("1", "IL2", "B")]


def test_labels_of_images():
    assert image_label(ChainImage("A")) == "A"
    assert image_label(ChainImage("A", 2, (-1, 0, 0))) == "A[3_455]"
