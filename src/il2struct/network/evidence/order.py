"""How well ordered the residues of a contact are, by their B factors."""

import math
from typing import Final

import numpy as np

from il2struct.arrays import FloatArray
from il2struct.lattice.measure import MeasuredContact
from il2struct.network.evidence.sites import interface_rows
from il2struct.structure.model import NO_NUMBER, Entry

#: B factors of a chain that differ by less than this are no B factors, in Å²: all of them were set.
FLAT_A2: Final = 0.01


def disorder_percent(measured: MeasuredContact) -> float:
    """
    Say which share of its chain's residues has a lower B factor; the mean over a contact's residues.

    In percent, ties half: 0 for the best ordered residue, 50 for an ordinary one. NaN if the file has
    no B factors of its own.
    """
    entry = measured.named.entry
    b = residue_b_a2(entry)
    ranks = []
    for _, rows in interface_rows(measured):
        of_chain = entry.residues.chain_index[rows]
        for chain in np.unique(of_chain[of_chain != NO_NUMBER]).tolist():
            every = b[entry.chains[chain].residue_index]
            if np.ptp(every) < FLAT_A2:
                return math.nan
            own = b[rows[of_chain == chain]][:, np.newaxis]
            ranks += ((every < own).mean(axis=1) + (every <= own).mean(axis=1)).tolist()
    return 50.0 * float(np.mean(ranks)) if ranks else math.nan


def residue_b_a2(entry: Entry) -> FloatArray:
    """Average the B factors of the heavy atoms of every residue, in Å²."""
    atoms = entry.atoms.select(~entry.atoms.is_hydrogen)
    n_residues = len(entry.residues)
    summed = np.bincount(atoms.residue_index, atoms.b_iso, minlength=n_residues)
    counts = np.bincount(atoms.residue_index, minlength=n_residues)
    mean: FloatArray = summed / np.maximum(counts, 1)
    return mean
