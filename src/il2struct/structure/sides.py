"""Placed atoms of chain images: the two partners that every interface calculation takes."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from il2struct.arrays import BoolArray, IndexArray
from il2struct.structure.model import Atoms, ChainImage, Entry


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
    atoms: Atoms
    glycans: Atoms

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
    """
    Rows of ``entry.atoms`` that belong to the given residues, in the order of the residues.

    Parameters
    ----------
    entry : Entry
        The structure.
    residue_rows : ndarray of int
        Rows of ``entry.residues``.
    """
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
    """
    Gather the atoms of chain images into one partner of an interface.

    Parameters
    ----------
    entry : Entry
        The structure.
    images : sequence of ChainImage
        At least one.
    label, role : str
        What the side is called.

    Raises
    ------
    UnknownChainError
        If an image names a chain that the entry does not have.
    """
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
