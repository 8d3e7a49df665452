"""Files that are not there, not whole or not structures: the right error, one sentence, the file."""

import gzip
import math
import re
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from string import ascii_letters

import gemmi
import numpy as np
import pytest

from il2struct.errors import (
    CoordinateError,
    NoProteinError,
    NotFoundError,
    ParameterError,
    ParseError,
)
from il2struct.structure.model import Entry
from il2struct.structure.named import name_entry
from il2struct.structure.read import ReadOptions, read_structure
from il2struct.structure.text import growth_ph_in_pdb, one_ph


def assert_one_sentence(error: BaseException, subject: str) -> None:
    text = str(error)
    assert subject in text
    assert "\n" not in text
    assert text.endswith(".")
    # No second sentence: a full stop with a blank and a capital behind it.
    assert not re.search(r"\. [A-Z]", text.replace(subject, ""))


def refused(path: Path, error: type[Exception] = ParseError, **how: object) -> None:
    """Reading a file is refused in one sentence that names it."""
    with pytest.raises(error, **how) as caught:
        read_structure(path)
    assert_one_sentence(caught.value, str(path))


@pytest.fixture
def made(tmp_path: Path) -> Callable[[bytes], Path]:
    def write(content: bytes, name: str = "broken.dat") -> Path:
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return write


def test_paths_that_hold_no_file(tmp_path, made):
    refused(tmp_path / "missing.cif", NotFoundError)
    refused(tmp_path, NotFoundError)
    refused(made(b"x") / "below_a_file.pdb")


#: An atom in mmCIF.
ROW = {"label_atom_id": "CA", "label_seq_id": 1, "Cartn_x": 1, "Cartn_y": 0, "Cartn_z": 0}  # fmt: skip
HEADER = (
    "HEADER    PROTEIN                                 01-JAN-00   1ABC              \n"
)
NOISE = np.random.default_rng(7).bytes(4096)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b" \n\n\t\n",
        gzip.compress(b"", mtime=0),
        gzip.compress(b"\n", mtime=0),
        NOISE,
        gzip.compress(NOISE, mtime=0),
        b"\x00" * 1000,
        b"Dear colleague, this is not a structure.\n",
        b"<html><body>404 Not Found</body></html>\n",
        b"data_\n",
        b"data_x\n_entry.id X\n",
        b"data_x\nloop_\n_atom_site.id\n_atom_site.Cartn_x\n",
        b"data_x\n_cell.length_a\n",
        b"HEADER    HYDROLASE                               01-JAN-00   1ABC\nEND\n",
        b"REMARK   1 NOTHING ELSE\n",
        b"# a comment\n# and another\n",
        b"ATOM      1  CA  ALA A   1      10.0",
        b"ATOM      1  CA  ALA A   1      10.000  10.000\n"
        b"ATOM      2  CA  ALA A   2      10.000  10.000  10.000  1.00 20.00           C\n",
    ],
)
def test_what_is_no_structure_is_a_parse_error(made, content):
    refused(made(content))


@pytest.mark.entries
@pytest.mark.parametrize("name", ["2B5I.cif.gz", "2B5I.pdb.gz"])
@pytest.mark.parametrize("fraction", [0.001, 0.3, 0.99])
def test_truncated_gzip(mirror, made, name, fraction):
    stored = (mirror / name).read_bytes()
    refused(made(stored[: int(len(stored) * fraction)]), match="gzip")


