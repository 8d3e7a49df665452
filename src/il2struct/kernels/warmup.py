"""
Compile every kernel ahead of time: ``python -m il2struct.kernels.warmup``.

numba keeps what it compiles on disk, so this is needed once per installation.
"""

from collections.abc import Callable
from typing import Final

import numpy as np

from il2struct.kernels import (
    cells,
    chains,
    clusters,
    complementarity,
    frames,
    images,
    percolation,
    pointing,
    positions,
    sasa,
    splat,
    surface,
)

__all__ = ["compile_all"]


def compile_all() -> None:
    """
    Call every compiled function once on a few atoms, which fills numba's cache on disk.

    Examples
    --------
    >>> compile_all()
    """
    for warm in WARMERS:
        warm()


def _warm_cells() -> None:
    near = np.zeros((1, 3))
    cells.neighbour_pairs(near, near, 1.0)
    cells.neighbour_pairs_within(near, 1.0)
    cells.near_mask(near, near, 1.0)
    cells.nearest_distance(near, near, 1.0)


def _warm_images() -> None:
    near = np.zeros((1, 3))
    still = (np.eye(3)[None], np.zeros((1, 3)))
    images.touching_image_groups(
        near, [0, 1], still, np.diag([4.0, 90.0, 90.0]), cutoff_a=5.0
    )


def _warm_areas() -> None:
    first, second = np.zeros((1, 3)), np.array([[0.0, 0.0, 2.0]])
    radius = np.array([1.6])
    sasa.lee_richards_areas(first, radius)
    sasa.buried_areas(first, radius, second, radius)


def _warm_complementarity() -> None:
    first, second = np.zeros((1, 3)), np.array([[0.0, 0.0, 4.0]])
    radius = np.array([1.6])
    sides = surface.placed_sides(
        first, radius, second, radius, probe_radius_a=1.7, separation_a=8.0
    )
    columns, n_dots = surface.side_columns(*sides, 1.7, 15.0)
    kept = complementarity.trimmed_columns(columns, n_dots, 0.1)
    complementarity.nearest_scores(kept, kept, 0.5, 0.25)


def _warm_network() -> None:
    chains.grow_and_break(
        np.random.default_rng(1),
        has_sites=np.ones((2, 2), dtype=np.bool_),
        pair_rate_per_s=1.0,
        break_rate_per_s=0.0,
        sample_times_s=np.array([0.0, 1.0]),
        max_length=2,
    )
    percolation.bonds_until_wrapped(2, [[0, 1], [1, 0]], [[1], [1]], [0, 1])


def _warm_pictures() -> None:
    grid = splat.PixelGrid(left_a=0.0, bottom_a=0.0, pixel_a=1.0, n_rows=1, n_columns=1)
    splat.splat_spheres(np.zeros((1, 3)), [1.0], [0], grid)


def _warm_frames() -> None:
    first, second = np.array([0]), np.array([1])
    coords = np.array([[[0.0, 0.0, 0.0], [0.0, 0.0, 2.0]]])
    positions.copy_rows(coords[0].astype(np.float32), first, coords[0, :1])
    clusters.chain_pairs_by_frame(coords, [first, second], [(0, 1)], 5.0)
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


#: Each group of kernel modules has one entry.
WARMERS: Final[tuple[Callable[[], None], ...]] = (
    _warm_cells,
    _warm_images,
    _warm_areas,
    _warm_complementarity,
    _warm_network,
    _warm_pictures,
    _warm_frames,
)


if __name__ == "__main__":
    compile_all()
