"""
The data model: what a structure file says, as numpy columns, without opinion.

``Entry`` holds ``Atoms`` and ``Residues`` (structs of arrays), the polymer ``Chain`` s, the
``Crystal`` if there is one, and notes on everything that was left out. ``Side`` is what stands on one
side of an interface: atoms of chain images where they are. All classes are frozen and their arrays
read-only. Roles and complexes are opinions and live in the modules beside this one.
"""

from collections.abc import Sequence
from dataclasses import Field, dataclass, field, fields, replace
from enum import StrEnum
from typing import Any, ClassVar, Final, Self

import numpy as np

from il2struct.arrays import BoolArray, FloatArray, IndexArray, StrArray
from il2struct.errors import ParameterError, UnknownChainError
from il2struct.structure.components import Component

#: Stands for "no number" in integer columns; tables write it as an empty cell.
NO_NUMBER: Final = int(np.iinfo(np.int64).min)


class ResidueKind(StrEnum):
    """What a residue is made of."""

    PROTEIN = "protein"
    NUCLEIC = "nucleic"
    GLYCAN = "glycan"
    WATER = "water"
    ION = "ion"
    LIGAND = "ligand"


class _Columns:
    """Equal-length read-only numpy columns; the base of ``Atoms`` and ``Residues``."""

    __slots__ = ()
    #: Every subclass is a dataclass; this tells the type checker.
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]

    def __post_init__(self) -> None:
        """Own every column, so that nobody else can change it, and freeze it."""
        length = len(getattr(self, fields(self)[0].name))
        for column in fields(self):
            owned = np.array(getattr(self, column.name), copy=True)
            if len(owned) != length:
                raise ParameterError(
                    f"column {column.name} has {len(owned)} rows, not {length}"
                )
            owned.setflags(write=False)
            object.__setattr__(self, column.name, owned)

    def __len__(self) -> int:
        return len(getattr(self, fields(self)[0].name))

    def select(self, rows: BoolArray | IndexArray) -> Self:
        """Return the rows of a mask or an index array as a new object."""
        columns = {f.name: getattr(self, f.name)[rows] for f in fields(self)}
        return type(self)(**columns)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Atoms(_Columns):
    """
    Atoms as columns of equal length.

    Attributes
    ----------
    coords : ndarray, shape=(n, 3), dtype=float
        Cartesian coordinates in Å.
    element : ndarray of str
        Chemical symbol in upper case (``"C"``, ``"ZN"``), ``"X"`` if unknown.
    atom_name, residue_name : ndarray of str
        As in the file (``"CA"``, ``"ARG"``); names of force fields by the archive's for the same,
        of D-amino acids by those of their mirror images.
    residue_index : ndarray of int
        Row in ``Entry.residues``. In the atoms of a ``Side`` made of several chain images, image
        *k* adds ``k * len(entry.residues)``, so that it still tells residues apart.
    altloc : ndarray of str
        Alternate location kept, empty if there was no choice.
    occupancy, b_iso : ndarray of float
        Occupancy and isotropic displacement parameter (Å²).
    """

    coords: FloatArray
    element: StrArray
    atom_name: StrArray
    residue_name: StrArray
    residue_index: IndexArray
    altloc: StrArray
    occupancy: FloatArray
    b_iso: FloatArray

    @property
    def is_hydrogen(self) -> BoolArray:
        """Mask of H and D, by element: the OH of tyrosine is an oxygen."""
        mask: BoolArray = (self.element == "H") | (self.element == "D")
        return mask


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Residues(_Columns):
    """
    Residues as columns of equal length, in file order.

    Attributes
    ----------
    name : ndarray of str
        Three-letter (chemical component) name, the archive's also for names of force fields.
    kind : ndarray of str
        Values of `ResidueKind`.
    auth_asym_id, label_asym_id : ndarray of str
        Chain by the author and by the archive; ``label_asym_id`` is empty for PDB-format files.
    auth_number, label_number : ndarray of int
        Residue number by the author and position in the deposited sequence, `NO_NUMBER` if absent.
    ins_code : ndarray of str
        Insertion code, empty if none.
    chain_index : ndarray of int
        Row in ``Entry.chains``: the polymer the residue belongs to or, for a glycan, decorates;
        `NO_NUMBER` for everything else.
    atom_start, atom_stop : ndarray of int
        The residue's atoms are rows ``atom_start`` to ``atom_stop - 1`` of ``Entry.atoms``.
    """

    name: StrArray
    kind: StrArray
    auth_asym_id: StrArray
    label_asym_id: StrArray
    auth_number: IndexArray
    label_number: IndexArray
    ins_code: StrArray
    chain_index: IndexArray
    atom_start: IndexArray
    atom_stop: IndexArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Chain:
    """
    One polymer chain of the asymmetric unit, or a ligand that stands as a partner.

    Attributes
    ----------
    auth_asym_id, label_asym_id, entity_id : str
        Names of the chain and its entity; empty where the file has none.
    kind : ResidueKind
        ``PROTEIN``, ``NUCLEIC`` or ``LIGAND``.
    sequence : str
        Deposited sequence (SEQRES) in one-letter code, or the modelled one if none is deposited.
    residue_index : ndarray of int
        Modelled residues, rows of ``Entry.residues``.
    position : ndarray of int
        For each modelled residue its place in ``sequence``, from 0.
    glycan_index : ndarray of int
        Glycan residues that decorate the chain, rows of ``Entry.residues``.
    has_deposited_sequence : bool
        Whether ``sequence`` is the deposited one, so that what it lacks is not there.
    declared : tuple of (int, str)
        Places in ``sequence`` that the file calls a ``tag``, a ``linker`` or a ``mutation``.
    description : str
        What the file calls the molecule, one short line; empty if it does not say.
    """

    auth_asym_id: str
    label_asym_id: str
    entity_id: str
    kind: ResidueKind
    sequence: str
    residue_index: IndexArray
    position: IndexArray
    glycan_index: IndexArray
    has_deposited_sequence: bool = False
    declared: tuple[tuple[int, str], ...] = ()
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SymmetryOperator:
    """
    A rigid motion that makes further copies of the asymmetric unit.

    Attributes
    ----------
    number : int
        Number in the space group's list from 1 (the *n* of ``n_klm``); operators that are not of
        the space group (assembly, non-crystallographic) continue the count.
    name : str
        ``"x,y,z"`` triplet, or the file's own name of a non-crystallographic operator.
    rotation : ndarray, shape=(3, 3)
        Cartesian rotation.
    translation : ndarray, shape=(3,)
        Cartesian translation in Å.
    """

    number: int
    name: str
    rotation: FloatArray
    translation: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Crystal:
    """
    Unit cell and space group.

    Attributes
    ----------
    cell_a, cell_deg : tuple of float
        Edges in Å, angles in degrees.
    space_group : str
        Hermann-Mauguin symbol.
    orthogonalisation : ndarray, shape=(3, 3)
        Fractional to Cartesian; honours a deposited non-standard SCALE frame (4HHB, 2PFK).
    fractionalisation : ndarray, shape=(3, 3)
        Cartesian to fractional.
    origin_shift : ndarray, shape=(3,)
        Fractional shift of the SCALE records, zero as a rule.
    """

    cell_a: tuple[float, float, float]
    cell_deg: tuple[float, float, float]
    space_group: str
    orthogonalisation: FloatArray
    fractionalisation: FloatArray
    origin_shift: FloatArray


