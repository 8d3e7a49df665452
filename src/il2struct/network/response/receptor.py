"""
From contact to response: what chains of receptors would do to a cell's answer to IL-2.

`receptor_response` puts binding, chains and coupling together for one cell, sets the measured
values beside, and says in words what the comparison is worth.
"""

import math
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from il2struct.arrays import FloatArray, IndexArray
from il2struct.errors import ParameterError
from il2struct.network.response.binding import ReceptorDensities
from il2struct.network.response.dose_response import (
    CurveSummary,
    DoseResponse,
    MeasuredResponse,
    ResponseSettings,
    contact_association_um2,
    curve_summary,
    dose_response,
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
    half_activity,
    isodesmic_chain,
    isodesmic_growth_probability,
    length_fractions,
    row_hill_slope,
    stopped_chain,
    stopped_growth_probability,
    strongest_coupling_kt,
)
from il2struct.tables import column_names, frame, table_from_rows

if TYPE_CHECKING:
    import pandas as pd

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
#: Contact strengths (log10 of µmol/L): from a tight cytokine-receptor pair to what crystals hold.
KD_LOG_RANGE: Final = (-3.0, 3.0)
#: Densities (log10 of µm⁻²): from a resting cell to complexes packed side by side, which leave
#: each some 100 nm².
DENSITY_LOG_RANGE: Final = (-1.0, 4.0)
#: Points a decade in both directions.
POINTS_A_DECADE: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterSizes:
    """Chains by length where most complexes are complete, all of shape (n,)."""

    size: IndexArray  # complexes in a chain, or γc in a cluster
    chain_fraction: FloatArray  # of all chains, those of this length
    complex_fraction: FloatArray  # of all complexes, those in such chains
    gamma_cluster_fraction: FloatArray  # of all γc clusters, single γc included


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A comparison in words."""

    verdict: str  # ``supports``, ``neutral`` or ``against``
    text: str  # one or two sentences with the numbers


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceptorResponse:
    """Everything that ``il2struct response`` prints and saves."""

    settings: ResponseSettings
    densities: ReceptorDensities
    dose: DoseResponse
    curve: CurveSummary  # with contact and coupling
    independent: CurveSummary  # with neither
    measured: MeasuredResponse
    # At the dose with most complexes: under the assumption of the settings on free chains, if these
    # compete, and if they are silent.
    chains: ChainStatistics
    chains_compete: ChainStatistics
    chains_silent: ChainStatistics
    growth_limit: float  # growth probability that competing free chains allow at most
    clusters: ClusterSizes
    ec50_verdict: Comparison
    hill_verdict: Comparison
    cluster_verdict: Comparison
    assumptions: tuple[str, ...]  # see `assumptions`


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
    most, alpha, gamma = (
        densities.most_complexes_per_um2,
        densities.alpha_per_um2,
        densities.gamma_per_um2,
    )
    dose = dose_response(settings)
    curve = curve_summary(settings)
    independent = curve_summary(independent_receptors(settings))
    measured = measured_response(settings.cell.cell)
    complexes = float(dose.complete_per_um2.max())
    association = contact_association_um2(settings)
    compete = stopped_chain(min(complexes, most), alpha, gamma, association)
    silent = isodesmic_chain(complexes, association)
    chains = silent if settings.free_chains is FreeChains.SILENT else compete
    of_chains, of_complexes = length_fractions(chains.growth_probability, MAX_CLUSTER)
    return ReceptorResponse(
        settings=settings,
        densities=densities,
        dose=dose,
        curve=curve,
        independent=independent,
        measured=measured,
        chains=chains,
        chains_compete=compete,
        chains_silent=silent,
        growth_limit=growth_probability_limit(most, alpha, gamma),
        clusters=ClusterSizes(
            size=np.arange(1, MAX_CLUSTER + 1),
            chain_fraction=of_chains,
            complex_fraction=of_complexes,
            gamma_cluster_fraction=gamma_cluster_fractions(chains, gamma, MAX_CLUSTER),
        ),
        ec50_verdict=compare_ec50(curve, independent, measured),
        hill_verdict=compare_hill(curve, measured, row_length=settings.row_length),
        cluster_verdict=compare_clusters(chains),
        assumptions=assumptions(settings),
    )


def compare_hill(
    curve: CurveSummary, measured: MeasuredResponse, *, row_length: int | None
) -> Comparison:
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
        return Comparison(verdict="neutral", text=text)
    row = "an endless row" if row_length is None else f"a row of {row_length}"
    limit = strongest_coupling_kt(high, length=row_length)
    room = f"{row[0].upper()}{row[1:]} of like cells may be coupled by {limit:.2f} kT at most."
    if math.isinf(limit):
        room = f"{row[0].upper()}{row[1:]} is too short for its slope to tell."
    found = f"Model Hill slope {curve.hill:.2f}, measured {low:g}-{high:g}:"
    if curve.hill > STEEPEST_MEASURED:
        return Comparison(
            verdict="against",
            text=f"{found} steeper than on any cell measured (at most {STEEPEST_MEASURED:g}). {room}",
        )
    return Comparison(
        verdict="neutral",
        text=f"{found} no verdict, since cells with 24 α are as steep as {STEEPEST_MEASURED:g} "
        f"without the contact, and differences between cells flatten a measured curve. {room}",
    )


def compare_ec50(
    curve: CurveSummary, independent: CurveSummary, measured: MeasuredResponse
) -> Comparison:
    """
    Say what contact and coupling do to the half-maximal dose.

    Always ``neutral``: only a shift would belong to the network, and no cell was measured without
    it.
    """
    if math.isnan(measured.ec50_low_nanomolar) or math.isnan(curve.ec50_nanomolar):
        text = "No EC50 to compare: it was not measured or the curve has no half."
        return Comparison(verdict="neutral", text=text)
    shift = curve.ec50_nanomolar / independent.ec50_nanomolar
    text = (
        f"Model EC50 {curve.ec50_nanomolar:.2g} nmol/L, that of independent receptors "
        f"{independent.ec50_nanomolar:.2g} nmol/L (ratio {shift:.2g}); measured "
        f"{measured.ec50_low_nanomolar:g}-{measured.ec50_high_nanomolar:g} nmol/L. No verdict: only "
        "the shift belongs to the network, and no cell was measured without it."
    )
    return Comparison(verdict="neutral", text=text)


def compare_clusters(chains: ChainStatistics) -> Comparison:
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
        return Comparison(
            verdict="against", text=f"{text} Such chains would be larger."
        )
    if mean >= low:
        text += " Chains of this length would explain them, as other causes might."
    else:
        text += (
            " Chains by this contact do not explain the clusters; other causes might."
        )
    return Comparison(verdict="neutral", text=text)


def assumptions(settings: ResponseSettings) -> tuple[str, ...]:
    """Say in sentences what a response rests on, to be printed with every output."""
    rows = f"{settings.row_length} receptors" if settings.row_length else "any length"
    bath = "Doses are free IL-2, never used up."
    if settings.cells_per_ml is not None:
        bath = (
            f"Doses are total IL-2, shared by {settings.cells_per_ml:g} cells per "
            "millilitre."
        )
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
        f"Coupling {settings.coupling_kt:g} kT in rows of {rows}: "
        "chosen, not measured.",
        "The response counts β-γc pairs joined by IL-2 at equilibrium; phosphorylation, "
        "uptake and differences between cells are left out.",
        bath,
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


def response_tables(response: ReceptorResponse) -> dict[str, "pd.DataFrame"]:
    """
    Make the tables of a response.

    ``response_summary`` (settings, EC50, Hill slope and verdicts), ``dose_response``,
    ``cluster_sizes``, ``coupling_scan``, ``contact_scan`` and ``assumptions``.
    """
    settings, densities = response.settings, response.densities
    rows = [(j, n) for j in SCAN_COUPLING_KT for n in SCAN_ROW_LENGTH]
    most, both = densities.most_complexes_per_um2, densities.as_tuple()[::2]  # α and γc
    strengths = [
        association_um2(kd, height_nm=settings.height_nm) for kd in SCAN_KD_MICROMOLAR
    ]
    columns: dict[str, dict[str, Any]] = {
        "dose_response": {
            name: getattr(response.dose, name)
            for name in column_names("dose_response")
            if name != "free_chains"
        },
        "cluster_sizes": {
            name: getattr(response.clusters, name) for name in ClusterSizes.__slots__
        },
        "coupling_scan": {
            "coupling_kt": np.array([j for j, _ in rows]),
            "row_length": np.array([n or math.nan for _, n in rows]),
            "ec50_factor": np.array([half_activity(j, length=n) for j, n in rows]),
            "hill": np.array([row_hill_slope(j, length=n) for j, n in rows]),
        },
        "contact_scan": {
            "contact_kd_micromolar": np.array(SCAN_KD_MICROMOLAR),
            # If all complexes that can form are complete
            "mean_length_compete": np.array(
                [stopped_chain(most, *both, k).mean_length_number for k in strengths]
            ),
            "mean_length_silent": np.array(
                [isodesmic_chain(most, k).mean_length_number for k in strengths]
            ),
        },
        "assumptions": {"assumption": list(response.assumptions)},
    }
    for table in ("dose_response", "cluster_sizes"):
        n_rows = len(next(iter(columns[table].values())))
        columns[table]["free_chains"] = [settings.free_chains.value] * n_rows
    summary = table_from_rows("response_summary", [_summary(response)])
    return {
        "response_summary": summary,
        **{name: frame(name, values) for name, values in columns.items()},
    }


def _summary(response: ReceptorResponse) -> dict[str, Any]:
    settings, measured = response.settings, response.measured
    verdicts = {
        "ec50": response.ec50_verdict,
        "hill": response.hill_verdict,
        "cluster": response.cluster_verdict,
    }
    return {
        "cell": settings.cell.cell,
        **asdict(response.densities),
        "contact_kd_micromolar": settings.contact_kd_micromolar,
        "height_nm": settings.height_nm,
        "binding_penalty": settings.binding_penalty,
        "free_chains": settings.free_chains.value,
        "coupling_kt": settings.coupling_kt,
        "row_length": settings.row_length,
        "cells_per_ml": settings.cells_per_ml,
        **asdict(response.curve),
        "ec50_independent_nanomolar": response.independent.ec50_nanomolar,
        "hill_independent": response.independent.hill,
        "ec50_measured_low_nanomolar": measured.ec50_low_nanomolar,
        "ec50_measured_high_nanomolar": measured.ec50_high_nanomolar,
        "hill_measured_low": measured.hill_low,
        "hill_measured_high": measured.hill_high,
        "mean_chain_length_compete": response.chains_compete.mean_length_number,
        "mean_chain_length_silent": response.chains_silent.mean_length_number,
        "growth_limit": response.growth_limit,
        **{f"{name}_verdict": said.verdict for name, said in verdicts.items()},
        **{f"{name}_reason": said.text for name, said in verdicts.items()},
    }


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PhaseDiagram:
    """Mean chain length if all complexes that can form are complete."""

    settings: ResponseSettings  # cell (its ratio of chains) and height of the layer
    contact_kd_micromolar: FloatArray  # (k,) in solution, rising
    density_per_um2: (
        FloatArray  # (d,) of the scarcest chain, rising; others in proportion
    )
    # (d, k) Complexes a chain, number average, if α and γc outside complexes are silent and if they
    # compete.
    mean_length_silent: FloatArray
    mean_length_compete: FloatArray
    longest_compete: float  # what competing free chains allow at most
    cell_density_per_um2: float  # of the scarcest chain under the settings


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
