"""Chains that are several proteins: parts with roles, numbers and interfaces of their own."""

import gemmi
import numpy as np
import pytest

from il2struct.errors import ParameterError, UnknownChainError
from il2struct.interface.measure import divided_for, interfaces_between, interfaces_of
from il2struct.structure.family import Role, shipped_family
from il2struct.structure.fusions import (
    base_name,
    divide_at_ranges,
    divide_fusions,
    proteins_of,
)
from il2struct.structure.model import NO_NUMBER, Chain, ResidueKind
from il2struct.structure.named import name_entry
from il2struct.structure.read import read_structure
from il2struct.structure.roles import mutations

FAMILY = shipped_family()
MATURE = {
    r.role.value: r.sequence[r.mature_offset :]
    for r in FAMILY.references
    if r.species == "human"
}
IL2, SUSHI = MATURE["IL2"], MATURE["IL15RA"][:77]
LINKER = "GGGGSGGGGSGGGGS"
#: Half an antibody domain: nothing that the family knows.
OTHER = "DIQMTQSPSTLSASVGDRVTITCSASSSISYMHWYQQKPGKAPKLLIYTTSNLASGVPARFSGSGSGTEFTL"


def chain_of(sequence, *, modelled=None, declared=()):
    position = np.arange(len(sequence)) if modelled is None else np.asarray(modelled)
    return Chain(
        auth_asym_id="A",
        label_asym_id="",
        entity_id="1",
        kind=ResidueKind.PROTEIN,
        sequence=sequence,
        residue_index=np.arange(len(position)),
        position=position,
        glycan_index=np.zeros(0, dtype=np.int64),
        declared=tuple(declared),
    )


def spans(*pieces):
    """Place of each piece in their concatenation; those given as a tuple are linkers or tags."""
    place, found = 0, []
    for piece in pieces:
        text = piece[0] if isinstance(piece, tuple) else piece
        if not isinstance(piece, tuple):
            found.append((place, place + len(text)))
        place += len(text)
    return "".join(p[0] if isinstance(p, tuple) else p for p in pieces), tuple(found)


@pytest.mark.parametrize(
    "pieces",
    [
        (IL2, (LINKER,), MATURE["IL2RA"][:217]),
        (MATURE["IL2RA"][:217], (LINKER,), IL2),
        (MATURE["IL15"], (LINKER,), SUSHI),
        (SUSHI, (LINKER * 2,), MATURE["IL15"]),
        (MATURE["IL2RB"][:214], (LINKER,), OTHER + OTHER[::-1]),  # as with an Fc
        (("GSHM",), IL2, (LINKER,), OTHER),
        (OTHER, (LINKER,), IL2, ("HHHHHH",)),
        (IL2, (LINKER,), IL2),
        (IL2, MATURE["IL15"], (LINKER,), SUSHI),
    ],
)
def test_proteins_of_a_chain(pieces):
    sequence, expected = spans(*pieces)
    found = proteins_of(chain_of(sequence), FAMILY)
    assert len(found) == len(expected)
    # An alignment may go a residue or two into a neighbour, or stop short of it.
    assert np.abs(np.array(found) - np.array(expected)).max() <= 2


@pytest.mark.parametrize(
    "sequence",
    [IL2, "GSHMHHHHHHSSG" + IL2 + "HHHHHH", OTHER, OTHER + LINKER + OTHER],
    ids=["alone", "tags", "unknown", "unknown twice"],
)
def test_what_is_no_fusion(sequence):
    assert len(proteins_of(chain_of(sequence), FAMILY)) <= 1


def test_what_has_no_coordinates_is_no_part():
    sequence = IL2 + LINKER + OTHER
    assert len(proteins_of(chain_of(sequence, modelled=range(140)), FAMILY)) == 1


def test_a_linker_that_the_file_declares_belongs_to_no_protein():
    linker = "AEAAAKEAAAKA"
    sequence = IL2 + linker + OTHER
    declared = [(i, "linker") for i in range(133, 145)]
    (_, found) = proteins_of(chain_of(sequence, declared=declared), FAMILY)
    assert found == (145, 145 + len(OTHER))


