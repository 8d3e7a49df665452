"""
Files as people bring them: the same atoms in other clothes give the same numbers.

Each case rewrites 1Z92 in the manner of some program; area, hydrogen bonds and salt bridges of the
file as deposited are the right values.
"""

import gzip
import re

import numpy as np
import pytest

from il2struct.errors import ParseError
from il2struct.results.study import load
from il2struct.structure.read import ReadOptions, read_structure

pytestmark = pytest.mark.entries

#: Area per side in Å² (freesasa, ProtOr, Lee-Richards), hydrogen bonds and salt bridges of 1Z92.
RIGHT = (948.56, 11, 12)


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


def backwards(lines):
    a, b = by_chain(lines)
    return [*b, *a]


def blank(lines):
    return with_chain(lines, "")


def one_letter(lines):
    return with_chain(lines, "P")


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
        places.setdefault(line[21:27], len(places) + 1)
    return [x[:21] + f" {places[x[21:27]]:4d} " + x[27:] for x in lines]


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
    "TER at gaps, blank": (lambda x: ter_at_gaps(backwards(x)), {"chain_parts_joined"}),
    "TER behind every residue": (ter_everywhere, {"chain_parts_joined"}),
    "halves": (halves, set()),
    "residues in turn": (residues_in_turn, set()),
    "chain B first": (backwards, set()),
    "backbones first": (backbones_first, {"residue_parts_joined"}),
    "backbones first in each chain": (backbones_first_by_chain, {"residue_parts_joined"}),
    "sorted by atom name": (by_atom_name, {"residue_parts_joined"}),
    "no chain names": (blank, {"chains_renamed"}),
    "no chain names, TER": (lambda x: blank_but_ter(with_ter(x)), {"chains_renamed"}),
    "no chain names, backbones first": (
        lambda x: blank(backbones_first(x)),
        {"chains_renamed", "residue_parts_joined"},
    ),
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
