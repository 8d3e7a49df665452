r"""
What changes if neighbouring complexes in a row help each other: a one-dimensional lattice gas.

A row of *N* receptors; each is complete (weight *z*) or not (weight 1), and every pair of
complete neighbours gains the energy *J* (in kT). The activity *z* stands for all binding that
makes one receptor complete, so :math:`z/(1+z)` is the occupancy without coupling. Summed exactly
by a transfer matrix; for finite rows it is carried out in logarithms, one site at a time, so no
length or energy overflows.

References
----------
Hill, T. L. (1985). Cooperativity Theory in Biochemistry. Springer.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq
from scipy.special import expit

from il2struct.arrays import FloatArray
from il2struct.errors import ParameterError

#: Couplings beyond this many kT are refused: e^J squared must stay a finite number.
MAX_COUPLING_KT: Final = 300.0
#: Absolute accuracy of logarithms of activities and of couplings found by bisection.
ROOT_TOLERANCE: Final = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class RowResponse:
    """Occupancy of a row of coupled receptors."""

    # Fraction of receptors that are complete, same shape as the activity
    occupancy: FloatArray
    # Derivative of the occupancy by the natural logarithm of the activity: the variance of the
    # number of complete receptors divided by the length
    slope: FloatArray

    @property
    def hill_slope(self) -> FloatArray:
        """Slope of ``log(θ/(1-θ))`` against the logarithm of the activity."""
        ratio: FloatArray = self.slope / (self.occupancy * (1.0 - self.occupancy))
        return ratio


def row_response(
    activity: npt.ArrayLike, coupling_kt: float, *, length: int
) -> RowResponse:
    r"""
    Occupancy of a row of a given number of receptors.

    Notes
    -----
    With *r* the log ratio of the weights of rows that end complete and not, one more site gives
    :math:`r' = \ln z + \ln(1 + e^{r+J}) - \ln(1 + e^{r})`. Mean and variance of the number of
    complete receptors follow from the mixture of the two.

    Examples
    --------
    Without coupling the length does not matter:

    >>> row_response([1.0, 3.0], 0.0, length=5).occupancy.tolist()
    [0.5, 0.75]
    """
    log_z = _log_activity(activity)
    coupling = _checked_coupling(coupling_kt)
    if length < 1:
        raise ParameterError(f"length must be at least 1 receptor, not {length}.")
    ratio = log_z
    mean_off, variance_off = np.zeros_like(log_z), np.zeros_like(log_z)
    mean_on, variance_on = np.ones_like(log_z), np.zeros_like(log_z)
    for _ in range(length - 1):
        off = _mixture(expit(ratio), mean_off, mean_on, variance_off, variance_on)
        on = _mixture(
            expit(ratio + coupling), mean_off, mean_on, variance_off, variance_on
        )
        gain = np.logaddexp(0.0, ratio + coupling) - np.logaddexp(0.0, ratio)
        ratio = log_z + gain
        mean_off, variance_off = off
        mean_on, variance_on = on[0] + 1.0, on[1]
    mean, variance = _mixture(
        expit(ratio), mean_off, mean_on, variance_off, variance_on
    )
    return RowResponse(occupancy=mean / length, slope=variance / length)


def _mixture(
    share_on: FloatArray,
    mean_off: FloatArray,
    mean_on: FloatArray,
    variance_off: FloatArray,
    variance_on: FloatArray,
) -> tuple[FloatArray, FloatArray]:
    share_off = 1.0 - share_on
    mean = share_off * mean_off + share_on * mean_on
    within = share_off * variance_off + share_on * variance_on
    return mean, within + share_off * share_on * (mean_on - mean_off) ** 2


def endless_row_response(activity: npt.ArrayLike, coupling_kt: float) -> RowResponse:
    r"""
    Occupancy of an endless row of receptors.

    With :math:`x = z e^J`, :math:`\theta = \frac12\left[1 + (x-1)/\sqrt{(x-1)^2 + 4z}\right]`.

    Examples
    --------
    Half of the receptors are complete where the activity is e^-J:

    >>> float(endless_row_response(np.exp(-2.0), 2.0).occupancy)
    0.5
    """
    log_z = _log_activity(activity)
    log_x = log_z + _checked_coupling(coupling_kt)
    # Divided by max(1, x)² so that neither x² nor z overflows.
    scale = np.exp(-np.maximum(log_x, 0.0))
    x = np.exp(np.minimum(log_x, 0.0))
    difference = x - scale
    four_z = 4.0 * np.exp(log_z - 2.0 * np.maximum(log_x, 0.0))
    root = np.sqrt(difference**2 + four_z)
    rarer = 0.5 * four_z / (root * (root + np.abs(difference)))
    occupancy = np.where(difference > 0.0, 1.0 - rarer, rarer)
    slope = 0.25 * four_z * (x + scale) / root**3
    return RowResponse(occupancy=occupancy, slope=slope)


def half_activity(coupling_kt: float, *, length: int | None) -> float:
    """
    Activity at which half of the receptors of a row are complete.

    It is 1 without coupling, so it is also the factor by which coupling shifts the EC50.

    Examples
    --------
    >>> round(half_activity(2.0, length=None), 6)
    0.135335
    >>> half_activity(2.0, length=1)
    1.0
    """
    coupling = _checked_coupling(coupling_kt)
    if length is None:
        return math.exp(-coupling)
    if length == 1 or coupling == 0.0:
        return 1.0

    def excess(log_z: float) -> float:
        response = row_response(math.exp(log_z), coupling, length=length)
        return float(response.occupancy) - 0.5

    # A receptor sees between none and two complete neighbours.
    low, high = sorted((0.0, -2.0 * coupling))
    return math.exp(brentq(excess, low - 1.0, high + 1.0, xtol=ROOT_TOLERANCE))


def row_hill_slope(coupling_kt: float, *, length: int | None) -> float:
    """
    Hill slope of a row at half occupancy.

    1 without coupling, at most the length.

    Examples
    --------
    >>> round(row_hill_slope(2.0, length=None), 3)
    2.718
    """
    if length is None:
        return math.exp(0.5 * _checked_coupling(coupling_kt))
    activity = half_activity(coupling_kt, length=length)
    return float(row_response(activity, coupling_kt, length=length).hill_slope)


def strongest_coupling_kt(hill_max: float, *, length: int | None) -> float:
    """
    Strongest coupling whose Hill slope does not exceed a measured one.

    Energy in kT; 0 if even no coupling is steeper, infinite if no coupling is.

    Examples
    --------
    >>> round(strongest_coupling_kt(1.2, length=None), 3)
    0.365
    """
    if not hill_max > 0.0:
        raise ParameterError(f"hill_max must be positive, not {hill_max}.")
    if hill_max <= 1.0:
        return 0.0
    if length is None:
        return 2.0 * math.log(hill_max)
    if row_hill_slope(MAX_COUPLING_KT, length=length) <= hill_max:
        return math.inf

    def excess(coupling_kt: float) -> float:
        return row_hill_slope(coupling_kt, length=length) - hill_max

    return float(brentq(excess, 0.0, MAX_COUPLING_KT, xtol=ROOT_TOLERANCE))


def _log_activity(activity: npt.ArrayLike) -> FloatArray:
    z: FloatArray = np.asarray(activity, dtype=np.float64)
    if not np.all(np.isfinite(z) & (z >= 0.0)):
        raise ParameterError("activity must be finite and not negative.")
    with np.errstate(divide="ignore"):
        log_z: FloatArray = np.log(z)
    return log_z


def _checked_coupling(coupling_kt: float) -> float:
    if not abs(coupling_kt) <= MAX_COUPLING_KT:
        raise ParameterError(
            f"coupling_kt must lie within ±{MAX_COUPLING_KT:g} kT, not {coupling_kt}."
        )
    return float(coupling_kt)
