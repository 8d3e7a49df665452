"""From the atoms of a universe to an entry: the same columns that a structure file gives."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Final

import gemmi
import numpy as np
from scipy.spatial import KDTree

from il2struct.arrays import FloatArray, IndexArray, StrArray
from il2struct.errors import NoProteinError, ParseError
from il2struct.structure import components, model
from il2struct.structure.chains import CAPS, chains_of
from il2struct.structure.columns import HIGHEST_OCCUPANCY, RawResidues, Usable, usable
from il2struct.structure.crystal import IDENTITY
from il2struct.structure.glycans import attached_chains, bonds_by_distance
from il2struct.structure.read import read_structure, unknown_residue_notes
from il2struct.trajectory.universe import UniverseAtoms

#: Positions of one atom in the file and in the universe differ by single precision at most, in Å.
SAME_PLACE_A: Final = 2e-3
#: Notes on the crystal and on further models, which are not for a trajectory.
OTHER_TOPICS: Final = (
    "models_ignored", "cell_", "scale_", "space_group_", "operators_", "alternative_images",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TopologyEntry:
    """An entry made from a universe, and where its atoms are there."""

    #: Proteins and their glycans, in the reference frame.
    entry: model.Entry
    #: Atom of the universe that each row of ``entry.atoms`` is.
    atom_rows: IndexArray
    #: Water oxygens, atoms of the universe.
    water_rows: IndexArray


def topology_entry(
    atoms: UniverseAtoms,
    coords: FloatArray,
    *,
    entry_id: str,
    files: Sequence[str] = (),
    n_frames: int = 1,
) -> TopologyEntry:
    """
    Make an entry of the proteins in a universe, whose atoms are at ``coords`` (n, 3) in Å.

    `NoProteinError` if it holds none, `ParseError` if its protein chains have no names.
    """
    atoms, renamed = _with_usual_names(atoms)
    kinds = _kinds(atoms)
    is_protein = kinds == model.ResidueKind.PROTEIN
    if not is_protein.any():
        raise NoProteinError(
            f"{entry_id} holds no protein chain; il2struct analyses protein interfaces."
        )
    n_unnamed = int((is_protein & (atoms.chain == "")).sum())
    if n_unnamed:
        raise ParseError(
            f"{entry_id} names neither chain nor segment for {n_unnamed} protein residues; "
            "give a topology that does (PDB, mmCIF, PSF or TPR), or name them in Python with "
            "universe.add_TopologyAttr('chainIDs', …)."
        )
    # Where the topology has no elements, the names of atom and residue tell.
    element = atoms.element.astype("U2")
    for row in np.flatnonzero(np.isin(element, ("", "X"))).tolist():
        residue_name = str(atoms.residue_name[atoms.residue[row]])
        element[row] = components.element_of(str(atoms.atom_name[row]), residue_name)
    kept = np.isin(kinds, (model.ResidueKind.PROTEIN, model.ResidueKind.GLYCAN))
    rows = np.flatnonzero(kept[atoms.residue])
    raw = RawResidues(
        name=atoms.residue_name[kept],
        auth_asym_id=atoms.chain[kept],
        subchain=atoms.chain[kept],
        ins_code=atoms.ins_code[kept],
        auth_number=atoms.residue_number[kept],
        label_number=np.full(int(kept.sum()), model.NO_NUMBER),
        kind=kinds[kept],
        is_polymer=is_protein[kept],
        n_atoms=np.bincount(atoms.residue, minlength=len(kept))[kept],
    )
    listed = model.Atoms(
        coords=coords[rows],
        element=element[rows],
        atom_name=atoms.atom_name[rows],
        residue_name=components.with_chirality_ignored(
            atoms.residue_name[atoms.residue[rows]]
        ),
        residue_index=(np.cumsum(kept) - 1)[atoms.residue[rows]],
        altloc=atoms.altloc[rows],
        occupancy=atoms.occupancy[rows],
        b_iso=atoms.b_iso[rows],
    )
    used = usable(listed, raw, altloc=HIGHEST_OCCUPANCY)
    residues, chains = _residues_and_chains(used)
    entry = model.Entry(
        entry_id=entry_id,
        title="",
        method="",
        resolution_a=float("nan"),
        n_models=n_frames,
        atoms=used.atoms,
        residues=residues,
        chains=chains,
        operators=(IDENTITY,),
        crystal=None,
        assemblies=(),
        notes=(
            *renamed,
            *used.notes,
            *_notes(atoms, kinds),
            *unknown_residue_notes(residues),
        ),
        provenance=model.Provenance(
            path=", ".join(files), origin="file" if files else "memory"
        ),
    )
    is_water = (kinds == model.ResidueKind.WATER)[atoms.residue]
    return TopologyEntry(
        entry=entry,
        atom_rows=rows[used.keep],
        water_rows=np.flatnonzero(is_water & (element == "O")),
    )


def _with_usual_names(
    atoms: UniverseAtoms,
) -> tuple[UniverseAtoms, list[model.Note]]:
    """Call residues and atoms as the archive does, by the rules of entries."""
    names = atoms.residue_name.astype(object)
    changed: dict[tuple[str, str], int] = {}
    for row in np.flatnonzero(
        np.isin(atoms.residue_name, list(components.usual_names()))
        | (np.char.str_len(atoms.residue_name) == 1)
    ).tolist():
        name = names[row]
        names[row] = _usual_residue(name, _atom_names(atoms, row))
        if names[row] != name:
            changed[name, names[row]] = changed.get((name, names[row]), 0) + 1
    residue_name = names.astype(np.str_)
    atom_name = components.usual_atom_names(
        residue_name[atoms.residue], atoms.atom_name
    )
    usual = replace(atoms, residue_name=residue_name, atom_name=atom_name)
    return usual, components.renaming_notes(changed)


def _atom_names(atoms: UniverseAtoms, row: int) -> tuple[str, ...]:
    start, stop = np.searchsorted(atoms.residue, (row, row + 1))
    return tuple(atoms.atom_name[start:stop].tolist())


#: Waters are many and all alike.
_usual_residue = cache(components.usual_residue)


def _kinds(atoms: UniverseAtoms) -> StrArray:
    """Kind of each residue; caps and residues of unknown type are protein beside some."""
    names, inverse = np.unique(atoms.residue_name, return_inverse=True)
    told = [_kind_of(str(name)) for name in names]
    kinds = np.array([kind or model.ResidueKind.LIGAND for kind in told], dtype="U8")[
        inverse
    ]
    is_unknown = np.array([kind is None for kind in told])[inverse]
    for row in np.flatnonzero(is_unknown).tolist():
        if components.is_sugar(_atom_names(atoms, row)):
            kinds[row] = model.ResidueKind.GLYCAN
    is_protein = kinds == model.ResidueKind.PROTEIN
    has_backbone = np.ones(len(kinds), dtype=np.bool_)
    for name in ("N", "CA", "C"):
        having = atoms.residue[atoms.atom_name == name]
        has_backbone &= np.isin(np.arange(len(kinds)), having)
    can_join = np.isin(atoms.residue_name, CAPS) | (is_unknown & has_backbone)
    is_link = is_protein | can_join
    # Runs of links in one chain: where there is protein, all of it is.
    is_start = np.ones(len(kinds), dtype=np.bool_)
    is_start[1:] = (atoms.chain[1:] != atoms.chain[:-1]) | ~is_link[:-1] | ~is_link[1:]
    run = np.cumsum(is_start)
    kinds[is_link & np.isin(run, run[is_protein])] = model.ResidueKind.PROTEIN
    return kinds


@cache
def _kind_of(name: str) -> str | None:
    """Kind of a residue that gemmi has tabulated, None of one that it has not."""
    table = gemmi.find_tabulated_residue(name)
    if not table.found():
        return None
    if table.is_water():
        return model.ResidueKind.WATER
    if table.is_amino_acid():
        return model.ResidueKind.PROTEIN
    if table.kind in (gemmi.ResidueKind.PYR, gemmi.ResidueKind.KET):
        return model.ResidueKind.GLYCAN
    return model.ResidueKind.LIGAND


def _residues_and_chains(
    used: Usable,
) -> tuple[model.Residues, tuple[model.Chain, ...]]:
    residues = used.residues
    is_protein = residues.kind == model.ResidueKind.PROTEIN
    entity = gemmi.Entity(""), model.ResidueKind.PROTEIN
    found, _ = chains_of(
        residues,
        np.where(is_protein, residues.auth_asym_id, ""),
        dict.fromkeys(residues.auth_asym_id[is_protein].tolist(), entity),
        has_label=False,
    )
    chain_index = np.full(len(residues), model.NO_NUMBER)
    for number, chain in enumerate(found.values()):
        chain_index[chain.residue_index] = number
    others = np.flatnonzero(~is_protein)
    attached = attached_chains(
        chain_index, others, bonds_by_distance(used.atoms, others)
    )
    no_labels = np.full(len(residues), "")
    residues = replace(residues, label_asym_id=no_labels, chain_index=attached)
    chains = (
        replace(chain, glycan_index=np.flatnonzero(~is_protein & (attached == number)))
        for number, chain in enumerate(found.values())
    )
    return residues, tuple(chains)


def _notes(atoms: UniverseAtoms, kinds: StrArray) -> list[model.Note]:
    left_out = "Ions, ligands, lipids and nucleic acids are left out."
    notes = []
    for kind, text in (
        (model.ResidueKind.WATER, "Waters are used for water-mediated bonds only."),
        (model.ResidueKind.LIGAND, left_out),
    ):
        names = atoms.residue_name[kinds == kind].tolist()
        subject = ", ".join(sorted(set(names)))
        notes.append((f"{kind}_residues", text, subject, len(names)))
    return model.counted_notes(*notes)


def topology_of_file(
    path: Path,
    listed: FloatArray,
    reference: FloatArray,
    *,
    entry_id: str,
    files: Sequence[str],
    n_frames: int,
) -> TopologyEntry | None:
    """
    Make an entry of the proteins in a structure file, read by the rules of entries.

    Names, chains, elements and conformers are those that every other command finds in the file;
    only positions come frame by frame. ``listed`` and ``reference`` (n, 3) are positions in Å of
    all atoms of the universe as the file gives them, and in the reference frame. None if atoms of
    the entry are not found in the universe.
    """
    whole = read_structure(path)
    entry, kept = _proteins(whole)
    water = np.flatnonzero(
        (whole.residues.kind == model.ResidueKind.WATER)[whole.atoms.residue_index]
        & (whole.atoms.element == "O")
    )
    rows = _rows_at(whole.atoms.coords[np.concatenate([kept, water])], listed)
    if rows is None:
        return None
    atom_rows, water_rows = rows[: len(kept)], np.sort(rows[len(kept) :])
    return TopologyEntry(
        entry=replace(
            entry,
            entry_id=entry_id,
            n_models=n_frames,
            atoms=replace(entry.atoms, coords=reference[atom_rows]),
            provenance=model.Provenance(path=", ".join(files), origin="file"),
        ),
        atom_rows=atom_rows,
        water_rows=water_rows,
    )


def _rows_at(coords: FloatArray, listed: FloatArray) -> IndexArray | None:
    """Atoms of the universe at some places; of several at one place each is taken once."""
    distance, rows = KDTree(listed).query(coords)
    if (distance > SAME_PLACE_A).any():
        return None
    _, first = np.unique(rows, return_index=True)
    again = np.delete(np.arange(len(rows)), first)
    if len(again):
        taken = set(rows[first].tolist())
        near = KDTree(listed).query_ball_point(coords[again], SAME_PLACE_A)
        for row, candidates in zip(again.tolist(), near, strict=True):
            free = sorted(set(candidates) - taken)
            if not free:
                return None
            rows[row] = free[0]
            taken.add(free[0])
    atom_rows: IndexArray = rows.astype(np.int64)
    return atom_rows


def _proteins(entry: model.Entry) -> tuple[model.Entry, IndexArray]:
    """Proteins of an entry and their sugars, without a crystal, and the rows of their atoms."""
    proteins = [
        number
        for number, chain in enumerate(entry.chains)
        if chain.kind is model.ResidueKind.PROTEIN
    ]
    kept = np.isin(entry.residues.chain_index, proteins)
    rows = np.flatnonzero(kept[entry.atoms.residue_index])
    new_residue = np.cumsum(kept) - 1
    new_chain = {old: new for new, old in enumerate(proteins)}
    residues = entry.residues.select(kept)
    size = residues.atom_stop - residues.atom_start
    stop = np.cumsum(size)
    chains = tuple(
        replace(
            chain,
            residue_index=new_residue[chain.residue_index],
            glycan_index=new_residue[chain.glycan_index],
        )
        for chain in (entry.chains[number] for number in proteins)
    )
    return (
        replace(
            entry,
            atoms=replace(
                entry.atoms.select(rows),
                residue_index=new_residue[entry.atoms.residue_index[rows]],
            ),
            residues=replace(
                residues,
                chain_index=np.array(
                    [new_chain[k] for k in residues.chain_index.tolist()],
                    dtype=np.int64,
                ),
                atom_start=stop - size,
                atom_stop=stop,
            ),
            chains=chains,
            operators=(IDENTITY,),
            crystal=None,
            assemblies=(),
            notes=tuple(
                note for note in entry.notes if not note.topic.startswith(OTHER_TOPICS)
            ),
        ),
        rows,
    )
