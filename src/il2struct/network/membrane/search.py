"""The orientation that stretches the linkers least: where valleys of the energy begin and end."""

import math
from typing import Final

import numpy as np
from scipy.optimize import minimize
from scipy.spatial import ConvexHull, QhullError

from il2struct.arrays import FloatArray
from il2struct.network.membrane.orientation import (
    Orientation,
    RigidBody,
    anchor_heights,
    orientation_at,
    tether_energy,
)

#: Valleys that are searched for the best orientation, and how far apart they begin (cosine of 15°).
N_VALLEYS: Final = 6
VALLEY_COSINE: Final = 0.966
#: Nodes this far above the lowest, in kT, lie in no valley worth following: over a square of the
#: grid the energy changes less.
VALLEY_KT: Final = 5.0


def best_orientation(
    body: RigidBody,
    normals: FloatArray,
    *,
    along: FloatArray | None = None,
    across: FloatArray | None = None,
) -> Orientation | None:
    """
    Find the orientation that stretches the linkers least.

    None if no orientation is feasible. Shapes: ``normals`` (m, 3), ``along`` (3,), ``across`` (3,).

    Notes
    -----
    The deepest valleys among the normals, and the faces that the body can rest on, are followed
    down to their bottom.
    """
    tried = np.concatenate([normals, _faces(body, across)])
    energies = tether_energy(body, anchor_heights(body, tried))
    found = []
    for _ in range(N_VALLEYS):
        if not np.isfinite(energies).any():
            break
        lowest = int(np.argmin(energies))
        found.append(refined_normal(body, tried[lowest], across=across))
        near = np.einsum("mj,j->m", tried, tried[lowest]) > VALLEY_COSINE
        energies = np.where(near, np.inf, energies)
    candidates = [orientation_at(body, normal, along=along) for normal in found]
    return min(candidates, key=lambda each: each.energy_kt, default=None)


def _faces(body: RigidBody, across: FloatArray | None) -> FloatArray:
    """Return the normals of faces a body can rest on, of edges if it may only roll about an axis."""
    if across is None:
        return resting_normals(body.surface)
    flat = body.surface - np.outer(body.surface @ across, across)
    size = max(float(np.ptp(flat, axis=0).max()), 1.0) * across
    # The walls of a prism over the outline stand on its edges.
    walls = resting_normals(np.concatenate([flat - size, flat + size]))
    walls = walls - np.outer(walls @ across, across)
    lengths = np.linalg.norm(walls, axis=1)
    upright = lengths > 0.5  # the two lids have none
    normals: FloatArray = walls[upright] / lengths[upright, np.newaxis]
    return normals


def lowest_normals(normals: FloatArray, energies_kt: FloatArray) -> FloatArray:
    """
    Keep the normals near the lowest energy, where a search for the best one may begin.

    Shapes: ``normals`` (m, 3), ``energies_kt`` (m,).
    """
    lowest = energies_kt.min(initial=math.inf)
    kept: FloatArray = normals[energies_kt <= lowest + VALLEY_KT]
    return kept


def resting_normals(coords: FloatArray) -> FloatArray:
    """
    Return the membrane normals for which points rest on a face of their convex hull.

    Unit vectors; none if all points lie in one plane. Shapes: ``coords`` (n, 3); returned (f, 3).
    """
    try:
        hull = ConvexHull(coords)
    except (QhullError, ValueError):
        return np.zeros((0, 3))
    inward: FloatArray = -hull.equations[:, :3]
    return inward


def refined_normal(
    body: RigidBody, start: FloatArray, *, across: FloatArray | None = None
) -> FloatArray:
    """
    Move a normal to the bottom of the valley of the stretching energy that it lies in.

    Unit normal; its energy is never above that of ``start``. Shapes: ``start`` (3,), ``across``
    (3,); returned (3,).

    Notes
    -----
    The energy has creases where the lowest atom changes. With the plane offset as a fourth
    variable it is smooth and each atom is a linear constraint (sequential least squares).
    """
    scale = max(float(np.ptp(body.surface, axis=0).max()), 1.0)
    surface, anchors = (
        (points - body.centre) / scale for points in (body.surface, body.anchors)
    )
    stiffness = body.stiffness_per_a2 * scale**2
    gap = body.clearance_a / scale

    def energy(state: FloatArray) -> tuple[float, FloatArray]:
        heights = anchors @ state[:3] - state[3]
        slope = 2.0 * stiffness * heights
        return float(stiffness @ heights**2), np.append(slope @ anchors, -slope.sum())

    above = np.column_stack([surface, -np.ones(len(surface))])
    reach = np.column_stack([-anchors, np.ones(len(anchors))])
    constraints = [
        {"type": "ineq", "fun": lambda s: above @ s - gap, "jac": lambda _: above},
        {
            "type": "ineq",
            "fun": lambda s: reach @ s + body.contour_a / scale,
            "jac": lambda _: reach,
        },
        {
            "type": "eq",
            "fun": lambda s: s[:3] @ s[:3] - 1.0,
            "jac": lambda s: np.append(2.0 * s[:3], 0.0),
        },
    ]
    if across is not None:
        flat = np.append(across, 0.0)
        constraints.append(
            {"type": "eq", "fun": lambda s: flat @ s, "jac": lambda _: flat}
        )
    first = np.append(start, (surface @ start).min() - gap)
    found = minimize(
        energy,
        first,
        jac=True,
        method="SLSQP",
        constraints=constraints,
        options={"ftol": 1e-13, "maxiter": 100},
    )
    return _better(body, start, found.x[:3], across)


def _better(
    body: RigidBody, start: FloatArray, end: FloatArray, across: FloatArray | None
) -> FloatArray:
    """Keep the end of a search only if, made exact again, it is lower than where it began."""
    if across is not None:
        end = end - (end @ across) * across
    length = float(np.linalg.norm(end))
    if not (math.isfinite(length) and length > 0.0):
        return start
    pair = np.array([start, end / length])
    energies = tether_energy(body, anchor_heights(body, pair))
    better: FloatArray = pair[int(np.argmin(energies))]
    return better
