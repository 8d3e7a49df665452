"""Reading entries: what is kept, left out and noted."""

import gemmi
import numpy as np
import pytest

from il2struct.structure.model import NO_NUMBER, Provenance, ResidueKind
from il2struct.structure.read import donors_of, read_structure

ALL_ENTRIES = [
    "1A2Y.pdb", "1A7G.cif", "1BRS.pdb", "1HHO.cif", "1IGY.cif", "1KIP.cif", "1KTZ.pdb", "1NCB.cif",
    "1RHG.pdb", "1XDA.cif", "1ZEH.pdb", "2B5I.cif", "2B5I.pdb", "2ERJ.pdb", "2PFK.pdb", "2Z3R.cif",
    "3CYR.pdb", "3HAX.cif", "3QB7.cif", "4HHB.pdb", "6NXR.cif",
]  # fmt: skip


def counts(entry):
    found = {}
    for note in entry.notes:
        found[note.topic] = found.get(note.topic, 0) + note.count
    return found


# --- every entry ---------------------------------------------------------------------------------


@pytest.mark.entries
@pytest.mark.parametrize("name", ALL_ENTRIES)
def test_nothing_is_dropped_silently(mirror, real_entry, name):
    entry = real_entry(name)
    in_file = gemmi.read_structure(str(mirror / f"{name}.gz"))[0].count_atom_sites()
    noted = counts(entry)
    left_out = ("alternate_locations", "non_finite_coordinates", "repeated_atoms")
    assert in_file == len(entry.atoms) + sum(noted.get(topic, 0) for topic in left_out)
    assert noted.get("hydrogens", 0) == entry.atoms.is_hydrogen.sum()
    for kind in (
        ResidueKind.WATER,
        ResidueKind.ION,
        ResidueKind.LIGAND,
        ResidueKind.NUCLEIC,
    ):
        assert noted.get(f"{kind}_residues", 0) == (entry.residues.kind == kind).sum()
    glycans = (entry.residues.kind == ResidueKind.GLYCAN).sum()
    assert glycans == noted.get("glycan_residues", 0) + noted.get(
        "glycans_unattached", 0
    )


@pytest.mark.entries
@pytest.mark.parametrize("name", ALL_ENTRIES)
def test_columns_fit_together(real_entry, name):
    entry = real_entry(name)
    atoms, residues = entry.atoms, entry.residues
    # Residues cut the atoms into runs without gap or overlap.
    assert residues.atom_start[0] == 0
    assert residues.atom_stop[-1] == len(atoms)
    np.testing.assert_array_equal(residues.atom_start[1:], residues.atom_stop[:-1])
    assert (residues.atom_stop > residues.atom_start).all()
    owner = np.repeat(
        np.arange(len(residues)), residues.atom_stop - residues.atom_start
    )
    np.testing.assert_array_equal(atoms.residue_index, owner)
    np.testing.assert_array_equal(atoms.residue_name, residues.name[owner])
    for columns in (atoms, residues):
        for field in columns.__slots__:
            assert not getattr(columns, field).flags.writeable
    # No atom name twice in a residue.
    pairs = set(zip(owner.tolist(), atoms.atom_name.tolist(), strict=True))
    assert len(pairs) == len(atoms)
    seen: list[int] = []
    for number, chain in enumerate(entry.chains):
        assert (np.diff(chain.position) > 0).all()
        assert chain.position.max() < len(chain.sequence)
        assert (residues.chain_index[chain.residue_index] == number).all()
        assert set(residues.kind[chain.residue_index]) == {chain.kind}
        assert set(residues.kind[chain.glycan_index]) <= {ResidueKind.GLYCAN}
        seen += chain.residue_index.tolist() + chain.glycan_index.tolist()
    # A residue belongs to one chain, and only polymers and their glycans do.
    assert len(seen) == len(set(seen))
    others = np.setdiff1d(np.arange(len(residues)), seen)
    assert (residues.chain_index[others] == NO_NUMBER).all()
    assert not set(residues.kind[others]) & {ResidueKind.PROTEIN, ResidueKind.NUCLEIC}
    names = [chain.auth_asym_id for chain in entry.chains]
    assert len(names) == len(set(names))


