"""Roles and numbers of chains."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from il2struct.structure.alignment import (
    MIN_PRECURSOR,
    best_alignment,
    without_tags,
)
from il2struct.structure.family import Role, shipped_family, symbol_of
from il2struct.structure.model import NO_NUMBER, Chain, ResidueKind
from il2struct.structure.read import read_structure
from il2struct.structure.roles import (
    _chain_role,
    assign_roles,
    gaps,
    mutations,
    residue_numbers,
)

FAMILY = shipped_family()
HUMAN = {r.role: r for r in FAMILY.references if r.species == "human"}
#: Mature numbers of the N-glycosylation sequons (design, section 1).
SEQUONS = {
    Role.IL2RA: (49, 68),
    Role.IL2RB: (3, 17, 45, 123),
    Role.IL2RG: (2, 49, 53, 62, 137, 227),
}
ROLES = {
    "2ERJ.pdb": "A IL2RA B IL2RB C IL2RG D IL2 E IL2RA F IL2RB G IL2RG H IL2",
    "2B5I.pdb": "A IL2 B IL2RB C IL2RG D IL2RA",
    "2B5I.cif": "A IL2 B IL2RB C IL2RG D IL2RA",
    "1Z92.pdb": "A IL2 B IL2RA",
    "2Z3R.cif": " ".join(
        f"{a} IL15 {b} IL15RA" for a, b in zip("ACEGIKMO", "BDFHJLNP", strict=True)
    ),
    "3QB7.cif": "A IL4 B IL4 C IL2RG D IL2RG",
    "1M47.pdb": "A IL2",
    "1M4C.pdb": "A IL2 B IL2",
    "3INK.pdb": "C IL2 D IL2",
    "1PY2.pdb": "A IL2 B IL2 C IL2 D IL2",
    "1IAR.pdb": "A IL4 B IL4R",
    "3HHR.pdb": "A unknown B unknown C unknown",
    "3OG4.cif": "A unknown B unknown",
    "2NA8.cif": "A unknown",
    "1BRS.pdb": "A unknown B unknown C unknown D unknown E unknown F unknown",
    "1IGY.cif": "A unknown B unknown C unknown D unknown",
}


def make_chain(sequence, modelled=None, declared=()):
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
        has_deposited_sequence=modelled is not None,
        declared=tuple(declared),
    )


def role_of(sequence, modelled=None, declared=()):
    chain = make_chain(sequence, modelled, declared)
    found = best_alignment(sequence, FAMILY)
    if found is not None:
        found = without_tags(found, sequence, dict(declared))
    return chain, _chain_role(chain, found, FAMILY)


def mature(role):
    reference = HUMAN[role]
    return reference.sequence[reference.mature_offset :]


# --- references ----------------------------------------------------------------------------------


def test_references_are_those_of_the_design():
    # Lengths and offsets as in design, section 1; IL-15: UniProt P40933 and Q13261.
    expected = {
        Role.IL2: ("P60568", 153, 20),
        Role.IL2RA: ("P01589", 272, 21),
        Role.IL2RB: ("P14784", 551, 26),
        Role.IL2RG: ("P31785", 369, 22),
        Role.IL15: ("P40933", 162, 48),
        Role.IL15RA: ("Q13261", 267, 30),
    }
    found = {
        r.role: (r.uniprot, len(r.sequence), r.mature_offset) for r in HUMAN.values()
    }
    assert found | expected == found


@pytest.mark.parametrize("role", list(SEQUONS))
def test_numbering_of_the_references_by_their_sequons(role):
    # An offset that is wrong by one moves every sequon.
    sequence = mature(role)
    found = [m.start() + 1 for m in re.finditer("N(?=[^P][ST])", sequence)]
    assert set(SEQUONS[role]) <= set(found)


def test_symbols():
    assert symbol_of("IL2RG") == "γc"
    assert symbol_of(Role.IL2RB) == "IL-2Rβ"
    assert symbol_of("unknown") == "unknown"


# --- real entries --------------------------------------------------------------------------------


@pytest.mark.entries
@pytest.mark.parametrize("name", list(ROLES))
def test_roles_of_entries(named_entry, name):
    words = ROLES[name].split()
    found = {chain: role.value for chain, role in named_entry(name).role_of.items()}
    assert found == dict(zip(words[::2], words[1::2], strict=True))


@pytest.mark.entries
def test_what_the_family_lacks_says_how_far_it_is(named_entry):
    hormone = named_entry("3HHR.pdb").roles[0]
    assert (hormone.role, hormone.uniprot, hormone.species) == (Role.UNKNOWN, "", "")
    assert 0 < hormone.identity < 0.6
    assert hormone.nearest_role
    assert set(hormone.status) == {""}
    assert (hormone.mature_number == NO_NUMBER).all()


@pytest.mark.entries
def test_relatives(named_entry):
    roles = {r.auth_asym_id: r for r in named_entry("3QB7.cif").roles}
    il4, gamma = roles["A"], roles["C"]
    assert (il4.role, il4.uniprot, il4.species) == (Role.IL4, "P05112", "human")
    assert gamma.identity > 0.98
    assert gamma.coverage > 0.98
    assert 0.5 < gamma.reference_coverage < 0.6


@pytest.mark.entries
@pytest.mark.parametrize(
    ("name", "chains", "expected"),
    [
        ("2ERJ.pdb", "DH", ("C125A",)),
        ("2ERJ.pdb", "AE", ("N49S", "N68S")),
        ("2ERJ.pdb", "BF", ()),
        ("2ERJ.pdb", "CG", ("N53Q",)),
        ("2B5I.pdb", "A", ()),
        ("2B5I.pdb", "B", ("N3Q", "N17Q", "N45Q")),
        ("2B5I.pdb", "C", ("N53Q",)),
        ("2B5I.pdb", "D", ("N68Q",)),
        ("2B5I.cif", "D", ("N68Q",)),
        ("1Z92.pdb", "AB", ()),
        ("3QB7.cif", "CD", ("N53Q",)),
        ("3INK.pdb", "CD", ("C125A",)),
        ("3NFP.pdb", "IK", ()),
        ("5LQB.pdb", "A", ("A1del", "C125S")),
        ("1PY2.pdb", "A", ("T133del",)),
        ("1IAR.pdb", "B", ("M1F", "C182A")),
        ("2Z3R.cif", "A", ()),
        ("9HIH.pdb", ["L:1-187"], ()),
    ],
)
def test_mutations(named_entry, name, chains, expected):
    named = named_entry(name)
    for chain, role in zip(named.entry.protein_chains, named.roles, strict=True):
        if chain.auth_asym_id in chains:
            assert mutations(chain, role) == expected


@pytest.mark.entries
@pytest.mark.parametrize(
    "name", ["2ERJ.pdb", "2B5I.pdb", "1Z92.pdb", "1M47.pdb", "1PY2.pdb"]
)
def test_gaps_are_the_residues_of_remark_465(real_text, named_entry, name):
    # Author and mature numbers are the same in these, so the file itself lists the answer.
    listed: dict[str, set[int]] = {}
    for line in real_text(name).splitlines():
        match = re.match(r"REMARK 465 {5}[A-Z]{3} ([A-Z]) +(-?\d+)", line)
        if match:
            listed.setdefault(match[1], set()).add(int(match[2]))
    for role in named_entry(name).roles:
        found = {n for first, last in gaps(role) for n in range(first, last + 1)}
        numbered = set(role.mature_number.tolist())
        assert found == listed.get(role.auth_asym_id, set()) & numbered


@pytest.mark.entries
@pytest.mark.parametrize("chain", ["B", "F"])
def test_author_number_of_beta_in_2erj_is_the_mature_one_whatever_dbref_says(
    real_text, named_entry, chain
):
    # DBREF: residue 1 of B is UniProt 25, that is mature -1; aligned it is 27.
    (dbref,) = [
        x
        for x in real_text("2ERJ.pdb").splitlines()
        if x.startswith(f"DBREF  2ERJ {chain}")
    ]
    assert dbref.split()[3:9] == ["1", "206", "UNP", "P14784", "IL2RB_HUMAN", "25"]
    named = named_entry("2ERJ.pdb")
    rows = named.entry.chain(chain).residue_index
    author, number = (
        named.entry.residues.auth_number[rows],
        named.numbers.mature_number[rows],
    )
    numbered = number != NO_NUMBER
    np.testing.assert_array_equal(author[numbered], number[numbered])
    np.testing.assert_array_equal(
        named.numbers.uniprot_number[rows][numbered], number[numbered] + 26
    )
    assert numbered.sum() == len(rows) - 3


@pytest.mark.entries
def test_ordered_tags_are_called_tags(named_entry):
    named = named_entry("2ERJ.pdb")
    residues, numbers = named.entry.residues, named.numbers
    tags = {
        (
            str(residues.auth_asym_id[i]),
            int(residues.auth_number[i]),
            str(residues.name[i]),
        )
        for i in np.flatnonzero(numbers.status == "tag")
    }
    assert tags == {
        (chain, number, name)
        for chain in "BF"
        for number, name in ((207, "THR"), (208, "GLY"), (209, "HIS"))
    }
    z92 = named_entry("1Z92.pdb")
    rows = np.flatnonzero(z92.numbers.status == "tag")
    assert z92.entry.residues.name[rows].tolist() == ["ASP", "PRO"]


@pytest.mark.entries
@pytest.mark.parametrize(
    "name", ["2ERJ.pdb", "2B5I.pdb", "2B5I.cif", "1Z92.pdb", "2Z3R.cif", "3QB7.cif"]
)
def test_every_modelled_residue_has_the_letter_its_status_says(named_entry, name):
    import gemmi

    named = named_entry(name)
    numbers, names = named.numbers, named.entry.residues.name
    for i in np.flatnonzero(numbers.uniprot_number != NO_NUMBER):
        sequence = HUMAN[Role(numbers.role[i])].sequence
        expected = sequence[numbers.uniprot_number[i] - 1]
        assert numbers.reference_letter[i] == expected
        letter = gemmi.find_tabulated_residue(str(names[i])).one_letter_code
        assert numbers.status[i] == ("native" if letter == expected else "mutation")


@pytest.mark.entries
def test_both_files_of_2b5i_give_the_same_numbers(named_entry):
    cif, pdb = named_entry("2B5I.cif"), named_entry("2B5I.pdb")
    for one, other in zip(cif.roles, pdb.roles, strict=True):
        assert (one.auth_asym_id, one.role) == (other.auth_asym_id, other.role)
        np.testing.assert_array_equal(one.mature_number, other.mature_number)
        np.testing.assert_array_equal(one.status, other.status)
        assert gaps(one) == gaps(other)


@pytest.mark.entries
@pytest.mark.parametrize("name", ["2B5I.pdb", "2ERJ.pdb", "1Z92.pdb"])
def test_without_seqres_the_numbers_are_the_same(
    real_text, named_entry, tmp_path, name
):
    # The alignment must step over what is disordered: 38 residues of alpha.
    text = "\n".join(
        x for x in real_text(name).splitlines() if not x.startswith("SEQRES")
    )
    path = tmp_path / name
    path.write_text(text + "\n")
    entry = read_structure(path)
    roles = assign_roles(entry)
    expected = named_entry(name)
    found = residue_numbers(entry, roles)
    protein = np.concatenate([c.residue_index for c in entry.protein_chains])
    np.testing.assert_array_equal(found.role[protein], expected.numbers.role[protein])
    wrong = found.mature_number[protein] != expected.numbers.mature_number[protein]
    assert not wrong.any()
    for short, whole in zip(roles, expected.roles, strict=True):
        inner = {g for g in gaps(whole) if g[0] > 6 and g[1] < 165}
        assert inner <= set(gaps(short))


@pytest.mark.entries
def test_glycans_have_the_role_of_their_chain_and_no_number(named_entry):
    named = named_entry("2ERJ.pdb")
    rows = named.entry.chain("B").glycan_index
    assert set(named.numbers.role[rows]) == {"IL2RB"}
    assert (named.numbers.mature_number[rows] == NO_NUMBER).all()
    assert set(named.numbers.status[rows]) == {""}


# --- made constructs -----------------------------------------------------------------------------

LETTERS = "ACDEFGHIKLMNPQRSTVWY"


@st.composite
def constructs(draw):
    """A construct: a tag, a stretch of a mature reference with mutations, a tag, gaps."""
    role = draw(
        st.sampled_from([Role.IL2, Role.IL2RA, Role.IL2RB, Role.IL2RG, Role.IL15])
    )
    sequence = mature(role)
    first = draw(st.integers(0, len(sequence) // 4))
    last = draw(st.integers(min(len(sequence), first + 90), len(sequence)))
    body = list(sequence[first:last])
    places = draw(
        st.lists(st.integers(8, len(body) - 9), max_size=6, unique_by=lambda i: i // 8)
    )
    changed = {}
    for place in places:
        letter = draw(st.sampled_from([x for x in LETTERS if x != body[place]]))
        body[place] = changed[place] = letter
    left, right = (
        draw(st.sampled_from(["", "GS", "GMLSL", "HHHHHHSS"])),
        draw(st.sampled_from(["", "TG", "TGHHHHHH", "GGGS"])),
    )
    missing = draw(st.sets(st.integers(10, len(body) - 10), max_size=20))
    return role, first, "".join(body), changed, left, right, missing


@given(constructs())
@settings(max_examples=120)
def test_random_constructs_get_their_numbers_back(construct):
    role, first, body, changed, left, right, missing = construct
    sequence = left + body + right
    modelled = [i for i in range(len(sequence)) if i - len(left) not in missing]
    chain, found = role_of(sequence, modelled)
    assert found.role is role
    # Ends may be eaten by, or eat, chance matches with the tag: look 8 residues in.
    inner = np.arange(len(left) + 8, len(left) + len(body) - 8)
    np.testing.assert_array_equal(
        found.mature_number[inner], inner - len(left) + first + 1
    )
    status = ["mutation" if i - len(left) in changed else "native" for i in inner]
    assert found.status[inner].tolist() == status
    listed = {
        x
        for x in mutations(chain, found)
        if re.fullmatch(r"[A-Z]\d+[A-Z]", x)
        and int(x[1:-1]) in inner - len(left) + first + 1
    }
    reference = mature(role)
    assert listed == {
        f"{reference[first + i]}{first + i + 1}{letter}"
        for i, letter in changed.items()
    }
    # A tag may match the reference by chance behind a skip, so look inside here too.
    numbers = set((inner - len(left) + first + 1).tolist())
    gone = {n for a, b in gaps(found) for n in range(a, b + 1)} & numbers
    assert gone == {first + i + 1 for i in missing}


@given(st.sampled_from([Role.IL2, Role.IL2RA, Role.IL2RG]), st.data())
@settings(max_examples=60)
def test_a_gap_in_the_coordinates_alone_is_found_by_the_numbers(role, data):
    sequence = mature(role)[:120]
    start = data.draw(st.integers(30, 70))
    length = data.draw(st.integers(1, 20))
    # A gap can slide where the residues beside it repeat; keep to places where it cannot.
    if (
        sequence[start] == sequence[start + length]
        or sequence[start - 1] == sequence[start + length - 1]
    ):
        return
    _, found = role_of(sequence[:start] + sequence[start + length :])
    (gap,) = gaps(found)
    assert gap[1] - gap[0] == length - 1
    # BLOSUM62 may trade two similar residues at the edge for each other.
    assert abs(gap[0] - (start + 1)) <= 2


@given(st.text(alphabet=LETTERS, min_size=0, max_size=300))
@settings(max_examples=60)
def test_random_sequences_have_no_role(sequence):
    _, found = role_of(sequence)
    assert found.role is Role.UNKNOWN
    assert set(found.status) <= {""}
    assert (found.uniprot_number == NO_NUMBER).all()
    assert 0 <= found.identity <= 1
    assert 0 <= found.coverage <= 1
    assert 0 <= found.reference_coverage <= 1


@pytest.mark.parametrize("role", list(HUMAN))
def test_the_precursor_is_numbered_from_its_first_residue(role):
    reference = HUMAN[role]
    chain, found = role_of(reference.sequence)
    assert found.role is role
    assert (found.identity, found.coverage) == (1.0, 1.0)
    np.testing.assert_array_equal(
        found.uniprot_number, np.arange(len(chain.sequence)) + 1
    )
    signal = found.mature_number[: reference.mature_offset]
    assert (signal == NO_NUMBER).all()
    assert found.mature_number[reference.mature_offset] == 1
    assert set(found.status) == {"native"}


def test_tag_that_resembles_the_end_of_the_signal_peptide_stays_a_tag():
    reference = HUMAN[Role.IL2]
    tail = reference.sequence[reference.mature_offset - 3 : reference.mature_offset]
    assert len(tail) < MIN_PRECURSOR
    _, found = role_of(tail + mature(Role.IL2))
    assert found.status[:4].tolist() == ["tag", "tag", "tag", "native"]
    assert found.mature_number[3] == 1


def test_mutation_within_a_signal_peptide_is_named_by_uniprot():
    sequence = list(HUMAN[Role.IL2].sequence)
    sequence[7] = "W"
    chain, found = role_of("".join(sequence))
    assert mutations(chain, found) == (f"{HUMAN[Role.IL2].sequence[7]}(UniProt 8)W",)


# --- tags, ends, deletions and insertions ---------------------------------------------------------


def whole(sequence, declared=()):
    return role_of(sequence, range(len(sequence)), declared)


def test_the_first_residue_of_a_tag_is_no_mutation():
    # α to residue 217, as 3NFP: the next one is a Tyr, for which BLOSUM62 gladly takes a His.
    alpha = mature(Role.IL2RA)
    assert alpha[217] == "Y"
    chain, found = whole(alpha[:217] + "HHHHHH")
    assert mutations(chain, found) == ()
    assert set(found.status[217:]) == {"tag"}
    # A tag that goes on as the reference does for two residues is one all the same.
    chain, found = whole(alpha[:217] + "H" + alpha[218:220] + "GSHHHH")
    assert mutations(chain, found) == ()
    assert set(found.status[217:]) == {"tag"}
    # Three residues beyond a change are more than chance, and so is an end without a tag.
    chain, found = whole(alpha[:217] + "H" + alpha[218:221] + "GSHHHH")
    assert mutations(chain, found) == ("Y218H",)
    chain, found = whole(alpha[:217] + "H")
    assert mutations(chain, found) == ("Y218H",)


def test_a_change_near_the_natural_end_stays_behind_a_tag():
    # β begins with A1 V2 N3; N3Q is one of the sites removed in 2B5I.
    sequence = mature(Role.IL2RB)[:200]
    chain, found = whole("GSHM" + sequence[:2] + "Q" + sequence[3:])
    assert mutations(chain, found) == ("N3Q",)
    assert found.status[:5].tolist() == [*["tag"] * 4, "native"]


def test_what_the_file_declares_is_a_witness():
    il2 = mature(Role.IL2)
    # M1F of the IL-4 receptor in 1IAR: no alignment begins with a mismatch.
    changed = "W" + il2[1:]
    assert mutations(*whole(changed)) == ("A1del",)
    assert mutations(*whole(changed, [(0, "mutation")])) == ("A1W",)
    # A residue of a tag may be the one that the reference has.
    sequence = "GSA" + il2[1:]
    assert mutations(*whole(sequence)) == ()
    chain, found = whole(sequence, [(i, "tag") for i in range(3)])
    assert mutations(chain, found) == ("A1del",)
    assert set(found.status[:3]) == {"tag"}
    chain, found = whole(il2 + "GGGGS", [(i, "linker") for i in range(133, 138)])
    assert set(found.status[133:]) == {"linker"}


@pytest.mark.parametrize(
    ("sequence", "listed"),
    [
        (lambda s: s[1:], ("A1del",)),  # aldesleukin, which has C125S too
        (lambda s: s[3:], ("A1_T3del",)),
        (lambda s: s[:-1], ("T133del",)),
        (lambda s: s[:74] + s[80:], ("S75_L80del",)),
        (lambda s: s[:75] + "GGSG" + s[75:], ("S75_K76insGGSG",)),
        (lambda s: s[8:], ()),  # a domain or fragment, not one without its end
        (lambda s: s, ()),
    ],
)
def test_deletions_and_insertions_are_listed_like_mutations(sequence, listed):
    chain, found = whole(sequence(mature(Role.IL2)))
    assert mutations(chain, found) == listed
    assert gaps(found) == ()


def test_a_receptor_that_ends_early_has_no_deletion():
    chain, found = whole(mature(Role.IL2RG)[:232])
    assert mutations(chain, found) == ()


def test_without_a_deposited_sequence_what_is_skipped_is_a_gap():
    il2 = mature(Role.IL2)
    chain, found = role_of(il2[:74] + il2[80:])
    assert mutations(chain, found) == ()
    assert gaps(found) == ((75, 80),)


@pytest.mark.entries
def test_mouse_il2_in_a_fusion(named_entry):
    named = named_entry("9HIH.pdb")
    (found,) = (r for r in named.roles if r.role is Role.IL2)
    assert (found.species, found.identity) == ("mouse", 1.0)
    # SEQADV: 1-3 tag, 153-187 linker; 4 is the first residue of IL-2.
    assert found.status[:4].tolist() == ["tag", "tag", "tag", "native"]
    assert set(found.status[152:187]) == {"linker"}


@pytest.mark.parametrize("sequence", ["", "X" * 50, "G", "APTSSSTKKTQLQ"])
def test_chains_too_short_or_unknown(sequence):
    _, found = role_of(sequence)
    assert found.role is Role.UNKNOWN
    assert gaps(found) == ()


def test_a_tag_without_coordinates_is_no_gap():
    sequence = "GHHHHHHG" + mature(Role.IL2)
    _, found = role_of(sequence, modelled=range(8, len(sequence)))
    assert gaps(found) == ()


def test_a_domain_fused_to_something_large_is_found_by_what_it_covers_of_the_reference():
    rng = np.random.default_rng(3)
    other = "".join(rng.choice(list(LETTERS), 400))
    _, found = role_of(other + mature(Role.IL2))
    assert found.role is Role.IL2
    assert found.coverage < 0.5
    assert found.reference_coverage > 0.9
    assert found.mature_number[-1] == 133


def test_mouse_il2_is_not_called_human():
    # UniProt P04351, mature chain: 57 % identical to the human one.
    mouse = (
        "APTSSSTSSSTAEAQQQQQQQQQQQQHLEQLLMDLQELLSRMENYRNLKLPRMLTFKFYLPKQATELKDLQCLEDELGPLRHVLDL"
        "TQSKSFQLEDAENFISNIRVTVVKLKGSDNTFECQFDDESATVVDFLRRWIAFCQSIISTSPQ"
    )
    _, found = role_of(mouse)
    assert (found.role, found.species, found.uniprot) == (Role.IL2, "mouse", "P04351")
    assert set(found.status) == {"native"}
    # Without the glutamines that only mouse has: human R38 and F42 are R53 and F57 here.
    assert found.human_number[[51, 55]].tolist() == [38, 42]
    assert found.mature_number.tolist() == list(range(1, 150))


def test_mouse_gamma_c_is_not_human_gamma_c_with_dozens_of_mutations():
    mouse = next(
        r for r in FAMILY.references if (r.role, r.species) == (Role.IL2RG, "mouse")
    )
    sequence = mouse.sequence[mouse.mature_offset : 254]
    chain, found = role_of(sequence[:100] + "W" + sequence[101:])
    assert (found.role, found.species) == (Role.IL2RG, "mouse")
    assert len(mutations(chain, found)) == 1
    # N-terminus differs in length by nothing: both species count alike to here.
    assert found.human_number[30] == found.mature_number[30] == 31


def test_a_species_that_the_family_lacks_has_a_role_but_no_mutations():
    # UniProt P40321, dog, residues 56-254: 86 % identical to human.
    dog = (
        "SLPLPEVQCFVFNVEYMNCTWNSSSEPRPTNLTLHYWYKNSNDDKVQECGHYLFSREVTAGCWLQKKEIHLYETFVVQLRDPREPRRQ"
        "STQKLKLQNLVIPWAPENLTLHNLSESQLELSWSNRHLDHCLEHVVQYRSDWDRSWTEQSVDHRNSFSLPSVDGQKRYTFRVRSRYNP"
        "LCGSAQRWSEWSHPIHWGSNTSKEN"
    )
    chain, found = role_of(dog)
    assert (found.role, found.species) == (Role.IL2RG, "other")
    assert mutations(chain, found) == ()
    assert set(found.status) == {"native", "species"}
    assert found.human_number.tolist() == found.mature_number.tolist()


def test_unusual_letters_do_not_break_the_alignment():
    sequence = mature(Role.IL2)[:60] + "UOBZXJ" + mature(Role.IL2)[66:]
    _, found = role_of(sequence)
    assert found.role is Role.IL2
    assert found.mature_number.tolist() == list(range(1, 134))
    assert set(found.status[60:66]) == {"mutation"}


def test_what_is_remembered_of_a_sequence_cannot_be_changed():
    import il2struct.structure.alignment as module

    sequence = mature(Role.IL2)
    first, again = (module.known_alignment(sequence, FAMILY) for _ in range(2))
    assert first is again
    for rows in (first.chain_position, first.reference_position):
        with pytest.raises(ValueError, match="read-only"):
            rows[0] = 7


@pytest.mark.entries
@pytest.mark.parametrize(("mutated", "lost"), [(42, 43), (44, 43)])
def test_a_mutation_beside_a_gap_stands_where_the_author_says(
    real_text, read_text_as, mutated, lost
):
    # F42A without K43: by the matrix of substitutions alone A would stand for K43.
    lines = []
    for line in real_text("1Z92.pdb").splitlines():
        if line.startswith("ATOM") and line[21] == "A":
            if int(line[22:26]) == lost:
                continue
            if int(line[22:26]) == mutated:
                if line[12:16].strip() not in {"N", "CA", "C", "O", "CB"}:
                    continue
                line = f"{line[:17]}ALA{line[20:]}"
            lines.append(line)
    entry = read_text_as("\n".join([*lines, "END", ""]))
    (role,) = assign_roles(entry)
    assert mutations(entry.protein_chains[0], role) == (f"F{mutated}A",)
    assert (lost, lost) in gaps(role)


def test_an_insertion_is_no_tag():
    il2 = mature(Role.IL2)
    _, found = whole(il2[:75] + "GGSG" + il2[75:])
    assert found.status[75:79].tolist() == ["insertion"] * 4
    assert (found.mature_number[75:79] == NO_NUMBER).all()
    assert found.mature_number[79] == 76


def test_selenomethionine_counts_as_native(read_text_as, pdb):
    sequence = mature(Role.IL2)
    text = pdb.peptide(sequence)
    text = "".join(
        line[:17] + "MSE" + line[20:] if line[17:20] == "MET" else line
        for line in text.splitlines(keepends=True)
    )
    entry = read_text_as(text)
    (found,) = assign_roles(entry)
    assert found.role is Role.IL2
    assert found.identity == 1.0
    assert "MSE" in entry.residues.name
