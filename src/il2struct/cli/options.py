"""
Options, each declared once: typer's signatures and what commands are given are both made of these.

Nothing here loads a library that computes, so that ``--help`` is quick.
"""

import functools
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    Final,
    TypeAlias,
    get_args,
    get_type_hints,
)

import typer
from typer.models import OptionInfo

from il2struct.bond_kinds import listed
from il2struct.bonds.criteria import PRESETS
from il2struct.errors import ParameterError

if TYPE_CHECKING:
    from il2struct.interface.interface import InterfaceParameters
    from il2struct.results.interfaces import InterfaceResults
    from il2struct.results.study import Study
    from il2struct.structure.family import Family, Role

Entries: TypeAlias = Annotated[
    list[str],
    typer.Argument(
        metavar="ENTRY",
        help="PDB ids (2ERJ or pdb_00002erj), files, folders, @list.txt, or - for standard input.",
        show_default=False,
    ),
]
OneEntry: TypeAlias = Annotated[
    str, typer.Argument(metavar="ENTRY", help="A PDB id or file.")
]
Mutations: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        help="A variant in mature numbers, IL2:F42A,Y45A, or a table of variants; may be given several times.",
        metavar="VARIANT",
    ),
]
Reference: TypeAlias = Annotated[
    str | None,
    typer.Option(help="Entry that all are compared with.", metavar="ENTRY"),
]
Colours: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        help="Colour of a role, such as IL2RA=#EE7733; may be given several times.",
        metavar="ROLE=#RRGGBB",
    ),
]


