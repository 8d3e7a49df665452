"""
Which chain images touch a chain through all symmetry, and which stand in each other's place.

A model that was moved, as by a superposition, keeps the unit cell of its file, whose images then
run through it. Poses of a docking run written into one file stand in one another. Both are said
before anything is measured.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from il2struct.arrays import FloatArray
from il2struct.errors import CoordinateError
from il2struct.structure.model import Chain, ChainImage, Entry, Note, atoms_of_residues
from il2struct.structure.near import is_too_wide, near_pairs, touching_image_groups

#: Heavy atoms of two chains closer than this are a contact, in Å.
CONTACT_CUTOFF_A: Final = 5.0
#: Closer than this, in Å, two heavy atoms are not even bonded: 1.33 Å is the shortest bond between
#: chains (isopeptide, Engh & Huber 1991), and its next neighbours are 2.4 Å apart …
OVERLAP_A: Final = 1.6
#: … so that this many pairs are more than one bond.
MIN_OVERLAPS: Final = 3
#: Occupancies of what is never there together add up to this at most: they are written with two
#: decimals, and those of three ways may be 0.34.
WHOLE: Final = 1.02
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


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageContact:
    """A chain of the asymmetric unit and an image that touches it."""

    #: The chain, where the file has it.
    auth_asym_id: str
    #: What touches it.
    image: ChainImage
    #: Heavy-atom pairs within the cut-off.
    n_pairs: int


def touching_images(
    entry: Entry, chains: Sequence[Chain], *, cutoff_a: float = CONTACT_CUTOFF_A
) -> tuple[ImageContact, ...]:
    """
    Find every image of some chains that touches one of them, from every side.

    A contact between two chains appears twice, once seen from each; so does a contact of a chain
    with its own image. The identity image of a chain is not its own neighbour, and images that
    `take_turns` with a chain are none. Without a crystal only operators, not cell translations, are used.
    Sorted by chain (as given), operator, cell shift and image chain.
    """
    shares = {c.auth_asym_id: occupancy(entry, c.auth_asym_id) for c in chains}
    return tuple(
        contact
        for contact in _all_touching(entry, chains, cutoff_a=cutoff_a)
        if shares[contact.auth_asym_id] + shares[contact.image.auth_asym_id] > WHOLE
        or not _overlap(entry, ChainImage(contact.auth_asym_id), contact.image)
    )


def _all_touching(
    entry: Entry, chains: Sequence[Chain], *, cutoff_a: float
) -> tuple[ImageContact, ...]:
    if not chains:
        return ()
    groups = [heavy_coords(entry, chain) for chain in chains]
    cell = None if entry.crystal is None else entry.crystal.orthogonalisation
    for chain, coords in zip(chains, groups, strict=True):
        if cell is not None and is_too_wide(coords, cell, cutoff_a):
            width = float(np.linalg.norm(np.ptp(coords, axis=0)))
            raise CoordinateError(
                f"Chain {chain.auth_asym_id} of {entry.entry_id} is {width:.0f} Å wide, many times "
                "its unit cell: an atom is out of place; correct its coordinates."
            )
    operators = entry.operators[: n_group_operators(entry)]
    contacts = touching_image_groups(
        np.concatenate(groups),
        np.cumsum([0, *(len(group) for group in groups)]),
        (
            np.array([operator.rotation for operator in operators]),
            np.array([operator.translation for operator in operators]),
        ),
        cell,
        cutoff_a=cutoff_a,
    )
    names = [chain.auth_asym_id for chain in chains]
    rows = zip(
        contacts.group.tolist(),
        contacts.motion.tolist(),
        contacts.image_group.tolist(),
        contacts.cell_shift.tolist(),
        contacts.n_pairs.tolist(),
        strict=True,
    )
    return tuple(
        ImageContact(
            auth_asym_id=names[i],
            image=ChainImage(names[j], motion, (u, v, w)),
            n_pairs=n_pairs,
        )
        for i, motion, j, (u, v, w), n_pairs in rows
    )


def heavy_coords(entry: Entry, chain: Chain) -> FloatArray:
    """Heavy atoms of a chain where the file has it, (n, 3) in Å; all atoms if there is no other."""
    rows = atoms_of_residues(entry, chain.residue_index)
    is_heavy = ~np.isin(entry.atoms.element[rows], ("H", "D"))
    coords: FloatArray = entry.atoms.coords[rows[is_heavy] if is_heavy.any() else rows]
    return coords


def n_group_operators(entry: Entry) -> int:
    """Return how many operators build the crystal; those of assemblies alone come behind."""
    return sum(not operator.name.startswith("assembly") for operator in entry.operators)


def take_turns(entry: Entry, image_1: ChainImage, image_2: ChainImage) -> bool:
    """
    Whether two chain images stand in the same place, each only part of the time.

    A peptide on a two-fold axis lies there in two ways, half of the molecules in each: the axis
    makes one from the other, and they never meet. Their mean occupancies add up to 1 at most.
    """
    shares = (occupancy(entry, image.auth_asym_id) for image in (image_1, image_2))
    return sum(shares) <= WHOLE and _overlap(entry, image_1, image_2)


def _overlap(entry: Entry, image_1: ChainImage, image_2: ChainImage) -> bool:
    return _n_pairs(entry, image_1, image_2, OVERLAP_A) >= MIN_OVERLAPS


def occupancy(entry: Entry, auth_asym_id: str) -> float:
    """Return the mean occupancy of a chain's atoms; 1 if it is zero throughout, which means unknown."""
    rows = atoms_of_residues(entry, entry.chain(auth_asym_id).residue_index)
    return float(entry.atoms.occupancy[rows].mean()) or 1.0


