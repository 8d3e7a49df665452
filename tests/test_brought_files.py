"""
Files as people bring them: the same atoms in other clothes give the same numbers.

Each case rewrites 1Z92 in the manner of some program; area, hydrogen bonds and salt bridges of the
file as deposited are the right values.
"""

import gzip
from itertools import pairwise

import gemmi
import numpy as np
import pytest

from il2struct.errors import NoCrystalError
from il2struct.results.study import load
from il2struct.structure.read import ReadOptions, read_structure

pytestmark = pytest.mark.entries

#: Area per side in Å² (ProtOr; freesasa with 2000 slices, to 0.01), hydrogen bonds and salt bridges of 1Z92.
RIGHT = (948.27, 11, 12)


def atoms_of(text):
    return [line for line in text.splitlines() if line.startswith("ATOM")]


@pytest.fixture(scope="module")
def plain(real_text):
    """Records of the atoms of chains A and B."""
    return atoms_of(real_text("1Z92.pdb"))


@pytest.fixture
def measured(tmp_path):
    """Write lines and measure them: the numbers of each interface, and the topics of notes."""

    def measure(lines, name="brought.pdb", end="\n", **options):
        text = end.join([*lines, "END", ""]).encode()
        path = tmp_path / name
        path.write_bytes(gzip.compress(text) if name.endswith(".gz") else text)
        results = load(path, **options).interfaces()
        rows = [
            (round(r.area_per_side_a2, 2), r.n_hydrogen_bond, r.n_salt_bridge)
            for r in results.table.itertuples()
        ]
        return rows, {note.topic for note in results.named.entry.notes}

    return measure


def chain_of(line):
    return line[21]


def number_of(line):
    return int(line[22:26])


def by_chain(lines):
    return [[x for x in lines if chain_of(x) == c] for c in "AB"]


def with_chain(lines, name):
    return [x[:20] + f"{name:>2}" + x[22:] for x in lines]


def with_segment(lines, name):
    return [x[:72].ljust(72) + f"{name:<4}" + x[76:] for x in lines]


def with_ter(lines):
    a, b = by_chain(lines)
    return [*a, "TER", *b, "TER"]


def ter_at_gaps(lines):
    result = []
    for before, line in zip([None, *lines], lines, strict=False):
        if before and number_of(line) - number_of(before) not in (0, 1):
            result.append("TER")
        result.append(line)
    return result


def ter_everywhere(lines):
    result = []
    for before, line in zip([None, *lines], lines, strict=False):
        if before and before[21:27] != line[21:27]:
            result.append("TER")
        result.append(line)
    return result


def halves(lines):
    a, b = by_chain(lines)
    return [*a[:500], *b[:300], *a[500:], *b[300:]]


def residues_in_turn(lines):
    # A file sorted by residue number.
    return sorted(lines, key=number_of)


def is_backbone(line):
    return line[12:16].strip() in ("N", "CA", "C", "O")


def backbones_first(lines):
    return sorted(lines, key=lambda x: not is_backbone(x))


def backbones_first_by_chain(lines):
    return [x for chain in by_chain(lines) for x in backbones_first(chain)]


def by_atom_name(lines):
    return sorted(lines, key=lambda x: (chain_of(x), x[12:16]))


def shuffled(lines):
    return [lines[k] for k in np.random.default_rng(1).permutation(len(lines))]


def backwards(lines):
    a, b = by_chain(lines)
    return [*b, *a]


def blank(lines):
    return with_chain(lines, "")


def one_letter(lines):
    return with_chain(lines, "P")


def hetatm(lines):
    return ["HETATM" + x[6:] for x in lines]


def segments(lines):
    a, b = by_chain(lines)
    return [*with_segment(blank(a), "PROA"), *with_segment(blank(b), "PROB")]


def segments_of_one_letter(lines):
    a, b = by_chain(lines)
    return [*with_segment(one_letter(a), "PROA"), *with_segment(one_letter(b), "PROB")]


def old_entry_columns(lines):
    return [x[:72] + f"1Z92{n % 10000:4d}" for n, x in enumerate(lines)]


