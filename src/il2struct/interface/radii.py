"""ProtOr radii for areas, with the atoms that the table does not know listed."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from il2struct.arrays import FloatArray
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
    Tsai, Taylor, Chothia & Gerstein, J. Mol. Biol. 290:253 (1999), as tabulated by freesasa.
    """
    import freesasa

    classifier = freesasa.Classifier.getStandardClassifier("protor")
    kinds, inverse = _kinds(atoms)
    radii, unknown = np.empty(len(kinds)), []
    for row, (residue, name, element) in enumerate(kinds):
        radius = float(classifier.radius(residue, name))
        if radius <= 0:
            radius = ELEMENT_RADIUS_A.get(element, OTHER_RADIUS_A)
            unknown.append((residue, name, element))
        radii[row] = radius
    return AtomRadii(radii_a=radii[inverse], by_element=tuple(unknown))


def _kinds(
    atoms: Atoms,
) -> tuple[list[tuple[str, str, str]], np.ndarray[tuple[int], np.dtype[np.int64]]]:
    """Different (residue, atom, element) combinations and which one each atom is."""
    codes = np.zeros(len(atoms), dtype=np.int64)
    for column in (atoms.residue_name, atoms.atom_name, atoms.element):
        _, code = np.unique(column, return_inverse=True)
        codes = codes * (int(code.max(initial=0)) + 1) + code
    _, first, inverse = np.unique(codes, return_index=True, return_inverse=True)
    kinds = [
        (str(atoms.residue_name[i]), str(atoms.atom_name[i]), str(atoms.element[i]))
        for i in first
    ]
    return kinds, inverse
