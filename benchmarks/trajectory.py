"""
Interfaces frame by frame: il2struct beside MDAnalysis HydrogenBondAnalysis and ProLIF.

    python benchmarks/trajectory.py [MIRROR] [--frames N] [--prolif-frames N]

The trajectory is made here: the proteins of 2B5I with hydrogens (hydride), every atom shaken by
0.1 Å (standard deviation), written to DCD, the format that is read fastest. All read the same
file, and reading counts for all. Each comparison runs in turn, several times; the ratio is of the
shortest processor times per frame.

1. Hydrogen bonds between all six pairs of chains, donor-acceptor 3.0 Å and angle 150°: the same
   donors, hydrogens and acceptors for both; the sets of bonds must be equal in every frame.
2. Contacts, bonds under the default criteria and buried areas of IL-2 against the three receptor
   chains, beside ProLIF's default interactions for the residues within 8 Å of each other.
"""

import argparse
import gzip
import os
import platform
import tempfile
import time
import warnings
from collections.abc import Callable
from dataclasses import replace
from importlib.metadata import version
from itertools import combinations
from pathlib import Path

import numpy as np

warnings.simplefilter("ignore")

import MDAnalysis as mda  # noqa: E402, N813  # its own short name
from MDAnalysis.analysis.hydrogenbonds import HydrogenBondAnalysis  # noqa: E402

from il2struct.interface.interface import interface_parameters  # noqa: E402
from il2struct.trajectory.blocking import STEP_FRAMES  # noqa: E402
from il2struct.trajectory.bonds import bonds_by_frame, near_rows  # noqa: E402
from il2struct.trajectory.measure import (  # noqa: E402
    Measurement,
    TrajectoryParameters,
    plan_measurement,
    sides_to_measure,
)
from il2struct.trajectory.study import TrajectoryStudy, from_universe  # noqa: E402
from il2struct.trajectory.universe import read_block  # noqa: E402

TURNS = 3
SHAKE_A = 0.1
CHAINS = "ABCD"
#: Donor and acceptor, by their numbers in the universe.
Bond = tuple[int, int]


def protein_with_hydrogens(mirror: Path, folder: Path) -> tuple[Path, np.ndarray]:
    """Write 2B5I with hydrogens, and give its covalent bonds."""
    import biotite.structure as struc
    import hydride
    from biotite.structure.io import pdb

    with gzip.open(mirror / "2B5I.pdb.gz", "rt") as file:
        atoms = pdb.PDBFile.read(file).get_structure(
            model=1, extra_fields=["charge"], include_bonds=True
        )
    atoms = atoms[struc.filter_amino_acids(atoms)]
    atoms.charge = hydride.estimate_amino_acid_charges(atoms, ph=7.0)
    atoms, _ = hydride.add_hydrogen(atoms)
    path = folder / "top.pdb"
    file = pdb.PDBFile()
    file.set_structure(atoms)
    file.write(path)
    return path, atoms.bonds.as_array()[:, :2].astype(int)


def shaken(topology: Path, folder: Path, n_frames: int) -> Path:
    universe = mda.Universe(str(topology))
    home = universe.atoms.positions.copy()
    rng = np.random.default_rng(2)
    path = folder / "run.dcd"
    with mda.Writer(str(path), n_atoms=len(home)) as writer:
        for _ in range(n_frames):
            universe.atoms.positions = home + rng.normal(0, SHAKE_A, home.shape)
            writer.write(universe.atoms)
    return path


def seconds(work: Callable[[], object]) -> float:
    times = []
    for _ in range(TURNS):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return min(times)


def planned(
    study: TrajectoryStudy, preset: str, between: str | None = None
) -> Measurement:
    parameters = TrajectoryParameters(
        interface=interface_parameters(preset_name=preset), sc_every=0
    )
    pairs = sides_to_measure(study.named, between)
    return plan_measurement(study.named, study.topology, pairs, parameters)


def read_all(study: TrajectoryStudy, measured: Measurement) -> None:
    for first in range(0, study.n_frames, STEP_FRAMES):
        frames = range(study.n_frames)[first : first + STEP_FRAMES]
        read_block(study.universe, frames, measured.plan.atom_rows)


def our_bonds(study: TrajectoryStudy, measured: Measurement) -> list[set[Bond]]:
    """Donor and acceptor, as atoms of the universe, of every frame."""
    plan = measured.plan
    found: list[set[Bond]] = []
    frames = range(study.n_frames)
    for first in range(0, len(frames), STEP_FRAMES):
        block = read_block(
            study.universe, frames[first : first + STEP_FRAMES], plan.atom_rows
        )
        near = near_rows(plan.bonds, block.coords, plan.pairs)
        bonds = bonds_by_frame(plan.bonds, block.coords, near)
        gives = bonds.bonds.donor_side == 1
        donor = plan.atom_rows[np.where(gives, bonds.row_1, bonds.row_2)]
        acceptor = plan.atom_rows[np.where(gives, bonds.row_2, bonds.row_1)]
        sets: list[set[Bond]] = [set() for _ in block.frame]
        columns = (bonds.frame.tolist(), donor.tolist(), acceptor.tolist())
        for frame, one, two in zip(*columns, strict=True):
            sets[frame].add((one, two))
        found += sets
    return found


