"""Trajectories that the tests make: written by MDAnalysis, nothing downloaded."""

import warnings
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from il2struct.interface.interface import interface_parameters
from il2struct.trajectory.measure import TrajectoryParameters
from il2struct.trajectory.study import TrajectoryResults, open_trajectory

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # what MDAnalysis' own imports warn of is not ours
    import MDAnalysis as mda  # noqa: N813  # its own short name


@pytest.fixture(scope="session")
def protein_pdb(real_text, tmp_path_factory) -> Callable[[str, str], Path]:
    """Protein and sugar records of some chains of an entry, without its cell, as a PDB file."""
    folder = tmp_path_factory.mktemp("proteins")

    def write(name: str, chains: str) -> Path:
        path = folder / f"{name.split('.')[0]}_{chains}.pdb"
        if not path.exists():
            lines = [
                line
                for line in real_text(name).splitlines()
                if line[:6] in ("ATOM  ", "HETATM")
                and line[21] in chains
                and line[17:20] != "HOH"
            ]
            path.write_text("\n".join([*lines, "END"]) + "\n")
        return path

    return write


@pytest.fixture
def peptides(pdb) -> dict[str, str]:
    """Records of two peptides 4.5 Å apart, by chain."""
    return {
        "A": pdb.peptide("GASLG", chain="A"),
        "B": pdb.peptide("GVSLG", chain="B", origin=(0, 0, 4.5)),
    }


@pytest.fixture
def measure() -> Callable[..., TrajectoryResults]:
    """Measure a file or a universe, without Sc unless told otherwise."""

    def measured(
        source, run=(), between=None, *, frames=slice(None), jobs=1, **changes
    ):
        parameters = TrajectoryParameters(
            interface=interface_parameters(), **{"sc_every": 0} | changes
        )
        runs = [run] if isinstance(run, Path) else run
        study = open_trajectory(source, runs) if isinstance(source, Path) else source
        return study.interfaces(
            between, parameters=parameters, frames=frames, jobs=jobs
        )

    return measured


@pytest.fixture
def write_frames(tmp_path) -> Callable[..., Path]:
    """Write positions, (f, n, 3) in Å, as a trajectory; the ending says which kind."""

    def write(
        frames: Sequence[np.ndarray],
        name: str = "run.xtc",
        box: Sequence[float] | None = None,
    ) -> Path:
        path = tmp_path / name
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            universe = mda.Universe.empty(len(frames[0]), trajectory=True)
            universe.dimensions = box
            with mda.Writer(str(path), n_atoms=len(frames[0])) as writer:
                for number, positions in enumerate(frames):
                    universe.atoms.positions = positions
                    universe.trajectory.ts.time = float(number)
                    universe.trajectory.ts.frame = number
                    writer.write(universe.atoms)
        return path

    return write


@pytest.fixture
def positions_of() -> Callable[[Path], np.ndarray]:
    """Positions of all atoms of a PDB file, in its order."""

    def read(path: Path) -> np.ndarray:
        lines = [
            line
            for line in path.read_text().splitlines()
            if line[:6] in ("ATOM  ", "HETATM")
        ]
        return np.array(
            [[float(line[k : k + 8]) for k in (30, 38, 46)] for line in lines]
        )

    return read


@pytest.fixture
def chain_mask() -> Callable[[Path, str], np.ndarray]:
    """Atoms of some chains of a PDB file."""

    def mask(path: Path, chains: str) -> np.ndarray:
        return np.array(
            [
                line[21] in chains
                for line in path.read_text().splitlines()
                if line[:6] in ("ATOM  ", "HETATM")
            ]
        )

    return mask
