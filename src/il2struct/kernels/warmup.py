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
from il2struct.kernels import cells, complementarity, frames, sasa, splat, surface
from il2struct.kernels._numba import cache_folder
from il2struct.kernels.surface.patches import DOT_ROWS
from il2struct.progress import Progress, progress_bar

__all__ = ["JOBS", "Warmer", "compile_kernels", "load_kernels", "missing_kernels"]

logger = logging.getLogger(__name__)

#: Cost of a process that begins to compile: imports, and what numba prepares once.
START_COST: Final = 3.0
#: What each kind of work needs: kinds of kernels.
JOBS: Final = {
    "interfaces": ("interface",),
    "report": ("interface", "figure"),
    "trajectory": ("frames", "interface"),
    "all": ("frames", "interface", "figure", "comparison"),
}


@dataclass(frozen=True, slots=True)
class Warmer:
    """
    A call that compiles a kernel or a few of one kind, on a few atoms.

    `cost` is processor time beside the others'; in seconds on the machine where it was measured.
    """

    call: Callable[[], None]
    kind: str
    cost: float

    @property
    def name(self) -> str:
        """What is compiled."""
        return self.call.__name__

    @property
    def marker(self) -> Path:
        """File that says that it was compiled."""
        return cache_folder() / f"{self.name}.done"


_WARMERS: Final[list[Warmer]] = []


def _warms(kind: str, *, cost: float) -> Callable[[Callable[[], None]], None]:
    return lambda call: _WARMERS.append(Warmer(call, kind, cost))


@_warms("interface", cost=26.0)
def molecular_surfaces() -> None:
    surface.dot_surface(
        np.zeros((1, 3)), np.ones(1), probe_radius_a=1.7, density_per_a2=1.0
    )


@_warms("interface", cost=1.2)
def near_atoms() -> None:
    cells.near_mask(np.zeros((1, 3)), np.zeros((1, 3)), 1.0)


@_warms("interface", cost=11.0)
def shape_complementarity() -> None:
    dots = np.zeros((DOT_ROWS, 1))
    complementarity.trimmed_columns(dots, 1, 0.1)
    complementarity.nearest_scores(dots, dots, 0.5, 0.25)


@_warms("interface", cost=8.0)
def atom_pairs() -> None:
    cells.neighbour_pairs(np.zeros((1, 3)), np.zeros((1, 3)), 1.0)
    cells.neighbour_pairs_within(np.zeros((1, 3)), 1.0)
    cells.nearest_distance(np.zeros((1, 3)), np.zeros((1, 3)), 1.0)


@_warms("interface", cost=4.7)
def areas() -> None:
    sasa.accessible_areas(np.zeros((1, 3)), np.ones(1))


@_warms("comparison", cost=4.7)
def areas_by_slices() -> None:
    sasa.accessible_areas(np.zeros((1, 3)), np.ones(1), n_slices=1)


@_warms("interface", cost=4.3)
def buried_areas() -> None:
    sasa.buried_areas(np.zeros((1, 3)), np.ones(1), np.ones((1, 3)), np.ones(1))


@_warms("figure", cost=0.8)
def pictures() -> None:
    grid = splat.PixelGrid(left_a=0.0, bottom_a=0.0, pixel_a=1.0, n_rows=1, n_columns=1)
    splat.splat_spheres(np.zeros((1, 3)), [1.0], [0], grid)


@_warms("frames", cost=11.0)
def chain_pairs_of_frames() -> None:
    frames.chain_pairs_by_frame(
        np.zeros((1, 2, 3)), [np.array([0]), np.array([1])], [(0, 1)], 5.0
    )


@_warms("frames", cost=12.0)
def bonds_of_frames() -> None:
    coords = np.zeros((1, 2, 3))
    first, second = np.array([0]), np.array([1])
    pairs = frames.FramePairs(
        start=np.array([0, 1]), index_1=first, index_2=second, distances_a=np.ones(1)
    )
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
    frames.may_point(
        coords,
        first,
        first,
        second,
        nothing[[0, 0]],
        angle_min_deg=120.0,
        distance_max_a=2.5,
    )


def warmers(job: str) -> list[Warmer]:
    """List what some work, one of `JOBS`, needs; the costliest first."""
    if job not in JOBS:
        raise ParameterError(f"{job!r} is none of {', '.join(JOBS)}.")
    needed = [warmer for warmer in _WARMERS if warmer.kind in JOBS[job]]
    return sorted(needed, key=lambda warmer: -warmer.cost)


def missing_kernels(job: str = "all") -> list[Warmer]:
    """
    List what some work needs and the folder of machine code does not hold yet, costliest first.

    None where no folder can hold any.
    """
    needed = warmers(job)
    folder = cache_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return []
    if not os.access(folder, os.W_OK):
        return []
    return [warmer for warmer in needed if not warmer.marker.exists()]


def load_kernels(job: str = "all") -> None:
    """Load what some work needs into this process; what is not on disk is compiled here."""
    for warmer in warmers(job):
        warmer.call()


def compile_kernels(missing: Sequence[Warmer], progress: Progress) -> None:
    """Compile kernels, begun in this order, side by side in as many processes as there are cores."""
    if not missing:
        return
    total = sum(warmer.cost for warmer in missing)
    start = time.monotonic()
    with ProcessPoolExecutor(
        max_workers=min(n_cores(), len(missing)),
        mp_context=multiprocessing.get_context("spawn"),
    ) as pool:
        futures = {pool.submit(_compile, warmer.name): warmer for warmer in missing}
        for n_before, future in enumerate(as_completed(futures)):
            future.result()
            warmer = futures[future]
            progress.advance(warmer.cost / total)
            if n_before == 0 and len(missing) > 1:
                # By the time that the first took on this machine.
                seconds = time.monotonic() - start
                rest = [other.cost for other in missing if other != warmer]
                bound = max(sum(rest) / n_cores(), max(rest) - warmer.cost)
                logger.warning(
                    "compiling the numerical kernels, once: about %d s more on %d cores",
                    math.ceil(bound * seconds / (warmer.cost + START_COST)),
                    n_cores(),
                )


def n_cores() -> int:
    """Count the cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _compile(name: str) -> None:
    logging.getLogger("il2struct").setLevel(logging.ERROR)  # the parent tells
    warmer = next(warmer for warmer in _WARMERS if warmer.name == name)
    warmer.call()
    if cache_folder().is_dir():
        warmer.marker.touch()


def main(arguments: Sequence[str] | None = None) -> None:
    """Compile what a job needs, telling of it on stderr."""
    parser = argparse.ArgumentParser(
        prog="python -m il2struct.kernels.warmup",
        description="Compile the numerical kernels, once per version.",
    )
    parser.add_argument("job", nargs="?", choices=tuple(JOBS), default="all")
    missing = missing_kernels(parser.parse_args(arguments).job)
    with progress_bar() as progress:
        compile_kernels(missing, progress)


if __name__ == "__main__":
    main()
