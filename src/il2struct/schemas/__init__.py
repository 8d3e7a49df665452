"""
The schemas of every table: column, type, unit and meaning.

Others build on these names; a change of one is a change of the public interface.
"""

from typing import Final

from il2struct.schemas.column import Column
from il2struct.schemas.engineering import ENGINEERING_SCHEMAS
from il2struct.schemas.entry import ENTRY_SCHEMAS
from il2struct.schemas.figures import FIGURE_SCHEMAS
from il2struct.schemas.interface import INTERFACE_SCHEMAS
from il2struct.schemas.network import NETWORK_SCHEMAS
from il2struct.schemas.trajectory import TRAJECTORY_SCHEMAS

__all__ = ["SCHEMAS", "Column"]

SCHEMAS: Final[dict[str, tuple[Column, ...]]] = {
    **ENTRY_SCHEMAS,
    **INTERFACE_SCHEMAS,
    **ENGINEERING_SCHEMAS,
    **NETWORK_SCHEMAS,
    **TRAJECTORY_SCHEMAS,
    **FIGURE_SCHEMAS,
}
