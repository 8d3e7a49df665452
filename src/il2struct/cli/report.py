"""The command ``report``: measure every entry and write a folder."""

import sys
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from il2struct.cli.options import CommonOptions, OutputFormat, Request
from il2struct.cli.output import BY_SUFFIX, make_folder, write_folder
from il2struct.cli.runner import Finish, each_entry, entry_opener
from il2struct.errors import ParameterError
from il2struct.report.write import ReportFolder
from il2struct.results.study import Study
from il2struct.structure.read import ReadOptions

if TYPE_CHECKING:
    from il2struct.archive import ArchiveSettings, EntryId
    from il2struct.cli.runner import Tables

#: Where a report goes if the user does not say.
DEFAULT_FOLDER: Final = Path("il2struct-report")
#: Seconds that measuring an entry takes beside those of `ReportFolder.seconds`.
ENTRY_S: Final = 3.0


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
    request.check()
    _prepare(folder)
    writer = partial(
        write_folder, output_format=common.output_format or OutputFormat.CSV
    )
    report = ReportFolder(folder, writer)
    if html:
        # Its libraries are loaded by nothing that makes no page.
        from il2struct.report.page.page import PageOptions
        from il2struct.report.page.viewer import find_viewer

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

    def finish() -> None:
        options = ReadOptions(model=common.model, altloc=common.altloc)
        report.finish(request.parameters(), options, between=request.between)

    ending = Finish(work=finish, entry_seconds=ENTRY_S, seconds=report.seconds)
    outcome = each_entry(entries, inside, work, failed, ending)
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
