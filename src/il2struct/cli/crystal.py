"""Commands on the crystal lattice and networks of receptors: ``lattice``, ``patch``, ``network``, ``response``."""

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from il2struct.cli import options
from il2struct.errors import ParameterError, StructureError

if TYPE_CHECKING:
    from il2struct.cli.runner import Tables
    from il2struct.lattice.contacts import LatticeContact
    from il2struct.lattice.graph import PlacedUnit
    from il2struct.lattice.measure import MeasuredContact
    from il2struct.network.evidence.study import NetworkStudy
    from il2struct.results.study import Study
    from il2struct.structure.family import Role
    from il2struct.structure.named import NamedEntry

#: What contacts that repeat in none, one, two or three directions do.
DIMENSIONS: Final = ("close", "build a chain", "build a sheet", "fill the crystal")


@options.with_options
def lattice(
    entries: options.Entries,
    request: Annotated[options.Request, options.Offer(*options.DEFINITION, sc="value")],
    *,
    classes: Annotated[
        bool,
        typer.Option(
            "--classes", help="Show which contacts are the same: the main table then."
        ),
    ] = False,
    common: options.CommonOptions,
) -> int:
    """Find the contacts of a crystal, and which are the same."""
    from il2struct.cli.runner import each_entry, finished
    from il2struct.lattice.classes import contact_classes
    from il2struct.lattice.measure import measured_contacts
    from il2struct.progress import step
    from il2struct.results.entry_tables import entry_table
    from il2struct.results.interfaces import InterfaceResults
    from il2struct.results.lattice_tables import lattice_tables
    from il2struct.results.study import MEASURING

    request.check()
    main = "contact_classes" if classes else "lattice_contacts"
    measured: list[tuple[NamedEntry, tuple[MeasuredContact, ...]]] = []

    def work(study: "Study") -> "Tables":
        named = study.named
        with step("lattice", MEASURING):
            contacts = measured_contacts(named, parameters=request.parameters())
        measured.append((named, contacts))
        results = InterfaceResults(named, tuple(c.interface for c in contacts))
        return {
            "residues": results.residues,
            "contacts": results.contacts,
            "bonds": results.bonds,
            "notes": results.notes,
            "chains": study.chains,
            "entries": entry_table(named, n_interfaces=len(contacts)),
        }

    outcome = each_entry(entries, common, work, main=main)
    with step("classes of contacts", 1.0):
        found = contact_classes([c for _, contacts in measured for c in contacts])
    outcome.tables.append(lattice_tables(measured, found))
    names = ["lattice_contacts", "contact_classes", "residues", "contacts", "bonds"]
    return finished(outcome, common, [main, *names, "entries"])


@options.with_options
def patch(
    entry: options.OneEntry,
    *,
    pair: Annotated[
        str, typer.Option(help="Roles whose largest contact holds the patch together.")
    ] = "IL2RG/IL2RA",
    repeats: Annotated[
        str,
        typer.Option(help="Repeats in each direction: 4 for a chain, 2x3 for a sheet."),
    ] = "4",
    within_a: Annotated[
        float | None,
        typer.Option(
            "--within",
            help="Every complex whose centre is within this distance of the first instead, in Å.",
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="File to write, NAME.cif; required."),
    ] = None,
    common: Annotated[options.CommonOptions, options.FOLDER],
) -> int:
    """Write a piece of the crystal as mmCIF, with a clash check."""
    from il2struct.cli.runner import each_entry, say
    from il2struct.lattice.contacts import lattice_units
    from il2struct.lattice.graph import radius_patch, write_patch
    from il2struct.progress import step

    try:
        counts = tuple(int(part) for part in repeats.lower().split("x"))
    except ValueError:
        counts = ()
    if not 1 <= len(counts) <= 3 or min(counts) < 1:
        raise ParameterError(
            f"--repeats takes one positive number a direction, such as 4 or 2x3, not {repeats!r}."
        )
    pairs = options.role_pairs(pair, common.family)
    if output is None or output.suffix.lower() != ".cif":
        raise ParameterError("patch writes one mmCIF file; name it with -o FILE.cif.")
    if output.is_dir():
        raise ParameterError(f"{output} is a folder; give another name with -o.")

    def work(study: "Study") -> None:
        named = study.named
        with step("lattice", 0.5):
            units = (
                _repeated(named, pairs, counts)
                if within_a is None
                else radius_patch(named, lattice_units(named), within_a)
            )
        with step("clashes and file", 0.4):
            clashing = write_patch(named, units, output)
        for clash in clashing:
            print(
                f"il2struct: units {clash.first + 1} and {clash.second + 1} clash in "
                f"{clash.n_pairs} atom pairs.",
                file=sys.stderr,
            )
        say(f"{len(units)} unit{'s' * (len(units) != 1)} in {output}", common)

    # What is prepared is the folder of the file.
    folder = replace(common, output=output.parent)
    return each_entry([entry], folder, work).status


