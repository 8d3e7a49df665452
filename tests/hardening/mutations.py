"""Damaged structure files: real entries, trimmed, with what goes wrong on disks and in editors."""

import gzip
import random
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np
from scipy.spatial import cKDTree

from il2struct.arrays import FloatArray

Mutation = Callable[[bytes, random.Random], bytes]

#: Entries that are damaged: both formats, one to eight chains, roles and none, polar, centred and
#: screw groups, NMR, glycans, nucleic acids. A file named twice is damaged twice as often.
SEEDS: Final = (
    "1ROP.pdb",
    "1ZEH.pdb",
    "1M47.pdb",
    "1MYL.pdb",
    "3INK.pdb",
    "1Z92.pdb",
    "1Z92.pdb",
    "2ERJ.pdb",
    "2B5I.pdb",
    "1A7G.cif",
    "1XDA.cif",
    "2OOB.cif",
    "2NA8.cif",
    "2B5I.cif",
    "2B5I.cif",
    "3HAX.cif",
)
#: Coordinate rows kept of each, where chains touch, so that one file takes some 30 ms.
ROWS_KEPT: Final = 800
#: Numbers that readers, arithmetic and array sizes trip over.
BAD_NUMBERS: Final = (
    b"nan", b"inf", b"-inf", b"1e308", b"-1e308", b"1e-320", b"1e39", b"99999999", b"-9999.99",
    b"0", b"-0.0", b"-1", b"2147483648", b"-2147483649", b"9223372036854775808", b"*******", b"?",
    b".", b"", b"0x10", b"1,5", b"1.2.3", b"--5", b"1_0", b"1e", b"1.5(3)", b"1d3", b"1e5",
)  # fmt: skip
#: Names that break paths, scripts, markup, columns and quoting.
BAD_NAMES: Final = (
    b"'", b'"', b'";', b"<b>", b"|", b"../", b" ", b"", b"#", b"_", b"$x", b"data_", b"loop_", b"?",
    b".", b"\xc3\xa9", b"\xff\xfe", b"\x00", b"\x1b[31m", b"=1+1", b"A,B", b"A/B", b"\t", b"\xe2\x80\xae",
    b"AVERYLONGCHAINNAMETHATNOBODYEXPECTED" * 8,
)  # fmt: skip
#: Space groups: wrong, unknown, of another system, in an odd spelling.
GROUPS: Final = (
    b"P 61 2 2", b"F d -3 m", b"P 1", b"P -1", b"X 1", b"I 41 3 2", b"P21", b"R 3", b"H 3 2", b"", b"P 2 3 4 5",
    b"\xff", b"C 1 2 1",
)  # fmt: skip
_ATOM: Final = (b"ATOM", b"HETATM")


def trimmed(text: bytes, rows_kept: int = ROWS_KEPT) -> bytes:
    """Cut an entry down to residues near other chains, and drop remarks on methods."""
    lines = text.split(b"\n")
    atoms = [i for i, line in enumerate(lines) if line.startswith(_ATOM)]
    chain, residue, coords = _columns(lines, atoms)
    reach = cKDTree(coords).query_ball_point(coords, 5.0)
    near = [
        k for k, mates in enumerate(reach) if any(chain[m] != chain[k] for m in mates)
    ]
    # One chain alone keeps its beginning; a chain without any row would be a truncated file.
    chosen = [residue[k] for k in near] + residue
    firsts = [residue[chain.index(name)] for name in dict.fromkeys(chain)]
    left, size = rows_kept, Counter(residue)
    kept = set(firsts)
    for name in dict.fromkeys(chosen):
        if left <= 0:
            break
        kept.add(name)
        left -= size[name]
    dropped = {i for i, name in zip(atoms, residue, strict=True) if name not in kept}
    wordy = re.compile(rb"(REMARK +(?!290|350|465)|REVDAT|JRNL|AUTHOR|ANISOU|CONECT)")
    slim = (
        line
        for i, line in enumerate(lines)
        if i not in dropped and not wordy.match(line)
    )
    return b"\n".join(slim)


