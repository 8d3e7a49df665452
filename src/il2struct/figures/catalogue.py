"""Every figure that some results allow, by kind, and why the others are missing."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Final, TypeAlias

from il2struct.errors import Il2StructError, ParameterError
from il2struct.figures.drawing import Drawing, file_stem
from il2struct.figures.style import DPI
from il2struct.lattice.measure import MeasuredContact
from il2struct.network.evidence.study import NetworkStudy
from il2struct.palette import Palette
from il2struct.results.entry_names import distinct_name
from il2struct.results.interfaces import InterfaceResults

#: Longest name of a file, without its ending; file systems stop at 255 bytes.
LONGEST_STEM: Final = 120

Drawings: TypeAlias = tuple[Drawing, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureKind:
    """
    One kind of figure.

    Attributes
    ----------
    name : str
        As in ``--only`` and `Drawing.kind`.
    scope : str
        What it is made for: ``interface``, ``chain``, ``entry``, ``lattice``, ``entries`` or
        ``network``.
    about : str
        What it shows, in a few words.
    """

    name: str
    scope: str
    about: str


def _kinds(text: str) -> tuple[FigureKind, ...]:
    rows = [[cell.strip() for cell in line.split("|")] for line in text.split("\n")]
    return tuple(
        FigureKind(name=row[0], scope=row[1], about=row[2])
        for row in rows
        if len(row) == 3
    )


#: Every kind of figure, in the order in which they are shown.
KINDS: Final = _kinds(
    """
    contact_map | interface | residue pairs by distance, with their bonds and buried area
    bond_ladder | interface | residues in two columns joined by their bonds
    buried_track | chain | buried area along a chain, one row an interface, with structure and sites
    complementarity | entry | spread of the local score of shape complementarity
    complementarity_profile | interface | how well each residue fits
    open_book | interface | the two surfaces opened like a book
    lattice_view | lattice | the crystal seen along the repeat plane
    network_side | lattice | the chain of complexes from the side, contacts by class
    burial_comparison | entries | buried area of each residue across complexes
    interface_comparison | entries | area, complementarity and bonds across complexes
    presence | entries | which bonds recur
    evidence | network | measures of the contact asked about beside its controls
    tilt | network | how chains lean on the membrane
    membrane_view | network | the chain lying on the membrane
    membrane_price | network | what the membrane adds to each contact
    dose_response | network | answer of a cell to the cytokine
    chain_lengths | network | how long the chains are
    phase_diagram | network | where chains form, by density and affinity
    """
)
#: Scopes that need contacts of the lattice.
LATTICE_SCOPES: Final = ("lattice", "network")


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

    drawings: Drawings = ()
    left_out: tuple[str, ...] = ()


def checked_kinds(names: Iterable[str]) -> frozenset[str]:
    """
    Return names of kinds.

    Parameters
    ----------
    names : iterable of str

    Raises
    ------
    ParameterError
        If one is not a kind, or there is none.
    """
    wanted = frozenset(name.strip() for name in names if name.strip())
    known = [kind.name for kind in KINDS]
    unknown = sorted(wanted - set(known))
    if unknown or not wanted:
        found = ", ".join(repr(name) for name in unknown) or "none"
        raise ParameterError(f"kinds of figure are {', '.join(known)}; not {found}.")
    return wanted


def wanted_scopes(kinds: Iterable[str]) -> frozenset[str]:
    """
    Return what the figures of some kinds are made for.

    Parameters
    ----------
    kinds : iterable of str
        Names of `KINDS`.
    """
    names = set(kinds)
    return frozenset(kind.scope for kind in KINDS if kind.name in names)


@dataclass(frozen=True, slots=True)
class _Choice:
    """What is wanted of all figures."""

    kinds: frozenset[str]
    palette: Palette
    width: str | float | None
    dpi: float

    @property
    def sized(self) -> dict[str, Any]:
        """Width for functions that have one of their own, if the user wants another."""
        return {} if self.width is None else {"width": self.width}

    @property
    def look(self) -> dict[str, Any]:
        """Palette and width."""
        return {"palette": self.palette, **self.sized}

    @property
    def pictured(self) -> dict[str, Any]:
        """Palette, width and resolution, for figures with a picture in them."""
        return {"dpi": self.dpi, **self.look}


def _choice(
    palette: Palette | None,
    kinds: Iterable[str] | None,
    width: str | float | None,
    dpi: float,
) -> _Choice:
    every = (kind.name for kind in KINDS)
    wanted = checked_kinds(every if kinds is None else kinds)
    return _Choice(wanted, palette or Palette(), width, dpi)


@dataclass(slots=True)
class _Collector:
    """Makes drawings one by one and notes what fails."""

    choice: _Choice
    drawings: list[Drawing] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)

    def add(
        self,
        kinds: Collection[str],
        subject: str,
        make: Callable[[], Drawing | Drawings],
    ) -> None:
        """Add what a function makes, if a kind of it is wanted."""
        if not self.choice.kinds & set(kinds):
            return
        words = f"{' and '.join(kinds)} of {subject}"
        try:
            made = make()
        except Il2StructError as error:
            self.left_out.append(f"{words}: {error}")
            return
        several = made if isinstance(made, tuple) else (made,)
        if not several:
            self.left_out.append(f"{words}: there is nothing to draw.")
        self.drawings += [d for d in several if d.kind in self.choice.kinds]

    def result(self) -> FigureSet:
        """Return what came of it."""
        return FigureSet(
            drawings=named_apart(self.drawings), left_out=tuple(self.left_out)
        )


def named_apart(drawings: Iterable[Drawing]) -> Drawings:
    """
    Give drawings names that differ on every file system, and are not too long for any.

    Parameters
    ----------
    drawings : iterable of Drawing
    """
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
    found = _Collector(_choice(palette, kinds, width, dpi))
    # One for all kinds of figure, so that its tables are made once.
    single = [InterfaceResults(results.named, (interface,)) for interface in results]
    _add_interfaces(found, single)
    _add_chains(found, results)
    _add_fit(found, results, single)
    entry = results.named.entry.entry_id
    if lattice is not None:
        _add_lattice(found, lattice, entry)
    return found.result()


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
    palette : Palette, optional
    kinds : iterable of str, optional
        Names of `KINDS`; all by default.
    width : str or float, optional
        Of every figure: ``"single"``, ``"double"`` or mm; what suits each by default.
    dpi : float
        Pixels per inch of pictures inside figures; fewer make smaller files.

    Returns
    -------
    FigureSet
    """
    found = _Collector(_choice(palette, kinds, width, dpi))
    if measured:
        _add_lattice(found, measured, measured[0].named.entry.entry_id)
    return found.result()


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
    palette : Palette, optional
    kinds : iterable of str, optional
        Names of `KINDS`; all by default.
    width : str or float, optional
        Of every figure: ``"single"``, ``"double"`` or mm; what suits each by default.
    studies : sequence of NetworkStudy
        Of the crystals among them.
    dpi : float
        Pixels per inch of pictures inside figures; fewer make smaller files.

    Returns
    -------
    FigureSet
    """
    found = _Collector(_choice(palette, kinds, width, dpi))
    complexes = {
        (number, interface.complex_id)
        for number, one in enumerate(results)
        for interface in one
    }
    if len(complexes) > 1:
        _add_comparison(found, results)
    for study in studies:
        _add_network(found, study)
    if any(study.focal is not None for study in studies):
        _add_response(found, studies[0])
    return found.result()


def _add_interfaces(found: _Collector, single: Sequence[InterfaceResults]) -> None:
    from il2struct.figures.interface.contact_maps import contact_map_drawing
    from il2struct.figures.interface.ladder import bond_ladder_drawing
    from il2struct.figures.interface.open_book import open_book_drawing

    look, pictured = found.choice.look, found.choice.pictured
    for one in single:
        for kind, make in (
            ("contact_map", partial(contact_map_drawing, one, **look)),
            ("bond_ladder", partial(bond_ladder_drawing, one, **look)),
            ("open_book", partial(open_book_drawing, one, **pictured)),
        ):
            found.add([kind], _interface_name(one), make)


def _interface_name(one: InterfaceResults) -> str:
    interface = one.items[0]
    words = (one.named.entry.entry_id, interface.complex_id, interface.interface_id)
    return ":".join(word for word in words if word)


def _add_chains(found: _Collector, results: InterfaceResults) -> None:
    from il2struct.figures.interface.buried_track import (
        buried_area_track_drawing,
        chains_with_interfaces,
    )

    for chain in chains_with_interfaces(results):
        found.add(
            ["buried_track"],
            f"chain {chain} of {results.named.entry.entry_id}",
            partial(
                buried_area_track_drawing, results, chain=chain, **found.choice.look
            ),
        )


def _add_fit(
    found: _Collector, results: InterfaceResults, single: Sequence[InterfaceResults]
) -> None:
    from il2struct.figures.interface.fit import complementarity_drawing
    from il2struct.figures.interface.fit_profile import complementarity_profile_drawing

    look = found.choice.look
    entry = results.named.entry.entry_id
    if not len(results):
        return
    found.add(
        ["complementarity"],
        entry,
        partial(complementarity_drawing, results, **look),
    )
    for one in single:
        found.add(
            ["complementarity_profile"],
            _interface_name(one),
            partial(complementarity_profile_drawing, one, **look),
        )


def _add_lattice(
    found: _Collector, measured: Sequence[MeasuredContact], entry: str
) -> None:
    from il2struct.figures.crystal.lattice_view import lattice_view_drawing
    from il2struct.figures.crystal.network_side import network_side_drawing

    makers: dict[str, Callable[..., Drawing]] = {
        "lattice_view": lattice_view_drawing,
        "network_side": network_side_drawing,
    }
    for kind, make in makers.items():
        found.add([kind], entry, partial(make, measured, **found.choice.pictured))


def _add_comparison(found: _Collector, results: Sequence[InterfaceResults]) -> None:
    from il2struct.figures.comparison.by_residue import comparison_drawings
    from il2struct.figures.comparison.presence import presence_drawing

    look = found.choice.look
    found.add(
        ["burial_comparison", "interface_comparison"],
        "all complexes",
        partial(comparison_drawings, results, **look),
    )
    found.add(["presence"], "all complexes", partial(presence_drawing, results, **look))


def _add_network(found: _Collector, study: NetworkStudy) -> None:
    from il2struct.figures.network.evidence import evidence_drawing
    from il2struct.figures.network.membrane_price import membrane_drawings
    from il2struct.figures.network.membrane_view import membrane_view_drawing

    pair = "/".join(role.value for role in study.roles)
    sized = found.choice.sized
    found.add(["evidence"], pair, partial(evidence_drawing, study, **sized))
    if study.focal is not None:
        both = partial(membrane_drawings, study, **sized)
        found.add(["tilt", "membrane_price"], pair, both)
        view = partial(membrane_view_drawing, study, **found.choice.pictured)
        found.add(["membrane_view"], pair, view)


def _add_response(found: _Collector, study: NetworkStudy) -> None:
    from il2struct.figures.network.response import response_drawings

    found.add(
        ["dose_response", "chain_lengths", "phase_diagram"],
        study.response.settings.cell.cell_name,
        partial(response_drawings, study.response, **found.choice.sized),
    )


def folder_name(entry_id: str, taken: Collection[str]) -> str:
    """
    Name the folder of an entry.

    Parameters
    ----------
    entry_id : str
    taken : collection of str
        Names in use.
    """
    return distinct_name(file_stem(entry_id)[:LONGEST_STEM] or "entry", taken)