@pytest.mark.entries
@pytest.mark.parametrize("name", ["2ERJ.pdb", "1IGY.cif", "3HAX.cif"])
def test_reading_twice_gives_the_same(mirror, real_entry, name):
    again, first = read_structure(mirror / f"{name}.gz"), real_entry(name)
    for field in first.atoms.__slots__:
        np.testing.assert_array_equal(
            getattr(again.atoms, field), getattr(first.atoms, field)
        )
    assert again.notes == first.notes


@pytest.mark.entries
def test_chain_lengths_are_those_of_the_index(mirror, real_entry):
    # INDEX.tsv was made by another program: residues with coordinates of each polymer.
    rows = [
        line.split("\t") for line in (mirror / "INDEX.tsv").read_text().splitlines()
    ]
    head = rows[0]
    for row in rows[1:]:
        record = dict(zip(head, row, strict=True))
        name = record["file"].removesuffix(".gz")
        if name not in ALL_ENTRIES:
            continue
        entry = real_entry(name)
        expected = dict(pair.split(":") for pair in record["polymer_chains"].split())
        found = {c.auth_asym_id: str(len(c.residue_index)) for c in entry.chains}
        assert {k: v for k, v in found.items() if k in expected} == expected
        assert entry.n_models == int(record["models"])
        # gemmi passes over the assembly of 1KIP, whose table lacks columns.
        n_assemblies = 1 if name == "1KIP.cif" else int(record["assemblies"])
        assert len(entry.assemblies) == n_assemblies
        assert entry.provenance.sha256.startswith(record["sha256_16"])
        assert entry.method == record["method"].upper()


@pytest.mark.entries
def test_both_formats_of_2b5i_agree(real_entry):
    cif, pdb = real_entry("2B5I.cif"), real_entry("2B5I.pdb")
    assert [c.auth_asym_id for c in cif.chains] == [c.auth_asym_id for c in pdb.chains]
    for one, other in zip(cif.chains, pdb.chains, strict=True):
        assert one.sequence == other.sequence
        np.testing.assert_array_equal(one.position, other.position)
        assert len(one.glycan_index) == len(other.glycan_index)
        numbers = [
            e.residues.auth_number[c.residue_index]
            for e, c in ((cif, one), (pdb, other))
        ]
        np.testing.assert_array_equal(*numbers)
    # Protein atoms: the revisions renamed and reordered glycans only.
    protein = [e.atoms.coords[np.isin(e.atoms.residue_index, np.concatenate(
        [c.residue_index for c in e.chains]))] for e in (cif, pdb)]  # fmt: skip
    np.testing.assert_array_equal(*protein)
    assert all(cif.residues.label_asym_id != "")
    assert all(pdb.residues.label_asym_id == "")


# --- kinds ---------------------------------------------------------------------------------------


@pytest.mark.entries
@pytest.mark.parametrize(
    ("name", "chain", "n_glycans"),
    [
        ("2ERJ.pdb", "B", 9),
        ("2ERJ.pdb", "C", 4),
        ("2ERJ.pdb", "F", 10),
        ("2ERJ.pdb", "G", 4),
        ("2ERJ.pdb", "A", 0),
        ("2B5I.cif", "B", 2),
        ("2B5I.pdb", "C", 4),
        ("1NCB.cif", "N", 9),
        ("1IGY.cif", "B", 9),
        ("3QB7.cif", "C", 3),
    ],
)
def test_glycans_belong_to_the_chain_they_decorate(real_entry, name, chain, n_glycans):
    entry = real_entry(name)
    rows = entry.chain(chain).glycan_index
    assert len(rows) == n_glycans
    assert set(entry.residues.name[rows]) <= {
        "NAG",
        "NDG",
        "BMA",
        "MAN",
        "FUC",
        "FUL",
        "GAL",
    }
    assert not set(rows) & set(entry.chain(chain).residue_index)


