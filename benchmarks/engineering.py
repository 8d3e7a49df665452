"""
Comparison, overlap, variants and predictions: time, and ratio to DockQ where it is installed.

    python benchmarks/engineering.py [MIRROR]

DockQ and il2struct read 2B5I and the first complex of 2ERJ as files and compare all four interfaces,
in turn in one run. DockQ 2.1 wants an older numpy, so it lives in an environment of its own, whose
Python the variable DOCKQ_PYTHON names. The other works have no peer; goals stand beside them.
"""

import os
import subprocess
import sys
import tempfile
import time
from itertools import combinations
from pathlib import Path

import gemmi
import numpy as np
from side_by_side import TURNS, milliseconds, mirror_of, row_of

import il2struct
from il2struct.comparison.complexes import named_complexes, similarities
from il2struct.predicted import Confidence, predicted_table

#: Ten entries with IL-2 or its receptors.
OVERLAP = [
    "2B5I",
    "2ERJ",
    "1Z92",
    "5LQB",
    "3NFP",
    "9HIH",
    "3QB7",
    "2Z3R",
    "1IAR",
    "1PY2",
]
COMPLEXES = ("2B5I", "2ERJ", "1Z92")
N_MUTATIONS = 100


def written(folder, mirror):
    """Write the two complexes alone, proteins only, as both programs read them best."""
    paths = []
    for name, chains in (("2B5I", "ABCD"), ("2ERJ", "ABCD")):
        source = next(mirror.glob(f"{name}.*"))
        structure = gemmi.read_structure(str(source))
        structure.setup_entities()
        structure.remove_ligands_and_waters()
        for chain in [c.name for c in structure[0] if c.name not in chains]:
            structure[0].remove_chain(chain)
        structure.remove_empty_chains()
        paths.append(folder / f"{name}.pdb")
        structure.write_pdb(str(paths[-1]))
    return paths


#: What the other Python does: a comparison for each line that it reads, and its time in ms.
PEER = """
import sys, time
from DockQ.DockQ import load_PDB, run_on_all_native_interfaces
for _ in sys.stdin:
    start = time.perf_counter()
    native, model = (load_PDB(path) for path in sys.argv[1:])
    run_on_all_native_interfaces(model, native, chain_map=dict(zip("ABCD", "DBCA")))
    print(1000 * (time.perf_counter() - start), flush=True)
"""


def against_dockq(paths):
    """Compare with the published program, reading included; None where it is not installed."""
    python = os.environ.get("DOCKQ_PYTHON")
    if not python:
        return None

    def ours():
        entries = [il2struct.load(path).named for path in paths]
        (native,), (model,) = named_complexes(entries)
        images = [member.image for member in native.complex_.members]
        pairs = [((one,), (two,)) for one, two in combinations(images, 2)]
        return similarities(native, model, pairs)

    with subprocess.Popen(
        [python, "-c", PEER, *map(str, paths)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as peer:

        def theirs():
            peer.stdin.write("\n")
            peer.stdin.flush()
            return float(peer.stdout.readline())

        ours(), theirs()
        turns = [(milliseconds(ours), theirs()) for _ in range(TURNS)]
        peer.stdin.close()
    return row_of("compare", "2B5I and 2ERJ", "DockQ", turns)


def mutations():
    """A hundred mutations of IL-2 to alanine, the first residues of the mature protein."""
    sequence = il2struct.load("2B5I").chains.set_index("role").loc["IL2"]
    numbering = il2struct.load("2B5I").numbering
    own = numbering[numbering["auth_asym_id"] == sequence["auth_asym_id"]]
    letters = own.dropna(subset=["mature_number"])
    return [
        f"IL2:{row.reference_letter}{row.mature_number}A"
        for row in letters.itertuples()
        if row.reference_letter not in {"A", ""}
    ][:N_MUTATIONS]


def prediction_of(path):
    """A model with made-up errors of the right size."""
    study = il2struct.load(path)
    n = sum(len(chain.residue_index) for chain in study.entry.chains)
    pae = np.random.default_rng(0).uniform(1.0, 20.0, (n, n))
    confidence = Confidence(program="made", pae_a=pae, pair_iptm={})

    def score():
        results = il2struct.load(path).interfaces(
            parameters=il2struct.interface_parameters(sc="value")
        )
        return predicted_table(results, confidence, model=path.name)

    return n, score


def processor_seconds(work):
    """Processor time of one call, which other programs on the machine do not lengthen."""
    start = time.process_time()
    work()
    return time.process_time() - start


def main():
    """Print the ratio to DockQ, and processor times beside their goals."""
    mirror = mirror_of(sys.argv[1:])
    with tempfile.TemporaryDirectory() as folder:
        paths = written(Path(folder), mirror)
        row = against_dockq(paths)
        if row is None:
            print("DOCKQ_PYTHON names no Python with DockQ: no ratio")
        else:
            print(
                f"DockQ of four interfaces, both files read: {row.ours_ms:.0f} ms, DockQ {row.peer_ms:.0f} ms, "
                f"ratio {row.ratio:.2f} ({row.ratio_minimum:.2f} to {row.ratio_maximum:.2f})"
            )
        n, score = prediction_of(paths[0])
        score()
        taken = processor_seconds(score)
        print(
            f"predicted model of {n} residues, with Sc: {taken:.2f} s (goal 0.3 for 500)"
        )
    studies = il2struct.studies(OVERLAP, mirrors=mirror)
    studies.overlap()
    taken = processor_seconds(studies.overlap)
    print(f"overlap of {len(studies)} entries: {taken:.1f} s (goal 5)")
    few = il2struct.studies(COMPLEXES, mirrors=mirror)
    asked = mutations()
    taken = processor_seconds(lambda: few.variants(asked))
    print(f"{len(asked)} mutations on {len(few)} entries: {taken:.1f} s (goal 5)")


if __name__ == "__main__":
    main()
