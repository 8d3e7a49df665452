"""The polymer chains of an entry: which residues they have, and where in their sequence."""

from collections import Counter
from functools import cache
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np

from il2struct.arrays import IndexArray, StrArray
from il2struct.structure.model import Chain, Note, ResidueKind, Residues
from il2struct.structure.usual_names import usual_names

if TYPE_CHECKING:
    import gemmi

#: Topic of the note on a chain whose sequence is that of its coordinates.
FROM_COORDINATES: Final = "sequence_from_coordinates"
#: Subchain name to entity and kind.
PolymerEntities: TypeAlias = dict[str, tuple["gemmi.Entity", ResidueKind]]

#: Caps of simulated and predicted chains: no amino acids, and part of the chain beside them.
FIRST_CAPS: Final = ("ACE", "FOR")
LAST_CAPS: Final = ("NME", "NMA", "NH2", "NHE")
CAPS: Final = FIRST_CAPS + LAST_CAPS


def polymer_entities(structure: "gemmi.Structure") -> PolymerEntities:
    """
    Return subchain name to entity and kind, for every polymer.

    Parameters
    ----------
    structure : gemmi.Structure
        With entities set up.
    """
    import gemmi

    protein = (gemmi.PolymerType.PeptideL, gemmi.PolymerType.PeptideD)
    nucleic = (
        gemmi.PolymerType.Dna,
        gemmi.PolymerType.Rna,
        gemmi.PolymerType.DnaRnaHybrid,
    )
    result = {}
    for entity in structure.entities:
        if entity.entity_type != gemmi.EntityType.Polymer:
            continue
        if entity.polymer_type in protein:
            kind = ResidueKind.PROTEIN
        elif entity.polymer_type in nucleic:
            kind = ResidueKind.NUCLEIC
        else:
            continue
        for subchain in entity.subchains:
            result[subchain] = (entity, kind)
    return result


def chains_of(
    residues: Residues,
    subchain: StrArray,
    entities: PolymerEntities,
    *,
    has_label: bool,
) -> tuple[dict[str, Chain], list[Note]]:
    """
    Gather the residues of each polymer and place them in the deposited sequence.

    Parameters
    ----------
    residues : Residues
    subchain : ndarray of str
        Subchain of each residue.
    entities : dict
        From `polymer_entities`.
    has_label : bool
        Whether subchain names are the archive's; gemmi invents them for PDB format.

    Returns
    -------
    chains : dict
        Subchain name to chain, in file order, glycans still missing.
    notes : list of Note
        Where coordinates and deposited sequence disagree, or there is none.
    """
    chains: dict[str, Chain] = {}
    notes: list[Note] = []
    taken: Counter[str] = Counter()
    for name in dict.fromkeys(subchain.tolist()):
        if name not in entities:
            continue
        entity, kind = entities[name]
        rows = np.flatnonzero(subchain == name)
        auth = str(residues.auth_asym_id[rows[0]])
        taken[auth] += 1
        # Two polymers may share an author letter; keep both reachable.
        auth = auth if taken[auth] == 1 else f"{auth}.{taken[auth]}"
        sequence, position, note = _sequence(entity, residues, rows, auth)
        notes += note
        chains[name] = Chain(
            auth_asym_id=auth,
            label_asym_id=name if has_label else "",
            entity_id=entity.name,
            kind=kind,
            sequence=sequence,
            residue_index=rows,
            position=position,
            glycan_index=np.zeros(0, dtype=np.int64),
            has_deposited_sequence=all(n.topic != FROM_COORDINATES for n in note),
        )
    return chains, notes


def _sequence(
    entity: "gemmi.Entity", residues: Residues, rows: IndexArray, auth: str
) -> tuple[str, IndexArray, list[Note]]:
    """Sequence, the modelled residues' places in it, and what is to be said of it."""
    import gemmi

    deposited = [
        letter_of(gemmi.Entity.first_mon(monomer)) for monomer in entity.full_sequence
    ]
    modelled = [letter_of(name) for name in residues.name[rows].tolist()]
    labels = residues.label_number[rows]
    if not deposited or not ((labels > 0) & (labels <= len(deposited))).all():
        text = (
            "The deposited sequence does not fit the coordinates"
            if deposited
            else "No sequence is deposited"
        )
        message = f"{text}; that of the coordinates is used, gaps show in numbers only."
        return (
            "".join(modelled),
            np.arange(len(rows)),
            [_note(FROM_COORDINATES, auth, 1, message)],
        )
    position: IndexArray = labels - 1
    sequence = list(deposited)
    for place, letter in zip(position.tolist(), modelled, strict=True):
        sequence[place] = letter
    n_different = sum(a != b for a, b in zip(sequence, deposited, strict=True))
    text = "Residues that the deposited sequence calls otherwise are taken as modelled."
    notes = [_note("sequence_differs", auth, n_different, text)] if n_different else []
    return "".join(sequence), position, notes


def _note(topic: str, subject: str, count: int, message: str) -> Note:
    return Note(topic=topic, subject=subject, count=count, message=message)


@cache
def letter_of(name: str) -> str:
    """
    Return a one-letter code; that of the parent for modified residues, X if unknown.

    Parameters
    ----------
    name : str
        Of a residue, the archive's or a force field's.

    Examples
    --------
    >>> letter_of("MSE"), letter_of("HSD"), letter_of("LIG")
    ('M', 'H', 'X')
    """
    import gemmi

    usual = usual_names().get(name, name)
    return gemmi.find_tabulated_residue(usual).one_letter_code.strip().upper() or "X"
