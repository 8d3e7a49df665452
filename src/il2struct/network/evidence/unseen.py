"""Stretches of the chains in contact that have no coordinates and could reach the partner."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from il2struct.arrays import FloatArray
from il2struct.interface.interface import Partner
from il2struct.lattice.measure import MeasuredContact
from il2struct.network.evidence.sites import sequon_lost_at, sequon_numbers
from il2struct.structure.family import symbol_of
from il2struct.structure.model import NO_NUMBER, Chain
from il2struct.structure.roles import ChainRole

#: From Cα to Cα of a stretched chain, in Å.
RISE_A: Final = 3.8
#: Radius of gyration of an unfolded chain of *n* residues, 1.927 Å · n^0.598 (Kohn et al., Proc. Natl.
#: Acad. Sci. 101:12491, 2004).
GYRATION_A, GYRATION_POWER = 1.927, 0.598


@dataclass(frozen=True, slots=True, kw_only=True)
class UnseenStretch:
    """Residues of the deposited sequence without coordinates, within reach of the partner."""

    side: int  # 1 or 2
    role: str
    auth_asym_id: str
    first_number: int  # mature, `NO_NUMBER` in tags
    last_number: int
    n_residues: int
    sequence: str
    reach_a: float  # see `reach_a`
    distance_a: float  # from the nearer of the residues beside it to the partner
    # Glycosylation sites of the mature reference in it: ``N68``, or the change that removed it, ``N68S``.
    sequons: tuple[str, ...]

    @property
    def shown(self) -> str:
        """Name it for people: ``IL-2Rα 65-102 with N68S``, ``γc start-31`` if it begins with a tag."""
        where = f"tag {self.sequence}"
        if (self.first_number, self.last_number) != (NO_NUMBER, NO_NUMBER):
            first = "start" if self.first_number == NO_NUMBER else self.first_number
            last = "end" if self.last_number == NO_NUMBER else self.last_number
            where = f"{first}-{last}"
        sites = f" with {' and '.join(self.sequons)}" if self.sequons else ""
        return f"{symbol_of(self.role)} {where}{sites}"


def reach_a(n_residues: int, n_ends: int) -> float:
    """
    Say how far a stretch without coordinates gets from the residues that hold it, in Å.

    A loop is held at two ends and gets there and back, so that its middle counts; a tail goes on. Both
    get as far as an unfolded chain does (root mean square from end to end), never farther than a
    stretched one.

    Examples
    --------
    >>> [round(reach_a(n, 2), 1) for n in (3, 38)], round(reach_a(2, 1), 1)
    ([6.0, 27.5], 7.1)
    """
    length = n_residues / n_ends
    unfolded: float = math.sqrt(6.0) * GYRATION_A * length**GYRATION_POWER
    return min(unfolded, (n_residues + 1) * RISE_A / n_ends)


def unseen_stretches(measured: MeasuredContact) -> tuple[UnseenStretch, ...]:
    """List the stretches of both sides that could reach the partner, nearest first."""
    first, second = measured.interface.sides
    found = [
        *_of_side(measured, 1, first, second.atoms.coords[~second.atoms.is_hydrogen]),
        *_of_side(measured, 2, second, first.atoms.coords[~first.atoms.is_hydrogen]),
    ]
    return tuple(sorted(found, key=lambda stretch: stretch.distance_a))


def _of_side(
    measured: MeasuredContact, number: int, side: Partner, partner: FloatArray
) -> Iterator[UnseenStretch]:
    roles = {role.auth_asym_id: role for role in measured.named.roles}
    for place, image in enumerate(side.images):
        chain = measured.named.entry.chain(image.auth_asym_id)
        if not chain.has_deposited_sequence or chain.auth_asym_id not in roles:
            continue
        for start, stop, ends in gaps_of(chain):
            beside = chain.residue_index[ends] + place * side.n_residues
            atoms = side.atoms.coords[
                np.isin(side.atoms.residue_index, beside) & ~side.atoms.is_hydrogen
            ]
            between = np.linalg.norm(atoms[:, np.newaxis] - partner, axis=2)
            distance = float(between.min(initial=np.inf))
            reach = reach_a(stop - start, len(ends))
            if distance <= reach:
                role = roles[chain.auth_asym_id]
                yield UnseenStretch(
                    side=number,
                    role=role.role.value,
                    auth_asym_id=chain.auth_asym_id,
                    first_number=int(role.mature_number[start]),
                    last_number=int(role.mature_number[stop - 1]),
                    n_residues=stop - start,
                    sequence=chain.sequence[start:stop],
                    reach_a=reach,
                    distance_a=distance,
                    sequons=_sequons(chain, role, range(start, stop)),
                )


def gaps_of(chain: Chain) -> list[tuple[int, int, list[int]]]:
    """
    List places in the sequence without coordinates: first, one behind the last, and what holds them.

    What holds them are elements of ``chain.residue_index``: two for a loop, one for a tail.
    """
    places = chain.position.tolist()
    gaps = [(0, places[0], [0])]
    gaps += [
        (before + 1, after, [at, at + 1])
        for at, (before, after) in enumerate(pairwise(places))
    ]
    gaps.append((places[-1] + 1, len(chain.sequence), [len(places) - 1]))
    return [gap for gap in gaps if gap[0] < gap[1]]


def _sequons(chain: Chain, role: ChainRole, places: Sequence[int]) -> tuple[str, ...]:
    """N-glycosylation sites of the reference among some places of a sequence."""
    if role.reference is None:
        return ()
    wanted = set(sequon_numbers(role.reference)) - {NO_NUMBER}
    found = []
    for place in places:
        number = int(role.mature_number[place])
        if number in wanted:
            following = chain.sequence[place : place + 3]
            lost = sequon_lost_at(following)
            found.append(
                f"N{number}"
                if lost is None
                else f"{role.reference_letter[place + lost]}{number + lost}{following[lost]}"
            )
    return tuple(found)