@pytest.mark.entries
def test_lone_phosphorus_is_no_ion(real_entry):
    # The phosphates of 4HHB are modelled as P alone.
    entry = real_entry("4HHB.pdb")
    assert set(entry.residues.kind[entry.residues.name == "PO4"]) == {
        ResidueKind.LIGAND
    }


@pytest.mark.parametrize(
    ("name", "element", "kind"),
    [
        ("ZN", "ZN", "ion"),
        ("CA", "CA", "ion"),
        ("CL", "CL", "ion"),
        ("IOD", "I", "ion"),
        ("NH4", "N", "ion"),
        ("XE", "XE", "ligand"),
        ("O", "O", "ligand"),
        ("UNX", "X", "ligand"),
        ("HOH", "O", "water"),
        ("DOD", "O", "water"),
        ("GOL", "C", "ligand"),
        ("NAG", "C", "glycan"),
        ("MAN", "C", "glycan"),
    ],
)
def test_kind_of_what_is_no_polymer(read_text_as, pdb, name, element, kind):
    lone = pdb.atom(element, name, 301, (30, 30, 30), element=element, record="HETATM")
    entry = read_text_as(pdb.peptide("GAVLI") + "TER\n" + lone)
    assert entry.residues.kind[-1] == kind
    assert entry.residues.chain_index[-1] == NO_NUMBER
    topic = "glycans_unattached" if kind == "glycan" else f"{kind}_residues"
    assert counts(entry)[topic] == 1


def test_free_amino_acid_is_a_ligand(read_text_as, pdb):
    free = pdb.residue("GLU", 301, (50, 0, 0), record="HETATM")
    entry = read_text_as(pdb.peptide("GAVLI") + "TER\n" + free)
    assert entry.chains[0].sequence == "GAVLI"
    assert entry.residues.kind[-1] == ResidueKind.LIGAND


# --- names and numbers ---------------------------------------------------------------------------


def test_insertion_codes_are_kept(read_text_as, pdb):
    text = "".join(
        pdb.residue("ALA", 52, (3.8 * i, 0, 0), ins_code=code)
        for i, code in enumerate(" AB")
    )
    entry = read_text_as(text + pdb.residue("GLY", 53, (11.4, 0, 0)))
    assert entry.residues.auth_number.tolist() == [52, 52, 52, 53]
    assert entry.residues.ins_code.tolist() == ["", "A", "B", ""]
    assert len(entry.chains[0].sequence) == 4
    assert "repeated_atoms" not in counts(entry)


@pytest.mark.entries
def test_insertion_codes_of_a_real_antibody(real_text, real_entry):
    # Kabat numbers: count from the file itself, without a parser.
    expected = [
        (line[21], int(line[22:26]), line[26].strip())
        for line in real_text("1FDL.pdb").splitlines()
        if line.startswith("ATOM") and line[12:16] == " CA "
    ]
    entry = real_entry("1FDL.pdb")
    r = entry.residues
    found = [
        (str(r.auth_asym_id[i]), int(r.auth_number[i]), str(r.ins_code[i]))
        for c in entry.chains
        for i in c.residue_index
    ]
    assert sorted(found) == sorted(expected)


@pytest.mark.parametrize("serial", ["A0000", "*****", "     ", "99999"])
def test_any_serial_and_negative_or_hybrid_36_numbers(read_text_as, pdb, serial):
    text = pdb.peptide("GAV", serial=serial, first=-1)
    entry = read_text_as(text + pdb.residue("LEU", "A000", (11.4, 0, 0)))
    assert entry.residues.auth_number.tolist() == [-1, 0, 1, 10000]
    assert len(entry.atoms) == 19


def test_lower_case_names_are_the_same_residues(read_text_as, pdb):
    upper = pdb.peptide("GAVLIKE")
    lower = "".join(
        line[:17] + line[17:20].lower() + line[20:] for line in upper.splitlines(True)
    )
    entry, expected = read_text_as(lower), read_text_as(upper)
    assert entry.residues.name.tolist() == expected.residues.name.tolist()
    assert entry.chains[0].sequence == expected.chains[0].sequence == "GAVLIKE"


