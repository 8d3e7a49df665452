"""What the page knows of one entry: atoms, tables, and what each row points at."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from il2struct.errors import Il2StructError
from il2struct.interface.complementarity import ScDetail
from il2struct.interface.interface import InterfaceParameters
from il2struct.lattice.classes import contact_classes
from il2struct.lattice.measure import MeasuredContact, measured_contacts
from il2struct.lattice.patches import patch_sides
from il2struct.palette import Palette
from il2struct.progress import step
from il2struct.report.page.joints import DRAWN_AS, Joints, focus_of, joints_of
from il2struct.report.page.structure import (
    LARGEST_STRUCTURE,
    Images,
    LatticeChain,
    lattice_chain,
    overview_rotation,
    shown_structure,
)
from il2struct.results import views
from il2struct.results.interface_tables import bond_table, residue_table
from il2struct.results.interfaces import InterfaceResults
from il2struct.results.lattice_tables import lattice_table
from il2struct.results.study import Study
from il2struct.structure.named import NamedEntry
from il2struct.tables import records

if TYPE_CHECKING:
    import pandas as pd

#: Significant digits of numbers to download, those of the tables on disk.
DIGITS: Final = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryContent:
    """
    What is measured of one entry.

    Attributes
    ----------
    results : InterfaceResults
    contacts : tuple of MeasuredContact
        Contacts of its crystal; empty without one.
    """

    results: InterfaceResults
    contacts: tuple[MeasuredContact, ...]


def entry_content(
    results: InterfaceResults, parameters: InterfaceParameters
) -> EntryContent:
    """
    Measure what the page shows beyond the interfaces.

    Parameters
    ----------
    results : InterfaceResults
    parameters : InterfaceParameters
        Contacts of the lattice are measured with them, shape complementarity left out.
    """
    named = results.named
    if named.entry.crystal is None:
        return EntryContent(results=results, contacts=())
    quick = replace(parameters, fit=replace(parameters.fit, detail=ScDetail.NONE))
    try:
        with step("lattice", 0.4):
            contacts = measured_contacts(named, parameters=quick)
    except (
        Il2StructError
    ):  # a cell that makes no lattice: the interfaces stand without it
        contacts = ()
    return EntryContent(results=results, contacts=contacts)


def entry_payload(content: EntryContent, palette: Palette) -> dict[str, Any]:
    """
    Return everything on one entry as plain data for JSON.

    Parameters
    ----------
    content : EntryContent
    palette : Palette
    """
    named = content.results.named
    structure = shown_structure(named, palette)
    images = Images(named, structure)
    home = images.numbers(
        dict.fromkeys(
            member.image for group in named.complexes for member in group.members
        )
    )
    lattice = _lattice(named, images)
    tables = _tables(content)
    inside = joints_of(
        images, content.results.items, tables["residues"], tables["bonds"]
    )
    outside = _lattice_joints(named, content.contacts, images)
    return {
        "id": named.entry.entry_id,
        "title": named.entry.title,
        "coordinates": structure.coordinates,
        "left_out": _why_no_atoms(structure.n_atoms),
        "chains": [
            {
                "label": chain.label,
                "group": chain.group,
                "colour": chain.colour,
                "pale": chain.pale,
            }
            for chain in structure.chains
        ],
        "images": images.records,
        "home": home,
        "view": overview_rotation(named),
        "lattice": lattice,
        "joints": [*inside.records, *outside.records],
        "tables": _shown_tables(tables, images, inside, outside),
        "downloads": {
            name: plain_table(table)
            for name, table in tables.items()
            if name != "entries"  # that of the run holds those that failed too
        },
    }


def _why_no_atoms(n_atoms: int) -> str:
    if n_atoms <= LARGEST_STRUCTURE:
        return ""
    return (
        f"{n_atoms} atoms are too many for a browser; the scene files of `il2struct scene` show "
        "them in a molecular viewer."
    )


def _tables(content: EntryContent) -> dict[str, "pd.DataFrame"]:
    results = content.results
    tables = {**Study(results.named).tables(), **results.tables()}
    if content.contacts:
        classes = contact_classes(content.contacts)
        tables["lattice_contacts"] = lattice_table(
            results.named, content.contacts, classes
        )
    return tables


def _lattice(named: NamedEntry, images: Images) -> dict[str, Any] | None:
    try:
        found: LatticeChain | None = lattice_chain(named)
    except Il2StructError:  # as in `entry_content`
        found = None
    if found is None:
        return None
    numbers: list[int] = []
    for place, side in enumerate(patch_sides(named, found.units)):
        # Home, next, previous, next but one …: one prime for each step away from home.
        numbers += images.numbers(side.images, primes=(place + 1) // 2)
    first, second = found.contact.member_1, found.contact.member_2
    names = [
        views.side_name(member.role.value, member.image.auth_asym_id, None)
        for member in (first, second)
    ]
    return {
        "images": numbers,
        "chains": sorted(
            {images.records[images.number(m.image)]["chain"] for m in (first, second)}
        ),
        "words": f"{names[0]} to {names[1]}′ by {found.contact.image_2.symmetry_code}, "
        f"step {found.contact.translation_a:.1f} Å",
    }


def _lattice_joints(
    named: NamedEntry, contacts: Sequence[MeasuredContact], images: Images
) -> Joints:
    interfaces = [each.interface for each in contacts]
    found = joints_of(
        images,
        interfaces,
        residue_table(named, interfaces),
        bond_table(named, interfaces),
    )
    for measured, record in zip(contacts, found.records, strict=True):
        # The complex at home is what a reader holds on to when a neighbour appears.
        record["around"] = images.numbers(
            member.image for member in measured.contact.unit_1.members
        )
    return found


def _shown_tables(
    tables: Mapping[str, "pd.DataFrame"],
    images: Images,
    inside: Joints,
    outside: Joints,
) -> list[dict[str, Any]]:
    shown = []
    for name, title in views.TITLES.items():
        if name not in tables:
            continue
        rows = records(tables[name])
        if name == "bonds":
            rows.sort(key=_bond_rank)
        if (
            name == "residues"
        ):  # the file has those that only touch or only lose area too
            rows = [row for row in rows if row["is_interface"]]
        is_lattice = name == "lattice_contacts"
        joints = outside if is_lattice else inside
        first = len(inside.records) if is_lattice else 0
        columns = views.columns_of(name, rows)
        shown.append(
            {
                "name": name,
                "title": title,
                "heads": views.heads_of(name, columns),
                "rows": views.cells_of(columns, rows),
                "focus": [focus_of(name, row, joints, images, first) for row in rows],
            }
        )
    return shown


def _bond_rank(row: views.Row) -> int:
    """Apolar contacts are many; what people look for stands above them."""
    if any(row[flag] for flag in DRAWN_AS):
        return 0
    return 1 if row["is_water_mediated"] else 2


def plain_table(table: "pd.DataFrame") -> dict[str, Any]:
    """
    Return a table as it is written on disk.

    Parameters
    ----------
    table : pandas.DataFrame
    """
    rows = records(table)
    names = [str(name) for name in table.columns]
    return {
        "columns": names,
        "rows": [[_plain(row[name]) for name in names] for row in rows],
    }


def _plain(value: object) -> object:
    return float(f"{value:.{DIGITS}g}") if isinstance(value, float) else value
