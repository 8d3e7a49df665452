"""
Shape complementarity of ten interfaces: il2struct beside the Rust program, one thread each.

    python benchmarks/sc.py [MIRROR]

The mirror is a folder with 2B5I.pdb.gz, 2ERJ.pdb.gz and 1Z92.pdb.gz; without an argument it is
IL2STRUCT_MIRROR or ../shared/structures. Both sides get the same heavy protein atoms as arrays
(``pip install shape-complementarity``; its file readers lose Tyr OH). The Rust program runs with
one Rayon thread, which is faster than its serial mode. Both sides run in turn, warm, and the
best of the turns counts. After the table: first call in a fresh process, two threads, growth
with the area of the interface, and a partner of a million atoms.
"""

import os

os.environ["RAYON_NUM_THREADS"] = "1"  # read by the Rust program when it is loaded

import math
import platform
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

import gemmi
import numpy as np
import shape_complementarity as rust

from il2struct.arrays import FloatArray
from il2struct.complementarity import (
    sc_radii,
    shape_complementarity,
)
from il2struct.kernels.cells import near_mask

TURNS = 5
#: Ours is short: it runs this often in each turn.
RUNS_PER_TURN = 5

#: Entry, chain 1, chain 2; the last pair of the list is the lattice contact D-C' of 2B5I.
PAIRS = [
    *(("2B5I", *pair) for pair in ("AB", "AC", "AD", "BC")),
    *(("2ERJ", *pair) for pair in ("AD", "BD", "CD", "BC")),
    ("1Z92", "A", "B"),
]

FRESH = """
import time
import numpy as np
start = time.perf_counter()
from il2struct.complementarity import shape_complementarity
k = np.arange(-5, 6) * 1.6
plane = np.array([(x, y, 0.0) for x in k for y in k])
radii = np.full(len(plane), 1.8)
shape_complementarity(plane, radii, plane + np.array([0.5, 0.2, 3.8]), radii)
first = time.perf_counter()
shape_complementarity(plane, radii, plane + np.array([0.5, 0.2, 3.8]), radii)
print(first - start - (time.perf_counter() - first))
"""


class Side(NamedTuple):
    coords: FloatArray
    radii: FloatArray
    atom_names: list[str]
    residue_names: list[str]


def side(structure: gemmi.Structure, name: str) -> Side:
    atoms, residues = [], []
    for residue in structure[0][name].get_polymer():
        best: dict[str, gemmi.Atom] = {}
        for atom in residue:
            if atom.is_hydrogen():
                continue
            if atom.name not in best or atom.occ > best[atom.name].occ:
                best[atom.name] = atom
        atoms.extend(best.values())
        residues.extend([residue.name] * len(best))
    names = [atom.name for atom in atoms]
    radii = sc_radii(residues, names, [atom.element.name for atom in atoms]).radii_a
    return Side(np.array([atom.pos.tolist() for atom in atoms]), radii, names, residues)


def read(mirror: Path, entry: str) -> gemmi.Structure:
    structure = gemmi.read_structure(str(mirror / f"{entry}.pdb.gz"))
    structure.setup_entities()
    return structure


def interfaces(mirror: Path) -> dict[str, tuple[Side, Side]]:
    structures = {entry: read(mirror, entry) for entry in ("2B5I", "2ERJ", "1Z92")}
    found = {
        f"{entry} {one}-{two}": (
            side(structures[entry], one),
            side(structures[entry], two),
        )
        for entry, one, two in PAIRS
    }
    # The γc chain touches the α chain moved by x-1/2, y+1/2, z.
    crystal = structures["2B5I"]
    shift = crystal.cell.orthogonalize(gemmi.Fractional(-0.5, 0.5, 0.0))
    alpha = side(crystal, "D")
    moved = alpha._replace(coords=alpha.coords + np.array(shift.tolist()))
    found["lattice C-D'"] = (side(crystal, "C"), moved)
    return found


def best_of(run: Callable[[], object], repeats: int) -> float:
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return min(times)


