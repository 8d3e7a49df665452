"""mmCIF as programs write it: columns left out, waters among the protein, products, groups."""

import itertools
from collections import namedtuple

import gemmi
import numpy as np
import pytest

from il2struct.errors import ParseError
from il2struct.structure.crystal import group_named
from il2struct.structure.mmcif import operator_combinations
from il2struct.structure.model import ChainImage, ResidueKind

Row = namedtuple("Row", "chain residue atom")
#: Columns of the archive, by what they hold of a gemmi atom.
COLUMNS = {
    "group_PDB": lambda x: "ATOM" if x.residue.het_flag == "A" else "HETATM",
    "id": lambda x: str(x.atom.serial),
    "type_symbol": lambda x: x.atom.element.name,
    "label_atom_id": lambda x: x.atom.name,
    "label_alt_id": lambda _: ".",
    "label_comp_id": lambda x: x.residue.name,
    "label_asym_id": lambda x: x.chain.name,
    "label_entity_id": lambda _: "?",
    "label_seq_id": lambda x: str(x.residue.seqid.num),
    "pdbx_PDB_ins_code": lambda _: "?",
    "Cartn_x": lambda x: f"{x.atom.pos.x:.3f}",
    "Cartn_y": lambda x: f"{x.atom.pos.y:.3f}",
    "Cartn_z": lambda x: f"{x.atom.pos.z:.3f}",
    "occupancy": lambda x: f"{x.atom.occ:.2f}",
    "B_iso_or_equiv": lambda x: f"{x.atom.b_iso:.2f}",
    "auth_seq_id": lambda x: str(x.residue.seqid.num),
    "auth_comp_id": lambda x: x.residue.name,
    "auth_asym_id": lambda x: x.chain.name,
    "auth_atom_id": lambda x: x.atom.name,
    "pdbx_PDB_model_num": lambda _: "1",
}


@pytest.fixture
def two_chains(pdb):
    """Two peptides, a sugar, a calcium and two waters, chain by chain."""

    def hetero(chain, number, origin):
        return pdb.atom("CA", "CA", number, origin, chain=chain, element="CA", record="HETATM")  # fmt: skip

    waters = [
        pdb.atom("O", "HOH", 101 + k, (5 * k, 20, 0), chain=chain, record="HETATM")
        for k, chain in enumerate("AB")
    ]
    sugar = pdb.atom("C1", "NAG", 201, (0, 40, 0), chain="B", record="HETATM")
    return (
        pdb.peptide("GASLG", chain="A") + "TER\n" + hetero("A", 102, (0, 30, 0)) + waters[0]
        + pdb.peptide("GVSLG", chain="B", origin=(0, 0, 4.5)) + "TER\n" + sugar + waters[1] + "END\n"
    )  # fmt: skip


@pytest.fixture
def as_mmcif():
    """Write PDB text as mmCIF; columns can be changed, or left out with None."""

    def write(text, head="", **changed):
        columns = {name: changed.get(name, value) for name, value in COLUMNS.items()}
        columns = {name: value for name, value in columns.items() if value is not None}
        model = gemmi.read_pdb_string(text)[0]
        rows = [
            " ".join(value(Row(c, r, a)) for value in columns.values())
            for c in model
            for r in c
            for a in r
        ]
        tags = [f"_atom_site.{name}" for name in columns]
        return "\n".join(["data_made", head, "loop_", *tags, *rows]) + "\n"

    return write


@pytest.fixture
def made(as_mmcif, read_text_as):
    """Write PDB text as mmCIF, as `as_mmcif` does, and read it."""

    def read(text, head="", **changed):
        return read_text_as(as_mmcif(text, head, **changed), name="made.cif")

    return read


def same(value):
    return lambda _: value


def water_apart(x):
    """A label for each of protein, sugar, calcium and water, as the archive gives them."""
    return (
        x.chain.name if x.residue.het_flag == "A" else f"{x.chain.name}{x.residue.name}"
    )


def no_number_of_hetero(x):
    return str(x.residue.seqid.num) if x.residue.het_flag == "A" else "."


def entity_of_kind(x):
    return "1" if x.residue.het_flag == "A" else "2"


