"""From a parsed model to columns of atoms and residues, one conformer of each residue."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache
from typing import Final

import gemmi
import numpy as np
import numpy.typing as npt

from il2struct.arrays import BoolArray, FloatArray, IndexArray, StrArray
from il2struct.errors import ParameterError
from il2struct.structure import components
from il2struct.structure.model import (
    NO_NUMBER,
    Atoms,
    Note,
    ResidueKind,
    Residues,
    counted_notes,
)

#: Keep, in each residue, the conformer with the highest mean occupancy.
HIGHEST_OCCUPANCY: Final = "highest"
#: Coordinates beyond this distance from the origin, in Å, cannot be meant: the PDB format itself
#: ends at 9,999.999 and the largest deposited entries stay below.
LARGEST_COORDINATE_A: Final = 1e5
#: A lone atom of these, or of a metal, is an ion; any other is what is seen of a ligand (the
#: phosphates of 4HHB are modelled as P alone).
HALOGENS: Final = ("F", "Cl", "Br", "I")
#: Elements of amino acids and water; a Ca there is an alpha carbon whose name is out of its column.
USUAL_ELEMENTS: Final = ("C", "N", "O", "S", "H", "D")
#: Last code of ASCII, and how many such letters a number holds beside one of a residue.
MOST_ASCII: Final = 127
PACKED_LETTERS: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class AltlocChoice:
    """Which atoms stay and what was passed over."""

    #: One flag an atom.
    keep: BoolArray
    #: Residues (places in the sequence) in which there was a choice.
    n_residues: int


def chosen_conformers(
    altloc: StrArray,
    occupancy: FloatArray,
    place: IndexArray,
    *,
    prefer: str = HIGHEST_OCCUPANCY,
) -> AltlocChoice:
    """
    Choose one conformer for each place in the chain.

    Residues that share a position (microheterogeneity) share the number in ``place``, so that only one
    of them stays. ``prefer`` is ``"highest"``, or a label to keep wherever it occurs (the highest
    occupancy elsewhere). Ties in occupancy go to the label that comes first in the alphabet.

    Examples
    --------
    >>> choice = chosen_conformers(
    ...     np.array(["", "A", "B"]), np.array([1.0, 0.4, 0.6]), np.array([0, 0, 0])
    ... )
    >>> choice.keep.tolist(), choice.n_residues
    ([True, False, True], 1)
    """
    if prefer != HIGHEST_OCCUPANCY and len(prefer) != 1:
        raise ParameterError(f"altloc must be 'highest' or one letter, not {prefer!r}.")
    keep = altloc == ""
    labelled = np.flatnonzero(~keep)
    labelled = labelled[np.argsort(place[labelled], kind="stable")]
    borders = np.flatnonzero(np.diff(place[labelled])) + 1
    groups = np.split(labelled, borders) if len(labelled) else []
    n_residues = 0
    for rows in groups:
        labels = altloc[rows]
        best = prefer
        if prefer not in labels:
            names = np.unique(labels)
            # The mean, not the sum: a conformer must not win by having more atoms modelled.
            own = occupancy[rows]
            means = [round(float(own[labels == name].mean()), 4) for name in names]
            best = str(names[int(np.argmax(means))])
        keep[rows] = labels == best
        n_residues += not keep[rows].all()
    return AltlocChoice(keep=keep, n_residues=n_residues)


@dataclass(frozen=True, slots=True, kw_only=True)
class RawResidues:
    """Residues of one model, one list item each, before anything is left out."""

    name: StrArray
    auth_asym_id: StrArray
    subchain: StrArray
    ins_code: StrArray
    auth_number: IndexArray
    label_number: IndexArray
    kind: StrArray
    is_polymer: BoolArray
    n_atoms: IndexArray

    @property
    def places(self) -> IndexArray:
        """Number of each residue's position in its chain; two residues in one position share it."""
        new = np.zeros(len(self.name), dtype=np.bool_)
        for column in (self.auth_asym_id, self.auth_number, self.ins_code):
            new[1:] |= column[1:] != column[:-1]
        places: IndexArray = np.cumsum(new)
        return places

    @property
    def name_of_atoms(self) -> StrArray:
        """Name of the residue of each atom; of a D-amino acid that of its mirror image."""
        return np.repeat(components.with_chirality_ignored(self.name), self.n_atoms)


