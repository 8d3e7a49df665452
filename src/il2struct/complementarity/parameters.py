"""Numbers that define shape complementarity, with their sources."""

import math
from dataclasses import dataclass
from typing import Final

from il2struct.errors import ParameterError

#: Radius of the probe sphere in Å (Lawrence & Colman, J. Mol. Biol. 234:946, 1993).
LAWRENCE_COLMAN_PROBE_RADIUS_A: Final = 1.7
#: Dots per Å² of surface (Lawrence & Colman 1993, methods).
LAWRENCE_COLMAN_DOT_DENSITY: Final = 15.0
#: Width in Å of the band left out along the edge of the interface (Lawrence & Colman 1993).
LAWRENCE_COLMAN_TRIM_BAND_A: Final = 1.5
#: Gaussian weight *w* in Å⁻² (Lawrence & Colman 1993, eq. 1).
LAWRENCE_COLMAN_WEIGHT: Final = 0.5
#: Atoms get dots if the partner is within this distance in Å (the original program's value;
#: 7.5 to 10 Å give the same Sc to six digits on five interfaces).
SEPARATION_A: Final = 8.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplementarityParameters:
    """
    What Sc is computed with; the defaults are those of Lawrence and Colman.

    Parameters
    ----------
    probe_radius_a : float
        Radius of the probe sphere in Å.
    dot_density_per_a2 : float
        Dots per Å² of surface.
    separation_a : float
        Atoms get dots if the partner is within this distance in Å.
    trim_band_a : float
        Buried dots this near to a dot that is not buried are left out, in Å.
    weight_per_a2 : float
        Weight *w* of the squared distance in Å⁻².
    seed : int
        Starts the random rotations and displacements that the errors are found with.
    n_rotations : int
        Random orientations at the chosen density, for the sampling error.
    n_jitter : int
        Displaced copies of the coordinates, for the coordinate error.
    convergence_densities_per_a2 : tuple of float
        Densities from which the limit of dense dots is extrapolated.

    Raises
    ------
    ParameterError
        If a number is not positive, or there are too few of something.

    References
    ----------
    Lawrence, M. C. & Colman, P. M. Shape complementarity at protein/protein interfaces.
    J. Mol. Biol. 234:946-950 (1993).
    """

    probe_radius_a: float = LAWRENCE_COLMAN_PROBE_RADIUS_A
    dot_density_per_a2: float = LAWRENCE_COLMAN_DOT_DENSITY
    separation_a: float = SEPARATION_A
    trim_band_a: float = LAWRENCE_COLMAN_TRIM_BAND_A
    weight_per_a2: float = LAWRENCE_COLMAN_WEIGHT
    seed: int = 0
    n_rotations: int = 6
    n_jitter: int = 8
    convergence_densities_per_a2: tuple[float, ...] = (15.0, 30.0, 60.0)

    def __post_init__(self) -> None:
        for name in (
            "probe_radius_a",
            "dot_density_per_a2",
            "separation_a",
            "trim_band_a",
            "weight_per_a2",
        ):
            _check_positive(name, getattr(self, name))
        for density in self.convergence_densities_per_a2:
            _check_positive("convergence_densities_per_a2", density)
        if len(set(self.convergence_densities_per_a2)) < 3:
            raise ParameterError(
                "convergence_densities_per_a2 needs three different densities or more."
            )
        for name in ("n_rotations", "n_jitter"):
            if getattr(self, name) < 2:
                raise ParameterError(f"{name} must be 2 or more, to tell a spread.")


def _check_positive(name: str, value: float) -> None:
    if not (math.isfinite(value) and value > 0.0):
        raise ParameterError(f"{name} must be a positive number, not {value}.")