def assert_same_content(entry, expected):
    for name in ("name", "kind", "auth_asym_id", "auth_number", "chain_index"):
        np.testing.assert_array_equal(
            getattr(entry.residues, name), getattr(expected.residues, name)
        )
    for name in ("coords", "element", "atom_name"):
        np.testing.assert_array_equal(
            getattr(entry.atoms, name), getattr(expected.atoms, name)
        )
    assert [c.sequence for c in entry.chains] == [c.sequence for c in expected.chains]


def topics(entry):
    return [note.topic for note in entry.notes]


# --- waters, sugars and ligands under the label of the protein -----------------------------------


@pytest.mark.parametrize(
    "columns",
    [
        pytest.param({}, id="openmm"),
        pytest.param({"label_entity_id": entity_of_kind}, id="biotite"),
        pytest.param({"label_seq_id": no_number_of_hetero}, id="biopython"),
        pytest.param({"label_asym_id": same(".")}, id="pymol"),
        pytest.param({"label_asym_id": None}, id="no label"),
        pytest.param({"label_asym_id": None, "label_seq_id": None, "label_entity_id": None,
                      "label_comp_id": None, "label_atom_id": None}, id="author only"),
        pytest.param({"auth_asym_id": None, "auth_seq_id": None, "auth_comp_id": None,
                      "auth_atom_id": None}, id="archive only"),
        pytest.param({"auth_asym_id": same("?")}, id="author unknown"),
        pytest.param({"label_asym_id": water_apart}, id="a label each"),
        pytest.param({"label_asym_id": water_apart, "label_entity_id": same("1")}, id="one entity"),
        pytest.param({"label_asym_id": same("A")}, id="one label for all"),
        pytest.param({"group_PDB": None}, id="no record names"),
        pytest.param({"id": None, "label_alt_id": None, "occupancy": None,
                      "B_iso_or_equiv": None, "pdbx_PDB_model_num": None,
                      "pdbx_PDB_ins_code": None}, id="least"),
        pytest.param({"type_symbol": None}, id="no elements"),
        pytest.param({"type_symbol": same("?")}, id="elements unknown"),
        pytest.param({"type_symbol": same("X")}, id="elements X"),
        pytest.param({"type_symbol": lambda x: x.atom.element.name.upper() + "1+"}, id="charges"),
        pytest.param({"type_symbol": lambda x: x.atom.name[:2]}, id="names for elements"),
    ],
)  # fmt: skip
def test_columns_of_other_programs(two_chains, columns, read_text_as, made):
    expected = read_text_as(two_chains)
    entry = made(two_chains, **columns)
    assert_same_content(entry, expected)
    kinds = [ResidueKind.ION, ResidueKind.WATER, ResidueKind.GLYCAN, ResidueKind.WATER]
    assert entry.residues.kind[-7 - 2 : -7].tolist() == kinds[:2]
    assert entry.residues.kind[-2:].tolist() == kinds[2:]


def test_labels_that_do_not_tell_are_not_taken_and_noted(
    two_chains, as_mmcif, read_text_as, made
):
    mixed = made(two_chains)
    assert "labels_unusable" in topics(mixed)
    assert (mixed.residues.label_asym_id == "").all()
    apart = as_mmcif(two_chains, label_asym_id=water_apart)
    apart = read_text_as(apart, name="made.cif")
    assert "labels_unusable" not in topics(apart)
    assert set(apart.residues.label_asym_id) == {"A", "B", "ACA", "AHOH", "BNAG", "BHOH"}  # fmt: skip


def test_an_unknown_residue_with_a_backbone_is_a_residue_of_its_chain(pdb, made):
    odd = pdb.residue("ZZZ", 4, (11.4, 0, 0), record="HETATM")
    text = pdb.peptide("GAS") + odd + pdb.peptide("LG", first=5, origin=(15.2, 0, 0))
    entry = made(text)
    assert entry.chains[0].sequence == "GASXLG"
    assert "labels_unusable" not in topics(entry)


