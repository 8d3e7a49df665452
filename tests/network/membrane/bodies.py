"""Bodies on linkers."""

import numpy as np

from arrays import frozen
from il2struct.network.membrane.body import RigidBody, rigid_body


def ball(
    radius=20.0, contour=200.0, mean_square=600.0, *, centres=((0.0, 0.0, 0.0),)
) -> RigidBody:
    """Balls with an anchor at the lowest point of each: all integrals are known."""
    middle = np.array(centres)
    return RigidBody(
        surface=frozen(middle),
        centre=frozen(middle.mean(axis=0)),
        anchors=frozen(middle - [0.0, 0.0, radius]),
        contour_a=frozen(np.full(len(middle), contour)),
        mean_square_a2=frozen(np.full(len(middle), mean_square)),
        clearance_a=radius,
    )


def blob(seed=3, *, contour=(200.0, 60.0, 80.0), pose=None) -> RigidBody:
    """A lump of atoms on its three lowest, the same lump wherever its rotation and shift put it."""
    rng = np.random.default_rng(seed)
    atoms = rng.normal(size=(60, 3)) * (30.0, 20.0, 45.0)
    atoms = atoms[np.argsort(atoms[:, 2])]
    if pose is not None:
        atoms = atoms @ pose[0].T + pose[1]
    return rigid_body(
        frozen(atoms),
        frozen(atoms[:3]),
        contour_a=frozen(contour),
        mean_square_a2=frozen(8.0 * np.array(contour)),
    )
