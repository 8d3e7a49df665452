"""Which chain images touch a chain, through all symmetry operators and cell translations."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from il2struct.arrays import FloatArray
from il2struct.errors import CoordinateError
from il2struct.structure.images import is_too_wide, touching_image_groups
from il2struct.structure.model import Chain, ChainImage, Entry
from il2struct.structure.near import near_pairs
from il2struct.structure.sides import atoms_of_residues

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


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageContact:
    """
    A chain of the asymmetric unit and an image that touches it.

    Attributes
    ----------
    auth_asym_id : str
        The chain, where the file has it.
    image : ChainImage
        What touches it.
    n_pairs : int
        Heavy-atom pairs within the cut-off.
    """

    auth_asym_id: str
    image: ChainImage
    n_pairs: int


def touching_images(
    entry: Entry, chains: Sequence[Chain], *, cutoff_a: float = CONTACT_CUTOFF_A
) -> tuple[ImageContact, ...]:
    """
    Find every image of some chains that touches one of them, from every side.

    A contact between two chains appears twice, once seen from each; so does a contact of a chain
    with its own image. The identity image of a chain is not its own neighbour, and images that
    `take_turns` with a chain are none.

    Parameters
    ----------
    entry : Entry
        The structure; without a crystal only its operators, not cell translations, are used.
    chains : sequence of Chain
        Chains of the entry.
    cutoff_a : float
        Largest distance of two heavy atoms in contact.

    Returns
    -------
    tuple of ImageContact
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
    _check_widths(entry, chains, groups, cutoff_a)
    operators = entry.operators[: n_group_operators(entry)]
    found = touching_image_groups(
        np.concatenate(groups),
        np.cumsum([0, *(len(group) for group in groups)]),
        (
            np.array([operator.rotation for operator in operators]),
            np.array([operator.translation for operator in operators]),
        ),
        None if entry.crystal is None else entry.crystal.orthogonalisation,
        cutoff_a=cutoff_a,
    )
    names = [chain.auth_asym_id for chain in chains]
    rows = np.column_stack(
        [found.group, found.motion, found.image_group, found.cell_shift, found.n_pairs]
    )
    return tuple(
        ImageContact(
            auth_asym_id=names[i],
            image=ChainImage(names[j], motion, (u, v, w)),
            n_pairs=n_pairs,
        )
        for i, motion, j, u, v, w, n_pairs in rows.tolist()
    )


def _check_widths(
    entry: Entry, chains: Sequence[Chain], groups: Sequence[FloatArray], cutoff_a: float
) -> None:
    """Refuse a chain so wide that the images it could touch cannot be counted through."""
    if entry.crystal is None:
        return
    for chain, coords in zip(chains, groups, strict=True):
        if is_too_wide(coords, entry.crystal.orthogonalisation, cutoff_a):
            width = float(np.linalg.norm(np.ptp(coords, axis=0)))
            raise CoordinateError(
                f"Chain {chain.auth_asym_id} of {entry.entry_id} is {width:.0f} Å wide, many times "
                "its unit cell: an atom is out of place; correct its coordinates."
            )


def heavy_coords(entry: Entry, chain: Chain) -> FloatArray:
    """
    Return the heavy atoms of a chain where the file has it, all atoms if there is no other.

    Parameters
    ----------
    entry : Entry
    chain : Chain

    Returns
    -------
    ndarray, shape=(n, 3)
        In Å.
    """
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
    makes one from the other, and they never meet.

    Parameters
    ----------
    entry : Entry
    image_1, image_2 : ChainImage

    Returns
    -------
    bool
        True if their mean occupancies add up to 1 at most and atoms overlap.
    """
    shares = (occupancy(entry, image.auth_asym_id) for image in (image_1, image_2))
    return sum(shares) <= WHOLE and _overlap(entry, image_1, image_2)


def _overlap(entry: Entry, image_1: ChainImage, image_2: ChainImage) -> bool:
    return _n_pairs(entry, image_1, image_2, OVERLAP_A) >= MIN_OVERLAPS


def occupancy(entry: Entry, auth_asym_id: str) -> float:
    """
    Return the mean occupancy of a chain's atoms; 1 if it is zero throughout, which means unknown.

    Parameters
    ----------
    entry : Entry
    auth_asym_id : str
    """
    rows = atoms_of_residues(entry, entry.chain(auth_asym_id).residue_index)
    return float(entry.atoms.occupancy[rows].mean()) or 1.0


def alternative_images(entry: Entry) -> dict[str, tuple[ChainImage, ...]]:
    """
    List the images that take turns with each protein chain that is there part of the time.

    Parameters
    ----------
    entry : Entry
    """
    shares = {
        chain.auth_asym_id: occupancy(entry, chain.auth_asym_id)
        for chain in entry.protein_chains
    }
    if not shares or 2 * min(shares.values()) > WHOLE:
        return {}
    found: dict[str, tuple[ChainImage, ...]] = {}
    for contact in _all_touching(entry, entry.protein_chains, cutoff_a=OVERLAP_A):
        name = contact.auth_asym_id
        if take_turns(entry, ChainImage(name), contact.image):
            found[name] = (*found.get(name, ()), contact.image)
    return found


def n_contact_pairs(entry: Entry, image_1: ChainImage, image_2: ChainImage) -> int:
    """
    Count heavy-atom pairs of two chain images within `CONTACT_CUTOFF_A`.

    Parameters
    ----------
    entry : Entry
    image_1, image_2 : ChainImage

    Returns
    -------
    int
        Zero for images that `take_turns`.
    """
    n_pairs = _n_pairs(entry, image_1, image_2, CONTACT_CUTOFF_A)
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
