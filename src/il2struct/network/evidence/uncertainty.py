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
from il2struct.lattice.measure import MeasuredContact, measured_whole
from il2struct.network.evidence.measures import Group, contact_measures
from il2struct.progress import step
from il2struct.structure.model import ChainImage
from il2struct.structure.named import NamedEntry

#: Sets of moved coordinates.
N_JITTERS: Final = 10
#: Bonds of the backbone and their lengths in Å (Engh & Huber 1991).
BACKBONE_BONDS_A: Final = (("N", "CA", 1.458), ("CA", "C", 1.525), ("C", "O", 1.231))
#: Numbers of a contact that are worked out again.
JITTERED: Final = ("area_per_side_a2", "n_buried_95", "n_buried_70", "bonds_per_100_a2")


@dataclass(frozen=True, slots=True, kw_only=True)
class Jitter:
    """What the error of the coordinates does to a number."""

    # Standard deviation over the sets of moved coordinates, root mean square of the copies
    error: float
    # Mean over them minus the number from the deposited coordinates, mean of the copies: bonds are
    # lost more easily than made
    shift: float


def coordinate_errors_a(named: NamedEntry) -> FloatArray:
    """
    Estimate the error of each coordinate of each residue, as for shape complementarity.

    A fraction of the diffraction precision index that the resolution lets expect, times the root of
    the residue's B factor over the mean (`il2struct.complementarity.coordinate_errors`). B itself
    is motion and disorder and is not taken for error.

    In Å, one for the three coordinates of all atoms of a residue; NaN without a resolution.
    Returned shape: (len(entry.residues).

    References
    ----------
    Cruickshank, Acta Cryst. D55:583 (1999); Gurusaran et al., IUCrJ 1:74 (2014).
    """
    entry = named.entry
    n_residues = len(entry.residues)
    if not entry.resolution_a > 0.0:
        return np.full(n_residues, np.nan)
    atoms = entry.atoms.select(~entry.atoms.is_hydrogen)
    counts = np.bincount(atoms.residue_index, minlength=n_residues)
    sums = np.bincount(atoms.residue_index, weights=atoms.b_iso, minlength=n_residues)
    b_iso = sums / np.maximum(counts, 1)
    errors = coordinate_errors(b_iso, [], resolution_a=entry.resolution_a)
    return errors.sigma_1_a


def covalent_error_a(named: NamedEntry) -> float:
    """
    Say how far covalent bonds of the backbone are from their known lengths.

    Refinement holds them to about 0.02 Å at any resolution, so that more is noise that was put into
    the coordinates, and tells how large it is.

    Root mean square over N-Cα, Cα-C and C-O, in Å; NaN without any.

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
    Measure contacts again with moved coordinates.

    By the fields `JITTERED` of `ContactMeasures`; empty if no entry has a resolution.
    """
    errors: dict[str, list[float]] = {name: [] for name in JITTERED}
    shifts: dict[str, list[float]] = {name: [] for name in JITTERED}
    entries = {id(m.named): m.named for m in members}.values()
    for named in entries:
        own = [m for m in members if m.named is named]
        if not named.entry.resolution_a > 0.0:
            continue
        sets = []
        for seed in range(n_jitters):
            name = f"{named.entry.entry_id}, {seed + 1} of {n_jitters}"
            with step(name, 1.0 / n_jitters / len(entries)):
                sets.append(_again(named, own, seed))
        moved = np.array(sets)
        before = np.array([_numbers(member) for member in own])
        for k, name in enumerate(JITTERED):
            errors[name] += moved[:, :, k].std(axis=0, ddof=1).tolist()
            shifts[name] += (moved[:, :, k].mean(axis=0) - before[:, k]).tolist()
    return {
        name: Jitter(
            error=float(np.sqrt(np.mean(np.square(errors[name])))),
            shift=float(np.mean(shifts[name])),
        )
        for name in JITTERED
        if errors[name]
    }


def _again(
    named: NamedEntry, members: Sequence[MeasuredContact], seed: int
) -> list[list[float]]:
    # Shape complementarity brings its own error; here it would cost more than all else.
    parameters = replace(members[0].interface.parameters, fit=ScParameters())
    moved = jittered(named, seed)
    return [
        _numbers(measured_whole(moved, each.contact, _images(each), parameters))
        for each in members
    ]


def _images(
    measured: MeasuredContact,
) -> tuple[tuple[ChainImage, ...], tuple[ChainImage, ...]]:
    interface = measured.interface
    return interface.sides[0].images, interface.sides[1].images


def _numbers(member: MeasuredContact) -> list[float]:
    row = contact_measures(member, "", Group.FOCAL)
    return [float(getattr(row, name)) for name in JITTERED]


def fit_jitter(members: Sequence[MeasuredContact]) -> Jitter | None:
    """
    Work out the error of the shape complementarity of some contacts.

    From sampling, convergence and coordinates; without a shift, which the extrapolated value of
    `il2struct sc` stands for. None if no fit was asked for.
    """
    errors = []
    for member in members:
        interface = member.interface
        if interface.complementarity is None:
            continue
        with step(member.named.entry.entry_id, 1.0 / len(members)):
            fit = complementarity_between(
                interface.sides,
                resolution_a=member.named.entry.resolution_a,
                parameters=replace(interface.parameters.fit, detail=ScDetail.ERROR),
            )
        if fit is not None and fit.uncertainty is not None:
            errors.append(fit.uncertainty.sc_error)
    known = [error for error in errors if np.isfinite(error)]
    if not known:
        return None
    rms = float(np.sqrt(np.mean(np.square(known))))
    return Jitter(error=rms, shift=float("nan"))