class OutputFormat(StrEnum):
    """How tables are written."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"
    PARQUET = "parquet"


#: Formats by the ending of an output file.
BY_SUFFIX: Final = {
    ".txt": OutputFormat.TABLE,
    ".csv": OutputFormat.CSV,
    ".json": OutputFormat.JSON,
    ".parquet": OutputFormat.PARQUET,
}
#: Formats that hold one table, so that what failed must stand in it.
ALONE: Final = (OutputFormat.CSV, OutputFormat.PARQUET)


#: What ``--help`` calls a value by its type, where an option has no name for its own.
_VALUES: Final[Mapping[type, str]] = {
    str: "TEXT",
    int: "NUMBER",
    float: "NUMBER",
    Path: "PATH",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CommonOptions:
    """What every command accepts; one field an option."""

    mirror: Annotated[
        list[Path] | None,
        typer.Option(
            help="Folder to look in first; may be given several times [default: $IL2STRUCT_MIRROR].",
            metavar="FOLDER",
        ),
    ] = None
    structures: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Download cache [default: structures/ in a checkout, else the user cache].",
        ),
    ] = None
    offline: Annotated[
        bool, typer.Option("--offline", help="Never use the network.")
    ] = False
    references: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Family file (TOML) with roles and sequences of your own, added to the shipped ones.",
        ),
    ] = None
    model: Annotated[
        int | None,
        typer.Option(help="Model number, for NMR and ensembles [default: the first]."),
    ] = None
    altloc: Annotated[
        str,
        typer.Option(
            metavar="LABEL",
            help="Alternate location to keep: 'highest' occupancy or a label.",
        ),
    ] = "highest"
    output_format: Annotated[
        OutputFormat | None,
        typer.Option(
            "--format",
            help="How to write tables [default: table on stdout, csv in a folder].",
        ),
    ] = None
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="Where to write: a file for the main table, or a folder for everything.",
        ),
    ] = None
    wide: Annotated[
        bool,
        typer.Option(
            "--wide", help="Show every column of a table, however long its lines."
        ),
    ] = False
    columns: Annotated[
        str | None,
        typer.Option(
            metavar="NAMES",
            help="Columns of the main table to show or write, by commas (il2struct tables --describe).",
        ),
    ] = None
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Only errors on stderr.")
    ] = False
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Tell every step.")
    ] = False
    debug: Annotated[
        bool, typer.Option("--debug", help="Show the traceback of an error.")
    ] = False

    @property
    def family(self) -> "Family | None":
        """The family of ``--references``; ParameterError if the file cannot be right."""
        return None if self.references is None else _family(self.references)


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderOptions(CommonOptions):
    """What a command accepts that writes a folder of files."""

    output_format: Annotated[
        OutputFormat | None,
        typer.Option("--format", help="How to write tables [default: csv]."),
    ] = None
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="Folder to write to [default: il2struct- and the name of the command].",
        ),
    ] = None


@cache
def _family(path: Path) -> "Family":
    from il2struct.structure.family import read_family

    return read_family(path)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """
    What of an entry is to be measured, and how; a command offers some of the fields.

    The defaults are those of `interface_parameters`, which would bring compiled kernels along.
    """

    between: Annotated[
        str | None,
        typer.Option(
            metavar="GROUP/GROUP",
            help="Two groups, by chain (A,B/C), role or alias (IL2/CD25), ligand (IL2/FRH) or range of residues (L:1-133/H) [default: all pairs of a complex].",
        ),
    ] = None
    preset: Annotated[
        str,
        typer.Option(metavar="NAME", help=f"Bond criteria: {listed(list(PRESETS))}."),
    ] = "il2struct"
    cutoff_a: Annotated[
        float, typer.Option("--cutoff", help="Largest distance of a contact, in Å.")
    ] = 5.0
    probe_radius_a: Annotated[
        float, typer.Option("--probe", help="Probe radius for areas, in Å.")
    ] = 1.4
    sc: Annotated[
        str,
        typer.Option(
            "--sc",
            metavar="none|value|error",
            help="Shape complementarity: none, value, or error (the value with its error).",
        ),
    ] = "none"
    dot_density_per_a2: Annotated[
        float,
        typer.Option("--density", help="Dots per Å² of surface; papers quote 15."),
    ] = 15.0
    sc_probe_radius_a: Annotated[
        float, typer.Option("--probe", help="Probe radius in Å; papers quote 1.7.")
    ] = 1.7

    def parameters(self) -> "InterfaceParameters":
        """Return what defines the numbers; ParameterError if it cannot be right."""
        from il2struct.interface.interface import interface_parameters

        return interface_parameters(
            preset_name=self.preset,
            contact_cutoff_a=self.cutoff_a,
            probe_radius_a=self.probe_radius_a,
            sc=self.sc,
            dot_density_per_a2=self.dot_density_per_a2,
            sc_probe_radius_a=self.sc_probe_radius_a,
        )

    def check(self) -> None:
        """Raise ParameterError if it cannot be right for any entry."""
        from il2struct.interface.measure import parse_between

        self.parameters()
        if self.between is not None:
            parse_between(self.between)

    def measure(self, study: "Study") -> "InterfaceResults":
        """Measure the interfaces of one entry."""
        return study.interfaces(self.between, parameters=self.parameters())


def role_pairs(
    text: str, family: "Family | None" = None
) -> "tuple[tuple[Role, Role], ...]":
    """
    Read pairs of roles of a family (the shipped one by default): ``"IL2RG/IL2RA,IL2RG/IL2RB"``.

    Raises
    ------
    ParameterError
        If one is not two known roles, or a pair is given twice.
    """
    from il2struct.structure.family import Role, shipped_family

    family = family or shipped_family()
    pairs = []
    for part in text.split(","):
        match [family.role_named(name) for name in part.strip().split("/")]:
            case [Role() as first, Role() as second]:
                pairs.append((first, second))
            case _:
                known = ", ".join(record.role for record in family.records)
                raise ParameterError(
                    f"--pair takes two of {known}, such as IL2RG/IL2RA, not {part.strip()!r}."
                )
    if len({frozenset(pair) for pair in pairs}) < len(pairs):
        raise ParameterError(f"--pair names a pair twice in {text!r}; name it once.")
    return tuple(pairs)


def _name_value(hint: object) -> None:
    """Give an option a name for its value that people know: ``TEXT`` where Python says ``str``."""
    kind, *marks = get_args(hint) or (hint,)
    kinds = {kind, *get_args(kind)} - {type(None)}
    for mark in marks:
        if isinstance(mark, OptionInfo) and mark.metavar is None:
            mark.metavar = next((_VALUES[k] for k in kinds if k in _VALUES), None)


class Offer:
    """Which fields of a dataclass of options a command offers, and defaults of its own."""

    def __init__(self, *names: str, **defaults: object) -> None:
        self.names = names + tuple(defaults)
        self.defaults: Mapping[str, object] = MappingProxyType(defaults)


#: What a `Request` is defined by, whatever is measured.
DEFINITION: Final = ("preset", "cutoff_a", "probe_radius_a")
_TOLD: Final = ("quiet", "verbose", "debug")
_FINDING: Final = ("mirror", "structures", "offline")
_READING: Final = (*_FINDING, "references", "model", "altloc")
#: What commands are offered of `CommonOptions` that open no entry.
PRINTED: Final = Offer("output_format", "output", "wide", "columns", *_TOLD)
#: What that one is offered that finds entries and does not read them.
FOUND: Final = Offer(*_FINDING, *PRINTED.names)
#: What those are offered of `FolderOptions` that print no table.
FOLDER: Final = Offer(*_READING, "output", *_TOLD)
TABLES_IN_FOLDER: Final = Offer(*FOLDER.names, "output_format")


def with_options(command: Callable[..., int]) -> Callable[..., None]:
    """
    Make a function a command: options in, exit status out.

    Parameters
    ----------
    command : callable
        Takes its arguments by name, ``common: CommonOptions`` among them. For an argument whose
        type is a dataclass of options typer is shown the fields, or those of them that an `Offer`
        beside the type names. An argument with the name of such a field takes its place.

    Returns
    -------
    callable
        With these options spread out in its signature.
    """
    shown: dict[str, inspect.Parameter] = {}
    groups: dict[str, tuple[type[Any], list[str]]] = {}
    hints = get_type_hints(command, include_extras=True)
    for name, parameter in inspect.signature(command).parameters.items():
        kind, *marks = get_args(hints[name]) or (hints[name],)
        if not (isinstance(kind, type) and is_dataclass(kind)):
            _name_value(hints[name])
            shown[name] = parameter.replace(
                annotation=hints[name], kind=inspect.Parameter.KEYWORD_ONLY
            )
            continue
        offer = marks[0] if marks else Offer(*(field.name for field in fields(kind)))
        own = [field for field in fields(kind) if field.name in offer.names]
        own = [field for field in own if field.name not in shown]
        groups[name] = (kind, [field.name for field in own])
        kind_hints = get_type_hints(kind, include_extras=True)
        for field in own:
            _name_value(kind_hints[field.name])
            shown[field.name] = inspect.Parameter(
                field.name,
                inspect.Parameter.KEYWORD_ONLY,
                default=offer.defaults.get(field.name, field.default),
                annotation=kind_hints[field.name],
            )

    @functools.wraps(command)
    def spread(**arguments: Any) -> None:  # noqa: ANN401  # typer has checked them
        # The runner brings the archive along, which ``--help`` does not need.
        from il2struct.cli.runner import exit_status

        for name, (kind, names) in groups.items():
            arguments[name] = kind(**{field: arguments.pop(field) for field in names})
        common = arguments["common"]

        def call() -> int:
            # Read first: further options may name its roles.
            _ = common.family
            return command(**arguments)

        raise typer.Exit(exit_status(call, common))

    spread.__signature__ = inspect.Signature(list(shown.values()))  # type: ignore[attr-defined]  # functions have it
    spread.__annotations__ = {name: p.annotation for name, p in shown.items()}
    return spread
