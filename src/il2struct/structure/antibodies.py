"""
Antibodies: which chains hold variable domains, where their loops are, and which chains pair.

Domains are numbered by the library anarcism where it is installed, else told by the residues that
every variable domain keeps.
"""

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from types import ModuleType
from typing import Final

import numpy as np

from il2struct.arrays import StrArray
from il2struct.structure.model import Entry
from il2struct.structure.neighbours import touching_images

#: Cys23, Trp41, Cys104 and J-Trp118 or J-Phe118 with Gly-X-Gly behind it, as IMGT counts them
#: (Lefranc et al. 2003, Dev. Comp. Immunol. 27:55), and Tyr102 before the second Cys. Behind Trp41
#: heavy chains have Val-Arg-Gln, nanobodies Phe- or Tyr-Arg-Gln-Ala-Pro, light ones Tyr-Gln-Gln or
#: their likes, which tells them from the chains of T-cell receptors.
HEAVY: Final = re.compile(
    r"(C).{8,18}([WF])(?:[VILA][RKH][QELK]|[FY]RQ(?=[AV]P)).{41,69}[YF].(C).{3,40}(WG.G)[TS]"
)
LIGHT: Final = re.compile(
    r"(C).{8,18}(W)[YFVL][QL][QHLER].{41,67}[YF].(C).{4,20}(FG.G)T"
)
#: Residues of IMGT from Cys23 to 27 and from Trp41 back to 38, where CDR1 lies, and to 56, where CDR2
#: begins; those from Cys104 back to 66, behind it, in heavy and light chains, of which nearly all
#: lack 73, and light ones 81 and 82.
TO_CDR1: Final = 4
FROM_CDR1: Final = 3
TO_CDR2: Final = 15
FROM_CDR2: Final = {"heavy": 37, "light": 35}
#: CDR2 has 3 (κ) to 10 residues in IMGT's count; other lengths show that the framework is another.
CDR2_LENGTHS: Final = range(3, 11)
#: The domains of a pair share more heavy-atom contacts than this.
MIN_PAIR_CONTACTS: Final = 100
#: What tells domains where no library does.
CONSERVED: Final = "conserved residues"
#: Chain types of anarcism; others are those of T-cell receptors.
KINDS: Final = {"H": "heavy", "K": "light", "L": "light"}
#: What is no letter of anarcism's.
FOREIGN_LETTER: Final = re.compile("[^ACDEFGHIKLMNPQRSTVWYX]")
#: Sequences of which the domains are kept.
KEPT_SEQUENCES: Final = 512


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class VariableDomains:
    """
    The variable domains of antibodies in a sequence.

    Arrays have one element for each of its positions.
    """

    #: ``heavy`` or ``light``; empty for a sequence that has neither or, as a single-chain Fv, both.
    kind: str
    #: ``CDR1``, ``CDR2`` or ``CDR3`` as IMGT cuts them; empty elsewhere.
    cdr: StrArray
    #: IMGT number, with its letter for insertions (``111A``); empty elsewhere and without the library.
    imgt: StrArray
    #: The library with its version, or `CONSERVED`.
    source: str


@lru_cache(maxsize=KEPT_SEQUENCES)
def variable_domains(sequence: str) -> VariableDomains:
    """
    Find the variable domains of antibodies in a sequence.

    By conserved residues CDR2 is marked only where the framework behind it has its usual length, and loops
    of a chain with residues left out and no deposited sequence may be cut a few residues off.

    References
    ----------
    Lefranc et al., Dev. Comp. Immunol. 27:55 (2003).

    Examples
    --------
    CDR3 of trastuzumab's heavy chain begins behind Cys104 and ends before Trp118:

    >>> heavy = "EVQLVESGGGLVQPGGSLRLSCAASGFNIKDTYIHWVRQAPGKGLEWVARIYPTNGYTRYADSVKGRFTISADTSKNTAYLQMNS"
    >>> heavy += "LRAEDTAVYYCSRWGGDGFYAMDYWGQGTLVTVSS"
    >>> found = variable_domains(heavy)
    >>> found.kind, ["".join(np.array(list(heavy))[found.cdr == f"CDR{k}"]) for k in (1, 2, 3)]
    ('heavy', ['GFNIKDTY', 'IYPTNGYT', 'SRWGGDGFYAMDY'])
    """
    library = _library()
    if library is not None and sequence:
        try:
            return _numbered(sequence, library)
        except library.AnarcismError:  # too long, say
            pass
    return _by_conserved_residues(sequence)


