"""The polymer chains of an entry: named apart, placed in their sequence, with what the file says of it."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import islice
from string import ascii_lowercase, ascii_uppercase, digits
from typing import Final, TypeAlias

import gemmi
import numpy as np

from il2struct.arrays import IndexArray, StrArray
from il2struct.structure.components import is_monomer, tabulated
from il2struct.structure.model import (
    NO_NUMBER,
    Chain,
    Note,
    ResidueKind,
    Residues,
    counted_notes,
)

#: Topic of the note on a chain whose sequence is that of its coordinates.
FROM_COORDINATES: Final = "sequence_from_coordinates"
#: Subchain name to entity and kind.
PolymerEntities: TypeAlias = dict[str, tuple[gemmi.Entity, ResidueKind]]
#: Caps of simulated and predicted chains: no amino acids, and part of the chain beside them.
FIRST_CAPS: Final = ("ACE", "FOR")
LAST_CAPS: Final = ("NME", "NMA", "NH2", "NHE")
CAPS: Final = FIRST_CAPS + LAST_CAPS
#: What a residue is, by words of the free text in SEQADV and ``_struct_ref_seq_dif``; the first
#: that is found counts.
KINDS: Final = (
    ("linker", ("LINKER",)),
    ("tag", ("TAG", "CLONING", "ARTIFACT", "ARTEFACT", "INITIATING", "LEADER")),
    ("mutation", ("MUTA", "ENGINEERED", "VARIANT", "CONFLICT", "POLYMORPHISM")),
)
#: Columns of a SEQADV record: residue name, chain, number, insertion code, text.
SEQADV_COLUMNS: Final = ((12, 15), (15, 17), (18, 22), (22, 23), (49, 70))
#: Columns of a COMPND record that hold its text.
COMPND_COLUMNS: Final = slice(10, 80)
#: Descriptions longer than this are cut.
LONGEST_DESCRIPTION: Final = 40
#: What is a word in a description all in capitals, and no abbreviation: IGG1, FAB and HIV-1 stay.
CAPITALS: Final = re.compile(r"\b(?!FAB|SCFV|DNA|RNA)(?:[A-Z]{3,4}(?!-\d)|[A-Z]{5,})\b")
#: Items of mmCIF: residue, chain, place in the sequence, text.
CIF_ITEMS: Final = ("mon_id", "pdbx_pdb_strand_id", "seq_num", "details")


def sort_polymers_first(structure: gemmi.Structure) -> None:
    """
    Put waters, ions, sugars and ligands behind the polymer of their chain, in place.

    gemmi looks for the polymer at the start of a chain; programs that sort by residue number write
    a water 1 before the residue 24 that begins the protein. Chains that have subchains (mmCIF) are left
    alone.
    """
    for model in structure:
        for chain in model:
            behind = [_is_no_polymer(residue.name) for residue in chain]
            if behind == sorted(behind) or chain[0].subchain:
                continue
            rows = [row for row, is_behind in enumerate(behind) if is_behind]
            moved = [chain[row].clone() for row in rows]
            for row in reversed(rows):
                del chain[row]
            for residue in moved:
                chain.add_residue(residue)


@cache
def _is_no_polymer(name: str) -> bool:
    """Whether a residue is known to be neither amino acid nor nucleotide."""
    table = gemmi.find_tabulated_residue(name)
    # What is not in the table may be a modified residue, and stays where it is.
    return bool(table.found() and not is_monomer(table))


def name_chains_apart(structure: gemmi.Structure) -> list[Note]:
    """
    Give every polymer of each model a chain name of its own, in place; note it of the first model.

    Programs for molecular dynamics leave the chain name blank or write one letter everywhere.
    Unnamed chains get the name of their segment or the next free letter, further polymers of one name a
    number (``A.2``). A name that is used again behind its TER must have been read as another chain.
    """
    renamed = [_name_unnamed(model) + _number_repeated(model) for model in structure]
    return chains_renamed(renamed[0] if renamed else [])


def chains_renamed(names: Sequence[str]) -> list[Note]:
    """Note names that were given to chains."""
    text = "Chains that the file does not name apart are called by these names."
    return counted_notes(("chains_renamed", text, ", ".join(names), len(names)))


def _name_unnamed(model: gemmi.Model) -> list[str]:
    taken = {chain.name for chain in model}
    if "" not in taken:
        return []
    letters = ascii_uppercase + ascii_lowercase + digits
    free = (letter for letter in letters if letter not in taken)
    given: list[str] = []
    for chain in model:
        if chain.name:
            continue
        if not given or _has_polymer(chain):
            # Programs for molecular dynamics call chains by their segments.
            segment = str(chain[0].segment).strip()
            given.append(next(free, f"?{len(given)}") if segment in taken else segment)
            taken.add(given[-1])
        chain.name = given[0] if not _has_polymer(chain) else given[-1]
    return given


def _number_repeated(model: gemmi.Model) -> list[str]:
    """Add a number to further polymers of one name; join ligands and waters to the first."""
    if len({chain.name for chain in model}) == len(model):
        return []
    if _join_behind(model):
        return []
    # Polymers first: gemmi looks for them at the start of a chain.
    pieces = sorted(
        (chain.clone() for chain in model), key=lambda piece: not _has_polymer(piece)
    )
    for name in {piece.name for piece in pieces}:
        model.remove_chain(name)
    n_polymers: Counter[str] = Counter()
    renamed: list[str] = []
    for piece in pieces:
        name = piece.name
        n_polymers[name] += _has_polymer(piece)
        first = model.find_chain(name)
        if first is not None and not _has_polymer(piece):
            for residue in piece:
                first.add_residue(residue)
            continue
        if n_polymers[name] > 1:
            piece.name = f"{name}.{n_polymers[name]}"
            renamed.append(piece.name)
        model.add_chain(piece)
    return renamed


def _join_behind(model: gemmi.Model) -> bool:
    """Join what stands behind all polymers to them, if each has a name of its own; say whether."""
    has_polymer = [_has_polymer(chain) for chain in model]
    n_polymers = sum(has_polymer)
    first_of = {chain.name: chain for chain in islice(model, n_polymers)}
    if not all(has_polymer[:n_polymers]) or len(first_of) < n_polymers:
        return False
    joined = []
    for place, piece in enumerate(islice(model, n_polymers, None), n_polymers):
        first = first_of.setdefault(piece.name, piece)
        if first is not piece:
            joined.append(place)
            for residue in piece:
                first.add_residue(residue)
    for place in reversed(joined):
        del model[place]
    return True


def _has_polymer(chain: gemmi.Chain) -> bool:
    """Whether any ATOM record of a piece of chain is of an amino acid or nucleotide."""
    names = {residue.name for residue in chain if residue.het_flag == "A"}
    return any(is_monomer(gemmi.find_tabulated_residue(name)) for name in names)


def polymer_entities(structure: gemmi.Structure) -> PolymerEntities:
    """Return subchain name to entity and kind, for every polymer; entities are set up."""
    types = gemmi.PolymerType
    kinds = dict.fromkeys((types.PeptideL, types.PeptideD), ResidueKind.PROTEIN)
    nucleic = (types.Dna, types.Rna, types.DnaRnaHybrid)
    kinds |= dict.fromkeys(nucleic, ResidueKind.NUCLEIC)
    return {
        subchain: (entity, kinds[entity.polymer_type])
        for entity in structure.entities
        if entity.entity_type == gemmi.EntityType.Polymer
        and entity.polymer_type in kinds
        for subchain in entity.subchains
    }


def chains_of(
    residues: Residues,
    subchain: StrArray,
    entities: PolymerEntities,
    *,
    has_label: bool,
) -> tuple[dict[str, Chain], list[Note]]:
    """
    Gather the residues of each polymer and place them in the deposited sequence.

    Returned are the chains by subchain name, glycans still missing, and notes where coordinates and
    deposited sequence disagree, or there is none. ``has_label`` tells whether subchain names are the
    archive's; gemmi invents them for PDB format.
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
    entity: gemmi.Entity, residues: Residues, rows: IndexArray, auth: str
) -> tuple[str, IndexArray, list[Note]]:
    """Sequence, the modelled residues' places in it, and what is to be said of it."""
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
        text += "; that of the coordinates is used, gaps show in numbers only."
        notes = [Note(FROM_COORDINATES, text, auth)]
        return "".join(modelled), np.arange(len(rows)), notes
    position: IndexArray = labels - 1
    sequence = list(deposited)
    for place, letter in zip(position.tolist(), modelled, strict=True):
        sequence[place] = letter
    n_different = sum(a != b for a, b in zip(sequence, deposited, strict=True))
    text = "Residues that the deposited sequence calls otherwise are taken as modelled."
    notes = counted_notes(("sequence_differs", text, auth, n_different))
    return "".join(sequence), position, notes


