"""
The interfaces of an entry: those inside its complexes, or between groups of chains asked for.

Groups are named ``A,B/C`` by chain or ``IL2/IL2RA`` by role. The waters around the sides come along.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from il2struct.arrays import FloatArray
from il2struct.errors import CoordinateError, ParameterError, UnknownChainError
from il2struct.interface.interface import (
    Interface,
    InterfaceParameters,
    interface_between,
    make_partner,
)
from il2struct.kernels.cells import neighbour_pairs_within
from il2struct.progress import step
from il2struct.structure import model
from il2struct.structure.complexes import Complex, Member, distinct_pairs
from il2struct.structure.family import Role
from il2struct.structure.fusions import base_name, divide_at_ranges
from il2struct.structure.ligands import ligands_of, with_ligands
from il2struct.structure.named import NamedEntry
from il2struct.structure.neighbours import n_contact_pairs, n_group_operators
from il2struct.structure.roles import assign_roles, residue_numbers

#: Share of preparing the sides in measuring the interfaces of a complex.
SIDES: Final = 0.1
#: Waters farther than this from every atom of the sides bridge nothing, in Å.
WATER_REACH_A: Final = 6.0
#: Images of a water closer than this to each other are one water on a special position, in Å.
SAME_PLACE_A: Final = 0.5
#: Places of waters that can be gone through in a second; a large entry has 100,000.
MOST_PLACES: Final = 10_000_000


@dataclass(frozen=True, slots=True)
class SidePair:
    """Chain images of two sides and the complex they belong to."""

    #: Empty if the sides do not lie in one complex.
    complex_id: str
    images_1: tuple[model.ChainImage, ...]
    images_2: tuple[model.ChainImage, ...]
    #: How the sides are called.
    label_1: str
    label_2: str


def parse_between(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """
    Split a selection into the names of its two sides; `ParameterError` if a name is on both.

    Examples
    --------
    >>> parse_between("A,B/C")
    (('A', 'B'), ('C',))
    """
    listed = [[name.strip() for name in side.split(",")] for side in text.split("/")]
    sides = [tuple(filter(None, names)) for names in listed]
    if len(sides) != 2 or not all(sides):
        raise ParameterError(
            f"--between takes two sides such as A,B/C or IL2/IL2RA, not {text!r}."
        )
    both = set(sides[0]) & set(sides[1])
    if both:
        raise ParameterError(
            f"{', '.join(sorted(both))} stands on both sides of {text!r}."
        )
    return sides[0], sides[1]


def select_pairs(named: NamedEntry, between: str) -> tuple[SidePair, ...]:
    """
    Find the sides that a selection means, in every complex that has both.

    Names are chains first, roles or their aliases (CD25, IL-2Rα) second. Chains that lie in no
    common complex are taken where the file has them, with an empty ``complex_id``. A name that is
    neither is an `UnknownChainError`, a chain on both sides a `ParameterError`.
    """
    names_1, names_2 = (
        tuple(_known(named, name) for name in names) for names in parse_between(between)
    )
    role_of = named.role_of
    groups = [(c.complex_id, c.members) for c in named.complexes]
    deposited = (Member(role=r, image=model.ChainImage(n)) for n, r in role_of.items())
    found: list[SidePair] = []
    for complex_id, members in [*groups, ("", tuple(deposited))]:
        images_1 = _images(members, role_of, names_1)
        images_2 = _images(members, role_of, names_2)
        # As deposited only where no complex has both.
        if images_1 and images_2 and (complex_id or not found):
            # A chain may stand on one side by name and on the other by role.
            both = [image_label(image) for image in images_1 if image in images_2]
            if both:
                raise ParameterError(
                    f"Both sides of {between!r} mean chain {', '.join(both)}; name different chains."
                )
            labels = ",".join(names_1), ",".join(names_2)
            found.append(SidePair(complex_id, images_1, images_2, *labels))
    return tuple(found)


def _known(named: NamedEntry, name: str) -> str:
    """Name of a chain, or of the role that a text means."""
    role_of = named.role_of
    if name in role_of or _parts(role_of, name):
        return name
    role = named.family.role_named(name)
    if role is not None and role in role_of.values():
        return role.value
    if printed := _as_printed(named, name):
        return printed
    roles = sorted({each.value for each in role_of.values()} - {Role.UNKNOWN.value})
    ligands = dict.fromkeys(ligand.component for ligand in ligands_of(named.entry))
    raise UnknownChainError(
        name, entry_id=named.entry.entry_id, available=[*role_of, *roles, *ligands]
    )


def _as_printed(named: NamedEntry, name: str) -> str:
    """Chain that tables print by a name: ``IL-2 A``, ``IL-2 (L:1-187)``, ``barnase A``, ``Fab 1 heavy``; or nothing."""
    words, _, chain = " ".join(re.split(r"[\s()]+", name)).strip().rpartition(" ")
    role_of = named.role_of
    names = {c: text.casefold() for (_, c), text in named.names.items() if c in role_of}
    role = named.family.role_named(words)
    if chain in role_of and (
        names.get(chain) == words.casefold() or role_of[chain] is role
    ):
        return chain
    alike = [chain for chain, text in names.items() if text == name.casefold()]
    if len(alike) > 1:
        raise ParameterError(
            f"{name} is chains {', '.join(alike)} of {named.entry.entry_id}; name one of them."
        )
    return alike[0] if alike else ""


def _parts(role_of: dict[str, Role], name: str) -> list[str]:
    """Parts of a chain that is divided, or ligands of a component: a name means all of them."""
    return [
        part
        for part in role_of
        if part != name and name in (base_name(part), part.partition(":")[0])
    ]


def _images(
    members: Sequence[Member], role_of: dict[str, Role], names: Sequence[str]
) -> tuple[model.ChainImage, ...]:
    """Images of some members that the names mean; empty unless every name is found among them."""
    images: list[model.ChainImage] = []
    for name in names:
        by_chain = [m.image for m in members if m.image.auth_asym_id == name]
        # In an assembly built by symmetry a chain name means the deposited image, if it is there.
        own = [i for i in by_chain if i == model.ChainImage(name)] or by_chain[:1]
        parts = _parts(role_of, name)
        by_part = [m.image for m in members if m.image.auth_asym_id in parts]
        by_role = [m.image for m in members if m.role.value == name]
        chosen = own if name in role_of else by_part or by_role
        if not chosen:
            return ()
        images += chosen
    return tuple(dict.fromkeys(images))


def image_label(image: model.ChainImage) -> str:
    """Chain name, with the symmetry code unless it is the deposited image."""
    if image == model.ChainImage(image.auth_asym_id):
        return image.auth_asym_id
    return f"{image.auth_asym_id}[{image.symmetry_code}]"


def divided_for(named: NamedEntry, between: str) -> NamedEntry:
    """
    Make chains of what a selection names beside them: ranges of residues and ligands.

    ``"L:1-133/H"`` divides chain L, ``"IL2/FRH"`` takes every FRH in. If it names none the entry
    comes back as it is; else its complexes hold the parts and ligands.
    """
    names = [name for side in parse_between(between) for name in side]
    role_of, family = named.role_of, named.family
    named = with_ligands(
        named, {n for n in names if n not in role_of and family.role_named(n) is None}
    )
    entry, parts = divide_at_ranges(named.entry, names)
    if not parts:
        return named
    roles = assign_roles(entry, named.family)
    role_of = {found.auth_asym_id: found.role for found in roles}

    def divided(image: model.ChainImage) -> list[Member]:
        names = parts.get(image.auth_asym_id, [image.auth_asym_id])
        images = [replace(image, auth_asym_id=name) for name in names]
        return [Member(role=role_of[i.auth_asym_id], image=i) for i in images]

    return replace(
        named,
        entry=entry,
        roles=roles,
        numbers=residue_numbers(entry, roles),
        complexes=tuple(
            replace(
                c, members=tuple(new for m in c.members for new in divided(m.image))
            )
            for c in named.complexes
        ),
    )


def interfaces_of(
    named: NamedEntry, *, parameters: InterfaceParameters | None = None
) -> tuple[Interface, ...]:
    """Measure every interface inside the complexes of an entry: all pairs in heavy-atom contact."""
    parameters = parameters or InterfaceParameters()
    found: list[Interface] = []
    for complex_ in named.complexes:
        name = f"complex {complex_.complex_id}"
        with step(name, 1.0 / len(named.complexes)):
            pairs = distinct_pairs(named.entry, complex_.members)
            found += _interfaces_of_complex(named.entry, complex_, pairs, parameters)
    return tuple(found)


def ligand_interfaces(
    named: NamedEntry, *, parameters: InterfaceParameters | None = None
) -> tuple[NamedEntry, tuple[Interface, ...]]:
    """
    Measure what every ligand and ion makes with the chains of its complex, additives included.

    Returned are the entry in which they are chains, and the interfaces, the ligand on side 2.
    """
    parameters = parameters or InterfaceParameters()
    named = with_ligands(named, {ligand.name for ligand in ligands_of(named.entry)})
    ligand, entry_chains = model.ResidueKind.LIGAND, named.entry.chains
    names = {chain.auth_asym_id for chain in entry_chains if chain.kind is ligand}
    found: list[Interface] = []
    for complex_ in named.complexes:
        members = complex_.members
        ligands = [m for m in members if m.image.auth_asym_id in names]
        chains = [m for m in members if m.image.auth_asym_id not in names]
        pairs = [(chain, ligand, 1) for ligand in ligands for chain in chains]
        found += _interfaces_of_complex(named.entry, complex_, pairs, parameters)
    return named, tuple(found)


def _interfaces_of_complex(
    entry: model.Entry,
    complex_: Complex,
    pairs: Sequence[tuple[Member, Member, int]],
    parameters: InterfaceParameters,
) -> list[Interface]:
    with step("sides", SIDES):
        touching = [p for p in pairs if n_contact_pairs(entry, p[0].image, p[1].image)]
        members = dict.fromkeys(member for pair in touching for member in pair[:2])
        partners = {
            member: make_partner(
                entry,
                [member.image],
                label=member_label(member, complex_),
                role=member.role.value,
                parameters=parameters,
            )
            for member in members
        }
        waters = waters_around(entry, list(partners.values()))
    found = []
    for first, second, n_copies in touching:
        sides = (partners[first], partners[second])
        name = f"{sides[0].label}/{sides[1].label}"
        with step(name, (1.0 - SIDES) / len(touching)):
            interface = interface_between(
                *sides,
                complex_id=complex_.complex_id,
                waters=waters,
                n_copies=n_copies,
                parameters=parameters,
            )
        found.append(interface)
    return found


def member_label(member: Member, complex_: Complex) -> str:
    """Role where it names one member of the complex, else the chain image."""
    same = [other for other in complex_.members if other.role is member.role]
    if member.role is Role.UNKNOWN or len(same) > 1:
        return image_label(member.image)
    return member.role.value


def interfaces_between(
    named: NamedEntry, between: str, *, parameters: InterfaceParameters | None = None
) -> tuple[Interface, ...]:
    """
    Measure the interface of two groups of chains, in every complex that has both.

    Asked for by name (as for `select_pairs`), so it is returned even if the sides do not touch.
    """
    parameters = parameters or InterfaceParameters()
    pairs = select_pairs(named, between)
    found = []
    for pair in pairs:
        with step(f"{pair.label_1}/{pair.label_2}", 1.0 / len(pairs)):
            found.append(interface_of_pair(named, pair, parameters))
    return tuple(found)


def interface_of_pair(
    named: NamedEntry, pair: SidePair, parameters: InterfaceParameters
) -> Interface:
    """Measure the interface of two groups of chain images."""
    sides, role_of = [], named.role_of
    for images, label in ((pair.images_1, pair.label_1), (pair.images_2, pair.label_2)):
        role = ",".join(dict.fromkeys(role_of[i.auth_asym_id].value for i in images))
        sides.append(
            make_partner(
                named.entry, images, label=label, role=role, parameters=parameters
            )
        )
    return interface_between(
        *sides,
        complex_id=pair.complex_id,
        waters=waters_around(named.entry, sides),
        parameters=parameters,
    )


def notes_of(
    named: NamedEntry, interfaces: Sequence[Interface]
) -> tuple[model.Note, ...]:
    """Collect the notes of reading, grouping and measuring."""
    partners = [partner for interface in interfaces for partner in interface.sides]
    in_areas = {
        f"{residue}:{atom}"
        for partner in partners
        for residue, atom, _ in partner.surface.radii.by_element
    }
    ligand, chain = model.ResidueKind.LIGAND, named.entry.chain
    guessed = {
        name
        for partner in partners
        if any(chain(i.auth_asym_id).kind is ligand for i in partner.images)
        for name in partner.prepared.chemistry.generic_residues
    }
    in_fits = {
        f"{kind.residue_name}:{kind.atom_name}"
        for interface in interfaces
        if interface.complementarity is not None
        for kind in interface.complementarity.by_element
    }
    text = "Atoms not in the {} have the radius of their element in {}."
    text_sc = text.format("table of the Lawrence-Colman program", "Sc")
    text_ligands = (
        "Neither the file nor a monomer library has bond orders of these ligands: what they give and "
        "take in bonds is told by elements, neighbours and bond lengths."
    )
    notes = model.counted_notes(
        *(
            (topic, text, ", ".join(sorted(kinds)), len(kinds))
            for topic, text, kinds in (
                ("radius_by_element", text.format("ProtOr table", "areas"), in_areas),
                ("radius_by_element", text_sc, in_fits),
                ("ligand_chemistry", text_ligands, guessed),
            )
        )
    )
    return (*named.notes, *notes)


def waters_around(entry: model.Entry, sides: Sequence[model.Side]) -> model.Atoms:
    """
    Place every water oxygen, of any symmetry image, in the box around some sides.

    ``residue_index`` of the waters is the row of ``entry.residues``.
    """
    rows = np.flatnonzero(entry.residues.kind == model.ResidueKind.WATER)
    rows = model.atoms_of_residues(entry, rows)
    waters = entry.atoms.select(rows[entry.atoms.element[rows] == "O"])
    if not len(waters) or not sides:
        return waters.select(np.zeros(0, dtype=np.int64))
    coords = np.concatenate([side.atoms.coords for side in sides])
    low, high = coords.min(axis=0) - WATER_REACH_A, coords.max(axis=0) + WATER_REACH_A
    # Operators of assemblies alone do not build the crystal: only those that placed a side count,
    # and without the lattice.
    n_group = n_group_operators(entry)
    if entry.crystal is not None:
        reach = _reach(entry.crystal.fractionalisation, high - low)
        if len(waters) * n_group * np.prod(2.0 * reach + 1.0) > MOST_PLACES:
            width = float(np.linalg.norm(high - low))
            raise CoordinateError(
                f"Chains of {entry.entry_id} that touch are {width:.0f} Å wide, many times the unit "
                "cell: an atom is out of place; correct its coordinates."
            )
    placing = {image.operator for side in sides for image in side.images}
    parts = []
    for row in sorted(placing | set(range(n_group))):
        crystal = entry.crystal if row < n_group else None
        parts.append(_images_in_box(waters, entry.operators[row], crystal, low, high))
    placed = model.concatenated(parts)
    repeats = neighbour_pairs_within(placed.coords, SAME_PLACE_A).index_2
    return placed.select(np.setdiff1d(np.arange(len(placed)), repeats))


def _images_in_box(
    waters: model.Atoms,
    operator: model.SymmetryOperator,
    crystal: model.Crystal | None,
    low: FloatArray,
    high: FloatArray,
) -> model.Atoms:
    moved = waters.coords @ operator.rotation.T + operator.translation
    source = np.arange(len(waters))
    if crystal is not None:
        fractional = (moved - (low + high) / 2) @ crystal.fractionalisation.T
        # Cell shifts that can bring a point near the centre of the box into it.
        reach = _reach(crystal.fractionalisation, high - low).astype(np.int64)
        ranges = [np.arange(-n, n + 1) for n in reach]
        shifts = np.stack(np.meshgrid(*ranges, indexing="ij"), axis=-1).reshape(-1, 3)
        cells = -np.round(fractional)[:, None, :] + shifts[None, :, :]
        moved = (moved[:, None, :] + cells @ crystal.orthogonalisation.T).reshape(-1, 3)
        source = np.repeat(source, len(shifts))
    inside = ((moved >= low) & (moved <= high)).all(axis=1)
    return replace(waters.select(source[inside]), coords=moved[inside])


def _reach(fractionalisation: FloatArray, size: FloatArray) -> FloatArray:
    """Whole cells along each axis from the centre of a box to its farthest corner."""
    half = np.linalg.norm(fractionalisation, axis=1) * np.linalg.norm(size) / 2
    reach: FloatArray = np.maximum(1.0, np.ceil(half))
    return reach
