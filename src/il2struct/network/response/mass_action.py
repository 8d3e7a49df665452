"""
Chemical equilibrium by mass action, with every total conserved.

The logarithms of the free amounts minimise a convex function whose gradient is the excess of
each component, so a damped Newton method finds the one solution from any start. One species may
in addition form isodesmic chains; these only add a convex term that is infinite where the
chains would become endless. All conditions (doses) are solved side by side.

References
----------
Dirks, R. M. et al. (2007). SIAM Rev. 49:65 (mass balance as a convex problem).
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from il2struct.arrays import FloatArray

__all__ = ["Equilibrium", "MassBalance", "solve_mass_balance"]

#: Newton stops here (relative residual): a few roundings of a double.
CONVERGED: Final = 1e-14
#: Newton also stops once no logarithm moves by more than a rounding.
STANDSTILL: Final = 1e-16
#: Longest Newton step in a logarithm.
MAX_STEP: Final = 4.0
#: Newton steps before giving up; it takes about 20.
MAX_ITERATIONS: Final = 300
#: Halvings of one Newton step.
MAX_HALVINGS: Final = 60
#: Share of the predicted descent that a step must reach (Armijo's rule).
DESCENT: Final = 1e-4
#: Rounding of the convex function, relative to its terms: must not reject the last, exact steps.
ROUNDING: Final = 1e-14
#: Added to the diagonal of the scaled Hessian: keeps it regular, to rounding, where all of
#: several components is in one species.
RIDGE: Final = 1e-14
#: The search starts where chains grow with a smaller probability than this.
START_GROWTH: Final = 0.5


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MassBalance:
    """One equilibrium problem for each of *d* conditions."""

    # (d, s) Logarithm of the amount of each species if all free amounts are 1; -inf if it is absent
    log_weight: FloatArray
    stoichiometry: FloatArray  # (s, m) Components in each species
    total: FloatArray  # (d, m) Amount of each component, not negative
    chain_species: int  # Column of the species that forms chains
    association: float  # Its association constant, in 1/amount; 0 for no chains


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Equilibrium:
    """The solution."""

    log_free: FloatArray  # (d, m) Logarithms of the free amounts
    # (d, s) Amount of each species; units in chains are counted one by one
    amount: FloatArray
    residual: FloatArray  # (d,) Largest excess of a component, relative to its total


def solve_mass_balance(balance: MassBalance) -> Equilibrium:
    """
    Find the amounts of all species at equilibrium.

    With the residual it reached, which the caller must judge.

    Examples
    --------
    Two components, 1 each, with an association constant of 2: half of each is bound.

    >>> problem = MassBalance(
    ...     log_weight=np.log([[1.0, 1.0, 2.0]]), total=np.ones((1, 2)),
    ...     stoichiometry=np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]),
    ...     chain_species=2, association=0.0)
    >>> solve_mass_balance(problem).amount.round(12).tolist()
    [[0.5, 0.5, 0.5]]
    """
    log_free = _start(balance)
    value = _value(balance, log_free)
    for _ in range(MAX_ITERATIONS):
        gradient, step = _newton_step(balance, log_free)
        if np.all(_relative(gradient, balance.total) < CONVERGED):
            break
        moved = _shortened(balance, log_free, value, (gradient, step))
        if np.abs(moved).max() < STANDSTILL:
            break
        log_free = log_free + moved
        value = _value(balance, log_free)
    amount, _ = _amounts(balance, _weights(balance, log_free))
    excess = amount @ balance.stoichiometry - balance.total
    return Equilibrium(
        log_free=log_free, amount=amount, residual=_relative(excess, balance.total)
    )


def _weights(balance: MassBalance, log_free: FloatArray) -> FloatArray:
    weights: FloatArray = np.exp(
        balance.log_weight + log_free @ balance.stoichiometry.T
    )
    return weights


def _amounts(
    balance: MassBalance, weights: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Amounts with the units of all chains added up, and their second moments."""
    amount, moment = weights.copy(), weights.copy()
    growth = balance.association * weights[:, balance.chain_species]
    amount[:, balance.chain_species] /= (1.0 - growth) ** 2
    moment[:, balance.chain_species] *= (1.0 + growth) / (1.0 - growth) ** 3
    return amount, moment


def _relative(excess: FloatArray, total: FloatArray) -> FloatArray:
    scale = np.where(total > 0.0, total, 1.0)
    largest: FloatArray = np.max(np.abs(excess) / scale, axis=1)
    return largest


def _start(balance: MassBalance) -> FloatArray:
    """Free amounts so small that nothing is overdrawn and no chain endless."""
    log_total = np.log(np.where(balance.total > 0.0, balance.total, 1.0))
    below = np.zeros((len(log_total), 1))
    while True:
        weights = _weights(balance, log_total - below)
        is_over = np.any(weights @ balance.stoichiometry > balance.total, axis=1)
        growth = balance.association * weights[:, balance.chain_species]
        is_over |= growth > START_GROWTH
        # Nothing at all can be overdrawn by rounding only; every step divides by e.
        is_over &= below[:, 0] < MAX_ITERATIONS
        if not is_over.any():
            return log_total - below
        below = below + is_over[:, None]


def _value(balance: MassBalance, log_free: FloatArray) -> FloatArray:
    """Convex function whose gradient is the excess; infinite past the endless chain."""
    weights = _weights(balance, log_free)
    single = weights[:, balance.chain_species]
    growth = balance.association * single
    room = np.where(growth < 1.0, 1.0 - growth, np.nan)
    longer = np.nan_to_num(single * growth / room, nan=np.inf)
    value: FloatArray = (
        weights.sum(axis=1) + longer - (balance.total * log_free).sum(axis=1)
    )
    return value


def _newton_step(
    balance: MassBalance, log_free: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Excess of each component, and the step that would end it."""
    n = balance.stoichiometry
    amount, moment = _amounts(balance, _weights(balance, log_free))
    gradient = amount @ n - balance.total
    hessian = np.einsum("ds,si,sj->dij", moment, n, n)
    diagonal = np.arange(n.shape[1])
    size = np.sqrt(hessian[:, diagonal, diagonal])
    size = np.where(size > 0.0, size, 1.0)
    scaled = hessian / (size[:, :, None] * size[:, None, :])
    # An absent component has nothing to balance; a unit row keeps its logarithm where it is.
    scaled[:, diagonal, diagonal] = 1.0 + RIDGE
    step = -np.linalg.solve(scaled, (gradient / size)[:, :, None])[:, :, 0] / size
    longest = np.abs(step).max(axis=1, keepdims=True)
    return gradient, step * (MAX_STEP / np.maximum(longest, MAX_STEP))


def _shortened(
    balance: MassBalance,
    log_free: FloatArray,
    value: FloatArray,
    newton: tuple[FloatArray, FloatArray],
) -> FloatArray:
    """Halve the steps of those conditions whose value does not fall enough."""
    gradient, step = newton
    descent = (gradient * step).sum(axis=1)
    # Of the terms, not of the value: they cancel where the logarithms are near 1.
    terms = balance.total * (1.0 + np.abs(log_free))
    slack = ROUNDING * terms.sum(axis=1)
    length = np.ones((len(step), 1))
    for _ in range(MAX_HALVINGS):
        trial = _value(balance, log_free + length * step)
        falls = trial <= value + DESCENT * length[:, 0] * descent + slack
        if falls.all():
            break
        length = np.where(falls[:, None], length, 0.5 * length)
    return length * step
