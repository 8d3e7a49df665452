r"""
Means of correlated series and their errors, by blocking, without keeping the series.

Successive frames are alike, so that the usual standard error of a mean is too small. Flyvbjerg
and Petersen join neighbours to blocks of 2, 4, 8 … frames and take the error of the mean of the
blocks: it grows with the length of the blocks until they are longer than the memory of the
series, and then stays. All that is needed is, for each length, the sum and the sum of squares of
the block sums, which can be had as the frames go by.

Of the lengths *B* the smallest is taken for which :math:`B^3 > 2 n (s_B / s_1)^4`, *n* frames,
:math:`s_B` the error at that length: the choice that balances what short blocks leave out against
the noise of few long ones.

References
----------
Flyvbjerg & Petersen, J. Chem. Phys. 91:461 (1989); Wolff, Comput. Phys. Commun. 156:143 (2004);
Lee, Conduit, Nemec, López Ríos & Drummond, Phys. Rev. E 83:066706 (2011), whose rule it is.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt

from il2struct.arrays import FloatArray, IndexArray
from il2struct.trajectory.measure import BlockResult, Seen

#: Frames that go through in one step; a power of two, so that steps are blocks too.
STEP_FRAMES: Final = 128
#: Fewer blocks than this say too little: the error of the error is 1 / sqrt(2 (n - 1)), here 41 %.
FEWEST_BLOCKS: Final = 4
#: Doublings within a step.
_STEP_LEVELS: Final = 8
#: Doublings in all; 2^40 frames are more than anyone has.
_LEVELS: Final = 41


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BlockedMeans:
    """Means of many series."""

    #: Names of the series, ascending.
    key: IndexArray
    #: Mean over all frames and its standard error: NaN where the series is too short for its
    #: memory, 0 where it never changes.
    mean: FloatArray
    error: FloatArray


@dataclass(slots=True)
class BlockingSums:
    """Sums over blocks of doubling length for many series that are zero until they are named."""

    #: Frames so far.
    n_frames: int = 0
    _row_of: dict[int, int] = field(default_factory=dict)
    _offset: FloatArray = field(default_factory=lambda: np.zeros(0))
    _sums: FloatArray = field(default_factory=lambda: np.zeros((0, _LEVELS)))
    _squares: FloatArray = field(default_factory=lambda: np.zeros((0, _LEVELS)))
    _pending: FloatArray = field(default_factory=lambda: np.zeros((0, _LEVELS)))

    def add(self, key: IndexArray, values: FloatArray) -> None:
        """Take up the next frames of every series."""
        if self.n_frames % STEP_FRAMES:
            raise ValueError("only the last step may be shorter than the others")
        n_new = values.shape[1]
        if not n_new:
            return
        rows = self._rows(key, values)
        everything = np.zeros((len(self._offset), n_new))
        everything[rows] = values
        self._add_levels(everything - self._offset[:, None])
        self.n_frames += n_new

    def _rows(self, key: IndexArray, values: FloatArray) -> IndexArray:
        """Rows of the series; new ones are made, with their first mean as the zero of the sums."""
        known = len(self._row_of)
        for name in key.tolist():
            self._row_of.setdefault(name, len(self._row_of))
        rows = np.array([self._row_of[name] for name in key.tolist()], dtype=np.int64)
        n_new = len(self._row_of) - known
        if n_new:
            # A series that starts later was zero before, and zero has to stay its zero.
            first = np.zeros(n_new)
            if not self.n_frames:
                first[rows - known] = values[:, 0]
            self._offset = np.concatenate([self._offset, first])
            more = np.zeros((n_new, _LEVELS))
            self._sums = np.concatenate([self._sums, more])
            self._squares = np.concatenate([self._squares, more])
            self._pending = np.concatenate([self._pending, more])
        return rows

    def _add_levels(self, values: FloatArray) -> None:
        blocks = values
        for level in range(_STEP_LEVELS):
            if level:
                n_whole = blocks.shape[1] // 2 * 2
                blocks = blocks[:, 0:n_whole:2] + blocks[:, 1:n_whole:2]
            self._sums[:, level] += blocks.sum(axis=1)
            self._squares[:, level] += (blocks**2).sum(axis=1)
        if values.shape[1] < STEP_FRAMES:
            return
        # Like carrying in binary: two finished blocks of a level make one of the next.
        carried = blocks[:, 0]
        number, level = self.n_frames // STEP_FRAMES, _STEP_LEVELS - 1
        while number % 2:
            carried = carried + self._pending[:, level]
            level += 1
            self._sums[:, level] += carried
            self._squares[:, level] += carried**2
            number //= 2
        self._pending[:, level] = carried

    def means(self) -> BlockedMeans:
        """Return means and errors of all series so far."""
        names = np.array(list(self._row_of), dtype=np.int64)
        order = np.argsort(names)
        if not self.n_frames:
            return BlockedMeans(key=names, mean=np.zeros(0), error=np.zeros(0))
        mean = self._offset + self._sums[:, 0] / self.n_frames
        errors = self._level_errors()
        naive, size = errors[:, 0], 2.0 ** np.arange(_LEVELS)
        with np.errstate(invalid="ignore", divide="ignore"):
            spread = (errors / naive[:, None]) ** 4
        is_long = size**3 > 2 * self.n_frames * spread
        first = errors[np.arange(len(errors)), np.argmax(is_long, axis=1)]
        error = np.where(is_long.any(axis=1), first, np.nan)
        error = np.where(naive == 0, 0.0, error)
        return BlockedMeans(key=names[order], mean=mean[order], error=error[order])

    def _level_errors(self) -> FloatArray:
        """Error of the mean by each length of block, NaN where there are too few blocks."""
        size = 2.0 ** np.arange(_LEVELS)
        n_blocks = np.floor(self.n_frames / size)
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = self._sums / (n_blocks * size)
            spread = self._squares / (n_blocks * size**2) - mean**2
            errors: FloatArray = np.sqrt(np.maximum(spread, 0.0) / (n_blocks - 1))
        errors[:, n_blocks < FEWEST_BLOCKS] = np.nan
        return errors


def blocked_error(series: FloatArray) -> tuple[float, float]:
    """
    Mean of one series and its standard error by blocking.

    Examples
    --------
    >>> blocked_error(np.ones(100))
    (1.0, 0.0)
    """
    sums = BlockingSums()
    for start in range(0, len(series), STEP_FRAMES):
        sums.add(np.array([0]), series[None, start : start + STEP_FRAMES])
    means = sums.means()
    return float(means.mean[0]), float(means.error[0])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SeenMeans:
    """Contacts, bonds or residues over all frames."""

    #: Fraction of the frames with it, or the mean buried area in Å², with errors.
    means: BlockedMeans
    #: Frames that have it.
    n_frames_seen: IndexArray
    #: Over the frames that have it, in Å; NaN for residues.
    distance_mean_a: FloatArray
    distance_min_a: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Totals:
    """A whole trajectory, measured."""

    #: Frames analysed.
    frame: IndexArray
    time_ps: FloatArray
    #: Numbers of each interface in each frame; see `BlockResult.measures`; shape (p, f).
    series: dict[str, FloatArray]
    contacts: SeenMeans
    bonds: SeenMeans
    residues: SeenMeans
    #: Of each block of frames: keys of its bonds, and for each a bit a frame, eight to a byte.
    bond_frames: tuple[tuple[IndexArray, npt.NDArray[np.uint8]], ...]
    #: Frames in which the periodic box has torn a chain, or parted an interface.
    n_broken_frames: int
    n_far_image_frames: int


@dataclass(slots=True)
class _SeenTotals:
    """Sightings over all blocks so far: sum of distances, smallest one and frames by key."""

    blocking: BlockingSums = field(default_factory=BlockingSums)
    seen: dict[int, tuple[float, float, int]] = field(default_factory=dict)

    def add(self, block: Seen) -> None:
        self.blocking.add(block.key, block.values.astype(np.float64))
        counts = (block.values > 0).sum(axis=1)
        columns = (block.key, block.distance_sum_a, block.distance_min_a, counts)
        for key, total, smallest, n in zip(*(c.tolist() for c in columns), strict=True):
            before = self.seen.get(key, (0.0, np.inf, 0))
            smallest = min(before[1], smallest)
            self.seen[key] = (before[0] + total, smallest, before[2] + n)

    def means(self) -> SeenMeans:
        means = self.blocking.means()
        seen = np.array([self.seen[key] for key in means.key.tolist()]).reshape(-1, 3)
        sums, smallest, counts = seen.T
        return SeenMeans(
            means=means,
            n_frames_seen=counts.astype(np.int64),
            distance_mean_a=sums / np.maximum(counts, 1),
            distance_min_a=smallest,
        )


def added_up(blocks: Iterable[BlockResult]) -> Totals:
    """Add up blocks in the order of their frames, each let go of before the next is taken."""
    totals = {name: _SeenTotals() for name in ("contacts", "bonds", "residues")}
    frames, times, measures, bond_frames = [], [], [], []
    n_broken = n_far = 0
    for block in blocks:
        for name, total in totals.items():
            total.add(getattr(block, name))
        frames.append(block.frame)
        times.append(block.time_ps)
        measures.append(block.measures)
        bond_frames.append(
            (block.bonds.key, np.packbits(block.bonds.values > 0, axis=1))
        )
        n_broken += int((block.n_broken > 0).sum())
        n_far += int((block.n_far_image > 0).sum())
    return Totals(
        frame=np.concatenate(frames),
        time_ps=np.concatenate(times),
        series={
            name: np.concatenate([block[name] for block in measures], axis=1)
            for name in measures[0]
        },
        bond_frames=tuple(bond_frames),
        n_broken_frames=n_broken,
        n_far_image_frames=n_far,
        **{name: total.means() for name, total in totals.items()},
    )
