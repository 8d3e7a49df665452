"""A report on disk: a folder an entry, what spans them beside, provenance, a page of it all."""

import json
import logging
import platform
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from il2struct import escape
from il2struct._version import __version__
from il2struct.comparison.overlap import overlap_tables
from il2struct.comparison.tables import compare
from il2struct.errors import Il2StructError, ParameterError
from il2struct.interface.complementarity import ScDetail
from il2struct.interface.interface import InterfaceParameters
from il2struct.network.membrane.agonists import agonist_table
from il2struct.predicted import predicted_table, ranked, read_confidence
from il2struct.progress import step
from il2struct.report.summary import summary
from il2struct.results.entry_tables import distinct_name, failed_entry_table
from il2struct.results.interfaces import InterfaceResults
from il2struct.results.study import Study
from il2struct.results.text import write_text
from il2struct.structure import alignment, complexes, roles
from il2struct.structure.ligands import is_ligand_name
from il2struct.structure.named import NamedEntry
from il2struct.structure.read import ReadOptions
from il2struct.tables import joined
from il2struct.variants import PUBLISHED, read_variants, variant_table

if TYPE_CHECKING:
    import pandas as pd

    from il2struct.network.evidence.study import NetworkStudy
    from il2struct.report.page.page import PageOptions

logger = logging.getLogger(__name__)

#: Writes named tables into a folder; the caller knows the format.
TableWriter = Callable[[Mapping[str, "pd.DataFrame"], Path], None]

#: Share of the tables in all the work on an entry.
TABLES: Final = 0.05
#: Seconds that the comparison takes beside those of a page.
COMPARISON_S: Final = 0.4
#: And those that weighing an entry's lattice takes.
NETWORK_S: Final = 8.0
#: Libraries whose version can change a number.
LIBRARIES: Final = ("biopython", "gemmi", "numba", "numpy", "pandas", "scipy")


@dataclass(slots=True)
class ReportFolder:
    """A report that grows entry by entry and is finished once."""

    #: Where it goes.
    folder: Path
    #: Writes tables into a folder.
    write_tables: TableWriter
    #: How ``report.html`` is made; None for no page.
    page: "PageOptions | None" = None
    #: Whether the page weighs lattice contacts of γc as a network, as `network` does.
    has_network: bool = False
    #: Entries added so far.
    measured: list[InterfaceResults] = field(default_factory=list)
    #: Entries that failed.
    failures: list[tuple[str, Exception]] = field(default_factory=list)
    _taken: set[str] = field(default_factory=set)

    def add(self, results: InterfaceResults) -> Path:
        """
        Write the tables of one entry into a folder of its own, and return the folder.

        A second file of the same entry gets a number behind its name.
        """
        name = distinct_name(
            escape.folder_name(results.named.entry.entry_id), self._taken
        )
        self._taken.add(name)
        folder = self.folder / name
        with step("tables", TABLES):
            self.write_tables({**results.entry_tables, **results.tables()}, folder)
        self.measured.append(results)
        return folder

    def seconds(self, n_entries: int) -> float:
        """Estimate how long `finish` takes after so many entries."""
        network_s = NETWORK_S * n_entries if self.has_network else 0.0
        if self.page is None:
            return COMPARISON_S + network_s
        from il2struct.report.page.page import page_seconds

        return COMPARISON_S + network_s + page_seconds(n_entries, self.page)

    def _studies(self, parameters: InterfaceParameters) -> "tuple[NetworkStudy, ...]":
        """Study the crystals that hold both roles of the first pair, γc and α."""
        from il2struct.network import DEFAULT_PAIRS
        from il2struct.network.evidence.study import network_studies

        crystals = [
            results.named
            for results in self.measured
            if results.named.entry.crystal is not None
            and set(DEFAULT_PAIRS[0]) <= set(results.named.role_of.values())
        ]
        if not crystals:
            roles = " and ".join(DEFAULT_PAIRS[0])
            logger.warning("no study of the network: no crystal here holds %s", roles)
            return ()
        # Line 3 needs the fit; its error is worked out for the contact asked about only.
        fit = replace(parameters.fit, detail=ScDetail.VALUE)
        try:
            return network_studies(crystals, parameters=replace(parameters, fit=fit))
        except Il2StructError as error:  # a cell that makes no lattice
            logger.warning("no study of the network: %s", error)
            return ()

    def finish(
        self,
        parameters: InterfaceParameters,
        options: ReadOptions,
        *,
        between: str | None,
    ) -> None:
        """
        Write the comparison, the list of entries, the summary, the provenance and the page.

        The arguments are what defined the interfaces, what was chosen on reading, and the groups
        chosen by hand.
        """
        import pandas as pd

        n_entries = len(self.measured)
        comparison = COMPARISON_S / self.seconds(n_entries)
        network = self.has_network * NETWORK_S * n_entries / self.seconds(n_entries)
        studies: tuple[NetworkStudy, ...] = ()
        if self.has_network:
            with step("network", network):
                studies = self._studies(parameters)
        with step("comparison", comparison):
            rows = [
                *(results.entry_tables["entries"] for results in self.measured),
                *(failed_entry_table(name, error) for name, error in self.failures),
            ]
            entries = pd.concat(rows, ignore_index=True)
            tables = {"entries": entries, **run_tables(self.measured, parameters)}
            if studies:
                from il2struct.network.evidence.study import evidence_tables

                tables["evidence"] = evidence_tables(studies)["evidence"]
            self.write_tables(tables, self.folder)
            failures = [(name, str(error)) for name, error in self.failures]
            text = summary(self.measured, failures, tables, parameters)
            write_text(text, self.folder / "summary.md")
            named = [results.named for results in self.measured]
            content = provenance(named, parameters, options, between=between)
            write_provenance(content, self.folder / "provenance.json")
        if self.page is not None:
            from il2struct.report.page.page import RunContent, report_page

            run = RunContent(
                results=self.measured,
                parameters=parameters,
                tables=tables,
                summary=text,
                studies=studies,
            )
            with step("", 1.0 - comparison - network):
                write_text(report_page(run, self.page), self.folder / "report.html")


