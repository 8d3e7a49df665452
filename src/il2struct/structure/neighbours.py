"""
Which atoms are near which, which chain images touch, and which stand in each other's place.

A model that was moved, as by a superposition, keeps the unit cell of its file, whose images then
run through it. Poses of a docking run written into one file stand in one another. Both are said
before anything is measured.

What a chain touches, and what a glycan is bonded to, is asked of every entry that is read: questions
too small to load compiled kernels for, which takes a second. Sorting alone answers them in
milliseconds; `il2struct.kernels.cells` answers the same.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final, Self

import numpy as np
import numpy.typing as npt

from il2struct.arrays import FloatArray, IndexArray, checked_coordinates
from il2struct.errors import CoordinateError
from il2struct.structure.model import Chain, ChainImage, Entry, Note, atoms_of_residues

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
#: Cells and spheres are this much wider than the cut-off, so that rounding never hides a pair.
SLACK: Final = 1.0 + 1e-6
#: Cells along one axis; atoms farther out share the last one, and their distances tell them apart.
MOST_CELLS: Final = 64
#: A group that could touch more images of itself than this has an atom far out of place.
MOST_IMAGES: Final = 100_000
#: Atoms of a piece: some four residues.
PIECE_SIZE: Final = 32
#: Distances of pieces that are held at once.
MOST_DISTANCES: Final = 1 << 20


# --- atoms ---------------------------------------------------------------------------------------


def near_pairs(
    coords_1: npt.ArrayLike, coords_2: npt.ArrayLike, cutoff_a: float
) -> tuple[IndexArray, IndexArray]:
    """
    Find every pair of atoms, one from each set, that are within a cut-off (Å, inclusive).

    Coordinates are of shapes (n, 3) and (m, 3) in Å. Returned are rows of the first and of the second
    set, in no order.

    Examples
    --------
    >>> first, second = near_pairs([[0, 0, 0], [9, 0, 0]], [[0, 3, 4], [0, 0, 1]], 5.0)
    >>> sorted(zip(first.tolist(), second.tolist()))
    [(0, 0), (0, 1)]
    """
    # One array an axis: numpy gathers rows of three numbers many times slower.
    first = np.ascontiguousarray(checked_coordinates(coords_1, name="coords_1").T)
    second = np.ascontiguousarray(checked_coordinates(coords_2, name="coords_2").T)
    if second.size > first.size:  # the smaller set is looked up in the larger one
        return _near_rows(second, first, cutoff_a)[::-1]
    return _near_rows(first, second, cutoff_a)


def _near_rows(
    first: FloatArray, second: FloatArray, cutoff_a: float
) -> tuple[IndexArray, IndexArray]:
    """Find the pairs of `near_pairs` in coordinates of shapes (3, n) and (3, m)."""
    rows_2 = _rows_in_reach(second, first, cutoff_a)
    rows_1 = _rows_in_reach(first, second[:, rows_2], cutoff_a)
    if not len(rows_1):
        return rows_1, rows_1
    numbers_1, numbers_2 = np.zeros_like(rows_1), np.zeros_like(rows_2)
    lines, step = np.zeros(1, dtype=np.int64), 1
    for own, others in zip(first, second, strict=True):
        own, others = own[rows_1], others[rows_2]
        edge, corner = cutoff_a * SLACK, own.min()
        cells = np.minimum((own - corner) / edge, MOST_CELLS).astype(np.int64)
        # Two cells that hold none lie on either side, so that all have neighbours.
        n_cells = int(cells.max()) + 5
        numbers_1 += (cells + 2) * step
        places = np.clip((others - corner) / edge + 2, 1, n_cells - 2)
        numbers_2 += places.astype(np.int64) * step
        if step > 1:
            lines = np.add.outer(np.array([-step, 0, step]), lines).ravel()
        step *= n_cells
    order = np.argsort(numbers_1)
    before = np.cumsum(np.bincount(numbers_1 + 1, minlength=step + 1))
    # Nine lines are around a cell, of three cells that are neighbours in the order too.
    middle = np.add.outer(lines, numbers_2).ravel()
    start = before[middle - 1]
    counts = before[middle + 2] - start
    candidate_1 = rows_1[order[_stretches(start, counts)]]
    candidate_2 = np.repeat(np.tile(rows_2, len(lines)), counts)
    squares = np.zeros(len(candidate_1))
    for own, others in zip(first, second, strict=True):
        gap = own[candidate_1] - others[candidate_2]
        squares += np.square(gap, out=gap)
    is_near = squares <= cutoff_a * cutoff_a
    return candidate_1[is_near], candidate_2[is_near]


def _rows_in_reach(coords: FloatArray, others: FloatArray, reach: float) -> IndexArray:
    """Atoms inside the box around some others, both (3, n), widened on all sides."""
    rows = np.arange(coords.shape[1] if others.size else 0)
    for values, bounds in zip(coords, others, strict=True):
        if len(rows):
            low, high = bounds.min() - reach, bounds.max() + reach
            here = values[rows]
            rows = rows[(low <= here) & (here <= high)]
    return rows


def _stretches(start: IndexArray, counts: IndexArray) -> IndexArray:
    """Count up from every start, one stretch behind the other."""
    before = np.cumsum(counts) - counts
    places: IndexArray = np.arange(counts.sum()) + np.repeat(start - before, counts)
    return places


# --- images --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageContacts:
    """Groups and images of groups that touch, sorted by group, motion, image group and translation."""

    #: The group, where it is.
    group: IndexArray
    #: motion, image_group: Row of the motion that makes the image, and which group is moved.
    motion: IndexArray
    image_group: IndexArray
    #: Whole cells added after the motion, (p, 3).
    cell_shift: IndexArray
    #: Atom pairs within the cut-off.
    n_pairs: IndexArray


def is_too_wide(coords: FloatArray, cell: FloatArray, cutoff_a: float) -> bool:
    """
    Tell whether the images that a group of atoms could touch are too many to count through.

    Columns of ``cell`` are the cell edges in Å.
    """
    width = float(np.linalg.norm(np.ptp(coords, axis=0)))
    span = np.linalg.norm(np.linalg.inv(cell), axis=1)
    return bool(np.prod(2 * (width + cutoff_a) * span + 1) > MOST_IMAGES)


def touching_image_groups(
    coords: npt.ArrayLike,
    first_row: npt.ArrayLike,
    motions: tuple[FloatArray, FloatArray],
    cell: FloatArray | None,
    *,
    cutoff_a: float,
) -> ImageContacts:
    """
    Count the atom pairs of each group with each image of a group that touches it.

    Images whose bounding spheres come near are found by counting through cell translations; of those,
    only pieces whose spheres come near are moved and looked at.

    Parameters
    ----------
    coords : array_like, shape=(n, 3)
        Atoms in Å, group after group.
    first_row : array_like, shape=(g + 1,), dtype=int
        Where each group starts, and the number of atoms behind; no group is empty.
    motions : tuple of ndarray, shapes (m, 3, 3) and (m, 3)
        Rotations and translations in Å; row 0 is no motion.
    cell : ndarray, shape=(3, 3), or None
        Columns are the cell edges in Å; None for no translations.
    cutoff_a : float
        Largest distance in Å, inclusive.

    Returns
    -------
    ImageContacts
        Each contact is seen from both groups; a group where it is is not its own image.

    Examples
    --------
    One atom in a row along x touches the images before and after it:

    >>> contacts = touching_image_groups(
    ...     [[0, 0, 0]], [0, 1], (np.eye(3)[None], np.zeros((1, 3))), np.diag([4.0, 90, 90]),
    ...     cutoff_a=5.0)
    >>> contacts.cell_shift.tolist(), contacts.n_pairs.tolist()
    ([[-1, 0, 0], [1, 0, 0]], [1, 1])
    """
    atoms = checked_coordinates(coords)
    starts = np.asarray(first_row, dtype=np.int64)
    rotations, translations = motions
    piece_starts = [np.arange(a, b, PIECE_SIZE) for a, b in pairwise(starts.tolist())]
    first_piece = np.cumsum([0, *map(len, piece_starts)])
    groups = _Spheres.around(atoms, starts[:-1])
    pieces = _Spheres.around(atoms, np.concatenate(piece_starts))
    moved_pieces = pieces.centres @ rotations.transpose(0, 2, 1) + translations[:, None]
    rows = [np.zeros((0, 7), dtype=np.int64)]
    for group, (places, steps) in enumerate(
        _places_in_reach(groups, motions, cell, cutoff_a)
    ):
        motion, image_group = places[:, 0], places[:, 1]
        n_pieces = np.diff(first_piece)[image_group]
        place = np.repeat(np.arange(len(places)), n_pieces)
        piece = _stretches(first_piece[image_group], n_pieces)
        centres = moved_pieces[motion[place], piece] + steps[place]
        radii = pieces.radii[piece]
        own = slice(first_piece[group], first_piece[group + 1])
        near = groups[group : group + 1].in_reach(centres, radii, cutoff_a)
        near = near[pieces[own].in_reach(centres[near], radii[near], cutoff_a)]
        place, piece = place[near], piece[near]
        sizes = pieces.sizes[piece]
        image = np.repeat(place, sizes)
        still = atoms.take(_stretches(pieces.starts[piece], sizes), axis=0)
        moved = _product(rotations, still, motion[image])
        moved += (translations[motion] + steps).take(image, axis=0)
        own_atoms = atoms[starts[group] : starts[group + 1]]
        _, row = near_pairs(own_atoms, moved, cutoff_a)
        n_pairs = np.bincount(image[row], minlength=len(places))
        touching = np.flatnonzero(n_pairs)
        own_group = np.full(len(touching), group)
        rows.append(np.column_stack([own_group, places[touching], n_pairs[touching]]))
    table = np.concatenate(rows)
    return ImageContacts(
        group=table[:, 0],
        motion=table[:, 1],
        image_group=table[:, 2],
        cell_shift=table[:, 3:6],
        n_pairs=table[:, 6],
    )


@dataclass(frozen=True, slots=True)
class _Spheres:
    """Spheres around runs of atoms: rows at which they start, how many, centres and radii in Å."""

    starts: IndexArray
    sizes: IndexArray
    centres: FloatArray
    radii: FloatArray

    @classmethod
    def around(cls, atoms: FloatArray, starts: IndexArray) -> Self:
        low = np.minimum.reduceat(atoms, starts)
        high = np.maximum.reduceat(atoms, starts)
        centres = (low + high) / 2
        sizes = np.diff(starts, append=len(atoms))
        away = np.linalg.norm(atoms - np.repeat(centres, sizes, axis=0), axis=1)
        return cls(starts, sizes, centres, np.maximum.reduceat(away, starts))

    def __getitem__(self, rows: slice) -> Self:
        return type(self)(
            self.starts[rows], self.sizes[rows], self.centres[rows], self.radii[rows]
        )

    def in_reach(
        self, centres: FloatArray, radii: FloatArray, cutoff_a: float
    ) -> IndexArray:
        """Rows of other spheres that come as near to any of these as the cut-off."""
        at_once = max(1, MOST_DISTANCES // len(self.radii))
        rows = [np.zeros(0, dtype=np.int64)]
        for start in range(0, len(radii), at_once):
            part = slice(start, start + at_once)
            reach = np.add.outer(radii[part], self.radii + cutoff_a * SLACK)
            squares = np.zeros_like(reach)
            for axis in range(3):
                gap = np.subtract.outer(centres[part, axis], self.centres[:, axis])
                squares += np.square(gap, out=gap)
            near = (squares <= np.square(reach, out=reach)).any(axis=1)
            rows.append(start + np.flatnonzero(near))
        return np.concatenate(rows)


def _places_in_reach(
    groups: _Spheres,
    motions: tuple[FloatArray, FloatArray],
    cell: FloatArray | None,
    cutoff_a: float,
) -> Iterator[tuple[IndexArray, FloatArray]]:
    """For each group the motions, groups and cell shifts, (n, 5), that come near, and steps in Å."""
    rotations, translations = motions
    n_groups = len(groups.radii)
    placed = groups.centres @ rotations.transpose(0, 2, 1) + translations[:, None]
    placed = placed.reshape(-1, 3)
    for group, centre in enumerate(groups.centres):
        # One row for each motion and group.
        away = placed - centre
        radii = groups.radii[group] + groups.radii
        reach = np.tile(radii + cutoff_a * SLACK, len(rotations))
        rows = np.arange(len(away))
        shifts = np.zeros((len(away), 3), dtype=np.int64)
        steps = np.zeros((len(away), 3))
        if cell is not None:
            rows, shifts = _cell_shifts(cell, away, reach)
            steps = _product(cell[None], shifts, np.zeros_like(rows))
        is_near = np.square(away[rows] + steps).sum(axis=1) <= np.square(reach[rows])
        is_itself = (rows == group) & ~shifts.any(axis=1)
        near = np.flatnonzero(is_near & ~is_itself)
        motion_and_group = np.divmod(rows[near], n_groups)
        yield np.column_stack([*motion_and_group, shifts[near]]), steps[near]


def _cell_shifts(
    cell: FloatArray, away: FloatArray, reach: FloatArray
) -> tuple[IndexArray, IndexArray]:
    """Count through the whole cells that may bring vectors within a reach: rows and shifts."""
    to_fraction = np.linalg.inv(cell)
    # A sphere of radius r spans r |a*_k| along fractional axis k.
    span = np.outer(reach, np.linalg.norm(to_fraction, axis=1))
    fraction = away @ to_fraction.T
    first = np.ceil(-fraction - span).astype(np.int64)
    last = np.floor(-fraction + span).astype(np.int64)
    sizes = np.maximum(last - first + 1, 0)
    counts = sizes.prod(axis=1)
    rows = np.repeat(np.arange(len(away)), counts)
    number = np.arange(len(rows)) - (np.cumsum(counts) - counts)[rows]
    in_plane, w = np.divmod(number, sizes[rows, 2])
    u, v = np.divmod(in_plane, sizes[rows, 1])
    return rows, first[rows] + np.column_stack([u, v, w])


def _product(
    matrices: FloatArray, vectors: npt.NDArray[np.number], rows: IndexArray
) -> FloatArray:
    """Matrices (m, 3, 3) times vectors (n, 3), with for each vector the row of its matrix."""
    # Term by term: how a matrix product rounds differs from one machine to the next.
    x, y, z = np.ascontiguousarray(vectors.T)
    terms = [[matrices[:, k, i][rows] for i in range(3)] for k in range(3)]
    return np.column_stack([a * x + b * y + c * z for a, b, c in terms])


# --- chains --------------------------------------------------------------------------------------


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
    table = (getattr(contacts, name).tolist() for name in ImageContacts.__slots__)
    return tuple(
        ImageContact(
            auth_asym_id=names[i],
            image=ChainImage(names[j], motion, (u, v, w)),
            n_pairs=n_pairs,
        )
        for i, motion, j, (u, v, w), n_pairs in zip(*table, strict=True)
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
    names = [chain.auth_asym_id for chain in entry.protein_chains]
    shares = [occupancy(entry, name) for name in names]
    if not shares or 2 * min(shares) > WHOLE:
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
    """Count heavy-atom pairs of two chain images within a cut-off; none of images that `take_turns`."""
    n_pairs = _n_pairs(entry, image_1, image_2, cutoff_a)
    return 0 if n_pairs and take_turns(entry, image_1, image_2) else n_pairs


def _n_pairs(
    entry: Entry, image_1: ChainImage, image_2: ChainImage, cutoff_a: float
) -> int:
    coords = []
    for image in (image_1, image_2):
        rotation, translation = entry.transform(image)
        still = heavy_coords(entry, entry.chain(image.auth_asym_id))
        coords.append(still @ rotation.T + translation)
    return len(near_pairs(coords[0], coords[1], cutoff_a)[0])


def in_own_place(entry: Entry) -> Entry:
    """
    Leave out a unit cell that is not of these coordinates, and note chains in one place.

    The notes are `FOREIGN_CELL` and ``overlapping_chains``.
    """
    # Residues that have their place for themselves; all of a chain if no occupancy is given.
    occupancies = np.maximum.reduceat(entry.atoms.occupancy, entry.residues.atom_start)
    chains = []
    for chain in entry.protein_chains:
        most = occupancies[chain.residue_index]
        whole = chain.residue_index[(most > SHARED_OCCUPANCY) | ~most.any()]
        if len(whole):
            chains.append(replace(chain, residue_index=whole))
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
        text = (
            f"{n_clashes} atom pairs of symmetry images are closer than {CLASH_A:.0f} Å: the unit cell "
            "does not belong to these coordinates, as when they were moved, and is left out."
        )
        entry = replace(
            entry,
            crystal=None,
            operators=entry.operators[:1],
            assemblies=tuple(
                a
                for a in entry.assemblies
                if all(i == ChainImage(i.auth_asym_id) for i in a.images)
            ),
            notes=(*entry.notes, Note(FOREIGN_CELL, text, count=n_clashes)),
        )
    text = (
        "These chains stand in one place, as poses of one molecule do; no interface between them "
        "is measured unless it is asked for."
    )
    notes = []
    for contact in still:
        first, second = contact.auth_asym_id, contact.image.auth_asym_id
        share = OVERLAP_SHARE * min(sizes[first], sizes[second])
        if first < second and contact.n_pairs > max(MOST_PEPTIDE_CLASHES, share):
            subject = f"{first}, {second}"
            notes.append(Note("overlapping_chains", text, subject, contact.n_pairs))
    return replace(entry, notes=(*entry.notes, *notes))


def stand_in_one_place(entry: Entry, pair: tuple[ChainImage, ChainImage]) -> bool:
    """Tell whether two chains of the file, no images of the crystal, run through each other there."""
    names = {image.auth_asym_id for image in pair}
    if any(image != ChainImage(image.auth_asym_id) for image in pair):
        return False
    return any(
        note.topic == "overlapping_chains" and set(note.subject.split(", ")) == names
        for note in entry.notes
    )
