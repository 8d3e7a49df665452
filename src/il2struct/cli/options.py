"""Options that every command shares, and what a measurement is asked for."""

from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from il2struct.interface.interface import InterfaceParameters
    from il2struct.results.interfaces import InterfaceResults
    from il2struct.results.study import Study
    from il2struct.structure.family import Family


class OutputFormat(StrEnum):
    """How tables are written."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"
    PARQUET = "parquet"


@dataclass(frozen=True, slots=True, kw_only=True)
class CommonOptions:
    """What every command accepts; one field an option."""

    mirror: Annotated[
        list[Path] | None,
        typer.Option(
            help="Folder to look in first; may be given several times [default: $IL2STRUCT_MIRROR]."
        ),
    ] = None
    structures: Annotated[
        Path | None,
        typer.Option(
            help="Download cache [default: structures/ in a checkout, else the user cache]."
        ),
    ] = None
    offline: Annotated[
        bool, typer.Option("--offline", help="Never use the network.")
    ] = False
    references: Annotated[
        Path | None,
        typer.Option(
            help="Family file (TOML) with roles and sequences of your own, added to the shipped ones."
        ),
    ] = None
    model: Annotated[
        int | None,
        typer.Option(help="Model number, for NMR and ensembles [default: the first]."),
    ] = None
    altloc: Annotated[
        str,
        typer.Option(
            help="Alternate location to keep: 'highest' occupancy or a label."
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
            help="Columns of the main table to show or write, by commas (il2struct tables --describe)."
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


@cache
def _family(path: Path) -> "Family":
    from il2struct.structure.family import read_family

    return read_family(path)


@dataclass(frozen=True, slots=True)
class Request:
    """
    What of an entry is to be measured, and how.

    Attributes
    ----------
    between : str or None
        Two groups; every pair of a complex if None.
    preset : str
        Bond criteria.
    cutoff_a, probe_radius_a : float
        Contact cut-off and probe radius in Å.
    sc : str
        Shape complementarity: none, value or error.
    dot_density_per_a2, sc_probe_radius_a : float
        Dots per Å² and probe radius in Å for it.
    """

    between: str | None = None
    preset: str = "il2struct"
    cutoff_a: float = 5.0
    probe_radius_a: float = 1.4
    sc: str = "none"
    dot_density_per_a2: float = 15.0
    sc_probe_radius_a: float = 1.7

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
