"""
Chemical components: what the archive calls residues and atoms, and the bond orders of ligands.

Others name residues and atoms otherwise; elements are told by names.
"""

import logging
import os
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

import gemmi
import numpy as np

from il2struct.arrays import StrArray
from il2struct.data import rows_of
from il2struct.structure.model import Component, Note, counted_notes

logger = logging.getLogger(__name__)

#: Where CCP4 programs look for their monomer library: ``$CLIBD_MON/f/FRH.cif``.
MONOMER_LIBRARY: Final = "CLIBD_MON"
#: Sources of a component, as tables name them.
FROM_FILE, FROM_LIBRARY, BY_GEOMETRY = "file", "monomer library", "geometry"
#: Bond orders by the first letters of the words of the Chemical Component Dictionary and of the
#: monomer library.
ORDERS: Final = {"doub": 2.0, "trip": 3.0, "quad": 4.0, "arom": 1.5, "delo": 1.5}
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
WATER: Final = "HOH"
AMINO_ACIDS: Final = (
    "ALA", "ARG", "ASN", "ASP", "CYS", "GLN", "GLU", "GLY", "HIS", "ILE",
    "LEU", "LYS", "MET", "PHE", "PRO", "SER", "THR", "TRP", "TYR", "VAL",
)  # fmt: skip
#: D-amino acids by the names of the Chemical Component Dictionary, with those of their mirror
#: images, which have the same atoms.
MIRROR_IMAGES: Final = {
    "DAL": "ALA", "DAR": "ARG", "DSG": "ASN", "DAS": "ASP", "DCY": "CYS", "DGN": "GLN", "DGL": "GLU",
    "DHI": "HIS", "DIL": "ILE", "DLE": "LEU", "DLY": "LYS", "MED": "MET", "DPN": "PHE", "DPR": "PRO",
    "DSN": "SER", "DTH": "THR", "DTR": "TRP", "DTY": "TYR", "DVA": "VAL",
}  # fmt: skip
#: By these a residue named by one letter is an amino acid, and no nucleotide.
AMINO_BACKBONE: Final = frozenset(("N", "CA", "C"))
#: Stands for any amino acid in ``data/atom_names.csv``.
ANY_RESIDUE: Final = "*"
#: First letters of what water models hold beside oxygen: hydrogens, massless sites, lone pairs.
BESIDE_OXYGEN: Final = ("H", "D", "M", "E", "L", "V")
#: The massless site of TIP4P in CHARMM (toppar_water_ions.str).
CHARMM_SITE: Final = "OM"
#: Ring atoms of hexoses and of sialic acids, numbered by IUPAC in every force field.
SUGAR_RINGS: Final = (
    frozenset(("C1", "C2", "C3", "C4", "C5", "O5")),
    frozenset(("C2", "C3", "C4", "C5", "C6", "O6")),
)
#: Most atoms of a sugar residue beside hydrogens: a sulphated sialic acid has 25.
MOST_SUGAR_ATOMS: Final = 26


@cache
def element_of(atom_name: str, residue_name: str) -> str:
    """
    Tell the element of an atom by its name and that of its residue, in any case.

    Upper case, ``"X"`` if the names do not tell.

    Examples
    --------
    >>> element_of("CA", "ALA"), element_of("CA", "CA"), element_of("1HB", "ALA")
    ('C', 'CA', 'H')
    >>> element_of("SE", "MSE"), element_of("FE", "HEM"), element_of("NA", "HEM")
    ('SE', 'FE', 'N')
    """
    atom, residue = _first_letters(atom_name), residue_name.upper()
    if not atom:
        return UNKNOWN
    if atom == _first_letters(residue) and gemmi.Element(atom).atomic_number:
        return atom
    if residue in CHARMM_IONS:
        return CHARMM_IONS[residue]
    table = gemmi.find_tabulated_residue(residue)
    is_usual = table.is_water() or table.is_standard()
    if atom[:2] in LIGAND_ELEMENTS and not is_usual:
        return atom[:2]
    return atom[0] if atom[0] in POLYMER_ELEMENTS else UNKNOWN


def _first_letters(name: str) -> str:
    """First run of letters: digits stand before hydrogens, charges behind ions."""
    upper = name.upper().lstrip("0123456789'\"* ")
    end = next((k for k, c in enumerate(upper) if not c.isalpha()), len(upper))
    return upper[:end]


