"""
How alike two poses of an interface are: which residues correspond, shared contacts, RMSD, DockQ.

Definitions and constants are those of the published program, DockQ (Mirabello & Wallner 2024
Bioinformatics 40:btae586; Basu & Wallner 2016 PLoS ONE 11:e0161879), which follow CAPRI (Méndez et
al. 2003 Proteins 52:51), with two differences: residues correspond by number, and where the letters
differ (a mutant, another species) they still correspond; the program leaves such residues out.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np

from il2struct.arrays import FloatArray, IndexArray
from il2struct.kernels.cells import neighbour_pairs
from il2struct.kernels.geometry import Superposition, apply_transform, superpose
from il2struct.results.entry_tables import one_word
from il2struct.structure.alignment import aligned
from il2struct.structure.family import Role
from il2struct.structure.model import (
    NO_NUMBER,
    Chain,
    ChainImage,
    Entry,
    ResidueKind,
    make_side,
)
from il2struct.structure.named import NamedEntry
from il2struct.structure.roles import ChainRole

#: Chains without a role are the same protein if so many of the residues of the shorter sequence
#: are equal. Two antibodies with the same constant domains reach about 0.85.
MIN_SHARED: Final = 0.9


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Common:
    """A protein chain in terms that entries share."""

    #: Its role; without one, the first chain that is the same protein, as ``"1BRS:A"``.
    protein: str
    #: For each place in the sequence: the mature number of the human protein, where there is no
    #: human one that of the reference; without a role the author's number in that first chain.
    #: `NO_NUMBER` for tags and the like.
    number: IndexArray

    @property
    def end_number(self) -> IndexArray:
        """Numbers continued into tags at either end, `NO_NUMBER` elsewhere."""
        continued = np.full(len(self.number), NO_NUMBER)
        numbered = np.flatnonzero(self.number != NO_NUMBER)
        if len(numbered):
            first, last = numbered[[0, -1]]
            places = np.arange(len(continued))
            before, behind = places < first, places > last
            continued[before] = self.number[first] - (first - places[before])
            continued[behind] = self.number[last] + (places[behind] - last)
        return continued


def common_chains(entries: Sequence[NamedEntry]) -> tuple[dict[str, Common], ...]:
    """
    Say of every protein chain which protein it is, and number its residues alike over all entries.

    Returns
    -------
    tuple of dict
        For each entry its protein chains by author name, and ligands that stand as partners, which are
        named by their component and have no numbers.
    """
    # Sequence and numbers of the first chain of each protein that has no role.
    strangers: list[tuple[str, Common]] = []
    return tuple(
        {
            chain.auth_asym_id: _common(named.entry, chain, role, strangers)
            for chain, role in zip(named.entry.protein_chains, named.roles, strict=True)
        }
        | {
            chain.auth_asym_id: Common(
                protein=chain.auth_asym_id.partition(":")[0],
                number=np.full(len(chain.sequence), NO_NUMBER),
            )
            for chain in named.entry.chains
            if chain.kind is ResidueKind.LIGAND
        }
        for named in entries
    )


def _common(
    entry: Entry, chain: Chain, role: ChainRole, strangers: list[tuple[str, Common]]
) -> Common:
    if role.role is not Role.UNKNOWN:
        return Common(protein=role.role.value, number=role.common_number)
    for sequence, common in strangers:
        if chain.sequence == sequence:
            return common
        own, theirs = aligned(chain.sequence, sequence)
        letters = np.array(list(chain.sequence)), np.array(list(sequence))
        n_equal = (letters[0][own] == letters[1][theirs]).sum()
        if n_equal >= MIN_SHARED * min(len(chain.sequence), len(sequence)):
            number = np.full(len(chain.sequence), NO_NUMBER)
            number[own] = common.number[theirs]
            return Common(protein=common.protein, number=number)
    name = f"{one_word(entry.entry_id)}:{chain.auth_asym_id}"
    common = Common(protein=name, number=_author_numbers(entry, chain))
    strangers.append((chain.sequence, common))
    return common


def _author_numbers(entry: Entry, chain: Chain) -> IndexArray:
    """
    Return the author's numbers along a sequence, continued where residues have no coordinates.

    Places in the sequence, from 1, where the author's numbers do not rise throughout: numbers with
    insertion codes stand for several residues.
    """
    places = np.arange(1, len(chain.sequence) + 1)
    known = entry.residues.auth_number[chain.residue_index]
    rises = (np.diff(known) >= np.diff(chain.position)).all() and len(known)
    if not rises or (entry.residues.ins_code[chain.residue_index] != "").any():
        return places
    before = np.searchsorted(chain.position, places - 1, side="right") - 1
    before = np.maximum(before, 0)
    return known[before] + (places - 1 - chain.position[before])


#: Heavy atoms of two residues in contact are nearer than this in Å …
CONTACT_A: Final = 5.0
#: … and the interface whose backbone is laid upon the other's is what lies within this.
INTERFACE_A: Final = 10.0
#: Backbones of residues of two complexes that correspond.
Pair: TypeAlias = tuple[FloatArray, FloatArray]

BACKBONE: Final = ("N", "CA", "C", "O")
#: Place of CA in it.
CA: Final = 1
#: Distances at which the two terms of DockQ are one half, in Å.
HALF_IRMSD_A, HALF_LRMSD_A = 1.5, 8.5
#: Lower ends of the classes of quality in DockQ.
CLASSES: Final = ((0.80, "high"), (0.49, "medium"), (0.23, "acceptable"))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pose:
    """Chain images of one side of an interface, where they stand."""

    #: Heavy atoms of the protein, Å; shape (n, 3).
    coords: FloatArray
    #: Residue of each atom, from 0; shape (n,).
    residue: IndexArray
    #: What tells each residue: its image's place in the side, its common number, and 0; in a tag
    #: at an end the number continued and its letter, since equal tags correspond as well; shape
    #: (m, 3).
    key: IndexArray
    #: N, CA, C and O of each residue, NaN where there is none; shape (m, 4, 3).
    backbone: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Similarity:
    """One interface in two complexes."""

    #: Residues with coordinates in both.
    n_residues: int
    #: Residue pairs in contact in the reference, whether or not the other complex shows them.
    n_contacts_reference: int
    #: Residue pairs in contact in the other complex, of residues that correspond.
    n_contacts_compared: int
    #: Of these, those in contact in the reference.
    n_contacts_shared: int
    #: Backbone of the reference's interface after superposition, Å; NaN if none of it
    #: corresponds.
    irmsd_a: float
    #: Backbone of the smaller side after superposing the larger one, Å.
    lrmsd_a: float
    #: Backbone of both sides after superposing both, Å.
    rmsd_a: float

    @property
    def fnat(self) -> float:
        """Share of the reference's contacts that the other complex has."""
        return self.n_contacts_shared / self.n_contacts_reference

    @property
    def fnonnat(self) -> float:
        """Share of the other complex's contacts that the reference lacks."""
        gained = self.n_contacts_compared - self.n_contacts_shared
        return gained / self.n_contacts_compared if self.n_contacts_compared else 0.0

    @property
    def dockq(self) -> float:
        """Mean of fnat and of the two distances, each scaled from 0 to 1."""
        # A distance that cannot be measured scores nothing.
        scaled = [
            0.0 if math.isnan(distance_a) else 1.0 / (1.0 + (distance_a / half_a) ** 2)
            for distance_a, half_a in (
                (self.irmsd_a, HALF_IRMSD_A),
                (self.lrmsd_a, HALF_LRMSD_A),
            )
        ]
        return (self.fnat + sum(scaled)) / 3