def numbered_on(lines):
    """Numbers that go on through both chains, without names."""
    places = {}
    for line in lines:
        if line != "TER":
            places.setdefault(line[21:27], len(places) + 1)
    return [
        x if x == "TER" else x[:21] + f" {places[x[21:27]]:4d} " + x[27:] for x in lines
    ]


def codes_dropped(lines):
    return [
        x[:22] + "  35 " + x[27:]
        if chain_of(x) == "B" and 35 <= number_of(x) <= 43
        else x
        for x in lines
    ]


def wide_serials(lines):
    return [f"ATOM  {99_700 + n:>5}" + x[11:] for n, x in enumerate(lines)]


def wide_chains(lines):
    return [x[:21] + f"{x[21]}1" + x[22:] for x in lines]


def long_names(names):
    def rename(lines):
        return [
            x[:17] + f"{names.get(x[17:20], x[17:20]):<4}"[:4] + x[21:] for x in lines
        ]

    return rename


def separated_names(lines):
    """A residue name of four letters that pushes what follows."""
    return [x[:17] + "LYSH" + x[20:] if x[17:20] == "LYS" else x for x in lines]


def left_names(lines):
    return [x[:12] + f"{x[12:16].strip():<4}" + x[16:66] for x in lines]


def right_names(lines):
    return [x[:12] + f"{x[12:16].strip():>4}" + x[16:66] for x in lines]


def pdbqt(lines):
    kinds = {"C": "A ", "O": "OA", "N": "NA", "S": "SA"}
    return [x[:66].ljust(70) + f"{-0.1:6.3f} {kinds[x[13]]}" for x in lines]


def ends_of_amber(lines):
    first = {c: next(x[22:26] for x in lines if chain_of(x) == c) for c in "AB"}
    last = {c: [x[22:26] for x in lines if chain_of(x) == c][-1] for c in "AB"}
    result = []
    for line in lines:
        letter = {first[line[21]]: "N", last[line[21]]: "C"}.get(line[22:26])
        name = f"{letter}{line[17:20]}" if letter else line[17:20] + " "
        result.append(line[:17] + name + line[21:])
    return result


def charmm_ends(lines):
    renamed = []
    for line in lines:
        name = line[12:16]
        if line[17:20] == "ILE" and name == " CD1":
            name = " CD "
        if line[21:26] == "A 133":
            name = {" O  ": " OT1", " OXT": " OT2"}.get(name, name)
        renamed.append(line[:12] + name + line[16:])
    return renamed


def without_occupancy(lines):
    return [x[:54] + " " * 6 + x[60:] for x in lines]


def coordinates_only(lines):
    return [x[:54] for x in lines]


def with_ligand_first(lines):
    ring = [
        f"HETATM{k:5d}  C{k}  ZZZ A   1    {30 + 1.4 * k:8.3f}{0:8.3f}{0:8.3f}  1.00 20.00           C"
        for k in range(1, 7)
    ]
    return [*ring, *lines]


def with_docked_ligand(lines):
    return [x.replace("HETATM", "ATOM  ") for x in with_ligand_first(lines)]


MIRROR_IMAGES = {"LYS": "DLY", "ARG": "DAR", "LEU": "DLE", "HIS": "DHI", "PHE": "DPN"}


def letters(lines):
    """Residues named by one letter, of which A, C and G are nucleotides elsewhere."""
    return [
        x[:17] + f"{gemmi.find_tabulated_residue(x[17:20]).one_letter_code:>3}" + x[20:]
        for x in lines
    ]


def lower_case(lines):
    return [x[:12] + x[12:20].lower() + x[20:] for x in lines]


def pqr(lines):
    return [
        f"ATOM {k} {x[12:16].strip()} {x[17:20]} {x[21]} {x[22:26]} {x[30:38]} {x[38:46]} {x[46:54]} 0.1 1.8"
        for k, x in enumerate(lines)
    ]


def a_model_each(lines):
    a, b = by_chain(lines)
    return ["MODEL        1", *a, "ENDMDL", "MODEL        2", *b, "ENDMDL"]