def test_names_of_force_fields_in_mmcif(pdb, made):
    water = pdb.atom("OW", "SOL", 9, (0, 30, 0), record="HETATM")
    text = pdb.peptide("GHSLG").replace("HIS", "HIE") + water
    entry = made(text)
    assert entry.chains[0].sequence == "GHSLG"
    assert entry.residues.name.tolist() == ["GLY", "HIS", "SER", "LEU", "GLY", "HOH"]
    assert entry.residues.kind[-1] == ResidueKind.WATER


@pytest.mark.parametrize(
    ("left_out", "named"),
    [
        (["Cartn_z"], "Cartn_z"),
        (["auth_seq_id", "label_seq_id"], "auth_seq_id or label_seq_id"),
        (["auth_comp_id", "label_comp_id"], "auth_comp_id or label_comp_id"),
        (["auth_atom_id", "label_atom_id"], "auth_atom_id or label_atom_id"),
    ],
)
def test_what_nothing_stands_for_is_named(two_chains, left_out, named, made):
    with pytest.raises(ParseError, match=named):
        made(two_chains, **dict.fromkeys(left_out))


def test_fractional_coordinates_alone_are_refused(two_chains, as_mmcif, read_text_as):
    text = as_mmcif(two_chains).replace("Cartn_", "fract_")
    with pytest.raises(ParseError, match="no Cartesian coordinates"):
        read_text_as(text, name="made.cif")


def test_ligands_without_numbers_stay_apart(pdb, as_mmcif, read_text_as, made):
    ions = "".join(
        pdb.atom("CA", "CA", k, (0, 30 + k, 0), element="CA", record="HETATM")
        for k in (101, 102)
    )
    text = as_mmcif(
        pdb.peptide("GASLG") + ions,
        label_seq_id=no_number_of_hetero,
        auth_seq_id=no_number_of_hetero,
    )
    entry = read_text_as(text, name="made.cif")
    assert entry.residues.auth_number[-2:].tolist() == [6, 7]
    assert "residues_numbered" in topics(entry)
    with pytest.raises(ParseError, match="GLY residues of chain A no number"):
        made(text := pdb.peptide("GAS"), auth_seq_id=same("?"),
                              label_seq_id=same("?"))  # fmt: skip


def test_chains_named_beyond_ascii(pdb, made):
    names = {"A": "α", "B": "Kette_ß"}
    text = pdb.peptide("GASLG") + pdb.peptide("GVSLG", chain="B", origin=(0, 0, 4.5))
    entry = made(
        text,
        auth_asym_id=lambda x: names[x.chain.name],
        label_asym_id=lambda x: names[x.chain.name],
    )
    assert [c.auth_asym_id for c in entry.chains] == list(names.values())


@pytest.mark.parametrize("title", ["\n;{}\n;", "'{}'"])
def test_words_of_text_beyond_ascii_are_as_written(pdb, as_mmcif, read_text_as, title):
    words = "The β chain's 2 Å"
    text = as_mmcif(pdb.peptide("GASLG"), auth_asym_id=same("β"))
    entry = read_text_as(
        f"{text}\n_struct.title {title.format(words)}\n", name="made.cif"
    )
    assert entry.title == words
    assert entry.chains[0].auth_asym_id == "β"


def test_models_of_other_atoms_are_read_together(pdb, made):
    text = pdb.peptide("GASLG") + pdb.peptide("MKTWC", chain="B", origin=(0, 0, 4.5))
    entry = made(
        text,
        pdbx_PDB_model_num=lambda x: str(1 + (x.chain.name == "B")),
        auth_asym_id=same("A"),
        label_asym_id=same("A"),
    )
    assert [c.sequence for c in entry.chains] == ["GASLG", "MKTWC"]
    assert "models_joined" in topics(entry)


