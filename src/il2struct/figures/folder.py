"""A folder of figures that grows entry by entry and is finished once, with an index of all of them."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from il2struct.errors import Il2StructError
from il2struct.figures import (
    KINDS,
    LATTICE_SCOPES,
    NETWORK_SCOPES,
    FigureSet,
    drawings_of_entry,
    drawings_of_lattice,
    drawings_of_run,
    folder_name,
    wanted_scopes,
)
from il2struct.figures.words import plain
from il2struct.interface.complementarity import ScDetail
from il2struct.interface.interface import InterfaceParameters
from il2struct.lattice.measure import MeasuredContact, measured_contacts
from il2struct.lattice.operators import operator_group
from il2struct.network.evidence.study import NetworkStudy, network_studies
from il2struct.palette import Palette
from il2struct.progress import shares, step
from il2struct.results.interfaces import InterfaceResults
from il2struct.structure.named import NamedEntry

#: Seconds that measuring and drawing an entry take, its lattice and network, and what spans entries
#: with and without networks; only their ratios count. Measured on 2ERJ and 2B5I.
ENTRY_S, NETWORK_S, SPANNING_S, COMPARISON_S = 27.0, 8.0, 13.0, 4.0
#: Share of preparing the figures' data in drawing them.
PREPARING: Final = 0.1
#: Share of measuring the lattices in the work on them.
STUDY: Final = 0.45
#: The list of all figures with their captions.
INDEX: Final = "figures.md"


@dataclass(slots=True, kw_only=True)
class FigureFolder:
    """
    Figures of some entries, in a folder for each, and of all of them together.

    Attributes
    ----------
    folder : path
    formats : sequence of str
        Kinds of file.
    kinds : frozenset of str
        Names of `il2struct.figures.KINDS`.
    width : str, float or None
        As for `drawings_of_entry`.
    palette : Palette
    parameters : InterfaceParameters
        Of the contacts of lattices.
    with_network : bool
        Whether to draw what needs these contacts.
    results : list of InterfaceResults
        Entries drawn so far.
    """

    folder: Path
    formats: Sequence[str] = ("svg", "pdf", "png")
    kinds: frozenset[str] = frozenset(kind.name for kind in KINDS)
    width: str | float | None = None
    palette: Palette = field(default_factory=Palette)
    parameters: InterfaceParameters = field(default_factory=InterfaceParameters)
    with_network: bool = True
    results: list[InterfaceResults] = field(default_factory=list)
    _folders: dict[str, Path] = field(default_factory=dict)
    _index: dict[str, list[str]] = field(default_factory=dict)
    _left_out: list[str] = field(default_factory=list)

    def add(self, results: InterfaceResults) -> None:
        """Draw an entry, into a folder of its own."""
        entry = results.named.entry.entry_id
        taken = [path.name for path in self._folders.values()]
        folder = self.folder / folder_name(entry, taken)
        with step("data of the figures", PREPARING):
            figures = drawings_of_entry(
                results, palette=self.palette, kinds=self.kinds, width=self.width
            )
        self._folders[entry] = folder
        self._save(figures, folder, plain(entry))
        self.results.append(results)

    @property
    def _with_lattices(self) -> bool:
        scopes = wanted_scopes(self.kinds)
        return self.with_network and bool(scopes & LATTICE_SCOPES)

    def _seconds(self, n_entries: int) -> tuple[float, float]:
        """How long the lattices take, and what spans entries."""
        if self._with_lattices:
            return n_entries * NETWORK_S, SPANNING_S
        return 0.0, COMPARISON_S

    def seconds(self, n_entries: int) -> float:
        """Estimate how long `finish` takes after so many entries."""
        return sum(self._seconds(n_entries))

    def finish(self) -> None:
        """Draw the crystals and what spans the entries, and write the index."""
        if not self.results:
            return
        studies: Sequence[NetworkStudy] = ()
        lattices, spanning = shares(*self._seconds(len(self.results)))
        if self._with_lattices:
            with step("network", lattices):
                studies = self._draw_crystals()
        with step("figures of all entries", spanning):
            with step("data of the figures", PREPARING):
                figures = drawings_of_run(
                    self.results,
                    palette=self.palette,
                    kinds=self.kinds,
                    width=self.width,
                    studies=studies,
                )
            self._save(figures, self.folder, "All entries")
            self._write_index()

    def summary(self) -> str:
        """Say in one sentence what came of it."""
        index = self.folder / INDEX
        if any(self._index.values()):
            return f"figures in {index}"
        if self._left_out:
            return f"no figure could be drawn; {index} says why."
        return "these entries have nothing for the kinds of figure asked for; leave --only out."

    def _draw_crystals(self) -> Sequence[NetworkStudy]:
        """Draw every crystal; return the studies of all of them together, if they are wanted."""
        crystals = self._crystals()
        if not crystals:
            return ()
        share = 1.0 / len(crystals)
        if not wanted_scopes(self.kinds) & NETWORK_SCOPES:
            # The lattice is drawn without the fit of its contacts, which takes most of the time.
            plainer = self._with_fit(ScDetail.NONE)
            for named in crystals:
                with step(named.entry.entry_id, share):
                    with step("lattice", STUDY):
                        measured = measured_contacts(named, parameters=plainer)
                    self._draw_crystal(named, measured, 1.0 - STUDY)
            return ()
        try:
            with step("", STUDY):
                parameters = self._with_fit(ScDetail.VALUE)
                studies = network_studies(crystals, parameters=parameters)
        except Il2StructError as error:  # figures of the entries stand without it
            self._left_out.append(f"network of all entries: {error}")
            return ()
        members = [member for found in studies[0].classes for member in found.members]
        for named in crystals:
            own = [member for member in members if member.named is named]
            self._draw_crystal(named, own, (1.0 - STUDY) * share)
        return studies

    def _crystals(self) -> list[NamedEntry]:
        """Entries that have a lattice; the others are noted."""
        crystals = []
        for results in self.results:
            entry = results.named.entry
            try:
                operator_group(entry)
            except Il2StructError as error:
                self._left_out.append(f"lattice of {entry.entry_id}: {error}")
            else:
                crystals.append(results.named)
        return crystals

    def _with_fit(self, detail: ScDetail) -> InterfaceParameters:
        fit = replace(self.parameters.fit, detail=detail)
        return replace(self.parameters, fit=fit)

    def _draw_crystal(
        self, named: NamedEntry, measured: Sequence[MeasuredContact], share: float
    ) -> None:
        entry = named.entry.entry_id
        with step("", share):
            with step("data of the figures", PREPARING):
                figures = drawings_of_lattice(
                    measured, palette=self.palette, kinds=self.kinds, width=self.width
                )
            self._save(figures, self._folders[entry], plain(entry))

    def _save(self, figures: FigureSet, folder: Path, heading: str) -> None:
        """Save drawings into a folder and note them for the index."""
        lines = self._index.setdefault(heading, [])
        for drawing in figures.drawings:
            with step(drawing.title, (1.0 - PREPARING) / len(figures.drawings)):
                paths = drawing.save(folder, formats=self.formats)
            links = ", ".join(
                f"[{path.suffix[1:]}]({path.relative_to(self.folder).as_posix()})"
                for path in paths
            )
            title, caption = _markdown(drawing.title), _markdown(drawing.caption)
            lines.append(f"### {title}\n\n{links}\n\n{caption}\n")
        self._left_out += figures.left_out

    def _write_index(self) -> None:
        parts = ["# Figures\n"]
        for heading, lines in self._index.items():
            if lines:
                parts += [f"## {_markdown(heading)}\n", *lines]
        if self._left_out:
            sentences = dict.fromkeys(self._left_out)
            parts.append("## Left out\n")
            parts.append("".join(f"- {_markdown(text)}\n" for text in sentences))
        (self.folder / INDEX).write_text(
            "\n".join(parts), encoding="utf-8", errors="backslashreplace"
        )


def _markdown(text: str) -> str:
    """Text of a file, with nothing that Markdown or HTML would read."""
    line = "".join(c if c.isprintable() else " " for c in text)
    for sign in "\\`*_<>[]#|&":
        line = line.replace(
            sign, f"\\{sign}" if sign not in "<>&" else f"&#{ord(sign)};"
        )
    return line
