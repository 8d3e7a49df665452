"""Cells, symmetry operators and assemblies against the files' own records and against gemmi."""

import re

import gemmi
import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from il2struct.structure.model import ChainImage

CIF_CRYSTALS = [
    "1A7G", "1HHO", "1IGY", "1KIP", "1NCB", "1XDA", "2B5I", "2OOB", "2PNY", "2Z3R", "3HAX", "3OG4",
    "3QB7", "4GFO", "6NXR",
]  # fmt: skip
PDB_CRYSTALS = [
    "1A2Y", "1A4I", "1AYE", "1AZ5", "1BHL", "1BRS", "1CNV", "1CSE", "1FDL", "1G6N", "1HWU", "1IAR",
    "1KTZ", "1M47", "1M4C", "1MYL", "1PY2", "1R6X", "1RHG", "1ROP", "1TIB", "1Z92", "1ZEH", "2B5I",
    "2ERJ", "2FI1", "2PFK", "2PIA", "2PTC", "2RA9", "2SNI", "2ZOZ", "3CYR", "3HFM", "3HHR", "3INK",
    "3SSI", "4HHB",
]  # fmt: skip
EVERY_CRYSTAL = [f"{e}.cif" for e in CIF_CRYSTALS] + [f"{e}.pdb" for e in PDB_CRYSTALS]


def topics(entry):
    return [note.topic for note in entry.notes]


# --- symmetry operators of real entries ----------------------------------------------------------


