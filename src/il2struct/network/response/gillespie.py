"""
Chains growing and breaking on a patch of membrane, event by event (Gillespie's algorithm).

The patch is well mixed: any free γc site may meet any free α site of another chain. At long
times it must agree with the exact equilibrium of `il2struct.network.response.polymer`.

References
----------
Gillespie, D. T. (1977). J. Phys. Chem. 81:2340.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from il2struct.arrays import FloatArray, IndexArray
from il2struct.errors import ParameterError
from il2struct.kernels.chains import grow_and_break

__all__ = ["ChainTrajectory", "ContactRates", "MembranePatch", "simulate_chains"]

#: Longest chain counted in a column of its own, unless asked for otherwise.
DEFAULT_MAX_LENGTH: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class MembranePatch:
    """
    What is on the patch.

    Attributes
    ----------
    area_um2 : float
        Area in µm².
    n_complexes : int
        Complexes, with one α and one γc site each.
    n_free_alpha, n_free_gamma : int
        Chains outside complexes that carry the site and cap chains; 0 if they are silent.
    """

    area_um2: float
    n_complexes: int
    n_free_alpha: int = 0
    n_free_gamma: int = 0

    def __post_init__(self) -> None:
        if not (np.isfinite(self.area_um2) and self.area_um2 > 0.0):
            raise ParameterError(
                f"area_um2 must be a positive number in µm², not {self.area_um2}."
            )
        if min(self.n_complexes, self.n_free_alpha, self.n_free_gamma) < 0:
            raise ParameterError("numbers of complexes and chains cannot be negative.")


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactRates:
    """
    How fast contacts form and break.

    Attributes
    ----------
    on_um2_per_s : float
        Rate constant of two sites on a membrane meeting, in µm²/s.
    off_per_s : float
        Rate at which a contact breaks, in 1/s.
    """

    on_um2_per_s: float
    off_per_s: float

    def __post_init__(self) -> None:
        rates = (self.on_um2_per_s, self.off_per_s)
        if not all(np.isfinite(rate) and rate >= 0.0 for rate in rates):
            raise ParameterError("rates must be finite and not negative.")

    @property
    def association_um2(self) -> float:
        """Association constant of the equilibrium in µm²."""
        if self.off_per_s == 0.0:
            raise ParameterError("contacts that never break have no equilibrium.")
        return self.on_um2_per_s / self.off_per_s


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainTrajectory:
    """
    Chains on the patch, counted at given times.

    Attributes
    ----------
    time_s : ndarray, shape=(t,)
        When chains were counted, in s.
    chain_counts : ndarray, shape=(t, max_length), dtype=int
        Chains of 1, 2, ... max_length complexes.
    longer_counts : ndarray, shape=(t,), dtype=int
        Chains longer than that.
    n_events : int
        Contacts made and broken.
    seed : int
        Seed of the random numbers; the same seed gives the same trajectory.
    """

    time_s: FloatArray
    chain_counts: IndexArray
    longer_counts: IndexArray
    n_events: int
    seed: int

    def mean_length(self, n_complexes: int) -> FloatArray:
        """Complexes per chain at each time."""
        n_chains = self.chain_counts.sum(axis=1) + self.longer_counts
        mean: FloatArray = n_complexes / n_chains
        return mean


def simulate_chains(
    patch: MembranePatch,
    rates: ContactRates,
    sample_times_s: npt.ArrayLike,
    *,
    seed: int,
    max_length: int = DEFAULT_MAX_LENGTH,
) -> ChainTrajectory:
    """
    Let complexes join into chains and come apart, starting from single ones.

    Parameters
    ----------
    patch : MembranePatch
        Area and numbers of molecules.
    rates : ContactRates
        How fast contacts form and break.
    sample_times_s : array_like, shape=(t,)
        Ascending times in s at which chains are counted.
    seed : int
        Seed of the random numbers.
    max_length : int
        Longest chain counted in a column of its own.

    Returns
    -------
    ChainTrajectory

    Raises
    ------
    ParameterError
        If times do not ascend or the longest chain is below 1.

    Examples
    --------
    Without attraction nothing happens:

    >>> still = simulate_chains(
    ...     MembranePatch(area_um2=1.0, n_complexes=5),
    ...     ContactRates(on_um2_per_s=0.0, off_per_s=1.0), [10.0], seed=1, max_length=3)
    >>> still.chain_counts.tolist(), still.n_events
    ([[5, 0, 0]], 0)
    """
    times: FloatArray = np.asarray(sample_times_s, dtype=np.float64)
    if times.ndim != 1 or not np.all(np.isfinite(times) & (times >= 0.0)):
        raise ParameterError("sample_times_s must be one list of finite times in s.")
    if max_length < 1:
        raise ParameterError(f"max_length must be at least 1, not {max_length}.")
    numbers = [patch.n_complexes, patch.n_free_alpha, patch.n_free_gamma]
    has_sites = np.repeat(
        np.array([[True, True], [True, False], [False, True]]), numbers, axis=0
    )
    counts, n_events = grow_and_break(
        np.random.default_rng(seed),
        has_sites=has_sites,
        pair_rate_per_s=rates.on_um2_per_s / patch.area_um2,
        break_rate_per_s=rates.off_per_s,
        sample_times_s=times,
        max_length=max_length,
    )
    return ChainTrajectory(
        time_s=times,
        chain_counts=counts[:, 1:-1],
        longer_counts=counts[:, -1],
        n_events=n_events,
        seed=seed,
    )
