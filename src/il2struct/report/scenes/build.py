"""A scene from an entry: which objects, which interfaces."""

from dataclasses import dataclass, field
from typing import Final

import numpy as np

from il2struct.errors import ParameterError
from il2struct.interface.measure import interfaces_of
from il2struct.lattice.contacts import LatticeContact
from il2struct.lattice.operators import operator_group
from il2struct.network.evidence.survey import MembraneLine
from il2struct.palette import Palette
from il2struct.report.scenes.model import Scene
from il2struct.report.scenes.parts import Cast, scene_interface, scene_objects
from il2struct.report.scenes.surroundings import (
    chain_units,
    contacts_among,
    images_of,
    known_contacts,
    membrane_under,
    neighbour_units,
)
from il2struct.report.scenes.views import SceneParts, alpha_carbons, scene_views
from il2struct.report.scenes.words import plain_name, plain_title
from il2struct.structure.model import ChainImage
from il2struct.structure.named import NamedEntry
from il2struct.structure.write import PlacedChain, mmcif_text, written_chains

#: Neighbours beyond which a scene is a cloud.
MOST_NEIGHBOURS: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class SceneOptions:
    """
    What a scene shows.

    Attributes
    ----------
    n_neighbours : int
        Neighbours in the lattice, those with the largest contacts first.
    palette : Palette

    Raises
    ------
    ParameterError
        If the number is out of range.
    """

    n_neighbours: int = 2
    palette: Palette = field(default_factory=Palette)

    def __post_init__(self) -> None:
        if not 0 <= self.n_neighbours <= MOST_NEIGHBOURS:
            raise ParameterError(
                f"a scene has 0 to {MOST_NEIGHBOURS} neighbours, not {self.n_neighbours}."
            )


def build_scene(
    named: NamedEntry,
    *,
    options: SceneOptions | None = None,
    line: MembraneLine | None = None,
) -> Scene:
    """
    Describe an entry as a scene: its complexes, what holds them, and what stands round them.

    Parameters
    ----------
    named : NamedEntry
    options : SceneOptions, optional
    line : MembraneLine, optional
        Chain to be shown on the membrane, from
        `il2struct.report.scenes.surroundings.membrane_line`.

    Returns
    -------
    Scene
    """
    options = options or SceneOptions()
    plan = _plan(named, options.n_neighbours, line)
    cast, coordinates = _cast(named, plan, options.palette)
    objects = scene_objects(cast, plan.images, frozenset(plan.home))
    inside = tuple(
        scene_interface(
            cast,
            found,
            (
                objects[found.sides[0].images[0]],
                objects[found.sides[1].images[0]],
            ),
        )
        for found in interfaces_of(named)
    )
    between = tuple(
        scene_interface(cast, found, (objects[first], objects[second]))
        for found, first, second in contacts_among(named, plan.contacts, plan.images)
    )
    chain = tuple(objects[image] for image in plan.chain)
    membrane = membrane_under(line, alpha_carbons(chain)) if line and chain else None
    parts = SceneParts(
        home=tuple(objects[image] for image in plan.home),
        lattice=tuple(objects[image] for image in plan.lattice),
        chain=chain,
        inside=inside,
        between=between,
        membrane=membrane,
    )
    return Scene(
        entry_id=plain_name(named.entry.entry_id),
        title=plain_title(named.entry.title),
        coordinates=coordinates,
        objects=tuple(objects.values()),
        interfaces=(*inside, *between),
        membrane=membrane,
        views=scene_views(parts),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """Chain images by what they are shown for."""

    home: tuple[ChainImage, ...]
    lattice: tuple[ChainImage, ...]
    chain: tuple[ChainImage, ...]
    contacts: tuple[LatticeContact, ...]

    @property
    def images(self) -> tuple[ChainImage, ...]:
        return tuple(dict.fromkeys((*self.home, *self.lattice, *self.chain)))


def _plan(named: NamedEntry, n_neighbours: int, line: MembraneLine | None) -> _Plan:
    members = [m.image for c in named.complexes for m in c.members]
    home = tuple(dict.fromkeys(members))
    contacts = known_contacts(named) if n_neighbours or line else ()
    if not contacts:
        return _Plan(home=home, lattice=(), chain=(), contacts=())
    group = operator_group(named.entry)
    first = line.contacts[0].contact if line else None
    near = neighbour_units(named, contacts, n_neighbours, first)
    chain = chain_units(line) if line else ()
    return _Plan(
        home=home,
        lattice=tuple(image for unit in near for image in images_of(group, unit)),
        chain=tuple(image for unit in chain for image in images_of(group, unit)),
        contacts=contacts,
    )


def _cast(named: NamedEntry, plan: _Plan, palette: Palette) -> tuple[Cast, str]:
    entry = named.entry
    wanted = dict.fromkeys(image.auth_asym_id for image in plan.images)
    chains = written_chains(
        entry, [chain for chain in entry.chains if chain.auth_asym_id in wanted]
    )
    placed = [
        PlacedChain(written=written, rotation=np.eye(3), translation=np.zeros(3))
        for written in chains
    ]
    text = mmcif_text(entry, placed, title=plain_name(entry.entry_id))
    by_name = {written.chain.auth_asym_id: written for written in chains}
    return Cast(named=named, written=by_name, palette=palette), text
