"""Files of many models, as NMR entries and predicted ensembles are, opened as trajectories."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from il2struct.errors import NotFoundError, ParseError
from il2struct.structure.text import read_text
from il2struct.trajectory.universe import (
    MODEL_FILES,
    open_universe,
    universe_of_columns,
)

if TYPE_CHECKING:
    import gemmi


def universe_of_models(path: Path) -> Any:  # noqa: ANN401  # MDAnalysis has no types
    """
    Open a file whose models are the frames.

    Parameters
    ----------
    path : path
        PDB format or anything else that MDAnalysis reads frame by frame; mmCIF is read here,
        all models at once.

    Returns
    -------
    MDAnalysis.Universe

    Raises
    ------
    NotFoundError, ParseError
        If it is not there, not readable, or its models differ in their atoms.
    """
    # Of mmCIF files MDAnalysis reads the first model only.
    if not path.name.lower().endswith(MODEL_FILES):
        return open_universe(path, ())
    if not path.is_file():
        raise NotFoundError(f"{path} is not a file; give an existing one.")
    structure = read_text(path).structure
    columns, coords = _columns(structure[0]), []
    for model in structure:
        rows = [a.pos.tolist() for chain in model for residue in chain for a in residue]
        if len(rows) != len(columns["names"]):
            raise ParseError(
                f"model {model.num} of {path.name} has {len(rows)} atoms and the first has "
                f"{len(columns['names'])}; frames must have the same atoms."
            )
        coords.append(rows)
    return universe_of_columns(columns, np.array(coords), filename=str(path))


def _columns(model: "gemmi.Model") -> dict[str, list[Any]]:
    """Topology attributes by MDAnalysis' names; ``residue`` is the residue of each atom."""
    columns: dict[str, list[Any]] = {
        name: []
        for name in (
            "names", "elements", "altLocs", "occupancies", "tempfactors", "chainIDs", "residue",
            "resnames", "resids", "icodes",
        )
    }  # fmt: skip
    n_residues = 0
    for chain in model:
        for residue in chain:
            columns["resnames"].append(residue.name)
            columns["resids"].append(residue.seqid.num or 0)
            columns["icodes"].append(residue.seqid.icode.strip())
            for atom in residue:
                columns["names"].append(atom.name)
                columns["elements"].append(atom.element.name)
                columns["altLocs"].append(atom.altloc.strip("\0"))
                columns["occupancies"].append(atom.occ)
                columns["tempfactors"].append(atom.b_iso)
                columns["chainIDs"].append(chain.name)
                columns["residue"].append(n_residues)
            n_residues += 1
    return columns
