"""Several entries at once: what is asked of each of them, and what spans them."""

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, overload

from il2struct.archive import EntryId, expand_inputs
from il2struct.errors import Il2StructError, ParameterError
from il2struct.results.study import Study, opener
from il2struct.structure.family import Role
from il2struct.structure.read import ReadOptions

if TYPE_CHECKING:
    import pandas as pd

    from il2struct.interface.interface import InterfaceParameters
    from il2struct.network.evidence.study import NetworkStudy
    from il2struct.results.interfaces import InterfaceResults

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Studies(Sequence[Study]):
    """
    Several entries, in the order in which they were named; a sequence of `Study`.

    Attributes
    ----------
    items : tuple of Study
        Their ids are distinct.
    failures : mapping of str to Il2StructError
        What could not be opened, by the source as it was given.
    """

    items: tuple[Study, ...]
    failures: Mapping[str, Il2StructError] = field(default_factory=dict)

    @overload
    def __getitem__(self, index: int) -> Study: ...

    @overload
    def __getitem__(self, index: slice) -> "Studies": ...

    @overload
    def __getitem__(self, index: str) -> Study: ...

    def __getitem__(self, index: int | slice | str) -> "Study | Studies":
        """
        Return an entry by its place or its id, or some of them.

        Parameters
        ----------
        index : int, slice or str
            ``"2ERJ"`` as in the column ``entry_id``.

        Raises
        ------
        ParameterError
            If no entry has that id.
        """
        if isinstance(index, slice):
            return Studies(self.items[index])
        if isinstance(index, int):
            return self.items[index]
        by_id = {study.entry.entry_id: study for study in self.items}
        if index not in by_id:
            raise ParameterError(
                f"there is no entry {index!r}; there are: {', '.join(by_id) or 'none'}."
            )
        return by_id[index]

    def __len__(self) -> int:
        return len(self.items)

    def __iter__(self) -> Iterator[Study]:
        return iter(self.items)

    def __repr__(self) -> str:
        names = ", ".join(study.entry.entry_id for study in self.items)
        failed = f"; failed: {', '.join(self.failures)}" if self.failures else ""
        return f"<Studies {names or 'none'}{failed}>"

    def tables(self) -> Mapping[str, "pd.DataFrame"]:
        """
        All tables of the entries themselves by name, those of all entries below each other.

        Returns
        -------
        dict of str to pandas.DataFrame
            ``entries`` (failures included), ``chains``, ``numbering``, ``complexes`` and ``notes``.
        """
        from il2struct.results.entry_tables import failed_entry_table
        from il2struct.tables import joined

        parts = [{**study.tables(), "notes": study.notes} for study in self.items]
        parts += [
            {"entries": failed_entry_table(name, error)}
            for name, error in self.failures.items()
        ]
        names = ("entries", "chains", "numbering", "complexes", "notes")
        return {name: joined(name, parts) for name in names}

    def interfaces(
        self,
        between: str | None = None,
        *,
        parameters: "InterfaceParameters | None" = None,
    ) -> "tuple[InterfaceResults, ...]":
        """
        Measure the interfaces of every entry.

        Parameters
        ----------
        between, parameters
            As for `Study.interfaces`.

        Returns
        -------
        tuple of InterfaceResults
            One an entry.

        Raises
        ------
        ParameterError, UnknownChainError
            If the selection is malformed or an entry does not have what it names.
        """
        return tuple(s.interfaces(between, parameters=parameters) for s in self.items)

    def compare(
        self,
        between: str | None = None,
        *,
        parameters: "InterfaceParameters | None" = None,
    ) -> Mapping[str, "pd.DataFrame"]:
        """
        Compare every complex with the first one; see `il2struct.compare`.

        Parameters
        ----------
        between, parameters
            As for `Study.interfaces`.

        Returns
        -------
        dict of str to pandas.DataFrame
            As from `il2struct.compare`.
        """
        from il2struct.comparison.tables import compare

        return compare(self.interfaces(between, parameters=parameters))

    def overlap(
        self, *, parameters: "InterfaceParameters | None" = None
    ) -> Mapping[str, "pd.DataFrame"]:
        """
        Say who blocks whom: the sites of all partners on each protein, and their collisions.

        Parameters
        ----------
        parameters
            As for `Study.interfaces`.

        Returns
        -------
        dict of str to pandas.DataFrame
            ``overlap``, ``overlap_copies`` and ``overlap_sites``.

        Raises
        ------
        ParameterError
            If no protein has two partners.
        """
        from il2struct.comparison.overlap import overlap_tables

        named = [study.named for study in self.items]
        return overlap_tables(named, parameters=parameters)

    def agonists(self) -> "pd.DataFrame":
        """
        Describe how each complex holds two receptors: the table ``agonists``.

        Returns
        -------
        pandas.DataFrame
            One row a pair of receptors with a membrane-proximal domain, differences against the first
            complex with the same roles; empty if no complex has two.
        """
        from il2struct.network.membrane.agonists import agonist_table

        return agonist_table([study.named for study in self.items])

    def variants(
        self,
        variants: Iterable[str],
        between: str | None = None,
        *,
        lattice: bool = False,
        parameters: "InterfaceParameters | None" = None,
    ) -> "pd.DataFrame":
        """
        Say what mutations touch in every interface of every entry: the table ``variants``.

        Parameters
        ----------
        variants : iterable of str
            Each in mature numbers, as ``"IL2:F42A,Y45A"``.
        lattice : bool
            Contacts between complexes in the crystal as well, where they are touched.
        between, parameters
            As for `Study.interfaces`.

        Returns
        -------
        pandas.DataFrame

        Raises
        ------
        ParameterError
            If a mutation does not fit the sequence of its protein.
        """
        from il2struct.structure.family import shipped_family
        from il2struct.tables import joined
        from il2struct.variants import (
            lattice_variant_table,
            parse_variant,
            variant_table,
        )

        family = self.items[0].named.family if self.items else shipped_family()
        parsed = [parse_variant(text, family=family) for text in variants]
        found = self.interfaces(between, parameters=parameters)
        parts = [variant_table(found, parsed)]
        if lattice:
            parts += [
                lattice_variant_table(study.named, parsed, parameters=parameters)
                for study in self.items
            ]
        return joined("variants", [{"variants": part} for part in parts])

    def lattice(
        self, *, parameters: "InterfaceParameters | None" = None
    ) -> Mapping[str, "pd.DataFrame"]:
        """
        Measure every contact of every crystal, each once, and say which are the same.

        Parameters
        ----------
        parameters
            As for `Study.interfaces`.

        Returns
        -------
        dict of str to pandas.DataFrame
            ``lattice_contacts``, whose classes are those within all entries, and ``contact_classes``.

        Raises
        ------
        NoCrystalError
            If an entry has no unit cell.
        """
        from il2struct.lattice.classes import contact_classes
        from il2struct.lattice.measure import measured_contacts
        from il2struct.results.lattice_tables import lattice_tables

        measured = [
            (study.named, measured_contacts(study.named, parameters=parameters))
            for study in self.items
        ]
        classes = contact_classes([c for _, contacts in measured for c in contacts])
        return lattice_tables(measured, classes)

    def lattice_classes(
        self, *, parameters: "InterfaceParameters | None" = None
    ) -> "pd.DataFrame":
        """
        Say which lattice contacts of the entries are the same: the table ``contact_classes``.

        Parameters
        ----------
        parameters
            As for `Study.interfaces`.

        Returns
        -------
        pandas.DataFrame

        Raises
        ------
        NoCrystalError
            If an entry has no unit cell.
        """
        return self.lattice(parameters=parameters)["contact_classes"]

    def network(
        self,
        pairs: Iterable[tuple[Role, Role]] | None = None,
        *,
        parameters: "InterfaceParameters | None" = None,
        quick: bool = False,
    ) -> "tuple[NetworkStudy, ...]":
        """
        Weigh lattice contacts of some pairs of roles as a network of receptors.

        Parameters
        ----------
        pairs : iterable of pairs of Role, optional
            γc-α and γc-β by default.
        parameters
            As for `Study.interfaces`.
        quick
            Leave out moved coordinates, the error of Sc, the Sc that mutations lose and the controls
            of the protons.

        Returns
        -------
        tuple of NetworkStudy
            One a pair; `il2struct.network_summary` puts them into words.
        """
        from il2struct.network import DEFAULT_PAIRS
        from il2struct.network.evidence.study import network_studies

        return network_studies(
            [study.named for study in self.items],
            pairs=DEFAULT_PAIRS if pairs is None else tuple(pairs),
            parameters=parameters,
            quick=quick,
        )

    def figures(
        self,
        folder: str | Path,
        between: str | None = None,
        *,
        parameters: "InterfaceParameters | None" = None,
        kinds: Iterable[str] | None = None,
        formats: Sequence[str] = ("svg", "pdf", "png"),
    ) -> Path:
        """
        Draw the figures of every entry, of its crystal, and of what spans the entries.

        Parameters
        ----------
        folder : path
            Where they go, a folder for each entry.
        between : str, optional
            Two groups, as for `Study.interfaces`.
        parameters : InterfaceParameters, optional
            What defines the numbers; with the value of Sc by default.
        kinds : iterable of str, optional
            Names of `il2struct.figures.KINDS`; all by default.
        formats : sequence of str
            Kinds of file.

        Returns
        -------
        path
            The list of all figures with their captions.
        """
        from il2struct.figures import KINDS, checked_kinds
        from il2struct.figures.drawing import checked_formats
        from il2struct.figures.folder import INDEX, FigureFolder
        from il2struct.interface.interface import interface_parameters

        parameters = parameters or interface_parameters(sc="value")
        every = [kind.name for kind in KINDS]
        drawn = FigureFolder(
            folder=Path(folder),
            formats=checked_formats(formats),
            kinds=checked_kinds(every if kinds is None else kinds),
            parameters=parameters,
        )
        for study in self.items:
            drawn.add(study.interfaces(between, parameters=parameters))
        drawn.finish()
        return drawn.folder / INDEX

    def scenes(
        self,
        folder: str | Path,
        *,
        n_neighbours: int = 2,
        formats: Sequence[str] = ("pml", "cxc", "mvsj"),
    ) -> tuple[Path, ...]:
        """
        Write a scene of every entry for PyMOL, ChimeraX and Mol*.

        Parameters
        ----------
        folder : path
            Made if it is not there.
        n_neighbours : int
            Neighbours in the crystal lattice, placed by their matrices; without any there is no
            chain on the membrane either.
        formats : sequence of str
            ``pml``, ``cxc`` and ``mvsj``, or some of them.

        Returns
        -------
        tuple of path
            What was written, coordinates included.
        """
        from il2struct.report.scene_files import check_formats, save_scene
        from il2struct.report.scenes import SceneOptions, build_scene, membrane_line

        check_formats(formats)
        options = SceneOptions(n_neighbours=n_neighbours)
        Path(folder).mkdir(parents=True, exist_ok=True)
        written: list[Path] = []
        for study in self.items:
            line = membrane_line(study.named) if n_neighbours else None
            scene = build_scene(study.named, options=options, line=line)
            written += save_scene(scene, Path(folder), formats=formats)
        return tuple(written)

    def report(
        self,
        folder: str | Path,
        between: str | None = None,
        *,
        network: bool = False,
        parameters: "InterfaceParameters | None" = None,
        reading: ReadOptions | None = None,
    ) -> Path:
        """
        Write tables, comparison, summary and a page with figures of all entries.

        Parameters
        ----------
        folder : path
            Where they go, a folder for each entry.
        between : str, optional
            Two groups, as for `Study.interfaces`.
        network : bool
            Whether the page weighs lattice contacts of γc too.
        parameters : InterfaceParameters, optional
            What defines the numbers; with Sc and its error by default.
        reading : ReadOptions, optional
            How the entries were read, for the record.

        Returns
        -------
        path
            The page, ``report.html``.
        """
        from il2struct.interface.interface import interface_parameters
        from il2struct.report.page.page import PageOptions
        from il2struct.report.page.viewer import find_viewer
        from il2struct.report.write import ReportFolder
        from il2struct.results.text import write_folder

        parameters = parameters or interface_parameters(sc="error")
        written = ReportFolder(Path(folder), write_folder, has_network=network)
        written.page = PageOptions(viewer=find_viewer(offline=True))
        written.failures += list(self.failures.items())
        for study in self.items:
            written.add(study.interfaces(between, parameters=parameters))
        written.finish(parameters, reading or ReadOptions(), between=between)
        return written.folder / "report.html"