GROMOS = {
    "LYS": "LYSH",
    "HIS": "HISB",
    "ARG": "ARGN",
    "GLU": "GLUH",
    "ASP": "ASPH",
    "CYS": "CYS2",
}
OPLS = {"HIS": "HISE", "CYS": "CYS2", "LYS": "LYSH", "ASP": "ASPH"}
CHARMM = {"HIS": "HSD", "ASP": "ASPP", "GLU": "GLUP", "LYS": "LSN"}
AMBER = {"HIS": "HIE", "CYS": "CYX", "ASP": "ASH", "GLU": "GLH", "LYS": "LYN"}
MAESTRO = {"HIS": "HIP", "ARG": "ARN", "CYS": "CYT", "SER": "SRO", "TYR": "TYO"}

SAME = {
    "plain": (lambda lines: lines, set()),
    "TER between the chains": (with_ter, set()),
    "TER at gaps": (ter_at_gaps, {"chain_parts_joined"}),
    "TER at gaps, B first": (
        lambda x: ter_at_gaps(backwards(x)),
        {"chain_parts_joined"},
    ),
    "TER at gaps, no chain names": (
        lambda x: blank_but_ter(ter_at_gaps(x)),
        {"chain_parts_joined", "chains_renamed"},
    ),
    "TER at gaps, numbers go on": (
        lambda x: numbered_on(ter_at_gaps(x)),
        {"chain_parts_joined", "chains_renamed"},
    ),
    "numbers go on, ends not marked": (
        lambda x: numbered_on([y for y in x if y[12:16] != " OXT"]),
        {"chain_parts_joined", "chains_renamed"},
    ),
    "TER behind every residue": (ter_everywhere, {"chain_parts_joined"}),
    "halves": (halves, set()),
    "residues in turn": (residues_in_turn, set()),
    "chain B first": (backwards, set()),
    "backbones first": (backbones_first, {"residue_parts_joined"}),
    "backbones first in each chain": (backbones_first_by_chain, {"residue_parts_joined"}),
    "atoms in any order": (shuffled, {"residue_parts_joined"}),
    "sorted by atom name": (by_atom_name, {"residue_parts_joined"}),
    "no chain names": (blank, {"chains_renamed"}),
    "no chain names, TER": (lambda x: blank_but_ter(with_ter(x)), {"chains_renamed"}),
    "no chain names, backbones first": (
        lambda x: blank(backbones_first(x)),
        {"chains_renamed", "residue_parts_joined"},
    ),
    "all HETATM": (hetatm, set()),
    "all HETATM, no chain names": (lambda x: blank(hetatm(x)), {"chains_renamed"}),
    "one letter": (one_letter, {"chains_renamed"}),
    "segments": (segments, {"chains_renamed"}),
    "segments of one letter": (segments_of_one_letter, {"chains_renamed"}),
    "columns of old entries": (old_entry_columns, set()),
    "numbers go on": (numbered_on, {"chains_renamed"}),
    "insertion codes dropped": (codes_dropped, {"insertion_codes_given"}),
    "serial numbers of six digits": (wide_serials, {"shifted_columns"}),
    "chains of two letters": (wide_chains, {"shifted_columns"}),
    "GROMOS": (long_names(GROMOS), {"usual_names"}),
    "OPLS": (long_names(OPLS), {"usual_names"}),
    "CHARMM": (long_names(CHARMM), {"usual_names"}),
    "AMBER": (long_names(AMBER), {"usual_names"}),
    "Maestro": (long_names(MAESTRO), {"usual_names"}),
    "LYSH before a blank": (separated_names, {"shifted_columns", "usual_names"}),
    "ends of AMBER": (ends_of_amber, {"usual_names"}),
    "ends of CHARMM": (charmm_ends, set()),
    "names left": (left_names, {"elements_by_name"}),
    "names right": (right_names, {"elements_by_name"}),
    "PDBQT": (pdbqt, set()),
    "no occupancies": (without_occupancy, {"occupancy_unknown"}),
    "coordinates only": (coordinates_only, {"occupancy_unknown"}),
    "D-amino acids": (long_names(MIRROR_IMAGES), set()),
    "residues of one letter": (letters, {"usual_names"}),
    "names in lower case": (lower_case, set()),
    "PQR": (pqr, {"shifted_columns", "elements_by_name"}),
    "tabs": (
        lambda lines: [x.replace(" ", "\t") for x in pqr(lines)],
        {"shifted_columns", "elements_by_name"},
    ),
    "a model for each chain": (a_model_each, {"models_joined"}),
    "ligand first": (with_ligand_first, set()),
    "ligand of ATOM records first": (with_docked_ligand, set()),
}  # fmt: skip


