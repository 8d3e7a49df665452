"""A thousand damaged files, the same in every run; `fuzz.py` does more of them by hand."""

import gzip
import subprocess
import sys
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from il2struct.archive.files import most_unpacked_bytes, read_whole
from il2struct.errors import CoordinateError, Il2StructError, NoCrystalError, ParseError
from il2struct.interface.measure import interfaces_of
from il2struct.lattice.contacts import lattice_contacts
from il2struct.results.study import load
from il2struct.structure.named import name_entry
from il2struct.structure.read import read_structure

SCRIPT = Path(__file__).with_name("fuzz.py")
SEED = 7
COUNT = 1000
#: Runs of one worker, so that the tests spread over the cores.
SHARE = 125


@pytest.mark.entries
@pytest.mark.slow
@pytest.mark.parametrize("start", range(0, COUNT, SHARE))
def test_damaged_files_end_in_numbers_or_typed_errors(mirror, start):
    command = [sys.executable, SCRIPT, "--mirror", mirror, "--seed", SEED]
    command += ["--start", start, "--count", SHARE]
    done = subprocess.run(
        [str(word) for word in command], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    last = done.stdout.splitlines()[-1]
    assert last.startswith(f"{SHARE:6d} files, 0 failures")
    # A fuzz whose files all fail, or all pass, tests nothing.
    measured = next(x for x in done.stdout.splitlines() if x.endswith("measured"))
    assert 0.2 * SHARE < int(measured.split()[0]) < 0.9 * SHARE


# What the fuzz has found, each as small as it gets.


@pytest.mark.parametrize("byte", [b"\xff", b"\xc3", b"\x98"])
@pytest.mark.parametrize("column", [12, 16, 17, 21, 26, 76])
def test_bytes_that_are_no_text_in_a_record(read_text_as, pdb, byte, column):
    lines = pdb.peptide("GAV").encode().splitlines(keepends=True)
    lines[0] = lines[0][:column] + byte + lines[0][column + 1 :]
    entry = read_text_as(b"".join(lines))
    assert len(entry.atoms) == len(lines)
    assert any("no printable text" in note.message for note in entry.notes)


def test_bytes_that_are_no_text_in_the_space_group(read_text_as, pdb):
    text = pdb.cell(group="P 21 21 21").encode().replace(b"21 21", b"2\xff 21")
    entry = read_text_as(text + pdb.peptide("GAV").encode())
    assert entry.crystal is not None
    assert entry.crystal.space_group == "P 2_ 21 21"


def test_names_beyond_ascii_in_mmcif(read_text_as, cif_text):
    row = {"label_atom_id": "CA", "label_seq_id": 1, "Cartn_y": 0, "Cartn_z": 0}
    rows = [
        {**row, "Cartn_x": 0, "label_atom_id": "'CÄ'"},
        {**row, "Cartn_x": 4, "label_seq_id": 2},
        {**row, "Cartn_x": 8, "label_seq_id": 3, "label_asym_id": "'Ångström'"},
    ]
    entry = read_text_as(cif_text(rows), name="made.cif")
    assert "CÄ" in entry.atoms.atom_name
    assert "Ångström" in entry.residues.auth_asym_id
    # Areas know such an atom by its element.
    assert len(interfaces_of(name_entry(entry))) == 1


def test_control_characters_do_not_get_in(read_text_as, pdb, cif_text):
    title = "TITLE     A\x1b[31mRED\x07\x00 ONE\n"
    entry = read_text_as(title + pdb.peptide("GAV", chain="\x1b"))
    assert entry.title.isprintable()
    assert entry.chains[0].auth_asym_id == "_"
    row = {"label_atom_id": "CA", "label_seq_id": 1}
    row |= {"Cartn_x": 0, "Cartn_y": 0, "Cartn_z": 0}
    head = "data_x\n_struct.title 'left\u202e\u009b31m \x1b[0m right'\n"
    entry = read_text_as(cif_text([row], head), name="made.cif")
    assert entry.title == "left__31m _[0m right"


def test_an_empty_first_model(read_text_as, pdb):
    text = "MODEL        1\nENDMDL\nMODEL        2\n" + pdb.peptide("GAV") + "ENDMDL\n"
    with pytest.raises(CoordinateError, match="no atom with usable"):
        read_text_as(text)


@pytest.mark.parametrize("solvent", ["waters", "sugars"])
def test_an_atom_out_of_place_does_not_fill_the_memory(read_text_as, pdb, solvent):
    far = pdb.atom("CB", "ALA", 9, (9_000.0, 0, 0), chain="B")
    pair = pdb.peptide("GAVG") + pdb.peptide("GAVG", chain="B", origin=(0, 0, 4))
    waters = "".join(
        pdb.atom("O", "HOH", n, (n, 3, 8), record="HETATM", chain="W")
        for n in range(1, 60)
    )
    sugar = "".join(
        pdb.atom(f"C{k}", "NAG", 501, (1.4 * k, 30, 8), record="HETATM")
        for k in range(1, 7)
    )
    rest = {"waters": waters, "sugars": sugar}[solvent]
    entry = read_text_as(pdb.cell(30, 30, 30) + pair + far + rest)
    if solvent == "sugars":
        assert "glycans_unattached" in {note.topic for note in entry.notes}
        return
    with pytest.raises(CoordinateError, match="out of place"):
        interfaces_of(name_entry(entry))


def test_a_column_under_a_name_that_is_damaged_is_a_parse_error(read_text_as, cif_text):
    names = ("label_seq_id", "Cartn_x", "Cartn_y", "Cartn_z", "auth_seq_id", "id")
    text = cif_text([{"label_atom_id": "CA", **dict.fromkeys(names, 1)}])
    with pytest.raises(ParseError):
        read_text_as(
            text.replace("_atom_site.occupancy", "_atom_ste.occupancy"), name="made.cif"
        )


def test_a_cell_in_which_molecules_overlap_ends_at_once(read_text_as, pdb):
    # Two edges of 40 Å at an angle of 1°: the lattice repeats every 0.7 Å.
    chains = "".join(
        pdb.peptide("GAVGAVGAV", chain=name, origin=(0, 0, 4 * k))
        for k, name in enumerate("ABCDEFGH")
    )
    entry = read_text_as(pdb.cell(9000, 40, 40, angles=(1.0, 90, 90)) + chains)
    assert entry.crystal is not None
    with pytest.raises(NoCrystalError, match="does not belong"):
        lattice_contacts(name_entry(entry))


@pytest.mark.parametrize("value", [np.inf, np.nan, 1e6, 0.5])
@pytest.mark.parametrize("record", ["BIOMT", "MTRIX"])
def test_operators_that_are_no_motions_are_left_out(read_text_as, pdb, value, record):
    turn = np.eye(3)
    turn[0, 2] = value
    head = pdb.matrix(record, turn, (0, 0, 0), number=2)
    if record == "BIOMT":
        head = (
            "REMARK 350 BIOMOLECULE: 1\n"
            "REMARK 350 APPLY THE FOLLOWING TO CHAINS: A, B\n"
            + pdb.matrix(record, np.eye(3), (0, 0, 0))
            + head
        )
    pair = pdb.peptide("GAVG") + pdb.peptide("GAVG", chain="B", origin=(0, 0, 4))
    entry = read_text_as(pdb.cell() + head + pair)
    assert len(entry.operators) == 1
    notes = [note for note in entry.notes if note.topic == "operators_unusable"]
    assert [note.count for note in notes] == [1]
    assert len(interfaces_of(name_entry(entry))) == 1


def test_a_bomb_is_not_unpacked(tmp_path):
    record = b"REMARK 999 " + b"0" * 68 + b"\n"
    n = 4_000_000
    bomb = gzip.compress(record * n, compresslevel=9)
    assert len(record) * n > 2 * most_unpacked_bytes(len(bomb))
    path = tmp_path / "bomb.pdb.gz"
    path.write_bytes(bomb)
    tracemalloc.start()
    try:
        for read in (
            read_structure,
            lambda p: load(p, mirrors=[], offline=True),
            lambda p: read_whole(p, max_bytes=10**9),
        ):
            with pytest.raises(Il2StructError, match="unpacks to more than"):
                read(path)
        # Chunks and their sum, once each.
        assert tracemalloc.get_traced_memory()[1] < 3 * most_unpacked_bytes(len(bomb))
    finally:
        tracemalloc.stop()


def test_a_packed_file_of_many_members_is_read_in_time(tmp_path, pdb):
    # Members of a few bytes: unpackers that copy the rest for each take minutes.
    lines = pdb.peptide("GAV" * 300).encode().splitlines(keepends=True)
    path = tmp_path / "many.pdb.gz"
    path.write_bytes(b"".join(gzip.compress(line, compresslevel=1) for line in lines))
    assert len(read_structure(path).atoms) == len(lines)
    path.write_bytes(path.read_bytes() + b"tail")
    with pytest.raises(ParseError, match="gzip"):
        read_structure(path)


def test_what_is_text_stays_as_it_is(read_text_as, cif_text):
    row = {"label_atom_id": "CA", "label_seq_id": 1}
    row |= {"Cartn_x": 0, "Cartn_y": 0, "Cartn_z": 0}
    title = "IL-2Rα in 5 Å reach"
    entry = read_text_as(cif_text([row], f"data_x\n_struct.title '{title}'\n"), "a.cif")
    assert entry.title == title
    assert not any("printable" in note.message for note in entry.notes)
    np.testing.assert_array_equal(entry.atoms.atom_name, ["CA"])
