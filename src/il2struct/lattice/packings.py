"""Crystals that are packed alike: what recurs in them recurs once."""

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Final, TypeAlias

import numpy as np

from il2struct.lattice.contacts import lattice_units
from il2struct.lattice.graph import components, periodic_graph
from il2struct.lattice.measure import MeasuredContact
from il2struct.structure.model import Crystal
from il2struct.structure.named import NamedEntry

#: Number of the packing of an entry, by its identity.
PackingOf: TypeAlias = Mapping[int, int]

#: Cells that differ by less than this fraction in every edge, in the same space group, are one
#: crystal form.
SAME_FORM_FRACTION: Final = 0.05
#: Crystals that share a layer of this dimension are one packing: its contacts come together, and
#: that they all recur is one observation. A chain of one contact is what is asked about.
SHARED_DIMENSION: Final = 2


def crystal_packings(groups: Sequence[Sequence[MeasuredContact]]) -> PackingOf:
    """
    Give each packing of some crystals a number, by the identity of the entry.

    Two crystals are packed alike if they have the same space group and cell, or if the contacts
    that both show build the same layer in them: 1M47 (P 21 21 2) and 1M4C (P 21) share 80 % of
    their contact area in cells that no tolerance would call the same. `groups` are all contacts
    of the crystals, those that are the same together.
    """
    entries = {id(m.named): m.named for group in groups for m in group}
    packing_of = {name: number for number, name in enumerate(entries)}
    for first, second in combinations(entries.values(), 2):
        one, other = packing_of[id(first)], packing_of[id(second)]
        if one != other and _is_packed_alike(first, second, groups):
            packing_of = {
                name: one if number == other else number
                for name, number in packing_of.items()
            }
    return packing_of


def n_crystal_forms(members: Sequence[MeasuredContact], packing_of: PackingOf) -> int:
    """Count the independent packings among the entries of some contacts."""
    return len({packing_of[id(member.named)] for member in members})


def _is_packed_alike(
    first: NamedEntry,
    second: NamedEntry,
    groups: Sequence[Sequence[MeasuredContact]],
) -> bool:
    if _is_same_form(first.entry.crystal, second.entry.crystal):
        return True
    shared = [
        group
        for group in groups
        if {id(first), id(second)} <= {id(member.named) for member in group}
    ]
    return all(
        _dimension(named, shared) >= SHARED_DIMENSION for named in (first, second)
    )


def _is_same_form(first: Crystal | None, second: Crystal | None) -> bool:
    if first is None or second is None:
        return False
    near = np.allclose(first.cell_a, second.cell_a, rtol=SAME_FORM_FRACTION)
    turned = np.allclose(first.cell_deg, second.cell_deg, rtol=SAME_FORM_FRACTION)
    return first.space_group == second.space_group and bool(near) and bool(turned)


def _dimension(named: NamedEntry, groups: Sequence[Sequence[MeasuredContact]]) -> int:
    """Dimension of what some contacts build in a crystal."""
    contacts = [m.contact for group in groups for m in group if m.named is named]
    if len(contacts) < SHARED_DIMENSION:
        return 0
    graph = periodic_graph(named.entry, lattice_units(named), contacts)
    return components(graph)[0].dimension