def blank_but_ter(lines):
    return [x if x == "TER" else x[:21] + " " + x[22:] for x in lines]


@pytest.mark.parametrize("case", SAME)
def test_the_same_atoms_give_the_same_numbers(plain, measured, case):
    change, told = SAME[case]
    rows, topics = measured(change(plain))
    assert rows == [RIGHT]
    assert told <= topics


@pytest.mark.parametrize("end", ["\r\n", "\r"])
@pytest.mark.parametrize("name", ["brought.pdb", "brought.pdb.gz"])
def test_line_ends_of_other_systems(plain, measured, name, end):
    rows, _ = measured(ter_at_gaps(plain), name=name, end=end)
    assert rows == [RIGHT]


# --- hydrogens -----------------------------------------------------------------------------------


def xyz(line):
    return np.array([float(line[30:38]), float(line[38:46]), float(line[46:54])])


def amide_hydrogens(lines):
    """H of every backbone nitrogen between C and CA, 1.01 Å out on their bisector."""
    residues = {}
    for line in lines:
        residues.setdefault(line[21:27], {})[line[12:16].strip()] = line
    made = []
    for before, here in pairwise(residues.values()):
        n, ca, c = (xyz(x) for x in (here["N"], here["CA"], before["C"]))
        if np.linalg.norm(n - c) > 2 or here["N"][17:20] == "PRO":
            continue
        out = 2 * n - ca - c
        place = n + 1.01 * out / np.linalg.norm(out)
        text = "".join(f"{value:8.3f}" for value in place)
        made.append(
            here["N"][:12]
            + " H  "
            + here["N"][16:30]
            + text
            + "  1.00 20.00           H"
        )
    return made


def within_residues(lines, hydrogens):
    by_place = {x[21:27]: x for x in hydrogens}
    result = []
    for here, behind in pairwise([*lines, " " * 80]):
        result.append(here)
        if here[21:27] != behind[21:27] and here[21:27] in by_place:
            result.append(by_place[here[21:27]])
    return result


HYDROGENS_BEHIND = {
    "behind all": lambda lines, hydrogens: [*lines, *hydrogens],
    "behind TER": lambda lines, hydrogens: [*lines, "TER", *hydrogens],
    "in front": lambda lines, hydrogens: [*hydrogens, *lines],
    "no chain names": lambda lines, hydrogens: blank([*lines, *hydrogens]),
    "no chain names, TER": lambda lines, hydrogens: blank_but_ter(
        [*with_ter(lines), *hydrogens]
    ),
}


@pytest.mark.parametrize("case", HYDROGENS_BEHIND)
def test_hydrogens_belong_to_their_residues_wherever_they_stand(plain, measured, case):
    hydrogens = amide_hydrogens(plain)
    expected, _ = measured(within_residues(plain, hydrogens))
    rows, topics = measured(HYDROGENS_BEHIND[case](plain, hydrogens))
    assert rows == expected
    assert len(rows) == 1
    assert "residue_parts_joined" in topics
    # Side chains without hydrogens give no hydrogen bond, and that is said.
    assert "hydrogens_missing" in topics


def test_the_entry_of_scattered_hydrogens_has_two_chains(plain, tmp_path):
    path = tmp_path / "scattered.pdb"
    hydrogens = amide_hydrogens(plain)
    path.write_text("\n".join([*plain, "TER", *hydrogens]))
    entry = read_structure(path)
    assert [len(chain.sequence) for chain in entry.chains] == [121, 123]
    assert entry.atoms.is_hydrogen.sum() == len(hydrogens)