@cache
def usual_names() -> Mapping[str, str]:
    """Return the archive's name of every residue in ``data/residue_names.csv``."""
    names = {row["name"]: row["usual"] for row in rows_of("residue_names.csv")}
    return MappingProxyType(names)


def is_monomer(table: gemmi.ResidueInfo) -> bool:
    """Tell of what gemmi's table says of a residue whether it is an amino acid or a nucleotide."""
    return bool(table.is_amino_acid() or table.is_nucleic_acid())


@cache
def tabulated(name: str) -> gemmi.ResidueInfo:
    """Return what gemmi's table says of a residue, by whatever name."""
    return gemmi.find_tabulated_residue(usual_names().get(name.upper(), name))


def usual_residue(name: str, atom_names: Iterable[str]) -> str:
    """
    Return what the archive calls a residue with such atoms, hydrogens included.

    The name itself, upper case, if the atoms are not those of the usual residue.

    Examples
    --------
    >>> usual_residue("ASH", ["N", "CA", "C", "O", "CB", "CG", "OD1", "OD2", "HD2"])
    'ASP'
    >>> usual_residue("HIP", ["N", "CA", "C", "O", "CB", "CG", "ND1", "P"])
    'HIP'
    >>> usual_residue("A", ["N", "CA", "C", "O", "CB"]), usual_residue("A", ["P", "C3'", "N9"])
    ('ALA', 'A')
    """
    name = name.upper()
    atoms = {atom.upper() for atom in atom_names}
    if len(name) == 1 and atoms >= AMINO_BACKBONE:
        return gemmi.expand_one_letter(name, gemmi.ResidueKind.AA) or name
    usual = usual_names().get(name)
    if usual is None:
        return name
    table = _atom_table()
    names = {table.get((usual, a)) or table.get((ANY_RESIDUE, a), a) for a in atoms}
    if usual == WATER:
        others = {atom for atom in names if _letters(atom)[:1] not in BESIDE_OXYGEN}
        return usual if others - {CHARMM_SITE} == {"O"} else name
    known = heavy_atoms_of(usual)
    if not known:  # sugars, whose names differ between force fields
        return usual
    heavy = {atom for atom in names if _letters(atom)[:1] not in ("H", "D")}
    # Small ligands have some names of amino acids too: CYN is cyanide, of C and N.
    return usual if "CA" in heavy and heavy <= known else name


def usual_atom_names(residue_name: StrArray, atom_name: StrArray) -> StrArray:
    """Return what the archive calls atoms of amino acids and water, residues by their usual names."""
    codes = np.ascontiguousarray(atom_name).view(np.uint32)
    if ((codes >= ord("a")) & (codes <= ord("z"))).any():
        atom_name = np.char.upper(atom_name)
    usual = atom_name
    for (residue, name), better in _atom_table().items():
        rows = np.flatnonzero(atom_name == name)
        if not len(rows):
            continue
        names = AMINO_ACIDS if residue == ANY_RESIDUE else (residue,)
        rows = rows[np.isin(residue_name[rows], names)]
        if usual is atom_name:
            # Wide enough for every name of the table.
            usual = atom_name.astype(f"U{max(4, atom_name.dtype.itemsize // 4)}")
        usual[rows] = better
    return usual


def with_chirality_ignored(residue_name: StrArray) -> StrArray:
    """
    Return the name of its mirror image for every D-amino acid: by it radii and bonds are known.

    Examples
    --------
    >>> with_chirality_ignored(np.array(["DLY", "GLY"])).tolist()
    ['LYS', 'GLY']
    """
    rows = np.flatnonzero(np.isin(residue_name, list(MIRROR_IMAGES)))
    if not len(rows):
        return residue_name
    names = residue_name.copy()
    names[rows] = [MIRROR_IMAGES[name] for name in residue_name[rows].tolist()]
    return names


def is_sugar(atom_names: Iterable[str]) -> bool:
    """
    Tell whether a residue of unknown name is a sugar by the atoms of its ring.

    Examples
    --------
    GLYCAM writes the linkage into the name: 0YB, 4YB and WYB are all N-acetylglucosamine.

    >>> is_sugar(["C1", "C2", "C3", "C4", "C5", "C6", "O3", "O4", "O5", "O6", "N2"])
    True
    """
    names = {atom.upper() for atom in atom_names}
    heavy = {atom for atom in names if _letters(atom)[:1] not in ("H", "D")}
    is_small = len(heavy) <= MOST_SUGAR_ATOMS
    # Nothing but carbon, nitrogen, oxygen and sulphur.
    is_plain = {_letters(atom)[:1] for atom in heavy} <= set("CNOS")
    return is_small and is_plain and any(heavy >= ring for ring in SUGAR_RINGS)


