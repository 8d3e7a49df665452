"""Chains of real entries as plain arrays."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import NamedTuple

import gemmi
import numpy as np
import pytest

from il2struct.complementarity import sc_radii


class ChainAtoms(NamedTuple):
    """Heavy protein atoms of a chain, alternate location of highest occupancy."""

    coords: np.ndarray
    radii: np.ndarray
    atom_names: list[str]
    residue_names: list[str]
    b_iso: np.ndarray


@cache
def _structure(path: Path) -> gemmi.Structure:
    structure = gemmi.read_structure(str(path))
    structure.setup_entities()
    return structure


@cache
def _chain(path: Path, name: str) -> ChainAtoms:
    atoms, residues = [], []
    for residue in _structure(path)[0][name].get_polymer():
        best: dict[str, gemmi.Atom] = {}
        for atom in residue:
            if atom.is_hydrogen():
                continue
            if atom.name not in best or atom.occ > best[atom.name].occ:
                best[atom.name] = atom
        atoms.extend(best.values())
        residues.extend([residue.name] * len(best))
    coords = np.array([atom.pos.tolist() for atom in atoms])
    names = [atom.name for atom in atoms]
    radii = sc_radii(residues, names, [atom.element.name for atom in atoms]).radii_a
    b_iso = np.array([atom.b_iso for atom in atoms])
    for array in (coords, radii, b_iso):
        array.setflags(write=False)
    return ChainAtoms(coords, radii, names, residues, b_iso)


@pytest.fixture(scope="session")
def chain_atoms(mirror: Path) -> Callable[[str, str], ChainAtoms]:
    """Read a chain of an entry by the file's name without ``.gz``."""
    return lambda entry, chain: _chain(mirror / f"{entry}.gz", chain)