def dockq_class(dockq: float) -> str:
    """Return the class of quality that a value of DockQ stands for, as in its paper."""
    return next((name for low, name in CLASSES if dockq >= low), "incorrect")


def pose_of(
    entry: Entry, images: Sequence[ChainImage], common: Mapping[str, Common]
) -> Pose:
    """Gather the protein residues of some chain images in terms that complexes share."""
    side = make_side(entry, images, label="", role="")
    atoms = side.atoms.select(~side.atoms.is_hydrogen)
    index, residue = np.unique(atoms.residue_index, return_inverse=True)
    place, row = np.divmod(index, len(entry.residues))
    key = np.zeros((len(index), 3), dtype=np.int64)
    key[:, 0] = place
    for image_place, image in enumerate(images):
        chain, chain_common = (
            entry.chain(image.auth_asym_id),
            common[image.auth_asym_id],
        )
        told = np.full((len(entry.residues), 2), (NO_NUMBER, 0))
        letters = np.array([ord(letter) for letter in chain.sequence])
        number = chain_common.number
        is_told = number != NO_NUMBER
        told[chain.residue_index] = np.column_stack(
            [
                np.where(is_told, number, chain_common.end_number),
                np.where(is_told, 0, letters),
            ]
        )[chain.position]
        key[place == image_place, 1:] = told[row[place == image_place]]
    backbone = np.full((len(index), len(BACKBONE), 3), np.nan)
    for i, name in enumerate(BACKBONE):
        has_name = atoms.atom_name == name
        backbone[residue[has_name], i] = atoms.coords[has_name]
    return Pose(coords=atoms.coords, residue=residue, key=key, backbone=backbone)


