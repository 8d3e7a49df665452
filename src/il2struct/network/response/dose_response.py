"""
Dose-response of a cell to IL-2: binding, contact between complexes, coupling along rows.

The response is the number of β-γc pairs joined by IL-2, with or without α, as a fraction of all
pairs that could form. What the cell makes of them (kinases, phosphatases, uptake) is left out.
Receptors and measured responses of four cell types are read from tables with sources; replace a
field of a `CellType` to ask about one's own cell.

How the three models meet:

* *Binding* gives the complete complexes without coupling.
* *Contact*: if free chains are silent, chains of complete complexes are part of the balance and
  draw binding on. If free chains compete, a site binds its partner whether or not IL-2 is there,
  and the balance of IL-2 is exactly what it is without the contact.
* *Coupling* acts on rows of receptors that can be complete; the activity of one of them is its
  odds of being complete without coupling. Pairs without α keep their share of the rest.
"""

import math
from dataclasses import dataclass, field, fields, replace
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq

from il2struct.arrays import FloatArray
from il2struct.data import rows_of
from il2struct.errors import ParameterError
from il2struct.network.response.binding import (
    BindingConstants,
    MembraneModel,
    Occupancy,
    ReceptorDensities,
    measured_constants,
    receptor_occupancy,
)
from il2struct.network.response.polymer import (
    DEFAULT_HEIGHT_NM,
    FreeChains,
    association_um2,
    endless_row_response,
    row_response,
    stopped_growth_probability,
)

#: Numbers that a cell must have, as in ``data/cells.csv``, and how they are said.
_QUANTITIES: Final = {
    "alpha_per_cell": "{} α per cell",
    "beta_per_cell": "{} β per cell",
    "gamma_per_cell": "{} γc per cell",
    "membrane_area_um2": "membrane of {} µm²",
}
#: Dissociation constant of the γc-α contact in µmol/L. Assumed: it was never measured, and the
#: complex in solution is 1:1:1:1, so it is weak.
DEFAULT_CONTACT_KD_MICROMOLAR: Final = 100.0
#: By how much receptors meet less well on a cell than confinement to the layer alone would have
#: it (orientation, corrals). The one number that is fitted, to the affinities of cells in
#: ``data/affinities.csv``: 10 pM on a regulatory T cell asks for 11.5, 1 nM on an NK cell without α
#: for 34.6; this is their geometric mean. α alone, 10 nM, is bound from solution and needs none.
BINDING_PENALTY: Final = 20.0
#: Receptors in a coupled row: the upper end of the γc clusters seen after IL-2 (science brief,
#: literature abstract).
DEFAULT_ROW_LENGTH: Final = 6
#: Doses (log10 of nmol/L) and their number: 20 a decade.
DOSE_LOG_RANGE: Final = (-8.0, 4.0)
N_DOSES: Final = 241
#: Largest activity of one receptor: occupancies nearer to 1 are rounding.
MAX_ACTIVITY: Final = 1e15
#: Step in ln(dose) of the Hill slope; its error is the square of this.
SLOPE_STEP: Final = 1e-3
#: Accuracy of ln(dose) at half of the largest response.
ROOT_TOLERANCE: Final = 1e-10
#: µm³ in a millilitre.
UM3_PER_ML: Final = 1e12


@dataclass(frozen=True, slots=True, kw_only=True)
class CellType:
    """Receptors of a cell; any field can be replaced by one's own number."""

    cell: str  # short name
    cell_name: str
    alpha_per_cell: float
    beta_per_cell: float
    gamma_per_cell: float
    membrane_area_um2: float  # that they spread over
    sources: tuple[str, ...]  # where each number is from, assumed ones first

    def __post_init__(self) -> None:
        for name in _QUANTITIES:
            value = getattr(self, name)
            if not (math.isfinite(value) and value >= 0.0):
                raise ParameterError(
                    f"{name} of {self.cell} must be finite and not negative, not {value}."
                )
        if self.membrane_area_um2 == 0.0:
            raise ParameterError(f"membrane_area_um2 of {self.cell} must be above 0.")

    @property
    def scarcest_per_cell(self) -> float:
        """Chains of the kind that limits the number of complete complexes."""
        return min(self.alpha_per_cell, self.beta_per_cell, self.gamma_per_cell)


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredResponse:
    """Measured dose-response of STAT5 phosphorylation; NaN where not known."""

    ec50_low_nanomolar: float
    ec50_high_nanomolar: float
    hill_low: float
    hill_high: float
    source: str


