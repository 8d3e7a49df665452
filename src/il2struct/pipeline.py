"""
The study of one entry as a few calls: read, name, group, measure.

Nothing is computed here; every step is a function of the stage below.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from il2struct.archive import (
    ArchiveSettings,
    EntryId,
    StructureFile,
    default_settings,
    locate,
)
from il2struct.errors import NoProteinError
from il2struct.interface.interface import (
    Interface,
    InterfaceParameters,
    Partner,
    interface_between,
    make_partner,
)
from il2struct.interface.selection import SidePair, image_label, select_pairs
from il2struct.interface.waters import waters_around
from il2struct.structure.clashes import in_own_place
from il2struct.structure.complexes import (
    Complex,
    Member,
    distinct_pairs,
    find_complexes,
)
from il2struct.structure.model import Atoms, ChainImage, Entry, Note, Provenance
from il2struct.structure.neighbours import n_contact_pairs
from il2struct.structure.read import ReadOptions, read_structure
from il2struct.structure.roles import (
    ChainRole,
    ResidueNumbers,
    Role,
    assign_roles,
    residue_numbers,
)


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
    """

    entry: Entry
    roles: tuple[ChainRole, ...]
    numbers: ResidueNumbers
    complexes: tuple[Complex, ...]

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

    Raises
    ------
    FetchError, StructureError
        If it cannot be found, read, or holds no protein.
    """
    found = locate(source, settings or default_settings())
    return name_entry(read_file(found, options=options))


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


def name_entry(entry: Entry) -> NamedEntry:
    """
    Give the chains of an entry roles and numbers, and gather them into complexes.

    Parameters
    ----------
    entry : Entry

    Raises
    ------
    NoProteinError
        If there is no protein chain.
    """
    if not entry.protein_chains:
        raise NoProteinError(
            f"{entry.entry_id} holds no protein chain; il2struct analyses protein interfaces."
        )
    entry = in_own_place(entry)
    roles = assign_roles(entry)
    return NamedEntry(
        entry=entry,
        roles=roles,
        numbers=residue_numbers(entry, roles),
        complexes=find_complexes(entry, roles),
    )


def interfaces_of(
    named: NamedEntry, *, parameters: InterfaceParameters | None = None
) -> tuple[Interface, ...]:
    """
    Measure every interface inside the complexes of an entry.

    Parameters
    ----------
    named : NamedEntry
    parameters : InterfaceParameters, optional

    Returns
    -------
    tuple of Interface
        Pairs that share no heavy-atom contact are left out.
    """
    parameters = parameters or InterfaceParameters()
    found: list[Interface] = []
    for complex_ in named.complexes:
        found += _interfaces_of_complex(named.entry, complex_, parameters)
    return tuple(found)


def _interfaces_of_complex(
    entry: Entry, complex_: Complex, parameters: InterfaceParameters
) -> list[Interface]:
    touching = [
        (first, second, n_copies)
        for first, second, n_copies in distinct_pairs(entry, complex_.members)
        if n_contact_pairs(entry, first.image, second.image)
    ]
    members = dict.fromkeys(member for pair in touching for member in pair[:2])
    partners = {
        member: make_partner(
            entry,
            [member.image],
            label=_label(member, complex_),
            role=member.role.value,
            parameters=parameters,
        )
        for member in members
    }
    waters = waters_around(entry, [partner.side for partner in partners.values()])
    return [
        interface_between(
            partners[first],
            partners[second],
            complex_id=complex_.complex_id,
            waters=waters,
            n_copies=n_copies,
            parameters=parameters,
        )
        for first, second, n_copies in touching
    ]


def _label(member: Member, complex_: Complex) -> str:
    """Role where it names one member of the complex, else the chain image."""
    same = [other for other in complex_.members if other.role is member.role]
    if member.role is Role.UNKNOWN or len(same) > 1:
        return image_label(member.image)
    return member.role.value


def interfaces_between(
    named: NamedEntry, between: str, *, parameters: InterfaceParameters | None = None
) -> tuple[Interface, ...]:
    """
    Measure the interface of two groups of chains, in every complex that has both.

    Parameters
    ----------
    named : NamedEntry
    between : str
        ``"A,B/C"`` by chains or ``"IL2/IL2RA"`` by roles.
    parameters : InterfaceParameters, optional

    Returns
    -------
    tuple of Interface
        Asked for by name, so it is returned even if the sides do not touch.

    Raises
    ------
    ParameterError, UnknownChainError
        If the selection is malformed, puts one chain on both sides, or names something the entry
        does not have.
    """
    parameters = parameters or InterfaceParameters()
    pairs = select_pairs(named.entry, named.complexes, named.role_of, between)
    return tuple(_interface_of_pair(named, pair, parameters) for pair in pairs)


def _interface_of_pair(
    named: NamedEntry, pair: SidePair, parameters: InterfaceParameters
) -> Interface:
    def partner(images: Sequence[ChainImage], label: str) -> Partner:
        roles = dict.fromkeys(
            named.role_of[image.auth_asym_id].value for image in images
        )
        return make_partner(
            named.entry,
            images,
            label=label,
            role=",".join(roles),
            parameters=parameters,
        )

    first, second = (
        partner(pair.images_1, pair.label_1),
        partner(pair.images_2, pair.label_2),
    )
    waters: Atoms = waters_around(named.entry, [first.side, second.side])
    return interface_between(
        first, second, complex_id=pair.complex_id, waters=waters, parameters=parameters
    )


def notes_of(named: NamedEntry, interfaces: Sequence[Interface]) -> tuple[Note, ...]:
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
