"""
Compile kernels ahead of time: ``python -m il2struct.kernels.warmup [JOB …]``.

Machine code is kept on disk, so this is needed once per version, and any environment with the
same versions shares it. Kernels are compiled side by side, in as many processes as there are
cores, the costly ones first.
"""

import argparse
import logging
import math
import multiprocessing
import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from il2struct.errors import ParameterError
from il2struct.kernels import (
    cells,
    clusters,
    complementarity,
    frames,
    pointing,
    positions,
    sasa,
    splat,
    surface,
)
from il2struct.kernels._numba import cache_folder
from il2struct.kernels.surface.patches import DOT_ROWS
from il2struct.progress import Progress, progress_bar

__all__ = ["JOBS", "Warmer", "compile_kernels", "load_kernels", "missing_kernels"]

logger = logging.getLogger(__name__)

#: Cost of a process that begins to compile: imports, and what numba prepares once.
START_COST: Final = 3.0


@dataclass(frozen=True, slots=True)
class Warmer:
    """
    A call that compiles a kernel or a few.

    Attributes
    ----------
    call : callable
        Calls them on a few atoms.
    cost : float
        Processor time beside the others'; in seconds on the machine where it was measured.
    """

    call: Callable[[], None]
    cost: float

    @property
    def name(self) -> str:
        """What is compiled."""
        return self.call.__name__


def atom_pairs() -> None:
    near = np.zeros((1, 3))
    cells.neighbour_pairs(near, near, 1.0)
    cells.neighbour_pairs_within(near, 1.0)
    cells.nearest_distance(near, near, 1.0)


def near_atoms() -> None:
    near = np.zeros((1, 3))
    cells.near_mask(near, near, 1.0)


def areas() -> None:
    sasa.lee_richards_areas(np.zeros((1, 3)), np.array([1.6]))


def buried_areas() -> None:
    first, second = np.zeros((1, 3)), np.array([[0.0, 0.0, 2.0]])
    radius = np.array([1.6])
    sasa.buried_areas(first, radius, second, radius)


def molecular_surfaces() -> None:
    first, radius = np.zeros((1, 3)), np.array([1.6])
    surface.dot_surface(first, radius, probe_radius_a=1.7, density_per_a2=1.0)


def shape_complementarity() -> None:
    columns = np.zeros((DOT_ROWS, 1))
    kept = complementarity.trimmed_columns(columns, 1, 0.1)
    complementarity.nearest_scores(kept, kept, 0.5, 0.25)


def pictures() -> None:
    grid = splat.PixelGrid(left_a=0.0, bottom_a=0.0, pixel_a=1.0, n_rows=1, n_columns=1)
    splat.splat_spheres(np.zeros((1, 3)), [1.0], [0], grid)


def chain_pairs_of_frames() -> None:
    coords = np.array([[[0.0, 0.0, 0.0], [0.0, 0.0, 2.0]]])
    sides = [np.array([0]), np.array([1])]
    clusters.chain_pairs_by_frame(coords, sides, [(0, 1)], 5.0)


def bonds_of_frames() -> None:
    first, second = np.array([0]), np.array([1])
    coords = np.array([[[0.0, 0.0, 0.0], [0.0, 0.0, 2.0]]])
    positions.copy_rows(coords[0].astype(np.float32), first, coords[0, :1])
    pairs = frames.pairs_by_frame(coords, first, second, 5.0)
    frames.residue_pairs_by_frame(pairs, np.array([0, 0]), cutoff_a=5.0)
    nothing = np.full((1, 4), -1)
    topology = frames.PieceTopology(
        companion_start=np.array([0, 0]),
        companions=np.array([], dtype=np.int64),
        neighbours=nothing,
        hydrogens=nothing,
        residue=first,
    )
    frames.cut_pieces(first, first, 1, topology)
    pointing.may_point(
        coords,
        first,
        first,
        second,
        nothing[[0, 0]],
        angle_min_deg=120.0,
        distance_max_a=2.5,
    )