# --- conformers and frames -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("blank_share", "altloc", "kept"),
    [
        (0.3, "highest", "B"),
        (0.7, "highest", ""),
        (0.7, "B", "B"),
        (0.5, "highest", ""),
    ],
)
def test_a_conformer_without_a_label_counts_by_its_occupancy(
    plain, tmp_path, blank_share, altloc, kept
):
    lines = []
    for line in plain:
        if line[17:26] == "LYS A  43":
            moved = f"{float(line[30:38]) + 2:8.3f}"
            lines.append(line[:54] + f"{blank_share:6.2f}" + line[60:])
            other = line[:16] + "B" + line[17:30] + moved + line[38:54]
            lines.append(other + f"{1 - blank_share:6.2f}" + line[60:])
        else:
            lines.append(line)
    path = tmp_path / "conformers.pdb"
    path.write_text("\n".join(lines))
    entry = read_structure(path, options=ReadOptions(altloc=altloc))
    row = (entry.residues.auth_number == 43) & (entry.residues.auth_asym_id == "A")
    atoms = entry.atoms.residue_index == np.flatnonzero(row)[0]
    assert atoms.sum() == 9
    assert set(entry.atoms.altloc[atoms]) == {kept}
    (note,) = [n for n in entry.notes if n.topic == "alternate_locations"]
    assert note.count == 9


@pytest.mark.parametrize("kept", [("CA",), ("N", "CA", "C", "O")])
def test_a_trace_of_the_backbone_is_said_to_be_one(plain, measured, kept):
    rows, topics = measured([x for x in plain if x[12:16].strip() in kept])
    assert rows == []
    assert "side_chains_missing" in topics


def test_frames_that_end_separates_are_models(plain, measured):
    lines = with_ter(plain)
    rows, topics = measured([*lines, "END", *lines])
    assert rows == [RIGHT]
    assert "models_ignored" in topics
    assert measured([*lines, "END", *lines], model=2)[0] == [RIGHT]


def test_molecules_that_end_separates_are_one_model(plain, measured):
    a, b = by_chain(plain)
    rows, topics = measured([*a, "END", *b])
    assert rows == [RIGHT]
    assert "joined_at_end" in topics


# --- cells and poses -----------------------------------------------------------------------------


def moved(lines, seed):
    """The same atoms in another place."""
    rng = np.random.default_rng(seed)
    q, r = np.linalg.qr(rng.normal(size=(3, 3)))
    turn = q * np.sign(np.diag(r))
    turn[:, 0] *= np.linalg.det(turn)
    shift = rng.uniform(-40, 40, 3)
    return [
        x[:30] + "".join(f"{v:8.3f}" for v in turn @ xyz(x) + shift) + x[54:]
        for x in lines
    ]


@pytest.mark.parametrize("seed", range(6))
def test_coordinates_that_were_moved_have_no_cell(real_text, measured, tmp_path, seed):
    cell = [
        x
        for x in real_text("1Z92.pdb").splitlines()
        if x.startswith(("CRYST1", "SCALE"))
    ]
    lines = moved(atoms_of(real_text("1Z92.pdb")), seed)
    rows, _ = measured([*cell, *lines])
    # Coordinates are rounded to 0.001 Å again.
    ((area, *bonds),) = rows
    assert area == pytest.approx(RIGHT[0], abs=1)
    assert bonds == list(RIGHT[1:])
    study = load(tmp_path / "brought.pdb")
    assert study.entry.crystal is None
    with pytest.raises(NoCrystalError, match="does not belong"):
        study.lattice()


def test_a_cell_of_its_own_stays(named_entry):
    for name in ("1Z92.pdb", "2B5I.pdb", "1PY2.pdb", "2PTC.pdb"):
        assert named_entry(name).entry.crystal is not None


def test_two_poses_are_no_interface(plain, measured, tmp_path):
    a, b = by_chain(plain)
    shifted = [
        x[:30] + f"{float(x[30:38]) + 3:8.3f}" + x[38:] for x in with_chain(b, "C")
    ]
    rows, _ = measured([*a, *b, *shifted])
    assert len(rows) == 2
    assert RIGHT in rows
    study = load(tmp_path / "brought.pdb")
    (note,) = [n for n in study.entry.notes if n.topic == "overlapping_chains"]
    assert note.subject == "B, C"


