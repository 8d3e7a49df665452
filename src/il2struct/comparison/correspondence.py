"""Which chains of several entries are the same protein, and which of their residues correspond."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from il2struct.arrays import IndexArray
from il2struct.structure.alignment import aligned
from il2struct.structure.family import Role
from il2struct.structure.model import NO_NUMBER, Chain, Entry, ResidueKind
from il2struct.structure.named import NamedEntry
from il2struct.structure.roles import ChainRole

#: Chains without a role are the same protein if so many of the residues of the shorter sequence
#: are equal. Two antibodies with the same constant domains reach about 0.85.
MIN_SHARED: Final = 0.9


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Common:
    """
    A protein chain in terms that entries share.

    Attributes
    ----------
    protein : str
        Its role; without one, the first chain that is the same protein, as ``"1BRS:A"``.
    number : ndarray of int
        For each place in the sequence: the mature number of the human protein, where there is no
        human one that of the reference; without a role the author's number in that first chain.
        `NO_NUMBER` for tags and the like.
    """

    protein: str
    number: IndexArray

    @property
    def end_number(self) -> IndexArray:
        """Numbers continued into tags at either end, `NO_NUMBER` elsewhere."""
        continued = np.full(len(self.number), NO_NUMBER)
        numbered = np.flatnonzero(self.number != NO_NUMBER)
        if len(numbered):
            first, last = numbered[[0, -1]]
            places = np.arange(len(continued))
            before, behind = places < first, places > last
            continued[before] = self.number[first] - (first - places[before])
            continued[behind] = self.number[last] + (places[behind] - last)
        return continued


def common_chains(entries: Sequence[NamedEntry]) -> tuple[dict[str, Common], ...]:
    """
    Say of every protein chain which protein it is, and number its residues alike over all entries.

    Returns
    -------
    tuple of dict
        For each entry its protein chains by author name, and ligands that stand as partners, which are
        named by their component and have no numbers.
    """
    # Sequence and numbers of the first chain of each protein that has no role.
    strangers: list[tuple[str, Common]] = []
    return tuple(
        {
            chain.auth_asym_id: _common(named.entry, chain, role, strangers)
            for chain, role in zip(named.entry.protein_chains, named.roles, strict=True)
        }
        | {
            chain.auth_asym_id: Common(
                protein=chain.auth_asym_id.partition(":")[0],
                number=np.full(len(chain.sequence), NO_NUMBER),
            )
            for chain in named.entry.chains
            if chain.kind is ResidueKind.LIGAND
        }
        for named in entries
    )


def _common(
    entry: Entry, chain: Chain, role: ChainRole, strangers: list[tuple[str, Common]]
) -> Common:
    if role.role is not Role.UNKNOWN:
        return Common(protein=role.role.value, number=role.common_number)
    for sequence, common in strangers:
        if chain.sequence == sequence:
            return common
        own, theirs = aligned(chain.sequence, sequence)
        letters = np.array(list(chain.sequence)), np.array(list(sequence))
        n_equal = (letters[0][own] == letters[1][theirs]).sum()
        if n_equal >= MIN_SHARED * min(len(chain.sequence), len(sequence)):
            number = np.full(len(chain.sequence), NO_NUMBER)
            number[own] = common.number[theirs]
            return Common(protein=common.protein, number=number)
    name = f"{entry.entry_id}:{chain.auth_asym_id}"
    common = Common(protein=name, number=_author_numbers(entry, chain))
    strangers.append((chain.sequence, common))
    return common


def _author_numbers(entry: Entry, chain: Chain) -> IndexArray:
    """
    Return the author's numbers along a sequence, continued where residues have no coordinates.

    Places in the sequence, from 1, where the author's numbers do not rise throughout: numbers with
    insertion codes stand for several residues.
    """
    places = np.arange(1, len(chain.sequence) + 1)
    known = entry.residues.auth_number[chain.residue_index]
    rises = (np.diff(known) >= np.diff(chain.position)).all() and len(known)
    if not rises or (entry.residues.ins_code[chain.residue_index] != "").any():
        return places
    before = np.searchsorted(chain.position, places - 1, side="right") - 1
    before = np.maximum(before, 0)
    return known[before] + (places - 1 - chain.position[before])
