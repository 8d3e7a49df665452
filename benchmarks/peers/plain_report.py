"""
The plain way of doing the work of ``il2struct report``: Biopython + freesasa + MDAnalysis.

What a careful user writes in an afternoon: sequences aligned to the references, contacts within 5 Å
and buried areas of every pair of chains, N-O pairs within 3.5 Å as hydrogen bonds, tables as CSV.
No symmetry, no hydrogens, no flips, no glycans, no numbering; kept short on purpose.
"""

import gzip
import itertools
import sys
import tempfile
import warnings
from pathlib import Path

import freesasa
import MDAnalysis
import pandas as pd
from Bio import SeqIO
from Bio.Align import PairwiseAligner, substitution_matrices
from Bio.PDB import NeighborSearch, PDBParser
from Bio.SeqUtils import seq1
from MDAnalysis.lib.distances import capped_distance

REFERENCES = Path(__file__).parents[2] / "src" / "il2struct" / "data" / "family.fasta"


def roles_of(model, references):
    aligner = PairwiseAligner()
    aligner.mode = "local"
    aligner.substitution_matrix = substitution_matrices.load("BLOSUM62")
    aligner.open_gap_score, aligner.extend_gap_score = -11, -1
    rows = []
    for chain in model:
        sequence = "".join(seq1(r.resname) for r in chain if r.id[0] == " ")
        if len(sequence) < 30:
            continue
        best = max(references, key=lambda ref: aligner.score(sequence, ref["sequence"]))
        alignment = aligner.align(sequence, best["sequence"])[0]
        rows.append({"chain": chain.id, "role": best["role"], "score": alignment.score})
    return rows


def sasa(atoms):
    classifier = freesasa.Classifier.getStandardClassifier("protor")
    coords = [x for atom in atoms for x in atom.coord.tolist()]
    radii = [classifier.radius(a.parent.resname, a.id) for a in atoms]
    parameters = freesasa.Parameters(
        {"algorithm": freesasa.LeeRichards, "n-slices": 20}
    )
    return freesasa.calcCoord(coords, radii, parameters).totalArea()


def contacts(atoms_1, atoms_2):
    search = NeighborSearch(atoms_1)
    return [(near, atom) for atom in atoms_2 for near in search.search(atom.coord, 5.0)]


def polar_pairs(universe, chain_1, chain_2):
    polar = "protein and (name N* or name O*)"
    first = universe.select_atoms(f"segid {chain_1} and {polar}")
    second = universe.select_atoms(f"segid {chain_2} and {polar}")
    pairs, distances = capped_distance(first.positions, second.positions, 3.5)
    return [
        {
            "residue_1": first[i].resid,
            "atom_1": first[i].name,
            "residue_2": second[j].resid,
            "atom_2": second[j].name,
            "distance_a": d,
        }
        for (i, j), d in zip(pairs, distances, strict=True)
    ]


def main(path, folder):
    warnings.simplefilter("ignore")
    with tempfile.NamedTemporaryFile("w", suffix=".pdb") as plain:
        plain.write(gzip.decompress(Path(path).read_bytes()).decode())
        plain.flush()
        model = PDBParser(QUIET=True).get_structure("entry", plain.name)[0]
        universe = MDAnalysis.Universe(plain.name)
    references = [
        {"role": record.description.split()[1], "sequence": str(record.seq)}
        for record in SeqIO.parse(REFERENCES, "fasta")
    ]
    chains = roles_of(model, references)
    freesasa.setVerbosity(freesasa.silent)
    atoms = {
        c["chain"]: [a for r in model[c["chain"]] if r.id[0] == " " for a in r]
        for c in chains
    }
    alone = {name: sasa(of_chain) for name, of_chain in atoms.items()}
    interfaces, residues, bonds = [], [], []
    for one, two in itertools.combinations(atoms, 2):
        touching = contacts(atoms[one], atoms[two])
        if not touching:
            continue
        together = sasa(atoms[one] + atoms[two])
        area = (alone[one] + alone[two] - together) / 2
        interfaces.append({"chain_1": one, "chain_2": two, "area_per_side_a2": area})
        pairs = {(a.parent.id[1], b.parent.id[1]) for a, b in touching}
        residues += [
            {"chain_1": one, "chain_2": two, "pair": pair} for pair in sorted(pairs)
        ]
        bonds += polar_pairs(universe, one, two)
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    tables = (
        ("chains", chains),
        ("interfaces", interfaces),
        ("contacts", residues),
        ("bonds", bonds),
    )
    for name, rows in tables:
        pd.DataFrame(rows).to_csv(folder / f"{name}.csv", index=False)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
