"""
How an agonist holds two receptors: where it brings their domains at the membrane, and how it leans.

The membrane-proximal domain of a cytokine receptor ends in the motif W-S-X-W-S, by which it is found
in the reference of the role, so that the same residues are taken in every entry. Two such domains of
one complex are described by their distance, the angle and twist of their long axes, and by how they
differ from the first complex that is named.
"""

import logging
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from il2struct.arrays import FloatArray, IndexArray
from il2struct.errors import StructureError, UnknownChainError
from il2struct.kernels.geometry import angles_deg, apply_transform, superpose
from il2struct.network.membrane.body import (
    Anchors,
    anchors_of_complex,
    best_orientation,
    body_of_complex,
)
from il2struct.results.entry_tables import one_word
from il2struct.structure.complexes import Complex, Member
from il2struct.structure.family import Role
from il2struct.structure.model import ChainImage
from il2struct.structure.named import NamedEntry
from il2struct.structure.neighbours import n_contact_pairs
from il2struct.tables import table_from_rows

if TYPE_CHECKING:
    import pandas as pd

logger = logging.getLogger(__name__)

#: Motif near the end of the membrane-proximal domain of cytokine receptors (Bazan 1990, PNAS
#: 87:6934) …
MOTIF: Final = re.compile("WS.WS")
#: … and residues of the domain before and from its first tryptophan on: as UniProt has the
#: fibronectin type III domain of β (P14784, 134-234); γc (P31785, 156-253) differs by 5 residues.
BEFORE, BEHIND = 86, 14
#: Fewer residues with coordinates have no long axis to speak of, …
MIN_RESIDUES: Final = 60
#: … and an anchor before this one, from the first tryptophan, is not at the membrane's end of it: the
#: motif begins at the other end, and the strand behind it passes the middle at 5.
MIN_BEHIND: Final = 7
#: Why there is no table.
NO_PAIR: Final = (
    "no complex of these entries holds two receptors of the cytokine family with their "
    "membrane-proximal domains; give one that does, as 2B5I holds β and γc."
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Domain:
    """
    Membrane-proximal domain of a receptor, where it stands in a complex.

    Attributes
    ----------
    member : Member
        The receptor.
    number : ndarray of int, shape=(n,)
        Common numbers of its residues.
    coords : ndarray, shape=(n, 3)
        Their CA atoms, Å.
    anchor : ndarray, shape=(3,)
        CA of the last ordered native residue, Å.
    last_mature : int
        Its mature number.
    """

    member: Member
    number: IndexArray
    coords: FloatArray
    anchor: FloatArray
    last_mature: int

    @property
    def centre(self) -> FloatArray:
        """Mean of its CA atoms."""
        centre: FloatArray = self.coords.mean(axis=0)
        return centre

    @property
    def axis(self) -> FloatArray:
        """Unit vector along it, towards the membrane."""
        _, _, axes = np.linalg.svd(self.coords - self.centre, full_matrices=False)
        axis: FloatArray = axes[0] * np.sign((self.anchor - self.centre) @ axes[0])
        return axis


def domain_geometry(one: Domain, two: Domain) -> dict[str, float]:
    """
    Describe how two domains stand to each other.

    Returns
    -------
    dict
        Distances of anchors and centres (Å), angle between the axes (0 to 180°), and twist: the
        dihedral of the axes about the line of centres, positive if the far one is turned clockwise.
    """
    line = two.centre - one.centre
    across = [
        axis - (axis @ line) / (line @ line) * line for axis in (one.axis, two.axis)
    ]
    turn = np.cross(across[0], across[1]) @ line / np.linalg.norm(line)
    return {
        "anchor_distance_a": float(np.linalg.norm(two.anchor - one.anchor)),
        "domain_distance_a": float(np.linalg.norm(line)),
        "angle_deg": float(angles_deg(one.axis, np.zeros(3), two.axis)),
        "twist_deg": math.degrees(math.atan2(turn, across[0] @ across[1])),
    }


def difference(
    reference: tuple[Domain, Domain], compared: tuple[Domain, Domain]
) -> dict[str, float]:
    """
    Say how the second domain has moved once the first ones are superposed.

    Returns
    -------
    dict
        Rotation (0 to 180°) and shift of its centre (Å).
    """
    pairs = [_in_both(*each) for each in zip(reference, compared, strict=True)]
    first, second = (superpose(moving, fixed) for fixed, moving in pairs)
    rest = first.rotation @ second.rotation.T
    # The trace alone loses small angles.
    sine = np.linalg.norm(rest - rest.T) / math.sqrt(8.0)
    fixed, moving = pairs[1]
    moved = apply_transform(moving, first.rotation, first.translation)
    return {
        "turn_deg": math.degrees(math.atan2(sine, (np.trace(rest) - 1.0) / 2.0)),
        "shift_a": float(np.linalg.norm(moved.mean(axis=0) - fixed.mean(axis=0))),
    }


def _in_both(fixed: Domain, moving: Domain) -> tuple[FloatArray, FloatArray]:
    _, own, other = np.intersect1d(fixed.number, moving.number, return_indices=True)
    return fixed.coords[own], moving.coords[other]


def agonist_table(entries: Sequence[NamedEntry]) -> "pd.DataFrame":
    """
    Describe every pair of receptors that a complex of some entries brings together: ``agonists``.

    The first complex with the same two roles is what ``turn_deg`` and ``shift_a`` are relative to.
    """
    rows: list[dict[str, Any]] = []
    references: dict[tuple[Role, Role], tuple[str, tuple[Domain, Domain]]] = {}
    for named in entries:
        for complex_ in named.complexes:
            for pair, row in _complex_rows(named, complex_):
                roles = pair[0].member.role, pair[1].member.role
                name = f"{one_word(named.entry.entry_id)}:{complex_.complex_id}"
                first, reference = references.setdefault(roles, (name, pair))
                rows.append(row | {"reference": first} | difference(reference, pair))
    return table_from_rows("agonists", rows)


def _complex_rows(
    named: NamedEntry, complex_: Complex
) -> Iterator[tuple[tuple[Domain, Domain], dict[str, Any]]]:
    try:
        anchors = anchors_of_complex(named, complex_)
    except UnknownChainError:  # none of its members is anchored
        return
    except StructureError as error:
        logger.warning("%s", error)
        return
    domains = _domains(named, complex_, anchors)
    if len(domains) < 2:
        return
    body = body_of_complex(named, complex_, anchors)
    # Faces of the hull are orientations enough to begin with.
    upright = best_orientation(body, np.zeros((0, 3)))
    for one, two in combinations(domains, 2):
        agonist = _holding_both(named, complex_, (one.member.image, two.member.image))
        if not agonist:
            continue
        row: dict[str, Any] = {
            "entry_id": named.entry.entry_id,
            "complex_id": complex_.complex_id,
            "agonist": "+".join(agonist),
        }
        for number, domain in enumerate((one, two), start=1):
            row |= {
                f"role_{number}": domain.member.role.value,
                f"auth_asym_id_{number}": domain.member.image.auth_asym_id,
                f"operator_{number}": domain.member.image.symmetry_code,
                f"anchor_{number}": domain.last_mature,
                f"n_residues_{number}": len(domain.number),
            }
        upwards = body.centre - (one.anchor + two.anchor) / 2.0
        lean = (
            math.nan
            if upright is None
            else float(angles_deg(upwards, np.zeros(3), upright.normal))
        )
        yield (one, two), row | domain_geometry(one, two) | {"lean_deg": lean}


def _domains(named: NamedEntry, complex_: Complex, anchors: Anchors) -> list[Domain]:
    found = []
    places = zip(
        [m for m in complex_.members if m.image.auth_asym_id in anchors.auth_asym_ids],
        anchors.positions,
        anchors.last_mature,
        strict=True,
    )
    for member, anchor, last_mature in places:
        number, coords, last = _proximal(named, member.image)
        if len(number) >= MIN_RESIDUES and last >= MIN_BEHIND:
            found.append(
                Domain(
                    member=member,
                    number=number,
                    coords=coords,
                    anchor=anchor,
                    last_mature=last_mature,
                )
            )
        elif len(number):
            logger.warning(
                "%s: too little of the membrane-proximal domain of chain %s has coordinates to tell how "
                "it is held: %d residues of at least %d, the last %d behind the start of W-S-X-W-S, of at "
                "least %d.",
                named.entry.entry_id,
                member.image.auth_asym_id,
                len(number),
                MIN_RESIDUES,
                last,
                MIN_BEHIND,
            )
    return found


def _proximal(
    named: NamedEntry, image: ChainImage
) -> tuple[IndexArray, FloatArray, int]:
    """
    Find common numbers and CA atoms of the domain at the membrane; none without the motif.

    And how far behind the start of the motif the last of them is.
    """
    entry = named.entry
    chain = entry.chain(image.auth_asym_id)
    role = next(r for r in named.roles if r.auth_asym_id == image.auth_asym_id)
    motif = MOTIF.search(role.reference.sequence) if role.reference else None
    if motif is None:
        return np.zeros(0, dtype=np.int64), np.zeros((0, 3)), 0
    beyond = role.uniprot_number[chain.position] - (motif.start() + 1)
    inside = (beyond >= -BEFORE) & (beyond <= BEHIND)
    atoms = entry.atoms
    is_alpha = atoms.atom_name == "CA"
    is_alpha &= np.isin(atoms.residue_index, chain.residue_index[inside])
    place = np.searchsorted(chain.residue_index, atoms.residue_index[is_alpha])
    coords = apply_transform(atoms.coords[is_alpha], *entry.transform(image))
    last = int(beyond[place].max(initial=-BEFORE))
    return role.common_number[chain.position[place]], coords, last


def _holding_both(
    named: NamedEntry, complex_: Complex, receptors: tuple[ChainImage, ChainImage]
) -> list[str]:
    """Roles, or chains, of the members that touch both receptors."""
    return [
        member.image.auth_asym_id if member.role is Role.UNKNOWN else member.role.value
        for member in complex_.members
        if member.image not in receptors
        and all(n_contact_pairs(named.entry, member.image, r) for r in receptors)
    ]
