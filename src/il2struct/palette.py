"""Colours of the roles, the same in figures, scenes and reports."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from il2struct.errors import ParameterError

#: Chosen so that any two differ by at least 27 in CAM02-UCS in normal, deuteranopic, protanopic
#: and tritanopic vision and by at least 12 in lightness; the IL-15 roles take those of their kin.
ROLE_COLOURS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "IL2": "#882255",
        "IL2RB": "#0077BB",
        "IL2RG": "#88CCEE",
        "IL2RA": "#EE7733",
        "IL15": "#882255",
        "IL15RA": "#EE7733",
        "unknown": "#BBBBBB",
    }
)

#: How much white a neighbour in the lattice gets.
NEIGHBOUR_WHITE_FRACTION: Final = 0.6

_HEX = re.compile(r"#[0-9A-Fa-f]{6}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Palette:
    """
    A colour for every role.

    Attributes
    ----------
    roles : mapping of str to str
        ``#rrggbb`` by role (``"IL2RA"``).

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

    roles: Mapping[str, str] = field(default_factory=lambda: ROLE_COLOURS)

    def __post_init__(self) -> None:
        for role, colour in self.roles.items():
            if role not in ROLE_COLOURS:
                raise ParameterError(
                    f"there is no role {role!r} to colour; there are {', '.join(ROLE_COLOURS)}."
                )
            if not _HEX.fullmatch(colour):
                raise ParameterError(
                    f"the colour of {role} is written #rrggbb, not {colour!r}."
                )
        object.__setattr__(
            self, "roles", MappingProxyType({**ROLE_COLOURS, **self.roles})
        )

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

    def neighbour_of(self, role: str) -> str:
        """Return the paler colour of a role's neighbours in the lattice."""
        return mixed_with_white(self.of(role), NEIGHBOUR_WHITE_FRACTION)


def mixed_with_white(colour: str, white_fraction: float) -> str:
    """
    Mix a colour with white.

    Parameters
    ----------
    colour : str
        ``#rrggbb``.
    white_fraction : float
        0 for the colour itself, 1 for white.

    Examples
    --------
    >>> mixed_with_white("#000000", 0.6)
    '#999999'
    """
    channels = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    mixed = (round(c + (255 - c) * white_fraction) for c in channels)
    return "#" + "".join(f"{c:02X}" for c in mixed)