@dataclass(frozen=True, slots=True, order=True)
class ChainImage:
    """
    A chain moved by a symmetry operator and whole cells: the node of every graph here.

    Attributes
    ----------
    auth_asym_id : str
        The chain in the asymmetric unit.
    operator : int
        Row in ``Entry.operators`` (0 is the identity).
    cell_shift : tuple of int
        Whole cells added after the operator.
    """

    auth_asym_id: str
    operator: int = 0
    cell_shift: tuple[int, int, int] = (0, 0, 0)

    @property
    def symmetry_code(self) -> str:
        """The operator as the archive prints it: ``n_klm``, ``1_555`` for no motion."""
        digits = [5 + shift for shift in self.cell_shift]
        separator = "" if all(0 <= digit <= 9 for digit in digits) else "."
        return f"{self.operator + 1}_" + separator.join(str(digit) for digit in digits)


@dataclass(frozen=True, slots=True, kw_only=True)
class Assembly:
    """
    A deposited biological assembly.

    Attributes
    ----------
    name : str
        The file's name of it (``"1"``).
    is_author_determined : bool
        Whether the authors, not only a program, stand for it.
    images : tuple of ChainImage
        Protein and nucleic chains with the operators that place them.
    """

    name: str
    is_author_determined: bool
    images: tuple[ChainImage, ...]


