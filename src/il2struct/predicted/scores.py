"""
Scores of an interface from predicted errors: ipSAE, ipTM, pDockQ, pDockQ2, LIS.

Each as in the script that Dunbrack published with ipSAE (2025, bioRxiv 2025.02.10.637595, v3), with
which the values are compared in the tests.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from il2struct.arrays import BoolArray, FloatArray

#: Only pairs of residues with a smaller predicted aligned error count for ipSAE, in Å.
PAE_CUTOFF_A: Final = 10.0
#: Distance of CB atoms (CA in Gly) of residues in contact for pDockQ, Å (Bryant et al. 2022 Nat
#: Commun 13:1265).
PDOCKQ_DISTANCE_A: Final = 8.0
#: LIS counts errors up to this, Å (Kim et al. 2024, bioRxiv 2024.02.19.580970).
LIS_CUTOFF_A: Final = 12.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PairScores:
    """
    Scores of two groups of residues; those with a direction align on the first of two sides.

    Attributes
    ----------
    ipsae_1_to_2, ipsae_2_to_1 : float
        0 to 1; 0 if no pair lies below the cut-off.
    pdockq, pdockq2_1_to_2, pdockq2_2_to_1 : float
    lis_1_to_2, lis_2_to_1 : float
    """

    ipsae_1_to_2: float
    ipsae_2_to_1: float
    pdockq: float
    pdockq2_1_to_2: float
    pdockq2_2_to_1: float
    lis_1_to_2: float
    lis_2_to_1: float

    @property
    def ipsae(self) -> float:
        """The larger of both directions, as the script ranks by."""
        return max(self.ipsae_1_to_2, self.ipsae_2_to_1)


def pair_scores(
    pae_a: FloatArray, distance_a: FloatArray, plddt: FloatArray, is_first: BoolArray
) -> PairScores:
    """
    Score the interface of two sides.

    Parameters
    ----------
    pae_a : ndarray, shape=(n, n)
        Predicted aligned error of the residues of both sides, Å.
    distance_a : ndarray, shape=(n, n)
        Distances of their CB atoms (CA in Gly), Å.
    plddt : ndarray, shape=(n,)
        0 to 100.
    is_first : ndarray of bool, shape=(n,)
        Residues of side 1; the others are those of side 2.
    """
    first, second = np.flatnonzero(is_first), np.flatnonzero(~is_first)
    directions = [
        (pae_a[np.ix_(a, b)], distance_a[np.ix_(a, b)])
        for a, b in ((first, second), (second, first))
    ]
    near = directions[0][1] <= PDOCKQ_DISTANCE_A
    touching = np.concatenate([first[near.any(axis=1)], second[near.any(axis=0)]])
    mean_plddt = float(plddt[touching].mean()) if len(touching) else 0.0
    pdockq2 = [
        _pdockq2(mean_plddt, pae[distance <= PDOCKQ_DISTANCE_A])
        for pae, distance in directions
    ]
    ipsae = [ipsae_of(pae) for pae, _ in directions]
    lis = [_lis(pae) for pae, _ in directions]
    return PairScores(
        ipsae_1_to_2=ipsae[0],
        ipsae_2_to_1=ipsae[1],
        pdockq=_pdockq(mean_plddt, int(near.sum())),
        pdockq2_1_to_2=pdockq2[0],
        pdockq2_2_to_1=pdockq2[1],
        lis_1_to_2=lis[0],
        lis_2_to_1=lis[1],
    )


def ipsae_of(pae_a: FloatArray, *, cutoff_a: float = PAE_CUTOFF_A) -> float:
    """
    Score from predicted aligned errors of one side (columns) when aligned on the other (rows).

    For each residue the mean of 1 / (1 + (PAE / d0)²) over the partners below the cut-off, d0 from
    their number; the best residue counts.
    """
    counts = (pae_a < cutoff_a).sum(axis=1)
    best = 0.0
    for row in np.flatnonzero(counts):
        errors = pae_a[row][pae_a[row] < cutoff_a]
        d0 = tm_scale_a(int(counts[row]))
        best = max(best, float((1.0 / (1.0 + (errors / d0) ** 2)).mean()))
    return best


def tm_scale_a(n_residues: int) -> float:
    """Return the distance d0 of the TM score, Å (Yang & Skolnick 2004 Proteins 57:702), 1 at least."""
    # Below 27 residues the formula falls under 1 Å; the script holds it there.
    return max(1.0, 1.24 * math.cbrt(max(n_residues, 27) - 15) - 1.8)


def _pdockq(mean_plddt: float, n_pairs: int) -> float:
    if not n_pairs:
        return 0.0
    x = mean_plddt * math.log10(n_pairs)
    return 0.724 / (1.0 + math.exp(-0.052 * (x - 152.611))) + 0.018


def _pdockq2(mean_plddt: float, errors_a: FloatArray) -> float:
    """After Zhu et al. 2023 Bioinformatics 39:btad424."""
    if not len(errors_a):
        return 0.0
    x = mean_plddt * float((1.0 / (1.0 + (errors_a / 10.0) ** 2)).mean())
    return 1.31 / (1.0 + math.exp(-0.075 * (x - 84.733))) + 0.005


def _lis(pae_a: FloatArray) -> float:
    errors = pae_a[pae_a <= LIS_CUTOFF_A]
    return (
        float(((LIS_CUTOFF_A - errors) / LIS_CUTOFF_A).mean()) if len(errors) else 0.0
    )
