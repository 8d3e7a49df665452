"""The sheets that pairs of contacts build in a crystal, each stood on the membrane as one rigid layer."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import combinations_with_replacement
from typing import Final

import numpy as np

from il2struct.arrays import FloatArray
from il2struct.errors import Il2StructError
from il2struct.lattice.classes import ContactClass, is_lattice_class
from il2struct.lattice.contacts import lattice_units
from il2struct.lattice.graph import (
    Component,
    Edge,
    PeriodicGraph,
    components,
    periodic_graph,
)
from il2struct.network.evidence.measures import is_compared
from il2struct.network.membrane.body import (
    RigidBody,
    anchor_heights,
    joined_body,
    tether_energy,
)
from il2struct.network.membrane.chain import even_directions
from il2struct.network.membrane.tethers import anchors_of_complex, body_of_complex
from il2struct.structure.named import NamedEntry

#: Cells closer than this to a whole number of repeats are one.
WHOLE: Final = 1e-6
#: A linker counts as no shorter than this, in Å: what stretches none at all has no share.
SHORTEST_A: Final = 1e-6
#: Directions of layers that a sheet is compared with, each with its two sides.
N_DIRECTIONS: Final = 4000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sheet:
    """A layer of complexes held by contacts of a crystal, on the side that stretches its linkers least."""

    named: NamedEntry
    complex_ids: tuple[str, ...]  # of one repeat
    built_by: tuple[str, ...]  # one or two classes of contacts that suffice
    contact_classes: tuple[str, ...]  # every class that the layer holds
    area_per_complex_nm2: float  # of the membrane
    buried_a2: float  # per side, of all its contacts, for each complex
    energy_per_complex_kt: float  # of the linkers; infinite if one does not reach
    # That and the logarithm of the partition function of a complex by itself.
    price_per_complex_kt: float
    stretch_fraction: float  # largest height over contour length
    stretched_role: str  # the receptor whose linker that is
    # Of layers of its complexes in any direction, which lie easier.
    easier_fraction: float

    @property
    def can_lie_flat(self) -> bool:
        """Whether every linker reaches the membrane."""
        return math.isfinite(self.energy_per_complex_kt)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Standing:
    """A complex that receptors hold to the membrane, where the file has it."""

    body: RigidBody
    roles: tuple[str, ...]  # that each linker is of
    # (2, n) Energy of the linkers on either side of layers in even directions.
    either_side_kt: FloatArray


def sheets_of(named: NamedEntry, classes: Sequence[ContactClass]) -> tuple[Sheet, ...]:
    """
    Find every sheet that one or two classes of lattice contacts build in a crystal, cheapest first.

    Classes with a contact of the size of a control only. A sheet is rigid and has two sides, the
    directions perpendicular to it: one of them must be that of the membrane for all its complexes at
    once. Layers with a complex or chain that no receptor holds are left out. Pairs that build the same
    layer are one sheet, named by the first of them. What it is compared with are layers of its complexes
    alike, in directions spread evenly over the sphere.
    """
    contacts = [
        (found.name, member)
        for found in classes
        if is_lattice_class(found)
        for member in found.members
        if member.named is named
    ]
    standing = _standing(named)
    if not contacts or not standing:
        return ()
    graph = periodic_graph(
        named.entry, lattice_units(named), [m.contact for _, m in contacts]
    )
    large = dict.fromkeys(name for name, m in contacts if is_compared(m))
    found: dict[object, Sheet] = {}
    for names in combinations_with_replacement(large, 2):
        chosen = [e for e in graph.edges if contacts[e.contact][0] in names]
        for part in components(replace(graph, edges=tuple(chosen))):
            if part.dimension != 2 or any(n[0] not in standing for n in part.nodes):
                continue
            held = list(held_contacts(graph, part))
            # Layers that an operator makes of each other are one.
            key = (
                tuple(sorted(unit for unit, _ in part.nodes)),
                frozenset(edge.contact for edge in held),
                round(_area_a2(part), 3),
            )
            if key not in found:
                inside = dict.fromkeys(contacts[e.contact][0] for e in held)
                areas = [
                    contacts[e.contact][1].interface.burial.area_per_side_a2
                    for e in held
                ]
                made = partial(
                    Sheet,
                    named=named,
                    built_by=tuple(dict.fromkeys(names)),
                    contact_classes=tuple(sorted(inside)),
                    buried_a2=sum(areas) / len(part.nodes),
                )
                found[key] = stood_up(made, graph, part, standing)
    return tuple(sorted(found.values(), key=lambda s: s.energy_per_complex_kt))


def _standing(named: NamedEntry) -> dict[str, Standing]:
    """Complexes that receptors hold to the membrane."""
    standing = {}
    for complex_ in named.complexes:
        if complex_.basis != "roles":
            continue
        try:
            anchors = anchors_of_complex(named, complex_)
        except Il2StructError:  # the survey says so where it stands chains
            continue
        body = body_of_complex(named, complex_, anchors)
        up = even_directions(body, N_DIRECTIONS)
        sides = [tether_energy(body, anchor_heights(body, n)) for n in (up, -up)]
        standing[complex_.complex_id] = Standing(
            body=body, roles=anchors.roles, either_side_kt=np.array(sides)
        )
    return standing


def held_contacts(graph: PeriodicGraph, part: Component) -> Iterator[Edge]:
    """Contacts of the whole crystal between complexes of a layer, each once a repeat."""
    cells = dict(zip(part.nodes, part.node_cells, strict=True))
    for edge in graph.edges:
        if edge.start in cells and edge.end in cells:
            left = cells[edge.start] + np.array(edge.cell_shift) - cells[edge.end]
            steps = np.linalg.lstsq(part.repeat_cells.T, left, rcond=None)[0]
            off = part.repeat_cells.T @ np.round(steps) - left
            if np.abs(off).max() < WHOLE:
                yield edge


def _area_a2(part: Component) -> float:
    """Area of one repeat."""
    return float(np.linalg.norm(np.cross(*part.repeat_a)))


def stood_up(
    made: Callable[..., Sheet],
    graph: PeriodicGraph,
    part: Component,
    standing: dict[str, Standing],
) -> Sheet:
    """
    Lay a layer on the membrane, as one body and on its better side.

    ``made`` is `Sheet` with all that is known of the contacts in it.
    """
    units = [standing[unit] for unit, _ in part.nodes]
    n_units = len(units)
    motions = [
        graph.group.motion((operator, (int(a), int(b), int(c))))
        for (_, operator), (a, b, c) in zip(part.nodes, part.node_cells, strict=True)
    ]
    layer = joined_body([unit.body for unit in units], motions)
    across: FloatArray = np.cross(*part.repeat_a)
    across = across / np.linalg.norm(across)
    heights = anchor_heights(layer, np.array([across, -across]))
    stretch = heights / np.maximum(layer.contour_a, SHORTEST_A)
    energies = tether_energy(layer, heights) / n_units
    side = int(np.lexsort((stretch.max(axis=1), energies))[0])
    energy = float(energies[side])
    easier = [(u.either_side_kt.min(axis=0) < energy).mean() for u in units]
    alone = [np.exp(-unit.either_side_kt).mean() for unit in units]
    roles = [role for unit in units for role in unit.roles]
    return made(
        complex_ids=tuple(unit for unit, _ in part.nodes),
        area_per_complex_nm2=_area_a2(part) / n_units / 100.0,
        energy_per_complex_kt=energy,
        price_per_complex_kt=energy + float(np.mean(np.log(alone)))
        if min(alone) > 0.0
        else math.nan,
        stretch_fraction=float(stretch[side].max()),
        stretched_role=roles[int(stretch[side].argmax())],
        easier_fraction=float(np.mean(easier)),
    )
