"""Commands on networks of receptors: ``network`` and ``response``."""

import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Final

import typer

from il2struct.cli.options import (
    DEFINITION,
    PRINTED,
    TABLES_IN_FOLDER,
    CommonOptions,
    Entries,
    FolderOptions,
    Offer,
    OutputFormat,
    Request,
    role_pairs,
    with_options,
)
from il2struct.errors import ParameterError

if TYPE_CHECKING:
    from il2struct.network.evidence.study import NetworkStudy
    from il2struct.structure.named import NamedEntry

#: How much longer the study of an entry takes than to open it, measured on 2ERJ and 2B5I.
STUDY_ENTRIES: Final = 15.0
#: Share of its tables and scenes.
WRITING: Final = 0.1


@with_options
def network(
    entries: Entries,
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
            help="Leave out moved coordinates, the error of Sc and the controls of the protons.",
        ),
    ] = False,
    request: Annotated[Request, Offer(*DEFINITION)],
    common: Annotated[FolderOptions, TABLES_IN_FOLDER],
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
    from il2struct.network.evidence.study import (
        QUICK,
        evidence_tables,
        network_studies,
    )
    from il2struct.progress import step
    from il2struct.report.network_folder import write_network
    from il2struct.report.network_summary import headline
    from il2struct.report.write import provenance, write_provenance
    from il2struct.results.text import as_text, folded
    from il2struct.structure.read import ReadOptions

    request.check()
    pairs = role_pairs(pair, common.family)
    folder = folder_of_files(common, "network", "il2struct-network")
    opened: list[NamedEntry] = []
    studied: list[NetworkStudy] = []

    def work(named: "NamedEntry") -> None:
        # Whatever the lattice refuses is refused here, so that the other entries go on.
        operator_group(named.entry)
        opened.append(named)

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
            write_network(studied, folder, common.output_format or OutputFormat.CSV)
            options = ReadOptions(model=common.model, altloc=common.altloc)
            content = provenance(opened, fitted, options, between=pair)
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


@with_options
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
    common: Annotated[CommonOptions, PRINTED],
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
    if common.output is None and common.output_format in (None, OutputFormat.TABLE):
        print_text(response_summary(modelled, terminal_width()))
        return 0
    write_tables(response_tables(modelled), common, main="dose_response")
    if not common.quiet:
        print(response_summary(modelled), file=sys.stderr, end="")
    return 0
