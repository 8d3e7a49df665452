"""
A rigid body on a flat membrane: heights of its anchors, cost of its linkers, easiest orientation.

An orientation is the unit normal of the membrane, pointing away from the cell, in the frame of the
body. The plane lies where the lowest atom touches it or below; anchors hang on worm-like linkers.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.spatial import ConvexHull, QhullError
from scipy.special import erfcx

from il2struct.arrays import FloatArray, checked_coordinates
from il2struct.errors import ParameterError, StructureError, UnknownChainError
from il2struct.structure.alignment import FOREIGN_STATUS
from il2struct.structure.complexes import Complex
from il2struct.structure.model import heavy, make_side
from il2struct.structure.named import NamedEntry

#: An anchor that close to the plane, in Å, touches it: float rounding of coordinates of 10³ Å is
#: 10⁻¹³ Å, deposited coordinates have 10⁻³ Å.
TOUCHING_A: Final = 1e-6
#: Products of coordinates made at once: the table stays in the processor's cache, and the matrix
#: library does not start threads for it (OpenBLAS does from 2¹⁸ on), which costs more than it gains.
CHUNK_PRODUCTS: Final = 2**18
#: Below this sine of the angle two directions are parallel.
PARALLEL: Final = 1e-6
#: Valleys that are searched for the best orientation, and how far apart they begin (cosine of 15°).
N_VALLEYS: Final = 6
VALLEY_COSINE: Final = 0.966
#: Nodes this far above the lowest, in kT, lie in no valley worth following: over a square of the
#: grid the energy changes less.
VALLEY_KT: Final = 5.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RigidBody:
    """What the membrane sees of a complex, or of a chain of them."""

    # (v, 3) Corners of the convex hull of the atoms; only they can touch a plane first.
    surface: FloatArray
    centre: FloatArray  # (3,) mean position of the atoms
    anchors: FloatArray  # (k, 3) where the linkers begin
    contour_a: FloatArray  # (k,) length of each stretched linker
    mean_square_a2: (
        FloatArray  # (k,) mean square end-to-end distance of each free linker
    )
    clearance_a: float  # that every atom keeps from the membrane plane

    @property
    def stiffness_per_a2(self) -> FloatArray:
        """Energy of each linker over its height squared, kT/Å²; 0 for a linker of no length."""
        rigid = self.mean_square_a2 <= 0.0
        stiffness: FloatArray = np.where(
            rigid, 0.0, 1.5 / np.where(rigid, 1.0, self.mean_square_a2)
        )
        return stiffness


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Orientation:
    """One way to stand on the membrane, and the motion that shows it."""

    normal: FloatArray  # (3,) of the membrane, pointing away from the cell
    plane_offset_a: float  # the membrane is the plane ``normal @ x == plane_offset_a``
    energy_kt: float  # of all stretched linkers; infinite if one is too short
    heights_a: FloatArray  # (k,) of the anchors above the membrane
    stretch_fraction: FloatArray  # (k,) height over contour length of each linker
    # ``rotation @ x + translation`` lays the membrane on the plane z = 0, with the cell below.
    rotation: FloatArray  # (3, 3)
    translation: FloatArray  # (3,)


def rigid_body(
    coords: FloatArray,
    anchors: FloatArray,
    *,
    contour_a: FloatArray,
    mean_square_a2: FloatArray,
    clearance_a: float = 0.0,
) -> RigidBody:
    """
    Take atoms and anchors as one rigid body.

    The membrane keeps out the atoms (n, 3) and the anchors (k, 3) where the linkers begin, each by
    the clearance: a van der Waals radius makes balls of them, 0 lets their centres touch the plane.
    Linkers have a length when stretched (Å) and a mean square end-to-end distance when free (Å²).
    """
    atoms = checked_coordinates(coords)
    points = checked_coordinates(anchors, name="anchors")
    if not len(atoms) or not len(points) or not clearance_a >= 0.0:
        raise ParameterError(
            "A body on the membrane needs atoms, anchors and a clearance of 0 Å or more; it has "
            f"{len(atoms)} atoms, {len(points)} anchors and a clearance of {clearance_a} Å."
        )

    def lengths(values: FloatArray, name: str) -> FloatArray:
        checked: FloatArray = np.array(values, dtype=np.float64)
        is_length = np.isfinite(checked) & (checked >= 0.0)
        if checked.shape != (len(points),) or not bool(np.all(is_length)):
            raise ParameterError(
                f"{name} must hold one number of 0 or more for each of the {len(points)} anchors."
            )
        return checked

    return RigidBody(
        surface=hull_corners(np.concatenate([atoms, points])),
        centre=atoms.mean(axis=0),
        anchors=points,
        contour_a=lengths(contour_a, "contour_a"),
        mean_square_a2=lengths(mean_square_a2, "mean_square_a2"),
        clearance_a=clearance_a,
    )


def hull_corners(coords: FloatArray) -> FloatArray:
    """Keep the points (n, 3) that can be the lowest in some direction, the corners of their hull."""
    try:
        hull = ConvexHull(coords)
    except (QhullError, ValueError):  # too few, or flat: all may be corners
        return coords
    corners: FloatArray = coords[np.sort(hull.vertices)]
    return corners


def joined_body(
    bodies: Sequence[RigidBody], motions: Sequence[tuple[FloatArray, FloatArray]]
) -> RigidBody:
    """Join bodies of one clearance, each moved by its rotation and translation, into one."""

    def placed(parts: Sequence[FloatArray]) -> FloatArray:
        return np.concatenate(
            [
                points @ rotation.T + translation
                for points, (rotation, translation) in zip(parts, motions, strict=True)
            ]
        )

    return RigidBody(
        surface=hull_corners(placed([body.surface for body in bodies])),
        centre=placed([body.centre[np.newaxis] for body in bodies]).mean(axis=0),
        anchors=placed([body.anchors for body in bodies]),
        contour_a=np.concatenate([body.contour_a for body in bodies]),
        mean_square_a2=np.concatenate([body.mean_square_a2 for body in bodies]),
        clearance_a=bodies[0].clearance_a,
    )


def anchor_heights(body: RigidBody, normals: FloatArray) -> FloatArray:
    """
    Heights (m, k) of the anchors in Å when the body touches membranes of some unit normals (m, 3).

    Examples
    --------
    A rod that stands on its anchor, lies, and stands on its head:

    >>> rod = rigid_body(
    ...     np.array([[0.0, 0.0, 0.0], [0.0, 0.0, 10.0]]),
    ...     np.zeros((1, 3)),
    ...     contour_a=np.array([20.0]),
    ...     mean_square_a2=np.array([100.0]),
    ... )
    >>> up, side = np.array([0.0, 0.0, 1.0]), np.array([1.0, 0.0, 0.0])
    >>> anchor_heights(rod, np.array([up, side, -up])).ravel().tolist()
    [0.0, 0.0, 10.0]
    """
    n_points = len(body.surface) + len(body.anchors)
    chunk = max(1, CHUNK_PRODUCTS // (3 * n_points))
    heights = np.empty((len(normals), len(body.anchors)))
    for start in range(0, len(normals), chunk):
        part = normals[start : start + chunk].T
        lowest = (body.surface @ part).min(axis=0) - body.clearance_a
        heights[start : start + chunk] = (body.anchors @ part - lowest).T
    return heights


def tether_energy(body: RigidBody, heights_a: FloatArray) -> FloatArray:
    r"""
    Free energy (m,) of the linkers in kT, stretched to some heights (m, k).

    :math:`F = \sum_k 3 h_k^2 / (2 \langle R_k^2\rangle)`, infinite where a linker is too short.

    Notes
    -----
    The end in the membrane moves freely sideways, so only the height costs: the end-to-end
    vector of a Gaussian chain has the variance :math:`\langle R^2\rangle/3` along each axis. A
    linker of no length costs nothing where its anchor touches and forbids everything else.
    """
    # Column by column: numpy reduces short rows many times slower.
    is_in_reach = np.ones(len(heights_a), dtype=np.bool_)
    for height, contour in zip(heights_a.T, body.contour_a + TOUCHING_A, strict=True):
        is_in_reach &= height <= contour
    return np.where(is_in_reach, _weighted(body, heights_a**2), np.inf)


def _weighted(body: RigidBody, values: FloatArray) -> FloatArray:
    """Sum over the linkers of each row, weighted by their stiffness; without the matrix library."""
    sums: FloatArray = np.einsum("mk,k->m", values, body.stiffness_per_a2)
    return sums


def floating_weight(
    body: RigidBody, heights_a: FloatArray, energy_kt: FloatArray
) -> FloatArray:
    r"""
    Sum the Boltzmann factor over all heights at which a body may float above the membrane, in Å.

    :math:`\int_0^{g_{max}} \exp[-F(h + g)]\,dg` with :math:`g_{max} = \min_k (L_k - h_k)`, from the
    heights (m, k) and energies (m,) at contact: the thickness of an evenly filled layer with the
    same weight, 0 where a linker is too short.
    """
    total = float(body.stiffness_per_a2.sum())
    room = np.full(len(heights_a), np.inf)
    for height, contour in zip(heights_a.T, body.contour_a, strict=True):
        room = np.minimum(room, contour - height)
    room = np.where(np.isfinite(energy_kt), np.maximum(room, 0.0), 0.0)
    if total == 0.0:
        return room
    # F(g) = total g² + 2 pull g + F(0); the scaled complement of the error function keeps the
    # digits where exp(-F(0)) and the integral alone would underflow.
    start = _weighted(body, heights_a) / math.sqrt(total)
    end = start + math.sqrt(total) * room
    loss = np.exp(start**2 - end**2)
    weight: FloatArray = (
        np.exp(-energy_kt)
        * math.sqrt(math.pi / total)
        / 2.0
        * (erfcx(start) - loss * erfcx(end))
    )
    return weight


def orientation_at(
    body: RigidBody, normal: FloatArray, *, along: FloatArray | None = None
) -> Orientation:
    """
    Describe how a body stands on the membrane with a normal of any length, at contact.

    A direction such as a chain axis may be laid along x.
    """
    length = float(np.linalg.norm(normal))
    if not (math.isfinite(length) and length > 0.0):
        raise ParameterError(
            "A membrane normal must be a finite vector other than zero."
        )
    unit = np.asarray(normal, dtype=np.float64) / length
    heights = anchor_heights(body, unit[np.newaxis])
    offset = float((body.surface @ unit).min()) - body.clearance_a
    rotation = perpendicular_axes(unit, prefer=along)
    positive = body.contour_a > 0.0
    stretch = np.where(
        positive, heights[0] / np.where(positive, body.contour_a, 1.0), 0.0
    )
    return Orientation(
        normal=unit,
        plane_offset_a=offset,
        energy_kt=float(tether_energy(body, heights)[0]),
        heights_a=heights[0],
        stretch_fraction=stretch,
        rotation=rotation,
        translation=np.array([0.0, 0.0, -offset]),
    )


def perpendicular_axes(
    axis: FloatArray, *, prefer: FloatArray | None = None
) -> FloatArray:
    """
    Return a rotation matrix that turns a unit vector to z: its third row is the axis.

    The first row lies on the side of a preferred vector, if that is given and not parallel.
    """
    candidates = [] if prefer is None else [prefer]
    first = first_across(axis, [*candidates, *np.eye(3)[np.argsort(np.abs(axis))]])
    return np.array([first, np.cross(axis, first), axis])


def first_across(axis: FloatArray, candidates: Iterable[FloatArray]) -> FloatArray:
    """
    Return the part of the first usable vector that is perpendicular to an axis, as a unit vector.

    Vectors of no length or parallel to the axis are passed over.
    """
    for vector in candidates:
        across = vector - (vector @ axis) * axis
        size = float(np.linalg.norm(across))
        if size > PARALLEL * max(float(np.linalg.norm(vector)), TOUCHING_A):
            # A second pass removes what rounding left of the axis.
            across = across / size
            across = across - (across @ axis) * axis
            unit: FloatArray = across / np.linalg.norm(across)
            return unit
    raise ParameterError("No direction is left that is perpendicular to the axis.")


def best_orientation(
    body: RigidBody,
    normals: FloatArray,
    *,
    along: FloatArray | None = None,
    across: FloatArray | None = None,
) -> Orientation | None:
    """
    Find the orientation that stretches the linkers least; None if none is feasible.

    The normals (m, 3) are feasible ones that cover the sphere, or the circle of those perpendicular
    to ``across``. The direction ``along`` is shown along x.

    Notes
    -----
    The deepest valleys among the normals, and the faces that the body can rest on, are followed
    down to their bottom.
    """
    tried = np.concatenate([normals, _faces(body, across)])
    energies = tether_energy(body, anchor_heights(body, tried))
    bottoms = []
    for _ in range(N_VALLEYS):
        if not np.isfinite(energies).any():
            break
        lowest = int(np.argmin(energies))
        bottoms.append(refined_normal(body, tried[lowest], across=across))
        near = np.einsum("mj,j->m", tried, tried[lowest]) > VALLEY_COSINE
        energies = np.where(near, np.inf, energies)
    orientations = [orientation_at(body, normal, along=along) for normal in bottoms]
    return min(orientations, key=lambda o: o.energy_kt, default=None)


def _faces(body: RigidBody, across: FloatArray | None) -> FloatArray:
    """Return the normals of faces a body can rest on, of edges if it may only roll about an axis."""
    if across is None:
        return resting_normals(body.surface)
    flat = body.surface - np.outer(body.surface @ across, across)
    size = max(float(np.ptp(flat, axis=0).max()), 1.0) * across
    # The walls of a prism over the outline stand on its edges.
    walls = resting_normals(np.concatenate([flat - size, flat + size]))
    walls = walls - np.outer(walls @ across, across)
    lengths = np.linalg.norm(walls, axis=1)
    upright = lengths > 0.5  # the two lids have none
    normals: FloatArray = walls[upright] / lengths[upright, np.newaxis]
    return normals


def lowest_normals(normals: FloatArray, energies_kt: FloatArray) -> FloatArray:
    """Keep the normals near the lowest energy, where a search for the best one may begin."""
    lowest = energies_kt.min(initial=math.inf)
    kept: FloatArray = normals[energies_kt <= lowest + VALLEY_KT]
    return kept


def resting_normals(coords: FloatArray) -> FloatArray:
    """Return unit normals for which points rest on a face of their hull; none if that is flat."""
    try:
        hull = ConvexHull(coords)
    except (QhullError, ValueError):
        return np.zeros((0, 3))
    inward: FloatArray = -hull.equations[:, :3]
    return inward


def refined_normal(
    body: RigidBody, start: FloatArray, *, across: FloatArray | None = None
) -> FloatArray:
    """
    Move a feasible unit normal to the bottom of the valley of the stretching energy it lies in.

    It stays perpendicular to ``across``, as it must begin; its energy never rises.

    Notes
    -----
    The energy has creases where the lowest atom changes. With the plane offset as a fourth
    variable it is smooth and each atom is a linear constraint (sequential least squares).
    """
    scale = max(float(np.ptp(body.surface, axis=0).max()), 1.0)
    surface, anchors = (
        (points - body.centre) / scale for points in (body.surface, body.anchors)
    )
    stiffness = body.stiffness_per_a2 * scale**2
    gap = body.clearance_a / scale

    def energy(state: FloatArray) -> tuple[float, FloatArray]:
        heights = anchors @ state[:3] - state[3]
        slope = 2.0 * stiffness * heights
        return float(stiffness @ heights**2), np.append(slope @ anchors, -slope.sum())

    above = np.column_stack([surface, -np.ones(len(surface))])
    reach = np.column_stack([-anchors, np.ones(len(anchors))])
    constraints = [
        {"type": "ineq", "fun": lambda s: above @ s - gap, "jac": lambda _: above},
        {
            "type": "ineq",
            "fun": lambda s: reach @ s + body.contour_a / scale,
            "jac": lambda _: reach,
        },
        {
            "type": "eq",
            "fun": lambda s: s[:3] @ s[:3] - 1.0,
            "jac": lambda s: np.append(2.0 * s[:3], 0.0),
        },
    ]
    if across is not None:
        flat = np.append(across, 0.0)
        constraints.append(
            {"type": "eq", "fun": lambda s: flat @ s, "jac": lambda _: flat}
        )
    first = np.append(start, (surface @ start).min() - gap)
    # Where a complex is only described, nothing is minimised, and loading this takes longer.
    from scipy.optimize import minimize

    bottom = minimize(
        energy,
        first,
        jac=True,
        method="SLSQP",
        constraints=constraints,
        options={"ftol": 1e-13, "maxiter": 100},
    )
    # Made exact again, the end counts only if it is lower than the beginning.
    end = bottom.x[:3]
    if across is not None:
        end = end - (end @ across) * across
    length = float(np.linalg.norm(end))
    if not (math.isfinite(length) and length > 0.0):
        return start
    pair = np.array([start, end / length])
    energies = tether_energy(body, anchor_heights(body, pair))
    better: FloatArray = pair[int(np.argmin(energies))]
    return better


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


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Anchors:
    """
    Where the linkers of the receptors of one complex begin, and how long they are.

    The ordered ectodomain ends some residues before its transmembrane helix. The residues between
    are a worm-like chain: one end is the anchor, the other lies in the membrane.
    """

    # (k, 3) Cα of the last ordered native residue of each receptor, in Å, where the complex stands
    positions: FloatArray
    roles: tuple[str, ...]  # which receptor, and its chain
    auth_asym_ids: tuple[str, ...]
    last_mature: tuple[int, ...]  # number of the anchor residue
    # Peptide units from the anchor to the first residue of the transmembrane helix
    n_residues: tuple[int, ...]
    contour_a: FloatArray  # (k,) length of the stretched linker
    mean_square_a2: FloatArray  # (k,) end-to-end distance of the free one


def mean_square_end_to_end(
    contour_a: float, *, persistence_length_a: float = PERSISTENCE_LENGTH_A
) -> float:
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
    named: NamedEntry,
    complex_: Complex,
    *,
    residue_length_a: float = RESIDUE_LENGTH_A,
    persistence_length_a: float = PERSISTENCE_LENGTH_A,
) -> Anchors:
    """
    Find where each receptor of a complex leaves its fold for the membrane.

    One anchor for each chain whose reference has a transmembrane helix, in the order of the members.
    Receptors missing from the entry have none: the result is about what is there.
    """
    references = {role.auth_asym_id: role.reference for role in named.roles}
    found = []
    for member in complex_.members:
        name = member.image.auth_asym_id
        reference = references.get(name)
        if reference is None or reference.membrane_helix is None:
            continue
        row, place = _last_native(named, name)
        last, start = (
            int(named.numbers.uniprot_number[row]),
            reference.membrane_helix[0],
        )
        if last > start:
            raise StructureError(
                f"Chain {name} of {named.entry.entry_id} is ordered up to residue {last}, beyond the "
                f"start of its transmembrane helix at {start}; correct the family file or cut the chain."
            )
        rotation, translation = named.entry.transform(member.image)
        mature = int(named.numbers.mature_number[row])
        position = rotation @ place + translation
        found.append((position, member.role.value, name, mature, start - last))
    if not found:
        raise UnknownChainError(
            "receptor with a transmembrane helix",
            entry_id=f"complex {complex_.complex_id} of {named.entry.entry_id}",
            available=[str(member.role) for member in complex_.members],
        )
    positions, roles, names, matures, counts = zip(*found, strict=True)
    contour: FloatArray = residue_length_a * np.array(counts, dtype=np.float64)
    return Anchors(
        positions=np.array(positions),
        roles=roles,
        auth_asym_ids=names,
        last_mature=matures,
        n_residues=counts,
        contour_a=contour,
        mean_square_a2=np.array(
            [
                mean_square_end_to_end(
                    length, persistence_length_a=persistence_length_a
                )
                for length in contour.tolist()
            ]
        ),
    )


def _last_native(named: NamedEntry, name: str) -> tuple[int, FloatArray]:
    """Find the last residue of a chain that is no tag and has a Cα, and that atom."""
    atoms, rows = named.entry.atoms, named.entry.chain(name).residue_index
    native = rows[np.isin(named.numbers.status[rows], NATIVE_STATUS)]
    is_alpha = (atoms.atom_name == "CA") & np.isin(atoms.residue_index, native)
    alphas = np.flatnonzero(is_alpha)
    if not len(alphas):
        raise StructureError(
            f"Chain {name} of {named.entry.entry_id} has no native residue with a Cα to anchor it on "
            "the membrane; leave it out or use a model with backbone atoms."
        )
    last = alphas[np.argmax(atoms.residue_index[alphas])]
    return int(atoms.residue_index[last]), atoms.coords[last]


def body_of_complex(
    named: NamedEntry, complex_: Complex, anchors: Anchors, *, clearance_a: float = 0.0
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
    status = named.numbers.status[side.residue_row(side.atoms.residue_index)]
    collides = heavy(side.atoms) & ~np.isin(status, FOREIGN_STATUS)
    coords = np.concatenate(
        [side.atoms.coords[collides], side.glycans.coords[heavy(side.glycans)]]
    )
    return rigid_body(
        coords,
        anchors.positions,
        contour_a=anchors.contour_a,
        mean_square_a2=anchors.mean_square_a2,
        clearance_a=clearance_a,
    )
