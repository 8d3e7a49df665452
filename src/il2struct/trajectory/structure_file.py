"""
The topology of a structure file, read by the rules of entries.

Names, chains, elements and conformers of a PDB or mmCIF file are those that every other command
finds in it; only positions come frame by frame.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
from scipy.spatial import KDTree

from il2struct.arrays import FloatArray, IndexArray
from il2struct.structure.crystal import IDENTITY
from il2struct.structure.model import Entry, Provenance, ResidueKind
from il2struct.structure.read import read_structure
from il2struct.trajectory.topology import TopologyEntry

#: Positions of one atom in the file and in the universe differ by single precision at most, in Å.
SAME_PLACE_A: Final = 2e-3
#: Notes on the crystal and on further models, which are not for a trajectory.
OTHER_TOPICS: Final = (
    "models_ignored", "cell_", "scale_", "space_group_", "operators_", "alternative_images",
)  # fmt: skip


def topology_of_file(
    path: Path,
    listed: FloatArray,
    reference: FloatArray,
    *,
    entry_id: str,
    files: Sequence[str],
    n_frames: int,
) -> TopologyEntry | None:
    """
    Make an entry of the proteins in a structure file, with the places of its atoms in a universe.

    Parameters
    ----------
    path : path
        PDB format or mmCIF.
    listed, reference : ndarray, shape=(n, 3)
        Positions of all atoms of the universe as the file gives them, and in the reference frame.
    entry_id : str
        What tables call it.
    files : sequence of str
        Where it came from.
    n_frames : int
        How many frames there are.

    Returns
    -------
    TopologyEntry or None
        None if atoms of the entry are not found in the universe.

    Raises
    ------
    StructureError
        If the file cannot be read.
    """
    whole = read_structure(path)
    entry, kept = _proteins(whole)
    water = np.flatnonzero(
        (whole.residues.kind == ResidueKind.WATER)[whole.atoms.residue_index]
        & (whole.atoms.element == "O")
    )
    rows = _rows_at(whole.atoms.coords[np.concatenate([kept, water])], listed)
    if rows is None:
        return None
    atom_rows, water_rows = rows[: len(kept)], np.sort(rows[len(kept) :])
    return TopologyEntry(
        entry=replace(
            entry,
            entry_id=entry_id,
            n_models=n_frames,
            atoms=replace(entry.atoms, coords=reference[atom_rows]),
            provenance=Provenance(path=", ".join(files), origin="file"),
        ),
        atom_rows=atom_rows,
        water_rows=water_rows,
    )


def _rows_at(coords: FloatArray, listed: FloatArray) -> IndexArray | None:
    """Atoms of the universe at some places; of several at one place each is taken once."""
    distance, rows = KDTree(listed).query(coords)
    if (distance > SAME_PLACE_A).any():
        return None
    _, first = np.unique(rows, return_index=True)
    again = np.delete(np.arange(len(rows)), first)
    if len(again):
        taken = set(rows[first].tolist())
        near = KDTree(listed).query_ball_point(coords[again], SAME_PLACE_A)
        for row, candidates in zip(again.tolist(), near, strict=True):
            free = sorted(set(candidates) - taken)
            if not free:
                return None
            rows[row] = free[0]
            taken.add(free[0])
    found: IndexArray = rows.astype(np.int64)
    return found


def _proteins(entry: Entry) -> tuple[Entry, IndexArray]:
    """Proteins of an entry and their sugars, without a crystal, and the rows of their atoms."""
    proteins = [
        number
        for number, chain in enumerate(entry.chains)
        if chain.kind is ResidueKind.PROTEIN
    ]
    kept = np.isin(entry.residues.chain_index, proteins)
    rows = np.flatnonzero(kept[entry.atoms.residue_index])
    new_residue = np.cumsum(kept) - 1
    new_chain = {old: new for new, old in enumerate(proteins)}
    residues = entry.residues.select(kept)
    size = residues.atom_stop - residues.atom_start
    stop = np.cumsum(size)
    chains = tuple(
        replace(
            chain,
            residue_index=new_residue[chain.residue_index],
            glycan_index=new_residue[chain.glycan_index],
        )
        for chain in (entry.chains[number] for number in proteins)
    )
    return (
        replace(
            entry,
            atoms=replace(
                entry.atoms.select(rows),
                residue_index=new_residue[entry.atoms.residue_index[rows]],
            ),
            residues=replace(
                residues,
                chain_index=np.array(
                    [new_chain[k] for k in residues.chain_index.tolist()],
                    dtype=np.int64,
                ),
                atom_start=stop - size,
                atom_stop=stop,
            ),
            chains=chains,
            operators=(IDENTITY,),
            crystal=None,
            assemblies=(),
            notes=tuple(
                note for note in entry.notes if not note.topic.startswith(OTHER_TOPICS)
            ),
        ),
        rows,
    )
