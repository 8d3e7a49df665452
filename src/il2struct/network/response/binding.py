"""
How much of each receptor is bound at a dose of IL-2: equilibrium with every cycle closed.

IL-2 (in solution) holds α, β and γc (on the membrane) in any combination: a cube of eight states
and twelve steps. Seven constants are free, the other five follow from the faces of the cube, so
no path around it gains energy. A first receptor binds IL-2 from solution, with the constant
measured there. Each further one is met on the membrane, where a density *r* counts as the
concentration ``r/(N_A h)`` in a layer of height *h*.

The logarithms of the free amounts minimise a convex function whose gradient is the excess of each
component, so a damped Newton method finds the one solution from any start (Dirks et al., SIAM Rev.
49:65, 2007). Complete complexes may in addition form isodesmic chains; these only add a convex term
that is infinite where the chains would become endless. All doses are solved side by side.
"""

from dataclasses import dataclass, fields
from typing import Final

import numpy as np
import numpy.typing as npt

from il2struct.arrays import FloatArray
from il2struct.data import rows_of
from il2struct.errors import ParameterError
from il2struct.network.response.polymer import (
    DEFAULT_HEIGHT_NM,
    PER_UM3_PER_MICROMOLAR,
    isodesmic_growth_probability,
    kd_2d_per_um2,
)

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
    stoichiometry: FloatArray  # (s, m) components in each species
    total: FloatArray  # (d, m) amount of each component, not negative
    chain_species: int  # column of the species that forms chains
    association: float  # its association constant, in 1/amount; 0 for no chains


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Equilibrium:
    """The solution."""

    log_free: FloatArray  # (d, m) logarithms of the free amounts
    # (d, s) Amount of each species; units in chains are counted one by one
    amount: FloatArray
    residual: FloatArray  # (d,) largest excess of a component, relative to its total


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


#: Receptors in each species; the second half holds IL-2. The last is the complete complex.
_RECEPTORS: Final[tuple[tuple[str, ...], ...]] = (
    ("alpha",),
    ("beta",),
    ("gamma",),
    ("alpha",),
    ("beta",),
    ("gamma",),
    ("alpha", "beta"),
    ("alpha", "gamma"),
    ("beta", "gamma"),
    ("alpha", "beta", "gamma"),
)
#: Free receptors in front.
_N_FREE: Final = 3
#: Names of the species on the membrane, in the order of the columns of `Occupancy`.
SPECIES: Final = tuple(
    "_".join(part if row < _N_FREE else ("il2", *part))
    for row, part in enumerate(_RECEPTORS)
)
_RECEPTOR_NAMES: Final = ("alpha", "beta", "gamma")
#: Receptors (columns) in each species (rows).
_STOICHIOMETRY: Final = np.array(
    [[float(name in part) for name in _RECEPTOR_NAMES] for part in _RECEPTORS]
)
_HAS_IL2: Final = np.arange(len(_RECEPTORS)) >= _N_FREE
_COMPLETE: Final = len(_RECEPTORS) - 1

#: Conservation that a solution must reach, relative to the total of each chain.
CONSERVATION: Final = 1e-9
#: µmol/L in a nmol/L.
MICROMOLAR_PER_NANOMOLAR: Final = 1e-3


@dataclass(frozen=True, slots=True, kw_only=True)
class BindingConstants:
    """The seven free dissociation constants in solution, in nmol/L."""

    kd_alpha: float  # free IL-2 and one receptor
    kd_beta: float
    kd_gamma: float
    kd_beta_after_alpha: float  # β to IL-2 that holds α
    kd_gamma_after_beta: float  # γc to IL-2 that holds β
    kd_gamma_after_alpha_beta: float  # γc to IL-2 that holds α and β
    kd_gamma_after_alpha: float  # γc to IL-2 that holds α; not measured

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if not (np.isfinite(value) and value > 0.0):
                raise ParameterError(
                    f"{field.name} must be a positive number in nmol/L, not {value}."
                )


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceptorDensities:
    """All α, β and γc on the membrane, bound or not, per µm²."""

    alpha_per_um2: float  # densities, 0 if the cell lacks the chain
    beta_per_um2: float
    gamma_per_um2: float

    def __post_init__(self) -> None:
        if not all(np.isfinite(x) and x >= 0.0 for x in self.as_tuple()):
            raise ParameterError(
                "receptor densities must be finite and not negative, in µm⁻²."
            )

    def as_tuple(self) -> tuple[float, float, float]:
        """α, β and γc in this order."""
        return self.alpha_per_um2, self.beta_per_um2, self.gamma_per_um2

    @property
    def most_complexes_per_um2(self) -> float:
        """Complete complexes if IL-2 were no limit: the scarcest chain."""
        return min(self.as_tuple())

    @property
    def most_pairs_per_um2(self) -> float:
        """Pairs of β and γc, which signal, if IL-2 were no limit."""
        return min(self.beta_per_um2, self.gamma_per_um2)