def test_repeated_atoms_are_left_out_after_the_first(read_text_as, pdb):
    text = pdb.peptide("GAV")
    # One atom elsewhere, and a whole file twice.
    for again in (pdb.atom("CA", "VAL", 3, (99, 99, 99)), text):
        entry = read_text_as(text + again)
        assert len(entry.atoms) == 14
        assert entry.atoms.coords.max() < 20
        assert counts(entry)["repeated_atoms"] == again.count("\n")


def test_waters_that_share_a_number_are_all_kept(read_text_as, pdb):
    # PDB format has four columns for it: water 10001 is called 1 again.
    waters = "".join(
        pdb.atom("O", "HOH", 1, (20 + 5 * i, 0, 0), record="HETATM") for i in range(4)
    )
    entry = read_text_as(pdb.peptide("GAV") + "TER\n" + waters)
    assert (entry.atoms.residue_name == "HOH").sum() == 4
    assert "repeated_atoms" not in counts(entry)


def test_unknown_residues_and_elements_are_kept_and_noted(read_text_as, pdb):
    text = (
        pdb.peptide("GAV")
        + pdb.residue("ZZZ", 4, (11.4, 0, 0))
        + pdb.residue("UNK", 5, (15.2, 0, 0))
        + pdb.atom("Q1", "ZZZ", 4, (11.4, 5, 0), element="Qq")
    )
    entry = read_text_as(text)
    assert entry.chains[0].sequence == "GAVXX"
    assert entry.atoms.element[entry.atoms.atom_name == "Q1"].tolist() == ["X"]
    noted = counts(entry)
    assert (noted["unknown_residues"], noted["unknown_elements"]) == (2, 1)
    subject = next(n.subject for n in entry.notes if n.topic == "unknown_residues")
    assert subject == "UNK, ZZZ"


def test_hydrogens_by_element_and_not_by_name(read_text_as, pdb):
    text = (
        pdb.residue("TYR", 1, (0, 0, 0))
        + pdb.atom("OH", "TYR", 1, (1, 5, 0), element="O")
        + pdb.atom("HH", "TYR", 1, (1, 6, 0))
        + pdb.atom("D1", "TYR", 1, (1, 7, 0), element="D")
        + pdb.atom("HG", "HG", 99, (9, 9, 9), element="HG", record="HETATM")
    )
    entry = read_text_as(text)
    assert entry.atoms.atom_name[entry.atoms.is_hydrogen].tolist() == ["HH", "D1"]
    assert counts(entry)["hydrogens"] == 2


def test_zero_occupancy_is_kept_and_noted(read_text_as, pdb):
    entry = read_text_as(
        pdb.peptide("GA") + pdb.residue("LYS", 3, (7.6, 0, 0), occupancy=0.0)
    )
    assert len(entry.atoms) == 14
    assert counts(entry)["zero_occupancy"] == 5


HOSTILE = (
    "'<script>alert(1)</script>'",
    """'"; quit'""",
    "'a/b,c'",
    "';rm -rf ~'",
    "'Ω'",
    "LONGNAME9",
)


@pytest.mark.parametrize("quoted", HOSTILE)
def test_strange_chain_names(read_text_as, cif_text, quoted):
    rows = [
        {"label_atom_id": name, "type_symbol": name[0], "label_seq_id": number, "Cartn_y": 0,
         "label_asym_id": quoted, "Cartn_x": 3.8 * number + x, "Cartn_z": 0}
        for number in (1, 2, 3)
        for name, x in (("N", 0), ("CA", 1.4), ("C", 2.5))
    ]  # fmt: skip
    entry = read_text_as(cif_text(rows), name="made.cif")
    name = quoted.strip("'")
    assert entry.chain(name).auth_asym_id == name
    assert set(entry.residues.auth_asym_id) == {name}
    assert len(entry.atoms) == 9


