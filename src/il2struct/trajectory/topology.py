"""From the atoms of a universe to an entry: the same columns that a structure file gives."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from il2struct.arrays import BoolArray, FloatArray, IndexArray, StrArray
from il2struct.errors import NoProteinError, ParseError
from il2struct.structure.chains import CAPS, letter_of
from il2struct.structure.columns import HIGHEST_OCCUPANCY, RawResidues, usable_atoms
from il2struct.structure.crystal import IDENTITY
from il2struct.structure.glycans import attached_chains
from il2struct.structure.model import (
    NO_NUMBER,
    Atoms,
    Chain,
    Entry,
    Note,
    Provenance,
    ResidueKind,
    Residues,
)
from il2struct.structure.read import unknown_residue_notes
from il2struct.structure.usual_names import (
    element_of,
    is_sugar,
    renaming_notes,
    usual_atom_names,
    usual_names,
    usual_residue,
)
from il2struct.trajectory.universe import UniverseAtoms


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TopologyEntry:
    """
    An entry made from a universe, and where its atoms are there.

    Attributes
    ----------
    entry : Entry
        Proteins and their glycans, in the reference frame.
    atom_rows : ndarray of int
        Atom of the universe that each row of ``entry.atoms`` is.
    water_rows : ndarray of int
        Water oxygens, atoms of the universe.
    """

    entry: Entry
    atom_rows: IndexArray
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
    Make an entry of the proteins in a universe.

    Parameters
    ----------
    atoms : UniverseAtoms
    coords : ndarray, shape=(n, 3)
        Of all its atoms in the reference frame, in Å.
    entry_id : str
        What tables call it.
    files : sequence of str
        Where it came from.
    n_frames : int
        How many frames there are.

    Raises
    ------
    NoProteinError
        If it holds no protein.
    ParseError
        If its protein chains have no names.
    """
    atoms, renamed = _with_usual_names(atoms)
    kinds = _kinds(atoms)
    is_water = (kinds == ResidueKind.WATER)[atoms.residue]
    element = _elements(atoms)
    kept = np.isin(kinds, (ResidueKind.PROTEIN, ResidueKind.GLYCAN))
    if not (kinds == ResidueKind.PROTEIN).any():
        raise NoProteinError(
            f"{entry_id} holds no protein chain; il2struct analyses protein interfaces."
        )
    _check_names(atoms, kinds, entry_id)
    first = np.flatnonzero(kept[atoms.residue])
    raw = _raw_residues(atoms, kinds, kept)
    every = _atoms(atoms, coords, element, kept, first)
    usable, notes = usable_atoms(every, raw, _places(raw), altloc=HIGHEST_OCCUPANCY)
    chosen = every.select(usable)
    counts = np.bincount(chosen.residue_index, minlength=len(raw.name))
    present = counts > 0
    chosen = replace(
        chosen, residue_index=(np.cumsum(present) - 1)[chosen.residue_index]
    )
    residues, chains = _residues_and_chains(chosen, raw, counts)
    entry = Entry(
        entry_id=entry_id,
        title="",
        method="",
        resolution_a=float("nan"),
        n_models=n_frames,
        atoms=chosen,
        residues=residues,
        chains=chains,
        operators=(IDENTITY,),
        crystal=None,
        assemblies=(),
        notes=(
            *renamed,
            *notes,
            *_notes(atoms, kinds),
            *unknown_residue_notes(residues),
        ),
        provenance=Provenance(
            path=", ".join(files), origin="file" if files else "memory"
        ),
    )
    return TopologyEntry(
        entry=entry,
        atom_rows=first[usable],
        water_rows=np.flatnonzero(is_water & (element == "O")),
    )


