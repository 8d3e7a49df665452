"""Commands for people who change molecules: ``compare``, ``overlap``, ``variants`` and so on."""

import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from il2struct.cli import options
from il2struct.errors import ParameterError

if TYPE_CHECKING:
    from il2struct.cli.runner import Outcome, Tables
    from il2struct.results.study import Study
    from il2struct.structure.named import NamedEntry

logger = logging.getLogger(__name__)


@options.with_options
def compare(
    entries: options.Entries,
    request: Annotated[
        options.Request, options.Offer("between", *options.DEFINITION, "sc")
    ],
    common: options.CommonOptions,
) -> int:
    """
    Say what differs between complexes: DockQ, areas, bonds.

    And which residue pairs are lost and gained. The first complex named is what all others are compared with: entries, copies, models, mutants.
    """
    from il2struct.cli.runner import each_entry
    from il2struct.comparison.tables import compare as compared
    from il2struct.errors import UnknownChainError
    from il2struct.results.interfaces import InterfaceResults

    request.check()
    measured: list[InterfaceResults] = []

    def work(study: "Study") -> None:
        try:
            measured.append(request.measure(study))
            _tell_alone(measured[-1].named)
        except UnknownChainError:
            # Names are those of the first; what corresponds is found and measured later.
            if not measured:
                raise
            measured.append(InterfaceResults(study.named, ()))
            _tell_alone(study.named)

    outcome = each_entry(entries, common, work)
    names = ["compare_similarity", "compare_differences", "compare_pairs"]
    names += ["compare_interfaces", "compare_residues", "compare_bonds", "entries"]

    def tables() -> "Tables":
        found = compared(measured)
        rows = found["compare_similarity"]
        if not len(rows):
            raise ParameterError(
                "compare takes two complexes or more, of one entry or several, and an interface to "
                "compare; name more entries."
            )
        if not rows["n_interfaces"].sum():
            raise ParameterError(
                f"no interface of {rows['reference'].iloc[0]} is in another complex: their chains "
                "have no common role and share less than 90 % of their residues."
            )
        return found

    return _joined(outcome, common, names, tables if measured else None)


@options.with_options
def overlap(
    entries: options.Entries,
    request: Annotated[options.Request, options.Offer(*options.DEFINITION)],
    common: options.CommonOptions,
) -> int:
    """
    Say who blocks whom: shared sites and collisions.

    Those of all partners of each protein, antibodies and ligands included.
    """
    from il2struct.cli.runner import each_entry
    from il2struct.comparison.overlap import overlap_tables
    from il2struct.structure.ligands import with_ligands

    request.check()
    opened: list[NamedEntry] = []

    def work(study: "Study") -> None:
        opened.append(with_ligands(study.named))
        _tell_alone(opened[-1])

    outcome = each_entry(entries, common, work)
    names = ["overlap", "overlap_copies", "overlap_sites", "entries"]

    def tables() -> "Tables":
        return overlap_tables(opened, parameters=request.parameters())

    return _joined(outcome, common, names, tables if opened else None)


@options.with_options
def agonists(entries: options.Entries, common: options.CommonOptions) -> int:
    """
    Describe how each complex holds two receptors.

    Their distance at the membrane, angle, twist and lean.
    """
    from il2struct.cli.runner import each_entry
    from il2struct.network.membrane.agonists import NO_PAIR, agonist_table

    opened: list[NamedEntry] = []
    outcome = each_entry(entries, common, lambda study: opened.append(study.named))

    def tables() -> "Tables":
        found = agonist_table(opened)
        if not len(found):
            raise ParameterError(NO_PAIR)
        return {"agonists": found}

    names = ["agonists", "entries"]
    return _joined(outcome, common, names, tables if opened else None)


@options.with_options
def variants(
    request: Annotated[
        options.Request, options.Offer("between", *options.DEFINITION, "sc")
    ],
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[TABLE] ENTRY",
            help="Tables of variants (.tsv, .csv: name, protein, mutations; or muteins for published IL-2), and PDB ids or files.",
            show_default=False,
        ),
    ] = None,
    *,
    on: Annotated[
        list[str] | None,
        typer.Option(
            help="One more entry, instead of behind the tables; may be given several times.",
            metavar="ENTRY",
        ),
    ] = None,
    mutations: options.Mutations = None,
    lattice: Annotated[
        bool,
        typer.Option(
            "--lattice", help="Contacts of the crystal as well, where they are touched."
        ),
    ] = False,
    common: options.CommonOptions,
) -> int:
    """
    Say what mutations touch, and what they take away.

    In every interface: area, contacts and bonds that the side chains hold.
    """
    from il2struct.cli.runner import each_entry, finished
    from il2struct.tables import joined
    from il2struct.variants import (
        is_table,
        lattice_variant_table,
        listed_variants,
        variant_table,
    )

    request.check()
    words = [*(on or []), *(words or [])]
    tables = [word for word in words if is_table(word)]
    entries = [word for word in words if not is_table(word)]
    asked = listed_variants([*tables, *(mutations or [])], family=common.family)
    if not asked:
        raise ParameterError(
            "no variant is given; name a table of variants, or --mutations IL2:F42A,Y45A."
        )
    if not entries:
        raise ParameterError("no entry is given; name PDB ids or files to look at.")

    def work(study: "Study") -> "Tables":
        results = request.measure(study)
        parts = [{"variants": variant_table([results], asked)}]
        if lattice:
            found = lattice_variant_table(
                study.named, asked, parameters=request.parameters()
            )
            parts.append({"variants": found})
        return {"variants": joined("variants", parts)}

    outcome = each_entry(entries, common, work)
    return finished(outcome, common, ["variants", "entries"])


