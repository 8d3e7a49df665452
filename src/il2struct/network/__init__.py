"""Whether a contact of the crystal builds a network on the membrane, and what that would do."""

from typing import Final

from il2struct.structure.family import Role

#: Pairs of roles that are asked about unless the user says otherwise.
DEFAULT_PAIRS: Final = (
    (Role("IL2RG"), Role("IL2RA")),
    (Role("IL2RG"), Role("IL2RB")),
)
