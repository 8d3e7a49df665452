"""The command ``figures``: measure entries and draw what was found."""

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from il2struct.cli.options import CommonOptions, Request
from il2struct.cli.output import BY_SUFFIX, make_folder
from il2struct.cli.runner import Finish, each_entry, entry_opener
from il2struct.cli.scene_command import palette_of
from il2struct.errors import Il2StructError, ParameterError
from il2struct.figures import (
    KINDS,
    LATTICE_SCOPES,
    NETWORK_SCOPES,
    FigureSet,
    checked_kinds,
    drawings_of_entry,
    drawings_of_lattice,
    drawings_of_run,
    folder_name,
    wanted_scopes,
)
from il2struct.figures.canvas import WIDTHS_MM, width_mm
from il2struct.figures.drawing import METADATA, checked_formats
from il2struct.figures.words import plain
from il2struct.interface.complementarity import ScDetail
from il2struct.lattice.measure import measured_contacts
from il2struct.lattice.operators import operator_group
from il2struct.network.evidence.study import network_studies
from il2struct.palette import Palette
from il2struct.progress import shares, step
from il2struct.results.interfaces import InterfaceResults
from il2struct.results.study import Study

if TYPE_CHECKING:
    from il2struct.archive import ArchiveSettings, EntryId
    from il2struct.cli.runner import Tables
    from il2struct.lattice.measure import MeasuredContact
    from il2struct.network.evidence.study import NetworkStudy
    from il2struct.structure.named import NamedEntry

#: Where figures go if the user does not say.
DEFAULT_FOLDER: Final = Path("il2struct-figures")
#: Seconds that measuring and drawing an entry take, its lattice and network, and what spans entries
#: with and without networks; only their ratios count. Measured on 2ERJ and 2B5I.
ENTRY_S, NETWORK_S, SPANNING_S, COMPARISON_S = 27.0, 8.0, 13.0, 4.0
#: Share of the figures in the work on an entry, and of their data in them.
DRAWING, PREPARING = 0.95, 0.1
#: Share of measuring the lattices in the work on them.
STUDY: Final = 0.45
#: The list of all figures with their captions.
INDEX: Final = "figures.md"


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureOrder:
    """
    What is wanted of the figures, as typed.

    Attributes
    ----------
    formats : str
        By commas.
    only : str or None
        Kinds by commas; all if None.
    width : str or None
    colours : tuple of str
        ``ROLE=#rrggbb``.
    with_network : bool
        Whether to draw what needs the contacts of the lattice.
    """

    formats: str
    only: str | None
    width: str | None
    colours: tuple[str, ...]
    with_network: bool


@dataclass(slots=True)
class _Work:
    """The order, checked, and what was written so far."""

    folder: Path
    formats: tuple[str, ...]
    kinds: frozenset[str]
    width: str | float | None
    palette: Palette
    folders: dict[str, Path] = field(default_factory=dict)
    results: list[InterfaceResults] = field(default_factory=list)
    index: dict[str, list[str]] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)

    def write(self, found: FigureSet, folder: Path, heading: str) -> None:
        """Save drawings into a folder and note them for the index."""
        lines = self.index.setdefault(heading, [])
        for drawing in found.drawings:
            with step(drawing.title, (1.0 - PREPARING) / len(found.drawings)):
                paths = drawing.save(folder, formats=self.formats)
            links = ", ".join(
                f"[{path.suffix[1:]}]({path.relative_to(self.folder).as_posix()})"
                for path in paths
            )
            title, caption = _markdown(drawing.title), _markdown(drawing.caption)
            lines.append(f"### {title}\n\n{links}\n\n{caption}\n")
        self.left_out += found.left_out


def run_figures(
    entries: list[str], common: CommonOptions, request: Request, order: FigureOrder
) -> int:
    """
    Draw the figures of every entry, and those that span entries.

    Parameters
    ----------
    entries : list of str
        As typed.
    common : CommonOptions
    request : Request
    order : FigureOrder

    Returns
    -------
    int
        Exit status.
    """
    request.check()
    work = _checked(common.output or DEFAULT_FOLDER, order)
    make_folder(work.folder)
    opened = entry_opener(common)

    def one(source: "EntryId | Path", settings: "ArchiveSettings") -> "Tables":
        with step("", 1.0 - DRAWING):
            results = request.measure(Study(opened(source, settings)))
        with step("", DRAWING):
            _draw_entry(work, results)
        return {}

    with_lattices = order.with_network and bool(
        wanted_scopes(work.kinds) & LATTICE_SCOPES
    )

    def seconds(n_entries: int) -> tuple[float, float]:
        if with_lattices:
            return n_entries * NETWORK_S, SPANNING_S
        return 0.0, COMPARISON_S

    def finish() -> None:
        if not work.results:
            return
        studies: Sequence[NetworkStudy] = ()
        lattices, spanning = shares(*seconds(len(work.results)))
        if with_lattices:
            with step("network", lattices):
                studies = _draw_lattices(work, request)
        with step("figures of all entries", spanning):
            _draw_run(work, studies)
            _write_index(work)

    inside = replace(common, output=work.folder, output_format=None)
    ending = Finish(
        work=finish, entry_seconds=ENTRY_S, seconds=lambda n: sum(seconds(n))
    )
    outcome = each_entry(entries, inside, one, lambda _name, _error: {}, ending)
    if work.results and not common.quiet:
        print(f"il2struct: {_done(work)}", file=sys.stderr)
    return outcome.status


