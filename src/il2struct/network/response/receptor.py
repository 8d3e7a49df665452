"""
From contact to response: what chains of receptors would do to a cell's answer to IL-2.

`receptor_response` puts binding, chains and coupling together for one cell, sets the measured
values beside, and says in words what the comparison is worth.
"""

import math
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from il2struct.arrays import FloatArray, IndexArray
from il2struct.errors import ParameterError
from il2struct.network.response.binding import ReceptorDensities
from il2struct.network.response.coupling import (
    half_activity,
    row_hill_slope,
    strongest_coupling_kt,
)
from il2struct.network.response.dose_response import (
    CurveSummary,
    DoseResponse,
    MeasuredResponse,
    ResponseSettings,
    contact_association_um2,
    curve_summary,
    dose_response,
    height_to_match_nm,
    independent_receptors,
    measured_response,
    receptor_densities,
)
from il2struct.network.response.polymer import (
    ChainStatistics,
    FreeChains,
    association_um2,
    gamma_cluster_fractions,
    growth_probability_limit,
    isodesmic_chain,
    isodesmic_growth_probability,
    length_fractions,
    stopped_chain,
    stopped_growth_probability,
)

#: γc in a cluster at rest (at most) and after IL-2 (science brief, literature abstract).
RESTING_CLUSTER_MAX: Final = 3
STIMULATED_CLUSTER_RANGE: Final = (4, 6)
#: Steepest Hill slope measured, on NK cells with 23 α (``data/pstat5.csv``).
STEEPEST_MEASURED: Final = 4.9
#: Largest cluster in the table.
MAX_CLUSTER: Final = 12
#: Rows of the two tables of what-if; None is an endless row.
SCAN_COUPLING_KT: Final = (0.0, 0.5, 1.0, 2.0, 4.0)
SCAN_ROW_LENGTH: Final = (2, 4, 6, None)
SCAN_KD_MICROMOLAR: Final = (0.1, 1.0, 10.0, 100.0, 1000.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterSizes:
    """Chains by length where most complexes are complete, all of shape (n,)."""

    size: IndexArray  # Complexes in a chain, or γc in a cluster
    # Of all chains, and of all complexes, those in chains of this length
    chain_fraction: FloatArray
    complex_fraction: FloatArray
    # Of all γc clusters, single γc included, those of this size
    gamma_cluster_fraction: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class CouplingScan:
    """What coupling does to a row of receptors, one row of the table a pair of values."""

    coupling_kt: FloatArray  # Energy in kT
    row_length: FloatArray  # Receptors in the row, infinite for an endless one
    # Factor on the activity (IL-2, far from saturation) at half occupancy
    ec50_factor: FloatArray
    hill: FloatArray  # Hill slope there; 1 without coupling


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactScan:
    """Mean chain length against the strength of the contact, if all possible complexes are complete."""

    contact_kd_micromolar: FloatArray  # Dissociation constant in solution in µmol/L
    # Complexes per chain if free chains compete and if they are silent
    mean_length_compete: FloatArray
    mean_length_silent: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A comparison in words."""

    verdict: str  # ``supports``, ``neutral`` or ``against``
    text: str  # One or two sentences with the numbers


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceptorResponse:
    """Everything that ``il2struct response`` prints and saves."""

    settings: ResponseSettings  # The question
    densities: ReceptorDensities  # Chains per µm²
    dose: DoseResponse  # Columns over the doses
    # EC50 and Hill slope with contact and coupling, and with neither
    curve: CurveSummary
    independent: CurveSummary
    measured: MeasuredResponse  # Measured values
    # Chains at the dose with most complexes, if free chains compete and if they are silent; the
    # distribution below follows the one of the settings
    chains_compete: ChainStatistics
    chains_silent: ChainStatistics
    growth_limit: float  # Growth probability that competing free chains allow at most
    clusters: ClusterSizes  # Distribution of lengths
    coupling_scan: CouplingScan  # What other couplings would do
    contact_scan: ContactScan  # What other contact strengths would do
    # Height at which independent receptors meet the measured EC50, in nm; NaN if none does
    height_to_match_nm: float
    ec50_verdict: Verdict  # Comparison with the measurements
    hill_verdict: Verdict
    cluster_verdict: Verdict
    assumptions: tuple[str, ...]  # To be printed with every output

    @property
    def chains(self) -> ChainStatistics:
        """Chains under the assumption of the settings."""
        if self.settings.free_chains is FreeChains.SILENT:
            return self.chains_silent
        return self.chains_compete


def receptor_response(settings: ResponseSettings) -> ReceptorResponse:
    """
    Answer one question about a cell: dose-response, chains, clusters, and how they compare.

    Examples
    --------
    >>> from il2struct.network.response.dose_response import cell_type
    >>> found = receptor_response(ResponseSettings(cell=cell_type("treg")))
    >>> round(found.growth_limit, 3), round(found.chains_compete.mean_length_number, 2)
    (0.047, 1.01)
    """
    densities = receptor_densities(settings)
    dose = dose_response(settings)
    curve = curve_summary(settings)
    independent = curve_summary(independent_receptors(settings))
    measured = measured_response(settings.cell.cell)
    compete, silent = _chains(settings, densities, float(dose.complete_per_um2.max()))
    chains = silent if settings.free_chains is FreeChains.SILENT else compete
    height = height_to_match_nm(settings, _middle_ec50(measured))
    return ReceptorResponse(
        settings=settings,
        densities=densities,
        dose=dose,
        curve=curve,
        independent=independent,
        measured=measured,
        chains_compete=compete,
        chains_silent=silent,
        growth_limit=growth_probability_limit(
            densities.most_complexes_per_um2,
            densities.alpha_per_um2,
            densities.gamma_per_um2,
        ),
        clusters=_cluster_sizes(chains, densities.gamma_per_um2),
        coupling_scan=_coupling_scan(),
        contact_scan=_contact_scan(settings, densities),
        height_to_match_nm=height,
        ec50_verdict=compare_ec50(curve, independent, measured),
        hill_verdict=compare_hill(curve, measured, row_length=settings.row_length),
        cluster_verdict=compare_clusters(chains),
        assumptions=_assumptions(settings),
    )


def _chains(
    settings: ResponseSettings, densities: ReceptorDensities, complexes_per_um2: float
) -> tuple[ChainStatistics, ChainStatistics]:
    """Chains of a number of complexes, if free chains compete and if they are silent."""
    association = contact_association_um2(settings)
    compete = stopped_chain(
        min(complexes_per_um2, densities.most_complexes_per_um2),
        densities.alpha_per_um2,
        densities.gamma_per_um2,
        association,
    )
    return compete, isodesmic_chain(complexes_per_um2, association)


def _cluster_sizes(chains: ChainStatistics, gamma_per_um2: float) -> ClusterSizes:
    number, weight = length_fractions(chains.growth_probability, MAX_CLUSTER)
    return ClusterSizes(
        size=np.arange(1, MAX_CLUSTER + 1),
        chain_fraction=number,
        complex_fraction=weight,
        gamma_cluster_fraction=gamma_cluster_fractions(
            chains, gamma_per_um2, MAX_CLUSTER
        ),
    )


def _coupling_scan() -> CouplingScan:
    pairs = [(j, n) for j in SCAN_COUPLING_KT for n in SCAN_ROW_LENGTH]
    return CouplingScan(
        coupling_kt=np.array([j for j, _ in pairs]),
        row_length=np.array([math.inf if n is None else float(n) for _, n in pairs]),
        ec50_factor=np.array([half_activity(j, length=n) for j, n in pairs]),
        hill=np.array([row_hill_slope(j, length=n) for j, n in pairs]),
    )


def _contact_scan(
    settings: ResponseSettings, densities: ReceptorDensities
) -> ContactScan:
    most = densities.most_complexes_per_um2
    compete, silent = [], []
    for kd in SCAN_KD_MICROMOLAR:
        association = association_um2(kd, height_nm=settings.height_nm)
        stopped = stopped_chain(
            most, densities.alpha_per_um2, densities.gamma_per_um2, association
        )
        compete.append(stopped.mean_length_number)
        silent.append(isodesmic_chain(most, association).mean_length_number)
    return ContactScan(
        contact_kd_micromolar=np.array(SCAN_KD_MICROMOLAR),
        mean_length_compete=np.array(compete),
        mean_length_silent=np.array(silent),
    )


def _middle_ec50(measured: MeasuredResponse) -> float:
    return math.sqrt(measured.ec50_low_nanomolar * measured.ec50_high_nanomolar)


def compare_hill(
    curve: CurveSummary, measured: MeasuredResponse, *, row_length: int | None
) -> Verdict:
    """
    Say whether the measured steepness leaves room for coupling.

    ``against`` if the model is steeper than any cell measured, `STEEPEST_MEASURED`; else
    ``neutral``. A steep curve supports nothing: cells with next to no α, which cannot make the
    contact, have the steepest. A flat one is no proof either, since differences between cells
    flatten it.

    Examples
    --------
    >>> from il2struct.network.response.dose_response import measured_response
    >>> steep = CurveSummary(ec50_nanomolar=0.05, hill=6.0, plateau_fraction=1.0)
    >>> compare_hill(steep, measured_response("treg"), row_length=6).verdict
    'against'
    """
    low, high = measured.hill_low, measured.hill_high
    if math.isnan(high) or math.isnan(curve.hill):
        text = "No Hill slope to compare: it was not measured or the curve has no half."
        return Verdict(verdict="neutral", text=text)
    row = "an endless row" if row_length is None else f"a row of {row_length}"
    limit = strongest_coupling_kt(high, length=row_length)
    room = f"{row[0].upper()}{row[1:]} of like cells may be coupled by {limit:.2f} kT at most."
    if math.isinf(limit):
        room = f"{row[0].upper()}{row[1:]} is too short for its slope to tell."
    found = f"Model Hill slope {curve.hill:.2f}, measured {low:g}-{high:g}:"
    if curve.hill > STEEPEST_MEASURED:
        return Verdict(
            verdict="against",
            text=f"{found} steeper than on any cell measured (at most {STEEPEST_MEASURED:g}). {room}",
        )
    return Verdict(
        verdict="neutral",
        text=f"{found} no verdict, since cells with 24 α are as steep as {STEEPEST_MEASURED:g} "
        f"without the contact, and differences between cells flatten a measured curve. {room}",
    )


def compare_ec50(
    curve: CurveSummary, independent: CurveSummary, measured: MeasuredResponse
) -> Verdict:
    """
    Say what contact and coupling do to the half-maximal dose.

    Always ``neutral``: only a shift would belong to the network, and no cell was measured without
    it.
    """
    if math.isnan(measured.ec50_low_nanomolar) or math.isnan(curve.ec50_nanomolar):
        text = "No EC50 to compare: it was not measured or the curve has no half."
        return Verdict(verdict="neutral", text=text)
    shift = curve.ec50_nanomolar / independent.ec50_nanomolar
    text = (
        f"Model EC50 {curve.ec50_nanomolar:.2g} nmol/L, {shift:.2g} times that of independent "
        f"receptors ({independent.ec50_nanomolar:.2g}); measured "
        f"{measured.ec50_low_nanomolar:g}-{measured.ec50_high_nanomolar:g} nmol/L. No verdict: only "
        "the shift belongs to the network, and no cell was measured without it."
    )
    return Verdict(verdict="neutral", text=text)


def compare_clusters(chains: ChainStatistics) -> Verdict:
    """
    Say whether chains are as long as the γc clusters seen after IL-2.

    By the mean length that a complex finds itself in (weight average): ``against`` if it is longer
    than the clusters seen after IL-2; else ``neutral``. Chains of their length would explain the
    clusters and shorter ones leave them to other causes.
    """
    low, high = STIMULATED_CLUSTER_RANGE
    mean = chains.mean_length_weight
    text = (
        f"A complex sits in a chain of {mean:.2f} on average (chains have "
        f"{chains.mean_length_number:.2f}); γc clusters hold at most {RESTING_CLUSTER_MAX} at "
        f"rest and {low}-{high} after IL-2."
    )
    if mean > high:
        return Verdict(verdict="against", text=f"{text} Such chains would be larger.")
    if mean >= low:
        text += " Chains of this length would explain them, as other causes might."
    else:
        text += (
            " Chains by this contact do not explain the clusters; other causes might."
        )
    return Verdict(verdict="neutral", text=text)


def _assumptions(settings: ResponseSettings) -> tuple[str, ...]:
    sentences = [settings.free_chains.statement]
    if settings.free_chains is FreeChains.COMPETE:
        sentences.append(
            "Competing sites bind whether or not IL-2 is there, so the contact alone cannot "
            "shift the dose-response; only coupling can."
        )
    sentences += [
        f"Contact K_d {settings.contact_kd_micromolar:g} µmol/L in solution: assumed or "
        "chosen, never measured; no oligomer was seen in solution.",
        f"Receptors meet in a layer of {settings.height_nm:g} nm (assumed, 5-10 nm), "
        f"{settings.binding_penalty:g} times less well than that alone would have it (fitted to "
        "affinities of cells).",
        f"Coupling {settings.coupling_kt:g} kT in rows of {_row(settings.row_length)}: "
        "chosen, not measured.",
        "The response counts β-γc pairs joined by IL-2 at equilibrium; phosphorylation, "
        "uptake and differences between cells are left out.",
        _bath(settings.cells_per_ml),
    ]
    if settings.density_per_um2 is not None:
        sentences.append(
            f"Local density: {settings.density_per_um2:g} per µm² of the scarcest chain, the "
            "others in proportion."
        )
    sentences.append(
        f"IL-2·α + γc {settings.constants.kd_gamma_after_alpha:g} nmol/L is assumed; IL-2 + γc "
        f"{settings.constants.kd_gamma:g} nmol/L is a lower bound; preformed α-β and β-γc "
        "pairs are left out."
    )
    return (*sentences, *settings.cell.sources)


def _row(row_length: int | None) -> str:
    return "any length" if row_length is None else f"{row_length} receptors"


def _bath(cells_per_ml: float | None) -> str:
    if cells_per_ml is None:
        return "Doses are free IL-2, never used up."
    return f"Doses are total IL-2, shared by {cells_per_ml:g} cells per millilitre."


#: Contact strengths (log10 of µmol/L): from a tight cytokine-receptor pair to what crystals hold.
KD_LOG_RANGE: Final = (-3.0, 3.0)
#: Densities (log10 of µm⁻²): from a resting cell to complexes packed side by side, which leave
#: each some 100 nm².
DENSITY_LOG_RANGE: Final = (-1.0, 4.0)
#: Points a decade in both directions.
POINTS_A_DECADE: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PhaseDiagram:
    """Mean chain length if all complexes that can form are complete."""

    settings: ResponseSettings  # Cell (its ratio of chains) and height of the layer
    # (k,) Dissociation constants of the contact in solution in µmol/L, rising
    contact_kd_micromolar: FloatArray
    # (d,) Densities of the scarcest chain in µm⁻², rising; the others in proportion
    density_per_um2: FloatArray
    # (d, k) Complexes a chain, number average, if α and γc outside complexes are silent and if they
    # compete
    mean_length_silent: FloatArray
    mean_length_compete: FloatArray
    # What competing free chains allow at most, however dense and strong
    longest_compete: float
    # Density of the scarcest chain under the settings, the point of the cell
    cell_density_per_um2: float


def phase_diagram(
    settings: ResponseSettings,
    *,
    contact_kd_micromolar: npt.ArrayLike | None = None,
    density_per_um2: npt.ArrayLike | None = None,
) -> PhaseDiagram:
    """
    Work out mean chain lengths over densities and strengths of the contact.

    Examples
    --------
    >>> from il2struct.network.response.dose_response import cell_type
    >>> treg = ResponseSettings(cell=cell_type("treg"))
    >>> found = phase_diagram(treg, contact_kd_micromolar=[1.0], density_per_um2=[100.0])
    >>> found.mean_length_silent.round(1).tolist(), round(found.longest_compete, 2)
    ([[5.2]], 1.05)
    """
    kds = _axis(contact_kd_micromolar, KD_LOG_RANGE, "contact_kd_micromolar")
    densities = _axis(density_per_um2, DENSITY_LOG_RANGE, "density_per_um2")
    chains = [
        receptor_densities(replace(settings, density_per_um2=float(density)))
        for density in densities
    ]
    most = np.array([c.most_complexes_per_um2 for c in chains])
    alpha = np.array([c.alpha_per_um2 for c in chains])
    gamma = np.array([c.gamma_per_um2 for c in chains])
    strengths = [association_um2(kd, height_nm=settings.height_nm) for kd in kds]
    silent = [isodesmic_growth_probability(most, k) for k in strengths]
    compete = [stopped_growth_probability(most, alpha, gamma, k) for k in strengths]
    limit = growth_probability_limit(float(most[0]), float(alpha[0]), float(gamma[0]))
    return PhaseDiagram(
        settings=settings,
        contact_kd_micromolar=kds,
        density_per_um2=densities,
        mean_length_silent=_mean_length(np.array(silent).T),
        mean_length_compete=_mean_length(np.array(compete).T),
        longest_compete=1.0 / (1.0 - limit) if limit < 1.0 else math.inf,
        cell_density_per_um2=receptor_densities(settings).most_complexes_per_um2,
    )


def _mean_length(growth_probability: FloatArray) -> FloatArray:
    """Complexes a chain; infinite where the probability rounds to 1."""
    with np.errstate(divide="ignore"):
        length: FloatArray = 1.0 / (1.0 - growth_probability)
    return length


def _axis(
    values: npt.ArrayLike | None, log_range: tuple[float, float], name: str
) -> FloatArray:
    if values is None:
        n_values = round((log_range[1] - log_range[0]) * POINTS_A_DECADE) + 1
        return np.logspace(*log_range, n_values)
    axis: FloatArray = np.array(values, dtype=np.float64)
    is_rising = axis.ndim == 1 and bool(np.all(np.diff(axis) > 0.0)) and len(axis) > 0
    if not (is_rising and np.all(np.isfinite(axis)) and axis[0] > 0.0):
        raise ParameterError(f"{name} must be positive, finite and rising.")
    return axis
