"""
How long head-to-tail chains of receptor complexes get on a membrane.

Each complex has one site on α and one on γc, so contacts make linear chains. Every bond is
taken to be equally strong (isodesmic) and chains do not close into rings. Two pictures of the
chains that are not part of a complex are kept apart, because they give different answers:

* ``silent``: only complete complexes make the contact (`isodesmic_chain`);
* ``compete``: free α and free γc carry the site too and cap the chains (`stopped_chain`).

Affinities on the membrane come from affinities in solution: two partners that are confined to a
layer of height *h* meet as often as in a solution with the same number per volume, so that a density
*r* counts as the concentration ``r/(N_A h)``. How well the membrane orients them for binding is left
out; it can make the contact stronger or weaker.

If neighbouring complexes in a row help each other, the row is a one-dimensional lattice gas: each of *N*
receptors is complete (weight *z*) or not (weight 1), and every pair of complete neighbours gains the
energy *J* (in kT). *z* stands for all binding that makes one receptor complete, so that z/(1 + z) is its
occupancy without coupling (Hill, Cooperativity Theory in Biochemistry, Springer 1985). Finite rows are
carried out in logarithms, one site at a time, so that no length or energy overflows.
"""

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq
from scipy.special import expit

from il2struct.arrays import FloatArray
from il2struct.errors import ParameterError

#: Molecules per mole (SI Brochure, 9th edition, exact).
AVOGADRO_PER_MOL: Final = 6.022_140_76e23
#: Molecules per µm³ in a solution of 1 µmol/L: AVOGADRO × 1e-6 mol/L × 1e-15 L/µm³.
PER_UM3_PER_MICROMOLAR: Final = AVOGADRO_PER_MOL * 1e-21
#: Nanometres in a micrometre.
NM_PER_UM: Final = 1000.0
#: Thickness (nm) of the layer in which the binding sites of receptors move: the middle of the
#: 5-10 nm that the size of the ectodomains allows. Assumed, not measured.
DEFAULT_HEIGHT_NM: Final = 7.5