@pytest.mark.entries
def test_gzip_with_a_flipped_byte(mirror, made):
    stored = bytearray((mirror / "2B5I.pdb.gz").read_bytes())
    stored[len(stored) // 2] ^= 0xFF
    path = made(bytes(stored))
    with pytest.raises(ParseError, match="gzip"):
        read_structure(path)


def _atom_rows(text: str) -> list[int]:
    """Offsets at which coordinate lines begin."""
    return [m.start() for m in re.finditer(r"^(?:ATOM  |HETATM)", text, re.MULTILINE)]


@pytest.mark.entries
@pytest.mark.parametrize("name", ["2B5I.cif", "2B5I.pdb", "1IGY.cif", "6NXR.cif"])
@pytest.mark.parametrize("where", ["first", "middle", "last chain"])
@pytest.mark.parametrize("within_row", [0, 25])
def test_truncated_within_the_atoms(real_text, made, name, where, within_row):
    # Row borders matter: the text left is well-formed, and only what is missing gives it away.
    text = real_text(name)
    rows = _atom_rows(text)
    row = {"first": 1, "middle": len(rows) // 2, "last chain": len(rows) - 3}[where]
    refused(
        made(text[: rows[row] + within_row].encode()), match=r"truncated|whole mmCIF"
    )


@pytest.mark.entries
def test_mmcif_truncated_behind_the_atoms(real_text, made):
    # The assemblies come later in this file; without them complexes would differ silently.
    text = real_text("1HHO.cif")
    stop = text.index(
        "\n", text.index("\nA 1 50 ", text.index("_pdbx_poly_seq_scheme.")) + 1
    )
    path = made(text[: stop + 1].encode())
    with pytest.raises(ParseError, match="truncated"):
        read_structure(path)


def test_ensemble_cut_between_two_models(made, pdb):
    # ENDMDL is not END: more models may have followed.
    body = pdb.atom("CA", "GLY", 1, (1, 2, 3))
    models = "".join(f"MODEL     {i:4d}\n{body}ENDMDL\n" for i in (1, 2))
    assert read_structure(made((HEADER + models + "END\n").encode())).n_models == 2
    path = made((HEADER + models).encode())
    with pytest.raises(ParseError, match="END"):
        read_structure(path)


@pytest.mark.parametrize("tail", ["TER\n", "", "TER\nCONECT    1    2\n"])
def test_an_end_that_an_editor_left_out(read_text_as, pdb, tail):
    entry = read_text_as(HEADER + pdb.peptide("GAVL") + tail)
    assert len(entry.atoms) == 19
    assert "end_missing" in {note.topic for note in entry.notes}


def test_the_record_before_the_end_is_an_end(read_text_as, pdb):
    text = HEADER + pdb.seqres("GAVL") + pdb.peptide("GAVL") + "TER\nMASTER        0\n"
    assert len(read_text_as(text).atoms) == 19


@pytest.mark.parametrize(
    "declared",
    [
        "SEQRES   1 B    4  GLY ALA VAL LEU\n",
        "HET    NAG  A 200      14\n",
        "FORMUL   3  HOH   *12(H2 O)\n",
    ],
)
def test_without_end_all_that_is_declared_must_be_there(made, pdb, declared):
    text = HEADER + declared + pdb.peptide("GAVL") + "TER\n"
    with pytest.raises(ParseError, match="without all that it declares"):
        read_structure(made(text.encode()))
    assert len(read_structure(made((text + "END\n").encode())).atoms) == 19


def test_without_end_the_last_chain_is_closed_if_others_are(made, pdb):
    other = pdb.peptide("GAVL", chain="B", origin=(0, 9, 0))
    text = HEADER + pdb.peptide("GAVL") + "TER\n" + other
    with pytest.raises(ParseError, match="truncated"):
        read_structure(made(text.encode()))
    assert len(read_structure(made((text + "TER\n").encode())).chains) == 2


def test_a_last_record_that_is_shorter_than_all_others_is_cut(made, pdb):
    text = HEADER + pdb.peptide("GAVL")
    with pytest.raises(ParseError, match="truncated"):
        read_structure(made(text.rstrip().encode()[:-14]))


def test_without_a_pdb_id_no_end_is_asked_for(read_text_as, pdb):
    head = "HEADER    MODEL                                   01-JAN-00   XXXX              \n"
    entry = read_text_as(head + pdb.peptide("GA"), name="design_7.pdb")
    assert entry.entry_id == "design_7"


def test_blank_lines_behind_the_end(read_text_as, pdb):
    entry = read_text_as(HEADER + pdb.peptide("GA") + "END   \n" + "   \n" * 20)
    assert entry.entry_id == "1ABC"


@pytest.mark.entries
@pytest.mark.parametrize("name", ["2B5I.cif", "2B5I.pdb"])
def test_windows_line_ends(real_text, real_entry, made, name):
    path = made(real_text(name).replace("\n", "\r\n").encode())
    entry, expected = read_structure(path), real_entry(name)
    assert entry.entry_id == "2B5I"
    assert entry.provenance.revision == expected.provenance.revision
    np.testing.assert_array_equal(entry.atoms.coords, expected.atoms.coords)
    assert [c.sequence for c in entry.chains] == [c.sequence for c in expected.chains]


@pytest.mark.parametrize("name", ["made.pdb", "MADE", "made.cif", "made.pdb.gz"])
def test_format_is_told_by_content_not_by_name(read_text_as, pdb, name):
    assert read_text_as(pdb.peptide("GAV"), name=name).provenance.file_format == "pdb"


def test_gzip_is_told_by_content_not_by_name(read_text_as, pdb):
    packed = gzip.compress(pdb.peptide("GAV").encode())
    assert len(read_text_as(packed, name="plain.pdb").residues) == 3


def test_byte_order_mark(read_text_as, pdb, cif_text):
    for text in (pdb.peptide("GAV"), cif_text([ROW])):
        assert len(read_text_as(b"\xef\xbb\xbf" + text.encode()).atoms)


def test_second_block_holds_the_atoms(read_text_as, cif_text):
    entry = read_text_as("data_comp_list\n_chem_comp.id X\n" + cif_text([ROW]))
    assert len(entry.atoms) == 1


@pytest.mark.entries
@pytest.mark.parametrize(
    "name", ["2ERJ.pdb", "2B5I.cif", "1IGY.cif", "6NXR.cif", "4HHB.pdb"]
)
def test_revision_is_the_one_the_archive_reads(mirror, real_entry, name):
    from il2struct.archive.files import read_whole

    content, _ = read_whole(mirror / f"{name}.gz", max_bytes=10**8)
    assert real_entry(name).provenance.revision == content.revision


def test_dates_of_the_last_century_and_odd_ones(read_text_as, pdb):
    line = "REVDAT {:>3}   {}    1ABC    0                                                 \n"
    for date, shown in (("15-OCT-89", "2 1989-10-15"), ("SOMETIMES", "")):
        entry = read_text_as(line.format(2, date) + pdb.peptide("GA"))
        assert entry.provenance.revision == shown


# --- coordinates that are no numbers -------------------------------------------------------------


def note_counts(entry: Entry) -> dict[str, int]:
    counts: dict[str, int] = {}
    for note in entry.notes:
        counts[note.topic] = counts.get(note.topic, 0) + note.count
    return counts


@pytest.mark.parametrize(
    "text", ["     nan", "********", "        ", "   1 000", "    abc ", "     inf"]
)
def test_pdb_coordinate_that_is_no_number(read_text_as, pdb, text):
    # gemmi reads stars, blanks and words as 0.0, which would put an atom at the origin.
    lines = pdb.peptide("GAV", origin=(20, 20, 20)).splitlines(keepends=True)
    lines[5] = lines[5][:38] + text + lines[5][46:]
    entry = read_text_as("".join(lines))
    assert len(entry.atoms) == len(lines) - 1
    assert entry.atoms.coords.min() > 15
    assert note_counts(entry)["non_finite_coordinates"] == 1


def test_all_coordinates_nan(read_text_as, pdb, tmp_path):
    lines = pdb.peptide("GAV").splitlines(keepends=True)
    text = "".join(line[:30] + "     nan" * 3 + line[54:] for line in lines)
    with pytest.raises(CoordinateError) as caught:
        read_text_as(text, name="empty_space.pdb")
    assert_one_sentence(caught.value, str(tmp_path / "empty_space.pdb"))


@pytest.mark.parametrize(
    "value", ["nan", "?", ".", "inf", "-nan", "1e400", "1e30", "-1e5"]
)
def test_mmcif_coordinate_that_is_no_number_or_beyond_any_cell(
    read_text_as, cif_text, value
):
    rows = [
        ROW | {"label_atom_id": name, "Cartn_x": x}
        for name, x in (("N", 1.0), ("CA", value), ("C", "99999.0"))
    ]
    entry = read_text_as(cif_text(rows))
    assert entry.atoms.atom_name.tolist() == ["N", "C"]
    assert note_counts(entry)["non_finite_coordinates"] == 1


# --- what is there, but not what il2struct needs -------------------------------------------------


def test_dna_only(read_text_as, pdb):
    text = "".join(
        pdb.atom(name, base, number, (6.0 * number, i, 0), chain="D")
        for number, base in enumerate(["DA", "DC", "DG", "DT"], start=1)
        for i, name in enumerate(("P", "O5'", "C5'", "C4'", "C3'", "O3'", "C1'"))
    )
    entry = read_text_as(text, name="duplex.pdb")
    assert [(c.kind, c.sequence) for c in entry.chains] == [("nucleic", "ACGT")]
    assert note_counts(entry)["nucleic_residues"] == 4
    with pytest.raises(NoProteinError) as caught:
        name_entry(entry)
    assert_one_sentence(caught.value, "duplex")


def test_waters_only(read_text_as, pdb):
    entry = read_text_as(pdb.atom("O", "HOH", 1, (1, 2, 3), record="HETATM"))
    with pytest.raises(NoProteinError):
        name_entry(entry)


@pytest.mark.entries
def test_nmr_ensemble(real_entry):
    first = real_entry("2NA8.cif")
    assert (first.n_models, first.provenance.model_number) == (21, 1)
    assert first.crystal is None
    assert len(first.atoms) == 759
    assert note_counts(first)["models_ignored"] == 20


@pytest.mark.entries
def test_every_model_is_the_one_asked_for(mirror):
    import gemmi

    path = mirror / "2NA8.cif.gz"
    structure = gemmi.read_structure(str(path))
    for model in (2, 21):
        entry = read_structure(path, options=ReadOptions(model=model))
        theirs = [a.pos.tolist() for c in structure[model - 1] for r in c for a in r]
        assert entry.provenance.model_number == model
        np.testing.assert_array_equal(entry.atoms.coords, theirs)


@pytest.mark.entries
def test_model_that_is_not_there(mirror):
    path = mirror / "2NA8.cif.gz"
    for model in (0, 22, -1):
        with pytest.raises(ParameterError, match="1 to 21") as caught:
            read_structure(path, options=ReadOptions(model=model))
        assert_one_sentence(caught.value, str(path))


# --- size ----------------------------------------------------------------------------------------


def _large(pdb: object, n_chains: int, length: int) -> str:
    """A PDB file whose serials pass 99,999 (hybrid-36, as most programs write)."""
    names = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
    parts = []
    for i in range(n_chains):
        origin = (0.0, 30.0 * (i % 8), 30.0 * (i // 8))
        parts.append(
            pdb.peptide("LSKVE" * (length // 5), chain=names[i], origin=origin)
        )
        parts.append("TER\n")
    lines = "".join(parts).splitlines()
    serials = [
        f"{i:5d}" if i < 100_000 else f"A{i - 100_000:04X}" for i in range(len(lines))
    ]
    return "\n".join(
        line[:6] + serial + line[11:]
        for line, serial in zip(lines, serials, strict=True)
    )


def steps_of(work):
    """Run something; how many functions it called, whatever the clock says."""
    count = 0

    def count_calls(_frame, event, _argument):
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(count_calls)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


def unnamed(lines):
    return [x[:20] + "  " + x[22:] for x in lines]


DIALECTS = {
    "as it is": lambda lines: lines,
    "no chain names": unnamed,
    "no chain names, no TER": lambda x: [y for y in unnamed(x) if y[:3] != "TER"],
    "side chains last": lambda x: sorted(x, key=lambda y: y[12:16] == " CB "),
}


@pytest.mark.parametrize("dialect", [*DIALECTS, "mmCIF"])
def test_twice_the_chains_are_twice_the_work(dialect, pdb, tmp_path):
    steps = []
    for n_chains in (30, 60):
        lines = []
        for number in range(n_chains):
            origin = (0, 40 * (number % 6), 40 * (number // 6))
            name = ascii_letters[number % 52] + "ab"[number // 52]
            lines += pdb.peptide("GAVLKE", chain=name, origin=origin).splitlines()
            lines.append("TER")
        path = tmp_path / f"{n_chains}.pdb"
        path.write_text("\n".join(DIALECTS.get(dialect, list)(lines)))
        if dialect == "mmCIF":
            structure = gemmi.read_structure(str(path))
            structure.setup_entities()
            path = path.with_suffix(".cif")
            structure.make_mmcif_document().write_file(str(path))
        read = partial(read_structure, path)
        assert len(read().chains) == n_chains
        steps.append(steps_of(lambda read=read: name_entry(read())))
    assert steps[1] < 2.3 * steps[0]


@pytest.mark.slow
@pytest.mark.parametrize("file_format", ["pdb", "mmcif"])
def test_a_hundred_thousand_atoms(pdb, tmp_path, file_format):
    text = _large(pdb, n_chains=50, length=400)
    path = tmp_path / "large.pdb"
    path.write_text(text)
    if file_format == "mmcif":
        structure = gemmi.read_structure(str(path))
        structure.setup_entities()
        path = tmp_path / "large.cif"
        structure.make_mmcif_document().write_file(str(path))
    entry = read_structure(path)
    named = name_entry(entry)
    assert len(entry.atoms) == 100_000
    assert [len(chain.residue_index) for chain in entry.chains] == [400] * 50
    assert len(named.complexes) == 1


FIELD = "REMARK 200  PH                             : "
WORDS = "REMARK 280 CRYSTALLIZATION CONDITIONS: "


@pytest.mark.parametrize(
    ("remarks", "ph"),
    [
        ([FIELD + "5.1", WORDS + "PROTEIN IN TRIS PH 8.0"], 5.1),
        ([FIELD + "NULL", WORDS + "0.1 M CITRATE PH 4.0"], 4.0),
        ([WORDS + "CITRATE, PH", "REMARK 280  5.5, VAPOR DIFFUSION"], 5.5),
        ([WORDS + "TRIS PH=8.5, 20 % PEG"], 8.5),
        # The buffer of the protein and that of the drop: nobody says which.
        ([WORDS + "TRIS PH 8.0 AGAINST CITRATE PH 4.0"], math.nan),
        # A range is no pH, nor is a word that ends alike.
        ([WORDS + "PH 5.0 - 6.0"], math.nan),
        ([WORDS + "GRAPH 7.0"], math.nan),
        ([FIELD + "70"], math.nan),
        ([FIELD + "NULL"], math.nan),
        ([], math.nan),
    ],
)
def test_the_field_comes_before_the_words(remarks, ph):
    found = growth_ph_in_pdb(remarks)
    assert found == ph or (math.isnan(found) and math.isnan(ph))


@pytest.mark.parametrize(
    ("text", "ph"),
    [
        ("_exptl_crystal_grow.pH 6.1", 6.1),
        ("_exptl_crystal_grow.pH ?", math.nan),
        ("_cell.length_a 1", math.nan),
        ("loop_\n_exptl_crystal_grow.pH\n7.0\n7.0", 7.0),
        ("loop_\n_exptl_crystal_grow.pH\n7.0\n8.0", math.nan),
    ],
)
def test_crystals_that_differ_have_no_one_ph(text, ph):
    block = gemmi.cif.read_string(f"data_X\n{text}\n").sole_block()
    found = one_ph(block.find_values("_exptl_crystal_grow.pH"))
    assert found == ph or (math.isnan(found) and math.isnan(ph))


@pytest.mark.parametrize(
    ("name", "ph"),
    [("2ERJ.pdb.gz", 5.1), ("2B5I.pdb.gz", 6.1), ("2B5I.cif.gz", 6.1)],
)
def test_ph_of_the_complexes(mirror, name, ph):
    assert read_structure(mirror / name).growth_ph == ph
