"""Which chain images touch a chain, through all symmetry operators and cell translations."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from il2struct.arrays import FloatArray, IndexArray
from il2struct.kernels.cells import neighbour_pairs
from il2struct.structure.model import Chain, ChainImage, Entry
from il2struct.structure.sides import atoms_of_residues

#: Heavy atoms of two chains closer than this are a contact, in Å.
CONTACT_CUTOFF_A: Final = 5.0


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


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Ball:
    """Heavy atoms of a chain and the sphere around them."""

    name: str
    coords: FloatArray
    centre: FloatArray
    radius_a: float


def touching_images(
    entry: Entry, chains: Sequence[Chain], *, cutoff_a: float = CONTACT_CUTOFF_A
) -> tuple[ImageContact, ...]:
    """
    Find every image of some chains that touches one of them, from every side.

    A contact between two chains appears twice, once seen from each; so does a contact of a chain
    with its own image. The identity image of a chain is not its own neighbour.

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
    balls = [_ball(entry, chain) for chain in chains]
    found = []
    for first in balls:
        for image, second in _images_in_reach(entry, first, balls, cutoff_a):
            if image == ChainImage(first.name):
                continue
            n_pairs = _n_pairs(entry, first, second, image, cutoff_a)
            if n_pairs:
                found.append(
                    ImageContact(auth_asym_id=first.name, image=image, n_pairs=n_pairs)
                )
    return tuple(found)


def _ball(entry: Entry, chain: Chain) -> _Ball:
    atoms = entry.atoms.select(atoms_of_residues(entry, chain.residue_index))
    coords = atoms.coords[~atoms.is_hydrogen]
    if not len(coords):
        coords = atoms.coords
    centre = (coords.min(axis=0) + coords.max(axis=0)) / 2
    radius = float(np.sqrt(((coords - centre) ** 2).sum(axis=1).max()))
    return _Ball(name=chain.auth_asym_id, coords=coords, centre=centre, radius_a=radius)


def _images_in_reach(
    entry: Entry, first: _Ball, balls: Sequence[_Ball], cutoff_a: float
) -> list[tuple[ChainImage, _Ball]]:
    """Images whose bounding sphere comes within the cut-off of the first one's."""
    found = []
    n_group = n_group_operators(entry)
    for index, operator in enumerate(entry.operators[:n_group]):
        for ball in balls:
            away = operator.rotation @ ball.centre + operator.translation - first.centre
            reach = first.radius_a + ball.radius_a + cutoff_a
            found += [
                (ChainImage(ball.name, index, (int(u), int(v), int(w))), ball)
                for u, v, w in _cell_shifts(entry, away, reach)
            ]
    return found


def n_group_operators(entry: Entry) -> int:
    """Return how many operators build the crystal; those of assemblies alone come behind."""
    return sum(not operator.name.startswith("assembly") for operator in entry.operators)


def _cell_shifts(entry: Entry, away: FloatArray, reach_a: float) -> IndexArray:
    """Whole-cell shifts (n, 3) that bring a point at ``away`` within reach of the origin."""
    crystal = entry.crystal
    if crystal is None:
        near = float(away @ away) <= reach_a**2
        return np.zeros((int(near), 3), dtype=np.int64)
    fraction = crystal.fractionalisation @ away
    # A sphere of radius r spans r |a*_k| along fractional axis k.
    span = reach_a * np.linalg.norm(crystal.fractionalisation, axis=1)
    axes = [
        np.arange(np.ceil(-fraction[k] - span[k]), np.floor(-fraction[k] + span[k]) + 1)
        for k in range(3)
    ]
    shifts = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3)
    points = away + shifts @ crystal.orthogonalisation.T
    inside = (points**2).sum(axis=1) <= reach_a**2
    result: IndexArray = shifts[inside].astype(np.int64)
    return result


def _n_pairs(
    entry: Entry, first: _Ball, second: _Ball, image: ChainImage, cutoff_a: float
) -> int:
    rotation, translation = entry.transform(image)
    return len(
        neighbour_pairs(
            first.coords, second.coords @ rotation.T + translation, cutoff_a
        )
    )


def n_contact_pairs(entry: Entry, image_1: ChainImage, image_2: ChainImage) -> int:
    """
    Count heavy-atom pairs of two chain images within `CONTACT_CUTOFF_A`.

    Parameters
    ----------
    entry : Entry
    image_1, image_2 : ChainImage
    """
    coords = []
    for image in (image_1, image_2):
        rotation, translation = entry.transform(image)
        coords.append(
            _ball(entry, entry.chain(image.auth_asym_id)).coords @ rotation.T
            + translation
        )
    return len(neighbour_pairs(coords[0], coords[1], CONTACT_CUTOFF_A))