def _columns(
    lines: list[bytes], atoms: list[int]
) -> tuple[list[bytes], list[bytes], FloatArray]:
    """Chain, residue and coordinates of every coordinate row."""
    if lines[0].startswith(b"data_"):
        tags = [line.strip() for line in lines if line.startswith(b"_atom_site.")]
        names = (b"label_asym_id", b"auth_seq_id", b"Cartn_x")
        chain_at, number_at, x_at = (
            tags.index(b"_atom_site." + name) for name in names
        )
        words = [lines[i].split() for i in atoms]
        coords = np.array([row[x_at : x_at + 3] for row in words], dtype=float)
        chain = [row[chain_at] for row in words]
        residue = [row[chain_at] + b" " + row[number_at] for row in words]
        return chain, residue, coords
    rows = [lines[i] for i in atoms]
    coords = np.array([[r[30:38], r[38:46], r[46:54]] for r in rows], dtype=float)
    return [r[21:22] for r in rows], [r[17:27] for r in rows], coords


def seed_texts(mirror: Path) -> dict[str, bytes]:
    """Read and trim every seed entry."""
    return {
        name: trimmed(gzip.decompress((mirror / f"{name}.gz").read_bytes()))
        for name in dict.fromkeys(SEEDS)
    }


def _line(lines: list[bytes], rng: random.Random) -> int:
    """Choose a line: as often one of the head as one of the coordinates."""
    first = next((i for i, x in enumerate(lines) if x.startswith(_ATOM)), len(lines))
    if first and rng.random() < 0.5:
        return rng.randrange(first)
    return rng.randrange(len(lines))


def _with_lines(
    change: Callable[[list[bytes], random.Random], list[bytes] | None],
) -> Mutation:
    def mutate(text: bytes, rng: random.Random) -> bytes:
        lines = text.split(b"\n")
        changed = change(lines, rng)
        return b"\n".join(lines if changed is None else changed)

    mutate.__name__ = change.__name__
    return mutate


def flip_bytes(text: bytes, rng: random.Random) -> bytes:
    """Turn some bytes into any others."""
    damaged = bytearray(text)
    for _ in range(rng.choice((1, 3, 10, 100))):
        if damaged:
            damaged[rng.randrange(len(damaged))] = rng.randrange(256)
    return bytes(damaged)


def truncate(text: bytes, rng: random.Random) -> bytes:
    """End early."""
    return text[: rng.randrange(len(text) + 1)]


def lose_head(text: bytes, rng: random.Random) -> bytes:
    """Begin late."""
    return text[rng.randrange(len(text) + 1) :]


@_with_lines
def cut_lines(lines: list[bytes], rng: random.Random) -> None:
    """Lose a run of lines."""
    at = _line(lines, rng)
    del lines[at : at + rng.choice((1, 2, 20, 300))]


@_with_lines
def repeat_lines(lines: list[bytes], rng: random.Random) -> None:
    """Write a run of lines twice, atoms among them."""
    at = _line(lines, rng)
    run = lines[at : at + rng.choice((1, 5, 50, 400))]
    place = at if rng.random() < 0.7 else _line(lines, rng)
    lines[place:place] = run


@_with_lines
def swap_lines(lines: list[bytes], rng: random.Random) -> None:
    """Exchange pairs of lines."""
    for _ in range(rng.choice((1, 5, 50))):
        a, b = _line(lines, rng), _line(lines, rng)
        lines[a], lines[b] = lines[b], lines[a]


@_with_lines
def shift_columns(lines: list[bytes], rng: random.Random) -> None:
    """Insert or delete a blank in some lines."""
    for _ in range(rng.choice((1, 10, 300))):
        at = _line(lines, rng)
        line = lines[at]
        place = rng.randrange(len(line) + 1)
        lines[at] = (
            line[:place] + b" " + line[place:]
            if rng.random() < 0.5
            else line[:place] + line[place + 1 :]
        )


@_with_lines
def lose_category(lines: list[bytes], rng: random.Random) -> list[bytes]:
    """Drop every line of one record, category or item."""
    word = lines[_line(lines, rng)].split(b" ")[0]
    if rng.random() < 0.5:
        word = word.split(b".")[0]
    return [line for line in lines if not (word and line.startswith(word))]


