"""Arguments that several commands take, with their help."""

from typing import Annotated

import typer

Entries = Annotated[
    list[str],
    typer.Argument(
        metavar="ENTRY",
        help="PDB ids (2ERJ or pdb_00002erj), files, folders, @list.txt, or - for standard input.",
        show_default=False,
    ),
]
Between = Annotated[
    str | None,
    typer.Option(
        help="Two groups, by chain (A,B/C), role or alias (IL2/CD25) or range of residues (L:1-133/H) [default: all pairs of a complex]."
    ),
]
Preset = Annotated[
    str,
    typer.Option(
        help="Bond criteria: il2struct, il2struct-heavy, pisa, baker-hubbard, hbplus, mdanalysis, "
        "prolif or plip."
    ),
]
Cutoff = Annotated[
    float, typer.Option("--cutoff", help="Largest distance of a contact, in Å.")
]
Probe = Annotated[float, typer.Option("--probe", help="Probe radius for areas, in Å.")]
Sc = Annotated[
    str,
    typer.Option(
        "--sc",
        help="Shape complementarity: none, value, or error (the value with its error).",
    ),
]
