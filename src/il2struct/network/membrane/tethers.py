"""
How the ordered part of a receptor hangs on the membrane: linkers, anchors and the atoms that collide.

The ordered ectodomain ends some residues before its transmembrane helix. The residues between
are a worm-like chain: one end is the Cα of the last ordered native residue (the anchor), the
other lies in the membrane.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Final, Protocol

import numpy as np

from il2struct.arrays import FloatArray, IndexArray
from il2struct.errors import ParameterError, StructureError, UnknownChainError
from il2struct.network.membrane.body import RigidBody, rigid_body
from il2struct.structure.alignment import FOREIGN_STATUS
from il2struct.structure.complexes import Complex
from il2struct.structure.family import Reference, Role, shipped_family
from il2struct.structure.model import Entry, Side, atoms_of_residues, heavy, make_side
from il2struct.structure.roles import ChainRole, ResidueNumbers

#: Contour length of a residue of an unfolded chain, in Å: 0.36 nm, at the lower end of what
#: single-molecule stretching finds (0.34-0.40 nm; Dietz & Rief 2006 use 0.365 nm).
RESIDUE_LENGTH_A: Final = 3.6
#: Persistence length of an unfolded chain, in Å (0.4 nm; Rief et al. 1997, Science 276:1109).
PERSISTENCE_LENGTH_A: Final = 4.0
#: Below this ratio of contour to persistence length the closed form loses digits and its Taylor
#: series is used; the first term left out is 1e-13 of the value there.
SHORT_CHAIN: Final = 1e-4
#: What belongs to the native receptor: tags and cloning artefacts are not on the cell.
NATIVE_STATUS: Final = ("native", "mutation", "species")


class Named(Protocol):
    """An entry with residue numbers; `NamedEntry` is one."""

    @property
    def entry(self) -> Entry:
        """What the file says."""

    @property
    def roles(self) -> tuple[ChainRole, ...]:
        """Role of each protein chain."""

    @property
    def numbers(self) -> ResidueNumbers:
        """Role and numbers of each residue."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Linker:
    """Where the membrane begins for one receptor."""

    tm_start: int  # first and last residue of the transmembrane helix, UniProt numbers
    tm_end: int
    source: str  # where the numbers come from


@dataclass(frozen=True, slots=True, kw_only=True)
class WormLikeChain:
    """The polymer that a linker is taken for."""

    residue_length_a: float = RESIDUE_LENGTH_A  # contour length of one residue
    # How far the chain remembers its direction
    persistence_length_a: float = PERSISTENCE_LENGTH_A

    def __post_init__(self) -> None:
        """Refuse lengths that are not positive."""
        if not (self.residue_length_a > 0.0 and self.persistence_length_a > 0.0):
            raise ParameterError(
                "A worm-like chain needs a positive residue length and persistence length in Å, "
                f"not {self.residue_length_a} and {self.persistence_length_a}."
            )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Anchors:
    """Where the linkers of one complex begin, and how long they are."""

    # (k, 3) Cα of the last ordered native residue of each receptor, in Å, where the complex stands
    positions: FloatArray
    roles: tuple[str, ...]  # which receptor, and its chain
    auth_asym_ids: tuple[str, ...]
    last_uniprot: tuple[int, ...]  # the anchor residue
    last_mature: tuple[int, ...]
    # Peptide units from the anchor to the first residue of the transmembrane helix
    n_residues: tuple[int, ...]
    contour_a: FloatArray  # (k,) length of the stretched linker
    # (k,) Mean square end-to-end distance of the free linker
    mean_square_a2: FloatArray
    persistence_length_a: float  # of the worm-like chain
    sources: tuple[str, ...]  # where the start of each transmembrane helix comes from


@dataclass(frozen=True, slots=True, kw_only=True)
class _Anchor:
    position: FloatArray
    role: Role
    auth_asym_id: str
    uniprot: int
    mature: int


@cache
def linkers() -> Mapping[Role, Linker]:
    """
    Return where the human receptors of the shipped family enter the membrane.

    To override one, pass ``{**linkers(), Role.IL2RB: Linker(...)}`` on.

    Examples
    --------
    >>> linkers()[Role.IL2RA].tm_start
    241
    """
    family = shipped_family()
    return MappingProxyType(
        _linkers_of(
            reference
            for reference in family.references
            if reference.species == family.numbering_species
        )
    )


def _linkers_of(references: Iterable[Reference | None]) -> dict[Role, Linker]:
    return {
        reference.role: Linker(
            tm_start=reference.membrane_helix[0],
            tm_end=reference.membrane_helix[1],
            source=reference.helix_source,
        )
        for reference in references
        if reference is not None and reference.membrane_helix is not None
    }


def mean_square_end_to_end(contour_a: float, *, persistence_length_a: float) -> float:
    r"""
    Return how far apart the ends of a free worm-like chain are, as a mean square in Å².

    :math:`\langle R^2\rangle = 2 l_p L\,[1 - (l_p/L)(1 - e^{-L/l_p})]`.

    References
    ----------
    Kratky & Porod, Recl. Trav. Chim. Pays-Bas 68:1106 (1949).

    Examples
    --------
    A chain much shorter than its persistence length is a rod, a long one a random walk:

    >>> round(mean_square_end_to_end(1.0, persistence_length_a=1e6), 4)
    1.0
    >>> round(mean_square_end_to_end(1e6, persistence_length_a=4.0) / 1e6, 4)
    8.0
    """
    if not (contour_a >= 0.0 and persistence_length_a > 0.0):
        raise ParameterError(
            "A worm-like chain needs a contour of zero or more and a positive persistence length "
            f"in Å, not {contour_a} and {persistence_length_a}."
        )
    ratio = contour_a / persistence_length_a
    if ratio < SHORT_CHAIN:
        return contour_a**2 * (1.0 - ratio / 3.0 + ratio**2 / 12.0)
    return 2.0 * persistence_length_a**2 * (ratio + math.expm1(-ratio))