def run_tables(
    measured: Sequence[InterfaceResults], parameters: InterfaceParameters
) -> dict[str, "pd.DataFrame"]:
    """Compare the entries, and ask what `views.SECTIONS` tell of them; these only if they have rows."""
    entries = [results.named for results in measured]
    told: dict[str, pd.DataFrame] = {}
    if len(entries) > 1:
        with _goes_on(), suppress(ParameterError):  # no protein has two partners
            told |= overlap_tables(entries, parameters=parameters)
    with _goes_on():
        published = read_variants(Path(PUBLISHED))
        told["variants"] = variant_table(_with_il2(measured), published)
    with _goes_on():
        told["agonists"] = agonist_table(entries)
    of_entries: list[dict[str, pd.DataFrame]] = []
    predictions: list[pd.DataFrame] = []
    for results in measured:
        of_entries.append({"unsatisfied_counts": results.unsatisfied_counts})
        # Those that --between names stand among the interfaces.
        if not any(map(is_ligand_name, results.named.role_of)):
            with _goes_on():
                ligands = Study(results.named).ligands(parameters=parameters)
                of_entries.append({"ligands": ligands})
        with _goes_on():
            path = Path(results.named.entry.provenance.path)
            confidence = read_confidence(path)
            if confidence.program:
                table = predicted_table(results, confidence, model=str(path))
                predictions.append(table)
    told |= {
        name: joined(name, of_entries) for name in ("ligands", "unsatisfied_counts")
    }
    told["predicted"] = ranked(predictions)
    return {
        **compare(measured),
        **{name: table for name, table in told.items() if len(table)},
    }


@contextmanager
def _goes_on() -> Iterator[None]:
    """Say what cannot be told; the report goes on without it."""
    try:
        yield
    except Il2StructError as error:
        logger.warning("%s", error)


def _with_il2(measured: Iterable[InterfaceResults]) -> list[InterfaceResults]:
    """Interfaces of the first complex of each entry that has IL-2: copies say the same again."""
    chosen = []
    for results in measured:
        own = [i for i in results if "IL2" in {side.role for side in i.sides}]
        if own:
            first = tuple(i for i in own if i.complex_id == own[0].complex_id)
            chosen.append(replace(results, items=first))
    return chosen


def provenance(
    entries: Sequence[NamedEntry],
    parameters: InterfaceParameters,
    options: ReadOptions,
    *,
    between: str | None,
) -> dict[str, Any]:
    """
    Gather what a reader needs to get the same numbers again.

    Versions, every parameter (what defined the interfaces, what was chosen on reading, the groups
    chosen by hand), and checksum and revision of every file.
    """
    families = {named.family.path: named.family.sha256 for named in entries}
    of_alignment = (
        *("MIN_IDENTITY", "MIN_COVERAGE", "MIN_ALIGNED"),
        *("GAP_OPEN", "GAP_EXTEND"),
    )
    return {
        "il2struct": __version__,
        "python": platform.python_version(),
        "libraries": {name: metadata.version(name) for name in LIBRARIES},
        "created_utc": datetime.now(UTC).isoformat(timespec="seconds"),
        "parameters": {
            "reading": asdict(options),
            "roles": {
                **_constants(alignment, of_alignment),
                **_constants(roles, ("MIN_SPECIES_IDENTITY",)),
            },
            "complexes": _constants(
                complexes, ("MIN_BOUND_PAIRS", "AMBIGUOUS_FRACTION")
            ),
            # Family files of the user; none for the shipped family.
            "references": [
                {"path": path, "sha256": sum_}
                for path, sum_ in families.items()
                if path
            ],
            "between": between,
            "interfaces": asdict(parameters),
        },
        "files": [
            {"entry_id": named.entry.entry_id, **asdict(named.entry.provenance)}
            for named in entries
        ],
    }


def _constants(module: object, names: Sequence[str]) -> dict[str, Any]:
    return {name.lower(): getattr(module, name) for name in names}


def write_provenance(content: Mapping[str, Any], path: Path) -> None:
    """Write what `provenance` gathered as JSON."""
    write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", path)