@cache
def heavy_atoms_of(residue: str) -> frozenset[str]:
    """Heavy atoms of an amino acid, nucleotide or water by its usual name; empty for others."""
    rows = rows_of("protor_radii.csv")
    atoms = [r["atoms"].split() for r in rows if residue in r["residues"].split()]
    return frozenset().union(*atoms)


def use_usual_names(structure: gemmi.Structure) -> list[Note]:
    """
    Call residues by the archive's names, in place; note what those of the first model were called.

    Entities are not set up yet: they depend on the names.
    """
    known = usual_names()
    changed: dict[tuple[str, str], int] = {}
    for position, model in enumerate(structure):
        for chain in model:
            for residue in chain:
                if residue.name.upper() not in known and len(residue.name) > 1:
                    continue
                name = residue.name
                residue.name = usual_residue(name, [atom.name for atom in residue])
                if position == 0 and residue.name != name.upper():
                    change = (name, residue.name)
                    changed[change] = changed.get(change, 0) + 1
    return renaming_notes(changed)


def renaming_notes(changed: Mapping[tuple[str, str], int]) -> list[Note]:
    """Say which names, and of how many residues, were taken for others."""
    message = (
        "Residues with names of force fields are read as what the archive calls the same atoms; "
        "hydrogens, not names, tell of protonation."
    )
    subject = ", ".join(f"{name} as {usual}" for name, usual in sorted(changed))
    return counted_notes(("usual_names", message, subject, sum(changed.values())))


@cache
def _atom_table() -> Mapping[tuple[str, str], str]:
    rows = rows_of("atom_names.csv")
    return {(row["residue"], row["name"]): row["usual"] for row in rows}


def _letters(name: str) -> str:
    return name.lstrip("0123456789")


def components_of(
    block: gemmi.cif.Block, source: str = FROM_FILE
) -> tuple[Component, ...]:
    """
    Read the components that a block of CIF carries, amino acids and nucleotides left aside.

    Entries of the archive and its dictionary name bond orders alike; the monomer library differs in
    a tag. A component without bonds, or with atoms that are not listed, is none.
    """
    atoms: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for row in block.find("_chem_comp_atom.", ["comp_id", "atom_id", "type_symbol"]):
        name = row.str(0).upper()
        if not is_monomer(gemmi.find_tabulated_residue(name)):
            atoms[name].append((row.str(1), row.str(2).upper()))
    tags = ["comp_id", "atom_id_1", "atom_id_2"]
    tags += ["?value_order", "?type", "?pdbx_aromatic_flag", "?aromatic"]
    bonds: dict[str, list[tuple[str, str, float]]] = defaultdict(list)
    for row in block.find("_chem_comp_bond.", tags) if atoms else ():
        name = row.str(0).upper()
        if name in atoms:
            words = [row.str(i) if row.has(i) else "" for i in range(3, 7)]
            order = ORDERS.get((words[0] or words[1])[:4].lower(), 1.0)
            is_aromatic = any(word.upper() == "Y" for word in words[2:])
            order = 1.5 if is_aromatic else order
            bonds[name].append((row.str(1), row.str(2), order))
    return tuple(
        Component(name=n, source=source, atoms=tuple(atoms[n]), bonds=tuple(found))
        for n, found in bonds.items()
        if {end for bond in found for end in bond[:2]} <= {a for a, _ in atoms[n]}
    )


def library_components(names: Iterable[str]) -> tuple[Component, ...]:
    """
    Read components from the monomer library of ``$CLIBD_MON``, as far as it is there and has them.

    A file that cannot be read is told of and passed over.
    """
    folder = os.environ.get(MONOMER_LIBRARY, "")
    found: list[Component] = []
    for name in names if folder else ():
        path = Path(folder, name[:1].lower(), f"{name}.cif")
        if path.is_file():
            try:
                blocks = gemmi.cif.read(str(path))
            except (OSError, ValueError, RuntimeError) as error:
                logger.warning(
                    "%s is not read, bonds of %s are guessed: %s", path, name, error
                )
                continue
            parts = [c for block in blocks for c in components_of(block, FROM_LIBRARY)]
            found += [part for part in parts if part.name == name]
    return tuple(found)
