"""
How long a chain takes to be aligned to all shipped references, after the first one.

    python benchmarks/roles.py [FOLDER]

Chains are those of the structure files in FOLDER (the mirror of the tests by default), each distinct
sequence once, and the references themselves as whole precursors. Processor time; the goal is 10 ms
on average.
"""

import os
import sys
import time
from pathlib import Path
from statistics import fmean, median

from il2struct.structure.alignment import best_alignment
from il2struct.structure.family import shipped_family
from il2struct.structure.read import read_structure

GOAL_MS = 10.0
PATTERNS = ("*.cif.gz", "*.pdb.gz", "*.cif", "*.pdb")


def sequences_in(folder: Path) -> list[str]:
    """Return every distinct protein sequence of a folder of structure files."""
    files = sorted(path for pattern in PATTERNS for path in folder.glob(pattern))
    return list(
        dict.fromkeys(
            chain.sequence
            for path in files
            for chain in read_structure(path).protein_chains
        )
    )


def times_ms(sequences: list[str]) -> list[float]:
    """Return how long each sequence takes, in ms."""
    family = shipped_family()
    found = []
    for sequence in sequences:
        start = time.process_time()
        best_alignment(sequence, family)
        found.append(1e3 * (time.process_time() - start))
    return found


def main() -> int:
    """Print a table; exit status 1 if the goal is missed."""
    mirror = os.environ.get("IL2STRUCT_MIRROR", "").split(os.pathsep)[0]
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else mirror)
    references = [reference.sequence for reference in shipped_family().references]
    (first,) = times_ms(references[:1])
    print(f"first chain, with the table of words: {first:.0f} ms")
    means = []
    for name, sequences in (
        ("chains of entries", sequences_in(folder)),
        ("precursors", references),
    ):
        taken = times_ms(sequences)
        means.append(fmean(taken))
        print(
            f"{name}: {len(taken)}, mean {means[-1]:.2f} ms, median {median(taken):.2f} ms, "
            f"longest {max(taken):.1f} ms, against {len(references)} references"
        )
    return int(max(means) > GOAL_MS)


if __name__ == "__main__":
    sys.exit(main())
