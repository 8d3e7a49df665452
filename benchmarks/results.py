"""
Every comparison with other programs, in one table.

    python benchmarks/results.py [MIRROR] [-o RESULTS.md] [--only areas,sc,...]

Both programs of a row do the same work in turn, in one run: medians of the turns, and the ratio
of each pair of turns with its range. A ratio below 1 means that we are slower.
"""

import argparse
import importlib
import sys
from pathlib import Path

from comparisons.growth import Growth
from side_by_side import machine, mirror_of

TOPICS = (
    "areas",
    "sc",
    "bonds",
    "contacts",
    "parsing",
    "trajectories",
    "whole",
    "many",
    "growth",
)
PACKAGES = (
    "il2struct", "numpy", "numba", "gemmi", "freesasa", "biotite", "biopython", "MDAnalysis",
    "shape-complementarity", "arpeggia", "hydride", "prolif", "rdkit",
)  # fmt: skip

#: Goals by the beginnings of work and other program: the ratio (None: as told), its words, and what
#: profiles of December 2026 say holds us back (cProfile, and counters of the kernels).
GOALS = {
    ("Sc, 13 interfaces", "shape-complementarity"): (
        100.0, "100",
        "flat: surface 45 %, nearest dots 19, trimming 11, concave patches 10, placement 8, Python 8",
    ),
    ("file to Sc", "arpeggia"): (
        10.0, "10",
        "areas 28 % (20 of chains alone), Sc 24, reading 17, bonds 16, roles and complexes 8",
    ),
    ("read 2ERJ.pdb.gz", "gemmi alone"): (
        0.4, "0.4",
        "ordering residues 20 %, raw residues 8, unpacking 6, lines 6, glycans 5; unpacking, gemmi's parsing and the "
        "search for control characters alone take 1.6 times gemmi's time",
    ),
    ("cold start to finished report", "plain"): (
        3.0, "3",
        "imports 54 % (numba, scipy, pandas), interfaces 15, published variants 13, agonists 5",
    ),
    ("50 copies of 2ERJ", "il2struct"): (
        None, "20 entries/s",
        "areas 27 %, Sc 24, bonds 14, tables 9, reading 9, roles and complexes 8",
    ),
}  # fmt: skip


def row_line(row):
    ratio, goal, why = next(
        (
            found
            for (work, peer), found in GOALS.items()
            if row.work.startswith(work) and row.peer.startswith(peer)
        ),
        (0.0, "", ""),
    )
    if ratio is not None and row.ratio >= ratio:
        why = ""
    return (
        f"| {row.topic} | {row.work} | {row.peer} | {row.ours_ms:.4g} | {row.peer_ms:.4g} | "
        f"{row.ratio:.3g} | {row.ratio_minimum:.3g} to {row.ratio_maximum:.3g} | {row.turns} | {row.note} | "
        f"{goal} | {why} |"
    )


def growth_line(growth):
    sizes = ", ".join(str(size) for size in growth.sizes)
    times = ", ".join(f"{time:.0f}" for time in growth.times_ms)
    return f"| {growth.work} | {sizes} | {times} | {growth.exponent:.2f} |"


def page(rows, growths):
    yield "# Results"
    yield ""
    yield "Written by `python benchmarks/results.py`; do not edit."
    yield ""
    yield machine(PACKAGES) + "."
    yield ""
    yield (
        "Times are medians in ms; the ratio is the other program's time over ours, turn by turn. "
        "Below 1 we are slower."
    )
    yield ""
    yield "| topic | work | other program | ours, ms | other, ms | ratio | range | turns | note | goal | what holds us back, % of our time |"
    yield "|---|---|---|---|---|---|---|---|---|---|---|"
    yield from map(row_line, rows)
    yield ""
    yield "## Growth"
    yield ""
    yield "Time against size, and the exponent of a power law through the points (1 is linear)."
    yield ""
    yield "| work | sizes | times, ms | exponent |"
    yield "|---|---|---|---|"
    yield from map(growth_line, growths)
    yield ""


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("mirror", nargs="?")
    parser.add_argument("-o", "--output", type=Path)
    parser.add_argument("--only", default=",".join(TOPICS))
    given = parser.parse_args()
    mirror = mirror_of([given.mirror] if given.mirror else [])
    rows, growths = [], []
    for topic in given.only.split(","):
        module = importlib.import_module(f"comparisons.{topic}")
        for found in module.rows(mirror):
            (growths if isinstance(found, Growth) else rows).append(found)
    text = "\n".join(page(rows, growths))
    if given.output:
        given.output.write_text(text, encoding="utf-8")
    sys.stdout.write(text)


if __name__ == "__main__":
    main()
