"""
From a file to an `Entry`.

gemmi reads mmCIF and PDB format; this module turns its result into columns and notes down
everything that is left out or chosen on the way.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Final

import gemmi
import numpy as np

from il2struct.archive.files import looks_like_entry_id, name_of, parse_entry_id
from il2struct.arrays import IndexArray
from il2struct.data import rows_of
from il2struct.errors import CoordinateError, ParameterError
from il2struct.structure import columns
from il2struct.structure.chains import (
    chains_of,
    name_chains_apart,
    polymer_entities,
    sort_polymers_first,
    with_declared,
)
from il2struct.structure.components import use_usual_names
from il2struct.structure.crystal import (
    assemblies_of,
    crystal_of,
    operators_of,
    unusable_motions,
)
from il2struct.structure.glycans import SettledGlycans, declared_links, settled_glycans
from il2struct.structure.model import (
    NO_NUMBER,
    Atoms,
    Chain,
    Crystal,
    Entry,
    Note,
    Provenance,
    ResidueKind,
    Residues,
    SymmetryOperator,
    counted_notes,
)
from il2struct.structure.neighbours import alternative_images, near_pairs
from il2struct.structure.text import ParsedText, read_text

#: Fraction of residues with a CB below which a chain is a trace of its backbone.
LEAST_SIDE_CHAINS: Final = 0.5
#: Longest bond to hydrogen in Å: N-H 1.01, O-H 0.97 (Chemical Component Dictionary), and room for
#: those placed by neutrons or force fields.
LONGEST_HYDROGEN_BOND_A: Final = 1.3


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadOptions:
    """Choices on reading."""

    #: Model number as in the file; the first one if None.
    model: int | None = None
    #: ``"highest"`` occupancy, or the label to prefer where it occurs.
    altloc: str = columns.HIGHEST_OCCUPANCY


def read_structure(
    path: str | Path,
    *,
    options: ReadOptions | None = None,
    provenance: Provenance | None = None,
    warnings: tuple[str, ...] = (),
) -> Entry:
    """
    Read an mmCIF or PDB file, gzipped or not, told apart by content.

    ``warnings`` are what the archive had to say of the file; they become notes. Raised are
    `NotFoundError` or `ParseError` if there is no such file, or it is empty, truncated or no structure,
    `CoordinateError` if no atom has usable coordinates, `ParameterError` if the model asked for is not
    in the file.
    """
    path, options = Path(path), options or ReadOptions()
    parsed = read_text(path)
    structure = parsed.structure
    numbers = [model.num for model in structure]
    if options.model is not None and options.model not in numbers:
        raise ParameterError(
            f"{path} has no model {options.model}; it has {numbers[0]} to {numbers[-1]}."
        )
    position = 0 if options.model is None else numbers.index(options.model)
    renamed = use_usual_names(structure) + name_chains_apart(structure)
    sort_polymers_first(structure)
    structure.setup_entities()
    structure.assign_label_seq_id()
    provenance = replace(
        provenance or Provenance(path=str(path), origin="file"),
        file_format=parsed.file_format,
        sha256=parsed.sha256,
        revision=parsed.revision,
        model_number=structure[position].num,
    )
    entry = _entry(parsed, position, path, options.altloc)
    doubts = [Note("file", warning, path.name) for warning in warnings]
    if parsed.has_foreign_bytes:
        text = "Bytes that are no printable text are read as the character _."
        doubts.append(Note("foreign_bytes", text))
    notes = [*doubts, *parsed.notes, *renamed, *entry.notes]
    text = (
        "Partly occupied, this chain stands in the same place as others or images of itself; "
        "they are never there together and make no contact."
    )
    for name, images in alternative_images(entry).items():
        shown = ", ".join(f"{i.auth_asym_id} ({i.symmetry_code})" for i in images)
        subject = f"{name} and {shown}"
        notes.append(Note("alternative_images", text, subject, len(images)))
    return replace(entry, provenance=provenance, notes=tuple(notes))


def _entry(parsed: ParsedText, position: int, path: Path, altloc: str) -> Entry:
    structure = parsed.structure
    has_label = parsed.has_labels
    entities = polymer_entities(structure)
    raw = columns.raw_residues(
        structure[position], {name: kind for name, (_, kind) in entities.items()}
    )
    every = columns.with_usual_atoms(columns.raw_atoms(structure, position, raw))
    usable = columns.usable(every, raw, altloc=altloc)
    if not len(usable.atoms):
        raise CoordinateError(
            f"{path} has no atom with usable coordinates; check the file."
        )
    atoms, residues, notes = usable.atoms, usable.residues, usable.notes
    subchain = residues.label_asym_id
    if not has_label:
        # gemmi invents subchain names for PDB format, where the archive has none.
        residues = replace(residues, label_asym_id=np.full(len(residues), ""))
    named, chain_notes = chains_of(residues, subchain, entities, has_label=has_label)
    crystal, cell_notes = crystal_of(structure, written_cell=parsed.written_cell)
    group_operators = operators_of(structure, crystal)
    settled = _with_glycans(
        structure, atoms, residues, tuple(named.values()), (crystal, group_operators)
    )
    atoms = settled.atoms
    residues = replace(residues, chain_index=settled.chain_index)
    is_glycan = residues.kind == ResidueKind.GLYCAN
    chains = []
    for number, chain in enumerate(named.values()):
        glycans = np.flatnonzero(is_glycan & (residues.chain_index == number))
        known_by = chain.entity_id if has_label else chain.auth_asym_id
        chain = replace(
            chain,
            glycan_index=glycans,
            description=parsed.descriptions.get(known_by, ""),
        )
        chains.append(with_declared(chain, residues, parsed.declared))
    assemblies, operators = assemblies_of(
        structure,
        {name: chain.auth_asym_id for name, chain in named.items()},
        group_operators,
        crystal,
    )
    notes += chain_notes + cell_notes + unusable_motions(structure)
    if len(structure) > 1:
        text = f"Model {structure[position].num} of {len(structure)} is used; choose with --model."
        notes.append(Note("models_ignored", text, count=len(structure) - 1))
    notes += (
        _content_notes(residues, chains)
        + _trace_notes(atoms, residues, chains)
        + _settling_notes(settled, residues)
        + hydrogen_notes(atoms, residues)
    )
    if looks_like_entry_id(parsed.entry_id):
        entry_id = str(parse_entry_id(parsed.entry_id))
    else:
        entry_id = name_of(path)
    info = dict(structure.info.items())
    return Entry(
        entry_id=entry_id,
        title=info.get("_struct.title", ""),
        method=info.get("_exptl.method", "").upper(),
        resolution_a=structure.resolution or float("nan"),
        n_models=len(structure),
        atoms=atoms,
        residues=residues,
        chains=tuple(chains),
        operators=operators,
        crystal=crystal,
        assemblies=assemblies,
        notes=tuple(notes),
        provenance=Provenance(),
        growth_ph=parsed.growth_ph,
        components=parsed.components,
    )


def _with_glycans(
    structure: gemmi.Structure,
    atoms: Atoms,
    residues: Residues,
    chains: tuple[Chain, ...],
    lattice: tuple[Crystal | None, tuple[SymmetryOperator, ...]],
) -> SettledGlycans:
    """Chain of every residue, glycans included."""
    chain_index = np.full(len(residues), NO_NUMBER)
    for number, chain in enumerate(chains):
        chain_index[chain.residue_index] = number
    glycans = np.flatnonzero(residues.kind == ResidueKind.GLYCAN)
    names = zip(
        residues.auth_asym_id.tolist(),
        residues.auth_number.tolist(),
        residues.ins_code.tolist(),
        residues.name.tolist(),
        strict=True,
    )
    rows = {
        (chain, f"{number}{code}", name): row
        for row, (chain, number, code, name) in enumerate(names if len(glycans) else ())
    }
    links = declared_links(structure, rows) if rows else []
    return settled_glycans(atoms, chain_index, glycans, links, lattice)


# --- notes ---------------------------------------------------------------------------------------


def _content_notes(residues: Residues, chains: Sequence[Chain]) -> list[Note]:
    notes = []
    for kind, reason in (
        (ResidueKind.WATER, "Waters are used for water-mediated bonds only."),
        (ResidueKind.ION, "Ions count where they are asked for."),
        (ResidueKind.LIGAND, "Ligands count where they are asked for."),
        (ResidueKind.NUCLEIC, "Nucleic acids are listed; interfaces are of proteins."),
    ):
        names = residues.name[residues.kind == kind].tolist()
        subject = ", ".join(sorted(set(names)))
        notes.append((f"{kind}_residues", reason, subject, len(names)))
    for chain in chains:
        name, count = chain.auth_asym_id, len(chain.glycan_index)
        text = f"Glycan residues attached to chain {name}, kept apart from protein."
        notes.append(("glycan_residues", text, name, count))
    loose = (residues.kind == ResidueKind.GLYCAN) & (residues.chain_index == NO_NUMBER)
    text = "Sugars bonded to no polymer are listed, not analysed."
    notes.append(("glycans_unattached", text, "", int(loose.sum())))
    return counted_notes(*notes) + unknown_residue_notes(residues)


def _trace_notes(
    atoms: Atoms, residues: Residues, chains: Sequence[Chain]
) -> list[Note]:
    """Name the proteins of which the backbone alone is modelled, or less of it."""
    has_beta = np.zeros(len(residues), dtype=np.bool_)
    has_beta[atoms.residue_index[atoms.atom_name == "CB"]] = True
    asked = (residues.kind == ResidueKind.PROTEIN) & (residues.name != "GLY")
    bare = []
    for chain in chains:
        rows = chain.residue_index[asked[chain.residue_index]]
        if len(rows) and np.mean(has_beta[rows]) < LEAST_SIDE_CHAINS:
            bare.append(chain.auth_asym_id)
    text = (
        "Most residues of these chains have no side chain, so that areas and bonds are far too small "
        "and interfaces may be missed."
    )
    return counted_notes(("side_chains_missing", text, ", ".join(bare), len(bare)))


def _settling_notes(settled: SettledGlycans, residues: Residues) -> list[Note]:
    def chains(rows: IndexArray) -> str:
        return ", ".join(sorted(set(residues.auth_asym_id[rows].tolist())))

    moved, apart = settled.moved, settled.apart
    text = "Sugars that are bonded through a symmetry operator are moved to their chain by it."
    text_apart = (
        "Sugars that the file links to a chain stand far from it, and no symmetry operator "
        "brings them there; they count as its own where they are."
    )
    return counted_notes(
        ("glycans_moved", text, chains(moved), len(moved)),
        ("glycans_apart", text_apart, chains(apart), len(apart)),
    )


def unknown_residue_notes(residues: Residues) -> list[Note]:
    """Say which residues of the polymers are of no known type."""
    in_polymer = residues.chain_index != NO_NUMBER
    in_polymer &= residues.kind != ResidueKind.GLYCAN
    unknown = [
        name
        for name in sorted(set(residues.name[in_polymer].tolist()))
        if name == "UNK" or not gemmi.find_tabulated_residue(name).found()
    ]
    count = int(np.isin(residues.name, unknown).sum())
    text = "Residues of unknown type are kept; their atoms are treated by element."
    return counted_notes(("unknown_residues", text, ", ".join(unknown), count))


def hydrogen_notes(atoms: Atoms, residues: Residues) -> list[Note]:
    """
    Note donors without hydrogens in residues that have some.

    Histidine is passed over, of whose two nitrogens one has none.
    """
    is_hydrogen = atoms.is_hydrogen
    counts = np.bincount(atoms.residue_index[is_hydrogen], minlength=len(residues))
    rows = np.flatnonzero((counts > 0) & (residues.kind == ResidueKind.PROTEIN))
    if not len(rows):
        return []
    is_asked = np.isin(atoms.residue_index, rows)
    is_donor = np.zeros(len(atoms), dtype=np.bool_)
    for name in np.unique(residues.name[rows]).tolist():
        named = atoms.residue_name == name
        is_donor |= named & np.isin(atoms.atom_name, donors_of(name))
    donors = np.flatnonzero(is_donor & is_asked)
    hydrogens = np.flatnonzero(is_hydrogen & is_asked)
    donor, hydrogen = near_pairs(
        atoms.coords[donors], atoms.coords[hydrogens], LONGEST_HYDROGEN_BOND_A
    )
    own = atoms.residue_index[donors[donor]] == atoms.residue_index[hydrogens[hydrogen]]
    n_bare = len(donors) - len(np.unique(donor[own]))
    text = (
        "Donors of residues that have hydrogens have none and give no hydrogen bond; add all "
        "hydrogens or remove all, and they are placed."
    )
    return counted_notes(("hydrogens_missing", text, "", n_bare))


@cache
def donors_of(residue: str) -> tuple[str, ...]:
    """
    Return the atoms of an amino acid that always carry hydrogen.

    Of one that the table does not have, the backbone nitrogen is returned.

    Examples
    --------
    >>> donors_of("SER"), donors_of("PRO")
    (('N', 'OG'), ())
    """
    rows = [r for r in rows_of("donors_acceptors.csv") if r["state"] == "deposited"]
    backbone = {r["atom"]: r for r in rows if r["residue"] == "*"}
    own = {r["atom"]: r for r in rows if r["residue"] == residue}
    carried = []
    for atom, row in {**backbone, **own}.items():
        # Fewer heavy neighbours than the valence, whatever the charge.
        if row["element"] == "N":
            carries = row["charge"] != "imidazole" and int(row["valence"]) > 2
        else:
            carries = row["element"] == "O" and int(row["valence"]) > 1
        if carries:
            carried.append(atom)
    return tuple(carried)
