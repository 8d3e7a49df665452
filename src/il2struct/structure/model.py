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
    """Atoms as columns of equal length."""

    #: Cartesian coordinates in Å; shape (n, 3).
    coords: FloatArray
    #: Chemical symbol in upper case (``"C"``, ``"ZN"``), ``"X"`` if unknown.
    element: StrArray
    #: As in the file (``"CA"``, ``"ARG"``); names of force fields by the archive's for the same, of
    #: D-amino acids by those of their mirror images.
    atom_name: StrArray
    residue_name: StrArray
    #: Row in ``Entry.residues``. In the atoms of a ``Side`` made of several chain images, image *k*
    #: adds ``k * len(entry.residues)``, so that it still tells residues apart.
    residue_index: IndexArray
    #: Alternate location kept, empty if there was no choice.
    altloc: StrArray
    #: Occupancy and isotropic displacement parameter (Å²).
    occupancy: FloatArray
    b_iso: FloatArray

    @property
    def is_hydrogen(self) -> BoolArray:
        """Mask of H and D, by element: the OH of tyrosine is an oxygen."""
        mask: BoolArray = (self.element == "H") | (self.element == "D")
        return mask


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Residues(_Columns):
    """Residues as columns of equal length, in file order."""

    #: Three-letter (chemical component) name, the archive's also for names of force fields.
    name: StrArray
    #: Values of `ResidueKind`.
    kind: StrArray
    #: Chain by the author and by the archive; ``label_asym_id`` is empty for PDB-format files.
    auth_asym_id: StrArray
    label_asym_id: StrArray
    #: Residue number by the author and position in the deposited sequence, `NO_NUMBER` if absent.
    auth_number: IndexArray
    label_number: IndexArray
    #: Insertion code, empty if none.
    ins_code: StrArray
    #: Row in ``Entry.chains``: the polymer the residue belongs to or, for a glycan, decorates;
    #: `NO_NUMBER` for everything else.
    chain_index: IndexArray
    #: The residue's atoms are rows ``atom_start`` to ``atom_stop - 1`` of ``Entry.atoms``.
    atom_start: IndexArray
    atom_stop: IndexArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Chain:
    """One polymer chain of the asymmetric unit, or a ligand that stands as a partner."""

    #: Names of the chain and its entity; empty where the file has none.
    auth_asym_id: str
    label_asym_id: str
    entity_id: str
    #: ``PROTEIN``, ``NUCLEIC`` or ``LIGAND``.
    kind: ResidueKind
    #: Deposited sequence (SEQRES) in one-letter code, or the modelled one if none is deposited.
    sequence: str
    #: Modelled residues, rows of ``Entry.residues``.
    residue_index: IndexArray
    #: For each modelled residue its place in ``sequence``, from 0.
    position: IndexArray
    #: Glycan residues that decorate the chain, rows of ``Entry.residues``.
    glycan_index: IndexArray
    #: Whether ``sequence`` is the deposited one, so that what it lacks is not there.
    has_deposited_sequence: bool = False
    #: Places in ``sequence`` that the file calls a ``tag``, a ``linker`` or a ``mutation``.
    declared: tuple[tuple[int, str], ...] = ()
    #: What the file calls the molecule, one short line; empty if it does not say.
    description: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class SymmetryOperator:
    """A rigid motion that makes further copies of the asymmetric unit."""

    #: Number in the space group's list from 1 (the *n* of ``n_klm``); operators that are not of the
    #: space group (assembly, non-crystallographic) continue the count.
    number: int
    #: ``"x,y,z"`` triplet, or the file's own name of a non-crystallographic operator.
    name: str
    #: Cartesian rotation; shape (3, 3).
    rotation: FloatArray
    #: Cartesian translation in Å.
    translation: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Crystal:
    """Unit cell and space group."""

    #: Edges in Å, angles in degrees.
    cell_a: tuple[float, float, float]
    cell_deg: tuple[float, float, float]
    #: Hermann-Mauguin symbol.
    space_group: str
    #: Fractional to Cartesian; honours a deposited non-standard SCALE frame (4HHB, 2PFK); shape (3,
    #: 3).
    orthogonalisation: FloatArray
    #: Cartesian to fractional; shape (3, 3).
    fractionalisation: FloatArray
    #: Fractional shift of the SCALE records, zero as a rule.
    origin_shift: FloatArray


@dataclass(frozen=True, slots=True, order=True)
class ChainImage:
    """A chain moved by a symmetry operator and whole cells: the node of every graph here."""

    #: The chain in the asymmetric unit.
    auth_asym_id: str
    #: Row in ``Entry.operators`` (0 is the identity).
    operator: int = 0
    #: Whole cells added after the operator.
    cell_shift: tuple[int, int, int] = (0, 0, 0)

    @property
    def symmetry_code(self) -> str:
        """The operator as the archive prints it: ``n_klm``, ``1_555`` for no motion."""
        digits = [5 + shift for shift in self.cell_shift]
        separator = "" if all(0 <= digit <= 9 for digit in digits) else "."
        return f"{self.operator + 1}_" + separator.join(str(digit) for digit in digits)


