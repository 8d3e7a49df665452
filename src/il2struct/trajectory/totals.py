"""Blocks of frames added up: what is kept of a trajectory grows with its contacts, not its length."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from il2struct.arrays import FloatArray, IndexArray
from il2struct.trajectory.block import BlockResult, Seen
from il2struct.trajectory.blocking import BlockedMeans, BlockingSums


@dataclass(slots=True)
class _SeenTotals:
    """Sightings over all blocks so far."""

    blocking: BlockingSums = field(default_factory=BlockingSums)
    distance_sum: dict[int, float] = field(default_factory=dict)
    distance_min: dict[int, float] = field(default_factory=dict)
    count: dict[int, int] = field(default_factory=dict)

    def add(self, seen: Seen) -> None:
        """Take up a block."""
        self.blocking.add(seen.key, seen.values.astype(np.float64))
        counts = (seen.values > 0).sum(axis=1)
        for key, total, smallest, count in zip(
            seen.key.tolist(),
            seen.distance_sum_a.tolist(),
            seen.distance_min_a.tolist(),
            counts.tolist(),
            strict=True,
        ):
            self.distance_sum[key] = self.distance_sum.get(key, 0.0) + total
            self.distance_min[key] = min(self.distance_min.get(key, np.inf), smallest)
            self.count[key] = self.count.get(key, 0) + count


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SeenMeans:
    """
    Contacts, bonds or residues over all frames.

    Attributes
    ----------
    means : BlockedMeans
        Fraction of the frames with it, or the mean buried area in Å², with errors.
    n_frames_seen : ndarray of int
        Frames that have it.
    distance_mean_a, distance_min_a : ndarray
        Over the frames that have it, in Å; NaN for residues.
    """

    means: BlockedMeans
    n_frames_seen: IndexArray
    distance_mean_a: FloatArray
    distance_min_a: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Totals:
    """
    A whole trajectory, measured.

    Attributes
    ----------
    frame, time_ps : ndarray, shape=(f,)
        Frames analysed.
    series : dict of str to ndarray, shape=(p, f)
        Numbers of each interface in each frame; see `BlockResult.measures`.
    contacts, bonds, residues : SeenMeans
    n_broken_frames, n_far_image_frames : int
        Frames in which the periodic box has torn a chain, or parted an interface.
    """

    frame: IndexArray
    time_ps: FloatArray
    series: dict[str, FloatArray]
    contacts: SeenMeans
    bonds: SeenMeans
    residues: SeenMeans
    n_broken_frames: int
    n_far_image_frames: int


def added_up(blocks: Iterable[BlockResult]) -> Totals:
    """
    Add up blocks in the order of their frames.

    Parameters
    ----------
    blocks : iterable of BlockResult
        At least one; each is let go of before the next is taken.
    """
    totals = {name: _SeenTotals() for name in ("contacts", "bonds", "residues")}
    kept: list[tuple[IndexArray, FloatArray, dict[str, FloatArray]]] = []
    n_broken = n_far = 0
    for block in blocks:
        for name, total in totals.items():
            total.add(getattr(block, name))
        kept.append((block.frame, block.time_ps, block.measures))
        n_broken += int((block.n_broken > 0).sum())
        n_far += int((block.n_far_image > 0).sum())
    return Totals(
        frame=np.concatenate([frame for frame, _, _ in kept]),
        time_ps=np.concatenate([time for _, time, _ in kept]),
        series={
            name: np.concatenate([measures[name] for _, _, measures in kept], axis=1)
            for name in kept[0][2]
        },
        n_broken_frames=n_broken,
        n_far_image_frames=n_far,
        **{name: _means(total) for name, total in totals.items()},
    )


def _means(total: _SeenTotals) -> SeenMeans:
    means = total.blocking.means()
    keys = means.key.tolist()
    counts = np.array([total.count[key] for key in keys], dtype=np.int64)
    sums = np.array([total.distance_sum[key] for key in keys])
    return SeenMeans(
        means=means,
        n_frames_seen=counts,
        distance_mean_a=sums / np.maximum(counts, 1),
        distance_min_a=np.array([total.distance_min[key] for key in keys]),
    )
