"""The command ``sc``: shape complementarity with its error, local values and dots."""

from pathlib import Path
from typing import TYPE_CHECKING, Final

from il2struct.cli.options import CommonOptions, Request
from il2struct.cli.output import make_folder, write_tables
from il2struct.cli.runner import (
    each_entry,
    entry_opener,
    joined,
    tell_of_none,
)
from il2struct.complementarity import (
    atom_complementarity,
    coloured_mmcif_text,
    ply_text,
    pymol_text,
)
from il2struct.progress import step
from il2struct.results.complementarity_tables import sc_atom_table, sc_residue_table
from il2struct.results.entry_tables import entry_table, failed_entry_table
from il2struct.results.interfaces import InterfaceResults
from il2struct.results.study import Study

if TYPE_CHECKING:
    from il2struct.archive import ArchiveSettings, EntryId
    from il2struct.cli.runner import Tables
    from il2struct.interface.interface import Interface

#: Tables that ``sc`` writes, the main one first.
SC_TABLES: Final = ("interfaces", "sc_residues", "sc_atoms", "entries", "notes")


def run_sc(
    entries: list[str], common: CommonOptions, request: Request, *, dots: Path | None
) -> int:
    """
    Measure the shape complementarity of every interface of some entries.

    Parameters
    ----------
    entries : list of str
        As typed.
    common : CommonOptions
    request : Request
    dots : path or None
        Folder for the dots (PLY, PyMOL) and for atoms coloured by their score (mmCIF).

    Returns
    -------
    int
        Exit status.
    """
    request.check()
    if dots is not None:
        make_folder(dots)
    opened = entry_opener(common)

    def work(source: "EntryId | Path", settings: "ArchiveSettings") -> "Tables":
        study = Study(opened(source, settings))
        results = request.measure(study)
        tell_of_none(results)
        if dots is not None:
            write_dots(results, dots)
        return {
            "interfaces": results.table,
            "sc_residues": sc_residue_table(results.named, results.items),
            "sc_atoms": sc_atom_table(results.named, results.items),
            "entries": entry_table(study.named, n_interfaces=len(results)),
            "notes": results.notes,
        }

    def failed(name: str, error: Exception) -> "Tables":
        return {"entries": failed_entry_table(name, error)}

    outcome = each_entry(entries, common, work, failed)
    with step("tables", 1.0):
        write_tables(joined(outcome, SC_TABLES), common, main="interfaces", view="sc")
    return outcome.status


def write_dots(results: InterfaceResults, folder: Path) -> None:
    """
    Write the dots of every interface, and its atoms coloured by their local score.

    Parameters
    ----------
    results : InterfaceResults
    folder : path
        Must exist.
    """
    for interface in results:
        fit = interface.complementarity
        if fit is None:
            continue
        stem = _stem(results.named.entry.entry_id, interface)
        for number, side in ((1, fit.result.side_1), (2, fit.result.side_2)):
            (folder / f"{stem}_{number}.ply").write_text(
                ply_text(side), encoding="utf-8"
            )
        (folder / f"{stem}.py").write_text(pymol_text(fit.result), encoding="utf-8")
        for number, text in _coloured(results, interface):
            (folder / f"{stem}_{number}.cif").write_text(text, encoding="utf-8")


def _stem(entry_id: str, interface: "Interface") -> str:
    text = "_".join(
        part
        for part in (entry_id, interface.complex_id, interface.interface_id)
        if part
    )
    return "".join(c if c.isalnum() or c in "-_" else "-" for c in text)


def _coloured(
    results: InterfaceResults, interface: "Interface"
) -> list[tuple[int, str]]:
    import numpy as np

    fit = interface.complementarity
    if fit is None:
        return []
    found = []
    for number, partner, rows, scores in (
        (1, interface.sides[0], fit.rows_1, fit.result.side_1),
        (2, interface.sides[1], fit.rows_2, fit.result.side_2),
    ):
        local = atom_complementarity(scores)
        values = np.zeros(len(partner.atoms))
        values[rows[local.index]] = local.median_score
        residues = results.named.entry.residues
        text = coloured_mmcif_text(partner.atoms, residues, values)
        found.append((number, text))
    return found