def bad_number(text: bytes, rng: random.Random) -> bytes:
    """Put a number that cannot be in place of one or some that stand there."""
    places = list(re.finditer(rb"(?<![\w.])-?\d+(?:\.\d+)?(?![\w.])", text))
    if not places:
        return text
    rows_from = text.find(b"ATOM")
    first = next((k for k, m in enumerate(places) if m.start() > rows_from), 0)
    for _ in range(rng.choice((1, 1, 4, 40))):
        in_head = first and rng.random() < 0.3
        match = places[rng.randrange(first if in_head else len(places))]
        width = match.end() - match.start()
        value = rng.choice(BAD_NUMBERS)
        # As wide as it was, so that the columns of a PDB file stay where they are.
        value = value.rjust(width)[:width] if rng.random() < 0.7 else value
        text = text[: match.start()] + value + text[match.end() :]
        if len(value) != width:
            break
    return text


def bad_name(text: bytes, rng: random.Random) -> bytes:
    """Give a chain, residue or atom a name that nobody expects, in one row or in all."""
    lines = text.split(b"\n")
    rows = [i for i, line in enumerate(lines) if line.startswith(_ATOM)]
    if not rows:
        return text
    name, at = rng.choice(BAD_NAMES), rng.choice(rows)
    if text.lstrip()[:5].lower() == b"data_":
        words = lines[at].split()
        old = rng.choice(words[1:]) if len(words) > 1 else b"ATOM"
        word = re.compile(rb"(?<=\s)" + re.escape(old) + rb"(?=\s)")
        some = rows if rng.random() < 0.5 else [at]
        for i in some:
            lines[i] = word.sub(lambda _: name, lines[i])
        return b"\n".join(lines)
    start, stop = rng.choice(
        ((20, 22), (21, 22), (12, 16), (17, 20), (22, 27), (16, 17), (76, 78))
    )
    name = name.ljust(stop - start)[: stop - start]
    chain = lines[at][21:22]
    some = [i for i in rows if lines[i][21:22] == chain] if rng.random() < 0.5 else [at]
    for i in some:
        lines[i] = lines[i][:start] + name + lines[i][stop:]
    return b"\n".join(lines)


def one_chain(text: bytes, rng: random.Random) -> bytes:
    """Call every chain by the same letter (PDB format), or every residue by one number."""
    lines = text.split(b"\n")
    column, value = rng.choice(((21, b"A"), (21, b" "), (25, b"1"), (26, b"Z")))
    return b"\n".join(
        line[:column] + value + line[column + 1 :] if line.startswith(_ATOM) else line
        for line in lines
    )


def coincide(text: bytes, rng: random.Random) -> bytes:
    """Write the coordinates of one atom, or a plane of them, to many."""
    lines = text.split(b"\n")
    rows = [i for i, line in enumerate(lines) if line.startswith(_ATOM)]
    if not rows:
        return text
    source = lines[rng.choice(rows)]
    start, stop = rng.choice(((30, 54), (30, 38), (30, 46)))
    if text.lstrip()[:5].lower() == b"data_":
        found = re.search(rb"(-?\d+\.\d{3} +-?\d+\.\d{3}) ", source)
        start, stop = found.span(1) if found else (0, 0)
    for i in rng.sample(rows, rng.randrange(1, len(rows) + 1)):
        lines[i] = lines[i][:start] + source[start:stop] + lines[i][stop:]
    return b"\n".join(lines)


def bad_cell(text: bytes, rng: random.Random) -> bytes:
    """Give the crystal a cell or a group that cannot be."""
    edge = rng.choice(
        (b"0.000", b"1.000", b"2.5", b"1e6", b"-50.0", b"nan", b"99999.9", b"12.0")
    )
    angle = rng.choice(
        (b"90.00", b"0.00", b"180.0", b"1.0", b"120.0", b"-90.0", b"nan", b"360.0")
    )
    group = rng.choice(GROUPS)
    what = rng.randrange(3)
    if text.lstrip()[:5].lower() == b"data_":
        tag, value = (
            (rb"_cell\.length_[abc]", edge),
            (rb"_cell\.angle_(?:alpha|beta|gamma)", angle),
            (rb"_symmetry\.space_group_name_H-M", b"'" + group + b"'"),
        )[what]
        return re.sub(
            rb"(" + tag + rb" +)[^\n]*", lambda m: m[1] + value, text, count=what + 1
        )
    fields = (
        [edge.rjust(9)] + [b"   40.000"] * 2,
        [angle.rjust(7)] + [b"  90.00"] * 2,
    )
    rng.shuffle(fields[rng.randrange(2)])
    record = b"CRYST1" + b"".join(fields[0] + fields[1]) + b" " + group.ljust(11)
    return re.sub(rb"CRYST1[^\n]*", lambda _: record, text)