# --- entries -------------------------------------------------------------------------------------


@pytest.fixture
def fused(mirror, tmp_path):
    """2B5I in which two chains are one, F, with the numbers of the second behind the first."""

    def make(first, second):
        structure = gemmi.read_structure(str(mirror / "2B5I.pdb.gz"))
        structure.setup_entities()
        structure.remove_ligands_and_waters()
        model = structure[0]
        chain = gemmi.Chain("F")
        number = 0
        for name in (first, second):
            own = [residue for residue in model[name] if residue.het_flag == "A"]
            for residue in own:
                copy = residue.clone()
                copy.seqid = gemmi.SeqId(number + residue.seqid.num, " ")
                chain.add_residue(copy)
            number += 300
        for name in (first, second):
            model.remove_chain(name)
        model.add_chain(chain)
        structure.entities.clear()
        structure.setup_entities()
        text = structure.make_pdb_string(gemmi.PdbWriteOptions(minimal=True))
        path = tmp_path / f"{first}{second}.pdb"
        path.write_text(text)
        return read_structure(path)

    return make


@pytest.mark.entries
@pytest.mark.parametrize("order", ["AD", "DA", "AB", "BA", "BC", "CB", "AC"])
def test_fusions_of_the_complex_in_both_orders(fused, named_entry, order):
    named = name_entry(fused(*order))
    roles = {found.role.value: found for found in named.roles}
    assert set(roles) == {"IL2", "IL2RA", "IL2RB", "IL2RG"}
    assert len({base_name(found.auth_asym_id) for found in named.roles}) == 3
    (complex_,) = named.complexes
    assert [m.role.value for m in complex_.members] == [
        "IL2",
        "IL2RA",
        "IL2RB",
        "IL2RG",
    ]
    assert complex_.missing_roles == ()
    (note,) = (n for n in named.entry.notes if n.topic == "chain_divided")
    assert note.subject == "F"
    # Numbers and areas are those of the separate chains.
    apart = named_entry("2B5I.pdb")
    for role in ("IL2", "IL2RA", "IL2RB", "IL2RG"):
        ours, theirs = (
            n.numbers.mature_number[n.numbers.role == role] for n in (named, apart)
        )
        assert set(ours) - {NO_NUMBER} == set(theirs) - {NO_NUMBER}
    ours, theirs = (
        {
            (i.sides[0].role, i.sides[1].role): i.burial.area_per_side_a2
            for i in interfaces_of(n)
        }
        for n in (named, apart)
    )
    assert ours == pytest.approx(theirs, rel=0.01)


@pytest.mark.entries
def test_il2_fused_to_an_antibody(named_entry):
    named = named_entry("9HIH.pdb")
    assert {f.auth_asym_id: f.role for f in named.roles} == {
        "H": Role.UNKNOWN,
        "L:1-187": Role.IL2,
        "L:188-401": Role.UNKNOWN,
    }
    assert {m.image.auth_asym_id for m in named.complexes[0].members} == {
        "H",
        "L:1-187",
        "L:188-401",
    }
    # The parts share out the residues of the chain.
    whole = sum(len(chain.residue_index) for chain in named.entry.protein_chains)
    assert whole == len({i for c in named.entry.chains for i in c.residue_index})
    for row, chain in enumerate(named.entry.chains):
        assert set(named.entry.residues.chain_index[chain.residue_index]) == {row}
        assert set(named.entry.residues.auth_asym_id[chain.residue_index]) == {
            chain.auth_asym_id
        }


@pytest.mark.entries
@pytest.mark.parametrize(
    ("between", "chains"),
    [
        ("IL2/H", ({"L:1-187"}, {"H"})),
        ("L:1-187/L:188-401", ({"L:1-187"}, {"L:188-401"})),
        ("L/H", ({"L:1-187", "L:188-401"}, {"H"})),
        ("L:4-152/H", ({"L:4-152"}, {"H"})),
        ("L:188-300/L:301-401,H", ({"L:188-300"}, {"L:301-401", "H"})),
    ],
)
def test_selections_by_part_chain_and_range(named_entry, between, chains):
    named = divided_for(named_entry("9HIH.pdb"), between)
    (interface,) = interfaces_between(named, between)
    assert interface.complex_id == "1"
    sides = interface.sides
    assert tuple({i.auth_asym_id for i in side.images} for side in sides) == chains
    assert interface.burial.area_per_side_a2 > 100


