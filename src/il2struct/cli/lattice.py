"""The commands ``lattice`` and ``compare``: contacts of the crystal, and which are the same."""

from pathlib import Path
from typing import TYPE_CHECKING, Final

from il2struct.cli.options import CommonOptions, Request
from il2struct.cli.output import write_tables
from il2struct.cli.runner import each_entry, entry_opener, joined
from il2struct.lattice.classes import contact_classes
from il2struct.lattice.measure import MeasuredContact, measured_contacts
from il2struct.progress import step
from il2struct.results.entry_tables import entry_table, failed_entry_table
from il2struct.results.interface_tables import bond_table, contact_table, residue_table
from il2struct.results.lattice_tables import class_table, lattice_table
from il2struct.results.study import MEASURING
from il2struct.structure.named import NamedEntry

if TYPE_CHECKING:
    from il2struct.archive import ArchiveSettings, EntryId
    from il2struct.cli.runner import Tables

#: Tables that ``lattice`` writes, beside the main one.
LATTICE_TABLES: Final = ("contact_classes", "residues", "contacts", "bonds", "entries")


def run_lattice(
    entries: list[str], common: CommonOptions, request: Request, *, main: str
) -> int:
    """
    Find, measure and class the lattice contacts of some entries.

    Parameters
    ----------
    entries : list of str
        As typed.
    common : CommonOptions
    request : Request
        Cut-off, probe and preset.
    main : str
        ``"lattice_contacts"`` or ``"contact_classes"``: what a terminal shows.

    Returns
    -------
    int
        Exit status.
    """
    request.check()
    found: dict[str, tuple[NamedEntry, tuple[MeasuredContact, ...]]] = {}
    opened = entry_opener(common)

    def work(source: "EntryId | Path", settings: "ArchiveSettings") -> "Tables":
        named = opened(source, settings)
        with step("lattice", MEASURING):
            measured = measured_contacts(named, parameters=request.parameters())
        found[named.entry.entry_id] = (named, measured)
        return _entry_tables(named, measured)

    def failed(name: str, error: Exception) -> "Tables":
        return {"entries": failed_entry_table(name, error)}

    outcome = each_entry(entries, common, work, failed)
    with step("classes of contacts", 1.0):
        classes = contact_classes([m for _, each in found.values() for m in each])
    outcome.tables += [
        {"lattice_contacts": lattice_table(named, measured, classes)}
        for named, measured in found.values()
    ]
    outcome.tables.append({"contact_classes": class_table(classes)})
    names = [main, "lattice_contacts", *LATTICE_TABLES]
    with step("tables", 1.0):
        tables = joined(outcome, list(dict.fromkeys(names)))
        write_tables(tables, common, main=main)
    return outcome.status


def _entry_tables(named: NamedEntry, measured: tuple[MeasuredContact, ...]) -> "Tables":
    interfaces = [each.interface for each in measured]
    return {
        "residues": residue_table(named, interfaces),
        "contacts": contact_table(named, interfaces),
        "bonds": bond_table(named, interfaces),
        "entries": entry_table(named, n_interfaces=len(measured)),
    }