@cache
def letter_of(name: str) -> str:
    """
    Return a one-letter code; that of the parent for modified residues, X if unknown.

    Examples
    --------
    >>> letter_of("MSE"), letter_of("HSD"), letter_of("LIG")
    ('M', 'H', 'X')
    """
    return tabulated(name).one_letter_code.strip().upper() or "X"


@dataclass(frozen=True, slots=True)
class Declared:
    """A difference to the reference sequence that a file declares."""

    #: Chain by the author.
    auth_asym_id: str
    residue_name: str
    #: ``tag``, ``linker`` or ``mutation``.
    kind: str
    #: By the author; `NO_NUMBER` where the place in the sequence is given.
    auth_number: int = NO_NUMBER
    ins_code: str = ""
    #: In the deposited sequence, from 0; `NO_NUMBER` where the author's number is given.
    place: int = NO_NUMBER


def declared_kind(details: str) -> str:
    """
    Return what a residue is by the text beside it; empty if it says something else.

    Examples
    --------
    >>> declared_kind("expression tag"), declared_kind("ENGINEERED MUTATION"), declared_kind("CHROMOPHORE")
    ('tag', 'mutation', '')
    """
    text = details.upper()
    return next(
        (kind for kind, words in KINDS if any(word in text for word in words)), ""
    )


