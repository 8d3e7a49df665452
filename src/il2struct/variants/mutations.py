"""
Mutations as people write them, checked against the sequence of the protein.

A number is that of the mature protein. The letter before it must be the residue there: numbers of
the precursor, or counted with the start Met of an expressed protein, are found out by it.
"""

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Final

from il2struct.errors import ParameterError
from il2struct.structure.family import Family, Reference, sequons, shipped_family

LETTERS: Final = "ACDEFGHIKLMNPQRSTVWY"
_MUTATION: Final = re.compile(rf"([{LETTERS}])(\d+)([{LETTERS}])", re.ASCII)
#: In place of a table, the published forms of IL-2 that come with the program.
PUBLISHED: Final = "muteins"
#: Columns of a table of variants; others are left alone.
COLUMNS: Final = ("name", "protein", "mutations")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutation:
    """One residue of a mature protein changed for another."""

    wild: str
    mature_number: int
    mutant: str

    def __str__(self) -> str:
        return f"{self.wild}{self.mature_number}{self.mutant}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """
    A named form of a protein.

    Attributes
    ----------
    name : str
    reference : Reference
        The wild type: human, where the family has it.
    mutations : tuple of Mutation
        In the order given.
    """

    name: str
    reference: Reference
    mutations: tuple[Mutation, ...]

    @property
    def sequence(self) -> str:
        """Precursor with the mutations in it."""
        letters = list(self.reference.sequence)
        for mutation in self.mutations:
            place = mutation.mature_number + self.reference.mature_offset - 1
            letters[place] = mutation.mutant
        return "".join(letters)


def parse_variant(
    text: str, *, name: str = "", family: Family | None = None
) -> Variant:
    """
    Read ``IL2:F42A,Y45A``: a protein by any of its names, then its mutations.

    Raises
    ------
    ParameterError
        If the protein is not known, a mutation is malformed, or a letter before a number is not the
        residue there.
    """
    protein, colon, listed = text.partition(":")
    if not colon:
        raise ParameterError(
            f"a variant is written PROTEIN:MUTATIONS, as IL2:F42A,Y45A, not {text!r}."
        )
    reference = _reference(protein.strip(), family or shipped_family())
    words = [word for word in re.split(r"[,;/+\s]+", listed.strip()) if word]
    if not words:
        raise ParameterError(
            f"{text!r} names no mutation; write them as IL2:F42A,Y45A."
        )
    mutations = []
    for word in words:
        match = _MUTATION.fullmatch(word.upper())
        if match is None:
            raise ParameterError(
                f"{word!r} in {text!r} is no mutation of one residue; write the letter it has, its "
                "mature number and the letter it gets, as F42A."
            )
        wild, number, mutant = match.groups()
        mutations.append(Mutation(wild=wild, mature_number=int(number), mutant=mutant))
    _check(mutations, reference, text)
    return Variant(name=name or text, reference=reference, mutations=tuple(mutations))


def read_variants(path: Path, *, family: Family | None = None) -> tuple[Variant, ...]:
    """
    Read a table of variants: tab or comma separated, with the columns name, protein and mutations.

    The name ``muteins`` stands for `PUBLISHED`.

    Raises
    ------
    ParameterError
        If the file cannot be read or lacks a column, and for every row that is wrong, all of them
        at once.
    """
    shipped = resources.files("il2struct.data") / f"{PUBLISHED}.tsv"
    try:
        text = (
            (shipped if str(path) == PUBLISHED else path)
            .read_bytes()
            .decode("utf-8-sig")
        )
    except (OSError, UnicodeDecodeError) as error:
        raise ParameterError(
            f"{path} cannot be read as a table of variants: {error}."
        ) from None
    lines = [line for line in text.splitlines() if line.strip() and line[0] != "#"]
    if not lines:
        raise ParameterError(f"{path} holds no variants.")
    delimiter = "\t" if "\t" in lines[0] else ","
    rows = csv.DictReader(io.StringIO("\n".join(lines)), delimiter=delimiter)
    missing = [name for name in COLUMNS if name not in (rows.fieldnames or ())]
    if missing:
        raise ParameterError(
            f"{path} lacks the column {', '.join(missing)}; a table of variants has the columns "
            f"{', '.join(COLUMNS)}."
        )
    variants, wrong = [], []
    for row in rows:
        name, protein, mutations = ((row[column] or "").strip() for column in COLUMNS)
        try:
            variants.append(
                parse_variant(f"{protein}:{mutations}", name=name, family=family)
            )
        except ParameterError as error:
            wrong.append(f"{name}: {error}")
    if wrong:
        raise ParameterError(f"{path}: {' '.join(wrong)}")
    return tuple(variants)


def new_and_lost_sequons(variant: Variant) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the N-glycosylation sites that the mutations make and remove, ``N88`` and so on."""
    signal = variant.reference.mature_offset
    before, after = (
        {position + 1 - signal for position in sequons(sequence) if position >= signal}
        for sequence in (variant.reference.sequence, variant.sequence)
    )
    made, lost = (
        tuple(f"N{n}" for n in sorted(sites))
        for sites in (after - before, before - after)
    )
    return made, lost


def _reference(protein: str, family: Family) -> Reference:
    role = family.role_named(protein)
    references = [r for r in family.references if r.role == role] if role else []
    if not references:
        known = ", ".join(dict.fromkeys(r.role.value for r in family.references))
        raise ParameterError(
            f"{protein!r} is no protein of the family; it has {known} (or use --references)."
        )
    own = [r for r in references if r.species == family.numbering_species]
    return (own or references)[0]


def _check(mutations: Sequence[Mutation], reference: Reference, text: str) -> None:
    """Refuse letters that are not in the sequence, and say which numbering would fit them all."""
    offset = reference.mature_offset
    wrong = [
        m for m in mutations if _letter(reference, m.mature_number + offset) != m.wild
    ]
    if not wrong:
        return
    said = ", ".join(
        f"{m} (residue {m.mature_number} is "
        f"{_letter(reference, m.mature_number + offset) or 'not there'})"
        for m in wrong
    )
    shifts = {"counted along the precursor": -offset, "counted with a start Met": -1}
    fitting = [
        (words, shift)
        for words, shift in shifts.items()
        if all(
            _letter(reference, m.mature_number + shift + offset) == m.wild
            for m in mutations
        )
    ]
    hint = "; look at the sequence with il2struct roles"
    if fitting:
        words, shift = fitting[0]
        mature = ",".join(
            f"{m.wild}{m.mature_number + shift}{m.mutant}" for m in mutations
        )
        hint = f"; the numbers look {words}: write {reference.role.value}:{mature}"
    raise ParameterError(
        f"{text!r} does not fit mature {reference.species} {reference.role.value} in {said}{hint}."
    )


def _letter(reference: Reference, uniprot_number: int) -> str:
    inside = 0 < uniprot_number <= len(reference.sequence)
    return reference.sequence[uniprot_number - 1] if inside else ""
