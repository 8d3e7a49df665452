"""The commands ``network`` and ``response``."""

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from il2struct.cli.options import CommonOptions, OutputFormat, Request
from il2struct.cli.output import (
    BY_SUFFIX,
    make_folder,
    prepare_target,
    print_text,
    write_folder,
    write_tables,
)
from il2struct.cli.runner import Finish, each_entry, entry_opener
from il2struct.cli.terminal import as_text, folded, terminal_width
from il2struct.errors import ParameterError
from il2struct.interface.complementarity import ScDetail
from il2struct.lattice.operators import operator_group
from il2struct.network.evidence.study import network_studies
from il2struct.network.response.receptor import receptor_response
from il2struct.network.tables import evidence_tables, response_tables
from il2struct.progress import step
from il2struct.report.network_summary import (
    headline,
    network_summary,
    response_summary,
)
from il2struct.report.scenes import best_line, write_membrane_chain
from il2struct.report.write import provenance, write_provenance
from il2struct.results.lattice_tables import lattice_tables
from il2struct.structure.family import Family, Role, shipped_family
from il2struct.structure.read import ReadOptions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from il2struct.archive import ArchiveSettings, EntryId
    from il2struct.cli.runner import Tables
    from il2struct.network.evidence.study import NetworkStudy
    from il2struct.network.response.dose_response import ResponseSettings
    from il2struct.structure.named import NamedEntry

#: Where the study goes if the user does not say.
DEFAULT_FOLDER: Final = Path("il2struct-network")
#: How much longer the study of an entry takes than to open it, measured on 2ERJ and 2B5I.
STUDY_ENTRIES: Final = 15.0
#: Share of its tables and scenes.
WRITING: Final = 0.1


def role_pair(text: str, family: Family | None = None) -> tuple[Role, Role]:
    """
    Read a pair of roles.

    Parameters
    ----------
    text : str
        ``"IL2RG/IL2RA"``.
    family : Family, optional
        Whose roles; the shipped one by default.

    Raises
    ------
    ParameterError
        If it is not two known roles.
    """
    family = family or shipped_family()
    roles = [family.role_named(name) for name in text.split("/")]
    match roles:
        case [Role() as first, Role() as second]:
            return first, second
    known = ", ".join(record.role for record in family.records)
    raise ParameterError(
        f"--pair takes two of {known}, such as IL2RG/IL2RA, not {text!r}."
    )


def role_pairs(
    text: str, family: Family | None = None
) -> tuple[tuple[Role, Role], ...]:
    """
    Read pairs of roles, separated by commas.

    Parameters
    ----------
    text : str
        ``"IL2RG/IL2RA,IL2RG/IL2RB"``.
    family : Family, optional
        Whose roles; the shipped one by default.

    Raises
    ------
    ParameterError
        If one is not two known roles, or a pair is given twice.
    """
    pairs = tuple(role_pair(part.strip(), family) for part in text.split(","))
    if len({frozenset(pair) for pair in pairs}) < len(pairs):
        raise ParameterError(f"--pair names a pair twice in {text!r}; name it once.")
    return pairs


def run_network(
    entries: list[str], common: CommonOptions, request: Request, *, pair: str
) -> int:
    """
    Ask whether lattice contacts of some roles could be a network, and write what was found.

    Parameters
    ----------
    entries : list of str
        As typed.
    common : CommonOptions
    request : Request
        Cut-off, probe and preset.
    pair : str
        Pairs of roles, as for `role_pairs`.

    Returns
    -------
    int
        Exit status.
    """
    folder = common.output or DEFAULT_FOLDER
    request.check()
    pairs = role_pairs(pair, common.family)
    if folder.suffix.lower() in BY_SUFFIX:
        raise ParameterError(
            f"network writes a folder of files, not {folder.name}; name a folder with -o."
        )
    make_folder(folder)
    found: list[NamedEntry] = []
    studied: list[NetworkStudy] = []
    opened = entry_opener(common)

    def work(source: "EntryId | Path", settings: "ArchiveSettings") -> "Tables":
        named = opened(source, settings)
        # Whatever the lattice refuses is refused here, so that the other entries go on.
        operator_group(named.entry)
        found.append(named)
        return {}

    # The format is that of the files in the folder, which is made already.
    inside = replace(common, output=folder)

    def finish() -> None:
        if not found:
            return
        # Line 3 needs the fit; its error is worked out for the focal contact only.
        fitted = replace(request, sc=ScDetail.VALUE.value).parameters()
        with step("network", 1.0 - WRITING):
            studies = network_studies(found, pairs=pairs, parameters=fitted)
            studied.extend(studies)
        with step("tables", WRITING):
            _write(studies, folder, common.output_format or OutputFormat.CSV)
            options = ReadOptions(model=common.model, altloc=common.altloc)
            content = provenance(found, fitted, options, between=pair)
            write_provenance(content, folder / "provenance.json")

    ending = Finish(
        work=finish,
        entry_seconds=1.0,
        seconds=lambda n_entries: STUDY_ENTRIES * n_entries,
    )
    outcome = each_entry(entries, inside, work, lambda _name, _error: {}, ending)
    if studied and not common.quiet:
        print_text(_answer(studied))
        print(f"il2struct: study in {folder}/network.md", file=sys.stderr)
    return outcome.status


def _answer(studies: "Sequence[NetworkStudy]") -> str:
    """Write a headline for each pair, and the lines of evidence."""
    width = terminal_width()
    parts = [folded(headline(study), width) for study in studies]
    table = evidence_tables(studies)["evidence"]
    if len(table):
        parts.append(as_text("evidence", table, width))
    return "\n".join(parts)


def _write(
    studies: "Sequence[NetworkStudy]", folder: Path, output_format: OutputFormat
) -> None:
    classes = studies[0].classes
    members = [member for found in classes for member in found.members]
    per_entry = {
        named.entry.entry_id: (named, [m for m in members if m.named is named])
        for named in studies[0].entries
    }
    tables = {**evidence_tables(studies), **lattice_tables(per_entry, classes)}
    write_folder(tables, folder, output_format)
    text = network_summary(studies)
    (folder / "network.md").write_text(
        text, encoding="utf-8", errors="backslashreplace"
    )
    for study in studies:
        line = best_line(study)
        if line is not None:
            write_membrane_chain(line, folder)
            return


def run_response(settings: "ResponseSettings", common: CommonOptions) -> int:
    """
    Print what the model says of a cell, or save its tables.

    Parameters
    ----------
    settings : ResponseSettings
    common : CommonOptions

    Returns
    -------
    int
        Exit status.
    """
    prepare_target(common.output_format, common.output)
    with step(f"response of {settings.cell.cell_name}", 1.0):
        response = receptor_response(settings)
    if common.output is None and common.output_format in (None, OutputFormat.TABLE):
        sys.stdout.write(response_summary(response))
        return 0
    write_tables(response_tables(response), common, main="dose_response")
    if not common.quiet:
        print(response_summary(response), file=sys.stderr, end="")
    return 0
