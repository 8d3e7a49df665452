"""
An entry opened as a few calls: find, read, name, group.

Nothing is computed here; every step is a function of the stage below. What measures is in
`il2struct.measure`, so that naming chains loads no compiled kernels.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from il2struct.archive import (
    ArchiveSettings,
    EntryId,
    StructureFile,
    default_settings,
    locate,
)
from il2struct.errors import NoProteinError
from il2struct.progress import step
from il2struct.structure.clashes import in_own_place
from il2struct.structure.complexes import Complex, find_complexes
from il2struct.structure.family import Family, Role, shipped_family
from il2struct.structure.fusions import divide_fusions
from il2struct.structure.model import Entry, Note, Provenance
from il2struct.structure.read import ReadOptions, read_structure
from il2struct.structure.roles import (
    ChainRole,
    ResidueNumbers,
    assign_roles,
    residue_numbers,
)

if TYPE_CHECKING:
    from il2struct.interface.interface import Interface


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NamedEntry:
    """
    An entry whose chains have roles, numbers and complexes.

    Attributes
    ----------
    entry : Entry
        What the file says.
    roles : tuple of ChainRole
        One for each protein chain.
    numbers : ResidueNumbers
        One for each residue.
    complexes : tuple of Complex
        How the chains belong together.
    family : Family
        What the chains were compared with.
    """

    entry: Entry
    roles: tuple[ChainRole, ...]
    numbers: ResidueNumbers
    complexes: tuple[Complex, ...]
    family: Family = field(default_factory=shipped_family)

    @property
    def role_of(self) -> dict[str, Role]:
        """Role of each protein chain by its author name."""
        return {found.auth_asym_id: found.role for found in self.roles}

    def __repr__(self) -> str:
        counts = f"{len(self.roles)} protein chains, {len(self.complexes)} complexes"
        return f"<NamedEntry {self.entry.entry_id}: {counts}>"


def open_entry(
    source: EntryId | Path | str,
    *,
    settings: ArchiveSettings | None = None,
    options: ReadOptions | None = None,
    family: Family | None = None,
) -> NamedEntry:
    """
    Find, read and name an entry.

    Parameters
    ----------
    source : EntryId, path or str
        PDB id (either form) or a structure file.
    settings : ArchiveSettings, optional
        Where to look; by default mirrors and cache of the environment, then the archive.
    options : ReadOptions, optional
        Model and alternate locations.
    family : Family, optional
        What its chains can be; the shipped family by default, see `read_family`.

    Raises
    ------
    FetchError, StructureError
        If it cannot be found, read, or holds no protein.
    """
    with step("finding the file", 0.1):
        found = locate(source, settings or default_settings())
    with step("reading", 0.5):
        entry = read_file(found, options=options)
    with step("roles", 0.4):
        return name_entry(entry, family)


def read_file(found: StructureFile, *, options: ReadOptions | None = None) -> Entry:
    """
    Read a file that the archive located, with its provenance and warnings.

    Parameters
    ----------
    found : StructureFile
    options : ReadOptions, optional
    """
    provenance = Provenance(
        path=str(found.path),
        origin=found.origin,
        url=found.url,
        retrieved_utc=found.retrieved_utc,
    )
    return read_structure(
        found.path, options=options, provenance=provenance, warnings=found.warnings
    )


def name_entry(entry: Entry, family: Family | None = None) -> NamedEntry:
    """
    Give the chains of an entry roles and numbers, and gather them into complexes.

    Parameters
    ----------
    entry : Entry
    family : Family, optional
        What its chains can be; the shipped family by default.

    Raises
    ------
    NoProteinError
        If there is no protein chain.
    """
    if not entry.protein_chains:
        raise NoProteinError(
            f"{entry.entry_id} holds no protein chain; il2struct analyses protein interfaces."
        )
    family = family or shipped_family()
    entry = divide_fusions(in_own_place(entry), family)
    roles = assign_roles(entry, family)
    return NamedEntry(
        entry=entry,
        roles=roles,
        numbers=residue_numbers(entry, roles),
        complexes=find_complexes(entry, roles, family),
        family=family,
    )


def notes_of(named: NamedEntry, interfaces: Sequence["Interface"]) -> tuple[Note, ...]:
    """
    Collect the notes of reading, grouping and measuring.

    Parameters
    ----------
    named : NamedEntry
    interfaces : sequence of Interface
    """
    notes = list(named.entry.notes)
    for complex_ in named.complexes:
        notes += complex_.notes
    unknown = {
        kind
        for interface in interfaces
        for partner in (interface.partner_1, interface.partner_2)
        for kind in partner.surface.radii.by_element
    }
    if unknown:
        names = ", ".join(sorted(f"{residue}:{atom}" for residue, atom, _ in unknown))
        text = (
            "Atoms not in the ProtOr table have the radius of their element in areas."
        )
        notes.append(
            Note(
                topic="radius_by_element",
                subject=names,
                count=len(unknown),
                message=text,
            )
        )
    return tuple(notes)