def raw_residues(
    model: gemmi.Model, polymer_kinds: dict[str, ResidueKind]
) -> RawResidues:
    """
    List the residues of a model with their kinds.

    ``polymer_kinds`` has the kind of each polymer subchain; subchains are assigned.
    """
    residues = [residue for chain in model for residue in chain]
    places = [residue.seqid for residue in residues]
    kinds = [polymer_kinds.get(residue.subchain) for residue in residues]
    pairs = zip(kinds, residues, strict=True)
    every_kind = [
        kind or (ResidueKind.WATER if _is_water(residue.name) else _kind_of(residue))
        for kind, residue in pairs
    ]

    def numbers(values: Iterable[int | None]) -> IndexArray:
        return np.array([NO_NUMBER if n is None else n for n in values], dtype=np.int64)

    return RawResidues(
        name=np.array([r.name.upper() for r in residues], dtype=np.str_),
        auth_asym_id=np.array([c.name for c in model for _ in c], dtype=np.str_),
        subchain=np.array([r.subchain for r in residues], dtype=np.str_),
        ins_code=np.array([p.icode.strip() for p in places], dtype=np.str_),
        auth_number=numbers(p.num for p in places),
        label_number=numbers(r.label_seq for r in residues),
        kind=np.array([kind.value for kind in every_kind], dtype=np.str_),
        is_polymer=np.array([kind is not None for kind in kinds], dtype=np.bool_),
        n_atoms=np.array([len(r) for r in residues], dtype=np.int64),
    )


@cache
def _is_water(name: str) -> bool:
    return bool(gemmi.find_tabulated_residue(name).is_water())


def _kind_of(residue: gemmi.Residue) -> ResidueKind:
    """Kind of a residue outside the polymers and waters."""
    table = gemmi.find_tabulated_residue(residue.name)
    is_branched = residue.entity_type == gemmi.EntityType.Branched
    if is_branched or table.kind in (gemmi.ResidueKind.PYR, gemmi.ResidueKind.KET):
        return ResidueKind.GLYCAN
    names = {atom.name for atom in residue}
    if not table.found() and components.is_sugar(names):
        return ResidueKind.GLYCAN
    if len(names) != 1:
        return ResidueKind.LIGAND
    element = residue[0].element
    is_ion = (
        element.is_metal or element.name in HALOGENS or residue.name.upper() == "NH4"
    )
    return ResidueKind.ION if is_ion else ResidueKind.LIGAND


def raw_atoms(
    structure: gemmi.Structure, model_position: int, residues: RawResidues
) -> Atoms:
    """Read the atoms of one model as columns, everything included, in the order of its residues."""
    try:
        flat = gemmi.FlatStructure(structure)
    except RuntimeError:  # names of eight characters or more do not fit its columns
        return _atoms_one_by_one(structure[model_position], residues)
    first = sum(structure[i].count_atom_sites() for i in range(model_position))
    rows = slice(first, first + int(residues.n_atoms.sum()))
    altloc = np.asarray(flat.altlocs, dtype=np.uint8)[rows]
    # Elements in upper case, much as by `numpy.char.upper` but at once.
    symbols = np.asarray(flat.element_names)[rows]
    codes = symbols.view(np.uint8).reshape(len(symbols), symbols.dtype.itemsize)
    is_lower = (codes >= ord("a")) & (codes <= ord("z"))
    return Atoms(
        coords=np.asarray(flat.pos, dtype=np.float64)[rows],
        element=_strings(np.where(is_lower, codes - np.uint8(32), codes)),
        atom_name=_strings(np.asarray(flat.atom_names)[rows]),
        residue_name=residues.name_of_atoms,
        residue_index=np.repeat(np.arange(len(residues.name)), residues.n_atoms),
        altloc=_strings(altloc[:, None]),
        occupancy=np.asarray(flat.occ, dtype=np.float64)[rows],
        b_iso=np.asarray(flat.b_iso, dtype=np.float64)[rows],
    )


