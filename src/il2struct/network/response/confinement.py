"""
Affinities on a membrane from affinities in solution.

Two partners that are confined to a layer of height *h* meet as often as in a solution with the
same number per volume: a density *r* on the membrane counts as the concentration ``r/(N_A h)``.
How well the membrane orients them for binding is left out.
"""

import math
from typing import Final

from il2struct.errors import ParameterError

__all__ = [
    "DEFAULT_HEIGHT_NM",
    "PER_UM3_PER_MICROMOLAR",
    "association_um2",
    "kd_2d_per_um2",
    "kd_micromolar",
    "molecules_per_um2",
]

#: Molecules per mole (SI Brochure, 9th edition, exact).
AVOGADRO_PER_MOL: Final = 6.022_140_76e23
#: Molecules per µm³ in a solution of 1 µmol/L: AVOGADRO × 1e-6 mol/L × 1e-15 L/µm³.
PER_UM3_PER_MICROMOLAR: Final = AVOGADRO_PER_MOL * 1e-21
#: Nanometres in a micrometre.
NM_PER_UM: Final = 1000.0
#: Thickness (nm) of the layer in which the binding sites of receptors move: the middle of the
#: 5-10 nm that the size of the ectodomains allows. Assumed, not measured.
DEFAULT_HEIGHT_NM: Final = 7.5


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