def cell_type(cell: str) -> CellType:
    """
    Look up the receptors of a cell in ``data/cells.csv``.

    Examples
    --------
    >>> cell_type("treg").gamma_per_cell
    14082.0
    """
    table = rows_of("cells.csv")
    rows = [row for row in table if row["cell"] == cell]
    if not rows:
        known = ", ".join(dict.fromkeys(row["cell"] for row in table))
        raise ParameterError(f"there is no cell type {cell!r}; choose from {known}.")
    value = {row["quantity"]: float(row["value"]) for row in rows}
    ordered = sorted(rows, key=lambda row: row["status"] != "assumed")
    by_source: dict[str, list[str]] = {}
    for row in rows:
        named = _QUANTITIES[row["quantity"]].format(row["value"])
        by_source.setdefault(row["source"], []).append(named)
    sources = dict.fromkeys(row["source"] for row in ordered)
    return CellType(
        cell=cell,
        cell_name=rows[0]["cell_name"],
        **{name: value[name] for name in _QUANTITIES},
        sources=tuple(f"{', '.join(by_source[s])}: {s}." for s in sources),
    )


def counted_again(cell: CellType) -> tuple[CellType, ...]:
    """
    List a cell with its receptors as every data set in ``data/receptor_counts.csv`` counts them.

    The cell as it is comes first. Published counts of one cell differ by threefold and more.

    Examples
    --------
    >>> [found.beta_per_cell for found in counted_again(cell_type("treg"))]
    [663.0, 2350.0, 1928.0]
    """
    others = [row for row in rows_of("receptor_counts.csv") if row["cell"] == cell.cell]
    return cell, *(
        replace(
            cell,
            alpha_per_cell=float(row["alpha_per_cell"]),
            beta_per_cell=float(row["beta_per_cell"]),
            gamma_per_cell=float(row["gamma_per_cell"]),
            sources=(*cell.sources, f"{row['data_set']}: {row['source']}."),
        )
        for row in others
    )