# --- atoms in any order --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "columns",
    [
        {"label_asym_id": water_apart, "label_seq_id": no_number_of_hetero},
        {},
        {"label_asym_id": None, "label_seq_id": None},
    ],
    ids=["archive", "openmm", "author only"],
)
@pytest.mark.parametrize("order", ["shuffled", "backwards", "side chains last"])
def test_atoms_in_any_order(two_chains, columns, order, as_mmcif, read_text_as):
    text = as_mmcif(two_chains, **columns)
    lines = text.splitlines()
    start = next(k for k, line in enumerate(lines) if line.startswith("ATOM"))
    head, rows = lines[:start], lines[start:]
    if order == "shuffled":
        rows = [rows[k] for k in np.random.default_rng(0).permutation(len(rows))]
    elif order == "backwards":
        rows = rows[::-1]
    else:
        rows.sort(key=lambda row: " CB " in row)
    entry = read_text_as("\n".join([*head, *rows]) + "\n", name="made.cif")
    expected = read_text_as(text, name="plain.cif")
    sequences = {c.auth_asym_id: c.sequence for c in entry.chains}
    if (
        order == "backwards"
        and "label_asym_id" in columns
        and columns["label_asym_id"] is None
    ):
        # Numbers of authors may run either way: residues in one piece are taken as they come.
        assert sequences == {"A": "GLSAG", "B": "GLSVG"}
    else:
        assert sequences == {"A": "GASLG", "B": "GVSLG"}
    assert len(entry.atoms) == len(expected.atoms)
    kinds = sorted(entry.residues.kind.tolist())
    assert kinds == sorted(expected.residues.kind.tolist())


def test_rows_of_the_archive_stay_where_they_are(two_chains, made):
    columns = {"label_asym_id": water_apart, "label_seq_id": no_number_of_hetero}
    entry = made(two_chains, **columns)
    assert "atoms_sorted" not in topics(entry)


# --- molecules that no column tells apart --------------------------------------------------------


@pytest.mark.parametrize("second", ["GASLG", "GVSLK", "MKTWC"])
@pytest.mark.parametrize("name", ["A", "."])
def test_numbers_that_come_again_begin_a_further_chain(pdb, second, name, made):
    text = pdb.peptide("GASLG", chain="A") + pdb.peptide(
        second, chain="B", origin=(0, 0, 4.5)
    )
    for columns in (
        {"label_asym_id": same("."), "auth_asym_id": same(name)},
        {"label_asym_id": same(name), "auth_asym_id": same(name)},
    ):
        entry = made(text, **columns)
        assert [c.sequence for c in entry.chains] == ["GASLG", second]
        names = ["A", "A.2"] if name == "A" else ["A", "B"]
        assert [c.auth_asym_id for c in entry.chains] == names
        assert len(entry.atoms) == len(text.splitlines())
        assert "chains_split" in topics(entry)


def test_molecules_mixed_up_are_refused(pdb, made):
    text = pdb.peptide("GASLG", chain="A") + pdb.peptide(
        "GASLG", chain="B", origin=(0, 0, 4.5)
    )
    lines = text.splitlines(keepends=True)
    mixed = "".join(lines[k] for k in np.random.default_rng(1).permutation(len(lines)))
    with pytest.raises(ParseError, match="name their chains apart"):
        made(mixed, label_asym_id=same("A"), auth_asym_id=same("A"))


def test_residue_numbers_that_are_none_are_refused(pdb, made):
    with pytest.raises(ParseError, match=r"numbers that are none \(Q\)"):
        made(pdb.peptide("GAS"), auth_seq_id=same("Q"))


def test_a_file_written_twice_is_one_molecule(pdb, as_mmcif, read_text_as):
    text = as_mmcif(pdb.peptide("GAV"))
    rows = text[text.index("ATOM") :]
    entry = read_text_as(text + rows, name="made.cif")
    assert [c.sequence for c in entry.chains] == ["GAV"]
    assert "repeated_atoms" in topics(entry)


def test_waters_with_numbers_of_residues_are_no_further_chain(pdb, made):
    waters = "".join(
        pdb.atom("O", "HOH", k, (0, 30 + 4 * k, 0), record="HETATM") for k in (2, 2, 3)
    )
    for text in (pdb.peptide("GAV") + waters, waters + pdb.peptide("GAV")):
        entry = made(text)
        assert [c.sequence for c in entry.chains] == ["GAV"]
        assert (entry.atoms.residue_name == "HOH").sum() == 3
        assert "chains_split" not in topics(entry)


def test_a_residue_of_two_kinds_is_one_place(pdb, made):
    odd = pdb.residue("THR", 2, (3.8, 0, 0), altloc="B", occupancy=0.4)
    text = pdb.peptide("GAS").replace("  CA  ALA", "  CA AALA") + odd
    entry = made(text, label_alt_id=lambda x: x.atom.altloc.strip("\0") or ".")
    assert len(entry.chains) == 1
    assert "chains_split" not in topics(entry)


