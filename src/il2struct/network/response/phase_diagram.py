"""
How long chains get over all densities of receptors and strengths of their contact.

A cell is one point of this plane and nobody knows which: the density in a raft or a synapse is
higher than over the whole cell, and the strength of the contact was never measured.
"""

import math
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from il2struct.arrays import FloatArray
from il2struct.errors import ParameterError
from il2struct.network.response.confinement import association_um2
from il2struct.network.response.dose_response import (
    ResponseSettings,
    receptor_densities,
)
from il2struct.network.response.polymer import (
    growth_probability_limit,
    isodesmic_growth_probability,
    stopped_growth_probability,
)

__all__ = ["PhaseDiagram", "phase_diagram"]

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
    >>> from il2struct.network.response.cell_types import cell_type
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