def _atoms_one_by_one(model: gemmi.Model, residues: RawResidues) -> Atoms:
    """Read the columns of `raw_atoms` with a loop, some ten times slower."""
    atoms = [atom for chain in model for residue in chain for atom in residue]
    return Atoms(
        coords=np.array([atom.pos.tolist() for atom in atoms]).reshape(-1, 3),
        element=np.array([atom.element.name.upper() for atom in atoms]),
        atom_name=np.array([atom.name for atom in atoms]),
        residue_name=residues.name_of_atoms,
        residue_index=np.repeat(np.arange(len(residues.name)), residues.n_atoms),
        altloc=np.array([atom.altloc.strip("\0") for atom in atoms]),
        occupancy=np.array([atom.occ for atom in atoms]),
        b_iso=np.array([atom.b_iso for atom in atoms]),
    )


def with_usual_atoms(atoms: Atoms) -> Atoms:
    """
    Give atoms of amino acids and water the archive's names, and elements that their names tell.

    Residues have their usual names already.
    """
    residue_name = atoms.residue_name
    names = components.usual_atom_names(residue_name, atoms.atom_name)
    element, known = atoms.element, (*components.AMINO_ACIDS, components.WATER)
    odd = np.flatnonzero(~np.isin(element, USUAL_ELEMENTS))
    odd = odd[np.isin(residue_name[odd], known)]
    if len(odd):
        element = element.copy()
        for row in odd.tolist():
            atom, residue = str(names[row]), str(atoms.residue_name[row])
            told = components.element_of(atom, residue)
            # A metal that is no atom of the residue is what the file says.
            if told in ("H", "D") or atom in components.heavy_atoms_of(residue):
                element[row] = told
    return replace(atoms, atom_name=names, element=element)