def _with_usual_names(
    atoms: UniverseAtoms,
) -> tuple[UniverseAtoms, list[Note]]:
    """Call residues and atoms as the archive does, by the rules of entries."""
    names = atoms.residue_name.astype(object)
    changed: dict[tuple[str, str], int] = {}
    for row in np.flatnonzero(
        np.isin(atoms.residue_name, list(usual_names()))
    ).tolist():
        name = names[row]
        names[row] = _usual_residue(name, _atom_names(atoms, row))
        if names[row] != name:
            changed[name, names[row]] = changed.get((name, names[row]), 0) + 1
    residue_name = names.astype(np.str_)
    atom_name = usual_atom_names(residue_name[atoms.residue], atoms.atom_name)
    usual = replace(atoms, residue_name=residue_name, atom_name=atom_name)
    return usual, renaming_notes(changed)


def _atom_names(atoms: UniverseAtoms, row: int) -> tuple[str, ...]:
    start, stop = np.searchsorted(atoms.residue, (row, row + 1))
    return tuple(atoms.atom_name[start:stop].tolist())


#: Waters are many and all alike.
_usual_residue = cache(usual_residue)


def _kinds(atoms: UniverseAtoms) -> StrArray:
    """Kind of each residue; caps and residues of unknown type are protein beside some."""
    names, inverse = np.unique(atoms.residue_name, return_inverse=True)
    kinds = np.array([_kind_of(str(name)) for name in names], dtype="U8")[inverse]
    is_unknown = np.array([_is_unknown(str(name)) for name in names])[inverse]
    for row in np.flatnonzero(is_unknown).tolist():
        if is_sugar(_atom_names(atoms, row)):
            kinds[row] = ResidueKind.GLYCAN
    is_protein = kinds == ResidueKind.PROTEIN
    can_join = np.isin(atoms.residue_name, CAPS) | (is_unknown & _has_backbone(atoms))
    is_link = is_protein | can_join
    # Runs of links in one chain: where there is protein, all of it is.
    is_start = np.ones(len(kinds), dtype=np.bool_)
    is_start[1:] = (atoms.chain[1:] != atoms.chain[:-1]) | ~is_link[:-1] | ~is_link[1:]
    run = np.cumsum(is_start)
    kinds[is_link & np.isin(run, run[is_protein])] = ResidueKind.PROTEIN
    return kinds


def _has_backbone(atoms: UniverseAtoms) -> BoolArray:
    has_all = np.ones(len(atoms.residue_name), dtype=np.bool_)
    for name in ("N", "CA", "C"):
        has_it = np.zeros_like(has_all)
        has_it[atoms.residue[atoms.atom_name == name]] = True
        has_all &= has_it
    return has_all


@cache
def _is_unknown(name: str) -> bool:
    import gemmi

    return not gemmi.find_tabulated_residue(name).found()


@cache
def _kind_of(name: str) -> str:
    import gemmi

    table = gemmi.find_tabulated_residue(name)
    if table.is_water():
        return ResidueKind.WATER
    if table.is_amino_acid():
        return ResidueKind.PROTEIN
    if table.kind in (gemmi.ResidueKind.PYR, gemmi.ResidueKind.KET):
        return ResidueKind.GLYCAN
    return ResidueKind.LIGAND


def _elements(atoms: UniverseAtoms) -> StrArray:
    """Elements; where the topology has none, the names of atom and residue tell."""
    element = atoms.element.astype("U2")
    blank = np.flatnonzero(np.isin(element, ("", "X")))
    residues = atoms.residue_name[atoms.residue[blank]].tolist()
    names = zip(atoms.atom_name[blank].tolist(), residues, strict=True)
    element[blank] = [element_of(*pair) for pair in names]
    return element


def _check_names(atoms: UniverseAtoms, kinds: StrArray, entry_id: str) -> None:
    unnamed = (kinds == ResidueKind.PROTEIN) & (atoms.chain == "")
    if unnamed.any():
        raise ParseError(
            f"{entry_id} names neither chain nor segment for {int(unnamed.sum())} protein residues; "
            "give a topology that does (PDB, mmCIF, PSF or TPR), or name them in Python with "
            "universe.add_TopologyAttr('chainIDs', …)."
        )


