"""Entries with side chains cut, which is what `il2struct.interface.truncation` must be equal to."""

from dataclasses import replace

import numpy as np

from il2struct.interface.truncation import KEPT


def truncated(entry, rows, *, name="ALA"):
    """Return an entry with some residues (rows of ``entry.residues``) cut to one of `KEPT`."""
    atoms, residues = entry.atoms, entry.residues
    in_rows = np.isin(atoms.residue_index, rows)
    kept = ~in_rows | np.isin(atoms.atom_name, KEPT[name])
    atom_names = atoms.residue_name.copy()
    atom_names[in_rows] = name
    names = residues.name.copy()
    names[list(rows)] = name
    before = np.concatenate([[0], np.cumsum(kept)])
    return replace(
        entry,
        atoms=replace(atoms, residue_name=atom_names).select(kept),
        residues=replace(
            residues,
            name=names,
            atom_start=before[residues.atom_start],
            atom_stop=before[residues.atom_stop],
        ),
    )
