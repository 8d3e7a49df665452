"""
Mutations of a protein, and what each touches in the interfaces of known structures.

A number is that of the mature protein. The letter before it must be the residue there: numbers of
the precursor, or counted with the start Met of an expressed protein, are found out by it. A side chain
is cut to alanine where it stands (to glycine for mutations to Gly); nothing is repacked and no energy
is claimed.
"""

import csv
import io
import math
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from il2struct.arrays import BoolArray
from il2struct.comparison.complexes import images_of
from il2struct.errors import ParameterError
from il2struct.interface.interface import Interface, InterfaceParameters
from il2struct.interface.truncation import lost_side_chains, touched
from il2struct.interface.unsatisfied import unsatisfied_atoms
from il2struct.kernels.cells import nearest_distance
from il2struct.lattice.contacts import ContactKind, lattice_contacts
from il2struct.lattice.measure import measured_contacts
from il2struct.results.interface_tables import interface_residues
from il2struct.results.interfaces import InterfaceResults
from il2struct.structure.family import Family, Reference, sequons, shipped_family
from il2struct.structure.model import NO_NUMBER, ChainImage
from il2struct.structure.named import NamedEntry
from il2struct.tables import column_names, table_from_rows

if TYPE_CHECKING:
    import pandas as pd

LETTERS: Final = "ACDEFGHIKLMNPQRSTVWY"
_MUTATION: Final = re.compile(rf"([{LETTERS}])(\d+)([{LETTERS}])", re.ASCII)
#: In place of a table, the published forms of IL-2 that come with the program.
PUBLISHED: Final = "muteins"
#: How tables of variants end.
TABLE_SUFFIXES: Final = (".tsv", ".csv", ".txt")
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
    """A named form of a protein."""

    name: str
    #: The wild type: human, where the family has it.
    reference: Reference
    #: In the order given.
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

    ParameterError if the protein is not known, a mutation is malformed, or a letter before a number is
    not the residue there.
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

    The name ``muteins`` stands for `PUBLISHED`. ParameterError if the file cannot be read or lacks a
    column, and for every row that is wrong, all of them at once.
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


def is_table(text: str) -> bool:
    """Tell the name of a table of variants from a variant and from an entry."""
    is_file = text.lower().endswith(TABLE_SUFFIXES) and not text.startswith("@")
    return text == PUBLISHED or is_file


def listed_variants(
    texts: Iterable[str], *, family: Family | None = None
) -> tuple[Variant, ...]:
    """Read variants (`parse_variant`) and tables of them (`read_variants`)."""
    return tuple(
        variant
        for text in map(str, texts)
        for variant in (
            read_variants(Path(text), family=family)
            if is_table(text)
            else (parse_variant(text, family=family),)
        )
    )


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


#: Farther than this from every atom of the partner a distance is not looked up, in Å.
FAR_A: Final = 60.0
#: Stand in ``where``.
IN_INTERFACE: Final = "in the interface"
TOUCHES: Final = "touches the partner"
#: Stands in ``mutation`` for all mutations of a variant at once.
ALL: Final = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Residues (rows of the entry) of one chain image on one side of an interface."""

    results: InterfaceResults
    interface: Interface
    side: int
    image: ChainImage
    rows: tuple[int, ...]

    @property
    def indices(self) -> list[int]:
        """Values of ``residue_index`` of the side's atoms for the residues."""
        side = self.interface.sides[self.side - 1]
        start = side.images.index(self.image) * side.n_residues
        return [start + row for row in self.rows]


def variant_table(
    results: Sequence[InterfaceResults], variants: Sequence[Variant]
) -> "pd.DataFrame":
    """
    Say of each mutation what it touches in every interface of its protein: the table ``variants``.

    A row for each mutation and interface, one more for all mutations of a variant at once, and one
    without an interface for an entry that does not show the residue. What is cut is measured with the
    parameters of the interfaces.
    """
    # What is cut in the same way is measured once.
    effect = cache(partial(effect_of, before=cache(_unsatisfied)))
    rows = [
        row
        for variant in variants
        for measured in results
        for mutations, name in (
            *(((mutation,), str(mutation)) for mutation in variant.mutations),
            *([(variant.mutations, ALL)] if len(variant.mutations) > 1 else []),
        )
        for row in _rows(variant, mutations, name, measured, effect)
    ]
    return table_from_rows("variants", rows)