@cache
def _library() -> ModuleType | None:
    try:
        import anarcism
    except ImportError:
        return None
    return anarcism  # type: ignore[no-any-return]  # it is not there to be checked


def numbered_by() -> str:
    """Return what tells variable domains here: a library with its version, or `CONSERVED`."""
    library = _library()
    return CONSERVED if library is None else f"anarcism {library.__version__}"


def _numbered(sequence: str, library: ModuleType) -> VariableDomains:
    cdr, imgt = (np.full(len(sequence), "", dtype="U4") for _ in range(2))
    kinds = set()
    for domain in library.number_sequence(FOREIGN_LETTER.sub("X", sequence)).domains:
        if domain.chain_type not in KINDS:
            continue
        kinds.add(KINDS[domain.chain_type])
        for residue in domain.numbering:
            place = residue.sequence_index
            imgt[place] = f"{residue.position}{residue.insertion_code.strip()}"
            if residue.region.startswith("CDR"):
                cdr[place] = residue.region
    return _domains(kinds, cdr, imgt, numbered_by())


def _by_conserved_residues(sequence: str) -> VariableDomains:
    loops = np.full(len(sequence), "", dtype="U4")
    kinds = set()
    for kind, motif in (("heavy", HEAVY), ("light", LIGHT)):
        for domain in motif.finditer(sequence):
            kinds.add(kind)
            cys_23, trp_41, cys_104, j_118 = (domain.start(k) for k in range(1, 5))
            loops[cys_23 + TO_CDR1 : trp_41 - FROM_CDR1 + 1] = "CDR1"
            second = slice(trp_41 + TO_CDR2, cys_104 - FROM_CDR2[kind])
            if second.stop - second.start in CDR2_LENGTHS:
                loops[second] = "CDR2"
            loops[cys_104 + 1 : j_118] = "CDR3"
    return _domains(kinds, loops, np.full_like(loops, ""), CONSERVED)


def _domains(
    kinds: set[str], cdr: StrArray, imgt: StrArray, source: str
) -> VariableDomains:
    for column in (cdr, imgt):
        column.setflags(write=False)
    kind = kinds.pop() if len(kinds) == 1 else ""
    return VariableDomains(kind=kind, cdr=cdr, imgt=imgt, source=source)


@dataclass(frozen=True, slots=True, kw_only=True)
class AntibodyChain:
    """A chain with a variable domain."""

    auth_asym_id: str
    #: ``heavy`` or ``light``.
    kind: str
    #: As in `VariableDomains`.
    source: str
    #: Of the pair of a heavy and a light chain; 0 if it has no partner, as in a nanobody.
    number: int

    @property
    def name(self) -> str:
        """How it is shown: ``Fab 1 heavy``."""
        return f"Fab {self.number} {self.kind}" if self.number else self.kind


def antibody_chains(entry: Entry) -> tuple[AntibodyChain, ...]:
    """
    Find the antibody chains of an entry and pair heavy with light.

    Pairs are numbered in the order of their heavy chains: each heavy chain with the light chain
    that it touches most, each light chain once.
    """
    chains = entry.protein_chains
    domains = {c.auth_asym_id: variable_domains(c.sequence) for c in chains}
    kinds = {name: found.kind for name, found in domains.items() if found.kind}
    partners = _paired(entry, kinds) if len(set(kinds.values())) == 2 else {}
    heavy = [name for name in kinds if name in partners]
    numbers = {name: number for number, name in enumerate(heavy, start=1)}
    numbers |= {partners[name]: number for name, number in numbers.items()}
    return tuple(
        AntibodyChain(
            auth_asym_id=name,
            kind=kind,
            source=domains[name].source,
            number=numbers.get(name, 0),
        )
        for name, kind in kinds.items()
    )


def _paired(entry: Entry, kinds: dict[str, str]) -> dict[str, str]:
    """Light chain of each heavy one, matched from the largest contact down."""
    chains = [chain for chain in entry.protein_chains if chain.auth_asym_id in kinds]
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
