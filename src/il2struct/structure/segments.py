"""Chains of PDB-format files put in order: polymers named apart, and before their ligands."""

from collections import Counter
from string import ascii_lowercase, ascii_uppercase, digits
from typing import TYPE_CHECKING

from il2struct.structure.model import Note

if TYPE_CHECKING:
    import gemmi


def sort_polymers_first(structure: "gemmi.Structure") -> None:
    """
    Put waters, ions, sugars and ligands behind the polymer of their chain, in place.

    gemmi looks for the polymer at the start of a chain; programs that sort by residue number write
    a water 1 before the residue 24 that begins the protein.

    Parameters
    ----------
    structure : gemmi.Structure
        Subchains not assigned; chains that have them (mmCIF) are left alone.
    """
    for model in structure:
        for chain in model:
            behind = [_is_no_polymer(residue) for residue in chain]
            if behind == sorted(behind) or chain[0].subchain:
                continue
            rows = [row for row, is_behind in enumerate(behind) if is_behind]
            moved = [chain[row].clone() for row in rows]
            for row in reversed(rows):
                del chain[row]
            for residue in moved:
                chain.add_residue(residue)


def _is_no_polymer(residue: "gemmi.Residue") -> bool:
    """Whether a residue is known to be neither amino acid nor nucleotide."""
    import gemmi

    table = gemmi.find_tabulated_residue(residue.name)
    # What is not in the table may be a modified residue, and stays where it is.
    return bool(
        table.found() and not table.is_amino_acid() and not table.is_nucleic_acid()
    )


def name_chains_apart(structure: "gemmi.Structure") -> list[Note]:
    """
    Give every polymer of each model a chain name of its own, in place.

    Programs for molecular dynamics leave the chain name blank or write one letter everywhere.
    Unnamed chains get the name of their segment or the next free letter, further polymers of one name a number (``A.2``).

    Parameters
    ----------
    structure : gemmi.Structure
        Read with ``split_chain_on_ter`` if a chain name is used again behind its TER.

    Returns
    -------
    list of Note
        What was renamed in the first model.
    """
    notes: list[Note] = []
    for position, model in enumerate(structure):
        renamed = _name_unnamed(model) + _number_repeated(model)
        if renamed and position == 0:
            text = "Chains that the file does not name apart are called by these names."
            subject = ", ".join(renamed)
            count = len(renamed)
            notes.append(
                Note(topic="chains_renamed", subject=subject, count=count, message=text)
            )
    return notes


def _name_unnamed(model: "gemmi.Model") -> list[str]:
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
            given.append(_segment(chain, taken) or next(free, f"?{len(given)}"))
            taken.add(given[-1])
        chain.name = given[0] if not _has_polymer(chain) else given[-1]
    return given


def _segment(chain: "gemmi.Chain", taken: set[str]) -> str:
    """Segment of an unnamed chain, by which programs for molecular dynamics call it."""
    name = str(chain[0].segment).strip()
    return "" if name in taken else name


def _number_repeated(model: "gemmi.Model") -> list[str]:
    """Add a number to further polymers of one name; join ligands and waters to the first."""
    if len({chain.name for chain in model}) == len(model):
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


def _has_polymer(chain: "gemmi.Chain") -> bool:
    """Whether any ATOM record of a piece of chain is of an amino acid or nucleotide."""
    import gemmi

    tables = (
        gemmi.find_tabulated_residue(residue.name)
        for residue in chain
        if residue.het_flag == "A"
    )
    return any(table.is_amino_acid() or table.is_nucleic_acid() for table in tables)