def lattice_variant_table(
    named: NamedEntry,
    variants: Sequence[Variant],
    *,
    parameters: InterfaceParameters | None = None,
) -> "pd.DataFrame":
    """
    Say the same of contacts of the crystal: the table ``variants``.

    Of contacts between complexes, those only in which the residues lie or which they touch; their names are
    those of ``lattice_contacts``.
    """
    parameters = parameters or InterfaceParameters()
    between = [
        contact
        for contact in lattice_contacts(named, cutoff_a=parameters.contact_cutoff_a)
        if contact.kind is not ContactKind.SAME_COMPLEX
    ]
    measured = measured_contacts(named, contacts=between, parameters=parameters)
    results = InterfaceResults(named, tuple(member.interface for member in measured))
    table = variant_table([results], variants)
    return table[table["where"].isin((IN_INTERFACE, TOUCHES))]


def _rows(
    variant: Variant,
    mutations: Sequence[Mutation],
    name: str,
    results: InterfaceResults,
    effect: Callable[[Place, str], dict[str, Any]],
) -> Iterator[dict[str, Any]]:
    """Rows of some mutations at once; `effect` is `effect_of`."""
    named = results.named
    made, lost = new_and_lost_sequons(replace(variant, mutations=tuple(mutations)))
    cysteines = [
        word
        for word, has_it in (
            ("makes Cys", any(m.mutant == "C" for m in mutations)),
            ("removes Cys", any(m.wild == "C" for m in mutations)),
        )
        if has_it
    ]
    common: dict[str, Any] = dict.fromkeys(column_names("variants")) | {
        "variant": variant.name,
        "mutation": name,
        "protein": variant.reference.role.value,
        "entry_id": named.entry.entry_id,
        "sequons_made": " ".join(made),
        "sequons_lost": " ".join(lost),
        "cysteine": ", ".join(cysteines),
        **dict.fromkeys(
            ("buried_a2", "distance_a", "area_loss_a2", "sc_loss"), math.nan
        ),
    }
    places = list(_places(variant, mutations, results))
    if not places:
        yield common | {"where": _absence(variant, mutations, named)}
    cut_to = "GLY" if all(mutation.mutant == "G" for mutation in mutations) else "ALA"
    for place in places:
        yield common | effect(place, cut_to)


def _residue_rows(
    variant: Variant, numbers: Sequence[int], named: NamedEntry, name: str
) -> list[int]:
    """Rows in the entry of the residues of a chain that have some mature numbers."""
    chain = named.entry.chain(name)
    role = next((role for role in named.roles if role.auth_asym_id == name), None)
    if role is None or role.role != variant.reference.role:
        return []
    is_asked = np.isin(role.common_number[chain.position], numbers)
    rows: list[int] = chain.residue_index[is_asked].tolist()
    return rows


def _places(
    variant: Variant, mutations: Sequence[Mutation], results: InterfaceResults
) -> Iterator[Place]:
    numbers = [mutation.mature_number for mutation in mutations]
    for interface in results:
        for side, images in enumerate(images_of(interface), start=1):
            for image in images:
                rows = _residue_rows(
                    variant, numbers, results.named, image.auth_asym_id
                )
                if rows:
                    yield Place(
                        results=results,
                        interface=interface,
                        side=side,
                        image=image,
                        rows=tuple(rows),
                    )


def _absence(variant: Variant, mutations: Sequence[Mutation], named: NamedEntry) -> str:
    """Say why an entry has no row for a residue."""
    role = variant.reference.role
    chains = [name for name, own in named.role_of.items() if own == role]
    if not chains:
        return f"no {role.value} in the entry"
    numbers = [mutation.mature_number for mutation in mutations]
    if any(_residue_rows(variant, numbers, named, chain) for chain in chains):
        return "no interface of this protein"
    return "not modelled"


