"""The command ``report``: measure every entry and write a folder."""

import sys
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from il2struct.cli.options import CommonOptions, OutputFormat, Request
from il2struct.cli.output import BY_SUFFIX, make_folder, write_folder
from il2struct.cli.runner import each_entry, entry_opener, usage_errors
from il2struct.errors import ParameterError
from il2struct.progress import progress_bar
from il2struct.report.page.page import PageOptions
from il2struct.report.page.viewer import find_viewer
from il2struct.report.write import ReportFolder
from il2struct.results.study import Study
from il2struct.structure.read import ReadOptions

if TYPE_CHECKING:
    from il2struct.archive import ArchiveSettings, EntryId
    from il2struct.cli.runner import Tables

#: Where a report goes if the user does not say.
DEFAULT_FOLDER: Final = Path("il2struct-report")
#: Part of the time of a report with figures that measuring takes (measured on 2ERJ and 2B5I).
MEASURED_SHARE: Final = 0.3


def write_report(
    entries: list[str],
    common: CommonOptions,
    request: Request,
    *,
    html: bool,
    figures: bool,
) -> int:
    """
    Measure every entry, write its tables at once, and what spans the entries at the end.

    Parameters
    ----------
    entries : list of str
        As typed.
    common : CommonOptions
    request : Request
    html : bool
        Whether to write the page ``report.html`` too.
    figures : bool
        Whether it has figures.

    Returns
    -------
    int
        Exit status.
    """
    folder = common.output or DEFAULT_FOLDER
    with usage_errors(common):
        request.check()
        _prepare(folder)
    writer = partial(
        write_folder, output_format=common.output_format or OutputFormat.CSV
    )
    report = ReportFolder(folder, writer)
    if html:
        viewer = find_viewer(offline=common.offline)
        report.page = PageOptions(viewer=viewer, has_figures=figures)
    opened = entry_opener(common)

    # The format is that of the files in the folder, which is made already.
    inside = replace(common, output=folder)

    def work(source: "EntryId | Path", settings: "ArchiveSettings") -> "Tables":
        report.add(request.measure(Study(opened(source, settings))))
        return {}

    def failed(name: str, error: Exception) -> "Tables":
        report.failures.append((name, error))
        return {}

    options = ReadOptions(model=common.model, altloc=common.altloc)
    # The page takes longer than all the measuring, most of it for figures.
    share = MEASURED_SHARE if html and figures else 0.9
    with progress_bar(quiet=common.quiet) as progress:
        with progress.step("measuring", share) as measuring:
            outcome = each_entry(entries, inside, work, failed, progress=measuring)
        with progress.step("writing", 1.0 - share) as report.progress:
            report.finish(request.parameters(), options, between=request.between)
    if not common.quiet:
        page = f" and {report.folder}/report.html" if html else ""
        print(f"il2struct: report in {report.folder}/summary.md{page}", file=sys.stderr)
    return outcome.status


def _prepare(folder: Path) -> None:
    if folder.suffix.lower() in BY_SUFFIX:
        raise ParameterError(
            f"report writes a folder of files, not {folder.name}; name a folder with -o."
        )
    make_folder(folder)
