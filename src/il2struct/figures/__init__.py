"""
Figures: results in, axes out; every figure has the table it shows.

>>> from il2struct import figures
>>> figures.contact_map(study.interfaces(), interface="IL2/IL2RA")        # doctest: +SKIP

A function named after its kind draws into an axes, or a new figure, and returns the axes; the one
of the same name with ``_drawing`` behind it prepares a `Drawing`, which `save_drawing` writes in several
formats with its table and its words. `drawings_of_entry` prepares all of an entry. Names are
imported when first used.
"""

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from il2struct.figures.buried_track import (
        buried_area_track,
        buried_area_track_drawing,
    )
    from il2struct.figures.catalogue import (
        KINDS,
        drawings_of_entry,
        drawings_of_lattice,
        drawings_of_run,
    )
    from il2struct.figures.comparison import (
        burial_comparison,
        burial_comparison_drawing,
        comparison_drawings,
    )
    from il2struct.figures.contact_maps import contact_map, contact_map_drawing
    from il2struct.figures.dose_curves import (
        dose_response,
        dose_response_drawing,
    )
    from il2struct.figures.drawing import Drawing
    from il2struct.figures.evidence import (
        contact_evidence,
        evidence_drawing,
    )
    from il2struct.figures.fit import complementarity, complementarity_drawing
    from il2struct.figures.fit_profile import (
        complementarity_profile,
        complementarity_profile_drawing,
    )
    from il2struct.figures.interface_numbers import (
        interface_comparison,
        interface_comparison_drawing,
    )
    from il2struct.figures.ladder import bond_ladder, bond_ladder_drawing
    from il2struct.figures.lattice_view import (
        lattice_view,
        lattice_view_drawing,
        lattice_view_drawings,
    )
    from il2struct.figures.length_shares import (
        chain_lengths,
        chain_lengths_drawing,
    )
    from il2struct.figures.membrane import (
        membrane_drawings,
        membrane_price,
        membrane_price_drawing,
    )
    from il2struct.figures.membrane_tilt import (
        tilt,
        tilt_drawing,
    )
    from il2struct.figures.membrane_view import (
        membrane_view,
        membrane_view_drawing,
    )
    from il2struct.figures.network_side import (
        network_side,
        network_side_drawing,
        network_side_drawings,
    )
    from il2struct.figures.open_book import open_book, open_book_drawing
    from il2struct.figures.phases import (
        phase_diagram,
        phase_diagram_drawing,
    )
    from il2struct.figures.presence import (
        bond_presence,
        presence_drawing,
    )
    from il2struct.figures.response import (
        response_drawings,
    )
    from il2struct.figures.save import figure_of
    from il2struct.figures.save import save as save_drawing
    from il2struct.figures.trajectory_course import (
        bond_occupancy_drawings,
        interface_course,
        interface_course_drawing,
    )

__all__ = [
    "KINDS",
    "Drawing",
    "bond_ladder",
    "bond_ladder_drawing",
    "bond_occupancy_drawings",
    "bond_presence",
    "burial_comparison",
    "burial_comparison_drawing",
    "buried_area_track",
    "buried_area_track_drawing",
    "chain_lengths",
    "chain_lengths_drawing",
    "comparison_drawings",
    "complementarity",
    "complementarity_drawing",
    "complementarity_profile",
    "complementarity_profile_drawing",
    "contact_evidence",
    "contact_map",
    "contact_map_drawing",
    "dose_response",
    "dose_response_drawing",
    "drawings_of_entry",
    "drawings_of_lattice",
    "drawings_of_run",
    "evidence_drawing",
    "figure_of",
    "interface_comparison",
    "interface_comparison_drawing",
    "interface_course",
    "interface_course_drawing",
    "lattice_view",
    "lattice_view_drawing",
    "lattice_view_drawings",
    "membrane_drawings",
    "membrane_price",
    "membrane_price_drawing",
    "membrane_view",
    "membrane_view_drawing",
    "network_side",
    "network_side_drawing",
    "network_side_drawings",
    "open_book",
    "open_book_drawing",
    "phase_diagram",
    "phase_diagram_drawing",
    "presence_drawing",
    "response_drawings",
    "save_drawing",
    "tilt",
    "tilt_drawing",
]

#: Module of each name.
_HOME = {
    "KINDS": "catalogue",
    "Drawing": "drawing",
    "bond_ladder": "ladder",
    "bond_ladder_drawing": "ladder",
    "bond_occupancy_drawings": "trajectory_course",
    "bond_presence": "presence",
    "burial_comparison": "comparison",
    "burial_comparison_drawing": "comparison",
    "buried_area_track": "buried_track",
    "buried_area_track_drawing": "buried_track",
    "chain_lengths": "length_shares",
    "chain_lengths_drawing": "length_shares",
    "comparison_drawings": "comparison",
    "complementarity": "fit",
    "complementarity_drawing": "fit",
    "complementarity_profile": "fit_profile",
    "complementarity_profile_drawing": "fit_profile",
    "contact_evidence": "evidence",
    "contact_map": "contact_maps",
    "contact_map_drawing": "contact_maps",
    "dose_response": "dose_curves",
    "dose_response_drawing": "dose_curves",
    "drawings_of_entry": "catalogue",
    "drawings_of_lattice": "catalogue",
    "drawings_of_run": "catalogue",
    "evidence_drawing": "evidence",
    "figure_of": "save",
    "interface_comparison": "interface_numbers",
    "interface_comparison_drawing": "interface_numbers",
    "interface_course": "trajectory_course",
    "interface_course_drawing": "trajectory_course",
    "lattice_view": "lattice_view",
    "lattice_view_drawing": "lattice_view",
    "lattice_view_drawings": "lattice_view",
    "membrane_drawings": "membrane",
    "membrane_price": "membrane",
    "membrane_price_drawing": "membrane",
    "membrane_view": "membrane_view",
    "membrane_view_drawing": "membrane_view",
    "network_side": "network_side",
    "network_side_drawing": "network_side",
    "network_side_drawings": "network_side",
    "open_book": "open_book",
    "open_book_drawing": "open_book",
    "phase_diagram": "phases",
    "phase_diagram_drawing": "phases",
    "presence_drawing": "presence",
    "response_drawings": "response",
    "save_drawing": "save",
    "tilt": "membrane_tilt",
    "tilt_drawing": "membrane_tilt",
}

#: Names that are shorter at home.
_SHORT = {"save_drawing": "save"}


class _Figures(ModuleType):
    """A package whose functions stay when a module of the same name is imported."""

    def __setattr__(self, name: str, value: object) -> None:
        # The import system sets every module that it loads as an attribute of its package.
        if not (isinstance(value, ModuleType) and name in _HOME):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Figures


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module 'il2struct.figures' has no attribute {name!r}")
    home = import_module(f"il2struct.figures.{_HOME[name]}")
    return getattr(home, _SHORT.get(name, name))


def __dir__() -> list[str]:
    return sorted(__all__)
