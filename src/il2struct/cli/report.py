"""The command ``report``: measure every entry and write a folder."""

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from il2struct.cli.options import CommonOptions, OutputFormat, Request
from il2struct.cli.output import write_folder
from il2struct.cli.runner import each_entry, open_named, usage_errors
from il2struct.report.write import ReportFolder
from il2struct.results.study import Study
from il2struct.structure.read import ReadOptions

if TYPE_CHECKING:
    from il2struct.archive import ArchiveSettings, EntryId
    from il2struct.cli.runner import Tables

#: Where a report goes if the user does not say.
DEFAULT_FOLDER: Final = Path("il2struct-report")


def write_report(entries: list[str], common: CommonOptions, request: Request) -> int:
    """
    Measure every entry, write its tables at once, and what spans the entries at the end.

    Parameters
    ----------
    entries : list of str
        As typed.
    common : CommonOptions
    request : Request

    Returns
    -------
    int
        Exit status.
    """
    with usage_errors(common):
        request.check()
    writer = partial(
        write_folder, output_format=common.output_format or OutputFormat.CSV
    )
    report = ReportFolder(common.output or DEFAULT_FOLDER, writer)

    def work(source: "EntryId | Path", settings: "ArchiveSettings") -> "Tables":
        report.add(request.measure(Study(open_named(source, settings, common))))
        return {}

    def failed(name: str, error: Exception) -> "Tables":
        report.failures.append((name, error))
        return {}

    outcome = each_entry(entries, common, work, failed)
    options = ReadOptions(model=common.model, altloc=common.altloc)
    report.finish(request.parameters(), options, between=request.between)
    if not common.quiet:
        print(f"il2struct: report in {report.folder}/summary.md", file=sys.stderr)
    return outcome.status
