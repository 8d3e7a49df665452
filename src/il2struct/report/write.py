"""A report folder: one folder an entry, and what spans them beside, a page of it all included."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from il2struct.interface.interface import InterfaceParameters
from il2struct.progress import step
from il2struct.report.page.page import (
    PageOptions,
    RunContent,
    page_seconds,
    report_page,
)
from il2struct.report.provenance import provenance, write_provenance
from il2struct.report.summary import summary
from il2struct.results.compare import compare
from il2struct.results.entry_tables import (
    distinct_name,
    entry_table,
    failed_entry_table,
)
from il2struct.results.interfaces import InterfaceResults
from il2struct.results.study import Study
from il2struct.structure.read import ReadOptions

if TYPE_CHECKING:
    import pandas as pd

#: Writes named tables into a folder; the caller knows the format.
TableWriter = Callable[[Mapping[str, "pd.DataFrame"], Path], None]

#: Share of the tables in all the work on an entry.
TABLES: Final = 0.05
#: Seconds that the comparison takes beside those of a page.
COMPARISON_S: Final = 0.4


@dataclass(slots=True)
class ReportFolder:
    """
    A report that grows entry by entry and is finished once.

    Attributes
    ----------
    folder : path
        Where it goes.
    write_tables : callable
        Writes tables into a folder.
    measured : list of InterfaceResults
        Entries added so far.
    failures : list of (str, Exception)
        Entries that failed.
    page : PageOptions or None
        How ``report.html`` is made; None for no page.
    """

    folder: Path
    write_tables: TableWriter
    page: PageOptions | None = None
    measured: list[InterfaceResults] = field(default_factory=list)
    failures: list[tuple[str, Exception]] = field(default_factory=list)
    _taken: set[str] = field(default_factory=set)

    def add(self, results: InterfaceResults) -> Path:
        """
        Write the tables of one entry into a folder of its own.

        Parameters
        ----------
        results : InterfaceResults

        Returns
        -------
        path
            The folder; a second file of the same entry gets a number behind its name.
        """
        name = distinct_name(_file_name(results.named.entry.entry_id), self._taken)
        self._taken.add(name)
        folder = self.folder / name
        with step("tables", TABLES):
            entry = entry_table(results.named, n_interfaces=len(results))
            tables = {
                **Study(results.named).tables(),
                "entries": entry,
                **results.tables(),
            }
            self.write_tables(tables, folder)
        self.measured.append(results)
        return folder

    def seconds(self, n_entries: int) -> float:
        """
        Estimate how long `finish` takes after so many entries.

        Parameters
        ----------
        n_entries : int
        """
        page_s = page_seconds(n_entries, self.page) if self.page else 0.0
        return COMPARISON_S + page_s

    def finish(
        self,
        parameters: InterfaceParameters,
        options: ReadOptions,
        *,
        between: str | None,
    ) -> None:
        """
        Write the comparison, the list of entries, the summary, the provenance and the page.

        Parameters
        ----------
        parameters : InterfaceParameters
            What defined the interfaces.
        options : ReadOptions
            What was chosen on reading.
        between : str or None
            Groups chosen by hand.
        """
        comparison = COMPARISON_S / self.seconds(len(self.measured))
        with step("comparison", comparison):
            tables = {"entries": self._entries(), **compare(self.measured)}
            self.write_tables(tables, self.folder)
            failures = [(name, str(error)) for name, error in self.failures]
            text = summary(self.measured, failures, tables, parameters)
            self._write("summary.md", text)
            named = [results.named for results in self.measured]
            content = provenance(named, parameters, options, between=between)
            write_provenance(content, self.folder / "provenance.json")
        if self.page is not None:
            run = RunContent(
                results=self.measured,
                parameters=parameters,
                tables=tables,
                summary=text,
            )
            with step("", 1.0 - comparison):
                self._write("report.html", report_page(run, self.page))

    def _write(self, name: str, text: str) -> None:
        # Names of files may hold bytes that are no text.
        (self.folder / name).write_text(
            text, encoding="utf-8", errors="backslashreplace"
        )

    def _entries(self) -> "pd.DataFrame":
        import pandas as pd

        rows: Sequence[pd.DataFrame] = [
            *(entry_table(r.named, n_interfaces=len(r)) for r in self.measured),
            *(failed_entry_table(name, error) for name, error in self.failures),
        ]
        return pd.concat(rows, ignore_index=True)


def _file_name(entry_id: str) -> str:
    """
    Entry id as a folder name.

    Nothing that could lead out of the report's folder, and no dot, so that it is never the name
    of a file that the report writes beside it.
    """
    return "".join(c if c.isalnum() or c in "-_" else "_" for c in entry_id) or "entry"
