"""The program ``il2struct``: its commands, and those that write tables of entries."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
from typer.core import TyperCommand

from il2struct._version import __version__
from il2struct.cli import options
from il2struct.cli.batch import batch, trajectory
from il2struct.cli.crystal import lattice, network, patch, response
from il2struct.cli.engineering import (
    agonists,
    compare,
    ligands,
    overlap,
    predicted,
    unsatisfied,
    variants,
)
from il2struct.cli.folders import figures, report, scene
from il2struct.errors import ParameterError

if TYPE_CHECKING:
    from il2struct.archive import EntryId
    from il2struct.cli.runner import Tables
    from il2struct.results.interfaces import InterfaceResults
    from il2struct.results.study import Study


class _Command(TyperCommand):
    """A command whose help names arguments without their type in Python."""

    def format_options(self, *args: Any, **options: Any) -> None:  # noqa: ANN401  # as typer's own
        for argument in self.params:
            if argument.param_type_name == "argument":
                # typer has no public way.
                argument.display_type_rich = _no_type  # type: ignore[attr-defined]
        super().format_options(*args, **options)


def _no_type(**_: object) -> None:
    return None


app = typer.Typer(
    help="Structural analysis of the interleukin-2 receptor.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    epilog="Exit status: 0 all done, 1 all failed, 2 wrong usage, 3 some entries failed. "
    "Documentation: il2struct docs.",
)

#: Tables that say what an entry is, behind those of a measurement.
ENTRY_TABLES: Final = ("complexes", "entries", "notes")


def _show_version(value: bool) -> None:
    if value:
        typer.echo(f"il2struct {__version__}")
        raise typer.Exit


@app.callback()
def program(
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            callback=_show_version,
            is_eager=True,
            help="Show the version and stop.",
        ),
    ] = False,
) -> None:
    """Structural analysis of the interleukin-2 receptor."""


@options.with_options
def fetch(
    entries: options.Entries, common: Annotated[options.CommonOptions, options.FOUND]
) -> int:
    """Bring entries here, or say where they already are."""
    from il2struct.archive import expand_inputs, locate
    from il2struct.cli.runner import archive_settings, each_source, finished
    from il2struct.progress import step
    from il2struct.results.entry_tables import failed_file_table, file_table

    settings = archive_settings(common)

    def work(source: "EntryId | Path") -> "Tables":
        with step("finding the file", 1.0):
            return {"files": file_table(locate(source, settings))}

    def failed(name: str, error: Exception) -> "Tables":
        return {"files": failed_file_table(name, error)}

    inputs = expand_inputs(entries)
    outcome = each_source(inputs, common, work, failed, main="files", job=None)
    return finished(outcome, common, ["files"])


@options.with_options
def roles(entries: options.Entries, common: options.CommonOptions) -> int:
    """Say which chain is what, with mutations, tags and gaps."""
    from il2struct.cli.runner import each_entry, finished

    def work(study: "Study") -> "Tables":
        return {**study.tables(), "notes": study.notes}

    outcome = each_entry(entries, common, work, main="chains", job=None)
    return finished(outcome, common, ["chains", "numbering", *ENTRY_TABLES])


@options.with_options
def interfaces(
    entries: options.Entries,
    request: Annotated[
        options.Request, options.Offer("between", *options.DEFINITION, "sc")
    ],
    common: options.CommonOptions,
) -> int:
    """Measure every interface: area, residues, contacts, bonds."""
    names = ["interfaces", "residues", "contacts", "bonds", *ENTRY_TABLES]
    return _measure(entries, request, common, names, lambda results: results.tables())


@options.with_options
def residues(
    entries: options.Entries,
    request: Annotated[options.Request, options.Offer("between", *options.DEFINITION)],
    common: options.CommonOptions,
) -> int:
    """List interface residues: burial, rank, class and bonds."""

    def tables(results: "InterfaceResults") -> "Tables":
        is_interface = results.residues["is_interface"].to_numpy(bool)
        return {"residues": results.residues[is_interface], "notes": results.notes}

    return _measure(entries, request, common, ["residues", *ENTRY_TABLES], tables)


@options.with_options
def bonds(
    entries: options.Entries,
    request: Annotated[options.Request, options.Offer("between", "preset")],
    *,
    concordance: Annotated[
        bool,
        typer.Option(
            "--concordance",
            help="Say of each hydrogen bond which presets find it: the main table then.",
        ),
    ] = False,
    common: options.CommonOptions,
) -> int:
    """List every bond across every interface by atom pair."""

    def tables(results: "InterfaceResults") -> "Tables":
        agreed = {"concordance": results.concordance()} if concordance else {}
        return agreed | {
            "bonds": results.bonds,
            "interfaces": results.table,
            "notes": results.notes,
        }

    # The first is what a terminal shows; bonds alone would hide what was asked for.
    first = ["concordance"] if concordance else []
    names = [*first, "bonds", "interfaces", *ENTRY_TABLES]
    return _measure(entries, request, common, names, tables)


@options.with_options
def sc(
    entries: options.Entries,
    request: Annotated[
        options.Request,
        options.Offer("between", "dot_density_per_a2", "sc_probe_radius_a"),
    ],
    *,
    dots: Annotated[
        Path | None,
        typer.Option(
            help="Folder for the dots (PLY, PyMOL) and atoms coloured by score (mmCIF)."
        ),
    ] = None,
    common: options.CommonOptions,
) -> int:
    """Score shape complementarity, with its error."""
    from il2struct.cli.output import make_folder

    if dots is not None:
        make_folder(dots)

    def tables(results: "InterfaceResults") -> "Tables":
        if dots is not None:
            results.write_dots(dots)
        return {
            "interfaces": results.table,
            "sc_residues": results.sc_residues,
            "sc_atoms": results.sc_atoms,
            "notes": results.notes,
        }

    request = replace(request, sc="error")
    names = ["interfaces", "sc_residues", "sc_atoms", "entries", "notes"]
    return _measure(entries, request, common, names, tables, view="sc")


def _measure(
    entries: list[str],
    request: options.Request,
    common: options.CommonOptions,
    names: list[str],
    tables_of: "Callable[[InterfaceResults], Tables]",
    view: str | None = None,
) -> int:
    """Measure interfaces of every entry and write the tables named, the first as the main one."""
    from il2struct.cli.runner import each_entry, finished, tell_no_interface
    from il2struct.results import entry_tables

    request.check()

    def work(study: "Study") -> "Tables":
        results = request.measure(study)
        tell_no_interface(results)
        # Of the entry as it is, not as the interfaces may divide it.
        entry = entry_tables.tables_of(study.named, n_interfaces=len(results))
        return {**entry, **tables_of(results)}

    outcome = each_entry(entries, common, work, main=names[0])
    return finished(outcome, common, names, view=view)


@options.with_options
def tables(
    folder: Annotated[
        Path | None,
        typer.Argument(metavar="FOLDER", help="What il2struct batch wrote."),
    ] = None,
    *,
    sql: Annotated[
        str | None,
        typer.Option(
            help="Query in DuckDB's SQL; tables have the names that il2struct docs tables lists "
            "[default: list the tables]."
        ),
    ] = None,
    describe: Annotated[
        str | None,
        typer.Option(
            metavar="TABLE",
            help="Say what the columns of a table mean; takes no FOLDER.",
        ),
    ] = None,
    common: Annotated[options.CommonOptions, options.PRINTED],
) -> int:
    """Query the tables of a batch with SQL, or list them."""
    from il2struct.cli.output import prepare_target, write_tables
    from il2struct.progress import step

    prepare_target(common.output_format, common.output)
    if describe is not None:
        from il2struct.tables import described

        if folder is not None or sql is not None:
            raise ParameterError("--describe stands alone, without FOLDER or --sql.")
        name, table = "columns", described(describe)
    elif folder is None:
        raise ParameterError("name the FOLDER of a batch, or a table with --describe.")
    else:
        from il2struct.batches.store import count_rows, query

        if sql is None:
            with step(f"counting rows in {folder}", 1.0):
                name, table = "tables", count_rows(folder)
        else:
            with step(f"asking {folder}", 1.0):
                name, table = "query", query(folder, sql)
    write_tables({name: table}, common, main=name)
    return 0


def docs(
    page: Annotated[
        str | None,
        typer.Argument(
            metavar="PAGE", help="Page to print, such as tables [default: list them]."
        ),
    ] = None,
) -> None:
    """List the pages of the documentation, or print one."""
    # In the installed package, or beside src/ in a checkout.
    package = Path(str(resources.files("il2struct")))
    inside = package / "docs"
    folder = inside if inside.is_dir() else package.parents[1] / "docs"
    pages = {
        path.relative_to(folder).with_suffix("").as_posix(): path
        for path in sorted(folder.rglob("*.md"))
    }
    if page is None:
        typer.echo(f"in {folder}:")
        for name, path in pages.items():
            lines = path.read_text(encoding="utf-8").splitlines()
            title = next((line[2:] for line in lines if line.startswith("# ")), "")
            typer.echo(f"{name:32}{title}")
        return
    name = page.removeprefix("docs/").removesuffix(".md")
    if name not in pages:
        typer.echo(
            f"il2struct: there is no page {page!r}; il2struct docs lists them.",
            err=True,
        )
        raise typer.Exit(2)
    typer.echo(pages[name].read_text(encoding="utf-8"), nl=False)


#: The commands in the order of ``--help``, each with an example.
COMMANDS: Final[Sequence[tuple[Callable[..., None], str]]] = (
    (fetch, "il2struct fetch 2B5I 2ERJ"),
    (roles, "il2struct roles 2B5I"),
    (interfaces, "il2struct interfaces 2B5I model.pdb --sc value"),
    (residues, "il2struct residues 2B5I --between IL2/CD25"),
    (bonds, "il2struct bonds 2B5I --format csv -o bonds.csv"),
    (sc, "il2struct sc 2B5I --dots dots"),
    (report, "il2struct report 2B5I 2ERJ -o out"),
    (lattice, "il2struct lattice 2B5I 2ERJ --classes"),
    (patch, "il2struct patch 2ERJ --repeats 4 -o chain.cif"),
    (compare, "il2struct compare wild.pdb mutant.pdb -o differences"),
    (overlap, "il2struct overlap 2B5I 5LQB 3NFP"),
    (variants, "il2struct variants 2ERJ 2B5I --mutations IL2:F42A,Y45A,L72G"),
    (agonists, "il2struct agonists 2B5I 2ERJ"),
    (ligands, "il2struct ligands 1PY2"),
    (unsatisfied, "il2struct unsatisfied 2B5I --between IL2/CD25"),
    (predicted, "il2struct predicted designs/ --reference 2B5I -o designs.csv"),
    (network, "il2struct network 2ERJ 2B5I -o network"),
    (response, "il2struct response --cell treg --kd 30"),
    (batch, "il2struct batch @ids.txt -j 8 -o results"),
    (tables, "il2struct tables results --sql 'SELECT entry_id, sc FROM interfaces'"),
    (trajectory, "il2struct trajectory topology.pdb run.xtc --sc-every 10"),
    (scene, "il2struct scene 2B5I --format pml -o scene"),
    (figures, "il2struct figures 2B5I --only open_book,bond_ladder"),
    (docs, "il2struct docs tables"),
)
for command, example in COMMANDS:
    app.command(cls=_Command, epilog=f"Example: {example}")(command)
