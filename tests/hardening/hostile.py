"""An entry whose title, names and file name try to be markup, commands, paths and formulas."""

import gzip
from pathlib import Path

import gemmi
from mutations import trimmed

#: Chains of 2B5I and what they are called instead.
CHAINS = {"A": '"; quit', "B": "=cmd|' /C calc'!A0", "C": "<b>x</b>", "D": "../../x"}
TITLE = (
    "<script>alert(1)</script> \"; quit '); DROP\n"
    "| a | **b** [x](http://y) `c` ]]> --> &lt; \x1b[31mred\x07 \u202etxt"
)
#: Name of the file without its ending; the entry has no id of its own.
STEM = '"; quit <img src=x onerror=alert(1)> =1+1'
#: What must be in no output that a program could take for its own language.
MARKUP = ("<script>alert", "<b>x", "<img src=x", "<I>")
COMMANDS = ('"; quit',)


def write_hostile(mirror: Path, folder: Path, *, is_cut: bool) -> Path:
    """Write 2B5I, or what is near its interfaces, under such names, and return the file."""
    text = gzip.decompress((mirror / "2B5I.cif.gz").read_bytes())
    document = gemmi.cif.read_string(trimmed(text) if is_cut else text)
    block = document.sole_block()
    block.set_pair("_entry.id", "?")
    # A text field keeps the line end; quoting is what the parser undoes.
    block.set_pair("_struct.title", f";{TITLE}\n;")
    for tag in (
        "_atom_site.auth_asym_id",
        "_atom_site_anisotrop.pdbx_auth_asym_id",
        "_pdbx_poly_seq_scheme.pdb_strand_id",
        "_struct_ref_seq.pdbx_strand_id",
    ):
        column = block.find_values(tag)
        for row, value in enumerate(column):
            if value in CHAINS:
                column[row] = gemmi.cif.quote(CHAINS[value])
    descriptions = block.find_values("_entity.pdbx_description")
    for row in range(len(descriptions)):
        descriptions[row] = f";{TITLE}\n;"
    for tag in ("_atom_site.label_comp_id", "_atom_site.auth_comp_id"):
        sugars = block.find_values(tag)
        for row, value in enumerate(sugars):
            if value == "NAG":
                sugars[row] = "'<I>'"
    path = folder / f"{STEM}.cif"
    path.write_text(document.as_string(), encoding="utf-8")
    return path
