"""Which chains belong together: the known complexes, split ones, lattice partners kept out."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from il2struct.interface.measure import interfaces_of
from il2struct.structure.complexes import (
    MAX_IMAGES,
    Member,
    _Candidate,
    _candidates,
    _matched,
    distinct_pairs,
    find_complexes,
)
from il2struct.structure.family import Role, shipped_family
from il2struct.structure.model import Assembly, ChainImage, atoms_of_residues
from il2struct.structure.named import name_entry
from il2struct.structure.neighbours import n_contact_pairs, touching_images
from il2struct.structure.roles import assign_roles

GAMMA = (Role.IL2RB, Role.IL2RG)


def shown(complex_):
    return " ".join(
        f"{m.image.auth_asym_id}:{m.role}"
        + (
            ""
            if m.image == ChainImage(m.image.auth_asym_id)
            else f"@{m.image.symmetry_code}"
        )
        for m in complex_.members
    )


# --- known complexes -----------------------------------------------------------------------------


@pytest.mark.entries
@pytest.mark.parametrize(
    ("name", "members", "missing"),
    [
        (
            "2ERJ.pdb",
            ["D:IL2 A:IL2RA B:IL2RB C:IL2RG", "H:IL2 E:IL2RA F:IL2RB G:IL2RG"],
            (),
        ),
        ("2B5I.pdb", ["A:IL2 D:IL2RA B:IL2RB C:IL2RG"], ()),
        ("2B5I.cif", ["A:IL2 D:IL2RA B:IL2RB C:IL2RG"], ()),
        ("1Z92.pdb", ["A:IL2 B:IL2RA"], GAMMA),
        (
            "2Z3R.cif",
            [
                f"{a}:IL15 {b}:IL15RA"
                for a, b in zip("ACEGIKMO", "BDFHJLNP", strict=True)
            ],
            GAMMA,
        ),
        ("1M47.pdb", ["A:IL2"], (Role.IL2RA, *GAMMA)),
        ("1M4C.pdb", ["A:IL2", "B:IL2"], (Role.IL2RA, *GAMMA)),
    ],
)
def test_receptor_complexes(named_entry, name, members, missing):
    complexes = named_entry(name).complexes
    assert [shown(c) for c in complexes] == members
    assert [c.complex_id for c in complexes] == [
        str(i + 1) for i in range(len(members))
    ]
    assert all(c.missing_roles == missing for c in complexes)
    assert all(c.basis == "roles" for c in complexes)


@pytest.mark.entries
@pytest.mark.parametrize(
    ("name", "members"),
    [
        ("1BRS.pdb", ["A D", "B E", "C F"]),
        ("1HWU.pdb", ["A B C", "D E F"]),
        ("1MYL.pdb", ["A B", "E F", "C D"]),
        ("4HHB.pdb", ["A B C D"]),
        ("1A2Y.pdb", ["A B C"]),
        ("2NA8.cif", ["A"]),
        ("1KIP.cif", ["A B C"]),
    ],
)
def test_deposited_assemblies_where_roles_do_not_apply(named_entry, name, members):
    complexes = named_entry(name).complexes
    assert [
        " ".join(m.image.auth_asym_id for m in c.members) for c in complexes
    ] == members
    assert all(
        m.image == ChainImage(m.image.auth_asym_id)
        for c in complexes
        for m in c.members
    )
    # 1KIP too: its assembly lacks columns (oligomeric_details) that gemmi wants.
    assert {c.basis for c in complexes} == {"assembly"}


@pytest.mark.entries
def test_haemoglobin_is_whole_with_its_symmetry_images(named_entry):
    named = named_entry("1HHO.cif")
    (complex_,) = named.complexes
    assert [(m.image.auth_asym_id, m.image.symmetry_code) for m in complex_.members] == [
        ("A", "1_555"), ("A", "7_555"), ("B", "1_555"), ("B", "7_555"),
    ]  # fmt: skip
    found = {}
    for a, b, n in distinct_pairs(named.entry, complex_.members):
        kind = "".join(sorted(a.image.auth_asym_id + b.image.auth_asym_id))
        found.setdefault(kind, []).append(
            (n, n_contact_pairs(named.entry, a.image, b.image))
        )
    # α1β1 (the tight one) twice, α1β2 (the one that slides) twice, α1α2 and β1β2 once.
    assert [n for n, _ in found["AB"]] == [2, 2]
    tight, sliding = (contacts for _, contacts in found["AB"])
    assert tight > 300 > sliding > 100
    assert [n for n, _ in found["AA"]] == [1]
    assert [n for n, _ in found["BB"]] == [1]


@pytest.mark.entries
@pytest.mark.parametrize(
    ("name", "members", "missing"),
    [
        ("3QB7.cif", ["A:IL4 C:IL2RG", "B:IL4 D:IL2RG"], (Role.IL4R,)),
        # One of γc and IL-13Rα1 is missing; the first is named.
        ("1IAR.pdb", ["A:IL4 B:IL4R"], (Role.IL2RG,)),
    ],
)
def test_complexes_of_relatives(named_entry, name, members, missing):
    complexes = named_entry(name).complexes
    assert [shown(c) for c in complexes] == members
    assert {c.missing_roles for c in complexes} == {missing}


@pytest.mark.entries
def test_receptors_without_a_cytokine_grow_a_complex(real_entry):
    # 2B5I as if its ligand were a designed protein: β and γc hold each other.
    entry = real_entry("2B5I.pdb")
    roles = tuple(
        replace(found, role=Role.UNKNOWN) if found.role is Role.IL2 else found
        for found in assign_roles(entry)
    )
    (complex_,) = find_complexes(entry, roles)
    assert complex_.basis == "roles"
    assert shown(complex_) == "D:IL2RA B:IL2RB C:IL2RG A:unknown"


@pytest.mark.entries
def test_gamma_c_is_weighed_with_its_contacts_to_beta(named_entry):
    # A γc in the lattice may touch the cytokine as widely; only the true one also holds β.
    named = named_entry("2ERJ.pdb")
    entry = named.entry
    groups = {
        "D": [ChainImage("D"), ChainImage("B")],
        "H": [ChainImage("H"), ChainImage("F")],
    }
    contacts = touching_images(entry, entry.protein_chains)
    found = _candidates(
        entry, contacts, groups, Role.IL2RG, named.role_of, shipped_family()
    )
    weights = {(c.cytokine, c.image): c.n_pairs for c in found}
    for cytokine, beta, gamma in (("D", "B", "C"), ("H", "F", "G")):
        pairs = [
            n_contact_pairs(entry, ChainImage(other), ChainImage(gamma))
            for other in (cytokine, beta)
        ]
        assert min(pairs) > 100
        assert weights[cytokine, ChainImage(gamma)] == sum(pairs)


@pytest.mark.entries
def test_complex_that_no_assembly_equals_says_so(named_entry):
    # 3INK deposits both IL-2 copies as one assembly.
    for complex_ in named_entry("3INK.pdb").complexes:
        assert complex_.assembly == ""
        assert [note.topic for note in complex_.notes] == ["assembly_differs"]


@pytest.mark.entries
def test_second_candidate_of_1z92_is_reported(named_entry):
    # The α of the next complex touches IL-2 with 389 atom pairs, its own with 542.
    (complex_,) = named_entry("1Z92.pdb").complexes
    (note,) = [n for n in complex_.notes if n.topic == "second_candidate"]
    assert note.subject == "A/IL2RA"
    assert note.count == 389
    assert "542" in note.message


# --- the lattice stays out -----------------------------------------------------------------------


@pytest.mark.entries
@pytest.mark.parametrize(
    "name", ["1BRS.pdb", "2B5I.pdb", "2ERJ.pdb", "1A2Y.pdb", "2Z3R.cif"]
)
def test_partners_in_the_lattice_do_not_leak(named_entry, name):
    named = named_entry(name)
    entry = named.entry
    # Each of these has lattice contacts as wide as a true interface …
    lattice = [
        c for c in touching_images(entry, entry.protein_chains)
        if (c.image.operator, c.image.cell_shift) != (0, (0, 0, 0))
    ]  # fmt: skip
    assert max(c.n_pairs for c in lattice) > 200
    # … and no complex holds an image, or a chain of another complex.
    seen = [m.image for c in named.complexes for m in c.members]
    assert len(seen) == len(set(seen)) == len(entry.protein_chains)
    assert all(image == ChainImage(image.auth_asym_id) for image in seen)


# --- another choice of the asymmetric unit -------------------------------------------------------


def moved_chains(entry, moves):
    """The same crystal with some chains, glycans included, deposited elsewhere."""
    coords = entry.atoms.coords.copy()
    for name, operator, shift in moves:
        chain = entry.chain(name)
        rows = atoms_of_residues(
            entry, np.concatenate([chain.residue_index, chain.glycan_index])
        )
        rotation, translation = entry.transform(ChainImage(name, operator, shift))
        coords[rows] = coords[rows] @ rotation.T + translation
    return replace(entry, atoms=replace(entry.atoms, coords=coords), assemblies=())


@pytest.mark.entries
@pytest.mark.parametrize(
    ("name", "moves"),
    [
        ("2B5I.pdb", [("D", 1, (1, 0, 0))]),
        ("2B5I.pdb", [("B", 2, (0, -1, 1)), ("C", 3, (-1, 0, 0))]),
        ("2B5I.pdb", [("A", 1, (0, 2, 0))]),
        ("2ERJ.pdb", [("A", 0, (1, 0, 0)), ("H", 0, (0, 0, -1)), ("G", 0, (-2, 1, 0))]),
        ("1Z92.pdb", [("B", 4, (0, 1, 0))]),
    ],
)
def test_a_split_complex_is_put_together_from_images(named_entry, name, moves):
    whole = named_entry(name)
    entry = moved_chains(whole.entry, moves)
    complexes = find_complexes(entry, assign_roles(entry))
    assert len(complexes) == len(whole.complexes)
    for found, expected in zip(complexes, whole.complexes, strict=True):
        assert [(m.role, m.image.auth_asym_id) for m in found.members] == [
            (m.role, m.image.auth_asym_id) for m in expected.members
        ]
        assert found.missing_roles == expected.missing_roles
        # Same contacts between the same members: the complex has the same shape.
        for (a, b), (c, d) in zip(
            _pairs(found.members), _pairs(expected.members), strict=True
        ):
            assert n_contact_pairs(entry, a.image, b.image) == n_contact_pairs(
                whole.entry, c.image, d.image
            )


def _pairs(members):
    return [(a, b) for i, a in enumerate(members) for b in members[i + 1 :]]


@pytest.mark.entries
@pytest.mark.parametrize("name", ["2ERJ.pdb", "2B5I.pdb", "1Z92.pdb", "2Z3R.cif"])
def test_without_deposited_assemblies_the_complexes_are_the_same(named_entry, name):
    named = named_entry(name)
    bare = replace(named.entry, assemblies=())
    assert [shown(c) for c in find_complexes(bare, named.roles)] == [
        shown(c) for c in named.complexes
    ]


@pytest.mark.entries
@pytest.mark.parametrize("name", ["2ERJ.pdb", "2Z3R.cif"])
def test_order_of_the_chains_does_not_matter(named_entry, name):
    named = named_entry(name)
    backwards = replace(named.entry, chains=named.entry.chains[::-1])
    roles = assign_roles(backwards)
    found = {shown(c) for c in find_complexes(backwards, roles)}
    assert found == {shown(c) for c in named.complexes}


# --- one chain, no roles, many images ------------------------------------------------------------


def test_one_chain_only(read_text_as, pdb):
    named = name_entry(read_text_as(pdb.peptide("GAVKLE" * 4)))
    (complex_,) = named.complexes
    assert shown(complex_) == "A:unknown"
    assert complex_.basis == "asymmetric_unit"
    assert interfaces_of(named) == ()


def test_chains_that_no_assembly_names_are_kept_together(read_text_as, pdb):
    head = (
        "REMARK 350 BIOMOLECULE: 1\nREMARK 350 APPLY THE FOLLOWING TO CHAINS: A\n"
        + pdb.matrix("BIOMT", np.eye(3), (0, 0, 0))
    )
    text = head + "".join(
        pdb.peptide("GAVKLE", chain=c, origin=(0, 9 * i, 0)) + "TER\n"
        for i, c in enumerate("ABC")
    )
    complexes = name_entry(read_text_as(text)).complexes
    assert [(shown(c), c.basis) for c in complexes] == [
        ("A:unknown", "assembly"),
        ("B:unknown C:unknown", "asymmetric_unit"),
    ]


def test_author_assemblies_go_before_those_of_programs(read_text_as, pdb):
    def head(number, who, chains):
        return (
            f"REMARK 350\nREMARK 350 BIOMOLECULE: {number}\nREMARK 350 {who}: DIMERIC\n"
            f"REMARK 350 APPLY THE FOLLOWING TO CHAINS: {chains}\n"
            + pdb.matrix("BIOMT", np.eye(3), (0, 0, 0))
        )

    text = (
        head(1, "SOFTWARE DETERMINED QUATERNARY STRUCTURE", "A, B, C")
        + head(2, "AUTHOR DETERMINED BIOLOGICAL UNIT", "A, C")
        + "".join(
            pdb.peptide("GAVKLE", chain=c, origin=(0, 9 * i, 0)) + "TER\n"
            for i, c in enumerate("ABC")
        )
    )
    complexes = name_entry(read_text_as(text)).complexes
    assert [(shown(c), c.assembly) for c in complexes] == [
        ("A:unknown C:unknown", "2"),
        ("A:unknown B:unknown C:unknown", "1"),
    ]


def test_more_images_than_are_paired_up_are_noted(read_text_as, pdb):
    entry = read_text_as(pdb.cell(30, 30, 30) + pdb.peptide("GAVKLE"))
    images = tuple(ChainImage("A", 0, (i, 0, 0)) for i in range(MAX_IMAGES + 6))
    capsid = Assembly(name="1", is_author_determined=True, images=images)
    (complex_,) = name_entry(replace(entry, assemblies=(capsid,))).complexes
    assert len(complex_.members) == MAX_IMAGES
    assert [(n.topic, n.count) for n in complex_.notes] == [("images_left_out", 6)]


# --- chains without a place of their own ---------------------------------------------------------


@pytest.mark.entries
def test_a_chain_of_no_role_joins_the_complex_of_its_assembly(named_entry):
    # As an antibody on IL-2 would: β taken for unknown.
    named = named_entry("2B5I.pdb")
    roles = [
        replace(r, role=Role.UNKNOWN) if r.role is Role.IL2RB else r
        for r in named.roles
    ]
    (complex_,) = find_complexes(named.entry, roles)
    assert shown(complex_) == "A:IL2 D:IL2RA C:IL2RG B:unknown"
    assert complex_.missing_roles == (Role.IL2RB,)
    assert complex_.assembly == "1"


# --- matching ------------------------------------------------------------------------------------

candidates = st.lists(
    st.builds(
        _Candidate,
        cytokine=st.sampled_from("ABCD"),
        image=st.builds(ChainImage, st.sampled_from("PQRS"), st.integers(0, 2)),
        n_pairs=st.integers(100, 900),
    ),
    max_size=15,
    unique_by=lambda c: (c.cytokine, c.image),
)


@given(candidates)
def test_matching_is_one_to_one_and_greedy(found):
    result = _matched(found)
    cytokines = [name for name, *_ in result]
    chains = [image.auth_asym_id for _, image, _ in result]
    assert len(cytokines) == len(set(cytokines))
    assert len(chains) == len(set(chains))
    pairs = {(c.cytokine, c.image): c.n_pairs for c in found}
    chosen = {name: pairs[name, image] for name, image, _ in result}
    taken = {image.auth_asym_id: pairs[name, image] for name, image, _ in result}
    # No candidate left out is wider than what both its cytokine and its chain have got.
    for c in found:
        assert c.n_pairs <= max(
            chosen.get(c.cytokine, 0), taken.get(c.image.auth_asym_id, 0)
        )
    for name, image, rivals in result:
        for rival, best in rivals:
            assert best == pairs[name, image]
            assert rival.image != image
            assert rival.n_pairs > 0.6 * best


@given(st.permutations(range(8)), st.data())
def test_matching_does_not_depend_on_the_order(order, data):
    found = data.draw(candidates)
    shuffled = [found[i] for i in order if i < len(found)] + found[8:]
    assert _matched(found) == _matched(shuffled)


# --- pairs that are copies of each other ---------------------------------------------------------


@pytest.mark.entries
@pytest.mark.parametrize(
    "name",
    [
        "1HHO.cif",
        "1NCB.cif",
        "1KTZ.pdb",
        "3SSI.pdb",
        "2ERJ.pdb",
        "6NXR.cif",
        "1A7G.cif",
    ],
)
def test_copies_count_every_pair_once(named_entry, name):
    named = named_entry(name)
    for complex_ in named.complexes:
        n = len(complex_.members)
        pairs = distinct_pairs(named.entry, complex_.members)
        assert sum(count for *_, count in pairs) == n * (n - 1) // 2


@pytest.mark.entries
def test_copies_have_the_same_contacts(named_entry):
    # 1NCB: twelve images by a four-fold axis; every pair is measured, not only the first.
    named = named_entry("1NCB.cif")
    members = named.complexes[0].members
    counted = sorted(
        (
            a.image.auth_asym_id,
            b.image.auth_asym_id,
            n_contact_pairs(named.entry, a.image, b.image),
        )
        for a, b in _pairs(members)
    )
    expected = []
    for a, b, count in distinct_pairs(named.entry, members):
        n_pairs = n_contact_pairs(named.entry, a.image, b.image)
        expected += [(a.image.auth_asym_id, b.image.auth_asym_id, n_pairs)] * count
    assert counted == sorted(expected)


@pytest.mark.parametrize("a", [24.7, 53.7, 40.0, 33.333])
def test_half_a_cell_edge_does_not_split_copies(read_text_as, pdb, a):
    # Translations of 12.35 Å sit on the border of rounding to 0.1 Å.
    entry = read_text_as(pdb.cell(a, a, a, group="P 21 21 21") + pdb.peptide("GAVKLE"))
    members = [
        Member(role=Role.UNKNOWN, image=ChainImage("A", operator, shift))
        for operator in range(4)
        for shift in ((0, 0, 0), (1, 0, 0), (0, -1, 2))
    ]
    pairs = distinct_pairs(entry, members)
    assert sum(n for *_, n in pairs) == 66
    motions = set()
    for x, y in _pairs(members):
        keys = []
        for one, two in ((x.image, y.image), (y.image, x.image)):
            rotation, translation = entry.transform(one)
            turn, shift = entry.transform(two)
            relative = np.column_stack(
                [rotation.T @ turn, rotation.T @ (shift - translation)]
            )
            # Rounded away from the border on purpose.
            keys.append(tuple((np.floor(relative.ravel() + 0.123)).tolist()))
        motions.add(min(keys))
    assert len(pairs) == len(motions)


@pytest.mark.entries
def test_an_assembly_of_copies_of_a_complex_is_one_complex(real_entry):
    entry = real_entry("1IAR.pdb")
    home = [ChainImage("A"), ChainImage("B")]
    copies = [ChainImage("A", 1, (0, 0, 0)), ChainImage("B", 1, (0, 0, 0))]

    def complexes_with(*images):
        held = Assembly(name="1", is_author_determined=True, images=images)
        changed = replace(entry, assemblies=(held,))
        return find_complexes(changed, assign_roles(changed))

    (one,) = complexes_with(*home, *copies)
    assert {member.image for member in one.members} == {*home, *copies}
    assert (one.assembly, one.notes) == ("1", ())
    # An assembly that lacks part of the complex is not followed, and that is said.
    (grown,) = complexes_with(home[0], copies[0])
    assert {member.image for member in grown.members} == set(home)
    assert "assembly_differs" in [note.topic for note in grown.notes]


@pytest.mark.entries
@pytest.mark.parametrize("entry_id", ["2ERJ", "2B5I", "1HHO", "1BRS", "1NCB"])
def test_grouping_is_that_of_the_deposited_assemblies(named_entry, entry_id):
    name = entry_id + (".pdb" if entry_id in ("2ERJ", "1BRS") else ".cif")
    named = named_entry(name)
    for complex_ in named.complexes:
        assembly = next(
            a for a in named.entry.assemblies if a.name == complex_.assembly
        )
        assert {m.image for m in complex_.members} == set(assembly.images)
