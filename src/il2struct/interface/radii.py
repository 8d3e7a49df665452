"""ProtOr radii for areas, with the atoms that the table does not know listed."""

from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np

from il2struct.arrays import FloatArray
from il2struct.data import rows_of
from il2struct.structure.model import Atoms

#: Radii by element for atoms that ProtOr does not name, in Å (Bondi, J. Phys. Chem. 68:441, 1964;
#: metals and Se as in freesasa's element table).
ELEMENT_RADIUS_A: Final[dict[str, float]] = {
    "H": 1.10,
    "D": 1.10,
    "C": 1.70,
    "N": 1.55,
    "O": 1.52,
    "F": 1.47,
    "P": 1.80,
    "S": 1.80,
    "CL": 1.75,
    "SE": 1.90,
    "BR": 1.83,
    "I": 1.98,
    "NA": 2.27,
    "MG": 1.73,
    "K": 2.75,
    "CA": 2.31,
    "ZN": 1.39,
}
#: For any other element, that of carbon.
OTHER_RADIUS_A: Final = 1.70


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AtomRadii:
    """
    Radii and where they are not from the table.

    Attributes
    ----------
    radii_a : ndarray, shape=(n,)
        Radius of each atom in Å.
    by_element : tuple of (str, str, str)
        Residue name, atom name and element of the kinds that ProtOr does not name.
    """

    radii_a: FloatArray
    by_element: tuple[tuple[str, str, str], ...]


def protor_radii(atoms: Atoms) -> AtomRadii:
    """
    Look up the ProtOr radius of each atom, the element's where there is none.

    Parameters
    ----------
    atoms : Atoms

    References
    ----------
    Tsai, Taylor, Chothia & Gerstein, J. Mol. Biol. 290:253 (1999); ``data/protor_radii.csv``.
    """
    kinds, inverse = _kinds(atoms)
    table = _protor_table()
    found = [table.get((residue.strip(), name.strip())) for residue, name, _ in kinds]
    radii = [
        radius or ELEMENT_RADIUS_A.get(element, OTHER_RADIUS_A)
        for radius, (_, _, element) in zip(found, kinds, strict=True)
    ]
    unknown = [kind for radius, kind in zip(found, kinds, strict=True) if not radius]
    return AtomRadii(
        radii_a=np.array(radii, dtype=np.float64)[inverse], by_element=tuple(unknown)
    )


@cache
def _protor_table() -> dict[tuple[str, str], float]:
    """Radius by residue and atom name."""
    return {
        (residue, atom): float(row["radius_a"])
        for row in rows_of("protor_radii.csv")
        for residue in row["residues"].split()
        for atom in row["atoms"].split()
    }


def _kinds(
    atoms: Atoms,
) -> tuple[list[tuple[str, str, str]], np.ndarray[tuple[int], np.dtype[np.int64]]]:
    """Different (residue, atom, element) combinations, sorted, and which one each atom is."""
    every = list(
        zip(
            atoms.residue_name.tolist(),
            atoms.atom_name.tolist(),
            atoms.element.tolist(),
            strict=True,
        )
    )
    kinds = sorted(set(every))
    place = {kind: row for row, kind in enumerate(kinds)}
    return kinds, np.array([place[kind] for kind in every], dtype=np.int64)
