"""From a packed file to a structure in memory."""

import gzip
import warnings
from functools import partial

import gemmi
from side_by_side import alternate, row_of, tell

from il2struct.structure.read import read_structure

FILES = ("2ERJ.pdb.gz", "2B5I.cif.gz")


def by_biopython(path):
    from Bio.PDB.MMCIFParser import MMCIFParser
    from Bio.PDB.PDBParser import PDBParser

    parser = MMCIFParser(QUIET=True) if ".cif" in path.name else PDBParser(QUIET=True)
    with gzip.open(path, "rt") as file:
        return parser.get_structure("x", file)


def by_biotite(path):
    import biotite.structure.io.pdb as pdb
    import biotite.structure.io.pdbx as pdbx

    with gzip.open(path, "rt") as file, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if ".cif" in path.name:
            return pdbx.get_structure(pdbx.CIFFile.read(file), model=1)
        return pdb.get_structure(pdb.PDBFile.read(file), model=1)


PEERS = {
    "gemmi alone": (
        lambda path: gemmi.read_structure(str(path)),
        "slower here: ours reads with gemmi, then makes columns, conformers, sequences, crystal",
    ),
    "biotite": (by_biotite, "atoms only"),
    "Biopython": (by_biopython, "atoms only"),
}


def rows(mirror):
    for name in FILES:
        for peer, (read, note) in PEERS.items():
            tell(f"parsing {name}: {peer}")
            path = mirror / name
            turns = alternate(partial(read_structure, path), partial(read, path))
            yield row_of("parsing", f"read {name}", peer, turns, note)
