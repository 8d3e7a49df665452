import bz2
import gzip
import lzma
import tarfile
from pathlib import Path

import pytest

from il2struct.archive import parse_entry_id, verify
from il2struct.archive.files import FileContent, read_whole
from il2struct.errors import CorruptError, UnavailableError

ID = parse_entry_id("2ERJ")


def identify(path: Path) -> FileContent:
    return read_whole(path, max_bytes=2**32)[0]


@pytest.fixture
def written(tmp_path):
    def write(data: bytes) -> Path:
        path = tmp_path / "file"
        path.write_bytes(data)
        return path

    return write


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "packed"])
def test_both_formats_packed_or_not(written, texts, pack):
    for text, file_format, revision in (
        (texts.mmcif(), "mmcif", "1.3 2023-08-23"),
        (texts.pdb(), "pdb", "3 2024-10-30"),
    ):
        path = written(pack(text))
        content = identify(path)
        assert (content.file_format, content.entry_id, content.revision) == (
            file_format,
            "2ERJ",
            revision,
        )
        assert content.is_gzip == (pack is gzip.compress)
        assert verify(path, ID).revision == revision


@pytest.mark.parametrize(
    ("text", "entry_id"),
    [
        ("data_x\n_entry.id 2erj\n", "2ERJ"),
        ("data_x\n_entry.id 'pdb_00002erj'\n", "2ERJ"),
        ('\ufeffDATA_x\r\n_ENTRY.ID\n"pdb_10001abc"\r\n', "pdb_10001abc"),
        ("# made by hand\n\ndata_AF\n_entry.id AF-P60568-F1\n", "AF-P60568-F1"),
        ("data_x\n_entry.id ?\n", ""),
        ("data_2ERJ\n_cell.entry_id 2ERJ\n", ""),
        ("HEADER    CYTOKINE                                24-OCT-05   2erj", "2ERJ"),
        ("HEADER    CYTOKINE                                24-OCT-05   XXXX", ""),
        ("HEADER    2ERJ", ""),
        ("CRYST1    1.000    1.000    1.000", ""),
        ("\n@<TRIPOS>\nATOM      1  N   ALA A   1", ""),
    ],
)
def test_entry_ids_as_written_inside(written, text, entry_id):
    assert identify(written(text.encode())).entry_id == entry_id


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (b"", "is empty"),
        (b" \n\n", "is empty"),
        (b"12\n\nC 0 0 0\n", "is neither in mmCIF nor in PDB format"),
        (b"<html>Not here</html>", "is a web page"),
        (b"\n<!DOCTYPE html>", "is a web page"),
        ("ATOM      1  N   SER A   6".encode("utf-16"), "is text in UTF-16"),
        ("ATOM      1  N   SER A   6".encode("utf-16-be"), "is text in UTF-16"),
        (b"\x83\xaadataBlocks\x91\x82", "is BinaryCIF"),
        (b"\x83\xa7encoder\xb9", "is BinaryCIF"),
        (b"version https://git-lfs.github.com/spec/v1\n", "is a pointer of Git LFS"),
        (b'{"data_1Z92": {', "is JSON"),
        (b"# made\n@<TRIPOS>MOLECULE\n", "is in MOL2 format"),
        (
            b"Protein in water\n 1971\n    6SER      N    1  -1.893  -2.478  -2.486\n",
            "is in GROMACS' format",
        ),
        (b"\x00\xff" * 50, "is neither in mmCIF nor in PDB format"),
        (gzip.compress(b"", mtime=0), "is empty"),
        (
            gzip.compress(gzip.compress(b"ATOM", mtime=0), mtime=0),
            "is packed by gzip twice",
        ),
        (bz2.compress(b"ATOM"), "is packed by bzip2"),
        (lzma.compress(b"ATOM"), "is packed by xz"),
        (b"PK\x03\x04ATOM", "is a zip archive"),
        (tarfile.TarInfo("a.pdb").tobuf() + b"ATOM  \n", "is a tar archive"),
        (
            gzip.compress(b"data_x\n", mtime=0)[:-9],
            "is truncated, its gzip stream ends early",
        ),
        (b"\x1f\x8b", "is truncated, its gzip stream ends early"),
        (b"\x1f\x8bnonsense", "is not a whole gzip file"),
    ],
)
def test_what_is_no_structure_file(written, text, fault):
    with pytest.raises(CorruptError, match=f"file {fault}"):
        identify(written(text))


def test_a_missing_file_is_not_a_corrupt_one(tmp_path):
    with pytest.raises(UnavailableError, match="cannot be read"):
        identify(tmp_path / "missing.cif")


