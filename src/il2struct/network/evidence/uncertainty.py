"""How far the numbers of a contact move when the coordinates move by their own error."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from il2struct.arrays import FloatArray
from il2struct.complementarity import coordinate_errors
from il2struct.interface.complementarity import (
    ScDetail,
    ScParameters,
    complementarity_between,
)
from il2struct.kernels.cells import near_mask
from il2struct.lattice.measure import MeasuredContact, measured_whole
from il2struct.network.evidence.measures import size_and_bonds
from il2struct.network.evidence.order import residue_b_a2
from il2struct.progress import step
from il2struct.structure.model import concatenated
from il2struct.structure.named import NamedEntry

#: Sets of moved coordinates.
N_JITTERS: Final = 10
#: Bonds of the backbone and their lengths in Å (Engh & Huber 1991).
BACKBONE_BONDS_A: Final = (("N", "CA", 1.458), ("CA", "C", 1.525), ("C", "O", 1.231))
#: Two residues hardly come nearer to each other by more than this many errors of a coordinate.
LARGEST_MOVE: Final = 8.0
#: Numbers of a contact that are worked out again.
JITTERED: Final = ("area_per_side_a2", "n_buried_95", "n_buried_70", "bonds_per_100_a2")


@dataclass(frozen=True, slots=True, kw_only=True)
class Jitter:
    """What the error of the coordinates does to a number."""

    error: float  # standard deviation over the sets, root mean square of the copies
    # Mean over the sets minus the number from the deposited coordinates, mean of the copies: bonds
    # are lost more easily than made.
    shift: float


def coordinate_errors_a(named: NamedEntry) -> FloatArray:
    """
    Estimate the error of each coordinate of each residue, as for shape complementarity.

    A fraction of the diffraction precision index that the resolution lets expect, times the root of
    the residue's B factor over the mean (`il2struct.complementarity.coordinate_errors`). B itself
    is motion and disorder and is not taken for error.

    Returns one value in Å for the three coordinates of all atoms of each residue; NaN without a
    resolution.

    References
    ----------
    Cruickshank, Acta Cryst. D55:583 (1999); Gurusaran et al., IUCrJ 1:74 (2014).
    """
    entry = named.entry
    if not entry.resolution_a > 0.0:
        return np.full(len(entry.residues), np.nan)
    errors = coordinate_errors(residue_b_a2(entry), [], resolution_a=entry.resolution_a)
    return errors.sigma_1_a


def covalent_error_a(named: NamedEntry) -> float:
    """
    Root mean square by which N-Cα, Cα-C and C-O are off their lengths, in Å; NaN without any.

    Refinement holds them to about 0.02 Å at any resolution, so that more is noise that was put into
    the coordinates, and tells how large it is.

    References
    ----------
    Engh & Huber, Acta Cryst. A47:392 (1991).
    """
    atoms = named.entry.atoms
    of_name = {
        name: dict(zip(atoms.residue_index[rows].tolist(), rows.tolist(), strict=True))
        for name in ("N", "CA", "C", "O")
        for rows in [np.flatnonzero(atoms.atom_name == name)]
    }
    deviations = [
        np.linalg.norm(atoms.coords[first] - atoms.coords[of_name[other][residue]])
        - length
        for name, other, length in BACKBONE_BONDS_A
        for residue, first in of_name[name].items()
        if residue in of_name[other] and residue in of_name["CA"]
    ]
    if not deviations:
        return float("nan")
    return float(np.sqrt(np.mean(np.square(deviations))))


def jittered(named: NamedEntry, seed: int) -> NamedEntry:
    """
    Move every residue of an entry as a whole by a random step of the size of its error.

    Neighbouring residues move apart as if their errors had nothing in common, which refinement
    does not allow: an upper estimate.
    """
    entry = named.entry
    errors = coordinate_errors_a(named)
    steps = np.random.default_rng(seed).normal(size=(len(errors), 3)) * errors[:, None]
    coords = entry.atoms.coords + steps[entry.atoms.residue_index]
    return replace(
        named, entry=replace(entry, atoms=replace(entry.atoms, coords=coords))
    )


def jitter_of(
    members: Sequence[MeasuredContact], *, n_jitters: int = N_JITTERS
) -> dict[str, Jitter]:
    """
    Measure copies of one contact again with two or more sets of moved coordinates.

    Returns what that does to each of `JITTERED`; nothing if no entry has a resolution.
    """
    known = [m for m in members if m.named.entry.resolution_a > 0.0]
    errors, shifts = [], []
    for member in known:
        interface = member.interface
        images = [p.images for p in interface.sides]
        # Shape complementarity brings its own error, and the other kinds of bond are not asked for.
        hydrogen_and_salt = replace(
            interface.parameters.criteria,
            water_bridge=None,
            pi=None,
            apolar_max_a=None,
            disulfide_max_a=None,
        )
        parameters = replace(
            interface.parameters, fit=ScParameters(), criteria=hydrogen_and_salt
        )
        errors_a = coordinate_errors_a(member.named)
        named = cut_to_contact(member, margin_a=LARGEST_MOVE * float(errors_a.max()))
        sets = []
        for seed in range(n_jitters):
            name = f"{named.entry.entry_id}, {seed + 1} of {n_jitters}"
            with step(name, 1.0 / n_jitters / len(known)):
                again = measured_whole(
                    jittered(named, seed),
                    member.contact,
                    (images[0], images[1]),
                    parameters,
                )
                sets.append(_jittered_numbers(again))
        errors.append(np.std(sets, axis=0, ddof=1))
        shifts.append(np.mean(sets, axis=0) - _jittered_numbers(member))
    if not known:
        return {}
    error = np.sqrt(np.mean(np.square(errors), axis=0))
    shift = np.mean(shifts, axis=0)
    return {
        name: Jitter(error=float(error[k]), shift=float(shift[k]))
        for k, name in enumerate(JITTERED)
    }


def _jittered_numbers(member: MeasuredContact) -> list[float]:
    numbers = size_and_bonds(member.interface)
    return [float(numbers[name]) for name in JITTERED]


def cut_to_contact(member: MeasuredContact, *, margin_a: float) -> NamedEntry:
    """
    Leave residues out that can neither bury area in a contact nor cover one that does.

    Residues in reach of the partner and those in reach of these stay, with a margin for coordinates
    that move, so that no number of the contact changes.
    """
    named, interface = member.named, member.interface
    entry = named.entry
    partners = [interface.sides[0], interface.sides[1]]
    largest_a = max(float(p.surface.radii.radii_a.max()) for p in partners)
    reach_a = 2.0 * (largest_a + interface.parameters.burial.probe_radius_a) + margin_a
    is_kept = np.zeros(len(entry.residues), dtype=bool)
    placed = [concatenated([p.atoms, p.glycans]) for p in partners]
    for partner, own, other in zip(partners, placed, placed[::-1], strict=True):
        is_near = near_mask(own.coords, other.coords, reach_a)
        of_contact = np.isin(own.residue_index, own.residue_index[is_near])
        stays = near_mask(own.coords, own.coords[of_contact], reach_a)
        is_kept[partner.residue_row(own.residue_index[stays])] = True
    chains = [
        replace(
            chain,
            residue_index=chain.residue_index[is_kept[chain.residue_index]],
            position=chain.position[is_kept[chain.residue_index]],
            glycan_index=chain.glycan_index[is_kept[chain.glycan_index]],
        )
        for chain in entry.chains
    ]
    return replace(named, entry=replace(entry, chains=tuple(chains)))


def sc_jitter(members: Sequence[MeasuredContact]) -> dict[str, Jitter]:
    """
    Work out the error of the shape complementarity of copies of one contact.

    From sampling, convergence and coordinates; without a shift, which the extrapolated value of
    `il2struct sc` stands for. Nothing if Sc was not asked for.
    """
    errors = []
    for member in members:
        interface = member.interface
        if interface.complementarity is None:
            continue
        with step(member.named.entry.entry_id, 1.0 / len(members)):
            again = complementarity_between(
                interface.sides,
                resolution_a=member.named.entry.resolution_a,
                parameters=replace(interface.parameters.fit, detail=ScDetail.ERROR),
            )
        uncertainty = again.uncertainty if again else None
        if uncertainty and np.isfinite(uncertainty.sc_error):
            errors.append(uncertainty.sc_error)
    if not errors:
        return {}
    rms = float(np.sqrt(np.mean(np.square(errors))))
    return {"sc": Jitter(error=rms, shift=float("nan"))}