def _strings(codes: npt.ArrayLike) -> StrArray:
    """Turn gemmi's zero-padded character rows (n, width) into strings."""
    rows = np.asarray(codes)
    table = rows.view(np.uint8).reshape(len(rows), -1 if rows.size else 1)
    # No wider than the longest: whatever compares them takes so much less time.
    table = table[
        :, : int(np.flatnonzero(np.bitwise_or.reduce(table)).max(initial=0)) + 1
    ]
    if (table > MOST_ASCII).any():
        # A name beyond ASCII may be cut in the middle of a character.
        raw = np.ascontiguousarray(table).view(f"S{table.shape[1]}")[:, 0]
        return np.array([name.decode("utf-8", "replace") for name in raw.tolist()])
    # Latin-1 and Unicode agree below 256: no decoding, which would take longer than parsing.
    return np.ascontiguousarray(table, dtype=np.uint32).view(f"U{table.shape[1]}")[:, 0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Usable:
    """What of a model enters an entry."""

    #: Which of its atoms do.
    keep: BoolArray
    atoms: Atoms
    #: ``label_asym_id`` is the subchain; to which chains they belong is not known yet.
    residues: Residues
    #: What was left out or kept with doubt.
    notes: list[Note]


def usable(atoms: Atoms, raw: RawResidues, *, altloc: str) -> Usable:
    """Choose what enters the entry: ``altloc`` is `HIGHEST_OCCUPANCY` or the label to prefer."""
    keep, kept, notes = _usable_atoms(atoms, raw, altloc)
    counts = np.bincount(kept.residue_index, minlength=len(raw.name))
    present = counts > 0
    new_row = np.cumsum(present) - 1
    stop = np.cumsum(counts[present])
    residues = Residues(
        name=raw.name[present],
        kind=raw.kind[present],
        auth_asym_id=raw.auth_asym_id[present],
        label_asym_id=raw.subchain[present],
        auth_number=raw.auth_number[present],
        label_number=raw.label_number[present],
        ins_code=raw.ins_code[present],
        chain_index=np.full(len(stop), NO_NUMBER),
        atom_start=stop - counts[present],
        atom_stop=stop,
    )
    kept = replace(kept, residue_index=new_row[kept.residue_index])
    return Usable(keep=keep, atoms=kept, residues=residues, notes=notes)


def _usable_atoms(
    atoms: Atoms, residues: RawResidues, altloc: str
) -> tuple[BoolArray, Atoms, list[Note]]:
    """Mask of the atoms to keep, and those, with a note for each kind left out or kept with doubt."""
    place = residues.places
    with np.errstate(invalid="ignore"):
        finite: BoolArray = np.all(np.abs(atoms.coords) < LARGEST_COORDINATE_A, axis=1)
    # What has no place or no number cannot win over a conformer that has.
    known = finite & np.isfinite(atoms.occupancy)
    choice = chosen_conformers(
        _conformers(atoms, place[atoms.residue_index]),
        np.where(known, atoms.occupancy, 0.0),
        place[atoms.residue_index],
        prefer=altloc,
    )
    chosen = choice.keep | _only_elsewhere(atoms, choice.keep, finite)
    # Waters beyond number 9999 share their numbers in PDB format, and are not copies.
    is_water = residues.kind[atoms.residue_index] == ResidueKind.WATER
    rows = np.flatnonzero(finite & chosen & ~is_water)
    _, first = np.unique(_name_keys(atoms)[rows], return_index=True)
    duplicate = np.zeros(len(atoms), dtype=np.bool_)
    duplicate[np.delete(rows, first)] = True
    keep = finite & chosen & ~duplicate
    kept = "highest occupancy" if altloc == "highest" else f"{altloc} where present"
    kept_atoms = atoms.select(keep)
    masks = {
        "non_finite_coordinates": (~finite, "Atoms without usable coordinates are left out."),
        "alternate_locations": (
            ~chosen,
            f"Atoms of other conformers in {choice.n_residues} residues (kept: {kept}) are left out.",
        ),
        "repeated_atoms": (duplicate, "Atoms whose name occurs twice in one residue, after the first, are left out."),
        "zero_occupancy": (kept_atoms.occupancy <= 0, "Atoms with occupancy zero are kept; their positions are guesses."),
        "hydrogens": (kept_atoms.is_hydrogen, "Hydrogen atoms are kept for bonds and ignored by areas and contacts."),
        "unknown_elements": (
            kept_atoms.element == components.UNKNOWN,
            "Atoms of unknown element are kept with the radius of carbon.",
        ),
    }  # fmt: skip
    notes = counted_notes(
        *((topic, text, "", int(mask.sum())) for topic, (mask, text) in masks.items())
    )
    return keep, kept_atoms, notes


def _conformers(atoms: Atoms, place: IndexArray) -> StrArray:
    """
    Labels of alternate locations, a blank for atoms without one that are a conformer all the same.

    Some programs label the second conformer only. An atom without a label is common to all
    conformers unless one of them has an atom of its name.
    """
    labelled = atoms.altloc != ""
    if not labelled.any():
        return atoms.altloc
    rows = np.flatnonzero(np.isin(place, place[labelled]))
    _, code = np.unique(atoms.atom_name[rows], return_inverse=True)
    key = place[rows] * (int(code.max()) + 1) + code
    rivals = rows[~labelled[rows] & np.isin(key, key[labelled[rows]])]
    # Beside a labelled residue of another name, all of an unlabelled one is a conformer.
    whole = np.setdiff1d(atoms.residue_index[rivals], atoms.residue_index[labelled])
    is_rival = np.isin(atoms.residue_index, whole)
    is_rival[rivals] = True
    return np.where(is_rival, " ", atoms.altloc)


def _only_elsewhere(atoms: Atoms, keep: BoolArray, finite: BoolArray) -> BoolArray:
    """
    Atoms that the chosen conformer of their residue lacks, one of each name.

    A side chain modelled as B beside a whole residue A would otherwise lose its backbone.
    """
    revived = np.zeros(len(atoms), dtype=np.bool_)
    dropped = np.flatnonzero(~keep & finite)
    if not len(dropped):
        return revived
    dropped = dropped[np.isin(atoms.residue_index[dropped], atoms.residue_index[keep])]
    key = _name_keys(atoms)
    lacking = dropped[~np.isin(key[dropped], key[keep & finite])]
    lacking = lacking[np.argsort(-atoms.occupancy[lacking], kind="stable")]
    _, first = np.unique(key[lacking], return_index=True)
    revived[lacking[first]] = True
    return revived


def _name_keys(atoms: Atoms) -> IndexArray:
    """Make one number of the residue and name of each atom."""
    codes = np.ascontiguousarray(atoms.atom_name).view(np.uint32)
    letters = codes.reshape(len(atoms), -1) if len(atoms) else codes[:, None]
    if letters.shape[1] <= PACKED_LETTERS and not (letters > MOST_ASCII).any():
        # Sorting text takes many times longer.
        code = letters @ (1 << 7 * np.arange(letters.shape[1]))
        return (atoms.residue_index << 7 * PACKED_LETTERS) | code
    _, code = np.unique(atoms.atom_name, return_inverse=True)
    keys: IndexArray = atoms.residue_index * (int(code.max(initial=0)) + 1) + code
    return keys
