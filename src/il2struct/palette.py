"""Colours of the roles, the same in figures, scenes and reports."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from il2struct.errors import ParameterError
from il2struct.structure.family import Role, shown_roles
from il2struct.structure.named import NamedEntry

#: How much white a neighbour in the lattice gets.
NEIGHBOUR_WHITE_FRACTION: Final = 0.6

#: Colour of what has no role.
UNKNOWN_COLOUR: Final = "#BBBBBB"
#: Colours of chains without a role, one an entity and then again from the first: those of Tol's
#: muted scheme (SRON/EPS/TN/09-002, 3.2) that no role has.
ENTITY_COLOURS: Final = (
    *("#44AA99", "#DDCC77", "#332288", "#CC6677"),
    *("#117733", "#999933", "#AA4499"),
)

_HEX = re.compile(r"#[0-9A-Fa-f]{6}")


def role_colours() -> dict[str, str]:
    """Return the colour of every role, as its family gives it, and of ``unknown``."""
    colours = {role: record.colour for role, record in shown_roles().items()}
    return {**colours, "unknown": UNKNOWN_COLOUR}


@dataclass(frozen=True, slots=True, kw_only=True)
class Palette:
    """
    A colour for every role.

    Raises
    ------
    ParameterError
        If a role is unknown or a colour is not ``#rrggbb``.

    Examples
    --------
    >>> Palette().of("IL2RA")
    '#EE7733'
    >>> Palette().with_roles({"IL2RA": "#009988"}).of("IL2RA")
    '#009988'
    """

    #: ``#rrggbb`` by role (``"IL2RA"``).
    roles: Mapping[str, str] = field(default_factory=role_colours)

    def __post_init__(self) -> None:
        known = role_colours()
        for role, colour in self.roles.items():
            if role not in known:
                raise ParameterError(
                    f"there is no role {role!r} to colour; there are {', '.join(known)}."
                )
            if not _HEX.fullmatch(colour):
                raise ParameterError(
                    f"the colour of {role} is written #rrggbb, not {colour!r}."
                )
        object.__setattr__(self, "roles", MappingProxyType({**known, **self.roles}))

    def with_roles(self, changed: Mapping[str, str]) -> "Palette":
        """
        Return a palette in which some roles have other colours.

        Parameters
        ----------
        changed : mapping of str to str
            ``#rrggbb`` by role.
        """
        return Palette(roles={**self.roles, **changed})

    def of(self, role: str) -> str:
        """Return the colour of a role; grey for one that is not known."""
        return self.roles.get(role, self.roles["unknown"])

    def of_chains(self, named: NamedEntry) -> dict[str, str]:
        """
        Return the colour of every protein chain of an entry: of its role, or one for its entity.

        Parameters
        ----------
        named : NamedEntry
            Copies of an entity have one colour.
        """
        entities: dict[str, str] = {}
        colours = {}
        for chain in named.entry.protein_chains:
            role = named.role_of[chain.auth_asym_id]
            colours[chain.auth_asym_id] = self.of(role.value)
            if role is Role.UNKNOWN and self.of(role.value) == UNKNOWN_COLOUR:
                entity = chain.entity_id or chain.sequence
                place = len(entities) % len(ENTITY_COLOURS)
                colours[chain.auth_asym_id] = entities.setdefault(
                    entity, ENTITY_COLOURS[place]
                )
        return colours

    def neighbour_of(self, role: str) -> str:
        """Return the paler colour of a role's neighbours in the lattice."""
        return mixed_with_white(self.of(role), NEIGHBOUR_WHITE_FRACTION)


def mixed_with_white(colour: str, white_fraction: float) -> str:
    """
    Mix a colour with white.

    Examples
    --------
    >>> mixed_with_white("#000000", 0.6)
    '#999999'
    """
    channels = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    mixed = (round(c + (255 - c) * white_fraction) for c in channels)
    return "#" + "".join(f"{c:02X}" for c in mixed)