@options.with_options
def unsatisfied(
    entries: options.Entries,
    request: Annotated[options.Request, options.Offer("between", *options.DEFINITION)],
    common: options.CommonOptions,
) -> int:
    """List and count polar atoms buried without a hydrogen bond."""
    from il2struct.cli.runner import each_entry, finished, tell_no_interface

    request.check()

    def work(study: "Study") -> "Tables":
        results = request.measure(study)
        tell_no_interface(results)
        return {
            "chains": study.chains,
            "unsatisfied": results.unsatisfied,
            "unsatisfied_counts": results.unsatisfied_counts,
        }

    outcome = each_entry(entries, common, work)
    names = ["unsatisfied", "unsatisfied_counts", "entries"]
    return finished(outcome, common, names)


@options.with_options
def ligands(
    entries: options.Entries,
    request: Annotated[options.Request, options.Offer(*options.DEFINITION)],
    common: options.CommonOptions,
) -> int:
    """
    List small molecules and ions, and what they touch.

    What crystallisation adds is told apart.
    """
    from il2struct.cli.runner import each_entry, finished

    request.check()
    parameters = request.parameters()

    def work(study: "Study") -> "Tables":
        table = study.ligands(parameters=parameters)
        if not len(table):  # an empty table does not tell why
            logger.warning("%s has no small molecule and no ion.", study.entry.entry_id)
        return {"chains": study.chains, "ligands": table}

    outcome = each_entry(entries, common, work)
    return finished(outcome, common, ["ligands", "entries"])


@options.with_options
def predicted(
    entries: options.Entries,
    request: Annotated[
        options.Request, options.Offer("between", *options.DEFINITION, "sc")
    ],
    *,
    reference: options.Reference = None,
    common: options.CommonOptions,
) -> int:
    """
    Score predicted complexes: ipSAE, PAE, pLDDT, ipTM, DockQ.

    Area and bonds stand beside them. Models of Boltz, AlphaFold 2 and 3, ColabFold and Chai with their files of confidence; the table
    is sorted by ipSAE.
    """
    from il2struct.archive.files import has_structure_suffix
    from il2struct.cli.runner import archive_settings, each_entry
    from il2struct.predicted import predicted_table, ranked, read_confidence
    from il2struct.results.study import Opener
    from il2struct.structure.read import ReadOptions

    request.check()
    native = None
    if reference is not None:
        opener = Opener(archive_settings(common), ReadOptions(), common.family)
        native = opener(reference).interfaces()

    def work(study: "Study") -> "Tables":
        path = Path(study.entry.provenance.path)
        confidence = read_confidence(path)
        if not confidence.program:
            logger.warning("%s has no file of confidence beside it", path.name)
        results = request.measure(study)
        table = predicted_table(results, confidence, model=str(path), reference=native)
        return {"predicted": table}

    models_of = {
        word: [str(p) for p in sorted(Path(word).rglob("*")) if has_structure_suffix(p)]
        for word in entries
    }
    # The models of a folder stand in its place, those of folders in it as well.
    files = [file for word in entries for file in models_of[word] or [word]]
    outcome = each_entry(files, common, work)
    models = [part["predicted"] for part in outcome.tables if "predicted" in part]

    def tables() -> "Tables":
        return {"predicted": ranked(models)}

    return _joined(
        outcome, common, ["predicted", "entries"], tables if models else None
    )


def _tell_alone(named: "NamedEntry") -> None:
    """Say that an entry adds nothing to a comparison of complexes."""
    if all(len(complex_.members) == 1 for complex_ in named.complexes):
        logger.warning(
            "%s holds no complex of chains and is not compared", named.entry.entry_id
        )


def _joined(
    outcome: "Outcome",
    common: options.CommonOptions,
    names: Sequence[str],
    tables: "Callable[[], Tables] | None",
) -> int:
    """Write what is made of all entries at the end, None if none could be opened, and failures."""
    from il2struct.cli.runner import finished
    from il2struct.progress import step

    failures = [part for part in outcome.tables if set(part) == {"entries"}]
    outcome.tables[:] = failures
    if tables is not None:
        with step("comparing", 1.0):
            outcome.tables.append(tables())
    return finished(outcome, common, names)
