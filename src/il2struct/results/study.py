"""What a user holds of an entry in Python: its roles and numbers, and the door to all the rest."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

from il2struct.archive import (
    ArchiveSettings,
    EntryId,
    default_settings,
)
from il2struct.progress import step
from il2struct.results import entry_tables
from il2struct.structure.complexes import Complex
from il2struct.structure.family import Family, read_family
from il2struct.structure.model import Entry, Note
from il2struct.structure.named import NamedEntry, open_entry
from il2struct.structure.read import ReadOptions

if TYPE_CHECKING:
    import pandas as pd

    from il2struct.interface.interface import InterfaceParameters
    from il2struct.results.interfaces import InterfaceResults

logger = logging.getLogger(__name__)

#: Share of measuring in all the work on an entry.
MEASURING: Final = 0.85


@dataclass(frozen=True)
class Study:
    """
    An entry with roles, numbers and complexes; the door to everything else.

    Attributes
    ----------
    named : NamedEntry
        The data behind it.
    """

    named: NamedEntry

    @property
    def entry(self) -> Entry:
        """What the file says, as arrays."""
        return self.named.entry

    @property
    def complexes(self) -> tuple[Complex, ...]:
        """How the chains belong together."""
        return self.named.complexes

    @cached_property
    def chains(self) -> "pd.DataFrame":
        """One row a chain with its role: the table ``chains``."""
        return entry_tables.chain_table(self.named)

    @cached_property
    def numbering(self) -> "pd.DataFrame":
        """One row a sequence position with all its numbers: the table ``numbering``."""
        return entry_tables.numbering_table(self.named)

    @cached_property
    def notes(self) -> "pd.DataFrame":
        """What was left out or chosen on reading: the table ``notes``."""
        return entry_tables.note_table(self.entry.entry_id, self.named.notes)

    def interfaces(
        self,
        between: str | None = None,
        *,
        parameters: "InterfaceParameters | None" = None,
    ) -> "InterfaceResults":
        """
        Measure the interfaces of the entry.

        Parameters
        ----------
        between : str, optional
            Two groups, as ``"A,B/C"`` or ``"IL2/IL2RA"``; every pair of chains of every complex
            if not given.
        parameters : InterfaceParameters, optional
            Contact cut-off, areas and bond criteria; see `interface_parameters`.

        Returns
        -------
        InterfaceResults

        Raises
        ------
        ParameterError, UnknownChainError
            If the selection is malformed or names a chain the entry does not have.
        """
        # What measures brings compiled kernels along; roles and numbers do without.
        from il2struct.interface.measure import (
            divided_for,
            interfaces_between,
            interfaces_of,
        )
        from il2struct.results.interfaces import InterfaceResults

        named = self.named if between is None else divided_for(self.named, between)
        with step("interfaces", MEASURING):
            found = (
                interfaces_of(named, parameters=parameters)
                if between is None
                else interfaces_between(named, between, parameters=parameters)
            )
        return InterfaceResults(named, found)

    def lattice(
        self, *, parameters: "InterfaceParameters | None" = None
    ) -> "pd.DataFrame":
        """
        Measure every contact of the crystal, each once: the table ``lattice_contacts``.

        Parameters
        ----------
        parameters : InterfaceParameters, optional
            As for `interfaces`.

        Returns
        -------
        pandas.DataFrame
            Contacts inside a complex included; classes are those within this entry.

        Raises
        ------
        NoCrystalError
            If the entry has no unit cell.
        """
        from il2struct.lattice.classes import contact_classes
        from il2struct.lattice.measure import measured_contacts
        from il2struct.results.lattice_tables import lattice_table

        with step("lattice", MEASURING):
            measured = measured_contacts(self.named, parameters=parameters)
        return lattice_table(self.named, measured, contact_classes(measured))

    def ligands(
        self, *, parameters: "InterfaceParameters | None" = None
    ) -> "pd.DataFrame":
        """
        List ligands and ions with what they touch in their complexes: the table ``ligands``.

        Parameters
        ----------
        parameters : InterfaceParameters, optional
            As for `interfaces`.

        Returns
        -------
        pandas.DataFrame
            One row a ligand and chain; ``interfaces("IL2/FRH")`` has the bonds.
        """
        from il2struct.interface.measure import ligand_interfaces
        from il2struct.results.interface_tables import ligand_table

        with step("ligands", MEASURING):
            whole, found = ligand_interfaces(self.named, parameters=parameters)
        return ligand_table(self.named, whole, found)

    def tables(self) -> Mapping[str, "pd.DataFrame"]:
        """
        All tables of the entry itself by name.

        Returns
        -------
        dict of str to pandas.DataFrame
            ``entries``, ``chains``, ``numbering`` and ``complexes``.
        """
        return entry_tables.tables_of(self.named)

    def __repr__(self) -> str:
        groups = "; ".join(
            f"complex {c.complex_id}: "
            + " ".join(f"{m.image.auth_asym_id}={m.role.value}" for m in c.members)
            for c in self.complexes
        )
        return f"<Study {self.entry.entry_id}: {groups}>"

    def _repr_html_(self) -> str:
        columns = [
            "auth_asym_id",
            "role",
            "species",
            "identity",
            "n_modelled",
            "mutations",
            "gaps",
        ]
        from il2struct.results.scene import headline, table_html, view_html

        table = self.chains[[*columns, "complex_ids"]].round({"identity": 3})
        images = [member.image for c in self.complexes for member in c.members]
        return (
            headline(self.entry.entry_id, f" {self.entry.title}")
            + table_html(table)
            + view_html(self.named, images, ())
        )


@dataclass(frozen=True)
class Opener:
    """
    Finds, reads and names entries, each by a name that no other has (`entry_tables.distinct_name`).

    Tables of several entries stand below each other, and their keys must stay apart.
    """

    settings: ArchiveSettings
    options: ReadOptions
    family: Family | None = None
    #: All that are to be opened, as they were named.
    sources: Iterable[object] = ()
    _taken: set[str] = field(default_factory=set)

    @cached_property
    def _ids(self) -> frozenset[str]:
        return entry_tables.ids_among(self.sources)

    def __call__(self, source: EntryId | Path | str) -> Study:
        """Open an entry, or raise `Il2StructError`."""
        named = open_entry(
            source, settings=self.settings, options=self.options, family=self.family
        )
        entry = named.entry
        name = entry_tables.distinct_name(
            entry.entry_id, self._taken, source=str(source), ids=self._ids
        )
        self._taken.add(name)
        if name != entry.entry_id:
            text = f"Another input is {entry.entry_id} too, so that {source} is called {name} here."
            logger.warning("%s", text)
            note = Note("file", text, name)
            entry = replace(entry, entry_id=name, notes=(*entry.notes, note))
            named = replace(named, entry=entry)
        return Study(named)


def opener(  # noqa: PLR0913  # those of `load`
    *,
    mirrors: str | Path | Sequence[str | Path] | None,
    structures: str | Path | None,
    offline: bool,
    model: int | None,
    altloc: str,
    references: str | Path | None,
    sources: Iterable[object] = (),
) -> Opener:
    """Return what opens entries as the arguments of `load` say."""
    # A text is a sequence too, of letters.
    folders = [mirrors] if isinstance(mirrors, str | Path) else mirrors
    settings = default_settings(
        mirrors=None if folders is None else [Path(folder) for folder in folders],
        cache=None if structures is None else Path(structures),
        offline=offline,
    )
    family = None if references is None else read_family(references)
    options = ReadOptions(model=model, altloc=altloc)
    return Opener(settings, options, family, sources)


def load(  # noqa: PLR0913  # all but the source by name
    source: EntryId | Path | str,
    *,
    mirrors: str | Path | Sequence[str | Path] | None = None,
    structures: str | Path | None = None,
    offline: bool = False,
    model: int | None = None,
    altloc: str = ReadOptions().altloc,
    references: str | Path | None = None,
) -> Study:
    """
    Find, read and name an entry.

    Parameters
    ----------
    source : str, path or EntryId
        PDB id in either form, or a structure file (mmCIF or PDB, gzipped or not).
    mirrors : path or sequence of path, optional
        Folders to look in first; by default those of ``IL2STRUCT_MIRROR``.
    structures : path, optional
        Download cache.
    offline : bool
        Whether to stay off the network.
    model : int, optional
        Model number; the first by default.
    altloc : str
        ``"highest"`` occupancy, or the label to prefer.
    references : path, optional
        Family file with roles and sequences of your own, added to the shipped ones; see
        ``docs/references.md``.

    Returns
    -------
    Study

    Raises
    ------
    FetchError, StructureError, ParameterError
        If it cannot be found or read.
    """
    return opener(
        mirrors=mirrors,
        structures=structures,
        offline=offline,
        model=model,
        altloc=altloc,
        references=references,
    )(source)