def anchors_of_complex(
    named: Named,
    complex_: Complex,
    *,
    table: Mapping[Role, Linker] | None = None,
    chain: WormLikeChain | None = None,
) -> Anchors:
    """
    Find where each receptor of a complex leaves its fold for the membrane.

    One anchor for each receptor chain that the table names, in the order of the members. Receptors
    missing from the entry have none: the result is about what is there.
    """
    if table is None:
        names = {member.image.auth_asym_id for member in complex_.members}
        table = _linkers_of(
            found.reference for found in named.roles if found.auth_asym_id in names
        )
    chain = WormLikeChain() if chain is None else chain
    found = [
        _last_native(named, complex_, position)
        for position, member in enumerate(complex_.members)
        if member.role in table
    ]
    if not found:
        raise UnknownChainError(
            "receptor with a transmembrane helix",
            entry_id=f"complex {complex_.complex_id} of {named.entry.entry_id}",
            available=[str(member.role) for member in complex_.members],
        )
    return _with_linkers(named.entry.entry_id, found, table, chain)


def _last_native(named: Named, complex_: Complex, position: int) -> _Anchor:
    member = complex_.members[position]
    rows = _native_rows(
        named, named.entry.chain(member.image.auth_asym_id).residue_index
    )
    atoms = named.entry.atoms
    for row in rows[::-1].tolist():
        inside = atoms_of_residues(named.entry, np.array([row]))
        alpha = inside[atoms.atom_name[inside] == "CA"]
        if len(alpha):
            rotation, translation = named.entry.transform(member.image)
            return _Anchor(
                position=rotation @ atoms.coords[alpha[0]] + translation,
                role=member.role,
                auth_asym_id=member.image.auth_asym_id,
                uniprot=int(named.numbers.uniprot_number[row]),
                mature=int(named.numbers.mature_number[row]),
            )
    raise StructureError(
        f"Chain {member.image.auth_asym_id} of {named.entry.entry_id} has no native residue with a "
        "Cα to anchor it on the membrane; leave it out or use a model with backbone atoms."
    )


def _native_rows(named: Named, rows: IndexArray) -> IndexArray:
    kept: IndexArray = rows[np.isin(named.numbers.status[rows], NATIVE_STATUS)]
    return kept


def _with_linkers(
    entry_id: str,
    found: Sequence[_Anchor],
    table: Mapping[Role, Linker],
    chain: WormLikeChain,
) -> Anchors:
    n_residues = [table[each.role].tm_start - each.uniprot for each in found]
    for each, count in zip(found, n_residues, strict=True):
        if count < 0:
            raise StructureError(
                f"Chain {each.auth_asym_id} of {entry_id} is ordered up to residue {each.uniprot}, "
                f"beyond the start of its transmembrane helix at {table[each.role].tm_start}; "
                "correct the table of linkers or cut the chain."
            )
    contour = np.array([chain.residue_length_a * count for count in n_residues])
    mean_square = [
        mean_square_end_to_end(
            float(length), persistence_length_a=chain.persistence_length_a
        )
        for length in contour
    ]
    return Anchors(
        positions=np.array([each.position for each in found]),
        roles=tuple(each.role.value for each in found),
        auth_asym_ids=tuple(each.auth_asym_id for each in found),
        last_uniprot=tuple(each.uniprot for each in found),
        last_mature=tuple(each.mature for each in found),
        n_residues=tuple(n_residues),
        contour_a=contour,
        mean_square_a2=np.array(mean_square),
        persistence_length_a=chain.persistence_length_a,
        sources=tuple(table[each.role].source for each in found),
    )


def body_of_complex(
    named: Named, complex_: Complex, anchors: Anchors, *, clearance_a: float = 0.0
) -> RigidBody:
    """
    Take a complex as one rigid body that rests on the membrane and hangs on its linkers.

    Notes
    -----
    Heavy atoms of the protein and of deposited glycans collide with the membrane; residues of
    expression tags do not, because the receptor on the cell does not have them.
    """
    images = [member.image for member in complex_.members]
    side = make_side(named.entry, images, label=complex_.complex_id, role="")
    coords = np.concatenate(
        [_without_tags(named, side), side.glycans.coords[heavy(side.glycans)]]
    )
    return rigid_body(
        coords,
        anchors.positions,
        contour_a=anchors.contour_a,
        mean_square_a2=anchors.mean_square_a2,
        clearance_a=clearance_a,
    )


def _without_tags(named: Named, side: Side) -> FloatArray:
    status = named.numbers.status[side.residue_row(side.atoms.residue_index)]
    coords: FloatArray = side.atoms.coords[
        heavy(side.atoms) & ~np.isin(status, FOREIGN_STATUS)
    ]
    return coords