@pytest.mark.parametrize(
    ("history", "revision"),
    [
        ("", ""),
        ("loop_\n_pdbx_audit_revision_history.ordinal\n", ""),
        (
            "_pdbx_audit_revision_history.ordinal 1\n"
            "_pdbx_audit_revision_history.data_content_type 'Structure model'\n"
            "_pdbx_audit_revision_history.major_revision 1\n"
            "_pdbx_audit_revision_history.minor_revision 0\n"
            "_pdbx_audit_revision_history.revision_date 2026-02-11\n",
            "1.0 2026-02-11",
        ),
        (
            "loop_\n_pdbx_audit_revision_history.data_content_type\n"
            '_pdbx_audit_revision_history.major_revision\n"Structure model" 2\n',
            "2.?",
        ),
        ("_pdbx_audit_revision_history.ordinal 1\n", ""),
    ],
)
def test_revisions_of_mmcif(written, texts, history, revision):
    text = texts.mmcif().decode()
    start = text.index("loop_\n_pdbx_audit_revision_history")
    path = written((text[:start] + history + "#\n_next.category 1\n").encode())
    content, _ = read_whole(path, max_bytes=10**6)
    assert content.revision == revision


@pytest.mark.parametrize(
    ("lines", "revision"),
    [
        ("", ""),
        ("REVDAT   1   01-JAN-71 2ERJ    0\n", "1 1971-01-01"),
        ("REVDAT   1   01-JAN-70 2ERJ    0\n", "1 2070-01-01"),
        (
            "REVDAT  12   09-DEC-99 2ERJ    1\nREVDAT  12 2 09-DEC-99 2ERJ    1\n",
            "12 1999-12-09",
        ),
        ("REVDAT   2   01-XYZ-10 2ERJ    0\n", "2"),
    ],
)
def test_revisions_of_pdb_format(written, texts, lines, revision):
    body = "".join(
        line
        for line in texts.pdb().decode().splitlines(keepends=True)
        if "REVDAT" not in line
    )
    content, _ = read_whole(
        written(body.replace("ATOM ", lines + "ATOM ", 1).encode()), max_bytes=10**6
    )
    assert content.revision == revision


def cut_in_the_middle_of(text: bytes, word: bytes) -> bytes:
    return text[: text.index(word) + len(word) // 2]


@pytest.mark.parametrize(
    ("spoil", "fault"),
    [
        (lambda t: t.mmcif("2B5I"), "is not 2ERJ, the ID written inside is 2B5I"),
        (lambda t: t.mmcif("?"), "is not 2ERJ, the ID written inside is nothing"),
        (lambda t: t.pdb("    "), "is not 2ERJ, the ID written inside is nothing"),
        (lambda t: t.mmcif_gz()[:-1], "is truncated, its gzip stream ends early"),
        (lambda t: t.mmcif_gz()[:-8] + bytes(8), "is not a whole gzip file"),
        (lambda t: cut_in_the_middle_of(t.mmcif(), b"ATOM 2 C CA"), "is truncated, its last line"),
        (lambda t: t.mmcif().split(b"ATOM 2")[0] + b"ATOM 2\n", "cannot be read as mmcif"),
        (lambda t: t.pdb()[:-5], "is truncated, its last line is missing"),
        (lambda t: t.mmcif().split(b"loop_")[0], "holds no atoms"),
        (lambda t: t.pdb().split(b"ATOM")[0] + b"END\n", "holds no atoms"),
        (lambda t: t.pdb().replace(b"1.400   2.500   3.000  1.00 20.00", b""), "cannot be read as pdb"),
    ],
)  # fmt: skip
def test_verification_names_the_fault(written, texts, spoil, fault):
    path = written(spoil(texts))
    with pytest.raises(CorruptError, match=f"{path} {fault}") as caught:
        verify(path, ID)
    assert "\n" not in str(caught.value)


def test_verification_accepts_either_form_of_the_id(written, texts):
    assert verify(written(texts.mmcif("pdb_00002erj")), ID).entry_id == "2ERJ"
    extended = parse_entry_id("pdb_10001abc")
    assert (
        verify(written(texts.mmcif("PDB_10001ABC")), extended).entry_id
        == "pdb_10001abc"
    )


def test_bombs_are_not_unpacked(written):
    path = written(gzip.compress(b"data_x\n" + b"#\n" * 4_000_000))
    assert path.stat().st_size < 20_000
    with pytest.raises(
        CorruptError, match="unpacks to more than the 1000 bytes allowed"
    ):
        verify(path, ID, max_bytes=1000)


@pytest.mark.entries
def test_every_entry_of_the_mirror_says_what_it_is_called(mirror):
    paths = [*mirror.glob("*.cif.gz"), *mirror.glob("*.pdb.gz")]
    assert paths
    wrong = [path.name for path in paths if identify(path).entry_id != path.name[:4]]
    assert wrong == []


@pytest.mark.entries
def test_revisions_agree_with_gemmi(mirror):
    import gemmi

    for path in sorted(mirror.glob("*.cif.gz")):
        block = gemmi.cif.read(str(path)).sole_block()
        tags = (
            "data_content_type",
            "major_revision",
            "minor_revision",
            "revision_date",
        )
        table = block.find("_pdbx_audit_revision_history.", tags)
        rows = [[gemmi.cif.as_string(value) for value in row] for row in table]
        models = [row[1:] for row in rows if row[0] == "Structure model"]
        expected = "{}.{} {}".format(*models[-1]) if models else ""
        assert read_whole(path, max_bytes=10**9)[0].revision == expected, path.name