def declared_in_pdb(records: Iterable[bytes]) -> tuple[Declared, ...]:
    """Read the SEQADV records of a PDB-format file."""
    differences = []
    for line in records:
        name, chain, number, ins_code, details = (
            line[start:stop].decode("ascii", "replace").strip()
            for start, stop in SEQADV_COLUMNS
        )
        kind = declared_kind(details)
        if kind and name and number.lstrip("-").isdigit():
            differences.append(Declared(chain, name, kind, int(number), ins_code))
    return tuple(differences)


def declared_in_mmcif(block: gemmi.cif.Block) -> tuple[Declared, ...]:
    """Read ``_struct_ref_seq_dif`` of an mmCIF file."""
    differences = []
    for row in block.find("_struct_ref_seq_dif.", list(CIF_ITEMS)):
        name, chain, place, details = (gemmi.cif.as_string(value) for value in row)
        kind = declared_kind(details)
        if kind and name and place.isdigit():
            differences.append(Declared(chain, name, kind, place=int(place) - 1))
    return tuple(differences)


def short_description(text: str) -> str:
    """
    Return what a file calls a molecule as one short line, words in capitals as usual.

    Examples
    --------
    >>> short_description("BARNASE"), short_description("PROTEIN (INTERLEUKIN-4)")
    ('barnase', 'interleukin-4')
    """
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    # Files of about 1999 call every protein so.
    if line.upper().startswith("PROTEIN (") and line.endswith(")"):
        line = line[len("PROTEIN (") : -1]
    if line.isupper():
        line = CAPITALS.sub(lambda word: word[0].lower(), line)
    if len(line) > LONGEST_DESCRIPTION:
        line = line[: LONGEST_DESCRIPTION - 1].rstrip() + "…"
    return line


def described_in_pdb(records: Iterable[bytes]) -> dict[str, str]:
    """Read what COMPND records call the molecule of each chain."""
    text = ""
    for record in records:
        part = record[COMPND_COLUMNS].decode("ascii", "replace").strip()
        text += part if text.endswith("-") else f" {part}"
    found: dict[str, str] = {}
    molecule = ""
    for field in text.split(";"):
        key, _, value = (part.strip() for part in field.partition(":"))
        if key == "MOL_ID":
            molecule = ""
        elif key == "MOLECULE":
            molecule = short_description(value)
        elif key == "CHAIN" and molecule:
            for chain in value.split(","):
                found.setdefault(chain.strip(), molecule)
    return found


def described_in_mmcif(block: gemmi.cif.Block) -> dict[str, str]:
    """Read what an mmCIF file calls each entity."""
    rows = block.find("_entity.", ["id", "pdbx_description"])
    named = ([gemmi.cif.as_string(value) for value in row] for row in rows)
    return {name: short_description(text) for name, text in named if text}


def with_declared(
    chain: Chain, residues: Residues, declared: Iterable[Declared]
) -> Chain:
    """
    Put what a file declares of a chain at the places of its sequence.

    What names another residue than the sequence has there is no witness.
    """
    kinds = {}
    for difference in declared:
        if difference.auth_asym_id != chain.auth_asym_id:
            continue
        place = _place(chain, residues, difference)
        table = gemmi.find_tabulated_residue(difference.residue_name)
        letter = table.one_letter_code.upper()
        if 0 <= place < len(chain.sequence) and chain.sequence[place] == letter:
            kinds[place] = difference.kind
    return replace(chain, declared=tuple(sorted(kinds.items()))) if kinds else chain


def _place(chain: Chain, residues: Residues, declared: Declared) -> int:
    """Place in the sequence; an author's number is counted on from the nearest residue modelled."""
    if declared.place != NO_NUMBER:
        return declared.place
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