def measured_response(cell: str) -> MeasuredResponse:
    """
    Look up the measured pSTAT5 response of a cell in ``data/pstat5.csv``.

    Examples
    --------
    >>> measured_response("treg").ec50_high_nanomolar
    0.07
    """
    row = next((row for row in rows_of("pstat5.csv") if row["cell"] == cell), {})
    numbers = [field.name for field in fields(MeasuredResponse)][:-1]
    return MeasuredResponse(
        **{name: float(row.get(name) or math.nan) for name in numbers},
        source=row.get("source", "not measured"),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseSettings:
    """One question to the model."""

    cell: CellType  # receptors, from `cell_type` or one's own
    # Of the scarcest chain, the others in proportion, for a raft or synapse; None spreads all chains
    # over the cell.
    density_per_um2: float | None = None
    # Of the γc-α contact in solution; infinite for none.
    contact_kd_micromolar: float = DEFAULT_CONTACT_KD_MICROMOLAR
    free_chains: FreeChains = FreeChains.COMPETE
    coupling_kt: float = 0.0  # by which neighbouring complete complexes help each other
    row_length: int | None = DEFAULT_ROW_LENGTH  # coupled receptors; None for endless
    height_nm: float = DEFAULT_HEIGHT_NM  # of the layer in which receptors meet
    # Factor on the dissociation constants of steps that join receptors through IL-2 on the
    # membrane; 1 for confinement alone. The contact has none.
    binding_penalty: float = BINDING_PENALTY
    cells_per_ml: float | None = (
        None  # that share the IL-2; None if it is never used up
    )
    constants: BindingConstants = field(default_factory=measured_constants)


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseResponse:
    """Columns over the doses of IL-2, all of shape (d,)."""

    ligand_nanomolar: FloatArray
    response_fraction: FloatArray  # β-γc pairs joined by IL-2, of all that could be
    uncoupled_fraction: FloatArray  # the same without coupling
    complete_per_um2: FloatArray  # complexes with α, β and γc, without coupling
    growth_probability: FloatArray  # that a complex is followed by another
    mean_chain_length: FloatArray  # complexes per chain
    conservation_residual: (
        FloatArray  # largest violation of a chain's balance, relative
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class CurveSummary:
    """Half-maximal dose and steepness of a curve; NaN if it does not reach half in the range."""

    ec50_nanomolar: float  # lowest dose with half of the largest response, in nmol/L
    hill: float  # slope of ``log(y/(1-y))`` against the logarithm of the dose there
    plateau_fraction: float  # largest response, of all pairs that could form


def _check_positive(name: str, value: float) -> None:
    if not 0.0 < value < math.inf:
        raise ParameterError(f"{name} must be a positive number, not {value}.")


def receptor_densities(settings: ResponseSettings) -> ReceptorDensities:
    """Spread the receptors of a cell over its membrane."""
    cell = settings.cell
    per_um2 = 1.0 / cell.membrane_area_um2
    if settings.density_per_um2 is not None:
        _check_positive("density_per_um2", settings.density_per_um2)
        if cell.scarcest_per_cell == 0.0:
            raise ParameterError(
                f"{cell.cell} lacks a chain, so its density cannot be set; "
                "change membrane_area_um2 of the cell instead."
            )
        per_um2 = settings.density_per_um2 / cell.scarcest_per_cell
    return ReceptorDensities(
        alpha_per_um2=cell.alpha_per_cell * per_um2,
        beta_per_um2=cell.beta_per_cell * per_um2,
        gamma_per_um2=cell.gamma_per_cell * per_um2,
    )


def contact_association_um2(settings: ResponseSettings) -> float:
    """Association constant of the contact on the membrane in µm²; 0 for no contact."""
    return association_um2(settings.contact_kd_micromolar, height_nm=settings.height_nm)


def independent_receptors(settings: ResponseSettings) -> ResponseSettings:
    """Ask about the same cell without contact and without coupling."""
    return replace(settings, contact_kd_micromolar=math.inf, coupling_kt=0.0)


def dose_response(
    settings: ResponseSettings, ligand_nanomolar: npt.ArrayLike | None = None
) -> DoseResponse:
    """
    Response of a cell at doses of IL-2 in nmol/L, by default 20 a decade from 1e-8 to 1e4.

    Examples
    --------
    >>> from il2struct.network.response.dose_response import cell_type
    >>> found = dose_response(ResponseSettings(cell=cell_type("cd8")), [1e-6, 1e3])
    >>> found.response_fraction.round(3).tolist()
    [0.0, 0.998]
    """
    dose = (
        np.logspace(*DOSE_LOG_RANGE, N_DOSES)
        if ligand_nanomolar is None
        else ligand_nanomolar
    )
    densities = receptor_densities(settings)
    occupancy = receptor_occupancy(
        densities,
        dose,
        constants=settings.constants,
        model=_membrane_model(settings),
    )
    growth = occupancy.growth_probability
    if settings.free_chains is FreeChains.COMPETE:
        growth = stopped_growth_probability(
            occupancy.two_sited_per_um2,
            densities.alpha_per_um2,
            densities.gamma_per_um2,
            contact_association_um2(settings),
        )
    most = densities.most_pairs_per_um2
    if most == 0.0:
        raise ParameterError(
            f"{settings.cell.cell} has no β or no γc, so nothing can signal."
        )
    return DoseResponse(
        ligand_nanomolar=occupancy.ligand_nanomolar,
        response_fraction=_coupled_pairs(settings, densities, occupancy) / most,
        uncoupled_fraction=occupancy.signalling_per_um2 / most,
        complete_per_um2=occupancy.complete_per_um2,
        growth_probability=growth,
        mean_chain_length=1.0 / (1.0 - growth),
        conservation_residual=occupancy.residual,
    )


def _membrane_model(settings: ResponseSettings) -> MembraneModel:
    _check_positive("binding_penalty", settings.binding_penalty)
    is_silent = settings.free_chains is FreeChains.SILENT
    depth = None
    if settings.cells_per_ml is not None:
        _check_positive("cells_per_ml", settings.cells_per_ml)
        area = settings.cells_per_ml * settings.cell.membrane_area_um2
        depth = UM3_PER_ML / area
    return MembraneModel(
        # A K_d is proportional to the height, so that a penalty on it is a higher layer.
        height_nm=settings.height_nm * settings.binding_penalty,
        # Competing sites are bound independently of IL-2, so the balance does not feel them.
        contact_association_um2=contact_association_um2(settings) if is_silent else 0.0,
        bath_depth_um=depth,
    )


def _coupled_pairs(
    settings: ResponseSettings, densities: ReceptorDensities, occupancy: Occupancy
) -> FloatArray:
    """Signalling pairs per µm² once neighbouring complete complexes help each other."""
    complete, pairs = occupancy.complete_per_um2, occupancy.signalling_per_um2
    rows = densities.most_complexes_per_um2
    if settings.coupling_kt == 0.0 or rows == 0.0:
        return pairs
    share = complete / rows
    activity = share / np.maximum(1.0 - share, 1.0 / MAX_ACTIVITY)
    activity = np.minimum(activity, MAX_ACTIVITY)
    coupling, length = settings.coupling_kt, settings.row_length
    if length is None:
        coupled = rows * endless_row_response(activity, coupling).occupancy
    else:
        coupled = rows * row_response(activity, coupling, length=length).occupancy
    # Pairs without α take the same share of what complete complexes leave them.
    room = densities.most_pairs_per_um2 - complete
    without_alpha = pairs - complete
    share_of_room = np.divide(
        without_alpha, room, out=np.zeros_like(room), where=room > without_alpha
    )
    return coupled + (densities.most_pairs_per_um2 - coupled) * share_of_room


def curve_summary(settings: ResponseSettings) -> CurveSummary:
    """
    Half-maximal dose and Hill slope of a cell.

    EC50 and Hill slope are NaN if half of the largest response lies outside the doses.
    """
    curve = dose_response(settings)
    plateau = float(curve.response_fraction.max())
    crossing = np.flatnonzero(curve.response_fraction >= 0.5 * plateau)
    first = int(crossing[0])
    if first == 0 or plateau == 0.0:
        return CurveSummary(
            ec50_nanomolar=math.nan, hill=math.nan, plateau_fraction=plateau
        )

    def share(log_dose: float) -> float:
        found = dose_response(settings, [math.exp(log_dose)])
        return float(found.response_fraction[0]) / plateau

    low, high = np.log(curve.ligand_nanomolar[first - 1 : first + 1])
    log_ec50 = brentq(lambda x: share(x) - 0.5, low, high, xtol=ROOT_TOLERANCE)
    odds = [share(log_ec50 + sign * SLOPE_STEP) for sign in (-1.0, 1.0)]
    low_logit, high_logit = (math.log(y / (1.0 - y)) for y in odds)
    return CurveSummary(
        ec50_nanomolar=math.exp(log_ec50),
        hill=(high_logit - low_logit) / (2.0 * SLOPE_STEP),
        plateau_fraction=plateau,
    )