@dataclass(frozen=True, slots=True, kw_only=True)
class Assembly:
    """A deposited biological assembly."""

    #: The file's name of it (``"1"``).
    name: str
    #: Whether the authors, not only a program, stand for it.
    is_author_determined: bool
    #: Protein and nucleic chains with the operators that place them.
    images: tuple[ChainImage, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """A chemical component."""

    #: As in the archive (``"FRH"``).
    name: str
    #: Where it was found, as tables say it.
    source: str
    #: Name and element of each atom, hydrogens included.
    atoms: tuple[tuple[str, str], ...]
    #: Names of two atoms and the order of their bond, 1.5 if it is aromatic.
    bonds: tuple[tuple[str, str, float], ...]


#: Topics of notes on what every deposited entry has, and of what was warned of when it was fetched;
#: any other tells of a loss or a guess.
ROUTINE_TOPICS: Final = frozenset((
    "file", "water_residues", "ion_residues", "ligand_residues", "nucleic_residues", "glycan_residues",
    "hydrogens", "alternate_locations", "zero_occupancy", "sequence_from_coordinates", "radius_by_element",
))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Note:
    """Something left out, chosen or doubted, with how often and why."""

    #: A fixed snake_case word (``"alternate_locations"``).
    topic: str
    #: One sentence.
    message: str
    #: Chain, residue or atom concerned; empty for the whole entry.
    subject: str = ""
    #: How many atoms, residues or chains.
    count: int = 1


def counted_notes(*notes: tuple[str, str, str, int]) -> list[Note]:
    """Make notes of topics, messages, subjects and counts, where the count is not 0."""
    return [Note(*note) for note in notes if note[3]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """Where the coordinates came from."""

    #: File that was read.
    path: str = ""
    #: ``"mmcif"`` or ``"pdb"``.
    file_format: str = ""
    #: ``"file"``, ``"mirror"``, ``"cache"``, ``"download"`` or ``"memory"``.
    origin: str = "memory"
    #: For downloads.
    url: str = ""
    retrieved_utc: str = ""
    #: Of the file as stored.
    sha256: str = ""
    #: The archive's file revision.
    revision: str = ""
    #: Which model was taken.
    model_number: int = 1


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Entry:
    """One structure file, as it stands."""

    #: ``"2ERJ"``, the 12-character form, or the file's stem if it names no entry.
    entry_id: str
    #: As deposited.
    title: str
    method: str
    #: NaN where it does not apply.
    resolution_a: float
    #: Models in the file.
    n_models: int
    #: The coordinates.
    atoms: Atoms
    residues: Residues
    chains: tuple[Chain, ...]
    #: Identity first, then the space group's, then those only assemblies use.
    operators: tuple[SymmetryOperator, ...]
    #: None for NMR, EM and models.
    crystal: Crystal | None
    #: As deposited.
    assemblies: tuple[Assembly, ...]
    #: Everything left out or chosen on reading.
    notes: tuple[Note, ...]
    #: Where it came from.
    provenance: Provenance
    #: pH at which the crystal grew; NaN where the file does not say or crystals differ.
    growth_ph: float = float("nan")
    #: Ligands whose bond orders are known.
    components: tuple[Component, ...] = ()

    def chain(self, auth_asym_id: str) -> Chain:
        """Return the polymer chain of that author name; `UnknownChainError` if there is none."""
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
        return tuple(c for c in self.chains if c.kind is ResidueKind.PROTEIN)

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
    """One partner of an interface, with its atoms where its images stand."""

    #: Role or chain names, as shown to people.
    label: str
    #: Role code, ``"unknown"`` if none applies or several do.
    role: str
    #: What the side consists of.
    images: tuple[ChainImage, ...]
    #: ``len(entry.residues)``: ``atoms.residue_index`` is ``image * n_residues + row``.
    n_residues: int
    #: All atoms of the polymer, hydrogens included where the file has them.
    atoms: Atoms = field(repr=False)
    #: Atoms of the glycans that decorate the polymer.
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
    offsets = np.repeat(starts - (np.cumsum(counts) - counts), counts)
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
    parts: dict[str, list[Atoms]] = {"residue_index": [], "glycan_index": []}
    for position, image in enumerate(images):
        chain = entry.chain(image.auth_asym_id)
        for name, placed in parts.items():
            atoms = entry.atoms.select(atoms_of_residues(entry, getattr(chain, name)))
            placed.append(placed_atoms(entry, atoms, image, position))
    return Side(
        label=label,
        role=role,
        images=tuple(images),
        n_residues=len(entry.residues),
        atoms=concatenated(parts["residue_index"]),
        glycans=concatenated(parts["glycan_index"]),
    )


def heavy(atoms: Atoms) -> BoolArray:
    """Mask of atoms that are not hydrogen or deuterium."""
    mask: BoolArray = ~atoms.is_hydrogen
    return mask
