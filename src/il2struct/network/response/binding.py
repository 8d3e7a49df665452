"""
How much of each receptor is bound at a dose of IL-2: equilibrium with every cycle closed.

IL-2 (in solution) holds α, β and γc (on the membrane) in any combination: a cube of eight states
and twelve steps. Seven constants are free, the other five follow from the faces of the cube, so
no path around it gains energy. A first receptor binds IL-2 from solution, with the constant
measured there. Each further one is met on the membrane, where a density *r* counts as the
concentration ``r/(N_A h)`` in a layer of height *h*.

If complete complexes form chains (`contact_association_um2`), their chains are part of it.
"""

from dataclasses import dataclass, fields
from typing import Final

import numpy as np
import numpy.typing as npt

from il2struct.arrays import FloatArray
from il2struct.data import rows_of
from il2struct.errors import ParameterError
from il2struct.network.response.confinement import (
    DEFAULT_HEIGHT_NM,
    PER_UM3_PER_MICROMOLAR,
    kd_2d_per_um2,
)
from il2struct.network.response.mass_action import MassBalance, solve_mass_balance
from il2struct.network.response.polymer import isodesmic_growth_probability

__all__ = [
    "SPECIES",
    "BindingConstants",
    "MembraneModel",
    "Occupancy",
    "ReceptorDensities",
    "measured_constants",
    "receptor_occupancy",
]

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

    kd_alpha: float  # Free IL-2 and one receptor
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

    alpha_per_um2: float  # Densities, 0 if the cell lacks the chain
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

    # Height of the layer in which receptors meet, in nm
    height_nm: float = DEFAULT_HEIGHT_NM
    # Association constant of the contact between complete complexes in µm²; 0 for none
    contact_association_um2: float = 0.0
    # Volume of solution per area of membrane in µm; None if IL-2 is never used up
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

    ligand_nanomolar: FloatArray  # (d,) Dose of IL-2 in nmol/L
    free_ligand_nanomolar: FloatArray  # (d,) What is left in solution
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
    Solve the binding of IL-2 to α, β and γc on a membrane.

    Shapes: ``ligand_nanomolar`` (d,).

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