def test_every_pose_of_a_receptor_is_measured(plain, measured):
    a, b = by_chain(plain)
    rows, topics = measured([*a, *b, *with_chain(b, "C")])
    assert rows == [RIGHT, RIGHT]
    assert "overlapping_chains" in topics


def test_a_chain_without_a_role_joins_the_cytokine_that_it_touches(plain, measured):
    a, b = by_chain(plain)
    # Six residues of the receptor at the interface, which no reference finds.
    peptide = [x for x in with_chain(b, "P") if 38 <= number_of(x) <= 43]
    rows, _ = measured([*a, "TER", *peptide])
    ((area, *_),) = rows
    assert area > 100


# --- waters and sugars ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def whole(real_text):
    """Records of 2B5I."""
    lines = real_text("2B5I.pdb").splitlines()
    return [x for x in lines if x.startswith(("ATOM", "HETATM", "TER"))]


@pytest.fixture
def bridged(tmp_path):
    """Write lines and count: area and water-mediated bonds of each interface."""

    def count(lines):
        path = tmp_path / "brought.pdb"
        path.write_text("\n".join([*lines, "END", ""]))
        study = load(path)
        rows = {
            (r.auth_asym_id_1, r.auth_asym_id_2): (
                round(r.area_per_side_a2, 2),
                r.n_water_mediated,
            )
            for r in study.interfaces().table.itertuples()
        }
        return rows, study

    return count


#: Areas as freesasa finds them with 2000 slices, bridges as in the file deposited.
BRIDGED = {
    ("A", "D"): (843.03, 6),
    ("A", "B"): (677.95, 11),
    ("A", "C"): (502.79, 4),
    ("B", "C"): (891.30, 11),
}


@pytest.mark.parametrize(
    ("name", "oxygen"),
    [
        ("SOL", "OW"),
        ("TIP3", "OH2"),
        ("TIP", "OH2"),
        ("WAT", "O"),
        ("SPC", "OW"),
        ("T3P", "O"),
    ],
)
def test_water_has_many_names(whole, bridged, name, oxygen):
    lines = [
        x[:12]
        + f" {oxygen:<3}"
        + " "
        + (f"{name:>3} " if len(name) < 4 else name)
        + x[21:]
        if x[17:20] == "HOH"
        else x
        for x in whole
    ]
    rows, _ = bridged(lines)
    assert rows == BRIDGED


def glycam(lines):
    """N-acetylglucosamine as 0YB and 4YB, the asparagine that carries it as NLN."""
    sugars = [x for x in lines if x[17:20] in ("NAG", "NDG")]
    places = np.array([xyz(x) for x in sugars])

    def renamed(line):
        if line[17:20] in ("NAG", "NDG"):
            return line[:17] + "4YB" + line[20:]
        is_asn = line[17:20] == "ASN" and line.startswith("ATOM")
        return (
            line[:17] + "NLN" + line[20:]
            if is_asn and line[21:26] in carriers
            else line
        )

    carriers = {
        x[21:26]
        for x in lines
        if x[12:20] == " ND2 ASN" and np.linalg.norm(places - xyz(x), axis=1).min() < 2
    }
    return [renamed(x) if x != "TER" and len(x) > 54 else x for x in lines]


def test_sugars_of_glycam_are_attached(whole, bridged):
    plain_rows, plain_study = bridged(whole)
    rows, study = bridged(glycam(whole))
    assert rows == plain_rows
    assert {k: v[0] for k, v in rows.items()} == {k: v[0] for k, v in BRIDGED.items()}
    counts = [
        [len(c.glycan_index) for c in s.entry.chains] for s in (plain_study, study)
    ]
    assert counts[0] == counts[1]
    assert sum(counts[0]) == 6
    sequences = [[c.sequence for c in s.entry.chains] for s in (plain_study, study)]
    assert sequences[0] == sequences[1]


def test_ligands_of_one_number_are_told_apart(whole, bridged):
    # As from a program that writes X for every chain: two sugars are X 1 now.
    lines = [x if x == "TER" else x[:20] + " X" + x[22:] for x in whole]
    rows, study = bridged(lines)
    assert sorted(rows.values()) == sorted(BRIDGED.values())
    assert sum(len(chain.glycan_index) for chain in study.entry.chains) == 6
