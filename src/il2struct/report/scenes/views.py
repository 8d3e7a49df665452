"""The named views of a scene: what each shows, and where to stand, the same in all viewers."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from il2struct.arrays import FloatArray
from il2struct.results import scene
from il2struct.results.standing import standing, unit, upright, widest
from il2struct.structure.family import (
    holders_of,
    is_cytokine,
    shown_roles,
    symbol_of,
)

#: Directions that are tried round an axis.
N_DIRECTIONS: Final = 36
#: Only atoms so near to the line of sight hide something, in Å.
IN_THE_WAY_A: Final = 8.0
#: Room round what is looked at, in Å.
ROOM_A: Final = 4.0
#: A chain reaches so far beyond its Cα atoms, in Å; an interface is seen with what stands farther
#: before its residues cut away.
FREE_FRONT_A: Final = 30.0
CUT_FRONT_A: Final = 0.0
#: The membrane is seen from so much above that the plane is a plane and not a line.
MEMBRANE_TILT_DEG: Final = 12.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SceneParts:
    """
    What the views are made of.

    Attributes
    ----------
    home, lattice, chain : tuple of SceneObject
        Of the complexes of the entry, of their neighbours, and of the chain on the membrane.
    inside, between : tuple of SceneInterface
        Within complexes and between them.
    membrane : Membrane or None
    """

    home: tuple[scene.SceneObject, ...]
    lattice: tuple[scene.SceneObject, ...]
    chain: tuple[scene.SceneObject, ...]
    inside: tuple[scene.SceneInterface, ...]
    between: tuple[scene.SceneInterface, ...]
    membrane: scene.Membrane | None


def scene_views(parts: SceneParts) -> tuple[scene.SceneView, ...]:
    """
    Choose what is worth a look, and where to stand.

    ``overview``; ``alpha``, ``beta`` and ``gamma`` (the cytokine with that receptor; ``_2`` in the
    second complex); the other interfaces; ``lattice`` and ``membrane`` where there are any.
    """
    axes = standing([(each.role, each.alpha_carbons) for each in parts.home])
    views = [
        scene.SceneView(
            name="overview",
            title="The complexes of the entry",
            objects=_names(parts.home),
            interfaces=(),
            has_membrane=False,
            camera=framed(axes, alpha_carbons(parts.home)),
        )
    ]
    views += _interface_views(parts)
    if parts.lattice:
        shown = (*parts.home, *parts.lattice)
        points = alpha_carbons(shown)
        views.append(
            scene.SceneView(
                name="lattice",
                title="The complexes with their nearest neighbours in the crystal lattice",
                objects=_names(shown),
                interfaces=_among(parts.between, shown),
                has_membrane=False,
                camera=framed(widest(points, axes[1]), points),
            )
        )
    if parts.membrane is not None:
        along, across, normal = parts.membrane.axes
        points = np.concatenate((alpha_carbons(parts.chain), parts.membrane.corners))
        tilt = np.deg2rad(MEMBRANE_TILT_DEG)
        up = np.cos(tilt) * normal + np.sin(tilt) * across
        views.append(
            scene.SceneView(
                name="membrane",
                title="A chain of complexes on the membrane, the cell below",
                objects=_names(parts.chain),
                interfaces=_among(parts.between, parts.chain),
                has_membrane=True,
                camera=framed(upright(up, along), points),
            )
        )
    return tuple(views)


def _interface_views(parts: SceneParts) -> list[scene.SceneView]:
    by_name = {each.name: each for each in parts.home}
    name_of = {
        role: record.view for role, record in shown_roles().items() if holders_of(role)
    }
    order = {name: i for i, name in enumerate(dict.fromkeys(name_of.values()))}
    taken: dict[str, int] = {}
    views = []
    for interface in parts.inside:
        pair = (by_name[interface.object_1], by_name[interface.object_2])
        held = [name_of[each.role] for each in pair if each.role in name_of]
        has_cytokine = any(is_cytokine(each.role) for each in pair)
        # After the receptor where a cytokine binds it, after both receptors, else after both chains.
        if len(held) == 2 or (held and has_cytokine):
            stem = "_".join(held)
        else:
            stem = "_".join(each.name for each in pair)
        taken[stem] = taken.get(stem, 0) + 1
        # What may hide the interface is both chains, and nothing else is shown.
        axes = facing(interface.points_1, interface.points_2, alpha_carbons(pair))
        points = np.concatenate((interface.points_1, interface.points_2))
        views.append(
            scene.SceneView(
                name=stem if taken[stem] == 1 else f"{stem}_{taken[stem]}",
                title=" and ".join(
                    f"{symbol_of(each.role)} chain {each.chain}" for each in pair
                ),
                objects=_names(pair),
                interfaces=(interface.name,),
                has_membrane=False,
                camera=framed(axes, points, front_a=CUT_FRONT_A),
            )
        )
    return sorted(views, key=lambda view: order.get(view.name, len(order)))


def _names(objects: Iterable[scene.SceneObject]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each.name for each in objects))


def _among(
    interfaces: Sequence[scene.SceneInterface], shown: Sequence[scene.SceneObject]
) -> tuple[str, ...]:
    names = frozenset(_names(shown))
    return tuple(i.name for i in interfaces if {i.object_1, i.object_2} <= names)


def alpha_carbons(objects: Iterable[scene.SceneObject]) -> FloatArray:
    """Return the Cα atoms of some objects where they stand, shape (n, 3), in Å."""
    return np.concatenate([each.alpha_carbons for each in objects])


def framed(
    axes: FloatArray, points: FloatArray, *, front_a: float = FREE_FRONT_A
) -> scene.Camera:
    """Return a camera that has all points in its frame, with what stands farther before them cut away."""
    seen = points @ axes.T
    low, high = seen.min(axis=0), seen.max(axis=0)
    half = (high - low) / 2 + ROOM_A
    return scene.Camera(
        centre=axes.T @ ((low + high) / 2),
        axes=axes,
        half_width_a=float(half[0]),
        half_height_a=float(half[1]),
        half_depth_a=float(half[2]),
        front_a=float(half[2]) + front_a,
    )


def facing(side_1: FloatArray, side_2: FloatArray, others: FloatArray) -> FloatArray:
    """
    Return the axes of a camera that sees an interface from its freest side.

    Side 1 stands to the left and side 2 to the right; ``others`` are all points that may stand in
    the way.
    """
    across = unit(side_2.mean(axis=0) - side_1.mean(axis=0))
    start = upright(np.eye(3)[np.argmin(np.abs(across))], across)
    first = unit(np.cross(across, start[2]))
    second = np.cross(across, first)
    centre = np.concatenate((side_1, side_2)).mean(axis=0)
    backs = [
        np.cos(angle) * first + np.sin(angle) * second
        for angle in np.linspace(0.0, 2 * np.pi, N_DIRECTIONS, endpoint=False)
    ]
    counts = []
    for back in backs:
        ahead = (others - centre) @ back
        aside = np.linalg.norm(others - centre - np.outer(ahead, back), axis=1)
        counts.append(int(((ahead > 0) & (aside < IN_THE_WAY_A)).sum()))
    back = backs[int(np.argmin(counts))]
    axes: FloatArray = np.array([across, np.cross(back, across), back])
    return axes
