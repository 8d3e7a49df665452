"""
Whether evolution kept the residues of a contact, and the bonds they make.

Sequences of other species are those of `data/orthologs.fasta`, extracellular parts only, each with
its source. Few are known and close kin are among them: this is a small sample.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final

import numpy as np

from il2struct.arrays import BoolArray, FloatArray
from il2struct.interface.truncation import BACKBONE
from il2struct.lattice.classes import ContactClass
from il2struct.lattice.measure import MeasuredContact
from il2struct.network.evidence.lines import (
    HIGH_PERCENT,
    LOW_PERCENT,
    MEDIAN_PERCENT,
    Case,
    Evidence,
    Line,
    Verdict,
    controls_of,
    line,
)
from il2struct.network.evidence.measures import Group, percentile
from il2struct.network.evidence.point_mutations import EXPOSED
from il2struct.network.evidence.sites import interface_rows
from il2struct.results.lattice_tables import BOND_KINDS
from il2struct.structure.alignment import aligned
from il2struct.structure.family import Reference, Role, symbol_of
from il2struct.structure.model import NO_NUMBER
from il2struct.structure.named import NamedEntry

#: Stands where another species has no residue.
GAP: Final = "-"
#: Side chains that can give and take a hydrogen bond, and that carry a charge.
DONORS, ACCEPTORS = frozenset("RKHNQSTYW"), frozenset("DENQHSTY")
ANIONS, CATIONS = frozenset("DE"), frozenset("KRH")

#: Every residue.
LETTERS: Final = frozenset("ACDEFGHIKLMNPQRSTVWY")

#: Role and mature number.
Key = tuple[str, int]
#: Residues that could stand at one end of a bond.
Able = frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ortholog:
    """The extracellular part of a protein in another species."""

    accession: str
    role: str
    species: str
    source: str
    sequence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConservedResidue:
    """A residue of a contact in other species."""

    role: str
    mature_number: int
    letter: str  # of the reference
    letters: str  # ``mouse:I rat:I``, - where the species has no residue
    n_species: int
    identity: float  # share of the species with the same letter
    n_bonded: int  # partner residues bonded in every copy
    # To how many of these a bond could be made by the residue that each species has there.
    bonds_kept: str  # ``mouse:0 rat:0``


@cache
def orthologs() -> tuple[Ortholog, ...]:
    """
    Read the shipped sequences of other species.

    Examples
    --------
    >>> sorted({o.role for o in orthologs()})
    ['IL2', 'IL2RA', 'IL2RB', 'IL2RG']
    """
    file = resources.files("il2struct.data").joinpath("orthologs.fasta")
    found = []
    for part in file.read_text(encoding="utf-8").split(">")[1:]:
        header, _, body = part.partition("\n")
        accession, role, species, _, source = header.split(maxsplit=4)
        found.append(
            Ortholog(
                accession=accession,
                role=role,
                species=species,
                source=source,
                sequence="".join(body.split()),
            )
        )
    return tuple(found)


@cache
def letters_of(reference: Reference) -> Mapping[str, Mapping[int, str]]:
    """
    Align the orthologs of a protein to it: letter by species and mature number.

    `GAP` where a species lacks the residue; nothing beyond the ends of what is known of it.
    """
    letters = {}
    for ortholog in orthologs():
        if (
            ortholog.role != reference.role.value
            or ortholog.species == reference.species
        ):
            continue
        own, other = aligned(ortholog.sequence, reference.sequence)
        numbers = other - reference.mature_offset + 1
        known = dict.fromkeys(range(int(numbers[0]), int(numbers[-1]) + 1), GAP)
        for place, number in zip(own.tolist(), numbers.tolist(), strict=True):
            known[number] = ortholog.sequence[place]
        letters[ortholog.species] = known
    return letters


def identity(reference: Reference, mature_number: int) -> float:
    """Share of other species that have the same residue; NaN if it is known of none."""
    wild = letter(reference, mature_number)
    others = [
        known[mature_number]
        for known in letters_of(reference).values()
        if mature_number in known
    ]
    return sum(other == wild for other in others) / len(others) if others else np.nan


def letter(reference: Reference, mature_number: int) -> str:
    """Return the residue of the reference."""
    return reference.sequence[mature_number + reference.mature_offset - 1]


def _references(named: NamedEntry) -> dict[str, Reference]:
    """By role, of the chains of an entry."""
    return {
        chain.reference.role.value: chain.reference
        for chain in named.roles
        if chain.reference is not None
    }


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Surface:
    """Exposed residues of one side of a contact that other species tell of."""

    coords: FloatArray  # of CB, else CA; shape (n, 3)
    identities: FloatArray
    is_contact: BoolArray

    def patches(self) -> FloatArray:
        """
        Mean identity of patches as large as the contact, one around each residue.

        A patch is the residue and the nearest others.
        """
        size = int(self.is_contact.sum())
        between = np.linalg.norm(self.coords[:, np.newaxis] - self.coords, axis=2)
        nearest = np.argsort(between, axis=1, kind="stable")[:, :size]
        means: FloatArray = self.identities[nearest].mean(axis=1)
        return means


def percentile_among_patches(sides: Sequence[Surface]) -> float:
    """
    Percentage of pairs of patches, one on either side, that a contact exceeds in mean identity.

    Ties are counted half; NaN if nothing is known of a side.
    """
    sizes = [int(side.is_contact.sum()) for side in sides]
    if not all(sizes):
        return np.nan
    own = [float(side.identities[side.is_contact].sum()) for side in sides]
    first, second = (
        size * side.patches() for size, side in zip(sizes, sides, strict=True)
    )
    pairs = (first[:, np.newaxis] + second).ravel() / sum(sizes)
    # Sums of the same numbers in another order are ties as well.
    return percentile(round(sum(own) / sum(sizes), 9), np.round(pairs, 9))


def surfaces_of(member: MeasuredContact) -> list[Surface]:
    """Both sides of a contact; empty ones where a chain has no role or no ortholog."""
    references, numbers = _references(member.named), member.named.numbers
    tips = _tips(member.named)
    found = []
    for (partner, in_contact), burial in zip(
        interface_rows(member), member.interface.burial.sides, strict=True
    ):
        reference = references.get(partner.role)
        residues = burial.residues
        rows = partner.residue_row(residues.residue_index)
        identities = np.array(
            [
                identity(reference, number)
                if reference is not None and number != NO_NUMBER
                else np.nan
                for number in numbers.mature_number[rows].tolist()
            ]
        )
        is_known = ~np.isnan(identities) & ~np.isnan(tips[rows, 0])
        kept = is_known & (residues.relative_free >= EXPOSED)
        found.append(
            Surface(
                coords=tips[rows[kept]],
                identities=identities[kept],
                is_contact=np.isin(rows[kept], in_contact),
            )
        )
    return found


def _tips(named: NamedEntry) -> FloatArray:
    """Where each residue of an entry stands as deposited: CB, else CA, else NaN."""
    atoms = named.entry.atoms
    tips = np.full((len(named.entry.residues), 3), np.nan)
    for name in ("CA", "CB"):
        has_name = atoms.atom_name == name
        tips[atoms.residue_index[has_name]] = atoms.coords[has_name]
    return tips


def recurring_bonds(
    members: Sequence[MeasuredContact],
) -> dict[tuple[Key, Key], tuple[tuple[tuple[Able, Able], ...], ...]]:
    """Residue pairs bonded in every copy of a contact: for each copy the bonds between them."""
    copies = []
    for member in members:
        pairs: dict[tuple[Key, Key], tuple[tuple[Able, Able], ...]] = {}
        for keys, ends in _bonds(member):
            pairs[keys] = (*pairs.get(keys, ()), ends)
        copies.append(pairs)
    common = set(copies[0]).intersection(*copies[1:]) if copies else set()
    return {keys: tuple(pairs[keys] for pairs in copies) for keys in sorted(common)}


def _bonds(member: MeasuredContact) -> list[tuple[tuple[Key, Key], tuple[Able, Able]]]:
    """Bonds between numbered residues of a contact, and what could stand at their ends."""
    interface, numbers = member.interface, member.named.numbers
    references, bonds = _references(member.named), interface.bonds
    kinds = np.any([bonds.is_kind[kind] for kind in BOND_KINDS], axis=0)
    result = []
    for i in np.flatnonzero(kinds & ~bonds.is_glycan_mediated).tolist():
        keys: list[Key] = []
        ends: list[Able] = []
        for side, partner, index in zip(
            (1, 2), interface.sides, (bonds.index_1, bonds.index_2), strict=True
        ):
            atoms = partner.prepared.atoms
            row = int(partner.residue_row(atoms.residue_index[index[i : i + 1]])[0])
            number = int(numbers.mature_number[row])
            reference = references.get(partner.role)
            if number == NO_NUMBER or reference is None:
                break
            keys.append((partner.role, number))
            ends.append(
                able(
                    letter(reference, number),
                    str(atoms.atom_name[index[i]]),
                    is_charged=bool(bonds.is_salt_bridge[i]),
                    gives=int(bonds.donor_side[i]) == side,
                )
            )
        if len(ends) == 2:
            result.append(((keys[0], keys[1]), (ends[0], ends[1])))
    return result


def able(wild: str, atom: str, *, is_charged: bool, gives: bool) -> Able:
    """
    Residues that could make the same end of a bond, lengths aside.

    By their backbone, by charge, or by a side chain that gives or takes a hydrogen.

    Examples
    --------
    >>> sorted(able("K", "NZ", is_charged=True, gives=True))
    ['H', 'K', 'R']
    >>> sorted(LETTERS - able("G", "N", is_charged=False, gives=True))
    ['P']
    """
    if atom in BACKBONE:
        return LETTERS - {"P"} | {wild} if atom == "N" else LETTERS
    if is_charged:
        same = [group for group in (ANIONS, CATIONS) if wild in group]
        return frozenset(wild).union(*same)
    return frozenset(wild) | (DONORS if gives else ACCEPTORS)


def bonds_by_species(
    member: MeasuredContact,
    bonds: Mapping[tuple[Key, Key], Sequence[Sequence[tuple[Able, Able]]]],
) -> dict[str, int]:
    """
    Count the bonded pairs that each species could make too, in every copy of the contact.

    Species are those of which both proteins are known.
    """
    references = _references(member.named)
    counts: dict[str, int] = {}
    species_of = [
        set(letters_of(references[role]))
        for role in {key[0] for keys in bonds for key in keys}
    ]
    for species in sorted(set.intersection(*species_of)) if species_of else ():
        counts[species] = 0
        for keys, copies in bonds.items():
            first, second = (
                letters_of(references[role])[species].get(number, GAP)
                for role, number in keys
            )
            counts[species] += all(
                any(first in ends[0] and second in ends[1] for ends in copy)
                for copy in copies
            )
    return counts


def conserved_residues(focal: ContactClass) -> tuple[ConservedResidue, ...]:
    """Say of each residue of a contact what stands there in other species."""
    bonds = recurring_bonds(focal.members)
    references: dict[str, Reference] = {}
    keys: set[Key] = set()
    for member in focal.members:
        references |= _references(member.named)
        numbers = member.named.numbers.mature_number
        keys |= {
            (partner.role, number)
            for partner, rows in interface_rows(member)
            for number in numbers[rows].tolist()
            if partner.role != Role.UNKNOWN.value and number != NO_NUMBER
        }
    found = []
    for role, number in sorted(keys):
        reference = references[role]
        known = {
            species: letters[number]
            for species, letters in letters_of(reference).items()
            if number in letters
        }
        own = [
            [[ends[place] for ends in copy] for copy in copies]
            for pair, copies in bonds.items()
            for place in (0, 1)
            if pair[place] == (role, number)
        ]
        kept = {
            species: sum(
                all(any(there in end for end in ends) for ends in copies)
                for copies in own
            )
            for species, there in known.items()
        }
        found.append(
            ConservedResidue(
                role=role,
                mature_number=number,
                letter=letter(reference, number),
                letters=_listed(known),
                n_species=len(known),
                identity=identity(reference, number),
                n_bonded=len(own),
                bonds_kept=_listed(kept) if own else "",
            )
        )
    return tuple(found)


def _listed(by_species: Mapping[str, object]) -> str:
    return " ".join(f"{species}:{value}" for species, value in by_species.items())


@line(10, "conservation", "percentile_of_surface_patches", unit="%")
def conservation(line: Line, case: Case) -> Evidence:
    """
    Say whether evolution kept the contact more than the rest of the surface.

    The number: of all pairs of patches on the exposed surface of the two chains, as many residues
    each as the contact has exposed ones, the percentage whose mean identity over other species the
    contact exceeds. The rule: supports above `HIGH_PERCENT`, against below `LOW_PERCENT`; else, and
    if the true interfaces of the same crystals stay below the median themselves, neutral.
    """

    def of(member: MeasuredContact) -> float:
        return percentile_among_patches(surfaces_of(member))

    numbers = [of(member) for member in case.focal.members]
    true, lattice = (
        _class_numbers(case, group, of)
        for group in (Group.TRUE_INTERFACE, Group.OTHER_LATTICE)
    )
    value = float(np.mean(numbers))
    verdict = Verdict.NEUTRAL
    known = [number for number in true if not np.isnan(number)]
    can_tell = bool(known) and float(np.median(known)) >= MEDIAN_PERCENT
    if np.isnan(value):
        names = " or ".join(symbol_of(role.value) for role in case.roles)
        return Evidence(
            line=line,
            value=value,
            n_copies=len(numbers),
            verdict=verdict,
            reason=f"Not asked: no sequences of other species are shipped for {names}.",
        )
    reason = f"It is more conserved than {value:.0f} % of patches of its size on the exposed surface"
    if known:
        reason += f", true interfaces than {min(known):.0f} to {max(known):.0f} %"
    if known and not can_tell:
        reason += ", so that the measure does not tell true interfaces here"
    elif value > HIGH_PERCENT:
        verdict = Verdict.SUPPORTS
    elif value < LOW_PERCENT:
        verdict = Verdict.AGAINST
    bonds = recurring_bonds(case.focal.members)
    kept = bonds_by_species(case.focal.members[0], bonds)
    if bonds and kept:
        listed = ", ".join(f"{species} {n}" for species, n in kept.items())
        reason += (
            f"; of {len(bonds)} residue pairs bonded in every copy other species could bond too: "
            f"{listed}"
        )
    return Evidence(
        line=line,
        value=value,
        error=float(np.std(numbers, ddof=1)) if len(numbers) > 1 else float("nan"),
        n_copies=len(numbers),
        controls=controls_of(value, true, lattice),
        verdict=verdict,
        reason=f"{reason}.",
    )


def _class_numbers(
    case: Case, group: Group, of: Callable[[MeasuredContact], float]
) -> list[float]:
    """Numbers of the largest copy of each control of a group."""
    names = {row.contact_class for row in case.measures if row.group is group}
    return [
        of(max(found.members, key=lambda m: m.interface.burial.area_per_side_a2))
        for found in case.classes
        if found.name in names and found.name != case.focal.name
    ]


LINES: Final = (conservation,)
