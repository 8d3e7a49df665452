"""The commands of ``il2struct``."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from il2struct._version import __version__
from il2struct.cli.arguments import Between, Cutoff, Entries, Preset, Probe, Sc
from il2struct.cli.batch_command import batch_command
from il2struct.cli.command import with_common_options
from il2struct.cli.docs_command import docs_command
from il2struct.cli.figures_command import figures_command
from il2struct.cli.options import CommonOptions, Request
from il2struct.cli.scene_command import scene_command
from il2struct.cli.tables_command import tables_command
from il2struct.cli.trajectory_command import trajectory_command
from il2struct.errors import ParameterError

if TYPE_CHECKING:
    from collections.abc import Callable

    from il2struct.archive import ArchiveSettings, EntryId
    from il2struct.cli.runner import Outcome, Tables
    from il2struct.results.interfaces import InterfaceResults

app = typer.Typer(
    help="Structural analysis of the interleukin-2 receptor.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    epilog="Exit status: 0 all done, 1 all failed, 2 wrong usage, 3 some entries failed. "
    "Documentation: il2struct docs.",
)

#: Tables that every measurement of interfaces gives, beside the table ``interfaces``.
INTERFACE_TABLES = ("residues", "contacts", "bonds")


def _show_version(value: bool) -> None:
    if value:
        typer.echo(f"il2struct {__version__}")
        raise typer.Exit


@app.callback()
def program(
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            callback=_show_version,
            is_eager=True,
            help="Show the version and stop.",
        ),
    ] = False,
) -> None:
    """Structural analysis of the interleukin-2 receptor."""


@app.command()
@with_common_options
def fetch(entries: Entries, common: CommonOptions) -> int:
    """Bring entries here, or say where they already are."""
    from il2struct.archive import locate
    from il2struct.cli.runner import each_entry
    from il2struct.progress import step
    from il2struct.results.file_tables import failed_file_table, file_table

    def work(source: "EntryId | Path", settings: "ArchiveSettings") -> "Tables":
        with step("finding the file", 1.0):
            return {"files": file_table(locate(source, settings))}

    outcome = each_entry(
        entries,
        common,
        work,
        lambda name, error: {"files": failed_file_table(name, error)},
        job=None,
    )
    return _finish(outcome, common, ["files"])


@app.command()
@with_common_options
def roles(entries: Entries, common: CommonOptions) -> int:
    """Say which chain is what, with mutations, tags and gaps."""
    from il2struct.cli.runner import each_entry, entry_opener
    from il2struct.results.study import Study

    opened = entry_opener(common)

    def work(source: "EntryId | Path", settings: "ArchiveSettings") -> "Tables":
        study = Study(opened(source, settings))
        return {**study.tables(), "notes": study.notes}

    outcome = each_entry(entries, common, work, _failed_entry, job=None)
    return _finish(
        outcome, common, ["chains", "numbering", "complexes", "entries", "notes"]
    )


@app.command()
@with_common_options
def interfaces(
    entries: Entries,
    common: CommonOptions,
    between: Between = None,
    preset: Preset = "il2struct",
    cutoff_a: Cutoff = 5.0,
    probe_radius_a: Probe = 1.4,
    sc: Sc = "none",
) -> int:
    """Measure every interface: area, residues, contacts, bonds."""
    request = Request(between, preset, cutoff_a, probe_radius_a, sc)

    def tables(results: "InterfaceResults") -> "Tables":
        return results.tables()

    return _measure(entries, common, request, ["interfaces", *INTERFACE_TABLES], tables)


@app.command()
@with_common_options
def residues(
    entries: Entries,
    common: CommonOptions,
    between: Between = None,
    preset: Preset = "il2struct",
    cutoff_a: Cutoff = 5.0,
    probe_radius_a: Probe = 1.4,
) -> int:
    """List the interface residues: how deep each is buried, and its bonds."""
    request = Request(between, preset, cutoff_a, probe_radius_a)

    def tables(results: "InterfaceResults") -> "Tables":
        residues = results.residues
        is_interface = residues["is_interface"].to_numpy(bool)
        return {"residues": residues[is_interface], "notes": results.notes}

    return _measure(entries, common, request, ["residues"], tables)


@app.command()
@with_common_options
def bonds(
    entries: Entries,
    common: CommonOptions,
    between: Between = None,
    preset: Preset = "il2struct",
    concordance: Annotated[
        bool,
        typer.Option(
            "--concordance",
            help="Say of each hydrogen bond which presets find it: the main table then.",
        ),
    ] = False,
) -> int:
    """List every bond across every interface by atom pair."""
    request = Request(between, preset)

    def tables(results: "InterfaceResults") -> "Tables":
        found = {
            "bonds": results.bonds,
            "interfaces": results.table,
            "notes": results.notes,
        }
        return {**found, "concordance": results.concordance()} if concordance else found

    names = ["bonds", "interfaces"]
    # The first is what a terminal shows; bonds alone would hide what was asked for.
    shown = ["concordance", *names] if concordance else names
    return _measure(entries, common, request, shown, tables)


@app.command()
@with_common_options
def sc(
    entries: Entries,
    common: CommonOptions,
    between: Between = None,
    dot_density_per_a2: Annotated[
        float,
        typer.Option("--density", help="Dots per Å² of surface; papers quote 15."),
    ] = 15.0,
    sc_probe_radius_a: Annotated[
        float, typer.Option("--probe", help="Probe radius in Å; papers quote 1.7.")
    ] = 1.7,
    dots: Annotated[
        Path | None,
        typer.Option(
            help="Folder for the dots (PLY, PyMOL) and atoms coloured by score (mmCIF)."
        ),
    ] = None,
) -> int:
    """Score shape complementarity, with its error."""
    from il2struct.cli.complementarity import run_sc

    request = Request(
        between,
        sc="error",
        dot_density_per_a2=dot_density_per_a2,
        sc_probe_radius_a=sc_probe_radius_a,
    )
    return run_sc(entries, common, request, dots=dots)


@app.command()
@with_common_options
def report(
    entries: Entries,
    common: CommonOptions,
    between: Between = None,
    preset: Preset = "il2struct",
    cutoff_a: Cutoff = 5.0,
    probe_radius_a: Probe = 1.4,
    sc: Sc = "error",
    html: Annotated[
        bool, typer.Option(help="Write report.html too: all of it on one page, in 3D.")
    ] = True,
    figures: Annotated[bool, typer.Option(help="Draw figures into that page.")] = True,
) -> int:
    """Write tables, comparison, summary and a page to a folder."""
    from il2struct.cli.folder import own_files
    from il2struct.cli.report import DEFAULT_FOLDER, write_report

    request = Request(between, preset, cutoff_a, probe_radius_a, sc)
    with own_files(common.output or DEFAULT_FOLDER, "report"):
        return write_report(entries, common, request, html=html, figures=figures)


@app.command()
@with_common_options
def lattice(
    entries: Entries,
    common: CommonOptions,
    preset: Preset = "il2struct",
    cutoff_a: Cutoff = 5.0,
    probe_radius_a: Probe = 1.4,
    sc: Sc = "value",
) -> int:
    """Find every contact of the crystal, once each."""
    from il2struct.cli.lattice import run_lattice

    request = Request(None, preset, cutoff_a, probe_radius_a, sc)
    return run_lattice(entries, common, request, main="lattice_contacts")


@app.command()
@with_common_options
def compare(
    entries: Entries,
    common: CommonOptions,
    preset: Preset = "il2struct",
    cutoff_a: Cutoff = 5.0,
    probe_radius_a: Probe = 1.4,
    sc: Sc = "none",
) -> int:
    """Say which contacts of several crystals are the same."""
    from il2struct.cli.lattice import run_lattice

    request = Request(None, preset, cutoff_a, probe_radius_a, sc)
    return run_lattice(entries, common, request, main="contact_classes")


@app.command()
@with_common_options
def patch(
    entry: Annotated[str, typer.Argument(metavar="ENTRY", help="A PDB id or file.")],
    common: CommonOptions,
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
            "--within", help="Every complex within this distance instead, in Å."
        ),
    ] = None,
) -> int:
    """Write a piece of the crystal as mmCIF, with a clash check."""
    from il2struct.cli.patch import run_patch

    return run_patch(entry, common, pair=pair, repeats=repeats, within_a=within_a)


@app.command()
@with_common_options
def network(
    entries: Entries,
    common: CommonOptions,
    pair: Annotated[
        str,
        typer.Option(
            help="Pairs of roles whose lattice contacts are asked about, by commas."
        ),
    ] = "IL2RG/IL2RA,IL2RG/IL2RB",
    preset: Preset = "il2struct",
    cutoff_a: Cutoff = 5.0,
    probe_radius_a: Probe = 1.4,
) -> int:
    """Weigh a lattice contact as a network of receptors."""
    from il2struct.cli.folder import own_files
    from il2struct.cli.network import DEFAULT_FOLDER, run_network

    request = Request(None, preset, cutoff_a, probe_radius_a)
    with own_files(common.output or DEFAULT_FOLDER, "network"):
        return run_network(entries, common, request, pair=pair)


@app.command()
@with_common_options
def response(
    common: CommonOptions,
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
) -> int:
    """Model the dose-response of a cell and its chains."""
    from il2struct.cli.network import run_response
    from il2struct.network.response.dose_response import ResponseSettings, cell_type
    from il2struct.network.response.polymer import FreeChains

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
    return run_response(settings, common)


app.command("batch")(batch_command)
app.command("tables")(tables_command)
app.command("trajectory")(trajectory_command)
app.command("scene")(scene_command)
app.command("figures")(figures_command)
app.command("docs")(docs_command)


def _measure(
    entries: list[str],
    common: CommonOptions,
    request: Request,
    names: list[str],
    tables_of: "Callable[[InterfaceResults], Tables]",
) -> int:
    """Measure interfaces of every entry and write the tables named, the first as the main one."""
    from il2struct.cli.runner import (
        each_entry,
        entry_opener,
        tell_of_none,
    )
    from il2struct.results.entry_tables import entry_table
    from il2struct.results.study import Study

    request.check()
    opened = entry_opener(common)

    def work(source: "EntryId | Path", settings: "ArchiveSettings") -> "Tables":
        study = Study(opened(source, settings))
        results = request.measure(study)
        tell_of_none(results)
        entry = entry_table(study.named, n_interfaces=len(results))
        return {**study.tables(), **tables_of(results), "entries": entry}

    outcome = each_entry(entries, common, work, _failed_entry)
    return _finish(outcome, common, [*names, "complexes", "entries", "notes"])


def _failed_entry(name: str, error: Exception) -> "Tables":
    from il2struct.results.entry_tables import failed_entry_table

    return {"entries": failed_entry_table(name, error)}


def _finish(outcome: "Outcome", common: CommonOptions, names: list[str]) -> int:
    """Write the tables of all entries, the first named as the main one; return the status."""
    from il2struct.cli.output import write_tables
    from il2struct.cli.runner import joined
    from il2struct.progress import step

    with step("tables", 1.0):
        write_tables(joined(outcome, names), common, main=names[0])
    return outcome.status