def _repeated(
    named: "NamedEntry", pairs: "Sequence[tuple[Role, Role]]", counts: Sequence[int]
) -> "tuple[PlacedUnit, ...]":
    """Return what the largest contacts of some pairs of roles build, repeated."""
    from il2struct.lattice.contacts import lattice_units
    from il2struct.lattice.graph import component_patch, components, periodic_graph

    contacts = [contact for wanted in pairs for contact in _largest_of(named, wanted)]
    units = lattice_units(named)
    part = components(periodic_graph(named.entry, units, contacts))[0]
    if part.dimension != len(counts):
        raise StructureError(
            f"The contacts chosen in {named.entry.entry_id} {DIMENSIONS[part.dimension]}; give "
            f"--repeats one number for each of the {part.dimension} directions."
        )
    return component_patch(units, part, counts)


def _largest_of(
    named: "NamedEntry", wanted: "tuple[Role, Role]"
) -> "list[LatticeContact]":
    """Return the largest contact of two roles between complexes, one for each unit."""
    from il2struct.lattice.contacts import ContactKind, lattice_contacts

    # The same class in every copy of the cell: the largest by the unit that it starts from.
    largest: dict[str, LatticeContact] = {}
    for contact in sorted(lattice_contacts(named), key=lambda c: -c.n_pairs):
        roles = (contact.member_1.role, contact.member_2.role)
        if contact.kind is not ContactKind.SAME_COMPLEX and sorted(roles) == sorted(
            wanted
        ):
            largest.setdefault(contact.unit_1.unit_id, contact)
    if not largest:
        names = " and ".join(role.value for role in wanted)
        raise StructureError(
            f"{names} touch nowhere between two complexes of {named.entry.entry_id}; "
            "choose another pair of roles with --pair, or units by distance with --within."
        )
    return list(largest.values())


#: How much longer the study of an entry takes than to open it, measured on 2ERJ and 2B5I.
STUDY_ENTRIES: Final = 15.0
#: Share of its tables and scenes.
WRITING: Final = 0.1