_INTERFACES: Final = (
    Warmer(molecular_surfaces, 26.0),
    Warmer(near_atoms, 1.2),
    Warmer(shape_complementarity, 11.0),
    Warmer(atom_pairs, 8.0),
    Warmer(areas, 4.7),
    Warmer(buried_areas, 4.3),
)
_FIGURES: Final = (*_INTERFACES, Warmer(pictures, 0.8))
_FRAMES: Final = (Warmer(bonds_of_frames, 17.0), Warmer(chain_pairs_of_frames, 11.0))
#: What each kind of work needs.
JOBS: Final = {
    "interfaces": _INTERFACES,
    "report": _FIGURES,
    "trajectory": (*_FRAMES, *_INTERFACES),
    "all": (*_FRAMES, *_FIGURES),
}


def missing_kernels(job: str = "all") -> list[Warmer]:
    """
    List what some work needs and no folder holds yet.

    Parameters
    ----------
    job : str, optional
        One of `JOBS`.

    Returns
    -------
    list of Warmer
        The costliest first; none where no folder can hold them.

    Raises
    ------
    ParameterError
        If the work is unknown.
    """
    if job not in JOBS:
        raise ParameterError(f"{job!r} is none of {', '.join(JOBS)}.")
    folder = cache_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return []
    if not os.access(folder, os.W_OK):
        return []
    wanted = [one for one in JOBS[job] if not _marker(one.name).exists()]
    return sorted(wanted, key=lambda one: -one.cost)


def load_kernels(job: str = "all") -> None:
    """
    Load what some work needs into this process; what is not on disk is compiled here.

    Parameters
    ----------
    job : str, optional
        One of `JOBS`.
    """
    for warmer in JOBS[job]:
        warmer.call()


def compile_kernels(warmers: Sequence[Warmer], progress: Progress) -> None:
    """
    Compile kernels side by side, in as many processes as there are cores.

    Parameters
    ----------
    warmers : sequence of Warmer
        From `missing_kernels`; begun in this order.
    progress : Progress
        The share of this work.
    """
    if not warmers:
        return
    total = sum(warmer.cost for warmer in warmers)
    start = time.monotonic()
    with ProcessPoolExecutor(
        max_workers=min(n_cores(), len(warmers)),
        mp_context=multiprocessing.get_context("spawn"),
    ) as pool:
        futures = {pool.submit(_compile, warmer.name): warmer for warmer in warmers}
        for n_before, future in enumerate(as_completed(futures)):
            future.result()
            warmer = futures[future]
            progress.advance(warmer.cost / total)
            if n_before == 0 and len(warmers) > 1:
                _tell_how_long(warmer, time.monotonic() - start, warmers)


def n_cores() -> int:
    """Count the cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _tell_how_long(first: Warmer, seconds: float, warmers: Sequence[Warmer]) -> None:
    """Say how long the rest takes, by the time that one took on this machine."""
    rest = [warmer.cost for warmer in warmers if warmer != first]
    bound = max(sum(rest) / n_cores(), max(rest) - first.cost)
    logger.warning(
        "compiling the numerical kernels, once: about %d s more on %d cores",
        math.ceil(bound * seconds / (first.cost + START_COST)),
        n_cores(),
    )


def _compile(name: str) -> None:
    logging.getLogger("il2struct").setLevel(logging.ERROR)  # the parent tells
    next(one for one in JOBS["all"] if one.name == name).call()
    if cache_folder().is_dir():
        _marker(name).touch()


def _marker(name: str) -> Path:
    return cache_folder() / f"{name}.done"


def main(arguments: Sequence[str] | None = None) -> None:
    """Compile what a job needs, telling of it on stderr."""
    parser = argparse.ArgumentParser(
        prog="python -m il2struct.kernels.warmup",
        description="Compile the numerical kernels, once per version.",
    )
    parser.add_argument("job", nargs="?", choices=tuple(JOBS), default="all")
    warmers = missing_kernels(parser.parse_args(arguments).job)
    with progress_bar() as progress:
        compile_kernels(warmers, progress)


if __name__ == "__main__":
    main()