def test_atom_names_longer_than_the_format_knows(read_text_as, cif_text):
    rows = [
        {"label_atom_id": name, "label_seq_id": 1, "Cartn_x": i, "Cartn_y": 0, "Cartn_z": 0,
         "label_alt_id": alt, "type_symbol": "Zn" if i == 2 else "C", "occupancy": 0.5}
        for i, (name, alt) in enumerate(
            [("CA", "."), ("CARBON_NUMBER_1", "A"), ("CARBON_NUMBER_2", "B")]
        )
    ]  # fmt: skip
    entry = read_text_as(cif_text(rows))
    assert entry.atoms.atom_name.tolist() == [
        "CA",
        "CARBON_NUMBER_1",
        "CARBON_NUMBER_2",
    ]
    assert entry.atoms.element.tolist() == ["C", "C", "ZN"]
    assert entry.atoms.altloc.tolist() == ["", "A", "B"]


@pytest.mark.entries
def test_slow_columns_equal_fast_ones(mirror):
    from il2struct.structure.columns import _atoms_one_by_one, raw_atoms, raw_residues

    structure = gemmi.read_structure(str(mirror / "1A2Y.pdb.gz"))
    structure.setup_entities()
    residues = raw_residues(structure[0], {})
    fast, slow = (
        raw_atoms(structure, 0, residues),
        _atoms_one_by_one(structure[0], residues),
    )
    for field in fast.__slots__:
        np.testing.assert_array_equal(getattr(fast, field), getattr(slow, field))


# --- entry names, provenance, notes --------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "entry_id"),
    [
        ("model_3.pdb", "model_3"),
        ("x.y.cif.gz", "x.y"),
        ("plain", "plain"),
        ("a.ent", "a"),
    ],
)
def test_entry_without_an_id_is_called_after_its_file(
    read_text_as, pdb, name, entry_id
):
    assert read_text_as(pdb.peptide("GA"), name=name).entry_id == entry_id


def test_twelve_character_id(read_text_as, cif_text):
    row = {"label_atom_id": "CA", "label_seq_id": 1, "Cartn_x": 1, "Cartn_y": 2, "Cartn_z": 3}  # fmt: skip
    for written, shown in (("pdb_00002erj", "2ERJ"), ("PDB_1000ABCD", "pdb_1000abcd")):
        text = cif_text([row], head=f"data_x\n_entry.id {written}\n#\n")
        assert read_text_as(text, name="file.cif").entry_id == shown


def test_given_provenance_is_kept_and_completed(tmp_path, pdb):
    path = tmp_path / "1abc.pdb"
    path.write_text(pdb.peptide("GA"))
    given = Provenance(path="elsewhere", origin="mirror", url="file:///x")
    entry = read_structure(path, provenance=given, warnings=("It is old.",))
    assert (entry.provenance.origin, entry.provenance.path) == ("mirror", "elsewhere")
    assert entry.provenance.file_format == "pdb"
    assert len(entry.provenance.sha256) == 64
    assert entry.notes[0].topic == "file"
    assert entry.notes[0].message == "It is old."


@pytest.mark.entries
@pytest.mark.parametrize("name", ALL_ENTRIES)
def test_notes_are_sentences_with_counts(real_entry, name):
    for note in real_entry(name).notes:
        assert note.count > 0
        assert note.message.endswith(".")
        assert note.topic == note.topic.lower().replace(" ", "_")


def serine(pdb, *, amide=True, hydroxyl=True):
    text = pdb.residue("SER", 1, (0, 0, 0)) + pdb.atom("OG", "SER", 1, (1.4, 2.5, 1.2))
    if amide:
        text += pdb.atom("H", "SER", 1, (-0.5, -0.8, 0))
    if hydroxyl:
        text += pdb.atom("HG", "SER", 1, (1.4, 3.4, 1.2))
    return text + pdb.residue("ALA", 2, (3.8, 0, 0))


@pytest.mark.parametrize(
    ("amide", "hydroxyl", "n_bare"),
    [(True, True, 0), (False, False, 0), (True, False, 1), (False, True, 1)],
)
def test_donors_left_bare_in_a_residue_that_has_hydrogens(
    read_text_as, pdb, amide, hydroxyl, n_bare
):
    entry = read_text_as(serine(pdb, amide=amide, hydroxyl=hydroxyl))
    assert counts(entry).get("hydrogens_missing", 0) == n_bare


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
