"""
Molecules in each other's place: coordinates that do not belong together, said before measuring.

A model that was moved, as by a superposition, keeps the unit cell of its file, whose images then
run through it. Poses of a docking run written into one file stand in one another.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

import numpy as np

from il2struct.errors import CoordinateError
from il2struct.structure.model import Chain, ChainImage, Entry, Note
from il2struct.structure.neighbours import ImageContact, heavy_coords, touching_images

#: Heavy atoms of two molecules closer than this in Å clash: hydrogen bonds are from 2.5 Å on.
CLASH_A: Final = 2.0
#: More clashes than this with images of the crystal …
MOST_CLASHES: Final = 5
#: … and than this share of the heavy atoms do not occur where coordinates and cell belong
#: together: at most 2 and 0.1 % in 57 entries, at least 9 and 0.4 % when 4 of them were placed at
#: random 40 times each.
MOST_CLASH_SHARE: Final = 0.002
#: Chains with more clashes than this share of the heavy atoms of the smaller stand in one place;
#: some 6 % of its volume is then shared.
OVERLAP_SHARE: Final = 0.1
#: … and with more than this many: a few side chains may clash in the model of a small peptide.
MOST_PEPTIDE_CLASHES: Final = 20
#: Residues with no atom above this occupancy share their place with others.
SHARED_OCCUPANCY: Final = 0.5
#: Topic of the note on a cell that was left out.
FOREIGN_CELL: Final = "cell_of_other_coordinates"


def in_own_place(entry: Entry) -> Entry:
    """
    Leave out a unit cell that is not of these coordinates, and note chains in one place.

    Parameters
    ----------
    entry : Entry

    Returns
    -------
    Entry
        With the notes `FOREIGN_CELL` and ``overlapping_chains`` where they apply.
    """
    chains = [
        full
        for c in entry.protein_chains
        if len((full := _full(entry, c)).residue_index)
    ]
    try:
        contacts = touching_images(entry, chains, cutoff_a=CLASH_A)
    except CoordinateError:  # an atom far out of place; measuring says so
        return entry
    sizes = {c.auth_asym_id: len(heavy_coords(entry, c)) for c in chains}
    moved = [c for c in contacts if c.image != ChainImage(c.image.auth_asym_id)]
    # Each clash is seen from both sides.
    n_clashes = sum(contact.n_pairs for contact in moved) // 2
    if n_clashes > max(MOST_CLASHES, MOST_CLASH_SHARE * sum(sizes.values())):
        entry = _without_cell(entry, n_clashes)
    overlaps = [
        c
        for c in contacts
        if c.image == ChainImage(c.image.auth_asym_id)
        and c.auth_asym_id < c.image.auth_asym_id
        and _is_overlap(c.n_pairs, (sizes[c.auth_asym_id], sizes[c.image.auth_asym_id]))
    ]
    return replace(entry, notes=(*entry.notes, *_overlap_notes(overlaps)))


def stand_in_one_place(entry: Entry, pair: tuple[ChainImage, ChainImage]) -> bool:
    """
    Tell whether two chains of the file, where it has them, run through each other.

    Parameters
    ----------
    entry : Entry
    pair : tuple of ChainImage
        Images of the crystal are never said to.
    """
    names = {image.auth_asym_id for image in pair}
    if any(image != ChainImage(image.auth_asym_id) for image in pair):
        return False
    return any(
        note.topic == "overlapping_chains" and set(note.subject.split(", ")) == names
        for note in entry.notes
    )


def _full(entry: Entry, chain: Chain) -> Chain:
    """Residues of a chain that have their place for themselves; all if no occupancy is given."""
    starts = entry.residues.atom_start
    most = np.maximum.reduceat(entry.atoms.occupancy, starts)[chain.residue_index]
    if not most.any():
        return chain
    return replace(chain, residue_index=chain.residue_index[most > SHARED_OCCUPANCY])


def _is_overlap(n_clashes: int, sizes: tuple[int, int]) -> bool:
    return n_clashes > max(MOST_PEPTIDE_CLASHES, OVERLAP_SHARE * min(sizes))


def _without_cell(entry: Entry, n_clashes: int) -> Entry:
    text = (
        f"{n_clashes} atom pairs of symmetry images are closer than {CLASH_A:.0f} Å: the unit cell "
        "does not belong to these coordinates, as when they were moved, and is left out."
    )
    note = Note(topic=FOREIGN_CELL, subject="", count=n_clashes, message=text)
    kept = tuple(
        assembly
        for assembly in entry.assemblies
        if all(image == ChainImage(image.auth_asym_id) for image in assembly.images)
    )
    return replace(
        entry,
        crystal=None,
        operators=entry.operators[:1],
        assemblies=kept,
        notes=(*entry.notes, note),
    )


def _overlap_notes(overlaps: Iterable[ImageContact]) -> list[Note]:
    text = (
        "These chains stand in one place, as poses of one molecule do; no interface between them "
        "is measured unless it is asked for."
    )
    return [
        Note(
            topic="overlapping_chains",
            subject=f"{contact.auth_asym_id}, {contact.image.auth_asym_id}",
            count=contact.n_pairs,
            message=text,
        )
        for contact in overlaps
    ]