def effect_of(
    place: Place,
    cut_to: str,
    *,
    before: Callable[[NamedEntry, Interface], set[tuple[int, int, str]]],
) -> dict[str, Any]:
    """
    Say what some residues touch, and what is lost when they are cut: columns of ``variants``.

    `before` tells which atoms are unsatisfied as the interface is.
    """
    named, interface = place.results.named, place.interface
    residues_of = named.entry.residues
    touches = touched(interface, place.side, place.indices)
    residues = interface.burial.sides[place.side - 1].residues
    own = np.isin(residues.residue_index, place.indices)
    in_interface = own & interface_residues(interface, place.side)[0]
    row: dict[str, Any] = {
        "complex_id": interface.complex_id,
        "interface_id": interface.interface_id,
        "partner": interface.interface_id.split("/")[2 - place.side],
        "auth_asym_id": place.image.auth_asym_id,
        "auth_numbers": " ".join(
            f"{residues_of.auth_number[row]}{residues_of.ins_code[row]}"
            for row in place.rows
        ),
        "letters": "".join(_letter_at(named, row) for row in place.rows),
        "distance_a": _distance_a(place),
        "where": IN_INTERFACE
        if in_interface.any()
        else TOUCHES
        if touches.partners
        else "elsewhere",
        "class_levy": " ".join(residues.class_levy[in_interface]),
        "buried_a2": float(residues.buried_a2[own].sum()),
        "n_contacts": len(touches.partners),
    }
    if not (in_interface.any() or touches.partners):
        lost = ("n_contacts_lost", "n_bonded_lost", "n_unsatisfied_new")
        sc_loss = math.nan if interface.complementarity is None else 0.0
        return row | dict.fromkeys(lost, 0) | {"area_loss_a2": 0.0, "sc_loss": sc_loss}
    loss = lost_side_chains(
        named.entry, interface, place.side, place.indices, name=cut_to
    )
    bonds_lost = sorted(loss.bonds)
    unsatisfied = sorted(
        _unsatisfied(named, loss.without, loss.is_near) - before(named, interface)
    )
    return row | {
        "n_unsatisfied_new": len(unsatisfied),
        "unsatisfied_new": " ".join(
            f"{_residue_name(named, residue)}.{atom}"
            for _, residue, atom in unsatisfied
        ),
        "area_loss_a2": loss.area_per_side_a2,
        "sc_loss": loss.sc,
        "n_contacts_lost": len(loss.partners),
        "n_bonded_lost": len({residue for residue, _ in bonds_lost}),
        "bonds_lost": "; ".join(
            f"{kind} to {_residue_name(named, residue)}" for residue, kind in bonds_lost
        ),
    }


def _unsatisfied(
    named: NamedEntry, interface: Interface, is_asked: Sequence[BoolArray] = ()
) -> set[tuple[int, int, str]]:
    """Side, residue and name of the buried polar atoms without a partner, waters aside."""
    atoms = [side.atoms for side in interface.sides]
    no_waters = named.entry.atoms.select(np.zeros(0, dtype=np.int64))
    return {
        (side, int(atoms[side].residue_index[row]), str(atoms[side].atom_name[row]))
        for side, found in enumerate(unsatisfied_atoms(interface, no_waters))
        for row in found.rows
        if not is_asked or is_asked[side][row]
    }


def _residue_name(named: NamedEntry, index: int) -> str:
    row = index % len(named.entry.residues)
    number = int(named.numbers.mature_number[row])
    if number == NO_NUMBER:
        number = int(named.entry.residues.auth_number[row])
    return f"{named.entry.residues.name[row].capitalize()}{number}"


def _letter_at(named: NamedEntry, row: int) -> str:
    chain = named.entry.chains[int(named.entry.residues.chain_index[row])]
    place = chain.position[np.flatnonzero(chain.residue_index == row)[0]]
    return chain.sequence[place]


def _distance_a(place: Place) -> float:
    """From the residues to the nearest heavy atom of the partner, Å."""
    sides = place.interface.sides
    own, partner = (side.atoms for side in sides[:: 3 - 2 * place.side])
    mine = np.isin(own.residue_index, place.indices) & ~own.is_hydrogen
    found = nearest_distance(
        own.coords[mine], partner.coords[~partner.is_hydrogen], FAR_A
    )
    return float(np.nanmin(found)) if np.isfinite(found).any() else math.nan