def studies(  # noqa: PLR0913  # all but the sources by name
    sources: Iterable[EntryId | Path | str],
    *,
    mirrors: str | Path | Sequence[str | Path] | None = None,
    structures: str | Path | None = None,
    offline: bool = False,
    model: int | None = None,
    altloc: str = ReadOptions().altloc,
    references: str | Path | None = None,
) -> Studies:
    """
    Find, read and name several entries; one that fails is passed over and recorded.

    Parameters
    ----------
    sources : iterable of str, path or EntryId
        PDB ids in either form, structure files, folders of them, and ``@list.txt``. A second file of
        one entry is called ``<id>_2``, and so on.
    mirrors, structures, offline, model, altloc, references
        As for `load`.

    Returns
    -------
    Studies

    Raises
    ------
    ParameterError
        If an option or a list cannot be right for any entry.
    """
    inputs = expand_inputs(str(source) for source in sources)
    failures: dict[str, Il2StructError] = dict(inputs.refused)
    opened: list[Study] = []
    open_one = opener(
        mirrors=mirrors,
        structures=structures,
        offline=offline,
        model=model,
        altloc=altloc,
        references=references,
        sources=inputs.sources,
    )

    for source in inputs.sources:
        try:
            opened.append(open_one(source))
        except ParameterError:  # it is the same for every entry
            raise
        except Il2StructError as error:
            failures[str(source)] = error
    for name, reason in failures.items():
        logger.warning("%s: %s", name, reason)
    return Studies(tuple(opened), failures)
