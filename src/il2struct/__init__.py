"""
Structural analysis of the interleukin-2 receptor.

>>> import il2struct
>>> study = il2struct.load("2ERJ")                    # doctest: +SKIP
>>> study.interfaces().table                          # doctest: +SKIP

Names are imported when first used, so that ``import il2struct`` costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from il2struct._version import __version__

if TYPE_CHECKING:
    from il2struct.batches.run import BatchResult, BatchSettings, batch
    from il2struct.bonds.criteria import PRESETS
    from il2struct.comparison.tables import compare
    from il2struct.errors import (
        CoordinateError,
        CorruptError,
        FetchError,
        Il2StructError,
        MissingDependencyError,
        NoCrystalError,
        NoProteinError,
        NotFoundError,
        ParameterError,
        ParseError,
        StructureError,
        UnavailableError,
        UnknownChainError,
    )
    from il2struct.interface.interface import interface_parameters
    from il2struct.json_schema import results_schema
    from il2struct.network.evidence.study import network_studies
    from il2struct.network.response.dose_response import ResponseSettings, cell_type
    from il2struct.network.response.receptor import receptor_response
    from il2struct.report.network_summary import network_summary
    from il2struct.results.interfaces import InterfaceResults
    from il2struct.results.study import Study, load
    from il2struct.several import Studies, studies
    from il2struct.structure.family import Family, Role, read_family
    from il2struct.trajectory.measure import TrajectoryParameters
    from il2struct.trajectory.study import (
        TrajectoryResults,
        TrajectoryStudy,
        from_universe,
    )

__all__ = [
    "PRESETS",
    "BatchResult",
    "BatchSettings",
    "CoordinateError",
    "CorruptError",
    "Family",
    "FetchError",
    "Il2StructError",
    "InterfaceResults",
    "MissingDependencyError",
    "NoCrystalError",
    "NoProteinError",
    "NotFoundError",
    "ParameterError",
    "ParseError",
    "ResponseSettings",
    "Role",
    "StructureError",
    "Studies",
    "Study",
    "TrajectoryParameters",
    "TrajectoryResults",
    "TrajectoryStudy",
    "UnavailableError",
    "UnknownChainError",
    "__version__",
    "batch",
    "cell_type",
    "compare",
    "from_universe",
    "interface_parameters",
    "load",
    "network_studies",
    "network_summary",
    "read_family",
    "receptor_response",
    "results_schema",
    "studies",
]

_HOME = {
    "BatchResult": "il2struct.batches.run",
    "BatchSettings": "il2struct.batches.run",
    "batch": "il2struct.batches.run",
    "PRESETS": "il2struct.bonds.criteria",
    "InterfaceResults": "il2struct.results.interfaces",
    "Family": "il2struct.structure.family",
    "Role": "il2struct.structure.family",
    "read_family": "il2struct.structure.family",
    "Study": "il2struct.results.study",
    "Studies": "il2struct.several",
    "studies": "il2struct.several",
    "compare": "il2struct.comparison.tables",
    "TrajectoryParameters": "il2struct.trajectory.measure",
    "TrajectoryResults": "il2struct.trajectory.study",
    "TrajectoryStudy": "il2struct.trajectory.study",
    "from_universe": "il2struct.trajectory.study",
    "interface_parameters": "il2struct.interface.interface",
    "load": "il2struct.results.study",
    "network_studies": "il2struct.network.evidence.study",
    "network_summary": "il2struct.report.network_summary",
    "ResponseSettings": "il2struct.network.response.dose_response",
    "cell_type": "il2struct.network.response.dose_response",
    "receptor_response": "il2struct.network.response.receptor",
    "results_schema": "il2struct.json_schema",
}


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module 'il2struct' has no attribute {name!r}")
    home = _HOME.get(name, "il2struct.errors")
    return getattr(import_module(home), name)


def __dir__() -> list[str]:
    return sorted(__all__)
