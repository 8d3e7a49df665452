"""
How far the coordinates of a contact can be trusted, and how far its numbers move with them.

By moving them by their own error, by B factors, and by the fit to the density.
"""

import logging
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from pathlib import Path
from typing import Final
from xml.etree import ElementTree as ET

import gemmi
import numpy as np

from il2struct.arrays import FloatArray
from il2struct.complementarity import coordinate_errors
from il2struct.errors import ParseError
from il2struct.interface.burial import (
    BurialParameters,
    FreeSurface,
    free_surface,
    reach_a,
)
from il2struct.interface.complementarity import (
    ScDetail,
    ScParameters,
    complementarity_between,
)
from il2struct.kernels.cells import near_mask
from il2struct.lattice.measure import MeasuredContact, measured_whole
from il2struct.network.evidence.measures import size_and_bonds
from il2struct.network.evidence.sites import interface_rows
from il2struct.progress import step
from il2struct.structure.model import NO_NUMBER, Entry, Side
from il2struct.structure.named import NamedEntry
from il2struct.structure.text import unpacked

logger = logging.getLogger(__name__)

#: Sets of moved coordinates.
N_JITTERS: Final = 10
#: Bonds of the backbone and their lengths in Å (Engh & Huber 1991).
BACKBONE_BONDS_A: Final = (("N", "CA", 1.458), ("CA", "C", 1.525), ("C", "O", 1.231))
#: Two residues hardly come nearer to each other by more than this many errors of a coordinate.
LARGEST_MOVE: Final = 8.0
#: Numbers of a contact that are worked out again.
JITTERED: Final = ("area_per_side_a2", "n_buried_95", "n_buried_70", "bonds_per_100_a2")
#: Validation reports of the wwPDB beside an entry are called so.
REPORT: Final = "{}_validation"
ENDINGS: Final = (".xml", ".xml.gz", ".cif", ".cif.gz")
#: From this RSRZ on a residue fits its density worse than nearly all of its kind at the resolution do
#: (Kleywegt et al., Acta Cryst. D60:2240, 2004).
POOR_RSRZ: Final = 2.0
#: B factors of a chain that differ by less than this are no B factors, in Å²: all of them were set.
FLAT_A2: Final = 0.01


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
        reach = max(
            reach_a(p.surface.radii, parameters.burial) for p in interface.sides
        )
        surface_of = partial(_surface_near, reach, parameters.burial)
        sets = []
        for seed in range(n_jitters):
            name = f"{named.entry.entry_id}, {seed + 1} of {n_jitters}"
            with step(name, 1.0 / n_jitters / len(known)):
                again = measured_whole(
                    jittered(named, seed),
                    member.contact,
                    (images[0], images[1]),
                    parameters,
                    surface_of=surface_of,
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


def _surface_near(
    reach: float, parameters: BurialParameters, side: Side, other: Side
) -> FreeSurface:
    """Measure the surface of those residues only that the other side can cover, in Å."""
    near = near_mask(side.atoms.coords, other.atoms.coords, reach)
    asked = np.isin(side.atoms.residue_index, side.atoms.residue_index[near])
    return free_surface(side, parameters=parameters, asked=asked)


def _jittered_numbers(member: MeasuredContact) -> list[float]:
    numbers = size_and_bonds(member.interface)
    return [float(numbers[name]) for name in JITTERED]


def cut_to_contact(member: MeasuredContact, *, margin_a: float) -> NamedEntry:
    """
    Leave residues out that can neither bury area in a contact nor cover one that does.

    Residues in reach of the partner and those in reach of these stay, with a margin for coordinates
    that move, so that no number of the contact changes. Glycans, of which none speaks, go.
    """
    named, interface = member.named, member.interface
    entry = named.entry
    partners = [interface.sides[0], interface.sides[1]]
    burial = interface.parameters.burial
    reach = max(reach_a(p.surface.radii, burial) for p in partners) + margin_a
    is_kept = np.zeros(len(entry.residues), dtype=bool)
    placed = [partner.atoms for partner in partners]
    for partner, own, other in zip(partners, placed, placed[::-1], strict=True):
        is_near = near_mask(own.coords, other.coords, reach)
        of_contact = np.isin(own.residue_index, own.residue_index[is_near])
        stays = near_mask(own.coords, own.coords[of_contact], reach)
        is_kept[partner.residue_row(own.residue_index[stays])] = True
    chains = [
        replace(
            chain,
            residue_index=chain.residue_index[is_kept[chain.residue_index]],
            position=chain.position[is_kept[chain.residue_index]],
            glycan_index=chain.glycan_index[:0],
        )
        for chain in entry.chains
    ]
    return replace(named, entry=replace(entry, chains=tuple(chains)))


def sc_jitter(members: Sequence[MeasuredContact]) -> dict[str, Jitter]:
    """
    Work out the error of the shape complementarity of copies of one contact.

    From where the dots lie and the coordinates; without a shift, which the extrapolated value of
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


def disorder_percent(measured: MeasuredContact) -> float:
    """
    Say which share of its chain's residues has a lower B factor; the mean over a contact's residues.

    In percent, ties half: 0 for the best ordered residue, 50 for an ordinary one. NaN if the file has
    no B factors of its own.
    """
    entry = measured.named.entry
    b = residue_b_a2(entry)
    ranks = []
    for _, rows in interface_rows(measured):
        of_chain = entry.residues.chain_index[rows]
        for chain in np.unique(of_chain[of_chain != NO_NUMBER]).tolist():
            every = b[entry.chains[chain].residue_index]
            if np.ptp(every) < FLAT_A2:
                return math.nan
            own = b[rows[of_chain == chain]][:, np.newaxis]
            ranks += ((every < own).mean(axis=1) + (every <= own).mean(axis=1)).tolist()
    return 50.0 * float(np.mean(ranks)) if ranks else math.nan


def residue_b_a2(entry: Entry) -> FloatArray:
    """Average the B factors of the heavy atoms of every residue, in Å²."""
    atoms = entry.atoms.select(~entry.atoms.is_hydrogen)
    n_residues = len(entry.residues)
    summed = np.bincount(atoms.residue_index, atoms.b_iso, minlength=n_residues)
    counts = np.bincount(atoms.residue_index, minlength=n_residues)
    mean: FloatArray = summed / np.maximum(counts, 1)
    return mean


def density_fit(measured: MeasuredContact) -> FloatArray | None:
    """
    Look up how well the residues of a contact fit the density, in a validation report of the wwPDB.

    The report, XML or mmCIF, is looked for beside the file of the entry. Returns RSRZ and RSCC (n, 2) of
    the residues that it has them of, the worst of each residue's conformers; None without a report that
    can be read.
    """
    entry = measured.named.entry
    place = Path(entry.provenance.path)
    name = REPORT.format(entry.entry_id.lower())
    paths = [place.with_name(name + end) for end in ENDINGS] if place.name else []
    path = next((path for path in paths if path.is_file()), None)
    if path is None:
        return None
    try:
        fits = _fits(path, path.stat().st_mtime_ns)
    except (OSError, ParseError, ET.ParseError, ValueError, RuntimeError) as error:
        logger.warning("%s is no validation report that can be read: %s", path, error)
        return None
    residues = entry.residues
    rows = np.concatenate([rows for _, rows in interface_rows(measured)])
    keys = zip(
        residues.auth_asym_id[rows].tolist(),
        residues.auth_number[rows].tolist(),
        residues.ins_code[rows].tolist(),
        strict=True,
    )
    found = [fits[key] for key in keys if key in fits]
    return np.array(found).reshape(-1, 2)


@lru_cache(maxsize=8)
def _fits(path: Path, _changed: int) -> dict[tuple[str, int, str], tuple[float, float]]:
    """
    Read RSRZ and RSCC by chain, number and insertion code.

    Sugars, ligands and waters have no RSRZ, and a report without structure factors has none at all.
    """
    content = unpacked(path.read_bytes(), path)
    fits: dict[tuple[str, int, str], tuple[float, float]] = {}
    read = _of_mmcif if ".cif" in path.suffixes else _of_xml
    for chain, number, icode, rsrz, rscc in read(content):
        if rsrz and rscc:
            key = (chain, int(number), icode)
            known = fits.get(key, (float(rsrz), float(rscc)))
            fits[key] = (max(known[0], float(rsrz)), min(known[1], float(rscc)))
    return fits


def _of_xml(content: bytes) -> Iterator[list[str]]:
    if b"<!ENTITY" in content:
        raise ParseError("it declares entities, which those of the wwPDB do not.")
    for residue in ET.fromstring(content).iter("ModelledSubgroup"):
        names = ("chain", "resnum", "icode", "rsrz", "rscc")
        yield [residue.get(name, "").strip() for name in names]


def _of_mmcif(content: bytes) -> Iterator[list[str]]:
    block = gemmi.cif.read_string(content.decode()).sole_block()
    table = "_pdbx_vrpt_model_instance"
    names = ("id", "auth_asym_id", "auth_seq_id", "PDB_ins_code")
    residues = {row[0]: list(row)[1:] for row in block.find(f"{table}.", names)}
    for row in block.find(f"{table}_density.", ("instance_id", "RSRZ", "RSRCC")):
        if row[0] in residues:
            values = [*residues[row[0]], row[1], row[2]]
            yield [gemmi.cif.as_string(value) for value in values]
