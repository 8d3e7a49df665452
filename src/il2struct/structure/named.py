"""
An entry opened as a few calls: find, read, name, group.

Nothing is computed here; every step is a function of the module it comes from.
"""

from dataclasses import dataclass, field
from pathlib import Path

from il2struct import archive
from il2struct.errors import NoProteinError
from il2struct.progress import step
from il2struct.structure.antibodies import AntibodyChain, antibody_chains
from il2struct.structure.complexes import Complex, find_complexes
from il2struct.structure.family import Family, Role, shipped_family
from il2struct.structure.fusions import divide_fusions
from il2struct.structure.model import Entry, Note, Provenance, ResidueKind
from il2struct.structure.neighbours import in_own_place
from il2struct.structure.read import ReadOptions, read_structure
from il2struct.structure.roles import (
    ChainRole,
    ResidueNumbers,
    assign_roles,
    residue_numbers,
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NamedEntry:
    """An entry whose chains have roles, numbers and complexes."""

    #: What the file says.
    entry: Entry
    #: One for each protein chain.
    roles: tuple[ChainRole, ...]
    #: One for each residue.
    numbers: ResidueNumbers
    #: How the chains belong together.
    complexes: tuple[Complex, ...]
    #: What the chains were compared with.
    family: Family = field(default_factory=shipped_family)
    #: Chains with a variable domain.
    antibodies: tuple[AntibodyChain, ...] = ()

    @property
    def role_of(self) -> dict[str, Role]:
        """Role of each protein chain, and of ligands that stand as partners, by name."""
        ligands = (c for c in self.entry.chains if c.kind is ResidueKind.LIGAND)
        return {chain.auth_asym_id: chain.role for chain in self.roles} | {
            ligand.auth_asym_id: Role.UNKNOWN for ligand in ligands
        }

    @property
    def names(self) -> dict[tuple[str, str], str]:
        """What each chain without a role is called, by entry and author name: ``Fab 1 heavy``, else as by the file."""
        roles, entry_id = self.role_of, self.entry.entry_id
        names = {c.auth_asym_id: c.description for c in self.entry.chains}
        names |= {c.auth_asym_id: c.name for c in self.antibodies if c.number}
        return {
            (entry_id, chain): name
            for chain, name in names.items()
            if name and roles.get(chain, Role.UNKNOWN) is Role.UNKNOWN
        }

    @property
    def notes(self) -> tuple[Note, ...]:
        """What reading and grouping dropped, guessed or put right."""
        grouping = (note for complex_ in self.complexes for note in complex_.notes)
        return (*self.entry.notes, *grouping)

    def __repr__(self) -> str:
        counts = f"{len(self.roles)} protein chains, {len(self.complexes)} complexes"
        return f"<NamedEntry {self.entry.entry_id}: {counts}>"


def open_entry(
    source: archive.EntryId | Path | str,
    *,
    settings: archive.ArchiveSettings | None = None,
    options: ReadOptions | None = None,
    family: Family | None = None,
) -> NamedEntry:
    """
    Find an entry by its PDB id (either form) or file, read it and name its chains.

    Looked at are by default mirrors and cache of the environment, then the archive; chains are compared
    with the shipped family. `FetchError` or `StructureError` is raised if it cannot be found or read,
    or holds no protein.
    """
    with step("finding the file", 0.1):
        file = archive.locate(source, settings or archive.default_settings())
    with step("reading", 0.5):
        entry = read_file(file, options=options)
    with step("roles", 0.4):
        return name_entry(entry, family)


def read_file(
    file: archive.StructureFile, *, options: ReadOptions | None = None
) -> Entry:
    """Read a file that the archive located, with its provenance and warnings."""
    provenance = Provenance(
        path=str(file.path),
        origin=file.origin,
        url=file.url,
        retrieved_utc=file.retrieved_utc,
    )
    return read_structure(
        file.path, options=options, provenance=provenance, warnings=file.warnings
    )


def name_entry(entry: Entry, family: Family | None = None) -> NamedEntry:
    """
    Give the chains of an entry roles and numbers, and gather them into complexes.

    `NoProteinError` is raised where there is no protein chain.
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
        antibodies=antibody_chains(entry),
    )
