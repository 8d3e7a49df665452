"""Files of many models, as NMR entries and predicted ensembles are, opened as trajectories."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from il2struct.errors import NotFoundError, ParseError
from il2struct.structure.text import read_text
from il2struct.trajectory.pdb_frames import is_pdb, need_matching
from il2struct.trajectory.universe import (
    MODEL_FILES,
    Untyped,
    open_universe,
    universe_of_columns,
)

if TYPE_CHECKING:
    import gemmi

#: Chain, number with insertion code, residue, atom and alternate location: what an atom is.
Identity: TypeAlias = tuple[str, str, str, str, str]


def universe_of_models(path: Path) -> Untyped:
    """
    Open a file whose models are the frames.

    Parameters
    ----------
    path : path
        PDB format or anything else that MDAnalysis reads frame by frame. mmCIF is read here, all
        models at once, and so is PDB format if the models list their atoms in different orders.

    Returns
    -------
    MDAnalysis.Universe

    Raises
    ------
    NotFoundError, ParseError
        If it is not there, not readable, or its models differ in their atoms.
    """
    if not path.is_file():
        raise NotFoundError(f"{path} is not a file; give an existing one.")
    # Of mmCIF files MDAnalysis reads the first model only; of PDB files it takes positions in the
    # order of each model.
    is_model_file = path.name.lower().endswith(MODEL_FILES)
    if not is_model_file and not (is_pdb(path) and need_matching(path)):
        return open_universe(path, ())
    structure = read_text(path).structure
    columns, identities = _columns(structure[0]), _identities(structure[0])
    coords = [
        np.array(_positions(model))[_matching_rows(model, identities, path)]
        for model in structure
    ]
    return universe_of_columns(
        columns,
        np.array(coords),
        filename=str(path),
        file_format="MODELS" if is_model_file else "PDB",
    )


def _positions(model: "gemmi.Model") -> list[list[float]]:
    return [
        atom.pos.tolist() for chain in model for residue in chain for atom in residue
    ]


def _identities(model: "gemmi.Model") -> list[Identity]:
    return [
        (chain.name, str(residue.seqid), residue.name, atom.name, atom.altloc)
        for chain in model
        for residue in chain
        for atom in residue
    ]


def _matching_rows(
    model: "gemmi.Model", wanted: Sequence[Identity], path: Path
) -> list[int]:
    """Which atoms of a model are those of the first model, in its order."""
    found = _identities(model)
    if found == wanted:
        return list(range(len(found)))
    if len(found) != len(wanted):
        raise ParseError(
            f"model {model.num} of {path.name} has {len(found)} atoms and the first has "
            f"{len(wanted)}; frames must have the same atoms."
        )
    # Atoms of one identity (waters that share a number) stay in the order in which they come.
    rows, places = _sorted_rows(found), _sorted_rows(wanted)
    for row, place in zip(rows, places, strict=True):
        if found[row] != wanted[place]:
            chain, number, residue, atom, _ = min(found[row], wanted[place])
            raise ParseError(
                f"model {model.num} of {path.name} and the first differ in atom {atom} of {residue} "
                f"{number} in chain {chain or 'without name'}; frames must have the same atoms."
            )
    matching = np.empty(len(wanted), dtype=np.int64)
    matching[places] = rows
    return [int(row) for row in matching]


def _sorted_rows(identities: Sequence[Identity]) -> list[int]:
    return sorted(range(len(identities)), key=identities.__getitem__)


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
