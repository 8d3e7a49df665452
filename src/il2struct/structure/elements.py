"""Chemical elements of atoms whose file does not give them, told by names of atom and residue."""

from functools import cache
from typing import Final

#: Elements of what polymers, sugars and water are made of; there the first letter tells, so that
#: CA is a carbon and HG a hydrogen.
POLYMER_ELEMENTS: Final = ("C", "N", "O", "H", "D", "S", "P", "F", "I")
#: Two-letter elements that begin atom names of ligands and modified residues and are no usual
#: letter with a Greek one (CA, CD, HG, NE …) behind it.
LIGAND_ELEMENTS: Final = (
    "CL", "BR", "FE", "ZN", "MG", "MN", "SE", "SI", "CU", "AL", "LI", "AS", "RU", "PT", "AU",
)  # fmt: skip
#: Ions by the names of CHARMM, where they are no symbols.
#: Source: stream/toppar_water_ions.str of the CHARMM36 force field.
CHARMM_IONS: Final = {
    "SOD": "NA", "POT": "K", "CLA": "CL", "CAL": "CA", "CES": "CS", "RUB": "RB", "LIT": "LI",
    "BAR": "BA", "CAD": "CD", "ZN2": "ZN",
}  # fmt: skip
UNKNOWN: Final = "X"


@cache
def element_of(atom_name: str, residue_name: str) -> str:
    """
    Tell the element of an atom by its name and that of its residue.

    Parameters
    ----------
    atom_name, residue_name : str
        As in the file, in any case.

    Returns
    -------
    str
        Upper case, ``"X"`` if the names do not tell.

    Examples
    --------
    >>> element_of("CA", "ALA"), element_of("CA", "CA"), element_of("1HB", "ALA")
    ('C', 'CA', 'H')
    >>> element_of("SE", "MSE"), element_of("FE", "HEM"), element_of("NA", "HEM")
    ('SE', 'FE', 'N')
    """
    import gemmi

    atom, residue = _letters(atom_name), residue_name.upper()
    if not atom:
        return UNKNOWN
    if atom == _letters(residue) and gemmi.Element(atom).atomic_number:
        return atom
    if residue in CHARMM_IONS:
        return CHARMM_IONS[residue]
    table = gemmi.find_tabulated_residue(residue)
    is_usual = table.is_water() or table.is_standard()
    if atom[:2] in LIGAND_ELEMENTS and not is_usual:
        return atom[:2]
    return atom[0] if atom[0] in POLYMER_ELEMENTS else UNKNOWN


def _letters(name: str) -> str:
    """First run of letters: digits stand before hydrogens, charges behind ions."""
    upper = name.upper().lstrip("0123456789'\"* ")
    end = next((k for k, c in enumerate(upper) if not c.isalpha()), len(upper))
    return upper[:end]
