"""The named views of a scene: which of it is shown, and from where."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from il2struct.arrays import FloatArray
from il2struct.report.scenes.camera import facing, framed, upright, widest
from il2struct.report.scenes.model import (
    Membrane,
    SceneInterface,
    SceneObject,
    SceneView,
)
from il2struct.structure.family import (
    holders_of,
    is_cytokine,
    is_paired_receptor,
    shown_roles,
    symbol_of,
)

#: An interface is seen with what stands farther before its residues cut away, in Å.
CUT_FRONT_A: Final = 0.0


def alpha_carbons(objects: Iterable[SceneObject]) -> FloatArray:
    """Return the Cα atoms of some objects where they stand, shape (n, 3), in Å."""
    return np.concatenate([each.alpha_carbons for each in objects])


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

    home: tuple[SceneObject, ...]
    lattice: tuple[SceneObject, ...]
    chain: tuple[SceneObject, ...]
    inside: tuple[SceneInterface, ...]
    between: tuple[SceneInterface, ...]
    membrane: Membrane | None


def scene_views(parts: SceneParts) -> tuple[SceneView, ...]:
    """
    Choose what is worth a look, and where to stand.

    Parameters
    ----------
    parts : SceneParts

    Returns
    -------
    tuple of SceneView
        ``overview``; ``alpha``, ``beta`` and ``gamma`` (the cytokine with that receptor; ``_2`` in
        the second complex); the other interfaces; ``lattice`` and ``membrane`` where there are any.
    """
    axes = _standing(parts.home)
    views = [
        SceneView(
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
            SceneView(
                name="lattice",
                title="The complexes with their nearest neighbours in the crystal lattice",
                objects=_names(shown),
                interfaces=_among(parts.between, shown),
                has_membrane=False,
                camera=framed(widest(points, axes[1]), points),
            )
        )
    if parts.membrane is not None:
        views.append(_membrane_view(parts, parts.membrane))
    return tuple(views)


def _interface_views(parts: SceneParts) -> list[SceneView]:
    by_name = {each.name: each for each in parts.home}
    taken: dict[str, int] = {}
    views = []
    for interface in parts.inside:
        pair = (by_name[interface.object_1], by_name[interface.object_2])
        stem = view_name(pair[0], pair[1])
        taken[stem] = taken.get(stem, 0) + 1
        # What may hide the interface is both chains, and nothing else is shown.
        axes = facing(interface.points_1, interface.points_2, alpha_carbons(pair))
        points = np.concatenate((interface.points_1, interface.points_2))
        views.append(
            SceneView(
                name=stem if taken[stem] == 1 else f"{stem}_{taken[stem]}",
                title=f"{symbol_of(pair[0].role)} chain {pair[0].chain} and "
                f"{symbol_of(pair[1].role)} chain {pair[1].chain}",
                objects=_names(pair),
                interfaces=(interface.name,),
                has_membrane=False,
                camera=framed(axes, points, front_a=CUT_FRONT_A),
            )
        )
    names = dict.fromkeys(
        record.view for role, record in shown_roles().items() if holders_of(role)
    )
    order = {name: i for i, name in enumerate(names)}
    return sorted(views, key=lambda view: order.get(view.name, len(order)))


def view_name(first: SceneObject, second: SceneObject) -> str:
    """
    Name the view of an interface: ``alpha``, ``beta``, ``gamma``, else after both chains.

    Parameters
    ----------
    first, second : SceneObject
    """
    names = {
        role: record.view for role, record in shown_roles().items() if holders_of(role)
    }
    for one, other in ((first, second), (second, first)):
        if is_cytokine(one.role) and other.role in names:
            return names[other.role]
    if first.role in names and second.role in names:
        return f"{names[first.role]}_{names[second.role]}"
    return f"{first.name}_{second.name}"


def _membrane_view(parts: SceneParts, membrane: Membrane) -> SceneView:
    along, across, normal = membrane.axes
    points = np.concatenate((alpha_carbons(parts.chain), membrane.corners))
    # A little from above, so that the plane is a plane and not a line.
    tilt = np.deg2rad(12.0)
    up = np.cos(tilt) * normal + np.sin(tilt) * across
    return SceneView(
        name="membrane",
        title="A chain of complexes on the membrane, the cell below",
        objects=_names(parts.chain),
        interfaces=_among(parts.between, parts.chain),
        has_membrane=True,
        camera=framed(upright(up, along), points),
    )


def _names(objects: Iterable[SceneObject]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each.name for each in objects))


def _among(
    interfaces: Sequence[SceneInterface], shown: Sequence[SceneObject]
) -> tuple[str, ...]:
    names = frozenset(_names(shown))
    return tuple(i.name for i in interfaces if {i.object_1, i.object_2} <= names)


def _standing(objects: Sequence[SceneObject]) -> FloatArray:
    """Axes with the receptors' stems down, the cytokine up and IL-2Rα to the right."""
    centres: dict[str, list[FloatArray]] = {}
    for each in objects:
        centres.setdefault(each.role, []).append(each.alpha_carbons.mean(axis=0))
    stems = [
        each.alpha_carbons[-1] for each in objects if is_paired_receptor(each.role)
    ]
    tops = [c for role, found in centres.items() if is_cytokine(role) for c in found]
    if not stems or not tops:
        return widest(alpha_carbons(objects), np.array([0.0, 0.0, 1.0]))
    up = np.mean(tops, axis=0) - np.mean(stems, axis=0)
    # From the side from which the chains hide each other least.
    points = alpha_carbons(objects)
    flat = points - np.outer(points @ up, up) / (up @ up)
    right = widest(flat, up)[0]
    alphas = [
        centre
        for role, found in centres.items()
        if holders_of(role) and not is_paired_receptor(role)
        for centre in found
    ]
    if alphas and (np.mean(alphas, axis=0) - np.mean(tops, axis=0)) @ right < 0:
        right = -right
    return upright(up, right)