@pytest.mark.entries
def test_a_range_keeps_roles_numbers_and_complex(named_entry):
    whole = named_entry("2B5I.pdb")
    named = divided_for(whole, "B:1-104/A")
    assert {c.auth_asym_id for c in named.entry.chains} == {
        "A", "B:1-104", "B:105-214", "C", "D",
    }  # fmt: skip
    assert named.role_of["B:1-104"] is Role.IL2RB
    assert [c.complex_id for c in named.complexes] == ["1"]
    np.testing.assert_array_equal(
        named.numbers.mature_number, whole.numbers.mature_number
    )
    assert divided_for(whole, "A/B") is whole


@pytest.mark.entries
def test_ranges_that_are_not_there(named_entry):
    entry = named_entry("2B5I.pdb").entry
    for name in ("B:500-600", "Z:1-10"):
        with pytest.raises(UnknownChainError):
            divide_at_ranges(entry, [name])
    with pytest.raises(ParameterError, match="ends before it begins"):
        divide_at_ranges(entry, ["B:10-5"])


def test_a_circular_permutant_is_said_to_be_one(pdb, read_text_as):
    entry = read_text_as(pdb.peptide(IL2[70:] + "GGSGGG" + IL2[:70]))
    divided = divide_fusions(entry, FAMILY)
    assert len(divided.protein_chains) == 2
    (note,) = (n for n in divided.notes if n.topic == "chain_divided")
    assert "circular permutant" in note.message
    named = name_entry(entry)
    first, second = named.roles
    assert (first.mature_number[0], second.mature_number[-1]) == (71, 70)
    assert mutations(named.entry.protein_chains[0], first) == ()
    twice = divide_fusions(read_text_as(pdb.peptide(IL2 + LINKER + IL2)), FAMILY)
    (note,) = (n for n in twice.notes if n.topic == "chain_divided")
    assert "circular permutant" not in note.message


@pytest.mark.parametrize("cut", [20, 110])
def test_a_short_end_in_another_order_is_said_to_be_so(cut, pdb, read_text_as):
    entry = read_text_as(pdb.peptide(IL2[cut:] + "GGSGGG" + IL2[:cut]))
    divided = divide_fusions(entry, FAMILY)
    assert len(divided.protein_chains) == 1
    (note,) = (n for n in divided.notes if n.topic == "residues_permuted")
    assert "IL2 in another order" in note.message
    assert note.count == min(cut, len(IL2) - cut)


@pytest.mark.parametrize("ends", ["HHHHHH", "MKHHHHHHSSGLVPRGSH", IL2[:20]])
def test_tags_and_repeats_are_not_in_another_order(ends, pdb, read_text_as):
    entry = read_text_as(pdb.peptide(ends + IL2))
    assert "residues_permuted" not in {
        n.topic for n in divide_fusions(entry, FAMILY).notes
    }


@pytest.mark.parametrize("inner", ["IL15RA", "IL4", "IL2RA"])
def test_a_domain_within_another_protein_is_a_part(inner, pdb, read_text_as):
    domain = SUSHI if inner == "IL15RA" else MATURE[inner][:120]
    entry = read_text_as(pdb.peptide(IL2[:70] + domain + IL2[70:]))
    named = name_entry(entry)
    assert [r.role.value for r in named.roles] == ["IL2", inner, "IL2"]
    assert all(set(r.status) == {"native"} for r in named.roles)
    (note,) = (n for n in named.notes if n.topic == "chain_divided")
    assert "within another protein" in note.message


def test_what_nobody_knows_within_a_protein_is_an_insertion(pdb, read_text_as):
    entry = read_text_as(pdb.peptide(IL2[:70] + OTHER[:40] + IL2[70:]))
    (role,) = name_entry(entry).roles
    assert (role.status == "insertion").sum() == 40