# --- two polymers under one author chain ---------------------------------------------------------


def test_polymers_of_one_author_chain_are_named_apart(pdb, made):
    text = pdb.peptide("GASLG", chain="A") + pdb.peptide(
        "GVSLG", chain="B", origin=(0, 0, 4.5)
    )
    entry = made(text, auth_asym_id=same("X"))
    assert [c.auth_asym_id for c in entry.chains] == ["X", "X.2"]
    assert [c.sequence for c in entry.chains] == ["GASLG", "GVSLG"]
    assert [c.label_asym_id for c in entry.chains] == ["A", "B"]
    assert "chains_renamed" in topics(entry)
    assert "repeated_atoms" not in topics(entry)


def test_a_free_amino_acid_is_no_polymer_to_be_renamed(pdb, made):
    free = pdb.residue("GLU", 1, (0, 50, 0), chain="L", record="HETATM")
    entry = made(pdb.peptide("GASLG") + free, auth_asym_id=same("A"))
    assert set(entry.residues.auth_asym_id) == {"A"}
    assert len(entry.atoms) == 5 * 5 - 2 + 5


@pytest.mark.parametrize("first", ["loop_\n_atom_site.id\n1\n", "_atom_site.id 1\n"])
def test_a_file_without_its_beginning_is_said_not_to_be_whole(first, read_text_as):
    with pytest.raises(ParseError, match=r"is not whole mmCIF: .*data_"):
        read_text_as(first, name="made.cif")


# --- several structures, and files without a last mark -------------------------------------------


def test_further_structures_of_a_file_are_noted(two_chains, as_mmcif, read_text_as):
    one = as_mmcif(two_chains)
    entry = read_text_as(one + one.replace("data_made", "data_other"), name="made.cif")
    note = next(n for n in entry.notes if n.topic == "blocks_ignored")
    assert (note.subject, note.count) == ("other", 1)


def test_a_file_that_is_not_the_archives_needs_no_last_mark(
    two_chains, made, as_mmcif, read_text_as
):
    # As PyMOL writes an object that is named by its entry.
    head = "_entry.id 2b5i\n#\n"
    entry = made(two_chains, head=head)
    assert entry.entry_id == "2B5I"
    of_archive = head + "_database_2.database_id PDB\n#\n"
    with pytest.raises(ParseError, match="truncated"):
        made(two_chains, head=of_archive)
    # Restraints behind the model, as refinement programs write them.
    text = as_mmcif(two_chains, head=of_archive) + "data_comp_LIG\n_chem_comp.id LIG\n"
    assert len(read_text_as(text, name="made.cif").atoms) == len(entry.atoms)


@pytest.mark.parametrize("tail", ["#\n", "_exptl.method 'X-RAY DIFFRACTION'\n"])
def test_chains_that_somebody_took_out_are_noted(pdb, tail, as_mmcif, read_text_as):
    head = "loop_\n_struct_asym.id\nA\nB\n"
    text = as_mmcif(pdb.peptide("GASLG"), head=head)
    entry = read_text_as(text + tail, name="made.cif")
    note = next(n for n in entry.notes if n.topic == "chains_without_atoms")
    assert note.subject == "B"
    # Labels that are left out name no chain.
    bare = as_mmcif(pdb.peptide("GASLG"), head=head, label_asym_id=same("."))
    assert len(read_text_as(bare, name="made.cif").chains) == 1
    # Nothing tells that the table of atoms is whole.
    with pytest.raises(ParseError, match=r"chains without atoms \(B\)"):
        read_text_as(text, name="made.cif")