@options.with_options
def network(
    entries: options.Entries,
    *,
    pair: Annotated[
        str,
        typer.Option(
            help="Pairs of roles whose lattice contacts are asked about, by commas."
        ),
    ] = "IL2RG/IL2RA,IL2RG/IL2RB",
    quick: Annotated[
        bool,
        typer.Option(
            "--quick",
            help="Leave out moved coordinates, the error of Sc, the Sc that mutations lose and the "
            "controls of the protons.",
        ),
    ] = False,
    request: Annotated[options.Request, options.Offer(*options.DEFINITION)],
    common: Annotated[options.FolderOptions, options.TABLES_IN_FOLDER],
) -> int:
    """Weigh a lattice contact as a network of receptors."""
    from il2struct.cli.output import (
        folder_of_files,
        own_files,
        print_text,
        terminal_width,
    )
    from il2struct.cli.runner import Finish, each_entry, say
    from il2struct.interface.complementarity import ScDetail
    from il2struct.lattice.operators import operator_group
    from il2struct.network.evidence.study import QUICK, evidence_tables, network_studies
    from il2struct.progress import step
    from il2struct.report.network_summary import headline, write_network
    from il2struct.report.write import provenance, write_provenance
    from il2struct.results.text import as_text, folded
    from il2struct.structure.read import ReadOptions

    request.check()
    pairs = options.role_pairs(pair, common.family)
    folder = folder_of_files(common, "network", "il2struct-network")
    opened: list[NamedEntry] = []
    studied: list[NetworkStudy] = []

    def work(study: "Study") -> None:
        # Whatever the lattice refuses is refused here, so that the other entries go on.
        operator_group(study.entry)
        opened.append(study.named)

    def finish(_failed: object) -> None:
        if not opened:
            return
        # Line 3 needs the fit; its error is worked out for the focal contact only.
        fitted = replace(request, sc=ScDetail.VALUE.value).parameters()
        with step("network", 1.0 - WRITING):
            studied.extend(
                network_studies(opened, pairs=pairs, parameters=fitted, quick=quick)
            )
        with step("tables", WRITING):
            write_network(
                studied, folder, common.output_format or options.OutputFormat.CSV
            )
            reading = ReadOptions(model=common.model, altloc=common.altloc)
            content = provenance(opened, fitted, reading, between=pair)
            write_provenance(content, folder / "provenance.json")

    ending = Finish(
        work=finish,
        entry_seconds=1.0,
        seconds=lambda n_entries: STUDY_ENTRIES * n_entries,
    )
    with own_files(folder, "network"):
        # The format is that of the files in the folder, which is made already.
        inside = replace(common, output=folder)
        outcome = each_entry(entries, inside, work, ending)
        if studied and not common.quiet:
            width = terminal_width()
            parts = [folded(headline(study), width) for study in studied]
            evidence = evidence_tables(studied)["evidence"]
            if len(evidence):
                parts.append(as_text("evidence", evidence, width))
            if quick:
                parts.append(folded(QUICK, width))
            print_text("\n".join(parts))
            say(f"study in {folder}/network.md", common)
    return outcome.status


@options.with_options
def response(
    cell: Annotated[str, typer.Option(help="treg, th, nk or cd8.")] = "treg",
    density_per_um2: Annotated[
        float | None,
        typer.Option(
            "--density",
            help="Density of the scarcest chain, per µm² [default: cell's].",
        ),
    ] = None,
    contact_kd_micromolar: Annotated[
        float,
        typer.Option(
            "--kd", help="K_d of the γc-α contact in solution, in µM; assumed."
        ),
    ] = 100.0,
    coupling_kt: Annotated[
        float,
        typer.Option(
            "--coupling", help="Energy between neighbouring complexes, in kT."
        ),
    ] = 0.0,
    free_chains: Annotated[
        str,
        typer.Option(
            help="Whether free α and γc make the contact: 'compete' or 'silent'."
        ),
    ] = "compete",
    *,
    common: Annotated[options.CommonOptions, options.PRINTED],
) -> int:
    """Model the dose-response of a cell and its chains."""
    from il2struct.cli.output import (
        check_columns,
        prepare_target,
        print_text,
        terminal_width,
        write_tables,
    )
    from il2struct.network.response.dose_response import ResponseSettings, cell_type
    from il2struct.network.response.polymer import FreeChains
    from il2struct.network.response.receptor import receptor_response, response_tables
    from il2struct.progress import step
    from il2struct.report.network_summary import response_summary
    from il2struct.tables import column_names

    if free_chains not in list(FreeChains):
        raise ParameterError(
            f"--free-chains is compete or silent, not {free_chains!r}."
        )
    settings = ResponseSettings(
        cell=cell_type(cell),
        density_per_um2=density_per_um2,
        contact_kd_micromolar=contact_kd_micromolar,
        coupling_kt=coupling_kt,
        free_chains=FreeChains(free_chains),
    )
    prepare_target(common.output_format, common.output)
    check_columns(common, column_names("dose_response"))
    with step(f"response of {settings.cell.cell_name}", 1.0):
        modelled = receptor_response(settings)
    if common.output is None and common.output_format in (
        None,
        options.OutputFormat.TABLE,
    ):
        print_text(response_summary(modelled, terminal_width()))
        return 0
    write_tables(response_tables(modelled), common, main="dose_response")
    if not common.quiet:
        print(response_summary(modelled), file=sys.stderr, end="")
    return 0
