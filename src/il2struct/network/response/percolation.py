"""
When contacts make an endless network: gel point of trees, bond percolation of real lattices.

A network needs more than two contacts per complex. Without closed loops its threshold is that of
Flory and Stockmayer; on the lattice that a set of contacts builds in a crystal it is found by
Monte Carlo: bonds are laid at random on an L × L (× L) block of cells with periodic boundaries,
and the curves of the probability that a cluster wraps around the block cross at the threshold
for two sizes.

References
----------
Stockmayer, W. H. (1943). J. Chem. Phys. 11:45.
Sykes, M. F. & Essam, J. W. (1964). J. Math. Phys. 5:1117.
Newman, M. E. J. & Ziff, R. M. (2001). Phys. Rev. E 64:016706.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq
from scipy.special import bdtrc

from il2struct.arrays import FloatArray, IndexArray
from il2struct.errors import ParameterError
from il2struct.kernels.percolation import bonds_until_wrapped

__all__ = [
    "HONEYCOMB",
    "HONEYCOMB_THRESHOLD",
    "SQUARE",
    "SQUARE_THRESHOLD",
    "TRIANGULAR",
    "TRIANGULAR_THRESHOLD",
    "PeriodicLattice",
    "ThresholdEstimate",
    "WrappingFraction",
    "WrappingSamples",
    "bond_threshold",
    "gel_point",
    "wrapping_fraction",
    "wrapping_probability",
    "wrapping_samples",
]

#: Edges (in cells) of the two blocks whose curves are crossed.
DEFAULT_SIZES: Final = (24, 48)
#: Random orders of bonds for each block.
DEFAULT_SAMPLES: Final = 4000
#: The crossing is looked for where the wrapping probability of the larger block lies between.
CROSSING_WINDOW: Final = (0.02, 0.98)
#: Accuracy of the crossing; the Monte Carlo error is thousands of times larger.
ROOT_TOLERANCE: Final = 1e-9


def _repeat_rank(n_nodes: int, ends: IndexArray, shifts: IndexArray) -> int:
    """Count the independent directions in which walking along contacts leads to an image."""
    place: dict[int, IndexArray] = {}
    for start in range(n_nodes):
        if start not in place:
            place[start] = np.zeros(shifts.shape[1], dtype=np.int64)
            _place_connected(place, ends, shifts)
    loops = [
        place[first] + shift - place[second]
        for (first, second), shift in zip(ends.tolist(), shifts, strict=True)
    ]
    return int(np.linalg.matrix_rank(np.array(loops)))


def _place_connected(
    place: dict[int, IndexArray], ends: IndexArray, shifts: IndexArray
) -> None:
    """Give a cell to every node that contacts lead to from the nodes placed."""
    is_growing = True
    while is_growing:
        is_growing = False
        for (first, second), shift in zip(ends.tolist(), shifts, strict=True):
            if (first in place) == (second in place):
                continue
            is_growing = True
            if first in place:
                place[second] = place[first] + shift
            else:
                place[first] = place[second] - shift


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PeriodicLattice:
    """
    Complexes of one cell and the contacts between them and their images.

    Attributes
    ----------
    n_nodes : int
        Complexes in the cell.
    ends : ndarray, shape=(b, 2), dtype=int
        Complexes that each contact joins, each contact once.
    cell_shifts : ndarray, shape=(b, d), dtype=int
        Cells from the first to the second, along the *d* directions in which the lattice repeats.

    Raises
    ------
    ParameterError
        If shapes do not fit, a node is out of range, or the contacts do not repeat in all
        directions given.
    """

    n_nodes: int
    ends: IndexArray
    cell_shifts: IndexArray

    def __post_init__(self) -> None:
        for name in ("ends", "cell_shifts"):
            owned = np.array(getattr(self, name), dtype=np.int64)
            owned.setflags(write=False)
            object.__setattr__(self, name, owned)
        if self.ends.ndim != 2 or self.ends.shape[1] != 2 or len(self.ends) == 0:
            raise ParameterError("ends must have the shape (b, 2), with b at least 1.")
        if self.cell_shifts.ndim != 2 or len(self.cell_shifts) != len(self.ends):
            raise ParameterError("cell_shifts must have one row for each contact.")
        if self.ends.min() < 0 or self.ends.max() >= self.n_nodes:
            raise ParameterError(f"ends must lie from 0 to {self.n_nodes - 1}.")
        rank = _repeat_rank(self.n_nodes, self.ends, self.cell_shifts)
        if rank != self.n_axes:
            raise ParameterError(
                f"the contacts repeat in {rank} of {self.n_axes} directions; "
                "give shifts along the directions of the network only."
            )

    @property
    def n_axes(self) -> int:
        """Directions in which the lattice repeats: 1 chain, 2 sheet, 3 bulk."""
        return int(self.cell_shifts.shape[1])

    @property
    def n_bonds(self) -> int:
        """Contacts per cell."""
        return len(self.ends)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class WrappingSamples:
    """
    Bonds laid until a cluster wrapped, for many random orders.

    Attributes
    ----------
    size : int
        Edge of the block in cells.
    n_bonds : int
        Bonds of the block.
    bonds_at_wrap : ndarray, shape=(n,), dtype=int
        One number for each order.
    """

    size: int
    n_bonds: int
    bonds_at_wrap: IndexArray


@dataclass(frozen=True, slots=True, kw_only=True)
class ThresholdEstimate:
    """
    Bond threshold found by crossing two curves.

    Attributes
    ----------
    threshold : float
        Fraction of bonds at which an endless cluster appears.
    standard_error : float
        Monte Carlo error; 0 where the threshold is exact.
    wrapping_at_threshold : float
        Probability of wrapping there.
    sizes : tuple of int
        Edges of the two blocks in cells; empty where the threshold is exact.
    n_samples : int
        Random orders for each.
    seed : int
        Seed of the random numbers.
    """

    threshold: float
    standard_error: float
    wrapping_at_threshold: float
    sizes: tuple[int, ...]
    n_samples: int
    seed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WrappingFraction:
    """
    How often a cluster wraps around a block, with its error.

    Attributes
    ----------
    fraction : float
        Of all samples.
    standard_error : float
        Binomial error, with one count added on either side so that it is never 0.
    """

    fraction: float
    standard_error: float


#: One node a cell, neighbours along both axes.
SQUARE: Final = PeriodicLattice(
    n_nodes=1,
    ends=np.zeros((2, 2), dtype=np.int64),
    cell_shifts=np.array([[1, 0], [0, 1]]),
)
#: Square lattice with one diagonal.
TRIANGULAR: Final = PeriodicLattice(
    n_nodes=1,
    ends=np.zeros((3, 2), dtype=np.int64),
    cell_shifts=np.array([[1, 0], [0, 1], [1, -1]]),
)
#: Two nodes a cell, three neighbours each.
HONEYCOMB: Final = PeriodicLattice(
    n_nodes=2,
    ends=np.array([[0, 1], [1, 0], [1, 0]]),
    cell_shifts=np.array([[0, 0], [1, 0], [0, 1]]),
)
#: Exact bond thresholds (Sykes & Essam 1964).
SQUARE_THRESHOLD: Final = 0.5
TRIANGULAR_THRESHOLD: Final = 2.0 * math.sin(math.pi / 18.0)
HONEYCOMB_THRESHOLD: Final = 1.0 - TRIANGULAR_THRESHOLD


def gel_point(functionality: int) -> float:
    """
    Fraction of bonds at which a network without loops becomes endless.

    Parameters
    ----------
    functionality : int
        Contacts that each complex can make; 2 makes chains, endless only when all are made.

    Returns
    -------
    float
        ``1/(f - 1)``.

    Raises
    ------
    ParameterError
        If the functionality is below 2.

    Examples
    --------
    >>> gel_point(2), round(gel_point(4), 3)
    (1.0, 0.333)
    """
    if functionality < 2:
        raise ParameterError(
            f"functionality must be at least 2 contacts, not {functionality}."
        )
    return 1.0 / (functionality - 1.0)


def _block(lattice: PeriodicLattice, size: int) -> tuple[int, IndexArray, IndexArray]:
    """Nodes, ends and steps of all bonds of a block; the bonds of one cell stand together."""
    if size < 2:
        raise ParameterError(f"size must be at least 2 cells, not {size}.")
    axes = lattice.n_axes
    cells = np.indices((size,) * axes).reshape(axes, -1).T
    stride = size ** np.arange(axes - 1, -1, -1)
    first = (cells @ stride)[:, None] * lattice.n_nodes + lattice.ends[:, 0]
    reached = (cells[:, None, :] + lattice.cell_shifts) % size
    second = (reached @ stride) * lattice.n_nodes + lattice.ends[:, 1]
    ends = np.stack([first.ravel(), second.ravel()], axis=1)
    steps = np.tile(lattice.cell_shifts, (len(cells), 1))
    return len(cells) * lattice.n_nodes, ends, steps


def wrapping_samples(
    lattice: PeriodicLattice, *, size: int, n_samples: int, seed: int
) -> WrappingSamples:
    """
    Lay bonds in random order until a cluster wraps around the block, many times.

    Parameters
    ----------
    lattice : PeriodicLattice
        Complexes and contacts of one cell.
    size : int
        Edge of the block in cells.
    n_samples : int
        Random orders.
    seed : int
        Seed of the random numbers.

    Returns
    -------
    WrappingSamples

    Raises
    ------
    ParameterError
        If the size is below 2 or there are no samples.
    """
    if n_samples < 1:
        raise ParameterError(f"n_samples must be at least 1, not {n_samples}.")
    n_nodes, ends, steps = _block(lattice, size)
    generator = np.random.default_rng([seed, size])
    found = [
        bonds_until_wrapped(n_nodes, ends, steps, generator.permutation(len(ends)))
        for _ in range(n_samples)
    ]
    return WrappingSamples(
        size=size, n_bonds=len(ends), bonds_at_wrap=np.array(found, dtype=np.int64)
    )


def wrapping_probability(
    samples: WrappingSamples, bond_probability: npt.ArrayLike
) -> FloatArray:
    """
    Probability that a cluster wraps if each bond is there with a given probability.

    Parameters
    ----------
    samples : WrappingSamples
        Bonds laid until wrapping.
    bond_probability : array_like
        Probability of a bond, 0 to 1.

    Returns
    -------
    ndarray
        Same shape: the binomial chance of at least as many bonds, averaged over samples.
    """
    p: FloatArray = np.asarray(bond_probability, dtype=np.float64)
    chance: FloatArray = _chances(samples, p[..., None]).mean(axis=-1)
    return chance


def _chances(samples: WrappingSamples, p: FloatArray) -> FloatArray:
    chance: FloatArray = bdtrc(
        samples.bonds_at_wrap.astype(np.float64) - 1.0, samples.n_bonds, p
    )
    return chance


def bond_threshold(
    lattice: PeriodicLattice,
    *,
    sizes: tuple[int, int] = DEFAULT_SIZES,
    n_samples: int = DEFAULT_SAMPLES,
    seed: int = 0,
) -> ThresholdEstimate:
    """
    Fraction of contacts at which an endless network appears on a lattice.

    Parameters
    ----------
    lattice : PeriodicLattice
        Complexes and contacts of one cell.
    sizes : tuple of int
        Edges of two blocks in cells; the second at least one and a half times the first.
    n_samples : int
        Random orders of bonds for each block.
    seed : int
        Seed of the random numbers.

    Returns
    -------
    ThresholdEstimate
        For chains (one direction) exactly 1.

    Raises
    ------
    ParameterError
        If the sizes do not fit.

    Notes
    -----
    The error is statistical. The crossing itself lies off the threshold of an infinite lattice
    by less than it for the default sizes and samples (``docs/response.md``).
    """
    if lattice.n_axes == 1:
        # One missing contact cuts a chain, so no Monte Carlo is needed.
        return ThresholdEstimate(
            threshold=1.0,
            standard_error=0.0,
            wrapping_at_threshold=1.0,
            sizes=(),
            n_samples=0,
            seed=seed,
        )
    if 2 * sizes[1] < 3 * sizes[0]:
        raise ParameterError(
            f"sizes must differ by a factor of 1.5 or more, not {sizes}."
        )
    small, large = (
        wrapping_samples(lattice, size=size, n_samples=n_samples, seed=seed)
        for size in sizes
    )
    crossing = _crossing(small, large)
    return ThresholdEstimate(
        threshold=crossing,
        standard_error=_crossing_error(small, large, crossing),
        wrapping_at_threshold=float(wrapping_probability(large, crossing)),
        sizes=sizes,
        n_samples=n_samples,
        seed=seed,
    )


def _crossing(small: WrappingSamples, large: WrappingSamples) -> float:
    def difference(p: float) -> float:
        return float(wrapping_probability(large, p) - wrapping_probability(small, p))

    low, high = (
        brentq(
            lambda p, level=level: float(wrapping_probability(large, p)) - level,
            0.0,
            1.0,
            xtol=ROOT_TOLERANCE,
        )
        for level in CROSSING_WINDOW
    )
    if not difference(low) < 0.0 < difference(high):
        raise ParameterError("the curves do not cross; use more samples or more sizes.")
    return float(brentq(difference, low, high, xtol=ROOT_TOLERANCE))


def _crossing_error(
    small: WrappingSamples, large: WrappingSamples, crossing: float
) -> float:
    """Spread of the difference of the curves over its slope."""
    variance = 0.0
    slope = 0.0
    half_step = 0.25 / large.size
    for samples, sign in ((small, -1.0), (large, 1.0)):
        chance = _chances(samples, np.array([crossing]))
        variance += float(chance.var()) / chance.size
        low, high = wrapping_probability(
            samples, [crossing - half_step, crossing + half_step]
        )
        slope += sign * float(high - low) / (2.0 * half_step)
    return math.sqrt(variance) / slope


def wrapping_fraction(
    lattice: PeriodicLattice,
    bond_probabilities: npt.ArrayLike,
    *,
    size: int,
    n_samples: int,
    seed: int,
) -> WrappingFraction:
    """
    How often a cluster wraps if the contacts of a cell are made with unlike probabilities.

    Parameters
    ----------
    lattice : PeriodicLattice
        Complexes and contacts of one cell.
    bond_probabilities : array_like, shape=(b,)
        Probability of each contact of the cell, such as a strong and a weak class.
    size : int
        Edge of the block in cells.
    n_samples : int
        Random blocks.
    seed : int
        Seed of the random numbers.

    Returns
    -------
    WrappingFraction

    Raises
    ------
    ParameterError
        If there is not one probability for each contact, or the size is below 2.
    """
    p: FloatArray = np.asarray(bond_probabilities, dtype=np.float64)
    if p.shape != (lattice.n_bonds,) or not np.all((p >= 0.0) & (p <= 1.0)):
        raise ParameterError(
            f"bond_probabilities must be {lattice.n_bonds} numbers from 0 to 1."
        )
    if n_samples < 1:
        raise ParameterError(f"n_samples must be at least 1, not {n_samples}.")
    n_nodes, ends, steps = _block(lattice, size)
    chance = np.tile(p, len(ends) // len(p))
    generator = np.random.default_rng([seed, size])
    n_wrapped = 0
    for _ in range(n_samples):
        laid = np.flatnonzero(generator.random(len(ends)) < chance)
        n_wrapped += bonds_until_wrapped(n_nodes, ends, steps, laid) <= len(laid)
    smoothed = (n_wrapped + 1.0) / (n_samples + 2.0)
    return WrappingFraction(
        fraction=n_wrapped / n_samples,
        standard_error=math.sqrt(smoothed * (1.0 - smoothed) / n_samples),
    )