@dataclass(frozen=True, slots=True, kw_only=True)
class MembraneModel:
    """How the membrane and the solution are described."""

    height_nm: float = DEFAULT_HEIGHT_NM  # of the layer in which receptors meet
    contact_association_um2: float = 0.0  # between complete complexes; 0 for none
    # Volume of solution per area of membrane; None if IL-2 is never used up.
    bath_depth_um: float | None = None

    def __post_init__(self) -> None:
        if not (
            np.isfinite(self.contact_association_um2)
            and self.contact_association_um2 >= 0.0
        ):
            raise ParameterError(
                "contact_association_um2 must be finite and not negative, in µm²."
            )
        depth = self.bath_depth_um
        if depth is not None and not (np.isfinite(depth) and depth > 0.0):
            raise ParameterError(
                f"bath_depth_um must be a positive number in µm or None, not {depth}."
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Occupancy:
    """Species on the membrane at each dose."""

    ligand_nanomolar: FloatArray  # (d,) dose of IL-2 in nmol/L
    free_ligand_nanomolar: FloatArray  # (d,) what is left in solution
    # (d, 10) One column for each of `SPECIES`; complexes in chains are counted one by one
    density_per_um2: FloatArray
    # (d,) Chance that a complete complex in a chain is followed by another
    growth_probability: FloatArray
    # (d,) Largest violation of conservation, relative to the chain's total
    residual: FloatArray

    def of(self, species: str) -> FloatArray:
        """Density of one of `SPECIES` at each dose, per µm²."""
        if species not in SPECIES:
            raise ParameterError(
                f"there is no species {species!r}; choose from {', '.join(SPECIES)}."
            )
        return self.density_per_um2[:, SPECIES.index(species)]

    @property
    def complete_per_um2(self) -> FloatArray:
        """Complexes of IL-2, α, β and γc per µm²."""
        return self.of("il2_alpha_beta_gamma")

    @property
    def signalling_per_um2(self) -> FloatArray:
        """β and γc joined by IL-2, with or without α, per µm²."""
        return self.of("il2_beta_gamma") + self.complete_per_um2

    @property
    def two_sited_per_um2(self) -> FloatArray:
        """Species that hold both an α and a γc, per µm²."""
        return self.of("il2_alpha_gamma") + self.complete_per_um2


def measured_constants() -> BindingConstants:
    """
    Read the constants from ``data/affinities.csv``, where each has its source.

    Examples
    --------
    >>> measured_constants().kd_beta_after_alpha
    63.0
    """
    return BindingConstants(
        **{
            row["quantity"]: float(row["kd_nanomolar"])
            for row in rows_of("affinities.csv")
            if row["kind"] == "solution"
        }
    )


def _cumulative(constants: BindingConstants) -> dict[tuple[str, ...], float]:
    """Product of the constants along any path to a state, in powers of nmol/L."""
    k = constants
    return {
        (): 1.0,
        ("alpha",): k.kd_alpha,
        ("beta",): k.kd_beta,
        ("gamma",): k.kd_gamma,
        ("alpha", "beta"): k.kd_alpha * k.kd_beta_after_alpha,
        ("alpha", "gamma"): k.kd_alpha * k.kd_gamma_after_alpha,
        ("beta", "gamma"): k.kd_beta * k.kd_gamma_after_beta,
        ("alpha", "beta", "gamma"): (
            k.kd_alpha * k.kd_beta_after_alpha * k.kd_gamma_after_alpha_beta
        ),
    }


def receptor_occupancy(
    densities: ReceptorDensities,
    ligand_nanomolar: npt.ArrayLike,
    *,
    constants: BindingConstants,
    model: MembraneModel | None = None,
) -> Occupancy:
    """
    Solve the binding of IL-2 to α, β and γc on a membrane at some doses.

    They are those of free IL-2, or of all of it if the model has a bath of finite depth.

    Examples
    --------
    α alone is half full at its own constant, whatever its density:

    >>> cell = ReceptorDensities(alpha_per_um2=20.0, beta_per_um2=0.0, gamma_per_um2=0.0)
    >>> found = receptor_occupancy(cell, [10.0], constants=measured_constants())
    >>> found.of("il2_alpha").round(9).tolist()
    [10.0]
    """
    model = model or MembraneModel()
    dose: FloatArray = np.atleast_1d(np.asarray(ligand_nanomolar, dtype=np.float64))
    if dose.ndim != 1 or not np.all(np.isfinite(dose) & (dose > 0.0)):
        raise ParameterError(
            "ligand_nanomolar must be one list of positive numbers in nmol/L."
        )
    balance = _mass_balance(densities, dose, constants, model)
    found = solve_mass_balance(balance)
    worst = int(np.argmax(found.residual))
    if found.residual[worst] > CONSERVATION:
        raise ParameterError(
            f"the binding balance at {dose[worst]:g} nmol/L closes only to "
            f"{found.residual[worst]:.1e}; the contact is too strong for double precision."
        )
    is_shared = model.bath_depth_um is not None
    return Occupancy(
        ligand_nanomolar=dose,
        free_ligand_nanomolar=np.exp(found.log_free[:, -1]) if is_shared else dose,
        density_per_um2=found.amount[:, : len(SPECIES)],
        growth_probability=isodesmic_growth_probability(
            found.amount[:, _COMPLETE], balance.association
        ),
        residual=found.residual,
    )


def _mass_balance(
    densities: ReceptorDensities,
    dose: FloatArray,
    constants: BindingConstants,
    model: MembraneModel,
) -> MassBalance:
    total = np.tile(densities.as_tuple(), (len(dose), 1))
    log_weight = np.tile(_log_formation(constants, model.height_nm), (len(dose), 1))
    is_absent = (_STOICHIOMETRY @ (total[0] <= 0.0)) > 0.0
    log_weight[:, is_absent] = -np.inf
    stoichiometry = _STOICHIOMETRY
    if model.bath_depth_um is None:
        log_weight[:, _HAS_IL2] += np.log(dose)[:, None]
    else:
        # One more row, IL-2 in solution: what a column of the bath holds per µm².
        per_nanomolar = (
            PER_UM3_PER_MICROMOLAR * MICROMOLAR_PER_NANOMOLAR * model.bath_depth_um
        )
        stoichiometry = np.vstack([stoichiometry, np.zeros(3)])
        column = np.append(_HAS_IL2, True)[:, None]
        stoichiometry = np.hstack([stoichiometry, column.astype(np.float64)])
        solution = np.full((len(dose), 1), np.log(per_nanomolar))
        log_weight = np.hstack([log_weight, solution])
        total = np.hstack([total, per_nanomolar * dose[:, None]])
    return MassBalance(
        log_weight=log_weight,
        stoichiometry=stoichiometry,
        total=total,
        chain_species=_COMPLETE,
        association=model.contact_association_um2,
    )


def _log_formation(constants: BindingConstants, height_nm: float) -> FloatArray:
    """Log weight of each species at 1 nmol/L of IL-2 and one free receptor of each kind per µm²."""
    product = _cumulative(constants)
    per_nanomolar = kd_2d_per_um2(MICROMOLAR_PER_NANOMOLAR, height_nm=height_nm)
    n_receptors = _STOICHIOMETRY.sum(axis=1)
    log_product = np.log([product[part] for part in _RECEPTORS])
    log_weight = -log_product - (n_receptors - 1.0) * np.log(per_nanomolar)
    return np.where(_HAS_IL2, log_weight, 0.0)