def their_bonds(universe: mda.Universe, measured: Measurement) -> list[set[Bond]]:
    plan = measured.plan
    polar = plan.bonds.chemistry.polar
    takes = np.isin(polar.element, ("N", "O")) & ~polar.is_flipped & polar.is_acceptor
    # A planar nitrogen that holds a hydrogen has no free pair.
    holds = plan.bonds.topology.hydrogens[polar.row, 0] >= 0
    takes &= ~(holds & polar.is_trigonal & (polar.element == "N"))
    acceptors = universe.atoms[plan.atom_rows[polar.row[takes]]]
    selection = "index " + " ".join(str(i) for i in acceptors.indices)
    analysis = HydrogenBondAnalysis(
        universe,
        hydrogens_sel="element H and bonded element N O",
        acceptors_sel=selection,
        between=[[f"chainID {a}", f"chainID {b}"] for a, b in combinations(CHAINS, 2)],
        d_a_cutoff=3.0,
        d_h_a_angle_cutoff=150,
        update_selections=False,
    )
    analysis.run()
    found: list[set[Bond]] = [set() for _ in universe.trajectory]
    for frame, donor, _, acceptor, *_ in analysis.results.hbonds:
        found[int(frame)].add((int(donor), int(acceptor)))
    return found


def compare_bonds(topology: Path, run: Path, bonds: np.ndarray) -> None:
    universe = mda.Universe(str(topology), str(run))
    universe.add_TopologyAttr("bonds", [tuple(pair) for pair in bonds.tolist()])
    study = opened(topology, run)
    measured = planned(study, "mdanalysis")
    ours, theirs = our_bonds(study, measured), their_bonds(universe, measured)
    n = len(ours)
    count = sum(len(one) for one in ours) / n
    other = sum(len(one) for one in theirs) / n
    equal = sum(a == b for a, b in zip(ours, theirs, strict=True))
    print(
        f"hydrogen bonds a frame: il2struct {count:.2f}, MDAnalysis {other:.2f}; "
        f"equal sets in {equal} of {n} frames"
    )
    reading = seconds(lambda: read_all(study, measured)) / n
    mine = seconds(lambda: our_bonds(study, measured)) / n
    peer = seconds(lambda: their_bonds(universe, measured)) / n
    print(
        f"  il2struct {1e3 * mine:.3f} ms a frame, MDAnalysis {1e3 * peer:.3f} ms: "
        f"{peer / mine:.1f} times as fast "
        f"(reading alone {1e3 * reading:.3f} ms; without it {(peer - reading) / (mine - reading):.1f})"
    )


def opened(topology: Path, run: Path) -> TrajectoryStudy:
    """The trajectory, with covalent bonds told from the structure before it was shaken."""
    study = from_universe(mda.Universe(str(topology)))
    return replace(study, universe=mda.Universe(str(topology), str(run)))


def compare_prolif(topology: Path, run: Path, bonds: np.ndarray, n_frames: int) -> None:
    import prolif

    universe = mda.Universe(str(topology), str(run))
    universe.add_TopologyAttr("bonds", [tuple(pair) for pair in bonds.tolist()])
    one = universe.select_atoms("chainID A and byres around 8 chainID B C D")
    rest = universe.select_atoms("chainID B C D and byres around 8 chainID A")
    study = opened(topology, run)
    parameters = TrajectoryParameters(interface=interface_parameters(), sc_every=0)
    n_ours = study.n_frames

    def mine() -> None:
        study.interfaces("A/B,C,D", parameters=parameters)

    def peer() -> None:
        fingerprint = prolif.Fingerprint()
        fingerprint.run(
            universe.trajectory[:n_frames], one, rest, progress=False, n_jobs=1
        )

    mine()
    ours = seconds(mine) / n_ours
    start = time.process_time()
    peer()
    theirs = (time.process_time() - start) / n_frames
    print(
        "contacts, bonds and areas of IL-2 against the rest: "
        f"il2struct {1e3 * ours:.2f} ms a frame ({n_ours} frames, set-up included), "
        f"ProLIF {1e3 * theirs:.0f} ms ({n_frames} frames): {theirs / ours:.0f} times as fast"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    default = os.environ.get("IL2STRUCT_MIRROR", "../shared/structures")
    parser.add_argument("mirror", nargs="?", default=default, type=Path)
    parser.add_argument("--frames", type=int, default=2 * STEP_FRAMES)
    parser.add_argument("--prolif-frames", type=int, default=5)
    options = parser.parse_args()
    libraries = ("numpy", "numba", "MDAnalysis", "prolif", "rdkit")
    print(platform.platform(), platform.python_version())
    print(", ".join(f"{name} {version(name)}" for name in libraries))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        topology, bonds = protein_with_hydrogens(options.mirror, folder)
        run = shaken(topology, folder, options.frames)
        print(f"2B5I with hydrogens, {options.frames} frames")
        compare_bonds(topology, run, bonds)
        compare_prolif(topology, run, bonds, options.prolif_frames)


if __name__ == "__main__":
    main()