#: Topics of notes on what every deposited entry has, and of what was warned of when it was fetched;
#: any other tells of a loss or a guess.
ROUTINE_TOPICS: Final = frozenset(
    (
        "file",
        "water_residues",
        "ion_residues",
        "ligand_residues",
        "nucleic_residues",
        "glycan_residues",
        "hydrogens",
        "alternate_locations",
        "zero_occupancy",
        "sequence_from_coordinates",
        "radius_by_element",
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """
    Something left out, chosen or doubted, with how often and why.

    Attributes
    ----------
    topic : str
        A fixed snake_case word (``"alternate_locations"``).
    subject : str
        Chain, residue or atom concerned; empty for the whole entry.
    count : int
        How many atoms, residues or chains.
    message : str
        One sentence.
    """

    topic: str
    subject: str = ""
    count: int = 1
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """
    Where the coordinates came from.

    Attributes
    ----------
    path : str
        File that was read.
    file_format : str
        ``"mmcif"`` or ``"pdb"``.
    origin : str
        ``"file"``, ``"mirror"``, ``"cache"``, ``"download"`` or ``"memory"``.
    url, retrieved_utc : str
        For downloads.
    sha256 : str
        Of the file as stored.
    revision : str
        The archive's file revision.
    model_number : int
        Which model was taken.
    """

    path: str = ""
    file_format: str = ""
    origin: str = "memory"
    url: str = ""
    retrieved_utc: str = ""
    sha256: str = ""
    revision: str = ""
    model_number: int = 1


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Entry:
    """
    One structure file, as it stands.

    Attributes
    ----------
    entry_id : str
        ``"2ERJ"``, the 12-character form, or the file's stem if it names no entry.
    title, method : str
        As deposited.
    resolution_a : float
        NaN where it does not apply.
    n_models : int
        Models in the file.
    atoms, residues, chains
        The coordinates.
    operators : tuple of SymmetryOperator
        Identity first, then the space group's, then those only assemblies use.
    crystal : Crystal or None
        None for NMR, EM and models.
    assemblies : tuple of Assembly
        As deposited.
    notes : tuple of Note
        Everything left out or chosen on reading.
    provenance : Provenance
        Where it came from.
    growth_ph : float
        pH at which the crystal grew; NaN where the file does not say or crystals differ.
    components : tuple of Component
        Ligands whose bond orders are known.
    """

    entry_id: str
    title: str
    method: str
    resolution_a: float
    n_models: int
    atoms: Atoms
    residues: Residues
    chains: tuple[Chain, ...]
    operators: tuple[SymmetryOperator, ...]
    crystal: Crystal | None
    assemblies: tuple[Assembly, ...]
    notes: tuple[Note, ...]
    provenance: Provenance
    growth_ph: float = float("nan")
    components: tuple[Component, ...] = ()

    def chain(self, auth_asym_id: str) -> Chain:
        """
        Return the polymer chain of that author name.

        Raises
        ------
        UnknownChainError
            If there is none; the message lists those there are.
        """
        for chain in self.chains:
            if chain.auth_asym_id == auth_asym_id:
                return chain
        raise UnknownChainError(
            auth_asym_id,
            entry_id=self.entry_id,
            available=[c.auth_asym_id for c in self.chains],
        )

    @property
    def protein_chains(self) -> tuple[Chain, ...]:
        """The protein chains, in file order."""
        return tuple(
            chain for chain in self.chains if chain.kind is ResidueKind.PROTEIN
        )

    def transform(self, image: ChainImage) -> tuple[FloatArray, FloatArray]:
        """Return rotation (3, 3) and translation (3,) in Å that place a chain image."""
        operator = self.operators[image.operator]
        if self.crystal is None or image.cell_shift == (0, 0, 0):
            return operator.rotation, operator.translation
        shift: FloatArray = self.crystal.orthogonalisation @ np.asarray(
            image.cell_shift, float
        )
        return operator.rotation, operator.translation + shift


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Side:
    """
    One partner of an interface, with its atoms where its images stand.

    Attributes
    ----------
    label : str
        Role or chain names, as shown to people.
    role : str
        Role code, ``"unknown"`` if none applies or several do.
    images : tuple of ChainImage
        What the side consists of.
    n_residues : int
        ``len(entry.residues)``: ``atoms.residue_index`` is ``image * n_residues + row``.
    atoms : Atoms
        All atoms of the polymer, hydrogens included where the file has them.
    glycans : Atoms
        Atoms of the glycans that decorate the polymer.
    """

    label: str
    role: str
    images: tuple[ChainImage, ...]
    n_residues: int
    atoms: Atoms = field(repr=False)
    glycans: Atoms = field(repr=False)

    def residue_row(self, residue_index: IndexArray) -> IndexArray:
        """Rows of ``Entry.residues`` for values of ``atoms.residue_index``."""
        row: IndexArray = residue_index % self.n_residues
        return row

    def image_of(self, residue_index: IndexArray) -> IndexArray:
        """Positions in ``images`` for values of ``atoms.residue_index``."""
        image: IndexArray = residue_index // self.n_residues
        return image


def concatenated(parts: Sequence[Atoms]) -> Atoms:
    """Join several sets of atoms into one, in order."""
    columns = {
        name: np.concatenate([getattr(part, name) for part in parts])
        for name in Atoms.__slots__
    }
    return Atoms(**columns)


def atoms_of_residues(entry: Entry, residue_rows: IndexArray) -> IndexArray:
    """Rows of ``entry.atoms`` that belong to the given residues, in the order of the residues."""
    starts = entry.residues.atom_start[residue_rows]
    counts = entry.residues.atom_stop[residue_rows] - starts
    offsets = (
        np.repeat(starts - np.concatenate(([0], np.cumsum(counts)[:-1])), counts)
        if len(counts)
        else np.zeros(0, dtype=np.int64)
    )
    rows: IndexArray = np.arange(int(counts.sum()), dtype=np.int64) + offsets
    return rows


def placed_atoms(
    entry: Entry, atoms: Atoms, image: ChainImage, image_position: int
) -> Atoms:
    """Move atoms of the asymmetric unit to where a chain image stands and renumber residues."""
    rotation, translation = entry.transform(image)
    return replace(
        atoms,
        coords=atoms.coords @ rotation.T + translation,
        residue_index=atoms.residue_index + image_position * len(entry.residues),
    )


def make_side(
    entry: Entry, images: Sequence[ChainImage], *, label: str, role: str
) -> Side:
    """Gather the atoms of chain images, at least one, into one partner of an interface."""
    polymer: list[Atoms] = []
    glycans: list[Atoms] = []
    for position, image in enumerate(images):
        chain = entry.chain(image.auth_asym_id)
        for rows, parts in (
            (chain.residue_index, polymer),
            (chain.glycan_index, glycans),
        ):
            atoms = entry.atoms.select(atoms_of_residues(entry, rows))
            parts.append(placed_atoms(entry, atoms, image, position))
    return Side(
        label=label,
        role=role,
        images=tuple(images),
        n_residues=len(entry.residues),
        atoms=concatenated(polymer),
        glycans=concatenated(glycans),
    )


def heavy(atoms: Atoms) -> BoolArray:
    """Mask of atoms that are not hydrogen or deuterium."""
    mask: BoolArray = ~atoms.is_hydrogen
    return mask
