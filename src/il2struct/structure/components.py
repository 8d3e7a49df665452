"""Chemical components as dictionaries know them: elements and bond orders of ligands."""

import logging
import os
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import gemmi

logger = logging.getLogger(__name__)

#: Where CCP4 programs look for their monomer library: ``$CLIBD_MON/f/FRH.cif``.
MONOMER_LIBRARY: Final = "CLIBD_MON"
#: Sources of a component, as tables name them.
FROM_FILE, FROM_LIBRARY, BY_GEOMETRY = "file", "monomer library", "geometry"
#: Bond orders by the first letters of the words of the Chemical Component Dictionary and of the
#: monomer library.
ORDERS: Final = {"doub": 2.0, "trip": 3.0, "quad": 4.0, "arom": 1.5, "delo": 1.5}


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """A chemical component."""

    #: As in the archive (``"FRH"``).
    name: str
    #: `FROM_FILE` or `FROM_LIBRARY`.
    source: str
    #: Name and element of each atom, hydrogens included.
    atoms: tuple[tuple[str, str], ...]
    #: Names of two atoms and the order of their bond, 1.5 if it is aromatic.
    bonds: tuple[tuple[str, str, float], ...]


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
        if not _is_monomer(row.str(0)):
            atoms[row.str(0).upper()].append((row.str(1), row.str(2).upper()))
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


def _is_monomer(name: str) -> bool:
    table = gemmi.find_tabulated_residue(name.upper())
    return bool(table.is_amino_acid() or table.is_nucleic_acid())


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