# --- assemblies ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expression", "names"),
    [
        ("1", ["1"]),
        ("1,2", ["1", "2"]),
        ("(1-4)", ["1", "2", "3", "4"]),
        ("(1-2,4)", ["1", "2", "4"]),
        ("(1,2)(3,4)", ["13", "14", "23", "24"]),
        ("(1-2)(3-4)", ["13", "14", "23", "24"]),
        ("(X0)(1-3)", ["X01", "X02", "X03"]),
        ("X0(1,2)", ["X01", "X02"]),
        ("( 1 , 2 )( 3 )", ["13", "23"]),
        ("(1)(2)(3,4)", ["123", "124"]),
        ("(1,2),(3,4)", ["1", "2", "3", "4"]),
        ("P,(1)(2)", ["P", "12"]),
        ("(1-1000000000)", ["1", "2", "3", "4"]),
        ("(9)(1)", []),
        ("", []),
    ],
)
def test_operator_expressions(expression, names):
    known = ["1", "2", "3", "4", "X0", "P"]
    found = operator_combinations(expression, known)
    assert ["".join(combination) for combination in found] == names


MOTIONS = {
    "1": (np.eye(3), (0, 0, 0)),
    "2": (np.eye(3), (500, 0, 0)),
    "3": (np.eye(3), (0, 0, 0)),
    "4": (np.diag([-1.0, -1.0, 1.0]), (60, 0, 0)),
}


def assembly(expression, left_out=()):
    """Tables of one assembly of chain A, columns left out by their names."""
    names = [f"matrix[{i}][{j}]" for i, j in itertools.product((1, 2, 3), repeat=2)]
    tables = {
        "_pdbx_struct_assembly.": [
            {"id": "1", "details": "author_defined_assembly", "method_details": "?",
             "oligomeric_details": "?", "oligomeric_count": "?"},
        ],
        "_pdbx_struct_assembly_gen.": [
            {"assembly_id": "1", "oper_expression": f"'{expression}'", "asym_id_list": "A"},
        ],
        "_pdbx_struct_oper_list.": [
            {"id": name, "type": "?", **dict(zip(names, turn.ravel(), strict=True)),
             **{f"vector[{k + 1}]": shift[k] for k in range(3)}}
            for name, (turn, shift) in MOTIONS.items()
        ],
    }  # fmt: skip
    lines = []
    for category, rows in tables.items():
        kept = [name for name in rows[0] if category + name not in left_out]
        if kept:
            lines += ["loop_", *(category + name for name in kept)]
            lines += [" ".join(str(row[name]) for name in kept) for row in rows]
    return "\n".join(lines) + "\n"


def images_of(entry):
    placed = [entry.transform(image) for image in entry.assemblies[0].images]
    return [(round(turn[0, 0]), *shift.round(3).tolist()) for turn, shift in placed]


def test_products_of_operators_are_multiplied_the_right_factor_first(pdb, made):
    text = pdb.peptide("GASLG")
    entry = made(text, head=assembly("(1,2)(3,4)"))
    assert images_of(entry) == [
        (1, 0, 0, 0), (-1, 60, 0, 0), (1, 500, 0, 0), (-1, 560, 0, 0),
    ]  # fmt: skip
    turned = made(text, head=assembly("(4)(2)"))
    assert images_of(turned) == [(-1, -440, 0, 0)]


@pytest.mark.parametrize(
    ("expression", "number"), [("(1)(4)", "Z"), ("(1)(7)", "-1.0")]
)
def test_operators_without_numbers_or_that_are_not_there_are_noted(
    pdb, expression, number, made
):
    head = assembly(expression).replace("-1.0", number)
    entry = made(pdb.peptide("GASLG"), head=head)
    assert "operators_unusable" in topics(entry)


@pytest.mark.parametrize(
    "left_out",
    [
        ["_pdbx_struct_oper_list.type"],
        ["_pdbx_struct_assembly.oligomeric_details", "_pdbx_struct_assembly.oligomeric_count"],
        [f"_pdbx_struct_assembly.{name}" for name in (
            "id", "details", "method_details", "oligomeric_details", "oligomeric_count")],
    ],
)  # fmt: skip
def test_assemblies_with_columns_left_out_are_read(pdb, left_out, made):
    images = (
        made(pdb.peptide("GASLG"), head=assembly("1,4", left_out)).assemblies[0].images
    )
    assert images == (ChainImage("A"), ChainImage("A", 1))


def test_assemblies_of_a_file_whose_labels_do_not_tell(two_chains, made):
    entry = made(two_chains, head=assembly("(1)(4)"))
    assert images_of(entry) == [(-1, 60, 0, 0)]