def compare(pairs: dict[str, tuple[Side, Side]]) -> None:
    print(
        f"{'interface':14}{'atoms':>7}{'Rust, ms':>10}{'ours, ms':>10}{'ratio':>8}",
        end="",
    )
    print(f"{'Sc, Rust':>10}{'Sc, ours':>10}")
    logs = []
    for name, (one, two) in pairs.items():
        theirs = (
            one.coords.tolist(), one.atom_names, one.residue_names,
            two.coords.tolist(), two.atom_names, two.residue_names,
        )  # fmt: skip
        ours = (*one[:2], *two[:2])
        shape_complementarity(*ours)
        slow, fast = math.inf, math.inf
        for _ in range(TURNS):
            slow = min(slow, best_of(lambda a=theirs: rust.compute_sc(*a), 1))
            fast = min(
                fast, best_of(lambda a=ours: shape_complementarity(*a), RUNS_PER_TURN)
            )
        logs.append(math.log(slow / fast))
        atoms = len(one.coords) + len(two.coords)
        print(
            f"{name:14}{atoms:7}{slow * 1e3:10.1f}{fast * 1e3:10.2f}{slow / fast:7.1f}x",
            end="",
        )
        print(
            f"{rust.compute_sc(*theirs).sc:10.4f}{shape_complementarity(*ours).sc:10.4f}"
        )
    print(f"{'geometric mean':41}{math.exp(sum(logs) / len(logs)):7.1f}x")


def first_call() -> None:
    times = [
        float(
            subprocess.run(
                [sys.executable, "-c", FRESH], capture_output=True, check=True
            ).stdout
        )
        for _ in range(3)
    ]
    print(f"first call in a fresh process, imports included: {min(times):.2f} s")


def two_threads(pairs: dict[str, tuple[Side, Side]]) -> None:
    work = [(*one[:2], *two[:2]) for one, two in pairs.values()]

    def all_of_them(n_threads: int) -> None:
        with ThreadPoolExecutor(n_threads) as pool:
            list(pool.map(lambda pair: shape_complementarity(*pair), work))

    one, two = math.inf, math.inf
    for _ in range(TURNS):  # in turn: whatever else runs slows down both
        one = min(one, best_of(lambda: all_of_them(1), 1))
        two = min(two, best_of(lambda: all_of_them(2), 1))
    print(
        f"all ten: {one * 1e3:.0f} ms on one thread, {two * 1e3:.0f} ms on two ({one / two:.2f}x)"
    )


def slabs(width: float) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Two slabs of jittered atoms, 8 Å thick, facing each other."""
    rng = np.random.default_rng(0)
    k = np.arange(0.0, width, 2.2)
    grid = np.array([(x, y, z) for x in k for y in k for z in np.arange(0.0, 8.0, 2.2)])
    first = grid + rng.uniform(-0.5, 0.5, grid.shape)
    second = grid + rng.uniform(-0.5, 0.5, grid.shape) + np.array([0, 0, 10.2])
    radii = np.full(len(grid), 1.8)
    return first, radii, second, radii


def growth() -> None:
    small, large = slabs(30.0), slabs(30.0 * math.sqrt(10.0))
    fast = best_of(lambda: shape_complementarity(*small), TURNS)
    slow = best_of(lambda: shape_complementarity(*large), TURNS)
    areas = [shape_complementarity(*pair).trimmed_area_a2 for pair in (small, large)]
    print(
        f"an interface of {areas[1]:.0f} Å² costs {slow / fast:.1f} times as much as one of "
        f"{areas[0]:.0f} Å² (area {areas[1] / areas[0]:.1f} times, {slow * 1e3:.0f} ms)"
    )


def million(pairs: dict[str, tuple[Side, Side]]) -> None:
    one, two = pairs["2B5I A-B"]
    rng = np.random.default_rng(0)
    far = rng.uniform(-250, 250, (1_000_000, 3)) + two.coords.mean(axis=0)
    far = far[~near_mask(far, np.vstack((one.coords, two.coords)), 15.0)]
    coords, radii = (
        np.vstack((two.coords, far)),
        np.concatenate((two.radii, np.full(len(far), 1.8))),
    )
    small = best_of(lambda: shape_complementarity(*one[:2], *two[:2]), TURNS)
    large = best_of(lambda: shape_complementarity(*one[:2], coords, radii), TURNS)
    search = best_of(lambda: near_mask(coords, one.coords, 8.0), TURNS)
    print(
        f"2B5I A-B with a partner of {len(coords)} atoms: {large * 1e3:.0f} ms instead of "
        f"{small * 1e3:.0f} ms; one neighbour search in it takes {search * 1e3:.0f} ms"
    )


def main() -> None:
    default = os.environ.get("IL2STRUCT_MIRROR", "../shared/structures")
    pairs = interfaces(Path(sys.argv[1] if len(sys.argv) > 1 else default))
    names = ("shape-complementarity", "numpy", "numba")
    versions = ", ".join(f"{name} {version(name)}" for name in names)
    print(
        f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores; {versions}\n"
    )
    compare(pairs)
    print()
    first_call()
    two_threads(pairs)
    growth()
    million(pairs)


if __name__ == "__main__":
    main()
