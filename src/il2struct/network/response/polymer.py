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
"""

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
import numpy.typing as npt

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
    association_um2: float  # constant of the contact
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
        association_um2=float(association_um2),
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
        association_um2=float(association_um2),
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
