"""How well ordered the residues of a contact are: B factors, and their fit to the density."""

import logging
import math
from functools import lru_cache
from pathlib import Path
from typing import Final
from xml.etree import ElementTree as ET

import numpy as np

from il2struct.arrays import FloatArray
from il2struct.errors import ParseError
from il2struct.lattice.measure import MeasuredContact
from il2struct.network.evidence.sites import interface_rows
from il2struct.structure.model import NO_NUMBER, Entry
from il2struct.structure.text import unpacked

logger = logging.getLogger(__name__)

#: Validation reports of the wwPDB beside an entry are called so, gzipped or not.
REPORT: Final = "{}_validation.xml"
#: From this RSRZ on a residue fits its density worse than nearly all of its kind at the resolution do
#: (Kleywegt et al., Acta Cryst. D60:2240, 2004).
POOR_RSRZ: Final = 2.0
#: B factors of a chain that differ by less than this are no B factors, in Å²: all of them were set.
FLAT_A2: Final = 0.01


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

    The report is looked for beside the file of the entry. Returns RSRZ and RSCC (n, 2) of the residues
    that it has, the worst of each residue's conformers; None without a report that can be read.
    """
    entry = measured.named.entry
    place = Path(entry.provenance.path)
    name = REPORT.format(entry.entry_id.lower())
    paths = [place.with_name(name + end) for end in ("", ".gz")] if place.name else []
    path = next((path for path in paths if path.is_file()), None)
    if path is None:
        return None
    try:
        fits = _fits(path, path.stat().st_mtime_ns)
    except (OSError, ParseError, ET.ParseError, ValueError) as error:
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
    """RSRZ and RSCC by chain, number and insertion code."""
    content = unpacked(path.read_bytes(), path)
    if b"<!ENTITY" in content:
        raise ParseError("it declares entities, which those of the wwPDB do not.")
    root = ET.fromstring(content)
    fits: dict[tuple[str, int, str], tuple[float, float]] = {}
    for residue in root.iter("ModelledSubgroup"):
        if residue.get("rsrz") and residue.get("rscc"):
            chain, number = residue.get("chain", ""), int(residue.get("resnum", ""))
            key = (chain, number, residue.get("icode", "").strip())
            rsrz, rscc = float(residue.get("rsrz", "")), float(residue.get("rscc", ""))
            known = fits.get(key, (rsrz, rscc))
            fits[key] = (max(known[0], rsrz), min(known[1], rscc))
    return fits