# --- space groups --------------------------------------------------------------------------------

TRIGONAL = """_cell.length_a 85.460
_cell.length_b 85.460
_cell.length_c 114.330
_cell.angle_alpha 90
_cell.angle_beta 90
_cell.angle_gamma 120
"""
MONOCLINIC = TRIGONAL.replace("beta 90", "beta 104").replace("gamma 120", "gamma 90")
OPERATORS = ["x,y,z", "-y,x-y,z+2/3", "-x+y,-x,z+1/3", "y,x,-z", "x-y,-y,-z+1/3",
             "-x,-x+y,-z+2/3"]  # fmt: skip


@pytest.mark.parametrize(
    "tags",
    [
        "_symmetry.space_group_name_H-M 'P 32 2 1'",
        "_space_group.name_H-M_alt 'P 32 2 1'",
        "_space_group.name_H-M_full 'P 3(2) 2 1'",
        "_space_group.name_Hall 'P 32 2\"'",
        "_symmetry.space_group_name_Hall 'P 32 2\"'",
        "_symmetry.space_group_name_H-M ?\n_symmetry.Int_Tables_number 154",
        "_space_group.IT_number 154",
        "loop_\n_space_group_symop.operation_xyz\n" + "\n".join(OPERATORS),
        "loop_\n_symmetry_equiv.pos_as_xyz\n" + "\n".join(OPERATORS),
    ],
)
def test_the_space_group_wherever_it_stands(pdb, tags, made):
    entry = made(pdb.peptide("GASLG"), head=TRIGONAL + tags)
    assert {op.name for op in entry.operators} == set(OPERATORS)
    is_usual = tags.startswith("_symmetry.space_group_name_H-M 'P")
    assert ("space_group_source" in topics(entry)) != is_usual


@pytest.mark.parametrize(
    ("cell", "number", "symbol"),
    [
        (MONOCLINIC, 4, "P 1 21 1"),
        (MONOCLINIC.replace("beta 104", "beta 90").replace("gamma 90", "gamma 104"), 4, "P 1 1 21"),
        (MONOCLINIC, 5, "C 1 2 1"),
        (TRIGONAL, 146, "R 3:H"),
        (MONOCLINIC, 154, ""),
        (MONOCLINIC, 999, ""),
    ],
)  # fmt: skip
def test_a_number_is_the_first_setting_that_fits_the_cell(
    pdb, cell, number, symbol, made
):
    head = f"{cell}_space_group.IT_number {number}"
    entry = made(pdb.peptide("GASLG"), head=head)
    assert entry.crystal.space_group == symbol
    assert ("space_group_unusable" in topics(entry)) == (not symbol)


@pytest.mark.parametrize(
    ("written", "usual"),
    [
        ("P 1-", "P -1"),
        ("P2(1)2(1)2(1)", "P 21 21 21"),
        ("P 2(1)", "P 1 21 1"),
        ("P 6(5) 2 2", "P 65 2 2"),
        ("p 21 21 21", "P 21 21 21"),
        ("P_3_2_2_1", "P 32 2 1"),
        ("P 4- 21 C", "P -4 21 c"),
        ("I 4-2D", "I -4 2 d"),
        ("R 3-", "R -3"),
        ("H 3", "R 3"),
        ("H 32", "R 3 2"),
        ("C 2", "C 1 2 1"),
        ("P 21 21 9", None),
        ("", None),
    ],
)
def test_spellings_of_symbols(written, usual):
    group = group_named(written, 90.0, 120.0)
    assert (group and group.hm) == usual


@pytest.mark.parametrize("group", ["", "P 3 2 2 1 X"])
def test_operators_of_remark_290_where_cryst1_names_no_group(pdb, group, read_text_as):
    remarks = "".join(
        f"REMARK 290     {k:4d}555   {operator.upper()}\n"
        for k, operator in enumerate(OPERATORS, start=1)
    )
    cell = pdb.cell(85.46, 85.46, 114.33, angles=(90, 90, 120), group=group)
    entry = read_text_as(remarks + cell + pdb.peptide("GASLG"))
    assert {op.name for op in entry.operators} == set(OPERATORS)
    assert "space_group_source" in topics(entry)
