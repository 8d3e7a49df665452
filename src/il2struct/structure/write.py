"""Placed chains as mmCIF text that any viewer reads, whatever the names in the source file were."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import gemmi
import numpy as np

from il2struct.arrays import FloatArray
from il2struct.structure.model import NO_NUMBER, Atoms, Chain, Entry, atoms_of_residues

#: Longest chain name that is kept, in characters; the archive has none above four.
LONGEST_NAME: Final = 8
_UNSAFE = re.compile(r"[^A-Za-z0-9]")
_UNSAFE_ATOM = re.compile(r"[^A-Za-z0-9']")


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenChain:
    """A chain as it stands in a written file."""

    #: With the glycans that decorate it.
    chain: Chain
    #: Name in the written file by the author's name in the source: that of the chain, and those of
    #: its glycans. Letters and digits only, and no name stands for two chains.
    names: Mapping[str, str]

    @property
    def name(self) -> str:
        """The name of the polymer in the written file."""
        return self.names[self.chain.auth_asym_id]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PlacedChain:
    """A written chain and the motion ``rotation @ x + translation`` (Å) that places it."""

    written: WrittenChain
    rotation: FloatArray
    translation: FloatArray


def written_chains(entry: Entry, chains: Sequence[Chain]) -> tuple[WrittenChain, ...]:
    """
    Name chains for a file that scripts of viewers speak of.

    Names of the source are kept where they are short and hold letters and digits only, so that
    none of them can be read as a command; others are replaced.
    """
    taken: set[str] = set()
    polymers = [_free_name(c.auth_asym_id, taken, fallback="X") for c in chains]
    written = []
    for chain, polymer in zip(chains, polymers, strict=True):
        names = {chain.auth_asym_id: polymer}
        for letter in entry.residues.auth_asym_id[chain.glycan_index].tolist():
            if letter not in names:
                names[letter] = _free_name(letter, taken, fallback="G")
        written.append(WrittenChain(chain=chain, names=names))
    return tuple(written)


def _free_name(name: str, taken: set[str], *, fallback: str) -> str:
    """Return a name nobody has, also not in other letter case: ChimeraX tells no case apart."""
    plain = _UNSAFE.sub("", name)[:LONGEST_NAME] if name else ""
    stem = plain if plain == name and plain else fallback
    free, number = stem, 1
    while free.lower() in taken:
        number += 1
        free = f"{stem}x{number}"
    taken.add(free.lower())
    return free


def safe_atom_name(name: str) -> str:
    """Return an atom name of letters, digits and primes; anything else becomes an X."""
    return _UNSAFE_ATOM.sub("X", name) or "X"


def safe_residue_name(name: str) -> str:
    """Return a residue name of letters and digits."""
    return _UNSAFE.sub("", name)[:LONGEST_NAME] or "UNK"


def mmcif_text(entry: Entry, chains: Sequence[PlacedChain], *, title: str) -> str:
    """
    Write chains with their glycans, each under a name of its own, as mmCIF.

    The title is the name of the data block: letters and digits.
    """
    structure = gemmi.Structure()
    structure.name = title
    model = gemmi.Model(1)
    for placed in chains:
        polymer, entity = _polymer(entry, placed)
        structure.entities.append(entity)
        model.add_chain(polymer)
        for chain in _glycans(entry, placed):
            model.add_chain(chain)
    # One entity a kind of sugar: Mol* reads no atom that belongs to none.
    sugars: dict[str, list[str]] = {}
    for chain in model:
        for residue in chain:
            if residue.entity_type is gemmi.EntityType.NonPolymer:
                sugars.setdefault(residue.entity_id, []).append(residue.subchain)
    for name, subchains in sugars.items():
        entity = gemmi.Entity(name)
        entity.entity_type = gemmi.EntityType.NonPolymer
        entity.subchains = subchains
        structure.entities.append(entity)
    structure.add_model(model)
    structure.merge_chain_parts()
    structure.assign_serial_numbers()
    groups = gemmi.MmcifOutputGroups(False)  # noqa: FBT003  # gemmi names it not: start from none
    for group in ("block_name", "entry", "entity", "entity_poly", "struct_asym"):
        setattr(groups, group, True)
    groups.entity_poly_seq = groups.atoms = True
    return str(structure.make_mmcif_document(groups).as_string())


def _polymer(entry: Entry, placed: PlacedChain) -> tuple[gemmi.Chain, gemmi.Entity]:
    written = placed.written
    chain = written.chain
    built = gemmi.Chain(written.name)
    entity = gemmi.Entity(written.name)
    entity.entity_type = gemmi.EntityType.Polymer
    entity.polymer_type = gemmi.PolymerType.PeptideL
    entity.subchains = [f"{written.name}xp"]
    sequence = gemmi.expand_one_letter_sequence(
        _UNSAFE.sub("X", chain.sequence).upper(), gemmi.ResidueKind.AA
    )
    rows = zip(chain.residue_index.tolist(), chain.position.tolist(), strict=True)
    for row, position in rows:
        residue = _residue(entry, row, placed)
        residue.entity_type = gemmi.EntityType.Polymer
        residue.subchain, residue.entity_id = f"{written.name}xp", entity.name
        residue.label_seq = position + 1
        if position < len(sequence):
            sequence[position] = residue.name
        built.add_residue(residue)
    entity.full_sequence = sequence
    return built, entity


def _glycans(entry: Entry, placed: PlacedChain) -> list[gemmi.Chain]:
    chains: dict[str, gemmi.Chain] = {}
    for row in placed.written.chain.glycan_index.tolist():
        name = placed.written.names[str(entry.residues.auth_asym_id[row])]
        residue = _residue(entry, row, placed)
        residue.entity_type = gemmi.EntityType.NonPolymer
        residue.subchain = f"{name}xg{row}"
        residue.entity_id = f"g{residue.name}"
        residue.het_flag = "H"
        chains.setdefault(name, gemmi.Chain(name)).add_residue(residue)
    return list(chains.values())


def _residue(entry: Entry, row: int, placed: PlacedChain) -> gemmi.Residue:
    atoms = entry.atoms.select(atoms_of_residues(entry, np.array([row])))
    coords = atoms.coords @ placed.rotation.T + placed.translation
    names = [safe_atom_name(name) for name in atoms.atom_name.tolist()]
    residue = written_residue(
        entry,
        row,
        replace(atoms, coords=coords, atom_name=np.array(names, dtype=np.str_)),
    )
    residue.name = safe_residue_name(residue.name)
    return residue


def written_residue(entry: Entry, row: int, atoms: Atoms) -> gemmi.Residue:
    """Make a residue for a file, with atoms where they stand."""
    residue = gemmi.Residue()
    residue.name = str(entry.residues.name[row])
    number = int(entry.residues.auth_number[row])
    code = str(entry.residues.ins_code[row])
    residue.seqid = gemmi.SeqId(
        number if number != NO_NUMBER else row,
        code if code.isalnum() and code.isascii() else " ",
    )
    for k, xyz in enumerate(atoms.coords.tolist()):
        atom = gemmi.Atom()
        atom.name = str(atoms.atom_name[k])
        atom.element = gemmi.Element(str(atoms.element[k]))
        atom.pos = gemmi.Position(*xyz)
        atom.b_iso, atom.occ = float(atoms.b_iso[k]), float(atoms.occupancy[k])
        residue.add_atom(atom)
    return residue
