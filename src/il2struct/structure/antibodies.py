"""
Heavy and light chains of antibodies, told by the residues that every variable domain keeps.

No library numbers the domains here: what is looked for are the two Cys of the fold, the Trp between
them, and the motif that ends the domain (Trp-Gly in heavy, Phe-Gly in light chains).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from il2struct.structure.model import Chain, Entry
from il2struct.structure.neighbours import touching_images

#: Cys23, Trp41, Cys104 and J-Trp118 or J-Phe118 with Gly-X-Gly behind it, as IMGT counts them
#: (Lefranc et al. 2003, Dev. Comp. Immunol. 27:55), and Tyr102 before the second Cys. Behind Trp41
#: heavy chains have Val-Arg-Gln, light ones Tyr-Gln-Gln or their likes, which tells them from the
#: chains of T-cell receptors.
HEAVY: Final = re.compile(r"C.{8,18}[WF][VILA][RKH][QELK].{41,69}[YF].C.{3,40}WG.G[TS]")
LIGHT: Final = re.compile(r"C.{8,18}W[YFVL][QL][QHLER].{41,67}[YF].C.{4,20}FG.GT")
#: The domains of a pair share more heavy-atom contacts than this.
MIN_PAIR_CONTACTS: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class AntibodyChain:
    """
    A chain with a variable domain.

    Attributes
    ----------
    auth_asym_id : str
    kind : str
        ``heavy`` or ``light``.
    number : int
        Of the pair of a heavy and a light chain; 0 if it has no partner, as in a nanobody.
    """

    auth_asym_id: str
    kind: str
    number: int

    @property
    def name(self) -> str:
        """How it is shown: ``Fab 1 heavy``."""
        return f"Fab {self.number} {self.kind}" if self.number else self.kind


def kind_of(sequence: str) -> str:
    """
    Tell whether a sequence holds the variable domain of a heavy or a light chain.

    Parameters
    ----------
    sequence : str
        One-letter code.

    Returns
    -------
    str
        ``heavy``, ``light``; empty for what is neither or, as a single-chain Fv, both.
    """
    kinds = [
        name
        for name, motif in (("heavy", HEAVY), ("light", LIGHT))
        if motif.search(sequence)
    ]
    return kinds[0] if len(kinds) == 1 else ""


def antibody_chains(entry: Entry) -> tuple[AntibodyChain, ...]:
    """
    Find the antibody chains of an entry and pair heavy with light.

    Parameters
    ----------
    entry : Entry

    Returns
    -------
    tuple of AntibodyChain
        Pairs are numbered in the order of their heavy chains: each heavy chain with the light chain
        that it touches most, each light chain once.
    """
    kinds = {
        chain.auth_asym_id: kind
        for chain in entry.protein_chains
        if (kind := kind_of(chain.sequence))
    }
    partners = _paired(entry, kinds) if len(set(kinds.values())) == 2 else {}
    heavy = [name for name in kinds if name in partners]
    numbers = {name: number for number, name in enumerate(heavy, start=1)}
    numbers |= {partners[name]: number for name, number in numbers.items()}
    return tuple(
        AntibodyChain(auth_asym_id=name, kind=kind, number=numbers.get(name, 0))
        for name, kind in kinds.items()
    )


def _paired(entry: Entry, kinds: dict[str, str]) -> dict[str, str]:
    """Light chain of each heavy one, matched from the largest contact down."""
    chains: Sequence[Chain] = [
        chain for chain in entry.protein_chains if chain.auth_asym_id in kinds
    ]
    contacts = sorted(
        (-contact.n_pairs, contact.auth_asym_id, contact.image.auth_asym_id)
        for contact in touching_images(entry, chains)
        if kinds[contact.auth_asym_id] == "heavy"
        and kinds[contact.image.auth_asym_id] == "light"
        and contact.n_pairs >= MIN_PAIR_CONTACTS
    )
    partners: dict[str, str] = {}
    for _, heavy, light in contacts:
        if heavy not in partners and light not in partners.values():
            partners[heavy] = light
    return partners