def alternative_images(entry: Entry) -> dict[str, tuple[ChainImage, ...]]:
    """List the images that take turns with each protein chain that is there part of the time."""
    shares = {
        chain.auth_asym_id: occupancy(entry, chain.auth_asym_id)
        for chain in entry.protein_chains
    }
    if not shares or 2 * min(shares.values()) > WHOLE:
        return {}
    images: dict[str, tuple[ChainImage, ...]] = {}
    for contact in _all_touching(entry, entry.protein_chains, cutoff_a=OVERLAP_A):
        name = contact.auth_asym_id
        if take_turns(entry, ChainImage(name), contact.image):
            images[name] = (*images.get(name, ()), contact.image)
    return images


def n_contact_pairs(
    entry: Entry,
    image_1: ChainImage,
    image_2: ChainImage,
    cutoff_a: float = CONTACT_CUTOFF_A,
) -> int:
    """
    Count heavy-atom pairs of two chain images within a cut-off.

    Zero for images that `take_turns`.
    """
    n_pairs = _n_pairs(entry, image_1, image_2, cutoff_a)
    return 0 if n_pairs and take_turns(entry, image_1, image_2) else n_pairs


def _n_pairs(
    entry: Entry, image_1: ChainImage, image_2: ChainImage, cutoff_a: float
) -> int:
    coords = []
    for image in (image_1, image_2):
        rotation, translation = entry.transform(image)
        coords.append(
            heavy_coords(entry, entry.chain(image.auth_asym_id)) @ rotation.T
            + translation
        )
    return len(near_pairs(coords[0], coords[1], cutoff_a)[0])


def in_own_place(entry: Entry) -> Entry:
    """
    Leave out a unit cell that is not of these coordinates, and note chains in one place.

    The notes are `FOREIGN_CELL` and ``overlapping_chains``.
    """
    chains = [_whole_part(entry, chain) for chain in entry.protein_chains]
    chains = [chain for chain in chains if len(chain.residue_index)]
    try:
        contacts = touching_images(entry, chains, cutoff_a=CLASH_A)
    except CoordinateError:  # an atom far out of place; measuring says so
        return entry
    sizes = {c.auth_asym_id: len(heavy_coords(entry, c)) for c in chains}
    still: list[ImageContact] = []
    moved: list[ImageContact] = []
    for contact in contacts:
        is_still = contact.image == ChainImage(contact.image.auth_asym_id)
        (still if is_still else moved).append(contact)
    # Each clash is seen from both sides.
    n_clashes = sum(contact.n_pairs for contact in moved) // 2
    if n_clashes > max(MOST_CLASHES, MOST_CLASH_SHARE * sum(sizes.values())):
        entry = _without_cell(entry, n_clashes)
    text = (
        "These chains stand in one place, as poses of one molecule do; no interface between them "
        "is measured unless it is asked for."
    )
    notes = []
    for contact in still:
        first, second = contact.auth_asym_id, contact.image.auth_asym_id
        most = max(
            MOST_PEPTIDE_CLASHES, OVERLAP_SHARE * min(sizes[first], sizes[second])
        )
        if first < second and contact.n_pairs > most:
            notes.append(
                Note(
                    topic="overlapping_chains",
                    subject=f"{first}, {second}",
                    count=contact.n_pairs,
                    message=text,
                )
            )
    return replace(entry, notes=(*entry.notes, *notes))


def stand_in_one_place(entry: Entry, pair: tuple[ChainImage, ChainImage]) -> bool:
    """
    Tell whether two chains of the file, where it has them, run through each other.

    Images of the crystal are never said to.
    """
    names = {image.auth_asym_id for image in pair}
    if any(image != ChainImage(image.auth_asym_id) for image in pair):
        return False
    return any(
        note.topic == "overlapping_chains" and set(note.subject.split(", ")) == names
        for note in entry.notes
    )


def _whole_part(entry: Entry, chain: Chain) -> Chain:
    """Residues of a chain that have their place for themselves; all if no occupancy is given."""
    starts = entry.residues.atom_start
    most = np.maximum.reduceat(entry.atoms.occupancy, starts)[chain.residue_index]
    if not most.any():
        return chain
    return replace(chain, residue_index=chain.residue_index[most > SHARED_OCCUPANCY])


def _without_cell(entry: Entry, n_clashes: int) -> Entry:
    text = (
        f"{n_clashes} atom pairs of symmetry images are closer than {CLASH_A:.0f} Å: the unit cell "
        "does not belong to these coordinates, as when they were moved, and is left out."
    )
    note = Note(topic=FOREIGN_CELL, count=n_clashes, message=text)
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