def _checked(folder: Path, order: FigureOrder) -> _Work:
    """Everything that can be wrong for any entry, before there is one."""
    if folder.suffix.lower() in {*BY_SUFFIX, *(f".{name}" for name in METADATA)}:
        raise ParameterError(
            f"figures writes a folder of files, not {folder.name}; name a folder with -o."
        )
    every = [kind.name for kind in KINDS]
    return _Work(
        folder=folder,
        formats=checked_formats(order.formats.split(",")),
        kinds=checked_kinds(every if order.only is None else order.only.split(",")),
        width=None if order.width is None else _checked_width(order.width),
        palette=palette_of(list(order.colours)),
    )


def _checked_width(text: str) -> str | float:
    if text in WIDTHS_MM:
        return text
    try:
        number = float(text)
    except ValueError as error:
        raise ParameterError(
            f"--width takes single, double or a number of mm, not {text!r}."
        ) from error
    return width_mm(number)


def _draw_entry(work: _Work, results: InterfaceResults) -> None:
    entry = results.named.entry.entry_id
    taken = [path.name for path in work.folders.values()]
    folder = work.folder / folder_name(entry, taken)
    with step("data of the figures", PREPARING):
        found = drawings_of_entry(
            results, palette=work.palette, kinds=work.kinds, width=work.width
        )
    work.folders[entry] = folder
    work.write(found, folder, plain(entry))
    work.results.append(results)


def _draw_lattices(work: _Work, request: Request) -> "Sequence[NetworkStudy]":
    """Draw every crystal; return the studies of all of them together, if they are wanted."""
    scopes = wanted_scopes(work.kinds)
    crystals = _crystals(work)
    if not crystals:
        return ()
    share = 1.0 / len(crystals)
    if not scopes & NETWORK_SCOPES:
        # The lattice is drawn without the fit of its contacts, which takes most of the time.
        plainer = replace(request, sc=ScDetail.NONE.value).parameters()
        for each in crystals:
            with step(each.entry.entry_id, share):
                with step("lattice", STUDY):
                    measured = measured_contacts(each, parameters=plainer)
                _draw_lattice(work, each, measured, 1.0 - STUDY)
        return ()
    parameters = replace(request, sc=ScDetail.VALUE.value).parameters()
    try:
        with step("", STUDY):
            studies = network_studies(crystals, parameters=parameters)
    except Il2StructError as error:  # figures of the entries stand without it
        work.left_out.append(f"network of all entries: {error}")
        return ()
    members = [m for found in studies[0].classes for m in found.members]
    for each in crystals:
        own = [m for m in members if m.named is each]
        _draw_lattice(work, each, own, (1.0 - STUDY) * share)
    return studies


def _crystals(work: _Work) -> "tuple[NamedEntry, ...]":
    """Entries that have a lattice; the others are noted."""
    crystals = []
    for results in work.results:
        entry = results.named.entry
        try:
            operator_group(entry)
        except Il2StructError as error:
            work.left_out.append(f"lattice of {entry.entry_id}: {error}")
        else:
            crystals.append(results.named)
    return tuple(crystals)


def _draw_lattice(
    work: _Work,
    named: "NamedEntry",
    measured: "Sequence[MeasuredContact]",
    share: float,
) -> None:
    entry = named.entry.entry_id
    with step("", share):
        with step("data of the figures", PREPARING):
            found = drawings_of_lattice(
                measured, palette=work.palette, kinds=work.kinds, width=work.width
            )
        work.write(found, work.folders[entry], plain(entry))


def _draw_run(work: _Work, studies: "Sequence[NetworkStudy]") -> None:
    with step("data of the figures", PREPARING):
        found = drawings_of_run(
            work.results,
            palette=work.palette,
            kinds=work.kinds,
            width=work.width,
            studies=studies,
        )
    work.write(found, work.folder, "All entries")


def _done(work: _Work) -> str:
    index = work.folder / INDEX
    if any(work.index.values()):
        return f"figures in {index}"
    if work.left_out:
        return f"no figure could be drawn; {index} says why."
    return "these entries have nothing for the kinds of figure asked for; leave --only out."


def _write_index(work: _Work) -> None:
    parts = ["# Figures\n"]
    for heading, lines in work.index.items():
        if lines:
            parts += [f"## {_markdown(heading)}\n", *lines]
    if work.left_out:
        parts.append("## Left out\n")
        parts.append(_bullets(work.left_out))
    text = "\n".join(parts)
    (work.folder / INDEX).write_text(text, encoding="utf-8", errors="backslashreplace")


def _bullets(sentences: Iterable[str]) -> str:
    return "".join(f"- {_markdown(text)}\n" for text in dict.fromkeys(sentences))


def _markdown(text: str) -> str:
    """Text of a file, with nothing that Markdown or HTML would read."""
    line = "".join(c if c.isprintable() else " " for c in text)
    for sign in "\\`*_<>[]#|&":
        line = line.replace(
            sign, f"\\{sign}" if sign not in "<>&" else f"&#{ord(sign)};"
        )
    return line