def similarity_of(
    reference: tuple[Pose, Pose], compared: tuple[Pose, Pose]
) -> Similarity | None:
    """
    Compare two poses of an interface, its sides and their images in the same order.

    Returns
    -------
    Similarity or None
        None if no residues of the reference are in contact.
    """
    native = _contacts(reference, CONTACT_A)
    if not len(native):
        return None
    matches = [_match(*sides) for sides in zip(reference, compared, strict=True)]
    backbones = [_backbones(*s) for s in zip(reference, compared, matches, strict=True)]
    kept = _placed(native, [match[:, 0] for match in matches])
    found = _placed(_contacts(compared, CONTACT_A), [match[:, 1] for match in matches])
    near = _placed(
        _contacts(reference, INTERFACE_A), [match[:, 0] for match in matches]
    )
    interface = _joined(
        [
            (fixed[rows], moving[rows])
            for (fixed, moving), rows in zip(
                backbones, (np.unique(side) for side in near.T), strict=True
            )
        ]
    )
    whole = _joined(backbones)
    # The larger side is the receptor; of two equal ones the second, as in the program.
    larger = 0 if len(reference[0].key) > len(reference[1].key) else 1
    return Similarity(
        n_residues=len(matches[0]) + len(matches[1]),
        n_contacts_reference=len(native),
        n_contacts_compared=len(found),
        n_contacts_shared=len(
            set(map(tuple, kept.tolist())) & set(map(tuple, found.tolist()))
        ),
        irmsd_a=_rmsd_after(interface, interface),
        lrmsd_a=_rmsd_after(backbones[larger], backbones[1 - larger]),
        rmsd_a=_rmsd_after(whole, whole),
    )


def superposition(fixed: Pose, moving: Pose, *, least: int = 3) -> Superposition | None:
    """Lay a pose upon another by the CA of residues that correspond; None if they are too few."""
    backbones = _backbones(fixed, moving, _match(fixed, moving))
    return _superposed((backbones[0][:, CA], backbones[1][:, CA]), least)


def _superposed(pair: Pair, least: int = 3) -> Superposition | None:
    fixed, moving = _atoms_in_both(pair)
    return None if len(fixed) < least else superpose(moving, fixed)


def _rmsd_after(superposed: Pair, measured: Pair) -> float:
    """Distance of two backbones in Å after laying the second of another pair upon its first."""
    motion = _superposed(superposed)
    fixed, moving = _atoms_in_both(measured)
    if motion is None or not len(fixed):
        return math.nan
    moved = apply_transform(moving, motion.rotation, motion.translation)
    return float(np.sqrt(((moved - fixed) ** 2).sum(axis=1).mean()))


def _backbones(reference: Pose, compared: Pose, match: IndexArray) -> Pair:
    return reference.backbone[match[:, 0]], compared.backbone[match[:, 1]]


def _joined(pairs: Sequence[Pair]) -> Pair:
    first, second = (np.concatenate(parts) for parts in zip(*pairs, strict=True))
    return first, second


def _atoms_in_both(pair: Pair) -> Pair:
    first, second = (backbone.reshape(-1, 3) for backbone in pair)
    there = np.isfinite(first[:, 0]) & np.isfinite(second[:, 0])
    return first[there], second[there]


def _contacts(poses: tuple[Pose, Pose], cutoff_a: float) -> IndexArray:
    """Residue pairs of two sides with heavy atoms within a distance, shape=(n, 2)."""
    pairs = neighbour_pairs(poses[0].coords, poses[1].coords, cutoff_a)
    residues = (poses[0].residue[pairs.index_1], poses[1].residue[pairs.index_2])
    return np.unique(np.column_stack(residues), axis=0)


def _match(reference: Pose, compared: Pose) -> IndexArray:
    """Rows of residues that correspond, shape=(n, 2)."""
    rows = {
        key: row
        for row, key in enumerate(map(tuple, compared.key.tolist()))
        if key[1] != NO_NUMBER
    }
    found = [
        (row, rows[key])
        for row, key in enumerate(map(tuple, reference.key.tolist()))
        if key in rows
    ]
    return np.array(found, dtype=np.int64).reshape(-1, 2)


def _placed(pairs: IndexArray, matched: Sequence[IndexArray]) -> IndexArray:
    """Pairs of residues that correspond, by their places among these."""
    placed = np.empty_like(pairs)
    for side, rows in enumerate(matched):
        places = np.full(max(pairs[:, side].max(initial=-1), *rows, 0) + 1, -1)
        places[rows] = np.arange(len(rows))
        placed[:, side] = places[pairs[:, side]]
    return placed[(placed >= 0).all(axis=1)]