def lying_sequence(text: bytes, rng: random.Random) -> bytes:
    """Let the declared sequence name residues that are not there."""
    letters = [b"ALA", b"UNK", b"XXX", b"DA", b"HOH", b"MSE", b"???", b"W", b"NAG"]
    if text.lstrip()[:5].lower() == b"data_":
        rows = list(re.finditer(rb"(?m)^(\d+ \d+ )([A-Z]{3})( +n)", text))
    else:
        rows = list(re.finditer(rb"(?m)^(SEQRES[^\n]{13} *)([A-Z]{3})( [^\n]*)$", text))
    for match in rng.sample(rows, min(len(rows), rng.choice((1, 5, 200)))):
        name = rng.choice(letters).ljust(3)
        text = text[: match.start(2)] + name + text[match.end(2) :]
    return text


@_with_lines
def scatter_models(lines: list[bytes], rng: random.Random) -> None:
    """Write model records where none belong, one or very many."""
    count = rng.choice((1, 2, 50, 100_000))
    records = [
        b"MODEL     %4d" % rng.choice((k + 1, 1, 0, -1)) for k in range(min(count, 50))
    ]
    if count > 50:
        records = [b"MODEL     %4d\nENDMDL" % (k % 10000) for k in range(count)]
    at = _line(lines, rng)
    lines[at:at] = [*records, b"ENDMDL"] if rng.random() < 0.5 else records


def encode(text: bytes, rng: random.Random) -> bytes:
    """Store the text in another encoding or with other line ends."""
    as_text = text.decode("latin-1")
    kind = rng.randrange(7)
    if kind < 3:
        return as_text.encode(("utf-16", "utf-32", "utf-8-sig")[kind], "replace")
    old, new = (
        (b"\n", b"\r\n"),
        (b"\n", b"\r"),
        (b" ", b"\xc2\xa0"),
        (b"\n", b"\n\x00"),
    )[kind - 3]
    return text.replace(old, new)


def pack(text: bytes, rng: random.Random) -> bytes:
    """Pack with gzip, whole, cut short, damaged, doubled, or with a tail that is none."""
    packed = gzip.compress(text, compresslevel=1)
    kind = rng.randrange(5)
    if kind == 0:
        return packed[: rng.randrange(len(packed))]
    if kind == 1:
        return flip_bytes(packed, rng)
    return packed + (b"", packed, b"tail")[kind - 2]


@_with_lines
def open_quotes(lines: list[bytes], rng: random.Random) -> None:
    """Begin quoted values and text fields that never end."""
    at = _line(lines, rng)
    mark = rng.choice((b"'", b'"', b";", b"#", b"loop_\n", b"data_x\n", b"save_\n"))
    lines[at] = mark + lines[at]


def swap_formats(text: bytes, rng: random.Random) -> bytes:
    """Put a head of the other format in front, or one entry behind another."""
    heads = (b"data_x\n", b"HEADER    CYTOKINE\n", b"#\n", b"\n\n\n", b"loop_\n", text)
    return rng.choice(heads) + text


MUTATIONS: Final[tuple[Mutation, ...]] = (
    flip_bytes, truncate, lose_head, cut_lines, repeat_lines, swap_lines, shift_columns,
    lose_category, bad_number, bad_number, bad_number, bad_name, bad_name, one_chain, coincide,
    bad_cell, bad_cell, lying_sequence, scatter_models, encode, open_quotes, swap_formats,
)  # fmt: skip


def mutated(
    texts: dict[str, bytes], seed: int, number: int
) -> tuple[str, bytes, list[str]]:
    """Return name, content and damages of the file of this number; the same for the same seed."""
    rng = random.Random(f"{seed}-{number}")
    name = rng.choice(SEEDS)
    text, done = texts[name], []
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        change = rng.choice(MUTATIONS)
        text = change(text, rng)
        done.append(change.__name__)
    if rng.random() < 0.08:
        text = pack(text, rng)
        done.append("pack")
    return name, text, done
