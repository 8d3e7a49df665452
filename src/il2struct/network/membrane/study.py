"""
Chains of complexes on a flat membrane: can they lie on it, how do they lean, what does it cost.

Everything follows from one rigid body (a complex with its anchors) and one rigid motion (from it to
the next complex). See ``docs/membrane.md`` for the model and its limits.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

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
    tilt_deg,
    tilt_distribution,
)

__all__ = [
    "ChainOnMembrane",
    "MembraneStudy",
    "membrane_study",
    "verdict_sentence",
]

#: Lengths of chain that are weighed.
SIZES: Final = (1, 2, 3, 4, 5, 6, 7, 8)
#: The exponential of more than this is no float.
LARGEST_EXPONENT: Final = 700.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ChainOnMembrane:
    r"""
    A chain of *N* complexes as one rigid body on the membrane.

    Attributes
    ----------
    n_complexes : int
        *N*.
    ensemble : OrientationEnsemble
        All its orientations.
    tilt : TiltDistribution or None
        Of the chain axis; None if no orientation is feasible.
    best : Orientation or None
        Of lowest energy, with the motion that lays the membrane on z = 0 and the chain along x.
    price_kt : float
        :math:`-\ln(Z_N/Z_1^N)` with the bodies touching the membrane; infinite if impossible.
    price_per_contact_kt : float
        The same over *N* - 1; NaN for *N* = 1.
    confinement_height_a : float
        :math:`(Z_1^N/Z_N)^{1/(N-1)}` with the bodies free to float: the height *h* in
        :math:`K_{2D} = K_{3D}/h` for each contact. NaN for *N* = 1.
    price_error_kt : float
        Of ``price_kt``, from the quadrature.
    """

    n_complexes: int
    ensemble: OrientationEnsemble
    tilt: TiltDistribution | None
    best: Orientation | None
    price_kt: float
    price_per_contact_kt: float
    confinement_height_a: float
    price_error_kt: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MembraneStudy:
    """
    Everything that the membrane says about one contact.

    Attributes
    ----------
    geometry : ChainGeometry
        What repeating the contact builds.
    chains : tuple of ChainOnMembrane
        One for each size asked for, the single complex first.
    endless : EndlessChain or None
        None for a ring or a rotation without rise: they do not go on for ever in a plane.
    """

    geometry: ChainGeometry
    chains: tuple[ChainOnMembrane, ...]
    endless: EndlessChain | None


def membrane_study(
    body: RigidBody,
    motion: RigidMotion,
    *,
    sizes: Sequence[int] = SIZES,
    parameters: QuadratureParameters | None = None,
    tolerance: Tolerance = EXACT,
) -> MembraneStudy:
    """
    Weigh chains of complexes on a flat membrane against single complexes on it.

    Parameters
    ----------
    body : RigidBody
        One complex.
    motion : RigidMotion
        From it to the next one.
    sizes : sequence of int
        Lengths of chain; the single complex is always added. Those longer than the ring that the
        motion closes are left out.
    parameters : QuadratureParameters, optional
        Accuracy of the integrals.
    tolerance : Tolerance
        When a motion counts as a translation or closes.

    Raises
    ------
    ParameterError
        If the motion does not move the complex, or a size is not positive.
    """
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


def verdict_sentence(study: MembraneStudy, *, upright: FloatArray) -> str:
    """
    Say in plain words, with the numbers, whether a chain can lie on the membrane.

    Parameters
    ----------
    study : MembraneStudy
    upright : ndarray, shape=(3,), dtype=float
        The normal one would guess, from `tethers.upright_normal`.
    """
    geometry, endless = study.geometry, study.endless
    if endless is None:
        return _closed_sentence(study)
    climb = geometry.rise_a * abs(float(upright @ geometry.axis))
    least = abs(float(tilt_deg(upright, geometry.axis)))
    guess = f"upright complexes would climb {climb:.0f} Å at each step ({least:.0f}° out of the plane)"
    if endless.best is None:
        return (
            f"A chain cannot lie flat on the membrane: {guess}, and in no orientation with the chain "
            "in the plane do all linkers reach the membrane."
        )
    single = study.chains[0].best
    alone = f"; single ones {_angle_deg(single.normal, upright):.0f}°" if single else ""
    price = endless.price_per_contact_kt
    return (
        f"A chain can lie flat on the membrane if its complexes lean, by {least:.0f}° at least and by "
        f"{_angle_deg(endless.best.normal, upright):.0f}° where the linkers pull least{alone}: {guess}. "
        f"Lying so, no linker is pulled beyond {endless.best.stretch_fraction.max():.0%} of its length "
        f"and stretching costs {endless.energy_per_complex_kt:.1f} kT a complex; for rigid complexes "
        f"the membrane {'helps' if price < 0.0 else 'hinders'} each contact of an endless chain by "
        f"{abs(price):.1f} kT."
    )


def _angle_deg(first: FloatArray, second: FloatArray) -> float:
    return math.degrees(math.acos(float(np.clip(first @ second, -1.0, 1.0))))


def _closed_sentence(study: MembraneStudy) -> str:
    largest = study.chains[-1]
    what = f"{study.geometry.kind} of {largest.n_complexes} complexes"
    if largest.best is None:
        return f"A {what} finds no orientation in which all linkers reach the membrane."
    return (
        f"A {what} can stand on the membrane, which adds {largest.price_per_contact_kt:+.1f} kT to "
        f"each contact; stretching costs {largest.best.energy_kt:.1f} kT in all."
    )
