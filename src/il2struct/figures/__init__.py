"""
Figures: results in, axes out; every figure has the table it shows.

>>> from il2struct import figures
>>> figures.contact_map(study.interfaces(), interface="IL2/IL2RA")        # doctest: +SKIP

A function named after its kind draws into an axes, or a new figure, and returns the axes; the one
of the same name with ``_drawing`` behind it prepares a `Drawing`, which `save_drawing` writes in several
formats with its table and its words. `drawings_of_entry` prepares all of an entry. Names are
imported when first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from il2struct.figures.catalogue import (
        KINDS,
        drawings_of_entry,
        drawings_of_lattice,
        drawings_of_run,
    )
    from il2struct.figures.comparison.by_residue import (
        burial_comparison,
        burial_comparison_drawing,
        comparison_drawings,
    )
    from il2struct.figures.comparison.interface_numbers import (
        interface_comparison,
        interface_comparison_drawing,
    )
    from il2struct.figures.comparison.presence import (
        bond_presence,
        presence_drawing,
    )
    from il2struct.figures.crystal.lattice_view import (
        lattice_view,
        lattice_view_drawing,
        lattice_view_drawings,
    )
    from il2struct.figures.crystal.network_side import (
        network_side,
        network_side_drawing,
        network_side_drawings,
    )
    from il2struct.figures.drawing import Drawing
    from il2struct.figures.interface.buried_track import (
        buried_area_track,
        buried_area_track_drawing,
    )
    from il2struct.figures.interface.contact_maps import (
        contact_map,
        contact_map_drawing,
    )
    from il2struct.figures.interface.fit import complementarity, complementarity_drawing
    from il2struct.figures.interface.fit_profile import (
        complementarity_profile,
        complementarity_profile_drawing,
    )
    from il2struct.figures.interface.ladder import bond_ladder, bond_ladder_drawing
    from il2struct.figures.interface.open_book import open_book, open_book_drawing
    from il2struct.figures.network.dose_curves import (
        dose_response,
        dose_response_drawing,
    )
    from il2struct.figures.network.evidence import (
        contact_evidence,
        evidence_drawing,
    )
    from il2struct.figures.network.length_shares import (
        chain_lengths,
        chain_lengths_drawing,
    )
    from il2struct.figures.network.membrane_price import (
        membrane_drawings,
        membrane_price,
        membrane_price_drawing,
    )
    from il2struct.figures.network.membrane_tilt import (
        tilt,
        tilt_drawing,
    )
    from il2struct.figures.network.membrane_view import (
        membrane_view,
        membrane_view_drawing,
    )
    from il2struct.figures.network.phases import (
        phase_diagram,
        phase_diagram_drawing,
    )
    from il2struct.figures.network.response import (
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
    "bond_ladder": "interface.ladder",
    "bond_ladder_drawing": "interface.ladder",
    "bond_occupancy_drawings": "trajectory_course",
    "bond_presence": "comparison.presence",
    "burial_comparison": "comparison.by_residue",
    "burial_comparison_drawing": "comparison.by_residue",
    "buried_area_track": "interface.buried_track",
    "buried_area_track_drawing": "interface.buried_track",
    "chain_lengths": "network.length_shares",
    "chain_lengths_drawing": "network.length_shares",
    "comparison_drawings": "comparison.by_residue",
    "complementarity": "interface.fit",
    "complementarity_drawing": "interface.fit",
    "complementarity_profile": "interface.fit_profile",
    "complementarity_profile_drawing": "interface.fit_profile",
    "contact_evidence": "network.evidence",
    "contact_map": "interface.contact_maps",
    "contact_map_drawing": "interface.contact_maps",
    "dose_response": "network.dose_curves",
    "dose_response_drawing": "network.dose_curves",
    "drawings_of_entry": "catalogue",
    "drawings_of_lattice": "catalogue",
    "drawings_of_run": "catalogue",
    "evidence_drawing": "network.evidence",
    "figure_of": "save",
    "interface_comparison": "comparison.interface_numbers",
    "interface_comparison_drawing": "comparison.interface_numbers",
    "interface_course": "trajectory_course",
    "interface_course_drawing": "trajectory_course",
    "lattice_view": "crystal.lattice_view",
    "lattice_view_drawing": "crystal.lattice_view",
    "lattice_view_drawings": "crystal.lattice_view",
    "membrane_drawings": "network.membrane_price",
    "membrane_price": "network.membrane_price",
    "membrane_price_drawing": "network.membrane_price",
    "membrane_view": "network.membrane_view",
    "membrane_view_drawing": "network.membrane_view",
    "network_side": "crystal.network_side",
    "network_side_drawing": "crystal.network_side",
    "network_side_drawings": "crystal.network_side",
    "open_book": "interface.open_book",
    "open_book_drawing": "interface.open_book",
    "phase_diagram": "network.phases",
    "phase_diagram_drawing": "network.phases",
    "presence_drawing": "comparison.presence",
    "response_drawings": "network.response",
    "save_drawing": "save",
    "tilt": "network.membrane_tilt",
    "tilt_drawing": "network.membrane_tilt",
}

#: Names that are shorter at home.
_SHORT = {"save_drawing": "save"}


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module 'il2struct.figures' has no attribute {name!r}")
    home = import_module(f"il2struct.figures.{_HOME[name]}")
    return getattr(home, _SHORT.get(name, name))


def __dir__() -> list[str]:
    return sorted(__all__)
