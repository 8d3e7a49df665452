"""What a file itself says of residues that its reference sequence lacks: tags, linkers, mutations."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from il2struct.structure.model import NO_NUMBER, Chain, Residues

if TYPE_CHECKING:
    import gemmi

#: What a residue is, by words of the free text in SEQADV and ``_struct_ref_seq_dif``; the first
#: that is found counts.
KINDS: Final = (
    ("linker", ("LINKER",)),
    ("tag", ("TAG", "CLONING", "ARTIFACT", "ARTEFACT", "INITIATING", "LEADER")),
    ("mutation", ("MUTA", "ENGINEERED", "VARIANT", "CONFLICT", "POLYMORPHISM")),
)
#: Columns of a SEQADV record: residue name, chain, number, insertion code, text.
SEQADV_COLUMNS: Final = ((12, 15), (15, 17), (18, 22), (22, 23), (49, 70))
#: Items of mmCIF: residue, chain, place in the sequence, text.
CIF_ITEMS: Final = ("mon_id", "pdbx_pdb_strand_id", "seq_num", "details")


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """
    A difference to the reference sequence that a file declares.

    Attributes
    ----------
    auth_asym_id : str
        Chain by the author.
    residue_name : str
    kind : str
        ``tag``, ``linker`` or ``mutation``.
    auth_number : int
        By the author; `NO_NUMBER` where the place in the sequence is given.
    ins_code : str
    place : int
        In the deposited sequence, from 0; `NO_NUMBER` where the author's number is given.
    """

    auth_asym_id: str
    residue_name: str
    kind: str
    auth_number: int = NO_NUMBER
    ins_code: str = ""
    place: int = NO_NUMBER


def kind_of(details: str) -> str:
    """
    Return what a residue is by the text beside it; empty if it says something else.

    Examples
    --------
    >>> kind_of("expression tag"), kind_of("ENGINEERED MUTATION"), kind_of("CHROMOPHORE")
    ('tag', 'mutation', '')
    """
    text = details.upper()
    return next(
        (kind for kind, words in KINDS if any(word in text for word in words)), ""
    )


def declared_in_pdb(lines: Iterable[bytes]) -> tuple[Declared, ...]:
    """
    Read the SEQADV records of a PDB-format file.

    Parameters
    ----------
    lines : iterable of bytes
    """
    found = []
    for line in lines:
        if not line.startswith(b"SEQADV"):
            continue
        name, chain, number, ins_code, details = (
            line[start:stop].decode("ascii", "replace").strip()
            for start, stop in SEQADV_COLUMNS
        )
        kind = kind_of(details)
        if kind and name and number.lstrip("-").isdigit():
            found.append(
                Declared(
                    auth_asym_id=chain,
                    residue_name=name,
                    kind=kind,
                    auth_number=int(number),
                    ins_code=ins_code,
                )
            )
    return tuple(found)


def declared_in_mmcif(block: "gemmi.cif.Block") -> tuple[Declared, ...]:
    """
    Read ``_struct_ref_seq_dif`` of an mmCIF file.

    Parameters
    ----------
    block : gemmi.cif.Block
    """
    import gemmi

    found = []
    for row in block.find("_struct_ref_seq_dif.", list(CIF_ITEMS)):
        name, chain, place, details = (gemmi.cif.as_string(value) for value in row)
        kind = kind_of(details)
        if kind and name and place.isdigit():
            found.append(
                Declared(
                    auth_asym_id=chain,
                    residue_name=name,
                    kind=kind,
                    place=int(place) - 1,
                )
            )
    return tuple(found)


def with_declared(
    chain: Chain, residues: Residues, declared: Iterable[Declared]
) -> Chain:
    """
    Put what a file declares of a chain at the places of its sequence.

    Parameters
    ----------
    chain : Chain
    residues : Residues
        Of the entry.
    declared : iterable of Declared
        Of the entry; what names another residue than the sequence has there is no witness.
    """
    import gemmi

    found = {}
    for each in declared:
        if each.auth_asym_id != chain.auth_asym_id:
            continue
        place = each.place if each.place != NO_NUMBER else _place(chain, residues, each)
        letter = gemmi.find_tabulated_residue(each.residue_name).one_letter_code.upper()
        if 0 <= place < len(chain.sequence) and chain.sequence[place] == letter:
            found[place] = each.kind
    return replace(chain, declared=tuple(sorted(found.items()))) if found else chain


def _place(chain: Chain, residues: Residues, declared: Declared) -> int:
    """Place of an author's number; counted on from the nearest residue that has coordinates."""
    rows = chain.residue_index
    away = np.abs(residues.auth_number[rows] - declared.auth_number)
    same = np.flatnonzero((away == 0) & (residues.ins_code[rows] == declared.ins_code))
    if len(same):
        return int(chain.position[same[0]])
    nearest = int(np.argmin(away))
    return int(
        chain.position[nearest]
        + declared.auth_number
        - residues.auth_number[rows[nearest]]
    )
