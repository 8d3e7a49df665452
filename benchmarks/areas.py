"""
Buried areas of the 24 interfaces of 2ERJ: freesasa on whole chains against the local difference.

What exact areas cost beside slices of the same kernel, and how far turning moves either, follows.

    python benchmarks/areas.py [MIRROR]

The mirror is a folder with 2ERJ.pdb.gz; without an argument it is IL2STRUCT_MIRROR or
../shared/structures. Same atoms and radii: freesasa cuts each of the 8 chains once and each of
the 24 pairs into 20 slices an atom, il2struct computes each pair exactly by `buried_areas`. They run in turn; the ratio is of medians, its range that of single turns.
"""

import itertools
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

import freesasa
import gemmi
import numpy as np
from scipy.spatial.transform import Rotation

from il2struct.arrays import FloatArray
from il2struct.kernels.cells import near_mask
from il2struct.kernels.sasa import WATER_PROBE_RADIUS, accessible_areas, buried_areas

TURNS = 7
#: Slices an atom, freesasa's default.
N_SLICES = 20
CONTACT_CUTOFF_A = 5.0
#: Radii in Å of united atoms, near ProtOr (Tsai et al. 1999); only equality on both sides matters.
RADII_A = {"C": 1.8, "N": 1.64, "O": 1.42, "S": 1.77}


class Group(NamedTuple):
    chain: int
    coords: FloatArray
    radii: FloatArray


def protein_chains(structure: gemmi.Structure) -> list[Group]:
    structure.setup_entities()
    groups = []
    for chain in structure[0]:
        atoms = [
            atom
            for residue in chain.get_polymer()
            for atom in residue
            if not atom.element.is_hydrogen and atom.altloc in ("\0", "A")
        ]
        if atoms:
            coords = np.array([atom.pos.tolist() for atom in atoms])
            radii = np.array([RADII_A[atom.element.name] for atom in atoms])
            groups.append(Group(len(groups), coords, radii))
    return groups


def interfaces(
    structure: gemmi.Structure, chains: list[Group]
) -> list[tuple[Group, Group]]:
    """Pairs of chains in contact: within the cell, then with its translated copies (P 1)."""
    to_cartesian = np.array(structure.cell.orth.mat.tolist())
    pairs = []
    for shift in itertools.product(range(-2, 3), repeat=3):
        if shift < (0, 0, 0):
            continue
        moved = to_cartesian @ np.array(shift)
        for first, second in itertools.product(chains, repeat=2):
            image = second._replace(coords=second.coords + moved)
            is_new = any(shift) or first.chain < second.chain
            if is_new and near_mask(first.coords, image.coords, CONTACT_CUTOFF_A).any():
                pairs.append((first, image))
    return pairs


def atom_areas(coords: FloatArray, radii: FloatArray) -> FloatArray:
    """Accessible areas by freesasa."""
    options = {
        "algorithm": freesasa.LeeRichards,
        "n-slices": N_SLICES,
        "probe-radius": WATER_PROBE_RADIUS,
    }
    # Lists: freesasa reads its arguments item by item.
    result = freesasa.calcCoord(
        coords.ravel().tolist(), radii.tolist(), freesasa.Parameters(options)
    )
    return np.array([result.atomArea(i) for i in range(len(coords))])


def by_whole_chains(
    chains: list[Group], pairs: list[tuple[Group, Group]]
) -> list[tuple[FloatArray, FloatArray]]:
    alone = [atom_areas(group.coords, group.radii) for group in chains]
    lost = []
    for first, second in pairs:
        together = atom_areas(
            np.vstack([first.coords, second.coords]),
            np.concatenate([first.radii, second.radii]),
        )
        n = len(first.coords)
        lost.append(
            (alone[first.chain] - together[:n], alone[second.chain] - together[n:])
        )
    return lost


def by_local_difference(
    pairs: list[tuple[Group, Group]],
) -> list[tuple[FloatArray, FloatArray]]:
    found = [buried_areas(a.coords, a.radii, b.coords, b.radii) for a, b in pairs]
    return [(areas.buried_1_a2, areas.buried_2_a2) for areas in found]


def milliseconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return 1000.0 * (time.perf_counter() - start)


def alternating(
    slow: Callable[[], object], fast: Callable[[], object]
) -> list[tuple[float, float]]:
    fast()  # loads or compiles the kernels
    return [(milliseconds(slow), milliseconds(fast)) for _ in range(TURNS)]


def print_row(name: str, turns: list[tuple[float, float]], difference: float) -> None:
    slow, fast = (statistics.median(column) for column in zip(*turns, strict=True))
    ratios = [first / second for first, second in turns]
    print(
        f"{name:<34}{slow:>13.1f}{fast:>13.2f}{slow / fast:>8.0f}x"
        f"  {min(ratios):.0f}-{max(ratios):.0f}x{difference:>18.1e}"
    )


def main() -> None:
    default = os.environ.get("IL2STRUCT_MIRROR", "../shared/structures")
    mirror = Path(sys.argv[1] if len(sys.argv) > 1 else default)
    structure = gemmi.read_structure(str(mirror / "2ERJ.pdb.gz"))
    chains = protein_chains(structure)
    pairs = interfaces(structure, chains)
    names = ("freesasa", "numba", "numpy")
    versions = ", ".join(f"{name} {version(name)}" for name in names)
    print(
        f"Python {platform.python_version()}, {versions}, {platform.machine()}, 1 thread"
    )
    print(f"2ERJ: {len(chains)} chains, {len(pairs)} interfaces, {TURNS} turns each\n")
    print(
        f"{'':<34}{'freesasa, ms':>13}{'local, ms':>13}{'ratio':>9}  range  max difference, Å²"
    )

    expected, found = by_whole_chains(chains, pairs), by_local_difference(pairs)
    worst = max(
        float(np.abs(one - other).max())
        for sides in zip(expected, found, strict=True)
        for one, other in zip(*sides, strict=True)
    )
    turns = alternating(
        lambda: by_whole_chains(chains, pairs), lambda: by_local_difference(pairs)
    )
    print_row("buried areas of all interfaces", turns, worst)

    def exact(turn=None):
        return [accessible_areas(turned(g, turn), g.radii) for g in chains]

    def by_slices(turn=None):
        return [
            accessible_areas(turned(g, turn), g.radii, n_slices=N_SLICES)
            for g in chains
        ]

    turn = Rotation.random(random_state=0).as_matrix()
    turns = alternating(by_slices, exact)
    print_row("whole chains: slices, exact", turns, largest(by_slices(), exact()))
    for name, areas in (("slices", by_slices), ("exact", exact)):
        change = largest(areas(), areas(turn))
        print(f"one turn changes an atom's area by up to {change:.1e} Å² ({name})")


def turned(group: Group, turn: FloatArray | None) -> FloatArray:
    return group.coords if turn is None else group.coords @ turn.T


def largest(ones: list[FloatArray], others: list[FloatArray]) -> float:
    return max(
        float(np.abs(one - other).max())
        for one, other in zip(ones, others, strict=True)
    )


if __name__ == "__main__":
    main()
