"""How an axis of a body on the membrane leans out of the membrane plane."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from il2struct.arrays import FloatArray
from il2struct.errors import ParameterError
from il2struct.network.membrane.quadrature import OrientationEnsemble

#: Edges of the histogram of tilts, in degrees.
TILT_EDGES_DEG: Final = tuple(float(edge) for edge in range(-90, 91, 5))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TiltDistribution:
    """How an axis of the body leans out of the membrane plane."""

    # (b + 1,) Edges of the histogram; 0° is flat, +90° along the normal away from the cell
    edges_deg: FloatArray
    # (b,) Boltzmann probability of each bin; sums to 1
    probability_fraction: FloatArray
    # (b,) The same for a body without membrane or tethers
    isotropic_fraction: FloatArray
    mean_deg: float  # Moments of the tilt
    sd_deg: float
    mean_absolute_deg: float


def tilt_deg(normals: FloatArray, axis: FloatArray) -> FloatArray:
    """
    Return how far an axis points out of the membrane plane, in degrees.

    0 in the plane, 90 along the normal, -90 against it. Shapes: ``normals`` (..., 3), ``axis``
    (3,); returned (...,).

    Examples
    --------
    >>> tilt_deg(np.array([[0.0, 0.0, 1.0]]), np.array([0.0, 0.6, 0.8])).round(1).tolist()
    [53.1]
    """
    tilt: FloatArray = np.degrees(
        np.arcsin(np.clip(np.einsum("...j,j->...", normals, axis), -1.0, 1.0))
    )
    return tilt


def tilt_distribution(
    ensemble: OrientationEnsemble,
    axis: FloatArray,
    *,
    edges_deg: Sequence[float] = TILT_EDGES_DEG,
) -> TiltDistribution:
    """
    Return how an axis of the body leans out of the membrane plane, as a Boltzmann distribution.

    Shapes: ``axis`` (3,).
    """
    edges = np.asarray(edges_deg, dtype=np.float64)
    if ensemble.z_floating_a <= 0.0 or not bool(np.all(np.diff(edges) > 0.0)):
        raise ParameterError(
            "A distribution of tilts needs feasible orientations and rising edges in degrees."
        )
    weights = ensemble.measure * ensemble.floating_a
    weights = weights / weights.sum()
    tilts = tilt_deg(ensemble.normals, axis)
    mean = float(np.sum(weights * tilts))
    below = _fraction_below(tilts, ensemble.measure, weights, edges)
    return TiltDistribution(
        edges_deg=edges,
        probability_fraction=np.diff(below),
        isotropic_fraction=np.diff(np.sin(np.radians(edges))) / 2.0,
        mean_deg=mean,
        sd_deg=math.sqrt(float(np.sum(weights * (tilts - mean) ** 2))),
        mean_absolute_deg=float(np.sum(weights * np.abs(tilts))),
    )


def _fraction_below(
    tilts_deg: FloatArray,
    measure: FloatArray,
    weights: FloatArray,
    edges_deg: FloatArray,
) -> FloatArray:
    """Return the probability of a tilt below each edge, each node spread over its patch of sphere."""
    half_deg = np.degrees(np.sqrt(4.0 * np.pi * measure)) / 2.0
    low, high = (
        np.sin(np.radians(np.clip(tilts_deg + shift, -90.0, 90.0)))
        for shift in (-half_deg, half_deg)
    )
    span = np.maximum(high - low, np.finfo(np.float64).tiny)
    return np.array(
        [
            np.sum(weights * np.clip((sine - low) / span, 0.0, 1.0))
            for sine in np.sin(np.radians(edges_deg))
        ]
    )
