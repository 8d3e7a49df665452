"""What a batch does with one entry: the same analysis, in any process, to the same bytes."""

import hashlib
import json
import logging
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from logging.handlers import MemoryHandler
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

from il2struct._version import __version__
from il2struct.archive import (
    ArchiveSettings,
    EntryId,
    StructureFile,
    expand_inputs,
    locate,
)
from il2struct.batches import ANALYSIS_TABLES, NEEDS_REFERENCE, WITH_REFERENCE
from il2struct.batches.records import Outcome, arrow_table, pack
from il2struct.bond_kinds import listed
from il2struct.comparison.overlap import overlap_tables
from il2struct.comparison.tables import comparison_tables
from il2struct.errors import NoCrystalError, ParameterError
from il2struct.interface.complementarity import ScDetail
from il2struct.interface.interface import InterfaceParameters
from il2struct.interface.measure import notes_of
from il2struct.network.membrane.agonists import agonist_table
from il2struct.predicted import predicted_table, read_confidence
from il2struct.results.entry_tables import (
    complex_table,
    entry_table,
    failed_entry_table,
    note_table,
)
from il2struct.results.interfaces import InterfaceResults
from il2struct.results.study import Study
from il2struct.structure.antibodies import numbered_by
from il2struct.structure.family import Family
from il2struct.structure.model import Note
from il2struct.structure.named import NamedEntry, name_entry, read_file
from il2struct.structure.read import ReadOptions
from il2struct.tables import empty_frame
from il2struct.variants import Variant, variant_table

if TYPE_CHECKING:
    import pandas as pd

#: Tables of every batch.
ENTRY_TABLES: Final = ("entries", "chains", "numbering", "complexes", "notes")
#: What needs no interfaces of the chains.
WITHOUT_INTERFACES: Final = frozenset(("overlap", "ligands", "agonists", "lattice"))
#: Tables that `InterfaceResults` has, and as which attribute.
TABLES_OF_RESULTS: Final = {
    "interfaces": "table",
    "residues": "residues",
    "contacts": "contacts",
    "bonds": "bonds",
    "unsatisfied": "unsatisfied",
    "unsatisfied_counts": "unsatisfied_counts",
}
#: Before the name of what all entries are compared with, which may be one of them.
REFERENCE: Final = "reference_"
#: Asked for if nothing is said.
DEFAULT_ANALYSES: Final = ("interfaces", "bonds", "sc", "lattice")


class EntryTask(Protocol):
    """
    What a worker process does with each entry.

    Pickled to the worker when it starts; what it returns is read as a record, never unpickled.
    """

    @property
    def fingerprint(self) -> str:
        """Text that changes with everything that can change an outcome, the file excepted."""

    def warm_up(self) -> None:
        """Load what the work needs, so that it does not count as an entry's time."""

    def __call__(self, source: EntryId | Path) -> bytes:
        """Return the record of an entry, also if it fails."""


