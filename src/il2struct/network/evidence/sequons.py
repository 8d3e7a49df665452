"""N-glycosylation sites at a contact: native or removed, decorated or bare, in the way or not."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from il2struct.arrays import FloatArray
from il2struct.interface.interface import Partner
from il2struct.kernels.cells import near_mask, neighbour_pairs
from il2struct.lattice.measure import MeasuredContact
from il2struct.structure.family import Reference
from il2struct.structure.model import NO_NUMBER, Atoms

#: A site whose Cβ is farther than this from the partner cannot touch it with a core glycan, in Å.
REACH_A: Final = 25.0
#: A core glycan (Man3GlcNAc2) reaches about this far from Cβ, in Å; GlcNAc adds 5.4 Å a unit.
GLYCAN_LENGTH_A: Final = 20.0
#: Half the opening of the cone of directions that a glycan takes from Cα-Cβ, in degrees.
CONE_HALF_ANGLE_DEG: Final = 45.0
#: A glycan axis may come no nearer than this to a heavy atom of the partner, in Å: two van der
#: Waals radii and a ring half as wide as GlcNAc.
GLYCAN_RADIUS_A: Final = 4.0
#: Directions sampled in the cone, and steps along each.
N_DIRECTIONS: Final = 200
STEP_A: Final = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SequonSite:
    """A glycosylation site near a contact."""

    side: int  # 1 or 2
    role: str
    mature_number: int
    status: str  # ``native`` or the change that removed the site, ``N53Q`` or ``S51A``
    has_glycan: bool  # Whether the entry shows a sugar bonded to it
    distance_a: float  # From Cβ (Cα of Gly) to the nearest heavy atom of the partner
    # From the deposited glycan to the partner; NaN without one
    glycan_distance_a: float
    # Fraction of the directions in the cone around Cα-Cβ in which a core glycan passes the partner;
    # 1 if nothing is in the way
    free_fraction: float


def sequon_numbers(reference: Reference) -> tuple[int, ...]:
    """
    List the N-glycosylation sites of a mature protein.

    Mature numbers; those of the cytoplasmic part are not excluded, since no entry shows them.
    """
    return tuple(
        number - reference.mature_offset
        for number in reference.glycosylation
        if number > reference.mature_offset
    )


def sequons_at(measured: MeasuredContact) -> tuple[SequonSite, ...]:
    """
    Find the glycosylation sites of both sides that could reach across a contact.

    Those within `REACH_A` of the partner, the nearest first.
    """
    interface = measured.interface
    partners = interface.sides
    found = [
        site
        for side in (1, 2)
        for site in _sites_of_side(
            measured, side, partners[side - 1], partners[2 - side]
        )
    ]
    return tuple(sorted(found, key=lambda site: site.distance_a))


def _sites_of_side(
    measured: MeasuredContact, side: int, own: Partner, other: Partner
) -> list[SequonSite]:
    numbers = measured.named.numbers
    atoms, partner = own.atoms, other.atoms
    opposite = partner.coords[~partner.is_hydrogen]
    residues = np.unique(atoms.residue_index)
    rows = own.residue_row(residues)
    references = {found.auth_asym_id: found.reference for found in measured.named.roles}
    wanted = {
        (image.auth_asym_id, number)
        for image in own.images
        if (reference := references.get(image.auth_asym_id))
        for number in sequon_numbers(reference)
    }
    entry = measured.named.entry
    found = []
    for residue, row in zip(residues.tolist(), rows.tolist(), strict=True):
        number = int(numbers.mature_number[row])
        chain = entry.chains[int(entry.residues.chain_index[row])]
        if number == NO_NUMBER or (chain.auth_asym_id, number) not in wanted:
            continue
        origin, tip = _stem(atoms, residue)
        distance = float(np.linalg.norm(opposite - tip, axis=1).min())
        if distance > REACH_A:
            continue
        glycan = _glycan_of(own, tip)
        found.append(
            SequonSite(
                side=side,
                role=str(numbers.role[row]),
                mature_number=number,
                status=_status(measured, row),
                has_glycan=len(glycan) > 0,
                distance_a=distance,
                glycan_distance_a=_nearest(glycan, opposite),
                free_fraction=free_fraction(origin, tip, opposite),
            )
        )
    return found


def _status(measured: MeasuredContact, row: int) -> str:
    """``native``, or the first change that makes N-X-S/T something else."""
    named = measured.named
    entry, numbers = named.entry, named.numbers
    chain = entry.chains[int(entry.residues.chain_index[row])]
    place = int(np.searchsorted(chain.residue_index, row))
    for step, wanted in enumerate(("N", "", "ST")):
        if place + step >= len(chain.residue_index):
            break
        there = int(chain.residue_index[place + step])
        number = int(numbers.mature_number[there])
        if number != int(numbers.mature_number[row]) + step:
            break  # disordered: nothing says that it was changed
        letter = chain.sequence[int(chain.position[place + step])]
        is_lost = letter == "P" if step == 1 else letter not in wanted
        if is_lost:
            return f"{numbers.reference_letter[there]}{number}{letter}"
    return "native"


def _stem(atoms: Atoms, residue: int) -> tuple[FloatArray, FloatArray]:
    """Cα and Cβ of a residue (Cα twice where there is no Cβ)."""
    here = atoms.residue_index == residue
    alpha = atoms.coords[here & (atoms.atom_name == "CA")]
    beta = atoms.coords[here & (atoms.atom_name == "CB")]
    start = alpha[0] if len(alpha) else atoms.coords[here][0]
    return start, beta[0] if len(beta) else start


def _glycan_of(own: Partner, tip: FloatArray) -> FloatArray:
    """Heavy atoms of the glycan whose first sugar sits at a side chain; none if there is none."""
    glycans = own.glycans
    heavy = glycans.select(~glycans.is_hydrogen)
    if not len(heavy):
        return heavy.coords
    # ND2-C1 is 1.45 Å and Cβ-ND2 2.4 Å, so the first sugar begins within 4.5 Å of Cβ.
    distances = np.linalg.norm(heavy.coords - tip, axis=1)
    if float(distances.min()) > 4.5:
        return heavy.coords[:0]
    tree = {int(heavy.residue_index[int(distances.argmin())])}
    grown = True
    while grown:
        inside = np.isin(heavy.residue_index, list(tree))
        pairs = neighbour_pairs(heavy.coords[inside], heavy.coords[~inside], 1.9)
        reached = set(heavy.residue_index[~inside][pairs.index_2].tolist())
        grown = bool(reached - tree)
        tree |= reached
    return heavy.coords[np.isin(heavy.residue_index, list(tree))]


def _nearest(points: FloatArray, others: FloatArray) -> float:
    if not len(points):
        return float("nan")
    return float(min(np.linalg.norm(others - point, axis=1).min() for point in points))


def free_fraction(origin: FloatArray, tip: FloatArray, obstacles: FloatArray) -> float:
    """
    Fraction of a cone of directions along which a core glycan passes some atoms.

    1 if nothing is in the way, 0 if every direction is blocked; NaN without a direction. Shapes:
    ``origin, tip`` (3,), ``obstacles`` (n, 3).
    """
    axis = tip - origin
    length = float(np.linalg.norm(axis))
    if length == 0.0:
        return float("nan")
    directions = _cone(axis / length)
    steps = np.arange(GLYCAN_RADIUS_A, GLYCAN_LENGTH_A + STEP_A / 2, STEP_A)
    points = tip + directions[:, None, :] * steps[None, :, None]
    blocked = near_mask(points.reshape(-1, 3), obstacles, GLYCAN_RADIUS_A)
    return float((~blocked.reshape(len(directions), -1).any(axis=1)).mean())


def _cone(axis: FloatArray) -> FloatArray:
    """Directions spread evenly over the cap around an axis, on a Fibonacci spiral."""
    index = np.arange(N_DIRECTIONS) + 0.5
    cosine = 1.0 - index / N_DIRECTIONS * (
        1.0 - np.cos(np.radians(CONE_HALF_ANGLE_DEG))
    )
    sine = np.sqrt(1.0 - cosine**2)
    turn = np.pi * (1.0 + np.sqrt(5.0)) * index
    across = np.cross(axis, np.eye(3)[int(np.argmin(np.abs(axis)))])
    across /= np.linalg.norm(across)
    upright = np.cross(axis, across)
    directions: FloatArray = (
        cosine[:, None] * axis
        + (sine * np.cos(turn))[:, None] * across
        + (sine * np.sin(turn))[:, None] * upright
    )
    return directions
