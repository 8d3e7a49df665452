"""The commands ``network`` and ``response``."""

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from il2struct.cli.options import CommonOptions, OutputFormat, Request
from il2struct.cli.output import make_folder, write_folder, write_tables
from il2struct.cli.runner import each_entry, entry_opener, usage_errors
from il2struct.errors import ParameterError
from il2struct.lattice.operators import require_crystal
from il2struct.network.response import receptor_response
from il2struct.network.study import network_study
from il2struct.report.network_summary import network_summary, response_summary
from il2struct.report.network_tables import evidence_tables, response_tables
from il2struct.results.lattice_tables import lattice_tables
from il2struct.structure.roles import Role

if TYPE_CHECKING:
    from il2struct.archive import ArchiveSettings, EntryId
    from il2struct.cli.runner import Tables
    from il2struct.network.dose_response import ResponseSettings
    from il2struct.pipeline import NamedEntry

#: Where the study goes if the user does not say.
DEFAULT_FOLDER: Final = Path("il2struct-network")


def role_pair(text: str) -> tuple[Role, Role]:
    """
    Read a pair of roles.

    Parameters
    ----------
    text : str
        ``"IL2RG/IL2RA"``.

    Raises
    ------
    ParameterError
        If it is not two known roles.
    """
    known = {role.value: role for role in Role if role is not Role.UNKNOWN}
    names = text.upper().split("/")
    if len(names) != 2 or any(name not in known for name in names):
        raise ParameterError(
            f"--pair takes two of {', '.join(known)}, such as IL2RG/IL2RA, not {text!r}."
        )
    return known[names[0]], known[names[1]]


def run_network(
    entries: list[str], common: CommonOptions, request: Request, *, pair: str
) -> int:
    """
    Ask whether a lattice contact of two roles could be a network, and write what was found.

    Parameters
    ----------
    entries : list of str
        As typed.
    common : CommonOptions
    request : Request
        Cut-off, probe and preset.
    pair : str
        Roles, as for `role_pair`.

    Returns
    -------
    int
        Exit status.
    """
    folder = common.output or DEFAULT_FOLDER
    with usage_errors(common):
        request.check()
        roles = role_pair(pair)
        make_folder(folder)
    found: list[NamedEntry] = []
    opened = entry_opener(common)

    def work(source: "EntryId | Path", settings: "ArchiveSettings") -> "Tables":
        named = opened(source, settings)
        require_crystal(named.entry)
        found.append(named)
        return {}

    outcome = each_entry(entries, common, work, lambda _name, _error: {})
    if not found:
        return outcome.status
    study = network_study(found, roles=roles, parameters=request.parameters())
    writer = partial(
        write_folder, output_format=common.output_format or OutputFormat.CSV
    )
    per_entry = {
        named.entry.entry_id: (
            named,
            [
                m
                for found_class in study.classes
                for m in found_class.members
                if m.named is named
            ],
        )
        for named in found
    }
    writer(
        {**evidence_tables(study), **lattice_tables(per_entry, study.classes)}, folder
    )
    text = network_summary(study)
    (folder / "network.md").write_text(
        text, encoding="utf-8", errors="backslashreplace"
    )
    if not common.quiet:
        print(f"il2struct: study in {folder}/network.md", file=sys.stderr)
    return outcome.status


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
    response = receptor_response(settings)
    if common.output is None and common.output_format in (None, OutputFormat.TABLE):
        sys.stdout.write(response_summary(response))
        return 0
    write_tables(
        response_tables(response),
        main="dose_response",
        output_format=common.output_format,
        output=common.output,
    )
    if not common.quiet:
        print(response_summary(response), file=sys.stderr, end="")
    return 0
