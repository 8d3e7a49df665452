"""
Small molecules and ions of an entry as partners: which there are, and which complex they belong to.

A ligand that is named, or asked about, becomes a chain of its own, so that everything that is
measured between chains is measured of it too.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from il2struct.arrays import IndexArray
from il2struct.data import rows_of
from il2struct.structure.complexes import Complex, Member
from il2struct.structure.components import BY_GEOMETRY, library_components
from il2struct.structure.family import Role
from il2struct.structure.fusions import base_name
from il2struct.structure.glycans import LONGEST_COVALENT_BOND_A, bonded_groups
from il2struct.structure.model import NO_NUMBER, Chain, ChainImage, Entry, ResidueKind
from il2struct.structure.named import NamedEntry
from il2struct.structure.neighbours import (
    CONTACT_CUTOFF_A,
    n_contact_pairs,
    touching_images,
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ligand:
    """One molecule or ion that is neither polymer, water nor sugar of a polymer."""

    #: Component, chain and number of its first residue, ``"FRH:A201"``.
    name: str
    #: Chemical component, several joined by ``-``.
    component: str
    #: What it is used for in crystallisation, by the published lists of ``data/additives.csv``;
    #: empty for others.
    use: str
    #: Its residues, rows of ``Entry.residues``.
    rows: IndexArray


@cache
def additives() -> dict[str, str]:
    """Return what each component of the list of additives is used for."""
    return {row["component"]: row["use"] for row in rows_of("additives.csv")}


def is_ligand_name(name: str) -> bool:
    """Tell the name of a ligand from those of chains and of their parts (``L:1-133``)."""
    return ":" in name and base_name(name) == name


def ligands_of(entry: Entry) -> tuple[Ligand, ...]:
    """List the ligands and ions of an entry in the order of the file; sugars bonded to each other are one."""
    residues = entry.residues
    kinds = (ResidueKind.LIGAND, ResidueKind.ION, ResidueKind.GLYCAN)
    loose = residues.chain_index == NO_NUMBER
    rows = np.flatnonzero(np.isin(residues.kind, kinds) & loose)
    found = []
    for group in sorted(bonded_groups(entry.atoms, rows), key=lambda g: int(g[0])):
        component = "-".join(residues.name[group].tolist())
        first = group[0]
        place = f"{residues.auth_asym_id[first]}{residues.auth_number[first]}"
        found.append(
            Ligand(
                name=f"{component}:{place}{residues.ins_code[first]}",
                component=component,
                use=additives().get(component, ""),
                rows=group,
            )
        )
    return tuple(found)


def with_ligands(named: NamedEntry, names: Collection[str] | None = None) -> NamedEntry:
    """
    Make ligands chains of an entry and members of its complexes.

    Those of some names (component, or with chain and number); all but additives by default. Each
    joins the complex that it is bonded to, or else touches most, in the place next to it; one that
    touches none stays where the file has it.
    """
    chosen = [
        ligand
        for ligand in ligands_of(named.entry)
        if (not ligand.use if names is None else {ligand.name, ligand.component} & {*names})
    ]  # fmt: skip
    if not chosen:
        return named
    entry = _with_chains(named.entry, chosen)
    # Every place of a ligand beside a chain of the file.
    places: dict[str, list[tuple[str, ChainImage]]] = {
        ligand.name: [] for ligand in chosen
    }
    chains = [*entry.protein_chains, *(entry.chain(name) for name in places)]
    for contact in touching_images(entry, chains):
        name = contact.image.auth_asym_id
        if name in places and contact.auth_asym_id not in places:
            places[name].append((contact.auth_asym_id, contact.image))
    joined: dict[str, list[Member]] = {c.complex_id: [] for c in named.complexes}
    for beside in places.values():
        home = _home(entry, named.complexes, beside)
        if home is not None:
            joined[home[0]].append(Member(role=Role.UNKNOWN, image=home[1]))
    complexes = (
        replace(c, members=(*c.members, *joined[c.complex_id])) for c in named.complexes
    )
    return replace(named, entry=entry, complexes=tuple(complexes))


def _with_chains(entry: Entry, ligands: list[Ligand]) -> Entry:
    chain_index = entry.residues.chain_index.copy()
    chains = list(entry.chains)
    for ligand in ligands:
        chain_index[ligand.rows] = len(chains)
        n_residues = len(ligand.rows)
        chains.append(
            Chain(
                auth_asym_id=ligand.name,
                label_asym_id=str(entry.residues.label_asym_id[ligand.rows[0]]),
                entity_id="",
                kind=ResidueKind.LIGAND,
                sequence="X" * n_residues,
                residue_index=ligand.rows,
                position=np.arange(n_residues),
                glycan_index=np.zeros(0, dtype=np.int64),
            )
        )
    used = {name for ligand in ligands for name in ligand.component.split("-")}
    lacking = used - {component.name for component in entry.components}
    return replace(
        entry,
        residues=replace(entry.residues, chain_index=chain_index),
        chains=tuple(chains),
        components=(*entry.components, *library_components(sorted(lacking))),
    )


def _home(
    entry: Entry,
    complexes: tuple[Complex, ...],
    contacts: Sequence[tuple[str, ChainImage]],
) -> tuple[str, ChainImage] | None:
    """Complex that a ligand is bonded to, or else touches most, and which of its places is there."""
    best: tuple[tuple[bool, int], str, ChainImage] | None = None
    for complex_ in complexes:
        members = [member.image for member in complex_.members]
        places = set()
        for partner, image in contacts:
            is_deposited = image == ChainImage(image.auth_asym_id)
            for member in members:
                if member == ChainImage(partner):
                    places.add(image)
                elif member.auth_asym_id == partner and is_deposited:
                    # Beside a chain that was moved, what is with it in the file moves along.
                    places.add(replace(member, auth_asym_id=image.auth_asym_id))
        for image in sorted(places):
            bonds, pairs = (
                sum(n_contact_pairs(entry, each, image, cutoff_a) for each in members)
                for cutoff_a in (LONGEST_COVALENT_BOND_A, CONTACT_CUTOFF_A)
            )
            if best is None or (bonds > 0, pairs) > best[0]:
                best = (bonds > 0, pairs), complex_.complex_id, image
    return None if best is None else best[1:]


def chemistry_source(entry: Entry, component: str) -> str:
    """Say where bond orders of a component come from."""
    known = {c.name: c.source for c in entry.components}
    sources = {known.get(name, BY_GEOMETRY) for name in component.split("-")}
    return ", ".join(sorted(sources))