def _raw_residues(
    atoms: UniverseAtoms, kinds: StrArray, kept: BoolArray
) -> RawResidues:
    names = atoms.residue_name[kept]
    n_atoms = np.bincount(atoms.residue, minlength=len(kept))[kept]
    return RawResidues(
        name=names,
        auth_asym_id=atoms.chain[kept],
        subchain=atoms.chain[kept],
        ins_code=atoms.ins_code[kept],
        auth_number=atoms.residue_number[kept],
        label_number=np.full(len(names), NO_NUMBER),
        kind=kinds[kept],
        is_polymer=kinds[kept] == ResidueKind.PROTEIN,
        n_atoms=n_atoms,
    )


def _atoms(
    atoms: UniverseAtoms,
    coords: FloatArray,
    element: StrArray,
    kept: BoolArray,
    rows: IndexArray,
) -> Atoms:
    residue = (np.cumsum(kept) - 1)[atoms.residue[rows]]
    return Atoms(
        coords=coords[rows],
        element=element[rows],
        atom_name=atoms.atom_name[rows],
        residue_name=atoms.residue_name[atoms.residue[rows]],
        residue_index=residue,
        altloc=atoms.altloc[rows],
        occupancy=atoms.occupancy[rows],
        b_iso=atoms.b_iso[rows],
    )


def _places(raw: RawResidues) -> IndexArray:
    """Give each residue position a number; two residues in one position share it."""
    new = np.ones(len(raw.name), dtype=np.bool_)
    new[1:] = (
        (raw.auth_asym_id[1:] != raw.auth_asym_id[:-1])
        | (raw.auth_number[1:] != raw.auth_number[:-1])
        | (raw.ins_code[1:] != raw.ins_code[:-1])
    )
    places: IndexArray = np.cumsum(new) - 1
    return places


def _residues_and_chains(
    atoms: Atoms, raw: RawResidues, counts: IndexArray
) -> tuple[Residues, tuple[Chain, ...]]:
    present = counts > 0
    names, chain = raw.name[present], raw.auth_asym_id[present]
    is_protein = raw.is_polymer[present]
    chain_names = list(dict.fromkeys(chain[is_protein].tolist()))
    chain_index = np.full(len(names), NO_NUMBER)
    for number, name in enumerate(chain_names):
        chain_index[is_protein & (chain == name)] = number
    glycans = np.flatnonzero(~is_protein)
    attached = attached_chains(atoms, chain_index, glycans, [])
    stop = np.cumsum(counts[present])
    residues = Residues(
        name=names,
        kind=raw.kind[present],
        auth_asym_id=chain,
        label_asym_id=np.full(len(names), ""),
        auth_number=raw.auth_number[present],
        label_number=raw.label_number[present],
        ins_code=raw.ins_code[present],
        chain_index=attached,
        atom_start=stop - counts[present],
        atom_stop=stop,
    )
    chains = tuple(
        _chain(name, residues, np.flatnonzero(chain_index == number), number)
        for number, name in enumerate(chain_names)
    )
    return residues, chains


def _chain(name: str, residues: Residues, rows: IndexArray, number: int) -> Chain:
    letters = [letter_of(str(residue)) for residue in residues.name[rows]]
    is_glycan = residues.kind == ResidueKind.GLYCAN
    return Chain(
        auth_asym_id=name,
        label_asym_id="",
        entity_id="",
        kind=ResidueKind.PROTEIN,
        sequence="".join(letters),
        residue_index=rows,
        position=np.arange(len(rows)),
        glycan_index=np.flatnonzero(is_glycan & (residues.chain_index == number)),
    )


def _notes(atoms: UniverseAtoms, kinds: StrArray) -> tuple[Note, ...]:
    notes = []
    for kind, text in (
        (ResidueKind.WATER, "Waters are used for water-mediated bonds only."),
        (ResidueKind.LIGAND, "Ions, ligands, lipids and nucleic acids are left out."),
    ):
        mask = kinds == kind
        if mask.any():
            names = ", ".join(sorted(set(atoms.residue_name[mask].tolist())))
            notes.append(
                Note(
                    topic=f"{kind}_residues",
                    subject=names,
                    count=int(mask.sum()),
                    message=text,
                )
            )
    return tuple(notes)
