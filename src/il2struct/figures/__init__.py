"""
Figures: results in, drawings out; every figure has the table it shows.

>>> from il2struct import figures
>>> figures.contact_map(study.interfaces(), interface="IL2/IL2RA").draw()    # doctest: +SKIP

A function named after its kind prepares a `Drawing`: ``draw`` draws it into an axes, or a new figure,
``save`` writes it in several formats with its table and its words. `drawings_of_entry` prepares
all of an entry.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from inspect import signature
from itertools import groupby
from typing import Any, Final

from il2struct.errors import Il2StructError, ParameterError
from il2struct.figures.agonist_geometry import agonist_geometry
from il2struct.figures.canvas import DPI
from il2struct.figures.cartoon import cartoon
from il2struct.figures.confidence import confidence
from il2struct.figures.crystal_graph import lattice_graph
from il2struct.figures.crystal_top import lattice_view
from il2struct.figures.drawing import Drawing, file_stem
from il2struct.figures.evidence import contact_evidence
from il2struct.figures.heat_maps import (
    burial_comparison,
    comparison_drawings,
    interface_comparison,
)
from il2struct.figures.interface.bond_ladder import bond_ladder
from il2struct.figures.interface.buried_track import (
    buried_area_track,
    chains_with_interfaces,
)
from il2struct.figures.interface.complementarity import (
    complementarity,
    complementarity_profile,
)
from il2struct.figures.interface.contact_map import contact_map
from il2struct.figures.interface.hot_spot import hot_spot
from il2struct.figures.interface.open_book import open_book
from il2struct.figures.membrane_chains import membrane_chains
from il2struct.figures.membrane_pose import membrane_view
from il2struct.figures.options import FigureOptions, options
from il2struct.figures.page import panel
from il2struct.figures.presence import bond_presence
from il2struct.figures.response import (
    dose_response,
    phase_diagram,
    response_drawings,
)
from il2struct.figures.site_overlap import site_overlap
from il2struct.figures.trajectory_course import (
    bond_occupancy_drawings,
    interface_course,
)
from il2struct.figures.variant_map import variant_map
from il2struct.lattice.measure import MeasuredContact
from il2struct.network.evidence.study import NetworkStudy
from il2struct.network.response.receptor import receptor_response
from il2struct.palette import Palette
from il2struct.results.entry_tables import distinct_name
from il2struct.results.interfaces import InterfaceResults

__all__ = [
    "KINDS",
    "Drawing",
    "FigureKind",
    "FigureOptions",
    "FigureSet",
    "agonist_geometry",
    "bond_ladder",
    "bond_occupancy_drawings",
    "bond_presence",
    "burial_comparison",
    "buried_area_track",
    "cartoon",
    "comparison_drawings",
    "complementarity",
    "complementarity_profile",
    "confidence",
    "contact_evidence",
    "contact_map",
    "dose_response",
    "drawings_of_entry",
    "drawings_of_lattice",
    "drawings_of_run",
    "hot_spot",
    "interface_comparison",
    "interface_course",
    "lattice_graph",
    "lattice_view",
    "membrane_chains",
    "membrane_view",
    "open_book",
    "options",
    "panel",
    "phase_diagram",
    "response_drawings",
    "site_overlap",
    "variant_map",
]

#: Longest name of a file, without its ending; file systems stop at 255 bytes.
LONGEST_STEM: Final = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureKind:
    """
    One kind of figure.

    Attributes
    ----------
    name : str
        As in ``--only`` and `Drawing.kind`.
    scope : str
        What it is made for: ``interface``, ``chain``, ``entry``, ``lattice``, ``entries``,
        ``network`` or ``cell``.
    about : str
        What it shows, in a few words.
    """

    name: str
    scope: str
    about: str


#: Every figure in the order shown: scope, the function that prepares it, and its kinds. A new one
#: needs its module, its row here, what it shows, below, and the schema of its table.
_REGISTRY: Final[
    tuple[
        tuple[str, Callable[..., Drawing | tuple[Drawing, ...]], tuple[str, ...]], ...
    ]
] = (
    ("entry", cartoon, ("cartoon",)),
    ("interface", contact_map, ("contact_map",)),
    ("interface", bond_ladder, ("bond_ladder",)),
    ("interface", hot_spot, ("hot_spot",)),
    ("interface", open_book, ("open_book",)),
    ("chain", buried_area_track, ("buried_track",)),
    ("entry", complementarity, ("complementarity",)),
    ("interface", complementarity_profile, ("complementarity_profile",)),
    ("lattice", lattice_view, ("lattice_view",)),
    ("lattice", lattice_graph, ("lattice_graph",)),
    ("entries", comparison_drawings, ("burial_comparison", "interface_comparison")),
    ("entries", bond_presence, ("presence",)),
    ("entries", site_overlap, ("overlap",)),
    ("network", contact_evidence, ("evidence",)),
    ("network", membrane_chains, ("membrane_chains",)),
    ("network", membrane_view, ("membrane_view",)),
    ("cell", response_drawings, ("dose_response", "phase_diagram")),
)
_ABOUT: Final = {
    "cartoon": "the complex as ribbons, chain by chain",
    "contact_map": "residue pairs by distance, with their bonds and buried area",
    "bond_ladder": "residues in two columns joined by their bonds",
    "hot_spot": "one residue and what holds it, atom by atom",
    "open_book": "the two surfaces opened like a book",
    "buried_track": "buried area along a chain, one row an interface, with structure and sites",
    "complementarity": "spread of the local score of shape complementarity",
    "complementarity_profile": "how well each residue fits",
    "lattice_view": "the crystal seen along the repeat plane",
    "lattice_graph": "a complex and all that it touches in the crystal, contacts by class",
    "burial_comparison": "buried area of each residue across complexes",
    "interface_comparison": "area, complementarity and bonds across complexes",
    "presence": "which bonds recur",
    "overlap": "which partners of a protein share its surface, and which exclude each other",
    "evidence": "measures of the contact asked about beside its controls",
    "membrane_chains": "how chains lean on the membrane, what it adds to each contact, how long they get",
    "membrane_view": "the chain lying on the membrane",
    "dose_response": "how the answer of a cell to the cytokine shifts",
    "phase_diagram": "where chains form, by density and affinity",
}
#: Every kind of figure, in the order in which they are shown.
KINDS: Final = tuple(
    FigureKind(name=name, scope=scope, about=_ABOUT[name])
    for scope, _, names in _REGISTRY
    for name in names
)

#: Scopes that need contacts of the lattice, and those that need a study of the network.
LATTICE_SCOPES: Final = frozenset({"lattice", "network", "cell"})
NETWORK_SCOPES: Final = frozenset({"network", "cell"})


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureSet:
    """
    Drawings with distinct names, and what is missing.

    Attributes
    ----------
    drawings : tuple of Drawing
    left_out : tuple of str
        One sentence for each figure that could not be made: which, and why.
    """

    drawings: tuple[Drawing, ...] = ()
    left_out: tuple[str, ...] = ()


def checked_kinds(names: Iterable[str]) -> frozenset[str]:
    """Return names of kinds."""
    wanted = frozenset(name.strip() for name in names if name.strip())
    known = [kind.name for kind in KINDS]
    unknown = sorted(wanted - set(known))
    if unknown or not wanted:
        found = ", ".join(repr(name) for name in unknown) or "none"
        raise ParameterError(f"kinds of figure are {', '.join(known)}; not {found}.")
    return wanted


def wanted_scopes(kinds: Iterable[str]) -> frozenset[str]:
    """Return what the figures of some kinds are made for."""
    names = set(kinds)
    return frozenset(kind.scope for kind in KINDS if kind.name in names)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Subject:
    """What figures of a scope are made of: words for it, and the arguments of their functions."""

    words: str
    made_of: Any
    chosen: dict[str, Any] = field(default_factory=dict)
    interface: tuple[str, str] | None = None


def _figure_set(
    subjects: dict[str, list[_Subject]],
    kinds: Iterable[str] | None,
    look: dict[str, Any],
) -> FigureSet:
    """Prepare the figures of some subjects by scope, in the order of the registry."""
    every = (kind.name for kind in KINDS)
    wanted = checked_kinds(every if kinds is None else kinds)
    drawings: list[Drawing] = []
    left_out: list[str] = []
    # Figures of one subject stand together as long as its scope goes on.
    for scope, rows in groupby(_REGISTRY, key=lambda row: row[0]):
        chosen = [row[1:] for row in rows if wanted & set(row[2])]
        for subject in subjects.get(scope, []):
            for verb, names in chosen:
                words = f"{' and '.join(names)} of {subject.words}"
                taken = signature(verb).parameters
                options = {
                    k: v for k, v in look.items() if k in taken and v is not None
                }
                try:
                    made = verb(subject.made_of, **subject.chosen, **options)
                except Il2StructError as error:
                    left_out.append(f"{words}: {error}")
                    continue
                several = made if isinstance(made, tuple) else (made,)
                if not several:
                    left_out.append(f"{words}: there is nothing to draw.")
                drawings += [
                    replace(drawing, interface=subject.interface)
                    for drawing in several
                    if drawing.kind in wanted
                ]
    return FigureSet(drawings=named_apart(drawings), left_out=tuple(left_out))


def named_apart(drawings: Iterable[Drawing]) -> tuple[Drawing, ...]:
    """Give drawings names that differ on every file system, and are not too long for any."""
    taken: set[str] = set()
    named = []
    for drawing in drawings:
        stem = drawing.name[:LONGEST_STEM]
        # Some file systems do not tell A from a.
        lower = distinct_name(stem.lower(), taken)
        taken.add(lower)
        named.append(replace(drawing, name=stem + lower[len(stem) :]))
    return tuple(named)


def drawings_of_entry(
    results: InterfaceResults,
    *,
    palette: Palette | None = None,
    kinds: Iterable[str] | None = None,
    width: str | float | None = None,
    lattice: Sequence[MeasuredContact] | None = None,
    dpi: float = DPI,
) -> FigureSet:
    """
    Prepare every figure of one entry.

    Parameters
    ----------
    results : InterfaceResults
    palette : Palette, optional
    kinds : iterable of str, optional
        Names of `KINDS`; all by default.
    width : str or float, optional
        Of every figure: ``"single"``, ``"double"`` or mm; what suits each by default.
    lattice : sequence of MeasuredContact, optional
        Contacts of the entry's crystal (`il2struct.lattice.measure.measured_contacts`); without
        them there are no figures of the lattice.
    dpi : float
        Pixels per inch of pictures inside figures; fewer make smaller files.

    Returns
    -------
    FigureSet
    """
    named = results.named
    entry = named.entry.entry_id
    # One for all kinds of figure, so that its tables are made once.
    single = [InterfaceResults(named, (interface,)) for interface in results]
    subjects = {
        "interface": [
            _Subject(
                words=":".join(w for w in (entry, *ids) if w),
                made_of=one,
                interface=ids,
            )
            for one in single
            for ids in [(one[0].complex_id, one[0].interface_id)]
        ],
        "chain": [
            _Subject(
                words=f"chain {chain} of {entry}",
                made_of=results,
                chosen={"chain": chain},
            )
            for chain in chains_with_interfaces(results)
        ],
        "entry": [_Subject(words=entry, made_of=results)] if single else [],
    }
    if lattice is not None:
        subjects["lattice"] = [_Subject(words=entry, made_of=lattice)]
    return _figure_set(subjects, kinds, _look(palette, width, dpi))


def drawings_of_lattice(
    measured: Sequence[MeasuredContact],
    *,
    palette: Palette | None = None,
    kinds: Iterable[str] | None = None,
    width: str | float | None = None,
    dpi: float = DPI,
) -> FigureSet:
    """
    Prepare the figures of one crystal.

    Parameters
    ----------
    measured : sequence of MeasuredContact
        Of one entry.
    palette, kinds, width, dpi
        As for `drawings_of_entry`.

    Returns
    -------
    FigureSet
    """
    subjects = [
        _Subject(words=m.named.entry.entry_id, made_of=measured) for m in measured[:1]
    ]
    return _figure_set({"lattice": subjects}, kinds, _look(palette, width, dpi))


def drawings_of_run(
    results: Sequence[InterfaceResults],
    *,
    palette: Palette | None = None,
    kinds: Iterable[str] | None = None,
    width: str | float | None = None,
    studies: Sequence[NetworkStudy] = (),
    dpi: float = DPI,
) -> FigureSet:
    """
    Prepare the figures that span entries.

    Parameters
    ----------
    results : sequence of InterfaceResults
        Compared if they hold more than one complex.
    palette, kinds, width, dpi
        As for `drawings_of_entry`.
    studies : sequence of NetworkStudy
        Of the crystals among them.

    Returns
    -------
    FigureSet
    """
    complexes = {
        (number, interface.complex_id)
        for number, one in enumerate(results)
        for interface in one
    }
    subjects = {
        "network": [
            _Subject(words="/".join(role.value for role in study.roles), made_of=study)
            for study in studies
        ]
    }
    if len(complexes) > 1:
        subjects["entries"] = [_Subject(words="all complexes", made_of=results)]
    if any(study.focal is not None for study in studies):
        response = receptor_response(studies[0].settings)
        cell = response.settings.cell.cell_name
        subjects["cell"] = [_Subject(words=cell, made_of=response)]
    return _figure_set(subjects, kinds, _look(palette, width, dpi))


def _look(
    palette: Palette | None, width: str | float | None, dpi: float
) -> dict[str, Any]:
    """Return the options that each figure is given if it has them."""
    return {"palette": palette or Palette(), "width": width, "dpi": dpi}


def folder_name(entry_id: str, taken: Collection[str]) -> str:
    """Name the folder of an entry, apart from those taken."""
    return distinct_name(file_stem(entry_id)[:LONGEST_STEM] or "entry", taken)
