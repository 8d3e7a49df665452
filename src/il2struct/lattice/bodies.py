"""
Which chains of the crystal belong together: complexes and deposited assemblies, wherever they stand.

Chains that have a place in a receptor complex are judged by that complex, all others by the
assemblies that the depositors stand for.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from il2struct.lattice.operators import (
    IDENTITY,
    OperatorGroup,
    Placement,
    operator_group,
    placement,
)
from il2struct.structure.complexes import MAX_IMAGES
from il2struct.structure.model import ChainImage
from il2struct.structure.named import NamedEntry
from il2struct.structure.neighbours import n_group_operators

#: Chains and where they stand.
Places: TypeAlias = frozenset[tuple[str, Placement]]


class Belonging(StrEnum):
    """Whether two chains that touch belong to one molecule."""

    #: One complex, or one assembly that the depositors stand for, holds both.
    INSIDE = "inside"
    #: Only an assembly that a program proposes holds both.
    PROPOSED = "proposed"
    LATTICE = "lattice"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedBody:
    """A complex, an assembly or a lone chain, somewhere in the lattice."""

    #: Which body of the asymmetric unit it is a copy of.
    home: int
    #: Operator and cell shift that place it.
    at: Placement


class Bodies:
    """All protein chains of a crystal, gathered into bodies."""

    def __init__(self, named: NamedEntry) -> None:
        entry = named.entry
        self.group = operator_group(entry)
        n_group = n_group_operators(entry)
        self._homes: list[Places] = []
        self._home_of: dict[str, int] = {}
        with_roles: set[str] = set()
        by_role: list[Places] = []
        for complex_ in named.complexes:
            places = _places((m.image for m in complex_.members), n_group)
            if complex_.basis != "asymmetric_unit":
                self._add(places)
            if complex_.basis == "roles":
                by_role.append(places)
                with_roles |= {name for name, _ in places}
        for name in named.role_of:
            if name not in self._home_of:
                self._add(frozenset({(name, IDENTITY)}))
        self._symmetry = [_own_symmetry(self.group, home) for home in self._homes]
        proteins = set(named.role_of) - with_roles
        self._inside, self._proposed = (
            {
                relation
                for assembly in entry.assemblies
                if assembly.is_author_determined is is_author
                for relation in self._relations(
                    _places(
                        (i for i in assembly.images if i.auth_asym_id in proteins),
                        n_group,
                    )
                )
            }
            for is_author in (True, False)
        )
        self._inside |= {r for places in by_role for r in self._relations(places)}

    def _add(self, places: Places) -> None:
        for name, _ in places:
            self._home_of.setdefault(name, len(self._homes))
        self._homes.append(places)

    def _relations(self, places: Places) -> set[tuple[str, str, Placement]]:
        if len(places) > MAX_IMAGES:
            return set()
        return {
            (name_1, name_2, self._between(place_1, place_2))
            for name_1, place_1 in places
            for name_2, place_2 in places
        }

    def _between(self, first: Placement, second: Placement) -> Placement:
        """Operation that leads from one place to another, seen from the first."""
        return self.group.composed(self.group.inverse(first), second)

    def belonging(self, image_1: ChainImage, image_2: ChainImage) -> Belonging:
        """Say whether two chain images belong to one molecule."""
        step = self._between(placement(image_1), placement(image_2))
        relation = (image_1.auth_asym_id, image_2.auth_asym_id, step)
        if relation in self._inside:
            return Belonging.INSIDE
        return Belonging.PROPOSED if relation in self._proposed else Belonging.LATTICE

    def body_of(self, image: ChainImage) -> PlacedBody:
        """Find the body that holds a chain image."""
        home = self._home_of[image.auth_asym_id]
        own = min(p for name, p in self._homes[home] if name == image.auth_asym_id)
        composed = self.group.composed
        at = composed(placement(image), self.group.inverse(own))
        # A body that a symmetry turns onto itself stands in one place, however it got there.
        return PlacedBody(
            home=home, at=min(composed(at, turn) for turn in self._symmetry[home])
        )

    def images(self, body: PlacedBody) -> tuple[ChainImage, ...]:
        """List the chain images of a body, where it stands."""
        return tuple(
            ChainImage(name, *self.group.composed(body.at, place))
            for name, place in sorted(self._homes[body.home])
        )

    def steps(self, first: PlacedBody, second: PlacedBody) -> list[Placement]:
        """
        List the operations that lead from one body to another, seen from the first.

        More than one if a symmetry turns the second onto itself.
        """
        step = self._between(first.at, second.at)
        return [self.group.composed(step, turn) for turn in self._symmetry[second.home]]

    def neighbour_key(
        self, first: PlacedBody, second: PlacedBody
    ) -> tuple[int, int, Placement]:
        """Name two neighbours the same wherever in the lattice and from whichever side they are seen."""
        composed, inverse = self.group.composed, self.group.inverse
        step = self._between(first.at, second.at)
        views = [(first.home, second.home, step)]
        views.append((second.home, first.home, inverse(step)))
        return min(
            (one, other, composed(composed(turn_1, there), turn_2))
            for one, other, there in views
            for turn_1 in self._symmetry[one]
            for turn_2 in self._symmetry[other]
        )


def _own_symmetry(group: OperatorGroup, places: Places) -> list[Placement]:
    """Operations of the lattice that turn a body onto itself."""
    name, own = min(places)
    back = group.inverse(own)
    turns = [group.composed(place, back) for other, place in places if other == name]
    return [
        turn
        for turn in turns
        if {(other, group.composed(turn, place)) for other, place in places} == places
    ]


def _places(images: Iterable[ChainImage], n_group: int) -> Places:
    return frozenset(
        (image.auth_asym_id, placement(image))
        for image in images
        if image.operator < n_group
    )
