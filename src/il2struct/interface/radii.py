"""ProtOr radii for areas, with the atoms that the table does not know listed."""

from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np

from il2struct.arrays import FloatArray
from il2struct.structure.model import Atoms

if TYPE_CHECKING:
    import freesasa

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
#: Kinds of atoms whose radius is remembered: those of the amino acids, and some thousand more.
KEPT_RADII: Final = 4096


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
    Tsai, Taylor, Chothia & Gerstein, J. Mol. Biol. 290:253 (1999), as tabulated by freesasa.
    """
    kinds, inverse = _kinds(atoms)
    found = [_protor_radius(residue, name) for residue, name, _ in kinds]
    radii = [
        radius or ELEMENT_RADIUS_A.get(element, OTHER_RADIUS_A)
        for radius, (_, _, element) in zip(found, kinds, strict=True)
    ]
    unknown = [kind for radius, kind in zip(found, kinds, strict=True) if not radius]
    return AtomRadii(
        radii_a=np.array(radii, dtype=np.float64)[inverse], by_element=tuple(unknown)
    )


@cache
def _protor_classifier() -> "freesasa.Classifier":
    import freesasa

    return freesasa.Classifier.getStandardClassifier("protor")


@lru_cache(maxsize=KEPT_RADII)
def _protor_radius(residue: str, name: str) -> float:
    """Radius in the table, 0 if it is not there."""
    # freesasa takes ASCII only.
    if not (residue.isascii() and name.isascii()):
        return 0.0
    return max(float(_protor_classifier().radius(residue, name)), 0.0)


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
