"""
Chains of complexes on a flat membrane: can they lie on it, how do they lean, what does it cost.

Everything follows from one rigid body (a complex with its anchors) and one rigid motion (from it to
the next complex). See ``docs/membrane.md`` for the model and its limits.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from il2struct.arrays import FloatArray
from il2struct.errors import ParameterError
from il2struct.lattice.motions import EXACT, Tolerance
from il2struct.network.membrane.chain import EndlessChain, chain_body, endless_chain
from il2struct.network.membrane.helix import ChainGeometry, RigidMotion, chain_geometry
from il2struct.network.membrane.orientation import Orientation, RigidBody
from il2struct.network.membrane.quadrature import (
    OrientationEnsemble,
    QuadratureParameters,
    orientation_ensemble,
)
from il2struct.network.membrane.search import best_orientation, lowest_normals
from il2struct.network.membrane.tilt import (
    TiltDistribution,
    tilt_distribution,
)

__all__ = [
    "ChainOnMembrane",
    "MembraneStudy",
    "membrane_study",
]

#: Lengths of chain that are weighed.
SIZES: Final = (1, 2, 3, 4, 5, 6, 7, 8)
#: The exponential of more than this is no float.
LARGEST_EXPONENT: Final = 700.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ChainOnMembrane:
    r"""A chain of *N* complexes as one rigid body on the membrane."""

    n_complexes: int  # *N*
    ensemble: OrientationEnsemble  # All its orientations
    # Of the chain axis; None if no orientation is feasible
    tilt: TiltDistribution | None
    # Of lowest energy, with the motion that lays the membrane on z = 0 and the chain along x
    best: Orientation | None
    # :math:`-\ln(Z_N/Z_1^N)` with the bodies touching the membrane; infinite if impossible
    price_kt: float
    price_per_contact_kt: float  # The same over *N* - 1; NaN for *N* = 1
    # :math:`(Z_1^N/Z_N)^{1/(N-1)}` with the bodies free to float: the height *h* in :math:`K_{2D} =
    # K_{3D}/h` for each contact. NaN for *N* = 1
    confinement_height_a: float
    price_error_kt: float  # Of ``price_kt``, from the quadrature


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MembraneStudy:
    """Everything that the membrane says about one contact."""

    geometry: ChainGeometry  # What repeating the contact builds
    # One for each size asked for, the single complex first
    chains: tuple[ChainOnMembrane, ...]
    # None for a ring or a rotation without rise: they do not go on for ever in a plane
    endless: EndlessChain | None


def membrane_study(
    body: RigidBody,
    motion: RigidMotion,
    *,
    sizes: Sequence[int] = SIZES,
    parameters: QuadratureParameters | None = None,
    tolerance: Tolerance = EXACT,
) -> MembraneStudy:
    """Weigh chains of complexes on a flat membrane against single complexes on it."""
    geometry = chain_geometry(motion, centre=body.centre, tolerance=tolerance)
    if geometry.kind == "identity":
        raise ParameterError(
            "The motion leaves the complex where it is; give the motion to its neighbour."
        )
    wanted = sorted({1, *sizes})
    if geometry.ring_size:
        wanted = [size for size in wanted if size <= geometry.ring_size]
    single = orientation_ensemble(body, axis=geometry.axis, parameters=parameters)
    ensembles = {1: single}
    bodies = {size: chain_body(body, motion, size) for size in wanted}
    for size in wanted[1:]:
        ensembles[size] = orientation_ensemble(
            bodies[size], axis=geometry.axis, parameters=parameters
        )
    endless = None
    if geometry.kind in ("translation", "screw"):
        endless = endless_chain(body, geometry, single=single, tolerance=tolerance)
    return MembraneStudy(
        geometry=geometry,
        chains=tuple(
            _chain(bodies[size], ensembles[size], single, geometry.axis, size)
            for size in wanted
        ),
        endless=endless,
    )


def _chain(
    body: RigidBody,
    ensemble: OrientationEnsemble,
    single: OrientationEnsemble,
    axis: FloatArray,
    n_complexes: int,
) -> ChainOnMembrane:
    n_contacts = n_complexes - 1
    price, floating = (
        n_complexes * _log(alone) - _log(joined) if joined > 0.0 else math.inf
        for alone, joined in (
            (single.z_contact, ensemble.z_contact),
            (single.z_floating_a, ensemble.z_floating_a),
        )
    )
    error = n_complexes * _relative(single) + _relative(ensemble) if n_contacts else 0.0
    return ChainOnMembrane(
        n_complexes=n_complexes,
        ensemble=ensemble,
        tilt=tilt_distribution(ensemble, axis) if ensemble.z_floating_a > 0.0 else None,
        best=best_orientation(
            body, lowest_normals(ensemble.normals, ensemble.energy_kt), along=axis
        ),
        price_kt=price,
        price_per_contact_kt=_per_contact(price, n_contacts),
        confinement_height_a=_exp(_per_contact(floating, n_contacts)),
        price_error_kt=error,
    )


def _per_contact(price: float, n_contacts: int) -> float:
    return price / n_contacts if n_contacts else math.nan


def _log(value: float) -> float:
    return math.log(value) if value > 0.0 else -math.inf


def _exp(value: float) -> float:
    return math.inf if value > LARGEST_EXPONENT else math.exp(value)


def _relative(ensemble: OrientationEnsemble) -> float:
    if ensemble.z_contact <= 0.0:
        return math.nan
    return ensemble.z_contact_error / ensemble.z_contact