class FreeChains(StrEnum):
    """Whether α and γc outside a complex can make the contact."""

    COMPETE = "compete"
    SILENT = "silent"

    @property
    def statement(self) -> str:
        """The assumption as a sentence for every output."""
        if self is FreeChains.COMPETE:
            return (
                "Free chains compete: α and γc outside a complete complex carry the contact site "
                "as well and cap the chains."
            )
        return (
            "Free chains are silent: only complete complexes make the contact; α and γc outside "
            "them do not."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainStatistics:
    """Chains of complexes at equilibrium."""

    free_chains: FreeChains  # what was assumed of them
    complexes_per_um2: float  # in chains of any length
    growth_probability: float  # that a complex in a chain is followed by another one
    mean_length_number: float  # complexes in a chain, averaged over chains
    mean_length_weight: float  # … and over complexes

    @property
    def chains_per_um2(self) -> float:
        """Density of chains, single complexes included, per µm²."""
        return self.complexes_per_um2 / self.mean_length_number


def _checked(value: npt.ArrayLike, name: str, unit: str) -> FloatArray:
    array: FloatArray = np.asarray(value, dtype=np.float64)
    if not np.all(np.isfinite(array) & (array >= 0.0)):
        raise ParameterError(f"{name} must be finite and not negative, in {unit}.")
    return array


def isodesmic_growth_probability(
    complexes_per_um2: npt.ArrayLike, association_um2: float
) -> FloatArray:
    r"""
    Chance that a complex is followed by another one, if nothing else binds its site.

    From mass balance :math:`\rho = c_1/(1 - K c_1)^2` the probability is :math:`q = K c_1`.

    Examples
    --------
    >>> float(isodesmic_growth_probability(2.0, 1.0))
    0.5
    """
    rho = _checked(complexes_per_um2, "complexes_per_um2", "µm⁻²")
    strength = rho * _checked(association_um2, "association_um2", "µm²")
    # (s - 1)/(s + 1) with s = sqrt(1 + 4Kρ), written without the difference that cancels.
    probability: FloatArray = (
        4.0 * strength / (1.0 + np.sqrt(1.0 + 4.0 * strength)) ** 2
    )
    return probability


def isodesmic_chain(
    complexes_per_um2: float, association_um2: float
) -> ChainStatistics:
    """
    Length of chains if only complete complexes make the contact.

    Examples
    --------
    >>> chain = isodesmic_chain(2.0, 1.0)
    >>> chain.mean_length_number, chain.mean_length_weight
    (2.0, 3.0)
    """
    q = float(isodesmic_growth_probability(complexes_per_um2, association_um2))
    # (1 + s)/2 rather than 1/(1 - q): q rounds to 1 for very long chains, s does not.
    mean = 0.5 * (1.0 + math.sqrt(1.0 + 4.0 * association_um2 * complexes_per_um2))
    return ChainStatistics(
        free_chains=FreeChains.SILENT,
        complexes_per_um2=float(complexes_per_um2),
        growth_probability=q,
        mean_length_number=mean,
        mean_length_weight=2.0 * mean - 1.0,
    )


def association_for_mean_length_um2(
    mean_length: float, complexes_per_um2: float
) -> float:
    r"""
    Association constant at which silent free chains leave chains of a given mean length.

    From :math:`\langle N\rangle = (1 + \sqrt{1 + 4 K\rho})/2` it is
    :math:`\langle N\rangle(\langle N\rangle - 1)/\rho`.

    In µm².

    Examples
    --------
    >>> association_for_mean_length_um2(2.0, 4.0)
    0.5
    >>> isodesmic_chain(4.0, 0.5).mean_length_number
    2.0
    """
    if not (mean_length >= 1.0 and complexes_per_um2 > 0.0):
        raise ParameterError(
            "chains have one complex or more and a positive density, not "
            f"{mean_length} complexes at {complexes_per_um2} µm⁻²."
        )
    return mean_length * (mean_length - 1.0) / complexes_per_um2


def _bonds_per_pair(
    alpha_per_um2: FloatArray, gamma_per_um2: FloatArray, association_um2: float
) -> FloatArray:
    """``B/(A G)`` in µm², from the root of the quadratic that does not cancel."""
    k = float(_checked(association_um2, "association_um2", "µm²"))
    both = k * (alpha_per_um2 + gamma_per_um2)
    difference = k * (alpha_per_um2 - gamma_per_um2)
    root: FloatArray = np.sqrt(1.0 + 2.0 * both + difference**2)
    return 2.0 * k / (1.0 + both + root)


def stopped_growth_probability(
    complexes_per_um2: npt.ArrayLike,
    alpha_per_um2: npt.ArrayLike,
    gamma_per_um2: npt.ArrayLike,
    association_um2: float,
) -> FloatArray:
    r"""
    Chance that a complex is followed by a complex when free α and free γc compete.

    The γc site of a complex is bonded with probability :math:`B/G`, and the α it holds
    belongs to a complex with probability :math:`C/A`: :math:`q = BC/(AG)`.

    0 to 1, never above ``C/max(A, G)``.

    Examples
    --------
    >>> round(float(stopped_growth_probability(2.0, 2.0, 2.0, 1.0)), 3)
    0.5
    """
    c = _checked(complexes_per_um2, "complexes_per_um2", "µm⁻²")
    a = _checked(alpha_per_um2, "alpha_per_um2", "µm⁻²")
    g = _checked(gamma_per_um2, "gamma_per_um2", "µm⁻²")
    # A solver's last digits may put C above A: 1e-9 is the conservation it promises.
    if np.any(c > np.minimum(a, g) * (1.0 + 1e-9)):
        raise ParameterError(
            "complexes_per_um2 exceeds α or γc; give the totals, complexes included."
        )
    return _bonds_per_pair(a, g, association_um2) * c


def growth_probability_limit(
    complexes_per_um2: float, alpha_per_um2: float, gamma_per_um2: float
) -> float:
    """
    Largest growth probability that competing free chains allow, however strong the contact.

    ``C/max(A, G)``.

    Examples
    --------
    The scarcest chain of a resting Treg is β, 663 per cell:

    >>> round(growth_probability_limit(663, 3589, 14082), 3)
    0.047
    """
    most = max(alpha_per_um2, gamma_per_um2)
    if not most > 0.0:
        raise ParameterError("there is neither α nor γc; give their densities.")
    return complexes_per_um2 / most


def stopped_chain(
    complexes_per_um2: float,
    alpha_per_um2: float,
    gamma_per_um2: float,
    association_um2: float,
) -> ChainStatistics:
    """
    Length of chains if free α and free γc can take the place of the next complex.

    Examples
    --------
    Without free chains it is the isodesmic chain:

    >>> round(stopped_chain(2.0, 2.0, 2.0, 1.0).mean_length_number, 12)
    2.0
    """
    q = float(
        stopped_growth_probability(
            complexes_per_um2, alpha_per_um2, gamma_per_um2, association_um2
        )
    )
    mean = 1.0 / (1.0 - q)
    return ChainStatistics(
        free_chains=FreeChains.COMPETE,
        complexes_per_um2=float(complexes_per_um2),
        growth_probability=q,
        mean_length_number=mean,
        mean_length_weight=2.0 * mean - 1.0,
    )


def length_fractions(
    growth_probability: float, max_length: int
) -> tuple[FloatArray, FloatArray]:
    """
    Share of chains, and of complexes, by chain length.

    Of all chains (and of all complexes) those with 1, 2, ... complexes; what is missing to 1 lies
    in longer chains than the longest listed.

    Examples
    --------
    >>> number, weight = length_fractions(0.5, 3)
    >>> number.tolist(), weight.tolist()
    ([0.5, 0.25, 0.125], [0.25, 0.25, 0.1875])
    """
    q = float(growth_probability)
    if not 0.0 <= q < 1.0:
        raise ParameterError(
            f"growth_probability must lie from 0 to below 1, not {growth_probability}."
        )
    if max_length < 1:
        raise ParameterError(f"max_length must be at least 1, not {max_length}.")
    length = np.arange(1, max_length + 1, dtype=np.float64)
    number: FloatArray = (1.0 - q) * q ** (length - 1.0)
    return number, length * (1.0 - q) * number


def gamma_cluster_fractions(
    chain: ChainStatistics, gamma_per_um2: float, max_size: int
) -> FloatArray:
    """
    Share of γc clusters by the number of γc in them, what microscopy of γc would count.

    Where free chains compete, every γc is followed by another with the same probability, and
    the sizes are geometric. Where they are silent, each free γc is a cluster of one.

    Returns the shares of those with 1, 2, ... γc, up to the largest size.

    Examples
    --------
    >>> gamma_cluster_fractions(isodesmic_chain(2.0, 1.0), 4.0, 2).round(3).tolist()
    [0.833, 0.083]
    """
    number, _ = length_fractions(chain.growth_probability, max_size)
    free = gamma_per_um2 - chain.complexes_per_um2
    if free < -1e-9 * gamma_per_um2:
        raise ParameterError("gamma_per_um2 must include the γc in complexes.")
    if chain.free_chains is FreeChains.COMPETE or free <= 0.0:
        return number
    clusters = number * chain.chains_per_um2
    clusters[0] += free
    return clusters / (chain.chains_per_um2 + free)


def molecules_per_um2(concentration_micromolar: float, *, height_nm: float) -> float:
    """
    Density on the membrane of a layer of solution of a given height.

    Molecules per µm².

    Examples
    --------
    >>> round(molecules_per_um2(1.0, height_nm=5.0), 2)
    3.01
    """
    if not (math.isfinite(height_nm) and height_nm > 0.0):
        raise ParameterError(
            f"height_nm must be a positive number in nm, not {height_nm}."
        )
    return concentration_micromolar * PER_UM3_PER_MICROMOLAR * height_nm / NM_PER_UM


def kd_2d_per_um2(
    kd_micromolar: float, *, height_nm: float = DEFAULT_HEIGHT_NM
) -> float:
    """
    Turn a dissociation constant in solution into one on the membrane.

    Two partners confined to a layer of height *h* meet as often as in a solution with the
    same number per volume: ``K_d,2D = K_d,3D N_A h``. Orientation on the membrane is left out;
    it can make the contact stronger or weaker.

    Dissociation constant in molecules per µm².

    Examples
    --------
    >>> round(kd_2d_per_um2(100.0, height_nm=10.0))
    602
    """
    if not kd_micromolar > 0.0:
        raise ParameterError(
            f"kd_micromolar must be a positive number in µmol/L, not {kd_micromolar}."
        )
    return molecules_per_um2(kd_micromolar, height_nm=height_nm)


def kd_micromolar(association_um2: float, *, height_nm: float) -> float:
    """
    Dissociation constant in solution of what has an association constant on the membrane.

    In µmol/L.

    Examples
    --------
    >>> round(kd_micromolar(0.5, height_nm=7.5), 3)
    0.443
    """
    return 1.0 / (association_um2 * molecules_per_um2(1.0, height_nm=height_nm))


def association_um2(
    kd_micromolar: float, *, height_nm: float = DEFAULT_HEIGHT_NM
) -> float:
    """
    Association constant on the membrane from a dissociation constant in solution.

    Association constant in µm²; 0 for no binding.

    Examples
    --------
    >>> association_um2(float("inf"))
    0.0
    """
    return 1.0 / kd_2d_per_um2(kd_micromolar, height_nm=height_nm)


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