@pytest.mark.entries
@pytest.mark.reference
@pytest.mark.parametrize("name", EVERY_CRYSTAL)
def test_operators_reproduce_gemmis_images(mirror, real_entry, name):
    entry = real_entry(name)
    structure = gemmi.read_structure(str(mirror / f"{name}.gz"))
    cell = structure.cell
    coords = entry.atoms.coords[:: max(1, len(entry.atoms) // 7)]
    theirs = []
    for op in structure.find_spacegroup().operations():
        fractional = [
            cell.fractionalize(gemmi.Position(*xyz)).tolist() for xyz in coords
        ]
        moved = [
            cell.orthogonalize(gemmi.Fractional(*op.apply_to_xyz(f)))
            for f in fractional
        ]
        theirs.append([position.tolist() for position in moved])
    ours = [
        coords @ op.rotation.T + op.translation for op in entry.operators[: len(theirs)]
    ]
    # The order is the archive's, not gemmi's; each image of theirs is one of ours and none twice.
    partners = [
        [i for i, image in enumerate(ours) if np.abs(image - other).max() < 1e-3]
        for other in np.array(theirs)
    ]
    assert sorted(partners) == [[i] for i in range(len(ours))]


def _remark_290(text):
    motions = {}
    number = r"\s+(-?\d+\.\d+)"
    for match in re.finditer(rf"REMARK 290   SMTRY(\d)\s+(\d+){number * 4}", text):
        row, operator, *values = match.groups()
        motions.setdefault(int(operator), {})[int(row)] = [float(v) for v in values]
    return [
        np.array([motions[n][row] for row in (1, 2, 3)])
        for n in range(1, len(motions) + 1)
    ]


@pytest.mark.entries
@pytest.mark.parametrize("entry_id", sorted(set(PDB_CRYSTALS) - {"4HHB"}))
def test_operators_and_their_numbers_are_those_of_remark_290(
    real_text, real_entry, entry_id
):
    # 4HHB is left out: its REMARK 290 ignores the origin shift of its SCALE records (see below).
    entry = real_entry(f"{entry_id}.pdb")
    listed = _remark_290(real_text(f"{entry_id}.pdb"))
    assert len(listed) == len(entry.operators)
    for number, (motion, operator) in enumerate(
        zip(listed, entry.operators, strict=True), start=1
    ):
        assert operator.number == number
        # REMARK 290 gives 6 decimals of a rotation, 5 of a translation.
        np.testing.assert_allclose(operator.rotation, motion[:, :3], atol=2e-5)
        np.testing.assert_allclose(operator.translation, motion[:, 3], atol=2e-3)


def _atom(entry, chain, number, name):
    r = entry.residues
    (row,) = np.flatnonzero((r.auth_asym_id == chain) & (r.auth_number == number))
    rows = np.arange(r.atom_start[row], r.atom_stop[row])
    (atom,) = rows[entry.atoms.atom_name[rows] == name]
    return entry.atoms.coords[atom]


def _remark_500(text):
    """Close contacts between symmetry images: two atoms, ``nklm`` of the second, distance."""
    atom = r"([A-Z0-9']+)\s+[A-Z0-9]{1,3} ([A-Z])\s+(\d+)\s+"
    return re.findall(rf"REMARK 500\s+{atom}{atom}(\d{{4,5}})\s+(\d\.\d\d)\s*\n", text)


@pytest.mark.entries
@pytest.mark.parametrize(
    ("entry_id", "n_listed"),
    [
        ("1A4I", 1),
        ("1BRS", 1),
        ("1CSE", 1),
        ("1PY2", 6),
        ("1ZEH", 4),
        ("2PFK", 3),
        ("2PTC", 1),
        ("3CYR", 1),
        ("4HHB", 2),
    ],
)
def test_contacts_through_symmetry_that_the_archive_lists(
    real_text, real_entry, entry_id, n_listed
):
    # wwPDB's own geometry: two atoms, the image as nklm, their distance. 4HHB has SCALE records
    # with an origin shift, and its OD2 Asp C 85 - O HOH B 204 (2657) are at 1.41 Å.
    listed = _remark_500(real_text(f"{entry_id}.pdb"))
    assert len(listed) == n_listed
    entry = real_entry(f"{entry_id}.pdb")
    for name_1, chain_1, number_1, name_2, chain_2, number_2, code, distance in listed:
        shift = tuple(int(digit) - 5 for digit in code[-3:])
        image = ChainImage(chain_2, int(code[:-3]) - 1, shift)
        rotation, translation = entry.transform(image)
        moved = rotation @ _atom(entry, chain_2, int(number_2), name_2) + translation
        found = np.linalg.norm(moved - _atom(entry, chain_1, int(number_1), name_1))
        assert found == pytest.approx(
            float(distance), abs=0.006
        )  # two decimals are printed
        assert image.symmetry_code == f"{code[:-3]}_{code[-3:]}"


@pytest.mark.entries
@pytest.mark.parametrize("entry_id", ["4HHB", "2PFK"])
def test_frames_of_their_own(real_text, real_entry, entry_id):
    text, crystal = real_text(f"{entry_id}.pdb"), real_entry(f"{entry_id}.pdb").crystal
    scale = np.array(
        [
            [float(v) for v in line[10:].split()]
            for line in text.splitlines()
            if line[:5] == "SCALE"
        ]
    )
    np.testing.assert_allclose(crystal.fractionalisation, scale[:, :3], atol=1e-9)
    np.testing.assert_allclose(crystal.origin_shift, scale[:, 3], atol=1e-9)
    np.testing.assert_allclose(
        crystal.orthogonalisation @ crystal.fractionalisation, np.eye(3), atol=1e-9
    )
    standard = gemmi.UnitCell(*crystal.cell_a, *crystal.cell_deg)
    assert np.abs(np.array(standard.frac.mat.tolist()) - scale[:, :3]).max() > 1e-4


@pytest.mark.entries
@pytest.mark.parametrize("name", EVERY_CRYSTAL)
def test_operators_are_a_group_of_rigid_motions(real_entry, name):
    entry = real_entry(name)
    crystal = entry.crystal
    operators = entry.operators
    np.testing.assert_allclose(operators[0].rotation, np.eye(3), atol=1e-12)
    np.testing.assert_allclose(operators[0].translation, 0, atol=1e-9)
    # 4HHB's SCALE has six decimals; the rest is exact.
    tolerance = 2e-4 if name == "4HHB.pdb" else 1e-9
    for op in operators:
        np.testing.assert_allclose(
            op.rotation @ op.rotation.T, np.eye(3), atol=tolerance
        )
        assert np.linalg.det(op.rotation) > 0
    for one in operators:
        for two in operators:
            rotation = one.rotation @ two.rotation
            translation = one.rotation @ two.translation + one.translation
            rest = [
                crystal.fractionalisation @ (translation - op.translation)
                for op in operators
                if np.abs(op.rotation - rotation).max() < 1e-3
            ]
            assert any(np.abs(r - np.round(r)).max() < 1e-3 for r in rest)


# --- made cells ----------------------------------------------------------------------------------


@pytest.mark.parametrize("cell", ["", (1, 1, 1)], ids=["none", "dummy of NMR and EM"])
def test_no_cell_is_no_crystal_and_no_fault(read_text_as, pdb, cell):
    entry = read_text_as((pdb.cell(*cell) if cell else "") + pdb.peptide("GAV"))
    assert entry.crystal is None
    assert "cell_unusable" not in topics(entry)
    assert [op.name for op in entry.operators] == ["x,y,z"]
    assert entry.transform(ChainImage("A", 0, (1, 2, 3)))[1].tolist() == [0, 0, 0]


@pytest.mark.parametrize(
    "cell",
    [
        (0, 0, 0, (90, 90, 90)),
        (0, 0, 0, (0, 0, 0)),
        (40, 50, 60, (0, 0, 0)),
        (-40, 50, 60, (90, 90, 90)),
        (40, 50, 60, (30, 30, 170)),
        (float("nan"), 50, 60, (90, 90, 90)),
        (1.5, 50, 60, (90, 90, 90)),
        (2.5, 2.5, 2.0, (90, 90, 90)),  # fourteen atoms in 12 Å³
    ],
)
def test_useless_cell_is_left_out_and_noted(read_text_as, pdb, cell):
    *edges, angles = cell
    entry = read_text_as(pdb.cell(*edges, angles) + pdb.peptide("GAV"))
    assert entry.crystal is None
    assert len(entry.operators) == 1
    assert topics(entry).count("cell_unusable") == 1
    assert entry.transform(ChainImage("A"))[1].tolist() == [0, 0, 0]


@pytest.mark.parametrize(
    ("value", "noted"),
    [
        ("0", True),
        ("nan", True),
        ("abc", True),
        ("?", False),
        (".", False),
        ("1", False),
    ],
)
def test_useless_cell_in_mmcif(read_text_as, cif_text, value, noted):
    row = {
        "label_atom_id": "CA",
        "label_seq_id": 1,
        "Cartn_x": 1,
        "Cartn_y": 2,
        "Cartn_z": 3,
    }
    angle = "90" if value == "1" else value
    head = "data_x\n" + "".join(
        [f"_cell.length_{x} {value}\n" for x in "abc"]
        + [f"_cell.angle_{x} {angle}\n" for x in ("alpha", "beta", "gamma")]
    )
    entry = read_text_as(cif_text([row], head=head))
    assert entry.crystal is None
    assert ("cell_unusable" in topics(entry)) == noted


@pytest.mark.parametrize(
    ("group", "beta"),
    # A two-fold along x in a cell with beta of 100° would shear the molecule.
    [("X 9", 90), ("", 90), ("nonsense", 90), ("P 21 21 21", 100)],
)
def test_a_space_group_that_cannot_be_leaves_the_translations(
    read_text_as, pdb, group, beta
):
    text = pdb.cell(angles=(90, beta, 90), group=group) + pdb.peptide("GAV")
    entry = read_text_as(text)
    assert entry.crystal is not None
    assert len(entry.operators) == 1
    assert "space_group_unusable" in topics(entry)


@pytest.mark.parametrize("scale", [np.zeros((3, 3)), np.eye(3), np.eye(3) / 39])
def test_scale_records_that_do_not_fit_the_cell(read_text_as, pdb, scale):
    text = (
        pdb.cell(group="P 1 21 1")
        + pdb.matrix("SCALE", scale, (0, 0, 0))
        + pdb.peptide("GAV")
    )
    entry = read_text_as(text)
    np.testing.assert_allclose(
        entry.crystal.orthogonalisation, np.diag([40, 50, 60]), atol=1e-9
    )
    assert len(entry.operators) == 2
    assert "scale_unusable" in topics(entry)


@pytest.mark.parametrize("seed", range(5))
def test_rotated_frames_of_six_decimals_have_rigid_operators(read_text_as, pdb, seed):
    turn = Rotation.random(rng=np.random.default_rng(seed)).as_matrix()
    cell = gemmi.UnitCell(113.913, 87.709, 130.177, 90, 116.32, 90)
    orth = np.array(cell.orth.mat.tolist())
    origin = np.array([80.0, -40.0, 120.0])
    text = (
        pdb.cell(113.913, 87.709, 130.177, angles=(90, 116.32, 90), group="C 1 2 1")
        + pdb.matrix("SCALE", np.linalg.inv(turn @ orth), (0, 0, 0))
        + pdb.peptide("GASLG", origin=origin)
    )
    entry = read_text_as(text)
    for op in entry.operators:
        assert np.abs(op.rotation @ op.rotation.T - np.eye(3)).max() < 1e-4
        fractional = np.linalg.inv(turn @ orth) @ entry.atoms.coords.T
        moved = np.array(
            [gemmi.Op(op.name).apply_to_xyz(x) for x in fractional.T.tolist()]
        )
        image = entry.atoms.coords @ op.rotation.T + op.translation
        # Half a unit of the sixth decimal is 0.02 Å this far from the origin.
        np.testing.assert_allclose(image, moved @ (turn @ orth).T, atol=0.03)


def test_edges_that_are_nearly_those_of_the_system_have_rigid_operators(
    read_text_as, pdb
):
    text = pdb.cell(60.0, 60.2, 80.0, angles=(90, 90, 120), group="P 3")
    entry = read_text_as(text + pdb.peptide("GASLG"))
    assert len(entry.operators) == 3
    for op in entry.operators:
        assert np.abs(op.rotation @ op.rotation.T - np.eye(3)).max() < 1e-12


@pytest.mark.parametrize(
    ("group", "angles", "triplets"),
    [
        # International Tables, general positions.
        ("P 21 21 2", (90, 90, 90), "x,y,z -x,-y,z -x+1/2,y+1/2,-z x+1/2,-y+1/2,-z"),
        ("P 43 21 2", (90, 90, 90), "x,y,z -x,-y,z+1/2 -y+1/2,x+1/2,z+3/4 y+1/2,-x+1/2,z+1/4 "
         "-x+1/2,y+1/2,-z+3/4 x+1/2,-y+1/2,-z+1/4 y,x,-z -y,-x,-z+1/2"),
        ("P 3 1 2", (90, 90, 120), "x,y,z -y,x-y,z -x+y,-x,z -y,-x,-z -x+y,y,-z x,x-y,-z"),
        ("P 2 3", (90, 90, 90), "x,y,z -x,-y,z -x,y,-z x,-y,-z z,x,y z,-x,-y -z,-x,y -z,x,-y "
         "y,z,x -y,z,-x y,-z,-x -y,-z,x"),
    ],
)  # fmt: skip
def test_order_of_operators(read_text_as, pdb, group, angles, triplets):
    entry = read_text_as(pdb.cell(60, 60, 60, angles, group) + pdb.peptide("GAV"))
    assert [op.name for op in entry.operators] == triplets.split()


def test_every_group_of_chiral_molecules_keeps_all_its_operators():
    from il2struct.structure.crystal import _in_archive_order

    for group in gemmi.spacegroup_table():
        if group.is_sohncke():
            ops = _in_archive_order(group)
            assert ops[0].triplet() == "x,y,z"
            expected = [op.triplet() for op in group.operations()]
            assert sorted(op.triplet() for op in ops) == sorted(expected)


# --- non-crystallographic symmetry ---------------------------------------------------------------

TWO_FOLD = np.diag([-1.0, -1.0, 1.0])


def test_ncs_not_yet_applied_is_multiplied_in(read_text_as, pdb):
    text = (
        pdb.cell(group="P 1 21 1")
        + pdb.matrix("MTRIX", np.eye(3), (0, 0, 0), number=1)
        + pdb.matrix("MTRIX", TWO_FOLD, (3, 4, 5), number=2)
        + pdb.matrix(
            "MTRIX", -TWO_FOLD @ np.diag([1, -1, 1]), (1, 1, 1), number=3, end="    1"
        )
        + pdb.peptide("GAV")
    )
    entry = read_text_as(text)
    # The identity is not doubled, what is "given" is not applied again.
    assert [op.name for op in entry.operators] == [
        "x,y,z", "-x,y+1/2,-z", "ncs2:x,y,z", "ncs2:-x,y+1/2,-z",
    ]  # fmt: skip
    point = np.array([1.0, 2.0, 3.0])
    copy = TWO_FOLD @ point + (3, 4, 5)
    images = [op.rotation @ point + op.translation for op in entry.operators]
    np.testing.assert_allclose(images[2], copy)
    np.testing.assert_allclose(images[3], copy * (-1, 1, -1) + (0, 25, 0))


# --- assemblies ----------------------------------------------------------------------------------


def biomolecule(pdb, number, chains, motions, author=True):
    who = (
        "AUTHOR DETERMINED BIOLOGICAL UNIT"
        if author
        else "SOFTWARE DETERMINED QUATERNARY STRUCTURE"
    )
    head = (
        f"REMARK 350\nREMARK 350 BIOMOLECULE: {number}\nREMARK 350 {who}: DIMERIC\n"
        f"REMARK 350 APPLY THE FOLLOWING TO CHAINS: {chains}\n"
    )
    return head + "".join(
        pdb.matrix("BIOMT", rotation, translation, number=i)
        for i, (rotation, translation) in enumerate(motions, start=1)
    )


def test_assembly_by_crystal_symmetry_and_whole_cells(read_text_as, pdb):
    screw = np.diag([-1.0, 1.0, -1.0])
    motions = [(np.eye(3), (0, 0, 0)), (screw, (40, -25, 60))]
    text = (
        biomolecule(pdb, 1, "A, B", motions)
        + pdb.cell(group="P 1 21 1")
        + pdb.peptide("GAV")
        + "TER\n"
        + pdb.peptide("LLL", chain="B", origin=(0, 9, 0))
    )
    entry = read_text_as(text)
    (assembly,) = entry.assemblies
    assert assembly.is_author_determined
    assert len(entry.operators) == 2
    moved = (1, (1, -1, 1))
    assert assembly.images == (
        ChainImage("A"), ChainImage("B"), ChainImage("A", *moved), ChainImage("B", *moved),
    )  # fmt: skip
    rotation, translation = entry.transform(ChainImage("A", *moved))
    np.testing.assert_allclose(rotation, screw, atol=1e-12)
    np.testing.assert_allclose(translation, (40, -25, 60), atol=1e-9)


def test_assembly_by_a_motion_outside_the_group(read_text_as, pdb):
    motions = [(np.eye(3), (0, 0, 0)), (TWO_FOLD, (7, 8, 9))]
    text = (
        biomolecule(pdb, 1, "A", motions, author=False)
        + pdb.cell()
        + pdb.peptide("GAV")
    )
    entry = read_text_as(text)
    assert [op.name for op in entry.operators] == ["x,y,z", "assembly2"]
    assert not entry.assemblies[0].is_author_determined
    np.testing.assert_allclose(entry.transform(ChainImage("A", 1))[1], (7, 8, 9))


def test_assembly_without_a_crystal(read_text_as, pdb):
    motions = [(np.eye(3), (0, 0, 0)), (TWO_FOLD, (7, 8, 9)), (TWO_FOLD, (7, 8, 9))]
    entry = read_text_as(biomolecule(pdb, 1, "A", motions) + pdb.peptide("GAV"))
    assert entry.assemblies[0].images == (ChainImage("A"), ChainImage("A", 1))


@pytest.mark.entries
@pytest.mark.parametrize("entry_id", CIF_CRYSTALS)
def test_codes_of_all_assemblies_are_those_of_the_file(real_text, real_entry, entry_id):
    block = gemmi.cif.read_string(real_text(f"{entry_id}.cif"))[0]
    names = {
        gemmi.cif.as_string(name)
        for name in block.find_values("_pdbx_struct_oper_list.name")
    } - {"", "?"}
    entry = real_entry(f"{entry_id}.cif")
    found = {i.symmetry_code for a in entry.assemblies for i in a.images}
    if names and all(re.fullmatch(r"\d+_\d{3}", name) for name in names):
        assert found <= names


@pytest.mark.entries
@pytest.mark.reference
@pytest.mark.parametrize(
    "name", ["1HHO.cif", "1NCB.cif", "1KTZ.pdb", "1ROP.pdb", "3SSI.pdb"]
)
def test_assemblies_stand_where_gemmi_builds_them(mirror, real_entry, name):
    structure = gemmi.read_structure(str(mirror / f"{name}.gz"))
    structure.setup_entities()
    entry = real_entry(name)
    built = gemmi.make_assembly(
        structure.assemblies[0], structure[0], gemmi.HowToNameCopiedChain.Dup
    )
    theirs = sorted(
        tuple(np.round(a.pos.tolist(), 2) + 0.0)
        for chain in built for residue in chain for a in residue
        if a.name == "CA" and a.altloc in ("\0", "A") and a.element.name == "C"
    )  # fmt: skip
    ours = []
    for image in entry.assemblies[0].images:
        rotation, translation = entry.transform(image)
        chain = entry.chain(image.auth_asym_id)
        mine = np.isin(entry.atoms.residue_index, chain.residue_index)
        alpha = mine & (entry.atoms.atom_name == "CA")
        ours += [
            tuple(x)
            for x in np.round(entry.atoms.coords[alpha] @ rotation.T + translation, 2)
            + 0.0
        ]
    np.testing.assert_allclose(sorted(ours), theirs, atol=0.011)  # rounded to 0.01 each