def checked_analyses(names: Iterable[str]) -> tuple[str, ...]:
    """
    Put the analyses asked for into their order, each once.

    Examples
    --------
    >>> checked_analyses(["sc", "interfaces"])
    ('interfaces', 'sc')
    """
    asked = set(names)
    unknown = sorted(asked - set(ANALYSIS_TABLES))
    if unknown or not asked:
        raise ParameterError(
            f"a batch does {', '.join(ANALYSIS_TABLES)}, not {', '.join(unknown) or 'nothing'}."
        )
    return tuple(name for name in ANALYSIS_TABLES if name in asked)


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryWork:
    """
    The analysis of one entry.

    Without the analysis ``sc`` it is not scored, whatever the parameters say, and with it at
    least its value is. Chains can be what the shipped family says, if ``family`` is None.
    """

    analyses: tuple[str, ...]
    parameters: InterfaceParameters
    reading: ReadOptions
    archive: ArchiveSettings
    family: Family | None = None
    #: For the analysis of that name, and a complex to compare with.
    variants: tuple[Variant, ...] = ()
    reference: StructureFile | None = None

    def __post_init__(self) -> None:
        asked = frozenset(self.analyses)
        if bool(self.variants) != ("variants" in asked):
            raise ParameterError(
                "a batch takes mutations for the analysis variants, and that none without them."
            )
        lacks = self.reference is None and not asked.isdisjoint(NEEDS_REFERENCE)
        if lacks or (self.reference and asked.isdisjoint(WITH_REFERENCE)):
            raise ParameterError(
                f"a batch takes a reference for {listed(WITH_REFERENCE)}; "
                f"{listed(NEEDS_REFERENCE)} does nothing without one."
            )
        fit = self.parameters.fit
        if "sc" not in self.analyses:
            fit = replace(fit, detail=ScDetail.NONE)
        elif fit.detail is ScDetail.NONE:
            fit = replace(fit, detail=ScDetail.VALUE)
        object.__setattr__(self, "parameters", replace(self.parameters, fit=fit))

    @property
    def tables(self) -> tuple[str, ...]:
        """Names of the tables that it gives."""
        added = [table for name in self.analyses for table in ANALYSIS_TABLES[name]]
        return tuple(dict.fromkeys((*ENTRY_TABLES, *added)))

    @property
    def fingerprint(self) -> str:
        """Checksum of version, analyses and parameters."""
        content = {
            "il2struct": __version__,
            "analyses": self.analyses,
            "parameters": asdict(self.parameters),
            "reading": asdict(self.reading),
            "antibodies": numbered_by(),
        }
        if self.family is not None:
            content["references"] = self.family.sha256
        if self.variants:
            content["variants"] = repr(self.variants)
        if self.reference is not None:
            content["reference"] = self.reference.sha256
        text = json.dumps(content, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()

    def warm_up(self) -> None:
        """Load the compiled kernels, and compile them where that was not done yet."""
        import pyarrow as pa

        from il2struct.kernels.warmup import load_kernels

        pa.set_cpu_count(1)
        load_kernels("interfaces")

    def __call__(self, source: EntryId | Path) -> bytes:
        """Return the record of an entry; of a failure if it cannot be analysed."""
        start = time.perf_counter()
        file: StructureFile | None = None
        with _logged_warnings() as warnings:
            try:
                file = locate(source, self.archive)
                named = name_entry(read_file(file, options=self.reading), self.family)
                tables = entry_tables(named, self)
                name, status = named.entry.entry_id, "ok"
            except Exception as error:  # noqa: BLE001  # a failure is a row; it stops no other entry
                name, status = str(source), "failed"
                tables = {"entries": failed_entry_table(name, error)}
        outcome = Outcome(
            source=str(source),
            entry_id=name,
            status=status,
            path=str(file.path) if file else "",
            sha256=file.sha256 if file else "",
            fingerprint=self.fingerprint,
            messages=tuple(record.getMessage() for record in warnings),
        )
        seconds = time.perf_counter() - start
        tables["entries"] = tables["entries"].assign(seconds=seconds)
        return pack(outcome, {n: arrow_table(n, t) for n, t in tables.items()})


@lru_cache(maxsize=1)
def _measured_reference(
    file: StructureFile,
    reading: ReadOptions,
    family: Family | None,
    parameters: InterfaceParameters,
) -> InterfaceResults:
    """Interfaces of what all entries are compared with, measured once in each process."""
    named = name_entry(read_file(file, options=reading), family)
    name = f"{REFERENCE}{named.entry.entry_id}"
    named = replace(named, entry=replace(named.entry, entry_id=name))
    return Study(named).interfaces(parameters=parameters)


def entry_tables(named: NamedEntry, work: EntryWork) -> dict[str, "pd.DataFrame"]:
    """
    Make the tables that are asked for of one entry, as ``report`` and ``lattice`` do.

    An entry without a crystal has no lattice, which is noted; `NoCrystalError` if nothing else is
    asked for.
    """
    study = Study(named)
    tables: dict[str, pd.DataFrame] = {
        "chains": study.chains,
        "numbering": study.numbering,
        "complexes": complex_table(named),
    }
    results: InterfaceResults | None = None
    reference = None
    if work.reference is not None:
        reference = _measured_reference(
            work.reference, work.reading, work.family, work.parameters
        )
    if not WITHOUT_INTERFACES.issuperset(work.analyses):
        results = study.interfaces(parameters=work.parameters)
        tables |= _tables_of_interfaces(results, work, reference)
    if "overlap" in work.analyses and reference is not None:
        tables |= overlap_tables(
            [named], parameters=work.parameters, reference=reference.named
        )
    if "ligands" in work.analyses:
        tables["ligands"] = study.ligands(parameters=work.parameters)
    if "agonists" in work.analyses:
        tables["agonists"] = agonist_table([named])
    notes = list(notes_of(named, results or ()))
    if "lattice" in work.analyses:
        try:
            lattice = study.lattice(parameters=work.parameters)
        except NoCrystalError as error:
            if work.analyses == ("lattice",):
                raise
            lattice = empty_frame("lattice_contacts")
            entry_id = named.entry.entry_id
            notes.append(Note("lattice", str(error), entry_id, 0))
        tables["lattice_contacts"] = lattice
    n_interfaces = None if results is None else len(results)
    tables["entries"] = entry_table(named, n_interfaces=n_interfaces)
    tables["notes"] = note_table(named.entry.entry_id, notes)
    return {name: tables[name] for name in work.tables}


def _tables_of_interfaces(
    results: InterfaceResults, work: EntryWork, reference: InterfaceResults | None
) -> dict[str, "pd.DataFrame"]:
    tables = {
        name: getattr(results, TABLES_OF_RESULTS[name])
        for name in work.tables
        if name in TABLES_OF_RESULTS
    }
    if "predicted" in work.analyses:
        path = Path(results.named.entry.provenance.path)
        tables["predicted"] = predicted_table(
            results, read_confidence(path), model=str(path), reference=reference
        )
    if "variants" in work.analyses:
        tables["variants"] = variant_table([results], work.variants)
    if "compare" in work.analyses:
        tables |= comparison_tables([results], against=reference)
    return tables


@contextmanager
def _logged_warnings() -> Iterator[list[logging.LogRecord]]:
    """Gather what the package warns of, which a worker cannot show."""
    handler = MemoryHandler(sys.maxsize, flushLevel=sys.maxsize)
    handler.setLevel(logging.WARNING)
    logger = logging.getLogger("il2struct")
    logger.addHandler(handler)
    try:
        yield handler.buffer
    finally:
        logger.removeHandler(handler)


def batch_sources(sources: Iterable[Any]) -> list[EntryId | Path]:
    """
    Read what a user names as entries: ids, files, folders, ``@list.txt``; each once, in order.

    Paths are absolute, so that the results can be gone on with from any folder.
    """
    texts = [str(s.absolute()) if isinstance(s, Path) else str(s) for s in sources]
    return [
        source if isinstance(source, EntryId) else source.absolute()
        for source in expand_inputs(texts).complete()
    ]
